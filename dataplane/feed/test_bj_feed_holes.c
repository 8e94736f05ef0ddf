/* Goal: what the arbiter does about a hole nobody fills: it asks, holds, takes what comes in order,
 * and knows when the stream is whole again.  Method: scripts of one line a step, each with what
 * must come out of it. */
#include "dataplane/feed/bj_feed_arbiter.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { WAIT_NS = 1000, RETRY_NS = 50000, LATE_NS = 20000 };

/* What came out since it was last looked at, in words: "4" applied, "-2" given up, "reset",
 * "part", "whole", "want 2-3", "snapshot", "cancel". */
static char said[1 << 16];
static bj_feed_arbiter_t *arbiter;
static int64_t now_ns;

static void say(const char *form, unsigned a, unsigned b) {
    size_t n = strlen(said);
    snprintf(said + n, sizeof said - n, form, a, b);
}
static void on_apply(void *ctx, uint32_t s, const bj_feed_msg_t *msg) {
    (void)ctx, (void)s;
    say("%u ", msg->seq, 0);
}
static void on_gap(void *ctx, uint32_t s, uint32_t cnt) {
    (void)ctx, (void)s;
    say("-%u ", cnt, 0);
}
static void on_reset(void *ctx, uint32_t s) { (void)ctx, (void)s, say("reset ", 0, 0); }
static void on_whole(void *ctx, uint32_t s, bool whole) {
    (void)ctx, (void)s;
    say(whole ? "whole " : "part ", 0, 0);
}
static void on_want(void *ctx, uint32_t s, uint32_t from, uint32_t to) {
    (void)ctx, (void)s;
    say("want %u-%u ", from, to);
}
static void on_want_snapshot(void *ctx, uint32_t s) {
    (void)ctx, (void)s;
    say("snapshot ", 0, 0);
}
static void on_cancel(void *ctx, uint32_t s) { (void)ctx, (void)s, say("cancel ", 0, 0); }
static const bj_feed_arbiter_ops_t ops = {.apply = on_apply, .gap = on_gap, .reset = on_reset,
                                          .whole = on_whole, .want = on_want,
                                          .want_snapshot = on_want_snapshot, .cancel = on_cancel};

enum { NONE, RECOVERY, SNAPSHOT, BOTH };
static bool restart_asks;
static void make(int services, uint32_t stream_cnt, uint32_t queue_max, uint32_t hole_max) {
    uint64_t all = (UINT64_C(1) << stream_cnt) - 1;
    bj_feed_arbiter_config_t config = {
        .stream_cnt = stream_cnt, .queue_max = queue_max, .hole_max = hole_max,
        .gap_wait_ns = WAIT_NS, .retry_ns = RETRY_NS, .late_ns = LATE_NS,
        .recovered = services & RECOVERY ? all : 0, .snapshotted = services & SNAPSHOT ? all : 0,
        .snapshot_restart = restart_asks};
    free(arbiter);
    void *mem = aligned_alloc(64, (bj_feed_arbiter_footprint(&config) + 63) / 64 * 64);
    arbiter = bj_feed_arbiter_new(mem, &config, &ops, NULL);
    now_ns = 1;
    said[0] = 0;
}

static bool is(const char *want) {
    bool same = strcmp(said, want) == 0;
    if (!same) fprintf(stderr, "  said \"%s\", not \"%s\"\n", said, want);
    said[0] = 0;
    return same;
}

