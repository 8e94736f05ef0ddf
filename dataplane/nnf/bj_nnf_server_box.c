/* The way in: gateway router, box, users; and which message is whose. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include "dataplane/nnf/bj_nnf_server_priv.h"

static const int64_t tries_forgotten_ns = 60 * BJ_NS_PER_S;

bool bj_nnf_password_hash(int32_t user_id, const char *password, uint8_t hash[BJ_NNF_HASH_BYTES]) {
    char text[64];
    unsigned hash_bytes = 0;
    int n = snprintf(text, sizeof text, "nnf:%d:%s", user_id, password);
    bool ok = n > 0 && (size_t)n < sizeof text &&
              EVP_Digest(text, (size_t)n, hash, &hash_bytes, EVP_sha256(), NULL) == 1;
    OPENSSL_cleanse(text, sizeof text);
    return ok && hash_bytes == BJ_NNF_HASH_BYTES;
}

user_t *nnf_user_with_id(bj_nnf_server_t *server, int64_t id) {
    for (uint32_t i = 0; i < server->config.user_cnt; i++) {
        if (server->users[i].config.id == id) return &server->users[i];
    }
    return NULL;
}

static box_t *box_with_id(bj_nnf_server_t *server, int64_t id) {
    for (uint32_t i = 0; i < server->config.box_cnt; i++) {
        if (server->boxes[i].config.id == id) return &server->boxes[i];
    }
    return NULL;
}

static bool from_elsewhere(const conn_t *conn, const box_t *box) {
    return box->config.ip[0] && strcmp(box->config.ip, conn->ip) != 0;
}

/* --- answers --- */
/* What answers a request that is refused: X(request, CM, FO).  The error's form where the answer's
 * own has no room for it. */
typedef struct refusal { int32_t asked, answer[BJ_NNF_SEGMENT_CNT]; bool error_form; } refusal_t;
static const refusal_t refusals[] = {
    {BJ_NNF_ORDER_TR, {BJ_NNF_REJECT_TR, BJ_NNF_REJECT}, false},
    {BJ_NNF_MODIFY_TR, {BJ_NNF_MODIFY_REJECT_TR, BJ_NNF_MODIFY_REJECT}, false},
    {BJ_NNF_CANCEL_TR, {BJ_NNF_CANCEL_REJECT_TR, BJ_NNF_CANCEL_REJECT}, false},
    {BJ_NNF_QUICK_CANCEL_TR, {BJ_NNF_CANCEL_REJECT_TR, BJ_NNF_CANCEL_REJECT}, false},
    {BJ_NNF_ORDER, {BJ_NNF_REJECT, BJ_NNF_REJECT}, false},
    {BJ_NNF_MODIFY, {BJ_NNF_MODIFY_REJECT, BJ_NNF_MODIFY_REJECT}, false},
    {BJ_NNF_PRICE_MODIFY, {BJ_NNF_MODIFY_REJECT, BJ_NNF_MODIFY_REJECT}, false},
    {BJ_NNF_CANCEL, {BJ_NNF_CANCEL_REJECT, BJ_NNF_CANCEL_REJECT}, false},
    {BJ_NNF_KILL, {BJ_NNF_REJECT, BJ_NNF_REJECT}, false},
    {BJ_NNF_ROUTE, {BJ_NNF_ROUTED, BJ_NNF_ROUTED}, false},
    {BJ_NNF_SIGN_ON, {BJ_NNF_SIGNED_ON, BJ_NNF_SIGNED_ON}, true},
    {BJ_NNF_SIGN_OFF, {BJ_NNF_SIGNED_OFF, BJ_NNF_SIGNED_OFF}, true},
    {BJ_NNF_INFO_ASK, {BJ_NNF_INFO, BJ_NNF_INFO}, true},
    {BJ_NNF_LOCAL_ASK, {BJ_NNF_LOCAL_START, BJ_NNF_LOCAL_START}, true},
    {BJ_NNF_DOWNLOAD, {BJ_NNF_DOWNLOAD_START, BJ_NNF_DOWNLOAD_START}, true},
};

