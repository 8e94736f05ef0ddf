/* reset_test.h - a password by a link alone, for tests of what it ends. */
#ifndef RESET_TEST_H
#define RESET_TEST_H
#include "controlplane/identity/bj_reset.h"
#include "dataplane/base/bj_test.h"

/* *refused: why the password may not be used. */
static inline bj_status_t reset_by(bj_identity_t *in, const bj_trail_who_t *by, const char *token,
                                   const char *password, const char **refused) {
    bj_reset_t reset = {.token = token, .password = password, .code = ""};
    bj_status_t status = bj_reset_password(in, by, &reset);
    BJ_CHECK(status != BJ_OK || reset.next == BJ_RESET_DONE);
    *refused = reset.refused;
    return status;
}

/* It is the first password of user $1: else a link alone sets none. */
#define RESET_TEST_FIRST                                                                           \
    ENTERED                                                                                        \
    "UPDATE users SET first_password_until = now() + interval '1 day' FROM e WHERE user_id = $1"

#endif /* RESET_TEST_H */