static bool offer_at(uint32_t s, uint32_t source, uint32_t seq, int64_t exch_ns) {
    bj_feed_msg_t msg = {.seq = seq, .exch_ns = exch_ns, .kind = BJ_FEED_NEW, .stream_id = 1};
    return bj_feed_arbiter_offer(arbiter, source, s, &msg, now_ns);
}
/* A message's time is its sequence, unless said otherwise. */
static bool offer(uint32_t seq) { return offer_at(0, 0, seq, seq); }
/* From far ahead: believed when the other source says so too. */
static void late(uint32_t seq) {
    (void)offer(seq), (void)offer_at(0, 1, seq, seq);
}
static void offers(uint32_t from, uint32_t to) {
    while (from <= to) (void)offer(from++);
}
static bj_feed_recovered_t recovered(uint32_t seq) {
    bj_feed_msg_t msg = {.seq = seq, .exch_ns = seq, .kind = BJ_FEED_NEW, .stream_id = 1};
    return bj_feed_arbiter_recovered(arbiter, 0, &msg, now_ns);
}
static void beat(uint32_t source, uint32_t last_seq) {
    bj_feed_msg_t msg = {.seq = last_seq, .kind = BJ_FEED_HEARTBEAT, .stream_id = 1};
    (void)bj_feed_arbiter_offer(arbiter, source, 0, &msg, now_ns);
}
static void pass(int64_t ns) {
    now_ns += ns;
    bj_feed_arbiter_step(arbiter, now_ns);
}
static void answer(bool ok) { bj_feed_arbiter_answer(arbiter, 0, ok, now_ns); }
static bool snapshot(uint32_t last_seq) {
    return bj_feed_arbiter_snapshot(arbiter, 0, last_seq, now_ns);
}

static void test_recovery(void) {
    make(RECOVERY, 1, 100, 100);
    offers(1, 2), offers(5, 6);
    pass(WAIT_NS - 1);
    BJ_CHECK(is("1 2 "));
    pass(1);
    BJ_CHECK(is("part want 3-4 "));
    offers(7, 8);
    pass(10 * WAIT_NS);
    BJ_CHECK(is("") && bj_feed_arbiter_held_cnt(arbiter) == 4);
    BJ_CHECK(recovered(3) == BJ_FEED_TAKEN && is("3 "));
    BJ_CHECK(recovered(3) == BJ_FEED_KNOWN && recovered(5) == BJ_FEED_KNOWN);
    BJ_CHECK(recovered(4) == BJ_FEED_TAKEN && is("4 5 6 7 8 "));
    answer(true);
    pass(0);
    BJ_CHECK(is("whole ") && offer(9) && is("9 ") && !offer(3) && is(""));

    /* What is not known of a hole by a message, by a heartbeat. */
    beat(1, 12);
    pass(WAIT_NS);
    BJ_CHECK(is("part want 10-12 "));
    offers(10, 11); /* the slower source after all */
    BJ_CHECK(is("10 11 "));
    BJ_CHECK(offer(12) && is("12 cancel "));
    pass(0);
    BJ_CHECK(is("whole "));
}

/* Near holes are one request; far ones are one each; more than a request may hold is none. */
static void test_merge(void) {
    make(RECOVERY, 1, 10000, 4000);
    offer(1), offer(3), offer(5);
    beat(0, 7);
    pass(WAIT_NS);
    BJ_CHECK(is("1 part want 2-7 "));
    make(RECOVERY, 1, 10000, 4000);
    offer(1), offers(3, 3 + BJ_FEED_MERGE), offer(BJ_FEED_MERGE + 10);
    pass(WAIT_NS);
    BJ_CHECK(is("1 part want 2-2 "));
    recovered(2);
    answer(true);
    said[0] = 0;
    pass(0);
    BJ_CHECK(is("1027 want 1028-1033 "));
    make(RECOVERY, 1, 10000, 4000);
    offer(1), offer(3990), offer(4010);
    pass(WAIT_NS);
    BJ_CHECK(is("1 part want 2-3989 "));
}

