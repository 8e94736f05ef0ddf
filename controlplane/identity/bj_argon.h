#ifndef BJ_ARGON_H
#define BJ_ARGON_H

/* bj_argon - Argon2id: how dear a hash is on this machine, and threads of its own that make it.
 *
 * Purpose  As dear as the machine can bear and never cheaper than OWASP's least (Password Storage
 *          Cheat Sheet: m = 19 MiB, t = 2, p = 1); and a storm of log-ins must not take a core from
 *          whoever trades: the threads give way to all others (nice 10).
 * Memory   BJ_ARGON_AT_ONCE hashes at a time, so at most that times the memory of one.
 * Threads  hash and verify: any; they wait.  start and use: one, before.
 * Cost     what bj_argon_choose measured. */
#include "dataplane/base/bj_base.h"

enum { BJ_ARGON_AT_ONCE = 2, BJ_ARGON_TEXT_BYTES = 128 };

typedef struct bj_argon_cost {
    uint32_t memory_kib, passes;
} bj_argon_cost_t;

/* OWASP's least; what is used until bj_argon_use says otherwise. */
#define BJ_ARGON_LEAST ((bj_argon_cost_t){.memory_kib = 19456, .passes = 2})

/* How long one hash of that cost takes. */
typedef int64_t bj_argon_timer_t(void *ctx, bj_argon_cost_t cost);
/* The best of three. */
int64_t bj_argon_time(void *unused, bj_argon_cost_t cost);

/* The dearest that takes at most target_ns and memory_max_kib, or the least there may be if even
 * that takes longer.  *took_ns is what was measured for it. */
bj_argon_cost_t bj_argon_choose(int64_t target_ns, uint32_t memory_max_kib,
                                bj_argon_timer_t *timer, void *ctx, int64_t *took_ns);

/* What hashes are made with from now on. */
void bj_argon_use(bj_argon_cost_t cost);
/* Makes the threads; without them whoever asks for a hash makes it.  False: they cannot be made. */
BJ_MUST_USE bool bj_argon_start(void);

/* False: no memory. */
BJ_MUST_USE bool bj_argon_hash(const char *password, char out[BJ_ARGON_TEXT_BYTES]);
/* By the cost that text names, whatever is used now; NULL: nobody's, which takes as long as what is
 * used now and is never right.  What is wrong and was made cheaper is made up for by bj_argon_rest,
 * so that the time does not tell it from nobody's. */
BJ_MUST_USE bool bj_argon_verify(const char *text, const char *password);
/* The work that text is short of, as a cost of its own; no memory: none. */
bj_argon_cost_t bj_argon_rest(const char *text);
/* True if text was made cheaper than what is used now. */
bool bj_argon_weaker(const char *text);

#endif /* BJ_ARGON_H */
