-- Who gives way to a way back, and who does not.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
CREATE FUNCTION pg_temp.cell() RETURNS bytea LANGUAGE sql AS $$ SELECT decode('03e8' || repeat('00', 40), 'hex') $$;
INSERT INTO users (password_hash, confirmed_at, email_hash, email_sealed, name_sealed)
    SELECT '$argon2id$x', at, pg_temp.mac(w::bytea), pg_temp.cell(), pg_temp.cell()
    FROM (VALUES ('owner', now()), ('sits', NULL), ('lives', now()), ('waits', NULL)) v (w, at);
CREATE TEMP TABLE who AS SELECT user_id, w FROM users, unnest('{owner,sits,lives,waits}'::text[]) w
    WHERE email_hash = pg_temp.mac(w::bytea);
GRANT SELECT ON who TO bijli_control;
INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash, ended_at)
    SELECT sha256(k::bytea), (SELECT user_id FROM who WHERE w = 'owner'), 'email', pg_temp.cell(), pg_temp.mac(k::bytea), at
    FROM (VALUES ('sits', now()), ('lives', now()), ('waits', NULL)) v (k, at); -- waits: not used now
SET LOCAL ROLE bijli_control;
SELECT contact_clear(kind, pg_temp.mac(w::bytea), (SELECT user_id FROM who WHERE w = 'owner'))
    FROM who, unnest('{phone,email}'::text[]) kind WHERE w <> 'sits' OR kind = 'phone';
RESET ROLE;
DO $$ BEGIN
    IF (SELECT count(*) FROM users JOIN who USING (user_id)) <> 4 THEN RAISE EXCEPTION 'too many gave way'; END IF;
    PERFORM contact_clear('email', pg_temp.mac('sits'), (SELECT user_id FROM who WHERE w = 'lives')); -- somebody else's
    IF (SELECT count(*) FROM users JOIN who USING (user_id)) <> 4 THEN RAISE EXCEPTION 'gave way to anybody'; END IF;
    PERFORM contact_clear('email', pg_temp.mac('sits'), (SELECT user_id FROM who WHERE w = 'owner'));
    IF (SELECT string_agg(w, ' ' ORDER BY w) FROM users JOIN who USING (user_id)) <> 'lives owner waits' THEN
        RAISE EXCEPTION 'sits there still';
    END IF;
END $$;
SET LOCAL ROLE bijli_control;
SELECT pg_temp.expect('42501', 'DELETE FROM users');
RESET ROLE;
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
