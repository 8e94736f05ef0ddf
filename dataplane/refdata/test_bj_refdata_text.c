/* The words of the files: numbers, dates, ISINs; each against what is said here by hand, dates also
 * against the C library. */
#include <stdlib.h>
#include <time.h>

#include "dataplane/base/bj_test.h"
#include "dataplane/refdata/bj_refdata.h"

static const struct {
    const char *text;
    unsigned    scale;
    bool        ok;
    int64_t     want;
} numbers[] = {
    {"0", 0, true, 0},
    {"12", 0, true, 12},
    {"-1", 0, true, -1},
    {"0012", 0, true, 12},
    {"12.00", 0, true, 12},
    {"12.5", 0, false, 0},
    {"12.5", 1, true, 125},
    {"12.5", 2, true, 1250},
    {"12.55", 2, true, 1255},
    {"12.550000", 2, true, 1255},
    {"12.551", 2, false, 0},
    {"-0.05", 2, true, -5},
    {"1382.1234567", 7, true, INT64_C(13821234567)},
    {"9223372036854775807", 0, true, INT64_MAX},
    {"-9223372036854775807", 0, true, -INT64_MAX},
    {"9223372036854775808", 0, false, 0},
    {"92233720368547758.07", 2, true, INT64_MAX},
    {"92233720368547758.08", 2, false, 0},
    {"92233720368547759", 2, false, 0},
    {"99999999999999999999999", 0, false, 0},
    {"", 0, false, 0},
    {"-", 0, false, 0},
    {".", 2, false, 0},
    {".5", 2, false, 0},
    {"5.", 2, false, 0},
    {"+5", 0, false, 0},
    {" 5", 0, false, 0},
    {"5 ", 0, false, 0},
    {"1,000", 0, false, 0},
    {"1e3", 0, false, 0},
    {"0x10", 0, false, 0},
    {"--5", 0, false, 0},
    {"1.2.3", 4, false, 0},
    {"nan", 0, false, 0},
};

static void test_numbers(void) {
    for (size_t i = 0; i < BJ_COUNT(numbers); i++) {
        int64_t out = -77;
        bool ok = bj_ref_fixed(numbers[i].text, numbers[i].scale, &out);
        BJ_CHECK(ok == numbers[i].ok && out == (ok ? numbers[i].want : -77));
        if (ok != numbers[i].ok) fprintf(stderr, "  number '%s'\n", numbers[i].text);
    }
}

/* Any number of paise, written as rupees, comes back. */
static void test_numbers_round_trip(void) {
    uint64_t rng = 11;
    for (int i = 0; i < 20000; i++) {
        rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t paise = (int64_t)(rng >> (1 + i % 60)), back;
        char text[40];
        snprintf(text, sizeof text, "%lld.%02d", (long long)(paise / 100), (int)(paise % 100));
        BJ_CHECK(bj_ref_fixed(text, 2, &back) && back == paise);
    }
}

static void test_isins(void) {
    /* The first two are the examples of ISO 6166 that every text on it gives. */
    static const char *const good[] = {"US0378331005", "GB0002634946", "INE0BJ101015"};
    static const char *const bad[] = {"", "US0378331006", "US037833100", "US03783310055",
                                      "us0378331005", "0S0378331005", "US03783310O5",
                                      "US037833100A", "US0378331-05", "US 378331005"};
    for (size_t i = 0; i < BJ_COUNT(good); i++) BJ_CHECK(bj_ref_isin(good[i]));
    for (size_t i = 0; i < BJ_COUNT(bad); i++) BJ_CHECK(!bj_ref_isin(bad[i]));
    for (int at = 2; at < 12; at++) { /* one digit wrong is always seen */
        for (char c = '0'; c <= '9'; c++) {
            char text[13] = "US0378331005";
            if (text[at] == c) continue;
            text[at] = c;
            BJ_CHECK(!bj_ref_isin(text));
        }
    }
}

static void test_dates(void) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int32_t day = 3652; day < 84006; day++) { /* 1980-01-01 to 2199-12-31 */
        time_t at = (time_t)day * 86400;
        struct tm tm;
        char iso[40], mon[40];
        int32_t got = 0;
        gmtime_r(&at, &tm);
        int y = tm.tm_year + 1900;
        snprintf(iso, sizeof iso, "%04d-%02d-%02d", y, tm.tm_mon + 1, tm.tm_mday);
        snprintf(mon, sizeof mon, "%02d-%.3s-%04d", tm.tm_mday, months + tm.tm_mon * 3, y);
        BJ_CHECK(bj_ref_day_iso(iso, &got) && got == day);
        BJ_CHECK(bj_ref_day_mon(mon, &got) && got == day);
        if (day < 53000) {
            BJ_CHECK(bj_ref_day_of((uint32_t)(day - 3652) * 86400u) == day);
            BJ_CHECK(bj_ref_day_of((uint32_t)(day - 3652) * 86400u + 86399u) == day);
        }
    }
    static const char *const bad[] = {
        "", "2026-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-01",
        "2026/01/01", "1979-12-31", "2200-01-01", "2026-01-011", "20260101", "2026-01-0x",
        "03-AUG-26", "31-FEB-2026", "03-YYY-2026", "3-AUG-2026", "03 AUG 2026", "00-AUG-2026",
        "03-AUG-20266", "0x-AUG-2026"};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        int32_t day;
        BJ_CHECK(!bj_ref_day_iso(bad[i], &day) && !bj_ref_day_mon(bad[i], &day));
    }
    int32_t day;
    BJ_CHECK(bj_ref_day_mon("03-AUG-2026", &day) && day == 20668);
    BJ_CHECK(bj_ref_day_mon("03-aug-2026", &day) && day == 20668);
}

int main(void) {
    test_numbers();
    test_numbers_round_trip();
    test_isins();
    test_dates();
    return bj_test_end("test_bj_refdata_text");
}
