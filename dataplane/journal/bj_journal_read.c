#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"


/* One file after the other in the same memory: what the disk has of it, and zeros up to the size
 * its header gives. */
typedef struct image {
    uint8_t *data;
    uint64_t room_bytes, file_bytes;
    bj_journal_header_t header;
} image_t;

typedef struct reading {
    uint64_t after_seq; /* nothing up to here is handed out */
    bool     live;
    bj_journal_replay_fn *replay;
    void    *ctx;
    bj_journal_report_t *report;
    image_t  image;
} reading_t;

static bj_status_t read_whole(int fd, uint8_t *data, uint64_t data_bytes) {
    uint64_t at = 0;
    while (at < data_bytes) {
        ssize_t n = pread(fd, data + at, data_bytes - at, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return BJ_ERR_IO;
        if (n == 0) break; /* cut short */
        at += (uint64_t)n;
    }
    memset(data + at, 0, data_bytes - at);
    return BJ_OK;
}

static bool image_room(image_t *image, uint64_t bytes) {
    if (bytes <= image->room_bytes) return true;
    free(image->data);
    image->data = malloc(bytes);
    image->room_bytes = image->data ? bytes : 0;
    return image->data != NULL;
}

/* It goes on where the file before it ended, in the same journal; the first one that is read says
 * where that is. */
static bool header_follows(const bj_journal_header_t *h, const bj_journal_report_t *report) {
    if (!report->journal_id) return true;
    return h->journal_id == report->journal_id && h->venue == report->venue &&
           h->first_seq == report->last_seq + 1;
}

static bj_status_t image_read(reading_t *r, int fd, uint32_t file_no) {
    struct stat st;
    image_t *image = &r->image;
    bj_status_t status = bj_journal_header(fd, file_no, &image->header);
    if (status != BJ_OK) return status;
    if (fstat(fd, &st) != 0) return BJ_ERR_IO;
    image->file_bytes = image->header.file_bytes;
    bool ok = (uint64_t)st.st_size <= image->file_bytes &&
              header_follows(&image->header, r->report);
    if (!ok) return BJ_ERR_CORRUPT;
    return image_room(image, image->file_bytes) ? read_whole(fd, image->data, image->file_bytes)
                                                : BJ_ERR_FULL;
}

static bool record_at(const image_t *image, uint64_t at, bj_cmd_t *cmd) {
    memcpy(cmd, image->data + at, sizeof *cmd);
    return cmd->seq && cmd->check == bj_cmd_check(cmd);
}

/* How many of a record's bytes are there, up to the last that is not 0. */
static uint64_t record_bytes(const uint8_t *record) {
    static const bj_cmd_t nothing;
    if (memcmp(record, &nothing, sizeof nothing) == 0) return 0;
    uint64_t bytes = sizeof nothing;
    while (!record[bytes - 1]) bytes--;
    return bytes;
}

/* Behind the last whole record there may be what nobody was told of: a torn record, or parts of
 * the last group, whose pages reached the disk in any order.  Of such a group a whole record says
 * that it began before the hole: so the fdatasync that acknowledges had not come back.  A sector
 * that never came is zeros, and no record lies across two: anything else in a hole is damage, and a
 * whole record of a later group proves that something acknowledged is missing. */
static bj_status_t tail_ok(const image_t *image, uint64_t at, uint64_t next_seq,
                           uint64_t *torn_bytes) {
    bj_cmd_t cmd;
    uint64_t last = at;
    bool rubbish = false;
    for (uint64_t i = at; i < image->file_bytes; i += sizeof cmd) {
        uint64_t bytes = record_bytes(image->data + i), idx = (i - at) / sizeof cmd;
        if (!bytes) continue;
        last = i + bytes;
        if (!record_at(image, i, &cmd)) {
            rubbish = true;
            continue;
        }
        bool same_group = cmd.seq == next_seq + idx && cmd.group_idx >= idx;
        if (rubbish || !same_group) return BJ_ERR_CORRUPT;
    }
    *torn_bytes = last - at;
    return BJ_OK;
}

static bj_status_t image_replay(reading_t *r, bool is_last, uint64_t *at_bytes) {
    bj_cmd_t cmd;
    const image_t *image = &r->image;
    bj_journal_report_t *report = r->report;
    uint64_t at = BJ_JOURNAL_HEADER_BYTES;
    for (; at < image->file_bytes && record_at(image, at, &cmd); at += sizeof cmd) {
        if (cmd.seq != report->last_seq + 1) return BJ_ERR_CORRUPT;
        report->last_seq = cmd.seq;
        if (cmd.seq <= r->after_seq) continue;
        report->cmd_cnt++;
        if (r->replay) r->replay(r->ctx, &cmd);
    }
    *at_bytes = at;
    if (at < image->file_bytes && !is_last) return BJ_ERR_CORRUPT;
    return r->live ? BJ_OK : tail_ok(image, at, report->last_seq + 1, &report->torn_bytes);
}

static bj_status_t file_read(reading_t *r, const char *path, uint32_t file_no, bool is_last,
                             bj_journal_end_t *end) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? BJ_ERR_CORRUPT : BJ_ERR_IO;
    bj_status_t status = image_read(r, fd, file_no);
    close(fd);
    if (status != BJ_OK) return status;
    r->report->journal_id = r->image.header.journal_id;
    r->report->venue = r->image.header.venue;
    r->report->last_seq = r->image.header.first_seq - 1;
    r->report->file_cnt = r->image.header.file_no;
    end->file_no = r->image.header.file_no;
    end->file_bytes = r->image.file_bytes;
    return image_replay(r, is_last, &end->at_bytes);
}

