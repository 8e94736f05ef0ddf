-- The control plane's audit trail: who did what, to what, from where, before and after.  Entries are only
-- ever added, by audit_append, one after the other without a hole; each has the hash of its own bytes (a
-- leaf of the hash tree whose heads bijli-control signs and keeps outside this database) and a hash that
-- chains it to all before it.  docs/audit-trail.md.

ALTER TYPE user_role ADD VALUE 'auditor';    -- reads the trail
ALTER TYPE user_role ADD VALUE 'compliance'; -- the same

-- What is hashed: each field with its length before it, so that no two entries have the same bytes.
CREATE FUNCTION audit_field(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN value IS NULL THEN '-,' ELSE octet_length(value) || ':' || value || ',' END $$;

CREATE FUNCTION audit_leaf(seq bigint, at timestamptz, actor text, role text, act text, subject text,
                           outcome text, reason text, before_json text, after_json text, address text,
                           elevation text)
RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN sha256('\x00'::bytea || convert_to(
        audit_field('bijli-audit-1') || audit_field(seq::text) ||
        audit_field((extract(epoch FROM at - 'epoch'::timestamptz) * 1000000)::bigint::text) ||
        audit_field(actor) || audit_field(role) || audit_field(act) || audit_field(subject) ||
        audit_field(outcome) || audit_field(reason) || audit_field(before_json) ||
        audit_field(after_json) || audit_field(address) || audit_field(elevation), 'UTF8'));
END $$;

CREATE TABLE audit_entries (
    seq         bigint PRIMARY KEY CHECK (seq > 0),
    at          timestamptz NOT NULL,
    -- An id, never a name or an address of mail.
    actor       text NOT NULL CHECK (actor ~ '^(user:[1-9][0-9]{0,18}|operator|setup|nobody|server)$'),
    role        text NOT NULL CHECK (role ~ '^[a-z]{1,20}$'),
    act         text NOT NULL CHECK (act ~ '^[a-z]{1,20}(\.[a-z]{1,20}){1,2}$'),
    subject     text NOT NULL CHECK (length(subject) BETWEEN 1 AND 120),
    -- asked: what the engine is about to be told; its answer is an entry of its own.
    outcome     text NOT NULL CHECK (outcome IN ('asked', 'done', 'refused', 'unknown')),
    reason      text CHECK (length(reason) BETWEEN 1 AND 200),
    before_json text CHECK (json_typeof(before_json::json) = 'object' AND length(before_json) <= 4096),
    after_json  text CHECK (json_typeof(after_json::json) = 'object' AND length(after_json) <= 4096),
    address     text NOT NULL CHECK (length(address) BETWEEN 1 AND 64),
    elevation   text CHECK (length(elevation) BETWEEN 1 AND 40),
    leaf_hash   bytea NOT NULL,
    chain_hash  bytea NOT NULL CHECK (length(chain_hash) = 32),
    CONSTRAINT audit_leaf_is_of_entry CHECK (leaf_hash = audit_leaf(seq, at, actor, role, act, subject,
        outcome, reason, before_json, after_json, address, elevation))
) PARTITION BY RANGE (seq);
CREATE INDEX audit_entries_at ON audit_entries (at);
CREATE INDEX audit_entries_actor ON audit_entries (actor, seq);
CREATE INDEX audit_entries_act ON audit_entries (act, seq);

-- The end of the chain.  Whoever appends holds this row until the end of its transaction.
CREATE TABLE audit_head (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq        bigint NOT NULL CHECK (seq >= 0),
    chain_hash bytea NOT NULL CHECK (length(chain_hash) = 32),
    xact       xid8 -- the transaction that appended last
);
INSERT INTO audit_head (seq, chain_hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION audit_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = '23514',
        CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER audit_entries_never BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_never();
CREATE TRIGGER audit_entries_never_all BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_never();
CREATE TRIGGER audit_head_never BEFORE INSERT OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_never();
CREATE TRIGGER audit_head_never_all BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_never();

-- Each entry is the one after the last, and its chain hash goes on from there: the head moves on with it.
CREATE FUNCTION audit_advance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE audit_head SET seq = NEW.seq, chain_hash = NEW.chain_hash, xact = pg_current_xact_id()
        WHERE seq = NEW.seq - 1 AND NEW.chain_hash = sha256(chain_hash || NEW.leaf_hash);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'audit entry % is not the next one', NEW.seq USING ERRCODE = '23514',
            CONSTRAINT = 'audit_in_order';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_entries_advance AFTER INSERT ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_advance();

CREATE FUNCTION audit_head_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> OLD.seq + 1 THEN
        RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = '23514',
            CONSTRAINT = 'audit_append_only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_head_moves BEFORE UPDATE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_head_moves();

-- A million entries a partition; audit_append makes the next.  TRUNCATE's trigger is not inherited.
CREATE FUNCTION audit_partition(seq bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first bigint := seq / 1000000 * 1000000;
    name text := 'audit_entries_' || seq / 1000000;
BEGIN
    EXECUTE format('CREATE TABLE %I PARTITION OF audit_entries FOR VALUES FROM (%s) TO (%s)', name, first,
                   first + 1000000);
    EXECUTE format('CREATE TRIGGER audit_entries_never_all BEFORE TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION audit_never()', name);
END $$;
SELECT audit_partition(0);

-- The only way in.  One after the other: the row of audit_head is the lock, and the entry stands or falls
-- with the rest of the caller's transaction.
CREATE FUNCTION audit_append(actor text, role text, act text, subject text, outcome text, reason text,
                             before_json text, after_json text, address text, elevation text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head audit_head;
    now_at timestamptz;
    leaf bytea;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    head.seq := head.seq + 1;
    now_at := clock_timestamp();
    leaf := audit_leaf(head.seq, now_at, actor, role, act, subject, outcome, reason, before_json,
                       after_json, address, elevation);
    IF head.seq % 1000000 = 0 THEN PERFORM audit_partition(head.seq); END IF;
    INSERT INTO audit_entries VALUES (head.seq, now_at, actor, role, act, subject, outcome, reason,
        before_json, after_json, address, elevation, leaf, sha256(head.chain_hash || leaf));
    RETURN head.seq;
END $$;

-- Who may come in, and as what, does not change without an entry in the same transaction.
CREATE FUNCTION audit_covered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT xact FROM audit_head) IS DISTINCT FROM pg_current_xact_id() THEN
        RAISE EXCEPTION 'a change of % without an audit entry', TG_TABLE_NAME USING ERRCODE = '23514',
            CONSTRAINT = 'audit_covered';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER users_audited AFTER INSERT OR UPDATE OR DELETE ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
CREATE CONSTRAINT TRIGGER mail_tokens_audited AFTER INSERT OR UPDATE OF used_at, user_id ON mail_tokens
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();
-- Not an UPDATE: that a session was seen again is no change of anything.
CREATE CONSTRAINT TRIGGER sessions_audited AFTER INSERT OR DELETE ON sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

REVOKE EXECUTE ON FUNCTION audit_append(text, text, text, text, text, text, text, text, text, text),
    audit_partition(bigint), audit_advance(), audit_covered(), audit_never(), audit_head_moves() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(text, text, text, text, text, text, text, text, text, text)
    TO bijli_control;
GRANT SELECT ON audit_entries, audit_head TO bijli_control;
