#include "dataplane/replica/bj_replica.h"

#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/replica/bj_replica_codec.h"
#include "dataplane/replica/bj_replica_priv.h"

static const int64_t login_wait_ns = 3 * BJ_NS_PER_S;
static const int64_t closing_wait_ns = 1 * BJ_NS_PER_S;

/* --- made and freed --- */
bj_replica_t *bj_replica_new(const bj_replica_config_t *config) {
    bool ok = config->key_bytes >= 1 && config->key_bytes <= sizeof config->key &&
              config->hash_every && config->lost_ns > 0 && config->journal_id;
    bj_replica_t *replica = ok ? calloc(1, sizeof *replica) : NULL;
    if (!replica) return NULL;
    replica->config = *config;
    replica->epoch = config->epoch;
    replica->follower_idx = BJ_REPLICA_NONE;
    replica->lost = true; /* until one has all */
    replica->buffers = malloc((size_t)BJ_REPLICA_CONNS_MAX * CONN_OUT_BYTES);
    if (!replica->buffers) {
        free(replica);
        return NULL;
    }
    for (size_t i = 0; i < BJ_REPLICA_CONNS_MAX; i++)
        replica->conns[i].out = replica->buffers + i * CONN_OUT_BYTES;
    return replica;
}

void bj_replica_free(bj_replica_t *replica) {
    if (!replica) return;
    free(replica->buffers);
    free(replica);
}

const bj_replica_counters_t *bj_replica_counters(const bj_replica_t *replica) {
    return &replica->counters;
}

/* --- connections --- */
static void conn_end(bj_replica_t *replica, conn_t *conn, bj_now_t now) {
    if (conn->state == CONN_FREE || conn->state == CONN_CLOSING) return;
    if (replica->follower_idx == (uint32_t)(conn - replica->conns))
        replica->follower_idx = BJ_REPLICA_NONE;
    conn->state = CONN_CLOSING;
    conn->since_ns = now.mono_ns;
}

uint32_t bj_replica_connect(bj_replica_t *replica, bj_now_t now) {
    uint32_t idx = 0;
    while (idx < BJ_REPLICA_CONNS_MAX && replica->conns[idx].state != CONN_FREE) idx++;
    if (idx == BJ_REPLICA_CONNS_MAX) {
        replica->counters.refused++;
        return BJ_REPLICA_NONE;
    }
    conn_t *conn = &replica->conns[idx];
    uint8_t *out = conn->out;
    *conn = (conn_t){.state = CONN_CHALLENGED, .since_ns = now.mono_ns, .heard_ns = now.mono_ns,
                     .out = out};
    replica->config.ops.nonce(replica->config.ctx, conn->nonce, sizeof conn->nonce);
    bj_replica_challenge_t challenge = {
        .header = BJ_REPLICA_HEAD(bj_replica_challenge_t, BJ_REPLICA_CHALLENGE)};
    memcpy(challenge.nonce, conn->nonce, sizeof challenge.nonce);
    peer_say(conn, &challenge, sizeof challenge);
    return idx;
}

void bj_replica_disconnect(bj_replica_t *replica, uint32_t conn_idx, bj_now_t now) {
    conn_t *conn = &replica->conns[conn_idx];
    conn_end(replica, conn, now);
    conn->state = CONN_FREE;
    conn->out_cnt = 0;
}

size_t bj_replica_output(bj_replica_t *replica, uint32_t conn_idx, const uint8_t **data) {
    const conn_t *conn = &replica->conns[conn_idx];
    *data = conn->out + conn->out_at;
    return conn->out_cnt;
}

void bj_replica_sent(bj_replica_t *replica, uint32_t conn_idx, size_t sent_bytes) {
    conn_t *conn = &replica->conns[conn_idx];
    assert(sent_bytes <= conn->out_cnt);
    conn->out_cnt -= (uint32_t)sent_bytes;
    conn->out_at = conn->out_cnt ? conn->out_at + (uint32_t)sent_bytes : 0;
}

bool bj_replica_finished(const bj_replica_t *replica, uint32_t conn_idx, bj_now_t now) {
    const conn_t *conn = &replica->conns[conn_idx];
    return conn->state == CONN_CLOSING &&
           (!conn->out_cnt || now.mono_ns - conn->since_ns >= closing_wait_ns);
}

/* --- the fence --- */
/* The promise of a higher epoch comes after it is on our disk: killed before, we are asked again;
 * killed after, we do not start. */
