#ifndef BJ_MERKLE_H
#define BJ_MERKLE_H

/* bj_merkle - the hash tree over a log that only grows: its root, and proofs about it.
 *
 * Purpose  A signed root stands for every entry before it.  Whoever holds one can be shown that an
 *          entry is under it (inclusion), and that a later root still has all of it (consistency).
 * Shape    RFC 6962, 2.1, and RFC 9162, 2.1: leaf SHA-256(0x00 || bytes), node SHA-256(0x01 || left
 *          || right), the root of nothing SHA-256("").  Leaves are counted from 0.
 *          A growing tree is kept as its peaks: the roots of the perfect trees that its size is the
 *          binary sum of, at most 64.  Proofs need the other perfect trees as well, from wherever
 *          the caller keeps them: bj_merkle_slot says where in an append-only file.
 * Threads  any; nothing is kept here.
 * Errors   false: the caller's reader failed, or the numbers make no sense.
 * Cost     adding a leaf: two hashes on average; a root or a proof: at most 64 hashes. */
#include "dataplane/base/bj_base.h"

enum { BJ_MERKLE_HASH_BYTES = 32, BJ_MERKLE_LEVELS = 64, BJ_MERKLE_PROOF_MAX = 65 };
#define BJ_MERKLE_LEAVES_MAX (UINT64_C(1) << 62) /* twice as many nodes can still be counted */

typedef struct bj_merkle_hash {
    uint8_t bytes[BJ_MERKLE_HASH_BYTES];
} bj_merkle_hash_t;

typedef struct bj_merkle {
    uint64_t         leaf_cnt;
    bj_merkle_hash_t peak[BJ_MERKLE_LEVELS]; /* [level]: valid where leaf_cnt has that bit */
} bj_merkle_t;

typedef struct bj_merkle_proof {
    size_t           hash_cnt;
    bj_merkle_hash_t hash[BJ_MERKLE_PROOF_MAX];
} bj_merkle_proof_t;

bj_merkle_hash_t bj_merkle_leaf(const void *data, size_t data_bytes);
bj_merkle_hash_t bj_merkle_node(const bj_merkle_hash_t *left, const bj_merkle_hash_t *right);
/* SHA-256(a || b): the chain from entry to entry. */
bj_merkle_hash_t bj_merkle_chain(const bj_merkle_hash_t *a, const bj_merkle_hash_t *b);
bool bj_merkle_same(const bj_merkle_hash_t *a, const bj_merkle_hash_t *b);

/* Adds a leaf's hash.  done gets the perfect trees that it completes, itself (level 0) first, in
 * the order in which they lie in the file of bj_merkle_slot; returns how many.  done may be NULL.
 */
size_t bj_merkle_add(bj_merkle_t *tree, const bj_merkle_hash_t *leaf,
                     bj_merkle_hash_t done[BJ_MERKLE_LEVELS]);
bj_merkle_hash_t bj_merkle_root(const bj_merkle_t *tree);

/* Where the perfect tree of 2^level leaves from leaf idx * 2^level on lies, counted in hashes, when
 * each is written as soon as it is complete: leaf, then the trees it completes. */
uint64_t bj_merkle_slot(unsigned level, uint64_t idx);

/* bj_merkle_read_fn gives the perfect tree of that level and index.  False: it cannot. */
typedef bool bj_merkle_read_fn(void *ctx, unsigned level, uint64_t idx, bj_merkle_hash_t *out);

/* The tree as it was at leaf_cnt leaves. */
BJ_MUST_USE bool bj_merkle_load(bj_merkle_read_fn *read, void *ctx, uint64_t leaf_cnt,
                                bj_merkle_t *tree);
/* That leaf leaf_idx is in the tree of leaf_cnt leaves. */
BJ_MUST_USE bool bj_merkle_inclusion(bj_merkle_read_fn *read, void *ctx, uint64_t leaf_idx,
                                     uint64_t leaf_cnt, bj_merkle_proof_t *proof);
/* That the tree of leaf_cnt leaves begins with the tree of old_cnt leaves. */
BJ_MUST_USE bool bj_merkle_consistency(bj_merkle_read_fn *read, void *ctx, uint64_t old_cnt,
                                       uint64_t leaf_cnt, bj_merkle_proof_t *proof);

/* The other side: true only if the proof holds. */
BJ_MUST_USE bool bj_merkle_included(const bj_merkle_hash_t *leaf, uint64_t leaf_idx,
                                    uint64_t leaf_cnt, const bj_merkle_proof_t *proof,
                                    const bj_merkle_hash_t *root);
BJ_MUST_USE bool bj_merkle_consistent(uint64_t old_cnt, const bj_merkle_hash_t *old_root,
                                      uint64_t leaf_cnt, const bj_merkle_hash_t *root,
                                      const bj_merkle_proof_t *proof);

/* 64 lower-case hex digits; false: not that.  out holds 65 bytes. */
enum { BJ_MERKLE_HEX_BYTES = 65 };
const char *bj_merkle_hex(const bj_merkle_hash_t *hash, char out[BJ_MERKLE_HEX_BYTES]);
BJ_MUST_USE bool bj_merkle_unhex(const char *text, bj_merkle_hash_t *out);

#endif /* BJ_MERKLE_H */
