#ifndef BJ_ADMIN_ACT_HTTP_H
#define BJ_ADMIN_ACT_HTTP_H

/* bj_admin_act_http - what an operator tells the engine, in the audit trail: an entry before it is
 * sent and one when the answer is there, both with the same "ref".
 *
 * Threads  any; one act is one thread's.
 * Cost     two transactions; while the database is away two synced lines of a file. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_http.h"
#include "dataplane/wire/bj_wire_oe.h"

typedef struct bj_admin_act {
    bj_trail_who_t who;
    const char    *name, *reason; /* the request's, or borrowed */
    uint64_t       elevation_id;  /* of which this is what became of it; 0: none */
    char           ref[17], subject[BJ_TRAIL_SUBJECT_BYTES], before[256];
} bj_admin_act_t;

/* The first entry: who asks for what, with what the request said and how it is now.  Not BJ_OK: it
 * was not kept, and the command must not be sent. */
BJ_MUST_USE bj_status_t bj_admin_act_ask(bj_app_t *app, const bj_http_req_t *req,
                                         const bj_oe_admin_t *command, const char *reason,
                                         bj_admin_act_t *act);
/* The same of what somebody else asked for: act has who, name, reason, elevation_id, and in before
 * what is in force.  asked is taken over. */
BJ_MUST_USE bj_status_t bj_admin_act_ask_again(bj_app_t *app, const bj_oe_admin_t *command,
                                               json_t *asked, bj_admin_act_t *act);
/* The second one: status as bj_orders_command gave it; report, if that was BJ_OK. */
void bj_admin_act_answer(bj_app_t *app, const bj_admin_act_t *act, bj_status_t status,
                         const bj_oe_report_t *report);

#endif /* BJ_ADMIN_ACT_HTTP_H */
