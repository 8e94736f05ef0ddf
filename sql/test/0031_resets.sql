-- By what a link sets a password.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SET CONSTRAINTS ALL DEFERRED;
CREATE FUNCTION pg_temp.cell() RETURNS bytea LANGUAGE sql AS $$ SELECT '\xfa02'::bytea || decode(repeat('00', 40), 'hex') $$;
INSERT INTO users (password_hash, confirmed_at, email_hash, email_sealed, name_sealed, phone_hash, phone_sealed, phone_verified_at)
    SELECT '$argon2id$old', now(), pg_temp.mac(w::bytea), pg_temp.cell(), pg_temp.cell(), CASE WHEN phone THEN pg_temp.mac(w::bytea) END,
        CASE WHEN phone THEN pg_temp.cell() END, CASE WHEN phone THEN now() END
    FROM (VALUES ('phone', true), ('nothing', false), ('app', true), ('first', false)) v (w, phone);
CREATE TEMP TABLE who AS SELECT user_id, w FROM users, unnest('{phone,nothing,app,first}'::text[]) w
    WHERE email_hash = pg_temp.mac(w::bytea);
INSERT INTO totp_factors (user_id, key_id, secret, confirmed_at, last_step) SELECT user_id, 1000, decode(repeat('00', 48), 'hex'), now(), 1
    FROM who WHERE w = 'app';
UPDATE users SET first_password_until = now() + interval '1 day' WHERE user_id = (SELECT user_id FROM who WHERE w = 'first');
INSERT INTO mail_tokens (token_hash, user_id, purpose, expires_at) SELECT sha256(w::bytea), user_id, 'reset', now() + interval '1 hour' FROM who;
SELECT pg_temp.expect(wanted, 'UPDATE mail_tokens SET ' || r || ' WHERE token_hash = sha256(''phone'')') FROM (VALUES
    ('23514', 'code_hash = sha256(''c'')'),
    ('23514', 'code_hash = pg_temp.mac(''c'')'), -- sent when?
    ('23514', 'code_right_at = now()'),
    ('23514', 'code_tries = 6'),
    ('00000', 'code_hash = pg_temp.mac(''c''), code_sent_at = now(), code_tries = 5')) t (wanted, r);
DO $$ BEGIN
    ASSERT (SELECT string_agg(w || ' ' || reset_way(user_id), ', ' ORDER BY w) FROM who)
        = 'app alone, first alone, nothing none, phone code', 'ways';
    ASSERT NOT reset_password(sha256('nothing'), '$argon2id$new') AND NOT reset_password(sha256('phone'), '$argon2id$new'), 'no second way';
    ASSERT reset_password(sha256('app'), '$argon2id$new') AND reset_password(sha256('first'), '$argon2id$new'), 'alone';
    ASSERT NOT reset_password(sha256('app'), '$argon2id$new'), 'once';
    ASSERT (SELECT reset_way(user_id) FROM who WHERE w = 'first') = 'none', 'the first password is one';
    UPDATE mail_tokens SET code_right_at = now() - interval '11 minutes' WHERE token_hash = sha256('phone');
    ASSERT NOT reset_password(sha256('phone'), '$argon2id$new'), 'too long ago';
    UPDATE mail_tokens SET code_right_at = now() WHERE token_hash = sha256('phone');
    ASSERT reset_password(sha256('phone'), '$argon2id$new'), 'with its code';
    ASSERT (SELECT count(*) FROM users JOIN who USING (user_id) WHERE password_hash = '$argon2id$new') = 3, 'three have it';
END $$;
ROLLBACK;
