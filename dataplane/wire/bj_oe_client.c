#include "dataplane/wire/bj_oe_client.h"

#include <stdlib.h>
#include "dataplane/base/bj_time.h"

enum { IN_BYTES = 4 * BJ_OE_MESSAGE_MAX_BYTES, SILENCES_MAX = 3, LOGIN_WAIT_MS = 5000 };

typedef enum state { AWAY, GREETED, ASKED, READY } state_t; /* AWAY: no connection */

typedef struct kept {
    uint64_t seq;
    uint8_t  answered;
    uint8_t  msg_bytes;
    uint8_t  msg[BJ_OE_MESSAGE_MAX_BYTES];
} kept_t;

struct bj_oe_client {
    bj_oe_client_config_t config;
    state_t     state;
    bj_status_t why;
    int64_t     heard_ns, said_ns;
    int64_t     heartbeat_ns;    /* granted */
    uint64_t    next_seq;        /* of the next request */
    uint64_t    oldest_open;     /* first request not answered; next_seq if none */
    uint64_t    oldest_ours;     /* numbers below it were never given here */
    uint64_t    next_report;     /* the report that must come next; 0 before the first login */
    size_t      in_cnt, out_cnt, out_room;
    uint8_t     in[IN_BYTES];
    uint8_t    *out;
    kept_t     *kept; /* request seq at [seq & (keep_max - 1)] */
    bj_oe_client_stats_t stats;
};

/* Whatever is open is given up: its numbers mean something else from now on. */
static void numbers_begin(bj_oe_client_t *client, uint64_t next_seq) {
    client->stats.given_up += client->next_seq - client->oldest_open;
    client->next_seq = client->oldest_open = client->oldest_ours = next_seq;
}

bj_oe_client_t *bj_oe_client_new(const bj_oe_client_config_t *config) {
    uint32_t keep = config->keep_max;
    if (keep < 2 || keep > 65536 || (keep & (keep - 1))) return NULL;
    if (config->key_bytes > sizeof config->key || config->session[BJ_OE_NAME_BYTES - 1])
        return NULL;
    bj_oe_client_t *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->config = *config;
    numbers_begin(client, 1);
    client->out_room =
        (size_t)keep * BJ_OE_MESSAGE_MAX_BYTES + 4096; /* all of them again, and a login */
    client->out = malloc(client->out_room);
    client->kept = calloc(keep, sizeof *client->kept);
    if (client->out && client->kept) return client;
    bj_oe_client_free(client);
    return NULL;
}

void bj_oe_client_free(bj_oe_client_t *client) {
    if (!client) return;
    free(client->out);
    free(client->kept);
    free(client);
}

static kept_t *kept_at(const bj_oe_client_t *client, uint64_t seq) {
    return &client->kept[seq & (client->config.keep_max - 1)];
}

static bool give_up(bj_oe_client_t *client, bj_status_t why) {
    client->why = why;
    return false;
}

/* Messages are few and small against out_room; if a peer stops reading, requests are refused
 * first. */
static bool say(bj_oe_client_t *client, const void *msg, size_t msg_bytes, int64_t now_ns) {
    if (client->out_cnt + msg_bytes > client->out_room) return false;
    memcpy(client->out + client->out_cnt, msg, msg_bytes);
    client->out_cnt += msg_bytes;
    client->said_ns = now_ns;
    return true;
}

void bj_oe_client_connected(bj_oe_client_t *client, int64_t now_ns) {
    client->state = GREETED;
    client->why = BJ_OK;
    client->in_cnt = client->out_cnt = 0;
    client->heard_ns = client->said_ns = now_ns;
    client->heartbeat_ns = LOGIN_WAIT_MS * BJ_NS_PER_MS / SILENCES_MAX;
}

void bj_oe_client_disconnected(bj_oe_client_t *client) {
    client->state = AWAY;
    client->in_cnt = client->out_cnt = 0;
}

/* --- what the server says --- */
static uint64_t first_wanted(const bj_oe_client_t *client) {
    if (!client->config.resume) return 0;
    return client->next_report ? client->next_report : client->config.first_report;
}

