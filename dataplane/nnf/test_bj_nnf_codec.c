/* The layouts against the documents' tables, written here a second time; every message there and
 * back; every length that is wrong; whole numbers in doubles against the machine's own. */
#include "dataplane/nnf/bj_nnf_codec.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/nnf/bj_nnf_kind.h"
#include "dataplane/nnf/bj_nnf_time.h"

/* Sizes of the fields in the documents' order; structures within (a header 40, a contract 26 or 28,
 * a security 12, flags 2) count as one. */
typedef struct doc_table {
    bj_nnf_segment_t segment;
    int code;
    unsigned total;
    const char *sizes;
} doc_table_t;

static const doc_table_t doc_tables[] = {
    {BJ_NNF_CM, BJ_NNF_ORDER_TR, 136,
     "2 4 12 10 2 2 4 4 4 4 2 2 4 5 1 12 2 8 4 10 4 2 32"},
    {BJ_NNF_CM, BJ_NNF_MODIFY_TR, 180,
     "2 4 4 2 8 1 1 2 12 8 10 2 2 4 4 4 4 4 4 4 4 2 2 4 5 1 12 2 2 8 4 10 4 2 8 24"},
    {BJ_NNF_CM, BJ_NNF_CONFIRM_TR, 216,
     "2 4 4 2 8 1 1 2 12 8 10 2 2 4 4 4 4 4 4 4 4 2 2 4 5 1 12 2 2 8 4 8 10 4 2 8 52"},
    {BJ_NNF_CM, BJ_NNF_TRADE_TR, 192,
     "2 4 4 8 8 8 1 5 4 2 10 4 4 4 4 4 2 4 4 4 4 2 4 12 2 2 10 4 2 8 52"},
    {BJ_NNF_CM, BJ_NNF_ORDER, 290,
     "40 1 1 2 2 1 1 2 4 12 2 5 1 8 10 2 2 4 4 4 4 4 4 4 4 4 4 4 2 2 4 5 25 12 2 2 8 "
     "8 4 10 4 2 8 52"},
    {BJ_NNF_CM, BJ_NNF_SIGN_ON, 276,
     "40 4 8 8 8 8 26 4 5 1 2 4 56 2 8 14 1 1 2 26 48"},
    {BJ_NNF_FO, BJ_NNF_ORDER_TR, 158,
     "2 4 2 4 26 10 2 2 4 4 4 4 2 2 4 5 1 12 2 1 1 4 8 10 4 2 32"},
    {BJ_NNF_FO, BJ_NNF_CANCEL_TR, 186,
     "2 4 1 1 4 26 8 10 2 2 4 4 4 4 4 4 4 4 4 2 2 4 5 1 12 2 1 1 4 8 10 4 2 8 24"},
    {BJ_NNF_FO, BJ_NNF_CONFIRM_TR, 240,
     "2 4 4 2 8 1 1 2 4 26 1 1 8 10 2 2 4 4 4 4 4 4 4 4 4 2 2 4 5 1 12 2 1 1 4 8 8 "
     "10 4 2 8 52"},
    {BJ_NNF_FO, BJ_NNF_TRADE_TR, 230,
     "2 4 4 8 8 8 8 5 1 10 2 4 4 4 4 4 2 4 4 4 4 4 2 4 4 26 1 1 12 1 10 1 4 2 8 52"},
    {BJ_NNF_FO, BJ_NNF_REJECT, 316,
     "40 1 1 2 2 1 1 2 4 4 28 5 1 2 1 1 2 8 10 2 2 4 4 4 4 4 4 4 4 4 4 4 2 2 4 5 24 "
     "1 12 2 2 1 1 2 1 1 8 8 10 4 2 8 52"},
    {BJ_NNF_FO, BJ_NNF_PRICE_MODIFY, 106,
     "40 4 4 8 2 4 4 4 4 8 24"},
    {BJ_NNF_FO, BJ_NNF_ORDER_ACK, 22,
     "2 4 8 4 2 2"},
    {BJ_NNF_FO, BJ_NNF_SIGN_ON, 278,
     "40 4 8 8 8 8 26 4 5 1 2 4 4 1 50 1 2 8 14 1 1 2 2 1 25 48"},
    {BJ_NNF_CM, BJ_NNF_ROUTE, 48,
     "40 2 5 1"},
    {BJ_NNF_CM, BJ_NNF_ROUTED, 124,
     "40 2 5 1 16 4 8 32 16"},
    {BJ_NNF_FO, BJ_NNF_ROUTED, 136,
     "40 2 5 1 16 4 8 32 8 8 12"},
    {BJ_NNF_CM, BJ_NNF_BOX_REGISTER, 42,
     "40 2"},
    {BJ_NNF_CM, BJ_NNF_BOX_SIGN_ON, 60,
     "40 2 5 5 8"},
    {BJ_NNF_CM, BJ_NNF_BOX_SIGNED_ON, 52,
     "40 2 10"},
    {BJ_NNF_FO, BJ_NNF_BOX_OFF, 42,
     "40 2"},
    /* The next are not in the two documents' trimmed tables but in their other chapters. */
    {BJ_NNF_CM, BJ_NNF_TRADE, 228,
     "40 8 5 1 4 10 2 4 4 4 4 4 2 4 4 4 4 4 2 4 8 5 12 1 2 4 2 10 4 2 8 52"},
    {BJ_NNF_FO, BJ_NNF_TRADE, 296,
     "40 8 5 1 4 10 2 4 4 4 4 4 2 4 4 4 4 4 2 4 8 5 1 4 28 1 1 1 1 4 10 12 12 1 3 10 10 4 2 8 "
     "52"},
    {BJ_NNF_CM, BJ_NNF_INFO, 94, "40 12 4 6 2 2 2 2 2 2 4 4 2 2 2 6"},
    {BJ_NNF_FO, BJ_NNF_INFO, 106, "40 8 8 8 1 4 6 2 2 2 2 2 2 4 4 2 2 2 4 1"},
    {BJ_NNF_CM, BJ_NNF_LOCAL_ASK, 62, "40 4 4 1 1 12"},
    {BJ_NNF_FO, BJ_NNF_LOCAL_ASK, 82, "40 4 4 4 4 1 1 8 8 8"},
    {BJ_NNF_CM, BJ_NNF_ERROR, 180, "40 12 128"},
    {BJ_NNF_FO, BJ_NNF_ERROR, 182, "40 14 128"},
    {BJ_NNF_CM, BJ_NNF_DOWNLOAD, 48, "40 8"},
    {BJ_NNF_FO, BJ_NNF_SIGNED_OFF, 190, "40 4 146"},
};

