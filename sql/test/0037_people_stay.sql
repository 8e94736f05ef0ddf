-- Nobody makes the machine's token the only one by suspending people.
-- Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
UPDATE users SET role = 'client';
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('psa@b.in', 'A', '$argon2id$x', 'admin', now()), ('psb@b.in', 'B', '$argon2id$x', 'admin', now()),
    ('psc@b.in', 'C', '$argon2id$x', 'compliance', now()), ('pss@b.in', 'S', '$argon2id$x', 'support', now());
CREATE FUNCTION pg_temp.who(word text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT 'user:' || user_id FROM public.users WHERE email = word || '@b.in' $$;
CREATE FUNCTION pg_temp.suspends(by text, whom text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE users SET suspended_at = now(), suspended_by = %L, suspend_reason = ''r'' WHERE email = %L',
                  by, whom || '@b.in') $$;
CREATE FUNCTION pg_temp.may(wanted boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN ASSERT elevation_by_operator() = wanted, format('wanted %s', wanted); END $$;
INSERT INTO elevations (asker, what, minutes, reason) VALUES (pg_temp.who('pss'), 'role:risk', 5, 'r');
CREATE FUNCTION pg_temp.gives() RETURNS text LANGUAGE sql AS
$$ SELECT 'UPDATE elevations SET decider = ''operator'', approved = true, decided_at = now(),
           ends_at = now() + interval ''5 min'' WHERE what = ''role:risk''' $$;

-- All of compliance and all admins but one, by the operator: people decide still, however long it is ago.
SAVEPOINT all_there;
SELECT pg_temp.expect('00000', pg_temp.suspends('operator', whom)) FROM (VALUES ('psb'), ('psc')) AS c (whom);
SELECT pg_temp.may(false);
SELECT pg_temp.expect('23514', pg_temp.gives());
SET LOCAL session_replication_role = replica;
UPDATE users SET suspended_at = now() - interval '1 year' WHERE suspended_by = 'operator';
SET LOCAL session_replication_role = origin;
SELECT pg_temp.may(false);
SELECT pg_temp.expect('23514', pg_temp.gives());
ROLLBACK TO all_there;

-- By an admin who has the token too: seven days long.
SELECT pg_temp.expect('00000', pg_temp.suspends(pg_temp.who('psa'), whom)) FROM (VALUES ('psb'), ('psc')) AS c (whom);
SELECT pg_temp.may(false);
SELECT pg_temp.expect('23514', pg_temp.gives());
SET LOCAL session_replication_role = replica;
UPDATE users SET suspended_at = now() - interval '7 days 1 minute' WHERE email = 'psb@b.in';
UPDATE users SET suspended_at = now() - interval '6 days 23 hours' WHERE email = 'psc@b.in';
SET LOCAL session_replication_role = origin;
SELECT pg_temp.may(false);
SET LOCAL session_replication_role = replica;
UPDATE users SET suspended_at = now() - interval '7 days 1 minute' WHERE email = 'psc@b.in';
SET LOCAL session_replication_role = origin;
SELECT pg_temp.may(true);
SELECT pg_temp.expect('00000', pg_temp.gives());
ROLLBACK;
