#include "controlplane/identity/bj_token.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void bj_token_make(char out[BJ_TOKEN_BYTES]) {
    uint8_t raw[33] = {0}; /* one more: 33 bytes are 44 digits, of which the last is left out */
    if (getrandom(raw, 32, 0) != 32) {
        fprintf(stderr, "the kernel gives no random bytes\n");
        abort();
    }
    for (size_t i = 0; i < BJ_TOKEN_BYTES - 1; i++) {
        size_t bit = i * 6;
        unsigned pair = (unsigned)(raw[bit / 8] << 8);
        if (bit / 8 + 1 < sizeof raw) pair |= raw[bit / 8 + 1];
        out[i] = alphabet[(pair >> (10 - bit % 8)) & 63];
    }
    out[BJ_TOKEN_BYTES - 1] = '\0';
    explicit_bzero(raw, sizeof raw);
}

bool bj_token_formed(const char *text) {
    return strlen(text) == BJ_TOKEN_BYTES - 1 && strspn(text, alphabet) == BJ_TOKEN_BYTES - 1;
}

void bj_token_hash(const char *token, uint8_t out[BJ_HASH_BYTES]) {
    SHA256((const unsigned char *)token, strlen(token), out);
}

const char *bj_hash_hex(const uint8_t hash[BJ_HASH_BYTES], char out[BJ_HASH_HEX_BYTES]) {
    for (size_t i = 0; i < BJ_HASH_BYTES; i++) {
        out[2 * i] = "0123456789abcdef"[hash[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[hash[i] & 15];
    }
    out[BJ_HASH_HEX_BYTES - 1] = '\0';
    return out;
}
