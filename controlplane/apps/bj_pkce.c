#include "controlplane/apps/bj_pkce.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include "controlplane/identity/bj_base64url.h"

const char *bj_pkce_challenge_refused(const char *challenge, const char *method,
                                      uint8_t challenge_bytes[BJ_PKCE_BYTES]) {
    size_t n;
    if (!challenge && !method) return NULL;
    if (!challenge) return "code_challenge is missing beside code_challenge_method";
    /* Absent it would be "plain" (RFC 7636, 4.3). */
    if (!method || strcmp(method, "S256") != 0) return "code_challenge_method must be S256";
    if (bj_base64url_read(challenge, challenge_bytes, BJ_PKCE_BYTES, &n) && n == BJ_PKCE_BYTES) {
        return NULL;
    }
    return "code_challenge must be a SHA-256 in base64url without padding, 43 characters";
}

bool bj_pkce_verifier_formed(const char *verifier) {
    static const char may[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t n = strlen(verifier);
    return n >= BJ_PKCE_VERIFIER_MIN && n <= BJ_PKCE_VERIFIER_MAX && strspn(verifier, may) == n;
}

bool bj_pkce_met(const char *verifier, const uint8_t *challenge) {
    uint8_t hash[SHA256_DIGEST_LENGTH];
    if (!verifier || !challenge) return !verifier && !challenge;
    if (!bj_pkce_verifier_formed(verifier)) return false;
    SHA256((const unsigned char *)verifier, strlen(verifier), hash);
    return CRYPTO_memcmp(hash, challenge, BJ_PKCE_BYTES) == 0;
}
