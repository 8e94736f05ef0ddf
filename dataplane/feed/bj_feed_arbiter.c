#include "dataplane/feed/bj_feed_arbiter.h"

#include "dataplane/feed/bj_feed_queue.h"

#define NEVER INT64_MAX

enum { HOLE_MOST = 1 << 22, MERGE_LOOK = 8 * BJ_FEED_MERGE, SLACK_MAX = 1024 };

typedef enum phase {
    LIVE,     /* in order, or waiting for the other source's copy */
    RECOVER,  /* next_seq to ask_seq are asked for */
    SNAPSHOT, /* the order book is asked for */
    LOADING,  /* it comes in: the stream's orders are half there */
} phase_t;

typedef struct stream {
    uint64_t next_seq; /* stale while the head's fast_seq is not 0: see look */
    uint64_t applied_seq; /* last one that came out, or the snapshot's; stale like next_seq */
    uint64_t seen_seq; /* highest sequence known to exist, held or named by a heartbeat */
    uint64_t far_seq;  /* the last one that came from far ahead; 0: none */
    uint64_t ask_seq;  /* RECOVER: the last one asked for.  LOADING: the snapshot's last_seq */
    int64_t  due_ns;   /* LIVE: when the hole at next_seq has waited long enough */
    int64_t  retry_ns; /* lost: when to ask for a snapshot */
    int64_t  begun_ns; /* exchange time of what was first heard of this run */
    int64_t  ahead_ns; /* until when a snapshot may be ahead of what comes in; 0: it is not */
    int64_t  low_ns[BJ_FEED_SOURCES]; /* when a heartbeat first named too little; 0: it did not */
    uint32_t low_heard[BJ_FEED_SOURCES]; /* ... and what the source had sent by then */
    bool     named[BJ_FEED_SOURCES]; /* the source's heartbeat began this run */
    bool     again;       /* it has begun again at least once */
    bool     lost;        /* messages were given up: only a snapshot or a restart helps */
    bool     part;        /* not whole, as last said */
    bool     no_recovery; /* failed for this hole */
    phase_t  phase;
} stream_t;

struct bj_feed_arbiter {
    bj_feed_arbiter_config_t config;
    const bj_feed_arbiter_ops_t *ops;
    void *ctx;
    uint64_t busy; /* bit stream_idx: step has something to look at */
    bj_feed_queue_t *queue;
    bj_feed_head_t head[BJ_FEED_STREAM_MAX + 1];
    stream_t stream[BJ_FEED_STREAM_MAX];
};

