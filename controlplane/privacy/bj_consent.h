#ifndef BJ_CONSENT_H
#define BJ_CONSENT_H

/* bj_consent - what a person has agreed to: a ledger that is only ever added to (sql/0013).
 *
 * Rule     each purpose has a notice with a version; a person agrees to the version that was shown.
 *          To withdraw is one act like to agree.  What the account cannot be without is told and
 *          not asked.  Each change has an entry in the audit trail.
 * Errors   bj_db's. */
#include <jansson.h>
#include "controlplane/audit/bj_trail.h"

/* [{purpose, version, title, words, required, given, at}] of today's notices; given only if it was
 * the version of today.  *out is the caller's. */
BJ_MUST_USE bj_status_t bj_consent_list(bj_db_pool_t *db, uint64_t user_id, json_t **out);
/* BJ_ERR_NOT_FOUND  no such purpose today, or not that version any more
 * BJ_ERR_DENIED     the account cannot be without it */
BJ_MUST_USE bj_status_t bj_consent_put(bj_db_pool_t *db, const bj_trail_who_t *who,
                                       uint64_t user_id, const char *purpose, uint32_t version,
                                       bool given);

#endif /* BJ_CONSENT_H */
