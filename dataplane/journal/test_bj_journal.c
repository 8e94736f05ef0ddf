/* Goal: what was committed is there, in order, whatever is done to the end of the file; anything
 * else that is wrong with it is refused.  Every byte of a header and of a record is broken once;
 * every truncation of the last record is tried; the disk is made to write short, to be interrupted,
 * to refuse. */
#include "dataplane/journal/bj_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_journal_priv.h"

enum { PER_FILE = 8, FILE_BYTES = BJ_JOURNAL_HEADER_BYTES + PER_FILE * (int)sizeof(bj_cmd_t) };

static char root[] = "/tmp/bj_journal_XXXXXX";
static char dir[BJ_JOURNAL_PATH_BYTES];

static bj_cmd_t command(uint64_t seq) {
    bj_cmd_t cmd = {.seq = seq, .time_ns = (int64_t)seq * 7, .type = BJ_CMD_NEW, .account_id = 5,
                    .client_order_id = seq * 3, .qty = (int32_t)seq};
    memset(cmd.body.bytes, (int)(seq & 0xff), sizeof cmd.body.bytes);
    return cmd;
}

typedef struct seen {
    uint64_t cnt;
    unsigned wrong;
} seen_t;

static void see(void *ctx, const bj_cmd_t *cmd) {
    seen_t *seen = ctx;
    bj_cmd_t want = command(++seen->cnt);
    want.group_idx = cmd->group_idx;
    want.check = cmd->check;
    seen->wrong += memcmp(&want, cmd, sizeof want) != 0;
}

/* A folder of its own for each case. */
static void fresh_dir(void) {
    static unsigned no;
    (void)snprintf(dir, sizeof dir, "%s/%u", root, no++);
}

static bj_status_t open_small(const bj_journal_io_t *io, seen_t *seen, bj_journal_report_t *report,
                              bj_journal_t **journal) {
    *seen = (seen_t){0};
    bj_journal_how_t how = {true, 0, FILE_BYTES, io, false, false};
    return bj_journal_open_how(dir, &how, see, seen, report, journal);
}

static unsigned append(bj_journal_t *journal, uint64_t from, uint64_t to) {
    unsigned bad = 0;
    for (uint64_t seq = from; seq <= to; seq++) {
        bj_cmd_t cmd = command(seq);
        bad += bj_journal_append(journal, &cmd) != BJ_OK;
    }
    return bad + (bj_journal_commit(journal) != BJ_OK);
}

static void write_journal(uint64_t cnt) {
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *journal;
    fresh_dir();
    BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &journal) == BJ_OK);
    BJ_CHECK(report.cmd_cnt == 0 && report.journal_id != 0);
    BJ_CHECK(append(journal, 1, cnt) == 0);
    bj_journal_close(journal);
}

static bj_status_t scan(seen_t *seen, bj_journal_report_t *report) {
    *seen = (seen_t){0};
    return bj_journal_scan(dir, see, seen, report);
}

/* --- breaking files */

static int file_open(uint32_t file_no) {
    char path[BJ_JOURNAL_PATH_BYTES];
    if (!bj_journal_path(path, dir, file_no)) return -1;
    return open(path, O_RDWR | O_CLOEXEC);
}

static void file_read(uint32_t file_no, uint8_t *data) {
    int fd = file_open(file_no);
    BJ_CHECK(pread(fd, data, FILE_BYTES, 0) == FILE_BYTES);
    close(fd);
}

static void file_write(uint32_t file_no, const uint8_t *data, size_t data_bytes) {
    int fd = file_open(file_no);
    BJ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, data_bytes, 0) == (ssize_t)data_bytes);
    close(fd);
}

static size_t record_at(uint64_t idx) { return BJ_JOURNAL_HEADER_BYTES + idx * sizeof(bj_cmd_t); }

/* --- the cases */

