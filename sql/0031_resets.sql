-- A mail alone sets no password of an account without a second factor: a code to its number comes beside it.
-- docs/identity.md.

-- Nobody knows the password, since staff added the person or two of staff took the factors away: until then a link alone
-- sets the first one, once.
ALTER TABLE users ADD COLUMN first_password_until timestamptz;
GRANT SELECT (first_password_until) ON users TO bijli_control;

-- The code that goes with a link, by a key that is not here; right for ten minutes, five tries.
ALTER TABLE mail_tokens
    ADD COLUMN code_hash bytea CONSTRAINT mail_tokens_code_hash_formed CHECK (hash_formed(code_hash)),
    ADD COLUMN code_tries smallint NOT NULL DEFAULT 0 CONSTRAINT mail_tokens_code_tries CHECK (code_tries BETWEEN 0 AND 5),
    ADD COLUMN code_sent_at timestamptz,
    ADD COLUMN code_right_at timestamptz,
    ADD CONSTRAINT mail_tokens_code CHECK ((code_sent_at IS NULL OR purpose = 'reset')
        AND (code_hash IS NULL OR code_sent_at IS NOT NULL) AND (code_right_at IS NULL OR code_sent_at IS NOT NULL));
GRANT SELECT (code_hash, code_tries, code_sent_at, code_right_at) ON mail_tokens TO bijli_control;

-- 'alone': the link is enough, since a second factor is asked for at the log-in, or it is the first password;
-- 'code': not without a code to the number; 'none': there is no second way, and staff helps.
CREATE FUNCTION reset_way(whose bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN first_password_until > now()
                    OR EXISTS (SELECT 1 FROM totp_factors f WHERE f.user_id = whose AND f.confirmed_at IS NOT NULL)
                    OR EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = whose) THEN 'alone'
                WHEN phone_verified_at IS NOT NULL THEN 'code'
                ELSE 'none' END
    FROM users WHERE user_id = whose $$;

-- The password of whose link it is, if that way was gone to its end: the only statement that sets one by a link.
CREATE FUNCTION reset_password(link bytea, new_hash text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    whose bigint;
BEGIN
    UPDATE mail_tokens SET used_at = now() WHERE token_hash = link AND purpose = 'reset' AND used_at IS NULL
        AND expires_at > now() AND (reset_way(user_id) = 'alone' OR code_right_at > now() - interval '10 minutes')
        RETURNING user_id INTO whose;
    IF whose IS NULL THEN
        RETURN false;
    END IF;
    UPDATE users SET password_hash = new_hash, first_password_until = NULL WHERE user_id = whose;
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION reset_way(bigint), reset_password(bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reset_way(bigint), reset_password(bytea, text) TO bijli_control;

-- Since when the number that a way back (0018) leads to was the person's; NULL: of an address, or from before this.  By it
-- the way back of an address tells the number of before from those that came in the hands of somebody else.
ALTER TABLE contact_undos ADD COLUMN verified_at timestamptz
    CONSTRAINT contact_undos_verified CHECK (verified_at IS NULL OR kind = 'phone');
