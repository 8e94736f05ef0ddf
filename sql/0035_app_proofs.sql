-- Which proofs of an app's key (DPoP, RFC 9449) came already: each is good once, at every server.  docs/api-clients.md.
--
-- Not logged: nobody waits for the disk, and a clean stop keeps them.  What a crash or another server's taking over empties,
-- empties both tables: then it is known since when proofs are remembered, and none is taken that may have come before.
CREATE UNLOGGED TABLE app_proofs (
    once    bytea PRIMARY KEY CHECK (length(once) = 32), -- of key and jti
    ends_at timestamptz NOT NULL -- from then on its own time is over
);
CREATE UNLOGGED TABLE app_proofs_since (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at  timestamptz NOT NULL
);
-- Before this they were in Redis.
INSERT INTO app_proofs_since (at) SELECT CASE WHEN EXISTS (SELECT 1 FROM app_tokens) THEN now() ELSE '-infinity' END;

-- new, before (it came already) or young (nobody can say: it may have come before proofs were remembered).  A proof may be made
-- a minute ahead of its first coming, and is good for a minute after it was made.
CREATE FUNCTION app_proof_use(proof bytea, made timestamptz) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    since timestamptz;
BEGIN
    SELECT at INTO since FROM app_proofs_since;
    IF NOT FOUND THEN
        INSERT INTO app_proofs_since (at) VALUES (clock_timestamp()) ON CONFLICT DO NOTHING;
        SELECT at INTO since FROM app_proofs_since;
    END IF;
    IF made <= since + interval '60 seconds' THEN
        RETURN 'young';
    END IF;
    INSERT INTO app_proofs VALUES (proof, clock_timestamp() + interval '130 seconds') ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'new' ELSE 'before' END;
END $$;
REVOKE EXECUTE ON FUNCTION app_proof_use(bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app_proof_use(bytea, timestamptz) TO bijli_control;
GRANT SELECT (ends_at), DELETE ON app_proofs TO bijli_control;
