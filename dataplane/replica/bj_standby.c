#include "dataplane/replica/bj_standby.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/journal/bj_journal_tail.h"
#include "dataplane/journal/bj_shape.h"
#include "dataplane/replica/bj_replica_codec.h"

/* --- a command, from the journal at start or from the primary --- */
static bj_status_t outcome_keep(bj_standby_t *standby, const bj_cmd_t *journalled,
                                bj_digest_t *digest) {
    bj_cmd_t cmd = *journalled;
    size_t event_cnt;
    const bj_event_t *events = bj_engine_apply(standby->engine, &cmd, &event_cnt);
    if (!events) return BJ_ERR_SEQUENCE;
    for (size_t i = 0; digest && i < event_cnt; i++) bj_digest_event(digest, &events[i]);
    return bj_evlog_append(standby->evlog, events, event_cnt);
}

static void replay(void *ctx, const bj_cmd_t *cmd) {
    bj_standby_t *standby = ctx;
    standby->last_check = bj_replica_cmd_check(cmd);
    if (standby->apply_failed || outcome_keep(standby, cmd, NULL) == BJ_OK) return;
    standby->apply_failed = true; /* noticed at the end: a replay cannot be broken off */
    BJ_ERROR("standby: command %lu of the journal cannot be applied", (unsigned long)cmd->seq);
}

/* --- readers of the event log --- */
/* More than there is room for: the last two become one, and wait for the later. */
static void readers_wait(bj_standby_t *standby) {
    bj_engine_stats_t stats = bj_engine_stats(standby->engine);
    if (!stats.cmd_seq) return;
    bj_waiting_add(&standby->waiting, (bj_waiting_commit_t){stats.cmd_seq, stats.event_seq});
}

static void on_told(void *ctx, uint64_t seq) {
    bj_standby_t *standby = ctx;
    bj_waiting_commit_t last = bj_waiting_take(&standby->waiting, seq);
    if (last.cmd_seq) bj_evlog_publish(standby->evlog, last.event_seq);
}

/* --- what bj_follow asks for --- */
static bool journal_open(bj_standby_t *standby, bj_journal_report_t *report) {
    bj_status_t status = bj_journal_open(standby->journal_dir, standby->durable, replay, standby,
                                         report, &standby->journal);
    if (status == BJ_OK && !standby->apply_failed) {
        readers_wait(standby);
        return true;
    }
    BJ_ERROR("journal %s: %s", standby->journal_dir, bj_status_text(status));
    return false;
}

static bj_status_t on_begin(void *ctx, uint64_t journal_id) {
    bj_standby_t *standby = ctx;
    bj_journal_report_t report;
    bj_status_t status = bj_journal_seed(standby->journal_dir, journal_id,
                                         standby->shape.venue);
    if (status != BJ_OK) return status;
    standby->evlog = bj_evlog_create(standby->evlog_dir, journal_id);
    return standby->evlog && journal_open(standby, &report) ? BJ_OK : BJ_ERR_IO;
}

static bj_status_t on_apply(void *ctx, const bj_cmd_t *cmd, bj_digest_t *digest) {
    bj_standby_t *standby = ctx;
    bj_status_t status = bj_journal_append(standby->journal, cmd);
    return status == BJ_OK ? outcome_keep(standby, cmd, digest) : status;
}

static bj_status_t on_commit(void *ctx) {
    bj_standby_t *standby = ctx;
    bj_status_t status = bj_journal_commit(standby->journal);
    if (status == BJ_OK) readers_wait(standby);
    return status;
}

static uint64_t on_state(void *ctx) { return bj_engine_hash(((bj_standby_t *)ctx)->engine); }

static bj_status_t on_epoch(void *ctx, uint64_t epoch) {
    bj_standby_t *standby = ctx;
    bj_epoch_t heard = {.epoch = epoch, .behind = standby->epoch.behind};
    bj_status_t status = bj_epoch_write(standby->data_dir, &heard);
    if (status == BJ_OK) standby->epoch = heard;
    return status;
}

static bj_status_t on_whole(void *ctx) {
    bj_standby_t *standby = ctx;
    bj_epoch_t whole = {.epoch = standby->epoch.epoch};
    bj_status_t status = standby->epoch.behind ? bj_epoch_write(standby->data_dir, &whole) : BJ_OK;
    if (status == BJ_OK) standby->epoch = whole;
    return status;
}

