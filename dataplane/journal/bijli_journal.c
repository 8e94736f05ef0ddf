/* bijli-journal - look into a journal without touching it, and make snapshots of one; see usage().
 *
 * The shape of the replaying engine must be the one that wrote the journal: a table that was full
 * then must be full now.  The defaults are those of the configuration made at set-up.  Whether its
 * orders are at an exchange the journal says itself. */
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/journal/bijli_journal.h"
#include "dataplane/journal/bj_journal_priv.h"
#include "dataplane/wire/bj_cmd_reason.h"
#include "dataplane/journal/bj_snap.h"

typedef struct look {
    const char *path;
    bool        is_dir;
    bool        from_snapshot; /* replay: behind the newest good one */
    bj_engine_config_t config;
    bj_engine_t *engine;
    uint64_t after_seq; /* replay: what the snapshot has */
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
    if (!bj_cmd_has_reason(cmd)) return;
    if (cmd->flags & BJ_FLAG_ONE_PERSON) printf(" one person");
    if (cmd->flags & BJ_FLAG_TWO_PEOPLE) printf(" two people");
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
    printf("journal_id 0x%016" PRIx64 "\nvenue %s\nfiles %u\ncommands %" PRIu64
           "\nlast_seq %" PRIu64 "\ntorn_bytes %" PRIu64 "\n", report->journal_id,
           report->venue ? "nse" : "internal", report->file_cnt, report->cmd_cnt,
           report->last_seq, report->torn_bytes);
}

static void say_snapshots(const char *dir) {
    uint64_t list[BJ_SNAP_LIST_MAX];
    size_t cnt = bj_snap_list(dir, list);
    for (size_t i = 0; i < cnt; i++) {
        bj_snap_info_t info;
        const char *why = bj_snap_look(dir, list[i], &info);
        if (why) printf("snapshot %" PRIu64 " is bad: %s\n", list[i], why);
        else printf("snapshot %" PRIu64 " events %" PRIu64 " state_hash 0x%016" PRIx64 "\n",
                    info.cmd_seq, info.event_seq, info.state_hash);
    }
}

static void say_counts(const look_t *look, const bj_journal_report_t *report) {
    say_report(look, report);
    for (unsigned i = 0; i < BJ_COUNT(look->by_type); i++) {
        if (look->by_type[i]) printf("%" PRIu64 " %s\n", look->by_type[i], type_name(i));
    }
    if (look->is_dir) say_snapshots(look->path);
}

