#ifndef BJ_HW_HOST_H
#define BJ_HW_HOST_H

/* bj_hw_host - what a host beside the card has: the captures' frames in order of time, the same
 * through the dataplane's feed (bj_feed, its own arbitration), and the books as they were at any
 * position of the stream from here on, for snapshots.
 *
 * Shape      one stream; the listed tokens' books.
 * Position   (run, next): how often the stream has begun again, and its next number.
 * Ownership  bj_hw_host_open allocates, bj_hw_host_close frees; frames are the capture's.
 * Threads    one.  Callable from C++.
 * Errors     a sentence on stderr. */
#include "sim/hw/bj_hw_ref.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bj_hw_host bj_hw_host_t;

typedef struct bj_hw_listed {
    uint32_t token;
    int32_t base_paise, tick_paise;
} bj_hw_listed_t;

typedef struct bj_hw_captured {
    const uint8_t *data;
    size_t bytes;
    unsigned source;  /* 0 A, 1 B */
    int64_t since_ns; /* the frame before it */
} bj_hw_captured_t;

/* A capture's path may be NULL.  NULL: they cannot be read, or are of more than one stream. */
bj_hw_host_t *bj_hw_host_open(const char *const paths[2], const bj_hw_listed_t *list,
                              uint32_t list_cnt);
void bj_hw_host_close(bj_hw_host_t *host);
/* Where a source's frames go; ip 0: there is no such source. */
bj_hw_group_t bj_hw_host_group(const bj_hw_host_t *host, unsigned source);
/* Tokens that the captures name and the list does not. */
uint32_t bj_hw_host_left_out(const bj_hw_host_t *host);

/* The next frame; the feed has it too.  False: there are no more, and the feed's waits are over. */
bool bj_hw_host_next(bj_hw_host_t *host, bj_hw_captured_t *frame);
/* The books go on to a position that is not before theirs.  False: the feed is not there yet, and
 * nothing has changed. */
bool bj_hw_host_go(bj_hw_host_t *host, uint32_t run, uint32_t next);
/* To all that the feed has taken; true if that is where they were. */
bool bj_hw_host_go_on(bj_hw_host_t *host);
bj_hw_ref_t *bj_hw_host_books(bj_hw_host_t *host); /* by the list's index */

/* FNV-1a as docs/feed-replay.md has bbo_digest: goes on with a token's best levels. */
#define BJ_HW_DIGEST UINT64_C(0xcbf29ce484222325)
uint64_t bj_hw_digest(uint64_t digest, uint32_t token, bj_hw_level_t bid, bj_hw_level_t ask);

#ifdef __cplusplus
}
#endif

#endif /* BJ_HW_HOST_H */
