-- Whose factors staff asks to take away, and how it was made sure who asks, stand in what is asked for; and as soon as
-- two people can decide, people do.  docs/access.md, docs/help-lost-factors.md.

ALTER TABLE elevations
    ADD COLUMN about  bigint CHECK (about > 0), -- whom; of right:factor_drop, and of no other
    ADD COLUMN checks text[],
    ADD CONSTRAINT elevation_about CHECK ((about IS NULL) = (checks IS NULL)),
    ADD CONSTRAINT elevation_about_another CHECK (asker <> 'user:' || about),
    -- What was proved when the account was opened: its address and its number; or somebody was there with a document.
    ADD CONSTRAINT elevation_checks CHECK (
        checks <@ '{call_back,mail_word,video_document,in_person_document,account_facts}'
        AND array_position(checks, NULL) IS NULL AND cardinality(checks) <= 5
        AND (checks @> '{call_back,mail_word}' OR checks @> '{in_person_document}'));

CREATE FUNCTION elevation_is_about() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.what = 'right:factor_drop') <> (NEW.about IS NOT NULL) OR (NEW.about IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM users WHERE user_id = NEW.about AND erased_at IS NULL)) THEN
        RAISE EXCEPTION 'it is about nobody' USING ERRCODE = '23514', CONSTRAINT = 'elevation_about_whom';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER elevations_are_about BEFORE INSERT ON elevations FOR EACH ROW EXECUTE FUNCTION elevation_is_about();

-- As in 0010; what it is about stays too; and the operator's token gives only while there are not two people who can, so
-- that there is always another one than who asks.  It refuses at any time.
CREATE OR REPLACE FUNCTION elevation_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.asker, NEW.what, NEW.minutes, NEW.reason, NEW.asked_at, NEW.about, NEW.checks)
       IS DISTINCT FROM (OLD.asker, OLD.what, OLD.minutes, OLD.reason, OLD.asked_at, OLD.about, OLD.checks)
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
    IF OLD.decider IS NULL AND NEW.decider = 'operator' AND NEW.approved AND NOT elevation_by_operator() THEN
        RAISE EXCEPTION 'people decide' USING ERRCODE = '23514', CONSTRAINT = 'elevation_by_people';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION elevation_by_operator() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT count(*) < 2 FROM users WHERE role::text IN ('admin', 'compliance') AND confirmed_at IS NOT NULL
        AND erased_at IS NULL AND suspended_at IS NULL
$$;

-- The right is for that very person; what was checked comes along.
ALTER TABLE factor_drops
    ADD COLUMN elevation_id bigint, -- absent: from before
    ADD COLUMN checks       text[];
CREATE OR REPLACE FUNCTION factor_drop_asked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    SELECT elevation_id, checks INTO NEW.elevation_id, NEW.checks FROM elevations
        WHERE asker = NEW.asked_by AND what = 'right:factor_drop' AND about = NEW.user_id AND approved
            AND ends_at > now() ORDER BY ends_at DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody else has said yes' USING ERRCODE = '23514', CONSTRAINT = 'factor_drop_by_two';
    END IF;
    NEW.asked_at := now();
    RETURN NEW;
END $$;

REVOKE EXECUTE ON FUNCTION elevation_is_about(), elevation_by_operator() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION elevation_by_operator() TO bijli_control;
GRANT INSERT (about, checks) ON elevations TO bijli_control;
