/* bj_bcast_priv - records of the broadcast, each from wire bytes to a checked struct. */
#ifndef BJ_BCAST_PRIV_H
#define BJ_BCAST_PRIV_H

#include "dataplane/bcast/bj_bcast.h"

/* From seconds since 1980 in India to ns since the UNIX epoch; 0: not a time. */
int64_t bj_bcast_time(bj_be32_t exch_s);

bj_status_t bj_bcast_on_mbp_cm(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx,
                               int64_t exch_ns);
bj_status_t bj_bcast_on_mbp_fo(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx,
                               int64_t exch_ns);
bj_status_t bj_bcast_on_index_cm(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx,
                                 int64_t exch_ns);
bj_status_t bj_bcast_on_index_fo(const uint8_t *p, const bj_bcast_ops_t *ops, void *ctx,
                                 int64_t exch_ns);

#endif /* BJ_BCAST_PRIV_H */
