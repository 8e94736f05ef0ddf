-- Roles as a broker's operations have them, and what a person may do within one.  docs/access.md.

ALTER TYPE user_role RENAME VALUE 'broker' TO 'dealer';
ALTER TYPE user_role ADD VALUE 'risk';    -- limits and kills
ALTER TYPE user_role ADD VALUE 'support'; -- who is logged in where

ALTER TABLE users
    -- Whose clients a dealer acts for; where a client belongs.
    ADD COLUMN branch_id       integer NOT NULL DEFAULT 1 CHECK (branch_id BETWEEN 1 AND 65535),
    ADD COLUMN segments        text[] NOT NULL DEFAULT '{CM,FO,CD,CO}'
        CHECK (segments <@ '{CM,FO,CD,CO}' AND array_position(segments, NULL) IS NULL),
    -- The most that one order may be worth which this person places; absent: the engine's limits only.
    ADD COLUMN order_max_paise bigint CHECK (order_max_paise > 0),
    -- Minutes of India's day in which a member of staff works: from, up to but not including to.
    ADD COLUMN from_minute     smallint NOT NULL DEFAULT 0,
    ADD COLUMN to_minute       smallint NOT NULL DEFAULT 1440,
    ADD CHECK (0 <= from_minute AND from_minute < to_minute AND to_minute <= 1440);

-- Rights for a while: asked for with a reason, given by somebody else, over by themselves.
CREATE TABLE elevations (
    elevation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asker        text NOT NULL CHECK (asker ~ '^(user:[1-9][0-9]{0,18}|operator)$'),
    -- All that another role may, or one policy that asks for an elevation.
    what         text NOT NULL CHECK (what ~ '^(role|right):[a-z_]{1,40}$'),
    minutes      smallint NOT NULL CHECK (minutes BETWEEN 1 AND 480),
    reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    asked_at     timestamptz NOT NULL DEFAULT now(),
    decider      text CHECK (decider ~ '^(user:[1-9][0-9]{0,18}|operator)$'),
    approved     boolean,
    decided_at   timestamptz,
    ends_at      timestamptz, -- by itself; earlier when somebody ends it
    CONSTRAINT elevation_by_two CHECK (decider <> asker),
    CHECK ((decider IS NULL) = (approved IS NULL) AND (decider IS NULL) = (decided_at IS NULL)),
    CHECK ((approved IS TRUE) = (ends_at IS NOT NULL)),
    CHECK (ends_at <= decided_at + make_interval(mins => minutes))
);
CREATE INDEX elevations_asker ON elevations (asker, ends_at);

-- An ask does not change once it was made, is decided once and within a day, by somebody who may; a right
-- that was given can only end earlier.
CREATE FUNCTION elevation_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.asker, NEW.what, NEW.minutes, NEW.reason, NEW.asked_at)
       IS DISTINCT FROM (OLD.asker, OLD.what, OLD.minutes, OLD.reason, OLD.asked_at)
       OR (OLD.decider IS NOT NULL AND ((NEW.decider, NEW.approved, NEW.decided_at)
           IS DISTINCT FROM (OLD.decider, OLD.approved, OLD.decided_at) OR NEW.ends_at > OLD.ends_at))
       OR (OLD.decider IS NULL AND NEW.decided_at > OLD.asked_at + interval '1 day') THEN
        RAISE EXCEPTION 'an elevation is asked for once and decided once' USING ERRCODE = '23514',
            CONSTRAINT = 'elevation_once';
    END IF;
    IF OLD.decider IS NULL AND NEW.decider <> 'operator' AND NOT EXISTS (SELECT 1 FROM users
        WHERE 'user:' || user_id = NEW.decider AND role::text IN ('admin', 'compliance')) THEN
        RAISE EXCEPTION '% may not decide an elevation', NEW.decider USING ERRCODE = '23514',
            CONSTRAINT = 'elevation_decider';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER elevations_move BEFORE UPDATE ON elevations
    FOR EACH ROW EXECUTE FUNCTION elevation_moves();
CREATE CONSTRAINT TRIGGER elevations_audited AFTER INSERT OR UPDATE OR DELETE ON elevations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

REVOKE EXECUTE ON FUNCTION elevation_moves() FROM PUBLIC;
GRANT SELECT, INSERT ON elevations TO bijli_control;
GRANT UPDATE (decider, approved, decided_at, ends_at) ON elevations TO bijli_control;
