#ifndef BJ_REFDATA_H
#define BJ_REFDATA_H

/* bj_refdata - the exchange's files of the day: streams, masters, end-of-day prices.
 *
 * Purpose    A file becomes an array of checked rows, or a list of what is wrong with it.  Its kind
 *            can be told from its first lines.  docs/refdata.md: which files.
 * Form       text, one row a line; CRLF and a byte-order mark are let pass, so is gzip; `"` quotes
 *            where the format is CSV.  Not: a quoted field over several lines, zip.
 * Units      paise; shares or contracts; days since 1970-01-01 in India; expiry_s: seconds since
 *            1980-01-01 of the exchange's clock, as it sends them.
 * Bad lines  each is `FILE:LINE: FIELD: what it may be`; BJ_REF_ERROR_MAX are kept, all counted.
 *            BJ_REF_STRICT: any one refuses the file: for whatever prices or routes orders, or
 *            counts money (masters, streams, settlement prices).  BJ_REF_LENIENT: the good lines
 *            load: for charts and screens, where one gap is better than none at all.
 * Ownership  load and parse give a file to the caller, who frees it; its rows live as long.
 * Threads    read-only once loaded: any number may ask.
 * Errors     BJ_ERR_IO      cannot be read, or longer than BJ_REF_FILE_BYTES_MAX
 *            BJ_ERR_CONFIG  bad lines in strict mode; in both modes: an unknown kind, a bad header,
 *                           more than BJ_REF_LINE_MAX lines
 *            BJ_ERR_FULL    no memory; the only one for which *out is NULL
 *            On any error there are no rows, and the report says why.
 * Cost       start-up only: bench_bj_refdata. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_mtbt.h"

enum {
    BJ_REF_ERROR_MAX = 64,
    BJ_REF_STREAM_MAX = 64, /* stream ids of a segment: [1, this] */
    BJ_REF_FILE_BYTES_MAX = 256 << 20,
    BJ_REF_LINE_MAX = 1 << 20, /* of a file */
};

/* X(constant, name, what it is).  nse.md 1.7, 4.1 to 4.4. */
#define BJ_REF_KIND_LIST(X)                                                            \
    X(BJ_REF_STREAMS, "streams", "XX_contract_stream_info.csv")                        \
    X(BJ_REF_SPREADS, "spread_streams", "XX_spd_contract_stream_info.csv")             \
    X(BJ_REF_CONTRACT, "contract", "contract.txt, the F&O master")                     \
    X(BJ_REF_SECURITY, "security", "security.txt, the cash market's master")           \
    X(BJ_REF_MII_FO, "mii_fo", "NSE_FO_contract_DDMMYYYY.csv")                         \
    X(BJ_REF_MII_CM, "mii_cm", "NSE_CM_security_DDMMYYYY.csv")                         \
    X(BJ_REF_UDIFF, "udiff", "BhavCopy_NSE_XX_0_0_0_YYYYMMDD_F_0000.csv")              \
    X(BJ_REF_OLD_CM, "bhav_cm", "cmDDMMMYYYYbhav.csv, until July 2024")                \
    X(BJ_REF_OLD_FO, "bhav_fo", "foDDMMMYYYYbhav.csv, until July 2024")                \
    X(BJ_REF_FULL_CM, "bhav_full", "sec_bhavdata_full_DDMMYYYY.csv, with deliveries")

typedef enum bj_ref_kind {
    BJ_REF_ANY, /* to be told from the first lines */
#define X(kind, name, text) kind,
    BJ_REF_KIND_LIST(X)
#undef X
    BJ_REF_KIND_CNT
} bj_ref_kind_t;

typedef enum bj_ref_mode { BJ_REF_STRICT, BJ_REF_LENIENT } bj_ref_mode_t;

typedef enum bj_ref_type {
    BJ_REF_OTHER, /* neither of the three: an underlying, an index */
    BJ_REF_EQUITY, BJ_REF_FUTURE, BJ_REF_OPTION,
} bj_ref_type_t;

enum { /* bj_ref_instrument_t.flags */
    BJ_REF_DELETED = 1 << 0,
    BJ_REF_TEST = 1 << 1,         /* the exchange's own test security: no real ISIN */
    BJ_REF_TICK_BY_TICK = 1 << 2, /* set by bj_ref_merge: a stream carries it */
};

/* What a contract is, in every kind of row. */
typedef struct bj_ref_contract {
    char     symbol[16];
    char     series[4];    /* cash market only */
    char     instrument[8]; /* "EQUITY", "FUTIDX", "OPTSTK", UDiFF "STK", ...; or empty */
    uint8_t  segment;      /* bj_segment_t */
    uint8_t  type;         /* bj_ref_type_t */
    uint8_t  option;       /* 'C', 'P'; 0: none */
    uint8_t  reserved;
    int32_t  expiry_day;   /* 0: none */
    int32_t  strike_paise; /* > 0 of an option, else 0 */
    uint32_t expiry_s;     /* 0: none, or the file says only the day */
} bj_ref_contract_t;

