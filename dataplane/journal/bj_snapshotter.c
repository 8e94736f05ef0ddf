#include "dataplane/journal/bj_snapshotter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"

struct bj_snapshotter {
    bj_engine_config_t config;
    size_t       engine_bytes;
    void        *mem;
    bj_engine_t *engine;
    bj_snap_info_t info; /* journal_id 0: not begun */
    uint64_t     saved_seq;  /* of the newest snapshot; 0: none */
    uint64_t     refused_seq;
    char         dir[BJ_JOURNAL_PATH_BYTES];
};

bj_snapshotter_t *bj_snapshotter_new(const char *dir, const bj_engine_config_t *config) {
    size_t bytes = bj_engine_footprint(config);
    bj_snapshotter_t *s = bytes ? calloc(1, sizeof *s) : NULL;
    if (!s) return NULL;
    s->config = *config;
    s->engine_bytes = bytes;
    s->mem = aligned_alloc(BJ_LINE_BYTES, bytes);
    int n = snprintf(s->dir, sizeof s->dir, "%s", dir);
    if (s->mem && n < (int)sizeof s->dir) {
        s->engine = bj_engine_new(s->mem, config);
        return s;
    }
    bj_snapshotter_free(s);
    return NULL;
}

void bj_snapshotter_free(bj_snapshotter_t *s) {
    if (!s) return;
    free(s->mem);
    free(s);
}

static void begin(bj_snapshotter_t *s, uint64_t journal_id) {
    uint64_t list[BJ_SNAP_LIST_MAX];
    size_t cnt = bj_snap_list(s->dir, list);
    for (size_t i = 0; i < cnt; i++) {
        const char *why =
            bj_snap_load(s->dir, list[i], journal_id, &s->config, s->engine, &s->info);
        s->saved_seq = why ? 0 : list[i];
        if (!why) return;
        BJ_WARN("snapshot at sequence %" PRIu64 " passed over: %s", list[i], why);
        s->engine = bj_engine_new(s->mem, &s->config);
    }
    s->info = (bj_snap_info_t){.journal_id = journal_id};
}

static void follow(void *ctx, const bj_cmd_t *journalled) {
    bj_snapshotter_t *s = ctx;
    bj_cmd_t cmd = *journalled;
    size_t event_cnt;
    if (s->refused_seq) return;
    if (!bj_engine_apply(s->engine, &cmd, &event_cnt)) s->refused_seq = cmd.seq;
    bj_snap_note(&s->info, &cmd);
}

/* A sync through any descriptor is one of the file: what the writer has written, and we have read,
 * is on the disk then.  Files before the last one were synced before that was begun. */
static bj_status_t sync_read(const bj_snapshotter_t *s, uint32_t file_no) {
    char path[BJ_JOURNAL_PATH_BYTES];
    int fd = bj_journal_path(path, s->dir, file_no) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool ok = fd >= 0 && fdatasync(fd) == 0;
    if (!ok) BJ_ERROR("journal %s: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    return ok ? BJ_OK : BJ_ERR_IO;
}

static bj_status_t save_beside_blank(bj_snapshotter_t *s) {
    void *mem = aligned_alloc(BJ_LINE_BYTES, s->engine_bytes);
    if (!mem) return BJ_ERR_FULL;
    bj_engine_t *blank = bj_engine_new(mem, &s->config);
    bj_status_t status = bj_snap_save(s->dir, s->engine, blank, &s->config, &s->info);
    free(mem);
    return status;
}

static bj_status_t save(bj_snapshotter_t *s, uint32_t file_no) {
    bj_status_t status = sync_read(s, file_no);
    if (status == BJ_OK) status = save_beside_blank(s);
    if (status != BJ_OK) return status;
    s->saved_seq = s->info.cmd_seq;
    (void)bj_snap_thin(s->dir);
    return BJ_OK;
}

static bj_status_t begin_if_new(bj_snapshotter_t *s) {
    uint64_t journal_id;
    bj_status_t status = bj_journal_id(s->dir, &journal_id);
    if (status != BJ_OK || journal_id == s->info.journal_id) return status;
    s->engine = bj_engine_new(s->mem, &s->config);
    s->refused_seq = s->saved_seq = 0;
    begin(s, journal_id);
    return BJ_OK;
}

static bj_status_t catch_up(bj_snapshotter_t *s, bj_journal_report_t *report) {
    uint64_t at_seq = bj_engine_stats(s->engine).cmd_seq;
    bj_status_t status = bj_journal_scan_live(s->dir, at_seq, follow, s, report);
    if (status == BJ_OK && s->refused_seq) {
        BJ_ERROR("the engine did not take sequence %" PRIu64, s->refused_seq);
        status = BJ_ERR_SEQUENCE;
    }
    return status;
}

/* Reading costs a file; whether it is time costs one record. */
bj_status_t bj_snapshotter_step(bj_snapshotter_t *s, uint64_t every, bj_snap_info_t *info,
                                bool *saved) {
    bj_journal_report_t report;
    *saved = false;
    bj_status_t status = begin_if_new(s);
    bool due = status == BJ_OK && bj_journal_has(s->dir, s->saved_seq + every);
    if (due) status = catch_up(s, &report);
    if (due && status == BJ_OK) status = save(s, report.file_cnt);
    *saved = due && status == BJ_OK;
    *info = s->info;
    return status;
}
