/* Goal: a candle is what its minute's trades say, for who reads the newest, the day or the ring.
 * Method: a model that keeps every trade and computes each minute from them, by the rules of
 * bj_candle.h; random trades, late ones, cancels and steps of time against it; readers in threads
 * while a writer whose candles say of themselves whether they are whole. */
#include "dataplane/market/bj_candle.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"

#define MINUTE_NS ((int64_t)BJ_CANDLE_NS)
#define DAY_NS (INT64_C(1795651200) * 1000000000 + 13500000000000) /* 09:15 of an Indian day */
static char dir[] = "/tmp/bj_candle_XXXXXX", file[64];

static bool candle_is(const bj_candle_t *c, int64_t start_ns, int32_t open, int32_t high,
                      int32_t low, int32_t close, int64_t volume, uint32_t trades) {
    return c->start_ns == start_ns && c->open_paise == open && c->high_paise == high &&
           c->low_paise == low && c->close_paise == close && c->volume_qty == volume &&
           c->trade_cnt == trades;
}

/* --- the rules, one after the other */
static void test_rules(void) {
    bj_candles_t *candles = bj_candles_create(file, 3, 16, 77);
    bj_candles_reader_t *reader = bj_candles_open(file);
    bj_candle_t c, day[4];
    uint64_t next = 1, missed;
    bool cut;
    const int64_t t0 = DAY_NS, t1 = t0 + MINUTE_NS, t3 = t0 + 3 * MINUTE_NS;
    BJ_CHECK(bj_candles_head(reader)->start_ns == 77);
    BJ_CHECK(!bj_candles_now(reader, 1, &c) && !bj_candles_now(reader, 3, &c));
    BJ_CHECK(bj_candles_history(reader, 1, day, 4, &cut) == 0 && !cut);

    bj_candles_trade(candles, 1, t0, 100, 5);
    bj_candles_trade(candles, 1, t0 + 1, 103, 1);
    bj_candles_trade(candles, 1, t0 + 2, 98, 2);
    bj_candles_trade(candles, 1, t1 - 1, 101, 2); /* the minute's last nanosecond */
    BJ_CHECK(bj_candles_now(reader, 1, &c) && candle_is(&c, t0, 100, 103, 98, 101, 10, 4));
    BJ_CHECK(c.value_paise == 100 * 5 + 103 + 98 * 2 + 101 * 2 && c.flags == BJ_CANDLE_OPEN);
    BJ_CHECK(!bj_candles_next(reader, &next, &c, &missed));

    /* Not before the second of grace is over; then once, then again with one more revision. */
    BJ_CHECK(bj_candles_step(candles, t1 + BJ_CANDLE_GRACE_NS - 1) == 0);
    BJ_CHECK(bj_candles_step(candles, t1 + 2 * BJ_CANDLE_GRACE_NS) == 1);
    BJ_CHECK(bj_candles_next(reader, &next, &c, &missed) && c.revision == 1 && c.seq == 1);
    BJ_CHECK(candle_is(&c, t0, 100, 103, 98, 101, 10, 4) && c.flags == 0 && c.back == 0);
    BJ_CHECK(bj_candles_now(reader, 1, &c) && c.flags == 0 && c.revision == 1);
    bj_candles_trade(candles, 1, t1 - 1, 110, 1); /* behind the grace: still its newest minute */
    BJ_CHECK(bj_candles_step(candles, t1 + 4 * BJ_CANDLE_GRACE_NS) == 1);
    BJ_CHECK(bj_candles_next(reader, &next, &c, &missed) && c.revision == 2 && c.back == 1);
    BJ_CHECK(candle_is(&c, t0, 100, 110, 98, 110, 11, 5) && c.flags == 0);

    /* A trade of a later minute closes at once; minute 1 and 2 had none. */
    bj_candles_trade(candles, 1, t3, 120, 1);
    BJ_CHECK(!bj_candles_next(reader, &next, &c, &missed));
    bj_candles_trade(candles, 1, t0 + 5, 90, 3); /* late: open and close stay */
    BJ_CHECK(bj_candles_next(reader, &next, &c, &missed) && c.flags == BJ_CANDLE_LATE);
    BJ_CHECK(candle_is(&c, t0, 100, 110, 90, 110, 14, 6) && c.revision == 3);
    bj_candles_trade(candles, 1, t1, 95, 4); /* late, and the first of its minute */
    BJ_CHECK(bj_candles_next(reader, &next, &c, &missed) && c.flags == BJ_CANDLE_LATE);
    BJ_CHECK(candle_is(&c, t1, 95, 95, 95, 95, 4, 1) && c.revision == 1);

    /* Cancels: of the open minute, of an older one, of nothing that was. */
    bj_candles_trade(candles, 1, t3 + 1, 121, 2);
    bj_candles_cancel(candles, 1, t3, 120, 1);
    BJ_CHECK(bj_candles_now(reader, 1, &c) && candle_is(&c, t3, 120, 121, 120, 121, 2, 1));
    BJ_CHECK(c.value_paise == 242);
    bj_candles_cancel(candles, 1, t0, 103, 1);
    BJ_CHECK(bj_candles_next(reader, &next, &c, &missed) && c.revision == 4);
    BJ_CHECK(candle_is(&c, t0, 100, 110, 90, 110, 13, 5));
    bj_candles_cancel(candles, 1, t3, 121, 3);                 /* more than is left */
    bj_candles_cancel(candles, 1, t3, 121, 1);                 /* one trade, not its quantity */
    bj_candles_cancel(candles, 1, t0 + 2 * MINUTE_NS, 121, 1); /* a minute without trades */
    bj_candles_cancel(candles, 1, t3 + MINUTE_NS, 121, 1);     /* one not yet begun */
    bj_candles_cancel(candles, 2, t3, 121, 1);                 /* an instrument without trades */
    const bj_candle_counters_t *n = &bj_candles_head(reader)->counters;
    BJ_CHECK(n->late == 2 && n->late_lost == 0 && n->cancels == 7 && n->cancels_unmatched == 5);

    BJ_CHECK(bj_candles_history(reader, 1, day, 4, &cut) == 3 && !cut);
    BJ_CHECK(candle_is(&day[0], t0, 100, 110, 90, 110, 13, 5) && day[0].revision == 4);
    BJ_CHECK(day[1].start_ns == t1 && day[2].start_ns == t3 && day[2].flags == BJ_CANDLE_OPEN);
    BJ_CHECK(bj_candles_history(reader, 1, day, 2, &cut) == 2 && day[0].start_ns == t1);
    BJ_CHECK(bj_candles_history(reader, 1, day, 1, &cut) == 1 && day[0].start_ns == t3);
    bj_candles_end(candles);
    BJ_CHECK(bj_candles_next(reader, &next, &c, &missed) && c.start_ns == t3 && c.revision == 1);
    BJ_CHECK(!bj_candles_next(reader, &next, &c, &missed));
    bj_candles_close(reader);
    bj_candles_destroy(candles);
}

