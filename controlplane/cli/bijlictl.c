/* bijlictl - the operator's hand: asks bijli-control over loopback; status also works without it.
 * Exit code: 0 ok, 1 refused, 2 wrong words, 3 nobody answers. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/cli/bj_cli_print.h"
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_time.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNAVAILABLE = 3 };

typedef struct command {
    const char *name, *method, *path; /* %s in the path: the symbol */
    bool        needs_symbol, needs_reason;
    void (*print)(FILE *out, json_t *answer);
    const char *help;
} command_t;

static const command_t commands[] = {
    {"status", "GET", "/status", false, false, bj_cli_print_status, "what runs, and how it is"},
    {"quote", "GET", "/market/quotes?symbols=%s", true, false, bj_cli_print_quote,
     "last price, best bid and ask"},
    {"book", "GET", "/market/book/%s?levels=5", true, false, bj_cli_print_book,
     "five levels of each side"},
    {"orders", "GET", "/admin/orders?state=open&limit=100%s", false, false, bj_cli_print_orders,
     "open orders of all accounts; with SYMBOL, of that one"},
    {"halt", "POST", "/admin/instruments/%s/halt", true, true, bj_cli_print_state,
     "stop trading in it"},
    {"resume", "POST", "/admin/instruments/%s/resume", true, true, bj_cli_print_state,
     "let it trade again"},
};

typedef struct arguments {
    const char *config_file, *symbol, *reason;
    const command_t *command;
    bool json;
} arguments_t;

static int usage(const char *why) {
    fprintf(stderr,
            "%s%susage: bijlictl [--config FILE] COMMAND [SYMBOL] [--reason TEXT] [--json]\n",
            why ? why : "", why ? "\n" : "");
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        fprintf(stderr, "  %-7s %-7s %s\n", commands[i].name,
                commands[i].needs_symbol ? "SYMBOL" : "", commands[i].help);
    }
    return EXIT_USAGE;
}

static const command_t *command_of(const char *name) {
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    return NULL;
}

/* NULL, or what is wrong with the words. */
static const char *read_arguments(int argc, char **argv, arguments_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG");
    *args = (arguments_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) args->json = true;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) args->config_file = argv[++i];
        else if (strcmp(argv[i], "--reason") == 0 && i + 1 < argc) args->reason = argv[++i];
        else if (argv[i][0] == '-') return "unknown option";
        else if (!args->command && !(args->command = command_of(argv[i]))) return "unknown command";
        else if (args->command && args->command != command_of(argv[i])) args->symbol = argv[i];
    }
    if (!args->command) return "which command?";
    if (args->command->needs_symbol && !args->symbol) return "which symbol?";
    for (const char *p = args->symbol; p && *p; p++) {
        if (!isalnum((unsigned char)*p) && *p != '-' && *p != '&')
            return "SYMBOL is letters, digits, - and &";
    }
    return NULL;
}

/* The symbol in upper case, & escaped, as the path or the query wants it. */
static void path_of(const arguments_t *args, char *out, size_t out_bytes) {
    char symbol[96] = "";
    size_t n = 0;
    bool query = !args->command->needs_symbol && args->symbol;
    if (query) n = (size_t)snprintf(symbol, sizeof symbol, "&symbol=");
    for (const char *p = args->symbol; p && *p && n + 4 < sizeof symbol; p++) {
        if (*p == '&') n += (size_t)snprintf(symbol + n, sizeof symbol - n, "%%26");
        else symbol[n++] = (char)toupper((unsigned char)*p);
    }
    symbol[n] = '\0';
    const char *slot = strstr(args->command->path, "%s");
    int before = slot ? (int)(slot - args->command->path) : (int)strlen(args->command->path);
    snprintf(out, out_bytes, "%.*s%s%s", before, args->command->path, slot ? symbol : "",
             slot ? slot + 2 : "");
}

/* Control is away: what the processes say of themselves. */
static int status_from_files(const bj_config_t *config, const arguments_t *args) {
    static const char *const names[] = {"exchange", "dataplane", "relay",   "control",
                                        "edge",     "maker",     "mailsink"};
    json_t *list = json_array();
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        bj_health_t health;
        bj_health_read(bj_config_str(config, "run_dir"), names[i], bj_clock_wall_ns(), &health);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s}", "name", names[i], "state",
                                        bj_health_state_name(health.state), "text", health.text));
    }
    json_t *answer = json_pack("{s:b, s:s, s:o, s:[s]}", "ok", 0, "venue",
                               bj_config_str_or(config, "venue", "internal"), "components", list,
                               "degraded", "bijli-control does not answer: read from health files");
    if (args->json) json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    else bj_cli_print_status(stdout, answer);
    json_decref(answer);
    return EXIT_UNAVAILABLE;
}

static int refused(json_t *answer, long http_code) {
    const char *text = "refused", *field = "";
    json_unpack(answer, "{s:{s:s, s?s}}", "error", "text", &text, "field", &field);
    fprintf(stderr, "bijlictl: %s%s%s (%ld)\n", field, *field ? ": " : "", text, http_code);
    return EXIT_REFUSED;
}

static int run(const bj_config_t *config, const arguments_t *args) {
    char path[256];
    long http_code;
    json_t *answer, *body = NULL;
    path_of(args, path, sizeof path);
    if (args->command->needs_reason) {
        body = json_pack("{s:s}", "reason", args->reason ? args->reason : "operator");
    }
    bj_status_t status =
        bj_cli_request(config, args->command->method, path, body, &http_code, &answer);
    json_decref(body);
    if (status != BJ_OK) {
        if (strcmp(args->command->name, "status") == 0) return status_from_files(config, args);
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return EXIT_UNAVAILABLE;
    }
    int code = 0;
    if (args->json) json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    if (http_code >= 300) code = refused(answer, http_code);
    else if (!args->json) args->command->print(stdout, answer);
    json_decref(answer);
    return code;
}

int main(int argc, char **argv) {
    arguments_t args;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)usage(NULL);
        return 0;
    }
    const char *wrong = read_arguments(argc, argv, &args);
    if (wrong) return usage(wrong);
    bj_config_t *config = bj_config_load(args.config_file);
    int code = run(config, &args);
    bj_config_free(config);
    return code;
}
