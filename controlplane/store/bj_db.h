#ifndef BJ_DB_H
#define BJ_DB_H

/* bj_db - PostgreSQL: a pool of connections that heals itself, queries with parameters, COPY.
 *
 * Purpose    Everything the control plane asks of the database.  Values never enter the SQL text.
 * Threads    a pool: any.  A connection: the thread that took it, until it gives it back.
 * Errors     BJ_ERR_UNAVAILABLE  away, restarting, or frozen.  A pool that has just failed says so
 *                                at once and tries again after a growing pause (at most 2 s).
 *            BJ_ERR_FULL         all connections are in use and none came back in time
 *            BJ_ERR_TIMEOUT      the statement took longer than the pool's timeout
 *            BJ_ERR_EXISTS       unique violation        BJ_ERR_NOT_FOUND  foreign key violation
 *            BJ_ERR_BAD_FIELD    check or not-null violation, bad value; or a column that is not
 *                                what the caller's statement promises
 *            BJ_ERR_DENIED       the role may not do this
 *            BJ_ERR_DB           any other refusal
 *            The server's words go to the log, without values; never to callers.
 *            A commit that answers BJ_ERR_UNAVAILABLE or BJ_ERR_TIMEOUT may have happened: ask.
 * Cost       blocking, at most about timeout_ms; never from a tile or an event loop. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

typedef struct bj_db_pool   bj_db_pool_t;
typedef struct bj_db        bj_db_t; /* one connection */
typedef struct bj_db_result bj_db_result_t;

enum { BJ_DB_CONNS_MAX = 32 };

/* Connects when first asked: a database that is away at start is no error.  conninfo is libpq's. */
bj_db_pool_t *bj_db_pool_new(const char *conninfo, size_t conns_max, int32_t timeout_ms);
void bj_db_pool_free(bj_db_pool_t *pool); /* every connection must have been given back */
bool bj_db_pool_up(bj_db_pool_t *pool);   /* what the last attempt saw */

/* --- for whom the calling thread asks.  Every connection that it takes shows what row security
 * (sql/0015_row_security.sql) shows to that person.  A change of person costs the connection one
 * statement; the pool gives one that has the person already, if it can. */
typedef enum bj_db_reach {
    BJ_DB_SERVER, /* nobody's: log-ins, and what the server does by itself */
    BJ_DB_ALL,
    BJ_DB_BRANCH,
    BJ_DB_OWN,
} bj_db_reach_t;

typedef struct bj_db_acting {
    bj_db_reach_t reach;
    uint64_t      user_id;
    uint32_t      account_id, branch_id;
} bj_db_acting_t;

/* NULL: for the server again, as each thread begins.  Not while it holds a connection. */
void bj_db_act_as(const bj_db_acting_t *acting);

BJ_MUST_USE bj_status_t bj_db_take(bj_db_pool_t *pool, bj_db_t **db);
void bj_db_give(bj_db_t *db); /* NULL is allowed; an open transaction is rolled back */
static inline void bj_db_give_at(bj_db_t **db) { bj_db_give(*db); }
#define BJ_DB_CONN __attribute__((cleanup(bj_db_give_at))) bj_db_t * /* initialise it: NULL */

/* --- parameters: text; NULL is SQL NULL.  bj_db_ask(db, sql, BJ_DB_PARAMS(a, b), &result) --- */
#define BJ_DB_PARAMS(...)                                             \
    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), \
        (const char *const[]){__VA_ARGS__}
#define BJ_DB_NO_PARAMS 0, NULL

typedef struct bj_db_text {
    char text[40];
} bj_db_text_t;
/* Use as bj_db_i64(n).text inside the call: it lives until the call has returned. */
bj_db_text_t bj_db_i64(int64_t value);
bj_db_text_t bj_db_u64(uint64_t value);
bj_db_text_t bj_db_time(int64_t unix_ns); /* timestamptz, to the microsecond, UTC */

/* One statement on a taken connection.  result may be NULL if nobody reads it. */
BJ_MUST_USE bj_status_t bj_db_ask(bj_db_t *db, const char *sql, size_t param_cnt,
                                  const char *const *params, bj_db_result_t **result);
/* The same on any free connection of the pool. */
BJ_MUST_USE bj_status_t bj_db_query(bj_db_pool_t *pool, const char *sql, size_t param_cnt,
                                    const char *const *params, bj_db_result_t **result);
/* Statements without parameters, separated by semicolons, known when compiled. */
BJ_MUST_USE bj_status_t bj_db_script(bj_db_t *db, const char *sql);
/* sql is COPY ... FROM STDIN; data is in COPY's text form (tabs, newlines, \N). */
BJ_MUST_USE bj_status_t bj_db_copy(bj_db_t *db, const char *sql, const char *data,
                                   size_t data_bytes);
BJ_MUST_USE bj_status_t bj_db_begin(bj_db_t *db);
BJ_MUST_USE bj_status_t bj_db_commit(bj_db_t *db);
void bj_db_rollback(bj_db_t *db);

/* --- results --- */
void bj_db_result_free(bj_db_result_t *result); /* NULL is allowed */
static inline void bj_db_result_free_at(bj_db_result_t **result) { bj_db_result_free(*result); }
#define BJ_DB_RESULT \
    __attribute__((cleanup(bj_db_result_free_at))) bj_db_result_t * /* initialise it: NULL */

size_t bj_db_rows(const bj_db_result_t *result);
size_t bj_db_cols(const bj_db_result_t *result);
size_t bj_db_changed(const bj_db_result_t *result); /* rows an INSERT, UPDATE or DELETE touched */
bool bj_db_null(const bj_db_result_t *result, size_t row, size_t col); /* also outside the result */

/* False: NULL, outside the result, not a number, out of range, or longer than out: never a zero
 * that nobody stored. */
BJ_MUST_USE bool bj_db_get_i64(const bj_db_result_t *result, size_t row, size_t col, int64_t *out);
BJ_MUST_USE bool bj_db_get_u64(const bj_db_result_t *result, size_t row, size_t col, uint64_t *out);
BJ_MUST_USE bool bj_db_get_i32(const bj_db_result_t *result, size_t row, size_t col, int32_t *out);
BJ_MUST_USE bool bj_db_get_u32(const bj_db_result_t *result, size_t row, size_t col, uint32_t *out);
BJ_MUST_USE bool bj_db_get_bool(const bj_db_result_t *result, size_t row, size_t col, bool *out);
BJ_MUST_USE bool bj_db_get_str(const bj_db_result_t *result, size_t row, size_t col, char *out,
                               size_t out_bytes);
/* Borrowed until the result is freed; NULL for SQL NULL or outside the result. */
const char *bj_db_get_ref(const bj_db_result_t *result, size_t row, size_t col);

#endif /* BJ_DB_H */