static void stamp(const bj_nnf_server_t *server, bj_nnf_msg_t *msg, bj_now_t now) {
    msg->log_s = bj_nnf_seconds(now.wall_ns);
    msg->time_exch_ns = bj_time_to_exch_ns(now.wall_ns);
    msg->jiffies = server->jiffies; /* it is no part of a download: the place it would have */
    msg->stream = server->config.settings.stream;
}

static uint16_t error_bytes(const bj_nnf_server_t *server) {
    return bj_nnf_layout(server->config.segment, BJ_NNF_ERROR, 0)->bytes;
}

void nnf_refuse(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *asked, int32_t error,
                bj_now_t now) {
    bj_nnf_msg_t msg = *asked; /* a refusal shows the request */
    size_t i = 0;
    while (i < BJ_COUNT(refusals) && refusals[i].asked != asked->code)
        i++;
    bool known = i < BJ_COUNT(refusals);
    msg.code = known ? refusals[i].answer[server->config.segment] : BJ_NNF_ERROR;
    msg.form_bytes = known && refusals[i].error_form ? error_bytes(server) : 0;
    msg.error = error;
    if (msg.order_number < 0) msg.order_number = 0;
    if (msg.nnf_id < 0) msg.nnf_id = 0;
    snprintf(msg.text, sizeof msg.text, "%s", bj_nnf_error_text(server->config.segment, error));
    stamp(server, &msg, now);
    if (msg.code == BJ_NNF_ERROR || msg.form_bytes) msg.time_exch_ns = asked->time_exch_ns;
    server->counters.rejected++;
    (void)nnf_conn_say_of(server, conn, conn->packet.seq, &msg,
                          nnf_kept_new_id(server, conn, asked), now);
}

static void answer(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *asked,
                   bj_nnf_msg_t *msg, bj_now_t now) {
    msg->user_id = asked->user_id;
    stamp(server, msg, now);
    msg->time_exch_ns = asked->time_exch_ns; /* only what is about orders has our time there */
    bool said = nnf_conn_say(server, conn, conn->packet.seq, msg, now);
    assert(said), (void)said; /* made of our own configuration only */
}

void nnf_box_off(bj_nnf_server_t *server, conn_t *conn, int32_t error, bj_now_t now) {
    bj_nnf_msg_t msg = {.code = BJ_NNF_BOX_OFF, .error = error};
    if (conn->state == CONN_BOX || conn->state == CONN_OPEN)
        msg.box_id = server->boxes[conn->box_idx].config.id;
    stamp(server, &msg, now);
    if (conn_room(conn) >= BJ_NNF_PACKET_MAX_BYTES) (void)nnf_conn_say(server, conn, 0, &msg, now);
    if (conn->state != CONN_OPEN) server->counters.sign_on_failures++;
    nnf_conn_end(server, conn, now);
}

/* --- the gateway router: one query, one answer --- */
static void box_keys(bj_nnf_server_t *server, box_t *box) {
    const bj_nnf_config_t *config = &server->config;
    bj_nnf_keys_t *keys = &box->keys;
    *keys = (bj_nnf_keys_t){.cipher = config->cipher, .iv_bytes = config->iv_bytes};
    config->ops->random(config->ctx, keys->key, sizeof keys->key);
    config->ops->random(config->ctx, keys->iv, sizeof keys->iv);
    config->ops->random(config->ctx, keys->static_iv, sizeof keys->static_iv);
    config->ops->random(config->ctx, keys->aad, sizeof keys->aad);
    config->ops->random(config->ctx, (uint8_t *)&keys->dynamic_iv, sizeof keys->dynamic_iv);
    config->ops->random(config->ctx, box->session_key, sizeof box->session_key);
    box->routed = true;
}

