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
