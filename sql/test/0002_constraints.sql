-- What the tables must refuse, whoever asks.  Run by tests/sql/run as the owner; leaves nothing behind.
-- A script that ends well has passed.
BEGIN;

\ir lib/expect.sql

-- One good row of each table; the cases below change one column of it.
CREATE FUNCTION pg_temp.order_row(VARIADIC changes text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r jsonb := '{"account_id": 1001, "order_id": 1, "client_order_id": 7, "session_id": 1, "token": 1333,
        "side": "B", "order_type": 1, "tif": 1, "price_paise": 100, "qty": 10, "cum_qty": 4, "leaves_qty": 6,
        "value_paise": 400, "state": "open", "reason": 0, "trigger_price_paise": 0, "disclosed_qty": 0,
        "waiting": false, "created_at": "2026-08-01T00:00:00Z",
        "updated_at": "2026-08-01T00:00:00Z", "event_seq": 1}';
BEGIN
    FOR i IN 1 .. coalesce(array_length(changes, 1), 0) BY 2 LOOP
        r := jsonb_set(r, ARRAY[changes[i]], to_jsonb(changes[i + 1]));
    END LOOP;
    RETURN format('INSERT INTO orders SELECT * FROM jsonb_populate_record(NULL::orders, %L)', r);
END $$;

SELECT pg_temp.expect('00000', pg_temp.order_row(VARIADIC '{}'));
SELECT pg_temp.expect('23505', pg_temp.order_row(VARIADIC '{}'));
SELECT pg_temp.expect('00000', pg_temp.order_row('order_id', '2', 'client_order_id', '18446744073709551615'));
SELECT pg_temp.expect(wanted, pg_temp.order_row(VARIADIC changes)) FROM (VALUES
    ('23514', ARRAY['account_id', '0']),
    ('23514', ARRAY['account_id', '4294967296']),
    ('23514', ARRAY['order_id', '0']),
    ('23514', ARRAY['client_order_id', '-1', 'order_id', '3']),
    ('23514', ARRAY['client_order_id', '18446744073709551616', 'order_id', '3']),
    ('22P02', ARRAY['side', 'X']),
    ('22P02', ARRAY['state', 'lost']),
    ('23514', ARRAY['order_type', '0', 'order_id', '3']),
    ('23514', ARRAY['order_type', '5', 'order_id', '3']),
    ('23514', ARRAY['tif', '0', 'order_id', '3']),
    ('23514', ARRAY['tif', '5', 'order_id', '3']),
    ('23514', ARRAY['price_paise', '-1', 'order_id', '3']),
    ('23514', ARRAY['value_paise', '-1', 'order_id', '3']),
    ('23514', ARRAY['qty', '0', 'order_id', '3']),
    ('23514', ARRAY['cum_qty', '11', 'order_id', '3']),
    ('23514', ARRAY['leaves_qty', '-1', 'order_id', '3']),
    ('23514', ARRAY['leaves_qty', '0', 'order_id', '3']),                     -- open with nothing open
    ('23514', ARRAY['state', 'cancelled', 'order_id', '3']),                  -- ended with something open
    ('23514', ARRAY['state', 'filled', 'leaves_qty', '0', 'order_id', '3']),  -- filled and is not
    ('00000', ARRAY['state', 'filled', 'leaves_qty', '0', 'cum_qty', '10', 'order_id', '3']),
    ('00000', ARRAY['state', 'cancelled', 'leaves_qty', '0', 'order_id', '4']),
    ('00000', ARRAY['state', 'rejected', 'leaves_qty', '0', 'cum_qty', '0', 'qty', '-5', 'order_id', '5']),
    -- Stops, disclosed quantity, a last day.
    ('00000', ARRAY['order_type', '3', 'trigger_price_paise', '90', 'waiting', 'true', 'order_id', '6']),
    ('00000', ARRAY['order_type', '3', 'trigger_price_paise', '90', 'order_id', '7']),  -- it has woken
    ('00000', ARRAY['order_type', '4', 'price_paise', '0', 'trigger_price_paise', '90', 'order_id', '8']),
    ('00000', ARRAY['tif', '3', 'expires_on', '2026-08-03', 'disclosed_qty', '10', 'order_id', '9']),
    ('00000', ARRAY['tif', '4', 'order_id', '10']),
    ('23514', ARRAY['trigger_price_paise', '-1', 'order_id', '11']),
    ('23514', ARRAY['waiting', 'true', 'order_id', '11']),                           -- a plain order
    ('23514', ARRAY['order_type', '3', 'waiting', 'true', 'order_id', '11']),        -- for no price
    ('23514', ARRAY['order_type', '3', 'trigger_price_paise', '90', 'waiting', 'true', 'state', 'cancelled',
                    'leaves_qty', '0', 'order_id', '11']),                           -- after its end
    ('23514', ARRAY['disclosed_qty', '11', 'order_id', '11']),
    ('23514', ARRAY['disclosed_qty', '-1', 'order_id', '11']),
    ('23514', ARRAY['expires_on', '2026-08-03', 'order_id', '11'])                   -- a day order
) AS c (wanted, changes);

