/* Goal: a call auction against section 6 of docs/matching.md, said once more and even more plainly
 * than by the model: every price of the band is tried, both lines are arrays.  Tens of thousands of
 * small books with few prices and few quantities, so that each tie-break is what decides some of
 * them.  And the example of NSE's own page. */
#include "dataplane/match/bj_match.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum {
    BOOK_CNT = BJ_TEST_SLOW ? 20000 : 60000, /* each is a day; there are 65536 */
    PLAIN_MAX = 16,
    EVENT_MAX = 128,
    RING_DEPTH = 256,
    BAND_LO = 80,
    BAND_HI = 120,
};

static uint64_t dice;

static uint32_t roll(uint32_t sides) { /* [0, sides) */
    uint64_t z = dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((z ^ (z >> 31)) >> 32) * sides >> 32);
}

/* --- the plain auction */

typedef struct plain {
    uint64_t id; /* from 1 in order of acceptance */
    uint8_t side, tif;
    int32_t price; /* 0: market */
    int32_t qty, disclosed, shown;
    uint32_t owner;
    bool in_auction; /* it came while orders were collected */
    bool market;     /* it was one when the auction was uncrossed */
} plain_t;

typedef struct book {
    plain_t order[PLAIN_MAX]; /* what is still open is where qty > 0 */
    size_t cnt;
    int32_t reference, lo, hi;
    uint8_t kind;
    bool market_first;
} book_t;

typedef struct expected { /* the fields of an event that an auction decides */
    uint8_t type, reason;
    uint64_t id, contra;
    int32_t price, qty;
} expected_t;

static expected_t want[EVENT_MAX];
static size_t want_cnt;

/* Which rule had the last word; 5: there is no price. */
static uint64_t decided[6], no_price_traded, self_trades, price_moved, moved_to_edge, priced_before;

static int64_t willing(const book_t *b, uint8_t side, int32_t price) {
    int64_t qty = 0;
    for (size_t i = 0; i < b->cnt; i++) {
        const plain_t *o = &b->order[i];
        if (o->side != side) continue;
        if (!o->price || (side == BJ_BUY ? o->price >= price : o->price <= price)) qty += o->qty;
    }
    return qty;
}

static int64_t executable(const book_t *b, int32_t price) {
    int64_t buy = willing(b, BJ_BUY, price), sell = willing(b, BJ_SELL, price);
    return buy < sell ? buy : sell;
}

static int64_t imbalance(const book_t *b, int32_t price) {
    return llabs(willing(b, BJ_BUY, price) - willing(b, BJ_SELL, price));
}

static int64_t distance(const book_t *b, int32_t price) {
    return llabs((int64_t)price - b->reference);
}

static void mark_candidates(const book_t *b, bool *is_candidate) {
    for (size_t i = 0; i < b->cnt; i++) {
        int32_t price = b->order[i].price;
        if (!price || !b->order[i].qty) continue;
        if (price < b->lo || price > b->hi) moved_to_edge++;
        is_candidate[price < b->lo ? b->lo : price > b->hi ? b->hi : price] = true;
    }
}

/* Leaves the candidates whose measure is the least (sign 1) or largest (-1); how many they are. */
static unsigned keep_best(const book_t *b, bool *is_candidate, int sign,
                          int64_t (*measure)(const book_t *b, int32_t price)) {
    int64_t best = INT64_MAX;
    unsigned cnt = 0;
    for (int32_t p = b->lo; p <= b->hi; p++) {
        if (is_candidate[p] && sign * measure(b, p) < best) best = sign * measure(b, p);
    }
    for (int32_t p = b->lo; p <= b->hi; p++) {
        is_candidate[p] = is_candidate[p] && sign * measure(b, p) == best;
        cnt += is_candidate[p];
    }
    return cnt;
}

/* 0: none */
static int32_t equilibrium_price(const book_t *b) {
    bool is_candidate[BAND_HI + 1] = {0};
    mark_candidates(b, is_candidate);
    for (int32_t p = b->lo; p <= b->hi; p++) is_candidate[p] &= executable(b, p) > 0;
    unsigned rule = 1, left = keep_best(b, is_candidate, -1, executable);
    if (left > 1) rule = 2, left = keep_best(b, is_candidate, 1, imbalance);
    if (left > 1) rule = 3, left = keep_best(b, is_candidate, 1, distance);
    if (left > 1) rule = 4;
    decided[left ? rule : 5]++;
    if (left > 1) return b->reference;
    for (int32_t p = b->lo; p <= b->hi; p++) {
        if (is_candidate[p]) return p;
    }
    return 0;
}

