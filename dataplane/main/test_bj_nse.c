/* Goal: nothing goes to the exchange that the journal does not have; while the exchange is away new
 * orders are refused and cancels wait; a process that dies with orders on their way finds out what
 * became of them; a standby that takes over ends the connection.  Engine tile, journal tile,
 * journal and sockets are the real ones; the exchange is NNF's server with an engine behind it. */
#include "dataplane/main/bj_nse.h"

#include <signal.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/test_nnf_uplink.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/nnf/bj_nnf_sock.h"
#include "dataplane/tile/bj_engine_tile.h"
#include "dataplane/tile/bj_journal_tile.h"

enum { DEPTH = 1 << 10, VENUE_DEPTH = 2, STEPS_MAX = 20000, SEEN_MAX = 256 };
enum { DESK = 3, ACCOUNT = 77, NAMELESS = 777 };

static char root[] = "/tmp/bj_nse_XXXXXX";
static char config_file[64], cert[64], key[64], journal_dir[64], evlog_dir[64];
static const bj_engine_config_t shape = {.instrument_max = 4, .account_max = 8, .order_max = 64,
                                         .venue = true};

typedef struct site { /* ours */
    bj_pipe_t pipe;
    bj_engine_tile_t engine;
    bj_journal_tile_t journal_tile;
    bj_nse_t nse;
    bj_journal_t *journal;
    bj_evlog_t *evlog;
    void *engine_mem;
    uint64_t desk_seq;
    bool disk; /* the journal tile has its turns */
    bj_event_t seen[SEEN_MAX]; /* what the desk was told */
    size_t seen_cnt;
} site_t;
static site_t *site;
static up_t *up; /* the exchange */
static bj_nnf_sock_t *sock;
static bj_nnf_sock_config_t where;

/* --- ours */
static bj_status_t store_append(void *ctx, const bj_cmd_t *cmd) {
    return bj_journal_append(((site_t *)ctx)->journal, cmd);
}
static bj_status_t store_commit(void *ctx) { return bj_journal_commit(((site_t *)ctx)->journal); }
static bj_status_t store_keep(void *ctx, const bj_event_t *event) {
    return bj_evlog_append(((site_t *)ctx)->evlog, event, 1);
}
static void store_publish(void *ctx, uint64_t event_seq) {
    bj_evlog_publish(((site_t *)ctx)->evlog, event_seq);
}

static bj_ring_t *ring_new(uint64_t depth, uint64_t slot_bytes) {
    return bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(depth, slot_bytes)), depth,
                       slot_bytes);
}

static void replay(void *ctx, const bj_cmd_t *cmd) {
    bj_cmd_t copy = *cmd;
    size_t cnt;
    BJ_CHECK(bj_engine_apply(((site_t *)ctx)->engine.engine, &copy, &cnt) != NULL);
}

/* As the dataplane's start does it: journal, event log, then the venue's tile. */
static void site_start(bj_config_t *config) {
    bj_journal_report_t report;
    uint64_t journal_id;
    bool there = bj_journal_id(journal_dir, &journal_id) == BJ_OK;
    site = aligned_alloc(BJ_PAIR_BYTES, (sizeof *site + 127) / 128 * 128);
    memset(site, 0, sizeof *site);
    site->disk = true;
    site->pipe.cmds = ring_new(DEPTH, sizeof(bj_cmd_t));
    site->pipe.venue_cmds = ring_new(VENUE_DEPTH, sizeof(bj_cmd_t));
    site->pipe.records = ring_new(DEPTH, sizeof(bj_record_t));
    site->pipe.events = ring_new(DEPTH, sizeof(bj_event_t));
    site->engine_mem = aligned_alloc(64, (bj_engine_footprint(&shape) + 63) / 64 * 64);
    site->engine = (bj_engine_tile_t){.engine = bj_engine_new(site->engine_mem, &shape),
                                      .pipe = &site->pipe};
    site->nse.on = true;
    BJ_CHECK(bj_nse_new(&site->nse, config, &site->pipe));
    bj_status_t status =
        there ? bj_journal_open(journal_dir, false, replay, site, &report, &site->journal)
              : bj_journal_create(journal_dir, false, true, &report, &site->journal);
    BJ_CHECK(status == BJ_OK);
    bj_engine_stats_t stats = bj_engine_stats(site->engine.engine);
    site->evlog = bj_evlog_resume(evlog_dir, report.journal_id, stats.event_seq, stats.event_seq);
    bj_evlog_publish(site->evlog, stats.event_seq);
    site->journal_tile = (bj_journal_tile_t){
        .pipe = &site->pipe, .kept_seq = stats.event_seq, .written_seq = stats.cmd_seq,
        .disk_seq = stats.cmd_seq,
        .store = {store_append, store_commit, store_keep, store_publish, site, NULL, NULL}};
    atomic_store(&site->pipe.durable_seq, stats.cmd_seq);
    BJ_CHECK(bj_nse_recover(&site->nse, journal_dir, evlog_dir));
}

