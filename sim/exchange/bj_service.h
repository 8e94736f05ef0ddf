#ifndef BJ_SERVICE_H
#define BJ_SERVICE_H

/* bj_service - a TCP service beside the feed: one 11-byte request a connection, one answer, closed.
 *
 * Purpose    What tick recovery and the snapshot have in common: listening, the exchange's limits,
 *            the request's second, readers that are slow.  What an answer is, the owner says.
 * Limits     at most connections_max of one address at once, connect_every_ns between two connects
 *            of it, and BJ_SERVICE_CONNECTIONS in all.  Who passes one is refused: closed at once,
 *            or, with refuse_with_error, told E (stream 0) and then closed.
 * Request    the first 11 bytes, whole within request_ns of the connect, else closed without a
 *            word.  What comes behind them is thrown away.
 * Slow       an answer is made as the reader takes it.  Who takes nothing for stall_ns is cut off,
 *            and so is who asked for what is gone meanwhile.  A turn gives each reader at most
 *            BJ_SERVICE_TURN_BYTES: the feed never waits for more.
 * Use        poll the descriptor of bj_service_fd for input; call bj_service_step then, and at the
 *            least every 100 ms.
 * Threads    one; time is an argument, monotonic ns. */
#include "dataplane/base/bj_base.h"
#include "dataplane/wire/bj_wire_mtbt.h"

enum {
    BJ_SERVICE_CONNECTIONS = 64,
    BJ_SERVICE_TURN_BYTES = 256 << 10,
    BJ_SERVICE_CHUNK_BYTES = 64 << 10,
};

typedef struct bj_answer { /* the owner's, but for stream_id, which the reply bears */
    uint16_t stream_id;
    uint32_t stream_idx;
    uint64_t run, at, end;
    void    *what;
} bj_answer_t;

typedef struct bj_service_ops {
    uint8_t reply_type; /* 'Y', 'B' */
    /* False: the reply is E. */
    bool (*ask)(void *ctx, const bj_mtbt_request_t *request, bj_answer_t *answer);
    /* The next bytes of the answer; 0: it is complete; SIZE_MAX: it cannot be completed.  room is
     * BJ_SERVICE_CHUNK_BYTES. */
    size_t (*give)(void *ctx, bj_answer_t *answer, uint8_t *out, size_t room);
    void (*done)(void *ctx, bj_answer_t *answer); /* once for each ask that was true */
} bj_service_ops_t;

typedef struct bj_service_config {
    uint32_t ip; /* host order */
    uint16_t port; /* 0: the system picks one */
    uint32_t connections_max;
    int64_t  connect_every_ns, request_ns, stall_ns;
    bool     refuse_with_error;
    const bj_service_ops_t *ops;
    void    *ctx;
} bj_service_config_t;

typedef struct bj_service_counters {
    uint64_t connects, refused, late, errors, answers, cut, bytes;
} bj_service_counters_t;

typedef struct bj_service bj_service_t;

bj_service_t *bj_service_open(const bj_service_config_t *config); /* NULL: see errno */
void bj_service_close(bj_service_t *service);
uint16_t bj_service_port(const bj_service_t *service);
int bj_service_fd(const bj_service_t *service);
void bj_service_step(bj_service_t *service, int64_t now_ns);
const bj_service_counters_t *bj_service_counters(const bj_service_t *service);

/* The limits of NSE's specification (1.3). */
static inline void bj_service_limits(bj_service_config_t *config) {
    config->connections_max = BJ_MTBT_CONNECTIONS_MAX;
    config->connect_every_ns = BJ_MTBT_CONNECT_EVERY_MS * INT64_C(1000000);
    config->request_ns = INT64_C(1000000000);
    config->stall_ns = INT64_C(10000000000);
}

#endif /* BJ_SERVICE_H */
