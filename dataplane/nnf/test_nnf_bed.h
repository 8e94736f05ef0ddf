/* test_nnf_bed - a member's end of NNF for tests: real packets, real encryption, a fake clock. */
#ifndef TEST_NNF_BED_H
#define TEST_NNF_BED_H
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/nnf/bj_nnf_codec.h"
#include "dataplane/nnf/bj_nnf_reason.h"
#include "dataplane/nnf/bj_nnf_server.h"
#include "dataplane/nnf/bj_nnf_time.h"

enum { BED_EVENTS_MAX = 4096, BED_CMDS_MAX = 1024 };

typedef struct bed {
    bj_nnf_server_t *server;
    bj_nnf_config_t  config;
    bj_now_t   now;
    bj_cmd_t   cmds[BED_CMDS_MAX]; /* what the server handed on */
    size_t     cmd_cnt;
    bj_status_t answer;            /* what the back end says to a command */
    size_t     full_at;            /* no room for more than so many; 0: always room */
    bj_event_t events[BED_EVENTS_MAX]; /* the event log; told_cnt of them were given */
    size_t     event_cnt, told_cnt;
    bool       log_away;           /* event_at fails */
    uint64_t   dice;
    const char *ip;                /* where members come from; NULL: it is not said */
} bed_t;

typedef struct member { /* one connection */
    bed_t *bed;
    uint32_t conn;
    bj_nnf_seal_t out, in;
    bj_nnf_keys_t keys;
    uint8_t  session_key[8], data[1 << 17];
    size_t   data_bytes;
    uint32_t seq, got_seq; /* of the last packet sent, and read */
    uint8_t  raw[BJ_NNF_PACKET_MAX_BYTES];
    size_t   raw_bytes;
} member_t;

static inline bj_status_t bed_order(void *ctx, const bj_cmd_t *cmd) {
    bed_t *bed = (bed_t *)ctx;
    if (bed->answer != BJ_OK) return bed->answer;
    if (bed->full_at && bed->cmd_cnt >= bed->full_at) return BJ_ERR_FULL;
    assert(bed->cmd_cnt < BED_CMDS_MAX);
    bed->cmds[bed->cmd_cnt++] = *cmd;
    return BJ_OK;
}

static inline bool bed_event_at(void *ctx, uint64_t event_seq, bj_event_t *event) {
    bed_t *bed = (bed_t *)ctx;
    if (bed->log_away || !event_seq || event_seq > bed->event_cnt) return false;
    *event = bed->events[event_seq - 1];
    return true;
}

static inline void bed_random(void *ctx, uint8_t *out, size_t out_bytes) {
    bed_t *bed = (bed_t *)ctx;
    for (size_t i = 0; i < out_bytes; i++) {
        bed->dice = bed->dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
        out[i] = (uint8_t)(bed->dice >> 56);
    }
}

static const bj_nnf_ops_t bed_ops = {bed_order, bed_event_at, bed_random};
static const bj_nnf_box_t bed_boxes[] = {{.id = 7, .broker_id = "12345", .rate_per_s = 1000},
                                         {.id = 8, .broker_id = "12345", .rate_per_s = 10},
                                         {.id = 9, .broker_id = "99999", .rate_per_s = 10},
                                         {.id = 10, .broker_id = "12345", .rate_per_s = 10,
                                          .ip = "10.1.2.3"}};
static const bj_nnf_instrument_t bed_cm[] = {
    {.token = 101, .symbol = "DEMO", .series = "EQ"},
    {.token = 102, .symbol = "DEMO", .series = "BE"},
    {.token = 103, .symbol = "OTHER", .series = "EQ"}};
static const bj_nnf_instrument_t bed_fo[] = {
    {.token = 101, .symbol = "DEMO", .instrument = "FUTSTK", .option_type = "XX",
     .expiry_s = 1500000000, .strike_paise = -1},
    {.token = 102, .symbol = "DEMO", .instrument = "OPTSTK", .option_type = "CE",
     .expiry_s = 1500000000, .strike_paise = 10000}};
static bj_nnf_user_t bed_users[] = {
    {.id = 501, .box_id = 7, .branch_id = 3, .broker_id = "12345", .name = "FIRST",
     .session_id = 21, .account_id = 1, .account = "CLIENT1"},
    {.id = 502, .broker_id = "12345", .name = "SECOND", .session_id = 22, .account_id = 2},
    {.id = 503, .broker_id = "12345", .session_id = 23, .account_id = 3, .disabled = true},
    {.id = 504, .broker_id = "99999", .session_id = 24, .account_id = 4},
    {.id = 505, .broker_id = "12345", .session_id = 25, .account_id = 3,
     .user_type = BJ_NNF_CORPORATE_MANAGER},
    {.id = 506, .broker_id = "12345", .branch_id = 3, .session_id = 26, .account_id = 3,
     .user_type = BJ_NNF_BRANCH_MANAGER}};

static void (*bed_keep)(void *ctx, const bj_nnf_kept_t *kept, bj_now_t now); /* of servers opened
                                                                                 from now on */

