#include "dataplane/feed/bj_feed.h"

#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed_arbiter.h"
#include "dataplane/feed/bj_feed_books.h"

#define SILENT_NS (3 * BJ_NS_PER_S)
#define AHEAD_NS (60 * BJ_NS_PER_S) /* how far the exchange's clock may run before ours */
#define BEAT_NS (100 * BJ_NS_PER_MS)

enum {
    GROUP_SLOTS = 4 * BJ_FEED_STREAM_MAX,
    ASIDE_AT = BJ_FEED_STREAM_MAX, /* a group's stream_idx from here on: an aside's */
};

typedef struct stream {
    bj_feed_stream_t is;
    int64_t heard_ns; /* last well-framed message; 0: none yet */
    int64_t snapshot_ns; /* exchange time of the newest order of the snapshot that comes in */
    bool    part;     /* the arbiter: something is missing */
    bool    no_room;  /* the books lack an order */
    bool    silent;
} stream_t;

typedef struct group { /* ip 0: an empty slot */
    uint32_t ip;
    uint16_t port, stream_idx;
} group_t;

struct bj_feed {
    bj_feed_config_t   config;
    bj_feed_counters_t counters;
    bj_feed_arbiter_t *arbiter;
    bj_feed_head_t    *heads; /* the arbiter's */
    bj_feed_books_t   *books;
    bj_feed_recovery_t *recovery; /* NULL: no segment has a service */
    int64_t  now_ns, feed_ns, beat_ns;
    uint8_t  by_id[BJ_SEGMENT_CNT + 1][BJ_FEED_STREAM_MAX + 1]; /* stream_idx + 1; 0: none */
    group_t  group[BJ_FEED_SOURCES][GROUP_SLOTS];
    stream_t stream[BJ_FEED_STREAM_MAX];
    uint32_t batch_cnt; /* what recovery brings between calls waits for the next */
    bj_feed_item_t batch[BJ_FEED_BATCH];
};

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
static void settle(bj_feed_t *feed);

static void set_stale(bj_feed_t *feed, uint32_t stream_idx, bool part, bool no_room, bool silent) {
    stream_t *stream = &feed->stream[stream_idx];
    bool was = stream->part || stream->no_room || stream->silent, is = part || no_room || silent;
    stream->part = part;
    stream->no_room = no_room;
    stream->silent = silent;
    if (was == is) return;
    settle(feed);
    bj_feed_books_stale(feed->books, stream_idx, is);
}

/* What waits goes into the books: before anything is said about a stream, and before the caller has
 * the feed back. */
static void settle(bj_feed_t *feed) {
    if (!feed->batch_cnt) return;
    uint32_t cnt = feed->batch_cnt;
    feed->batch_cnt = 0;
    uint64_t lost = bj_feed_books_apply(feed->books, feed->batch, cnt, feed->now_ns);
    for (; BJ_UNLIKELY(lost); lost &= lost - 1) {
        uint32_t idx = (uint32_t)__builtin_ctzll(lost);
        set_stale(feed, idx, feed->stream[idx].part, true, feed->stream[idx].silent);
    }
}

static bj_feed_msg_t *next_msg(bj_feed_t *feed) { return &feed->batch[feed->batch_cnt].msg; }

static void observe(bj_feed_t *feed, const bj_feed_item_t *item) {
    feed->config.observe(feed->config.observe_ctx, &feed->stream[item->stream_idx].is, &item->msg);
}

/* What lies in next_msg is one more. */
static void take_next(bj_feed_t *feed, uint32_t stream_idx) {
    feed->batch[feed->batch_cnt].stream_idx = stream_idx;
    if (BJ_UNLIKELY(feed->config.observe != NULL)) observe(feed, &feed->batch[feed->batch_cnt]);
    if (++feed->batch_cnt == BJ_FEED_BATCH) settle(feed);
}

static void to_books(bj_feed_t *feed, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    *next_msg(feed) = *msg;
    take_next(feed, stream_idx);
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
    set_stale(feed, stream_idx, !whole, stream->no_room, stream->silent);
}

static void on_reset(void *ctx, uint32_t stream_idx) {
    bj_feed_t *feed = ctx;
    settle(feed);
    feed->counters.resets++;
    bj_feed_books_clear(feed->books, stream_idx, feed->now_ns);
    set_stale(feed, stream_idx, false, false, feed->stream[stream_idx].silent);
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
    settle(feed);
    bj_feed_books_clear(feed->books, stream_idx, feed->now_ns);
    set_stale(feed, stream_idx, stream->part, false, stream->silent);
    stream->snapshot_ns = 0;
    return true;
}

