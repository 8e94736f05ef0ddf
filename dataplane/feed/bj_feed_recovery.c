#include "dataplane/feed/bj_feed_recovery.h"

#include "dataplane/base/bj_time.h"

const bj_feed_recovery_limits_t bj_feed_recovery_limits = {
    .request_max = BJ_MTBT_RECOVERY_MAX,
    .connections_max = BJ_MTBT_CONNECTIONS_MAX,
    .try_max = 5,
    .old_max = 24, /* a new one comes every 30 s or so: four in vain */
    .snapshot_max_bytes = 256 << 20,
    /* A little more: what left us 10 ms apart may come closer together. */
    .connect_every_ns = (BJ_MTBT_CONNECT_EVERY_MS + 2) * BJ_NS_PER_MS,
    .timeout_ns = 2 * BJ_NS_PER_S,
    .total_ns = 120 * BJ_NS_PER_S,
    .backoff_ns = 100 * BJ_NS_PER_MS,
    .backoff_max_ns = 5 * BJ_NS_PER_S,
    .old_wait_ns = 5 * BJ_NS_PER_S,
};

typedef enum state {
    IDLE,
    WAITING, /* for its time to connect */
    CONNECTING,
    REPLY,
    MESSAGES,
    HEADER,
    ORDERS,
} state_t;

typedef struct job {
    state_t  state;
    bj_feed_service_t service;
    uint8_t  segment;
    uint16_t stream_id;
    uint32_t next_seq, end_seq, part_end_seq; /* still missing; and to where the connection goes */
    uint32_t order_cnt;                       /* still to come */
    uint32_t last_seq;                        /* the snapshot's */
    uint32_t try_cnt, old_cnt;
    int64_t  wait_ns; /* after a failure, before the next */
    int64_t  due_ns;  /* WAITING: when to connect; else when it has been silent for too long */
    int64_t  end_ns;  /* when the connection has lasted too long */
    bool     moved;   /* the connection brought something */
    uint8_t  request_at, part_bytes;
    uint8_t  request[sizeof(bj_mtbt_request_t)];
    uint8_t  part[BJ_MTBT_MOST_BYTES + 1]; /* the start of what lies across two inputs */
} job_t;

struct bj_feed_recovery {
    bj_feed_recovery_config_t config;
    bj_feed_recovery_counters_t counters;
    uint32_t connection_cnt[BJ_SEGMENT_CNT + 1];
    int64_t  connect_ns[BJ_SEGMENT_CNT + 1]; /* when the next one may begin */
    uint64_t busy;                           /* bit stream_idx: not IDLE */
    uint32_t turn;                           /* who may connect first */
    job_t    job[BJ_FEED_STREAM_MAX];
};

size_t bj_feed_recovery_footprint(const bj_feed_recovery_config_t *config) {
    const bj_feed_recovery_limits_t *limits = &config->limits;
    if (config->stream_cnt < 1 || config->stream_cnt > BJ_FEED_STREAM_MAX) return 0;
    if (limits->request_max < 1 || limits->connections_max < 1 || limits->try_max < 1) return 0;
    if (limits->timeout_ns <= 0 || limits->total_ns <= 0 || limits->connect_every_ns < 0) return 0;
    if (limits->backoff_ns < 0 || limits->backoff_max_ns < 0 || limits->old_wait_ns < 0) return 0;
    return sizeof(bj_feed_recovery_t);
}

bj_feed_recovery_t *bj_feed_recovery_new(void *mem, const bj_feed_recovery_config_t *config) {
    if (!bj_feed_recovery_footprint(config)) return NULL;
    bj_feed_recovery_t *recovery = (bj_feed_recovery_t *)mem;
    memset(recovery, 0, sizeof *recovery);
    recovery->config = *config;
    for (int i = 0; i <= BJ_SEGMENT_CNT; i++) recovery->connect_ns[i] = INT64_MIN;
    return recovery;
}

void bj_feed_recovery_name(bj_feed_recovery_t *recovery, uint32_t stream_idx, bj_segment_t segment,
                           uint16_t stream_id) {
    recovery->job[stream_idx].segment = (uint8_t)segment;
    recovery->job[stream_idx].stream_id = stream_id;
}

const bj_feed_recovery_counters_t *bj_feed_recovery_counters(const bj_feed_recovery_t *recovery) {
    return &recovery->counters;
}

bool bj_feed_recovery_open(const bj_feed_recovery_t *recovery, uint32_t conn_idx) {
    return recovery->job[conn_idx].state >= CONNECTING;
}

bool bj_feed_recovery_connecting(const bj_feed_recovery_t *recovery, uint32_t conn_idx) {
    return recovery->job[conn_idx].state == CONNECTING;
}

