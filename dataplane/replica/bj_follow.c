#include "dataplane/replica/bj_follow.h"

#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/replica/bj_replica_codec.h"

enum { IN_BYTES = 4 * BJ_REPLICA_MESSAGE_MAX_BYTES, OUT_BYTES = 1024 };
static const int64_t ack_every_ns = 250 * BJ_NS_PER_MS;

#define HEAD(T, letter) { .len_bytes = sizeof(T), .type = (letter), .version = BJ_REPLICA_VERSION }

struct bj_follow {
    bj_follow_config_t config;
    bj_follow_status_t status;
    bj_digest_t digest;
    uint32_t have_check;
    uint64_t acked_seq;   /* committed: may be acknowledged */
    uint64_t told_seq;    /* of that, what the primary's clients were told */
    bool     heard, whole; /* heard: what they were told, on this connection */
    uint64_t fence_epoch; /* asked for last; 0: never */
    bool     fences;      /* it is asked for now */
    bool     fence_due, ack_due; /* fence_due: it is to be said, on this connection */
    int64_t  heard_ns, acked_ns;
    uint8_t  nonce[BJ_REPLICA_NONCE_BYTES];
    uint32_t in_cnt, out_cnt;
    uint8_t  out[OUT_BYTES], in[IN_BYTES];
};

bj_follow_t *bj_follow_new(const bj_follow_config_t *config) {
    bool ok = config->key_bytes >= 1 && config->key_bytes <= sizeof config->key &&
              config->silent_ns > 0 && (config->journal_id || !config->have_seq);
    bj_follow_t *follow = ok ? calloc(1, sizeof *follow) : NULL;
    if (!follow) return NULL;
    follow->config = *config;
    follow->have_check = config->have_check;
    follow->status = (bj_follow_status_t){.state = BJ_FOLLOW_AWAY,
                                          .why_text = "",
                                          .journal_id = config->journal_id,
                                          .have_seq = config->have_seq,
                                          .epoch = config->epoch};
    follow->acked_seq = config->have_seq; /* it was read from the disk */
    return follow;
}

void bj_follow_free(bj_follow_t *follow) { free(follow); }

const char *bj_follow_state_text(bj_follow_state_t state) {
    switch (state) {
#define X(name, text) case name: return text;
        BJ_FOLLOW_STATE_LIST(X)
#undef X
    }
    return "?";
}

bj_follow_status_t bj_follow_status(const bj_follow_t *follow) { return follow->status; }

/* --- out --- */
static void say(bj_follow_t *follow, void *msg, size_t msg_bytes) {
    assert(follow->out_cnt + msg_bytes <= OUT_BYTES);
    bj_replica_seal(msg);
    memcpy(follow->out + follow->out_cnt, msg, msg_bytes);
    follow->out_cnt += (uint32_t)msg_bytes;
}

size_t bj_follow_output(const bj_follow_t *follow, const uint8_t **data) {
    *data = follow->out;
    return follow->out_cnt;
}

void bj_follow_sent(bj_follow_t *follow, size_t sent_bytes) {
    assert(sent_bytes <= follow->out_cnt);
    follow->out_cnt -= (uint32_t)sent_bytes;
    memmove(follow->out, follow->out + sent_bytes, follow->out_cnt);
}

/* --- how it ends --- */
static bool leave(bj_follow_t *follow, bj_status_t why, const char *text) {
    follow->status.why = why;
    follow->status.why_text = text;
    return false;
}

static bool stop(bj_follow_t *follow, uint64_t seq, bj_status_t why, const char *text) {
    bj_replica_differs_t differs = {.header = HEAD(bj_replica_differs_t, BJ_REPLICA_DIFFERS),
                                    .seq = seq, .reason = (uint16_t)why};
    if (follow->out_cnt + sizeof differs <= OUT_BYTES) say(follow, &differs, sizeof differs);
    follow->status.state = BJ_FOLLOW_STOPPED;
    follow->status.stop_seq = seq;
    BJ_ERROR("standby: stopped at sequence %lu: %s (%s)", (unsigned long)seq, text,
             bj_status_text(why));
    return leave(follow, why, text);
}

static bool commit(bj_follow_t *follow) {
    if (follow->status.have_seq == follow->acked_seq) return true;
    bj_status_t status = follow->config.ops.commit(follow->config.ctx);
    if (status != BJ_OK)
        return stop(follow, follow->status.have_seq, status, "the journal cannot be synced");
    follow->acked_seq = follow->status.have_seq;
    follow->ack_due = true;
    return true;
}

/* --- the greeting --- */
void bj_follow_connected(bj_follow_t *follow, bj_now_t now) {
    follow->in_cnt = follow->out_cnt = 0;
    follow->heard_ns = follow->acked_ns = now.mono_ns;
    follow->fence_due = follow->fences;
    follow->heard = false;
    if (follow->status.state == BJ_FOLLOW_AWAY) follow->status.state = BJ_FOLLOW_GREETING;
}

