#ifndef BJ_FEED_DAY_H
#define BJ_FEED_DAY_H

/* bj_feed_day - what the feed carries today: streams, instruments, spreads and services of all
 * segments, and the broadcast beside them, from the configuration.
 *
 * Shape      The rows of the cash segment come first, in the order of universe_csv, then those of
 *            feed.segments, entry by entry, an entry's spreads behind its instruments.
 * Keys       feed.segment, feed.stream_cnt, group_a, port_a, group_b, port_b and universe_csv: the
 *            first segment's.  feed.segments adds others:
 *              {"segment": "FO", "universe_csv": FILE, "stream_cnt": 2,
 *               "group_a": "239.70.70.41", "port_a": 17741, "group_b": ..., "port_b": ...,
 *               "recovery_host": IPV4, "recovery_port": N, "snapshot_host": ...,
 *               "spreads": [{"token": 900001, "near": 35001, "far": 35002, "stream": 1}]}
 *            with stream_files_dir (the exchange's files of the day, docs/refdata.md) in the place
 *            of universe_csv, if there are such.  Stream s of a segment goes to the group's address
 *            + s - 1, on the port + s - 1.  No recovery_port, or 0: not used; so the snapshot.
 *            feed.broadcast: where the compressed broadcast of a segment (CM, FO) comes in:
 *              [{"segment": "CM", "group_a": "239.60.60.11", "port_a": 10811,
 *                "group_b": "239.60.60.12", "port_b": 10812}]
 *            What has stream 0 in a table, or only a master among the exchange's files, has its
 *            prices from there alone (NO_STREAM).  Without such an entry it has none: a warning.
 * Units      a row's prices are in its segment's unit (bj_market.h).
 * Errors     false, and a sentence in the log that names the key; a missing key, or a value of the
 *            wrong kind, ends the process (bj_config.h).
 * Ownership  bj_feed_day_free, after an error too.  Start-up only. */
#include "dataplane/base/bj_config.h"
#include "dataplane/feed/bj_feed.h"
#include "dataplane/main/bj_feed_tcp.h"
#include "dataplane/market/bj_market.h"

enum { BJ_FEED_DAY_ROWS_MAX = 1 << 17 };

typedef struct bj_feed_broadcast {
    bj_segment_t    segment; /* CM or FO */
    bj_feed_aside_t groups;
} bj_feed_broadcast_t;
enum { BJ_FEED_BROADCAST_MAX = 2 };

typedef struct bj_feed_day {
    uint32_t stream_cnt, row_cnt, row_room;
    bj_feed_stream_t        streams[BJ_FEED_STREAM_MAX];
    bj_feed_instrument_t   *feed;   /* the same rows, */
    bj_market_instrument_t *market; /* for the one and for the other */
    bool carried[BJ_SEGMENT_CNT + 1];
    uint32_t broadcast_cnt;
    bj_feed_broadcast_t   broadcast[BJ_FEED_BROADCAST_MAX];
    bj_feed_tcp_address_t service[BJ_SEGMENT_CNT + 1][BJ_FEED_SERVICES];
} bj_feed_day_t;

bool bj_feed_day_read(bj_feed_day_t *day, const bj_config_t *config); /* zeroed at first */
void bj_feed_day_free(bj_feed_day_t *day);

#endif /* BJ_FEED_DAY_H */
