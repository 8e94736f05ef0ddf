/* Which kind of file it is, and from bytes to a file of rows. */
#include "dataplane/refdata/bj_refdata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

#include "dataplane/refdata/bj_refdata_priv.h"

const bj_ref_format_t *bj_ref_format_of(bj_ref_kind_t kind) {
    static const bj_ref_format_t *const formats[BJ_REF_KIND_CNT] = {
        [BJ_REF_STREAMS] = &bj_ref_streams_format,   [BJ_REF_SPREADS] = &bj_ref_spreads_format,
        [BJ_REF_CONTRACT] = &bj_ref_contract_format, [BJ_REF_SECURITY] = &bj_ref_security_format,
        [BJ_REF_MII_FO] = &bj_ref_mii_fo_format,     [BJ_REF_MII_CM] = &bj_ref_mii_cm_format,
        [BJ_REF_UDIFF] = &bj_ref_udiff_format,       [BJ_REF_OLD_CM] = &bj_ref_old_cm_format,
        [BJ_REF_OLD_FO] = &bj_ref_old_fo_format,     [BJ_REF_FULL_CM] = &bj_ref_full_cm_format,
    };
    return kind > BJ_REF_ANY && kind < BJ_REF_KIND_CNT ? formats[kind] : NULL;
}

const char *bj_ref_kind_name(bj_ref_kind_t kind) {
    static const char *const names[BJ_REF_KIND_CNT] = {
        [BJ_REF_ANY] = "unknown",
#define X(kind, name, text) [kind] = name,
        BJ_REF_KIND_LIST(X)
#undef X
    };
    return kind < BJ_REF_KIND_CNT ? names[kind] : "unknown";
}

/* --- recognition */

static size_t line_bytes(const char *text, size_t text_bytes) {
    const char *stop = memchr(text, '\n', text_bytes);
    return stop ? (size_t)(stop - text) : text_bytes;
}

static bool starts(const char *text, size_t text_bytes, const char *with) {
    size_t n = strlen(with);
    return text_bytes >= n && !memcmp(text, with, n);
}

/* How many in a hundred of the columns that the format must have are named by the header. */
static unsigned share_named(bj_ref_kind_t kind, char *const *field, size_t field_cnt) {
    const bj_ref_format_t *format = bj_ref_format_of(kind);
    unsigned must_cnt = 0, named_cnt = 0;
    for (size_t c = 0; c < format->column_cnt; c++) {
        if (format->columns[c].need != BJ_REF_MUST) continue;
        size_t f = 0;
        while (f < field_cnt && strcasecmp(field[f], format->columns[c].name)) f++;
        must_cnt++;
        named_cnt += f < field_cnt;
    }
    return named_cnt * 100 / must_cnt;
}

/* The format most like it: a column that is missing is then said by its name. */
static bj_ref_kind_t kind_of_header(char *const *field, size_t field_cnt) {
    bj_ref_kind_t best = BJ_REF_ANY;
    unsigned best_share = 49;
    for (bj_ref_kind_t kind = BJ_REF_MII_FO; kind < BJ_REF_KIND_CNT; kind++) {
        unsigned share = share_named(kind, field, field_cnt);
        if (share > best_share) best = kind, best_share = share;
    }
    return best;
}

/* A stream file with no rows is told by its name only. */
static bj_ref_kind_t kind_of_streams(const char *name, const char *rest, size_t rest_bytes) {
    if (starts(rest, rest_bytes, "P,")) return BJ_REF_SPREADS;
    if (starts(rest, rest_bytes, "C,")) return BJ_REF_STREAMS;
    if (!strstr(name, "stream_info")) return BJ_REF_ANY;
    return strstr(name, "_spd_") ? BJ_REF_SPREADS : BJ_REF_STREAMS;
}

