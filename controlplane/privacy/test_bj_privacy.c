/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): every table that has something of a person is in the export; consents
 * are only added to; erasure takes what it should, keeps what it must, and waits where it must. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_contact.h"
#include "controlplane/identity/bj_people.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/privacy/bj_consent.h"
#include "controlplane/privacy/bj_correct.h"
#include "controlplane/privacy/bj_erasure.h"
#include "controlplane/privacy/bj_export.h"
#include "controlplane/privacy/bj_held.h"
#include "controlplane/keys/bj_cell.h"
#include "controlplane/privacy/bj_retention.h"
#include "controlplane/audit/entered_test.h"
#include "dataplane/base/bj_test.h"

#define WORD "correct horse battery"
static bj_db_pool_t *db, *owner;
static bj_keys_t *keys;
static bj_identity_t *identity;
static bj_caller_t asha, ravi; /* asha has traded */
static const bj_trail_who_t who = {.actor = "server", .role = "none", .address = "local"};
static int ended_cnt;

static void on_end(void *ctx, const uint8_t *token_hash) {
    (void)ctx, (void)token_hash;
    ended_cnt++;
}

static void tell(const char *sql) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}
static void tell_of(const char *sql, const bj_caller_t *caller) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(bj_db_u64(caller->user_id).text), NULL) == BJ_OK);
}
static int64_t number(const char *sql, const bj_caller_t *caller) {
    BJ_DB_RESULT rows = NULL;
    int64_t n = -1;
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(bj_db_u64(caller->user_id).text), &rows) ==
             BJ_OK);
    BJ_CHECK(bj_db_get_i64(rows, 0, 0, &n));
    return n;
}

static bj_caller_t add(const char *email, const char *name) {
    bj_caller_t caller = {.role = BJ_ROLE_CLIENT};
    bj_user_t user;
    BJ_CHECK(bj_identity_add(identity, email, name, BJ_ROLE_CLIENT, WORD, &caller.account_id) ==
             BJ_OK);
    BJ_CHECK(bj_user_by_email(db, keys, email, &user) == BJ_OK);
    caller.user_id = user.user_id;
    snprintf(caller.email, sizeof caller.email, "%s", email);
    return caller;
}

/* A table that is made tomorrow and not put into the list fails here. */
static void test_every_table(void) {
    BJ_DB_RESULT rows = NULL;
    BJ_CHECK(bj_db_query(owner,
                         "SELECT DISTINCT c.table_name FROM information_schema.columns c"
                         " JOIN pg_class k ON k.relname = c.table_name AND NOT k.relispartition"
                         " AND k.relkind IN ('r', 'p')"
                         " WHERE c.table_schema = 'public'"
                         "   AND c.column_name IN ('user_id', 'account_id')",
                         BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    BJ_CHECK(bj_db_rows(rows) >= 10);
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        bool held = false;
        for (const bj_held_t *h = bj_held; h->table; h++) {
            held |= strcmp(h->table, bj_db_get_ref(rows, i, 0)) == 0;
        }
        BJ_CHECK(held);
        if (!held) {
            fprintf(stderr, "  the table %s has something of a person: add it to bj_held.c\n",
                    bj_db_get_ref(rows, i, 0));
        }
    }
    for (const bj_held_t *h = bj_held; h->table; h++) {
        BJ_DB_RESULT rule = NULL;
        if (!h->rule) continue;
        BJ_CHECK(bj_db_query(db,
                             "SELECT 1 FROM retention_rules WHERE what = $1 AND"
                             " keep_for($1) IS NOT NULL",
                             BJ_DB_PARAMS(h->rule), &rule) == BJ_OK);
        BJ_CHECK(bj_db_rows(rule) == 1);
    }
}

static void fill(void) {
    tell_of("INSERT INTO orders (account_id, order_id, client_order_id, session_id, token, side,"
            " order_type, tif, price_paise, qty, cum_qty, leaves_qty, value_paise, state,"
            " created_at, updated_at, event_seq) SELECT account_id, 77, 5, 1, 2885, 'B', 1, 1, 100,"
            " 10, 10, 0, 1000, 'filled', now(), now(), 1 FROM users WHERE user_id = $1",
            &asha);
    tell_of("INSERT INTO trades (account_id, event_seq, match_id, order_id, token, side,"
            " price_paise, qty, maker, traded_at) SELECT account_id, 1, 1, 77, 2885, 'B', 100, 10,"
            " false, now() - interval '1 year' FROM users WHERE user_id = $1",
            &asha);
    tell_of("INSERT INTO positions (account_id, token, buy_qty, buy_value_paise, cost_paise,"
            " event_seq) SELECT account_id, 2885, 10, 1000, 1000, 1 FROM users WHERE user_id = $1",
            &asha);
    tell_of(ENTERED
            "INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at,"
            " address) SELECT $1, sha256('a'), repeat('c', 43), now(), now() + interval '1 day',"
            " '10.1.2.3' FROM e",
            &asha);
    tell_of(ENTERED
            "INSERT INTO login_devices (user_id, device_hash) SELECT $1::bigint, sha256('d')"
            " FROM e",
            &asha);
    tell_of(ENTERED "INSERT INTO totp_factors (user_id, key_id, secret) SELECT $1, 1,"
                    " decode(repeat('5e', 48), 'hex') FROM e",
            &asha);
}

#define BANK_NUMBER "50100012345678"

static void fill_bank(void) {
    bj_cell_t cell;
    static const char sql[] =
        ENTERED "INSERT INTO bank_accounts (bank_id, user_id, ifsc, number_sealed, number_hash,"
                " usable_at) SELECT 7, $1, 'HDFC0001234', $2::bytea,"
                " '\\x03e8'::bytea || sha256('b'), now() FROM e";
    BJ_CHECK(bj_cell_close(keys, BJ_KEYS_KYC, "bank_accounts.number", 7, BANK_NUMBER, &cell) ==
             BJ_OK);
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(bj_db_u64(asha.user_id).text, cell.text), NULL) ==
             BJ_OK);
}

