#include "dataplane/nnf/bj_nnf_client.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include "dataplane/nnf/bj_nnf_book.h"
#include "dataplane/nnf/bj_nnf_client_priv.h"

enum { SILENT_HEARTBEATS = 2 };

const bj_nnf_client_settings_t bj_nnf_client_settings_usual = {
    .volume_is_total = true,
    .resend_cancel = true,
    .rate_per_s = 90,
    .burst_per_100ms = 90,
    .heartbeat_ns = 30 * BJ_NS_PER_S,
    .answer_wait_ns = 10 * BJ_NS_PER_S,
    .settle_ns = 2 * BJ_NS_PER_S,
    .retry_ns = 500 * BJ_NS_PER_MS,
    .retry_max_ns = 30 * BJ_NS_PER_S,
};

/* --- configuration --- */
static const char *settings_wrong(const bj_nnf_client_settings_t *settings) {
    if (!settings->rate_per_s || settings->rate_per_s > 100000)
        return "rate_per_s must be in [1, 100000]";
    if (!settings->burst_per_100ms || settings->burst_per_100ms > settings->rate_per_s)
        return "burst_per_100ms must be in [1, rate_per_s]";
    if (settings->heartbeat_ns <= 0) return "heartbeat must be above 0";
    if (settings->answer_wait_ns <= 0) return "answer wait must be above 0";
    if (settings->settle_ns <= 0) return "settle time must be above 0";
    if (settings->retry_ns <= 0 || settings->retry_max_ns < settings->retry_ns)
        return "retry must be above 0 and at most retry_max";
    return NULL;
}

static const char *config_wrong(const bj_nnf_client_config_t *config) {
    if (config->segment >= BJ_NNF_SEGMENT_CNT) return "segment must be CM or FO";
    if (config->iv_bytes != 12 && config->iv_bytes != 16) return "iv_bytes must be 12 or 16";
    if (config->box_id <= 0) return "box_id must be above 0";
    if (config->user_id <= 0) return "user_id must be above 0";
    if (!config->broker_id[0]) return "broker_id must not be empty";
    if (!config->password[0]) return "password must not be empty";
    if (!config->router_ip[0] || !config->router_port) return "router address must not be empty";
    if (!config->order_max || config->order_max > 1 << 24) return "order_max must be in [1, 2^24]";
    if (!config->party_cnt && !config->others.account[0]) return "there must be a party";
    if (config->others.account[0] && !strchr(config->others.account, BJ_NNF_ACCOUNT_DIGIT))
        return "others: account must have places for digits";
    return settings_wrong(&config->settings);
}

static int by_token(const void *a, const void *b) {
    uint32_t left = ((const bj_nnf_instrument_t *)a)->token;
    uint32_t right = ((const bj_nnf_instrument_t *)b)->token;
    return left < right ? -1 : left > right;
}

static int by_account(const void *a, const void *b) {
    uint32_t left = ((const bj_nnf_party_t *)a)->account_id;
    uint32_t right = ((const bj_nnf_party_t *)b)->account_id;
    return left < right ? -1 : left > right;
}

static bool pro_client_right(const bj_nnf_party_t *party) {
    return party->pro_client == BJ_NNF_CLIENT || party->pro_client == BJ_NNF_PRO;
}

static const char *tables_new(bj_nnf_client_t *client, const bj_nnf_client_config_t *config) {
    uint32_t instrument_cnt = config->instrument_cnt, party_cnt = config->party_cnt;
    client->instruments = calloc(instrument_cnt + 1u, sizeof *client->instruments);
    client->parties = calloc(party_cnt + 1u, sizeof *client->parties); /* and the others' */
    if (!client->instruments || !client->parties) return "no memory";
    if (party_cnt)
        memcpy(client->parties, config->parties, party_cnt * sizeof *client->parties);
    if (instrument_cnt)
        memcpy(client->instruments, config->instruments,
               instrument_cnt * sizeof *client->instruments);
    qsort(client->instruments, instrument_cnt, sizeof *client->instruments, by_token);
    qsort(client->parties, party_cnt, sizeof *client->parties, by_account);
    for (uint32_t i = 0; i < instrument_cnt; i++) {
        if (!client->instruments[i].token || client->instruments[i].token > INT32_MAX)
            return "instrument: token must be in [1, 2^31)";
        if (i && client->instruments[i].token == client->instruments[i - 1].token)
            return "instrument: token is there twice";
    }
    for (uint32_t i = 0; i < party_cnt; i++) {
        const bj_nnf_party_t *party = &client->parties[i];
        if (!party->account_id) return "party: account_id must be above 0";
        if (i && party->account_id == party[-1].account_id)
            return "party: account_id is there twice";
        if (!pro_client_right(party)) return "party: pro_client must be 1 (client) or 2 (own)";
    }
    bool others = config->others.account[0];
    if (others && !pro_client_right(&config->others))
        return "others: pro_client must be 1 (client) or 2 (own)";
    client->parties[party_cnt] = config->others;
    return NULL;
}

