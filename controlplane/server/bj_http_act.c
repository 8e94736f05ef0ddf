#include "controlplane/server/bj_http_act.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/access/bj_account.h"
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/control/bj_app.h"
#include "dataplane/base/bj_log.h"

static const struct {
    int         code;
    const char *word, *text;
} verdicts[BJ_VERDICT_CNT] = {
#define X(verdict, code, word, text) [verdict] = {code, word, text},
    BJ_VERDICT_LIST(X)
#undef X
};

bool bj_http_refuse(bj_http_resp_t *resp, bj_verdict_t verdict) {
    if (verdict == BJ_MAY) return false;
    bj_http_fail(resp, verdicts[verdict].code, verdicts[verdict].word, NULL, "%s",
                 verdicts[verdict].text);
    return true;
}

static void put_subject(uint32_t account_id, char out[BJ_TRAIL_SUBJECT_BYTES]) {
    snprintf(out, BJ_TRAIL_SUBJECT_BYTES, "account:%" PRIu32, account_id);
}

/* Of a client it says nothing that the answer does not: only staff is entrusted with others. */
static void note_refused(bj_app_t *app, const bj_http_req_t *req, bj_policy_t policy,
                         const bj_object_t *object, bj_verdict_t verdict) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[64];
    if (req->caller->role == BJ_ROLE_CLIENT) return;
    put_subject(object->account_id, subject);
    snprintf(after, sizeof after, "{\"policy\":\"%s\"}", bj_policy_rule(policy)->name);
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_trail_act_t act = {.act = "access.refused", .subject = subject, .outcome = "refused",
                          .reason = verdicts[verdict].text, .after_json = after};
    if (bj_trail_log(app->trail, &who, &act) != BJ_OK) {
        BJ_ERROR("a refusal to %s is not in the audit trail", who.actor);
    }
}

bool bj_http_act(bj_app_t *app, const bj_http_req_t *req, bj_policy_t policy, bj_object_t *object,
                 bj_http_resp_t *resp) {
    if (!object->account_id) object->account_id = req->caller->account_id;
    bool own = object->account_id == req->caller->account_id;
    /* Who has no business with others, by its role or one that was lent, is told no unseen. */
    if (!own && bj_access_reach(policy, req->caller) != BJ_REACH_OWN) {
        bj_status_t status = bj_account_select(app->db, object);
        if (status != BJ_OK && status != BJ_ERR_NOT_FOUND) {
            bj_http_unavailable(resp, "the list of accounts");
            return false;
        }
    }
    bj_verdict_t verdict = bj_access_object(policy, req->caller, object);
    if (verdict != BJ_MAY) note_refused(app, req, policy, object, verdict);
    return !bj_http_refuse(resp, verdict);
}

bool bj_http_account(bj_app_t *app, const bj_http_req_t *req, bj_policy_t policy,
                     uint32_t *account_id, bj_http_resp_t *resp) {
    int64_t asked = 0;
    if (!bj_query_int(req, "account_id", 1, UINT32_MAX, &asked, resp)) return false;
    bj_object_t object = {.account_id = (uint32_t)asked};
    bool ok = bj_http_act(app, req, policy, &object, resp);
    *account_id = object.account_id;
    return ok;
}

bool bj_http_act_note(bj_app_t *app, const bj_http_req_t *req, const char *act,
                      uint32_t account_id, json_t *asked, bj_http_resp_t *resp) {
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    if (account_id == req->caller->account_id) {
        json_decref(asked);
        return true;
    }
    char *text = asked ? json_dumps(asked, JSON_COMPACT) : NULL;
    json_decref(asked);
    put_subject(account_id, subject);
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_trail_act_t entry = {.act = act, .subject = subject, .outcome = "asked",
                            .after_json = text};
    bj_status_t status = text ? bj_trail_log(app->trail, &who, &entry) : BJ_ERR_FULL;
    free(text);
    if (status != BJ_OK) bj_http_unavailable(resp, "the audit trail");
    return status == BJ_OK;
}
