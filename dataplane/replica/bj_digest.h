#ifndef BJ_DIGEST_H
#define BJ_DIGEST_H

/* bj_digest - a running digest of the events a stretch of commands made.
 *
 * Purpose  Two engines that took the same commands made the same events: comparing one number
 *          says so, at a cost per event that does not grow with the book.
 * Shape    it begins anew behind each multiple of `every`, so that whoever joins in the middle
 *          (from a snapshot, over the network) can compare from the next one on.
 * Use      a command's events, then the command: bj_digest_event..., bj_digest_cmd.
 * Cost     one CRC32C of 124 bytes an event, some 15 ns.
 * Threads  one. */
#include "dataplane/base/bj_hash.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_digest {
    uint64_t every;
    uint64_t from_seq; /* first command in it; 0: joined in the middle, nothing to compare yet */
    uint64_t seq;      /* last command in it */
    uint64_t hash;
} bj_digest_t;

static inline void bj_digest_anew(bj_digest_t *digest) {
    digest->from_seq = digest->seq + 1;
    digest->hash = BJ_FNV_OFFSET;
}

/* last_seq: the last command that was before it. */
static inline void bj_digest_begin(bj_digest_t *digest, uint64_t every, uint64_t last_seq) {
    *digest = (bj_digest_t){.every = every, .seq = last_seq};
    if (last_seq % every == 0) bj_digest_anew(digest);
}

static inline void bj_digest_event(bj_digest_t *digest, const bj_event_t *event) {
    uint64_t crc = bj_crc32c(0, event, offsetof(bj_event_t, check));
    digest->hash = (digest->hash ^ crc) * BJ_FNV_PRIME;
}

/* True: a stretch ends here.  Read it, then bj_digest_anew. */
static inline bool bj_digest_cmd(bj_digest_t *digest, uint64_t seq) {
    digest->seq = seq;
    return seq % digest->every == 0;
}

#endif /* BJ_DIGEST_H */
