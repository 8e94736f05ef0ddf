#include "dataplane/main/bj_nnf_door.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_universe.h"

enum { UNIVERSE_MAX = 4096, PASSWORD_BYTES = 9, SYMBOL_CHARS = 10 };

/* --- what the server asks for --- */
static bj_status_t door_order(void *ctx, const bj_cmd_t *cmd) {
    bj_nnf_door_t *door = (bj_nnf_door_t *)ctx;
    /* The end of a session is no new order: it waits for the ring whatever the disk says. */
    bool order = cmd->type != BJ_CMD_DISCONNECT;
    if (order && atomic_load_explicit(&door->pipe->journal_lost, memory_order_relaxed))
        return BJ_ERR_UNAVAILABLE;
    return bj_ring_push(door->pipe->cmds, cmd, sizeof *cmd) ? BJ_OK : BJ_ERR_FULL;
}

static bool door_event_at(void *ctx, uint64_t event_seq, bj_event_t *event) {
    bj_nnf_door_t *door = (bj_nnf_door_t *)ctx;
    return door->event_at(door->ctx, event_seq, event);
}

static void door_random(void *ctx, uint8_t *out, size_t out_bytes) {
    bj_nnf_door_t *door = (bj_nnf_door_t *)ctx;
    door->random(door->ctx, out, out_bytes);
}

static const bj_nnf_ops_t door_ops = {door_order, door_event_at, door_random};

static void door_keep(void *ctx, const bj_nnf_kept_t *kept, bj_now_t now) {
    static const uint8_t kinds[] = {[BJ_NNF_KEPT_CONNECTED] = BJ_AUDIT_CONNECTED,
                                    [BJ_NNF_KEPT_IN] = BJ_AUDIT_IN,
                                    [BJ_NNF_KEPT_OUT] = BJ_AUDIT_OUT,
                                    [BJ_NNF_KEPT_GARBAGE] = BJ_AUDIT_GARBAGE,
                                    [BJ_NNF_KEPT_CLOSED] = BJ_AUDIT_CLOSED};
    bj_nnf_door_t *door = (bj_nnf_door_t *)ctx;
    const bj_audit_record_t record = {
        .time_ns = now.wall_ns, .client_order_id = kept->client_order_id,
        .order_id = kept->order_id, .conn = kept->conn, .account_id = kept->account_id,
        .peer_ip = kept->peer_ip, .session_id = kept->session_id, .msg_bytes = kept->msg_bytes,
        .kind = kinds[kept->kind], .dialect = BJ_AUDIT_NNF_CM, .box_id = kept->box_id,
        .value = kept->value, .user_id = kept->user_id};
    bj_audit_put(&door->audit, &record, kept->msg);
}

/* --- configuration --- */
static bool text_read(const bj_config_t *item, const char *key, const char *or_else, char *out,
                      size_t out_bytes) {
    const char *text = bj_config_str_or(item, key, or_else);
    if (snprintf(out, out_bytes, "%s", text) < (int)out_bytes) return true;
    BJ_ERROR("gateway.nnf: %s %s is longer than %zu", key, text, out_bytes - 1);
    return false;
}

static bool boxes_read(const bj_config_t *config, bj_nnf_box_t *boxes, uint32_t *box_cnt) {
    size_t cnt = bj_config_cnt(config, "gateway.nnf.boxes");
    if (!cnt || cnt > BJ_NNF_BOXES_MAX) {
        BJ_ERROR("gateway.nnf.boxes: 1 to %d", BJ_NNF_BOXES_MAX);
        return false;
    }
    for (size_t i = 0; i < cnt; i++) {
        const bj_config_t *item = bj_config_item(config, "gateway.nnf.boxes", i);
        boxes[i].id = (int16_t)bj_config_int(item, "id", 1, INT16_MAX);
        boxes[i].rate_per_s = (uint32_t)bj_config_int(item, "rate", 1, 100000);
        (void)bj_config_str(item, "broker");
        if (!text_read(item, "broker", "", boxes[i].broker_id, sizeof boxes[i].broker_id) ||
            !text_read(item, "ip", "", boxes[i].ip, sizeof boxes[i].ip))
            return false;
    }
    *box_cnt = (uint32_t)cnt;
    return true;
}

