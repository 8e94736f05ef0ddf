/* What the edge reads and writes, byte for byte: frames, the upgrade, tickets, packets, wishes. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "controlplane/edge/bj_packet.h"
#include "controlplane/edge/bj_pass.h"
#include "controlplane/edge/bj_upgrade.h"
#include "controlplane/edge/bj_wish.h"
#include "controlplane/edge/bj_ws.h"
#include "dataplane/base/bj_test.h"

#define BYTES(...) {__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

typedef struct frame_case {
    const char *what;
    uint8_t     data[16];
    size_t      data_bytes;
    uint16_t    close_code; /* 0: a good frame */
} frame_case_t;

static const frame_case_t frame_cases[] = {
    {"text Hello (RFC 6455 5.7)",
     BYTES(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58), 0},
    {"empty ping", BYTES(0x89, 0x80, 1, 2, 3, 4), 0},
    {"first of fragments", BYTES(0x01, 0x81, 0, 0, 0, 0, 'x'), 0},
    {"not masked", BYTES(0x81, 0x05, 'H', 'e', 'l', 'l', 'o'), BJ_WS_PROTOCOL},
    {"reserved bit", BYTES(0xc1, 0x80, 0, 0, 0, 0), BJ_WS_PROTOCOL},
    {"opcode 3", BYTES(0x83, 0x80, 0, 0, 0, 0), BJ_WS_PROTOCOL},
    {"opcode 11", BYTES(0x8b, 0x80, 0, 0, 0, 0), BJ_WS_PROTOCOL},
    {"long ping", BYTES(0x89, 0xfe, 0x01, 0x00, 1, 2, 3, 4), BJ_WS_PROTOCOL},
    {"fragmented ping", BYTES(0x09, 0x80, 1, 2, 3, 4), BJ_WS_PROTOCOL},
    {"two bytes of length for 125", BYTES(0x81, 0xfe, 0, 125, 0, 0, 0, 0), BJ_WS_PROTOCOL},
    {"eight for 65535", BYTES(0x81, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff), BJ_WS_PROTOCOL},
    {"65537 bytes", BYTES(0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1), BJ_WS_TOO_BIG},
    {"2^64 - 1 bytes", BYTES(0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255), BJ_WS_TOO_BIG},
};

static void check_frame(const frame_case_t *c) {
    uint8_t *data = malloc(c->data_bytes);
    bj_ws_frame_t frame;
    uint16_t code = 0;
    if (!data) abort();
    memcpy(data, c->data, c->data_bytes);
    bj_status_t status = bj_ws_decode(data, c->data_bytes, &frame, &code);
    BJ_CHECK(code == c->close_code);
    BJ_CHECK(status == (c->close_code ? BJ_ERR_BAD_FIELD : BJ_OK));
    BJ_CHECK(c->close_code || frame.frame_bytes == c->data_bytes);
    free(data);
}

/* Each shorter piece of a good frame wants more, and is left as it was. */
static void check_truncations(const frame_case_t *c) {
    for (size_t n = 0; n < c->data_bytes; n++) {
        uint8_t *data = malloc(n ? n : 1);
        bj_ws_frame_t frame;
        uint16_t code = 0;
        if (!data) abort();
        memcpy(data, c->data, n);
        BJ_CHECK(bj_ws_decode(data, n, &frame, &code) == BJ_ERR_TRUNCATED);
        BJ_CHECK(memcmp(data, c->data, n) == 0);
        free(data);
    }
}

