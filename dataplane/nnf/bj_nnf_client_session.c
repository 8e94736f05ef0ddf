/* The way in, step by step, and which message is whose. */
#include <openssl/crypto.h>
#include "dataplane/nnf/bj_nnf_client_priv.h"

/* --- what each state asks --- */
static void ask_router(const bj_nnf_client_t *client, bj_nnf_msg_t *msg) {
    msg->code = BJ_NNF_ROUTE;
    memcpy(msg->broker_id, client->config.broker_id, sizeof msg->broker_id);
}

static void ask_register(const bj_nnf_client_t *client, bj_nnf_msg_t *msg) {
    (void)client;
    msg->code = BJ_NNF_BOX_REGISTER;
    msg->user_id = 0;
}

static void ask_box(const bj_nnf_client_t *client, bj_nnf_msg_t *msg) {
    msg->code = BJ_NNF_BOX_SIGN_ON;
    memcpy(msg->broker_id, client->config.broker_id, sizeof msg->broker_id);
    memcpy(msg->session_key, client->session_key, sizeof msg->session_key);
}

static void ask_user(const bj_nnf_client_t *client, bj_nnf_msg_t *msg) {
    msg->code = BJ_NNF_SIGN_ON;
    msg->sign_user_id = client->config.user_id;
    msg->branch_id = client->config.branch_id;
    msg->version = client->config.settings.version;
    msg->show_index = 'T';
    memcpy(msg->broker_id, client->config.broker_id, sizeof msg->broker_id);
    memcpy(msg->password, client->config.password, sizeof msg->password);
}

static void ask_info(const bj_nnf_client_t *client, bj_nnf_msg_t *msg) {
    (void)client;
    msg->code = BJ_NNF_INFO_ASK;
}

static void ask_local(const bj_nnf_client_t *client, bj_nnf_msg_t *msg) {
    (void)client;
    msg->code = BJ_NNF_LOCAL_ASK;
    msg->open_orders = 'Y';
}

/* One jiffy earlier than what is known: another message may have been in the same. */
static void ask_download(const bj_nnf_client_t *client, bj_nnf_msg_t *msg) {
    int64_t place = client->all_anew ? 0 : client->place[client->stream];
    bool whole = place > 0 && place <= INT64_C(1) << 53; /* what a double holds exactly */
    bj_be64_t wire = bj_nnf_whole(whole ? place - 1 : 0);
    msg->code = BJ_NNF_DOWNLOAD;
    msg->alpha0 = client->stream;
    memcpy(msg->download_seq, &wire, sizeof msg->download_seq);
}

typedef struct asking {
    void (*ask)(const bj_nnf_client_t *client, bj_nnf_msg_t *msg);
} asking_t;
static const asking_t askings[BJ_NNF_CLIENT_STATE_CNT] = {
    [BJ_NNF_ASKS_ROUTER] = {ask_router}, [BJ_NNF_REGISTERS] = {ask_register},
    [BJ_NNF_SIGNS_BOX] = {ask_box},      [BJ_NNF_SIGNS_USER] = {ask_user},
    [BJ_NNF_ASKS_INFO] = {ask_info},     [BJ_NNF_ASKS_LOCAL] = {ask_local},
    [BJ_NNF_DOWNLOADS] = {ask_download},
};

void session_say(bj_nnf_client_t *client, bj_now_t now) {
    bj_nnf_msg_t msg = {.box_id = client->config.box_id, .user_id = client->config.user_id};
    if (!askings[client->state].ask) return;
    askings[client->state].ask(client, &msg);
    if (!client_say(client, &msg, now)) client_close(client);
    OPENSSL_cleanse(&msg, sizeof msg);
}

/* --- what each state is answered --- */
static void next_state(bj_nnf_client_t *client, bj_nnf_client_state_t state, bj_now_t now) {
    client_goto(client, state, now);
    session_say(client, now);
}

