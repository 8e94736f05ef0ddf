/* bijli-audit: what clients said and were told (docs/audit.md). */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/audit/bj_audit_read.h"
#include "dataplane/audit/bj_audit_text.h"
#include "dataplane/base/bj_config.h"

enum { EXIT_FOUND = 0, EXIT_NOTHING = 1, EXIT_USAGE = 2, EXIT_DAMAGED = 3, PATH_BYTES = 1024 };

typedef struct asked {
    char   dir[PATH_BYTES];
    bool   json;
    size_t tail_cnt;
    bj_audit_query_t query;
} asked_t;

static const char usage[] =
    "usage: bijli-audit (--config FILE | --dir DIR) [--json] COMMAND\n"
    "  find [--client-order-id N] [--order-id N] [--session N] [--account N] [--from T] [--to T]\n"
    "  tail [--count N]     the last records, 20 if not said\n"
    "  verify               every record of every file\n"
    "NNF's orders are found by their client's reference too, and by NNF's order number.\n"
    "T is 2026-11-26T09:15:00Z, with or without parts of a second, or ns since 1970.\n"
    "Exit status: 0 found or good, 1 nothing found, 2 wrong usage, 3 damaged or not readable.\n";

static bool show(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                 uint64_t at_bytes) {
    char line[BJ_AUDIT_LINE_BYTES];
    (void)at_bytes;
    (void)!bj_audit_line(record, msg, ((const asked_t *)ctx)->json, line, sizeof line);
    puts(line);
    return !ferror(stdout);
}

static int report(const asked_t *asked, bj_status_t status, uint64_t found_cnt) {
    if (status == BJ_OK) return found_cnt ? EXIT_FOUND : EXIT_NOTHING;
    fprintf(stderr, "bijli-audit: %s: %s; what could be read was shown\n", asked->dir,
            bj_status_text(status));
    return EXIT_DAMAGED;
}

static int find(const asked_t *asked) {
    uint64_t found_cnt = 0;
    asked_t copy = *asked;
    bj_status_t status = bj_audit_find(asked->dir, &asked->query, show, &copy, &found_cnt);
    return report(asked, status, found_cnt);
}

/* --- tail: the last so many sequences --- */
static int tail(const asked_t *asked) {
    char **paths;
    size_t cnt;
    asked_t copy = *asked;
    uint64_t first_seq = 1, shown_cnt = 0;
    bj_audit_scan_t scan;
    bj_status_t status = bj_audit_files(asked->dir, &paths, &cnt);
    if (cnt && bj_audit_scan(paths[cnt - 1], NULL, NULL, &scan) == BJ_OK &&
        scan.last_seq > asked->tail_cnt)
        first_seq = scan.last_seq - asked->tail_cnt + 1;
    for (size_t i = 0; i < cnt && status == BJ_OK; i++) {
        const uint8_t *data, *msg;
        size_t data_bytes, used, at = sizeof(bj_audit_file_t);
        bj_audit_record_t record;
        bool last = i + 1 == cnt;
        unsigned long long next_seq = 0; /* files before the tail are not read */
        if (!last) sscanf(paths[i + 1] + strlen(asked->dir), "/audit-%llx", &next_seq);
        if (!last && next_seq && next_seq <= first_seq) continue;
        status = bj_audit_map(paths[i], &data, &data_bytes);
        while (status == BJ_OK && at < data_bytes &&
               bj_audit_parse(data + at, data_bytes - at, &record, &msg, &used) == BJ_OK) {
            if (record.seq >= first_seq) shown_cnt++, (void)show(&copy, &record, msg, at);
            at += used;
        }
        bj_audit_unmap(data, data_bytes);
    }
    bj_audit_files_free(paths, cnt);
    return report(asked, status, shown_cnt);
}

/* --- verify --- */
typedef struct verdict {
    uint64_t missed_cnt;
} verdict_t;

static bool missed_add(void *ctx, const bj_audit_record_t *record, const uint8_t *msg,
                       uint64_t at_bytes) {
    (void)msg, (void)at_bytes;
    if (record->kind == BJ_AUDIT_MISSED) ((verdict_t *)ctx)->missed_cnt += record->value;
    return true;
}

/* The last file may end in the middle of a record: someone is writing, or was killed. */
static bool file_verify(const asked_t *asked, const char *path, bool last, uint64_t *next_seq,
                        verdict_t *verdict) {
    bj_audit_scan_t scan;
    bj_status_t status = bj_audit_scan(path, missed_add, verdict, &scan);
    bool follows = !*next_seq || scan.first_seq == *next_seq;
    bool whole = status == BJ_OK && (last || !scan.rest_bytes);
    const char *why = status != BJ_OK ? bj_status_text(status)
                      : !whole        ? "damaged"
                      : !follows      ? "does not follow the file before"
                      : scan.rest_bytes ? "good, its end is not whole"
                                        : "good";
    printf(asked->json ? "{\"file\":\"%s\",\"first_seq\":\"%" PRIu64 "\",\"records\":\"%" PRIu64
                         "\",\"good_bytes\":\"%" PRIu64 "\",\"rest_bytes\":\"%" PRIu64
                         "\",\"verdict\":\"%s\"}\n"
                       : "%s: from %" PRIu64 ", %" PRIu64 " records, %" PRIu64
                         " bytes good, %" PRIu64 " after them: %s\n",
           path, scan.first_seq, scan.record_cnt, scan.good_bytes, scan.rest_bytes, why);
    *next_seq = scan.last_seq + 1;
    return whole && follows;
}

