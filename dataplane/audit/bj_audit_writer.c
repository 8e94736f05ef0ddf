#include "dataplane/audit/bj_audit_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/audit/bj_audit_index.h"
#include "dataplane/audit/bj_audit_read.h"
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"

enum { PATH_BYTES = 1024, BUFFER_BYTES = 1 << 20, COUNTERS = sizeof(bj_audit_counters_t) / 8 };
static const int64_t retry_ns = BJ_NS_PER_S;

struct bj_audit_writer {
    bj_audit_writer_config_t config;
    int      fd; /* -1: none, the disk refuses */
    char     path[PATH_BYTES];
    uint64_t next_seq, file_bytes;
    uint64_t unsaid; /* missed for want of a disk, not yet in a record */
    int64_t  synced_ns, retry_at_ns;
    bool     unsynced;
    size_t   buffer_bytes;
    bj_audit_counters_t counters;
    _Atomic uint64_t published[COUNTERS];
    uint8_t  message[BJ_AUDIT_MESSAGE_MAX_BYTES]; /* of several slots, in one piece */
    uint8_t  buffer[BUFFER_BYTES];
};

static void publish(bj_audit_writer_t *writer) {
    uint64_t values[COUNTERS];
    memcpy(values, &writer->counters, sizeof values);
    for (size_t i = 0; i < COUNTERS; i++)
        atomic_store_explicit(&writer->published[i], values[i], memory_order_relaxed);
}

void bj_audit_writer_counters(const bj_audit_writer_t *writer, bj_audit_counters_t *counters) {
    uint64_t values[COUNTERS];
    for (size_t i = 0; i < COUNTERS; i++)
        values[i] = atomic_load_explicit(&writer->published[i], memory_order_relaxed);
    memcpy(counters, values, sizeof values);
}

