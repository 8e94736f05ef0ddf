#include "controlplane/audit/bj_merkle.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEAF_MARK = 0, NODE_MARK = 1, STACK_BYTES = 2048 };

/* Looked up once: OpenSSL's own SHA256() does so for each call, which takes longer than to hash. */
static EVP_MD *sha256_kind;
static void find_sha256(void) { sha256_kind = EVP_MD_fetch(NULL, "SHA256", NULL); }

static bj_merkle_hash_t sha256(const uint8_t *data, size_t data_bytes) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    bj_merkle_hash_t out;
    pthread_once(&once, find_sha256);
    if (!sha256_kind || !EVP_Digest(data, data_bytes, out.bytes, NULL, sha256_kind, NULL)) {
        fprintf(stderr, "OpenSSL has no SHA-256\n");
        abort();
    }
    return out;
}

/* The mark goes before the bytes; only what is long pays for a place on the heap. */
bj_merkle_hash_t bj_merkle_leaf(const void *data, size_t data_bytes) {
    uint8_t here[STACK_BYTES], *all = data_bytes < sizeof here ? here : malloc(data_bytes + 1);
    if (!all) {
        fprintf(stderr, "no memory for %zu bytes to hash\n", data_bytes);
        abort();
    }
    all[0] = LEAF_MARK;
    if (data_bytes) memcpy(all + 1, data, data_bytes);
    bj_merkle_hash_t out = sha256(all, data_bytes + 1);
    if (all != here) free(all);
    return out;
}

bj_merkle_hash_t bj_merkle_node(const bj_merkle_hash_t *left, const bj_merkle_hash_t *right) {
    uint8_t all[1 + 2 * BJ_MERKLE_HASH_BYTES] = {NODE_MARK};
    memcpy(all + 1, left->bytes, sizeof left->bytes);
    memcpy(all + 1 + BJ_MERKLE_HASH_BYTES, right->bytes, sizeof right->bytes);
    return sha256(all, sizeof all);
}

bj_merkle_hash_t bj_merkle_chain(const bj_merkle_hash_t *a, const bj_merkle_hash_t *b) {
    uint8_t all[2 * BJ_MERKLE_HASH_BYTES];
    memcpy(all, a->bytes, sizeof a->bytes);
    memcpy(all + BJ_MERKLE_HASH_BYTES, b->bytes, sizeof b->bytes);
    return sha256(all, sizeof all);
}

