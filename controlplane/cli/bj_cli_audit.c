#include "controlplane/cli/bj_cli_audit.h"

#include <inttypes.h>
#include <stdlib.h>
#include "controlplane/audit/bj_trail_json.h"
#include "controlplane/cli/bj_cli_audit_priv.h"
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/text/bj_text.h"

enum { PATH_BYTES = 512 };

#define OPTION(args, name) ((args)->option[BJ_CLI_AUDIT_##name])

/* --- words */

static const struct {
    const char *name;
    bool        has_value;
} options[BJ_CLI_AUDIT_OPTION_CNT] = {
#define X(option, value) {#option, value},
    BJ_CLI_AUDIT_OPTIONS(X)
#undef X
};

static int list(const bj_cli_audit_ctx_t *ctx);
static int show(const bj_cli_audit_ctx_t *ctx);
static int head(const bj_cli_audit_ctx_t *ctx);

#define BIT(option) (1U << BJ_CLI_AUDIT_##option)

static const struct {
    const char *name, *usage, *help;
    bool        needs_word;
    unsigned    options;
    int (*run)(const bj_cli_audit_ctx_t *ctx);
} commands[] = {
    {"list",
     "[--actor user:N|operator|...] [--act NAME] [--from TIME] [--to TIME] [--before N] "
     "[--limit N]",
     "entries of the audit trail, newest first; TIME: 2026-08-03 or 2026-08-03T09:15:00Z", false,
     BIT(actor) | BIT(act) | BIT(from) | BIT(to) | BIT(before) | BIT(limit), list},
    {"show", "N", "one entry, and the proof that it is under a signed head", true, BIT(key), show},
    {"head", "[--from SIZE]",
     "the last signed head; and the proof that nothing of the one of SIZE entries changed", false,
     BIT(from) | BIT(heads) | BIT(key), head},
    {"verify", "[--entries EXPORT] [--heads FILE] [--key FILE] [--tree FILE]",
     "goes through all entries: names the first that was changed, moved or taken away", false,
     BIT(entries) | BIT(heads) | BIT(key) | BIT(tree), bj_cli_audit_verify},
    {"export", "FILE", "all entries, a line each, for a verify elsewhere", true, 0,
     bj_cli_audit_export},
};

/* The index of the first word that is no option; argc: there is none. */
static int first_word(int argc, char **argv) {
    int i = 1;
    while (i < argc && argv[i][0] == '-') i += strcmp(argv[i], "--config") == 0 ? 2 : 1;
    return i < argc ? i : argc;
}

bool bj_cli_is_audit(int argc, char **argv) {
    int i = first_word(argc, argv);
    return i < argc && strcmp(argv[i], "audit") == 0;
}

void bj_cli_audit_usage(FILE *out) {
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        fprintf(out, "  audit %s%s%s\n        %s\n", commands[i].name,
                *commands[i].usage ? " " : "", commands[i].usage, commands[i].help);
    }
}

/* Moves *at over a value that was taken. */
static const char *read_option(int argc, char **argv, int *at, bj_cli_audit_args_t *args) {
    for (size_t i = 0; i < BJ_COUNT(options); i++) {
        if (strncmp(argv[*at], "--", 2) != 0 || strcmp(argv[*at] + 2, options[i].name) != 0) {
            continue;
        }
        args->option[i] = "";
        if (!options[i].has_value) return NULL;
        if (*at + 1 >= argc) return "an option lacks its value";
        args->option[i] = argv[++*at];
        return NULL;
    }
    return "unknown option";
}

static const char *read_word(char *word, bool is_first, bj_cli_audit_args_t *args) {
    if (is_first) return NULL; /* audit */
    if (!args->command) args->command = word;
    else if (!args->word) args->word = word;
    else return "a word too many";
    return NULL;
}

