/* Packets: against published vectors, against OpenSSL called in one go, and with every byte of a
 * packet missing or wrong. */
#include "dataplane/nnf/bj_nnf_frame.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

static size_t from_hex(const char *hex, uint8_t *out) {
    size_t n = 0;
    for (; hex[0] && hex[1]; hex += 2) {
        unsigned byte = 0;
        sscanf(hex, "%2x", &byte);
        out[n++] = (uint8_t)byte;
    }
    return n;
}

static bj_nnf_keys_t test_keys(bj_nnf_cipher_t cipher) {
    bj_nnf_keys_t keys = {.cipher = cipher, .iv_bytes = 12, .dynamic_iv = 1000};
    for (size_t i = 0; i < sizeof keys.key; i++)
        keys.key[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < sizeof keys.iv; i++)
        keys.iv[i] = (uint8_t)(i * 3 + 2);
    memcpy(keys.static_iv, "STATICIV", 8);
    memcpy(keys.aad, "additionally", 12);
    return keys;
}

/* RFC 1321, appendix A.5. */
static void test_md5(void) {
    bj_nnf_seal_t seal = {0};
    bj_nnf_keys_t keys = test_keys(BJ_NNF_CLEAR);
    uint8_t out[64], want[16];
    BJ_CHECK(bj_nnf_seal_start(&seal, &keys, BJ_NNF_FROM_MEMBER, true));
    BJ_CHECK(bj_nnf_pack(&seal, 0x01020304, (const uint8_t *)"abc", 3, out, sizeof out) == 25);
    from_hex("900150983cd24fb0d6963f7d28e17f72", want);
    BJ_CHECK(out[0] == 0 && out[1] == 25 && memcmp(out + 2, "\1\2\3\4", 4) == 0);
    BJ_CHECK(memcmp(out + 6, want, 16) == 0 && memcmp(out + 22, "abc", 3) == 0);
    bj_nnf_seal_end(&seal);
}

/* McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test case 15; NIST's
 * validation of GCM uses the same cases. */
static void test_published_stream(void) {
    uint8_t plain[64], want[64], out[BJ_NNF_PACKET_MAX_BYTES], got[64];
    bj_nnf_keys_t keys = {.cipher = BJ_NNF_STREAM, .iv_bytes = 12};
    bj_nnf_seal_t seal = {0};
    from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", keys.key);
    from_hex("cafebabefacedbaddecaf888", keys.iv);
    from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
             "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255", plain);
    from_hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
             "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad", want);
    for (size_t piece = 2; piece <= 64; piece++) { /* the stream does not see where messages end */
        size_t at = 0;
        BJ_CHECK(bj_nnf_seal_start(&seal, &keys, BJ_NNF_FROM_MEMBER, true));
        while (at + 2 <= 64) {
            size_t n = 64 - at < piece + 2 ? 64 - at : piece;
            BJ_CHECK(bj_nnf_pack(&seal, 0, plain + at, n, out, sizeof out) == n + 22);
            memcpy(got + at, out + 22, n);
            at += n;
        }
        BJ_CHECK(at == 64 && memcmp(got, want, 64) == 0);
    }
    bj_nnf_seal_end(&seal);
}

/* OpenSSL in one go, for an IV that the test makes itself. */
static bool one_go(const bj_nnf_keys_t *keys, uint64_t counter, const uint8_t *plain, size_t n,
                   uint8_t *out, uint8_t *tag) {
    uint8_t iv[16];
    int len, ok = 1;
    memcpy(iv, keys->static_iv, 8);
    for (int i = 0; i < 8; i++)
        iv[8 + i] = (uint8_t)(counter >> (56 - 8 * i));
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    ok &= EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, NULL, NULL);
    ok &= EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 16, NULL);
    ok &= EVP_EncryptInit_ex(ctx, NULL, NULL, keys->key, iv);
    ok &= EVP_EncryptUpdate(ctx, NULL, &len, keys->aad, 12);
    ok &= EVP_EncryptUpdate(ctx, out, &len, plain, (int)n);
    ok &= EVP_EncryptFinal_ex(ctx, out + len, &len);
    ok &= EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag);
    EVP_CIPHER_CTX_free(ctx);
    return ok == 1;
}

