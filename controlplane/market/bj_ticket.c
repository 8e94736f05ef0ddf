#include "controlplane/market/bj_ticket.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

enum { MAC_BYTES = 32 };

void bj_ticket_make(const char *key, uint32_t account_id, int64_t expiry_s,
                    char out[BJ_TICKET_BYTES]) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes = 0;
    int n = snprintf(out, BJ_TICKET_BYTES, "%" PRIu32 ".%" PRId64, account_id, expiry_s);
    HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)out, (size_t)n, mac,
         &mac_bytes);
    size_t at = (size_t)n;
    out[at++] = '.';
    for (unsigned i = 0; i < MAC_BYTES; i++) {
        out[at++] = "0123456789abcdef"[mac[i] >> 4];
        out[at++] = "0123456789abcdef"[mac[i] & 15];
    }
    out[at] = '\0';
}