static void on_snapshot_order(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    bj_feed_t *feed = ctx;
    stream_t *stream = &feed->stream[stream_idx];
    if (msg->exch_ns > stream->snapshot_ns) stream->snapshot_ns = msg->exch_ns;
    feed->counters.snapshot_orders++;
    to_books(feed, stream_idx, msg);
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
static uint32_t group_slot(uint32_t ip, uint16_t port) {
    return ((ip ^ port) * UINT32_C(0x9e3779b1) >> 16) % GROUP_SLOTS;
}

/* False: the group is another stream's. */
static bool add_group(group_t *group, const bj_feed_group_t *from, uint32_t stream_idx) {
    if (!from->ip) return true;
    uint32_t i = group_slot(from->ip, from->port);
    for (; group[i].ip; i = (i + 1) % GROUP_SLOTS) {
        if (group[i].ip == from->ip && group[i].port == from->port) return false;
    }
    group[i] = (group_t){from->ip, from->port, (uint16_t)stream_idx};
    return true;
}

static bool add_stream(bj_feed_t *feed, uint32_t stream_idx, const bj_feed_stream_t *from) {
    if (from->stream_id < 1 || from->stream_id > BJ_FEED_STREAM_MAX) return false;
    uint8_t *by_id = &feed->by_id[from->segment][from->stream_id];
    if (*by_id) return false;
    *by_id = (uint8_t)(stream_idx + 1);
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
        set_stale(feed, i, false, false, true);
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
    for (uint32_t i = 0; i < config->stream_cnt; i++) {
        if (!add_stream(feed, i, &config->streams[i])) return NULL;
    }
    return add_asides(feed, config) && add_parts(feed, config) ? feed : NULL;
}

/* --- into the arbiter */
static void ask(bj_feed_t *feed, uint32_t source, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    if (msg->kind == BJ_FEED_HEARTBEAT) feed->counters.heartbeats++;
    bool taken = bj_feed_arbiter_offer(feed->arbiter, source, stream_idx, msg, feed->now_ns);
    if (!taken) feed->counters.duplicates++;
}

/* The message lies in next_msg, so nothing is settled before it is taken or copied. */
static void offer(bj_feed_t *feed, uint32_t source, uint32_t stream_idx) {
    stream_t *stream = &feed->stream[stream_idx];
    bj_feed_msg_t *msg = next_msg(feed);
    if (BJ_UNLIKELY(msg->exch_ns > feed->now_ns + AHEAD_NS)) {
        feed->counters.bad_messages++;
        return;
    }
    stream->heard_ns = feed->now_ns;
    if (BJ_UNLIKELY(stream->silent)) {
        bj_feed_msg_t own = *msg;
        set_stale(feed, stream_idx, stream->part, stream->no_room, false);
        msg = next_msg(feed);
        *msg = own;
    }
    bj_feed_glance_t glance = bj_feed_arbiter_glance(&feed->heads[stream_idx], source, msg);
    if (BJ_LIKELY(glance == BJ_FEED_IN_ORDER)) {
        feed->counters.messages++;
        take_next(feed, stream_idx);
    } else if (glance == BJ_FEED_COPY) {
        feed->counters.duplicates++;
    } else {
        bj_feed_msg_t own = *msg;
        ask(feed, source, stream_idx, &own);
    }
}

/* The stream of a message, what its group says agreeing; STREAM_MAX: none. */
static inline uint32_t stream_of(const bj_feed_t *feed, bj_segment_t segment,
                                 const uint16_t *group_idx, const bj_feed_msg_t *msg) {
    if (group_idx) {
        bool agree = feed->stream[*group_idx].is.stream_id == msg->stream_id;
        return BJ_LIKELY(agree) ? *group_idx : BJ_FEED_STREAM_MAX;
    }
    uint32_t found =
        msg->stream_id <= BJ_FEED_STREAM_MAX ? feed->by_id[segment][msg->stream_id] : 0;
    return BJ_LIKELY(found) ? found - 1 : BJ_FEED_STREAM_MAX;
}

/* Decodes and arbitrates datagrams from the first on, for as long as each is one message that needs
 * nobody's advice; what is in order goes on in the batch.  How many are done with.  group_idx: for
 * each the stream that its group says, segment is then nothing; NULL: any of the segment. */
static inline uint32_t receive_run(bj_feed_t *feed, uint32_t source, bj_segment_t segment,
                                   const uint16_t *group_idx, const bj_feed_packet_t *datagrams,
                                   uint32_t cnt) {
    bj_feed_item_t *items = &feed->batch[feed->batch_cnt], *next = items;
    const int64_t now_ns = feed->now_ns;
    uint32_t room = BJ_FEED_BATCH - feed->batch_cnt, i = 0;
    uint32_t run = bj_feed_decode_run(datagrams, cnt < room ? cnt : room, items);
    for (; i < run; i++) {
        const bj_feed_msg_t *msg = &items[i].msg;
        uint32_t idx = stream_of(feed, segment, group_idx ? group_idx + i : NULL, msg);
        if (BJ_UNLIKELY(idx == BJ_FEED_STREAM_MAX || msg->exch_ns > now_ns + AHEAD_NS)) break;
        stream_t *stream = &feed->stream[idx];
        if (BJ_UNLIKELY(stream->silent)) break;
        bj_feed_glance_t glance = bj_feed_arbiter_glance(&feed->heads[idx], source, msg);
        if (BJ_UNLIKELY(glance == BJ_FEED_ASK)) break;
        stream->heard_ns = now_ns;
        if (glance == BJ_FEED_COPY) continue;
        if (BJ_UNLIKELY(next != &items[i])) next->msg = *msg;
        next++->stream_idx = idx;
    }
    uint32_t taken = (uint32_t)(next - items);
    feed->counters.messages += taken;
    feed->counters.duplicates += i - taken;
    for (uint32_t t = 0; BJ_UNLIKELY(feed->config.observe != NULL) && t < taken; t++)
        observe(feed, &items[t]);
    feed->batch_cnt += taken;
    if (feed->batch_cnt == BJ_FEED_BATCH) settle(feed);
    return i;
}

/* Bytes behind the last message that cannot be another one are padding. */
static bool is_padding(const uint8_t *data, size_t data_bytes) {
    return data_bytes < BJ_MTBT_LEAST_BYTES || (data[0] == 0 && data[1] == 0);
}

/* stream_id 0: any.  All messages of a datagram are of one stream. */
static void read_datagram(bj_feed_t *feed, uint32_t source, bj_segment_t segment,
                          uint32_t stream_id, const uint8_t *data, size_t data_bytes) {
    size_t used_bytes;
    for (size_t at = 0; at == 0 || !is_padding(data + at, data_bytes - at); at += used_bytes) {
        bj_feed_msg_t *msg = next_msg(feed);
        bj_status_t status = bj_feed_decode(data + at, data_bytes - at, msg, &used_bytes);
        if (BJ_UNLIKELY(used_bytes == 0)) {
            if (at && status == BJ_ERR_UNKNOWN_TYPE) return; /* bytes of no message: trailing */
            feed->counters.bad_datagrams++;
            return;
        }
        uint32_t found = status == BJ_OK && msg->stream_id <= BJ_FEED_STREAM_MAX
                             ? feed->by_id[segment][msg->stream_id]
                             : 0;
        if (BJ_UNLIKELY(!found || (stream_id && msg->stream_id != stream_id))) {
            feed->counters.bad_messages++;
            continue;
        }
        stream_id = msg->stream_id;
        offer(feed, source, found - 1);
    }
}

static void begin(bj_feed_t *feed, uint32_t source, bj_segment_t segment, uint32_t cnt,
                  int64_t now_ns) {
    assert(source < BJ_FEED_SOURCES && segment >= BJ_SEGMENT_CM && segment <= BJ_SEGMENT_CNT);
    if (cnt) feed->now_ns = feed->feed_ns = now_ns;
    *(source == 0 ? &feed->counters.datagrams_a : &feed->counters.datagrams_b) += cnt;
}

static void receive(bj_feed_t *feed, uint32_t source, bj_segment_t segment, uint32_t stream_id,
                    const uint8_t *data, size_t data_bytes, int64_t now_ns) {
    begin(feed, source, segment, 1, now_ns);
    read_datagram(feed, source, segment, stream_id, data, data_bytes);
}

void bj_feed_datagram(bj_feed_t *feed, uint32_t source, bj_segment_t segment, const uint8_t *data,
                      size_t data_bytes, int64_t now_ns) {
    receive(feed, source, segment, 0, data, data_bytes, now_ns);
    settle(feed);
}

void bj_feed_datagrams(bj_feed_t *feed, uint32_t source, bj_segment_t segment,
                       const bj_feed_packet_t *datagrams, uint32_t cnt, int64_t now_ns) {
    begin(feed, source, segment, cnt, now_ns);
    for (uint32_t i = 0; i < cnt;) {
        i += receive_run(feed, source, segment, NULL, datagrams + i, cnt - i);
        if (i == cnt) break;
        read_datagram(feed, source, segment, 0, datagrams[i].data, datagrams[i].data_bytes);
        i++;
    }
    settle(feed);
}

void bj_feed_arrivals(bj_feed_t *feed, const bj_feed_arrival_t *arrivals, uint32_t cnt) {
    for (const bj_feed_arrival_t *a = arrivals; a < arrivals + cnt; a++)
        receive(feed, a->source, (bj_segment_t)a->segment, 0, a->data, a->data_bytes, a->recv_ns);
    settle(feed);
}

/* Group and port agree on a stream of this source, or it is none of ours. */
static const group_t *group_of(const bj_feed_t *feed, uint32_t source, uint32_t ip, uint16_t port) {
    const group_t *group = feed->group[source];
    uint32_t i = group_slot(ip, port);
    while (group[i].ip && (group[i].ip != ip || group[i].port != port)) i = (i + 1) % GROUP_SLOTS;
    return group[i].ip ? &group[i] : NULL;
}

typedef struct unwrapped { /* of some frames what is ours */
    bj_feed_packet_t datagram[BJ_FEED_BATCH];
    uint16_t group_idx[BJ_FEED_BATCH]; /* the stream that the group says */
    uint32_t cnt;
} unwrapped_t;

static void unwrap(bj_feed_t *feed, uint32_t source, const bj_feed_packet_t *frame,
                   int64_t now_ns, unwrapped_t *to) {
    bj_feed_udp_t udp;
    bj_status_t status = bj_feed_unwrap(frame->data, frame->data_bytes, &udp);
    if (status == BJ_ERR_NOT_FOUND) return;
    const group_t *group =
        status == BJ_OK ? group_of(feed, source, udp.group_ip, udp.port) : NULL;
    if (!group) {
        feed->counters.bad_datagrams++;
        return;
    }
    if (BJ_UNLIKELY(group->stream_idx >= ASIDE_AT)) {
        feed->feed_ns = now_ns;
        feed->config.on_aside(feed->config.on_aside_ctx, source, group->stream_idx - ASIDE_AT,
                              udp.data, udp.data_bytes, now_ns);
        return;
    }
    to->datagram[to->cnt] = (bj_feed_packet_t){udp.data, udp.data_bytes};
    to->group_idx[to->cnt++] = group->stream_idx;
}

static void receive_frames(bj_feed_t *feed, uint32_t source, const bj_feed_packet_t *frames,
                           uint32_t cnt, int64_t now_ns) {
    unwrapped_t in;
    in.cnt = 0;
    for (uint32_t i = 0; i < cnt; i++) unwrap(feed, source, &frames[i], now_ns, &in);
    begin(feed, source, BJ_SEGMENT_CM, in.cnt, now_ns);
    for (uint32_t i = 0; i < in.cnt;) {
        i += receive_run(feed, source, BJ_SEGMENT_CM, in.group_idx + i, in.datagram + i,
                         in.cnt - i);
        if (i == in.cnt) break;
        const bj_feed_stream_t *stream = &feed->stream[in.group_idx[i]].is;
        read_datagram(feed, source, stream->segment, stream->stream_id, in.datagram[i].data,
                      in.datagram[i].data_bytes);
        i++;
    }
}

void bj_feed_frames(bj_feed_t *feed, uint32_t source, const bj_feed_packet_t *frames, uint32_t cnt,
                    int64_t now_ns) {
    for (uint32_t i = 0; i < cnt; i += BJ_FEED_BATCH)
        receive_frames(feed, source, frames + i, cnt - i < BJ_FEED_BATCH ? cnt - i : BJ_FEED_BATCH,
                       now_ns);
    settle(feed);
}

void bj_feed_frame(bj_feed_t *feed, uint32_t source, const uint8_t *frame, size_t frame_bytes,
                   int64_t now_ns) {
    bj_feed_frames(feed, source, &(bj_feed_packet_t){frame, frame_bytes}, 1, now_ns);
}

/* --- time */
static void look_for_silence(bj_feed_t *feed) {
    for (uint32_t i = 0; i < feed->config.stream_cnt; i++) {
        stream_t *stream = &feed->stream[i];
        if (feed->now_ns < stream->heard_ns) stream->heard_ns = feed->now_ns; /* set back */
        if (!stream->silent && feed->now_ns - stream->heard_ns > SILENT_NS) {
            set_stale(feed, i, stream->part, stream->no_room, true);
        }
    }
}

void bj_feed_step(bj_feed_t *feed, int64_t now_ns) {
    feed->now_ns = now_ns;
    bj_feed_arbiter_step(feed->arbiter, now_ns);
    if (feed->recovery) bj_feed_recovery_step(feed->recovery, now_ns);
    settle(feed);
    bool beat = now_ns - feed->beat_ns >= BEAT_NS || now_ns < feed->beat_ns;
    if (beat) look_for_silence(feed);
    if (feed->config.market) bj_feed_books_flush(feed->books, now_ns);
    if (!beat) return;
    feed->beat_ns = now_ns;
    feed->counters.orders = bj_feed_books_order_cnt(feed->books);
    feed->counters.held_messages = bj_feed_arbiter_held_cnt(feed->arbiter);
    if (feed->config.market)
        bj_market_beat(feed->config.market, now_ns, feed->feed_ns, &feed->counters);
}

bj_feed_recovery_t *bj_feed_recovery(bj_feed_t *feed) { return feed->recovery; }

const bj_feed_counters_t *bj_feed_counters(const bj_feed_t *feed) { return &feed->counters; }
