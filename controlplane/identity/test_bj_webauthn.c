/* Credentials and assertions of an authenticator of our own (passkey_test.h): the right ones of
 * every algorithm are taken, and none of which a single thing is wrong; nor any that was cut. */
#include "controlplane/identity/passkey_test.h"
#include "controlplane/identity/bj_base64url.h"
#include "dataplane/base/bj_test.h"

static const char origin[] = "https://localhost", rp_id[] = "localhost";
static char challenge[BJ_TOKEN_BYTES];

static bool same(const char *got, const char *want) {
    bool ok = got == want || (got && want && strcmp(got, want) == 0);
    if (!ok) fprintf(stderr, "  got: %s\n", got ? got : "NULL");
    return ok;
}

static void test_base64url(void) {
    static const struct {
        const char *text, *data;
        size_t data_bytes;
    } cases[] = {{"", "", 0},
                 {"AA", "\0", 1},
                 {"_w", "\xff", 1},
                 {"-_8", "\xfb\xff", 2},
                 {"Zm9vYmFy", "foobar", 6},
                 {"Zm9vYg", "foob", 4}};
    static const char *const bad[] = {
        "A", "AB", "AAB", "AAAAA", "AA==", "A+", "A/", "A A", "Zm9vYmF"};
    uint8_t out[8];
    char text[16];
    size_t out_bytes;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_base64url_read(cases[i].text, out, sizeof out, &out_bytes));
        BJ_CHECK(out_bytes == cases[i].data_bytes && !memcmp(out, cases[i].data, out_bytes));
        bj_base64url_write((const uint8_t *)cases[i].data, cases[i].data_bytes, text);
        BJ_CHECK(!strcmp(text, cases[i].text));
        BJ_CHECK(strlen(text) < BJ_BASE64URL_BYTES(cases[i].data_bytes));
    }
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        BJ_CHECK(!bj_base64url_read(bad[i], out, sizeof out, &out_bytes));
    }
    BJ_CHECK(!bj_base64url_read("Zm9vYmFy", out, 5, &out_bytes));
}

static void test_rp_id(void) {
    static const struct {
        const char *origin, *wanted, *got;
    } cases[] = {
        {"https://localhost:8443", NULL, "localhost"},
        {"https://trade.bijli.in", "", "trade.bijli.in"},
        {"https://trade.bijli.in", "bijli.in", "bijli.in"},
        {"https://trade.bijli.in", "trade.bijli.in", "trade.bijli.in"},
        {"http://localhost:5173", NULL, "localhost"},
        {"http://localhost", NULL, "localhost"},
        {"https://trade.bijli.in", "in", NULL},
        {"https://trade.bijli.in", "ijli.in", NULL},
        {"https://trade.bijli.in", "other.in", NULL},
        {"https://bijli.in", "trade.bijli.in", NULL},
        {"http://bijli.in", NULL, NULL},
        {"http://localhost.bijli.in", NULL, NULL},
        {"https://", NULL, NULL},
        {"bijli.in", NULL, NULL},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char got[BJ_RP_ID_BYTES];
        bool ok = bj_webauthn_rp_id(cases[i].origin, cases[i].wanted, got);
        BJ_CHECK(ok == (cases[i].got != NULL));
        if (ok && cases[i].got) BJ_CHECK(!strcmp(got, cases[i].got));
    }
}

#define CLIENT(type, challenge, origin, more)                                                      \
    "{\"type\":\"" type "\",\"challenge\":\"" challenge "\",\"origin\":\"" origin "\"" more "}"
#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define GET "webauthn.get"
#define HERE "https://localhost"