/* What it has not written is gone. */
static void site_kill(void) {
    bj_nse_stop(&site->nse);
    bj_journal_close(site->journal);
    bj_evlog_close(site->evlog);
    free(site->pipe.cmds), free(site->pipe.venue_cmds);
    free(site->pipe.records), free(site->pipe.events);
    free(site->engine_mem);
    free(site);
}

static void desk_hear(void) {
    const bj_event_t *event;
    while ((event = bj_ring_peek(site->pipe.events))) {
        if (event->session_id == DESK && site->seen_cnt < SEEN_MAX)
            site->seen[site->seen_cnt++] = *event;
        bj_ring_release(site->pipe.events);
    }
}

static void ours_turn(void) {
    (void)bj_engine_tile_step(&site->engine, up->now);
    if (site->disk) (void)bj_journal_tile_step(&site->journal_tile, up->now);
    (void)bj_nse_step(&site->nse, up->now);
    bj_nse_housekeep(&site->nse, up->now);
    desk_hear();
}

/* --- the exchange */
static void exchange_turn(void) {
    up_match(up, UP_CMDS_MAX);
    up_tell(up, UP_EVENTS_MAX);
    (void)bj_nnf_server_step(up->server, up->now);
    if (sock) (void)bj_nnf_sock_step(sock, up->now);
}

static void exchange_open(void) {
    sock = bj_nnf_sock_new(&where, up->server);
    BJ_CHECK(sock != NULL);
}
static void exchange_close(void) {
    bj_nnf_sock_free(sock, up->now);
    sock = NULL;
}

static void turn(void) {
    up->now = bj_clock_now();
    exchange_turn();
    ours_turn();
    usleep(100);
}

static bj_nse_counters_t counters(void) {
    bj_nse_counters_t now;
    bj_metrics_read(&site->nse.metrics, &now, sizeof now);
    return now;
}

static bool until_state(bj_nnf_client_state_t state) {
    int i = 0;
    while (i++ < STEPS_MAX && counters().state != state) turn();
    return counters().state == state;
}

static const bj_event_t *answer(uint64_t session_seq) {
    for (size_t i = 0; i < site->seen_cnt; i++) {
        if (site->seen[i].session_seq == session_seq) return &site->seen[i];
    }
    return NULL;
}

static const bj_event_t *until_answer(uint64_t session_seq) {
    int i = 0;
    while (i++ < STEPS_MAX && !answer(session_seq)) turn();
    return answer(session_seq);
}

/* --- the desk */
static uint64_t desk_say(bj_cmd_t cmd) {
    if (!cmd.account_id) cmd.account_id = ACCOUNT;
    cmd.session_id = DESK, cmd.session_seq = ++site->desk_seq;
    cmd.time_ns = bj_clock_wall_ns();
    if (cmd.type == BJ_CMD_NEW) cmd.client_order_id = cmd.session_seq;
    BJ_CHECK(bj_ring_push(site->pipe.cmds, &cmd, sizeof cmd));
    return cmd.session_seq;
}

