#ifndef BJ_FAULT_H
#define BJ_FAULT_H

/* bj_fault - between the exchange and its two sources: delays, and faults on command.
 *
 * Purpose    Every datagram goes in once; a copy for each source comes out when it is due: at once
 *            on A and delay_ns later on B unless a fault says otherwise.
 * Faults     by source and stream, in this order: silence, drop, corrupt, duplicate, reorder,
 *            delay. Each strikes `permille` of the datagrams at random, or the `next` so many.
 *            BJ_WHO_BOTH is a fault before the sources part: one roll for both copies, so that what
 *            it takes, neither source brings.  A and B have their own besides.
 * Reorder    a datagram waits until `depth` later ones of its source and stream have gone out; at
 *            most BJ_FAULT_HELD_MAX wait.
 * Seed       every (who, stream) has dice of its own: the same datagrams, commands and seed give
 *            the same faults, whatever other streams do.
 * Ownership  bj_faults_new allocates, bj_faults_free frees; datagrams are copied.
 * Threads    one; time is an argument and does not run backwards.
 * Full       a source holds BJ_FAULT_QUEUE_MAX datagrams (of the broadcast's 256); past that the
 *            earliest go before time. */
#include "sim/exchange/bj_streams.h"

enum { BJ_DATAGRAM_BYTES_MAX = 1472, BJ_FAULT_HELD_MAX = 8, BJ_FAULT_QUEUE_MAX = 1 << 16 };

typedef enum bj_fault_kind {
    BJ_FAULT_SILENCE,
    BJ_FAULT_DROP,
    BJ_FAULT_CORRUPT,
    BJ_FAULT_DUPLICATE,
    BJ_FAULT_REORDER,
    BJ_FAULT_DELAY,
    BJ_FAULT_KINDS,
} bj_fault_kind_t;
extern const char *const bj_fault_names[BJ_FAULT_KINDS]; /* as in commands */

typedef enum bj_who { BJ_WHO_A, BJ_WHO_B, BJ_WHO_BOTH, BJ_WHO_CNT } bj_who_t;

typedef struct bj_fault {
    bj_fault_kind_t kind;
    bj_who_t who;
    uint64_t streams; /* mask */
    uint32_t permille, next; /* not of silence and delay; one of them, the other is 0 */
    uint32_t depth;   /* of reorder, > 0 */
    int64_t  time_ns; /* of delay: how much; of silence: how long, 0: ends, INT64_MAX: until then */
} bj_fault_t;

typedef void bj_fault_send_fn(void *ctx, uint32_t source, uint32_t stream_idx, const void *data,
                              size_t data_bytes, int64_t due_ns);

typedef struct bj_faults_config {
    uint32_t stream_cnt;
    uint64_t seed;
    int64_t  delay_ns[BJ_SOURCES]; /* without any fault */
    bj_fault_send_fn *send;
    void    *ctx;
} bj_faults_config_t;

typedef struct bj_faults bj_faults_t;

bj_faults_t *bj_faults_new(const bj_faults_config_t *config); /* NULL: no memory */
void bj_faults_free(bj_faults_t *faults);
void bj_faults_seed(bj_faults_t *faults, uint64_t seed);
/* Takes the place of the fault of the same kind, who and streams. */
void bj_faults_set(bj_faults_t *faults, const bj_fault_t *fault, int64_t now_ns);
void bj_faults_clear(bj_faults_t *faults, bj_who_t who, uint64_t streams); /* BOTH: A and B too */

void bj_faults_put(bj_faults_t *faults, uint32_t stream_idx, const void *data, size_t data_bytes,
                   int64_t now_ns);
void bj_faults_due(bj_faults_t *faults, int64_t now_ns); /* sends what is due */
void bj_faults_flush(bj_faults_t *faults);               /* everything, as at an end */
int64_t bj_faults_next_ns(const bj_faults_t *faults);    /* INT64_MAX: nothing waits */
uint64_t bj_faults_cnt(const bj_faults_t *faults, uint32_t source, bj_fault_kind_t kind);

#endif /* BJ_FAULT_H */
