#include "controlplane/text/bj_text.h"

#include <inttypes.h>
#include <stdio.h>
#include "dataplane/base/bj_time.h"

const char *bj_time_text(int64_t time_ns, char out[BJ_TIME_TEXT_BYTES]) {
    time_t time_s = (time_t)(time_ns / BJ_NS_PER_S);
    struct tm tm;
    char seconds[BJ_TIME_TEXT_BYTES] = "1970-01-01T00:00:00";
    if (time_ns >= 0 && gmtime_r(&time_s, &tm)) {
        strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &tm);
    }
    unsigned ms = time_ns < 0 ? 0 : (unsigned)(time_ns % BJ_NS_PER_S / BJ_NS_PER_MS);
    snprintf(out, BJ_TIME_TEXT_BYTES, "%.19s.%03uZ", seconds, ms);
    return out;
}

enum { DAY_S = 86400, YEAR_FIRST = 2000, YEAR_LAST = 2099 };

const char *bj_day_text(uint32_t day, char out[BJ_DAY_TEXT_BYTES]) {
    time_t time_s = (time_t)day * DAY_S;
    struct tm tm;
    out[0] = '\0';
    if (day && gmtime_r(&time_s, &tm)) strftime(out, BJ_DAY_TEXT_BYTES, "%Y-%m-%d", &tm);
    return out;
}

/* The digits are read loosely; that the day is written back the same says that it is one. */
bool bj_parse_day(const char *text, uint32_t *day) {
    char again[BJ_DAY_TEXT_BYTES];
    int year, month, date;
    if (strlen(text) != BJ_DAY_TEXT_BYTES - 1) return false;
    if (sscanf(text, "%4d-%2d-%2d", &year, &month, &date) != 3) return false;
    if (year < YEAR_FIRST || year > YEAR_LAST) return false;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = date};
    uint32_t found = (uint32_t)(timegm(&tm) / DAY_S);
    if (strcmp(bj_day_text(found, again), text) != 0) return false;
    *day = found;
    return true;
}

/* Two digits behind `before`, at most max. */
static bool two_digits(const char *text, char before, int max, int *value) {
    if (text[0] != before || text[1] < '0' || text[1] > '9' || text[2] < '0' || text[2] > '9') {
        return false;
    }
    *value = (text[1] - '0') * 10 + (text[2] - '0');
    return *value <= max;
}

bool bj_parse_time(const char *text, int64_t *time_ns) {
    char day_text[BJ_DAY_TEXT_BYTES] = "";
    uint32_t day;
    int hour, minute, second;
    int64_t behind_ns = 0, unit_ns = BJ_NS_PER_S;
    snprintf(day_text, sizeof day_text, "%.10s", text);
    if (!bj_parse_day(day_text, &day) || !two_digits(text + 10, 'T', 23, &hour) ||
        !two_digits(text + 13, ':', 59, &minute) || !two_digits(text + 16, ':', 59, &second)) {
        return false;
    }
    const char *p = text + 19;
    if (*p == '.') {
        for (p++; *p >= '0' && *p <= '9' && unit_ns > 1; p++) {
            unit_ns /= 10;
            behind_ns += (*p - '0') * unit_ns;
        }
        if (unit_ns == BJ_NS_PER_S) return false;
    }
    if (strcmp(p, "Z") != 0) return false;
    int64_t second_of_day = (hour * 60 + minute) * 60 + second;
    *time_ns = ((int64_t)day * DAY_S + second_of_day) * BJ_NS_PER_S + behind_ns;
    return true;
}

uint32_t bj_day_of(int64_t time_ns) {
    return (uint32_t)((time_ns / BJ_NS_PER_S + BJ_IST_OFFSET_S) / DAY_S);
}

const char *bj_id_text(uint64_t id, char out[BJ_ID_TEXT_BYTES]) {
    snprintf(out, BJ_ID_TEXT_BYTES, "%" PRIu64, id);
    return out;
}

bool bj_parse_u64(const char *text, uint64_t *value) {
    uint64_t sum = 0;
    if (!*text) return false;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9') return false;
        if (__builtin_mul_overflow(sum, UINT64_C(10), &sum)) return false;
        if (__builtin_add_overflow(sum, (uint64_t)(*p - '0'), &sum)) return false;
    }
    *value = sum;
    return true;
}
