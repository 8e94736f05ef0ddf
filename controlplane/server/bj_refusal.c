#include "controlplane/server/bj_refusal.h"

#include <inttypes.h>
#include <stdio.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { LINES_PER_MIN = 6, WHO_BYTES = 64 };

/* What everybody meets who did nothing odd: a session that ran out, a proof that is old. */
static bool is_odd(const bj_http_resp_t *resp, const char *code, bool credential) {
    if (resp->code == 401) return credential;
    return resp->code == 429 || (resp->code == 403 && strcmp(code, "step_up_required") != 0);
}

static void who_of(const bj_caller_t *caller, char out[WHO_BYTES]) {
    if (caller->role == BJ_ROLE_NONE) {
        snprintf(out, WHO_BYTES, "nobody");
    } else if (caller->is_operator) {
        snprintf(out, WHO_BYTES, "operator");
    } else {
        snprintf(out, WHO_BYTES, "user:%" PRIu64 " as %s", caller->user_id,
                 caller->is_app ? "app" : bj_role_name(caller->role));
    }
}

static _Atomic int64_t refused_cnt, malformed_cnt;

bj_refusal_figures_t bj_refusal_figures(void) {
    return (bj_refusal_figures_t){.refused = refused_cnt, .malformed = malformed_cnt};
}

static bool has_room(bj_bucket_t *buckets, const char *what, const char *who,
                     const char *client) {
    char network[BJ_ADDRESS_BYTES], key[WHO_BYTES + BJ_ADDRESS_BYTES + 16];
    uint32_t retry_s;
    snprintf(key, sizeof key, "%s %s %s", what, who, bj_access_network(client, network));
    return bj_bucket_take(buckets, key, LINES_PER_MIN, bj_clock_mono_ns(), &retry_s);
}

static void note_malformed(bj_bucket_t *buckets, const bj_route_t *route, const char *who,
                           const char *client, int code, const char *word) {
    malformed_cnt++;
    if (!has_room(buckets, "malformed", who, client)) return;
    BJ_WARN("malformed: %s, %d, %s, %s %s, from %s", word, code, who, route ? route->method : "?",
            route ? route->path : "?", client);
}

static void note_refused(bj_bucket_t *buckets, const bj_route_t *route, const char *who,
                         const char *client, int code, const char *name) {
    refused_cnt++;
    if (!has_room(buckets, "refusal", who, client)) return;
    BJ_WARN("refused: %d %s, %s, %s %s, from %s", code, name, who, route->method, route->path,
            client);
}

void bj_refusal_note(bj_bucket_t *buckets, const bj_route_t *route, const bj_caller_t *caller,
                     bool credential, const bj_http_req_t *req, const bj_http_resp_t *resp) {
    char who[WHO_BYTES];
    const char *code = "refused";
    if (resp->malformed && resp->code >= 400) {
        who_of(caller, who);
        note_malformed(buckets, route, who, req->client, resp->code, resp->malformed);
        return;
    }
    if (resp->code != 401 && resp->code != 403 && resp->code != 429) return;
    json_unpack(resp->json, "{s:{s:s}}", "error", "code", &code);
    if (!is_odd(resp, code, credential)) return;
    who_of(caller, who);
    note_refused(buckets, route, who, req->client, resp->code, code);
}

void bj_refusal_unread(bj_bucket_t *buckets, const bj_route_t *route, const char *client, int code,
                       const char *word) {
    note_malformed(buckets, route, "nobody", client, code, word);
}
