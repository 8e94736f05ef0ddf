/* Goal: each format read whole; each way a line can be bad, one row each: a field of a golden file
 * replaced, and the sentence that must come of it.  A bad line refuses the file in strict mode and
 * costs that line only in lenient mode. */
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "dataplane/base/bj_test.h"
#include "dataplane/refdata/test_refdata_bed.h"

enum { WHOLE = 99 }; /* the file is refused in both modes */

static const struct {
    const char *name;
    unsigned    line, idx;
    const char *put, *want; /* want: "LINE: FIELD: ..." or its beginning */
    int         lost; /* rows */
} cases[] = {
    /* stream files */
    {BED_FO_STREAMS, 1, 0, "", "1: date: '' is not seconds since 1980", WHOLE},
    {BED_FO_STREAMS, 1, 0, "0", "1: date: '0' is not seconds since 1980", WHOLE},
    {BED_FO_STREAMS, 1, 1, "x", "1: count: 'x' is not a number of rows", WHOLE},
    {BED_FO_STREAMS, 1, 1, "7", "1: count: says 7 rows, the file has 6", 0},
    {BED_FO_STREAMS, 1, 1, "5", "1: count: says 5 rows, the file has 6", 0},
    {BED_FO_STREAMS, 2, 0, "P", "2: row: 'P' must be C", WHOLE}, /* taken for a spread file */
    {BED_FO_STREAMS, 3, 0, "P", "3: row: 'P' must be C", 1},
    {BED_FO_STREAMS, 3, 1, "0", "3: StreamID: '0' is not in [1, 64]", 1},
    {BED_FO_STREAMS, 3, 1, "65", "3: StreamID: '65' is not in [1, 64]", 1},
    {BED_FO_STREAMS, 3, 1, "", "3: StreamID: must not be empty", 1},
    {BED_FO_STREAMS, 3, 2, "x", "3: Token: 'x' is not a number without a fraction", 1},
    {BED_FO_STREAMS, 3, 2, "2147483648", "3: Token: '2147483648' is not in [1, 2147483647]", 1},
    {BED_FO_STREAMS, 3, 2, "35001", "3: line: repeats line 2: the same instrument", 1},
    {BED_FO_STREAMS, 3, 3, "FUTUREIX", "3: Instrument: 'FUTUREIX' is longer than 7", 1},
    {BED_FO_STREAMS, 3, 4, "BHA RAT", "3: Symbol: 'BHA RAT' must be printable, without", 1},
    {BED_FO_STREAMS, 3, 4, "SIXTEENCHARACTER", "3: Symbol: 'SIXTEENCHARACTER' is longer than 15",
     1},
    {BED_FO_STREAMS, 3, 5, "0", "3: Expiry: 'FUTIDX' must expire", 1},
    {BED_FO_STREAMS, 3, 6, "100", "3: Strike: 'FUTIDX' must have no strike", 1},
    {BED_FO_STREAMS, 3, 7, "CE", "3: OptionType-or-Series: 'FUTIDX' must be neither call nor", 1},
    {BED_FO_STREAMS, 4, 7, "XX", "4: OptionType-or-Series: 'OPTIDX' must be a call or a put", 1},
    {BED_FO_STREAMS, 4, 7, "EQ", "4: OptionType-or-Series: 'EQ' is none of CE CA PE PA XX FF", 1},
    {BED_FO_STREAMS, 4, 6, "0", "4: Strike: 'OPTIDX' must have a strike above 0", 1},
    {BED_FO_STREAMS, 4, 6, "1,2", "4: line: has 9 fields, not 8", 1},
    {BED_CM_STREAMS, 2, 3, "FUTSTK", "2: Instrument: 'FUTSTK' must be EQUITY in a cm_ file", 1},
    {BED_CM_STREAMS, 2, 5, "86400", "2: Expiry: 'EQUITY' must not expire", 1},
    {BED_CM_STREAMS, 2, 6, "100", "2: Strike: 'EQUITY' must have no strike", 1},
    {BED_FO_SPREADS, 2, 2, "35002", "2: Token2: must not be Token1: a spread has two legs", 1},
    {BED_FO_SPREADS, 2, 3, "", "2: Token2: must not be empty", 1},
    {BED_FO_SPREADS, 2, 3, "35002,9000001", NULL, 0}, /* a token of the pair's own */
    {BED_FO_SPREADS, 2, 3, "35002,x", "2: Token: 'x' is not a number", 1},
    {BED_FO_SPREADS, 2, 3, "35002,1,2", "2: line: has 6 fields, not 4 to 5", 1},
    /* contract.txt */
    {BED_CONTRACT, 1, 0, "NEATXX", "0: file: is none of the files we know", WHOLE},
    {BED_CONTRACT, 3, 0, "0", "3: token: '0' is not in [1, 2147483647]", 1},
    {BED_CONTRACT, 3, 0, "35001", "3: line: repeats line 2: the same instrument", 1},
    {BED_CONTRACT, 3, 1, "-1", NULL, 0},
    {BED_CONTRACT, 3, 2, "", "3: instrument: must not be empty", 1},
    {BED_CONTRACT, 3, 6, "x", "3: expiry: 'x' is not a number", 1},
    {BED_CONTRACT, 3, 6, "0", "3: expiry: 'FUTIDX' must expire", 1},
    {BED_CONTRACT, 4, 7, "-1", "4: strike: 'OPTIDX' must have a strike above 0", 1},
    {BED_CONTRACT, 4, 8, "", "4: option type: 'OPTIDX' must be a call or a put", 1},
    {BED_CONTRACT, 3, 31, "0", "3: board lot: must be above 0", 1},
    {BED_CONTRACT, 3, 32, "-5", "3: tick size: '-5' is not in [0, 2147483647]", 1},
    {BED_CONTRACT, 3, 32, "0", "3: tick size: must be above 0", 1},
    {BED_CONTRACT, 3, 34, "1.5", "3: freeze quantity: '1.5' is not a number", 1},
    {BED_CONTRACT, 3, 42, "999999999", "3: low price range: 999999999 is above the high one", 1},
    {BED_CONTRACT, 3, 63, "X", "3: settlement: 'X' must be C or P", 1},
    {BED_CONTRACT, 3, 68, "y", "3: delete flag: 'y' must be Y or N", 1},
    {BED_CONTRACT, 3, 68, "N|more|later", NULL, 0}, /* a newer version has more at the end */
    {BED_CONTRACT, 3, 10, "0|0", NULL, -1}, /* all after it is one off: some field says so */
    /* security.txt */
    {BED_SECURITY, 2, 2, "", "2: series: must not be empty", 1},
    {BED_SECURITY, 2, 2, "EQUI", "2: series: 'EQUI' is longer than 3", 1},
    {BED_SECURITY, 2, 5, "3", "2: permitted to trade: '3' is not in [0, 2]", 1},
    {BED_SECURITY, 2, 5, "", "2: permitted to trade: must not be empty", 1},
    {BED_SECURITY, 2, 6, "AAA", "2: price range: 'AAA' is not a range low-high of rupees", 1},
    {BED_SECURITY, 2, 6, "10-9", "2: price range: '10-9' is not a range", 1},
    {BED_SECURITY, 2, 6, "10.005-11", "2: price range: '10.005-11' is not a range", 1},
    {BED_SECURITY, 2, 6, "", NULL, 0},
    {BED_SECURITY, 2, 20, "0", "2: tick size: must be above 0", 1},
    {BED_SECURITY, 2, 53, "INE0BJ101016", "2: ISIN: 'INE0BJ101016' is not an ISIN", 1},
    {BED_SECURITY, 2, 53, "", "2: ISIN: must not be empty", 1},
    {BED_SECURITY, 2, 26, "1000001", "2: freeze percent: '1000001' is not in [0, 1000000]", 1},
    {BED_SECURITY, 2, 4, "1000000000000001", "2: issued capital: '1000000000000001' is not in", 1},
    {BED_SECURITY, 2, 47, "0|0", NULL, 0}, /* one field more before the end */
    {BED_SECURITY, 2, 47, "0|0|0", "2: line: has 56 fields, not 54 to 55", 1},
    /* the CSV masters */
    {BED_MII_CM, 1, 4, "Isin2", "1: ISIN: the header has no such column", WHOLE},
    {BED_MII_CM, 1, 9, "ISIN", "1: ISIN: the header names this column twice", WHOLE},
    {BED_MII_CM, 2, 3, "\"Bijli \"\"Power\"\", Limited\"", NULL, 0},
    {BED_MII_CM, 2, 3, "\"Bijli Power", "2: line: a quote is not closed on its line", 1},
    {BED_MII_CM, 2, 3, "\"Bijli\" Power", "2: line: something follows a closing quote", 1},
    {BED_MII_CM, 2, 3, "Bijli, Power", "2: line: has 19 fields, not 18", 1},
    {BED_MII_CM, 2, 8, "", "2: BidIntrvl: must not be empty", 1},
    {BED_MII_CM, 2, 8, "0", "2: BidIntrvl: must be above 0", 1},
    {BED_MII_FO, 2, 4, "2026-08-25", "2: XpryDt: '2026-08-25' is not a number", 1},
    {BED_MII_FO, 4, 5, "-1", "4: StrkPric: 'OPTIDX' must have a strike above 0", 1},
    /* bhavcopies */
    {BED_UDIFF_CM, 3, 0, "2026-07-30", "3: TradDt: is another day than on the lines before", 1},
    {BED_UDIFF_CM, 3, 0, "30-Jul-2026", "3: TradDt: '30-Jul-2026' is not a date YYYY-MM-DD", 1},
    {BED_UDIFF_CM, 3, 2, "XX", "3: Sgmt: 'XX' must be CM or FO", 1},
    {BED_UDIFF_CM, 3, 5, "101", "3: line: repeats line 2: the same instrument", 1},
    {BED_UDIFF_CM, 3, 14, "878.875", "3: OpnPric: '878.875' is not a number of rupees with", 1},
    {BED_UDIFF_CM, 3, 14, "1", "3: LwPric: low 86999, open 100, high 90550 paise are not in", 1},
    {BED_UDIFF_CM, 3, 16, "-1", "3: LwPric: '-1' is not in [0, 2147483647] paise", 1},
    {BED_UDIFF_CM, 3, 17, "21474836.48", "3: ClsPric: '21474836.48' is not in [0, 2147483647]", 1},
    {BED_UDIFF_FO, 2, 4, "IDX", NULL, 0}, /* not a future, not an option */
    {BED_UDIFF_FO, 4, 9, "", "4: XpryDt: 'IDO' must expire", 1},
    {BED_UDIFF_FO, 2, 23, "-x", "2: ChngInOpnIntrst: '-x' is not a number", 1},
    {BED_OLD_CM, 2, 10, "32-JUL-2024", "2: TIMESTAMP: '32-JUL-2024' is not a date DD-MMM-YYYY", 1},
    {BED_OLD_CM, 3, 10, "04-JUL-2024", "3: TIMESTAMP: is another day than on the lines", 1},
    {BED_OLD_CM, 2, 12, "INE0BJ101014", "2: ISIN: 'INE0BJ101014' is not an ISIN", 1},
    {BED_OLD_FO, 2, 11, "1.12345678", "2: VAL_INLAKH: '1.12345678' is not a number of lakhs", 1},
    {BED_OLD_FO, 3, 3, "0", "3: STRIKE_PR: 'OPTSTK' must have a strike above 0", 1},
    {BED_FULL_CM, 2, 13, "x", "2: DELIV_QTY: 'x' is not a number", 1},
    {BED_FULL_CM, 2, 2, " ", "2: DATE1: must not be empty", 1},
};

