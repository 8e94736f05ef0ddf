/* Whatever a browser may send as a passkey: client data, a new credential, an assertion, base64url.
 * The first byte says which; what is taken keeps its promises. */
#include <stdlib.h>
#include "controlplane/identity/bj_base64url.h"
#include "controlplane/identity/bj_webauthn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static const char rp_id[] = "localhost", origin[] = "https://localhost";

static void try_client(const uint8_t *data, size_t data_bytes) {
    char challenge[BJ_TOKEN_BYTES];
    const char *why = bj_webauthn_client(data, data_bytes, "webauthn.get", origin, challenge);
    if (!why && !bj_token_formed(challenge)) abort();
}

/* Behind a head that is right, else nothing would get past it. */
static size_t with_head(const uint8_t *data, size_t data_bytes, uint8_t flags, uint8_t *out) {
    bj_token_hash(rp_id, out); /* SHA-256 of a text, which is what stands there */
    memset(out + 32, 0, 5);
    out[32] = flags;
    if (data_bytes > 1024) data_bytes = 1024;
    if (data_bytes) memcpy(out + 37, data, data_bytes);
    return 37 + data_bytes;
}

static void try_new(const uint8_t *data, size_t data_bytes, uint8_t flags) {
    uint8_t buffer[37 + 1024];
    bj_passkey_new_t made;
    size_t auth_bytes = with_head(data, data_bytes, flags, buffer);
    uint8_t *auth = malloc(auth_bytes);
    memcpy(auth, buffer, auth_bytes);
    const char *why = bj_webauthn_new(rp_id, true, auth, auth_bytes, &made);
    if (!why && (made.id_bytes < BJ_PASSKEY_ID_MIN_BYTES || made.key.key_bytes < 32)) abort();
    free(auth);
}

static void try_verify(const uint8_t *data, size_t data_bytes, uint8_t flags) {
    static const int32_t algs[] = {-7, -8, -257, -9};
    uint8_t auth[37 + 1024];
    uint32_t count;
    bj_passkey_key_t key = {.alg = algs[data_bytes & 3]};
    size_t half = data_bytes / 2;
    key.key_bytes = half < sizeof key.key ? half : sizeof key.key;
    if (half) memcpy(key.key, data, key.key_bytes);
    const bj_webauthn_said_t said = {.client = data,
                                     .client_bytes = half,
                                     .auth = auth,
                                     .auth_bytes = with_head(data, half, flags, auth),
                                     .sig = data + half,
                                     .sig_bytes = data_bytes - half};
    (void)bj_webauthn_verify(rp_id, &key, &said, &count);
}

static void try_text(const uint8_t *data, size_t data_bytes) {
    uint8_t out[64];
    char again[BJ_BASE64URL_BYTES(sizeof out)];
    size_t out_bytes;
    char *text = calloc(1, data_bytes + 1);
    if (data_bytes) memcpy(text, data, data_bytes);
    if (bj_base64url_read(text, out, sizeof out, &out_bytes) &&
        strcmp(bj_base64url_write(out, out_bytes, again), text) != 0) {
        abort();
    }
    char got[BJ_RP_ID_BYTES];
    bool named = bj_webauthn_rp_id(text, NULL, got);
    if (named && !got[0]) abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    if (data_bytes < 2) return 0;
    switch (data[0] & 3) {
    case 0:
        try_client(data + 1, data_bytes - 1);
        break;
    case 1:
        try_new(data + 2, data_bytes - 2, data[1] | 1 | 4 | 64);
        break;
    case 2:
        try_verify(data + 2, data_bytes - 2, data[1]);
        break;
    default:
        try_text(data + 1, data_bytes - 1);
        break;
    }
    return 0;
}
