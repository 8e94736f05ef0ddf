/* Goal: an index is what its constituents' last prices say, to the hundredth of a point, whatever
 * came in which order.  Method: an oracle that adds everything up anew, in whole numbers of its own
 * (base 2^32 digits, schoolbook), and a second one in long double; the loader against a table of
 * files, each with one thing wrong; the real file over the real shares. */
#include "dataplane/market/bj_index.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/base/bj_universe.h"
#include "dataplane/market/bj_index_load.h"

static char dir[] = "/tmp/bj_index_XXXXXX", file[64], json_file[64];

/* --- big numbers, plain */
enum { DIGITS = 10 };
typedef struct big {
    uint32_t d[DIGITS]; /* least first */
} big_t;

static big_t big_mul_add(big_t a, uint32_t factor, big_t b) { /* a * factor + b */
    uint64_t carry = 0;
    for (int i = 0; i < DIGITS; i++) {
        carry += (uint64_t)a.d[i] * factor + b.d[i];
        a.d[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return a;
}
static big_t big_times(big_t a, uint64_t factor) {
    big_t lo = big_mul_add(a, (uint32_t)factor, (big_t){{0}}), up = {{0}};
    for (int i = DIGITS - 1; i > 0; i--) up.d[i] = a.d[i - 1];
    return big_mul_add(up, (uint32_t)(factor >> 32), lo);
}
static int big_cmp(const big_t *a, const big_t *b) {
    for (int i = DIGITS - 1; i >= 0; i--)
        if (a->d[i] != b->d[i]) return a->d[i] < b->d[i] ? -1 : 1;
    return 0;
}

typedef struct oracle {
    bj_index_def_t  def;
    bj_index_part_t part[64];
    int32_t         price[64];
} oracle_t;

static big_t cap_of(const oracle_t *o, bool now) {
    big_t sum = {{0}};
    for (uint32_t i = 0; i < o->def.part_cnt; i++) {
        big_t one = {{1}};
        one = big_times(one, (uint64_t)(now ? o->price[i] : o->part[i].prev_close_paise));
        one = big_times(one, (uint64_t)o->part[i].shares);
        one = big_times(one, (uint64_t)o->part[i].float_bp * (uint64_t)o->part[i].cap_bp);
        sum = big_mul_add(one, 1, sum);
    }
    return sum;
}

/* The value v is right if v - 1/2 <= cap * mul / div < v + 1/2, so without a division. */
static bool is_right(const oracle_t *o, bool now, int64_t value) {
    big_t cap = cap_of(o, now), div = {{1}}, lo, hi;
    uint64_t mul = o->def.divisor_paise ? 100 : (uint64_t)o->def.base_value_x100;
    if (o->def.divisor_paise) div = big_times(div, (uint64_t)o->def.divisor_paise);
    else if (o->def.base_cap_paise) div = big_times(div, (uint64_t)o->def.base_cap_paise);
    if (o->def.divisor_paise || o->def.base_cap_paise) div = big_times(div, 100000000);
    else div = cap_of(o, false);
    cap = big_times(cap, mul * 2);
    hi = big_times(div, (uint64_t)value * 2 + 1);
    if (value == 0) return big_cmp(&cap, &hi) < 0;
    lo = big_times(div, (uint64_t)value * 2 - 1);
    return big_cmp(&lo, &cap) <= 0 && big_cmp(&cap, &hi) < 0;
}

static bool is_near(const oracle_t *o, int64_t value) {
    long double cap = 0, base = 0, want;
    for (uint32_t i = 0; i < o->def.part_cnt; i++) {
        long double w = (long double)o->part[i].shares * o->part[i].float_bp * o->part[i].cap_bp;
        cap += o->price[i] * w;
        base += o->part[i].prev_close_paise * w;
    }
    if (o->def.divisor_paise) want = 100 * cap / (1e8L * (long double)o->def.divisor_paise);
    else if (o->def.base_cap_paise)
        want = (long double)o->def.base_value_x100 * cap /
               (1e8L * (long double)o->def.base_cap_paise);
    else want = (long double)o->def.base_value_x100 * cap / base;
    return fabsl(want - (long double)value) <= 0.5L + want * 1e-15L;
}

/* --- random indices, random trades */
static uint64_t dice_at;
static uint32_t dice(uint32_t below) {
    dice_at = dice_at * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((dice_at >> 33) % below);
}

enum { INSTRUMENTS = 64, INDICES = 5 };

static void roll(oracle_t *o, int i) {
    static const int64_t shares_max[] = {1000, 1000000000, BJ_INDEX_SHARES_MAX};
    memset(o, 0, sizeof *o);
    snprintf(o->def.name, sizeof o->def.name, "INDEX %d", i);
    uint32_t from = dice(INSTRUMENTS);
    o->def.part_cnt = 1 + dice(i == 0 ? 1 : 60);
    int64_t max = shares_max[dice(3)];
    for (uint32_t k = 0; k < o->def.part_cnt; k++) {
        int64_t shares = 1 + (int64_t)(((uint64_t)dice(INT32_MAX) << 16 | dice(65536)) %
                                       (uint64_t)max);
        o->price[k] = 1 + (int32_t)dice(5000000);
        o->part[k] = (bj_index_part_t){(from + k) % INSTRUMENTS, o->price[k], shares,
                                       1 + (int32_t)dice(10000), 1 + (int32_t)dice(10000)};
    }
    o->def.parts = o->part;
    if (i % 3 == 2) o->def.divisor_paise = 1 + (int64_t)dice(1 << 30) * 1000;
    else o->def.base_value_x100 = 1 + dice(10000000);
    if (i % 3 == 1) o->def.base_cap_paise = INT64_C(1000000000) + dice(1 << 30);
}

typedef struct seen {
    int64_t  open, high, low;
    uint64_t updates;
    bool     traded[64];
} seen_t;

static void follow(bj_indices_reader_t *reader, const oracle_t *o, uint32_t i, seen_t *seen,
                   int64_t now_ns) {
    bj_index_row_t row;
    uint32_t traded = 0;
    BJ_CHECK(bj_indices_read(reader, i, &row));
    BJ_CHECK(is_right(o, true, row.value_x100) && is_near(o, row.value_x100));
    BJ_CHECK(is_right(o, false, row.prev_close_x100));
    for (uint32_t k = 0; k < o->def.part_cnt; k++) traded += seen->traded[k];
    BJ_CHECK(row.traded_cnt == traded && row.part_cnt == o->def.part_cnt);
    if (row.update_cnt != seen->updates) {
        if (!seen->updates) seen->open = seen->high = seen->low = row.value_x100;
        if (row.value_x100 > seen->high) seen->high = row.value_x100;
        if (row.value_x100 < seen->low) seen->low = row.value_x100;
        BJ_CHECK(row.update_cnt == seen->updates + 1 && row.exch_ns == now_ns);
        seen->updates = row.update_cnt;
    }
    BJ_CHECK(row.open_x100 == seen->open && row.high_x100 == seen->high &&
             row.low_x100 == seen->low);
    BJ_CHECK(row.change_x100 == row.value_x100 - row.prev_close_x100);
}

static void test_random(uint64_t seed) {
    static oracle_t o[INDICES];
    static seen_t seen[INDICES];
    bj_index_def_t defs[INDICES];
    unsigned fails = bj_fail_cnt;
    dice_at = seed;
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < INDICES; i++) {
        do roll(&o[i], i);
        while (bj_index_def_check(&o[i].def, INSTRUMENTS));
        defs[i] = o[i].def;
    }
    bj_indices_t *indices = bj_indices_create(file, defs, INDICES, INSTRUMENTS, 4096, 0, 7);
    bj_indices_reader_t *reader = bj_indices_open(file);
    BJ_CHECK(indices && reader && bj_indices_head(reader)->start_ns == 7);
    for (int64_t now_ns = 1; reader && now_ns < 400; now_ns++) {
        for (uint32_t n = dice(4); n; n--) {
            uint32_t idx = dice(INSTRUMENTS);
            int32_t price = dice(50) ? 1 + (int32_t)dice(5000000) : -(int32_t)dice(5);
            bj_indices_trade(indices, idx, price);
            for (int i = 0; i < INDICES && price > 0; i++)
                for (uint32_t k = 0; k < o[i].def.part_cnt; k++)
                    if (o[i].part[k].instrument_idx == idx)
                        o[i].price[k] = price, seen[i].traded[k] = true;
        }
        (void)bj_indices_step(indices, now_ns);
        for (uint32_t i = 0; i < INDICES; i++) follow(reader, &o[i], i, &seen[i], now_ns);
    }
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    bj_indices_close(reader);
    bj_indices_destroy(indices);
}

/* --- when and what is published */
static void test_publishing(void) {
    static const bj_index_part_t parts[2] = {{0, 1000, 100, 10000, 10000},
                                             {2, 3000, 100, 5000, 10000}};
    bj_index_def_t def = {.name = "TWO", .base_value_x100 = 250000, .parts = parts, .part_cnt = 2};
    bj_indices_t *indices = bj_indices_create(file, &def, 1, 3, 4, 100, 1);
    bj_indices_reader_t *reader = bj_indices_open(file);
    bj_index_row_t row;
    bj_index_tick_t tick;
    uint64_t next = 1, missed;
    BJ_CHECK(bj_indices_find(reader, "TWO") == 0 && bj_indices_find(reader, "TW") == UINT32_MAX);
    BJ_CHECK(bj_indices_read(reader, 0, &row) && row.value_x100 == 250000 && row.open_x100 == 0);
    BJ_CHECK(!bj_indices_read(reader, 1, &row) && row.exch_ns == 0);
    BJ_CHECK(bj_indices_step(indices, 10) == 0);
    bj_indices_trade(indices, 1, 500); /* of no index */
    BJ_CHECK(bj_indices_step(indices, 10) == 0);
    bj_indices_trade(indices, 0, 1100); /* 2500 -> 2600 of capitalisation */
    BJ_CHECK(bj_indices_step(indices, 20) == 1 && bj_indices_step(indices, 21) == 0);
    BJ_CHECK(bj_indices_next(reader, &next, &tick, &missed) && tick.value_x100 == 260000);
    BJ_CHECK(tick.change_x100 == 10000 && tick.exch_ns == 20 && tick.index_idx == 0);
    bj_indices_trade(indices, 2, 2000); /* 2600 -> 2100, not due before 120 */
    BJ_CHECK(bj_indices_step(indices, 119) == 0 && bj_indices_step(indices, 120) == 1);
    BJ_CHECK(bj_indices_read(reader, 0, &row) && row.value_x100 == 210000);
    BJ_CHECK(row.change_bp == -1600);
    BJ_CHECK(row.open_x100 == 260000 && row.high_x100 == 260000 && row.low_x100 == 210000);
    bj_indices_stale(indices, 2, true);
    bj_indices_stale(indices, 2, true);
    bj_indices_stale(indices, 0, true);
    bj_indices_stale(indices, 0, false);
    BJ_CHECK(bj_indices_step(indices, 300) == 1 && bj_indices_read(reader, 0, &row));
    BJ_CHECK(row.flags == BJ_INDEX_STALE && row.stale_cnt == 1);
    bj_indices_stale(indices, 2, false);
    BJ_CHECK(bj_indices_step(indices, 500) == 1 && bj_indices_read(reader, 0, &row) && !row.flags);
    for (int i = 0; i < 5; i++) {
        bj_indices_trade(indices, 0, 100 + i);
        BJ_CHECK(bj_indices_step(indices, 1000 + 100 * i) == 1);
    }
    BJ_CHECK(bj_indices_next(reader, &next, &tick, &missed) && missed == 4 && tick.seq == 6);
    bj_indices_close(reader);
    bj_indices_destroy(indices);
}

static void test_defs(void) {
    static const bj_index_part_t good = {0, 1000, 100, 10000, 10000};
    static const struct {
        const char *name; int64_t base, cap, divisor; bj_index_part_t part;
    } bad[] = {
        {"", 1, 0, 0, {0, 1000, 100, 10000, 10000}},
        {"A", 0, 0, 0, {0, 1000, 100, 10000, 10000}},
        {"A", 1, 0, 1, {0, 1000, 100, 10000, 10000}},
        {"A", 1, -1, 0, {0, 1000, 100, 10000, 10000}},
        {"A", 0, 0, -1, {0, 1000, 100, 10000, 10000}},
        {"A", 0, 1, 1, {0, 1000, 100, 10000, 10000}},
        {"A", BJ_INDEX_BASE_MAX + 1, 0, 0, {0, 1000, 100, 10000, 10000}},
        {"A", 1, 0, 0, {9, 1000, 100, 10000, 10000}},
        {"A", 1, 0, 0, {0, 0, 100, 10000, 10000}},
        {"A", 1, 0, 0, {0, 1000, 0, 10000, 10000}},
        {"A", 1, 0, 0, {0, 1000, 100, 0, 10000}},
        {"A", 1, 0, 0, {0, 1000, 100, 10001, 10000}},
        {"A", 1, 0, 0, {0, 1000, 100, 10000, 0}},
        {"A", 1, 0, 0, {0, 1000, BJ_INDEX_SHARES_MAX + 1, 10000, 10000}},
        {"A", 1, 0, 0, {0, 1000, 100, 10000, 10001}},
        {"A", 0, 0, 1, {0, 1000, BJ_INDEX_SHARES_MAX, 10000, 10000}}, /* value past 2^63 */
    };
    bj_index_def_t def = {.name = "A", .base_value_x100 = 1, .parts = &good, .part_cnt = 1};
    BJ_CHECK(!bj_index_def_check(&def, 9) && bj_index_def_check(&def, 0));
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        def = (bj_index_def_t){.base_value_x100 = bad[i].base, .base_cap_paise = bad[i].cap,
                               .divisor_paise = bad[i].divisor, .parts = &bad[i].part,
                               .part_cnt = 1};
        snprintf(def.name, sizeof def.name, "%s", bad[i].name);
        BJ_CHECK(bj_index_def_check(&def, 9) != NULL);
        BJ_CHECK(!bj_indices_create(file, &def, 1, 9, 16, 0, 1));
    }
    const bj_index_part_t twice[2] = {good, good};
    def = (bj_index_def_t){.name = "A", .base_value_x100 = 1, .parts = twice, .part_cnt = 2};
    BJ_CHECK(bj_index_def_check(&def, 9) != NULL);
    BJ_CHECK(!bj_indices_create(file, NULL, 0, 9, 15, 0, 1));
}

