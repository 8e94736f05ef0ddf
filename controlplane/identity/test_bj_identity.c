/* Goal: addresses that are and are not taken; a session's way into Redis and back, whole or not at
 * all; its limits; what this process remembers while PostgreSQL is away. */
#include <stdlib.h>
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *text, *want; /* NULL: refused */
} emails[] = {
    {"a@b.in", "a@b.in"},
    {"Asha.Rao+x@Mail.Example", "asha.rao+x@mail.example"},
    {"client@bijli.localhost", "client@bijli.localhost"},
    {"", NULL},
    {"a", NULL},
    {"@b.in", NULL},
    {"a@", NULL},
    {"a@b", NULL},
    {"a@.in", NULL},
    {"a@b.", NULL},
    {"a@-b.in", NULL},
    {"a b@c.in", NULL},
    {"a@b@c.in", NULL},
    {"a@b..in", NULL},
    {".a@b.in", NULL},
    {"a.@b.in", NULL},
    {"a@b.in\nBcc: x@y.in", NULL},
    {"<a@b.in>", NULL},
    {"a,b@c.in", NULL},
    {"\xe0\xa4\xac@b.in", NULL},
};

static void test_emails(void) {
    for (size_t i = 0; i < BJ_COUNT(emails); i++) {
        char out[BJ_EMAIL_BYTES];
        unsigned fails = bj_fail_cnt;
        bool ok = bj_email_read(emails[i].text, out);
        BJ_CHECK(ok == (emails[i].want != NULL));
        if (ok && emails[i].want) BJ_CHECK(strcmp(out, emails[i].want) == 0);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", emails[i].text);
    }
    char longest[300], out[BJ_EMAIL_BYTES];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 1, "@", 1);
    memcpy(longest + 251, ".in", 4);
    BJ_CHECK(bj_email_read(longest, out));
    memcpy(longest + 252, ".in", 4);
    BJ_CHECK(!bj_email_read(longest, out));
}

static bj_caller_t good(void) {
    bj_caller_t caller = {.role = BJ_ROLE_DEALER, .user_id = 1001, .account_id = UINT32_MAX,
                          .created_ns = BJ_NS_PER_S, .expires_ns = BJ_SESSION_LIFE_NS + BJ_NS_PER_S,
                          .seen_ns = 2 * BJ_NS_PER_S,
                          .rights = {7, BJ_TRADES_CM, 500, 60, BJ_DAY_MINUTES, false,
                                     BJ_DEMAND_FACTOR},
                          .proved_by = BJ_PROOF_CODE};
    snprintf(caller.email, sizeof caller.email, "b@c.in");
    snprintf(caller.name, sizeof caller.name, "Asha \"\xe0\xa4\xac\" Rao\\");
    memset(caller.csrf, 'c', BJ_CSRF_BYTES - 1);
    for (int i = 0; i < BJ_TOKEN_HASH_BYTES; i++) caller.token_hash[i] = (uint8_t)(i * 37);
    for (int i = 0; i < BJ_TOKEN_HASH_BYTES; i++) caller.session_hash[i] = (uint8_t)(i * 41);
    caller.rotated_ns = 7;
    caller.home_ns = 8;
    caller.moved_ns = 9;
    memcpy(caller.home, "203.0.113.1", 12);
    return caller;
}

static void test_round_trip(void) {
    char text[BJ_SESSION_JSON_BYTES];
    bj_caller_t caller = good(), back;
    BJ_CHECK(bj_session_write(&caller, text));
    BJ_CHECK(bj_session_read(text, strlen(text), &back));
    BJ_CHECK(back.role == caller.role && back.user_id == 1001 && back.account_id == UINT32_MAX);
    BJ_CHECK(!strcmp(back.email, caller.email) && !strcmp(back.name, caller.name));
    BJ_CHECK(!strcmp(back.csrf, caller.csrf) && back.expires_ns == caller.expires_ns);
    BJ_CHECK(!memcmp(back.token_hash, caller.token_hash, BJ_TOKEN_HASH_BYTES));
    BJ_CHECK(!memcmp(back.session_hash, caller.session_hash, BJ_TOKEN_HASH_BYTES));
    BJ_CHECK(!strcmp(back.home, caller.home) && back.home_ns == 8 && back.moved_ns == 9);
    BJ_CHECK(back.rotated_ns == caller.rotated_ns && back.proved_by == BJ_PROOF_CODE);
    BJ_CHECK(!back.is_operator && !memcmp(&back.rights, &caller.rights, sizeof back.rights));
    for (size_t n = 0; n < strlen(text); n++) {
        char *exact = malloc(n);
        if (n) memcpy(exact, text, n);
        BJ_CHECK(!bj_session_read(exact, n, &back));
        free(exact);
    }
}