static void say_state(const look_t *look, const bj_journal_report_t *report) {
    bj_engine_stats_t stats = bj_engine_stats(look->engine);
    say_report(look, report);
    if (look->after_seq) printf("after_snapshot %" PRIu64 "\n", look->after_seq);
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

enum { OPT_HELP = 256, OPT_SNAPSHOT, OPT_CONFIG, OPT_EVENTS, OPT_PRUNE };

static const struct option options[] = {
    {"instrument-max", required_argument, NULL, 'i'},
    {"account-max", required_argument, NULL, 'a'},
    {"order-max", required_argument, NULL, 'o'},
    {"message-rate", required_argument, NULL, 'r'},
    {"message-burst", required_argument, NULL, 'b'},
    {"from-snapshot", no_argument, NULL, OPT_SNAPSHOT},
    {"config", required_argument, NULL, OPT_CONFIG},
    {"events", required_argument, NULL, OPT_EVENTS},
    {"prune", no_argument, NULL, OPT_PRUNE},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static int usage(FILE *to, int code) {
    fputs("usage: bijli-journal verify DIR|FILE     every record whole and in sequence\n"
          "       bijli-journal stat DIR|FILE       counts by type of command; the snapshots\n"
          "       bijli-journal dump DIR|FILE       one command a line\n"
          "       bijli-journal replay DIR|FILE     through a new engine: events, state hash\n"
          "                                         (a FILE if it is the journal's first)\n"
          "                     [--from-snapshot]   behind the newest good one\n"
          "       bijli-journal snapshot DIR        make one, also while the journal is written\n"
          "                     [--events DIR --prune]  sync the event log, then take away\n"
          "                                         files that the older of two snapshots covers\n"
          "       bijli-journal snapshot --config FILE  follow the dataplane's journal; see\n"
          "                                         dataplane.snapshot_every, journal_prune\n"
          "replay, snapshot DIR: the engine's shape, as in the configuration it ran with:\n"
          "       [--instrument-max N] [--account-max N] [--order-max N]\n"
          "       [--message-rate N] [--message-burst N]\n"
          "exit: 0 good, 1 not good or not readable (a sentence on stderr), 2 asked wrongly\n", to);
    return code;
}

static bool read_number(const char *text, uint32_t *number) {
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n > UINT32_MAX) return false;
    *number = (uint32_t)n;
    return true;
}

typedef struct asked {
    bool help;
    const char *config_file;
    bj_snapshot_asked_t snapshot;
} asked_t;

static bool read_option(int c, look_t *look, asked_t *asked) {
    bj_engine_config_t *config = &look->config;
    uint32_t *field = c == 'i' ? &config->instrument_max : c == 'a' ? &config->account_max
                    : c == 'o' ? &config->order_max : c == 'r' ? &config->message_rate_per_s
                    : c == 'b' ? &config->message_burst : NULL;
    if (field) return read_number(optarg, field);
    switch (c) {
    case OPT_HELP: asked->help = true; return true;
    case OPT_SNAPSHOT: look->from_snapshot = true; return true;
    case OPT_CONFIG: asked->config_file = optarg; return true;
    case OPT_EVENTS: asked->snapshot.events_dir = optarg; return true;
    case OPT_PRUNE: asked->snapshot.prune = true; return true;
    default: return false;
    }
}

/* --- looking */

/* Its engine is the journal's own kind; one that cannot be read is said where it is read. */
static bool venue_of(const char *path, bool is_dir) {
    uint64_t journal_id;
    bool venue = false;
    bj_journal_header_t header = {0};
    if (is_dir) return bj_journal_whose(path, &journal_id, &venue) == BJ_OK && venue;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && bj_journal_header(fd, 0, &header) == BJ_OK;
    if (fd >= 0) close(fd);
    return ok && header.venue;
}

static bool engine_make(look_t *look, void **mem) {
    size_t bytes = bj_engine_footprint(&look->config);
    *mem = bytes ? aligned_alloc(BJ_LINE_BYTES, bytes) : NULL;
    look->engine = *mem ? bj_engine_new(*mem, &look->config) : NULL;
    if (look->engine) return true;
    fputs("bijli-journal: an engine of this shape is not possible here\n", stderr);
    return false;
}

static bool snapshot_take(look_t *look, void *mem) {
    uint64_t list[BJ_SNAP_LIST_MAX], journal_id;
    size_t cnt = bj_snap_list(look->path, list);
    bj_snap_info_t info;
    if (bj_journal_id(look->path, &journal_id) != BJ_OK) return true; /* reading will say why */
    for (size_t i = 0; i < cnt; i++) {
        const char *why = bj_snap_load(look->path, list[i], journal_id, &look->config,
                                       look->engine, &info);
        if (!why) {
            look->after_seq = info.cmd_seq;
            return true;
        }
        fprintf(stderr, "bijli-journal: snapshot %" PRIu64 " passed over: %s\n", list[i], why);
        look->engine = bj_engine_new(mem, &look->config);
    }
    fprintf(stderr, "bijli-journal: %s: no good snapshot\n", look->path);
    return false;
}

static bj_status_t read_all(look_t *look, bj_journal_replay_fn *each,
                            bj_journal_report_t *report) {
    if (!look->is_dir) return bj_journal_scan_file(look->path, each, look, report);
    return bj_journal_scan_after(look->path, look->after_seq, each, look, report);
}

static int say_status(const look_t *look, bj_status_t status) {
    if (look->refused_seq && !look->after_seq && look->refused_seq > 1 && !look->events)
        fprintf(stderr, "bijli-journal: %s begins at sequence %" PRIu64
                ": give its folder, or one with a snapshot\n", look->path, look->refused_seq);
    else if (look->refused_seq)
        fprintf(stderr, "bijli-journal: the engine did not take sequence %" PRIu64 "\n",
                look->refused_seq);
    else if (status != BJ_OK)
        fprintf(stderr, "bijli-journal: %s: %s\n", look->path, bj_status_text(status));
    return status != BJ_OK || look->refused_seq;
}

static int run(size_t verb, look_t *look) {
    void *mem = NULL;
    struct stat st;
    bj_journal_report_t report;
    if (stat(look->path, &st) != 0) {
        fprintf(stderr, "bijli-journal: %s: no such folder or file\n", look->path);
        return 1;
    }
    look->is_dir = S_ISDIR(st.st_mode);
    look->config.venue = venue_of(look->path, look->is_dir);
    if (verbs[verb].engine && !engine_make(look, &mem)) return 1;
    bool ok = !look->from_snapshot || !look->engine || snapshot_take(look, mem);
    bj_status_t status = ok ? read_all(look, verbs[verb].each, &report) : BJ_OK;
    int code = ok ? say_status(look, status) : 1;
    if (!code) verbs[verb].say(look, &report);
    free(mem);
    return code;
}

int main(int argc, char **argv) {
    look_t look = {.config = {.instrument_max = 256, .account_max = 4096, .order_max = 65536}};
    asked_t asked = {0};
    bj_log_init("bijli-journal", BJ_LOG_INFO);
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (!read_option(c, &look, &asked)) return usage(stderr, 2);
    }
    if (asked.help) return usage(stdout, 0);
    int left = argc - optind;
    bool snapshot = left > 0 && strcmp(argv[optind], "snapshot") == 0;
    if (snapshot && left == 1 && asked.config_file) return bj_snapshot_follow(asked.config_file);
    if (left != 2 || asked.config_file) return usage(stderr, 2);
    look.path = argv[optind + 1];
    if (snapshot) {
        look.config.venue = venue_of(look.path, true);
        return bj_snapshot_once(look.path, &look.config, &asked.snapshot);
    }
    for (size_t i = 0; i < BJ_COUNT(verbs); i++) {
        if (strcmp(argv[optind], verbs[i].name) == 0) return run(i, &look);
    }
    return usage(stderr, 2);
}
