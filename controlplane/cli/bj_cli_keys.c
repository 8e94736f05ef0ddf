#include "controlplane/cli/bj_cli_keys.h"

#include <jansson.h>
#include <stdlib.h>
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/cli/bj_cli_words.h"

enum { GOOD, REFUSED, USAGE, AWAY, PATH_BYTES = 128, STUCK_MAX = 3 };

static bool does(const bj_cli_keys_args_t *args, const char *what) {
    return args->word_cnt > 1 && strcmp(args->word[1], what) == 0;
}

static bool is_privacy(const bj_cli_keys_args_t *args) {
    return args->word_cnt > 0 && strcmp(args->word[0], "privacy") == 0;
}

static const char *check_privacy(const bj_cli_keys_args_t *args) {
    if (!does(args, "run")) return "privacy run?";
    if (args->word_cnt > 2) return "a word too many";
    return args->reason && *args->reason ? NULL : "--reason is missing";
}

static const char *check(const bj_cli_keys_args_t *args) {
    if (is_privacy(args)) return check_privacy(args);
    bool rotate = does(args, "rotate");
    if (!rotate && !does(args, "list") && !does(args, "reseal") && !does(args, "rewrap")) {
        return "keys list, rotate, reseal or rewrap?";
    }
    if (args->word_cnt > (rotate ? 3u : 2u)) return "a word too many";
    if (rotate && args->word_cnt < 3) return "which category?";
    if (rotate && strspn(args->word[2], "abcdefghijklmnopqrstuvwxyz") != strlen(args->word[2])) {
        return "CATEGORY is factors, contact, kyc or apps";
    }
    if (does(args, "list")) return args->reason ? "no option of this command" : NULL;
    return args->reason && *args->reason ? NULL : "--reason is missing";
}

const char *bj_cli_keys_read(int argc, char **argv, bj_cli_keys_args_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG");
    *args = (bj_cli_keys_args_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    for (int i = 1; i < argc; i++) {
        if (bj_cli_value(argc, argv, &i, "--config", &args->config_file)) continue;
        if (bj_cli_value(argc, argv, &i, "--reason", &args->reason)) continue;
        const char *wrong = bj_cli_word(argv[i], &args->json, args->word, &args->word_cnt,
                                        BJ_COUNT(args->word));
        if (wrong) return wrong;
    }
    return check(args);
}

bool bj_cli_is_keys(int argc, char **argv) {
    bj_cli_keys_args_t args;
    const char *wrong = bj_cli_keys_read(argc, argv, &args);
    (void)wrong; /* is said when it is run */
    return is_privacy(&args) || (args.word_cnt > 0 && strcmp(args.word[0], "keys") == 0);
}

void bj_cli_keys_usage(FILE *out) {
    fprintf(out,
            "  keys list\n        the keys people's data is sealed under, and what is not under "
            "the newest\n"
            "  keys rotate CATEGORY --reason TEXT\n        a new key; what is sealed follows by "
            "itself, or by\n"
            "  keys reseal --reason TEXT\n        now, until nothing is left\n"
            "  keys rewrap --reason TEXT\n        the keys themselves under the newest root "
            "key, Vault's or the key file's\n"
            "  privacy run --reason TEXT\n        take away what is over its time, and who "
            "asked for it\n");
}

static const char *word(json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text && *text ? text : "-";
}

static int64_t number(json_t *json, const char *name) {
    return json_integer_value(json_object_get(json, name));
}

static void print(const bj_cli_keys_args_t *args, json_t *answer) {
    json_t *list = json_object_get(answer, "keys"), *row;
    size_t i;
    if (is_privacy(args)) {
        char *text = json_dumps(answer, JSON_INDENT(2));
        printf("%s\n", text ? text : "");
        free(text);
    } else if (does(args, "rotate")) {
        printf("%s: the new key is %s\n", word(answer, "category"), word(answer, "id"));
    } else if (does(args, "rewrap")) {
        printf("%lld keys were wrapped anew\n", (long long)number(answer, "done"));
    } else if (does(args, "reseal")) {
        printf("%lld sealed, %lld left\n", (long long)number(answer, "done"),
               (long long)number(answer, "left"));
    } else {
        printf("%-6s %-8s %-8s %-25s %s\n", "key", "category", "wrapped", "made", "");
        json_array_foreach(list, i, row) {
            printf("%-6s %-8s %-8s %-25s %s\n", word(row, "id"), word(row, "category"),
                   word(row, "wrapped_by"), word(row, "created"),
                   json_is_true(json_object_get(row, "newest")) ? "seals" : "opens");
        }
        printf("%lld rows are not under the newest key\n", (long long)number(answer, "left"));
        printf("%lld more lie for days only and stay under the key they have\n",
               (long long)number(answer, "passing"));
    }
}

/* *left: what there is still to do, where that is said. */
static int ask(const bj_config_t *config, const bj_cli_keys_args_t *args, int64_t *left,
               int64_t *done) {
    char path[PATH_BYTES];
    long http_code;
    json_t *answer, *body = args->reason ? json_pack("{s:s}", "reason", args->reason) : NULL;
    const char *text = "refused";
    if (is_privacy(args))
        snprintf(path, sizeof path, "/admin/privacy/run");
    else if (does(args, "list"))
        snprintf(path, sizeof path, "/admin/keys");
    else if (!does(args, "rotate"))
        snprintf(path, sizeof path, "/admin/keys/%s", args->word[1]);
    else
        snprintf(path, sizeof path, "/admin/keys/%.40s/rotate", args->word[2]);
    bj_status_t status = bj_cli_request(config, does(args, "list") ? "GET" : "POST", path, body,
                                        &http_code, &answer);
    json_decref(body);
    if (status != BJ_OK) {
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return AWAY;
    }
    if (args->json)
        json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    else if (http_code < 300)
        print(args, answer);
    fflush(stdout);
    json_unpack(answer, "{s:{s:s}}", "error", "text", &text);
    if (http_code >= 300) fprintf(stderr, "bijlictl: %s (%ld)\n", text, http_code);
    *left = number(answer, "left");
    *done = number(answer, "done");
    json_decref(answer);
    return http_code < 300 ? GOOD : REFUSED;
}

/* A step that does nothing while something is left: in use just now, or does not open. */
static int run(const bj_config_t *config, const bj_cli_keys_args_t *args) {
    int64_t left, done;
    int code, stuck = 0;
    do {
        code = ask(config, args, &left, &done);
        stuck = done ? 0 : stuck + 1;
    } while (code == GOOD && does(args, "reseal") && left > 0 && stuck < STUCK_MAX);
    if (code != GOOD || !does(args, "reseal") || left == 0) return code;
    fprintf(stderr,
            "bijlictl: %lld rows are in use, wait for a key of lookup that is younger than 15 s, "
            "or do not open: see control's log\n",
            (long long)left);
    return REFUSED;
}

int bj_cli_keys(int argc, char **argv) {
    bj_cli_keys_args_t args;
    const char *wrong = bj_cli_keys_read(argc, argv, &args);
    if (wrong) {
        fprintf(stderr, "bijlictl: %s\n", wrong);
        bj_cli_keys_usage(stderr);
        return USAGE;
    }
    bj_config_t *config = bj_config_load(args.config_file);
    int code = run(config, &args);
    bj_config_free(config);
    return code;
}
