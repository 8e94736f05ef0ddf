/* After everything that can happen to a line, both sides know the same: every order, its state, its
 * quantities, its fills; and nothing was sent twice. */
#include "dataplane/gateway/test_nnf_uplink.h"

#include "dataplane/base/bj_test.h"

/* --- the exchange's truth, from its event log alone --- */
typedef struct truth {
    bool     known, rejected, ended;
    uint32_t claims;
    bj_event_t last;
    up_fills_t fills;
} truth_t;
static truth_t truths[UP_EVENTS_MAX];

static void truth_read(const up_t *up) {
    memset(truths, 0, sizeof truths);
    for (size_t i = 0; i < up->event_cnt; i++) {
        const bj_event_t *event = &up->events[i];
        bool order = event->order_id && event->session_id == UP_SESSION &&
                     event->type != BJ_EV_REQUEST_REJECTED;
        if (!order) continue;
        truth_t *truth = &truths[event->order_id];
        truth->known = true;
        truth->last = *event;
        truth->rejected = truth->rejected || event->type == BJ_EV_REJECTED;
        truth->ended = truth->rejected || event->type == BJ_EV_CANCELLED ||
                       (event->type == BJ_EV_TRADE && !event->leaves_qty);
        truth->fills.changes += event->type == BJ_EV_MODIFIED;
        truth->fills.wakes += event->type == BJ_EV_TRIGGERED;
        if (event->type == BJ_EV_TRADE)
            up_fill(&truth->fills, event->last_qty, event->last_price_paise,
                    (int64_t)event->match_id);
    }
}

static bool same(const up_order_t *order, const truth_t *truth) {
    const bj_nnf_answer_t *last = &order->last;
    const bj_event_t *event = &truth->last;
    return truth->known && !truth->rejected && order->ended == truth->ended &&
           last->qty == event->qty && last->cum_qty == event->cum_qty &&
           last->leaves_qty == (truth->ended ? 0 : event->leaves_qty) &&
           last->price_paise == event->price_paise && last->side == event->side &&
           last->token == event->token &&
           memcmp(&order->fills, &truth->fills, sizeof truth->fills) == 0;
}

/* NULL: both sides agree. */
static const char *disagree(up_t *up) {
    uint32_t sent[UP_ORDERS_MAX + 1] = {0};
    truth_read(up);
    for (size_t i = 0; i < up->order_cnt; i++) {
        const up_order_t *order = &up->orders[i];
        int64_t number = order->last.number - INT64_C(1100000000000000);
        if (!order->answered) return "an order has no answer";
        if (order->asks) return "a request has no answer";
        if (order->last.kind == BJ_NNF_REJECTED) continue;
        if (number <= 0 || number >= UP_EVENTS_MAX) return "an order has no number";
        truths[number].claims++;
        if (!same(order, &truths[number])) return "an order differs";
    }
    for (size_t i = 0; i < UP_EVENTS_MAX; i++) {
        if (truths[i].known && !truths[i].rejected && truths[i].claims != 1)
            return "the exchange has an order that the member has not, or has twice";
    }
    for (size_t i = 0; i < up->cmd_cnt; i++) {
        uint32_t ref = (uint32_t)up->cmds[i].client_order_id;
        if (up->cmds[i].type != BJ_CMD_NEW || !ref) continue;
        if (++sent[ref - 1000] > 1) return "an order was sent twice";
    }
    return bj_engine_broken(up->engine);
}

static const char *odd(const up_t *up) {
    const bj_nnf_client_counters_t *now = bj_nnf_client_counters(up->client), *old = &up->before;
    const bj_nnf_counters_t *server = bj_nnf_server_counters(up->server);
    if (now->gaps + old->gaps) return "a fill was missing";
    if (now->mismatches + old->mismatches) return "the list of open orders differed";
    if (now->surfaced + old->surfaced) return "an absent order surfaced";
    if (now->foreign + old->foreign) return "an order of our own looked foreign";
    if (now->unknown + old->unknown) return "a message was not understood";
    if (now->vanished + old->vanished) return "an order vanished";
    if (now->garbage + old->garbage || server->garbage) return "a packet was garbage";
    if (now->refused + old->refused) return "a sign-on was refused";
    return server->rate_rejected || server->surplus_beats ? "the box's rate was passed" : NULL;
}

