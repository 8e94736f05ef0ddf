#ifndef BJ_DEVICE_CA_H
#define BJ_DEVICE_CA_H

/* bj_device_ca - certificates for staff's computers, by a CA of this world.
 *
 * Purpose    Read what a device asks with (PKCS#10, RFC 2986) and sign what it gets.
 * Shape      keys are ECDSA over P-256 or P-384.  A request proves by its signature that the device
 *            has the key; nothing else in it is believed or taken over.  The certificate is for
 *            logging in as a client of TLS, says no name, and lasts BJ_DEVICE_DAYS.
 * Serial     128 random bits, the first two 01: 32 hex digits, as nginx says it
 *            ($ssl_client_serial).
 * Ownership  the CA is the caller's; its key stays in this process.
 * Threads    any.
 * Cost       two signatures. */
#include "dataplane/base/bj_base.h"

enum {
    BJ_DEVICE_DAYS = 365,
    BJ_DEVICE_REQUEST_MAX_BYTES = 2048,
    BJ_DEVICE_CERT_MAX_BYTES = 2048,
    BJ_DEVICE_SERIAL_BYTES = 33,
    BJ_DEVICE_ERROR_BYTES = 160,
};

typedef struct bj_device_ca bj_device_ca_t;

/* Files of PEM.  NULL: error says why. */
bj_device_ca_t *bj_device_ca_new(const char *cert_file, const char *key_file,
                                 char error[BJ_DEVICE_ERROR_BYTES]);
void bj_device_ca_free(bj_device_ca_t *ca);

/* True if der is a whole request with such a key and its signature; key_hash: SHA-256 of the public
 * key (SubjectPublicKeyInfo). */
BJ_MUST_USE bool bj_device_request_good(const uint8_t *der, size_t der_bytes, uint8_t key_hash[32]);

typedef struct bj_device_cert {
    char serial[BJ_DEVICE_SERIAL_BYTES];
    uint8_t der[BJ_DEVICE_CERT_MAX_BYTES];
    size_t der_bytes;
    int64_t expires_s; /* since 1970 */
} bj_device_cert_t;

/* Of a request that is good, from now_s (since 1970) on.  False: it is not, or there is no memory.
 */
BJ_MUST_USE bool bj_device_sign(const bj_device_ca_t *ca, const uint8_t *der, size_t der_bytes,
                                uint64_t device_id, int64_t now_s, bj_device_cert_t *out);

#endif /* BJ_DEVICE_CA_H */