/* --- values from outside */
static void test_outside(void) {
    const bj_index_part_t part = {0, 100, 5, 10000, 10000};
    bj_index_def_t defs[] = {
        {.name = "OURS", .base_value_x100 = 100, .parts = &part, .part_cnt = 1},
        {.name = "THEIRS", .outside_name = "Bharat 50", .outside_segment = BJ_SEGMENT_CM},
        {.name = "FAR", .outside_name = "Bharat 50", .outside_segment = BJ_SEGMENT_FO}};
    bj_indices_t *indices = bj_indices_create(file, defs, 3, 1, 16, 100, 1);
    bj_indices_reader_t *reader = bj_indices_open(file);
    bj_index_outside_t value = {.exch_ns = 100 * BJ_NS_PER_S, .value_x100 = 10100,
                                .open_x100 = 10050, .high_x100 = 10200, .low_x100 = 9900,
                                .prev_close_x100 = 10000, .name = "Bharat 50",
                                .segment = BJ_SEGMENT_CM};
    bj_index_row_t row;
    bj_index_tick_t tick;
    uint64_t next = 1, missed;
    BJ_CHECK(reader && bj_indices_read(reader, 1, &row) && row.value_x100 == 0);
    BJ_CHECK(row.flags == (BJ_INDEX_BROADCAST | BJ_INDEX_STALE) && !strcmp(row.name, "THEIRS"));
    BJ_CHECK(bj_indices_read(reader, 0, &row) && row.flags == 0);
    BJ_CHECK(bj_indices_outside(indices, &value) && bj_indices_step(indices, 1000) == 1);
    BJ_CHECK(bj_indices_read(reader, 1, &row) && row.flags == BJ_INDEX_BROADCAST);
    BJ_CHECK(row.value_x100 == 10100 && row.open_x100 == 10050 && row.high_x100 == 10200);
    BJ_CHECK(row.low_x100 == 9900 && row.prev_close_x100 == 10000 && row.change_x100 == 100);
    BJ_CHECK(row.change_bp == 100 && row.exch_ns == value.exch_ns && row.part_cnt == 0);
    BJ_CHECK(bj_indices_next(reader, &next, &tick, &missed) && tick.value_x100 == 10100);
    BJ_CHECK(tick.index_idx == 1 && tick.flags == BJ_INDEX_BROADCAST);
    BJ_CHECK(bj_indices_read(reader, 2, &row) && row.value_x100 == 0); /* another segment's */
    static const struct { int64_t later_s; bool taken; } times[] = {
        {0, true}, {-1, false}, {-60, false}, {-61, true}, {62, true}};
    for (size_t i = 0; i < BJ_COUNT(times); i++) {
        bj_index_outside_t again = value;
        again.exch_ns += times[i].later_s * BJ_NS_PER_S;
        BJ_CHECK(bj_indices_outside(indices, &again) == times[i].taken);
    }
    bj_indices_outside_stale(indices, BJ_SEGMENT_CM);
    BJ_CHECK(bj_indices_step(indices, 2000) == 1 && bj_indices_read(reader, 1, &row));
    BJ_CHECK(row.flags == (BJ_INDEX_BROADCAST | BJ_INDEX_STALE) && row.value_x100 == 10100);
    bj_indices_outside_stale(indices, BJ_SEGMENT_CM);
    BJ_CHECK(bj_indices_step(indices, 3000) == 0); /* told once */
    value.exch_ns += 70 * BJ_NS_PER_S;
    BJ_CHECK(bj_indices_outside(indices, &value) && bj_indices_step(indices, 4000) == 1);
    BJ_CHECK(bj_indices_read(reader, 1, &row) && row.flags == BJ_INDEX_BROADCAST);
    memcpy(value.name, "Bharat 51", 10);
    BJ_CHECK(!bj_indices_outside(indices, &value));
    bj_indices_close(reader);
    bj_indices_destroy(indices);
    defs[1].parts = &part, defs[1].part_cnt = 1; /* one or the other */
    BJ_CHECK(bj_index_def_check(&defs[1], 1) != NULL);
}

