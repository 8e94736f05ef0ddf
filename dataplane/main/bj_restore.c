#include "dataplane/main/bj_restore.h"

#include <inttypes.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/journal/bj_shape.h"

/* --- the snapshot */

static const char *snap_try(bj_restore_t *r, uint64_t cmd_seq, uint64_t journal_id) {
    const char *why = bj_snap_look(r->journal_dir, cmd_seq, &r->info);
    if (why) return why;
    if (r->info.journal_id == journal_id && r->info.event_seq > r->whole_seq)
        return "the event log is not whole up to it";
    return bj_snap_load(r->journal_dir, cmd_seq, journal_id, &r->config, r->engine, &r->info);
}

static void snap_choose(bj_restore_t *r, uint64_t journal_id) {
    uint64_t list[BJ_SNAP_LIST_MAX];
    size_t cnt = bj_snap_list(r->journal_dir, list);
    for (size_t i = 0; i < cnt; i++) {
        const char *why = snap_try(r, list[i], journal_id);
        if (!why) {
            r->snap_seq = r->info.cmd_seq;
            r->snap_event_seq = r->info.event_seq;
            BJ_INFO("snapshot at command %" PRIu64 ", event %" PRIu64 " taken", r->snap_seq,
                    r->snap_event_seq);
            return;
        }
        BJ_WARN("snapshot at command %" PRIu64 " passed over: %s", list[i], why);
        r->engine = bj_engine_new(r->engine_mem, &r->config);
    }
    r->info = (bj_snap_info_t){0};
}

/* --- the event log */

static bool events_keep(bj_restore_t *r) {
    bj_evlog_reader_t *reader = bj_evlog_open(r->evlog_dir);
    uint64_t seq = 0;
    size_t cnt;
    const bj_event_t *events;
    while (reader && (events = bj_evlog_look(reader, seq + 1, r->snap_event_seq, &cnt))) {
        r->events(r->ctx, events, cnt);
        seq += cnt;
    }
    bj_evlog_reader_close(reader);
    if (seq == r->snap_event_seq) return true;
    BJ_ERROR("event log %s: it could be read up to %" PRIu64 " only", r->evlog_dir, seq);
    return false;
}

static bool evlog_begin(bj_restore_t *r, uint64_t journal_id) {
    r->evlog = bj_evlog_resume(r->evlog_dir, journal_id, r->whole_seq, r->snap_event_seq);
    if (!r->evlog) BJ_ERROR("the event log cannot be written in %s", r->evlog_dir);
    return r->evlog && events_keep(r);
}

/* --- the journal */

static void replay(void *ctx, const bj_cmd_t *journalled) {
    bj_restore_t *r = (bj_restore_t *)ctx;
    bj_cmd_t cmd = *journalled;
    size_t event_cnt;
    const bj_event_t *events = bj_engine_apply(r->engine, &cmd, &event_cnt);
    if (!events && !r->refused_seq) r->refused_seq = journalled->seq;
    r->cmd_cnt++;
    r->event_cnt += event_cnt;
    bj_snap_note(&r->info, &cmd);
    r->events(r->ctx, events, event_cnt);
    bj_event_lane_put(&r->lane, events, event_cnt);
}

static bool refused(const bj_restore_t *r, bj_status_t status) {
    BJ_ERROR("journal %s: %s; nothing was changed, nothing is started", r->journal_dir,
             bj_status_text(status));
    return false;
}

/* A journal that is there is read twice: before its events replace others, it must be a good
 * one. */
static bool journal_check(bj_restore_t *r, uint64_t *journal_id) {
    bj_journal_report_t report;
    *journal_id = 0;
    bool venue;
    bj_status_t status = bj_journal_whose(r->journal_dir, journal_id, &venue);
    if (status == BJ_ERR_NOT_FOUND) return true;
    if (status != BJ_OK) return refused(r, status);
    if (!bj_shape_fits(&r->config, r->journal_dir, venue)) return refused(r, BJ_ERR_CONFIG);
    r->whole_seq = bj_evlog_whole(r->evlog_dir, *journal_id, UINT64_MAX);
    snap_choose(r, *journal_id);
    status = bj_journal_scan_after(r->journal_dir, r->snap_seq, NULL, NULL, &report);
    return status == BJ_OK || refused(r, status);
}

static bool end_ok(const bj_restore_t *r, const bj_journal_report_t *report) {
    bj_engine_stats_t stats = bj_engine_stats(r->engine);
    if (stats.cmd_seq == report->last_seq && !r->refused_seq) return true;
    BJ_ERROR("the journal ends at %" PRIu64 " but the engine is at %" PRIu64, report->last_seq,
             stats.cmd_seq);
    return false;
}

/* A journal that was not there has no events, and gets its number here. */
static bool journal_make(bj_restore_t *r, bj_journal_report_t *report) {
    bj_status_t status = bj_journal_create(r->journal_dir, r->durable, r->config.venue, report,
                                           &r->journal);
    return status == BJ_OK ? evlog_begin(r, report->journal_id) : refused(r, status);
}

static bool journal_replay(bj_restore_t *r, uint64_t journal_id, bj_journal_report_t *report) {
    if (!evlog_begin(r, journal_id)) return false;
    if (!bj_event_lane_begin(&r->lane, r->evlog)) return refused(r, BJ_ERR_FULL);
    bj_status_t status = bj_journal_open_after(r->journal_dir, r->durable, r->snap_seq, replay, r,
                                               report, &r->journal);
    bj_status_t written = bj_event_lane_end(&r->lane);
    if (written != BJ_OK) BJ_ERROR("the event log cannot be written");
    if (status != BJ_OK) return refused(r, status);
    return written == BJ_OK && end_ok(r, report);
}

bool bj_restore_run(bj_restore_t *r) {
    bj_journal_report_t report = {0};
    uint64_t journal_id;
    if (!journal_check(r, &journal_id)) return false;
    bool ok = journal_id ? journal_replay(r, journal_id, &report) : journal_make(r, &report);
    if (!ok) return false;
    r->torn_bytes = report.torn_bytes;
    r->info.journal_id = report.journal_id;
    return true;
}
