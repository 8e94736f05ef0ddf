/* The whole bijli-relay between files that the test writes and servers of the test's own: NATS,
 * Redis, and the PostgreSQL of BJ_TEST_PG_RELAY.  What each hears, and how it heals when one
 * after the other was away. */
#include <inttypes.h>
#include <pthread.h>

#include "controlplane/bus/bj_bus.h"
#include "controlplane/store/bj_cache.h"
#include "controlplane/store/bj_db.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/market/bj_evlog.h"
#include "dataplane/market/bj_market.h"
#include "dataplane/wire/bj_wire_quote.h"

enum { TOKEN = 1333, ACCOUNT = 1001 };

static char dir[64], run_dir[80], socket_path[96], config_path[96], port[16], events_dir[96];
static char relay_path[512];
static bj_evlog_t *evlog;
static bj_market_t *market;
static uint64_t last_seq;
static _Atomic bool beat;

static pid_t start_relay(void) {
    return child_start((char *[]){relay_path, "--config", config_path, NULL});
}
static pid_t start_nats(void) {
    return child_start((char *[]){"nats-server", "-a", "127.0.0.1", "-p", port, "-js", "-sd", dir,
                                  NULL});
}
static pid_t start_redis(void) {
    return child_start((char *[]){"redis-server", "--port", "0", "--unixsocket", socket_path,
                                  "--save", "", "--dir", dir, NULL});
}

static void write_files(const char *conninfo) {
    char universe[96];
    snprintf(universe, sizeof universe, "%s/universe.csv", dir);
    FILE *file = fopen(universe, "w");
    if (!file) abort();
    fprintf(file, "symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,"
                  "band_hi_paise,freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp\n"
                  "HDFCBANK,1333,1,5,1,72695,58160,87230,604000,30204738,356099,1630\n");
    fclose(file);
    file = fopen(config_path, "w");
    if (!file) abort();
    fprintf(file, "{\"run_dir\": \"%s\", \"data_dir\": \"%s\", \"universe_csv\": \"%s\","
                  " \"postgres\": {\"relay\": \"%s\"}, \"redis\": {\"socket\": \"%s\"},"
                  " \"nats\": {\"url\": \"nats://127.0.0.1:%s\"},"
                  " \"relay\": {\"interval_ms\": 20}}",
            run_dir, dir, universe, conninfo, socket_path, port);
    fclose(file);
}

static void append(uint16_t type, uint64_t order_id, int32_t qty, int32_t cum_qty) {
    bj_event_t ev = {.seq = ++last_seq, .cmd_seq = last_seq, .time_ns = bj_clock_wall_ns(),
                     .order_id = order_id, .account_id = ACCOUNT, .token = TOKEN, .type = type,
                     .price_paise = 72700, .qty = qty, .cum_qty = cum_qty,
                     .leaves_qty = qty - cum_qty, .side = BJ_BUY, .order_type = BJ_LIMIT,
                     .tif = BJ_DAY};
    if (type == BJ_EV_TRADE) {
        ev.match_id = last_seq;
        ev.last_qty = cum_qty;
        ev.last_price_paise = 72700;
    }
    if (type == BJ_EV_INSTRUMENT) ev = (bj_event_t){.seq = last_seq, .type = type, .token = TOKEN,
                                                    .value = BJ_STATE_OPEN};
    BJ_CHECK(bj_evlog_append(evlog, &ev, 1) == BJ_OK);
    bj_evlog_publish(evlog, last_seq);
}

static void begin_world(uint64_t journal_id) {
    evlog = bj_evlog_create(events_dir, journal_id);
    last_seq = 0;
    append(BJ_EV_INSTRUMENT, 0, 0, 0);
    append(BJ_EV_ACCEPTED, 1, 10, 0);
    append(BJ_EV_TRADE, 1, 10, 10);
}

static void quote(int32_t price_paise) {
    int64_t now_ns = bj_clock_wall_ns();
    bj_market_row_t *row = bj_market_begin(market, 0);
    row->exch_ns = row->last_trade_ns = now_ns;
    row->update_cnt++;
    row->last_price_paise = price_paise;
    row->bid[0] = (bj_market_level_t){.price_paise = price_paise - 5, .order_cnt = 2, .qty = 70};
    bj_market_end(market, 0);
    bj_market_tick(market, &(bj_market_tick_t){.exch_ns = now_ns, .kind = BJ_TICK_TRADE,
                                               .price_paise = price_paise, .qty = 3});
    bj_market_begin(market, 1)->update_cnt++; /* another segment: nothing comes of it */
    bj_market_end(market, 1);
    bj_market_tick(market, &(bj_market_tick_t){.exch_ns = now_ns, .kind = BJ_TICK_TRADE,
                                               .instrument_idx = 1, .price_paise = 15, .qty = 3});
}

