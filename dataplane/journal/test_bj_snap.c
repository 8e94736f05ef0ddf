/* Goal: a snapshot and the rest of the journal are the whole journal, wherever the snapshot was
 * made; one that is torn, broken, of another journal or shape is refused by name and passed over;
 * files before it may go; a disk that refuses leaves what was there. */
#include "dataplane/journal/bj_snap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_snap_priv.h"
#include "dataplane/journal/bj_snapshotter.h"
#include "dataplane/journal/test_journal_flow.h"

enum { PER_FILE = 100, FILE_BYTES = BJ_JOURNAL_HEADER_BYTES + PER_FILE * (int)sizeof(bj_cmd_t) };

static char root[] = "/tmp/bj_snap_XXXXXX";
static char dir[BJ_JOURNAL_PATH_BYTES];

typedef struct life {
    void        *mem;
    bj_engine_t *engine;
    uint64_t     cmd_cnt; /* applied here, a snapshot's apart */
} life_t;

static life_t life_new(void) {
    life_t life = {.mem = aligned_alloc(64, bj_engine_footprint(&flow_config))};
    life.engine = bj_engine_new(life.mem, &flow_config);
    return life;
}

static void live(void *ctx, const bj_cmd_t *cmd) {
    life_t *life = ctx;
    bj_cmd_t copy = *cmd;
    size_t cnt;
    BJ_CHECK(bj_engine_apply(life->engine, &copy, &cnt) && cnt);
    life->cmd_cnt++;
}

/* --- a journal that is being written */

typedef struct writer {
    bj_journal_t *journal;
    life_t   life;
    uint64_t k, journal_id;
    uint64_t proven_hash; /* of the state before the last command, a group of its own */
} writer_t;

static void writer_open(writer_t *w) {
    static unsigned no;
    bj_journal_report_t report;
    bj_journal_how_t how = {true, 0, FILE_BYTES, &bj_journal_disk, false, false};
    (void)snprintf(dir, sizeof dir, "%s/%u", root, no++);
    *w = (writer_t){.life = life_new()};
    BJ_CHECK(bj_journal_open_how(dir, &how, NULL, NULL, &report, &w->journal) == BJ_OK);
    w->journal_id = report.journal_id;
}

static void writer_group(writer_t *w, uint64_t cnt) {
    for (uint64_t end = w->k + cnt; w->k < end; w->k++) {
        bj_cmd_t cmd = some_command(w->k);
        cmd.seq = w->k + 1;
        live(&w->life, &cmd);
        BJ_CHECK(bj_journal_append(w->journal, &cmd) == BJ_OK);
    }
    BJ_CHECK(bj_journal_commit(w->journal) == BJ_OK);
}

/* The last command is a group of its own: a snapshot has all but that one. */
static void writer_go(writer_t *w, uint64_t cnt) {
    if (!cnt) return;
    writer_group(w, cnt - 1);
    w->proven_hash = bj_engine_hash(w->life.engine);
    writer_group(w, 1);
}

static void writer_close(writer_t *w) {
    bj_journal_close(w->journal);
    free(w->life.mem);
}

/* The snapshot, and the rest of the journal: the writer's state. */
static void same_from(const writer_t *w, uint64_t cmd_seq) {
    life_t again = life_new();
    bj_snap_info_t info;
    bj_journal_report_t report;
    const char *why =
        bj_snap_load(dir, cmd_seq, w->journal_id, &flow_config, again.engine, &info);
    BJ_CHECK(!why && info.cmd_seq == cmd_seq);
    BJ_CHECK(info.last_time_ns == (int64_t)(cmd_seq - 1) * 1000000);
    BJ_CHECK(bj_journal_scan_live(dir, cmd_seq, live, &again, &report) == BJ_OK);
    BJ_CHECK(again.cmd_cnt == w->k - cmd_seq && report.last_seq == w->k);
    BJ_CHECK(bj_engine_hash(again.engine) == bj_engine_hash(w->life.engine));
    free(again.mem);
}

static bj_snap_info_t make(bj_snapshotter_t *s, bool want_saved) {
    bj_snap_info_t info = {0};
    bool saved;
    BJ_CHECK(bj_snapshotter_step(s, 1, &info, &saved) == BJ_OK && saved == want_saved);
    return info;
}

/* --- the cases */

