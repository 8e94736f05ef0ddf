-- What is asked of a session besides who it is: where it is, and of staff which device.  docs/identity.md.

-- Where a session was begun, or last proved itself; since when it was seen elsewhere and has not; by which device of staff's
-- it was begun.
ALTER TABLE sessions
    ADD COLUMN home      text NOT NULL DEFAULT '' CHECK (length(home) <= 64), -- "": from before, nobody knows
    ADD COLUMN home_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN moved_at  timestamptz,
    ADD COLUMN device_id bigint;
UPDATE sessions SET home = address, home_at = created_at;
CREATE CONSTRAINT TRIGGER sessions_moved_audited AFTER UPDATE OF home, moved_at, device_id ON sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- Computers that staff may use.  One asks, with what proves that the device has the key (PKCS#10); another says yes, and
-- it gets a certificate of this world's CA.
CREATE TABLE staff_devices (
    device_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    request     bytea NOT NULL CHECK (length(request) BETWEEN 64 AND 2048),
    key_hash    bytea NOT NULL CHECK (length(key_hash) = 32), -- SHA-256 of its public key
    asked_by    text NOT NULL CHECK (asked_by ~ '^(user:[1-9][0-9]{0,18}|operator)$'),
    asked_at    timestamptz NOT NULL DEFAULT now(),
    reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    decided_by  text CHECK (decided_by ~ '^(user:[1-9][0-9]{0,18}|operator)$'),
    decided_at  timestamptz,
    serial      text UNIQUE CHECK (serial ~ '^[4-7][0-9A-F]{31}$'), -- of its certificate; none: refused, or it waits
    certificate bytea CHECK (length(certificate) BETWEEN 64 AND 4096),
    expires_at  timestamptz,
    told_at     timestamptz, -- that it soon runs out
    revoked_at  timestamptz,
    revoked_by  text CHECK (revoked_by ~ '^(user:[1-9][0-9]{0,18}|operator)$'),
    CONSTRAINT device_key_once UNIQUE (key_hash),
    CONSTRAINT device_decided CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT device_given CHECK ((serial IS NULL) = (certificate IS NULL) AND (serial IS NULL) = (expires_at IS NULL)
                                   AND (serial IS NULL OR decided_by IS NOT NULL)),
    CONSTRAINT device_lasts CHECK (expires_at <= decided_at + interval '366 days'),
    CONSTRAINT device_revoked CHECK ((revoked_by IS NULL) = (revoked_at IS NULL) AND (revoked_at IS NULL OR serial IS NOT NULL)),
    -- Neither who asked nor whose it is says yes.
    CONSTRAINT device_by_two CHECK (serial IS NULL OR decided_by = 'operator'
                                    OR (decided_by <> asked_by AND decided_by <> 'user:' || user_id))
);
CREATE INDEX staff_devices_user ON staff_devices (user_id);
GRANT SELECT ON staff_devices TO bijli_control;
GRANT INSERT (user_id, name, request, key_hash, asked_by, reason) ON staff_devices TO bijli_control;
GRANT UPDATE (decided_by, decided_at, serial, certificate, expires_at, told_at, revoked_at, revoked_by) ON staff_devices
    TO bijli_control;
GRANT DELETE ON staff_devices TO bijli_control; -- with its person
CALL rows_of_user('staff_devices');
CREATE CONSTRAINT TRIGGER staff_devices_audited AFTER INSERT OR DELETE OR UPDATE OF decided_by, serial, revoked_by
    ON staff_devices DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- The operator's token decides only until two people who can have been given one: somebody must begin.  Whether they still
-- hold is not asked, since the token may revoke them and would decide alone again; nor whether these two still work here.
CREATE FUNCTION device_by_operator() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT count(DISTINCT user_id) < 2 FROM staff_devices JOIN users u USING (user_id)
    WHERE u.role::text IN ('admin', 'compliance') AND serial IS NOT NULL
$$;

-- Decided once, by who may, within a week; revoked once, and for good.
CREATE FUNCTION device_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (OLD.decided_by IS NOT NULL AND (NEW.decided_by, NEW.decided_at, NEW.serial, NEW.certificate, NEW.expires_at)
        IS DISTINCT FROM (OLD.decided_by, OLD.decided_at, OLD.serial, OLD.certificate, OLD.expires_at))
       OR (OLD.revoked_by IS NOT NULL AND (NEW.revoked_by, NEW.revoked_at) IS DISTINCT FROM (OLD.revoked_by, OLD.revoked_at))
       OR (OLD.decided_by IS NULL AND NEW.decided_by IS NOT NULL AND OLD.asked_at < now() - interval '7 days') THEN
        RAISE EXCEPTION 'a device is decided once' USING ERRCODE = '23514', CONSTRAINT = 'device_once';
    END IF;
    IF OLD.decided_by IS NOT NULL OR NEW.serial IS NULL THEN RETURN NEW; END IF;
    IF NEW.decided_by <> 'operator' AND NOT EXISTS (SELECT 1 FROM users
        WHERE 'user:' || user_id = NEW.decided_by AND role::text IN ('admin', 'compliance')) THEN
        RAISE EXCEPTION '% may not decide', NEW.decided_by USING ERRCODE = '23514', CONSTRAINT = 'device_decider';
    END IF;
    IF NEW.decided_by = 'operator' AND NOT device_by_operator() THEN
        RAISE EXCEPTION 'people decide' USING ERRCODE = '23514', CONSTRAINT = 'device_by_people';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER staff_devices_move BEFORE UPDATE ON staff_devices FOR EACH ROW EXECUTE FUNCTION device_moves();

-- Of staff only; a session is begun by a device of its person's that holds.
CREATE FUNCTION device_is_staffs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM users WHERE user_id = NEW.user_id AND role::text <> 'client' AND erased_at IS NULL) THEN
        RAISE EXCEPTION 'devices are of staff' USING ERRCODE = '23514', CONSTRAINT = 'device_of_staff';
    END IF;
    NEW.asked_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER staff_devices_asked BEFORE INSERT ON staff_devices FOR EACH ROW EXECUTE FUNCTION device_is_staffs();
CREATE FUNCTION session_device() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.device_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM staff_devices WHERE device_id = NEW.device_id
        AND user_id = NEW.user_id AND serial IS NOT NULL AND revoked_at IS NULL AND expires_at > now() FOR SHARE) THEN
        RAISE EXCEPTION 'no device of this person' USING ERRCODE = '23514', CONSTRAINT = 'session_device';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sessions_device BEFORE INSERT OR UPDATE OF device_id ON sessions FOR EACH ROW EXECUTE FUNCTION session_device();

REVOKE EXECUTE ON FUNCTION device_by_operator(), device_moves(), device_is_staffs(), session_device() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION device_by_operator() TO bijli_control;
INSERT INTO retention_rules VALUES
    ('staff_devices', '2026-01-01', '3 years', 'Who of staff could use which computer, as long as what they did is likely to be asked about');
