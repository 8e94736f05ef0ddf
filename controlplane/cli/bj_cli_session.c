#include "controlplane/cli/bj_cli_session.h"

#include <jansson.h>
#include <stdlib.h>
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/cli/bj_cli_words.h"

enum { GOOD, REFUSED, USAGE, AWAY, PATH_BYTES = 128 };

/* What there is to list and to end. */
typedef struct kind {
    const char *word, *path, *list; /* list: the answer's */
    size_t      id_bytes;
    const char *id_digits, *id_wrong, *words_wrong, *which;
    void (*print)(const json_t *row); /* NULL row: the line above them */
} kind_t;

static const char *word(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text && *text ? text : "-";
}

static void print_session(const json_t *row) {
    if (row) {
        printf("%-16s %-8s %-15s %-24s %-24s %-16s %.60s\n", word(row, "id"),
               word(row, "user_id"), word(row, "address"), word(row, "seen"),
               word(row, "idle_until"), word(row, "name"), word(row, "user_agent"));
    } else {
        printf("%-16s %-8s %-15s %-24s %-24s %-16s %s\n", "session", "user", "from", "seen",
               "idle until", "name", "browser");
    }
}

static void print_app(const json_t *row) {
    if (row) {
        bool kite = json_is_true(json_object_get(row, "kite_library"));
        bool bound = json_is_true(json_object_get(row, "bound"));
        printf("%-16s %-8s %-24s %-24s %-6s %-20s %s\n", word(row, "api_key"),
               word(row, "user_id"), word(row, "created"), word(row, "revoked"),
               kite ? "key" : bound ? "DPoP" : "PKCE", word(row, "name"),
               word(row, "redirect_url"));
    } else {
        printf("%-16s %-8s %-24s %-24s %-6s %-20s %s\n", "app", "owner", "created", "ended",
               "proof", "name", "leads to");
    }
}

static const kind_t kinds[] = {
    {"session", "/admin/sessions", "sessions", 16, "0123456789abcdef",
     "ID is 16 hex digits: session list shows it", "session list, revoke or end-all?",
     "which session?", print_session},
    {"app", "/admin/apps", "apps", 16, "abcdefghijklmnopqrstuvwxyz234567",
     "KEY is 16 letters and digits: app list shows it", "app list, revoke or demand?",
     "which app?",
     print_app},
};

static const kind_t *kind_of(const bj_cli_session_args_t *args) {
    for (size_t i = 0; args->word_cnt > 0 && i < BJ_COUNT(kinds); i++) {
        if (strcmp(args->word[0], kinds[i].word) == 0) return &kinds[i];
    }
    return NULL;
}

static bool is_revoke(const bj_cli_session_args_t *args) {
    return strcmp(args->word[1], "revoke") == 0;
}

/* That an app proves who began a log-in, and itself when it ends a token. */
static bool is_demand(const bj_cli_session_args_t *args) {
    return strcmp(args->word[0], "app") == 0 && strcmp(args->word[1], "demand") == 0;
}

static bool is_change(const bj_cli_session_args_t *args) {
    return is_revoke(args) || is_demand(args);
}

/* Everybody's, or all of a role. */
static bool is_end_all(const bj_cli_session_args_t *args) {
    return args->word_cnt > 1 && strcmp(args->word[0], "session") == 0 &&
           strcmp(args->word[1], "end-all") == 0;
}

static const char *check(const bj_cli_session_args_t *args) {
    bool all = is_end_all(args);
    bool list = args->word_cnt > 1 && strcmp(args->word[1], "list") == 0;
    const kind_t *kind = kind_of(args);
    if (!kind) kind = &kinds[0];
    if (!list && !all && (args->word_cnt < 2 || !is_change(args))) return kind->words_wrong;
    if (list && args->reason) return "no option of this command";
    if (list) {
        const char *user = args->word_cnt > 2 ? args->word[2] : "1";
        return *user && strspn(user, "0123456789") == strlen(user) ? NULL : "USER_ID is a number";
    }
    if (args->word_cnt < 3 && !all) return kind->which;
    if (!all && (strlen(args->word[2]) != kind->id_bytes ||
                 strspn(args->word[2], kind->id_digits) != kind->id_bytes)) {
        return kind->id_wrong;
    }
    return args->reason && *args->reason ? NULL : "--reason is missing";
}

