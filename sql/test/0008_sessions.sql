-- A session's name is a change that needs its entry; that it was seen again is none.
-- Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash) VALUES ('s@b.in', 'S', '$argon2id$x');
INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at)
    SELECT user_id, sha256('x'), repeat('c', 43), now(), now() + interval '1 day' FROM users WHERE email = 's@b.in';
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
UPDATE sessions SET seen_at = now();
DO $$
BEGIN
    BEGIN
        UPDATE sessions SET name = 'Desk';
        RAISE EXCEPTION 'a name without an entry';
    EXCEPTION WHEN check_violation THEN NULL;
    END;
    BEGIN
        UPDATE sessions SET name = repeat('x', 41);
        RAISE EXCEPTION 'a name of 41';
    EXCEPTION WHEN check_violation THEN NULL;
    END;
END $$;
ROLLBACK;
