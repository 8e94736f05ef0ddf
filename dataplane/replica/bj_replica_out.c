/* What a standby is sent.  Digests and state hashes are true behind one command only, so they are
 * said there or not at all. */
#include "dataplane/base/bj_log.h"
#include "dataplane/replica/bj_replica_codec.h"
#include "dataplane/replica/bj_replica_priv.h"

static const int64_t pulse_every_ns = 250 * BJ_NS_PER_MS;
enum { BATCHES_MAX = 4 };

uint8_t *peer_reserve(conn_t *conn, size_t msg_bytes) {
    assert(msg_bytes <= conn_room(conn));
    if (conn->out_at + conn->out_cnt + msg_bytes > CONN_OUT_BYTES) {
        memmove(conn->out, conn->out + conn->out_at, conn->out_cnt);
        conn->out_at = 0;
    }
    uint8_t *at = conn->out + conn->out_at + conn->out_cnt;
    conn->out_cnt += (uint32_t)msg_bytes;
    return at;
}

void peer_say(conn_t *conn, const void *msg, size_t msg_bytes) {
    uint8_t *at = peer_reserve(conn, msg_bytes);
    memcpy(at, msg, msg_bytes);
    bj_replica_seal(at);
}

static bool room_for(const conn_t *conn, size_t msg_bytes) {
    return conn_room(conn) >= CONN_REPLY_BYTES + msg_bytes;
}

/* A batch never runs over the end of a stretch: its digest comes in between. */
static uint32_t batch_max(const bj_replica_t *replica, const conn_t *conn) {
    uint64_t to_end = replica->config.hash_every - conn->sent_seq % replica->config.hash_every;
    uint64_t max = replica->reach.written_seq - conn->sent_seq;
    if (max > to_end) max = to_end;
    return max < BJ_REPLICA_BATCH_MAX ? (uint32_t)max : BJ_REPLICA_BATCH_MAX;
}

static bool batch_say(bj_replica_t *replica, conn_t *conn) {
    uint32_t cnt = 0;
    bj_status_t status = replica->config.ops.read(replica->config.ctx, conn->sent_seq + 1,
                                                  replica->cmds, batch_max(replica, conn), &cnt);
    if (status != BJ_OK || !cnt) {
        BJ_ERROR("replica: the journal does not give sequence %lu: %s; the standby must begin with "
                 "a copy", (unsigned long)(conn->sent_seq + 1), bj_status_text(status));
        return false;
    }
    bj_replica_batch_t batch = {.header = BJ_REPLICA_HEAD(bj_replica_batch_t, BJ_REPLICA_BATCH),
                                .first_seq = conn->sent_seq + 1,
                                .durable_seq = replica->reach.durable_seq,
                                .cmd_cnt = cnt};
    size_t cmds_bytes = cnt * sizeof(bj_cmd_t);
    batch.header.len_bytes = (uint32_t)(sizeof batch + cmds_bytes);
    uint8_t *at = peer_reserve(conn, sizeof batch + cmds_bytes);
    memcpy(at, &batch, sizeof batch);
    memcpy(at + sizeof batch, replica->cmds, cmds_bytes);
    bj_replica_seal(at);
    conn->sent_seq += cnt;
    replica->counters.sent += cnt;
    return true;
}

/* Those behind it are gone; the one that is due is said; those ahead wait. */
static uint32_t hashes_say(bj_replica_t *replica, conn_t *conn) {
    uint32_t done = 0;
    while (replica->hash_cnt) {
        const bj_replica_hash_t *hash = &replica->hashes[replica->hash_at % HASHES_MAX];
        if (hash->seq > conn->sent_seq || !room_for(conn, sizeof *hash)) break;
        if (hash->seq == conn->sent_seq) {
            peer_say(conn, hash, sizeof *hash);
            replica->counters.hashes++;
            done++;
        }
        replica->hash_at++;
        replica->hash_cnt--;
    }
    return done;
}

static void pulse_say(bj_replica_t *replica, conn_t *conn, bj_now_t now) {
    bj_replica_pulse_t pulse = {.header = BJ_REPLICA_HEAD(bj_replica_pulse_t, BJ_REPLICA_PULSE),
                                .written_seq = replica->reach.written_seq,
                                .durable_seq = replica->reach.durable_seq};
    if (now.mono_ns - conn->pulse_ns < pulse_every_ns || !room_for(conn, sizeof pulse)) return;
    peer_say(conn, &pulse, sizeof pulse);
    conn->pulse_ns = now.mono_ns;
}

static void fenced_say(bj_replica_t *replica, conn_t *conn) {
    bj_replica_fenced_t fenced = {.header = BJ_REPLICA_HEAD(bj_replica_fenced_t, BJ_REPLICA_FENCED),
                                  .epoch = replica->epoch,
                                  .last_seq = replica->reach.written_seq};
    bool all_sent = replica->reach.stopped && conn->sent_seq == replica->reach.written_seq;
    if (!conn->fence_due || !all_sent || !room_for(conn, sizeof fenced)) return;
    peer_say(conn, &fenced, sizeof fenced);
    conn->fence_due = false;
}

uint32_t peer_feed(bj_replica_t *replica, conn_t *conn, bj_now_t now) {
    uint32_t done = hashes_say(replica, conn);
    for (int i = 0; i < BATCHES_MAX && conn->sent_seq < replica->reach.written_seq; i++) {
        if (!room_for(conn, BJ_REPLICA_MESSAGE_MAX_BYTES)) break;
        if (!batch_say(replica, conn)) {
            conn->state = CONN_CLOSING;
            conn->since_ns = now.mono_ns;
            return done + 1;
        }
        done += 1 + hashes_say(replica, conn);
    }
    pulse_say(replica, conn, now);
    fenced_say(replica, conn);
    return done;
}
