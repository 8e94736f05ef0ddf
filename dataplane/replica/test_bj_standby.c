/* Goal: a standby's folder on a real disk: begun, gone on with, refused where it is somebody
 * else's, taken over; its journal and events are those the primary made, and what whose turn it is
 * says survives.  Method: the bed's primary in memory, a real bj_standby in a folder. */
#include "dataplane/replica/bj_standby.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_journal_tail.h"
#include "dataplane/replica/replica_test.h"

static char root[] = "/tmp/bj_standby_XXXXXX";
static char data_dir[64];
static bed_t bed;
static bj_standby_t standby;

static void file_write(const char *file, const char *text) {
    FILE *f = fopen(file, "w");
    BJ_CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static bj_config_t *config(const char *durability, int order_max) {
    char file[96], text[512], key[96];
    snprintf(key, sizeof key, "%s/key", root);
    snprintf(file, sizeof file, "%s/config.json", root);
    file_write(key, "secret\n");
    snprintf(text, sizeof text,
             "{\"data_dir\": \"%s\", \"dataplane\": {\"instrument_max\": 4, \"account_max\": 4, "
             "\"order_max\": %d}, \"standby\": {\"key_file\": \"%s\", \"durability\": \"%s\"}}",
             data_dir, order_max, key, durability);
    file_write(file, text);
    return bj_config_load(file);
}

static bool standby_open(const char *durability) {
    bj_config_t *c = config(durability, 512);
    bool ok = bj_standby_open(&standby, c);
    static bj_config_t *kept; /* its strings are borrowed */
    bj_config_free(kept);
    kept = c;
    return ok;
}

/* The bed's network, with the real standby at its end. */
static bool follow_for(int turns) {
    bj_follow_free(bed.follow);
    bed.follow = standby.follow;
    bool ok = bed_dial(&bed);
    for (int i = 0; ok && i < turns; i++) ok = bed_turn(&bed, 5000, BJ_NS_PER_MS);
    bed_cut(&bed);
    bed.follow = NULL;
    return ok;
}

static void journal_same(void) {
    bj_journal_report_t report;
    char dir[96];
    snprintf(dir, sizeof dir, "%s/journal", data_dir);
    BJ_CHECK(bj_journal_scan(dir, NULL, NULL, &report) == BJ_OK);
    BJ_CHECK(report.journal_id == bed.journal_id && report.last_seq == bed.reach.written_seq);
}

/* Readers are shown these events of the journal, and no others. */
static void events_shown(uint64_t event_seq) {
    bj_event_t event;
    char dir[96];
    size_t cnt;
    uint64_t n = 0;
    snprintf(dir, sizeof dir, "%s/events", data_dir);
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    BJ_CHECK(reader && bj_evlog_journal_id(reader) == bed.journal_id);
    while (reader && bj_evlog_read(reader, n + 1, &event, 1, &cnt) == BJ_OK && cnt == 1) n++;
    BJ_CHECK(n == event_seq);
    if (reader) bj_evlog_reader_close(reader);
}

static int events_open(void) {
    char file[96];
    snprintf(file, sizeof file, "%s/events/events-000001", data_dir);
    return open(file, O_RDONLY);
}

/* A file that was made anew has taken its name from this one. */
static bool has_name(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_nlink == 1;
}

static void fresh(void) {
    static unsigned no;
    snprintf(data_dir, sizeof data_dir, "%s/%u", root, no++);
    bed_open(&bed, 20 + no);
}

static void done(void) {
    bj_standby_close(&standby);
    bed_close(&bed);
}

static void test_followed_and_taken_over(void) {
    bj_epoch_t epoch;
    fresh();
    for (int round = 0; round < 4; round++) { /* a restart each time */
        int events_fd = events_open();
        for (int i = 0; i < 100; i++) bed_command(&bed);
        BJ_CHECK(standby_open(round & 1 ? "memory" : "disk"));
        if (!round) BJ_CHECK(bj_standby_lacks(&standby)); /* nothing yet */
        BJ_CHECK(!round || has_name(events_fd)); /* gone on with, as a dataplane does */
        close(events_fd);
        BJ_CHECK(follow_for(40));
        BJ_CHECK(bj_engine_hash(standby.engine) == bj_engine_hash(bed.engine));
        BJ_CHECK(!bj_standby_lacks(&standby));
        events_shown(0); /* the primary's clients have been told nothing */
        bed.reach.durable_seq = bed.reach.written_seq;
        bed.now.mono_ns += BJ_NS_PER_S;
        BJ_CHECK(follow_for(10));
        events_shown(bj_engine_stats(bed.engine).event_seq);
        bed.reach.durable_seq = 0;
        bj_standby_close(&standby);
        journal_same();
        BJ_CHECK(bj_epoch_read(data_dir, &epoch) == BJ_OK && !epoch.primary && epoch.epoch == 1);
    }
    BJ_CHECK(standby_open("disk"));
    for (int i = 0; i < 10; i++) bed_command(&bed);
    BJ_CHECK(follow_for(10) && !bj_standby_lacks(&standby));
    events_shown(0); /* not even those of before: the primary may have gone on without them */
    BJ_CHECK(bj_standby_take_over(&standby, 2) == BJ_OK);
    events_shown(0); /* the dataplane shows them when it lets clients in */
    bj_standby_close(&standby);
    BJ_CHECK(bj_epoch_read(data_dir, &epoch) == BJ_OK && epoch.primary && epoch.epoch == 2);
    BJ_CHECK(!standby_open("disk")); /* it is a primary's now */
    done();
}

/* It was stopped while it caught up: what the primary had acknowledged it does not know any more,
 * but that it never had all of it. */
static void test_behind(void) {
    bj_epoch_t epoch;
    fresh();
    for (int i = 0; i < 300; i++) bed_command(&bed);
    bed.reach.durable_seq = 300;
    BJ_CHECK(standby_open("disk") && follow_for(5));
    BJ_CHECK(bj_follow_status(standby.follow).have_seq > 0);
    bj_standby_close(&standby);
    BJ_CHECK(bj_epoch_read(data_dir, &epoch) == BJ_OK && epoch.behind && !epoch.primary);
    BJ_CHECK(standby_open("disk") && bj_standby_lacks(&standby));
    BJ_CHECK(follow_for(40) && !bj_standby_lacks(&standby));
    bj_standby_close(&standby);
    BJ_CHECK(bj_epoch_read(data_dir, &epoch) == BJ_OK && !epoch.behind && !epoch.primary);
    BJ_CHECK(standby_open("disk") && !bj_standby_lacks(&standby));
    done();
}

/* The primary said that it acknowledged more than came over. */
static void test_lacks(void) {
    fresh();
    for (int i = 0; i < 300; i++) bed_command(&bed);
    bed.reach.durable_seq = 300;
    BJ_CHECK(standby_open("disk"));
    BJ_CHECK(follow_for(5));
    bj_follow_status_t status = bj_follow_status(standby.follow);
    BJ_CHECK(status.have_seq > 0 && status.have_seq < 300 && status.acknowledged_seq == 300);
    BJ_CHECK(bj_standby_lacks(&standby) != NULL);
    done();
}

static void test_not_a_standby(void) {
    bj_epoch_t epoch;
    char dir[96], file[96];
    fresh();
    mkdir(data_dir, 0750);
    snprintf(dir, sizeof dir, "%s/journal", data_dir);
    snprintf(file, sizeof file, "%s/replica.json", data_dir);
    BJ_CHECK(bj_epoch_read(data_dir, &epoch) == BJ_ERR_NOT_FOUND && epoch.primary);
    BJ_CHECK(bj_journal_seed(dir, 5, false) == BJ_OK); /* a dataplane's that never had a standby */
    BJ_CHECK(!standby_open("disk"));
    bj_standby_close(&standby);
    static const char *const bad[] = {
        "", "{}", "[]", "{\"epoch\": 1}", "{\"epoch\": 0, \"role\": \"standby\"}",
        "{\"epoch\": -1, \"role\": \"standby\"}", "{\"epoch\": 1, \"role\": \"master\"}",
        "{\"epoch\": \"1\", \"role\": \"standby\"}", "{\"epoch\": 1.5, \"role\": \"standby\"}",
        "{\"epoch\": 1, \"role\": \"standby\", \"x\": 1}", "{\"epoch\": 9223372036854775807, "
        "\"role\": \"primary\"}"};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        file_write(file, bad[i]);
        BJ_CHECK(bj_epoch_read(data_dir, &epoch) == BJ_ERR_CORRUPT);
        BJ_CHECK(!standby_open("disk"));
        bj_standby_close(&standby);
    }
    file_write(file, "{\"epoch\": 3, \"role\": \"standby\"}");
    BJ_CHECK(standby_open("disk") && standby.epoch.epoch == 3);
    bj_standby_close(&standby);
    BJ_CHECK(!standby_open("paper"));
    BJ_CHECK(bj_epoch_write("/nowhere/at/all", &epoch) == BJ_ERR_IO);
    done();
}