static bool says(const bj_ref_file_t *file, const char *want) {
    for (uint32_t i = 0; i < file->report.kept_cnt; i++) {
        char sentence[BJ_REF_SENTENCE_BYTES];
        bj_ref_sentence(&file->report.kept[i], sentence);
        const char *colon = sentence + strlen(file->report.kept[i].file) + 1;
        if (!strncmp(colon, want, strlen(want))) return true;
    }
    return false;
}

static void one_case(size_t i) {
    char text[BED_BYTES];
    size_t n = bed_edit(cases[i].name, cases[i].line, cases[i].idx, cases[i].put, text);
    bj_ref_file_t *good = bed_load(cases[i].name), *strict, *lenient;
    bj_status_t s = bj_ref_parse(cases[i].name, text, n, BJ_REF_ANY, BJ_REF_STRICT, &strict);
    bj_status_t l = bj_ref_parse(cases[i].name, text, n, BJ_REF_ANY, BJ_REF_LENIENT, &lenient);
    unsigned fails = bj_fail_cnt;
    if (cases[i].want) {
        BJ_CHECK(s == BJ_ERR_CONFIG && strict->row_cnt == 0 && !strict->instruments);
        BJ_CHECK(says(lenient, cases[i].want) || cases[i].lost == WHOLE);
        BJ_CHECK(strict->report.error_cnt == lenient->report.error_cnt);
        BJ_CHECK(l == (cases[i].lost == WHOLE ? BJ_ERR_CONFIG : BJ_OK) || cases[i].line == 2);
    }
    if (cases[i].want && cases[i].lost >= 0 && cases[i].lost != WHOLE) {
        BJ_CHECK(lenient->row_cnt == good->row_cnt - (size_t)cases[i].lost);
    }
    if (!cases[i].want && cases[i].lost == 0) {
        BJ_CHECK(s == BJ_OK && strict->row_cnt == good->row_cnt && !strict->report.error_cnt);
    }
    if (!cases[i].want && cases[i].lost < 0) BJ_CHECK(strict->report.error_cnt > 0);
    if (bj_fail_cnt != fails) {
        fprintf(stderr, "  %s %u.%u '%s'\n", cases[i].name, cases[i].line, cases[i].idx,
                cases[i].put);
        char sentence[BJ_REF_SENTENCE_BYTES];
        for (uint32_t e = 0; e < lenient->report.kept_cnt; e++) {
            fprintf(stderr, "    %s\n", bj_ref_sentence(&lenient->report.kept[e], sentence));
        }
    }
    bj_ref_free(good), bj_ref_free(strict), bj_ref_free(lenient);
}

