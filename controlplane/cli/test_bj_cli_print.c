/* Goal: money and numbers as an Indian operator reads them, and each table from an API object;
 * absent fields never crash. */
#include "controlplane/cli/bj_cli_print.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"

static const struct {
    int64_t paise;
    const char *want;
} rupees[] = {
    {0, "0.00"},          {5, "0.05"},             {-5, "-0.05"},
    {100, "1.00"},        {99999, "999.99"},       {100000, "1,000.00"},
    {12345678, "1,23,456.78"}, {123456789, "12,34,567.89"}, {-123456789, "-12,34,567.89"},
    {INT64_MAX, "92,23,37,20,36,85,47,758.07"}, {INT64_MIN, "-92,23,37,20,36,85,47,758.08"},
};

static void test_numbers(void) {
    char out[40];
    for (size_t i = 0; i < BJ_COUNT(rupees); i++) {
        bj_cli_rupees(rupees[i].paise, out, sizeof out);
        BJ_CHECK(strcmp(out, rupees[i].want) == 0);
    }
    bj_cli_number(10000000, out, sizeof out);
    BJ_CHECK(strcmp(out, "1,00,00,000") == 0);
}

static const struct {
    const char *text;
    int64_t     paise; /* 0: no price */
} prices[] = {
    {"1", 100},        {"1.5", 150},       {"1.05", 105},   {"1,234.50", 123450},
    {"12,34,567", 123456700}, {"0.05", 5}, {".5", 50},      {"1.", 100},
    {"0", 0},          {"", 0},            {"1.234", 0},    {"-1", 0},
    {"1.2.3", 0},      {"1e3", 0},         {",1", 0},       {"1.5,0", 0},
    {" 1", 0},         {"99999999999999999999", 0},
};

static void test_prices(void) {
    for (size_t i = 0; i < BJ_COUNT(prices); i++) {
        int64_t paise = 0;
        BJ_CHECK(bj_cli_paise(prices[i].text, &paise) == (prices[i].paise != 0));
        if (prices[i].paise) BJ_CHECK(paise == prices[i].paise);
    }
}

static bool prints(void (*print)(FILE *, json_t *), const char *json, const char *want) {
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    json_t *answer = json_loads(json, 0, NULL);
    print(out, answer);
    fclose(out);
    bool ok = answer && strstr(text, want);
    if (!ok) fprintf(stderr, "%s\n", text);
    json_decref(answer);
    free(text);
    return ok;
}

int main(void) {
    test_numbers();
    test_prices();
    BJ_CHECK(prints(
        bj_cli_print_quote,
        "{\"quotes\":[{\"symbol\":\"INFY\",\"last_paise\":150150,\"prev_close_paise\":150000,"
        "\"bid_paise\":150100,\"bid_qty\":1200}]}",
        "INFY  1,501.50  +0.10 %"));
    BJ_CHECK(prints(bj_cli_print_quote,
                    "{\"quotes\":[{\"symbol\":\"INFY\",\"last_paise\":1,\"prev_close_paise\":3,"
                    "\"stale\":true}]}",
                    "-66.66 %  STALE"));
    BJ_CHECK(prints(bj_cli_print_book,
                    "{\"symbol\":\"A\",\"bids\":[{\"price_paise\":500,\"qty\":10,\"orders\":2}],"
                    "\"asks\":[]}",
                    "      2           10         5.00 | "));
    BJ_CHECK(prints(bj_cli_print_book, "{}", "no orders"));
    BJ_CHECK(prints(bj_cli_print_orders, "{\"orders\":[{}]}", "-"));
    BJ_CHECK(prints(bj_cli_print_orders, "{}", "no orders"));
    BJ_CHECK(prints(bj_cli_print_state, "{\"symbol\":\"A\",\"state\":\"halted\"}", "A is halted"));
    BJ_CHECK(prints(bj_cli_print_state, "{\"symbol\":\"ALL\",\"state\":\"auction\"}",
                    "all instruments are in call auction\n"));
    BJ_CHECK(prints(bj_cli_print_quote, "{\"quotes\":[{\"state\":\"post_close\"}]}",
                    "now   after the close, at the closing price\n"));
    BJ_CHECK(prints(bj_cli_print_status, "{\"phases\":{\"open\":59,\"halted\":1}}",
                    "instruments  59 in continuous trading; 1 halted\n"));
    BJ_CHECK(prints(bj_cli_print_limit, "{\"level\":\"desk\",\"limit\":\"rate\",\"value\":5000}",
                    "rate of the desk: 5,000\n"));
    BJ_CHECK(prints(bj_cli_print_limit, "{\"level\":\"member\",\"limit\":\"margin\",\"value\":-1}",
                    "margin of the member: no limit\n"));
    BJ_CHECK(prints(bj_cli_print_band,
                    "{\"symbol\":\"A\",\"lo_paise\":90000,\"hi_paise\":110000}",
                    "A trades from 900.00 to 1,100.00\n"));
    BJ_CHECK(prints(bj_cli_print_uncross,
                    "{\"symbol\":\"A\",\"state\":\"buffer\",\"price_paise\":5005,\"qty\":60}",
                    "60 matched at 50.05\nA is between auction and trading\n"));
    BJ_CHECK(prints(bj_cli_print_uncross, "{\"price_paise\":0,\"qty\":0}", "no price"));
    BJ_CHECK(prints(bj_cli_print_window, "{\"symbol\":\"ALL\"}",
                    "the average price of all instruments counts from here\n"));
    BJ_CHECK(prints(bj_cli_print_window, "{\"symbol\":\"TCS\"}",
                    "the average price of TCS counts from here\n"));
    BJ_CHECK(prints(bj_cli_print_ended, "{\"ended\":1}", "1 order ended\n"));
    BJ_CHECK(prints(bj_cli_print_asked, "{\"asked\":\"77\"}",
                    "asked; order 77 ends if trades of it are missing and it is open at the "
                    "exchange no more: see `bijlictl orders` and the dataplane's log\n"));
    BJ_CHECK(prints(bj_cli_print_ended, "{\"ended\":0}", "0 orders ended\n"));
    BJ_CHECK(prints(bj_cli_print_orders,
                    "{\"orders\":[{\"app\":{\"api_key\":\"abcdefghijklmnop\"}},{\"app\":null}]}",
                    "abcdefghijklmnop"));
    BJ_CHECK(prints(bj_cli_print_orders,
                    "{\"orders\":[{\"type\":\"SL-M\",\"trigger_price_paise\":5005,"
                    "\"state\":\"trigger_pending\"}]}",
                    "50.05"));
    BJ_CHECK(
        prints(bj_cli_print_status,
               "{\"venue\":\"internal\",\"components\":[{\"name\":\"relay\",\"state\":\"up\","
               "\"text\":\"\",\"figures\":{\"lag\":1234}}],\"degraded\":[\"prices are stale\"]}",
               "lag 1,234\n! prices are stale"));
    BJ_CHECK(prints(bj_cli_print_latency,
                    "{\"components\":[{\"name\":\"relay\"},{\"name\":\"dataplane\",\"figures\":"
                    "{\"hop_total_cnt\":3,\"hop_total_max_ns\":1234567}}]}",
                    "total                 3              -              -              -"
                    "      12,34,567\n"));
    BJ_CHECK(prints(bj_cli_print_latency, "{}", "parsed                -"));
    return bj_test_end("test_bj_cli_print");
}