static void test_client(void) {
    static const struct {
        const char *json, *why;
    } cases[] = {
        {CLIENT(GET, TOKEN, HERE, ""), NULL},
        {CLIENT(GET, TOKEN, HERE, ",\"crossOrigin\":false,\"new\":{\"x\":[1]}"), NULL},
        {CLIENT(GET, TOKEN, HERE, ",\"crossOrigin\":true"), "client data of a foreign frame"},
        {CLIENT(GET, TOKEN, HERE, ",\"crossOrigin\":0"), "client data of a foreign frame"},
        {CLIENT(GET, TOKEN, HERE, ",\"topOrigin\":\"https://x.in\""),
         "client data of a foreign frame"},
        {CLIENT("webauthn.create", TOKEN, HERE, ""), "client data of another type"},
        {CLIENT("payment.get", TOKEN, HERE, ""), "client data of another type"},
        {CLIENT(GET "\\u0000", TOKEN, HERE, ""),
         "client data is no JSON"}, /* jansson takes no NUL */
        {CLIENT(GET, TOKEN, "https://localhost:8443", ""), "client data of another origin"},
        {CLIENT(GET, TOKEN, "http://localhost", ""), "client data of another origin"},
        {CLIENT(GET, TOKEN, "https://localhost.x.in", ""), "client data of another origin"},
        {CLIENT(GET, TOKEN, "https://localhost/", ""), "client data of another origin"},
        {CLIENT(GET, TOKEN "A", HERE, ""), "no challenge of ours"},
        {CLIENT(GET, "", HERE, ""), "no challenge of ours"},
        {CLIENT(GET, TOKEN, HERE, ",\"origin\":\"" HERE "\""), "client data is no JSON"},
        {"[\"" GET "\"]", "client data is no object"},
        {"{}", "client data of another type"},
        {"{\"type\":\"" GET "\",\"origin\":\"" HERE "\",\"challenge\":7}", "no challenge of ours"},
        {"", "client data is no JSON"},
    };
    char got[BJ_TOKEN_BYTES];
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        const uint8_t *json = (const uint8_t *)cases[i].json;
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(
            same(bj_webauthn_client(json, strlen(cases[i].json), GET, origin, got), cases[i].why));
        if (!cases[i].why) BJ_CHECK(!strcmp(got, TOKEN));
        if (bj_fail_cnt != fails) fprintf(stderr, "  in: %s\n", cases[i].json);
    }
}

static const char *read_new(const passkey_said_t *said, bj_passkey_new_t *out) {
    return bj_webauthn_new(rp_id, true, said->auth, said->auth_bytes, out);
}

static const char *verify(const passkey_said_t *said, const bj_passkey_key_t *key,
                          uint32_t *count) {
    bj_webauthn_said_t sent = passkey_as_sent(said);
    return bj_webauthn_verify(rp_id, key, &sent, count);
}

/* One that is there already goes on being verified: bj_webauthn_verify asks nobody. */
static void test_no_new_rsa(void) {
    static const int algs[] = {ES256, EDDSA, RS256};
    for (size_t i = 0; i < BJ_COUNT(algs); i++) {
        passkey_t key = passkey_make(algs[i]);
        passkey_said_t said = passkey_create(&key, challenge);
        bj_passkey_new_t made;
        const char *why = bj_webauthn_new(rp_id, false, said.auth, said.auth_bytes, &made);
        BJ_CHECK(same(why, algs[i] == RS256 ? "no credential of a kind that we take" : NULL));
        EVP_PKEY_free(key.pkey);
    }
    BJ_CHECK(bj_webauthn_algs(true)[2] == RS256 && bj_webauthn_algs(true)[3] == 0);
    BJ_CHECK(bj_webauthn_algs(false)[1] == EDDSA && bj_webauthn_algs(false)[2] == 0);
}

