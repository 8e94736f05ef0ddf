-- Apps whose tokens are bound to a key of theirs (DPoP, RFC 9449): without its proof a stolen token opens nothing.
-- Kite Connect's libraries have no such key.  docs/api-clients.md.
ALTER TABLE apps ADD COLUMN bound boolean NOT NULL DEFAULT false;
ALTER TABLE apps ADD CONSTRAINT apps_bound CHECK (NOT (bound AND kite_library));
DROP TRIGGER apps_audited ON apps;
CREATE CONSTRAINT TRIGGER apps_audited
    AFTER INSERT OR DELETE OR UPDATE OF name, redirect_url, scopes, secret_at, ips, ips_for_all, kite_library, bound, revoked_at ON apps
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
