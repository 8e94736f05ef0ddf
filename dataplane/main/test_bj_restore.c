/* Goal: whatever is left of snapshots and event log, a restart comes to the state of the journal;
 * events are told from the first on, each once; a reader who goes on by sequence never skips one
 * and never has one twice; what cannot be is refused, and nothing is changed. */
#include "dataplane/main/bj_restore.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_journal_priv.h"
#include "dataplane/journal/bj_snapshotter.h"
#include "dataplane/journal/test_journal_flow.h"

enum { EVENTS_MAX = 60000, ROUNDS = 40, PER_FILE = 200 };
enum { FILE_BYTES = BJ_JOURNAL_HEADER_BYTES + PER_FILE * (int)sizeof(bj_cmd_t) };

static char root[] = "/tmp/bj_restore_XXXXXX";
static char journal_dir[300], evlog_dir[300];

typedef struct bed {
    /* what there should be */
    void        *mem;
    bj_engine_t *engine;
    bj_event_t  *event;
    uint64_t     cmd_cnt, event_cnt;
    bj_snap_info_t info;
    /* what a restart says */
    void        *again_mem;
    bj_restore_t r;
    uint64_t     told_seq;
    /* the reader in another process: up to where he is */
    uint64_t     read_seq;
    uint64_t     shown_seq; /* published by the run before */
} bed_t;

/* --- the world: an engine that is never restarted */

static void bed_begin(bed_t *bed) {
    static unsigned no;
    (void)snprintf(journal_dir, sizeof journal_dir, "%s/%u-journal", root, no);
    (void)snprintf(evlog_dir, sizeof evlog_dir, "%s/%u-events", root, no++);
    size_t bytes = bj_engine_footprint(&flow_config);
    *bed = (bed_t){.mem = aligned_alloc(64, bytes), .again_mem = aligned_alloc(64, bytes),
                   .event = calloc(EVENTS_MAX, sizeof(bj_event_t))};
    bed->engine = bj_engine_new(bed->mem, &flow_config);
}

static void bed_end(bed_t *bed) {
    free(bed->mem);
    free(bed->again_mem);
    free(bed->event);
}

static const bj_event_t *world_live(bed_t *bed, bj_cmd_t *cmd, size_t *cnt) {
    const bj_event_t *events = bj_engine_apply(bed->engine, cmd, cnt);
    BJ_CHECK(bed->event_cnt + *cnt <= EVENTS_MAX);
    memcpy(&bed->event[bed->event_cnt], events, *cnt * sizeof *events);
    bed->event_cnt += *cnt;
    return events;
}

static bool is_event(const bed_t *bed, const bj_event_t *event, uint64_t seq) {
    return seq <= bed->event_cnt &&
           memcmp(event, &bed->event[seq - 1], offsetof(bj_event_t, check)) == 0;
}

/* --- a restart, and what it does until it ends */

static void told(void *ctx, const bj_event_t *events, size_t event_cnt) {
    bed_t *bed = ctx;
    for (size_t i = 0; i < event_cnt; i++)
        BJ_CHECK(is_event(bed, &events[i], ++bed->told_seq));
}

static bool restart(bed_t *bed) {
    bed->told_seq = 0;
    bed->r = (bj_restore_t){.journal_dir = journal_dir, .evlog_dir = evlog_dir,
                            .engine_mem = bed->again_mem, .config = flow_config,
                            .engine = bj_engine_new(bed->again_mem, &flow_config),
                            .events = told, .ctx = bed};
    return bj_restore_run(&bed->r);
}

static void stop(bed_t *bed) {
    bj_journal_close(bed->r.journal);
    bj_evlog_close(bed->r.evlog);
}

/* Until it is said so, nobody is shown more than the run before showed: a standby may have to have
 * it first. */
static void nothing_new_shown(const bed_t *bed) {
    bj_evlog_reader_t *reader = bj_evlog_open(evlog_dir);
    BJ_CHECK(reader && bj_evlog_published(reader) <= bed->shown_seq);
    bj_evlog_reader_close(reader);
}

static void show(bed_t *bed, uint64_t seq) {
    bj_evlog_publish(bed->r.evlog, seq);
    bed->shown_seq = seq;
}

static void reader_goes_on(bed_t *bed) {
    bj_event_t got[64];
    size_t cnt = 1;
    bj_evlog_reader_t *reader = bj_evlog_open(evlog_dir);
    while (reader && cnt) {
        BJ_CHECK(bj_evlog_read(reader, bed->read_seq + 1, got, BJ_COUNT(got), &cnt) == BJ_OK);
        for (size_t i = 0; i < cnt; i++) BJ_CHECK(is_event(bed, &got[i], ++bed->read_seq));
    }
    bj_evlog_reader_close(reader);
}