static size_t line_markets(book_t *b, uint8_t side, plain_t **line) {
    size_t cnt = 0;
    for (size_t i = 0; i < b->cnt; i++) {
        plain_t *o = &b->order[i];
        if (o->qty && o->side == side && !o->price) line[cnt++] = o;
    }
    return cnt;
}

/* Limits from the best price to that price, each price in order of time. */
static size_t line_limits(book_t *b, uint8_t side, int32_t price, plain_t **line) {
    size_t cnt = 0;
    int32_t step = side == BJ_BUY ? -1 : 1;
    for (int32_t p = side == BJ_BUY ? BAND_HI : BAND_LO; p != price + step; p += step) {
        for (size_t i = 0; i < b->cnt; i++) {
            plain_t *o = &b->order[i];
            if (o->qty && o->side == side && o->price == p) line[cnt++] = o;
        }
    }
    return cnt;
}

static size_t line_up(book_t *b, uint8_t side, int32_t price, plain_t **line) {
    if (!price) return line_markets(b, side, line);
    if (!b->market_first) {
        size_t limits = line_limits(b, side, price, line);
        return limits + line_markets(b, side, line + limits);
    }
    size_t markets = line_markets(b, side, line);
    return markets + line_limits(b, side, price, line + markets);
}

static void expect(uint8_t type, uint64_t id, uint64_t contra, int32_t price, int32_t qty,
                   bj_status_t reason) {
    want[want_cnt++] = (expected_t){type, (uint8_t)reason, id, contra, price, qty};
}

static void expect_end(plain_t *o, bj_status_t reason) {
    expect(BJ_MEV_CANCELLED, o->id, 0, o->price, o->qty, reason);
    o->qty = 0;
}

static void give(plain_t *o, int32_t qty) {
    o->qty -= qty;
    o->shown = o->disclosed && o->disclosed < o->qty ? o->disclosed : o->qty;
}

/* Of two of one owner who would meet at the price, the later arrival; NULL: nobody would. */
static plain_t *self_trader(const book_t *b, int32_t price, plain_t *order) {
    book_t dry = *b;
    plain_t *buy[PLAIN_MAX], *sell[PLAIN_MAX];
    size_t buys = line_up(&dry, BJ_BUY, price, buy), sells = line_up(&dry, BJ_SELL, price, sell);
    for (size_t i = 0, k = 0; i < buys && k < sells;) {
        plain_t *x = buy[i], *y = sell[k];
        if (x->owner && x->owner == y->owner) {
            bool buy_is_later = x->in_auction && (!y->in_auction || x->id > y->id);
            return &order[(buy_is_later ? x : y)->id - 1];
        }
        int32_t qty = x->qty < y->qty ? x->qty : y->qty;
        give(x, qty), give(y, qty);
        i += x->qty == 0;
        k += y->qty == 0;
    }
    return NULL;
}

/* Returns what was executed. */
static int64_t expect_trades(book_t *b, int32_t price) {
    plain_t *buy[PLAIN_MAX], *sell[PLAIN_MAX];
    size_t buys = line_up(b, BJ_BUY, price, buy), sells = line_up(b, BJ_SELL, price, sell);
    int64_t executed = 0;
    for (size_t i = 0, k = 0; i < buys && k < sells;) {
        plain_t *x = buy[i], *y = sell[k];
        int32_t qty = x->qty < y->qty ? x->qty : y->qty;
        give(x, qty), give(y, qty);
        executed += qty;
        expect(BJ_MEV_TRADE, x->id, y->id, price ? price : b->reference, qty, BJ_OK);
        i += x->qty == 0;
        k += y->qty == 0;
    }
    return executed;
}

