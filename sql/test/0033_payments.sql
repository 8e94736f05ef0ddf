-- Bank accounts, receipts and payouts: who may what, and the ledger beside them.  Run by tests/sql/run as the owner;
-- leaves nothing behind.
BEGIN;
\ir lib/expect.sql
SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES
    ('pya@b.in', 'A', '$argon2id$x', 'client', now()), ('pyb@b.in', 'B', '$argon2id$x', 'client', now()),
    ('pyc@b.in', 'C', '$argon2id$x', 'admin', now()), ('pyd@b.in', 'D', '$argon2id$x', 'compliance', now()),
    ('pye@b.in', 'E', '$argon2id$x', 'support', now());
SET bijli.reach = 'server';
CREATE FUNCTION pg_temp.id(who text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT user_id FROM public.users WHERE email = who || '@b.in' $$;
CREATE FUNCTION pg_temp.u(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('pay' || n)::uuid $$;
CREATE FUNCTION pg_temp.same(a anyelement, b anyelement) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF a IS DISTINCT FROM b THEN RAISE EXCEPTION 'wanted %, got %', a, b; END IF;
END $$;
-- What is said here is looked at now, as at the end of a transaction.
CREATE FUNCTION pg_temp.ends(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET CONSTRAINTS ALL DEFERRED;
    EXECUTE what;
    SET CONSTRAINTS ALL IMMEDIATE;
END $$;

-- --- bank accounts
CREATE FUNCTION pg_temp.bank(who text, n int, wait text DEFAULT '0', ifsc text DEFAULT 'HDFC0001234', prim boolean DEFAULT true)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO bank_accounts (bank_id, user_id, ifsc, number_sealed, number_hash, is_primary, usable_at) VALUES
        (900000 + n, pg_temp.id(who), ifsc, '\x03e8'::bytea || decode(repeat('00', 40), 'hex'), '\x03e8'::bytea || sha256(n::text::bytea), prim,
         now() + wait::interval) $$;
SELECT pg_temp.bank('pya', 1), pg_temp.bank('pyb', 2, '24 hours');
SELECT pg_temp.expect('23505', $$SELECT pg_temp.bank('pya', 3)$$); -- a second primary one
SELECT pg_temp.expect('23514', $$SELECT pg_temp.bank('pya', 3, '-1 second', 'HDFC0001234', false)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.bank('pya', 3, '0', 'HDFC1001234', false)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.bank('pya', 3, '0', 'hdfc0001234', false)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.bank('pya', 3, '0', 'HDFC000123', false)$$);
CREATE FUNCTION pg_temp.checks(n int, by text, ok boolean DEFAULT true) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE bank_accounts SET checked_at = now(), checked_by = %L, checked_ok = %L, check_ref = ''R1'',
        is_primary = is_primary AND %L WHERE bank_id = 900000 + %s', CASE WHEN by ~ '^py' THEN 'user:' || pg_temp.id(by) ELSE by END, ok, ok, n) $$;
SELECT pg_temp.expect('23514', pg_temp.checks(1, 'pya')); -- by its owner
SELECT pg_temp.expect('23514', pg_temp.checks(1, 'pyb')); -- by another client
SELECT pg_temp.expect('23514', pg_temp.checks(1, 'pye')); -- by a role that may not
SELECT pg_temp.expect('00000', pg_temp.checks(1, 'pyc'));
SELECT pg_temp.expect('23514', pg_temp.checks(1, 'pyd', false)); -- once
SELECT pg_temp.expect('00000', pg_temp.checks(2, 'pyc'));
SELECT pg_temp.expect('23514', 'UPDATE bank_accounts SET usable_at = now() WHERE bank_id = 900002');
SELECT pg_temp.expect('23514', $$UPDATE bank_accounts SET ifsc = 'ICIC0001234' WHERE bank_id = 900001$$);
SELECT pg_temp.expect('23514', 'UPDATE bank_accounts SET number_hash = ''\x03e8''::bytea || sha256(''7'') WHERE bank_id = 900001');
SELECT pg_temp.expect('23514', 'UPDATE bank_accounts SET number_hash = sha256(''7'') WHERE bank_id = 900001');
SELECT pg_temp.expect('00000', 'UPDATE bank_accounts SET number_hash = ''\x03e9''::bytea || sha256(''7'') WHERE bank_id = 900001'); -- a newer key

-- --- receipts
CREATE FUNCTION pg_temp.gets(n int, who text, by text, bank int, paise bigint DEFAULT 100000, on_day date DEFAULT current_date - 1)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO receipts (receipt_id, user_id, bank_id, amount_paise, utr, paid_on, asked_by) VALUES
        (pg_temp.u(n), pg_temp.id(who), 900000 + bank, paise, 'HDFCN000000' || n, on_day, 'user:' || pg_temp.id(by)) $$;
SELECT pg_temp.expect('23514', $$SELECT pg_temp.gets(1, 'pya', 'pya', 1)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.gets(1, 'pya', 'pye', 1)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.gets(1, 'pya', 'pyc', 2)$$); -- another's bank account
SELECT pg_temp.expect('23514', $$SELECT pg_temp.gets(1, 'pya', 'pyc', 1, 0)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.gets(1, 'pya', 'pyc', 1, 5, current_date + 2)$$);
SELECT pg_temp.gets(1, 'pya', 'pyc', 1);
SELECT pg_temp.expect('23505', $$INSERT INTO receipts SELECT pg_temp.u(99), user_id, bank_id, 5, utr, paid_on, asked_by FROM receipts WHERE receipt_id = pg_temp.u(1)$$);
CREATE FUNCTION pg_temp.yes(n int, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE receipts SET approved = true, decided_at = now(), decided_by = ''user:'' || %s WHERE receipt_id = pg_temp.u(%s)', pg_temp.id(by), n) $$;
CREATE FUNCTION pg_temp.book(n int, who text, paise bigint DEFAULT 100000) RETURNS text LANGUAGE sql AS $$
    SELECT ledger_transfer(pg_temp.u(n), 'receipt', 'bank', NULL, 'client', (SELECT account_id FROM users WHERE user_id = pg_temp.id(who)), paise, false, NULL, NULL) $$;
SELECT pg_temp.expect('23514', pg_temp.yes(1, 'pyc')); -- who recorded it
SELECT pg_temp.expect('23514', pg_temp.yes(1, 'pye'));
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.yes(1, 'pyd'))); -- and the ledger knows nothing
SELECT pg_temp.expect('23514', $$SELECT pg_temp.ends('SELECT pg_temp.book(1, ''pya'')')$$); -- nor the other way round
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.yes(1, 'pyd') || $$; SELECT pg_temp.book(1, 'pya', 99999)$$));
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.yes(1, 'pyd') || $$; SELECT pg_temp.book(1, 'pyb')$$));
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', pg_temp.yes(1, 'pyd') || $$; SELECT pg_temp.book(1, 'pya')$$));
SELECT pg_temp.expect('23514', $$UPDATE receipts SET amount_paise = 5 WHERE receipt_id = pg_temp.u(1)$$);
SELECT pg_temp.expect('23514', 'DELETE FROM receipts');
CREATE FUNCTION pg_temp.gets_by(n int, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO receipts (receipt_id, user_id, bank_id, amount_paise, utr, paid_on, asked_by) VALUES
        (pg_temp.u(%1$s), %2$s, 900001, 5, ''HDFCN000000%1$s'', current_date, %3$L)', n, pg_temp.id('pya'), by) $$;
CREATE FUNCTION pg_temp.no_by(n int, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE receipts SET approved = false, reason = ''r'', decided_at = now(), decided_by = %L WHERE receipt_id = pg_temp.u(%s)', by, n) $$;
-- There are two people: the machine's token is neither of them; the seed's words go together only.
SELECT pg_temp.expect('23514', pg_temp.gets_by(2, 'operator')), pg_temp.expect('23514', pg_temp.gets_by(2, 'server'));
SELECT pg_temp.gets(2, 'pya', 'pyc', 1), pg_temp.gets(3, 'pya', 'pyc', 1);
SELECT pg_temp.expect('23514', pg_temp.no_by(2, 'operator')), pg_temp.expect('23514', pg_temp.no_by(2, 'server'));
SELECT pg_temp.expect('00000', pg_temp.gets_by(4, 'setup')), pg_temp.expect('23514', pg_temp.no_by(4, 'setup'));
SELECT pg_temp.expect('00000', pg_temp.no_by(4, 'server'));
UPDATE users SET role = 'support' WHERE user_id = pg_temp.id('pyd');
SELECT pg_temp.expect('00000', pg_temp.no_by(2, 'operator')); -- there is nobody else
UPDATE users SET role = 'compliance' WHERE user_id = pg_temp.id('pyd');
-- From who is erased nothing comes any more; and only from an account whose number is there.
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES ('pyf@b.in', 'F', '$argon2id$x', 'client', now());
SELECT pg_temp.bank('pyf', 9);
SELECT pg_temp.expect('00000', pg_temp.checks(9, 'pyc'));
SELECT pg_temp.gets(7, 'pyf', 'pyc', 9);
UPDATE users SET email = NULL, name = NULL, password_hash = '$argon2id$erased', confirmed_at = NULL, erased_at = now() WHERE email = 'pyf@b.in';
SELECT pg_temp.expect('23514', pg_temp.no_by(7, 'user:' || pg_temp.id('pyd'))), pg_temp.expect('23514', $$INSERT INTO receipts SELECT
    pg_temp.u(8), user_id, bank_id, 5, 'HDFCN0000008', paid_on, asked_by FROM receipts WHERE receipt_id = pg_temp.u(7)$$);
SELECT pg_temp.bank('pya', 7, '0', 'HDFC0001234', false);
SELECT pg_temp.expect('00000', pg_temp.checks(7, 'pyc'));
UPDATE bank_accounts SET removed_at = now(), number_sealed = NULL, number_hash = NULL WHERE bank_id = 900007;
SELECT pg_temp.expect('23514', $$SELECT pg_temp.gets(5, 'pya', 'pyc', 7)$$);
-- One that was refused does not keep a number; one that waits does.
SELECT pg_temp.bank('pya', 8, '0', 'HDFC0001234', false);
SELECT pg_temp.expect('00000', pg_temp.checks(8, 'pyc'));
SELECT pg_temp.gets(6, 'pya', 'pyc', 8);
SELECT pg_temp.same(true, bank_used(900008));
SELECT pg_temp.expect('00000', pg_temp.no_by(6, 'user:' || pg_temp.id('pyd')));
SELECT pg_temp.same(false, bank_used(900008));
-- In the ledger alone, in shapes that are neither a receipt's nor a payout's.
CREATE FUNCTION pg_temp.odd(what text, from_kind text, from_who text, to_kind text, to_who text, in_two boolean) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT pg_temp.ends(%L)', format('SELECT ledger_transfer(gen_random_uuid(), %L, %L, %s, %L, %s, 5, %L, NULL, NULL)', what, from_kind,
        coalesce((SELECT account_id FROM users WHERE user_id = pg_temp.id(from_who))::text, 'NULL'), to_kind,
        coalesce((SELECT account_id FROM users WHERE user_id = pg_temp.id(to_who))::text, 'NULL'), in_two)) $$;
