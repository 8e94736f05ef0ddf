#ifndef BJ_TIME_H
#define BJ_TIME_H

/* bj_time - ns since the UNIX epoch, UTC, everywhere inside; the exchange's clock only at the wire.
 *
 * The exchange counts ns from 1980-01-01T00:00:00 in Indian time, UTC+05:30, no daylight saving
 * (NSE MTBT API v6.7, section on header fields). */
#include <time.h>
#include "dataplane/base/bj_base.h"

#define BJ_NS_PER_S INT64_C(1000000000)
#define BJ_NS_PER_MS INT64_C(1000000)
#define BJ_NS_PER_US INT64_C(1000)
#define BJ_IST_OFFSET_S INT64_C(19800)      /* UTC+05:30 */
#define BJ_EXCH_EPOCH_S INT64_C(315532800)  /* 1980-01-01 in UNIX seconds, zone left aside */

static inline int64_t bj_time_from_exch_ns(int64_t exch_ns) {
    return exch_ns + (BJ_EXCH_EPOCH_S - BJ_IST_OFFSET_S) * BJ_NS_PER_S;
}
static inline int64_t bj_time_to_exch_ns(int64_t unix_ns) {
    return unix_ns - (BJ_EXCH_EPOCH_S - BJ_IST_OFFSET_S) * BJ_NS_PER_S;
}

/* The two clocks.  Loops call them and pass the time in; nothing deeper may. */
static inline int64_t bj_clock_wall_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec;
}
static inline int64_t bj_clock_mono_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec;
}

/* Both at one moment, as a loop hands them to its steps: waits are measured on mono_ns, which never
 * jumps; what is written down for people and for the journal is wall_ns. */
typedef struct bj_now {
    int64_t mono_ns, wall_ns;
} bj_now_t;
static inline bj_now_t bj_clock_now(void) {
    return (bj_now_t){.mono_ns = bj_clock_mono_ns(), .wall_ns = bj_clock_wall_ns()};
}

#endif /* BJ_TIME_H */
