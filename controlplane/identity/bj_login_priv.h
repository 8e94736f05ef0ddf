#ifndef BJ_LOGIN_PRIV_H
#define BJ_LOGIN_PRIV_H

/* What the ways to log in share. */
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_login.h"

/* Why, in the trail, when what was judged has changed by the time the session would begin. */
extern const char bj_login_changed[];

/* Codes of the app do not do: a passkey is demanded, and there is one.  Recovery codes do. */
bool bj_passkey_only(const bj_identity_t *identity, const bj_user_t *user);

/* Begins the session and fills login.  A device's token that somebody planted in the browser is
 * never taken over: only one that this user has logged in with before.  pending_hash: of the log-in
 * under way that this ends, or NULL. */
BJ_MUST_USE bj_status_t bj_login_begin(bj_identity_t *identity, const bj_user_t *user,
                                       const bj_device_t *device, const uint8_t *pending_hash,
                                       bj_login_t *login);
/* Whoever tries learns nothing; the trail says what it was.  Past the tries there is no entry: else
 * anybody could fill it.  Returns status. */
BJ_MUST_USE bj_status_t bj_login_denied(bj_identity_t *identity, const bj_login_t *login,
                                        uint64_t user_id, const char *why, bj_status_t status);

#endif /* BJ_LOGIN_PRIV_H */