/* Sums that would pass 2^63 stay there; a spread's prices are negative. */
static void test_extremes(void) {
    bj_candles_t *candles = bj_candles_create(file, 2, 2, 1);
    bj_candles_reader_t *reader = bj_candles_open(file);
    bj_candle_t c;
    for (int i = 0; i < 4; i++) {
        bj_candles_trade(candles, 0, DAY_NS, INT32_MAX, INT32_MAX);
        bj_candles_trade(candles, 1, DAY_NS, -INT32_MAX, INT32_MAX);
    }
    BJ_CHECK(bj_candles_now(reader, 0, &c) && c.value_paise == INT64_MAX);
    BJ_CHECK(bj_candles_now(reader, 1, &c) && c.value_paise == INT64_MIN);
    BJ_CHECK(c.volume_qty == 4 * (int64_t)INT32_MAX && c.high_paise == -INT32_MAX);
    bj_candles_cancel(candles, 0, DAY_NS, INT32_MAX, INT32_MAX);
    BJ_CHECK(bj_candles_now(reader, 0, &c) && c.trade_cnt == 3);
    bj_candles_close(reader);
    bj_candles_destroy(candles);
}

/* Two trades of two shares: none of them was of four, or of five. */
static void test_cancel_bounds(void) {
    static const struct { int32_t qty; bool taken; } cases[] = {{5, false}, {4, false}, {2, true}};
    bj_candles_t *candles = bj_candles_create(file, 1, 16, 1);
    bj_candles_reader_t *reader = bj_candles_open(file);
    bj_candle_t c;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int64_t exch_ns = DAY_NS + (int64_t)i * 2 * MINUTE_NS;
        for (int n = 0; n < 2; n++) bj_candles_trade(candles, 0, exch_ns, 10, 2);
        for (int late = 0; late < 2; late++) { /* of the open minute, then of one in the ring */
            if (late) bj_candles_trade(candles, 0, exch_ns + MINUTE_NS, 10, 1);
            uint64_t refused = bj_candles_head(reader)->counters.cancels_unmatched;
            bj_candles_cancel(candles, 0, exch_ns, 10, cases[i].qty);
            refused = bj_candles_head(reader)->counters.cancels_unmatched - refused;
            BJ_CHECK(refused == !cases[i].taken);
        }
    }
    BJ_CHECK(bj_candles_now(reader, 0, &c) && c.volume_qty == 1);
    bj_candles_close(reader);
    bj_candles_destroy(candles);
}

