/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): heads come, and their proofs hold; a new keeper goes on where the old
 * one stopped, also without the tree's file; what a superuser changes or takes out is said and
 * never signed over; what was logged while the database was away comes in once. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/audit/bj_trail_check.h"
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/audit/bj_trail_spool.h"
#include "controlplane/audit/bj_trail_tree.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"

static bj_db_pool_t *db, *owner;
static char dir[64], key_file[96], heads_file[96], tree_file[96], spool_file[96];
static const bj_trail_who_t who = {.actor = "operator", .role = "admin", .address = "::1"};

static void make_place(void) {
    if (!child_mkdir(dir, sizeof dir)) abort();
    snprintf(key_file, sizeof key_file, "%s/key", dir);
    snprintf(heads_file, sizeof heads_file, "%s/heads", dir);
    snprintf(tree_file, sizeof tree_file, "%s/tree", dir);
    snprintf(spool_file, sizeof spool_file, "%s/spool", dir);
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    FILE *file = fopen(key_file, "w");
    if (!pkey || !file || !PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(file);
    EVP_PKEY_free(pkey);
}

static bj_trail_keeper_t *start(bj_db_pool_t *pool) {
    bj_trail_keeper_config_t config = {.db = pool, .dir = dir, .key_file = key_file,
                                       .head_every_cnt = 5, .head_every_ns = BJ_NS_PER_S};
    return bj_trail_keeper_new(&config);
}

static void add(unsigned cnt) {
    const bj_trail_act_t act = {.act = "test.add", .subject = "x", .outcome = "done"};
    for (unsigned i = 0; i < cnt; i++) BJ_CHECK(bj_trail_add(db, &who, &act) == BJ_OK);
}

/* As a superuser may, who switches the triggers off. */
static void as_owner(const char *sql) {
    bj_db_t *conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK);
    BJ_CHECK(bj_db_script(conn, "SET session_replication_role = replica") == BJ_OK);
    BJ_CHECK(bj_db_script(conn, sql) == BJ_OK);
    BJ_CHECK(bj_db_script(conn, "SET session_replication_role = origin") == BJ_OK);
    bj_db_give(conn);
}

static uint64_t signed_cnt(bj_trail_keeper_t *keeper) {
    bj_trail_head_t head;
    char note[BJ_TRAIL_NOTE_BYTES];
    return bj_trail_keeper_head(keeper, &head, note) ? head.size : 0;
}

static bool troubled(bj_trail_keeper_t *keeper, const char *words) {
    char why[BJ_TRAIL_NOTE_BYTES];
    return bj_trail_keeper_trouble(keeper, why) && strstr(why, words);
}

static void check_entry(void *ctx, const bj_trail_entry_t *entry) {
    bj_trail_check_entry(ctx, entry);
}

/* What a stranger finds with the files and the database. */
static bj_trail_check_t check_all(void) {
    bj_trail_check_t check = {.heads = fopen(heads_file, "r")};
    bj_trail_key_t *key = bj_trail_key_private(key_file);
    bj_trail_filter_t filter = {.limit = 10000};
    check.key = key;
    check.tree_fd = bj_trail_tree_open(tree_file, false);
    bj_trail_check_begin(&check);
    BJ_CHECK(bj_trail_select(db, &filter, true, check_entry, &check) == BJ_OK);
    (void)!bj_trail_check_end(&check);
    if (check.heads) fclose(check.heads);
    close(check.tree_fd);
    bj_trail_key_free(key);
    return check;
}

static void test_heads(void) {
    bj_trail_keeper_t *keeper = start(db);
    BJ_CHECK(keeper);
    if (!keeper) return;
    add(7);
    CHILD_CHECK_SOON(3000, signed_cnt(keeper) == 7);
    add(1);
    CHILD_CHECK_SOON(3000, signed_cnt(keeper) == 8);
    bj_trail_head_t head;
    char note[BJ_TRAIL_NOTE_BYTES];
    bj_merkle_proof_t proof;
    BJ_CHECK(bj_trail_keeper_head(keeper, &head, note));
    bj_trail_check_t check = check_all();
    BJ_CHECK(!*check.bad && check.last.size == 8 && check.head_cnt == 2);
    bj_merkle_hash_t leaf;
    int fd = bj_trail_tree_open(tree_file, false);
    for (uint64_t seq = 1; seq <= 8; seq++) {
        BJ_CHECK(bj_trail_tree_read(&fd, 0, seq - 1, &leaf));
        BJ_CHECK(bj_trail_keeper_inclusion(keeper, seq, 8, &proof));
        BJ_CHECK(bj_merkle_included(&leaf, seq - 1, 8, &proof, &head.root));
    }
    close(fd);
    BJ_CHECK(!bj_trail_keeper_inclusion(keeper, 9, 9, &proof)); /* under no head yet */
    BJ_CHECK(!bj_trail_keeper_inclusion(keeper, 0, 8, &proof));
    BJ_CHECK(bj_trail_keeper_consistency(keeper, 7, 8, &proof) && proof.hash_cnt > 0);
    add(1);
    bj_trail_keeper_free(keeper); /* signs what there is */
    check = check_all();
    BJ_CHECK(!*check.bad && check.last.size == 9);
}

