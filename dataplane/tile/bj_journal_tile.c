#include "dataplane/tile/bj_journal_tile.h"

#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_stamp.h"

enum { STEP_RECORDS_MAX = 16384 };

typedef struct batch {
    uint64_t cmd_cnt, cmd_seq; /* commands taken, the last one's sequence */
    uint64_t event_seq;        /* the last event of that command */
    uint32_t record_cnt;
} batch_t;

static void journal_lose(bj_journal_tile_t *tile, bj_status_t status, const char *what) {
    if (tile->counters.lost) return;
    tile->counters.lost = 1;
    atomic_store_explicit(&tile->pipe->journal_lost, true, memory_order_release);
    BJ_ERROR("%s: %s; nothing is acknowledged from here on, commands after %lu may be lost", what,
             bj_status_text(status), (unsigned long)tile->counters.durable);
}

/* Never with events of a command that has not come yet: they come before it. */
static void digest_say(bj_journal_tile_t *tile) {
    tile->store.digest(tile->store.ctx, &tile->digest_whole);
    tile->digest_said_seq = tile->digest_whole.seq;
}

static void digest_cmd(bj_journal_tile_t *tile, uint64_t cmd_seq) {
    bool ends = bj_digest_cmd(&tile->digest, cmd_seq);
    tile->digest_whole = tile->digest;
    if (!ends) return;
    digest_say(tile);
    bj_digest_anew(&tile->digest);
}

static bj_status_t record_take(bj_journal_tile_t *tile, const bj_record_t *record, batch_t *batch) {
    bool digests = tile->digest.every != 0;
    if (record->kind == BJ_RECORD_EVENT) {
        tile->kept_seq = record->body.event.seq;
        if (digests) bj_digest_event(&tile->digest, &record->body.event);
        return tile->store.keep(tile->store.ctx, &record->body.event);
    }
    batch->cmd_cnt++;
    batch->cmd_seq = record->body.cmd.seq;
    tile->done_stamp[batch->cmd_seq % BJ_JOURNAL_STAMPS] = record->done_stamp;
    batch->event_seq = tile->kept_seq;
    if (digests) digest_cmd(tile, batch->cmd_seq);
    return tile->store.append(tile->store.ctx, &record->body.cmd);
}

static batch_t batch_take(bj_journal_tile_t *tile) {
    batch_t batch = {0};
    const bj_record_t *record;
    bool deaf = tile->counters.lost || tile->stopped;
    while (batch.record_cnt < STEP_RECORDS_MAX && batch.cmd_cnt < BJ_JOURNAL_COMMIT_MAX &&
           (record = bj_ring_peek(tile->pipe->records))) {
        bj_status_t status = deaf ? BJ_OK : record_take(tile, record, &batch);
        if (status != BJ_OK) {
            journal_lose(tile, status, "the journal cannot be written");
            deaf = true;
        }
        bj_ring_release(tile->pipe->records);
        batch.record_cnt++;
    }
    return batch;
}

/* Before durable_seq: who sees that sees this, or a later one.  Stamps lie by sequence; of very
 * many that waited together the oldest are gone. */
static void durable_stamp(bj_journal_tile_t *tile, uint64_t from_seq, uint64_t to_seq) {
    uint64_t stamp = bj_stamp();
    atomic_store_explicit(&tile->pipe->durable_stamp, stamp, memory_order_relaxed);
    if (to_seq - from_seq > BJ_JOURNAL_STAMPS) from_seq = to_seq - BJ_JOURNAL_STAMPS;
    for (uint64_t seq = from_seq + 1; seq <= to_seq; seq++) {
        uint64_t *done = &tile->done_stamp[seq % BJ_JOURNAL_STAMPS];
        if (*done) bj_hist_add(&tile->durable_hop, bj_stamp_ns(*done, stamp));
        *done = 0;
    }
}

static void batch_wait(bj_journal_tile_t *tile, const batch_t *batch) {
    bj_waiting_add(&tile->waiting, (bj_waiting_commit_t){batch->cmd_seq, batch->event_seq});
    tile->written_seq = batch->cmd_seq;
    tile->counters.appended += batch->cmd_cnt;
}

