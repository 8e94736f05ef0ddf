/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): what the database hashes is what bj_trail_leaf hashes, whatever is in
 * an entry; an entry stands or falls with its transaction; many at once leave no hole and one
 * chain; the filters. */
#include <pthread.h>
#include <stdlib.h>
#include "controlplane/audit/bj_trail.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

enum { THREADS = 4, EACH = 40 };

static bj_db_pool_t *db;

typedef struct seen {
    uint64_t         first, last;
    size_t           cnt, bad_leaf_cnt, bad_chain_cnt, hole_cnt;
    int64_t          at_us;
    bj_merkle_hash_t chain;
    char             act[41], after[128], reason[900];
} seen_t;

static void look(void *ctx, const bj_trail_entry_t *e) {
    seen_t *seen = ctx;
    bj_merkle_hash_t leaf = bj_trail_leaf(e), chain = bj_merkle_chain(&seen->chain, &leaf);
    if (seen->cnt++ == 0) seen->first = e->seq;
    else seen->hole_cnt += e->seq != seen->last + 1;
    seen->bad_leaf_cnt += !bj_merkle_same(&leaf, &e->leaf);
    seen->bad_chain_cnt += !bj_merkle_same(&chain, &e->chain);
    seen->last = e->seq;
    seen->at_us = e->at_us;
    seen->chain = e->chain;
    snprintf(seen->act, sizeof seen->act, "%s", e->act);
    snprintf(seen->after, sizeof seen->after, "%s", e->after_json ? e->after_json : "");
    snprintf(seen->reason, sizeof seen->reason, "%s", e->reason ? e->reason : "");
}

static seen_t look_at(bj_trail_filter_t filter, bool oldest_first) {
    seen_t seen = {.cnt = 0};
    if (!filter.limit) filter.limit = 1000;
    BJ_CHECK(bj_trail_select(db, &filter, oldest_first, look, &seen) == BJ_OK);
    return seen;
}

static bj_status_t add(const char *actor, bj_trail_act_t act) {
    bj_trail_who_t who = {.role = "admin", .address = "::1"};
    snprintf(who.actor, sizeof who.actor, "%s", actor);
    if (!act.subject) act.subject = "member";
    if (!act.outcome) act.outcome = "done";
    return bj_trail_add(db, &who, &act);
}

