/* bijli-journal - look into a journal without touching it.
 *
 *   bijli-journal verify DIR     every record whole, in sequence: exit 0, else 1
 *   bijli-journal stat DIR       counts by command type
 *   bijli-journal dump DIR       one command a line
 *   bijli-journal replay DIR     through a fresh engine: commands, events, state hash
 *
 * The shape of the replaying engine must be the one that wrote the journal: a table that was full
 * then must be full now.  The defaults are those of the configuration made at set-up. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/wire/bj_cmd_reason.h"

typedef struct look {
    bj_engine_config_t config;
    bj_engine_t *engine;
    uint64_t events, refused_seq; /* refused_seq: a command the engine would not take */
    uint64_t by_type[16];
} look_t;

static const char *type_name(unsigned type) {
    switch (type) {
#define X(name, value, text) case value: return text;
        BJ_CMD_LIST(X)
#undef X
    }
    return "unknown type";
}

/* --- what is done with each command */

static void count(void *ctx, const bj_cmd_t *cmd) {
    look_t *look = ctx;
    look->by_type[cmd->type < BJ_COUNT(look->by_type) ? cmd->type : 0]++;
}

static void dump_limit(const bj_cmd_limit_t *limit) {
    static const char *const levels[] = {"?", BJ_LEVEL_WORDS};
    const char *word = bj_limit_word(limit->limit);
    printf(" level %s limit %s desk %u value %" PRId64,
           levels[limit->level < BJ_LEVEL_END ? limit->level : 0], word ? word : "?", limit->desk,
           limit->value);
}

/* A journal may hold anything: what cannot be printed is a dot. */
static void dump_author(const bj_cmd_t *cmd) {
    char reason[BJ_LIMIT_REASON_BYTES];
    bj_cmd_reason(cmd, reason);
    for (char *p = reason; *p; p++) *p = *p >= ' ' && *p <= '~' ? *p : '.';
    if (bj_cmd_author(cmd)) printf(" author %" PRIu64, bj_cmd_author(cmd));
    if (*reason) printf(" reason \"%s\"", reason);
}

/* What is in the body of those that have one. */
static void dump_body(const bj_cmd_t *cmd) {
    const bj_cmd_phase_t *phase = &cmd->body.phase;
    switch (cmd->type) {
    case BJ_CMD_INSTRUMENT_STATE: printf(" state %u", cmd->body.state); break;
    case BJ_CMD_PHASE:
        printf(" phase %u auction %u reference %d band_bp %u", phase->phase, phase->auction,
               phase->reference_paise, phase->band_bp);
        break;
    case BJ_CMD_UNCROSS:
        printf(" phase %u market_first %u", phase->phase, phase->market_first);
        break;
    case BJ_CMD_BAND:
        printf(" %d..%d", cmd->body.band.lo_paise, cmd->body.band.hi_paise);
        break;
    case BJ_CMD_DAY_END: printf(" day %u", cmd->body.day.day); break;
    case BJ_CMD_KILL:
        printf(" desk %u side %c%s", cmd->body.kill.desk, cmd->side ? cmd->side : '-',
               cmd->body.kill.block ? " block" : "");
        break;
    case BJ_CMD_LIMIT: dump_limit(&cmd->body.limit); break;
    default: break;
    }
    dump_author(cmd);
}

static void dump_order(const bj_cmd_t *cmd) {
    if (cmd->order_id) printf(" order %" PRIu64, cmd->order_id);
    if (cmd->client_order_id) printf(" client %" PRIu64, cmd->client_order_id);
    if (cmd->token) printf(" token %u", cmd->token);
    if (cmd->qty) printf(" %c %d@%d type %u tif %u", cmd->side ? cmd->side : '-', cmd->qty,
                         cmd->price_paise, cmd->order_type, cmd->tif);
    if (cmd->trigger_price_paise) printf(" trigger %d", cmd->trigger_price_paise);
    if (cmd->disclosed_qty) printf(" disclosed %d", cmd->disclosed_qty);
}

static void dump(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    printf("%" PRIu64 " %" PRId64 " session %u.%" PRIu64 " account %u %s", cmd->seq, cmd->time_ns,
           cmd->session_id, cmd->session_seq, cmd->account_id, type_name(cmd->type));
    if (cmd->type != BJ_CMD_ACCOUNT) dump_order(cmd); /* an account's has its reason there */
    dump_body(cmd);
    putchar('\n');
}

static void replay(void *ctx, const bj_cmd_t *cmd) {
    look_t *look = ctx;
    bj_cmd_t copy = *cmd;
    size_t event_cnt;
    if (!bj_engine_apply(look->engine, &copy, &event_cnt) && !look->refused_seq) {
        look->refused_seq = cmd->seq;
    }
    look->events += event_cnt;
}

