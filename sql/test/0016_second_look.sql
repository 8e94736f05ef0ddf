-- Elevations that begin decided, apps that a dearer hash would end, staff of a branch.  Run by tests/sql/run as the
-- owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
CREATE FUNCTION pg_temp.same(what text, want bigint, got bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF want IS DISTINCT FROM got THEN RAISE EXCEPTION '%: %, not %', what, got, want; END IF;
END $$;
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role, branch_id, confirmed_at) VALUES
    ('sla@b.in', 'A', '$argon2id$x', 'client', 903, now()), ('slb@b.in', 'B', '$argon2id$x', 'dealer', 903, now()),
    ('slc@b.in', 'C', '$argon2id$x', 'dealer', 903, now()), ('sld@b.in', 'D', '$argon2id$x', 'admin', 904, now());
CREATE FUNCTION pg_temp.id(who text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT user_id FROM public.users WHERE email = who || '@b.in' $$;

-- Decided at birth: neither by whom one likes nor by an admin, nor as the owner.
SELECT pg_temp.expect('23514', $$INSERT INTO elevations (asker, what, minutes, reason, decider, approved, decided_at, ends_at)
    SELECT 'operator', 'right:user_set', 5, 'r', 'user:' || pg_temp.id(who), true, now(), now() + interval '5 min'
    FROM (VALUES ('sla')) v (who)$$);
SELECT pg_temp.expect('23514', $$INSERT INTO elevations (asker, what, minutes, reason, decider, approved, decided_at, ends_at)
    VALUES ('operator', 'right:user_set', 5, 'r', 'user:' || pg_temp.id('sld'), true, now(), now() + interval '5 min')$$);
-- Nor asked for or decided at another time than now: it would last longer than it was asked for.
INSERT INTO elevations (asker, what, minutes, reason, asked_at) VALUES ('operator', 'right:user_set', 6, 'r', now() + interval '9 day');
SELECT pg_temp.same('asked now', 1, count(*)) FROM elevations WHERE minutes = 6 AND asked_at = now();
SELECT pg_temp.expect('23514', $$UPDATE elevations SET decider = 'user:' || pg_temp.id('sld'), approved = true,
    decided_at = now() + interval '20 h', ends_at = now() + interval '20 h' WHERE minutes = 6$$);
SELECT pg_temp.expect('00000', $$UPDATE elevations SET decider = 'user:' || pg_temp.id('sld'), approved = true,
    decided_at = now() + interval '20 h', ends_at = now() + interval '6 min' WHERE minutes = 6$$);
SELECT pg_temp.same('decided now', 1, count(*)) FROM elevations WHERE minutes = 6 AND decided_at = now();

-- A dearer hash of the same password leaves an app's token; another password does not.
INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret)
    VALUES ('aaaaaaaaaaaaaaaa', pg_temp.id('sla'), 'App', 'https://b.in/', 'profile', 1, decode(repeat('00', 71), 'hex'));
INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at)
    SELECT app_id, user_id, sha256('x'), now() + interval '1 hour' FROM apps WHERE api_key = 'aaaaaaaaaaaaaaaa';
SET LOCAL ROLE bijli_control;
SET LOCAL bijli.reach = 'server';
SELECT pg_temp.same('wrong hash', 0, user_rehash(pg_temp.id('sla'), '$argon2id$other', '$argon2id$y')::int);
SELECT pg_temp.same('rehash', 1, user_rehash(pg_temp.id('sla'), '$argon2id$x', '$argon2id$y')::int);
SELECT pg_temp.same('the token stays', 1, count(*)) FROM app_tokens WHERE user_id = pg_temp.id('sla');
SELECT pg_temp.same('password', 1, user_set_password(pg_temp.id('sla'), '$argon2id$y', '$argon2id$z')::int);
SELECT pg_temp.same('the token ends', 0, count(*)) FROM app_tokens WHERE user_id = pg_temp.id('sla');
SELECT pg_temp.expect('42501', 'INSERT INTO elevations (asker, what, minutes, reason, asked_at)
    VALUES (''operator'', ''right:user_set'', 5, ''r'', now())');

-- Dealer B sees its branch's client and itself; not dealer C, and changes nobody but itself.
SELECT set_config('bijli.reach', 'branch', true), set_config('bijli.user', pg_temp.id('slb')::text, true),
    set_config('bijli.branch', '903', true);
SELECT pg_temp.same('of the branch', 2, count(*)) FROM users WHERE email IN ('sla@b.in', 'slb@b.in');
SELECT pg_temp.same('other staff', 0, count(*)) FROM users WHERE email IN ('slc@b.in', 'sld@b.in');
SELECT pg_temp.same('accounts', 1, count(*)) FROM acting_accounts();
DO $$
DECLARE cnt int;
BEGIN
    UPDATE users SET name = 'X' WHERE email LIKE 'sl_@b.in';
    GET DIAGNOSTICS cnt = ROW_COUNT;
    IF cnt <> 1 THEN RAISE EXCEPTION 'a dealer renames %', cnt; END IF;
END $$;
ROLLBACK;
