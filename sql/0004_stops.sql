-- Stops, disclosed quantity, long validity; a session's phases and bands; trades of an auction.

ALTER TYPE instrument_state ADD VALUE 'auction';       -- limit and market orders are collected
ALTER TYPE instrument_state ADD VALUE 'auction_limit'; -- limit orders only
ALTER TYPE instrument_state ADD VALUE 'buffer';        -- between auction and trading
ALTER TYPE instrument_state ADD VALUE 'post_close';    -- at the closing price

-- A band that an operator has set since the day's: absent until there is one.
ALTER TABLE instruments
    ADD COLUMN now_lo_paise integer,
    ADD COLUMN now_hi_paise integer,
    ADD COLUMN band_seq bigint NOT NULL DEFAULT 0, -- the event that set it
    ADD CHECK ((now_lo_paise IS NULL) = (now_hi_paise IS NULL)),
    ADD CHECK (now_lo_paise > 0 AND now_hi_paise >= now_lo_paise);

ALTER TABLE orders
    DROP CONSTRAINT orders_order_type_check,
    DROP CONSTRAINT orders_tif_check,
    ADD COLUMN trigger_price_paise integer NOT NULL DEFAULT 0 CHECK (trigger_price_paise >= 0),
    ADD COLUMN disclosed_qty integer NOT NULL DEFAULT 0,
    ADD COLUMN expires_on date,                         -- good till date: its last day
    ADD COLUMN waiting boolean NOT NULL DEFAULT false,  -- a stop whose trigger price was not reached
    -- 1 limit, 2 market, 3 stop-loss limit, 4 stop-loss market
    ADD CONSTRAINT orders_order_type_check CHECK (order_type BETWEEN 1 AND 4),
    -- 1 day, 2 immediate or cancel, 3 good till date, 4 good till cancelled
    ADD CONSTRAINT orders_tif_check CHECK (tif BETWEEN 1 AND 4),
    -- What was refused may have been anything.
    ADD CHECK (state = 'rejected' OR disclosed_qty BETWEEN 0 AND qty),
    ADD CHECK (expires_on IS NULL OR tif = 3),
    ADD CHECK (NOT waiting OR (state = 'open' AND order_type IN (3, 4) AND trigger_price_paise > 0));

-- In an auction nobody was the maker: whoever counts a trade once counts the buyer's row.
ALTER TABLE trades
    ADD COLUMN auction boolean NOT NULL DEFAULT false,
    ADD COLUMN trade_to_trade boolean NOT NULL DEFAULT false, -- settled by delivery, not netted
    ADD CHECK (NOT (auction AND maker));