static bool fence(bj_replica_t *replica, uint64_t epoch) {
    if (!replica->config.ops.fence(replica->config.ctx, epoch)) return false;
    BJ_ERROR("replica: fenced: a standby takes over with epoch %lu, ours was %lu; nothing is taken "
             "any more", (unsigned long)epoch, (unsigned long)replica->epoch);
    replica->epoch = epoch;
    replica->fenced = true;
    return true;
}

static bool on_fence(bj_replica_t *replica, conn_t *conn, const uint8_t *msg) {
    bj_replica_fence_t asked;
    memcpy(&asked, msg, sizeof asked);
    bool again = replica->fenced && asked.epoch == replica->epoch;
    if (!again && asked.epoch <= replica->epoch) return false;
    if (!again && !fence(replica, asked.epoch)) return false;
    conn->fence_due = true;
    return true;
}

/* --- hello --- */
/* Who has no journal yet begins with the first command: a journal whose first files are gone does
 * not have it.  Who names one and claims nothing of it comes to fence. */
static bj_status_t journal_reaches(bj_replica_t *replica, const bj_replica_hello_t *hello) {
    bj_cmd_t cmd;
    uint32_t cnt = 0;
    uint64_t seq = hello->have_seq ? hello->have_seq : 1;
    if (hello->journal_id && !hello->have_seq) return BJ_OK;
    if (seq > replica->reach.written_seq) return BJ_OK; /* nothing here, nothing there */
    bj_status_t status = replica->config.ops.read(replica->config.ctx, seq, &cmd, 1, &cnt);
    if (status != BJ_OK || !cnt) return BJ_ERR_NOT_FOUND;
    bool same = !hello->have_seq || bj_replica_cmd_check(&cmd) == hello->have_check;
    return same ? BJ_OK : BJ_ERR_SEQUENCE;
}

/* The standby's last command must be ours, to the checksum: a journal that went another way after a
 * take-over is not gone on with. */
static bj_status_t have_check(bj_replica_t *replica, const bj_replica_hello_t *hello) {
    if (!hello->journal_id && hello->have_seq) return BJ_ERR_BAD_FIELD;
    if (hello->journal_id && hello->journal_id != replica->config.journal_id) return BJ_ERR_EXISTS;
    if (hello->have_seq > replica->reach.written_seq) {
        replica->ahead_seq = hello->have_seq;
        return BJ_ERR_SEQUENCE;
    }
    return journal_reaches(replica, hello);
}

static bj_status_t hello_check(bj_replica_t *replica, const conn_t *conn,
                               const bj_replica_hello_t *hello) {
    static const uint8_t zeros[sizeof hello->reserved];
    if (!bj_replica_proven(replica->config.key, replica->config.key_bytes, BJ_REPLICA_BY_STANDBY,
                           conn->nonce, hello, offsetof(bj_replica_hello_t, mac))) {
        return BJ_ERR_DENIED;
    }
    if (hello->durable > 1 || memcmp(hello->reserved, zeros, sizeof zeros) != 0)
        return BJ_ERR_BAD_FIELD;
    bj_status_t status = have_check(replica, hello);
    if (status != BJ_OK || hello->epoch <= replica->epoch) return status;
    return fence(replica, hello->epoch) ? BJ_OK : BJ_ERR_IO;
}

static void follow(bj_replica_t *replica, conn_t *conn, const bj_replica_hello_t *hello,
                   bj_now_t now) {
    if (replica->follower_idx != BJ_REPLICA_NONE)
        conn_end(replica, &replica->conns[replica->follower_idx], now);
    replica->follower_idx = (uint32_t)(conn - replica->conns);
    replica->counters.hellos++;
    conn->state = CONN_FOLLOWING;
    conn->durable = hello->durable;
    conn->sent_seq = conn->have_seq = replica->moved_seq = hello->have_seq;
    replica->whole_ns = now.mono_ns; /* it has lost_ns to show that it moves */
    BJ_INFO("replica: a standby has %lu of %lu commands", (unsigned long)hello->have_seq,
            (unsigned long)replica->reach.written_seq);
}

