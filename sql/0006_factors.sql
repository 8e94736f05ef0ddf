-- A second factor, and when a session last proved who it is.

-- Sessions from before this have proved nothing lately.
ALTER TABLE sessions ADD COLUMN proved_at timestamptz NOT NULL DEFAULT 'epoch';
ALTER TABLE sessions ALTER COLUMN proved_at DROP DEFAULT;

-- One authenticator app a user.  Its secret is sealed under a key that is not in the database
-- (controlplane/identity/bj_seal.h): 12 bytes, 20 of secret, 16 of tag.
CREATE TABLE totp_factors (
    user_id      bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    key_id       integer NOT NULL CHECK (key_id BETWEEN 1 AND 65535),
    secret       bytea NOT NULL CHECK (length(secret) = 48),
    created_at   timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,                                        -- until then it is asked of nobody
    last_step    bigint NOT NULL DEFAULT 0 CHECK (last_step >= 0),   -- no code of it or before counts again
    CHECK (confirmed_at IS NULL OR last_step > 0)
);

-- For who has lost the app.  128 random bits each, so a plain hash keeps them.
CREATE TABLE recovery_codes (
    user_id   bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    made_at   timestamptz NOT NULL DEFAULT now(),
    used_at   timestamptz,
    PRIMARY KEY (user_id, code_hash)
) PARTITION BY HASH (user_id);
CREATE TABLE recovery_codes_0 PARTITION OF recovery_codes FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE recovery_codes_1 PARTITION OF recovery_codes FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE recovery_codes_2 PARTITION OF recovery_codes FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE recovery_codes_3 PARTITION OF recovery_codes FOR VALUES WITH (MODULUS 4, REMAINDER 3);

-- The password was right, the factor is to come: no session, and good for nothing else.
CREATE TABLE login_pending (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    tries      smallint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5)
);
CREATE INDEX login_pending_user ON login_pending (user_id);

-- Browsers that a user has logged in with: they have tries of their own, which nobody else uses up.
CREATE TABLE login_devices (
    user_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    device_hash bytea NOT NULL CHECK (length(device_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, device_hash)
) PARTITION BY HASH (user_id);
CREATE TABLE login_devices_0 PARTITION OF login_devices FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE login_devices_1 PARTITION OF login_devices FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE login_devices_2 PARTITION OF login_devices FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE login_devices_3 PARTITION OF login_devices FOR VALUES WITH (MODULUS 4, REMAINDER 3);

-- How often something was tried, as a bucket: its level follows from when it is full again.  The key
-- is a hash of what is counted; no address is kept.
CREATE TABLE auth_tries (
    key_hash bytea PRIMARY KEY CHECK (length(key_hash) = 32),
    full_at  timestamptz NOT NULL
);
CREATE INDEX auth_tries_full ON auth_tries (full_at);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON totp_factors, recovery_codes, login_pending, login_devices, auth_tries TO bijli_control;

-- What changes how somebody comes in has an entry in the audit trail, in the same transaction (0005).  Not
-- that a code's step was used, nor which key a secret is sealed under as long as it stays as it is.
CREATE CONSTRAINT TRIGGER totp_factors_audited
    AFTER INSERT OR DELETE OR UPDATE OF user_id, secret, confirmed_at ON totp_factors
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
CREATE CONSTRAINT TRIGGER recovery_codes_audited AFTER INSERT OR UPDATE OR DELETE ON recovery_codes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
CREATE CONSTRAINT TRIGGER sessions_proved_audited AFTER UPDATE OF proved_at ON sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
