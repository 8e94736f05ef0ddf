-- The copy of the engine's world, made by the relay from the event log.  Every row carries the event
-- that last touched it, so applying an event twice changes nothing.  Money is whole paise.

CREATE TYPE order_side AS ENUM ('B', 'S');
CREATE TYPE order_state AS ENUM ('open', 'filled', 'cancelled', 'rejected');
CREATE TYPE instrument_state AS ENUM ('closed', 'open', 'halted');

CREATE TABLE instruments (
    token            bigint PRIMARY KEY CHECK (token > 0),
    segment          text NOT NULL DEFAULT 'CM' CHECK (segment IN ('CM', 'FO', 'CD', 'CO')),
    symbol           text NOT NULL UNIQUE CHECK (symbol ~ '^[A-Z0-9&-]{1,15}$'),
    tick_paise       integer NOT NULL CHECK (tick_paise > 0),
    lot_qty          integer NOT NULL CHECK (lot_qty > 0),
    prev_close_paise integer NOT NULL CHECK (prev_close_paise > 0),
    band_lo_paise    integer NOT NULL CHECK (band_lo_paise > 0),
    band_hi_paise    integer NOT NULL CHECK (band_hi_paise > band_lo_paise),
    freeze_qty       integer NOT NULL CHECK (freeze_qty > 0),
    state            instrument_state NOT NULL DEFAULT 'closed',
    event_seq        bigint NOT NULL DEFAULT 0
);

-- Keyed by account first: that is how it is asked for, and how it is spread.
CREATE TABLE orders (
    account_id      bigint NOT NULL CHECK (account_id BETWEEN 1 AND 4294967295),
    order_id        bigint NOT NULL CHECK (order_id > 0),
    client_order_id numeric(20) NOT NULL CHECK (client_order_id BETWEEN 0 AND 18446744073709551615),
    session_id      integer NOT NULL,
    token           bigint NOT NULL,
    side            order_side NOT NULL,
    order_type      smallint NOT NULL CHECK (order_type IN (1, 2)), -- 1 limit, 2 market
    tif             smallint NOT NULL CHECK (tif IN (1, 2)),        -- 1 day, 2 immediate or cancel
    price_paise     integer NOT NULL CHECK (price_paise >= 0),
    qty             integer NOT NULL,
    cum_qty         integer NOT NULL CHECK (cum_qty >= 0),
    leaves_qty      integer NOT NULL CHECK (leaves_qty >= 0),
    value_paise     bigint NOT NULL CHECK (value_paise >= 0),       -- sum of trade price * quantity
    state           order_state NOT NULL,
    reason          smallint NOT NULL DEFAULT 0,                    -- status list: why rejected or ended
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    event_seq       bigint NOT NULL,
    PRIMARY KEY (account_id, order_id),
    CHECK (state = 'rejected' OR qty > 0),
    CHECK (state = 'rejected' OR cum_qty <= qty),
    CHECK ((state = 'open') = (leaves_qty > 0)),
    CHECK (state <> 'filled' OR cum_qty = qty)
) PARTITION BY HASH (account_id);
CREATE TABLE orders_0 PARTITION OF orders FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE orders_3 PARTITION OF orders FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE INDEX orders_open ON orders (account_id, order_id DESC) WHERE state = 'open';

-- One row a side a match: the event is the key.
CREATE TABLE trades (
    account_id  bigint NOT NULL CHECK (account_id BETWEEN 1 AND 4294967295),
    event_seq   bigint NOT NULL,
    match_id    bigint NOT NULL CHECK (match_id > 0),
    order_id    bigint NOT NULL,
    token       bigint NOT NULL,
    side        order_side NOT NULL,
    price_paise integer NOT NULL CHECK (price_paise > 0),
    qty         integer NOT NULL CHECK (qty > 0),
    maker       boolean NOT NULL,
    traded_at   timestamptz NOT NULL,
    PRIMARY KEY (account_id, event_seq)
) PARTITION BY HASH (account_id);
CREATE TABLE trades_0 PARTITION OF trades FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE trades_1 PARTITION OF trades FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE trades_2 PARTITION OF trades FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE trades_3 PARTITION OF trades FOR VALUES WITH (MODULUS 4, REMAINDER 3);

