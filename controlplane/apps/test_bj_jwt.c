/* Goal: a token that was made reads back as it was; no other does: wrong key, another algorithm,
 * another server's, ended, cut short anywhere, one bit or one digit changed.  Algorithm and key
 * change while what was handed out goes on; a header that names another key or algorithm than the
 * one that signed is no token.  The day's end is 06:00 in India. */
#include "controlplane/apps/bj_jwt.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"

#define NOW INT64_C(1785577500) /* 2026-08-01 09:45 UTC */

enum { KEYS_MAX = BJ_JWT_KEYS_MAX + 1 };

/* A file of these, in this order. */
static bj_jwt_key_t *keys_of(EVP_PKEY *const *pkeys, size_t pkey_cnt, bj_sig_alg_t alg,
                             bool expected) {
    char name[] = "/tmp/bj_jwt.XXXXXX", error[160] = "";
    int fd = mkstemp(name);
    FILE *file = fdopen(fd, "w");
    for (size_t i = 0; i < pkey_cnt; i++) {
        if (!file || !PEM_write_PrivateKey(file, pkeys[i], NULL, NULL, 0, NULL, NULL)) abort();
    }
    fclose(file);
    bj_jwt_key_t *key = bj_jwt_key_load(name, alg, error, sizeof error);
    unlink(name);
    BJ_CHECK((key != NULL) == expected && (key != NULL) == (error[0] == '\0'));
    return key;
}

static bj_jwt_key_t *key_of(EVP_PKEY *pkey) {
    bj_sig_alg_t alg;
    if (!bj_sig_of_key(pkey, &alg)) abort();
    return keys_of(&pkey, 1, alg, true);
}

static bj_jwt_t sample(void) {
    return (bj_jwt_t){.user_id = 1001,
                      .app_id = 7,
                      .made_s = NOW,
                      .ends_s = NOW + 60,
                      .scopes = BJ_SCOPE_PROFILE | BJ_SCOPE_ORDERS_WRITE};
}