/* Of each table that erasure takes rows from, some. */
static void fill_rest(void) {
    fill_bank();
    BJ_CHECK(bj_contact_vouch(identity, &who, "asha@b.in", "+919876543210") == BJ_OK);
    static const char *const sql[] = {
        "INSERT INTO logins (user_id, at, address) SELECT $1, now(), '10.1.2.3' FROM e",
        "INSERT INTO login_pending (token_hash, user_id, expires_at) SELECT sha256('p'), $1,"
        " now() + interval '1 hour' FROM e",
        "INSERT INTO mail_tokens (token_hash, user_id, purpose, expires_at) SELECT sha256('m'), $1,"
        " 'reset', now() + interval '1 hour' FROM e",
        "INSERT INTO contact_changes (user_id, kind, sealed, hash) SELECT $1, 'email',"
        " email_sealed, '\\xffff'::bytea || sha256('n') FROM users, e WHERE user_id = $1",
        "INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash) SELECT sha256('u'),"
        " $1, 'email', email_sealed, '\\xffff'::bytea || sha256('o') FROM users, e"
        " WHERE user_id = $1",
        "INSERT INTO elevations (asker, what, minutes, reason, about, checks) SELECT"
        " 'user:9' || $1::bigint, 'right:factor_drop', 5, 'r', $1, '{in_person_document}' FROM e",
        "UPDATE elevations SET decider = 'operator', approved = true,"
        " ends_at = now() + interval '5 min' FROM e WHERE asker = 'user:9' || $1::bigint",
        "INSERT INTO factor_drops (user_id, token_hash, asked_by, due_at) SELECT $1::bigint,"
        " sha256('f'), 'user:9' || $1::bigint, now() + interval '1 day' FROM e",
        /* Who was of staff once. */
        "UPDATE users SET role = 'risk' FROM e WHERE user_id = $1",
        "INSERT INTO staff_devices (user_id, name, request, key_hash, asked_by, reason) SELECT $1,"
        " 'Desk', decode(repeat('30', 99), 'hex'), sha256('k'), 'operator', 'r' FROM e",
        "UPDATE users SET role = 'client' FROM e WHERE user_id = $1",
        "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1::bigint, sha256('r') FROM e",
        "INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count, name)"
        " SELECT $1, 1, decode(repeat('c1', 16), 'hex'), -8, decode(repeat('7b', 32), 'hex'), 0,"
        " 'Phone' FROM e",
        "INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret,"
        " kite_library) SELECT 'abcdefghijklmnop', $1::bigint, 'Her app', 'https://b.in/',"
        " 'profile', 1, decode(repeat('5e', 71), 'hex'), true FROM e",
        "INSERT INTO app_grants (app_id, user_id, scopes) SELECT app_id, $1::bigint, 'profile'"
        " FROM apps, e",
        "INSERT INTO app_requests (token_hash, app_id, user_id, expires_at) SELECT sha256('q'),"
        " app_id, $1, now() + interval '1 minute' FROM apps, e",
        "INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at) SELECT app_id,"
        " $1::bigint, sha256('t'), now() + interval '1 hour' FROM apps, e",
    };
    for (size_t i = 0; i < BJ_COUNT(sql); i++) {
        char entered[700];
        snprintf(entered, sizeof entered, ENTERED "%s", sql[i]);
        tell_of(entered, &asha);
    }
    /* Another person lets her app act, too. */
    tell_of(ENTERED "INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at) SELECT"
                    " app_id, $1::bigint, sha256('u'), now() + interval '1 hour' FROM apps, e",
            &ravi);
    for (const bj_held_t *h = bj_held; h->table; h++) {
        char count[160];
        if (!h->erase) continue;
        snprintf(count, sizeof count, "SELECT count(*) FROM %s WHERE user_id = $1", h->table);
        BJ_CHECK(number(count, &asha) > 0);
    }
}

