/* What can be seen without a PostgreSQL, then Redis of the test's own, then the PostgreSQL that
 * BJ_TEST_PG names (tests/with-pg starts one). */
#include <inttypes.h>
#include <pthread.h>

#include "controlplane/store/bj_cache.h"
#include "controlplane/store/bj_db_priv.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

static void test_state_table(void) {
    static const struct {
        const char *state;
        bj_status_t status;
    } cases[] = {
        {"23505", BJ_ERR_EXISTS},      {"23514", BJ_ERR_BAD_FIELD},   {"23502", BJ_ERR_BAD_FIELD},
        {"23503", BJ_ERR_NOT_FOUND},   {"22003", BJ_ERR_BAD_FIELD},   {"42501", BJ_ERR_DENIED},
        {"42P01", BJ_ERR_DB},          {"57014", BJ_ERR_TIMEOUT},     {"57P01", BJ_ERR_UNAVAILABLE},
        {"08006", BJ_ERR_UNAVAILABLE}, {"53300", BJ_ERR_UNAVAILABLE}, {"40P01", BJ_ERR_UNAVAILABLE},
        {NULL, BJ_ERR_UNAVAILABLE},    {"", BJ_ERR_DB},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_db_state_status(cases[i].state) == cases[i].status);
    }
}

static void test_text(void) {
    BJ_CHECK(strcmp(bj_db_i64(INT64_MIN).text, "-9223372036854775808") == 0);
    BJ_CHECK(strcmp(bj_db_u64(UINT64_MAX).text, "18446744073709551615") == 0);
    BJ_CHECK(strcmp(bj_db_time(0).text, "1970-01-01 00:00:00.000000+00") == 0);
    BJ_CHECK(strcmp(bj_db_time(1785577500123456789).text, "2026-08-01 09:45:00.123456+00") == 0);
    BJ_CHECK(strcmp(bj_db_time(-1).text, "1969-12-31 23:59:59.999999+00") == 0);
}

static void test_db_away(void) {
    bj_db_pool_t *pool = bj_db_pool_new("host=/nonexistent dbname=x", 2, 1000);
    int64_t start_ns = bj_clock_mono_ns();
    for (int i = 0; i < 1000; i++) {
        BJ_CHECK(bj_db_query(pool, "SELECT 1", BJ_DB_NO_PARAMS, NULL) == BJ_ERR_UNAVAILABLE);
    }
    BJ_CHECK(bj_clock_mono_ns() - start_ns < 500 * BJ_NS_PER_MS);
    BJ_CHECK(!bj_db_pool_up(pool));
    bj_db_pool_free(pool);
}

static pid_t redis_start(const char *dir, const char *socket_path) {
    return child_start((char *[]){"redis-server", "--port", "0", "--unixsocket",
                                  (char *)(uintptr_t)socket_path, "--save", "", "--dir",
                                  (char *)(uintptr_t)dir, NULL});
}

static void test_cache_values(bj_cache_t *cache) {
    char out[16];
    size_t n;
    BJ_CHECK(bj_cache_get(cache, "none", out, sizeof out, &n) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_cache_set(cache, "key", "a\0b", 3, 60) == BJ_OK);
    BJ_CHECK(bj_cache_get(cache, "key", out, sizeof out, &n) == BJ_OK);
    BJ_CHECK(n == 3 && memcmp(out, "a\0b", 4) == 0);
    BJ_CHECK(bj_cache_get(cache, "key", out, 3, &n) == BJ_ERR_FULL);
    BJ_CHECK(bj_cache_set_new(cache, "key", "other", 5, 60) == BJ_ERR_EXISTS);
    BJ_CHECK(bj_cache_get(cache, "key", out, sizeof out, &n) == BJ_OK && n == 3);
    BJ_CHECK(bj_cache_set_new(cache, "new", "one", 3, 1) == BJ_OK);
    BJ_CHECK(bj_cache_get(cache, "new", out, sizeof out, &n) == BJ_OK && strcmp(out, "one") == 0);
    CHILD_CHECK_SOON(3000, bj_cache_get(cache, "new", out, sizeof out, &n) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_cache_set(cache, "key", "v", 1, 0) == BJ_ERR_DB); /* 0 seconds: Redis says no */

    int64_t count;
    BJ_CHECK(bj_cache_count(cache, "tries", 1, &count) == BJ_OK && count == 1);
    BJ_CHECK(bj_cache_count(cache, "tries", 1, &count) == BJ_OK && count == 2);
    CHILD_CHECK_SOON(3000, bj_cache_get(cache, "tries", out, sizeof out, &n) == BJ_ERR_NOT_FOUND);

    bj_cache_item_t items[] = {{"m:1", "one", 3}, {"m:2", "two", 3}};
    BJ_CHECK(bj_cache_set_many(cache, items, BJ_COUNT(items), 60) == BJ_OK);
    BJ_CHECK(bj_cache_get(cache, "m:2", out, sizeof out, &n) == BJ_OK && strcmp(out, "two") == 0);
    BJ_CHECK(bj_cache_set_many(cache, NULL, 0, 60) == BJ_OK);
}

