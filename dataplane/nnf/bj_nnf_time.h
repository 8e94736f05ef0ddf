#ifndef BJ_NNF_TIME_H
#define BJ_NNF_TIME_H

/* bj_nnf_time - UNIX ns to NNF's times and back: all count from 1980-01-01T00:00:00 in Indian time.
 * A second or a jiffy is the one that has begun.  Seconds fit 32 bits until 2048. */
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_nnf.h"

static inline int64_t bj_nnf_seconds(int64_t unix_ns) {
    return bj_time_to_exch_ns(unix_ns) / BJ_NS_PER_S;
}
static inline int64_t bj_nnf_from_seconds(int64_t exch_s) {
    return bj_time_from_exch_ns(exch_s * BJ_NS_PER_S);
}
static inline int64_t bj_nnf_jiffies(int64_t unix_ns) {
    int64_t exch_ns = bj_time_to_exch_ns(unix_ns);
    int64_t s = exch_ns / BJ_NS_PER_S, rest_ns = exch_ns % BJ_NS_PER_S;
    return s * BJ_NNF_JIFFIES_PER_S + rest_ns * BJ_NNF_JIFFIES_PER_S / BJ_NS_PER_S;
}
/* Days since 1970-01-01 in Indian time, as the engine counts a GTD's last day. */
static inline int64_t bj_nnf_day(int64_t exch_s) {
    return (exch_s + BJ_EXCH_EPOCH_S) / 86400;
}
static inline int64_t bj_nnf_from_day(int64_t ist_day) {
    return ist_day * 86400 - BJ_EXCH_EPOCH_S;
}

#endif /* BJ_NNF_TIME_H */
