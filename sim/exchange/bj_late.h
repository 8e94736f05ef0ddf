#ifndef BJ_LATE_H
#define BJ_LATE_H

/* bj_late - datagrams in the order in which they are due; equal times: first in, first out.
 *
 * Shape      at most cap datagrams, a power of two; a binary heap of references to slots.  Those of
 *            more than BJ_LATE_SMALL_BYTES, at most BJ_LATE_BIG_MAX, lie apart: there are few.
 * Ownership  bj_late_new allocates, bj_late_free frees; put copies, what first returns is good
 *            until the next drop or put.
 * Cost       put of what is due last, as nearly always: O(1); else and drop: O(log n). */
#include "dataplane/base/bj_base.h"

enum { BJ_LATE_SMALL_BYTES = 64, BJ_LATE_BYTES_MAX = 1472, BJ_LATE_BIG_MAX = 256 };

typedef struct bj_late_datagram {
    int64_t  due_ns;
    uint32_t stream_idx, data_bytes; /* at most BJ_LATE_BYTES_MAX */
    const uint8_t *data;
} bj_late_datagram_t;

typedef struct bj_late bj_late_t;

bj_late_t *bj_late_new(uint32_t cap); /* NULL: no memory */
void bj_late_free(bj_late_t *late);
bool bj_late_full(const bj_late_t *late); /* there is no room for one of every size */
void bj_late_put(bj_late_t *late, const bj_late_datagram_t *datagram); /* not when full */
const bj_late_datagram_t *bj_late_first(const bj_late_t *late);        /* NULL: empty */
void bj_late_drop(bj_late_t *late);                                    /* the first */

#endif /* BJ_LATE_H */
