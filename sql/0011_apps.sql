-- API apps: a program that acts for somebody who said yes to it, by the way of Kite Connect's log-in.
-- docs/api-clients.md.

-- Whole addresses, each once: no networks.
CREATE FUNCTION apps_hosts(ips inet[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT count(*) = 0 OR (count(*) = count(DISTINCT i) AND bool_and(i IS NOT NULL AND host(i) = abbrev(i)))
   FROM unnest(ips) i $$;

-- The secret signs nothing by itself and is needed in clear for a checksum, so it is sealed under a key that is
-- not in the database (controlplane/identity/bj_seal.h): 12 bytes, 43 of secret, 16 of tag.
CREATE TABLE apps (
    app_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    api_key      text NOT NULL UNIQUE CHECK (api_key ~ '^[a-z2-7]{16}$'),
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE, -- whose it is
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    -- Where somebody's browser goes with the request token: over TLS, or to the app's own machine.
    redirect_url text NOT NULL CHECK (length(redirect_url) <= 300 AND redirect_url ~
        '^(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost|\[::1\]))(:[0-9]{1,5})?(/[!-"$-~]*)?$'),
    scopes       text NOT NULL CHECK (scopes ~ '^(profile|orders\.read|orders\.write|portfolio\.read|market\.read)( (profile|orders\.read|orders\.write|portfolio\.read|market\.read))*$'),
    key_id       integer NOT NULL CHECK (key_id BETWEEN 1 AND 65535),
    secret       bytea NOT NULL CHECK (length(secret) = 71),
    secret_at    timestamptz NOT NULL DEFAULT now(),
    -- Orders come from these; reading too where ips_for_all says so.
    ips          inet[] NOT NULL DEFAULT '{}' CHECK (cardinality(ips) <= 2 AND apps_hosts(ips)),
    ips_for_all  boolean NOT NULL DEFAULT false CHECK (NOT ips_for_all OR cardinality(ips) > 0),
    ips_at       timestamptz, -- when they were set last; set here, not by whoever changes them
    created_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz
);
CREATE INDEX apps_user ON apps (user_id);

-- Ten at most a person, in one statement or in many at once.
CREATE FUNCTION apps_few() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM users WHERE user_id = NEW.user_id FOR UPDATE;
    IF (SELECT count(*) FROM apps WHERE user_id = NEW.user_id AND revoked_at IS NULL) >= 10 THEN
        RAISE EXCEPTION 'ten apps a person' USING ERRCODE = '23514', CONSTRAINT = 'apps_few';
    END IF;
    NEW.ips_at := CASE WHEN cardinality(NEW.ips) > 0 THEN now() END;
    RETURN NEW;
END $$;
CREATE TRIGGER apps_few BEFORE INSERT ON apps FOR EACH ROW EXECUTE FUNCTION apps_few();

-- Addresses change once a week (NSE's standards of 5 May 2025); an app that has ended stays as it was.
CREATE FUNCTION apps_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL OR NEW.user_id <> OLD.user_id OR NEW.api_key <> OLD.api_key THEN
        RAISE EXCEPTION 'an app that has ended, or its owner or key' USING ERRCODE = '23514',
            CONSTRAINT = 'apps_change';
    END IF;
    NEW.ips_at := OLD.ips_at;
    IF (NEW.ips, NEW.ips_for_all) IS DISTINCT FROM (OLD.ips, OLD.ips_for_all) THEN
        IF OLD.ips_at > now() - interval '7 days' THEN
            RAISE EXCEPTION 'addresses change once a week' USING ERRCODE = '23514',
                CONSTRAINT = 'apps_ips_weekly';
        END IF;
        NEW.ips_at := now();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER apps_change BEFORE UPDATE ON apps FOR EACH ROW EXECUTE FUNCTION apps_change();

-- Somebody said yes: good once, for a few minutes, for that app.
CREATE TABLE app_requests (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    app_id     bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL CHECK (expires_at <= now() + interval '5 minutes')
);
CREATE INDEX app_requests_whose ON app_requests (app_id, user_id);

-- An access token that is good: it is in force while it is here.  One an app and person.
CREATE TABLE app_tokens (
    app_id     bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    made_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at <= made_at + interval '24 hours'),
    PRIMARY KEY (app_id, user_id)
);
CREATE INDEX app_tokens_user ON app_tokens (user_id);

-- A new password ends what was let in under the old one.
CREATE FUNCTION apps_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM app_tokens WHERE user_id = NEW.user_id;
    DELETE FROM app_requests WHERE user_id = NEW.user_id;
    RETURN NULL;
END $$;
CREATE TRIGGER apps_end AFTER UPDATE OF password_hash ON users
    FOR EACH ROW WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash) EXECUTE FUNCTION apps_end();

REVOKE EXECUTE ON FUNCTION apps_few(), apps_change(), apps_end() FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON apps TO bijli_control;
GRANT SELECT, INSERT, DELETE ON app_requests TO bijli_control;
GRANT SELECT, INSERT, DELETE ON app_tokens TO bijli_control;

-- Who may act for whom does not change without an entry (0005).  Not that a secret was sealed anew.
CREATE CONSTRAINT TRIGGER apps_audited
    AFTER INSERT OR DELETE OR UPDATE OF name, redirect_url, scopes, secret_at, ips, ips_for_all, revoked_at ON apps
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
CREATE CONSTRAINT TRIGGER app_requests_audited AFTER INSERT OR UPDATE ON app_requests
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
CREATE CONSTRAINT TRIGGER app_tokens_audited AFTER INSERT OR UPDATE OR DELETE ON app_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