static const char *check(const bj_cli_audit_args_t *args, size_t *command) {
    for (*command = 0; *command < BJ_COUNT(commands); ++*command) {
        if (args->command && strcmp(commands[*command].name, args->command) == 0) break;
    }
    if (*command == BJ_COUNT(commands)) return "audit list, show, head, verify or export?";
    if (commands[*command].needs_word && !args->word) return "a word is missing";
    if (!commands[*command].needs_word && args->word) return "a word too many";
    unsigned may = commands[*command].options | BIT(config) | BIT(json);
    for (size_t i = 0; i < BJ_COUNT(options); i++) {
        if (args->option[i] && !(may & 1U << i)) return "no option of this command";
    }
    return NULL;
}

const char *bj_cli_audit_read(int argc, char **argv, bj_cli_audit_args_t *args) {
    const char *wrong = NULL;
    size_t command;
    int first = first_word(argc, argv);
    *args = (bj_cli_audit_args_t){.command = NULL};
    for (int i = 1; i < argc && !wrong; i++) {
        bool is_option = argv[i][0] == '-' && argv[i][1]; /* "-" is a file */
        wrong = is_option ? read_option(argc, argv, &i, args)
                          : read_word(argv[i], i == first, args);
    }
    return wrong ? wrong : check(args, &command);
}

/* --- asking */

int bj_cli_audit_ask(const bj_cli_audit_ctx_t *ctx, const char *path, json_t **answer) {
    long http_code;
    const char *text = "refused", *field = "";
    bj_status_t status = bj_cli_request(ctx->config, "GET", path, NULL, &http_code, answer);
    if (status != BJ_OK) {
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return BJ_CLI_AWAY;
    }
    if (http_code < 300) return BJ_CLI_GOOD;
    json_unpack(*answer, "{s:{s:s, s?s}}", "error", "text", &text, "field", &field);
    fprintf(stderr, "bijlictl: %s%s%s (%ld)\n", field, *field ? ": " : "", text, http_code);
    json_decref(*answer);
    *answer = NULL;
    return BJ_CLI_REFUSED;
}

void bj_cli_audit_file(const bj_cli_audit_ctx_t *ctx, bj_cli_audit_option_t option, char *out,
                       size_t out_bytes) {
    const char *given = ctx->args->option[option];
    out[0] = '\0';
    if (given) snprintf(out, out_bytes, "%s", given);
    else if (!ctx->config) return;
    else if (option == BJ_CLI_AUDIT_key) {
        snprintf(out, out_bytes, "%s", bj_config_str(ctx->config, "trail.public_key_file"));
    } else {
        snprintf(out, out_bytes, "%s/%s", bj_config_str(ctx->config, "trail.dir"),
                 options[option].name);
    }
}

bj_trail_key_t *bj_cli_audit_key(const bj_cli_audit_ctx_t *ctx) {
    char file[PATH_BYTES];
    bj_cli_audit_file(ctx, BJ_CLI_AUDIT_key, file, sizeof file);
    bj_trail_key_t *key = bj_trail_key_public(file);
    if (!key) fprintf(stderr, "bijlictl: %s is no Ed25519 public key\n", *file ? file : "--key");
    return key;
}

/* --- list */

/* A value of the query: what is not plain as %XX. */
static size_t escape(const char *text, char *out, size_t out_bytes) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:";
    size_t at = 0;
    for (; *text && at + 4 < out_bytes; text++) {
        if (strchr(plain, *text)) out[at++] = *text;
        else at += (size_t)snprintf(out + at, 4, "%%%02X", (unsigned char)*text);
    }
    out[at] = '\0';
    return at;
}

void bj_cli_audit_path(const bj_cli_audit_args_t *args, char *out, size_t out_bytes) {
    static const bj_cli_audit_option_t asked[] = {BJ_CLI_AUDIT_actor, BJ_CLI_AUDIT_act,
                                                  BJ_CLI_AUDIT_from,  BJ_CLI_AUDIT_to,
                                                  BJ_CLI_AUDIT_before};
    const char *limit = OPTION(args, limit);
    size_t at = (size_t)snprintf(out, out_bytes, "/admin/audit?limit=");
    at += escape(limit ? limit : "50", out + at, out_bytes - at);
    for (size_t i = 0; i < BJ_COUNT(asked); i++) {
        if (!args->option[asked[i]] || out_bytes - at < 32) continue;
        at += (size_t)snprintf(out + at, out_bytes - at, "&%s=", options[asked[i]].name);
        at += escape(args->option[asked[i]], out + at, out_bytes - at);
    }
}

