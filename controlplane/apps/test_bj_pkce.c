/* Goal: PKCE by RFC 7636's own example, and nothing that looks like it. */
#include "controlplane/apps/bj_pkce.h"
#include "dataplane/base/bj_test.h"

/* Source: RFC 7636, appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
static const uint8_t challenge_bytes[BJ_PKCE_BYTES] = {
    19,  211, 30, 150, 26, 26, 216, 236, 47, 22,  177, 12,  76, 152, 46, 8,
    118, 168, 120, 173, 109, 241, 68, 86, 110, 225, 137, 74, 203, 112, 249, 195};

static const struct {
    const char *challenge, *method;
    bool        good;
} challenges[] = {
    {NULL, NULL, true},
    {CHALLENGE, "S256", true},
    {CHALLENGE, "plain", false},
    {CHALLENGE, "s256", false},
    {CHALLENGE, "", false},
    {CHALLENGE, NULL, false}, /* which would be plain */
    {NULL, "S256", false},
    {"", "S256", false},
    {CHALLENGE "=", "S256", false},
    {CHALLENGE "A", "S256", false},
    {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", "S256", false},
    {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN", "S256", false}, /* bits behind the last byte */
    {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "S256", false},
};

#define TEN "abcdefghij"
#define FORTY TEN TEN TEN TEN
static const struct {
    const char *verifier;
    bool        formed;
} verifiers[] = {
    {VERIFIER, true},
    {FORTY "-._", true},
    {FORTY "~09", true},
    {FORTY "ab", false}, /* 42 */
    {"", false},
    {FORTY FORTY FORTY "12345678", true}, /* 128 */
    {FORTY FORTY FORTY "123456789", false},
    {FORTY "a b", false},
    {FORTY "a+b", false},
    {FORTY "a/b", false},
    {FORTY "a=b", false},
    {FORTY "a\xc3\xa9", false},
};

int main(void) {
    uint8_t got[BJ_PKCE_BYTES], other[BJ_PKCE_BYTES];
    for (size_t i = 0; i < BJ_COUNT(challenges); i++) {
        const char *wrong =
            bj_pkce_challenge_refused(challenges[i].challenge, challenges[i].method, got);
        if (!wrong != challenges[i].good) fprintf(stderr, "challenge %zu\n", i);
        BJ_CHECK(!wrong == challenges[i].good);
    }
    BJ_CHECK(!bj_pkce_challenge_refused(CHALLENGE, "S256", got));
    BJ_CHECK(memcmp(got, challenge_bytes, sizeof got) == 0);
    for (size_t i = 0; i < BJ_COUNT(verifiers); i++) {
        if (bj_pkce_verifier_formed(verifiers[i].verifier) != verifiers[i].formed)
            fprintf(stderr, "verifier %zu\n", i);
        BJ_CHECK(bj_pkce_verifier_formed(verifiers[i].verifier) == verifiers[i].formed);
        BJ_CHECK(bj_pkce_met(verifiers[i].verifier, challenge_bytes) == (i == 0));
    }
    for (size_t bit = 0; bit < 8 * sizeof other; bit++) {
        memcpy(other, challenge_bytes, sizeof other);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        BJ_CHECK(!bj_pkce_met(VERIFIER, other));
    }
    /* One without the other, both ways. */
    BJ_CHECK(bj_pkce_met(NULL, NULL));
    BJ_CHECK(!bj_pkce_met(VERIFIER, NULL) && !bj_pkce_met(NULL, challenge_bytes));
    BJ_CHECK(!bj_pkce_met(CHALLENGE, challenge_bytes)); /* plain */
    return bj_test_end("test_bj_pkce");
}