static uint64_t desk_buy(int32_t qty, uint32_t account_id) {
    return desk_say((bj_cmd_t){.type = BJ_CMD_NEW, .token = 101, .account_id = account_id,
                               .side = BJ_BUY, .qty = qty, .price_paise = 9900,
                               .order_type = BJ_LIMIT, .tif = BJ_DAY});
}

static void set_up(void) {
    const bj_cmd_t cmds[] = {
        {.type = BJ_CMD_INSTRUMENT, .token = 101, .time_ns = 1,
         .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                             .band_lo_paise = 9000, .band_hi_paise = 11000,
                             .prev_close_paise = 10000, .freeze_qty = 1000}},
        {.type = BJ_CMD_ACCOUNT, .account_id = ACCOUNT, .time_ns = 1,
         .body.account = {.order_value_max_paise = INT64_MAX / 4,
                          .open_value_max_paise = INT64_MAX / 4,
                          .position_max_qty = 1000000, .open_orders_max = 50}},
        {.type = BJ_CMD_ACCOUNT, .account_id = NAMELESS, .time_ns = 1,
         .body.account = {.order_value_max_paise = INT64_MAX / 4,
                          .open_value_max_paise = INT64_MAX / 4,
                          .position_max_qty = 1000000, .open_orders_max = 50}},
        {.type = BJ_CMD_PHASE, .time_ns = 2, .body.phase = {.phase = BJ_STATE_OPEN}}};
    for (size_t i = 0; i < BJ_COUNT(cmds); i++)
        BJ_CHECK(bj_ring_push(site->pipe.cmds, &cmds[i], sizeof cmds[i]));
}

/* --- tests */
static void test_away(void) {
    char text[160];
    set_up();
    uint64_t seq = desk_buy(10, ACCOUNT);
    const bj_event_t *event = until_answer(seq);
    BJ_CHECK(event && event->type == BJ_EV_REJECTED && event->reason == BJ_REJ_VENUE_AWAY);
    bj_nse_counters_t now = counters();
    BJ_CHECK(now.away_refused == 1 && now.client.requests == 0 && now.on_the_way == 0);
    BJ_CHECK(bj_nse_text(&now, text, sizeof text) && strstr(text, "new orders are refused"));
    BJ_CHECK(bj_engine_stats(site->engine.engine).live_orders == 0);
}

/* The order that rests, for what follows. */
static uint64_t test_durable_first(void) {
    char text[160];
    exchange_open();
    BJ_CHECK(until_state(BJ_NNF_READY));
    size_t before = up->cmd_cnt;
    site->disk = false;
    uint64_t seq = desk_buy(20, ACCOUNT);
    for (int i = 0; i < 300; i++) turn();
    BJ_CHECK(up->cmd_cnt == before && !answer(seq));
    BJ_CHECK(bj_engine_stats(site->engine.engine).live_orders == 1);
    site->disk = true;
    const bj_event_t *event = until_answer(seq);
    BJ_CHECK(event && event->type == BJ_EV_ACCEPTED && up->cmd_cnt == before + 1);
    bj_nse_counters_t now = counters();
    BJ_CHECK(bj_nse_text(&now, text, sizeof text) == NULL && now.on_the_way == 0);
    return event ? event->order_id : 0;
}

static void test_cancel_waits(uint64_t order_id) {
    exchange_close();
    for (int i = 0; i < STEPS_MAX && counters().state == BJ_NNF_READY; i++) turn();
    uint64_t modify = desk_say((bj_cmd_t){.type = BJ_CMD_MODIFY, .order_id = order_id, .qty = 5,
                                          .price_paise = 9900});
    const bj_event_t *event = until_answer(modify);
    BJ_CHECK(event && event->type == BJ_EV_REQUEST_REJECTED &&
             event->reason == BJ_REJ_VENUE_AWAY);
    uint64_t cancel = desk_say((bj_cmd_t){.type = BJ_CMD_CANCEL, .order_id = order_id});
    for (int i = 0; i < 300; i++) turn();
    BJ_CHECK(!answer(cancel) && counters().on_the_way == 1);
    exchange_open();
    event = until_answer(cancel);
    BJ_CHECK(event && event->type == BJ_EV_CANCELLED && event->order_id == order_id);
    BJ_CHECK(counters().reconnects == 1 && counters().away_refused == 2);
}

