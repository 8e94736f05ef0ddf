#include "dataplane/feed/bj_feed_arbiter.h"

/* A held message; msg.seq 0 is an empty slot. */
typedef struct held {
    alignas(BJ_LINE_BYTES) bj_feed_msg_t msg;
    int64_t recv_ns;
} held_t;
static_assert(sizeof(held_t) == BJ_LINE_BYTES, "one held message is one line");

typedef struct stream {
    uint64_t next_seq; /* 64 bits: the step past 2^32 - 1 must not wrap to 0 */
    uint64_t seen_seq; /* highest sequence known to exist, held or named by a heartbeat */
    int64_t  newest_ns; /* exchange time of the newest message seen */
    int64_t  floor_ns;  /* times up to here belong to the run before the last restart */
    int64_t  due_ns;    /* when the hole at next_seq is given up; INT64_MAX: no hole */
    uint32_t held_cnt;
    bool     fresh[BJ_FEED_SOURCES]; /* the source has sent something of this run */
    held_t   held[BJ_FEED_WINDOW];
} stream_t;

struct bj_feed_arbiter {
    const bj_feed_arbiter_ops_t *ops;
    void    *ctx;
    int64_t  gap_wait_ns;
    uint32_t stream_cnt;
    stream_t stream[];
};

size_t bj_feed_arbiter_footprint(uint32_t stream_cnt) {
    if (stream_cnt < 1 || stream_cnt > BJ_FEED_STREAM_MAX) return 0;
    return sizeof(bj_feed_arbiter_t) + stream_cnt * sizeof(stream_t);
}

bj_feed_arbiter_t *bj_feed_arbiter_new(void *mem, uint32_t stream_cnt, int64_t gap_wait_ns,
                                       const bj_feed_arbiter_ops_t *ops, void *ctx) {
    size_t mem_bytes = bj_feed_arbiter_footprint(stream_cnt);
    if (!mem_bytes || gap_wait_ns < 0) return NULL;
    bj_feed_arbiter_t *arbiter = (bj_feed_arbiter_t *)mem;
    memset(arbiter, 0, mem_bytes);
    arbiter->ops = ops;
    arbiter->ctx = ctx;
    arbiter->gap_wait_ns = gap_wait_ns;
    arbiter->stream_cnt = stream_cnt;
    for (uint32_t i = 0; i < stream_cnt; i++) {
        stream_t *stream = &arbiter->stream[i];
        stream->next_seq = 1;
        stream->due_ns = INT64_MAX;
        for (int s = 0; s < BJ_FEED_SOURCES; s++) stream->fresh[s] = true;
    }
    return arbiter;
}

static held_t *slot_of(stream_t *stream, uint64_t seq) {
    return &stream->held[seq & (BJ_FEED_WINDOW - 1)];
}

/* The held message nearest to the hole; NULL if none. */
static held_t *first_held(stream_t *stream) {
    for (uint64_t seq = stream->next_seq;
         stream->held_cnt && seq < stream->next_seq + BJ_FEED_WINDOW; seq++) {
        held_t *held = slot_of(stream, seq);
        if (held->msg.seq == seq) return held;
    }
    return NULL;
}

static void set_due(const bj_feed_arbiter_t *arbiter, stream_t *stream, int64_t now_ns) {
    if (stream->seen_seq < stream->next_seq) {
        stream->due_ns = INT64_MAX;
        return;
    }
    const held_t *held = first_held(stream);
    stream->due_ns = (held ? held->recv_ns : now_ns) + arbiter->gap_wait_ns;
}

static void apply(bj_feed_arbiter_t *arbiter, stream_t *stream, const bj_feed_msg_t *msg) {
    stream->next_seq = (uint64_t)msg->seq + 1;
    arbiter->ops->apply(arbiter->ctx, (uint32_t)(stream - arbiter->stream), msg);
}

static void apply_held(bj_feed_arbiter_t *arbiter, stream_t *stream) {
    while (stream->held_cnt) {
        held_t *held = slot_of(stream, stream->next_seq);
        if (held->msg.seq != stream->next_seq) return;
        stream->held_cnt--;
        bj_feed_msg_t msg = held->msg;
        held->msg.seq = 0;
        apply(arbiter, stream, &msg);
    }
}

