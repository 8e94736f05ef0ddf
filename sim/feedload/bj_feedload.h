#ifndef BJ_FEEDLOAD_H
#define BJ_FEEDLOAD_H

/* bj_feedload - frames of the tick-by-tick feed made beforehand, to be sent as fast as one likes.
 *
 * Shape      one lap of messages of the cash segment: orders come, change, trade and go, and at
 *            the end of the lap none is left, so that the lap can be sent again and again.
 *            Whoever sends stamps each frame with its stream's next sequence and the time.
 * Flow       of 100 messages some 45 are new orders, 40 cancels, 9 changes, 6 trades; orders live
 *            for as long as it takes for live_cnt to be there.
 * Ownership  the load owns its memory; the heap, start-up only. */
#include "dataplane/wire/bj_wire_mtbt.h"

enum { BJ_FEEDLOAD_STREAMS = 5, BJ_FEEDLOAD_FRAME_BYTES = 96, BJ_FEEDLOAD_HEAD_BYTES = 42 };

typedef struct bj_feedload_frame {
    uint8_t bytes[BJ_FEEDLOAD_FRAME_BYTES]; /* Ethernet, IP, UDP, message; of source A */
    uint8_t head_b[BJ_FEEDLOAD_HEAD_BYTES];
    uint16_t len_bytes;
    uint16_t stream; /* [0, BJ_FEEDLOAD_STREAMS) */
} bj_feedload_frame_t;

typedef struct bj_feedload {
    bj_feedload_frame_t *frames;
    size_t cnt;
} bj_feedload_t;

/* Instrument i, [0, symbol_cnt), has token i + 1 and is in stream i % BJ_FEEDLOAD_STREAMS.
 * False: no memory, or a shape that cannot be: symbol_cnt 1 to 100000, live_cnt from 1. */
BJ_MUST_USE bool bj_feedload_make(bj_feedload_t *load, uint32_t symbol_cnt, uint32_t live_cnt,
                                  size_t message_cnt, uint64_t seed);
void bj_feedload_free(bj_feedload_t *load);

/* Where a source (0, 1) sends a stream: address in host order, and port. */
uint32_t bj_feedload_group(uint32_t source, uint32_t stream);
uint16_t bj_feedload_port(uint32_t source, uint32_t stream);

/* Writes the frame as source sends it, to a buffer of BJ_FEEDLOAD_FRAME_BYTES. */
void bj_feedload_stamp(uint8_t *to, const bj_feedload_frame_t *frame, uint32_t source, uint32_t seq,
                       int64_t unix_ns);
/* A heartbeat of a stream; returns its bytes. */
size_t bj_feedload_beat(uint8_t *to, uint32_t source, uint32_t stream, uint32_t last_seq);

#endif /* BJ_FEEDLOAD_H */
