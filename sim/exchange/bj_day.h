#ifndef BJ_DAY_H
#define BJ_DAY_H

/* bj_day - what the exchange trades today: segments, their streams, instruments and spreads.
 *
 * Source     the configuration.  The cash segment is feed.stream_cnt streams of universe_csv, at
 *            feed.group_a, port_a, group_b, port_b; exchange.segments adds others, each
 *              {"segment": "FO", "universe_csv": FILE, "stream_cnt": 2,
 *               "group_a": "239.70.70.41", "port_a": 17741, "group_b": ..., "port_b": ...,
 *               "recovery_port": 0, "snapshot_port": 0,      (0 or absent: off)
 *               "spreads": [{"token": 900001, "near": 35001, "far": 35002, "stream": 1}]}
 *            feed.broadcast adds where a segment's broadcast goes, as bijli-dataplane reads it:
 *              [{"segment": "CM", "group_a": ..., "port_a": ..., "group_b": ..., "port_b": ...}]
 *            Rows with stream 0 are only there; without it they are not traded here.
 *            Stream s of a segment goes to the group's address + s - 1, on the port + s - 1.
 * Errors     a sentence on stderr and exit 2, like every bad configuration.
 * Ownership  static for the process: one day is all there is. */
#include "dataplane/base/bj_config.h"
#include "sim/exchange/bj_model.h"
#include "sim/exchange/bj_streams.h"

enum { BJ_DAY_ROWS_MAX = 4096 };

typedef struct bj_day_segment {
    bj_segment_t segment;
    uint16_t recovery_port, snapshot_port; /* 0: off */
} bj_day_segment_t;

typedef struct bj_day {
    bj_streams_t streams;
    uint32_t segment_cnt;
    bj_day_segment_t segment[BJ_SEGMENT_CNT];
    uint32_t row_cnt;
    bj_model_row_t row[BJ_DAY_ROWS_MAX];
} bj_day_t;

void bj_day_read(const bj_config_t *config, bj_day_t *day);

/* The row of a calendar spread: its price is the far leg's less the near leg's, with a bias that
 * keeps its band above zero.  False: the prices do not fit 32 bits. */
BJ_MUST_USE bool bj_day_spread(const bj_model_row_t *near, const bj_model_row_t *far,
                               uint32_t token, bj_model_row_t *spread);

#endif /* BJ_DAY_H */
