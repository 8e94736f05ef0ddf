#ifndef BJ_TOKEN_H
#define BJ_TOKEN_H

/* bj_token - random tokens, and the only form in which we keep them.
 *
 * Shape  a token is 32 bytes from the kernel in base64url without padding (43 characters).  What is
 *        stored anywhere is its SHA-256. */
#include "dataplane/base/bj_base.h"

enum { BJ_TOKEN_BYTES = 44, BJ_HASH_BYTES = 32, BJ_HASH_HEX_BYTES = 65 };

/* Exits the process if the kernel has no random bytes. */
void bj_token_make(char out[BJ_TOKEN_BYTES]);
/* True if text has a token's form: anything else need not be looked up. */
bool bj_token_formed(const char *text);
void bj_token_hash(const char *token, uint8_t out[BJ_HASH_BYTES]);
const char *bj_hash_hex(const uint8_t hash[BJ_HASH_BYTES], char out[BJ_HASH_HEX_BYTES]);

#endif /* BJ_TOKEN_H */