static bool memory_new(bj_nnf_client_t *client, const bj_nnf_client_config_t *config) {
    uint32_t heads = 64;
    while (heads < config->order_max)
        heads *= 2;
    client->mask = heads - 1;
    client->orders = bj_nnf_reserve(config->order_max, sizeof *client->orders);
    client->queue = bj_nnf_reserve(config->order_max, sizeof *client->queue);
    client->by_ref = bj_nnf_reserve(heads, sizeof *client->by_ref);
    client->by_number = bj_nnf_reserve(heads, sizeof *client->by_number);
    client->seq_of = calloc(SEQ_SLOTS, sizeof *client->seq_of);
    client->sent_ns = calloc(config->settings.rate_per_s, sizeof *client->sent_ns);
    client->in = malloc(CLIENT_IN_BYTES);
    client->out = malloc(CLIENT_OUT_BYTES);
    client->hold.max = CLIENT_HOLD_BYTES + (size_t)config->order_max * CLIENT_LISTED_BYTES;
    client->hold.bytes = bj_nnf_reserve(client->hold.max, 1);
    return client->orders && client->queue && client->by_ref && client->by_number &&
           client->seq_of && client->sent_ns && client->in && client->out && client->hold.bytes;
}

bj_nnf_client_t *bj_nnf_client_new(const bj_nnf_client_config_t *config, const char **error) {
    *error = config_wrong(config);
    if (*error) return NULL;
    bj_nnf_client_t *client = calloc(1, sizeof *client);
    *error = "no memory";
    if (!client) return NULL;
    client->config = *config;
    client->state = BJ_NNF_STOPPED;
    client->retry_ns = config->settings.retry_ns;
    *error = tables_new(client, config);
    if (!*error && !memory_new(client, config)) *error = "no memory";
    if (!*error) return client;
    bj_nnf_client_free(client);
    return NULL;
}

void bj_nnf_client_free(bj_nnf_client_t *client) {
    if (!client) return;
    size_t order_max = client->config.order_max, heads = (size_t)client->mask + 1;
    bj_nnf_seal_end(&client->in_seal);
    bj_nnf_seal_end(&client->out_seal);
    bj_nnf_release(client->orders, order_max, sizeof *client->orders);
    bj_nnf_release(client->queue, order_max, sizeof *client->queue);
    bj_nnf_release(client->by_ref, heads, sizeof *client->by_ref);
    bj_nnf_release(client->by_number, heads, sizeof *client->by_number);
    free(client->instruments);
    free(client->parties);
    free(client->seq_of);
    free(client->sent_ns);
    free(client->in);
    free(client->out);
    bj_nnf_release(client->hold.bytes, client->hold.max, 1);
    OPENSSL_cleanse(client, sizeof *client);
    free(client);
}

/* --- what is seen from outside --- */
bj_nnf_client_state_t bj_nnf_client_state(const bj_nnf_client_t *client) { return client->state; }
int32_t bj_nnf_client_error(const bj_nnf_client_t *client) { return client->error; }

const bj_nnf_client_counters_t *bj_nnf_client_counters(const bj_nnf_client_t *client) {
    return &client->counters;
}

const char *bj_nnf_client_state_text(bj_nnf_client_state_t state) {
    static const char *const texts[] = {
#define X(name, text) text,
        BJ_NNF_CLIENT_STATE_LIST(X)
#undef X
    };
    return state < BJ_NNF_CLIENT_STATE_CNT ? texts[state] : "?";
}