static void test_tag_counters(void) {
    bj_nnf_keys_t keys = test_keys(BJ_NNF_TAG);
    for (int way = 0; way < 2; way++) {
        bj_nnf_seal_t seal = {0};
        BJ_CHECK(bj_nnf_seal_start(&seal, &keys, (bj_nnf_way_t)way, true));
        for (uint64_t i = 1; i <= 5; i++) {
            uint8_t plain[40], out[128], want[64], tag[16];
            memset(plain, (int)i, sizeof plain);
            uint64_t counter = way == BJ_NNF_FROM_MEMBER ? 1000 + i : 1000 - i;
            BJ_CHECK(one_go(&keys, counter, plain, sizeof plain, want, tag));
            BJ_CHECK(bj_nnf_pack(&seal, 0, plain, sizeof plain, out, sizeof out) == 62);
            BJ_CHECK(memcmp(out + 22, want, 40) == 0 && memcmp(out + 6, tag, 16) == 0);
        }
        bj_nnf_seal_end(&seal);
    }
}

static uint64_t dice = 1181783497276652981u;
static uint64_t roll(void) {
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    return dice;
}

/* Many messages through one connection, the bytes cut up anyhow. */
static void through(bj_nnf_keys_t keys, bj_nnf_way_t way) {
    static uint8_t wire[200 * BJ_NNF_PACKET_MAX_BYTES], sent[200][BJ_NNF_PACKET_MAX_BYTES];
    static bj_nnf_packet_t packet;
    size_t lens[200], wire_bytes = 0, at = 0, seen = 0, have = 0;
    bj_nnf_seal_t out = {0}, in = {0};
    BJ_CHECK(bj_nnf_seal_start(&out, &keys, way, true));
    BJ_CHECK(bj_nnf_seal_start(&in, &keys, way, false));
    for (size_t i = 0; i < 200; i++) {
        lens[i] = 2 + roll() % (BJ_NNF_PACKET_MAX_BYTES - 22 - 1);
        for (size_t j = 0; j < lens[i]; j++)
            sent[i][j] = (uint8_t)roll();
        wire_bytes += bj_nnf_pack(&out, (uint32_t)i, sent[i], lens[i], wire + wire_bytes,
                                  sizeof wire - wire_bytes);
    }
    while (have < wire_bytes) {
        have += 1 + roll() % 1500;
        if (have > wire_bytes) have = wire_bytes;
        while (bj_nnf_take(&in, wire + at, have - at, &packet) == BJ_OK) {
            BJ_CHECK(seen < 200 && packet.seq == seen && packet.msg_bytes == lens[seen]);
            BJ_CHECK(memcmp(packet.msg, sent[seen], lens[seen]) == 0);
            at += packet.packet_bytes, seen++;
        }
    }
    BJ_CHECK(seen == 200 && at == wire_bytes);
    bj_nnf_seal_end(&out);
    bj_nnf_seal_end(&in);
}

static void test_through(void) {
    for (int cipher = 0; cipher < BJ_NNF_CIPHER_CNT; cipher++) {
        for (int way = 0; way < 2; way++) {
            bj_nnf_keys_t keys = test_keys((bj_nnf_cipher_t)cipher);
            through(keys, (bj_nnf_way_t)way);
            keys.iv_bytes = 16;
            through(keys, (bj_nnf_way_t)way);
        }
    }
}

