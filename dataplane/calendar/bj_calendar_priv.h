#ifndef BJ_CALENDAR_PRIV_H
#define BJ_CALENDAR_PRIV_H

/* What bj_calendar_load.c fills and bj_calendar.c reads: one block, tables of fixed size. */
#include "dataplane/calendar/bj_calendar.h"

enum {
    BJ_CALENDAR_SESSION_MAX = 128,
    BJ_CALENDAR_BREAKER_MAX = 8,
    BJ_CALENDAR_WINDOW_MAX = 8,
    BJ_CALENDAR_BAND_MAX = 16,
    BJ_CALENDAR_PCT_MAX = 8,
    BJ_CALENDAR_TICKS_MAX = 32,
    BJ_CALENDAR_PRICE_MAX = 16,
    BJ_CALENDAR_DATE_MAX = 1024,
    BJ_CALENDAR_DAY_S = 86400,
};

/* Every dated row begins with this.  Of the rows of a key that hold on a day the one with the
 * latest from is meant, and of two with the same from the one that ends sooner. */
typedef struct bj_calendar_row {
    int32_t  from_day, until_day; /* inclusive; BJ_CALENDAR_DAY_MAX: no end */
    uint32_t key;                 /* sessions: class; ticks: kind; else 0 */
} bj_calendar_row_t;

typedef struct bj_calendar_session {
    bj_calendar_row_t  row;
    uint32_t           step_cnt;
    bj_calendar_step_t step[BJ_CALENDAR_STEP_MAX];
} bj_calendar_session_t;

typedef struct bj_calendar_window { /* of the day, from at_s to the next one's */
    int32_t at_s, halt_s, auction_s;
    bool    rest_of_day;
} bj_calendar_window_t;

typedef struct bj_calendar_level {
    uint32_t level_bp, window_cnt;
    bj_calendar_window_t window[BJ_CALENDAR_WINDOW_MAX]; /* the first is from 0 */
} bj_calendar_level_t;

typedef struct bj_calendar_halts {
    bj_calendar_row_t   row;
    bool                cancel_orders, market_first;
    uint32_t            level_cnt;
    bj_calendar_level_t level[BJ_CALENDAR_LEVEL_MAX]; /* ascending */
} bj_calendar_halts_t;

typedef struct bj_calendar_bands {
    bj_calendar_row_t row;
    uint32_t          pct_cnt;
    int32_t           pct[BJ_CALENDAR_PCT_MAX];
    bj_band_rule_t    rule;
} bj_calendar_bands_t;

typedef struct bj_calendar_ticks {
    bj_calendar_row_t row;
    uint32_t          price_cnt;
    struct {
        int32_t upto_paise, tick_paise; /* inclusive; the last is INT32_MAX */
    } price[BJ_CALENDAR_PRICE_MAX];
} bj_calendar_ticks_t;

typedef struct bj_calendar_names {
    uint32_t cnt;
    char     name[BJ_CALENDAR_CLASS_MAX][BJ_CALENDAR_NAME_BYTES];
} bj_calendar_names_t;

typedef struct bj_calendar_dates {
    uint32_t cnt;
    int32_t  day[BJ_CALENDAR_DATE_MAX];
} bj_calendar_dates_t;

struct bj_calendar {
    uint64_t seed;
    bj_calendar_names_t classes, kinds;
    bj_calendar_dates_t holidays, open_days;
    uint32_t session_cnt, halts_cnt, bands_cnt, ticks_cnt;
    bj_calendar_session_t session[BJ_CALENDAR_SESSION_MAX];
    bj_calendar_halts_t   halts[BJ_CALENDAR_BREAKER_MAX];
    bj_calendar_bands_t   bands[BJ_CALENDAR_BAND_MAX];
    bj_calendar_ticks_t   ticks[BJ_CALENDAR_TICKS_MAX];
};

#endif /* BJ_CALENDAR_PRIV_H */
