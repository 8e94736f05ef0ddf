/* Goal: orders that go to an exchange: each rule as a line one can read; then random days against a
 * plain model of what counts, with every request answered once and a replay that gives the same. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

/* Commands   new SESSION CLIENT_ID B|S QTY PRICE L|M|s|m [TRIGGER]    mod SESSION ORDER QTY PRICE
 *            can SESSION ORDER    mass SESSION    dis SESSION    kill [!]
 *            rel ORDER
 *            ex KIND ORDER QTY PRICE [CUM FILL_QTY FILL_PRICE FILL_NUMBER REASON]
 *            ex! ... the same, and it answers the order's request
 * Events     letter ORDER leaves/cum =PRICE, @PRICExQTY of a trade, `new`, `mod`, `can` or `rel` of
 *            a request to the exchange, *N for the command it answers, #VALUE, the reason's name.
 * The world  token 1 (tick 5, band 8000..12000), account 1 with an open value of 10^6, 5 orders. */
static const struct {
    const char *name, *script, *want;
} cases[] = {
    {"an order goes out and is accepted", "new 1 7 B 10 10000 L;ex! 1 1 10 10000",
     "v1 10/0 =10000 new|a1 10/0 =10000 *1"},
    {"it is refused: nothing is open any more",
     "new 1 7 B 100 10000 L;new 1 8 B 1 10000 L;ex! 2 1 100 10000 0 0 0 0 106;"
     "new 1 9 B 100 10000 L",
     "v1 100/0 =10000 new|r2 0/0 =10000 *2 BJ_REJ_OPEN_VALUE|r1 0/0 =10000 *1 BJ_REJ_TICK|"
     "v3 100/0 =10000 new"},
    {"checks come before the exchange", "new 1 7 B 10 10001 L;new 1 7 B 10 13000 L",
     "r1 0/0 =10001 *1 BJ_REJ_TICK|r2 0/0 =13000 *2 BJ_REJ_PRICE_BAND"},
    {"a client order id is in use while the order is on its way",
     "new 1 7 B 10 10000 L;new 1 7 B 10 10000 L",
     "v1 10/0 =10000 new|r2 0/0 =10000 *2 BJ_REJ_DUPLICATE"},
    {"fills, each once, to the end",
     "new 1 7 B 10 10000 L;ex! 1 1 10 10000;ex 7 1 10 10000 4 4 9995 81;"
     "ex 7 1 10 10000 4 4 9995 81;ex 7 1 10 10000 10 6 9990 82;ex 7 1 10 10000 11 1 9990 83",
     "v1 10/0 =10000 new|a1 10/0 =10000 *1|t1 6/4 =10000@9995x4|q1 0/0 BJ_ERR_SEQUENCE|"
     "t1 0/10 =10000@9990x6|q1 0/0 BJ_REJ_ORDER_UNKNOWN"},
    {"a fill that cannot be",
     "new 1 7 B 10 10000 L;ex 7 1 10 10000 4 4 9995 81;ex! 1 1 10 10000;"
     "ex 7 1 10 10000 11 11 9995 81;ex 7 1 10 10000 0 0 9995 81;ex 7 1 10 10000 9 4 9995 81",
     "v1 10/0 =10000 new|q1 0/0 BJ_REJ_ORDER_UNKNOWN|a1 10/0 =10000 *1|q1 0/0 BJ_REJ_LEAVES|"
     "q1 0/0 BJ_REJ_FIELD|q1 0/0 BJ_ERR_SEQUENCE"},
    {"a modify counts at the larger until it is answered",
     "new 1 7 B 40 10000 L;ex! 1 1 40 10000;mod 1 1 80 10000;new 1 8 B 21 10000 L;"
     "ex! 4 1 40 10000 0 0 0 0 129;new 1 9 B 60 10000 L",
     "v1 40/0 =10000 new|a1 40/0 =10000 *1|v1 80/0 =10000 mod|r2 0/0 =10000 *4 BJ_REJ_OPEN_VALUE|"
     "q1 40/0 =10000 *3 BJ_REJ_MODIFY|v3 60/0 =10000 new"},
    {"a modify down frees only when it is answered",
     "new 1 7 B 80 10000 L;ex! 1 1 80 10000;mod 1 1 40 10000;new 1 8 B 21 10000 L;"
     "ex! 3 1 40 10000;new 1 9 B 60 10000 L",
     "v1 80/0 =10000 new|a1 80/0 =10000 *1|v1 40/0 =10000 mod|r2 0/0 =10000 *4 BJ_REJ_OPEN_VALUE|"
     "m1 40/0 =10000 *3|v3 60/0 =10000 new"},
    {"a fill while a modify is on its way",
     "new 1 7 B 40 10000 L;ex! 1 1 40 10000;mod 1 1 50 10005;ex 7 1 40 10000 30 30 10000 81;"
     "ex! 3 1 50 10005;can 1 1;ex! 5 1 50 10005 0 0 0 0 200",
     "v1 40/0 =10000 new|a1 40/0 =10000 *1|v1 50/0 =10005 mod|t1 10/30 =10000@10000x30|"
     "m1 20/30 =10005 *3|v1 20/30 =10005 can|c1 0/30 =10005 *6 BJ_END_USER"},
    {"the last fill ends what is on its way",
     "new 1 7 B 40 10000 L;ex! 1 1 40 10000;mod 1 1 50 10005;can 1 1;"
     "ex 7 1 40 10000 40 40 10000 81;new 1 8 B 100 10000 L",
     "v1 40/0 =10000 new|a1 40/0 =10000 *1|v1 50/0 =10005 mod|v1 40/0 =10000 can|"
     "t1 0/40 =10000@10000x40 q1 0/40 =10000 *3 BJ_REJ_ORDER_UNKNOWN "
     "q1 0/40 =10000 *4 BJ_REJ_ORDER_UNKNOWN|v2 100/0 =10000 new"},
    {"one modify at a time, none after a cancel",
     "new 1 7 B 40 10000 L;mod 1 1 50 10000;ex! 1 1 40 10000;mod 1 1 50 10000;mod 1 1 60 10000;"
     "ex! 3 1 50 10000;can 1 1;can 1 1;mod 1 1 60 10000",
     "v1 40/0 =10000 new|q1 40/0 =10000 *2 BJ_REJ_MODIFY|a1 40/0 =10000 *1|v1 50/0 =10000 mod|"
     "q1 40/0 =10000 *5 BJ_REJ_MODIFY|m1 50/0 =10000 *4|v1 50/0 =10000 can|"
     "q1 50/0 =10000 *8 BJ_REJ_MODIFY|q1 50/0 =10000 *9 BJ_REJ_MODIFY"},
    {"a cancel may be refused, and asked again",
     "new 1 7 B 40 10000 L;ex! 1 1 40 10000;can 1 1;ex! 6 1 40 10000 0 0 0 0 124;can 1 1",
     "v1 40/0 =10000 new|a1 40/0 =10000 *1|v1 40/0 =10000 can|q1 40/0 =10000 *3 BJ_REJ_PHASE|"
     "v1 40/0 =10000 can"},
    {"the exchange ends an order by itself",
     "new 1 7 B 40 10000 L;ex! 1 1 40 10000;ex 5 1 40 10000 0 0 0 0 205;ex 5 1 40 10000",
     "v1 40/0 =10000 new|a1 40/0 =10000 *1|c1 0/0 =10000 BJ_END_SELF_TRADE|"
     "q1 0/0 BJ_REJ_ORDER_UNKNOWN"},
    {"it changes an order by itself: a market order has got a price",
     "new 1 7 B 40 0 M;ex! 1 1 40 0;ex 3 1 40 10005",
     "v1 40/0 =0 new|a1 40/0 =0 *1|m1 40/0 =10005"},
    {"a stop wakes once", "new 1 7 B 40 10010 s 10005;ex! 1 1 40 10010;ex 8 1 40 10010;ex 8 1 40 1",
     "v1 40/0 =10010 new|a1 40/0 =10010 *1|w1 40/0 =10010|q1 0/0 BJ_REJ_DUPLICATE"},
    {"only the sender's own",
     "new 1 7 B 40 10000 L;ex! 1 1 40 10000;can 2 1;mod 2 1 50 10000;can 1 9",
     "v1 40/0 =10000 new|a1 40/0 =10000 *1|q1 0/0 *3 BJ_REJ_NOT_PERMITTED|"
     "q1 0/0 *4 BJ_REJ_NOT_PERMITTED|q9 0/0 *5 BJ_REJ_ORDER_UNKNOWN"},
    {"a mass cancel asks for each, and the reason stays",
     "new 1 7 B 10 10000 L;new 1 8 S 10 10000 L;new 2 9 B 10 10000 L;ex! 1 1 10 10000;mass 1;"
     "ex! 5 1 10 10000 0 0 0 0 200;ex! 1 2 10 10000;ex! 5 2 10 10000 0 0 0 0 200",
     "v1 10/0 =10000 new|v2 10/0 =10000 new|v3 10/0 =10000 new|a1 10/0 =10000 *1|"
     "v1 10/0 =10000 can v2 10/0 =10000 can k0 0/0 *5 #2 BJ_END_MASS|c1 0/0 =10000 BJ_END_MASS|"
     "a2 10/0 =10000 *2|c2 0/0 =10000 BJ_END_MASS"},
    {"a lost session asks for its marked orders, a kill for all",
     "new 1 7 B 10 10000 L;new 2 8 B 10 10000 L;dis 1;kill;kill !",
     "v1 10/0 =10000 new|v2 10/0 =10000 new|k0 0/0 *3 BJ_END_DISCONNECT|"
     "v1 10/0 =10000 can v2 10/0 =10000 can k0 0/0 *4 #2 BJ_END_MASS|"
     "g0 0/0 *5 #196609 k0 0/0 *5 BJ_END_MASS"},
    {"an operator asks for the end of an order: it stays what it is until there is an answer",
     "rel 1;new 1 7 B 60 10000 L;ex! 1 1 60 10000;ex 7 1 60 10000 20 20 10000 81;rel 1;rel 1;"
     "new 1 8 B 50 10000 L;can 1 1;ex 5 1 60 10000 20 0 0 0 206;new 1 9 B 50 10000 L;rel 1",
     "q1 0/0 *1 BJ_REJ_ORDER_UNKNOWN|v1 60/0 =10000 new|a1 60/0 =10000 *2|"
     "t1 40/20 =10000@10000x20|v1 40/20 =10000 rel k0 0/0 *5 #1|v1 40/20 =10000 rel k0 0/0 *6 #1|"
     "v2 50/0 =10000 new|v1 40/20 =10000 can|"
     "q1 40/20 =10000 *8 BJ_REJ_ORDER_UNKNOWN c1 0/20 =10000 BJ_END_HALT|v3 50/0 =10000 new|"
     "q1 0/0 *11 BJ_REJ_ORDER_UNKNOWN"},
    {"answers that answer nothing",
     "ex 1 1 10 10000;new 1 7 B 10 10000 L;ex 4 1 10 10000;ex 6 1 10 10000;ex 9 1 10 10000;"
     "ex 0 1 10 10000;ex 1 1 11 10000;ex! 1 1 10 10000;ex! 1 1 10 10000;ex 2 1 10 10000;"
     "ex 3 1 0 10000",
     "q1 0/0 BJ_REJ_ORDER_UNKNOWN|v1 10/0 =10000 new|q1 0/0 BJ_REJ_DUPLICATE|"
     "q1 0/0 BJ_REJ_DUPLICATE|q1 0/0 BJ_REJ_FIELD|q1 0/0 BJ_REJ_FIELD|q1 0/0 BJ_REJ_FIELD|"
     "a1 10/0 =10000 *2|q1 0/0 BJ_REJ_DUPLICATE|q1 0/0 BJ_REJ_DUPLICATE|q1 0/0 BJ_REJ_FIELD"},
};

