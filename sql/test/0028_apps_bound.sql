-- An app is bound to a key or made with a library that has none.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES ('aba@b.in', 'A', '$argon2id$x', 'client', now());
INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret)
    SELECT 'aaaaaaaaaaaaaabb', user_id, 'App', 'https://b.in/', 'profile', 1, decode(repeat('00', 71), 'hex') FROM users WHERE email = 'aba@b.in';
SELECT pg_temp.expect('00000', 'UPDATE apps SET bound = true WHERE api_key = ''aaaaaaaaaaaaaabb''');
SELECT pg_temp.expect('23514', 'UPDATE apps SET kite_library = true WHERE api_key = ''aaaaaaaaaaaaaabb''');
SELECT pg_temp.expect('00000', 'UPDATE apps SET kite_library = true, bound = false WHERE api_key = ''aaaaaaaaaaaaaabb''');
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('23514', 'UPDATE apps SET kite_library = false, bound = true WHERE api_key = ''aaaaaaaaaaaaaabb''');
ROLLBACK;