-- Sums only; average price and profit are derived where they are shown.
-- Realised profit = what was closed, at average cost, kept by the relay as trades arrive.
CREATE TABLE positions (
    account_id      bigint NOT NULL CHECK (account_id BETWEEN 1 AND 4294967295),
    token           bigint NOT NULL,
    buy_qty         bigint NOT NULL DEFAULT 0 CHECK (buy_qty >= 0),
    buy_value_paise bigint NOT NULL DEFAULT 0 CHECK (buy_value_paise >= 0),
    sell_qty        bigint NOT NULL DEFAULT 0 CHECK (sell_qty >= 0),
    sell_value_paise bigint NOT NULL DEFAULT 0 CHECK (sell_value_paise >= 0),
    open_qty        bigint GENERATED ALWAYS AS (buy_qty - sell_qty) STORED,
    cost_paise      bigint NOT NULL DEFAULT 0, -- of the open quantity at average cost, signed like it
    realised_paise  bigint NOT NULL DEFAULT 0,
    event_seq       bigint NOT NULL,
    PRIMARY KEY (account_id, token),
    CHECK (sign(cost_paise::numeric) = sign((buy_qty - sell_qty)::numeric)),
    -- No paisa is made or lost.
    CHECK (realised_paise = sell_value_paise - buy_value_paise + cost_paise)
) PARTITION BY HASH (account_id);
CREATE TABLE positions_0 PARTITION OF positions FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE positions_1 PARTITION OF positions FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE positions_2 PARTITION OF positions FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE positions_3 PARTITION OF positions FOR VALUES WITH (MODULUS 4, REMAINDER 3);

-- Where the relay is, written in the same transaction as the rows: each event lands once.
CREATE TABLE relay_offset (
    single    boolean PRIMARY KEY DEFAULT true CHECK (single),
    event_seq bigint NOT NULL CHECK (event_seq >= 0),
    -- The journal these numbers belong to: another one (a new world) means: rebuild from nothing.
    journal_id numeric(20) NOT NULL DEFAULT 0
);
INSERT INTO relay_offset (event_seq) VALUES (0);

-- Five-second candles from the feed; longer ones are sums of these.
CREATE TABLE candles (
    token       bigint NOT NULL,
    start_at    timestamptz NOT NULL CHECK (date_bin('5 s', start_at, 'epoch') = start_at),
    open_paise  integer NOT NULL, high_paise integer NOT NULL,
    low_paise   integer NOT NULL CHECK (low_paise > 0), close_paise integer NOT NULL,
    volume_qty  bigint NOT NULL CHECK (volume_qty >= 0),
    PRIMARY KEY (token, start_at),
    CHECK (low_paise <= open_paise AND low_paise <= close_paise
           AND high_paise >= open_paise AND high_paise >= close_paise)
) PARTITION BY RANGE (start_at);

-- Which ticks of which market file are in the candles, written with them: each trade counts once.
CREATE TABLE candles_offset (
    single    boolean PRIMARY KEY DEFAULT true CHECK (single),
    market_ns bigint NOT NULL,
    tick_seq  bigint NOT NULL CHECK (tick_seq >= 0)
);
INSERT INTO candles_offset (market_ns, tick_seq) VALUES (0, 0);

-- The relay calls this for the days it writes.
CREATE FUNCTION candles_day(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS candles_%s PARTITION OF candles FOR VALUES FROM (%L) TO (%L)',
                   to_char(day, 'YYYYMMDD'), day::timestamp AT TIME ZONE 'UTC',
                   (day + 1)::timestamp AT TIME ZONE 'UTC');
END $$;
