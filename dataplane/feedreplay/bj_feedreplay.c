#include "dataplane/feedreplay/bj_feedreplay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed_unwrap.h"

enum { TICKS = 1 << 16, SETTLE_STEPS = 100, AHEAD_BYTES = 1024, PAGE_BYTES = 4096 };
#define SETTLE_NS (100 * BJ_NS_PER_MS)
#define NAP_NS (200 * BJ_NS_PER_US)

/* --- the market: a file without a name as soon as both ends have it */
static bool market_open(bj_feedreplay_t *replay, const bj_market_instrument_t *instruments,
                        uint32_t cnt, int64_t now_ns) {
    static const char *const places[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < BJ_COUNT(places) && !replay->market; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/bijli-feedreplay-XXXXXX", places[i]);
        int fd = mkstemp(path);
        if (fd < 0) continue;
        close(fd);
        replay->market = bj_market_create(path, instruments, cnt, TICKS, now_ns);
        if (replay->market) replay->reader = bj_market_open(path);
        unlink(path);
    }
    return replay->reader != NULL;
}

/* The ring's pages come with its first ticks: all of them before the clock runs, not in it. */
static void market_touch(const bj_market_t *market, size_t instrument_cnt) {
    uintptr_t from = (uintptr_t)bj_market_shared(market);
    uintptr_t page = from & ~(uintptr_t)(PAGE_BYTES - 1);
    size_t bytes = instrument_cnt * sizeof(bj_market_row_t) + TICKS * sizeof(bj_market_tick_t);
    (void)madvise((void *)page, from - page + bytes, MADV_POPULATE_WRITE);
}

static bool market_make(bj_feedreplay_t *replay, const bj_feedscan_t *scan, int64_t now_ns) {
    bj_market_instrument_t *instruments =
        bj_need(calloc(scan->instrument_cnt, sizeof *instruments));
    for (size_t i = 0; i < scan->instrument_cnt; i++) {
        const bj_feedscan_instrument_t *from = &scan->instruments[i];
        bj_market_instrument_t *to = &instruments[i];
        *to = (bj_market_instrument_t){.token = from->token,
                                       .tick_paise = from->tick_paise,
                                       .segment = from->segment,
                                       .spread = from->spread,
                                       .leg_token = {from->leg_token[0], from->leg_token[1]}};
        if (*from->symbol)
            memcpy(to->symbol, from->symbol, sizeof to->symbol);
        else
            snprintf(to->symbol, sizeof to->symbol, "%" PRIu32, from->token);
    }
    bool ok = market_open(replay, instruments, (uint32_t)scan->instrument_cnt, now_ns);
    if (ok) market_touch(replay->market, scan->instrument_cnt);
    free(instruments);
    return ok;
}

/* --- the feed */
typedef struct feed {
    bj_feed_t *feed;
    void *mem;
} feed_t;

static uint16_t stream_idx_of(const bj_feedscan_t *scan, const bj_feedscan_instrument_t *of) {
    uint16_t i = 0;
    while (scan->streams[i].segment != of->segment || scan->streams[i].stream_id != of->stream_id)
        i++;
    return i;
}

static bool feed_make(feed_t *feed, const bj_feedreplay_t *replay, const bj_feedscan_t *scan,
                      const bj_feedreplay_options_t *options) {
    bj_feed_instrument_t *instruments = bj_need(calloc(scan->instrument_cnt, sizeof *instruments));
    for (size_t i = 0; i < scan->instrument_cnt; i++) {
        const bj_feedscan_instrument_t *from = &scan->instruments[i];
        instruments[i] = (bj_feed_instrument_t){
            .token = from->token, .stream_idx = stream_idx_of(scan, from), .spread = from->spread};
    }
    bj_feed_config_t config = {.instruments = instruments,
                               .instrument_cnt = (uint32_t)scan->instrument_cnt,
                               .streams = scan->streams,
                               .stream_cnt = scan->stream_cnt,
                               .order_max =
                                   options->order_max ? options->order_max : scan->order_max,
                               .gap_wait_ns = options->gap_wait_ns,
                               .market = replay->market,
                               .observe = options->observe,
                               .observe_ctx = options->observe_ctx};
    size_t bytes = bj_feed_footprint(&config);
    if (bytes) feed->mem = bj_need_large(bytes);
    if (bytes) feed->feed = bj_feed_new(feed->mem, &config);
    free(instruments);
    return feed->feed != NULL;
}

