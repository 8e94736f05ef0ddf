/* Goal: times and days as the API writes them, and that only plain numbers are numbers. */
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

static const struct {
    int64_t     time_ns;
    const char *want;
} times[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {INT64_C(1795518289123999999), "2026-11-24T11:04:49.123Z"},
    {INT64_C(951782400000000000), "2000-02-29T00:00:00.000Z"},
    {-1, "1970-01-01T00:00:00.000Z"},
    {INT64_MAX, "2262-04-11T23:47:16.854Z"},
};

static const struct {
    const char *text;
    bool        ok;
    uint64_t    value;
} numbers[] = {
    {"0", true, 0},
    {"18446744073709551615", true, UINT64_MAX},
    {"18446744073709551616", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-1", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"0x10", false, 0},
    {"1e3", false, 0},
    {"007", true, 7},
};

static const struct {
    const char *text;
    uint32_t    day; /* 0: it is none */
} days[] = {
    {"2000-01-01", 10957}, {"2000-02-29", 11016}, {"2026-08-03", 20668}, {"2099-12-31", 47481},
    {"1999-12-31", 0},     {"2100-01-01", 0},     {"2026-02-29", 0},     {"2026-13-01", 0},
    {"2026-00-10", 0},     {"2026-8-3", 0},       {"2026-08-03 ", 0},    {" 2026-08-3", 0},
    {"2026/08/03", 0},     {"+026-08-03", 0},     {"", 0},               {"2026-08-0x", 0},
    {"20260803", 0},       {"2026-+8-03", 0},
};

static const struct {
    const char *text;
    int64_t     time_ns; /* 0: it is none */
} moments[] = {
    {"2026-11-24T11:04:49.123Z", INT64_C(1795518289123000000)},
    {"2026-11-24T11:04:49.123456789Z", INT64_C(1795518289123456789)},
    {"2026-11-24T11:04:49Z", INT64_C(1795518289000000000)},
    {"2026-11-24T11:04:49.Z", 0},
    {"2026-11-24T11:04:49.1234567890Z", 0},
    {"2026-11-24T11:04:49", 0},
    {"2026-11-24T11:04:49+05:30", 0},
    {"2026-11-24 11:04:49Z", 0},
    {"2026-11-24T24:00:00Z", 0},
    {"2026-11-24T11:60:00Z", 0},
    {"2026-11-24T11:04:60Z", 0},
    {"2026-11-24T11:04Z", 0},
    {"2026-02-29T11:04:49Z", 0},
    {"2026-11-24", 0},
    {"", 0},
};

static void test_moments(void) {
    char out[BJ_TIME_TEXT_BYTES];
    for (size_t i = 0; i < BJ_COUNT(moments); i++) {
        int64_t time_ns = 0;
        BJ_CHECK(bj_parse_time(moments[i].text, &time_ns) == (moments[i].time_ns != 0));
        BJ_CHECK(time_ns == moments[i].time_ns);
    }
    BJ_CHECK(!strcmp(bj_time_text(moments[0].time_ns, out), moments[0].text));
}

static void test_days(void) {
    char out[BJ_DAY_TEXT_BYTES];
    for (size_t i = 0; i < BJ_COUNT(days); i++) {
        uint32_t day = 0;
        BJ_CHECK(bj_parse_day(days[i].text, &day) == (days[i].day != 0));
        BJ_CHECK(day == days[i].day);
        if (day) BJ_CHECK(strcmp(bj_day_text(day, out), days[i].text) == 0);
    }
    BJ_CHECK(strcmp(bj_day_text(0, out), "") == 0);
    /* In India the day begins five and a half hours before it does in Greenwich. */
    BJ_CHECK(bj_day_of((INT64_C(20668) * 86400 - 19800) * BJ_NS_PER_S) == 20668);
    BJ_CHECK(bj_day_of((INT64_C(20668) * 86400 - 19800) * BJ_NS_PER_S - 1) == 20667);
}

static const struct {
    const char *text;
    bool        visible;
} names[] = {
    {"", true},
    {"Robot 2", true},
    {"\u0906\u0936\u093e", true},                   /* Devanagari */
    {"\u0c36\u0c4d\u200c\u0c30", true},             /* a joiner where Telugu has one, */
    {"\u0d28\u0d4d\u200d", true},                   /* and Malayalam */
    {"\u4f60\u597d \U0001f916", true},
    {"caf\u00e9", true},
    {" ", false},
    {"\u00a0\u3000", false},
    {"Robot\u202e3\u202c", false},                  /* right-to-left override */
    {"\u2066Robot\u2069", false},
    {"Ro\u200bbot", false},
    {"Ro\u200dbot", false},                         /* a joiner that joins nothing */
    {"\u200d", false},
    {"Ro\u00adbot", false},
    {"\ufeffRobot", false},
    {"\u3164", false},
    {"a\xc2\x85z", false},
    {"a\nb", false},
    {"a\x7f", false},
    {"\U000e0041", false},
    {"\U000e01ef", false},
    {"a\xc3", false},                               /* no UTF-8 */
    {"\x80", false},
    {"\xff\xff", false},
};

static void test_visible(void) {
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        BJ_CHECK(bj_text_visible(names[i].text) == names[i].visible);
    }
}

int main(void) {
    test_visible();
    test_days();
    test_moments();
    char out[BJ_TIME_TEXT_BYTES], id[BJ_ID_TEXT_BYTES];
    for (size_t i = 0; i < BJ_COUNT(times); i++) {
        BJ_CHECK(strcmp(bj_time_text(times[i].time_ns, out), times[i].want) == 0);
    }
    for (size_t i = 0; i < BJ_COUNT(numbers); i++) {
        uint64_t value = 0;
        BJ_CHECK(bj_parse_u64(numbers[i].text, &value) == numbers[i].ok);
        BJ_CHECK(value == numbers[i].value);
    }
    BJ_CHECK(strcmp(bj_id_text(UINT64_MAX, id), "18446744073709551615") == 0);
    return bj_test_end("test_bj_text");
}
