#include "dataplane/feed/bj_feed_priv.h"

#include "dataplane/base/bj_time.h"

#define SILENT_NS (3 * BJ_NS_PER_S)
#define BEAT_NS (100 * BJ_NS_PER_MS)

/* --- the parts, and what they are made from */
static bool has_services(const bj_feed_config_t *config) {
    bool any = false;
    for (uint32_t i = 0; i < config->stream_cnt && i < BJ_FEED_STREAM_MAX; i++) {
        const bool *services = config->services[config->streams[i].segment];
        any |= services[BJ_FEED_SERVICE_RECOVERY] | services[BJ_FEED_SERVICE_SNAPSHOT];
    }
    return any;
}

static bj_feed_arbiter_config_t arbiter_config(const bj_feed_config_t *config) {
    bj_feed_arbiter_config_t arbiter = {
        .stream_cnt = config->stream_cnt,
        .queue_max = config->queue_max ? config->queue_max : BJ_FEED_QUEUE,
        .hole_max = config->hole_max ? config->hole_max : BJ_FEED_HOLE_MAX,
        .gap_wait_ns = config->gap_wait_ns,
        .retry_ns = config->retry_ns ? config->retry_ns : 30 * BJ_NS_PER_S,
        .late_ns = config->late_ns ? config->late_ns : 5 * BJ_NS_PER_S,
        .snapshot_restart = config->snapshot_restart};
    for (uint32_t i = 0; i < config->stream_cnt && i < BJ_FEED_STREAM_MAX; i++) {
        const bool *services = config->services[config->streams[i].segment];
        arbiter.recovered |= (uint64_t)services[BJ_FEED_SERVICE_RECOVERY] << i;
        arbiter.snapshotted |= (uint64_t)services[BJ_FEED_SERVICE_SNAPSHOT] << i;
    }
    return arbiter;
}

static bj_feed_recovery_config_t recovery_config(const bj_feed_config_t *config) {
    return (bj_feed_recovery_config_t){
        .stream_cnt = config->stream_cnt,
        .limits = config->limits ? *config->limits : bj_feed_recovery_limits,
        .ops = config->connections,
        .ops_ctx = config->connections_ctx};
}

static bool sane_segments(const bj_feed_config_t *config) {
    for (uint32_t i = 0; i < config->stream_cnt && i < BJ_FEED_STREAM_MAX; i++) {
        bj_segment_t segment = config->streams[i].segment;
        if (segment < BJ_SEGMENT_CM || segment > BJ_SEGMENT_CNT) return false;
    }
    return true;
}

size_t bj_feed_footprint(const bj_feed_config_t *config) {
    if (!sane_segments(config)) return 0;
    bj_feed_arbiter_config_t arbiter = arbiter_config(config);
    bj_feed_recovery_config_t recovery = recovery_config(config);
    size_t arbiter_bytes = bj_feed_arbiter_footprint(&arbiter);
    size_t recovery_bytes = bj_feed_recovery_footprint(&recovery);
    size_t books_bytes = bj_feed_books_footprint(config);
    if (!arbiter_bytes || !recovery_bytes || !books_bytes) return 0;
    if (has_services(config) && !config->connections) return 0;
    return bj_feed_line_up(sizeof(bj_feed_t)) + bj_feed_line_up(arbiter_bytes) +
           bj_feed_line_up(recovery_bytes) + books_bytes;
}

/* --- into the books.  Messages wait in a batch, and each is decoded where it will wait. */
void bj_feed_set_stale(bj_feed_t *feed, uint32_t stream_idx, bool part, bool no_room, bool silent) {
    stream_t *stream = &feed->stream[stream_idx];
    bj_feed_head_t *head = &feed->heads[stream_idx];
    bool was = stream->part || stream->no_room || head->silent, is = part || no_room || silent;
    stream->part = part;
    stream->no_room = no_room;
    head->silent = silent;
    if (was == is) return;
    bj_feed_settle(feed);
    bj_feed_books_stale(feed->books, stream_idx, is);
}

