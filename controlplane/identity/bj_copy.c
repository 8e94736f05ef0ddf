#include "controlplane/identity/bj_copy.h"

#include <openssl/sha.h>
#include <stdio.h>
#include "controlplane/access/bj_access.h"
#include "controlplane/identity/bj_token.h"

static bool mark_of(bj_keys_t *keys, const char *key, const char *text, size_t text_bytes,
                    char out[BJ_HASH_HEX_BYTES]) {
    static_assert((int)BJ_KEYS_MAC_BYTES == (int)BJ_HASH_BYTES, "a mark is as long as a hash");
    uint8_t hash[BJ_HASH_BYTES], mac[BJ_KEYS_MAC_BYTES];
    char hex[BJ_HASH_HEX_BYTES], what[200];
    SHA256((const unsigned char *)text, text_bytes, hash);
    int n = snprintf(what, sizeof what, "%s %s", key, bj_hash_hex(hash, hex));
    if (n < 0 || (size_t)n >= sizeof what) return false;
    if (bj_keys_mac(keys, "copy", what, mac) != BJ_OK) return false;
    bj_hash_hex(mac, out);
    return true;
}

bool bj_copy_seal(bj_keys_t *keys, const char *key, char *text, size_t text_size) {
    char mark[BJ_HASH_HEX_BYTES];
    size_t text_bytes = strlen(text);
    if (text_bytes + BJ_COPY_MARK_BYTES >= text_size) return false;
    if (!mark_of(keys, key, text, text_bytes, mark)) return false;
    snprintf(text + text_bytes, text_size - text_bytes, "\n%s", mark);
    return true;
}

bool bj_copy_open(bj_keys_t *keys, const char *key, char *text) {
    char mark[BJ_HASH_HEX_BYTES];
    char *end = strrchr(text, '\n');
    if (!end || !mark_of(keys, key, text, (size_t)(end - text), mark)) return false;
    if (!bj_same_secret(end + 1, mark)) return false;
    *end = '\0';
    return true;
}
