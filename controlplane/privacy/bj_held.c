#include "controlplane/privacy/bj_held.h"

#define ROWS(what) "SELECT coalesce(json_agg(t), '[]') FROM (" what " LIMIT $2::bigint) t"
#define ACCOUNT "(SELECT account_id FROM users WHERE user_id = $1)"
#define DELETE(table) "DELETE FROM " table " WHERE user_id = $1"

const bj_held_t bj_held[] = {
    {"users", "Your account", "to know whose account it is", NULL,
     ROWS("SELECT user_id, account_id, role, created_at, confirmed_at, watchlist, branch_id,"
          " segments, order_max_paise, from_minute, to_minute, phone_verified_at, phone_due,"
          " suspended_at FROM users"
          " WHERE user_id = $1"),
     "user_id account_id role created_at confirmed_at", NULL /* bj_erasure.c */},
    {"orders", "Your orders", "to carry them out, and the records a broker must keep", "trades",
     ROWS("SELECT o.order_id, i.symbol, o.side, o.order_type, o.tif, o.qty, o.price_paise,"
          " o.trigger_price_paise, o.disclosed_qty, o.cum_qty, o.leaves_qty, o.value_paise,"
          " o.state, o.client_order_id::text, o.expires_on, o.created_at, o.updated_at,"
          " (SELECT a.name FROM apps a WHERE a.app_id = o.app_id) AS app"
          " FROM orders o LEFT JOIN instruments i USING (token) WHERE o.account_id = " ACCOUNT
          " ORDER BY o.order_id"),
     "created_at order_id symbol side qty price_paise cum_qty state", NULL},
    {"trades", "Your trades", "the records a broker must keep", "trades",
     ROWS("SELECT t.event_seq AS trade_id, t.order_id, i.symbol, t.side, t.qty, t.price_paise,"
          " t.maker, t.auction, t.traded_at FROM trades t LEFT JOIN instruments i USING (token)"
          " WHERE t.account_id = " ACCOUNT " ORDER BY t.event_seq"),
     "traded_at order_id symbol side qty price_paise", NULL},
    {"positions", "Your positions", "to know what you hold", "trades",
     ROWS("SELECT i.symbol, p.open_qty, p.buy_qty, p.buy_value_paise, p.sell_qty,"
          " p.sell_value_paise, p.realised_paise FROM positions p LEFT JOIN instruments i"
          " USING (token) WHERE p.account_id = " ACCOUNT " ORDER BY i.symbol"),
     "symbol open_qty buy_qty sell_qty realised_paise", NULL},
    {"ledger_accounts", "Your money with us", "the books that a broker must keep", "money",
     ROWS("SELECT currency, credits_posted - debits_posted AS balance_paise, debits_pending AS"
          " held_paise, opened_at FROM ledger_accounts WHERE account_id = " ACCOUNT),
     NULL, NULL},
    {"ledger_transfers", "What moved your money", "the books that a broker must keep", "money",
     ROWS("SELECT t.transfer_id, t.what, t.state, CASE WHEN t.credit_id = a.ledger_id THEN"
          " t.amount_paise ELSE -t.amount_paise END AS amount_paise, t.corrects, t.made_at,"
          " t.ended_at FROM ledger_accounts a JOIN ledger_transfers t ON a.ledger_id IN"
          " (t.debit_id, t.credit_id) WHERE a.account_id = " ACCOUNT " ORDER BY t.made_at"),
     "made_at what state amount_paise", NULL},
    {"bank_accounts", "Your bank accounts", "to pay your money to you and take it from you",
     "money",
     ROWS("SELECT bank_id, ifsc, is_primary, added_at, usable_at, checked_at, checked_ok,"
          " removed_at FROM bank_accounts WHERE user_id = $1 ORDER BY bank_id"),
     "bank_id ifsc is_primary added_at removed_at",
     /* The number of one that is named by a refused receipt only goes; its row cannot. */
     "WITH named AS (SELECT bank_id FROM receipts WHERE user_id = $1),"
     " kept AS (UPDATE bank_accounts SET is_primary = false, removed_at = coalesce(removed_at,"
     "  now()), number_sealed = CASE WHEN bank_used(bank_id) THEN number_sealed END,"
     "  number_hash = CASE WHEN bank_used(bank_id) THEN number_hash END"
     "  WHERE user_id = $1 AND (bank_used(bank_id) OR bank_id IN (SELECT bank_id FROM named)))"
     " DELETE FROM bank_accounts WHERE user_id = $1 AND NOT bank_used(bank_id)"
     "  AND bank_id NOT IN (SELECT bank_id FROM named)"},
    {"receipts", "Money that came from you", "the books that a broker must keep", "money",
     ROWS("SELECT receipt_id, bank_id, amount_paise, utr, paid_on, asked_at, decided_at, approved"
          " FROM receipts WHERE user_id = $1 ORDER BY asked_at"),
     "asked_at amount_paise utr approved", NULL},
    {"payouts", "Money that went to you", "the books that a broker must keep", "money",
     ROWS("SELECT payout_id, bank_id, amount_paise, state, asked_at, ended_at, utr, reason"
          " FROM payouts WHERE user_id = $1 ORDER BY asked_at"),
     "asked_at amount_paise state utr", NULL},
    {"sessions", "Where you are logged in", "to keep you logged in and show you where", "sessions",
     ROWS("SELECT left(encode(session_hash, 'hex'), 16) AS id, name, address, user_agent,"
          " created_at, seen_at, proved_at, expires_at FROM sessions WHERE user_id = $1"
          " ORDER BY created_at"),
     "created_at seen_at address name user_agent", DELETE("sessions")},
    {"login_devices", "Browsers you have logged in with", "so that nobody can lock you out",
     "login_devices",
     ROWS("SELECT created_at, seen_at, address, user_agent FROM login_devices"
          " WHERE user_id = $1 ORDER BY created_at"),
     NULL, DELETE("login_devices")},
    {"staff_devices", "Computers that you may work with", "so that nobody works for you by another",
     "staff_devices",
     ROWS("SELECT device_id, name, asked_by, asked_at, reason, decided_by, decided_at, serial,"
          " expires_at, told_at, revoked_at, revoked_by FROM staff_devices WHERE user_id = $1"
          " ORDER BY device_id"),
     "name asked_at decided_at expires_at revoked_at", DELETE("staff_devices")},
    {"logins", "What your log-ins were like", "to tell one that is not yours", "login_devices",
     ROWS("SELECT at, address, country, latitude, longitude, suspect, told FROM logins"
          " WHERE user_id = $1 ORDER BY at"),
     NULL, DELETE("logins")},
    {"login_pending", "Log-ins under way", "to finish them", "login_pending",
     ROWS("SELECT expires_at, tries FROM login_pending WHERE user_id = $1"), NULL,
     DELETE("login_pending")},
    {"mail_tokens", "Links that we have sent you", "to confirm an address or set a password",
     "mail_tokens",
     ROWS("SELECT purpose, expires_at, used_at FROM mail_tokens WHERE user_id = $1"
          " ORDER BY expires_at"),
     NULL, DELETE("mail_tokens")},
    {"contact_changes", "An address or number that is not verified yet", "to verify it",
     "contact_changes",
     ROWS("SELECT kind, asked_at, sent_at, tries FROM contact_changes WHERE user_id = $1"), NULL,
     DELETE("contact_changes")},
    {"contact_undos", "Addresses and numbers that you had before",
     "so that a change can be taken back", "contact_undos",
     ROWS("SELECT kind, made_at, expires_at, ended_at FROM contact_undos WHERE user_id = $1"
          " ORDER BY made_at"),
     NULL, DELETE("contact_undos")},
    {"factor_drops", "That your second factors will be taken away", "so that you can say no", NULL,
     ROWS("SELECT asked_at, due_at FROM factor_drops WHERE user_id = $1"), NULL,
     DELETE("factor_drops")},
    {"totp_factors", "Your authenticator app", "the second step of logging in", NULL,
     ROWS("SELECT created_at, confirmed_at FROM totp_factors WHERE user_id = $1"), NULL,
     DELETE("totp_factors")},
    {"recovery_codes", "Your recovery codes", "for when the app is lost", NULL,
     ROWS("SELECT made_at, used_at FROM recovery_codes WHERE user_id = $1 ORDER BY made_at"), NULL,
     DELETE("recovery_codes")},
    {"passkeys", "Your passkeys", "to log in without a password", NULL,
     ROWS("SELECT passkey_id, name, alg, sign_count, created_at, used_at FROM passkeys"
          " WHERE user_id = $1 ORDER BY created_at"),
     "name created_at used_at", DELETE("passkeys")},
    {"apps", "Programs of yours", "so that they can act for you", NULL,
     ROWS("SELECT api_key, name, redirect_url, scopes, ips, ips_for_all, created_at, secret_at,"
          " kite_library, bound, revoked_at FROM apps WHERE user_id = $1 ORDER BY created_at"),
     "name api_key scopes ips created_at revoked_at", DELETE("apps")},
    {"app_requests", "Programs that ask to act for you", "until the program has come back", NULL,
     ROWS("SELECT a.name, r.expires_at FROM app_requests r JOIN apps a USING (app_id)"
          " WHERE r.user_id = $1"),
     NULL, DELETE("app_requests")},
    {"app_grants", "What programs may do for you", "so that they may no more", NULL,
     ROWS("SELECT a.name, g.scopes, g.at FROM app_grants g JOIN apps a USING (app_id)"
          " WHERE g.user_id = $1 ORDER BY g.at"),
     NULL, DELETE("app_grants")},
    {"app_tokens", "Programs that may act for you", "so that they can", NULL,
     ROWS("SELECT a.name, t.made_at, t.expires_at FROM app_tokens t JOIN apps a USING (app_id)"
          " WHERE t.user_id = $1 ORDER BY t.made_at"),
     NULL, DELETE("app_tokens")},
    {"elevations", "Rights you have asked for or given", "so that nobody has them unseen",
     "audit_entries",
     ROWS("SELECT elevation_id, asker, what, minutes, reason, asked_at, decider, approved,"
          " decided_at, ends_at, about, checks FROM elevations WHERE asker = 'user:' || $1::bigint"
          " OR decider = 'user:' || $1::bigint ORDER BY elevation_id"),
     "asked_at asker what minutes approved ends_at reason", NULL},
    {"consents", "What you have agreed to", "to know, and to prove it", "consents",
     ROWS("SELECT purpose, version, given, at FROM consents WHERE user_id = $1"
          " ORDER BY consent_id"),
     NULL, NULL},
    {"erasures", "When you asked to be erased", "to do it, and to prove it", "consents",
     ROWS("SELECT asked_at, due_at, withdrawn_at, done_at FROM erasures WHERE user_id = $1"
          " ORDER BY asked_at"),
     NULL, NULL},
    {"audit_entries", "What was done by you, or about you",
     "so that nobody can change your account unseen", "audit_entries",
     /* Which of the staff it was, from where and why, is theirs (bj_history_http.c has it so
      * too); so is what somebody of the staff found and set of another. */
     ROWS("SELECT seq, at, CASE WHEN mine OR NOT staff THEN actor ELSE 'staff' END AS actor, act,"
          " subject, outcome, CASE WHEN mine OR NOT staff THEN reason END AS reason,"
          " CASE WHEN about THEN before_json END AS before_json,"
          " CASE WHEN about THEN after_json END AS after_json,"
          " CASE WHEN mine OR NOT staff THEN address END AS address"
          " FROM (SELECT *, actor = 'user:' || $1::bigint AS mine,"
          "   actor NOT IN ('nobody', 'server') AS staff,"
          "   subject = 'user:' || $1::bigint OR subject NOT LIKE 'user:%' AS about"
          "  FROM (SELECT * FROM audit_entries WHERE actor = 'user:' || $1::bigint"
          "   UNION SELECT * FROM audit_entries WHERE subject = 'user:' || $1::bigint) a) e"
          " ORDER BY seq"),
     "at actor act subject outcome address", NULL},
    {.table = NULL},
};
