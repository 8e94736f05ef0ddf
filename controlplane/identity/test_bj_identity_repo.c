/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): users, mail tokens and sessions by the server's own role; then
 * bj_identity over it without Redis. */
#include <stdlib.h>
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/keys/keys_test.h"
#include "dataplane/base/bj_test.h"

static bj_db_pool_t *db, *owner;
static bj_keys_t *keys;
static uint64_t confirmed; /* the last one that was */
static const bj_trail_who_t who = {.actor = "nobody", .role = "none", .address = "10.0.0.9"};
static const char hash[] = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g";
static const char other_hash[] = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$b3RoZXI";

static void make_token(char token[BJ_TOKEN_BYTES], uint8_t token_hash[BJ_HASH_BYTES]) {
    bj_token_make(token);
    bj_token_hash(token, token_hash);
}

static bj_status_t enrol(const char *email, const char *name, const char *password_hash,
                         const uint8_t *token_hash) {
    const bj_user_new_t user = {
        .email = email, .name = name, .password_hash = password_hash, .watchlist = "{\"INFY\"}"};
    return bj_user_register(db, keys, &who, &user, token_hash);
}

static void test_register(void) {
    char token[BJ_TOKEN_BYTES];
    uint8_t first[BJ_HASH_BYTES], second[BJ_HASH_BYTES];
    bj_user_t user;
    make_token(token, first);
    make_token(token, second);
    BJ_CHECK(bj_user_by_email(db, keys, "new@b.in", &user) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(enrol("new@b.in", "New", hash, first) == BJ_OK);
    BJ_CHECK(bj_user_by_email(db, keys, "new@b.in", &user) == BJ_OK);
    BJ_CHECK(!user.confirmed && user.role == BJ_ROLE_CLIENT && user.account_id >= 1000);
    BJ_CHECK(!strcmp(user.password_hash, hash) && !strcmp(user.name, "New"));
    /* Asked again by a stranger: the owner's own link still means the owner's password. */
    BJ_CHECK(enrol("new@b.in", "Thief", other_hash, second) == BJ_OK);
    BJ_CHECK(bj_user_confirm(db, &who, first, &confirmed) == BJ_OK);
    BJ_CHECK(bj_user_confirm(db, &who, first, &confirmed) == BJ_ERR_NOT_FOUND); /* good once */
    BJ_CHECK(bj_user_confirm(db, &who, second, &confirmed) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_user_by_email(db, keys, "new@b.in", &user) == BJ_OK && user.confirmed);
    BJ_CHECK(!strcmp(user.name, "New") && !strcmp(user.password_hash, hash));
    make_token(token, first);
    BJ_CHECK(enrol("new@b.in", "Thief", hash, first) == BJ_ERR_EXISTS);
    BJ_CHECK(bj_user_confirm(db, &who, first, &confirmed) ==
             BJ_ERR_NOT_FOUND); /* nothing of it stayed */
    BJ_CHECK(bj_user_by_email(db, keys, "new@b.in", &user) == BJ_OK && !strcmp(user.name, "New"));
}

/* The stranger asked first: the owner's later link makes it the owner's. */
static void test_squatter(void) {
    char token[BJ_TOKEN_BYTES];
    uint8_t first[BJ_HASH_BYTES], second[BJ_HASH_BYTES];
    bj_user_t user;
    make_token(token, first);
    make_token(token, second);
    BJ_CHECK(enrol("mine@b.in", "Thief", other_hash, first) == BJ_OK);
    BJ_CHECK(enrol("mine@b.in", "Owner", hash, second) == BJ_OK);
    BJ_CHECK(bj_user_confirm(db, &who, second, &confirmed) == BJ_OK);
    BJ_CHECK(bj_user_by_email(db, keys, "mine@b.in", &user) == BJ_OK &&
             !strcmp(user.name, "Owner"));
    BJ_CHECK(!strcmp(user.password_hash, hash));
}

static void test_old_link(void) {
    char token[BJ_TOKEN_BYTES];
    uint8_t token_hash[BJ_HASH_BYTES];
    make_token(token, token_hash);
    BJ_CHECK(enrol("late@b.in", "Late", hash, token_hash) == BJ_OK);
    BJ_CHECK(bj_db_query(owner, "UPDATE mail_tokens SET expires_at = now() WHERE used_at IS NULL",
                         BJ_DB_NO_PARAMS, NULL) == BJ_OK);
    BJ_CHECK(bj_user_confirm(db, &who, token_hash, &confirmed) == BJ_ERR_NOT_FOUND);
}

static bj_caller_t begin_session(const bj_user_t *user, char token[BJ_TOKEN_BYTES]) {
    int64_t now_ns = bj_clock_wall_ns();
    bj_caller_t c = {.user_id = user->user_id, .created_ns = now_ns,
                     .expires_ns = now_ns + BJ_SESSION_LIFE_NS};
    make_token(token, c.token_hash);
    memcpy(c.session_hash, c.token_hash, BJ_HASH_BYTES);
    bj_token_make(c.csrf);
    bj_history_t history = {.fact = {.at_ns = 1795518289 * BJ_NS_PER_S}};
    bj_session_new_t session = {.caller = &c, .user = user, .user_agent = "a browser",
                                .history = &history};
    /* The log-in under way that it ends is not there: nor is the session then. */
    session.pending_hash = c.token_hash;
    BJ_CHECK(bj_session_insert(db, &who, &session) == BJ_ERR_NOT_FOUND);
    session.pending_hash = NULL;
    BJ_CHECK(bj_session_insert(db, &who, &session) == BJ_OK);
    return c;
}

static void age(const char *what) {
    char sql[160];
    snprintf(sql, sizeof sql, "UPDATE sessions SET %s", what);
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}

static void test_sessions(void) {
    char token[BJ_TOKEN_BYTES];
    bj_user_t user;
    bj_caller_t got;
    BJ_CHECK(bj_user_by_email(db, keys, "new@b.in", &user) == BJ_OK);
    bj_caller_t c = begin_session(&user, token);
    BJ_CHECK(bj_session_select(db, keys, c.token_hash, &got) == BJ_OK);
    BJ_CHECK(got.user_id == user.user_id && got.account_id == user.account_id);
    BJ_CHECK(got.role == BJ_ROLE_CLIENT && !strcmp(got.csrf, c.csrf));
    BJ_CHECK(!memcmp(got.token_hash, c.token_hash, BJ_HASH_BYTES));
    BJ_CHECK(got.expires_ns / BJ_NS_PER_MS == c.expires_ns / BJ_NS_PER_MS);
    age("seen_at = now() - interval '12 hours 1 second'");
    BJ_CHECK(bj_session_select(db, keys, c.token_hash, &got) == BJ_ERR_NOT_FOUND);
    age("seen_at = now() - interval '11 hours 59 minutes'");
    BJ_CHECK(bj_session_select(db, keys, c.token_hash, &got) == BJ_OK);
    age("created_at = now() - interval '8 days', expires_at = now() - interval '1 second'");
    BJ_CHECK(bj_session_select(db, keys, c.token_hash, &got) == BJ_ERR_NOT_FOUND);
    c = begin_session(&user, token);
    bj_caller_t other = c;
    BJ_SESSIONS_ENDED none = {0}, ended = {0};
    other.user_id++;
    BJ_CHECK(bj_session_delete(db, &who, &other, &none) == BJ_OK); /* not theirs */
    BJ_CHECK(bj_db_rows(none.rows) == 0);
    BJ_CHECK(bj_session_select(db, keys, c.token_hash, &got) == BJ_OK);
    BJ_CHECK(bj_session_delete(db, &who, &c, &ended) == BJ_OK && bj_db_rows(ended.rows) == 1);
    BJ_CHECK(bj_session_select(db, keys, c.token_hash, &got) == BJ_ERR_NOT_FOUND);
}

static unsigned ended_cnt;
static void on_end(void *ctx, const uint8_t *token_hash) {
    (void)ctx, (void)token_hash;
    ended_cnt++;
}

static bj_status_t login(bj_identity_t *identity, const char *email, const char *password,
                         char token[BJ_TOKEN_BYTES]) {
    bj_login_t login = {.client = "10.0.0.1", .device = "", .user_agent = "x"};
    bj_status_t status = bj_login_password(identity, email, password, &login);
    memcpy(token, login.token, BJ_TOKEN_BYTES);
    return status;
}

/* Redis is away all along: everything works. */
static void test_identity(void) {
    static const char *const symbols[] = {"INFY", "M&M", NULL};
    bj_identity_config_t config = {.db = db,
                                   .cache = bj_cache_new("/nonexistent/redis.sock"),
                                   .origin = "https://localhost",
                                   .first_symbols = symbols,
                                   .notify = {.end = on_end},
                                   .keys = keys};
    bj_identity_t *identity = bj_identity_new(&config);
    char token[BJ_TOKEN_BYTES];
    bj_caller_t got;
    uint32_t account = 0, again = 0;
    static const char word[] = "correct horse battery";
    BJ_CHECK(bj_identity_add(identity, "Ops@b.in", "Ops", BJ_ROLE_ADMIN, "short", &account) ==
             BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_identity_add(identity, "Ops@b.in", "Ops", BJ_ROLE_CLIENT, word, &account) == BJ_OK);
    BJ_CHECK(login(identity, "ops@b.in", word, token) == BJ_OK);
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_OK && got.role == BJ_ROLE_CLIENT);
    BJ_CHECK(bj_identity_add(identity, "ops@b.in", "Ops 2", BJ_ROLE_ADMIN, word, &again) == BJ_OK);
    BJ_CHECK(account == again && account >= 1000);
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_ERR_NOT_FOUND); /* ended by that */
    BJ_CHECK(ended_cnt == 1);
    BJ_CHECK(login(identity, "ops@b.in", "wrong horse battery", token) ==
             BJ_ERR_DENIED);
    BJ_CHECK(login(identity, "no@b.in", word, token) == BJ_ERR_DENIED);
    BJ_CHECK(login(identity, "late@b.in", word, token) == BJ_ERR_DENIED);
    BJ_CHECK(login(identity, "ops@b.in", word, token) == BJ_OK);
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_OK && got.role == BJ_ROLE_ADMIN);
    BJ_CHECK(bj_identity_session(identity, "nonsense", &got) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_identity_logout(identity, &got, "::1") == BJ_OK && ended_cnt == 2);
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_ERR_NOT_FOUND);
    bj_cache_free(config.cache);
    bj_identity_free(identity);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    if (!control || !boss) {
        fprintf(stderr, "test_bj_identity_repo: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(bj_token_formed("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        return bj_test_end("test_bj_identity_repo (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 2, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    bj_seal_t *seal;
    keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    test_register();
    test_squatter();
    test_old_link();
    test_sessions();
    test_identity();
    bj_keys_free(keys);
    bj_seal_free(seal);
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_identity_repo");
}
