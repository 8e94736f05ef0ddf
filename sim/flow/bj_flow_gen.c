#include "sim/flow/bj_flow_gen.h"

#include <stdlib.h>
#include "sim/flow/bj_flow_book.h"
#include "sim/flow/bj_flow_walk.h"

enum {
    OFFSETS = 300,        /* ticks behind the touch; the nearer the likelier ... */
    FAR_OFFSETS = 1700,   /* ... and now and then far behind those */
    FAR_PERCENT = 2,
    CROSS_PERCENT = 4,    /* of resting orders that would cross: they do */
    TARGET_MIN = 8,       /* resting orders of the smallest symbol */
    RECENT = 1024,        /* a symbol's latest orders: cancels like them; a power of two */
    STREAMS = 8,          /* sparse ids: prefixes */
    /* Of 1000 ops; the rest is cancels.  PASSIVE leans by up to LEAN_MAX towards the target. */
    TAKE = 50, MODIFY = 50, PASSIVE = 450, LEAN_MAX = 120,
};

/* A table to pick an index from by its weight. */
typedef struct odds {
    uint32_t  cnt;
    uint32_t *to; /* weights, summed up to and with this one */
} odds_t;

typedef struct symbol {
    bj_flow_walk_t walk;
    uint32_t target; /* resting orders */
    uint32_t recent_cnt;
    uint32_t recent[RECENT]; /* order numbers; the latest overwrites the oldest */
} symbol_t;

struct bj_flow_gen {
    bj_flow_gen_config_t config;
    bj_flow_gen_stats_t  stats;
    uint64_t   done_cnt;
    bj_dice_t  dice;
    uint64_t   id_cnt[STREAMS]; /* dense: the first only */
    uint64_t   unknown_cnt;     /* ids given to nobody */
    odds_t     symbol_odds, offset_odds;
    symbol_t  *symbol;
    bj_flow_books_t books;
};

/* --- odds */
static bool odds_new(odds_t *odds, uint32_t cnt, uint32_t (*weight)(uint32_t idx)) {
    uint32_t sum = 0;
    odds->cnt = cnt;
    odds->to = malloc(cnt * sizeof *odds->to);
    if (!odds->to) return false;
    for (uint32_t i = 0; i < cnt; i++) odds->to[i] = sum += weight(i);
    return true;
}

static uint32_t odds_sum(const odds_t *odds) { return odds->to[odds->cnt - 1]; }

static uint32_t odds_pick(const odds_t *odds, bj_dice_t *dice) {
    uint32_t rolled = bj_dice_below(dice, odds_sum(odds)), lo = 0, hi = odds->cnt - 1;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (rolled < odds->to[mid]) hi = mid;
        else lo = mid + 1;
    }
    return lo;
}

/* Zipf, flattened at the top: the first of 64 symbols gets a twelfth of the ops. */
static uint32_t symbol_weight(uint32_t idx) { return 1000000 / (idx + 4); }
static uint32_t offset_weight(uint32_t idx) { return 1000000000 / ((idx + 3) * (idx + 3)); }

/* --- what an order is made of */
static uint64_t new_id(bj_flow_gen_t *gen) {
    if (gen->config.ids == BJ_FLOW_DENSE) return ++gen->id_cnt[0];
    uint32_t stream = bj_dice_below(&gen->dice, STREAMS);
    gen->id_cnt[stream] += 1 + bj_dice_below(&gen->dice, 3);
    return (11 + stream) * UINT64_C(100000000000000) + gen->id_cnt[stream];
}

static uint64_t unknown_id(bj_flow_gen_t *gen) {
    uint64_t base = gen->config.ids == BJ_FLOW_DENSE ? gen->config.op_cnt
                                                     : UINT64_C(1999000000000000);
    return base + ++gen->unknown_cnt;
}

/* Many small ones, round lots, few large ones. */
static uint32_t some_qty(bj_dice_t *dice) {
    static const struct {
        uint32_t percent_to, lot, lots_max;
    } sizes[] = {{55, 1, 50}, {90, 25, 20}, {99, 100, 20}, {100, 1000, 10}};
    uint32_t percent = bj_dice_below(dice, 100), i = 0;
    while (percent >= sizes[i].percent_to) i++;
    return sizes[i].lot * (1 + bj_dice_below(dice, sizes[i].lots_max));
}

static uint32_t clamp_price(int64_t price_ticks) {
    if (price_ticks < 1) return 1;
    return price_ticks > BJ_FLOW_PRICE_MAX ? BJ_FLOW_PRICE_MAX : (uint32_t)price_ticks;
}