/* A writer that died inside a candle: it is refused in bounded time, its neighbour is served. */
static void test_died_inside(void) {
    bj_candles_t *candles = bj_candles_create(file, 2, 2, 1);
    bj_candles_reader_t *reader = bj_candles_open(file);
    bj_candle_t c;
    bool cut;
    bj_candles_trade(candles, 0, DAY_NS, 1, 1);
    bj_candles_trade(candles, 1, DAY_NS, 1, 1);
    BJ_CHECK(bj_candles_now(reader, 0, &c) && candles->slot[0].version % 2 == 0);
    candles->slot[0].version++;
    BJ_CHECK(!bj_candles_now(reader, 0, &c) && bj_candles_now(reader, 1, &c));
    BJ_CHECK(bj_candles_history(reader, 0, &c, 1, &cut) == 0);
    bj_candles_close(reader);
    bj_candles_destroy(candles);
}

/* A ring of two: what it no longer holds is said to be cut, and cannot be corrected. */
static void test_cut(void) {
    bj_candles_t *candles = bj_candles_create(file, 2, 2, 1);
    bj_candles_reader_t *reader = bj_candles_open(file);
    bj_candle_t c, day[8];
    uint64_t next = 1, missed;
    bool cut;
    for (int m = 0; m < 6; m++) bj_candles_trade(candles, 0, DAY_NS + m * MINUTE_NS, 100 + m, 1);
    BJ_CHECK(bj_candles_history(reader, 0, day, 8, &cut) == 3 && cut);
    BJ_CHECK(day[0].open_paise == 103 && day[2].open_paise == 105);
    BJ_CHECK(bj_candles_next(reader, &next, &c, &missed) && missed == 3 && c.seq == 4);
    bj_candles_trade(candles, 0, DAY_NS, 1, 1);
    BJ_CHECK(bj_candles_head(reader)->counters.late_lost == 1);
    for (int m = 0; m < 4; m++) bj_candles_trade(candles, 1, DAY_NS + m * MINUTE_NS, 100 + m, 1);
    BJ_CHECK(bj_candles_history(reader, 0, day, 8, &cut) == 1 && cut); /* all but the slot */
    bj_candles_trade(candles, 0, DAY_NS + 7 * MINUTE_NS, 1, 1);
    BJ_CHECK(bj_candles_history(reader, 0, day, 8, &cut) == 2 && cut);
    bj_candles_close(reader);
    bj_candles_destroy(candles);
}

/* --- random trades against every trade kept */
enum { INSTRUMENTS = 5, MINUTES = 30, TRADES = 4000 };
typedef struct trade {
    int     minute;
    int32_t price, qty;
    bool    late, cancelled;
} trade_t;
typedef struct model {
    trade_t trade[INSTRUMENTS][TRADES];
    int     cnt[INSTRUMENTS], newest[INSTRUMENTS];
} model_t;

static uint64_t dice_at;
static uint32_t dice(uint32_t below) {
    dice_at = dice_at * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((dice_at >> 33) % below);
}

static bool model_minute(const model_t *model, int idx, int minute, bj_candle_t *c) {
    bool any = false, in_order = false;
    *c = (bj_candle_t){.start_ns = DAY_NS + minute * MINUTE_NS};
    for (int i = 0; i < model->cnt[idx]; i++) {
        const trade_t *t = &model->trade[idx][i];
        if (t->minute != minute) continue;
        if (!any || t->price > c->high_paise) c->high_paise = t->price;
        if (!any || t->price < c->low_paise) c->low_paise = t->price;
        if (!any) c->open_paise = c->close_paise = t->price;
        if (!t->late) c->close_paise = t->price;
        in_order |= !t->late;
        any = true;
        if (t->cancelled) continue;
        c->volume_qty += t->qty;
        c->value_paise += (int64_t)t->price * t->qty;
        c->trade_cnt++;
    }
    return any;
}

static void model_trade(model_t *model, bj_candles_t *candles, int minute_now) {
    int idx = (int)dice(INSTRUMENTS), back = dice(10) ? 0 : (int)dice(4);
    trade_t t = {.minute = minute_now - back < 0 ? 0 : minute_now - back,
                 .price = (int32_t)dice(2000) - (idx == 0 ? 1000 : -1),
                 .qty = 1 + (int32_t)dice(500)};
    t.late = t.minute < model->newest[idx];
    if (!t.late) model->newest[idx] = t.minute;
    model->trade[idx][model->cnt[idx]++] = t;
    bj_candles_trade(candles, (uint32_t)idx, DAY_NS + t.minute * MINUTE_NS + dice(60) * 1000000000,
                     t.price, t.qty);
}

