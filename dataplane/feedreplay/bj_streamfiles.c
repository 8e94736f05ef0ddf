#include "dataplane/feedreplay/bj_streamfiles.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

enum { LINE_BYTES = 512, PATH_BYTES = 1024, FIELDS = 5 };
static const char suffix[] = "_contract_stream_info.csv";

/* [lo, hi], or -1. */
static int64_t number_of(const char *text, int64_t lo, int64_t hi) {
    char *end;
    if (!isdigit((unsigned char)*text)) return -1;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    return !errno && !*end && number >= lo && number <= hi ? number : -1;
}

/* NULL: good. */
static const char *read_row(bj_feedscan_t *scan, char *line, unsigned segment) {
    char *field[FIELDS], *at = line;
    for (int i = 0; i < FIELDS; i++) {
        field[i] = at;
        at = strchr(at, ',');
        if (!at) return "fewer than five fields";
        *at++ = '\0';
    }
    if (strcmp(field[0], "C")) return "row type: must be C";
    int64_t stream_id = number_of(field[1], 1, BJ_FEED_STREAM_MAX);
    if (stream_id < 0) return "StreamID: may be 1 to 64";
    int64_t token = number_of(field[2], 1, INT32_MAX);
    if (token < 0) return "Token: may be 1 to 2147483647";
    bj_feedscan_instrument_t instrument = {
        .token = (uint32_t)token, .stream_id = (uint16_t)stream_id, .segment = (uint8_t)segment};
    snprintf(instrument.symbol, sizeof instrument.symbol, "%.15s", field[4]);
    bj_feedscan_list(scan, &instrument);
    return NULL;
}

static bool read_file(bj_feedscan_t *scan, const char *path, unsigned segment) {
    char line[LINE_BYTES];
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "bijli-feedreplay: %s: %s\n", path, strerror(errno));
        return false;
    }
    const char *wrong = NULL;
    unsigned line_no = 1;
    for (; !wrong && fgets(line, sizeof line, file); line_no++) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line_no == 1)
            wrong = isdigit((unsigned char)*line) ? NULL : "not date,count,";
        else if (*line)
            wrong = read_row(scan, line, segment);
    }
    fclose(file);
    if (wrong) fprintf(stderr, "bijli-feedreplay: %s: line %u: %s\n", path, line_no - 1, wrong);
    return !wrong;
}

static bool is_wanted(const char *name) {
    size_t bytes = strlen(name), tail = sizeof suffix - 1;
    return bytes > tail && !strcmp(name + bytes - tail, suffix) && !strstr(name, "_spd_");
}

static bool read_named(bj_feedscan_t *scan, const char *dir, const char *name) {
    char path[PATH_BYTES], prefix[3] = {name[0], name[1], 0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    unsigned segment = name[2] == '_' ? bj_segment_named(prefix) : 0;
    if (segment) return read_file(scan, path, segment);
    fprintf(stderr, "bijli-feedreplay: %s: of which segment? cm_, fo_, cd_ or co_\n", path);
    return false;
}

bool bj_streamfiles_load(bj_feedscan_t *scan, const char *dir_path) {
    DIR *dir = opendir(dir_path);
    if (!dir) {
        fprintf(stderr, "bijli-feedreplay: --stream-files: %s: %s\n", dir_path, strerror(errno));
        return false;
    }
    unsigned read_cnt = 0;
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(dir));) {
        if (!is_wanted(entry->d_name)) continue;
        ok = read_named(scan, dir_path, entry->d_name);
        read_cnt++;
    }
    closedir(dir);
    if (ok && !read_cnt) {
        fprintf(stderr, "bijli-feedreplay: --stream-files: %s: no *%s in it\n", dir_path, suffix);
        return false;
    }
    return ok;
}
