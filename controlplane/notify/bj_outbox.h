#ifndef BJ_OUTBOX_H
#define BJ_OUTBOX_H

/* bj_outbox - what waits to go out, by mail or as a text message: a short queue and a thread.
 *
 * Errors   bj_outbox_put says false when the queue is full or the text too long.  What the other
 *          side does not take now is tried again for about a minute, then given up and counted;
 * what it never will is given up at once, since the others wait behind it. Rule     no address and
 * no text goes to the log; what was sent is wiped. Threads  any may put; send is called from the
 * outbox's own. */
#include "dataplane/base/bj_base.h"

enum { BJ_OUTBOX_QUEUE_MAX = 256, BJ_OUTBOX_TO_BYTES = 260, BJ_OUTBOX_DATA_BYTES = 2048 };

typedef struct bj_outbox bj_outbox_t;
typedef enum bj_outbox_answer {
    BJ_OUTBOX_TAKEN,
    BJ_OUTBOX_LATER,
    BJ_OUTBOX_NEVER
} bj_outbox_answer_t;
typedef bj_outbox_answer_t bj_outbox_send_fn(void *ctx, const char *to, const char *data,
                                             size_t data_bytes);

/* what: "mail", for the log; lives as long.  NULL: no thread or no memory. */
bj_outbox_t *bj_outbox_new(const char *what, bj_outbox_send_fn *send, void *ctx);
void bj_outbox_free(bj_outbox_t *outbox); /* what waits is dropped; NULL is allowed */

BJ_MUST_USE bool bj_outbox_put(bj_outbox_t *outbox, const char *to, const char *data,
                               size_t data_bytes);
int64_t bj_outbox_failed_cnt(bj_outbox_t *outbox);

#endif /* BJ_OUTBOX_H */
