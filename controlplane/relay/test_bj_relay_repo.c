/* With a PostgreSQL (BJ_TEST_PG, as the relay's role in BJ_TEST_PG_RELAY): the same world of random
 * orders is folded in one go, in crumbs, and by processes that are killed at any moment; the tables
 * must end the same, and agree with a recount from the events. */
#include "controlplane/relay/bj_relay_repo.h"

#include <inttypes.h>

#include "controlplane/relay/bj_position.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

enum { WORLD_EVENTS = 6000, ORDERS = 400, ACCOUNTS = 5, TOKENS = 3 };
static bj_event_t world[WORLD_EVENTS];
static bj_fold_t fold;
static bool asleep[ORDERS]; /* by order_id: a stop that nothing woke, of the world as it ends */
static const char *conninfo;

/* Every third order is a stop that is good till a date; its day is said once, when it comes. */
static void begin_order(bj_event_t *order) {
    bool stop = random() % 3 == 0;
    order->type = BJ_EV_ACCEPTED;
    order->qty = order->leaves_qty = (int32_t)(1 + random() % 50);
    order->cum_qty = 0;
    order->order_id += ORDERS;
    order->app = order->order_id % 3 ? 0 : 7; /* said once, too */
    order->order_type = stop ? BJ_SL : BJ_LIMIT;
    order->trigger_price_paise = stop ? 95 : 0;
    order->disclosed_qty = stop ? order->qty : 0;
    order->tif = stop ? BJ_GTD : BJ_DAY;
    order->value = stop ? 20668 : 0;
    asleep[order->order_id % ORDERS] = stop;
}

static void next_event(bj_event_t *order, uint64_t seq) {
    order->seq = order->cmd_seq = seq;
    order->time_ns = 1785577500 * BJ_NS_PER_S + (int64_t)seq * 1000000;
    bool again = order->type != 0 && order->leaves_qty > 0;
    long dice = random() % 10;
    order->flags = 0;
    order->app = 0;
    if (again) order->value = 0;
    if (!again) {
        begin_order(order);
    } else if (asleep[order->order_id % ORDERS] && dice < 6) {
        order->type = dice < 3 ? BJ_EV_MODIFIED : BJ_EV_TRIGGERED;
        if (dice >= 3) asleep[order->order_id % ORDERS] = false;
    } else if (dice < 2) {
        order->type = BJ_EV_MODIFIED;
        order->qty += (int32_t)(random() % 5);
        order->leaves_qty = order->qty - order->cum_qty;
        order->price_paise = (int32_t)(5 * (1 + random() % 1000));
    } else if (dice == 2) {
        order->type = BJ_EV_CANCELLED;
        order->reason = BJ_END_USER;
        order->leaves_qty = 0;
        asleep[order->order_id % ORDERS] = false;
    } else {
        order->type = BJ_EV_TRADE;
        order->flags = random() % 4 ? BJ_FLAG_MAKER : BJ_FLAG_AUCTION;
        asleep[order->order_id % ORDERS] = false;
        order->match_id = seq;
        order->last_qty = (int32_t)(1 + random() % order->leaves_qty);
        order->last_price_paise = (int32_t)(5 * (1 + random() % 1000));
        order->cum_qty += order->last_qty;
        order->leaves_qty -= order->last_qty;
    }
}

static void make_world(void) {
    static bj_event_t orders[ORDERS];
    srandom(20261124);
    for (uint32_t i = 0; i < ORDERS; i++) {
        orders[i] = (bj_event_t){.order_id = 1 + i, .account_id = 1000 + i % ACCOUNTS,
                                 .token = 1 + i % TOKENS, .price_paise = 100,
                                 .side = random() % 2 ? 'B' : 'S', .order_type = BJ_LIMIT,
                                 .tif = BJ_DAY, .client_order_id = UINT64_MAX - i};
    }
    for (uint64_t seq = 1; seq <= WORLD_EVENTS; seq++) {
        bj_event_t *order = &orders[random() % ORDERS];
        order->reason = 0;
        next_event(order, seq);
        world[seq - 1] = *order;
    }
}

/* From where the tables are to the end of the world, batch_max events at a time. */
static bj_status_t run(bj_db_pool_t *pool, uint64_t journal_id, size_t batch_max) {
    uint64_t at = 0;
    bj_status_t status = bj_relay_repo_offset(pool, journal_id, &at);
    while (status == BJ_OK && at < WORLD_EVENTS) {
        size_t n = WORLD_EVENTS - at < batch_max ? WORLD_EVENTS - at : batch_max;
        status = bj_fold_batch(&fold, &world[at], n);
        if (status == BJ_OK) status = bj_relay_repo_apply(pool, journal_id, &fold, at + 1, at + n);
        at += n;
    }
    return status;
}