static json_t *section(json_t *export, const char *table) {
    size_t i;
    json_t *json;
    json_array_foreach(json_object_get(export, "sections"), i, json) {
        if (!strcmp(json_string_value(json_object_get(json, "table")), table)) {
            return json_object_get(json, "rows");
        }
    }
    return NULL;
}

static void test_export(void) {
    json_t *export;
    BJ_CHECK(bj_export_json(db, keys, asha.user_id, &export) == BJ_OK);
    char *text = json_dumps(export, JSON_COMPACT);
    BJ_CHECK(strstr(text, "\"email\":\"asha@b.in\"") && strstr(text, "\"name\":\"Asha Rao\""));
    BJ_CHECK(strstr(text, "\"phone\":\"+919876543210\""));
    BJ_CHECK(strstr(text, "{\"kind\":\"email\",\"state\":\"waits\",\"value\":\"asha@b.in\""));
    BJ_CHECK(strstr(text, "{\"kind\":\"email\",\"state\":\"before\",\"value\":\"asha@b.in\""));
    BJ_CHECK(strstr(text, "{\"number\":\"" BANK_NUMBER "\",\"ifsc\":\"HDFC0001234\"}"));
    BJ_CHECK(strstr(text, "10.1.2.3") && !strstr(text, "ravi") && !strstr(text, "argon2"));
    BJ_CHECK(!strstr(text, "5e5e5e") && !strstr(text, "7b7b7b") && !strstr(text, "hash"));
    static const char *const once[] = {"users",    "orders",        "trades",      "positions",
                                       "sessions", "login_devices", "totp_factors"};
    for (size_t i = 0; i < BJ_COUNT(once); i++) {
        BJ_CHECK(json_array_size(section(export, once[i])) == 1);
    }
    BJ_CHECK(json_array_size(section(export, "audit_entries")) >= 1);
    free(text);
    json_decref(export);
    BJ_CHECK(bj_export_json(db, keys, ravi.user_id, &export) == BJ_OK);
    BJ_CHECK(json_array_size(section(export, "orders")) == 0);
    json_decref(export);
    BJ_CHECK(bj_export_json(db, keys, 999999, &export) == BJ_ERR_NOT_FOUND);
}

/* The text says what the tree says, and is JSON though its rows were not taken apart. */
static void test_export_as_text(void) {
    char *text;
    json_t *tree;
    BJ_CHECK(bj_export_json(db, keys, asha.user_id, &tree) == BJ_OK);
    BJ_CHECK(bj_export_text(db, keys, asha.user_id, &text) == BJ_OK);
    json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_t *same = json_object_get(read, "export");
    BJ_CHECK(json_is_string(json_object_get(same, "made")));
    json_object_del(same, "made");
    json_object_del(tree, "made");
    BJ_CHECK(same && json_equal(same, tree));
    json_decref(read);
    json_decref(tree);
    free(text);
    BJ_CHECK(bj_export_text(db, keys, 999999, &text) == BJ_ERR_NOT_FOUND && !text);
}

static void *export_slowly(void *arg) {
    json_t *export;
    (void)arg;
    BJ_CHECK(bj_export_json(db, keys, asha.user_id, &export) == BJ_OK);
    json_decref(export);
    return NULL;
}