static size_t own_bytes(void) {
    return (sizeof(bj_feed_arbiter_t) + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

static uint32_t span_of(const bj_feed_arbiter_config_t *config) {
    return config->hole_max + config->queue_max;
}

size_t bj_feed_arbiter_footprint(const bj_feed_arbiter_config_t *config) {
    if (config->hole_max < 1 || config->hole_max > HOLE_MOST || config->queue_max > HOLE_MOST)
        return 0;
    if (config->gap_wait_ns < 0 || config->late_ns < 0 || config->retry_ns < 0) return 0;
    size_t queue_bytes =
        bj_feed_queue_footprint(config->stream_cnt, config->queue_max, span_of(config));
    return queue_bytes ? own_bytes() + queue_bytes : 0;
}

bj_feed_arbiter_t *bj_feed_arbiter_new(void *mem, const bj_feed_arbiter_config_t *config,
                                       const bj_feed_arbiter_ops_t *ops, void *ctx) {
    if (!bj_feed_arbiter_footprint(config)) return NULL;
    bj_feed_arbiter_t *arbiter = (bj_feed_arbiter_t *)mem;
    memset(arbiter, 0, sizeof *arbiter);
    arbiter->config = *config;
    arbiter->ops = ops;
    arbiter->ctx = ctx;
    arbiter->queue = bj_feed_queue_new((uint8_t *)mem + own_bytes(), config->stream_cnt,
                                       config->queue_max, span_of(config));
    arbiter->head[BJ_FEED_STREAM_MAX].silent = true;
    for (uint32_t i = 0; i < config->stream_cnt; i++) {
        arbiter->stream[i].next_seq = 1;
        arbiter->stream[i].due_ns = NEVER;
        arbiter->busy |= UINT64_C(1) << i;
    }
    return arbiter;
}

bj_feed_head_t *bj_feed_arbiter_heads(bj_feed_arbiter_t *arbiter) { return arbiter->head; }

uint32_t bj_feed_arbiter_held_cnt(const bj_feed_arbiter_t *arbiter) {
    return bj_feed_queue_all(arbiter->queue);
}

/* --- in and out of the slow way */
static stream_t *look(bj_feed_arbiter_t *arbiter, uint32_t idx) {
    stream_t *stream = &arbiter->stream[idx];
    uint64_t fast_seq = arbiter->head[idx].fast_seq;
    if (fast_seq) {
        if (fast_seq > stream->next_seq) stream->applied_seq = fast_seq - 1;
        stream->next_seq = fast_seq;
        if (stream->seen_seq < fast_seq - 1) stream->seen_seq = fast_seq - 1;
        arbiter->head[idx].fast_seq = 0;
    }
    return stream;
}

/* The quick look is right only while nothing is held, missing or of an unknown run. */
static void leave(bj_feed_arbiter_t *arbiter, uint32_t idx) {
    stream_t *stream = &arbiter->stream[idx];
    bj_feed_head_t *head = &arbiter->head[idx];
    bool fast = stream->phase == LIVE && stream->seen_seq < stream->next_seq &&
                !stream->ahead_ns && head->newest_ns > head->floor_ns &&
                bj_feed_queue_cnt(arbiter->queue, idx) == 0;
    head->fast_seq = fast ? stream->next_seq : 0;
    uint64_t bit = UINT64_C(1) << idx;
    if (fast && !stream->part) arbiter->busy &= ~bit;
    else arbiter->busy |= bit;
}

static bool can(uint64_t service, uint32_t idx) { return service >> idx & 1; }

static void say_whole(bj_feed_arbiter_t *arbiter, uint32_t idx, bool whole) {
    stream_t *stream = &arbiter->stream[idx];
    if (stream->part == !whole) return;
    stream->part = !whole;
    arbiter->ops->whole(arbiter->ctx, idx, whole);
}

/* --- holes */
static uint64_t hole_end(const bj_feed_arbiter_t *arbiter, uint32_t idx) {
    const bj_feed_held_t *held = bj_feed_queue_first(arbiter->queue, idx);
    return held ? held->msg.seq : arbiter->stream[idx].seen_seq + 1;
}

static void set_due(bj_feed_arbiter_t *arbiter, uint32_t idx, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    if (stream->phase == RECOVER && stream->next_seq > stream->ask_seq) stream->phase = LIVE;
    if (stream->phase != LIVE) return;
    stream->due_ns = NEVER;
    if (stream->seen_seq < stream->next_seq) return;
    const bj_feed_held_t *held = bj_feed_queue_first(arbiter->queue, idx);
    if (held && held->msg.seq == stream->next_seq) return; /* more than one call's worth */
    stream->due_ns = (held ? held->recv_ns : now_ns) + arbiter->config.gap_wait_ns;
}

static void apply(bj_feed_arbiter_t *arbiter, uint32_t idx, const bj_feed_msg_t *msg) {
    stream_t *stream = &arbiter->stream[idx];
    stream->applied_seq = msg->seq;
    stream->next_seq = (uint64_t)msg->seq + 1;
    arbiter->ops->apply(arbiter->ctx, idx, msg);
}

static void drain(bj_feed_arbiter_t *arbiter, uint32_t idx, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    for (int i = 0; i < BJ_FEED_DRAIN; i++) {
        const bj_feed_held_t *held =
            bj_feed_queue_find(arbiter->queue, idx, stream->next_seq);
        if (!held) break;
        bj_feed_msg_t msg = held->msg;
        bj_feed_queue_drop(arbiter->queue, idx, msg.seq);
        apply(arbiter, idx, &msg);
    }
    set_due(arbiter, idx, now_ns);
}

static void give_up_to(bj_feed_arbiter_t *arbiter, uint32_t idx, uint64_t to_seq, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    uint64_t lost_cnt = to_seq - stream->next_seq;
    stream->phase = LIVE;
    stream->lost |= lost_cnt != 0;
    stream->retry_ns = now_ns + arbiter->config.retry_ns;
    stream->next_seq = to_seq;
    say_whole(arbiter, idx, false);
    if (lost_cnt) arbiter->ops->gap(arbiter->ctx, idx, (uint32_t)lost_cnt);
    drain(arbiter, idx, now_ns);
}

static void give_up(bj_feed_arbiter_t *arbiter, uint32_t idx, int64_t now_ns) {
    give_up_to(arbiter, idx, hole_end(arbiter, idx), now_ns);
}

static void ask_snapshot(bj_feed_arbiter_t *arbiter, uint32_t idx) {
    arbiter->stream[idx].phase = SNAPSHOT;
    arbiter->stream[idx].due_ns = NEVER;
    say_whole(arbiter, idx, false);
    arbiter->ops->want_snapshot(arbiter->ctx, idx);
}

/* The first sequence from seq on that is not held; not more than BJ_FEED_MERGE are looked at. */
static uint64_t run_end(const bj_feed_arbiter_t *arbiter, uint32_t idx, uint64_t seq) {
    uint64_t stop = seq + BJ_FEED_MERGE;
    while (seq < stop && bj_feed_queue_find(arbiter->queue, idx, seq)) seq++;
    return seq;
}

/* Where the last of the holes ends that lie close behind each other, as far as it is worth to
 * look. */
static uint64_t holes_end(const bj_feed_arbiter_t *arbiter, uint32_t idx) {
    const stream_t *stream = &arbiter->stream[idx];
    uint64_t from = stream->next_seq, end = hole_end(arbiter, idx), stop = end + MERGE_LOOK;
    for (uint64_t at = end; at < stop;) {
        uint64_t gap = run_end(arbiter, idx, at);
        if (gap - at >= BJ_FEED_MERGE) break;
        const bj_feed_held_t *held = bj_feed_queue_next(arbiter->queue, idx, gap);
        at = held ? held->msg.seq : stream->seen_seq + 1;
        if (at <= gap || at - from > arbiter->config.hole_max) break;
        end = at;
    }
    return end;
}

static void ask(bj_feed_arbiter_t *arbiter, uint32_t idx) {
    stream_t *stream = &arbiter->stream[idx];
    stream->phase = RECOVER;
    stream->due_ns = NEVER;
    stream->ask_seq = holes_end(arbiter, idx) - 1;
    say_whole(arbiter, idx, false);
    arbiter->ops->want(arbiter->ctx, idx, (uint32_t)stream->next_seq, (uint32_t)stream->ask_seq);
}

static bool may_recover(const bj_feed_arbiter_t *arbiter, uint32_t idx, uint64_t missing_cnt) {
    return can(arbiter->config.recovered, idx) && !arbiter->stream[idx].no_recovery &&
           missing_cnt <= arbiter->config.hole_max;
}

static void on_due(bj_feed_arbiter_t *arbiter, uint32_t idx, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    uint64_t missing_cnt = hole_end(arbiter, idx) - stream->next_seq;
    if (stream->lost) give_up(arbiter, idx, now_ns);
    else if (may_recover(arbiter, idx, missing_cnt)) ask(arbiter, idx);
    else if (can(arbiter->config.snapshotted, idx)) ask_snapshot(arbiter, idx);
    else give_up(arbiter, idx, now_ns);
}

/* --- the queue is full: who holds most begins anew */
static void overflow(bj_feed_arbiter_t *arbiter, uint32_t idx, int64_t now_ns) {
    stream_t *stream = look(arbiter, idx);
    bool asked = stream->phase == SNAPSHOT || stream->phase == LOADING;
    if (asked || can(arbiter->config.snapshotted, idx)) {
        if (!asked) ask_snapshot(arbiter, idx);
        bj_feed_queue_cut(arbiter->queue, idx, UINT64_MAX);
    } else {
        if (stream->phase == RECOVER) arbiter->ops->cancel(arbiter->ctx, idx);
        give_up(arbiter, idx, now_ns);
    }
    leave(arbiter, idx);
}

static uint32_t longest_queue(const bj_feed_arbiter_t *arbiter) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < arbiter->config.stream_cnt; i++) {
        if (bj_feed_queue_cnt(arbiter->queue, i) > bj_feed_queue_cnt(arbiter->queue, best))
            best = i;
    }
    return best;
}

