#include "dataplane/refdata/bj_refdata_merge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/refdata/bj_refdata_priv.h"

/* From (segment, token) to a row.  Spreads have numbers of their own. */
typedef struct slot { /* no padding: the first three are hashed and compared as bytes */
    uint32_t segment, spread, token;
    uint32_t idx; /* 1 + index; 0: empty */
} slot_t;
enum { KEY_BYTES = offsetof(slot_t, idx) };

typedef struct table {
    slot_t *slot;
    size_t  mask;
} table_t;

typedef struct merger {
    const bj_ref_merge_rule_t *rule;
    bj_ref_day_t *day;
    table_t  instruments, rows;
    const bj_ref_file_t **from; /* the file of each instrument */
    const bj_ref_file_t *file;  /* being read */
    uint32_t line;
    int32_t  stream_day;
    bool     has_master[BJ_SEGMENT_CNT + 1];
} merger_t;

__attribute__((format(printf, 3, 4))) static void complain(merger_t *merger, const char *field,
                                                           const char *format, ...) {
    char text[sizeof((bj_ref_error_t *)0)->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bj_ref_report_add(&merger->day->report, merger->file->name, merger->line, field, "%s", text);
    merger->day->report.bad_line_cnt++;
}

/* --- the tables */

static bool table_new(table_t *table, size_t cnt) {
    size_t slot_cnt = 16;
    while (slot_cnt < cnt * 2) slot_cnt *= 2;
    table->mask = slot_cnt - 1;
    table->slot = calloc(slot_cnt, sizeof *table->slot);
    return table->slot != NULL;
}

/* The slot of the key, or the empty one where it belongs. */
static slot_t *find(const table_t *table, uint8_t segment, bool spread, uint32_t token) {
    slot_t key = {.segment = segment, .spread = spread, .token = token};
    size_t at = bj_crc32c(0, &key, KEY_BYTES) & table->mask;
    while (table->slot[at].idx && memcmp(&table->slot[at], &key, KEY_BYTES)) {
        at = (at + 1) & table->mask;
    }
    return &table->slot[at];
}

static void fill(slot_t *slot, uint8_t segment, bool spread, uint32_t token, size_t idx) {
    *slot = (slot_t){segment, spread, token, (uint32_t)idx + 1};
}

/* --- masters */

static void add_master_row(merger_t *merger, const bj_ref_instrument_t *row) {
    bj_ref_day_t *day = merger->day;
    merger->line = row->line;
    slot_t *slot = find(&merger->instruments, row->contract.segment, false, row->token);
    if (slot->idx) {
        complain(merger, "token", "%u is also in %.80s:%u", row->token,
                 merger->from[slot->idx - 1]->name, day->instruments[slot->idx - 1].line);
        return;
    }
    fill(slot, row->contract.segment, false, row->token, day->instrument_cnt);
    merger->from[day->instrument_cnt] = merger->file;
    day->instruments[day->instrument_cnt++] = *row;
}

/* --- stream rows */

static bool same_contract(const bj_ref_contract_t *a, const bj_ref_contract_t *b) {
    return !strcmp(a->symbol, b->symbol) && !strcmp(a->series, b->series) && a->type == b->type &&
           a->option == b->option && a->expiry_day == b->expiry_day &&
           a->strike_paise == b->strike_paise;
}

/* The instrument of a stream row, from the master or else made from the row itself; BJ_REF_NONE:
 * complained. */
static uint32_t instrument_of(merger_t *merger, const bj_ref_stream_t *row) {
    bj_ref_day_t *day = merger->day;
    slot_t *slot = find(&merger->instruments, row->contract.segment, false, row->token);
    if (!slot->idx && merger->has_master[row->contract.segment]) {
        complain(merger, "Token", "%u is in no master of its segment", row->token);
        return BJ_REF_NONE;
    }
    if (slot->idx) {
        bj_ref_instrument_t *instrument = &day->instruments[slot->idx - 1];
        if (!same_contract(&instrument->contract, &row->contract)) {
            complain(merger, "Token", "%u is another contract (%s) in %.80s:%u", row->token,
                     instrument->contract.symbol, merger->from[slot->idx - 1]->name,
                     instrument->line);
            return BJ_REF_NONE;
        }
        instrument->flags |= BJ_REF_TICK_BY_TICK;
        return slot->idx - 1;
    }
    fill(slot, row->contract.segment, false, row->token, day->instrument_cnt);
    merger->from[day->instrument_cnt] = merger->file;
    day->instruments[day->instrument_cnt] =
        (bj_ref_instrument_t){.contract = row->contract, .token = row->token, .line = row->line,
                              .permitted = 1, .flags = BJ_REF_TICK_BY_TICK};
    return (uint32_t)day->instrument_cnt++;
}

static bool has_legs(merger_t *merger, const bj_ref_stream_t *row) {
    for (int i = 0; i < 2; i++) {
        if (find(&merger->rows, row->contract.segment, false, row->leg[i])->idx) continue;
        complain(merger, i ? "Token2" : "Token1", "%u is in no stream file of its segment",
                 row->leg[i]);
        return false;
    }
    return true;
}

static void add_stream_row(merger_t *merger, const bj_ref_stream_t *row) {
    bj_ref_day_t *day = merger->day;
    uint32_t token = row->token, instrument_idx = BJ_REF_NONE;
    merger->line = row->line;
    if (row->spread && !has_legs(merger, row)) return;
    if (!token && merger->rule->spread_token == BJ_REF_SPREAD_LEG1) token = row->leg[0];
    if (!token) {
        day->spreads_left_out++;
        return;
    }
    slot_t *slot = find(&merger->rows, row->contract.segment, row->spread, token);
    if (slot->idx) {
        complain(merger, row->token ? "Token" : "Token1", "%u is in stream %u already", token,
                 day->rows[slot->idx - 1].stream_id);
        return;
    }
    if (!row->spread && (instrument_idx = instrument_of(merger, row)) == BJ_REF_NONE) return;
    fill(slot, row->contract.segment, row->spread, token, day->row_cnt);
    day->rows[day->row_cnt++] = (bj_ref_day_row_t){
        .token = token, .leg = {row->leg[0], row->leg[1]}, .instrument_idx = instrument_idx,
        .stream_id = row->stream_id, .segment = row->contract.segment, .spread = row->spread};
}

static bool right_day(merger_t *merger) {
    int32_t want = merger->rule->day ? merger->rule->day : merger->stream_day;
    merger->line = 1;
    if (!want) merger->stream_day = want = merger->file->day;
    if (merger->file->day == want) return true;
    complain(merger, "date", "is %d days %s the day wanted", abs(merger->file->day - want),
             merger->file->day < want ? "before" : "after");
    return false;
}

/* --- yesterday's close */

/* A bhavcopy of before July 2024 has no tokens: shares are found by symbol and series. */
static int by_symbol(const void *a, const void *b) {
    const bj_ref_contract_t *x = &(*(bj_ref_instrument_t *const *)a)->contract;
    const bj_ref_contract_t *y = &(*(bj_ref_instrument_t *const *)b)->contract;
    int order = strcmp(x->symbol, y->symbol);
    return order ? order : strcmp(x->series, y->series);
}

static bool index_symbols(const bj_ref_day_t *day, bj_ref_instrument_t ***out, size_t *cnt) {
    bj_ref_instrument_t **list = malloc((day->instrument_cnt + 1) * sizeof *list);
    *out = list, *cnt = 0;
    if (!list) return false;
    for (size_t i = 0; i < day->instrument_cnt; i++) {
        if (day->instruments[i].contract.segment == BJ_SEGMENT_CM) {
            list[(*cnt)++] = &day->instruments[i];
        }
    }
    qsort(list, *cnt, sizeof *list, by_symbol);
    return true;
}

static bj_status_t add_closes(merger_t *merger) {
    bj_ref_instrument_t **list, key, *key_at = &key;
    size_t cnt;
    const bj_ref_file_t *file = merger->file;
    if (!index_symbols(merger->day, &list, &cnt)) return BJ_ERR_FULL;
    for (size_t i = 0; i < file->row_cnt; i++) {
        const bj_ref_eod_t *row = &file->eods[i];
        bj_ref_instrument_t *instrument = NULL;
        if (row->token) {
            slot_t *slot = find(&merger->instruments, row->contract.segment, false, row->token);
            if (slot->idx) instrument = &merger->day->instruments[slot->idx - 1];
        } else if (row->contract.segment == BJ_SEGMENT_CM) {
            key.contract = row->contract;
            bj_ref_instrument_t **found = bsearch(&key_at, list, cnt, sizeof *list, by_symbol);
            if (found) instrument = *found;
        }
        if (!instrument || strcmp(instrument->contract.symbol, row->contract.symbol)) continue;
        if (!instrument->prev_close_paise) instrument->prev_close_paise = row->close_paise;
    }
    free(list);
    return BJ_OK;
}

/* --- streams, in order */


static bool number_streams(bj_ref_day_t *day) {
    uint32_t cnt[BJ_SEGMENT_CNT + 1][BJ_REF_STREAM_MAX + 1] = {{0}}, idx = 0;
    day->streams = calloc((size_t)BJ_SEGMENT_CNT * BJ_REF_STREAM_MAX, sizeof *day->streams);
    if (!day->streams) return false;
    for (size_t i = 0; i < day->row_cnt; i++) cnt[day->rows[i].segment][day->rows[i].stream_id]++;
    for (uint8_t s = 1; s <= BJ_SEGMENT_CNT; s++) {
        for (uint16_t id = 1; id <= BJ_REF_STREAM_MAX; id++) {
            if (!cnt[s][id]) continue;
            day->streams[idx] = (bj_ref_day_stream_t){s, id, cnt[s][id]};
            cnt[s][id] = idx++;
        }
    }
    day->stream_cnt = idx;
    for (size_t i = 0; i < day->row_cnt; i++) {
        day->rows[i].stream_idx = cnt[day->rows[i].segment][day->rows[i].stream_id];
    }
    return true;
}

/* --- the whole */

/* Masters first, spreads after their legs, closes last: so the files may come in any order. */
typedef enum pass { PASS_MASTERS, PASS_STREAMS, PASS_SPREADS, PASS_CLOSES, PASS_CNT } pass_t;

static pass_t pass_of(bj_ref_kind_t kind) {
    return kind == BJ_REF_STREAMS   ? PASS_STREAMS
           : kind == BJ_REF_SPREADS ? PASS_SPREADS
           : kind < BJ_REF_UDIFF    ? PASS_MASTERS
                                    : PASS_CLOSES;
}

static bj_status_t take_file(merger_t *merger, pass_t pass) {
    const bj_ref_file_t *file = merger->file;
    if (pass == PASS_CLOSES) return add_closes(merger);
    if (pass == PASS_MASTERS) {
        merger->has_master[file->segment] |= file->row_cnt > 0;
        for (size_t i = 0; i < file->row_cnt; i++) add_master_row(merger, &file->instruments[i]);
    } else if (right_day(merger)) {
        for (size_t i = 0; i < file->row_cnt; i++) add_stream_row(merger, &file->streams[i]);
    }
    return BJ_OK;
}

static bool make_room(merger_t *merger, const bj_ref_file_t *const *files, size_t file_cnt) {
    size_t cnt = 1;
    for (size_t i = 0; i < file_cnt; i++) {
        if (pass_of(files[i]->kind) != PASS_CLOSES) cnt += files[i]->row_cnt;
    }
    merger->day->rows = calloc(cnt, sizeof *merger->day->rows);
    merger->day->instruments = calloc(cnt, sizeof *merger->day->instruments);
    merger->from = calloc(cnt, sizeof *merger->from);
    return merger->day->rows && merger->day->instruments && merger->from &&
           table_new(&merger->instruments, cnt) && table_new(&merger->rows, cnt);
}

bj_status_t bj_ref_merge(const bj_ref_file_t *const *files, size_t file_cnt,
                         const bj_ref_merge_rule_t *rule, bj_ref_day_t **out) {
    merger_t merger = {.rule = rule, .day = *out = calloc(1, sizeof **out)};
    if (!*out) return BJ_ERR_FULL;
    bj_status_t status = make_room(&merger, files, file_cnt) ? BJ_OK : BJ_ERR_FULL;
    for (int pass = 0; pass < PASS_CNT && status == BJ_OK; pass++) {
        for (size_t i = 0; i < file_cnt && status == BJ_OK; i++) {
            merger.file = files[i];
            if (files[i]->row_cnt && (int)pass_of(files[i]->kind) == pass) {
                status = take_file(&merger, (pass_t)pass);
            }
        }
    }
    if (status == BJ_OK && !number_streams(*out)) status = BJ_ERR_FULL;
    free(merger.from);
    free(merger.instruments.slot);
    free(merger.rows.slot);
    if (status == BJ_OK && rule->mode == BJ_REF_STRICT && (*out)->report.error_cnt) {
        (*out)->row_cnt = (*out)->stream_cnt = (*out)->instrument_cnt = 0;
        return BJ_ERR_CONFIG;
    }
    if (status != BJ_OK) bj_ref_day_free(*out), *out = NULL;
    return status;
}

void bj_ref_day_free(bj_ref_day_t *day) {
    if (!day) return;
    free(day->streams);
    free(day->rows);
    free(day->instruments);
    free(day);
}
