#include <stdio.h>

#include "controlplane/store/bj_db_priv.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

/* The first prefix that fits wins: single states before their class. */
static const struct {
    const char *prefix;
    bj_status_t status;
} state_table[] = {
    {"23505", BJ_ERR_EXISTS},      /* unique_violation */
    {"23503", BJ_ERR_NOT_FOUND},   /* foreign_key_violation */
    {"23", BJ_ERR_BAD_FIELD},      /* check, not null, exclusion */
    {"22", BJ_ERR_BAD_FIELD},      /* data exception */
    {"42501", BJ_ERR_DENIED},      /* insufficient_privilege */
    {"57014", BJ_ERR_TIMEOUT},     /* query_canceled: statement_timeout */
    {"08", BJ_ERR_UNAVAILABLE},    /* connection exception */
    {"57P", BJ_ERR_UNAVAILABLE},   /* shutting down, crashed, starting */
    {"53", BJ_ERR_UNAVAILABLE},    /* out of memory, disk or connections */
    {"25006", BJ_ERR_UNAVAILABLE}, /* read only: a standby that is not yet the primary */
    {"40", BJ_ERR_UNAVAILABLE},    /* serialization, deadlock: nothing happened, try again */
};

bj_status_t bj_db_state_status(const char *sqlstate) {
    if (!sqlstate) return BJ_ERR_UNAVAILABLE; /* the server said nothing: the socket broke */
    for (size_t i = 0; i < BJ_COUNT(state_table); i++) {
        size_t n = strlen(state_table[i].prefix);
        if (strncmp(sqlstate, state_table[i].prefix, n) == 0) return state_table[i].status;
    }
    return BJ_ERR_DB;
}

static const char *or_none(const char *text) { return text ? text : "-"; }

/* A refused value may be personal: for what a constraint or a type refused, only names. */
static bj_status_t refused(const PGresult *result, const char *sql) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bj_status_t status = bj_db_state_status(state);
    if (status == BJ_ERR_EXISTS || status == BJ_ERR_NOT_FOUND || status == BJ_ERR_BAD_FIELD) {
        BJ_INFO("database refused a value: %s constraint %s in: %.120s", or_none(state),
                or_none(PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME)), sql);
    } else {
        BJ_WARN("database: %s %s in: %.120s", or_none(state),
                or_none(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)), sql);
    }
    return status;
}

/* Whatever is on the way can no longer be told from the next answer: the connection is given up. */
static bj_status_t lost(bj_db_t *db, bj_status_t status, const char *sql) {
    BJ_WARN("database connection given up: %s in: %.120s", bj_status_text(status), sql);
    bj_db_disconnect(db);
    return status;
}

