/* /me/privacy, /me/export, /me/consents, /me/erasure, PATCH /me; /admin/privacy/run. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/privacy/bj_consent.h"
#include "controlplane/privacy/bj_correct.h"
#include "controlplane/privacy/bj_erasure.h"
#include "controlplane/privacy/bj_export.h"
#include "controlplane/privacy/bj_retention.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

enum { REASON_BYTES = 201, PURPOSE_BYTES = 41 };

/* The operator's token is nobody. */
static bool is_person(const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!req->caller->is_operator) return true;
    bj_http_fail(resp, 403, "not_allowed", NULL, "this is for people who have an account");
    return false;
}

static json_t *erasure_json(const bj_erasure_t *erasure) {
    char asked[BJ_TIME_TEXT_BYTES], due[BJ_TIME_TEXT_BYTES];
    if (!erasure->asked) return json_null();
    return json_pack("{s:s, s:s}", "asked", bj_time_text(erasure->asked_us * BJ_NS_PER_US, asked),
                     "due", bj_time_text(erasure->due_us * BJ_NS_PER_US, due));
}

static const char rules_sql[] =
    "SELECT json_agg(json_build_object('what', what, 'keep', keep::text, 'basis', basis)"
    " ORDER BY what) FROM (SELECT DISTINCT ON (what) * FROM retention_rules"
    " WHERE from_date <= current_date ORDER BY what, from_date DESC) r";

static void get_privacy(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    BJ_DB_RESULT rows = NULL;
    json_t *consents = NULL;
    bj_erasure_t erasure;
    if (!is_person(req, resp)) return;
    bj_status_t status = bj_consent_list(app->db, req->caller->user_id, &consents);
    if (status == BJ_OK) status = bj_erasure_state(app->db, req->caller->user_id, &erasure);
    if (status == BJ_OK) status = bj_db_query(app->db, rules_sql, BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) {
        json_decref(consents);
        bj_identity_refuse(resp, status);
        return;
    }
    const char *rules = bj_db_get_ref(rows, 0, 0);
    bj_http_ok(resp, 200,
               json_pack("{s:o, s:o, s:o}", "consents", consents, "erasure", erasure_json(&erasure),
                         "rules", rules ? json_loads(rules, 0, NULL) : json_array()));
}

/* Base64, because an answer is JSON. */
static void answer_pdf(json_t *export, bj_http_resp_t *resp) {
    uint8_t *pdf;
    size_t pdf_bytes;
    char *text = NULL;
    if (bj_export_pdf(export, &pdf, &pdf_bytes) == BJ_OK) {
        text = malloc(pdf_bytes / 3 * 4 + 8);
        if (text) bj_base64_write(pdf, pdf_bytes, text);
    }
    if (text)
        bj_http_ok(resp, 200, json_pack("{s:s}", "pdf", text));
    else
        bj_http_fail(resp, 500, "internal", NULL, "the PDF could not be made");
    free(pdf);
    free(text);
}

static bj_status_t answer_export(bj_app_t *app, uint64_t user_id, bool pdf, bj_http_resp_t *resp) {
    json_t *export;
    char *text;
    bj_status_t status = pdf ? bj_export_json(app->db, app->keys, user_id, &export)
                             : bj_export_text(app->db, app->keys, user_id, &text);
    if (status != BJ_OK) return status;
    if (!pdf) {
        bj_http_text(resp, 200, text);
        return status;
    }
    answer_pdf(export, resp);
    json_decref(export);
    return status;
}