static void on_route(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg, bj_now_t now) {
    box_t *box = box_with_id(server, msg->box_id);
    bool ours = box && strcmp(box->config.broker_id, msg->broker_id) == 0;
    if (msg->code != BJ_NNF_ROUTE || !ours || from_elsewhere(conn, box)) {
        server->counters.sign_on_failures++;
        int32_t error = ours ? BJ_NNF_E_IP : BJ_NNF_E_BOX;
        if (msg->code != BJ_NNF_ROUTE) error = BJ_NNF_E_CODE;
        nnf_refuse(server, conn, msg, error, now);
        nnf_conn_end(server, conn, now);
        return;
    }
    box_keys(server, box);
    bj_nnf_msg_t reply = {.code = BJ_NNF_ROUTED, .box_id = msg->box_id,
                          .port = server->config.port, .dynamic_iv = box->keys.dynamic_iv};
    reply.form_bytes = server->config.cipher == BJ_NNF_TAG ? 136 : 124;
    memcpy(reply.broker_id, msg->broker_id, sizeof reply.broker_id);
    memcpy(reply.ip, server->config.ip, sizeof reply.ip);
    memcpy(reply.session_key, box->session_key, sizeof reply.session_key);
    memcpy(reply.crypto_key, box->keys.key, sizeof reply.crypto_key);
    memcpy(reply.crypto_iv, box->keys.iv, sizeof reply.crypto_iv);
    memcpy(reply.static_iv, box->keys.static_iv, sizeof reply.static_iv);
    memcpy(reply.additional_key, box->keys.aad, sizeof reply.additional_key);
    server->counters.routed++;
    answer(server, conn, msg, &reply, now);
    OPENSSL_cleanse(&reply, sizeof reply);
    nnf_conn_end(server, conn, now);
}

/* --- the box --- */
static void on_register(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg,
                        bj_now_t now) {
    box_t *box = box_with_id(server, msg->box_id);
    int32_t error = msg->code != BJ_NNF_BOX_REGISTER ? BJ_NNF_E_CODE
                    : !box || !box->routed           ? BJ_NNF_E_BOX
                    : from_elsewhere(conn, box)      ? BJ_NNF_E_IP
                                                     : 0;
    if (error) {
        nnf_box_off(server, conn, error, now);
        return;
    }
    bj_nnf_msg_t reply = {.code = BJ_NNF_BOX_REGISTERED};
    conn->box_id = box->config.id;
    answer(server, conn, msg, &reply, now);
    conn->box_idx = (uint8_t)(box - server->boxes);
    conn->state = CONN_BOX;
    bool ok = bj_nnf_seal_start(&conn->in_seal, &box->keys, BJ_NNF_FROM_MEMBER, false) &&
              bj_nnf_seal_start(&conn->out_seal, &box->keys, BJ_NNF_TO_MEMBER, true);
    if (!ok) nnf_conn_end(server, conn, now);
}

static void on_box_sign_on(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg,
                           bj_now_t now) {
    box_t *box = &server->boxes[conn->box_idx];
    bool same = CRYPTO_memcmp(msg->session_key, box->session_key, sizeof box->session_key) == 0;
    bool ours = msg->box_id == box->config.id && !strcmp(msg->broker_id, box->config.broker_id);
    if (msg->code != BJ_NNF_BOX_SIGN_ON || !same || !ours || !box->routed) {
        int32_t error = msg->code != BJ_NNF_BOX_SIGN_ON ? BJ_NNF_E_CODE : BJ_NNF_E_BOX;
        nnf_box_off(server, conn, error, now);
        return;
    }
    box->routed = false; /* keys are good for one connection: a second would repeat their stream */
    OPENSSL_cleanse(&box->keys, sizeof box->keys);
    OPENSSL_cleanse(box->session_key, sizeof box->session_key);
    if (box->conn_idx != BJ_NNF_NONE)
        nnf_box_off(server, &server->conns[box->conn_idx], BJ_NNF_E_SIGNED_ON, now);
    box->conn_idx = (uint16_t)(conn - server->conns);
    conn->state = CONN_OPEN;
    conn->beat_ns = now.mono_ns;
    server->counters.boxes++;
    bj_nnf_msg_t reply = {.code = BJ_NNF_BOX_SIGNED_ON, .box_id = box->config.id};
    answer(server, conn, msg, &reply, now);
}

