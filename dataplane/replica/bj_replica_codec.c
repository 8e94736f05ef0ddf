#include "dataplane/replica/bj_replica_codec.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include "dataplane/base/bj_hash.h"

enum { TAG_BYTES = 16, HEADER_BYTES = sizeof(bj_replica_header_t) };
enum { MAC_TEXT_BYTES = TAG_BYTES + BJ_REPLICA_NONCE_BYTES + sizeof(bj_replica_hello_t) };

static const struct {
    uint8_t type, by;
    size_t  bytes;
} kinds[] = {
#define X(name, letter, type, by, text) {(letter), (by), sizeof(type)},
    BJ_REPLICA_LIST(X)
#undef X
};

/* 0: that side says no such message. */
static size_t fixed_bytes(uint8_t type, bj_replica_by_t by) {
    for (size_t i = 0; i < BJ_COUNT(kinds); i++) {
        if (kinds[i].type == type && kinds[i].by == (uint8_t)by) return kinds[i].bytes;
    }
    return 0;
}

static bool length_ok(const bj_replica_header_t *header, size_t fixed) {
    if (header->type != BJ_REPLICA_BATCH) return header->len_bytes == fixed;
    return header->len_bytes > fixed && header->len_bytes <= BJ_REPLICA_MESSAGE_MAX_BYTES &&
           (header->len_bytes - fixed) % sizeof(bj_cmd_t) == 0;
}

static bool count_ok(const uint8_t *data, const bj_replica_header_t *header) {
    bj_replica_batch_t batch;
    if (header->type != BJ_REPLICA_BATCH) return true;
    memcpy(&batch, data, sizeof batch);
    return batch.reserved == 0 &&
           batch.cmd_cnt == (header->len_bytes - sizeof batch) / sizeof(bj_cmd_t);
}

bj_status_t bj_replica_frame(const uint8_t *data, size_t data_bytes, bj_replica_by_t by,
                             size_t *msg_bytes) {
    bj_replica_header_t header;
    if (data_bytes < sizeof header) return BJ_ERR_TRUNCATED;
    memcpy(&header, data, sizeof header);
    size_t fixed = fixed_bytes(header.type, by);
    if (!fixed) return BJ_ERR_UNKNOWN_TYPE;
    bool ok = header.version == BJ_REPLICA_VERSION && !header.reserved && !header.reserved2;
    if (!ok || !length_ok(&header, fixed)) return BJ_ERR_BAD_FIELD;
    if (data_bytes < header.len_bytes) return BJ_ERR_TRUNCATED;
    size_t behind_bytes = header.len_bytes - HEADER_BYTES;
    if (header.check != bj_crc32c(0, data + HEADER_BYTES, behind_bytes)) return BJ_ERR_CORRUPT;
    if (!count_ok(data, &header)) return BJ_ERR_BAD_FIELD;
    *msg_bytes = header.len_bytes;
    return BJ_OK;
}

void bj_replica_seal(void *msg) {
    bj_replica_header_t header;
    memcpy(&header, msg, sizeof header);
    header.check = bj_crc32c(0, (uint8_t *)msg + HEADER_BYTES, header.len_bytes - HEADER_BYTES);
    memcpy(msg, &header, sizeof header);
}

bool bj_replica_mac(const void *key, size_t key_bytes, bj_replica_by_t by,
                    const uint8_t nonce[BJ_REPLICA_NONCE_BYTES], const void *msg, size_t mac_at,
                    uint8_t mac[BJ_REPLICA_MAC_BYTES]) {
    static const char tags[2][TAG_BYTES] = {"bijli primary", "bijli standby"};
    uint8_t text[MAC_TEXT_BYTES];
    size_t said_bytes = mac_at - HEADER_BYTES;
    unsigned mac_bytes = 0;
    assert(mac_at >= HEADER_BYTES && mac_at <= sizeof(bj_replica_hello_t));
    memcpy(text, tags[by == BJ_REPLICA_BY_STANDBY], TAG_BYTES);
    memcpy(text + TAG_BYTES, nonce, BJ_REPLICA_NONCE_BYTES);
    memcpy(text + TAG_BYTES + BJ_REPLICA_NONCE_BYTES, (const uint8_t *)msg + HEADER_BYTES,
           said_bytes);
    return key_bytes <= INT32_MAX &&
           HMAC(EVP_sha256(), key, (int)key_bytes, text,
                TAG_BYTES + BJ_REPLICA_NONCE_BYTES + said_bytes, mac, &mac_bytes) &&
           mac_bytes == BJ_REPLICA_MAC_BYTES;
}

bool bj_replica_proven(const void *key, size_t key_bytes, bj_replica_by_t by,
                       const uint8_t nonce[BJ_REPLICA_NONCE_BYTES], const void *msg,
                       size_t mac_at) {
    uint8_t mac[BJ_REPLICA_MAC_BYTES];
    bool made = bj_replica_mac(key, key_bytes, by, nonce, msg, mac_at, mac);
    return made && CRYPTO_memcmp(mac, (const uint8_t *)msg + mac_at, sizeof mac) == 0;
}
