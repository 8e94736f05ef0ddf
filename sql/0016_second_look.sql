-- What 0010, 0011 and 0015 say, held to by the database also where it was not yet.  docs/access.md, docs/api-clients.md.

-- An elevation begins as an ask: whoever writes the row, it is decided later and by another; and it is the database
-- that says when.
CREATE FUNCTION elevation_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decider IS NOT NULL OR NEW.approved IS NOT NULL OR NEW.ends_at IS NOT NULL THEN
        RAISE EXCEPTION 'an elevation begins as an ask' USING ERRCODE = '23514', CONSTRAINT = 'elevation_once';
    END IF;
    NEW.asked_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER elevations_asked BEFORE INSERT ON elevations FOR EACH ROW EXECUTE FUNCTION elevation_asked();
CREATE FUNCTION elevation_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.decided_at := now();
    RETURN NEW;
END $$;
-- By its name it runs before elevations_move, which judges that time.
CREATE TRIGGER elevations_decided BEFORE UPDATE ON elevations FOR EACH ROW
    WHEN (OLD.decider IS NULL AND NEW.decider IS NOT NULL) EXECUTE FUNCTION elevation_decided();
REVOKE INSERT ON elevations FROM bijli_control;
GRANT INSERT (asker, what, minutes, reason) ON elevations TO bijli_control;

-- A new password ends what was let in under the old one; the same one with a dearer hash does not, or each app of a
-- person would stop in the middle of the day.  Requests first: whoever turns one into a token at this moment holds
-- its row, and that token is seen by the second statement.
CREATE OR REPLACE FUNCTION apps_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('bijli.rehash', true) = NEW.user_id::text THEN
        RETURN NULL;
    END IF;
    DELETE FROM app_requests WHERE user_id = NEW.user_id;
    DELETE FROM app_tokens WHERE user_id = NEW.user_id;
    RETURN NULL;
END $$;

-- user_set_password for a hash of the same password.
CREATE FUNCTION user_rehash(whose bigint, old_hash text, new_hash text) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was boolean;
BEGIN
    PERFORM set_config('bijli.rehash', whose::text, true);
    was := user_set_password(whose, old_hash, new_hash);
    PERFORM set_config('bijli.rehash', '', true);
    RETURN was;
END $$;

-- A dealer acts for the clients of its branch: not for other staff who belong there, and changes nobody.
CREATE OR REPLACE FUNCTION acting_accounts() RETURNS SETOF bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF acting_branch() IS NOT NULL THEN
        RETURN QUERY SELECT account_id FROM users WHERE branch_id = acting_branch() AND role = 'client';
    END IF;
END $$;
DROP POLICY acting ON users;
CREATE POLICY acting ON users TO bijli_control USING ((SELECT acting_all()) OR user_id = (SELECT acting_user()));
CREATE POLICY branch ON users FOR SELECT TO bijli_control
    USING (branch_id = (SELECT acting_branch()) AND role = 'client');

REVOKE EXECUTE ON FUNCTION elevation_asked(), elevation_decided(), user_rehash(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION user_rehash(bigint, text, text) TO bijli_control;
