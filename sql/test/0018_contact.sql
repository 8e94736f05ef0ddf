-- What addresses and numbers must be like, whatever the code does.  Run by tests/sql/run as the owner; leaves nothing
-- behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
CREATE FUNCTION pg_temp.cell() RETURNS text LANGUAGE sql AS $$ SELECT quote_literal('\x03e8' || repeat('00', 40)) $$;
CREATE FUNCTION pg_temp.person(of text, more text, vals text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO users (password_hash, confirmed_at, email_hash, email_sealed, name_sealed%s)
        VALUES (''$argon2id$x'', now(), pg_temp.mac(%L), %s, %s%s)', more, of, pg_temp.cell(), pg_temp.cell(), vals) $$;
SELECT pg_temp.expect(wanted, pg_temp.person(of, more, replace(vals, 'CELL', pg_temp.cell()))) FROM (VALUES
    ('23514', 'x', ', phone_hash, phone_sealed', ', pg_temp.mac(''1''), CELL'),                        -- not verified
    ('23514', 'x', ', phone_verified_at', ', now()'),                                             -- which number?
    ('23514', 'x', ', phone_hash, phone_sealed, phone_verified_at, phone_due', ', pg_temp.mac(''1''), CELL, now(), true'),
    ('00000', 'a', ', phone_hash, phone_sealed, phone_verified_at', ', pg_temp.mac(''1''), CELL, now()'),
    ('23505', 'x', ', phone_hash, phone_sealed, phone_verified_at', ', pg_temp.mac(''1''), CELL, now()'),
    ('00000', 'b', ', phone_due', ', true')) AS t (wanted, of, more, vals);
CREATE FUNCTION pg_temp.id(of text) RETURNS bigint LANGUAGE sql AS $$ SELECT user_id FROM users WHERE email_hash = pg_temp.mac(of::bytea) $$;

SELECT pg_temp.expect(wanted, 'INSERT INTO contact_changes (user_id, kind, sealed, hash, code_hash, tries, sent_at) VALUES ('
    || replace(r, 'CELL', pg_temp.cell()) || ')')
FROM (VALUES
    ('23514', 'pg_temp.id(''a''), ''fax'', CELL, pg_temp.mac(''2''), NULL, 0, NULL'),
    ('23514', 'pg_temp.id(''a''), ''phone'', ''\x00'', pg_temp.mac(''2''), NULL, 0, NULL'),
    ('23514', 'pg_temp.id(''a''), ''phone'', CELL, ''123456'', NULL, 0, NULL'),
    ('23514', 'pg_temp.id(''a''), ''phone'', CELL, pg_temp.mac(''2''), ''123456'', 0, now()'),       -- a code in clear
    ('23514', 'pg_temp.id(''a''), ''phone'', CELL, pg_temp.mac(''2''), pg_temp.mac(''c''), 0, NULL'),     -- sent when?
    ('23514', 'pg_temp.id(''a''), ''phone'', CELL, pg_temp.mac(''2''), pg_temp.mac(''c''), 6, now()'),
    ('00000', 'pg_temp.id(''a''), ''phone'', CELL, pg_temp.mac(''2''), pg_temp.mac(''c''), 5, now()'),
    ('23505', 'pg_temp.id(''a''), ''phone'', CELL, pg_temp.mac(''3''), NULL, 0, NULL'),
    ('00000', 'pg_temp.id(''a''), ''email'', CELL, pg_temp.mac(''new''), pg_temp.mac(''c''), 0, now()')) AS t (wanted, r);
SELECT pg_temp.expect('23514', 'UPDATE contact_changes SET tries = tries + 1 WHERE kind = ''phone''');

-- The way back is open for seven days, and keeps what it leads to.
SELECT pg_temp.expect(wanted, 'INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash, expires_at) VALUES ('
    || replace(r, 'CELL', pg_temp.cell()) || ')')
FROM (VALUES
    ('23514', 'sha256(''t''), pg_temp.id(''a''), ''email'', CELL, pg_temp.mac(''old''), now() + interval ''7 days 1 second'''),
    ('23514', 'sha256(''t''), pg_temp.id(''a''), ''email'', CELL, pg_temp.mac(''old''), now()'),
    ('23514', '''t'', pg_temp.id(''a''), ''email'', CELL, pg_temp.mac(''old''), now() + interval ''1 day'''),
    ('00000', 'sha256(''t''), pg_temp.id(''a''), ''email'', CELL, pg_temp.mac(''old''), now() + interval ''7 days'''),
    ('00000', 'sha256(''s''), pg_temp.id(''a''), ''phone'', CELL, pg_temp.mac(''9''), now() + interval ''7 days'''),
    ('23505', 'sha256(''t''), pg_temp.id(''b''), ''email'', CELL, pg_temp.mac(''o2''), now() + interval ''1 day''')) AS t (wanted, r);
SELECT pg_temp.expect('23505', pg_temp.person('old', '', ''));
SET LOCAL session_replication_role = replica; -- from before sql/0027
SELECT pg_temp.expect('00000', replace(pg_temp.person('old', '', ''), 'now()', 'NULL'));
SET LOCAL session_replication_role = origin;
SELECT pg_temp.expect('23505', 'UPDATE users SET confirmed_at = now() WHERE email_hash = pg_temp.mac(''old'')');
DELETE FROM users WHERE email_hash = pg_temp.mac('old');
SELECT pg_temp.expect('23505', 'UPDATE users SET email_hash = pg_temp.mac(''old'') WHERE user_id = pg_temp.id(''b'')');
SELECT pg_temp.expect('23505', 'UPDATE users SET phone_hash = pg_temp.mac(''9''), phone_verified_at = now(), phone_due = false,
    phone_sealed = ' || pg_temp.cell() || ' WHERE user_id = pg_temp.id(''b'')');
SELECT pg_temp.expect('00000', 'UPDATE users SET phone_hash = pg_temp.mac(''9'') WHERE user_id = pg_temp.id(''a'')'); -- its own
DO $$ BEGIN
    ASSERT contact_taken('email', pg_temp.mac('old'), '-', pg_temp.id('b')) AND NOT contact_taken('email', pg_temp.mac('old'), '-', pg_temp.id('a'));
    ASSERT contact_taken('email', pg_temp.mac('a'), '-', pg_temp.id('b')) AND NOT contact_taken('email', pg_temp.mac('a'), '-', pg_temp.id('a'));
    ASSERT contact_taken('phone', pg_temp.mac('9'), '-', pg_temp.id('b')) AND NOT contact_taken('email', pg_temp.mac('9'), '-', pg_temp.id('b'));
    UPDATE contact_undos SET ended_at = now();
    ASSERT NOT contact_taken('email', pg_temp.mac('old'), '-', pg_temp.id('b'));
END $$;

-- A change of any of it has its entry.
CREATE TEMP TABLE ids AS SELECT pg_temp.id('a') AS a, pg_temp.id('b') AS b;
GRANT SELECT ON ids TO bijli_control;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('23514', 'UPDATE contact_changes SET tries = 0');
SELECT pg_temp.expect('23514', 'DELETE FROM contact_undos');
SET CONSTRAINTS ALL DEFERRED;

-- The server's role does for a person what is that person's.
SET LOCAL ROLE bijli_control;
DO $$ BEGIN
    PERFORM set_config('bijli.reach', 'own', true), set_config('bijli.user', (SELECT b FROM ids)::text, true);
    ASSERT (SELECT count(*) FROM contact_changes) = 0 AND (SELECT count(*) FROM contact_undos) = 0;
    ASSERT NOT contact_move((SELECT a FROM ids), 'email');
    PERFORM set_config('bijli.user', (SELECT a FROM ids)::text, true);
    ASSERT (SELECT count(*) FROM contact_changes) = 2 AND (SELECT count(*) FROM contact_undos) = 2;
    ASSERT contact_move((SELECT a FROM ids), 'email') AND NOT contact_move((SELECT a FROM ids), 'email');
END $$;
RESET ROLE;
DO $$ BEGIN
    ASSERT (SELECT email_hash = pg_temp.mac('new') FROM users WHERE user_id = (SELECT a FROM ids));
END $$;
ROLLBACK;
