-- What a bank account's number (0033) is compared by is held to the newest key as addresses are (0031), and the next key
-- waits for it too.
CREATE TRIGGER bank_accounts_hash_newest BEFORE INSERT ON bank_accounts
    FOR EACH ROW EXECUTE FUNCTION hash_newest('number_hash');

CREATE OR REPLACE FUNCTION hash_change(newest integer) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('lock_timeout', '500ms', true); -- shorter than it takes to find a deadlock
    BEGIN
        LOCK TABLE users, mail_tokens, contact_changes, contact_undos, bank_accounts IN SHARE ROW EXCLUSIVE MODE;
    EXCEPTION WHEN lock_not_available THEN
        RETURN 'busy';
    END;
    PERFORM set_config('lock_timeout', '0', true);
    IF newest <> (SELECT max(key_id) FROM data_keys WHERE category = 'lookup') THEN
        RETURN 'changed';
    ELSIF EXISTS (SELECT 1 FROM users WHERE least(sealed_by(email_hash), sealed_by(phone_hash)) < newest)
          OR EXISTS (SELECT 1 FROM bank_accounts WHERE sealed_by(number_hash) < newest) THEN
        RETURN 'under way';
    END IF;
    RETURN 'ok';
END $$;