/* One snapshotter lives on, one is new each time and begins with the newest file. */
static void test_everywhere(void) {
    writer_t w;
    writer_open(&w);
    bj_snapshotter_t *stays = bj_snapshotter_new(dir, &flow_config);
    for (int round = 0; round < 60; round++) {
        writer_go(&w, 2 + any(120));
        bj_snapshotter_t *s = round % 2 ? bj_snapshotter_new(dir, &flow_config) : stays;
        bj_snap_info_t info = make(s, true);
        BJ_CHECK(info.cmd_seq == w.k - 1 && info.journal_id == w.journal_id);
        BJ_CHECK(info.state_hash == w.proven_hash);
        (void)make(s, false); /* nothing is new */
        if (s != stays) bj_snapshotter_free(s);
        writer_go(&w, any(150));
        uint64_t list[BJ_SNAP_LIST_MAX];
        size_t cnt = bj_snap_list(dir, list);
        BJ_CHECK(cnt == (round ? BJ_SNAP_KEPT : 1) && list[0] == info.cmd_seq);
        for (size_t i = 0; i < cnt; i++) same_from(&w, list[i]);
    }
    BJ_CHECK(bj_engine_stats(w.life.engine).match_cnt > 100);
    bj_snapshotter_free(stays);
    writer_close(&w);
}

static void test_only_when_due(void) {
    writer_t w;
    bj_snap_info_t info;
    bool saved;
    writer_open(&w);
    bj_snapshotter_t *s = bj_snapshotter_new(dir, &flow_config);
    writer_go(&w, 99);
    BJ_CHECK(bj_snapshotter_step(s, 100, &info, &saved) == BJ_OK && !saved && info.cmd_seq == 0);
    writer_go(&w, 1);
    BJ_CHECK(bj_snapshotter_step(s, 100, &info, &saved) == BJ_OK && !saved && info.cmd_seq == 99);
    writer_go(&w, 1);
    BJ_CHECK(bj_snapshotter_step(s, 100, &info, &saved) == BJ_OK && saved);
    BJ_CHECK(info.cmd_seq == 100);
    for (uint64_t seq = 0; seq < 103; seq++)
        BJ_CHECK(bj_journal_has(dir, seq) == (seq >= 1 && seq <= 101));
    bj_snapshotter_free(s);
    writer_close(&w);
}

/* Synced or not: the last group has no proof yet, however often one looks. */
static void test_last_group(void) {
    writer_t w;
    writer_open(&w);
    bj_snapshotter_t *s = bj_snapshotter_new(dir, &flow_config);
    writer_group(&w, 40);
    BJ_CHECK(make(s, false).cmd_seq == 0 && make(s, false).cmd_seq == 0);
    uint64_t hash = bj_engine_hash(w.life.engine);
    writer_group(&w, 30);
    bj_snap_info_t info = make(s, true);
    BJ_CHECK(info.cmd_seq == 40 && info.state_hash == hash);
    bj_snapshotter_free(s);
    writer_close(&w);
}

static size_t file_get(uint64_t cmd_seq, uint8_t **data) {
    char path[BJ_JOURNAL_PATH_BYTES];
    struct stat st = {0};
    BJ_CHECK(bj_snap_path(path, dir, cmd_seq));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    BJ_CHECK(fstat(fd, &st) == 0);
    *data = malloc((size_t)st.st_size);
    BJ_CHECK(read(fd, *data, (size_t)st.st_size) == st.st_size);
    close(fd);
    return (size_t)st.st_size;
}

static void file_put(uint64_t cmd_seq, const uint8_t *data, size_t bytes) {
    char path[BJ_JOURNAL_PATH_BYTES];
    BJ_CHECK(bj_snap_path(path, dir, cmd_seq));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    BJ_CHECK(write(fd, data, bytes) == (ssize_t)bytes && close(fd) == 0);
}

static const char *why_not(uint64_t cmd_seq, uint64_t journal_id,
                           const bj_engine_config_t *config) {
    void *mem = aligned_alloc(64, bj_engine_footprint(config));
    bj_snap_info_t info;
    const char *why =
        bj_snap_load(dir, cmd_seq, journal_id, config, bj_engine_new(mem, config), &info);
    free(mem);
    return why;
}

