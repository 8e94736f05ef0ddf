#ifndef BJ_RESET_H
#define BJ_RESET_H

/* bj_reset - a password by a link in a mail.
 *
 * Rule     A mailbox alone is no way in (OWASP ASVS 5.0, 6.3.6).  Who has a second factor is asked
 * for it at the log-in; of who has none the link wants a code that goes to the account's confirmed
 * number: six digits, good for ten minutes and five tries.  Who has neither is helped by staff
 * (docs/help-lost-factors.md).  Only the first password, of somebody whom staff has added or has
 * taken the factors from, is set by the link alone. Limits   codes as bj_contact's, counted apart:
 * so whoever holds a link takes nobody's codes for another number, and has 25 tries at once and
 * five an hour, of a million. Others   a code is sent to who has a good link only: nobody is
 * written to, or kept out, by one who has not got the mailbox. Trail    auth.reset: asked (a code
 * went, with a hint of the number), done, refused. Threads  any worker; it hashes a password, so
 * only from the password lane. Errors   bj_db's, and those that are named. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_phone.h"

typedef enum bj_reset_next {
    BJ_RESET_DONE,
    BJ_RESET_CODE, /* one went to sent_to; the same again with it */
    BJ_RESET_HELP  /* there is no second way */
} bj_reset_next_t;

typedef struct bj_reset {
    const char *token, *password, *code; /* code: "" at first, and for another one */
    bj_reset_next_t next;
    const char *refused; /* a sentence's end */
    char sent_to[BJ_PHONE_BYTES];
    uint32_t retry_s;
} bj_reset_t;

/* BJ_OK             next says what was done
 * BJ_ERR_NOT_FOUND  no such link, used, or too old
 * BJ_ERR_BAD_FIELD  the password may not be used: refused
 * BJ_ERR_DENIED     retry_s > 0: too many codes; else the code is wrong, too old or tried too often
 */
BJ_MUST_USE bj_status_t bj_reset_password(bj_identity_t *identity, const bj_trail_who_t *who,
                                          bj_reset_t *reset);

#endif /* BJ_RESET_H */
