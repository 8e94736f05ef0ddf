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

static bool read_hex(const char **at, const char *end, uint8_t *out, size_t out_bytes) {
    if ((size_t)(end - *at) < 2 * out_bytes) return false;
    for (size_t i = 0; i < out_bytes; i++, *at += 2) {
        int hi = hex_digit((*at)[0]), lo = hex_digit((*at)[1]);
        if (hi < 0 || lo < 0) return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

/* Up to the dot before the MAC, which is used up. */
static bool read_words(const char **at, const char *end, bj_pass_t *pass, int64_t *expiry_s) {
    int64_t account;
    if (!read_number(at, end, &account) || account > UINT32_MAX) return false;
    pass->account_id = (uint32_t)account;
    return read_number(at, end, &pass->made_s) && read_number(at, end, expiry_s) &&
           read_number(at, end, &pass->until_s) &&
           read_hex(at, end, pass->who, sizeof pass->who) && *at < end && *(*at)++ == '.';
}

bool bj_pass_check(const char *key, const char *ticket, size_t ticket_bytes, int64_t now_s,
                   bj_pass_t *pass) {
    *pass = (bj_pass_t){0};
    if (!ticket) return false;
    const char *at = ticket, *end = ticket + ticket_bytes;
    int64_t expiry_s;
    uint8_t mac[MAC_BYTES], good[EVP_MAX_MD_SIZE];
    unsigned good_bytes = 0;
    if (!read_words(&at, end, pass, &expiry_s)) return false;
    size_t signed_bytes = (size_t)(at - ticket) - 1;
    if (!read_hex(&at, end, mac, sizeof mac) || at != end) return false;
    if (!HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)ticket, signed_bytes,
              good, &good_bytes)) {
        return false;
    }
    bool same = good_bytes == MAC_BYTES && CRYPTO_memcmp(good, mac, MAC_BYTES) == 0;
    return same && now_s < expiry_s && now_s < pass->until_s;
}
