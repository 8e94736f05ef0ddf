#include "controlplane/market/bj_ticket.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

enum { MAC_BYTES = 32, OPERATOR_S = 3600 };

static size_t put_hex(char *out, const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        *out++ = "0123456789abcdef"[bytes[i] >> 4];
        *out++ = "0123456789abcdef"[bytes[i] & 15];
    }
    return 2 * n;
}

/* The operator's token is no session, and does not end. */
static int64_t until_s(const bj_caller_t *caller, int64_t now_s) {
    return caller->expires_ns ? caller->expires_ns / BJ_NS_PER_S : now_s + OPERATOR_S;
}

void bj_ticket_make(const char *key, const bj_caller_t *caller, int64_t now_s,
                    char out[BJ_TICKET_BYTES]) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes = 0;
    size_t at = (size_t)snprintf(out, BJ_TICKET_BYTES, "%" PRIu32 ".%" PRId64 ".%" PRId64
                                 ".%" PRId64 ".", caller->account_id, now_s,
                                 now_s + BJ_TICKET_LIFE_S, until_s(caller, now_s));
    at += put_hex(out + at, caller->is_app ? caller->token_hash : caller->session_hash,
                  BJ_TICKET_WHO_BYTES);
    HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)out, at, mac, &mac_bytes);
    out[at++] = '.';
    at += put_hex(out + at, mac, MAC_BYTES);
    out[at] = '\0';
}