static const bj_engine_config_t config = {.instrument_max = 2, .account_max = 2, .order_max = 8,
                                          .venue = true, .message_rate_per_s = 1000000000,
                                          .message_burst = 1000000000};
enum { OPEN_VALUE_MAX = 1000000, OPEN_ORDERS_MAX = 5 };

typedef struct world {
    void        *mem;
    bj_engine_t *engine;
    uint64_t     cmd_cnt;
} world_t;

/* --- a line */
static bool read_orders(const char *line, bj_cmd_t *cmd) {
    static const char types[] = "LMsm";
    char side = 'B', type = 'L';
    unsigned session = 0;
    if (sscanf(line, "new %u %lu %c %d %d %c %d", &session, &cmd->client_order_id, &side, &cmd->qty,
               &cmd->price_paise, &type, &cmd->trigger_price_paise) >= 6) {
        cmd->type = BJ_CMD_NEW, cmd->token = 1, cmd->tif = BJ_DAY, cmd->side = (uint8_t)side;
        cmd->order_type = (uint8_t)(strchr(types, type) - types + 1);
    } else if (sscanf(line, "mod %u %lu %d %d", &session, &cmd->order_id, &cmd->qty,
                      &cmd->price_paise) == 4) {
        cmd->type = BJ_CMD_MODIFY;
    } else if (sscanf(line, "can %u %lu", &session, &cmd->order_id) == 2) {
        cmd->type = BJ_CMD_CANCEL;
    } else if (sscanf(line, "mass %u", &session) == 1) {
        cmd->type = BJ_CMD_MASS_CANCEL;
    } else if (sscanf(line, "dis %u", &session) == 1) {
        cmd->type = BJ_CMD_DISCONNECT;
    } else {
        return false;
    }
    cmd->session_id = (uint16_t)session;
    return true;
}

