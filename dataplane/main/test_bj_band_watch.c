/* Goal: a real engine and a real event log; trades near an edge move the band at its time, once,
 * and not when they are too few, too alike or of an auction; operators, the day's end and a new
 * definition have their say; and whoever opens the log again at any moment of a random day has the
 * same state as the one that watched all along. */
#include "dataplane/main/bj_band_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/engine/bj_engine.h"

enum {
    TOKEN = 2885,
    OTHER = 1594, /* not watched */
    PREV = 100000,
    ACCOUNTS = 6,
    COOL_S = 900,
    RING_DEPTH = 8,
};
/* 10:00 in India on 2026-11-26, a Thursday. */
static const int64_t morning_ns = INT64_C(1795667400) * BJ_NS_PER_S;
static const bj_engine_config_t shape = {
    .instrument_max = 2, .account_max = 16, .order_max = 256, .message_rate_per_s = 1000000,
    .message_burst = 1000000};

typedef struct bed {
    char dir[64], file[80], universe[80], calendar[80];
    bj_config_t *config;
    void *engine_mem, *ring_mem;
    bj_engine_t *engine;
    bj_evlog_t *evlog;
    bj_ring_t *ring;
    bj_band_watch_t watch;
    int64_t now_ns;
    uint64_t order_id;
    uint32_t bands_cnt; /* commands of the watch's that the engine has had */
    int32_t lo_paise, hi_paise;
} bed_t;

/* --- the bed */

/* The shipped calendar with a rule that six accounts can meet. */
static void write_calendar(const char *file) {
    static char text[1 << 16];
    FILE *from = fopen("dataplane/calendar/nse.json", "r"), *to = fopen(file, "w");
    size_t bytes = fread(text, 1, sizeof text - 1, from);
    static const char was[] = "\"trades\": 50, \"clients\": 10, \"members\": 3";
    char *at = strstr(text, was);
    BJ_CHECK(at != NULL);
    fwrite(text, 1, (size_t)(at - text), to);
    fputs("\"trades\": 3, \"clients\": 2, \"members\": 2", to);
    fwrite(at + strlen(was), 1, bytes - (size_t)(at - text) - strlen(was), to);
    fclose(from), fclose(to);
}

static void write_files(bed_t *bed, const char *sliding) {
    FILE *universe = fopen(bed->universe, "w"), *config = fopen(bed->file, "w");
    fputs("symbol,token,stream,tick_paise,lot_qty,prev_close_paise,band_lo_paise,band_hi_paise,"
          "freeze_qty,avg_daily_qty,avg_daily_trades,annual_vol_bp\n"
          "RELIANCE,2885,1,5,1,100000,80000,120000,10000,1000,100,2000\n"
          "INFY,1594,1,5,1,100000,80000,120000,10000,1000,100,2000\n", universe);
    fprintf(config, "{\"calendar_json\": \"%s\", \"universe_csv\": \"%s\","
            " \"bands\": {\"sliding\": \"%s\"}}", bed->calendar, bed->universe, sliding);
    fclose(universe), fclose(config);
    write_calendar(bed->calendar);
}

static void take(bed_t *bed, bj_cmd_t *cmd) {
    size_t cnt;
    cmd->time_ns = bed->now_ns;
    const bj_event_t *events = bj_engine_apply(bed->engine, cmd, &cnt);
    for (size_t i = 0; i < cnt; i++) {
        if (events[i].type != BJ_EV_BAND || events[i].token != TOKEN) continue;
        bed->lo_paise = events[i].price_paise, bed->hi_paise = events[i].last_price_paise;
    }
    BJ_CHECK(bj_evlog_append(bed->evlog, events, cnt) == BJ_OK);
    bj_evlog_publish(bed->evlog, bj_engine_stats(bed->engine).event_seq);
}

/* The watch's turn, then what it asked for. */
static uint32_t turn(bed_t *bed) {
    uint32_t done = bj_band_watch_step(&bed->watch, bed->now_ns);
    const bj_cmd_t *asked;
    while ((asked = bj_ring_peek(bed->ring))) {
        bj_cmd_t cmd = *asked;
        BJ_CHECK(cmd.type == BJ_CMD_BAND && cmd.session_id == BJ_SESSION_INTERNAL);
        bj_ring_release(bed->ring);
        take(bed, &cmd);
        bed->bands_cnt++;
    }
    (void)bj_band_watch_step(&bed->watch, bed->now_ns); /* it sees what came of it */
    return done;
}