/* --- the file */
static const bj_market_instrument_t shares[] = {
    {.token = 1, .symbol = "ONE", .prev_close_paise = 100},
    {.token = 2, .symbol = "TWO", .prev_close_paise = 200, .segment = BJ_SEGMENT_CM},
    {.token = 3, .symbol = "FUT", .prev_close_paise = 200, .segment = BJ_SEGMENT_FO},
    {.token = 4, .symbol = "NEW", .prev_close_paise = 0}};

static bj_status_t load(const char *text, bj_index_set_t *set, char error[256]) {
    FILE *out = fopen(json_file, "w");
    fputs(text, out);
    fclose(out);
    return bj_index_load(json_file, shares, 4, set, error, 256);
}

#define FILE_OF(index) "{\"as_of\": \"2026-11-26\", \"indices\": [" index "]}"
#define INDEX_OF(parts) "{\"name\": \"A\", \"base_value_x100\": 100, \"constituents\": [" parts "]}"
#define PART(name, more) "{\"symbol\": \"" name "\", " more "}"
#define FIVE(token, more) "\"token\": " #token ", \"shares\": 5" more
#define TOLD(more) "{\"name\": \"A\", \"broadcast\": {" more "}}"
#define ONE PART("ONE", FIVE(1, ", \"float_bp\": 7000"))

