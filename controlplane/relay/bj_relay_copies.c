#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "controlplane/relay/bj_relay.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/market/bj_evlog.h"

/* The stream says of itself which journal it copies, and its last message how far: nothing else is
 * kept. */

enum { COPIES_MAX = 2000, NAP_MS = 250, AGAIN_MS = 1000, SETTLE_MS = 3000 };
static const char subject[] = "ev.order";

typedef struct copies {
    bj_relay_t        *relay;
    bj_evlog_reader_t *log;
    bool               at_known;
    uint64_t           at;     /* the last event in the stream */
    uint64_t           up_cnt; /* of the bus when at was asked for */
    bj_event_t         events[COPIES_MAX];
} copies_t;

static bool open_log(copies_t *c) {
    if (c->log && bj_evlog_replaced(c->log)) {
        bj_evlog_reader_close(c->log);
        c->log = NULL;
    }
    if (!c->log) {
        c->log = bj_evlog_open(c->relay->events_dir);
        c->at_known = false;
    }
    return c->log != NULL;
}

static bj_status_t find_place(copies_t *c) {
    bj_bus_t *bus = c->relay->bus;
    if (c->at_known && c->up_cnt == bj_bus_up_cnt(bus)) return BJ_OK;
    char about[40];
    snprintf(about, sizeof about, "journal %" PRIu64, bj_evlog_journal_id(c->log));
    const bj_bus_stream_t stream = {.name = "ORDERS", .subject = subject, .about = about,
                                    .max_bytes = c->relay->stream_max_bytes};
    c->at_known = false;
    c->up_cnt = bj_bus_up_cnt(bus);
    bj_status_t status = bj_bus_stream_ensure(bus, &stream);
    if (status == BJ_ERR_EXISTS) {
        BJ_WARN("the copies are of another journal: begun again");
        status = bj_bus_stream_renew(bus, &stream);
    }
    if (status != BJ_OK) return status;
    bj_event_t last;
    size_t last_bytes;
    status = bj_bus_stream_last(bus, &stream, &last, sizeof last, &last_bytes);
    if (status == BJ_OK && last_bytes != sizeof last) return BJ_ERR_CORRUPT;
    if (status != BJ_OK && status != BJ_ERR_NOT_FOUND) return status;
    c->at = status == BJ_OK ? last.seq : 0;
    c->at_known = true;
    return BJ_OK;
}

static bj_status_t put_all(copies_t *c, size_t event_cnt) {
    for (size_t i = 0; i < event_cnt; i++) {
        char id[24];
        snprintf(id, sizeof id, "%" PRIu64, c->events[i].seq);
        bj_status_t status = bj_bus_stream_put(c->relay->bus, subject, id, &c->events[i],
                                               sizeof c->events[i]);
        if (status != BJ_OK) return status;
    }
    return bj_bus_stream_settle(c->relay->bus, SETTLE_MS);
}

static bj_status_t step(copies_t *c, size_t *event_cnt) {
    *event_cnt = 0;
    if (!open_log(c)) return BJ_OK;
    bj_status_t status = find_place(c);
    if (status == BJ_OK) {
        status = bj_evlog_read(c->log, c->at + 1, c->events, COPIES_MAX, event_cnt);
    }
    if (status != BJ_OK || *event_cnt == 0) return status;
    status = put_all(c, *event_cnt);
    if (status != BJ_OK) return status;
    c->at += *event_cnt;
    c->relay->figures.copied_seq = (int64_t)c->at;
    return BJ_OK;
}

void *bj_relay_copies_run(void *ctx) {
    bj_relay_t *relay = ctx;
    copies_t *c = calloc(1, sizeof *c);
    if (!c) abort();
    c->relay = relay;
    while (!relay->stop) {
        size_t event_cnt;
        bj_status_t status = step(c, &event_cnt);
        relay->copies_ok = status == BJ_OK;
        if (status != BJ_OK) {
            relay->figures.copies_errors++;
            c->at_known = false;
            bj_relay_nap(relay, AGAIN_MS);
        } else if (event_cnt < COPIES_MAX) {
            bj_relay_nap(relay, NAP_MS);
        }
    }
    if (c->log) bj_evlog_reader_close(c->log);
    free(c);
    return NULL;
}
