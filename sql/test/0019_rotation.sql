-- A session is known by what it began with, whatever its token; another token needs its entry; who sees elevations, the
-- trail and challenges.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash) VALUES ('ra@b.in', 'A', '$argon2id$x'), ('rb@b.in', 'B', '$argon2id$x');
CREATE TEMP TABLE who AS SELECT email, user_id FROM users WHERE email IN ('ra@b.in', 'rb@b.in');
GRANT SELECT ON who TO bijli_control;
INSERT INTO sessions (user_id, token_hash, session_hash, csrf, proved_at, expires_at)
    SELECT user_id, sha256(email::bytea), sha256('chosen'), repeat('c', 43), now(), now() + interval '1 day' FROM who;
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM sessions JOIN who USING (user_id) WHERE session_hash <> token_hash) THEN
        RAISE EXCEPTION 'a session is known by what somebody chose';
    END IF;
END $$;
UPDATE sessions SET rotated_at = 'epoch';
UPDATE sessions s SET token_hash = sha256('new') FROM who WHERE s.user_id = who.user_id AND email = 'ra@b.in';
DO $$ BEGIN
    IF (SELECT count(*) FROM sessions JOIN who USING (user_id)
        WHERE session_hash = sha256(email::bytea) AND (rotated_at = now()) = (token_hash <> session_hash)) <> 2 THEN
        RAISE EXCEPTION 'a session is another one, or nobody knows since when its token is';
    END IF;
END $$;
SELECT pg_temp.expect('23514', 'UPDATE sessions SET session_hash = sha256(''x'')');

-- An order has an app or none.
SELECT pg_temp.expect(code, format('INSERT INTO orders (account_id, order_id, client_order_id, session_id, token, side,
    order_type, tif, price_paise, qty, cum_qty, leaves_qty, value_paise, state, created_at, updated_at, event_seq, app_id)
    VALUES (1, %s, 1, 1, 1, ''B'', 1, 1, 1, 1, 0, 1, 0, ''open'', now(), now(), 1, %s)', n, app))
    FROM (VALUES (1, 'NULL', '00000'), (2, '4294967295', '00000'), (3, '0', '23514'), (4, '4294967296', '23514'))
        v (n, app, code);

-- Asked for by A; the trail's entry of that, and challenges of A's session and of a log-in.
SELECT audit_append('user:' || user_id, 'admin', 'elevation.ask', 'elevation:1', 'asked', NULL, NULL, NULL, 'local', NULL)
    FROM who WHERE email = 'ra@b.in';
SELECT audit_append('operator', 'admin', 'user.set', 'user:' || user_id, 'done', NULL, NULL, NULL, 'local', NULL)
    FROM who WHERE email = 'ra@b.in';
INSERT INTO elevations (asker, what, minutes, reason) SELECT 'user:' || user_id, 'role:risk', 5, 'x' FROM who
    WHERE email = 'ra@b.in';
INSERT INTO passkey_challenges (challenge_hash, purpose, bound_hash, expires_at)
    VALUES (sha256('1'), 'add', sha256('ra@b.in'), now() + interval '1 h'), (sha256('2'), 'login', NULL, now() + interval '1 h');
CREATE FUNCTION pg_temp.sees(reach text, as_email text) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE them text := (SELECT 'user:' || user_id FROM who WHERE email = 'ra@b.in');
BEGIN
    PERFORM set_config('bijli.reach', reach, true), set_config('bijli.user',
        coalesce((SELECT user_id::text FROM who WHERE email = as_email), ''), true);
    RETURN ARRAY[(SELECT count(*) FROM elevations WHERE asker = them),
        (SELECT count(*) FROM audit_entries WHERE actor = them OR subject = them),
        (SELECT count(*) FROM passkey_challenges WHERE challenge_hash IN (sha256('1'), sha256('2')))];
END $$;
SET LOCAL ROLE bijli_control;
DO $$
DECLARE c record;
BEGIN
    FOR c IN SELECT * FROM (VALUES ('own', 'ra@b.in', '{1,2,1}'), ('own', 'rb@b.in', '{0,0,0}'), ('', '', '{0,0,0}'),
        ('branch', 'rb@b.in', '{0,0,0}'), ('all', 'rb@b.in', '{1,2,2}'), ('server', '', '{1,2,2}')) v (reach, who, want) LOOP
        IF pg_temp.sees(c.reach, c.who)::text <> c.want THEN
            RAISE EXCEPTION '% %: %, not %', c.reach, c.who, pg_temp.sees(c.reach, c.who), c.want;
        END IF;
    END LOOP;
    PERFORM pg_temp.sees('own', 'rb@b.in');
    BEGIN
        INSERT INTO passkey_challenges (challenge_hash, purpose, bound_hash, expires_at)
            VALUES (sha256('3'), 'prove', sha256('ra@b.in'), now());
        RAISE EXCEPTION 'a challenge for another''s session';
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
END $$;
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('00000', 'UPDATE sessions SET seen_at = now()');
SELECT pg_temp.expect('23514', 'UPDATE sessions SET token_hash = sha256(token_hash)');
ROLLBACK;
