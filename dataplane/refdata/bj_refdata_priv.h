/* bj_refdata_priv - a format is a table of columns; one reader reads them all. */
#ifndef BJ_REFDATA_PRIV_H
#define BJ_REFDATA_PRIV_H

#include "dataplane/refdata/bj_refdata.h"

enum { BJ_REF_FIELD_MAX = 256, BJ_REF_COLUMN_MAX = 40, BJ_REF_NOWHERE = INT16_MIN };

typedef enum bj_ref_word {
    BJ_REF_FIXED,   /* a number; `scale` digits after the point become whole */
    BJ_REF_FIXED_OR_DASH, /* "-" is -1 */
    BJ_REF_TEXT,    /* cut to what fits: names only */
    BJ_REF_WORD,    /* printable, no blank, must fit */
    BJ_REF_EXACTLY, /* the column's `exactly` */
    BJ_REF_RANGE,   /* "low-high" in rupees, into two int32 */
    BJ_REF_ISIN,
    BJ_REF_DAY_ISO, BJ_REF_DAY_MON,
    BJ_REF_CALL_PUT,
    BJ_REF_SEGMENT, /* CM or FO */
    BJ_REF_YES_NO,  /* into BJ_REF_DELETED of flags */
    BJ_REF_CASH_PHYSICAL,
} bj_ref_word_t;

typedef enum bj_ref_need {
    BJ_REF_MUST,  /* there, and not empty */
    BJ_REF_EMPTY, /* there; empty is 0 */
    BJ_REF_MAY,   /* the file may lack the column */
} bj_ref_need_t;

typedef struct bj_ref_column {
    const char   *name;
    int16_t       idx; /* from 0; below 0: from the end, -1 the last.  Not used with a header */
    bj_ref_word_t word;
    bj_ref_need_t need;
    uint16_t      at, bytes; /* in the row */
    uint8_t       scale;
    int64_t       min, max;  /* FIXED, after scaling */
    const char   *exactly;
} bj_ref_column_t;

#define BJ_REF_COL(row, field) offsetof(row, field), sizeof(((row *)0)->field)

typedef struct bj_ref_reader bj_ref_reader_t;

typedef struct bj_ref_format {
    bj_ref_kind_t kind;
    char     comma;
    bool     named; /* the first line names the columns; else they are counted */
    uint8_t  segment; /* 0: the file's name or each row says */
    uint16_t field_min, field_max; /* not named: how many there may be on a line */
    size_t   row_bytes;
    const bj_ref_column_t *columns;
    size_t   column_cnt;
    /* What no column can know alone; complains. */
    void (*check)(bj_ref_reader_t *reader, void *row);
    /* A first line that is not names. */
    void (*head)(bj_ref_reader_t *reader, char *const *field, size_t field_cnt);
} bj_ref_format_t;

struct bj_ref_reader {
    const bj_ref_format_t *format;
    bj_ref_file_t *file;
    uint32_t line;
    bool     bad;        /* this line */
    bool     fatal;      /* nothing can be read without it */
    int64_t  stated_cnt; /* rows the first line promises; -1: it does not say */
    int16_t  at[BJ_REF_COLUMN_MAX]; /* where each column is; BJ_REF_NOWHERE */
    size_t   head_cnt;
    uint8_t *rows;
    size_t   data_line_cnt;
    uint32_t *slot; /* hash of keys: row number + 1 */
    size_t    slot_mask;
};

void bj_ref_report_add(bj_ref_report_t *report, const char *file, uint32_t line, const char *field,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));
void bj_ref_complain(bj_ref_reader_t *reader, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Splits a line in place; fields end with NUL, blanks around them are gone.  Returns how many, or
 * 0 with *why set. */
size_t bj_ref_split(char *line, char comma, bool quotes, char **field, const char **why);
void bj_ref_read_field(bj_ref_reader_t *reader, const bj_ref_column_t *column, const char *text,
                       uint8_t *row);
bj_status_t bj_ref_read_lines(bj_ref_reader_t *reader, char *text, size_t text_bytes);

/* Type, option, expiry and strike belong together; fills in type and expiry_day. */
void bj_ref_check_contract(bj_ref_reader_t *reader, bj_ref_contract_t *contract,
                           const char *type_field, const char *strike_field,
                           const char *option_field);
/* One day a file. */
void bj_ref_check_day(bj_ref_reader_t *reader, const char *field, int32_t day);

const bj_ref_format_t *bj_ref_format_of(bj_ref_kind_t kind);
extern const bj_ref_format_t bj_ref_streams_format, bj_ref_spreads_format;
extern const bj_ref_format_t bj_ref_contract_format, bj_ref_security_format;
extern const bj_ref_format_t bj_ref_mii_fo_format, bj_ref_mii_cm_format;
extern const bj_ref_format_t bj_ref_udiff_format, bj_ref_old_cm_format, bj_ref_old_fo_format,
    bj_ref_full_cm_format;

#endif /* BJ_REFDATA_PRIV_H */