SELECT pg_temp.expect(wanted, 'INSERT INTO trades VALUES (' || r || ')') FROM (VALUES
    ('00000', '1001, 9, 1, 1, 1333, ''B'', 100, 4, true, now()'),
    ('23505', '1001, 9, 1, 1, 1333, ''B'', 100, 4, true, now()'),
    ('23514', '1001, 10, 0, 1, 1333, ''B'', 100, 4, true, now()'),
    ('23514', '1001, 10, 1, 1, 1333, ''B'', 0, 4, true, now()'),
    ('23514', '1001, 10, 1, 1, 1333, ''B'', 100, 0, true, now()'),
    ('23502', '1001, 10, 1, 1, 1333, ''B'', 100, 4, NULL, now()'),
    ('00000', '1001, 11, 1, 1, 1333, ''B'', 100, 4, false, now(), true, true'),
    ('23514', '1001, 12, 1, 1, 1333, ''B'', 100, 4, true, now(), true')   -- nobody makes an auction
) AS c (wanted, r);

SELECT pg_temp.expect(wanted, 'INSERT INTO positions (account_id, token, buy_qty, sell_qty, cost_paise, realised_paise, event_seq)
    VALUES (' || r || ')') FROM (VALUES
    ('00000', '1001, 1333, 5, 0, 500, 500, 1'),
    ('23505', '1001, 1333, 5, 0, 500, 500, 1'),
    ('23514', '1001, 1334, -1, 0, 0, 0, 1'),
    ('23514', '1001, 1334, 5, 0, -500, -500, 1'),   -- long at a negative cost
    ('23514', '1001, 1334, 0, 5, 500, 500, 1'),    -- short at a positive one
    ('23514', '1001, 1334, 5, 5, 1, 1, 1'),      -- nothing open, and it costs something
    ('23514', '1001, 1334, 5, 0, 500, 501, 1'),  -- a paisa from nowhere
    ('23514', '0, 1334, 5, 0, 500, 500, 1'),
    ('00000', '1001, 1335, 0, 5, -500, -500, 1')
) AS c (wanted, r);

SELECT pg_temp.expect('428C9', 'UPDATE positions SET open_qty = 1');
SELECT pg_temp.expect('23505', 'INSERT INTO relay_offset (event_seq) VALUES (1)');
SELECT pg_temp.expect('23514', 'INSERT INTO relay_offset (single, event_seq) VALUES (false, 1)');
SELECT pg_temp.expect('23514', 'UPDATE relay_offset SET event_seq = -1');

