/* bijli-flow - writes an order flow made from a seed (docs/flow.md).
 *
 *   bijli-flow --out FILE [--seed N] [--ops N] [--symbols N] [--live N] [--ids dense|sparse]
 *              [--modify core|full] [--path calm|trend|...] [--stale PPM] [--jump PPM]
 *
 * The same options give the same bytes on any machine.  One line on stderr sums it up.  Exit
 * status: 0; 1: the file cannot be written or memory is short; 2: an option is wrong. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "sim/flow/bj_flow_gen.h"

#define WORD(name, word, text) #word,
static const char *const path_words[] = {BJ_FLOW_PATH_LIST(WORD) NULL};
static const char *const ids_words[] = {BJ_FLOW_IDS_LIST(WORD) NULL};
static const char *const modify_words[] = {BJ_FLOW_MODIFY_LIST(WORD) NULL};

typedef struct flags { /* the command line, as numbers: a word is its place in its list */
    uint64_t seed, ops, symbols, live, ids, modify, path, stale, jump;
    const char *out;
} flags_t;

/* Every option: its value is a number from min to max, or one of words. */
typedef struct rule {
    const char *name;
    size_t      offset; /* in flags_t */
    uint64_t    min, max;
    const char *const *words;
    const char *text;
} rule_t;

static const rule_t rules[] = {
    {"seed", offsetof(flags_t, seed), 0, UINT64_MAX, NULL, "where the dice start"},
    {"ops", offsetof(flags_t, ops), 1, BJ_FLOW_OPS_MAX, NULL, "records in the file"},
    {"symbols", offsetof(flags_t, symbols), 1, BJ_FLOW_SYMBOLS_MAX, NULL, "books"},
    {"live", offsetof(flags_t, live), 1, BJ_FLOW_LIVE_MAX, NULL, "resting orders, in all"},
    {"ids", offsetof(flags_t, ids), 0, 0, ids_words, "order ids"},
    {"modify", offsetof(flags_t, modify), 0, 0, modify_words, "what modifies change"},
    {"path", offsetof(flags_t, path), 0, 0, path_words, "how prices move"},
    {"stale", offsetof(flags_t, stale), 0, BJ_FLOW_PPM_MAX, NULL,
     "cancels and modifies for nobody, of a million"},
    {"jump", offsetof(flags_t, jump), 0, BJ_FLOW_PPM_MAX, NULL, "leaps of a price, of a million"},
};
enum { RULES = BJ_COUNT(rules), OPT_OUT = RULES, OPT_HELP };

static const flags_t defaults = {.seed = 1, .ops = 5000000, .symbols = 64, .live = 20000,
                                 .stale = 10000, .jump = 4};

static void print_choice(FILE *to, const rule_t *rule) {
    if (!rule->words) {
        fprintf(to, "a number from %" PRIu64 " to %" PRIu64, rule->min, rule->max);
        return;
    }
    for (size_t i = 0; rule->words[i]; i++) fprintf(to, "%s%s", i ? ", " : "", rule->words[i]);
}

static void help(void) {
    puts("usage: bijli-flow --out FILE [options]\n");
    for (size_t i = 0; i < RULES; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&defaults + rules[i].offset, sizeof value);
        printf("  --%-8s %s: ", rules[i].name, rules[i].text);
        print_choice(stdout, &rules[i]);
        if (rules[i].words) printf(" (%s)\n", rules[i].words[value]);
        else printf(" (%" PRIu64 ")\n", value);
    }
    puts("");
#define LINE(name, word, text) puts("  --path " #word ": " text);
    BJ_FLOW_PATH_LIST(LINE)
#undef LINE
#define LINE(name, word, text) puts("  --ids " #word ": " text);
    BJ_FLOW_IDS_LIST(LINE)
#undef LINE
#define LINE(name, word, text) puts("  --modify " #word ": " text);
    BJ_FLOW_MODIFY_LIST(LINE)
#undef LINE
}

static bool read_number(const char *text, const rule_t *rule, uint64_t *value) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    bool is_number = *text >= '0' && *text <= '9' && !*end && !errno;
    return is_number && *value >= rule->min && *value <= rule->max;
}

