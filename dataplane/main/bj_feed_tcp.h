#ifndef BJ_FEED_TCP_H
#define BJ_FEED_TCP_H

/* bj_feed_tcp - the connections of bj_feed_recovery, over the kernel's TCP: a few a day.
 *
 * Threads    one, the feed's; nothing in here waits for anything.
 * Cost       a step with nothing open: one compare.  With something open: a poll, and at most one
 *            read of BJ_FEED_TCP_READ_BYTES, whatever waits: the live feed is next.
 * Errors     a connection that cannot be had or breaks is told to bj_feed_recovery, which tries
 *            again. */
#include "dataplane/feed/bj_feed_recovery.h"

enum { BJ_FEED_TCP_READ_BYTES = 16384 }; /* some 500 orders of a snapshot */

typedef struct bj_feed_tcp_address {
    uint32_t ip;   /* host order */
    uint16_t port; /* 0: no such service */
} bj_feed_tcp_address_t;

typedef struct bj_feed_tcp {
    bj_feed_tcp_address_t address[BJ_SEGMENT_CNT + 1][BJ_FEED_SERVICES];
    bj_feed_recovery_t   *recovery; /* to be set before the first step */
    int      fd[BJ_FEED_STREAM_MAX];
    uint64_t open; /* bit conn_idx: fd is a socket */
    uint32_t turn; /* whose read is next */
    uint8_t  data[BJ_FEED_TCP_READ_BYTES];
} bj_feed_tcp_t;

extern const bj_feed_recovery_ops_t bj_feed_tcp_ops; /* ctx: the bj_feed_tcp_t, zeroed at first */

uint32_t bj_feed_tcp_step(bj_feed_tcp_t *tcp, int64_t now_ns); /* work done */
void bj_feed_tcp_end(bj_feed_tcp_t *tcp);                      /* closes what is open */

#endif /* BJ_FEED_TCP_H */