void bj_follow_disconnected(bj_follow_t *follow) {
    bj_follow_state_t state = follow->status.state;
    follow->in_cnt = follow->out_cnt = 0;
    if (state == BJ_FOLLOW_GREETING || state == BJ_FOLLOW_FOLLOWING)
        follow->status.state = BJ_FOLLOW_AWAY;
}

static bool on_challenge(bj_follow_t *follow, const uint8_t *msg) {
    bj_replica_challenge_t challenge;
    memcpy(&challenge, msg, sizeof challenge);
    if (follow->status.state != BJ_FOLLOW_GREETING || follow->out_cnt)
        return leave(follow, BJ_ERR_BAD_FIELD, "a challenge out of turn");
    if (!commit(follow)) return false; /* what is said to be had is as good as acknowledged */
    follow->config.ops.nonce(follow->config.ctx, follow->nonce, sizeof follow->nonce);
    bj_replica_hello_t hello = {.header = HEAD(bj_replica_hello_t, BJ_REPLICA_HELLO),
                                .journal_id = follow->status.journal_id,
                                .have_seq = follow->status.have_seq,
                                .epoch = follow->status.epoch,
                                .have_check = follow->have_check,
                                .durable = follow->config.durable};
    memcpy(hello.nonce, follow->nonce, sizeof hello.nonce);
    if (!bj_replica_mac(follow->config.key, follow->config.key_bytes, BJ_REPLICA_BY_STANDBY,
                        challenge.nonce, &hello, offsetof(bj_replica_hello_t, mac), hello.mac)) {
        return leave(follow, BJ_ERR_FULL, "no memory");
    }
    say(follow, &hello, sizeof hello);
    return true;
}

/* A refusal needs no proof: a false one costs a connection, which whoever could send it could take
 * anyway. */
static const char *welcome_refuses(const bj_follow_t *follow, const bj_replica_welcome_t *welcome,
                                   bj_status_t *why) {
    const bj_engine_config_t *shape = &follow->config.shape;
    *why = (bj_status_t)welcome->status;
    switch (*why) {
    case BJ_OK: break;
    case BJ_ERR_DENIED: return "the primary does not know this key";
    case BJ_ERR_EXISTS: return "this standby's journal is another one";
    case BJ_ERR_SEQUENCE:
        return "this journal went another way than the primary's: begin with an empty one";
    case BJ_ERR_NOT_FOUND:
        return "files that this standby needs were taken away from the primary's journal";
    default: return "the primary refuses";
    }
    *why = BJ_ERR_DENIED;
    if (!bj_replica_proven(follow->config.key, follow->config.key_bytes, BJ_REPLICA_BY_PRIMARY,
                           follow->nonce, welcome, offsetof(bj_replica_welcome_t, mac))) {
        return "the primary does not know our key";
    }
    *why = BJ_ERR_CONFIG;
    if (welcome->instrument_max != shape->instrument_max ||
        welcome->account_max != shape->account_max || welcome->order_max != shape->order_max) {
        return "dataplane.instrument_max, account_max, order_max must be the primary's";
    }
    if (welcome->venue != shape->venue) return "venue must be the primary's";
    *why = BJ_ERR_BAD_FIELD;
    if (!welcome->hash_every || !welcome->journal_id) return "a field of the welcome is 0";
    *why = BJ_ERR_DENIED;
    return welcome->epoch < follow->status.epoch ? "a primary of an older epoch" : NULL;
}

static bool on_welcome(bj_follow_t *follow, const uint8_t *msg) {
    bj_replica_welcome_t welcome;
    bj_status_t why;
    memcpy(&welcome, msg, sizeof welcome);
    if (follow->status.state != BJ_FOLLOW_GREETING)
        return leave(follow, BJ_ERR_BAD_FIELD, "a welcome out of turn");
    const char *text = welcome_refuses(follow, &welcome, &why);
    if (text) return leave(follow, why, text);
    if (welcome.epoch > follow->status.epoch) {
        why = follow->config.ops.epoch(follow->config.ctx, welcome.epoch);
        if (why != BJ_OK) return stop(follow, 0, why, "the epoch cannot be written down");
        follow->status.epoch = welcome.epoch;
    }
    if (!follow->status.journal_id) {
        why = follow->config.ops.begin(follow->config.ctx, welcome.journal_id);
        if (why != BJ_OK) return stop(follow, 0, why, "the journal cannot be made");
        follow->status.journal_id = welcome.journal_id;
    }
    if (follow->status.journal_id != welcome.journal_id)
        return leave(follow, BJ_ERR_EXISTS, "the primary's journal is another one");
    if (follow->digest.every != welcome.hash_every)
        bj_digest_begin(&follow->digest, welcome.hash_every, follow->status.have_seq);
    follow->status.primary_seq = welcome.last_seq;
    follow->status.state = BJ_FOLLOW_FOLLOWING;
    follow->ack_due = true;
    (void)leave(follow, BJ_OK, "");
    return true;
}

