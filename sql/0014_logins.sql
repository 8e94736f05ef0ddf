-- What a person's log-ins were like, so that one that is unlike them is told (docs/identity.md); and what a known
-- browser is, so that its owner can tell which to forget.

CREATE TABLE logins (
    user_id   bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    at        timestamptz NOT NULL,
    address   text NOT NULL CHECK (length(address) <= 64),
    country   text CHECK (country ~ '^[A-Z]{2}$'),  -- by the table of places; absent: it does not say
    latitude  real CHECK (latitude BETWEEN -90 AND 90),
    longitude real CHECK (longitude BETWEEN -180 AND 180),
    suspect   text NOT NULL DEFAULT '' CHECK (suspect ~ '^([a-z_]+(,[a-z_]+)*)?$'), -- the rules it met
    told      boolean NOT NULL DEFAULT false,        -- its owner, by mail
    CHECK ((country IS NULL) = (latitude IS NULL) AND (country IS NULL) = (longitude IS NULL))
) PARTITION BY HASH (user_id);
CREATE TABLE logins_0 PARTITION OF logins FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE logins_1 PARTITION OF logins FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE logins_2 PARTITION OF logins FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE logins_3 PARTITION OF logins FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE INDEX logins_user ON logins (user_id, at DESC);
GRANT SELECT, INSERT, DELETE ON logins TO bijli_control;

ALTER TABLE login_devices
    ADD COLUMN user_agent text NOT NULL DEFAULT '' CHECK (length(user_agent) <= 200),
    ADD COLUMN address    text NOT NULL DEFAULT '' CHECK (length(address) <= 64); -- of its first log-in
CREATE CONSTRAINT TRIGGER login_devices_audited AFTER INSERT OR DELETE ON login_devices
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- What was done about somebody, for that somebody's list of what happened.
CREATE INDEX audit_entries_subject ON audit_entries (subject, seq);
