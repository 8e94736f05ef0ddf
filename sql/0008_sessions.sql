-- A person sees where they are logged in, names a session and ends it.

ALTER TABLE sessions
    ADD COLUMN name    text NOT NULL DEFAULT '' CHECK (length(name) <= 40),
    ADD COLUMN address text NOT NULL DEFAULT '' CHECK (length(address) <= 64); -- of the log-in

CREATE CONSTRAINT TRIGGER sessions_named_audited AFTER UPDATE OF name ON sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
