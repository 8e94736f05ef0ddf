#include "dataplane/nnf/bj_nnf_frame.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { CODE_BYTES = 2, TAG_IV_BYTES = 16 };

bj_nnf_cipher_t bj_nnf_cipher_named(const char *word) {
    static const char *const words[BJ_NNF_CIPHER_CNT] = {
#define X(name, word, text) word,
        BJ_NNF_CIPHER_LIST(X)
#undef X
    };
    uint32_t i = 0;
    while (i < BJ_NNF_CIPHER_CNT && strcmp(words[i], word) != 0)
        i++;
    return (bj_nnf_cipher_t)i;
}

static bool aes_start(bj_nnf_seal_t *seal, const bj_nnf_keys_t *keys) {
    int iv_bytes = keys->cipher == BJ_NNF_TAG ? TAG_IV_BYTES : keys->iv_bytes;
    const uint8_t *iv = keys->cipher == BJ_NNF_TAG ? NULL : keys->iv;
    seal->aes = EVP_CIPHER_CTX_new();
    return seal->aes && (iv_bytes == 12 || iv_bytes == 16) &&
           EVP_CipherInit_ex(seal->aes, EVP_aes_256_gcm(), NULL, NULL, NULL, seal->sends) == 1 &&
           EVP_CIPHER_CTX_ctrl(seal->aes, EVP_CTRL_GCM_SET_IVLEN, iv_bytes, NULL) == 1 &&
           EVP_CipherInit_ex(seal->aes, NULL, NULL, keys->key, iv, seal->sends) == 1;
}

bool bj_nnf_seal_start(bj_nnf_seal_t *seal, const bj_nnf_keys_t *keys, bj_nnf_way_t way,
                       bool sends) {
    bj_nnf_seal_end(seal);
    *seal = (bj_nnf_seal_t){.cipher = keys->cipher,
                            .sends = sends,
                            .step = way == BJ_NNF_FROM_MEMBER ? 1 : -1,
                            .counter = (uint64_t)keys->dynamic_iv,
                            .md = EVP_MD_CTX_new(),
                            .md5 = EVP_MD_fetch(NULL, "MD5", NULL)};
    memcpy(seal->static_iv, keys->static_iv, sizeof seal->static_iv);
    memcpy(seal->aad, keys->aad, sizeof seal->aad);
    bool ok = seal->md && seal->md5;
    if (ok && keys->cipher != BJ_NNF_CLEAR) ok = aes_start(seal, keys);
    if (!ok) bj_nnf_seal_end(seal);
    return ok;
}

void bj_nnf_seal_end(bj_nnf_seal_t *seal) {
    EVP_CIPHER_CTX_free(seal->aes);
    EVP_MD_CTX_free(seal->md);
    EVP_MD_free((EVP_MD *)(uintptr_t)seal->md5);
    *seal = (bj_nnf_seal_t){0};
}

static bool md5(bj_nnf_seal_t *seal, const uint8_t *data, size_t data_bytes, uint8_t *digest) {
    unsigned digest_bytes = 0;
    return EVP_DigestInit_ex(seal->md, seal->md5, NULL) == 1 &&
           EVP_DigestUpdate(seal->md, data, data_bytes) == 1 &&
           EVP_DigestFinal_ex(seal->md, digest, &digest_bytes) == 1 &&
           digest_bytes == BJ_NNF_DIGEST_BYTES;
}

/* The counter moves before the message, on both ends. */
static bool tag_begin(bj_nnf_seal_t *seal) {
    uint8_t iv[TAG_IV_BYTES];
    int none;
    seal->counter += (uint64_t)(int64_t)seal->step;
    bj_be64_t counter = bj_be64((int64_t)seal->counter);
    memcpy(iv, seal->static_iv, sizeof seal->static_iv);
    memcpy(iv + sizeof seal->static_iv, &counter, sizeof counter);
    return EVP_CipherInit_ex(seal->aes, NULL, NULL, NULL, iv, seal->sends) == 1 &&
           EVP_CipherUpdate(seal->aes, NULL, &none, seal->aad, sizeof seal->aad) == 1;
}