/* --- beginnings and ends */
static void set_state(bj_feed_recovery_t *recovery, uint32_t idx, state_t state) {
    job_t *job = &recovery->job[idx];
    if (job->state < CONNECTING && state >= CONNECTING) recovery->connection_cnt[job->segment]++;
    if (job->state >= CONNECTING && state < CONNECTING) recovery->connection_cnt[job->segment]--;
    job->state = state;
    uint64_t bit = UINT64_C(1) << idx;
    if (state == IDLE) recovery->busy &= ~bit;
    else recovery->busy |= bit;
}

static void hang_up(bj_feed_recovery_t *recovery, uint32_t idx, state_t state) {
    bool open = bj_feed_recovery_open(recovery, idx);
    set_state(recovery, idx, state);
    if (open) recovery->config.ops->close(recovery->config.ops_ctx, idx);
}

static void begin(bj_feed_recovery_t *recovery, uint32_t idx, bj_feed_service_t service) {
    job_t *job = &recovery->job[idx];
    hang_up(recovery, idx, WAITING);
    job->service = service;
    job->try_cnt = job->old_cnt = 0;
    job->wait_ns = recovery->config.limits.backoff_ns;
    job->due_ns = INT64_MIN;
}

void bj_feed_recovery_want(bj_feed_recovery_t *recovery, uint32_t stream_idx, uint32_t from_seq,
                           uint32_t to_seq) {
    assert(from_seq >= 1 && from_seq <= to_seq);
    begin(recovery, stream_idx, BJ_FEED_SERVICE_RECOVERY);
    recovery->job[stream_idx].next_seq = from_seq;
    recovery->job[stream_idx].end_seq = to_seq;
}

void bj_feed_recovery_want_snapshot(bj_feed_recovery_t *recovery, uint32_t stream_idx) {
    begin(recovery, stream_idx, BJ_FEED_SERVICE_SNAPSHOT);
}

void bj_feed_recovery_cancel(bj_feed_recovery_t *recovery, uint32_t stream_idx) {
    hang_up(recovery, stream_idx, IDLE);
}

static void finish(bj_feed_recovery_t *recovery, uint32_t idx, bool ok) {
    hang_up(recovery, idx, IDLE);
    recovery->config.sink->done(recovery->config.sink_ctx, idx, recovery->job[idx].service, ok);
}

/* Once more, unless it has been tried often enough. */
static void fail(bj_feed_recovery_t *recovery, uint32_t idx, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    const bj_feed_recovery_limits_t *limits = &recovery->config.limits;
    if (job->moved) job->try_cnt = 0, job->wait_ns = limits->backoff_ns;
    if (++job->try_cnt >= limits->try_max) {
        finish(recovery, idx, false);
        return;
    }
    job->due_ns = now_ns + job->wait_ns;
    job->wait_ns = 2 * job->wait_ns < limits->backoff_max_ns ? 2 * job->wait_ns
                                                             : limits->backoff_max_ns;
    hang_up(recovery, idx, WAITING);
}

static void too_old(bj_feed_recovery_t *recovery, uint32_t idx, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    if (++job->old_cnt > recovery->config.limits.old_max) {
        finish(recovery, idx, false);
        return;
    }
    job->due_ns = now_ns + recovery->config.limits.old_wait_ns;
    hang_up(recovery, idx, WAITING);
}

/* --- the request */
static void write_request(const bj_feed_recovery_t *recovery, job_t *job) {
    bj_mtbt_request_t wire = {.type = 'O', .stream_id = job->stream_id};
    uint32_t more_max = recovery->config.limits.request_max - 1;
    if (job->service == BJ_FEED_SERVICE_RECOVERY) {
        bool all = job->end_seq - job->next_seq <= more_max;
        job->part_end_seq = all ? job->end_seq : job->next_seq + more_max;
        wire.type = 'R';
        wire.start_seq = job->next_seq;
        wire.end_seq = job->part_end_seq;
    }
    memcpy(job->request, &wire, sizeof wire);
    job->request_at = 0;
    job->part_bytes = 0;
    job->moved = false;
}

static void connect_one(bj_feed_recovery_t *recovery, uint32_t idx, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    const bj_feed_recovery_limits_t *limits = &recovery->config.limits;
    if (recovery->connection_cnt[job->segment] >= limits->connections_max) return;
    if (now_ns < recovery->connect_ns[job->segment]) return;
    recovery->connect_ns[job->segment] = now_ns + limits->connect_every_ns;
    recovery->counters.connects++;
    recovery->turn = idx + 1; /* the others first, next time */
    write_request(recovery, job);
    job->due_ns = now_ns + limits->timeout_ns;
    job->end_ns = now_ns + limits->total_ns;
    if (recovery->config.ops->connect(recovery->config.ops_ctx, idx, (bj_segment_t)job->segment,
                                      job->service)) {
        set_state(recovery, idx, CONNECTING);
    } else {
        recovery->counters.cut++;
        fail(recovery, idx, now_ns);
    }
}