static void test_load(void) {
    static const struct { const char *text, *want; } bad[] = {
        {"{", "line 1"},
        {"[]", "must be an object"},
        {FILE_OF(INDEX_OF(ONE)) " x", "line 1"},
        {"{\"as_of\": \"26-11-2026\", \"indices\": []}", "as_of must be YYYY-MM-DD"},
        {"{\"indices\": []}", "as_of must be a text of 1 to 10 bytes"},
        {"{\"as_of\": \"2026-11-26\"}", "indices must be a list"},
        {"{\"as_of\": \"2026-11-26\", \"index\": []}", "index is not known here"},
        {FILE_OF("{}"), "indices[0].name must be a text"},
        {FILE_OF("{\"name\": \"A\", \"base_value_x100\": 1.5}"),
         "indices[0].base_value_x100 must be"},
        {FILE_OF("{\"name\": \"A\", \"base_value_x100\": 1}"),
         "indices[0].constituents must be a list"},
        {FILE_OF(INDEX_OF("")), "constituents must be a list of 1 to 1024"},
        {FILE_OF(INDEX_OF(ONE "," ONE)), "a constituent is there twice"},
        {FILE_OF(INDEX_OF(ONE) "," INDEX_OF(ONE)), "name A is there twice"},
        {FILE_OF(INDEX_OF(ONE "," PART("TWO", "\"token\": 2, \"float_bp\": 1"))),
         "indices[0].constituents[1].shares must be in [1, 90000000000]"},
        {FILE_OF(INDEX_OF(PART("ONE", FIVE(1, "")))), "float_bp must be in [1, 10000]"},
        {FILE_OF(INDEX_OF(PART("ONE", FIVE(2, ", \"float_bp\": 1")))), "token 2 is TWO"},
        {FILE_OF(INDEX_OF(PART("FUT", FIVE(3, ", \"float_bp\": 1")))), "is no share"},
        {FILE_OF(INDEX_OF(PART("NEW", FIVE(4, ", \"float_bp\": 1")))), "no previous close"},
        {FILE_OF(INDEX_OF(PART("ONE", FIVE(1, ", \"float_bp\": 1, \"cap_bp\": 0")))),
         "cap_bp must be in [1, 10000]"},
        {FILE_OF(TOLD("\"segment\": \"CM\"")), "indices[0].broadcast.name must be a text of 1"},
        {FILE_OF(TOLD("\"segment\": \"CD\", \"name\": \"X\"")), "segment must be CM or FO, not CD"},
        {FILE_OF(TOLD("\"segment\": \"CM\", \"name\": \"1234567890123456789012\"")),
         "indices[0].broadcast.name must be a text of 1 to 21 bytes"},
        {FILE_OF("{\"name\": \"A\", \"base_value_x100\": 1, \"broadcast\": {\"segment\": \"CM\","
                 " \"name\": \"X\"}}"), "an index of the broadcast has no base"},
        {FILE_OF("{\"name\": \"A\", \"base_value_x100\": 1, \"divisor_paise\": 1, "
                 "\"constituents\": [" ONE "]}"), "or divisor_paise alone"},
    };
    bj_index_set_t set;
    char error[256];
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        error[0] = 0;
        BJ_CHECK(load(bad[i].text, &set, error) == BJ_ERR_CONFIG && !set.defs);
        BJ_CHECK(strstr(error, bad[i].want) != NULL && strstr(error, json_file) == error);
        if (!strstr(error, bad[i].want)) fprintf(stderr, "  case %zu says: %s\n", i, error);
    }
    BJ_CHECK(bj_index_load("/nonexistent.json", shares, 4, &set, error, 256) == BJ_ERR_IO);
    BJ_CHECK(load(FILE_OF(INDEX_OF(ONE)), &set, error) == BJ_OK && set.def_cnt == 1);
    const bj_index_part_t *part = set.defs ? set.defs[0].parts : NULL;
    BJ_CHECK(part && part->shares == 5 && part->float_bp == 7000 && part->cap_bp == 10000 &&
             part->instrument_idx == 0 && part->prev_close_paise == 100);
    BJ_CHECK(!strcmp(set.as_of, "2026-11-26"));
    bj_index_set_free(&set);
    BJ_CHECK(load(FILE_OF(TOLD("\"segment\": \"FO\", \"name\": \"Bharat 50\"")), &set, error) ==
             BJ_OK);
    BJ_CHECK(set.defs && set.defs[0].outside_segment == BJ_SEGMENT_FO && !set.defs[0].part_cnt &&
             !strcmp(set.defs[0].outside_name, "Bharat 50"));
    bj_index_set_free(&set);
}