void bj_feed_settle(bj_feed_t *feed) {
    if (!feed->batch_cnt) return;
    uint32_t cnt = feed->batch_cnt;
    feed->batch_cnt = 0;
    uint64_t lost = bj_feed_books_apply(feed->books, feed->batch, cnt, feed->now_ns);
    for (; BJ_UNLIKELY(lost); lost &= lost - 1) {
        uint32_t idx = (uint32_t)__builtin_ctzll(lost);
        bj_feed_set_stale(feed, idx, feed->stream[idx].part, true, feed->heads[idx].silent);
    }
}

static void to_books(bj_feed_t *feed, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    *bj_feed_next_msg(feed) = *msg;
    bj_feed_take_next(feed, stream_idx);
}

/* --- out of the arbiter */
static void on_apply(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    bj_feed_t *feed = ctx;
    if (BJ_UNLIKELY(!msg->kind)) { /* recovered, and as bad there as it was live */
        feed->counters.bad_messages++;
        return;
    }
    feed->counters.messages++;
    to_books(feed, stream_idx, msg);
}

static void on_gap(void *ctx, uint32_t stream_idx, uint32_t lost_cnt) {
    bj_feed_t *feed = ctx;
    (void)stream_idx;
    feed->counters.gaps++;
    feed->counters.gap_messages += lost_cnt;
}

static void on_whole(void *ctx, uint32_t stream_idx, bool whole) {
    bj_feed_t *feed = ctx;
    const stream_t *stream = &feed->stream[stream_idx];
    bj_feed_set_stale(feed, stream_idx, !whole, stream->no_room, feed->heads[stream_idx].silent);
}

static void clear(bj_feed_t *feed, uint32_t stream_idx) {
    bj_feed_settle(feed);
    bj_feed_books_clear(feed->books, stream_idx, feed->now_ns);
    if (feed->config.observe)
        feed->config.observe(feed->config.observe_ctx, &feed->stream[stream_idx].is, NULL);
}

static void on_reset(void *ctx, uint32_t stream_idx) {
    bj_feed_t *feed = ctx;
    feed->counters.resets++;
    clear(feed, stream_idx);
    bj_feed_set_stale(feed, stream_idx, false, false, feed->heads[stream_idx].silent);
}

static void on_want(void *ctx, uint32_t stream_idx, uint32_t from_seq, uint32_t to_seq) {
    bj_feed_recovery_want(((bj_feed_t *)ctx)->recovery, stream_idx, from_seq, to_seq);
}
static void on_want_snapshot(void *ctx, uint32_t stream_idx) {
    bj_feed_recovery_want_snapshot(((bj_feed_t *)ctx)->recovery, stream_idx);
}
static void on_cancel(void *ctx, uint32_t stream_idx) {
    bj_feed_recovery_cancel(((bj_feed_t *)ctx)->recovery, stream_idx);
}

static const bj_feed_arbiter_ops_t arbiter_ops = {.apply = on_apply,
                                                  .gap = on_gap,
                                                  .reset = on_reset,
                                                  .whole = on_whole,
                                                  .want = on_want,
                                                  .want_snapshot = on_want_snapshot,
                                                  .cancel = on_cancel};

/* --- out of recovery */
static bool on_recovered(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    bj_feed_t *feed = ctx;
    bj_feed_recovered_t what =
        bj_feed_arbiter_recovered(feed->arbiter, stream_idx, msg, feed->now_ns);
    if (what == BJ_FEED_TAKEN) feed->counters.recovered_messages++;
    return what != BJ_FEED_FOREIGN;
}

