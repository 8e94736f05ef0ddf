#include "controlplane/admin/bj_admin_act_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "controlplane/admin/bj_elevation.h"
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/instruments/bj_instruments.h"
#include "dataplane/base/bj_log.h"

/* One instrument's state, or how many are in which. */
static void states(bj_app_t *app, uint32_t token, char *out, size_t out_bytes) {
    size_t cnt[BJ_STATE_CNT] = {0}, at = 0;
    const bj_universe_row_t *row;
    if (token) {
        snprintf(out, out_bytes, "{\"state\":\"%s\"}",
                 bj_instrument_state_name(bj_instrument_state(app->instruments, token)));
        return;
    }
    for (size_t i = 0; (row = bj_instrument_at(app->instruments, i)); i++) {
        cnt[bj_instrument_state(app->instruments, row->token)]++;
    }
    at = (size_t)snprintf(out, out_bytes, "{");
    for (size_t s = 0; s < BJ_STATE_CNT && at < out_bytes; s++) {
        if (!cnt[s]) continue;
        at += (size_t)snprintf(out + at, out_bytes - at, "%s\"%s\":%zu", at > 1 ? "," : "",
                               bj_instrument_state_name((bj_instrument_state_t)s), cnt[s]);
    }
    if (at < out_bytes) snprintf(out + at, out_bytes - at, "}");
}

static void band(bj_app_t *app, const bj_universe_row_t *row, char *out, size_t out_bytes) {
    if (!row) return;
    bj_band_now_t now = bj_instrument_band(app->instruments, row);
    snprintf(out, out_bytes, "{\"lo_paise\":%d,\"hi_paise\":%d}", now.lo_paise, now.hi_paise);
}

/* How it is now, as far as the control plane knows; of a limit it knows nothing. */
static void put_before(bj_app_t *app, const bj_oe_admin_t *command, bj_admin_act_t *act) {
    const bj_universe_row_t *row = bj_instrument_by_token(app->instruments, command->token);
    switch (command->kind) {
    case BJ_OE_ADMIN_INSTRUMENT_STATE:
    case BJ_OE_ADMIN_PHASE:
    case BJ_OE_ADMIN_UNCROSS:
        states(app, command->token, act->before, sizeof act->before);
        break;
    case BJ_OE_ADMIN_BAND: band(app, row, act->before, sizeof act->before); break;
    default: break;
    }
}

/* Of an instrument, or of all. */
static bool is_of_market(unsigned kind) {
    return kind == BJ_OE_ADMIN_INSTRUMENT_STATE || kind == BJ_OE_ADMIN_PHASE ||
           kind == BJ_OE_ADMIN_UNCROSS || kind == BJ_OE_ADMIN_BAND || kind == BJ_OE_ADMIN_WINDOW;
}

static void put_subject(const bj_app_t *app, const bj_oe_admin_t *command, bj_admin_act_t *act) {
    const bj_universe_row_t *row = bj_instrument_by_token(app->instruments, command->token);
    char *out = act->subject;
    size_t room = sizeof act->subject;
    if (is_of_market(command->kind))
        snprintf(out, room, "instrument:%s", row ? row->symbol : "ALL");
    else if (command->kind == BJ_OE_ADMIN_DAY_END) snprintf(out, room, "market");
    else if (command->kind == BJ_OE_ADMIN_RELEASE)
        snprintf(out, room, "order:%" PRId64, command->order_value_max_paise);
    else if (command->account_id) snprintf(out, room, "account:%" PRIu32, command->account_id);
    else if (row) snprintf(out, room, "instrument:%s", row->symbol);
    else if (command->value) snprintf(out, room, "desk:%" PRIu32, command->value);
    else snprintf(out, room, "member");
}

/* The first entry.  asked: without the reason, which has a place of its own. */
static bj_status_t begin(bj_app_t *app, const bj_oe_admin_t *command, json_t *asked,
                         bj_admin_act_t *act) {
    uint64_t dice;
    if (getrandom(&dice, sizeof dice, 0) != (ssize_t)sizeof dice) return BJ_ERR_UNAVAILABLE;
    snprintf(act->ref, sizeof act->ref, "%016" PRIx64, dice);
    put_subject(app, command, act);
    json_t *json = json_pack("{s:s}", "ref", act->ref);
    json_object_update(json, asked);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    bj_trail_act_t entry = {.act = act->name, .subject = act->subject, .outcome = "asked",
                            .reason = act->reason, .before_json = *act->before ? act->before : NULL,
                            .after_json = text};
    bj_status_t status = text ? bj_trail_log(app->trail, &act->who, &entry) : BJ_ERR_FULL;
    free(text);
    return status;
}

bj_status_t bj_admin_act_ask(bj_app_t *app, const bj_http_req_t *req, const bj_oe_admin_t *command,
                             const char *reason, bj_admin_act_t *act) {
    *act = (bj_admin_act_t){.who = bj_trail_who(req->caller, req->client), .name = req->act,
                            .reason = reason};
    put_before(app, command, act);
    json_t *body = json_loadb(req->body, req->body_bytes, 0, NULL);
    json_object_del(body, "reason");
    bj_status_t status = begin(app, command, body, act);
    json_decref(body);
    return status;
}

bj_status_t bj_admin_act_ask_again(bj_app_t *app, const bj_oe_admin_t *command, json_t *asked,
                                   bj_admin_act_t *act) {
    bj_status_t status = begin(app, command, asked, act);
    json_decref(asked);
    return status;
}

/* Not sent, or the engine said no: refused.  Sent, and no answer: nobody knows. */
static const char *outcome_of(bj_status_t status) {
    return status == BJ_OK ? "done" : status == BJ_ERR_TIMEOUT ? "unknown" : "refused";
}

void bj_admin_act_answer(bj_app_t *app, const bj_admin_act_t *act, bj_status_t status,
                         const bj_oe_report_t *report) {
    char after[160];
    if (status == BJ_OK) {
        snprintf(after, sizeof after,
                 "{\"ref\":\"%s\",\"event_seq\":%" PRIu64 ",\"value\":%" PRIu32 "}", act->ref,
                 report->event_seq, report->value);
    } else {
        snprintf(after, sizeof after, "{\"ref\":\"%s\",\"status\":\"%s\"}", act->ref,
                 bj_status_name(status));
    }
    bj_trail_act_t entry = {.act = act->name, .subject = act->subject,
                            .outcome = outcome_of(status), .reason = act->reason,
                            .after_json = after};
    if (act->elevation_id &&
        bj_elevation_done(app->db, &act->who, act->elevation_id, &entry) == BJ_OK) {
        return;
    }
    if (bj_trail_log(app->trail, &act->who, &entry) != BJ_OK) {
        BJ_ERROR("the answer to %s %s, %s, is not in the audit trail", act->name, act->ref,
                 entry.outcome);
    }
}
