/* Masters: contract.txt and security.txt by the indexes of nse.md 4.1 and 4.2, the CSV ones of 4.3
 * by the names of their columns. */
#include <stdio.h>

#include "dataplane/refdata/bj_refdata_priv.h"

#define AT(f) BJ_REF_COL(bj_ref_instrument_t, f)
#define AT_C(f) offsetof(bj_ref_instrument_t, contract.f), sizeof(((bj_ref_contract_t *)0)->f)
#define FIXED BJ_REF_FIXED
#define WORD BJ_REF_WORD
#define MUST BJ_REF_MUST
#define EMPTY BJ_REF_EMPTY
#define MAY BJ_REF_MAY
#define ISSUE_MAX INT64_C(1000000000000000)
#define PRICE 0, 0, INT32_MAX, NULL
#define NO_NUMBER 0, 0, 0, NULL

static const bj_ref_column_t contract_columns[] = {
    {"token", 0, FIXED, MUST, AT(token), 0, 1, INT32_MAX, NULL},
    {"asset token", 1, FIXED, EMPTY, AT(asset_token), 0, -1, INT32_MAX, NULL},
    {"instrument", 2, WORD, MUST, AT_C(instrument), NO_NUMBER},
    {"symbol", 3, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"expiry", 6, FIXED, MUST, AT_C(expiry_s), 0, 0, UINT32_MAX, NULL},
    {"strike", 7, FIXED, MUST, AT_C(strike_paise), 0, -1, INT32_MAX, NULL},
    {"option type", 8, BJ_REF_CALL_PUT, EMPTY, AT_C(option), NO_NUMBER},
    {"permitted to trade", 12, FIXED, MUST, AT(permitted), 0, 0, 9, NULL},
    {"normal market status", 14, FIXED, EMPTY, AT(market_status), 0, 0, 9, NULL},
    {"normal market eligible", 15, FIXED, EMPTY, AT(market_eligible), 0, 0, 9, NULL},
    {"board lot", 31, FIXED, MUST, AT(lot_qty), PRICE},
    {"tick size", 32, FIXED, MUST, AT(tick_paise), PRICE},
    {"issued capital", 33, FIXED, EMPTY, AT(issued_qty), 0, 0, ISSUE_MAX, NULL},
    {"freeze quantity", 34, FIXED, EMPTY, AT(freeze_qty), 0, 0, INT64_MAX, NULL},
    {"low price range", 42, FIXED, EMPTY, AT(band_lo_paise), PRICE},
    {"high price range", 43, FIXED, EMPTY, AT(band_hi_paise), PRICE},
    {"name", 53, BJ_REF_TEXT, EMPTY, AT(name), NO_NUMBER},
    {"settlement", 63, BJ_REF_CASH_PHYSICAL, EMPTY, AT(settlement), NO_NUMBER},
    {"asset symbol", 65, WORD, EMPTY, AT(asset_symbol), NO_NUMBER},
    {"base price", 67, FIXED, EMPTY, AT(prev_close_paise), PRICE},
    {"delete flag", 68, BJ_REF_YES_NO, EMPTY, AT(flags), NO_NUMBER},
};

/* The file says fields from 1.  From "delete flag" on they are counted from the end, where the ISIN
 * stands: readers do not agree how many there are. */
