\ir lib/expect.sql
BEGIN;
DO $$ BEGIN
    ASSERT (SELECT count(*) = 1 FROM information_schema.columns WHERE table_name = 'app_tokens'
            AND column_name = 'request_hash'), 'a token knows what it was given for';
    ASSERT has_column_privilege('bijli_control', 'app_tokens', 'request_hash', 'SELECT'), 'the server may read it';
    ASSERT has_column_privilege('bijli_control', 'app_tokens', 'request_hash', 'INSERT'), 'and say it';
END $$;
ROLLBACK;
