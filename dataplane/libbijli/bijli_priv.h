#ifndef BIJLI_PRIV_H
#define BIJLI_PRIV_H

/* bijli_priv - the handle, and how it follows a writer that begins again. */
#include "dataplane/libbijli/bijli.h"
#include "dataplane/market/bj_candle.h"
#include "dataplane/market/bj_index.h"
#include "dataplane/market/bj_market.h"

enum { BIJLI_PATH_BYTES = 512, STRUCT_BYTES_MIN = 8 };

/* Where a ring is followed. */
typedef struct bijli_place {
    uint64_t next_seq;
    uint64_t carried; /* left unread in rings that were replaced */
    uint64_t missed;  /* in all */
} bijli_place_t;

struct bijli {
    bj_market_reader_t  *market; /* never NULL */
    bj_candles_reader_t *candles; /* these two may be absent */
    bj_indices_reader_t *indices;
    bijli_place_t tick, candle;
    int64_t  looked_ns, looked_parts_ns; /* monotonic: at most ten looks at files a second */
    uint64_t reopened;
    bj_candle_t *day; /* room for bijli_candles */
    size_t   day_max;
    char     market_file[BIJLI_PATH_BYTES], candles_file[BIJLI_PATH_BYTES],
        indices_file[BIJLI_PATH_BYTES];
};

/* REOPENED if the writer began again and the handle now follows it, else OK. */
int bijli_tend(bijli_t *b);
/* Bits of the whole market. */
uint32_t bijli_stale(const bijli_t *b);
/* NULL: not there (yet). */
bj_candles_reader_t *bijli_candles_of(bijli_t *b);
bj_indices_reader_t *bijli_indices_of(bijli_t *b);
/* An answer is made in the caller's struct if there is room, else in a spare one; bijli_give then
 * copies what fits, zeros what is beyond ours and puts back struct_bytes.  False: too small. */
#define BIJLI_ROOM(out, spare) ((out)->struct_bytes >= sizeof(spare) ? (out) : &(spare))
bool bijli_give(void *out, uint32_t out_bytes, const void *is, size_t is_bytes);

#endif /* BIJLI_PRIV_H */
