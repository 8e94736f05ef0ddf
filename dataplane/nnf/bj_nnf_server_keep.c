/* What is said of each message to whoever keeps a log of them. */
#include "dataplane/nnf/bj_nnf_mask.h"
#include "dataplane/nnf/bj_nnf_server_priv.h"

static bj_nnf_kept_t kept_of(const conn_t *conn, bj_nnf_kept_kind_t kind) {
    return (bj_nnf_kept_t){.kind = kind, .conn = conn->serial, .peer_ip = conn->peer_ip,
                           .box_id = conn->box_id};
}

static void hand_on(bj_nnf_server_t *server, const bj_nnf_kept_t *kept, bj_now_t now) {
    server->config.keep(server->config.ctx, kept, now);
}

/* Late enough to know where it comes from, early enough to be the first. */
void nnf_keep_connected(bj_nnf_server_t *server, conn_t *conn) {
    if (!server->config.keep || conn->kept) return;
    conn->kept = true;
    bj_nnf_kept_t kept = kept_of(conn, BJ_NNF_KEPT_CONNECTED);
    hand_on(server, &kept, (bj_now_t){.wall_ns = conn->since_wall_ns});
}

void nnf_keep_closed(bj_nnf_server_t *server, conn_t *conn, bj_now_t now) {
    if (!server->config.keep) return;
    nnf_keep_connected(server, conn);
    bj_nnf_kept_t kept = kept_of(conn, BJ_NNF_KEPT_CLOSED);
    kept.value = conn->out_cnt;
    hand_on(server, &kept, now);
}

/* A member's software may send a password by mistake: in clear no further than a header, and of
 * what should have been encrypted not even that. */
void nnf_keep_garbage(bj_nnf_server_t *server, conn_t *conn, const uint8_t *data,
                      size_t data_bytes, bj_now_t now) {
    if (!server->config.keep) return;
    nnf_keep_connected(server, conn);
    bool clear = conn->in_seal.cipher == BJ_NNF_CLEAR;
    size_t most = BJ_NNF_PREFIX_BYTES + (clear ? BJ_NNF_HEADER_BYTES : 0);
    bj_nnf_kept_t kept = kept_of(conn, BJ_NNF_KEPT_GARBAGE);
    kept.msg = data;
    kept.msg_bytes = (uint16_t)(data_bytes < most ? data_bytes : most);
    kept.value = (uint32_t)data_bytes;
    hand_on(server, &kept, now);
}

/* --- whose, and about which order --- */
static const user_t *user_here(bj_nnf_server_t *server, const conn_t *conn, int64_t user_id) {
    const user_t *user = user_id > 0 ? nnf_user_with_id(server, user_id) : NULL;
    return user && user->conn_idx == (uint16_t)(conn - server->conns) ? user : NULL;
}

uint64_t nnf_kept_new_id(bj_nnf_server_t *server, const conn_t *conn, const bj_nnf_msg_t *msg) {
    bool full = msg->code == BJ_NNF_ORDER;
    const user_t *user = user_here(server, conn, msg->user_id);
    if (!user || (!full && msg->code != BJ_NNF_ORDER_TR)) return 0;
    return bj_nnf_client_order_id(user->config.session_id, full, (uint32_t)user->ask_cnt + 1,
                                  (int32_t)msg->client_ref);
}

static void order_put(bj_nnf_server_t *server, const bj_nnf_msg_t *msg, bj_nnf_kept_t *kept) {
    uint64_t base = nnf_order_number_base(server), number = (uint64_t)msg->order_number;
    if (msg->order_number <= 0 || number <= base || number - base >= BJ_NNF_NUMBERS_A_STREAM)
        return;
    kept->order_id = number - base;
    const bj_nnf_record_t *record = bj_nnf_book_order(&server->book, kept->order_id);
    if (record && !kept->client_order_id) kept->client_order_id = record->client_order_id;
}

static void owner_put(bj_nnf_server_t *server, const conn_t *conn, const bj_nnf_msg_t *msg,
                      bj_nnf_kept_t *kept) {
    const user_t *user = user_here(server, conn, msg->user_id);
    if (!kept->box_id) kept->box_id = (int16_t)msg->box_id;
    kept->user_id = (int32_t)msg->user_id;
    kept->session_id = user ? user->config.session_id : 0;
    kept->account_id = user ? user->config.account_id : 0;
    order_put(server, msg, kept);
}

static void message_keep(bj_nnf_server_t *server, bj_nnf_kept_t *kept, const uint8_t *msg,
                         size_t msg_bytes, bj_now_t now) {
    uint8_t plain[BJ_NNF_PACKET_MAX_BYTES];
    memcpy(plain, msg, msg_bytes);
    size_t keeps = bj_nnf_mask(server->config.segment, plain, msg_bytes);
    kept->msg = plain;
    kept->msg_bytes = (uint16_t)keeps;
    if (keeps < msg_bytes) kept->value = (uint32_t)msg_bytes;
    hand_on(server, kept, now);
}

void nnf_keep_in(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg, bj_now_t now) {
    if (!server->config.keep) return;
    nnf_keep_connected(server, conn);
    bj_nnf_kept_t kept = kept_of(conn, BJ_NNF_KEPT_IN);
    kept.client_order_id = nnf_kept_new_id(server, conn, msg);
    owner_put(server, conn, msg, &kept);
    message_keep(server, &kept, conn->packet.msg, conn->packet.msg_bytes, now);
}

void nnf_keep_out(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *about,
                  uint64_t client_order_id, const uint8_t *wire, size_t wire_bytes, bj_now_t now) {
    if (!server->config.keep) return;
    nnf_keep_connected(server, conn);
    bj_nnf_kept_t kept = kept_of(conn, BJ_NNF_KEPT_OUT);
    kept.client_order_id = client_order_id;
    owner_put(server, conn, about, &kept);
    message_keep(server, &kept, wire, wire_bytes, now);
}
