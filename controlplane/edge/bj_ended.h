#ifndef BJ_ENDED_H
#define BJ_ENDED_H

/* bj_ended - whose right to prices ended lately: sessions and access tokens, by the name that a
 * ticket has for them (bj_pass_t, who).
 *
 * Purpose  What was opened with a ticket from before ends, and a ticket from before opens nothing:
 *          one that is made afterwards, for what is left, is as good as any.
 * Memory   BJ_ENDED_MAX names, each kept for 1 to 2 times BJ_ENDED_KEEP_S, longer than a ticket is
 *          good for; 6 MiB, touched as it fills.  When it is full all tickets from before now are
 *          worth nothing instead: nothing is forgotten, somebody asks once more.
 * Threads  the caller's to see to.
 * Cost     put, has: one or two lines of memory. */
#include "controlplane/edge/bj_pass.h"

enum { BJ_ENDED_MAX = 98304, BJ_ENDED_KEEP_S = 70 };

typedef struct bj_ended bj_ended_t;

bj_ended_t *bj_ended_new(int64_t now_s); /* NULL: out of memory; before now_s nobody was heard */
void bj_ended_free(bj_ended_t *ended); /* NULL is allowed */

/* False: it was full, and all from before now_s is doubted. */
bool bj_ended_put(bj_ended_t *ended, const uint8_t who[BJ_PASS_WHO_BYTES], int64_t now_s);
/* Some were not heard of: all from before now_s is doubted. */
void bj_ended_doubt(bj_ended_t *ended, int64_t now_s);
/* Is a ticket worth nothing that was made then for who? */
bool bj_ended_has(const bj_ended_t *ended, const uint8_t who[BJ_PASS_WHO_BYTES], int64_t made_s);
/* The same of what is open already, which doubt does not end. */
bool bj_ended_named(const bj_ended_t *ended, const uint8_t who[BJ_PASS_WHO_BYTES],
                    int64_t made_s);

#endif /* BJ_ENDED_H */
