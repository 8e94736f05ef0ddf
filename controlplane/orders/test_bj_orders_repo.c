/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): what the relay wrote is read back field by field, by account, newest
 * first. */
#include <stdlib.h>
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/orders/bj_orders_repo.h"

#include <stdlib.h>
#include "controlplane/orders/bj_order_app.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

static bj_db_pool_t *db, *owner;

static const char rows_sql[] =
    "INSERT INTO orders SELECT a, o, CASE o WHEN 1 THEN 18446744073709551615 ELSE o END, 1, 1594,"
    " CASE WHEN o % 2 = 0 THEN 'B' ELSE 'S' END::order_side, 1, 1, 108700, 10,"
    " CASE WHEN o = 3 THEN 4 ELSE 0 END, CASE o WHEN 1 THEN 0 WHEN 3 THEN 6 ELSE 10 END,"
    " CASE WHEN o = 3 THEN 434800 ELSE 0 END,"
    " CASE WHEN o = 1 THEN 'cancelled' ELSE 'open' END::order_state,"
    " CASE WHEN o = 1 THEN 200 ELSE 0 END,"
    " '2026-11-24 11:04:49.123456Z', '2026-11-24 11:04:50Z', o * 10"
    " FROM generate_series(1, 4) o, (VALUES (1000), (2000)) v(a);"
    "INSERT INTO trades VALUES"
    " (1000, 31, 7, 3, 1594, 'S', 108700, 4, true, '2026-11-24 11:04:50Z'),"
    " (1000, 32, 8, 3, 1594, 'S', 108600, 1, false, '2026-11-24 11:04:51Z');"
    "UPDATE orders SET order_type = 3, trigger_price_paise = 108600, disclosed_qty = 5,"
    " tif = 3, expires_on = '2026-08-03', waiting = true, app_id = 4294967295 WHERE order_id = 4;"
    "SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL,"
    " 'local', NULL);"
    "INSERT INTO users (email, name, password_hash) VALUES ('o@b.in', 'O', '$argon2id$x');"
    "INSERT INTO apps (app_id, api_key, user_id, name, redirect_url, scopes, key_id, secret)"
    " OVERRIDING SYSTEM VALUE SELECT 7, 'abcdefghijklmnop', user_id, 'Robot', 'https://a.in/',"
    " 'profile', 1, decode(repeat('00', 71), 'hex') FROM users WHERE email = 'o@b.in';"
    "UPDATE trades SET auction = true WHERE match_id = 8;"
    "INSERT INTO instruments (token, symbol, tick_paise, lot_qty, prev_close_paise, band_lo_paise,"
    " band_hi_paise, freeze_qty, state, event_seq, now_lo_paise, now_hi_paise, band_seq) VALUES"
    " (2885, 'RELIANCE', 10, 1, 131600, 118440, 144760, 50000, 'auction', 5, 120000, 140000, 6),"
    " (11536, 'TCS', 10, 1, 305000, 274500, 335500, 50000, 'post_close', 7, NULL, NULL, 0);"
    "UPDATE relay_offset SET event_seq = 32";

static void test_lists(void) {
    bj_order_view_t v[8];
    size_t cnt;
    BJ_CHECK(bj_orders_select(db, 1000, false, v, 8, &cnt) == BJ_OK && cnt == 4);
    for (size_t i = 0; i < cnt; i++) BJ_CHECK(v[i].order_id == 4 - i && v[i].account_id == 1000);
    BJ_CHECK(v[1].side == 'S' && v[2].side == 'B' && v[1].order_type == BJ_LIMIT);
    BJ_CHECK(v[1].filled_qty == 4 && v[1].leaves_qty == 6 && v[1].value_paise == 434800);
    BJ_CHECK(bj_order_average_paise(&v[1]) == 108700 && v[1].event_seq == 30);
    BJ_CHECK(v[3].client_order_id == UINT64_MAX && v[3].state == BJ_ORDER_CANCELLED);
    BJ_CHECK(v[3].reason == BJ_END_USER && v[3].created_ns == INT64_C(1795518289123456000));
    BJ_CHECK(v[0].waiting && v[0].order_type == BJ_SL && v[0].trigger_price_paise == 108600);
    BJ_CHECK(v[0].disclosed_qty == 5 && v[0].tif == BJ_GTD && v[0].expiry_day == 20668);
    BJ_CHECK(!v[1].waiting && v[1].trigger_price_paise == 0 && v[1].expiry_day == 0);
    BJ_CHECK(v[0].app_id == UINT32_MAX && v[1].app_id == 0);
    BJ_CHECK(bj_orders_select(db, 1000, true, v, 8, &cnt) == BJ_OK && cnt == 3);
    BJ_CHECK(bj_orders_select(db, 1000, false, v, 2, &cnt) == BJ_OK && cnt == 2);
    BJ_CHECK(v[0].order_id == 4 && v[1].order_id == 3);
    BJ_CHECK(bj_orders_select(db, 3000, false, v, 8, &cnt) == BJ_OK && cnt == 0);
    BJ_CHECK(bj_orders_select(db, 0, false, v, 8, &cnt) == BJ_OK && cnt == 0); /* nobody's */
    BJ_CHECK(bj_orders_select_all(db, 0, 0, false, v, 8, &cnt) == BJ_OK && cnt == 8);
    BJ_CHECK(bj_orders_select_all(db, 1594, 0, true, v, 8, &cnt) == BJ_OK && cnt == 6);
    BJ_CHECK(bj_orders_select_all(db, 7, 0, false, v, 8, &cnt) == BJ_OK && cnt == 0);
    /* Of a branch that has no accounts. */
    BJ_CHECK(bj_orders_select_all(db, 0, 65535, false, v, 8, &cnt) == BJ_OK && cnt == 0);
}

