-- A phone number is verified at sign-up; address and number can be changed, and for some days changed back.
-- docs/identity.md.

-- A number in users is one that somebody has shown to have: others wait in contact_changes and keep nobody out.
-- Who was here before this was never asked for one, and goes on without: whoever confirms a sign-up from now on owes it.
ALTER TABLE users
    ADD COLUMN phone_verified_at timestamptz,
    ADD COLUMN phone_due boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT users_phone_verified CHECK ((phone_sealed IS NULL) = (phone_verified_at IS NULL)),
    ADD CONSTRAINT users_phone_due CHECK (NOT phone_due OR (phone_sealed IS NULL AND erased_at IS NULL));
GRANT SELECT (phone_verified_at, phone_due) ON users TO bijli_control;

-- What was given together with a link's name and password.
ALTER TABLE mail_tokens
    ADD COLUMN phone_sealed bytea CHECK (sealed_formed(phone_sealed)),
    ADD COLUMN phone_hash   bytea CHECK (length(phone_hash) = 32),
    ADD CONSTRAINT mail_tokens_phone CHECK ((phone_sealed IS NULL) = (phone_hash IS NULL)
                                            AND (phone_sealed IS NULL OR purpose = 'confirm'));
GRANT SELECT (phone_sealed, phone_hash) ON mail_tokens TO bijli_control;

-- An address or number that somebody has yet to show to have, by a code; sealed as it will be in users.
CREATE TABLE contact_changes (
    user_id   bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    kind      text NOT NULL CHECK (kind IN ('email', 'phone')),
    sealed    bytea NOT NULL CHECK (sealed_formed(sealed)),
    hash      bytea NOT NULL CHECK (length(hash) = 32),
    code_hash bytea CHECK (length(code_hash) = 32), -- by a key that is not here; NULL: no code is right
    tries     smallint NOT NULL DEFAULT 0 CONSTRAINT contact_changes_tries CHECK (tries BETWEEN 0 AND 5),
    asked_at  timestamptz NOT NULL DEFAULT now(),
    sent_at   timestamptz, -- a code is good for ten minutes from here; NULL: none was sent yet
    PRIMARY KEY (user_id, kind),
    CONSTRAINT contact_changes_sent CHECK (code_hash IS NULL OR sent_at IS NOT NULL)
);
-- What it was, for who takes a change back: the owner of the old address, by a link that works once.
CREATE TABLE contact_undos (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('email', 'phone')),
    sealed     bytea NOT NULL CHECK (sealed_formed(sealed)),
    hash       bytea NOT NULL CHECK (length(hash) = 32),
    made_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '7 days',
    ended_at   timestamptz, -- used, or of no use any more
    CONSTRAINT contact_undos_days CHECK (expires_at > made_at AND expires_at <= made_at + interval '7 days')
);
CREATE INDEX contact_undos_user ON contact_undos (user_id);
CREATE INDEX contact_undos_hash ON contact_undos (hash);
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_changes, contact_undos TO bijli_control;
CALL rows_of_user('contact_changes');
CALL rows_of_user('contact_undos');
CREATE CONSTRAINT TRIGGER contact_changes_audited AFTER INSERT OR UPDATE OR DELETE ON contact_changes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
CREATE CONSTRAINT TRIGGER contact_undos_audited AFTER INSERT OR UPDATE OR DELETE ON contact_undos
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- While a change can be taken back, nobody else gets what it was.
CREATE FUNCTION contact_reserved(which text, wanted bytea, whose bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM contact_undos WHERE hash = wanted AND kind = which AND user_id <> whose
                  AND ended_at IS NULL AND expires_at > now()) $$;
CREATE FUNCTION users_contact_reserved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF contact_reserved('email', NEW.email_hash, NEW.user_id) OR contact_reserved('phone', NEW.phone_hash, NEW.user_id)
    THEN
        RAISE EXCEPTION 'somebody may take that back' USING ERRCODE = '23505', CONSTRAINT = 'contact_reserved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER users_contact_reserved BEFORE INSERT OR UPDATE OF email_hash, phone_hash ON users
    FOR EACH ROW EXECUTE FUNCTION users_contact_reserved();

