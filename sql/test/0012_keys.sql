-- What the tables of keys and of sealed people must refuse.  Run by tests/sql/run as the owner; leaves
-- nothing behind.
BEGIN;
\ir lib/expect.sql

-- A refused row is not in the server's log, with its name, address or hash of a password.
DO $$ BEGIN
    ASSERT current_setting('log_error_verbosity') = 'terse', 'PostgreSQL logs the rows that it refuses';
END $$;

SELECT pg_temp.expect(wanted, 'INSERT INTO data_keys (key_id, category, wrapped) VALUES (' || r || ')')
FROM (VALUES
    ('23514', '999, ''contact'', ''file:1:AAAA'''),   -- the key file's own numbers
    ('23514', '65536, ''contact'', ''file:1:AAAA'''),
    ('23514', '64001, ''other'', ''file:1:AAAA'''),
    ('23514', '64001, ''contact'', ''0001020304'''),  -- not wrapped
    ('23514', '64001, ''contact'', ''vault:AAAA'''),
    ('23514', '64001, ''contact'', ''vault:v1:'' || repeat(''A'', 512)'),
    ('00000', '64001, ''contact'', ''vault:v1:AAAA'''),
    ('23505', '64001, ''contact'', ''file:1:AAAA''')) AS t (wanted, r);
-- A person is sealed or in clear, whole.
CREATE FUNCTION pg_temp.cell(key_id integer) RETURNS text LANGUAGE sql AS
$$ SELECT quote_literal('\x' || lpad(to_hex(key_id), 4, '0') || repeat('00', 40)) $$;
CREATE FUNCTION pg_temp.person(columns text, vals text) RETURNS text LANGUAGE sql AS
$$ SELECT format('INSERT INTO users (password_hash, %s) VALUES (''$argon2id$x'', %s)', columns, vals) $$;
SELECT pg_temp.expect(wanted, pg_temp.person(columns, vals)) FROM (VALUES
    ('23514', 'name', '''A'''),
    ('23514', 'email', '''k@test.in'''),
    ('23514', 'email_hash, email_sealed', 'pg_temp.mac(''k''), ' || pg_temp.cell(64001)),
    ('23514', 'email_sealed, name_sealed', pg_temp.cell(64001) || ',' || pg_temp.cell(64001)),
    ('23514', 'email_hash, email_sealed, name_sealed',
              'pg_temp.mac(''k''), ' || pg_temp.cell(64001) || ',' || pg_temp.cell(1)),     -- no data key
    ('23514', 'email_hash, email_sealed, name_sealed, name',
              'pg_temp.mac(''k''), ' || pg_temp.cell(64001) || ',' || pg_temp.cell(64001) || ', ''A'''),
    ('23514', 'email_hash, email_sealed, name_sealed, phone_sealed',
              'pg_temp.mac(''k''), ' || pg_temp.cell(64001) || ',' || pg_temp.cell(64001) || ',' || pg_temp.cell(64001)),
    ('00000', 'email_hash, email_sealed, name_sealed',
              'pg_temp.mac(''k''), ' || pg_temp.cell(64001) || ',' || pg_temp.cell(64001)),
    ('23505', 'email_hash, email_sealed, name_sealed',
              'pg_temp.mac(''k''), ' || pg_temp.cell(64001) || ',' || pg_temp.cell(64001)),
    ('00000', 'email, name', '''k@test.in'', ''A''')) AS t (wanted, columns, vals);
DO $$ BEGIN
    ASSERT sealed_by('\x03e80000') = 1000 AND sealed_by('\xffff') = 65535;
END $$;
-- The server's role adds keys and wraps them anew, and takes none away.
SET LOCAL ROLE bijli_control;
SELECT pg_temp.expect('42501', 'DELETE FROM data_keys');
SELECT pg_temp.expect('42501', 'UPDATE data_keys SET category = ''kyc''');
SELECT pg_temp.expect('00000', 'UPDATE data_keys SET wrapped = ''file:2:AAAA'' WHERE key_id = 64001');
RESET ROLE;
SET LOCAL ROLE bijli_relay;
SELECT pg_temp.expect('42501', 'SELECT 1 FROM data_keys');
RESET ROLE;
ROLLBACK;
