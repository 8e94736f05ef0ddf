/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): a person's sessions are listed, named and ended, and nobody else's;
 * what is under way while a password is changed ends with the old one. */
#include <pthread.h>
#include <stdlib.h>
#include "controlplane/store/bj_bytea.h"
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_copy.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/store/child_test.h"
#include "controlplane/audit/entered_test.h"
#include "dataplane/base/bj_test.h"

enum { USERS = 2, EACH = 3 };

static bj_db_pool_t  *db, *owner;
static bj_identity_t *identity;
static const bj_trail_who_t who = {.actor = "operator", .role = "admin", .address = "10.0.0.9"};
static bj_caller_t callers[USERS][EACH];
static char        tokens[USERS][EACH][BJ_TOKEN_BYTES];
static size_t      ended_cnt;

static const char *const emails[USERS] = {"one@b.in", "two@b.in"};
#define WORD "correct horse battery"
#define OTHER "battery staple horse"

static void on_end(void *ctx, const uint8_t *session_hash) {
    (void)ctx, (void)session_hash;
    ended_cnt++;
}

static bool alive(size_t user, size_t session) {
    bj_caller_t got;
    return bj_identity_session(identity, tokens[user][session], &got) == BJ_OK;
}

static void take_token(const bj_rotation_t *rotation, size_t user, size_t session) {
    if (!rotation->token[0]) return;
    memcpy(tokens[user][session], rotation->token, sizeof tokens[user][session]);
    bj_token_hash(rotation->token, callers[user][session].token_hash);
}

static void make(void) {
    for (size_t u = 0; u < USERS; u++) {
        uint32_t account;
        BJ_CHECK(bj_identity_add(identity, emails[u], "A", BJ_ROLE_CLIENT, WORD, &account) ==
                 BJ_OK);
        for (size_t s = 0; s < EACH; s++) {
            char agent[16];
            snprintf(agent, sizeof agent, "browser %zu", s);
            bj_login_t login = {.client = "10.0.0.7", .device = "", .user_agent = agent};
            BJ_CHECK(bj_login_password(identity, emails[u], WORD, &login) == BJ_OK);
            callers[u][s] = login.caller;
            memcpy(tokens[u][s], login.token, sizeof login.token);
        }
    }
}

static void age(const char *what) {
    char sql[160];
    snprintf(sql, sizeof sql, "UPDATE sessions SET %s WHERE user_agent = 'browser 2'", what);
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}

static void test_list(void) {
    bj_session_row_t rows[8];
    size_t cnt;
    uint64_t user_id = callers[0][0].user_id;
    BJ_CHECK(bj_sessions_list(db, user_id, rows, 8, &cnt) == BJ_OK && cnt == EACH);
    for (size_t i = 0; i < cnt; i++) {
        BJ_CHECK(rows[i].user_id == user_id && bj_session_id_formed(rows[i].id));
        BJ_CHECK(!strncmp(rows[i].user_agent, "browser ", 8) && !rows[i].name[0]);
        BJ_CHECK(!strcmp(rows[i].address, "10.0.0.7") && rows[i].expires_us > rows[i].seen_us);
        BJ_CHECK(i == 0 || rows[i].seen_us <= rows[i - 1].seen_us);
    }
    BJ_CHECK(bj_sessions_list(db, 0, rows, 8, &cnt) == BJ_OK && cnt == USERS * EACH);
    BJ_CHECK(bj_sessions_list(db, 0, rows, 4, &cnt) == BJ_OK && cnt == 4);
    BJ_CHECK(bj_sessions_list(db, 1, rows, 8, &cnt) == BJ_OK && cnt == 0);
    age("seen_at = now() - interval '12 hours 1 second'"); /* may no longer be used: not listed */
    BJ_CHECK(bj_sessions_list(db, user_id, rows, 8, &cnt) == BJ_OK && cnt == EACH - 1);
    age("seen_at = now()");
}