/* Gives up what is missing before to_seq, then lets through what follows it. */
static void skip_to(bj_feed_arbiter_t *arbiter, stream_t *stream, uint64_t to_seq) {
    uint32_t lost_cnt = (uint32_t)(to_seq - stream->next_seq);
    stream->next_seq = to_seq;
    arbiter->ops->gap(arbiter->ctx, (uint32_t)(stream - arbiter->stream), lost_cnt);
    apply_held(arbiter, stream);
}

static void give_up_hole(bj_feed_arbiter_t *arbiter, stream_t *stream) {
    const held_t *held = first_held(stream);
    skip_to(arbiter, stream, held ? held->msg.seq : stream->seen_seq + 1);
}

static void restart(bj_feed_arbiter_t *arbiter, stream_t *stream) {
    for (uint32_t i = 0; stream->held_cnt && i < BJ_FEED_WINDOW; i++) {
        if (stream->held[i].msg.seq) stream->held_cnt--;
        stream->held[i].msg.seq = 0;
    }
    stream->next_seq = 1;
    stream->seen_seq = 0;
    stream->due_ns = INT64_MAX;
    stream->floor_ns = stream->newest_ns;
    for (int s = 0; s < BJ_FEED_SOURCES; s++) stream->fresh[s] = false;
    arbiter->ops->reset(arbiter->ctx, (uint32_t)(stream - arbiter->stream));
}

/* A heartbeat has no time: one from a source still in the run before a restart would name a
 * sequence of that run.  Lower ones are the slower source's. */
static void on_heartbeat(bj_feed_arbiter_t *arbiter, stream_t *stream, uint32_t source,
                         const bj_feed_msg_t *msg, int64_t now_ns) {
    if (!stream->fresh[source] || msg->seq <= stream->seen_seq || msg->seq < stream->next_seq)
        return;
    stream->seen_seq = msg->seq;
    if (stream->due_ns == INT64_MAX) set_due(arbiter, stream, now_ns);
}

/* False: it is held already. */
static bool hold(bj_feed_arbiter_t *arbiter, stream_t *stream, const bj_feed_msg_t *msg,
                 int64_t now_ns) {
    while (msg->seq - stream->next_seq >= BJ_FEED_WINDOW) {
        const held_t *held = first_held(stream);
        skip_to(arbiter, stream, held ? held->msg.seq : msg->seq);
        if (stream->next_seq == msg->seq) {
            apply(arbiter, stream, msg);
            apply_held(arbiter, stream);
            return true;
        }
    }
    held_t *held = slot_of(stream, msg->seq);
    if (held->msg.seq == msg->seq) return false;
    held->msg = *msg;
    held->recv_ns = now_ns;
    stream->held_cnt++;
    return true;
}

bool bj_feed_arbiter_offer(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t stream_idx,
                           const bj_feed_msg_t *msg, int64_t now_ns) {
    assert(source < BJ_FEED_SOURCES && stream_idx < arbiter->stream_cnt);
    stream_t *stream = &arbiter->stream[stream_idx];
    if (msg->kind == BJ_FEED_HEARTBEAT) {
        on_heartbeat(arbiter, stream, source, msg, now_ns);
        return true;
    }
    if (BJ_UNLIKELY(msg->exch_ns <= stream->floor_ns)) return false;
    if (BJ_UNLIKELY(msg->seq < stream->next_seq)) {
        if (msg->exch_ns <= stream->newest_ns) {
            stream->fresh[source] = true;
            return false;
        }
        restart(arbiter, stream);
    }
    stream->fresh[source] = true;
    if (msg->exch_ns > stream->newest_ns) stream->newest_ns = msg->exch_ns;
    if (msg->seq > stream->seen_seq) stream->seen_seq = msg->seq;
    if (BJ_LIKELY(msg->seq == stream->next_seq)) {
        apply(arbiter, stream, msg);
        apply_held(arbiter, stream);
    } else if (!hold(arbiter, stream, msg, now_ns)) {
        return false;
    }
    if (stream->seen_seq >= stream->next_seq || stream->due_ns != INT64_MAX) {
        set_due(arbiter, stream, now_ns);
    }
    return true;
}

void bj_feed_arbiter_step(bj_feed_arbiter_t *arbiter, int64_t now_ns) {
    for (uint32_t i = 0; i < arbiter->stream_cnt; i++) {
        stream_t *stream = &arbiter->stream[i];
        while (BJ_UNLIKELY(now_ns >= stream->due_ns)) {
            give_up_hole(arbiter, stream);
            set_due(arbiter, stream, now_ns);
        }
    }
}