/* At most seen_max - 1 times are ever looked back. */
static bool more_than(const box_t *box, uint32_t cnt, int64_t within_ns, int64_t now_ns) {
    if (box->seen_cnt <= cnt) return false;
    return now_ns - box->seen_ns[(box->seen_cnt - 1 - cnt) % box->seen_max] < within_ns;
}

/* 0, or the error that this message gets; -1: it was one too many for the connection. */
static int32_t box_rate(bj_nnf_server_t *server, box_t *box, bj_now_t now) {
    const bj_nnf_settings_t *settings = &server->config.settings;
    uint32_t rate = box->config.rate_per_s;
    box->seen_ns[box->seen_cnt++ % box->seen_max] = now.mono_ns;
    if (settings->cut_pct >= 100 &&
        more_than(box, rate * settings->cut_pct / 100, BJ_NS_PER_S, now.mono_ns))
        return -1;
    if (more_than(box, rate, BJ_NS_PER_S, now.mono_ns)) return BJ_NNF_E_RATE;
    if (settings->burst_per_100ms &&
        more_than(box, settings->burst_per_100ms, 100 * BJ_NS_PER_MS, now.mono_ns))
        return is_fo(server) ? 16420 : BJ_NNF_E_RATE;
    return 0;
}

static void on_heartbeat(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg,
                         bj_now_t now) {
    const bj_nnf_settings_t *settings = &server->config.settings;
    bool surplus = now.mono_ns - conn->beat_ns < settings->heartbeat_ns - BJ_NS_PER_S;
    if (surplus) {
        server->counters.surplus_beats++;
        if (++conn->surplus_beats >= settings->surplus_beats_max)
            nnf_box_off(server, conn, BJ_NNF_E_BEATS, now);
        return;
    }
    conn->beat_ns = now.mono_ns;
    bj_nnf_msg_t reply = {.code = BJ_NNF_HEARTBEAT};
    answer(server, conn, msg, &reply, now);
}

/* --- users --- */
static int32_t sign_on_wrong(bj_nnf_server_t *server, const conn_t *conn, user_t *user,
                             const bj_nnf_msg_t *msg, bj_now_t now) {
    static const uint8_t nobody[BJ_NNF_HASH_BYTES];
    const box_t *box = &server->boxes[conn->box_idx];
    uint8_t hash[BJ_NNF_HASH_BYTES];
    bool made = bj_nnf_password_hash((int32_t)msg->sign_user_id, msg->password, hash);
    const uint8_t *want = user ? user->config.password_hash : nobody;
    bool same = CRYPTO_memcmp(hash, want, sizeof hash) == 0;
    if (user && now.mono_ns - user->tries_ns > tries_forgotten_ns) user->tries = 0;
    if (user && (user->config.disabled || user->tries >= SIGN_ON_TRIES_MAX))
        return BJ_NNF_E_DISABLED;
    if (!made || !same || !user) {
        if (user) user->tries++, user->tries_ns = now.mono_ns;
        return BJ_NNF_E_SIGN_ON; /* an unknown user looks the same */
    }
    if (msg->user_id != msg->sign_user_id) return BJ_NNF_E_USER_DIFFERS;
    if (strcmp(msg->broker_id, user->config.broker_id) != 0) return BJ_NNF_E_MEMBER;
    if (strcmp(box->config.broker_id, user->config.broker_id) != 0) return BJ_NNF_E_BOX;
    if (user->config.box_id && user->config.box_id != box->config.id) return BJ_NNF_E_BOX;
    if (user->conn_idx != BJ_NNF_NONE) return BJ_NNF_E_SIGNED_ON;
    if (user->full) return BJ_NNF_E_NOT_AVAILABLE;
    if (msg->new_password[0]) return BJ_NNF_E_AUTHORITY; /* passwords are the operator's */
    return msg->version < server->config.settings.version_min ? BJ_NNF_E_VERSION : 0;
}

