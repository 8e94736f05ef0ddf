/* Goal: whatever members do, while the model trades around them and the process is killed: each
 * request has one answer, each order one end, quantities are conserved, no fill is beyond an
 * order's limit, the feed tells the same as the events, and its books are the model's.
 * Method: seeded dice; a table made from events alone is the oracle.  A failure prints its seed. */
#include "sim/exchange/bj_members.h"

#include <inttypes.h>
#include "dataplane/base/bj_test.h"
#include "sim/exchange/test_members_bed.h"

enum { SEEDS = BJ_TEST_SLOW ? 12 : 60, TURNS = 400, SESSIONS = 3, ASKS_MAX = 1 << 13 };

typedef struct known { /* an order as events tell it */
    bj_event_t last;
    int64_t    filled_qty;
    int32_t    limit_paise; /* 0: market */
    bool       open, waits;
} known_t;

typedef struct story {
    bed_t    bed;
    uint64_t dice;
    uint64_t ask_cnt;
    uint8_t  answers[ASKS_MAX];
    known_t  order[BED_ORDER_MAX + 1];
    uint32_t order_cnt;
    size_t   heard_cnt;
    int64_t  event_qty[2]; /* fills that the feed told, too */
    unsigned wrong;
    bool     restoring;
    uint64_t ends, fills, wakes, hits, refused;
} story_t;

static story_t story;

static uint32_t roll(uint32_t sides) {
    story.dice = story.dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(story.dice >> 33) % sides;
}

/* --- the oracle --- */
static bool is_answer(const bj_event_t *event) {
    return event->type == BJ_EV_ACCEPTED || event->type == BJ_EV_REJECTED ||
           event->type == BJ_EV_MODIFIED || event->type == BJ_EV_REQUEST_REJECTED ||
           event->type == BJ_EV_MASS_DONE ||
           (event->type == BJ_EV_CANCELLED && event->reason == BJ_END_USER);
}

static void hear_fill(known_t *known, const bj_event_t *event) {
    bool buys = event->side == BJ_BUY;
    int32_t limit = event->price_paise, at = event->last_price_paise;
    story.wrong += !known->open || known->waits || event->last_qty <= 0;
    story.wrong += limit && (buys ? at > limit : at < limit);
    story.wrong += event->leaves_qty != known->last.leaves_qty - event->last_qty;
    story.wrong += !event->match_id;
    known->filled_qty += event->last_qty;
    story.wrong += event->cum_qty != known->filled_qty;
    if (!story.restoring) story.event_qty[buys ? 0 : 1] += event->last_qty;
    story.fills++;
    story.hits += event->flags & BJ_FLAG_MAKER;
    if (!event->leaves_qty) known->open = false, story.ends++;
}

static void hear_order(const bj_event_t *event) {
    uint64_t n = event->order_id - BED_ID_BASE;
    bool stop = event->order_type == BJ_SL || event->order_type == BJ_SL_M;
    known_t *known = &story.order[n];
    switch ((bj_event_type_t)event->type) {
    case BJ_EV_ACCEPTED:
    case BJ_EV_REJECTED:
        story.wrong += n != ++story.order_cnt;
        known->open = event->type == BJ_EV_ACCEPTED;
        known->waits = known->open && stop;
        story.ends += !known->open;
        break;
    case BJ_EV_MODIFIED:
        story.wrong += !known->open || event->leaves_qty + event->cum_qty != event->qty;
        known->waits = known->waits && stop;
        break;
    case BJ_EV_TRIGGERED:
        story.wrong += !known->open || !known->waits;
        known->waits = false;
        story.wakes++;
        break;
    case BJ_EV_TRADE: hear_fill(known, event); break;
    case BJ_EV_CANCELLED:
        story.wrong += !known->open || event->leaves_qty || event->cum_qty != known->filled_qty;
        known->open = false;
        story.ends++;
        break;
    default: return;
    }
    known->last = *event;
}

static void hear_all(void) {
    const bed_t *bed = &story.bed;
    for (; story.heard_cnt < bed->log_cnt; story.heard_cnt++) {
        const bj_event_t *event = &bed->log[story.heard_cnt];
        story.wrong += event->seq != story.heard_cnt + 1;
        story.refused += event->type == BJ_EV_REQUEST_REJECTED || event->type == BJ_EV_REJECTED;
        if (event->session_seq && is_answer(event)) story.answers[event->session_seq]++;
        if (event->order_id && event->type != BJ_EV_REQUEST_REJECTED) hear_order(event);
    }
}