static void test_name(void) {
    bj_session_row_t rows[8];
    char id[BJ_SESSION_ID_BYTES];
    size_t cnt, named = 0;
    uint64_t one = callers[0][0].user_id, two = callers[1][0].user_id;
    bj_session_id(callers[0][1].token_hash, id);
    BJ_CHECK(bj_session_rename(db, &who, two, id, "Thief") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_session_rename(db, &who, one, "0000000000000000", "x") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_session_rename(db, &who, one, id, "Desk \xe0\xa4\xac") == BJ_OK);
    BJ_CHECK(bj_sessions_list(db, one, rows, 8, &cnt) == BJ_OK);
    for (size_t i = 0; i < cnt; i++) {
        bool is_it = strcmp(rows[i].id, id) == 0;
        BJ_CHECK(!strcmp(rows[i].name, is_it ? "Desk \xe0\xa4\xac" : ""));
        named += is_it;
    }
    BJ_CHECK(named == 1);
    BJ_CHECK(!bj_session_id_formed("0123456789ABCDEF") && !bj_session_id_formed("0123"));
    BJ_CHECK(!bj_session_id_formed("0123456789abcdef0") && !bj_session_id_formed(""));
}

/* Another token, the same session: its id, its name and its place in the list stay. */
static void test_rotate(void) {
    bj_session_row_t rows[8];
    char id[BJ_SESSION_ID_BYTES], old[BJ_TOKEN_BYTES];
    size_t cnt, found = 0;
    bj_caller_t got, late = callers[0][1];
    bj_rotation_t rotation = {.caller = &callers[0][1]}, again = {.caller = &late};
    memcpy(old, tokens[0][1], sizeof old);
    bj_session_id(callers[0][1].session_hash, id);
    BJ_CHECK(alive(0, 1) && bj_rotate(identity, &who, &rotation) == BJ_OK);
    BJ_CHECK(!alive(0, 1) && ended_cnt == 0);
    take_token(&rotation, 0, 1);
    BJ_CHECK(alive(0, 1) && strcmp(old, tokens[0][1]) != 0);
    BJ_CHECK(bj_identity_session(identity, tokens[0][1], &got) == BJ_OK);
    BJ_CHECK(!memcmp(got.session_hash, late.session_hash, BJ_HASH_BYTES));
    BJ_CHECK(!strcmp(got.csrf, late.csrf) && got.rotated_ns > late.rotated_ns);
    BJ_CHECK(got.created_ns / 1000 == late.created_ns / 1000);
    /* Whoever asked with the old one at that moment gets none. */
    BJ_CHECK(bj_rotate(identity, &who, &again) == BJ_ERR_SEQUENCE && !again.token[0]);
    BJ_CHECK(bj_sessions_list(db, late.user_id, rows, 8, &cnt) == BJ_OK && cnt == EACH);
    for (size_t i = 0; i < cnt; i++) {
        if (strcmp(rows[i].id, id) == 0) found += strncmp(rows[i].name, "Desk", 4) == 0;
    }
    BJ_CHECK(found == 1);
}

/* Let in with the token from before, by when the session has another: it ends all the same. */
static void test_late_logout(void) {
    bj_login_t login = {.client = "10.0.0.7", .device = "", .user_agent = "x"};
    bj_caller_t got;
    BJ_CHECK(bj_login_password(identity, emails[1], WORD, &login) == BJ_OK);
    bj_rotation_t rotation = {.caller = &login.caller};
    BJ_CHECK(bj_rotate(identity, &who, &rotation) == BJ_OK);
    BJ_CHECK(bj_identity_session(identity, rotation.token, &got) == BJ_OK);
    BJ_CHECK(bj_identity_logout(identity, &login.caller, "10.0.0.7") == BJ_OK);
    BJ_CHECK(bj_identity_session(identity, rotation.token, &got) == BJ_ERR_NOT_FOUND);
}