static void test_round_trip(const bj_jwt_key_t *key) {
    char text[BJ_JWT_BYTES], again[BJ_JWT_BYTES];
    bj_jwt_t jwt = sample(), back;
    BJ_CHECK(bj_jwt_make(key, &jwt, text));
    BJ_CHECK(bj_jwt_read(key, text, NOW, &back) == BJ_OK);
    BJ_CHECK(back.user_id == 1001 && back.app_id == 7 && back.scopes == jwt.scopes);
    BJ_CHECK(back.made_s == NOW && back.ends_s == NOW + 60 && !strcmp(back.id, jwt.id));
    BJ_CHECK(bj_jwt_make(key, &jwt, again) && strcmp(text, again) != 0); /* another id */
    BJ_CHECK(bj_jwt_read(key, text, NOW + 59, &back) == BJ_OK);
    BJ_CHECK(bj_jwt_read(key, text, NOW + 60, &back) == BJ_ERR_TIMEOUT);
    BJ_CHECK(bj_jwt_read(key, text, NOW - 60, &back) == BJ_ERR_TIMEOUT);
    BJ_CHECK(!back.key[0]);
    /* The longest there is, bound to a key. */
    jwt = (bj_jwt_t){.user_id = UINT64_MAX,
                     .app_id = UINT64_MAX,
                     .made_s = NOW,
                     .ends_s = NOW + 60,
                     .scopes = (1u << BJ_SCOPE_CNT) - 1,
                     .key = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"};
    BJ_CHECK(bj_jwt_make(key, &jwt, text) && bj_jwt_read(key, text, NOW, &back) == BJ_OK);
    BJ_CHECK(!strcmp(back.key, jwt.key) && back.scopes == jwt.scopes && back.user_id == UINT64_MAX);
}

static void test_changed(const bj_jwt_key_t *key, const bj_jwt_key_t *other) {
    char text[BJ_JWT_BYTES], bad[BJ_JWT_BYTES + 8];
    bj_jwt_t jwt = sample(), back;
    BJ_CHECK(bj_jwt_make(key, &jwt, text));
    size_t text_bytes = strlen(text);
    BJ_CHECK(bj_jwt_read(other, text, NOW, &back) == BJ_ERR_CORRUPT);
    for (size_t i = 0; i < text_bytes; i++) {
        snprintf(bad, sizeof bad, "%.*s", (int)i, text);
        BJ_CHECK(bj_jwt_read(key, bad, NOW, &back) == BJ_ERR_CORRUPT);
        snprintf(bad, sizeof bad, "%s", text);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        BJ_CHECK(bj_jwt_read(key, bad, NOW, &back) == BJ_ERR_CORRUPT);
        BJ_CHECK(back.user_id == 0);
    }
    static const char *const tails[] = {"A", "=", ".", " ", "\n"};
    for (size_t i = 0; i < BJ_COUNT(tails); i++) {
        snprintf(bad, sizeof bad, "%s%s", text, tails[i]);
        BJ_CHECK(bj_jwt_read(key, bad, NOW, &back) == BJ_ERR_CORRUPT);
    }
    /* The last digit has four bits that say nothing: with another there it is no token. */
    for (int d = 0; d < 128; d++) {
        snprintf(bad, sizeof bad, "%s", text);
        bad[text_bytes - 1] = (char)d;
        if (d == text[text_bytes - 1]) continue;
        BJ_CHECK(bj_jwt_read(key, bad, NOW, &back) == BJ_ERR_CORRUPT);
    }
}

/* Headers of other algorithms, with the claims and signature of a good token. */
static void test_algorithms(const bj_jwt_key_t *key) {
    static const char *const heads[] = {"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0",  /* none */
                                        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", /* HS256 */
                                        "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9", /* ES256 */
                                        "eyJhbGciOiJlZGRzYSIsInR5cCI6IkpXVCJ9", /* eddsa */
                                        ""};
    char text[BJ_JWT_BYTES], bad[2 * BJ_JWT_BYTES];
    bj_jwt_t jwt = sample(), back;
    BJ_CHECK(bj_jwt_make(key, &jwt, text));
    const char *rest = strchr(text, '.'), *last = strrchr(text, '.');
    for (size_t i = 0; i < BJ_COUNT(heads); i++) {
        snprintf(bad, sizeof bad, "%s%s", heads[i], rest);
        BJ_CHECK(bj_jwt_read(key, bad, NOW, &back) == BJ_ERR_CORRUPT);
        snprintf(bad, sizeof bad, "%s%.*s.", heads[i], (int)(last - rest), rest);
        BJ_CHECK(bj_jwt_read(key, bad, NOW, &back) == BJ_ERR_CORRUPT);
    }
}

#define OLD_HEAD "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9."

/* RFC 8037's way by hand: head, with its dot, and claims, signed by the very key. */
static void by_hand(EVP_PKEY *pkey, const char *head, const char *claims, char *text) {
    char *at;
    unsigned char wide[BJ_JWT_BYTES], sig[64];
    size_t n = (size_t)snprintf(text, BJ_JWT_BYTES, "%s", head), sig_bytes = sizeof sig;
    for (int part = 0; part < 2; part++) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        if (part &&
            (EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
             EVP_DigestSign(ctx, sig, &sig_bytes, (unsigned char *)text, strlen(text)) != 1)) {
            abort();
        }
        EVP_MD_CTX_free(ctx);
        EVP_EncodeBlock(wide, part ? sig : (const unsigned char *)claims,
                        part ? 64 : (int)strlen(claims));
        snprintf(text + n, BJ_JWT_BYTES - n, "%s%s", part ? "." : "", (char *)wide);
        for (at = text; *at; at++)
            *at = *at == '+' ? '-' : *at == '/' ? '_' : *at;
        while (at > text && at[-1] == '=')
            *--at = '\0';
        n = (size_t)(at - text);
    }
}

