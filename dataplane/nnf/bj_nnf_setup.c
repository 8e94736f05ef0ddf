#include "dataplane/nnf/bj_nnf_setup.h"

#include <stdio.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { PASSWORD_BYTES = 10, KEY_BYTES = 128 }; /* eight characters and the end of a line */

typedef struct place {
    const bj_config_t *config;
    const char *at;
    char key[KEY_BYTES]; /* of the latest key_of */
} place_t;

static const char *key_of(place_t *place, const char *name) {
    snprintf(place->key, sizeof place->key, "%s.%s", place->at, name);
    return place->key;
}

static int64_t int_or(place_t *place, const char *name, int64_t min, int64_t max,
                      int64_t or_else) {
    return bj_config_int_or(place->config, key_of(place, name), min, max, or_else);
}

static bool bool_or(place_t *place, const char *name, bool or_else) {
    return bj_config_bool_or(place->config, key_of(place, name), or_else);
}

static const char *str(place_t *place, const char *name) {
    return bj_config_str(place->config, key_of(place, name));
}

static uint16_t port_of(place_t *place, const char *name) {
    return (uint16_t)bj_config_int(place->config, key_of(place, name), 1, UINT16_MAX);
}

static bool text_read(const place_t *place, const bj_config_t *item, const char *name, char *out,
                      size_t out_bytes) {
    const char *text = bj_config_str_or(item, name, "");
    if (snprintf(out, out_bytes, "%s", text) < (int)out_bytes) return true;
    BJ_ERROR("%s: %s %s is longer than %zu", place->at, name, text, out_bytes - 1);
    return false;
}

static bool boxes_read(place_t *place, bj_nnf_setup_t *setup) {
    size_t cnt = bj_config_cnt(place->config, key_of(place, "boxes"));
    if (!cnt || cnt > BJ_NNF_BOXES_MAX) {
        BJ_ERROR("%s.boxes: 1 to %d", place->at, BJ_NNF_BOXES_MAX);
        return false;
    }
    for (size_t i = 0; i < cnt; i++) {
        const bj_config_t *item = bj_config_item(place->config, key_of(place, "boxes"), i);
        bj_nnf_box_t *box = &setup->boxes[i];
        box->id = (int16_t)bj_config_int(item, "id", 1, INT16_MAX);
        box->rate_per_s = (uint32_t)bj_config_int(item, "rate", 1, 100000);
        (void)bj_config_str(item, "broker");
        if (!text_read(place, item, "broker", box->broker_id, sizeof box->broker_id) ||
            !text_read(place, item, "ip", box->ip, sizeof box->ip))
            return false;
    }
    setup->server.boxes = setup->boxes;
    setup->server.box_cnt = (uint32_t)cnt;
    return true;
}

static bool user_read(const place_t *place, const bj_config_t *item, bj_nnf_user_t *user) {
    char password[PASSWORD_BYTES];
    *user = (bj_nnf_user_t){
        .id = (int32_t)bj_config_int(item, "id", 1, INT32_MAX),
        .box_id = (int16_t)bj_config_int_or(item, "box", 0, INT16_MAX, 0),
        .branch_id = (int16_t)bj_config_int_or(item, "branch", 0, INT16_MAX, 1),
        .user_type = (int16_t)bj_config_int_or(item, "type", 0, INT16_MAX, BJ_NNF_DEALER),
        .session_id = (uint16_t)bj_config_int(item, "session", 1, 255),
        .account_id = (uint32_t)bj_config_int(item, "account", 1, INT32_MAX),
        .cancel_on_logoff = bj_config_bool_or(item, "cancel_on_logoff", false),
        .disabled = bj_config_bool_or(item, "disabled", false),
    };
    (void)bj_config_str(item, "broker");
    bj_config_secret(item, "password_file", password, sizeof password);
    bool ok = bj_nnf_password_hash(user->id, password, user->password_hash);
    memset(password, 0, sizeof password);
    return ok && text_read(place, item, "broker", user->broker_id, sizeof user->broker_id) &&
           text_read(place, item, "name", user->name, sizeof user->name) &&
           text_read(place, item, "account_code", user->account, sizeof user->account);
}

