#ifndef BJ_IDENTITY_HTTP_H
#define BJ_IDENTITY_HTTP_H

/* What the route files of identity share: how a log-in is begun and answered, how no is said. */
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_rotation.h"
#include "controlplane/server/bj_http.h"

/* A log-in by this request; it borrows from it. */
bj_login_t bj_login_of(const bj_http_req_t *req);
/* The session with its cookies, or what is to come next. */
void bj_login_answer(const bj_login_t *login, bj_http_resp_t *resp);
/* The answer to a first step that ended so, no: what is said of BJ_ERR_DENIED; wipes the log-in. */
void bj_login_end(bj_login_t *login, bj_status_t status, const char *no, bj_http_resp_t *resp);

/* The cookie of the new token, if there is one; wipes it. */
void bj_rotation_answer(bj_rotation_t *rotation, bj_http_resp_t *resp);

/* bj_rotate_fn of the gate (bj_rotation.h). */
bool bj_identity_rotate(void *identity, const char *address, bj_caller_t *caller,
                        char cookie[BJ_HTTP_COOKIE_BYTES]);

/* 429; field may be NULL. */
void bj_too_many(bj_http_resp_t *resp, const char *field, uint32_t retry_s);
/* A database's no. */
void bj_identity_refuse(bj_http_resp_t *resp, bj_status_t status);
/* BJ_ERR_DENIED as 403 wrong_factor or, with retry_s, 429; else as above.  field: "code",
 * "password", "old" or "passkey". */
void bj_factor_refuse(bj_http_resp_t *resp, bj_status_t status, const char *field,
                      uint32_t retry_s);

/* True after a 409: BJ_ERR_DENIED of a factor that is the last one of the kind that is demanded. */
BJ_MUST_USE bool bj_demand_refuse(const bj_http_req_t *req, bj_http_resp_t *resp,
                                  bj_status_t status);
/* False after a 403: the operator's token is none of these users, and has no factors. */
BJ_MUST_USE bool bj_is_person(const bj_http_req_t *req, bj_http_resp_t *resp);

#endif /* BJ_IDENTITY_HTTP_H */
