#include "controlplane/cli/bj_cli_hardware.h"

#include <inttypes.h>
#include <stdlib.h>
#include "controlplane/cli/bj_cli_print.h"
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_time.h"

enum { GOOD, DIFFERED, USAGE, AWAY, PATH_BYTES = 512, COLUMNS = 80, AT_VOIDS = 58 };
static const int64_t age_max_ns = 4 * BJ_NS_PER_S;

typedef struct args {
    const char *config_file, *word;
    bool json;
} args_t;

static const char *read_args(int argc, char **argv, args_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG");
    *args = (args_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    const char *wrong = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            args->config_file = argv[++i];
        else if (strcmp(argv[i], "--json") == 0)
            args->json = true;
        else if (argv[i][0] == '-')
            wrong = "unknown option";
        else if (args->word)
            wrong = "hardware takes no word";
        else
            args->word = argv[i];
    }
    return wrong;
}

bool bj_cli_is_hardware(int argc, char **argv) {
    args_t args;
    const char *wrong = read_args(argc, argv, &args);
    (void)wrong; /* is said when it is run */
    return args.word && strcmp(args.word, "hardware") == 0;
}

void bj_cli_hardware_usage(FILE *out) {
    fprintf(out, "  hardware\n        the book in hardware beside the C book: agreement, clocks, "
                 "voids\n");
}

/* --- printed */
static int64_t int_of(json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}
static const char *text_of(json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}
/* In one of eight buffers in turn: enough for one printf. */
static const char *number_of(json_t *object, const char *key) {
    static char buffers[8][40];
    static unsigned next;
    char *out = buffers[next++ % BJ_COUNT(buffers)];
    bj_cli_number(int_of(object, key), out, sizeof buffers[0]);
    return out;
}

static void print_voids(FILE *out, json_t *voids) {
    const char *reason, *before = "  (";
    json_t *cnt;
    json_object_foreach(voids, reason, cnt) {
        fprintf(out, "%s%s %" JSON_INTEGER_FORMAT, before, reason, json_integer_value(cnt));
        before = ", ";
    }
    fprintf(out, "%s\n", json_object_size(voids) ? ")" : "");
}

static void print_counters(FILE *out, json_t *counters) {
    static const struct {
        const char *name, *words;
    } rows[] = {{"KNOWN", "messages taken"},
                {"DUP", "second copies"},
                {"BEAT", "heartbeats"},
                {"LATE", "late copies"},
                {"BAD", "bad frames"},
                {"RESTART", "streams begun again"},
                {"GAP", "gaps"},
                {"TOKEN", "other tokens"},
                {"ORDER", "orders never seen"},
                {"OTHER", "another token's orders"},
                {"OFF", "prices off the ladder"},
                {"ROOM", "orders without room"},
                {"POISON", "bad after use"},
                {"MANY", "several in a frame"}};
    fprintf(out, "Counted by the card\n");
    for (size_t i = 0; i < BJ_COUNT(rows); i += 2)
        fprintf(out, "  %-22s %10s    %-22s %10s\n", rows[i].words,
                number_of(counters, rows[i].name), rows[i + 1].words,
                number_of(counters, rows[i + 1].name));
}

static void print_tokens(FILE *out, json_t *tokens) {
    size_t i;
    json_t *token;
    fprintf(out, "%-12s %-8s %12s %9s %6s %6s  %s\n", "instrument", "state", "compared",
            "different", "loads", "again", "voids");
    json_array_foreach(tokens, i, token) {
        bool exact = int_of(token, "exact") != 0;
        json_t *voids = json_object_get(token, "voids"), *cnt;
        const char *reason, *before = "  ";
        fprintf(out, "%-12.12s %-8s %12s %9s %6s %6s", text_of(token, "symbol"),
                exact ? "exact" : text_of(token, "reason"), number_of(token, "compared"),
                number_of(token, "different"), number_of(token, "loads"),
                number_of(token, "retries"));
        int room = COLUMNS - AT_VOIDS - 3; /* " .." */
        json_object_foreach(voids, reason, cnt) {
            char part[40];
            int bytes = snprintf(part, sizeof part, "%s%s %" JSON_INTEGER_FORMAT, before, reason,
                                 json_integer_value(cnt));
            room -= bytes;
            if (room < 0) break;
            fprintf(out, "%s", part);
            before = ", ";
        }
        fprintf(out, "%s\n", room < 0 ? " .." : "");
    }
}