/* The file with the first record after after_seq, or where that will be; 0: it is not there. */
static uint32_t file_to_begin(const char *dir, const bj_journal_files_t *files,
                              uint64_t after_seq) {
    for (uint32_t file_no = files->last_no; file_no >= files->first_no; file_no--) {
        char path[BJ_JOURNAL_PATH_BYTES];
        bj_journal_header_t header;
        int fd = bj_journal_path(path, dir, file_no) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        bool ok = fd >= 0 && bj_journal_header(fd, file_no, &header) == BJ_OK;
        if (fd >= 0) close(fd);
        if (!ok) return files->first_no; /* reading will find it, and say so */
        if (header.first_seq <= after_seq + 1) return file_no;
    }
    return 0;
}

static bj_status_t files_read(reading_t *r, const char *dir, const bj_journal_files_t *files,
                              bj_journal_end_t *end) {
    uint32_t file_no = files->last_no ? file_to_begin(dir, files, r->after_seq) : 1;
    if (!file_no) {
        BJ_ERROR("journal %s: its first file is %u, and what comes after sequence %" PRIu64
                 " begins before it", dir, files->first_no, r->after_seq);
        return BJ_ERR_SEQUENCE;
    }
    for (; file_no <= files->last_no; file_no++) {
        char path[BJ_JOURNAL_PATH_BYTES];
        if (!bj_journal_path(path, dir, file_no)) return BJ_ERR_BAD_FIELD;
        bj_status_t status = file_read(r, path, file_no, file_no == files->last_no, end);
        if (status == BJ_OK) continue;
        BJ_ERROR("journal %s: %s after sequence %" PRIu64, path, bj_status_text(status),
                 r->report->last_seq);
        return status;
    }
    if (r->report->last_seq >= r->after_seq) return BJ_OK;
    BJ_ERROR("journal %s: it ends at sequence %" PRIu64 ", a snapshot of it has %" PRIu64
             ": acknowledged commands are missing", dir, r->report->last_seq, r->after_seq);
    return BJ_ERR_SEQUENCE;
}

bj_status_t bj_journal_read(const char *dir, uint64_t after_seq, bool live,
                            bj_journal_replay_fn *replay, void *ctx, bj_journal_report_t *report,
                            bj_journal_end_t *end) {
    bj_journal_files_t files;
    reading_t r = {.after_seq = after_seq, .live = live, .replay = replay, .ctx = ctx,
                   .report = report};
    *report = (bj_journal_report_t){0};
    *end = (bj_journal_end_t){0};
    bj_status_t status = bj_journal_files(dir, &files);
    if (status == BJ_OK) status = files_read(&r, dir, &files, end);
    free(r.image.data);
    return status;
}

bj_status_t bj_journal_scan_after(const char *dir, uint64_t after_seq,
                                  bj_journal_replay_fn *replay, void *ctx,
                                  bj_journal_report_t *report) {
    bj_journal_end_t end;
    return bj_journal_read(dir, after_seq, false, replay, ctx, report, &end);
}

bj_status_t bj_journal_scan(const char *dir, bj_journal_replay_fn *replay, void *ctx,
                            bj_journal_report_t *report) {
    return bj_journal_scan_after(dir, 0, replay, ctx, report);
}

bj_status_t bj_journal_scan_live(const char *dir, uint64_t after_seq, bj_journal_replay_fn *replay,
                                 void *ctx, bj_journal_report_t *report) {
    bj_journal_end_t end;
    return bj_journal_read(dir, after_seq, true, replay, ctx, report, &end);
}

bj_status_t bj_journal_scan_file(const char *file, bj_journal_replay_fn *replay, void *ctx,
                                 bj_journal_report_t *report) {
    bj_journal_end_t end = {0};
    reading_t r = {.replay = replay, .ctx = ctx, .report = report};
    *report = (bj_journal_report_t){0};
    bj_status_t status = file_read(&r, file, 0, true, &end);
    if (status != BJ_OK)
        BJ_ERROR("journal %s: %s after sequence %" PRIu64, file, bj_status_text(status),
                 report->last_seq);
    free(r.image.data);
    return status;
}
