-- What 0015's second wall is to know of sealed people (0012) and of consent and erasure (0013), in whichever order
-- they have come.

-- Link and user may be from before and after there were sealed names: then the name stays what it is.
CREATE OR REPLACE FUNCTION user_confirm(hash bytea) RETURNS TABLE (confirmed_id bigint, made boolean) LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH used AS (UPDATE mail_tokens SET used_at = now()
            WHERE token_hash = hash AND purpose = 'confirm' AND used_at IS NULL AND expires_at > now()
            RETURNING user_id, name, name_sealed, password_hash),
        made AS (UPDATE users u SET confirmed_at = now(), password_hash = used.password_hash,
                name = CASE WHEN u.name IS NOT NULL THEN coalesce(used.name, u.name) END,
                name_sealed = CASE WHEN u.name IS NULL THEN coalesce(used.name_sealed, u.name_sealed) END
            FROM used WHERE u.user_id = used.user_id AND u.confirmed_at IS NULL RETURNING u.user_id)
    SELECT used.user_id, made.user_id IS NOT NULL FROM used LEFT JOIN made USING (user_id)
$$;

-- The columns that came since, and still no hash of a password.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{users,mail_tokens}'::text[] LOOP
        EXECUTE (SELECT format('GRANT SELECT (%s) ON %I TO bijli_control',
                               string_agg(quote_ident(attname), ', '), name)
            FROM pg_attribute WHERE attrelid = name::regclass AND attnum > 0 AND NOT attisdropped
                AND attname <> 'password_hash');
    END LOOP;
END $$;

CALL rows_of_user('consents');
CALL rows_of_user('erasures');
CREATE POLICY gone ON apps FOR DELETE TO bijli_control
    USING ((SELECT acting_all()) OR user_id = (SELECT acting_user()));