static void test_recovery_fails(void) {
    make(RECOVERY, 1, 100, 100);
    offer(1), offer(4);
    pass(WAIT_NS);
    BJ_CHECK(recovered(2) == BJ_FEED_TAKEN && is("1 part want 2-3 2 "));
    answer(false);
    pass(0);
    BJ_CHECK(is("-1 4 "));
    pass(RETRY_NS);
    BJ_CHECK(is("") && offer(5) && offer(8) && is("5 "));
    pass(WAIT_NS); /* the books are wrong anyway */
    BJ_CHECK(is("-2 8 "));
    BJ_CHECK(offer_at(0, 1, 1, 100) && is("reset 1 "));
    pass(0);
    BJ_CHECK(is(""));

    make(BOTH, 1, 100, 100);
    offer(1), offer(4);
    pass(WAIT_NS);
    answer(false);
    pass(0);
    BJ_CHECK(is("1 part want 2-3 snapshot "));
    BJ_CHECK(!snapshot(2)); /* leaves a hole, and recovery is out of order */
    BJ_CHECK(snapshot(3));
    answer(true);
    pass(0);
    BJ_CHECK(is("4 whole "));
    offer(6);
    pass(WAIT_NS); /* for another hole it is asked again */
    BJ_CHECK(is("part want 5-5 "));
}

static void test_snapshot(void) {
    make(BOTH, 1, 1000, 10);
    offer(1), late(13);
    pass(0); /* longer than recovery is asked for: no wait */
    BJ_CHECK(is("1 part snapshot ") && !offer(13) && offer(14) && is(""));
    BJ_CHECK(!snapshot(0) && !snapshot(1) && snapshot(2));
    answer(true); /* ten are missing still */
    pass(0);
    BJ_CHECK(is("want 3-12 "));
    for (uint32_t seq = 3; seq <= 12; seq++) recovered(seq);
    answer(true);
    pass(0);
    BJ_CHECK(is("3 4 5 6 7 8 9 10 11 12 13 14 whole "));

    make(SNAPSHOT, 1, 1000, 10); /* no recovery: only one that leaves no hole will do */
    late(5000);
    BJ_CHECK(is("part snapshot "));
    offers(5001, 5003);
    BJ_CHECK(!snapshot(4998) && snapshot(4999));
    answer(true);
    pass(0);
    BJ_CHECK(is("5000 5001 5002 5003 whole "));

    make(SNAPSHOT, 1, 1000, 10); /* cut, then one of later */
    late(5000);
    BJ_CHECK(snapshot(4999) && snapshot(4999) && offer(5001));
    BJ_CHECK(snapshot(5000));
    answer(true);
    pass(0);
    BJ_CHECK(is("part snapshot 5001 whole "));

    make(SNAPSHOT, 1, 1000, 10); /* half of it came: whatever else did, the books are wrong */
    offer(1), late(13);
    pass(0);
    BJ_CHECK(snapshot(12));
    offers(2, 12);
    answer(false);
    pass(0);
    BJ_CHECK(is("1 part snapshot 2 3 4 5 6 7 8 9 10 11 12 13 "));
    pass(RETRY_NS);
    BJ_CHECK(is("snapshot "));

    make(SNAPSHOT, 1, 1000, 10); /* none comes: shown as it is, and asked for again */
    late(5000), offer(5001);
    answer(false);
    BJ_CHECK(is("part snapshot -4999 5000 5001 ") && offer(5002) && is("5002 "));
    pass(RETRY_NS - 1);
    BJ_CHECK(is(""));
    pass(1);
    BJ_CHECK(is("snapshot ") && offer(5003) && is(""));
    BJ_CHECK(!snapshot(5001)); /* never back over what was shown */
    BJ_CHECK(snapshot(5002));
    answer(true);
    pass(0);
    BJ_CHECK(is("5003 whole "));
}