static bj_status_t flush(bj_db_t *db, int64_t deadline_ns) {
    int left;
    while ((left = PQflush(db->conn)) > 0) {
        if (!bj_db_wait(db->conn, true, deadline_ns)) return BJ_ERR_TIMEOUT;
        if (!PQconsumeInput(db->conn)) return BJ_ERR_UNAVAILABLE;
    }
    return left == 0 ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

static bj_status_t next_result(bj_db_t *db, int64_t deadline_ns, PGresult **result) {
    while (PQisBusy(db->conn)) {
        if (!bj_db_wait(db->conn, false, deadline_ns)) return BJ_ERR_TIMEOUT;
        if (!PQconsumeInput(db->conn)) return BJ_ERR_UNAVAILABLE;
    }
    *result = PQgetResult(db->conn);
    return BJ_OK;
}

/* Reads all results; the last one is kept, the first error is what counts.  In COPY the first
 * result is the go-ahead, and nothing follows before the data. */
static bj_status_t gather(bj_db_t *db, const char *sql, int64_t deadline_ns, PGresult **last) {
    bj_status_t verdict = BJ_OK;
    *last = NULL;
    for (;;) {
        PGresult *result = NULL;
        bj_status_t status = next_result(db, deadline_ns, &result);
        if (status != BJ_OK) return status;
        if (!result) return verdict;
        ExecStatusType kind = PQresultStatus(result);
        bool ok = kind == PGRES_TUPLES_OK || kind == PGRES_COMMAND_OK || kind == PGRES_COPY_IN;
        if (!ok && verdict == BJ_OK) verdict = refused(result, sql);
        PQclear(*last);
        *last = result;
        if (kind == PGRES_COPY_IN) return verdict;
    }
}

/* The server's own statement_timeout comes first; this one is for a server that is frozen. */
static int64_t deadline(const bj_db_t *db) {
    return bj_clock_mono_ns() + (db->pool->timeout_ms + 500) * BJ_NS_PER_MS;
}

static bj_status_t finish(bj_db_t *db, const char *sql, int sent, PGresult **last) {
    int64_t deadline_ns = deadline(db);
    bj_status_t status = sent ? flush(db, deadline_ns) : BJ_ERR_UNAVAILABLE;
    if (status == BJ_OK) status = gather(db, sql, deadline_ns, last);
    bool broken = PQstatus(db->conn) != CONNECTION_OK ||
                  PQtransactionStatus(db->conn) == PQTRANS_ACTIVE ||
                  PQtransactionStatus(db->conn) == PQTRANS_UNKNOWN;
    bool copying = status == BJ_OK && *last && PQresultStatus(*last) == PGRES_COPY_IN;
    if (status != BJ_OK) {
        PQclear(*last);
        *last = NULL;
    }
    return broken && !copying ? lost(db, status == BJ_OK ? BJ_ERR_UNAVAILABLE : status, sql)
                              : status;
}

bj_status_t bj_db_ask(bj_db_t *db, const char *sql, size_t param_cnt, const char *const *params,
                      bj_db_result_t **result) {
    if (result) *result = NULL;
    if (!db->conn) return BJ_ERR_UNAVAILABLE;
    PGresult *last = NULL;
    int sent = PQsendQueryParams(db->conn, sql, (int)param_cnt, NULL, params, NULL, NULL, 0);
    bj_status_t status = finish(db, sql, sent, &last);
    if (status == BJ_OK && result) {
        *result = (bj_db_result_t *)last;
    } else {
        PQclear(last);
    }
    return status;
}

bj_status_t bj_db_query(bj_db_pool_t *pool, const char *sql, size_t param_cnt,
                        const char *const *params, bj_db_result_t **result) {
    if (result) *result = NULL;
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_db_take(pool, &db);
    return status == BJ_OK ? bj_db_ask(db, sql, param_cnt, params, result) : status;
}

bj_status_t bj_db_script(bj_db_t *db, const char *sql) {
    if (!db->conn) return BJ_ERR_UNAVAILABLE;
    PGresult *last = NULL;
    bj_status_t status = finish(db, sql, PQsendQuery(db->conn, sql), &last);
    PQclear(last);
    return status;
}

bj_status_t bj_db_begin(bj_db_t *db) { return bj_db_script(db, "BEGIN"); }

/* COMMIT of a failed transaction is answered with ROLLBACK, which is not an error to libpq. */
bj_status_t bj_db_commit(bj_db_t *db) {
    if (!db->conn) return BJ_ERR_UNAVAILABLE;
    if (PQtransactionStatus(db->conn) != PQTRANS_INTRANS) return BJ_ERR_DB;
    return bj_db_script(db, "COMMIT");
}

void bj_db_rollback(bj_db_t *db) {
    if (db->conn && bj_db_script(db, "ROLLBACK") != BJ_OK) bj_db_disconnect(db);
}

static bj_status_t copy_put(bj_db_t *db, const char *data, size_t data_bytes,
                            int64_t deadline_ns) {
    enum { CHUNK_BYTES = 1 << 16 };
    while (data_bytes > 0) {
        size_t n = data_bytes < CHUNK_BYTES ? data_bytes : CHUNK_BYTES;
        int put = PQputCopyData(db->conn, data, (int)n);
        if (put < 0) return BJ_ERR_UNAVAILABLE;
        if (put == 0) {
            if (!bj_db_wait(db->conn, true, deadline_ns)) return BJ_ERR_TIMEOUT;
            continue;
        }
        data += n;
        data_bytes -= n;
    }
    int end;
    while ((end = PQputCopyEnd(db->conn, NULL)) == 0) {
        if (!bj_db_wait(db->conn, true, deadline_ns)) return BJ_ERR_TIMEOUT;
    }
    return end > 0 ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

bj_status_t bj_db_copy(bj_db_t *db, const char *sql, const char *data, size_t data_bytes) {
    if (!db->conn) return BJ_ERR_UNAVAILABLE;
    PGresult *last = NULL;
    bj_status_t status = finish(db, sql, PQsendQuery(db->conn, sql), &last);
    bool go = status == BJ_OK && last && PQresultStatus(last) == PGRES_COPY_IN;
    PQclear(last);
    if (status != BJ_OK) return status;
    if (!go) return BJ_ERR_BAD_FIELD; /* not a COPY FROM STDIN */
    status = copy_put(db, data, data_bytes, deadline(db));
    if (status != BJ_OK) return lost(db, status, sql);
    last = NULL;
    status = finish(db, sql, 1, &last);
    PQclear(last);
    return status;
}