static const bj_nnf_row_t *row_at(const bj_nnf_layout_t *layout, unsigned at) {
    for (size_t i = 0; i < layout->row_cnt; i++) {
        if (layout->rows[i].at == at) return &layout->rows[i];
    }
    return NULL;
}

/* The rows that begin at `at` fill exactly `bytes`. */
static bool rows_fill(const bj_nnf_layout_t *layout, unsigned at, unsigned bytes) {
    unsigned end = at + bytes;
    while (at < end) {
        const bj_nnf_row_t *row = row_at(layout, at);
        if (!row) return false;
        at += row->bytes;
    }
    return at == end;
}

static void test_doc_tables(void) {
    for (size_t i = 0; i < BJ_COUNT(doc_tables); i++) {
        const doc_table_t *doc = &doc_tables[i];
        unsigned fails = bj_fail_cnt, at = 0;
        const bj_nnf_layout_t *layout = bj_nnf_layout(doc->segment, doc->code, doc->total);
        BJ_CHECK(layout != NULL && layout->bytes == doc->total);
        char *next = NULL;
        for (const char *p = doc->sizes; layout && *p; p = next) {
            unsigned bytes = (unsigned)strtoul(p, &next, 10);
            BJ_CHECK(rows_fill(layout, at, bytes));
            at += bytes;
        }
        BJ_CHECK(at == doc->total);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in %d of %d\n", doc->code, doc->segment);
    }
}