static void test_cache(void) {
    char dir[64], path[96], out[16];
    size_t n;
    if (!child_mkdir(dir, sizeof dir)) return;
    snprintf(path, sizeof path, "%s/redis.sock", dir);
    bj_cache_t *cache = bj_cache_new(path);
    BJ_CHECK(bj_cache_get(cache, "key", out, sizeof out, &n) == BJ_ERR_UNAVAILABLE);
    pid_t pid = redis_start(dir, path);
    CHILD_CHECK_SOON(5000, bj_cache_set(cache, "key", "v", 1, 60) == BJ_OK);
    test_cache_values(cache);

    kill(pid, SIGSTOP); /* frozen: slow once, then told at once */
    int64_t start_ns = bj_clock_mono_ns();
    for (int i = 0; i < 100; i++) {
        BJ_CHECK(bj_cache_get(cache, "key", out, sizeof out, &n) == BJ_ERR_UNAVAILABLE);
    }
    BJ_CHECK(bj_clock_mono_ns() - start_ns < 500 * BJ_NS_PER_MS);
    BJ_CHECK(!bj_cache_up(cache));
    kill(pid, SIGCONT);
    CHILD_CHECK_SOON(5000, bj_cache_set(cache, "key", "v", 1, 60) == BJ_OK);

    child_stop(pid, SIGTERM); /* restarted between two commands: nobody notices */
    pid = redis_start(dir, path);
    CHILD_CHECK_SOON(5000, access(path, R_OK) == 0);
    CHILD_CHECK_SOON(1000, bj_cache_get(cache, "key", out, sizeof out, &n) == BJ_ERR_NOT_FOUND);
    bj_cache_free(cache);
    child_stop(pid, SIGTERM);
    child_rmdir(dir);
}

/* --- from here on with a PostgreSQL --- */

static void test_columns(bj_db_pool_t *pool) {
    BJ_DB_RESULT r = NULL;
    int64_t i64;
    uint64_t u64;
    int32_t i32;
    uint32_t u32;
    bool yes;
    char text[4];
    BJ_CHECK(bj_db_query(pool,
                         "SELECT $1::bigint, $2::numeric, $3::text, true, 'abcd', '12x', -1, "
                         "4294967296, '', ' 7'",
                         BJ_DB_PARAMS(bj_db_i64(INT64_MIN).text, bj_db_u64(UINT64_MAX).text, NULL),
                         &r) == BJ_OK);
    BJ_CHECK(bj_db_rows(r) == 1 && bj_db_cols(r) == 10);
    BJ_CHECK(bj_db_get_i64(r, 0, 0, &i64) && i64 == INT64_MIN);
    BJ_CHECK(!bj_db_get_u64(r, 0, 0, &u64) && !bj_db_get_i32(r, 0, 0, &i32));
    BJ_CHECK(bj_db_get_u64(r, 0, 1, &u64) && u64 == UINT64_MAX);
    BJ_CHECK(!bj_db_get_i64(r, 0, 1, &i64));
    BJ_CHECK(bj_db_null(r, 0, 2) && !bj_db_get_i64(r, 0, 2, &i64));
    BJ_CHECK(!bj_db_get_str(r, 0, 2, text, sizeof text) && !bj_db_get_ref(r, 0, 2));
    BJ_CHECK(bj_db_get_bool(r, 0, 3, &yes) && yes && !bj_db_get_bool(r, 0, 0, &yes));
    BJ_CHECK(!bj_db_get_str(r, 0, 4, text, sizeof text)); /* one too long */
    BJ_CHECK(!bj_db_get_i64(r, 0, 5, &i64));
    BJ_CHECK(bj_db_get_i32(r, 0, 6, &i32) && i32 == -1 && !bj_db_get_u32(r, 0, 6, &u32));
    BJ_CHECK(!bj_db_get_u32(r, 0, 7, &u32));
    BJ_CHECK(!bj_db_get_i64(r, 0, 8, &i64) && !bj_db_get_i64(r, 0, 9, &i64));
    BJ_CHECK(bj_db_null(r, 1, 0) && bj_db_null(r, 0, 10));
}