/* --- the golden files, field by field */

static void test_kinds(void) {
    for (size_t i = 0; i < BJ_COUNT(bed_names); i++) {
        bj_ref_file_t *file = bed_load(bed_names[i]);
        BJ_CHECK(file->kind == bed_kinds[i] && file->report.error_cnt == 0);
        BJ_CHECK(file->row_cnt + 1 == file->report.line_cnt);
        bj_ref_free(file);
        for (bj_ref_kind_t kind = BJ_REF_STREAMS; kind < BJ_REF_KIND_CNT; kind++) {
            bj_status_t status = bj_ref_load(bed_names[i], kind, BJ_REF_STRICT, &file);
            BJ_CHECK((status == BJ_OK) == (kind == bed_kinds[i])); /* never read as another */
            bj_ref_free(file);
        }
    }
}

static void test_contract(void) {
    bj_ref_file_t *file = bed_load(BED_CONTRACT);
    const bj_ref_instrument_t *future = &file->instruments[0], *option = &file->instruments[5];
    BJ_CHECK(future->token == 35001 && future->line == 2 && future->asset_token == 26000);
    BJ_CHECK(future->contract.type == BJ_REF_FUTURE && future->contract.option == 0);
    BJ_CHECK(future->contract.strike_paise == 0 && future->contract.expiry_day == 20690);
    BJ_CHECK(!strcmp(future->contract.symbol, "BHARAT50") && future->settlement == 'C');
    BJ_CHECK(future->lot_qty == 65 && future->tick_paise == 20 && future->freeze_qty == 1755);
    BJ_CHECK(future->band_lo_paise == 2205040 && future->band_hi_paise == 2695040);
    BJ_CHECK(future->prev_close_paise == 2450050 && future->permitted == 1);
    BJ_CHECK(future->market_status == 2 && future->market_eligible == 1 && future->flags == 0);
    BJ_CHECK(!strcmp(future->name, "BHARAT5026AUGFUT"));
    BJ_CHECK(option->contract.type == BJ_REF_OPTION && option->contract.option == 'C');
    BJ_CHECK(option->contract.strike_paise == 152000 && option->settlement == 'P');
    BJ_CHECK(option->contract.segment == BJ_SEGMENT_FO && !strcmp(option->asset_symbol, "BIJLI"));
    bj_ref_free(file);
}

