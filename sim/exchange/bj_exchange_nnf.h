#ifndef BJ_EXCHANGE_NNF_H
#define BJ_EXCHANGE_NNF_H

/* bj_exchange_nnf - the exchange's side of NNF in the simulator: members sign on, and their orders
 * meet the market model's.
 *
 * Purpose    exchange.nnf of the configuration (docs/protocols/nnf.md) made into bj_nnf_server, its
 *            two ports, bj_members and the day's file; absent: off.
 * A turn     what came in is applied to the books; then, with what the model's traders did to
 *            members' orders since, it is written to the file; then it is told.
 * The day    IST.  At its end every open order ends, every connection too, and the next day begins
 *            in a file of its own.  Order numbers have the day in them and never come twice.
 * Errors     at start: false or NULL with a sentence in the log.  The file cannot be written: every
 *            connection ends and nothing more is taken (figure nnf_lost); the feed goes on.
 * Threads    one.
 * Cost       a turn without traffic: two epoll_wait; with events: a write and an fdatasync. */
#include "dataplane/nnf/bj_nnf_setup.h"
#include "sim/exchange/bj_day.h"
#include "sim/exchange/bj_members.h"

enum { BJ_EXCHANGE_NNF_OPEN_MAX = 16384 }; /* members' open orders */

#define BJ_EXCHANGE_NNF_AT "exchange.nnf"

typedef struct bj_exchange_nnf bj_exchange_nnf_t;

typedef struct bj_exchange_nnf_stats {
    bj_nnf_counters_t  server;
    bj_members_stats_t members;
    uint64_t commits, events, drops; /* events: of the day */
    bool     refusing, lost;
} bj_exchange_nnf_stats_t;

/* NULL: it cannot be opened.  The model was made with member_order_max of at least
 * BJ_EXCHANGE_NNF_OPEN_MAX, has told nothing yet, and outlives this; so do day and config. */
bj_exchange_nnf_t *bj_exchange_nnf_open(const bj_config_t *config, const bj_day_t *day,
                                        bj_model_t *model, bj_now_t now);
void bj_exchange_nnf_close(bj_exchange_nnf_t *nnf, bj_now_t now);
/* Around each step of the model: members' orders may be hit then, stops reached. */
void bj_exchange_nnf_before(bj_exchange_nnf_t *nnf, int64_t wall_ns);
void bj_exchange_nnf_stepped(bj_exchange_nnf_t *nnf);
/* Returns work done; 0: there is nothing to do before bj_exchange_nnf_fd is readable. */
uint32_t bj_exchange_nnf_turn(bj_exchange_nnf_t *nnf, bj_now_t now);
int bj_exchange_nnf_fd(const bj_exchange_nnf_t *nnf); /* -1: there is nothing to wait for */

/* --- faults on command */
void bj_exchange_nnf_drop(bj_exchange_nnf_t *nnf, bj_now_t now);
void bj_exchange_nnf_refuse(bj_exchange_nnf_t *nnf, int64_t refuse_ns, bj_now_t now);

bj_exchange_nnf_stats_t bj_exchange_nnf_stats(const bj_exchange_nnf_t *nnf);
const bj_members_t *bj_exchange_nnf_members(const bj_exchange_nnf_t *nnf); /* for tests */

#endif /* BJ_EXCHANGE_NNF_H */