/* While one is made there is no other: each may be a gigabyte. */
static void test_one_export(void) {
    pthread_t thread;
    json_t *export = NULL;
    {
        BJ_DB_CONN held = NULL;
        BJ_CHECK(bj_db_take(owner, &held) == BJ_OK && bj_db_begin(held) == BJ_OK);
        BJ_CHECK(bj_db_script(held, "LOCK TABLE users IN ACCESS EXCLUSIVE MODE") == BJ_OK);
        BJ_CHECK(pthread_create(&thread, NULL, export_slowly, NULL) == 0);
        BJ_DB_RESULT rows = NULL;
        bool waits = false;
        for (int i = 0; i < 200 && !waits; i++) {
            usleep(10000);
            bj_db_result_free(rows);
            rows = NULL;
            BJ_CHECK(bj_db_ask(held, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted",
                               BJ_DB_NO_PARAMS, &rows) == BJ_OK &&
                     bj_db_get_bool(rows, 0, 0, &waits));
        }
        BJ_CHECK(waits && bj_export_json(db, keys, ravi.user_id, &export) == BJ_ERR_FULL);
        BJ_CHECK(!export);
    }
    pthread_join(thread, NULL);
    BJ_CHECK(bj_export_json(db, keys, ravi.user_id, &export) == BJ_OK);
    json_decref(export);
}

static json_t *entry(json_t *export, const char *act) {
    size_t i;
    json_t *json;
    json_array_foreach(section(export, "audit_entries"), i, json) {
        if (!strcmp(json_string_value(json_object_get(json, "act")), act)) return json;
    }
    return NULL;
}

/* What others did, and why, is not told; nor what somebody did to others. */
static void test_export_of_staff(void) {
    json_t *export;
    tell_of("SELECT audit_append('user:999001', 'compliance', 'user.reveal', 'user:' || "
            "$1::bigint, 'done',"
            " 'suspected laundering', NULL, NULL, '10.77.0.1', NULL)",
            &asha);
    tell_of("SELECT audit_append('user:' || $1::bigint, 'admin', 'user.set', 'user:999002', 'done',"
            " 'my reason', '{\"role\":\"client\"}', '{\"role\":\"dealer\"}', '10.1.1.1', NULL)",
            &asha);
    BJ_CHECK(bj_export_json(db, keys, asha.user_id, &export) == BJ_OK);
    char *text = json_dumps(export, JSON_COMPACT);
    BJ_CHECK(!strstr(text, "999001") && !strstr(text, "laundering") && !strstr(text, "10.77.0.1"));
    json_t *told = entry(export, "user.reveal"), *own = entry(export, "user.set");
    BJ_CHECK(!strcmp(json_string_value(json_object_get(told, "actor")), "staff"));
    BJ_CHECK(json_is_null(json_object_get(own, "after_json")));
    BJ_CHECK(!strcmp(json_string_value(json_object_get(own, "reason")), "my reason"));
    free(text);
    json_decref(export);
}

static bool agreed(const char *purpose) {
    json_t *list, *row;
    size_t i;
    bool given = false;
    BJ_CHECK(bj_consent_list(db, asha.user_id, &list) == BJ_OK);
    json_array_foreach(list, i, row) {
        if (strcmp(json_string_value(json_object_get(row, "purpose")), purpose) != 0) continue;
        given = json_is_true(json_object_get(row, "given"));
    }
    json_decref(list);
    return given;
}

static void test_consents(void) {
    BJ_CHECK(!agreed("product_news") && agreed("account"));
    BJ_CHECK(bj_consent_put(db, &who, asha.user_id, "product_news", 1, true) == BJ_OK);
    BJ_CHECK(agreed("product_news") && !agreed("usage_study"));
    BJ_CHECK(bj_consent_put(db, &who, asha.user_id, "product_news", 1, false) == BJ_OK);
    BJ_CHECK(!agreed("product_news"));
    BJ_CHECK(bj_consent_put(db, &who, asha.user_id, "product_news", 1, true) == BJ_OK);
    BJ_CHECK(bj_consent_put(db, &who, asha.user_id, "product_news", 2, true) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_consent_put(db, &who, asha.user_id, "nothing", 1, true) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_consent_put(db, &who, asha.user_id, "account", 1, false) == BJ_ERR_DENIED);
    /* Another notice: what was agreed to before was something else. */
    tell("INSERT INTO notices VALUES ('product_news', 2, current_date, false, 'News',"
         " 'Your address, to write to you three times a month.')");
    BJ_CHECK(!agreed("product_news"));
    BJ_CHECK(number("SELECT count(*) FROM consents WHERE user_id = $1", &asha) == 3);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'privacy.consent'"
                    " AND subject = 'user:' || $1::bigint",
                    &asha) == 3);
}

