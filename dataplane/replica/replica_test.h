#ifndef REPLICA_TEST_H
#define REPLICA_TEST_H

/* The two ends of replication in one thread: real cores and engines, journals in memory, and a
 * network of two byte queues that tests deliver from as they like.  For tests only. */
#include <stdlib.h>
#include "dataplane/replica/bj_follow.h"
#include "dataplane/replica/bj_replica.h"
#include "dataplane/replica/bj_replica_codec.h"

enum { BED_CMDS_MAX = 1 << 12, BED_PIPE_BYTES = 1 << 18, BED_EVERY = 16, BED_LOST_MS = 3000 };
static const bj_engine_config_t bed_shape = {.instrument_max = 4, .account_max = 4,
                                             .order_max = 512};

typedef struct bed_pipe {
    uint8_t data[BED_PIPE_BYTES];
    size_t  cnt;
} bed_pipe_t;

typedef struct bed {
    bj_now_t now;
    uint64_t dice;
    /* the primary's process */
    bj_cmd_t *disk;
    void     *mem;
    bj_engine_t *engine;
    bj_digest_t  digest;
    bj_replica_t *replica;
    bj_replica_reach_t reach;
    uint64_t epoch, journal_id, read_seq_min; /* below: pruned */
    bool     fence_fails;
    /* the standby's */
    bj_cmd_t *copy;
    uint64_t  copy_cnt, committed, standby_id, standby_epoch, spoil_seq;
    void     *standby_mem;
    bj_engine_t *standby_engine;
    bj_follow_t *follow;
    bool     commit_fails;
    /* between them */
    bool     up;
    uint32_t conn_idx;
    bed_pipe_t to_standby, to_primary;
    char key[8], standby_key[8];
} bed_t;

static inline uint64_t bed_roll(bed_t *bed, uint64_t sides) {
    bed->dice ^= bed->dice << 13, bed->dice ^= bed->dice >> 7, bed->dice ^= bed->dice << 17;
    return bed->dice % sides;
}

/* --- the primary's process --- */
static inline bj_status_t bed_read(void *ctx, uint64_t from_seq, bj_cmd_t *cmds, uint32_t max,
                                   uint32_t *cnt) {
    bed_t *bed = ctx;
    *cnt = 0;
    assert(from_seq && from_seq - 1 + max <= bed->reach.written_seq);
    if (from_seq < bed->read_seq_min) return BJ_ERR_NOT_FOUND;
    *cnt = max > 3 ? max - (uint32_t)bed_roll(bed, 3) : max; /* a file may end there */
    memcpy(cmds, &bed->disk[from_seq - 1], *cnt * sizeof *cmds);
    return BJ_OK;
}
static inline bool bed_fence(void *ctx, uint64_t epoch) {
    bed_t *bed = ctx;
    if (bed->fence_fails) return false;
    bed->epoch = epoch;
    bed->reach.stopped = true;
    return true;
}
static inline void bed_nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    for (size_t i = 0; i < out_bytes; i++) out[i] = (uint8_t)bed_roll(ctx, 256);
}

static inline bj_engine_t *bed_engine(void **mem) {
    size_t bytes = (bj_engine_footprint(&bed_shape) + 63) / 64 * 64;
    if (!*mem) *mem = aligned_alloc(64, bytes);
    return bj_engine_new(*mem, &bed_shape);
}

static inline void bed_apply(bj_engine_t *engine, const bj_cmd_t *cmd, bj_digest_t *digest) {
    bj_cmd_t copy = *cmd;
    size_t event_cnt;
    const bj_event_t *events = bj_engine_apply(engine, &copy, &event_cnt);
    for (size_t i = 0; digest && i < event_cnt; i++) bj_digest_event(digest, &events[i]);
}

static inline void bed_primary_start(bed_t *bed) {
    bj_replica_config_t config = {.journal_id = bed->journal_id,
                                  .epoch = bed->epoch,
                                  .hash_every = BED_EVERY,
                                  .lost_ns = BED_LOST_MS * BJ_NS_PER_MS,
                                  .shape = bed_shape,
                                  .ops = {bed_read, bed_fence, bed_nonce},
                                  .ctx = bed};
    config.key_bytes = strlen(bed->key);
    memcpy(config.key, bed->key, config.key_bytes);
    bed->replica = bj_replica_new(&config);
    bed->engine = bed_engine(&bed->mem);
    for (uint64_t i = 0; i < bed->reach.written_seq; i++)
        bed_apply(bed->engine, &bed->disk[i], NULL);
    bj_digest_begin(&bed->digest, BED_EVERY, bed->reach.written_seq);
}

