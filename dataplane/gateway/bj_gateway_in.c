/* What a client says.  A message is either used (its sequence counts, an answer may follow),
 * ignored, or held until there is room for what it causes; a held one is looked at again on the
 * next step. */
#include <openssl/crypto.h>
#include <stdio.h>
#include "dataplane/gateway/bj_gateway_priv.h"

typedef enum verdict { USED, HELD } verdict_t;

/* --- answers --- */
static uint64_t client_order_id_of(const uint8_t *msg, uint8_t type) {
    uint64_t id = 0;
    if (type == BJ_OE_NEW) memcpy(&id, msg + offsetof(bj_oe_new_t, client_order_id), sizeof id);
    if (type == BJ_OE_MODIFY)
        memcpy(&id, msg + offsetof(bj_oe_modify_t, client_order_id), sizeof id);
    return id;
}

static void refuse(bj_gateway_t *gateway, conn_t *conn, const bj_oe_header_t *header,
                   uint64_t client_order_id, bj_status_t reason, const char *text, bj_now_t now) {
    bj_oe_session_reject_t reject = {.header = {.len_bytes = sizeof reject,
                                                .type = BJ_OE_SESSION_REJECT,
                                                .version = BJ_OE_VERSION},
                                     .ref_seq = header->seq,
                                     .ref_type = header->type,
                                     .client_order_id = client_order_id,
                                     .reason = (uint16_t)reason};
    snprintf(reject.text, sizeof reject.text, "%s", text ? text : bj_status_text(reason));
    conn_say(gateway, conn, &reject, sizeof reject, now);
}

static void refuse_and_end(bj_gateway_t *gateway, conn_t *conn, const bj_oe_header_t *header,
                           bj_status_t reason, const char *text, bj_now_t now) {
    refuse(gateway, conn, header, 0, reason, text, now);
    conn_end(gateway, conn, now);
}

/* --- login --- */
static session_t *session_named(bj_gateway_t *gateway, const char *name) {
    for (uint32_t i = 0; i < gateway->config.session_cnt; i++) {
        session_t *session = &gateway->sessions[i];
        if (memcmp(session->config.name, name, BJ_OE_NAME_BYTES) == 0) return session;
    }
    return NULL;
}

/* An unknown name costs the same work and gets the same answer as a wrong key. */
static bool login_proven(const conn_t *conn, const bj_oe_login_t *login, const session_t *session) {
    static const bj_gateway_session_config_t nobody = {.key_bytes = 32};
    const bj_gateway_session_config_t *config = session ? &session->config : &nobody;
    uint8_t mac[BJ_OE_MAC_BYTES];
    bool made = bj_oe_login_mac(config->key, config->key_bytes, conn->nonce, login->session, mac);
    bool same = CRYPTO_memcmp(mac, login->mac, sizeof mac) == 0;
    return made && same && session;
}

static bj_status_t login_check(const conn_t *conn, const bj_oe_login_t *login,
                               const session_t *session) {
    if (login->flags & ~(uint32_t)BJ_OE_LOGIN_WARN) return BJ_ERR_BAD_FIELD;
    if (login->header.seq || login->header.app) return BJ_ERR_BAD_FIELD;
    if (login->session[BJ_OE_NAME_BYTES - 1]) return BJ_ERR_BAD_FIELD;
    if (login->heartbeat_ms < HEARTBEAT_MIN_MS || login->heartbeat_ms > HEARTBEAT_MAX_MS)
        return BJ_ERR_BAD_FIELD;
    if (!login_proven(conn, login, session)) return BJ_ERR_DENIED;
    if (session->full) return BJ_ERR_FULL;
    if (login->next_out_seq > session->report_cnt + 1) return BJ_ERR_SEQUENCE;
    return BJ_OK;
}

/* Who has the key may know why it is of no use here. */
static bj_status_t way_check(bj_gateway_t *gateway, conn_t *conn, const bj_oe_header_t *header,
                             const session_t *session, bj_now_t now) {
    const char *refused = rights_wire(gateway, session, conn);
    if (!refused) refused = rights_source(gateway, session, conn->peer_ip);
    if (!refused) return BJ_OK;
    refuse(gateway, conn, header, 0, BJ_REJ_NOT_PERMITTED, refused, now);
    return BJ_ERR_DENIED;
}