/* --- following --- */
static bool cmd_take(bj_follow_t *follow, const uint8_t *at, uint64_t seq) {
    bj_cmd_t cmd;
    memcpy(&cmd, at, sizeof cmd);
    if (cmd.seq != seq) return stop(follow, seq, BJ_ERR_SEQUENCE, "a command out of sequence");
    if (cmd.check != bj_cmd_check(&cmd))
        return stop(follow, seq, BJ_ERR_CORRUPT, "a command's checksum is another");
    /* Here, not where the stretch ended: its digest was still to come. */
    if (follow->digest.seq % follow->digest.every == 0) bj_digest_anew(&follow->digest);
    bj_status_t status = follow->config.ops.apply(follow->config.ctx, &cmd, &follow->digest);
    if (status != BJ_OK) return stop(follow, seq, status, "the command could not be applied");
    (void)bj_digest_cmd(&follow->digest, seq);
    follow->status.have_seq = seq;
    follow->have_check = bj_replica_cmd_check(&cmd);
    return true;
}

static bool on_batch(bj_follow_t *follow, const uint8_t *msg) {
    bj_replica_batch_t batch;
    memcpy(&batch, msg, sizeof batch);
    if (batch.first_seq != follow->status.have_seq + 1)
        return stop(follow, follow->status.have_seq, BJ_ERR_SEQUENCE, "a batch out of sequence");
    for (uint32_t i = 0; i < batch.cmd_cnt; i++) {
        if (!cmd_take(follow, msg + sizeof batch + i * sizeof(bj_cmd_t), batch.first_seq + i))
            return false;
    }
    follow->status.batches++;
    follow->status.acknowledged_seq = batch.durable_seq;
    follow->heard = true;
    if (follow->status.primary_seq < follow->status.have_seq)
        follow->status.primary_seq = follow->status.have_seq;
    return true;
}

static bool on_hash(bj_follow_t *follow, const uint8_t *msg) {
    bj_replica_hash_t hash;
    memcpy(&hash, msg, sizeof hash);
    if (hash.seq != follow->status.have_seq)
        return stop(follow, hash.seq, BJ_ERR_SEQUENCE, "a hash out of sequence");
    if (hash.has & BJ_REPLICA_HAS_DIGEST && hash.from_seq == follow->digest.from_seq) {
        if (hash.digest != follow->digest.hash)
            return stop(follow, hash.seq, BJ_ERR_CORRUPT, "our events are not the primary's");
        follow->status.digests++;
    }
    if (hash.has & BJ_REPLICA_HAS_STATE) {
        if (hash.state_hash != follow->config.ops.state_hash(follow->config.ctx))
            return stop(follow, hash.seq, BJ_ERR_CORRUPT, "our state is not the primary's");
        follow->status.state_hashes++;
    }
    return true;
}

static bool on_pulse(bj_follow_t *follow, const uint8_t *msg) {
    bj_replica_pulse_t pulse;
    memcpy(&pulse, msg, sizeof pulse);
    follow->status.primary_seq = pulse.written_seq;
    follow->status.acknowledged_seq = pulse.durable_seq;
    follow->heard = true;
    return true;
}

static bool on_fenced(bj_follow_t *follow, const uint8_t *msg) {
    bj_replica_fenced_t fenced;
    memcpy(&fenced, msg, sizeof fenced);
    if (!follow->fence_epoch || fenced.epoch != follow->fence_epoch ||
        fenced.last_seq != follow->status.have_seq) {
        return stop(follow, fenced.last_seq, BJ_ERR_SEQUENCE, "fenced, but not where we are");
    }
    follow->status.primary_seq = fenced.last_seq;
    follow->status.state = BJ_FOLLOW_FENCED;
    return true;
}

static bool on_message(bj_follow_t *follow, const uint8_t *msg) {
    bj_replica_header_t header;
    memcpy(&header, msg, sizeof header);
    if (header.type == BJ_REPLICA_CHALLENGE) return on_challenge(follow, msg);
    if (header.type == BJ_REPLICA_WELCOME) return on_welcome(follow, msg);
    if (follow->status.state != BJ_FOLLOW_FOLLOWING)
        return header.type == BJ_REPLICA_PULSE && follow->status.state == BJ_FOLLOW_FENCED
                   ? true
                   : leave(follow, BJ_ERR_BAD_FIELD, "the primary speaks before it is proven");
    switch (header.type) {
    case BJ_REPLICA_BATCH: return on_batch(follow, msg);
    case BJ_REPLICA_HASH: return on_hash(follow, msg);
    case BJ_REPLICA_PULSE: return on_pulse(follow, msg);
    default: return on_fenced(follow, msg);
    }
}