/* --- what is said at the end */

static void say_report(const look_t *look, const bj_journal_report_t *report) {
    (void)look;
    printf("journal_id 0x%016" PRIx64 "\nfiles %u\ncommands %" PRIu64 "\nlast_seq %" PRIu64
           "\ntorn_bytes %" PRIu64 "\n", report->journal_id, report->file_cnt, report->cmd_cnt,
           report->last_seq, report->torn_bytes);
}

static void say_counts(const look_t *look, const bj_journal_report_t *report) {
    say_report(look, report);
    for (unsigned i = 0; i < BJ_COUNT(look->by_type); i++) {
        if (look->by_type[i]) printf("%" PRIu64 " %s\n", look->by_type[i], type_name(i));
    }
}

static void say_state(const look_t *look, const bj_journal_report_t *report) {
    bj_engine_stats_t stats = bj_engine_stats(look->engine);
    say_report(look, report);
    printf("events %" PRIu64 "\nmatches %" PRIu64 "\nlive_orders %u\n"
           "state_hash 0x%016" PRIx64 "\n", look->events, stats.match_cnt, stats.live_orders,
           bj_engine_hash(look->engine));
}

static void say_nothing(const look_t *look, const bj_journal_report_t *report) {
    (void)look, (void)report;
}

static const struct {
    const char *name;
    bj_journal_replay_fn *each;
    void (*say)(const look_t *look, const bj_journal_report_t *report);
    bool engine;
} verbs[] = {
    {"verify", NULL, say_report, false},
    {"stat", count, say_counts, false},
    {"dump", dump, say_nothing, false},
    {"replay", replay, say_state, true},
};

static const struct option options[] = {
    {"instrument-max", required_argument, NULL, 'i'},
    {"account-max", required_argument, NULL, 'a'},
    {"order-max", required_argument, NULL, 'o'},
    {"message-rate", required_argument, NULL, 'r'},
    {"message-burst", required_argument, NULL, 'b'},
    {NULL, 0, NULL, 0},
};

static int usage(void) {
    fputs("usage: bijli-journal verify|stat|dump|replay DIR\n"
          "       replay: [--instrument-max N] [--account-max N] [--order-max N]\n"
          "               [--message-rate N] [--message-burst N]\n", stderr);
    return 2;
}

static bool read_number(const char *text, uint32_t *number) {
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n > UINT32_MAX) return false;
    *number = (uint32_t)n;
    return true;
}

static bool read_options(int argc, char **argv, bj_engine_config_t *config) {
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        uint32_t *field = c == 'i' ? &config->instrument_max : c == 'a' ? &config->account_max
                        : c == 'o' ? &config->order_max : c == 'r' ? &config->message_rate_per_s
                        : c == 'b' ? &config->message_burst : NULL;
        if (!field || !read_number(optarg, field)) return false;
    }
    return argc - optind == 2;
}

static int run(size_t verb, const char *dir, look_t *look) {
    void *mem = NULL;
    if (verbs[verb].engine) {
        size_t bytes = bj_engine_footprint(&look->config);
        mem = bytes ? aligned_alloc(BJ_LINE_BYTES, bytes) : NULL;
        look->engine = mem ? bj_engine_new(mem, &look->config) : NULL;
        if (!look->engine) {
            fputs("bijli-journal: an engine of this shape is not possible here\n", stderr);
            return 1;
        }
    }
    bj_journal_report_t report;
    bj_status_t status = bj_journal_scan(dir, verbs[verb].each, look, &report);
    if (status == BJ_OK && look->refused_seq) {
        fprintf(stderr, "bijli-journal: the engine did not take sequence %" PRIu64 "\n",
                look->refused_seq);
        status = BJ_ERR_SEQUENCE;
    }
    if (status == BJ_OK) verbs[verb].say(look, &report);
    else fprintf(stderr, "bijli-journal: %s: %s\n", dir,
                 status == BJ_ERR_NOT_FOUND ? "no such folder" : bj_status_text(status));
    free(mem);
    return status != BJ_OK;
}

int main(int argc, char **argv) {
    look_t look = {.config = {.instrument_max = 256, .account_max = 4096, .order_max = 65536}};
    bj_log_init("bijli-journal", BJ_LOG_INFO);
    if (!read_options(argc, argv, &look.config)) return usage();
    for (size_t i = 0; i < BJ_COUNT(verbs); i++) {
        if (strcmp(argv[optind], verbs[i].name) == 0) return run(i, argv[optind + 1], &look);
    }
    return usage();
}
