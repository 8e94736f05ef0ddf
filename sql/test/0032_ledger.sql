-- The ledger's rules hold whoever asks.  Run by tests/sql/run as the owner; leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role, account_id, confirmed_at) VALUES
    ('lea@b.in', 'A', '$argon2id$x', 'client', 910001, now()), ('leb@b.in', 'B', '$argon2id$x', 'client', 910002, now());
SET bijli.reach = 'server';
CREATE FUNCTION pg_temp.u(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('ledger' || n)::uuid $$;
-- move(N, FROM, TO, AMOUNT, IN TWO, WHAT, CORRECTS): accounts by number, 0 the bank's.
CREATE FUNCTION pg_temp.move(n int, f bigint, t bigint, a bigint, two boolean DEFAULT false,
                             what text DEFAULT 'settlement', of_n int DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT ledger_transfer(pg_temp.u(n), what, CASE f WHEN 0 THEN 'bank' ELSE 'client' END, nullif(f, 0),
        CASE t WHEN 0 THEN 'bank' ELSE 'client' END, nullif(t, 0), a, two, NULL, pg_temp.u(of_n)) $$;
CREATE FUNCTION pg_temp.sums(whose bigint) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT ARRAY[debits_posted, credits_posted, debits_pending, credits_pending] FROM ledger_accounts
    WHERE account_id IS NOT DISTINCT FROM nullif(whose, 0) AND kind <> 'suspense' $$;
CREATE FUNCTION pg_temp.same(a anyelement, b anyelement) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF a IS DISTINCT FROM b THEN RAISE EXCEPTION 'wanted %, got %', a, b; END IF;
END $$;

-- Posted at once: both sides, and the same id is the same transfer.
SELECT pg_temp.same('made'::text, pg_temp.move(1, 0, 910001, 1000)), pg_temp.same('same'::text, pg_temp.move(1, 0, 910001, 1000)),
       pg_temp.same('other'::text, pg_temp.move(1, 0, 910001, 1001)), pg_temp.same('other'::text, pg_temp.move(1, 0, 910002, 1000));
SELECT pg_temp.same('{0,1000,0,0}'::bigint[], pg_temp.sums(910001)), pg_temp.same('{1000,0,0,0}'::bigint[], pg_temp.sums(0));
-- Held, let go, held again, posted.
SELECT pg_temp.same('made'::text, pg_temp.move(2, 910001, 0, 700, true));
SELECT pg_temp.same('{0,1000,700,0}'::bigint[], pg_temp.sums(910001)), pg_temp.same('{1000,0,0,700}'::bigint[], pg_temp.sums(0));
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(3, 910001, 0, 301, true)'); -- what is held counts
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(3, 910001, 910002, 301)');
SELECT pg_temp.same(true, ledger_end(pg_temp.u(2), 'voided')), pg_temp.same(false, ledger_end(pg_temp.u(2), 'posted'));
SELECT pg_temp.same('{0,1000,0,0}'::bigint[], pg_temp.sums(910001));
SELECT pg_temp.same('made'::text, pg_temp.move(4, 910001, 0, 1000, true)), pg_temp.same(true, ledger_end(pg_temp.u(4), 'posted'));
SELECT pg_temp.same('{1000,1000,0,0}'::bigint[], pg_temp.sums(910001)), pg_temp.same('{1000,1000,0,0}'::bigint[], pg_temp.sums(0));
-- What is promised is not there yet; nor has the bank what nobody paid in.
SELECT pg_temp.same('made'::text, pg_temp.move(5, 0, 910001, 500)), pg_temp.same('made'::text, pg_temp.move(6, 910001, 910002, 500, true));
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(7, 910002, 0, 1)');
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(7, 910002, 910001, 1, true)');
SELECT pg_temp.same(true, ledger_end(pg_temp.u(6), 'posted'));
-- Amounts, sides.
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(8, 0, 910001, 0)');
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(8, 0, 910001, -5)');
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(8, 910002, 910002, 5)');
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(8, 0, 910001, 100000000000001)');
SELECT pg_temp.expect('23503', 'SELECT pg_temp.move(8, 0, 999999, 5)'); -- nobody's account
SELECT pg_temp.expect('23514', $$SELECT pg_temp.move(8, 0, 910001, 5, false, 'gift')$$);
-- A correction goes the other way, of what was posted, and gives back no more.
SELECT pg_temp.expect('23514', $$SELECT pg_temp.move(9, 0, 910001, 5, false, 'correction')$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.move(9, 0, 910002, 5, false, 'correction', 6)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.move(9, 910002, 910001, 501, false, 'correction', 6)$$);
SELECT pg_temp.same('made'::text, pg_temp.move(9, 910002, 910001, 300, false, 'correction', 6));
SELECT pg_temp.expect('23514', $$SELECT pg_temp.move(10, 910002, 910001, 201, false, 'correction', 6)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.move(10, 910001, 910002, 1, false, 'correction', 2)$$); -- voided
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
-- Nothing changes afterwards, for the owner of the tables either.
SELECT pg_temp.expect('23514', 'DELETE FROM ledger_transfers');
SELECT pg_temp.expect('23514', 'DELETE FROM ledger_accounts');
SELECT pg_temp.expect('23514', 'TRUNCATE ledger_transfers CASCADE');
SELECT pg_temp.expect('23514', 'UPDATE ledger_transfers SET amount_paise = amount_paise + 1 WHERE transfer_id = pg_temp.u(1)');
SELECT pg_temp.expect('23514', $$UPDATE ledger_transfers SET state = 'voided', ended_at = now() WHERE transfer_id = pg_temp.u(1)$$);
SELECT pg_temp.expect('23514', 'UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE account_id = 910001');
SELECT pg_temp.expect('23514', $$INSERT INTO ledger_accounts (kind, credits_posted) VALUES ('suspense', 5)$$);
SELECT pg_temp.expect('23505', $$INSERT INTO ledger_accounts (kind) VALUES ('bank')$$);
SELECT pg_temp.expect('23514', $$INSERT INTO ledger_accounts (kind) VALUES ('client')$$);
-- The end of its time: not before, and then nothing else.
SELECT ledger_transfer(pg_temp.u(20), 'settlement', 'client', 910001, 'bank', NULL, 10, true, now() + interval '1 hour', NULL);
SELECT pg_temp.same(0::bigint, ledger_expire());
SELECT pg_temp.expect('23514', 'SELECT ledger_end(pg_temp.u(20), ''expired'')');
SET session_replication_role = replica; -- as if the hour had gone by
UPDATE ledger_transfers SET made_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' WHERE transfer_id = pg_temp.u(20);
SET session_replication_role = origin;
SELECT pg_temp.expect('23514', 'SELECT ledger_end(pg_temp.u(20), ''posted'')');
SELECT pg_temp.same(1::bigint, ledger_expire());
SELECT pg_temp.same(0::bigint, ledger_expire());
-- All of it counted anew is what is kept, and what is kept wrong is found.
SELECT pg_temp.same(0::bigint, (SELECT count(*) FROM ledger_wrong()));
SELECT pg_temp.same(sum(debits_posted), sum(credits_posted)), pg_temp.same(0::numeric, sum(debits_pending + credits_pending))
    FROM ledger_accounts;
SAVEPOINT forged;
SET session_replication_role = replica;
UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE account_id = 910001;
SET session_replication_role = origin;
SELECT pg_temp.same(1::bigint, (SELECT count(*) FROM ledger_wrong()));
ROLLBACK TO forged;

-- As a client, with the server's role: its own account, its own hold, and no more.
SET ROLE bijli_control;
SET bijli.reach = 'own'; SET bijli.account = '910001';
SELECT pg_temp.same(1::bigint, (SELECT count(*) FROM ledger_accounts));
SELECT pg_temp.same(0::bigint, (SELECT count(*) FROM ledger_transfers t WHERE NOT EXISTS
    (SELECT 1 FROM ledger_accounts a WHERE a.ledger_id IN (t.debit_id, t.credit_id))));
SELECT pg_temp.expect('42501', 'SELECT pg_temp.move(30, 0, 910001, 5)'); -- money from nowhere
SELECT pg_temp.expect('42501', $$SELECT pg_temp.move(30, 910001, 0, 5, false, 'payout')$$); -- sent at once
SELECT pg_temp.expect('42501', $$SELECT pg_temp.move(30, 910002, 0, 5, true, 'payout')$$); -- somebody else's
SAVEPOINT hold; -- of no payout (0033)
SELECT pg_temp.same('made'::text, pg_temp.move(30, 910001, 0, 5, true, 'payout'));
SELECT pg_temp.same(false, ledger_end(pg_temp.u(30), 'posted'));
SET bijli.account = '910002';
SELECT pg_temp.same(false, ledger_end(pg_temp.u(30), 'voided'));
SET bijli.account = '910001';
SELECT pg_temp.same(true, ledger_end(pg_temp.u(30), 'voided'));
ROLLBACK TO hold;
SELECT pg_temp.same(0::bigint, (SELECT count(*) FROM ledger_wrong()));
SELECT pg_temp.expect('42501', 'UPDATE ledger_accounts SET credits_posted = 9');
SELECT pg_temp.expect('42501', $$INSERT INTO ledger_accounts (kind) VALUES ('suspense')$$);
SELECT pg_temp.expect('42501', $$SELECT ledger_account('suspense', NULL)$$);
SELECT pg_temp.expect('42501', $$UPDATE ledger_transfers SET state = 'posted'$$);
SET bijli.account = ''; SET bijli.reach = '';
SELECT pg_temp.same(0::bigint, (SELECT count(*) FROM ledger_accounts)), pg_temp.same(0::bigint, (SELECT count(*) FROM ledger_transfers));
SELECT pg_temp.expect('42501', $$SELECT pg_temp.move(31, 910001, 0, 5, true, 'payout')$$);
RESET ROLE;
SET ROLE bijli_relay;
SELECT pg_temp.expect('42501', 'SELECT count(*) FROM ledger_accounts');
RESET ROLE;

-- With an entry in the trail or not at all.
SET bijli.reach = 'server';
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('23514', 'SELECT pg_temp.move(40, 0, 910001, 5)');
ROLLBACK;