static bool on_hello(bj_replica_t *replica, conn_t *conn, const uint8_t *msg, bj_now_t now) {
    bj_replica_hello_t hello;
    memcpy(&hello, msg, sizeof hello);
    bj_status_t status = hello_check(replica, conn, &hello);
    bj_replica_welcome_t welcome = {
        .header = BJ_REPLICA_HEAD(bj_replica_welcome_t, BJ_REPLICA_WELCOME),
        .journal_id = replica->config.journal_id,
        .last_seq = replica->reach.written_seq,
        .epoch = replica->epoch,
        .hash_every = replica->config.hash_every,
        .status = (uint16_t)status,
        .venue = replica->config.shape.venue,
        .instrument_max = replica->config.shape.instrument_max,
        .account_max = replica->config.shape.account_max,
        .order_max = replica->config.shape.order_max};
    if (!bj_replica_mac(replica->config.key, replica->config.key_bytes, BJ_REPLICA_BY_PRIMARY,
                        hello.nonce, &welcome, offsetof(bj_replica_welcome_t, mac), welcome.mac)) {
        return false;
    }
    peer_say(conn, &welcome, sizeof welcome);
    if (status == BJ_OK) {
        follow(replica, conn, &hello, now);
        return true;
    }
    BJ_WARN("replica: a standby was refused: %s; it has %lu commands of journal %016lx",
            bj_status_text(status), (unsigned long)hello.have_seq,
            (unsigned long)hello.journal_id);
    replica->counters.denied++;
    return false;
}

/* --- what a follower says --- */
static bool on_ack(conn_t *conn, const uint8_t *msg) {
    bj_replica_ack_t ack;
    memcpy(&ack, msg, sizeof ack);
    if (ack.have_seq < conn->have_seq || ack.have_seq > conn->sent_seq) return false;
    conn->have_seq = ack.have_seq;
    return true;
}

static bool on_differs(bj_replica_t *replica, const uint8_t *msg) {
    bj_replica_differs_t differs;
    memcpy(&differs, msg, sizeof differs);
    BJ_ERROR("replica: the standby stops: at sequence %lu its state is not ours: %s",
             (unsigned long)differs.seq, bj_status_text((bj_status_t)differs.reason));
    replica->counters.differs++;
    replica->differs_seq = differs.seq ? differs.seq : 1;
    return false;
}

static bool on_message(bj_replica_t *replica, conn_t *conn, const uint8_t *msg, bj_now_t now) {
    bj_replica_header_t header;
    memcpy(&header, msg, sizeof header);
    if ((header.type == BJ_REPLICA_HELLO) != (conn->state == CONN_CHALLENGED)) return false;
    switch (header.type) {
    case BJ_REPLICA_HELLO: return on_hello(replica, conn, msg, now);
    case BJ_REPLICA_ACK: return on_ack(conn, msg);
    case BJ_REPLICA_FENCE: return on_fence(replica, conn, msg);
    default: return on_differs(replica, msg);
    }
}

static bool conn_parse(bj_replica_t *replica, conn_t *conn, bj_now_t now) {
    uint32_t at = 0;
    size_t msg_bytes = 0;
    bj_status_t status = BJ_OK;
    while (conn->state != CONN_CLOSING && conn_room(conn) >= CONN_REPLY_BYTES &&
           (status = bj_replica_frame(conn->in + at, conn->in_cnt - at, BJ_REPLICA_BY_STANDBY,
                                      &msg_bytes)) == BJ_OK) {
        if (!on_message(replica, conn, conn->in + at, now)) conn_end(replica, conn, now);
        at += (uint32_t)msg_bytes;
    }
    if (status != BJ_OK && status != BJ_ERR_TRUNCATED) {
        replica->counters.garbage++;
        conn_end(replica, conn, now);
    }
    memmove(conn->in, conn->in + at, conn->in_cnt - at);
    conn->in_cnt -= at;
    return conn->state != CONN_CLOSING;
}

/* Each turn takes at least one message out of a full buffer, or ends the connection. */
bool bj_replica_input(bj_replica_t *replica, uint32_t conn_idx, const uint8_t *data,
                      size_t data_bytes, bj_now_t now) {
    conn_t *conn = &replica->conns[conn_idx];
    conn->heard_ns = now.mono_ns;
    while (data_bytes && conn->state != CONN_FREE && conn->state != CONN_CLOSING) {
        size_t part = CONN_IN_BYTES - conn->in_cnt;
        if (part > data_bytes) part = data_bytes;
        if (!part) conn_end(replica, conn, now);
        memcpy(conn->in + conn->in_cnt, data, part);
        conn->in_cnt += (uint32_t)part;
        data += part, data_bytes -= part;
        if (!conn_parse(replica, conn, now)) return false;
    }
    return conn->state != CONN_FREE && conn->state != CONN_CLOSING;
}

