/* Goal: what the words of payout, bank, receipt and ledger ask the API, and what is wrong with
 * them. */
#include "controlplane/cli/bj_cli_money.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"

#define ID "0190f5c8-7d1a-7abc-9def-0123456789ab"

static const struct {
    const char *words, *wrong, *method, *path, *body; /* wrong: how it begins; NULL: fine */
} cases[] = {
    {"payout list", NULL, "GET", "/admin/payouts", NULL},
    {"payout list --all", NULL, "GET", "/admin/payouts?state=all", NULL},
    {"payout approve " ID, NULL, "POST", "/admin/payouts/" ID "/approve", "{}"},
    {"payout send " ID " --utr HDFCN520261128", NULL, "POST", "/admin/payouts/" ID "/send",
     "{\"utr\":\"HDFCN520261128\"}"},
    {"payout take " ID, NULL, "POST", "/admin/payouts/" ID "/take", "{}"},
    {"payout untake " ID " --reason r", NULL, "POST", "/admin/payouts/" ID "/untake",
     "{\"reason\":\"r\"}"},
    {"payout untake " ID, "--reason is missing", NULL, NULL, NULL},
    {"payout send " ID, "--utr is missing", NULL, NULL, NULL},
    {"payout send --utr X", "a word is missing", NULL, NULL, NULL},
    {"payout send ../audit --utr X", "the third word is an id", NULL, NULL, NULL},
    {"payout return " ID " --reason r", NULL, "POST", "/admin/payouts/" ID "/return",
     "{\"reason\":\"r\"}"},
    {"payout return " ID, "--reason is missing", NULL, NULL, NULL},
    {"payout approve " ID " --all", "--all is for lists", NULL, NULL, NULL},
    {"payout dance", "which command", NULL, NULL, NULL},
    {"bank list", NULL, "GET", "/admin/banks", NULL},
    {"bank confirm 1000 --reference PD1", NULL, "POST", "/admin/banks/1000/confirm",
     "{\"reference\":\"PD1\"}"},
    {"bank confirm 1000", "--reference is missing", NULL, NULL, NULL},
    {"bank refuse 1000 --reason r", NULL, "POST", "/admin/banks/1000/refuse", "{\"reason\":\"r\"}"},
    {"bank reveal 1000 --reason r", NULL, "POST", "/admin/banks/1000/reveal", "{\"reason\":\"r\"}"},
    {"receipt list", NULL, "GET", "/admin/receipts", NULL},
    {"receipt record 1000 --amount 5,000.50 --utr HDFCN520261128 --paid-on 2026-08-03", NULL,
     "POST", "/admin/receipts",
     "{\"amount_paise\":500050,\"bank_id\":\"1000\",\"paid_on\":\"2026-08-03\","
     "\"utr\":\"HDFCN520261128\"}"},
    {"receipt record 1000 --amount x --utr X --paid-on 2026-08-03", "--amount is in rupees", NULL,
     NULL, NULL},
    {"receipt record 1000 --amount 5 --utr X", "--paid-on is missing", NULL, NULL, NULL},
    {"receipt approve " ID, NULL, "POST", "/admin/receipts/" ID "/approve", "{}"},
    {"receipt refuse " ID " --reason r", NULL, "POST", "/admin/receipts/" ID "/refuse",
     "{\"reason\":\"r\"}"},
    {"ledger show", NULL, "GET", "/admin/ledger", NULL},
    {"ledger user 1001", NULL, "GET", "/admin/funds/1001", NULL},
    {"ledger show --nothing", "unknown option", NULL, NULL, NULL},
    {"ledger user 1 2 3", "a word too many", NULL, NULL, NULL},
};

/* The id of a receipt is another one each time. */
static char *without_id(json_t *body) {
    json_object_del(body, "id");
    return body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

static void test_case(size_t i) {
    char text[256], path[BJ_CLI_MONEY_PATH_BYTES], *argv[24] = {"bijlictl"};
    const char *method = "";
    int argc = 1;
    json_t *body;
    bj_cli_money_args_t args;
    snprintf(text, sizeof text, "%s", cases[i].words);
    for (char *p = text; p && *p;) {
        argv[argc++] = p;
        p = strchr(p, ' ');
        if (p) *p++ = '\0';
    }
    BJ_CHECK(bj_cli_is_money(argc, argv));
    const char *wrong = bj_cli_money_read(argc, argv, &args, &method, path, &body);
    if (cases[i].wrong) {
        BJ_CHECK(wrong && strncmp(wrong, cases[i].wrong, strlen(cases[i].wrong)) == 0 && !body);
        return;
    }
    BJ_CHECK(!wrong && strcmp(method, cases[i].method) == 0 && strcmp(path, cases[i].path) == 0);
    char *got = without_id(body);
    BJ_CHECK((got == NULL) == (cases[i].body == NULL));
    if (got && cases[i].body) BJ_CHECK(strcmp(got, cases[i].body) == 0);
    free(got);
    json_decref(body);
}

static void test_new_ids(void) {
    char *argv[] = {"bijlictl", "receipt", "record", "7",         "--amount",
                    "5",        "--utr",   "X",      "--paid-on", "2026-08-03"};
    char path[BJ_CLI_MONEY_PATH_BYTES];
    const char *method;
    json_t *one, *two;
    bj_cli_money_args_t args;
    BJ_CHECK(!bj_cli_money_read(BJ_COUNT(argv), argv, &args, &method, path, &one));
    BJ_CHECK(!bj_cli_money_read(BJ_COUNT(argv), argv, &args, &method, path, &two));
    BJ_CHECK(json_string_length(json_object_get(one, "id")) == 36);
    BJ_CHECK(!json_equal(json_object_get(one, "id"), json_object_get(two, "id")));
    json_decref(one);
    json_decref(two);
}

int main(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        unsigned fails = bj_fail_cnt;
        test_case(i);
        if (bj_fail_cnt != fails) fprintf(stderr, "  %s\n", cases[i].words);
    }
    test_new_ids();
    char *others[] = {"bijlictl", "user", "list"};
    BJ_CHECK(!bj_cli_is_money(3, others));
    return bj_test_end("test_bj_cli_money");
}