static bool on_challenge(bj_oe_client_t *client, const uint8_t *msg, int64_t now_ns) {
    bj_oe_challenge_t challenge;
    if (client->state != GREETED) return give_up(client, BJ_ERR_SEQUENCE);
    memcpy(&challenge, msg, sizeof challenge);
    bj_oe_login_t login = {
        .header = {.len_bytes = sizeof login, .type = BJ_OE_LOGIN, .version = BJ_OE_VERSION},
        .next_out_seq = first_wanted(client),
        .heartbeat_ms = client->config.heartbeat_ms,
        .flags = client->config.on_warning ? BJ_OE_LOGIN_WARN : 0};
    memcpy(login.session, client->config.session, sizeof login.session);
    if (!bj_oe_login_mac(client->config.key, client->config.key_bytes, challenge.nonce,
                         login.session, login.mac)) {
        return give_up(client, BJ_ERR_DENIED);
    }
    client->state = ASKED;
    return say(client, &login, sizeof login, now_ns);
}

static bool say_kept(bj_oe_client_t *client, const kept_t *kept, int64_t now_ns) {
    const bj_oe_cancel_t nothing = {.header = {.len_bytes = sizeof nothing, .type = BJ_OE_CANCEL,
                                               .version = BJ_OE_VERSION, .seq = kept->seq}};
    client->stats.resent++;
    if (kept->answered) return say(client, &nothing, sizeof nothing, now_ns);
    return say(client, kept->msg, kept->msg_bytes, now_ns);
}

/* What the server has not had is said again; what it has had and not answered will be answered by
 * the reports that follow. */
static bool say_again(bj_oe_client_t *client, uint64_t next_in_seq, int64_t now_ns) {
    bool have = next_in_seq >= client->oldest_ours && next_in_seq <= client->next_seq &&
                client->next_seq - next_in_seq <= client->config.keep_max;
    if (!client->config.resume || !have) {
        numbers_begin(client, next_in_seq);
        return true;
    }
    for (uint64_t seq = next_in_seq; seq < client->next_seq; seq++) {
        if (!say_kept(client, kept_at(client, seq), now_ns)) return give_up(client, BJ_ERR_FULL);
    }
    return true;
}

/* The server does not know our reports: its world began again, and so does ours. */
static bool on_refused(bj_oe_client_t *client, bj_status_t status) {
    if (status == BJ_ERR_SEQUENCE && client->next_report > 1) {
        client->next_report = 0;
        numbers_begin(client, 1);
        client->stats.worlds++;
    }
    return give_up(client, status);
}

static bool on_login_reply(bj_oe_client_t *client, const uint8_t *msg, int64_t now_ns) {
    bj_oe_login_reply_t reply;
    if (client->state != ASKED) return give_up(client, BJ_ERR_SEQUENCE);
    memcpy(&reply, msg, sizeof reply);
    if (reply.status != BJ_OK) return on_refused(client, (bj_status_t)reply.status);
    if (!reply.heartbeat_ms || !reply.next_in_seq || !reply.next_out_seq) {
        return give_up(client, BJ_ERR_BAD_FIELD);
    }
    client->state = READY;
    client->stats.logins++;
    client->heartbeat_ns = reply.heartbeat_ms * BJ_NS_PER_MS;
    client->next_report = first_wanted(client);
    if (!client->next_report) client->next_report = reply.next_out_seq;
    if (!say_again(client, reply.next_in_seq, now_ns)) return false;
    if (client->config.on_ready) client->config.on_ready(client->config.ctx, &reply);
    return true;
}

/* False: it was answered before, or is not ours. */
static bool answered(bj_oe_client_t *client, uint64_t seq) {
    if (seq < client->oldest_open || seq >= client->next_seq) return false;
    bool first = !kept_at(client, seq)->answered;
    kept_at(client, seq)->answered = 1;
    while (client->oldest_open < client->next_seq &&
           kept_at(client, client->oldest_open)->answered) {
        client->oldest_open++;
    }
    return first;
}