static void read_command(const char *line, bj_cmd_t *cmd) {
    bj_cmd_venue_t *body = &cmd->body.venue;
    unsigned kind = 0, reason = 0;
    *cmd = (bj_cmd_t){.account_id = 1, .time_ns = 1};
    if (read_orders(line, cmd)) return;
    if (sscanf(line, "rel %lu", &cmd->order_id) == 1) {
        cmd->type = BJ_CMD_RELEASE, cmd->session_id = 9, cmd->account_id = 0;
        return;
    }
    if (strncmp(line, "kill", 4) == 0) {
        *cmd = (bj_cmd_t){.type = BJ_CMD_KILL, .time_ns = 1, .session_id = 9};
        cmd->body.kill.block = line[4] != '\0';
        return;
    }
    cmd->flags = line[2] == '!' ? BJ_VENUE_ASKED : 0;
    int n = sscanf(line + 2 + (line[2] == '!'), "%u %lu %d %d %d %d %d %d %u", &kind,
                   &cmd->order_id, &cmd->qty, &cmd->price_paise, &body->cum_qty, &body->fill_qty,
                   &body->fill_price_paise, &body->fill_number, &reason);
    assert(n >= 4), (void)n;
    cmd->type = BJ_CMD_VENUE, cmd->account_id = 0;
    body->kind = (uint8_t)kind, body->reason = (uint16_t)reason;
}

