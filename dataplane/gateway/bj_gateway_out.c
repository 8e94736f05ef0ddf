/* What a client is told.  Reports are numbered per session in the order of their events, so the
 * same event has the same number after a restart: the numbers are rebuilt from the replay. */
#include "dataplane/gateway/bj_gateway_priv.h"

enum { RELEASE_MAX = 256, CATCH_UP_MAX = 64 };

void session_remember(bj_gateway_t *gateway, session_t *session, uint64_t event_seq) {
    if (session->report_cnt == gateway->config.report_max) {
        session->full = true; /* a hole in the numbers would be worse than no session */
        return;
    }
    session->reports[session->report_cnt++] = event_seq;
}

static void conn_report(bj_gateway_t *gateway, conn_t *conn, const bj_event_t *event,
                        bj_now_t now) {
    bj_oe_report_t report;
    size_t report_bytes = bj_oe_from_event(event, conn->next_report, &report);
    assert(report_bytes == sizeof report); /* else the numbers would have a hole */
    conn_say(gateway, conn, &report, report_bytes, now);
    conn->next_report++;
    gateway->counters.reports++;
}

static bool report_fits(const conn_t *conn) {
    return conn_room(conn) >= CONN_REPLY_BYTES + sizeof(bj_oe_report_t);
}

/* Of an answer that goes at once: later ones are the client's own doing. */
static void report_stamp(bj_gateway_t *gateway, conn_t *conn, uint64_t in, uint64_t made) {
    const _Atomic uint64_t *durable = gateway->config.durable_stamp;
    if (!in || !durable) return;
    hop_add(gateway, BJ_GATEWAY_HOP_REPORT, atomic_load_explicit(durable, memory_order_relaxed),
            made);
    if (!conn->out_in) conn->out_in = in, conn->out_made = made;
}

static void event_tell(bj_gateway_t *gateway, const bj_event_t *event, uint64_t made,
                       bj_now_t now) {
    session_t *session = session_by_id(gateway, event->session_id);
    if (!session) return;
    session_remember(gateway, session, event->seq);
    if (session->conn_idx == BJ_GATEWAY_NONE || session->full) return;
    conn_t *conn = &gateway->conns[session->conn_idx];
    if (!report_fits(conn)) { /* it gets them from the log when it has read */
        gateway->counters.slow += conn->next_report == session->report_cnt;
        return;
    }
    if (conn->next_report == session->report_cnt) {
        conn_report(gateway, conn, event, now);
        report_stamp(gateway, conn, bj_event_slot_in(gateway->config.events, event), made);
    } else { /* it is behind and gets this one in its turn */
        bj_bits_set(gateway->behind, session->conn_idx);
    }
}

uint32_t release_durable(bj_gateway_t *gateway, bj_now_t now) {
    uint64_t durable_seq = atomic_load_explicit(gateway->config.durable_seq, memory_order_acquire);
    const bj_event_t *event;
    uint32_t done = 0;
    uint64_t made = bj_ring_peek(gateway->config.events) ? bj_stamp() : 0;
    while (done < RELEASE_MAX && (event = bj_ring_peek(gateway->config.events)) &&
           event->cmd_seq <= durable_seq) {
        event_tell(gateway, event, made, now);
        if (gateway->config.on_event) gateway->config.on_event(gateway->config.ctx, event, now);
        bj_ring_release(gateway->config.events);
        done++;
    }
    return done;
}

bool conn_may_catch_up(bj_gateway_t *gateway, const conn_t *conn) {
    return conn->state == CONN_OPEN && report_fits(conn) &&
           conn->next_report <= conn_session(gateway, conn)->report_cnt;
}

uint32_t conn_catch_up(bj_gateway_t *gateway, conn_t *conn, bj_now_t now) {
    const session_t *session = conn_session(gateway, conn);
    uint32_t done = 0;
    while (done < CATCH_UP_MAX && conn->next_report <= session->report_cnt && report_fits(conn)) {
        bj_event_t event;
        uint64_t event_seq = session->reports[conn->next_report - 1];
        if (!gateway->config.event_at(gateway->config.ctx, event_seq, &event)) break;
        conn_report(gateway, conn, &event, now);
        gateway->counters.resent++;
        done++;
    }
    if (!conn_may_catch_up(gateway, conn))
        bj_bits_clear(gateway->behind, conn_index(gateway, conn));
    return done;
}