static void model_cancel(model_t *model, bj_candles_t *candles) {
    int idx = (int)dice(INSTRUMENTS);
    if (!model->cnt[idx]) return;
    trade_t *t = &model->trade[idx][dice((uint32_t)model->cnt[idx])];
    if (t->cancelled) return;
    t->cancelled = true;
    bj_candles_cancel(candles, (uint32_t)idx, DAY_NS + t->minute * MINUTE_NS, t->price, t->qty);
}

static bool same(const bj_candle_t *a, const bj_candle_t *b) {
    return candle_is(a, b->start_ns, b->open_paise, b->high_paise, b->low_paise, b->close_paise,
                     b->volume_qty, b->trade_cnt) &&
           a->value_paise == b->value_paise;
}

static void compare(const model_t *model, bj_candles_reader_t *reader) {
    bj_candle_t day[MINUTES], want;
    bool cut;
    for (int idx = 0; idx < INSTRUMENTS; idx++) {
        size_t cnt = bj_candles_history(reader, (uint32_t)idx, day, MINUTES, &cut), at = 0;
        BJ_CHECK(!cut);
        for (int m = 0; m < MINUTES; m++) {
            if (!model_minute(model, idx, m, &want)) continue;
            BJ_CHECK(at < cnt && same(&day[at], &want));
            at++;
        }
        BJ_CHECK(at == cnt);
        size_t some = 1 + dice(MINUTES - 1);
        bj_candle_t few[MINUTES];
        size_t got = bj_candles_history(reader, (uint32_t)idx, few, some, &cut);
        BJ_CHECK(got == (cnt < some ? cnt : some));
        for (size_t i = 0; i < got; i++) BJ_CHECK(same(&few[i], &day[cnt - got + i]));
    }
}

/* Who follows the ring and keeps the highest revision has the same day in the end. */
static void compare_ring(const model_t *model, bj_candles_reader_t *reader) {
    static bj_candle_t kept[INSTRUMENTS][MINUTES];
    bj_candle_t c, want;
    uint64_t next = 1, missed;
    memset(kept, 0, sizeof kept);
    while (bj_candles_next(reader, &next, &c, &missed)) {
        int m = (int)((c.start_ns - DAY_NS) / MINUTE_NS);
        BJ_CHECK(missed == 0 && c.revision == kept[c.instrument_idx][m].revision + 1);
        kept[c.instrument_idx][m] = c;
    }
    for (int idx = 0; idx < INSTRUMENTS; idx++) {
        for (int m = 0; m < MINUTES; m++) {
            bool any = model_minute(model, idx, m, &want);
            BJ_CHECK(any == (kept[idx][m].revision > 0));
            if (any) BJ_CHECK(same(&kept[idx][m], &want));
        }
    }
}

static void test_random(uint64_t seed) {
    static model_t model;
    unsigned fails = bj_fail_cnt;
    memset(&model, 0, sizeof model);
    dice_at = seed;
    bj_candles_t *candles = bj_candles_create(file, INSTRUMENTS, 8192, 1);
    bj_candles_reader_t *reader = bj_candles_open(file);
    for (int i = 0; i < TRADES; i++) {
        int minute = i * MINUTES / TRADES;
        model_trade(&model, candles, minute);
        if (dice(20) == 0) model_cancel(&model, candles);
        if (dice(5) == 0)
            bj_candles_step(candles, DAY_NS + (i + (int)dice(400)) * MINUTE_NS * MINUTES / TRADES);
        if (dice(200) == 0) compare(&model, reader);
    }
    BJ_CHECK(bj_candles_head(reader)->counters.cancels_unmatched == 0);
    BJ_CHECK(bj_candles_head(reader)->counters.late > 0);
    bj_candles_end(candles);
    compare(&model, reader);
    compare_ring(&model, reader);
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    bj_candles_close(reader);
    bj_candles_destroy(candles);
}

/* --- threads: trade k of a minute is at price k, one share; a candle says if it is whole */
enum { T_INSTRUMENTS = 3, T_ROUNDS = 1000000, T_A_MINUTE = 50 };

static bool is_whole(const bj_candle_t *c) {
    int64_t cnt = c->trade_cnt, open = c->open_paise, close = c->close_paise;
    return c->low_paise == open && c->high_paise == close && close - open == cnt - 1 &&
           c->volume_qty == cnt && c->value_paise == (open + close) * cnt / 2 &&
           c->start_ns == DAY_NS + (open - 1) / T_A_MINUTE * MINUTE_NS;
}

