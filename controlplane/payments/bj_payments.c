#include "controlplane/payments/bj_payments.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_tell.h"

const char *bj_rupees_text(int64_t paise, char out[BJ_RUPEES_BYTES]) {
    uint64_t size = paise < 0 ? 0 - (uint64_t)paise : (uint64_t)paise;
    snprintf(out, BJ_RUPEES_BYTES, "INR %s%" PRIu64 ".%02u", paise < 0 ? "-" : "", size / 100,
             (unsigned)(size % 100));
    return out;
}

bool bj_utr_formed(const char *text) {
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    return n >= 10 && n < BJ_UTR_BYTES && text[n] == '\0';
}

void bj_payments_tell(const bj_payments_t *payments, uint64_t user_id, const char *subject,
                      const char *what) {
    bj_user_t user = {.role = BJ_ROLE_NONE};
    if (!payments->identity) return;
    if (bj_user_by_id(payments->db, payments->keys, user_id, &user) != BJ_OK) return;
    bj_tell(payments->identity, user.email, subject, what);
    explicit_bzero(&user, sizeof user);
}