/* All that the tables say, as one number. */
static void digest(bj_db_pool_t *pool, char out[33]) {
    BJ_DB_RESULT r = NULL;
    BJ_CHECK(bj_db_query(pool,
                         "SELECT md5(string_agg(x, ';' ORDER BY x)) FROM (SELECT orders::text x"
                         " FROM orders UNION ALL SELECT trades::text FROM trades UNION ALL SELECT"
                         " positions::text FROM positions UNION ALL SELECT event_seq::text FROM"
                         " relay_offset) t",
                         BJ_DB_NO_PARAMS, &r) == BJ_OK);
    BJ_CHECK(bj_db_get_str(r, 0, 0, out, 33));
}

static int64_t ask(bj_db_pool_t *pool, const char *sql) {
    BJ_DB_RESULT r = NULL;
    int64_t n = -1;
    BJ_CHECK(bj_db_query(pool, sql, BJ_DB_NO_PARAMS, &r) == BJ_OK && bj_db_get_i64(r, 0, 0, &n));
    return n;
}

/* The tables against themselves and against the events. */
static void test_recount(bj_db_pool_t *pool) {
    int64_t trades = 0, value_paise = 0, ended = 0, auction_trades = 0, waiting = 0;
    for (size_t i = 0; i < ORDERS; i++) waiting += asleep[i];
    for (size_t i = 0; i < WORLD_EVENTS; i++) {
        bool trade = world[i].type == BJ_EV_TRADE;
        trades += trade;
        auction_trades += trade && world[i].flags & BJ_FLAG_AUCTION;
        value_paise += trade ? (int64_t)world[i].last_qty * world[i].last_price_paise : 0;
        ended += world[i].type == BJ_EV_CANCELLED;
    }
    BJ_CHECK(ask(pool, "SELECT count(*) FROM trades") == trades);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM trades WHERE auction") == auction_trades);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM orders WHERE waiting") == waiting);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM orders WHERE (tif = 3) <>"
                       " (expires_on IS NOT DISTINCT FROM '2026-08-03'::date)") == 0);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM orders WHERE coalesce(app_id, 0) <>"
                       " CASE order_id % 3 WHEN 0 THEN 7 ELSE 0 END") == 0);
    BJ_CHECK(ask(pool, "SELECT sum(value_paise)::bigint FROM orders") == value_paise);
    BJ_CHECK(ask(pool, "SELECT sum(buy_value_paise + sell_value_paise)::bigint FROM positions") ==
             value_paise);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM orders WHERE state = 'cancelled'") == ended);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM orders o WHERE cum_qty <>"
                       " (SELECT coalesce(sum(qty), 0) FROM trades t"
                       " WHERE t.order_id = o.order_id)") == 0);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM positions WHERE realised_paise <>"
                       " sell_value_paise - buy_value_paise + cost_paise") == 0);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM orders WHERE created_at > updated_at") == 0);
}

static void test_same_however_cut(bj_db_pool_t *pool) {
    static const size_t cuts[] = {7, 100, BJ_FOLD_EVENTS_MAX};
    char first[33], again[33];
    for (size_t i = 0; i < BJ_COUNT(cuts); i++) {
        BJ_CHECK(run(pool, 100 + i, cuts[i]) == BJ_OK);
        digest(pool, i == 0 ? first : again);
        if (i == 0) test_recount(pool);
        BJ_CHECK(i == 0 || strcmp(first, again) == 0);
    }
    /* The same batch once more is refused, and nothing has moved. */
    BJ_CHECK(bj_fold_batch(&fold, world, 100) == BJ_OK);
    BJ_CHECK(bj_relay_repo_apply(pool, 102, &fold, 1, 100) == BJ_ERR_SEQUENCE);
    BJ_CHECK(bj_relay_repo_apply(pool, 103, &fold, WORLD_EVENTS + 1, WORLD_EVENTS + 100) ==
             BJ_ERR_SEQUENCE);
    digest(pool, again);
    BJ_CHECK(strcmp(first, again) == 0);
}

/* Processes that fold, killed at any moment, until one of them has finished. */
static void test_killed(bj_db_pool_t *pool) {
    char whole[33], killed[33];
    digest(pool, whole);
    int kill_cnt = 0;
    for (uint64_t at = 0; at < WORLD_EVENTS;) {
        pid_t pid = fork();
        if (pid == 0) {
            bj_db_pool_t *own = bj_db_pool_new(conninfo, 1, 5000);
            _exit(run(own, 200, 100) == BJ_OK ? 0 : 1);
        }
        usleep((useconds_t)(1000 + random() % 60000));
        child_stop(pid, SIGKILL);
        kill_cnt++;
        at = (uint64_t)ask(pool, "SELECT CASE journal_id WHEN 200 THEN event_seq ELSE 0 END"
                                 " FROM relay_offset");
    }
    BJ_CHECK(kill_cnt > 2);
    digest(pool, killed);
    BJ_CHECK(strcmp(whole, killed) == 0);
}

