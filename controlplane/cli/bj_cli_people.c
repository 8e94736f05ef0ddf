#include "controlplane/cli/bj_cli_people.h"

#include <inttypes.h>
#include <stdlib.h>
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/cli/bj_cli_print.h"
#include "controlplane/cli/bj_cli_words.h"
#include "controlplane/cli/bj_cli_waits.h"
#include "controlplane/text/bj_text.h"

enum { GOOD, REFUSED, USAGE, AWAY };

/* --- words into a body: each returns what is wrong, or NULL */

static const char *put_int(json_t *body, const char *key, const char *text, int64_t value,
                           const char *wrong) {
    if (!text) return NULL;
    if (value < 0) return wrong;
    json_object_set_new(body, key, json_integer((json_int_t)value));
    return NULL;
}

static int64_t number(const char *text) {
    uint64_t value;
    return text && bj_parse_u64(text, &value) && value <= INT32_MAX ? (int64_t)value : -1;
}

/* "09:30", also "24:00"; -1: no time of day. */
static int64_t minute_of(const char *text) {
    unsigned hour, minute;
    int used = 0;
    if (sscanf(text, "%2u:%2u%n", &hour, &minute, &used) != 2 || used != 5) return -1;
    bool wrong = hour > 24 || minute > 59 || (hour == 24 && minute);
    return wrong ? -1 : (int64_t)hour * 60 + minute;
}

static const char *put_hours(json_t *body, const char *text) {
    static const char wrong[] = "--hours is as 09:00-16:30";
    if (!text) return NULL;
    const char *to = strchr(text, '-');
    char from[6] = "";
    if (!to || to - text != 5) return wrong;
    memcpy(from, text, 5);
    const char *bad = put_int(body, "from_minute", from, minute_of(from), wrong);
    return bad ? bad : put_int(body, "to_minute", to, minute_of(to + 1), wrong);
}

static void put_list(json_t *body, const char *key, const char *text) {
    json_t *list = json_array();
    while (text && *text) {
        size_t n = strcspn(text, ",");
        json_array_append_new(list, json_stringn(text, n));
        text += n + (text[n] == ',');
    }
    json_object_set_new(body, key, list);
}

static const char *fill_rights(const bj_cli_people_args_t *args, json_t *body) {
    int64_t paise = -1;
    bool none = args->order_max && strcmp(args->order_max, "none") == 0;
    if (none) paise = 0;
    else if (args->order_max && !bj_cli_paise(args->order_max, &paise)) paise = -1;
    if (args->word_cnt > 3) json_object_set_new(body, "role", json_string(args->word[3]));
    if (args->segments) put_list(body, "segments", args->segments);
    const char *wrong = put_int(body, "branch_id", args->branch, number(args->branch),
                                "--branch is a number");
    if (!wrong) {
        wrong = put_int(body, "order_max_paise", args->order_max, paise,
                        "--order-max is in rupees, or none");
    }
    return wrong ? wrong : put_hours(body, args->hours);
}

static const char *fill_ask(const bj_cli_people_args_t *args, json_t *body) {
    json_object_set_new(body, "what", json_string(args->word[2]));
    if (args->about && number(args->about) <= 0) return "--about is a person's number";
    if (args->about) json_object_set_new(body, "about", json_string(args->about));
    if (args->checks) put_list(body, "checks", args->checks);
    return put_int(body, "minutes", args->minutes ? args->minutes : "30",
                   number(args->minutes ? args->minutes : "30"), "--minutes is a number");
}

/* --- what there is to ask */

typedef void print_t(const json_t *answer);
static print_t print_users, print_user, print_reveal, print_drop, print_policies, print_elevations,
    print_elevation;

typedef struct command {
    const char *first, *second, *method, *path; /* %s: the third word */
    size_t      words_min, words_max;
    bool        is_number, needs_reason; /* the third word; --reason */
    const char *(*fill)(const bj_cli_people_args_t *args, json_t *body);
    print_t    *print;
    const char *usage, *help;
} command_t;

