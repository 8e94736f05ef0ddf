-- The way back of a change of address (0018) is not in the hands of who signs up with the old one at the moment of the
-- change: that one looks for ways back before there is this one, and gets what the change leaves.  docs/identity.md.

-- Who never followed the link of a sign-up gives way to a way back that is used in this transaction.
CREATE FUNCTION contact_clear(which text, wanted bytea, whose bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    DELETE FROM users WHERE which = 'email' AND email_hash = wanted AND user_id <> whose
        AND confirmed_at IS NULL AND erased_at IS NULL
        AND EXISTS (SELECT 1 FROM contact_undos c WHERE c.kind = which AND c.hash = wanted AND c.user_id = whose
                    AND c.ended_at = now()) $$;
REVOKE EXECUTE ON FUNCTION contact_clear(text, bytea, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION contact_clear(text, bytea, bigint) TO bijli_control;
