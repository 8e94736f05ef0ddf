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

static bj_status_t record_take(bj_journal_tile_t *tile, const bj_record_t *record, batch_t *batch) {
    if (record->kind == BJ_RECORD_EVENT) {
        tile->kept_seq = record->body.event.seq;
        return tile->store.keep(tile->store.ctx, &record->body.event);
    }
    tile->done_stamp[batch->cmd_cnt++] = record->done_stamp;
    batch->cmd_seq = record->body.cmd.seq;
    batch->event_seq = tile->kept_seq;
    return tile->store.append(tile->store.ctx, &record->body.cmd);
}

static batch_t batch_take(bj_journal_tile_t *tile) {
    batch_t batch = {0};
    const bj_record_t *record;
    while (batch.record_cnt < STEP_RECORDS_MAX && batch.cmd_cnt < BJ_JOURNAL_COMMIT_MAX &&
           (record = bj_ring_peek(tile->pipe->records))) {
        bj_status_t status = tile->counters.lost ? BJ_OK : record_take(tile, record, &batch);
        if (status != BJ_OK) journal_lose(tile, status, "the journal cannot be written");
        bj_ring_release(tile->pipe->records);
        batch.record_cnt++;
    }
    return batch;
}

/* Before durable_seq: who sees that sees this, or a later one. */
static void durable_stamp(bj_journal_tile_t *tile, const batch_t *batch) {
    uint64_t stamp = bj_stamp();
    atomic_store_explicit(&tile->pipe->durable_stamp, stamp, memory_order_relaxed);
    for (uint64_t i = 0; i < batch->cmd_cnt; i++) {
        if (!tile->done_stamp[i]) continue;
        bj_hist_add(&tile->durable_hop, bj_stamp_ns(tile->done_stamp[i], stamp));
    }
}

static void batch_commit(bj_journal_tile_t *tile, const batch_t *batch) {
    int64_t from_ns = bj_clock_mono_ns(); /* for the counter only: nothing depends on it */
    bj_status_t status = tile->store.commit(tile->store.ctx);
    uint64_t took_us = (uint64_t)((bj_clock_mono_ns() - from_ns) / BJ_NS_PER_US);
    if (status != BJ_OK) {
        journal_lose(tile, status, "the journal cannot be synced");
        return;
    }
    tile->store.publish(tile->store.ctx, batch->event_seq);
    durable_stamp(tile, batch);
    atomic_store_explicit(&tile->pipe->durable_seq, batch->cmd_seq, memory_order_release);
    bj_bell_ring(tile->pipe->gateway_bell);
    tile->counters.commits++;
    tile->counters.appended += batch->cmd_cnt;
    tile->counters.durable = batch->cmd_seq;
    tile->counters.published = batch->event_seq;
    if (took_us > tile->counters.commit_max_us) tile->counters.commit_max_us = took_us;
}

uint32_t bj_journal_tile_step(void *ctx, bj_now_t now) {
    bj_journal_tile_t *tile = (bj_journal_tile_t *)ctx;
    batch_t batch = batch_take(tile);
    (void)now;
    if (batch.cmd_cnt && !tile->counters.lost) batch_commit(tile, &batch);
    /* The engine may sleep on a full ring. */
    if (batch.record_cnt) bj_bell_ring(tile->pipe->engine_bell);
    return batch.record_cnt;
}

void bj_journal_tile_housekeep(void *ctx, bj_now_t now) {
    bj_journal_tile_t *tile = (bj_journal_tile_t *)ctx;
    tile->counters.durable_hop = bj_hist_figures(&tile->durable_hop);
    bj_metrics_publish(&tile->metrics, &tile->counters, sizeof tile->counters, now);
}