static void test_rotation_and_reopening(void) {
    seen_t seen;
    bj_journal_report_t report;
    uint64_t id = 0;
    fresh_dir();
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_NOT_FOUND);
    for (uint64_t at = 0, step = 0; at < 60; at += step, step++) { /* every remainder of PER_FILE */
        bj_journal_t *journal;
        BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &journal) == BJ_OK);
        BJ_CHECK(seen.cnt == at && !seen.wrong && report.last_seq == at && report.cmd_cnt == at);
        BJ_CHECK(report.torn_bytes == 0 && (id == 0 || report.journal_id == id));
        id = report.journal_id;
        BJ_CHECK(append(journal, at + 1, at + step) == 0);
        bj_cmd_t wrong = command(at + step + 2);
        BJ_CHECK(bj_journal_append(journal, &wrong) == BJ_ERR_SEQUENCE);
        bj_journal_close(journal);
    }
    BJ_CHECK(scan(&seen, &report) == BJ_OK && seen.cnt == 66 && !seen.wrong);
    BJ_CHECK(report.file_cnt == (66 + PER_FILE - 1) / PER_FILE && report.journal_id == id);
}

static void test_uncommitted_is_not_kept(void) {
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *journal;
    write_journal(3);
    BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &journal) == BJ_OK);
    bj_cmd_t cmd = command(4);
    BJ_CHECK(bj_journal_append(journal, &cmd) == BJ_OK);
    bj_journal_close(journal);
    BJ_CHECK(scan(&seen, &report) == BJ_OK && report.last_seq == 3);
}

static void test_one_writer(void) {
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *one, *two;
    fresh_dir();
    BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &one) == BJ_OK);
    BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &two) == BJ_ERR_DENIED && !two);
    BJ_CHECK(scan(&seen, &report) == BJ_OK); /* a reader may */
    bj_journal_close(one);
    BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &two) == BJ_OK);
    bj_journal_close(two);
}

/* After the cut the journal goes on as if the torn record had never been. */
static void goes_on_from(uint64_t last_seq) {
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *journal;
    BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &journal) == BJ_OK);
    BJ_CHECK(report.last_seq == last_seq && seen.cnt == last_seq && !seen.wrong);
    if (!journal) return;
    BJ_CHECK(scan(&seen, &report) == BJ_OK && report.torn_bytes == 0); /* the cut is on the disk */
    BJ_CHECK(append(journal, last_seq + 1, last_seq + 3) == 0);
    bj_journal_close(journal);
    BJ_CHECK(scan(&seen, &report) == BJ_OK && seen.cnt == last_seq + 3 && !seen.wrong);
    BJ_CHECK(report.torn_bytes == 0);
}

/* The last record stops at every byte: the file ends there, or goes on in zeros or in rubbish. */
static void test_every_truncation(void) {
    uint8_t whole[FILE_BYTES], cut[FILE_BYTES];
    enum { LAST = 4 }; /* index of the fifth */
    for (size_t k = 0; k <= sizeof(bj_cmd_t) * 3; k++) {
        size_t kept = k % (sizeof(bj_cmd_t) + 1), at = record_at(LAST) + kept;
        size_t how = k / (sizeof(bj_cmd_t) + 1);
        seen_t seen;
        bj_journal_report_t report;
        write_journal(LAST + 1);
        file_read(1, whole);
        memcpy(cut, whole, sizeof cut);
        memset(cut + at, how == 2 ? 0xa5 : 0, record_at(LAST + 1) - at);
        bool same = memcmp(cut, whole, sizeof cut) == 0;
        file_write(1, cut, how == 0 ? at : FILE_BYTES);
        BJ_CHECK(scan(&seen, &report) == BJ_OK);
        BJ_CHECK(report.last_seq == (same ? LAST + 1 : LAST) && !seen.wrong);
        BJ_CHECK(report.torn_bytes <= sizeof(bj_cmd_t) &&
                 (same || how == 0 || kept == 0 || report.torn_bytes));
        goes_on_from(report.last_seq);
    }
}

/* --- a power loss in the middle of a group: each of its sectors has come, or reads as zeros */

enum { FIRST = 21, LAST = 58, BIG_RECORDS = 64 };
enum { BIG_BYTES = BJ_JOURNAL_HEADER_BYTES + BIG_RECORDS * (int)sizeof(bj_cmd_t) };

/* Two groups; the second begins in the middle of a sector. */
static void write_groups(uint8_t *data) {
    bj_journal_report_t report;
    bj_journal_t *journal;
    bj_journal_how_t how = {false, 0, BIG_BYTES, &bj_journal_disk, false, false};
    fresh_dir();
    BJ_CHECK(bj_journal_open_how(dir, &how, NULL, NULL, &report, &journal) == BJ_OK);
    BJ_CHECK(append(journal, 1, FIRST - 1) == 0 && append(journal, FIRST, LAST) == 0);
    bj_journal_close(journal);
    int fd = file_open(1);
    BJ_CHECK(pread(fd, data, BIG_BYTES, 0) == BIG_BYTES);
    close(fd);
}

