#ifndef BENCH_MATCH_H
#define BENCH_MATCH_H

/* bench_match - what the parts of the matching benchmark share.  A figure is a line, "name value
 * unit"; what was measured several times is two, its least and its median. */
#include "dataplane/base/bj_base.h"
#include "sim/flow/bj_flow_gen.h"

enum { BENCH_RUNS_MAX = 32 };

typedef struct bench_flow { /* a whole flow in memory */
    bj_flow_record_t   *records;
    size_t              cnt;
    bj_flow_gen_stats_t stats;
} bench_flow_t;

bool   bench_quick(void); /* BENCH_QUICK is set: a smoke test, whose figures mean nothing */
size_t bench_core_cnt(void);
void   bench_pin(size_t core); /* the calling thread, to one of its cores, from 0 */
double bench_median(double *values, size_t cnt); /* sorts them */
void   bench_say(const char *name, const char *unit, double *values, size_t cnt);

/* Nothing here goes on without memory or with a wrong result: the program ends. */
_Noreturn void bench_give_up(const char *why);
void        *bench_alloc(size_t bytes);
bench_flow_t bench_flow_new(const bj_flow_gen_config_t *config);
double       bench_replay_ns(const bench_flow_t *flow); /* one run: ns an op, warm-up left out */

/* The same of the plainest ladder there can be.  Dense ids, prices below 2^17. */
double       bench_plain_ns(const bench_flow_t *flow, uint32_t symbol_cnt);

void bench_commands(void); /* bench_match_commands.c */
void bench_shards(void);   /* bench_match_shards.c */

#endif /* BENCH_MATCH_H */
