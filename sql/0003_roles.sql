-- Each server has its own role and only what it needs.  Passwords are set at set-up, not here.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION candles_day(date) FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO bijli_control, bijli_relay;

GRANT SELECT, INSERT, UPDATE ON users, mail_tokens TO bijli_control;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO bijli_control;
GRANT SELECT ON instruments, orders, trades, positions, candles, relay_offset TO bijli_control;

GRANT SELECT, INSERT, UPDATE ON instruments, orders, positions, relay_offset TO bijli_relay;
GRANT SELECT, INSERT ON trades TO bijli_relay;
GRANT SELECT, INSERT, UPDATE ON candles TO bijli_relay;
GRANT SELECT, UPDATE ON candles_offset TO bijli_relay;
GRANT EXECUTE ON FUNCTION candles_day(date) TO bijli_relay;
-- A rebuild from nothing is part of its duty.
GRANT TRUNCATE ON orders, trades, positions TO bijli_relay;
GRANT TEMPORARY ON DATABASE bijli TO bijli_relay;
