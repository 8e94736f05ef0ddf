#ifndef BJ_KITE_H
#define BJ_KITE_H

/* bj_kite - how Kite Connect v3 writes requests and answers, where it differs from our own way.
 *
 * Shape    an answer is {"status":"success","data":...} or {"status":"error","message",
 *          "error_type","data":null}; a body is a form.
 * Threads  any; nothing is kept here.
 * Source   ../shared/spec/kite.md 1.2, "Envelope". */
#include "controlplane/server/bj_http.h"

/* Turns an answer of our own into Kite's, its code as well: a session that is none is 403 there. */
void bj_kite_wrap(bj_http_resp_t *resp);

/* A form's "name=value" pairs, decoded, as bj_http_req_t has its query: each NUL-ended, an empty
 * one ends.  False: out is too small, a % without two digits, or a NUL. */
BJ_MUST_USE bool bj_kite_form(const char *body, size_t body_bytes, char *out, size_t out_bytes);

#endif /* BJ_KITE_H */