static const bj_ref_column_t security_columns[] = {
    {"token", 0, FIXED, MUST, AT(token), 0, 1, INT32_MAX, NULL},
    {"symbol", 1, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"series", 2, WORD, MUST, AT_C(series), NO_NUMBER},
    {"instrument type", 3, FIXED, MUST, AT(security_type), 0, 0, 99, NULL},
    {"issued capital", 4, FIXED, EMPTY, AT(issued_qty), 0, 0, ISSUE_MAX, NULL},
    {"permitted to trade", 5, FIXED, MUST, AT(permitted), 0, 0, 2, NULL},
    {"price range", 6, BJ_REF_RANGE, EMPTY, AT(band_lo_paise), NO_NUMBER},
    {"normal market status", 7, FIXED, EMPTY, AT(market_status), 0, 0, 9, NULL},
    {"normal market eligible", 8, FIXED, EMPTY, AT(market_eligible), 0, 0, 9, NULL},
    {"board lot", 19, FIXED, MUST, AT(lot_qty), PRICE},
    {"tick size", 20, FIXED, MUST, AT(tick_paise), PRICE},
    {"name", 21, BJ_REF_TEXT, EMPTY, AT(name), NO_NUMBER},
    {"freeze percent", 26, FIXED, EMPTY, AT(freeze_qty), 0, 0, 1000000, NULL},
    {"delete flag", -3, BJ_REF_YES_NO, EMPTY, AT(flags), NO_NUMBER},
    {"face value", -2, FIXED, EMPTY, AT(face_value_paise), PRICE},
    {"ISIN", -1, BJ_REF_ISIN, MUST, AT(isin), NO_NUMBER},
};

static const bj_ref_column_t mii_fo_columns[] = {
    {"FinInstrmId", 0, FIXED, MUST, AT(token), 0, 1, INT32_MAX, NULL},
    {"UndrlygFinInstrmId", 0, FIXED, EMPTY, AT(asset_token), 0, -1, INT32_MAX, NULL},
    {"FinInstrmNm", 0, WORD, MUST, AT_C(instrument), NO_NUMBER},
    {"TckrSymb", 0, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"XpryDt", 0, FIXED, MUST, AT_C(expiry_s), 0, 0, UINT32_MAX, NULL},
    {"StrkPric", 0, FIXED, MUST, AT_C(strike_paise), 0, -1, INT32_MAX, NULL},
    {"OptnTp", 0, BJ_REF_CALL_PUT, EMPTY, AT_C(option), NO_NUMBER},
    {"NewBrdLotQty", 0, FIXED, MUST, AT(lot_qty), PRICE},
    {"BidIntrvl", 0, FIXED, MUST, AT(tick_paise), PRICE},
    {"PrtdToTrad", 0, FIXED, MAY, AT(permitted), 0, 0, 9, NULL},
    {"StockNm", 0, BJ_REF_TEXT, MAY, AT(name), NO_NUMBER},
    {"DelFlg", 0, BJ_REF_YES_NO, MAY, AT(flags), NO_NUMBER},
};

static const bj_ref_column_t mii_cm_columns[] = {
    {"FinInstrmId", 0, FIXED, MUST, AT(token), 0, 1, INT32_MAX, NULL},
    {"TckrSymb", 0, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"SctySrs", 0, WORD, MUST, AT_C(series), NO_NUMBER},
    {"FinInstrmNm", 0, BJ_REF_TEXT, EMPTY, AT(name), NO_NUMBER},
    {"ISIN", 0, BJ_REF_ISIN, MUST, AT(isin), NO_NUMBER},
    {"NewBrdLotQty", 0, FIXED, MUST, AT(lot_qty), PRICE},
    {"BidIntrvl", 0, FIXED, MUST, AT(tick_paise), PRICE},
    {"SctyTpFlg", 0, FIXED, MAY, AT(security_type), 0, 0, 99, NULL},
    {"ParVal", 0, FIXED, MAY, AT(face_value_paise), PRICE},
    {"IssdCptl", 0, FIXED, MAY, AT(issued_qty), 0, 0, ISSUE_MAX, NULL},
    {"PrtdToTrad", 0, FIXED, MAY, AT(permitted), 0, 0, 2, NULL},
    {"PricRg", 0, BJ_REF_RANGE, MAY, AT(band_lo_paise), NO_NUMBER},
    {"SctyStsNrmlMkt", 0, FIXED, MAY, AT(market_status), 0, 0, 9, NULL},
    {"ElgbltyNrmlMkt", 0, FIXED, MAY, AT(market_eligible), 0, 0, 9, NULL},
    {"MaxTradQtyPctg", 0, FIXED, MAY, AT(freeze_qty), 0, 0, 1000000, NULL},
    {"DelFlg", 0, BJ_REF_YES_NO, MAY, AT(flags), NO_NUMBER},
};