/* --- hashes --- */
static void hash_add(bj_replica_t *replica, const bj_replica_hash_t *hash) {
    if (replica->hash_cnt == HASHES_MAX) replica->hash_at++, replica->hash_cnt--;
    replica->hashes[(replica->hash_at + replica->hash_cnt++) % HASHES_MAX] = *hash;
}

void bj_replica_digest(bj_replica_t *replica, const bj_digest_t *digest) {
    if (!digest->from_seq || !digest->seq) return;
    bj_replica_hash_t hash = {.header = BJ_REPLICA_HEAD(bj_replica_hash_t, BJ_REPLICA_HASH),
                              .seq = digest->seq, .from_seq = digest->from_seq,
                              .digest = digest->hash, .has = BJ_REPLICA_HAS_DIGEST};
    hash_add(replica, &hash);
}

void bj_replica_state(bj_replica_t *replica, uint64_t seq, uint64_t state_hash) {
    bj_replica_hash_t hash = {.header = BJ_REPLICA_HEAD(bj_replica_hash_t, BJ_REPLICA_HASH),
                              .seq = seq, .state_hash = state_hash, .has = BJ_REPLICA_HAS_STATE};
    hash_add(replica, &hash);
}

/* --- clocks --- */
static void conns_timers(bj_replica_t *replica, bj_now_t now) {
    for (uint32_t i = 0; i < BJ_REPLICA_CONNS_MAX; i++) {
        conn_t *conn = &replica->conns[i];
        bool late = conn->state == CONN_CHALLENGED && now.mono_ns - conn->since_ns >= login_wait_ns;
        bool silent = conn->state == CONN_FOLLOWING &&
                      now.mono_ns - conn->heard_ns >= replica->config.lost_ns;
        if (!late && !silent) continue;
        replica->counters.cut++;
        conn_end(replica, conn, now);
    }
}

/* Moving forward counts as being there: a standby that catches up is slow, not lost; but it is not
 * counted on again before it has all but what is just under way. */
static void lost_look(bj_replica_t *replica, bj_now_t now) {
    bj_replica_status_t status = bj_replica_status(replica);
    bool moved = status.following && status.have_seq > replica->moved_seq;
    if (moved) replica->moved_seq = status.have_seq;
    if (moved || status.whole) replica->whole_ns = now.mono_ns;
    bool close_by = status.have_seq + BJ_REPLICA_BATCH_MAX >= replica->reach.written_seq;
    if (status.whole || (status.following && moved && close_by)) {
        if (replica->lost) BJ_INFO("replica: the standby is there, at sequence %lu",
                                   (unsigned long)status.have_seq);
        replica->lost = false;
    }
    if (!replica->lost && now.mono_ns - replica->whole_ns >= replica->config.lost_ns) {
        replica->lost = true;
        replica->counters.losses++;
        BJ_ERROR("replica: the standby is lost: it has had nothing new for %ld ms",
                 (long)(replica->config.lost_ns / BJ_NS_PER_MS));
    }
}

uint32_t bj_replica_step(bj_replica_t *replica, const bj_replica_reach_t *reach, bj_now_t now) {
    uint32_t done = 0;
    replica->reach = *reach;
    conns_timers(replica, now);
    if (replica->follower_idx != BJ_REPLICA_NONE) {
        conn_t *conn = &replica->conns[replica->follower_idx];
        done = peer_feed(replica, conn, now);
        if (conn->state == CONN_CLOSING) replica->follower_idx = BJ_REPLICA_NONE;
    }
    lost_look(replica, now);
    return done;
}

bj_replica_status_t bj_replica_status(const bj_replica_t *replica) {
    bj_replica_status_t status = {.lost = replica->lost, .fenced = replica->fenced,
                                  .epoch = replica->epoch, .differs_seq = replica->differs_seq,
                                  .ahead_seq = replica->ahead_seq};
    if (replica->follower_idx == BJ_REPLICA_NONE) return status;
    const conn_t *conn = &replica->conns[replica->follower_idx];
    status.following = true;
    status.durable = conn->durable;
    status.have_seq = conn->have_seq;
    status.whole = conn->have_seq == replica->reach.written_seq;
    return status;
}
