/* Where a segment's rows come from: a table like universe.csv, or the exchange's files of the day;
 * and its spreads. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_universe.h"
#include "dataplane/main/bj_feed_day_priv.h"
#include "dataplane/refdata/bj_refdata_merge.h"

enum { UNIVERSE_MAX = 4096, SAID_MAX = 8, DAY_S = 86400 };

/* --- a table */
static bool add_universe_row(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *file,
                             const bj_universe_row_t *row) {
    bj_market_instrument_t market = {.token = row->token,
                                     .tick_paise = row->tick_paise,
                                     .lot_qty = row->lot_qty,
                                     .prev_close_paise = row->prev_close_paise,
                                     .band_lo_paise = row->band_lo_paise,
                                     .band_hi_paise = row->band_hi_paise};
    memcpy(market.symbol, row->symbol, sizeof row->symbol);
    return bj_feed_day_add(day, entry, file, row->stream, &market);
}

bool bj_feed_day_rows_of_csv(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *file) {
    char error[1024] = "";
    size_t cnt = 0;
    bj_universe_row_t *rows = calloc(UNIVERSE_MAX, sizeof *rows);
    bj_status_t status = BJ_ERR_FULL;
    if (rows) status = bj_universe_load(file, rows, UNIVERSE_MAX, &cnt, error, sizeof error);
    if (status != BJ_OK) BJ_ERROR("universe_csv %s: %s %s", file, bj_status_text(status), error);
    bool ok = status == BJ_OK;
    for (size_t i = 0; ok && i < cnt; i++)
        ok = add_universe_row(day, entry, file, &rows[i]);
    free(rows);
    return ok;
}

/* --- spreads */
static const bj_market_instrument_t *find_leg(const bj_feed_day_t *day,
                                              const bj_feed_entry_t *entry, uint32_t token) {
    for (uint32_t i = entry->row_idx; i < day->row_cnt; i++) {
        if (day->market[i].token == token && !day->market[i].spread) return &day->market[i];
    }
    return NULL;
}

/* "ITC-NOV" and "ITC-DEC" are "ITC-NOV/DEC". */
static void name_spread(const char *near, const char *far, char out[BJ_MARKET_SYMBOL_BYTES]) {
    size_t same = 0;
    for (size_t i = 0; near[i] && near[i] == far[i]; i++)
        if (near[i] == '-') same = i + 1;
    size_t at = strlen(near), more = strlen(far + same);
    if (at > BJ_MARKET_SYMBOL_BYTES - 2) at = BJ_MARKET_SYMBOL_BYTES - 2;
    if (more > BJ_MARKET_SYMBOL_BYTES - 2 - at) more = BJ_MARKET_SYMBOL_BYTES - 2 - at;
    memset(out, 0, BJ_MARKET_SYMBOL_BYTES);
    memcpy(out, near, at);
    out[at] = '/';
    memcpy(out + at + 1, far + same, more);
}

bool bj_feed_day_add_spread(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *from,
                            uint32_t stream_id, uint32_t token, const uint32_t leg[2]) {
    const bj_market_instrument_t *legs[2];
    for (int i = 0; i < 2; i++) {
        if ((legs[i] = find_leg(day, entry, leg[i]))) continue;
        BJ_ERROR("%s: spread %u: %u is no instrument of the segment", from, token, leg[i]);
        return false;
    }
    if (legs[0] == legs[1]) {
        BJ_ERROR("%s: spread %u: near and far are one", from, token);
        return false;
    }
    bj_market_instrument_t row = {.token = token, .spread = true, .leg_token = {leg[0], leg[1]},
                                  .tick_paise = legs[0]->tick_paise,
                                  .lot_qty = legs[0]->lot_qty};
    if (legs[0]->prev_close_paise && legs[1]->prev_close_paise)
        row.prev_close_paise = legs[1]->prev_close_paise - legs[0]->prev_close_paise;
    name_spread(legs[0]->symbol, legs[1]->symbol, row.symbol);
    return bj_feed_day_add(day, entry, from, stream_id, &row);
}

bool bj_feed_day_spreads(bj_feed_day_t *day, const bj_feed_entry_t *entry) {
    for (size_t i = 0; i < bj_config_cnt(entry->config, "spreads"); i++) {
        const bj_config_t *item = bj_config_item(entry->config, "spreads", i);
        char from[96];
        snprintf(from, sizeof from, "%sspreads[%zu]", entry->where, i);
        const uint32_t leg[2] = {(uint32_t)bj_config_int(item, "near", 1, INT32_MAX),
                                 (uint32_t)bj_config_int(item, "far", 1, INT32_MAX)};
        uint32_t token = (uint32_t)bj_config_int(item, "token", 1, INT32_MAX);
        uint32_t stream_id = (uint32_t)bj_config_int(item, "stream", 1, BJ_FEED_STREAM_MAX);
        if (!bj_feed_day_add_spread(day, entry, from, stream_id, token, leg)) return false;
    }
    return true;
}

/* --- the exchange's files */

