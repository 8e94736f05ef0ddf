-- Taking somebody's factors away takes two people and a wait.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('fda@b.in', 'A', '$argon2id$x', 'client', now()), ('fdb@b.in', 'B', '$argon2id$x', 'support', now()),
    ('fdc@b.in', 'C', '$argon2id$x', 'admin', now());
CREATE FUNCTION pg_temp.id(who text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT user_id FROM public.users WHERE email = who || '@b.in' $$;
CREATE FUNCTION pg_temp.drops(who text, by text, wait interval) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO factor_drops (user_id, token_hash, asked_by, asked_at, due_at)
                   VALUES (%s, sha256(%L), %L, now() - interval ''9 days'', now() + %L::interval)',
                  pg_temp.id(who), who || by, by, wait) $$;
SELECT pg_temp.expect('23514', pg_temp.drops('fda', 'user:' || pg_temp.id('fdb'), '24 hours')); -- by one
INSERT INTO elevations (asker, what, minutes, reason, about, checks)
    VALUES ('user:' || pg_temp.id('fdb'), 'right:factor_drop', 5, 'r', pg_temp.id('fda'), '{in_person_document}'),
           ('user:' || pg_temp.id('fdb'), 'right:user_set', 5, 'r', NULL, NULL);
UPDATE elevations SET decider = 'user:' || pg_temp.id('fdc'), approved = true, ends_at = now() + interval '5 min'
    WHERE asker = 'user:' || pg_temp.id('fdb') AND what = 'right:user_set';
SELECT pg_temp.expect('23514', pg_temp.drops('fda', 'user:' || pg_temp.id('fdb'), '24 hours')); -- another right
UPDATE elevations SET decider = 'user:' || pg_temp.id('fdc'), approved = true, ends_at = now() + interval '5 min'
    WHERE asker = 'user:' || pg_temp.id('fdb') AND what = 'right:factor_drop';
SELECT pg_temp.expect('23514', pg_temp.drops('fda', 'user:7', '24 hours')); -- somebody else's right
SELECT pg_temp.expect('23514', pg_temp.drops('fdb', 'user:' || pg_temp.id('fdb'), '24 hours')); -- one's own factors
SELECT pg_temp.expect('23514', pg_temp.drops('fdc', 'user:' || pg_temp.id('fdb'), '24 hours')); -- another person's
SELECT pg_temp.expect('23514', pg_temp.drops('fda', 'user:' || pg_temp.id('fdb'), '59 minutes'));
SELECT pg_temp.expect('23514', pg_temp.drops('fda', 'user:' || pg_temp.id('fdb'), '8 days'));
SELECT pg_temp.expect('00000', pg_temp.drops('fda', 'user:' || pg_temp.id('fdb'), '24 hours'));
SELECT pg_temp.expect('23505', pg_temp.drops('fda', 'user:' || pg_temp.id('fdb'), '24 hours'));
DO $$ BEGIN
    ASSERT (SELECT asked_at = now() AND checks = '{in_person_document}' AND elevation_id > 0 FROM factor_drops WHERE user_id = pg_temp.id('fda'));
END $$;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('23514', 'DELETE FROM factor_drops');
ROLLBACK;
