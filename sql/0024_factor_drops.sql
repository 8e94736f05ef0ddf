-- Help for who has lost the second factor and the recovery codes: staff asks under a right that somebody else has given,
-- then it waits, and the owner can say no by a link.  docs/identity.md.

CREATE TABLE factor_drops (
    user_id    bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32), -- of the owner's link
    asked_by   text NOT NULL CHECK (asked_by ~ '^(user:[1-9][0-9]{0,18}|operator)$'),
    asked_at   timestamptz NOT NULL DEFAULT now(),
    due_at     timestamptz NOT NULL,
    CONSTRAINT factor_drops_wait CHECK (due_at BETWEEN asked_at + interval '1 hour' AND asked_at + interval '7 days'),
    CONSTRAINT factor_drops_by_another CHECK (asked_by <> 'user:' || user_id)
);
GRANT SELECT, INSERT, DELETE ON factor_drops TO bijli_control;
CALL rows_of_user('factor_drops');
CREATE CONSTRAINT TRIGGER factor_drops_audited AFTER INSERT OR UPDATE OR DELETE ON factor_drops
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- Two people: whoever asks has the right lent by another (elevation_by_two), now.  And it waits from now.
CREATE FUNCTION factor_drop_asked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM elevations WHERE asker = NEW.asked_by AND what = 'right:factor_drop' AND approved
                   AND ends_at > now()) THEN
        RAISE EXCEPTION 'nobody else has said yes' USING ERRCODE = '23514', CONSTRAINT = 'factor_drop_by_two';
    END IF;
    NEW.asked_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER factor_drops_asked BEFORE INSERT ON factor_drops FOR EACH ROW EXECUTE FUNCTION factor_drop_asked();
REVOKE EXECUTE ON FUNCTION factor_drop_asked() FROM PUBLIC;
