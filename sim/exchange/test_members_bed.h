/* test_members_bed - a market with members, and a follower of its feed (test_follower.h). */
#ifndef TEST_MEMBERS_BED_H
#define TEST_MEMBERS_BED_H
#include "sim/exchange/bj_members.h"
#include "sim/exchange/test_follower.h"

enum { SESSION = 21, BED_ORDER_MAX = 4000, BED_OPEN_MAX = 500, BED_LOG_MAX = 1 << 16 };
#define BED_ID_BASE (UINT64_C(1100000000000000) + UINT64_C(20784) * 1000000000)

typedef struct bed {
    follower_t    follower;
    bj_model_t   *model;
    bj_members_t *members;
    bj_books_t   *books; /* the model's */
    int64_t       now_ns;
    uint64_t      seq, seed; /* seq: of the last request */
    uint64_t      last_feed_id;
    uint64_t      feed_trades, out_of_turn; /* T that names a member's order; not the first's */
    int64_t       feed_qty[2]; /* of members, bought and sold */
    uint32_t      row; /* the share that the cases are about */
    const bj_universe_row_t *of;
    int32_t       tick, lot;
    bj_event_t    got[BED_LOG_MAX]; /* since the case set got_cnt to 0 */
    size_t        got_cnt;
    bj_event_t    log[BED_LOG_MAX]; /* all of the day */
    size_t        log_cnt;
} bed_t;

static inline bool bed_is_members(uint64_t id) {
    return id / 1000000000 == BED_ID_BASE / 1000000000;
}

/* A trade is with the first of the best level, at his price. */
static inline bool bed_in_turn(bed_t *bed, const bj_mtbt_trade_t *wire, uint64_t id) {
    bj_level_t level;
    bj_books_t *books = bed->follower.books;
    const bj_order_t *maker = id ? bj_books_find(books, id) : NULL;
    if (!maker) return false;
    uint32_t idx = bj_books_book_of(books, maker);
    bj_books_best(books, idx, bj_books_side_of(books, maker), &level);
    return bj_books_first(books, &level) == maker &&
           level.price_paise == wire->price_paise + bed->follower.rows[idx].bias_paise;
}

static inline void bed_hear_trade(bed_t *bed, const void *data) {
    bj_mtbt_trade_t wire;
    memcpy(&wire, data, sizeof wire);
    uint64_t buy_id = (uint64_t)wire.buy_order_id, sell_id = (uint64_t)wire.sell_order_id;
    bed->out_of_turn += !bed_in_turn(bed, &wire, buy_id) && !bed_in_turn(bed, &wire, sell_id);
    bed->feed_trades += bed_is_members(buy_id) || bed_is_members(sell_id);
    if (bed_is_members(buy_id)) bed->feed_qty[0] += wire.qty;
    if (bed_is_members(sell_id)) bed->feed_qty[1] += wire.qty;
}

static inline void bed_hear(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes) {
    bed_t *bed = (bed_t *)ctx;
    bj_mtbt_order_t order;
    (void)stream_idx, (void)wire_bytes;
    memcpy(&order, wire, sizeof order);
    if (order.type == 'N') bed->last_feed_id = (uint64_t)order.order_id;
    if (order.type == 'T' || order.type == 'K') bed_hear_trade(bed, wire);
    follow_message(&bed->follower, wire);
}

static inline void bed_take(bed_t *bed) {
    size_t cnt;
    const bj_event_t *events = bj_members_events(bed->members, &cnt);
    if (!cnt) return;
    if (bed->got_cnt + cnt > BED_LOG_MAX || bed->log_cnt + cnt > BED_LOG_MAX) abort();
    memcpy(bed->got + bed->got_cnt, events, cnt * sizeof *events);
    memcpy(bed->log + bed->log_cnt, events, cnt * sizeof *events);
    bed->got_cnt += cnt, bed->log_cnt += cnt;
    bj_members_told(bed->members);
}

static inline void bed_market(bed_t *bed) {
    bed->model = bj_model_new(&(bj_model_config_t){
        .rows = bed->follower.rows, .row_cnt = bed->follower.row_cnt,
        .stream_cnt = FOLLOW_STREAMS, .seed = bed->seed, .messages_per_s = 4000,
        .sink = bed_hear, .ctx = bed, .member_order_max = BED_OPEN_MAX});
    bed->members = bj_members_new(&(bj_members_config_t){
        .model = bed->model, .rows = bed->follower.rows, .row_cnt = bed->follower.row_cnt,
        .streams = 3, .order_max = BED_ORDER_MAX, .open_max = BED_OPEN_MAX,
        .id_base = BED_ID_BASE, .disclosed_min_pct = 10});
    if (!bed->model || !bed->members) abort();
    bj_members_time(bed->members, bed->now_ns);
    bed->books = (bj_books_t *)(uintptr_t)bj_model_books(bed->model);
}

static inline void bed_publish(bed_t *bed) {
    for (uint32_t i = 0; i < FOLLOW_STREAMS; i++) {
        follow_forget(&bed->follower, i);
        bj_model_republish(bed->model, i, bed->now_ns);
    }
}

static inline void bed_begin(bed_t *bed, uint64_t seed) {
    memset(bed, 0, sizeof *bed);
    bed->seed = seed;
    bed->now_ns = FOLLOW_NOW_NS;
    follow_begin(&bed->follower);
    bed_market(bed);
    bed_publish(bed);
    for (uint32_t i = 0; i < bed->follower.row_cnt; i++) { /* the coarsest tick: bad ones exist */
        const bj_universe_row_t *of = &bed->follower.rows[i].row;
        if (bed->follower.rows[i].stream_idx == 2 || (bed->of && of->tick_paise <= bed->tick))
            continue;
        bed->row = i, bed->of = of, bed->tick = of->tick_paise, bed->lot = of->lot_qty;
    }
}