void bj_cli_print_hardware(FILE *out, json_t *root) {
    json_t *totals = json_object_get(root, "totals"), *feed = json_object_get(root, "feed");
    json_t *tokens = json_object_get(root, "tokens");
    fprintf(out, "Card      %s; %s of %zu instruments exact; %s stream %" JSON_INTEGER_FORMAT "\n",
            text_of(root, "state"), number_of(totals, "exact"), json_array_size(tokens),
            text_of(root, "segment"), (json_int_t)int_of(root, "stream"));
    fprintf(out, "Answers   %s compared with the C book, %s equal, %s different\n",
            number_of(totals, "compared"), number_of(totals, "equal"),
            number_of(totals, "different"));
    fprintf(out, "Clocks    last beat to top of book %s to %s, to depth %s to %s\n",
            number_of(totals, "top_clocks_min"), number_of(totals, "top_clocks_max"),
            number_of(totals, "deep_clocks_min"), number_of(totals, "deep_clocks_max"));
    fprintf(out, "Loads     %s, tried again %s, orders off the window %s; boots %s\n",
            number_of(totals, "loads"), number_of(totals, "retries"), number_of(totals, "refused"),
            number_of(totals, "boots"));
    fprintf(out, "Voids     %s", number_of(totals, "voids"));
    print_voids(out, json_object_get(root, "voids"));
    fprintf(out, "Frames    %s to the card, %s dropped\n", number_of(feed, "wire_frames"),
            number_of(feed, "wire_dropped"));
    fprintf(out, "Rows      %s by the card, %s overtaken, %s late\n\n",
            number_of(feed, "rows_served"), number_of(feed, "rows_passed"),
            number_of(feed, "rows_late"));
    print_counters(out, json_object_get(root, "counters"));
    fprintf(out, "\n");
    print_tokens(out, tokens);
}

/* --- run */
static int say_software(const args_t *args) {
    if (args->json)
        puts("{\"backend\": \"software\"}");
    else
        puts("The books are the dataplane's own, in C (book.backend is software).\n"
             "Beside them the design in hw/, simulated: make run BOOK=sim");
    return GOOD;
}

static int show(const args_t *args, const bj_config_t *config) {
    char path[PATH_BYTES];
    if (strcmp(bj_config_str_or(config, "book.backend", "software"), "hardware") != 0)
        return say_software(args);
    snprintf(path, sizeof path, "%s/hardware.json", bj_config_str(config, "run_dir"));
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (!root || bj_clock_wall_ns() - int_of(root, "time_ns") > age_max_ns) {
        fprintf(stderr, "bijlictl: the dataplane does not say how its card is (%s is %s)\n", path,
                root ? "old" : "not there");
        json_decref(root);
        return AWAY;
    }
    bool differed = json_is_true(json_object_get(root, "differed"));
    if (args->json)
        json_dumpf(root, stdout, JSON_INDENT(2)), putchar('\n');
    else
        bj_cli_print_hardware(stdout, root);
    json_decref(root);
    return differed ? DIFFERED : GOOD;
}

int bj_cli_hardware(int argc, char **argv) {
    args_t args;
    const char *wrong = read_args(argc, argv, &args);
    if (wrong) {
        fprintf(stderr, "bijlictl: %s\n", wrong);
        bj_cli_hardware_usage(stderr);
        return USAGE;
    }
    bj_config_t *config = bj_config_load(args.config_file);
    int code = show(&args, config);
    bj_config_free(config);
    return code;
}