static bj_cmd_t definition(uint32_t token, int32_t prev_close_paise) {
    return (bj_cmd_t){.type = BJ_CMD_INSTRUMENT, .token = token,
                      .body.instrument = {.symbol = "X", .tick_paise = 5, .lot_qty = 1,
                                          .band_lo_paise = 80000, .band_hi_paise = 120000,
                                          .prev_close_paise = prev_close_paise,
                                          .freeze_qty = 10000}};
}

static void define(bed_t *bed, uint32_t token, int32_t prev_close_paise) {
    bj_cmd_t cmd = definition(token, prev_close_paise);
    take(bed, &cmd);
    bj_cmd_t open = {.type = BJ_CMD_PHASE, .token = token, .body.phase = {.phase = BJ_STATE_OPEN}};
    take(bed, &open);
}

static void bed_open(bed_t *bed, const char *sliding) {
    *bed = (bed_t){.dir = "/tmp/bj-band-XXXXXX", .now_ns = morning_ns};
    BJ_CHECK(mkdtemp(bed->dir) != NULL);
    snprintf(bed->file, sizeof bed->file, "%s/config", bed->dir);
    snprintf(bed->universe, sizeof bed->universe, "%s/universe", bed->dir);
    snprintf(bed->calendar, sizeof bed->calendar, "%s/calendar", bed->dir);
    write_files(bed, sliding);
    bed->config = bj_config_load(bed->file);
    bed->engine_mem = aligned_alloc(64, (bj_engine_footprint(&shape) + 63) / 64 * 64);
    bed->engine = bj_engine_new(bed->engine_mem, &shape);
    bed->ring_mem = aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(RING_DEPTH, sizeof(bj_cmd_t)));
    bed->ring = bj_ring_new(bed->ring_mem, RING_DEPTH, sizeof(bj_cmd_t));
    bed->evlog = bj_evlog_create(bed->dir, 7);
    BJ_CHECK(bj_band_watch_open(&bed->watch, bed->config, bed->dir, bed->ring, 0));
    define(bed, TOKEN, PREV), define(bed, OTHER, PREV);
    for (uint32_t i = 1; i <= ACCOUNTS; i++) {
        bj_cmd_t cmd = {.type = BJ_CMD_ACCOUNT, .account_id = i,
                        .body.account = {.order_value_max_paise = INT64_MAX / 8,
                                         .open_value_max_paise = INT64_MAX / 8,
                                         .position_max_qty = INT32_MAX, .open_orders_max = 100}};
        take(bed, &cmd);
    }
    turn(bed);
}

static void bed_close(bed_t *bed) {
    char command[128];
    bj_band_watch_close(&bed->watch);
    bj_evlog_close(bed->evlog);
    bj_config_free(bed->config);
    free(bed->engine_mem), free(bed->ring_mem);
    snprintf(command, sizeof command, "rm -r %s", bed->dir);
    BJ_CHECK(system(command) == 0);
}

static void order(bed_t *bed, uint32_t token, uint32_t account, uint16_t desk, uint8_t side,
                  int32_t price_paise, uint8_t tif) {
    bj_cmd_t cmd = {.type = BJ_CMD_NEW, .account_id = account, .session_id = desk, .token = token,
                    .client_order_id = ++bed->order_id, .side = side, .order_type = BJ_LIMIT,
                    .tif = tif, .price_paise = price_paise, .qty = 1};
    take(bed, &cmd);
}

/* One trade between two accounts, of two desks. */
static void trade(bed_t *bed, uint32_t token, uint32_t buyer, uint32_t seller,
                  int32_t price_paise) {
    order(bed, token, seller, (uint16_t)(10 + seller), BJ_SELL, price_paise, BJ_DAY);
    order(bed, token, buyer, (uint16_t)(10 + buyer), BJ_BUY, price_paise, BJ_IOC);
}