/* ticks on the passive side of a price: below it for a buyer. */
static uint32_t behind(uint32_t price_ticks, uint8_t side, int32_t ticks) {
    return clamp_price((int64_t)price_ticks + (side == BJ_FLOW_BUY ? -ticks : ticks));
}

static bool reaches(uint8_t side, uint32_t price_ticks, uint32_t other_ticks) {
    return side == BJ_FLOW_BUY ? price_ticks >= other_ticks : price_ticks <= other_ticks;
}

/* Behind the middle; seldom across the other side's touch when that has not followed yet. */
static uint32_t passive_price(bj_flow_gen_t *gen, uint16_t symbol, uint8_t side) {
    bj_dice_t *dice = &gen->dice;
    bool far = bj_dice_percent(dice, FAR_PERCENT);
    uint32_t offset = far ? OFFSETS + bj_dice_below(dice, FAR_OFFSETS)
                          : odds_pick(&gen->offset_odds, dice);
    uint32_t price_ticks = behind(gen->symbol[symbol].walk.mid_ticks, side, 1 + (int32_t)offset);
    uint32_t other_ticks = gen->books.book[symbol].best_ticks[!side];
    if (!other_ticks || !reaches(side, price_ticks, other_ticks)) return price_ticks;
    return bj_dice_percent(dice, CROSS_PERCENT) ? price_ticks : behind(other_ticks, side, 1);
}

static void remember(symbol_t *symbol, uint32_t number) {
    symbol->recent[symbol->recent_cnt++ % RECENT] = number;
}

/* Somebody who rests, a recent order more often than not; the book is not empty. */
static uint32_t some_live(bj_flow_gen_t *gen, uint16_t symbol) {
    enum { TRIES = 8, RECENT_PERCENT = 70 };
    const symbol_t *of = &gen->symbol[symbol];
    const bj_flow_book_t *book = &gen->books.book[symbol];
    uint32_t recent_cnt = of->recent_cnt < RECENT ? of->recent_cnt : RECENT;
    for (int i = 0; i < TRIES && bj_dice_percent(&gen->dice, RECENT_PERCENT); i++) {
        uint32_t number = of->recent[bj_dice_below(&gen->dice, recent_cnt)];
        if (gen->books.order[number].qty) return number;
    }
    return book->live[bj_dice_below(&gen->dice, book->live_cnt)];
}

/* --- records */
static bj_flow_record_t enter(bj_flow_gen_t *gen, bj_flow_op_t op, uint16_t symbol, uint8_t side,
                              uint32_t price_ticks, uint32_t qty) {
    uint64_t order_id = new_id(gen);
    uint32_t number = bj_flow_books_enter(&gen->books, symbol, side, order_id);
    uint32_t any_ticks = side == BJ_FLOW_BUY ? BJ_FLOW_PRICE_MAX : 1;
    uint32_t limit_ticks = op == BJ_FLOW_MARKET ? any_ticks : price_ticks;
    bool rests = bj_flow_books_play(&gen->books, number, limit_ticks, qty, op == BJ_FLOW_ADD);
    if (rests) remember(&gen->symbol[symbol], number);
    return (bj_flow_record_t){.op = (uint8_t)op, .side = side, .symbol = symbol,
                              .price_ticks = op == BJ_FLOW_MARKET ? 0 : price_ticks, .qty = qty,
                              .order_id = order_id};
}

static bj_flow_record_t add_passive(bj_flow_gen_t *gen, uint16_t symbol) {
    uint8_t side = (uint8_t)bj_dice_below(&gen->dice, 2);
    uint32_t price_ticks = passive_price(gen, symbol, side);
    return enter(gen, BJ_FLOW_ADD, symbol, side, price_ticks, some_qty(&gen->dice));
}

/* A coin, which takers that know where the middle went outvote. */
static uint8_t taker_side(bj_flow_gen_t *gen, uint16_t symbol) {
    enum { KNOWING_PERCENT = 60 };
    const uint32_t *best_ticks = gen->books.book[symbol].best_ticks;
    uint32_t mid_ticks = gen->symbol[symbol].walk.mid_ticks;
    uint32_t touch_sum = best_ticks[BJ_FLOW_BUY] + best_ticks[BJ_FLOW_SELL];
    uint8_t side = (uint8_t)bj_dice_below(&gen->dice, 2);
    bool two_sided = best_ticks[BJ_FLOW_BUY] && best_ticks[BJ_FLOW_SELL];
    if (!bj_dice_percent(&gen->dice, KNOWING_PERCENT)) return side;
    if (!two_sided || touch_sum == 2 * mid_ticks) return side;
    return touch_sum < 2 * mid_ticks ? BJ_FLOW_BUY : BJ_FLOW_SELL;
}