static void test_again(void) {
    bj_trail_keeper_t *keeper = start(db);
    BJ_CHECK(keeper && signed_cnt(keeper) == 9);
    add(3);
    if (keeper) CHILD_CHECK_SOON(3000, signed_cnt(keeper) == 12);
    bj_trail_keeper_free(keeper);
    BJ_CHECK(unlink(tree_file) == 0); /* is made again from the entries */
    keeper = start(db);
    add(2);
    if (keeper) CHILD_CHECK_SOON(3000, signed_cnt(keeper) == 14);
    bj_trail_keeper_free(keeper);
    bj_trail_check_t check = check_all();
    BJ_CHECK(!*check.bad && check.last.size == 14);
    /* Half a head, as a full disk leaves it. */
    FILE *heads = fopen(heads_file, "a");
    if (!heads) abort();
    fputs("\nbijli-audit\n15\nAAAA", heads);
    fclose(heads);
    keeper = start(db);
    add(1);
    if (keeper) CHILD_CHECK_SOON(3000, signed_cnt(keeper) == 15);
    bj_trail_keeper_free(keeper);
    check = check_all();
    BJ_CHECK(!*check.bad && check.last.size == 15 && check.torn_cnt == 1);
}

static void test_changed(void) {
    bj_trail_keeper_t *keeper = start(db);
    if (!keeper) abort();
    as_owner("ALTER TABLE audit_entries DROP CONSTRAINT IF EXISTS audit_leaf_is_of_entry;"
             "CREATE TABLE kept AS SELECT * FROM audit_entries;"
             "UPDATE audit_entries SET reason = 'another' WHERE seq = 4");
    CHILD_CHECK_SOON(6000, troubled(keeper, "entry 4 was changed"));
    add(6);
    child_sleep_ms(2500);
    BJ_CHECK(signed_cnt(keeper) == 15); /* nothing is signed over it */
    bj_trail_keeper_free(keeper);
    bj_trail_check_t check = check_all();
    BJ_CHECK(check.bad_seq == 4);
    as_owner("UPDATE audit_entries e SET reason = kept.reason FROM kept WHERE e.seq = kept.seq");
    keeper = start(db); /* it was put right: it goes on */
    if (keeper) CHILD_CHECK_SOON(3000, signed_cnt(keeper) == 21);
    as_owner("DELETE FROM audit_entries WHERE seq = 7");
    if (keeper) CHILD_CHECK_SOON(6000, troubled(keeper, "entry 7 was"));
    bj_trail_keeper_free(keeper);
    check = check_all();
    BJ_CHECK(check.bad_seq == 7);
    as_owner("INSERT INTO audit_entries SELECT * FROM kept WHERE seq = 7; DROP TABLE kept");
    BJ_CHECK(!*check_all().bad);
}

/* Everything at the end taken out, the head's row set back: the next entry has an old number. */
static void test_cut(void) {
    as_owner("CREATE TABLE kept AS SELECT * FROM audit_entries WHERE seq > 18;"
             "DELETE FROM audit_entries WHERE seq > 18;"
             "UPDATE audit_head SET seq = 18, chain_hash = (SELECT chain_hash FROM audit_entries"
             " WHERE seq = 18)");
    bj_trail_keeper_t *keeper = start(db);
    if (keeper) CHILD_CHECK_SOON(6000, troubled(keeper, "entry 19 was taken out"));
    add(3); /* of the old numbers */
    bj_trail_keeper_free(keeper);
    BJ_CHECK(check_all().bad_seq == 19);
    BJ_CHECK(unlink(tree_file) == 0);
    keeper = start(db);
    if (keeper) CHILD_CHECK_SOON(6000, troubled(keeper, "not those that were signed"));
    bj_trail_keeper_free(keeper);
    as_owner("DELETE FROM audit_entries WHERE seq > 18; INSERT INTO audit_entries SELECT * FROM"
             " kept; UPDATE audit_head SET (seq, chain_hash) = (SELECT seq, chain_hash FROM kept"
             " ORDER BY seq DESC LIMIT 1); DROP TABLE kept");
    BJ_CHECK(!*check_all().bad);
}

