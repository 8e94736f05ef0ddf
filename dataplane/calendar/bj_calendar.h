#ifndef BJ_CALENDAR_H
#define BJ_CALENDAR_H

/* bj_calendar - when the market does what: timetable, halts, bands and ticks, read from dated data.
 *
 * Purpose    Every time of day, percentage and tick of the market is a row in a JSON file
 *            (dataplane/calendar/nse.json), none is in code.  A row holds from its date on, until a
 *            row with a later date replaces it.  docs/calendar.md says what the file holds.
 * Shape      classes of instruments are named by the file ("CM", "CM_CAS", "FO", ...), at most
 *            BJ_CALENDAR_CLASS_MAX; class_idx is in [0, bj_calendar_class_cnt).  "DAY" is no class
 *            of instruments: its steps are the whole engine's (DAY_END).
 * Units      days since 1970-01-01; at_s: seconds of the day in India (UTC+05:30, no daylight
 *            saving); ns since the UNIX epoch, UTC; paise; bp: hundredths of a percent.
 * Ownership  load gives a calendar to the caller, who frees it; pointers it hands out live as long.
 * Threads    read-only once loaded: any number may ask.
 * Errors     load: BJ_ERR_CONFIG and one sentence that names the key and what it may be.
 * Order      no clock; a random moment comes from (seed, date, class, step): asked again it is the
 *            same.  It hides the moment from people who lack the seed; it is no cryptography.
 * Cost       start-up and a few queries a minute; not for the hot path. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/calendar/bj_band.h"
#include "dataplane/match/bj_match.h"

typedef struct bj_calendar bj_calendar_t;

enum {
    BJ_CALENDAR_ERROR_BYTES = 256,
    BJ_CALENDAR_NAME_BYTES = 16, /* of a class or a kind of tick, NUL included */
    BJ_CALENDAR_CLASS_MAX = 16,
    BJ_CALENDAR_STEP_MAX = 32, /* a day and class */
    BJ_CALENDAR_LEVEL_MAX = 8,
    BJ_CALENDAR_TIMED_MAX = 4, /* commands of one halt */
    BJ_CALENDAR_DAY_MIN = 10957, /* 2000-01-01 */
    BJ_CALENDAR_DAY_MAX = 47481, /* 2099-12-31; outside of these the market is closed */
};

/* BJ_OK: *out is a calendar.  Else *out is NULL and error a sentence without newline:
 *   BJ_ERR_CONFIG  not JSON, or a key is missing, unknown, or out of its range
 *   BJ_ERR_FULL    no memory
 * seed: whoever knows it knows the random moments of every day. */
BJ_MUST_USE bj_status_t bj_calendar_load(const char *text, size_t text_bytes, uint64_t seed,
                                         bj_calendar_t **out, char error[BJ_CALENDAR_ERROR_BYTES]);
BJ_MUST_USE bj_status_t bj_calendar_load_file(const char *file, uint64_t seed, bj_calendar_t **out,
                                              char error[BJ_CALENDAR_ERROR_BYTES]);
void bj_calendar_free(bj_calendar_t *calendar); /* NULL: nothing */

/* --- days and times */

bool    bj_calendar_date(const char *text, int32_t *day); /* "2026-08-03"; false: none in range */
int32_t bj_calendar_day(int64_t now_ns);                  /* the day it is in India */
int32_t bj_calendar_second(int64_t now_ns);               /* the second of that day, [0, 86400) */
int64_t bj_calendar_ns(int32_t day, int32_t at_s);
/* False: a weekend or holiday that is not among the file's open days. */
bool bj_calendar_is_open(const bj_calendar_t *calendar, int32_t day);

/* --- the timetable */

typedef struct bj_calendar_step {
    int32_t  at_s;         /* of the day in India, [0, 86400): its first possible moment */
    int32_t  random_s;     /* it comes somewhere in [at_s, at_s + random_s); 0: at at_s */
    uint32_t band_bp;      /* PHASE to AUCTION*: band around the reference; 0: the day's */
    uint8_t  op;           /* BJ_OP_PHASE, BJ_OP_UNCROSS, BJ_OP_WINDOW or BJ_OP_DAY_END */
    uint8_t  phase;        /* bj_phase_t.  PHASE: to what; UNCROSS: what follows; else 0 */
    uint8_t  auction;      /* bj_auction_t.  PHASE to AUCTION*; else 0 */
    uint8_t  market_first; /* UNCROSS: 1: market orders before limit orders */
} bj_calendar_step_t;

