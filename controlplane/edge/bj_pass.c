#include "controlplane/edge/bj_pass.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { MAC_BYTES = 32, DIGITS_MAX = 18 };

/* Digits up to a dot, which is used up: no sign, no blank, no leading zero: one way to write
 * each. */
static bool read_number(const char **at, const char *end, int64_t *out) {
    const char *start = *at;
    int64_t value = 0;
    while (*at < end && **at >= '0' && **at <= '9' && *at - start < DIGITS_MAX) {
        value = value * 10 + (*(*at)++ - '0');
    }
    if (*at == start || *start == '0' || *at == end || **at != '.') return false;
    (*at)++;
    *out = value;
    return true;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_mac(const char *at, const char *end, uint8_t mac[MAC_BYTES]) {
    if (end - at != 2 * MAC_BYTES) return false;
    for (size_t i = 0; i < MAC_BYTES; i++) {
        int hi = hex_digit(at[2 * i]), lo = hex_digit(at[2 * i + 1]);
        if (hi < 0 || lo < 0) return false;
        mac[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

bool bj_pass_check(const char *key, const char *ticket, size_t ticket_bytes, int64_t now_s,
                   uint32_t *account_id) {
    if (!ticket) return false;
    const char *at = ticket, *end = ticket + ticket_bytes;
    int64_t account, expiry_s;
    uint8_t mac[MAC_BYTES], good[EVP_MAX_MD_SIZE];
    unsigned good_bytes = 0;
    if (!read_number(&at, end, &account) || !read_number(&at, end, &expiry_s)) return false;
    if (account > UINT32_MAX || !read_mac(at, end, mac)) return false;
    size_t signed_bytes = (size_t)(at - ticket) - 1;
    if (!HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)ticket, signed_bytes,
              good, &good_bytes)) {
        return false;
    }
    bool same = good_bytes == MAC_BYTES && CRYPTO_memcmp(good, mac, MAC_BYTES) == 0;
    *account_id = (uint32_t)account;
    return same && now_s < expiry_s;
}