static void test_frames(void) {
    for (size_t i = 0; i < BJ_COUNT(frame_cases); i++) {
        check_frame(&frame_cases[i]);
        if (!frame_cases[i].close_code) check_truncations(&frame_cases[i]);
    }
    uint8_t hello[16];
    bj_ws_frame_t frame;
    uint16_t code;
    memcpy(hello, frame_cases[0].data, sizeof hello);
    BJ_CHECK(bj_ws_decode(hello, 11, &frame, &code) == BJ_OK && frame.opcode == BJ_WS_TEXT);
    BJ_CHECK(frame.fin && frame.payload_bytes == 5 && memcmp(frame.payload, "Hello", 5) == 0);
    static const struct {
        size_t  payload_bytes, head_bytes;
        uint8_t head[10];
    } heads[] = {{0, 2, {0x82, 0}},
                 {125, 2, {0x82, 125}},
                 {126, 4, {0x82, 126, 0, 126}},
                 {65535, 4, {0x82, 126, 255, 255}},
                 {65536, 10, {0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}}};
    for (size_t i = 0; i < BJ_COUNT(heads); i++) {
        uint8_t out[BJ_WS_HEAD_MAX];
        BJ_CHECK(bj_ws_head(out, BJ_WS_BINARY, heads[i].payload_bytes) == heads[i].head_bytes);
        BJ_CHECK(memcmp(out, heads[i].head, heads[i].head_bytes) == 0);
    }
}

/* A head that lies is found before its payload has come: nobody waits for 2^64 bytes. */
static void test_lies_are_found_early(void) {
    for (size_t i = 0; i < BJ_COUNT(frame_cases); i++) {
        const frame_case_t *c = &frame_cases[i];
        if (!c->close_code || c->data_bytes < 10) continue;
        uint8_t data[10];
        bj_ws_frame_t frame;
        uint16_t code = 0;
        memcpy(data, c->data, sizeof data);
        BJ_CHECK(bj_ws_decode(data, sizeof data, &frame, &code) == BJ_ERR_BAD_FIELD);
    }
}

static void test_close_codes(void) {
    static const struct {
        uint8_t  payload[6];
        size_t   n;
        uint16_t code;
    } cases[] = {
        {{0}, 0, 1000},          {{3}, 1, 1002},           {{0x03, 0xe8}, 2, 1000},
        {{0x03, 0xe9, 'x'}, 3, 1001}, {{0x03, 0xec}, 2, 1002}, {{0x03, 0xed}, 2, 1002},
        {{0x03, 0xee}, 2, 1002}, {{0x0b, 0xb8}, 2, 3000},  {{0x13, 0x88}, 2, 1002},
        {{0, 0}, 2, 1002},       {{0x03, 0xe8, 0xff}, 3, 1007},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_ws_close_code(cases[i].payload, cases[i].n) == cases[i].code);
    }
}