/* The same instruments by two files are the same, but for what only one of them says. */
static void test_masters_agree(const char *txt, const char *csv) {
    bj_ref_file_t *a = bed_load(txt), *b = bed_load(csv);
    BJ_CHECK(a->row_cnt == b->row_cnt);
    for (size_t i = 0; i < a->row_cnt && i < b->row_cnt; i++) {
        const bj_ref_instrument_t *x = &a->instruments[i], *y = &b->instruments[i];
        BJ_CHECK(!memcmp(&x->contract, &y->contract, sizeof x->contract));
        BJ_CHECK(x->token == y->token && x->lot_qty == y->lot_qty);
        BJ_CHECK(x->tick_paise == y->tick_paise && !strcmp(x->isin, y->isin));
        BJ_CHECK(x->permitted == y->permitted && x->flags == y->flags);
        if (a->kind != BJ_REF_SECURITY) continue;
        BJ_CHECK(!strcmp(x->name, y->name) && x->freeze_qty == y->freeze_qty);
        BJ_CHECK(x->band_lo_paise == y->band_lo_paise && x->band_hi_paise == y->band_hi_paise);
        BJ_CHECK(x->face_value_paise == y->face_value_paise && x->issued_qty == y->issued_qty);
    }
    bj_ref_free(a), bj_ref_free(b);
}