static inline void bed_time(bed_t *bed, int64_t ns) {
    bed->now.mono_ns += ns, bed->now.wall_ns += ns;
    (void)bj_nnf_server_step(bed->server, bed->now);
}

static inline void bed_open_with(bed_t *bed, bj_nnf_segment_t segment, bj_nnf_cipher_t cipher,
                                 const bj_nnf_settings_t *settings) {
    const char *error = NULL;
    memset(bed, 0, sizeof *bed);
    bed->dice = 42;
    bed->now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = INT64_C(1767249000) * BJ_NS_PER_S};
    for (size_t i = 0; i < BJ_COUNT(bed_users); i++) {
        bool made = bj_nnf_password_hash(bed_users[i].id, "Secret1", bed_users[i].password_hash);
        assert(made), (void)made;
    }
    bed->config = (bj_nnf_config_t){
        .segment = segment, .cipher = cipher, .iv_bytes = 12,
        .boxes = bed_boxes, .box_cnt = BJ_COUNT(bed_boxes),
        .users = bed_users, .user_cnt = BJ_COUNT(bed_users),
        .instruments = segment == BJ_NNF_CM ? bed_cm : bed_fo,
        .instrument_cnt = segment == BJ_NNF_CM ? BJ_COUNT(bed_cm) : BJ_COUNT(bed_fo),
        .order_max = 1000, .report_max = 2000, .ip = "127.0.0.1", .port = 9602,
        .settings = *settings, .ops = &bed_ops, .keep = bed_keep, .ctx = bed};
    bed->server = bj_nnf_server_new(&bed->config, &error);
    if (!bed->server) fprintf(stderr, "no server: %s\n", error);
    assert(bed->server);
}

static inline void bed_open(bed_t *bed, bj_nnf_segment_t segment, bj_nnf_cipher_t cipher) {
    bed_open_with(bed, segment, cipher, &bj_nnf_settings_usual);
}

/* --- the member's end --- */
static inline void member_connect(member_t *member, bed_t *bed, bj_nnf_port_t port) {
    bj_nnf_keys_t clear = {.cipher = BJ_NNF_CLEAR};
    bj_nnf_keys_t keys = member->keys;
    uint8_t session_key[8];
    memcpy(session_key, member->session_key, sizeof session_key);
    bj_nnf_seal_end(&member->in);
    bj_nnf_seal_end(&member->out);
    memset(member, 0, sizeof *member);
    member->bed = bed, member->keys = keys;
    memcpy(member->session_key, session_key, sizeof session_key);
    bool ok = bj_nnf_seal_start(&member->out, &clear, BJ_NNF_FROM_MEMBER, true) &&
              bj_nnf_seal_start(&member->in, &clear, BJ_NNF_TO_MEMBER, false);
    member->conn = bj_nnf_server_connect(bed->server, port, bed->now);
    assert(ok && member->conn != BJ_NNF_NONE), (void)ok;
    if (bed->ip) bj_nnf_server_peer(bed->server, member->conn, bed->ip);
}

static inline void member_drop(member_t *member) {
    bj_nnf_server_disconnect(member->bed->server, member->conn, member->bed->now);
    bj_nnf_seal_end(&member->in);
    bj_nnf_seal_end(&member->out);
}

static inline void member_raw(member_t *member, const uint8_t *msg, size_t msg_bytes) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_pack(&member->out, ++member->seq, msg, msg_bytes, wire, sizeof wire);
    size_t took = bj_nnf_server_input(member->bed->server, member->conn, wire, n, member->bed->now);
    assert(n && took == n), (void)took;
}

static inline void member_say(member_t *member, const bj_nnf_msg_t *msg) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_encode(member->bed->config.segment, msg, wire, sizeof wire);
    assert(n);
    member_raw(member, wire, n);
}

static inline void member_read(member_t *member) {
    const uint8_t *data;
    size_t n = bj_nnf_server_output(member->bed->server, member->conn, &data);
    assert(member->data_bytes + n <= sizeof member->data);
    memcpy(member->data + member->data_bytes, data, n);
    member->data_bytes += n;
    bj_nnf_server_sent(member->bed->server, member->conn, n, member->bed->now);
}

/* The next message, or code 0.  What a record wraps is in *inner. */
static inline bj_nnf_msg_t member_hear_record(member_t *member, bj_nnf_msg_t *inner) {
    static bj_nnf_packet_t packet;
    bj_nnf_segment_t segment = member->bed->config.segment;
    bj_nnf_msg_t msg = {0};
    member_read(member);
    if (bj_nnf_take(&member->in, member->data, member->data_bytes, &packet) != BJ_OK) return msg;
    member->data_bytes -= packet.packet_bytes;
    memmove(member->data, member->data + packet.packet_bytes, member->data_bytes);
    member->got_seq = packet.seq;
    memcpy(member->raw, packet.msg, packet.msg_bytes);
    member->raw_bytes = packet.msg_bytes;
    bj_status_t status = bj_nnf_decode(segment, packet.msg, packet.msg_bytes, &msg);
    bool record = msg.code == BJ_NNF_DOWNLOAD_RECORD || msg.code == BJ_NNF_LOCAL_RECORD;
    assert(record || (status == BJ_OK && !msg.bad_field));
    if (record && inner) {
        status = bj_nnf_unwrap(segment, packet.msg, packet.msg_bytes, inner);
        assert(status == BJ_OK && !inner->bad_field);
    }
    return msg;
}

