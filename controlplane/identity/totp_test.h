#ifndef TOTP_TEST_H
#define TOTP_TEST_H

/* An authenticator app for tests: the secret as the page shows it, and its codes. */
#include <stdio.h>
#include "controlplane/identity/bj_totp.h"
#include "dataplane/base/bj_time.h"

static uint8_t secret[BJ_TOTP_SECRET_BYTES];

static void unbase32(const char *text, uint8_t out[BJ_TOTP_SECRET_BYTES]) {
    memset(out, 0, BJ_TOTP_SECRET_BYTES);
    for (size_t i = 0; i < 32; i++) {
        unsigned digit = (unsigned)(text[i] >= 'A' ? text[i] - 'A' : text[i] - '2' + 26);
        for (size_t b = 0; b < 5; b++) {
            size_t bit = i * 5 + b;
            if (digit >> (4 - b) & 1) out[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        }
    }
}

/* The code of a step that is `off` from now. */
static const char *code_at(int64_t off) {
    static char code[16];
    int64_t step = bj_clock_wall_ns() / BJ_NS_PER_S / BJ_TOTP_STEP_S + off;
    snprintf(code, sizeof code, "%06u",
             bj_totp_code(secret, sizeof secret, (uint64_t)step, BJ_TOTP_DIGITS));
    return code;
}

/* A code that is none of now's. */
static const char *wrong_code(void) {
    static char code[16];
    for (unsigned n = 0;; n++) {
        snprintf(code, sizeof code, "%06u", n);
        if (strcmp(code, code_at(-1)) && strcmp(code, code_at(0)) && strcmp(code, code_at(1))) {
            return code;
        }
    }
}

#endif /* TOTP_TEST_H */