/* --- random days --- */
static bj_cmd_t any_order(up_t *up) {
    static const uint8_t types[] = {BJ_LIMIT, BJ_LIMIT, BJ_LIMIT, BJ_MARKET, BJ_SL, BJ_SL_M};
    bj_cmd_t cmd = {.token = 101 + up_any(up, 2), .side = up_any(up, 2) ? BJ_BUY : BJ_SELL,
                    .qty = 1 + (int32_t)up_any(up, 4) * 10, .tif = BJ_DAY,
                    .order_type = types[up_any(up, BJ_COUNT(types))]};
    int32_t price_paise = 9990 + (int32_t)up_any(up, 5) * 5;
    bool stop = cmd.order_type == BJ_SL || cmd.order_type == BJ_SL_M;
    if (cmd.order_type == BJ_LIMIT || cmd.order_type == BJ_SL) cmd.price_paise = price_paise;
    if (stop) cmd.trigger_price_paise = price_paise;
    if (!up_any(up, 6) && !stop) cmd.tif = BJ_IOC;
    if (!up_any(up, 6)) cmd.flags = BJ_FLAG_CANCEL_ON_DISCONNECT;
    if (!up_any(up, 20)) cmd.price_paise += 1; /* off the tick: the exchange refuses it */
    if (cmd.order_type == BJ_MARKET || cmd.order_type == BJ_SL_M) cmd.price_paise = 0;
    return cmd;
}

static void any_change(up_t *up) {
    if (!up->order_cnt) return;
    size_t latest = up->order_cnt < 12 ? up->order_cnt : 12;
    up_order_t *order = &up->orders[up->order_cnt - 1 - up_any(up, (uint32_t)latest)];
    int32_t price_paise = order->last.price_paise;
    if (price_paise) price_paise = 9990 + (int32_t)up_any(up, 5) * 5;
    (void)up_change(up, order, up_any(up, 3) ? BJ_CMD_MODIFY : BJ_CMD_CANCEL,
                    order->last.cum_qty + 1 + (int32_t)up_any(up, 4) * 10, price_paise);
}

static void any_step(up_t *up, uint32_t cut_in, uint32_t restart_in) {
    uint32_t dice = up_any(up, 100);
    if (dice < 8 && up->order_cnt < UP_ORDERS_MAX)
        (void)up_new(up, any_order(up));
    else if (dice < 20)
        any_change(up);
    else if (dice < 30)
        up_other(up, up_any(up, 2) ? BJ_BUY : BJ_SELL, 1 + (int32_t)up_any(up, 4) * 10,
                 9990 + (int32_t)up_any(up, 5) * 5, 101 + up_any(up, 2));
    else if (dice < 40)
        up_match(up, up_any(up, 4));
    else if (dice < 48)
        up_tell(up, up_any(up, 8));
    else if (dice < 63)
        up_time(up, (int64_t)up_any(up, 200) * BJ_NS_PER_MS);
    else
        up_line(up, up_any(up, 1000), up_any(up, 3000));
    (void)bj_nnf_server_step(up->server, up->now);
    (void)bj_nnf_client_step(up->client, up->now);
    up->cut_keeps_up = up_any(up, 2);
    if (!up_any(up, cut_in)) up_cut(up);
    if (!up_any(up, restart_in)) up_restart(up);
}

/* X(name): what the seeds together must have met. */
#define TOTALS_LIST(X)                                                                \
    X(orders) X(cuts) X(doubts) X(absent) X(repeats) X(answers) X(held) X(resent)

typedef struct totals {
#define X(name) uint64_t name;
    TOTALS_LIST(X)
#undef X
    uint64_t kinds[BJ_NNF_ANSWER_CNT];
} totals_t;

static void count(const up_t *up, totals_t *totals) {
    const bj_nnf_client_counters_t *now = bj_nnf_client_counters(up->client), *old = &up->before;
    totals->orders += up->order_cnt;
    totals->cuts += up->cut_cnt;
    totals->doubts += now->doubts + old->doubts;
    totals->absent += now->absent + old->absent;
    totals->repeats += now->repeats + old->repeats;
    totals->answers += now->answers + old->answers;
    totals->held += now->held + old->held;
    totals->resent += now->resent + old->resent;
    for (size_t i = 0; i < BJ_NNF_ANSWER_CNT; i++)
        totals->kinds[i] += up->kind_cnt[i];
}

static bool run_seed(uint64_t seed, totals_t *totals) {
    up_t *up = up_open(seed * 2 + 1, seed & 1 ? BJ_NNF_FO : BJ_NNF_CM,
                       seed & 2 ? BJ_NNF_TAG : BJ_NNF_STREAM);
    up->client_config.settings.full_orders = seed & 4;
    up->client_config.settings.resend_cancel = !(seed & 32);
    up_restart(up);
    up->full_pct = seed & 8 ? 30 : 0;
    uint32_t steps = 300 + up_any(up, 500);
    for (uint32_t i = 0; i < steps; i++)
        any_step(up, 60, seed & 16 ? 200 : UINT32_MAX);
    bool over = up_finish(up);
    const char *wrong = over ? disagree(up) : "it does not come to an end";
    if (!wrong) wrong = odd(up);
    if (wrong) fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, wrong);
    count(up, totals);
    up_close(up);
    return !wrong;
}

