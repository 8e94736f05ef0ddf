#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "controlplane/store/bj_db_priv.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { PAUSE_MIN_MS = 100, PAUSE_MAX_MS = 2000, CONNECT_MS = 2000 };

bj_db_pool_t *bj_db_pool_new(const char *conninfo, size_t conns_max, int32_t timeout_ms) {
    assert(conns_max > 0 && conns_max <= BJ_DB_CONNS_MAX && timeout_ms > 0);
    bj_db_pool_t *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pool->conninfo = strdup(conninfo);
    if (!pool->conninfo) {
        free(pool);
        return NULL;
    }
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->given, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&pool->lock, NULL);
    pool->timeout_ms = timeout_ms;
    pool->conn_cnt = conns_max;
    pool->pause_ns = PAUSE_MIN_MS * BJ_NS_PER_MS;
    for (size_t i = 0; i < conns_max; i++) pool->db[i].pool = pool;
    return pool;
}

void bj_db_pool_free(bj_db_pool_t *pool) {
    if (!pool) return;
    for (size_t i = 0; i < pool->conn_cnt; i++) {
        assert(!pool->db[i].taken);
        bj_db_disconnect(&pool->db[i]);
    }
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
    free(pool->conninfo);
    free(pool);
}

bool bj_db_pool_up(bj_db_pool_t *pool) {
    pthread_mutex_lock(&pool->lock);
    bool up = pool->up;
    pthread_mutex_unlock(&pool->lock);
    return up;
}

bool bj_db_wait(PGconn *conn, bool for_write, int64_t deadline_ns) {
    struct pollfd fd = {.fd = PQsocket(conn),
                        .events = (short)(POLLIN | (for_write ? POLLOUT : 0))};
    if (fd.fd < 0) return false;
    for (;;) {
        int64_t left_ms = (deadline_ns - bj_clock_mono_ns()) / BJ_NS_PER_MS;
        if (left_ms < 0) return false;
        int n = poll(&fd, 1, (int)left_ms + 1);
        if (n > 0) return true;
        if (n < 0 && errno != EINTR) return false;
    }
}

void bj_db_disconnect(bj_db_t *db) {
    PQfinish(db->conn); /* NULL is allowed */
    db->conn = NULL;
}

static bool connect_finish(bj_db_t *db) {
    int64_t deadline_ns = bj_clock_mono_ns() + CONNECT_MS * BJ_NS_PER_MS;
    PostgresPollingStatusType want = PGRES_POLLING_WRITING;
    while (want != PGRES_POLLING_OK) {
        if (want == PGRES_POLLING_FAILED) return false;
        if (!bj_db_wait(db->conn, want == PGRES_POLLING_WRITING, deadline_ns)) return false;
        want = PQconnectPoll(db->conn);
    }
    /* What a constraint refuses may be somebody's address: no detail, and values are left out. */
    PQsetErrorVerbosity(db->conn, PQERRORS_TERSE);
    return PQsetnonblocking(db->conn, 1) == 0;
}

static void no_notice(void *ctx, const PGresult *result) {
    (void)ctx;
    (void)result;
}

bool bj_db_connect(bj_db_t *db, char *why, size_t why_bytes) {
    char options[128];
    snprintf(options, sizeof options,
             "-c statement_timeout=%d -c timezone=UTC -c bijli.reach=server",
             db->pool->timeout_ms);
    db->acting = (bj_db_acting_t){.reach = BJ_DB_SERVER};
    const char *const keys[] = {"dbname", "options", NULL};
    const char *const values[] = {db->pool->conninfo, options, NULL};
    db->conn = PQconnectStartParams(keys, values, 1);
    if (!db->conn) return false;
    if (PQstatus(db->conn) != CONNECTION_BAD && connect_finish(db)) {
        PQsetNoticeReceiver(db->conn, no_notice, NULL);
        return true;
    }
    snprintf(why, why_bytes, "%s", PQerrorMessage(db->conn));
    bj_db_disconnect(db);
    return false;
}

/* A server that speaks unasked on an idle connection says good-bye, or has changed a setting:
 * either way a new connection costs less than finding out. */
static bool alive(bj_db_t *db) {
    if (!db->conn || PQstatus(db->conn) != CONNECTION_OK) return false;
    struct pollfd fd = {.fd = PQsocket(db->conn), .events = POLLIN};
    return poll(&fd, 1, 0) == 0;
}

static _Thread_local bj_db_acting_t acting; /* for whom this thread asks */

void bj_db_act_as(const bj_db_acting_t *whom) {
    acting = whom ? *whom : (bj_db_acting_t){.reach = BJ_DB_SERVER};
}

