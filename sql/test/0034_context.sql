-- Where a session is, and staff's devices: one asks, another says yes, and no more.  Run by tests/sql/run as the owner;
-- leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('dva@b.in', 'A', '$argon2id$x', 'client', now()), ('dvb@b.in', 'B', '$argon2id$x', 'risk', now()),
    ('dvc@b.in', 'C', '$argon2id$x', 'admin', now()), ('dvd@b.in', 'D', '$argon2id$x', 'compliance', now()),
    ('dve@b.in', 'E', '$argon2id$x', 'support', now());
CREATE FUNCTION pg_temp.id(who text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT user_id FROM public.users WHERE email = who || '@b.in' $$;
CREATE FUNCTION pg_temp.asks(whose text, key text, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO staff_devices (user_id, name, request, key_hash, asked_by, reason)
        VALUES (%s, ''Desk'', decode(repeat(''30'', 99), ''hex''), sha256(%L), %L, ''r'')', pg_temp.id(whose), key, by) $$;
-- serial: its first digit says which.
CREATE FUNCTION pg_temp.says(key text, by text, digit text, days integer DEFAULT 365) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE staff_devices SET decided_by = %L, decided_at = now(), serial = %L || repeat(''A'', 31),
        certificate = decode(repeat(''30'', 99), ''hex''), expires_at = now() + make_interval(days => %s)
        WHERE key_hash = sha256(%L)', by, digit, days, key) $$;
SELECT pg_temp.expect('23514', pg_temp.asks('dva', 'k1', 'operator')); -- a client's
SELECT pg_temp.expect('00000', pg_temp.asks('dvb', 'k1', 'user:' || pg_temp.id('dvc')));
SELECT pg_temp.expect('23505', pg_temp.asks('dvd', 'k1', 'operator')); -- a key is one device's
SELECT pg_temp.expect('23514', pg_temp.says('k1', 'user:' || pg_temp.id('dvc'), '4')); -- who asked
SELECT pg_temp.expect('23514', pg_temp.says('k1', 'user:' || pg_temp.id('dvb'), '4')); -- whose it is
SELECT pg_temp.expect('23514', pg_temp.says('k1', 'user:' || pg_temp.id('dve'), '4')); -- who may not
SELECT pg_temp.expect('23514', pg_temp.says('k1', 'user:' || pg_temp.id('dvd'), '4', 367)); -- too long
SELECT pg_temp.expect('23514', pg_temp.says('k1', 'user:' || pg_temp.id('dvd'), '8')); -- not such a serial
SELECT pg_temp.expect('00000', pg_temp.says('k1', 'user:' || pg_temp.id('dvd'), '4'));
SELECT pg_temp.expect('23514', pg_temp.says('k1', 'user:' || pg_temp.id('dvd'), '5')); -- once
-- The token begins it, until there are two people who can.
SELECT pg_temp.expect('00000', pg_temp.asks('dvc', 'k2', 'operator'));
SELECT pg_temp.expect('00000', pg_temp.says('k2', 'operator', '5'));
SELECT pg_temp.expect('00000', pg_temp.asks('dvd', 'k3', 'operator'));
SELECT pg_temp.expect('00000', pg_temp.says('k3', 'operator', '6'));
SELECT pg_temp.expect('00000', pg_temp.asks('dve', 'k4', 'operator'));
SELECT pg_temp.expect('23514', pg_temp.says('k4', 'operator', '7'));
-- Not even when theirs hold no more: the token could see to that.
SAVEPOINT held;
UPDATE staff_devices SET revoked_at = now(), revoked_by = 'operator' WHERE key_hash IN (sha256('k2'), sha256('k3'));
SELECT pg_temp.expect('23514', pg_temp.says('k4', 'operator', '7'));
ROLLBACK TO held;
UPDATE users SET suspended_at = now(), suspended_by = 'operator', suspend_reason = 'r' WHERE user_id = pg_temp.id('dvd');
SELECT pg_temp.expect('23514', pg_temp.says('k4', 'operator', '7'));
ROLLBACK TO held;
UPDATE staff_devices SET asked_at = now() - interval '8 days' WHERE key_hash = sha256('k4');
SELECT pg_temp.expect('23514', pg_temp.says('k4', 'user:' || pg_temp.id('dvd'), '7')); -- too late
-- A session is its own person's device's, that holds.
CREATE FUNCTION pg_temp.begins(who text, key text, token text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at, device_id)
        SELECT %s, sha256(%L), repeat(''c'', 43), now(), now() + interval ''1 day'', device_id FROM staff_devices
        WHERE key_hash = sha256(%L)', pg_temp.id(who), token, key) $$;
SELECT pg_temp.expect('00000', pg_temp.begins('dvb', 'k1', 't1'));
SELECT pg_temp.expect('23514', pg_temp.begins('dvc', 'k1', 't2')); -- another's
SELECT pg_temp.expect('23514', pg_temp.begins('dve', 'k4', 't3')); -- it waits
UPDATE staff_devices SET revoked_at = now(), revoked_by = 'operator' WHERE key_hash = sha256('k1');
SELECT pg_temp.expect('23514', pg_temp.begins('dvb', 'k1', 't4'));
SELECT pg_temp.expect('23514', 'UPDATE staff_devices SET revoked_at = NULL, revoked_by = NULL');
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('23514', 'DELETE FROM staff_devices');
SELECT pg_temp.expect('23514', 'UPDATE sessions SET moved_at = now()');
SELECT pg_temp.expect('00000', 'UPDATE sessions SET seen_at = now()');
ROLLBACK;
