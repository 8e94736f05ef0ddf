#include "dataplane/gateway/bj_gateway.h"

#include <stdlib.h>
#include <sys/mman.h>
#include "dataplane/gateway/bj_gateway_priv.h"

static const int64_t login_wait_ns = 3 * BJ_NS_PER_S;
static const int64_t closing_wait_ns = 1 * BJ_NS_PER_S;
static const int64_t stuck_max_ns = 10 * BJ_NS_PER_S;
static const int64_t timers_every_ns = 1 * BJ_NS_PER_MS;
enum { SILENT_HEARTBEATS = 3 };

/* --- made and freed --- */
static bool session_setup(bj_gateway_t *gateway, uint8_t idx) {
    session_t *session = &gateway->sessions[idx];
    const bj_gateway_session_config_t *config = &gateway->config.sessions[idx];
    bool ok = config->id >= 1 && config->id <= 255 && config->key_bytes >= 1 &&
              config->key_bytes <= sizeof config->key && config->name[0] &&
              config->name[BJ_OE_NAME_BYTES - 1] == '\0' &&
              gateway->session_of[config->id] == NO_SESSION;
    for (uint8_t i = 0; i < idx; i++) {
        if (strcmp(gateway->sessions[i].config.name, config->name) == 0) return false;
    }
    if (!ok) return false;
    /* Address space only: a page costs memory when its first report comes, and nothing ever moves.
     */
    void *reports =
        mmap(NULL, gateway->config.report_max * sizeof(uint64_t), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reports == MAP_FAILED) return false;
    session->config = *config;
    session->conn_idx = BJ_GATEWAY_NONE;
    session->reports = (uint64_t *)reports;
    gateway->session_of[config->id] = idx;
    return true;
}

bj_gateway_t *bj_gateway_new(const bj_gateway_config_t *config) {
    if (config->session_cnt > BJ_GATEWAY_SESSIONS_MAX || !config->report_max) return NULL;
    bj_gateway_t *gateway = calloc(1, sizeof *gateway);
    if (!gateway) return NULL;
    gateway->config = *config;
    memset(gateway->session_of, NO_SESSION, sizeof gateway->session_of);
    gateway->buffers = malloc((size_t)BJ_GATEWAY_CONNS_MAX * (CONN_IN_BYTES + CONN_OUT_BYTES));
    bool ok = gateway->buffers != NULL;
    for (uint32_t i = 0; ok && i < config->session_cnt; i++)
        ok = session_setup(gateway, (uint8_t)i);
    if (!ok) {
        bj_gateway_free(gateway);
        return NULL;
    }
    uint8_t *at = gateway->buffers;
    for (size_t i = 0; i < BJ_GATEWAY_CONNS_MAX; i++) {
        gateway->conns[i].in = at, at += CONN_IN_BYTES;
        gateway->conns[i].out = at, at += CONN_OUT_BYTES;
    }
    return gateway;
}

void bj_gateway_free(bj_gateway_t *gateway) {
    if (!gateway) return;
    for (uint32_t i = 0; i < gateway->config.session_cnt; i++) {
        if (!gateway->sessions[i].reports) continue;
        munmap(gateway->sessions[i].reports, gateway->config.report_max * sizeof(uint64_t));
    }
    free(gateway->buffers);
    free(gateway);
}

void bj_gateway_recover_event(bj_gateway_t *gateway, const bj_event_t *event) {
    if (event->session_id > 255) return;
    uint8_t idx = gateway->session_of[event->session_id];
    if (idx != NO_SESSION) session_remember(gateway, &gateway->sessions[idx], event->seq);
}

void bj_gateway_recover_seq(bj_gateway_t *gateway, uint16_t session_id, uint64_t last_seq) {
    uint8_t idx = session_id <= 255 ? gateway->session_of[session_id] : NO_SESSION;
    if (idx == NO_SESSION) return;
    gateway->sessions[idx].in_seq = last_seq;
    /* Whatever connection it had in the earlier run is gone. */
    gateway->sessions[idx].lost = last_seq > 0;
}