static void record_lose(uint8_t *data, uint64_t seq) {
    memset(data + record_at(seq - 1), 0, sizeof(bj_cmd_t));
}

static void test_torn_group(void) {
    static uint8_t data[BIG_BYTES];
    enum { PER_SECTOR = 512 / (int)sizeof(bj_cmd_t), ROUNDS = 200 };
    uint64_t rng = 88172645463325252;
    for (int round = 0; round < ROUNDS; round++) {
        seen_t seen;
        bj_journal_report_t report;
        uint64_t lost = LAST + 1;
        write_groups(data);
        rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
        for (uint64_t seq = LAST; seq >= FIRST; seq--) {
            bool came = rng >> ((seq - 1) / PER_SECTOR) & 1;
            if (!came) record_lose(data, lost = seq);
        }
        file_write(1, data, sizeof data);
        BJ_CHECK(scan(&seen, &report) == BJ_OK && report.last_seq == lost - 1 && !seen.wrong);
        if (round % 10 == 0) goes_on_from(lost - 1);
    }
}

static void test_hole_behind_an_acknowledgement(void) {
    static uint8_t data[BIG_BYTES];
    seen_t seen;
    bj_journal_report_t report;
    for (uint64_t seq = 1; seq < FIRST; seq++) { /* acknowledged: the second group says so */
        write_groups(data);
        record_lose(data, seq);
        file_write(1, data, sizeof data);
        BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT && report.last_seq == seq - 1);
    }
    for (uint64_t seq = FIRST; seq < LAST; seq++) { /* a sector does not come in parts */
        write_groups(data);
        data[record_at(seq - 1) + seq] ^= 1; /* some byte of it */
        file_write(1, data, sizeof data);
        BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT && report.last_seq == seq - 1);
    }
}

/* Files of before groups were numbered: read, and every hole refused. */
static void test_without_groups(void) {
    static uint8_t data[BIG_BYTES];
    seen_t seen;
    bj_journal_report_t report;
    write_groups(data);
    for (uint64_t seq = 1; seq <= LAST; seq++) {
        bj_cmd_t cmd = command(seq);
        cmd.check = bj_cmd_check(&cmd);
        memcpy(data + record_at(seq - 1), &cmd, sizeof cmd);
    }
    file_write(1, data, sizeof data);
    BJ_CHECK(scan(&seen, &report) == BJ_OK && report.last_seq == LAST && !seen.wrong);
    record_lose(data, LAST - 1);
    file_write(1, data, sizeof data);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT && report.last_seq == LAST - 2);
}

static void test_every_broken_byte(void) {
    uint8_t data[FILE_BYTES];
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *journal;
    write_journal(5);
    file_read(1, data);
    for (size_t i = 0; i < record_at(5); i++) {
        bool padding = i >= sizeof(bj_journal_header_t) && i < BJ_JOURNAL_HEADER_BYTES;
        if (padding) continue;
        data[i] ^= (uint8_t)(1 << i % 8);
        file_write(1, data, sizeof data);
        data[i] ^= (uint8_t)(1 << i % 8);
        bool in_last = i >= record_at(4);
        BJ_CHECK(scan(&seen, &report) == (in_last ? BJ_OK : BJ_ERR_CORRUPT));
        BJ_CHECK(!in_last || report.last_seq == 4);
        if (in_last) continue;
        BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &journal) == BJ_ERR_CORRUPT &&
                 !journal);
    }
}

/* A record that is whole and stands at the wrong place. */
static void test_wrong_sequence(void) {
    uint8_t data[FILE_BYTES];
    seen_t seen;
    bj_journal_report_t report;
    write_journal(5);
    file_read(1, data);
    memcpy(data + record_at(2), data + record_at(3), sizeof(bj_cmd_t));
    file_write(1, data, sizeof data);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT);

    write_journal(5);
    file_read(1, data);
    memcpy(data + record_at(7), data + record_at(4), sizeof(bj_cmd_t)); /* behind zeros */
    file_write(1, data, sizeof data);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT);
}