/* Paise in the segment's own unit; 0, not known, if they do not fit. */
static int32_t in_unit(bj_segment_t segment, int32_t paise) {
    int64_t units = (int64_t)paise * (segment == BJ_SEGMENT_CD ? 100000 : 1);
    return units > INT32_MAX ? 0 : (int32_t)units;
}

/* "RELIANCE", "RELIANCE-BE", "NIFTY-261124", "NIFTY-261124-25000CE". */
static void name_contract(const bj_ref_contract_t *is, char out[BJ_MARKET_SYMBOL_BYTES]) {
    char text[96];
    int at = snprintf(text, sizeof text, "%.15s", is->symbol);
    if (is->segment == BJ_SEGMENT_CM && is->series[0] && strncmp(is->series, "EQ", 3) != 0)
        at += snprintf(text + at, sizeof text - (size_t)at, "-%.3s", is->series);
    if (is->expiry_day) {
        time_t expiry_s = (time_t)is->expiry_day * DAY_S;
        struct tm tm;
        gmtime_r(&expiry_s, &tm);
        at += (int)strftime(text + at, sizeof text - (size_t)at, "-%y%m%d", &tm);
    }
    if (is->option) {
        at += snprintf(text + at, sizeof text - (size_t)at, "-%d", is->strike_paise / 100);
        if (is->strike_paise % 100)
            at += snprintf(text + at, sizeof text - (size_t)at, ".%02d", is->strike_paise % 100);
        snprintf(text + at, sizeof text - (size_t)at, "%cE", is->option);
    }
    memset(out, 0, BJ_MARKET_SYMBOL_BYTES);
    memcpy(out, text, strnlen(text, BJ_MARKET_SYMBOL_BYTES - 1));
}

static bool add_file_row(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *dir,
                         uint32_t stream_id, const bj_ref_instrument_t *is) {
    bj_market_instrument_t market = {
        .token = is->token,
        .tick_paise = in_unit(entry->segment, is->tick_paise),
        .lot_qty = is->lot_qty,
        .prev_close_paise = in_unit(entry->segment, is->prev_close_paise),
        .band_lo_paise = in_unit(entry->segment, is->band_lo_paise),
        .band_hi_paise = in_unit(entry->segment, is->band_hi_paise)};
    name_contract(&is->contract, market.symbol);
    return bj_feed_day_add(day, entry, dir, stream_id, &market);
}

/* What may trade and is in a master alone, if the broadcast is heard. */
static bool add_streamless(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *dir,
                           const bj_ref_day_t *files) {
    bool ok = true, heard = bj_feed_day_hears(day, entry->segment);
    for (size_t i = 0; ok && heard && i < files->instrument_cnt; i++) {
        const bj_ref_instrument_t *is = &files->instruments[i];
        if (is->contract.segment != entry->segment || (is->flags & BJ_REF_TICK_BY_TICK)) continue;
        if (is->permitted == 1) ok = add_file_row(day, entry, dir, 0, is);
    }
    return ok;
}

/* Legs first: the order of the files is anyone's. */
static bool add_file_rows(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *dir,
                          const bj_ref_day_t *files) {
    for (int spreads = 0; spreads < 2; spreads++) {
        for (size_t i = 0; i < files->row_cnt; i++) {
            const bj_ref_day_row_t *row = &files->rows[i];
            if (row->segment != entry->segment || row->spread != spreads) continue;
            if (!(spreads ? bj_feed_day_add_spread(day, entry, dir, row->stream_id, row->token,
                                                   row->leg)
                          : add_file_row(day, entry, dir, row->stream_id,
                                         &files->instruments[row->instrument_idx])))
                return false;
        }
    }
    if (day->row_cnt == entry->row_idx)
        BJ_ERROR("%sstream_files_dir: %s has no instrument of the segment", entry->where, dir);
    return day->row_cnt > entry->row_idx;
}

bool bj_feed_day_rows_of_files(bj_feed_day_t *day, const bj_feed_entry_t *entry, const char *dir) {
    const bj_ref_merge_rule_t rule = {.mode = BJ_REF_STRICT, .spread_token = BJ_REF_SPREAD_FIELD};
    bj_ref_day_t *files = NULL;
    bj_status_t status = bj_ref_merge_dir(dir, &rule, &files);
    if (status != BJ_OK)
        BJ_ERROR("%sstream_files_dir: %s: %s", entry->where, dir, bj_status_text(status));
    for (uint32_t i = 0; status != BJ_OK && files && i < files->report.kept_cnt && i < SAID_MAX;
         i++) {
        char sentence[BJ_REF_SENTENCE_BYTES];
        BJ_ERROR("%s", bj_ref_sentence(&files->report.kept[i], sentence));
    }
    if (status == BJ_OK && files->spreads_left_out)
        BJ_WARN("%sstream_files_dir: %zu spreads have no token of their own and are left out",
                entry->where, files->spreads_left_out);
    bool ok = status == BJ_OK && add_file_rows(day, entry, dir, files) &&
              add_streamless(day, entry, dir, files);
    bj_ref_day_free(files);
    return ok;
}