static bool is_same(const bj_db_acting_t *a, const bj_db_acting_t *b) {
    return a->reach == b->reach && a->user_id == b->user_id && a->account_id == b->account_id &&
           a->branch_id == b->branch_id;
}

static const char act_sql[] =
    "SELECT set_config('bijli.reach', $1, false), set_config('bijli.user', $2, false),"
    " set_config('bijli.account', $3, false), set_config('bijli.branch', $4, false)";

/* False: it is not known for whom the connection asks, so it is given up. */
static bool become(bj_db_t *db) {
    static const char *const words[] = {"server", "all", "branch", "own"};
    if (is_same(&db->acting, &acting)) return true;
    bj_status_t status = bj_db_ask(db, act_sql,
                                   BJ_DB_PARAMS(words[acting.reach], bj_db_u64(acting.user_id).text,
                                                bj_db_u64(acting.account_id).text,
                                                bj_db_u64(acting.branch_id).text),
                                   NULL);
    if (status == BJ_OK) db->acting = acting;
    else bj_db_disconnect(db);
    return status == BJ_OK;
}

/* With the lock held: an own free connection: one that asks for the same person, else an open one
 * first. */
static bj_db_t *find_free(bj_db_pool_t *pool) {
    bj_db_t *found = NULL;
    for (size_t i = 0; i < pool->conn_cnt; i++) {
        bj_db_t *db = &pool->db[i];
        if (db->taken) continue;
        if (db->conn && is_same(&db->acting, &acting)) return db;
        if (!found || (db->conn && !found->conn)) found = db;
    }
    return found;
}

static bj_db_t *wait_free(bj_db_pool_t *pool) {
    int64_t until_ns = bj_clock_mono_ns() + pool->timeout_ms * BJ_NS_PER_MS;
    struct timespec until = {.tv_sec = until_ns / BJ_NS_PER_S, .tv_nsec = until_ns % BJ_NS_PER_S};
    bj_db_t *db;
    while (!(db = find_free(pool))) {
        if (pthread_cond_timedwait(&pool->given, &pool->lock, &until) != 0) return find_free(pool);
    }
    return db;
}

/* Once an outage, not once an attempt, is enough for the log. */
static void note_result(bj_db_pool_t *pool, bool was_probe, bool ok, const char *why) {
    if (was_probe) pool->probing = false;
    if (ok) {
        if (pool->said_down) BJ_INFO("database is back");
        pool->said_down = false;
        pool->next_try_ns = 0;
        pool->pause_ns = PAUSE_MIN_MS * BJ_NS_PER_MS;
    } else {
        if (!pool->said_down) BJ_WARN("database is away: %s", why);
        pool->said_down = true;
        pool->next_try_ns = bj_clock_mono_ns() + pool->pause_ns;
        pool->pause_ns *= 2;
        if (pool->pause_ns > PAUSE_MAX_MS * BJ_NS_PER_MS) {
            pool->pause_ns = PAUSE_MAX_MS * BJ_NS_PER_MS;
        }
    }
    pool->up = ok;
}

bj_status_t bj_db_take(bj_db_pool_t *pool, bj_db_t **out) {
    *out = NULL;
    pthread_mutex_lock(&pool->lock);
    bool down = !pool->up && pool->next_try_ns != 0; /* and not just never asked */
    if (down && (pool->probing || bj_clock_mono_ns() < pool->next_try_ns)) {
        pthread_mutex_unlock(&pool->lock);
        return BJ_ERR_UNAVAILABLE;
    }
    bj_db_t *db = wait_free(pool);
    if (!db) {
        pthread_mutex_unlock(&pool->lock);
        return BJ_ERR_FULL;
    }
    db->taken = true;
    pool->probing = pool->probing || down;
    pthread_mutex_unlock(&pool->lock);

    char why[160] = "";
    bool was_alive = alive(db);
    if (!was_alive) bj_db_disconnect(db);
    bool ok = was_alive || bj_db_connect(db, why, sizeof why);
    ok = ok && become(db);

    pthread_mutex_lock(&pool->lock);
    if (!was_alive || down) note_result(pool, down, ok, why);
    pthread_mutex_unlock(&pool->lock);
    if (!ok) {
        bj_db_give(db);
        return BJ_ERR_UNAVAILABLE;
    }
    *out = db;
    return BJ_OK;
}

void bj_db_give(bj_db_t *db) {
    if (!db) return;
    bj_db_pool_t *pool = db->pool;
    if (db->conn && PQtransactionStatus(db->conn) != PQTRANS_IDLE) bj_db_rollback(db);
    bool lost = db->conn && PQstatus(db->conn) != CONNECTION_OK;
    if (lost) bj_db_disconnect(db);
    pthread_mutex_lock(&pool->lock);
    db->taken = false;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}
