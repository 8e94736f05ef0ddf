/* Bhavcopies (nse.md 4.4), all by the names of their columns. */
#include <stdio.h>

#include "dataplane/refdata/bj_refdata_priv.h"

#define AT(f) BJ_REF_COL(bj_ref_eod_t, f)
#define AT_C(f) offsetof(bj_ref_eod_t, contract.f), sizeof(((bj_ref_contract_t *)0)->f)
#define FIXED BJ_REF_FIXED
#define WORD BJ_REF_WORD
#define MUST BJ_REF_MUST
#define EMPTY BJ_REF_EMPTY
#define MAY BJ_REF_MAY
#define RUPEES 2, 0, INT32_MAX, NULL
#define MONEY 2, 0, INT64_MAX, NULL
#define LAKHS 7, 0, INT64_MAX, NULL
#define COUNT 0, 0, INT64_MAX, NULL
#define NO_NUMBER 0, 0, 0, NULL

static const bj_ref_column_t udiff_columns[] = {
    {"TradDt", 0, BJ_REF_DAY_ISO, MUST, AT(day), NO_NUMBER},
    {"Sgmt", 0, BJ_REF_SEGMENT, MUST, AT_C(segment), NO_NUMBER},
    {"FinInstrmTp", 0, WORD, MUST, AT_C(instrument), NO_NUMBER},
    {"FinInstrmId", 0, FIXED, MUST, AT(token), 0, 1, INT32_MAX, NULL},
    {"TckrSymb", 0, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"SctySrs", 0, WORD, EMPTY, AT_C(series), NO_NUMBER},
    {"XpryDt", 0, BJ_REF_DAY_ISO, EMPTY, AT_C(expiry_day), NO_NUMBER},
    {"StrkPric", 0, FIXED, EMPTY, AT_C(strike_paise), RUPEES},
    {"OptnTp", 0, BJ_REF_CALL_PUT, EMPTY, AT_C(option), NO_NUMBER},
    {"OpnPric", 0, FIXED, EMPTY, AT(open_paise), RUPEES},
    {"HghPric", 0, FIXED, EMPTY, AT(high_paise), RUPEES},
    {"LwPric", 0, FIXED, EMPTY, AT(low_paise), RUPEES},
    {"ClsPric", 0, FIXED, EMPTY, AT(close_paise), RUPEES},
    {"LastPric", 0, FIXED, EMPTY, AT(last_paise), RUPEES},
    {"PrvsClsgPric", 0, FIXED, EMPTY, AT(prev_close_paise), RUPEES},
    {"UndrlygPric", 0, FIXED, EMPTY, AT(underlying_paise), RUPEES},
    {"SttlmPric", 0, FIXED, EMPTY, AT(settle_paise), RUPEES},
    {"OpnIntrst", 0, FIXED, EMPTY, AT(open_interest), COUNT},
    {"ChngInOpnIntrst", 0, FIXED, EMPTY, AT(open_interest_change), 0, INT64_MIN, INT64_MAX, NULL},
    {"TtlTradgVol", 0, FIXED, EMPTY, AT(qty), COUNT},
    {"TtlTrfVal", 0, FIXED, EMPTY, AT(value_paise), MONEY},
    {"TtlNbOfTxsExctd", 0, FIXED, EMPTY, AT(trade_cnt), COUNT},
    {"ISIN", 0, BJ_REF_ISIN, EMPTY, AT(isin), NO_NUMBER},
};

/* SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,TOTALTRADES,
 * ISIN, */
static const bj_ref_column_t old_cm_columns[] = {
    {"SYMBOL", 0, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"SERIES", 0, WORD, MUST, AT_C(series), NO_NUMBER},
    {"OPEN", 0, FIXED, MUST, AT(open_paise), RUPEES},
    {"HIGH", 0, FIXED, MUST, AT(high_paise), RUPEES},
    {"LOW", 0, FIXED, MUST, AT(low_paise), RUPEES},
    {"CLOSE", 0, FIXED, MUST, AT(close_paise), RUPEES},
    {"LAST", 0, FIXED, EMPTY, AT(last_paise), RUPEES},
    {"PREVCLOSE", 0, FIXED, MUST, AT(prev_close_paise), RUPEES},
    {"TOTTRDQTY", 0, FIXED, MUST, AT(qty), COUNT},
    {"TOTTRDVAL", 0, FIXED, MUST, AT(value_paise), MONEY},
    {"TIMESTAMP", 0, BJ_REF_DAY_MON, MUST, AT(day), NO_NUMBER},
    {"TOTALTRADES", 0, FIXED, MAY, AT(trade_cnt), COUNT},
    {"ISIN", 0, BJ_REF_ISIN, MAY, AT(isin), NO_NUMBER},
};

static const bj_ref_column_t old_fo_columns[] = {
    {"INSTRUMENT", 0, WORD, MUST, AT_C(instrument), NO_NUMBER},
    {"SYMBOL", 0, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"EXPIRY_DT", 0, BJ_REF_DAY_MON, MUST, AT_C(expiry_day), NO_NUMBER},
    {"STRIKE_PR", 0, FIXED, MUST, AT_C(strike_paise), RUPEES},
    {"OPTION_TYP", 0, BJ_REF_CALL_PUT, MUST, AT_C(option), NO_NUMBER},
    {"OPEN", 0, FIXED, MUST, AT(open_paise), RUPEES},
    {"HIGH", 0, FIXED, MUST, AT(high_paise), RUPEES},
    {"LOW", 0, FIXED, MUST, AT(low_paise), RUPEES},
    {"CLOSE", 0, FIXED, MUST, AT(close_paise), RUPEES},
    {"SETTLE_PR", 0, FIXED, MUST, AT(settle_paise), RUPEES},
    {"CONTRACTS", 0, FIXED, MUST, AT(qty), COUNT},
    {"VAL_INLAKH", 0, FIXED, MUST, AT(value_paise), LAKHS},
    {"OPEN_INT", 0, FIXED, MUST, AT(open_interest), COUNT},
    {"CHG_IN_OI", 0, FIXED, MUST, AT(open_interest_change), 0, INT64_MIN, INT64_MAX, NULL},
    {"TIMESTAMP", 0, BJ_REF_DAY_MON, MUST, AT(day), NO_NUMBER},
};