static bool users_read(place_t *place, bj_nnf_setup_t *setup) {
    size_t cnt = bj_config_cnt(place->config, key_of(place, "users"));
    if (cnt > BJ_NNF_USERS_MAX) {
        BJ_ERROR("%s.users: at most %d", place->at, BJ_NNF_USERS_MAX);
        return false;
    }
    for (size_t i = 0; i < cnt; i++) {
        const bj_config_t *item = bj_config_item(place->config, key_of(place, "users"), i);
        if (!user_read(place, item, &setup->users[i])) return false;
    }
    setup->server.users = setup->users;
    setup->server.user_cnt = (uint32_t)cnt;
    return true;
}

static void settings_read(place_t *place, bj_nnf_settings_t *s) {
    *s = bj_nnf_settings_usual;
    s->volume_is_total = bool_or(place, "volume_is_total", s->volume_is_total);
    s->lost_is_logoff = bool_or(place, "lost_is_logoff", s->lost_is_logoff);
    s->check_activity = bool_or(place, "check_activity", s->check_activity);
    s->pan_required = bool_or(place, "pan_required", s->pan_required);
    s->algo_market_refused = bool_or(place, "algo_market_refused", s->algo_market_refused);
    s->stream = (uint8_t)int_or(place, "stream", 1, 79, s->stream);
    s->cut_pct = (uint32_t)int_or(place, "cut_pct", 0, 1000, s->cut_pct);
    s->burst_per_100ms = (uint32_t)int_or(place, "burst_per_100ms", 0, 100000,
                                          s->burst_per_100ms);
    s->surplus_beats_max = (uint32_t)int_or(place, "surplus_beats_max", 1, 100000,
                                            s->surplus_beats_max);
    s->heartbeat_ns = int_or(place, "heartbeat_s", 1, 3600, 30) * BJ_NS_PER_S;
}

static bool segment_read(place_t *place, bj_nnf_segment_t *segment) {
    const char *text = bj_config_str_or(place->config, key_of(place, "segment"), "cm");
    *segment = strcmp(text, "fo") == 0 ? BJ_NNF_FO : BJ_NNF_CM;
    if (*segment == BJ_NNF_FO || strcmp(text, "cm") == 0) return true;
    BJ_ERROR("%s.segment is cm or fo, not %s", place->at, text);
    return false;
}

static bool server_read(place_t *place, bj_nnf_config_t *out) {
    out->cipher = bj_nnf_cipher_named(bj_config_str_or(place->config, key_of(place, "cipher"),
                                                       "tag"));
    out->iv_bytes = (uint8_t)int_or(place, "iv_bytes", 12, 16, 12);
    out->order_max = (uint32_t)int_or(place, "order_max", 1, 1 << 24, 1 << 20);
    out->report_max = (uint32_t)int_or(place, "report_max", 1, 1 << 28, 1 << 24);
    out->port = port_of(place, "port");
    settings_read(place, &out->settings);
    const char *host = str(place, "host");
    if (snprintf(out->ip, sizeof out->ip, "%s", host) < (int)sizeof out->ip) return true;
    BJ_ERROR("%s.host %s is longer than %zu", place->at, host, sizeof out->ip - 1);
    return false;
}

static void sock_read(place_t *place, bj_nnf_sock_config_t *out) {
    out->host = str(place, "host");
    out->port = port_of(place, "port");
    out->router_port = port_of(place, "router_port");
    out->cert_file = str(place, "cert_file");
    out->key_file = str(place, "key_file");
}

bool bj_nnf_setup_asked(const bj_config_t *config, const char *at) {
    place_t place = {.config = config, .at = at};
    return bj_config_cnt(config, key_of(&place, "users")) > 0;
}

bool bj_nnf_setup_read(const bj_config_t *config, const char *at, bj_nnf_setup_t *setup) {
    place_t place = {.config = config, .at = at};
    memset(setup, 0, sizeof *setup);
    if (!boxes_read(&place, setup) || !users_read(&place, setup) ||
        !segment_read(&place, &setup->server.segment) || !server_read(&place, &setup->server))
        return false;
    sock_read(&place, &setup->sock);
    return true;
}