/* One order the exchange took and we did not hear of; one is in the journal and was never sent; and
 * some of an account that has no name there never could be, more than the ring to the engine
 * takes. */
static void test_killed(bj_config_t *config) {
    BJ_CHECK(until_state(BJ_NNF_READY));
    uint64_t theirs = desk_buy(30, ACCOUNT);
    size_t before = up->event_cnt;
    for (int i = 0; i < STEPS_MAX && up->cmd_cnt == up->applied_cnt; i++) {
        up->now = bj_clock_now();
        (void)bj_nnf_server_step(up->server, up->now);
        (void)bj_nnf_sock_step(sock, up->now);
        ours_turn();
    }
    up_match(up, UP_CMDS_MAX);
    BJ_CHECK(up->event_cnt > before && !answer(theirs));
    uint64_t nobodys = desk_buy(40, ACCOUNT), nameless[3 * VENUE_DEPTH];
    for (size_t i = 0; i < BJ_COUNT(nameless); i++) nameless[i] = desk_buy(50, NAMELESS);
    (void)bj_engine_tile_step(&site->engine, up->now);
    (void)bj_journal_tile_step(&site->journal_tile, up->now);
    site_kill();
    site_start(config);
    BJ_CHECK(counters().in_doubt == 2 && counters().on_the_way == 2);
    const bj_event_t *event = until_answer(theirs);
    BJ_CHECK(event && event->type == BJ_EV_ACCEPTED && event->qty == 30);
    event = until_answer(nobodys);
    BJ_CHECK(event && event->type == BJ_EV_REJECTED && event->reason == BJ_REJ_VENUE_AWAY);
    for (size_t i = 0; i < BJ_COUNT(nameless); i++) {
        event = until_answer(nameless[i]);
        BJ_CHECK(event && event->type == BJ_EV_REJECTED &&
                 event->reason == BJ_REJ_ACCOUNT_UNKNOWN);
    }
    BJ_CHECK(until_state(BJ_NNF_READY));
    bj_nse_counters_t now = counters();
    BJ_CHECK(now.in_doubt == 0 && now.on_the_way == 0 && now.reconciled == 2);
    BJ_CHECK(now.strays.orders == 0);
    BJ_CHECK(bj_engine_stats(site->engine.engine).live_orders == 1);
    BJ_CHECK(bj_engine_broken(site->engine.engine) == NULL);
}

static bool told_of_trade(void) {
    return site->seen_cnt && site->seen[site->seen_cnt - 1].type == BJ_EV_TRADE;
}

static void test_filled(void) {
    up_other(up, BJ_SELL, 30, 9900, 101);
    for (int i = 0; i < STEPS_MAX && !told_of_trade(); i++) turn();
    BJ_CHECK(told_of_trade() && site->seen[site->seen_cnt - 1].last_qty == 30);
    BJ_CHECK(bj_engine_stats(site->engine.engine).live_orders == 0);
}

/* An event that cannot be read: nothing goes out, and the status says so; the line is up. */
static void test_unreadable(void) {
    char text[160];
    uint64_t next_seq = site->nse.next_seq;
    bj_nse_counters_t now = counters();
    BJ_CHECK(now.unreadable == 0 && bj_nse_text(&now, text, sizeof text) == NULL);
    site->nse.next_seq = 0; /* no event has it */
    turn();
    site->nse.next_seq = next_seq;
    now = counters();
    BJ_CHECK(now.unreadable == 1 && now.state == BJ_NNF_READY);
    BJ_CHECK(bj_nse_text(&now, text, sizeof text) && strstr(text, "cannot be read"));
    uint64_t seq = desk_buy(5, ACCOUNT);
    for (int i = 0; i < 300; i++) turn();
    now = counters();
    BJ_CHECK(!answer(seq) && now.on_the_way == 0);
}

static bool text_says(bj_nse_counters_t now, const char *words) {
    char text[160];
    now.state = BJ_NNF_READY;
    return bj_nse_text(&now, text, sizeof text) && strstr(text, words);
}