/* Takers: 4 of 10 IOC, 3 market, 3 limit orders that cross. */
static bj_flow_record_t take(bj_flow_gen_t *gen, uint16_t symbol) {
    bj_dice_t *dice = &gen->dice;
    uint8_t side = taker_side(gen, symbol);
    uint32_t touch_ticks = gen->books.book[symbol].best_ticks[!side];
    if (!touch_ticks) touch_ticks = gen->symbol[symbol].walk.mid_ticks;
    uint32_t price_ticks = behind(touch_ticks, side, -(int32_t)bj_dice_below(dice, 4));
    uint32_t qty = some_qty(dice);
    qty *= 1 + bj_dice_below(dice, 3);
    uint32_t kind = bj_dice_below(dice, 10);
    bj_flow_op_t op = kind < 4 ? BJ_FLOW_IOC : kind < 7 ? BJ_FLOW_MARKET : BJ_FLOW_ADD;
    return enter(gen, op, symbol, side, price_ticks, qty);
}

/* In a crash and after it: large orders through every level up to the middle, or at any price. */
static bj_flow_record_t sweep(bj_flow_gen_t *gen, uint16_t symbol, uint8_t side) {
    enum { SWEEP_TIMES = 10, MARKET_PERCENT = 20 };
    bool is_market = bj_dice_percent(&gen->dice, MARKET_PERCENT);
    uint32_t qty = some_qty(&gen->dice) * SWEEP_TIMES;
    return enter(gen, is_market ? BJ_FLOW_MARKET : BJ_FLOW_IOC, symbol, side,
                 gen->symbol[symbol].walk.mid_ticks, qty);
}

static bj_flow_record_t name_order(const bj_flow_gen_t *gen, bj_flow_op_t op, uint32_t number) {
    const bj_flow_order_t *order = &gen->books.order[number];
    return (bj_flow_record_t){.op = (uint8_t)op, .side = order->side, .symbol = order->symbol,
                              .order_id = order->order_id};
}

/* Names an order that has ended, or one that never was. */
static bj_flow_record_t name_nobody(bj_flow_gen_t *gen, bj_flow_op_t op, uint16_t symbol) {
    bj_flow_record_t record = {.op = (uint8_t)op, .symbol = symbol};
    uint32_t number = bj_dice_below(&gen->dice, gen->books.order_cnt + 1); /* 0: nobody at all */
    if (!number || gen->books.order[number].qty) record.order_id = unknown_id(gen);
    else record = name_order(gen, op, number);
    if (op == BJ_FLOW_MODIFY) {
        record.price_ticks = gen->symbol[record.symbol].walk.mid_ticks;
        record.qty = some_qty(&gen->dice);
    }
    gen->stats.stale_cnt++;
    return record;
}

/* Half of them come back to where the middle is now, half move a little. */
static uint32_t other_price(bj_flow_gen_t *gen, const bj_flow_order_t *order) {
    uint32_t price_ticks = order->price_ticks;
    uint32_t kind = bj_dice_below(&gen->dice, 4);
    int32_t nudge_ticks = 1 + (int32_t)bj_dice_below(&gen->dice, 3);
    if (kind < 2) price_ticks = passive_price(gen, order->symbol, order->side);
    else price_ticks = behind(price_ticks, order->side, kind == 2 ? nudge_ticks : -nudge_ticks);
    if (price_ticks != order->price_ticks) return price_ticks;
    return price_ticks < BJ_FLOW_PRICE_MAX ? price_ticks + 1 : price_ticks - 1;
}

static bj_flow_record_t modify(bj_flow_gen_t *gen, uint16_t symbol) {
    bj_dice_t *dice = &gen->dice;
    uint32_t number = some_live(gen, symbol);
    const bj_flow_order_t *order = &gen->books.order[number];
    bj_flow_record_t record = name_order(gen, BJ_FLOW_MODIFY, number);
    uint32_t kind = gen->config.modify == BJ_FLOW_FULL ? bj_dice_below(dice, 10) : 0;
    record.price_ticks = order->price_ticks;
    if (kind < 4) {
        record.price_ticks = other_price(gen, order);
        record.qty = some_qty(dice);
    } else if (kind < 7) {
        record.qty = order->qty > 1 ? 1 + bj_dice_below(dice, order->qty - 1) : 1;
    } else {
        record.qty = order->qty + 1 + bj_dice_below(dice, 100);
    }
    bool rests = bj_flow_books_modify(&gen->books, number, record.price_ticks, record.qty);
    if (rests) remember(&gen->symbol[symbol], number);
    return record;
}