static int verify(const asked_t *asked) {
    char **paths;
    size_t cnt;
    uint64_t next_seq = 0;
    verdict_t verdict = {0};
    bj_status_t status = bj_audit_files(asked->dir, &paths, &cnt);
    bool good = status == BJ_OK;
    for (size_t i = 0; i < cnt; i++)
        good &= file_verify(asked, paths[i], i + 1 == cnt, &next_seq, &verdict);
    bj_audit_files_free(paths, cnt);
    if (status != BJ_OK)
        fprintf(stderr, "bijli-audit: %s: %s\n", asked->dir, bj_status_text(status));
    if (verdict.missed_cnt)
        fprintf(stderr, "bijli-audit: %" PRIu64 " records found no room and are missing\n",
                verdict.missed_cnt);
    return good ? EXIT_FOUND : EXIT_DAMAGED;
}

/* --- arguments --- */
static void die(const char *what, const char *text) {
    fprintf(stderr, "bijli-audit: %s %s\n%s", what, text, usage);
    exit(EXIT_USAGE);
}

/* NNF's order numbers have 16 digits, of which the last 14 are the order id. */
static uint64_t order_id_of(uint64_t asked) {
    static const uint64_t nnf_least = UINT64_C(1000000000000000);
    return asked >= nnf_least && asked < 10 * nnf_least ? asked % (nnf_least / 10) : asked;
}

static uint64_t number(const char *what, const char *text, uint64_t max) {
    char *end;
    unsigned long long n = strtoull(text, &end, 10);
    if (end == text || *end || *text == '-' || n < 1 || n > max) die(what, "must be above 0");
    return n;
}

static int64_t time_of(const char *what, const char *text) {
    int64_t time_ns;
    if (!bj_audit_time_parse(text, &time_ns)) die(what, "must be a time");
    return time_ns;
}

static void dir_of_config(asked_t *asked, const char *file) {
    bj_config_t *config = bj_config_load(file);
    const char *dir = bj_config_str_or(config, "audit.dir", NULL);
    int n = dir ? snprintf(asked->dir, sizeof asked->dir, "%s", dir)
                : snprintf(asked->dir, sizeof asked->dir, "%s/audit",
                           bj_config_str(config, "data_dir"));
    bj_config_free(config);
    if (n >= PATH_BYTES) die("--config", "names a path that is too long");
}

enum { OPT_CONFIG, OPT_DIR, OPT_JSON, OPT_CLIENT, OPT_ORDER, OPT_SESSION, OPT_ACCOUNT, OPT_FROM,
       OPT_TO, OPT_COUNT };
static const struct option options[] = {
    {"config", required_argument, NULL, OPT_CONFIG}, {"dir", required_argument, NULL, OPT_DIR},
    {"json", no_argument, NULL, OPT_JSON},
    {"client-order-id", required_argument, NULL, OPT_CLIENT},
    {"order-id", required_argument, NULL, OPT_ORDER},
    {"session", required_argument, NULL, OPT_SESSION},
    {"account", required_argument, NULL, OPT_ACCOUNT},
    {"from", required_argument, NULL, OPT_FROM}, {"to", required_argument, NULL, OPT_TO},
    {"count", required_argument, NULL, OPT_COUNT}, {NULL, 0, NULL, 0}};

static void option_take(asked_t *asked, int option) {
    bj_audit_query_t *q = &asked->query;
    switch (option) {
    case OPT_CONFIG: dir_of_config(asked, optarg); break;
    case OPT_DIR:
        if (snprintf(asked->dir, sizeof asked->dir, "%s", optarg) >= PATH_BYTES)
            die("--dir", "is too long");
        break;
    case OPT_JSON: asked->json = true; break;
    case OPT_CLIENT: q->client_order_id = number("--client-order-id", optarg, UINT64_MAX); break;
    case OPT_ORDER: q->order_id = order_id_of(number("--order-id", optarg, UINT64_MAX)); break;
    case OPT_SESSION: q->session_id = (int32_t)number("--session", optarg, UINT16_MAX); break;
    case OPT_ACCOUNT: q->account_id = (uint32_t)number("--account", optarg, UINT32_MAX); break;
    case OPT_FROM: q->from_ns = time_of("--from", optarg); break;
    case OPT_TO: q->to_ns = time_of("--to", optarg); break;
    case OPT_COUNT: asked->tail_cnt = number("--count", optarg, UINT32_MAX); break;
    default: die("an option", "is not known");
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(const asked_t *asked);
    } commands[] = {{"find", find}, {"tail", tail}, {"verify", verify}};
    asked_t asked = {.tail_cnt = 20, .query = {.session_id = -1}};
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        option_take(&asked, option);
    if (optind + 1 != argc) die("a command:", "find, tail or verify");
    if (!asked.dir[0]) die("--config or --dir", "must be given");
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        if (strcmp(argv[optind], commands[i].name) == 0) return commands[i].run(&asked);
    }
    die(argv[optind], "is not a command");
}