static void session_take(bj_gateway_t *gateway, conn_t *conn, session_t *session,
                         const bj_oe_login_t *login, bj_now_t now) {
    if (session->conn_idx != BJ_GATEWAY_NONE) {
        conn_end(gateway, &gateway->conns[session->conn_idx], now);
    }
    session->conn_idx = (uint16_t)conn_index(gateway, conn);
    conn->session_idx = (uint16_t)session_index(gateway, session);
    conn->state = CONN_OPEN;
    conn->session_id = session->config.id;
    conn->warn = login->flags & BJ_OE_LOGIN_WARN;
    conn->heartbeat_ns = login->heartbeat_ms * BJ_NS_PER_MS;
    conn->next_report = login->next_out_seq ? login->next_out_seq : session->report_cnt + 1;
    if (conn_may_catch_up(gateway, conn)) bj_bits_set(gateway->behind, session->conn_idx);
    conn_timer(gateway, conn);
    gateway->counters.logins++;
    gateway->counters.sessions++;
}

static verdict_t on_login(bj_gateway_t *gateway, conn_t *conn, const uint8_t *msg, bj_now_t now) {
    bj_oe_login_t login;
    memcpy(&login, msg, sizeof login);
    session_t *session = session_named(gateway, login.session);
    bj_status_t status = login_check(conn, &login, session);
    if (status == BJ_OK) status = way_check(gateway, conn, &login.header, session, now);
    bj_oe_login_reply_t reply = {
        .header = {.len_bytes = sizeof reply, .type = BJ_OE_LOGIN_REPLY, .version = BJ_OE_VERSION},
        .status = (uint16_t)status,
        .time_ns = now.wall_ns};
    if (status == BJ_OK) {
        session_take(gateway, conn, session, &login, now);
        reply.session_id = session->config.id;
        reply.heartbeat_ms = login.heartbeat_ms;
        reply.next_in_seq = session->in_seq + 1;
        reply.next_out_seq = session->report_cnt + 1;
    }
    conn_say(gateway, conn, &reply, sizeof reply, now);
    if (status != BJ_OK) {
        gateway->counters.login_failures++;
        conn_end(gateway, conn, now);
    }
    return USED;
}

/* --- commands --- */
bool session_tell_lost(bj_gateway_t *gateway, session_t *session, bj_now_t now) {
    uint32_t idx = session_index(gateway, session);
    if (!bj_bits_has(gateway->lost, idx)) return true;
    bj_cmd_t cmd = {.type = BJ_CMD_DISCONNECT,
                    .session_id = session->config.id,
                    .account_id = session->config.accounts[0],
                    .time_ns = now.wall_ns,
                    .body.disconnect = session->config.on_disconnect};
    if (!bj_ring_push(gateway->config.cmds, &cmd, sizeof cmd)) return false;
    bj_bits_clear(gateway->lost, idx);
    gateway->counters.commands++;
    return true;
}

/* The sequence is the right one; it is used up whatever becomes of the message. */
static bj_status_t command_make(bj_gateway_t *gateway, const session_t *session, const uint8_t *msg,
                                size_t msg_bytes, bj_cmd_t *cmd, const char **text) {
    if (atomic_load_explicit(gateway->config.journal_lost, memory_order_relaxed)) {
        gateway->counters.unavailable++;
        *text = "the journal cannot be written";
        return BJ_ERR_UNAVAILABLE;
    }
    bj_status_t status = bj_oe_to_cmd(msg, msg_bytes, cmd, text);
    if (status != BJ_OK) {
        gateway->counters.malformed++;
        return status;
    }
    *text = rights_command(gateway, session, msg[offsetof(bj_oe_header_t, type)], cmd);
    return *text ? BJ_REJ_NOT_PERMITTED : BJ_OK;
}