static void on_sign_on(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg,
                       bj_now_t now) {
    user_t *user = nnf_user_with_id(server, msg->sign_user_id);
    int32_t error = sign_on_wrong(server, conn, user, msg, now);
    if (error) {
        server->counters.sign_on_failures++;
        nnf_refuse(server, conn, msg, error, now);
        return;
    }
    user->conn_idx = (uint16_t)(conn - server->conns);
    user->trimmed = msg->show_index == 'T';
    user->tries = 0;
    user->next = user->told_cnt; /* what came before is for the download */
    memset(user->asked, 0, sizeof user->asked); /* numbers of an earlier connection */
    user->kill_at = user->kill_waits = 0;
    server->counters.sign_ons++;
    server->counters.users++;
    bj_nnf_msg_t reply = {.code = BJ_NNF_SIGNED_ON, .sign_user_id = user->config.id,
                          .branch_id = user->config.branch_id, .version = msg->version,
                          .user_type = user->config.user_type, .broker_status = 'A',
                          .show_index = user->trimmed ? 'T' : ' ', .eligibility0 = 0x80};
    memcpy(reply.broker_id, user->config.broker_id, sizeof user->config.broker_id);
    memcpy(reply.trader_name, user->config.name, sizeof user->config.name);
    answer(server, conn, msg, &reply, now);
}

static void on_sign_off(bj_nnf_server_t *server, conn_t *conn, user_t *user,
                        const bj_nnf_msg_t *msg, bj_now_t now) {
    bj_nnf_msg_t reply = {.code = BJ_NNF_SIGNED_OFF, .sign_user_id = user->config.id};
    answer(server, conn, msg, &reply, now);
    nnf_user_leave(server, user, true, now);
}

/* --- system information --- */
static int64_t market_of(uint32_t state) {
    static const int64_t markets[BJ_STATE_CNT] = {
        [BJ_STATE_CLOSED] = BJ_NNF_IS_CLOSED,        [BJ_STATE_OPEN] = BJ_NNF_IS_OPEN,
        [BJ_STATE_HALTED] = BJ_NNF_IS_OPEN,          [BJ_STATE_AUCTION] = BJ_NNF_IS_PREOPEN,
        [BJ_STATE_AUCTION_LIMIT] = BJ_NNF_IS_PREOPEN, [BJ_STATE_BUFFER] = BJ_NNF_IS_PREOPEN_END,
        [BJ_STATE_POST_CLOSE] = BJ_NNF_IS_POST_CLOSE,
    };
    return state < BJ_STATE_CNT ? markets[state] : BJ_NNF_IS_CLOSED;
}

static void on_info(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg, bj_now_t now) {
    const bj_nnf_settings_t *settings = &server->config.settings;
    bj_nnf_msg_t reply = {.code = BJ_NNF_INFO, .alpha0 = 1, /* streams to ask for */
                          .market0 = market_of(server->market_state),
                          .lot_qty = settings->lot_qty, .tick_paise = settings->tick_paise,
                          .disclosed_min_pct = settings->disclosed_min_pct};
    reply.market1 = reply.market2 = reply.market3 = BJ_NNF_IS_CLOSED;
    reply.market4 = reply.market5 = BJ_NNF_IS_CLOSED;
    answer(server, conn, msg, &reply, now);
}