/* A snapshot ahead of all that was heard: whole only when the feed has come that far. */
static void test_ahead(void) {
    make(SNAPSHOT, 1, 1000, 10);
    late(5000);
    BJ_CHECK(snapshot(5004));
    answer(true);
    pass(0);
    BJ_CHECK(is("part snapshot ") && !offer(5001) && !offer(5003));
    pass(LATE_NS + 1);
    BJ_CHECK(is("") && !offer(5003) && is("")); /* a copy is no proof */

    for (int by = 0; by < 3; by++) { /* confirmed: by the last one, the next one, a heartbeat */
        make(SNAPSHOT, 1, 1000, 10);
        late(5000);
        BJ_CHECK(snapshot(5004));
        answer(true);
        pass(0);
        said[0] = 0;
        if (by == 0) BJ_CHECK(!offer(5004) && is(""));
        if (by == 1) BJ_CHECK(offer(5005) && is("5005 "));
        if (by == 2) beat(0, 5004);
        pass(0);
        BJ_CHECK(is("whole "));
    }
    for (int by = 0; by < 2; by++) { /* it was another run's */
        make(SNAPSHOT, 1, 1000, 10);
        late(50);
        pass(0);
        BJ_CHECK(snapshot(9000));
        answer(true);
        pass(LATE_NS + 1);
        said[0] = 0;
        if (by == 0) offer(51);
        else beat(0, 50);
        BJ_CHECK(is("reset "));
    }
    make(SNAPSHOT, 1, 1000, 10); /* and one that is told by its orders */
    offer(1), offer_at(0, 0, 1, 100);
    BJ_CHECK(!bj_feed_arbiter_same_run(arbiter, 0, 0));
    BJ_CHECK(!bj_feed_arbiter_same_run(arbiter, 0, 99));
    BJ_CHECK(bj_feed_arbiter_same_run(arbiter, 0, 100));
    make(SNAPSHOT, 1, 1000, 10);
    BJ_CHECK(bj_feed_arbiter_same_run(arbiter, 0, 0));
}

static void test_strays(void) {
    make(BOTH, 1, 1000, 10);
    offers(1, 3);
    offer_at(0, 0, 90, 3), offer_at(0, 0, 2000000, 3), beat(0, 5000), beat(0, 9000);
    pass(10 * WAIT_NS);
    BJ_CHECK(is("1 2 3 ") && offer(4) && is("4 "));
    beat(0, 2000), beat(1, 2001);
    pass(WAIT_NS);
    BJ_CHECK(is("part snapshot "));

    make(NONE, 1, 1000, 10); /* given up on a heartbeat's word, and there after all */
    offer(1), beat(0, 5);
    pass(WAIT_NS);
    BJ_CHECK(is("1 part -4 ") && offer(3) && is("3 ") && !offer(2) && is(""));
    BJ_CHECK(offer(4) && offer(5) && offer(6) && is("4 5 6 "));
}

static void test_restart(void) {
    make(BOTH, 1, 100, 100);
    offer(1), offer(4);
    pass(WAIT_NS);
    BJ_CHECK(is("1 part want 2-3 "));
    BJ_CHECK(offer_at(0, 0, 1, 10) && is("cancel reset 1 "));
    BJ_CHECK(recovered(2) == BJ_FEED_FOREIGN && bj_feed_arbiter_held_cnt(arbiter) == 0);
    pass(0);
    BJ_CHECK(is(""));
    make(SNAPSHOT, 1, 100, 10);
    late(5000);
    BJ_CHECK(snapshot(4999) && offer_at(0, 0, 1, 6000) && is("part snapshot cancel reset 1 "));
    answer(true); /* of the run before: nobody waits for it */
    BJ_CHECK(offer_at(0, 0, 2, 6001) && is("2 "));
    make(BOTH, 1, 100, 100); /* recovered messages of another run are told by their time */
    offer(1), offer(4);
    pass(WAIT_NS);
    bj_feed_msg_t msg = {.seq = 2, .exch_ns = 9, .kind = BJ_FEED_NEW, .stream_id = 1};
    BJ_CHECK(bj_feed_arbiter_recovered(arbiter, 0, &msg, now_ns) == BJ_FEED_FOREIGN);
    BJ_CHECK(recovered(3) == BJ_FEED_FOREIGN); /* not its turn */
    msg = (bj_feed_msg_t){.seq = 2, .stream_id = 1}; /* there, but nothing can be made of it */
    BJ_CHECK(bj_feed_arbiter_recovered(arbiter, 0, &msg, now_ns) == BJ_FEED_TAKEN);
}

