#ifndef BJ_TRAIL_CHECK_H
#define BJ_TRAIL_CHECK_H

/* bj_trail_check - goes through the trail from its first entry and finds the first that was
 * changed, moved, put in or taken away.
 *
 * Purpose  Asks nobody: entries from wherever, the heads, the public key.
 * Finds    by an entry's own hash: a changed one; by numbers and chain: one taken out, put in or
 *          moved; by the heads: all of these too where every hash was made anew by somebody who has
 *          the database but not the key, and entries cut off at the end.
 * Threads  one.  Cost: some 2 us an entry, 150 us a head. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/audit/bj_trail_head.h"

/* What is wrong with entry as the one that follows seq_before and chain_before: NULL if nothing
 * is; else a sentence in why, which is returned.  *leaf gets the hash of its bytes. */
enum { BJ_TRAIL_WHY_BYTES = 256 };
const char *bj_trail_wrong(const bj_trail_entry_t *entry, uint64_t seq_before,
                           const bj_merkle_hash_t *chain_before, bj_merkle_hash_t *leaf,
                           char why[BJ_TRAIL_WHY_BYTES]);

typedef struct bj_trail_check {
    /* Given: */
    FILE                 *heads; /* NULL: no head is known */
    const bj_trail_key_t *key;
    int                   tree_fd; /* of bj_trail_tree.h, -1: none.  Names the entry that a head
                                      does not vouch for; without it, which of some it is */
    /* Found: */
    char             bad[BJ_TRAIL_WHY_BYTES]; /* "": nothing */
    uint64_t         bad_seq; /* the first entry that is wrong or missing; 0: a head is */
    size_t           head_cnt, torn_cnt;
    bj_trail_head_t  last; /* the newest head that was right */
    bj_merkle_t      tree; /* over all entries so far */
    bj_merkle_hash_t chain;
    /* Between: */
    bool             has_next;
    bj_trail_head_t  next;
    uint64_t         suspect; /* first entry since the last head that is not the tree file's */
} bj_trail_check_t;

/* After heads, key and tree_fd are set and the rest is zero. */
void bj_trail_check_begin(bj_trail_check_t *check);
/* The next entry.  Once something was bad nothing more is looked at. */
void bj_trail_check_entry(bj_trail_check_t *check, const bj_trail_entry_t *entry);
/* No more entries.  True: all is well. */
BJ_MUST_USE bool bj_trail_check_end(bj_trail_check_t *check);

#endif /* BJ_TRAIL_CHECK_H */