SELECT pg_temp.expect(wanted, format('INSERT INTO instruments (token, symbol, tick_paise, lot_qty, prev_close_paise,
    band_lo_paise, band_hi_paise, freeze_qty) VALUES (%s)', r)) FROM (VALUES
    ('00000', '1, ''M&M'', 5, 1, 100, 80, 120, 1000'),
    ('23505', '1, ''OTHER'', 5, 1, 100, 80, 120, 1000'),
    ('23505', '2, ''M&M'', 5, 1, 100, 80, 120, 1000'),
    ('23514', '2, ''lower'', 5, 1, 100, 80, 120, 1000'),
    ('23514', '2, ''SIXTEENCHARACTER'', 5, 1, 100, 80, 120, 1000'),
    ('23514', '2, ''TWO'', 0, 1, 100, 80, 120, 1000'),
    ('23514', '2, ''TWO'', 5, 1, 100, 120, 120, 1000')
) AS c (wanted, r);

SELECT pg_temp.expect(wanted, 'UPDATE instruments SET ' || r || ' WHERE token = 1') FROM (VALUES
    ('00000', 'now_lo_paise = 90, now_hi_paise = 90'),
    ('23514', 'now_lo_paise = 90, now_hi_paise = 89'),
    ('23514', 'now_lo_paise = 0, now_hi_paise = 89'),
    ('23514', 'now_lo_paise = NULL, now_hi_paise = 89'),
    ('00000', 'now_lo_paise = NULL, now_hi_paise = NULL'),
    ('00000', 'state = ''auction_limit'''),
    ('00000', 'state = ''post_close'''),
    ('22P02', 'state = ''lunch''')
) AS c (wanted, r);

-- A day's candles need the day; the days are made once, and again is no error.
SELECT pg_temp.expect('23514', $$INSERT INTO candles VALUES (1, '2031-01-01T00:00:00Z', 1, 1, 1, 1, 1)$$);
SELECT candles_day('2031-01-01'), candles_day('2031-01-01');
SELECT pg_temp.expect(wanted, 'INSERT INTO candles VALUES (1, ''2031-01-01T' || t || 'Z'', ' || r || ')') FROM (VALUES
    ('00000', '00:00:00', '5, 9, 1, 7, 10'),
    ('23505', '00:00:00', '5, 9, 1, 7, 10'),
    ('00000', '23:59:55', '5, 9, 1, 7, 10'),
    ('23514', '00:00:03', '5, 9, 1, 7, 10'),  -- not the start of a bar
    ('23514', '00:00:05', '5, 6, 1, 7, 10'),  -- closes above its high
    ('23514', '00:00:05', '5, 9, 6, 7, 10'),  -- opens below its low
    ('23514', '00:00:05', '0, 9, 0, 7, 10'),
    ('23514', '00:00:05', '5, 9, 1, 7, -1')
) AS c (wanted, t, r);

-- Each server reaches its own tables only.
SET LOCAL ROLE bijli_relay;
SELECT pg_temp.expect('42501', 'SELECT 1 FROM users');
SELECT pg_temp.expect('42501', 'SELECT 1 FROM sessions');
SELECT pg_temp.expect('42501', 'DELETE FROM trades');
SELECT pg_temp.expect('42501', 'UPDATE trades SET qty = 1');
SELECT pg_temp.expect('42501', 'CREATE TABLE mine (a int)');
SELECT pg_temp.expect('00000', 'CREATE TEMP TABLE mine (a int)');
SELECT pg_temp.expect('00000', $$SELECT candles_day('2031-01-02')$$);
RESET ROLE;
SET LOCAL ROLE bijli_control;
SELECT pg_temp.expect('42501', 'UPDATE orders SET qty = 1');
SELECT pg_temp.expect('42501', 'UPDATE positions SET realised_paise = 1');
SELECT pg_temp.expect('42501', 'DELETE FROM users');
SELECT pg_temp.expect('42501', $$SELECT candles_day('2031-01-03')$$);
SELECT pg_temp.expect('00000', 'SELECT 1 FROM orders');
RESET ROLE;

ROLLBACK;