static inline void bed_end(bed_t *bed) {
    bj_members_free(bed->members);
    bj_model_free(bed->model);
    follow_end(&bed->follower);
}

/* The process is killed and begins again: another market, the same events. */
static inline void bed_restart(bed_t *bed) {
    bj_members_free(bed->members);
    bj_model_free(bed->model);
    bed_market(bed);
    for (size_t i = 0; i < bed->log_cnt; i++) bj_members_recover(bed->members, &bed->log[i]);
    bj_members_restore(bed->members, bed->now_ns);
    bed_publish(bed);
    bed_take(bed);
}

static inline void bed_steps(bed_t *bed, int cnt) {
    while (cnt--) {
        bed->now_ns += BJ_MODEL_STEP_NS;
        bj_members_time(bed->members, bed->now_ns);
        bj_model_step(bed->model, bed->now_ns);
        bj_members_stops(bed->members);
        bed_take(bed);
    }
}

static inline void bed_count(void *ctx, const bj_mtbt_snapshot_order_t *order_is) {
    (void)order_is;
    ++*(uint32_t *)ctx;
}

/* What a snapshot says of a stream is all that is in its books. */
static inline bool bed_all_there(const bed_t *bed) {
    uint32_t all = 0;
    for (uint32_t i = 0; i < FOLLOW_STREAMS; i++) {
        uint32_t cnt = 0;
        bj_model_each_order(bed->model, i, bed_count, &cnt);
        if (cnt != bj_model_order_cnt(bed->model, i)) return false;
        all += cnt;
    }
    return all == bj_books_order_cnt(bed->books);
}

/* Books, feed and members agree. */
static inline const char *bed_broken(bed_t *bed) {
    const char *why = bj_members_broken(bed->members);
    if (why) return why;
    if (!bed_all_there(bed)) return "orders are miscounted";
    if (bed->out_of_turn) return "a trade was not the first's turn";
    if (bed->follower.bad) return "the feed said what cannot be";
    return follow_hash(bed->follower.books) == follow_hash(bed->books)
               ? NULL : "the feed's books are not the model's";
}

static inline void check_same(bed_t *bed) {
    const char *why = bed_broken(bed);
    BJ_CHECK(why == NULL);
    if (why) fprintf(stderr, "  %s\n", why);
}

/* --- requests; the last event of what they gave --- */
static inline bj_event_t tell(bed_t *bed, bj_cmd_t cmd) {
    bj_members_command(bed->members, &cmd);
    bed_take(bed);
    return bed->log[bed->log_cnt - 1];
}

static inline bj_event_t order_of(bed_t *bed, bj_cmd_t cmd) {
    cmd.type = BJ_CMD_NEW;
    cmd.session_id = SESSION;
    cmd.account_id = 1;
    cmd.session_seq = ++bed->seq << 2;
    cmd.client_order_id = bed->seq;
    if (!cmd.token) cmd.token = bed->of->token;
    if (!cmd.order_type) cmd.order_type = BJ_LIMIT;
    if (!cmd.tif) cmd.tif = BJ_DAY;
    bed->seq = cmd.session_seq;
    return tell(bed, cmd);
}

static inline bj_event_t order(bed_t *bed, bj_side_t side, int32_t price_paise, int32_t qty) {
    return order_of(bed, (bj_cmd_t){.side = (uint8_t)side, .price_paise = price_paise,
                                    .qty = qty});
}

static inline bj_event_t cancel(bed_t *bed, uint64_t order_id) {
    return tell(bed, (bj_cmd_t){.type = BJ_CMD_CANCEL, .session_id = SESSION, .account_id = 1,
                                .session_seq = ++bed->seq, .order_id = order_id});
}

static inline bj_event_t modify(bed_t *bed, const bj_event_t *order_is, int32_t price_paise,
                                int32_t qty, int32_t trigger_paise) {
    return tell(bed, (bj_cmd_t){.type = BJ_CMD_MODIFY, .session_id = SESSION, .account_id = 1,
                                .session_seq = ++bed->seq, .order_id = order_is->order_id,
                                .price_paise = price_paise, .qty = qty,
                                .trigger_price_paise = trigger_paise});
}

/* --- looking --- */
static inline int32_t best(const bed_t *bed, bj_side_t side) {
    bj_level_t level;
    bj_books_best(bed->books, bed->row, side, &level);
    return level.price_paise;
}

/* In the feed's books, of two at one price. */
static inline bool is_before(const bed_t *bed, uint64_t first_id, uint64_t second_id) {
    const bj_order_t *order_is = bj_books_find(bed->follower.books, first_id);
    for (; order_is; order_is = bj_books_behind(bed->follower.books, order_is)) {
        if (order_is->order_id == second_id) return true;
    }
    return false;
}

static inline unsigned count(const bed_t *bed, bj_event_type_t type) {
    unsigned cnt = 0;
    for (size_t i = 0; i < bed->got_cnt; i++) cnt += bed->got[i].type == type;
    return cnt;
}

/* Its place among what was got; got_cnt: it is not there. */
static inline size_t event_of(const bed_t *bed, bj_event_type_t type, uint64_t order_id) {
    size_t i = 0;
    while (i < bed->got_cnt && (bed->got[i].type != type || bed->got[i].order_id != order_id)) i++;
    return i;
}

#endif /* TEST_MEMBERS_BED_H */
