#ifndef BJ_REFDATA_MERGE_H
#define BJ_REFDATA_MERGE_H

/* bj_refdata_merge - the day's files put together: which token is in which stream, and what it is.
 *
 * Purpose    Stream files, masters and, if there are any, yesterday's bhavcopies of any segments
 *            become three plain arrays; the feed's tables are made from them row by row.
 * Checks     a token is in one stream and in one master only; stream file and master say the same
 *            of it; a spread's legs are there, in its segment; stream files are of the day asked
 *            for.  A master is not required, but if one of a segment is given, it must know every
 *            token of that segment's stream file.
 * Spreads    the exchange's spread rows name two legs, its messages a token of the pair's own, and
 *            no document we know says how one comes from the other (docs/refdata.md).
 * Errors     as bj_ref_load: strict refuses for any, lenient leaves out the rows it is about.
 * Ownership  merge gives a day to the caller, who frees it; the files may be freed before it.
 * Cost       start-up only; hashes, no search over rows. */
#include "dataplane/refdata/bj_refdata.h"

#define BJ_REF_NONE UINT32_MAX

typedef enum bj_ref_spread_token {
    BJ_REF_SPREAD_FIELD, /* the fifth field of its row; rows that have none are left out */
    BJ_REF_SPREAD_LEG1,  /* without that field, the first leg's; an error if it is not unique */
} bj_ref_spread_token_t;

typedef struct bj_ref_day_stream { /* in order of (segment, stream_id) */
    uint8_t  segment;              /* bj_segment_t */
    uint16_t stream_id;
    uint32_t row_cnt;
} bj_ref_day_stream_t;

typedef struct bj_ref_day_row { /* one a tradable thing of the feed, in the order of the files */
    uint32_t token;
    uint32_t leg[2];         /* tokens; 0 if it is no spread */
    uint32_t stream_idx;     /* in streams */
    uint32_t instrument_idx; /* in instruments; of a spread BJ_REF_NONE */
    uint16_t stream_id;
    uint8_t  segment;        /* bj_segment_t */
    bool     spread;
} bj_ref_day_row_t;

typedef struct bj_ref_day {
    size_t stream_cnt, row_cnt, instrument_cnt;
    bj_ref_day_stream_t *streams;
    bj_ref_day_row_t    *rows;
    /* All of the masters, then what only a stream file knows (tick and lot 0).  Those that a stream
     * carries are flagged BJ_REF_TICK_BY_TICK; for the others there is only the broadcast. */
    bj_ref_instrument_t *instruments;
    size_t spreads_left_out; /* for want of a token; no error */
    bj_ref_report_t report;
} bj_ref_day_t;

typedef struct bj_ref_merge_rule {
    int32_t               day; /* stream files must be of this day; 0: only all of one day */
    bj_ref_mode_t         mode;
    bj_ref_spread_token_t spread_token;
} bj_ref_merge_rule_t;

/* files: loaded ones, of any kinds and in any order.  BJ_ERR_FULL: no memory, *out is NULL. */
BJ_MUST_USE bj_status_t bj_ref_merge(const bj_ref_file_t *const *files, size_t file_cnt,
                                     const bj_ref_merge_rule_t *rule, bj_ref_day_t **out);

/* All files of a folder that are of the kinds we know, loaded in rule->mode and merged; what is
 * none of them is passed over, unless its name is that of one.  The day's report begins with the
 * files' own.  On any error but BJ_ERR_FULL *out is a day without rows.
 *   BJ_ERR_NOT_FOUND  there is no stream file in it, or no folder
 *   BJ_ERR_CONFIG     strict: something is wrong; or more than BJ_REF_DIR_MAX files */
enum { BJ_REF_DIR_MAX = 64 };
BJ_MUST_USE bj_status_t bj_ref_merge_dir(const char *dir, const bj_ref_merge_rule_t *rule,
                                         bj_ref_day_t **out);
void bj_ref_day_free(bj_ref_day_t *day); /* NULL: nothing */

#endif /* BJ_REFDATA_MERGE_H */
