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
    conn_say(conn, &report, report_bytes, now);
    conn->next_report++;
    gateway->counters.reports++;
}

static bool report_fits(const conn_t *conn) {
    return conn_room(conn) >= CONN_REPLY_BYTES + sizeof(bj_oe_report_t);
}

static void event_tell(bj_gateway_t *gateway, const bj_event_t *event, bj_now_t now) {
    uint8_t idx = event->session_id <= 255 ? gateway->session_of[event->session_id] : NO_SESSION;
    if (idx == NO_SESSION) return;
    session_t *session = &gateway->sessions[idx];
    session_remember(gateway, session, event->seq);
    if (session->conn_idx == BJ_GATEWAY_NONE || session->full) return;
    conn_t *conn = &gateway->conns[session->conn_idx];
    /* A client that is behind gets this one in its turn, from the log. */
    if (conn->next_report != session->report_cnt) return;
    if (report_fits(conn))
        conn_report(gateway, conn, event, now);
    else
        gateway->counters.slow++;
}

uint32_t release_durable(bj_gateway_t *gateway, bj_now_t now) {
    uint64_t durable_seq = atomic_load_explicit(gateway->config.durable_seq, memory_order_acquire);
    const bj_event_t *event;
    uint32_t done = 0;
    while (done < RELEASE_MAX && (event = bj_ring_peek(gateway->config.events)) &&
           event->cmd_seq <= durable_seq) {
        event_tell(gateway, event, now);
        bj_ring_release(gateway->config.events);
        done++;
    }
    return done;
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
    return done;
}