bool bj_merkle_same(const bj_merkle_hash_t *a, const bj_merkle_hash_t *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

size_t bj_merkle_add(bj_merkle_t *tree, const bj_merkle_hash_t *leaf,
                     bj_merkle_hash_t done[BJ_MERKLE_LEVELS]) {
    bj_merkle_hash_t hash = *leaf;
    size_t level = 0;
    if (done) done[0] = hash;
    for (; tree->leaf_cnt >> level & 1; level++) {
        hash = bj_merkle_node(&tree->peak[level], &hash);
        if (done) done[level + 1] = hash;
    }
    tree->peak[level] = hash;
    tree->leaf_cnt++;
    return level + 1;
}

bj_merkle_hash_t bj_merkle_root(const bj_merkle_t *tree) {
    bj_merkle_hash_t hash = sha256((const uint8_t *)"", 0);
    bool any = false;
    for (unsigned level = 0; level < BJ_MERKLE_LEVELS; level++) {
        if (!(tree->leaf_cnt >> level & 1)) continue;
        hash = any ? bj_merkle_node(&tree->peak[level], &hash) : tree->peak[level];
        any = true;
    }
    return hash;
}

/* Before leaf i lie i leaves and the i - popcount(i) trees that they completed. */
uint64_t bj_merkle_slot(unsigned level, uint64_t idx) {
    uint64_t last_leaf = ((idx + 1) << level) - 1;
    return 2 * last_leaf - (uint64_t)__builtin_popcountll(last_leaf) + level;
}

bool bj_merkle_load(bj_merkle_read_fn *read, void *ctx, uint64_t leaf_cnt, bj_merkle_t *tree) {
    *tree = (bj_merkle_t){.leaf_cnt = leaf_cnt};
    if (leaf_cnt > BJ_MERKLE_LEAVES_MAX) return false;
    for (unsigned level = 0; level < BJ_MERKLE_LEVELS - 1; level++) {
        if (!(leaf_cnt >> level & 1)) continue;
        if (!read(ctx, level, (leaf_cnt >> level) - 1, &tree->peak[level])) return false;
    }
    return true;
}

/* The largest power of two below cnt, as a shift; cnt is 2 or more. */
static unsigned split_level(uint64_t cnt) { return 63 - (unsigned)__builtin_clzll(cnt - 1); }

/* The tree over leaves [begin, begin + cnt): its perfect parts, folded from the right.  begin is a
 * multiple of each part's size, as the ranges of proofs are. */
static bool range(bj_merkle_read_fn *read, void *ctx, uint64_t begin, uint64_t cnt,
                  bj_merkle_hash_t *out) {
    bool any = false;
    for (unsigned level = 0; level < BJ_MERKLE_LEVELS - 1; level++) {
        bj_merkle_hash_t part;
        if (!(cnt >> level & 1)) continue;
        uint64_t at = begin + (cnt >> (level + 1) << (level + 1));
        if (!read(ctx, level, at >> level, &part)) return false;
        *out = any ? bj_merkle_node(&part, out) : part;
        any = true;
    }
    return any;
}

static void turn_round(bj_merkle_proof_t *proof) {
    for (size_t i = 0; i < proof->hash_cnt / 2; i++) {
        bj_merkle_hash_t other = proof->hash[proof->hash_cnt - 1 - i];
        proof->hash[proof->hash_cnt - 1 - i] = proof->hash[i];
        proof->hash[i] = other;
    }
}

/* Both proofs walk down from the root and keep the half that they do not enter; whoever checks goes
 * the other way round.  at is the leaf, or the old tree's last one. */
static bool step_down(bj_merkle_read_fn *read, void *ctx, uint64_t at, uint64_t *begin,
                      uint64_t *cnt, bj_merkle_proof_t *proof) {
    uint64_t left = UINT64_C(1) << split_level(*cnt);
    bool go_left = at < *begin + left;
    bj_merkle_hash_t *other = &proof->hash[proof->hash_cnt++];
    if (go_left) {
        if (!range(read, ctx, *begin + left, *cnt - left, other)) return false;
        *cnt = left;
        return true;
    }
    if (!range(read, ctx, *begin, left, other)) return false;
    *begin += left;
    *cnt -= left;
    return true;
}

bool bj_merkle_inclusion(bj_merkle_read_fn *read, void *ctx, uint64_t leaf_idx, uint64_t leaf_cnt,
                         bj_merkle_proof_t *proof) {
    uint64_t begin = 0, cnt = leaf_cnt;
    proof->hash_cnt = 0;
    if (leaf_idx >= leaf_cnt || leaf_cnt > BJ_MERKLE_LEAVES_MAX) return false;
    while (cnt > 1) {
        if (!step_down(read, ctx, leaf_idx, &begin, &cnt, proof)) return false;
    }
    turn_round(proof);
    return true;
}

bool bj_merkle_consistency(bj_merkle_read_fn *read, void *ctx, uint64_t old_cnt, uint64_t leaf_cnt,
                           bj_merkle_proof_t *proof) {
    uint64_t begin = 0, cnt = leaf_cnt;
    proof->hash_cnt = 0;
    if (old_cnt == 0 || old_cnt > leaf_cnt || leaf_cnt > BJ_MERKLE_LEAVES_MAX) return false;
    while (old_cnt != begin + cnt) {
        if (!step_down(read, ctx, old_cnt - 1, &begin, &cnt, proof)) return false;
    }
    /* Where the old tree is this very part, whoever checks has its root already. */
    if (begin > 0 && !range(read, ctx, begin, cnt, &proof->hash[proof->hash_cnt++])) return false;
    turn_round(proof);
    return true;
}

/* RFC 9162, 2.1.3.2: node and last are numbers on the present level. */
bool bj_merkle_included(const bj_merkle_hash_t *leaf, uint64_t leaf_idx, uint64_t leaf_cnt,
                        const bj_merkle_proof_t *proof, const bj_merkle_hash_t *root) {
    if (leaf_idx >= leaf_cnt || proof->hash_cnt > BJ_MERKLE_PROOF_MAX) return false;
    uint64_t node = leaf_idx, last = leaf_cnt - 1;
    bj_merkle_hash_t hash = *leaf;
    for (size_t i = 0; i < proof->hash_cnt; i++) {
        if (last == 0) return false;
        if (node & 1 || node == last) {
            hash = bj_merkle_node(&proof->hash[i], &hash);
            while (!(node & 1) && node) node >>= 1, last >>= 1;
        } else {
            hash = bj_merkle_node(&hash, &proof->hash[i]);
        }
        node >>= 1, last >>= 1;
    }
    return last == 0 && bj_merkle_same(&hash, root);
}

/* RFC 9162, 2.1.4.2. */
bool bj_merkle_consistent(uint64_t old_cnt, const bj_merkle_hash_t *old_root, uint64_t leaf_cnt,
                          const bj_merkle_hash_t *root, const bj_merkle_proof_t *proof) {
    if (old_cnt == 0 || old_cnt > leaf_cnt || proof->hash_cnt > BJ_MERKLE_PROOF_MAX) return false;
    if (old_cnt == leaf_cnt) return proof->hash_cnt == 0 && bj_merkle_same(old_root, root);
    uint64_t node = old_cnt - 1, last = leaf_cnt - 1;
    while (node & 1) node >>= 1, last >>= 1;
    size_t at = 0;
    bool whole = (old_cnt & (old_cnt - 1)) == 0; /* a perfect tree: its root is not in the proof */
    if (!whole && proof->hash_cnt == 0) return false;
    bj_merkle_hash_t old_hash = whole ? *old_root : proof->hash[at++], hash = old_hash;
    for (; at < proof->hash_cnt; at++) {
        if (last == 0) return false;
        if (node & 1 || node == last) {
            old_hash = bj_merkle_node(&proof->hash[at], &old_hash);
            hash = bj_merkle_node(&proof->hash[at], &hash);
            while (!(node & 1) && node) node >>= 1, last >>= 1;
        } else {
            hash = bj_merkle_node(&hash, &proof->hash[at]);
        }
        node >>= 1, last >>= 1;
    }
    return last == 0 && bj_merkle_same(&old_hash, old_root) && bj_merkle_same(&hash, root);
}

const char *bj_merkle_hex(const bj_merkle_hash_t *hash, char out[BJ_MERKLE_HEX_BYTES]) {
    for (size_t i = 0; i < BJ_MERKLE_HASH_BYTES; i++) {
        out[2 * i] = "0123456789abcdef"[hash->bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[hash->bytes[i] & 15];
    }
    out[BJ_MERKLE_HEX_BYTES - 1] = '\0';
    return out;
}

bool bj_merkle_unhex(const char *text, bj_merkle_hash_t *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < BJ_MERKLE_HEX_BYTES - 1; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit) return false;
        unsigned high = i % 2 ? (unsigned)out->bytes[i / 2] << 4 : 0;
        out->bytes[i / 2] = (uint8_t)(high | (unsigned)(digit - digits));
    }
    return text[BJ_MERKLE_HEX_BYTES - 1] == '\0';
}
