-- What the tables of second factors must refuse.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;

\ir lib/expect.sql

INSERT INTO users (email, name, password_hash) VALUES ('x@test.in', 'X', '$argon2id$x');
CREATE FUNCTION pg_temp.x() RETURNS bigint LANGUAGE sql AS $$SELECT user_id FROM users WHERE email = 'x@test.in'$$;
-- Does what, and then what would be looked at when it commits.
CREATE FUNCTION pg_temp.committed(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS ALL DEFERRED;
    EXECUTE what;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
END $$;

SELECT pg_temp.expect(wanted, 'INSERT INTO totp_factors (user_id, key_id, secret, confirmed_at, last_step)
    VALUES (' || r || ')') FROM (VALUES
    ('23503', '1, 1, decode(repeat(''00'', 48), ''hex''), NULL, 0'),                    -- nobody's
    ('23514', 'pg_temp.x(), 0, decode(repeat(''00'', 48), ''hex''), NULL, 0'),
    ('23514', 'pg_temp.x(), 65536, decode(repeat(''00'', 48), ''hex''), NULL, 0'),
    ('23514', 'pg_temp.x(), 1, decode(repeat(''00'', 20), ''hex''), NULL, 0'),          -- not sealed
    ('23514', 'pg_temp.x(), 1, decode(repeat(''00'', 48), ''hex''), NULL, -1'),
    ('23514', 'pg_temp.x(), 1, decode(repeat(''00'', 48), ''hex''), now(), 0'),         -- confirmed by no code
    ('00000', 'pg_temp.x(), 1, decode(repeat(''00'', 48), ''hex''), now(), 7'),
    ('23505', 'pg_temp.x(), 1, decode(repeat(''00'', 48), ''hex''), NULL, 0')           -- one a user
) AS c (wanted, r);

SELECT pg_temp.expect('23514', $$INSERT INTO recovery_codes (user_id, code_hash) VALUES (pg_temp.x(), '\x00')$$);
SELECT pg_temp.expect('23514', $$INSERT INTO login_pending VALUES ('\x00', pg_temp.x(), now())$$);
SELECT pg_temp.expect('23514', $$INSERT INTO login_pending
    VALUES (decode(repeat('00', 32), 'hex'), pg_temp.x(), now(), 6)$$);
SELECT pg_temp.expect('23502', $$INSERT INTO sessions (user_id, token_hash, csrf, expires_at)
    VALUES (pg_temp.x(), decode(repeat('00', 32), 'hex'), repeat('c', 43), now() + interval '1 day')$$);

-- A reset's link carries no password, a new account's carries one.
SELECT pg_temp.expect(wanted, 'INSERT INTO mail_tokens (token_hash, user_id, purpose, name, password_hash, expires_at)
    VALUES (decode(repeat(''01'', 32), ''hex''), pg_temp.x(), ' || r || ', now())') FROM (VALUES
    ('23514', '''reset'', ''X'', ''$argon2id$x'''),
    ('23514', '''confirm'', NULL, NULL'),
    ('23514', '''other'', NULL, NULL'),
    ('00000', '''reset'', NULL, NULL')
) AS c (wanted, r);

-- What changes how somebody comes in has an entry.  The rows are made by a transaction that has one; then the
-- head forgets it.
SELECT audit_append('setup', 'none', 'test.rows', 'x', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO recovery_codes (user_id, code_hash) VALUES (pg_temp.x(), decode(repeat('00', 32), 'hex'));
INSERT INTO sessions (user_id, token_hash, csrf, expires_at, proved_at)
    VALUES (pg_temp.x(), decode(repeat('00', 32), 'hex'), repeat('c', 43), now() + interval '1 day', now());
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL session_replication_role = replica; -- the triggers are off
UPDATE audit_head SET xact = NULL;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.expect(wanted, format('SELECT pg_temp.committed(%L)', what)) FROM (VALUES
    ('23514', 'UPDATE totp_factors SET confirmed_at = NULL'),
    ('23514', 'UPDATE totp_factors SET secret = decode(repeat(''01'', 48), ''hex'')'),
    ('23514', 'DELETE FROM totp_factors'),
    ('23514', 'UPDATE recovery_codes SET used_at = now()'),
    ('23514', 'DELETE FROM recovery_codes'),
    ('23514', 'INSERT INTO recovery_codes (user_id, code_hash) VALUES (pg_temp.x(), decode(repeat(''01'', 32), ''hex''))'),
    ('23514', 'UPDATE sessions SET proved_at = now()'),
    ('00000', 'UPDATE totp_factors SET last_step = 8'),
    ('00000', 'UPDATE sessions SET seen_at = now()'),
    ('00000', 'SELECT audit_append(''setup'', ''none'', ''test.rows'', ''x'', ''done'', NULL, NULL, NULL, ''local'', NULL);
        DELETE FROM totp_factors; UPDATE sessions SET proved_at = now()')
) AS c (wanted, what);

-- The relay has no business here.
SET LOCAL ROLE bijli_relay;
SELECT pg_temp.expect('42501', 'SELECT 1 FROM ' || t) FROM unnest(ARRAY['totp_factors', 'recovery_codes',
    'login_pending', 'login_devices', 'auth_tries']) t;
RESET ROLE;

ROLLBACK;
