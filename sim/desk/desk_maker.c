/* The market maker as a process: market table in, requests out, health file. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/base/bj_time.h"
#include "sim/desk/bj_maker.h"
#include "sim/desk/desk.h"

enum { STEP_MS = 20, LOOK_MS = 100 };
static const int64_t silent_max_ns = 3 * BJ_NS_PER_S;

typedef struct house {
    bj_desk_link_t link;
    bj_maker_t    *maker;
    bj_market_reader_t *market;
    char    market_file[512];
    const char *run_dir;
    bool    silent;
    int64_t next_look_ns, next_say_ns;
    uint32_t turn; /* looks so far */
} house_t;

static bool send_request(void *ctx, uint8_t type, void *msg, uint64_t *seq) {
    return bj_oe_client_request(((house_t *)ctx)->link.client, type, msg, seq) == BJ_OK;
}

static void on_ready(void *ctx, const bj_oe_login_reply_t *reply) {
    (void)reply;
    bj_maker_restart(((house_t *)ctx)->maker);
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    bj_maker_report(((house_t *)ctx)->maker, report, bj_clock_mono_ns());
}

static void on_reject(void *ctx, const bj_oe_session_reject_t *reject) {
    bj_maker_refused(((house_t *)ctx)->maker, reject->ref_seq, bj_clock_mono_ns());
}

/* The dataplane makes a new table at each start. */
static bool market_here(house_t *house) {
    if (house->market && bj_market_replaced(house->market)) {
        bj_market_close(house->market);
        house->market = NULL;
    }
    if (!house->market) house->market = bj_market_open(house->market_file);
    return house->market != NULL;
}

static bool feed_speaks(const house_t *house) {
    const bj_market_header_t *head = bj_market_head(house->market);
    int64_t now_ns = bj_clock_wall_ns();
    return now_ns - atomic_load(&head->heartbeat_ns) < silent_max_ns &&
           now_ns - atomic_load(&head->feed_ns) < silent_max_ns;
}

static void look(house_t *house, int64_t now_ns) {
    house->silent = !market_here(house) || !feed_speaks(house);
    if (!bj_oe_client_ready(house->link.client)) return;
    if (house->silent) {
        bj_maker_withdraw(house->maker);
        return;
    }
    /* Each look begins one further: who is always last has no quotes once messages are spent. */
    uint32_t cnt = bj_market_head(house->market)->instrument_cnt;
    uint32_t first = house->turn++ % cnt;
    for (uint32_t i = 0; i < cnt; i++) {
        bj_market_row_t row;
        uint32_t idx = (first + i) % cnt;
        if (bj_market_read(house->market, idx, &row) && row.segment == BJ_SEGMENT_CM)
            bj_maker_quote(house->maker, idx, &row, now_ns);
    }
}

static void say_alive(const house_t *house) {
    bj_maker_stats_t stats = bj_maker_stats(house->maker);
    bool ready = bj_oe_client_ready(house->link.client);
    bj_health_t health = {.state = ready && !house->silent ? BJ_HEALTH_UP : BJ_HEALTH_DEGRADED};
    snprintf(health.text, sizeof health.text, "%s",
             !ready          ? "not logged in at the gateway"
             : house->silent ? "the feed is silent: quotes are withdrawn"
                             : "quotes around the feed");
    bj_health_figure(&health, "open_quotes", stats.open_quotes);
    bj_health_figure(&health, "new_orders", (int64_t)stats.news);
    bj_health_figure(&health, "modifies", (int64_t)stats.modifies);
    bj_health_figure(&health, "trades", (int64_t)stats.trades);
    bj_health_figure(&health, "refusals", (int64_t)stats.refusals);
    bj_health_figure(&health, "withdrawals", (int64_t)stats.withdrawals);
    if (!bj_health_write(house->run_dir, "maker", &health))
        BJ_WARN("health file cannot be written");
}

static void step(house_t *house) {
    bj_desk_link_step(&house->link, STEP_MS);
    int64_t now_ns = bj_clock_mono_ns();
    if (now_ns >= house->next_look_ns) {
        house->next_look_ns = now_ns + LOOK_MS * BJ_NS_PER_MS;
        look(house, now_ns);
    }
    if (now_ns >= house->next_say_ns) {
        house->next_say_ns = now_ns + BJ_NS_PER_S;
        say_alive(house);
    }
}

/* What it was given is read by now; the table and certificates are made anew while it runs. */
static bool confine(const bj_config_t *config) {
    static const bj_sandbox_rule_t touches[] = {
        {"run_dir", BJ_MAY_READ}, {"gateway", BJ_MAY_READ},
        {"gateway.ca_file", BJ_MAY_READ | BJ_MAY_FOLDER}};
    return bj_sandbox_files(config, "maker", touches, BJ_COUNT(touches)) &&
           bj_sandbox_only(NULL, 0);
}

int desk_maker(const desk_t *desk, int argc, char **argv) {
    static house_t house;
    (void)argc, (void)argv;
    const bj_oe_client_config_t wish = {.heartbeat_ms = 1000,
                                        .keep_max = 4096,
                                        .on_ready = on_ready,
                                        .on_report = on_report,
                                        .on_reject = on_reject,
                                        .ctx = &house};
    bj_log_init("maker", BJ_LOG_INFO);
    if (!confine(desk->config)) return 1;
    house.run_dir = bj_config_str(desk->config, "run_dir");
    snprintf(house.market_file, sizeof house.market_file, "%s/market.shm", house.run_dir);
    bj_desk_link_open(&house.link, desk->config, desk->session, &wish);
    house.maker = bj_maker_new(
        (uint32_t)desk->universe_cnt, house.link.account_id,
        (uint32_t)bj_config_int_or(desk->config, "maker.messages_per_s", 1, 100000, 60),
        send_request, &house);
    if (!house.maker) return 3;
    while (!desk_stop) step(&house);
    if (bj_oe_client_ready(house.link.client)) bj_maker_withdraw(house.maker);
    bj_desk_link_step(&house.link, STEP_MS);
    bj_market_close(house.market);
    bj_maker_free(house.maker);
    bj_desk_link_close(&house.link);
    return 0;
}
