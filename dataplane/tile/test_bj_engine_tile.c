/* Goal: who says that a command may be acknowledged, and whom the engine wakes: under the policies
 * with a disk or a standby the journal says it, under `memory` the engine, as soon as the records
 * are in the journal's ring, and never before.  Method: both tiles over a real engine and a store
 * that notes what it hears; a bell's count says who was rung. */
#include "dataplane/tile/bj_engine_tile.h"

#include <stdlib.h>
#include "dataplane/base/bj_stamp.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/tile/bj_journal_tile.h"

enum { RECORDS = 4 }; /* a command here takes two: its event and itself */

typedef struct bed {
    bj_pipe_t pipe;
    bj_bell_t gateway_bell, journal_bell;
    bj_engine_tile_t engine;
    bj_journal_tile_t journal;
    uint64_t appended, published;
} bed_t;
static bed_t bed;

static bj_status_t on_append(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    BJ_CHECK(cmd->seq == ++bed.appended);
    return BJ_OK;
}
static bj_status_t on_commit(void *ctx) {
    (void)ctx;
    return BJ_OK;
}
static bj_status_t on_keep(void *ctx, const bj_event_t *event) {
    (void)ctx, (void)event;
    return BJ_OK;
}
static void on_publish(void *ctx, uint64_t event_seq) {
    (void)ctx;
    bed.published = event_seq;
}

static bj_ring_t *ring_of(uint64_t depth, uint64_t slot_bytes) {
    return bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(depth, slot_bytes)), depth,
                       slot_bytes);
}

static void bed_open(bool in_memory) {
    static const bj_engine_config_t shape = {.instrument_max = 4, .account_max = 64,
                                             .order_max = 64};
    memset(&bed, 0, sizeof bed);
    bed.pipe = (bj_pipe_t){.cmds = ring_of(16, 128), .events = ring_of(16, 128),
                           .records = ring_of(RECORDS, sizeof(bj_record_t)),
                           .gateway_bell = &bed.gateway_bell, .journal_bell = &bed.journal_bell,
                           .in_memory = in_memory};
    bed.engine.engine = bj_engine_new(
        aligned_alloc(64, (bj_engine_footprint(&shape) + 63) / 64 * 64), &shape);
    bed.engine.pipe = bed.journal.pipe = &bed.pipe;
    bed.journal.store = (bj_journal_store_t){
        .append = on_append, .commit = on_commit, .keep = on_keep, .publish = on_publish};
}

static void bed_close(void) {
    free(bed.engine.engine);
    free(bed.pipe.cmds), free(bed.pipe.events), free(bed.pipe.records);
}

static void give(uint32_t cnt) {
    static uint32_t account_id;
    for (; cnt; cnt--) {
        bj_cmd_t cmd = {.type = BJ_CMD_ACCOUNT, .account_id = ++account_id % 32 + 1, .time_ns = 1,
                        .body.account = {1000, 1000, 1000, 10}};
        BJ_CHECK(bj_ring_push(bed.pipe.cmds, &cmd, sizeof cmd));
    }
}

static uint64_t durable(void) { return atomic_load(&bed.pipe.durable_seq); }
static void engine_run(void) { (void)bj_engine_tile_step(&bed.engine, (bj_now_t){0}); }
static void journal_run(void) { (void)bj_journal_tile_step(&bed.journal, (bj_now_t){0}); }

/* give: commands that come before the engine's step; journal: then the journal's step.  After it:
 * what may be told, what the journal has, how often the journal was rung and the gateway. */
typedef struct row {
    uint32_t give;
    bool     journal;
    uint64_t durable, appended, journal_rung, gateway_rung;
} row_t;

static const row_t disk_rows[] = {
    {1, false, 0, 0, 1, 0}, {0, true, 1, 1, 1, 1}, {2, false, 1, 1, 2, 1},
    {1, false, 1, 1, 3, 1}, {0, true, 3, 3, 3, 2}, {0, true, 4, 4, 3, 3},
};
/* The ring is full after two commands: the third is not acknowledged, and the journal is woken. */
static const row_t memory_rows[] = {
    {1, false, 1, 0, 0, 1}, {0, true, 1, 1, 0, 1}, {2, false, 3, 1, 0, 3},
    {1, false, 3, 1, 1, 3}, {0, true, 3, 3, 2, 3}, {0, false, 4, 3, 2, 4},
    {0, true, 4, 4, 2, 4},
};

static void rows_run(bool in_memory, const row_t *rows, size_t row_cnt) {
    bed_open(in_memory);
    for (size_t i = 0; i < row_cnt; i++) {
        unsigned fails = bj_fail_cnt;
        give(rows[i].give);
        engine_run();
        if (rows[i].journal) journal_run();
        BJ_CHECK(durable() == rows[i].durable && bed.appended == rows[i].appended);
        BJ_CHECK(bj_bell_seen(&bed.journal_bell) == rows[i].journal_rung);
        BJ_CHECK(bj_bell_seen(&bed.gateway_bell) == rows[i].gateway_rung);
        if (bj_fail_cnt != fails)
            fprintf(stderr, "  in row %zu: durable %lu appended %lu rung %u %u\n", i,
                    (unsigned long)durable(), (unsigned long)bed.appended,
                    bj_bell_seen(&bed.journal_bell), bj_bell_seen(&bed.gateway_bell));
    }
    BJ_CHECK(bed.published == bed.appended);
    bed_close();
}

/* Once the journal cannot be written nothing more is acknowledged, whoever says so. */
static void test_lost(void) {
    bed_open(true);
    give(1);
    engine_run();
    atomic_store(&bed.pipe.journal_lost, true);
    give(1);
    engine_run();
    BJ_CHECK(durable() == 1);
    bed_close();
}

/* The report's wait begins when the engine was done; the journal's own hop counts nothing. */
static void test_stamps(void) {
    bj_stamp_start_with(BJ_STAMP_CLOCK);
    bed_open(true);
    give(1);
    engine_run();
    uint64_t said = atomic_load(&bed.pipe.durable_stamp);
    BJ_CHECK(said && said == bed.engine.done_stamp);
    journal_run();
    BJ_CHECK(atomic_load(&bed.pipe.durable_stamp) == said && bed.journal.durable_hop.cnt == 0);
    bed_close();
    bj_stamp_clock.source = BJ_STAMP_OFF;
}

int main(void) {
    rows_run(false, disk_rows, BJ_COUNT(disk_rows));
    rows_run(true, memory_rows, BJ_COUNT(memory_rows));
    test_lost();
    test_stamps();
    return bj_test_end("test_bj_engine_tile");
}
