#ifndef BJ_MAC_H
#define BJ_MAC_H

/* bj_mac - keyed hashes to look something up by: HMAC (RFC 2104) with one of several hashes.
 *
 * Shape    keys and results of 256 bits, whichever it is: of a longer one the first 32 bytes
 *          (RFC 2104, 5), so that what is kept has one shape.
 * Threads  any. */
#include "dataplane/base/bj_base.h"

enum { BJ_MAC_KEY_BYTES = 32, BJ_MAC_BYTES = 32 };

typedef enum bj_mac {
    BJ_MAC_SHA256,
    BJ_MAC_SHA3_256, /* built otherwise: for the day on which SHA-2 is not good enough */
    BJ_MAC_SHA512,
    BJ_MAC_CNT
} bj_mac_t;

const char *bj_mac_name(bj_mac_t mac); /* "sha256", "sha3-256", "sha512" */
/* False: it is none of these. */
BJ_MUST_USE bool bj_mac_of(const char *name, bj_mac_t *mac);

/* False: no memory. */
BJ_MUST_USE bool bj_mac_make(bj_mac_t mac, const uint8_t key[BJ_MAC_KEY_BYTES], const void *data,
                             size_t data_bytes, uint8_t out[BJ_MAC_BYTES]);

#endif /* BJ_MAC_H */
