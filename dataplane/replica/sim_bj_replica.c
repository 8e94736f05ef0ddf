/* Goal: whatever is lost, split, delayed, killed and started again at any moment, the standby's
 * journal is a prefix of the primary's, nothing that was acknowledged under policy `replica` is
 * missing on it, their states are equal where their sequences are, and a take-over ends with both
 * journals the same.  Method: both real cores and engines, a seeded dice for everything that
 * happens.  A failure prints its seed; the same seed plays the same run. */
#include <inttypes.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/replica/replica_test.h"

enum { STEPS = 3000, SEEDS = 60 };

typedef struct totals {
    uint64_t dials, standby_kills, primary_kills, lost_tail, digests, states, fenced, acknowledged;
} totals_t;

/* What a client was told: as the journal tile releases it under policy `replica`. */
static void acknowledge(bed_t *bed) {
    bj_replica_status_t status = bj_replica_status(bed->replica);
    if (status.following && status.have_seq > bed->reach.durable_seq)
        bed->reach.durable_seq = status.have_seq;
    BJ_CHECK(bed->reach.durable_seq <= bed->committed); /* the standby's disk has it */
}

/* The last `cnt` that the standby has: a step brings fewer than 64. */
static void same_check(const bed_t *bed, uint64_t cnt) {
    uint64_t from = bed->copy_cnt > cnt ? bed->copy_cnt - cnt : 0;
    BJ_CHECK(bed->copy_cnt <= bed->reach.written_seq);
    BJ_CHECK(memcmp(bed->copy + from, bed->disk + from,
                    (bed->copy_cnt - from) * sizeof(bj_cmd_t)) == 0);
    BJ_CHECK(bj_follow_status(bed->follow).state != BJ_FOLLOW_STOPPED);
}

/* The process dies, or its machine: what was not committed may be there, or part of it. */
static void standby_kill(bed_t *bed, totals_t *totals) {
    bj_follow_status_t status = bj_follow_status(bed->follow);
    totals->digests += status.digests, totals->states += status.state_hashes;
    bed_cut(bed);
    bj_follow_free(bed->follow);
    uint64_t keep = bed->committed + bed_roll(bed, bed->copy_cnt - bed->committed + 1);
    totals->lost_tail += keep < bed->copy_cnt;
    bed->copy_cnt = bed->committed = keep;
    bed_standby_start(bed);
    totals->standby_kills++;
}

static void primary_kill(bed_t *bed, totals_t *totals) {
    bed_cut(bed);
    bj_replica_free(bed->replica);
    bed_primary_start(bed);
    totals->primary_kills++;
}

static void idle_hash(bed_t *bed) {
    bj_replica_digest(bed->replica, &bed->digest);
    bj_replica_state(bed->replica, bed->reach.written_seq, bj_engine_hash(bed->engine));
}

static void step(bed_t *bed, totals_t *totals) {
    switch (bed_roll(bed, 10)) {
    case 0: case 1: case 2:
        for (uint64_t i = bed_roll(bed, 4); i && bed->reach.written_seq < BED_CMDS_MAX - 400; i--)
            bed_command(bed);
        break;
    case 3: totals->dials += bed_dial(bed); break;
    case 4:
        if (bed_roll(bed, 40) == 0) standby_kill(bed, totals);
        else if (bed_roll(bed, 40) == 0) primary_kill(bed, totals);
        else if (bed_roll(bed, 40) == 0) bed_cut(bed);
        break;
    case 5: idle_hash(bed); break;
    default:
        if (!bed_turn(bed, 1 + bed_roll(bed, 2000), (int64_t)bed_roll(bed, 50) * BJ_NS_PER_MS))
            bed_cut(bed);
        acknowledge(bed);
    }
}

/* With the primary there: it stops, all of it comes over, and the word of it. */
static void take_over(bed_t *bed, totals_t *totals) {
    for (int i = 0; i < 300; i++) bed_command(bed); /* more than goes over in one turn */
    uint64_t end = bed->reach.written_seq;
    BJ_CHECK(bj_follow_fence(bed->follow, bed->epoch + 1) == BJ_OK);
    for (int i = 0; i < 2000 && bj_follow_status(bed->follow).state != BJ_FOLLOW_FENCED; i++) {
        if (!bed->up) bed_dial(bed);
        if (!bed_turn(bed, 1 + bed_roll(bed, 5000), BJ_NS_PER_MS)) bed_cut(bed);
        if (bed_roll(bed, 50) == 0) bed_cut(bed);
    }
    BJ_CHECK(bj_follow_status(bed->follow).state == BJ_FOLLOW_FENCED);
    BJ_CHECK(bj_replica_status(bed->replica).fenced && bed->epoch == 2);
    BJ_CHECK(bed->copy_cnt == end);
    totals->fenced++;
}

static void run_seed(uint64_t seed, totals_t *totals) {
    static bed_t bed;
    unsigned fails = bj_fail_cnt;
    bed_open(&bed, seed);
    for (int i = 0; i < STEPS; i++) {
        step(&bed, totals);
        same_check(&bed, 64);
    }
    BJ_CHECK(bed.committed >= bed.reach.durable_seq); /* a take-over without the primary */
    totals->acknowledged += bed.reach.durable_seq;
    take_over(&bed, totals);
    same_check(&bed, BED_CMDS_MAX);
    BJ_CHECK(bj_engine_hash(bed.engine) == bj_engine_hash(bed.standby_engine));
    standby_kill(&bed, totals); /* for its counts */
    bed_close(&bed);
    if (bj_fail_cnt != fails) fprintf(stderr, "  play again with seed %" PRIu64 "\n", seed);
}

int main(void) {
    totals_t totals = {0};
    bj_log_init("test", BJ_LOG_ERROR);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) run_seed(seed, &totals);
    fprintf(stderr, "dials %lu, standby kills %lu (tail lost %lu), primary kills %lu, digests %lu, "
            "state hashes %lu, acknowledged %lu\n", totals.dials, totals.standby_kills,
            totals.lost_tail, totals.primary_kills, totals.digests, totals.states,
            totals.acknowledged);
    /* What it is about did happen. */
    BJ_CHECK(totals.dials > 600 && totals.standby_kills > 200 && totals.lost_tail > 30);
    BJ_CHECK(totals.primary_kills > 200 && totals.digests > 1000 && totals.states > 1000);
    BJ_CHECK(totals.fenced == SEEDS && totals.acknowledged > SEEDS * 100);
    return bj_test_end("sim_bj_replica");
}