/* Every code point against the definition, and every string of up to two bytes that is none. */
static void test_utf8(void) {
    for (uint32_t c = 0; c < 0x120000; c++) {
        uint8_t text[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
        for (size_t i = n; i-- > 0;) text[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
        text[0] = (uint8_t)(n == 1 ? c : lead[n] | c >> 6 * (n - 1));
        bool good = c < 0xd800 || (c > 0xdfff && c < 0x110000);
        if (bj_utf8_valid(text, n) != good) BJ_CHECK(!"code point");
        if (n > 1 && bj_utf8_valid(text, n - 1)) BJ_CHECK(!"cut short");
    }
    static const char *const bad[] = {"\x80",         "\xc0\x80",         "\xc1\xbf",
                                      "\xe0\x80\x80", "\xf5\x80\x80\x80", "\xf0\x80\x80\x80",
                                      "a\xff",        "\xc3\x28"};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        BJ_CHECK(!bj_utf8_valid((const uint8_t *)bad[i], strlen(bad[i])));
    }
    BJ_CHECK(bj_utf8_valid(NULL, 0));
}

#define GOOD                                                              \
    "Host: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" \
    "Sec-WebSocket-Version: 13\r\nOrigin: https://localhost:8443\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define ALL GOOD KEY TICKS
#define TICKS "Sec-WebSocket-Protocol: bijli.ticks\r\n"
static const char good_request[] =
    "GET /?a=b HTTP/1.1\r\n" GOOD KEY
    "Sec-WebSocket-Protocol: bijli.ticks , bijli.ticket.1.2.abc\r\n\r\n";
static const char ticket_in_query[] = "GET /?ticket=1.2.abc HTTP/1.1\r\n" ALL "\r\n";

static const struct {
    const char *request;
    int         http_status;
} upgrade_cases[] = {
    {good_request, 101},
    {"GET / HTTP/1.1\r\n" ALL "\r\n", 101}, /* no ticket: the caller's to refuse */
    {ticket_in_query, 101},                 /* nor is that one */
    {"GET / HTTP/1.1\r\n" GOOD KEY "\r\n", 400},
    {"GET / HTTP/1.1\r\n" ALL TICKS "\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY "Sec-WebSocket-Protocol: bijli.ticket.1.2.abc\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY "Sec-WebSocket-Protocol: bijli.ticksy\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY
     "Sec-WebSocket-Protocol: bijli.ticks,bijli.ticket.1,bijli.ticket.2\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" GOOD KEY "\r\n", 405},
    {"GET /x HTTP/1.1\r\n" GOOD KEY "\r\n", 404},
    {"GET / HTTP/1.0\r\n" GOOD KEY "\r\n", 400},
    {"GET /\r\n" GOOD KEY "\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD "\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY KEY "\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Key: short\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD "Sec-WebSocket-Key: dGhlIHNhbX!zZSBub25jZQ==\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY "Host: again\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY "folded:\r\n more\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY "blank : x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY "nocolon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" GOOD KEY "bare: \n x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close\r\n"
     "Sec-WebSocket-Version: 13\r\n" KEY "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n"
     "Sec-WebSocket-Version: 13\r\n" KEY "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n"
     "Sec-WebSocket-Version: 8\r\n" KEY "\r\n", 426},
    {"\r\n\r\n", 400},
};

static void test_upgrade(void) {
    bj_upgrade_t up;
    char accept[BJ_UPGRADE_ACCEPT_BYTES];
    for (size_t i = 0; i < BJ_COUNT(upgrade_cases); i++) {
        size_t n = strlen(upgrade_cases[i].request);
        char *exact = malloc(n);
        if (!exact) abort();
        memcpy(exact, upgrade_cases[i].request, n);
        BJ_CHECK(bj_upgrade_parse(exact, n, &up) == BJ_OK);
        BJ_CHECK(up.http_status == upgrade_cases[i].http_status && up.request_bytes == n);
        free(exact);
    }
    for (size_t n = 0; n < sizeof good_request - 1; n++) {
        char *exact = malloc(n ? n : 1);
        if (!exact) abort();
        memcpy(exact, good_request, n);
        BJ_CHECK(bj_upgrade_parse(exact, n, &up) == BJ_ERR_TRUNCATED);
        free(exact);
    }
    BJ_CHECK(bj_upgrade_parse(good_request, sizeof good_request - 1, &up) == BJ_OK);
    BJ_CHECK(up.ticket.n == 7 && memcmp(up.ticket.at, "1.2.abc", 7) == 0);
    BJ_CHECK(bj_upgrade_parse(ticket_in_query, sizeof ticket_in_query - 1, &up) == BJ_OK);
    BJ_CHECK(!up.ticket.at);
    BJ_CHECK(bj_upgrade_parse(good_request, sizeof good_request - 1, &up) == BJ_OK);
    BJ_CHECK(up.origin.n == 22 && memcmp(up.origin.at, "https://localhost:8443", 22) == 0);
    bj_upgrade_accept(up.key, accept);
    BJ_CHECK(strcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == 0); /* RFC 6455 section 1.3 */
    static char endless[BJ_UPGRADE_BYTES_MAX];
    memset(endless, 'a', sizeof endless);
    BJ_CHECK(bj_upgrade_parse(endless, sizeof endless, &up) == BJ_OK && up.http_status == 431);
    BJ_CHECK(bj_upgrade_parse(endless, sizeof endless - 1, &up) == BJ_ERR_TRUNCATED);
}

/* Made here from the words of docs/protocols/api.md, not by the code that makes real ones. */
static void make_ticket(const char *key, const char *body, char *out, size_t out_bytes) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes = 0;
    HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)body, strlen(body), mac,
         &mac_bytes);
    int n = snprintf(out, out_bytes, "%s.", body);
    for (unsigned i = 0; i < mac_bytes; i++, n += 2) {
        snprintf(out + n, out_bytes - (size_t)n, "%02x", mac[i]);
    }
}

