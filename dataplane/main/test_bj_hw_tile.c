/* Goal: the backend's configuration says what is wrong with it; the tap lets through what is the
 * stream's, loses nothing in silence, and never waits; rows of the card's tokens wait for its
 * answers, and with `software` there is no card at all. */
#include "dataplane/main/bj_hw_tile.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { ROWS = 4 };
static const bj_market_instrument_t market_rows[ROWS] = {
    {2885, "RELIANCE", 10, 1, 131600, 105280, 157920, BJ_SEGMENT_CM, false, {0, 0}},
    {1594, "INFY", 10, 1, 112100, 89680, 134520, BJ_SEGMENT_CM, false, {0, 0}},
    {1333, "HDFCBANK", 5, 1, 72695, 58160, 87230, BJ_SEGMENT_CM, false, {0, 0}},
    {900001, "SPREAD", 5, 1, 0, -1000, 1000, BJ_SEGMENT_CM, true, {1, 2}}};
static const bj_feed_instrument_t feed_rows[ROWS] = {
    {2885, 0, false}, {1594, 1, false}, {1333, 0, false}, {900001, 0, true}};

typedef struct bed {
    char dir[32], file[64];
    bj_config_t *config;
    bj_feed_day_t day;
    bj_hw_tile_t tile;
    bj_market_t *market;
    bj_market_reader_t *reader;
    bj_feed_t *feed;
    int64_t now_ns;
    uint32_t seq;
} bed_t;

static void config_make(bed_t *bed, const char *book) {
    FILE *out = fopen(bed->file, "w");
    fprintf(out, "{\"run_dir\": \"%s\"%s%s}", bed->dir, *book ? ", \"book\": " : "", book);
    fclose(out);
    bed->config = bj_config_load(bed->file);
}

static void bed_begin(bed_t *bed, const char *book) {
    memset(bed, 0, sizeof *bed);
    snprintf(bed->dir, sizeof bed->dir, "/tmp/bj_hwt_XXXXXX");
    BJ_CHECK(mkdtemp(bed->dir) != NULL);
    snprintf(bed->file, sizeof bed->file, "%s/config.json", bed->dir);
    config_make(bed, book);
    bed->day = (bj_feed_day_t){.stream_cnt = 2,
                               .row_cnt = ROWS,
                               .feed = (bj_feed_instrument_t *)(uintptr_t)feed_rows,
                               .market = (bj_market_instrument_t *)(uintptr_t)market_rows};
    for (uint32_t i = 0; i < 2; i++)
        bed->day.streams[i] = (bj_feed_stream_t){
            BJ_SEGMENT_CM, (uint16_t)(i + 1), {{0xef3c3c29u + i, 16641}, {0xef3c3c1fu + i, 10631}}};
    bed->now_ns = bj_clock_wall_ns();
}

static void feed_make(bed_t *bed) {
    char file[64];
    snprintf(file, sizeof file, "%s/market.shm", bed->dir);
    bed->market = bj_market_create(file, market_rows, ROWS, 4096, bed->now_ns);
    bed->reader = bj_market_open(file);
    bj_feed_config_t config = {.instruments = feed_rows,
                               .instrument_cnt = ROWS,
                               .streams = bed->day.streams,
                               .stream_cnt = 2,
                               .order_max = 1000,
                               .gap_wait_ns = 2000000,
                               .market = bed->market,
                               .observe = bj_hw_tile_observe,
                               .observe_ctx = &bed->tile};
    void *mem = aligned_alloc(64, (bj_feed_footprint(&config) + 63) / 64 * 64);
    bed->feed = bj_feed_new(mem, &config);
    unlink(file);
}

static void bed_end(bed_t *bed) {
    bj_hw_tile_stop(&bed->tile);
    if (bed->market) {
        bj_market_close(bed->reader);
        bj_market_destroy(bed->market);
        free(bed->feed);
    }
    bj_config_free(bed->config);
    unlink(bed->file);
    snprintf(bed->file, sizeof bed->file, "%s/book.status.json", bed->dir);
    unlink(bed->file);
    BJ_CHECK(rmdir(bed->dir) == 0); /* nothing is left */
}

