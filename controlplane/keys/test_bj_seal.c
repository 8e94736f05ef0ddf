/* Goal: what is sealed opens again, under a second key file too, and not when one bit of it, of its
 * binding or of its key is another; key files that are refused. */
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/keys/bj_seal.h"
#include "dataplane/base/bj_test.h"

#define KEY_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_B "ffeeddccbbaa99887766554433221100FFEEDDCCBBAA99887766554433221100"

static bj_seal_t *seal_of(const char *text, char error[160]) {
    char name[] = "/tmp/bj_seal.XXXXXX";
    int fd = mkstemp(name);
    BJ_CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    error[0] = '\0';
    bj_seal_t *seal = bj_seal_new(name, error, 160);
    unlink(name);
    return seal;
}

static void test_round_trip(void) {
    char error[160];
    uint8_t plain[20] = "12345678901234567890", back[20];
    bj_sealed_t one, two;
    bj_seal_t *seal = seal_of("7 " KEY_A "\n", error);
    BJ_CHECK(seal && bj_seal_key_id(seal) == 7);
    BJ_CHECK(bj_seal_close(seal, "totp 1", plain, sizeof plain, &one));
    BJ_CHECK(bj_seal_close(seal, "totp 1", plain, sizeof plain, &two));
    BJ_CHECK(one.key_id == 7 && one.data_bytes == sizeof plain + BJ_SEAL_MORE_BYTES);
    BJ_CHECK(memcmp(one.data, two.data, one.data_bytes) != 0); /* another nonce */
    BJ_CHECK(!memmem(one.data, one.data_bytes, plain, 8));
    BJ_CHECK(bj_seal_open(seal, "totp 1", &one, back, sizeof back) == BJ_OK);
    BJ_CHECK(memcmp(plain, back, sizeof back) == 0);
    BJ_CHECK(bj_seal_open(seal, "totp 2", &one, back, sizeof back) == BJ_ERR_CORRUPT);
    BJ_CHECK(back[0] == 0 && back[19] == 0);
    for (size_t i = 0; i < one.data_bytes * 8; i++) {
        two = one;
        two.data[i / 8] ^= (uint8_t)(1u << (i % 8));
        BJ_CHECK(bj_seal_open(seal, "totp 1", &two, back, sizeof back) == BJ_ERR_CORRUPT);
    }
    two = one, two.data_bytes--;
    BJ_CHECK(bj_seal_open(seal, "totp 1", &two, back, sizeof back) == BJ_ERR_CORRUPT);
    bj_seal_free(seal);
}

static void from_hex(const char *hex, uint8_t *out) {
    for (; *hex; hex += 2)
        *out++ = (uint8_t)strtoul((char[]){hex[0], hex[1], 0}, NULL, 16);
}

/* RFC 8439, 2.8.2: nonce, text and tag as they lie in a cell. */
static void test_chacha20(void) {
    static const char sealed_hex[] =
        "070000004041424344454647"
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
        "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
        "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
        "3ff4def08e4b7a9de576d26586cec64b6116"
        "1ae10b594f09e26a7e902ecbd0600691";
    static const char what[] = "PQRS\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7";
    bj_sealed_t sealed = {.data_bytes = (sizeof sealed_hex - 1) / 2}, two;
    uint8_t key[BJ_SEAL_KEY_BYTES], back[114];
    bj_cipher_t cipher;
    BJ_CHECK(bj_cipher_of("chacha20-poly1305", &cipher) && !bj_cipher_of("des", &cipher));
    BJ_CHECK(strcmp(bj_cipher_name(cipher), "chacha20-poly1305") == 0);
    from_hex(sealed_hex, sealed.data);
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(0x80 + i);
    BJ_CHECK(bj_seal_open_by(cipher, key, what, &sealed, back, sizeof back) == BJ_OK);
    BJ_CHECK(memcmp(back, "Ladies and Gentlemen of the class of '99", 40) == 0);
    BJ_CHECK(bj_seal_close_by(cipher, key, what, back, sizeof back, &two));
    BJ_CHECK(memcmp(two.data, sealed.data, 12) != 0); /* a nonce of its own */
    for (size_t i = 0; i < sealed.data_bytes * 8; i++) {
        two = sealed;
        two.data[i / 8] ^= (uint8_t)(1u << (i % 8));
        BJ_CHECK(bj_seal_open_by(cipher, key, what, &two, back, sizeof back) == BJ_ERR_CORRUPT);
    }
}

static void test_rotation(void) {
    char error[160];
    uint8_t back[4];
    bj_sealed_t old, fresh;
    bj_seal_t *first = seal_of("1 " KEY_A, error);
    bj_seal_t *both = seal_of("2 " KEY_B "\n1 " KEY_A "\n", error);
    bj_seal_t *second = seal_of("2 " KEY_B "\n", error);
    bj_seal_t *liar = seal_of("1 " KEY_B "\n", error);
    BJ_CHECK(first && both && second && liar);
    BJ_CHECK(bj_seal_close(first, "x", "abcd", 4, &old));
    BJ_CHECK(bj_seal_open(both, "x", &old, back, 4) == BJ_OK && !memcmp(back, "abcd", 4));
    BJ_CHECK(bj_seal_close(both, "x", "abcd", 4, &fresh) && fresh.key_id == 2);
    BJ_CHECK(bj_seal_open(second, "x", &fresh, back, 4) == BJ_OK);
    BJ_CHECK(bj_seal_open(second, "x", &old, back, 4) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_seal_open(liar, "x", &old, back, 4) == BJ_ERR_CORRUPT);
    bj_seal_free(first), bj_seal_free(both), bj_seal_free(second), bj_seal_free(liar);
}

static void test_bad_files(void) {
    static const char *const bad[] = {
        "",          "\n",         KEY_A "\n", "0 " KEY_A,     "65536 " KEY_A,
        "-1 " KEY_A, "1" KEY_A,    "1 00",     "1 " KEY_A "0", "1 " KEY_A "\n1 " KEY_B,
        "1 g" KEY_A, "one " KEY_A,
    };
    char error[160];
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        unsigned fails = bj_fail_cnt;
        bj_seal_t *seal = seal_of(bad[i], error);
        BJ_CHECK(!seal && strlen(error) > 10 && !strstr(error, "0102"));
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", bad[i]);
        bj_seal_free(seal);
    }
    BJ_CHECK(!bj_seal_new("/nonexistent/key", error, sizeof error));
    BJ_CHECK(strstr(error, "/nonexistent"));
    BJ_CHECK(seal_of("nine lines are too many", error) == NULL);
}

int main(void) {
    test_round_trip();
    test_chacha20();
    test_rotation();
    test_bad_files();
    return bj_test_end("test_bj_seal");
}
