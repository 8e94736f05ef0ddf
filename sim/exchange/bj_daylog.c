#include "sim/exchange/bj_daylog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { RECORD_BYTES = sizeof(bj_event_t), CHECKED_BYTES = offsetof(bj_event_t, check),
       FILE_BYTES = 512, VERSION = 1 };
enum { BEGINS = 1, ENDS = 2 }; /* reserved[0] of an event: of its group */

typedef struct header {
    char     magic[8];
    uint32_t version, day;
    uint8_t  reserved[108];
    uint32_t check;
} header_t;
static_assert(sizeof(header_t) == RECORD_BYTES, "events stand at multiples of their size");

struct bj_daylog {
    int      fd;
    bool     lost;
    uint64_t last_seq;
    bj_event_t *group; /* being written */
    size_t   group_max;
    char     file[FILE_BYTES];
};

static bool whole(const bj_event_t *event, uint64_t seq) {
    return event->seq == seq && event->check == bj_crc32c(0, event, CHECKED_BYTES);
}

static bool begins_group(const bj_event_t *event) { return event->reserved[0] & BEGINS; }
static bool ends_group(const bj_event_t *event) { return event->reserved[0] & ENDS; }

static bool record_read(const bj_daylog_t *daylog, uint64_t seq, bj_event_t *event) {
    ssize_t got = pread(daylog->fd, event, sizeof *event, (off_t)(seq * RECORD_BYTES));
    return got == RECORD_BYTES;
}

bool bj_daylog_read(const bj_daylog_t *daylog, uint64_t seq, bj_event_t *event) {
    return seq && seq <= daylog->last_seq && record_read(daylog, seq, event) && whole(event, seq);
}

uint64_t bj_daylog_last(const bj_daylog_t *daylog) { return daylog->last_seq; }

/* --- opening */
static bool header_make(bj_daylog_t *daylog, uint32_t day) {
    header_t header = {.magic = "BJNNFDAY", .version = VERSION, .day = day};
    header.check = bj_crc32c(0, &header, offsetof(header_t, check));
    return ftruncate(daylog->fd, 0) == 0 &&
           pwrite(daylog->fd, &header, sizeof header, 0) == sizeof header &&
           fdatasync(daylog->fd) == 0;
}

static bool header_ok(const bj_daylog_t *daylog, uint32_t day) {
    header_t header;
    return pread(daylog->fd, &header, sizeof header, 0) == sizeof header &&
           memcmp(header.magic, "BJNNFDAY", 8) == 0 && header.version == VERSION &&
           header.day == day && header.check == bj_crc32c(0, &header, offsetof(header_t, check));
}

/* Only the last group may be broken: each is on the disk before the next is written.  So behind
 * what is broken no group begins. */
static bool only_tail(const bj_daylog_t *daylog, uint64_t first_bad) {
    bj_event_t event;
    for (uint64_t seq = first_bad + 1; record_read(daylog, seq, &event); seq++) {
        if (whole(&event, seq) && begins_group(&event)) return false;
    }
    return true;
}

static bool tail_cut(bj_daylog_t *daylog) {
    bj_event_t event;
    uint64_t seq = 1;
    for (; record_read(daylog, seq, &event) && whole(&event, seq); seq++) {
        if (ends_group(&event)) daylog->last_seq = seq;
    }
    struct stat is;
    off_t end = (off_t)((daylog->last_seq + 1) * RECORD_BYTES);
    if (fstat(daylog->fd, &is) != 0) return false;
    if (is.st_size == end) return true;
    if (!only_tail(daylog, seq)) {
        BJ_ERROR("%s: event %" PRIu64 " is damaged; move the file away to begin the day anew",
                 daylog->file, seq);
        return false;
    }
    BJ_WARN("%s: cut at event %" PRIu64 ": the group behind it was not finished", daylog->file,
            daylog->last_seq);
    return ftruncate(daylog->fd, end) == 0 && fdatasync(daylog->fd) == 0;
}

