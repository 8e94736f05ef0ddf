#ifndef BJ_EDGE_PRIV_H
#define BJ_EDGE_PRIV_H

/* What the files of bj_edge share.
 *   bj_edge.c         the loop: accepting, turns, ends
 *   bj_edge_book.c    quotes in, packets ready to send
 *   bj_edge_client.c  one client's protocol: request, frames, wishes
 *   bj_edge_io.c      bytes, with and without TLS
 *   bj_edge_life.c    how long a client stays */
#include <pthread.h>

#include "controlplane/edge/bj_edge.h"
#include "controlplane/edge/bj_ended.h"
#include "controlplane/edge/bj_packet.h"
#include "controlplane/edge/bj_wish.h"
#include "controlplane/edge/bj_ws.h"
#include "dataplane/base/bj_time.h"

enum {
    EDGE_TURNS = 50,               /* an interval is cut into so many; a client has one of them */
    EDGE_IN_FIRST_BYTES = 2048,    /* a client's incoming bytes, grown to: */
    EDGE_IN_MAX_BYTES = BJ_WS_PAYLOAD_MAX + BJ_WS_HEAD_MAX,
    EDGE_OUT_SMALL_MAX_BYTES = 8192, /* small frames waiting; above it the client is cut */
    EDGE_SNDBUF_BYTES = 256 * 1024,
    EDGE_NOTSENT_BYTES = 32 * 1024,
    EDGE_HIST_BUCKETS = 40 * 16,
};
#define EDGE_HELLO_NS (10 * BJ_NS_PER_S) /* for TLS and the request together */
#define EDGE_STUCK_NS (60 * BJ_NS_PER_S)
#define EDGE_BYE_NS (2 * BJ_NS_PER_S)
#define EDGE_BEAT_NS (1 * BJ_NS_PER_S)

typedef struct edge_instrument {
    uint32_t token;
    bool     quoted, stale;
    uint64_t version;    /* of the edge's count when its packet last changed */
    uint64_t update_cnt; /* of the quote */
    int64_t  relay_ns;
    uint8_t  packet[BJ_PACKET_FULL];
} edge_instrument_t;

typedef struct edge_inbox_slot {
    bj_quote_t quote;
    bool       waiting;
} edge_inbox_slot_t;

typedef struct edge_want {
    uint16_t instrument_idx;
    uint8_t  mode;  /* bj_tick_mode_t */
    bool     fresh; /* never sent in this mode */
} edge_want_t;

typedef enum edge_phase { EDGE_TLS, EDGE_REQUEST, EDGE_OPEN, EDGE_BYE } edge_phase_t;

typedef struct edge_client {
    struct edge_client *prev, *next; /* in its turn's list */
    int          fd;
    SSL         *tls;
    edge_phase_t phase;
    uint32_t     events; /* what epoll is asked for */
    uint16_t     turn;
    bool         want_write; /* something is waiting, or TLS has to write */
    bool         finish;     /* close when out is empty */
    bool         gone;       /* to be freed at the end of this round */
    bool         told;       /* of the source: */
    bj_edge_source_t source;
    bool         asked; /* for a new ticket */
    uint32_t     account_id;
    int64_t      due_ns;      /* when its time is over or it is asked again: edge_life_due */
    int64_t      phase_ns;    /* since when in this phase */
    int64_t      progress_ns; /* last byte taken, or nothing was waiting */
    int64_t      beat_ns;     /* last frame */
    uint64_t     seen_version;
    uint8_t     *in;
    size_t       in_bytes, in_room;
    uint8_t     *out; /* what the socket did not take yet */
    size_t       out_at, out_bytes, out_room;
    uint8_t     *text; /* fragments of a text so far */
    size_t       text_bytes;
    bool         in_text;
    edge_want_t *wants;
    uint16_t    *want_at; /* per instrument: index in wants + 1; 0: not wanted */
    uint16_t     want_cnt, want_room;
    uint8_t      who[BJ_PASS_WHO_BYTES]; /* whose right this is, by a ticket of then, until when: */
    int64_t      made_s, until_ns;
} edge_client_t;

typedef struct edge_hist {
    uint64_t cnt[EDGE_HIST_BUCKETS], total;
} edge_hist_t;

