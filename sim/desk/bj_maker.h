#ifndef BJ_MAKER_H
#define BJ_MAKER_H

/* bj_maker - what the demo's market maker wants to say: quotes that follow the feed.
 *
 * Purpose    Three levels a side at the feed's prices, so that a client's order at the shown best
 *            price finds someone.  No sockets, no clock: rows and reports in, requests out.
 * Rules      At most one round of changes an instrument a second and a token bucket over all; a
 *            quote whose price is still wanted stays, one that is not moves to a price that is (a
 *            modify, not a cancel and a new); rising prices move the asks first and falling ones
 *            the bids, so that it never meets itself; a quote is filled up again when less than
 *            half is left; on a stale or silent feed everything is withdrawn; a refused instrument
 *            is left alone for 5 s.
 * Threads    one.
 * Ownership  bj_maker_new allocates. */
#include "dataplane/market/bj_market.h"
#include "dataplane/wire/bj_wire_oe.h"

enum { BJ_MAKER_LEVELS = 3, BJ_MAKER_QTY_MAX = 5000 };

/* Sends one request; false: not now (nothing was sent).  *seq is its number. */
typedef bool bj_maker_send_fn(void *ctx, uint8_t type, void *msg, uint64_t *seq);

typedef struct bj_maker bj_maker_t;

bj_maker_t *bj_maker_new(uint32_t instrument_cnt, uint32_t account_id, uint32_t messages_per_s,
                         bj_maker_send_fn *send, void *ctx);
void bj_maker_free(bj_maker_t *maker);

/* A new login: forget every quote and ask for a mass cancel; quoting begins when it is done. */
void bj_maker_restart(bj_maker_t *maker);
/* A report or a gateway's refusal of request_seq (reason as in the status list). */
void bj_maker_report(bj_maker_t *maker, const bj_oe_report_t *report, int64_t now_ns);
void bj_maker_refused(bj_maker_t *maker, uint64_t request_seq, int64_t now_ns);
/* The feed's view of one instrument: quotes it if it is due. */
void bj_maker_quote(bj_maker_t *maker, uint32_t instrument_idx, const bj_market_row_t *row,
                    int64_t now_ns);
/* The feed is silent: withdraw everything (once). */
void bj_maker_withdraw(bj_maker_t *maker);

typedef struct bj_maker_stats {
    uint64_t news, modifies, cancels, trades, refusals, withdrawals;
    uint32_t open_quotes;
} bj_maker_stats_t;
bj_maker_stats_t bj_maker_stats(const bj_maker_t *maker);

#endif /* BJ_MAKER_H */
