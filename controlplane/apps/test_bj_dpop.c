/* Goal: the proofs of RFC 9449 as they stand there, a key of Ed25519, and nothing that looks like
 * one: each bit, each claim, other keys. */
#include <jansson.h>
#include <stdlib.h>
#include "controlplane/apps/dpop_test.h"

#define HEAD                                                                                       \
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0Vj"   \
    "NoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5"   \
    "VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
/* Source: RFC 9449, 4.1 and 7.1. */
static const char at_token[] =
    HEAD ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1"
         "wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg"
         "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
static const char at_resource[] =
    HEAD ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGF"
         "tcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF"
         "c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6p"
         "xHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
static const bj_dpop_want_t token_want = {"POST", "https://server.example.com/token", NULL,
                                          1562262616};
static const bj_dpop_want_t resource_want = {
    "GET", "https://resource.example.org/protectedresource",
    "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", 1562262618};

static bool same_print(const bj_dpop_t *dpop, const char *jkt) {
    char text[BJ_BASE64URL_BYTES(BJ_DPOP_PRINT_BYTES)];
    return strcmp(bj_base64url_write(dpop->print, sizeof dpop->print, text), jkt) == 0;
}

static void test_rfc(void) {
    bj_dpop_t dpop, other;
    BJ_CHECK(!bj_dpop_refused(at_token, &token_want, &dpop));
    BJ_CHECK(same_print(&dpop, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")); /* 6.1 */
    BJ_CHECK(!bj_dpop_refused(at_resource, &resource_want, &other));
    BJ_CHECK(memcmp(dpop.print, other.print, sizeof dpop.print) == 0);
    BJ_CHECK(memcmp(dpop.once, other.once, sizeof dpop.once) != 0);
    /* The one is not the other's, nor good for another request, token or minute. */
    BJ_CHECK(bj_dpop_refused(at_token, &resource_want, &dpop));
    bj_dpop_want_t want = resource_want;
    want.method = "POST";
    BJ_CHECK(bj_dpop_refused(at_resource, &want, &dpop));
    want = resource_want;
    want.url = "https://resource.example.org/protectedresourc";
    BJ_CHECK(bj_dpop_refused(at_resource, &want, &dpop));
    want = resource_want;
    want.access_token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxV";
    BJ_CHECK(bj_dpop_refused(at_resource, &want, &dpop));
    for (int64_t off = -62; off <= 62; off++) {
        want = resource_want;
        want.now_s += off;
        BJ_CHECK(!bj_dpop_refused(at_resource, &want, &dpop) == (off >= -60 && off <= 60));
    }
}

/* No sign of it can be another, and no part be missing. */
static void test_every_sign(void) {
    bj_dpop_t dpop;
    char text[sizeof at_resource];
    for (size_t i = 0; i < sizeof at_resource - 1; i++) {
        memcpy(text, at_resource, sizeof text);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        BJ_CHECK(bj_dpop_refused(text, &resource_want, &dpop));
        memcpy(text, at_resource, i);
        text[i] = '\0';
        BJ_CHECK(bj_dpop_refused(text, &resource_want, &dpop));
    }
    static const char *const odd[] = {"", ".", "..", "...", "a.b", "a.b.c", "e30.e30.e30"};
    for (size_t i = 0; i < BJ_COUNT(odd); i++)
        BJ_CHECK(bj_dpop_refused(odd[i], &resource_want, &dpop));
}

/* Each has a name of its own, and words that may stand between the quotes of a header. */
static void test_words(void) {
    for (bj_dpop_wrong_t i = BJ_DPOP_GOOD; i < BJ_DPOP_WRONG_CNT; i++) {
        const char *text = bj_dpop_text(i);
        BJ_CHECK((i == BJ_DPOP_GOOD) == (text[0] == '\0') && !strpbrk(text, "\"\\\r\n"));
        for (bj_dpop_wrong_t other = i + 1; other < BJ_DPOP_WRONG_CNT; other++) {
            BJ_CHECK(strcmp(bj_dpop_name(i), bj_dpop_name(other)) != 0);
        }
    }
}

static EVP_PKEY *ed;

#define GOOD_CLAIMS "{'jti':'12345678','htm':'GET','htu':'https://b.in/me?x=1','iat':1000}"
static const struct {
    const char *head, *claims;
    bj_dpop_wrong_t wrong;
} made[] = {
    {DPOP_HEAD, GOOD_CLAIMS, BJ_DPOP_GOOD},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/me#y','iat':1000,'x':1}",
     BJ_DPOP_GOOD},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/%%6de','iat':1000}",
     BJ_DPOP_GOOD},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/me%%3fx','iat':1000}",
     BJ_DPOP_HTU},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/me%%00','iat':1000}",
     BJ_DPOP_HTU},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/me%%','iat':1000}", BJ_DPOP_HTU},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/%%6','iat':1000}", BJ_DPOP_HTU},
    {"{'typ':'JWT','alg':'EdDSA'," DPOP_JWK "}", GOOD_CLAIMS, BJ_DPOP_FORM},
    {"{'alg':'EdDSA'," DPOP_JWK "}", GOOD_CLAIMS, BJ_DPOP_FORM},
    {"{'typ':'dpop+jwt','alg':'none'," DPOP_JWK "}", GOOD_CLAIMS, BJ_DPOP_ALG},
    {"{'typ':'dpop+jwt','alg':'HS256'," DPOP_JWK "}", GOOD_CLAIMS, BJ_DPOP_ALG},
    {"{'typ':'dpop+jwt','alg':'ES256'," DPOP_JWK "}", GOOD_CLAIMS, BJ_DPOP_JWK},
    {"{'typ':'dpop+jwt','alg':'EdDSA','crit':[]," DPOP_JWK "}", GOOD_CLAIMS, BJ_DPOP_FORM},
    {"{'typ':'dpop+jwt','alg':'EdDSA','jwk':{'kty':'OKP','crv':'Ed25519','x':'%s','d':'x'}}",
     GOOD_CLAIMS, BJ_DPOP_JWK},
    {"{'typ':'dpop+jwt','alg':'EdDSA','jwk':{'kty':'OKP','crv':'X25519','x':'%s'}}", GOOD_CLAIMS,
     BJ_DPOP_JWK},
    {"{'typ':'dpop+jwt','alg':'EdDSA','jwk':[]}", GOOD_CLAIMS, BJ_DPOP_JWK},
    {"{'typ':'dpop+jwt','alg':'EdDSA','alg':'EdDSA'," DPOP_JWK "}", GOOD_CLAIMS, BJ_DPOP_FORM},
    {DPOP_HEAD, "{'jti':'1234567','htm':'GET','htu':'https://b.in/me','iat':1000}", BJ_DPOP_JTI},
    {DPOP_HEAD, "{'htm':'GET','htu':'https://b.in/me','iat':1000}", BJ_DPOP_FORM},
    {DPOP_HEAD, "{'jti':'12345678','htu':'https://b.in/me','iat':1000}", BJ_DPOP_FORM},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','iat':1000}", BJ_DPOP_FORM},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/me'}", BJ_DPOP_FORM},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/me','iat':'1000'}",
     BJ_DPOP_FORM},
    {DPOP_HEAD, "{'jti':'12345678','htm':'get','htu':'https://b.in/me','iat':1000}", BJ_DPOP_HTM},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/','iat':1000}", BJ_DPOP_HTU},
    {DPOP_HEAD, "{'jti':'12345678','htm':'GET','htu':'https://b.in/me','iat':939}", BJ_DPOP_IAT},
    {DPOP_HEAD, "[]", BJ_DPOP_FORM},
};

