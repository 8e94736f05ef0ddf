-- What people may within a role, and rights for a while: what the database refuses whoever asks.
-- Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;

\ir lib/expect.sql

SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role) VALUES
    ('adm@b.in', 'A', '$argon2id$x', 'admin'), ('ris@b.in', 'R', '$argon2id$x', 'risk');
CREATE FUNCTION pg_temp.one(start text) RETURNS text LANGUAGE sql AS
$$ SELECT 'user:' || user_id FROM users WHERE email LIKE start || '%@b.in' ORDER BY user_id DESC LIMIT 1 $$;

SELECT pg_temp.expect(wanted, 'UPDATE users SET ' || what) FROM (VALUES
    ('23514', 'branch_id = 0'), ('23514', 'branch_id = 65536'), ('00000', 'branch_id = 2'),
    ('23514', 'segments = ''{CM,XX}'''), ('23514', 'segments = ''{CM,NULL}'''), ('00000', 'segments = ''{}'''),
    ('23514', 'order_max_paise = 0'), ('00000', 'order_max_paise = 1'), ('00000', 'order_max_paise = NULL'),
    ('23514', 'from_minute = 60, to_minute = 60'), ('23514', 'to_minute = 1441'), ('23514', 'from_minute = -1'),
    ('22P02', 'role = ''broker'''), ('00000', 'role = ''dealer'' WHERE email = ''nobody''')
) AS c (wanted, what);

SELECT pg_temp.expect(wanted, format('INSERT INTO elevations (asker, what, minutes, reason) VALUES (%s)', r)) FROM (VALUES
    ('23514', $$'nobody', 'role:risk', 5, 'r'$$), ('23514', $$'user:7', 'risk', 5, 'r'$$),
    ('23514', $$'user:7', 'role:risk', 0, 'r'$$), ('23514', $$'user:7', 'role:risk', 481, 'r'$$),
    ('23514', $$'user:7', 'role:risk', 5, ''$$), ('00000', $$pg_temp.one('ris'), 'role:admin', 5, 'r'$$),
    ('00000', $$'operator', 'right:user_set', 5, 'r'$$), ('00000', $$pg_temp.one('adm'), 'right:day_end', 5, 'r'$$)
) AS c (wanted, r);

-- By two: nobody's own, nobody who may not, whoever writes the row.
SELECT pg_temp.expect(wanted, format('UPDATE elevations SET decider = %s, approved = true, decided_at = now(),
    ends_at = now() + interval ''5 min'' WHERE asker = %s', decider, asker)) FROM (VALUES
    ('23514', $$pg_temp.one('adm')$$, $$pg_temp.one('adm')$$), ('23514', $$'operator'$$, $$'operator'$$),
    ('23514', $$pg_temp.one('ris')$$, $$'operator'$$),           -- risk does not decide
    ('23514', $$'user:999999'$$, $$'operator'$$),                -- nobody
    ('00000', $$pg_temp.one('adm')$$, $$pg_temp.one('ris')$$),
    ('00000', $$'operator'$$, $$pg_temp.one('adm')$$)
) AS c (wanted, decider, asker);

-- Once, and only ever shorter.
SELECT pg_temp.expect(wanted, 'UPDATE elevations SET ' || what || ' WHERE asker = pg_temp.one(''ris'')') FROM (VALUES
    ('23514', 'ends_at = ends_at + interval ''1 s'''), ('23514', 'approved = false, ends_at = NULL'),
    ('23514', 'decider = ''operator'''), ('23514', 'what = ''role:support'''), ('23514', 'minutes = 480'),
    ('23514', 'reason = ''another'''), ('23514', 'asker = ''operator'''), ('00000', 'ends_at = now()'),
    ('23514', 'ends_at = now() + interval ''1 min''')
) AS c (wanted, what);
SELECT pg_temp.expect('23514', 'UPDATE elevations SET decider = pg_temp.one(''adm''), approved = true,
    decided_at = now() + interval ''25 h'', ends_at = now() + interval ''25 h'' WHERE asker = ''operator''');

-- As the server: no more than that.
SET LOCAL ROLE bijli_control;
SELECT pg_temp.expect('42501', 'DELETE FROM elevations');
SELECT pg_temp.expect('42501', 'UPDATE elevations SET minutes = 480');
SELECT pg_temp.expect('42501', 'UPDATE elevations SET asker = ''operator''');
ROLLBACK;