static void test_security(void) {
    bj_ref_file_t *file = bed_load(BED_SECURITY);
    const bj_ref_instrument_t *row = &file->instruments[2];
    BJ_CHECK(row->token == 103 && !strcmp(row->contract.symbol, "VARSHA&CO"));
    BJ_CHECK(!strcmp(row->contract.series, "EQ") && row->contract.segment == BJ_SEGMENT_CM);
    BJ_CHECK(row->contract.type == BJ_REF_EQUITY);
    BJ_CHECK(!strcmp(row->name, "Varsha & Company, Limited"));
    BJ_CHECK(row->band_lo_paise == 21070 && row->band_hi_paise == 25753 && row->tick_paise == 1);
    BJ_CHECK(row->issued_qty == 3001234 && row->freeze_qty == 15006); /* 50 / 10000 of it */
    BJ_CHECK(row->face_value_paise == 1000 && !strcmp(row->isin, "INE0BJ103011"));
    BJ_CHECK(row->flags == 0 && file->instruments[4].flags == BJ_REF_TEST);
    BJ_CHECK(file->instruments[4].isin[0] == '\0');
    bj_ref_free(file);
}

static void test_streams(void) {
    bj_ref_file_t *file = bed_load(BED_CM_STREAMS);
    BJ_CHECK(file->day == BED_DAY && file->segment == BJ_SEGMENT_CM && file->row_cnt == 4);
    BJ_CHECK(file->streams[3].token == 104 && file->streams[3].stream_id == 2);
    BJ_CHECK(!strcmp(file->streams[3].contract.series, "BE") && !file->streams[3].spread);
    bj_ref_free(file);
    file = bed_load(BED_FO_STREAMS); /* with Windows' line ends */
    BJ_CHECK(file->streams[2].contract.option == 'C' && !file->streams[2].contract.series[0]);
    BJ_CHECK(file->streams[2].contract.strike_paise == 2450000);
    BJ_CHECK(file->streams[0].contract.strike_paise == 0);
    bj_ref_free(file);
    file = bed_load(BED_FO_SPREADS);
    BJ_CHECK(file->streams[0].spread && file->streams[0].leg[0] == 35001);
    BJ_CHECK(file->streams[0].leg[1] == 35002 && file->streams[0].token == 0);
    bj_ref_free(file);
}

