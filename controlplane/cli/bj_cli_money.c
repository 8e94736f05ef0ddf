#include "controlplane/cli/bj_cli_money.h"

#include <stdlib.h>
#include <sys/random.h>
#include "controlplane/cli/bj_cli_http.h"
#include "controlplane/cli/bj_cli_print.h"
#include "controlplane/cli/bj_cli_words.h"

enum { GOOD, REFUSED, USAGE, AWAY };
enum { REASON = 1, UTR = 2, REFERENCE = 4, RECEIPT = 8, MAY_ALL = 16 };

typedef void print_t(const json_t *answer);
static print_t print_payouts, print_payout, print_banks, print_done, print_reveal, print_receipts,
    print_ledger, print_person;

typedef struct command {
    const char *first, *second, *method, *path; /* %s: the third word */
    size_t words_min, words_max;
    unsigned needs;
    print_t *print;
    const char *usage, *help;
} command_t;

static const command_t commands[] = {
    {"payout", "list", "GET", "/admin/payouts%s", 2, 2, MAY_ALL, print_payouts, "[--all]",
     "payouts that wait to be sent"},
    {"payout", "approve", "POST", "/admin/payouts/%s/approve", 3, 3, 0, print_payout, "ID",
     "the first of two people, where two are due"},
    {"payout", "take", "POST", "/admin/payouts/%s/take", 3, 3, 0, print_payout, "ID",
     "before it is paid at the bank: nobody else pays it, nor can the client cancel it"},
    {"payout", "untake", "POST", "/admin/payouts/%s/untake", 3, 3, REASON, print_payout,
     "ID --reason TEXT", "it was not paid, and may be taken by somebody else"},
    {"payout", "send", "POST", "/admin/payouts/%s/send", 3, 3, UTR, print_payout,
     "ID --utr REFERENCE", "the bank has sent it, by this reference"},
    {"payout", "return", "POST", "/admin/payouts/%s/return", 3, 3, REASON, print_payout,
     "ID --reason TEXT", "it is not sent; the client is told why"},
    {"bank", "list", "GET", "/admin/banks%s", 2, 2, 0, print_banks, "",
     "bank accounts that nobody has looked at yet"},
    {"bank", "confirm", "POST", "/admin/banks/%s/confirm", 3, 3, REFERENCE, print_done,
     "ID --reference TEXT", "it is the client's: by the penny drop of this reference"},
    {"bank", "refuse", "POST", "/admin/banks/%s/refuse", 3, 3, REASON, print_done,
     "ID --reason TEXT", "it is not, or cannot be paid to"},
    {"bank", "reveal", "POST", "/admin/banks/%s/reveal", 3, 3, REASON, print_reveal,
     "ID --reason TEXT", "its whole number, to pay to it"},
    {"receipt", "list", "GET", "/admin/receipts%s", 2, 2, MAY_ALL, print_receipts, "[--all]",
     "money received that waits for another one's yes"},
    {"receipt", "record", "POST", "/admin/receipts", 3, 3, UTR | RECEIPT, print_done,
     "BANK_ID --amount RUPEES --utr REFERENCE --paid-on 2026-08-03",
     "a line of the bank's statement"},
    {"receipt", "approve", "POST", "/admin/receipts/%s/approve", 3, 3, 0, print_done, "ID",
     "by somebody else: it is in the ledger"},
    {"receipt", "refuse", "POST", "/admin/receipts/%s/refuse", 3, 3, REASON, print_done,
     "ID --reason TEXT", "it was recorded wrong"},
    {"ledger", "show", "GET", "/admin/ledger%s", 2, 2, 0, print_ledger, "",
     "what the bank holds and clients have, and that all of it fits"},
    {"ledger", "user", "GET", "/admin/funds/%s", 3, 3, 0, print_person, "USER_ID",
     "a person's money, bank accounts, and what moved it"},
};

