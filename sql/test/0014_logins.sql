-- What is kept of log-ins holds together; a known browser comes and goes with an entry; both go with their user.
-- Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash) VALUES ('l@b.in', 'L', '$argon2id$x');
INSERT INTO login_devices (user_id, device_hash, user_agent)
    SELECT user_id, sha256('d'), 'a browser' FROM users WHERE email = 'l@b.in';
INSERT INTO logins (user_id, at, address, country, latitude, longitude, suspect)
    SELECT user_id, now(), '10.0.0.1', 'IN', 19, 72.8, 'new_device,travel' FROM users WHERE email = 'l@b.in';
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
DO $$
DECLARE bad text;
BEGIN
    FOREACH bad IN ARRAY ARRAY[
        'UPDATE logins SET country = NULL', 'UPDATE logins SET latitude = 91', 'UPDATE logins SET longitude = NULL',
        'UPDATE logins SET country = ''in''', 'UPDATE logins SET suspect = ''new device''',
        'UPDATE login_devices SET user_agent = repeat(''x'', 201)', 'DELETE FROM login_devices'] LOOP
        BEGIN
            EXECUTE bad;
            RAISE EXCEPTION 'was taken: %', bad;
        EXCEPTION WHEN check_violation THEN NULL;
        END;
    END LOOP;
END $$;
ROLLBACK;