/* --- files --- */
static bool all_written(int fd, const void *data, size_t data_bytes) {
    const uint8_t *at = (const uint8_t *)data;
    while (data_bytes) {
        ssize_t n = write(fd, at, data_bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n, data_bytes -= (size_t)n;
    }
    return true;
}

static bool file_begin(bj_audit_writer_t *writer) {
    bj_audit_file_t head = {.magic = BJ_AUDIT_MAGIC, .version = BJ_AUDIT_VERSION,
                            .first_seq = writer->next_seq, .made_ns = bj_clock_wall_ns()};
    head.check = bj_crc32c(0, &head, offsetof(bj_audit_file_t, check));
    int n = snprintf(writer->path, sizeof writer->path, "%s/audit-%016" PRIx64 ".log",
                     writer->config.dir, writer->next_seq);
    if (n >= PATH_BYTES) return false;
    /* One of that name has no record: a file with records has moved the sequence on. */
    writer->fd = open(writer->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (writer->fd < 0) return false;
    if (!all_written(writer->fd, &head, sizeof head)) {
        close(writer->fd);
        writer->fd = -1;
        return false;
    }
    writer->file_bytes = sizeof head;
    writer->counters.files++;
    writer->unsynced = true;
    return true;
}

static void disk_refused(bj_audit_writer_t *writer, bj_now_t now) {
    if (!writer->counters.failing)
        BJ_ERROR("the audit log %s cannot be written: %s", writer->path, strerror(errno));
    if (writer->fd >= 0) close(writer->fd);
    writer->fd = -1;
    writer->counters.failing = 1;
    writer->retry_at_ns = now.mono_ns + retry_ns;
}

static void file_end(bj_audit_writer_t *writer) {
    if (writer->fd < 0) return;
    bool ok = fdatasync(writer->fd) == 0;
    ok = close(writer->fd) == 0 && ok;
    writer->fd = -1;
    bj_status_t status = bj_audit_index_make(writer->path);
    if (!ok || status != BJ_OK)
        BJ_WARN("the audit log %s: %s", writer->path,
                ok ? "no index could be made; searches read it through" : "not synced");
}

/* --- what an earlier run left --- */
static bool torn_keep(const char *path, const bj_audit_scan_t *scan) {
    char torn[PATH_BYTES + 8];
    const uint8_t *data;
    size_t data_bytes;
    snprintf(torn, sizeof torn, "%.*s.torn", (int)(strlen(path) - 4), path);
    if (bj_audit_map(path, &data, &data_bytes) != BJ_OK) return false;
    int fd = open(torn, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool ok = fd >= 0 && all_written(fd, data + scan->good_bytes, (size_t)scan->rest_bytes);
    if (fd >= 0) ok = close(fd) == 0 && ok;
    bj_audit_unmap(data, data_bytes);
    return ok && truncate(path, (off_t)scan->good_bytes) == 0;
}

/* Only the last file may be torn: what is wrong with an older one is left as it is. */
static bool file_recover(bj_audit_writer_t *writer, const char *path, bool last) {
    bj_audit_index_t index;
    bj_audit_scan_t scan;
    if (!last && bj_audit_index_load(path, &index) == BJ_OK) {
        bj_audit_index_free(&index);
        return true;
    }
    bj_status_t status = bj_audit_scan(path, NULL, NULL, &scan);
    if (last && status == BJ_OK) {
        writer->next_seq = scan.last_seq + 1;
        writer->counters.torn_bytes = scan.rest_bytes;
        if (scan.rest_bytes) {
            BJ_WARN("%s: %" PRIu64 " torn bytes at its end are cut off", path, scan.rest_bytes);
            if (!torn_keep(path, &scan)) return false;
        }
    }
    if (status != BJ_OK || (!last && scan.rest_bytes)) {
        BJ_ERROR("%s is damaged: bijli-audit verify says where", path);
        return !last;
    }
    return bj_audit_index_make(path) == BJ_OK;
}

/* A process that died while it made a file left one without a beginning: nothing was in it. */
static bool unborn(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && (size_t)st.st_size < sizeof(bj_audit_file_t) &&
           unlink(path) == 0;
}

static bool dir_recover(bj_audit_writer_t *writer) {
    char **paths;
    size_t cnt;
    bool ok = bj_audit_files(writer->config.dir, &paths, &cnt) == BJ_OK;
    size_t left = cnt;
    if (ok && left && unborn(paths[left - 1])) left--;
    for (size_t i = 0; ok && i < left; i++)
        ok = file_recover(writer, paths[i], i + 1 == left);
    bj_audit_files_free(paths, cnt);
    return ok;
}

bj_audit_writer_t *bj_audit_writer_new(const bj_audit_writer_config_t *config) {
    bj_audit_writer_t *writer = calloc(1, sizeof *writer);
    if (!writer) return NULL;
    writer->config = *config;
    writer->fd = -1;
    writer->next_seq = 1;
    bool ok = (mkdir(config->dir, 0750) == 0 || errno == EEXIST) && dir_recover(writer) &&
              file_begin(writer);
    publish(writer);
    if (ok) return writer;
    BJ_ERROR("the audit log cannot be kept in %s: %s", config->dir, strerror(errno));
    free(writer);
    return NULL;
}

/* --- records --- */
static void record_add(bj_audit_writer_t *writer, const bj_audit_record_t *from,
                       const uint8_t *msg) {
    uint8_t *at = writer->buffer + writer->buffer_bytes;
    bj_audit_record_t record = *from;
    size_t padded = (record.msg_bytes + 7u) / 8 * 8;
    record.seq = writer->next_seq++;
    bj_audit_keys(msg, &record);
    record.check = bj_crc32c(0, &record, offsetof(bj_audit_record_t, check));
    record.check = bj_crc32c(record.check, msg, record.msg_bytes);
    memcpy(at, &record, sizeof record);
    memset(at + sizeof record, 0, padded);
    memcpy(at + sizeof record, msg, record.msg_bytes);
    writer->buffer_bytes += sizeof record + padded;
}

static void missed_add(bj_audit_writer_t *writer, bj_now_t now) {
    static const uint8_t nothing[8];
    bj_audit_record_t missed = {.time_ns = now.wall_ns, .kind = BJ_AUDIT_MISSED,
                                .value = (uint32_t)writer->unsaid};
    record_add(writer, &missed, nothing);
    writer->unsaid = 0;
}

static bool buffer_has_room(const bj_audit_writer_t *writer) {
    size_t most = sizeof(bj_audit_record_t) + BJ_AUDIT_MESSAGE_MAX_BYTES;
    return writer->buffer_bytes + most <= BUFFER_BYTES;
}

/* What is next, its message in one piece; its last slot is still to be released. */
static bool record_next(bj_audit_writer_t *writer, bj_audit_record_t *record,
                        const uint8_t **msg) {
    const bj_audit_slot_t *slot = bj_ring_peek(writer->config.ring);
    if (!slot) return false;
    *record = slot->record;
    *msg = slot->msg;
    size_t have = sizeof slot->msg;
    if (record->msg_bytes <= have) return true;
    memcpy(writer->message, slot->msg, have);
    while (have < record->msg_bytes) { /* the rest is there: it was published together */
        size_t part = record->msg_bytes - have;
        if (part > sizeof *slot) part = sizeof *slot;
        bj_ring_release(writer->config.ring);
        slot = bj_ring_peek(writer->config.ring);
        assert(slot);
        memcpy(writer->message + have, slot, part);
        have += part;
    }
    *msg = writer->message;
    return true;
}

static uint32_t slots_take(bj_audit_writer_t *writer, bj_now_t now) {
    bj_audit_record_t record;
    const uint8_t *msg;
    uint32_t cnt = 0;
    bool disk = writer->fd >= 0;
    if (disk && writer->unsaid) missed_add(writer, now);
    while (buffer_has_room(writer) && cnt < BUFFER_BYTES / sizeof(bj_audit_slot_t) &&
           record_next(writer, &record, &msg)) {
        bool says_missed = record.kind == BJ_AUDIT_MISSED;
        uint64_t missed = says_missed ? record.value : !disk;
        writer->counters.missed += missed;
        if (missed) writer->counters.missed_ns = (uint64_t)now.wall_ns;
        if (disk) record_add(writer, &record, msg);
        else writer->unsaid += missed;
        bj_ring_release(writer->config.ring);
        cnt++;
    }
    return cnt;
}

static void buffer_write(bj_audit_writer_t *writer, uint32_t record_cnt, bj_now_t now) {
    if (!writer->buffer_bytes) return;
    uint64_t before_seq = writer->next_seq - record_cnt;
    if (all_written(writer->fd, writer->buffer, writer->buffer_bytes)) {
        writer->file_bytes += writer->buffer_bytes;
        writer->counters.bytes += writer->buffer_bytes;
        writer->counters.records += record_cnt;
        writer->unsynced = true;
    } else { /* how much of it is there, nobody knows: cut it off, and say what is missing */
        if (ftruncate(writer->fd, (off_t)writer->file_bytes) != 0)
            BJ_WARN("%s has a torn end", writer->path);
        disk_refused(writer, now);
        writer->unsaid += record_cnt;
        writer->counters.missed += record_cnt;
        writer->counters.missed_ns = (uint64_t)now.wall_ns;
        writer->next_seq = before_seq;
    }
    writer->buffer_bytes = 0;
}

static void sync_due(bj_audit_writer_t *writer, bj_now_t now) {
    if (writer->fd < 0 || !writer->unsynced ||
        now.mono_ns - writer->synced_ns < writer->config.sync_ns)
        return;
    writer->synced_ns = now.mono_ns;
    writer->unsynced = false;
    if (fdatasync(writer->fd) != 0) disk_refused(writer, now);
}

uint32_t bj_audit_writer_step(bj_audit_writer_t *writer, bj_now_t now) {
    if (writer->fd < 0 && now.mono_ns >= writer->retry_at_ns) {
        if (file_begin(writer)) writer->counters.failing = 0;
        else disk_refused(writer, now);
    }
    uint64_t from_seq = writer->next_seq;
    uint32_t cnt = slots_take(writer, now);
    buffer_write(writer, (uint32_t)(writer->next_seq - from_seq), now);
    sync_due(writer, now);
    if (writer->fd >= 0 && writer->file_bytes >= writer->config.rotate_bytes) {
        file_end(writer);
        if (!file_begin(writer)) disk_refused(writer, now);
    }
    publish(writer);
    return cnt;
}

void bj_audit_writer_free(bj_audit_writer_t *writer) {
    if (!writer) return;
    while (bj_audit_writer_step(writer, bj_clock_now())) {
    }
    file_end(writer);
    free(writer);
}