/* Where a switch does not send the live orders again, the snapshot has them. */
static void test_snapshot_restart(void) {
    restart_asks = true;
    make(SNAPSHOT, 1, 1000, 10);
    restart_asks = false;
    offers(1, 3);
    BJ_CHECK(is("1 2 3 ") && offer_at(0, 0, 1, 10) && is("reset part snapshot "));
    BJ_CHECK(offer_at(0, 0, 2, 11) && snapshot(0)); /* taken before the first message */
    answer(true);
    pass(0);
    BJ_CHECK(is("1 2 whole "));
    BJ_CHECK(offer_at(0, 0, 1, 20) && snapshot(1));
    answer(false);
    BJ_CHECK(is("reset part snapshot 1 ") && offer_at(0, 0, 2, 21));
    pass(RETRY_NS);
    BJ_CHECK(is("2 snapshot "));
}

/* The quick look: what it answers, and what it leaves to the arbiter. */
static void test_glance(void) {
    make(BOTH, 1, 100, 100);
    bj_feed_head_t *head = bj_feed_arbiter_heads(arbiter);
    static const struct { uint32_t seq; int64_t exch_ns; uint8_t kind; bj_feed_glance_t want; }
        cases[] = {{6, 20, BJ_FEED_NEW, BJ_FEED_ASK},       {4, 13, BJ_FEED_NEW, BJ_FEED_IN_ORDER},
                   {4, 13, BJ_FEED_NEW, BJ_FEED_COPY},      {1, 10, BJ_FEED_NEW, BJ_FEED_COPY},
                   {2, 5, BJ_FEED_NEW, BJ_FEED_ASK}, /* of the run before */
                   {2, 14, BJ_FEED_NEW, BJ_FEED_ASK}, /* of the next */
                   {5, 12, BJ_FEED_NEW, BJ_FEED_ASK}, /* its time runs backwards */
                   {5, 0, BJ_FEED_HEARTBEAT, BJ_FEED_ASK}, {3, 0, BJ_FEED_HEARTBEAT, BJ_FEED_ASK},
                   {5, 13, BJ_FEED_TRADE, BJ_FEED_IN_ORDER},
                   {6, 14, BJ_FEED_NEW, BJ_FEED_IN_ORDER}};
    offers(1, 9), offer_at(0, 0, 1, 10), offer_at(0, 0, 2, 11), offer_at(0, 0, 3, 12);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_feed_msg_t msg = {.seq = cases[i].seq, .exch_ns = cases[i].exch_ns,
                             .kind = cases[i].kind, .stream_id = 1};
        bool same = bj_feed_arbiter_glance(head, 1, &msg) == cases[i].want;
        BJ_CHECK(same);
        if (!same) fprintf(stderr, "  in case %zu\n", i);
    }
    BJ_CHECK(offer_at(0, 0, 7, 15) && is("1 2 3 4 5 6 7 8 9 reset 1 2 3 7 "));
    offer_at(0, 0, 9, 17);
    bj_feed_msg_t next = {.seq = 8, .exch_ns = 16, .kind = BJ_FEED_NEW, .stream_id = 1};
    BJ_CHECK(bj_feed_arbiter_glance(head, 1, &next) == BJ_FEED_ASK); /* something is held */
    BJ_CHECK(offer_at(0, 1, 8, 16) && is("8 9 "));
}

