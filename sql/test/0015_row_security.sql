-- What the server's role sees of whom, by what it says it acts for.  Run by tests/sql/run as the owner; leaves
-- nothing behind.
BEGIN;
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, branch_id)
    VALUES ('rsa@b.in', 'A', '$argon2id$x', 901), ('rsb@b.in', 'B', '$argon2id$x', 901), ('rsc@b.in', 'C', '$argon2id$x', 902);
CREATE TEMP TABLE who AS SELECT email, user_id, account_id FROM users WHERE email LIKE 'rs_@b.in';
GRANT SELECT ON who TO bijli_control;
INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at)
    SELECT user_id, sha256(email::bytea), repeat('c', 43), now(), now() + interval '1 day' FROM who;
INSERT INTO mail_tokens (token_hash, user_id, purpose, expires_at)
    SELECT sha256(email::bytea), user_id, 'reset', now() + interval '1 day' FROM who;
INSERT INTO totp_factors (user_id, key_id, secret) SELECT user_id, 1, decode(repeat('00', 48), 'hex') FROM who;
INSERT INTO recovery_codes (user_id, code_hash) SELECT user_id, sha256(email::bytea) FROM who;
INSERT INTO login_pending (token_hash, user_id, expires_at) SELECT sha256(email::bytea), user_id, now() FROM who;
INSERT INTO login_devices (user_id, device_hash) SELECT user_id, sha256(email::bytea) FROM who;
INSERT INTO logins (user_id, at, address) SELECT user_id, now(), '10.0.0.1' FROM who;
INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count, name)
    SELECT user_id, 1, sha256(email::bytea), -8, decode(repeat('00', 32), 'hex'), 0, 'P' FROM who;
INSERT INTO orders (account_id, order_id, client_order_id, session_id, token, side, order_type, tif, price_paise,
    qty, cum_qty, leaves_qty, value_paise, state, created_at, updated_at, event_seq)
    SELECT account_id, 1, 1, 1, 1, 'B', 1, 1, 1, 1, 0, 1, 0, 'open', now(), now(), 1 FROM who;
INSERT INTO trades (account_id, event_seq, match_id, order_id, token, side, price_paise, qty, maker, traded_at)
    SELECT account_id, 1, 1, 1, 1, 'B', 1, 1, true, now() FROM who;
INSERT INTO positions (account_id, token, event_seq) SELECT account_id, 1, 1 FROM who;
-- A's app, which acts for B.
INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret)
    SELECT 'abcdefghijklmnop', user_id, 'P', 'https://a.in/', 'profile', 1, decode(repeat('00', 71), 'hex')
    FROM who WHERE email = 'rsa@b.in';
INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at)
    SELECT app_id, who.user_id, sha256('t'), now() + interval '1 h' FROM apps, who
    WHERE api_key = 'abcdefghijklmnop' AND email = 'rsb@b.in';
-- A table that has people's rows and no policy would be a hole nobody sees.
CREATE FUNCTION pg_temp.open_tables() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(DISTINCT c.relname, ' ') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relkind IN ('r', 'p')
        AND a.attname IN ('user_id', 'account_id') AND NOT a.attisdropped AND NOT c.relrowsecurity $$;
DO $$ BEGIN
    IF pg_temp.open_tables() IS NOT NULL THEN
        RAISE EXCEPTION 'no row security on %: CALL rows_of_user or rows_of_account', pg_temp.open_tables();
    END IF;
END $$;

-- How many of the three each table shows.
CREATE FUNCTION pg_temp.sees() RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
    tab text;
    cnt int;
    got int[] := '{}';
BEGIN
    FOREACH tab IN ARRAY '{users,sessions,mail_tokens,totp_factors,recovery_codes,login_pending,login_devices,passkeys,logins}'::text[] LOOP
        EXECUTE format('SELECT count(*) FROM %I WHERE user_id IN (SELECT user_id FROM who)', tab) INTO cnt;
        got := got || cnt;
    END LOOP;
    FOREACH tab IN ARRAY '{orders,trades,positions}'::text[] LOOP
        EXECUTE format('SELECT count(*) FROM %I WHERE account_id IN (SELECT account_id FROM who)', tab) INTO cnt;
        got := got || cnt;
    END LOOP;
    RETURN got;
