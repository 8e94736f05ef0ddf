/* Goal: whatever form a message has, no password, key or PAN of it is kept and nothing else is
 * lost; and each form can be told in words.  Against the rows' names, which the code has not. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/nnf/bj_nnf_mask.h"
#include "dataplane/nnf/bj_nnf_pan.h"
#include "dataplane/nnf/bj_nnf_reason.h"
#include "dataplane/nnf/bj_nnf_text.h"

static uint64_t rng = 88172645463325252;

static uint8_t any(void) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint8_t)(rng >> 32 | 1); /* neither NUL nor a blank */
}

/* X(row, what it is kept as) */
static const struct {
    const char *name;
    uint8_t blank;
} secrets[] = {{"password", '*'}, {"new_password", '*'}, {"pan", '*'}, {"old_pan", '*'},
               {"session_key", 0}, {"crypto_key", 0}, {"crypto_iv", 0}, {"static_iv", 0},
               {"dynamic_iv", 0}, {"additional_key", 0}};

static int blank_of(const char *name) {
    for (size_t i = 0; i < BJ_COUNT(secrets); i++) {
        if (strcmp(secrets[i].name, name) == 0) return secrets[i].blank;
    }
    return -1;
}

static void code_put(uint8_t *at, int64_t code) {
    at[0] = (uint8_t)(code >> 8), at[1] = (uint8_t)code;
}

static void check_rows(const bj_nnf_layout_t *layout, const uint8_t *was, const uint8_t *is) {
    for (size_t i = 0; i < layout->row_cnt; i++) {
        const bj_nnf_row_t *row = &layout->rows[i];
        int blank = blank_of(row->name);
        bool same = memcmp(was + row->at, is + row->at, row->bytes) == 0, blanked = true;
        for (size_t at = row->at; at < (size_t)row->at + row->bytes; at++)
            blanked = blanked && is[at] == blank;
        BJ_CHECK(blank < 0 ? same : blanked);
        if (blank < 0 ? !same : !blanked)
            fprintf(stderr, "  %s.%s of %d\n", layout->name, row->name, layout->code);
    }
}

static void test_every_form(void) {
    size_t cnt, secret_cnt = 0;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    for (size_t i = 0; i < cnt; i++) {
        const bj_nnf_layout_t *layout = &layouts[i];
        uint8_t *was = malloc(layout->bytes), *is = malloc(layout->bytes);
        for (size_t at = 0; at < layout->bytes; at++)
            was[at] = any();
        code_put(was, layout->code);
        memcpy(is, was, layout->bytes);
        BJ_CHECK(bj_nnf_mask((bj_nnf_segment_t)layout->segment, is, layout->bytes) ==
                 layout->bytes);
        check_rows(layout, was, is);
        for (size_t r = 0; r < layout->row_cnt; r++)
            secret_cnt += blank_of(layout->rows[r].name) >= 0;
        free(was), free(is);
    }
    BJ_CHECK(secret_cnt > 60);
}

/* What a download wraps, each form of it that has a header. */
static void test_records(void) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    for (size_t i = 0; i < cnt; i++) {
        const bj_nnf_layout_t *layout = &layouts[i];
        size_t bytes = (size_t)BJ_NNF_HEADER_BYTES + layout->bytes;
        if (!layout->header) continue;
        uint8_t was[BJ_NNF_PACKET_MAX_BYTES], is[BJ_NNF_PACKET_MAX_BYTES];
        for (size_t at = 0; at < bytes; at++)
            was[at] = any();
        code_put(was, i % 2 ? BJ_NNF_DOWNLOAD_RECORD : BJ_NNF_LOCAL_RECORD);
        code_put(was + BJ_NNF_HEADER_BYTES + offsetof(bj_nnf_inner_t, code), layout->code);
        memcpy(is, was, bytes);
        BJ_CHECK(bj_nnf_mask((bj_nnf_segment_t)layout->segment, is, bytes) == bytes);
        BJ_CHECK(memcmp(was, is, 2 * BJ_NNF_HEADER_BYTES) == 0);
        check_rows(layout, was + BJ_NNF_HEADER_BYTES, is + BJ_NNF_HEADER_BYTES);
    }
}

/* No form: not more than what is a header in all of them; and nothing past the end is touched. */
static void test_every_length(void) {
    static const int32_t codes[] = {BJ_NNF_SIGN_ON, BJ_NNF_ORDER_TR, BJ_NNF_ROUTED, 9999,
                                    BJ_NNF_DOWNLOAD_RECORD, BJ_NNF_BOX_SIGN_ON};
    for (size_t bytes = 0; bytes <= 400; bytes++) {
        for (size_t i = 0; i < 2 * BJ_COUNT(codes); i++) {
            bj_nnf_segment_t segment = i & 1 ? BJ_NNF_FO : BJ_NNF_CM;
            uint8_t *exact = calloc(bytes ? bytes : 1, 1);
            if (bytes >= 2) code_put(exact, codes[i / 2]);
            bool form = bytes >= 2 && bj_nnf_layout(segment, codes[i / 2], bytes);
            size_t want = form || bytes < BJ_NNF_HEADER_BYTES ? bytes : BJ_NNF_HEADER_BYTES;
            BJ_CHECK(bj_nnf_mask(segment, exact, bytes) == want);
            free(exact);
        }
    }
}