const bj_gateway_counters_t *bj_gateway_counters(const bj_gateway_t *gateway) {
    return &gateway->counters;
}

/* --- connections --- */
void conn_say(conn_t *conn, const void *msg, size_t msg_bytes, bj_now_t now) {
    assert(msg_bytes <= conn_room(conn));
    if (conn->out_at + conn->out_cnt + msg_bytes > CONN_OUT_BYTES) {
        memmove(conn->out, conn->out + conn->out_at, conn->out_cnt);
        conn->out_at = 0;
    }
    if (!conn->out_cnt) conn->drained_ns = now.mono_ns; /* a client can only be stuck from now on */
    memcpy(conn->out + conn->out_at + conn->out_cnt, msg, msg_bytes);
    conn->out_cnt += (uint32_t)msg_bytes;
    conn->sent_ns = now.mono_ns;
}

void conn_end(bj_gateway_t *gateway, conn_t *conn, bj_now_t now) {
    if (conn->state == CONN_FREE || conn->state == CONN_CLOSING) return;
    if (conn->session_idx != NO_SESSION) {
        session_t *session = conn_session(gateway, conn);
        session->conn_idx = BJ_GATEWAY_NONE;
        session->lost = true;
        gateway->counters.sessions--;
        (void)session_tell_lost(gateway, session, now);
    }
    conn->session_idx = NO_SESSION;
    conn->state = CONN_CLOSING;
    conn->since_ns = now.mono_ns;
    conn->in_cnt = 0;
}

uint32_t bj_gateway_connect(bj_gateway_t *gateway, bj_now_t now) {
    uint32_t idx = 0;
    while (idx < BJ_GATEWAY_CONNS_MAX && gateway->conns[idx].state != CONN_FREE)
        idx++;
    if (idx == BJ_GATEWAY_CONNS_MAX) {
        gateway->counters.refused++;
        return BJ_GATEWAY_NONE;
    }
    conn_t *conn = &gateway->conns[idx];
    *conn = (conn_t){.state = CONN_CHALLENGED,
                     .session_idx = NO_SESSION,
                     .since_ns = now.mono_ns,
                     .heard_ns = now.mono_ns,
                     .in = conn->in,
                     .out = conn->out};
    gateway->config.nonce(gateway->config.ctx, conn->nonce, sizeof conn->nonce);
    bj_oe_challenge_t challenge = {.header = {.len_bytes = sizeof challenge,
                                              .type = BJ_OE_CHALLENGE,
                                              .version = BJ_OE_VERSION}};
    memcpy(challenge.nonce, conn->nonce, sizeof challenge.nonce);
    conn_say(conn, &challenge, sizeof challenge, now);
    if (idx >= gateway->conn_top) gateway->conn_top = idx + 1;
    gateway->counters.connections++;
    return idx;
}

void bj_gateway_disconnect(bj_gateway_t *gateway, uint32_t conn_idx, bj_now_t now) {
    conn_t *conn = &gateway->conns[conn_idx];
    if (conn->state == CONN_FREE) return;
    conn_end(gateway, conn, now);
    conn->state = CONN_FREE;
    conn->out_cnt = 0;
    gateway->counters.connections--;
    while (gateway->conn_top && gateway->conns[gateway->conn_top - 1].state == CONN_FREE) {
        gateway->conn_top--;
    }
}