/* Where the fields are that money hangs on. */
static void test_places(void) {
    static const struct { bj_nnf_segment_t segment; int code, at; const char *name; } places[] = {
        {BJ_NNF_CM, BJ_NNF_ORDER_TR, 6, "symbol"},
        {BJ_NNF_CM, BJ_NNF_ORDER_TR, 30, "side"},
        {BJ_NNF_CM, BJ_NNF_ORDER_TR, 36, "qty"},
        {BJ_NNF_CM, BJ_NNF_ORDER_TR, 40, "price_paise"},
        {BJ_NNF_CM, BJ_NNF_MODIFY_TR, 36, "order_number"},
        {BJ_NNF_CM, BJ_NNF_MODIFY_TR, 70, "qty"},
        {BJ_NNF_CM, BJ_NNF_MODIFY_TR, 148, "activity_ref"},
        {BJ_NNF_CM, BJ_NNF_CONFIRM_TR, 10, "error"},
        {BJ_NNF_CM, BJ_NNF_CONFIRM_TR, 66, "left_qty"},
        {BJ_NNF_CM, BJ_NNF_CONFIRM_TR, 132, "time_exch_ns"},
        {BJ_NNF_CM, BJ_NNF_CONFIRM_TR, 156, "activity_ref"},
        {BJ_NNF_CM, BJ_NNF_TRADE_TR, 82, "fill_qty"},
        {BJ_NNF_CM, BJ_NNF_TRADE_TR, 86, "fill_price_paise"},
        {BJ_NNF_CM, BJ_NNF_ORDER, 120, "trigger_paise"},
        {BJ_NNF_CM, BJ_NNF_ORDER, 74, "order_number"},
        {BJ_NNF_FO, BJ_NNF_ORDER_TR, 8, "token"},
        {BJ_NNF_FO, BJ_NNF_ORDER_TR, 56, "qty"},
        {BJ_NNF_FO, BJ_NNF_ORDER_TR, 60, "price_paise"},
        {BJ_NNF_FO, BJ_NNF_CANCEL_TR, 38, "order_number"},
        {BJ_NNF_FO, BJ_NNF_CONFIRM_TR, 86, "left_qty"},
        {BJ_NNF_FO, BJ_NNF_TRADE_TR, 94, "fill_price_paise"},
        {BJ_NNF_FO, BJ_NNF_REJECT, 144, "trigger_paise"},
        {BJ_NNF_FO, BJ_NNF_PRICE_MODIFY, 58, "price_paise"},
    };
    for (size_t i = 0; i < BJ_COUNT(places); i++) {
        const bj_nnf_layout_t *layout = bj_nnf_layout(places[i].segment, places[i].code, 0);
        const bj_nnf_row_t *row = layout ? row_at(layout, (unsigned)places[i].at) : NULL;
        BJ_CHECK(row && strcmp(row->name, places[i].name) == 0);
    }
}

static void test_rows_add_up(void) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    for (size_t i = 0; i < cnt; i++) {
        BJ_CHECK(rows_fill(&layouts[i], 0, layouts[i].bytes));
        BJ_CHECK(layouts[i].bytes + BJ_NNF_PREFIX_BYTES <= BJ_NNF_PACKET_MAX_BYTES);
        BJ_CHECK(strcmp(bj_nnf_code_text(layouts[i].code), "unknown message") != 0);
        BJ_CHECK(bj_nnf_layout((bj_nnf_segment_t)layouts[i].segment, layouts[i].code,
                               layouts[i].bytes) == &layouts[i]); /* no form twice */
    }
}

/* --- there and back --- */
static uint64_t dice = 88172645463325252u;
static uint64_t roll(void) {
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    return dice;
}

static int64_t number_for(const bj_nnf_row_t *row) {
    switch (row->kind) {
    case KIND_I8: return (uint8_t)roll();
    case KIND_I16: return (int16_t)roll();
    case KIND_I32: return (int32_t)roll();
    case KIND_I64: return (int64_t)roll();
    default: return (int64_t)(roll() >> (11 + roll() % 40));
    }
}

static void row_fill(const bj_nnf_row_t *row, bj_nnf_msg_t *msg) {
    uint8_t *member = (uint8_t *)msg + row->member_at;
    int64_t value;
    if (row->kind == KIND_RES || row->kind == KIND_ANY) return;
    if (row->kind == KIND_TXT) {
        size_t n = roll() % (row->bytes + 1u);
        for (size_t i = 0; i < n; i++)
            member[i] = (uint8_t)('A' + roll() % 26);
        return;
    }
    if (row->kind == KIND_RAW) {
        for (size_t i = 0; i < row->bytes; i++)
            member[i] = (uint8_t)roll();
        return;
    }
    value = number_for(row);
    memcpy(member, &value, sizeof value);
}