static void test_refusals(bj_db_pool_t *pool) {
    static const struct {
        const char *sql;
        bj_status_t status;
    } cases[] = {
        {"INSERT INTO t VALUES (1, 1)", BJ_ERR_EXISTS},
        {"INSERT INTO t VALUES (2, -1)", BJ_ERR_BAD_FIELD},
        {"INSERT INTO t VALUES (NULL, 1)", BJ_ERR_BAD_FIELD},
        {"SELECT 'x'::bigint", BJ_ERR_BAD_FIELD},
        {"SELECT * FROM nowhere", BJ_ERR_DB},
        {"SELEC", BJ_ERR_DB},
        {"SELECT pg_sleep(9)", BJ_ERR_TIMEOUT},
        {"SELECT 1; SELECT 2", BJ_ERR_DB}, /* one statement, whatever is in the text */
        {"SELECT n FROM t WHERE k = 1", BJ_OK},
    };
    BJ_DB_CONN db = NULL;
    BJ_CHECK(bj_db_take(pool, &db) == BJ_OK);
    BJ_CHECK(bj_db_script(db, "CREATE TEMP TABLE t (k int PRIMARY KEY, n int CHECK (n > 0));"
                              "INSERT INTO t VALUES (1, 1)") == BJ_OK);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_db_ask(db, cases[i].sql, BJ_DB_NO_PARAMS, NULL) == cases[i].status);
    }
}

static int64_t count_of(bj_db_t *db, const char *sql) {
    BJ_DB_RESULT r = NULL;
    int64_t n = -1;
    if (bj_db_ask(db, sql, BJ_DB_NO_PARAMS, &r) != BJ_OK || !bj_db_get_i64(r, 0, 0, &n)) return -1;
    return n;
}

static void test_copy_and_transactions(bj_db_pool_t *pool) {
    static char rows[400000];
    size_t n = 0;
    for (int i = 0; i < 30000; i++) {
        n += (size_t)snprintf(rows + n, sizeof rows - n, "%d\t%d\n", i, i + 1);
    }
    BJ_DB_CONN db = NULL;
    BJ_CHECK(bj_db_take(pool, &db) == BJ_OK);
    BJ_CHECK(bj_db_script(db, "CREATE TEMP TABLE c (k int PRIMARY KEY, n int)") == BJ_OK);
    BJ_CHECK(bj_db_begin(db) == BJ_OK);
    BJ_CHECK(bj_db_copy(db, "COPY c FROM STDIN", rows, n) == BJ_OK);
    BJ_CHECK(count_of(db, "SELECT count(*) FROM c") == 30000);
    bj_db_rollback(db);
    BJ_CHECK(count_of(db, "SELECT count(*) FROM c") == 0);
    BJ_CHECK(bj_db_copy(db, "COPY c FROM STDIN", "1\tx\n", 4) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_db_copy(db, "SELECT 1", "", 0) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_db_begin(db) == BJ_OK);
    BJ_CHECK(bj_db_copy(db, "COPY c FROM STDIN", "1\t1\n", 4) == BJ_OK);
    BJ_CHECK(bj_db_copy(db, "COPY c FROM STDIN", "1\t1\n", 4) == BJ_ERR_EXISTS);
    BJ_CHECK(bj_db_commit(db) ==
             BJ_ERR_DB); /* a failed transaction is not committed by saying so */
    bj_db_rollback(db);
    BJ_CHECK(bj_db_begin(db) == BJ_OK);
    BJ_CHECK(bj_db_copy(db, "COPY c FROM STDIN", "1\t1\n", 4) == BJ_OK);
    BJ_CHECK(bj_db_commit(db) == BJ_OK);
    BJ_CHECK(count_of(db, "SELECT count(*) FROM c") == 1);
}

