/* Goal: each promise of the two ends: who may follow, what a refusal says, every truncation and
 * every flipped byte of every message, a difference found where it is, a slow and a lost standby, a
 * fence.  The random walks are in sim_bj_replica.c. */
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/replica/replica_test.h"

static bed_t bed;

/* Turns until nothing moves; false: the connection was given up (and is cut). */
static bool settle(int turns) {
    for (int i = 0; i < turns; i++) {
        if (bed_turn(&bed, BED_PIPE_BYTES, BJ_NS_PER_MS)) continue;
        bed_cut(&bed);
        return false;
    }
    return true;
}

static bj_follow_status_t standby(void) { return bj_follow_status(bed.follow); }
static bj_replica_status_t primary(void) { return bj_replica_status(bed.replica); }

static void commands(int cnt) {
    for (; cnt; cnt--) bed_command(&bed);
}

static void restart_standby(void) {
    bed_cut(&bed);
    bj_follow_free(bed.follow);
    bed_standby_start(&bed);
}

static void test_catch_up_and_live(void) {
    bed_open(&bed, 1);
    commands(2000);
    BJ_CHECK(bed_dial(&bed) && settle(80));
    BJ_CHECK(bed.copy_cnt == 2000 && bed.committed == 2000 && primary().have_seq == 2000);
    BJ_CHECK(primary().whole && !primary().lost && primary().durable);
    BJ_CHECK(standby().digests == 64); /* of 125 stretches: older ones are not kept */
    commands(40);
    BJ_CHECK(settle(5) && standby().have_seq == 2040 && standby().digests == 66);
    bj_replica_state(bed.replica, 2040, bj_engine_hash(bed.engine));
    bj_replica_digest(bed.replica, &bed.digest);
    bj_replica_state(bed.replica, 2039, 5); /* too late: not said */
    BJ_CHECK(settle(5) && standby().state_hashes == 1);
    BJ_CHECK(standby().digests == 67); /* the running one too */
    bed.reach.durable_seq = 2033;
    bed.now.mono_ns += BJ_NS_PER_S;
    BJ_CHECK(settle(5) && standby().acknowledged_seq == 2033 && standby().primary_seq == 2040);
    bed_close(&bed);
}

/* --- who may follow --- */
typedef enum spoil {
    NOTHING, KEY, OTHER_JOURNAL, ASTRAY, AHEAD, PRUNED, BEGINS, SHAPE, VENUE, EPOCH
} spoil_t;
static const struct {
    const char *name;
    spoil_t     spoil;
    bj_status_t why;
} hello_cases[] = {
    {"as it should be", NOTHING, BJ_OK},
    {"another key", KEY, BJ_ERR_DENIED},
    {"a journal of another world", OTHER_JOURNAL, BJ_ERR_EXISTS},
    {"a last command that is not the primary's", ASTRAY, BJ_ERR_SEQUENCE},
    {"more than the primary has", AHEAD, BJ_ERR_SEQUENCE},
    {"a last command that the primary has no more", PRUNED, BJ_ERR_NOT_FOUND},
    {"nothing yet, where the primary has its first commands no more", BEGINS, BJ_ERR_NOT_FOUND},
    {"an engine of another shape", SHAPE, BJ_ERR_CONFIG},
    {"another venue", VENUE, BJ_ERR_CONFIG},
    {"a primary of an older epoch that cannot write ours down", EPOCH, BJ_ERR_IO},
};

static void spoil(spoil_t what) {
    switch (what) {
    case NOTHING: break;
    case KEY: memcpy(bed.standby_key, "Secret", 7); break;
    case OTHER_JOURNAL: bed.standby_id++; break;
    case ASTRAY: bed.copy[bed.copy_cnt - 1].qty ^= 1; break;
    case AHEAD: bed.reach.written_seq -= 30; break;
    case PRUNED: bed.read_seq_min = bed.copy_cnt + 1; break;
    case BEGINS: bed.read_seq_min = 2, bed.standby_id = bed.copy_cnt = 0; break;
    case SHAPE:
    case VENUE: break;
    case EPOCH: bed.standby_epoch = 9, bed.fence_fails = true; break;
    }
}

