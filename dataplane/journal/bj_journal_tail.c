#include "dataplane/journal/bj_journal_tail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"

enum { SKIP_MAX = 4096 }; /* files taken away at the front: two thousand million commands */

struct bj_journal_tail {
    int      fd; /* -1: no file open */
    uint32_t file_no;
    uint64_t first_seq, record_cnt; /* of the open file; record_cnt: as many as fit */
    char     dir[BJ_JOURNAL_PATH_BYTES];
};

bj_journal_tail_t *bj_journal_tail_open(const char *dir) {
    if (strlen(dir) + sizeof "/journal-000000.bjj" > BJ_JOURNAL_PATH_BYTES) return NULL;
    bj_journal_tail_t *tail = calloc(1, sizeof *tail);
    if (!tail) return NULL;
    tail->fd = -1;
    (void)snprintf(tail->dir, sizeof tail->dir, "%s", dir);
    return tail;
}

static void file_close(bj_journal_tail_t *tail) {
    if (tail->fd >= 0) close(tail->fd);
    tail->fd = -1;
}

void bj_journal_tail_close(bj_journal_tail_t *tail) {
    if (!tail) return;
    file_close(tail);
    free(tail);
}

static bj_status_t file_open(bj_journal_tail_t *tail, uint32_t file_no) {
    char path[BJ_JOURNAL_PATH_BYTES];
    bj_journal_header_t header;
    file_close(tail);
    if (!bj_journal_path(path, tail->dir, file_no)) return BJ_ERR_BAD_FIELD;
    tail->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (tail->fd < 0) return errno == ENOENT ? BJ_ERR_NOT_FOUND : BJ_ERR_IO;
    bj_status_t status = bj_journal_header(tail->fd, file_no, &header);
    if (status != BJ_OK) {
        file_close(tail);
        return status;
    }
    tail->file_no = file_no;
    tail->first_seq = header.first_seq;
    tail->record_cnt = (header.file_bytes - BJ_JOURNAL_HEADER_BYTES) / sizeof(bj_cmd_t);
    return BJ_OK;
}

static bool file_has(const bj_journal_tail_t *tail, uint64_t seq) {
    return tail->fd >= 0 && seq >= tail->first_seq && seq - tail->first_seq < tail->record_cnt;
}

/* From the open file on, as a reader goes; else from whichever file is the first there is. */
static bj_status_t file_find(bj_journal_tail_t *tail, uint64_t seq) {
    if (file_has(tail, seq)) return BJ_OK;
    bool onward = tail->fd >= 0 && seq > tail->first_seq;
    uint32_t file_no = onward ? tail->file_no + 1 : 1;
    bj_status_t status = file_open(tail, file_no);
    /* The oldest may have been taken away: those that are left follow each other. */
    for (uint32_t skipped = 0; status == BJ_ERR_NOT_FOUND && !onward && skipped < SKIP_MAX;
         skipped++)
        status = file_open(tail, ++file_no);
    while (status == BJ_OK && !file_has(tail, seq)) {
        if (seq < tail->first_seq) return BJ_ERR_NOT_FOUND;
        status = file_open(tail, ++file_no);
    }
    return status;
}

static bj_status_t records_check(const bj_cmd_t *cmds, uint32_t cnt, uint64_t from_seq) {
    for (uint32_t i = 0; i < cnt; i++) {
        if (cmds[i].seq != from_seq + i || cmds[i].check != bj_cmd_check(&cmds[i]))
            return BJ_ERR_CORRUPT;
    }
    return BJ_OK;
}

bj_status_t bj_journal_tail_read(bj_journal_tail_t *tail, uint64_t from_seq, bj_cmd_t *cmds,
                                 uint32_t max, uint32_t *cnt) {
    *cnt = 0;
    if (!from_seq || !max) return BJ_ERR_BAD_FIELD;
    bj_status_t status = file_find(tail, from_seq);
    if (status != BJ_OK) return status;
    uint64_t at = from_seq - tail->first_seq, left = tail->record_cnt - at;
    if (max > left) max = (uint32_t)left;
    off_t at_bytes = (off_t)(BJ_JOURNAL_HEADER_BYTES + at * sizeof *cmds);
    ssize_t got = pread(tail->fd, cmds, max * sizeof *cmds, at_bytes);
    if (got < 0) return BJ_ERR_IO;
    if ((size_t)got != max * sizeof *cmds) return BJ_ERR_CORRUPT;
    status = records_check(cmds, max, from_seq);
    if (status == BJ_OK) *cnt = max;
    return status;
}

/* --- seed --- */
static bool seed_write(int fd, int dir_fd, const bj_journal_header_t *header, const char *made,
                       const char *path) {
    if ((errno = posix_fallocate(fd, 0, (off_t)header->file_bytes)) != 0) return false;
    return bj_journal_write_all(&bj_journal_disk, fd, header, sizeof *header, 0) &&
           fsync(fd) == 0 && rename(made, path) == 0 && fsync(dir_fd) == 0;
}

static bool has_snapshots(const char *dir) {
    bool found = false;
    DIR *d = opendir(dir);
    for (const struct dirent *e; d && !found && (e = readdir(d));)
        found = strncmp(e->d_name, "snapshot-", strlen("snapshot-")) == 0;
    if (d) closedir(d);
    return found;
}

/* Made whole under another name, like every file of a journal.  Two journals that went different
 * ways have one id: a snapshot of the one would be taken for the other's. */
bj_status_t bj_journal_seed_how(const char *dir, uint64_t journal_id, bool venue,
                                uint64_t file_bytes) {
    bj_journal_header_t header = bj_journal_header_new(journal_id, venue, 1, 1, file_bytes);
    char made[BJ_JOURNAL_PATH_BYTES + 8], path[BJ_JOURNAL_PATH_BYTES];
    if (!journal_id || !bj_journal_path(path, dir, 1)) return BJ_ERR_BAD_FIELD;
    (void)snprintf(made, sizeof made, "%s.new", path);
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) return BJ_ERR_IO;
    if (access(path, F_OK) == 0) return BJ_ERR_EXISTS;
    if (has_snapshots(dir)) {
        BJ_ERROR("journal %s: snapshots of another journal lie there: move them away", dir);
        return BJ_ERR_EXISTS;
    }
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = open(made, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool ok = fd >= 0 && dir_fd >= 0 && seed_write(fd, dir_fd, &header, made, path);
    if (!ok) BJ_ERROR("journal %s cannot be made: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    if (dir_fd >= 0) close(dir_fd);
    return ok ? BJ_OK : BJ_ERR_IO;
}

bj_status_t bj_journal_seed(const char *dir, uint64_t journal_id, bool venue) {
    return bj_journal_seed_how(dir, journal_id, venue, BJ_JOURNAL_FILE_BYTES);
}
