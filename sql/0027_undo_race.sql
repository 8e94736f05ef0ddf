-- What somebody may take back (0018) is nobody else's, however close the two come.  Looked at after the row is in: whoever
-- waited for the owner's change to end then sees that there is a way back.  And looked at once more when a sign-up is
-- confirmed, for those that came in before this.  docs/identity.md.
DROP TRIGGER users_contact_reserved ON users;
CREATE TRIGGER users_contact_reserved AFTER INSERT OR UPDATE OF email_hash, phone_hash, confirmed_at ON users
    FOR EACH ROW EXECUTE FUNCTION users_contact_reserved();