static void neat_head(bj_ref_reader_t *reader, char *const *field, size_t field_cnt) {
    const char *want = reader->format->kind == BJ_REF_CONTRACT ? "NEATFO" : "NEATCM";
    if (field_cnt < 2 || strcmp(field[0], want)) {
        bj_ref_complain(reader, "file", "must begin with %s|version|", want);
    }
    reader->fatal = reader->bad;
}

static bool has(const bj_ref_reader_t *reader, const char *name) {
    for (size_t c = 0; c < reader->format->column_cnt; c++) {
        if (!strcmp(reader->format->columns[c].name, name)) {
            return reader->at[c] != BJ_REF_NOWHERE;
        }
    }
    return false;
}

/* What may trade needs a tick and a lot: orders are checked by them. */
static void check_terms(bj_ref_reader_t *reader, bj_ref_instrument_t *row) {
    bool csv = reader->format->named;
    if (csv && !has(reader, "PrtdToTrad")) row->permitted = 1;
    if (row->asset_token == UINT32_MAX) row->asset_token = 0; /* -1: none */
    if (row->permitted == 1 && !(row->flags & BJ_REF_DELETED)) {
        if (!row->tick_paise) {
            bj_ref_complain(reader, csv ? "BidIntrvl" : "tick size", "must be above 0");
        }
        if (!row->lot_qty) {
            bj_ref_complain(reader, csv ? "NewBrdLotQty" : "board lot", "must be above 0");
        }
    }
    if (row->band_lo_paise > row->band_hi_paise) {
        bj_ref_complain(reader, "low price range", "%d is above the high one, %d",
                        row->band_lo_paise, row->band_hi_paise);
    }
}

static void check_derivative(bj_ref_reader_t *reader, void *at) {
    bj_ref_instrument_t *row = at;
    bool csv = reader->format->named;
    row->line = reader->line;
    row->contract.segment = reader->file->segment;
    check_terms(reader, row);
    bj_ref_check_contract(reader, &row->contract, csv ? "XpryDt" : "expiry",
                          csv ? "StrkPric" : "strike", csv ? "OptnTp" : "option type");
}

/* The freeze quantity is a share of the issue: value / 10000 of it. */
static void check_security(bj_ref_reader_t *reader, void *at) {
    bj_ref_instrument_t *row = at;
    row->line = reader->line;
    row->contract.segment = reader->file->segment;
    row->contract.type = BJ_REF_EQUITY;
    snprintf(row->contract.instrument, sizeof row->contract.instrument, "EQUITY");
    if (!row->isin[0]) row->flags |= BJ_REF_TEST;
    int64_t share = row->freeze_qty, issued = row->issued_qty; /* both have their bounds */
    row->freeze_qty = issued / 10000 * share + issued % 10000 * share / 10000;
    check_terms(reader, row);
}

#define MASTER(k, sep, s, lo, hi, cols, fn) \
    {.kind = k, .comma = sep, .named = sep == ',', .segment = s, .field_min = lo, .field_max = hi, \
     .row_bytes = sizeof(bj_ref_instrument_t), .columns = cols, .column_cnt = BJ_COUNT(cols), \
     .check = fn, .head = neat_head}
const bj_ref_format_t bj_ref_contract_format = MASTER(
    BJ_REF_CONTRACT, '|', BJ_SEGMENT_FO, 69, BJ_REF_FIELD_MAX, contract_columns, check_derivative);
const bj_ref_format_t bj_ref_security_format =
    MASTER(BJ_REF_SECURITY, '|', BJ_SEGMENT_CM, 54, 55, security_columns, check_security);
const bj_ref_format_t bj_ref_mii_fo_format =
    MASTER(BJ_REF_MII_FO, ',', BJ_SEGMENT_FO, 0, 0, mii_fo_columns, check_derivative);
const bj_ref_format_t bj_ref_mii_cm_format =
    MASTER(BJ_REF_MII_CM, ',', BJ_SEGMENT_CM, 0, 0, mii_cm_columns, check_security);
