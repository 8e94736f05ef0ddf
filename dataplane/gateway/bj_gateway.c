#include "dataplane/gateway/bj_gateway.h"

#include <stdlib.h>
#include <sys/mman.h>
#include "dataplane/gateway/bj_gateway_priv.h"

static const int64_t closing_wait_ns = 1 * BJ_NS_PER_S;

/* --- made and freed --- */
static bool in_bucket(uint32_t n) { return n >= 1 && n <= BJ_BUCKET_MAX; }

static bool throttle_ok(const bj_gateway_throttle_t *throttle) {
    return !throttle->rate_per_s ||
           (in_bucket(throttle->rate_per_s) && in_bucket(throttle->burst) &&
            in_bucket(throttle->cancel_rate_per_s) && in_bucket(throttle->cancel_burst) &&
            throttle->warn_pct >= 1 && throttle->warn_pct <= 100);
}

static bool session_setup(bj_gateway_t *gateway, uint16_t idx) {
    session_t *session = &gateway->sessions[idx];
    const bj_gateway_session_config_t *config = &gateway->config.sessions[idx];
    bool ok = config->id >= 1 && config->id <= BJ_GATEWAY_SESSION_ID_MAX &&
              config->key_bytes >= 1 && config->key_bytes <= sizeof config->key &&
              config->name[0] &&
              config->name[BJ_OE_NAME_BYTES - 1] == '\0' &&
              config->account_cnt <= BJ_GATEWAY_ACCOUNTS_MAX &&
              config->source_cnt <= BJ_GATEWAY_SOURCES_MAX && throttle_ok(&config->throttle) &&
              gateway->session_of[config->id] == NO_SESSION;
    for (uint16_t i = 0; i < idx; i++) {
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
    throttle_setup(session);
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
    gateway->audit.ring = config->audit;
    memset(gateway->session_of, 0xff, sizeof gateway->session_of); /* NO_SESSION */
    gateway->buffers = malloc((size_t)BJ_GATEWAY_CONNS_MAX * (CONN_IN_BYTES + CONN_OUT_BYTES));
    bool ok = gateway->buffers != NULL;
    for (uint32_t i = 0; ok && i < config->session_cnt; i++)
        ok = session_setup(gateway, (uint16_t)i);
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
    session_t *session = session_by_id(gateway, event->session_id);
    if (session) session_remember(gateway, session, event->seq);
}

void bj_gateway_recover_seq(bj_gateway_t *gateway, uint16_t session_id, uint64_t last_seq) {
    session_t *session = session_by_id(gateway, session_id);
    if (!session) return;
    session->in_seq = last_seq;
    /* Whatever connection it had in the earlier run is gone. */
    if (last_seq) bj_bits_set(gateway->lost, session_index(gateway, session));
}

const bj_gateway_counters_t *bj_gateway_counters(const bj_gateway_t *gateway) {
    return &gateway->counters;
}

/* --- connections --- */
void conn_keep(bj_gateway_t *gateway, const conn_t *conn, bj_audit_kind_t kind, uint32_t value,
               const void *msg, size_t msg_bytes, bj_now_t now) {
    if (msg_bytes > BJ_OE_MESSAGE_MAX_BYTES) msg_bytes = BJ_OE_MESSAGE_MAX_BYTES;
    const bj_audit_record_t record = {.time_ns = now.wall_ns, .conn = conn->serial,
                                      .peer_ip = conn->peer_ip, .session_id = conn->session_id,
                                      .kind = (uint8_t)kind, .value = value,
                                      .msg_bytes = (uint16_t)msg_bytes};
    bj_audit_put(&gateway->audit, &record, msg);
    gateway->counters.audit_missed = gateway->audit.missed;
}

void conn_say(bj_gateway_t *gateway, conn_t *conn, const void *msg, size_t msg_bytes,
              bj_now_t now) {
    assert(msg_bytes <= conn_room(conn));
    if (conn->out_at + conn->out_cnt + msg_bytes > CONN_OUT_BYTES) {
        memmove(conn->out, conn->out + conn->out_at, conn->out_cnt);
        conn->out_at = 0;
    }
    bool first = !conn->out_cnt;
    conn_keep(gateway, conn, BJ_AUDIT_OUT, 0, msg, msg_bytes, now);
    memcpy(conn->out + conn->out_at + conn->out_cnt, msg, msg_bytes);
    conn->out_cnt += (uint32_t)msg_bytes;
    conn->sent_ns = now.mono_ns;
    if (!first) return;
    conn->drained_ns = now.mono_ns; /* a client can only be stuck from now on */
    bj_bits_set(gateway->due, conn_index(gateway, conn));
    conn_timer(gateway, conn);
}

void conn_end(bj_gateway_t *gateway, conn_t *conn, bj_now_t now) {
    if (conn->state == CONN_FREE || conn->state == CONN_CLOSING) return;
    if (conn->session_idx != NO_SESSION) {
        session_t *session = conn_session(gateway, conn);
        session->conn_idx = BJ_GATEWAY_NONE;
        bj_bits_set(gateway->lost, session_index(gateway, session));
        gateway->counters.sessions--;
        (void)session_tell_lost(gateway, session, now);
    }
    conn->session_idx = NO_SESSION;
    conn->state = CONN_CLOSING;
    conn->since_ns = now.mono_ns;
    conn->in_cnt = 0;
    uint32_t idx = conn_index(gateway, conn);
    bj_bits_clear(gateway->held, idx);
    bj_bits_clear(gateway->behind, idx);
    bj_bits_set(gateway->due, idx);
}

/* One address may not have all places, which cost it nothing until it logs in. */
static bool crowded(const bj_gateway_t *gateway, uint32_t peer_ip) {
    uint32_t cnt = 0;
    if (!gateway->config.unproven_max || !peer_ip) return false;
    for (uint32_t i = 0; i < BJ_GATEWAY_CONNS_MAX; i++) {
        const conn_t *conn = &gateway->conns[i];
        cnt += conn->state == CONN_CHALLENGED && conn->peer_ip == peer_ip;
    }
    return cnt >= gateway->config.unproven_max;
}

uint32_t bj_gateway_connect(bj_gateway_t *gateway, uint32_t peer_ip, bj_now_t now) {
    uint32_t idx = handed_over(gateway) ? BJ_GATEWAY_CONNS_MAX : 0;
    while (idx < BJ_GATEWAY_CONNS_MAX && gateway->conns[idx].state != CONN_FREE)
        idx++;
    if (idx == BJ_GATEWAY_CONNS_MAX) {
        gateway->counters.refused++;
        return BJ_GATEWAY_NONE;
    }
    if (crowded(gateway, peer_ip)) {
        gateway->counters.crowded++;
        return BJ_GATEWAY_NONE;
    }
    conn_t *conn = &gateway->conns[idx];
    *conn = (conn_t){.state = CONN_CHALLENGED,
                     .session_idx = NO_SESSION,
                     .since_ns = now.mono_ns,
                     .heard_ns = now.mono_ns,
                     .peer_ip = peer_ip,
                     .serial = ++gateway->serial,
                     .in = conn->in,
                     .out = conn->out};
    conn_keep(gateway, conn, BJ_AUDIT_CONNECTED, 0, NULL, 0, now);
    gateway->config.nonce(gateway->config.ctx, conn->nonce, sizeof conn->nonce);
    bj_oe_challenge_t challenge = {.header = {.len_bytes = sizeof challenge,
                                              .type = BJ_OE_CHALLENGE,
                                              .version = BJ_OE_VERSION}};
    memcpy(challenge.nonce, conn->nonce, sizeof challenge.nonce);
    conn_say(gateway, conn, &challenge, sizeof challenge, now);
    gateway->counters.connections++;
    return idx;
}

void bj_gateway_disconnect(bj_gateway_t *gateway, uint32_t conn_idx, bj_now_t now) {
    conn_t *conn = &gateway->conns[conn_idx];
    if (conn->state == CONN_FREE) return;
    conn_end(gateway, conn, now);
    conn_keep(gateway, conn, BJ_AUDIT_CLOSED, conn->out_cnt, NULL, 0, now);
    conn->state = CONN_FREE;
    conn->out_cnt = 0;
    bj_bits_clear(gateway->due, conn_idx);
    gateway->counters.connections--;
}

void bj_gateway_proven(bj_gateway_t *gateway, uint32_t conn_idx,
                       const char session[BJ_OE_NAME_BYTES]) {
    conn_t *conn = &gateway->conns[conn_idx];
    conn->proven = true;
    memcpy(conn->proven_name, session, sizeof conn->proven_name);
}

void bj_gateway_unproven(bj_gateway_t *gateway, uint32_t conn_idx, const char *why, bj_now_t now) {
    conn_t *conn = &gateway->conns[conn_idx];
    if (conn->state == CONN_FREE || conn->state == CONN_CLOSING) return;
    conn_keep(gateway, conn, BJ_AUDIT_UNPROVEN, 0, why, strlen(why), now);
    gateway->counters.login_failures++;
    conn_end(gateway, conn, now);
}

void bj_gateway_arrived(bj_gateway_t *gateway) { gateway->in_stamp = bj_stamp(); }

const bj_hist_t *bj_gateway_hop(const bj_gateway_t *gateway, bj_gateway_hop_t hop) {
    return &gateway->hops[hop];
}

size_t bj_gateway_input(bj_gateway_t *gateway, uint32_t conn_idx, const uint8_t *data,
                        size_t data_bytes, bj_now_t now) {
    conn_t *conn = &gateway->conns[conn_idx];
    size_t taken = 0;
    conn->in_stamp = gateway->in_stamp;
    if (data_bytes) conn->heard_ns = now.mono_ns;
    while (taken < data_bytes && conn->state != CONN_CLOSING) {
        size_t part = data_bytes - taken;
        if (part > CONN_IN_BYTES - conn->in_cnt) part = CONN_IN_BYTES - conn->in_cnt;
        if (!part) return taken;
        memcpy(conn->in + conn->in_cnt, data + taken, part);
        conn->in_cnt += (uint32_t)part;
        taken += part;
        if (gateway->congested && conn->state == CONN_OPEN)
            bj_bits_set(gateway->held, conn_idx);
        else
            conn_parse(gateway, conn, now);
    }
    return data_bytes; /* what a closing connection says is not heard */
}

size_t bj_gateway_output(bj_gateway_t *gateway, uint32_t conn_idx, const uint8_t **data) {
    const conn_t *conn = &gateway->conns[conn_idx];
    *data = conn->out + conn->out_at;
    return conn->out_cnt;
}

/* One of those that went together: the one that waited longest. */
static void report_sent(bj_gateway_t *gateway, conn_t *conn) {
    uint64_t sent = bj_stamp();
    hop_add(gateway, BJ_GATEWAY_HOP_SENT, conn->out_made, sent);
    hop_add(gateway, BJ_GATEWAY_HOP_TOTAL, conn->out_in, sent);
    conn->out_in = 0;
}

void bj_gateway_sent(bj_gateway_t *gateway, uint32_t conn_idx, size_t sent_bytes, bj_now_t now) {
    conn_t *conn = &gateway->conns[conn_idx];
    assert(sent_bytes <= conn->out_cnt);
    conn->out_at += (uint32_t)sent_bytes;
    conn->out_cnt -= (uint32_t)sent_bytes;
    if (!conn->out_cnt) conn->out_at = 0;
    if (!sent_bytes) return;
    conn->drained_ns = now.mono_ns;
    if (conn->out_in) report_sent(gateway, conn);
    if (!conn->out_cnt && conn->state != CONN_CLOSING) bj_bits_clear(gateway->due, conn_idx);
    /* There is room again: for answers to what it said, and for reports. */
    if (conn->in_cnt) bj_bits_set(gateway->held, conn_idx);
    if (conn_may_catch_up(gateway, conn)) bj_bits_set(gateway->behind, conn_idx);
}

const uint64_t *bj_gateway_due(const bj_gateway_t *gateway) { return gateway->due; }

bool bj_gateway_ending(const bj_gateway_t *gateway, uint32_t conn_idx) {
    return gateway->conns[conn_idx].state == CONN_CLOSING;
}

bool bj_gateway_finished(const bj_gateway_t *gateway, uint32_t conn_idx, bj_now_t now) {
    const conn_t *conn = &gateway->conns[conn_idx];
    return conn->state == CONN_CLOSING &&
           (!conn->out_cnt || now.mono_ns - conn->since_ns > closing_wait_ns);
}
