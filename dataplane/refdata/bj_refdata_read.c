/* Lines to rows, whatever the format; and the list of what is wrong. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/refdata/bj_refdata_priv.h"

/* --- the report */

static void make_printable(char *text) {
    for (; *text; text++) {
        if (*text < ' ' || *text > '~') *text = '?'; /* what a file holds goes to a terminal */
    }
}

static void copy_tail(char *out, size_t out_bytes, const char *text) {
    size_t n = strlen(text);
    snprintf(out, out_bytes, "%s", n < out_bytes ? text : text + n - out_bytes + 1);
    make_printable(out);
}

static void add(bj_ref_report_t *report, const char *file, uint32_t line, const char *field,
                const char *format, va_list args) {
    report->error_cnt++;
    if (report->kept_cnt == BJ_REF_ERROR_MAX) return;
    bj_ref_error_t *error = &report->kept[report->kept_cnt++];
    copy_tail(error->file, sizeof error->file, file);
    error->line = line;
    snprintf(error->field, sizeof error->field, "%s", field);
    vsnprintf(error->text, sizeof error->text, format, args);
    make_printable(error->field);
    make_printable(error->text);
}

void bj_ref_report_add(bj_ref_report_t *report, const char *file, uint32_t line, const char *field,
                       const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(report, file, line, field, format, args);
    va_end(args);
}

void bj_ref_complain(bj_ref_reader_t *reader, const char *field, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(&reader->file->report, reader->file->name, reader->line, field, format, args);
    va_end(args);
    reader->bad = true;
}

const char *bj_ref_sentence(const bj_ref_error_t *error, char out[BJ_REF_SENTENCE_BYTES]) {
    snprintf(out, BJ_REF_SENTENCE_BYTES, "%s:%u: %s: %s", error->file, error->line, error->field,
             error->text);
    return out;
}

/* --- a line to fields */

static char *trim(char *from, char *end) {
    while (from < end && (*from == ' ' || *from == '\t')) from++;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t')) end--;
    *end = '\0';
    return from;
}

/* From behind the first quote; NULL: there is no second.  Two quotes are one that is meant. */
static char *unquote(char *at, char **end) {
    char *out = at;
    for (; *at; at++) {
        if (*at == '"' && *++at != '"') {
            *end = out;
            return at;
        }
        *out++ = *at;
    }
    return NULL;
}

size_t bj_ref_split(char *line, char comma, bool quotes, char **field, const char **why) {
    size_t cnt = 0;
    for (char *at = line;; at++) {
        if (cnt == BJ_REF_FIELD_MAX) return *why = "has more than 256 fields", 0;
        char *from = at, *end;
        while (*from == ' ' || *from == '\t') from++;
        if (quotes && *from == '"') {
            at = unquote(from + 1, &end);
            if (!at) return *why = "a quote is not closed on its line", 0;
            at += strspn(at, " \t");
            if (*at && *at != comma) return *why = "something follows a closing quote", 0;
            from++;
        } else {
            for (at = from; *at && *at != comma;) at++;
            end = at;
        }
        bool last = !*at;
        field[cnt++] = trim(from, end);
        if (last) return cnt;
    }
}

/* --- columns */

static void find_columns(bj_ref_reader_t *reader, char *const *field, size_t field_cnt) {
    const bj_ref_format_t *format = reader->format;
    if (field_cnt && !*field[field_cnt - 1]) field_cnt--; /* a comma at the end of the line */
    reader->head_cnt = field_cnt;
    for (size_t c = 0; c < format->column_cnt; c++) {
        const bj_ref_column_t *column = &format->columns[c];
        reader->at[c] = BJ_REF_NOWHERE;
        for (size_t f = 0; f < field_cnt; f++) {
            if (strcasecmp(field[f], column->name)) continue;
            if (reader->at[c] != BJ_REF_NOWHERE) {
                bj_ref_complain(reader, column->name, "the header names this column twice");
            }
            reader->at[c] = (int16_t)f;
        }
        if (reader->at[c] == BJ_REF_NOWHERE && column->need != BJ_REF_MAY) {
            bj_ref_complain(reader, column->name, "the header has no such column");
        }
    }
    reader->fatal = reader->bad;
}

static void count_columns(bj_ref_reader_t *reader) {
    for (size_t c = 0; c < reader->format->column_cnt; c++) {
        reader->at[c] = reader->format->columns[c].idx;
    }
}

/* False: the line has too few or too many fields, so none of them can be trusted to be in its
 * place.  *cnt goes down by a separator at the end of the line. */
static bool check_count(bj_ref_reader_t *reader, char *const *field, size_t *cnt) {
    const bj_ref_format_t *format = reader->format;
    size_t min = format->named ? reader->head_cnt : format->field_min;
    size_t max = format->named ? reader->head_cnt : format->field_max;
    if (*cnt > min && !*field[*cnt - 1]) --*cnt;
    if (*cnt >= min && *cnt <= max) return true;
    if (min == max) bj_ref_complain(reader, "line", "has %zu fields, not %zu", *cnt, min);
    else bj_ref_complain(reader, "line", "has %zu fields, not %zu to %zu", *cnt, min, max);
    return false;
}

static void read_fields(bj_ref_reader_t *reader, char *const *field, size_t cnt, uint8_t *row) {
    for (size_t c = 0; c < reader->format->column_cnt; c++) {
        int at = reader->at[c];
        if (at == BJ_REF_NOWHERE) continue;
        if (at < 0) at += (int)cnt;
        if (at >= 0 && (size_t)at < cnt) {
            bj_ref_read_field(reader, &reader->format->columns[c], field[at], row);
        } else if (reader->format->columns[c].need == BJ_REF_MUST) {
            bj_ref_complain(reader, reader->format->columns[c].name,
                            "the line ends before this field");
        }
    }
}