/* Commands that become durable and are published; then, if torn, events that never are. */
static void trade(bed_t *bed, uint32_t cmd_cnt, bool torn) {
    for (uint32_t i = 0; i < cmd_cnt; i++) {
        size_t cnt;
        bj_cmd_t cmd = some_command(bed->cmd_cnt++);
        const bj_event_t *events = world_live(bed, &cmd, &cnt);
        bj_snap_note(&bed->info, &cmd);
        BJ_CHECK(bj_evlog_append(bed->r.evlog, events, cnt) == BJ_OK);
        BJ_CHECK(bj_journal_append(bed->r.journal, &cmd) == BJ_OK);
    }
    BJ_CHECK(bj_journal_commit(bed->r.journal) == BJ_OK);
    if (any(4)) show(bed, bed->event_cnt);
    for (uint64_t i = 1; torn && i < 4; i++) {
        bj_event_t never = {.seq = bed->event_cnt + i, .qty = 1234};
        BJ_CHECK(bj_evlog_append(bed->r.evlog, &never, 1) == BJ_OK);
    }
}

static void same(const bed_t *bed) {
    bj_engine_stats_t stats = bj_engine_stats(bed->r.engine);
    BJ_CHECK(stats.cmd_seq == bed->cmd_cnt && stats.event_seq == bed->event_cnt);
    BJ_CHECK(bj_engine_hash(bed->r.engine) == bj_engine_hash(bed->engine));
    BJ_CHECK(bed->told_seq == bed->event_cnt);
    BJ_CHECK(bed->r.snap_seq + bed->r.cmd_cnt == bed->cmd_cnt);
    BJ_CHECK(bed->r.info.last_time_ns == bed->info.last_time_ns);
    BJ_CHECK(memcmp(bed->r.info.internal_ns, bed->info.internal_ns,
                    sizeof bed->info.internal_ns) == 0);
}

/* --- what may happen to files between two runs */

static uint64_t snapshot(void) {
    bj_snap_info_t info = {0};
    bool saved;
    bj_snapshotter_t *s = bj_snapshotter_new(journal_dir, &flow_config);
    BJ_CHECK(bj_snapshotter_step(s, 1, &info, &saved) == BJ_OK);
    bj_snapshotter_free(s);
    return info.cmd_seq;
}

static void file_break(const char *file, off_t at) {
    uint8_t byte = 0;
    int fd = open(file, O_RDWR | O_CLOEXEC);
    BJ_CHECK(pread(fd, &byte, 1, at) == 1);
    byte ^= 16;
    BJ_CHECK(pwrite(fd, &byte, 1, at) == 1 && close(fd) == 0);
}

static void events_break(uint64_t seq) {
    char file[320];
    (void)snprintf(file, sizeof file, "%s/events-000001", evlog_dir);
    file_break(file, (off_t)((seq - 1) * sizeof(bj_event_t) + 9));
}

static void newest_snapshot_break(void) {
    uint64_t list[BJ_SNAP_LIST_MAX];
    char path[BJ_JOURNAL_PATH_BYTES];
    if (bj_snap_list(journal_dir, list) && snprintf(path, sizeof path, "%s/snapshot-%020lu.bjs",
                                                    journal_dir, list[0]) > 0)
        file_break(path, 300);
}

static void events_remove(void) {
    char line[330];
    (void)snprintf(line, sizeof line, "rm -rf %s", evlog_dir);
    BJ_CHECK(system(line) == 0);
}

/* --- the cases */

static void test_whatever_is_left(void) {
    bed_t bed;
    unsigned from_snapshot = 0;
    bed_begin(&bed);
    for (int round = 0; round < ROUNDS; round++) {
        BJ_CHECK(restart(&bed));
        same(&bed);
        nothing_new_shown(&bed);
        reader_goes_on(&bed);
        show(&bed, bed.event_cnt);
        from_snapshot += bed.r.snap_seq > 0;
        reader_goes_on(&bed);
        trade(&bed, any(200), false);
        if (any(2)) reader_goes_on(&bed);
        if (any(2) && bed.cmd_cnt) (void)snapshot();
        trade(&bed, any(2) * any(200), any(2));
        stop(&bed);
        switch (any(8)) {
        case 0: newest_snapshot_break(); break;
        case 1: if (bed.event_cnt) events_break(1 + any((uint32_t)bed.event_cnt)); break;
        case 2: events_remove(); break;
        default: break;
        }
    }
    BJ_CHECK(restart(&bed));
    same(&bed);
    show(&bed, bed.event_cnt);
    reader_goes_on(&bed);
    BJ_CHECK(bed.read_seq == bed.event_cnt && from_snapshot > ROUNDS / 4);
    BJ_CHECK(bed.info.internal_ns[BJ_CMD_PHASE] > 0);
    stop(&bed);
    bed_end(&bed);
}

/* In files of PER_FILE commands, so that some can go. */
static uint64_t long_journal(bed_t *bed) {
    bj_journal_report_t report;
    bj_journal_how_t how = {false, 0, FILE_BYTES, &bj_journal_disk, false, false};
    bed_begin(bed);
    BJ_CHECK(bj_journal_open_how(journal_dir, &how, NULL, NULL, &report, &bed->r.journal) ==
             BJ_OK);
    bed->r.evlog = bj_evlog_create(evlog_dir, report.journal_id);
    trade(bed, 5 * PER_FILE + 20, false);
    uint64_t at = snapshot();
    trade(bed, PER_FILE, false);
    stop(bed);
    return at;
}

