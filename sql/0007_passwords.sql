-- A forgotten password is set anew by a link in a mail: good once, for an hour.
ALTER TABLE mail_tokens
    DROP CONSTRAINT mail_tokens_purpose_check,
    ALTER COLUMN name DROP NOT NULL,
    ALTER COLUMN password_hash DROP NOT NULL,
    ADD CONSTRAINT mail_tokens_purpose_check CHECK (purpose IN ('confirm', 'reset')),
    -- Only a new account's link carries what was asked for with it; a reset's password comes with the click.
    ADD CHECK ((purpose = 'confirm') = (name IS NOT NULL)),
    ADD CHECK ((purpose = 'confirm') = (password_hash IS NOT NULL));
