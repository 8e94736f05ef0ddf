#ifndef BJ_ADMIN_STATUS_H
#define BJ_ADMIN_STATUS_H

/* bj_admin_status - from what each part says of itself to what a client should know.
 *
 * Purpose  A pure function, so that every failure's words are in one table and one test.
 * Threads  any. */
#include "dataplane/base/bj_health.h"

/* X(name, reads its health file) in the order they are shown. */
#define BJ_PART_LIST(X)  \
    X(EXCHANGE, exchange, true)   \
    X(DATAPLANE, dataplane, true) \
    X(BOOK, book, true)           \
    X(GATEWAY, gateway, false)    \
    X(RELAY, relay, true)         \
    X(EDGE, edge, true)           \
    X(MAKER, maker, true)         \
    X(MAILSINK, mailsink, true)   \
    X(POSTGRES, postgres, false)  \
    X(REDIS, redis, false)        \
    X(NATS, nats, false)          \
    X(CONTROL, control, false)

typedef enum bj_part {
#define X(upper, lower, file) BJ_PART_##upper,
    BJ_PART_LIST(X)
#undef X
    BJ_PART_CNT
} bj_part_t;

const char *bj_part_name(bj_part_t part);
bool        bj_part_has_file(bj_part_t part);

typedef struct bj_status_board {
    bj_health_t part[BJ_PART_CNT];
    const char *market_trouble; /* of bj_quotes_trouble; NULL: none */
} bj_status_board_t;

/* The sentences for clients, most important first; returns how many of BJ_DEGRADED_MAX. */
enum { BJ_DEGRADED_MAX = 8 };
size_t bj_degraded(const bj_status_board_t *board, const char *words[BJ_DEGRADED_MAX]);

#endif /* BJ_ADMIN_STATUS_H */