static void test_files_that_do_not_belong(void) {
    uint8_t data[FILE_BYTES], other[FILE_BYTES];
    char path[BJ_JOURNAL_PATH_BYTES];
    seen_t seen;
    bj_journal_report_t report;

    write_journal(3 * PER_FILE); /* a file in the middle is gone */
    BJ_CHECK(bj_journal_path(path, dir, 2) && unlink(path) == 0);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT);

    write_journal(2 * PER_FILE + 1); /* a file that is not the last is not full */
    file_read(2, data);
    memset(data + record_at(PER_FILE - 1), 0, sizeof(bj_cmd_t));
    file_write(2, data, sizeof data);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT);

    write_journal(2 * PER_FILE); /* a file of another journal */
    file_read(2, other);
    write_journal(2 * PER_FILE);
    file_write(2, other, sizeof other);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT);

    write_journal(PER_FILE); /* too short for a header */
    file_write(1, data, 20);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT);

    write_journal(3); /* a crash while the second file was being made */
    int n = snprintf(path, sizeof path, "%s/journal-new.tmp", dir);
    int fd = n < (int)sizeof path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640) : -1;
    BJ_CHECK(fd >= 0 && write(fd, data, 100) == 100 && close(fd) == 0);
    BJ_CHECK(scan(&seen, &report) == BJ_OK);
    goes_on_from(3);
    goes_on_from(6); /* into the second file */
}

/* --- the next file made ahead: it may be ready, half made, or gone */

static void test_spare(void) {
    seen_t seen = {0};
    bj_journal_report_t report;
    bj_journal_how_t how = {true, 0, FILE_BYTES, &bj_journal_disk, true, false};
    char spare[BJ_JOURNAL_PATH_BYTES + 20];
    fresh_dir();
    (void)snprintf(spare, sizeof spare, "%s/journal-spare.tmp", dir);
    unsigned ready = 0;
    uint64_t seq = 0;
    for (int round = 0; round < 12; round++) {
        bj_journal_t *journal;
        seen = (seen_t){0};
        BJ_CHECK(bj_journal_open_how(dir, &how, see, &seen, &report, &journal) == BJ_OK);
        BJ_CHECK(seen.cnt == seq && !seen.wrong);
        for (int wait = 0; round % 3 && wait < 100 && access(spare, F_OK) != 0; wait++)
            usleep(1000);
        if (round % 3 == 1) usleep(20000); /* ready by then */
        ready += access(spare, F_OK) == 0;
        BJ_CHECK(append(journal, seq + 1, seq + 2 * PER_FILE + 3) == 0);
        seq += 2 * PER_FILE + 3;
        bj_journal_close(journal);
        BJ_CHECK(access(spare, F_OK) != 0);
    }
    BJ_CHECK(ready >= 4);
    BJ_CHECK(scan(&seen, &report) == BJ_OK && seen.cnt == seq && !seen.wrong);
}

/* --- a disk that misbehaves */

static unsigned write_cnt, sync_cnt, refuse_write_at, refuse_sync_at;

static ssize_t write_short(int fd, const void *data, size_t data_bytes, off_t at_bytes) {
    write_cnt++;
    if (refuse_write_at && write_cnt >= refuse_write_at) {
        errno = EIO;
        return -1;
    }
    if (write_cnt % 3 == 0) {
        errno = EINTR;
        return -1;
    }
    return pwrite(fd, data, data_bytes > 100 ? 100 : data_bytes, at_bytes);
}

static int sync_sometimes(int fd) {
    sync_cnt++;
    if (refuse_sync_at && sync_cnt == refuse_sync_at) {
        errno = EIO;
        return -1;
    }
    return fdatasync(fd);
}

static const bj_journal_io_t odd_disk = {write_short, sync_sometimes};

static void test_short_writes(void) {
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *journal;
    fresh_dir();
    refuse_write_at = refuse_sync_at = 0;
    BJ_CHECK(open_small(&odd_disk, &seen, &report, &journal) == BJ_OK);
    BJ_CHECK(append(journal, 1, 20) == 0);
    bj_journal_close(journal);
    BJ_CHECK(scan(&seen, &report) == BJ_OK && seen.cnt == 20 && !seen.wrong);
}