static bool user_read(const bj_config_t *item, bj_nnf_user_t *user) {
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
    return ok && text_read(item, "broker", "", user->broker_id, sizeof user->broker_id) &&
           text_read(item, "name", "", user->name, sizeof user->name) &&
           text_read(item, "account_code", "", user->account, sizeof user->account);
}

static bool users_read(bj_nnf_door_t *door, const bj_config_t *config,
                       const bj_gateway_session_config_t *sessions, uint32_t session_cnt) {
    size_t cnt = bj_config_cnt(config, "gateway.nnf.users");
    if (cnt > BJ_NNF_USERS_MAX) {
        BJ_ERROR("gateway.nnf.users: at most %d", BJ_NNF_USERS_MAX);
        return false;
    }
    for (size_t i = 0; i < cnt; i++) {
        bj_nnf_user_t *user = &door->users[i];
        if (!user_read(bj_config_item(config, "gateway.nnf.users", i), user)) return false;
        for (uint32_t j = 0; j < session_cnt; j++) {
            if (sessions[j].id != user->session_id) continue;
            BJ_ERROR("gateway.nnf.users: session %u of user %d is one of gateway.sessions",
                     user->session_id, user->id);
            return false;
        }
    }
    door->user_cnt = (uint32_t)cnt;
    return true;
}

/* The cash market's symbols, all in series EQ; a symbol that NNF has no room for cannot be had. */
static bool instruments_read(const bj_config_t *config, bj_nnf_instrument_t *rows,
                             uint32_t *row_cnt) {
    const char *file = bj_config_str(config, "universe_csv");
    char error[1024] = "";
    size_t cnt = 0;
    bj_universe_row_t *universe = calloc(UNIVERSE_MAX, sizeof *universe);
    if (!universe) return false;
    bj_status_t status = bj_universe_load(file, universe, UNIVERSE_MAX, &cnt, error, sizeof error);
    if (status != BJ_OK) BJ_ERROR("universe_csv %s: %s %s", file, bj_status_text(status), error);
    for (size_t i = 0; i < cnt; i++) {
        bj_nnf_instrument_t *row = &rows[*row_cnt];
        if (strlen(universe[i].symbol) > SYMBOL_CHARS) {
            BJ_WARN("gateway.nnf: %s is longer than a symbol of NNF", universe[i].symbol);
            continue;
        }
        *row = (bj_nnf_instrument_t){.token = universe[i].token, .series = "EQ"};
        memcpy(row->symbol, universe[i].symbol, strlen(universe[i].symbol));
        ++*row_cnt;
    }
    free(universe);
    return status == BJ_OK;
}

static void settings_read(const bj_config_t *config, bj_nnf_settings_t *s) {
    *s = bj_nnf_settings_usual;
    s->volume_is_total = bj_config_bool_or(config, "gateway.nnf.volume_is_total", true);
    s->lost_is_logoff = bj_config_bool_or(config, "gateway.nnf.lost_is_logoff", true);
    s->check_activity = bj_config_bool_or(config, "gateway.nnf.check_activity", true);
    s->pan_required = bj_config_bool_or(config, "gateway.nnf.pan_required", true);
    s->algo_market_refused = bj_config_bool_or(config, "gateway.nnf.algo_market_refused", true);
    s->stream = (uint8_t)bj_config_int_or(config, "gateway.nnf.stream", 1, 79, s->stream);
    s->cut_pct = (uint32_t)bj_config_int_or(config, "gateway.nnf.cut_pct", 0, 1000, s->cut_pct);
    s->burst_per_100ms = (uint32_t)bj_config_int_or(config, "gateway.nnf.burst_per_100ms", 0,
                                                    100000, s->burst_per_100ms);
    s->surplus_beats_max = (uint32_t)bj_config_int_or(config, "gateway.nnf.surplus_beats_max", 1,
                                                      100000, s->surplus_beats_max);
    s->heartbeat_ns = bj_config_int_or(config, "gateway.nnf.heartbeat_s", 1, 3600, 30) *
                      BJ_NS_PER_S;
}