static bool cipher_run(bj_nnf_seal_t *seal, const uint8_t *in, size_t bytes, uint8_t *out) {
    int done = 0;
    if (seal->cipher == BJ_NNF_CLEAR) return memcpy(out, in, bytes), true;
    return EVP_CipherUpdate(seal->aes, out, &done, in, (int)bytes) == 1 && done == (int)bytes;
}

static bool tag_seal(bj_nnf_seal_t *seal, const uint8_t *in, size_t bytes, uint8_t *out,
                     uint8_t *tag) {
    int none;
    return tag_begin(seal) && cipher_run(seal, in, bytes, out) &&
           EVP_CipherFinal_ex(seal->aes, out + bytes, &none) == 1 &&
           EVP_CIPHER_CTX_ctrl(seal->aes, EVP_CTRL_GCM_GET_TAG, BJ_NNF_DIGEST_BYTES, tag) == 1;
}

static bool tag_open(bj_nnf_seal_t *seal, const uint8_t *in, size_t bytes, uint8_t *out,
                     uint8_t *tag) {
    int none;
    return tag_begin(seal) && cipher_run(seal, in, bytes, out) &&
           EVP_CIPHER_CTX_ctrl(seal->aes, EVP_CTRL_GCM_SET_TAG, BJ_NNF_DIGEST_BYTES, tag) == 1 &&
           EVP_CipherFinal_ex(seal->aes, out + bytes, &none) == 1;
}

size_t bj_nnf_pack(bj_nnf_seal_t *seal, uint32_t seq, const uint8_t *msg, size_t msg_bytes,
                   uint8_t *out, size_t out_bytes) {
    size_t packet_bytes = BJ_NNF_PREFIX_BYTES + msg_bytes;
    if (msg_bytes < CODE_BYTES || packet_bytes > BJ_NNF_PACKET_MAX_BYTES) return 0;
    if (packet_bytes > out_bytes || !seal->md) return 0;
    bj_nnf_prefix_t prefix = {.len_bytes = bj_be16((int16_t)packet_bytes),
                              .seq = bj_be32((int32_t)seq)};
    uint8_t *body = out + BJ_NNF_PREFIX_BYTES;
    bool ok = seal->cipher == BJ_NNF_TAG
                  ? tag_seal(seal, msg, msg_bytes, body, prefix.digest)
                  : md5(seal, msg, msg_bytes, prefix.digest) &&
                        cipher_run(seal, msg, msg_bytes, body);
    memcpy(out, &prefix, sizeof prefix);
    return ok ? packet_bytes : 0;
}

bj_status_t bj_nnf_take(bj_nnf_seal_t *seal, const uint8_t *data, size_t data_bytes,
                        bj_nnf_packet_t *packet) {
    bj_nnf_prefix_t prefix;
    uint8_t digest[BJ_NNF_DIGEST_BYTES];
    if (data_bytes < sizeof prefix.len_bytes) return BJ_ERR_TRUNCATED;
    memcpy(&prefix.len_bytes, data, sizeof prefix.len_bytes);
    size_t packet_bytes = (uint16_t)bj_be16_get(prefix.len_bytes);
    if (packet_bytes < BJ_NNF_PREFIX_BYTES + CODE_BYTES) return BJ_ERR_BAD_FIELD;
    if (packet_bytes > BJ_NNF_PACKET_MAX_BYTES) return BJ_ERR_BAD_FIELD;
    if (data_bytes < packet_bytes) return BJ_ERR_TRUNCATED;
    memcpy(&prefix, data, sizeof prefix);
    packet->seq = (uint32_t)bj_be32_get(prefix.seq);
    packet->packet_bytes = packet_bytes;
    packet->msg_bytes = packet_bytes - BJ_NNF_PREFIX_BYTES;
    const uint8_t *body = data + BJ_NNF_PREFIX_BYTES;
    if (!seal->md) return BJ_ERR_CORRUPT;
    if (seal->cipher == BJ_NNF_TAG) {
        bool ok = tag_open(seal, body, packet->msg_bytes, packet->msg, prefix.digest);
        return ok ? BJ_OK : BJ_ERR_CORRUPT;
    }
    bool same = cipher_run(seal, body, packet->msg_bytes, packet->msg) &&
                md5(seal, packet->msg, packet->msg_bytes, digest) &&
                CRYPTO_memcmp(digest, prefix.digest, sizeof digest) == 0;
    return same ? BJ_OK : BJ_ERR_CORRUPT;
}
