/* The whole way: desks' commands, our engine with its journal, the uplink, a line that breaks, the
 * exchange's server and its matching; and a process that dies with what its journal had on disk.
 * At the end our engine knows of each order what the exchange does, and each request had one
 * answer. */
#include "dataplane/gateway/bj_uplink.h"
#include "dataplane/gateway/test_nnf_uplink.h"

#include "dataplane/base/bj_test.h"

enum { JOURNAL_MAX = 4096, ORDERS_MAX = 256, DESK = 3, SEEDS = BJ_TEST_SLOW ? 200 : 1000 };

typedef struct site {
    up_t *up;
    bj_uplink_t *uplink;
    bj_engine_t *engine; /* ours */
    void *engine_mem;
    bj_cmd_t journal[JOURNAL_MAX];
    uint64_t cmd_cnt, durable_cnt;
    bj_event_t events[JOURNAL_MAX * 2];
    size_t event_cnt, taken_cnt;
    uint64_t desk_seq, crash_cnt;
    bool full; /* no room for commands of the uplink's just now */
} site_t;
static site_t site;

static void site_apply(bj_cmd_t cmd) {
    size_t cnt;
    cmd.seq = 0;
    if (!cmd.time_ns) cmd.time_ns = site.up->now.wall_ns;
    const bj_event_t *events = bj_engine_apply(site.engine, &cmd, &cnt);
    assert(events && site.event_cnt + cnt <= BJ_COUNT(site.events) && site.cmd_cnt < JOURNAL_MAX);
    site.journal[site.cmd_cnt++] = cmd;
    memcpy(&site.events[site.event_cnt], events, cnt * sizeof *events);
    site.event_cnt += cnt;
}

static bj_status_t on_command(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    if (site.full || site.cmd_cnt > JOURNAL_MAX - 64) return BJ_ERR_FULL;
    site_apply(*cmd);
    return BJ_OK;
}
static const bj_uplink_ops_t uplink_ops = {on_command};

static const bj_engine_config_t engine_config = {.instrument_max = 4, .account_max = 4,
                                                 .order_max = 256, .venue = true};

static void engine_new(void) {
    site.engine_mem = aligned_alloc(64, (bj_engine_footprint(&engine_config) + 63) / 64 * 64);
    site.engine = bj_engine_new(site.engine_mem, &engine_config);
    assert(site.engine);
}

static void uplink_new(void) {
    const char *error;
    site.uplink = bj_uplink_new(&site.up->client_config, &uplink_ops, NULL, &error);
    if (!site.uplink) fprintf(stderr, "no uplink: %s\n", error);
    assert(site.uplink);
    site.up->client = bj_uplink_client(site.uplink, site.up->now);
}

static void site_open(uint64_t seed) {
    memset(&site, 0, sizeof site);
    site.up = up_open(seed * 2 + 1, seed & 1 ? BJ_NNF_FO : BJ_NNF_CM,
                      seed & 2 ? BJ_NNF_TAG : BJ_NNF_STREAM);
    bj_nnf_client_free(site.up->client);
    site.up->client_config.settings.full_orders = seed & 4;
    site.up->client_config.settings.resend_cancel = !(seed & 8);
    engine_new();
    bj_cmd_t cmd = {.type = BJ_CMD_INSTRUMENT,
                    .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                                        .band_lo_paise = 9000, .band_hi_paise = 11000,
                                        .prev_close_paise = 10000, .freeze_qty = 1000}};
    for (cmd.token = 101; cmd.token <= 102; cmd.token++) site_apply(cmd);
    site_apply((bj_cmd_t){.type = BJ_CMD_ACCOUNT, .account_id = 1,
                          .body.account = {.order_value_max_paise = INT64_MAX / 4,
                                           .open_value_max_paise = INT64_MAX / 4,
                                           .position_max_qty = 1000000, .open_orders_max = 200}});
    site_apply((bj_cmd_t){.type = BJ_CMD_PHASE, .body.phase = {.phase = BJ_STATE_OPEN}});
    site.durable_cnt = site.cmd_cnt;
    uplink_new();
    bj_status_t status = bj_uplink_start(site.uplink, site.up->now);
    assert(status == BJ_OK), (void)status;
}

static void site_close(void) {
    site.up->client = NULL;
    bj_uplink_free(site.uplink);
    free(site.engine_mem);
    up_close(site.up);
}