static void refusal_lost(bj_oe_client_t *client, const kept_t *kept) {
    bj_oe_session_reject_t reject = {.header = {.len_bytes = sizeof reject,
                                                .type = BJ_OE_SESSION_REJECT,
                                                .version = BJ_OE_VERSION},
                                     .ref_seq = kept->seq,
                                     .ref_type = kept->msg[offsetof(bj_oe_header_t, type)],
                                     .reason = BJ_ERR_UNAVAILABLE,
                                     .text = "refused; why was lost on the way"};
    if (reject.ref_type == BJ_OE_NEW)
        memcpy(&reject.client_order_id, kept->msg + offsetof(bj_oe_new_t, client_order_id),
               sizeof reject.client_order_id);
    client->stats.lost_rejects++;
    if (client->config.on_reject) client->config.on_reject(client->config.ctx, &reject);
}

/* Requests are answered in order, and a refusal by the gateway comes before any later answer: what
 * is still open before this one was refused, on a connection that ended before we heard of it. */
static void older_refused(bj_oe_client_t *client, uint64_t seq) {
    if (seq >= client->next_seq) return;
    while (client->oldest_open < seq) {
        const kept_t *kept = kept_at(client, client->oldest_open);
        if (answered(client, kept->seq)) refusal_lost(client, kept);
    }
}

static bool on_report(bj_oe_client_t *client, const uint8_t *msg) {
    bj_oe_report_t report;
    if (client->state != READY) return give_up(client, BJ_ERR_SEQUENCE);
    memcpy(&report, msg, sizeof report);
    if (report.header.seq < client->next_report) {
        client->stats.doubles++;
        return true;
    }
    if (report.header.seq > client->next_report) {
        client->stats.holes++;
        return give_up(client, BJ_ERR_SEQUENCE);
    }
    client->next_report++;
    client->stats.reports++;
    older_refused(client, report.request_seq);
    (void)answered(client, report.request_seq);
    if (client->config.on_report) client->config.on_report(client->config.ctx, &report);
    return true;
}

static bool on_reject(bj_oe_client_t *client, const uint8_t *msg) {
    bj_oe_session_reject_t reject;
    memcpy(&reject, msg, sizeof reject);
    reject.text[sizeof reject.text - 1] = '\0';
    bool ours = reject.ref_seq >= client->oldest_ours && reject.ref_seq < client->next_seq;
    if (!answered(client, reject.ref_seq) && ours) return true; /* of a cancel of order 0 */
    client->stats.rejects++;
    if (client->config.on_reject) client->config.on_reject(client->config.ctx, &reject);
    return true;
}

static bool on_warning(bj_oe_client_t *client, const uint8_t *msg) {
    bj_oe_warning_t warning;
    if (client->state != READY) return give_up(client, BJ_ERR_SEQUENCE);
    if (!client->config.on_warning) return true;
    memcpy(&warning, msg, sizeof warning);
    warning.text[sizeof warning.text - 1] = '\0';
    client->stats.warnings++;
    client->config.on_warning(client->config.ctx, &warning);
    return true;
}

/* It names the last report sent: one that was lost at the end shows here. */
static bool on_heartbeat(bj_oe_client_t *client, const uint8_t *msg) {
    bj_oe_header_t header;
    memcpy(&header, msg, sizeof header);
    if (client->state != READY || header.seq + 1 == client->next_report) return true;
    client->stats.holes++;
    return give_up(client, BJ_ERR_SEQUENCE);
}

static bool on_message(bj_oe_client_t *client, const uint8_t *msg, int64_t now_ns) {
    switch (msg[offsetof(bj_oe_header_t, type)]) {
    case BJ_OE_CHALLENGE: return on_challenge(client, msg, now_ns);
    case BJ_OE_LOGIN_REPLY: return on_login_reply(client, msg, now_ns);
    case BJ_OE_SERVER_HEARTBEAT: return on_heartbeat(client, msg);
    case BJ_OE_SESSION_REJECT: return on_reject(client, msg);
    case BJ_OE_WARNING: return on_warning(client, msg);
    default: return on_report(client, msg);
    }
}

/* Every whole message in data; *used_bytes is how far it got. */
static bool take(bj_oe_client_t *client, const uint8_t *data, size_t data_bytes, size_t *used_bytes,
                 int64_t now_ns) {
    for (*used_bytes = 0;;) {
        size_t msg_bytes;
        bj_status_t status =
            bj_oe_frame_out(data + *used_bytes, data_bytes - *used_bytes, &msg_bytes);
        if (status == BJ_ERR_TRUNCATED) return true;
        if (status != BJ_OK) return give_up(client, status);
        if (!on_message(client, data + *used_bytes, now_ns)) return false;
        *used_bytes += msg_bytes;
    }
}

