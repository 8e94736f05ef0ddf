-- For whom factors are taken away and what was checked stand in what is asked for; people decide as soon as two can.
-- Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
UPDATE users SET role = 'client';
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('bpa@b.in', 'A', '$argon2id$x', 'client', now()), ('bpb@b.in', 'B', '$argon2id$x', 'support', now()),
    ('bpc@b.in', 'C', '$argon2id$x', 'admin', now()), ('bpd@b.in', 'D', '$argon2id$x', 'compliance', NULL);
CREATE FUNCTION pg_temp.id(who text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT user_id FROM public.users WHERE email = who || '@b.in' $$;
CREATE FUNCTION pg_temp.asks(what text, about text, checks text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO elevations (asker, what, minutes, reason, about, checks)
                   VALUES (%L, %L, 5, ''r'', %s, %s)', 'user:' || pg_temp.id('bpb'), what, about, checks) $$;

SELECT pg_temp.expect(wanted, pg_temp.asks(what, about, checks)) FROM (VALUES
    ('23514', 'right:factor_drop', 'NULL', 'NULL'), ('23514', 'right:factor_drop', $$pg_temp.id('bpa')$$, 'NULL'),
    ('23514', 'right:factor_drop', 'NULL', $$'{in_person_document}'$$),
    ('23514', 'right:factor_drop', '999999', $$'{in_person_document}'$$),              -- nobody
    ('23514', 'right:factor_drop', $$pg_temp.id('bpb')$$, $$'{in_person_document}'$$), -- oneself
    ('23514', 'right:user_set', $$pg_temp.id('bpa')$$, $$'{in_person_document}'$$),    -- another right
    ('23514', 'role:risk', $$pg_temp.id('bpa')$$, $$'{in_person_document}'$$),
    ('23514', 'right:factor_drop', $$pg_temp.id('bpa')$$, $$'{}'$$),
    ('23514', 'right:factor_drop', $$pg_temp.id('bpa')$$, $$'{call_back}'$$),          -- the number alone
    ('23514', 'right:factor_drop', $$pg_temp.id('bpa')$$, $$'{mail_word,account_facts,video_document}'$$),
    ('23514', 'right:factor_drop', $$pg_temp.id('bpa')$$, $$'{call_back,mail_word,NULL}'$$),
    ('23514', 'right:factor_drop', $$pg_temp.id('bpa')$$, $$'{call_back,mail_word,a_hunch}'$$),
    ('00000', 'right:factor_drop', $$pg_temp.id('bpa')$$, $$'{mail_word,call_back}'$$),
    ('00000', 'right:factor_drop', $$pg_temp.id('bpa')$$, $$'{account_facts,in_person_document}'$$),
    ('00000', 'role:risk', 'NULL', 'NULL')
) AS c (wanted, what, about, checks);
SELECT pg_temp.expect('23514', 'UPDATE elevations SET about = pg_temp.id(''bpc'') WHERE what = ''right:factor_drop''');
SELECT pg_temp.expect('23514', 'UPDATE elevations SET checks = ''{in_person_document}'' WHERE checks @> ''{call_back}''');

-- Nobody decides what is about oneself (sql/0029).
CREATE FUNCTION pg_temp.decides(by text, yes boolean) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE elevations SET decider = %L, approved = %L, decided_at = now(), ends_at = CASE WHEN %L THEN
                   now() + interval ''5 min'' END WHERE about = %s', 'user:' || pg_temp.id(by), yes, yes, pg_temp.id('bpc')) $$;
SELECT pg_temp.expect('00000', pg_temp.asks('right:factor_drop', $$pg_temp.id('bpc')$$, $$'{in_person_document}'$$));
SELECT pg_temp.expect('23514', pg_temp.decides('bpc', yes)) FROM (VALUES (true), (false)) AS c (yes);
SELECT pg_temp.expect('00000', pg_temp.decides('bpd', true));

-- The operator's token: while at most one can.
CREATE FUNCTION pg_temp.gives(by text, yes boolean) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE elevations SET decider = %L, approved = %L, decided_at = now(), ends_at = CASE WHEN %L THEN
                   now() + interval ''5 min'' END WHERE what = ''role:risk''', by, yes, yes) $$;
DO $$ BEGIN ASSERT elevation_by_operator(); END $$;
UPDATE users SET confirmed_at = now() WHERE user_id = pg_temp.id('bpd');
DO $$ BEGIN ASSERT NOT elevation_by_operator(); END $$;
SELECT pg_temp.expect('23514', pg_temp.gives('operator', true));
SAVEPOINT two;
SELECT pg_temp.expect('00000', pg_temp.gives('operator', false)); -- to refuse takes nobody else
ROLLBACK TO two;
SELECT pg_temp.expect('00000', pg_temp.gives('user:' || pg_temp.id('bpd'), true));
ROLLBACK TO two;
UPDATE users SET role = 'support' WHERE user_id = pg_temp.id('bpd'); -- suspended people count still: sql/0037
SELECT pg_temp.expect('00000', pg_temp.gives('operator', true));
ROLLBACK;
