#include "controlplane/admin/bj_admin_second_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/admin/bj_admin_act_http.h"
#include "controlplane/admin/bj_admin_msg.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_log.h"

bool bj_admin_stands_for_two(bj_app_t *app, const bj_caller_t *caller) {
    bool alone = false;
    return caller->is_operator && bj_elevation_by_operator(app->db, &alone) == BJ_OK && alone;
}

static bj_status_t keep(bj_app_t *app, const bj_trail_who_t *who, const bj_oe_admin_t *msg,
                        const char *reason, const bj_oe_report_t *refusal, bj_elevation_t *row) {
    json_t *act = bj_admin_msg_json(msg), *in_force = bj_admin_msg_in_force(msg, refusal);
    char *act_text = json_dumps(act, JSON_COMPACT);
    char *in_force_text = json_dumps(in_force, JSON_COMPACT);
    const bj_elevation_ask_t ask = {.what = bj_admin_msg_what(msg), .reason = reason, .minutes = 1,
                                    .act_json = act_text, .in_force_json = in_force_text};
    uint64_t id;
    bj_status_t status = act_text && in_force_text && ask.what
                             ? bj_elevation_ask(app->db, who, &ask, &id) : BJ_ERR_FULL;
    if (status == BJ_OK) status = bj_elevation_get(app->db, app->keys, id, row);
    free(act_text);
    free(in_force_text);
    json_decref(act);
    json_decref(in_force);
    return status;
}

void bj_admin_second_ask(bj_app_t *app, const bj_http_req_t *req, const bj_oe_admin_t *msg,
                         const char *reason, const bj_oe_report_t *refusal, bj_http_resp_t *resp) {
    bj_elevation_t row;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    if (keep(app, &who, msg, reason, refusal, &row) != BJ_OK) {
        bj_http_fail(resp, 503, "unavailable", NULL,
                     "this takes a second person, and the list of what waits for one is not "
                     "reachable: what tightens, halts and kills is taken meanwhile");
        return;
    }
    BJ_INFO("%s asks for %s, which waits for a second person: %" PRIu64, who.actor, row.what,
            row.id);
    bj_http_ok(resp, 202, json_pack("{s:o}", "waits", bj_elevation_json(app, &row, who.actor)));
}

/* Who asked is the command's author in the journal; who said yes stands in the trail. */
static uint64_t author_of(const bj_elevation_t *ask) {
    uint64_t user_id = 0;
    return strncmp(ask->asker, "user:", 5) == 0 && bj_parse_u64(ask->asker + 5, &user_id) ? user_id
                                                                                         : 0;
}

/* Both read again: PostgreSQL has its own way to write them. */
static bool is_as_it_was(const bj_elevation_t *ask, const bj_oe_admin_t *msg,
                         const bj_oe_report_t *refusal) {
    json_t *was = json_loads(ask->in_force, 0, NULL), *is = bj_admin_msg_in_force(msg, refusal);
    bool same = json_equal(was, is);
    json_decref(was);
    json_decref(is);
    return same;
}

/* As by one first: what is in force may be another by now, and then another yes is needed; or the
 * command may loosen nothing any more. */
static bj_status_t send(bj_app_t *app, const bj_elevation_t *ask, bj_oe_admin_t *msg,
                        bj_oe_report_t *report) {
    uint64_t author = author_of(ask);
    bj_status_t status = bj_orders_command(app->orders, msg, author, ask->reason, report);
    if (status != BJ_REJ_SECOND_PERSON || !is_as_it_was(ask, msg, report)) return status;
    msg->how = BJ_OE_HOW_TWO;
    return bj_orders_command(app->orders, msg, author, ask->reason, report);
}

bj_status_t bj_admin_second_send(bj_app_t *app, const bj_trail_who_t *who,
                                 const bj_elevation_t *ask) {
    char id[BJ_ID_TEXT_BYTES];
    bj_oe_admin_t msg;
    bj_oe_report_t report;
    if (!bj_admin_msg_read(ask->act, &msg)) return BJ_ERR_CORRUPT;
    bj_admin_act_t act = {.who = *who, .name = bj_admin_msg_act(&msg), .reason = ask->reason,
                          .elevation_id = ask->id};
    act.who.elevation = bj_id_text(ask->id, id);
    snprintf(act.before, sizeof act.before, "%s", ask->in_force);
    json_t *asked = json_pack("{s:s, s:o}", "asker", ask->asker, "act",
                              bj_admin_msg_words(app, &msg));
    if (bj_admin_act_ask_again(app, &msg, asked, &act) != BJ_OK) return BJ_ERR_UNAVAILABLE;
    bj_status_t status = send(app, ask, &msg, &report);
    bj_admin_act_answer(app, &act, status, &report);
    if (status == BJ_OK) {
        BJ_INFO("%s for %s, as %s asked: %s", act.name, act.subject, ask->asker, ask->reason);
    }
    return status;
}
