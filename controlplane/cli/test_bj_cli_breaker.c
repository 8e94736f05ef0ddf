/* Goal: with the shipped calendar, what an operator is told of each level at each time of day. */
#include "controlplane/cli/bj_cli_breaker.h"

#include <stdlib.h>
#include "controlplane/cli/bj_cli_print.h"
#include "dataplane/base/bj_test.h"

static const struct {
    uint32_t    level_pct;
    const char *date;
    int32_t     at_s;
    const char *want[3]; /* parts of what is printed; none: no halt */
} cases[] = {
    {10, "2026-08-03", 12 * 3600,
     {"halt of 45 min, then call auction of 15 min",
      "  12:45:00  bijlictl phase ALL auction --auction resume --reason ...",
      "  13:00:00  bijlictl uncross ALL --then open --reason ..."}},
    {10, "2026-09-07", 13 * 3600,
     {"10 % at 13:00:00: halt of 15 min", "  13:00:00  bijlictl kill --reason ...",
      "  13:30:00  bijlictl uncross ALL --then open --market-first --reason ..."}},
    {10, "2026-09-07", 14 * 3600 + 1800, {NULL}},
    {15, "2026-09-07", 10 * 3600, {"halt of 105 min", "  11:45:00  ", "  12:00:00  "}},
    {15, "2026-09-07", 14 * 3600 + 1800,
     {"15 % at 14:30:00: halted for the rest of the day", "bijlictl kill", "India's time"}},
    {20, "2026-09-07", 9 * 3600 + 1800, {"rest of the day", "all instruments are halted", "kill"}},
    {5, "2026-09-07", 10 * 3600, {NULL}},
    {10, "2013-10-11", 10 * 3600, {NULL}}, /* before there was such a rule in the file */
};

static char *printed(json_t *answer) {
    char *text = NULL;
    size_t text_bytes;
    FILE *out = open_memstream(&text, &text_bytes);
    bj_cli_print_breaker(out, answer);
    fclose(out);
    return text;
}

int main(void) {
    char error[BJ_CALENDAR_ERROR_BYTES];
    bj_calendar_t *calendar;
    if (bj_calendar_load_file("dataplane/calendar/nse.json", 0, &calendar, error) != BJ_OK) abort();
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int32_t day;
        json_t *answer = json_pack("{s:s, s:s}", "symbol", "ALL", "state", "halted");
        BJ_CHECK(bj_calendar_date(cases[i].date, &day));
        int64_t now_ns = bj_calendar_ns(day, cases[i].at_s);
        bool halts = bj_cli_breaker(calendar, cases[i].level_pct, now_ns, answer);
        BJ_CHECK(halts == (cases[i].want[0] != NULL));
        BJ_CHECK(halts || json_object_size(answer) == 2);
        char *text = printed(answer);
        for (size_t k = 0; halts && k < BJ_COUNT(cases[i].want); k++) {
            bool there = strstr(text, cases[i].want[k]) != NULL;
            BJ_CHECK(there);
            if (!there) fprintf(stderr, "  wanted %s in\n%s", cases[i].want[k], text);
        }
        free(text);
        json_decref(answer);
    }
    bj_calendar_free(calendar);
    return bj_test_end("test_bj_cli_breaker");
}
