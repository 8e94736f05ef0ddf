/* bijli-agree --config FILE [--wait SECONDS] - compares what the dataplane knows of each order with
 * what the exchange simulator knows, out of both sides' files (docs/venue.md); they may be running.
 *
 * Looks again until they agree, for SECONDS (absent: once).  Exit: 0 they agree; 1 they do not, and
 * each difference is a line; 2 asked wrongly, or something cannot be read. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/market/bj_evlog.h"
#include "sim/exchange/bj_agree.h"

enum { EXIT_USE = 2, PATH_BYTES = 640, BATCH = 256 };

static bool our_read(bj_agree_t *agree, const char *dir) {
    bj_event_t events[BATCH];
    size_t cnt = 1;
    bj_evlog_reader_t *reader = bj_evlog_open(dir);
    bool ok = reader != NULL;
    for (uint64_t seq = 1; ok && cnt; seq += cnt) {
        ok = bj_evlog_read(reader, seq, events, BATCH, &cnt) == BJ_OK;
        for (size_t i = 0; i < cnt && ok; i++) ok = bj_agree_our(agree, &events[i]);
    }
    bj_evlog_reader_close(reader);
    if (!ok) fprintf(stderr, "bijli-agree: the event log in %s cannot be read\n", dir);
    return ok;
}

/* Up to the last event that is there whole: somebody may be writing. */
static bool file_read(bj_agree_t *agree, const char *file) {
    bj_event_t event; /* the header is as long */
    FILE *in = fopen(file, "r");
    bool ok = in && fread(&event, sizeof event, 1, in) == 1;
    uint64_t seq = 0;
    while (ok && fread(&event, sizeof event, 1, in) == 1 && event.seq == seq + 1 &&
           event.check == bj_crc32c(0, &event, offsetof(bj_event_t, check))) {
        ok = bj_agree_their(agree, &event);
        seq++;
    }
    if (in) fclose(in);
    if (!ok) fprintf(stderr, "bijli-agree: %s cannot be read\n", file);
    return ok;
}

static int is_day(const struct dirent *entry) {
    size_t n = strlen(entry->d_name);
    return strncmp(entry->d_name, "nnf-", 4) == 0 && n > 7 &&
           strcmp(entry->d_name + n - 7, ".events") == 0;
}

static bool their_read(bj_agree_t *agree, const char *dir) {
    struct dirent **days;
    int cnt = scandir(dir, &days, is_day, alphasort);
    bool ok = cnt > 0;
    if (!ok) fprintf(stderr, "bijli-agree: no file of a day in %s\n", dir);
    for (int i = 0; i < cnt; i++) {
        char file[PATH_BYTES + 260];
        (void)snprintf(file, sizeof file, "%s/%s", dir, days[i]->d_name);
        ok = ok && file_read(agree, file);
        free(days[i]);
    }
    if (cnt >= 0) free(days);
    return ok;
}

static void say(uint64_t order_id, const char *what) {
    printf("order %" PRIu64 ": %s\n", order_id, what);
}

/* 0, 1 or EXIT_USE, as the process ends. */
static int look(const char *data_dir, bool last) {
    static bj_agree_t agree;
    char ours[PATH_BYTES], theirs[PATH_BYTES];
    (void)snprintf(ours, sizeof ours, "%s/events", data_dir);
    (void)snprintf(theirs, sizeof theirs, "%s/exchange", data_dir);
    /* Theirs second: they may know more than we have heard, never less. */
    bool ok = our_read(&agree, ours) && their_read(&agree, theirs);
    bj_agree_sums_t sums = ok ? bj_agree_compare(&agree, NULL) : (bj_agree_sums_t){0};
    if (ok && sums.differences && last) (void)bj_agree_compare(&agree, say);
    if (ok && (last || !sums.differences))
        printf("orders %" PRIu64 " open %" PRIu64 " refused %" PRIu64 " fills %" PRIu64
               " between %" PRIu64 " strays %" PRIu64 " differences %" PRIu64 "\n", sums.orders,
               sums.open, sums.refused, sums.fills, sums.between, sums.strays,
               sums.differences);
    bj_agree_free(&agree);
    return !ok ? EXIT_USE : sums.differences != 0;
}

int main(int argc, char **argv) {
    bool wait = argc == 5 && strcmp(argv[3], "--wait") == 0;
    if ((argc != 3 && !wait) || strcmp(argv[1], "--config") != 0) {
        fputs("usage: bijli-agree --config FILE [--wait SECONDS]\n", stderr);
        return EXIT_USE;
    }
    bj_log_init("bijli-agree", BJ_LOG_ERROR);
    bj_config_t *config = bj_config_load(argv[2]);
    const char *data_dir = bj_config_str(config, "data_dir");
    int64_t until_ns = bj_clock_mono_ns() + (wait ? strtol(argv[4], NULL, 10) : 0) * BJ_NS_PER_S;
    int code;
    do code = look(data_dir, bj_clock_mono_ns() >= until_ns);
    while (code == 1 && bj_clock_mono_ns() < until_ns && usleep(200000) == 0);
    if (code == 1 && wait) code = look(data_dir, true);
    bj_config_free(config);
    return code;
}