static const command_t commands[] = {
    {"user", "list", "GET", "/admin/users%s", 2, 2, false, false, NULL, print_users,
     "[--role ROLE] [--branch N]", "who there is, without names"},
    {"user", "show", "GET", "/admin/users/%s", 3, 3, true, false, NULL, print_user, "USER_ID",
     "one person's role, branch and rights"},
    {"user", "role", "PATCH", "/admin/users/%s", 3, 4, true, true, fill_rights, print_user,
     "USER_ID [ROLE] [--branch N] [--segments CM,FO] [--order-max RUPEES|none]"
     " [--hours 09:00-16:30] --reason TEXT",
     "set it; needs right:user_set"},
    {"user", "reveal", "POST", "/admin/users/%s/reveal", 3, 3, true, true, NULL, print_reveal,
     "USER_ID --reason TEXT", "name and address of mail; needs right:user_reveal"},
    {"user", "suspend", "POST", "/admin/users/%s/suspend", 3, 3, true, true, NULL, print_user,
     "USER_ID --reason TEXT", "nobody comes in by the account; who is in by it is out"},
    {"user", "resume", "POST", "/admin/users/%s/resume", 3, 3, true, true, NULL, print_user,
     "USER_ID --reason TEXT", "let it in again"},
    {"user", "drop-factors", "POST", "/admin/users/%s/drop-factors", 3, 3, true, true, NULL,
     print_drop, "USER_ID --reason TEXT",
     "take the second factors away, after a wait; needs right:factor_drop"},
    {"role", "list", "GET", "/access%s", 2, 2, false, false, NULL, print_policies, "",
     "what each role may"},
    {"approve", "list", "GET", "/elevations%s", 2, 2, false, false, NULL, print_elevations, "",
     "who asked for what, what waits for a second person, and what lasts"},
    {"approve", "ask", "POST", "/elevations", 3, 3, false, true, fill_ask, print_elevation,
     "right:POLICY [--minutes N] [--about USER_ID --checks WORD,WORD] --reason TEXT",
     "ask for it; somebody else decides; right:factor_drop says for whom, and what was checked:\n"
     "        call_back,mail_word or in_person_document; docs/help-lost-factors.md"},
    {"approve", "yes", "POST", "/elevations/%s/approve", 3, 3, true, false, NULL, print_elevation,
     "ID", "give it; what waited for a second person is done at once"},
    {"approve", "no", "POST", "/elevations/%s/refuse", 3, 3, true, true, NULL, print_elevation,
     "ID --reason TEXT", "refuse it"},
    {"approve", "end", "POST", "/elevations/%s/end", 3, 3, true, false, NULL, print_elevation,
     "ID", "end what lasts"},
};

