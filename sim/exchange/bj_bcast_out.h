#ifndef BJ_BCAST_OUT_H
#define BJ_BCAST_OUT_H

/* bj_bcast_out - the exchange's broadcast, from records to a datagram.  The other way round than
 * dataplane/bcast, in the same structs: what is encoded here is decoded there unchanged.
 *
 * Use        begin; add messages while they fit; end gives the datagram.  Begin again for the next.
 * Ownership  the struct is the caller's, 450 KiB with the compressor's memory.
 * Threads    one per struct.
 * Errors     add: BJ_ERR_FULL      does not fit any more; end this datagram, begin, add again
 *                 BJ_ERR_BAD_FIELD a record the wire cannot carry: too many at once, a time before
 *                                  1980, a quantity or order count too large
 *            On an error the datagram is as it was.
 * Cost       about 30 us a message: the compressor is LZO's slow one, the only one of LZO1Z. */
#include <lzo/lzo1z.h>

#include "dataplane/bcast/bj_bcast.h"

typedef struct bj_bcast_out {
    uint8_t  data[BJ_BCAST_DATAGRAM_MAX];
    size_t   data_bytes;
    int16_t  item_cnt;
    uint8_t  segment;
    bool     compressed;
    uint32_t seq; /* of the last message; goes on from datagram to datagram */
    lzo_align_t work[LZO1Z_999_MEM_COMPRESS / sizeof(lzo_align_t) + 1];
} bj_bcast_out_t;

/* segment: CM or FO.  The struct is all zeros before the first time. */
void bj_bcast_begin(bj_bcast_out_t *out, bj_segment_t segment, bool compressed);

/* A message of 1 to BJ_BCAST_MBP_MAX or BJ_BCAST_INDEX_MAX records; the segment in a record is not
 * looked at.  exch_ns: when it is sent. */
BJ_MUST_USE bj_status_t bj_bcast_encode_mbp(bj_bcast_out_t *out, const bj_bcast_mbp_t *mbp,
                                            size_t mbp_cnt, int64_t exch_ns);
BJ_MUST_USE bj_status_t bj_bcast_encode_indices(bj_bcast_out_t *out, const bj_bcast_index_t *index,
                                                size_t index_cnt, int64_t exch_ns);

/* How many bytes of out->data are the datagram; 0: nothing was added. */
size_t bj_bcast_end(bj_bcast_out_t *out);

#endif /* BJ_BCAST_OUT_H */
