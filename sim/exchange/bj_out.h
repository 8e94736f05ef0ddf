#ifndef BJ_OUT_H
#define BJ_OUT_H

/* bj_out - how the exchange's datagrams leave: as kernel multicast, or as frames over net_memif,
 * and into capture files.
 *
 * Use        queue datagrams of one source with put; flush at the end of a turn.
 * Ownership  put copies.
 * Errors     start-up: a sentence on stderr and exit 2, like a bad configuration.  Later: datagrams
 *            that could not be sent are counted, as a network would lose them. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_config.h"
#include "sim/exchange/bj_fault.h"

enum { BJ_OUT_SOURCES = BJ_SOURCES, BJ_OUT_BYTES_MAX = BJ_DATAGRAM_BYTES_MAX, BJ_OUT_BATCH = 64 };

typedef struct bj_out bj_out_t;

/* Reads feed.* and exchange.*; feed.driver "memif" means net_memif, anything else the kernel.
 * Without network only captures are written.  streams is borrowed. */
bj_out_t *bj_out_open(const bj_config_t *config, const bj_streams_t *streams, bool network);
/* What a source sends from here on goes to a file, too. */
void bj_out_capture(bj_out_t *out, uint32_t source, const char *file);
BJ_MUST_USE bool bj_out_close(bj_out_t *out); /* false: a capture is not complete */
/* time_ns, since the UNIX epoch, is for the capture. */
void bj_out_put(bj_out_t *out, uint32_t source, uint32_t stream_idx, const void *data,
                size_t data_bytes, int64_t time_ns);
void bj_out_flush(bj_out_t *out, uint32_t source);
/* True once for each listener that came, where that can be known (memif); ask every turn.  It has
 * heard nothing yet, so its streams should begin again. */
bool bj_out_listener_came(bj_out_t *out);
uint64_t bj_out_sent(const bj_out_t *out, uint32_t source);
uint64_t bj_out_lost(const bj_out_t *out, uint32_t source);

#endif /* BJ_OUT_H */