/* The file of the project over the shares of the project: it loads and stands where it says. */
static void test_real_file(void) {
    static bj_universe_row_t rows[256];
    static bj_market_instrument_t real[256];
    size_t cnt;
    char error[256] = "";
    BJ_CHECK(bj_universe_load("sim/data/universe.csv", rows, 256, &cnt, error, sizeof error) ==
             BJ_OK);
    for (size_t i = 0; i < cnt; i++) {
        real[i] = (bj_market_instrument_t){.token = rows[i].token,
                                           .prev_close_paise = rows[i].prev_close_paise};
        memcpy(real[i].symbol, rows[i].symbol, sizeof rows[i].symbol);
    }
    bj_index_set_t set;
    BJ_CHECK(bj_index_load("dataplane/market/indices.json", real, (uint32_t)cnt, &set, error,
                           sizeof error) == BJ_OK);
    if (error[0]) fprintf(stderr, "  %s\n", error);
    BJ_CHECK(set.def_cnt == 2 && set.defs && set.defs[0].part_cnt == 60);
    bj_indices_t *indices =
        bj_indices_create(file, set.defs, set.def_cnt, (uint32_t)cnt, 16, 0, 1);
    bj_indices_reader_t *reader = bj_indices_open(file);
    bj_index_row_t row;
    BJ_CHECK(reader && bj_indices_read(reader, bj_indices_find(reader, "BIJLI 60"), &row));
    BJ_CHECK(row.value_x100 == 1000000);
    /* One share of sixty up by 6 %: a tenth of a percent. */
    bj_indices_trade(indices, 0, rows[0].prev_close_paise + rows[0].prev_close_paise * 6 / 100);
    (void)bj_indices_step(indices, 5);
    BJ_CHECK(bj_indices_read(reader, 0, &row) && llabs(row.change_x100 - 1000) <= 1);
    bj_indices_close(reader);
    bj_indices_destroy(indices);
    bj_index_set_free(&set);
}

