-- What a session was proved by and what somebody holds.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash) VALUES ('da@b.in', 'A', '$argon2id$x');
CREATE TEMP TABLE who AS SELECT user_id FROM users WHERE email = 'da@b.in';
INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at)
    SELECT user_id, sha256('d'), repeat('c', 43), now(), now() + interval '1 day' FROM who;
DO $$ BEGIN
    IF (SELECT proved_by FROM sessions JOIN who USING (user_id)) <> 0 THEN
        RAISE EXCEPTION 'a session has proved what nobody has said';
    END IF;
END $$;
SELECT pg_temp.expect(code, format('UPDATE sessions SET proved_by = %s WHERE token_hash = sha256(''d'')', n))
    FROM (VALUES (0, '00000'), (3, '00000'), (4, '23514'), (-1, '23514')) AS t (n, code);

CREATE FUNCTION pg_temp.holds(wanted integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT user_held(user_id) FROM who) <> wanted THEN RAISE EXCEPTION 'holds another than %', wanted; END IF;
END $$;
SELECT pg_temp.holds(0);
INSERT INTO totp_factors (user_id, key_id, secret) SELECT user_id, 1, decode(repeat('00', 48), 'hex') FROM who;
SELECT pg_temp.holds(0); -- not confirmed yet
UPDATE totp_factors SET confirmed_at = now(), last_step = 1 WHERE user_id = (SELECT user_id FROM who);
SELECT pg_temp.holds(1);
INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count, name)
    SELECT user_id, 1, decode(repeat('01', 32), 'hex'), -7, decode(repeat('02', 64), 'hex'), 0, 'Key' FROM who;
SELECT pg_temp.holds(2);
DELETE FROM totp_factors WHERE user_id = (SELECT user_id FROM who);
SELECT pg_temp.holds(2);
ROLLBACK;
