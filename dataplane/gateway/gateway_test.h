#ifndef GATEWAY_TEST_H
#define GATEWAY_TEST_H

/* A gateway between two rings and a client that speaks the protocol, for the unit test, the fuzz
 * target and the simulation.  One world at a time. */
#include <stdlib.h>
#include "dataplane/gateway/bj_gateway.h"
#include "dataplane/wire/bj_oe_codec.h"

#ifndef WORLD_EVENTS_MAX /* a test that needs more says so before */
#define WORLD_EVENTS_MAX (1 << 14)
#endif
enum { CLIENT_BYTES = 1 << 17 };

typedef struct world {
    bj_gateway_t *gateway;
    const bj_gateway_session_config_t *sessions;
    uint32_t      session_cnt;
    bj_ring_t    *cmds, *events;
    _Atomic uint64_t durable_seq;
    _Atomic bool     journal_lost, handed_over;
    bj_event_t   *log; /* event of sequence n at [n - 1] */
    uint64_t      log_cnt;
    uint8_t       nonce_next;
    uint32_t      peer_ip; /* whom the transport says it is */
    bj_now_t      now;
} world_t;

typedef struct client {
    world_t *world;
    uint32_t conn_idx;
    uint8_t  nonce[BJ_OE_NONCE_BYTES];
    uint8_t *got; /* what the gateway said and next_message has not given */
    size_t   got_cnt;
} client_t;

static const bj_gateway_session_config_t test_sessions[] = {
    {.id = 1, .clear = true, .name = "control", .all_accounts = true,
     .may = BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_ADMIN | BJ_GATEWAY_MAY_SECOND,
     .key = "key of control", .key_bytes = 14},
    {.id = 2, .clear = true, .name = "maker", .accounts = {900}, .account_cnt = 1,
     .may = BJ_GATEWAY_MAY_TRADE, .key = "key of maker", .key_bytes = 12},
    {.id = 3, .clear = true, .name = "desk", .accounts = {901}, .account_cnt = 1,
     .may = BJ_GATEWAY_MAY_TRADE, .key = "key of desk", .key_bytes = 11},
    {.id = 4, .clear = true, .name = "family", .accounts = {800, 901}, .account_cnt = 2,
     .may = BJ_GATEWAY_MAY_TRADE, .on_disconnect = BJ_DISCONNECT_ALL,
     .sources = {{0x0a010000, 0xffff0000}, {0x7f000001, 0xffffffff}}, .source_cnt = 2,
     .key = "key of family", .key_bytes = 13},
    {.id = 5, .clear = true, .name = "stopper", .all_accounts = true, .may = BJ_GATEWAY_MAY_CANCEL,
     .on_disconnect = BJ_DISCONNECT_NEVER, .key = "key of stopper", .key_bytes = 14},
    {.id = 6, .clear = true, .name = "anywhere", .accounts = {901}, .account_cnt = 1,
     .may = BJ_GATEWAY_MAY_TRADE, .sources = {{0, 0}}, .source_cnt = 1,
     .key = "key of anywhere", .key_bytes = 15},
    {.id = 1023, .clear = true, .name = "officer", .may = BJ_GATEWAY_MAY_ADMIN,
     .key = "key of officer", .key_bytes = 14},
};

static inline bool world_event_at(void *ctx, uint64_t event_seq, bj_event_t *event) {
    const world_t *world = (const world_t *)ctx;
    if (event_seq < 1 || event_seq > world->log_cnt) return false;
    *event = world->log[event_seq - 1];
    return true;
}

static inline void world_nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    memset(out, ++((world_t *)ctx)->nonce_next, out_bytes); /* fresh each time, and repeatable */
}

static inline bj_ring_t *world_ring(uint64_t depth) {
    size_t bytes = bj_ring_footprint(depth, 128);
    return bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bytes), depth, 128);
}

static bj_ring_t *world_audit; /* the audit's ring of worlds opened from now on; NULL: none */

