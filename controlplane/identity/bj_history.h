#ifndef BJ_HISTORY_H
#define BJ_HISTORY_H

/* bj_history - a person's earlier log-ins and known browsers (sql/0014_logins.sql), and whether
 * this log-in is like them.
 *
 * Errors  bj_db's. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_suspect.h"

enum { BJ_DEVICE_ID_BYTES = 17, BJ_DEVICE_LIST_MAX = 20 };

/* One log-in, as it is judged and kept. */
typedef struct bj_history {
    bj_login_fact_t fact;
    bj_suspicion_t  suspicion;
    bool            tell; /* its owner, who was told of none in the last ten minutes */
} bj_history_t;

/* Looks at the earlier ones. */
BJ_MUST_USE bj_status_t bj_history_judge(bj_db_pool_t *db, const bj_places_t *places,
                                         uint64_t user_id, const char *address, bool device_known,
                                         int64_t now_ns, bj_history_t *history);
/* In a transaction: keeps it, and of that person the last BJ_SUSPECT_HISTORY. */
BJ_MUST_USE bj_status_t bj_history_add(bj_db_t *db, uint64_t user_id, const char *address,
                                       const bj_history_t *history);
/* The mail to its owner: when, where and what, and what to do. */
void bj_history_tell(bj_mail_t *mail, const char *origin, const char *email, const char *address,
                     const char *user_agent, const bj_history_t *history);

typedef struct bj_device_row {
    char    id[BJ_DEVICE_ID_BYTES]; /* the first quarter of its token's SHA-256 */
    char    user_agent[801], address[65];
    int64_t created_us, seen_us;
} bj_device_row_t;

/* Seen last first. */
BJ_MUST_USE bj_status_t bj_devices_list(bj_db_pool_t *db, uint64_t user_id,
                                        bj_device_row_t rows[BJ_DEVICE_LIST_MAX], size_t *cnt);
/* The browser is not known any more; its sessions stay.  BJ_ERR_NOT_FOUND: no such device of that
 * person. */
BJ_MUST_USE bj_status_t bj_device_forget(bj_db_pool_t *db, const bj_trail_who_t *who,
                                         uint64_t user_id, const char *id);

#endif /* BJ_HISTORY_H */
