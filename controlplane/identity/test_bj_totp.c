/* Goal: the codes of RFC 4226 and RFC 6238, to the digit; that a code counts once, in its own step,
 * one later where that is allowed, and no more; base32 of RFC 4648; the address in the QR code, and
 * the QR code's frame. */
#include <stdlib.h>
#include "controlplane/identity/bj_qr.h"
#include "controlplane/identity/bj_totp.h"
#include "dataplane/base/bj_test.h"

static const uint8_t rfc_secret[BJ_TOTP_SECRET_BYTES] = "12345678901234567890";

/* RFC 4226, appendix D. */
static void test_hotp(void) {
    static const uint32_t want[] = {755224, 287082, 359152, 969429, 338314,
                                    254676, 287922, 162583, 399871, 520489};
    for (uint64_t i = 0; i < BJ_COUNT(want); i++) {
        BJ_CHECK(bj_totp_code(rfc_secret, sizeof rfc_secret, i, 6) == want[i]);
    }
}

/* RFC 6238, appendix B, the rows of SHA1. */
static void test_totp(void) {
    static const struct {
        int64_t  time_s;
        uint32_t want;
    } rows[] = {{59, 94287082},         {1111111109, 7081804},   {1111111111, 14050471},
                {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        uint64_t step = (uint64_t)rows[i].time_s / BJ_TOTP_STEP_S, got = 0;
        char code[16];
        BJ_CHECK(bj_totp_code(rfc_secret, sizeof rfc_secret, step, 8) == rows[i].want);
        snprintf(code, sizeof code, "%06u", rows[i].want % 1000000);
        BJ_CHECK(bj_totp_find(rfc_secret, code, rows[i].time_s, 0, 0, &got) && got == step);
    }
}

static void test_window(void) {
    enum { STEP = 41152263 };
    char code[16];
    uint64_t got = 0;
    snprintf(code, sizeof code, "%06u", bj_totp_code(rfc_secret, sizeof rfc_secret, STEP, 6));
    for (int64_t off = -3; off <= 3; off++) {
        int64_t now_s = (STEP + off) * BJ_TOTP_STEP_S, end_s = now_s + BJ_TOTP_STEP_S - 1;
        for (uint32_t late = 0; late <= BJ_TOTP_LATE_MAX; late++) {
            bool near = off >= 0 && off <= (int64_t)late;
            BJ_CHECK(bj_totp_find(rfc_secret, code, now_s, late, 0, &got) == near);
            BJ_CHECK(bj_totp_find(rfc_secret, code, end_s, late, 0, &got) == near);
            /* Used once: never again. */
            BJ_CHECK(!bj_totp_find(rfc_secret, code, now_s, late, STEP, &got));
            BJ_CHECK(bj_totp_find(rfc_secret, code, now_s, late, STEP - 1, &got) == near);
        }
    }
    BJ_CHECK(got == STEP);
}

static void test_forms(void) {
    static const struct {
        const char *text;
        bool        ok;
    } rows[] = {{"287082", true},   {"287 082", true},  {" 287082 ", true}, {"28708", false},
                {"2870822", false}, {"", false},        {"      ", false},  {"28708x", false},
                {"-87082", false},  {"+287082", false}, {"287082\n", false}};
    uint64_t step;
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(bj_totp_formed(rows[i].text) == rows[i].ok);
        BJ_CHECK(bj_totp_find(rfc_secret, rows[i].text, 59, 0, 0, &step) == rows[i].ok);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: '%s'\n", rows[i].text);
    }
}

/* RFC 4648, section 10, without the padding. */
static void test_base32(void) {
    static const char *const rows[][2] = {{"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"},
                                          {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"},
                                          {"foobar", "MZXW6YTBOI"}};
    char out[BJ_TOTP_TEXT_BYTES];
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        BJ_CHECK(bj_base32_write((const uint8_t *)rows[i][0], strlen(rows[i][0]), out, sizeof out));
        BJ_CHECK(strcmp(out, rows[i][1]) == 0);
    }
    BJ_CHECK(bj_base32_write(rfc_secret, sizeof rfc_secret, out, sizeof out));
    BJ_CHECK(strcmp(out, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == 0);
    BJ_CHECK(!bj_base32_write(rfc_secret, sizeof rfc_secret, out, sizeof out - 1));
}

static void test_uri(void) {
    char uri[BJ_TOTP_URI_BYTES], longest[255];
    BJ_CHECK(bj_totp_uri("MZXW6", "a+b&c=d@x.in", uri));
    BJ_CHECK(strcmp(uri, "otpauth://totp/Bijli:a%2Bb%26c%3Dd@x.in?secret=MZXW6&issuer=Bijli"
                         "&algorithm=SHA1&digits=6&period=30") == 0);
    memset(longest, '&', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    BJ_CHECK(bj_totp_uri("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", longest, uri));
}

/* Each dark module is in one run: version 1 has 21 a side, and its finder's first row is a run of
 * seven. */
static void test_qr(void) {
    char *svg = bj_qr_svg("HELLO"), *big, text[3000];
    BJ_CHECK(svg);
    if (svg) {
        BJ_CHECK(strstr(svg, "viewBox=\"0 0 29 29\"") && strstr(svg, "d=\"M4 4h7v1h-7z"));
        BJ_CHECK(!strstr(svg, "style") && !strstr(svg, "script"));
    }
    free(svg);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    BJ_CHECK(!(big = bj_qr_svg(text))); /* more than a QR code holds */
    free(big);
}

int main(void) {
    test_hotp();
    test_totp();
    test_window();
    test_forms();
    test_base32();
    test_uri();
    test_qr();
    return bj_test_end("test_bj_totp");
}
