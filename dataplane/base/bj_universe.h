#ifndef BJ_UNIVERSE_H
#define BJ_UNIVERSE_H

/* bj_universe - the table of instruments every process starts from: a CSV file with a header line.
 *
 * Purpose    One reading of the file for the dataplane, the relay, the exchange simulator and the
 *            rest.
 * Form       Lines that begin with '#' and empty lines are skipped; the first other line names the
 *            columns, in any order; a column not listed below is ignored; `name` may be absent.
 * Units      paise, shares, hundredths of a percent (bp).
 * Errors     BJ_ERR_IO: the file cannot be read; BJ_ERR_FULL: more rows than rows_max;
 *            BJ_ERR_CONFIG: `error` names each bad line by file, line and field, one a line, as
 *            many as fit.  On any error *row_cnt is 0.
 * Cost       start-up only. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

enum { BJ_UNIVERSE_STREAM_MAX = 64, BJ_UNIVERSE_LINE_BYTES = 1024 };

typedef struct bj_universe_row {
    uint32_t token;       /* the exchange's number, unique */
    uint16_t stream;      /* of the tick-by-tick feed, [1, BJ_UNIVERSE_STREAM_MAX]; 0: it has none,
                             only the broadcast tells its prices */
    char     symbol[16];  /* unique; A-Z 0-9 & - and NUL */
    char     name[64];    /* of the company; empty if the file has none */
    int32_t  tick_paise, lot_qty, freeze_qty;                  /* > 0; freeze in whole lots */
    int32_t  prev_close_paise, band_lo_paise, band_hi_paise;   /* > 0, in whole ticks, lo < hi */
    int64_t  avg_daily_qty, avg_daily_trades;                  /* > 0 */
    int32_t  annual_vol_bp;                                    /* 2500 is 25 % a year */
} bj_universe_row_t;

BJ_MUST_USE bj_status_t bj_universe_load(const char *file, bj_universe_row_t *rows, size_t rows_max,
                                         size_t *row_cnt, char *error, size_t error_bytes);

#endif /* BJ_UNIVERSE_H */
