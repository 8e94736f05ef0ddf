-- Does what, and complains unless exactly that SQLSTATE comes back; '00000': it must work.
CREATE FUNCTION pg_temp.expect(wanted text, what text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE got text := '00000';
BEGIN
    BEGIN
        EXECUTE what;
    EXCEPTION WHEN OTHERS THEN
        got := SQLSTATE;
    END;
    IF got <> wanted THEN
        RAISE EXCEPTION 'wanted %, got %: %', wanted, got, what;
    END IF;
END $$;
-- What an address is found by, under a key newer than any that is here.
CREATE FUNCTION pg_temp.mac(of bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\xffff'::bytea || sha256(of) $$;