static uint32_t world_unproven_max; /* of worlds opened from now on; 0: any */

static inline bj_gateway_t *world_gateway(world_t *world, uint64_t report_max) {
    bj_gateway_config_t config = {
        .sessions = world->sessions, .session_cnt = world->session_cnt, .report_max = report_max,
        .unproven_max = world_unproven_max, .cmds = world->cmds,
        .events = world->events, .audit = world_audit, .durable_seq = &world->durable_seq,
        .journal_lost = &world->journal_lost, .handed_over = &world->handed_over,
        .event_at = world_event_at, .nonce = world_nonce,
        .ctx = world};
    return bj_gateway_new(&config);
}

static inline void world_open_with(world_t *world, const bj_gateway_session_config_t *sessions,
                                   uint32_t session_cnt, uint64_t cmd_depth,
                                   uint64_t report_max) {
    memset(world, 0, sizeof *world);
    world->sessions = sessions, world->session_cnt = session_cnt;
    world->peer_ip = 0x7f000001;
    world->now = (bj_now_t){.mono_ns = 1000 * BJ_NS_PER_S, .wall_ns = 1700000000 * BJ_NS_PER_S};
    world->cmds = world_ring(cmd_depth);
    world->events = world_ring(1024);
    world->log = calloc(WORLD_EVENTS_MAX, sizeof *world->log);
    world->gateway = world_gateway(world, report_max);
}

static inline void world_open(world_t *world, uint64_t cmd_depth, uint64_t report_max) {
    world_open_with(world, test_sessions, BJ_COUNT(test_sessions), cmd_depth, report_max);
}

static inline void world_close(world_t *world) {
    bj_gateway_free(world->gateway);
    free(world->cmds), free(world->events), free(world->log);
}

static inline void world_wait(world_t *world, int64_t ns) {
    world->now.mono_ns += ns, world->now.wall_ns += ns;
    (void)bj_gateway_step(world->gateway, world->now);
}

/* What the engine would make of command cmd_seq: one event of that session. */
static inline bool world_emit(world_t *world, uint16_t session_id, uint64_t cmd_seq) {
    bj_event_t event = {.seq = world->log_cnt + 1, .cmd_seq = cmd_seq, .type = BJ_EV_ACCEPTED,
                        .session_id = session_id, .order_id = cmd_seq, .account_id = 901,
                        .token = 2885, .price_paise = 290155, .qty = 10, .leaves_qty = 10,
                        .side = BJ_BUY, .order_type = BJ_LIMIT, .tif = BJ_DAY};
    if (!bj_ring_push(world->events, &event, sizeof event)) return false;
    world->log[world->log_cnt++] = event;
    return true;
}

/* --- the client --- */
static inline void client_read(client_t *client, size_t bytes_max) {
    const uint8_t *data;
    size_t bytes = bj_gateway_output(client->world->gateway, client->conn_idx, &data);
    if (bytes > bytes_max) bytes = bytes_max;
    if (bytes > CLIENT_BYTES - client->got_cnt) bytes = CLIENT_BYTES - client->got_cnt;
    memcpy(client->got + client->got_cnt, data, bytes);
    client->got_cnt += bytes;
    bj_gateway_sent(client->world->gateway, client->conn_idx, bytes, client->world->now);
}

/* The next whole message; 0: none.  out has room for BJ_OE_MESSAGE_MAX_BYTES. */
static inline uint8_t client_next(client_t *client, void *out) {
    uint16_t len_bytes;
    client_read(client, CLIENT_BYTES);
    if (client->got_cnt < sizeof(bj_oe_header_t)) return 0;
    memcpy(&len_bytes, client->got, sizeof len_bytes);
    if (client->got_cnt < len_bytes || len_bytes > BJ_OE_MESSAGE_MAX_BYTES) return 0;
    uint8_t type = client->got[offsetof(bj_oe_header_t, type)];
    memcpy(out, client->got, len_bytes);
    client->got_cnt -= len_bytes;
    memmove(client->got, client->got + len_bytes, client->got_cnt);
    return type;
}

