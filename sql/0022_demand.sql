-- By what a session was proved, the best so far: 0 the password alone, 1 a recovery code, 2 a code of the app, 3 a passkey
-- (bj_proof_by_t).  Those from before have not said: where a second factor is demanded they prove once more.
-- docs/identity.md.
ALTER TABLE sessions ADD COLUMN proved_by smallint NOT NULL DEFAULT 0 CHECK (proved_by BETWEEN 0 AND 3);

-- The strongest factor that somebody has: 0 none, 1 an app, 2 a passkey (bj_demand_t).
CREATE FUNCTION user_held(whose bigint) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT 1 FROM passkeys WHERE user_id = whose) THEN 2
                WHEN EXISTS (SELECT 1 FROM totp_factors WHERE user_id = whose AND confirmed_at IS NOT NULL) THEN 1
                ELSE 0 END
$$;
REVOKE EXECUTE ON FUNCTION user_held(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION user_held(bigint) TO bijli_control;