/* The journal of the same id that a folder has had before, and which then went another way. */
static void test_another_way(void) {
    writer_t w;
    char line[3 * BJ_JOURNAL_PATH_BYTES + 64];
    bj_journal_report_t report;
    bj_journal_how_t how = {true, 0, FILE_BYTES, &bj_journal_disk, false, false};
    writer_open(&w);
    writer_go(&w, 100);
    (void)snprintf(line, sizeof line, "cp -r %s %s-kept", dir, dir);
    BJ_CHECK(system(line) == 0);
    writer_go(&w, 100);
    bj_snapshotter_t *s = bj_snapshotter_new(dir, &flow_config);
    BJ_CHECK(make(s, true).cmd_seq == 199);
    uint8_t *data;
    size_t bytes = file_get(199, &data);
    writer_close(&w);
    (void)snprintf(line, sizeof line, "rm -r %s && mv %s-kept %s", dir, dir, dir);
    BJ_CHECK(system(line) == 0);
    w = (writer_t){.life = life_new(), .k = 100};
    BJ_CHECK(bj_journal_open_how(dir, &how, live, &w.life, &report, &w.journal) == BJ_OK);
    w.journal_id = report.journal_id;
    writer_group(&w, 5); /* in other company than the first time */
    writer_go(&w, 295);
    bj_snap_info_t info = make(s, true);
    BJ_CHECK(info.cmd_seq == 399 && info.state_hash == w.proven_hash);
    same_from(&w, 399);
    file_put(199, data, bytes); /* and a snapshot of then was left */
    const char *why = why_not(199, w.journal_id, &flow_config);
    BJ_CHECK(why && strstr(why, "another way"));
    free(data);
    bj_snapshotter_free(s);
    writer_close(&w);
}

/* Every byte of the header, and of the body some hundred; every way to cut. */
static void test_broken(void) {
    writer_t w;
    writer_open(&w);
    writer_go(&w, 300);
    bj_snapshotter_t *s = bj_snapshotter_new(dir, &flow_config);
    uint64_t at = make(s, true).cmd_seq;
    bj_snapshotter_free(s);
    uint8_t *data;
    size_t bytes = file_get(at, &data);
    BJ_CHECK(!why_not(at, w.journal_id, &flow_config));
    for (size_t i = 0; i < bytes; i += i < sizeof(bj_snap_header_t) ? 1 : 1 + any(300)) {
        data[i] ^= (uint8_t)(1 << i % 8);
        file_put(at, data, bytes);
        BJ_CHECK(why_not(at, w.journal_id, &flow_config));
        data[i] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t cut = 0; cut < bytes; cut += cut < sizeof(bj_snap_header_t) ? 1 : 1 + any(300)) {
        file_put(at, data, cut);
        BJ_CHECK(why_not(at, w.journal_id, &flow_config));
    }
    file_put(at + 1, data, bytes); /* under another's name */
    BJ_CHECK(why_not(at + 1, w.journal_id, &flow_config));
    file_put(at, data, bytes);
    BJ_CHECK(!why_not(at, w.journal_id, &flow_config));
    free(data);
    writer_close(&w);
}

static void test_not_ours(void) {
    writer_t w;
    writer_open(&w);
    writer_go(&w, 50);
    bj_snapshotter_t *s = bj_snapshotter_new(dir, &flow_config);
    uint64_t at = make(s, true).cmd_seq;
    bj_snapshotter_free(s);
    const char *why = why_not(at, w.journal_id + 1, &flow_config);
    BJ_CHECK(why && strstr(why, "another journal"));
    bj_engine_config_t other[8];
    for (size_t i = 0; i < BJ_COUNT(other); i++) other[i] = flow_config;
    other[0].instrument_max++, other[1].account_max++, other[2].order_max++;
    other[3].message_rate_per_s = 7, other[4].message_burst = 7;
    other[5].desk_max = 7, other[6].underlying_max = 7, other[7].executions_ns = 7;
    for (size_t i = 0; i < BJ_COUNT(other); i++) {
        why = why_not(at, w.journal_id, &other[i]);
        BJ_CHECK(why && strstr(why, "another shape"));
    }
    why = why_not(at + 9, w.journal_id, &flow_config);
    BJ_CHECK(why && strcmp(why, strerror(ENOENT)) == 0);
    writer_close(&w);
}

/* The newest is bad: the one before it; both are: the journal from its beginning. */
static void test_passed_over(void) {
    writer_t w;
    writer_open(&w);
    bj_snapshotter_t *s = bj_snapshotter_new(dir, &flow_config);
    writer_go(&w, 100);
    uint64_t older = make(s, true).cmd_seq;
    writer_go(&w, 100);
    uint64_t newer = make(s, true).cmd_seq;
    bj_snapshotter_free(s);
    writer_go(&w, 10);
    for (int broken = 1; broken <= 2; broken++) {
        file_put(broken == 1 ? newer : older, (const uint8_t *)"BIJLISNP", 8);
        s = bj_snapshotter_new(dir, &flow_config);
        bj_snap_info_t info = make(s, true); /* the rest makes it due */
        BJ_CHECK(info.cmd_seq == w.k - 1 && info.state_hash == w.proven_hash);
        bj_snapshotter_free(s);
        char path[BJ_JOURNAL_PATH_BYTES];
        BJ_CHECK(bj_snap_path(path, dir, w.k - 1) && unlink(path) == 0);
        file_put(older, (const uint8_t *)"", 0), file_put(newer, (const uint8_t *)"", 0);
    }
    writer_close(&w);
}

