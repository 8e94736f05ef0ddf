#include "dataplane/base/bj_universe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Where reading stands, for the sentences about what is wrong. */
typedef struct reader {
    const char *file;
    unsigned    line;
    char       *error;
    size_t      error_bytes, error_used;
    bool        bad;
} reader_t;

__attribute__((format(printf, 3, 4))) static void complain(reader_t *reader, const char *field,
                                                           const char *format, ...) {
    char why[128];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    reader->bad = true;
    if (reader->error_used >= reader->error_bytes) return;
    int n = snprintf(reader->error + reader->error_used, reader->error_bytes - reader->error_used,
                     "%s%s:%u: %s: %s", reader->error_used ? "\n" : "", reader->file, reader->line,
                     field, why);
    if (n > 0) reader->error_used += (size_t)n;
}

/* --- the columns: a new one is a field and a row here */
typedef enum kind { KIND_INT, KIND_SYMBOL, KIND_NAME } kind_t;
#define INT(f, lo, hi, req) \
    {#f, KIND_INT, offsetof(bj_universe_row_t, f), sizeof(((bj_universe_row_t *)0)->f), lo, hi, req}
static const struct column {
    const char *name;
    kind_t      kind;
    size_t      at, bytes;
    int64_t     min, max;
    bool        required;
} columns[] = {
    {"symbol", KIND_SYMBOL, offsetof(bj_universe_row_t, symbol), 16, 0, 0, true},
    INT(token, 1, INT32_MAX, true),
    INT(stream, 0, BJ_UNIVERSE_STREAM_MAX, true),
    INT(tick_paise, 1, 100000, true),
    INT(lot_qty, 1, 1000000, true),
    INT(prev_close_paise, 1, INT32_MAX, true),
    INT(band_lo_paise, 1, INT32_MAX, true),
    INT(band_hi_paise, 1, INT32_MAX, true),
    INT(freeze_qty, 1, INT32_MAX, true),
    INT(avg_daily_qty, 1, INT64_C(1) << 40, true),
    INT(avg_daily_trades, 1, INT64_C(1) << 40, true),
    INT(annual_vol_bp, 0, 100000, true),
    {"name", KIND_NAME, offsetof(bj_universe_row_t, name), 64, 0, 0, false},
};
enum { COLUMN_CNT = BJ_COUNT(columns), FIELDS_MAX = 64, NO_FIELD = -1 };

static size_t split(char *line, char **fields) {
    size_t cnt = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *at = line; at && cnt < FIELDS_MAX; cnt++) fields[cnt] = strsep(&at, ",");
    return cnt;
}

static void read_int(reader_t *reader, const struct column *column, const char *text, void *out) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value < column->min || value > column->max) {
        complain(reader, column->name, "'%.40s' is not a whole number in [%lld, %lld]", text,
                 (long long)column->min, (long long)column->max);
        return;
    }
    memcpy(out, &value, column->bytes); /* little-endian: the low bytes are the value */
}
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "read_int copies the low bytes");

static void read_text(reader_t *reader, const struct column *column, const char *text, char *out) {
    size_t n = strlen(text);
    if (n >= column->bytes) complain(reader, column->name, "longer than %zu", column->bytes - 1);
    else memcpy(out, text, n + 1);
    if (column->kind != KIND_SYMBOL) return;
    if (n == 0 || text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&-")]) {
        complain(reader, column->name, "'%.40s' is not a symbol (A-Z 0-9 & -)", text);
    }
}

/* What no column can know alone. */
static void check_row(reader_t *reader, const bj_universe_row_t *rows, size_t at) {
    const bj_universe_row_t *row = &rows[at];
    const struct { const char *name; int32_t paise; } prices[] = {
        {"prev_close_paise", row->prev_close_paise},
        {"band_lo_paise", row->band_lo_paise},
        {"band_hi_paise", row->band_hi_paise}};
    for (size_t i = 0; i < BJ_COUNT(prices); i++) {
        if (prices[i].paise % row->tick_paise) complain(reader, prices[i].name, "not a whole tick");
    }
    if (row->band_lo_paise > row->prev_close_paise || row->band_hi_paise < row->prev_close_paise ||
        row->band_lo_paise == row->band_hi_paise) {
        complain(reader, "band_lo_paise", "the band does not hold the previous close");
    }
    if (row->freeze_qty % row->lot_qty) complain(reader, "freeze_qty", "not a whole lot");
    for (size_t i = 0; i < at; i++) {
        if (rows[i].token == row->token) complain(reader, "token", "%u is there twice", row->token);
        if (!strcmp(rows[i].symbol, row->symbol)) {
            complain(reader, "symbol", "%s is there twice", row->symbol);
        }
    }
}