static size_t show(const bj_event_t *e, char *out, size_t out_bytes) {
    static const char letters[] = {
#define X(name, value, letter, text) [value] = letter,
        BJ_EVENT_LIST(X)
#undef X
    };
    static const char *const asks[] = {[BJ_CMD_NEW] = "new",
                                       [BJ_CMD_MODIFY] = "mod",
                                       [BJ_CMD_CANCEL] = "can",
                                       [BJ_CMD_RELEASE] = "rel"};
    bool out_there = e->type == BJ_EV_TO_VENUE, limit = e->type == BJ_EV_LIMIT;
    size_t n = (size_t)snprintf(out, out_bytes, "%c%lu %d/%d", letters[e->type], e->order_id,
                                e->leaves_qty, e->cum_qty);
#define SAY(...) n += (size_t)snprintf(out + n, out_bytes - n, __VA_ARGS__)
    if (e->side && !limit && e->type != BJ_EV_MASS_DONE) SAY(" =%d", e->price_paise);
    if (e->last_qty) SAY("@%dx%d", e->last_price_paise, e->last_qty);
    if (out_there) SAY(" %s", asks[e->reason]);
    if (e->session_seq) SAY(" *%lu", e->session_seq);
    if (e->value) SAY(" #%u", e->value);
    if (e->reason && !out_there) SAY(" %s", bj_status_name((bj_status_t)e->reason));
#undef SAY
    return n;
}

