-- A proof is good once, and none is taken that may have come before proofs were remembered.  Run by tests/sql/run as the owner;
-- leaves nothing behind.
BEGIN;
\ir lib/expect.sql
CREATE FUNCTION pg_temp.use(proof text, made timestamptz, said text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    got text := app_proof_use(sha256(proof::bytea), made);
BEGIN
    IF got <> said THEN
        RAISE EXCEPTION 'proof %: %, expected %', proof, got, said;
    END IF;
END $$;
DELETE FROM app_proofs;
UPDATE app_proofs_since SET at = '-infinity';
SET LOCAL ROLE bijli_control;
SELECT pg_temp.use('a', now(), 'new'), pg_temp.use('b', now(), 'new'), pg_temp.use('a', now(), 'before');
-- The server adds and ends, and can take nothing back that has not ended by asking which there are.
SELECT pg_temp.expect('42501', 'SELECT once FROM app_proofs');
SELECT pg_temp.expect('42501', 'UPDATE app_proofs SET ends_at = now()');
SELECT pg_temp.expect('42501', 'UPDATE app_proofs_since SET at = now()');
SELECT pg_temp.expect('42501', 'DELETE FROM app_proofs_since');
SELECT pg_temp.expect('23514', 'SELECT app_proof_use(''x'', now())');
DELETE FROM app_proofs WHERE ends_at < now();
SELECT pg_temp.use('b', now(), 'before');
-- As after a crash: both are empty.
RESET ROLE;
DELETE FROM app_proofs;
DELETE FROM app_proofs_since;
SET LOCAL ROLE bijli_control;
SELECT pg_temp.use('a', now(), 'young'), pg_temp.use('c', now() + interval '59 seconds', 'young');
RESET ROLE;
UPDATE app_proofs_since SET at = at - interval '61 seconds';
SET LOCAL ROLE bijli_control;
SELECT pg_temp.use('a', now() - interval '10 seconds', 'young'), pg_temp.use('a', now(), 'new'), pg_temp.use('a', now(), 'before');
ROLLBACK;