static void trades(bed_t *bed, int32_t price_paise) { /* enough of them, by enough people */
    trade(bed, TOKEN, 1, 2, price_paise);
    trade(bed, TOKEN, 3, 4, price_paise);
    trade(bed, TOKEN, 1, 2, price_paise);
}

static bool stands(const bed_t *bed, int32_t lo_paise, int32_t hi_paise) {
    return bed->lo_paise == lo_paise && bed->hi_paise == hi_paise;
}

/* Somebody who reads the log from its beginning knows the same. */
static bool same_from_the_log(bed_t *bed) {
    bj_band_watch_t fresh;
    bool ok = bj_band_watch_open(&fresh, bed->config, bed->dir, bed->ring, 0);
    BJ_CHECK(ok);
    fresh.looked_ns = INT64_MIN / 2;
    bj_ring_t *ring = bed->ring;
    (void)bj_band_watch_step(&fresh, 0); /* nothing is due in 1970 but bands not in force */
    while (bj_ring_peek(ring)) bj_ring_release(ring);
    (void)bj_band_watch_step(&bed->watch, 0);
    while (bj_ring_peek(ring)) bj_ring_release(ring);
    bj_band_watched_t a = fresh.watched[0], b = bed->watch.watched[0];
    a.asked = b.asked = false;
    ok = memcmp(&a, &b, sizeof a) == 0;
    bj_band_watch_close(&fresh);
    return ok;
}

/* --- one rule each */

static void test_flex(void) {
    bed_t bed;
    bed_open(&bed, "RELIANCE");
    BJ_CHECK(stands(&bed, 90000, 110000)); /* the rule's, not the definition's */
    trades(&bed, 109900);
    turn(&bed);
    bed.now_ns += (COOL_S - 1) * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 0 && stands(&bed, 90000, 110000));
    bed.now_ns += BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 95000, 115000));
    bed.now_ns += 10 * COOL_S * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 0 && bed.bands_cnt == 2 && same_from_the_log(&bed));
    BJ_CHECK(bed.watch.watched[0].band.flex_cnt == 1); /* the rung of the next one */
    bed_close(&bed);
}

static void test_not_enough(void) {
    bed_t bed;
    bed_open(&bed, "RELIANCE");
    for (int i = 0; i < 9; i++) trade(&bed, TOKEN, 1, 2, 109900); /* always the same two */
    trade(&bed, OTHER, 3, 4, 109900);                             /* elsewhere */
    turn(&bed);
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 0 && bed.bands_cnt == 1 && stands(&bed, 90000, 110000));
    trade(&bed, TOKEN, 3, 4, 109900); /* now there are two */
    turn(&bed);
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 95000, 115000));
    bed_close(&bed);
}

static void test_auction_does_not_count(void) {
    bed_t bed;
    bed_open(&bed, "RELIANCE");
    bj_cmd_t collect = {.type = BJ_CMD_PHASE, .token = TOKEN,
                        .body.phase = {.phase = BJ_STATE_AUCTION, .auction = 2}};
    take(&bed, &collect);
    for (uint32_t i = 1; i <= 6; i++)
        order(&bed, TOKEN, i, (uint16_t)(10 + i), i & 1 ? BJ_BUY : BJ_SELL, 109900, BJ_DAY);
    bj_cmd_t match = {.type = BJ_CMD_UNCROSS, .token = TOKEN,
                      .body.phase = {.phase = BJ_STATE_OPEN}};
    take(&bed, &match);
    BJ_CHECK(bj_engine_stats(bed.engine).match_cnt == 3);
    turn(&bed);
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 0 && stands(&bed, 90000, 110000));
    bed_close(&bed);
}

/* Down while it fell due: asked for at once.  Asked for, and lost before the journal had it:
 * again. */
static void test_restart(void) {
    bed_t bed;
    bed_open(&bed, "*");
    trades(&bed, 90100);
    turn(&bed);
    bj_band_watch_close(&bed.watch);
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(bj_band_watch_open(&bed.watch, bed.config, bed.dir, bed.ring, 0));
    BJ_CHECK(bj_band_watch_step(&bed.watch, bed.now_ns) == 1);
    while (bj_ring_peek(bed.ring)) bj_ring_release(bed.ring); /* lost */
    bj_band_watch_close(&bed.watch);
    BJ_CHECK(bj_band_watch_open(&bed.watch, bed.config, bed.dir, bed.ring, 0));
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 85000, 105000));
    bj_band_watch_close(&bed.watch);
    BJ_CHECK(bj_band_watch_open(&bed.watch, bed.config, bed.dir, bed.ring, 0));
    BJ_CHECK(turn(&bed) == 0);
    bed_close(&bed);
}