static void written_say(bj_journal_tile_t *tile) {
    bj_status_t status = tile->store.write(tile->store.ctx, tile->written_seq);
    if (status != BJ_OK) journal_lose(tile, status, "the journal cannot be written");
}

static void batches_commit(bj_journal_tile_t *tile) {
    int64_t from_ns = bj_clock_mono_ns(); /* for the counter only: nothing depends on it */
    bj_status_t status = tile->store.commit(tile->store.ctx);
    uint64_t took_us = (uint64_t)((bj_clock_mono_ns() - from_ns) / BJ_NS_PER_US);
    if (status != BJ_OK) {
        journal_lose(tile, status, "the journal cannot be synced");
        return;
    }
    tile->disk_seq = tile->written_seq;
    tile->counters.commits++;
    if (took_us > tile->counters.commit_max_us) tile->counters.commit_max_us = took_us;
}

/* Up to where commands are durable, by those who must have them.  With both, the sync came before
 * in this step: the standby cannot have more than that. */
static uint64_t durable_reach(const bj_journal_tile_t *tile, uint32_t durable_by) {
    if (durable_by == BJ_BY_DISK) return tile->disk_seq;
    return atomic_load_explicit(&tile->pipe->replica.have_seq, memory_order_acquire);
}

static void durable_say(bj_journal_tile_t *tile, uint64_t cmd_seq) {
    durable_stamp(tile, tile->counters.durable, cmd_seq);
    atomic_store_explicit(&tile->pipe->durable_seq, cmd_seq, memory_order_release);
    bj_bell_ring(tile->pipe->gateway_bell);
    bj_bell_ring(tile->pipe->uplink_bell);
}

static uint32_t durable_release(bj_journal_tile_t *tile, uint32_t durable_by) {
    bj_waiting_commit_t last = bj_waiting_take(&tile->waiting, durable_reach(tile, durable_by));
    if (!last.cmd_seq) return 0;
    tile->store.publish(tile->store.ctx, last.event_seq);
    if (!tile->pipe->in_memory) durable_say(tile, last.cmd_seq);
    tile->counters.durable = last.cmd_seq;
    tile->counters.published = last.event_seq;
    return 1;
}

/* First thing in a step: what is appended after it was seen would be nobody's. */
static uint32_t fence_look(bj_journal_tile_t *tile) {
    bj_pipe_replica_t *replica = &tile->pipe->replica;
    if (!tile->stopped && atomic_load_explicit(&replica->fenced, memory_order_acquire)) {
        tile->stopped = true;
        atomic_store_explicit(&replica->stopped, true, memory_order_release);
    }
    /* The disk alone is not enough for one who has stopped: the standby goes on without it. */
    return tile->stopped ? BJ_BY_STANDBY
                         : atomic_load_explicit(&replica->durable_by, memory_order_acquire);
}

uint32_t bj_journal_tile_step(void *ctx, bj_now_t now) {
    bj_journal_tile_t *tile = (bj_journal_tile_t *)ctx;
    uint32_t durable_by = fence_look(tile);
    batch_t batch = batch_take(tile);
    (void)now;
    if (batch.cmd_cnt && !tile->counters.lost) batch_wait(tile, &batch);
    if (batch.cmd_cnt && !tile->counters.lost && tile->store.write) written_say(tile);
    if (durable_by != BJ_BY_STANDBY && tile->disk_seq < tile->written_seq && !tile->counters.lost)
        batches_commit(tile);
    uint32_t released = tile->counters.lost ? 0 : durable_release(tile, durable_by);
    /* The engine may sleep on a full ring. */
    if (batch.record_cnt) bj_bell_ring(tile->pipe->engine_bell);
    return batch.record_cnt + released;
}

void bj_journal_tile_housekeep(void *ctx, bj_now_t now) {
    bj_journal_tile_t *tile = (bj_journal_tile_t *)ctx;
    tile->counters.durable_hop = bj_hist_figures(&tile->durable_hop);
    if (tile->digest_whole.every && tile->digest_whole.seq != tile->digest_said_seq)
        digest_say(tile);
    tile->counters.waiting = tile->waiting.cnt;
    bj_metrics_publish(&tile->metrics, &tile->counters, sizeof tile->counters, now);
}
