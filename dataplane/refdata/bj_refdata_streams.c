/* Stream files (nse.md 1.7), and what is common to all contracts. */
#include "dataplane/refdata/bj_refdata_priv.h"

#define AT(f) BJ_REF_COL(bj_ref_stream_t, f)
#define AT_C(f) offsetof(bj_ref_stream_t, contract.f), sizeof(((bj_ref_contract_t *)0)->f)

/* C,StreamID,Token,Instrument,Symbol,Expiry,Strike,OptionType-or-Series, */
static const bj_ref_column_t stream_columns[] = {
    {"row", 0, BJ_REF_EXACTLY, BJ_REF_MUST, 0, 0, 0, 0, 0, "C"},
    {"StreamID", 1, BJ_REF_FIXED, BJ_REF_MUST, AT(stream_id), 0, 1, BJ_REF_STREAM_MAX, NULL},
    {"Token", 2, BJ_REF_FIXED, BJ_REF_MUST, AT(token), 0, 1, INT32_MAX, NULL},
    {"Instrument", 3, BJ_REF_WORD, BJ_REF_MUST, AT_C(instrument), 0, 0, 0, NULL},
    {"Symbol", 4, BJ_REF_WORD, BJ_REF_MUST, AT_C(symbol), 0, 0, 0, NULL},
    {"Expiry", 5, BJ_REF_FIXED, BJ_REF_MUST, AT_C(expiry_s), 0, 0, UINT32_MAX, NULL},
    {"Strike", 6, BJ_REF_FIXED, BJ_REF_MUST, AT_C(strike_paise), 0, -1, INT32_MAX, NULL},
    {"OptionType-or-Series", 7, BJ_REF_WORD, BJ_REF_MUST, AT_C(series), 0, 0, 0, NULL},
};

/* P,StreamID,Token1,Token2,  The feed's spread messages carry a token of the pair's own, and these
 * rows have none; a fifth field is ours. */
static const bj_ref_column_t spread_columns[] = {
    {"row", 0, BJ_REF_EXACTLY, BJ_REF_MUST, 0, 0, 0, 0, 0, "P"},
    {"StreamID", 1, BJ_REF_FIXED, BJ_REF_MUST, AT(stream_id), 0, 1, BJ_REF_STREAM_MAX, NULL},
    {"Token1", 2, BJ_REF_FIXED, BJ_REF_MUST, AT(leg[0]), 0, 1, INT32_MAX, NULL},
    {"Token2", 3, BJ_REF_FIXED, BJ_REF_MUST, AT(leg[1]), 0, 1, INT32_MAX, NULL},
    {"Token", 4, BJ_REF_FIXED, BJ_REF_MAY, AT(token), 0, 1, INT32_MAX, NULL},
};

/* date-in-seconds-since-1980,count, */
static void stream_head(bj_ref_reader_t *reader, char *const *field, size_t field_cnt) {
    int64_t exch_s = 0, count = 0;
    bool dated = bj_ref_fixed(field[0], 0, &exch_s) && exch_s > 0 && exch_s <= UINT32_MAX;
    if (!dated) bj_ref_complain(reader, "date", "'%.40s' is not seconds since 1980", field[0]);
    else reader->file->day = bj_ref_day_of((uint32_t)exch_s);
    if (field_cnt < 2 || !bj_ref_fixed(field[1], 0, &count) || count < 0) {
        bj_ref_complain(reader, "count", "'%.40s' is not a number of rows",
                        field_cnt < 2 ? "" : field[1]);
    } else {
        reader->stated_cnt = count;
    }
    reader->fatal = reader->bad;
}

void bj_ref_check_contract(bj_ref_reader_t *reader, bj_ref_contract_t *contract,
                           const char *type_field, const char *strike_field,
                           const char *option_field) {
    const char *name = contract->instrument;
    bool future = !strncmp(name, "FUT", 3) || !strcmp(name, "IDF") || !strcmp(name, "STF");
    bool option = !strncmp(name, "OPT", 3) || !strcmp(name, "IDO") || !strcmp(name, "STO");
    contract->type = contract->segment == BJ_SEGMENT_CM ? BJ_REF_EQUITY
                     : future                           ? BJ_REF_FUTURE
                     : option                           ? BJ_REF_OPTION
                                                        : BJ_REF_OTHER;
    if (contract->expiry_s) contract->expiry_day = bj_ref_day_of(contract->expiry_s);
    if (contract->strike_paise <= 0 && contract->type != BJ_REF_OPTION) contract->strike_paise = 0;
    if (contract->type == BJ_REF_OTHER) return;
    bool expires = contract->type != BJ_REF_EQUITY;
    if (!contract->expiry_day == expires) {
        bj_ref_complain(reader, type_field, "'%s' must %sexpire", name, expires ? "" : "not ");
    }
    option = contract->type == BJ_REF_OPTION;
    if ((contract->strike_paise > 0) != option) {
        bj_ref_complain(reader, strike_field, "'%s' must have %s", name,
                        option ? "a strike above 0" : "no strike");
    }
    if ((contract->option != 0) != option) {
        bj_ref_complain(reader, option_field, "'%s' must %s", name,
                        option ? "be a call or a put" : "be neither call nor put");
    }
}

/* The last column is a series in the cash market, else an option type. */
static void check_stream(bj_ref_reader_t *reader, void *row) {
    bj_ref_stream_t *stream = row;
    bj_ref_contract_t *contract = &stream->contract;
    stream->line = reader->line;
    contract->segment = reader->file->segment;
    if (contract->segment != BJ_SEGMENT_CM) {
        static const bj_ref_column_t column = {"OptionType-or-Series", 7, BJ_REF_CALL_PUT,
                                               BJ_REF_MUST, AT_C(option), 0, 0, 0, NULL};
        bj_ref_read_field(reader, &column, contract->series, row);
        memset(contract->series, 0, sizeof contract->series);
    } else if (strcmp(contract->instrument, "EQUITY")) {
        bj_ref_complain(reader, "Instrument", "'%s' must be EQUITY in a cm_ file",
                        contract->instrument);
    }
    bj_ref_check_contract(reader, contract, "Expiry", "Strike", "OptionType-or-Series");
}

static void check_spread(bj_ref_reader_t *reader, void *row) {
    bj_ref_stream_t *stream = row;
    stream->line = reader->line;
    stream->spread = true;
    stream->contract.segment = reader->file->segment;
    if (stream->leg[0] == stream->leg[1]) {
        bj_ref_complain(reader, "Token2", "must not be Token1: a spread has two legs");
    }
}

const bj_ref_format_t bj_ref_streams_format = {
    .kind = BJ_REF_STREAMS, .comma = ',', .field_min = 8, .field_max = 8,
    .row_bytes = sizeof(bj_ref_stream_t), .columns = stream_columns,
    .column_cnt = BJ_COUNT(stream_columns), .check = check_stream, .head = stream_head};
const bj_ref_format_t bj_ref_spreads_format = {
    .kind = BJ_REF_SPREADS, .comma = ',', .field_min = 4, .field_max = 5,
    .row_bytes = sizeof(bj_ref_stream_t), .columns = spread_columns,
    .column_cnt = BJ_COUNT(spread_columns), .check = check_spread, .head = stream_head};