static void on_nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    /* Up to 256 bytes the kernel always gives whole; without them nobody may log in. */
    if (getrandom(out, out_bytes, 0) != (ssize_t)out_bytes) abort();
}

/* --- open --- */
static bool dir_of(char *path, const char *data_dir, const char *name) {
    int n = snprintf(path, BJ_STANDBY_PATH_BYTES, "%s/%s", data_dir, name);
    if (n > 0 && n < BJ_STANDBY_PATH_BYTES && (mkdir(path, 0750) == 0 || errno == EEXIST))
        return true;
    BJ_ERROR("%s/%s cannot be made: %s", data_dir, name, strerror(errno));
    return false;
}

static bool config_read(bj_standby_t *standby, const bj_config_t *config) {
    const char *durability = bj_config_str_or(config, "standby.durability", "disk");
    standby->data_dir = bj_config_str(config, "data_dir");
    standby->durable = strcmp(durability, "disk") == 0;
    if (!standby->durable && strcmp(durability, "memory") != 0) {
        BJ_ERROR("standby.durability is disk or memory, not %s", durability);
        return false;
    }
    if (!bj_shape_read(config, &standby->shape)) return false;
    (void)mkdir(standby->data_dir, 0750);
    return dir_of(standby->journal_dir, standby->data_dir, "journal") &&
           dir_of(standby->evlog_dir, standby->data_dir, "events");
}

/* A journal that is here and was never a standby's is somebody's: it is not followed over. */
static bool turn_read(bj_standby_t *standby, bool has_journal) {
    bj_status_t status = bj_epoch_read(standby->data_dir, &standby->epoch);
    if (status != BJ_OK && status != BJ_ERR_NOT_FOUND) return false;
    if (status == BJ_OK && !standby->epoch.primary) return true;
    if (status == BJ_OK || has_journal) {
        BJ_ERROR("%s is a primary's data, epoch %lu: bijli-dataplane trades from it",
                 standby->data_dir, (unsigned long)standby->epoch.epoch);
        return false;
    }
    standby->epoch = (bj_epoch_t){.epoch = 1, .behind = true};
    return bj_epoch_write(standby->data_dir, &standby->epoch) == BJ_OK;
}

static bool engine_make(bj_standby_t *standby) {
    size_t bytes = bj_engine_footprint(&standby->shape);
    bytes = (bytes + BJ_LINE_BYTES - 1) / BJ_LINE_BYTES * BJ_LINE_BYTES;
    standby->engine_mem = bytes ? aligned_alloc(BJ_LINE_BYTES, bytes) : NULL;
    if (standby->engine_mem)
        standby->engine = bj_engine_new(standby->engine_mem, &standby->shape);
    if (!standby->engine)
        BJ_ERROR("dataplane.instrument_max, account_max, order_max: not possible, or no memory");
    return standby->engine != NULL;
}

static const bj_follow_ops_t standby_ops = {on_begin, on_apply,   on_commit,
                                            on_state, on_epoch, on_nonce, on_told,
                                            on_whole};

static bool follow_make(bj_standby_t *standby, const bj_config_t *config,
                        const bj_journal_report_t *report, const bj_follow_ops_t *ops) {
    char key[BJ_COUNT(((bj_follow_config_t *)0)->key) + 1];
    bj_follow_config_t follow = {
        .durable = standby->durable, .shape = standby->shape, .journal_id = report->journal_id,
        .have_seq = report->last_seq, .have_check = standby->last_check,
        .epoch = standby->epoch.epoch,
        .silent_ns =
            BJ_NS_PER_MS * bj_config_int_or(config, "standby.silent_ms", 100, 600000, 3000),
        .ops = *ops, .ctx = standby};
    bj_config_secret(config, "standby.key_file", key, sizeof key);
    follow.key_bytes = strlen(key);
    memcpy(follow.key, key, follow.key_bytes);
    memset(key, 0, sizeof key);
    standby->follow = bj_follow_new(&follow);
    return standby->follow != NULL;
}

