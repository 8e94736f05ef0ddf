-- What the tables of consent and erasure must refuse.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash) VALUES ('e@test.in', 'E', '$argon2id$x');
CREATE FUNCTION pg_temp.e() RETURNS bigint LANGUAGE sql AS $$SELECT user_id FROM users WHERE email = 'e@test.in'$$;

-- The ledger is added to, and to notices that there are.
SELECT pg_temp.expect(wanted, what) FROM (VALUES
    ('23503', 'INSERT INTO consents (user_id, purpose, version, given) VALUES (1, ''product_news'', 99, true)'),
    ('00000', 'INSERT INTO consents (user_id, purpose, version, given) VALUES (1, ''product_news'', 1, true)'),
    ('23514', 'UPDATE consents SET given = false'),
    ('23514', 'DELETE FROM consents'),
    ('23514', 'UPDATE notices SET words = ''something else''')) AS t (wanted, what);
SET CONSTRAINTS ALL IMMEDIATE; -- else what waits for the commit is what refuses it
SELECT pg_temp.expect('23514', 'TRUNCATE consents');
SET CONSTRAINTS ALL DEFERRED;
-- Nobody is erased without the notice, twice at once, or after it was taken back.
SELECT pg_temp.expect(wanted, 'INSERT INTO erasures (user_id, asked_at, due_at, withdrawn_at, done_at) VALUES (pg_temp.e(), ' || r || ')')
FROM (VALUES
    ('23514', 'now(), now() + interval ''47 hours'', NULL, NULL'),
    ('23514', 'now(), now() + interval ''48 hours'', NULL, now()'),
    ('23514', 'now() - interval ''3 days'', now(), now(), now()'),
    ('00000', 'now() - interval ''9 days'', now() - interval ''7 days'', now(), NULL'),
    ('00000', 'now(), now() + interval ''48 hours'', NULL, NULL'),
    ('23505', 'now() + interval ''1 s'', now() + interval ''49 hours'', NULL, NULL')) AS t (wanted, r);
-- Who is erased has no address, cannot log in, and has a name only for as long as it says.
CREATE FUNCTION pg_temp.erased(more text) RETURNS text LANGUAGE sql AS
$$ SELECT 'UPDATE users SET erased_at = now()' || more || ' WHERE user_id = ' || pg_temp.e() $$;
SELECT pg_temp.expect(wanted, pg_temp.erased(more)) FROM (VALUES
    ('23514', ', email = NULL, name = NULL, confirmed_at = now()'),
    ('23514', ''),
    ('23514', ', email = NULL'),
    ('23514', ', name = NULL'),
    ('23514', ', email = NULL, name = NULL, email_hash = pg_temp.mac(''e'')'),
    ('23514', ', email = NULL, name = NULL, name_sealed = decode(''03e8'' || repeat(''00'', 40), ''hex'')'),
    ('23514', ', email = NULL, name = NULL, identity_until = current_date'),
    ('00000', ', email = NULL, name = NULL, identity_until = current_date, name_sealed = decode(''03e8'' || repeat(''00'', 40), ''hex'')'))
    AS t (wanted, more);
DO $$ BEGIN
    ASSERT keep_for('erasure_notice') >= interval '48 hours' AND keep_for('nothing') IS NULL;
END $$;
-- A rule that begins later does not count yet; one that has begun does.
INSERT INTO retention_rules VALUES ('sessions', current_date + 1, '1 day', 'a rule of tomorrow'),
    ('login_devices', current_date, '90 days', 'a rule of today');
DO $$ BEGIN
    ASSERT keep_for('sessions') = '7 days' AND keep_for('login_devices') = '90 days';
END $$;
SET LOCAL ROLE bijli_control;
SELECT pg_temp.expect('42501', 'UPDATE retention_rules SET keep = ''0''');
SELECT pg_temp.expect('42501', 'DELETE FROM consents');
SELECT pg_temp.expect('42501', 'DELETE FROM erasures');
ROLLBACK;
