/* Goal: whatever is done to a trail of 60 entries under 8 heads, the check says so and names the
 * first entry that is wrong: each entry changed, taken out, put in twice, two of them swapped, the
 * end cut off; by somebody who leaves the hashes, and by somebody who makes all of them anew. */
#include "controlplane/audit/bj_trail_check.h"
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/audit/bj_trail_tree.h"
#include "dataplane/base/bj_test.h"

enum { CNT = 60, HEAD_EVERY = 8, LAST_HEAD = CNT / HEAD_EVERY * HEAD_EVERY };

static bj_trail_entry_t good[CNT];
static char  heads_text[16 * BJ_TRAIL_NOTE_BYTES];
static char  key_file[] = "/tmp/bijli-check.XXXXXX", tree_file[] = "/tmp/bijli-tree.XXXXXX";
static bj_trail_key_t *key;
static int   tree_fd;

static bj_merkle_hash_t chain_before(const bj_trail_entry_t *entries, size_t i) {
    return i ? entries[i - 1].chain : (bj_merkle_hash_t){.bytes = {0}};
}

/* All hashes from entry i on, as somebody would who can write the table. */
static void rehash(bj_trail_entry_t *entries, size_t i, size_t cnt) {
    for (; i < cnt; i++) {
        bj_merkle_hash_t before = chain_before(entries, i);
        entries[i].leaf = bj_trail_leaf(&entries[i]);
        entries[i].chain = bj_merkle_chain(&before, &entries[i].leaf);
    }
}

static void sign_heads(void) {
    bj_merkle_t tree = {.leaf_cnt = 0};
    size_t at = 0;
    for (size_t i = 0; i < CNT; i++) {
        bj_merkle_hash_t done[BJ_MERKLE_LEVELS];
        size_t cnt = bj_merkle_add(&tree, &good[i].leaf, done);
        BJ_CHECK(bj_trail_tree_write(tree_fd, i, done, cnt));
        if ((i + 1) % HEAD_EVERY) continue;
        bj_trail_head_t head = {.size = i + 1, .root = bj_merkle_root(&tree),
                                .time_ns = good[i].at_us * 1000000, .chain = good[i].chain};
        BJ_CHECK(bj_trail_head_sign(&head, key, heads_text + at));
        at += strlen(heads_text + at);
        heads_text[at++] = '\n';
    }
}

