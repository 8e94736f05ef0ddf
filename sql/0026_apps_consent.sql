-- Apps: that who exchanges a request token also began the log-in (PKCE, RFC 7636), and what a person has granted to an
-- app, which can be less than it asks for and become less while a token is in force.  docs/api-clients.md.

-- Kite Connect's libraries know no PKCE, and no proof at the end of a token: an app made for one goes without both.
-- The apps that are there were made when there was nothing else.
ALTER TABLE apps ADD COLUMN kite_library boolean NOT NULL DEFAULT true;
ALTER TABLE apps ALTER COLUMN kite_library SET DEFAULT false;
DROP TRIGGER apps_audited ON apps;
CREATE CONSTRAINT TRIGGER apps_audited
    AFTER INSERT OR DELETE OR UPDATE OF name, redirect_url, scopes, secret_at, ips, ips_for_all, kite_library, revoked_at ON apps
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

ALTER TABLE app_requests ADD COLUMN challenge bytea CHECK (length(challenge) = 32); -- S256 of the verifier
CREATE FUNCTION app_request_challenged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.challenge IS NULL AND EXISTS (SELECT 1 FROM apps WHERE app_id = NEW.app_id AND NOT kite_library) THEN
        RAISE EXCEPTION 'this app sends a challenge' USING ERRCODE = '23514', CONSTRAINT = 'app_requests_challenged';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER app_requests_challenged AFTER INSERT ON app_requests
    FOR EACH ROW EXECUTE FUNCTION app_request_challenged();

-- What a person has said yes to, and to what of it when asked again; a token may never more than this and itself.
CREATE TABLE app_grants (
    app_id  bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    scopes  text NOT NULL CHECK (scopes ~ '^(profile|orders\.read|orders\.write|portfolio\.read|market\.read)( (profile|orders\.read|orders\.write|portfolio\.read|market\.read))*$'),
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (app_id, user_id)
);
CREATE INDEX app_grants_user ON app_grants (user_id);
INSERT INTO app_grants (app_id, user_id, scopes, at)
    SELECT app_id, t.user_id, a.scopes, t.made_at FROM app_tokens t JOIN apps a USING (app_id);
INSERT INTO app_grants (app_id, user_id, scopes)
    SELECT DISTINCT app_id, r.user_id, a.scopes FROM app_requests r JOIN apps a USING (app_id) ON CONFLICT DO NOTHING;

CREATE FUNCTION app_grant_asked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT string_to_array(NEW.scopes, ' ') <@ (SELECT string_to_array(scopes, ' ') FROM apps WHERE app_id = NEW.app_id) THEN
        RAISE EXCEPTION 'more than the app asks for' USING ERRCODE = '23514', CONSTRAINT = 'app_grants_asked';
    END IF;
    NEW.at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER app_grants_asked BEFORE INSERT OR UPDATE ON app_grants FOR EACH ROW EXECUTE FUNCTION app_grant_asked();
REVOKE EXECUTE ON FUNCTION app_request_challenged(), app_grant_asked() FROM PUBLIC;

GRANT SELECT, INSERT, UPDATE, DELETE ON app_grants TO bijli_control;
CALL rows_of_user('app_grants');
CREATE CONSTRAINT TRIGGER app_grants_audited AFTER INSERT OR UPDATE ON app_grants
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