/* Who stands at a touch that the middle has reached or passed, last in line; 0: nobody. */
static uint32_t run_over(const bj_flow_gen_t *gen, uint16_t symbol) {
    const uint32_t *best_ticks = gen->books.book[symbol].best_ticks;
    uint32_t mid_ticks = gen->symbol[symbol].walk.mid_ticks;
    if (best_ticks[BJ_FLOW_SELL] && best_ticks[BJ_FLOW_SELL] <= mid_ticks) {
        return bj_flow_books_last_at_best(&gen->books, symbol, BJ_FLOW_SELL);
    }
    if (best_ticks[BJ_FLOW_BUY] >= mid_ticks) {
        return bj_flow_books_last_at_best(&gen->books, symbol, BJ_FLOW_BUY);
    }
    return 0;
}

static bj_flow_record_t cancel(bj_flow_gen_t *gen, uint16_t symbol) {
    enum { RUN_OVER_PERCENT = 35 };
    uint32_t number = bj_dice_percent(&gen->dice, RUN_OVER_PERCENT) ? run_over(gen, symbol) : 0;
    if (!number) number = some_live(gen, symbol);
    bj_flow_record_t record = name_order(gen, BJ_FLOW_CANCEL, number);
    bj_flow_books_remove(&gen->books, number);
    return record;
}

/* --- one op */
static bj_flow_record_t name_somebody(bj_flow_gen_t *gen, bj_flow_op_t op, uint16_t symbol) {
    if (bj_dice_ppm(&gen->dice, gen->config.stale_ppm)) return name_nobody(gen, op, symbol);
    if (!gen->books.book[symbol].live_cnt) return add_passive(gen, symbol);
    return op == BJ_FLOW_MODIFY ? modify(gen, symbol) : cancel(gen, symbol);
}

/* How many of 1000 ops more (or fewer) than usual are passive orders. */
static int32_t lean(const bj_flow_gen_t *gen, uint16_t symbol) {
    int64_t target = gen->symbol[symbol].target, live_cnt = gen->books.book[symbol].live_cnt;
    int64_t missing = (target - live_cnt) * 1000 / target;
    if (missing > LEAN_MAX) return LEAN_MAX;
    return missing < -LEAN_MAX ? -LEAN_MAX : (int32_t)missing;
}

static bool sweeps(bj_flow_rush_t rush, bj_dice_t *dice) {
    static const uint32_t percent[] = {
        [BJ_FLOW_NO_RUSH] = 0, [BJ_FLOW_SELL_RUSH] = 25, [BJ_FLOW_BUY_RUSH] = 8};
    return bj_dice_percent(dice, percent[rush]);
}

static bj_flow_record_t usual_op(bj_flow_gen_t *gen, uint16_t symbol) {
    int32_t rolled = (int32_t)bj_dice_below(&gen->dice, 1000);
    if (rolled < TAKE) return take(gen, symbol);
    if (rolled < TAKE + MODIFY) return name_somebody(gen, BJ_FLOW_MODIFY, symbol);
    if (rolled < TAKE + MODIFY + PASSIVE + lean(gen, symbol)) return add_passive(gen, symbol);
    return name_somebody(gen, BJ_FLOW_CANCEL, symbol);
}

static bj_flow_record_t next_op(bj_flow_gen_t *gen) {
    uint16_t symbol = (uint16_t)odds_pick(&gen->symbol_odds, &gen->dice);
    bj_flow_walk_t *walk = &gen->symbol[symbol].walk;
    if (bj_flow_book_full(&gen->books.book[symbol])) return cancel(gen, symbol);
    if (gen->done_cnt < gen->stats.warm_cnt) return add_passive(gen, symbol);
    bj_flow_walk_step(walk, gen->config.path, &gen->dice);
    if (bj_dice_ppm(&gen->dice, gen->config.jump_ppm)) bj_flow_walk_leap(walk, &gen->dice);
    if (sweeps(walk->rush, &gen->dice)) {
        bool selling = walk->rush == BJ_FLOW_SELL_RUSH;
        return sweep(gen, symbol, selling ? BJ_FLOW_SELL : BJ_FLOW_BUY);
    }
    return usual_op(gen, symbol);
}