/* --- which message is whose --- */
static verdict_t user_message(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg,
                              bj_now_t now) {
    user_t *user = nnf_user_with_id(server, msg->user_id);
    if (!user || user->conn_idx != (uint16_t)(conn - server->conns)) {
        nnf_refuse(server, conn, msg, user ? BJ_NNF_E_SIGNED_OFF : BJ_NNF_E_USER, now);
        return USED;
    }
    switch (msg->code) {
    case BJ_NNF_ORDER_TR:
    case BJ_NNF_ORDER: return nnf_on_order(server, conn, user, msg, now);
    case BJ_NNF_MODIFY_TR:
    case BJ_NNF_MODIFY:
    case BJ_NNF_PRICE_MODIFY:
    case BJ_NNF_CANCEL_TR:
    case BJ_NNF_QUICK_CANCEL_TR:
    case BJ_NNF_CANCEL: return nnf_on_change(server, conn, user, msg, now);
    case BJ_NNF_KILL: return nnf_on_kill(server, conn, user, msg, now);
    case BJ_NNF_SIGN_OFF: return on_sign_off(server, conn, user, msg, now), USED;
    case BJ_NNF_INFO_ASK: return on_info(server, conn, msg, now), USED;
    case BJ_NNF_DOWNLOAD: return nnf_download_start(server, conn, user, msg, now), USED;
    case BJ_NNF_LOCAL_ASK: return nnf_local_start(server, conn, user, msg, now), USED;
    default: return nnf_refuse(server, conn, msg, BJ_NNF_E_CODE, now), USED;
    }
}

/* Anything after the box signed on; a request that was held comes here again. */
static verdict_t open_message(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg,
                              bj_status_t status, bj_now_t now) {
    if (msg->code == BJ_NNF_HEARTBEAT && status == BJ_OK)
        return on_heartbeat(server, conn, msg, now), USED;
    int32_t error = conn->held ? 0 : box_rate(server, &server->boxes[conn->box_idx], now);
    if (error < 0) {
        server->counters.rate_cut++;
        return nnf_box_off(server, conn, BJ_NNF_E_RATE, now), USED;
    }
    if (status == BJ_ERR_CORRUPT) {
        bj_nnf_msg_t reply = {.code = BJ_NNF_BAD_LENGTH, .error = BJ_NNF_E_LENGTH};
        snprintf(reply.text, sizeof reply.text, "%s: wrong length", bj_nnf_code_text(msg->code));
        server->counters.rejected++;
        return answer(server, conn, msg, &reply, now), USED;
    }
    if (error) {
        server->counters.rate_rejected++;
    } else if (status != BJ_OK) {
        error = BJ_NNF_E_CODE;
    } else if (msg->bad_field) {
        error = msg->bad_reserved ? BJ_NNF_E_RESERVED : BJ_NNF_E_PACKET;
    }
    if (error) return nnf_refuse(server, conn, msg, error, now), USED;
    if (msg->code == BJ_NNF_SIGN_ON) return on_sign_on(server, conn, msg, now), USED;
    return user_message(server, conn, msg, now);
}

verdict_t nnf_conn_message(bj_nnf_server_t *server, conn_t *conn, bj_now_t now) {
    bj_nnf_msg_t msg;
    bj_status_t status = bj_nnf_decode(server->config.segment, conn->packet.msg,
                                       conn->packet.msg_bytes, &msg);
    if (!conn->held) nnf_keep_in(server, conn, &msg, now);
    if (conn->state == CONN_OPEN) return open_message(server, conn, &msg, status, now);
    if (status != BJ_OK || msg.bad_field) {
        int32_t error = status == BJ_ERR_UNKNOWN_TYPE ? BJ_NNF_E_CODE : BJ_NNF_E_PACKET;
        nnf_box_off(server, conn, error, now);
        return USED;
    }
    switch (conn->state) {
    case CONN_ROUTER: on_route(server, conn, &msg, now); break;
    case CONN_NEW: on_register(server, conn, &msg, now); break;
    case CONN_BOX: on_box_sign_on(server, conn, &msg, now); break;
    case CONN_FREE:
    case CONN_OPEN:
    case CONN_CLOSING: break;
    }
    return USED;
}
