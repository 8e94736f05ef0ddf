#ifndef BJ_BROADCAST_H
#define BJ_BROADCAST_H

/* bj_broadcast - what the exchange tells by its compressed broadcast alone: 7208 of the rows whose
 * stream is a broadcast, 7207 of indices.
 *
 * Use        see with each of the model's messages of such a stream; say once a second: it packs as
 *            many records to a datagram as fit, and hands each datagram to the sink.
 * Records    five levels from the model's books, the day's figures from its trades.  Every row and
 *            every index each time, changed or not.
 * Index      base times the mean of (middle of the best prices / previous close) over all outright
 *            rows of the segment, tick-by-tick or not: all weigh the same.  Made up, as all here.
 * Sequence   of messages, one for each broadcast, goes on from datagram to datagram.
 * Ownership  bj_broadcast_new allocates, bj_broadcast_free frees; day and model are borrowed.
 * Threads    one. */
#include "sim/exchange/bj_bcast_out.h"
#include "sim/exchange/bj_day.h"
#include "sim/exchange/bj_model.h"

enum { BJ_BROADCAST_INDEX_MAX = 32 };

typedef struct bj_broadcast_index {
    char     name[22];
    uint32_t stream_idx; /* the broadcast that tells it */
    int32_t  base_x100, open_x100, high_x100, low_x100, last_x100; /* 0: not yet told */
    int32_t  up_cnt, down_cnt;
} bj_broadcast_index_t;

typedef void bj_broadcast_sink_fn(void *ctx, uint32_t stream_idx, const void *data,
                                  size_t data_bytes);

typedef struct bj_broadcast bj_broadcast_t;

/* NULL: no memory. */
bj_broadcast_t *bj_broadcast_new(const bj_day_t *day, const bj_model_t *model,
                                 bj_broadcast_sink_fn *sink, void *ctx);
void bj_broadcast_free(bj_broadcast_t *broadcast);
/* name: 1 to 21 bytes.  False: no room, or its segment has no broadcast. */
BJ_MUST_USE bool bj_broadcast_index(bj_broadcast_t *broadcast, bj_segment_t segment,
                                    const char *name, int32_t base_x100);
void bj_broadcast_see(bj_broadcast_t *broadcast, uint32_t stream_idx, const void *wire,
                      size_t wire_bytes, int64_t wall_ns);
void bj_broadcast_say(bj_broadcast_t *broadcast, int64_t wall_ns);
uint64_t bj_broadcast_cnt(const bj_broadcast_t *broadcast); /* datagrams */

#endif /* BJ_BROADCAST_H */
