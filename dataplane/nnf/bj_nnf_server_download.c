/* What is told again: the day's messages from a place on, and the orders that are open. */
#include "dataplane/nnf/bj_nnf_server_priv.h"

enum { JOB_STEP_MAX = 64 };

static bj_nnf_msg_t outer(const bj_nnf_server_t *server, const user_t *user, int64_t code) {
    return (bj_nnf_msg_t){.code = code, .user_id = user->config.id, .alpha0 = 1,
                          .stream = server->config.settings.stream, .jiffies = server->jiffies};
}

static void say_end(bj_nnf_server_t *server, user_t *user, int64_t code, bj_now_t now) {
    bj_nnf_msg_t msg = outer(server, user, code);
    msg.log_s = bj_nnf_seconds(now.wall_ns);
    msg.time_exch_ns = bj_time_to_exch_ns(now.wall_ns);
    (void)nnf_conn_say(server, &server->conns[user->conn_idx], user->job_seq, &msg, now);
}

static void job_start(bj_nnf_server_t *server, conn_t *conn, user_t *user, job_t job,
                      int64_t code, bj_now_t now) {
    user->job = job;
    user->job_seq = conn->packet.seq;
    say_end(server, user, code, now);
}

/* The place as sent: eight bytes that hold either a whole double, as the field's type is, or the
 * header's eight bytes copied. */
static bool place_get(const uint8_t seq[8], int64_t *jiffies) {
    bj_be64_t wire;
    memcpy(&wire, seq, sizeof wire);
    if (bj_nnf_whole_get(wire, jiffies)) return true;
    *jiffies = bj_be64_get(wire);
    return *jiffies > 0 && *jiffies < INT64_C(1) << 53;
}

static uint64_t told_after(const user_t *user, int64_t jiffies) {
    uint64_t lo = 0, hi = user->told_cnt;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (user->told[mid].jiffies <= jiffies)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void nnf_download_start(bj_nnf_server_t *server, conn_t *conn, user_t *user,
                        const bj_nnf_msg_t *msg, bj_now_t now) {
    int64_t jiffies;
    if (msg->alpha0 != 1 || !place_get(msg->download_seq, &jiffies)) {
        nnf_refuse(server, conn, msg, BJ_NNF_E_PACKET, now);
        return;
    }
    user->job_at = told_after(user, jiffies);
    user->job_end = user->told_cnt; /* what happens from now on is told as it happens */
    job_start(server, conn, user, JOB_DOWNLOAD, BJ_NNF_DOWNLOAD_START, now);
}

void nnf_local_start(bj_nnf_server_t *server, conn_t *conn, user_t *user, const bj_nnf_msg_t *msg,
                     bj_now_t now) {
    bool orders = msg->open_orders == 'Y' || msg->open_orders == 'G';
    user->job_at = 0;
    user->job_end = orders ? server->book.record_cnt : 0;
    job_start(server, conn, user, JOB_LOCAL, BJ_NNF_LOCAL_START, now);
}

static void record_say(bj_nnf_server_t *server, user_t *user, int64_t code,
                       const bj_nnf_msg_t *inner, uint64_t client_order_id, bj_now_t now) {
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    bj_nnf_msg_t around = outer(server, user, code);
    size_t n = bj_nnf_wrap(server->config.segment, &around, inner, wire, sizeof wire);
    if (!n) return;
    server->counters.reports++;
    (void)nnf_conn_say_bytes(server, &server->conns[user->conn_idx], user->job_seq, inner,
                             client_order_id, wire, n, now);
}

/* False: the event cannot be read just now. */
static bool download_one(bj_nnf_server_t *server, user_t *user, bj_now_t now) {
    const bj_nnf_told_t *told = &user->told[user->job_at];
    bj_event_t event;
    bj_nnf_msg_t msg;
    if (!server->config.ops->event_at(server->config.ctx, told->event_seq, &event)) return false;
    if (nnf_event_message(server, user, &event, told, true, &msg))
        record_say(server, user, BJ_NNF_DOWNLOAD_RECORD, &msg, event.client_order_id, now);
    return true;
}

static void local_one(bj_nnf_server_t *server, user_t *user, bj_now_t now) {
    const bj_nnf_record_t *record = &server->book.records[user->job_at];
    bj_nnf_msg_t msg = {.code = BJ_NNF_CONFIRM};
    bool open = record->order_id && !record->ended && record->user_idx == user_idx_of(server, user);
    if (!open) return;
    nnf_record_message(server, record, &msg);
    msg.log_s = record->modified_s;
    msg.jiffies = record->activity_ref;
    msg.stream = server->config.settings.stream;
    record_say(server, user, BJ_NNF_LOCAL_RECORD, &msg, record->client_order_id, now);
}

uint32_t nnf_job_step(bj_nnf_server_t *server, user_t *user, bj_now_t now) {
    uint32_t done = 0;
    if (user->job == JOB_NONE) return 0;
    bool download = user->job == JOB_DOWNLOAD;
    while (done < JOB_STEP_MAX && user->job_at < user->job_end) {
        if (!report_fits(&server->conns[user->conn_idx])) return done;
        if (!download)
            local_one(server, user, now);
        else if (!download_one(server, user, now))
            return done;
        user->job_at++;
        done++;
    }
    if (user->job_at < user->job_end || !report_fits(&server->conns[user->conn_idx])) return done;
    say_end(server, user, download ? BJ_NNF_DOWNLOAD_END : BJ_NNF_LOCAL_END, now);
    user->job = JOB_NONE;
    return done + 1;
}