static const bj_cmd_t bed_first[] = {
    {.type = BJ_CMD_INSTRUMENT, .token = 1, .time_ns = 1,
     .body.instrument = {.symbol = "ONE", .tick_paise = 5, .lot_qty = 1, .band_lo_paise = 5000,
                         .band_hi_paise = 15000, .prev_close_paise = 10000, .freeze_qty = 1000}},
    {.type = BJ_CMD_ACCOUNT, .account_id = 1, .time_ns = 1,
     .body.account = {INT64_MAX / 4, INT64_MAX / 4, INT32_MAX, 500, 0, 0, 0, 0}},
    {.type = BJ_CMD_ACCOUNT, .account_id = 2, .time_ns = 1,
     .body.account = {INT64_MAX / 4, INT64_MAX / 4, INT32_MAX, 500, 0, 0, 0, 0}},
};

/* One command more in the primary's journal, as the journal writes it. */
static inline void bed_command(bed_t *bed) {
    uint64_t seq = bed->reach.written_seq + 1;
    assert(seq < BED_CMDS_MAX);
    bool buy = bed_roll(bed, 2);
    bj_cmd_t cmd = {.type = BJ_CMD_NEW, .session_id = 1, .account_id = buy ? 1 : 2, .token = 1,
                    .client_order_id = seq, .session_seq = seq, .side = buy ? 'B' : 'S',
                    .order_type = BJ_LIMIT, .tif = BJ_DAY, .qty = 1 + (int32_t)bed_roll(bed, 9),
                    .price_paise = 10000 + 5 * (int32_t)bed_roll(bed, 20), .time_ns = (int64_t)seq};
    if (seq <= BJ_COUNT(bed_first)) cmd = bed_first[seq - 1];
    cmd.seq = seq;
    bed_apply(bed->engine, &cmd, &bed->digest);
    cmd.check = bj_cmd_check(&cmd);
    bed->disk[seq - 1] = cmd;
    bed->reach.written_seq = seq;
    if (!bj_digest_cmd(&bed->digest, seq)) return;
    bj_replica_digest(bed->replica, &bed->digest);
    bj_digest_anew(&bed->digest);
}

/* --- the standby's process --- */
static inline bj_status_t bed_begin(void *ctx, uint64_t journal_id) {
    bed_t *bed = ctx;
    assert(!bed->standby_id);
    bed->standby_id = journal_id;
    return BJ_OK;
}
static inline bj_status_t bed_take(void *ctx, const bj_cmd_t *cmd, bj_digest_t *digest) {
    bed_t *bed = ctx;
    bj_cmd_t applied = *cmd;
    if (cmd->seq == bed->spoil_seq) applied.qty++; /* an engine that is not the primary's */
    bed->copy[bed->copy_cnt++] = *cmd;
    bed_apply(bed->standby_engine, &applied, digest);
    return BJ_OK;
}
static inline bj_status_t bed_commit(void *ctx) {
    bed_t *bed = ctx;
    if (bed->commit_fails) return BJ_ERR_IO;
    bed->committed = bed->copy_cnt;
    return BJ_OK;
}
static inline uint64_t bed_state(void *ctx) {
    return bj_engine_hash(((bed_t *)ctx)->standby_engine);
}
static inline bj_status_t bed_epoch(void *ctx, uint64_t epoch) {
    ((bed_t *)ctx)->standby_epoch = epoch;
    return BJ_OK;
}

static inline void bed_standby_start(bed_t *bed) {
    bj_follow_config_t config = {
        .durable = true, .silent_ns = BED_LOST_MS * BJ_NS_PER_MS, .shape = bed_shape,
        .journal_id = bed->standby_id, .have_seq = bed->copy_cnt, .epoch = bed->standby_epoch,
        .have_check = bed->copy_cnt ? bj_replica_cmd_check(&bed->copy[bed->copy_cnt - 1]) : 0,
        .ops = {.begin = bed_begin, .apply = bed_take, .commit = bed_commit,
                .state_hash = bed_state, .epoch = bed_epoch, .nonce = bed_nonce},
        .ctx = bed};
    config.key_bytes = strlen(bed->standby_key);
    memcpy(config.key, bed->standby_key, config.key_bytes);
    bed->follow = bj_follow_new(&config);
    bed->standby_engine = bed_engine(&bed->standby_mem);
    for (uint64_t i = 0; i < bed->copy_cnt; i++)
        bed_apply(bed->standby_engine, &bed->copy[i], NULL);
}

