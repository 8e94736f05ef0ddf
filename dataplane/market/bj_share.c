#include "dataplane/market/bj_share.h"

bool bj_share_next(const bj_share_record_t *ring, uint64_t depth, const uint64_t *last_seq,
                   uint64_t *next_seq, void *record, uint64_t *missed_cnt) {
    *missed_cnt = 0;
    uint64_t last = __atomic_load_n(last_seq, __ATOMIC_ACQUIRE);
    if (*next_seq == 0) *next_seq = last + 1;
    for (uint64_t seq = *next_seq; seq <= last;) {
        if (last - seq >= depth) seq = last - depth + 1;
        if (bj_share_get(ring, depth, seq, record)) {
            *missed_cnt = seq - *next_seq;
            *next_seq = seq + 1;
            return true;
        }
        /* Overwritten under our eyes: the writer has gone at least one further. */
        seq++;
        last = __atomic_load_n(last_seq, __ATOMIC_ACQUIRE);
    }
    return false;
}