static inline bj_nnf_msg_t member_hear(member_t *member) {
    return member_hear_record(member, NULL);
}

/* Router, registration, box sign-on; what the last of them was answered. */
static inline bj_nnf_msg_t member_box(member_t *member, bed_t *bed, int16_t box_id,
                                      const char *broker) {
    bj_nnf_msg_t ask = {.code = BJ_NNF_ROUTE, .box_id = box_id}, got;
    snprintf(ask.broker_id, sizeof ask.broker_id, "%s", broker);
    member_connect(member, bed, BJ_NNF_PORT_ROUTER);
    member_say(member, &ask);
    got = member_hear(member);
    member_drop(member);
    if (got.error) return got;
    member->keys = (bj_nnf_keys_t){.cipher = bed->config.cipher, .iv_bytes = bed->config.iv_bytes,
                                   .dynamic_iv = got.dynamic_iv};
    memcpy(member->keys.key, got.crypto_key, sizeof member->keys.key);
    memcpy(member->keys.iv, got.crypto_iv, sizeof member->keys.iv);
    memcpy(member->keys.static_iv, got.static_iv, sizeof member->keys.static_iv);
    memcpy(member->keys.aad, got.additional_key, sizeof member->keys.aad);
    memcpy(member->session_key, got.session_key, sizeof member->session_key);
    member_connect(member, bed, BJ_NNF_PORT_BOX);
    ask = (bj_nnf_msg_t){.code = BJ_NNF_BOX_REGISTER, .box_id = box_id};
    member_say(member, &ask);
    got = member_hear(member);
    if (got.code != BJ_NNF_BOX_REGISTERED) return got;
    bool ok = bj_nnf_seal_start(&member->out, &member->keys, BJ_NNF_FROM_MEMBER, true) &&
              bj_nnf_seal_start(&member->in, &member->keys, BJ_NNF_TO_MEMBER, false);
    assert(ok), (void)ok;
    ask = (bj_nnf_msg_t){.code = BJ_NNF_BOX_SIGN_ON, .box_id = box_id};
    snprintf(ask.broker_id, sizeof ask.broker_id, "%s", broker);
    memcpy(ask.session_key, member->session_key, sizeof ask.session_key);
    member_say(member, &ask);
    return member_hear(member);
}

static inline bj_nnf_msg_t member_sign_on(member_t *member, int32_t user_id, const char *password,
                                   char show_index) {
    bj_nnf_msg_t ask = {.code = BJ_NNF_SIGN_ON, .user_id = user_id, .sign_user_id = user_id,
                        .broker_id = "12345", .show_index = show_index};
    snprintf(ask.password, sizeof ask.password, "%s", password);
    member_say(member, &ask);
    return member_hear(member);
}

/* An order that is right in every field, of user 501. */
static inline bj_nnf_msg_t member_order(const member_t *member, int64_t side, int64_t qty,
                                 int64_t price_paise) {
    bj_nnf_segment_t segment = member->bed->config.segment;
    bj_nnf_msg_t msg = {.code = BJ_NNF_ORDER_TR, .user_id = 501, .trader_id = 501, .side = side,
                        .qty = qty, .disclosed_qty = qty, .price_paise = price_paise, .book = 1,
                        .pro_client = BJ_NNF_CLIENT, .account = "CLIENT1", .broker_id = "12345",
                        .pan = "ABCDE1234F", .client_ref = 4711, .nnf_id = 111111111111100,
                        .settlor = "PARTICIPANT1", .branch_id = 3, .symbol = "DEMO"};
    if (segment == BJ_NNF_CM) memcpy(msg.series, "EQ", 3);
    if (segment == BJ_NNF_FO) {
        memcpy(msg.instrument, "FUTSTK", 7), memcpy(msg.option_type, "XX", 3);
        msg.token = 101, msg.expiry_s = 1500000000, msg.strike_paise = -1, msg.open_close = 'O';
    }
    bj_nnf_flags_set(segment, &msg, 1u << BJ_NNF_DAY);
    return msg;
}

/* The same as a modification or a cancellation of what `confirmed` says. */
static inline bj_nnf_msg_t member_change(const member_t *member, const bj_nnf_msg_t *confirmed,
                                  int64_t code) {
    bj_nnf_msg_t msg = member_order(member, confirmed->side, confirmed->qty,
                                    confirmed->price_paise);
    msg.code = code;
    msg.order_number = confirmed->order_number;
    msg.activity_ref = confirmed->activity_ref;
    msg.left_qty = confirmed->left_qty;
    msg.filled_qty = confirmed->filled_qty;
    msg.entry_s = confirmed->entry_s, msg.modified_s = confirmed->modified_s;
    return msg;
}

#endif /* TEST_NNF_BED_H */
