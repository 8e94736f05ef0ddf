#include "dataplane/tile/bj_engine_tile.h"

#include "dataplane/base/bj_stamp.h"
#include "dataplane/wire/bj_slot.h"

enum { STEP_MAX = 64 };

/* Policy `memory`.  Before the events: one command may have more of them than their ring holds, and
 * the gateway makes room only for what it may tell. */
static void acknowledge(bj_engine_tile_t *tile) {
    bj_pipe_t *pipe = tile->pipe;
    if (atomic_load_explicit(&pipe->journal_lost, memory_order_relaxed)) return;
    atomic_store_explicit(&pipe->durable_stamp, tile->done_stamp, memory_order_relaxed);
    atomic_store_explicit(&pipe->durable_seq, tile->cmd.seq, memory_order_release);
}

static bool records_drain(bj_engine_tile_t *tile) {
    bj_ring_t *ring = tile->pipe->records;
    bj_record_t *record;
    while (tile->record_idx < tile->event_cnt) {
        if (!(record = bj_ring_reserve(ring))) return false;
        record->kind = BJ_RECORD_EVENT;
        record->body.event = tile->events[tile->record_idx++];
        bj_ring_publish(ring);
    }
    if (!tile->cmd_due) return true;
    if (!(record = bj_ring_reserve(ring))) return false;
    record->kind = BJ_RECORD_CMD;
    record->body.cmd = tile->cmd;
    record->done_stamp = tile->pipe->in_memory ? 0 : tile->done_stamp; /* it makes no one wait */
    bj_ring_publish(ring);
    tile->cmd_due = false;
    if (tile->pipe->in_memory) acknowledge(tile);
    return true;
}

static bool is_answer(const bj_engine_tile_t *tile, const bj_event_t *event) {
    return event->session_seq == tile->cmd.session_seq &&
           event->session_id == tile->cmd.session_id;
}

static bool events_drain(bj_engine_tile_t *tile) {
    while (tile->event_idx < tile->event_cnt) {
        const bj_event_t *event = &tile->events[tile->event_idx];
        uint64_t in = is_answer(tile, event) ? tile->in_stamp : 0;
        if (event->session_id != BJ_SESSION_INTERNAL &&
            !bj_event_slot_push(tile->pipe->events, event, in)) {
            return false;
        }
        tile->event_idx++;
    }
    return true;
}

/* The journal's part first: the gateway holds events until the journal has their command, so
 * waiting for the gateway before the journal would never end. */
static bool outcome_drain(bj_engine_tile_t *tile) {
    size_t before = tile->event_idx;
    bool whole = records_drain(tile) && events_drain(tile);
    if (tile->pipe->in_memory && tile->event_idx != before) bj_bell_ring(tile->pipe->gateway_bell);
    return whole;
}

static void outcome_count(bj_engine_tile_t *tile) {
    bj_engine_counters_t *counters = &tile->counters;
    counters->commands++;
    counters->events += tile->event_cnt;
    for (size_t i = 0; i < tile->event_cnt; i++) {
        const bj_event_t *event = &tile->events[i];
        counters->trades += event->type == BJ_EV_TRADE && event->side == BJ_BUY; /* one of two */
        if (event->type != BJ_EV_REJECTED && event->type != BJ_EV_REQUEST_REJECTED) continue;
        counters->rejected++;
        if (event->reason < BJ_REASON_MAX) counters->refused[event->reason]++;
    }
}

static void hop_add(bj_engine_tile_t *tile, bj_engine_hop_t hop, uint64_t from, uint64_t to) {
    if (from) bj_hist_add(&tile->hops[hop], bj_stamp_ns(from, to));
}

/* The next command, and its ring.  What the exchange says goes first: it is never much, and frees
 * what orders wait for. */