static void expect_leftovers(book_t *b, uint8_t side, int32_t at) {
    plain_t *line[PLAIN_MAX];
    size_t markets = line_markets(b, side, line);
    size_t cnt = markets + line_limits(b, side, side == BJ_BUY ? BAND_LO : BAND_HI, line + markets);
    for (size_t i = 0; i < cnt; i++) {
        plain_t *o = line[i];
        if (!o->qty) continue;
        if (b->kind == BJ_AUCTION_CLOSE) {
            if (i < markets || o->tif == BJ_DAY) expect_end(o, BJ_END_AUCTION);
        } else if (i < markets) {
            expect(BJ_MEV_PRICED, o->id, 0, at, o->qty, BJ_OK);
            o->price = at;
            o->market = true;
            o->shown = o->qty;
        }
    }
}

static void expect_uncross(book_t *b, int32_t price) {
    plain_t *later;
    while ((later = self_trader(b, price, b->order))) {
        expect_end(later, BJ_END_SELF_TRADE);
        int32_t without = equilibrium_price(b);
        self_trades++;
        price_moved += without != price;
        price = without;
    }
    int64_t executed = expect_trades(b, price);
    int32_t at = price ? price : b->reference;
    no_price_traded += !price && executed;
    expect_leftovers(b, BJ_BUY, at);
    expect_leftovers(b, BJ_SELL, at);
    expect(BJ_MEV_UNCROSSED, 0, 0, executed ? at : price, (int32_t)executed, BJ_OK);
    expect(BJ_MEV_PHASE, 0, 0, b->kind == BJ_AUCTION_CLOSE ? at : 0, BJ_PHASE_BUFFER, BJ_OK);
}

/* Who stands at a level afterwards: as they stood, and each priced one before the first of them
 * that came later in the auction, after all others. */
static size_t level_after(const book_t *b, uint8_t side, int32_t price, const plain_t **level) {
    size_t cnt = 0;
    for (int markets = 0; markets < 2; markets++) {
        for (size_t i = 0; i < b->cnt; i++) {
            const plain_t *o = &b->order[i];
            if (!o->qty || o->side != side || o->price != price || o->market != markets) continue;
            size_t at = 0;
            while (markets && at < cnt && !(level[at]->in_auction && level[at]->id > o->id)) at++;
            if (!markets) at = cnt;
            priced_before += at < cnt;
            for (size_t k = cnt; k > at; k--) level[k] = level[k - 1];
            level[at] = o;
            cnt++;
        }
    }
    return cnt;
}

/* --- the engine's side */

typedef struct bed {
    bj_match_t *match;
    bj_match_ring_t *ring;
    bj_match_event_t got[EVENT_MAX];
    size_t got_cnt;
} bed_t;

static void *aligned(size_t bytes) {
    size_t pairs = (bytes + BJ_PAIR_BYTES - 1) / BJ_PAIR_BYTES;
    return aligned_alloc(BJ_PAIR_BYTES, pairs * BJ_PAIR_BYTES);
}

static void bed_open(bed_t *bed) {
    const bj_match_config_t config = {.instrument_max = 1, .order_max = PLAIN_MAX};
    const bj_match_instrument_t definition = {
        .tick_paise = 1, .band_lo_paise = BAND_LO, .band_hi_paise = BAND_HI,
        .prev_close_paise = 100, .flags = BJ_MATCH_LONG_ORDERS};
    bed->match = bj_match_new(aligned(bj_match_footprint(&config)), &config);
    bed->ring = bj_match_ring_new(aligned(bj_match_ring_footprint(RING_DEPTH)), RING_DEPTH);
    bj_match_out(bed->match, bed->ring, NULL, NULL);
    BJ_CHECK(bj_match_define(bed->match, 0, &definition) == BJ_OK);
}

static void bed_close(bed_t *bed) {
    free(bed->match);
    free(bed->ring);
}

static void bed_apply(bed_t *bed, bj_match_cmd_t cmd) {
    const bj_match_event_t *from;
    size_t cnt;
    bed->got_cnt = 0;
    bj_match_apply(bed->match, &cmd, 1);
    while ((cnt = bj_match_ring_look(bed->ring, &from))) {
        for (size_t i = 0; i < cnt && bed->got_cnt < EVENT_MAX; i++) {
            bool slice = from[i].type == BJ_MEV_REPLENISHED; /* what is shown is another test's */
            if (!slice) bed->got[bed->got_cnt++] = from[i];
        }
        bj_match_ring_release(bed->ring, cnt);
    }
}

