/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): a connection shows what the thread that took it may see, whoever had
 * it before, and nobody's password. */
#include <pthread.h>
#include <stdlib.h>
#include "controlplane/store/bj_db.h"
#include "dataplane/base/bj_test.h"

enum { USERS = 3 };

static bj_db_pool_t *db, *owner;
static struct {
    uint64_t user_id;
    uint32_t account_id, branch_id;
} users[USERS] = {{.branch_id = 7}, {.branch_id = 7}, {.branch_id = 8}};

static const char add_sql[] =
    "WITH e AS (SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL,"
    " NULL, 'local', NULL)), made AS (INSERT INTO users (email, name, password_hash, branch_id,"
    " confirmed_at) VALUES ($1, 'A', '$argon2id$x', $2, now()) RETURNING user_id, account_id),"
    " placed AS (INSERT INTO orders (account_id, order_id, client_order_id, session_id, token,"
    " side, order_type, tif, price_paise, qty, cum_qty, leaves_qty, value_paise, state,"
    " created_at, updated_at, event_seq) SELECT account_id, account_id, 1, 1, 1, 'B', 1, 1, 1, 1,"
    " 0, 1, 0, 'open', now(), now(), 1 FROM made),"
    " s AS (INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at) SELECT"
    " user_id, sha256($1::bytea), repeat('c', 43), now(), now() + interval '1 day' FROM made)"
    " SELECT user_id, account_id FROM made, e";

static void make(void) {
    for (uint32_t u = 0; u < USERS; u++) {
        BJ_DB_RESULT rows = NULL;
        char email[16];
        snprintf(email, sizeof email, "u%u@b.in", u);
        BJ_CHECK(bj_db_query(owner, add_sql,
                             BJ_DB_PARAMS(email, bj_db_u64(users[u].branch_id).text),
                             &rows) == BJ_OK);
        BJ_CHECK(bj_db_get_u64(rows, 0, 0, &users[u].user_id) &&
                 bj_db_get_u32(rows, 0, 1, &users[u].account_id));
    }
}

static int64_t count(const char *sql, const char *key) {
    BJ_DB_RESULT rows = NULL;
    int64_t cnt = -1;
    BJ_CHECK(bj_db_query(db, sql, key ? 1 : 0, &key, &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_i64(rows, 0, 0, &cnt));
    return cnt;
}

static void act(bj_db_reach_t reach, size_t u) {
    bj_db_act_as(&(bj_db_acting_t){.reach = reach, .user_id = users[u].user_id,
                                   .account_id = users[u].account_id,
                                   .branch_id = users[u].branch_id});
}

#define ALL_USERS "SELECT count(*) FROM users"
#define ALL_ORDERS "SELECT count(*) FROM orders"
#define ALL_SESSIONS "SELECT count(*) FROM sessions"
#define ORDERS_OF "SELECT count(*) FROM orders WHERE account_id = $1"
#define PASSWORDS "SELECT count(user_password($1))"

static void test_reach(void) {
    static const struct {
        bj_db_reach_t reach;
        size_t        as;
        int64_t       users, orders, sessions, orders_of_1, passwords_of_1;
    } rows[] = {
        {BJ_DB_SERVER, 0, 3, 3, 3, 1, 1}, {BJ_DB_OWN, 0, 1, 1, 1, 0, 0},
        {BJ_DB_OWN, 1, 1, 1, 1, 1, 1},    {BJ_DB_BRANCH, 0, 2, 2, 1, 1, 0},
        {BJ_DB_BRANCH, 2, 1, 1, 1, 0, 0}, {BJ_DB_ALL, 0, 3, 3, 3, 1, 0},
        {BJ_DB_SERVER, 0, 3, 3, 3, 1, 1},
    };
    bj_db_text_t user = bj_db_u64(users[1].user_id), account = bj_db_u64(users[1].account_id);
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        unsigned fails = bj_fail_cnt;
        if (rows[i].reach == BJ_DB_SERVER) bj_db_act_as(NULL);
        else act(rows[i].reach, rows[i].as);
        BJ_CHECK(count(ALL_USERS, NULL) == rows[i].users);
        BJ_CHECK(count(ALL_ORDERS, NULL) == rows[i].orders);
        BJ_CHECK(count(ALL_SESSIONS, NULL) == rows[i].sessions);
        BJ_CHECK(count(ORDERS_OF, account.text) == rows[i].orders_of_1);
        BJ_CHECK(count(PASSWORDS, user.text) == rows[i].passwords_of_1);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in row %zu\n", i);
    }
}