static void test_name(void) {
    bj_user_t user;
    BJ_CHECK(bj_correct_name(identity, &asha, "::1", "Asha R. Rao") == BJ_OK);
    BJ_CHECK(bj_user_by_email(db, keys, "asha@b.in", &user) == BJ_OK);
    BJ_CHECK(!strcmp(user.name, "Asha R. Rao"));
}

static void test_ask(void) {
    bj_erasure_t e;
    size_t done, waiting;
    BJ_CHECK(bj_erasure_state(db, asha.user_id, &e) == BJ_OK && !e.asked);
    BJ_CHECK(bj_erasure_ask(identity, &asha, "::1", &e) == BJ_ERR_DENIED); /* holds shares */
    tell("UPDATE positions SET sell_qty = 10, sell_value_paise = 1000, cost_paise = 0");
    BJ_CHECK(bj_erasure_ask(identity, &asha, "::1", &e) == BJ_OK && e.asked);
    BJ_CHECK(e.due_us - e.asked_us == INT64_C(48) * 3600 * 1000000);
    BJ_CHECK(bj_erasure_ask(identity, &asha, "::1", &e) == BJ_ERR_EXISTS);
    BJ_CHECK(bj_erasure_run(identity, &who, &done, &waiting) == BJ_OK && !done && !waiting);
    BJ_CHECK(bj_erasure_withdraw(identity, &asha, "::1") == BJ_OK);
    BJ_CHECK(bj_erasure_withdraw(identity, &asha, "::1") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_erasure_ask(identity, &asha, "::1", &e) == BJ_OK);
    BJ_CHECK(bj_erasure_ask(identity, &ravi, "::1", &e) == BJ_OK);
    tell(ENTERED "UPDATE erasures SET asked_at = asked_at - interval '3 days',"
                 " due_at = due_at - interval '3 days' FROM e WHERE withdrawn_at IS NULL");
}

static void test_erase(void) {
    bj_user_t user;
    bj_retention_t done;
    uint32_t account_id;
    json_t *export;
    /* She has bought again meanwhile. */
    tell("UPDATE orders SET state = 'open', leaves_qty = 5, cum_qty = 5");
    BJ_CHECK(bj_retention_run(identity, &who, NULL, &done) == BJ_OK);
    BJ_CHECK(done.erased == 1 && done.waiting == 1);
    BJ_CHECK(bj_user_by_email(db, keys, "ravi@b.in", &user) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(
        number("SELECT count(*) FROM users WHERE user_id = $1 AND num_nonnulls(email,"
               " email_sealed, name, name_sealed, phone_sealed, phone_hash, phone_verified_at) = 0",
               &ravi) == 1);
    tell("UPDATE orders SET state = 'filled', leaves_qty = 0, cum_qty = 10");
    BJ_CHECK(bj_retention_run(identity, &who, NULL, &done) == BJ_OK && done.erased == 1);
    BJ_CHECK(ended_cnt == 1);
    /* What must go has gone, what must stay has stayed. */
    BJ_CHECK(bj_user_by_email(db, keys, "asha@b.in", &user) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_user_by_id(db, keys, asha.user_id, &user) == BJ_ERR_NOT_FOUND);
    for (const bj_held_t *h = bj_held; h->table; h++) {
        char sql[160];
        if (!h->erase) continue;
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE user_id = $1", h->table);
        BJ_CHECK(number(sql, &asha) == 0);
    }
    BJ_CHECK(number("SELECT count(*) FROM trades WHERE account_id = (SELECT account_id FROM users"
                    " WHERE user_id = $1)",
                    &asha) == 1);
    BJ_CHECK(number("SELECT count(*) FROM consents WHERE user_id = $1", &asha) == 3);
    BJ_CHECK(number("SELECT count(*) FROM users WHERE user_id = $1 AND email_sealed IS NULL AND"
                    " name_sealed IS NOT NULL AND identity_until BETWEEN current_date + 1824 AND"
                    " current_date + 1828",
                    &asha) == 1);
    BJ_CHECK(bj_export_json(db, keys, asha.user_id, &export) == BJ_ERR_NOT_FOUND);
    /* Who traded can be told, of others nothing. */
    char email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES], phone[BJ_PHONE_BYTES];
    BJ_CHECK(bj_people_reveal(db, keys, &who, asha.user_id, "asked", email, name, phone) == BJ_OK);
    BJ_CHECK(!strcmp(email, "") && !strcmp(name, "Asha R. Rao") && !strcmp(phone, ""));
    BJ_CHECK(bj_people_reveal(db, keys, &who, ravi.user_id, "asked", email, name, phone) == BJ_OK);
    BJ_CHECK(!strcmp(email, "") && !strcmp(name, ""));
    /* The address is free, for somebody who is not who was. */
    BJ_CHECK(bj_identity_add(identity, "asha@b.in", "Another", BJ_ROLE_CLIENT, WORD, &account_id) ==
                 BJ_OK &&
             account_id != asha.account_id);
    /* Five years later. */
    tell_of(ENTERED "UPDATE users SET identity_until = current_date - 1 FROM e"
                    " WHERE user_id = $1",
            &asha);
    BJ_CHECK(bj_retention_run(identity, &who, NULL, &done) == BJ_OK && done.names == 1);
    BJ_CHECK(number("SELECT count(*) FROM users WHERE user_id = $1 AND name_sealed IS NULL",
                    &asha) == 1);
}