#define WHO "000102030405060708090a0b0c0d0e0f"

static void test_pass(void) {
    static const struct {
        const char *key, *body;
        bool        good;
    } cases[] = {
        {"secret", "1001.1001.1061.2000." WHO, true},
        {"secret", "1001.940.1000.2000." WHO, false},  /* ends now */
        {"secret", "1001.1001.1061.1000." WHO, false}, /* what it is for has ended */
        {"other", "1001.1001.1061.2000." WHO, false},
        {"secret", "4294967295.1001.1061.2000." WHO, true},
        {"secret", "4294967296.1001.1061.2000." WHO, false},
        {"secret", "0.1001.1061.2000." WHO, false},
        {"secret", "01001.1001.1061.2000." WHO, false},
        {"secret", "-1.1001.1061.2000." WHO, false},
        {"secret", "1001.1001.1061.2000.", false},
        {"secret", "1001.1001.1061.2000." WHO "00", false},
        {"secret", "1001.1001.1061.2000.0001020304050607", false},
        {"secret", "1001.1001.1061.2000.00010203040506070809_a0b0c0d0e0f", false},
        {"secret", "1001.1001.1061." WHO, false},
        {"secret", "1001.1061", false}, /* as they were once */
        {"secret", "1001.1001.1061.2000." WHO ".1", false},
        {"secret", "1001.1001.99999999999999999999.2000." WHO, false},
    };
    char ticket[240];
    bj_pass_t pass;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        make_ticket(cases[i].key, cases[i].body, ticket, sizeof ticket);
        BJ_CHECK(bj_pass_check("secret", ticket, strlen(ticket), 1000, &pass) == cases[i].good);
    }
    make_ticket("secret", "1001.1001.1061.2000." WHO, ticket, sizeof ticket);
    size_t n = strlen(ticket);
    BJ_CHECK(bj_pass_check("secret", ticket, n, 1000, &pass) && pass.account_id == 1001);
    BJ_CHECK(pass.made_s == 1001 && pass.until_s == 2000 && pass.who[1] == 1 && pass.who[15] == 15);
    for (size_t i = 0; i < n; i++) {
        char was = ticket[i];
        BJ_CHECK(!bj_pass_check("secret", ticket, i, 1000, &pass));
        ticket[i] = (char)(was ^ 1);
        BJ_CHECK(!bj_pass_check("secret", ticket, n, 1000, &pass));
        ticket[i] = was;
    }
    BJ_CHECK(!bj_pass_check("secret", NULL, 0, 1000, &pass));
}

static uint32_t be(const uint8_t *at, size_t n) {
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | at[i];
    return value;
}