/* Signed by the very key, but not what we say. */
static void test_claims(const bj_jwt_key_t *key, EVP_PKEY *pkey) {
    static const struct {
        const char *claims;
        bj_status_t status;
    } cases[] = {
#define GOOD "\"sub\":\"1001\",\"app\":\"7\",\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"iat\":1785577500"
        {"{\"aud\":\"bijli-api\",\"scope\":\"profile\",\"exp\":1785577560," GOOD "}", BJ_OK},
        {"{\"aud\":\"other\",\"scope\":\"profile\",\"exp\":1785577560," GOOD "}", BJ_ERR_CORRUPT},
        {"{\"scope\":\"profile\",\"exp\":1785577560," GOOD "}", BJ_ERR_CORRUPT},
        {"{\"aud\":\"bijli-api\",\"scope\":\"profile\"," GOOD "}", BJ_ERR_CORRUPT},
        {"{\"aud\":\"bijli-api\",\"scope\":\"admin\",\"exp\":1785577560," GOOD "}", BJ_ERR_CORRUPT},
        {"{\"aud\":\"bijli-api\",\"scope\":\"\",\"exp\":1785577560," GOOD "}", BJ_ERR_CORRUPT},
        {"{\"aud\":\"bijli-api\",\"scope\":\"profile\",\"exp\":\"9\"," GOOD "}", BJ_ERR_CORRUPT},
        {"{\"aud\":\"bijli-api\",\"scope\":\"profile\",\"exp\":1785577560,\"x\":1," GOOD "}",
         BJ_ERR_CORRUPT},
        {"[]", BJ_ERR_CORRUPT},
        {"", BJ_ERR_CORRUPT},
    };
    char text[BJ_JWT_BYTES];
    bj_jwt_t back;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        by_hand(pkey, OLD_HEAD, cases[i].claims, text);
        BJ_CHECK(bj_jwt_read(key, text, NOW, &back) == cases[i].status);
    }
    /* Nor is another head one, whoever signs it; ours is, with the key's name and without. */
    char ours[BJ_JWT_BYTES], longer[BJ_JWT_BYTES];
    bj_jwt_t jwt = sample();
    BJ_CHECK(bj_jwt_make(key, &jwt, ours));
    *(strchr(ours, '.') + 1) = '\0';
    by_hand(pkey, ours, cases[0].claims, text);
    BJ_CHECK(bj_jwt_read(key, text, NOW, &back) == BJ_OK);
    for (size_t i = 0; ours[i + 1]; i++) {
        snprintf(longer, sizeof longer, "%s", ours);
        longer[i] = longer[i] == 'A' ? 'B' : 'A';
        by_hand(pkey, longer, cases[0].claims, text);
        BJ_CHECK(bj_jwt_read(key, text, NOW, &back) == BJ_ERR_CORRUPT);
    }
}

static void test_day_end(void) {
    static const struct {
        int64_t now_s, ends_s;
    } cases[] = {
        {1785544199, 1785544200}, /* 00:29:59 UTC: a second is left */
        {1785544200, 1785630600}, /* 06:00 in India: the whole day */
        {NOW, 1785630600},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_jwt_day_end(cases[i].now_s) == cases[i].ends_s);
    }
}

static void test_scopes(void) {
    char text[BJ_SCOPES_TEXT_BYTES];
    unsigned scopes;
    for (unsigned set = 1; set < 1u << BJ_SCOPE_CNT; set++) {
        BJ_CHECK(bj_scopes_read(bj_scopes_write(set, text), &scopes) && scopes == set);
    }
    static const char *const bad[] = {"",
                                      " ",
                                      "profile ",
                                      " profile",
                                      "profile  orders.read",
                                      "profile profile",
                                      "orders",
                                      "orders.readx",
                                      "none"};
    for (size_t i = 0; i < BJ_COUNT(bad); i++)
        BJ_CHECK(!bj_scopes_read(bad[i], &scopes));
}

/* The whole of a change: tokens of the old key and algorithm go on for as long as their key is in
 * the file. */
static void test_change(EVP_PKEY *ed, EVP_PKEY *ec, EVP_PKEY *newer) {
    EVP_PKEY *const both[] = {ed, ec}, *const next[] = {newer, ed, ec}, *const after[] = {newer};
    bj_jwt_key_t *was = keys_of(both, 2, BJ_SIG_EDDSA, true);
    bj_jwt_key_t *other = keys_of(both, 2, BJ_SIG_ES256, true);
    bj_jwt_key_t *renewed = keys_of(next, 3, BJ_SIG_EDDSA, true);
    bj_jwt_key_t *end = keys_of(after, 1, BJ_SIG_EDDSA, true);
    char text[3][BJ_JWT_BYTES];
    bj_jwt_key_t *const makers[] = {was, other, renewed};
    bj_jwt_t jwt = sample(), back;
    for (size_t i = 0; i < 3; i++) {
        BJ_CHECK(bj_jwt_make(makers[i], &jwt, text[i]));
        BJ_CHECK(bj_jwt_read(renewed, text[i], NOW, &back) == BJ_OK && back.user_id == 1001);
        BJ_CHECK(bj_jwt_read(end, text[i], NOW, &back) == (i == 2 ? BJ_OK : BJ_ERR_CORRUPT));
    }
    BJ_CHECK(bj_jwt_read(was, text[1], NOW, &back) == BJ_OK);
    BJ_CHECK(bj_jwt_read(other, text[0], NOW, &back) == BJ_OK);
    /* The head of one before what another has signed. */
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 3; k++) {
            char bad[2 * BJ_JWT_BYTES];
            if (i == k) continue;
            snprintf(bad, sizeof bad, "%.*s%s", (int)(strchr(text[i], '.') - text[i]), text[i],
                     strchr(text[k], '.'));
            BJ_CHECK(bj_jwt_read(renewed, bad, NOW, &back) == BJ_ERR_CORRUPT);
        }
    }
    bj_jwt_key_free(was);
    bj_jwt_key_free(other);
    bj_jwt_key_free(renewed);
    bj_jwt_key_free(end);
}