struct bj_edge {
    bj_edge_config_t config;
    int              listen_fd, epoll_fd;
    uint16_t         port;
    int64_t          now_ns, turn_ns; /* monotonic; when the next turn is due */
    int64_t          hist_ns, second_ns, accept_ns;
    uint32_t         turn, next_turn;
    edge_client_t   *turns[EDGE_TURNS];
    edge_client_t   *gone; /* singly linked by next */
    uint64_t         version;
    edge_instrument_t *instruments;
    uint32_t        *by_token; /* hash: index + 1 */
    uint32_t         by_token_mask;
    uint8_t         *scratch; /* one client's frame; BJ_WS_HEAD_MAX bytes of room in front */
    bj_wish_t        wish;
    bj_edge_stats_t  stats;
    edge_hist_t      hist;
    bj_edge_source_t source; /* as clients were told */

    pthread_mutex_t    lock; /* of what follows */
    edge_inbox_slot_t *inbox;
    uint32_t          *inbox_list;
    uint32_t           inbox_cnt;
    int64_t            quote_ns;
    uint32_t           quoted_cnt, stale_cnt;
    bj_edge_source_t   source_now;

    uint64_t           dice;
    int64_t            sweep_ns;   /* when the next one is due */
    pthread_mutex_t    ended_lock; /* of what follows */
    bj_ended_t        *ended;
    bool               ended_news, doubt;
};

/* --- bj_edge_book.c --- */
bool edge_book_new(bj_edge_t *edge);
void edge_book_free(bj_edge_t *edge);
uint32_t edge_find(const bj_edge_t *edge, uint32_t token); /* UINT32_MAX: unknown */
void edge_book_drain(bj_edge_t *edge);
/* The frame of all that client wants and has not seen; 0 bytes: nothing.  At scratch +
 * BJ_WS_HEAD_MAX; marks it as seen. */
size_t edge_book_pack(bj_edge_t *edge, edge_client_t *client, int64_t wall_ns);
void edge_hist_add(edge_hist_t *hist, int64_t value_us);
int64_t edge_hist_at(const edge_hist_t *hist, unsigned percent);

/* --- bj_edge_io.c --- */
typedef enum edge_io { EDGE_IO_DONE, EDGE_IO_WAIT, EDGE_IO_END } edge_io_t;
edge_io_t edge_handshake(edge_client_t *client);
/* Reads what fits; *got is how much.  END: closed or broken. */
edge_io_t edge_read(edge_client_t *client, uint8_t *into, size_t room, size_t *got);
/* Sends now what it can and keeps the rest.  False: the client is gone or does not read. */
bool edge_send(bj_edge_t *edge, edge_client_t *client, const uint8_t *data, size_t data_bytes);
/* Sends on what was kept. */
bool edge_flush(bj_edge_t *edge, edge_client_t *client);
static inline size_t edge_waiting(const edge_client_t *client) {
    return client->out_bytes - client->out_at;
}

/* --- bj_edge_client.c --- */
void edge_client_input(bj_edge_t *edge, edge_client_t *client);
bool edge_client_frame(bj_edge_t *edge, edge_client_t *client, bj_ws_opcode_t opcode,
                       const void *payload, size_t payload_bytes); /* small ones */
void edge_client_close(bj_edge_t *edge, edge_client_t *client, uint16_t code);
/* The same of what is no error of the client's, with why. */
void edge_client_end(bj_edge_t *edge, edge_client_t *client, uint16_t code, const char *reason);
void edge_client_free(edge_client_t *client);

/* --- bj_edge_life.c --- */
/* False: what the ticket was made for has ended. */
BJ_MUST_USE bool edge_life_begin(bj_edge_t *edge, edge_client_t *client, const bj_pass_t *pass,
                                 int64_t now_s);
/* At due_ns. */
void edge_life_due(bj_edge_t *edge, edge_client_t *client);
void edge_life_sweep(bj_edge_t *edge);

/* --- bj_edge.c --- */
void edge_client_gone(bj_edge_t *edge, edge_client_t *client);
/* After something was sent outside its turn and its socket's word. */
void edge_settle(bj_edge_t *edge, edge_client_t *client);

#endif /* BJ_EDGE_PRIV_H */