/* The next command in the ring is one that somebody else put there: it is done, and seen. */
static void do_next(bed_t *bed) {
    bj_cmd_t cmd = *(const bj_cmd_t *)bj_ring_peek(bed->ring);
    bj_ring_release(bed->ring);
    take(bed, &cmd);
}

/* A new day's definition, and the day's end, wait in the ring before us: what the log alone makes
 * us want is not asked for behind them. */
static void test_hold(void) {
    bed_t bed;
    bed_open(&bed, "RELIANCE");
    trades(&bed, 109900);
    turn(&bed);
    bj_band_watch_close(&bed.watch);
    bed.now_ns += 24 * 3600 * BJ_NS_PER_S;
    uint64_t base_seq = bj_engine_stats(bed.engine).cmd_seq - atomic_load(&bed.ring->head);
    bj_cmd_t define_anew = definition(TOKEN, 200000);
    define_anew.body.instrument.band_hi_paise = 240000;
    BJ_CHECK(bj_ring_push(bed.ring, &define_anew, sizeof define_anew));
    BJ_CHECK(bj_band_watch_open(&bed.watch, bed.config, bed.dir, bed.ring, base_seq));
    BJ_CHECK(bj_band_watch_step(&bed.watch, bed.now_ns) == 0);
    do_next(&bed);
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 180000, 220000));
    trades(&bed, 219900);
    bj_cmd_t close = {.type = BJ_CMD_PHASE, .body.phase = {.phase = BJ_STATE_CLOSED}};
    bj_cmd_t end = {.type = BJ_CMD_DAY_END, .body.day.day = 20784};
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    bed.watch.base_seq = bj_engine_stats(bed.engine).cmd_seq - atomic_load(&bed.ring->head);
    BJ_CHECK(bj_ring_push(bed.ring, &close, sizeof close));
    BJ_CHECK(bj_ring_push(bed.ring, &end, sizeof end));
    bj_band_watch_hold(&bed.watch);
    BJ_CHECK(bj_band_watch_step(&bed.watch, bed.now_ns) == 0);
    do_next(&bed);
    BJ_CHECK(bj_band_watch_step(&bed.watch, bed.now_ns) == 0);
    do_next(&bed);
    /* 10 % around the average of all six trades, which is the close. */
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 148410, 181390));
    bed_close(&bed);
}

static void test_by_hand(void) {
    bed_t bed;
    bed_open(&bed, "RELIANCE");
    trades(&bed, 109900);
    turn(&bed);
    bj_cmd_t hand = {.type = BJ_CMD_BAND, .token = TOKEN,
                     .body.band = {.lo_paise = 92000, .hi_paise = 112000}};
    take(&bed, &hand);
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 0 && stands(&bed, 92000, 112000)); /* what was due is void */
    trades(&bed, 112000);
    turn(&bed);
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 97000, 117000) && same_from_the_log(&bed));
    bed_close(&bed);
}

static void test_day(void) {
    bed_t bed;
    bed_open(&bed, "RELIANCE,INFY");
    trades(&bed, 109900);
    turn(&bed);
    bj_cmd_t close = {.type = BJ_CMD_PHASE, .body.phase = {.phase = BJ_STATE_CLOSED}};
    bj_cmd_t end = {.type = BJ_CMD_DAY_END, .body.day.day = 20783};
    take(&bed, &close), take(&bed, &end);
    BJ_CHECK(turn(&bed) == 1); /* INFY did not trade: its band is as it was */
    BJ_CHECK(stands(&bed, 98910, 120890)); /* 10 % around the last price */
    bed.now_ns += 24 * 3600 * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 0); /* what was due yesterday is void */
    define(&bed, TOKEN, 50000);
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 45000, 55000) && same_from_the_log(&bed));
    bed_close(&bed);
}