/* Not changed, not ended, not read by way of a column. */
static void test_others(void) {
    BJ_DB_RESULT rows = NULL;
    bj_db_text_t other = bj_db_u64(users[1].user_id);
    act(BJ_DB_OWN, 0);
    BJ_CHECK(bj_db_query(db, "DELETE FROM sessions WHERE user_id = $1", BJ_DB_PARAMS(other.text),
                         &rows) == BJ_OK &&
             bj_db_changed(rows) == 0);
    BJ_CHECK(count("SELECT count(*) FROM (SELECT 1 WHERE user_set_password($1, '$argon2id$x',"
                   " '$argon2id$y')) AS x", other.text) == 0);
    BJ_CHECK(bj_db_query(db, "INSERT INTO totp_factors (user_id, key_id, secret) VALUES ($1, 1,"
                             " decode(repeat('00', 48), 'hex'))",
                         BJ_DB_PARAMS(other.text), NULL) == BJ_ERR_DENIED);
    BJ_CHECK(bj_db_query(db, "SELECT password_hash FROM users", BJ_DB_NO_PARAMS, NULL) ==
             BJ_ERR_DENIED);
    bj_db_act_as(NULL);
    BJ_CHECK(bj_db_query(db, "SELECT password_hash FROM users", BJ_DB_NO_PARAMS, NULL) ==
             BJ_ERR_DENIED);
    BJ_CHECK(bj_db_query(db, "SELECT password_hash FROM mail_tokens", BJ_DB_NO_PARAMS, NULL) ==
             BJ_ERR_DENIED);
}

/* Threads that act for different people share two connections: each sees its own. */
static void *one_thread(void *ctx) {
    size_t u = *(const size_t *)ctx;
    size_t wrong = 0;
    bj_db_text_t account = bj_db_u64(users[u].account_id);
    for (int i = 0; i < 200; i++) {
        act(BJ_DB_OWN, u);
        wrong += count(ALL_ORDERS, NULL) != 1 || count(ORDERS_OF, account.text) != 1;
        bj_db_act_as(NULL);
        wrong += count(ALL_ORDERS, NULL) != USERS;
    }
    return wrong ? ctx : NULL;
}

static void test_threads(void) {
    static size_t who[USERS] = {0, 1, 2};
    pthread_t thread[USERS];
    for (size_t u = 0; u < USERS; u++) {
        if (pthread_create(&thread[u], NULL, one_thread, &who[u]) != 0) abort();
    }
    for (size_t u = 0; u < USERS; u++) {
        void *wrong;
        pthread_join(thread[u], &wrong);
        BJ_CHECK(!wrong);
    }
}

int main(void) {
    const char *conninfo = getenv("BJ_TEST_PG"), *control = getenv("BJ_TEST_PG_CONTROL");
    if (!conninfo || !control) {
        fprintf(stderr, "test_bj_row_security: SKIPPED: BJ_TEST_PG is not set; run it by "
                        "tests/with-pg\n");
        bj_db_act_as(NULL);
        BJ_CHECK(!control || !conninfo);
        return bj_test_end("test_bj_row_security (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 2, 3000);
    owner = bj_db_pool_new(conninfo, 1, 3000);
    make();
    test_reach();
    test_others();
    test_threads();
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_row_security");
}