/* --- a disk that takes a few bytes at a time --- */
static size_t bytes_at_once;
ssize_t __real_pwrite(int fd, const void *data, size_t data_bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t data_bytes, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t data_bytes, off_t at) {
    if (bytes_at_once && data_bytes > bytes_at_once) data_bytes = bytes_at_once;
    return __real_pwrite(fd, data, data_bytes, at);
}

static void test_short_writes(void) {
    bj_epoch_t epoch = {.epoch = 123456789, .primary = false};
    char dir[96];
    fresh();
    BJ_CHECK(mkdir(data_dir, 0750) == 0);
    snprintf(dir, sizeof dir, "%s/journal", data_dir);
    bytes_at_once = 7;
    BJ_CHECK(bj_epoch_write(data_dir, &epoch) == BJ_OK);
    BJ_CHECK(bj_journal_seed(dir, 4711, false) == BJ_OK);
    bytes_at_once = 0;
    epoch = (bj_epoch_t){0};
    BJ_CHECK(bj_epoch_read(data_dir, &epoch) == BJ_OK && epoch.epoch == 123456789);
    uint64_t journal_id;
    BJ_CHECK(bj_journal_id(dir, &journal_id) == BJ_OK && journal_id == 4711);
    done();
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR + 1);
    if (!mkdtemp(root)) return 1;
    test_followed_and_taken_over();
    test_lacks();
    test_behind();
    test_not_a_standby();
    test_short_writes();
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    BJ_CHECK(system(command) == 0);
    return bj_test_end("test_bj_standby");
}