static bj_ref_kind_t recognise(const char *name, const char *text, size_t text_bytes) {
    char line[4096], *field[BJ_REF_FIELD_MAX];
    const char *why;
    size_t n = line_bytes(text, text_bytes);
    if (starts(text, text_bytes, "NEATFO|")) return BJ_REF_CONTRACT;
    if (starts(text, text_bytes, "NEATCM|")) return BJ_REF_SECURITY;
    if (text_bytes && text[0] >= '0' && text[0] <= '9') {
        size_t skip = n < text_bytes ? n + 1 : n;
        return kind_of_streams(name, text + skip, text_bytes - skip);
    }
    if (n >= sizeof line || memchr(text, '\0', n)) return BJ_REF_ANY;
    memcpy(line, text, n);
    while (n && (line[n - 1] == '\r' || line[n - 1] == ' ')) n--;
    line[n] = '\0';
    size_t cnt = bj_ref_split(line, ',', true, field, &why);
    return kind_of_header(field, cnt);
}

/* Stream files of four segments look alike. */
static uint8_t segment_of_name(const char *name) {
    static const struct { char prefix[4]; bj_segment_t segment; } prefixes[] = {
        {"cm_", BJ_SEGMENT_CM}, {"fo_", BJ_SEGMENT_FO}, {"cd_", BJ_SEGMENT_CD},
        {"co_", BJ_SEGMENT_CO}};
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    for (size_t i = 0; i < BJ_COUNT(prefixes); i++) {
        if (!strncasecmp(base, prefixes[i].prefix, 3)) return (uint8_t)prefixes[i].segment;
    }
    return 0;
}

/* --- parsing */

static bj_status_t refuse(bj_ref_file_t *file, const char *why) {
    bj_ref_report_add(&file->report, file->name, 0, "file", "%s", why);
    return BJ_ERR_CONFIG;
}

static size_t power_above(size_t n) {
    size_t power = 16;
    while (power < n * 2) power *= 2;
    return power;
}

static size_t count_lines(const char *text, size_t text_bytes) {
    size_t cnt = 1;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(text + text_bytes - at))); at++) {
        cnt++;
    }
    return cnt;
}

/* Room for as many rows as there are lines. */
static bool make_room(bj_ref_reader_t *reader, size_t line_cnt) {
    size_t slot_cnt = power_above(line_cnt);
    reader->slot_mask = slot_cnt - 1;
    reader->slot = calloc(slot_cnt, sizeof *reader->slot);
    reader->rows = malloc(line_cnt * reader->format->row_bytes);
    return reader->slot && reader->rows;
}

static void keep_rows(bj_ref_reader_t *reader) {
    bj_ref_file_t *file = reader->file;
    void *rows = reader->rows;
    if (file->kind <= BJ_REF_SPREADS) file->streams = rows;
    else if (file->kind < BJ_REF_UDIFF) file->instruments = rows;
    else file->eods = rows;
    reader->rows = NULL;
}

/* text has a byte more than text_bytes, and is changed. */
static bj_status_t parse(bj_ref_file_t *file, char *text, size_t text_bytes, bj_ref_kind_t want,
                         bj_ref_mode_t mode) {
    if (text_bytes > BJ_REF_FILE_BYTES_MAX) return refuse(file, "is longer than 256 MiB");
    if (starts(text, text_bytes, "PK\3\4")) return refuse(file, "is a zip: unpack it first");
    if (starts(text, text_bytes, "\xef\xbb\xbf")) text += 3, text_bytes -= 3;
    bj_ref_kind_t kind = recognise(file->name, text, text_bytes);
    if (want == BJ_REF_ANY && kind == BJ_REF_ANY) {
        return refuse(file, "is none of the files we know by its first lines: see docs/refdata.md");
    }
    file->kind = want ? want : kind;
    bj_ref_reader_t reader = {.format = bj_ref_format_of(file->kind), .file = file,
                              .stated_cnt = -1};
    if (!reader.format) return refuse(file, "there is no such kind of file");
    file->segment = reader.format->segment;
    if (file->kind <= BJ_REF_SPREADS) {
        file->segment = segment_of_name(file->name);
        if (!file->segment) return refuse(file, "its name must begin with cm_, fo_, cd_ or co_");
    }
    size_t line_cnt = count_lines(text, text_bytes);
    if (line_cnt > BJ_REF_LINE_MAX) return refuse(file, "has more than 1048576 lines");
    bj_status_t status = make_room(&reader, line_cnt) ? BJ_OK : BJ_ERR_FULL;
    if (status == BJ_OK) status = bj_ref_read_lines(&reader, text, text_bytes);
    if (status == BJ_OK && mode == BJ_REF_STRICT && file->report.error_cnt) status = BJ_ERR_CONFIG;
    if (status == BJ_OK) keep_rows(&reader);
    else file->row_cnt = 0;
    free(reader.rows);
    free(reader.slot);
    return status;
}