SELECT pg_temp.expect('00000', pg_temp.odd('settlement', 'bank', NULL, 'suspense', NULL, false)); -- so that there is something
SELECT pg_temp.expect('23514', pg_temp.odd('receipt', 'bank', NULL, 'client', 'pya', true));
SELECT pg_temp.expect('23514', pg_temp.odd('payout', 'client', 'pya', 'bank', NULL, false));
SELECT pg_temp.expect('23514', pg_temp.odd('receipt', 'client', 'pya', 'client', 'pyb', false));
SELECT pg_temp.expect('23514', pg_temp.odd('payout', 'suspense', NULL, 'bank', NULL, true));

-- --- payouts
CREATE FUNCTION pg_temp.asks(n int, who text, bank int, paise bigint, two boolean DEFAULT false, proved text DEFAULT '1 minute')
RETURNS text LANGUAGE sql AS $$
    SELECT format('INSERT INTO payouts (payout_id, user_id, bank_id, amount_paise, two_people, proved_at) VALUES
        (pg_temp.u(%s), %s, %s, %s, %L, now() - %L::interval);
        SELECT ledger_transfer(pg_temp.u(%1$s), ''payout'', ''client'', %7$s, ''bank'', NULL, %4$s, true, NULL, NULL)',
        n, pg_temp.id(who), 900000 + bank, paise, two, proved, (SELECT account_id FROM users WHERE user_id = pg_temp.id(who))) $$;