static void bed_new_order(bed_t *bed, const plain_t *o) {
    bed_apply(bed, (bj_match_cmd_t){
        .op = BJ_OP_NEW, .order_id = o->id, .side = o->side, .tif = o->tif, .qty = o->qty,
        .type = o->price ? BJ_LIMIT : BJ_MARKET, .price_paise = o->price, .owner = o->owner,
        .disclosed_qty = o->disclosed});
    BJ_CHECK(bed->got_cnt == 1 && bed->got[0].type == BJ_MEV_ACCEPTED);
}

/* No order, no closing price, no last price. */
static void bed_clear(bed_t *bed, uint16_t day) {
    bed_apply(bed, (bj_match_cmd_t){.op = BJ_OP_MASS_CANCEL, .instrument_idx = BJ_MATCH_ALL});
    bed_apply(bed, (bj_match_cmd_t){.op = BJ_OP_DAY_END, .day = day});
    BJ_CHECK(bed->got_cnt == 1 && bed->got[0].type == BJ_MEV_DONE);
    bed_apply(bed, (bj_match_cmd_t){.op = BJ_OP_PHASE, .phase = BJ_PHASE_CONTINUOUS});
}

static bool is_as_expected(const bj_match_event_t *e, const expected_t *x) {
    return e->type == x->type && e->reason == x->reason && e->order_id == x->id &&
           e->contra_id == x->contra && e->price_paise == x->price && e->qty == x->qty &&
           !(e->flags & BJ_MEF_AUCTION) == (x->type != BJ_MEV_TRADE);
}

static void print_book(const book_t *b, const bed_t *bed) {
    fprintf(stderr, "reference %d, band %d to %d, kind %d, market_first %d\n", b->reference, b->lo,
            b->hi, b->kind, b->market_first);
    for (size_t i = 0; i < b->cnt; i++) {
        const plain_t *o = &b->order[i];
        fprintf(stderr, "  %c id %d: %d at %d, owner %u, tif %d, disclosed %d, %s\n", o->side,
                (int)o->id, o->qty, o->price, o->owner, o->tif, o->disclosed,
                o->in_auction ? "came in the auction" : "was there before");
    }
    for (size_t i = 0; i < want_cnt || i < bed->got_cnt; i++) {
        const expected_t *x = i < want_cnt ? &want[i] : &(expected_t){0};
        const bj_match_event_t *e = i < bed->got_cnt ? &bed->got[i] : &(bj_match_event_t){0};
        fprintf(stderr,
                "  expected type %d id %d contra %d %d at %d reason %d; got %d %d %d %d at %d %d\n",
                x->type, (int)x->id, (int)x->contra, x->qty, x->price, x->reason, e->type,
                (int)e->order_id, (int)e->contra_id, e->qty, e->price_paise, e->reason);
    }
}

/* --- random books */

static plain_t plain_roll(uint64_t id, bool in_auction) {
    plain_t o = {.id = id, .side = roll(2) ? BJ_BUY : BJ_SELL, .in_auction = in_auction,
                 .qty = (int32_t)(1 + roll(3)) * 5, .owner = roll(2) ? 0 : roll(4),
                 .tif = roll(2) ? BJ_DAY : BJ_GTC};
    if (in_auction) {
        o.price = roll(4) ? 98 + (int32_t)roll(5) : 0;
        return o;
    }
    o.price = o.side == BJ_BUY ? 100 - (int32_t)roll(6) : 101 + (int32_t)roll(6);
    if (roll(3) == 0) o.disclosed = 1 + (int32_t)roll(5);
    return o;
}

