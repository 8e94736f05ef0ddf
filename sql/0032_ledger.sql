-- Money: a double-entry ledger whose rules are here and not in the code that uses it.  docs/funds.md.
--
-- A transfer debits one account and credits another by the same amount, so debits and credits are always equal.  It is
-- posted at once, or pending first and then posted, voided or expired, once.  Nothing that was posted changes: a mistake
-- is put right by a transfer the other way, which says what it corrects.  An account's sums are kept by the transfers
-- themselves, and an account is never below zero, what is pending counted.  Paise.

CREATE TABLE ledger_accounts (
    ledger_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- client: what we owe a client; bank: what lies in the clients' bank account (up-streaming client nodal account);
    -- suspense: money that came and of which we do not know yet whose it is.
    kind            text NOT NULL CHECK (kind IN ('client', 'bank', 'suspense')),
    account_id      bigint REFERENCES users (account_id),
    currency        text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    debits_posted   bigint NOT NULL DEFAULT 0 CHECK (debits_posted >= 0),
    credits_posted  bigint NOT NULL DEFAULT 0 CHECK (credits_posted >= 0),
    debits_pending  bigint NOT NULL DEFAULT 0 CHECK (debits_pending >= 0),
    credits_pending bigint NOT NULL DEFAULT 0 CHECK (credits_pending >= 0),
    opened_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'client') = (account_id IS NOT NULL)),
    CONSTRAINT ledger_accounts_one UNIQUE NULLS NOT DISTINCT (kind, account_id, currency),
    -- What is owed is never negative, and what is promised may not come in; of the bank's the other way round.
    CONSTRAINT ledger_never_below_zero CHECK (
        CASE WHEN kind = 'bank' THEN debits_posted - credits_posted >= credits_pending
             ELSE credits_posted - debits_posted >= debits_pending END)
);

