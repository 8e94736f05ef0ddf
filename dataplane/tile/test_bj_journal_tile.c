/* Goal: nothing is acknowledged, and no event shown, before those who must have its command have
 * it: the disk, a standby, or both; a standby that is given up costs one sync; after a fence
 * nothing more is written.  Method: the tile's step over a store that notes what it hears. */
#include "dataplane/tile/bj_journal_tile.h"

#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"

typedef struct bench {
    bj_pipe_t pipe;
    bj_journal_tile_t tile;
    uint64_t seq; /* last command given to it; its event has the same number */
    uint64_t appended, written, synced, kept, published;
    uint64_t syncs, digests;
    bj_digest_t digest; /* the last one */
    bool     sync_fails;
} bench_t;

static bj_status_t on_append(void *ctx, const bj_cmd_t *cmd) {
    bench_t *b = ctx;
    BJ_CHECK(cmd->seq == ++b->appended);
    return BJ_OK;
}
static bj_status_t on_commit(void *ctx) {
    bench_t *b = ctx;
    if (b->sync_fails) return BJ_ERR_IO;
    b->synced = b->appended, b->syncs++;
    return BJ_OK;
}
static bj_status_t on_keep(void *ctx, const bj_event_t *event) {
    BJ_CHECK(event->seq == ++((bench_t *)ctx)->kept);
    return BJ_OK;
}
static void on_publish(void *ctx, uint64_t event_seq) { ((bench_t *)ctx)->published = event_seq; }
static bj_status_t on_write(void *ctx, uint64_t cmd_seq) {
    bench_t *b = ctx;
    BJ_CHECK(cmd_seq == b->appended);
    b->written = cmd_seq;
    return BJ_OK;
}
static void on_digest(void *ctx, const bj_digest_t *digest) {
    ((bench_t *)ctx)->digest = *digest;
    ((bench_t *)ctx)->digests++;
}

static bench_t *bench_open(bj_durable_by_t by) {
    static bench_t b;
    free(b.pipe.records);
    memset(&b, 0, sizeof b);
    size_t bytes = bj_ring_footprint(1 << 13, sizeof(bj_record_t));
    b.pipe.records = bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bytes), 1 << 13, sizeof(bj_record_t));
    atomic_store(&b.pipe.replica.durable_by, by);
    b.tile.pipe = &b.pipe;
    b.tile.store = (bj_journal_store_t){on_append, on_commit, on_keep, on_publish, &b, on_write,
                                        on_digest};
    bj_digest_begin(&b.tile.digest, 10, 0);
    return &b;
}

static void give(bench_t *b, uint64_t cnt) {
    for (; cnt; cnt--) {
        bj_record_t event = {.kind = BJ_RECORD_EVENT, .body.event = {.seq = ++b->seq}};
        bj_record_t cmd = {.kind = BJ_RECORD_CMD, .body.cmd = {.seq = b->seq}};
        BJ_CHECK(bj_ring_push(b->pipe.records, &event, sizeof event));
        BJ_CHECK(bj_ring_push(b->pipe.records, &cmd, sizeof cmd));
    }
}

static uint64_t step(bench_t *b, uint64_t have_seq) {
    atomic_store(&b->pipe.replica.have_seq, have_seq);
    (void)bj_journal_tile_step(&b->tile, (bj_now_t){0});
    BJ_CHECK(b->published == atomic_load(&b->pipe.durable_seq));
    return b->published;
}

/* give, have: commands that come, and what the standby then has; durable: what may be told. */
static const struct {
    bj_durable_by_t by;
    uint64_t give, have, durable, syncs;
} cases[] = {
    {BJ_BY_DISK, 3, 0, 3, 1},    {BJ_BY_DISK, 0, 0, 3, 1},   {BJ_BY_DISK, 2, 9, 5, 2},
    {BJ_BY_STANDBY, 3, 0, 0, 0}, {BJ_BY_STANDBY, 0, 2, 0, 0}, /* half a batch waits for the rest */
    {BJ_BY_STANDBY, 0, 3, 3, 0}, {BJ_BY_STANDBY, 4, 3, 3, 0}, {BJ_BY_STANDBY, 1, 3, 3, 0},
    {BJ_BY_STANDBY, 0, 7, 7, 0}, {BJ_BY_STANDBY, 0, 8, 8, 0}, {BJ_BY_STANDBY, 0, 3, 8, 0},
    {BJ_BY_BOTH, 3, 0, 0, 1},    {BJ_BY_BOTH, 0, 3, 3, 1},   {BJ_BY_BOTH, 2, 5, 5, 2},
};

static void test_policies(void) {
    bench_t *b = NULL;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        unsigned fails = bj_fail_cnt;
        if (!i || cases[i].by != cases[i - 1].by) b = bench_open(cases[i].by);
        give(b, cases[i].give);
        BJ_CHECK(step(b, cases[i].have) == cases[i].durable);
        BJ_CHECK(b->syncs == cases[i].syncs && b->written == b->seq);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in row %zu\n", i);
    }
}

static void test_given_up(void) {
    bench_t *b = bench_open(BJ_BY_STANDBY);
    for (int i = 0; i < 20; i++) {
        give(b, 5);
        BJ_CHECK(step(b, 10) == (i < 1 ? 5 : 10));
    }
    atomic_store(&b->pipe.replica.durable_by, BJ_BY_DISK);
    BJ_CHECK(step(b, 10) == 100 && b->syncs == 1);
    atomic_store(&b->pipe.replica.durable_by, BJ_BY_STANDBY); /* back, but behind */
    give(b, 1);
    BJ_CHECK(step(b, 10) == 100 && b->syncs == 1);
    BJ_CHECK(step(b, 101) == 101);
}

