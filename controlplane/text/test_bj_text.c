/* Goal: times as the API writes them, and that only plain numbers are numbers. */
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_test.h"

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

int main(void) {
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