static const char *word(json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "-";
}

static void print_json(json_t *json) {
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
}

static int list(const bj_cli_audit_ctx_t *ctx) {
    char path[PATH_BYTES];
    json_t *answer, *entry;
    size_t i;
    bj_cli_audit_path(ctx->args, path, sizeof path);
    int code = bj_cli_audit_ask(ctx, path, &answer);
    if (code != BJ_CLI_GOOD) return code;
    if (OPTION(ctx->args, json)) {
        print_json(answer);
        json_decref(answer);
        return code;
    }
    printf("%8s  %-24s %-12s %-10s %-18s %-8s %-24s %-15s %s\n", "entry", "time", "who", "as",
           "what", "outcome", "of what", "from", "why");
    json_array_foreach(json_object_get(answer, "entries"), i, entry) {
        printf("%8" JSON_INTEGER_FORMAT "  %-24s %-12s %-10s %-18s %-8s %-24s %-15s %s\n",
               json_integer_value(json_object_get(entry, "seq")), word(entry, "time"),
               word(entry, "actor"), word(entry, "role"), word(entry, "act"),
               word(entry, "outcome"), word(entry, "subject"), word(entry, "address"),
               word(entry, "reason"));
    }
    if (i == 0) printf("no entries\n");
    json_decref(answer);
    return code;
}

/* --- show */

/* The head of an answer, its signature checked with our key.  False: was said. */
static bool read_head(const bj_cli_audit_ctx_t *ctx, json_t *answer, bj_trail_head_t *out) {
    const char *note = json_string_value(json_object_get(json_object_get(answer, "head"), "note"));
    bj_trail_key_t *key = bj_cli_audit_key(ctx);
    bool ok = key && note && bj_trail_head_open(note, key, out) == BJ_OK;
    if (key && !ok) printf("BAD       the head was not signed by this key\n");
    bj_trail_key_free(key);
    return ok;
}

static int prove(const bj_cli_audit_ctx_t *ctx, json_t *answer) {
    char time[BJ_TIME_TEXT_BYTES];
    bj_trail_entry_t entry;
    bj_trail_head_t by;
    bj_merkle_proof_t proof;
    if (!json_object_get(answer, "head")) {
        printf("proof     not under a head yet: ask again in a few seconds\n");
        return BJ_CLI_GOOD;
    }
    if (!read_head(ctx, answer, &by)) return BJ_CLI_REFUSED;
    bool ok = bj_trail_entry_read(json_object_get(answer, "entry"), &entry) &&
              bj_trail_proof_read(json_object_get(answer, "inclusion"), &proof);
    bj_merkle_hash_t leaf = ok ? bj_trail_leaf(&entry) : (bj_merkle_hash_t){.bytes = {0}};
    ok = ok && bj_merkle_included(&leaf, entry.seq - 1, by.size, &proof, &by.root);
    bj_time_text(by.time_ns, time);
    printf("%s under the head of %" PRIu64 " entries, %s\n",
           ok ? "proof     good: it is" : "BAD       it is not", by.size, time);
    return ok ? BJ_CLI_GOOD : BJ_CLI_REFUSED;
}

static int show(const bj_cli_audit_ctx_t *ctx) {
    static const char *const lines[][2] = {
        {"time", "time"},     {"who", "actor"},    {"as", "role"},      {"what", "act"},
        {"of what", "subject"}, {"outcome", "outcome"}, {"why", "reason"}, {"before", "before"},
        {"after", "after"},   {"from", "address"}, {"under", "elevation"}, {"hash", "leaf"}};
    char path[PATH_BYTES];
    json_t *answer;
    uint64_t seq;
    if (!bj_parse_u64(ctx->args->word, &seq) || !seq) {
        fprintf(stderr, "bijlictl: N is an entry's number\n");
        return BJ_CLI_USAGE;
    }
    snprintf(path, sizeof path, "/admin/audit/%" PRIu64, seq);
    int code = bj_cli_audit_ask(ctx, path, &answer);
    if (code != BJ_CLI_GOOD) return code;
    json_t *entry = json_object_get(answer, "entry");
    if (OPTION(ctx->args, json)) {
        print_json(answer);
    } else {
        printf("%-9s %" PRIu64 "\n", "entry", seq);
        for (size_t i = 0; i < BJ_COUNT(lines); i++) {
            printf("%-9s %s\n", lines[i][0], word(entry, lines[i][1]));
        }
        code = prove(ctx, answer);
    }
    json_decref(answer);
    return code;
}