/* --- threads: one share, so that the row's figures belong together */
enum { T_ROUNDS = 100000 };
static void *t_writer(void *arg) {
    bj_indices_t *indices = arg;
    for (int k = 1; k <= T_ROUNDS; k++) {
        bj_indices_trade(indices, 0, 1000 + k);
        (void)bj_indices_step(indices, k);
    }
    return NULL;
}

static void *t_reader(void *arg) {
    uint64_t *wrong = arg, next = 1, missed, sum = 0;
    bj_indices_reader_t *reader = bj_indices_open(file);
    bj_index_row_t row = {0};
    bj_index_tick_t tick;
    while (reader && (row.exch_ns < T_ROUNDS || sum < T_ROUNDS)) {
        if (!bj_indices_read(reader, 0, &row)) ++*wrong;
        *wrong += row.value_x100 != 1000 + row.exch_ns ||
                  (row.exch_ns && row.high_x100 != row.value_x100) ||
                  row.change_x100 != row.exch_ns || row.update_cnt != (uint64_t)row.exch_ns;
        while (bj_indices_next(reader, &next, &tick, &missed)) {
            *wrong += tick.value_x100 != 1000 + tick.exch_ns || tick.seq != (uint64_t)tick.exch_ns;
            sum += 1 + missed;
        }
    }
    *wrong += !reader || sum != T_ROUNDS;
    bj_indices_close(reader);
    return NULL;
}