/* What is below the lowest held chunk is left to the snapshot or to recovery: some slack for what
 * was overtaken. */
static bool hold_for_snapshot(bj_feed_arbiter_t *arbiter, uint32_t idx, const bj_feed_msg_t *msg,
                              int64_t now_ns) {
    const stream_t *stream = &arbiter->stream[idx];
    for (int try = 0; try < 2; try++) {
        uint64_t low = stream->next_seq;
        uint32_t slack = span_of(&arbiter->config) / 2 < SLACK_MAX
                             ? span_of(&arbiter->config) / 2
                             : SLACK_MAX;
        if (bj_feed_queue_cnt(arbiter->queue, idx) == 0 && msg->seq > low + slack)
            low = msg->seq - slack;
        bj_feed_put_t put = bj_feed_queue_put(arbiter->queue, idx, msg, low, now_ns);
        if (put == BJ_FEED_PUT_HELD || put == BJ_FEED_PUT_LOW) return true;
        if (put == BJ_FEED_PUT_COPY) return false;
        overflow(arbiter, put == BJ_FEED_PUT_FAR ? idx : longest_queue(arbiter), now_ns);
    }
    return true; /* dropped: a hole like any other */
}

/* False: it is held already. */
static bool hold(bj_feed_arbiter_t *arbiter, uint32_t idx, const bj_feed_msg_t *msg,
                 int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    while (msg->seq > stream->next_seq) {
        if (stream->phase == SNAPSHOT) return hold_for_snapshot(arbiter, idx, msg, now_ns);
        bj_feed_put_t put =
            bj_feed_queue_put(arbiter->queue, idx, msg, stream->next_seq, now_ns);
        if (put == BJ_FEED_PUT_COPY) return false;
        if (put == BJ_FEED_PUT_LOW) return true;
        if (put == BJ_FEED_PUT_HELD) {
            if (stream->due_ns == NEVER) set_due(arbiter, idx, now_ns);
            uint64_t missing_cnt = hole_end(arbiter, idx) - stream->next_seq;
            if (stream->phase == LIVE && missing_cnt > arbiter->config.hole_max)
                stream->due_ns = now_ns;
            return true;
        }
        uint32_t fullest = put == BJ_FEED_PUT_FAR ? idx : longest_queue(arbiter);
        bool alone = fullest == idx && bj_feed_queue_cnt(arbiter->queue, idx) == 0;
        if (alone && !can(arbiter->config.snapshotted, idx)) {
            if (stream->phase == RECOVER) arbiter->ops->cancel(arbiter->ctx, idx);
            give_up_to(arbiter, idx, msg->seq, now_ns);
        } else overflow(arbiter, fullest, now_ns);
    }
    if (msg->seq < stream->next_seq) return true;
    apply(arbiter, idx, msg);
    drain(arbiter, idx, now_ns);
    return true;
}