static void on_routed(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, bj_now_t now) {
    bool tag = msg->form_bytes == 136;
    client->keys = (bj_nnf_keys_t){.cipher = tag ? BJ_NNF_TAG : BJ_NNF_STREAM,
                                   .iv_bytes = client->config.iv_bytes,
                                   .dynamic_iv = msg->dynamic_iv};
    memcpy(client->keys.key, msg->crypto_key, sizeof client->keys.key);
    memcpy(client->keys.iv, msg->crypto_iv, sizeof client->keys.iv);
    memcpy(client->keys.static_iv, msg->static_iv, sizeof client->keys.static_iv);
    memcpy(client->keys.aad, msg->additional_key, sizeof client->keys.aad);
    memcpy(client->session_key, msg->session_key, sizeof client->session_key);
    memcpy(client->box_ip, msg->ip, sizeof client->box_ip);
    client->box_port = (uint16_t)msg->port;
    client_goto(client, BJ_NNF_TO_BOX, now);
    client_close(client); /* one query a connection */
}

static void on_registered(bj_nnf_client_t *client, bj_now_t now) {
    bj_nnf_seal_end(&client->in_seal);
    bj_nnf_seal_end(&client->out_seal);
    if (!bj_nnf_seal_start(&client->out_seal, &client->keys, BJ_NNF_FROM_MEMBER, true) ||
        !bj_nnf_seal_start(&client->in_seal, &client->keys, BJ_NNF_TO_MEMBER, false))
        client_close(client);
    else
        next_state(client, BJ_NNF_SIGNS_BOX, now);
}

static void on_info(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, bj_now_t now) {
    bool known = msg->alpha0 >= 1 && msg->alpha0 < BJ_NNF_STREAMS_MAX;
    client->stream_cnt = known ? (uint8_t)msg->alpha0 : 1;
    reconcile_start(client, now);
}

/* A refusal that the next try may not get: the exchange is not up yet, has not noticed yet that our
 * last connection ended, or still counts what came over it; a box came too late for its keys.
 * After any other a human must look: a user who tries too often is locked out. */
static bool may_pass(bj_nnf_client_state_t state, int64_t error) {
    return error == BJ_NNF_E_NOT_AVAILABLE || error == BJ_NNF_E_SIGNED_ON ||
           error == BJ_NNF_E_SYSTEM || error == BJ_NNF_E_RATE || error == BJ_NNF_E_SILENT ||
           error == BJ_NNF_E_BEATS || (error == BJ_NNF_E_BOX && state == BJ_NNF_REGISTERS);
}

static void refused(bj_nnf_client_t *client, int64_t error) {
    client->counters.refused++;
    client->error = (int32_t)error;
    client->stop = client->state <= BJ_NNF_SIGNS_USER && !may_pass(client->state, error);
    client_close(client);
}

/* True: the message was the answer that the state waits for. */
static bool session_answer(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, bj_now_t now) {
    static const int32_t expected[BJ_NNF_CLIENT_STATE_CNT] = {
        [BJ_NNF_ASKS_ROUTER] = BJ_NNF_ROUTED,     [BJ_NNF_REGISTERS] = BJ_NNF_BOX_REGISTERED,
        [BJ_NNF_SIGNS_BOX] = BJ_NNF_BOX_SIGNED_ON, [BJ_NNF_SIGNS_USER] = BJ_NNF_SIGNED_ON,
        [BJ_NNF_ASKS_INFO] = BJ_NNF_INFO,         [BJ_NNF_ASKS_LOCAL] = BJ_NNF_LOCAL_END,
        [BJ_NNF_DOWNLOADS] = BJ_NNF_DOWNLOAD_END,
    };
    if (!expected[client->state] || msg->code != expected[client->state]) return false;
    if (msg->error) return refused(client, msg->error), true;
    switch (client->state) {
    case BJ_NNF_ASKS_ROUTER: on_routed(client, msg, now); break;
    case BJ_NNF_REGISTERS: on_registered(client, now); break;
    case BJ_NNF_SIGNS_BOX: next_state(client, BJ_NNF_SIGNS_USER, now); break;
    case BJ_NNF_SIGNS_USER:
        client->counters.sign_ons++;
        client->error = 0;
        next_state(client, BJ_NNF_ASKS_INFO, now);
        break;
    case BJ_NNF_ASKS_INFO: on_info(client, msg, now); break;
    case BJ_NNF_ASKS_LOCAL:
        client->stream = 1;
        next_state(client, BJ_NNF_DOWNLOADS, now);
        break;
    case BJ_NNF_DOWNLOADS:
        if (client->stream++ < client->stream_cnt)
            next_state(client, BJ_NNF_DOWNLOADS, now);
        else
            reconcile_downloaded(client, now);
        break;
    default: break;
    }
    return true;
}