static const command_t *command_of(const bj_cli_money_args_t *args) {
    for (size_t i = 0; i < BJ_COUNT(commands) && args->word_cnt > 1; i++) {
        if (strcmp(args->word[0], commands[i].first) == 0 &&
            strcmp(args->word[1], commands[i].second) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

void bj_cli_money_usage(FILE *out) {
    for (size_t i = 0; i < BJ_COUNT(commands); i++) {
        fprintf(out, "  %s %s%s%s\n        %s\n", commands[i].first, commands[i].second,
                *commands[i].usage ? " " : "", commands[i].usage, commands[i].help);
    }
}

static const char *read_words(int argc, char **argv, bj_cli_money_args_t *args) {
    const char *from_env = getenv("BIJLI_CONFIG");
    *args = (bj_cli_money_args_t){.config_file = from_env ? from_env : "var/etc/bijli.json"};
    for (int i = 1; i < argc; i++) {
        if (bj_cli_value(argc, argv, &i, "--config", &args->config_file) ||
            bj_cli_value(argc, argv, &i, "--reason", &args->reason) ||
            bj_cli_value(argc, argv, &i, "--utr", &args->utr) ||
            bj_cli_value(argc, argv, &i, "--reference", &args->reference) ||
            bj_cli_value(argc, argv, &i, "--amount", &args->amount) ||
            bj_cli_value(argc, argv, &i, "--paid-on", &args->paid_on)) {
            continue;
        }
        if (strcmp(argv[i], "--all") == 0) {
            args->all = true;
            continue;
        }
        const char *wrong = bj_cli_word(argv[i], &args->json, args->word, &args->word_cnt,
                                        BJ_CLI_MONEY_WORDS);
        if (wrong) return wrong;
    }
    return NULL;
}

static bool lacks(const char *text) {
    return !text || !*text;
}

/* An id, and not a way out of the path. */
static bool is_id(const char *text) {
    return strspn(text, "0123456789abcdef-") == strlen(text) && strlen(text) <= 36;
}

static const char *check(const bj_cli_money_args_t *args, const command_t *command) {
    if (!command) return "which command of payout, bank, receipt or ledger?";
    if (args->word_cnt < command->words_min) return "a word is missing";
    if (args->word_cnt > command->words_max) return "a word too many";
    if (args->word_cnt > 2 && !is_id(args->word[2])) return "the third word is an id";
    if (args->all && !(command->needs & MAY_ALL)) return "--all is for lists";
    if (command->needs & REASON && lacks(args->reason)) return "--reason is missing";
    if (command->needs & UTR && lacks(args->utr)) return "--utr is missing";
    if (command->needs & REFERENCE && lacks(args->reference)) return "--reference is missing";
    if (command->needs & RECEIPT && lacks(args->paid_on)) return "--paid-on is missing";
    return NULL;
}

/* RFC 9562, version 4. */
static json_t *new_id(void) {
    uint8_t raw[16];
    char out[37];
    size_t at = 0;
    if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw) abort();
    raw[6] = (uint8_t)((raw[6] & 0x0f) | 0x40);
    raw[8] = (uint8_t)((raw[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof raw; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%02x", dash ? "-" : "", raw[i]);
    }
    return json_string(out);
}

static const char *fill(const bj_cli_money_args_t *args, unsigned needs, json_t *body) {
    int64_t paise;
    if (needs & REASON) json_object_set_new(body, "reason", json_string(args->reason));
    if (needs & UTR) json_object_set_new(body, "utr", json_string(args->utr));
    if (needs & REFERENCE) json_object_set_new(body, "reference", json_string(args->reference));
    if (!(needs & RECEIPT)) return NULL;
    if (lacks(args->amount) || !bj_cli_paise(args->amount, &paise)) return "--amount is in rupees";
    json_object_set_new(body, "id", new_id());
    json_object_set_new(body, "bank_id", json_string(args->word[2]));
    json_object_set_new(body, "amount_paise", json_integer((json_int_t)paise));
    json_object_set_new(body, "paid_on", json_string(args->paid_on));
    return NULL;
}

const char *bj_cli_money_read(int argc, char **argv, bj_cli_money_args_t *args, const char **method,
                              char path[BJ_CLI_MONEY_PATH_BYTES], json_t **body) {
    *body = NULL;
    const char *wrong = read_words(argc, argv, args);
    const command_t *command = command_of(args);
    if (!wrong) wrong = check(args, command);
    if (wrong) return wrong;
    const char *slot = strstr(command->path, "%s");
    const char *word = args->word_cnt > 2 ? args->word[2] : args->all ? "?state=all" : "";
    size_t before = slot ? (size_t)(slot - command->path) : strlen(command->path);
    snprintf(path, BJ_CLI_MONEY_PATH_BYTES, "%.*s%.40s%s", (int)before, command->path,
             slot ? word : "", slot ? slot + 2 : "");
    *method = command->method;
    if (strcmp(command->method, "GET") == 0) return NULL;
    *body = json_object();
    wrong = fill(args, command->needs, *body);
    if (wrong) json_decref(*body), *body = NULL;
    return wrong;
}

bool bj_cli_is_money(int argc, char **argv) {
    static const char *const firsts[] = {"payout", "bank", "receipt", "ledger"};
    bj_cli_money_args_t args;
    const char *wrong = read_words(argc, argv, &args);
    (void)wrong; /* is said when it is run */
    for (size_t i = 0; args.word_cnt && i < BJ_COUNT(firsts); i++) {
        if (strcmp(args.word[0], firsts[i]) == 0) return true;
    }
    return false;
}

/* --- answers */

static const char *text(const json_t *json, const char *name) {
    const char *value = json_string_value(json_object_get(json, name));
    return value && *value ? value : "-";
}

/* Each column's room, so that four may stand in one line. */
static const char *rupees(const json_t *json, const char *name) {
    static char out[4][40];
    static unsigned at;
    char *to = out[at++ % BJ_COUNT(out)];
    bj_cli_rupees(json_integer_value(json_object_get(json, name)), to, sizeof out[0]);
    return to;
}

static void payout(const json_t *row) {
    const json_t *bank = json_object_get(row, "bank");
    printf("%s  user %s  %s  %s to %s %s  asked %s%s\n", text(row, "id"), text(row, "user_id"),
           text(row, "state"), rupees(row, "amount_paise"), text(bank, "ifsc"),
           text(bank, "number"), text(row, "asked"),
           json_is_true(json_object_get(row, "two_people")) ? ", two people" : "");
    printf("        bank account %s  approved by %s  taken by %s  ended %s by %s  %s %s\n",
           text(row, "bank_id"), text(row, "approved_by"), text(row, "taken_by"),
           text(row, "ended"), text(row, "ended_by"), text(row, "utr"), text(row, "reason"));
}

static void print_payouts(const json_t *answer) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, "payouts"), i, row) payout(row);
}

static void print_payout(const json_t *answer) {
    payout(json_object_get(answer, "payout"));
}

static void print_banks(const json_t *answer) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, "banks"), i, row) {
        printf("%-8s user %-8s %s %-18s %-10s%s%s\n", text(row, "id"), text(row, "user_id"),
               text(row, "ifsc"), text(row, "number"), text(row, "state"),
               json_is_true(json_object_get(row, "primary")) ? " primary" : "",
               json_is_true(json_object_get(row, "anothers")) ? ", somebody else has it too" : "");
    }
}

