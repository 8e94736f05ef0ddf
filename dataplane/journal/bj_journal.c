#include "dataplane/journal/bj_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"
#include "dataplane/journal/bj_journal_spare.h"

enum { GATHER_MAX = 4096 }; /* commands between two writes, 512 KiB */

struct bj_journal {
    const bj_journal_io_t *io;
    int      dir_fd, fd; /* dir_fd holds the lock; fd -1: no file yet */
    bool     durable, failed;
    bool     venue;  /* its orders are at an exchange */
    bool     zeroed; /* files of zeros, the next one made ahead: see bj_journal_spare.h */
    bj_journal_spare_t *spare;
    uint32_t file_no;
    uint32_t gathered;
    uint32_t group_cnt; /* appended since the last sync */
    uint64_t journal_id, last_seq;
    uint64_t new_file_bytes;         /* for the next file */
    uint64_t file_bytes, at_bytes; /* of this file; at: where the next write goes */
    char     dir[BJ_JOURNAL_PATH_BYTES];
    bj_cmd_t gather[GATHER_MAX];
};

const bj_journal_io_t bj_journal_disk = {pwrite, fdatasync};

/* After one refusal nothing is tried again: the kernel may have dropped what it could not write,
 * and a later fdatasync that succeeds says nothing about it. */
static bj_status_t fail(bj_journal_t *journal, const char *what) {
    if (!journal->failed) BJ_ERROR("journal %s: %s: %s", journal->dir, what, strerror(errno));
    journal->failed = true;
    return BJ_ERR_IO;
}