/* Of a BJ_OE_SESSION_REJECT that client_next gave. */
static inline bj_status_t reject_reason(const uint8_t *msg) {
    bj_oe_session_reject_t reject;
    memcpy(&reject, msg, sizeof reject);
    return (bj_status_t)reject.reason;
}

static inline const bj_gateway_counters_t *counters(const world_t *world) {
    return bj_gateway_counters(world->gateway);
}

static inline size_t client_send(client_t *client, const void *msg, size_t msg_bytes) {
    return bj_gateway_input(client->world->gateway, client->conn_idx, (const uint8_t *)msg,
                            msg_bytes, client->world->now);
}

static inline bool client_finished(const client_t *client) {
    return bj_gateway_finished(client->world->gateway, client->conn_idx, client->world->now);
}

static inline bool client_connect(client_t *client, world_t *world) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    *client = (client_t){.world = world, .got = malloc(CLIENT_BYTES)};
    client->conn_idx = bj_gateway_connect(world->gateway, world->peer_ip, world->now);
    if (client->conn_idx == BJ_GATEWAY_NONE) return false;
    if (client_next(client, msg) != BJ_OE_CHALLENGE) return false;
    memcpy(client->nonce, msg + offsetof(bj_oe_challenge_t, nonce), sizeof client->nonce);
    return true;
}

static inline void client_close(client_t *client) {
    if (client->conn_idx != BJ_GATEWAY_NONE) {
        bj_gateway_disconnect(client->world->gateway, client->conn_idx, client->world->now);
    }
    free(client->got);
    client->got = NULL;
}

static inline bj_oe_login_t client_login_msg(const client_t *client, uint16_t session_id,
                                             uint64_t next_out_seq) {
    const bj_gateway_session_config_t *session = client->world->sessions;
    while (session->id != session_id)
        session++;
    bj_oe_login_t login = {.header = {.len_bytes = sizeof login, .type = BJ_OE_LOGIN,
                                      .version = BJ_OE_VERSION},
                           .next_out_seq = next_out_seq, .heartbeat_ms = 1000};
    memcpy(login.session, session->name, sizeof login.session);
    bool made = bj_oe_login_mac(session->key, session->key_bytes, client->nonce, login.session,
                                login.mac);
    if (!made) abort();
    return login;
}

/* Connects and logs in; the reply's status, BJ_ERR_UNAVAILABLE if there was none. */
static inline bj_status_t client_login(client_t *client, world_t *world, uint16_t session_id,
                                       uint64_t next_out_seq, bj_oe_login_reply_t *reply) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    if (!client_connect(client, world)) return BJ_ERR_UNAVAILABLE;
    bj_oe_login_t login = client_login_msg(client, session_id, next_out_seq);
    client_send(client, &login, sizeof login);
    if (client_next(client, msg) != BJ_OE_LOGIN_REPLY) return BJ_ERR_UNAVAILABLE;
    memcpy(reply, msg, sizeof *reply);
    return (bj_status_t)reply->status;
}

static inline bj_oe_new_t good_new(uint64_t seq) {
    return (bj_oe_new_t){.header = {.len_bytes = sizeof(bj_oe_new_t), .type = BJ_OE_NEW,
                                    .version = BJ_OE_VERSION, .seq = seq},
                         .client_order_id = seq, .account_id = 901, .token = 2885,
                         .price_paise = 290155, .qty = 10, .side = 'B', .order_type = BJ_LIMIT,
                         .tif = BJ_DAY};
}

/* The next command on its way to the engine; false: none. */
static inline bool world_cmd(world_t *world, bj_cmd_t *cmd) {
    const void *slot = bj_ring_peek(world->cmds);
    if (!slot) return false;
    memcpy(cmd, slot, sizeof *cmd);
    bj_ring_release(world->cmds);
    return true;
}

#endif /* GATEWAY_TEST_H */