END $$;
CREATE FUNCTION pg_temp.act(reach text, as_email text) RETURNS void LANGUAGE sql AS $$
    SELECT set_config('bijli.reach', reach, true), set_config('bijli.user', w.user_id::text, true),
        set_config('bijli.account', w.account_id::text, true), set_config('bijli.branch', '901', true)
    FROM who w WHERE email = as_email $$;
CREATE FUNCTION pg_temp.expect(what text, want int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF pg_temp.sees() <> want THEN RAISE EXCEPTION '%: %, not %', what, pg_temp.sees(), want; END IF;
END $$;

SET LOCAL ROLE bijli_control;
SELECT pg_temp.expect('nobody said for whom', '{0,0,0,0,0,0,0,0,0,0,0,0}');
SELECT pg_temp.act('own', 'rsa@b.in');
SELECT pg_temp.expect('A', '{1,1,1,1,1,1,1,1,1,1,1,1}');
DO $$ BEGIN -- and it is A's, not B's
    IF (SELECT array_agg(email) FROM users) <> '{rsa@b.in}' OR user_password((SELECT user_id FROM who WHERE email = 'rsb@b.in'))
        IS NOT NULL THEN RAISE EXCEPTION 'A sees another'; END IF;
END $$;
SELECT pg_temp.act('branch', 'rsa@b.in');
SELECT pg_temp.expect('of the branch', '{2,1,1,1,1,1,1,1,1,2,2,2}');
SELECT pg_temp.act('all', 'rsa@b.in');
SELECT pg_temp.expect('all', '{3,3,3,3,3,3,3,3,3,3,3,3}');
SELECT pg_temp.act('root', 'rsc@b.in');
SELECT pg_temp.expect('a word that is none', '{1,1,1,1,1,1,1,1,1,1,1,1}');
-- An app is seen by whoever is asked to say yes to it; who said yes by that person and the owner; changed by its owner.
CREATE FUNCTION pg_temp.app(OUT seen int, OUT tokens int, OUT changed int) LANGUAGE plpgsql AS $$
BEGIN
    SELECT count(*) INTO seen FROM apps WHERE api_key = 'abcdefghijklmnop';
    SELECT count(*) INTO tokens FROM app_tokens WHERE token_hash = sha256('t');
    UPDATE apps SET key_id = 1 WHERE api_key = 'abcdefghijklmnop';
    GET DIAGNOSTICS changed = ROW_COUNT;
END $$;
DO $$
DECLARE c record;
BEGIN
    FOR c IN SELECT * FROM (VALUES ('rsa@b.in', '(1,1,1)'), ('rsb@b.in', '(1,1,0)'), ('rsc@b.in', '(1,0,0)')) v (who, want) LOOP
        PERFORM pg_temp.act('own', c.who);
        IF pg_temp.app()::text <> c.want THEN RAISE EXCEPTION '%: %, not %', c.who, pg_temp.app(), c.want; END IF;
    END LOOP;
END $$;

SELECT pg_temp.act('own', 'rsa@b.in');
DO $$
DECLARE cnt int;
BEGIN
    UPDATE users SET name = 'X' WHERE email = 'rsb@b.in';
    GET DIAGNOSTICS cnt = ROW_COUNT;
    IF cnt <> 0 THEN RAISE EXCEPTION 'A renames B'; END IF;
    DELETE FROM sessions WHERE user_id IN (SELECT user_id FROM who);
    GET DIAGNOSTICS cnt = ROW_COUNT;
    IF cnt <> 1 THEN RAISE EXCEPTION 'A ends % sessions', cnt; END IF;
    BEGIN
        UPDATE users SET user_id = DEFAULT;
        RAISE EXCEPTION 'A becomes another';
    EXCEPTION WHEN insufficient_privilege OR generated_always THEN NULL;
    END;
END $$;
RESET ROLE;
-- The relay writes everybody's, and reads no person.
SET LOCAL ROLE bijli_relay;
DO $$ BEGIN
    IF (SELECT count(*) FROM orders WHERE account_id IN (SELECT account_id FROM orders)) < 3 THEN
        RAISE EXCEPTION 'the relay does not see all';
    END IF;
END $$;
ROLLBACK;