static bool on_snapshot(void *ctx, uint32_t stream_idx, uint32_t last_seq) {
    bj_feed_t *feed = ctx;
    stream_t *stream = &feed->stream[stream_idx];
    if (!bj_feed_arbiter_snapshot(feed->arbiter, stream_idx, last_seq, feed->now_ns)) return false;
    clear(feed, stream_idx);
    bj_feed_set_stale(feed, stream_idx, stream->part, false, feed->heads[stream_idx].silent);
    stream->snapshot_ns = 0;
    return true;
}

static void on_snapshot_order(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    bj_feed_t *feed = ctx;
    stream_t *stream = &feed->stream[stream_idx];
    if (msg->exch_ns > stream->snapshot_ns) stream->snapshot_ns = msg->exch_ns;
    feed->counters.snapshot_orders++;
    bj_feed_msg_t placeless = *msg;
    placeless.seq = 0;
    to_books(feed, stream_idx, &placeless);
}

/* One of the run before a switch: its orders are in the books, and the rows stay stale, until there
 * is a newer one. */
static bool on_snapshot_whole(void *ctx, uint32_t stream_idx) {
    bj_feed_t *feed = ctx;
    return bj_feed_arbiter_same_run(feed->arbiter, stream_idx,
                                    feed->stream[stream_idx].snapshot_ns);
}

static void on_done(void *ctx, uint32_t stream_idx, bj_feed_service_t service, bool ok) {
    bj_feed_t *feed = ctx;
    if (!ok) feed->counters.recovery_failures++;
    else if (service == BJ_FEED_SERVICE_RECOVERY) feed->counters.recoveries++;
    else feed->counters.snapshots++;
    bj_feed_arbiter_answer(feed->arbiter, stream_idx, ok, feed->now_ns);
}

static const bj_feed_recovery_sink_t recovery_sink = {
    on_recovered, on_snapshot, on_snapshot_order, on_snapshot_whole, on_done};

/* --- which streams there are */
/* False: the group is another stream's. */
static bool add_group(group_t *group, const bj_feed_group_t *from, uint32_t stream_idx) {
    if (!from->ip) return true;
    uint32_t i = bj_feed_group_slot(from->ip, from->port);
    for (; group[i].ip; i = (i + 1) % GROUP_SLOTS) {
        if (group[i].ip == from->ip && group[i].port == from->port) return false;
    }
    group[i] = (group_t){from->ip, from->port, (uint16_t)stream_idx};
    return true;
}

static bool add_stream(bj_feed_t *feed, uint32_t stream_idx, const bj_feed_stream_t *from) {
    if (from->stream_id < 1 || from->stream_id > BJ_FEED_STREAM_MAX) return false;
    uint8_t *by_id = &feed->by_id[from->segment][from->stream_id];
    if (*by_id != BJ_FEED_STREAM_MAX) return false;
    *by_id = (uint8_t)stream_idx;
    feed->stream[stream_idx].is = *from;
    for (int s = 0; s < BJ_FEED_SOURCES; s++) {
        if (!add_group(feed->group[s], &from->source[s], stream_idx)) return false;
    }
    return true;
}

static bool add_asides(bj_feed_t *feed, const bj_feed_config_t *config) {
    if (config->aside_cnt > BJ_FEED_ASIDE_MAX || (config->aside_cnt && !config->on_aside))
        return false;
    for (uint32_t i = 0; i < config->aside_cnt; i++) {
        for (int s = 0; s < BJ_FEED_SOURCES; s++) {
            if (!add_group(feed->group[s], &config->asides[i].source[s], ASIDE_AT + i))
                return false;
        }
    }
    return true;
}

