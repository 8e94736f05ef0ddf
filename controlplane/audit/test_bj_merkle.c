/* Goal: the tree of RFC 6962 and nothing else.  Roots against the vectors that transparency logs
 * publish; every root, every inclusion and every consistency proof up to some hundred leaves
 * against the RFC's own recursive definition, written here once more over plain bytes; every proof
 * with a bit turned, a hash too many or too few, or of another root, is refused.  (A size is bound
 * by the signature of its head: two sizes may have proofs of one shape.) */
#include "controlplane/audit/bj_merkle.h"
#include <openssl/sha.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { LEAVES = 300, HASH = BJ_MERKLE_HASH_BYTES };

/* --- the definition: MTH(D[n]) of RFC 6962, 2.1, over leaves kept as bytes */

static uint8_t leaf_data[LEAVES][8];

static void naive_node(const uint8_t *left, const uint8_t *right, uint8_t out[HASH]) {
    uint8_t all[1 + 2 * HASH] = {1};
    memcpy(all + 1, left, HASH);
    memcpy(all + 1 + HASH, right, HASH);
    SHA256(all, sizeof all, out);
}

static size_t naive_split(size_t n) {
    size_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
}

static void naive_root(size_t begin, size_t n, uint8_t out[HASH]) {
    if (n == 0) {
        SHA256((const uint8_t *)"", 0, out);
    } else if (n == 1) {
        uint8_t all[1 + sizeof leaf_data[0]] = {0};
        memcpy(all + 1, leaf_data[begin], sizeof leaf_data[0]);
        SHA256(all, sizeof all, out);
    } else {
        uint8_t left[HASH], right[HASH];
        size_t k = naive_split(n);
        naive_root(begin, k, left);
        naive_root(begin + k, n - k, right);
        naive_node(left, right, out);
    }
}

/* PATH(m, D[n]). */
static size_t naive_path(size_t m, size_t begin, size_t n, bj_merkle_hash_t *out) {
    if (n == 1) return 0;
    size_t k = naive_split(n), cnt;
    bool left = m < k;
    cnt = left ? naive_path(m, begin, k, out) : naive_path(m - k, begin + k, n - k, out);
    if (left) naive_root(begin + k, n - k, out[cnt].bytes);
    else naive_root(begin, k, out[cnt].bytes);
    return cnt + 1;
}

/* SUBPROOF(m, D[n], b). */
static size_t naive_subproof(size_t m, size_t begin, size_t n, bool known, bj_merkle_hash_t *out) {
    if (m == n) {
        if (!known) naive_root(begin, n, out[0].bytes);
        return known ? 0 : 1;
    }
    size_t k = naive_split(n), cnt;
    bool left = m <= k;
    cnt = left ? naive_subproof(m, begin, k, known, out)
               : naive_subproof(m - k, begin + k, n - k, false, out);
    if (left) naive_root(begin + k, n - k, out[cnt].bytes);
    else naive_root(begin, k, out[cnt].bytes);
    return cnt + 1;
}

/* --- the tree as it is kept: one file of hashes */

static bj_merkle_hash_t file[2 * LEAVES], roots[LEAVES + 1];
static uint64_t file_cnt, read_cnt;

static bool from_file(void *ctx, unsigned level, uint64_t idx, bj_merkle_hash_t *out) {
    uint64_t slot = bj_merkle_slot(level, idx);
    (void)ctx;
    read_cnt++;
    if (slot >= file_cnt) return false;
    *out = file[slot];
    return true;
}

static void grow(void) {
    bj_merkle_t tree = {.leaf_cnt = 0};
    roots[0] = bj_merkle_root(&tree);
    for (size_t i = 0; i < LEAVES; i++) {
        bj_merkle_hash_t done[BJ_MERKLE_LEVELS];
        for (size_t k = 0; k < sizeof leaf_data[i]; k++) leaf_data[i][k] = (uint8_t)(i * 31 + k);
        bj_merkle_hash_t leaf = bj_merkle_leaf(leaf_data[i], sizeof leaf_data[i]);
        BJ_CHECK(bj_merkle_slot(0, i) == file_cnt);
        size_t cnt = bj_merkle_add(&tree, &leaf, done);
        for (size_t k = 0; k < cnt; k++) {
            BJ_CHECK(bj_merkle_slot((unsigned)k, i >> k) == file_cnt);
            file[file_cnt++] = done[k];
        }
        roots[i + 1] = bj_merkle_root(&tree);
    }
}

