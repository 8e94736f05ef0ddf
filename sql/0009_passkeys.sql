-- Passkeys: a key pair in somebody's device, which shows that its owner was there and was verified.

-- What an authenticator knows a user by: random, so that it says nothing (W3C WebAuthn, 14.6.1).
ALTER TABLE users ADD COLUMN handle bytea NOT NULL UNIQUE CHECK (length(handle) = 32)
    DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

-- Public keys only, in libfido2's form (controlplane/identity/bj_webauthn.h).
CREATE TABLE passkeys (
    passkey_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    slot          smallint NOT NULL CHECK (slot BETWEEN 1 AND 20), -- so many a user
    credential_id bytea NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 16 AND 1023),
    alg           integer NOT NULL,
    public_key    bytea NOT NULL,
    sign_count    bigint NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295), -- 0 for ever: it does not count
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    created_at    timestamptz NOT NULL DEFAULT now(),
    used_at       timestamptz,
    UNIQUE (user_id, slot),
    -- ES256: x and y; Ed25519; RS256: 2048 bits and the exponent.
    CHECK ((alg, length(public_key)) IN ((-7, 64), (-8, 32), (-257, 259)))
);

-- A challenge is good once, for what and for whom it was given.
CREATE TABLE passkey_challenges (
    challenge_hash bytea PRIMARY KEY CHECK (length(challenge_hash) = 32),
    purpose        text NOT NULL CHECK (purpose IN ('add', 'login', 'factor', 'prove')),
    -- Of the session that asked or, for 'factor', of the log-in under way: SHA-256 of its token.
    bound_hash     bytea CHECK (length(bound_hash) = 32),
    expires_at     timestamptz NOT NULL,
    CHECK ((purpose = 'login') = (bound_hash IS NULL)),
    UNIQUE (purpose, bound_hash) -- a new one ends the one before
);
CREATE INDEX passkey_challenges_expires ON passkey_challenges (expires_at);

-- What this user has besides the password, in a few letters: '' is nothing, and another text is something else.
-- Who begins something by a factor compares it with what was judged.
CREATE FUNCTION user_factors(whose bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(md5(string_agg(factor, ' ' ORDER BY factor)), '') FROM (
        SELECT 'totp ' || extract(epoch FROM confirmed_at) FROM totp_factors
            WHERE user_id = whose AND confirmed_at IS NOT NULL
        UNION ALL
        SELECT 'passkey ' || passkey_id FROM passkeys WHERE user_id = whose) f (factor)
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON passkeys, passkey_challenges TO bijli_control;
REVOKE EXECUTE ON FUNCTION user_factors(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION user_factors(bigint) TO bijli_control;

-- Not that one was used.
CREATE CONSTRAINT TRIGGER passkeys_audited
    AFTER INSERT OR DELETE OR UPDATE OF passkey_id, user_id, slot, credential_id, alg, public_key, name ON passkeys
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