static void test_random(uint64_t seed_cnt) {
    totals_t totals = {0};
    for (uint64_t seed = 0; seed < seed_cnt; seed++)
        BJ_CHECK(run_seed(seed, &totals));
#define X(name)                                                    \
    printf("%s %llu, ", #name, (unsigned long long)totals.name); \
    BJ_CHECK(totals.name > 0);
    TOTALS_LIST(X)
#undef X
    for (size_t i = 0; i < BJ_NNF_ANSWER_CNT; i++) {
        printf("%s%llu", i ? " " : "kinds ", (unsigned long long)totals.kinds[i]);
        BJ_CHECK((totals.kinds[i] > 0) == (i != BJ_NNF_FOREIGN));
    }
    printf("\n");
}

/* --- one short day, and a cut at a byte of it --- */
static void scripted(up_t *up, int at) {
    static const bj_cmd_t sell = {.token = 101, .side = BJ_SELL, .qty = 50, .price_paise = 10000,
                                  .order_type = BJ_LIMIT, .tif = BJ_DAY};
    static const bj_cmd_t stop = {.token = 101, .side = BJ_SELL, .qty = 5, .price_paise = 9990,
                                  .trigger_price_paise = 10000, .order_type = BJ_SL,
                                  .tif = BJ_DAY};
    switch (at) {
    case 0: up_new(up, sell), up_new(up, sell); break;
    case 1: up_new(up, stop), up_other(up, BJ_BUY, 5, 9990, 101); break;
    case 2: up_other(up, BJ_BUY, 20, 10000, 101); break;
    case 3: (void)up_change(up, &up->orders[0], BJ_CMD_MODIFY, 40, 10005); break;
    case 4: (void)up_change(up, &up->orders[1], BJ_CMD_CANCEL, 0, 0); break;
    case 5: up_other(up, BJ_BUY, 10, 10005, 101); break;
    default: break;
    }
}

static up_t *day_run(uint64_t mode, size_t cut_at) {
    up_t *up = up_open(7, mode & 1 ? BJ_NNF_FO : BJ_NNF_CM, mode & 2 ? BJ_NNF_TAG : BJ_NNF_STREAM);
    up->cut_at = cut_at;
    up->cut_keeps_up = mode & 4;
    for (int i = 0; i < 30; i++) {
        up_line(up, UP_WIRE_BYTES, UP_WIRE_BYTES);
        up_match(up, UP_CMDS_MAX);
        up_tell(up, UP_EVENTS_MAX);
        up_time(up, 100 * BJ_NS_PER_MS);
        (void)bj_nnf_server_step(up->server, up->now);
        (void)bj_nnf_client_step(up->client, up->now);
        if (i >= 10 && i % 2) scripted(up, (i - 11) / 2);
    }
    return up;
}

static void test_each_byte(uint64_t mode, size_t stride) {
    up_t *up = day_run(mode, 0);
    size_t bytes = up->passed;
    BJ_CHECK(bj_nnf_client_state(up->client) == BJ_NNF_READY && up->order_cnt == 3);
    BJ_CHECK(up->orders[0].fills.qty == 30 && up->orders[2].fills.cnt == 1);
    up_close(up);
    printf("mode %llu: cut at every %zu of %zu bytes\n", (unsigned long long)mode, stride, bytes);
    for (size_t at = 1; at <= bytes; at += stride) {
        up = day_run(mode, at);
        bool over = up_finish(up);
        const char *wrong = over ? disagree(up) : "it does not come to an end";
        if (!wrong) wrong = odd(up);
        if (wrong) fprintf(stderr, "mode %d, byte %zu: %s\n", (int)mode, at, wrong);
        BJ_CHECK(!wrong && up->cut_cnt == 1);
        up_close(up);
    }
}

int main(int argc, char **argv) {
    uint64_t seed_cnt = BJ_TEST_SLOW ? 100 : 500;
    if (argc == 2) seed_cnt = strtoull(argv[1], NULL, 10);
    if (argc == 3) { /* one seed: test_bj_nnf_reconcile seed N */
        totals_t totals = {0};
        return !run_seed(strtoull(argv[2], NULL, 10), &totals);
    }
    test_random(seed_cnt);
    static const uint64_t modes[] = {0, 3, 5, 6}; /* each bit both ways, each pair once */
    for (size_t i = 0; i < BJ_COUNT(modes); i++)
        test_each_byte(modes[i], i || BJ_TEST_SLOW ? 13 : 1);
    return bj_test_end("test_bj_nnf_reconcile");
}