static void test_software(void) {
    static const char *const books[] = {"", "{}", "{\"backend\": \"software\"}"};
    for (size_t i = 0; i < BJ_COUNT(books); i++) {
        bed_t bed;
        char text[160];
        bed_begin(&bed, books[i]);
        BJ_CHECK(bj_hw_tile_open(&bed.tile, bed.config) && !bed.tile.on);
        BJ_CHECK(!bj_hw_tile_say(&bed.tile, text, sizeof text) && strstr(text, "software"));
        BJ_CHECK(bj_hw_tile_write(&bed.tile, bed.dir) && bj_hw_tile_start(&bed.tile));
        bed_end(&bed);
    }
}

/* What is said on stderr, which is the log. */
static bool says(bed_t *bed, const char *want) {
    char file[64], text[2000] = "";
    snprintf(file, sizeof file, "%s/log", bed->dir);
    int log = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600), was = dup(2);
    dup2(log, 2);
    bool ok = bj_hw_tile_open(&bed->tile, bed->config);
    if (ok && bed->tile.on) ok = bj_hw_tile_day(&bed->tile, bed->config, &bed->day);
    dup2(was, 2);
    close(was);
    (void)!pread(log, text, sizeof text - 1, 0);
    close(log);
    unlink(file);
    bool found = !ok && strstr(text, want);
    if (!found) fprintf(stderr, "no '%s' in: %s\n", want, text);
    return found;
}

static void test_wrong_words(void) {
    static const struct {
        const char *book, *want;
    } cases[] = {
        {"{\"backend\": \"fpga\"}", "book.backend \\\"fpga\\\": software or hardware"},
        {"{\"backend\": \"hardware\", \"stream\": 3}",
         "book.stream: CM has no instrument on stream 3"},
        {"{\"backend\": \"hardware\", \"tokens\": [2885, 1594]}",
         "book.tokens: 1594 is not on stream 1"},
        {"{\"backend\": \"hardware\", \"tokens\": [900001]}",
         "book.tokens: 900001 is not on stream 1"},
        {"{\"backend\": \"hardware\", \"tokens\": [2885, 2885]}", "or stands there twice"}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bed_t bed;
        bed_begin(&bed, cases[i].book);
        BJ_CHECK(says(&bed, cases[i].want));
        bed_end(&bed);
    }
}

/* --- a card's window, with a card of the test's own behind it */
static bj_now_t at(const bed_t *bed) {
    return (bj_now_t){bj_clock_mono_ns(), bed->now_ns};
}

static void send(bed_t *bed, uint32_t row, uint64_t id, int32_t price_paise) {
    bed->now_ns += 1000;
    bj_mtbt_order_t wire = {.header = {sizeof wire, (uint16_t)(1 + feed_rows[row].stream_idx), 0},
                            .type = 'N',
                            .exch_ts_ns = bj_time_to_exch_ns(bed->now_ns),
                            .order_id = (double)id,
                            .token = (int32_t)feed_rows[row].token,
                            .side = 'B',
                            .price_paise = price_paise,
                            .qty = 5};
    wire.header.seq = row == 1 ? 1 : ++bed->seq;
    bj_feed_datagram(bed->feed, 0, BJ_SEGMENT_CM, (const uint8_t *)&wire, sizeof wire, bed->now_ns);
}
static int32_t best(bed_t *bed, uint32_t row) {
    bj_market_row_t got;
    bj_hw_tile_rows(&bed->tile, bed->feed);
    bj_feed_step(bed->feed, bed->now_ns);
    BJ_CHECK(bj_market_read(bed->reader, row, &got));
    return got.bid[0].order_cnt ? got.bid[0].price_paise : 0;
}

/* What a card does, by itself: every register reads as one that is ours and up, loads at once. */
typedef struct card {
    char file[64];
    _Atomic bool stop, deaf;
    _Atomic uint32_t next_seq;
    uint32_t voids;
} card_t;

static uint32_t value_of(const card_t *card, uint32_t reg) {
    switch (reg) { /* hw/regs.tbl */
    case 0x000:
        return 0x424a4857;
    case 0x004:
        return 5u << 24 | 10 << 16 | 10 << 8 | 6;
    case 0x008:
        return 1;
    case 0x00c:
        return atomic_load(&card->next_seq);
    case 0x064:
        return card->voids;
    default:
        return 0;
    }
}