static void test_pan(void) {
    bj_nnf_msg_t msg = {.code = BJ_NNF_ORDER_TR, .pan = "PAN_EXEMPT"};
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_encode(BJ_NNF_CM, &msg, wire, sizeof wire);
    BJ_CHECK(bj_nnf_mask(BJ_NNF_CM, wire, n) == n && !memcmp(wire + 88, "PAN_EXEMPT", 10));
    memcpy(msg.pan, "ABC", 4); /* blanks stay what they are */
    n = bj_nnf_encode(BJ_NNF_CM, &msg, wire, sizeof wire);
    BJ_CHECK(bj_nnf_mask(BJ_NNF_CM, wire, n) == n && !memcmp(wire + 88, "***       ", 10));
}

static void test_pan_shape(void) {
    static const struct { const char *pan; bool ok; } cases[] = {
        {"ABCDE1234F", true},   {"PAN_EXEMPT", true},  {"", false},           {"ABCDE1234", false},
        {"ABCDE1234FG", false}, {"abcde1234f", false}, {"ABCD11234F", false}, {"ABCDE123AF", false},
        {"ABCDE12341", false}, {"PAN_EXEMP", false}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++)
        BJ_CHECK(bj_nnf_pan_ok(cases[i].pan) == cases[i].ok);
}

/* --- in words --- */
static void test_words(void) {
    static const bj_nnf_msg_t order = {.code = BJ_NNF_ORDER_TR, .user_id = 501, .symbol = "M\"M",
                                       .series = "EQ", .side = BJ_NNF_SELL, .qty = 10,
                                       .price_paise = 9995, .client_ref = 71, .book = 1,
                                       .flags0 = 0x10, .nnf_id = 111111111111100};
    static const bj_nnf_msg_t no = {.code = BJ_NNF_REJECT_TR, .error = BJ_NNF_E_LENGTH};
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    char text[BJ_NNF_TEXT_BYTES], small[20];
    size_t n = bj_nnf_encode(BJ_NNF_CM, &order, wire, sizeof wire);
    size_t took = bj_nnf_text(BJ_NNF_CM, wire, n, false, text, sizeof text);
    BJ_CHECK(took == strlen(text));
    BJ_CHECK(!strcmp(text, "\"order, trimmed\", code 20000, user_id 501, symbol \"M\\\"M\", "
                           "series \"EQ\", book 1, side \"sell\", qty 10, price_paise 9995, "
                           "nnf_id 111111111111100, client_ref 71, flags \"day\""));
    BJ_CHECK(bj_nnf_text(BJ_NNF_CM, wire, n, false, small, sizeof small) == took);
    BJ_CHECK(strlen(small) == sizeof small - 1);
    n = bj_nnf_encode(BJ_NNF_CM, &no, wire, sizeof wire);
    (void)bj_nnf_text(BJ_NNF_CM, wire, n, false, text, sizeof text);
    BJ_CHECK(strstr(text, "error 16573, error_text \"bad message length\"") != NULL);
    (void)bj_nnf_text(BJ_NNF_CM, wire, 50, false, text, sizeof text);
    BJ_CHECK(strstr(text, "\"order refused, trimmed\", code 20231, unread \"") == text);
}

/* Every form with anything in it is JSON, and fits; a member stands once. */
static void check_json(bj_nnf_segment_t segment, const uint8_t *msg, size_t bytes) {
    char text[BJ_NNF_TEXT_BYTES];
    json_error_t error;
    size_t took = bj_nnf_text(segment, msg, bytes, true, text, sizeof text);
    BJ_CHECK(took < sizeof text);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    BJ_CHECK(root && json_is_string(json_object_get(root, "message")));
    if (!root) fprintf(stderr, "  %s: %s\n", error.text, text);
    json_decref(root);
}

static void test_json(void) {
    size_t cnt;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    uint8_t msg[BJ_NNF_PACKET_MAX_BYTES];
    for (size_t i = 0; i < 20 * cnt; i++) {
        const bj_nnf_layout_t *layout = &layouts[i % cnt];
        bj_nnf_segment_t segment = (bj_nnf_segment_t)layout->segment;
        for (size_t at = 0; at < sizeof msg; at++)
            msg[at] = i < cnt ? '"' : any();
        code_put(msg, layout->code);
        check_json(segment, msg, layout->bytes);
        check_json(segment, msg, (size_t)any() + any());
        code_put(msg, BJ_NNF_DOWNLOAD_RECORD);
        code_put(msg + BJ_NNF_HEADER_BYTES + offsetof(bj_nnf_inner_t, code), layout->code);
        check_json(segment, msg, (size_t)BJ_NNF_HEADER_BYTES + layout->bytes);
    }
}

int main(void) {
    test_every_form();
    test_records();
    test_every_length();
    test_pan();
    test_pan_shape();
    test_words();
    test_json();
    return bj_test_end("test_bj_nnf_mask");
}
