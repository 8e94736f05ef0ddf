-- Whoever is suspended still counts among those who could decide: by the operator as long as it lasts, by a person for seven
-- days.  Else who has the machine's token makes itself the only one by suspending the others.  docs/access.md.

CREATE OR REPLACE FUNCTION elevation_by_operator() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT count(*) < 2 FROM users WHERE role::text IN ('admin', 'compliance') AND confirmed_at IS NOT NULL
        AND erased_at IS NULL
        AND (suspended_at IS NULL OR suspended_by = 'operator' OR suspended_at > now() - interval '7 days')
$$;
