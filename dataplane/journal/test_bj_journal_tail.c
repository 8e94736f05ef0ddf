/* Goal: a reader beside the writer sees each written command once, in order, over the ends of
 * files; what is not there, or not what was written, is said; a seeded journal is one that the
 * journal itself goes on with. */
#include "dataplane/journal/bj_journal_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_journal_priv.h"

enum { PER_FILE = 8, FILE_BYTES = BJ_JOURNAL_HEADER_BYTES + PER_FILE * (int)sizeof(bj_cmd_t) };
static char root[] = "/tmp/bj_tail_XXXXXX";
static char dir[BJ_JOURNAL_PATH_BYTES];

static void fresh_dir(void) {
    static unsigned no;
    (void)snprintf(dir, sizeof dir, "%s/%u", root, no++);
}

static bj_journal_t *writer(void) {
    bj_journal_report_t report;
    bj_journal_t *journal;
    const bj_journal_how_t how = {.durable = true, .file_bytes = FILE_BYTES,
                                  .io = &bj_journal_disk};
    BJ_CHECK(bj_journal_open_how(dir, &how, NULL, NULL, &report, &journal) == BJ_OK);
    return journal;
}

static void append(bj_journal_t *journal, uint64_t from, uint64_t to) {
    for (uint64_t seq = from; seq <= to; seq++) {
        bj_cmd_t cmd = {.seq = seq, .type = BJ_CMD_NEW, .qty = (int32_t)seq};
        BJ_CHECK(bj_journal_append(journal, &cmd) == BJ_OK);
    }
}

/* Reads from..to in pieces of at most max; how many there were. */
static uint64_t read_all(bj_journal_tail_t *tail, uint64_t from, uint64_t to, uint32_t max) {
    bj_cmd_t cmds[64];
    uint64_t seq = from;
    while (seq <= to) {
        uint32_t want = to - seq + 1 < max ? (uint32_t)(to - seq + 1) : max, cnt;
        if (bj_journal_tail_read(tail, seq, cmds, want, &cnt) != BJ_OK || !cnt) break;
        for (uint32_t i = 0; i < cnt; i++)
            BJ_CHECK(cmds[i].seq == seq + i && cmds[i].qty == (int32_t)(seq + i));
        seq += cnt;
    }
    return seq - from;
}

static void test_beside_the_writer(void) {
    fresh_dir();
    bj_journal_t *journal = writer();
    bj_journal_tail_t *tail = bj_journal_tail_open(dir);
    uint64_t written = 0;
    for (uint64_t step = 1; step <= 12; step++) { /* groups that end before, at and behind a file */
        append(journal, written + 1, written + step);
        BJ_CHECK((step & 1 ? bj_journal_write(journal) : bj_journal_commit(journal)) == BJ_OK);
        BJ_CHECK(read_all(tail, written + 1, written + step, (uint32_t)step) == step);
        written += step;
    }
    for (uint32_t max = 1; max <= 20; max++) BJ_CHECK(read_all(tail, 1, written, max) == written);
    for (uint64_t from = written; from >= 1; from--) /* backwards: each finds its file again */
        BJ_CHECK(read_all(tail, from, from, 1) == 1);
    bj_journal_close(journal);
    bj_journal_tail_close(tail);
}

static void test_not_there(void) {
    bj_cmd_t cmd;
    uint32_t cnt;
    fresh_dir();
    bj_journal_tail_t *tail = bj_journal_tail_open(dir);
    BJ_CHECK(bj_journal_tail_read(tail, 1, &cmd, 1, &cnt) == BJ_ERR_NOT_FOUND && !cnt);
    bj_journal_t *journal = writer();
    append(journal, 1, 20);
    BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
    BJ_CHECK(bj_journal_tail_read(tail, 0, &cmd, 1, &cnt) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_journal_tail_read(tail, 21, &cmd, 1, &cnt) == BJ_ERR_CORRUPT); /* zeros */
    BJ_CHECK(bj_journal_tail_read(tail, 25, &cmd, 1, &cnt) == BJ_ERR_NOT_FOUND);
    char path[BJ_JOURNAL_PATH_BYTES];
    BJ_CHECK(bj_journal_path(path, dir, 1) && unlink(path) == 0); /* pruned */
    BJ_CHECK(bj_journal_tail_read(tail, 8, &cmd, 1, &cnt) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_journal_tail_read(tail, 9, &cmd, 1, &cnt) == BJ_OK && cmd.seq == 9);
    bj_journal_close(journal);
    bj_journal_tail_close(tail);
}

