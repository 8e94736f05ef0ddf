-- What a change of the key that addresses are found by must refuse.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SET CONSTRAINTS ALL DEFERRED;
CREATE FUNCTION pg_temp.by(key_id integer, of text) RETURNS bytea LANGUAGE sql AS
$$ SELECT decode(lpad(to_hex(key_id), 4, '0'), 'hex') || sha256(of::bytea) $$;
CREATE FUNCTION pg_temp.cell() RETURNS bytea LANGUAGE sql AS $$ SELECT '\xfa02'::bytea || decode(repeat('00', 40), 'hex') $$;
CREATE FUNCTION pg_temp.person(hash text) RETURNS text LANGUAGE sql AS
$$ SELECT format('INSERT INTO users (password_hash, email_hash, email_sealed, name_sealed)
    VALUES (''$argon2id$x'', %s, pg_temp.cell(), pg_temp.cell())', hash) $$;
DELETE FROM data_keys WHERE category = 'lookup';
INSERT INTO data_keys (key_id, category, wrapped) VALUES (64002, 'lookup', 'file:1:AAAA');

-- A hash names its key, and no older one than the newest is written.
SELECT pg_temp.expect(wanted, pg_temp.person(hash)) FROM (VALUES
    ('23514', 'substr(pg_temp.mac(''a''), 1, 33)'),
    ('23514', 'pg_temp.mac(''a'') || ''\x00'''),
    ('40001', 'pg_temp.by(999, ''a'')'),
    ('40001', 'pg_temp.by(64001, ''a'')'),
    ('00000', 'pg_temp.by(64002, ''a'')'),
    ('23505', 'pg_temp.by(64002, ''a'')')) AS t (wanted, hash);
SELECT pg_temp.expect('40001', 'UPDATE users SET email_hash = pg_temp.by(64001, ''a'') WHERE email_hash = pg_temp.by(64002, ''a'')');

-- The next key comes once the one before is through.
DO $$ BEGIN
    ASSERT hash_change(64001) = 'changed', 'not the newest';
    ASSERT hash_change(64002) = 'ok', 'nothing is under an older key';
END $$;
INSERT INTO data_keys (key_id, category, wrapped) VALUES (64003, 'lookup', 'file:1:AAAA');
SELECT pg_temp.expect('40001', pg_temp.person('pg_temp.by(64002, ''b'')'));
DO $$ BEGIN ASSERT hash_change(64003) = 'under way', 'a row is under the one before'; END $$;
-- The same person under the new key: whoever adopts first meets the old row, whoever does not would not.
SELECT hash_adopt('email', pg_temp.by(64002, 'a'), pg_temp.by(64003, 'a'));
SELECT pg_temp.expect('23505', pg_temp.person('pg_temp.by(64003, ''a'')'));
SELECT hash_adopt('email', pg_temp.by(64003, 'a'), pg_temp.by(64002, 'a')); -- never back
DO $$ BEGIN
    ASSERT (SELECT count(*) FROM users WHERE email_hash = pg_temp.by(64003, 'a')) = 1, 'adopted';
    ASSERT hash_change(64003) = 'ok', 'it is through';
END $$;

-- What lies for days only is held to the newest too.
CREATE TEMP TABLE one AS SELECT user_id FROM users WHERE email_hash = pg_temp.by(64003, 'a');
GRANT SELECT ON one TO PUBLIC;
SELECT pg_temp.expect(wanted, format('INSERT INTO contact_changes (user_id, kind, sealed, hash) SELECT user_id, ''email'',
    pg_temp.cell(), pg_temp.by(%s, ''n'') FROM one', key_id)) FROM (VALUES ('40001', 64002), ('00000', 64003)) t (wanted, key_id);
SELECT pg_temp.expect(wanted, format('INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash) SELECT sha256(''t''),
    user_id, ''email'', pg_temp.cell(), pg_temp.by(%s, ''o'') FROM one', key_id))
    FROM (VALUES ('40001', 64002), ('00000', 64003)) t (wanted, key_id);
SELECT hash_again('undos', sha256('t')::text, pg_temp.by(64003, 'o'), pg_temp.by(64004, 'o'));
SELECT hash_again('changes', user_id || ' email', pg_temp.by(64003, 'n'), pg_temp.by(64004, 'n')) FROM one;
DO $$ BEGIN
    ASSERT (SELECT count(*) FROM contact_undos WHERE hash = pg_temp.by(64004, 'o')) = 1, 'a way back is made anew';
    ASSERT (SELECT count(*) FROM contact_changes WHERE hash = pg_temp.by(64004, 'n')) = 1, 'what waits is made anew';
END $$;
ROLLBACK;