/* Heartbeats that name less than the source had sent. */
static void test_low_beats(void) {
    make(RECOVERY, 1, 100, 100);
    offers(1, 9);
    said[0] = 0;
    beat(0, 3), beat(0, 3); /* late copies of one */
    pass(BJ_FEED_BEATS_NS - 1);
    beat(0, 3);
    BJ_CHECK(is(""));
    offer(10); /* the source goes on where it was */
    pass(1);
    beat(0, 3);
    BJ_CHECK(is("10 "));
    pass(BJ_FEED_BEATS_NS);
    beat(1, 2); /* the slower source speaks for itself */
    BJ_CHECK(is(""));
    beat(0, 3);
    BJ_CHECK(is("reset "));
    pass(WAIT_NS);
    BJ_CHECK(is("part want 1-3 "));
    beat(1, 900); /* still in the run before */
    BJ_CHECK(offer_at(0, 0, 4, 50) && is(""));
    BJ_CHECK(offer_at(0, 1, 11, 10) == false); /* that, too */
    make(RECOVERY, 1, 100, 100); /* begun again and nothing sent yet */
    offers(1, 2);
    beat(0, 0);
    pass(BJ_FEED_BEATS_NS);
    beat(0, 0);
    BJ_CHECK(is("1 2 reset "));
    beat(0, 1);
    pass(WAIT_NS);
    BJ_CHECK(is("part want 1-1 "));
}

/* A full queue: the stream with most in it begins anew. */
static void test_overflow(void) {
    make(BOTH, 1, 128, 1000); /* 3 chunks of 64 */
    offer(1), offers(3, 191);
    pass(WAIT_NS);
    BJ_CHECK(is("1 part want 2-2 "));
    BJ_CHECK(offer(192) && is("snapshot ") && bj_feed_arbiter_held_cnt(arbiter) == 1);
    offers(193, 200);
    BJ_CHECK(!snapshot(0) && !snapshot(1)); /* no further than we are */
    BJ_CHECK(snapshot(150));
    answer(true);
    pass(WAIT_NS);
    BJ_CHECK(is("want 151-191 "));

    make(RECOVERY, 1, 128, 1000);
    offer(1), offers(3, 191);
    pass(WAIT_NS);
    said[0] = 0;
    BJ_CHECK(offer(192) && strncmp(said, "cancel -1 3 4 ", 14) == 0);
    BJ_CHECK(strstr(said, " 191 192 ") && bj_feed_arbiter_held_cnt(arbiter) == 0);

    make(BOTH, 2, 64, 1000); /* the other one's queue is the longer one: 3 chunks */
    offer_at(1, 0, 1, 1);
    for (uint32_t seq = 3; seq < 140; seq++) offer_at(1, 0, seq, seq);
    offer(1), said[0] = 0;
    BJ_CHECK(offer(3) && is("part snapshot ") && bj_feed_arbiter_held_cnt(arbiter) == 1);
}

/* More than one call may let out: the rest comes step by step, and new ones wait behind it. */
static void test_drain(void) {
    make(RECOVERY, 1, 10000, 5000);
    offer(1), offers(3, 3000);
    pass(WAIT_NS);
    said[0] = 0;
    recovered(2);
    BJ_CHECK(bj_feed_arbiter_held_cnt(arbiter) == 2998 - BJ_FEED_DRAIN);
    said[0] = 0;
    BJ_CHECK(offer(3001) && is(""));
    BJ_CHECK(!offer_at(0, 1, 3 + BJ_FEED_DRAIN, 3 + BJ_FEED_DRAIN) && is(""));
    for (int i = 0; i < 2; i++) pass(0);
    BJ_CHECK(bj_feed_arbiter_held_cnt(arbiter) == 0);
    BJ_CHECK(strstr(said, "3000 3001 whole ") != NULL);
    said[0] = 0;
    BJ_CHECK(offer(3002) && is("3002 "));
}

int main(void) {
    test_recovery();
    test_merge();
    test_recovery_fails();
    test_snapshot();
    test_ahead();
    test_strays();
    test_restart();
    test_snapshot_restart();
    test_glance();
    test_low_beats();
    test_overflow();
    test_drain();
    free(arbiter);
    return bj_test_end("test_bj_feed_holes");
}