static void test_hashes(void) {
    char wide[4 * 300 + 1] = "";
    for (int i = 0; i < 300; i++) memcpy(wide + 4 * i, "\xf0\x9f\x99\x82", 5);
    const bj_trail_act_t acts[] = {
        {.act = "a.b"},
        {.act = "limit.set", .reason = "1:x,-,", .before_json = "{}",
         .after_json = "{ \"a\" : 1 }"},
        {.act = "limit.set", .reason = "\xe0\xa4\xac and \\x00 and 'quotes'"},
        {.act = "a.b.c", .reason = wide, .outcome = "unknown", .subject = "x"},
    };
    for (size_t i = 0; i < BJ_COUNT(acts); i++) {
        BJ_CHECK(add("operator", acts[i]) == BJ_OK);
        seen_t seen = look_at((bj_trail_filter_t){.limit = 1}, false);
        BJ_CHECK(seen.cnt == 1 && seen.bad_leaf_cnt == 0 && !strcmp(seen.act, acts[i].act));
        if (acts[i].after_json) BJ_CHECK(!strcmp(seen.after, acts[i].after_json)); /* as it came */
    }
    seen_t seen = look_at((bj_trail_filter_t){.limit = 1}, false);
    BJ_CHECK(strlen(seen.reason) == 4 * 200); /* cut, and not within a character */
    BJ_CHECK(add("a@b.in", acts[0]) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(add("operator", (bj_trail_act_t){.act = "a.b", .after_json = "[1]"}) ==
             BJ_ERR_BAD_FIELD);
}

static void test_who(void) {
    bj_caller_t caller = {.role = BJ_ROLE_DEALER, .user_id = UINT64_C(9223372036854775807)};
    bj_trail_who_t who = bj_trail_who(&caller, "10.0.0.1");
    BJ_CHECK(!strcmp(who.actor, "user:9223372036854775807") && !strcmp(who.role, "dealer"));
    BJ_CHECK(!strcmp(who.address, "10.0.0.1") && !who.elevation);
    snprintf(caller.elevation, sizeof caller.elevation, "17");
    who = bj_trail_who(&caller, "10.0.0.1");
    BJ_CHECK(who.elevation && !strcmp(who.elevation, "17"));
    caller = (bj_caller_t){.role = BJ_ROLE_NONE, .user_id = 7};
    who = bj_trail_who(&caller, "");
    BJ_CHECK(!strcmp(who.actor, "nobody") && !strcmp(who.role, "none") && who.address[0] == '-');
    caller = (bj_caller_t){.role = BJ_ROLE_ADMIN, .is_operator = true};
    who = bj_trail_who(&caller, "127.0.0.1");
    BJ_CHECK(!strcmp(who.actor, "operator") && !strcmp(who.role, "admin"));
}

static void test_one_transaction(void) {
    const bj_trail_who_t who = {.actor = "operator", .role = "admin", .address = "::1"};
    const bj_trail_act_t act = {.act = "a.b", .subject = "x", .outcome = "done"};
    uint64_t before = look_at((bj_trail_filter_t){.limit = 1}, false).last;
    bj_db_t *conn = NULL;
    BJ_CHECK(bj_db_take(db, &conn) == BJ_OK && bj_db_begin(conn) == BJ_OK);
    BJ_CHECK(bj_trail_append(conn, &who, &act) == BJ_OK);
    bj_db_give(conn); /* rolls back */
    BJ_CHECK(look_at((bj_trail_filter_t){.limit = 1}, false).last == before);
    BJ_CHECK(bj_trail_add(db, &who, &act) == BJ_OK);
    BJ_CHECK(look_at((bj_trail_filter_t){.limit = 1}, false).last == before + 1); /* no hole */
}

static void *append_many(void *arg) {
    size_t *ok_cnt = arg;
    for (int i = 0; i < EACH; i++) {
        *ok_cnt += add("server", (bj_trail_act_t){.act = "many.at", .subject = "once"}) == BJ_OK;
    }
    return NULL;
}

static void test_many(void) {
    pthread_t threads[THREADS];
    size_t ok_cnt[THREADS] = {0};
    uint64_t before = look_at((bj_trail_filter_t){.limit = 1}, false).last;
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, append_many, &ok_cnt[i]) != 0) abort();
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        BJ_CHECK(ok_cnt[i] == EACH);
    }
    seen_t seen = look_at((bj_trail_filter_t){.limit = 1000}, true);
    BJ_CHECK(seen.first == 1 && seen.last == before + THREADS * EACH);
    BJ_CHECK(seen.hole_cnt == 0 && seen.bad_leaf_cnt == 0 && seen.bad_chain_cnt == 0);
}

static void test_filters(void) {
    int64_t now_us = bj_clock_wall_ns() / 1000;
    seen_t all = look_at((bj_trail_filter_t){.after = 0}, true);
    seen_t some = look_at((bj_trail_filter_t){.after = 2, .limit = 3}, false);
    BJ_CHECK(some.first == 3 && some.last == 5); /* after: oldest first */
    some = look_at((bj_trail_filter_t){.before = 4}, false);
    BJ_CHECK(some.first == 3 && some.last == 1 && some.cnt == 3);
    some = look_at((bj_trail_filter_t){.act = "many"}, true);
    BJ_CHECK(some.cnt == THREADS * EACH && !strcmp(some.act, "many.at"));
    BJ_CHECK(look_at((bj_trail_filter_t){.act = "man"}, true).cnt == 0);
    BJ_CHECK(look_at((bj_trail_filter_t){.act = "limit.set"}, true).cnt == 2);
    BJ_CHECK(look_at((bj_trail_filter_t){.actor = "server"}, true).cnt == THREADS * EACH);
    BJ_CHECK(look_at((bj_trail_filter_t){.actor = "user:1"}, true).cnt == 0);
    BJ_CHECK(look_at((bj_trail_filter_t){.from_us = now_us + 60000000}, true).cnt == 0);
    BJ_CHECK(look_at((bj_trail_filter_t){.to_us = now_us + 60000000}, true).cnt == all.cnt);
    BJ_CHECK(look_at((bj_trail_filter_t){.from_us = all.at_us}, true).cnt == 1);
    BJ_CHECK(look_at((bj_trail_filter_t){.to_us = all.at_us}, true).cnt == all.cnt - 1);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL");
    test_who();
    if (!control) {
        fprintf(stderr, "test_bj_trail_repo: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        return bj_test_end("test_bj_trail_repo (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, THREADS, 3000);
    test_hashes();
    test_one_transaction();
    test_many();
    test_filters();
    bj_db_pool_free(db);
    return bj_test_end("test_bj_trail_repo");
}
