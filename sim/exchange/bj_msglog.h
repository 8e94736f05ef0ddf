#ifndef BJ_MSGLOG_H
#define BJ_MSGLOG_H

/* bj_msglog - the messages that streams have sent since they began, for who missed some.
 *
 * Shape      the last keep_cnt messages of each stream; older ones are dropped.  Sequences of a
 *            stream come without holes; 1 begins it again and forgets what was there.
 * Ownership  bj_msglog_new allocates, bj_msglog_free frees: 48 bytes a message, and the system
 *            gives the memory only as it fills.  What bj_msglog_at returns is good until the next
 *            put.
 * Threads    one.  Cost: put is a copy of 48 bytes. */
#include "dataplane/base/bj_base.h"

typedef struct bj_msglog bj_msglog_t;

/* What is held of a stream: [first_seq, last_seq]; last_seq + 1 == first_seq: nothing. */
typedef struct bj_msglog_range {
    uint32_t first_seq, last_seq;
    uint64_t run; /* changes when the stream begins again */
} bj_msglog_range_t;

bj_msglog_t *bj_msglog_new(uint32_t stream_cnt, uint32_t keep_cnt); /* NULL: no memory, or a 0 */
void bj_msglog_free(bj_msglog_t *log);
void bj_msglog_begin(bj_msglog_t *log, uint32_t stream_idx);
/* A message with its stream header; its sequence is the next. */
void bj_msglog_put(bj_msglog_t *log, uint32_t stream_idx, const void *data, size_t data_bytes);
bj_msglog_range_t bj_msglog_held(const bj_msglog_t *log, uint32_t stream_idx);
uint64_t bj_msglog_cnt(const bj_msglog_t *log); /* messages held, of all streams */
/* seq is held. */
const void *bj_msglog_at(const bj_msglog_t *log, uint32_t stream_idx, uint32_t seq,
                         size_t *data_bytes);

#endif /* BJ_MSGLOG_H */