static bj_merkle_hash_t leaf_of(uint64_t idx) { return file[bj_merkle_slot(0, idx)]; }

static void test_roots(void) {
    for (size_t n = 0; n <= LEAVES; n++) {
        uint8_t want[HASH];
        bj_merkle_t tree;
        naive_root(0, n, want);
        BJ_CHECK(memcmp(roots[n].bytes, want, HASH) == 0);
        BJ_CHECK(bj_merkle_load(from_file, NULL, n, &tree));
        bj_merkle_hash_t root = bj_merkle_root(&tree);
        BJ_CHECK(bj_merkle_same(&root, &roots[n]));
    }
    bj_merkle_t tree;
    BJ_CHECK(!bj_merkle_load(from_file, NULL, LEAVES + 1, &tree));
}

static bool same_proof(const bj_merkle_proof_t *proof, const bj_merkle_hash_t *want, size_t cnt) {
    return proof->hash_cnt == cnt && memcmp(proof->hash, want, cnt * sizeof *want) == 0;
}

static void test_inclusion(void) {
    bj_merkle_hash_t want[BJ_MERKLE_PROOF_MAX];
    bj_merkle_proof_t proof;
    for (uint64_t n = 1; n <= LEAVES; n += n < 70 ? 1 : 23) {
        for (uint64_t m = 0; m < n; m++) {
            bj_merkle_hash_t leaf = leaf_of(m);
            BJ_CHECK(bj_merkle_inclusion(from_file, NULL, m, n, &proof));
            BJ_CHECK(same_proof(&proof, want, naive_path(m, 0, n, want)));
            BJ_CHECK(bj_merkle_included(&leaf, m, n, &proof, &roots[n]));
            BJ_CHECK(!bj_merkle_included(&leaf, (m + 1) % n, n, &proof, &roots[n]) || n == 1);
            BJ_CHECK(!bj_merkle_included(&leaf, m, n, &proof, &roots[n - 1]));
            leaf.bytes[m % HASH] ^= 1;
            BJ_CHECK(!bj_merkle_included(&leaf, m, n, &proof, &roots[n]));
        }
        BJ_CHECK(!bj_merkle_inclusion(from_file, NULL, n, n, &proof));
    }
}

static void test_consistency(void) {
    bj_merkle_hash_t want[BJ_MERKLE_PROOF_MAX];
    bj_merkle_proof_t proof;
    for (uint64_t n = 1; n <= LEAVES; n += n < 70 ? 1 : 23) {
        for (uint64_t m = 1; m <= n; m++) {
            BJ_CHECK(bj_merkle_consistency(from_file, NULL, m, n, &proof));
            BJ_CHECK(same_proof(&proof, want, naive_subproof(m, 0, n, true, want)));
            BJ_CHECK(bj_merkle_consistent(m, &roots[m], n, &roots[n], &proof));
            BJ_CHECK(!bj_merkle_consistent(m, &roots[m - 1], n, &roots[n], &proof));
            BJ_CHECK(!bj_merkle_consistent(m, &roots[m], n, &roots[n - 1], &proof));
        }
        BJ_CHECK(!bj_merkle_consistency(from_file, NULL, n + 1, n, &proof));
        BJ_CHECK(!bj_merkle_consistency(from_file, NULL, 0, n, &proof));
    }
}

