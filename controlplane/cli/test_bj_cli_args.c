/* Goal: each command line as the request it means, and each wrong one said in words. */
#include "controlplane/cli/bj_cli_args.h"

#include <stdlib.h>
#include "controlplane/cli/cli_test.h"
#include "dataplane/base/bj_test.h"

enum { ARGS_MAX = 12 };

static const struct {
    const char *line;
    const char *wrong; /* a part of what is said; NULL: good */
    const char *path, *body;
} cases[] = {
    {"", "which command", "", ""},
    {"dance", "unknown command", "", ""},
    {"status", NULL, "/status", ""},
    {"status --json", NULL, "/status", ""},
    {"quote", "which symbol", "", ""},
    {"quote m&m", NULL, "/market/quotes?symbols=M%26M", ""},
    {"quote ../x", "SYMBOL is letters", "", ""},
    {"quote A B", "a word too many", "", ""},
    {"orders", NULL, "/admin/orders?state=open&limit=100", ""},
    {"orders tcs", NULL, "/admin/orders?state=open&limit=100&symbol=TCS", ""},
    {"halt TCS --reason news", NULL, "/admin/instruments/TCS/halt", "{\"reason\":\"news\"}"},
    {"resume TCS", NULL, "/admin/instruments/TCS/resume", "{\"reason\":\"operator\"}"},
    {"halt TCS --reason", "lacks its value", "", ""},
    {"halt TCS --then open", "no option of this", "", ""},
    {"halt TCS --dance", "unknown option", "", ""},
    {"phase TCS", "a word is missing", "", ""},
    {"phase TCS halted", "--reason is missing", "", ""},
    {"phase all continuous --reason r", NULL, "/admin/instruments/ALL/phase",
     "{\"phase\":\"open\",\"reason\":\"r\"}"},
    {"phase ALL auction --auction resume --reference 1,234.5 --band-bp 300 --reason r", NULL,
     "/admin/instruments/ALL/phase",
     "{\"auction\":\"resume\",\"band_bp\":300,\"phase\":\"auction\",\"reason\":\"r\","
     "\"reference_paise\":123450}"},
    {"phase TCS auction --reference 1.234 --reason r", "--reference is a price", "", ""},
    {"phase TCS auction --band-bp 0 --reason r", "--band-bp is hundredths", "", ""},
    {"uncross TCS --reason r", "--then is missing", "", ""},
    {"uncross TCS --then open --market-first --reason r", NULL, "/admin/instruments/TCS/uncross",
     "{\"market_first\":true,\"reason\":\"r\",\"then\":\"open\"}"},
    {"band TCS 1000 --reason r", "a word is missing", "", ""},
    {"band TCS 1000 1200.05 --reason r", NULL, "/admin/instruments/TCS/band",
     "{\"hi_paise\":120005,\"lo_paise\":100000,\"reason\":\"r\"}"},
    {"band TCS 0 1200 --reason r", "LO is a price", "", ""},
    {"band TCS 1000 30000000 --reason r", "HI is a price", "", ""},
    {"window all --reason r", NULL, "/admin/instruments/ALL/window", "{\"reason\":\"r\"}"},
    {"window TCS", "--reason is missing", "", ""},
    {"window", "which symbol", "", ""},
    {"breaker 10 --reason r", NULL, "/admin/instruments/ALL/phase",
     "{\"phase\":\"halted\",\"reason\":\"r\"}"},
    {"breaker ten --reason r", "LEVEL is whole percent", "", ""},
    {"day-end 2026-08-03 --reason r", NULL, "/admin/day-end",
     "{\"date\":\"2026-08-03\",\"reason\":\"r\"}"},
    {"day-end 2026-02-30 --reason r", "DATE is the day", "", ""},
    {"day-end today --reason r", "DATE is the day", "", ""},
    {"order release 77 --reason r", NULL, "/admin/orders/release",
     "{\"order_id\":\"77\",\"reason\":\"r\"}"},
    {"order release 77", "--reason is missing", "", ""},
    {"order release --reason r", "a word is missing", "", ""},
    {"order release x --reason r", "ORDER is a number", "", ""},
    {"order cancel 77 --reason r", "order release?", "", ""},
    {"kill --reason r", NULL, "/admin/kill/member", "{\"reason\":\"r\"}"},
    {"kill --account 1001 --symbol m&m --side sell --session 3 --reason r", NULL, "/admin/kill",
     "{\"account_id\":\"1001\",\"reason\":\"r\",\"session_id\":3,\"side\":\"SELL\","
     "\"symbol\":\"M&M\"}"},
    {"kill --session maker --reason r", NULL, "/admin/kill", "{\"reason\":\"r\",\"session_id\":2}"},
    {"kill --session nobody --reason r", "gateway.sessions has none", "", ""},
    {"kill --session 0 --reason r", "--session is a name", "", ""},
    {"kill --side both --reason r", "--side is buy or sell", "", ""},
    {"kill --account x --reason r", "--account is a number", "", ""},
    {"kill", "--reason is missing", "", ""},
    {"kill --account 1001 --block --reason r", NULL, "/admin/kill",
     "{\"account_id\":\"1001\",\"block\":true,\"reason\":\"r\"}"},
    {"limit account order_qty 500 --account 1001 --reason r", NULL, "/admin/limit",
     "{\"account_id\":\"1001\",\"level\":\"account\",\"limit\":\"order_qty\",\"reason\":\"r\","
     "\"value\":500}"},
    {"limit desk rate none --session maker --reason r", NULL, "/admin/limit",
     "{\"level\":\"desk\",\"limit\":\"rate\",\"reason\":\"r\",\"session_id\":2,\"value\":-1}"},
    {"limit town rate 5 --reason r", "LEVEL is account", "", ""},
    {"limit member rate five --reason r", "VALUE is a whole number", "", ""},
    {"limit member rate 5", "--reason is missing", "", ""},
    {"limit member rate", "a word is missing", "", ""},
};

static void test_case(size_t i, const bj_config_t *config) {
    char line[160], path[160] = "", *argv[ARGS_MAX];
    bj_cli_args_t args;
    json_t *body = NULL;
    unsigned fails = bj_fail_cnt;
    snprintf(line, sizeof line, "%s", cases[i].line);
    const char *wrong = bj_cli_read(cli_words(line, argv, ARGS_MAX), argv, &args);
    if (!wrong) wrong = bj_cli_request_of(&args, config, path, sizeof path, &body);
    BJ_CHECK(cases[i].wrong ? wrong && strstr(wrong, cases[i].wrong) : !wrong);
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!wrong) {
        BJ_CHECK(strcmp(path, cases[i].path) == 0);
        BJ_CHECK(strcmp(text ? text : "", cases[i].body) == 0);
    }
    if (bj_fail_cnt != fails) {
        fprintf(stderr, "  %s\n  %s\n  %s %s\n", cases[i].line, wrong ? wrong : "good", path,
                text ? text : "");
    }
    free(text);
    json_decref(body);
}

int main(void) {
    char file[] = "/tmp/test_bj_cli_args.XXXXXX";
    int fd = mkstemp(file);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) abort();
    fprintf(out, "{\"gateway\": {\"sessions\": [{\"id\": 1, \"name\": \"control\"},"
                 " {\"id\": 2, \"name\": \"maker\"}]}}");
    fclose(out);
    bj_config_t *config = bj_config_load(file);
    remove(file);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) test_case(i, config);
    bj_config_free(config);
    return bj_test_end("test_bj_cli_args");
}