static void book_roll(book_t *b, bed_t *bed) {
    uint32_t before = roll(4), in_auction = roll(roll(4) ? 10 : 4);
    bool only_market = roll(12) == 0;
    uint32_t bp = roll(2) ? 0 : 200 + 100 * roll(3);
    memset(b, 0, sizeof *b);
    b->kind = (uint8_t)(BJ_AUCTION_OPEN + roll(3));
    b->market_first = roll(2);
    b->reference = 99 + (int32_t)roll(3);
    b->lo = bp ? (b->reference * (10000 - (int32_t)bp) + 9999) / 10000 : BAND_LO;
    b->hi = bp ? b->reference * (10000 + (int32_t)bp) / 10000 : BAND_HI;
    for (uint32_t i = 0; i < before && !only_market; i++) {
        plain_t o = plain_roll(b->cnt + 1, false);
        bed_new_order(bed, &o);
        give(&o, 0);
        b->order[b->cnt++] = o;
    }
    bed_apply(bed, (bj_match_cmd_t){.op = BJ_OP_PHASE, .phase = BJ_PHASE_AUCTION, .band_bp = bp,
                                    .auction = b->kind, .price_paise = b->reference});
    for (uint32_t i = 0; i < in_auction; i++) {
        plain_t o = plain_roll(b->cnt + 1, true);
        if (only_market || (o.price && (o.price < b->lo || o.price > b->hi))) o.price = 0;
        bed_new_order(bed, &o);
        give(&o, 0);
        b->order[b->cnt++] = o;
    }
}

static int32_t check_equilibrium(const book_t *b, const bed_t *bed) {
    bj_match_equilibrium_t at = bj_match_equilibrium(bed->match, 0);
    int32_t price = equilibrium_price(b);
    BJ_CHECK(at.price_paise == price);
    BJ_CHECK(at.qty == (price ? executable(b, price) : 0));
    BJ_CHECK(at.buy_qty == (price ? willing(b, BJ_BUY, price) : 0));
    BJ_CHECK(at.sell_qty == (price ? willing(b, BJ_SELL, price) : 0));
    for (int32_t p = b->lo; p <= b->hi && price; p++) BJ_CHECK(executable(b, p) <= at.qty);
    return price;
}

static size_t seen_cnt;
static bj_match_order_t seen[PLAIN_MAX];

static void see(void *ctx, const bj_match_order_t *order) {
    (void)ctx;
    if (seen_cnt < PLAIN_MAX) seen[seen_cnt] = *order;
    seen_cnt++;
}

static void check_book_after(const book_t *b, const bed_t *bed) {
    size_t at = 0;
    int32_t best_bid = 0, best_ask = 0;
    seen_cnt = 0;
    bj_match_each(bed->match, 0, see, NULL);
    for (int sell = 0; sell < 2; sell++) {
        for (int32_t i = 0; i <= BAND_HI - BAND_LO; i++) {
            const plain_t *level[PLAIN_MAX];
            int32_t price = sell ? BAND_LO + i : BAND_HI - i;
            size_t cnt = level_after(b, sell ? BJ_SELL : BJ_BUY, price, level);
            if (cnt && !*(sell ? &best_ask : &best_bid)) *(sell ? &best_ask : &best_bid) = price;
            for (size_t k = 0; k < cnt; k++, at++) {
                BJ_CHECK(at < seen_cnt && seen[at].order_id == level[k]->id);
                BJ_CHECK(at < seen_cnt && seen[at].price_paise == price);
                BJ_CHECK(at < seen_cnt && seen[at].leaves_qty == level[k]->qty);
                BJ_CHECK(at < seen_cnt && seen[at].shown_qty == level[k]->shown);
            }
        }
    }
    BJ_CHECK(at == seen_cnt);
    BJ_CHECK(!best_bid || !best_ask || best_bid < best_ask);
}

static void test_random_books(void) {
    bed_t bed;
    book_t book;
    bed_open(&bed);
    for (uint64_t seed = 1; seed <= BOOK_CNT; seed++) {
        unsigned fails = bj_fail_cnt;
        dice = seed;
        bed_clear(&bed, (uint16_t)seed);
        book_roll(&book, &bed);
        int32_t price = check_equilibrium(&book, &bed);
        book_t before = book;
        want_cnt = 0;
        expect_uncross(&book, price);
        bed_apply(&bed, (bj_match_cmd_t){.op = BJ_OP_UNCROSS, .phase = BJ_PHASE_BUFFER,
                                         .market_first = book.market_first});
        BJ_CHECK(bed.got_cnt == want_cnt);
        for (size_t i = 0; i < want_cnt; i++) BJ_CHECK(is_as_expected(&bed.got[i], &want[i]));
        check_book_after(&book, &bed);
        if (bj_fail_cnt == fails) continue;
        fprintf(stderr, "book %llu: ", (unsigned long long)seed);
        print_book(&before, &bed);
        break;
    }
    bed_close(&bed);
}