/* The writer of a market table that lives beats it. */
static void *beat_run(void *ctx) {
    (void)ctx;
    bj_feed_counters_t counters = {0};
    for (; beat; child_sleep_ms(50)) {
        bj_market_beat(market, bj_clock_wall_ns(), bj_clock_wall_ns(), &counters);
    }
    return NULL;
}

static _Atomic int64_t heard_price, heard_seq, heard_flags;
static void on_message(void *ctx, const char *subject, const void *data, size_t data_bytes) {
    (void)ctx;
    if (strcmp(subject, "md.cm.HDFCBANK") == 0 && data_bytes == sizeof(bj_quote_t)) {
        bj_quote_t q;
        memcpy(&q, data, sizeof q);
        heard_price = q.last_price_paise;
        heard_flags = q.flags;
    }
    if (strcmp(subject, "acct.1001") == 0) heard_seq = strtoll(data, NULL, 10);
}

static bj_db_pool_t *pool;
static int64_t ask(const char *sql) {
    BJ_DB_RESULT r = NULL;
    int64_t n = -1;
    if (bj_db_query(pool, sql, BJ_DB_NO_PARAMS, &r) != BJ_OK) return -1;
    return bj_db_get_i64(r, 0, 0, &n) ? n : -1;
}

/* The last copy; 0 until the relay says that it has put it there: nobody may ask while a stream is
 * being made (bj_bus_stream_last). */
static uint64_t copied_seq(bj_bus_t *bus) {
    bj_event_t ev = {0};
    bj_health_t h;
    size_t n;
    int64_t said = 0;
    bj_health_read(run_dir, "relay", bj_clock_wall_ns(), &h);
    for (size_t i = 0; i < h.figure_cnt; i++) {
        if (strcmp(h.figures[i].name, "copied_seq") == 0) said = h.figures[i].value;
    }
    if (said != (int64_t)last_seq) return 0;
    const bj_bus_stream_t stream = {.name = "ORDERS", .subject = "ev.order"};
    return bj_bus_stream_last(bus, &stream, &ev, sizeof ev, &n) == BJ_OK ? ev.seq : 0;
}

static bool cached(bj_cache_t *cache, int price_paise) {
    char json[600], want[32];
    size_t n;
    snprintf(want, sizeof want, "\"last_paise\":%d,", price_paise);
    return bj_cache_get(cache, "market:HDFCBANK", json, sizeof json, &n) == BJ_OK &&
           strstr(json, want) && strstr(json, "\"bid_qty\":70");
}

static bj_health_state_t health(void) {
    bj_health_t h;
    bj_health_read(run_dir, "relay", bj_clock_wall_ns(), &h);
    return h.state;
}

/* A new price and a new order reach everybody. */
static void check_all(bj_bus_t *bus, bj_cache_t *cache, int32_t price_paise) {
    quote(price_paise);
    append(BJ_EV_ACCEPTED, 100 + last_seq, 5, 0);
    CHILD_CHECK_SOON(5000, heard_price == price_paise && heard_flags == 0);
    CHILD_CHECK_SOON(5000, cached(cache, price_paise));
    CHILD_CHECK_SOON(5000, heard_seq == (int64_t)last_seq);
    BJ_CHECK(ask("SELECT event_seq FROM relay_offset") == (int64_t)last_seq);
    CHILD_CHECK_SOON(5000, copied_seq(bus) == last_seq);
    CHILD_CHECK_SOON(5000, health() == BJ_HEALTH_UP);
}

static void test_faults(bj_bus_t *bus, bj_cache_t *cache, pid_t *nats, pid_t *redis, pid_t *relay) {
    child_stop(*redis, SIGKILL);
    quote(72805);
    CHILD_CHECK_SOON(5000, heard_price == 72805);
    CHILD_CHECK_SOON(5000, health() == BJ_HEALTH_DEGRADED);
    *redis = start_redis();
    check_all(bus, cache, 72810);

    child_stop(*nats, SIGKILL);
    append(BJ_EV_ACCEPTED, 100 + last_seq, 5, 0);
    CHILD_CHECK_SOON(5000, ask("SELECT event_seq FROM relay_offset") == (int64_t)last_seq);
    CHILD_CHECK_SOON(5000, health() == BJ_HEALTH_DEGRADED);
    *nats = start_nats();
    CHILD_CHECK_SOON(10000, bj_bus_up(bus));
    CHILD_CHECK_SOON(10000, copied_seq(bus) == last_seq); /* sent again from the log */
    check_all(bus, cache, 72815);

    /* Dead in the middle, and the events go on without it. */
    child_stop(*relay, SIGKILL);
    for (int i = 0; i < 200; i++) append(BJ_EV_ACCEPTED, 10000 + last_seq, 5, 0);
    CHILD_CHECK_SOON(6000, health() == BJ_HEALTH_DOWN);
    *relay = start_relay();
    check_all(bus, cache, 72820);

    /* Sessions of the database ended behind its back. */
    int64_t before = ask("SELECT count(*) FROM orders");
    (void)ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename ="
              " current_user AND pid <> pg_backend_pid()");
    check_all(bus, cache, 72825);
    BJ_CHECK(ask("SELECT count(*) FROM orders") == before + 1);

    /* The market's writer stops: the last price stays, and is said to be stale. */
    beat = false;
    CHILD_CHECK_SOON(5000, heard_flags == BJ_MARKET_STALE && heard_price == 72825);
}