/* --- the run */
typedef struct pace {
    int64_t from_ns;  /* our clock, at the first frame */
    int64_t first_ns; /* its time */
} pace_t;

/* Sleeps until the frame's time has come; the feed has its turns meanwhile. */
static void wait_for(bj_feed_t *feed, const pace_t *pace, int64_t recv_ns, int64_t *stepped_ns) {
    for (;;) {
        int64_t now_ns = pace->first_ns + (bj_clock_mono_ns() - pace->from_ns);
        int64_t left_ns = recv_ns - now_ns;
        if (left_ns <= 0) return;
        if (now_ns > *stepped_ns) bj_feed_step(feed, *stepped_ns = now_ns);
        if (left_ns > NAP_NS) left_ns = NAP_NS;
        nanosleep(&(struct timespec){.tv_nsec = left_ns}, NULL);
    }
}

/* What goes into the feed at once. */
typedef struct burst {
    bj_feed_arrival_t arrival[BJ_FEEDREPLAY_BURST];
    uint32_t cnt;
} burst_t;

static void hand_over(bj_feed_t *feed, burst_t *burst) {
    bj_feed_arrivals(feed, burst->arrival, burst->cnt);
    burst->cnt = 0;
}

/* The scan kept only what went to the feed's groups.  A frame that cannot be unwrapped is handed on
 * as the frame that it is, to be counted as in the feed tile. */
static void take_frame(bj_feed_t *feed, burst_t *burst, const bj_feedscan_t *scan,
                       const bj_capture_t *capture, const bj_capture_frame_t *frame) {
    bj_feed_udp_t udp;
    const uint8_t *data = capture->bytes + frame->at;
    __builtin_prefetch(data + AHEAD_BYTES);
    __builtin_prefetch(data + AHEAD_BYTES + BJ_LINE_BYTES);
    if (BJ_UNLIKELY(bj_feed_unwrap(data, frame->len_bytes, &udp) != BJ_OK)) {
        hand_over(feed, burst);
        bj_feed_frame(feed, frame->source, data, frame->len_bytes, frame->recv_ns);
        return;
    }
    burst->arrival[burst->cnt++] =
        (bj_feed_arrival_t){.data = udp.data,
                            .recv_ns = frame->recv_ns,
                            .data_bytes = (uint32_t)udp.data_bytes,
                            .source = (uint16_t)frame->source,
                            .segment = (uint16_t)bj_feedscan_segment(scan, udp.group_ip, udp.port)};
}

static void run_frames(bj_feed_t *feed, const bj_feedscan_t *scan, const bj_capture_t *capture,
                       const bj_feedreplay_options_t *options) {
    const bj_capture_frame_t *frame = capture->frames, *end = frame + capture->frame_cnt;
    if (frame == end) return;
    burst_t burst = {.cnt = 0};
    int64_t stepped_ns = frame->recv_ns;
    const pace_t pace = {bj_clock_mono_ns(), frame->recv_ns};
    for (; frame < end; frame++) {
        if (BJ_UNLIKELY(options->pace)) {
            hand_over(feed, &burst);
            wait_for(feed, &pace, frame->recv_ns, &stepped_ns);
        }
        if (burst.cnt == BJ_FEEDREPLAY_BURST ||
            frame->recv_ns - stepped_ns >= options->gap_wait_ns) {
            hand_over(feed, &burst);
            bj_feed_step(feed, stepped_ns = frame->recv_ns);
        }
        take_frame(feed, &burst, scan, capture, frame);
    }
    hand_over(feed, &burst);
    bj_feed_step(feed, end[-1].recv_ns);
}