/* --- no row twice */

typedef struct row_key { /* no padding: hashed and compared as bytes */
    bj_ref_contract_t contract;
    uint32_t token, leg[2], zero;
} row_key_t;
static_assert(sizeof(bj_ref_contract_t) == 44 && sizeof(row_key_t) == 60, "bytes are compared");

static row_key_t key_of(bj_ref_kind_t kind, const void *row) {
    row_key_t key = {0};
    if (kind == BJ_REF_STREAMS || kind == BJ_REF_SPREADS) {
        const bj_ref_stream_t *stream = row;
        key.token = stream->spread ? 0 : stream->token;
        memcpy(key.leg, stream->leg, sizeof key.leg);
    } else if (kind < BJ_REF_UDIFF) {
        key.token = ((const bj_ref_instrument_t *)row)->token;
    } else {
        const bj_ref_eod_t *eod = row;
        key.token = eod->token;
        key.contract.segment = eod->contract.segment;
        if (!eod->token) key.contract = eod->contract;
    }
    return key;
}

/* The line of a row with the same key that was read before, or 0: then this one is remembered. */
static uint32_t seen_before(bj_ref_reader_t *reader, const void *row) {
    size_t row_bytes = reader->format->row_bytes;
    row_key_t key = key_of(reader->format->kind, row);
    size_t at = bj_crc32c(0, &key, sizeof key) & reader->slot_mask;
    for (; reader->slot[at]; at = (at + 1) & reader->slot_mask) {
        const uint8_t *other = reader->rows + (reader->slot[at] - 1) * row_bytes;
        row_key_t its = key_of(reader->format->kind, other);
        if (memcmp(&its, &key, sizeof key)) continue;
        uint32_t line;
        size_t line_at = reader->format->kind <= BJ_REF_SPREADS ? offsetof(bj_ref_stream_t, line)
                         : reader->format->kind < BJ_REF_UDIFF
                             ? offsetof(bj_ref_instrument_t, line)
                             : offsetof(bj_ref_eod_t, line);
        memcpy(&line, other + line_at, sizeof line);
        return line;
    }
    reader->slot[at] = (uint32_t)reader->file->row_cnt + 1;
    return 0;
}

/* --- lines */

static void read_row(bj_ref_reader_t *reader, char *const *field, size_t cnt) {
    uint8_t *row = reader->rows + reader->file->row_cnt * reader->format->row_bytes;
    memset(row, 0, reader->format->row_bytes);
    if (!check_count(reader, field, &cnt)) return;
    read_fields(reader, field, cnt, row);
    if (!reader->bad) reader->format->check(reader, row);
    if (reader->bad) return;
    uint32_t line = seen_before(reader, row);
    if (line) bj_ref_complain(reader, "line", "repeats line %u: the same instrument", line);
    else reader->file->row_cnt++;
}

static void read_line(bj_ref_reader_t *reader, char *line, size_t line_bytes) {
    char *field[BJ_REF_FIELD_MAX];
    const char *why = NULL;
    size_t cnt = 0;
    reader->bad = false;
    if (memchr(line, '\0', line_bytes)) why = "holds a byte that is 0";
    else cnt = bj_ref_split(line, reader->format->comma, reader->format->comma == ',', field, &why);
    bool is_head = !reader->head_cnt && !reader->fatal;
    if (!cnt) bj_ref_complain(reader, "line", "%s", why);
    if (is_head) {
        reader->fatal = !cnt;
        reader->head_cnt = 1;
        if (!cnt) return;
        if (reader->format->named) find_columns(reader, field, cnt);
        else reader->format->head(reader, field, cnt);
    } else {
        reader->data_line_cnt++;
        if (cnt) read_row(reader, field, cnt);
    }
}

/* A file that was cut off while it was copied looks good line by line. */
static void check_end(bj_ref_reader_t *reader) {
    reader->bad = false;
    reader->line = 1;
    if (reader->stated_cnt >= 0 && (uint64_t)reader->stated_cnt != reader->data_line_cnt) {
        bj_ref_complain(reader, "count", "says %lld rows, the file has %zu",
                        (long long)reader->stated_cnt, reader->data_line_cnt);
    }
    reader->line = 0;
    if (reader->stated_cnt < 0 && !reader->data_line_cnt) {
        bj_ref_complain(reader, "file", "has no row: it must have one");
    }
}

bj_status_t bj_ref_read_lines(bj_ref_reader_t *reader, char *text, size_t text_bytes) {
    bj_ref_report_t *report = &reader->file->report;
    char *end = text + text_bytes;
    if (!reader->format->named) count_columns(reader);
    for (char *at = text; at < end && !reader->fatal;) {
        char *stop = memchr(at, '\n', (size_t)(end - at)), *next = stop ? stop + 1 : end;
        if (!stop) stop = end;
        reader->line++;
        report->line_cnt++;
        while (stop > at && (stop[-1] == '\r' || stop[-1] == ' ')) stop--;
        *stop = '\0'; /* text has a byte more than text_bytes */
        if (stop > at) {
            read_line(reader, at, (size_t)(stop - at));
            report->bad_line_cnt += reader->bad;
        }
        at = next;
    }
    if (!reader->fatal) check_end(reader);
    return reader->fatal ? BJ_ERR_CONFIG : BJ_OK;
}
