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

typedef struct range {
    uint32_t from, to;
} range_t;

static const range_t unseen[] = {
    {0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},
    {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
    {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},   {0x2800, 0x2800},
    {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},   {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};
static const range_t blanks[] = {{' ', ' '},       {0xa0, 0xa0},     {0x1680, 0x1680},
                                 {0x2000, 0x200a}, {0x202f, 0x202f}, {0x205f, 0x205f},
                                 {0x3000, 0x3000}};
static const range_t viramas[] = {{0x94d, 0x94d}, {0x9cd, 0x9cd}, {0xa4d, 0xa4d}, {0xacd, 0xacd},
                                  {0xb4d, 0xb4d}, {0xbcd, 0xbcd}, {0xc4d, 0xc4d}, {0xccd, 0xccd},
                                  {0xd4d, 0xd4d}, {0xdca, 0xdca}};

static bool among(uint32_t c, const range_t *ranges, size_t range_cnt) {
    for (size_t i = 0; i < range_cnt; i++) {
        if (c >= ranges[i].from && c <= ranges[i].to) return true;
    }
    return false;
}
#define AMONG(c, ranges) among(c, ranges, BJ_COUNT(ranges))

/* One character of UTF-8; what is none is U+0000, which nobody sees. */
static uint32_t next_character(const char **text) {
    const uint8_t *at = (const uint8_t *)*text;
    size_t more = at[0] < 0x80 ? 0 : at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc0 ? 1 : 9;
    uint32_t c = more == 0 ? at[0] : more == 9 ? 0 : at[0] & (0x3fU >> more);
    *text += 1;
    for (size_t i = 1; more != 9 && i <= more; i++, *text += 1) {
        if ((at[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (at[i] & 0x3fU);
    }
    return c;
}

bool bj_text_visible(const char *text) {
    bool seen = !*text;
    for (uint32_t before = 0, c; *text; before = c) {
        c = next_character(&text);
        bool joins = (c == 0x200c || c == 0x200d) && AMONG(before, viramas);
        if (!joins && AMONG(c, unseen)) return false;
        seen |= !joins && !AMONG(c, blanks);
    }
    return seen;
}