static void test_alg(int alg) {
    passkey_t key = passkey_make(alg), other = passkey_make(alg);
    bj_passkey_new_t made, foreign;
    uint32_t count = 0;
    passkey_said_t said = passkey_create(&key, challenge),
                   theirs = passkey_create(&other, challenge);
    BJ_CHECK(same(read_new(&said, &made), NULL) && same(read_new(&theirs, &foreign), NULL));
    BJ_CHECK(made.key.alg == alg && made.id_bytes == 32 && !memcmp(made.id, key.id, 32));
    BJ_CHECK(made.sign_count == 1);
    said = passkey_get(&key, challenge);
    BJ_CHECK(same(verify(&said, &made.key, &count), NULL) && count == 2);
    BJ_CHECK(same(verify(&said, &foreign.key, &count), "wrong signature"));
    /* Each byte of what is signed, and of the signature. */
    for (size_t i = 0; i < said.auth_bytes; i++) {
        passkey_said_t bad = said;
        bad.auth[i] ^= 0x80;
        BJ_CHECK(verify(&bad, &made.key, &count) != NULL);
    }
    passkey_said_t bad = said;
    bad.client[bad.client_bytes - 2] ^= 1;
    BJ_CHECK(same(verify(&bad, &made.key, &count), "wrong signature"));
    for (size_t i = 0; i < said.sig_bytes; i += 7) {
        bad = said;
        bad.sig[i] ^= 1;
        BJ_CHECK(same(verify(&bad, &made.key, &count), "wrong signature"));
    }
    EVP_PKEY_free(key.pkey);
    EVP_PKEY_free(other.pkey);
}

/* What an authenticator signs well and we do not take. */
static void test_refused(void) {
    static const struct {
        const char *rp_id;
        uint8_t flags;
        const char *why;
    } cases[] = {
        {"localhost", FLAG_UP | FLAG_UV, NULL},
        {"localhost", FLAG_UP | FLAG_UV | FLAG_BE | FLAG_BS, NULL},
        {"localhost", FLAG_UP | FLAG_UV | FLAG_BE, NULL},
        {"localhost", FLAG_UP | FLAG_UV | FLAG_BS, "contradictory flags"},
        {"localhost", FLAG_UP, "the user was not verified"},
        {"localhost", FLAG_UV, "nobody was present"},
        {"localhost", 0, "nobody was present"},
        {"localhost.x.in", FLAG_UP | FLAG_UV, "made for another site"},
    };
    passkey_t key = passkey_make(ES256);
    bj_passkey_new_t made, again;
    passkey_said_t said = passkey_create(&key, challenge);
    uint32_t count;
    BJ_CHECK(same(read_new(&said, &made), NULL));
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        key.rp_id = cases[i].rp_id;
        key.flags = cases[i].flags;
        said = passkey_create(&key, challenge);
        BJ_CHECK(same(read_new(&said, &again), cases[i].why));
        said = passkey_get(&key, challenge);
        BJ_CHECK(same(verify(&said, &made.key, &count), cases[i].why));
    }
    EVP_PKEY_free(key.pkey);
}

/* Blocks of exactly so many bytes: the sanitizer sees the byte behind. */
static void *exact(const void *data, size_t data_bytes) {
    uint8_t *copy = malloc(data_bytes ? data_bytes : 1);
    memcpy(copy, data, data_bytes);
    return copy;
}

static void test_every_truncation(void) {
    passkey_t key = passkey_make(ES256);
    bj_passkey_new_t made, again;
    char got[BJ_TOKEN_BYTES];
    uint32_t count;
    passkey_said_t created = passkey_create(&key, challenge), said;
    BJ_CHECK(same(read_new(&created, &made), NULL));
    for (size_t n = 0; n < created.auth_bytes; n++) {
        uint8_t *auth = exact(created.auth, n);
        BJ_CHECK(bj_webauthn_new(rp_id, true, auth, n, &again) != NULL);
        free(auth);
    }
    for (size_t n = 0; n < created.client_bytes; n++) {
        uint8_t *client = exact(created.client, n);
        BJ_CHECK(bj_webauthn_client(client, n, "webauthn.create", origin, got) != NULL);
        free(client);
    }
    said = passkey_get(&key, challenge);
    for (size_t n = 0; n < said.auth_bytes; n++) {
        bj_webauthn_said_t cut = passkey_as_sent(&said);
        uint8_t *auth = exact(said.auth, n);
        cut.auth = auth, cut.auth_bytes = n;
        BJ_CHECK(bj_webauthn_verify(rp_id, &made.key, &cut, &count) != NULL);
        free(auth);
    }
    for (size_t n = 0; n < said.sig_bytes; n++) {
        bj_webauthn_said_t cut = passkey_as_sent(&said);
        uint8_t *sig = exact(said.sig, n);
        cut.sig = sig, cut.sig_bytes = n;
        BJ_CHECK(same(bj_webauthn_verify(rp_id, &made.key, &cut, &count), "wrong signature"));
        free(sig);
    }
    EVP_PKEY_free(key.pkey);
}