static void test_revoke(void) {
    char id[BJ_SESSION_ID_BYTES];
    uint64_t two = callers[1][0].user_id;
    size_t before = ended_cnt, ended;
    bj_session_id(callers[0][0].token_hash, id);
    BJ_CHECK(bj_identity_revoke(identity, &who, two, id, NULL) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(alive(0, 0));
    BJ_CHECK(bj_identity_revoke(identity, &who, 0, id, "lost his phone") == BJ_OK);
    BJ_CHECK(!alive(0, 0) && alive(0, 1) && alive(1, 0) && ended_cnt == before + 1);
    BJ_CHECK(bj_identity_revoke(identity, &who, 0, id, "again") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_identity_revoke_others(identity, &who, &callers[0][1], &ended) == BJ_OK);
    BJ_CHECK(ended == 1 && alive(0, 1) && !alive(0, 2) && alive(1, 2));
}

/* More than a page can list, and some that had run out. */
static void test_many(void) {
    enum { MORE = 250, OLD = 5 };
    char sql[480];
    BJ_DB_RESULT rows = NULL;
    size_t ended, before = ended_cnt;
    uint32_t left;
    snprintf(sql, sizeof sql,
             ENTERED "INSERT INTO sessions (user_id, token_hash, csrf, created_at, seen_at,"
             " proved_at, expires_at, address) SELECT %llu, sha256(('s' || i)::bytea),"
             " repeat('c', 43), now() - interval '8 days', now(), now(), now() + CASE WHEN i <= %d"
             " THEN '-1 s' ELSE '1 day' END::interval, 'x' FROM e, generate_series(1, %d) i",
             (unsigned long long)callers[1][0].user_id, OLD, MORE);
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
    BJ_CHECK(bj_identity_revoke_others(identity, &who, &callers[1][0], &ended) == BJ_OK);
    BJ_CHECK(ended == MORE - OLD + EACH - 1 && ended_cnt == before + MORE + EACH - 1);
    BJ_CHECK(alive(1, 0) && !alive(1, 1));
    BJ_CHECK(bj_db_query(owner, "SELECT count(*) FROM sessions WHERE user_id = $1",
                         BJ_DB_PARAMS(bj_db_u64(callers[1][0].user_id).text), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u32(rows, 0, 0, &left) && left == 1);
}

/* --- two at once: one of them is held where it has written and not committed yet */

static bool waits(void) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(owner, "SELECT 1 FROM pg_stat_activity WHERE"
                                     " wait_event_type = 'Lock' AND usename = 'bijli_control'",
                                     BJ_DB_NO_PARAMS, &rows);
    return status == BJ_OK && bj_db_rows(rows) > 0;
}

static bj_login_t late;
static void *log_in(void *status) {
    late = (bj_login_t){.client = "10.0.0.8", .device = "", .user_agent = "late"};
    *(bj_status_t *)status = bj_login_password(identity, emails[0], WORD, &late);
    return NULL;
}

/* The log-in has read the old password's hash, and it is right: too late. */
static void test_login_during_change(void) {
    BJ_DB_CONN held = NULL;
    pthread_t thread;
    bj_status_t status = BJ_OK;
    char hash[BJ_PASSWORD_HASH_BYTES];
    BJ_CHECK(bj_password_hash(OTHER, hash));
    BJ_CHECK(bj_db_take(owner, &held) == BJ_OK && bj_db_begin(held) == BJ_OK);
    BJ_CHECK(bj_db_ask(held,
                       ENTERED "UPDATE users SET password_hash = $1 FROM e WHERE user_id = $2",
                       BJ_DB_PARAMS(hash, bj_db_u64(callers[0][1].user_id).text), NULL) == BJ_OK);
    pthread_create(&thread, NULL, log_in, &status);
    CHILD_CHECK_SOON(2000, waits());
    BJ_CHECK(bj_db_commit(held) == BJ_OK);
    pthread_join(thread, NULL);
    BJ_CHECK(status == BJ_ERR_DENIED && !late.token[0] && !late.new_device[0]);
}

static void *change(void *status) {
    const char *refused;
    uint32_t retry_s;
    bj_rotation_t rotation = {.caller = &callers[0][1]};
    *(bj_status_t *)status =
        bj_change_password(identity, &rotation, "::1", OTHER, WORD, &refused, &retry_s);
    take_token(&rotation, 0, 1);
    return NULL;
}

/* The log-in has begun its session, and nobody sees it yet: the change waits for it and ends it. */
static void test_change_during_login(void) {
    BJ_DB_CONN held = NULL;
    pthread_t thread;
    bj_status_t status = BJ_OK;
    bj_caller_t got;
    char token[BJ_TOKEN_BYTES];
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(token);
    bj_token_hash(token, hash);
    BJ_CHECK(bj_db_take(owner, &held) == BJ_OK && bj_db_begin(held) == BJ_OK);
    BJ_CHECK(bj_db_ask(held, "SELECT 1 FROM users WHERE user_id = $1 FOR SHARE",
                       BJ_DB_PARAMS(bj_db_u64(callers[0][1].user_id).text), NULL) == BJ_OK);
    BJ_CHECK(bj_db_ask(held, ENTERED
                       "INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at,"
                       " address) SELECT $1::bigint, $2::bytea, repeat('c', 43), now(),"
                       " now() + interval '1 day', 'x' FROM e",
                       BJ_DB_PARAMS(bj_db_u64(callers[0][1].user_id).text,
                                    bj_bytea(hash, sizeof hash).text),
                       NULL) == BJ_OK);
    pthread_create(&thread, NULL, change, &status);
    CHILD_CHECK_SOON(2000, waits());
    BJ_CHECK(bj_db_commit(held) == BJ_OK);
    pthread_join(thread, NULL);
    BJ_CHECK(status == BJ_OK && alive(0, 1));
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_ERR_NOT_FOUND);
}