CREATE TABLE ledger_transfers (
    transfer_id  uuid PRIMARY KEY, -- made by who asks: the same one again is the same transfer
    what         text NOT NULL CHECK (what IN ('receipt', 'payout', 'settlement', 'correction')),
    debit_id     bigint NOT NULL REFERENCES ledger_accounts,
    credit_id    bigint NOT NULL REFERENCES ledger_accounts,
    currency     text NOT NULL DEFAULT 'INR' CHECK (currency = 'INR'),
    amount_paise bigint NOT NULL CHECK (amount_paise BETWEEN 1 AND 100000000000000),
    two_phase    boolean NOT NULL,
    state        text NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
    corrects     uuid REFERENCES ledger_transfers,
    made_at      timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz CHECK (expires_at IS NULL OR (two_phase AND expires_at > made_at)), -- absent: it waits as long as it takes
    ended_at     timestamptz,
    CHECK (debit_id <> credit_id),
    CHECK (two_phase OR state = 'posted'),
    CHECK ((state = 'pending') = (ended_at IS NULL)),
    CHECK ((what = 'correction') = (corrects IS NOT NULL) AND (corrects IS NULL OR NOT two_phase))
);
CREATE INDEX ledger_transfers_debit ON ledger_transfers (debit_id, made_at);
CREATE INDEX ledger_transfers_credit ON ledger_transfers (credit_id, made_at);
CREATE INDEX ledger_transfers_corrects ON ledger_transfers (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX ledger_transfers_expires ON ledger_transfers (expires_at) WHERE state = 'pending';

CREATE FUNCTION ledger_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = '23514', CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER ledger_accounts_never BEFORE DELETE ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION ledger_never();
CREATE TRIGGER ledger_accounts_never_all BEFORE TRUNCATE ON ledger_accounts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never();
CREATE TRIGGER ledger_transfers_never BEFORE DELETE ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION ledger_never();
CREATE TRIGGER ledger_transfers_never_all BEFORE TRUNCATE ON ledger_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never();

-- It begins pending or posted.  A correction goes the other way, and all of them give back no more than there was.
CREATE FUNCTION ledger_begins() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was ledger_transfers;
BEGIN
    NEW.made_at := now();
    NEW.state := CASE WHEN NEW.two_phase THEN 'pending' ELSE 'posted' END;
    NEW.ended_at := CASE WHEN NOT NEW.two_phase THEN now() END;
    IF NEW.corrects IS NULL THEN RETURN NEW; END IF;
    SELECT * INTO was FROM ledger_transfers WHERE transfer_id = NEW.corrects FOR UPDATE;
    IF NOT FOUND OR was.state <> 'posted' OR (was.debit_id, was.credit_id) <> (NEW.credit_id, NEW.debit_id)
       OR NEW.amount_paise + (SELECT coalesce(sum(amount_paise), 0) FROM ledger_transfers
                              WHERE corrects = NEW.corrects) > was.amount_paise THEN
        RAISE EXCEPTION 'it does not correct that transfer' USING ERRCODE = '23514', CONSTRAINT = 'ledger_corrects';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_transfers_begin BEFORE INSERT ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION ledger_begins();

CREATE FUNCTION ledger_ends() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    as_was ledger_transfers := NEW;
BEGIN
    as_was.state := OLD.state;
    as_was.ended_at := OLD.ended_at;
    IF as_was IS DISTINCT FROM OLD OR OLD.state <> 'pending' OR NEW.state = 'pending'
       OR (NEW.state = 'expired') IS DISTINCT FROM coalesce(OLD.expires_at <= now(), false) THEN
        RAISE EXCEPTION 'a transfer ends once, and changes in nothing else' USING ERRCODE = '23514',
            CONSTRAINT = 'ledger_once';
    END IF;
    NEW.ended_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_transfers_end BEFORE UPDATE ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION ledger_ends();

-- The sums of both accounts at once, in the order of their numbers: two transfers never wait for each other.
CREATE FUNCTION ledger_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held bigint := CASE WHEN NEW.state = 'pending' THEN NEW.amount_paise
                        WHEN TG_OP = 'UPDATE' THEN -NEW.amount_paise ELSE 0 END;
    moved bigint := CASE WHEN NEW.state = 'posted' THEN NEW.amount_paise ELSE 0 END;
BEGIN
    PERFORM 1 FROM ledger_accounts WHERE ledger_id IN (NEW.debit_id, NEW.credit_id) ORDER BY ledger_id
        FOR NO KEY UPDATE;
    UPDATE ledger_accounts SET
        debits_pending = debits_pending + CASE WHEN ledger_id = NEW.debit_id THEN held ELSE 0 END,
        debits_posted = debits_posted + CASE WHEN ledger_id = NEW.debit_id THEN moved ELSE 0 END,
        credits_pending = credits_pending + CASE WHEN ledger_id = NEW.credit_id THEN held ELSE 0 END,
        credits_posted = credits_posted + CASE WHEN ledger_id = NEW.credit_id THEN moved ELSE 0 END
        WHERE ledger_id IN (NEW.debit_id, NEW.credit_id);
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_transfers_move AFTER INSERT OR UPDATE ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION ledger_moves();
CREATE CONSTRAINT TRIGGER ledger_transfers_audited AFTER INSERT OR UPDATE ON ledger_transfers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_covered();

-- An account begins with nothing, and only a transfer moves it.
CREATE FUNCTION ledger_only_by_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND num_nonnulls(nullif(NEW.debits_posted, 0), nullif(NEW.credits_posted, 0),
                                         nullif(NEW.debits_pending, 0), nullif(NEW.credits_pending, 0)) = 0 THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1 AND (NEW.ledger_id, NEW.kind, NEW.account_id, NEW.currency,
        NEW.opened_at) IS NOT DISTINCT FROM (OLD.ledger_id, OLD.kind, OLD.account_id, OLD.currency, OLD.opened_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'only a transfer moves an account' USING ERRCODE = '23514', CONSTRAINT = 'ledger_by_transfer';
END $$;
CREATE TRIGGER ledger_accounts_by_transfer BEFORE INSERT OR UPDATE ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION ledger_only_by_transfer();

-- --- the only ways in.  Who acts for itself alone may hold its own money for a payout, and let it go again.

CREATE FUNCTION ledger_account(of_kind text, whose bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    id bigint;
BEGIN
    SELECT ledger_id INTO id FROM ledger_accounts WHERE kind = of_kind AND account_id IS NOT DISTINCT FROM whose;
    IF NOT FOUND THEN
        INSERT INTO ledger_accounts (kind, account_id) VALUES (of_kind, whose)
            ON CONFLICT ON CONSTRAINT ledger_accounts_one DO NOTHING;
        SELECT ledger_id INTO STRICT id FROM ledger_accounts
            WHERE kind = of_kind AND account_id IS NOT DISTINCT FROM whose;
    END IF;
    RETURN id;
END $$;

-- made; same: it is there already; other: the id is another transfer's.
CREATE FUNCTION ledger_transfer(id uuid, for_what text, from_kind text, from_account bigint, to_kind text,
                                to_account bigint, amount bigint, in_two boolean, until timestamptz, of_transfer uuid)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was ledger_transfers;
    from_id bigint;
    to_id bigint;
BEGIN
    IF (acting_all() OR (in_two AND for_what = 'payout' AND from_kind = 'client' AND to_kind = 'bank'
                         AND from_account = acting_account())) IS NOT TRUE THEN
        RAISE EXCEPTION 'this transfer is not yours to make' USING ERRCODE = '42501';
    END IF;
    from_id := ledger_account(from_kind, from_account);
    to_id := ledger_account(to_kind, to_account);
    INSERT INTO ledger_transfers (transfer_id, what, debit_id, credit_id, amount_paise, two_phase, state, corrects,
                                  expires_at)
        VALUES (id, for_what, from_id, to_id, amount, in_two, 'pending', of_transfer, until)
        ON CONFLICT (transfer_id) DO NOTHING;
    IF FOUND THEN RETURN 'made'; END IF;
    SELECT * INTO STRICT was FROM ledger_transfers WHERE transfer_id = id;
    RETURN CASE WHEN (was.what, was.debit_id, was.credit_id, was.amount_paise, was.two_phase, was.corrects)
                     IS NOT DISTINCT FROM (for_what, from_id, to_id, amount, in_two, of_transfer)
                THEN 'same' ELSE 'other' END;
END $$;

-- False: there is no such transfer that waits.
CREATE FUNCTION ledger_end(id uuid, how text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE ledger_transfers t SET state = how WHERE transfer_id = id AND state = 'pending'
        AND (acting_all() OR (how = 'voided' AND what = 'payout' AND EXISTS (SELECT 1 FROM ledger_accounts a
             WHERE a.ledger_id = t.debit_id AND a.account_id = acting_account())));
    RETURN FOUND;
END $$;

-- Those whose time is over, for the server's chores: how many.
CREATE FUNCTION ledger_expire() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (UPDATE ledger_transfers SET state = 'expired'
        WHERE state = 'pending' AND expires_at <= now() RETURNING 1)
    SELECT count(*) FROM gone
$$;

-- Everything counted anew, for who looks after it: no row, or each account whose sums are not those of its transfers.
CREATE FUNCTION ledger_wrong() RETURNS TABLE (ledger_id bigint, kept bigint[], counted bigint[]) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH sides AS (
        SELECT debit_id AS side_id, state, amount_paise AS debit, 0::bigint AS credit FROM ledger_transfers
        UNION ALL SELECT credit_id, state, 0, amount_paise FROM ledger_transfers),
    sums AS (SELECT side_id, ARRAY[
            coalesce(sum(debit) FILTER (WHERE state = 'posted'), 0)::bigint,
            coalesce(sum(credit) FILTER (WHERE state = 'posted'), 0)::bigint,
            coalesce(sum(debit) FILTER (WHERE state = 'pending'), 0)::bigint,
            coalesce(sum(credit) FILTER (WHERE state = 'pending'), 0)::bigint] AS counted
        FROM sides GROUP BY side_id)
    SELECT a.ledger_id, ARRAY[debits_posted, credits_posted, debits_pending, credits_pending],
           coalesce(counted, '{0,0,0,0}')
    FROM ledger_accounts a LEFT JOIN sums ON side_id = a.ledger_id
    WHERE acting_all() AND ARRAY[debits_posted, credits_posted, debits_pending, credits_pending]
          <> coalesce(counted, '{0,0,0,0}')
$$;

INSERT INTO retention_rules VALUES
    ('money', '2025-11-14', '8 years', 'Companies Act 2013 s. 128(5): books of account, eight years; SEBI and PMLA want five');

-- A client sees its own account and what moved it; nobody's balance is written from outside.
ALTER TABLE ledger_accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY acting ON ledger_accounts FOR SELECT TO bijli_control
    USING ((SELECT acting_all()) OR account_id = (SELECT acting_account()));
ALTER TABLE ledger_transfers ENABLE ROW LEVEL SECURITY;
CREATE POLICY acting ON ledger_transfers FOR SELECT TO bijli_control
    USING ((SELECT acting_all())
           OR debit_id IN (SELECT ledger_id FROM ledger_accounts WHERE account_id = (SELECT acting_account()))
           OR credit_id IN (SELECT ledger_id FROM ledger_accounts WHERE account_id = (SELECT acting_account())));
GRANT SELECT ON ledger_accounts, ledger_transfers TO bijli_control;
REVOKE EXECUTE ON FUNCTION ledger_never(), ledger_begins(), ledger_ends(), ledger_moves(), ledger_only_by_transfer(),
    ledger_account(text, bigint), ledger_end(uuid, text), ledger_expire(), ledger_wrong(),
    ledger_transfer(uuid, text, text, bigint, text, bigint, bigint, boolean, timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_end(uuid, text), ledger_expire(), ledger_wrong(),
    ledger_transfer(uuid, text, text, bigint, text, bigint, bigint, boolean, timestamptz, uuid) TO bijli_control;
