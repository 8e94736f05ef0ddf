/* The feed's trades reach candles and indices, made as the configuration says, or not at all. */
#include "dataplane/main/bj_feed_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

static char dir[] = "/tmp/bj_parts_XXXXXX";
static const bj_market_instrument_t instruments[2] = {
    {2885, "RELIANCE", 10, 1, 131600, 105280, 157920, BJ_SEGMENT_CM, false, {0, 0}},
    {1594, "INFY", 10, 1, 112100, 89680, 134520, BJ_SEGMENT_CM, false, {0, 0}},
};

static bj_market_t *market;

static void write_file(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    fprintf(out, text, dir, dir);
    fclose(out);
}

static bool open_with(const char *json, bj_feed_parts_t *parts) {
    char path[128];
    write_file("config.json", json);
    snprintf(path, sizeof path, "%s/config.json", dir);
    bj_config_t *config = bj_config_load(path);
    bool ok = bj_feed_parts_open(parts, config, market, instruments, 2, 77);
    bj_config_free(config);
    return ok;
}

int main(void) {
    static const int64_t day_ns = INT64_C(1795664700) * BJ_NS_PER_S;
    bj_feed_parts_t parts = {0};
    char path[128];
    if (!mkdtemp(dir)) return 1;
    snprintf(path, sizeof path, "%s/market.shm", dir);
    market = bj_market_create(path, instruments, 2, 64, 77);
    unlink(path);
    write_file("indices.json",
               "{\"as_of\": \"2026-11-26\", \"indices\": [{\"name\": \"ONE\", \"base_value_x100\": "
               "131600, \"constituents\": [{\"symbol\": \"RELIANCE\", \"token\": 2885, "
               "\"shares\": 7, \"float_bp\": 5000}]}]}");
    BJ_CHECK(open_with("{\"run_dir\": \"%s\", \"indices_json\": \"%s/indices.json\"}", &parts));
    snprintf(path, sizeof path, "%s/candles.shm", dir);
    bj_candles_reader_t *candles = bj_candles_open(path);
    unlink(path);
    snprintf(path, sizeof path, "%s/indices.shm", dir);
    bj_indices_reader_t *indices = bj_indices_open(path);
    unlink(path);
    BJ_CHECK(candles && bj_candles_head(candles)->start_ns == 77);
    BJ_CHECK(indices && bj_indices_head(indices)->start_ns == 77);
    bj_candle_t candle;
    bj_index_row_t row;
    bj_feed_parts_trade(&parts, 0, day_ns, 131700, 30);
    bj_feed_parts_trade(&parts, 0, day_ns + 1, 131800, 20);
    bj_feed_parts_trade(&parts, 1, day_ns + 2, 112000, 10);
    bj_feed_parts_cancel(&parts, 0, day_ns, 131700, 30);
    bj_feed_parts_step(&parts, day_ns + 3);
    BJ_CHECK(bj_candles_now(candles, 0, &candle) && candle.volume_qty == 20);
    BJ_CHECK(candle.flags == BJ_CANDLE_OPEN && candle.high_paise == 131800);
    BJ_CHECK(bj_indices_read(indices, 0, &row) && row.value_x100 == 131800);
    bj_feed_parts_step(&parts, day_ns + 90 * BJ_NS_PER_S);
    BJ_CHECK(bj_candles_now(candles, 0, &candle) && candle.flags == 0);
    for (int stale = 1; stale >= 0; stale--) { /* both are flagged, one is in the index */
        int64_t now_ns = day_ns + (95 - stale) * BJ_NS_PER_S;
        for (uint32_t i = 0; i < 2; i++)
            bj_market_begin(market, i)->flags = stale ? BJ_MARKET_STALE : 0;
        bj_feed_parts_step(&parts, now_ns);
        BJ_CHECK(bj_indices_read(indices, 0, &row) && row.stale_cnt == (uint32_t)stale);
        BJ_CHECK(row.flags == (stale ? BJ_INDEX_STALE : 0));
    }
    bj_candles_close(candles);
    bj_indices_close(indices);
    bj_feed_parts_close(&parts);

    BJ_CHECK(open_with("{\"run_dir\": \"%s\"}", &parts)); /* no key: no indices */
    bj_feed_parts_trade(&parts, 0, day_ns, 131700, 30);
    bj_feed_parts_step(&parts, day_ns);
    bj_feed_parts_close(&parts);
    BJ_CHECK(!open_with("{\"run_dir\": \"%s\", \"indices_json\": \"%s/none.json\"}", &parts));
    bj_feed_parts_close(&parts);
    BJ_CHECK(!open_with("{\"run_dir\": \"%s/none\"}", &parts));
    bj_feed_parts_close(&parts);
    static const char *const names[] = {"config.json", "indices.json", "candles.shm",
                                        "indices.shm"};
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    bj_market_destroy(market);
    rmdir(dir);
    return bj_test_end("test_bj_feed_parts");
}