/* Once refused, always refused: also when the disk would say yes again. */
static void test_refusals(bool sync) {
    for (unsigned k = 1; k < 12; k++) {
        seen_t seen;
        bj_journal_report_t report;
        bj_journal_t *journal;
        fresh_dir();
        refuse_write_at = refuse_sync_at = 0;
        BJ_CHECK(open_small(&odd_disk, &seen, &report, &journal) == BJ_OK);
        refuse_write_at = sync ? 0 : write_cnt + k;
        refuse_sync_at = sync ? sync_cnt + k : 0;
        uint64_t acknowledged = 0, seq = 1;
        for (bj_status_t status = BJ_OK; status == BJ_OK && seq < 100; seq++) {
            bj_cmd_t cmd = command(seq);
            status = bj_journal_append(journal, &cmd);
            if (status == BJ_OK) status = bj_journal_commit(journal);
            if (status == BJ_OK) acknowledged = seq;
            else BJ_CHECK(status == BJ_ERR_IO);
        }
        BJ_CHECK(seq < 100);
        refuse_write_at = refuse_sync_at = 0;
        bj_cmd_t cmd = command(acknowledged + 1);
        BJ_CHECK(bj_journal_append(journal, &cmd) == BJ_ERR_IO);
        BJ_CHECK(bj_journal_commit(journal) == BJ_ERR_IO);
        bj_journal_close(journal);
        BJ_CHECK(scan(&seen, &report) == BJ_OK && report.last_seq >= acknowledged && !seen.wrong);
    }
}

/* A file system that is really full, where we may mount one: in a child with mounts of its own. */
static int fill_the_disk(void) {
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *journal;
    uint64_t acknowledged = 0;
    bj_status_t status = BJ_OK;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return 77;
    if (mkdir(dir, 0750) != 0 || mount("tmpfs", dir, "tmpfs", 0, "size=256k") != 0) return 77;
    if (open_small(&bj_journal_disk, &seen, &report, &journal) != BJ_OK) return 1;
    for (uint64_t seq = 1; status == BJ_OK && seq < 100000; seq++) {
        bj_cmd_t cmd = command(seq);
        status = bj_journal_append(journal, &cmd);
        if (status == BJ_OK) status = bj_journal_commit(journal);
        if (status == BJ_OK) acknowledged = seq;
    }
    bj_journal_close(journal);
    if (status != BJ_ERR_IO || acknowledged < PER_FILE) return 2;
    if (scan(&seen, &report) != BJ_OK || seen.wrong || report.last_seq != acknowledged) return 3;
    return 0;
}

static void test_full_disk(void) {
    int status = -1;
    fresh_dir();
    pid_t pid = fork();
    if (pid == 0) _exit(fill_the_disk());
    BJ_CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) fprintf(stderr, "  no mounts here: a full disk was not tried\n");
    else BJ_CHECK(WEXITSTATUS(status) == 0);
}

/* --- kill -9 while it writes */

static void write_until_killed(int told) {
    seen_t seen;
    bj_journal_report_t report;
    bj_journal_t *journal;
    if (open_small(&bj_journal_disk, &seen, &report, &journal) != BJ_OK) _exit(1);
    for (uint64_t seq = report.last_seq + 1;; seq += 5) {
        if (append(journal, seq, seq + 4) != 0) _exit(1);
        uint64_t last = seq + 4;
        if (write(told, &last, sizeof last) != sizeof last) _exit(1);
    }
}

