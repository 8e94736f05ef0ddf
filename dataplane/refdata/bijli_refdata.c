/* bijli-refdata - are the exchange's files of the day good?
 *
 *   bijli-refdata check [--json] FILE...     what each file is, how many rows, each bad line
 *   bijli-refdata merge [--json] [--day YYYY-MM-DD] FILE...     do they fit together?
 *
 * Exit 0: nothing is wrong; 1: something is; 2: asked for what it does not do.  docs/refdata.md. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/refdata/bj_refdata_merge.h"

typedef struct ask {
    bool    json;
    int32_t day;
} ask_t;

static json_t *errors_json(const bj_ref_report_t *report) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < report->kept_cnt; i++) {
        const bj_ref_error_t *error = &report->kept[i];
        json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s}", "file", error->file, "line",
                                              (int)error->line, "field", error->field, "text",
                                              error->text));
    }
    return list;
}

static void say_errors(const bj_ref_report_t *report) {
    char sentence[BJ_REF_SENTENCE_BYTES];
    for (uint32_t i = 0; i < report->kept_cnt; i++) {
        puts(bj_ref_sentence(&report->kept[i], sentence));
    }
    if (report->error_cnt > report->kept_cnt) {
        printf("... and %llu more\n", (unsigned long long)(report->error_cnt - report->kept_cnt));
    }
}

/* --- check */

static void say_file(const bj_ref_file_t *file) {
    const bj_ref_report_t *report = &file->report;
    printf("%s: %s, %zu rows, %llu bad lines, %llu lines\n", file->name,
           bj_ref_kind_name(file->kind), file->row_cnt, (unsigned long long)report->bad_line_cnt,
           (unsigned long long)report->line_cnt);
    say_errors(report);
}

static json_t *file_json(const bj_ref_file_t *file) {
    const bj_ref_report_t *report = &file->report;
    char name[sizeof file->name];
    for (size_t i = 0; i < sizeof name; i++) { /* JSON is UTF-8, names of files need not be */
        name[i] = file->name[i] & (char)0x80 ? '?' : file->name[i];
    }
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "file", name, "kind",
                     bj_ref_kind_name(file->kind), "rows", (json_int_t)file->row_cnt, "lines",
                     (json_int_t)report->line_cnt, "bad_lines", (json_int_t)report->bad_line_cnt,
                     "errors", (json_int_t)report->error_cnt, "kept", errors_json(report));
}

static void say_json(json_t *json) {
    (void)json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER); /* see `said` */
    putchar('\n');
    json_decref(json);
}

/* Lenient: an operator wants to know how many rows are good as well. */
static bj_ref_file_t *load(const char *name) {
    bj_ref_file_t *file;
    if (bj_ref_load(name, BJ_REF_ANY, BJ_REF_LENIENT, &file) == BJ_ERR_FULL) {
        fputs("bijli-refdata: no memory\n", stderr);
        exit(1);
    }
    return file;
}

static int check(const ask_t *ask, char **names, int cnt) {
    json_t *list = json_array();
    bool bad = false;
    for (int i = 0; i < cnt; i++) {
        bj_ref_file_t *file = load(names[i]);
        bad |= file->report.error_cnt > 0;
        if (ask->json) json_array_append_new(list, file_json(file));
        else say_file(file);
        bj_ref_free(file);
    }
    if (ask->json) say_json(json_pack("{s:b, s:O}", "ok", !bad, "files", list));
    json_decref(list);
    return bad;
}

/* --- merge */

static void say_day(const bj_ref_day_t *day) {
    printf("%zu instruments, %zu in %zu streams, %zu spreads without a token left out\n",
           day->instrument_cnt, day->row_cnt, day->stream_cnt, day->spreads_left_out);
    for (size_t i = 0; i < day->stream_cnt; i++) {
        printf("%s stream %u: %u\n", bj_segment_name(day->streams[i].segment),
               day->streams[i].stream_id, day->streams[i].row_cnt);
    }
    say_errors(&day->report);
}

static json_t *day_json(const bj_ref_day_t *day) {
    json_t *streams = json_array();
    for (size_t i = 0; i < day->stream_cnt; i++) {
        const bj_ref_day_stream_t *stream = &day->streams[i];
        json_array_append_new(streams, json_pack("{s:i, s:i, s:I}", "segment", stream->segment,
                                                 "stream_id", stream->stream_id, "rows",
                                                 (json_int_t)stream->row_cnt));
    }
    return json_pack("{s:b, s:I, s:I, s:I, s:o, s:I, s:o}", "ok", day->report.error_cnt == 0,
                     "instruments", (json_int_t)day->instrument_cnt, "rows",
                     (json_int_t)day->row_cnt, "spreads_left_out",
                     (json_int_t)day->spreads_left_out, "streams", streams, "errors",
                     (json_int_t)day->report.error_cnt, "kept", errors_json(&day->report));
}

static int merge(const ask_t *ask, char **names, int cnt) {
    bj_ref_file_t **files = calloc((size_t)cnt, sizeof *files);
    bj_ref_day_t *day;
    bj_ref_merge_rule_t rule = {.day = ask->day, .mode = BJ_REF_LENIENT};
    if (!files) abort();
    bool bad = false;
    for (int i = 0; i < cnt; i++) {
        files[i] = load(names[i]);
        bad |= files[i]->report.error_cnt > 0;
        if (files[i]->report.error_cnt && !ask->json) say_file(files[i]);
    }
    const bj_ref_file_t *const *all = (const bj_ref_file_t *const *)files;
    if (bj_ref_merge(all, (size_t)cnt, &rule, &day) != BJ_OK) abort();
    bad |= day->report.error_cnt > 0;
    if (ask->json) say_json(day_json(day));
    else say_day(day);
    bj_ref_day_free(day);
    for (int i = 0; i < cnt; i++) bj_ref_free(files[i]);
    free(files);
    return bad;
}

/* --- what is asked */

static const struct option options[] = {
    {"json", no_argument, NULL, 'j'},
    {"day", required_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int usage(FILE *to) {
    fputs("usage: bijli-refdata check [--json] FILE...\n"
          "       bijli-refdata merge [--json] [--day YYYY-MM-DD] FILE...\n", to);
    return to == stdout ? 0 : 2;
}

/* The verdict, if it could be written. */
static int said(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    fprintf(stderr, "bijli-refdata: what it found cannot be written: %s\n", strerror(errno));
    return 2;
}

int main(int argc, char **argv) {
    ask_t ask = {0};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'h') return usage(stdout);
        if (c == 'j') ask.json = true;
        else if (c != 'd') return usage(stderr);
        else if (!bj_ref_day_iso(optarg, &ask.day)) {
            fprintf(stderr, "bijli-refdata: --day: '%s' is not a date YYYY-MM-DD\n", optarg);
            return 2;
        }
    }
    if (argc - optind < 2) return usage(stderr);
    const char *verb = argv[optind++];
    if (!strcmp(verb, "check")) return said(check(&ask, argv + optind, argc - optind));
    if (!strcmp(verb, "merge")) return said(merge(&ask, argv + optind, argc - optind));
    return usage(stderr);
}