/* --- what comes in */
static void restart(bj_feed_arbiter_t *arbiter, uint32_t idx) {
    stream_t *stream = &arbiter->stream[idx];
    bj_feed_head_t *head = &arbiter->head[idx];
    if (stream->phase != LIVE) arbiter->ops->cancel(arbiter->ctx, idx);
    bj_feed_queue_cut(arbiter->queue, idx, UINT64_MAX);
    *stream = (stream_t){.next_seq = 1, .due_ns = NEVER, .again = true};
    head->floor_ns = head->newest_ns;
    head->top_seq = 0;
    for (int s = 0; s < BJ_FEED_SOURCES; s++) head->heard_seq[s] = 0;
    arbiter->ops->reset(arbiter->ctx, idx);
    if (!arbiter->config.snapshot_restart || !can(arbiter->config.snapshotted, idx)) return;
    stream->lost = true;
    ask_snapshot(arbiter, idx);
}

/* A live message of another run than the one we are in.  A snapshot may be ahead of what comes in,
 * but not for long: then it was another run's. */
static bool begins_again(const stream_t *stream, const bj_feed_head_t *head,
                         const bj_feed_msg_t *msg, int64_t now_ns) {
    if (msg->exch_ns <= head->newest_ns) return false;
    if (msg->seq <= head->top_seq) return true;
    return stream->ahead_ns && msg->seq < stream->next_seq && now_ns > stream->ahead_ns;
}

