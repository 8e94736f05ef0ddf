#ifndef BJ_SEAL_H
#define BJ_SEAL_H

/* bj_seal - small secrets at rest: an authenticated cipher, and the key file (AES-256-GCM).
 *
 * Key file   lines "NUMBER KEY": 1 to 65535, and 64 hexadecimal digits.  The first line's key
 *            seals; all of them open.  A new key is a new first line.  Its keys seal data keys
 *            (bj_keys.h), and sealed the secrets of second factors before there were any.
 * Shape      12 random bytes, the secret under the key, 16 bytes of tag.
 * Binding    `what` is authenticated with it ("totp 1001"): a row copied to another user does not
 *            open.
 * Threads    any; nothing changes after bj_seal_new.
 * Ciphers    both with 256-bit keys, 96-bit nonces, 128-bit tags: what is sealed has one shape.
 * Sources    NIST SP 800-38D (random 96-bit nonces: at most 2^32 secrets a key); RFC 8439. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

enum { BJ_SEAL_KEY_BYTES = 32, BJ_SEAL_MORE_BYTES = 28, BJ_SEAL_KEYS_MAX = 8 };
enum { BJ_SEAL_PLAIN_MAX_BYTES = 320 }; /* a name of 80 characters */
enum { BJ_SEALED_MAX_BYTES = BJ_SEAL_PLAIN_MAX_BYTES + BJ_SEAL_MORE_BYTES };

typedef enum bj_cipher {
    BJ_CIPHER_AES_256_GCM,
    BJ_CIPHER_CHACHA20_POLY1305, /* for the day on which AES or GCM is not good enough */
    BJ_CIPHER_CNT
} bj_cipher_t;

typedef struct bj_seal bj_seal_t;

typedef struct bj_sealed {
    uint16_t key_id;
    size_t data_bytes;
    uint8_t data[BJ_SEALED_MAX_BYTES];
} bj_sealed_t;

/* Reads the key file.  NULL: error (at least 160 bytes) says why, without any part of a key. */
bj_seal_t *bj_seal_new(const char *key_file, char *error, size_t error_bytes);
void bj_seal_free(bj_seal_t *seal); /* NULL is allowed; the keys are wiped */

uint16_t bj_seal_key_id(const bj_seal_t *seal); /* of the key that seals */

/* plain_bytes at most BJ_SEAL_PLAIN_MAX_BYTES.  False: no random bytes, or no memory. */
BJ_MUST_USE bool bj_seal_close(const bj_seal_t *seal, const char *what, const void *plain,
                               size_t plain_bytes, bj_sealed_t *out);
/* BJ_ERR_NOT_FOUND  the key file does not have that key
 * BJ_ERR_CORRUPT    changed, of another `what`, or not of that key; plain is wiped */
BJ_MUST_USE bj_status_t bj_seal_open(const bj_seal_t *seal, const char *what,
                                     const bj_sealed_t *sealed, void *plain, size_t plain_bytes);

/* The same under a key that is at hand; key_id is the caller's to set and to look at. */
BJ_MUST_USE bool bj_seal_close_by(bj_cipher_t cipher, const uint8_t key[BJ_SEAL_KEY_BYTES],
                                  const char *what, const void *plain, size_t plain_bytes,
                                  bj_sealed_t *out);
BJ_MUST_USE bj_status_t bj_seal_open_by(bj_cipher_t cipher, const uint8_t key[BJ_SEAL_KEY_BYTES],
                                        const char *what, const bj_sealed_t *sealed, void *plain,
                                        size_t plain_bytes);

/* "aes-256-gcm", "chacha20-poly1305". */
const char *bj_cipher_name(bj_cipher_t cipher);
/* False: it is none of these. */
BJ_MUST_USE bool bj_cipher_of(const char *name, bj_cipher_t *cipher);

#endif /* BJ_SEAL_H */
