#include "dataplane/feedreplay/bj_feedlist.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include "dataplane/refdata/bj_refdata_merge.h"

enum { DAY_S = 86400, TEXT_BYTES = 16, PAISE = 100 };

static void complain(const bj_ref_day_t *day) {
    char sentence[BJ_REF_SENTENCE_BYTES];
    const bj_ref_report_t *report = &day->report;
    for (uint32_t i = 0; i < report->kept_cnt; i++)
        fprintf(stderr, "bijli-feedreplay: --stream-files: %s\n",
                bj_ref_sentence(&report->kept[i], sentence));
    if (report->error_cnt > report->kept_cnt)
        fprintf(stderr, "bijli-feedreplay: --stream-files: and %" PRIu64 " more\n",
                report->error_cnt - report->kept_cnt);
}

/* --- names */
static const char *date_text(int32_t day, char text[TEXT_BYTES]) {
    static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                         "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
    time_t s = (time_t)day * DAY_S;
    struct tm tm;
    gmtime_r(&s, &tm);
    snprintf(text, TEXT_BYTES, "%02u%s%02u", (unsigned)tm.tm_year % 100u, months[tm.tm_mon],
             (unsigned)tm.tm_mday);
    return text;
}

/* In the unit of the file: that of CD is not paise. */
static const char *strike_text(const bj_ref_contract_t *contract, char text[TEXT_BYTES]) {
    int32_t unit = contract->segment == BJ_SEGMENT_CD ? 1 : PAISE;
    int at = snprintf(text, TEXT_BYTES, "%d", contract->strike_paise / unit);
    int32_t rest = contract->strike_paise % unit;
    if (rest) snprintf(text + at, TEXT_BYTES - (size_t)at, ".%02d", rest);
    return text;
}

static void add(char *name, const char *text) {
    strncat(name, text, BJ_MARKET_SYMBOL_BYTES - 1 - strlen(name));
}

static void name_contract(char *name, const bj_ref_contract_t *contract) {
    char text[TEXT_BYTES];
    add(name, contract->symbol);
    if (*contract->series && strcmp(contract->series, "EQ")) {
        add(name, "-");
        add(name, contract->series);
    }
    if (contract->expiry_day) add(name, date_text(contract->expiry_day, text));
    if (contract->type == BJ_REF_OPTION) {
        add(name, contract->option == 'C' ? "C" : "P");
        add(name, strike_text(contract, text));
    }
}

static void name_spread(char *name, const bj_ref_contract_t *near, const bj_ref_contract_t *far) {
    char text[TEXT_BYTES];
    add(name, near->symbol);
    add(name, date_text(near->expiry_day, text));
    add(name, "/");
    add(name, date_text(far->expiry_day, text));
}

/* --- rows */
static uint64_t key_of(unsigned segment, uint32_t token) {
    return (uint64_t)segment << 32 | token;
}

static const bj_ref_contract_t *leg_of(const bj_ref_day_t *day, const bj_u64map_t *outrights,
                                       const bj_ref_day_row_t *row, int leg) {
    const int64_t *idx = bj_u64map_find(outrights, key_of(row->segment, row->leg[leg]));
    return &day->instruments[*idx].contract; /* it is there: the merge saw to it */
}

static void list_row(bj_feedscan_t *scan, const bj_ref_day_t *day, bj_u64map_t *outrights,
                     const bj_ref_day_row_t *row) {
    bj_feedscan_instrument_t instrument = {.token = row->token,
                                           .leg_token = {row->leg[0], row->leg[1]},
                                           .stream_id = row->stream_id,
                                           .segment = row->segment,
                                           .spread = row->spread};
    if (row->spread) {
        name_spread(instrument.symbol, leg_of(day, outrights, row, 0),
                    leg_of(day, outrights, row, 1));
    } else {
        *bj_u64map_at(outrights, key_of(row->segment, row->token)) = row->instrument_idx;
        name_contract(instrument.symbol, &day->instruments[row->instrument_idx].contract);
    }
    bj_feedscan_list(scan, &instrument);
}

bool bj_feedlist_load(bj_feedscan_t *scan, const char *dir) {
    const bj_ref_merge_rule_t rule = {.mode = BJ_REF_LENIENT, .spread_token = BJ_REF_SPREAD_FIELD};
    bj_u64map_t outrights = {0};
    bj_ref_day_t *day;
    bj_status_t status = bj_ref_merge_dir(dir, &rule, &day);
    (void)bj_need(day); /* NULL: no memory */
    if (status == BJ_OK) {
        scan->listed = true;
        for (size_t i = 0; i < day->row_cnt; i++) /* spreads are behind their legs */
            list_row(scan, day, &outrights, &day->rows[i]);
    }
    complain(day);
    bj_ref_day_free(day);
    bj_u64map_free(&outrights);
    return status == BJ_OK;
}
