#ifndef ROTATION_TEST_H
#define ROTATION_TEST_H

/* What a browser does with an answer that has a new token: it goes on with that. */
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_rotation.h"
#include "dataplane/base/bj_test.h"

static inline bj_rotation_t rotation_of(const bj_login_t *login) {
    return (bj_rotation_t){.caller = &login->caller};
}

/* Gives back status. */
static inline bj_status_t rotation_keep(const bj_rotation_t *rotation, bj_login_t *login,
                                        bj_status_t status) {
    if (rotation->token[0]) {
        memcpy(login->token, rotation->token, sizeof login->token);
        bj_token_hash(login->token, login->caller.token_hash);
    }
    return status;
}

static const bj_trail_who_t rotation_who = {
    .actor = "nobody", .role = "none", .address = "10.0.0.9"};

static inline bj_status_t renew(bj_identity_t *identity, bj_login_t *login,
                                bj_recovery_codes_t fresh) {
    bj_rotation_t rotation = rotation_of(login);
    return rotation_keep(&rotation, login,
                         bj_factor_renew(identity, &rotation_who, &rotation, fresh));
}

static inline bj_status_t remove_app(bj_identity_t *identity, bj_login_t *login) {
    bj_rotation_t rotation = rotation_of(login);
    return rotation_keep(&rotation, login, bj_factor_remove(identity, &rotation_who, &rotation));
}

static inline bj_status_t proved(bj_identity_t *identity, bj_login_t *login,
                                 const bj_user_t *user) {
    bj_rotation_t rotation = rotation_of(login);
    return rotation_keep(&rotation, login,
                         bj_session_proved(identity->config.db, &rotation_who, user, &rotation));
}

static inline bj_status_t confirm(bj_identity_t *identity, bj_login_t *login, const char *code,
                                  bj_recovery_codes_t codes, uint32_t *retry_s) {
    bj_rotation_t rotation = rotation_of(login);
    return rotation_keep(
        &rotation, login,
        bj_factor_confirm(identity, &rotation_who, &rotation, "", code, codes, retry_s));
}

static inline bool opens(bj_identity_t *identity, const bj_login_t *login) {
    bj_caller_t got;
    return bj_identity_session(identity, login->token, &got) == BJ_OK;
}

static inline int64_t proof_age_s(bj_identity_t *identity, const char *token) {
    bj_caller_t got = {.proved_ns = 0};
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_OK);
    return (bj_clock_wall_ns() - got.proved_ns) / BJ_NS_PER_S;
}

#endif /* ROTATION_TEST_H */