static void *card_main(void *arg) {
    card_t *card = arg;
    bj_hw_link_t link;
    while (!bj_hw_link_attach(&link, card->file)) {
    }
    bj_hw_link_boot(&link);
    while (!atomic_load(&card->stop)) {
        atomic_store(&link.head->beat_ns, bj_clock_mono_ns());
        if (bj_ring_peek(link.ring[BJ_HW_HOST])) bj_ring_release(link.ring[BJ_HW_HOST]);
        const bj_hw_access_t *access = bj_ring_peek(link.ring[BJ_HW_ACCESS]);
        if (!access) continue;
        bj_hw_access_t got = *access;
        bj_ring_release(link.ring[BJ_HW_ACCESS]);
        if (got.is_write) continue;
        got.value = value_of(card, got.at);
        if (!bj_ring_push(link.ring[BJ_HW_VALUE], &got, sizeof got)) abort();
    }
    bj_hw_link_close(&link);
    return NULL;
}

static void answer(bed_t *bed, uint32_t seq, uint16_t idx, const int32_t *prices_paise, int cnt) {
    bj_hw_answer_t out = {.seq = seq, .idx = idx, .top_clocks = 3, .deep_clocks = 8};
    for (int i = 0; i < cnt; i++)
        out.deep[0][i] = (bj_hw_level_t){.qty = 5, .price_paise = prices_paise[i]};
    out.top[0] = out.deep[0][0];
    BJ_CHECK(bj_ring_push(bed->tile.link.ring[BJ_HW_ANSWER], &out, sizeof out));
}