/* Redis is a cache that others may write: one changed word and it is not ours. */
static void test_lies(void) {
    static const char *const changes[][2] = {
        {"\"dealer\"", "\"root\""},
        {"\"dealer\"", "\"none\""},
        {"1001", "0"},
        {"[7,1,500,60,1440,false,1]", "[0,1,500,60,1440,false,1]"},
        {"[7,1,500,60,1440,false,1]", "[7,16,500,60,1440,false,1]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,-1,60,1440,false,1]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,500,60,1441,false]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,500,60,60,false]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,500,60,1440,false]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,500,60,1440,false,false,1]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,500,60,1440,0,1]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,500,60,1440,false,3]"},
        {"[7,1,500,60,1440,false,1]", "[7,1,500,60,1440,false,-1]"},
        {"\"proved_by\":2", "\"proved_by\":4"},
        {"\"proved_by\":2", "\"proved_by\":-1"},
        {"1001", "-1"},
        {"4294967295", "4294967296"},
        {"4294967295", "0"},
        {"\"user_id\"", "\"useR_id\""},
        {"\"b@c.in\"", "7"},
        {"\"hash\":\"0", "\"hash\":\"x"},
        {"\"hash\":\"0", "\"hash\":\""},
    };
    char text[BJ_SESSION_JSON_BYTES], lie[BJ_SESSION_JSON_BYTES + 64];
    bj_caller_t caller = good(), back;
    BJ_CHECK(bj_session_write(&caller, text));
    for (size_t i = 0; i < BJ_COUNT(changes); i++) {
        const char *at = strstr(text, changes[i][0]);
        BJ_CHECK(at);
        if (!at) continue;
        snprintf(lie, sizeof lie, "%.*s%s%s", (int)(at - text), text, changes[i][1],
                 at + strlen(changes[i][0]));
        BJ_CHECK(!bj_session_read(lie, strlen(lie), &back));
    }
}

static void test_limits(void) {
    bj_caller_t c = good();
    BJ_CHECK(bj_session_alive(&c, c.seen_ns));
    BJ_CHECK(bj_session_alive(&c, c.seen_ns + BJ_SESSION_IDLE_NS - 1));
    BJ_CHECK(!bj_session_alive(&c, c.seen_ns + BJ_SESSION_IDLE_NS));
    c.seen_ns = c.expires_ns - 1;
    BJ_CHECK(bj_session_alive(&c, c.expires_ns - 1) && !bj_session_alive(&c, c.expires_ns));
    c.expires_ns = INT64_MAX; /* a copy that lies about its end still ends */
    BJ_CHECK(!bj_session_alive(&c, c.created_ns + BJ_SESSION_LIFE_NS));
}

static void test_memory(void) {
    bj_session_memory_t *memory = bj_session_memory_new();
    bj_caller_t c = good(), back;
    int64_t now_ns = 100 * BJ_NS_PER_S;
    BJ_CHECK(!bj_session_recall(memory, c.token_hash, now_ns, BJ_SESSION_AWAY_NS, &back));
    bj_session_remember(memory, &c, 0, now_ns);
    BJ_CHECK(bj_session_recall(memory, c.token_hash, now_ns + 1, BJ_SESSION_AWAY_NS, &back));
    BJ_CHECK(back.user_id == c.user_id);
    BJ_CHECK(!bj_session_recall(memory, c.token_hash, now_ns + BJ_SESSION_AWAY_NS,
                                BJ_SESSION_AWAY_NS, &back));
    /* In doubt it is to be confirmed again, by who asks the record from now on. */
    uint32_t before = bj_session_turn(memory, c.token_hash);
    bj_session_doubt(memory);
    BJ_CHECK(bj_session_seen(memory, c.token_hash));
    bj_session_remember(memory, &c, before, now_ns);
    BJ_CHECK(!bj_session_recall(memory, c.token_hash, now_ns + 1, BJ_SESSION_AWAY_NS, &back));
    bj_session_remember(memory, &c, bj_session_turn(memory, c.token_hash), now_ns);
    BJ_CHECK(bj_session_recall(memory, c.token_hash, now_ns + 1, BJ_SESSION_AWAY_NS, &back));
    bj_session_forget(memory, c.token_hash);
    BJ_CHECK(!bj_session_recall(memory, c.token_hash, now_ns + 1, BJ_SESSION_AWAY_NS, &back));
    /* Five that want the four same places: the one seen longest ago gives way. */
    uint32_t turn = bj_session_turn(memory, c.token_hash);
    for (int i = 0; i < 5; i++) {
        c.token_hash[31] = (uint8_t)i;
        bj_session_remember(memory, &c, turn, now_ns + i);
    }
    for (int i = 0; i < 5; i++) {
        c.token_hash[31] = (uint8_t)i;
        BJ_CHECK(bj_session_recall(memory, c.token_hash, now_ns, BJ_SESSION_AWAY_NS, &back) ==
                 (i > 0));
    }
    bj_session_memory_free(memory);
}

/* For a moment it is used unasked; another copy's word prolongs that, and says nothing of
 * PostgreSQL.  Who read the record before it was forgotten does not bring it back. */