static void due(const bj_caller_t *caller) {
    bj_erasure_t e;
    BJ_CHECK(bj_erasure_ask(identity, caller, "::1", &e) == BJ_OK);
    tell_of(ENTERED "UPDATE erasures SET asked_at = asked_at - interval '3 days',"
                    " due_at = due_at - interval '3 days' FROM e WHERE user_id = $1",
            caller);
}

/* One whose name does not open is erased all the same; one who cannot be waits, and nobody else
 * does. */
static void test_erase_past(void) {
    bj_caller_t lost = add("lost@b.in", "Lost"), stuck = add("stuck@b.in", "Stuck"),
                last = add("last@b.in", "Last");
    bj_retention_t done;
    due(&stuck), due(&lost), due(&last);
    tell_of(ENTERED
            "UPDATE users SET email_sealed = overlay(email_sealed PLACING '\\x0000' FROM 20)"
            " FROM e WHERE user_id = $1",
            &lost);
    tell("CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS"
         " $$ BEGIN RAISE EXCEPTION 'stuck' USING ERRCODE = '23514'; END $$");
    tell("CREATE TRIGGER stuck BEFORE UPDATE ON users FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL"
         " AND OLD.erased_at IS NULL) EXECUTE FUNCTION stuck()");
    BJ_CHECK(bj_retention_run(identity, &who, "past", &done) == BJ_OK);
    BJ_CHECK(done.erased == 0 && done.waiting == 3);
    tell("DROP TRIGGER stuck ON users");
    char sql[200];
    snprintf(sql, sizeof sql,
             "CREATE TRIGGER stuck BEFORE UPDATE ON users FOR EACH ROW WHEN"
             " (NEW.erased_at IS NOT NULL AND NEW.user_id = %llu) EXECUTE FUNCTION stuck()",
             (unsigned long long)stuck.user_id);
    tell(sql);
    BJ_CHECK(bj_retention_run(identity, &who, "past", &done) == BJ_OK);
    BJ_CHECK(done.erased == 2 && done.waiting == 1);
    tell("DROP TRIGGER stuck ON users");
    BJ_CHECK(bj_retention_run(identity, &who, "past", &done) == BJ_OK);
    BJ_CHECK(done.erased == 1 && done.waiting == 0);
}

static void without_rules(const char *sql, const bj_caller_t *caller) {
    BJ_DB_CONN conn = NULL;
    char script[1200];
    snprintf(script, sizeof script,
             "BEGIN; SET LOCAL session_replication_role = replica; %s; COMMIT", sql);
    char *at = strstr(script, "PERSON");
    if (at) {
        char id[7];
        snprintf(id, sizeof id, "%6llu", (unsigned long long)caller->user_id);
        memcpy(at, id, 6);
    }
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK && bj_db_script(conn, script) == BJ_OK);
}

