#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/journal/bijli_journal.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/journal/bj_shape.h"
#include "dataplane/journal/bj_snapshotter.h"
#include "dataplane/market/bj_evlog.h"

enum { PATH_BYTES = 512 };

/* Files go only when two snapshots cover them, and the events of the older one, which nothing could
 * make again then, are on the disk. */
static bj_status_t prune(const char *dir, const char *events_dir) {
    bj_snap_info_t info;
    uint64_t kept_seq = bj_snap_thin(dir);
    if (!kept_seq) return BJ_OK;
    const char *why = bj_snap_look(dir, kept_seq, &info);
    if (why) {
        BJ_WARN("snapshot at command %" PRIu64 ": %s; no file is taken away", kept_seq, why);
        return BJ_OK;
    }
    if (bj_evlog_whole(events_dir, info.journal_id, info.event_seq) != info.event_seq) {
        BJ_WARN("event log %s is not whole up to event %" PRIu64 "; no file is taken away",
                events_dir, info.event_seq);
        return BJ_OK;
    }
    bj_status_t status = bj_evlog_sync(events_dir, info.event_seq);
    if (status == BJ_OK) (void)bj_journal_prune(dir, kept_seq);
    return status;
}

int bj_snapshot_once(const char *dir, const bj_engine_config_t *config,
                     const bj_snapshot_asked_t *asked) {
    bj_snap_info_t info;
    bool saved;
    if (asked->prune && !asked->events_dir) {
        fputs("bijli-journal: --prune needs --events DIR: events of pruned files come from there\n",
              stderr);
        return 2;
    }
    bj_snapshotter_t *s = bj_snapshotter_new(dir, config);
    bj_status_t status = s ? bj_snapshotter_step(s, 1, &info, &saved) : BJ_ERR_CONFIG;
    if (status == BJ_OK && asked->prune) status = prune(dir, asked->events_dir);
    bj_snapshotter_free(s);
    if (status != BJ_OK) {
        fprintf(stderr, "bijli-journal: %s: %s\n", dir,
                !s ? "an engine of this shape is not possible here" : bj_status_text(status));
        return 1;
    }
    printf("snapshot %" PRIu64 " events %" PRIu64 " %s\n", info.cmd_seq, info.event_seq,
           saved ? "made" : "was there");
    return 0;
}

/* --- following */

typedef struct follower {
    char     dir[PATH_BYTES], events_dir[PATH_BYTES];
    bool     prune;
    uint64_t every;
    bj_snapshotter_t *snapshotter;
    _Atomic bool     stop;
    _Atomic uint64_t cmd_seq, saved_cnt, error_cnt;
} follower_t;

/* Another journal, a disk that is full: said once each time it begins. */
static void turn(follower_t *f, bj_status_t *before) {
    bj_snap_info_t info;
    bool saved = false;
    bj_status_t status = bj_snapshotter_step(f->snapshotter, f->every, &info, &saved);
    if (status == BJ_ERR_NOT_FOUND) status = BJ_OK; /* no journal yet */
    else if (status == BJ_OK) atomic_store(&f->cmd_seq, info.cmd_seq);
    if (saved) {
        atomic_fetch_add(&f->saved_cnt, 1);
        BJ_INFO("snapshot at command %" PRIu64 ", event %" PRIu64, info.cmd_seq, info.event_seq);
        if (f->prune) status = prune(f->dir, f->events_dir);
    }
    if (status != BJ_OK && status != *before) BJ_ERROR("no snapshot: %s", bj_status_text(status));
    atomic_store(&f->error_cnt, status == BJ_OK ? 0 : atomic_load(&f->error_cnt) + 1);
    *before = status;
}

static void *follow_main(void *arg) {
    follower_t *f = (follower_t *)arg;
    bj_status_t before = BJ_OK;
    while (!atomic_load(&f->stop)) {
        if (f->every) turn(f, &before);
        for (int i = 0; i < 10 && !atomic_load(&f->stop); i++)
            nanosleep(&(struct timespec){.tv_nsec = 100 * BJ_NS_PER_MS}, NULL);
    }
    return NULL;
}

static void say(follower_t *f, const char *run_dir) {
    bool bad = atomic_load(&f->error_cnt) > 0;
    bj_health_t health = {.state = bad ? BJ_HEALTH_DEGRADED : BJ_HEALTH_UP};
    snprintf(health.text, sizeof health.text, "%s",
             bad        ? "no snapshot can be made: see the log; trading does not need one"
             : f->every ? "follows the journal"
                        : "snapshots are off: dataplane.snapshot_every is 0");
    bj_health_figure(&health, "cmd_seq", (int64_t)atomic_load(&f->cmd_seq));
    bj_health_figure(&health, "snapshots", (int64_t)atomic_load(&f->saved_cnt));
    bj_health_figure(&health, "every", (int64_t)f->every);
    if (!bj_health_write(run_dir, "snapshot", &health)) BJ_WARN("health file not written");
}

/* A standby reads from where it is, and at its own start from the first file on: it would need what
 * was taken away. */
static bool may_prune(const bj_config_t *config) {
    bool standby = bj_config_int_or(config, "dataplane.replica.port", 0, UINT16_MAX, 0) != 0 ||
                   *bj_config_str_or(config, "standby.host", "");
    if (!bj_config_bool_or(config, "dataplane.journal_prune", false)) return false;
    if (standby) BJ_WARN("dataplane.journal_prune: no file is taken away while the configuration"
                         " has a standby");
    return !standby;
}

static bool set_up(follower_t *f, const bj_config_t *config) {
    const char *data_dir = bj_config_str(config, "data_dir");
    bj_engine_config_t shape;
    if (!bj_shape_read(config, &shape)) return false;
    f->every = (uint64_t)bj_config_int_or(config, "dataplane.snapshot_every", 0, INT64_MAX, 0);
    f->prune = may_prune(config);
    int n = snprintf(f->dir, sizeof f->dir, "%s/journal", data_dir);
    int m = snprintf(f->events_dir, sizeof f->events_dir, "%s/events", data_dir);
    bool fits = n < PATH_BYTES && m < PATH_BYTES;
    if (fits && f->every) f->snapshotter = bj_snapshotter_new(f->dir, &shape);
    if (fits && (!f->every || f->snapshotter)) return true;
    BJ_ERROR("dataplane.instrument_max, account_max, order_max, data_dir: not possible here");
    return false;
}

/* The dataplane's files are the only thing that it reads, and where somebody might come in by. */
static bool confine(const follower_t *f, const bj_config_t *config) {
    const bj_sandbox_rule_t touches[] = {{f->dir, BJ_MAY_WRITE}, {f->events_dir, BJ_MAY_READ}};
    return bj_sandbox_files(config, "snapshot", touches, BJ_COUNT(touches)) &&
           bj_sandbox_only(NULL, 0);
}

int bj_snapshot_follow(const char *config_file) {
    static follower_t follower;
    pthread_t thread;
    sigset_t set;
    bj_log_init("snapshot", BJ_LOG_INFO);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    bj_config_t *config = bj_config_load(config_file);
    const char *run_dir = bj_config_str(config, "run_dir");
    if (!set_up(&follower, config)) return 2;
    if (!confine(&follower, config)) return 1;
    if (pthread_create(&thread, NULL, follow_main, &follower) != 0) return 1;
    do say(&follower, run_dir);
    while (sigtimedwait(&set, NULL, &(struct timespec){.tv_sec = 1}) < 0);
    atomic_store(&follower.stop, true);
    pthread_join(thread, NULL);
    bj_snapshotter_free(follower.snapshotter);
    bj_config_free(config);
    return 0;
}