static bool read_word(const char *text, const rule_t *rule, uint64_t *value) {
    for (*value = 0; rule->words[*value]; ++*value) {
        if (strcmp(text, rule->words[*value]) == 0) return true;
    }
    return false;
}

static bool read_value(const rule_t *rule, const char *text, flags_t *flags) {
    uint64_t value;
    if (rule->words ? read_word(text, rule, &value) : read_number(text, rule, &value)) {
        memcpy((char *)flags + rule->offset, &value, sizeof value);
        return true;
    }
    fprintf(stderr, "bijli-flow: --%s may be ", rule->name);
    print_choice(stderr, rule);
    fprintf(stderr, ", not '%s'\n", text);
    return false;
}

/* -1: go on; else the exit status. */
static int read_flags(int argc, char **argv, flags_t *flags) {
    struct option options[RULES + 3] = {
        [OPT_OUT] = {"out", required_argument, NULL, OPT_OUT},
        [OPT_HELP] = {"help", no_argument, NULL, OPT_HELP},
    };
    for (int i = 0; i < RULES; i++) {
        options[i] = (struct option){rules[i].name, required_argument, NULL, i};
    }
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == OPT_HELP) return help(), 0;
        if (c == '?') return 2; /* getopt_long has said why */
        if (c == OPT_OUT) flags->out = optarg;
        else if (!read_value(&rules[c], optarg, flags)) return 2;
    }
    if (optind == argc && flags->out) return -1;
    if (optind < argc) fprintf(stderr, "bijli-flow: what is '%s'?\n", argv[optind]);
    else fputs("bijli-flow: --out must name the file to write\n", stderr);
    return 2;
}

static bool write_flow(bj_flow_gen_t *gen, FILE *file) {
    static bj_flow_record_t records[1 << 16];
    for (size_t cnt; (cnt = bj_flow_gen_fill(gen, records, BJ_COUNT(records)));) {
        if (fwrite(records, sizeof records[0], cnt, file) != cnt) return false;
    }
    return true;
}

static void say(const flags_t *flags, const bj_flow_gen_t *gen) {
    bj_flow_gen_stats_t stats = bj_flow_gen_stats(gen);
    fprintf(stderr,
            "%s: ops=%" PRIu64 " add=%" PRIu64 " cancel=%" PRIu64 " modify=%" PRIu64
            " market=%" PRIu64 " ioc=%" PRIu64 " trades=%" PRIu64 " live=%" PRIu64
            " stale=%" PRIu64 " warm_up=%" PRIu64 "\n",
            flags->out, flags->ops, stats.op_cnt[BJ_FLOW_ADD], stats.op_cnt[BJ_FLOW_CANCEL],
            stats.op_cnt[BJ_FLOW_MODIFY], stats.op_cnt[BJ_FLOW_MARKET], stats.op_cnt[BJ_FLOW_IOC],
            stats.trade_cnt, stats.live_cnt, stats.stale_cnt, stats.warm_cnt);
}

static int run(const flags_t *flags, bj_flow_gen_t *gen) {
    FILE *file = fopen(flags->out, "wb");
    bool ok = file && write_flow(gen, file);
    if (file && fclose(file) != 0) ok = false;
    if (ok) say(flags, gen);
    else fprintf(stderr, "bijli-flow: %s: %s\n", flags->out, strerror(errno));
    return !ok;
}

int main(int argc, char **argv) {
    flags_t flags = defaults;
    int status = read_flags(argc, argv, &flags);
    if (status >= 0) return status;
    bj_flow_gen_config_t config = {
        .seed = flags.seed, .op_cnt = flags.ops, .symbol_cnt = (uint32_t)flags.symbols,
        .live_target = (uint32_t)flags.live, .ids = (bj_flow_ids_t)flags.ids,
        .modify = (bj_flow_modify_mix_t)flags.modify, .path = (bj_flow_path_t)flags.path,
        .stale_ppm = (uint32_t)flags.stale, .jump_ppm = (uint32_t)flags.jump};
    bj_flow_gen_t *gen = bj_flow_gen_new(&config);
    if (!gen) {
        fputs("bijli-flow: no memory for a flow of this size\n", stderr);
        return 1;
    }
    status = run(&flags, gen);
    bj_flow_gen_free(gen);
    return status;
}
