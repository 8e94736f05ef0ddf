-- The second wall behind the policies of the API: what bijli-control does for a person it does as that person, and
-- PostgreSQL shows it that person's rows only.  docs/access.md.
--
-- bijli.reach says how far: server (nobody is asking: log-ins, what the server does by itself), all, branch, own.
-- Who says nothing sees nothing.

CREATE FUNCTION acting_reach() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('bijli.reach', true), '') $$;
CREATE FUNCTION acting_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('bijli.reach', true) IN ('server', 'all'), false) $$;
CREATE FUNCTION acting_user() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('bijli.user', true), '')::bigint $$;
CREATE FUNCTION acting_account() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('bijli.account', true), '')::bigint $$;
-- NULL, and so nobody's, unless the branch is what one acts for.
CREATE FUNCTION acting_branch() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('bijli.branch', true), '')::integer
   WHERE current_setting('bijli.reach', true) = 'branch' $$;
-- The branch's accounts, for who acts for it: a function, so that planning a read of orders is not planning this.
CREATE FUNCTION acting_accounts() RETURNS SETOF bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF acting_branch() IS NOT NULL THEN
        RETURN QUERY SELECT account_id FROM users WHERE branch_id = acting_branch();
    END IF;
END $$;

-- Each asked for once a statement: a subquery, not a function for each row.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY acting ON users TO bijli_control
    USING ((SELECT acting_all()) OR user_id = (SELECT acting_user()) OR branch_id = (SELECT acting_branch()));

-- rows_of_user(TABLE): a table with a user_id shows a person's own rows.  For tables that come later, too.
CREATE PROCEDURE rows_of_user(name regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY acting ON %s TO bijli_control
        USING ((SELECT acting_all()) OR user_id = (SELECT acting_user()))', name);
END $$;
-- rows_of_account(TABLE): the same by account_id, and a branch's to who acts for it; the relay writes everybody's.
CREATE PROCEDURE rows_of_account(name regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY acting ON %s FOR SELECT TO bijli_control
        USING ((SELECT acting_all()) OR account_id = (SELECT acting_account())
               OR account_id IN (SELECT acting_accounts()))', name);
    EXECUTE format('CREATE POLICY relay ON %s TO bijli_relay USING (true) WITH CHECK (true)', name);
END $$;

CALL rows_of_user('sessions');
CALL rows_of_user('mail_tokens');
CALL rows_of_user('totp_factors');
CALL rows_of_user('recovery_codes');
CALL rows_of_user('login_pending');
CALL rows_of_user('login_devices');
CALL rows_of_user('passkeys');
CALL rows_of_user('logins');
CALL rows_of_account('orders');
CALL rows_of_account('trades');
CALL rows_of_account('positions');

-- Whoever is asked to say yes to an app sees what it is; its owner changes it.  Who said yes is known to that
-- person and to the app's owner.
ALTER TABLE apps ENABLE ROW LEVEL SECURITY;
CREATE POLICY anyones ON apps FOR SELECT TO bijli_control USING (acting_reach() <> '');
CREATE POLICY made ON apps FOR INSERT TO bijli_control
    WITH CHECK ((SELECT acting_all()) OR user_id = (SELECT acting_user()));
CREATE POLICY changed ON apps FOR UPDATE TO bijli_control
    USING ((SELECT acting_all()) OR user_id = (SELECT acting_user()));
CREATE PROCEDURE rows_of_app(name regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY acting ON %s TO bijli_control
        USING ((SELECT acting_all()) OR user_id = (SELECT acting_user())
               OR app_id IN (SELECT app_id FROM apps WHERE user_id = (SELECT acting_user())))', name);
END $$;
CALL rows_of_app('app_requests');
CALL rows_of_app('app_tokens');
DROP PROCEDURE rows_of_app(regclass);

-- Hashes of passwords: no SELECT reads them.  One at a time, of who acts or in a log-in, by the functions below.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{users,mail_tokens}'::text[] LOOP
        EXECUTE format('REVOKE SELECT ON %I FROM bijli_control', name);
        EXECUTE (SELECT format('GRANT SELECT (%s) ON %I TO bijli_control',
                               string_agg(quote_ident(attname), ', '), name)
            FROM pg_attribute WHERE attrelid = name::regclass AND attnum > 0 AND NOT attisdropped
                AND attname <> 'password_hash');
    END LOOP;
END $$;

CREATE FUNCTION user_password(whose bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT password_hash FROM users
   WHERE user_id = whose AND (acting_reach() = 'server' OR user_id = acting_user()) $$;

-- True, and the row is held, if that is the password still.
CREATE FUNCTION user_holds(whose bigint, hash text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM users WHERE user_id = whose AND password_hash = hash AND confirmed_at IS NOT NULL
        AND (acting_reach() = 'server' OR user_id = acting_user()) FOR SHARE;
    RETURN FOUND;
END $$;

-- True if it was that one until now.
CREATE FUNCTION user_set_password(whose bigint, old_hash text, new_hash text) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE users SET password_hash = new_hash WHERE user_id = whose AND password_hash = old_hash
        AND (acting_reach() = 'server' OR user_id = acting_user());
    RETURN FOUND;
END $$;

-- The first link that is followed decides; the others find the user confirmed.
CREATE FUNCTION user_confirm(hash bytea) RETURNS TABLE (confirmed_id bigint, made boolean) LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH used AS (UPDATE mail_tokens SET used_at = now()
            WHERE token_hash = hash AND purpose = 'confirm' AND used_at IS NULL AND expires_at > now()
            RETURNING user_id, name, password_hash),
        made AS (UPDATE users u SET confirmed_at = now(), name = used.name, password_hash = used.password_hash
            FROM used WHERE u.user_id = used.user_id AND u.confirmed_at IS NULL RETURNING u.user_id)
    SELECT used.user_id, made.user_id IS NOT NULL FROM used LEFT JOIN made USING (user_id)
$$;

REVOKE EXECUTE ON FUNCTION acting_accounts(), user_password(bigint), user_holds(bigint, text), user_set_password(bigint, text, text),
    user_confirm(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting_accounts(), user_password(bigint), user_holds(bigint, text), user_set_password(bigint, text, text),
    user_confirm(bytea) TO bijli_control;
REVOKE EXECUTE ON PROCEDURE rows_of_user(regclass), rows_of_account(regclass) FROM PUBLIC;
