#include "dataplane/main/bj_nnf_door.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/main/bj_nnf_names.h"
#include "dataplane/nnf/bj_nnf_setup.h"

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
        .kind = kinds[kept->kind],
        .dialect = door->segment == BJ_NNF_FO ? BJ_AUDIT_NNF_FO : BJ_AUDIT_NNF_CM,
        .box_id = kept->box_id,
        .value = kept->value, .user_id = kept->user_id};
    bj_audit_put(&door->audit, &record, kept->msg);
}

/* --- configuration --- */
static const struct {
    const char *at, *segment;
} places[BJ_NNF_DOORS] = {[BJ_NNF_CM] = {"gateway.nnf", "cm"},
                          [BJ_NNF_FO] = {"gateway.nnf_fo", "fo"}};

static bool segment_right(const bj_nnf_door_t *door, const bj_config_t *config) {
    char key[64];
    snprintf(key, sizeof key, "%s.segment", places[door->segment].at);
    const char *want = places[door->segment].segment;
    const char *text = bj_config_str_or(config, key, want);
    if (strcmp(text, want) == 0) return true;
    BJ_ERROR("%s is %s, not %s: cm is gateway.nnf, fo is gateway.nnf_fo", key, want, text);
    return false;
}

/* A user is a session of its own. */
static bool session_free(const bj_nnf_door_t *door, const bj_nnf_user_t *user,
                         const bj_gateway_session_config_t *sessions, uint32_t session_cnt,
                         const bj_nnf_door_t *other) {
    const char *whose = NULL;
    for (uint32_t i = 0; i < session_cnt; i++) {
        if (sessions[i].id == user->session_id) whose = "gateway.sessions";
    }
    for (uint32_t i = 0; other && i < other->user_cnt; i++) {
        if (other->users[i].session_id == user->session_id) whose = places[other->segment].at;
    }
    if (whose)
        BJ_ERROR("%s.users: session %u of user %d is one of %s", places[door->segment].at,
                 user->session_id, user->id, whose);
    return whose == NULL;
}

static bool users_take(bj_nnf_door_t *door, const bj_nnf_setup_t *setup,
                       const bj_gateway_session_config_t *sessions, uint32_t session_cnt,
                       const bj_nnf_door_t *other) {
    for (uint32_t i = 0; i < setup->server.user_cnt; i++) {
        if (!session_free(door, &setup->users[i], sessions, session_cnt, other)) return false;
        door->users[i] = setup->users[i];
    }
    door->user_cnt = setup->server.user_cnt;
    return true;
}

static bool server_make(bj_nnf_door_t *door, const bj_config_t *config, bj_nnf_setup_t *setup) {
    bj_nnf_instrument_t *rows = calloc(BJ_NNF_NAMES_MAX, sizeof *rows);
    const char *error = NULL;
    bj_nnf_config_t *made = &setup->server;
    if (!rows) return false;
    door->where = setup->sock;
    made->segment = door->segment;
    made->instruments = rows;
    made->ops = &door_ops, made->ctx = door;
    made->keep = door->audit.ring ? door_keep : NULL;
    bool ok = bj_nnf_names_read(config, door->segment, places[door->segment].at, rows,
                                &made->instrument_cnt);
    if (ok) door->server = bj_nnf_server_new(made, &error);
    if (error) BJ_ERROR("%s: %s", places[door->segment].at, error);
    free(rows);
    return ok && door->server;
}

bool bj_nnf_door_new(bj_nnf_door_t *door, const bj_config_t *config,
                     const bj_gateway_session_config_t *sessions, uint32_t session_cnt,
                     const bj_nnf_door_t *other) {
    const char *at = places[door->segment].at;
    if (!bj_nnf_setup_asked(config, at)) return true; /* closed */
    bj_nnf_setup_t setup;
    return segment_right(door, config) && bj_nnf_setup_read(config, at, &setup) &&
           users_take(door, &setup, sessions, session_cnt, other) &&
           server_make(door, config, &setup);
}

bool bj_nnf_door_open(bj_nnf_door_t *door) {
    if (!door->server) return true;
    const bj_nnf_sock_config_t *where = &door->where;
    door->sock = bj_nnf_sock_new(where, door->server);
    if (door->sock)
        BJ_INFO("%s: orders by NNF: %s:%u, gateway router %u", places[door->segment].at,
                where->host, where->port, where->router_port);
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