/* The process dies: what was not on disk is gone, the exchange's answers included. */
static void crash(void) {
    uint64_t kept_cnt = site.durable_cnt;
    up_disconnect(site.up);
    bj_uplink_free(site.uplink);
    free(site.engine_mem);
    engine_new();
    uplink_new();
    site.cmd_cnt = 0, site.event_cnt = 0;
    while (site.cmd_cnt < kept_cnt) {
        size_t before = site.event_cnt;
        const bj_cmd_t cmd = site.journal[site.cmd_cnt];
        site_apply(cmd);
        bj_status_t status = bj_uplink_recover(site.uplink, &cmd, &site.events[before],
                                               site.event_cnt - before);
        if (status != BJ_OK) fprintf(stderr, "recover: %s\n", bj_status_name(status));
        assert(status == BJ_OK);
    }
    site.taken_cnt = site.event_cnt;
    site.crash_cnt++;
    bj_status_t status = bj_uplink_start(site.uplink, site.up->now);
    assert(status == BJ_OK), (void)status;
}

static void uplink_step(void) {
    while (site.taken_cnt < site.event_cnt &&
           site.events[site.taken_cnt].cmd_seq <= site.durable_cnt &&
           bj_uplink_event(site.uplink, &site.events[site.taken_cnt], site.up->now))
        site.taken_cnt++;
    (void)bj_uplink_client(site.uplink, site.up->now);
    (void)bj_nnf_client_step(site.up->client, site.up->now);
}

/* --- desks */
static bj_cmd_t desk_new(void) {
    static const uint8_t types[] = {BJ_LIMIT, BJ_LIMIT, BJ_LIMIT, BJ_MARKET, BJ_SL};
    up_t *up = site.up;
    bj_cmd_t cmd = {.type = BJ_CMD_NEW, .token = 101 + up_any(up, 2), .tif = BJ_DAY,
                    .side = up_any(up, 2) ? BJ_BUY : BJ_SELL, .qty = 1 + (int32_t)up_any(up, 40),
                    .order_type = types[up_any(up, BJ_COUNT(types))]};
    int32_t price_paise = 9990 + (int32_t)up_any(up, 5) * 5;
    if (cmd.order_type != BJ_MARKET) cmd.price_paise = price_paise;
    if (cmd.order_type == BJ_SL) cmd.trigger_price_paise = price_paise;
    if (!up_any(up, 6) && cmd.order_type != BJ_SL) cmd.tif = BJ_IOC;
    return cmd;
}

static void desk_any(void) {
    up_t *up = site.up;
    uint32_t dice = up_any(up, 12);
    bj_cmd_t cmd = desk_new();
    if (dice >= 6) {
        cmd = (bj_cmd_t){.type = dice < 9 ? BJ_CMD_MODIFY : BJ_CMD_CANCEL,
                         .order_id = 1 + up_any(up, 40), .qty = 1 + (int32_t)up_any(up, 60),
                         .price_paise = 9990 + (int32_t)up_any(up, 5) * 5};
        if (dice == 11) cmd.type = BJ_CMD_MASS_CANCEL, cmd.order_id = 0;
        if (dice == 11 && up_any(up, 4)) return;
    }
    if (site.cmd_cnt > JOURNAL_MAX / 2) return;
    cmd.session_id = DESK, cmd.account_id = 1, cmd.session_seq = ++site.desk_seq;
    if (cmd.type == BJ_CMD_NEW) cmd.client_order_id = site.desk_seq;
    site_apply(cmd);
}

static void any_step(void) {
    up_t *up = site.up;
    uint32_t dice = up_any(up, 100);
    if (dice < 8) desk_any();
    else if (dice < 18) up_other(up, up_any(up, 2) ? BJ_BUY : BJ_SELL, 1 + (int32_t)up_any(up, 40),
                                 9990 + (int32_t)up_any(up, 5) * 5, 101 + up_any(up, 2));
    else if (dice < 26) up_match(up, up_any(up, 4));
    else if (dice < 34) up_tell(up, up_any(up, 8));
    else if (dice < 50) up_time(up, (int64_t)up_any(up, 200) * BJ_NS_PER_MS);
    else if (dice < 60)
        site.durable_cnt += up_any(up, (uint32_t)(site.cmd_cnt - site.durable_cnt) + 1);
    else up_line(up, up_any(up, 1000), up_any(up, 3000));
    site.full = !up_any(up, 5);
    (void)bj_nnf_server_step(up->server, up->now);
    uplink_step();
    up->cut_keeps_up = up_any(up, 2);
    if (!up_any(up, 80)) up_cut(up);
    if (!up_any(up, 150)) crash();
}