static const bj_event_t *apply(world_t *world, bj_cmd_t *cmd, size_t *event_cnt) {
    world->cmd_cnt++;
    if (cmd->type != BJ_CMD_VENUE) cmd->session_seq = world->cmd_cnt;
    const bj_event_t *events = bj_engine_apply(world->engine, cmd, event_cnt);
    BJ_CHECK(events && *event_cnt > 0);
    const char *why = bj_engine_broken(world->engine);
    BJ_CHECK(!why);
    if (why) fprintf(stderr, "  %s\n", why);
    return events;
}

static world_t world_new(void) {
    size_t cnt;
    world_t world = {.mem = aligned_alloc(64, bj_engine_footprint(&config))};
    world.engine = bj_engine_new(world.mem, &config);
    assert(world.engine);
    bj_cmd_t cmd = {.type = BJ_CMD_INSTRUMENT, .token = 1, .time_ns = 1,
                    .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                                        .band_lo_paise = 8000, .band_hi_paise = 12000,
                                        .prev_close_paise = 10000, .freeze_qty = 1000}};
    (void)apply(&world, &cmd, &cnt);
    cmd = (bj_cmd_t){.type = BJ_CMD_ACCOUNT, .account_id = 1, .time_ns = 1,
                     .body.account = {.order_value_max_paise = OPEN_VALUE_MAX,
                                      .open_value_max_paise = OPEN_VALUE_MAX,
                                      .position_max_qty = 1000000,
                                      .open_orders_max = OPEN_ORDERS_MAX}};
    (void)apply(&world, &cmd, &cnt);
    world.cmd_cnt = 0;
    return world;
}

static void run_script(const char *script, char *out, size_t out_bytes) {
    char lines[2048], *save = NULL;
    size_t n = 0;
    world_t world = world_new();
    (void)snprintf(lines, sizeof lines, "%s", script);
    for (char *line = strtok_r(lines, ";", &save); line; line = strtok_r(NULL, ";", &save)) {
        bj_cmd_t cmd;
        size_t cnt;
        read_command(line, &cmd);
        const bj_event_t *events = apply(&world, &cmd, &cnt);
        if (n) out[n++] = '|';
        for (size_t i = 0; i < cnt; i++) {
            if (i) out[n++] = ' ';
            n += show(&events[i], out + n, out_bytes - n);
        }
    }
    out[n] = '\0';
    free(world.mem);
}

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char out[4096];
        run_script(cases[i].script, out, sizeof out);
        bool same = strcmp(out, cases[i].want) == 0;
        BJ_CHECK(same);
        if (!same)
            fprintf(stderr, "  in case: %s\n  got  %s\n  want %s\n", cases[i].name, out,
                    cases[i].want);
    }
}

/* --- random days: an exchange of a few lines, and what ought to count */
enum { MODEL_ORDERS = 4096, STEPS = 400, LOG_MAX = 1024 };

typedef struct model_order {
    bool    live, confirmed, modifies, cancels;
    int64_t price_paise, qty, cum_qty, want_price_paise, want_qty;
    uint16_t session_id;
} model_order_t;

typedef struct model {
    model_order_t orders[STEPS + 1];
    uint64_t order_cnt, fill_cnt;
    uint8_t  answers[LOG_MAX]; /* to the request with this session_seq */
    bool     asked[LOG_MAX];
    bj_cmd_t log[LOG_MAX];
    size_t   log_cnt;
    uint64_t dice;
} model_t;
static model_t model;