static const command_t *command_of(const bj_cli_people_args_t *args) {
    for (size_t i = 0; i < BJ_COUNT(commands) && args->word_cnt > 1; i++) {
        if (strcmp(args->word[0], commands[i].first) == 0 &&
            strcmp(args->word[1], commands[i].second) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

void bj_cli_people_usage(FILE *out) {
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        fprintf(out, "  %s %s%s%s\n        %s\n", commands[i].first, commands[i].second,
                *commands[i].usage ? " " : "", commands[i].usage, commands[i].help);
    }
}

static const char *read_words(int argc, char **argv, bj_cli_people_args_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG");
    *args = (bj_cli_people_args_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    for (int i = 1; i < argc; i++) {
        if (bj_cli_value(argc, argv, &i, "--config", &args->config_file) ||
            bj_cli_value(argc, argv, &i, "--reason", &args->reason) ||
            bj_cli_value(argc, argv, &i, "--role", &args->role) ||
            bj_cli_value(argc, argv, &i, "--branch", &args->branch) ||
            bj_cli_value(argc, argv, &i, "--segments", &args->segments) ||
            bj_cli_value(argc, argv, &i, "--order-max", &args->order_max) ||
            bj_cli_value(argc, argv, &i, "--hours", &args->hours) ||
            bj_cli_value(argc, argv, &i, "--about", &args->about) ||
            bj_cli_value(argc, argv, &i, "--checks", &args->checks) ||
            bj_cli_value(argc, argv, &i, "--minutes", &args->minutes)) {
            continue;
        }
        const char *wrong = bj_cli_word(argv[i], &args->json, args->word, &args->word_cnt,
                                        BJ_CLI_PEOPLE_WORDS);
        if (wrong) return wrong;
    }
    return NULL;
}

static const char *check(const bj_cli_people_args_t *args, const command_t *command) {
    if (!command) return "which command of user, role or approve?";
    if (args->word_cnt < command->words_min) return "a word is missing";
    if (args->word_cnt > command->words_max) return "a word too many";
    if (command->is_number && number(args->word[2]) <= 0) return "the third word is a number";
    if (command->needs_reason && (!args->reason || !*args->reason)) return "--reason is missing";
    return NULL;
}

static void put_path(const bj_cli_people_args_t *args, const command_t *command,
                     char path[BJ_CLI_PEOPLE_PATH_BYTES]) {
    char query[64] = "";
    const char *slot = strstr(command->path, "%s");
    const char *word = args->word_cnt > 2 ? args->word[2] : query;
    if (args->role || args->branch) {
        snprintf(query, sizeof query, "?%s%.20s%s%s%.10s", args->role ? "role=" : "",
                 args->role ? args->role : "", args->role && args->branch ? "&" : "",
                 args->branch ? "branch_id=" : "", args->branch ? args->branch : "");
    }
    size_t before = slot ? (size_t)(slot - command->path) : strlen(command->path);
    snprintf(path, BJ_CLI_PEOPLE_PATH_BYTES, "%.*s%.64s%s", (int)before, command->path,
             slot ? word : "", slot ? slot + 2 : "");
}

const char *bj_cli_people_read(int argc, char **argv, bj_cli_people_args_t *args,
                               const char **method, char path[BJ_CLI_PEOPLE_PATH_BYTES],
                               json_t **body) {
    *body = NULL;
    const char *wrong = read_words(argc, argv, args);
    const command_t *command = command_of(args);
    if (!wrong) wrong = check(args, command);
    if (wrong) return wrong;
    *method = command->method;
    put_path(args, command, path);
    if (strcmp(command->method, "GET") == 0) return NULL;
    *body = json_object();
    if (args->reason) json_object_set_new(*body, "reason", json_string(args->reason));
    if (args->reason && !json_object_get(*body, "reason")) wrong = "--reason is not UTF-8";
    if (!wrong && command->fill) wrong = command->fill(args, *body);
    if (!wrong && command->fill == fill_rights && json_object_size(*body) == 1) {
        wrong = "what shall be set?";
    }
    if (wrong) json_decref(*body), *body = NULL;
    return wrong;
}

bool bj_cli_is_people(int argc, char **argv) {
    bj_cli_people_args_t args;
    const char *wrong = read_words(argc, argv, &args);
    (void)wrong; /* is said when it is run */
    const char *first = args.word_cnt ? args.word[0] : "";
    return !strcmp(first, "user") || !strcmp(first, "role") || !strcmp(first, "approve");
}

/* --- answers */

static const char *text(const json_t *json, const char *name) {
    const char *value = json_string_value(json_object_get(json, name));
    return value && *value ? value : "-";
}

/* What stands there is verified. */
static const char *phone_of(const json_t *row) {
    static char out[40];
    const char *hint = text(row, "phone");
    if (json_is_true(json_object_get(row, "phone_due"))) return "not verified yet";
    snprintf(out, sizeof out, "%.20s%s", hint, strcmp(hint, "-") ? " verified" : "");
    return out;
}

static void print_person(const json_t *row) {
    int64_t max = json_integer_value(json_object_get(row, "order_max_paise"));
    int from = (int)json_integer_value(json_object_get(row, "from_minute"));
    int to = (int)json_integer_value(json_object_get(row, "to_minute"));
    char most[32] = "-";
    if (max) snprintf(most, sizeof most, "%" PRId64 ".%02d", max / 100, (int)(max % 100));
    printf("%-8s %-10s %-11s %-6d %-12s %-14s %02d:%02d-%02d:%02d  %-8s %s\n", text(row, "id"),
           text(row, "account_id"), text(row, "role"),
           (int)json_integer_value(json_object_get(row, "branch_id")), text(row, "segments"), most,
           from / 60, from % 60, to / 60, to % 60, text(row, "email"), phone_of(row));
    if (strcmp(text(row, "suspended"), "-") == 0) return;
    printf("         suspended %s by %s: %s\n", text(row, "suspended"), text(row, "suspended_by"),
           text(row, "suspend_reason"));
}

static void print_header(void) {
    printf("%-8s %-10s %-11s %-6s %-12s %-14s %-11s  %-8s %s\n", "user", "account", "role",
           "branch", "segments", "order at most", "hours", "e-mail", "phone");
}

static void print_users(const json_t *answer) {
    size_t i;
    json_t *row;
    print_header();
    json_array_foreach(json_object_get(answer, "users"), i, row) print_person(row);
}

static void print_user(const json_t *answer) {
    print_header();
    print_person(json_object_get(answer, "user"));
}

static void print_reveal(const json_t *answer) {
    printf("%s: %s, %s, %s\n", text(answer, "id"), text(answer, "name"), text(answer, "email"),
           text(answer, "phone"));
}

static void print_drop(const json_t *answer) {
    printf("%s: all devices are logged out; the second factors and the password go %s, unless the "
           "owner says no\n",
           text(answer, "id"), text(answer, "due"));
}

static void join(const json_t *row, const char *name, char out[96]) {
    size_t i, at = 0;
    json_t *item;
    snprintf(out, 96, "-");
    json_array_foreach(json_object_get(row, name), i, item) {
        at += (size_t)snprintf(out + at, 96 - at, "%s%s", i ? " " : "", json_string_value(item));
        if (at >= 96) break;
    }
}

static void print_policies(const json_t *answer) {
    static const char *const sets[] = {"own", "branch", "any", "elevated"};
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, "policies"), i, row) {
        printf("%s%s%s\n", text(row, "name"),
               json_is_true(json_object_get(row, "fresh")) ? ", fresh proof" : "",
               json_is_true(json_object_get(row, "anyone")) ? ", anyone" : "");
        for (size_t s = 0; s < BJ_COUNT(sets); s++) {
            char roles[96];
            join(row, sets[s], roles);
            if (strcmp(roles, "-") != 0) printf("    %-9s %s\n", sets[s], roles);
        }
    }
}

static void print_row(const json_t *row) {
    printf("%-5s %-8s %-12s %-22s %4d min  %-24s %-12s %s\n", text(row, "id"), text(row, "state"),
           text(row, "asker"), text(row, "what"),
           (int)json_integer_value(json_object_get(row, "minutes")), text(row, "ends"),
           text(row, "decider"), text(row, "reason"));
    char act[BJ_CLI_ACT_BYTES];
    if (*bj_cli_act_words(row, act)) {
        printf("      %s; %s\n", act, strcmp(text(row, "outcome"), "-") ? text(row, "outcome")
                                                                        : "not done");
    }
    if (strcmp(text(row, "about"), "-") == 0) return;
    char checks[96];
    join(row, "checks", checks);
    printf("      about user %s; checked: %s\n", text(row, "about"), checks);
}

static void print_elevations(const json_t *answer) {
    size_t i;
    json_t *row, *list = json_object_get(answer, "elevations");
    printf("%-5s %-8s %-12s %-22s %8s  %-24s %-12s %s\n", "id", "state", "asker", "what", "for",
           "ends", "decided by", "reason");
    json_array_foreach(list, i, row) print_row(row);
    if (!json_array_size(list)) printf("none\n");
}

static void print_elevation(const json_t *answer) {
    print_row(json_object_get(answer, "elevation"));
}

static int ask(const bj_cli_people_args_t *args, const char *method, const char *path,
               json_t *body) {
    long http_code;
    json_t *answer;
    const char *why = "refused";
    bj_config_t *config = bj_config_load(args->config_file);
    bj_status_t status = bj_cli_request(config, method, path, body, &http_code, &answer);
    bj_config_free(config);
    if (status != BJ_OK) {
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return AWAY;
    }
    if (args->json) json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    else if (http_code < 300) command_of(args)->print(answer);
    json_unpack(answer, "{s:{s:s}}", "error", "text", &why);
    if (http_code >= 300) fprintf(stderr, "bijlictl: %s (%ld)\n", why, http_code);
    json_decref(answer);
    return http_code < 300 ? GOOD : REFUSED;
}

int bj_cli_people(int argc, char **argv) {
    bj_cli_people_args_t args;
    char path[BJ_CLI_PEOPLE_PATH_BYTES];
    const char *method;
    json_t *body;
    const char *wrong = bj_cli_people_read(argc, argv, &args, &method, path, &body);
    if (wrong) {
        fprintf(stderr, "bijlictl: %s\n", wrong);
        bj_cli_people_usage(stderr);
        return USAGE;
    }
    int code = ask(&args, method, path, body);
    json_decref(body);
    return code;
}
