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
    BJ_CHECK(
        prints(bj_cli_print_status,
               "{\"venue\":\"internal\",\"components\":[{\"name\":\"relay\",\"state\":\"up\","
               "\"text\":\"\",\"figures\":{\"lag\":1234}}],\"degraded\":[\"prices are stale\"]}",
               "lag 1,234\n! prices are stale"));
    return bj_test_end("test_bj_cli_print");
}