/* A transaction left open goes back as if it had never been. */
static void test_give_rolls_back(bj_db_pool_t *pool) {
    bj_db_t *db;
    BJ_CHECK(bj_db_take(pool, &db) == BJ_OK);
    BJ_CHECK(bj_db_script(db, "CREATE TEMP TABLE g (k int)") == BJ_OK);
    BJ_CHECK(bj_db_begin(db) == BJ_OK);
    BJ_CHECK(bj_db_script(db, "INSERT INTO g VALUES (1)") == BJ_OK);
    bj_db_give(db);
    BJ_CHECK(bj_db_take(pool, &db) == BJ_OK);
    BJ_CHECK(count_of(db, "SELECT count(*) FROM g") == 0);
    bj_db_give(db);
}

static void test_pool_is_bounded(const char *conninfo) {
    bj_db_pool_t *pool = bj_db_pool_new(conninfo, 1, 100);
    bj_db_t *first, *second;
    BJ_CHECK(bj_db_take(pool, &first) == BJ_OK);
    BJ_CHECK(bj_db_take(pool, &second) == BJ_ERR_FULL && !second);
    bj_db_give(first);
    BJ_CHECK(bj_db_take(pool, &second) == BJ_OK);
    bj_db_give(second);
    bj_db_pool_free(pool);
}

/* The server ends our session behind our back, once idle and once in the middle. */
static void test_killed_session(const char *conninfo) {
    bj_db_pool_t *pool = bj_db_pool_new(conninfo, 1, 1000),
                 *killer = bj_db_pool_new(conninfo, 1, 1000);
    BJ_DB_RESULT r = NULL;
    BJ_CHECK(bj_db_query(pool, "SELECT pg_backend_pid()", BJ_DB_NO_PARAMS, &r) == BJ_OK);
    BJ_CHECK(bj_db_query(killer, "SELECT pg_terminate_backend($1::int)",
                         BJ_DB_PARAMS(bj_db_get_ref(r, 0, 0)), NULL) == BJ_OK);
    child_sleep_ms(100);
    BJ_CHECK(bj_db_query(pool, "SELECT 1", BJ_DB_NO_PARAMS, NULL) == BJ_OK);

    BJ_CHECK(bj_db_query(pool, "SELECT pg_terminate_backend(pg_backend_pid())", BJ_DB_NO_PARAMS,
                         NULL) == BJ_ERR_UNAVAILABLE);
    CHILD_CHECK_SOON(1000, bj_db_query(pool, "SELECT 1", BJ_DB_NO_PARAMS, NULL) == BJ_OK);
    bj_db_pool_free(pool);
    bj_db_pool_free(killer);
}

typedef struct worker {
    bj_db_pool_t *pool;
    int           ok_cnt;
} worker_t;

static void *work(void *ctx) {
    worker_t *worker = ctx;
    for (int64_t i = 0; i < 100; i++) {
        BJ_DB_RESULT r = NULL;
        int64_t back = -1;
        if (bj_db_query(worker->pool, "SELECT $1::bigint", BJ_DB_PARAMS(bj_db_i64(i).text), &r) ==
                BJ_OK &&
            bj_db_get_i64(r, 0, 0, &back) && back == i) {
            worker->ok_cnt++;
        }
    }
    return NULL;
}

static void test_threads(bj_db_pool_t *pool) {
    pthread_t threads[8];
    worker_t workers[8];
    for (size_t i = 0; i < 8; i++) {
        workers[i] = (worker_t){.pool = pool};
        BJ_CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        BJ_CHECK(workers[i].ok_cnt == 100);
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    test_state_table();
    test_text();
    test_db_away();
    test_cache();
    const char *conninfo = getenv("BJ_TEST_PG");
    if (conninfo) {
        bj_db_pool_t *pool = bj_db_pool_new(conninfo, 3, 1000);
        test_threads(pool); /* the first to ask, all at once: none is told that it is away */
        test_columns(pool);
        test_refusals(pool);
        test_copy_and_transactions(pool);
        bj_db_pool_free(pool);
        pool = bj_db_pool_new(conninfo, 1, 1000);
        test_give_rolls_back(pool);
        bj_db_pool_free(pool);
        test_pool_is_bounded(conninfo);
        test_killed_session(conninfo);
    }
    return bj_test_end(conninfo ? "test_bj_store" : "test_bj_store (without BJ_TEST_PG)");
}