static void there_and_back(const bj_nnf_layout_t *layout) {
    bj_nnf_segment_t segment = (bj_nnf_segment_t)layout->segment;
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES], again[BJ_NNF_PACKET_MAX_BYTES];
    bj_nnf_msg_t msg, back;
    memset(&msg, 0, sizeof msg);
    for (size_t i = 0; i < layout->row_cnt; i++)
        row_fill(&layout->rows[i], &msg);
    msg.code = layout->code;
    msg.form_bytes = layout->bytes;
    if (layout->header) msg.message_bytes = layout->bytes;
    BJ_CHECK(bj_nnf_encode(segment, &msg, wire, layout->bytes - 1u) == 0);
    BJ_CHECK(bj_nnf_encode(segment, &msg, wire, sizeof wire) == layout->bytes);
    BJ_CHECK(bj_nnf_decode(segment, wire, layout->bytes, &back) == BJ_OK);
    BJ_CHECK(!back.bad_field && memcmp(&msg, &back, sizeof msg) == 0);
    BJ_CHECK(bj_nnf_encode(segment, &back, again, sizeof again) == layout->bytes);
    BJ_CHECK(memcmp(wire, again, layout->bytes) == 0);
}

static void test_there_and_back(void) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < cnt; i++)
            there_and_back(&layouts[i]);
    }
}

static void test_every_length(void) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    for (size_t i = 0; i < cnt; i++) {
        bj_nnf_segment_t segment = (bj_nnf_segment_t)layouts[i].segment;
        bj_nnf_msg_t msg = {.code = layouts[i].code}, back;
        uint8_t wire[BJ_NNF_PACKET_MAX_BYTES] = {0};
        BJ_CHECK(bj_nnf_encode(segment, &msg, wire, sizeof wire) > 0);
        for (size_t n = 0; n <= layouts[i].bytes + 2u; n++) {
            uint8_t *exact = malloc(n ? n : 1); /* the sanitizer sees byte n + 1 */
            memcpy(exact, wire, n);
            bool form = n >= 2 && bj_nnf_layout(segment, layouts[i].code, n) != NULL;
            bj_status_t want = n < 2 ? BJ_ERR_TRUNCATED : form ? BJ_OK : BJ_ERR_CORRUPT;
            BJ_CHECK(bj_nnf_decode(segment, exact, n, &back) == want);
            free(exact);
        }
    }
}

/* --- what is wrong is named --- */
static void test_bad_fields(void) {
    bj_nnf_msg_t msg = {.code = BJ_NNF_ORDER_TR, .symbol = "DEMO"}, back;
    uint8_t wire[136], bad[136];
    BJ_CHECK(bj_nnf_encode(BJ_NNF_CM, &msg, wire, sizeof wire) == sizeof wire);
    static const struct { size_t at; uint8_t byte; const char *field; bool reserved; } cases[] = {
        {102, 1, "reserved_102", true}, {104, 'x', "reserved_104", true},
        {135, 0x80, "reserved_104", true}, {104, ' ', NULL, false}, {7, 1, "symbol", false},
        {17, 0xff, "series", false},       {76, 0xc0, "nnf_id", false},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        memcpy(bad, wire, sizeof bad);
        bad[cases[i].at] = cases[i].byte;
        BJ_CHECK(bj_nnf_decode(BJ_NNF_CM, bad, sizeof bad, &back) == BJ_OK);
        bool same = cases[i].field ? back.bad_field && !strcmp(back.bad_field, cases[i].field)
                                   : !back.bad_field;
        BJ_CHECK(same && back.bad_reserved == cases[i].reserved);
    }
    BJ_CHECK(back.nnf_id == -1); /* of the last: a double that is not whole */
    msg.side = 40000;
    BJ_CHECK(bj_nnf_encode(BJ_NNF_CM, &msg, wire, sizeof wire) == 0);
    msg.side = 1, msg.nnf_id = -1;
    BJ_CHECK(bj_nnf_encode(BJ_NNF_CM, &msg, wire, sizeof wire) == 0);
    uint8_t unknown[2] = {0x4e, 0x21}; /* 20001 */
    BJ_CHECK(bj_nnf_decode(BJ_NNF_CM, unknown, 2, &back) == BJ_ERR_UNKNOWN_TYPE);
    BJ_CHECK(back.code == 20001);
}

/* --- doubles --- */
static double as_double(bj_be64_t wire) { return bj_be64_get_double(wire); }

static void check_whole(int64_t value) {
    int64_t back = -7;
    BJ_CHECK(as_double(bj_nnf_whole(value)) == (double)value);
    BJ_CHECK(bj_nnf_whole_get(bj_be64_double((double)value), &back) && back == value);
}