SELECT pg_temp.expect('23514', pg_temp.asks(10, 'pya', 1, 5, true, '15 minutes 1 second')); -- proved too long ago
SELECT pg_temp.expect('23514', pg_temp.asks(10, 'pya', 2, 5, true)); -- to somebody else's
SELECT pg_temp.expect('23514', pg_temp.asks(10, 'pyb', 2, 5, true)); -- that waits
SELECT pg_temp.expect('23514', pg_temp.asks(10, 'pya', 1, 100001, true)); -- more than there is
SELECT pg_temp.expect('23514', $$SELECT pg_temp.ends('INSERT INTO payouts (payout_id, user_id, bank_id, amount_paise, two_people, proved_at)
    SELECT pg_temp.u(10), user_id, bank_id, 5, true, now() FROM bank_accounts WHERE bank_id = 900001')$$); -- and no hold
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', pg_temp.asks(10, 'pya', 1, 60000, true)));
SELECT pg_temp.expect('23514', pg_temp.asks(11, 'pya', 1, 40001, true)); -- what is held counts
SELECT pg_temp.expect('23514', 'UPDATE bank_accounts SET removed_at = now(), is_primary = false WHERE bank_id = 900001'); -- money is on its way there
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.asks(11, 'pya', 1, 5))); -- the first money that goes there, by one
CREATE FUNCTION pg_temp.takes(n int, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE payouts SET taken_by = %L, taken_at = now() WHERE payout_id = pg_temp.u(%s)', CASE WHEN by ~ '^py' THEN 'user:' || pg_temp.id(by) ELSE by END, n) $$;
CREATE FUNCTION pg_temp.approves(n int, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE payouts SET approved_by = %L, approved_at = now() WHERE payout_id = pg_temp.u(%s)', CASE WHEN by ~ '^py' THEN 'user:' || pg_temp.id(by) ELSE by END, n) $$;
CREATE FUNCTION pg_temp.sends(n int, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE payouts SET state = ''sent'', utr = ''PAYOUT0000%1$s'', ended_at = now(), ended_by = ''user:'' || %2$s WHERE payout_id = pg_temp.u(%1$s);
        SELECT ledger_end(pg_temp.u(%1$s), ''posted'')', n, pg_temp.id(by)) $$;
CREATE FUNCTION pg_temp.returns(n int, by text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE payouts SET state = ''returned'', reason = ''r'', ended_at = now(), ended_by = ''user:'' || %2$s WHERE payout_id = pg_temp.u(%1$s);
        SELECT ledger_end(pg_temp.u(%1$s), ''voided'')', n, pg_temp.id(by)) $$;
CREATE FUNCTION pg_temp.suspends(who text, off boolean) RETURNS void LANGUAGE sql AS $$
    UPDATE users SET suspended_at = CASE WHEN off THEN now() END, suspended_by = CASE WHEN off THEN 'operator' END, suspend_reason = CASE WHEN off THEN 'r' END
        WHERE user_id = pg_temp.id(who) $$;
INSERT INTO users (email, name, password_hash, role, confirmed_at) VALUES ('pyg@b.in', 'G', '$argon2id$x', 'admin', now()); -- not the last
SELECT pg_temp.expect('23514', pg_temp.takes(10, 'pyc')); -- one alone
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.sends(10, 'pyc'))); -- that nobody has taken
SELECT pg_temp.expect('23514', pg_temp.approves(10, 'pya')), pg_temp.expect('23514', pg_temp.approves(10, 'pye'));
SELECT pg_temp.expect('23514', pg_temp.approves(10, 'operator')); -- there are two people
SELECT pg_temp.expect('23514', pg_temp.approves(10, 'setup')), pg_temp.expect('23514', pg_temp.approves(10, 'server'));
SELECT pg_temp.expect('00000', pg_temp.approves(10, 'pyc'));
SELECT pg_temp.expect('23514', pg_temp.approves(10, 'pyd')); -- once
SELECT pg_temp.expect('23514', pg_temp.takes(10, 'pyc')); -- the same one
SELECT pg_temp.expect('23514', pg_temp.takes(10, 'pya')), pg_temp.expect('23514', pg_temp.takes(10, 'pye')), pg_temp.expect('23514', pg_temp.takes(10, 'operator'));
SELECT pg_temp.expect('23514', $$UPDATE payouts SET amount_paise = 5 WHERE payout_id = pg_temp.u(10)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.ends('SELECT ledger_end(pg_temp.u(10), ''voided'')')$$); -- the ledger alone
SELECT pg_temp.suspends('pya', true);
SELECT pg_temp.expect('23514', pg_temp.takes(10, 'pyd')); -- to who is suspended
SELECT pg_temp.suspends('pya', false), pg_temp.suspends('pyc', true);
SELECT pg_temp.expect('23514', pg_temp.takes(10, 'pyd')); -- the yes of who may not say it any more
SELECT pg_temp.suspends('pyc', false);
UPDATE bank_accounts SET is_primary = false WHERE bank_id = 900001;
SELECT pg_temp.expect('23514', pg_temp.takes(10, 'pyd')); -- it is not where money goes now
UPDATE bank_accounts SET is_primary = true WHERE bank_id = 900001;
SELECT pg_temp.expect('00000', pg_temp.takes(10, 'pyd'));
-- It may be paid by now: nobody takes it back, nobody else has it, and whatever happens it can be recorded.
SELECT pg_temp.expect('23514', pg_temp.takes(10, 'pyc')), pg_temp.expect('23514', pg_temp.approves(10, 'pyd'));
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', $$UPDATE payouts SET state = 'cancelled', ended_at = now(), ended_by = 'user:' || user_id
    WHERE payout_id = pg_temp.u(10); SELECT ledger_end(pg_temp.u(10), 'voided')$$));
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.sends(10, 'pyc'))), pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.returns(10, 'pyc')));
SELECT pg_temp.expect('00000', 'UPDATE payouts SET taken_by = NULL, taken_at = NULL WHERE payout_id = pg_temp.u(10)'); -- given back
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.sends(10, 'pyd')));
SELECT pg_temp.expect('00000', pg_temp.takes(10, 'pyd'));
SELECT pg_temp.suspends('pya', true), pg_temp.suspends('pyc', true);
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', pg_temp.sends(10, 'pyd')));
SELECT pg_temp.suspends('pya', false), pg_temp.suspends('pyc', false);
SELECT pg_temp.expect('23514', $$UPDATE payouts SET state = 'returned', utr = NULL, reason = 'r' WHERE payout_id = pg_temp.u(10)$$);
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', pg_temp.asks(12, 'pya', 1, 40000)));
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', $$UPDATE payouts SET state = 'cancelled', ended_at = now(), ended_by = 'user:' || user_id WHERE payout_id = pg_temp.u(12);
    SELECT ledger_end(pg_temp.u(12), 'voided')$$));
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', pg_temp.asks(13, 'pya', 1, 40000))); -- money went there before: one is enough
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.returns(13, 'pye')));
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', pg_temp.returns(13, 'pyc'))); -- that nobody has taken
SELECT pg_temp.expect('23514', 'DELETE FROM payouts');
SELECT pg_temp.expect('23514', 'DELETE FROM bank_accounts WHERE bank_id = 900001'); -- money went there
SELECT pg_temp.expect('00000', 'DELETE FROM bank_accounts WHERE bank_id = 900002');
SELECT pg_temp.same(40000::bigint, (SELECT credits_posted - debits_posted - debits_pending FROM ledger_accounts JOIN users USING (account_id) WHERE user_id = pg_temp.id('pya')));