static void test_full_ring(void) {
    bed_t bed;
    bed_open(&bed, "RELIANCE");
    trades(&bed, 109900);
    turn(&bed);
    bj_cmd_t filler = {.type = BJ_CMD_WINDOW};
    while (bj_ring_push(bed.ring, &filler, sizeof filler)) {}
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(bj_band_watch_step(&bed.watch, bed.now_ns) == 0);
    while (bj_ring_peek(bed.ring)) bj_ring_release(bed.ring);
    bed.now_ns += BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 1 && stands(&bed, 95000, 115000));
    bed_close(&bed);
}

static void test_configuration(void) {
    static const char *const bad[] = {"RELIANC", "RELIANCE,RELIANCE", "RELIANCE, INFY", ",",
                                      "reliance"};
    bed_t bed;
    bed_open(&bed, "");
    trades(&bed, 109900);
    bed.now_ns += COOL_S * BJ_NS_PER_S;
    BJ_CHECK(turn(&bed) == 0 && bed.bands_cnt == 0); /* off */
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        bj_band_watch_t watch;
        write_files(&bed, bad[i]);
        bj_config_t *config = bj_config_load(bed.file);
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(!bj_band_watch_open(&watch, config, bed.dir, bed.ring, 0));
        if (bj_fail_cnt != fails) fprintf(stderr, "  with bands.sliding: %s\n", bad[i]);
        bj_config_free(config);
    }
    bed_close(&bed);
}

/* --- a random day */

static uint64_t rng;
static uint32_t flexes; /* of all random days */
static uint32_t dice(uint32_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(rng >> 33) % sides;
}

static void random_step(bed_t *bed) {
    int32_t span = bed->hi_paise - bed->lo_paise, near = 5 * (int32_t)dice((uint32_t)span / 100);
    int32_t price_paise = dice(3) ? bed->hi_paise - near : bed->lo_paise + near;
    uint32_t buyer = 1 + dice(ACCOUNTS), seller = 1 + dice(ACCOUNTS);
    bj_cmd_t hand = {.type = BJ_CMD_BAND, .token = TOKEN,
                     .body.band = {.lo_paise = 70000 + 5 * (int32_t)dice(4000),
                                   .hi_paise = 95000 + 5 * (int32_t)dice(4000)}};
    bed->now_ns += dice(200) * BJ_NS_PER_S;
    if (dice(60) == 0) take(bed, &hand);
    else if (dice(200) == 0) define(bed, TOKEN, 60000 + 5 * (int32_t)dice(10000));
    else if (buyer != seller) trade(bed, TOKEN, buyer, seller, price_paise);
    if (dice(3)) turn(bed);
}

static void test_random(uint64_t seed) {
    bed_t bed;
    unsigned fails = bj_fail_cnt;
    rng = seed;
    bed_open(&bed, "RELIANCE");
    for (int i = 0; i < 400 && bj_fail_cnt == fails; i++) {
        random_step(&bed);
        if (dice(10)) continue;
        turn(&bed);
        BJ_CHECK(same_from_the_log(&bed));
        BJ_CHECK(bed.watch.watched[0].band.lo_paise == bed.lo_paise);
        BJ_CHECK(bed.watch.watched[0].band.hi_paise == bed.hi_paise);
        if (dice(4)) continue;
        bj_band_watch_close(&bed.watch); /* a restart in between changes nothing */
        BJ_CHECK(bj_band_watch_open(&bed.watch, bed.config, bed.dir, bed.ring, 0));
    }
    BJ_CHECK(!bed.watch.refused_cnt);
    flexes += bed.bands_cnt;
    if (bj_fail_cnt != fails) fprintf(stderr, "  seed %" PRIu64 "\n", seed);
    bed_close(&bed);
}

int main(void) {
    test_flex();
    test_not_enough();
    test_auction_does_not_count();
    test_restart();
    test_hold();
    test_by_hand();
    test_day();
    test_full_ring();
    test_configuration();
    for (uint64_t seed = 1; seed <= 10; seed++) test_random(seed);
    BJ_CHECK(flexes > 50);
    return bj_test_end("test_bj_band_watch");
}