static bool finish(void) {
    up_t *up = site.up;
    uint32_t quiet = 0;
    site.full = false;
    for (int i = 0; i < 5000 && quiet < 3; i++) {
        (void)bj_uplink_client(site.uplink, up->now);
        up_line(up, UP_WIRE_BYTES, 4096);
        up_match(up, UP_CMDS_MAX);
        up_tell(up, UP_EVENTS_MAX);
        up_time(up, 20 * BJ_NS_PER_MS);
        site.durable_cnt = site.cmd_cnt;
        (void)bj_nnf_server_step(up->server, up->now);
        uplink_step();
        quiet = up_quiet(up) && site.taken_cnt == site.event_cnt ? quiet + 1 : 0;
    }
    return quiet == 3;
}

/* --- both ledgers */
typedef struct ledger {
    bool    known, ended, rejected;
    int64_t number; /* the exchange's order id */
    bj_event_t last;
    up_fills_t fills;
} ledger_t;
static ledger_t ours[ORDERS_MAX], theirs[UP_EVENTS_MAX];
static uint32_t answers[JOURNAL_MAX];

static void ledger_read(ledger_t *ledgers, size_t max, const bj_event_t *events, size_t event_cnt,
                        uint16_t session_id) {
    memset(ledgers, 0, max * sizeof *ledgers);
    for (size_t i = 0; i < event_cnt; i++) {
        const bj_event_t *event = &events[i];
        bool order = event->order_id && event->session_id == session_id &&
                     event->type != BJ_EV_REQUEST_REJECTED;
        if (!order) continue;
        assert(event->order_id < max);
        ledger_t *ledger = &ledgers[event->order_id];
        ledger->known = true, ledger->last = *event;
        ledger->rejected = ledger->rejected || event->type == BJ_EV_REJECTED;
        ledger->ended = ledger->rejected || event->type == BJ_EV_CANCELLED ||
                        (event->type == BJ_EV_TRADE && !event->leaves_qty);
        ledger->fills.changes += event->type == BJ_EV_MODIFIED;
        ledger->fills.wakes += event->type == BJ_EV_TRIGGERED;
        if (event->type == BJ_EV_TRADE)
            up_fill(&ledger->fills, event->last_qty, event->last_price_paise,
                    (int64_t)event->match_id);
    }
}

static bool same(const ledger_t *a, const ledger_t *b) {
    return b->known && !b->rejected && a->ended == b->ended && a->last.qty == b->last.qty &&
           a->last.cum_qty == b->last.cum_qty &&
           (a->ended || a->last.leaves_qty == b->last.leaves_qty) &&
           a->last.price_paise == b->last.price_paise && a->last.side == b->last.side &&
           memcmp(&a->fills, &b->fills, sizeof a->fills) == 0;
}

static const char *disagree(void) {
    uint32_t matched = 0, there = 0;
    const up_t *up = site.up;
    ledger_read(ours, ORDERS_MAX, site.events, site.event_cnt, DESK);
    ledger_read(theirs, UP_EVENTS_MAX, up->events, up->event_cnt, UP_SESSION);
    for (uint64_t i = 0; i < site.cmd_cnt; i++) {
        const bj_cmd_t *cmd = &site.journal[i];
        if (cmd->type == BJ_CMD_VENUE && cmd->body.venue.number)
            ours[cmd->order_id].number = cmd->body.venue.number - INT64_C(1100000000000000);
    }
    for (size_t i = 1; i < ORDERS_MAX; i++) {
        const ledger_t *own = &ours[i];
        bj_engine_pending_t pending;
        if (bj_engine_pending(site.engine, i, &pending) && (pending.asked || pending.cancel))
            return "a request is still on its way";
        if (!own->known || own->rejected) continue;
        if (own->number <= 0 || own->number >= UP_EVENTS_MAX) return "an order has no number";
        if (!same(own, &theirs[own->number])) return "an order differs";
        if (own->last.type == BJ_EV_CANCELLED && own->last.reason < BJ_END_USER)
            return "an order ended for no reason";
        matched++;
    }
    for (size_t i = 0; i < UP_EVENTS_MAX; i++)
        there += theirs[i].known && !theirs[i].rejected;
    if (there != matched) return "the exchange has orders that we have not";
    return bj_engine_broken(site.engine);
}