static void hear(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t idx,
                 const bj_feed_msg_t *msg, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    bj_feed_head_t *head = &arbiter->head[idx];
    if (begins_again(stream, head, msg, now_ns)) restart(arbiter, idx);
    if (!stream->begun_ns) stream->begun_ns = msg->exch_ns;
    head->heard_seq[source] = msg->seq;
    if (msg->exch_ns > head->newest_ns) head->newest_ns = msg->exch_ns;
    if (msg->seq > head->top_seq) head->top_seq = msg->seq;
    if ((uint64_t)msg->seq + 1 >= stream->next_seq) stream->ahead_ns = 0;
}

/* One message far ahead of all others is a wrong one; with a second one near it, it is a late start
 * or a long loss. */
static bool is_stray(const bj_feed_arbiter_t *arbiter, stream_t *stream, uint64_t seq) {
    uint64_t known = stream->seen_seq < stream->next_seq ? stream->next_seq : stream->seen_seq;
    if (BJ_LIKELY(seq <= known + arbiter->config.hole_max)) return false;
    bool alone = !stream->far_seq || seq > stream->far_seq + SLACK_MAX ||
                 stream->far_seq > seq + SLACK_MAX;
    stream->far_seq = seq;
    return alone;
}

/* Given up on a heartbeat's word, and here it is after all, with nothing newer come out yet. */
static bool comes_late(const bj_feed_arbiter_t *arbiter, uint32_t idx, stream_t *stream,
                       uint64_t seq) {
    if (seq <= stream->applied_seq || stream->phase != LIVE) return false;
    stream->next_seq = seq;
    if (!bj_feed_queue_cnt(arbiter->queue, idx)) stream->seen_seq = seq; /* else what is held */
    return true;
}

static bool on_data(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t idx,
                    const bj_feed_msg_t *msg, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    if (msg->exch_ns <= arbiter->head[idx].floor_ns) return false;
    /* Behind this run's first in number, before it in time: the run before, never heard of. */
    if (stream->again && msg->exch_ns < stream->begun_ns && msg->seq > arbiter->head[idx].top_seq)
        return false;
    if (is_stray(arbiter, stream, msg->seq)) return true;
    hear(arbiter, source, idx, msg, now_ns);
    if (msg->seq < stream->next_seq && !comes_late(arbiter, idx, stream, msg->seq)) return false;
    if (msg->seq > stream->seen_seq) stream->seen_seq = msg->seq;
    if (stream->phase == SNAPSHOT || stream->phase == LOADING)
        return hold_for_snapshot(arbiter, idx, msg, now_ns);
    if (msg->seq > stream->next_seq) return hold(arbiter, idx, msg, now_ns);
    if (bj_feed_queue_find(arbiter->queue, idx, msg->seq)) return false; /* not drained yet */
    bool asked = stream->phase == RECOVER;
    apply(arbiter, idx, msg);
    drain(arbiter, idx, now_ns);
    if (asked && stream->phase == LIVE) arbiter->ops->cancel(arbiter->ctx, idx);
    return true;
}