static bool add_parts(bj_feed_t *feed, const bj_feed_config_t *config) {
    uint8_t *at = (uint8_t *)feed + bj_feed_line_up(sizeof *feed);
    bj_feed_arbiter_config_t arbiter = arbiter_config(config);
    feed->arbiter = bj_feed_arbiter_new(at, &arbiter, &arbiter_ops, feed);
    at += bj_feed_line_up(bj_feed_arbiter_footprint(&arbiter));
    bj_feed_recovery_config_t recovery = recovery_config(config);
    recovery.sink = &recovery_sink;
    recovery.sink_ctx = feed;
    if (has_services(config)) feed->recovery = bj_feed_recovery_new(at, &recovery);
    at += bj_feed_line_up(bj_feed_recovery_footprint(&recovery));
    feed->books = bj_feed_books_new(at, config, &feed->counters);
    if (!feed->arbiter || !feed->books) return false;
    feed->heads = bj_feed_arbiter_heads(feed->arbiter);
    for (uint32_t i = 0; i < config->stream_cnt; i++) {
        const bj_feed_stream_t *stream = &config->streams[i];
        if (feed->recovery)
            bj_feed_recovery_name(feed->recovery, i, stream->segment, stream->stream_id);
        bj_feed_set_stale(feed, i, false, false, true);
    }
    return true;
}

bj_feed_t *bj_feed_new(void *mem, const bj_feed_config_t *config) {
    if (!bj_feed_footprint(config)) return NULL;
    bj_feed_t *feed = (bj_feed_t *)mem;
    memset(feed, 0, sizeof *feed);
    feed->config = *config;
    feed->config.instruments = NULL;
    feed->config.streams = NULL;
    feed->config.asides = NULL;
    memset(feed->by_id, BJ_FEED_STREAM_MAX, sizeof feed->by_id);
    for (uint32_t i = 0; i < config->stream_cnt; i++) {
        if (!add_stream(feed, i, &config->streams[i])) return NULL;
    }
    return add_asides(feed, config) && add_parts(feed, config) ? feed : NULL;
}

/* --- time */
static void look_for_silence(bj_feed_t *feed) {
    for (uint32_t i = 0; i < feed->config.stream_cnt; i++) {
        const stream_t *stream = &feed->stream[i];
        bj_feed_head_t *head = &feed->heads[i];
        if (feed->now_ns < head->heard_ns) head->heard_ns = feed->now_ns; /* set back */
        if (!head->silent && feed->now_ns - head->heard_ns > SILENT_NS) {
            bj_feed_set_stale(feed, i, stream->part, stream->no_room, true);
        }
    }
}

void bj_feed_step(bj_feed_t *feed, int64_t now_ns) {
    feed->now_ns = now_ns;
    bj_feed_arbiter_step(feed->arbiter, now_ns);
    if (feed->recovery) bj_feed_recovery_step(feed->recovery, now_ns);
    bj_feed_settle(feed);
    bool beat = now_ns - feed->beat_ns >= BEAT_NS || now_ns < feed->beat_ns;
    if (beat) look_for_silence(feed);
    bj_feed_books_tidy(feed->books);
    if (feed->config.market) bj_feed_books_flush(feed->books, now_ns);
    if (!beat) return;
    feed->beat_ns = now_ns;
    feed->counters.orders = bj_feed_books_order_cnt(feed->books);
    feed->counters.held_messages = bj_feed_arbiter_held_cnt(feed->arbiter);
    if (feed->config.market)
        bj_market_beat(feed->config.market, now_ns, feed->feed_ns, &feed->counters);
}

void bj_feed_card(bj_feed_t *feed, uint32_t instrument_idx, bool on) {
    bj_feed_books_card(feed->books, instrument_idx, on);
}
bool bj_feed_card_row(bj_feed_t *feed, uint32_t instrument_idx,
                      const bj_feed_card_depth_t *depth) {
    return bj_feed_books_card_row(feed->books, instrument_idx, depth);
}
uint64_t bj_feed_card_late(const bj_feed_t *feed) { return bj_feed_books_card_late(feed->books); }

bj_feed_recovery_t *bj_feed_recovery(bj_feed_t *feed) { return feed->recovery; }

const bj_feed_counters_t *bj_feed_counters(const bj_feed_t *feed) { return &feed->counters; }
