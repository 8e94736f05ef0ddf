#ifndef BJ_FEEDSCAN_H
#define BJ_FEEDSCAN_H

/* bj_feedscan - the first pass over a capture: what the feed must be made for before the clock
 * runs.
 *
 * Groups       where messages of the feed are sent: a group of the segments' file, or any address
 *              and port to which something went that decodes.  Other UDP is left out of the
 *              capture.
 * Broadcast    a datagram without one message of the feed that is a whole one of the compressed
 *              broadcast (bj_bcast.h): its group and port are the broadcast's.  Counted, and left
 *              out of the capture.
 * Streams      those that messages name.
 * Instruments  from the stream files, or else every token that a message names, in the stream
 *              that names it first.  The exchange's stream files do not tell spreads' own tokens:
 *              those that are not listed come from the capture in any case.
 * Ticks        the largest step that all prices of an instrument's orders are multiples of: books
 *              are denser for it.
 * Sizes        live orders at most, by following ids alone (somewhat more than there will be);
 *              trades at most.
 * Clock        how far the exchange's clock runs before the capture's: 0 unless it is more than
 *              30 s (a capture made or stamped at another time), then all capture times are
 *              moved.
 * Ownership    its own memory, the heap; bj_feedscan_free. */
#include "dataplane/bcast/bj_bcast.h"
#include "dataplane/feed/bj_feed.h"
#include "dataplane/feedreplay/bj_capture.h"
#include "dataplane/feedreplay/bj_segments.h"
#include "dataplane/feedreplay/bj_u64map.h"

enum { BJ_FEEDSCAN_INSTRUMENT_MAX = 1 << 20 };

typedef struct bj_feedscan_instrument {
    uint32_t token, leg_token[2]; /* legs: of a listed spread; else 0 */
    uint16_t stream_id;
    uint8_t segment, spread;
    int32_t tick_paise; /* what all its orders' prices are multiples of; 0: none seen */
    char symbol[BJ_MARKET_SYMBOL_BYTES]; /* empty: not known */
} bj_feedscan_instrument_t;

typedef struct bj_feedscan {               /* zeros but for listed: before the scan */
    bj_feedscan_instrument_t *instruments; /* by token, segment, outright before spread */
    size_t instrument_cnt, instrument_room;
    bool listed; /* they come from the stream files */
    bj_feed_stream_t streams[BJ_FEED_STREAM_MAX];
    uint32_t stream_cnt;
    uint32_t order_max;
    size_t trade_max;
    int64_t ahead_ns;   /* to be added to every capture time */
    bj_u64map_t groups; /* address and port: segment */
    bj_bcast_t  broadcast; /* of both sources */
} bj_feedscan_t;

/* Adds an instrument of a stream file. */
void bj_feedscan_list(bj_feedscan_t *scan, const bj_feedscan_instrument_t *instrument);

/* Reads the whole capture, drops what is not the feed's from it, and moves its times.  False: error
 * says which limit was passed. */
BJ_MUST_USE bool bj_feedscan_run(bj_feedscan_t *scan, bj_capture_t *capture,
                                 const bj_segments_t *segments, unsigned other_segment,
                                 char error[BJ_CAPTURE_TEXT_BYTES]);
/* The segment of a group, 0: not the feed's. */
static inline unsigned bj_feedscan_segment(const bj_feedscan_t *scan, uint32_t ip, uint16_t port) {
    const int64_t *segment =
        bj_u64map_find(&scan->groups, UINT64_C(1) << 48 | (uint64_t)ip << 16 | port);
    return segment ? (unsigned)*segment : 0;
}
/* NULL: no such instrument. */
const bj_feedscan_instrument_t *bj_feedscan_find(const bj_feedscan_t *scan, uint32_t token,
                                                 unsigned segment, unsigned spread);
void bj_feedscan_free(bj_feedscan_t *scan);

#endif /* BJ_FEEDSCAN_H */