bool bj_journal_write_all(const bj_journal_io_t *io, int fd, const void *data, size_t data_bytes,
                          uint64_t at_bytes) {
    const uint8_t *p = data;
    while (data_bytes) {
        ssize_t n = io->write_at(fd, p, data_bytes, (off_t)at_bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = EIO;
        if (n <= 0) return false;
        p += n;
        data_bytes -= (size_t)n;
        at_bytes += (uint64_t)n;
    }
    return true;
}

/* --- files */

static bool header_write(bj_journal_t *journal, int fd) {
    static const uint8_t zeros[BJ_JOURNAL_HEADER_BYTES];
    bj_journal_header_t header =
        bj_journal_header_new(journal->journal_id, journal->venue, journal->file_no + 1,
                              journal->last_seq + 1, journal->new_file_bytes);
    return bj_journal_write_all(journal->io, fd, zeros, sizeof zeros, 0) &&
           bj_journal_write_all(journal->io, fd, &header, sizeof header, 0) &&
           journal->io->sync(fd) == 0;
}

/* Only the first file of a journal may take its time: nobody waits for an acknowledgement yet. */
static int file_make(bj_journal_t *journal, const char *made) {
    int fd = open(made, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) return -1;
    errno = posix_fallocate(fd, 0, (off_t)journal->new_file_bytes);
    bool zero = journal->zeroed && !journal->file_no;
    if (errno == 0 && (!zero || bj_journal_zero(fd, journal->new_file_bytes, 0, NULL))) return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* Made whole under another name first: a file that has its name is whole. */
static bj_status_t file_next(bj_journal_t *journal) {
    char path[BJ_JOURNAL_PATH_BYTES], own[BJ_JOURNAL_PATH_BYTES];
    const char *made = own;
    int n = snprintf(own, sizeof own, "%s/journal-new.tmp", journal->dir);
    if (n <= 0 || n >= (int)sizeof own ||
        !bj_journal_path(path, journal->dir, journal->file_no + 1)) {
        return BJ_ERR_BAD_FIELD;
    }
    int fd = journal->spare ? bj_journal_spare_take(journal->spare, &made) : -1;
    if (fd < 0) fd = file_make(journal, made = own);
    if (fd < 0) return fail(journal, "new file");
    if (!header_write(journal, fd) || rename(made, path) != 0 || fsync(journal->dir_fd) != 0) {
        bj_status_t status = fail(journal, "new file");
        close(fd);
        return status;
    }
    if (journal->fd >= 0) close(journal->fd);
    journal->fd = fd;
    journal->file_no++;
    journal->file_bytes = journal->new_file_bytes;
    journal->at_bytes = BJ_JOURNAL_HEADER_BYTES;
    if (journal->spare) bj_journal_spare_next(journal->spare);
    return BJ_OK;
}

/* Where the last group begins, as its last record says. */
static bool group_at(const bj_journal_t *journal, uint64_t end_bytes, uint64_t *at_bytes) {
    bj_cmd_t last;
    *at_bytes = end_bytes;
    if (end_bytes == BJ_JOURNAL_HEADER_BYTES) return true;
    uint64_t at = end_bytes - sizeof last;
    if (pread(journal->fd, &last, sizeof last, (off_t)at) != (ssize_t)sizeof last) return false;
    uint64_t before = (uint64_t)last.group_idx * sizeof last;
    *at_bytes = before < at - BJ_JOURNAL_HEADER_BYTES ? at - before : BJ_JOURNAL_HEADER_BYTES;
    return true;
}

/* A sync that failed leaves pages that the disk does not have and that count as written: an earlier
 * run may have ended so, and what was read here come from there.  Only the last group can be among
 * them, and zeros over a torn one; written again, they go to the disk with the next sync. */
static bool tail_rewrite(bj_journal_t *journal, const bj_journal_end_t *end, uint64_t torn_bytes) {
    uint64_t behind = torn_bytes < sizeof journal->gather ? sizeof journal->gather : torn_bytes;
    uint64_t left = end->file_bytes - end->at_bytes, at, bytes;
    uint64_t to = end->at_bytes + (behind < left ? behind : left);
    if (!group_at(journal, end->at_bytes, &at)) return false;
    for (; at < to; at += bytes) {
        uint64_t kept = at < end->at_bytes ? end->at_bytes - at : 0;
        bytes = to - at < sizeof journal->gather ? to - at : sizeof journal->gather;
        if (kept > bytes) kept = bytes;
        memset(journal->gather, 0, bytes);
        if (kept && pread(journal->fd, journal->gather, kept, (off_t)at) != (ssize_t)kept)
            return false;
        if (!bj_journal_write_all(journal->io, journal->fd, journal->gather, bytes, at))
            return false;
    }
    return true;
}

/* Goes on in the last file: its torn tail becomes zeros, its size what the header says. */
static bj_status_t file_resume(bj_journal_t *journal, const bj_journal_end_t *end,
                               uint64_t torn_bytes) {
    char path[BJ_JOURNAL_PATH_BYTES];
    if (!bj_journal_path(path, journal->dir, end->file_no)) return BJ_ERR_BAD_FIELD;
    journal->fd = open(path, O_RDWR | O_CLOEXEC);
    if (journal->fd < 0) return fail(journal, "open");
    journal->file_no = end->file_no;
    journal->file_bytes = end->file_bytes;
    journal->at_bytes = end->at_bytes;
    if (torn_bytes) {
        BJ_WARN("journal %s: cut %" PRIu64 " torn bytes behind sequence %" PRIu64, path, torn_bytes,
                journal->last_seq);
    }
    if (!tail_rewrite(journal, end, torn_bytes)) return fail(journal, "cut");
    /* The folder too: an earlier run may have been killed between the file's new name and that. */
    if ((errno = posix_fallocate(journal->fd, 0, (off_t)end->file_bytes)) != 0 ||
        journal->io->sync(journal->fd) != 0 || fsync(journal->dir_fd) != 0) {
        return fail(journal, "resume");
    }
    return BJ_OK;
}

/* --- open */

/* One writer: the lock goes with the process, however it ends. */
static bj_status_t dir_lock(bj_journal_t *journal) {
    if (mkdir(journal->dir, 0750) != 0 && errno != EEXIST) return fail(journal, "make folder");
    journal->dir_fd = open(journal->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->dir_fd < 0) return fail(journal, "open folder");
    if (flock(journal->dir_fd, LOCK_EX | LOCK_NB) != 0) {
        BJ_ERROR("journal %s: another process writes it", journal->dir);
        return BJ_ERR_DENIED;
    }
    return BJ_OK;
}

static bj_status_t journal_start(bj_journal_t *journal, uint64_t after_seq,
                                 bj_journal_replay_fn *replay, void *ctx,
                                 bj_journal_report_t *report) {
    bj_journal_end_t end;
    bj_status_t status = dir_lock(journal);
    if (status == BJ_OK)
        status = bj_journal_read(journal->dir, after_seq, false, replay, ctx, report, &end);
    if (status != BJ_OK) return status;
    journal->journal_id = report->journal_id;
    journal->last_seq = report->last_seq;
    if (end.file_no) journal->venue = report->venue;
    if (end.file_no) return file_resume(journal, &end, report->torn_bytes);
    report->venue = journal->venue;
    while (!journal->journal_id) {
        if (getrandom(&journal->journal_id, sizeof journal->journal_id, 0) < 0) return BJ_ERR_IO;
    }
    report->journal_id = journal->journal_id;
    report->file_cnt = 1;
    return file_next(journal);
}

bj_status_t bj_journal_open_how(const char *dir, const bj_journal_how_t *how,
                                bj_journal_replay_fn *replay, void *ctx,
                                bj_journal_report_t *report, bj_journal_t **journal) {
    *journal = NULL;
    *report = (bj_journal_report_t){0};
    if (strlen(dir) + sizeof "/journal-000000.bjj" > BJ_JOURNAL_PATH_BYTES) return BJ_ERR_BAD_FIELD;
    bj_journal_t *fresh = calloc(1, sizeof *fresh);
    if (!fresh) return BJ_ERR_FULL;
    fresh->io = how->io;
    fresh->durable = how->durable;
    fresh->zeroed = how->zeroed;
    fresh->venue = how->venue;
    fresh->new_file_bytes = how->file_bytes;
    fresh->dir_fd = fresh->fd = -1;
    (void)snprintf(fresh->dir, sizeof fresh->dir, "%s", dir);
    bj_status_t status = journal_start(fresh, how->after_seq, replay, ctx, report);
    if (status != BJ_OK) {
        bj_journal_close(fresh);
        return status;
    }
    if (fresh->zeroed) fresh->spare = bj_journal_spare_begin(dir, how->file_bytes);
    if (!how->durable)
        BJ_WARN("journal %s: not synced to the disk: acknowledged is not durable", dir);
    BJ_INFO("journal %s: %" PRIu64 " commands after %" PRIu64 ", last file %u, id %016" PRIx64, dir,
            report->cmd_cnt, how->after_seq, report->file_cnt, report->journal_id);
    *journal = fresh;
    return BJ_OK;
}

bj_status_t bj_journal_open_after(const char *dir, bool durable, uint64_t after_seq,
                                  bj_journal_replay_fn *replay, void *ctx,
                                  bj_journal_report_t *report, bj_journal_t **journal) {
    bj_journal_how_t how = {.durable = durable, .after_seq = after_seq,
                            .file_bytes = BJ_JOURNAL_FILE_BYTES, .io = &bj_journal_disk,
                            .zeroed = durable};
    return bj_journal_open_how(dir, &how, replay, ctx, report, journal);
}

bj_status_t bj_journal_open(const char *dir, bool durable, bj_journal_replay_fn *replay, void *ctx,
                            bj_journal_report_t *report, bj_journal_t **journal) {
    return bj_journal_open_after(dir, durable, 0, replay, ctx, report, journal);
}

bj_status_t bj_journal_create(const char *dir, bool durable, bool venue,
                              bj_journal_report_t *report, bj_journal_t **journal) {
    bj_journal_how_t how = {.durable = durable, .file_bytes = BJ_JOURNAL_FILE_BYTES,
                            .io = &bj_journal_disk, .zeroed = durable, .venue = venue};
    uint64_t journal_id;
    if (bj_journal_id(dir, &journal_id) != BJ_ERR_NOT_FOUND) return BJ_ERR_EXISTS;
    return bj_journal_open_how(dir, &how, NULL, NULL, report, journal);
}

/* --- append, commit */

static bj_status_t flush(bj_journal_t *journal) {
    size_t bytes = journal->gathered * sizeof(bj_cmd_t);
    if (!bj_journal_write_all(journal->io, journal->fd, journal->gather, bytes,
                              journal->at_bytes)) {
        return fail(journal, "write");
    }
    journal->at_bytes += bytes;
    journal->gathered = 0;
    return BJ_OK;
}

static bj_status_t make_room(bj_journal_t *journal) {
    bool file_full =
        journal->at_bytes + journal->gathered * sizeof(bj_cmd_t) >= journal->file_bytes;
    if (!file_full && journal->gathered < GATHER_MAX) return BJ_OK;
    bj_status_t status = file_full ? bj_journal_commit(journal) : flush(journal);
    return status == BJ_OK && file_full ? file_next(journal) : status;
}

bj_status_t bj_journal_append(bj_journal_t *journal, const bj_cmd_t *cmd) {
    if (journal->failed) return BJ_ERR_IO;
    if (cmd->seq != journal->last_seq + 1) return BJ_ERR_SEQUENCE;
    bj_status_t status = make_room(journal);
    if (status != BJ_OK) return status;
    bj_cmd_t *record = &journal->gather[journal->gathered++];
    *record = *cmd;
    record->group_idx = journal->group_cnt++;
    record->check = bj_cmd_check(record);
    journal->last_seq = cmd->seq;
    return BJ_OK;
}

bj_status_t bj_journal_write(bj_journal_t *journal) {
    return journal->failed ? BJ_ERR_IO : flush(journal);
}

bj_status_t bj_journal_commit(bj_journal_t *journal) {
    if (journal->failed) return BJ_ERR_IO;
    bj_status_t status = flush(journal);
    if (status != BJ_OK) return status;
    if (journal->durable && journal->io->sync(journal->fd) != 0) return fail(journal, "sync");
    journal->group_cnt = 0;
    return BJ_OK;
}

/* What was not committed is not kept: nobody was told of it. */
void bj_journal_close(bj_journal_t *journal) {
    if (!journal) return;
    bj_journal_spare_end(journal->spare);
    if (journal->fd >= 0) close(journal->fd);
    if (journal->dir_fd >= 0) close(journal->dir_fd);
    free(journal);
}