static void test_whole(void) {
    for (int bit = 0; bit <= 53; bit++) {
        int64_t value = INT64_C(1) << bit;
        check_whole(value);
        if (value > 1) check_whole(value - 1);
        if (bit < 53) check_whole(value + 1);
    }
    check_whole(0);
    check_whole(1100000000000001); /* an order number */
    for (int i = 0; i < 10000; i++)
        check_whole((int64_t)(roll() >> (11 + roll() % 50)));
    static const double not_whole[] = {0.5, -1.0, 1.5, 4503599627370496.5 - 0.25, 1e300, 1e-300,
                                       -0.0, 9007199254740994.0, 123456789.25};
    for (size_t i = 0; i < BJ_COUNT(not_whole); i++) {
        int64_t value = 0;
        bool whole = not_whole[i] >= 1 && not_whole[i] <= 9007199254740992.0 &&
                     not_whole[i] == (double)(int64_t)not_whole[i];
        BJ_CHECK(bj_nnf_whole_get(bj_be64_double(not_whole[i]), &value) == whole);
        BJ_CHECK(whole || value == -1);
    }
    int64_t value = 0;
    BJ_CHECK(!bj_nnf_whole_get(bj_be64(INT64_C(0x7ff0000000000000)), &value)); /* infinity */
    BJ_CHECK(!bj_nnf_whole_get(bj_be64(INT64_C(0x7ff8000000000001)), &value)); /* not a number */
}

/* --- flags: the documents' two tables, bit by bit --- */
static void test_flags(void) {
    static const struct { bj_nnf_segment_t segment; int byte; uint8_t mask; int flag; } bits[] = {
        {BJ_NNF_CM, 0, 0x80, BJ_NNF_ATO},     {BJ_NNF_CM, 0, 0x40, BJ_NNF_MARKET},
        {BJ_NNF_CM, 0, 0x20, BJ_NNF_STOP},    {BJ_NNF_CM, 0, 0x10, BJ_NNF_DAY},
        {BJ_NNF_CM, 0, 0x08, BJ_NNF_GTC},     {BJ_NNF_CM, 0, 0x04, BJ_NNF_IOC},
        {BJ_NNF_CM, 0, 0x02, BJ_NNF_AON},     {BJ_NNF_CM, 0, 0x01, BJ_NNF_MF},
        {BJ_NNF_CM, 1, 0x80, BJ_NNF_MATCHED}, {BJ_NNF_CM, 1, 0x40, BJ_NNF_TRADED},
        {BJ_NNF_CM, 1, 0x20, BJ_NNF_CHANGED}, {BJ_NNF_CM, 1, 0x10, BJ_NNF_IS_FROZEN},
        {BJ_NNF_CM, 1, 0x08, BJ_NNF_PREOPEN}, {BJ_NNF_CM, 1, 0x04, -1},
        {BJ_NNF_CM, 1, 0x02, BJ_NNF_STPC},    {BJ_NNF_CM, 1, 0x01, -1},
        {BJ_NNF_FO, 0, 0x80, BJ_NNF_ATO},     {BJ_NNF_FO, 0, 0x40, BJ_NNF_MARKET},
        {BJ_NNF_FO, 0, 0x20, BJ_NNF_STOP},    {BJ_NNF_FO, 0, 0x10, BJ_NNF_MIT},
        {BJ_NNF_FO, 0, 0x08, BJ_NNF_DAY},     {BJ_NNF_FO, 0, 0x04, BJ_NNF_GTC},
        {BJ_NNF_FO, 0, 0x02, BJ_NNF_IOC},     {BJ_NNF_FO, 0, 0x01, BJ_NNF_AON},
        {BJ_NNF_FO, 1, 0x80, BJ_NNF_MF},      {BJ_NNF_FO, 1, 0x40, BJ_NNF_MATCHED},
        {BJ_NNF_FO, 1, 0x20, BJ_NNF_TRADED},  {BJ_NNF_FO, 1, 0x10, BJ_NNF_CHANGED},
        {BJ_NNF_FO, 1, 0x08, BJ_NNF_IS_FROZEN}, {BJ_NNF_FO, 1, 0x04, BJ_NNF_PREOPEN},
        {BJ_NNF_FO, 1, 0x02, -1},             {BJ_NNF_FO, 1, 0x01, -1},
        {BJ_NNF_FO, 2, 0x10, BJ_NNF_STPC},    {BJ_NNF_FO, 2, 0x04, -1},
    };
    for (size_t i = 0; i < BJ_COUNT(bits); i++) {
        bj_nnf_msg_t msg = {0}, back = {0};
        uint32_t flags = 0;
        int64_t *byte = bits[i].byte == 0 ? &msg.flags0 : bits[i].byte == 1 ? &msg.flags1
                                                                            : &msg.more_flags;
        *byte = bits[i].mask;
        bool known = bj_nnf_flags_get(bits[i].segment, &msg, &flags);
        BJ_CHECK(known == (bits[i].flag >= 0));
        BJ_CHECK(flags == (known ? UINT32_C(1) << bits[i].flag : 0));
        if (!known) continue;
        bj_nnf_flags_set(bits[i].segment, &back, flags);
        BJ_CHECK(back.flags0 == msg.flags0 && back.flags1 == msg.flags1);
        BJ_CHECK(back.more_flags == msg.more_flags);
    }
    bj_nnf_msg_t msg = {.more_flags = BJ_NNF_MORE_COL | BJ_NNF_MORE_BOC};
    uint32_t flags = 1;
    BJ_CHECK(bj_nnf_flags_get(BJ_NNF_FO, &msg, &flags) && flags == 0);
    BJ_CHECK(!bj_nnf_flags_get(BJ_NNF_CM, &msg, &flags)); /* no third byte there */
}