/* --- head */

/* The root of the head of so many entries, in our own file. */
static bool old_root(const bj_cli_audit_ctx_t *ctx, uint64_t size, bj_trail_head_t *out) {
    char file[PATH_BYTES], note[BJ_TRAIL_NOTE_BYTES];
    size_t torn_cnt = 0;
    bool found = false;
    bj_cli_audit_file(ctx, BJ_CLI_AUDIT_heads, file, sizeof file);
    FILE *in = fopen(file, "r");
    while (in && !found && bj_trail_note_next(in, note, &torn_cnt)) {
        found = bj_trail_head_open(note, NULL, out) == BJ_OK && out->size == size;
    }
    if (in) fclose(in);
    if (!found) fprintf(stderr, "bijlictl: %s has no head of %" PRIu64 " entries\n", file, size);
    return found;
}

static int prove_consistency(const bj_cli_audit_ctx_t *ctx, json_t *answer, uint64_t from) {
    bj_trail_head_t old, now;
    bj_merkle_proof_t proof;
    if (!old_root(ctx, from, &old) || !read_head(ctx, answer, &now)) return BJ_CLI_REFUSED;
    bool ok = bj_trail_proof_read(json_object_get(answer, "consistency"), &proof) &&
              bj_merkle_consistent(from, &old.root, now.size, &now.root, &proof);
    if (ok) printf("proof     good: it has all of the head of %" PRIu64 " entries\n", from);
    else printf("BAD       it has not what the head of %" PRIu64 " entries had\n", from);
    return ok ? BJ_CLI_GOOD : BJ_CLI_REFUSED;
}

static int head(const bj_cli_audit_ctx_t *ctx) {
    const char *from = OPTION(ctx->args, from);
    char path[PATH_BYTES];
    bj_trail_head_t now;
    json_t *answer;
    uint64_t size = 0;
    if (from && (!bj_parse_u64(from, &size) || !size)) {
        fprintf(stderr, "bijlictl: --from is a head's number of entries\n");
        return BJ_CLI_USAGE;
    }
    snprintf(path, sizeof path, from ? "/admin/audit/head?from=%" PRIu64 : "/admin/audit/head",
             size);
    int code = bj_cli_audit_ask(ctx, path, &answer);
    if (code != BJ_CLI_GOOD) return code;
    if (OPTION(ctx->args, json)) print_json(answer);
    else printf("%s", word(json_object_get(answer, "head"), "note"));
    if (!OPTION(ctx->args, json)) {
        code = from ? prove_consistency(ctx, answer, size)
                    : read_head(ctx, answer, &now) ? BJ_CLI_GOOD : BJ_CLI_REFUSED;
    }
    json_decref(answer);
    return code;
}

/* --- */

int bj_cli_audit(int argc, char **argv) {
    bj_cli_audit_args_t args;
    size_t command;
    const char *from_env = getenv("BIJLI_CONFIG");
    const char *wrong = bj_cli_audit_read(argc, argv, &args);
    if (wrong) {
        fprintf(stderr, "bijlictl: %s\n", wrong);
        bj_cli_audit_usage(stderr);
        return BJ_CLI_USAGE;
    }
    (void)!check(&args, &command);
    /* An export is checked by whoever has it, without a configuration. */
    bool alone = OPTION(&args, entries) && OPTION(&args, heads) && OPTION(&args, key);
    const char *file = OPTION(&args, config);
    if (!file) file = from_env ? from_env : "var/etc/bijli.json";
    bj_config_t *config = alone ? NULL : bj_config_load(file);
    const bj_cli_audit_ctx_t ctx = {&args, config};
    int code = commands[command].run(&ctx);
    if (config) bj_config_free(config);
    return code;
}
