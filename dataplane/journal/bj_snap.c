#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_shm.h"
#include "dataplane/journal/bj_snap_priv.h"

const char bj_snap_magic[8] = {'B', 'I', 'J', 'L', 'I', 'S', 'N', 'P'};

/* --- names */

bool bj_snap_path(char *path, const char *dir, uint64_t cmd_seq) {
    int n = snprintf(path, BJ_JOURNAL_PATH_BYTES, "%s/snapshot-%020" PRIu64 ".bjs", dir, cmd_seq);
    return n > 0 && n < BJ_JOURNAL_PATH_BYTES;
}

static int newest_first(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* Of more than fit in the list the newest stay. */
static void list_add(uint64_t *list, size_t *cnt, uint64_t cmd_seq) {
    if (*cnt < BJ_SNAP_LIST_MAX) {
        list[(*cnt)++] = cmd_seq;
        return;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < *cnt; i++) oldest = list[i] < list[oldest] ? i : oldest;
    if (cmd_seq > list[oldest]) list[oldest] = cmd_seq;
}

size_t bj_snap_list(const char *dir, uint64_t list[BJ_SNAP_LIST_MAX]) {
    size_t cnt = 0;
    DIR *d = opendir(dir);
    if (!d) return 0;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        uint64_t cmd_seq;
        char end;
        if (sscanf(e->d_name, "snapshot-%20" SCNu64 ".bj%c", &cmd_seq, &end) == 2 && end == 's')
            list_add(list, &cnt, cmd_seq);
    }
    closedir(d);
    qsort(list, cnt, sizeof *list, newest_first);
    return cnt;
}

uint64_t bj_snap_thin(const char *dir) {
    uint64_t list[BJ_SNAP_LIST_MAX];
    size_t cnt = bj_snap_list(dir, list);
    for (size_t i = BJ_SNAP_KEPT; i < cnt; i++) {
        char path[BJ_JOURNAL_PATH_BYTES];
        if (bj_snap_path(path, dir, list[i])) (void)unlink(path);
    }
    return cnt >= BJ_SNAP_KEPT ? list[BJ_SNAP_KEPT - 1] : 0;
}

/* --- what both ways need */

void bj_snap_note(bj_snap_info_t *info, const bj_cmd_t *cmd) {
    info->last_time_ns = cmd->time_ns;
    info->last_check = cmd->check;
    if (cmd->session_id == BJ_SESSION_INTERNAL && cmd->type < BJ_SNAP_TYPES)
        info->internal_ns[cmd->type] = cmd->time_ns;
}

uint64_t bj_snap_layout(const bj_parts_t *parts) {
    uint64_t hash = bj_fnv1a(BJ_FNV_OFFSET, &parts->cnt, sizeof parts->cnt);
    for (uint32_t i = 0; i < parts->cnt; i++)
        hash = bj_fnv1a(hash, &parts->part[i].bytes, sizeof parts->part[i].bytes);
    return hash;
}

static bj_snap_header_t header_for(const bj_engine_config_t *config, const bj_parts_t *parts) {
    bj_snap_header_t h = {.version = BJ_SNAP_VERSION,
                              .instrument_max = config->instrument_max,
                              .account_max = config->account_max,
                              .order_max = config->order_max,
                              .message_rate_per_s = config->message_rate_per_s,
                              .message_burst = config->message_burst,
                              .desk_max = config->desk_max,
                              .underlying_max = config->underlying_max,
                              .executions_ns = config->executions_ns,
                              .venue = config->venue,
                              .layout = bj_snap_layout(parts)};
    memcpy(h.magic, bj_snap_magic, sizeof h.magic);
    return h;
}

/* --- saving */

enum { WRITE_BYTES = 1 << 20, UNIT_BYTES = 64, RUN_BYTES_MAX = 1 << 16 };

typedef struct sink {
    const bj_journal_io_t *io;
    int      fd;
    bool     ok;
    uint32_t check;
    uint64_t at_bytes;
    size_t   gathered;
    uint8_t  gather[WRITE_BYTES];
} sink_t;

static void sink_flush(sink_t *sink) {
    sink->ok = sink->ok && bj_journal_write_all(sink->io, sink->fd, sink->gather, sink->gathered,
                                                sink->at_bytes);
    sink->at_bytes += sink->gathered;
    sink->gathered = 0;
}

static void sink_put(sink_t *sink, const void *data, size_t bytes) {
    if (sink->gathered + bytes > WRITE_BYTES) sink_flush(sink);
    memcpy(sink->gather + sink->gathered, data, bytes);
    sink->check = bj_crc32c(sink->check, data, bytes);
    sink->gathered += bytes;
}

