-- An account that staff has suspended: nobody comes in by it, and nothing is entered for it.  docs/identity.md.

ALTER TABLE users
    ADD COLUMN suspended_at   timestamptz,
    ADD COLUMN suspended_by   text CHECK (suspended_by ~ '^(user:[1-9][0-9]{0,18}|operator)$'),
    ADD COLUMN suspend_reason text CHECK (length(suspend_reason) BETWEEN 1 AND 200),
    ADD CONSTRAINT users_suspended CHECK (num_nonnulls(suspended_at, suspended_by, suspend_reason) IN (0, 3)),
    ADD CONSTRAINT users_suspended_by_another CHECK (suspended_by <> 'user:' || user_id);
GRANT SELECT (suspended_at, suspended_by, suspend_reason) ON users TO bijli_control;

-- Who suspended somebody, when and why is said once; and one admin is left, also of two who suspend each other at once.
CREATE FUNCTION user_suspends() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.suspended_at IS NULL THEN
        RETURN NEW;
    ELSIF OLD.suspended_at IS NOT NULL THEN
        RAISE EXCEPTION 'suspended already' USING ERRCODE = '23514', CONSTRAINT = 'user_suspended_once';
    END IF;
    NEW.suspended_at := now();
    PERFORM pg_advisory_xact_lock(hashtext('user_suspends'));
    IF OLD.role = 'admin' AND NOT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND user_id <> OLD.user_id
        AND confirmed_at IS NOT NULL AND erased_at IS NULL AND suspended_at IS NULL) THEN
        RAISE EXCEPTION 'the last admin' USING ERRCODE = '23514', CONSTRAINT = 'user_suspends_last';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER users_suspend BEFORE UPDATE OF suspended_at, suspended_by, suspend_reason ON users
    FOR EACH ROW EXECUTE FUNCTION user_suspends();

-- Nothing that lets somebody in begins while the account is suspended, and nothing that began a moment before stays:
-- whoever begins holds the row until it is there to be ended.  A token of an app comes out of a request, whose row its
-- end waits for, so it holds nothing here: the two would wait for each other.
CREATE FUNCTION user_is_let_in() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME <> 'app_tokens' THEN
        PERFORM 1 FROM users WHERE user_id = NEW.user_id FOR SHARE;
    END IF;
    IF EXISTS (SELECT 1 FROM users WHERE user_id = NEW.user_id AND suspended_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a suspended account' USING ERRCODE = '23514', CONSTRAINT = 'user_is_let_in';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sessions_let_in BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION user_is_let_in();
CREATE TRIGGER login_pending_let_in BEFORE INSERT ON login_pending FOR EACH ROW EXECUTE FUNCTION user_is_let_in();
CREATE TRIGGER app_requests_let_in BEFORE INSERT ON app_requests FOR EACH ROW EXECUTE FUNCTION user_is_let_in();
CREATE TRIGGER app_tokens_let_in BEFORE INSERT ON app_tokens FOR EACH ROW EXECUTE FUNCTION user_is_let_in();

-- As in 0015, and not suspended.
CREATE OR REPLACE FUNCTION user_holds(whose bigint, hash text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM users WHERE user_id = whose AND password_hash = hash AND confirmed_at IS NOT NULL
        AND suspended_at IS NULL AND (acting_reach() = 'server' OR user_id = acting_user()) FOR SHARE;
    RETURN FOUND;
END $$;

REVOKE EXECUTE ON FUNCTION user_suspends(), user_is_let_in() FROM PUBLIC;
