/* Which files a journal has, what their headers say, and which are needed no more. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"

enum { FILE_BYTES_MAX = 1 << 30 };

const char bj_journal_magic[8] = {'B', 'I', 'J', 'L', 'I', 'J', 'N', 'L'};

bj_status_t bj_journal_files(const char *dir, bj_journal_files_t *files) {
    *files = (bj_journal_files_t){0};
    DIR *d = opendir(dir);
    if (!d) return errno == ENOENT ? BJ_ERR_NOT_FOUND : BJ_ERR_IO;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        unsigned no;
        int name_bytes = 0; /* with anything behind it, it is a file that is still being made */
        if (sscanf(e->d_name, "journal-%6u.bjj%n", &no, &name_bytes) != 1 || !name_bytes ||
            e->d_name[name_bytes] || !no) {
            continue;
        }
        if (no > files->last_no) files->last_no = no;
        if (!files->first_no || no < files->first_no) files->first_no = no;
    }
    closedir(d);
    return BJ_OK;
}

bj_journal_header_t bj_journal_header_new(uint64_t journal_id, bool venue, uint32_t file_no,
                                          uint64_t first_seq, uint64_t file_bytes) {
    bj_journal_header_t header = {.version = BJ_JOURNAL_VERSION,
                                  .venue = venue,
                                  .file_no = file_no,
                                  .journal_id = journal_id,
                                  .first_seq = first_seq,
                                  .file_bytes = file_bytes,
                                  .record_bytes = sizeof(bj_cmd_t)};
    memcpy(header.magic, bj_journal_magic, sizeof header.magic);
    header.check = bj_crc32c(0, &header, offsetof(bj_journal_header_t, check));
    return header;
}

static bool header_ok(const bj_journal_header_t *h, uint32_t file_no) {
    return memcmp(h->magic, bj_journal_magic, sizeof h->magic) == 0 &&
           h->check == bj_crc32c(0, h, offsetof(bj_journal_header_t, check)) &&
           h->version == BJ_JOURNAL_VERSION && h->venue <= 1 &&
           h->record_bytes == sizeof(bj_cmd_t) &&
           h->file_bytes > BJ_JOURNAL_HEADER_BYTES && h->file_bytes <= FILE_BYTES_MAX &&
           (h->file_bytes - BJ_JOURNAL_HEADER_BYTES) % sizeof(bj_cmd_t) == 0 && h->first_seq &&
           h->journal_id && (!file_no || h->file_no == file_no) &&
           (h->file_no != 1 || h->first_seq == 1);
}

bj_status_t bj_journal_header(int fd, uint32_t file_no, bj_journal_header_t *header) {
    ssize_t n = pread(fd, header, sizeof *header, 0);
    if (n < 0) return BJ_ERR_IO;
    return (size_t)n == sizeof *header && header_ok(header, file_no) ? BJ_OK : BJ_ERR_CORRUPT;
}

static bj_status_t header_of(const char *dir, uint32_t file_no, bj_journal_header_t *header) {
    char path[BJ_JOURNAL_PATH_BYTES];
    int fd = bj_journal_path(path, dir, file_no) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bj_status_t status = fd < 0 ? BJ_ERR_IO : bj_journal_header(fd, file_no, header);
    if (fd >= 0) close(fd);
    return status;
}

bj_status_t bj_journal_whose(const char *dir, uint64_t *journal_id, bool *venue) {
    bj_journal_files_t files;
    bj_journal_header_t header;
    bj_status_t status = bj_journal_files(dir, &files);
    if (status != BJ_OK) return status;
    if (!files.last_no) return BJ_ERR_NOT_FOUND;
    status = header_of(dir, files.last_no, &header);
    if (status == BJ_OK) *journal_id = header.journal_id, *venue = header.venue;
    return status;
}

bj_status_t bj_journal_id(const char *dir, uint64_t *journal_id) {
    bool venue;
    return bj_journal_whose(dir, journal_id, &venue);
}

static bool record_there(const char *dir, const bj_journal_header_t *header, uint64_t seq,
                         bj_cmd_t *cmd) {
    char path[BJ_JOURNAL_PATH_BYTES];
    uint64_t at = BJ_JOURNAL_HEADER_BYTES + (seq - header->first_seq) * sizeof *cmd;
    if (at >= header->file_bytes || !bj_journal_path(path, dir, header->file_no)) return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? pread(fd, cmd, sizeof *cmd, (off_t)at) : -1;
    if (fd >= 0) close(fd);
    return n == (ssize_t)sizeof *cmd && cmd->seq == seq &&
           cmd->check == bj_cmd_check(cmd);
}

bool bj_journal_has(const char *dir, uint64_t seq) {
    bj_cmd_t cmd;
    return bj_journal_record(dir, seq, &cmd);
}

bool bj_journal_record(const char *dir, uint64_t seq, bj_cmd_t *cmd) {
    bj_journal_files_t files;
    bj_journal_header_t header;
    if (!seq || bj_journal_files(dir, &files) != BJ_OK) return false;
    for (uint32_t no = files.last_no; no && no >= files.first_no; no--) {
        if (header_of(dir, no, &header) != BJ_OK) return false;
        if (header.first_seq <= seq) return record_there(dir, &header, seq, cmd);
    }
    return false;
}

/* A file's last record is the one before the next file's first. */
uint32_t bj_journal_prune(const char *dir, uint64_t before_seq) {
    bj_journal_files_t files;
    uint32_t cnt = 0;
    if (bj_journal_files(dir, &files) != BJ_OK) return 0;
    for (uint32_t no = files.first_no; no && no < files.last_no; no++, cnt++) {
        char path[BJ_JOURNAL_PATH_BYTES];
        bj_journal_header_t next;
        bool old = header_of(dir, no + 1, &next) == BJ_OK && next.first_seq <= before_seq + 1;
        if (!old || !bj_journal_path(path, dir, no) || unlink(path) != 0) break;
        BJ_INFO("journal %s: taken away, a snapshot has all up to sequence %" PRIu64, path,
                before_seq);
    }
    return cnt;
}