static void run(void) {
    char url[64];
    snprintf(url, sizeof url, "nats://127.0.0.1:%s", port);
    pid_t relay = start_relay(); /* before anything else is there */
    CHILD_CHECK_SOON(5000, health() == BJ_HEALTH_DEGRADED);
    pid_t nats = start_nats(), redis = start_redis();
    bj_bus_t *bus = bj_bus_open(&(bj_bus_login_t){.url = url, .name = "test"});
    bj_bus_sub_t *quotes = bj_bus_subscribe(bus, "md.cm.*", on_message, NULL);
    bj_bus_sub_t *hints = bj_bus_subscribe(bus, "acct.*", on_message, NULL);
    bj_cache_t *cache = bj_cache_new(socket_path);
    CHILD_CHECK_SOON(10000, bj_bus_up(bus));

    pthread_t beat_thread;
    beat = true;
    begin_world(77);
    static const bj_market_instrument_t instruments[] = {
        {.token = TOKEN, .symbol = "HDFCBANK", .tick_paise = 5, .lot_qty = 1,
         .prev_close_paise = 72695, .band_lo_paise = 58160, .band_hi_paise = 87230},
        {.token = TOKEN, .symbol = "HDFCBANK-NOV/DEC", .tick_paise = 5, .lot_qty = 550,
         .segment = BJ_SEGMENT_FO, .spread = true}};
    char market_path[96];
    snprintf(market_path, sizeof market_path, "%s/market.shm", run_dir);
    market = bj_market_create(market_path, instruments, 2, 1024, bj_clock_wall_ns());
    pthread_create(&beat_thread, NULL, beat_run, NULL);
    CHILD_CHECK_SOON(5000, heard_flags == 0 && ask("SELECT event_seq FROM relay_offset") == 3);
    check_all(bus, cache, 72800);
    BJ_CHECK(ask("SELECT buy_value_paise FROM positions") == 727000);
    BJ_CHECK(ask("SELECT count(*) FROM instruments WHERE state = 'open'") == 1);
    test_faults(bus, cache, &nats, &redis, &relay);
    pthread_join(beat_thread, NULL);

    /* Another journal, numbered from 1 again: all is built anew, the copies too. */
    bj_evlog_close(evlog);
    begin_world(78);
    CHILD_CHECK_SOON(5000, ask("SELECT event_seq FROM relay_offset WHERE journal_id = 78") == 3);
    BJ_CHECK(ask("SELECT count(*) FROM orders") == 1);
    CHILD_CHECK_SOON(5000, copied_seq(bus) == 3);

    kill(relay, SIGTERM);
    int how = -1;
    waitpid(relay, &how, 0);
    BJ_CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    /* Six trades of three: those while it was dead are there, none twice. */
    BJ_CHECK(ask("SELECT count(*) FROM candles WHERE token <> 1333") == 0);
    BJ_CHECK(ask("SELECT sum(volume_qty)::bigint FROM candles WHERE token = 1333 AND"
                 " start_at > now() - interval '10 minutes'") == 18);
    bj_bus_unsubscribe(quotes);
    bj_bus_unsubscribe(hints);
    bj_bus_close(bus);
    bj_cache_free(cache);
    bj_market_destroy(market);
    bj_evlog_close(evlog);
    child_stop(nats, SIGTERM);
    child_stop(redis, SIGTERM);
}

int main(int argc, char **argv) {
    (void)argc;
    const char *conninfo = getenv("BJ_TEST_PG_RELAY");
    const char *slash = strrchr(argv[0], '/');
    snprintf(relay_path, sizeof relay_path, "%.*s/../bin/bijli-relay",
             slash ? (int)(slash - argv[0]) : 1, slash ? argv[0] : ".");
    BJ_CHECK(access(relay_path, X_OK) == 0);
    if (conninfo && child_mkdir(dir, sizeof dir)) {
        snprintf(run_dir, sizeof run_dir, "%s", dir);
        snprintf(events_dir, sizeof events_dir, "%s/events", dir);
        snprintf(socket_path, sizeof socket_path, "%s/redis.sock", dir);
        snprintf(config_path, sizeof config_path, "%s/config.json", dir);
        snprintf(port, sizeof port, "%d", child_free_port());
        write_files(conninfo);
        pool = bj_db_pool_new(conninfo, 2, 5000);
        run();
        bj_db_pool_free(pool);
        child_rmdir(dir);
    }
    return bj_test_end(conninfo ? "test_bijli_relay" : "test_bijli_relay (without BJ_TEST_PG)");
}