static void test_strays_text(void) {
    bj_nse_counters_t now = {.strays_open = 3, .strays = {.orders = 3, .refused = 2}};
    BJ_CHECK(text_says(now, "3 orders") && text_says(now, "2 were refused"));
    now.strays.fills = 1;
    BJ_CHECK(text_says(now, "traded"));
    BJ_CHECK(text_says((bj_nse_counters_t){.client = {.untracked = 1}}, "cannot be followed"));
    now.client.unexplained = 4;
    BJ_CHECK(text_says(now, "4 orders") && text_says(now, "stay open here"));
}

static void test_fenced(void) {
    atomic_store(&site->pipe.replica.fenced, true);
    for (int i = 0; i < 300; i++) turn();
    BJ_CHECK(!site->nse.net && counters().state == BJ_NNF_STOPPED);
    BJ_CHECK(bj_nnf_server_counters(up->server)->connections == 0);
}

/* --- the bed */
static bj_config_t *config_make(void) {
    char line[400], path[64];
    (void)snprintf(path, sizeof path, "%s/universe", root);
    FILE *out = fopen(path, "w");
    fputs("symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,"
          "band_hi_paise,freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp\n"
          "DEMO,101,1,5,1,10000,9000,11000,1000,1000000,10000,2500\n", out);
    fclose(out);
    (void)snprintf(path, sizeof path, "%s/password", root);
    fputs("Secret1\n", out = fopen(path, "w"));
    fclose(out);
    (void)snprintf(line, sizeof line, "openssl req -x509 -newkey ec -pkeyopt "
                   "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=router -keyout %s -out %s "
                   "2>/dev/null", key, cert);
    BJ_CHECK(system(line) == 0);
    out = fopen(config_file, "w");
    fprintf(out, "{\"universe_csv\": \"%s/universe\", \"nse\": {\"router_host\": \"127.0.0.1\","
            " \"router_port\": %u, \"ca_file\": \"%s\", \"box\": 7, \"broker\": \"12345\","
            " \"user\": 501, \"password_file\": \"%s/password\", \"settle_ms\": 100,"
            " \"retry_ms\": 20, \"retry_max_ms\": 50, \"order_max\": 1000,"
            " \"others\": {\"account\": \"CLIENT##\", \"nnf_id\": 111111111111100}}}", root,
            where.router_port, cert, root);
    fclose(out);
    return bj_config_load(config_file);
}

static void exchange_make(void) {
    const char *error = NULL;
    up = up_open(3, BJ_NNF_CM, BJ_NNF_TAG);
    bj_nnf_server_free(up->server);
    up_users[0].account[0] = '\0'; /* any of the member's clients */
    where = (bj_nnf_sock_config_t){.host = "127.0.0.1", .cert_file = cert, .key_file = key,
                                   .port = (uint16_t)(20000 + getpid() % 12000)};
    where.router_port = (uint16_t)(where.port + 1);
    up->server_config.port = where.port;
    up->server = bj_nnf_server_new(&up->server_config, &error);
    BJ_CHECK(up->server != NULL);
}

int main(void) {
    char line[64];
    bj_log_init("test", BJ_LOG_ERROR);
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(root)) return 1;
    (void)snprintf(config_file, sizeof config_file, "%s/config", root);
    (void)snprintf(cert, sizeof cert, "%s/cert", root);
    (void)snprintf(key, sizeof key, "%s/key", root);
    (void)snprintf(journal_dir, sizeof journal_dir, "%s/journal", root);
    (void)snprintf(evlog_dir, sizeof evlog_dir, "%s/events", root);
    exchange_make();
    bj_config_t *config = config_make();
    site_start(config);
    test_away();
    test_cancel_waits(test_durable_first());
    test_killed(config);
    test_filled();
    test_unreadable();
    test_strays_text();
    test_fenced();
    site_kill();
    exchange_close();
    bj_config_free(config);
    up_close(up);
    (void)snprintf(line, sizeof line, "rm -rf %s", root);
    BJ_CHECK(system(line) == 0);
    return bj_test_end("test_bj_nse");
}