static const bj_ref_column_t full_cm_columns[] = {
    {"SYMBOL", 0, WORD, MUST, AT_C(symbol), NO_NUMBER},
    {"SERIES", 0, WORD, MUST, AT_C(series), NO_NUMBER},
    {"DATE1", 0, BJ_REF_DAY_MON, MUST, AT(day), NO_NUMBER},
    {"PREV_CLOSE", 0, FIXED, MUST, AT(prev_close_paise), RUPEES},
    {"OPEN_PRICE", 0, FIXED, MUST, AT(open_paise), RUPEES},
    {"HIGH_PRICE", 0, FIXED, MUST, AT(high_paise), RUPEES},
    {"LOW_PRICE", 0, FIXED, MUST, AT(low_paise), RUPEES},
    {"LAST_PRICE", 0, FIXED, EMPTY, AT(last_paise), RUPEES},
    {"CLOSE_PRICE", 0, FIXED, MUST, AT(close_paise), RUPEES},
    {"TTL_TRD_QNTY", 0, FIXED, MUST, AT(qty), COUNT},
    {"TURNOVER_LACS", 0, FIXED, MUST, AT(value_paise), LAKHS},
    {"NO_OF_TRADES", 0, FIXED, MUST, AT(trade_cnt), COUNT},
    {"DELIV_QTY", 0, BJ_REF_FIXED_OR_DASH, MUST, AT(delivered_qty), COUNT},
};

void bj_ref_check_day(bj_ref_reader_t *reader, const char *field, int32_t day) {
    if (!reader->file->day) reader->file->day = day;
    if (reader->file->day == day) return;
    bj_ref_complain(reader, field, "is another day than on the lines before");
}

static void check_prices(bj_ref_reader_t *reader, bj_ref_eod_t *row, const char *low_field) {
    row->line = reader->line;
    if (row->qty == 0) return; /* not traded: 0, or yesterday's */
    if (row->low_paise <= row->open_paise && row->open_paise <= row->high_paise) return;
    bj_ref_complain(reader, low_field, "low %d, open %d, high %d paise are not in this order",
                    row->low_paise, row->open_paise, row->high_paise);
}

static void check_udiff(bj_ref_reader_t *reader, void *at) {
    bj_ref_eod_t *row = at;
    row->delivered_qty = -1;
    if (row->contract.segment == BJ_SEGMENT_CM) row->contract.expiry_day = 0; /* of a bond */
    check_prices(reader, row, "LwPric");
    bj_ref_check_day(reader, "TradDt", row->day);
    bj_ref_check_contract(reader, &row->contract, "XpryDt", "StrkPric", "OptnTp");
}

static void check_cm(bj_ref_reader_t *reader, bj_ref_eod_t *row, const char *low, const char *day) {
    row->contract.segment = BJ_SEGMENT_CM;
    row->contract.type = BJ_REF_EQUITY;
    snprintf(row->contract.instrument, sizeof row->contract.instrument, "EQUITY");
    check_prices(reader, row, low);
    bj_ref_check_day(reader, day, row->day);
}

static void check_old_cm(bj_ref_reader_t *reader, void *at) {
    ((bj_ref_eod_t *)at)->delivered_qty = -1;
    check_cm(reader, at, "LOW", "TIMESTAMP");
}

static void check_full_cm(bj_ref_reader_t *reader, void *at) {
    check_cm(reader, at, "LOW_PRICE", "DATE1");
}

static void check_old_fo(bj_ref_reader_t *reader, void *at) {
    bj_ref_eod_t *row = at;
    row->delivered_qty = -1;
    row->contract.segment = BJ_SEGMENT_FO;
    check_prices(reader, row, "LOW");
    bj_ref_check_day(reader, "TIMESTAMP", row->day);
    bj_ref_check_contract(reader, &row->contract, "EXPIRY_DT", "STRIKE_PR", "OPTION_TYP");
}

#define EOD(k, s, cols, fn) \
    {.kind = k, .comma = ',', .named = true, .segment = s, .row_bytes = sizeof(bj_ref_eod_t), \
     .columns = cols, .column_cnt = BJ_COUNT(cols), .check = fn}
const bj_ref_format_t bj_ref_udiff_format = EOD(BJ_REF_UDIFF, 0, udiff_columns, check_udiff);
const bj_ref_format_t bj_ref_old_cm_format =
    EOD(BJ_REF_OLD_CM, BJ_SEGMENT_CM, old_cm_columns, check_old_cm);
const bj_ref_format_t bj_ref_old_fo_format =
    EOD(BJ_REF_OLD_FO, BJ_SEGMENT_FO, old_fo_columns, check_old_fo);
const bj_ref_format_t bj_ref_full_cm_format =
    EOD(BJ_REF_FULL_CM, BJ_SEGMENT_CM, full_cm_columns, check_full_cm);