typedef struct bj_ref_instrument {
    bj_ref_contract_t contract;
    uint32_t token;        /* once in its segment */
    uint32_t line;         /* of the file it comes from */
    int32_t  tick_paise;   /* > 0 if it may trade */
    int32_t  lot_qty;      /* the board lot; > 0 if it may trade */
    int64_t  freeze_qty;   /* an order's quantity is at most this; 0: the file does not say */
    int32_t  band_lo_paise, band_hi_paise; /* both 0: the file does not say */
    int32_t  prev_close_paise; /* base price, or by bj_ref_merge; 0: not known */
    int32_t  face_value_paise;
    int64_t  issued_qty;
    uint32_t asset_token;  /* underlying; 0: none */
    char     asset_symbol[16];
    char     isin[13];
    char     name[64];
    uint8_t  permitted;    /* 1: may trade; 0 and 2: see nse.md 4.2, field 6 */
    uint8_t  market_status, market_eligible; /* normal market; status 1 to 6 */
    uint8_t  settlement;   /* 'C' cash, 'P' physical; 0: not said */
    uint8_t  security_type; /* cash market: nse.md 4.2, field 4; 0: equity */
    uint8_t  flags;
} bj_ref_instrument_t;

typedef struct bj_ref_eod { /* one line of a bhavcopy */
    bj_ref_contract_t contract;
    uint32_t token; /* 0: this kind of file has none */
    uint32_t line;
    int32_t  day;
    int32_t  open_paise, high_paise, low_paise, close_paise, last_paise; /* 0: none */
    int32_t  prev_close_paise, settle_paise, underlying_paise;           /* 0: not said */
    int64_t  qty;         /* shares; of OLD_FO contracts */
    int64_t  value_paise; /* turnover */
    int64_t  trade_cnt;
    int64_t  open_interest, open_interest_change;
    int64_t  delivered_qty; /* -1: not said */
    char     isin[13];
} bj_ref_eod_t;

typedef struct bj_ref_stream { /* one line of a stream file */
    bj_ref_contract_t contract; /* of a spread only the segment */
    uint32_t line;
    uint32_t token;  /* of a spread: its own, 0 if the file has none */
    uint32_t leg[2]; /* tokens of a spread; else 0 */
    uint16_t stream_id;
    bool     spread;
} bj_ref_stream_t;

typedef struct bj_ref_error {
    char     file[96]; /* the end of its name, if it is longer */
    uint32_t line;     /* from 1; 0: the file as a whole */
    char     field[32];
    char     text[160]; /* printable ASCII */
} bj_ref_error_t;

typedef struct bj_ref_report {
    uint64_t line_cnt, bad_line_cnt, error_cnt;
    uint32_t kept_cnt; /* the first of them */
    bj_ref_error_t kept[BJ_REF_ERROR_MAX];
} bj_ref_report_t;

typedef struct bj_ref_file {
    char     name[256];
    bj_ref_kind_t kind;
    uint8_t  segment; /* bj_segment_t; 0: each row says */
    int32_t  day;     /* the file's own; 0: it does not say */
    size_t   row_cnt;
    const bj_ref_stream_t     *streams;     /* one of these three by kind, else NULL */
    const bj_ref_instrument_t *instruments;
    const bj_ref_eod_t        *eods;
    bj_ref_report_t report;
} bj_ref_file_t;

/* kind: BJ_REF_ANY, or what it must be.  name is the file's: a stream file says its segment only
 * there (fo_, cd_, cm_, co_). */
BJ_MUST_USE bj_status_t bj_ref_load(const char *name, bj_ref_kind_t kind, bj_ref_mode_t mode,
                                    bj_ref_file_t **out);
/* The same of bytes in memory, which are not changed; never gzip. */
BJ_MUST_USE bj_status_t bj_ref_parse(const char *name, const char *text, size_t text_bytes,
                                     bj_ref_kind_t kind, bj_ref_mode_t mode, bj_ref_file_t **out);
void bj_ref_free(bj_ref_file_t *file); /* NULL: nothing */

/* "FILE:LINE: FIELD: text"; returns out. */
enum { BJ_REF_SENTENCE_BYTES = 320 };
const char *bj_ref_sentence(const bj_ref_error_t *error, char out[BJ_REF_SENTENCE_BYTES]);
const char *bj_ref_kind_name(bj_ref_kind_t kind); /* "contract"; never NULL */

/* --- the words of these files; false: it is none, *out is untouched */

/* Digits with at most scale of them after the point that are not 0, times 10^scale: ("12.5", 2) is
 * 1250. */
bool bj_ref_fixed(const char *text, unsigned scale, int64_t *out);
bool bj_ref_isin(const char *text); /* twelve characters, the last the check digit (ISO 6166) */
bool bj_ref_day_iso(const char *text, int32_t *day); /* 2026-08-03 */
bool bj_ref_day_mon(const char *text, int32_t *day); /* 03-Aug-2026, any case */
int32_t bj_ref_day_of(uint32_t exch_s); /* the day of seconds since 1980 */

#endif /* BJ_REFDATA_H */