static void *t_writer(void *arg) {
    bj_candles_t *candles = arg;
    for (int k = 0; k < T_ROUNDS; k++) {
        for (uint32_t i = 0; i < T_INSTRUMENTS; i++)
            bj_candles_trade(candles, i, DAY_NS + k / T_A_MINUTE * MINUTE_NS, k + 1, 1);
    }
    bj_candles_end(candles);
    return NULL;
}

typedef struct look {
    uint64_t got, missed, torn, backwards;
} look_t;

static void *t_follow(void *arg) {
    look_t *look = arg;
    const uint64_t all = (uint64_t)T_ROUNDS / T_A_MINUTE * T_INSTRUMENTS;
    bj_candles_reader_t *reader = bj_candles_open(file);
    bj_candle_t c;
    for (uint64_t next = 1, last = 0, missed; reader && last < all;) {
        if (!bj_candles_next(reader, &next, &c, &missed)) continue;
        look->got++;
        look->missed += missed;
        look->torn += !is_whole(&c) || c.trade_cnt != T_A_MINUTE;
        look->backwards += c.seq != last + missed + 1;
        last = c.seq;
    }
    bj_candles_close(reader);
    return NULL;
}

static void *t_look(void *arg) {
    look_t *look = arg;
    bj_candles_reader_t *reader = bj_candles_open(file);
    bj_candle_t c, day[8];
    bool cut;
    for (int64_t close = 0; reader && close < T_ROUNDS;) {
        size_t cnt = bj_candles_history(reader, 1, day, 8, &cut);
        for (size_t i = 0; i < cnt; i++) {
            look->torn += !is_whole(&day[i]);
            look->backwards += i && day[i].start_ns <= day[i - 1].start_ns;
        }
        if (!bj_candles_now(reader, 2, &c)) continue;
        look->got++;
        look->torn += !is_whole(&c);
        look->backwards += c.close_paise < close;
        close = c.close_paise;
    }
    bj_candles_close(reader);
    return NULL;
}

static void test_threads(void) {
    bj_candles_t *candles = bj_candles_create(file, T_INSTRUMENTS, 8, 1);
    pthread_t thread[4];
    look_t look[3] = {{0}};
    pthread_create(&thread[0], NULL, t_follow, &look[0]);
    pthread_create(&thread[1], NULL, t_look, &look[1]);
    pthread_create(&thread[2], NULL, t_look, &look[2]);
    pthread_create(&thread[3], NULL, t_writer, candles);
    for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < 3; i++)
        BJ_CHECK(look[i].got > 0 && look[i].torn == 0 && look[i].backwards == 0);
    BJ_CHECK(look[0].got + look[0].missed == (uint64_t)T_ROUNDS / T_A_MINUTE * T_INSTRUMENTS);
    bj_candles_destroy(candles);
}

static void test_bad_files(void) {
    static const struct { long at; uint8_t value; bool opens; } cases[] = {
        {0, 'B', true}, {0, 'X', false}, {8, 2, false}, {12, 4, false}, {16, 15, false}};
    BJ_CHECK(!bj_candles_open("/nonexistent/candles.shm"));
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_candles_destroy(bj_candles_create(file, 3, 16, 1));
        FILE *out = fopen(file, "r+");
        fseek(out, cases[i].at, SEEK_SET);
        BJ_CHECK(fwrite(&cases[i].value, 1, 1, out) == 1);
        fclose(out);
        bj_candles_reader_t *reader = bj_candles_open(file);
        BJ_CHECK((reader != NULL) == cases[i].opens);
        bj_candles_close(reader);
    }
    BJ_CHECK(truncate(file, 200) == 0 && !bj_candles_open(file));
    BJ_CHECK(!bj_candles_create(file, 0, 16, 1) && !bj_candles_create(file, 1, 48, 1));
    BJ_CHECK(!bj_candles_create(file, 1 << 19, 16, 1) && !bj_candles_create(file, 1, 1, 1));
    BJ_CHECK(!bj_candles_create("/nonexistent/candles.shm", 1, 16, 1));
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    snprintf(file, sizeof file, "%s/candles.shm", dir);
    test_rules();
    test_extremes();
    test_cancel_bounds();
    test_died_inside();
    test_cut();
    for (uint64_t seed = 1; seed <= 10; seed++) test_random(seed);
    test_bad_files();
    test_threads();
    unlink(file);
    rmdir(dir);
    return bj_test_end("test_bj_candle");
}