static void test_pruned(void) {
    bed_t bed;
    uint64_t at = long_journal(&bed);
    BJ_CHECK(bj_journal_prune(journal_dir, at) == 5);
    BJ_CHECK(restart(&bed) && bed.r.snap_seq == at);
    same(&bed);
    reader_goes_on(&bed);
    trade(&bed, 50, true);
    stop(&bed);
    newest_snapshot_break(); /* now nothing says what was before */
    uint64_t event_cnt = bed.event_cnt;
    BJ_CHECK(!restart(&bed));
    stop(&bed);
    newest_snapshot_break(); /* whole again: nothing was changed */
    BJ_CHECK(restart(&bed) && bed.event_cnt == event_cnt);
    same(&bed);
    show(&bed, bed.event_cnt);
    reader_goes_on(&bed);
    BJ_CHECK(bed.read_seq == bed.event_cnt);
    stop(&bed);
    events_break(3);
    BJ_CHECK(!restart(&bed));
    stop(&bed);
    bed_end(&bed);
}

/* A journal that is refused leaves the event log to whoever must look into it. */
static void test_bad_journal(void) {
    bed_t bed;
    char path[BJ_JOURNAL_PATH_BYTES];
    (void)long_journal(&bed);
    bj_evlog_reader_t *reader = bj_evlog_open(evlog_dir);
    BJ_CHECK(bj_journal_path(path, journal_dir, 6));
    file_break(path, BJ_JOURNAL_HEADER_BYTES + 5 * (off_t)sizeof(bj_cmd_t) + 9);
    BJ_CHECK(!restart(&bed) && !bed.r.journal && !bed.r.evlog);
    BJ_CHECK(!bj_evlog_replaced(reader) && bj_evlog_published(reader) == bed.shown_seq);
    bj_evlog_reader_close(reader);
    file_break(path, BJ_JOURNAL_HEADER_BYTES + 5 * (off_t)sizeof(bj_cmd_t) + 9);
    BJ_CHECK(restart(&bed));
    same(&bed);
    stop(&bed);
    bed_end(&bed);
}

/* The replay goes to its end, and then says no. */
static void test_events_cannot_be_written(void) {
    bed_t bed;
    char line[330];
    (void)long_journal(&bed);
    events_remove();
    (void)snprintf(line, sizeof line, "mkdir -p %s/events-000001", evlog_dir); /* in the way */
    BJ_CHECK(system(line) == 0);
    BJ_CHECK(!restart(&bed) && bed.r.cmd_cnt == bed.cmd_cnt);
    stop(&bed);
    events_remove();
    BJ_CHECK(restart(&bed));
    same(&bed);
    stop(&bed);
    bed_end(&bed);
}

/* A snapshot that knows more than its journal: acknowledged commands are gone. */
static void test_journal_behind_its_snapshot(void) {
    bed_t bed;
    char path[BJ_JOURNAL_PATH_BYTES];
    (void)long_journal(&bed);
    (void)snapshot();
    for (uint32_t no = 5; no <= 7; no++) {
        if (bj_journal_path(path, journal_dir, no)) (void)unlink(path);
    }
    BJ_CHECK(!restart(&bed) && !bed.r.journal);
    stop(&bed);
    bed_end(&bed);
}

/* A journal stays with the venue that it began with. */
static void test_venue(void) {
    bed_t bed;
    bj_engine_config_t other = flow_config;
    other.venue = true;
    bed_begin(&bed);
    size_t bytes = (bj_engine_footprint(&other) + 63) / 64 * 64;
    void *mem = aligned_alloc(64, bytes);
    for (int i = 0; i < 2; i++) { /* made, then gone on with */
        bed.r = (bj_restore_t){.journal_dir = journal_dir, .evlog_dir = evlog_dir,
                               .engine_mem = mem, .config = other,
                               .engine = bj_engine_new(mem, &other), .events = told, .ctx = &bed};
        BJ_CHECK(bj_restore_run(&bed.r));
        stop(&bed);
    }
    BJ_CHECK(!restart(&bed) && !bed.r.journal && !bed.r.evlog);
    bed_end(&bed);
    free(mem);
    bed_begin(&bed);
    BJ_CHECK(restart(&bed));
    stop(&bed);
    bed.r = (bj_restore_t){.journal_dir = journal_dir, .evlog_dir = evlog_dir, .config = other};
    BJ_CHECK(!bj_restore_run(&bed.r) && !bed.r.journal);
    bed_end(&bed);
}

int main(void) {
    char line[64];
    if (!mkdtemp(root)) return 1;
    bj_log_init("test", BJ_LOG_ERROR + 1);
    test_whatever_is_left();
    test_pruned();
    test_bad_journal();
    test_events_cannot_be_written();
    test_journal_behind_its_snapshot();
    test_venue();
    (void)snprintf(line, sizeof line, "rm -rf %s", root);
    BJ_CHECK(system(line) == 0);
    return bj_test_end("test_bj_restore");
}