static void make(void) {
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    FILE *file = fdopen(mkstemp(key_file), "w");
    if (!pkey || !file || !PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(file);
    EVP_PKEY_free(pkey);
    if (!(key = bj_trail_key_private(key_file))) abort();
    if ((tree_fd = mkstemp(tree_file)) < 0) abort();
    for (size_t i = 0; i < CNT; i++) {
        static char subject[CNT][24];
        snprintf(subject[i], sizeof subject[i], "account:%zu", i);
        good[i] = (bj_trail_entry_t){.seq = i + 1, .at_us = INT64_C(1795518289000) + (int64_t)i,
                                     .actor = "operator", .role = "admin", .act = "limit.set",
                                     .subject = subject[i], .outcome = "done", .address = "::1",
                                     .reason = i % 3 ? "why" : NULL};
    }
    rehash(good, 0, CNT);
    sign_heads();
}

/* What the check finds: 0 nothing, else the entry; *why stays until the next call. */
static uint64_t find(const bj_trail_entry_t *entries, size_t cnt, const char *heads, int fd,
                     const char **why) {
    static bj_trail_check_t check;
    check = (bj_trail_check_t){.key = key, .tree_fd = fd};
    check.heads = heads && *heads
                      ? fmemopen((void *)(uintptr_t)heads, strlen(heads), "r") : NULL;
    bj_trail_check_begin(&check);
    for (size_t i = 0; i < cnt; i++) bj_trail_check_entry(&check, &entries[i]);
    bool ok = bj_trail_check_end(&check);
    BJ_CHECK(ok == (check.bad[0] == '\0'));
    if (ok && heads == heads_text) BJ_CHECK(check.head_cnt == CNT / HEAD_EVERY);
    if (check.heads) fclose(check.heads);
    *why = check.bad;
    return ok ? 0 : check.bad_seq;
}

static void expect(const bj_trail_entry_t *entries, size_t cnt, uint64_t seq, const char *words) {
    const char *why;
    unsigned fails = bj_fail_cnt;
    BJ_CHECK(find(entries, cnt, heads_text, tree_fd, &why) == seq);
    BJ_CHECK(strstr(why, words) && (seq == 0) == (*why == '\0'));
    if (bj_fail_cnt != fails) fprintf(stderr, "  wanted %d \"%s\": %s\n", (int)seq, words, why);
}

/* Somebody with psql, who leaves the hashes as they are. */
static void test_plain(void) {
    for (size_t i = 0; i < CNT; i++) {
        bj_trail_entry_t e[CNT + 1];
        memcpy(e, good, sizeof good);
        e[i].reason = "another";
        expect(e, CNT, i + 1, "was changed");
        memcpy(e, good, sizeof good);
        e[i].leaf = bj_trail_leaf(&e[i]), e[i].leaf.bytes[3] ^= 1;
        expect(e, CNT, i + 1, "was changed");
        memcpy(e, good, sizeof good);
        e[i].chain.bytes[31] ^= 1;
        expect(e, CNT, i + 1, "does not follow");
        memcpy(e, good, sizeof good);
        memmove(&e[i], &e[i + 1], (CNT - 1 - i) * sizeof e[0]);
        if (i + 1 < CNT) expect(e, CNT - 1, i + 1, "is missing");
        memcpy(e, good, i * sizeof e[0]);
        memcpy(&e[i + 1], &good[i], (CNT - i) * sizeof e[0]);
        e[i] = good[i];
        expect(e, CNT + 1, i + 1, "comes after");
        if (i == 0) continue;
        memcpy(e, good, sizeof good); /* the numbers swapped, so that the order is another */
        e[i - 1] = good[i], e[i] = good[i - 1];
        e[i - 1].seq = i, e[i].seq = i + 1;
        expect(e, CNT, i, "was changed");
    }
}

/* Somebody who knows how it is made: every hash fits, and only the heads can say. */
static void test_forged(void) {
    for (size_t i = 0; i < CNT; i++) {
        bj_trail_entry_t e[CNT + 1];
        const char *why;
        bool signed_yet = i < LAST_HEAD;
        memcpy(e, good, sizeof good);
        e[i].reason = "another";
        rehash(e, i, CNT);
        expect(e, CNT, signed_yet ? i + 1 : 0, signed_yet ? "is not the one that was signed" : "");
        uint64_t first = i / HEAD_EVERY * HEAD_EVERY + 1; /* without the tree: which of eight */
        BJ_CHECK(find(e, CNT, heads_text, -1, &why) == (signed_yet ? first : 0));
        BJ_CHECK(find(e, CNT, NULL, -1, &why) == 0); /* without heads nobody can */
        memcpy(e, good, sizeof good); /* one taken out, the rest moved up */
        memmove(&e[i], &e[i + 1], (CNT - 1 - i) * sizeof e[0]);
        for (size_t k = i; k < CNT - 1; k++) e[k].seq = k + 1;
        rehash(e, i, CNT - 1);
        expect(e, CNT - 1, signed_yet ? i + 1 : 0, signed_yet ? "is not the one that was" : "");
    }
}

static void test_cut(void) {
    for (size_t cnt = 0; cnt <= CNT; cnt++) {
        bool seen = cnt < LAST_HEAD; /* what no head vouches for may go unseen */
        expect(good, cnt, seen ? cnt + 1 : 0, seen ? "missing" : "");
    }
}

static void test_heads(void) {
    const char *why;
    char text[2 * sizeof heads_text + 2];
    memcpy(text, heads_text, sizeof heads_text);
    BJ_CHECK(find(good, CNT, text, tree_fd, &why) == 0 && !*why);
    *strstr(text, "\n8\n") = '\t'; /* one of them no longer is one: it is torn, and the rest hold */
    BJ_CHECK(find(good, CNT, text, tree_fd, &why) == 0 && !*why);
    memcpy(text, heads_text, sizeof heads_text);
    memcpy(strstr(text, "\n16\n"), "\n17\n", 4);
    (void)find(good, CNT, text, tree_fd, &why);
    BJ_CHECK(strstr(why, "not signed by this key"));
    const char *third = strstr(heads_text, "bijli-audit\n24\n");
    snprintf(text, sizeof text, "%s\n%s", third, heads_text); /* an old file after a new one */
    (void)find(good, CNT, text, tree_fd, &why);
    BJ_CHECK(strstr(why, "comes after one of 56"));
    /* A file of the tree that lies accuses nobody. */
    bj_merkle_hash_t done[1] = {{.bytes = {9}}};
    BJ_CHECK(bj_trail_tree_write(tree_fd, 4, done, 1));
    expect(good, CNT, 0, "");
    bj_trail_entry_t e[CNT];
    memcpy(e, good, sizeof good);
    e[6].reason = "another";
    rehash(e, 6, CNT);
    expect(e, CNT, 5, "is not the one that was signed"); /* the tree's peaks are good, a leaf not */
    BJ_CHECK(bj_trail_tree_write(tree_fd, 4, &good[4].leaf, 1));
    BJ_CHECK(pwrite(tree_fd, "x", 1, (off_t)bj_merkle_slot(3, 0) * 32) == 1);
    expect(e, CNT, 1, "of entries 1 to 8 one or more");
}

int main(void) {
    make();
    expect(good, CNT, 0, "");
    test_plain();
    test_forged();
    test_cut();
    test_heads();
    bj_trail_key_free(key);
    close(tree_fd);
    unlink(key_file);
    unlink(tree_file);
    return bj_test_end("test_bj_trail_check");
}