static uint32_t any(uint32_t below) {
    model.dice = model.dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((model.dice >> 33) % below);
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t counts(const model_order_t *o) {
    if (!o->live) return 0;
    int64_t open = o->qty - o->cum_qty;
    if (!o->modifies) return o->price_paise * open;
    return larger(o->price_paise, o->want_price_paise) * larger(open, o->want_qty - o->cum_qty);
}

static int64_t total(uint32_t *live_cnt) {
    int64_t sum = 0;
    *live_cnt = 0;
    for (uint64_t i = 1; i <= model.order_cnt; i++) {
        sum += counts(&model.orders[i]);
        *live_cnt += model.orders[i].live;
    }
    return sum;
}

/* What is asked, and the reason that the model expects; BJ_OK: it goes out. */
static bj_status_t any_new(bj_cmd_t *cmd) {
    uint32_t live_cnt;
    *cmd = (bj_cmd_t){.type = BJ_CMD_NEW, .session_id = (uint16_t)(1 + any(2)), .token = 1,
                      .account_id = 1, .client_order_id = model.order_cnt + 1, .side = BJ_BUY,
                      .qty = 1 + (int32_t)any(40), .price_paise = 9950 + (int32_t)any(20) * 5,
                      .order_type = BJ_LIMIT, .tif = BJ_DAY};
    int64_t sum = total(&live_cnt), value = (int64_t)cmd->qty * cmd->price_paise;
    model_order_t *o = &model.orders[++model.order_cnt];
    *o = (model_order_t){.price_paise = cmd->price_paise, .qty = cmd->qty,
                         .session_id = cmd->session_id};
    if (live_cnt >= OPEN_ORDERS_MAX) return BJ_REJ_OPEN_ORDERS;
    if (sum + value > OPEN_VALUE_MAX) return BJ_REJ_OPEN_VALUE;
    o->live = true;
    return BJ_OK;
}

static bj_status_t any_modify(bj_cmd_t *cmd, uint64_t id) {
    model_order_t *o = &model.orders[id];
    uint32_t live_cnt;
    int64_t sum = total(&live_cnt), now = counts(o);
    *cmd = (bj_cmd_t){.type = BJ_CMD_MODIFY, .session_id = o->session_id, .account_id = 1,
                      .order_id = id, .qty = (int32_t)o->cum_qty + 1 + (int32_t)any(40),
                      .price_paise = 9950 + (int32_t)any(20) * 5};
    if (!o->live) return BJ_REJ_ORDER_UNKNOWN;
    if (!o->confirmed || o->modifies || o->cancels) return BJ_REJ_MODIFY;
    if (cmd->qty == o->qty && cmd->price_paise == o->price_paise) return BJ_REJ_UNCHANGED;
    int64_t then = (cmd->qty - o->cum_qty) * cmd->price_paise;
    if (sum - now + then > OPEN_VALUE_MAX && then > now) return BJ_REJ_OPEN_VALUE;
    o->modifies = true, o->want_qty = cmd->qty, o->want_price_paise = cmd->price_paise;
    return BJ_OK;
}

static bj_status_t any_cancel(bj_cmd_t *cmd, uint64_t id) {
    model_order_t *o = &model.orders[id];
    *cmd = (bj_cmd_t){.type = BJ_CMD_CANCEL, .session_id = o->session_id, .account_id = 1,
                      .order_id = id};
    if (!o->live) return BJ_REJ_ORDER_UNKNOWN;
    if (o->cancels) return BJ_REJ_MODIFY;
    o->cancels = true;
    return BJ_OK;
}

/* The exchange answers, or does something by itself.  False: it has nothing to say. */
static bool exchange(bj_cmd_t *cmd, uint64_t id) {
    model_order_t *o = &model.orders[id];
    bj_cmd_venue_t *body = &cmd->body.venue;
    int64_t open = o->qty - o->cum_qty;
    if (!o->live) return false;
    *cmd = (bj_cmd_t){.type = BJ_CMD_VENUE, .order_id = id, .flags = BJ_VENUE_ASKED};
    body->number = 1000 + (int64_t)id, body->activity_ref = 1 + (int64_t)model.log_cnt;
    if (!o->confirmed) {
        body->kind = any(5) ? BJ_VENUE_ACCEPTED : BJ_VENUE_REJECTED;
        o->confirmed = o->live = body->kind == BJ_VENUE_ACCEPTED;
    } else if (o->modifies && any(2)) {
        bool fits = o->want_qty > o->cum_qty;
        body->kind = fits && any(3) ? BJ_VENUE_MODIFIED : BJ_VENUE_MODIFY_REFUSED;
        if (body->kind == BJ_VENUE_MODIFIED)
            o->qty = o->want_qty, o->price_paise = o->want_price_paise;
        o->modifies = false;
    } else if (o->cancels && any(2)) {
        body->kind = any(3) ? BJ_VENUE_CANCELLED : BJ_VENUE_CANCEL_REFUSED;
        o->live = body->kind != BJ_VENUE_CANCELLED;
        o->cancels = false;
        body->reason = o->live ? BJ_REJ_PHASE : BJ_END_USER;
    } else {
        body->kind = BJ_VENUE_TRADE;
        body->fill_qty = 1 + (int32_t)any((uint32_t)open);
        body->fill_price_paise = (int32_t)o->price_paise;
        body->fill_number = (int32_t)++model.fill_cnt;
        o->cum_qty += body->fill_qty;
        o->live = o->cum_qty < o->qty;
    }
    body->cum_qty = (int32_t)o->cum_qty;
    cmd->qty = (int32_t)o->qty, cmd->price_paise = (int32_t)o->price_paise;
    return true;
}

static void step(world_t *world, bj_cmd_t *cmd, bj_status_t want) {
    size_t cnt;
    uint32_t live_cnt;
    (void)total(&live_cnt);
    cmd->time_ns = 1 + (int64_t)world->cmd_cnt;
    const bj_event_t *events = apply(world, cmd, &cnt);
    bool goes_out = events[0].type == BJ_EV_TO_VENUE || cmd->type == BJ_CMD_VENUE;
    BJ_CHECK(goes_out ? want == BJ_OK : events[0].reason == want);
    BJ_CHECK(bj_engine_stats(world->engine).live_orders == live_cnt);
    assert(model.log_cnt < LOG_MAX);
    model.log[model.log_cnt++] = *cmd;
    model.asked[cmd->session_seq] = true;
    for (size_t i = 0; i < cnt; i++)
        model.answers[events[i].session_seq]++;
}

static void any_step(world_t *world) {
    bj_cmd_t cmd;
    bj_status_t want = BJ_OK;
    uint32_t dice = any(10);
    uint64_t id = model.order_cnt ? model.order_cnt - any(model.order_cnt < 8
                                                              ? (uint32_t)model.order_cnt : 8) : 0;
    if (dice < 3 || !id) want = any_new(&cmd);
    else if (dice < 5) want = any_modify(&cmd, id);
    else if (dice < 6) want = any_cancel(&cmd, id);
    else if (!exchange(&cmd, id)) return;
    step(world, &cmd, want);
}

/* The same engine in other memory, by its parts alone: what a snapshot does. */
static void move(world_t *world) {
    world_t to = world_new();
    bj_parts_t old, new;
    bj_engine_parts(world->engine, &old);
    bj_engine_parts(to.engine, &new);
    BJ_CHECK(old.cnt == new.cnt && old.covered_bytes == bj_engine_footprint(&config));
    for (uint32_t i = 0; i < old.cnt; i++)
        memcpy(new.part[i].mem, old.part[i].mem, old.part[i].bytes);
    memset(world->mem, 0xdd, bj_engine_footprint(&config));
    free(world->mem);
    *world = to;
}

static void day(uint64_t seed) {
    memset(&model, 0, sizeof model);
    model.dice = seed;
    world_t world = world_new();
    for (int i = 0; i < STEPS; i++) any_step(&world);
    uint32_t live_cnt = 1;
    for (int i = 0; live_cnt && i < 100; i++) { /* every order comes to its end */
        for (uint64_t id = 1; id <= model.order_cnt; id++) {
            bj_cmd_t cmd;
            if (exchange(&cmd, id)) step(&world, &cmd, BJ_OK);
        }
        (void)total(&live_cnt);
    }
    BJ_CHECK(live_cnt == 0);
    for (size_t i = 1; i < LOG_MAX; i++) /* each request has one answer */
        BJ_CHECK(model.answers[i] == model.asked[i]);
    world_t again = world_new();
    for (size_t i = 0; i < model.log_cnt; i++) {
        size_t cnt;
        (void)bj_engine_apply(again.engine, &model.log[i], &cnt);
        if (i % 97 == 0) move(&again);
    }
    BJ_CHECK(bj_engine_hash(again.engine) == bj_engine_hash(world.engine));
    free(again.mem);
    free(world.mem);
}

static void test_closed(void) { /* without venue nobody may say what an exchange said */
    size_t cnt;
    bj_engine_config_t inside = config;
    inside.venue = false;
    void *mem = aligned_alloc(64, bj_engine_footprint(&inside));
    bj_engine_t *engine = bj_engine_new(mem, &inside);
    bj_cmd_t cmd = {.type = BJ_CMD_VENUE, .order_id = 1, .body.venue.kind = BJ_VENUE_ACCEPTED};
    const bj_event_t *events = bj_engine_apply(engine, &cmd, &cnt);
    BJ_CHECK(cnt == 1 && events->reason == BJ_REJ_NOT_PERMITTED);
    free(mem);
    world_t world = world_new();
    cmd = (bj_cmd_t){.type = BJ_CMD_VENUE, .session_id = 5, .order_id = 1};
    events = bj_engine_apply(world.engine, &cmd, &cnt);
    BJ_CHECK(cnt == 1 && events->reason == BJ_REJ_NOT_PERMITTED);
    free(world.mem);
}

/* The app that asked is said with the exchange's answer, as late as that comes. */
static void test_app(void) {
    char accepted[] = "ex! 1 1 10 10000", refused[] = "ex! 2 2 10 10000";
    char *const answers[] = {accepted, refused};
    bj_cmd_t cmd;
    size_t cnt;
    world_t world = world_new();
    for (uint32_t i = 0; i < 2; i++) {
        char line[] = "new 1 7 B 10 10000 L";
        line[6] = (char)('7' + i);
        read_command(line, &cmd);
        cmd.body.opened.app = 70 + i;
        const bj_event_t *events = apply(&world, &cmd, &cnt);
        BJ_CHECK(cnt == 1 && events->app == 0);
    }
    for (uint32_t i = 0; i < 2; i++) {
        read_command(answers[i], &cmd);
        const bj_event_t *events = apply(&world, &cmd, &cnt);
        BJ_CHECK(events->type == (i ? BJ_EV_REJECTED : BJ_EV_ACCEPTED) && events->app == 70 + i);
    }
    free(world.mem);
}

static void test_pending(void) {
    char line[] = "new 1 7 B 10 10000 L";
    bj_engine_pending_t pending;
    bj_cmd_t cmd;
    size_t cnt;
    world_t world = world_new();
    BJ_CHECK(!bj_engine_pending(world.engine, 1, &pending));
    read_command(line, &cmd);
    (void)apply(&world, &cmd, &cnt);
    BJ_CHECK(bj_engine_pending(world.engine, 1, &pending));
    BJ_CHECK(pending.asked == BJ_CMD_NEW && !pending.number && !pending.cancel);
    read_command("ex! 1 1 10 10000", &cmd);
    cmd.body.venue.number = 1100000000000009, cmd.body.venue.activity_ref = 50;
    (void)apply(&world, &cmd, &cnt);
    cmd.body.venue.number = 3; /* refused: it changes nothing */
    cmd.seq = 0;
    (void)apply(&world, &cmd, &cnt);
    read_command("can 1 1", &cmd);
    (void)apply(&world, &cmd, &cnt);
    BJ_CHECK(bj_engine_pending(world.engine, 1, &pending) && pending.cancel && !pending.asked);
    BJ_CHECK(pending.number == 1100000000000009 && pending.activity_ref == 50);
    free(world.mem);
}

int main(void) {
    test_cases();
    test_app();
    test_pending();
    test_closed();
    for (uint64_t seed = 1; seed <= 100; seed++) day(seed);
    return bj_test_end("test_bj_engine_venue");
}
