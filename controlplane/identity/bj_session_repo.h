#ifndef BJ_SESSION_REPO_H
#define BJ_SESSION_REPO_H

/* bj_session_repo - the sessions of a person, or of all, as they are listed, named and ended
 * (sql/0001_identity.sql, 0008_sessions.sql, 0019_rotation.sql).
 *
 * Shape   a session's id is the first quarter of the SHA-256 of the token that it began with, 16 of
 *         64 hex digits: it names a session, whatever its token by now, and opens none.
 * Errors  bj_db's; BJ_ERR_NOT_FOUND: no such session of that person.  What changes something writes
 *         an entry of the audit trail in the same transaction. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_token.h"
#include "controlplane/store/bj_db.h"

enum { BJ_SESSION_ID_BYTES = 17, BJ_SESSION_NAME_MAX = 40, BJ_SESSION_LIST_MAX = 200 };

typedef struct bj_session_row {
    uint64_t user_id;
    char     id[BJ_SESSION_ID_BYTES];
    char     name[4 * BJ_SESSION_NAME_MAX + 1], user_agent[801], address[65];
    int64_t  created_us, seen_us, expires_us;
} bj_session_row_t;

/* True if text has an id's form. */
BJ_MUST_USE bool bj_session_id_formed(const char *text);
const char *bj_session_id(const uint8_t *session_hash, char out[BJ_SESSION_ID_BYTES]);
/* "session:ID" */
const char *bj_session_subject(const uint8_t *session_hash, char out[BJ_TRAIL_SUBJECT_BYTES]);

/* Those that may still be used, last seen first; user_id 0: everybody's. */
BJ_MUST_USE bj_status_t bj_sessions_list(bj_db_pool_t *db, uint64_t user_id,
                                         bj_session_row_t *rows, size_t rows_max, size_t *cnt);
BJ_MUST_USE bj_status_t bj_session_rename(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          uint64_t user_id, const char *id, const char *name);
/* Sessions that were ended.  rows is to be freed (bj_sessions_ended_free); its column 0 holds the
 * hashes of their tokens, column 1 those of the sessions.  live_cnt counts those that could still
 * have been used.  apps, to be freed too, has the hashes of tokens of API apps whose copies are
 * worth nothing any more; NULL: none. */
typedef struct bj_sessions_ended {
    bj_db_result_t *rows, *apps;
    size_t          live_cnt;
} bj_sessions_ended_t;
static inline void bj_sessions_ended_free(bj_sessions_ended_t *ended) {
    bj_db_result_free(ended->rows);
    bj_db_result_free(ended->apps);
}
#define BJ_SESSIONS_ENDED \
    __attribute__((cleanup(bj_sessions_ended_free))) bj_sessions_ended_t /* initialise it: {0} */

/* BJ_ERR_NOT_FOUND: it has ended. */
BJ_MUST_USE bj_status_t bj_session_lives(bj_db_pool_t *db, uint64_t user_id,
                                         const uint8_t session_hash[BJ_HASH_BYTES]);

/* user_id 0: whosoever it is. */
BJ_MUST_USE bj_status_t bj_session_revoke(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          uint64_t user_id, const char *id, const char *reason,
                                          bj_sessions_ended_t *ended);

/* In a transaction: ends all sessions of that person but keep, a session_hash; NULL: all. */
BJ_MUST_USE bj_status_t bj_sessions_end(bj_db_t *db, uint64_t user_id, const uint8_t *keep,
                                        bj_sessions_ended_t *ended);
/* In a transaction, with that person's row held: ends what API apps have from that person, and, of
 * one who goes, what that person's apps have from others. */
BJ_MUST_USE bj_status_t bj_app_tokens_end(bj_db_t *db, uint64_t user_id, bool goes,
                                          bj_sessions_ended_t *ended);
/* In a transaction: copies of them have rights from before. */
BJ_MUST_USE bj_status_t bj_app_tokens_stale(bj_db_t *db, uint64_t user_id,
                                            bj_sessions_ended_t *ended);
/* The same as bj_sessions_end, with its entry. */
BJ_MUST_USE bj_status_t bj_sessions_revoke_others(bj_db_pool_t *db, const bj_trail_who_t *who,
                                                  uint64_t user_id, const uint8_t *keep,
                                                  bj_sessions_ended_t *ended);

/* Everybody's but keep, a session_hash (NULL: none stays); role: of that role only; NULL: of all.
 * With them log-ins under way, and what API apps have from these people. */
BJ_MUST_USE bj_status_t bj_sessions_revoke_all(bj_db_pool_t *db, const bj_trail_who_t *who,
                                               const char *role, const uint8_t *keep,
                                               const char *reason, bj_sessions_ended_t *ended);

#endif /* BJ_SESSION_REPO_H */