static const char *not_as_told(void) {
    uint32_t open_cnt = 0;
    for (uint32_t n = 1; n <= story.order_cnt; n++) {
        const known_t *known = &story.order[n];
        const bj_order_t *there = bj_books_find(story.bed.books, BED_ID_BASE + n);
        open_cnt += known->open;
        if (!there != (!known->open || known->waits)) return "the books are not what was told";
        if (there && there->qty > known->last.leaves_qty) return "more is shown than is open";
    }
    if (open_cnt != bj_members_stats(story.bed.members).open) return "others are open";
    for (int side = 0; side < 2; side++) {
        if (story.event_qty[side] != story.bed.feed_qty[side]) return "the feed told other trades";
    }
    return story.wrong ? "an event does not follow from the ones before" : NULL;
}

/* --- what members do --- */
static void say(bj_cmd_t cmd) {
    cmd.session_seq = ++story.ask_cnt;
    (void)tell(&story.bed, cmd);
    hear_all();
}

static int32_t some_price(uint32_t row_idx, bj_side_t side) {
    const bj_universe_row_t *of = &story.bed.follower.rows[row_idx].row;
    bj_level_t level;
    bj_books_best(story.bed.books, row_idx, roll(2) ? side : BJ_SELL, &level);
    int32_t middle = level.price_paise ? level.price_paise : of->prev_close_paise;
    if (roll(20) == 0) return middle + 1;
    if (roll(30) == 0) return of->band_hi_paise + of->tick_paise * (int32_t)roll(2);
    return middle + ((int32_t)roll(13) - 6) * of->tick_paise;
}

static int32_t some_qty(uint32_t row_idx) {
    const bj_universe_row_t *of = &story.bed.follower.rows[row_idx].row;
    return roll(25) == 0 ? of->freeze_qty : of->lot_qty * (int32_t)(1 + roll(roll(2) ? 40 : 800));
}

static uint16_t some_session(void) { return (uint16_t)(SESSION + roll(SESSIONS)); }

static void say_new(void) {
    static const uint8_t types[] = {BJ_LIMIT, BJ_LIMIT, BJ_LIMIT, BJ_LIMIT,
                                    BJ_MARKET, BJ_SL, BJ_SL_M};
    uint32_t row_idx = roll(3) ? story.bed.row : roll(4);
    bj_side_t side = roll(2) ? BJ_BUY : BJ_SELL;
    bj_cmd_t cmd = {.type = BJ_CMD_NEW, .session_id = some_session(), .account_id = 1,
                    .client_order_id = story.ask_cnt + 1, .side = (uint8_t)side,
                    .token = story.bed.follower.rows[row_idx].row.token,
                    .order_type = types[roll(BJ_COUNT(types))], .tif = roll(8) ? BJ_DAY : BJ_IOC,
                    .qty = some_qty(row_idx), .flags = roll(2) ? BJ_FLAG_CANCEL_ON_DISCONNECT : 0};
    bool market = cmd.order_type == BJ_MARKET || cmd.order_type == BJ_SL_M;
    if (!market) cmd.price_paise = some_price(row_idx, side);
    if (cmd.order_type >= BJ_SL) {
        int32_t tick = story.bed.follower.rows[row_idx].row.tick_paise;
        int32_t off = (int32_t)roll(4) * tick;
        cmd.trigger_price_paise = market ? some_price(row_idx, side)
                                  : side == BJ_BUY ? cmd.price_paise - off : cmd.price_paise + off;
    }
    if (roll(4) == 0) cmd.disclosed_qty = cmd.qty / (int32_t)(2 + roll(9));
    say(cmd);
}

static const known_t *some_order(void) {
    for (int i = 0; i < 20 && story.order_cnt; i++) {
        const known_t *known = &story.order[1 + roll(story.order_cnt)];
        if (known->open || roll(50) == 0) return known;
    }
    return NULL;
}

