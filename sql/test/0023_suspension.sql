-- What a suspended account must be like, whatever the code does.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
UPDATE users SET role = 'client' WHERE role = 'admin'; -- whoever else there is
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('sua@b.in', 'A', '$argon2id$x', 'client', now()), ('sub@b.in', 'B', '$argon2id$x', 'admin', now()),
    ('suc@b.in', 'C', '$argon2id$x', 'admin', now()), ('sud@b.in', 'D', '$argon2id$x', 'admin', NULL);
CREATE FUNCTION pg_temp.id(who text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT user_id FROM public.users WHERE email = who || '@b.in' $$;
CREATE FUNCTION pg_temp.suspend(who text, by text, reason text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE users SET suspended_at = now(), suspended_by = %L, suspend_reason = %L WHERE user_id = %s',
                  by, reason, pg_temp.id(who)) $$;

-- When, by whom and why go together.
SELECT pg_temp.expect('23514', 'UPDATE users SET ' || part || ' WHERE user_id = ' || pg_temp.id('sua')) FROM (VALUES
    ('suspended_at = now()'), ('suspended_by = ''operator'''), ('suspend_reason = ''r'''),
    ('suspended_at = now(), suspended_by = ''operator'''),
    ('suspended_at = now(), suspended_by = ''somebody'', suspend_reason = ''r'''),
    ('suspended_at = now(), suspended_by = ''operator'', suspend_reason = ''''')) AS t (part);

-- Not oneself, and not the last admin: one who has not confirmed is none yet.
SELECT pg_temp.expect('23514', pg_temp.suspend('sub', 'user:' || pg_temp.id('sub'), 'r'));
SELECT pg_temp.expect('00000', pg_temp.suspend('sub', 'user:' || pg_temp.id('suc'), 'r'));
SELECT pg_temp.expect('23514', pg_temp.suspend('suc', 'operator', 'r'));
SELECT pg_temp.expect('00000', 'UPDATE users SET suspended_at = NULL, suspended_by = NULL, suspend_reason = NULL
    WHERE user_id = ' || pg_temp.id('sub'));
SELECT pg_temp.expect('00000', pg_temp.suspend('suc', 'operator', 'r'));

-- Once; and nothing begins that lets in.
CREATE FUNCTION pg_temp.begins(wanted text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.expect(wanted, replace(what, 'ID', pg_temp.id('sua')::text)) FROM (VALUES
        ('INSERT INTO sessions (user_id, token_hash, csrf, created_at, seen_at, proved_at, expires_at, user_agent, address)
          VALUES (ID, sha256(''' || wanted || '''), repeat(''c'', 43), now(), now(), now(), now() + interval ''1 hour'', ''b'', ''10.0.0.1'')'),
        ('INSERT INTO login_pending (token_hash, user_id, expires_at)
          VALUES (sha256(''' || wanted || '''), ID, now() + interval ''5 min'')'),
        ('INSERT INTO app_requests (token_hash, app_id, user_id, expires_at)
          SELECT sha256(''' || wanted || '''), app_id, ID, now() + interval ''5 min'' FROM apps WHERE api_key = repeat(''b'', 16)'),
        ('INSERT INTO app_tokens (token_hash, app_id, user_id, expires_at)
          SELECT sha256(''' || wanted || '''), app_id, ID, now() + interval ''1 hour'' FROM apps WHERE api_key = repeat(''b'', 16)')
        ) AS t (what) $$;
INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret, kite_library)
    VALUES (repeat('b', 16), pg_temp.id('sub'), 'App', 'https://b.in/', 'profile', 1, decode(repeat('00', 71), 'hex'), true);
SELECT pg_temp.begins('00000');
SELECT pg_temp.expect('00000', pg_temp.suspend('sua', 'operator', 'r'));
SELECT pg_temp.expect('23514', pg_temp.suspend('sua', 'operator', 'another'));
DELETE FROM app_tokens WHERE user_id = pg_temp.id('sua');
SELECT pg_temp.begins('23514');

-- The server's role sees who is suspended, and holds nobody's log-in who is.
SET LOCAL ROLE bijli_control;
SET LOCAL bijli.reach = 'server';
DO $$ BEGIN
    ASSERT (SELECT suspend_reason = 'r' AND suspended_at = now() FROM users WHERE user_id = pg_temp.id('sua'));
    ASSERT NOT user_holds(pg_temp.id('sua'), '$argon2id$x') AND user_holds(pg_temp.id('sub'), '$argon2id$x');
END $$;
RESET ROLE;
ROLLBACK;