static void print_done(const json_t *answer) {
    printf("%s: done\n", text(answer, "id"));
}

static void print_reveal(const json_t *answer) {
    printf("%s: %s\n", text(answer, "id"), text(answer, "number"));
}

static void print_receipts(const json_t *answer) {
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, "receipts"), i, row) {
        printf("%s  user %s  %s  %s  %s of %s  by %s, %s\n", text(row, "id"), text(row, "user_id"),
               text(row, "state"), rupees(row, "amount_paise"), text(row, "utr"),
               text(row, "paid_on"), text(row, "asked_by"), text(row, "decided_by"));
    }
}

static void print_ledger(const json_t *answer) {
    int wrong = (int)json_integer_value(json_object_get(answer, "wrong_accounts"));
    printf("bank %s   clients %s   held for payouts %s   unknown origin %s\n",
           rupees(answer, "bank_paise"), rupees(answer, "clients_paise"),
           rupees(answer, "held_paise"), rupees(answer, "suspense_paise"));
    if (wrong)
        printf("%d ACCOUNTS HAVE SUMS THAT ARE NOT THOSE OF THEIR TRANSFERS\n", wrong);
    else
        printf("every account's sums are those of its transfers\n");
}

static void print_person(const json_t *answer) {
    const json_t *funds = json_object_get(answer, "funds");
    size_t i;
    json_t *row;
    printf("balance %s   held %s   free %s\n", rupees(funds, "balance_paise"),
           rupees(funds, "held_paise"), rupees(funds, "free_paise"));
    print_banks(answer);
    json_array_foreach(json_object_get(answer, "lines"), i, row) {
        printf("%s  %-10s %-8s %16s  %s\n", text(row, "made"), text(row, "what"),
               text(row, "state"), rupees(row, "amount_paise"), text(row, "id"));
    }
}

static int run(const bj_cli_money_args_t *args, const char *method, const char *path,
               json_t *body) {
    long http_code;
    json_t *answer;
    const char *why = "refused", *field = "";
    bj_config_t *config = bj_config_load(args->config_file);
    bj_status_t status = bj_cli_request(config, method, path, body, &http_code, &answer);
    bj_config_free(config);
    if (status != BJ_OK) {
        fprintf(stderr, "bijlictl: bijli-control: %s\n", bj_status_text(status));
        return AWAY;
    }
    if (args->json)
        json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
    else if (http_code < 300)
        command_of(args)->print(answer);
    json_unpack(answer, "{s:{s:s, s?s}}", "error", "text", &why, "field", &field);
    if (http_code >= 300) {
        fprintf(stderr, "bijlictl: %s%s%s (%ld)\n", field, *field ? ": " : "", why, http_code);
    }
    json_decref(answer);
    return http_code < 300 ? GOOD : REFUSED;
}

int bj_cli_money(int argc, char **argv) {
    bj_cli_money_args_t args;
    const char *method = "";
    char path[BJ_CLI_MONEY_PATH_BYTES];
    json_t *body;
    const char *wrong = bj_cli_money_read(argc, argv, &args, &method, path, &body);
    if (wrong) {
        fprintf(stderr, "bijlictl: %s\n", wrong);
        bj_cli_money_usage(stderr);
        return USAGE;
    }
    int code = run(&args, method, path, body);
    json_decref(body);
    return code;
}
