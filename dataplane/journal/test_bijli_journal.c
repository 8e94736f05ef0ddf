/* Goal: the tool as it is called: what it prints, what it ends with, for folders and for files that
 * are good, broken, pruned, or not there. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_journal_priv.h"
#include "dataplane/journal/test_journal_flow.h"
#include "dataplane/market/bj_evlog.h"

enum { PER_FILE = 100, CMDS = 350 }; /* and one more, a group of its own: it proves the others */
enum { FILE_BYTES = BJ_JOURNAL_HEADER_BYTES + PER_FILE * (int)sizeof(bj_cmd_t) };
#define SHAPE "--instrument-max 4 --account-max 4 --order-max 64"

static char root[] = "/tmp/bj_tool_XXXXXX";
static char journal_dir[64], events_dir[64];
static char out[1 << 20];

/* Its exit code; what it said on both streams is in out. */
static int tool(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int tool(const char *format, ...) {
    char line[600];
    va_list args;
    int n = snprintf(line, sizeof line, "%s ", BIJLI_JOURNAL);
    va_start(args, format);
    n += vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    (void)snprintf(line + n, sizeof line - (size_t)n, " 2>&1");
    FILE *pipe = popen(line, "r");
    size_t bytes = pipe ? fread(out, 1, sizeof out - 1, pipe) : 0;
    out[bytes] = '\0';
    int status = pipe ? pclose(pipe) : -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool said(const char *text) {
    bool found = strstr(out, text) != NULL;
    if (!found) fprintf(stderr, "  no \"%s\" in: %.2000s\n", text, out);
    return found;
}

typedef struct hashes {
    uint64_t proven, last; /* of what a snapshot has, and of all */
} hashes_t;

static hashes_t journal_make(void) {
    hashes_t hashes = {0};
    bj_journal_report_t report;
    bj_journal_t *journal;
    bj_journal_how_t how = {false, 0, FILE_BYTES, &bj_journal_disk, false, false};
    void *mem = aligned_alloc(64, bj_engine_footprint(&flow_config));
    bj_engine_t *engine = bj_engine_new(mem, &flow_config);
    BJ_CHECK(bj_journal_open_how(journal_dir, &how, NULL, NULL, &report, &journal) == BJ_OK);
    bj_evlog_t *evlog = bj_evlog_create(events_dir, report.journal_id);
    for (uint64_t k = 0; k <= CMDS; k++) {
        size_t cnt;
        if (k == CMDS) {
            BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
            hashes.proven = bj_engine_hash(engine);
        }
        bj_cmd_t cmd = some_command(k);
        const bj_event_t *events = bj_engine_apply(engine, &cmd, &cnt);
        BJ_CHECK(bj_evlog_append(evlog, events, cnt) == BJ_OK);
        BJ_CHECK(bj_journal_append(journal, &cmd) == BJ_OK);
    }
    BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
    bj_evlog_publish(evlog, bj_engine_stats(engine).event_seq);
    hashes.last = bj_engine_hash(engine);
    bj_journal_close(journal);
    bj_evlog_close(evlog);
    free(mem);
    return hashes;
}

static void file_break(uint32_t file_no, uint64_t idx) {
    char path[BJ_JOURNAL_PATH_BYTES];
    uint8_t byte = 0;
    off_t at = BJ_JOURNAL_HEADER_BYTES + (off_t)(idx * sizeof(bj_cmd_t)) + 50;
    BJ_CHECK(bj_journal_path(path, journal_dir, file_no));
    int fd = open(path, O_RDWR | O_CLOEXEC);
    BJ_CHECK(pread(fd, &byte, 1, at) == 1);
    byte ^= 1;
    BJ_CHECK(pwrite(fd, &byte, 1, at) == 1 && close(fd) == 0);
}

static void test_asked_wrongly(void) {
    BJ_CHECK(tool("--help") == 0 && said("usage:") && said("snapshot DIR"));
    BJ_CHECK(tool(" ") == 2 && said("usage:"));
    BJ_CHECK(tool("verify") == 2 && tool("look %s", root) == 2 && tool("verify a b") == 2);
    BJ_CHECK(tool("--order-max -1 replay %s", root) == 2 && tool("--nothing verify a") == 2);
    BJ_CHECK(tool("verify %s/nothing", root) == 1 && said("no such folder or file"));
    BJ_CHECK(tool("snapshot %s/nothing " SHAPE, root) == 1);
    BJ_CHECK(tool("snapshot %s --prune " SHAPE, root) == 2 && said("--events"));
    BJ_CHECK(tool("replay %s --order-max 0", root) == 1 && said("of this shape"));
}

static void test_folder(uint64_t hash) {
    char want[64];
    (void)snprintf(want, sizeof want, "state_hash 0x%016lx", hash);
    BJ_CHECK(tool("verify %s", journal_dir) == 0 && said("files 4"));
    BJ_CHECK(said("commands 351\nlast_seq 351\ntorn_bytes 0"));
    BJ_CHECK(tool("stat %s", journal_dir) == 0 && said("new order") && said("2 instrument"));
    BJ_CHECK(tool("dump %s", journal_dir) == 0 && said("351 350000000 session 0.350"));
    BJ_CHECK(tool("replay %s " SHAPE, journal_dir) == 0 && said(want));
    BJ_CHECK(tool("replay %s --from-snapshot " SHAPE, journal_dir) == 1);
    BJ_CHECK(said("no good snapshot"));
}

static void test_file(void) {
    BJ_CHECK(tool("verify %s/journal-000002.bjj", journal_dir) == 0);
    BJ_CHECK(said("commands 100\nlast_seq 200"));
    BJ_CHECK(tool("verify %s/journal-000004.bjj", journal_dir) == 0 && said("commands 51"));
    BJ_CHECK(tool("stat %s/journal-000003.bjj", journal_dir) == 0 && said("commands 100"));
    BJ_CHECK(tool("dump %s/journal-000003.bjj", journal_dir) == 0 && said("201 200000000 "));
    BJ_CHECK(tool("replay %s/journal-000001.bjj " SHAPE, journal_dir) == 0 && said("last_seq 100"));
    BJ_CHECK(tool("replay %s/journal-000002.bjj " SHAPE, journal_dir) == 1 &&
             said("begins at sequence 101"));
    BJ_CHECK(tool("verify %s/head", events_dir) == 1 && said("do not match"));
}

static void test_broken(void) {
    file_break(3, 20);
    BJ_CHECK(tool("verify %s", journal_dir) == 1 && said("after sequence 220"));
    BJ_CHECK(tool("verify %s/journal-000003.bjj", journal_dir) == 1);
    BJ_CHECK(tool("verify %s/journal-000002.bjj", journal_dir) == 0);
    BJ_CHECK(tool("snapshot %s " SHAPE, journal_dir) == 1);
    file_break(3, 20);
    BJ_CHECK(tool("verify %s", journal_dir) == 0);
}

static void test_snapshot(const hashes_t *hashes) {
    char want[64], proven[64];
    (void)snprintf(want, sizeof want, "state_hash 0x%016lx", hashes->last);
    (void)snprintf(proven, sizeof proven, "state_hash 0x%016lx", hashes->proven);
    BJ_CHECK(tool("snapshot %s " SHAPE, journal_dir) == 0);
    BJ_CHECK(said("snapshot 350 ") && said(" made"));
    BJ_CHECK(tool("snapshot %s " SHAPE, journal_dir) == 0 && said("was there"));
    BJ_CHECK(tool("stat %s", journal_dir) == 0 && said("snapshot 350 events") && said(proven));
    BJ_CHECK(tool("replay %s --from-snapshot " SHAPE, journal_dir) == 0 && said(want));
    BJ_CHECK(said("after_snapshot 350"));
    BJ_CHECK(tool("replay %s --from-snapshot --order-max 65", journal_dir) == 1);
    BJ_CHECK(said("of another shape"));
    /* one snapshot is not two: nothing goes */
    BJ_CHECK(tool("snapshot %s --events %s --prune " SHAPE, journal_dir, events_dir) == 0);
    BJ_CHECK(tool("verify %s", journal_dir) == 0);
}

/* --- the service */

static bool wait_for(const char *file) {
    for (int i = 0; i < 300; i++) {
        if (access(file, F_OK) == 0) return true;
        usleep(20000);
    }
    return false;
}

static void config_write(const char *file, const char *run_dir, unsigned every, const char *more) {
    FILE *to = fopen(file, "w");
    BJ_CHECK(to && fprintf(to, "{\"data_dir\": \"%s\", \"run_dir\": \"%s\", \"dataplane\": "
                           "{\"instrument_max\": 4, \"account_max\": 4, \"order_max\": 64, "
                           "\"snapshot_every\": %u%s}", root, run_dir, every, more) > 0);
    BJ_CHECK(fclose(to) == 0);
}

/* Follows a journal, or none; says so; ends when it is asked to. */
static void service(unsigned every, const char *more, bool snapshot) {
    static unsigned run_cnt;
    char config[80], run_dir[80], status[120], made[200];
    (void)snprintf(config, sizeof config, "%s/config", root);
    (void)snprintf(run_dir, sizeof run_dir, "%s/run%u", root, run_cnt++);
    (void)snprintf(status, sizeof status, "%s/snapshot.status.json", run_dir);
    (void)snprintf(made, sizeof made, "%s/snapshot-%020d.bjs", journal_dir, CMDS);
    BJ_CHECK(mkdir(run_dir, 0750) == 0);
    config_write(config, run_dir, every, more);
    pid_t pid = fork();
    if (pid == 0) {
        (void)execl(BIJLI_JOURNAL, "bijli-journal", "snapshot", "--config", config, (char *)NULL);
        _exit(99);
    }
    BJ_CHECK(wait_for(status) && (!snapshot || wait_for(made)));
    int code = -1;
    BJ_CHECK(kill(pid, SIGTERM) == 0 && waitpid(pid, &code, 0) == pid);
    BJ_CHECK(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    BJ_CHECK((access(made, F_OK) == 0) == snapshot);
}

static void test_service(unsigned every, bool snapshot) { service(every, "}", snapshot); }

/* A second one under another name will do: pruning only looks at names and headers. */
static void test_prune(uint64_t hash) {
    char want[64], line[300];
    (void)snprintf(want, sizeof want, "state_hash 0x%016lx", hash);
    (void)snprintf(line, sizeof line, "cp %s/snapshot-%020d.bjs %s/snapshot-%020d.bjs", journal_dir,
                   350, journal_dir, 349);
    BJ_CHECK(system(line) == 0);
    BJ_CHECK(tool("snapshot %s --events %s/nothing --prune " SHAPE, journal_dir, root) == 0 &&
             said("not whole"));
    BJ_CHECK(tool("verify %s", journal_dir) == 0);
    static const char *const with_standby[] = {
        ", \"journal_prune\": true, \"replica\": {\"port\": 7000}}",
        ", \"journal_prune\": true}, \"standby\": {\"host\": \"10.0.0.1\"}"};
    for (size_t i = 0; i < BJ_COUNT(with_standby); i++) { /* it may need them all */
        (void)snprintf(line, sizeof line, "rm %s/snapshot-%020d.bjs", journal_dir, 350);
        BJ_CHECK(system(line) == 0);
        service(1, with_standby[i], true);
        BJ_CHECK(tool("verify %s", journal_dir) == 0);
    }
    BJ_CHECK(tool("snapshot %s --events %s --prune " SHAPE, journal_dir, events_dir) == 0);
    BJ_CHECK(tool("verify %s", journal_dir) == 1 && said("its first file is 4"));
    BJ_CHECK(tool("replay %s --from-snapshot " SHAPE, journal_dir) == 0 && said(want));
    BJ_CHECK(tool("verify %s/journal-000004.bjj", journal_dir) == 0);
}

/* The journal says what its engine has to be. */
static void test_venue(void) {
    char venue_dir[80], hash[40];
    bj_engine_config_t config = flow_config;
    bj_journal_report_t report;
    bj_journal_t *journal;
    bj_journal_how_t how = {.file_bytes = FILE_BYTES, .io = &bj_journal_disk, .venue = true};
    config.venue = true;
    (void)snprintf(venue_dir, sizeof venue_dir, "%s/venue", root);
    void *mem = aligned_alloc(64, (bj_engine_footprint(&config) + 63) / 64 * 64);
    bj_engine_t *engine = bj_engine_new(mem, &config);
    BJ_CHECK(bj_journal_open_how(venue_dir, &how, NULL, NULL, &report, &journal) == BJ_OK);
    for (uint64_t k = 0; k < CMDS; k++) {
        size_t cnt;
        bj_cmd_t cmd = some_command(k);
        BJ_CHECK(bj_engine_apply(engine, &cmd, &cnt) != NULL);
        BJ_CHECK(bj_journal_append(journal, &cmd) == BJ_OK);
    }
    BJ_CHECK(bj_journal_commit(journal) == BJ_OK);
    bj_journal_close(journal);
    (void)snprintf(hash, sizeof hash, "state_hash 0x%016" PRIx64, bj_engine_hash(engine));
    BJ_CHECK(tool("replay %s " SHAPE, venue_dir) == 0 && said(hash) && said("venue nse"));
    BJ_CHECK(tool("verify %s/journal-000001.bjj", venue_dir) == 0 && said("venue nse"));
    BJ_CHECK(tool("verify %s/journal-000003.bjj", venue_dir) == 0 && said("venue nse"));
    BJ_CHECK(tool("verify %s", journal_dir) == 0 && said("venue internal"));
    free(mem);
}

int main(void) {
    char line[200];
    if (!mkdtemp(root)) return 1;
    bj_log_init("test", BJ_LOG_ERROR + 1);
    (void)snprintf(journal_dir, sizeof journal_dir, "%s/journal", root);
    (void)snprintf(events_dir, sizeof events_dir, "%s/events", root);
    test_service(1, false); /* no journal yet */
    hashes_t hashes = journal_make();
    test_service(0, false);
    test_service(CMDS + 1, false);
    test_service(CMDS, true);
    (void)snprintf(line, sizeof line, "rm %s/snapshot-*", journal_dir);
    BJ_CHECK(system(line) == 0);
    test_asked_wrongly();
    test_folder(hashes.last);
    test_file();
    test_venue();
    test_broken();
    test_snapshot(&hashes);
    test_prune(hashes.last);
    (void)snprintf(line, sizeof line, "rm -rf %s", root);
    BJ_CHECK(system(line) == 0);
    return bj_test_end("test_bijli_journal");
}