/* Two that name too little, with nothing between: one alone may have been overtaken. */
static bool beats_low(stream_t *stream, uint32_t source, uint32_t heard_seq, int64_t now_ns) {
    if (!stream->low_ns[source] || stream->low_heard[source] != heard_seq) {
        stream->low_ns[source] = now_ns;
        stream->low_heard[source] = heard_seq;
        return false;
    }
    return now_ns - stream->low_ns[source] >= BJ_FEED_BEATS_NS;
}

/* A heartbeat has no time: one from a source still in the run before a restart would name a
 * sequence of that run. */
static void on_heartbeat(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t idx,
                         const bj_feed_msg_t *msg, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    uint32_t *heard_seq = &arbiter->head[idx].heard_seq[source];
    if (stream->again && !*heard_seq && !stream->named[source]) return;
    if (is_stray(arbiter, stream, msg->seq)) return;
    bool short_of_snapshot = stream->ahead_ns && (uint64_t)msg->seq + 1 < stream->next_seq;
    if (msg->seq < *heard_seq || short_of_snapshot) {
        bool other_run = short_of_snapshot ? now_ns > stream->ahead_ns
                                           : beats_low(stream, source, *heard_seq, now_ns);
        if (!other_run) return;
        restart(arbiter, idx);
        stream->named[source] = true;
    }
    stream->low_ns[source] = stream->ahead_ns = 0;
    *heard_seq = msg->seq;
    if (msg->seq <= stream->seen_seq || msg->seq < stream->next_seq) return;
    stream->seen_seq = msg->seq;
    if (stream->due_ns == NEVER) set_due(arbiter, idx, now_ns);
}

bool bj_feed_arbiter_offer(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t stream_idx,
                           const bj_feed_msg_t *msg, int64_t now_ns) {
    assert(source < BJ_FEED_SOURCES && stream_idx < arbiter->config.stream_cnt);
    look(arbiter, stream_idx);
    bool taken = true;
    if (msg->kind != BJ_FEED_HEARTBEAT) taken = on_data(arbiter, source, stream_idx, msg, now_ns);
    else on_heartbeat(arbiter, source, stream_idx, msg, now_ns);
    leave(arbiter, stream_idx);
    return taken;
}

/* --- what was asked for */
/* Recovered messages say nothing of the run we are in, but must not belie it. */
static bool is_foreign(const stream_t *stream, const bj_feed_head_t *head,
                       const bj_feed_msg_t *msg) {
    if (stream->phase != RECOVER || msg->seq != stream->next_seq) return true;
    if (!msg->kind) return false; /* no time of its own */
    return msg->exch_ns <= head->floor_ns ||
           (msg->seq < head->top_seq && msg->exch_ns > head->newest_ns);
}

bj_feed_recovered_t bj_feed_arbiter_recovered(bj_feed_arbiter_t *arbiter, uint32_t stream_idx,
                                              const bj_feed_msg_t *msg, int64_t now_ns) {
    stream_t *stream = look(arbiter, stream_idx);
    bj_feed_recovered_t what = BJ_FEED_TAKEN;
    if (msg->seq < stream->next_seq) what = BJ_FEED_KNOWN;
    else if (bj_feed_queue_find(arbiter->queue, stream_idx, msg->seq)) what = BJ_FEED_KNOWN;
    else if (is_foreign(stream, &arbiter->head[stream_idx], msg)) what = BJ_FEED_FOREIGN;
    if (what == BJ_FEED_TAKEN) {
        if (msg->seq > stream->seen_seq) stream->seen_seq = msg->seq;
        apply(arbiter, stream_idx, msg);
        drain(arbiter, stream_idx, now_ns);
    }
    leave(arbiter, stream_idx);
    return what;
}

/* Books that are right as far as they go are given up only for something newer, and a snapshot that
 * leaves a hole is good only if the hole can be filled. */
