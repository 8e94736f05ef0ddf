-- What the tables of passkeys must refuse.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;

\ir lib/expect.sql
-- Does what, and then what would be looked at when it commits.
CREATE FUNCTION pg_temp.committed(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS ALL DEFERRED;
    EXECUTE what;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
END $$;

SELECT audit_append('setup', 'none', 'test.rows', 'x', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash) VALUES ('x@test.in', 'X', '$argon2id$x'), ('y@test.in', 'Y', '$argon2id$x');
CREATE FUNCTION pg_temp.x() RETURNS bigint LANGUAGE sql AS $$SELECT user_id FROM users WHERE email = 'x@test.in'$$;
CREATE FUNCTION pg_temp.y() RETURNS bigint LANGUAGE sql AS $$SELECT user_id FROM users WHERE email = 'y@test.in'$$;
CREATE FUNCTION pg_temp.z(n integer) RETURNS bytea LANGUAGE sql AS $$SELECT decode(repeat('00', n), 'hex')$$;

-- A handle is random, of one user, and stays of its length.
DO $$ BEGIN ASSERT (SELECT count(DISTINCT handle) = 2 FROM users WHERE email LIKE '_@test.in'); END $$;
SELECT pg_temp.expect('23514', $$UPDATE users SET handle = '\x00' WHERE user_id = pg_temp.x()$$);
SELECT pg_temp.expect('23505', $$UPDATE users SET handle = (SELECT handle FROM users WHERE user_id = pg_temp.y())
    WHERE user_id = pg_temp.x()$$);

SELECT pg_temp.expect(wanted, 'INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count, name)
    VALUES (' || r || ')') FROM (VALUES
    ('23503', '1, 1, pg_temp.z(16), -7, pg_temp.z(64), 0, ''k'''),                 -- nobody's
    ('23514', 'pg_temp.x(), 0, pg_temp.z(16), -7, pg_temp.z(64), 0, ''k'''),
    ('23514', 'pg_temp.x(), 21, pg_temp.z(16), -7, pg_temp.z(64), 0, ''k'''),      -- twenty a user
    ('23514', 'pg_temp.x(), 1, pg_temp.z(15), -7, pg_temp.z(64), 0, ''k'''),
    ('23514', 'pg_temp.x(), 1, pg_temp.z(1024), -7, pg_temp.z(64), 0, ''k'''),
    ('23514', 'pg_temp.x(), 1, pg_temp.z(16), -7, pg_temp.z(32), 0, ''k'''),       -- another algorithm's key
    ('23514', 'pg_temp.x(), 1, pg_temp.z(16), -36, pg_temp.z(64), 0, ''k'''),
    ('23514', 'pg_temp.x(), 1, pg_temp.z(16), -7, pg_temp.z(64), -1, ''k'''),
    ('23514', 'pg_temp.x(), 1, pg_temp.z(16), -7, pg_temp.z(64), 4294967296, ''k'''),
    ('23514', 'pg_temp.x(), 1, pg_temp.z(16), -7, pg_temp.z(64), 0, '''''),
    ('23514', 'pg_temp.x(), 1, pg_temp.z(16), -7, pg_temp.z(64), 0, repeat(''k'', 41)'),
    ('00000', 'pg_temp.x(), 1, pg_temp.z(16), -7, pg_temp.z(64), 0, ''k'''),
    ('00000', 'pg_temp.x(), 2, pg_temp.z(17), -8, pg_temp.z(32), 0, ''k'''),
    ('00000', 'pg_temp.x(), 3, pg_temp.z(1023), -257, pg_temp.z(259), 4294967295, ''k'''),
    ('23505', 'pg_temp.x(), 3, pg_temp.z(18), -7, pg_temp.z(64), 0, ''k'''),       -- one a slot
    ('23505', 'pg_temp.y(), 1, pg_temp.z(16), -7, pg_temp.z(64), 0, ''k''')        -- whosoever it is
) AS c (wanted, r);

SELECT pg_temp.expect(wanted, 'INSERT INTO passkey_challenges VALUES (' || r || ', now())') FROM (VALUES
    ('23514', 'pg_temp.z(31), ''login'', NULL'),
    ('23514', 'pg_temp.z(32), ''other'', NULL'),
    ('23514', 'pg_temp.z(32), ''login'', pg_temp.z(32)'),
    ('23514', 'pg_temp.z(32), ''prove'', NULL'),
    ('23514', 'pg_temp.z(32), ''prove'', pg_temp.z(31)'),
    ('00000', 'pg_temp.z(32), ''login'', NULL'),
    ('00000', 'sha256(''1''), ''login'', NULL'),
    ('00000', 'sha256(''2''), ''prove'', pg_temp.z(32)'),
    ('23505', 'sha256(''3''), ''prove'', pg_temp.z(32)'),
    ('00000', 'sha256(''3''), ''factor'', pg_temp.z(32)')
) AS c (wanted, r);

-- What a user has is another text after each change of it, and '' for nothing.
DO $$
DECLARE
    all_three text := user_factors(pg_temp.x());
BEGIN
    ASSERT user_factors(pg_temp.y()) = '' AND length(all_three) = 32;
    UPDATE passkeys SET sign_count = 9, used_at = now(), name = 'other' WHERE slot = 1;
    ASSERT user_factors(pg_temp.x()) = all_three;
    DELETE FROM passkeys WHERE slot = 2;
    ASSERT user_factors(pg_temp.x()) NOT IN ('', all_three);
END $$;

-- A change has an entry; that one was used has none.
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL session_replication_role = replica; -- the triggers are off
UPDATE audit_head SET xact = NULL;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.expect(wanted, format('SELECT pg_temp.committed(%L)', what)) FROM (VALUES
    ('23514', 'INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count, name)
        VALUES (pg_temp.x(), 9, pg_temp.z(20), -7, pg_temp.z(64), 0, ''k'')'),
    ('23514', 'DELETE FROM passkeys'),
    ('23514', 'UPDATE passkeys SET name = ''n'''),
    ('23514', 'UPDATE passkeys SET public_key = public_key'),
    ('23514', 'UPDATE passkeys SET user_id = pg_temp.y()'),
    ('00000', 'UPDATE passkeys SET sign_count = sign_count, used_at = now()'),
    ('00000', 'SELECT audit_append(''setup'', ''none'', ''test.rows'', ''x'', ''done'', NULL, NULL, NULL, ''local'', NULL);
        DELETE FROM passkeys')
) AS c (wanted, what);

-- The relay has no business here.
SET LOCAL ROLE bijli_relay;
SELECT pg_temp.expect('42501', what) FROM unnest(ARRAY['SELECT 1 FROM passkeys', 'SELECT 1 FROM passkey_challenges',
    'SELECT user_factors(1)']) what;
RESET ROLE;

ROLLBACK;
