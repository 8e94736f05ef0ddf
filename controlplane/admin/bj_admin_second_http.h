#ifndef BJ_ADMIN_SECOND_HTTP_H
#define BJ_ADMIN_SECOND_HTTP_H

/* bj_admin_second_http - what the engine refuses of one person, until another says yes: an ask
 * among the elevations, and the command once somebody has (docs/risk.md).
 *
 * The operator's token decides alone while there are not two people who could.
 *
 * Threads  any worker; blocks up to twice BJ_ORDERS_WAIT_MS. */
#include "controlplane/admin/bj_elevation.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_http.h"
#include "dataplane/wire/bj_wire_oe.h"

/* True: the caller stands for two. */
bool bj_admin_stands_for_two(bj_app_t *app, const bj_caller_t *caller);
/* After BJ_REJ_SECOND_PERSON of msg; refusal: the engine's word.  Answers 202 {"waits": ASK}, or
 * why not even that. */
void bj_admin_second_ask(bj_app_t *app, const bj_http_req_t *req, const bj_oe_admin_t *msg,
                         const char *reason, const bj_oe_report_t *refusal, bj_http_resp_t *resp);
/* Sends what was just said yes to; the answer to the command.  BJ_REJ_SECOND_PERSON: what is in
 * force is no longer what it was when it was asked for, and nothing was changed. */
BJ_MUST_USE bj_status_t bj_admin_second_send(bj_app_t *app, const bj_trail_who_t *who,
                                             const bj_elevation_t *ask);
/* One ask or elevation as the API has it, for who is `actor`; in bj_elevation_http.c. */
json_t *bj_elevation_json(const bj_app_t *app, const bj_elevation_t *e, const char *actor);

#endif /* BJ_ADMIN_SECOND_HTTP_H */