-- --- as the client, with the server's role: it asks and cancels, and decides nothing.
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', pg_temp.asks(20, 'pya', 1, 100)));
SELECT set_config('bijli.user', pg_temp.id('pya')::text, true),
    set_config('bijli.account', (SELECT account_id::text FROM users WHERE user_id = pg_temp.id('pya')), true), set_config('bijli.reach', 'own', true);
SET ROLE bijli_control;
SELECT pg_temp.same(3::bigint, (SELECT count(*) FROM bank_accounts)), pg_temp.same(4::bigint, (SELECT count(*) FROM payouts));
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.sends(20, 'pyc'))), pg_temp.expect('23514', pg_temp.takes(20, 'pyc')), pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.returns(20, 'pyc')));
SELECT pg_temp.expect('23514', $$UPDATE payouts SET approved_at = now(), approved_by = 'user:' || pg_temp.id('pyc') WHERE payout_id = pg_temp.u(20)$$);
SELECT pg_temp.expect('23514', $$SELECT pg_temp.gets(30, 'pya', 'pyc', 1)$$);
SELECT pg_temp.bank('pya', 5, '1 hour', 'HDFC0001234', false);
SELECT pg_temp.expect('23514', pg_temp.checks(5, 'pyc'));
SELECT pg_temp.expect('42501', $$SELECT pg_temp.bank('pyb', 6, '1 hour', 'HDFC0001234', false)$$);
SELECT pg_temp.expect('23514', $$UPDATE bank_accounts SET number_sealed = '\x03e9'::bytea || decode(repeat('00', 40), 'hex') WHERE bank_id = 900005$$);
SELECT pg_temp.expect('42501', $$UPDATE payouts SET amount_paise = 1$$);
SELECT pg_temp.expect('00000', format('SELECT pg_temp.ends(%L)', $$UPDATE payouts SET state = 'cancelled', ended_at = now(), ended_by = 'user:' || user_id WHERE payout_id = pg_temp.u(20);
    SELECT ledger_end(pg_temp.u(20), 'voided')$$));
RESET ROLE;
SET bijli.reach = 'server';
SELECT pg_temp.same(0::bigint, (SELECT count(*) FROM ledger_wrong()));
UPDATE audit_head SET seq = seq + 1, xact = NULL; -- as if another transaction had appended last
SELECT pg_temp.expect('23514', format('SELECT pg_temp.ends(%L)', pg_temp.asks(40, 'pya', 1, 5)));
ROLLBACK;
