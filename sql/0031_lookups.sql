-- What an address or number is found by may change its key and algorithm, while everybody goes on being found.
-- docs/keys.md.

-- A hash says which key made it: the key's number (two bytes), then 32 bytes.  Those from before are of the one key there was.
CREATE FUNCTION hash_formed(hash bytea) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT length(hash) = 34 AND get_byte(hash, 0) * 256 + get_byte(hash, 1) >= 1000 $$;

ALTER TABLE users DROP CONSTRAINT users_email_hash_check, DROP CONSTRAINT users_phone_hash_check;
ALTER TABLE mail_tokens DROP CONSTRAINT mail_tokens_phone_hash_check;
ALTER TABLE contact_changes DROP CONSTRAINT contact_changes_hash_check, DROP CONSTRAINT contact_changes_code_hash_check;
ALTER TABLE contact_undos DROP CONSTRAINT contact_undos_hash_check;
-- The values stay what they are, so this is no change that the trail has to know of.
SET LOCAL session_replication_role = replica;
DO $$
DECLARE
    number bytea := (SELECT decode(lpad(to_hex(key_id), 4, '0'), 'hex') FROM data_keys WHERE category = 'lookup');
BEGIN
    IF number IS NOT NULL THEN
        UPDATE users SET email_hash = number || email_hash, phone_hash = number || phone_hash
            WHERE email_hash IS NOT NULL OR phone_hash IS NOT NULL;
        UPDATE mail_tokens SET phone_hash = number || phone_hash WHERE phone_hash IS NOT NULL;
        UPDATE contact_changes SET hash = number || hash, code_hash = number || code_hash;
        UPDATE contact_undos SET hash = number || hash;
    END IF;
END $$;
SET LOCAL session_replication_role = origin;
ALTER TABLE users ADD CONSTRAINT users_email_hash_formed CHECK (hash_formed(email_hash)),
    ADD CONSTRAINT users_phone_hash_formed CHECK (hash_formed(phone_hash));
ALTER TABLE mail_tokens ADD CONSTRAINT mail_tokens_phone_hash_formed CHECK (hash_formed(phone_hash));
ALTER TABLE contact_changes ADD CONSTRAINT contact_changes_hash_formed CHECK (hash_formed(hash)),
    ADD CONSTRAINT contact_changes_code_hash_formed CHECK (hash_formed(code_hash));
ALTER TABLE contact_undos ADD CONSTRAINT contact_undos_hash_formed CHECK (hash_formed(hash));
-- Which are to be made anew.
CREATE INDEX users_hashed_by ON users (least(sealed_by(email_hash), sealed_by(phone_hash)));

-- One key is in force, the newest; while a change goes on there are rows under the one before it.  Nobody writes one under
-- an older key, so what is not under the newest becomes only less: then who looks for an address under the old one, adopts
-- that row (hash_adopt) and writes his own under the new one meets everybody else in the unique index.
DROP INDEX data_keys_one_lookup;
CREATE FUNCTION hash_newest() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    newest integer := (SELECT max(key_id) FROM data_keys WHERE category = 'lookup');
    name text;
    hash bytea;
    was bytea;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        EXECUTE format('SELECT ($1).%I', name) INTO hash USING NEW;
        -- Of a row with two the other one waits for its turn.
        IF TG_OP = 'UPDATE' THEN EXECUTE format('SELECT ($1).%I', name) INTO was USING OLD; END IF;
        IF sealed_by(hash) < newest AND hash IS DISTINCT FROM was THEN
            RAISE EXCEPTION '%.% is under a key that is not the newest', TG_TABLE_NAME, name USING ERRCODE = '40001';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER users_hash_newest BEFORE INSERT OR UPDATE OF email_hash, phone_hash ON users
    FOR EACH ROW EXECUTE FUNCTION hash_newest('email_hash', 'phone_hash');
CREATE TRIGGER mail_tokens_hash_newest BEFORE INSERT OR UPDATE OF phone_hash ON mail_tokens
    FOR EACH ROW EXECUTE FUNCTION hash_newest('phone_hash');
CREATE TRIGGER contact_changes_hash_newest BEFORE INSERT OR UPDATE OF hash ON contact_changes
    FOR EACH ROW EXECUTE FUNCTION hash_newest('hash');
CREATE TRIGGER contact_undos_hash_newest BEFORE INSERT OR UPDATE OF hash ON contact_undos
    FOR EACH ROW EXECUTE FUNCTION hash_newest('hash');

-- Whoever has that address or number under the key before has it under the newest.
CREATE FUNCTION hash_adopt(which text, was bytea, fresh bytea) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    UPDATE users SET email_hash = fresh WHERE which = 'email' AND email_hash = was AND sealed_by(was) < sealed_by(fresh);
    UPDATE users SET phone_hash = fresh WHERE which = 'phone' AND phone_hash = was AND sealed_by(was) < sealed_by(fresh);
$$;

-- For the rest of the transaction nobody writes a hash; the next key may come if the change to `newest` is through.
-- 'busy': somebody writes for longer than we keep others waiting.
CREATE FUNCTION hash_change(newest integer) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('lock_timeout', '500ms', true); -- shorter than it takes to find a deadlock
    BEGIN
        LOCK TABLE users, mail_tokens, contact_changes, contact_undos IN SHARE ROW EXCLUSIVE MODE;
    EXCEPTION WHEN lock_not_available THEN
        RETURN 'busy';
    END;
    PERFORM set_config('lock_timeout', '0', true);
    IF newest <> (SELECT max(key_id) FROM data_keys WHERE category = 'lookup') THEN
        RETURN 'changed';
    ELSIF EXISTS (SELECT 1 FROM users WHERE least(sealed_by(email_hash), sealed_by(phone_hash)) < newest) THEN
        RETURN 'under way';
    END IF;
    RETURN 'ok';
END $$;
-- What was in a link, waits for its code, or may come back, is under the newest key from its first moment on: it is
-- compared in the database, which has one hash of each.  In the transaction of hash_change.
CREATE FUNCTION hash_again(which text, id text, was bytea, fresh bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF sealed_by(was) >= sealed_by(fresh) THEN
        RETURN;
    ELSIF which = 'links' THEN
        UPDATE mail_tokens SET phone_hash = fresh WHERE token_hash = id::bytea AND phone_hash = was;
    ELSIF which = 'changes' THEN
        UPDATE contact_changes SET hash = fresh WHERE user_id || ' ' || kind = id AND hash = was;
    ELSE
        UPDATE contact_undos SET hash = fresh WHERE token_hash = id::bytea AND hash = was;
    END IF;
END $$;

REVOKE EXECUTE ON FUNCTION hash_newest(), hash_adopt(text, bytea, bytea), hash_change(integer),
    hash_again(text, text, bytea, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hash_adopt(text, bytea, bytea), hash_change(integer), hash_again(text, text, bytea, bytea)
    TO bijli_control;