-- Somebody else has it.  Who never followed the link of a sign-up has nothing.  clear: of rows from before sql/0012.
CREATE FUNCTION contact_taken(which text, wanted bytea, clear text, whose bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT contact_reserved(which, wanted, whose) OR CASE which
       WHEN 'email' THEN EXISTS (SELECT 1 FROM users WHERE (email_hash = wanted OR email = clear)
                                 AND user_id <> whose AND confirmed_at IS NOT NULL)
       ELSE EXISTS (SELECT 1 FROM users WHERE phone_hash = wanted AND user_id <> whose) END $$;

-- The change that waits is made: of who acts, or by the server.  An account that nobody confirmed gives way.
CREATE FUNCTION contact_move(whose bigint, which text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    c contact_changes;
BEGIN
    DELETE FROM contact_changes WHERE user_id = whose AND kind = which
        AND (acting_reach() = 'server' OR user_id = acting_user()) RETURNING * INTO c;
    IF c.user_id IS NULL THEN
        RETURN false;
    ELSIF which = 'email' THEN
        DELETE FROM users WHERE email_hash = c.hash AND confirmed_at IS NULL AND erased_at IS NULL AND user_id <> whose;
        UPDATE users SET email_hash = c.hash, email_sealed = c.sealed WHERE user_id = whose;
    ELSE
        UPDATE users SET phone_hash = c.hash, phone_sealed = c.sealed, phone_verified_at = now(), phone_due = false
            WHERE user_id = whose;
    END IF;
    RETURN true;
END $$;

-- With the link's number: it is to be verified next.
CREATE OR REPLACE FUNCTION user_confirm(hash bytea) RETURNS TABLE (confirmed_id bigint, made boolean) LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH used AS (UPDATE mail_tokens t SET used_at = now()
            WHERE token_hash = hash AND purpose = 'confirm' AND used_at IS NULL AND expires_at > now()
            RETURNING t.user_id, t.name, t.name_sealed, t.password_hash, t.phone_sealed, t.phone_hash),
        made AS (UPDATE users u SET confirmed_at = now(), password_hash = used.password_hash,
                phone_due = u.phone_sealed IS NULL,
                name = CASE WHEN u.name IS NOT NULL THEN coalesce(used.name, u.name) END,
                name_sealed = CASE WHEN u.name IS NULL THEN coalesce(used.name_sealed, u.name_sealed) END
            FROM used WHERE u.user_id = used.user_id AND u.confirmed_at IS NULL RETURNING u.user_id),
        owed AS (INSERT INTO contact_changes (user_id, kind, sealed, hash)
            SELECT user_id, 'phone', used.phone_sealed, used.phone_hash FROM used JOIN made USING (user_id)
            WHERE used.phone_sealed IS NOT NULL ON CONFLICT DO NOTHING)
    SELECT used.user_id, made.user_id IS NOT NULL FROM used LEFT JOIN made USING (user_id)
$$;

REVOKE EXECUTE ON FUNCTION contact_reserved(text, bytea, bigint), contact_taken(text, bytea, text, bigint),
    contact_move(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION contact_reserved(text, bytea, bigint), contact_taken(text, bytea, text, bigint),
    contact_move(bigint, text) TO bijli_control;

INSERT INTO retention_rules VALUES
    ('contact_changes', '2026-11-01', '7 days',  'A week after an address or number was given and not verified'),
    ('contact_undos',   '2026-11-01', '30 days', 'A month after a change of address or number could be taken back');
INSERT INTO notices VALUES
    ('account', 2, '2026-11-01', true, 'Your account and your orders',
     'Your name, e-mail address and mobile number, your orders, trades and positions, and when and from where you logged in. We need them to run your account, to tell you of changes to it, to carry out your orders and to keep the records that the law asks of a broker.');