typedef struct bj_calendar_due {
    int64_t  at_ns; /* random part included */
    int32_t  day;
    uint32_t step_idx;
    bj_calendar_step_t step;
} bj_calendar_due_t;

uint32_t    bj_calendar_class_cnt(const bj_calendar_t *calendar);
const char *bj_calendar_class_name(const bj_calendar_t *calendar, uint32_t class_idx);
/* False: the file knows no such class. */
bool bj_calendar_class(const bj_calendar_t *calendar, const char *name, uint32_t *class_idx);

/* The steps of a class on a day, each later than the one before; *step_cnt is 0 on a closed day
 * and on a day before the first row. */
const bj_calendar_step_t *bj_calendar_steps(const bj_calendar_t *calendar, uint32_t class_idx,
                                            int32_t day, size_t *step_cnt);

/* The first step of the class after now_ns (never at it), looking up to a year ahead; false: none.
 * No two steps of a class come at one moment, so asking with the time of the step done last gives
 * each step once, after a restart too. */
bool bj_calendar_next(const bj_calendar_t *calendar, uint32_t class_idx, int64_t now_ns,
                      bj_calendar_due_t *due);

/* The command of a step for one instrument of the class, or BJ_MATCH_ALL.  DAY_END is for the
 * whole engine whatever instrument_idx says. */
bj_match_cmd_t bj_calendar_cmd(const bj_calendar_step_t *step, int32_t day,
                               uint32_t instrument_idx);

/* True: the step takes place even when trading is halted for the rest of the day (closing, the end
 * of the day, the start of a price window).  The others would begin trading again. */
bool bj_calendar_in_halt(const bj_calendar_step_t *step);

/* --- index circuit breaker (SEBI CIR/MRD/DP/25/2013; NSE/CMTR/24709) */

typedef struct bj_calendar_breaker {
    uint32_t level_bp; /* the highest level that was reached; 0: none */
    int32_t  halt_s;   /* 0: no halt, or one for the rest of the day */
    int32_t  auction_s;
    bool     rest_of_day, none; /* none: go on trading */
    bool     cancel_orders;     /* what rests is cancelled when the halt begins */
    uint8_t  market_first;      /* in the auction that ends the halt */
} bj_calendar_breaker_t;

/* What a move of the index means at this time of the day.  move_bp: distance from the previous
 * close, either way, rounded down (a move of 9.9999 % is 999).  A level counts once a day: the
 * caller keeps the highest it has acted on.
 *   BJ_ERR_NOT_FOUND  the file has no row for this day */
BJ_MUST_USE bj_status_t bj_calendar_breaker(const bj_calendar_t *calendar, int32_t day,
                                            int32_t at_s, uint32_t move_bp,
                                            bj_calendar_breaker_t *breaker);

typedef struct bj_calendar_timed {
    int64_t at_ns;
    bj_match_cmd_t cmd; /* for all instruments */
} bj_calendar_timed_t;

/* What the matching engine is to be told, and when, if trading halts at now_ns: HALTED at once (and
 * MASS_CANCEL, if cancel_orders), after the halt AUCTION, after that UNCROSS to CONTINUOUS.  For
 * the rest of the day: only what is to be done at once.  Returns how many; 0: no halt. */
size_t bj_calendar_breaker_cmds(const bj_calendar_breaker_t *breaker, int64_t now_ns,
                                bj_calendar_timed_t timed[BJ_CALENDAR_TIMED_MAX]);

/* --- bands and ticks */

/* The fixed band of an instrument whose class of band is pct, rounded inwards to ticks.
 *   BJ_ERR_NOT_FOUND  no row for this day, or pct is not a class of that day
 *   others            as bj_band_edges */
BJ_MUST_USE bj_status_t bj_calendar_static_band(const bj_calendar_t *calendar, int32_t day,
                                                int32_t prev_close_paise, int32_t pct,
                                                int32_t tick_paise, int32_t *lo_paise,
                                                int32_t *hi_paise);

/* The rule of sliding bands, for bj_band_begin; NULL: no row for this day. */
const bj_band_rule_t *bj_calendar_band_rule(const bj_calendar_t *calendar, int32_t day);

/* The tick of an instrument of a kind ("CM", "INDEX_FUTURES", "OPTIONS") whose price at the end of
 * last month was price_paise; for options the underlying's.  0: no row, or price_paise < 1.  Where
 * there is the exchange's master file, that decides. */
int32_t bj_calendar_tick(const bj_calendar_t *calendar, const char *kind, int32_t day,
                         int32_t price_paise);

#endif /* BJ_CALENDAR_H */