/* One byte wrong anywhere but in the sequence, which nothing protects. */
static void test_every_byte(void) {
    static bj_nnf_packet_t packet;
    for (int cipher = 0; cipher < BJ_NNF_CIPHER_CNT; cipher++) {
        bj_nnf_keys_t keys = test_keys((bj_nnf_cipher_t)cipher);
        bj_nnf_seal_t out = {0}, in = {0};
        uint8_t msg[58], wire[80], bad[80];
        memset(msg, 0x5a, sizeof msg);
        BJ_CHECK(bj_nnf_seal_start(&out, &keys, BJ_NNF_FROM_MEMBER, true));
        BJ_CHECK(bj_nnf_pack(&out, 9, msg, sizeof msg, wire, sizeof wire) == 80);
        for (size_t i = 2; i < 80; i++) {
            memcpy(bad, wire, sizeof bad);
            bad[i] ^= 0x10;
            BJ_CHECK(bj_nnf_seal_start(&in, &keys, BJ_NNF_FROM_MEMBER, false));
            bj_status_t want = i < 6 ? BJ_OK : BJ_ERR_CORRUPT;
            BJ_CHECK(bj_nnf_take(&in, bad, sizeof bad, &packet) == want);
        }
        for (size_t n = 0; n <= 80; n++) {
            uint8_t *exact = malloc(n ? n : 1);
            memcpy(exact, wire, n);
            BJ_CHECK(bj_nnf_seal_start(&in, &keys, BJ_NNF_FROM_MEMBER, false));
            BJ_CHECK(bj_nnf_take(&in, exact, n, &packet) == (n < 80 ? BJ_ERR_TRUNCATED : BJ_OK));
            free(exact);
        }
        bj_nnf_seal_end(&out);
        bj_nnf_seal_end(&in);
    }
}

static void test_lengths(void) {
    static bj_nnf_packet_t packet;
    bj_nnf_keys_t keys = test_keys(BJ_NNF_CLEAR);
    bj_nnf_seal_t seal = {0};
    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES + 2] = {0}, msg[BJ_NNF_PACKET_MAX_BYTES] = {0};
    BJ_CHECK(bj_nnf_seal_start(&seal, &keys, BJ_NNF_TO_MEMBER, true));
    for (unsigned n = 0; n <= 0xffff; n++) {
        wire[0] = (uint8_t)(n >> 8), wire[1] = (uint8_t)n;
        bool possible = n >= 24 && n <= 1024;
        bj_status_t got = bj_nnf_take(&seal, wire, 2, &packet);
        BJ_CHECK(got == (possible ? BJ_ERR_TRUNCATED : BJ_ERR_BAD_FIELD));
    }
    BJ_CHECK(bj_nnf_pack(&seal, 0, msg, 1, wire, sizeof wire) == 0);
    BJ_CHECK(bj_nnf_pack(&seal, 0, msg, 1003, wire, sizeof wire) == 0);
    BJ_CHECK(bj_nnf_pack(&seal, 0, msg, 1002, wire, 1023) == 0);
    BJ_CHECK(bj_nnf_pack(&seal, 0, msg, 1002, wire, 1024) == 1024);
    bj_nnf_seal_end(&seal);
    BJ_CHECK(bj_nnf_pack(&seal, 0, msg, 40, wire, sizeof wire) == 0); /* nothing was started */
    keys = test_keys(BJ_NNF_STREAM), keys.iv_bytes = 13;
    BJ_CHECK(!bj_nnf_seal_start(&seal, &keys, BJ_NNF_TO_MEMBER, true) && !seal.md);
    BJ_CHECK(bj_nnf_cipher_named("stream") == BJ_NNF_STREAM);
    BJ_CHECK(bj_nnf_cipher_named("tag") == BJ_NNF_TAG);
    BJ_CHECK(bj_nnf_cipher_named("aes") == BJ_NNF_CIPHER_CNT);
}

int main(void) {
    test_md5();
    test_published_stream();
    test_tag_counters();
    test_through();
    test_every_byte();
    test_lengths();
    return bj_test_end("test_bj_nnf_frame");
}