/* Each byte of the header that counts and each of a record, broken once. */
static void test_broken(void) {
    fresh_dir();
    bj_journal_t *journal = writer();
    append(journal, 1, 3);
    BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
    bj_journal_close(journal);
    char path[BJ_JOURNAL_PATH_BYTES];
    BJ_CHECK(bj_journal_path(path, dir, 1));
    int fd = open(path, O_RDWR);
    for (off_t i = 0; i < (off_t)(sizeof(bj_journal_header_t) + sizeof(bj_cmd_t)); i++) {
        off_t at = i < (off_t)sizeof(bj_journal_header_t)
                       ? i : BJ_JOURNAL_HEADER_BYTES + i - (off_t)sizeof(bj_journal_header_t) + 128;
        uint8_t was, broken;
        bj_cmd_t cmds[3];
        uint32_t cnt;
        BJ_CHECK(pread(fd, &was, 1, at) == 1);
        broken = was ^ 0x10;
        BJ_CHECK(pwrite(fd, &broken, 1, at) == 1);
        bj_journal_tail_t *tail = bj_journal_tail_open(dir);
        BJ_CHECK(bj_journal_tail_read(tail, 1, cmds, 3, &cnt) == BJ_ERR_CORRUPT && !cnt);
        bj_journal_tail_close(tail);
        BJ_CHECK(pwrite(fd, &was, 1, at) == 1);
    }
    close(fd);
}

static void test_seed(void) {
    fresh_dir();
    bj_journal_report_t report;
    bj_journal_t *journal;
    BJ_CHECK(bj_journal_seed(dir, 0, true) == BJ_ERR_BAD_FIELD);
    char left[BJ_JOURNAL_PATH_BYTES + 64];
    snprintf(left, sizeof left, "%s/snapshot-%020d.bjs", dir, 9);
    BJ_CHECK(mkdir(dir, 0750) == 0 || errno == EEXIST);
    FILE *f = fopen(left, "w"); /* of the journal that was here before, with the same id perhaps */
    BJ_CHECK(f && fclose(f) == 0 && bj_journal_seed(dir, 4711, true) == BJ_ERR_EXISTS);
    BJ_CHECK(remove(left) == 0);
    BJ_CHECK(bj_journal_seed(dir, 4711, true) == BJ_OK);
    BJ_CHECK(bj_journal_seed(dir, 4712, true) == BJ_ERR_EXISTS);
    BJ_CHECK(bj_journal_open(dir, true, NULL, NULL, &report, &journal) == BJ_OK);
    BJ_CHECK(report.journal_id == 4711 && report.last_seq == 0);
    append(journal, 1, 5);
    BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
    bj_journal_close(journal);
    BJ_CHECK(bj_journal_scan(dir, NULL, NULL, &report) == BJ_OK);
    BJ_CHECK(report.journal_id == 4711 && report.last_seq == 5);
}

/* Whoever was killed while it made the first file left that under its other name: there is no
 * journal yet, and one can be made. */
static void test_seed_killed(void) {
    fresh_dir();
    bj_journal_report_t report;
    uint64_t journal_id;
    char left[BJ_JOURNAL_PATH_BYTES + 64];
    BJ_CHECK(mkdir(dir, 0750) == 0 || errno == EEXIST);
    snprintf(left, sizeof left, "%s/journal-000001.bjj.new", dir);
    FILE *f = fopen(left, "w");
    BJ_CHECK(f && fclose(f) == 0);
    BJ_CHECK(bj_journal_id(dir, &journal_id) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_journal_scan(dir, NULL, NULL, &report) == BJ_OK && !report.journal_id);
    BJ_CHECK(bj_journal_seed(dir, 4711, false) == BJ_OK);
    BJ_CHECK(bj_journal_id(dir, &journal_id) == BJ_OK && journal_id == 4711);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR);
    if (!mkdtemp(root)) return 1;
    test_beside_the_writer();
    test_not_there();
    test_broken();
    test_seed();
    test_seed_killed();
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    BJ_CHECK(system(command) == 0);
    return bj_test_end("test_bj_journal_tail");
}