const char *bj_cli_session_read(int argc, char **argv, bj_cli_session_args_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG");
    *args = (bj_cli_session_args_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    for (int i = 1; i < argc; i++) {
        if (bj_cli_value(argc, argv, &i, "--config", &args->config_file)) continue;
        if (bj_cli_value(argc, argv, &i, "--reason", &args->reason)) continue;
        const char *wrong = bj_cli_word(argv[i], &args->json, args->word, &args->word_cnt,
                                        BJ_COUNT(args->word));
        if (wrong) return wrong;
    }
    return check(args);
}

bool bj_cli_is_session(int argc, char **argv) {
    bj_cli_session_args_t args;
    const char *wrong = bj_cli_session_read(argc, argv, &args);
    (void)wrong; /* is said when it is run */
    return kind_of(&args) != NULL;
}

void bj_cli_session_usage(FILE *out) {
    fprintf(out, "  session list [USER_ID]\n        who is logged in, from where, until when\n"
                 "  session revoke ID --reason TEXT\n        log that session out, everywhere\n"
                 "  session end-all [ROLE] --reason TEXT\n"
                 "        log everybody out at once, or all of a role\n"
                 "  app list [USER_ID]\n        API apps, their owners, where they lead\n"
                 "  app revoke KEY --reason TEXT\n        end that app and all its tokens\n"
                 "  app demand KEY --reason TEXT\n        it is none of Kite's libraries: "
                 "PKCE, and its secret where it ends a token\n");
}

static void print(const bj_cli_session_args_t *args, json_t *answer) {
    const kind_t *kind = kind_of(args);
    json_t *list = json_object_get(answer, kind->list), *row;
    size_t i;
    if (is_end_all(args)) {
        json_int_t ended = 0, apps = 0;
        json_unpack(answer, "{s:I, s:I}", "ended", &ended, "apps_ended", &apps);
        printf("%lld sessions and %lld tokens of apps are ended\n", (long long)ended,
               (long long)apps);
        return;
    }
    if (is_change(args)) {
        printf(is_demand(args) ? "%s %s has to prove itself from now on\n" : "%s %s is ended\n",
               kind->word, args->word[2]);
        return;
    }
    kind->print(NULL);
    json_array_foreach(list, i, row) kind->print(row);
    if (!json_array_size(list)) printf("nobody\n");
}

static int ask(const bj_config_t *config, const bj_cli_session_args_t *args) {
    char path[PATH_BYTES];
    long http_code;
    json_t *answer, *body = NULL;
    const char *text = "refused";
    bool posts = is_change(args) || is_end_all(args);
    if (is_end_all(args)) {
        snprintf(path, sizeof path, "/admin/sessions/revoke");
        body = json_pack("{s:s, s:s*}", "reason", args->reason, "role", args->word[2]);
    } else if (is_change(args)) {
        snprintf(path, sizeof path, "%s/%s/%s", kind_of(args)->path, args->word[2],
                 args->word[1]);
        body = json_pack("{s:s}", "reason", args->reason);
    } else {
        snprintf(path, sizeof path, "%s%s%.20s", kind_of(args)->path,
                 args->word_cnt > 2 ? "?user_id=" : "", args->word_cnt > 2 ? args->word[2] : "");
    }
    bj_status_t status = bj_cli_request(config, posts ? "POST" : "GET", path, body,
                                        &http_code, &answer);
    json_decref(body);
    if (status != BJ_OK) {
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return AWAY;
    }
    if (args->json) json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    else if (http_code < 300) print(args, answer);
    json_unpack(answer, "{s:{s:s}}", "error", "text", &text);
    if (http_code >= 300) fprintf(stderr, "bijlictl: %s (%ld)\n", text, http_code);
    json_decref(answer);
    return http_code < 300 ? GOOD : REFUSED;
}

int bj_cli_session(int argc, char **argv) {
    bj_cli_session_args_t args;
    const char *wrong = bj_cli_session_read(argc, argv, &args);
    if (wrong) {
        fprintf(stderr, "bijlictl: %s\n", wrong);
        bj_cli_session_usage(stderr);
        return USAGE;
    }
    bj_config_t *config = bj_config_load(args.config_file);
    int code = ask(config, &args);
    bj_config_free(config);
    return code;
}
