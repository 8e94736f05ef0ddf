-- What a person may ask of us: a copy, a correction, to consent and not to, to be forgotten; and how long
-- what is kept.  docs/privacy.md.

-- How long, and under which rule: dated data.  The newest from_date that has come counts.
CREATE TABLE retention_rules (
    what      text NOT NULL CHECK (what ~ '^[a-z_]{3,40}$'),
    from_date date NOT NULL,
    keep      interval NOT NULL CHECK (keep >= '0'),
    basis     text NOT NULL CHECK (length(basis) BETWEEN 10 AND 400),
    PRIMARY KEY (what, from_date)
);
INSERT INTO retention_rules VALUES
    ('erasure_notice',  '2025-11-14', '48 hours', 'DPDP Rules 2025: 48 hours'' notice before data are erased'),
    ('trader_identity', '2025-11-14', '5 years',  'PMLA 2002 s. 12 and SEBI (Stock Brokers) Regulations 1992: who traded, five years after the last trade'),
    ('trades',          '2025-11-14', '5 years',  'SEBI (Stock Brokers) Regulations 1992: books of account and contract records, at least five years'),
    ('audit_entries',   '2025-11-14', '5 years',  'SEBI CSCRF and DPDP Rules 2025 (logs at least a year); kept as long as the trades they are about'),
    ('consents',        '2025-11-14', '7 years',  'DPDP Act 2023 s. 6(10): we must be able to prove that consent was given'),
    ('sessions',        '2025-11-14', '7 days',   'No longer than a session may last'),
    ('mail_tokens',     '2025-11-14', '1 day',    'A day after a link has ended'),
    ('login_pending',   '2025-11-14', '1 day',    'A day after a log-in under way has ended'),
    ('login_devices',   '2025-11-14', '180 days', 'Half a year after a browser was last seen'),
    ('unconfirmed',     '2025-11-14', '30 days',  'An account that nobody has confirmed');

CREATE FUNCTION keep_for(wanted text) RETURNS interval LANGUAGE sql STABLE AS
$$ SELECT keep FROM retention_rules WHERE what = wanted AND from_date <= current_date
   ORDER BY from_date DESC LIMIT 1 $$;

-- What people are told and asked, by version; a text that was shown is not changed.
CREATE TABLE notices (
    purpose   text NOT NULL CHECK (purpose ~ '^[a-z_]{3,40}$'),
    version   integer NOT NULL CHECK (version > 0),
    from_date date NOT NULL,
    required  boolean NOT NULL, -- the account cannot be without it: told, not asked
    title     text NOT NULL CHECK (length(title) BETWEEN 3 AND 80),
    words     text NOT NULL CHECK (length(words) BETWEEN 10 AND 2000),
    PRIMARY KEY (purpose, version)
);
INSERT INTO notices VALUES
    ('account', 1, '2026-01-01', true, 'Your account and your orders',
     'Your name and e-mail address, your orders, trades and positions, and when and from where you logged in. We need them to run your account, to carry out your orders and to keep the records that the law asks of a broker.'),
    ('product_news', 1, '2026-01-01', false, 'News about Bijli by e-mail',
     'Your e-mail address, to write to you about new features, at most twice a month. Nobody else gets it.'),
    ('usage_study', 1, '2026-01-01', false, 'How the app is used',
     'Which pages you open and how long they take to appear, to find what is slow or hard to use. It is kept with your account number, for 90 days, and not with your orders.');

-- Given and withdrawn, one after the other: the newest row says how it is.
CREATE TABLE consents (
    user_id    bigint NOT NULL, -- no key to users: it outlives an account that is erased
    consent_id bigint GENERATED ALWAYS AS IDENTITY,
    purpose    text NOT NULL,
    version    integer NOT NULL,
    given      boolean NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, consent_id),
    FOREIGN KEY (purpose, version) REFERENCES notices
);
CREATE FUNCTION privacy_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = '23514',
        CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER consents_never BEFORE UPDATE OR DELETE ON consents
    FOR EACH ROW EXECUTE FUNCTION privacy_never();
CREATE TRIGGER consents_never_all BEFORE TRUNCATE ON consents
    FOR EACH STATEMENT EXECUTE FUNCTION privacy_never();
CREATE TRIGGER notices_never BEFORE UPDATE OR DELETE ON notices
    FOR EACH ROW EXECUTE FUNCTION privacy_never();
CREATE CONSTRAINT TRIGGER consents_audited AFTER INSERT ON consents
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- To be forgotten: asked for, told of, and done when the notice is over, unless it is taken back.
CREATE TABLE erasures (
    user_id      bigint NOT NULL REFERENCES users,
    asked_at     timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL,
    withdrawn_at timestamptz,
    done_at      timestamptz,
    PRIMARY KEY (user_id, asked_at),
    CONSTRAINT erasures_notice CHECK (due_at >= asked_at + interval '48 hours'),
    CHECK (withdrawn_at IS NULL OR done_at IS NULL),
    CHECK (done_at >= due_at)
);
CREATE UNIQUE INDEX erasures_one ON erasures (user_id) WHERE withdrawn_at IS NULL AND done_at IS NULL;
CREATE INDEX erasures_due ON erasures (due_at) WHERE withdrawn_at IS NULL AND done_at IS NULL;
CREATE CONSTRAINT TRIGGER erasures_audited AFTER INSERT OR UPDATE OR DELETE ON erasures
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- Whoever was erased is a number; a name only as long as the law wants to know who traded.
ALTER TABLE users
    ADD COLUMN erased_at timestamptz,
    ADD COLUMN identity_until date,
    DROP CONSTRAINT users_sealed_or_clear,
    ADD CONSTRAINT users_sealed_or_clear CHECK (
        CASE WHEN erased_at IS NOT NULL
             THEN num_nonnulls(email, name, email_hash, email_sealed, phone_hash, phone_sealed, confirmed_at) = 0
                  AND (name_sealed IS NULL) = (identity_until IS NULL)
             WHEN email IS NULL THEN name IS NULL AND num_nulls(email_hash, email_sealed, name_sealed) = 0
             ELSE name IS NOT NULL AND num_nonnulls(email_hash, email_sealed, name_sealed, phone_sealed) = 0 END);
CREATE INDEX users_identity_until ON users (identity_until) WHERE identity_until IS NOT NULL;

GRANT SELECT ON retention_rules, notices TO bijli_control;
GRANT SELECT, INSERT ON consents TO bijli_control;
GRANT SELECT, INSERT, UPDATE ON erasures TO bijli_control;
GRANT DELETE ON mail_tokens, apps TO bijli_control;

-- The server's role takes no users away but those who have never been in.
CREATE FUNCTION users_unconfirmed_end() RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH gone AS (DELETE FROM users u WHERE u.confirmed_at IS NULL AND u.erased_at IS NULL
            AND u.created_at < now() - keep_for('unconfirmed')
            AND NOT EXISTS (SELECT 1 FROM mail_tokens t WHERE t.user_id = u.user_id)
            AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.account_id = u.account_id)
            AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = u.user_id)
        RETURNING 1)
    SELECT count(*) FROM gone $$;
REVOKE EXECUTE ON FUNCTION users_unconfirmed_end() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION users_unconfirmed_end() TO bijli_control;
