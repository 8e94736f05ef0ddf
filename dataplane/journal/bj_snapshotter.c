#include "dataplane/journal/bj_snapshotter.h"

#include <inttypes.h>
#include <stdlib.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_priv.h"
#include "dataplane/journal/bj_shape.h"

enum { HELD_MIN = 1024 };

struct bj_snapshotter {
    bj_engine_config_t config;
    size_t       engine_bytes;
    void        *mem;
    bj_engine_t *engine;
    bj_snap_info_t info; /* journal_id 0: not begun */
    uint64_t     saved_seq;  /* of the newest snapshot; 0: none */
    uint64_t     seen_seq;   /* last record read, held or applied */
    uint64_t     refused_seq;
    bj_cmd_t    *held; /* the journal's last group, as far as it was read */
    uint32_t     held_cnt, held_room;
    bj_cmd_t     last; /* that the engine has, as it stands in the journal; seq 0: none */
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
    free(s->held);
    free(s);
}

static void begin(bj_snapshotter_t *s, uint64_t journal_id) {
    uint64_t list[BJ_SNAP_LIST_MAX];
    size_t cnt = bj_snap_list(s->dir, list);
    for (size_t i = 0; i < cnt; i++) {
        const char *why =
            bj_snap_load(s->dir, list[i], journal_id, &s->config, s->engine, &s->info);
        s->saved_seq = why ? 0 : list[i];
        if (!why) {
            if (!bj_journal_record(s->dir, list[i], &s->last)) s->last.seq = 0;
            return;
        }
        BJ_WARN("snapshot at sequence %" PRIu64 " passed over: %s", list[i], why);
        s->engine = bj_engine_new(s->mem, &s->config);
    }
    s->info = (bj_snap_info_t){.journal_id = journal_id};
}

static void held_apply(bj_snapshotter_t *s) {
    for (uint32_t i = 0; i < s->held_cnt && !s->refused_seq; i++) {
        size_t event_cnt;
        s->last = s->held[i];
        if (!bj_engine_apply(s->engine, &s->held[i], &event_cnt)) s->refused_seq = s->held[i].seq;
        bj_snap_note(&s->info, &s->held[i]);
    }
    s->held_cnt = 0;
}

static bool held_room(bj_snapshotter_t *s) {
    if (s->held_cnt < s->held_room) return true;
    uint32_t room = s->held_room ? 2 * s->held_room : HELD_MIN;
    bj_cmd_t *held = malloc(room * sizeof *held);
    if (!held) return false;
    if (s->held_cnt) memcpy(held, s->held, s->held_cnt * sizeof *held);
    free(s->held);
    s->held = held;
    s->held_room = room;
    return true;
}

/* That the last group can be read does not say that the disk has it, and after a sync that failed
 * for the writer one of ours may well succeed.  The first record of the next group says so: the
 * writer begins it only when the sync before has come back. */
static void follow(void *ctx, const bj_cmd_t *journalled) {
    bj_snapshotter_t *s = ctx;
    if (journalled->group_idx == 0) held_apply(s);
    if (!s->refused_seq && !held_room(s)) s->refused_seq = journalled->seq;
    if (!s->refused_seq) s->held[s->held_cnt++] = *journalled;
}

static bj_status_t save_beside_blank(bj_snapshotter_t *s) {
    void *mem = aligned_alloc(BJ_LINE_BYTES, s->engine_bytes);
    if (!mem) return BJ_ERR_FULL;
    bj_engine_t *blank = bj_engine_new(mem, &s->config);
    bj_status_t status = bj_snap_save(s->dir, s->engine, blank, &s->config, &s->info);
    free(mem);
    return status;
}

static bj_status_t save(bj_snapshotter_t *s) {
    bj_status_t status = save_beside_blank(s);
    if (status != BJ_OK) return status;
    s->saved_seq = s->info.cmd_seq;
    (void)bj_snap_thin(s->dir);
    return BJ_OK;
}

/* A standby that began anew, or files that were put back, have the id of those before. */
static bool went_another_way(const bj_snapshotter_t *s) {
    bj_cmd_t cmd;
    if (!s->last.seq) return false;
    return !bj_journal_record(s->dir, s->last.seq, &cmd) ||
           memcmp(&cmd, &s->last, sizeof cmd) != 0;
}

static bj_status_t begin_if_new(bj_snapshotter_t *s) {
    uint64_t journal_id;
    bool venue;
    bj_status_t status = bj_journal_whose(s->dir, &journal_id, &venue);
    if (status != BJ_OK) return status;
    if (!bj_shape_fits(&s->config, s->dir, venue)) return BJ_ERR_CONFIG;
    if (journal_id == s->info.journal_id && !went_another_way(s)) return BJ_OK;
    s->last.seq = 0;
    s->engine = bj_engine_new(s->mem, &s->config);
    s->refused_seq = s->saved_seq = s->seen_seq = 0;
    begin(s, journal_id);
    return BJ_OK;
}

static bj_status_t catch_up(bj_snapshotter_t *s, bj_journal_report_t *report) {
    uint64_t at_seq = bj_engine_stats(s->engine).cmd_seq;
    s->held_cnt = 0; /* it is read again */
    bj_status_t status = bj_journal_scan_live(s->dir, at_seq, follow, s, report);
    s->info.cmd_seq = bj_engine_stats(s->engine).cmd_seq;
    if (status == BJ_OK) s->seen_seq = report->last_seq;
    if (status == BJ_OK && s->refused_seq) {
        BJ_ERROR("the engine did not take sequence %" PRIu64, s->refused_seq);
        status = BJ_ERR_SEQUENCE;
    }
    return status;
}

/* Reading costs a file; whether it is time, and whether there is anything new, one record each. */
static bool is_due(const bj_snapshotter_t *s, uint64_t every) {
    return bj_journal_has(s->dir, s->saved_seq + every) &&
           (!s->seen_seq || bj_journal_has(s->dir, s->seen_seq + 1));
}

bj_status_t bj_snapshotter_step(bj_snapshotter_t *s, uint64_t every, bj_snap_info_t *info,
                                bool *saved) {
    bj_journal_report_t report;
    bj_status_t status = begin_if_new(s);
    bool due = status == BJ_OK && is_due(s, every);
    if (due) status = catch_up(s, &report);
    due = due && status == BJ_OK && s->info.cmd_seq >= s->saved_seq + every;
    if (due) status = save(s);
    *saved = due && status == BJ_OK;
    *info = s->info;
    return status;
}