bool bj_oe_client_input(bj_oe_client_t *client, const uint8_t *data, size_t data_bytes,
                        int64_t now_ns) {
    if (client->state == AWAY) return give_up(client, BJ_ERR_UNAVAILABLE);
    client->heard_ns = now_ns;
    while (data_bytes) {
        size_t part = sizeof client->in - client->in_cnt, used_bytes;
        if (part > data_bytes) part = data_bytes;
        memcpy(client->in + client->in_cnt, data, part);
        client->in_cnt += part;
        data += part;
        data_bytes -= part;
        if (!take(client, client->in, client->in_cnt, &used_bytes, now_ns)) return false;
        client->in_cnt -= used_bytes;
        memmove(client->in, client->in + used_bytes, client->in_cnt);
    }
    return true;
}

bool bj_oe_client_step(bj_oe_client_t *client, int64_t now_ns) {
    if (client->state == AWAY) return true;
    if (client->why != BJ_OK) return false;
    if (now_ns - client->heard_ns > client->heartbeat_ns * SILENCES_MAX) {
        return give_up(client, BJ_ERR_TIMEOUT);
    }
    if (client->state == READY && now_ns - client->said_ns >= client->heartbeat_ns) {
        const bj_oe_header_t beat = {.len_bytes = sizeof beat, .type = BJ_OE_HEARTBEAT,
                                     .version = BJ_OE_VERSION, .seq = client->next_seq - 1};
        if (!say(client, &beat, sizeof beat, now_ns)) return give_up(client, BJ_ERR_FULL);
    }
    return true;
}

size_t bj_oe_client_output(const bj_oe_client_t *client, const uint8_t **data) {
    *data = client->out;
    return client->out_cnt;
}

void bj_oe_client_sent(bj_oe_client_t *client, size_t sent_bytes) {
    client->out_cnt -= sent_bytes;
    memmove(client->out, client->out + sent_bytes, client->out_cnt);
}

bool bj_oe_client_ready(const bj_oe_client_t *client) {
    return client->state == READY && client->why == BJ_OK;
}

bj_status_t bj_oe_client_why(const bj_oe_client_t *client) { return client->why; }

uint32_t bj_oe_client_open_cnt(const bj_oe_client_t *client) {
    return (uint32_t)(client->next_seq - client->oldest_open);
}

bj_oe_client_stats_t bj_oe_client_stats(const bj_oe_client_t *client) { return client->stats; }

static size_t request_bytes(uint8_t type) {
    switch (type) {
#define X(name, letter, msg_type, sequenced, text)                                                 \
    case letter:                                                                                   \
        return sequenced ? sizeof(msg_type) : 0;
        BJ_OE_IN_LIST(X)
#undef X
    default: return 0;
    }
}

bj_status_t bj_oe_client_request(bj_oe_client_t *client, uint8_t type, void *msg, uint64_t *seq) {
    size_t msg_bytes = request_bytes(type);
    if (!msg_bytes) return BJ_ERR_UNKNOWN_TYPE;
    if (!bj_oe_client_ready(client)) return BJ_ERR_UNAVAILABLE;
    if (bj_oe_client_open_cnt(client) == client->config.keep_max) return BJ_ERR_FULL;
    bj_oe_header_t header;
    memcpy(&header, msg, sizeof header);
    header = (bj_oe_header_t){.len_bytes = (uint16_t)msg_bytes, .type = type,
                              .app = type == BJ_OE_NEW ? header.app : 0,
                              .version = BJ_OE_VERSION, .seq = client->next_seq};
    memcpy(msg, &header, sizeof header);
    if (!say(client, msg, msg_bytes, client->said_ns)) return BJ_ERR_FULL;
    kept_t *kept = kept_at(client, client->next_seq);
    *kept = (kept_t){.seq = client->next_seq, .msg_bytes = (uint8_t)msg_bytes};
    memcpy(kept->msg, msg, msg_bytes);
    *seq = client->next_seq++;
    return BJ_OK;
}
