-- A request token that comes a second time, with the right checksum, was somebody else's before: what it gave ends
-- (OWASP ASVS 10.4.2).  docs/api-clients.md.
ALTER TABLE app_tokens ADD COLUMN request_hash bytea CHECK (length(request_hash) = 32);
