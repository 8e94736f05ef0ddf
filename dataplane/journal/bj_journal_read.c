#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"

const char bj_journal_magic[8] = {'B', 'I', 'J', 'L', 'I', 'J', 'N', 'L'};

enum { CHECKED_BYTES = offsetof(bj_cmd_t, check), FILE_BYTES_MAX = 1 << 30 };

/* A file in memory: what the disk has of it, and zeros up to the size its header gives. */
typedef struct image {
    uint8_t *data;
    uint64_t file_bytes;
    bj_journal_header_t header;
} image_t;

static bj_status_t read_whole(int fd, uint8_t *data, uint64_t data_bytes) {
    for (uint64_t at = 0; at < data_bytes;) {
        ssize_t n = pread(fd, data + at, data_bytes - at, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return BJ_ERR_IO;
        if (n == 0) return BJ_OK; /* cut short: the rest stays zero */
        at += (uint64_t)n;
    }
    return BJ_OK;
}

static bool header_ok(const bj_journal_header_t *h, uint32_t file_no,
                      const bj_journal_report_t *report) {
    return memcmp(h->magic, bj_journal_magic, sizeof h->magic) == 0 &&
           h->check == bj_crc32c(0, h, offsetof(bj_journal_header_t, check)) &&
           h->version == BJ_JOURNAL_VERSION && h->record_bytes == sizeof(bj_cmd_t) &&
           h->file_bytes > BJ_JOURNAL_HEADER_BYTES && h->file_bytes <= FILE_BYTES_MAX &&
           (h->file_bytes - BJ_JOURNAL_HEADER_BYTES) % sizeof(bj_cmd_t) == 0 &&
           h->file_no == file_no && h->first_seq == report->last_seq + 1 && h->journal_id &&
           (file_no == 1 || h->journal_id == report->journal_id);
}

static bj_status_t image_read(int fd, uint32_t file_no, const bj_journal_report_t *report,
                              image_t *image) {
    struct stat st;
    ssize_t n = pread(fd, &image->header, sizeof image->header, 0);
    if (n < 0 || fstat(fd, &st) != 0) return BJ_ERR_IO;
    bool ok = (size_t)n == sizeof image->header && header_ok(&image->header, file_no, report) &&
              (uint64_t)st.st_size <= image->header.file_bytes;
    if (!ok) return BJ_ERR_CORRUPT;
    image->file_bytes = image->header.file_bytes;
    image->data = calloc(1, image->file_bytes);
    return image->data ? read_whole(fd, image->data, image->file_bytes) : BJ_ERR_IO;
}

static bool record_at(const image_t *image, uint64_t at, bj_cmd_t *cmd) {
    memcpy(cmd, image->data + at, sizeof *cmd);
    return cmd->seq && cmd->check == bj_crc32c(0, cmd, CHECKED_BYTES);
}

/* Behind the last whole record there may be a torn one that nobody was told of.  There may not be a
 * whole one: then something acknowledged is missing before it. */
static bj_status_t tail_ok(const image_t *image, uint64_t at, uint64_t *torn_bytes) {
    bj_cmd_t cmd;
    uint64_t last = at;
    for (uint64_t i = at; i < image->file_bytes; i += sizeof cmd) {
        if (record_at(image, i, &cmd)) return BJ_ERR_CORRUPT;
        for (uint64_t k = 0; k < sizeof cmd; k++) {
            if (image->data[i + k]) last = i + k + 1;
        }
    }
    *torn_bytes = last - at;
    return BJ_OK;
}

static bj_status_t image_replay(const image_t *image, bool is_last, bj_journal_replay_fn *replay,
                                void *ctx, bj_journal_report_t *report, uint64_t *at_bytes) {
    bj_cmd_t cmd;
    uint64_t at = BJ_JOURNAL_HEADER_BYTES;
    for (; at < image->file_bytes && record_at(image, at, &cmd); at += sizeof cmd) {
        if (cmd.seq != report->last_seq + 1) return BJ_ERR_CORRUPT;
        report->last_seq = cmd.seq;
        report->cmd_cnt++;
        if (replay) replay(ctx, &cmd);
    }
    *at_bytes = at;
    if (at < image->file_bytes && !is_last) return BJ_ERR_CORRUPT;
    return tail_ok(image, at, &report->torn_bytes);
}

/* The highest number among the files; -1: the folder cannot be read. */
static int64_t last_file_no(const char *dir) {
    DIR *d = opendir(dir);
    if (!d) return -1;
    int64_t last = 0;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        unsigned file_no;
        char end;
        if (sscanf(e->d_name, "journal-%6u.bj%c", &file_no, &end) == 2 && end == 'j' &&
            file_no > last) {
            last = file_no;
        }
    }
    closedir(d);
    return last;
}

static bj_status_t file_read(const char *path, uint32_t file_no, bool is_last,
                             bj_journal_replay_fn *replay, void *ctx, bj_journal_report_t *report,
                             bj_journal_end_t *end) {
    image_t image = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? BJ_ERR_CORRUPT : BJ_ERR_IO;
    bj_status_t status = image_read(fd, file_no, report, &image);
    close(fd);
    if (status == BJ_OK) {
        report->journal_id = image.header.journal_id;
        report->file_cnt = file_no;
        end->file_no = file_no;
        end->file_bytes = image.file_bytes;
        status = image_replay(&image, is_last, replay, ctx, report, &end->at_bytes);
    }
    free(image.data);
    return status;
}

bj_status_t bj_journal_read(const char *dir, bj_journal_replay_fn *replay, void *ctx,
                            bj_journal_report_t *report, bj_journal_end_t *end) {
    *report = (bj_journal_report_t){0};
    *end = (bj_journal_end_t){0};
    int64_t last = last_file_no(dir);
    if (last < 0) return errno == ENOENT ? BJ_ERR_NOT_FOUND : BJ_ERR_IO;
    for (uint32_t file_no = 1; file_no <= last; file_no++) {
        char path[BJ_JOURNAL_PATH_BYTES];
        if (!bj_journal_path(path, dir, file_no)) return BJ_ERR_BAD_FIELD;
        bj_status_t status = file_read(path, file_no, file_no == last, replay, ctx, report, end);
        if (status != BJ_OK) {
            BJ_ERROR("journal %s: %s after sequence %" PRIu64, path, bj_status_text(status),
                     report->last_seq);
            return status;
        }
    }
    return BJ_OK;
}

bj_status_t bj_journal_scan(const char *dir, bj_journal_replay_fn *replay, void *ctx,
                            bj_journal_report_t *report) {
    bj_journal_end_t end;
    return bj_journal_read(dir, replay, ctx, report, &end);
}