static void test_threads(void) {
    static const bj_index_part_t part = {0, 1000, 1, 10000, 10000};
    bj_index_def_t def = {.name = "ONE", .base_value_x100 = 1000, .parts = &part, .part_cnt = 1};
    bj_indices_t *indices = bj_indices_create(file, &def, 1, 1, 2, 0, 1);
    pthread_t thread[3];
    uint64_t wrong[2] = {0};
    for (int i = 0; i < 2; i++) pthread_create(&thread[i], NULL, t_reader, &wrong[i]);
    pthread_create(&thread[2], NULL, t_writer, indices);
    for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);
    BJ_CHECK(wrong[0] == 0 && wrong[1] == 0);
    if (wrong[0] || wrong[1]) fprintf(stderr, "  %" PRIu64 " %" PRIu64 "\n", wrong[0], wrong[1]);
    bj_indices_destroy(indices);
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    snprintf(file, sizeof file, "%s/indices.shm", dir);
    snprintf(json_file, sizeof json_file, "%s/indices.json", dir);
    for (uint64_t seed = 1; seed <= 20; seed++) test_random(seed);
    test_publishing();
    test_defs();
    test_outside();
    test_load();
    test_real_file();
    test_threads();
    unlink(file);
    unlink(json_file);
    rmdir(dir);
    return bj_test_end("test_bj_index");
}
