#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "controlplane/store/bj_db_priv.h"
#include "dataplane/base/bj_time.h"

bj_db_text_t bj_db_i64(int64_t value) {
    bj_db_text_t out;
    snprintf(out.text, sizeof out.text, "%" PRId64, value);
    return out;
}

bj_db_text_t bj_db_u64(uint64_t value) {
    bj_db_text_t out;
    snprintf(out.text, sizeof out.text, "%" PRIu64, value);
    return out;
}

bj_db_text_t bj_db_time(int64_t unix_ns) {
    bj_db_text_t out;
    struct tm tm;
    int64_t us = unix_ns / BJ_NS_PER_US - (unix_ns % BJ_NS_PER_US < 0);
    int64_t s = us / 1000000 - (us % 1000000 < 0);
    gmtime_r(&(time_t){s}, &tm);
    size_t n = strftime(out.text, sizeof out.text, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(out.text + n, sizeof out.text - n, ".%06d+00", (int)(us - s * 1000000));
    return out;
}

static const PGresult *pg(const bj_db_result_t *result) { return (const PGresult *)result; }

void bj_db_result_free(bj_db_result_t *result) { PQclear((PGresult *)result); }

size_t bj_db_rows(const bj_db_result_t *result) { return (size_t)PQntuples(pg(result)); }
size_t bj_db_cols(const bj_db_result_t *result) { return (size_t)PQnfields(pg(result)); }

size_t bj_db_changed(const bj_db_result_t *result) {
    return (size_t)strtoull(PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
}

const char *bj_db_get_ref(const bj_db_result_t *result, size_t row, size_t col) {
    if (!result || row >= bj_db_rows(result) || col >= bj_db_cols(result)) return NULL;
    if (PQgetisnull(pg(result), (int)row, (int)col)) return NULL;
    return PQgetvalue(pg(result), (int)row, (int)col);
}

bool bj_db_null(const bj_db_result_t *result, size_t row, size_t col) {
    return !bj_db_get_ref(result, row, col);
}

/* strtoll takes blanks and signs that no column of ours has: the first character is checked. */
static bool starts_number(const char *text, bool may_be_negative) {
    if (may_be_negative && *text == '-') text++;
    return *text >= '0' && *text <= '9';
}

bool bj_db_get_i64(const bj_db_result_t *result, size_t row, size_t col, int64_t *out) {
    const char *text = bj_db_get_ref(result, row, col);
    char *end;
    if (!text || !starts_number(text, true)) return false;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0') return false;
    *out = value;
    return true;
}

bool bj_db_get_u64(const bj_db_result_t *result, size_t row, size_t col, uint64_t *out) {
    const char *text = bj_db_get_ref(result, row, col);
    char *end;
    if (!text || !starts_number(text, false)) return false;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0') return false;
    *out = value;
    return true;
}

bool bj_db_get_i32(const bj_db_result_t *result, size_t row, size_t col, int32_t *out) {
    int64_t value;
    if (!bj_db_get_i64(result, row, col, &value)) return false;
    if (value < INT32_MIN || value > INT32_MAX) return false;
    *out = (int32_t)value;
    return true;
}

bool bj_db_get_u32(const bj_db_result_t *result, size_t row, size_t col, uint32_t *out) {
    int64_t value;
    if (!bj_db_get_i64(result, row, col, &value) || value < 0 || value > UINT32_MAX) return false;
    *out = (uint32_t)value;
    return true;
}

bool bj_db_get_bool(const bj_db_result_t *result, size_t row, size_t col, bool *out) {
    const char *text = bj_db_get_ref(result, row, col);
    if (!text || (strcmp(text, "t") != 0 && strcmp(text, "f") != 0)) return false;
    *out = text[0] == 't';
    return true;
}

bool bj_db_get_str(const bj_db_result_t *result, size_t row, size_t col, char *out,
                   size_t out_bytes) {
    const char *text = bj_db_get_ref(result, row, col);
    size_t n = text ? strlen(text) : 0;
    if (!text || n >= out_bytes) return false;
    memcpy(out, text, n + 1);
    return true;
}
