#include "controlplane/identity/bj_totp.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

enum { SHA1_BYTES = 20 };

uint32_t bj_totp_code(const uint8_t *secret, size_t secret_bytes, uint64_t step, unsigned digits) {
    uint8_t moving[8], mac[SHA1_BYTES];
    unsigned mac_bytes = sizeof mac;
    uint32_t modulus = 1;
    for (unsigned i = 0; i < sizeof moving; i++) moving[7 - i] = (uint8_t)(step >> (8 * i));
    HMAC(EVP_sha1(), secret, (int)secret_bytes, moving, sizeof moving, mac, &mac_bytes);
    unsigned at = mac[SHA1_BYTES - 1] & 15;
    uint32_t word = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
                    (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    for (unsigned i = 0; i < digits; i++) modulus *= 10;
    return word % modulus;
}

/* UINT32_MAX: not a code. */
static uint32_t code_read(const char *text) {
    uint32_t value = 0;
    unsigned digit_cnt = 0;
    for (; *text; text++) {
        if (*text == ' ') continue;
        if (!isdigit((unsigned char)*text) || ++digit_cnt > BJ_TOTP_DIGITS) return UINT32_MAX;
        value = value * 10 + (uint32_t)(*text - '0');
    }
    return digit_cnt == BJ_TOTP_DIGITS ? value : UINT32_MAX;
}

bool bj_totp_formed(const char *text) { return code_read(text) != UINT32_MAX; }

bool bj_totp_find(const uint8_t secret[BJ_TOTP_SECRET_BYTES], const char *code, int64_t now_s,
                  uint32_t late_steps, uint64_t last_step, uint64_t *step) {
    uint32_t given = code_read(code);
    uint64_t now_step = (uint64_t)now_s / BJ_TOTP_STEP_S;
    bool found = false;
    if (given == UINT32_MAX) return false;
    /* All are looked at, whichever it is. */
    for (uint64_t s = now_step - late_steps; s <= now_step; s++) {
        bool same = bj_totp_code(secret, BJ_TOTP_SECRET_BYTES, s, BJ_TOTP_DIGITS) == given;
        if (same && s > last_step && !found) {
            *step = s;
            found = true;
        }
    }
    return found;
}

bool bj_base32_write(const uint8_t *data, size_t data_bytes, char *out, size_t out_bytes) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t digit_cnt = (data_bytes * 8 + 4) / 5;
    if (digit_cnt >= out_bytes) return false;
    for (size_t i = 0; i < digit_cnt; i++) {
        size_t bit = i * 5;
        unsigned pair = (unsigned)data[bit / 8] << 8;
        if (bit / 8 + 1 < data_bytes) pair |= data[bit / 8 + 1];
        out[i] = digits[(pair >> (11 - bit % 8)) & 31];
    }
    out[digit_cnt] = '\0';
    return true;
}

/* Everything but letters, digits and a few signs as %XX. */
static bool escape(const char *text, char *out, size_t out_bytes) {
    size_t at = 0;
    for (; *text; text++) {
        bool plain = isalnum((unsigned char)*text) || strchr("-._~@", *text);
        if (at + 4 > out_bytes) return false;
        if (plain) out[at++] = *text;
        else at += (size_t)snprintf(out + at, out_bytes - at, "%%%02X", (unsigned char)*text);
    }
    out[at] = '\0';
    return true;
}

bool bj_totp_uri(const char *secret_text, const char *email, char out[BJ_TOTP_URI_BYTES]) {
    char label[BJ_TOTP_URI_BYTES - 128];
    if (!escape(email, label, sizeof label)) return false;
    int n = snprintf(out, BJ_TOTP_URI_BYTES,
                     "otpauth://totp/Bijli:%s?secret=%s&issuer=Bijli&algorithm=SHA1&digits=%d"
                     "&period=%d",
                     label, secret_text, BJ_TOTP_DIGITS, BJ_TOTP_STEP_S);
    return n > 0 && n < BJ_TOTP_URI_BYTES;
}