/* Every hash of a proof with a bit turned, one dropped at each end, one more at the end. */
static void test_bent_proofs(void) {
    for (uint64_t n = 2; n <= 67; n++) {
        for (uint64_t m = 1; m < n; m++) {
            bj_merkle_proof_t in, con, bent;
            bj_merkle_hash_t leaf = leaf_of(m);
            BJ_CHECK(bj_merkle_inclusion(from_file, NULL, m, n, &in));
            BJ_CHECK(bj_merkle_consistency(from_file, NULL, m, n, &con));
            for (size_t i = 0; i < in.hash_cnt; i++) {
                bent = in, bent.hash[i].bytes[i % HASH] ^= 0x80;
                BJ_CHECK(!bj_merkle_included(&leaf, m, n, &bent, &roots[n]));
            }
            for (size_t i = 0; i < con.hash_cnt; i++) {
                bent = con, bent.hash[i].bytes[i % HASH] ^= 0x80;
                BJ_CHECK(!bj_merkle_consistent(m, &roots[m], n, &roots[n], &bent));
            }
            bent = in, bent.hash_cnt--;
            BJ_CHECK(!bj_merkle_included(&leaf, m, n, &bent, &roots[n]));
            bent = in, bent.hash[bent.hash_cnt++] = leaf;
            BJ_CHECK(!bj_merkle_included(&leaf, m, n, &bent, &roots[n]));
            bent = con, bent.hash_cnt--;
            BJ_CHECK(!bj_merkle_consistent(m, &roots[m], n, &roots[n], &bent));
            bent = con, bent.hash[bent.hash_cnt++] = leaf;
            BJ_CHECK(!bj_merkle_consistent(m, &roots[m], n, &roots[n], &bent));
        }
    }
}

/* Two paths of at most 64 hashes each, however long the log. */
static bool from_nowhere(void *ctx, unsigned level, uint64_t idx, bj_merkle_hash_t *out) {
    (void)ctx, (void)level, (void)idx;
    read_cnt++;
    *out = (bj_merkle_hash_t){.bytes = {1}};
    return true;
}

static void test_cost(void) {
    bj_merkle_proof_t proof;
    uint64_t n = UINT64_C(1000000007);
    read_cnt = 0;
    BJ_CHECK(bj_merkle_inclusion(from_nowhere, NULL, 1, n, &proof) && proof.hash_cnt == 30);
    BJ_CHECK(read_cnt <= 64);
    read_cnt = 0;
    BJ_CHECK(bj_merkle_consistency(from_nowhere, NULL, n - 1, n, &proof) && read_cnt <= 64);
    BJ_CHECK(bj_merkle_inclusion(from_nowhere, NULL, 0, BJ_MERKLE_LEAVES_MAX, &proof));
    BJ_CHECK(!bj_merkle_inclusion(from_nowhere, NULL, 0, BJ_MERKLE_LEAVES_MAX + 1, &proof));
    BJ_CHECK(!bj_merkle_inclusion(from_file, NULL, 0, LEAVES + 1, &proof)); /* not there */
}

/* The eight leaves and nine roots that the projects of certificate transparency test with. */
static void test_vectors(void) {
    static const struct {
        const char *leaf;
        size_t      leaf_bytes;
        const char *root; /* of it and all before it */
    } cases[] = {
        {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"\x40\x41\x42\x43", 4,
         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"\x50\x51\x52\x53\x54\x55\x56\x57", 8,
         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    char hex[BJ_MERKLE_HEX_BYTES];
    bj_merkle_t tree = {.leaf_cnt = 0};
    bj_merkle_hash_t root = bj_merkle_root(&tree), back;
    BJ_CHECK(strcmp(bj_merkle_hex(&root, hex),
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 0);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_merkle_hash_t leaf = bj_merkle_leaf(cases[i].leaf, cases[i].leaf_bytes);
        bj_merkle_add(&tree, &leaf, NULL);
        root = bj_merkle_root(&tree);
        BJ_CHECK(strcmp(bj_merkle_hex(&root, hex), cases[i].root) == 0);
        BJ_CHECK(bj_merkle_unhex(cases[i].root, &back) && bj_merkle_same(&back, &root));
    }
    BJ_CHECK(!bj_merkle_unhex("", &back) && !bj_merkle_unhex("6E", &back));
    BJ_CHECK(!bj_merkle_unhex(
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff46043280", &back));
    char *big = calloc(1, 5000); /* longer than the stack's place for it */
    bj_merkle_hash_t a = bj_merkle_leaf(big, 4999), b;
    SHA256((const uint8_t *)big, 5000, b.bytes);
    BJ_CHECK(bj_merkle_same(&a, &b));
    free(big);
}

int main(void) {
    test_vectors();
    grow();
    test_roots();
    test_inclusion();
    test_consistency();
    test_bent_proofs();
    test_cost();
    return bj_test_end("test_bj_merkle");
}