/* One number a field, at the offset of spec/kite.md's table. */
static void test_packet(void) {
    bj_quote_t q = {.token = 1333, .last_price_paise = 72695, .last_qty = 3, .average_paise = 72600,
                    .volume_qty = 1000000, .total_buy_qty = 5000, .total_sell_qty = INT64_MAX,
                    .open_paise = 72000, .high_paise = 73000, .low_paise = 71000,
                    .prev_close_paise = 72500, .last_trade_ns = 1785577500999999999,
                    .exch_ns = 1785577501000000000};
    for (int i = 0; i < BJ_QUOTE_LEVELS; i++) {
        q.bid[i] = (bj_quote_level_t){
            .price_paise = 100 - i, .order_cnt = 10u + (unsigned)i, .qty = 20 + i};
        q.ask[i] = (bj_quote_level_t){.price_paise = 200 + i, .order_cnt = 70000, .qty = 40 + i};
    }
    uint8_t p[BJ_PACKET_FULL];
    bj_packet_full(&q, p);
    static const struct {
        size_t   at, n;
        uint32_t value;
    } fields[] = {
        {0, 4, 1333 * 256 + 1}, {4, 4, 72695}, {8, 4, 3}, {12, 4, 72600}, {16, 4, 1000000},
        {20, 4, 5000}, {24, 4, INT32_MAX}, {28, 4, 72000}, {32, 4, 73000}, {36, 4, 71000},
        {40, 4, 72500}, {44, 4, 1785577500}, {48, 4, 0}, {52, 4, 0}, {56, 4, 0},
        {60, 4, 1785577501}, {64, 4, 20}, {68, 4, 100}, {72, 2, 10}, {74, 2, 0},
        {112, 4, 24}, {116, 4, 96}, {120, 2, 14}, {124, 4, 40}, {128, 4, 200}, {132, 2, INT16_MAX},
        {172, 4, 44}, {176, 4, 204}, {182, 2, 0},
    };
    for (size_t i = 0; i < BJ_COUNT(fields); i++) {
        BJ_CHECK(be(p + fields[i].at, fields[i].n) == fields[i].value);
    }
    BJ_CHECK(bj_packet_token(BJ_PACKET_TOKEN_MAX) <= INT32_MAX);
}

static void test_wishes(void) {
    static const struct {
        const char    *text;
        bj_status_t    status;
        bj_wish_kind_t kind;
        bj_tick_mode_t mode;
        size_t         token_cnt;
    } cases[] = {
        {"{\"a\":\"subscribe\",\"v\":[341249,257]}", BJ_OK, BJ_WISH_SUBSCRIBE, BJ_MODE_QUOTE, 2},
        {"{\"a\":\"unsubscribe\",\"v\":[]}", BJ_OK, BJ_WISH_UNSUBSCRIBE, BJ_MODE_QUOTE, 0},
        {"{\"a\":\"mode\",\"v\":[\"full\",[257]]}", BJ_OK, BJ_WISH_MODE, BJ_MODE_FULL, 1},
        {"{\"a\":\"mode\",\"v\":[\"ltp\",[257]]}", BJ_OK, BJ_WISH_MODE, BJ_MODE_LTP, 1},
        {"{\"a\":\"mode\",\"v\":[\"fast\",[257]]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"mode\",\"v\":[\"full\"]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"mode\",\"v\":[257]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"subscribe\"}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"subscribe\",\"v\":[-1]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"subscribe\",\"v\":[1.5]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"subscribe\",\"v\":[2147483648]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"subscribe\",\"v\":[\"257\"]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"a\":\"subscribe\",\"a\":\"mode\",\"v\":[]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{\"v\":[1]}", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"[]", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"{", BJ_ERR_BAD_FIELD, 0, 0, 0},
        {"", BJ_ERR_BAD_FIELD, 0, 0, 0},
    };
    static bj_wish_t wish;
    const char *error;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_status_t status = bj_wish_parse(cases[i].text, strlen(cases[i].text), &wish, &error);
        BJ_CHECK(status == cases[i].status);
        if (status != BJ_OK) continue;
        BJ_CHECK(wish.kind == cases[i].kind && wish.mode == cases[i].mode);
        BJ_CHECK(wish.token_cnt == cases[i].token_cnt);
    }
    static char many[40000] = "{\"a\":\"subscribe\",\"v\":[1";
    size_t n = strlen(many);
    for (int i = 1; i < BJ_WISH_TOKENS_MAX; i++) n += (size_t)snprintf(many + n, 8, ",%d", i);
    memcpy(many + n, "]}", 3);
    BJ_CHECK(bj_wish_parse(many, n + 2, &wish, &error) == BJ_OK && wish.token_cnt == 3000);
    memcpy(many + n, ",1]}", 5);
    BJ_CHECK(bj_wish_parse(many, n + 4, &wish, &error) == BJ_ERR_FULL);
}

int main(void) {
    test_frames();
    test_lies_are_found_early();
    test_close_codes();
    test_utf8();
    test_upgrade();
    test_pass();
    test_packet();
    test_wishes();
    return bj_test_end("test_bj_edge_wire");
}