bool bj_feed_arbiter_snapshot(bj_feed_arbiter_t *arbiter, uint32_t stream_idx, uint32_t last_seq,
                              int64_t now_ns) {
    stream_t *stream = look(arbiter, stream_idx);
    uint64_t next = (uint64_t)last_seq + 1, end = hole_end(arbiter, stream_idx);
    (void)now_ns;
    if (stream->phase != SNAPSHOT && stream->phase != LOADING) return false;
    if (next < stream->next_seq + !stream->lost) return false;
    if (next < end && !may_recover(arbiter, stream_idx, end - next)) return false;
    stream->phase = LOADING;
    stream->lost = true; /* until all of it is there */
    stream->ask_seq = last_seq;
    return true;
}

bool bj_feed_arbiter_same_run(const bj_feed_arbiter_t *arbiter, uint32_t stream_idx,
                              int64_t exch_ns) {
    const stream_t *stream = &arbiter->stream[stream_idx];
    return !stream->again || (stream->begun_ns && exch_ns >= stream->begun_ns);
}

static void loaded(bj_feed_arbiter_t *arbiter, uint32_t idx, int64_t now_ns) {
    stream_t *stream = &arbiter->stream[idx];
    stream->phase = LIVE;
    stream->lost = stream->no_recovery = false;
    stream->applied_seq = stream->ask_seq;
    stream->next_seq = stream->ask_seq + 1;
    stream->ahead_ns = stream->seen_seq < stream->next_seq ? now_ns + arbiter->config.late_ns : 0;
    bj_feed_queue_cut(arbiter->queue, idx, stream->next_seq);
    drain(arbiter, idx, now_ns);
    if (stream->due_ns != NEVER) stream->due_ns = now_ns; /* what it lacks was waited for */
}

void bj_feed_arbiter_answer(bj_feed_arbiter_t *arbiter, uint32_t stream_idx, bool ok,
                            int64_t now_ns) {
    stream_t *stream = look(arbiter, stream_idx);
    switch (stream->phase) {
    case LIVE: break; /* the live feed was quicker */
    case RECOVER: /* not all of it came, or it would be LIVE */
        stream->no_recovery = true;
        stream->phase = LIVE;
        stream->due_ns = now_ns;
        break;
    case LOADING:
        if (ok) {
            loaded(arbiter, stream_idx, now_ns);
            break;
        } /* fall through */
    case SNAPSHOT: give_up(arbiter, stream_idx, now_ns);
    }
    leave(arbiter, stream_idx);
}

/* --- time */
static void step_one(bj_feed_arbiter_t *arbiter, uint32_t idx, int64_t now_ns) {
    stream_t *stream = look(arbiter, idx);
    bool asked = stream->phase == RECOVER;
    if ((asked || stream->phase == LIVE) &&
        bj_feed_queue_find(arbiter->queue, idx, stream->next_seq)) {
        drain(arbiter, idx, now_ns);
        if (asked && stream->phase == LIVE) arbiter->ops->cancel(arbiter->ctx, idx);
    }
    uint64_t from = stream->next_seq;
    while (stream->phase == LIVE && now_ns >= stream->due_ns &&
           stream->next_seq - from < BJ_FEED_DRAIN)
        on_due(arbiter, idx, now_ns);
    if (stream->phase == LIVE && stream->lost) {
        if (can(arbiter->config.snapshotted, idx) && now_ns >= stream->retry_ns)
            ask_snapshot(arbiter, idx);
    } else if (stream->phase == LIVE && stream->part && !stream->ahead_ns &&
               !bj_feed_queue_find(arbiter->queue, idx, stream->next_seq)) {
        stream->no_recovery = false;
        say_whole(arbiter, idx, true);
    }
    leave(arbiter, idx);
}

void bj_feed_arbiter_step(bj_feed_arbiter_t *arbiter, int64_t now_ns) {
    for (uint64_t busy = arbiter->busy; busy; busy &= busy - 1)
        step_one(arbiter, (uint32_t)__builtin_ctzll(busy), now_ns);
}