static size_t unit_at(size_t at, size_t bytes) {
    return bytes - at < UNIT_BYTES ? bytes - at : (size_t)UNIT_BYTES;
}

static void put_part(sink_t *sink, uint32_t part_idx, const bj_part_t *part, const void *blank) {
    const uint8_t *mine = part->mem, *new = blank;
    for (size_t at = 0; at < part->bytes;) {
        size_t from = at;
        while (at < part->bytes && at - from < RUN_BYTES_MAX &&
               memcmp(mine + at, new + at, unit_at(at, part->bytes)) != 0)
            at += unit_at(at, part->bytes);
        if (at == from) {
            at += unit_at(at, part->bytes);
            continue;
        }
        bj_snap_run_t run = {part_idx, (uint32_t)(at - from), from};
        sink_put(sink, &run, sizeof run);
        sink_put(sink, mine + from, at - from);
    }
}

/* The header comes last: a file without one is none. */
static bool write_file(sink_t *sink, const bj_parts_t *parts, const bj_parts_t *blank,
                       bj_snap_header_t *header) {
    sink->at_bytes = sizeof *header;
    for (uint32_t i = 0; i < parts->cnt; i++)
        put_part(sink, i, &parts->part[i], blank->part[i].mem);
    sink_flush(sink);
    header->body_bytes = sink->at_bytes - sizeof *header;
    header->body_check = sink->check;
    header->check = bj_crc32c(0, header, offsetof(bj_snap_header_t, check));
    return sink->ok && bj_journal_write_all(sink->io, sink->fd, header, sizeof *header, 0) &&
           sink->io->sync(sink->fd) == 0;
}

