#ifndef BJ_EDGE_H
#define BJ_EDGE_H

/* bj_edge - prices to many browsers: one loop, epoll, its own TLS and WebSocket.
 *
 * Conflation Only the newest quote of an instrument is kept.  Each client has its turn once an
 *            interval (clients are spread over it) and then gets all it wants that has changed, in
 *            one frame.  Who cannot take it now is left out until it can and then gets the newest:
 *            nobody is cut for being slow, only for taking nothing at all for a minute.
 * Life       A client stays for what its ticket was made for: it is closed (BJ_EDGE_ENDED) within
 *            200 ms of the word that the session or access token ended or was changed, and when its
 *            time is over.  Each life_s, a tenth of it either way, it is asked for a new ticket (a
 *            text {"type":"renew"}) and closed (BJ_EDGE_OUTLIVED) if it brings none: it opens
 *            another socket and closes this one.  So a lost word costs no more than that.
 * Threads    bj_edge_quote and bj_edge_source: any one thread; bj_edge_end, bj_edge_doubt: any; all
 *            else: the thread of bj_edge_run.
 * Memory     a client: about 1 KiB of ours, TLS's own (its buffers are given back when idle), what
 *            it has not taken yet (at most one frame and a few small ones).
 * Cost       a turn: a look at each subscription, one send. */
#include <openssl/ssl.h>

#include "controlplane/edge/bj_pass.h"
#include "dataplane/base/bj_base.h"
#include "dataplane/wire/bj_wire_quote.h"

typedef struct bj_edge bj_edge_t;

typedef struct bj_edge_config {
    SSL_CTX        *tls;        /* NULL: plain, for benchmarks and tests */
    const char     *ticket_key; /* borrowed, like all pointers here */
    const char     *origin;     /* the only page that may connect */
    const char     *strict_transport; /* of its answers, 100 bytes; NULL or "": without it */
    const uint32_t *tokens;     /* the exchange's, sorted or not; what may be subscribed */
    uint32_t        token_cnt;  /* at most BJ_EDGE_INSTRUMENTS_MAX */
    int32_t         interval_ms;
    uint32_t        clients_max;
    int32_t         life_s; /* 0: as long as the ticket says */
} bj_edge_config_t;

enum { BJ_EDGE_INSTRUMENTS_MAX = 16384 };

/* Codes of a close, of those that are an application's own (RFC 6455 7.4.2). */
enum { BJ_EDGE_ENDED = 4001, BJ_EDGE_OUTLIVED = 4002 };

typedef struct bj_edge_stats {
    int64_t clients, accepted, refused, protocol_errors, stuck;
    int64_t quotes_in, frames, packets, bytes, skipped; /* skipped: turns a client could not take */
    int64_t ended, renews, outlived; /* closed at an end; asked for a ticket; brought none */
    int64_t delivery_p50_us, delivery_p99_us; /* from the relay to the send, of the last 10 s */
} bj_edge_stats_t;

typedef enum bj_edge_source { BJ_SOURCE_LIVE, BJ_SOURCE_STALE, BJ_SOURCE_DELAYED } bj_edge_source_t;

bj_edge_t *bj_edge_new(const bj_edge_config_t *config); /* NULL: out of memory or a bad shape */
void bj_edge_free(bj_edge_t *edge);                      /* cuts all clients */

/* Listens on 127.0.0.1:port; 0: any, see bj_edge_port.  False: errno. */
BJ_MUST_USE bool bj_edge_listen(bj_edge_t *edge, uint16_t port);
uint16_t bj_edge_port(const bj_edge_t *edge);

/* The newest of an instrument; an older update_cnt, or a token that is not in the table, is
 * ignored. */
void bj_edge_quote(bj_edge_t *edge, const bj_quote_t *quote);
/* A session or access token, by the name that tickets have for it, has ended or was changed: what
 * came by a ticket from before is closed. */
void bj_edge_end(bj_edge_t *edge, const uint8_t who[BJ_PASS_WHO_BYTES]);
/* Some ends may not have been heard: all are asked for a new ticket, over a minute, and none from
 * before now opens anything. */
void bj_edge_doubt(bj_edge_t *edge);
/* Whether quotes come at all; clients are told when it changes. */
void bj_edge_source(bj_edge_t *edge, bj_edge_source_t source);
/* When the last quote came (monotonic; 0: none yet), and how many instruments have one, how many of
 * these are stale.  Any thread. */
void bj_edge_quote_state(bj_edge_t *edge, int64_t *last_ns, uint32_t *quoted_cnt,
                         uint32_t *stale_cnt);

/* Until *stop.  each_second may be NULL. */
typedef void bj_edge_second_fn(void *ctx, bj_edge_t *edge);
void bj_edge_run(bj_edge_t *edge, const _Atomic bool *stop, bj_edge_second_fn *each_second,
                 void *ctx);
bj_edge_stats_t bj_edge_stats(const bj_edge_t *edge);

#endif /* BJ_EDGE_H */