static void test_one(void) {
    bj_order_view_t v;
    uint64_t event_seq;
    BJ_CHECK(bj_orders_select_one(db, 2000, 3, &v) == BJ_OK && v.account_id == 2000);
    BJ_CHECK(bj_orders_select_one(db, 3000, 3, &v) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_orders_select_one(db, 1000, UINT64_MAX, &v) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_relay_offset(db, &event_seq) == BJ_OK && event_seq == 32);
}

static bool app_is(bj_order_apps_t *apps, uint32_t app_id, const char *want) {
    json_t *json = bj_order_apps_json(apps, app_id);
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    bool same = text && strcmp(text, want) == 0;
    free(text);
    json_decref(json);
    return same;
}

static void test_apps(void) {
    static const char robot[] =
        "{\"id\":\"7\",\"api_key\":\"abcdefghijklmnop\",\"name\":\"Robot\"}";
    static const char nobody[] = "{\"id\":\"7\",\"api_key\":\"\",\"name\":\"\"}";
    bj_order_apps_t *apps = bj_order_apps_new(db);
    BJ_CHECK(app_is(apps, 0, "null"));
    for (int i = 0; i < 2; i++) {
        BJ_CHECK(app_is(apps, 7, robot));
        BJ_CHECK(
            app_is(apps, 7 + BJ_ORDER_APPS_MAX, "{\"id\":\"263\",\"api_key\":\"\",\"name\":\"\"}"));
    }
    /* Known, or known to be none: nobody is asked again. */
    BJ_CHECK(bj_db_query(owner, "ALTER TABLE apps RENAME TO no_apps", BJ_DB_NO_PARAMS, NULL) ==
             BJ_OK);
    BJ_CHECK(
        app_is(apps, 7 + BJ_ORDER_APPS_MAX, "{\"id\":\"263\",\"api_key\":\"\",\"name\":\"\"}"));
    /* One that nobody can say is asked for later, and not at once. */
    BJ_CHECK(app_is(apps, 7, nobody));
    BJ_CHECK(bj_db_query(owner, "ALTER TABLE no_apps RENAME TO apps", BJ_DB_NO_PARAMS, NULL) ==
             BJ_OK);
    BJ_CHECK(app_is(apps, 7, nobody));
    bj_order_apps_free(apps);
    apps = bj_order_apps_new(db);
    bj_order_apps_meet(apps, 0);
    bj_order_apps_meet(apps, 7);
    BJ_CHECK(app_is(apps, 7, robot));
    bj_order_apps_free(apps);
}

static void test_trades(void) {
    bj_trade_view_t t[4];
    size_t cnt;
    BJ_CHECK(bj_trades_select(db, 1000, t, 4, &cnt) == BJ_OK && cnt == 2);
    BJ_CHECK(t[0].match_id == 8 && !t[0].maker && t[1].match_id == 7 && t[1].maker);
    BJ_CHECK(t[0].auction && !t[1].auction);
    BJ_CHECK(t[1].price_paise == 108700 && t[1].qty == 4 && t[1].side == 'S');
    BJ_CHECK(t[1].time_ns == INT64_C(1795518290000000000) && t[1].order_id == 3);
    BJ_CHECK(bj_trades_select(db, 1000, t, 1, &cnt) == BJ_OK && cnt == 1 && t[0].match_id == 8);
    BJ_CHECK(bj_trades_select(db, 2000, t, 4, &cnt) == BJ_OK && cnt == 0);
}

/* Phases and bands as the relay noted them, over what the universe says. */
static void test_instruments(void) {
    bj_instruments_t *all = bj_instruments_new("sim/data/universe.csv");
    if (!all) abort();
    const bj_universe_row_t *one = bj_instrument_by_symbol(all, "RELIANCE");
    const bj_universe_row_t *other = bj_instrument_by_symbol(all, "TCS");
    BJ_CHECK(bj_instrument_band(all, one).lo_paise == one->band_lo_paise);
    BJ_CHECK(bj_instruments_refresh(all, db) == BJ_OK);
    BJ_CHECK(bj_instrument_state(all, one->token) == BJ_STATE_AUCTION);
    BJ_CHECK(bj_instrument_state(all, other->token) == BJ_STATE_POST_CLOSE);
    bj_band_now_t band = bj_instrument_band(all, one);
    BJ_CHECK(band.lo_paise == 120000 && band.hi_paise == 140000);
    band = bj_instrument_band(all, other);
    BJ_CHECK(band.lo_paise == other->band_lo_paise && band.hi_paise == other->band_hi_paise);
    /* Ours of a moment ago stands until the database knows it. */
    bj_instrument_set_band(all, one->token, (bj_band_now_t){1, 2}, 9);
    BJ_CHECK(bj_instruments_refresh(all, db) == BJ_OK);
    BJ_CHECK(bj_instrument_band(all, one).hi_paise == 2);
    bj_instruments_free(all);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    bj_order_state_t state;
    BJ_CHECK(bj_order_state_of("filled", &state) && state == BJ_ORDER_FILLED);
    BJ_CHECK(!bj_order_state_of("Filled", &state));
    if (!control || !boss) {
        fprintf(stderr, "test_bj_orders_repo: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        return bj_test_end("test_bj_orders_repo (without BJ_TEST_PG)");
    }
    bj_db_t *conn = NULL;
    owner = bj_db_pool_new(boss, 1, 3000);
    db = bj_db_pool_new(control, 2, 3000);
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK && bj_db_script(conn, rows_sql) == BJ_OK);
    bj_db_give(conn);
    test_lists();
    test_one();
    test_apps();
    test_trades();
    test_instruments();
    bj_db_pool_free(owner);
    bj_db_pool_free(db);
    return bj_test_end("test_bj_orders_repo");
}
