#ifndef BJ_RECOVERY_H
#define BJ_RECOVERY_H

/* bj_recovery - the exchange's tick recovery and order-book snapshot, as answers of bj_service.
 *
 * Source     NSE MTBT v6.7: a request R names a stream and an inclusive range of at most 300,000
 *            messages; O names a stream, and zeros.
 * R          Y and S, then the messages as they were sent; Y and E if anything of the range is not
 *            held any more or not sent yet, or the request is malformed.  A range that the log
 *            drops while a slow reader still takes it, or whose stream begins again, is cut off.
 * O          B and S, then the picture of the stream as it was taken last; B and E if the stream is
 *            unknown or the request is malformed.  A picture under way stays as it is.
 * Pictures   are taken by bj_pictures_take when the owner says so: they lag the live messages.  A
 *            picture with every_request is taken as it is asked for.
 * Threads    one.  Ownership: log, streams and model are borrowed for as long as the service is
 *            open. */
#include "sim/exchange/bj_model.h"
#include "sim/exchange/bj_msglog.h"
#include "sim/exchange/bj_service.h"
#include "sim/exchange/bj_streams.h"

/* --- R: ctx is a bj_recovery_t */
typedef struct bj_recovery {
    const bj_msglog_t  *log;
    const bj_streams_t *streams;
    bj_segment_t        segment; /* requests name streams of this one */
} bj_recovery_t;
extern const bj_service_ops_t bj_recovery_ops;

/* --- O: ctx is a bj_snapshot_t */
typedef struct bj_pictures bj_pictures_t;

typedef struct bj_snapshot {
    bj_pictures_t *pictures;
    bj_segment_t   segment;
} bj_snapshot_t;
extern const bj_service_ops_t bj_snapshot_ops;

bj_pictures_t *bj_pictures_new(const bj_streams_t *streams, const bj_model_t *model,
                               bool every_request); /* NULL: no memory */
void bj_pictures_free(bj_pictures_t *pictures);     /* after the services are closed */
/* False: no memory; the picture of before stays. */
bool bj_pictures_take(bj_pictures_t *pictures, uint32_t stream_idx);
uint64_t bj_pictures_cnt(const bj_pictures_t *pictures); /* taken */

/* What both may ask; false: malformed, or a stream that is not there. */
bool bj_recovery_request_ok(const bj_mtbt_request_t *request, uint8_t type,
                            const bj_streams_t *streams, bj_segment_t segment,
                            uint32_t *stream_idx);

#endif /* BJ_RECOVERY_H */