static void test_eods(void) {
    bj_ref_file_t *file = bed_load(BED_UDIFF_FO);
    const bj_ref_eod_t *row = &file->eods[2];
    BJ_CHECK(file->day == 20665 && row->token == 35010 && row->contract.option == 'C');
    BJ_CHECK(row->contract.expiry_day == 20690 && row->contract.strike_paise == 2450000);
    BJ_CHECK(row->close_paise == 31250 && row->underlying_paise == 2448050);
    BJ_CHECK(row->open_interest_change == -195 && row->delivered_qty == -1);
    BJ_CHECK(row->qty == 19500 && row->value_paise == INT64_C(19500) * 31250);
    BJ_CHECK(file->eods[1].qty == 0 && file->eods[1].close_paise == 2461540); /* not traded */
    bj_ref_free(file);
    file = bed_load(BED_UDIFF_CM);
    BJ_CHECK(file->eods[0].prev_close_paise == 147769);
    BJ_CHECK(!strcmp(file->eods[0].contract.series, "EQ"));
    BJ_CHECK(file->eods[0].contract.type == BJ_REF_EQUITY && file->eods[0].settle_paise == 152340);
    bj_ref_free(file);
    file = bed_load(BED_OLD_CM);
    BJ_CHECK(file->day == 19907 && file->eods[0].open_paise == 150000);
    BJ_CHECK(file->eods[0].value_paise == INT64_C(18801234565) && file->eods[0].trade_cnt == 4321);
    bj_ref_free(file);
    file = bed_load(BED_OLD_FO);
    BJ_CHECK(file->eods[1].value_paise == INT64_C(13821234567)); /* 1382.1234567 lakh rupees */
    BJ_CHECK(file->eods[0].contract.type == BJ_REF_FUTURE && file->eods[0].settle_paise == 2440000);
    bj_ref_free(file);
    file = bed_load(BED_FULL_CM);
    BJ_CHECK(file->eods[0].delivered_qty == 4321 && file->eods[1].delivered_qty == -1);
    BJ_CHECK(file->eods[0].value_paise == INT64_C(1519000000) && file->day == 20665);
    bj_ref_free(file);
}

/* --- form: line ends, marks, gzip, what is cut off */

static void same_rows(const bj_ref_file_t *a, const bj_ref_file_t *b) {
    BJ_CHECK(a->row_cnt == b->row_cnt && b->report.error_cnt == 0);
    if (a->row_cnt != b->row_cnt) return;
    if (a->streams) BJ_CHECK(!memcmp(a->streams, b->streams, a->row_cnt * sizeof *a->streams));
    if (a->eods) BJ_CHECK(!memcmp(a->eods, b->eods, a->row_cnt * sizeof *a->eods));
    if (a->instruments) {
        BJ_CHECK(!memcmp(a->instruments, b->instruments, a->row_cnt * sizeof *a->instruments));
    }
}

static void test_line_ends(const char *name) {
    static const char *const ends[] = {"\n", "\r\n", " \r\n", ""};
    char text[BED_BYTES], out[BED_BYTES * 2];
    bj_ref_file_t *good = bed_load(name), *file;
    bed_slurp(name, text);
    for (size_t e = 0; e < 2 * BJ_COUNT(ends); e++) {
        size_t n = e & 1 ? 3 : 0; /* with a byte-order mark */
        memcpy(out, "\xef\xbb\xbf", 3);
        for (char *at = strncmp(text, "\xef\xbb\xbf", 3) ? text : text + 3; *at; at++) {
            if (*at == '\r') continue;
            if (*at != '\n') out[n++] = *at;
            else if (!at[1] && !*ends[e / 2]) break; /* the last line without an end */
            else n += (size_t)snprintf(out + n, sizeof out - n, "%s",
                                       *ends[e / 2] ? ends[e / 2] : "\n");
        }
        BJ_CHECK(bj_ref_parse(name, out, n, BJ_REF_ANY, BJ_REF_STRICT, &file) == BJ_OK);
        same_rows(good, file);
        bj_ref_free(file);
    }
    bj_ref_free(good);
}

static void test_gzip(void) {
    char name[] = "/tmp/bj_refdata_XXXXXX", text[BED_BYTES];
    size_t n = bed_slurp(BED_CONTRACT, text);
    close(mkstemp(name));
    gzFile out = gzopen(name, "wb");
    gzwrite(out, text, (unsigned)n);
    gzclose(out);
    bj_ref_file_t *good = bed_load(BED_CONTRACT), *file = bed_load(name);
    same_rows(good, file);
    bj_ref_free(good), bj_ref_free(file);
    struct stat stat_;
    BJ_CHECK(stat(name, &stat_) == 0);
    for (off_t cut = 1; cut < stat_.st_size - 20; cut += 7) { /* a download that was cut off */
        BJ_CHECK(truncate(name, stat_.st_size - cut) == 0);
        BJ_CHECK(bj_ref_load(name, BJ_REF_ANY, BJ_REF_LENIENT, &file) == BJ_ERR_IO);
        BJ_CHECK(says(file, "0: file: cannot be read: its gzip is damaged"));
        bj_ref_free(file);
    }
    unlink(name);
    BJ_CHECK(bj_ref_load(name, BJ_REF_ANY, BJ_REF_STRICT, &file) == BJ_ERR_IO);
    BJ_CHECK(says(file, "0: file: cannot be read: No such file"));
    bj_ref_free(file);
}