/* Everything of the spool is gone but what was put aside. */
static bool drained(void) {
    char command[256];
    snprintf(command, sizeof command, "test ! -e %s && ls %s.refused.* >/dev/null", spool_file,
             spool_file);
    return system(command) == 0;
}

static void count_spooled(void *ctx, const bj_trail_entry_t *e) {
    if (e->after_json && strstr(e->after_json, "\"spooled\":{\"at\":\"2")) ++*(size_t *)ctx;
}

static size_t spooled_cnt(void) {
    bj_trail_filter_t filter = {.limit = 10000};
    size_t cnt = 0;
    BJ_CHECK(bj_trail_select(db, &filter, true, count_spooled, &cnt) == BJ_OK);
    return cnt;
}

static void test_spool(void) {
    const bj_trail_act_t acts[] = {
        {.act = "test.late", .subject = "x", .outcome = "asked", .reason = "db \"away\"",
         .after_json = "{\"ref\":\"1\"}"},
        {.act = "test.late", .subject = "x", .outcome = "done"},
        {.act = "no act", .subject = "x", .outcome = "done"}, /* the trail takes no such line */
    };
    bj_db_pool_t *nowhere = bj_db_pool_new("host=/nonexistent dbname=x user=y", 1, 500);
    bj_trail_keeper_t *keeper = start(nowhere);
    for (size_t i = 0; keeper && i < BJ_COUNT(acts); i++) {
        BJ_CHECK(bj_trail_log(keeper, &who, &acts[i]) == BJ_OK);
    }
    bj_trail_keeper_free(keeper);
    FILE *spool = fopen(spool_file, "a");
    if (!spool) abort();
    fputs("{\"half of a", spool);
    fclose(spool);
    /* A drain whose file stays, as if it was cut off before the unlink. */
    char copy[200];
    snprintf(copy, sizeof copy, "cp %s %s.copy", spool_file, spool_file);
    BJ_CHECK(system(copy) == 0);
    keeper = start(db);
    if (keeper) CHILD_CHECK_SOON(3000, drained());
    if (keeper) CHILD_CHECK_SOON(3000, troubled(keeper, "a line of the spool was not taken"));
    uint64_t had = keeper ? signed_cnt(keeper) : 0;
    add(1); /* the next head does not make it well */
    if (keeper) CHILD_CHECK_SOON(3000, signed_cnt(keeper) > had);
    if (keeper) BJ_CHECK(troubled(keeper, "a line of the spool was not taken"));
    BJ_CHECK(spooled_cnt() == 2);
    snprintf(copy, sizeof copy, "mv %s.copy %s", spool_file, spool_file);
    BJ_CHECK(system(copy) == 0);
    if (keeper) CHILD_CHECK_SOON(3000, access(spool_file, F_OK) != 0);
    BJ_CHECK(spooled_cnt() == 2); /* each once */
    if (keeper) BJ_CHECK(bj_trail_log(keeper, &who, &acts[1]) == BJ_OK);
    bj_trail_keeper_free(keeper);
    BJ_CHECK(!*check_all().bad);
    bj_db_pool_free(nowhere);
}

static void test_no_start(void) {
    bj_trail_keeper_config_t config = {.db = db, .dir = dir, .key_file = "/nonexistent"};
    BJ_CHECK(!bj_trail_keeper_new(&config));
    config.key_file = key_file;
    config.dir = "/nonexistent/dir";
    BJ_CHECK(!bj_trail_keeper_new(&config));
}

/* Heads of another key are not to be gone on with. */
static void test_other_key(void) {
    bj_trail_keeper_config_t config = {.db = db, .dir = dir};
    char other[] = "/tmp/bijli-other.XXXXXX";
    FILE *file = fdopen(mkstemp(other), "w");
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!file || !pkey || !PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(file);
    EVP_PKEY_free(pkey);
    config.key_file = other;
    BJ_CHECK(!bj_trail_keeper_new(&config));
    unlink(other);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    make_place();
    if (control && boss) {
        db = bj_db_pool_new(control, 4, 3000);
        owner = bj_db_pool_new(boss, 1, 3000);
        test_heads();
        test_again();
        test_changed();
        test_cut();
        test_spool();
        test_no_start();
        test_other_key();
        bj_db_pool_free(db);
        bj_db_pool_free(owner);
    } else {
        fprintf(stderr, "test_bj_trail_keeper: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        test_no_start();
    }
    child_rmdir(dir);
    return bj_test_end(control ? "test_bj_trail_keeper"
                               : "test_bj_trail_keeper (without BJ_TEST_PG)");
}