/* More batches than there is room for: coarser, never early, never lost. */
static void test_many_wait(void) {
    bench_t *b = bench_open(BJ_BY_STANDBY);
    enum { BATCHES = BJ_WAITING_MAX + 500 };
    for (int i = 0; i < BATCHES; i++) {
        give(b, 1);
        BJ_CHECK(step(b, 0) == 0);
    }
    BJ_CHECK(step(b, 700) == 700);
    BJ_CHECK(step(b, BATCHES - 1) == BJ_WAITING_MAX - 1);
    BJ_CHECK(step(b, BATCHES) == BATCHES);
}

static void test_fence(void) {
    bench_t *b = bench_open(BJ_BY_DISK);
    give(b, 4);
    BJ_CHECK(step(b, 0) == 4);
    atomic_store(&b->pipe.replica.durable_by, BJ_BY_STANDBY);
    give(b, 4);
    BJ_CHECK(step(b, 0) == 4 && !atomic_load(&b->pipe.replica.stopped));
    atomic_store(&b->pipe.replica.durable_by, BJ_BY_DISK); /* the disk is not asked any more */
    atomic_store(&b->pipe.replica.fenced, true);
    give(b, 4);
    BJ_CHECK(step(b, 4) == 4 && atomic_load(&b->pipe.replica.stopped));
    BJ_CHECK(b->appended == 8 && b->written == 8 && bj_ring_peek(b->pipe.records) == NULL);
    BJ_CHECK(step(b, 8) == 8); /* what it had may be told: the standby has it */
    BJ_CHECK(step(b, 12) == 8);
}

static void test_digests(void) {
    bench_t *b = bench_open(BJ_BY_DISK);
    bj_digest_t want;
    bj_digest_begin(&want, 10, 0);
    give(b, 25);
    (void)step(b, 0);
    BJ_CHECK(b->digests == 2 && b->digest.from_seq == 11 && b->digest.seq == 20);
    for (uint64_t seq = 1; seq <= 25; seq++) {
        if (seq == 21) BJ_CHECK(want.hash == b->digest.hash);
        if (seq % 10 == 1) bj_digest_anew(&want);
        bj_digest_event(&want, &(bj_event_t){.seq = seq});
        (void)bj_digest_cmd(&want, seq);
    }
    bj_journal_tile_housekeep(&b->tile, (bj_now_t){0});
    BJ_CHECK(b->digests == 3 && b->digest.from_seq == 21 && b->digest.seq == 25);
    BJ_CHECK(b->digest.hash == want.hash);
    bj_journal_tile_housekeep(&b->tile, (bj_now_t){0});
    BJ_CHECK(b->digests == 3);
    bj_digest_begin(&want, 10, 25); /* joined in the middle: nothing until the next stretch */
    BJ_CHECK(want.from_seq == 0 && !bj_digest_cmd(&want, 29) && bj_digest_cmd(&want, 30));
    bj_digest_anew(&want);
    BJ_CHECK(want.from_seq == 31);
}

/* The ring was full in the middle of a command's events: what is said is true behind the command
 * before. */
static void test_digest_of_a_part(void) {
    bench_t *b = bench_open(BJ_BY_DISK);
    bj_digest_t want;
    bj_record_t event = {.kind = BJ_RECORD_EVENT, .body.event = {.seq = 4}};
    bj_record_t cmd = {.kind = BJ_RECORD_CMD, .body.cmd = {.seq = 4}};
    bj_digest_begin(&want, 10, 0);
    for (uint64_t seq = 1; seq <= 3; seq++) bj_digest_event(&want, &(bj_event_t){.seq = seq});
    give(b, 3);
    BJ_CHECK(bj_ring_push(b->pipe.records, &event, sizeof event));
    (void)step(b, 0);
    bj_journal_tile_housekeep(&b->tile, (bj_now_t){0});
    BJ_CHECK(b->digests == 1 && b->digest.seq == 3 && b->digest.hash == want.hash);
    bj_digest_event(&want, &event.body.event);
    BJ_CHECK(bj_ring_push(b->pipe.records, &cmd, sizeof cmd));
    (void)step(b, 0);
    bj_journal_tile_housekeep(&b->tile, (bj_now_t){0});
    BJ_CHECK(b->digests == 2 && b->digest.seq == 4 && b->digest.hash == want.hash);
}

static void test_disk_refuses(void) {
    bench_t *b = bench_open(BJ_BY_STANDBY);
    give(b, 2);
    BJ_CHECK(step(b, 0) == 0);
    atomic_store(&b->pipe.replica.durable_by, BJ_BY_DISK);
    b->sync_fails = true;
    BJ_CHECK(step(b, 0) == 0 && atomic_load(&b->pipe.journal_lost));
    b->sync_fails = false;
    BJ_CHECK(step(b, 2) == 0 && b->syncs == 0);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR);
    test_policies();
    test_given_up();
    test_many_wait();
    test_fence();
    test_digests();
    test_digest_of_a_part();
    test_disk_refuses();
    return bj_test_end("test_bj_journal_tile");
}