static void test_files(EVP_PKEY *ed, EVP_PKEY *ec) {
    EVP_PKEY *many[KEYS_MAX];
    EVP_PKEY *p384 = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    bj_sig_alg_t alg;
    for (size_t i = 0; i < KEYS_MAX; i++)
        many[i] = ed;
    keys_of(many, KEYS_MAX, BJ_SIG_EDDSA, false);
    keys_of(many, 0, BJ_SIG_EDDSA, false);
    keys_of(&ed, 1, BJ_SIG_ES256, false);
    keys_of(&ec, 1, BJ_SIG_EDDSA, false);
    EVP_PKEY *const odd[] = {ed, p384};
    keys_of(odd, 2, BJ_SIG_EDDSA, false);
    BJ_CHECK(bj_sig_of("ES256", &alg) && alg == BJ_SIG_ES256);
    BJ_CHECK(!bj_sig_of("none", &alg) && !bj_sig_of("HS256", &alg) && !bj_sig_of("es256", &alg));
    EVP_PKEY_free(p384);
}

static bool loads(const char *text, size_t text_bytes) {
    char name[] = "/tmp/bj_jwt.XXXXXX", error[160] = "";
    int fd = mkstemp(name);
    if (fd < 0 || write(fd, text, text_bytes) != (ssize_t)text_bytes) abort();
    close(fd);
    bj_jwt_key_t *key = bj_jwt_key_load(name, BJ_SIG_EDDSA, error, sizeof error);
    unlink(name);
    BJ_CHECK((key != NULL) == (error[0] == '\0'));
    bj_jwt_key_free(key);
    return error[0] == '\0';
}

/* A second key that is cut short or does not read is no end of the file. */
static void test_damage(EVP_PKEY *ed, EVP_PKEY *ec) {
    char *text;
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio || !PEM_write_bio_PrivateKey(bio, ed, NULL, NULL, 0, NULL, NULL)) abort();
    size_t first_bytes = (size_t)BIO_get_mem_data(bio, &text);
    if (!PEM_write_bio_PrivateKey(bio, ec, NULL, NULL, 0, NULL, NULL)) abort();
    size_t text_bytes = (size_t)BIO_get_mem_data(bio, &text);
    size_t body = first_bytes + strcspn(text + first_bytes, "\n") + 1;
    BJ_CHECK(loads(text, text_bytes) && loads(text, first_bytes));
    for (size_t cut = body + 1; cut + 6 < text_bytes; cut++)
        BJ_CHECK(!loads(text, cut));
    text[body] = 'A'; /* no sequence */
    BJ_CHECK(!loads(text, text_bytes));
    text[body] = '!'; /* no digit */
    BJ_CHECK(!loads(text, text_bytes));
    BIO_free(bio);
}

int main(void) {
    EVP_PKEY *one = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *two = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    if (!one || !two || !ec) abort();
    bj_jwt_key_t *key = key_of(one), *other = key_of(two), *p256 = key_of(ec);
    test_round_trip(key);
    test_round_trip(p256);
    test_changed(key, other);
    test_changed(p256, key);
    test_algorithms(key);
    test_algorithms(p256);
    test_claims(key, one);
    test_change(one, ec, two);
    test_files(one, ec);
    test_damage(one, ec);
    test_day_end();
    test_scopes();
    bj_jwt_key_free(key);
    bj_jwt_key_free(other);
    bj_jwt_key_free(p256);
    EVP_PKEY_free(one);
    EVP_PKEY_free(two);
    EVP_PKEY_free(ec);
    return bj_test_end("test_bj_jwt");
}