static verdict_t on_command(bj_gateway_t *gateway, conn_t *conn, const bj_oe_header_t *header,
                            const uint8_t *msg, size_t msg_bytes, bj_now_t now) {
    session_t *session = conn_session(gateway, conn);
    bj_cmd_t cmd = {0};
    const char *text = NULL;
    if (header->seq <= session->in_seq) {
        gateway->counters.duplicates++;
        return USED;
    }
    if (header->seq != session->in_seq + 1) {
        gateway->counters.bad_sequence++;
        refuse_and_end(gateway, conn, header, BJ_ERR_SEQUENCE, NULL, now);
        return USED;
    }
    if (!session_tell_lost(gateway, session, now) || !bj_ring_reserve(gateway->config.cmds)) {
        gateway->counters.held++;
        return HELD;
    }
    session->in_seq++;
    throttle_verdict_t verdict = throttle_take(gateway, conn, session, header, now);
    if (verdict == THROTTLE_CUT) {
        refuse_and_end(gateway, conn, header, BJ_REJ_RATE, "too many messages: connection cut",
                       now);
        return USED;
    }
    bj_status_t status = verdict == THROTTLE_REFUSE
                             ? BJ_REJ_RATE
                             : command_make(gateway, session, msg, msg_bytes, &cmd, &text);
    if (status != BJ_OK) {
        refuse(gateway, conn, header, client_order_id_of(msg, header->type), status, text, now);
        return USED;
    }
    cmd.session_id = session->config.id;
    cmd.time_ns = now.wall_ns;
    uint64_t parsed = bj_stamp();
    hop_add(gateway, BJ_GATEWAY_HOP_PARSED, conn->in_stamp, parsed);
    bool pushed = bj_cmd_slot_push(gateway->config.cmds, &cmd, conn->in_stamp, parsed);
    assert(pushed), (void)pushed; /* reserved above, and nobody else fills this ring */
    gateway->counters.commands++;
    return USED;
}

/* --- messages --- */
static verdict_t on_message(bj_gateway_t *gateway, conn_t *conn, const uint8_t *msg,
                            size_t msg_bytes, bj_now_t now) {
    bj_oe_header_t header;
    memcpy(&header, msg, sizeof header);
    bool login = header.type == BJ_OE_LOGIN;
    if (login != (conn->state == CONN_CHALLENGED)) { /* login comes first, and once */
        if (!login) gateway->counters.login_failures++;
        refuse_and_end(gateway, conn, &header, BJ_ERR_DENIED, NULL, now);
        return USED;
    }
    switch (header.type) {
    case BJ_OE_LOGIN:
        return on_login(gateway, conn, msg, now);
    case BJ_OE_HEARTBEAT:
        return USED; /* being heard is all it is for */
    case BJ_OE_LOGOUT:
        conn_end(gateway, conn, now);
        return USED;
    default:
        return on_command(gateway, conn, &header, msg, msg_bytes, now);
    }
}

/* After bytes that are no message there is no way to find the next one. */
static void on_garbage(bj_gateway_t *gateway, conn_t *conn, const uint8_t *data, size_t data_bytes,
                       bj_status_t status, bj_now_t now) {
    bj_oe_header_t header = {0};
    memcpy(&header, data, data_bytes < sizeof header ? data_bytes : sizeof header);
    gateway->counters.garbage++;
    conn_keep(gateway, conn, BJ_AUDIT_GARBAGE, 0, data, data_bytes, now);
    refuse_and_end(gateway, conn, &header, status, NULL, now);
}

/* What waits for room in the out-buffer is looked at when the client has read. */
void conn_parse(bj_gateway_t *gateway, conn_t *conn, bj_now_t now) {
    uint32_t at = 0, idx = conn_index(gateway, conn);
    bj_bits_clear(gateway->held, idx);
    while (at < conn->in_cnt && conn->state != CONN_CLOSING) {
        size_t msg_bytes = 0;
        if (conn_room(conn) < CONN_REPLY_BYTES) break; /* it must read before it may say more */
        bj_status_t status = bj_oe_frame(conn->in + at, conn->in_cnt - at, &msg_bytes);
        if (status == BJ_ERR_TRUNCATED) break;
        if (status != BJ_OK) {
            on_garbage(gateway, conn, conn->in + at, conn->in_cnt - at, status, now);
            return;
        }
        if (!conn->head_kept)
            conn_keep(gateway, conn, BJ_AUDIT_IN, 0, conn->in + at, msg_bytes, now);
        conn->head_kept = true;
        if (on_message(gateway, conn, conn->in + at, msg_bytes, now) == HELD) {
            bj_bits_set(gateway->held, idx);
            gateway->congested = true;
            break;
        }
        conn->head_kept = false;
        gateway->counters.messages++;
        at += (uint32_t)msg_bytes;
    }
    if (conn->state == CONN_CLOSING || !at) return;
    memmove(conn->in, conn->in + at, conn->in_cnt - at);
    conn->in_cnt -= at;
}
