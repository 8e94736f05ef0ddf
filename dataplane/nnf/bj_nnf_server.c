#include "dataplane/nnf/bj_nnf_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/nnf/bj_nnf_server_priv.h"

static const int64_t sign_on_wait_ns = 10 * BJ_NS_PER_S;
static const int64_t closing_wait_ns = 1 * BJ_NS_PER_S;
static const int64_t stuck_max_ns = 10 * BJ_NS_PER_S;
static const int64_t timers_every_ns = 10 * BJ_NS_PER_MS;
enum { SILENT_HEARTBEATS = 2 };

const bj_nnf_settings_t bj_nnf_settings_usual = {
    .volume_is_total = true,
    .lost_is_logoff = true,
    .check_activity = true,
    .pan_required = true,
    .algo_market_refused = true,
    .stream = 1,
    .cut_pct = 110,
    .burst_per_100ms = 120,
    .surplus_beats_max = 10,
    .heartbeat_ns = 30 * BJ_NS_PER_S,
    .tick_paise = 5,
    .lot_qty = 1,
    .disclosed_min_pct = 10,
};

/* --- instruments: by token, and by what a client calls them --- */
static uint64_t fnv(uint64_t hash, const char *text) {
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t name_hash(const char *symbol, const char *series) {
    uint64_t hash = fnv(fnv(UINT64_C(0xcbf29ce484222325), symbol), series);
    return hash ^ hash >> 29;
}

static uint64_t token_hash(uint32_t token) {
    return token * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

const bj_nnf_instrument_t *nnf_instrument_of(const bj_nnf_server_t *server, uint32_t token) {
    for (uint64_t at = token_hash(token);; at++) {
        uint32_t i = server->by_token[at & server->instrument_mask];
        if (!i) return NULL;
        if (server->instruments[i - 1].token == token) return &server->instruments[i - 1];
    }
}

static const bj_nnf_instrument_t *named_cm(const bj_nnf_server_t *server, const char *symbol,
                                           const char *series) {
    for (uint64_t at = name_hash(symbol, series);; at++) {
        uint32_t i = server->by_name[at & server->instrument_mask];
        if (!i) return NULL;
        const bj_nnf_instrument_t *row = &server->instruments[i - 1];
        if (!strcmp(row->symbol, symbol) && !strcmp(row->series, series)) return row;
    }
}

/* FO says both a token and a contract: they must agree. */
const bj_nnf_instrument_t *nnf_instrument_named(const bj_nnf_server_t *server,
                                                const bj_nnf_msg_t *msg) {
    if (!is_fo(server)) return named_cm(server, msg->symbol, msg->series);
    if (msg->token <= 0) return NULL;
    const bj_nnf_instrument_t *row = nnf_instrument_of(server, (uint32_t)msg->token);
    bool same = row && !strcmp(row->symbol, msg->symbol) &&
                !strcmp(row->instrument, msg->instrument) &&
                !strcmp(row->option_type, msg->option_type) && row->expiry_s == msg->expiry_s &&
                row->strike_paise == msg->strike_paise;
    return same ? row : NULL;
}

static const char *instruments_new(bj_nnf_server_t *server, const bj_nnf_config_t *config) {
    uint32_t slots = 16;
    while (slots < 2 * config->instrument_cnt)
        slots *= 2;
    server->instrument_mask = slots - 1;
    server->instruments = calloc(config->instrument_cnt + 1u, sizeof *server->instruments);
    server->by_token = calloc(slots, sizeof *server->by_token);
    server->by_name = calloc(slots, sizeof *server->by_name);
    if (!server->instruments || !server->by_token || !server->by_name) return "no memory";
    for (uint32_t i = 0; i < config->instrument_cnt; i++) {
        const bj_nnf_instrument_t *row = &config->instruments[i];
        if (!row->token || row->token > INT32_MAX) return "instrument: token must be above 0";
        if (!row->symbol[0]) return "instrument: symbol must not be empty";
        if (nnf_instrument_of(server, row->token)) return "instrument: token is there twice";
        if (!is_fo(server) && named_cm(server, row->symbol, row->series))
            return "instrument: symbol and series are there twice";
        server->instruments[i] = *row;
        uint64_t at = token_hash(row->token), by = name_hash(row->symbol, row->series);
        while (server->by_token[at & server->instrument_mask])
            at++;
        while (server->by_name[by & server->instrument_mask])
            by++;
        server->by_token[at & server->instrument_mask] = i + 1;
        server->by_name[by & server->instrument_mask] = i + 1;
    }
    return NULL;
}

/* --- boxes and users --- */
static const char *boxes_new(bj_nnf_server_t *server, const bj_nnf_config_t *config) {
    uint32_t cut_pct = config->settings.cut_pct > 100 ? config->settings.cut_pct : 100;
    for (uint32_t i = 0; i < config->box_cnt; i++) {
        const bj_nnf_box_t *box = &config->boxes[i];
        if (box->id <= 0) return "box: id must be above 0";
        if (!box->rate_per_s || box->rate_per_s > 100000) return "box: rate must be in [1, 100000]";
        for (uint32_t j = 0; j < i; j++) {
            if (server->boxes[j].config.id == box->id) return "box: id is there twice";
        }
        uint32_t seen_max = box->rate_per_s * cut_pct / 100;
        uint32_t burst = config->settings.burst_per_100ms;
        if (seen_max < burst) seen_max = burst;
        server->boxes[i] = (box_t){.config = *box, .conn_idx = BJ_NNF_NONE,
                                   .seen_max = seen_max + 1,
                                   .seen_ns = calloc(seen_max + 1, sizeof(int64_t))};
        if (!server->boxes[i].seen_ns) return "no memory";
    }
    return NULL;
}

static const char *user_wrong(const bj_nnf_server_t *server, const bj_nnf_user_t *user) {
    if (user->id <= 0) return "user: id must be above 0";
    if (!user->session_id || user->session_id > 255) return "user: session_id must be in [1, 255]";
    if (server->user_of[user->session_id] != NO_USER) return "user: session_id is there twice";
    if (!user->account_id) return "user: account_id must be above 0";
    if (!user->broker_id[0]) return "user: broker_id must not be empty";
    return NULL;
}

static const char *users_new(bj_nnf_server_t *server, const bj_nnf_config_t *config) {
    memset(server->user_of, NO_USER, sizeof server->user_of);
    for (uint32_t i = 0; i < config->user_cnt; i++) {
        const char *wrong = user_wrong(server, &config->users[i]);
        if (wrong) return wrong;
        if (nnf_user_with_id(server, config->users[i].id)) return "user: id is there twice";
        server->users[i] = (user_t){.config = config->users[i], .conn_idx = BJ_NNF_NONE,
                                    .told = bj_nnf_reserve(config->report_max,
                                                           sizeof(bj_nnf_told_t))};
        if (!server->users[i].told) return "no memory";
        server->user_of[config->users[i].session_id] = (uint8_t)i;
    }
    return NULL;
}

static const char *config_wrong(const bj_nnf_config_t *config) {
    if (config->segment >= BJ_NNF_SEGMENT_CNT) return "segment must be CM or FO";
    if (config->cipher != BJ_NNF_STREAM && config->cipher != BJ_NNF_TAG)
        return "cipher must be stream or tag";
    if (config->cipher == BJ_NNF_STREAM && config->iv_bytes != 12 && config->iv_bytes != 16)
        return "iv_bytes must be 12 or 16";
    if (config->box_cnt > BJ_NNF_BOXES_MAX) return "at most 32 boxes";
    if (config->user_cnt > BJ_NNF_USERS_MAX) return "at most 64 users";
    if (!config->order_max || config->order_max > 1 << 24) return "order_max must be in [1, 2^24]";
    if (!config->report_max) return "report_max must be above 0";
    if (!config->settings.stream || config->settings.stream > 79)
        return "stream must be in [1, 79]";
    if (config->settings.heartbeat_ns <= 0) return "heartbeat must be above 0";
    return NULL;
}

static const char *server_fill(bj_nnf_server_t *server, const bj_nnf_config_t *config) {
    const char *wrong;
    memset(server->user_of, NO_USER, sizeof server->user_of);
    if ((wrong = boxes_new(server, config)) || (wrong = users_new(server, config))) return wrong;
    if ((wrong = instruments_new(server, config))) return wrong;
    if (!bj_nnf_book_new(&server->book, config->order_max)) return "no memory";
    server->buffers = malloc((size_t)BJ_NNF_CONNS_MAX * (CONN_IN_BYTES + CONN_OUT_BYTES));
    if (!server->buffers) return "no memory";
    uint8_t *at = server->buffers;
    for (size_t i = 0; i < BJ_NNF_CONNS_MAX; i++) {
        server->conns[i].in = at, at += CONN_IN_BYTES;
        server->conns[i].out = at, at += CONN_OUT_BYTES;
    }
    return NULL;
}

bj_nnf_server_t *bj_nnf_server_new(const bj_nnf_config_t *config, const char **error) {
    *error = config_wrong(config);
    if (*error) return NULL;
    bj_nnf_server_t *server = calloc(1, sizeof *server);
    *error = "no memory";
    if (!server) return NULL;
    server->config = *config;
    *error = server_fill(server, config);
    if (!*error) return server;
    bj_nnf_server_free(server);
    return NULL;
}

void bj_nnf_server_free(bj_nnf_server_t *server) {
    if (!server) return;
    for (size_t i = 0; i < BJ_NNF_CONNS_MAX; i++) {
        bj_nnf_seal_end(&server->conns[i].in_seal);
        bj_nnf_seal_end(&server->conns[i].out_seal);
    }
    for (size_t i = 0; i < BJ_NNF_USERS_MAX; i++)
        bj_nnf_release(server->users[i].told, server->config.report_max, sizeof(bj_nnf_told_t));
    for (size_t i = 0; i < BJ_NNF_BOXES_MAX; i++)
        free(server->boxes[i].seen_ns);
    bj_nnf_book_free(&server->book);
    free(server->instruments);
    free(server->by_token);
    free(server->by_name);
    free(server->buffers);
    free(server);
}

const bj_nnf_counters_t *bj_nnf_server_counters(const bj_nnf_server_t *server) {
    return &server->counters;
}

void bj_nnf_server_recover_event(bj_nnf_server_t *server, const bj_event_t *event) {
    nnf_event_note(server, event);
}

void bj_nnf_server_recover_seq(bj_nnf_server_t *server, uint16_t session_id, uint64_t last_seq) {
    uint8_t idx = session_id <= 255 ? server->user_of[session_id] : NO_USER;
    if (idx == NO_USER) return;
    user_t *user = &server->users[idx];
    user->ask_cnt = last_seq >> 2;
    /* Whatever connection it had is gone. */
    user->lost = last_seq > 0 && server->config.settings.lost_is_logoff;
    user->next = user->told_cnt;
}

/* --- connections --- */
bool nnf_conn_say_bytes(bj_nnf_server_t *server, conn_t *conn, uint32_t seq,
                        const bj_nnf_msg_t *about, uint64_t client_order_id, const uint8_t *wire,
                        size_t wire_bytes, bj_now_t now) {
    assert(wire_bytes + BJ_NNF_PREFIX_BYTES <= conn_room(conn));
    if (conn->out_at + conn->out_cnt + BJ_NNF_PACKET_MAX_BYTES > CONN_OUT_BYTES) {
        memmove(conn->out, conn->out + conn->out_at, conn->out_cnt);
        conn->out_at = 0;
    }
    uint8_t *at = conn->out + conn->out_at + conn->out_cnt;
    size_t n = bj_nnf_pack(&conn->out_seal, seq, wire, wire_bytes, at,
                           CONN_OUT_BYTES - conn->out_at - conn->out_cnt);
    if (!n) return false;
    if (!conn->out_cnt) conn->drained_ns = now.mono_ns; /* it can only be stuck from now on */
    conn->out_cnt += (uint32_t)n;
    nnf_keep_out(server, conn, about, client_order_id, wire, wire_bytes, now);
    return true;
}

bool nnf_conn_say_of(bj_nnf_server_t *server, conn_t *conn, uint32_t seq, const bj_nnf_msg_t *msg,
                     uint64_t client_order_id, bj_now_t now) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_encode(server->config.segment, msg, wire, sizeof wire);
    return n && nnf_conn_say_bytes(server, conn, seq, msg, client_order_id, wire, n, now);
}

bool nnf_conn_say(bj_nnf_server_t *server, conn_t *conn, uint32_t seq, const bj_nnf_msg_t *msg,
                  bj_now_t now) {
    return nnf_conn_say_of(server, conn, seq, msg, 0, now);
}

bool nnf_user_tell_lost(bj_nnf_server_t *server, user_t *user, bj_now_t now) {
    if (!user->lost) return true;
    bj_cmd_t cmd = {.type = BJ_CMD_DISCONNECT, .session_id = user->config.session_id,
                    .account_id = user->config.account_id, .time_ns = now.wall_ns};
    if (server->config.ops->order(server->config.ctx, &cmd) != BJ_OK) return false;
    user->lost = false;
    server->counters.commands++;
    return true;
}

void nnf_user_leave(bj_nnf_server_t *server, user_t *user, bool cancel, bj_now_t now) {
    if (user->conn_idx == BJ_NNF_NONE) return;
    user->conn_idx = BJ_NNF_NONE;
    user->job = JOB_NONE;
    user->lost = user->lost || cancel;
    server->counters.users--;
    (void)nnf_user_tell_lost(server, user, now);
}

void nnf_conn_end(bj_nnf_server_t *server, conn_t *conn, bj_now_t now) {
    if (conn->state == CONN_FREE || conn->state == CONN_CLOSING) return;
    uint16_t idx = (uint16_t)(conn - server->conns);
    for (uint32_t i = 0; i < server->config.user_cnt; i++) {
        if (server->users[i].conn_idx == idx)
            nnf_user_leave(server, &server->users[i], server->config.settings.lost_is_logoff, now);
    }
    if (conn->state == CONN_OPEN) {
        server->boxes[conn->box_idx].conn_idx = BJ_NNF_NONE;
        server->counters.boxes--;
    }
    conn->state = CONN_CLOSING;
    conn->since_ns = now.mono_ns;
    conn->in_cnt = 0;
    conn->held = false;
}

uint32_t bj_nnf_server_connect(bj_nnf_server_t *server, bj_nnf_port_t port, bj_now_t now) {
    static const bj_nnf_keys_t clear = {.cipher = BJ_NNF_CLEAR};
    uint32_t idx = BJ_NNF_CONNS_MAX, strangers = 0;
    for (uint32_t i = BJ_NNF_CONNS_MAX; i-- > 0;) {
        conn_state_t state = server->conns[i].state;
        if (state == CONN_FREE) idx = i;
        strangers += state == CONN_ROUTER || state == CONN_NEW || state == CONN_BOX;
    }
    if (idx == BJ_NNF_CONNS_MAX || strangers >= BJ_NNF_STRANGERS_MAX) {
        server->counters.refused++;
        return BJ_NNF_NONE;
    }
    conn_t *conn = &server->conns[idx];
    uint8_t *in = conn->in, *out = conn->out;
    bj_nnf_seal_end(&conn->in_seal);
    bj_nnf_seal_end(&conn->out_seal);
    *conn = (conn_t){.state = port == BJ_NNF_PORT_ROUTER ? CONN_ROUTER : CONN_NEW,
                     .since_ns = now.mono_ns, .heard_ns = now.mono_ns, .beat_ns = now.mono_ns,
                     .since_wall_ns = now.wall_ns, .serial = ++server->conn_cnt,
                     .in = in, .out = out};
    bool ok = bj_nnf_seal_start(&conn->in_seal, &clear, BJ_NNF_FROM_MEMBER, false) &&
              bj_nnf_seal_start(&conn->out_seal, &clear, BJ_NNF_TO_MEMBER, true);
    if (!ok) {
        conn->state = CONN_FREE;
        return BJ_NNF_NONE;
    }
    server->counters.connections++;
    return idx;
}

void bj_nnf_server_peer(bj_nnf_server_t *server, uint32_t conn_idx, const char *ip) {
    conn_t *conn = &server->conns[conn_idx];
    struct in_addr address;
    snprintf(conn->ip, sizeof conn->ip, "%s", ip);
    if (inet_pton(AF_INET, conn->ip, &address) == 1) conn->peer_ip = ntohl(address.s_addr);
    nnf_keep_connected(server, conn);
}

void bj_nnf_server_disconnect(bj_nnf_server_t *server, uint32_t conn_idx, bj_now_t now) {
    conn_t *conn = &server->conns[conn_idx];
    if (conn->state == CONN_FREE) return;
    nnf_conn_end(server, conn, now);
    nnf_keep_closed(server, conn, now);
    conn->state = CONN_FREE;
    conn->out_cnt = 0;
    server->counters.connections--;
}

/* Works through what came in; stops at a request that must wait. */
static void conn_parse(bj_nnf_server_t *server, conn_t *conn, bj_now_t now) {
    uint32_t at = 0;
    if (conn->held && nnf_conn_message(server, conn, now) == HELD) return;
    conn->held = false;
    while (at < conn->in_cnt && conn->state != CONN_CLOSING && !conn->held) {
        if (conn_room(conn) < CONN_REPLY_BYTES) break; /* it must read before it may say more */
        bj_status_t status =
            bj_nnf_take(&conn->in_seal, conn->in + at, conn->in_cnt - at, &conn->packet);
        if (status == BJ_ERR_TRUNCATED) break;
        if (status != BJ_OK) {
            server->counters.garbage++;
            nnf_keep_garbage(server, conn, conn->in + at, conn->in_cnt - at, now);
            int32_t error = status == BJ_ERR_BAD_FIELD    ? BJ_NNF_E_PACKET
                            : conn->state == CONN_ROUTER ? BJ_NNF_E_ROUTER_DIGEST
                                                         : BJ_NNF_E_DIGEST;
            nnf_box_off(server, conn, error, now);
            return;
        }
        at += (uint32_t)conn->packet.packet_bytes;
        server->counters.messages++;
        conn->held = nnf_conn_message(server, conn, now) == HELD;
    }
    if (conn->state == CONN_CLOSING || !at) return;
    memmove(conn->in, conn->in + at, conn->in_cnt - at);
    conn->in_cnt -= at;
}

size_t bj_nnf_server_input(bj_nnf_server_t *server, uint32_t conn_idx, const uint8_t *data,
                           size_t data_bytes, bj_now_t now) {
    conn_t *conn = &server->conns[conn_idx];
    size_t taken = 0;
    if (data_bytes) conn->heard_ns = now.mono_ns;
    while (taken < data_bytes && conn->state != CONN_CLOSING) {
        size_t part = data_bytes - taken;
        if (part > CONN_IN_BYTES - conn->in_cnt) part = CONN_IN_BYTES - conn->in_cnt;
        if (!part) return taken;
        memcpy(conn->in + conn->in_cnt, data + taken, part);
        conn->in_cnt += (uint32_t)part;
        taken += part;
        conn_parse(server, conn, now);
    }
    return data_bytes; /* what a closing connection says is not heard */
}

size_t bj_nnf_server_output(bj_nnf_server_t *server, uint32_t conn_idx, const uint8_t **data) {
    const conn_t *conn = &server->conns[conn_idx];
    *data = conn->out + conn->out_at;
    return conn->out_cnt;
}

void bj_nnf_server_sent(bj_nnf_server_t *server, uint32_t conn_idx, size_t sent_bytes,
                        bj_now_t now) {
    conn_t *conn = &server->conns[conn_idx];
    assert(sent_bytes <= conn->out_cnt);
    conn->out_at += (uint32_t)sent_bytes;
    conn->out_cnt -= (uint32_t)sent_bytes;
    if (!conn->out_cnt) conn->out_at = 0;
    if (sent_bytes) conn->drained_ns = now.mono_ns;
}

bool bj_nnf_server_finished(const bj_nnf_server_t *server, uint32_t conn_idx, bj_now_t now) {
    const conn_t *conn = &server->conns[conn_idx];
    return conn->state == CONN_CLOSING &&
           (!conn->out_cnt || now.mono_ns - conn->since_ns > closing_wait_ns);
}

/* --- time --- */
static void conn_timers(bj_nnf_server_t *server, conn_t *conn, bj_now_t now) {
    if (conn->in_cnt == CONN_IN_BYTES || conn->held)
        conn->heard_ns = now.mono_ns; /* it is we who do not listen */
    int64_t silent_ns = now.mono_ns - conn->heard_ns;
    if (conn->state == CONN_CLOSING) return;
    if (conn->out_cnt && now.mono_ns - conn->drained_ns > stuck_max_ns) {
        server->counters.stuck++;
        nnf_conn_end(server, conn, now);
    } else if (conn->state != CONN_OPEN && now.mono_ns - conn->since_ns > sign_on_wait_ns) {
        server->counters.sign_on_failures++;
        nnf_conn_end(server, conn, now);
    } else if (conn->state == CONN_OPEN &&
               silent_ns > SILENT_HEARTBEATS * server->config.settings.heartbeat_ns) {
        server->counters.silent++;
        nnf_box_off(server, conn, BJ_NNF_E_SILENT, now);
    }
}

uint32_t bj_nnf_server_step(bj_nnf_server_t *server, bj_now_t now) {
    uint32_t done = 0;
    bool timers_due = now.mono_ns >= server->timers_ns;
    if (timers_due) server->timers_ns = now.mono_ns + timers_every_ns;
    for (uint32_t i = 0; i < server->config.user_cnt; i++) {
        user_t *user = &server->users[i];
        (void)nnf_user_tell_lost(server, user, now);
        if (user->conn_idx == BJ_NNF_NONE) continue;
        done += nnf_user_catch_up(server, user, now);
        done += nnf_job_step(server, user, now);
    }
    for (uint32_t i = 0; i < BJ_NNF_CONNS_MAX; i++) {
        conn_t *conn = &server->conns[i];
        if (conn->state == CONN_FREE) continue;
        if (conn->in_cnt || conn->held) conn_parse(server, conn, now);
        if (timers_due) conn_timers(server, conn, now);
    }
    return done;
}

void bj_nnf_server_hang_up(bj_nnf_server_t *server, bj_now_t now) {
    for (uint32_t i = 0; i < BJ_NNF_CONNS_MAX; i++)
        nnf_conn_end(server, &server->conns[i], now);
}
