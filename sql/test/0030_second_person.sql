-- What loosens is asked for by one, said yes to by another, and done once.
-- Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
UPDATE users SET role = 'client';
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('spa@b.in', 'A', '$argon2id$x', 'admin', now()), ('spr@b.in', 'R', '$argon2id$x', 'risk', now()),
    ('spc@b.in', 'C', '$argon2id$x', 'compliance', now());
CREATE FUNCTION pg_temp.who(word text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT 'user:' || user_id FROM public.users WHERE email = word || '@b.in' $$;
CREATE FUNCTION pg_temp.asks(what text, act text, in_force text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO elevations (asker, what, minutes, reason, act, in_force)
                   VALUES (%L, %L, 1, ''r'', %L, %L)', pg_temp.who('spr'), what, act, in_force) $$;

SELECT pg_temp.expect(wanted, pg_temp.asks(what, act, in_force)) FROM (VALUES
    ('23514', 'act:limit', NULL, NULL), ('23514', 'act:limit', '{"kind":9}', NULL), ('23514', 'act:limit', NULL, '{}'),
    ('23514', 'act:limit', '9', '{}'), ('23514', 'act:limit', '{"kind":9}', '9'), ('23514', 'act:', '{"kind":9}', '{}'),
    ('23514', 'right:limit_lift', '{"kind":9}', '{}'), ('23514', 'role:risk', '{"kind":9}', '{}'),
    ('23514', 'deed:limit', '{"kind":9}', '{}'),
    ('00000', 'act:limit', '{"kind":9}', '{"value":5}'), ('00000', 'role:admin', NULL, NULL)
) AS c (wanted, what, act, in_force);

CREATE FUNCTION pg_temp.decides(by text, yes boolean, lasts text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE elevations SET decider = %L, approved = %L, decided_at = now(), ends_at = CASE WHEN %L THEN
                   now() + interval %L END WHERE what = ''act:limit''', by, yes, yes, lasts) $$;
SELECT pg_temp.expect('23514', 'UPDATE elevations SET outcome = ''done'' WHERE what = ''act:limit'''); -- nobody said yes
SELECT pg_temp.expect('23514', pg_temp.decides(pg_temp.who('spr'), yes, '0')) FROM (VALUES (true), (false)) AS c (yes);
SELECT pg_temp.expect('23514', pg_temp.decides('operator', true, '0'));                -- two people can
SELECT pg_temp.expect('23514', pg_temp.decides(pg_temp.who('spa'), true, '1 min'));    -- it would last
SAVEPOINT waits;
SELECT pg_temp.expect('00000', pg_temp.decides('operator', false, '0'));
SELECT pg_temp.expect('23514', 'UPDATE elevations SET outcome = ''done'' WHERE what = ''act:limit'''); -- it was refused
ROLLBACK TO waits;
UPDATE users SET role = 'client' WHERE email = 'spc@b.in';
SELECT pg_temp.expect('00000', pg_temp.decides('operator', true, '0'));                -- one alone can
ROLLBACK TO waits;
SELECT pg_temp.expect('00000', pg_temp.decides(pg_temp.who('spc'), true, '0'));
SELECT pg_temp.expect('23514', pg_temp.decides(pg_temp.who('spa'), false, '0'));       -- once
SELECT pg_temp.expect('23514', 'UPDATE elevations SET act = ''{"kind":8}'' WHERE what = ''act:limit''');
SELECT pg_temp.expect('23514', 'UPDATE elevations SET in_force = ''{}'' WHERE what = ''act:limit''');
SELECT pg_temp.expect('23514', 'UPDATE elevations SET outcome = ''perhaps'' WHERE what = ''act:limit''');
SELECT pg_temp.expect('00000', 'UPDATE elevations SET outcome = ''refused'' WHERE what = ''act:limit''');
SELECT pg_temp.expect('23514', 'UPDATE elevations SET outcome = ''done'' WHERE what = ''act:limit''');
SELECT pg_temp.expect('23514', 'UPDATE elevations SET outcome = NULL WHERE what = ''act:limit''');
SELECT pg_temp.expect('23514', 'UPDATE elevations SET outcome = ''done'' WHERE what = ''role:admin''');
ROLLBACK;