static bool dir_sync(const char *dir) {
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

/* Whole under another name first: a file that has its name is whole. */
static bj_status_t save_to(const char *dir, const char *path, const char *made, sink_t *sink,
                           const bj_parts_t *parts, const bj_parts_t *blank,
                           bj_snap_header_t *header) {
    sink->fd = open(made, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool ok = sink->fd >= 0 && write_file(sink, parts, blank, header) && rename(made, path) == 0 &&
              dir_sync(dir);
    if (!ok) BJ_ERROR("snapshot %s: %s", path, strerror(errno));
    if (sink->fd >= 0) close(sink->fd);
    if (!ok) (void)unlink(made);
    return ok ? BJ_OK : BJ_ERR_IO;
}

bj_status_t bj_snap_save_on(const char *dir, const bj_journal_io_t *io, bj_engine_t *engine,
                                bj_engine_t *blank, const bj_engine_config_t *config,
                                bj_snap_info_t *info) {
    char path[BJ_JOURNAL_PATH_BYTES], made[BJ_JOURNAL_PATH_BYTES];
    bj_parts_t parts, new;
    bj_engine_stats_t stats = bj_engine_stats(engine);
    bj_engine_parts(engine, &parts);
    bj_engine_parts(blank, &new);
    info->cmd_seq = stats.cmd_seq;
    info->event_seq = stats.event_seq;
    info->state_hash = bj_engine_hash(engine);
    bj_snap_header_t header = header_for(config, &parts);
    header.info = *info;
    int n = snprintf(made, sizeof made, "%s/snapshot-new.tmp", dir);
    if (n <= 0 || n >= (int)sizeof made || !bj_snap_path(path, dir, info->cmd_seq) ||
        header.layout != bj_snap_layout(&new))
        return BJ_ERR_BAD_FIELD;
    sink_t *sink = calloc(1, sizeof *sink);
    if (!sink) return BJ_ERR_FULL;
    sink->io = io;
    sink->ok = true;
    bj_status_t status = save_to(dir, path, made, sink, &parts, &new, &header);
    free(sink);
    return status;
}

bj_status_t bj_snap_save(const char *dir, bj_engine_t *engine, bj_engine_t *blank,
                             const bj_engine_config_t *config, bj_snap_info_t *info) {
    return bj_snap_save_on(dir, &bj_journal_disk, engine, blank, config, info);
}

/* --- loading */

static const char *header_why(const bj_snap_header_t *h, const uint8_t *file,
                              size_t file_bytes) {
    if (memcmp(h->magic, bj_snap_magic, sizeof h->magic) != 0) return "it is no snapshot";
    if (h->check != bj_crc32c(0, h, offsetof(bj_snap_header_t, check)))
        return "its header does not match its checksum";
    if (h->version != BJ_SNAP_VERSION) return "it is of another version of bijli";
    if (h->body_bytes != file_bytes - sizeof *h) return "it is torn";
    bool whole = h->body_check == bj_crc32c(0, file + sizeof *h, h->body_bytes);
    return whole ? NULL : "it does not match its checksum";
}

static const char *shape_why(const bj_snap_header_t *h, uint64_t journal_id,
                             const bj_engine_config_t *config, const bj_parts_t *parts) {
    if (h->info.journal_id != journal_id) return "it is of another journal";
    bool same = h->instrument_max == config->instrument_max &&
                h->account_max == config->account_max && h->order_max == config->order_max &&
                h->message_rate_per_s == config->message_rate_per_s &&
                h->message_burst == config->message_burst && h->desk_max == config->desk_max &&
                h->underlying_max == config->underlying_max &&
                h->executions_ns == config->executions_ns && h->venue == config->venue;
    if (!same) return "it is of an engine of another shape";
    return h->layout == bj_snap_layout(parts) ? NULL : "it is of another build of bijli";
}

static bool body_apply(const uint8_t *at, uint64_t left, const bj_parts_t *parts) {
    bj_snap_run_t run;
    while (left >= sizeof run) {
        memcpy(&run, at, sizeof run);
        at += sizeof run, left -= sizeof run;
        if (run.part_idx >= parts->cnt || run.bytes > left) return false;
        const bj_part_t *part = &parts->part[run.part_idx];
        if (run.at_bytes > part->bytes || run.bytes > part->bytes - run.at_bytes) return false;
        memcpy((uint8_t *)part->mem + run.at_bytes, at, run.bytes);
        at += run.bytes, left -= run.bytes;
    }
    return left == 0;
}

const char *bj_snap_read(const uint8_t *file, size_t file_bytes, uint64_t journal_id,
                             const bj_engine_config_t *config, bj_engine_t *engine,
                             bj_snap_info_t *info) {
    bj_snap_header_t header;
    bj_parts_t parts;
    if (file_bytes < sizeof header) return "it is torn";
    memcpy(&header, file, sizeof header);
    bj_engine_parts(engine, &parts);
    const char *why = header_why(&header, file, file_bytes);
    if (!why) why = shape_why(&header, journal_id, config, &parts);
    if (why) return why;
    *info = header.info;
    return body_apply(file + sizeof header, header.body_bytes, &parts) ? NULL
                                                                       : "its runs do not fit";
}

static const char *load_whole(const uint8_t *file, size_t file_bytes, uint64_t cmd_seq,
                              uint64_t journal_id, const bj_engine_config_t *config,
                              bj_engine_t *engine, bj_snap_info_t *info) {
    const char *why = bj_snap_read(file, file_bytes, journal_id, config, engine, info);
    if (why) return why;
    bj_engine_stats_t stats = bj_engine_stats(engine);
    bool same = info->cmd_seq == cmd_seq && stats.cmd_seq == cmd_seq &&
                stats.event_seq == info->event_seq && bj_engine_hash(engine) == info->state_hash;
    return same ? NULL : "its state does not have the hash that it says";
}

/* Journals that went different ways after a take-over have one id. */
static bool of_this_way(const char *dir, const bj_snap_info_t *info) {
    bj_cmd_t cmd;
    return !info->last_check || !bj_journal_record(dir, info->cmd_seq, &cmd) ||
           cmd.check == info->last_check;
}

const char *bj_snap_load(const char *dir, uint64_t cmd_seq, uint64_t journal_id,
                             const bj_engine_config_t *config, bj_engine_t *engine,
                             bj_snap_info_t *info) {
    char path[BJ_JOURNAL_PATH_BYTES];
    size_t bytes;
    if (!bj_snap_path(path, dir, cmd_seq)) return "its name is too long";
    const void *file = bj_shm_open(path, &bytes);
    if (!file) return errno ? strerror(errno) : "it is empty";
    const char *why = load_whole(file, bytes, cmd_seq, journal_id, config, engine, info);
    bj_shm_close(file, bytes);
    return why || of_this_way(dir, info) ? why : "its journal went another way";
}

const char *bj_snap_look(const char *dir, uint64_t cmd_seq, bj_snap_info_t *info) {
    char path[BJ_JOURNAL_PATH_BYTES];
    bj_snap_header_t h;
    if (!bj_snap_path(path, dir, cmd_seq)) return "its name is too long";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return strerror(errno);
    ssize_t n = pread(fd, &h, sizeof h, 0);
    close(fd);
    bool ok = n == (ssize_t)sizeof h &&
              memcmp(h.magic, bj_snap_magic, sizeof h.magic) == 0 &&
              h.check == bj_crc32c(0, &h, offsetof(bj_snap_header_t, check));
    if (!ok) return "it is torn, or no snapshot";
    *info = h.info;
    return NULL;
}