/* --- with a Redis: its copy of a session */

static bool copy_is(bj_cache_t *cache, const uint8_t *token_hash, const char *start) {
    char key[80], hex[BJ_HASH_HEX_BYTES], text[BJ_SESSION_JSON_BYTES] = "";
    size_t text_bytes;
    snprintf(key, sizeof key, "session:%s", bj_hash_hex(token_hash, hex));
    return bj_cache_get(cache, key, text, sizeof text, &text_bytes) == BJ_OK &&
           strncmp(text, start, strlen(start)) == 0;
}

/* Somebody who can write to Redis: as another, in another's place, with a byte changed. */
static void test_forged(bj_cache_t *cache, const uint8_t *hash) {
    char key[80], hex[BJ_HASH_HEX_BYTES], text[BJ_SESSION_JSON_BYTES] = "", other[96];
    size_t text_bytes;
    bj_caller_t got, forged = callers[1][0];
    snprintf(key, sizeof key, "session:%s", bj_hash_hex(hash, hex));
    BJ_CHECK(bj_cache_get(cache, key, text, sizeof text, &text_bytes) == BJ_OK);
    char *role = strstr(text, "\"role\":\"client\"");
    BJ_CHECK(role != NULL);
    if (!role) return;
    role[8] = 'C';
    BJ_CHECK(bj_cache_set(cache, key, text, text_bytes, 60) == BJ_OK);
    bj_session_forget(identity->memory, hash);
    BJ_CHECK(bj_identity_session(identity, tokens[1][0], &got) == BJ_OK);
    role[8] = 'c';
    snprintf(other, sizeof other, "%s0", key);
    BJ_CHECK(!bj_copy_open(identity->config.keys, other, text));
    BJ_CHECK(bj_cache_set(cache, key, text, text_bytes, 60) == BJ_OK);
    BJ_CHECK(bj_copy_open(identity->config.keys, key, text));
    BJ_CHECK(!bj_copy_open(identity->config.keys, key, text));
    forged.role = BJ_ROLE_ADMIN;
    BJ_CHECK(bj_session_write(&forged, text));
    snprintf(text + strlen(text), sizeof text - strlen(text), "\n%064d", 0);
    BJ_CHECK(bj_cache_set(cache, key, text, strlen(text), 60) == BJ_OK);
    bj_session_forget(identity->memory, hash);
    BJ_CHECK(bj_identity_session(identity, tokens[1][0], &got) == BJ_OK);
    BJ_CHECK(got.role == BJ_ROLE_CLIENT);
}