/* Every beginning of every file: no crash, and of a stream file never a silent half. */
static void test_truncations(const char *name) {
    char text[BED_BYTES];
    size_t n = bed_slurp(name, text);
    bj_ref_file_t *good = bed_load(name), *file;
    for (size_t cut = 0; cut < n; cut++) {
        char *exact = malloc(cut + !cut);
        memcpy(exact, text, cut);
        bj_status_t status = bj_ref_parse(name, exact, cut, BJ_REF_ANY, BJ_REF_STRICT, &file);
        BJ_CHECK(file->row_cnt <= good->row_cnt && (status == BJ_OK || file->row_cnt == 0));
        BJ_CHECK((status == BJ_OK) == (file->report.error_cnt == 0));
        if (good->streams && status == BJ_OK) BJ_CHECK(file->row_cnt == good->row_cnt);
        bj_ref_free(file);
        free(exact);
    }
    bj_ref_free(good);
}

static void test_refused_whole(void) {
    static const struct { const char *name, *text, *want; } whole[] = {
        {"x.csv", "", "0: file: is none of the files we know"},
        {"x.csv", "a,b,c\n1,2,3\n", "0: file: is none of the files we know"},
        {"x.zip", "PK\3\4....", "0: file: is a zip: unpack it first"},
        {"xx_contract_stream_info.csv", "1470182400,0,\n", "0: file: its name must begin with cm_"},
        {"x.csv", "TradDt,Sgmt,FinInstrmTp,TckrSymb\n", "1: FinInstrmId: the header has no such"},
        {"security.txt", "NEATCM|6.3|\n", "0: file: has no row: it must have one"},
    };
    for (size_t i = 0; i < BJ_COUNT(whole); i++) {
        bj_ref_file_t *file;
        bj_status_t status = bj_ref_parse(whole[i].name, whole[i].text, strlen(whole[i].text),
                                          BJ_REF_ANY, BJ_REF_STRICT, &file);
        BJ_CHECK(status == BJ_ERR_CONFIG && says(file, whole[i].want));
        bj_ref_free(file);
    }
    bj_ref_file_t *file; /* no spreads today is no error */
    BJ_CHECK(bj_ref_parse("fo_spd_contract_stream_info.csv", "1470182400,0,\n", 14, BJ_REF_ANY,
                          BJ_REF_STRICT, &file) == BJ_OK);
    BJ_CHECK(file->kind == BJ_REF_SPREADS && file->row_cnt == 0 && file->day == BED_DAY);
    bj_ref_free(file);
    static const char zero[] = "1470182400,1,\nC,1,1\0,EQUITY,A,0,0,EQ,\n";
    BJ_CHECK(bj_ref_parse("cm_x.csv", zero, sizeof zero - 1, BJ_REF_ANY, BJ_REF_STRICT, &file) ==
             BJ_ERR_CONFIG);
    BJ_CHECK(says(file, "2: line: holds a byte that is 0"));
    bj_ref_free(file);
}

static void test_too_many_lines(void) {
    static char text[BJ_REF_LINE_MAX + 64];
    bj_ref_file_t *file;
    for (size_t lines = BJ_REF_LINE_MAX; lines <= BJ_REF_LINE_MAX + 1; lines++) {
        size_t n = (size_t)snprintf(text, sizeof text, "1470182400,0,");
        memset(text + n, '\n', lines - 1);
        bj_status_t status = bj_ref_parse("cm_contract_stream_info.csv", text, n + lines - 1,
                                          BJ_REF_ANY, BJ_REF_STRICT, &file);
        BJ_CHECK(status == (lines > BJ_REF_LINE_MAX ? BJ_ERR_CONFIG : BJ_OK));
        bj_ref_free(file);
    }
}

