/* test_nnf_exchange - an exchange's end of NNF that says just what a test wants: real packets, real
 * encryption, a fake clock. */
#ifndef TEST_NNF_EXCHANGE_H
#define TEST_NNF_EXCHANGE_H
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/nnf/bj_nnf_client.h"
#include "dataplane/nnf/bj_nnf_codec.h"
#include "dataplane/nnf/bj_nnf_reason.h"
#include "dataplane/nnf/bj_nnf_time.h"

enum { EX_ANSWERS_MAX = 4096 };

typedef struct ex {
    bj_nnf_client_t *client;
    bj_nnf_client_config_t config;
    bj_nnf_keys_t keys;
    bj_now_t now;
    bj_nnf_seal_t in, out;
    uint8_t  data[1 << 17];
    size_t   data_bytes;
    uint32_t got_seq;
    bj_nnf_answer_t answers[EX_ANSWERS_MAX];
    size_t   answer_cnt;
    bool     full; /* the back side takes nothing */
    uint8_t  streams;
} ex_t;

static bj_status_t ex_answer(void *ctx, const bj_nnf_answer_t *answer) {
    ex_t *ex = (ex_t *)ctx;
    if (ex->full || ex->answer_cnt == EX_ANSWERS_MAX) return BJ_ERR_FULL;
    ex->answers[ex->answer_cnt++] = *answer;
    return BJ_OK;
}

static const bj_nnf_client_ops_t ex_ops = {ex_answer};
static const bj_nnf_party_t ex_parties[] = {
    {.account_id = 2, .account = "12345", .pan = "PAN_EXEMPT", .pro_client = BJ_NNF_PRO,
     .nnf_id = 111111111111100, .open_close = 'C'},
    {.account_id = 1, .account = "CLIENT1", .pan = "ABCDE1234F", .settlor = "PARTICIPANT1",
     .pro_client = BJ_NNF_CLIENT, .nnf_id = 222222222222200, .algo_id = 7, .open_close = 'O'}};
static const bj_nnf_instrument_t ex_cm[] = {{.token = 102, .symbol = "DEMO", .series = "BE"},
                                            {.token = 101, .symbol = "DEMO", .series = "EQ"}};
static const bj_nnf_instrument_t ex_fo[] = {
    {.token = 102, .symbol = "DEMO", .instrument = "OPTSTK", .option_type = "CE",
     .expiry_s = 1500000000, .strike_paise = 10000},
    {.token = 101, .symbol = "DEMO", .instrument = "FUTSTK", .option_type = "XX",
     .expiry_s = 1500000000, .strike_paise = -1}};

static void ex_config(ex_t *ex, bj_nnf_segment_t segment, bj_nnf_cipher_t cipher) {
    memset(ex, 0, sizeof *ex);
    ex->now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = INT64_C(1767249000) * BJ_NS_PER_S};
    ex->streams = 1;
    ex->keys = (bj_nnf_keys_t){.cipher = cipher, .iv_bytes = 12, .dynamic_iv = 77,
                               .key = "0123456789abcdef0123456789abcde", .iv = "sixteen bytes..",
                               .static_iv = "static.", .aad = "beside it.."};
    ex->config = (bj_nnf_client_config_t){
        .segment = segment, .iv_bytes = 12, .box_id = 7, .branch_id = 3, .user_id = 501,
        .broker_id = "12345", .password = "Secret1", .router_ip = "10.0.0.1",
        .router_port = 9601, .parties = ex_parties, .party_cnt = 2,
        .instruments = segment == BJ_NNF_CM ? ex_cm : ex_fo, .instrument_cnt = 2,
        .order_max = 64, .settings = bj_nnf_client_settings_usual, .ops = &ex_ops, .ctx = ex};
}

static void ex_new(ex_t *ex) {
    const char *error;
    ex->client = bj_nnf_client_new(&ex->config, &error);
    if (!ex->client) fprintf(stderr, "no client: %s\n", error);
    assert(ex->client);
    bj_nnf_client_start(ex->client, ex->now);
}

static void ex_time(ex_t *ex, int64_t ns) {
    ex->now.mono_ns += ns, ex->now.wall_ns += ns;
    (void)bj_nnf_client_step(ex->client, ex->now);
}

static void ex_seal(ex_t *ex, const bj_nnf_keys_t *keys) {
    bj_nnf_seal_end(&ex->in);
    bj_nnf_seal_end(&ex->out);
    bool ok = bj_nnf_seal_start(&ex->in, keys, BJ_NNF_FROM_MEMBER, false) &&
              bj_nnf_seal_start(&ex->out, keys, BJ_NNF_TO_MEMBER, true);
    assert(ok), (void)ok;
}

static void ex_connect(ex_t *ex) {
    static const bj_nnf_keys_t clear = {.cipher = BJ_NNF_CLEAR};
    ex->data_bytes = 0;
    ex_seal(ex, &clear);
    bj_nnf_client_connected(ex->client, ex->now);
}

