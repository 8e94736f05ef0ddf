#ifndef BJ_ADMIN_MSG_H
#define BJ_ADMIN_MSG_H

/* bj_admin_msg - a command to the engine that waits for a second person, as JSON: what the database
 * keeps until then, and what people read of it.
 *
 * Shape    kept: the wire's own fields and numbers (bj_oe_admin_t) that are not 0, without author,
 *          reason and how.  Read: the API's words.
 * Threads  any. */
#include <jansson.h>
#include "controlplane/control/bj_app.h"
#include "dataplane/wire/bj_wire_oe.h"

/* "act:limit"; NULL: a kind that never waits. */
const char *bj_admin_msg_what(const bj_oe_admin_t *msg);
/* The audit trail's name for it. */
const char *bj_admin_msg_act(const bj_oe_admin_t *msg);
/* A new reference; NULL: no memory. */
json_t *bj_admin_msg_json(const bj_oe_admin_t *msg);
/* False: it is none. */
BJ_MUST_USE bool bj_admin_msg_read(const char *json, bj_oe_admin_t *msg);
/* What is in force, as the engine's refusal has it; a new reference.  Of a phase "mark" too, which
 * is another one as soon as people set it anew, or anything else would be loosened. */
json_t *bj_admin_msg_in_force(const bj_oe_admin_t *msg, const bj_oe_report_t *refusal);
/* {"symbol", "state"} and so on; a new reference. */
json_t *bj_admin_msg_words(const bj_app_t *app, const bj_oe_admin_t *msg);

#endif /* BJ_ADMIN_MSG_H */
