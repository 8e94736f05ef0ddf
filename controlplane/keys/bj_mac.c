#include "controlplane/keys/bj_mac.h"

#include <openssl/evp.h>

static const struct {
    const char *name, *digest; /* as OpenSSL calls it */
} macs[BJ_MAC_CNT] = {
    [BJ_MAC_SHA256] = {"sha256", "SHA256"},
    [BJ_MAC_SHA3_256] = {"sha3-256", "SHA3-256"},
    [BJ_MAC_SHA512] = {"sha512", "SHA512"},
};

const char *bj_mac_name(bj_mac_t mac) {
    return macs[mac].name;
}

bool bj_mac_of(const char *name, bj_mac_t *mac) {
    for (unsigned i = 0; i < BJ_MAC_CNT; i++) {
        if (strcmp(name, macs[i].name) != 0) continue;
        *mac = (bj_mac_t)i;
        return true;
    }
    return false;
}

bool bj_mac_make(bj_mac_t mac, const uint8_t key[BJ_MAC_KEY_BYTES], const void *data,
                 size_t data_bytes, uint8_t out[BJ_MAC_BYTES]) {
    unsigned char whole[EVP_MAX_MD_SIZE];
    size_t whole_bytes = 0;
    bool ok = EVP_Q_mac(NULL, "HMAC", NULL, macs[mac].digest, NULL, key, BJ_MAC_KEY_BYTES, data,
                        data_bytes, whole, sizeof whole, &whole_bytes) != NULL &&
              whole_bytes >= BJ_MAC_BYTES;
    if (ok) memcpy(out, whole, BJ_MAC_BYTES);
    explicit_bzero(whole, sizeof whole);
    return ok;
}
