-- A request without a challenge, more than an app asks for, somebody else's grant.  Run by tests/sql/run as the owner;
-- leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('aca@b.in', 'A', '$argon2id$x', 'client', now()), ('acb@b.in', 'B', '$argon2id$x', 'client', now());
CREATE FUNCTION pg_temp.id(who text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT user_id FROM public.users WHERE email = who || '@b.in' $$;
INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret)
    VALUES ('aaaaaaaaaaaaaacc', pg_temp.id('aca'), 'App', 'https://b.in/', 'profile orders.read', 1, decode(repeat('00', 71), 'hex'));
CREATE FUNCTION pg_temp.app() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT app_id FROM apps WHERE api_key = 'aaaaaaaaaaaaaacc' $$;
CREATE FUNCTION pg_temp.asks(challenge text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO app_requests (token_hash, app_id, user_id, expires_at, challenge)
                   VALUES (sha256(%L), %s, %s, now() + interval ''1 min'', %s)', challenge, pg_temp.app(), pg_temp.id('acb'), challenge) $$;
DO $$ BEGIN
    ASSERT (SELECT NOT kite_library FROM apps WHERE app_id = pg_temp.app()), 'a new app proves itself';
END $$;
SELECT pg_temp.expect('23514', pg_temp.asks('NULL'));
SELECT pg_temp.expect('23514', pg_temp.asks('decode(''00'', ''hex'')')); -- no SHA-256
SELECT pg_temp.expect('00000', pg_temp.asks('sha256(''v'')'));
UPDATE apps SET kite_library = true WHERE app_id = pg_temp.app();
SELECT pg_temp.expect('00000', pg_temp.asks('NULL'));

CREATE FUNCTION pg_temp.grants(who text, scopes text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO app_grants (app_id, user_id, scopes) VALUES (%s, %s, %L)
                   ON CONFLICT (app_id, user_id) DO UPDATE SET scopes = excluded.scopes', pg_temp.app(), pg_temp.id(who), scopes) $$;
SELECT pg_temp.expect('00000', pg_temp.grants('acb', 'orders.read profile'));
SELECT pg_temp.expect('00000', pg_temp.grants('acb', 'profile'));
SELECT pg_temp.expect('23514', pg_temp.grants('acb', 'profile orders.write')); -- the app does not ask for that
SELECT pg_temp.expect('23514', pg_temp.grants('acb', 'admin'));
SELECT pg_temp.expect('23514', pg_temp.grants('acb', ''));
-- What B has granted is B's to change and to see, not the app's owner's.
SET LOCAL ROLE bijli_control;
SELECT set_config('bijli.reach', 'own', true), set_config('bijli.user', pg_temp.id('aca')::text, true);
DO $$ BEGIN
    ASSERT (SELECT count(*) = 0 FROM app_grants), 'the owner sees no grant of others';
END $$;
SELECT pg_temp.expect('42501', pg_temp.grants('acb', 'profile'));
SELECT set_config('bijli.user', pg_temp.id('acb')::text, true);
SELECT pg_temp.expect('00000', pg_temp.grants('acb', 'profile'));
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('23514', 'UPDATE app_grants SET scopes = ''orders.read''');
SELECT pg_temp.expect('23514', 'UPDATE apps SET kite_library = false');
ROLLBACK;
