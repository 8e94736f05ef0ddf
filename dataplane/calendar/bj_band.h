#ifndef BJ_BAND_H
#define BJ_BAND_H

/* bj_band - price bands: the fixed one, and the watcher that says when a sliding one is to move.
 *
 * Purpose    One watcher per instrument that has derivatives.  It is told each trade of the
 *            continuous session.  When enough trades of enough clients and members came near an
 *            edge, the cooling-off begins; at its end the edge moves on by a step and the other
 *            edge follows by the same.
 * Shape      a plain struct of about 2 KiB, no pointers: it may be copied and compared.
 * Units      paise; basis points (bp) of the previous close; ns since the UNIX epoch, UTC.
 * Ownership  the caller's memory, nothing is allocated.
 * Threads    one per watcher.
 * Errors     bj_band_begin and bj_band_edges say what is out of range; the rest cannot fail.
 * Order      no clock and no floating point: the same trades and times give the same bands.
 * Cost       a trade away from the edges: a few multiplications and compares.  Near one: four
 *            searches of at most BJ_BAND_KEY_MAX keys.
 * Source     SEBI/HO/MRD/TPD-1/P/CIR/2024/58 of 24 May 2024; NSE/FAOP/64995 of 8 Nov 2024.  Every
 *            number is in the rule, from the calendar; docs/calendar.md says what is ours. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/match/bj_match.h"

enum {
    BJ_BAND_KEY_MAX = 32,  /* the most clients or members a rule may ask for on one side */
    BJ_BAND_RUNG_MAX = 8,
    BJ_BAND_BP_MAX = 50000, /* an edge is at most 500 % above the previous close */
};
#define BJ_BAND_NEVER_NS INT64_MAX

/* One rung of the ladder: how the next flexes of a day are done. */
typedef struct bj_band_rung {
    uint32_t times;          /* so many flexes, then the next rung; 0: all that follow */
    int32_t  step_bp;        /* how far both edges move, (0, 10000] */
    int32_t  cooling_s;      /* from the trade that met the condition to the flex, [0, 86400] */
    int32_t  late_cooling_s; /* the same if that trade was at late_from_s or after */
} bj_band_rung_t;

typedef struct bj_band_rule {
    int32_t  first_bp;    /* the day begins with previous close -/+ this, (0, 10000) */
    int32_t  near_bp;     /* near: so far from the band's middle to an edge, [1, 10000] */
    uint32_t trade_cnt;   /* so many trades near the edge, at least 1 */
    uint32_t client_cnt;  /* by so many clients on each side of the trades, [0, BJ_BAND_KEY_MAX] */
    uint32_t member_cnt;  /* and so many members on each side, [0, BJ_BAND_KEY_MAX] */
    int32_t  late_from_s; /* of the day in India, [0, 86400]; 86400: never late */
    uint32_t rung_cnt;    /* [1, BJ_BAND_RUNG_MAX] */
    bj_band_rung_t rung[BJ_BAND_RUNG_MAX];
} bj_band_rule_t;

typedef struct bj_band_trade {
    int64_t  at_ns;
    uint64_t buy_client, sell_client; /* any key, the same for the same client */
    uint64_t buy_member, sell_member;
    int32_t  price_paise;
} bj_band_trade_t;

typedef struct bj_band_keys { /* distinct keys, counted no further than is asked for */
    uint32_t cnt;
    uint64_t key[BJ_BAND_KEY_MAX];
} bj_band_keys_t;

typedef struct bj_band_edge { /* what has come near one edge since it stands where it is */
    uint32_t trade_cnt;
    bj_band_keys_t buy_client, sell_client, buy_member, sell_member;
} bj_band_edge_t;

typedef struct bj_band { /* to be read by anyone, written by the functions below only */
    bj_band_rule_t rule;
    int32_t  prev_close_paise, tick_paise;
    int32_t  lo_bp, hi_bp;       /* of the previous close; after flexes both may have one sign */
    int32_t  lo_paise, hi_paise; /* inclusive, in whole ticks */
    uint32_t flex_cnt;           /* today */
    int32_t  direction;          /* of the flex that is due: +1 up, -1 down, 0 none */
    int64_t  due_ns;             /* when it is due; BJ_BAND_NEVER_NS: none is */
    bj_band_edge_t up, down;
} bj_band_t;

/* The band from previous close * (1 + lo_bp/10000) to previous close * (1 + hi_bp/10000), both
 * rounded inwards to ticks.
 *   BJ_ERR_BAD_FIELD  prev_close_paise or tick_paise < 1; not -10000 <= lo_bp <= hi_bp <=
 *                     BJ_BAND_BP_MAX; or no whole tick lies inside
 *   BJ_ERR_OVERFLOW   the upper edge is no int32 */
BJ_MUST_USE bj_status_t bj_band_edges(int32_t prev_close_paise, int32_t lo_bp, int32_t hi_bp,
                                      int32_t tick_paise, int32_t *lo_paise, int32_t *hi_paise);

/* The day's first band.  Errors as bj_band_edges, BJ_ERR_BAD_FIELD also for a rule out of its
 * ranges; the watcher is then not to be used. */
BJ_MUST_USE bj_status_t bj_band_begin(bj_band_t *band, const bj_band_rule_t *rule,
                                      int32_t prev_close_paise, int32_t tick_paise);

/* One trade of the continuous session.  Times do not go back, and a flex that is due has been taken
 * first.  While a flex is waiting trades are not counted: both edges will move and counting starts
 * anew. */
void bj_band_trade(bj_band_t *band, const bj_band_trade_t *trade);

/* True: the cooling-off is over at now_ns; the band has moved and *cmd is the BJ_OP_BAND for it.
 * False: nothing is due, or the band can go no further (it would leave int32, or its lower edge
 * would come to 0); *cmd is untouched. */
BJ_MUST_USE bool bj_band_flex(bj_band_t *band, int64_t now_ns, uint32_t instrument_idx,
                              bj_match_cmd_t *cmd);

/* Somebody moved the band by hand, 0 < lo_paise <= hi_paise: it stands there, no flex is due, and
 * counting starts anew.  A later flex moves on from there, to a basis point. */
void bj_band_moved(bj_band_t *band, int32_t lo_paise, int32_t hi_paise);

/* The BJ_OP_BAND of the band as it stands, for the begin of a day. */
bj_match_cmd_t bj_band_cmd(const bj_band_t *band, uint32_t instrument_idx);

#endif /* BJ_BAND_H */