/* A key that is no point of the curve, an algorithm that we do not take, an id that is too short,
 * no credential at all. */
static void test_bad_new(void) {
    passkey_t key = passkey_make(ES256);
    bj_passkey_new_t made;
    passkey_said_t said = passkey_create(&key, challenge), bad = said;
    bad.auth[bad.auth_bytes - 1] ^= 1;
    BJ_CHECK(same(read_new(&bad, &made), "a public key that is none"));
    bad = said;
    bad.auth[37 + 16 + 2 + 32 + 4] = 0x28; /* -9 */
    BJ_CHECK(same(read_new(&bad, &made), "no credential of a kind that we take"));
    bad = said;
    bad.auth[37 + 17] = 8;
    memmove(bad.auth + 37 + 18 + 8, said.auth + 37 + 18 + 32, said.auth_bytes - 37 - 18 - 32);
    bad.auth_bytes -= 24;
    BJ_CHECK(same(read_new(&bad, &made), "a credential id that is too short"));
    said = passkey_get(&key, challenge);
    BJ_CHECK(same(read_new(&said, &made), "no credential in it"));
    const bj_passkey_key_t none = {.alg = -9, .key_bytes = 64};
    uint32_t count;
    BJ_CHECK(same(verify(&said, &none, &count), "wrong signature"));
    EVP_PKEY_free(key.pkey);
}

/* What comes behind a head that is right: nobody asked for it, and it must not ask for the world.
 */
static void test_extensions(void) {
    static const struct {
        const char *data;
        size_t data_bytes;
        bool taken;
    } cases[] = {
#define CASE(text, taken) {text, sizeof text - 1, taken}
        CASE("\xa1\x6b"
             "credProtect\x02",
             true),
        CASE("\xa0", true),
        CASE("\x9a\xff\xff\xff\xff", false),                 /* a list of 2^32 - 1 */
        CASE("\xbb\x00\x00\x00\xff\xff\xff\xff\xff", false), /* 2^40 pairs */
        CASE("\xa1\x61x\x9a\x7f\xff\xff\xff", false),
        CASE("\x5a\xff\xff\xff\xff", false),
        CASE("\xa1", false),
#undef CASE
    };
    passkey_t key = passkey_make(ES256);
    bj_passkey_new_t made, again;
    uint32_t count;
    passkey_said_t said = passkey_create(&key, challenge);
    BJ_CHECK(same(read_new(&said, &made), NULL));
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        key.more = cases[i].data, key.more_bytes = cases[i].data_bytes;
        said = passkey_create(&key, challenge);
        BJ_CHECK((read_new(&said, &again) == NULL) == cases[i].taken);
        said = passkey_get(&key, challenge);
        BJ_CHECK((verify(&said, &made.key, &count) == NULL) == cases[i].taken);
    }
    EVP_PKEY_free(key.pkey);
}

int main(void) {
    bj_token_make(challenge);
    test_base64url();
    test_rp_id();
    test_client();
    test_alg(ES256);
    test_alg(EDDSA);
    test_alg(RS256);
    test_no_new_rsa();
    test_refused();
    test_every_truncation();
    test_bad_new();
    test_extensions();
    return bj_test_end("test_bj_webauthn");
}