static void test_universe_and_states(bj_db_pool_t *pool) {
    bj_universe_row_t row = {.token = 1333, .symbol = "HDFCBANK", .tick_paise = 5, .lot_qty = 1,
                             .freeze_qty = 1000, .prev_close_paise = 72695, .band_lo_paise = 58160,
                             .band_hi_paise = 87230};
    bj_event_t ev = {.seq = 1, .type = BJ_EV_INSTRUMENT, .token = 1333, .value = BJ_STATE_HALTED};
    uint64_t at;
    BJ_CHECK(bj_relay_repo_universe(pool, &row, 1) == BJ_OK);
    BJ_CHECK(bj_relay_repo_offset(pool, 300, &at) == BJ_OK && at == 0);
    BJ_CHECK(bj_fold_batch(&fold, &ev, 1) == BJ_OK);
    BJ_CHECK(bj_relay_repo_apply(pool, 300, &fold, 1, 1) == BJ_OK);
    row.prev_close_paise = 73000;
    BJ_CHECK(bj_relay_repo_universe(pool, &row, 1) == BJ_OK);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM instruments WHERE state = 'halted' AND"
                       " prev_close_paise = 73000") == 1);
    for (uint32_t state = 0; state < BJ_STATE_CNT; state++) {
        ev.seq = state + 2, ev.value = state;
        BJ_CHECK(bj_fold_batch(&fold, &ev, 1) == BJ_OK);
        BJ_CHECK(bj_relay_repo_apply(pool, 300, &fold, ev.seq, ev.seq) == BJ_OK);
    }
    BJ_CHECK(ask(pool, "SELECT count(*) FROM instruments WHERE state = 'post_close'") == 1);
    bj_event_t bands[] = {
        {.seq = 9, .type = BJ_EV_BAND, .token = 1333, .price_paise = 1, .last_price_paise = 2},
        {.seq = 10, .type = BJ_EV_BAND, .token = 1333, .price_paise = 60000,
         .last_price_paise = 90000}};
    BJ_CHECK(bj_fold_batch(&fold, bands, 2) == BJ_OK);
    BJ_CHECK(bj_relay_repo_apply(pool, 300, &fold, 9, 10) == BJ_OK);
    BJ_CHECK(bj_relay_repo_universe(pool, &row, 1) == BJ_OK); /* a restart keeps it */
    BJ_CHECK(ask(pool, "SELECT count(*) FROM instruments WHERE band_lo_paise = 58160 AND"
                       " now_lo_paise = 60000 AND now_hi_paise = 90000") == 1);
    BJ_CHECK(bj_relay_repo_offset(pool, 301, &at) == BJ_OK); /* another journal knows no band */
    BJ_CHECK(ask(pool, "SELECT count(*) FROM instruments WHERE now_lo_paise IS NULL") == 1);
    row.band_hi_paise = row.band_lo_paise;
    BJ_CHECK(bj_relay_repo_universe(pool, &row, 1) == BJ_ERR_BAD_FIELD);
}

static void test_candles(bj_db_pool_t *pool) {
    static bj_candles_t c;
    const int64_t t = 1785628795 * BJ_NS_PER_S; /* 2026-08-01T23:59:55Z; the next is tomorrow's */
    bj_candles_place_t place;
    c.place = (bj_candles_place_t){.market_ns = 7, .tick_seq = 10};
    bj_candles_trade(&c, 0, 1333, t, 100, 1);
    bj_candles_trade(&c, 0, 1333, t + BJ_CANDLE_NS, 100, 1);
    BJ_CHECK(bj_relay_repo_candles(pool, &c) == BJ_OK);
    BJ_CHECK(bj_relay_repo_candles(pool, &c) == BJ_OK); /* there already: not counted again */
    bj_candles_clear(&c);
    BJ_CHECK(bj_relay_repo_candles(pool, &c) == BJ_OK);
    c.place.tick_seq = 12;
    bj_candles_trade(&c, 0, 1333, t, 90, 2); /* the same bar, after it was taken: merged */
    BJ_CHECK(bj_relay_repo_candles(pool, &c) == BJ_OK);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM candles WHERE start_at IN"
                       " ('2026-08-01 23:59:55+00', '2026-08-02 00:00:00+00')") == 2);
    BJ_CHECK(ask(pool, "SELECT count(*) FROM candles WHERE start_at ="
                       " '2026-08-01 23:59:55+00' AND open_paise = 100 AND"
                       " high_paise = 100 AND low_paise = 90 AND close_paise = 90 AND"
                       " volume_qty = 3") == 1);
    BJ_CHECK(bj_relay_repo_candles_place(pool, &place) == BJ_OK);
    BJ_CHECK(place.market_ns == 7 && place.tick_seq == 12);
}

int main(void) {
    make_world();
    BJ_CHECK(bj_fold_batch(&fold, world, BJ_FOLD_EVENTS_MAX) == BJ_OK);
    conninfo = getenv("BJ_TEST_PG_RELAY");
    if (conninfo) {
        bj_db_pool_t *pool = bj_db_pool_new(conninfo, 2, 5000);
        test_same_however_cut(pool);
        test_killed(pool);
        test_universe_and_states(pool);
        test_candles(pool);
        bj_db_pool_free(pool);
    }
    return bj_test_end(conninfo ? "test_bj_relay_repo" : "test_bj_relay_repo (without BJ_TEST_PG)");
}