static void post_export(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    static const char *const formats[] = {"json", "pdf", NULL};
    static const char *const after[] = {"{\"format\":\"json\"}", "{\"format\":\"pdf\"}"};
    int64_t format = 0;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_field_t fields[] = {
        {.name = "format", .kind = BJ_FIELD_WORD, .words = formats, .out = &format}};
    if (!is_person(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    const bj_trail_act_t act = {.act = "privacy.export",
                                .outcome = "done",
                                .subject = bj_user_subject(req->caller->user_id, subject),
                                .after_json = after[format]};
    /* The entry first: the export has it too. */
    bj_status_t status = bj_trail_add(app->db, &who, &act);
    if (status == BJ_OK) status = answer_export(app, req->caller->user_id, format == 1, resp);
    if (status == BJ_ERR_FULL) {
        bj_http_fail(resp, 503, "unavailable", NULL, "another copy is being made; try again soon");
        resp->retry_s = 5;
    } else if (status == BJ_ERR_OVERFLOW) {
        bj_http_fail(resp, 503, "unavailable", NULL,
                     "there is too much for this way: ask for your copy by mail");
    } else if (status != BJ_OK) {
        bj_identity_refuse(resp, status);
    }
}

static void post_consent(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char purpose[PURPOSE_BYTES];
    int64_t version;
    bool given;
    const bj_field_t fields[] = {
        {.name = "purpose",
         .kind = BJ_FIELD_TEXT,
         .min = 3,
         .max = 40,
         .out = purpose,
         .out_bytes = sizeof purpose},
        {.name = "version", .kind = BJ_FIELD_INT, .min = 1, .max = 1000000, .out = &version},
        {.name = "given", .kind = BJ_FIELD_BOOL, .out = &given},
    };
    if (!is_person(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status =
        bj_consent_put(app->db, &who, req->caller->user_id, purpose, (uint32_t)version, given);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:b}", "purpose", purpose, "given", given));
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 409, "conflict", "version",
                     "this notice is not the one of today: read it again");
    } else if (status == BJ_ERR_DENIED) {
        bj_http_fail(resp, 409, "conflict", "purpose", "the account cannot be without it");
    } else {
        bj_identity_refuse(resp, status);
    }
}

static void post_erasure(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_erasure_t erasure = {.asked = false};
    if (!is_person(req, resp)) return;
    bj_status_t status = bj_erasure_ask(app->identity, req->caller, req->client, &erasure);
    if (status == BJ_OK) {
        bj_http_ok(resp, 202, json_pack("{s:o}", "erasure", erasure_json(&erasure)));
    } else if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", NULL, "it is asked for already");
    } else if (status == BJ_ERR_DENIED) {
        bj_http_fail(
            resp, 409, "conflict", NULL,
            "close your orders and positions, and withdraw your money: they need an owner");
    } else {
        bj_identity_refuse(resp, status);
    }
}

static void delete_erasure(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!is_person(req, resp)) return;
    bj_status_t status = bj_erasure_withdraw(app->identity, req->caller, req->client);
    if (status == BJ_OK)
        resp->code = 204;
    else if (status == BJ_ERR_NOT_FOUND)
        bj_http_fail(resp, 404, "not_found", NULL, "nothing is asked for");
    else
        bj_identity_refuse(resp, status);
}

static void patch_me(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char name[BJ_NAME_BYTES];
    const bj_field_t fields[] = {{.name = "name",
                                  .kind = BJ_FIELD_NAME,
                                  .min = 1,
                                  .max = 80,
                                  .out = name,
                                  .out_bytes = sizeof name}};
    if (!is_person(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_status_t status = bj_correct_name(app->identity, req->caller, req->client, name);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:s}", "name", name));
    else
        bj_identity_refuse(resp, status);
}

static void post_run(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_BYTES];
    bj_retention_t done;
    const bj_field_t fields[] = {{.name = "reason",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = REASON_BYTES - 1,
                                  .out = reason,
                                  .out_bytes = sizeof reason}};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_retention_run(app->identity, &who, reason, &done);
    if (status != BJ_OK) {
        bj_http_unavailable(resp, "the user database");
        return;
    }
    bj_http_ok(resp, 200,
               json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "erased",
                         (json_int_t)done.erased, "waiting", (json_int_t)done.waiting, "sessions",
                         (json_int_t)done.sessions, "links", (json_int_t)done.links, "logins",
                         (json_int_t)done.logins, "history", (json_int_t)done.history, "devices",
                         (json_int_t)done.devices, "unconfirmed", (json_int_t)done.unconfirmed,
                         "names", (json_int_t)done.names, "contacts", (json_int_t)done.contacts,
                         "numbers", (json_int_t)done.numbers));
}

const bj_route_t bj_privacy_routes[] = {
    {"PATCH", "/me", BJ_POLICY_SELF_SECURE, patch_me, BJ_LANE_READ, 20, "privacy.correct"},
    {"GET", "/me/privacy", BJ_POLICY_SELF, get_privacy, BJ_LANE_READ, 0, NULL},
    {"POST", "/me/export", BJ_POLICY_SELF_SECURE, post_export, BJ_LANE_READ, 20, "privacy.export"},
    {"POST", "/me/consents", BJ_POLICY_SELF, post_consent, BJ_LANE_READ, 60, "privacy.consent"},
    {"POST", "/me/erasure", BJ_POLICY_SELF_SECURE, post_erasure, BJ_LANE_READ, 60, "privacy.erase"},
    {"DELETE", "/me/erasure", BJ_POLICY_SELF, delete_erasure, BJ_LANE_READ, 60, "privacy.keep"},
    {"POST", "/admin/privacy/run", BJ_POLICY_RETENTION_RUN, post_run, BJ_LANE_READ, 0,
     "privacy.retention"},
    {.method = NULL},
};
