/* What the audit trail costs.  Without a database: an entry's hash and its place in the tree, a
 * whole verify, a head, a proof.  With `append` and a PostgreSQL (BJ_TEST_PG_CONTROL,
 * tests/with-pg): an entry with its commit, by one thread and by four at once. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/audit/bj_trail_check.h"
#include "controlplane/audit/bj_trail_tree.h"
#include "dataplane/base/bj_time.h"

enum { ENTRIES = 200000, HEADS = 200, PROOFS = 20000, APPENDS = 400, THREADS = 4 };

static bj_trail_entry_t entry_of(uint64_t seq) {
    return (bj_trail_entry_t){.seq = seq, .at_us = INT64_C(1795518289000000) + (int64_t)seq,
                              .actor = "user:1001", .role = "admin", .act = "limit.set",
                              .subject = "account:1002", .outcome = "asked",
                              .reason = "as agreed with the client by phone", .address = "10.0.0.1",
                              .after_json = "{\"ref\":\"0123456789abcdef\",\"level\":\"account\","
                                            "\"limit\":\"order_qty\",\"value\":500}"};
}

static double since_s(int64_t from_ns) {
    return (double)(bj_clock_mono_ns() - from_ns) / (double)BJ_NS_PER_S;
}

static bj_trail_key_t *make_key(void) {
    char file[] = "/tmp/bijli-bench.XXXXXX";
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    FILE *out = fdopen(mkstemp(file), "w");
    if (!pkey || !out || !PEM_write_PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(out);
    EVP_PKEY_free(pkey);
    bj_trail_key_t *key = bj_trail_key_private(file);
    unlink(file);
    if (!key) abort();
    return key;
}

/* Every entry with its hashes, and the tree in its file. */
static bj_trail_entry_t *make_trail(int tree_fd, bj_trail_head_t *head) {
    static bj_merkle_t tree;
    bj_trail_entry_t *entries = calloc(ENTRIES, sizeof *entries);
    bj_merkle_hash_t chain = {.bytes = {0}};
    if (!entries) abort();
    int64_t from_ns = bj_clock_mono_ns();
    for (uint64_t i = 0; i < ENTRIES; i++) {
        bj_merkle_hash_t done[BJ_MERKLE_LEVELS];
        entries[i] = entry_of(i + 1);
        entries[i].leaf = bj_trail_leaf(&entries[i]);
        entries[i].chain = chain = bj_merkle_chain(&chain, &entries[i].leaf);
        size_t cnt = bj_merkle_add(&tree, &entries[i].leaf, done);
        if (!bj_trail_tree_write(tree_fd, i, done, cnt)) abort();
    }
    printf("trail_follow %.0f entries_per_s\n", ENTRIES / since_s(from_ns));
    *head = (bj_trail_head_t){.size = ENTRIES, .root = bj_merkle_root(&tree), .chain = chain,
                              .time_ns = INT64_C(1795518289000000000)};
    return entries;
}

static void bench_heads(const bj_trail_head_t *head, const bj_trail_key_t *key,
                        char note[BJ_TRAIL_NOTE_BYTES]) {
    bj_trail_head_t back;
    int64_t from_ns = bj_clock_mono_ns();
    for (int i = 0; i < HEADS; i++) {
        if (!bj_trail_head_sign(head, key, note)) abort();
    }
    printf("trail_head_sign %.1f us\n", since_s(from_ns) / HEADS * 1e6);
    from_ns = bj_clock_mono_ns();
    for (int i = 0; i < HEADS; i++) {
        if (bj_trail_head_open(note, key, &back) != BJ_OK) abort();
    }
    printf("trail_head_check %.1f us\n", since_s(from_ns) / HEADS * 1e6);
}

static void bench_verify(const bj_trail_entry_t *entries, const bj_trail_key_t *key, char *note,
                         int tree_fd) {
    static bj_trail_check_t check;
    check = (bj_trail_check_t){.key = key, .tree_fd = tree_fd,
                               .heads = fmemopen(note, strlen(note), "r")};
    int64_t from_ns = bj_clock_mono_ns();
    bj_trail_check_begin(&check);
    for (size_t i = 0; i < ENTRIES; i++) bj_trail_check_entry(&check, &entries[i]);
    if (!bj_trail_check_end(&check) || check.head_cnt != 1) abort();
    printf("trail_verify %.0f entries_per_s\n", ENTRIES / since_s(from_ns));
    fclose(check.heads);
}

static void bench_proofs(const bj_trail_entry_t *entries, const bj_trail_head_t *head,
                         int tree_fd) {
    bj_merkle_proof_t proof;
    double make_s = 0, check_s = 0;
    for (uint64_t i = 0; i < PROOFS; i++) {
        uint64_t idx = i * UINT64_C(7919) % ENTRIES;
        int64_t from_ns = bj_clock_mono_ns();
        if (!bj_merkle_inclusion(bj_trail_tree_read, &tree_fd, idx, ENTRIES, &proof)) abort();
        make_s += since_s(from_ns);
        from_ns = bj_clock_mono_ns();
        if (!bj_merkle_included(&entries[idx].leaf, idx, ENTRIES, &proof, &head->root)) abort();
        check_s += since_s(from_ns);
    }
    printf("trail_proof_make %.1f us\n", make_s / PROOFS * 1e6);
    printf("trail_proof_check %.1f us\n", check_s / PROOFS * 1e6);
}

static void *append(void *pool) {
    const bj_trail_who_t who = {.actor = "user:1001", .role = "admin", .address = "10.0.0.1"};
    bj_trail_entry_t e = entry_of(1);
    const bj_trail_act_t act = {.act = e.act, .subject = e.subject, .outcome = e.outcome,
                                .reason = e.reason, .after_json = e.after_json};
    for (int i = 0; i < APPENDS; i++) {
        if (bj_trail_add(pool, &who, &act) != BJ_OK) abort();
    }
    return NULL;
}

static void bench_append(const char *conninfo) {
    pthread_t threads[THREADS];
    bj_db_pool_t *pool = bj_db_pool_new(conninfo, THREADS, 5000);
    if (!pool) abort();
    append(pool); /* the connection, and what PostgreSQL keeps ready */
    int64_t from_ns = bj_clock_mono_ns();
    append(pool);
    printf("trail_append %.0f us\n", since_s(from_ns) / APPENDS * 1e6);
    from_ns = bj_clock_mono_ns();
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, append, pool) != 0) abort();
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    printf("trail_append_by_4 %.0f entries_per_s\n", THREADS * APPENDS / since_s(from_ns));
    bj_db_pool_free(pool);
}

int main(int argc, char **argv) {
    const char *control = getenv("BJ_TEST_PG_CONTROL");
    if (argc == 2 && strcmp(argv[1], "append") == 0 && control) {
        bench_append(control);
        return 0;
    }
    char file[] = "/tmp/bijli-tree.XXXXXX", note[BJ_TRAIL_NOTE_BYTES];
    int tree_fd = mkstemp(file);
    bj_trail_head_t head;
    bj_trail_key_t *key = make_key();
    unlink(file);
    bj_trail_entry_t *entries = make_trail(tree_fd, &head);
    bench_heads(&head, key, note);
    bench_verify(entries, key, note, tree_fd);
    bench_proofs(entries, &head, tree_fd);
    bj_trail_key_free(key);
    free(entries);
    close(tree_fd);
    return 0;
}
