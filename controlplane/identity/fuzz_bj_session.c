/* Whatever lies in Redis under a session's key: refused, or a session whose every field is in
 * range; and whatever is typed as an e-mail address or a password. */
#include <stdlib.h>
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static void try_text(const char *text) {
    char email[BJ_EMAIL_BYTES];
    bool ok = bj_email_read(text, email);
    if (ok && strpbrk(email, "\r\n <>,\"ABCXYZ")) abort();
    if (!bj_password_refused(text, "a@b.in") && strlen(text) < BJ_PASSWORD_MIN) abort();
    (void)bj_token_formed(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    bj_caller_t caller;
    char again[BJ_SESSION_JSON_BYTES];
    if (bj_session_read((const char *)data, data_bytes, &caller)) {
        if (caller.role == BJ_ROLE_NONE || !caller.user_id || caller.is_operator) abort();
        if (!bj_session_write(&caller, again)) abort();
    }
    char *text = calloc(1, data_bytes + 1);
    if (data_bytes) memcpy(text, data, data_bytes);
    try_text(text);
    free(text);
    return 0;
}