/* Until every wait and every hold is over. */
static void settle(bj_feed_t *feed, const bj_capture_t *capture, int64_t gap_wait_ns) {
    int64_t now_ns = capture->frame_cnt ? capture->frames[capture->frame_cnt - 1].recv_ns : 0;
    for (int i = 0; i < SETTLE_STEPS; i++) {
        now_ns += SETTLE_NS + (i ? 0 : gap_wait_ns);
        bj_feed_step(feed, now_ns);
    }
}

static uint64_t cpu_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (uint64_t)(ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec);
}

/* --- digests */
static uint64_t hash_level(uint64_t hash, const bj_market_level_t *level, bool orders) {
    bool empty = level->order_cnt == 0;
    int32_t price = empty ? 0 : level->price_paise;
    int64_t qty = empty ? 0 : level->qty;
    hash = bj_fnv1a(hash, &price, sizeof price);
    hash = bj_fnv1a(hash, &qty, sizeof qty);
    return orders ? bj_fnv1a(hash, &level->order_cnt, sizeof level->order_cnt) : hash;
}

static bool digest(bj_feedreplay_t *replay, const bj_feedscan_t *scan) {
    uint64_t bbo = BJ_FNV_OFFSET, depth = BJ_FNV_OFFSET;
    bj_market_row_t row;
    for (uint32_t i = 0; i < scan->instrument_cnt; i++) {
        if (!bj_market_read(replay->reader, i, &row)) return false;
        bbo = bj_fnv1a(bbo, &row.token, sizeof row.token);
        bbo = hash_level(hash_level(bbo, &row.bid[0], false), &row.ask[0], false);
        depth = bj_fnv1a(depth, &row.token, sizeof row.token);
        for (int l = 0; l < BJ_MARKET_LEVELS; l++)
            depth = hash_level(depth, &row.bid[l], true);
        for (int l = 0; l < BJ_MARKET_LEVELS; l++)
            depth = hash_level(depth, &row.ask[l], true);
    }
    replay->bbo_digest = bbo;
    replay->depth_digest = depth;
    return true;
}

bool bj_feedreplay_run(bj_feedreplay_t *replay, const bj_feedscan_t *scan,
                       const bj_capture_t *capture, const bj_feedreplay_options_t *options,
                       char error[BJ_CAPTURE_TEXT_BYTES]) {
    feed_t feed = {0};
    int64_t now_ns = capture->frame_cnt ? capture->frames[0].recv_ns : 0;
    *replay = (bj_feedreplay_t){0};
    bool ok = market_make(replay, scan, now_ns) && feed_make(&feed, replay, scan, options);
    if (!ok)
        snprintf(error, BJ_CAPTURE_TEXT_BYTES,
                 "%zu instruments, %u streams and %u live orders: more than the feed can be made "
                 "for, or not enough memory",
                 scan->instrument_cnt, scan->stream_cnt,
                 options->order_max ? options->order_max : scan->order_max);
    if (ok) {
        int64_t from_ns = bj_clock_mono_ns();
        uint64_t from_cpu_ns = cpu_ns();
        run_frames(feed.feed, scan, capture, options);
        replay->cpu_ns = cpu_ns() - from_cpu_ns;
        replay->elapsed_ns = (uint64_t)(bj_clock_mono_ns() - from_ns);
        settle(feed.feed, capture, options->gap_wait_ns);
        replay->counters = *bj_feed_counters(feed.feed);
        ok = digest(replay, scan);
    }
    free(feed.mem);
    if (!ok) bj_feedreplay_close(replay);
    return ok;
}

void bj_feedreplay_close(bj_feedreplay_t *replay) {
    bj_market_close(replay->reader);
    bj_market_destroy(replay->market);
}
