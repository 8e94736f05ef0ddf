/* Goal: the card's screen says what the file says, within 80 columns, however many voids there are,
 * and an empty file crashes nothing. */
#include "controlplane/cli/bj_cli_hardware.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"

static const char full[] =
    "{\"state\": \"ready\", \"segment\": \"CM\", \"stream\": 1, \"totals\": {\"exact\": 1, "
    "\"compared\": 1234567, \"equal\": 1234566, \"different\": 1, \"top_clocks_min\": 3, "
    "\"top_clocks_max\": 3, \"deep_clocks_min\": 8, \"deep_clocks_max\": 8, \"loads\": 9, "
    "\"retries\": 2, \"refused\": 0, \"boots\": 1, \"voids\": 8}, \"feed\": {\"wire_frames\": "
    "987654321, \"wire_dropped\": 4, \"rows_served\": 987654321, \"rows_passed\": 12345678, "
    "\"rows_late\": 7654321}, \"voids\": {\"gap\": 5, \"price\": 3}, \"counters\": {\"KNOWN\": 99, "
    "\"MANY\": 98}, \"tokens\": [{\"symbol\": \"HDFCBANK\", \"exact\": 1, \"orders\": 47, "
    "\"compared\": 1234567, \"different\": 1, \"loads\": 4, \"retries\": 2, \"reason\": \"\", "
    "\"voids\": {\"gap\": 5}}, {\"symbol\": \"A-LONG-SYMBOL\", \"exact\": 0, \"orders\": 16384, "
    "\"compared\": 123456789, \"different\": 0, \"loads\": 5, \"retries\": 12345, \"reason\": "
    "\"differs\", \"voids\": {\"start\": 1, \"differs\": 12, \"silent\": 3}}]}";

static char *printed(const char *json) {
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    json_t *root = json_loads(json, 0, NULL);
    bj_cli_print_hardware(out, root);
    fclose(out);
    json_decref(root);
    return text;
}

static bool has(const char *text, const char *what) {
    bool found = strstr(text, what) != NULL;
    if (!found) fprintf(stderr, "no \"%s\" in\n%s\n", what, text);
    return found;
}

static void test_full(void) {
    char *text = printed(full);
    BJ_CHECK(has(text, "ready; 1 of 2 instruments exact; CM stream 1"));
    BJ_CHECK(has(text, "12,34,567 compared with the C book, 12,34,566 equal, 1 different"));
    BJ_CHECK(has(text, "top of book 3 to 3, to depth 8 to 8"));
    BJ_CHECK(has(text, "Voids     8  (gap 5, price 3)"));
    BJ_CHECK(has(text, "98,76,54,321 to the card, 4 dropped"));
    BJ_CHECK(has(text, "HDFCBANK     exact       12,34,567         1      4      2  gap 5\n"));
    BJ_CHECK(has(text, "A-LONG-SYMBO differs"));
    BJ_CHECK(has(text, "messages taken                 99"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        BJ_CHECK(strcspn(line, "\n") <= 80);
    free(text);
}

static void test_words(void) {
    char *good[] = {"bijlictl", "--config", "x", "hardware", "--json"};
    char *other[] = {"bijlictl", "status", "hardware"};
    BJ_CHECK(bj_cli_is_hardware(5, good) && !bj_cli_is_hardware(3, other));
    char *many[] = {"bijlictl", "hardware", "more"};
    char *odd[] = {"bijlictl", "hardware", "--nothing"};
    BJ_CHECK(bj_cli_hardware(3, many) == 2 && bj_cli_hardware(3, odd) == 2);
}

int main(void) {
    test_full();
    test_words();
    char *text = printed("{}");
    BJ_CHECK(has(text, "0 compared"));
    free(text);
    return bj_test_end("test_bj_cli_hardware");
}