size_t bj_gateway_input(bj_gateway_t *gateway, uint32_t conn_idx, const uint8_t *data,
                        size_t data_bytes, bj_now_t now) {
    conn_t *conn = &gateway->conns[conn_idx];
    size_t taken = 0;
    if (data_bytes) conn->heard_ns = now.mono_ns;
    while (taken < data_bytes && conn->state != CONN_CLOSING) {
        size_t part = data_bytes - taken;
        if (part > CONN_IN_BYTES - conn->in_cnt) part = CONN_IN_BYTES - conn->in_cnt;
        if (!part) return taken;
        memcpy(conn->in + conn->in_cnt, data + taken, part);
        conn->in_cnt += (uint32_t)part;
        taken += part;
        conn_parse(gateway, conn, now);
    }
    return data_bytes; /* what a closing connection says is not heard */
}

size_t bj_gateway_output(bj_gateway_t *gateway, uint32_t conn_idx, const uint8_t **data) {
    const conn_t *conn = &gateway->conns[conn_idx];
    *data = conn->out + conn->out_at;
    return conn->out_cnt;
}

void bj_gateway_sent(bj_gateway_t *gateway, uint32_t conn_idx, size_t sent_bytes, bj_now_t now) {
    conn_t *conn = &gateway->conns[conn_idx];
    assert(sent_bytes <= conn->out_cnt);
    conn->out_at += (uint32_t)sent_bytes;
    conn->out_cnt -= (uint32_t)sent_bytes;
    if (!conn->out_cnt) conn->out_at = 0;
    if (sent_bytes) conn->drained_ns = now.mono_ns;
}

bool bj_gateway_finished(const bj_gateway_t *gateway, uint32_t conn_idx, bj_now_t now) {
    const conn_t *conn = &gateway->conns[conn_idx];
    return conn->state == CONN_CLOSING &&
           (!conn->out_cnt || now.mono_ns - conn->since_ns > closing_wait_ns);
}

/* --- time --- */
static void conn_heartbeat(conn_t *conn, bj_now_t now) {
    if (now.mono_ns - conn->sent_ns < conn->heartbeat_ns) return;
    if (conn_room(conn) < CONN_REPLY_BYTES) return;
    bj_oe_header_t beat = {.len_bytes = sizeof beat,
                           .type = BJ_OE_SERVER_HEARTBEAT,
                           .version = BJ_OE_VERSION,
                           .seq = conn->next_report - 1};
    conn_say(conn, &beat, sizeof beat, now);
}

static void conn_timers(bj_gateway_t *gateway, conn_t *conn, bj_now_t now) {
    if (conn->in_cnt == CONN_IN_BYTES)
        conn->heard_ns = now.mono_ns; /* it is we who do not listen */
    bool stuck = conn->out_cnt && now.mono_ns - conn->drained_ns > stuck_max_ns;
    if (conn->state == CONN_CHALLENGED && now.mono_ns - conn->since_ns > login_wait_ns) {
        gateway->counters.login_failures++;
        conn_end(gateway, conn, now);
    } else if (conn->state == CONN_OPEN) {
        if (stuck || now.mono_ns - conn->heard_ns > SILENT_HEARTBEATS * conn->heartbeat_ns) {
            gateway->counters.cut++;
            conn_end(gateway, conn, now);
        } else {
            conn_heartbeat(conn, now);
        }
    }
}

uint32_t bj_gateway_step(bj_gateway_t *gateway, bj_now_t now) {
    bool timers_due = now.mono_ns >= gateway->timers_ns;
    if (timers_due) gateway->timers_ns = now.mono_ns + timers_every_ns;
    for (uint32_t i = 0; i < gateway->config.session_cnt; i++) {
        (void)session_tell_lost(gateway, &gateway->sessions[i], now);
    }
    uint32_t done = release_durable(gateway, now);
    for (uint32_t i = 0; i < gateway->conn_top; i++) {
        conn_t *conn = &gateway->conns[i];
        if (conn->state == CONN_FREE) continue;
        if (conn->in_cnt) conn_parse(gateway, conn, now);
        if (conn->state == CONN_OPEN) done += conn_catch_up(gateway, conn, now);
        if (timers_due) conn_timers(gateway, conn, now);
    }
    return done;
}
