-- A bank account's number is under the newest key, and the next key waits for it.  Run by tests/sql/run as the owner; leaves
-- nothing behind.
BEGIN;
\ir lib/expect.sql
SET CONSTRAINTS ALL DEFERRED;
CREATE FUNCTION pg_temp.by(key_id integer) RETURNS bytea LANGUAGE sql AS
$$ SELECT decode(lpad(to_hex(key_id), 4, '0'), 'hex') || sha256('n') $$;
INSERT INTO users (user_id, password_hash, email_hash, email_sealed, name_sealed) OVERRIDING SYSTEM VALUE
    SELECT 900000, '$argon2id$x', pg_temp.mac('b'), cell, cell FROM (SELECT '\xfa02'::bytea || decode(repeat('00', 40), 'hex') AS cell) c;
DELETE FROM data_keys WHERE category = 'lookup';
INSERT INTO data_keys (key_id, category, wrapped) VALUES (64002, 'lookup', 'file:1:AAAA');
SELECT pg_temp.expect(wanted, format('INSERT INTO bank_accounts (bank_id, user_id, ifsc, number_sealed, number_hash, usable_at)
    SELECT 900000, 900000, ''HDFC0001234'', email_sealed, pg_temp.by(%s), now() FROM users WHERE user_id = 900000', key_id))
    FROM (VALUES ('40001', 64001), ('00000', 64002)) t (wanted, key_id);
DO $$ BEGIN
    ASSERT hash_change(64002) = 'ok', 'all are under it';
    INSERT INTO data_keys (key_id, category, wrapped) VALUES (64003, 'lookup', 'file:1:AAAA');
    ASSERT hash_change(64003) = 'under way', 'one is not';
END $$;
ROLLBACK;