static void test_hello(void) {
    for (size_t i = 0; i < BJ_COUNT(hello_cases); i++) {
        unsigned fails = bj_fail_cnt;
        bool ok = hello_cases[i].why == BJ_OK;
        bed_open(&bed, 2);
        commands(50);
        BJ_CHECK(bed_dial(&bed) && settle(10) && bed.copy_cnt == 50);
        bed_cut(&bed);
        spoil(hello_cases[i].spoil);
        uint64_t had = bed.copy_cnt;
        (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
        bj_follow_free(bed.follow);
        bed_standby_start(&bed);
        if (hello_cases[i].spoil == SHAPE || hello_cases[i].spoil == VENUE) {
            bj_follow_config_t other = {.key = "secret", .key_bytes = 6, .silent_ns = 1000000000,
                                        .journal_id = 77, .have_seq = 50, .epoch = 1,
                                        .have_check = bj_replica_cmd_check(&bed.copy[49]),
                                        .shape = {5, 4, 512, 0, 0},
                                        .ops = {bed_begin, bed_take, bed_commit, bed_state,
                                                bed_epoch, bed_nonce},
                                        .ctx = &bed};
            if (hello_cases[i].spoil == VENUE) other.shape = bed_shape, other.shape.venue = true;
            bj_follow_free(bed.follow);
            bed.follow = bj_follow_new(&other);
        }
        BJ_CHECK(bed_dial(&bed) && settle(10) == ok);
        BJ_CHECK(standby().why == hello_cases[i].why && (*standby().why_text == '\0') == ok);
        if (standby().why == BJ_ERR_NOT_FOUND) BJ_CHECK(strstr(standby().why_text, "taken away"));
        BJ_CHECK(standby().state == (ok ? BJ_FOLLOW_FOLLOWING : BJ_FOLLOW_AWAY));
        BJ_CHECK(bed.copy_cnt == had && primary().following == ok);
        BJ_CHECK(primary().ahead_seq == (hello_cases[i].spoil == AHEAD ? 50 : 0));
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", hello_cases[i].name);
        bed_close(&bed);
    }
}

/* A primary with another key is not followed either: it could feed whatever it likes. */
static void test_false_primary(void) {
    bed_open(&bed, 3);
    bj_follow_connected(bed.follow, bed.now);
    bj_replica_challenge_t challenge = {
        .header = {sizeof challenge, BJ_REPLICA_CHALLENGE, BJ_REPLICA_VERSION, 0, 0, 0}};
    bj_replica_seal(&challenge);
    BJ_CHECK(bj_follow_input(bed.follow, (uint8_t *)&challenge, sizeof challenge, bed.now));
    bj_replica_welcome_t welcome = {
        .header = {sizeof welcome, BJ_REPLICA_WELCOME, BJ_REPLICA_VERSION, 0, 0, 0},
        .journal_id = 5, .epoch = 1, .hash_every = 10, .instrument_max = 4, .account_max = 4,
        .order_max = 512};
    const uint8_t *hello;
    BJ_CHECK(bj_follow_output(bed.follow, &hello) == sizeof(bj_replica_hello_t));
    /* The best a listener can do: the standby's own proof sent back. */
    memcpy(welcome.mac, hello + offsetof(bj_replica_hello_t, mac), sizeof welcome.mac);
    bj_replica_seal(&welcome);
    BJ_CHECK(!bj_follow_input(bed.follow, (uint8_t *)&welcome, sizeof welcome, bed.now));
    BJ_CHECK(standby().why == BJ_ERR_DENIED && !bed.standby_id);
    bed_close(&bed);

    bed_open(&bed, 3); /* commands before a welcome */
    bed_command(&bed);
    struct __attribute__((packed)) { bj_replica_batch_t batch; bj_cmd_t cmd; } early = {
        .batch = {.header = {sizeof early, BJ_REPLICA_BATCH, BJ_REPLICA_VERSION, 0, 0, 0},
                  .first_seq = 1, .cmd_cnt = 1},
        .cmd = bed.disk[0]};
    bj_replica_seal(&early);
    bj_follow_connected(bed.follow, bed.now);
    BJ_CHECK(!bj_follow_input(bed.follow, (uint8_t *)&early, sizeof early, bed.now));
    BJ_CHECK(bed.copy_cnt == 0);
    bed_close(&bed);
}

/* --- bytes: every message of a whole conversation --- */
static uint8_t said[2][BED_PIPE_BYTES];
static size_t said_bytes[2];

/* All kinds, both ways, noted as they go. */
static void converse(void) {
    bed_open(&bed, 4);
    memset(said_bytes, 0, sizeof said_bytes);
    commands(30);
    bed_dial(&bed);
    for (int i = 0; i < 40; i++) {
        if (i == 10) bj_replica_state(bed.replica, 30, bj_engine_hash(bed.engine));
        if (i == 20) BJ_CHECK(bj_follow_fence(bed.follow, 2) == BJ_OK);
        bed.now.mono_ns += 20 * BJ_NS_PER_MS;
        (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
        BJ_CHECK(bj_follow_step(bed.follow, bed.now));
        bed_send(&bed);
        for (int way = 0; way < 2; way++) {
            bed_pipe_t *pipe = way ? &bed.to_primary : &bed.to_standby;
            memcpy(said[way] + said_bytes[way], pipe->data, pipe->cnt);
            said_bytes[way] += pipe->cnt;
        }
        BJ_CHECK(bed_deliver(&bed, BED_PIPE_BYTES));
    }
    BJ_CHECK(standby().state == BJ_FOLLOW_FENCED && standby().state_hashes == 1);
}

static void test_frames(void) {
    uint32_t kinds = 0;
    converse();
    bed_close(&bed);
    for (int way = 0; way < 2; way++) {
        bj_replica_by_t by = way ? BJ_REPLICA_BY_STANDBY : BJ_REPLICA_BY_PRIMARY;
        bj_replica_by_t other = way ? BJ_REPLICA_BY_PRIMARY : BJ_REPLICA_BY_STANDBY;
        size_t msg_bytes = 0, none;
        for (size_t at = 0; at < said_bytes[way]; at += msg_bytes) {
            const uint8_t *from = said[way] + at;
            BJ_CHECK(bj_replica_frame(from, said_bytes[way] - at, by, &msg_bytes) == BJ_OK);
            uint8_t *exact = malloc(msg_bytes);
            memcpy(exact, said[way] + at, msg_bytes);
            kinds |= 1u << (exact[4] & 31);
            BJ_CHECK(bj_replica_frame(exact, msg_bytes, other, &none) == BJ_ERR_UNKNOWN_TYPE);
            for (size_t n = 0; n < msg_bytes; n++) {
                uint8_t *cut = malloc(n ? n : 1);
                memcpy(cut, exact, n);
                BJ_CHECK(bj_replica_frame(cut, n, by, &none) == BJ_ERR_TRUNCATED);
                free(cut);
                exact[n] ^= 0x40; /* no byte may change */
                BJ_CHECK(bj_replica_frame(exact, msg_bytes, by, &none) != BJ_OK);
                exact[n] ^= 0x40;
            }
            free(exact);
        }
    }
    /* Challenge, hello, welcome, batch, hash, pulse, ack, fence and fenced (one letter's bits). */
    BJ_CHECK(__builtin_popcount(kinds) == 8);
}

/* The primary's words cut off anywhere: nothing half is taken, and the rest comes afterwards. */
static void test_every_cut(void) {
    converse();
    bed_close(&bed);
    size_t whole = said_bytes[0];
    static uint8_t words[BED_PIPE_BYTES];
    memcpy(words, said[0], whole);
    for (size_t n = 0; n < whole; n += 1 + n % 3) {
        bed_open(&bed, 4); /* the same dice: the same nonces, the same words */
        commands(30);
        bed_dial(&bed);
        BJ_CHECK(bj_follow_fence(bed.follow, 2) == BJ_OK);
        BJ_CHECK(bj_follow_input(bed.follow, words, n < 48 ? n : 48, bed.now));
        bed_cut(&bed);
        BJ_CHECK(bed_dial(&bed) && settle(30));
        BJ_CHECK(standby().state == BJ_FOLLOW_FENCED && bed.copy_cnt == 30);
        BJ_CHECK(memcmp(bed.copy, bed.disk, 30 * sizeof(bj_cmd_t)) == 0);
        bed_close(&bed);
        if (n > 200) n += 97;
    }
}

/* --- differences --- */
static void test_differs(void) {
    bed_open(&bed, 5);
    bed.spoil_seq = 20;
    BJ_CHECK(bed_dial(&bed) && settle(5));
    commands(60);
    BJ_CHECK(!settle(20));
    bj_follow_status_t status = standby();
    BJ_CHECK(status.state == BJ_FOLLOW_STOPPED && status.stop_seq == 32); /* 17..32 has it */
    BJ_CHECK(status.digests == 1 && status.why == BJ_ERR_CORRUPT && bed.copy_cnt == 32);
    BJ_CHECK(primary().differs_seq == 32 && bj_replica_counters(bed.replica)->differs == 1);
    BJ_CHECK(!primary().following);
    bed_dial(&bed);
    BJ_CHECK(!settle(20) && bed.copy_cnt == 32); /* for good */
    bed_close(&bed);

    bed_open(&bed, 5); /* the same, seen by the state's hash alone */
    bed.spoil_seq = 5;
    BJ_CHECK(bed_dial(&bed) && settle(5));
    commands(10);
    BJ_CHECK(settle(5));
    bj_replica_state(bed.replica, 10, bj_engine_hash(bed.engine));
    BJ_CHECK(!settle(5) && standby().state == BJ_FOLLOW_STOPPED && standby().stop_seq == 10);
    bed_close(&bed);
}

static void test_disk_refuses(void) {
    bed_open(&bed, 6);
    BJ_CHECK(bed_dial(&bed) && settle(5));
    bed.commit_fails = true;
    commands(3);
    BJ_CHECK(!settle(5) && standby().state == BJ_FOLLOW_STOPPED && standby().why == BJ_ERR_IO);
    BJ_CHECK(primary().have_seq == 0);
    bed_close(&bed);
}

/* --- lost and back --- */
static void test_lost(void) {
    bed_open(&bed, 7);
    BJ_CHECK(primary().lost); /* until one was there */
    BJ_CHECK(bed_dial(&bed) && settle(5) && !primary().lost);
    bed_cut(&bed);
    commands(5);
    for (int i = 0; i < BED_LOST_MS - 10; i++) {
        bed.now.mono_ns += BJ_NS_PER_MS;
        (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
    }
    BJ_CHECK(!primary().lost);
    bed.now.mono_ns += 20 * BJ_NS_PER_MS;
    (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
    BJ_CHECK(primary().lost && bj_replica_counters(bed.replica)->losses == 1);
    BJ_CHECK(bed_dial(&bed) && settle(5) && !primary().lost && primary().have_seq == 5);

    /* Connected, but its disk hangs: it acknowledges nothing new. */
    commands(5);
    for (int i = 0; i < BED_LOST_MS / 100 + 2; i++) {
        bed.now.mono_ns += 100 * BJ_NS_PER_MS;
        (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
        bj_replica_ack_t ack = {.header = {sizeof ack, BJ_REPLICA_ACK, BJ_REPLICA_VERSION, 0, 0, 0},
                                .have_seq = 5};
        bj_replica_seal(&ack);
        BJ_CHECK(bj_replica_input(bed.replica, bed.conn_idx, (uint8_t *)&ack, sizeof ack, bed.now));
    }
    BJ_CHECK(primary().lost && primary().following);
    bed_close(&bed);
}

/* One that does not read at all: the buffer is full, nothing waits, and it is cut in the end. */
static void test_slow(void) {
    const uint8_t *data;
    bed_open(&bed, 8);
    BJ_CHECK(bed_dial(&bed) && settle(5));
    commands(3000);
    for (int i = 0; i < 50; i++) (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
    size_t due = bj_replica_output(bed.replica, bed.conn_idx, &data);
    BJ_CHECK(due > 3 * BJ_REPLICA_MESSAGE_MAX_BYTES / 4 && due < 4 * BJ_REPLICA_MESSAGE_MAX_BYTES);
    BJ_CHECK(settle(80) && bed.copy_cnt == 3000);
    bed.now.mono_ns += BED_LOST_MS * BJ_NS_PER_MS;
    (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
    BJ_CHECK(!primary().following && bj_replica_counters(bed.replica)->cut == 1);
    bed_close(&bed);
}

static void test_second_takes_its_place(void) {
    bed_open(&bed, 9);
    BJ_CHECK(bed_dial(&bed) && settle(5) && primary().following);
    uint32_t first = bed.conn_idx;
    bed.up = false, bed.to_standby.cnt = bed.to_primary.cnt = 0; /* its end was never heard of */
    bj_follow_disconnected(bed.follow);
    BJ_CHECK(bed_dial(&bed) && bed.conn_idx != first && settle(5));
    const uint8_t *data;
    BJ_CHECK(primary().following && bj_replica_finished(bed.replica, first, bed.now));
    uint32_t more[BJ_REPLICA_CONNS_MAX];
    for (uint32_t i = 0; i < BJ_REPLICA_CONNS_MAX - 2; i++)
        more[i] = bj_replica_connect(bed.replica, bed.now);
    BJ_CHECK(bj_replica_connect(bed.replica, bed.now) == BJ_REPLICA_NONE);
    BJ_CHECK(bj_replica_counters(bed.replica)->refused == 1);
    bed.now.mono_ns += 3 * BJ_NS_PER_S; /* those that say nothing make room */
    bj_replica_sent(bed.replica, more[0], bj_replica_output(bed.replica, more[0], &data));
    (void)bj_replica_step(bed.replica, &bed.reach, bed.now);
    BJ_CHECK(bj_replica_finished(bed.replica, more[0], bed.now));
    bed_close(&bed);
}

/* --- the fence --- */
static void test_fence(void) {
    bed_open(&bed, 10);
    BJ_CHECK(bed_dial(&bed) && settle(5));
    BJ_CHECK(bj_follow_fence(bed.follow, 1) == BJ_ERR_BAD_FIELD); /* not higher */
    BJ_CHECK(bj_follow_fence(bed.follow, 3) == BJ_OK);
    bed.fence_fails = true; /* its disk is full: it goes on, and we do not have its word */
    BJ_CHECK(!settle(5) && !primary().fenced && standby().state == BJ_FOLLOW_AWAY);
    bed.fence_fails = false;
    commands(7);
    BJ_CHECK(bed_dial(&bed) && settle(10));
    BJ_CHECK(primary().fenced && primary().epoch == 3 && bed.epoch == 3);
    BJ_CHECK(standby().state == BJ_FOLLOW_FENCED && bed.copy_cnt == 7);
    bed_close(&bed);

    /* A standby that heard of a later epoch elsewhere is not the follower of an older primary. */
    bed_open(&bed, 11);
    bed.standby_epoch = 5;
    restart_standby();
    BJ_CHECK(bed_dial(&bed));
    (void)settle(5);
    BJ_CHECK(primary().fenced && bed.epoch == 5);
    bed_close(&bed);
}

/* A take-over that was given up: the next connection is not asked to stop; who had been told
 * already may say so late, and is believed. */
static void test_unfence(void) {
    bed_open(&bed, 12);
    BJ_CHECK(bed_dial(&bed) && settle(5));
    BJ_CHECK(bj_follow_fence(bed.follow, 2) == BJ_OK);
    bed.fence_fails = true;
    BJ_CHECK(!settle(5));
    bj_follow_unfence(bed.follow);
    bed.fence_fails = false;
    commands(3);
    BJ_CHECK(bed_dial(&bed) && settle(10) && !primary().fenced && bed.copy_cnt == 3);

    BJ_CHECK(bj_follow_fence(bed.follow, 2) == BJ_OK);
    BJ_CHECK(bj_follow_step(bed.follow, bed.now));
    bed_send(&bed);
    bj_follow_unfence(bed.follow);
    BJ_CHECK(settle(5) && primary().fenced && standby().state == BJ_FOLLOW_FENCED);
    bed_close(&bed);
}

/* What nobody says: wrong by type, by order, or out of range.  All of it ends the connection. */
static void test_out_of_turn(void) {
    for (int i = 0; i < 5; i++) {
        bed_open(&bed, 12);
        BJ_CHECK(bed_dial(&bed) && settle(5));
        commands(3);
        BJ_CHECK(settle(5) && primary().have_seq == 3);
        bj_replica_ack_t ack = {.header = {sizeof ack, BJ_REPLICA_ACK, BJ_REPLICA_VERSION, 0, 0, 0},
                                .have_seq = i == 0 ? 2 : 4}; /* went back; never sent */
        if (i == 2) ack.header.type = BJ_REPLICA_FENCE, ack.have_seq = 1; /* not a higher epoch */
        if (i == 3) ack.header.type = BJ_REPLICA_BATCH;
        if (i == 4) ack.header.version++;
        bj_replica_seal(&ack);
        const uint8_t *said_ack = (const uint8_t *)&ack;
        BJ_CHECK(!bj_replica_input(bed.replica, bed.conn_idx, said_ack, sizeof ack, bed.now));
        BJ_CHECK(!primary().following && !primary().fenced);
        BJ_CHECK(bj_replica_counters(bed.replica)->garbage == (i > 2));
        bed_close(&bed);
    }
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR + 1);
    test_catch_up_and_live();
    test_hello();
    test_false_primary();
    test_frames();
    test_every_cut();
    test_differs();
    test_disk_refuses();
    test_lost();
    test_slow();
    test_second_takes_its_place();
    test_fence();
    test_unfence();
    test_out_of_turn();
    return bj_test_end("test_bj_replica");
}