static void test_each_rule_decided(void) {
    for (int rule = 1; rule <= 5; rule++) BJ_CHECK(decided[rule] > BOOK_CNT / 200);
    BJ_CHECK(no_price_traded > BOOK_CNT / 200);
    BJ_CHECK(self_trades > BOOK_CNT / 200);
    BJ_CHECK(price_moved > BOOK_CNT / 200);
    BJ_CHECK(moved_to_edge > BOOK_CNT / 200);
    BJ_CHECK(priced_before > BOOK_CNT / 200);
}

/* --- as published: https://www.nseindia.com/products-services/equity-market-pre-open, section
 * "Equilibrium price determination": 105, where 27500 can be traded.  That 4000 more would buy
 * above 107 is what its column "demand" says (15500 at 106); they stand at 108 here. */

typedef struct row {
    int32_t price, buy_qty, sell_qty;
} row_t;

static const struct example {
    const char *name;
    int32_t reference;
    row_t row[8];
    int32_t price, qty;
} examples[] = {
    {"NSE's page on the pre-open session", 100,
     {{103, 13500, 11500}, {104, 9500, 9800}, {105, 12000, 15000}, {106, 6500, 12000},
      {107, 5000, 12500}, {108, 4000, 0}}, 105, 27500},
    {"rule 2: the lesser imbalance", 100, {{99, 10, 5}, {101, 10, 5}, {103, 5, 20}}, 101, 10},
    {"rule 3: nearer the reference", 100, {{102, 0, 10}, {103, 10, 0}}, 102, 10},
    {"rule 3: from the other side", 105, {{102, 0, 10}, {103, 10, 0}}, 103, 10},
    {"rule 4: the reference in the middle", 100, {{98, 0, 10}, {102, 10, 0}}, 100, 10},
    {"no price", 100, {{98, 10, 0}, {102, 0, 10}}, 0, 0},
};

static void test_examples(void) {
    for (size_t i = 0; i < BJ_COUNT(examples); i++) {
        const struct example *x = &examples[i];
        bed_t bed;
        uint64_t id = 1;
        unsigned fails = bj_fail_cnt;
        bed_open(&bed);
        bed_apply(&bed, (bj_match_cmd_t){.op = BJ_OP_PHASE, .phase = BJ_PHASE_AUCTION,
                                         .auction = BJ_AUCTION_OPEN, .price_paise = x->reference});
        for (size_t k = 0; k < BJ_COUNT(x->row) && x->row[k].price; k++) {
            const row_t *row = &x->row[k];
            plain_t buy = {id++, BJ_BUY, BJ_DAY, row->price, row->buy_qty, 0, 0, 0, true, false};
            plain_t sell = {id++, BJ_SELL, BJ_DAY, row->price, row->sell_qty, 0, 0, 0, true, false};
            if (buy.qty) bed_new_order(&bed, &buy);
            if (sell.qty) bed_new_order(&bed, &sell);
        }
        bj_match_equilibrium_t at = bj_match_equilibrium(bed.match, 0);
        BJ_CHECK(at.price_paise == x->price && at.qty == x->qty);
        if (bj_fail_cnt != fails) {
            fprintf(stderr, "  in example: %s: %lld at %d\n", x->name, (long long)at.qty,
                    at.price_paise);
        }
        bed_close(&bed);
    }
}

int main(void) {
    test_examples();
    test_random_books();
    if (!bj_fail_cnt) test_each_rule_decided();
    fprintf(stderr,
            "decided by rule 1 to 5: %llu %llu %llu %llu %llu; traded without a price %llu, "
            "self-trades %llu, which moved the price %llu, moved to the edge %llu, priced before "
            "others %llu\n",
            (unsigned long long)decided[1], (unsigned long long)decided[2],
            (unsigned long long)decided[3], (unsigned long long)decided[4],
            (unsigned long long)decided[5], (unsigned long long)no_price_traded,
            (unsigned long long)self_trades, (unsigned long long)price_moved,
            (unsigned long long)moved_to_edge, (unsigned long long)priced_before);
    return bj_test_end("test_match_auction");
}
