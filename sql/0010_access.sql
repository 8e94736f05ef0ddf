-- Roles as a broker's operations have them, and what a person may do within one.  docs/access.md.

ALTER TYPE user_role RENAME VALUE 'broker' TO 'dealer';
ALTER TYPE user_role ADD VALUE 'risk';    -- limits and kills
ALTER TYPE user_role ADD VALUE 'support'; -- who is logged in where

ALTER TABLE users
    -- Whose clients a dealer acts for; where a client belongs.
    ADD COLUMN branch_id       integer NOT NULL DEFAULT 1 CHECK (branch_id BETWEEN 1 AND 65535),
    ADD COLUMN segments        text[] NOT NULL DEFAULT '{CM,FO,CD,CO}'
        CHECK (segments <@ '{CM,FO,CD,CO}' AND array_position(segments, NULL) IS NULL),
    -- The most that one order may be worth which this person places; absent: the engine's limits only.
    ADD COLUMN order_max_paise bigint CHECK (order_max_paise > 0),
    -- Minutes of India's day in which a member of staff works: from, up to but not including to.
    ADD COLUMN from_minute     smallint NOT NULL DEFAULT 0,
    ADD COLUMN to_minute       smallint NOT NULL DEFAULT 1440,
    ADD CHECK (0 <= from_minute AND from_minute < to_minute AND to_minute <= 1440);