/* Counted as they change: a day's orders are too many to be looked at. */
uint32_t bj_nnf_client_pending(const bj_nnf_client_t *client) {
#ifdef BJ_CHECK_INVARIANTS
    uint32_t pending = 0, doubts = 0;
    for (uint32_t i = 0; i < client->order_cnt; i++) {
        const order_t *order = &client->orders[i];
        pending += order->ask != ASK_NONE;
        doubts += order->ask != ASK_NONE && order->ask_state == ASK_DOUBT;
    }
    assert(pending == client->pending_cnt && doubts == client->doubt_cnt);
#endif
    return client->pending_cnt;
}

uint32_t bj_nnf_client_doubts(const bj_nnf_client_t *client) { return client->doubt_cnt; }

/* --- bytes out --- */
bool client_fits(const bj_nnf_client_t *client) {
    return CLIENT_OUT_BYTES - client->out_cnt >= BJ_NNF_PACKET_MAX_BYTES;
}

bool client_say(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, bj_now_t now) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_encode(client->config.segment, msg, wire, sizeof wire);
    if (!n || !client_fits(client)) return false;
    if (client->out_at + client->out_cnt + BJ_NNF_PACKET_MAX_BYTES > CLIENT_OUT_BYTES) {
        memmove(client->out, client->out + client->out_at, client->out_cnt);
        client->out_at = 0;
    }
    uint8_t *at = client->out + client->out_at + client->out_cnt;
    n = bj_nnf_pack(&client->out_seal, ++client->seq, wire, n, at, BJ_NNF_PACKET_MAX_BYTES);
    client->out_cnt += (uint32_t)n;
    client->said_ns = now.mono_ns;
    return n > 0;
}

size_t bj_nnf_client_output(const bj_nnf_client_t *client, const uint8_t **data) {
    *data = client->out + client->out_at;
    return client->connected ? client->out_cnt : 0;
}

void bj_nnf_client_sent(bj_nnf_client_t *client, size_t sent_bytes, bj_now_t now) {
    assert(sent_bytes <= client->out_cnt);
    client->out_at += (uint32_t)sent_bytes;
    client->out_cnt -= (uint32_t)sent_bytes;
    if (!client->out_cnt) client->out_at = 0;
    (void)now;
}

/* --- connections --- */
void client_goto(bj_nnf_client_t *client, bj_nnf_client_state_t state, bj_now_t now) {
    client->state = state;
    client->since_ns = now.mono_ns;
}

void client_close(bj_nnf_client_t *client) { client->closing = true; }

void bj_nnf_client_start(bj_nnf_client_t *client, bj_now_t now) {
    if (client->state != BJ_NNF_STOPPED) return;
    client->stop = false;
    client->retry_at_ns = now.mono_ns;
    /* Whatever number an answer carries must not be one of an earlier run's of this day. */
    if (!client->seq)
        client->seq = (uint32_t)((now.wall_ns / BJ_NS_PER_S + BJ_IST_OFFSET_S) % 86400 * 40000);
    client_goto(client, BJ_NNF_AWAY, now);
}

bj_nnf_want_t bj_nnf_client_want(const bj_nnf_client_t *client, const char **ip, uint16_t *port) {
    bool router = client->state == BJ_NNF_TO_ROUTER || client->state == BJ_NNF_ASKS_ROUTER;
    bool none = client->state == BJ_NNF_AWAY || client->state == BJ_NNF_STOPPED;
    *ip = router ? client->config.router_ip : client->box_ip;
    *port = router ? client->config.router_port : client->box_port;
    return none ? BJ_NNF_WANT_NONE : router ? BJ_NNF_WANT_ROUTER : BJ_NNF_WANT_BOX;
}

void bj_nnf_client_connected(bj_nnf_client_t *client, bj_now_t now) {
    static const bj_nnf_keys_t clear = {.cipher = BJ_NNF_CLEAR};
    client->connected = true;
    client->closing = client->packet_held = false;
    client->in_cnt = client->out_at = client->out_cnt = 0;
    client->heard_ns = client->said_ns = now.mono_ns;
    bj_nnf_seal_end(&client->in_seal);
    bj_nnf_seal_end(&client->out_seal);
    bool ok = bj_nnf_seal_start(&client->out_seal, &clear, BJ_NNF_FROM_MEMBER, true) &&
              bj_nnf_seal_start(&client->in_seal, &clear, BJ_NNF_TO_MEMBER, false);
    if (!ok) client_close(client);
    client_goto(client, client->state == BJ_NNF_TO_ROUTER ? BJ_NNF_ASKS_ROUTER : BJ_NNF_REGISTERS,
                now);
    session_say(client, now);
}

