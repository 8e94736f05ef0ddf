#ifndef BJ_TRAIL_TREE_H
#define BJ_TRAIL_TREE_H

/* bj_trail_tree - every perfect tree over the entries, in one file outside the database, 64 bytes
 * an entry: what proofs are made of, and which of the entries is another one than was signed.
 *
 * Trust    none: what is read from it is right if it leads to a signed root.
 * Threads  reads from any; writes from one.
 * Errors   false: the disk refused, or there is nothing at that place. */
#include "controlplane/audit/bj_merkle.h"

/* -1: errno says why.  may_write: makes it if it is absent. */
int bj_trail_tree_open(const char *file, bool may_write);

/* bj_merkle_read_fn; ctx: the descriptor's address. */
bool bj_trail_tree_read(void *fd, unsigned level, uint64_t idx, bj_merkle_hash_t *out);
/* What bj_merkle_add said was done when leaf leaf_idx came; writing it again changes nothing. */
BJ_MUST_USE bool bj_trail_tree_write(int fd, uint64_t leaf_idx, const bj_merkle_hash_t *done,
                                     size_t done_cnt);

#endif /* BJ_TRAIL_TREE_H */