/* --- records --- */
static void test_records(void) {
    for (int segment = 0; segment < BJ_NNF_SEGMENT_CNT; segment++) {
        bj_nnf_msg_t outer = {.code = BJ_NNF_DOWNLOAD_RECORD, .alpha0 = 3, .user_id = 77};
        bj_nnf_msg_t inner = {.code = BJ_NNF_TRADE, .user_id = 77, .log_s = 5, .alpha0 = 'D',
                              .alpha1 = 'E', .error = 0, .time_exch_ns = 123, .jiffies = 456,
                              .stream = 1, .order_number = 1100000000000009, .fill_qty = 8};
        uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
        bj_nnf_msg_t back;
        bj_nnf_segment_t s = (bj_nnf_segment_t)segment;
        size_t n = bj_nnf_wrap(s, &outer, &inner, wire, sizeof wire);
        BJ_CHECK(n == 40u + (segment == BJ_NNF_CM ? 228u : 296u));
        BJ_CHECK(wire[0] == 0x1b && wire[1] == 0x6d && wire[6] == 3); /* 7021, stream */
        BJ_CHECK(wire[50] == 0x08 && wire[51] == 0xae);               /* 2222, inner place */
        BJ_CHECK(wire[38] == n >> 8 && wire[39] == (n & 255));
        BJ_CHECK(bj_nnf_unwrap(s, wire, n, &back) == BJ_OK && !back.bad_field);
        inner.form_bytes = back.form_bytes, inner.message_bytes = back.message_bytes;
        BJ_CHECK(memcmp(&inner, &back, sizeof inner) == 0);
        for (size_t cut = 0; cut < n; cut++) {
            bj_status_t want = cut < 80 ? BJ_ERR_TRUNCATED : BJ_ERR_CORRUPT;
            BJ_CHECK(bj_nnf_unwrap(s, wire, cut, &back) == want);
        }
        BJ_CHECK(bj_nnf_wrap(s, &outer, &inner, wire, n - 1) == 0);
        inner.code = BJ_NNF_TRADE_TR, inner.form_bytes = 0; /* has no header */
        BJ_CHECK(bj_nnf_wrap(s, &outer, &inner, wire, sizeof wire) == 0);
    }
}

static void test_time(void) {
    int64_t noon = INT64_C(1767249000) * BJ_NS_PER_S; /* 2026-01-01 12:00:00 in India */
    BJ_CHECK(bj_nnf_seconds(noon) == 16802 * INT64_C(86400) + 43200);
    BJ_CHECK(bj_nnf_from_seconds(bj_nnf_seconds(noon)) == noon);
    BJ_CHECK(bj_nnf_seconds(noon + 999999999) == bj_nnf_seconds(noon));
    BJ_CHECK(bj_nnf_jiffies(noon) == bj_nnf_seconds(noon) * 65536);
    BJ_CHECK(bj_nnf_jiffies(noon + BJ_NS_PER_S / 2) == bj_nnf_seconds(noon) * 65536 + 32768);
    BJ_CHECK(bj_nnf_day(bj_nnf_seconds(noon)) == 20454);
    BJ_CHECK(bj_nnf_day(bj_nnf_from_day(20454)) == 20454 && bj_nnf_from_day(3652) == 0);
}

int main(void) {
    test_doc_tables();
    test_places();
    test_rows_add_up();
    test_there_and_back();
    test_every_length();
    test_bad_fields();
    test_whole();
    test_flags();
    test_records();
    test_time();
    return bj_test_end("test_bj_nnf_codec");
}
