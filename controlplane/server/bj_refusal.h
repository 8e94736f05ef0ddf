#ifndef BJ_REFUSAL_H
#define BJ_REFUSAL_H

/* bj_refusal - a line in the log for who asked for what is not theirs, or too often.
 *
 * What changes something is in the audit trail, and so is what staff is refused at somebody's
 * account; this is the rest (OWASP ASVS 16.3): a role that may not, a CSRF token that is missing,
 * an address that is not listed, limits, a token that is none.  By whom, from where, which route;
 * never what was sent.  A few lines a minute a person or network: nobody can fill the log.
 * Threads  any number of workers */
#include "controlplane/access/bj_bucket.h"
#include "controlplane/server/bj_http.h"

/* caller: who was found; credential: an Authorization header came. */
void bj_refusal_note(bj_bucket_t *buckets, const bj_route_t *route, const bj_caller_t *caller,
                     bool credential, const bj_http_req_t *req, const bj_http_resp_t *resp);

#endif /* BJ_REFUSAL_H */