size_t bj_flow_gen_fill(bj_flow_gen_t *gen, bj_flow_record_t *records, size_t cnt) {
    uint64_t left_cnt = gen->config.op_cnt - gen->done_cnt;
    if (cnt > left_cnt) cnt = (size_t)left_cnt;
    for (size_t i = 0; i < cnt; i++) {
        records[i] = next_op(gen);
        gen->stats.op_cnt[records[i].op]++;
        gen->done_cnt++;
    }
    return cnt;
}

/* --- from a configuration to a generator */
const char *bj_flow_gen_check(const bj_flow_gen_config_t *config) {
    if (!config->op_cnt || config->op_cnt > BJ_FLOW_OPS_MAX) return "op_cnt: 1 to 2^30";
    if (!config->symbol_cnt || config->symbol_cnt > BJ_FLOW_SYMBOLS_MAX) {
        return "symbol_cnt: 1 to 65535";
    }
    if (!config->live_target || config->live_target > BJ_FLOW_LIVE_MAX) {
        return "live_target: 1 to 2^26";
    }
    if ((unsigned)config->ids >= BJ_FLOW_IDS_CNT) return "ids: bj_flow_ids_t";
    if ((unsigned)config->modify >= BJ_FLOW_MODIFY_CNT) return "modify: bj_flow_modify_mix_t";
    if ((unsigned)config->path >= BJ_FLOW_PATH_CNT) return "path: bj_flow_path_t";
    if (config->stale_ppm > BJ_FLOW_PPM_MAX) return "stale_ppm: 0 to 1000000";
    if (config->jump_ppm > BJ_FLOW_PPM_MAX) return "jump_ppm: 0 to 1000000";
    return NULL;
}

/* A symbol's share of the resting orders is its share of the ops. */
static void start_symbols(bj_flow_gen_t *gen) {
    uint32_t weight_sum = odds_sum(&gen->symbol_odds);
    uint64_t target_sum = 0;
    for (uint32_t i = 0; i < gen->config.symbol_cnt; i++) {
        symbol_t *symbol = &gen->symbol[i];
        uint64_t share = (uint64_t)gen->config.live_target * symbol_weight(i) / weight_sum;
        symbol->target = share < TARGET_MIN ? TARGET_MIN : (uint32_t)share;
        symbol->walk = bj_flow_walk_start(gen->config.path, &gen->dice);
        target_sum += symbol->target;
    }
    uint64_t half_cnt = gen->config.op_cnt / 2;
    gen->stats.warm_cnt = target_sum < half_cnt ? target_sum : half_cnt;
}

/* The lean keeps books near their target; twice as many is room for any streak. */
static bool start_books(bj_flow_gen_t *gen) {
    uint32_t *live_max = malloc(gen->config.symbol_cnt * sizeof *live_max);
    if (!live_max) return false;
    for (uint32_t i = 0; i < gen->config.symbol_cnt; i++) {
        live_max[i] = 2 * gen->symbol[i].target + 64;
    }
    bool ok = bj_flow_books_new(&gen->books, gen->config.symbol_cnt, live_max,
                                (uint32_t)gen->config.op_cnt);
    free(live_max);
    return ok;
}

static bool start(bj_flow_gen_t *gen) {
    gen->symbol = calloc(gen->config.symbol_cnt, sizeof *gen->symbol);
    if (!gen->symbol || !odds_new(&gen->symbol_odds, gen->config.symbol_cnt, symbol_weight) ||
        !odds_new(&gen->offset_odds, OFFSETS, offset_weight)) {
        return false;
    }
    start_symbols(gen);
    return start_books(gen);
}

bj_flow_gen_t *bj_flow_gen_new(const bj_flow_gen_config_t *config) {
    if (bj_flow_gen_check(config)) return NULL;
    bj_flow_gen_t *gen = calloc(1, sizeof *gen);
    if (!gen) return NULL;
    gen->config = *config;
    gen->dice.state = config->seed;
    if (start(gen)) return gen;
    bj_flow_gen_free(gen);
    return NULL;
}

void bj_flow_gen_free(bj_flow_gen_t *gen) {
    if (!gen) return;
    bj_flow_books_free(&gen->books);
    free(gen->symbol);
    free(gen->symbol_odds.to);
    free(gen->offset_odds.to);
    free(gen);
}

bj_flow_gen_stats_t bj_flow_gen_stats(const bj_flow_gen_t *gen) {
    bj_flow_gen_stats_t stats = gen->stats;
    stats.trade_cnt = gen->books.trade_cnt;
    stats.live_cnt = gen->books.live_cnt;
    stats.live_peak = gen->books.live_peak;
    return stats;
}
