/* With a PostgreSQL (BJ_TEST_PG_CONTROL; tests/with-pg starts one): longer candles are what a plain
 * loop over the five-second ones makes, for every length, with holes in them. */
#include <stdlib.h>
#include "controlplane/market/bj_candles_repo.h"
#include "dataplane/base/bj_test.h"

enum { BASE = 1795510800, STEPS = 2000, TOKEN = 1594 };

static bj_candle_t base[STEPS];
static size_t base_cnt;

static void put(bj_db_pool_t *owner, const bj_candle_t *c) {
    BJ_CHECK(bj_db_query(owner,
                         "INSERT INTO candles VALUES ($1, to_timestamp($2), $3, $4, $5, $6, $7)",
                         BJ_DB_PARAMS(bj_db_i64(TOKEN).text, bj_db_i64(c->start_s).text,
                                      bj_db_i64(c->open_paise).text, bj_db_i64(c->high_paise).text,
                                      bj_db_i64(c->low_paise).text, bj_db_i64(c->close_paise).text,
                                      bj_db_i64(c->volume_qty).text),
                         NULL) == BJ_OK);
}

/* A random walk with a third of its steps missing. */
static void make(bj_db_pool_t *owner) {
    static const char day_sql[] = "SELECT candles_day('2026-11-24')";
    BJ_CHECK(bj_db_query(owner, day_sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
    srandom(20261124);
    for (int i = 0; i < STEPS; i++) {
        if (random() % 3 == 0) continue;
        int32_t open = (int32_t)(1000 + random() % 500), close = (int32_t)(1000 + random() % 500);
        base[base_cnt] = (bj_candle_t){
            .start_s = BASE + 5 * i, .open_paise = open, .close_paise = close,
            .high_paise = (open > close ? open : close) + (int32_t)(random() % 50),
            .low_paise = (open < close ? open : close) - (int32_t)(random() % 50),
            .volume_qty = random() % 1000};
        put(owner, &base[base_cnt++]);
    }
}

/* The plain loop.  Oldest first. */
static size_t expect(int64_t length_s, int64_t candles_max, bj_candle_t *out) {
    size_t cnt = 0;
    int64_t last_s = base[base_cnt - 1].start_s / length_s * length_s;
    for (size_t i = 0; i < base_cnt; i++) {
        int64_t start_s = base[i].start_s / length_s * length_s;
        if (start_s < last_s - length_s * (candles_max - 1)) continue;
        if (cnt == 0 || out[cnt - 1].start_s != start_s) {
            out[cnt] = base[i];
            out[cnt++].start_s = start_s;
            continue;
        }
        bj_candle_t *c = &out[cnt - 1];
        if (base[i].high_paise > c->high_paise) c->high_paise = base[i].high_paise;
        if (base[i].low_paise < c->low_paise) c->low_paise = base[i].low_paise;
        c->close_paise = base[i].close_paise;
        c->volume_qty += base[i].volume_qty;
    }
    return cnt;
}

static void test_lengths(bj_db_pool_t *db) {
    static const int64_t lengths_s[] = {5, 15, 60, 300, 900}, counts[] = {1, 2, 7, 1000};
    static bj_candle_t want[STEPS], got[BJ_CANDLES_MAX];
    for (size_t l = 0; l < BJ_COUNT(lengths_s); l++) {
        for (size_t c = 0; c < BJ_COUNT(counts); c++) {
            size_t got_cnt, want_cnt = expect(lengths_s[l], counts[c], want);
            BJ_CHECK(bj_candles_of(db, TOKEN, lengths_s[l], counts[c], got, &got_cnt) == BJ_OK);
            BJ_CHECK(got_cnt == want_cnt && want_cnt <= (size_t)counts[c]);
            BJ_CHECK(memcmp(got, want, got_cnt * sizeof *got) == 0);
        }
    }
    size_t cnt;
    BJ_CHECK(bj_candles_of(db, TOKEN + 1, 60, 10, got, &cnt) == BJ_OK && cnt == 0);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    if (!control || !boss) {
        base[0].start_s = BASE, base_cnt = 1;
        bj_candle_t one;
        BJ_CHECK(expect(60, 1, &one) == 1 && one.start_s == BASE);
        fprintf(stderr, "test_bj_candles_repo: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        return bj_test_end("test_bj_candles_repo (without BJ_TEST_PG)");
    }
    bj_db_pool_t *owner = bj_db_pool_new(boss, 1, 3000), *db = bj_db_pool_new(control, 1, 3000);
    make(owner);
    test_lengths(db);
    bj_db_pool_free(owner);
    bj_db_pool_free(db);
    return bj_test_end("test_bj_candles_repo");
}