static void ex_drop(ex_t *ex) { bj_nnf_client_disconnected(ex->client, ex->now); }

static void ex_end(ex_t *ex) {
    bj_nnf_seal_end(&ex->in);
    bj_nnf_seal_end(&ex->out);
    bj_nnf_client_free(ex->client);
}

/* The next message of the member, or code 0. */
static bj_nnf_msg_t ex_hear(ex_t *ex) {
    static bj_nnf_packet_t packet;
    const uint8_t *data;
    bj_nnf_msg_t msg = {0};
    size_t n = bj_nnf_client_output(ex->client, &data);
    assert(ex->data_bytes + n <= sizeof ex->data);
    memcpy(ex->data + ex->data_bytes, data, n);
    ex->data_bytes += n;
    bj_nnf_client_sent(ex->client, n, ex->now);
    if (bj_nnf_take(&ex->in, ex->data, ex->data_bytes, &packet) != BJ_OK) return msg;
    ex->data_bytes -= packet.packet_bytes;
    memmove(ex->data, ex->data + packet.packet_bytes, ex->data_bytes);
    ex->got_seq = packet.seq;
    bj_status_t status = bj_nnf_decode(ex->config.segment, packet.msg, packet.msg_bytes, &msg);
    assert(status == BJ_OK && !msg.bad_field), (void)status;
    return msg;
}

static void ex_say_bytes(ex_t *ex, uint32_t seq, const uint8_t *msg, size_t msg_bytes) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_pack(&ex->out, seq, msg, msg_bytes, wire, sizeof wire);
    assert(n);
    (void)bj_nnf_client_input(ex->client, wire, n, ex->now);
}

static void ex_say_seq(ex_t *ex, uint32_t seq, const bj_nnf_msg_t *msg) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_encode(ex->config.segment, msg, wire, sizeof wire);
    assert(n);
    ex_say_bytes(ex, seq, wire, n);
}

/* In answer to what was heard last. */
static void ex_say(ex_t *ex, const bj_nnf_msg_t *msg) { ex_say_seq(ex, ex->got_seq, msg); }

static void ex_say_code(ex_t *ex, int64_t code) {
    bj_nnf_msg_t msg = {.code = code, .user_id = 501, .alpha0 = ex->streams};
    ex_say(ex, &msg);
}

static inline void ex_say_record(ex_t *ex, int64_t code, const bj_nnf_msg_t *inner) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    bj_nnf_msg_t outer = {.code = code, .user_id = 501, .alpha0 = 1};
    size_t n = bj_nnf_wrap(ex->config.segment, &outer, inner, wire, sizeof wire);
    assert(n);
    ex_say_bytes(ex, ex->got_seq, wire, n);
}

/* Router and registration; the box sign-on is what is heard next. */
static void ex_route(ex_t *ex) {
    bj_nnf_msg_t msg = {.code = BJ_NNF_ROUTED, .box_id = 7, .broker_id = "12345",
                        .ip = "10.0.0.2", .port = 9602, .session_key = "session",
                        .dynamic_iv = ex->keys.dynamic_iv};
    msg.form_bytes = ex->keys.cipher == BJ_NNF_TAG ? 136 : 124;
    memcpy(msg.crypto_key, ex->keys.key, sizeof msg.crypto_key);
    memcpy(msg.crypto_iv, ex->keys.iv, sizeof msg.crypto_iv);
    memcpy(msg.static_iv, ex->keys.static_iv, sizeof msg.static_iv);
    memcpy(msg.additional_key, ex->keys.aad, sizeof msg.additional_key);
    ex_connect(ex);
    (void)ex_hear(ex);
    ex_say(ex, &msg);
    ex_drop(ex);
    ex_connect(ex);
    (void)ex_hear(ex);
    ex_say_code(ex, BJ_NNF_BOX_REGISTERED);
    ex_seal(ex, &ex->keys);
}

/* As far as the download of the last stream, whose request was heard. */
static void ex_sign_on(ex_t *ex) {
    static const int32_t answers[] = {BJ_NNF_BOX_SIGNED_ON, BJ_NNF_SIGNED_ON, BJ_NNF_INFO,
                                      BJ_NNF_LOCAL_END};
    ex_time(ex, BJ_NS_PER_S);
    ex_route(ex);
    for (size_t i = 0; i < BJ_COUNT(answers); i++) {
        (void)ex_hear(ex);
        ex_say_code(ex, answers[i]);
    }
    (void)ex_hear(ex);
}

static void ex_downloaded(ex_t *ex) {
    ex_say_code(ex, BJ_NNF_DOWNLOAD_END);
    ex_time(ex, 1), ex_time(ex, 1), ex_time(ex, 1);
}

#endif /* TEST_NNF_EXCHANGE_H */
