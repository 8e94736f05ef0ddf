#include "controlplane/cli/bj_cli_device.h"

#include <jansson.h>
#include <stdlib.h>
#include "controlplane/cli/bj_cli_device_key.h"
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/cli/bj_cli_words.h"

enum { GOOD, REFUSED, USAGE, AWAY, PATH_BYTES = 128 };

static bool does(const bj_cli_device_args_t *args, const char *what) {
    return args->word_cnt > 1 && strcmp(args->word[1], what) == 0;
}

static bool is_number(const char *text) {
    return text && *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 19;
}

static const char *check(const bj_cli_device_args_t *args) {
    bool issue = does(args, "issue"), list = does(args, "list"), fetch = does(args, "fetch");
    bool ends = does(args, "revoke") || does(args, "refuse");
    if (!issue && !list && !fetch && !ends && !does(args, "approve")) {
        return "device list, issue, approve, refuse, fetch or revoke?";
    }
    if (args->word_cnt > (issue || list ? 2u : 3u)) return "a word too many";
    if (args->user && !is_number(args->user)) return "--user is a person's number";
    if (!issue && !list && (args->word_cnt < 3 || !is_number(args->word[2]))) {
        return "which device? its number: device list shows it";
    }
    if (issue && (!args->user || !args->name || !*args->name)) return "--user or --name is missing";
    if (issue && !args->csr == !args->key) return "--key FILE (is made) or --csr FILE (is there)?";
    if (fetch && !args->out) return "--out is missing";
    bool wants = issue || ends;
    if (wants && (!args->reason || !*args->reason)) return "--reason is missing";
    return NULL;
}

