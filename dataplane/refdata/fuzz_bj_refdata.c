/* Any bytes as any kind of file, or a golden file with some bytes replaced and runs cut out: rows
 * and errors agree, every row that is let through is what the header promises, and what is merged
 * with the other golden files still holds together.  Run from the repository's root. */
#include "dataplane/refdata/test_refdata_bed.h"

static void check_text(const char *text, size_t text_bytes) {
    size_t n = strnlen(text, text_bytes);
    assert(n < text_bytes);
    for (size_t i = 0; i < n; i++) assert(text[i] >= ' ' && text[i] <= '~');
}

static void check_contract(const bj_ref_contract_t *contract) {
    assert(contract->segment >= 1 && contract->segment <= BJ_SEGMENT_CNT);
    check_text(contract->symbol, sizeof contract->symbol);
    check_text(contract->series, sizeof contract->series);
    check_text(contract->instrument, sizeof contract->instrument);
    assert(contract->symbol[0] && contract->strike_paise >= 0);
    bool option = contract->type == BJ_REF_OPTION;
    if (option) assert(contract->option == 'C' || contract->option == 'P');
    if (contract->type) assert(option == (contract->strike_paise > 0));
    if (contract->type) assert((contract->type != BJ_REF_EQUITY) == (contract->expiry_day > 0));
}

static void check_instrument(const bj_ref_instrument_t *row) {
    check_contract(&row->contract);
    check_text(row->name, sizeof row->name);
    assert(row->token > 0 && row->token <= INT32_MAX && row->freeze_qty >= 0);
    assert(row->band_lo_paise >= 0 && row->band_lo_paise <= row->band_hi_paise);
    assert(row->tick_paise >= 0 && row->lot_qty >= 0 && row->prev_close_paise >= 0);
    bool trades = row->permitted == 1 && !(row->flags & BJ_REF_DELETED);
    assert(!trades || (row->tick_paise && row->lot_qty));
    assert(!row->isin[0] || bj_ref_isin(row->isin));
}

static void check_file(const bj_ref_file_t *file, bj_status_t status, bj_ref_mode_t mode) {
    const bj_ref_report_t *report = &file->report;
    assert(report->kept_cnt <= BJ_REF_ERROR_MAX && report->kept_cnt <= report->error_cnt);
    assert(report->bad_line_cnt <= report->line_cnt);
    assert(status == BJ_OK || (file->row_cnt == 0 && report->error_cnt > 0));
    if (mode == BJ_REF_STRICT) assert((status == BJ_OK) == (report->error_cnt == 0));
    for (uint32_t i = 0; i < report->kept_cnt; i++) {
        char sentence[BJ_REF_SENTENCE_BYTES];
        check_text(bj_ref_sentence(&report->kept[i], sentence), BJ_REF_SENTENCE_BYTES);
    }
    for (size_t i = 0; i < file->row_cnt; i++) {
        if (file->instruments) check_instrument(&file->instruments[i]);
        if (file->eods) check_contract(&file->eods[i].contract);
        if (file->eods) assert(file->eods[i].day == file->day && file->eods[i].low_paise >= 0);
        if (!file->streams) continue;
        const bj_ref_stream_t *row = &file->streams[i];
        assert(row->stream_id >= 1 && row->stream_id <= BJ_REF_STREAM_MAX);
        if (!row->spread) check_contract(&row->contract);
        assert(row->spread ? row->leg[0] && row->leg[1] : row->token > 0);
    }
}

static void check_merge(const bj_ref_file_t *file, const bj_ref_file_t *const *golden) {
    bj_ref_day_t *day;
    const bj_ref_file_t *files[BJ_COUNT(bed_names)];
    size_t cnt = 0;
    for (size_t i = 0; i < BJ_COUNT(bed_names); i++) {
        if (bed_kinds[i] < BJ_REF_MII_FO && golden[i]->kind != file->kind) files[cnt++] = golden[i];
    }
    files[cnt++] = file;
    for (int mode = BJ_REF_STRICT; mode <= BJ_REF_LENIENT; mode++) {
        bj_ref_merge_rule_t rule = {.mode = (bj_ref_mode_t)mode,
                                    .spread_token = BJ_REF_SPREAD_LEG1};
        bj_status_t status = bj_ref_merge(files, cnt, &rule, &day);
        assert(status == BJ_OK || day->row_cnt == 0);
        for (size_t i = 0; i < day->row_cnt; i++) {
            const bj_ref_day_row_t *row = &day->rows[i];
            assert(row->stream_idx < day->stream_cnt && row->token > 0);
            assert(day->streams[row->stream_idx].stream_id == row->stream_id);
            assert(row->spread == (row->instrument_idx == BJ_REF_NONE));
            assert(row->spread || day->instruments[row->instrument_idx].token == row->token);
        }
        bj_ref_day_free(day);
    }
}

/* Four bytes an edit: where, and a byte to put there; or, below 16, how many to cut out. */
static size_t edit(char *text, size_t text_bytes, const uint8_t *data, size_t data_bytes) {
    for (size_t i = 0; i + 4 <= data_bytes && text_bytes; i += 4) {
        size_t at = (data[i] | (size_t)data[i + 1] << 8) % text_bytes, cut = data[i + 2] + 1u;
        if (data[i + 3] >= 16 || data[i + 3] == '\n') {
            text[at] = (char)data[i + 3];
            continue;
        }
        if (cut > text_bytes - at) cut = text_bytes - at;
        memmove(text + at, text + at + cut, text_bytes - at - cut);
        text_bytes -= cut;
    }
    return text_bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bj_ref_file_t *golden[BJ_COUNT(bed_names)];
    for (size_t i = 0; !golden[BJ_COUNT(bed_names) - 1] && i < BJ_COUNT(bed_names); i++) {
        golden[i] = bed_load(bed_names[i]);
    }
    if (data_bytes < 2) return 0;
    char text[BED_BYTES];
    size_t which = data[0] % (BJ_COUNT(bed_names) + 1), n;
    bj_ref_kind_t kind = data[1] & 1 ? BJ_REF_ANY : (bj_ref_kind_t)(data[1] / 2 % BJ_REF_KIND_CNT);
    const char *name = which < BJ_COUNT(bed_names) ? bed_names[which] : "cm_x_stream_info.csv";
    if (which < BJ_COUNT(bed_names)) {
        n = edit(text, bed_slurp(name, text), data + 2, data_bytes - 2);
    } else {
        n = data_bytes - 2 < sizeof text ? data_bytes - 2 : sizeof text;
        memcpy(text, data + 2, n);
    }
    for (int mode = BJ_REF_STRICT; mode <= BJ_REF_LENIENT; mode++) {
        bj_ref_file_t *file;
        bj_status_t status = bj_ref_parse(name, text, n, kind, (bj_ref_mode_t)mode, &file);
        check_file(file, status, (bj_ref_mode_t)mode);
        if (status == BJ_OK) check_merge(file, (const bj_ref_file_t *const *)golden);
        bj_ref_free(file);
    }
    return 0;
}