static bool file_open(bj_daylog_t *daylog, const char *dir, uint32_t day) {
    time_t at = (time_t)day * 86400;
    struct tm date;
    gmtime_r(&at, &date);
    int n = snprintf(daylog->file, sizeof daylog->file, "%s/nnf-%04d%02d%02d.events", dir,
                     date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
    if (n < 0 || n >= FILE_BYTES) return false;
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) return false;
    daylog->fd = open(daylog->file, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool named = dir_fd >= 0 && fsync(dir_fd) == 0;
    if (dir_fd >= 0) close(dir_fd);
    struct stat is;
    if (daylog->fd < 0 || !named || fstat(daylog->fd, &is) != 0) return false;
    if (is.st_size < RECORD_BYTES) return header_make(daylog, day); /* nothing was told yet */
    if (header_ok(daylog, day)) return true;
    BJ_ERROR("%s is no day of an exchange, or another's", daylog->file);
    errno = EINVAL;
    return false;
}

bj_daylog_t *bj_daylog_open(const char *dir, uint32_t day, bj_daylog_fn *each, void *ctx) {
    bj_daylog_t *daylog = calloc(1, sizeof *daylog);
    if (!daylog) return NULL;
    daylog->fd = -1;
    errno = ENAMETOOLONG;
    if (!file_open(daylog, dir, day) || !tail_cut(daylog)) {
        BJ_ERROR("%s cannot be used: %s", daylog->file, strerror(errno));
        bj_daylog_close(daylog);
        return NULL;
    }
    bj_event_t event;
    for (uint64_t seq = 1; seq <= daylog->last_seq && bj_daylog_read(daylog, seq, &event); seq++)
        each(ctx, &event);
    return daylog;
}

void bj_daylog_close(bj_daylog_t *daylog) {
    if (!daylog) return;
    if (daylog->fd >= 0) close(daylog->fd);
    free(daylog->group);
    free(daylog);
}

/* --- going on */
static bool group_make(bj_daylog_t *daylog, const bj_event_t *events, size_t event_cnt) {
    if (event_cnt > daylog->group_max) {
        bj_event_t *group = realloc(daylog->group, event_cnt * sizeof *group);
        if (!group) return false;
        daylog->group = group;
        daylog->group_max = event_cnt;
    }
    memcpy(daylog->group, events, event_cnt * sizeof *events);
    for (size_t i = 0; i < event_cnt; i++) {
        bj_event_t *event = &daylog->group[i];
        if (event->seq != daylog->last_seq + 1 + i) return false;
        event->reserved[0] = (uint8_t)((i == 0 ? BEGINS : 0) | (i + 1 == event_cnt ? ENDS : 0));
        event->check = bj_crc32c(0, event, CHECKED_BYTES);
    }
    return true;
}

static bool all_written(const bj_daylog_t *daylog, size_t event_cnt) {
    const uint8_t *from = (const uint8_t *)daylog->group;
    size_t left = event_cnt * RECORD_BYTES;
    off_t at = (off_t)((daylog->last_seq + 1) * RECORD_BYTES);
    while (left) {
        ssize_t n = pwrite(daylog->fd, from, left, at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        from += n, at += n, left -= (size_t)n;
    }
    return fdatasync(daylog->fd) == 0;
}

bj_status_t bj_daylog_append(bj_daylog_t *daylog, const bj_event_t *events, size_t event_cnt) {
    if (!event_cnt) return BJ_OK;
    if (daylog->lost) return BJ_ERR_IO;
    errno = EINVAL;
    if (group_make(daylog, events, event_cnt) && all_written(daylog, event_cnt)) {
        daylog->last_seq += event_cnt;
        return BJ_OK;
    }
    BJ_ERROR("%s cannot be written: %s", daylog->file, strerror(errno));
    daylog->lost = true;
    return BJ_ERR_IO;
}