static uint32_t file_cnt(void) {
    bj_journal_files_t files;
    BJ_CHECK(bj_journal_files(dir, &files) == BJ_OK);
    return files.last_no - files.first_no + 1;
}

static void test_pruned(void) {
    writer_t w;
    bj_journal_report_t report;
    bj_journal_t *journal;
    writer_open(&w);
    bj_snapshotter_t *s = bj_snapshotter_new(dir, &flow_config);
    writer_go(&w, 3 * PER_FILE + 10);
    uint64_t older = make(s, true).cmd_seq;
    BJ_CHECK(bj_snap_thin(dir) == 0);
    writer_go(&w, 2 * PER_FILE);
    (void)make(s, true);
    BJ_CHECK(bj_snap_thin(dir) == older && bj_journal_prune(dir, older) == 3 && file_cnt() == 3);
    BJ_CHECK(bj_journal_prune(dir, older) == 0);
    writer_go(&w, 30);
    same_from(&w, older);
    writer_close(&w);

    life_t again = life_new();
    bj_journal_how_t how = {true, 0, FILE_BYTES, &bj_journal_disk, false, false};
    BJ_CHECK(bj_journal_open_how(dir, &how, live, &again, &report, &journal) == BJ_ERR_SEQUENCE);
    how.after_seq = 3 * PER_FILE - 1; /* the last record of a file that is gone is needed */
    BJ_CHECK(bj_journal_open_how(dir, &how, live, &again, &report, &journal) == BJ_ERR_SEQUENCE);
    BJ_CHECK(again.cmd_cnt == 0);
    how.after_seq = 3 * PER_FILE;
    BJ_CHECK(bj_journal_open_how(dir, &how, NULL, NULL, &report, &journal) == BJ_OK);
    BJ_CHECK(report.cmd_cnt == 2 * PER_FILE + 40 && report.last_seq == w.k);
    bj_journal_close(journal);
    how.after_seq = w.k + 1; /* a snapshot that is ahead: something acknowledged is gone */
    BJ_CHECK(bj_journal_open_how(dir, &how, NULL, NULL, &report, &journal) == BJ_ERR_SEQUENCE);
    how.after_seq = w.k;
    BJ_CHECK(bj_journal_open_how(dir, &how, live, &again, &report, &journal) == BJ_OK);
    BJ_CHECK(report.cmd_cnt == 0 && again.cmd_cnt == 0);
    bj_journal_close(journal);
    bj_snapshotter_free(s);
    free(again.mem);
}

/* --- a disk that refuses */

static unsigned call_cnt, refuse_at;

static ssize_t write_or_not(int fd, const void *data, size_t data_bytes, off_t at_bytes) {
    errno = ENOSPC;
    return ++call_cnt == refuse_at ? -1 : pwrite(fd, data, data_bytes, at_bytes);
}
static int sync_or_not(int fd) {
    errno = EIO;
    return ++call_cnt == refuse_at ? -1 : fdatasync(fd);
}

static void test_refusals(void) {
    static const bj_journal_io_t disk = {write_or_not, sync_or_not};
    writer_t w;
    writer_open(&w);
    writer_go(&w, 200);
    life_t blank = life_new();
    bj_snap_info_t info = {.journal_id = w.journal_id};
    bj_status_t status = BJ_ERR_IO;
    for (refuse_at = 1; status != BJ_OK; refuse_at++) {
        uint64_t list[BJ_SNAP_LIST_MAX];
        call_cnt = 0;
        status = bj_snap_save_on(dir, &disk, w.life.engine, blank.engine, &flow_config, &info);
        BJ_CHECK(status == BJ_OK || status == BJ_ERR_IO);
        BJ_CHECK(bj_snap_list(dir, list) == (status == BJ_OK));
        BJ_CHECK(refuse_at < 10);
    }
    BJ_CHECK(refuse_at == 5); /* body, header, sync, then none */
    free(blank.mem);
    writer_close(&w);
}

int main(void) {
    if (!mkdtemp(root)) return 1;
    bj_log_init("test", BJ_LOG_ERROR + 1);
    test_everywhere();
    test_another_way();
    test_only_when_due();
    test_last_group();
    test_broken();
    test_not_ours();
    test_passed_over();
    test_pruned();
    test_refusals();
    char command_line[64];
    (void)snprintf(command_line, sizeof command_line, "rm -rf %s", root);
    BJ_CHECK(system(command_line) == 0);
    return bj_test_end("test_bj_snap");
}