const char *bj_cli_device_read(int argc, char **argv, bj_cli_device_args_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG");
    *args = (bj_cli_device_args_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    for (int i = 1; i < argc; i++) {
        if (bj_cli_value(argc, argv, &i, "--config", &args->config_file) ||
            bj_cli_value(argc, argv, &i, "--user", &args->user) ||
            bj_cli_value(argc, argv, &i, "--name", &args->name) ||
            bj_cli_value(argc, argv, &i, "--reason", &args->reason) ||
            bj_cli_value(argc, argv, &i, "--csr", &args->csr) ||
            bj_cli_value(argc, argv, &i, "--key", &args->key) ||
            bj_cli_value(argc, argv, &i, "--out", &args->out)) {
            continue;
        }
        const char *wrong = bj_cli_word(argv[i], &args->json, args->word, &args->word_cnt,
                                        BJ_COUNT(args->word));
        if (wrong) return wrong;
    }
    return check(args);
}

bool bj_cli_is_device(int argc, char **argv) {
    bj_cli_device_args_t args;
    const char *wrong = bj_cli_device_read(argc, argv, &args);
    (void)wrong; /* is said when it is run */
    return args.word_cnt > 0 && strcmp(args.word[0], "device") == 0;
}

void bj_cli_device_usage(FILE *out) {
    fprintf(out,
            "  device list [--user USER_ID]\n        computers that staff may work with\n"
            "  device issue --user USER_ID --name TEXT --reason TEXT --key FILE | --csr FILE\n"
            "        ask for one: a key is made into FILE, or its request is there; somebody else "
            "decides\n"
            "  device approve ID\n        say yes to what somebody else asked for\n"
            "  device refuse ID --reason TEXT\n        say no\n"
            "  device fetch ID --out FILE [--key FILE]\n        its certificate; with its key as "
            "PKCS#12, whose password is shown this once\n"
            "  device revoke ID --reason TEXT\n        it may not be used any more, from now on\n");
}

static const char *word(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text && *text ? text : "-";
}

static void print_row(const json_t *row) {
    printf("%-5s %-8s %-8s %-20s %-20s %-12s %-12s %s\n", word(row, "id"), word(row, "user_id"),
           word(row, "state"), word(row, "name"), word(row, "expires"), word(row, "asked_by"),
           word(row, "decided_by"), word(row, "reason"));
}

static void print(const json_t *answer) {
    size_t i;
    json_t *row, *one = json_object_get(answer, "device");
    printf("%-5s %-8s %-8s %-20s %-20s %-12s %-12s %s\n", "id", "user", "state", "name", "until",
           "asked by", "decided by", "reason");
    if (one) print_row(one);
    json_array_foreach(json_object_get(answer, "devices"), i, row) print_row(row);
}

static int say(const char *wrong) {
    fprintf(stderr, "bijlictl: %s\n", wrong);
    return REFUSED;
}

/* The certificate, and with its key the file that a browser takes. */
static int fetch(const bj_cli_device_args_t *args, const json_t *answer) {
    char password[BJ_CLI_PASSWORD_BYTES];
    const char *certificate = word(json_object_get(answer, "device"), "certificate");
    if (!args->key) {
        const char *wrong = bj_cli_device_pem(certificate, args->out);
        if (wrong) return say(wrong);
        printf("%s has the certificate\n", args->out);
        return GOOD;
    }
    const char *wrong = bj_cli_device_p12(certificate, args->key, args->out, password);
    if (wrong) return say(wrong);
    printf("%s has key and certificate. Its password, shown this once: %s\n"
           "Bring both by different ways, and take %s away.\n",
           args->out, password, args->key);
    explicit_bzero(password, sizeof password);
    return GOOD;
}

static json_t *body_of(const bj_cli_device_args_t *args, const char **wrong) {
    char request[BJ_CLI_REQUEST_TEXT_BYTES];
    *wrong = NULL;
    if (does(args, "approve")) return json_object();
    if (!does(args, "issue")) return json_pack("{s:s}", "reason", args->reason);
    *wrong =
        args->key ? bj_cli_device_make(args->key, request) : bj_cli_device_csr(args->csr, request);
    if (*wrong) return NULL;
    return json_pack("{s:s, s:s, s:s, s:s}", "user_id", args->user, "name", args->name, "reason",
                     args->reason, "request", request);
}

static void path_of(const bj_cli_device_args_t *args, char path[PATH_BYTES]) {
    bool list = does(args, "list"), one = does(args, "issue") || list;
    snprintf(path, PATH_BYTES, "/admin/devices%s%.20s%s%s%s%.20s", one ? "" : "/",
             one ? "" : args->word[2], one || does(args, "fetch") ? "" : "/",
             one || does(args, "fetch") ? "" : args->word[1], list && args->user ? "?user_id=" : "",
             list && args->user ? args->user : "");
}

static int run(const bj_config_t *config, const bj_cli_device_args_t *args) {
    char path[PATH_BYTES];
    long http_code;
    json_t *answer, *body = NULL;
    const char *text = "refused", *wrong = NULL;
    bool reads = does(args, "list") || does(args, "fetch");
    if (!reads) body = body_of(args, &wrong);
    if (wrong || (!reads && !body)) return say(wrong ? wrong : "a text is not UTF-8");
    path_of(args, path);
    bj_status_t status =
        bj_cli_request(config, reads ? "GET" : "POST", path, body, &http_code, &answer);
    json_decref(body);
    if (status != BJ_OK) {
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return AWAY;
    }
    int code = http_code < 300 ? GOOD : REFUSED;
    json_unpack(answer, "{s:{s:s}}", "error", "text", &text);
    if (code != GOOD)
        fprintf(stderr, "bijlictl: %s (%ld)\n", text, http_code);
    else if (does(args, "fetch"))
        code = fetch(args, answer);
    else if (!args->json)
        print(answer);
    if (args->json && !does(args, "fetch"))
        json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    json_decref(answer);
    return code;
}

int bj_cli_device(int argc, char **argv) {
    bj_cli_device_args_t args;
    const char *wrong = bj_cli_device_read(argc, argv, &args);
    if (wrong) {
        fprintf(stderr, "bijlictl: %s\n", wrong);
        bj_cli_device_usage(stderr);
        return USAGE;
    }
    bj_config_t *config = bj_config_load(args.config_file);
    int code = run(config, &args);
    bj_config_free(config);
    return code;
}