/* More bad lines than are kept are still counted; what they hold cannot command a terminal. */
static void test_many_errors(void) {
    char text[BED_BYTES];
    size_t n = (size_t)snprintf(text, sizeof text, "1470182400,200,\n");
    for (int i = 0; i < 200; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "C,x,y\033[31m,EQUITY,A%d,0,0,EQ,\n", i);
    }
    bj_ref_file_t *file;
    BJ_CHECK(bj_ref_parse("cm_x.csv", text, n, BJ_REF_ANY, BJ_REF_LENIENT, &file) == BJ_OK);
    BJ_CHECK(file->report.bad_line_cnt == 200 && file->report.error_cnt == 400);
    BJ_CHECK(file->report.kept_cnt == BJ_REF_ERROR_MAX && file->row_cnt == 0);
    BJ_CHECK(says(file, "2: Token: 'y?[31m' is not a number"));
    bj_ref_free(file);
}

/* --- random masters, against the numbers they were written from */

static size_t random_contract(char *out, int token, const int32_t *num) {
    const struct { int idx; const char *text; int32_t number; } at[] = {
        {0, "", token}, {1, "-1", -1}, {2, "OPTSTK", -1}, {3, "S", num[0]}, {6, "", num[1] + 86400},
        {7, "", num[2]}, {8, "PE", -1}, {12, "", 1}, {31, "", num[3]}, {32, "", num[4]},
        {34, "", num[5]}, {67, "", num[0]}, {68, "N", -1}};
    size_t n = 0, next = 0;
    for (int idx = 0; idx < 69; idx++) {
        if (idx) out[n++] = '|';
        if (next == BJ_COUNT(at) || at[next].idx != idx) continue;
        n += (size_t)snprintf(out + n, 32, "%s", at[next].text);
        if (at[next].number >= 0) n += (size_t)snprintf(out + n, 32, "%d", at[next].number);
        next++;
    }
    out[n++] = '\n';
    return n;
}

static void test_random_contracts(uint64_t seed) {
    enum { ROWS = 200 };
    static char text[1 << 18];
    int32_t num[ROWS][6];
    uint64_t rng = seed * 2 + 1;
    size_t n = (size_t)snprintf(text, sizeof text, "NEATFO|9.9|\n");
    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < 6; k++) {
            rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            num[i][k] = 1 + (int32_t)(rng >> 33) % 1000000;
        }
        n += random_contract(text + n, i + 1, num[i]);
    }
    bj_ref_file_t *file;
    unsigned fails = bj_fail_cnt;
    BJ_CHECK(bj_ref_parse("c", text, n, BJ_REF_ANY, BJ_REF_STRICT, &file) == BJ_OK);
    BJ_CHECK(file->row_cnt == ROWS);
    for (size_t i = 0; i < file->row_cnt; i++) {
        const bj_ref_instrument_t *row = &file->instruments[i];
        char symbol[16];
        snprintf(symbol, sizeof symbol, "S%d", num[i][0]);
        BJ_CHECK(row->token == i + 1 && !strcmp(row->contract.symbol, symbol));
        BJ_CHECK(row->contract.expiry_s == (uint32_t)num[i][1] + 86400u);
        BJ_CHECK(row->contract.strike_paise == num[i][2] && row->lot_qty == num[i][3]);
        BJ_CHECK(row->tick_paise == num[i][4] && row->freeze_qty == num[i][5]);
        BJ_CHECK(row->asset_token == 0 && row->prev_close_paise == num[i][0]);
        BJ_CHECK(row->contract.option == 'P');
    }
    if (bj_fail_cnt != fails) {
        char sentence[BJ_REF_SENTENCE_BYTES] = "";
        if (file->report.kept_cnt) bj_ref_sentence(&file->report.kept[0], sentence);
        fprintf(stderr, "  seed %llu %s\n", (unsigned long long)seed, sentence);
    }
    bj_ref_free(file);
}

int main(void) {
    test_kinds();
    for (size_t i = 0; i < BJ_COUNT(cases); i++) one_case(i);
    test_contract();
    test_security();
    test_masters_agree(BED_CONTRACT, BED_MII_FO);
    test_masters_agree(BED_SECURITY, BED_MII_CM);
    test_streams();
    test_eods();
    for (size_t i = 0; i < BJ_COUNT(bed_names); i++) {
        test_line_ends(bed_names[i]);
        test_truncations(bed_names[i]);
    }
    test_gzip();
    test_refused_whole();
    test_many_errors();
    test_too_many_lines();
    for (uint64_t seed = 1; seed <= 20; seed++) test_random_contracts(seed);
    return bj_test_end("test_bj_refdata");
}