/* Money that came and waits is open; one that was refused keeps no bank account's number. */
static void test_erase_receipt(void) {
    bj_erasure_t e;
    bj_retention_t done;
    bj_caller_t payer = add("payer@b.in", "Payer");
    without_rules("INSERT INTO bank_accounts (bank_id, user_id, ifsc, number_sealed, number_hash,"
                  " usable_at) VALUES (8, PERSON, 'HDFC0001234', '\\x03e8'::bytea ||"
                  " decode(repeat('00', 40), 'hex'), '\\x03e8'::bytea || sha256('p'), now());"
                  " INSERT INTO receipts (receipt_id, user_id, bank_id, amount_paise, utr, paid_on,"
                  " asked_by) SELECT gen_random_uuid(), user_id, 8, 5, 'WAITS00000001',"
                  " current_date - 1, 'operator' FROM bank_accounts WHERE bank_id = 8",
                  &payer);
    BJ_CHECK(bj_erasure_ask(identity, &payer, "::1", &e) == BJ_ERR_DENIED);
    without_rules("UPDATE receipts SET approved = false, reason = 'r', decided_by = 'user:1',"
                  " decided_at = now() WHERE bank_id = 8",
                  &payer);
    due(&payer);
    BJ_CHECK(bj_retention_run(identity, &who, "receipt", &done) == BJ_OK && done.erased == 1);
    BJ_CHECK(number("SELECT count(*) FROM bank_accounts WHERE user_id = $1 AND number_sealed IS"
                    " NULL AND number_hash IS NULL AND removed_at IS NOT NULL",
                    &payer) == 1);
}

static void test_retention(void) {
    bj_retention_t done;
    int64_t before = number("SELECT count(*) FROM audit_entries WHERE $1::bigint > 0", &asha);
    BJ_CHECK(bj_retention_run(identity, &who, NULL, &done) == BJ_OK);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE $1::bigint > 0", &asha) == before);
    tell(ENTERED
         "INSERT INTO sessions (user_id, token_hash, csrf, proved_at, created_at,"
         " expires_at) SELECT 1, sha256('o'), repeat('c', 43), now(), now() - interval '8 days',"
         " now() - interval '1 day' FROM e");
    tell(ENTERED "INSERT INTO users (email, name, password_hash, created_at) SELECT 'n' || n ||"
                 " '@b.in', 'N', '$argon2id$x', now() - n * interval '1 day' FROM e,"
                 " generate_series(29, 31, 2) n");
    tell(ENTERED "INSERT INTO login_devices (user_id, device_hash, seen_at) SELECT user_id,"
                 " sha256('o'), now() - interval '200 days' FROM users, e"
                 " WHERE email = 'n29@b.in'");
    tell("INSERT INTO logins (user_id, at, address) SELECT user_id, now() - n * interval '1 day',"
         " '10.1.2.3' FROM users, unnest(ARRAY[179, 181]) n WHERE email = 'n29@b.in'");
    BJ_CHECK(bj_retention_run(identity, &who, "test", &done) == BJ_OK);
    BJ_CHECK(done.history == 1);
    BJ_CHECK(done.sessions == 1 && done.unconfirmed == 1); /* 31 days */
    BJ_CHECK(done.devices == 1 && done.links == 0);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'privacy.retention' AND"
                    " reason = 'test' AND $1::bigint > 0",
                    &asha) == 1);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    bj_seal_t *seal;
    if (!control || !boss) {
        fprintf(stderr, "test_bj_privacy: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(bj_held[0].table);
        return bj_test_end("test_bj_privacy (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 4, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    bj_identity_config_t config = {.db = db,
                                   .cache = bj_cache_new("/nonexistent/redis.sock"),
                                   .keys = keys,
                                   .origin = "https://localhost",
                                   .notify = {.end = on_end}};
    identity = bj_identity_new(&config);
    asha = add("asha@b.in", "Asha Rao");
    ravi = add("ravi@b.in", "Ravi");
    fill();
    fill_rest();
    test_every_table();
    test_export();
    test_export_of_staff();
    test_export_as_text();
    test_one_export();
    test_consents();
    test_name();
    test_ask();
    test_erase();
    test_erase_past();
    test_erase_receipt();
    test_retention();
    bj_identity_free(identity);
    bj_cache_free(config.cache);
    bj_keys_free(keys);
    bj_seal_free(seal);
    bj_db_pool_free(db), bj_db_pool_free(owner);
    return bj_test_end("test_bj_privacy");
}