static void test_kill(void) {
    uint64_t acknowledged = 0;
    fresh_dir();
    for (int round = 0; round < 20; round++) {
        int pipe_fd[2], status;
        seen_t seen;
        bj_journal_report_t report;
        BJ_CHECK(pipe(pipe_fd) == 0);
        pid_t pid = fork();
        if (pid == 0) write_until_killed(pipe_fd[1]);
        close(pipe_fd[1]);
        for (int i = 0; i < 10 + round; i++) {
            BJ_CHECK(read(pipe_fd[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged);
        }
        kill(pid, SIGKILL);
        while (read(pipe_fd[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {}
        waitpid(pid, &status, 0);
        close(pipe_fd[0]);
        BJ_CHECK(scan(&seen, &report) == BJ_OK && report.last_seq >= acknowledged && !seen.wrong);
    }
}

/* --- what an earlier sync may have lost */

static uint64_t written_from, written_to;

static ssize_t write_noted(int fd, const void *data, size_t data_bytes, off_t at) {
    if (!written_to || (uint64_t)at < written_from) written_from = (uint64_t)at;
    if ((uint64_t)at + data_bytes > written_to) written_to = (uint64_t)at + data_bytes;
    return pwrite(fd, data, data_bytes, at);
}

/* The last group is written again before the sync that ends the opening, and nothing changes. */
static void test_last_group_again(void) {
    static const bj_journal_io_t noted = {write_noted, fdatasync};
    static const struct {
        uint64_t groups[3]; /* last commands of groups */
        uint64_t first;     /* of the last group, in the last file */
    } cases[] = {{{1}, 1}, {{3}, 1}, {{3, 5}, 4}, {{2, 3, 7}, 4}, {{7, 8}, 8}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        seen_t seen;
        bj_journal_report_t report;
        bj_journal_t *journal;
        uint64_t last = 0;
        fresh_dir();
        BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &journal) == BJ_OK);
        for (size_t g = 0; g < 3 && cases[i].groups[g]; last = cases[i].groups[g++])
            BJ_CHECK(append(journal, last + 1, cases[i].groups[g]) == 0);
        bj_journal_close(journal);
        written_from = written_to = 0;
        BJ_CHECK(open_small(&noted, &seen, &report, &journal) == BJ_OK);
        bj_journal_close(journal);
        BJ_CHECK(written_from == BJ_JOURNAL_HEADER_BYTES +
                                     (cases[i].first - 1) * sizeof(bj_cmd_t));
        BJ_CHECK(written_to == FILE_BYTES && seen.cnt == last && !seen.wrong);
        BJ_CHECK(open_small(&bj_journal_disk, &seen, &report, &journal) == BJ_OK);
        BJ_CHECK(seen.cnt == last && !seen.wrong && report.torn_bytes == 0);
        bj_journal_close(journal);
    }
}

/* Each file says whether its orders are at an exchange; none of the other kind goes on there. */
static void test_venue(void) {
    seen_t seen = {0};
    uint64_t journal_id;
    bool venue = false;
    bj_journal_report_t report;
    bj_journal_t *journal;
    bj_journal_how_t how = {.file_bytes = FILE_BYTES, .io = &bj_journal_disk, .venue = true};
    fresh_dir();
    BJ_CHECK(bj_journal_open_how(dir, &how, NULL, NULL, &report, &journal) == BJ_OK);
    BJ_CHECK(report.venue && append(journal, 1, 2 * PER_FILE) == 0);
    bj_journal_close(journal);
    BJ_CHECK(bj_journal_whose(dir, &journal_id, &venue) == BJ_OK && venue);
    BJ_CHECK(bj_journal_create(dir, false, true, &report, &journal) == BJ_ERR_EXISTS);
    how.venue = false; /* it goes on as what it is */
    BJ_CHECK(bj_journal_open_how(dir, &how, see, &seen, &report, &journal) == BJ_OK);
    BJ_CHECK(report.venue && append(journal, 2 * PER_FILE + 1, 3 * PER_FILE + 1) == 0);
    bj_journal_close(journal);
    BJ_CHECK(scan(&seen, &report) == BJ_OK && report.venue && report.file_cnt == 4);
    int fd = file_open(3);
    bj_journal_header_t header;
    BJ_CHECK(pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header && header.venue == 1);
    header.venue = 0;
    header.check = bj_crc32c(0, &header, offsetof(bj_journal_header_t, check));
    BJ_CHECK(pwrite(fd, &header, sizeof header, 0) == (ssize_t)sizeof header);
    close(fd);
    BJ_CHECK(scan(&seen, &report) == BJ_ERR_CORRUPT && report.file_cnt == 2);
    fresh_dir();
    BJ_CHECK(bj_journal_create(dir, false, false, &report, &journal) == BJ_OK && !report.venue);
    bj_journal_close(journal);
    BJ_CHECK(bj_journal_whose(dir, &journal_id, &venue) == BJ_OK && !venue);
}

int main(void) {
    if (!mkdtemp(root)) return 1;
    bj_log_init("test", BJ_LOG_ERROR + 1);
    test_rotation_and_reopening();
    test_uncommitted_is_not_kept();
    test_one_writer();
    test_every_truncation();
    test_torn_group();
    test_hole_behind_an_acknowledgement();
    test_without_groups();
    test_every_broken_byte();
    test_wrong_sequence();
    test_files_that_do_not_belong();
    test_spare();
    test_short_writes();
    test_refusals(false);
    test_refusals(true);
    test_full_disk();
    test_last_group_again();
    test_kill();
    test_venue();
    char command_line[64];
    (void)snprintf(command_line, sizeof command_line, "rm -rf %s", root);
    BJ_CHECK(system(command_line) == 0);
    return bj_test_end("test_bj_journal");
}
