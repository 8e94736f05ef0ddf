#include "controlplane/identity/bj_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_tries.h"

bool bj_tell(bj_identity_t *identity, const char *email, const char *subject, const char *what) {
    char text[640];
    snprintf(text, sizeof text,
             "%s\n\nIf it was not you, remove what you do not know at %s/account/security, and "
             "choose another password.\n",
             what, identity->config.origin);
    return identity->config.mail && bj_mail_send(identity->config.mail, email, subject, text);
}

static const bj_tries_limit_t half_limit = {.burst = 1, .fill_s = 3600};

void bj_tell_half(bj_identity_t *identity, uint64_t user_id, const char *email,
                  const char *address) {
    char key[48], what[200];
    uint32_t retry_s;
    snprintf(key, sizeof key, "told half %" PRIu64, user_id);
    if (bj_tries_take(identity->config.db, key, half_limit, &retry_s) != BJ_OK) return;
    snprintf(what, sizeof what,
             "Somebody gave the password of your Bijli account just now, and then a wrong second "
             "factor: nobody was let in. It came from %.45s.",
             address);
    bj_tell(identity, email, "A log-in to your account was refused", what);
}