static bj_ref_file_t *new_file(const char *name) {
    bj_ref_file_t *file = calloc(1, sizeof *file);
    if (file) snprintf(file->name, sizeof file->name, "%s", name);
    return file;
}

bj_status_t bj_ref_parse(const char *name, const char *text, size_t text_bytes, bj_ref_kind_t kind,
                         bj_ref_mode_t mode, bj_ref_file_t **out) {
    char *copy = text_bytes <= BJ_REF_FILE_BYTES_MAX ? malloc(text_bytes + 1) : NULL;
    *out = new_file(name);
    bj_status_t status = BJ_ERR_FULL;
    if (copy && *out) {
        if (text_bytes) memcpy(copy, text, text_bytes);
        status = parse(*out, copy, text_bytes, kind, mode);
    }
    free(copy);
    if (status == BJ_ERR_FULL) bj_ref_free(*out), *out = NULL;
    return status;
}

/* Plain or gzip alike.  The limit is for what comes out: a small file can hold a very long one. */
static bj_status_t read_all(const char *name, char **text, size_t *text_bytes) {
    size_t room = 1 << 20;
    gzFile in = gzopen(name, "rbe");
    *text = malloc(room + 1), *text_bytes = 0;
    bj_status_t status = !in ? BJ_ERR_IO : !*text ? BJ_ERR_FULL : BJ_OK;
    while (status == BJ_OK) {
        int n = gzread(in, *text + *text_bytes, (unsigned)(room - *text_bytes));
        if (n < 0) status = BJ_ERR_IO;
        if (n <= 0) break;
        *text_bytes += (size_t)n;
        if (*text_bytes > BJ_REF_FILE_BYTES_MAX) status = BJ_ERR_IO, errno = EFBIG;
        if (*text_bytes < room) continue;
        char *more = realloc(*text, room * 2 + 1);
        if (!more) status = BJ_ERR_FULL;
        else *text = more, room *= 2;
    }
    if (in && gzclose(in) != Z_OK && status == BJ_OK) status = BJ_ERR_IO, errno = 0;
    return status;
}

bj_status_t bj_ref_load(const char *name, bj_ref_kind_t kind, bj_ref_mode_t mode,
                        bj_ref_file_t **out) {
    char *text;
    size_t text_bytes;
    *out = new_file(name);
    errno = 0;
    bj_status_t status = *out ? read_all(name, &text, &text_bytes) : BJ_ERR_FULL;
    if (!*out) return status;
    if (status == BJ_OK) {
        status = parse(*out, text, text_bytes, kind, mode);
    } else if (status == BJ_ERR_IO) {
        bj_ref_report_add(&(*out)->report, name, 0, "file", "cannot be read: %s",
                          errno ? strerror(errno) : "its gzip is damaged");
    }
    free(text);
    if (status == BJ_ERR_FULL) bj_ref_free(*out), *out = NULL;
    return status;
}

void bj_ref_free(bj_ref_file_t *file) {
    if (!file) return;
    free((void *)(uintptr_t)file->streams);
    free((void *)(uintptr_t)file->instruments);
    free((void *)(uintptr_t)file->eods);
    free(file);
}
