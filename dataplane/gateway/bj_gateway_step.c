/* Whose turn it is: those that wait for room, those that are behind, and those whose time is up.
 * Nobody else is looked at. */
#include "dataplane/gateway/bj_gateway_priv.h"

static const int64_t login_wait_ns = 3 * BJ_NS_PER_S;
static const int64_t stuck_max_ns = 10 * BJ_NS_PER_S;
static const int64_t timers_every_ns = 1 * BJ_NS_PER_MS; /* at most */
enum { SILENT_HEARTBEATS = 3 };

/* --- time --- */
/* Nothing is due for this connection before then; what it says and reads only makes it later. */
static int64_t conn_due_ns(const conn_t *conn) {
    if (conn->state == CONN_CHALLENGED) return conn->since_ns + login_wait_ns + 1;
    if (conn->state != CONN_OPEN) return INT64_MAX;
    int64_t due_ns = conn->sent_ns + conn->heartbeat_ns;
    int64_t silent_ns = conn->heard_ns + SILENT_HEARTBEATS * conn->heartbeat_ns + 1;
    int64_t stuck_ns = conn->out_cnt ? conn->drained_ns + stuck_max_ns + 1 : INT64_MAX;
    if (silent_ns < due_ns) due_ns = silent_ns;
    return stuck_ns < due_ns ? stuck_ns : due_ns;
}

void conn_timer(bj_gateway_t *gateway, const conn_t *conn) {
    int64_t due_ns = conn_due_ns(conn), soon_ns = gateway->timed_ns + timers_every_ns;
    if (due_ns < soon_ns) due_ns = soon_ns;
    if (due_ns < gateway->timers_ns) gateway->timers_ns = due_ns;
}

static void conn_heartbeat(bj_gateway_t *gateway, conn_t *conn, bj_now_t now) {
    if (now.mono_ns - conn->sent_ns < conn->heartbeat_ns) return;
    if (conn_room(conn) < CONN_REPLY_BYTES) return;
    bj_oe_header_t beat = {.len_bytes = sizeof beat,
                           .type = BJ_OE_SERVER_HEARTBEAT,
                           .version = BJ_OE_VERSION,
                           .seq = conn->next_report - 1};
    conn_say(gateway, conn, &beat, sizeof beat, now);
}

static void conn_times(bj_gateway_t *gateway, conn_t *conn, bj_now_t now) {
    if (conn->in_cnt == CONN_IN_BYTES)
        conn->heard_ns = now.mono_ns; /* it is we who do not listen */
    bool stuck = conn->out_cnt && now.mono_ns - conn->drained_ns > stuck_max_ns;
    if (conn->state == CONN_CHALLENGED && now.mono_ns - conn->since_ns > login_wait_ns) {
        gateway->counters.login_failures++;
        conn_end(gateway, conn, now);
    } else if (conn->state == CONN_OPEN) {
        if (stuck || now.mono_ns - conn->heard_ns > SILENT_HEARTBEATS * conn->heartbeat_ns) {
            gateway->counters.cut++;
            conn_end(gateway, conn, now);
        } else {
            conn_heartbeat(gateway, conn, now);
        }
    }
}

static void times_look(bj_gateway_t *gateway, bj_now_t now) {
    gateway->timed_ns = now.mono_ns;
    gateway->timers_ns = INT64_MAX;
    for (uint32_t i = 0; i < BJ_GATEWAY_CONNS_MAX; i++) {
        conn_t *conn = &gateway->conns[i];
        if (conn->state == CONN_FREE || conn->state == CONN_CLOSING) continue;
        conn_times(gateway, conn, now);
        conn_timer(gateway, conn);
    }
}

/* --- work --- */
static uint32_t conns_work(bj_gateway_t *gateway, uint32_t from, uint32_t to, bj_now_t now) {
    uint32_t done = 0;
    for (uint32_t i = from; (i = bj_bits_next(gateway->held, BJ_GATEWAY_CONNS_MAX, i)) < to; i++) {
        conn_parse(gateway, &gateway->conns[i], now);
    }
    for (uint32_t i = from; (i = bj_bits_next(gateway->behind, BJ_GATEWAY_CONNS_MAX, i)) < to;
         i++) {
        done += conn_catch_up(gateway, &gateway->conns[i], now);
    }
    return done;
}

static void conns_end(bj_gateway_t *gateway, bj_now_t now) {
    for (uint32_t i = 0; i < BJ_GATEWAY_CONNS_MAX; i++) {
        conn_t *conn = &gateway->conns[i];
        if (conn->state != CONN_FREE && conn->state != CONN_CLOSING) conn_end(gateway, conn, now);
    }
}

uint32_t bj_gateway_step(bj_gateway_t *gateway, bj_now_t now) {
    if (BJ_UNLIKELY(handed_over(gateway))) {
        conns_end(gateway, now);
        return 0;
    }
    for (uint32_t i = 0; (i = bj_bits_next(gateway->lost, BJ_GATEWAY_SESSIONS_MAX, i)) <
                         BJ_GATEWAY_SESSIONS_MAX; i++) {
        if (!session_tell_lost(gateway, &gateway->sessions[i], now)) break;
    }
    uint32_t done = release_durable(gateway, now);
    gateway->congested = false; /* until one finds no room again */
    uint32_t turn = gateway->turn++ % BJ_GATEWAY_CONNS_MAX;
    done += conns_work(gateway, turn, BJ_GATEWAY_CONNS_MAX, now);
    done += conns_work(gateway, 0, turn, now);
    if (now.mono_ns >= gateway->timers_ns) times_look(gateway, now);
    return done;
}

uint32_t bj_gateway_answer(bj_gateway_t *gateway, bj_now_t now) {
    return BJ_UNLIKELY(handed_over(gateway)) ? 0 : release_durable(gateway, now);
}
