#ifndef BJ_DB_PRIV_H
#define BJ_DB_PRIV_H

/* What the files of bj_db share: one connection and its pool. */
#include <libpq-fe.h>
#include <pthread.h>

#include "controlplane/store/bj_db.h"

struct bj_db {
    bj_db_pool_t *pool;
    PGconn       *conn; /* NULL: not connected */
    bool          taken;
    bj_db_acting_t acting; /* as the server knows it */
};

struct bj_db_pool {
    pthread_mutex_t lock;
    pthread_cond_t  given;
    char           *conninfo;
    int32_t         timeout_ms;
    size_t          conn_cnt;
    bool            up, said_down;
    bool            probing;     /* one thread at a time finds out whether a dead server is back */
    int64_t         next_try_ns; /* before this, monotonic: no attempt while down */
    int64_t         pause_ns;
    bj_db_t         db[BJ_DB_CONNS_MAX];
};

struct bj_db_result; /* is a PGresult */

/* Opens db->conn.  False: refused or not done by the deadline; db->conn is NULL, why says it. */
bool bj_db_connect(bj_db_t *db, char *why, size_t why_bytes);
void bj_db_disconnect(bj_db_t *db);
/* False: the deadline passed before the socket was ready. */
bool bj_db_wait(PGconn *conn, bool for_write, int64_t deadline_ns);
/* The answer's SQLSTATE as a status. */
bj_status_t bj_db_state_status(const char *sqlstate);

#endif /* BJ_DB_PRIV_H */