/* Until both are exact. */
static bool turns(bed_t *bed, uint32_t exact) {
    bj_hw_figures_t figures = {.exact = UINT64_MAX};
    for (int i = 0; i < 2000 && figures.exact != exact; i++) {
        (void)bj_hw_tile_step(&bed->tile, at(bed));
        bj_hw_tile_housekeep(&bed->tile, at(bed));
        bj_metrics_read(&bed->tile.metrics, &figures, sizeof figures);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return figures.exact == exact;
}

static void test_frames(bed_t *bed) {
    uint8_t frame[100] = {0};
    const uint8_t ip[4] = {0xef, 0x3c, 0x3c, 0x29}, port[2] = {16641 >> 8, 16641 & 0xff};
    bj_hw_tile_frame(&bed->tile, frame, sizeof frame);
    memcpy(frame + 30, ip, 4), memcpy(frame + 36, port, 2);
    bj_hw_tile_frame(&bed->tile, frame, 41); /* too short to be one */
    BJ_CHECK(bed->tile.wire_frames == 0);
    bj_hw_tile_frame(&bed->tile, frame, sizeof frame);
    BJ_CHECK(bed->tile.wire_frames == 1 && bed->tile.wire_dropped == 0);
    for (int i = 0; i < 1 << 14; i++)
        bj_hw_tile_frame(&bed->tile, frame, sizeof frame);
    BJ_CHECK(bed->tile.wire_dropped > 0);
}

static void test_rows(bed_t *bed, card_t *card) {
    const int32_t prices_paise[] = {131700, 131600}, others_paise[] = {72000, 71000, 70000};
    char text[160];
    send(bed, 0, 100, 131700);
    send(bed, 2, 101, 72000); /* the other one is not answered: late */
    send(bed, 1, 102, 112000);
    BJ_CHECK(best(bed, 0) == 131600 && best(bed, 1) == 112000); /* no card's: at once */
    answer(bed, bed->seq - 1, 0, prices_paise, 2);
    (void)bj_hw_tile_step(&bed->tile, at(bed));
    BJ_CHECK(best(bed, 0) == 131700 && best(bed, 2) == 71000 && bed->tile.rows_served == 1);
    bed->now_ns += BJ_FEED_CARD_NS + 1;
    BJ_CHECK(best(bed, 2) == 72000 && best(bed, 2) == 72000 && bed->tile.rows_late == 1);
    bj_hw_tile_housekeep(&bed->tile, at(bed));
    BJ_CHECK(!bj_hw_tile_say(&bed->tile, text, sizeof text) &&
             strstr(text, "hardware: 2 of 2 exact"));
    answer(bed, bed->seq, 1, others_paise, 3);
    /* A wrong one. */
    send(bed, 0, 103, 131800);
    int32_t wrong_paise = 131900;
    answer(bed, bed->seq, 0, &wrong_paise, 1);
    BJ_CHECK(turns(bed, 1) && best(bed, 0) == 131800); /* void: nobody waits for the card */
    BJ_CHECK(bj_hw_tile_say(&bed->tile, text, sizeof text) && strstr(text, "differed"));
    atomic_store(&card->next_seq, bed->seq + 1);
    BJ_CHECK(turns(bed, 2));
}

static void test_written(bed_t *bed) {
    char file[64];
    BJ_CHECK(bj_hw_tile_write(&bed->tile, bed->dir));
    snprintf(file, sizeof file, "%s/hardware.json", bed->dir);
    json_t *root = json_load_file(file, 0, NULL), *totals = json_object_get(root, "totals");
    BJ_CHECK(json_integer_value(json_object_get(totals, "different")) == 1);
    BJ_CHECK(json_array_size(json_object_get(root, "tokens")) == 2);
    BJ_CHECK(json_is_true(json_object_get(root, "differed")));
    json_t *voids = json_object_get(root, "voids");
    BJ_CHECK(json_integer_value(json_object_get(voids, "differs")) == 1);
    json_decref(root);
    unlink(file);
}

/* Without a card a step may wait for one: it leaves no message behind. */
static void test_no_card(bed_t *bed) {
    for (int i = 0; i < 10000; i++)
        bj_hw_tile_observe(&bed->tile, &bed->day.streams[0],
                           &(bj_feed_msg_t){.kind = BJ_FEED_CANCEL, .token = 4711});
    (void)bj_hw_tile_step(&bed->tile, at(bed));
    BJ_CHECK(bj_ring_room(bed->tile.messages) == 1 << 15 && !bed->tile.losing);
}

/* More messages than the tap holds: said, and void until the stream begins again. */
static void test_lost(bed_t *bed) {
    char text[160];
    for (int i = 0; i < (1 << 15) + 10; i++) {
        bj_feed_msg_t msg = {
            .seq = ++bed->seq, .kind = BJ_FEED_CANCEL, .token = 4711, .order_id = 1};
        bj_hw_tile_observe(&bed->tile, &bed->day.streams[0], &msg);
    }
    BJ_CHECK(bed->tile.losing);
    for (int i = 0; i < 200; i++)
        (void)bj_hw_tile_step(&bed->tile, at(bed));
    bj_hw_tile_observe(&bed->tile, &bed->day.streams[0],
                       &(bj_feed_msg_t){.seq = ++bed->seq, .kind = BJ_FEED_CANCEL, .token = 4711});
    BJ_CHECK(!bed->tile.losing && turns(bed, 0));
    BJ_CHECK(bj_hw_tile_say(&bed->tile, text, sizeof text) && strstr(text, "lost messages"));
    bj_hw_tile_observe(&bed->tile, &bed->day.streams[0], NULL);
    (void)bj_hw_tile_step(&bed->tile, at(bed));
    bj_hw_tile_housekeep(&bed->tile, at(bed));
    (void)bj_hw_tile_say(&bed->tile, text, sizeof text);
    BJ_CHECK(!strstr(text, "lost messages"));
}

static void test_card(void) {
    bed_t bed;
    card_t card = {.next_seq = 3};
    pthread_t thread;
    char text[160];
    bed_begin(&bed, "{\"backend\": \"hardware\", \"order_max\": 1000}");
    BJ_CHECK(bj_hw_tile_open(&bed.tile, bed.config) && bed.tile.on);
    BJ_CHECK(bj_hw_tile_day(&bed.tile, bed.config, &bed.day) && bed.tile.place_cnt == 2);
    feed_make(&bed);
    send(&bed, 0, 1, 131600);
    (void)bj_hw_tile_step(&bed.tile, at(&bed));
    bj_hw_tile_housekeep(&bed.tile, at(&bed));
    BJ_CHECK(bj_hw_tile_say(&bed.tile, text, sizeof text) && strstr(text, "no card answers"));
    BJ_CHECK(best(&bed, 0) == 131600);
    test_no_card(&bed);
    send(&bed, 2, 2, 71000);
    bed.now_ns += 1000;
    send(&bed, 2, 3, 70000);
    BJ_CHECK(best(&bed, 2) == 71000);
    atomic_store(&card.next_seq, bed.seq + 1);
    snprintf(card.file, sizeof card.file, "%s/card.shm", bed.dir);
    pthread_create(&thread, NULL, card_main, &card);
    BJ_CHECK(turns(&bed, 2));
    (void)best(&bed, 0);
    test_frames(&bed);
    test_rows(&bed, &card);
    test_written(&bed);
    test_lost(&bed);
    atomic_store(&card.stop, true);
    pthread_join(thread, NULL);
    bed_end(&bed);
}

int main(void) {
    test_software();
    test_wrong_words();
    test_card();
    return bj_test_end("test_bj_hw_tile");
}