bool bj_nnf_client_finished(const bj_nnf_client_t *client) {
    return client->connected && client->closing;
}

void bj_nnf_client_disconnected(bj_nnf_client_t *client, bj_now_t now) {
    bool routed = client->state == BJ_NNF_TO_BOX && client->connected;
    client->connected = client->closing = client->packet_held = false;
    client->in_cnt = client->out_cnt = client->out_at = 0;
    hold_clear(client);
    if (routed) return; /* the router has done its part */
    OPENSSL_cleanse(&client->keys, sizeof client->keys);
    client->counters.lost++;
    orders_doubt(client);
    client->retry_at_ns = now.mono_ns + client->retry_ns;
    client->retry_ns *= 2;
    if (client->retry_ns > client->config.settings.retry_max_ns)
        client->retry_ns = client->config.settings.retry_max_ns;
    client_goto(client, client->stop ? BJ_NNF_STOPPED : BJ_NNF_AWAY, now);
}

/* --- bytes in --- */
static void client_parse(bj_nnf_client_t *client, bj_now_t now) {
    uint32_t at = 0;
    if (client->packet_held && session_message(client, now) == HELD) return;
    client->packet_held = false;
    while (at < client->in_cnt && !client->closing && !client->packet_held) {
        bj_status_t status = bj_nnf_take(&client->in_seal, client->in + at, client->in_cnt - at,
                                         &client->packet);
        if (status == BJ_ERR_TRUNCATED) break;
        if (status != BJ_OK) {
            client->counters.garbage++;
            client_close(client);
            return;
        }
        at += (uint32_t)client->packet.packet_bytes;
        client->packet_held = session_message(client, now) == HELD;
        if (client->packet_held) client->counters.held++;
    }
    memmove(client->in, client->in + at, client->in_cnt - at);
    client->in_cnt -= at;
}

size_t bj_nnf_client_input(bj_nnf_client_t *client, const uint8_t *data, size_t data_bytes,
                           bj_now_t now) {
    size_t taken = 0;
    if (!client->connected) return data_bytes;
    if (data_bytes) client->heard_ns = now.mono_ns;
    while (taken < data_bytes && !client->closing) {
        size_t part = data_bytes - taken;
        if (part > CLIENT_IN_BYTES - client->in_cnt) part = CLIENT_IN_BYTES - client->in_cnt;
        if (!part) return taken;
        memcpy(client->in + client->in_cnt, data + taken, part);
        client->in_cnt += (uint32_t)part;
        taken += part;
        client_parse(client, now);
    }
    return data_bytes;
}

/* --- time --- */
static bool waits_for_answer(bj_nnf_client_state_t state) {
    return state >= BJ_NNF_TO_ROUTER && state <= BJ_NNF_DOWNLOADS;
}

static void client_timers(bj_nnf_client_t *client, bj_now_t now) {
    const bj_nnf_client_settings_t *settings = &client->config.settings;
    if (client->state == BJ_NNF_AWAY && now.mono_ns >= client->retry_at_ns)
        client_goto(client, BJ_NNF_TO_ROUTER, now);
    if (!client->connected || client->closing) return;
    bool late = waits_for_answer(client->state) &&
                now.mono_ns - client->since_ns > settings->answer_wait_ns;
    bool silent = now.mono_ns - client->heard_ns > SILENT_HEARTBEATS * settings->heartbeat_ns;
    if (client->packet_held) late = silent = false; /* it is we who do not listen */
    if (late || silent) {
        client->counters.silent++;
        client_close(client);
    } else if (client->state > BJ_NNF_SIGNS_BOX &&
               now.mono_ns - client->said_ns >= settings->heartbeat_ns) {
        bj_nnf_msg_t beat = {.code = BJ_NNF_HEARTBEAT};
        if (!client_say(client, &beat, now)) client_close(client); /* nobody reads any more */
    }
}

uint32_t bj_nnf_client_step(bj_nnf_client_t *client, bj_now_t now) {
    client_timers(client, now);
    if (!client->connected || client->closing) return 0;
    if (client->in_cnt || client->packet_held) client_parse(client, now);
    if (client->closing) return 1;
    uint32_t done = reconcile_step(client, now);
    if (client->state != BJ_NNF_READY) return done;
    strays_step(client, now);
    return done + orders_send(client, now);
}
