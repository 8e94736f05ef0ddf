-- The audit trail takes entries at its end and nothing else; what changes who may come in needs one.
-- Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;

-- Does what, and complains unless exactly that constraint (or SQLSTATE) comes back; '': it must work.
CREATE FUNCTION pg_temp.expect(wanted text, what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    got text := '';
    why text;
BEGIN
    BEGIN
        EXECUTE what;
        SET CONSTRAINTS ALL IMMEDIATE; -- what would be looked at when it commits
        SET CONSTRAINTS ALL DEFERRED;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS why = CONSTRAINT_NAME;
        got := CASE WHEN why = '' THEN SQLSTATE ELSE why END;
    END;
    IF got <> wanted THEN
        RAISE EXCEPTION 'wanted %, got %: %', wanted, got, what;
    END IF;
END $$;
-- One good entry; the cases below change one field of it.
CREATE FUNCTION pg_temp.entry(VARIADIC changes text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r jsonb := '{"actor": "user:1000", "role": "admin", "act": "limit.set", "subject": "account:1001",
        "outcome": "done", "reason": "why", "before": null, "after": "{\"value\":5}", "address": "::1",
        "elevation": null}';
BEGIN
    FOR i IN 1 .. coalesce(array_length(changes, 1), 0) BY 2 LOOP
        r := jsonb_set(r, ARRAY[changes[i]], to_jsonb(changes[i + 1]));
    END LOOP;
    RETURN format('SELECT audit_append(%L, %L, %L, %L, %L, %L, %L, %L, %L, %L)', r->>'actor', r->>'role',
                  r->>'act', r->>'subject', r->>'outcome', r->>'reason', r->>'before', r->>'after',
                  r->>'address', r->>'elevation');
END $$;

-- Changes to people and sessions without an entry.  Before this transaction has made one.
SAVEPOINT nothing_yet;
SELECT pg_temp.expect('audit_covered', $$INSERT INTO users (email, name, password_hash)
    VALUES ('a@b.in', 'A', '$argon2id$x')$$);
SELECT pg_temp.expect('', $$INSERT INTO users (email, name, password_hash) VALUES ('a@b.in', 'A',
    '$argon2id$x'); $$ || pg_temp.entry(VARIADIC '{}'));
SELECT pg_temp.expect('', 'UPDATE users SET name = name || 1'); -- the same transaction has one
ROLLBACK TO nothing_yet;

SELECT pg_temp.expect('', pg_temp.entry(VARIADIC '{}'));
SELECT pg_temp.expect('', pg_temp.entry('actor', 'operator', 'reason', 'ä€🙂'));
SELECT pg_temp.expect(wanted, pg_temp.entry(VARIADIC changes)) FROM (VALUES
    ('audit_entries_actor_check', ARRAY['actor', 'somebody@example.com']),
    ('audit_entries_actor_check', ARRAY['actor', 'user:0']),
    ('audit_entries_role_check', ARRAY['role', '']),
    ('audit_entries_act_check', ARRAY['act', 'limit']),
    ('audit_entries_act_check', ARRAY['act', 'Limit.set']),
    ('audit_entries_subject_check', ARRAY['subject', '']),
    ('audit_entries_outcome_check', ARRAY['outcome', 'perhaps']),
    ('audit_entries_reason_check', ARRAY['reason', repeat('x', 201)]),
    ('22P02', ARRAY['after', '{']),
    ('audit_entries_after_json_check', ARRAY['after', '{"a":"' || repeat('x', 4095) || '"}']),
    ('audit_entries_before_json_check', ARRAY['before', '7']),
    ('audit_entries_address_check', ARRAY['address', '']),
    ('audit_entries_elevation_check', ARRAY['elevation', ''])
) AS cases (wanted, changes);

-- No hole: what was refused took no number; and each entry goes on from the one before.
DO $$
BEGIN
    IF (SELECT count(*) <> 2 OR max(seq) - min(seq) <> 1 FROM audit_entries
        WHERE seq > (SELECT seq - 2 FROM audit_head)) THEN RAISE EXCEPTION 'a hole'; END IF;
    IF EXISTS (SELECT FROM (SELECT seq, chain_hash, leaf_hash, lag(chain_hash) OVER (ORDER BY seq) AS before
                            FROM audit_entries) e
               WHERE chain_hash <> sha256(coalesce(before, decode(repeat('00', 32), 'hex')) || leaf_hash))
    THEN RAISE EXCEPTION 'the chain is broken'; END IF;
END $$;

-- The owner of it all is refused too; only switching the triggers off would let it, and then the hashes say so.
SELECT pg_temp.expect(wanted, what) FROM (VALUES
    ('audit_append_only', $$UPDATE audit_entries SET reason = 'another'$$),
    ('audit_append_only', 'DELETE FROM audit_entries'),
    ('audit_append_only', 'TRUNCATE audit_entries'),
    ('audit_append_only', 'TRUNCATE audit_entries_0'),
    ('audit_append_only', 'DELETE FROM audit_entries_0'),
    ('audit_append_only', 'DELETE FROM audit_head'),
    ('audit_append_only', 'TRUNCATE audit_head'),
    ('audit_append_only', 'UPDATE audit_head SET seq = seq - 1'),
    ('audit_append_only', 'UPDATE audit_head SET seq = seq'),
    ('audit_leaf_is_of_entry', $$INSERT INTO audit_entries SELECT seq + 1, at, actor, role, act, 'other', outcome,
        reason, before_json, after_json, address, elevation, leaf_hash, chain_hash
        FROM audit_entries ORDER BY seq DESC LIMIT 1$$),
    ('audit_entries_0_pkey', 'INSERT INTO audit_entries SELECT * FROM audit_entries LIMIT 1')
) AS cases (wanted, what);
-- An entry that is right in itself, in a place that is not its own.
CREATE FUNCTION pg_temp.forged(ahead bigint, chain bytea) RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit_entries SELECT h.seq + ahead, now(), 'setup', 'none', 'user.put', 'user:1', 'done', NULL,
        NULL, NULL, 'local', NULL, l.leaf, sha256(chain || l.leaf)
    FROM audit_head h, audit_leaf(h.seq + ahead, now(), 'setup', 'none', 'user.put', 'user:1', 'done', NULL,
        NULL, NULL, 'local', NULL) AS l (leaf)
$$;
SELECT pg_temp.expect('audit_in_order', 'SELECT pg_temp.forged(2, (SELECT chain_hash FROM audit_head))');
SELECT pg_temp.expect('audit_in_order', $$SELECT pg_temp.forged(1, '\x00')$$);
SELECT pg_temp.expect('', 'SELECT pg_temp.forged(1, (SELECT chain_hash FROM audit_head))'); -- no forgery at all

-- The millionth entry goes into the next partition, which takes no TRUNCATE either.
SET LOCAL session_replication_role = replica; -- the triggers are off
UPDATE audit_head SET seq = 999998;
SET LOCAL session_replication_role = origin;
SELECT pg_temp.expect('', pg_temp.entry(VARIADIC '{}')) FROM generate_series(1, 3);
DO $$
BEGIN
    IF (SELECT array_agg(seq ORDER BY seq) <> '{1000000,1000001}' FROM audit_entries_1) THEN
        RAISE EXCEPTION 'partitions';
    END IF;
END $$;
SELECT pg_temp.expect('audit_append_only', 'TRUNCATE audit_entries_1');
SELECT pg_temp.expect('audit_append_only', 'DELETE FROM audit_entries_1');

-- The server's own role: append and read, by these two ways only.
SET LOCAL ROLE bijli_control;
SELECT pg_temp.expect(wanted, what) FROM (VALUES
    ('', pg_temp.entry(VARIADIC '{}')),
    ('', 'SELECT * FROM audit_entries'),
    ('', 'SELECT * FROM audit_head'),
    ('42501', 'INSERT INTO audit_entries SELECT * FROM audit_entries LIMIT 1'),
    ('42501', $$UPDATE audit_entries SET reason = 'another'$$),
    ('42501', 'DELETE FROM audit_entries'),
    ('42501', 'TRUNCATE audit_entries'),
    ('42501', 'UPDATE audit_head SET seq = seq + 1'),
    ('42501', 'SELECT audit_partition(7000000)'),
    ('42501', 'ALTER TABLE audit_entries DISABLE TRIGGER ALL')
) AS cases (wanted, what);
SET LOCAL ROLE bijli_relay;
SELECT pg_temp.expect('42501', pg_temp.entry(VARIADIC '{}'));
SELECT pg_temp.expect('42501', 'SELECT * FROM audit_entries');

ROLLBACK;
