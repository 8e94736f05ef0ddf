#include "dataplane/main/bj_contracts.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/nnf/bj_nnf_time.h"
#include "dataplane/refdata/bj_refdata.h"

enum { SYMBOL_CHARS = 10, INSTRUMENT_CHARS = 6, SAID_MAX = 8 };

typedef struct reading {
    const bj_config_t *config;
    const char *file;
    int32_t  today;
    size_t   of_cnt;
    uint32_t expired_cnt, cnt, underlying_cnt;
    uint32_t underlyings[BJ_ENGINE_UNDERLYINGS];
    bj_contract_t *rows;
} reading_t;

static bool is_wanted(reading_t *r, const bj_ref_instrument_t *is) {
    const bj_ref_contract_t *c = &is->contract;
    bool contract = c->type == BJ_REF_FUTURE || c->type == BJ_REF_OPTION;
    bool named = !r->of_cnt;
    for (size_t i = 0; i < r->of_cnt && !named; i++)
        named = strcmp(bj_config_item_str(r->config, "contracts_of", i), c->symbol) == 0;
    if (!contract || !named || is->permitted != 1 || (is->flags & BJ_REF_DELETED)) return false;
    if (c->expiry_day >= r->today) return true;
    r->expired_cnt++;
    return false;
}

/* NULL, or what is missing for it to trade here. */
static const char *row_wrong(const bj_ref_instrument_t *is) {
    const bj_ref_contract_t *c = &is->contract;
    if (strlen(c->symbol) > SYMBOL_CHARS) return "symbol: longer than 10, NNF has no room";
    if (strlen(c->instrument) > INSTRUMENT_CHARS) return "instrument: longer than 6";
    if (!c->expiry_s) return "expiry: the second must be there, only contract.txt has it";
    if (!is->band_lo_paise || is->band_hi_paise <= is->band_lo_paise)
        return "price range: must be there, low below high";
    if (is->prev_close_paise <= 0) return "base price: must be there";
    if (is->freeze_qty < is->lot_qty) return "freeze quantity: must be a lot or more";
    return NULL;
}

static void row_fill(const bj_ref_instrument_t *is, bj_contract_t *row) {
    const bj_ref_contract_t *c = &is->contract;
    bool option = c->type == BJ_REF_OPTION;
    int64_t freeze_qty = is->freeze_qty < INT32_MAX ? is->freeze_qty : INT32_MAX;
    *row = (bj_contract_t){
        .underlying = is->asset_token, .put = option && c->option == 'P',
        .nnf = {.token = is->token, .expiry_s = (int32_t)c->expiry_s,
                .strike_paise = option ? c->strike_paise : -1},
        .terms = {.tick_paise = is->tick_paise, .lot_qty = is->lot_qty,
                  .band_lo_paise = is->band_lo_paise, .band_hi_paise = is->band_hi_paise,
                  .prev_close_paise = is->prev_close_paise,
                  .freeze_qty = (int32_t)(freeze_qty / is->lot_qty * is->lot_qty)}};
    memcpy(row->nnf.symbol, c->symbol, strlen(c->symbol));
    memcpy(row->nnf.instrument, c->instrument, strlen(c->instrument));
    snprintf(row->nnf.option_type, sizeof row->nnf.option_type, "%s",
             !option ? "XX" : c->option == 'C' ? "CE" : "PE");
    char token[12];
    int digits = snprintf(token, sizeof token, "-%u", is->token);
    snprintf(row->terms.symbol, sizeof row->terms.symbol, "%.*s%s",
             (int)sizeof row->terms.symbol - 1 - digits, c->symbol, token);
}

static bool underlying_take(reading_t *r, uint32_t token) {
    uint32_t at = 0;
    while (at < r->underlying_cnt && r->underlyings[at] != token)
        at++;
    if (at < r->underlying_cnt || !token) return true;
    if (at == BJ_ENGINE_UNDERLYINGS) return false;
    r->underlyings[r->underlying_cnt++] = token;
    return true;
}

static bool row_take(reading_t *r, const bj_ref_instrument_t *is) {
    if (!is_wanted(r, is)) return true;
    const char *wrong = row_wrong(is);
    if (!wrong && r->cnt == BJ_CONTRACTS_MAX) wrong = "more than 2048 contracts";
    if (!wrong && !underlying_take(r, is->asset_token)) wrong = "more than 64 underlyings";
    if (wrong) {
        BJ_ERROR("contracts_file %s:%u: %s (contracts_of says which underlyings to take)", r->file,
                 is->line, wrong);
        return false;
    }
    row_fill(is, &r->rows[r->cnt++]);
    return true;
}

static bool rows_take(reading_t *r, const bj_ref_file_t *file) {
    bool ok = true;
    r->rows = calloc(BJ_CONTRACTS_MAX, sizeof *r->rows);
    if (!r->rows) return false;
    for (size_t i = 0; i < file->row_cnt && ok; i++)
        ok = row_take(r, &file->instruments[i]);
    if (ok && !r->cnt) {
        BJ_ERROR("contracts_file %s: none to take, %u have expired", r->file, r->expired_cnt);
        ok = false;
    }
    if (ok) BJ_INFO("%u contracts of %s, %u have expired", r->cnt, r->file, r->expired_cnt);
    if (ok) return true;
    free(r->rows);
    r->rows = NULL;
    return false;
}

static void say_bad(const bj_ref_file_t *file) {
    char text[BJ_REF_SENTENCE_BYTES];
    for (uint32_t i = 0; i < file->report.kept_cnt && i < SAID_MAX; i++)
        BJ_ERROR("contracts_file: %s", bj_ref_sentence(&file->report.kept[i], text));
}

bool bj_contracts_read(const bj_config_t *config, int64_t now_wall_ns, bj_contract_t **rows,
                       uint32_t *row_cnt) {
    bj_ref_file_t *file = NULL;
    reading_t r = {.config = config, .file = bj_config_str_or(config, "contracts_file", NULL),
                   .today = (int32_t)bj_nnf_day(bj_nnf_seconds(now_wall_ns)),
                   .of_cnt = bj_config_cnt(config, "contracts_of")};
    *rows = NULL, *row_cnt = 0;
    if (!r.file) return true;
    bj_status_t status = bj_ref_load(r.file, BJ_REF_CONTRACT, BJ_REF_STRICT, &file);
    bool ok = status == BJ_OK && rows_take(&r, file);
    if (status != BJ_OK) BJ_ERROR("contracts_file %s: %s", r.file, bj_status_text(status));
    if (status != BJ_OK && file) say_bad(file);
    bj_ref_free(file);
    *rows = r.rows;
    *row_cnt = ok ? r.cnt : 0;
    return ok;
}