static void test_fresh(void) {
    bj_session_memory_t *memory = bj_session_memory_new();
    bj_caller_t c = good(), back;
    uint32_t turn = bj_session_turn(memory, c.token_hash);
    int64_t from_ns = bj_clock_mono_ns();
    BJ_CHECK(!bj_session_fresh(memory, c.token_hash, from_ns, &back));
    bj_session_lean(memory, &c, turn);
    BJ_CHECK(bj_session_fresh(memory, c.token_hash, from_ns, &back));
    BJ_CHECK(back.user_id == c.user_id);
    BJ_CHECK(!bj_session_recall(memory, c.token_hash, from_ns, BJ_SESSION_AWAY_NS, &back));
    int64_t end_ns = bj_clock_mono_ns() + BJ_SESSION_FRESH_NS;
    BJ_CHECK(!bj_session_fresh(memory, c.token_hash, end_ns, &back));
    bj_session_forget(memory, c.token_hash);
    BJ_CHECK(!bj_session_fresh(memory, c.token_hash, from_ns, &back));
    bj_session_lean(memory, &c, turn);
    bj_session_remember(memory, &c, turn, from_ns);
    BJ_CHECK(!bj_session_fresh(memory, c.token_hash, from_ns, &back));
    BJ_CHECK(!bj_session_recall(memory, c.token_hash, from_ns, BJ_SESSION_AWAY_NS, &back));
    bj_session_remember(memory, &c, bj_session_turn(memory, c.token_hash), from_ns);
    bj_session_lean(memory, &c, bj_session_turn(memory, c.token_hash));
    BJ_CHECK(bj_session_recall(memory, c.token_hash, from_ns, BJ_SESSION_AWAY_NS, &back));
    bj_session_memory_free(memory);
}

/* Two replicas beside one Redis, PostgreSQL away: what one of them ends the other one forgets,
 * though it may go by what it remembers for half an hour; a proof that changed ends nothing. */
static void test_replicas(const char *dir) {
    char socket[96], token[BJ_TOKEN_BYTES];
    bj_caller_t c = good(), back;
    snprintf(socket, sizeof socket, "%s/redis.sock", dir);
    pid_t redis = child_start(
        (char *[]){"redis-server", "--port", "0", "--unixsocket", socket, "--save", "", NULL});
    bj_identity_config_t config = {.db = bj_db_pool_new("host=/nonexistent", 1, 1000),
                                   .cache = bj_cache_new(socket),
                                   .origin = "https://localhost"};
    bj_identity_t *one = bj_identity_new(&config), *two = bj_identity_new(&config);
    CHILD_CHECK_SOON(5000, bj_cache_set(config.cache, "x", "y", 1, 9) == BJ_OK);
    bj_token_make(token);
    bj_token_hash(token, c.token_hash);
    c.created_ns = c.seen_ns = bj_clock_wall_ns();
    c.expires_ns = c.created_ns + BJ_SESSION_LIFE_NS;
    bj_session_remember(two->memory, &c, bj_session_turn(two->memory, c.token_hash), c.seen_ns);
    bj_identity_uncache(one, c.token_hash);
    child_sleep_ms((int)(BJ_SESSION_FRESH_NS / BJ_NS_PER_MS) + 50);
    BJ_CHECK(bj_identity_session(two, token, &back) == BJ_OK);
    BJ_CHECK(bj_identity_session(one, token, &back) == BJ_ERR_UNAVAILABLE);
    bj_identity_end(one, c.token_hash, c.session_hash);
    BJ_CHECK(bj_identity_session(two, token, &back) == BJ_ERR_UNAVAILABLE);
    bj_identity_free(one);
    bj_identity_free(two);
    bj_cache_free(config.cache);
    bj_db_pool_free(config.db);
    child_stop(redis, SIGKILL);
}

static void test_none(void) {
    bj_session_memory_t *memory = bj_session_memory_new();
    uint8_t one[BJ_HASH_BYTES] = {1}, two[BJ_HASH_BYTES] = {1};
    two[31] = 7; /* the same place */
    BJ_CHECK(!bj_session_is_none(memory, one, 1) && !bj_session_seen(memory, one));
    bj_session_note_none(memory, one, 1);
    BJ_CHECK(bj_session_is_none(memory, one, BJ_SESSION_NONE_NS));
    BJ_CHECK(!bj_session_is_none(memory, one, 1 + BJ_SESSION_NONE_NS));
    BJ_CHECK(!bj_session_is_none(memory, two, 2));
    bj_session_note_none(memory, two, 2);
    BJ_CHECK(bj_session_is_none(memory, two, 3) && !bj_session_is_none(memory, one, 3));
    bj_caller_t c = {.role = BJ_ROLE_CLIENT};
    memcpy(c.token_hash, one, sizeof one);
    bj_session_lean(memory, &c, bj_session_turn(memory, one));
    BJ_CHECK(bj_session_seen(memory, one) && !bj_session_seen(memory, two));
    bj_session_forget(memory, one);
    BJ_CHECK(!bj_session_seen(memory, one));
    bj_session_memory_free(memory);
}

int main(void) {
    test_none();
    char dir[64];
    signal(SIGPIPE, SIG_IGN);
    test_emails();
    test_round_trip();
    test_lies();
    test_limits();
    test_memory();
    test_fresh();
    if (!child_mkdir(dir, sizeof dir)) abort();
    test_replicas(dir);
    child_rmdir(dir);
    return bj_test_end("test_bj_identity");
}