static const bj_cmd_t *command_peek(bj_engine_tile_t *tile, bj_ring_t **ring) {
    const bj_pipe_t *pipe = tile->pipe;
    const bj_cmd_t *cmd = pipe->venue_cmds ? bj_ring_peek(pipe->venue_cmds) : NULL;
    *ring = cmd ? pipe->venue_cmds : pipe->cmds;
    return cmd ? cmd : bj_ring_peek(pipe->cmds);
}

static void command_apply(bj_engine_tile_t *tile, const bj_cmd_t *cmd, const bj_ring_t *ring) {
    const bj_cmd_slot_t *stamps = bj_cmd_slot_stamps(ring, cmd);
    uint64_t taken = bj_stamp();
    tile->in_stamp = stamps ? stamps->in : 0;
    if (stamps) hop_add(tile, BJ_ENGINE_HOP_RING, stamps->parsed, taken);
    tile->cmd = *cmd;
    tile->cmd.seq = 0;
    if (tile->cmd.time_ns < tile->last_time_ns) tile->cmd.time_ns = tile->last_time_ns;
    tile->last_time_ns = tile->cmd.time_ns;
    tile->events = bj_engine_apply(tile->engine, &tile->cmd, &tile->event_cnt);
    tile->done_stamp = bj_stamp();
    hop_add(tile, BJ_ENGINE_HOP_ENGINE, taken, tile->done_stamp);
    tile->record_idx = tile->event_idx = 0;
    tile->cmd_due = true;
    outcome_count(tile);
}

uint32_t bj_engine_tile_step(void *ctx, bj_now_t now) {
    bj_engine_tile_t *tile = (bj_engine_tile_t *)ctx;
    const bj_cmd_t *cmd;
    bj_ring_t *ring;
    uint32_t done = 0;
    bool blocked = false;
    (void)now;
    while (done < STEP_MAX) {
        if ((blocked = !outcome_drain(tile))) {
            tile->counters.backpressure++;
            break;
        }
        if (!(cmd = command_peek(tile, &ring))) break;
        command_apply(tile, cmd, ring);
        bj_ring_release(ring);
        done++;
    }
    if (done) blocked = !outcome_drain(tile);
    /* Policy `memory`: it comes by itself, and need not be woken for every order. */
    if (tile->pipe->in_memory ? blocked : done) bj_bell_ring(tile->pipe->journal_bell);
    return done;
}

/* Asked for only while nothing happens; a command that came meanwhile goes first. */
static void state_answer(bj_engine_tile_t *tile) {
    bj_pipe_replica_t *replica = &tile->pipe->replica;
    if (!atomic_load_explicit(&replica->state_wanted, memory_order_relaxed)) return;
    bool busy = tile->cmd_due || tile->event_idx < tile->event_cnt;
    bj_ring_t *ring;
    if (busy || command_peek(tile, &ring)) return;
    atomic_store_explicit(&replica->state_wanted, false, memory_order_relaxed);
    uint64_t hash = bj_engine_hash(tile->engine), seq = bj_engine_stats(tile->engine).cmd_seq;
    atomic_store_explicit(&replica->state_hash, hash, memory_order_relaxed);
    atomic_store_explicit(&replica->state_seq, seq, memory_order_release);
}

void bj_engine_tile_housekeep(void *ctx, bj_now_t now) {
    bj_engine_tile_t *tile = (bj_engine_tile_t *)ctx;
    state_answer(tile);
    bj_engine_stats_t stats = bj_engine_stats(tile->engine);
    tile->counters.cmd_seq = stats.cmd_seq;
    tile->counters.event_seq = stats.event_seq;
    tile->counters.live_orders = stats.live_orders;
    tile->counters.instruments = stats.instruments;
    tile->counters.accounts = stats.accounts;
    uint32_t hop = tile->hop_turn++ % BJ_ENGINE_HOP_CNT; /* a walk over the buckets each */
    tile->counters.hops[hop] = bj_hist_figures(&tile->hops[hop]);
    bj_metrics_publish(&tile->metrics, &tile->counters, sizeof tile->counters, now);
}