/* --- which message is whose --- */
static bool refuses_session(const bj_nnf_client_t *client, const bj_nnf_msg_t *msg) {
    if (msg->code == BJ_NNF_BOX_OFF) return true;
    bool begins = msg->code == BJ_NNF_LOCAL_START || msg->code == BJ_NNF_DOWNLOAD_START;
    bool error = msg->code == BJ_NNF_ERROR || msg->code == BJ_NNF_BAD_LENGTH || begins;
    return client->state != BJ_NNF_READY && msg->error && error;
}

static void on_contingency(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, bj_now_t now) {
    if (client->state <= BJ_NNF_ASKS_INFO) return; /* what follows reads everything anyway */
    if (msg->outage_status == 1) {
        client->counters.outages++;
        client->was_out = true;
        orders_doubt(client); /* it ends orders without a word */
        client_goto(client, BJ_NNF_OUTAGE, now);
    } else if (client->state == BJ_NNF_OUTAGE && msg->outage_status == 0) {
        client->all_anew = true;
        reconcile_start(client, now);
    }
}

/* What needs nothing from us: the orders that a kill switch ended are told one by one. */
static bool says_nothing(int64_t code) {
    return code == BJ_NNF_HEARTBEAT || code == BJ_NNF_DOWNLOAD_START ||
           code == BJ_NNF_LOCAL_START || code == BJ_NNF_KILL_DONE;
}

static verdict_t on_record(bj_nnf_client_t *client) {
    const bj_nnf_packet_t *packet = &client->packet;
    bj_nnf_msg_t inner;
    bj_status_t status = bj_nnf_unwrap(client->config.segment, packet->msg, packet->msg_bytes,
                                       &inner);
    if (status == BJ_OK && about_orders(inner.code)) return order_message(client, &inner, 0, false);
    if (status != BJ_OK || !says_nothing(inner.code)) client->counters.unknown++;
    return USED;
}

/* Live messages about orders wait while older ones may still come. */
static bool must_hold(const bj_nnf_client_t *client, const bj_nnf_msg_t *msg) {
    bool early = client->state >= BJ_NNF_ASKS_INFO && client->state <= BJ_NNF_COMPARES;
    bool order = about_orders(msg->code) || msg->code == BJ_NNF_LOCAL_RECORD;
    return order && (early || client->state == BJ_NNF_OUTAGE);
}

static bool is_reading(const bj_nnf_client_t *client) {
    return client->state == BJ_NNF_ASKS_LOCAL || client->state == BJ_NNF_DOWNLOADS;
}

verdict_t session_message(bj_nnf_client_t *client, bj_now_t now) {
    const bj_nnf_packet_t *packet = &client->packet;
    bj_nnf_msg_t msg;
    bj_status_t status = bj_nnf_decode(client->config.segment, packet->msg, packet->msg_bytes,
                                       &msg);
    bool record = msg.code == BJ_NNF_DOWNLOAD_RECORD || msg.code == BJ_NNF_LOCAL_RECORD;
    if (status != BJ_OK && !record) return client->counters.unknown++, USED;
    if (session_answer(client, &msg, now)) return USED;
    if (record && is_reading(client)) client->since_ns = now.mono_ns; /* it goes on */
    if (must_hold(client, &msg)) {
        hold_message(client, packet->seq, packet->msg, packet->msg_bytes);
        return USED;
    }
    if (msg.code == BJ_NNF_DOWNLOAD_RECORD && client->state == BJ_NNF_DOWNLOADS)
        return on_record(client);
    bool live = client->state >= BJ_NNF_SETTLES;
    bool error = msg.code == BJ_NNF_ERROR || msg.code == BJ_NNF_BAD_LENGTH;
    if (live && (about_orders(msg.code) || (error && packet->seq)))
        return order_message(client, &msg, packet->seq, true);
    if (refuses_session(client, &msg))
        refused(client, msg.error);
    else if (msg.code == BJ_NNF_CONTINGENCY)
        on_contingency(client, &msg, now);
    else if (!says_nothing(msg.code))
        client->counters.unknown++;
    return USED;
}
