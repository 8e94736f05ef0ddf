#ifndef BJ_STREAMS_H
#define BJ_STREAMS_H

/* bj_streams - the streams that the exchange publishes: segment, number in it, where they go; and
 * behind them the broadcasts, one a segment at most, numbered 0.
 *
 * Shape      a dense stream_idx over all segments, the cash segment first; at most 64, so that a
 *            set of streams is a mask, bit i for stream i.
 * Units      addresses and ports in host order. */
#include "dataplane/base/bj_universe.h"
#include "dataplane/wire/bj_wire_mtbt.h"

enum { BJ_SOURCES = 2, BJ_STREAM_NAME_BYTES = 16 };
static_assert(BJ_UNIVERSE_STREAM_MAX == 64, "a set of streams is 64 bits");

typedef struct bj_stream_place {
    uint32_t group_ip;
    uint16_t port;
} bj_stream_place_t;

typedef struct bj_stream {
    bj_segment_t segment;
    uint16_t     stream_id;
    bj_stream_place_t source[BJ_SOURCES]; /* A, B */
} bj_stream_t;

typedef struct bj_streams {
    uint32_t    cnt;
    bj_stream_t stream[BJ_UNIVERSE_STREAM_MAX];
    uint32_t    broadcast_cnt; /* the last of them */
} bj_streams_t;

/* Those that are tick-by-tick: stream_idx below it. */
static inline uint32_t bj_streams_ticks(const bj_streams_t *streams) {
    return streams->cnt - streams->broadcast_cnt;
}

/* "CM:1", "CM:bcast" */
void bj_streams_name(const bj_stream_t *stream, char out[BJ_STREAM_NAME_BYTES]);
/* "all", "FO", "FO:2", "FO:bcast".  0: no such stream is there. */
uint64_t bj_streams_mask(const bj_streams_t *streams, const char *text);
/* UINT32_MAX: none.  find: tick-by-tick. */
uint32_t bj_streams_find(const bj_streams_t *streams, bj_segment_t segment, uint16_t stream_id);
uint32_t bj_streams_broadcast(const bj_streams_t *streams, bj_segment_t segment);

#endif /* BJ_STREAMS_H */