static void say_change(bj_cmd_type_t type) {
    const known_t *known = some_order();
    if (!known) return;
    const bj_event_t *is = &known->last;
    bj_cmd_t cmd = {.type = (uint16_t)type, .account_id = 1,
                    .session_id = roll(30) ? is->session_id : some_session(),
                    .order_id = is->order_id, .token = is->token,
                    .price_paise = is->price_paise, .qty = is->qty,
                    .disclosed_qty = is->disclosed_qty,
                    .trigger_price_paise = known->waits ? is->trigger_price_paise : 0};
    uint32_t row_idx = 0;
    while (story.bed.follower.rows[row_idx].row.token != is->token) row_idx++;
    int32_t lot = story.bed.follower.rows[row_idx].row.lot_qty;
    if (roll(2)) cmd.qty += lot * ((int32_t)roll(41) - 20);
    if (roll(2) && cmd.price_paise) cmd.price_paise = some_price(row_idx, (bj_side_t)is->side);
    if (roll(6) == 0) cmd.disclosed_qty = roll(2) ? 0 : cmd.qty / (int32_t)(2 + roll(9));
    if (roll(8) == 0) cmd.trigger_price_paise = roll(2) ? 0 : some_price(row_idx, BJ_BUY);
    if (roll(10) == 0) cmd.tif = BJ_IOC;
    if (roll(10) == 0) cmd.order_type = BJ_MARKET, cmd.price_paise = 0;
    say(cmd);
}

static void say_many(void) {
    bool gone = roll(2);
    bj_cmd_t cmd = {.type = gone ? BJ_CMD_DISCONNECT : BJ_CMD_MASS_CANCEL,
                    .session_id = some_session(), .account_id = 1};
    if (!gone && roll(2)) cmd.token = story.bed.of->token;
    if (!gone && roll(3) == 0) cmd.side = BJ_BUY;
    say(cmd);
}

/* Those of a price that are still there stand in the same order. */
static void restart(void) {
    static uint64_t before[BED_ORDER_MAX];
    bj_level_t level;
    size_t cnt = 0;
    bj_books_best(story.bed.books, story.bed.row, BJ_BUY, &level);
    for (const bj_order_t *o = level.order_cnt ? bj_books_first(story.bed.books, &level) : NULL; o;
         o = bj_books_behind(story.bed.books, o)) {
        if (bed_is_members(o->order_id)) before[cnt++] = o->order_id;
    }
    story.restoring = true;
    bed_restart(&story.bed);
    hear_all();
    story.restoring = false;
    for (size_t i = 1; i < cnt; i++) {
        bool both = bj_books_find(story.bed.books, before[i - 1]) &&
                    bj_books_find(story.bed.books, before[i]);
        BJ_CHECK(!both || is_before(&story.bed, before[i - 1], before[i]));
    }
}

static void turn(void) {
    uint32_t how = roll(100);
    if (how < 50) say_new();
    else if (how < 70) say_change(BJ_CMD_MODIFY);
    else if (how < 82) say_change(BJ_CMD_CANCEL);
    else if (how < 84) say_many();
    else if (how < 85) restart();
    else bed_steps(&story.bed, (int)(1 + roll(20)));
    hear_all();
}

static void run(uint64_t seed) {
    unsigned fails = bj_fail_cnt;
    memset(&story, 0, sizeof story);
    story.dice = seed * 2 + 1;
    bed_begin(&story.bed, seed);
    for (int i = 0; i < TURNS && bj_fail_cnt == fails; i++) {
        turn();
        const char *why = bed_broken(&story.bed);
        if (!why) why = not_as_told();
        BJ_CHECK(why == NULL);
        if (why) fprintf(stderr, "  turn %d: %s\n", i, why);
    }
    for (uint64_t i = 1; i <= story.ask_cnt; i++) BJ_CHECK(story.answers[i] == 1);
    bj_members_end_day(story.bed.members);
    bed_take(&story.bed);
    hear_all();
    BJ_CHECK(story.ends == story.order_cnt && not_as_told() == NULL);
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    bed_end(&story.bed);
}

int main(int argc, char **argv) {
    uint64_t fills = 0, wakes = 0, hits = 0, refused = 0;
    if (argc > 1) run(strtoull(argv[1], NULL, 10));
    for (uint64_t seed = 1; argc == 1 && seed <= SEEDS; seed++) {
        run(seed);
        fills += story.fills, wakes += story.wakes, hits += story.hits, refused += story.refused;
    }
    if (argc == 1) { /* a campaign in which little happens shows little */
        BJ_CHECK(fills > 15 * SEEDS && wakes > SEEDS && hits > 4 * SEEDS && refused > 15 * SEEDS);
    }
    if (argc == 1 && bj_fail_cnt)
        fprintf(stderr, "  fills %" PRIu64 " wakes %" PRIu64 " hits %" PRIu64 " refused %" PRIu64
                "\n", fills, wakes, hits, refused);
    return bj_test_end("test_bj_members_random");
}