static void read_head(reader_t *reader, char *line, int *field_of) {
    char *fields[FIELDS_MAX];
    size_t field_cnt = split(line, fields);
    for (size_t c = 0; c < COLUMN_CNT; c++) {
        field_of[c] = NO_FIELD;
        for (size_t f = 0; f < field_cnt; f++) {
            if (!strcmp(fields[f], columns[c].name)) field_of[c] = (int)f;
        }
        if (field_of[c] == NO_FIELD && columns[c].required) {
            complain(reader, columns[c].name, "the header line has no such column");
        }
    }
}

static void read_row(reader_t *reader, char *line, const int *field_of, bj_universe_row_t *rows,
                     size_t at) {
    char *fields[FIELDS_MAX];
    size_t field_cnt = split(line, fields);
    unsigned char *row = (unsigned char *)&rows[at];
    memset(row, 0, sizeof rows[at]);
    bool was_bad = reader->bad;
    reader->bad = false;
    for (size_t c = 0; c < COLUMN_CNT; c++) {
        if (field_of[c] == NO_FIELD) continue;
        if ((size_t)field_of[c] >= field_cnt) {
            complain(reader, columns[c].name, "the line ends before this column");
        } else if (columns[c].kind == KIND_INT) {
            read_int(reader, &columns[c], fields[field_of[c]], row + columns[c].at);
        } else {
            read_text(reader, &columns[c], fields[field_of[c]], (char *)row + columns[c].at);
        }
    }
    if (!reader->bad) check_row(reader, rows, at);
    reader->bad |= was_bad;
}

static bj_status_t read_all(reader_t *reader, FILE *in, bj_universe_row_t *rows, size_t rows_max,
                            size_t *row_cnt) {
    char line[BJ_UNIVERSE_LINE_BYTES];
    int field_of[COLUMN_CNT];
    bool have_head = false;
    while (fgets(line, sizeof line, in)) {
        reader->line++;
        if (!strchr(line, '\n') && !feof(in)) {
            complain(reader, "line", "longer than %zu bytes", sizeof line - 2);
            return BJ_ERR_CONFIG;
        }
        if (line[0] == '#' || line[strspn(line, " \r\n")] == '\0') continue;
        if (!have_head) {
            read_head(reader, line, field_of);
            if (reader->bad) return BJ_ERR_CONFIG;
            have_head = true;
            continue;
        }
        if (*row_cnt == rows_max) return BJ_ERR_FULL;
        read_row(reader, line, field_of, rows, (*row_cnt)++);
    }
    if (ferror(in)) return BJ_ERR_IO;
    if (!*row_cnt && !reader->bad) complain(reader, "file", "has no instrument");
    return reader->bad ? BJ_ERR_CONFIG : BJ_OK;
}

bj_status_t bj_universe_load(const char *file, bj_universe_row_t *rows, size_t rows_max,
                             size_t *row_cnt, char *error, size_t error_bytes) {
    reader_t reader = {.file = file, .error = error, .error_bytes = error_bytes};
    if (error_bytes) error[0] = '\0';
    *row_cnt = 0;
    FILE *in = fopen(file, "re");
    if (!in) {
        if (error_bytes) snprintf(error, error_bytes, "%s: %s", file, strerror(errno));
        return BJ_ERR_IO;
    }
    bj_status_t status = read_all(&reader, in, rows, rows_max, row_cnt);
    fclose(in);
    if (status != BJ_OK && !reader.bad && error_bytes) {
        snprintf(error, error_bytes, "%s:%u: %s", file, reader.line, bj_status_text(status));
    }
    if (status != BJ_OK) *row_cnt = 0;
    return status;
}