static void step_some(bj_feed_recovery_t *recovery, uint64_t some, int64_t now_ns) {
    for (; some; some &= some - 1) {
        uint32_t idx = (uint32_t)__builtin_ctzll(some);
        job_t *job = &recovery->job[idx];
        if (job->state == WAITING) {
            if (now_ns >= job->due_ns) connect_one(recovery, idx, now_ns);
        } else if (job->state != IDLE && (now_ns >= job->due_ns || now_ns >= job->end_ns)) {
            recovery->counters.timeouts++;
            fail(recovery, idx, now_ns);
        }
    }
}

void bj_feed_recovery_step(bj_feed_recovery_t *recovery, int64_t now_ns) {
    uint64_t busy = recovery->busy;
    if (!busy) return;
    uint64_t first = ~UINT64_C(0) << recovery->turn % BJ_FEED_STREAM_MAX;
    step_some(recovery, busy & first, now_ns);
    step_some(recovery, busy & ~first, now_ns);
}

void bj_feed_recovery_connected(bj_feed_recovery_t *recovery, uint32_t conn_idx, int64_t now_ns) {
    job_t *job = &recovery->job[conn_idx];
    if (job->state != CONNECTING) return;
    set_state(recovery, conn_idx, REPLY);
    job->due_ns = now_ns + recovery->config.limits.timeout_ns;
}

size_t bj_feed_recovery_output(const bj_feed_recovery_t *recovery, uint32_t conn_idx,
                               const uint8_t **data) {
    const job_t *job = &recovery->job[conn_idx];
    *data = job->request + job->request_at;
    return job->state == REPLY ? sizeof job->request - job->request_at : 0;
}

void bj_feed_recovery_sent(bj_feed_recovery_t *recovery, uint32_t conn_idx, size_t data_bytes) {
    job_t *job = &recovery->job[conn_idx];
    assert(job->request_at + data_bytes <= sizeof job->request);
    job->request_at = (uint8_t)(job->request_at + data_bytes);
}

void bj_feed_recovery_closed(bj_feed_recovery_t *recovery, uint32_t conn_idx, int64_t now_ns) {
    if (!bj_feed_recovery_open(recovery, conn_idx)) return;
    recovery->counters.cut++;
    set_state(recovery, conn_idx, WAITING); /* the caller has closed it */
    fail(recovery, conn_idx, now_ns);
}

/* --- the answer, one unit at a time: how many bytes it was, 0: not all there, -1: it is wrong.
 * A unit may end the connection. */
static int on_reply(bj_feed_recovery_t *recovery, uint32_t idx, const uint8_t *data,
                    size_t data_bytes, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    bool messages = job->service == BJ_FEED_SERVICE_RECOVERY;
    bj_mtbt_reply_t wire;
    if (data_bytes < sizeof wire) return 0;
    memcpy(&wire, data, sizeof wire);
    if (wire.header.len_bytes != sizeof wire || wire.header.stream_id != job->stream_id) return -1;
    if (wire.header.seq != 0 || wire.type != (messages ? 'Y' : 'B')) return -1;
    if (wire.status == 'S') {
        set_state(recovery, idx, messages ? MESSAGES : HEADER);
        return sizeof wire;
    }
    if (wire.status != 'E') return -1;
    recovery->counters.refused++;
    fail(recovery, idx, now_ns);
    return sizeof wire;
}

static void took_message(bj_feed_recovery_t *recovery, uint32_t idx, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    job->moved = true;
    if (job->next_seq == job->end_seq) {
        finish(recovery, idx, true);
        return;
    }
    bool part = job->next_seq++ == job->part_end_seq;
    if (!part) return;
    job->due_ns = now_ns;
    job->try_cnt = 0;
    hang_up(recovery, idx, WAITING);
}

static int on_message(bj_feed_recovery_t *recovery, uint32_t idx, const uint8_t *data,
                      size_t data_bytes, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    bj_feed_msg_t msg;
    size_t used_bytes;
    bj_status_t status = bj_feed_decode(data, data_bytes, &msg, &used_bytes);
    if (status == BJ_ERR_TRUNCATED) return 0;
    if (!used_bytes || msg.stream_id != job->stream_id) return -1;
    if (msg.kind == BJ_FEED_HEARTBEAT) return (int)used_bytes;
    if (msg.seq != job->next_seq) return -1;
    if (status != BJ_OK)
        msg = (bj_feed_msg_t){.seq = msg.seq, .stream_id = msg.stream_id};
    if (!recovery->config.sink->message(recovery->config.sink_ctx, idx, &msg)) return -1;
    if (job->state == MESSAGES) took_message(recovery, idx, now_ns);
    return (int)used_bytes;
}

