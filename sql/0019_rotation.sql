-- A session's token changes wherever what the session may do changes; which app placed an order; and the second wall
-- (0015) around what had none.  docs/identity.md, docs/access.md.

-- What a session is known by from its first day to its last, whatever its token is by now: the hash of the token that
-- it began with.  It opens nothing once that token is another.
ALTER TABLE sessions
    ADD COLUMN session_hash bytea CHECK (length(session_hash) = 32),
    ADD COLUMN rotated_at   timestamptz NOT NULL DEFAULT now(); -- when its token was made
UPDATE sessions SET session_hash = token_hash, rotated_at = created_at;
ALTER TABLE sessions ALTER COLUMN session_hash SET NOT NULL;
CREATE UNIQUE INDEX sessions_session ON sessions (session_hash, user_id);

CREATE FUNCTION session_known_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.session_hash := NEW.token_hash;
    ELSIF NEW.session_hash <> OLD.session_hash THEN
        RAISE EXCEPTION 'a session stays the same' USING ERRCODE = '23514', CONSTRAINT = 'session_known_by';
    ELSIF NEW.token_hash <> OLD.token_hash THEN
        NEW.rotated_at := now();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sessions_known_by BEFORE INSERT OR UPDATE OF session_hash, token_hash ON sessions
    FOR EACH ROW EXECUTE FUNCTION session_known_by();
CREATE CONSTRAINT TRIGGER sessions_rotated_audited AFTER UPDATE OF token_hash ON sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- The app that placed an order, by its number; null: a person did, or a desk.  No key: orders outlive apps.
ALTER TABLE orders ADD COLUMN app_id bigint CHECK (app_id BETWEEN 1 AND 4294967295);
ALTER TABLE apps ADD CONSTRAINT apps_id_on_wire CHECK (app_id <= 4294967295); -- as the engine carries it

-- Who asked for an elevation sees its own; who may see or decide others' does that by a policy that reaches all.
ALTER TABLE elevations ENABLE ROW LEVEL SECURITY;
CREATE POLICY acting ON elevations TO bijli_control
    USING ((SELECT acting_all()) OR asker = (SELECT 'user:' || acting_user()));

-- What one did, and what was done about one.  audit_append writes as the owner, whoever acts.
ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY acting ON audit_entries FOR SELECT TO bijli_control
    USING ((SELECT acting_all()) OR actor = (SELECT 'user:' || acting_user())
           OR subject = (SELECT 'user:' || acting_user()));

-- Those that were asked for in a session are that session's; those of a log-in are nobody's yet.
ALTER TABLE passkey_challenges ENABLE ROW LEVEL SECURITY;
CREATE POLICY acting ON passkey_challenges TO bijli_control
    USING ((SELECT acting_all()) OR bound_hash IN
           (SELECT session_hash FROM sessions WHERE user_id = (SELECT acting_user())));

REVOKE EXECUTE ON FUNCTION session_known_by() FROM PUBLIC;