bool bj_standby_open(bj_standby_t *standby, const bj_config_t *config) {
    bj_journal_report_t report = {0};
    memset(standby, 0, sizeof *standby);
    if (!config_read(standby, config)) return false;
    bj_status_t status = bj_journal_scan(standby->journal_dir, NULL, NULL, &report);
    if (status != BJ_OK) {
        BJ_ERROR("journal %s: %s", standby->journal_dir, bj_status_text(status));
        return false;
    }
    bool has_journal = report.journal_id != 0;
    if (has_journal && !bj_shape_fits(&standby->shape, standby->journal_dir, report.venue))
        return false;
    if (!turn_read(standby, has_journal) || !engine_make(standby)) return false;
    if (has_journal) {
        uint64_t whole_seq = bj_evlog_whole(standby->evlog_dir, report.journal_id, UINT64_MAX);
        standby->evlog =
            bj_evlog_resume(standby->evlog_dir, report.journal_id, whole_seq, 0);
        if (!standby->evlog || !journal_open(standby, &report)) return false;
    }
    return follow_make(standby, config, &report, &standby_ops);
}

/* --- to fence one that comes back --- */
static bj_status_t refuse_journal(void *ctx, uint64_t journal_id) {
    (void)ctx, (void)journal_id;
    return BJ_ERR_DENIED;
}
static bj_status_t refuse_command(void *ctx, const bj_cmd_t *cmd, bj_digest_t *digest) {
    (void)ctx, (void)cmd, (void)digest;
    return BJ_ERR_DENIED;
}
static bj_status_t commit_nothing(void *ctx) {
    (void)ctx;
    return BJ_OK;
}
/* Whoever we wanted to fence has taken over from us. */
static bj_status_t refuse_epoch(void *ctx, uint64_t epoch) {
    (void)ctx;
    BJ_ERROR("standby: the other has epoch %lu, later than ours", (unsigned long)epoch);
    return BJ_ERR_DENIED;
}

bool bj_standby_open_fence(bj_standby_t *standby, const bj_config_t *config) {
    static const bj_follow_ops_t ops = {refuse_journal, refuse_command, commit_nothing,
                                        on_state,       refuse_epoch,   on_nonce,       NULL,
                                        NULL};
    bj_journal_report_t report = {0};
    memset(standby, 0, sizeof *standby);
    if (!config_read(standby, config)) return false;
    /* Nothing of the journal is claimed, the other may have less than we have by now; and it is not
     * read, for a dataplane may be writing it. */
    bool ours = bj_epoch_read(standby->data_dir, &standby->epoch) == BJ_OK &&
                standby->epoch.primary &&
                bj_journal_id(standby->journal_dir, &report.journal_id) == BJ_OK;
    if (!ours) BJ_ERROR("%s has not taken over from anybody", standby->data_dir);
    return ours && follow_make(standby, config, &report, &ops);
}

void bj_standby_close(bj_standby_t *standby) {
    bj_follow_free(standby->follow);
    if (standby->evlog) bj_evlog_close(standby->evlog);
    bj_journal_close(standby->journal);
    free(standby->engine_mem);
    *standby = (bj_standby_t){0};
}

/* --- take over --- */
const char *bj_standby_lacks(const bj_standby_t *standby) {
    bj_follow_status_t status = bj_follow_status(standby->follow);
    if (!status.journal_id) return "it has no journal yet";
    if (status.state == BJ_FOLLOW_STOPPED) return "it stopped on an error or a difference";
    if (standby->epoch.behind && status.state != BJ_FOLLOW_FENCED)
        return "it has not yet had all that a primary acknowledged";
    if (status.have_seq < status.acknowledged_seq)
        return "the primary acknowledged commands that are not here";
    return NULL;
}

bj_status_t bj_standby_take_over(bj_standby_t *standby, uint64_t epoch) {
    bj_status_t status = standby->journal ? on_commit(standby) : BJ_OK;
    if (status != BJ_OK) return BJ_ERR_CORRUPT; /* a journal that was refused once is not written */
    bj_epoch_t ours = {.epoch = epoch, .primary = true};
    status = bj_epoch_write(standby->data_dir, &ours);
    if (status == BJ_OK) {
        standby->epoch = ours;
        return BJ_OK;
    }
    /* The file may have its new name, and not be on the disk. */
    bool taken_back = bj_epoch_write(standby->data_dir, &standby->epoch) == BJ_OK;
    return taken_back ? status : BJ_ERR_CORRUPT;
}