/* All that our engine may refuse of the uplink's is that a request came too late for its order. */
static bool odd(const bj_cmd_t *cmd, const bj_event_t *event) {
    bool refused = event->type == BJ_EV_REQUEST_REJECTED && cmd->type == BJ_CMD_VENUE &&
                   event->session_id == BJ_SESSION_INTERNAL;
    bool late = event->reason == BJ_REJ_ORDER_UNKNOWN &&
                (cmd->body.venue.kind == BJ_VENUE_CANCEL_REFUSED ||
                 cmd->body.venue.kind == BJ_VENUE_MODIFY_REFUSED);
    return refused && !late;
}

/* Each request of a desk that the journal has got one answer; a mass cancel's is MASS_DONE. */
static const char *unanswered(void) {
    memset(answers, 0, sizeof answers);
    for (size_t i = 0; i < site.event_cnt; i++) {
        const bj_event_t *event = &site.events[i];
        if (odd(&site.journal[event->cmd_seq - 1], event)) return "an answer did not follow";
        if (event->session_id == DESK && event->type != BJ_EV_TRADE) answers[event->session_seq]++;
    }
    for (uint64_t i = 0; i < site.cmd_cnt; i++) {
        const bj_cmd_t *cmd = &site.journal[i];
        if (cmd->session_id == DESK && answers[cmd->session_seq] != 1)
            return "a request has no answer, or two";
    }
    return bj_uplink_strays(site.uplink).orders ? "an order of our own looked foreign" : NULL;
}

static bool run_seed(uint64_t seed, uint64_t *crashes, uint64_t *cuts, uint64_t *orders) {
    site_open(seed);
    for (uint32_t i = 0, cnt = 300 + up_any(site.up, 500); i < cnt; i++) {
        (void)bj_uplink_client(site.uplink, site.up->now);
        any_step();
    }
    const char *wrong = finish() ? disagree() : "it does not come to an end";
    if (!wrong) wrong = unanswered();
    if (wrong) fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, wrong);
    *crashes += site.crash_cnt, *cuts += site.up->cut_cnt;
    for (size_t i = 1; i < ORDERS_MAX; i++) *orders += ours[i].known && !ours[i].rejected;
    site_close();
    return !wrong;
}

/* Orders that ended on an earlier day take no room. */
static void test_days(void) {
    bj_uplink_t *uplink;
    const char *error;
    uint64_t order_id = 0;
    bj_status_t status = BJ_OK;
    site_open(1);
    bj_nnf_client_config_t config = site.up->client_config;
    config.order_max = 4;
    uplink = bj_uplink_new(&config, &uplink_ops, NULL, &error);
    BJ_CHECK(uplink != NULL);
    for (int64_t day = 1; day <= 3; day++) {
        for (int i = 0; i < 3; i++) {
            bj_cmd_t cmd = {.type = BJ_CMD_NEW, .time_ns = day * 86400 * BJ_NS_PER_S};
            bj_event_t event = {.type = BJ_EV_TO_VENUE, .reason = BJ_CMD_NEW, .account_id = 1,
                                .order_id = ++order_id, .token = 101, .side = BJ_BUY, .qty = 5,
                                .price_paise = 10000, .order_type = BJ_LIMIT, .tif = BJ_DAY};
            if (status == BJ_OK) status = bj_uplink_recover(uplink, &cmd, &event, 1);
            cmd.type = BJ_CMD_VENUE, cmd.order_id = order_id, cmd.qty = 5;
            cmd.body.venue = (bj_cmd_venue_t){.kind = BJ_VENUE_REJECTED, .number = 0};
            event.type = BJ_EV_REJECTED;
            bool open = order_id == 1; /* this one stays */
            if (status == BJ_OK && !open) status = bj_uplink_recover(uplink, &cmd, &event, 1);
        }
    }
    BJ_CHECK(status == BJ_OK && bj_uplink_start(uplink, site.up->now) == BJ_OK);
    BJ_CHECK(bj_nnf_client_doubts(bj_uplink_client(uplink, site.up->now)) == 1);
    bj_uplink_free(uplink);
    site_close();
}

int main(int argc, char **argv) {
    uint64_t crashes = 0, cuts = 0, orders = 0;
    if (argc == 2) return !run_seed(strtoull(argv[1], NULL, 10), &crashes, &cuts, &orders);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        BJ_CHECK(run_seed(seed, &crashes, &cuts, &orders));
    test_days();
    BJ_CHECK(crashes > SEEDS / 2 && cuts > SEEDS / 2 && orders > SEEDS);
    printf("%llu orders at the exchange, %llu cuts, %llu crashes\n", (unsigned long long)orders,
           (unsigned long long)cuts, (unsigned long long)crashes);
    return bj_test_end("test_bj_uplink");
}