static void took_snapshot(bj_feed_recovery_t *recovery, uint32_t idx, int64_t now_ns) {
    bool good = recovery->config.sink->whole(recovery->config.sink_ctx, idx);
    if (good) finish(recovery, idx, true);
    else too_old(recovery, idx, now_ns);
}

static int on_header(bj_feed_recovery_t *recovery, uint32_t idx, const uint8_t *data,
                     size_t data_bytes, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    bj_mtbt_snapshot_t wire;
    if (data_bytes < sizeof wire) return 0;
    memcpy(&wire, data, sizeof wire);
    if (wire.transcode != BJ_MTBT_SNAPSHOT_CODE || wire.stream_id != job->stream_id) return -1;
    if (wire.size_bytes > recovery->config.limits.snapshot_max_bytes) return -1;
    if (wire.size_bytes !=
        sizeof wire + (uint64_t)wire.record_cnt * sizeof(bj_mtbt_snapshot_order_t))
        return -1;
    job->last_seq = wire.last_seq;
    job->order_cnt = wire.record_cnt;
    if (!recovery->config.sink->snapshot(recovery->config.sink_ctx, idx, wire.last_seq)) {
        too_old(recovery, idx, now_ns);
    } else {
        set_state(recovery, idx, ORDERS);
        if (!wire.record_cnt) took_snapshot(recovery, idx, now_ns);
    }
    return sizeof wire;
}

/* The live message that would have the same effect: one decoder, one set of checks. */
static bool decode_order(const job_t *job, const uint8_t *data, bj_feed_msg_t *msg) {
    bj_mtbt_snapshot_order_t from;
    memcpy(&from, data, sizeof from);
    bj_mtbt_order_t wire = {.header = {sizeof wire, job->stream_id, job->last_seq},
                            .type = from.type,
                            .exch_ts_ns = from.exch_ts_ns,
                            .order_id = from.order_id,
                            .token = from.token,
                            .side = from.side,
                            .price_paise = from.price_paise,
                            .qty = from.qty};
    size_t used_bytes;
    if (from.type != 'N' && from.type != 'G') return false;
    return bj_feed_decode((const uint8_t *)&wire, sizeof wire, msg, &used_bytes) == BJ_OK;
}

static int on_order(bj_feed_recovery_t *recovery, uint32_t idx, const uint8_t *data,
                    size_t data_bytes, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    bj_feed_msg_t msg;
    if (data_bytes < sizeof(bj_mtbt_snapshot_order_t)) return 0;
    if (decode_order(job, data, &msg))
        recovery->config.sink->order(recovery->config.sink_ctx, idx, &msg);
    else recovery->counters.bad_orders++;
    if (--job->order_cnt == 0) took_snapshot(recovery, idx, now_ns);
    return sizeof(bj_mtbt_snapshot_order_t);
}

typedef int (*unit_fn)(bj_feed_recovery_t *, uint32_t, const uint8_t *, size_t, int64_t);
static const unit_fn unit_table[] = {
    [REPLY] = on_reply, [MESSAGES] = on_message, [HEADER] = on_header, [ORDERS] = on_order};

/* Takes a part of what is there; the start of a unit that goes on is kept. */
static size_t take(bj_feed_recovery_t *recovery, uint32_t idx, const uint8_t *data,
                   size_t data_bytes, int64_t now_ns) {
    job_t *job = &recovery->job[idx];
    size_t kept = job->part_bytes, room = sizeof job->part - kept;
    size_t add = data_bytes < room ? data_bytes : room;
    const uint8_t *unit = data;
    size_t unit_bytes = data_bytes;
    if (kept) {
        memcpy(job->part + kept, data, add);
        unit = job->part;
        unit_bytes = kept + add;
    }
    int used = unit_table[job->state](recovery, idx, unit, unit_bytes, now_ns);
    if (used > 0) {
        job->part_bytes = 0;
        return (size_t)used - kept;
    }
    if (used < 0) {
        recovery->counters.malformed++;
        fail(recovery, idx, now_ns);
        return data_bytes;
    }
    if (!kept) memcpy(job->part, data, add);
    job->part_bytes = (uint8_t)(kept + add);
    return add;
}

void bj_feed_recovery_input(bj_feed_recovery_t *recovery, uint32_t conn_idx, const uint8_t *data,
                            size_t data_bytes, int64_t now_ns) {
    job_t *job = &recovery->job[conn_idx];
    if (job->state < REPLY) return;
    job->due_ns = now_ns + recovery->config.limits.timeout_ns;
    while (data_bytes && job->state >= REPLY) {
        size_t took = take(recovery, conn_idx, data, data_bytes, now_ns);
        data += took;
        data_bytes -= took;
    }
}