static bool parse(bj_follow_t *follow) {
    uint32_t at = 0;
    size_t msg_bytes = 0;
    bj_status_t status;
    bool ok = true;
    while (ok && (status = bj_replica_frame(follow->in + at, follow->in_cnt - at,
                                            BJ_REPLICA_BY_PRIMARY, &msg_bytes)) == BJ_OK) {
        ok = on_message(follow, follow->in + at);
        at += (uint32_t)msg_bytes;
    }
    if (ok && status != BJ_ERR_TRUNCATED)
        ok = leave(follow, status, "bytes that are no message");
    memmove(follow->in, follow->in + at, follow->in_cnt - at);
    follow->in_cnt -= at;
    return ok;
}

bool bj_follow_input(bj_follow_t *follow, const uint8_t *data, size_t data_bytes, bj_now_t now) {
    follow->heard_ns = now.mono_ns;
    while (data_bytes) {
        if (follow->status.state == BJ_FOLLOW_STOPPED || follow->status.state == BJ_FOLLOW_AWAY)
            return false;
        size_t part = IN_BYTES - follow->in_cnt; /* never 0: the longest message was taken out */
        if (part > data_bytes) part = data_bytes;
        memcpy(follow->in + follow->in_cnt, data, part);
        follow->in_cnt += (uint32_t)part;
        data += part, data_bytes -= part;
        if (!parse(follow)) return false;
    }
    return true;
}

/* --- step --- */
static void tell(bj_follow_t *follow) {
    uint64_t seq = follow->status.acknowledged_seq;
    if (seq > follow->acked_seq) seq = follow->acked_seq;
    if (seq <= follow->told_seq) return;
    follow->told_seq = seq;
    if (follow->config.ops.told) follow->config.ops.told(follow->config.ctx, seq);
}

static bool whole_say(bj_follow_t *follow) {
    if (follow->whole || !follow->heard) return true;
    if (follow->acked_seq < follow->status.acknowledged_seq) return true;
    follow->whole = true;
    bj_status_t status = BJ_OK;
    if (follow->config.ops.whole) status = follow->config.ops.whole(follow->config.ctx);
    return status == BJ_OK || stop(follow, follow->status.have_seq, status,
                                   "it cannot be written down that nothing is missing");
}

/* The commit comes first: what the primary hears may cost it its own copy in the next moment. */
static bool acknowledge(bj_follow_t *follow, bj_now_t now) {
    bj_replica_ack_t ack = {.header = HEAD(bj_replica_ack_t, BJ_REPLICA_ACK),
                            .have_seq = follow->status.have_seq};
    if (!commit(follow)) return false;
    tell(follow);
    if (!whole_say(follow)) return false;
    if (now.mono_ns - follow->acked_ns >= ack_every_ns) follow->ack_due = true;
    if (!follow->ack_due || follow->out_cnt + sizeof ack > OUT_BYTES / 2) return true;
    say(follow, &ack, sizeof ack);
    follow->ack_due = false;
    follow->acked_ns = now.mono_ns;
    return true;
}

static void fence_say(bj_follow_t *follow) {
    bj_replica_fence_t fence = {.header = HEAD(bj_replica_fence_t, BJ_REPLICA_FENCE),
                                .epoch = follow->fence_epoch};
    if (!follow->fence_due) return;
    if (follow->status.state != BJ_FOLLOW_FOLLOWING || follow->out_cnt > OUT_BYTES / 2) return;
    say(follow, &fence, sizeof fence);
    follow->fence_due = false;
}

bool bj_follow_step(bj_follow_t *follow, bj_now_t now) {
    bj_follow_state_t state = follow->status.state;
    if (state == BJ_FOLLOW_AWAY) return true;
    if (state == BJ_FOLLOW_STOPPED) return false;
    if (now.mono_ns - follow->heard_ns >= follow->config.silent_ns)
        return leave(follow, BJ_ERR_TIMEOUT, "the primary is silent");
    if (state == BJ_FOLLOW_GREETING) return true;
    fence_say(follow);
    return acknowledge(follow, now);
}

bj_status_t bj_follow_fence(bj_follow_t *follow, uint64_t epoch) {
    if (epoch <= follow->status.epoch) return BJ_ERR_BAD_FIELD;
    follow->fence_epoch = epoch;
    follow->fences = follow->fence_due = true;
    return BJ_OK;
}

/* The epoch is kept: who heard of it may still say so. */
void bj_follow_unfence(bj_follow_t *follow) { follow->fences = follow->fence_due = false; }