static void test_made(void) {
    char proof[BJ_DPOP_BYTES];
    bj_dpop_t dpop, other;
    const bj_dpop_want_t want = {"GET", "https://b.in/me", NULL, 1000};
    bj_dpop_want_t with_token = want;
    with_token.access_token = "x";
    ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    for (size_t i = 0; i < BJ_COUNT(made); i++) {
        dpop_sign(ed, made[i].head, made[i].claims, proof);
        bj_dpop_wrong_t wrong = bj_dpop_refused(proof, &want, &dpop);
        if (wrong != made[i].wrong) {
            fprintf(stderr, "%s %s: %s\n", made[i].head, made[i].claims, bj_dpop_text(wrong));
        }
        BJ_CHECK(wrong == made[i].wrong);
        BJ_CHECK(bj_dpop_refused(proof, &with_token, &dpop)); /* none says of which token it is */
    }
    dpop_sign(ed, DPOP_HEAD, GOOD_CLAIMS, proof);
    BJ_CHECK(!bj_dpop_refused(proof, &want, &dpop));
    EVP_PKEY_free(ed);
    ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    dpop_sign(ed, DPOP_HEAD, GOOD_CLAIMS, proof); /* the same jti of another key is another */
    BJ_CHECK(!bj_dpop_refused(proof, &want, &other));
    BJ_CHECK(memcmp(dpop.once, other.once, sizeof dpop.once) != 0);
    EVP_PKEY_free(ed);
}

int main(void) {
    test_words();
    test_rfc();
    test_every_sign();
    test_made();
    return bj_test_end("test_bj_dpop");
}