static void drop_row(const uint8_t *token_hash) {
    BJ_CHECK(bj_db_query(owner, ENTERED "DELETE FROM sessions USING e WHERE token_hash = $1::bytea",
                         BJ_DB_PARAMS(bj_bytea(token_hash, BJ_HASH_BYTES).text), NULL) == BJ_OK);
}

static void test_copies(void) {
    char dir[64], socket[96], id[BJ_SESSION_ID_BYTES];
    bj_caller_t got;
    const uint8_t *hash = callers[1][0].token_hash;
    child_mkdir(dir, sizeof dir);
    snprintf(socket, sizeof socket, "%s/redis.sock", dir);
    pid_t redis = child_start((char *[]){"redis-server", "--port", "0", "--unixsocket", socket,
                                         "--save", "", "--dir", dir, NULL});
    bj_cache_t *away = identity->config.cache, *cache = bj_cache_new(socket);
    identity->config.cache = cache;
    CHILD_CHECK_SOON(5000, bj_cache_set(cache, "up", "1", 1, 60) == BJ_OK);
    /* What this process knows by itself it asks nobody about. */
    BJ_CHECK(alive(1, 0) && !copy_is(cache, hash, "{"));
    bj_session_forget(identity->memory, hash);
    BJ_CHECK(alive(1, 0) && copy_is(cache, hash, "{"));
    test_forged(cache, hash);
    /* No copy any more; whoever has read the record from before a change makes none either. */
    bj_identity_uncache(identity, hash);
    BJ_CHECK(copy_is(cache, hash, "-"));
    BJ_CHECK(alive(1, 0) && copy_is(cache, hash, "-"));
    bj_rotation_t rotation = {.caller = &callers[1][0]};
    BJ_CHECK(bj_rotate(identity, &who, &rotation) == BJ_OK);
    BJ_CHECK(!alive(1, 0) && copy_is(cache, hash, "x"));
    take_token(&rotation, 1, 0);
    BJ_CHECK(alive(1, 0) && copy_is(cache, hash, "{"));
    bj_session_id(callers[1][0].session_hash, id);
    BJ_CHECK(bj_identity_revoke(identity, &who, 0, id, "test") == BJ_OK);
    BJ_CHECK(!alive(1, 0) && copy_is(cache, hash, "x"));
    /* A copy whose session has gone: who asks the record takes it away for all. */
    bj_session_forget(identity->memory, callers[0][1].token_hash);
    BJ_CHECK(alive(0, 1) && copy_is(cache, callers[0][1].token_hash, "{"));
    drop_row(callers[0][1].token_hash);
    BJ_CHECK(alive(0, 1));
    BJ_CHECK(bj_identity_session_again(identity, tokens[0][1], &got) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(!alive(0, 1));
    identity->config.cache = away;
    bj_cache_free(cache);
    child_stop(redis, SIGKILL);
    child_rmdir(dir);
}

/* --- everybody's at once */

static void put_sessions(size_t user, unsigned cnt) {
    char sql[480];
    snprintf(sql, sizeof sql,
             ENTERED "INSERT INTO sessions (user_id, token_hash, csrf, seen_at, proved_at,"
             " expires_at, address) SELECT %llu, sha256(('all' || i)::bytea), repeat('c', 43),"
             " now(), now(), now() + interval '1 day', 'x' FROM e, generate_series(1, %u) i",
             (unsigned long long)callers[user][0].user_id, cnt);
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}

static void log_both_in(void) {
    for (size_t u = 0; u < USERS; u++) {
        bj_login_t login = {.client = "10.0.0.7", .device = "", .user_agent = "x"};
        BJ_CHECK(bj_login_password(identity, emails[u], u ? WORD : OTHER, &login) == BJ_OK ||
                 bj_login_password(identity, emails[u], WORD, &login) == BJ_OK);
        callers[u][0] = login.caller;
        memcpy(tokens[u][0], login.token, sizeof login.token);
    }
}

static unsigned pending_cnt(void) {
    BJ_DB_RESULT rows = NULL;
    uint32_t cnt = 99;
    BJ_CHECK(bj_db_query(owner, "SELECT count(*) FROM login_pending", BJ_DB_NO_PARAMS, &rows) ==
                 BJ_OK && bj_db_get_u32(rows, 0, 0, &cnt));
    return cnt;
}

static void test_all(void) {
    enum { MORE = 300 };
    size_t ended, apps, before;
    bj_caller_t machine = {.is_operator = true};
    log_both_in();
    BJ_CHECK(bj_db_query(owner,
                         ENTERED "UPDATE users SET role = 'dealer' FROM e WHERE user_id = $1",
                         BJ_DB_PARAMS(bj_db_u64(callers[1][0].user_id).text), NULL) == BJ_OK);
    BJ_CHECK(bj_db_query(owner, "INSERT INTO login_pending (token_hash, user_id, expires_at)"
                                " SELECT sha256(user_id::text::bytea), user_id, now() + '1 hour'"
                                " FROM users", BJ_DB_NO_PARAMS, NULL) == BJ_OK);
    before = pending_cnt();
    BJ_CHECK(bj_identity_revoke_all(identity, &who, &machine, "risk", "leak", &ended, &apps) ==
             BJ_OK && ended == 0);
    BJ_CHECK(alive(0, 0) && alive(1, 0) && pending_cnt() == before);
    BJ_CHECK(bj_identity_revoke_all(identity, &who, &machine, "dealer", "leak", &ended, &apps) ==
             BJ_OK && ended >= 1);
    BJ_CHECK(alive(0, 0) && !alive(1, 0) && pending_cnt() == before - 1);
    /* But the one that asks. */
    put_sessions(1, MORE);
    before = ended_cnt;
    BJ_CHECK(bj_identity_revoke_all(identity, &who, &callers[0][0], NULL, "leak", &ended, &apps) ==
             BJ_OK && ended >= MORE && ended_cnt >= before + ended);
    BJ_CHECK(alive(0, 0) && pending_cnt() == 0);
    BJ_CHECK(bj_identity_revoke_all(identity, &who, &machine, NULL, "leak", &ended, &apps) ==
             BJ_OK && ended == 1);
    BJ_CHECK(!alive(0, 0));
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    if (!control || !boss) {
        fprintf(stderr, "test_bj_session_repo: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(bj_session_id_formed("0123456789abcdef"));
        return bj_test_end("test_bj_session_repo (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 4, 10000);
    owner = bj_db_pool_new(boss, 2, 3000);
    bj_identity_config_t config = {.db = db, .cache = bj_cache_new("/nonexistent/redis.sock"),
                                   .origin = "https://localhost", .notify = {.end = on_end}};
    bj_seal_t *seal;
    config.keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    identity = bj_identity_new(&config);
    make();
    test_list();
    test_name();
    test_rotate();
    test_late_logout();
    test_revoke();
    test_many();
    test_login_during_change();
    test_change_during_login();
    test_copies();
    test_all();
    bj_identity_free(identity);
    bj_cache_free(config.cache);
    bj_keys_free(config.keys);
    bj_seal_free(seal);
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_session_repo");
}