/* --- the network --- */
static inline void bed_cut(bed_t *bed) {
    if (!bed->up) return;
    if (bed->replica) bj_replica_disconnect(bed->replica, bed->conn_idx, bed->now);
    if (bed->follow) bj_follow_disconnected(bed->follow);
    bed->up = false;
    bed->to_standby.cnt = bed->to_primary.cnt = 0;
}

static inline bool bed_dial(bed_t *bed) {
    if (bed->up || !bed->replica || !bed->follow) return false;
    bed->conn_idx = bj_replica_connect(bed->replica, bed->now);
    bed->up = bed->conn_idx != BJ_REPLICA_NONE;
    if (bed->up) bj_follow_connected(bed->follow, bed->now);
    return bed->up;
}

static inline size_t bed_queue(bed_pipe_t *pipe, const uint8_t *data, size_t data_bytes) {
    size_t part = BED_PIPE_BYTES - pipe->cnt;
    if (part > data_bytes) part = data_bytes;
    memcpy(pipe->data + pipe->cnt, data, part);
    pipe->cnt += part;
    return part;
}

static inline void bed_send(bed_t *bed) {
    const uint8_t *data;
    if (!bed->up) return;
    size_t due = bj_replica_output(bed->replica, bed->conn_idx, &data);
    bj_replica_sent(bed->replica, bed->conn_idx, bed_queue(&bed->to_standby, data, due));
    due = bj_follow_output(bed->follow, &data);
    bj_follow_sent(bed->follow, bed_queue(&bed->to_primary, data, due));
}

/* At most max bytes to each side.  False: a side hung up. */
static inline bool bed_deliver(bed_t *bed, size_t max) {
    bool ok = true;
    for (int way = 0; way < 2 && bed->up; way++) {
        bed_pipe_t *pipe = way ? &bed->to_primary : &bed->to_standby;
        size_t part = pipe->cnt < max ? pipe->cnt : max;
        if (!part) continue;
        uint8_t *exact = malloc(part); /* reading past it is seen */
        memcpy(exact, pipe->data, part);
        ok = (way ? bj_replica_input(bed->replica, bed->conn_idx, exact, part, bed->now)
                  : bj_follow_input(bed->follow, exact, part, bed->now)) && ok;
        free(exact);
        memmove(pipe->data, pipe->data + part, pipe->cnt - part);
        pipe->cnt -= part;
    }
    return ok;
}

/* One turn of both processes.  False: the connection was given up. */
static inline bool bed_turn(bed_t *bed, size_t max, int64_t pass_ns) {
    bed->now.mono_ns += pass_ns;
    (void)bj_replica_step(bed->replica, &bed->reach, bed->now);
    bool ok = bj_follow_step(bed->follow, bed->now);
    bed_send(bed);
    ok = bed_deliver(bed, max) && ok;
    if (bed->up && bj_replica_finished(bed->replica, bed->conn_idx, bed->now)) ok = false;
    if (!ok) bed_send(bed), (void)bed_deliver(bed, BED_PIPE_BYTES); /* last words */
    return ok;
}

static inline void bed_open(bed_t *bed, uint64_t dice) {
    memset(bed, 0, sizeof *bed);
    bed->dice = dice * 2 + 1;
    bed->now = (bj_now_t){BJ_NS_PER_S, BJ_NS_PER_S};
    bed->journal_id = 77, bed->epoch = 1;
    memcpy(bed->key, "secret", 7), memcpy(bed->standby_key, "secret", 7);
    bed->disk = calloc(BED_CMDS_MAX, sizeof *bed->disk);
    bed->copy = calloc(BED_CMDS_MAX, sizeof *bed->copy);
    bed_primary_start(bed);
    bed_standby_start(bed);
}

static inline void bed_close(bed_t *bed) {
    bed_cut(bed);
    bj_replica_free(bed->replica), bj_follow_free(bed->follow);
    free(bed->disk), free(bed->copy), free(bed->mem), free(bed->standby_mem);
}

#endif /* REPLICA_TEST_H */