static bool server_config_read(const bj_config_t *config, bj_nnf_config_t *out) {
    const char *cipher = bj_config_str_or(config, "gateway.nnf.cipher", "tag");
    const char *segment = bj_config_str_or(config, "gateway.nnf.segment", "cm");
    out->segment = BJ_NNF_CM;
    out->cipher = bj_nnf_cipher_named(cipher);
    out->iv_bytes = (uint8_t)bj_config_int_or(config, "gateway.nnf.iv_bytes", 12, 16, 12);
    out->order_max = (uint32_t)bj_config_int_or(config, "gateway.nnf.order_max", 1, 1 << 24,
                                                1 << 20);
    out->report_max = (uint32_t)bj_config_int_or(config, "gateway.nnf.report_max", 1, 1 << 28,
                                                 1 << 24);
    out->port = (uint16_t)bj_config_int(config, "gateway.nnf.port", 1, UINT16_MAX);
    settings_read(config, &out->settings);
    if (strcmp(segment, "cm") != 0) {
        BJ_ERROR("gateway.nnf.segment is cm, not %s: universe_csv has the cash market only",
                 segment);
        return false;
    }
    const char *host = bj_config_str(config, "gateway.nnf.host");
    if (snprintf(out->ip, sizeof out->ip, "%s", host) < (int)sizeof out->ip) return true;
    BJ_ERROR("gateway.nnf.host %s is longer than %zu", host, sizeof out->ip - 1);
    return false;
}

bool bj_nnf_door_new(bj_nnf_door_t *door, const bj_config_t *config,
                     const bj_gateway_session_config_t *sessions, uint32_t session_cnt) {
    if (!bj_config_cnt(config, "gateway.nnf.users")) return true; /* closed */
    bj_nnf_box_t boxes[BJ_NNF_BOXES_MAX] = {0};
    const char *error = NULL;
    bj_nnf_config_t made = {.boxes = boxes, .users = door->users, .ops = &door_ops, .ctx = door,
                            .keep = door->audit.ring ? door_keep : NULL};
    bj_nnf_instrument_t *rows = calloc(UNIVERSE_MAX, sizeof *rows);
    bool ok = rows && boxes_read(config, boxes, &made.box_cnt) &&
              users_read(door, config, sessions, session_cnt) &&
              instruments_read(config, rows, &made.instrument_cnt) &&
              server_config_read(config, &made);
    made.user_cnt = door->user_cnt;
    made.instruments = rows;
    if (ok) door->server = bj_nnf_server_new(&made, &error);
    if (error) BJ_ERROR("gateway.nnf: %s", error);
    free(rows);
    return ok && door->server;
}

bool bj_nnf_door_open(bj_nnf_door_t *door, const bj_config_t *config) {
    if (!door->server) return true;
    bj_nnf_sock_config_t made = {
        .host = bj_config_str(config, "gateway.nnf.host"),
        .port = (uint16_t)bj_config_int(config, "gateway.nnf.port", 1, UINT16_MAX),
        .router_port = (uint16_t)bj_config_int(config, "gateway.nnf.router_port", 1, UINT16_MAX),
        .cert_file = bj_config_str(config, "gateway.nnf.cert_file"),
        .key_file = bj_config_str(config, "gateway.nnf.key_file"),
    };
    door->sock = bj_nnf_sock_new(&made, door->server);
    if (door->sock)
        BJ_INFO("orders by NNF: %s:%u, gateway router %u", made.host, made.port, made.router_port);
    return door->sock != NULL;
}

void bj_nnf_door_close(bj_nnf_door_t *door) {
    bj_nnf_sock_free(door->sock, bj_clock_now());
    bj_nnf_server_free(door->server);
    door->sock = NULL, door->server = NULL;
}

/* --- running --- */
void bj_nnf_door_event(bj_nnf_door_t *door, const bj_event_t *event, bj_now_t now) {
    if (door->server) bj_nnf_server_event(door->server, event, now);
}

uint32_t bj_nnf_door_step(bj_nnf_door_t *door, bj_now_t now, bool *issued) {
    *issued = false;
    if (!door->server) return 0;
    uint32_t done = 0;
    /* As the gateway does: not answered, so that it is said again to whoever took over. */
    if (atomic_load_explicit(&door->pipe->replica.fenced, memory_order_acquire))
        bj_nnf_server_hang_up(door->server, now);
    else done = bj_nnf_server_step(door->server, now);
    if (door->sock) done += bj_nnf_sock_step(door->sock, now);
    uint64_t commands = bj_nnf_server_counters(door->server)->commands;
    *issued = commands != door->commands_seen;
    door->commands_seen = commands;
    return done;
}
