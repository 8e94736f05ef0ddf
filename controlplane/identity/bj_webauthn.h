#ifndef BJ_WEBAUTHN_H
#define BJ_WEBAUTHN_H

/* bj_webauthn - what an authenticator says, judged: no table, no clock, nothing kept.
 *
 * Purpose  Read what the browser says of itself (client data), what an authenticator says of a new
 *          credential, and whether a signature is one of a credential's key.
 * Rule     user present and user verified (PIN, finger, face) in every message: a passkey counts as
 *          both factors.  No attestation is asked for, so nothing is believed about the make of an
 *          authenticator: of a new credential we take the authenticator data alone.
 * Algs     ES256, EdDSA (Ed25519), RS256: COSE numbers -7, -8, -257.  A key is kept in libfido2's
 *          form: x and y; 32 bytes; modulus and exponent.  An RSA key is of 2048 bits, as libfido2
 *          reads no other: 112 bits of security (NIST SP 800-57 part 1, table 2), so no new one is
 *          taken unless rsa says so, for devices that make nothing else (old Windows Hello).
 * Source   W3C Web Authentication Level 2 (2021-04-08), 5.8.1 client data, 6.1 authenticator data,
 *          7.1 and 7.2 what a server checks; CBOR, COSE and signatures are libfido2's.
 * Threads  any.
 * Errors   a function that judges returns NULL, or why not, as the audit trail has it; such a text
 *          lives for ever and has nothing of the message in it. */
#include "controlplane/identity/bj_token.h"

enum {
    BJ_PASSKEY_ID_MIN_BYTES = 16,
    BJ_PASSKEY_ID_MAX_BYTES = 1023, /* both: 7.1 and 4, "credential ID" */
    BJ_PASSKEY_KEY_MAX_BYTES = 259,
    BJ_WEBAUTHN_AUTH_MAX_BYTES = 2048,
    BJ_WEBAUTHN_CLIENT_MAX_BYTES = 2048,
    BJ_WEBAUTHN_SIG_MAX_BYTES = 512,
    BJ_RP_ID_BYTES = 254, /* a host's name */
};

typedef struct bj_passkey_key {
    int32_t alg; /* COSE's number */
    size_t key_bytes;
    uint8_t key[BJ_PASSKEY_KEY_MAX_BYTES];
} bj_passkey_key_t;

typedef struct bj_passkey_new {
    size_t id_bytes;
    uint8_t id[BJ_PASSKEY_ID_MAX_BYTES];
    uint32_t sign_count;
    bj_passkey_key_t key;
} bj_passkey_new_t;

/* The algorithms of new credentials, the most wanted first, 0-ended; for ever. */
const int32_t *bj_webauthn_algs(bool rsa);

/* The name that credentials are bound to: wanted, or the origin's host if wanted is NULL or "".
 * False: origin is not https (http for localhost), or wanted is neither its host nor a domain above
 * it; a single label is nothing above anything. */
BJ_MUST_USE bool bj_webauthn_rp_id(const char *origin, const char *wanted,
                                   char out[BJ_RP_ID_BYTES]);

/* Is it our page that asked for this, on its own?  type: "webauthn.create" or "webauthn.get".
 * challenge: of the form of a token; whether we gave it is for the caller to find out. */
BJ_MUST_USE const char *bj_webauthn_client(const uint8_t *json, size_t json_bytes, const char *type,
                                           const char *origin, char challenge[BJ_TOKEN_BYTES]);

/* A new credential out of its authenticator data. */
BJ_MUST_USE const char *bj_webauthn_new(const char *rp_id, bool rsa, const uint8_t *auth,
                                        size_t auth_bytes, bj_passkey_new_t *out);

typedef struct bj_webauthn_said {
    const uint8_t *client, *auth, *sig;
    size_t client_bytes, auth_bytes, sig_bytes;
} bj_webauthn_said_t;

/* An assertion: signed by this key, for us, by a user who was present and verified. */
BJ_MUST_USE const char *bj_webauthn_verify(const char *rp_id, const bj_passkey_key_t *key,
                                           const bj_webauthn_said_t *said, uint32_t *sign_count);

#endif /* BJ_WEBAUTHN_H */
