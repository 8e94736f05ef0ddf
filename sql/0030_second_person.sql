-- What loosens a limit, or ends a stop, waits for a second person: an ask for one act, which control does as soon as
-- somebody else says yes (docs/risk.md).  The engine says what loosens, and what was in force.

ALTER TABLE elevations
    DROP CONSTRAINT elevations_what_check,
    ADD CONSTRAINT elevation_what CHECK (what ~ '^(role|right|act):[a-z_]{1,40}$'),
    ADD COLUMN act      jsonb CHECK (jsonb_typeof(act) = 'object'),      -- the command, as control will send it
    ADD COLUMN in_force jsonb CHECK (jsonb_typeof(in_force) = 'object'), -- when it was asked for
    ADD COLUMN outcome  text CHECK (outcome IN ('done', 'refused', 'unknown')),
    ADD CONSTRAINT elevation_act CHECK ((what ~ '^act:') = (act IS NOT NULL) AND (act IS NULL) = (in_force IS NULL)),
    -- It is done once: there is nothing that would last.
    ADD CONSTRAINT elevation_act_once CHECK (act IS NULL OR ends_at = decided_at),
    ADD CONSTRAINT elevation_outcome CHECK (outcome IS NULL OR (act IS NOT NULL AND approved IS TRUE));

-- As in 0025; what it would do stays too, and what became of it is said once.
CREATE OR REPLACE FUNCTION elevation_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.asker, NEW.what, NEW.minutes, NEW.reason, NEW.asked_at, NEW.about, NEW.checks, NEW.act, NEW.in_force)
       IS DISTINCT FROM (OLD.asker, OLD.what, OLD.minutes, OLD.reason, OLD.asked_at, OLD.about, OLD.checks, OLD.act, OLD.in_force)
       OR (OLD.decider IS NOT NULL AND ((NEW.decider, NEW.approved, NEW.decided_at)
           IS DISTINCT FROM (OLD.decider, OLD.approved, OLD.decided_at) OR NEW.ends_at > OLD.ends_at))
       OR (OLD.outcome IS NOT NULL AND NEW.outcome IS DISTINCT FROM OLD.outcome)
       OR (OLD.decider IS NULL AND NEW.decided_at > OLD.asked_at + interval '1 day') THEN
        RAISE EXCEPTION 'an elevation is asked for once and decided once' USING ERRCODE = '23514',
            CONSTRAINT = 'elevation_once';
    END IF;
    IF OLD.decider IS NULL AND NEW.decider <> 'operator' AND NOT EXISTS (SELECT 1 FROM users
        WHERE 'user:' || user_id = NEW.decider AND role::text IN ('admin', 'compliance')) THEN
        RAISE EXCEPTION '% may not decide an elevation', NEW.decider USING ERRCODE = '23514',
            CONSTRAINT = 'elevation_decider';
    END IF;
    IF OLD.decider IS NULL AND NEW.decider = 'operator' AND NEW.approved AND NOT elevation_by_operator() THEN
        RAISE EXCEPTION 'people decide' USING ERRCODE = '23514', CONSTRAINT = 'elevation_by_people';
    END IF;
    RETURN NEW;
END $$;

GRANT INSERT (act, in_force) ON elevations TO bijli_control;
GRANT UPDATE (outcome) ON elevations TO bijli_control;
