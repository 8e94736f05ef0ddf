#ifndef BJ_REFUSAL_H
#define BJ_REFUSAL_H

/* bj_refusal - a line in the log for who asked for what is not theirs, too often, or in a form that
 * no page of ours has.
 *
 * What changes something is in the audit trail, and so is what staff is refused at somebody's
 * account; this is the rest (OWASP ASVS 16.3): a role that may not, a CSRF token that is missing,
 * an address that is not listed, limits, a token that is none; and input that does not parse,
 * has unknown or missing fields, the wrong kinds, the wrong type, or is too large: a probe, or a
 * program that is wrong.  By whom, from where, which route, of which kind; never what was sent.  A
 * few lines a minute a person or network, so that nobody can fill the log; all are counted.
 * Threads  any number of workers, and the loop */
#include "controlplane/access/bj_bucket.h"
#include "controlplane/server/bj_http.h"

/* caller: who was found; credential: an Authorization header came. */
void bj_refusal_note(bj_bucket_t *buckets, const bj_route_t *route, const bj_caller_t *caller,
                     bool credential, const bj_http_req_t *req, const bj_http_resp_t *resp);

/* Refused before there was a handler: too large, or without a length.  route may be NULL. */
void bj_refusal_unread(bj_bucket_t *buckets, const bj_route_t *route, const char *client, int code,
                       const char *word);

/* Since this process began. */
typedef struct bj_refusal_figures {
    int64_t refused, malformed;
} bj_refusal_figures_t;
bj_refusal_figures_t bj_refusal_figures(void);

#endif /* BJ_REFUSAL_H */
