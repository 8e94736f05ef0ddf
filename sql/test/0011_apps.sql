-- What the tables of API apps refuse by themselves.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash) VALUES ('s@b.in', 'S', '$argon2id$x');

CREATE FUNCTION pg_temp.app(key text, url text DEFAULT 'https://b.in/back', scopes text DEFAULT 'profile',
                            ips inet[] DEFAULT '{}') RETURNS bigint LANGUAGE sql AS
$$ INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret, ips)
   SELECT key, user_id, 'App', url, scopes, 1, decode(repeat('00', 71), 'hex'), ips FROM users WHERE email = 's@b.in'
   RETURNING app_id $$;
CREATE FUNCTION pg_temp.refused(statement text, why text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    got text;
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION 'was taken: %', statement;
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS got = CONSTRAINT_NAME;
    IF why IS NOT NULL AND got <> why THEN RAISE EXCEPTION '%: refused by %, not by %', statement, got, why; END IF;
END $$;

-- Where the browser may be sent.
SELECT pg_temp.refused(format('SELECT pg_temp.app(''aaaaaaaaaaaaaaa%s'', %L)', n, url), 'apps_redirect_url_check')
FROM (VALUES (2, 'http://b.in/back'), (3, 'https://b.in@evil.in/'), (4, 'javascript:alert(1)'), (5, 'https://b.in/#x'),
             (6, 'http://localhost.evil.in/'), (7, 'http://127.0.0.1.evil.in/'), (2, 'https:///x'), (3, 'https://b.in\x'),
             (4, 'https://b.in/a b'), (5, E'https://b.in/a\nb'), (6, 'https://b.in/' || repeat('x', 300))) t (n, url);
SELECT pg_temp.refused('SELECT pg_temp.app(''aaaaaaaaaaaaaaaa'', ''https://b.in/'', ''admin'')', 'apps_scopes_check');
SELECT pg_temp.refused('SELECT pg_temp.app(''AAAA'')', 'apps_api_key_check');
SELECT pg_temp.refused('SELECT pg_temp.app(''aaaaaaaaaaaaaaaa'', ''https://b.in/'', ''profile'',
    ''{10.0.0.1,10.0.0.2,10.0.0.3}'')', 'apps_ips_check');
SELECT pg_temp.refused(format('SELECT pg_temp.app(''aaaaaaaaaaaaaaaa'', ''https://b.in/'', ''profile'', %L)', ips),
    'apps_ips_check') FROM (VALUES ('{10.0.0.0/8}'), ('{NULL}'), ('{10.0.0.1,10.0.0.1}'), ('{2001:db8::/64}')) t (ips);

-- Addresses: free once, then once a week, whoever says when it was.
SELECT pg_temp.app('aaaaaaaaaaaaaaaa', 'http://127.0.0.1:8000/back?x=1', 'profile orders.read');
UPDATE apps SET ips = '{10.0.0.1}';
SELECT pg_temp.refused('UPDATE apps SET ips = ''{10.0.0.2}''', 'apps_ips_weekly');
SELECT pg_temp.refused('UPDATE apps SET ips = ''{10.0.0.2}'', ips_at = ''epoch''', 'apps_ips_weekly');
SELECT pg_temp.refused('UPDATE apps SET ips = ''{}''', 'apps_ips_weekly');
UPDATE apps SET ips_at = 'epoch', name = 'Other';
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM apps WHERE ips_at = 'epoch') THEN RAISE EXCEPTION 'the time was set from outside'; END IF;
END $$;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE apps DISABLE TRIGGER apps_change;
UPDATE apps SET ips_at = now() - interval '8 days';
ALTER TABLE apps ENABLE TRIGGER apps_change;
UPDATE apps SET ips = '{10.0.0.2,2001:db8::1}', ips_for_all = true;
SELECT pg_temp.refused('SELECT pg_temp.app(''aaaaaaaaaaaaaaa'' || n) FROM (VALUES (''b''), (''c''), (''d''), (''e''),
    (''f''), (''g''), (''h''), (''i''), (''j''), (''k'')) t (n)', 'apps_few');

-- A new password ends what was let in; an app that has ended stays so.
INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at)
    SELECT app_id, user_id, sha256('x'), now() + interval '1 hour' FROM apps;
SELECT pg_temp.refused('INSERT INTO app_requests SELECT sha256(''y''), app_id, user_id, now() + interval ''1 hour'' FROM apps',
    'app_requests_expires_at_check');
UPDATE users SET password_hash = '$argon2id$y' WHERE email = 's@b.in';
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM app_tokens) THEN RAISE EXCEPTION 'a token outlived the password'; END IF;
END $$;
UPDATE apps SET revoked_at = now();
SELECT pg_temp.refused('UPDATE apps SET revoked_at = NULL', 'apps_change');

-- None of it without an entry.
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.refused('SELECT pg_temp.app(''aaaaaaaaaaaaaaab'')', 'audit_covered');
SELECT pg_temp.refused('INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at)
    SELECT app_id, user_id, sha256(''z''), now() + interval ''1 hour'' FROM apps', 'audit_covered');
ROLLBACK;
