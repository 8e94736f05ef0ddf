#ifndef BJ_CONTACT_H
#define BJ_CONTACT_H

/* bj_contact - the e-mail address and the phone number of an account: verified, changed, taken
 * back.
 *
 * Rule     a new one counts once a code of six digits that went to it has come back: good once, for
 *          ten minutes and five tries.  What it was before gets a notice, and the owner of the old
 *          address a link that for seven days puts the old one back, ends all sessions and asks for
 *          a new password.  A change of address ends all other sessions.
 * Silence  whether somebody else has an address or number is said by no answer: the statements are
 *          the same, but what is sent to it is then a notice, and no code is right.
 * Limits   codes: five at once and one more every 72 minutes, by person and by the network they are
 *          asked from with where they go; likewise twenty by where they go and thirty by network.
 *          Two changes of each in seven days.
 * Trail    all of it, with no more than a hint of address and number.  None past the limits.
 * Threads  any worker; undo hashes a password, so only from the password lane.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_phone.h"
#include "controlplane/identity/bj_rotation.h"

typedef enum bj_contact_kind {
    BJ_CONTACT_EMAIL,
    BJ_CONTACT_PHONE,
    BJ_CONTACT_CNT
} bj_contact_kind_t;

enum { BJ_CONTACT_CODE_S = 600, BJ_CONTACT_TRIES = 5, BJ_CONTACT_UNDO_DAYS = 7 };

const char *bj_contact_name(bj_contact_kind_t kind); /* "email", "phone" */

/* One that waits for its code. */
typedef struct bj_contact_wait {
    bool waits;
    char to[BJ_EMAIL_BYTES]; /* the address; of a number a hint */
    int64_t sent_us;         /* 0: not yet */
} bj_contact_wait_t;

typedef struct bj_contact {
    char phone_hint[BJ_PHONE_BYTES]; /* "" if there is none */
    int64_t verified_us;             /* of the number */
    bool phone_due;                  /* no trading before there is one */
    bj_contact_wait_t wait[BJ_CONTACT_CNT];
} bj_contact_t;

BJ_MUST_USE bj_status_t bj_contact_get(bj_identity_t *identity, uint64_t user_id,
                                       bj_contact_t *contact);

/* Sends a code to `to`, as bj_email_read or bj_phone_read gave it; one that waited is forgotten.
 * BJ_ERR_EXISTS     it is this person's own already
 * BJ_ERR_DENIED     *retry_s: too many codes or changes */
BJ_MUST_USE bj_status_t bj_contact_ask(bj_identity_t *identity, const bj_caller_t *caller,
                                       const char *address, bj_contact_kind_t kind, const char *to,
                                       uint32_t *retry_s);
/* A new code to the one that waits; the old one is none any more.
 * BJ_ERR_NOT_FOUND  none waits
 * BJ_ERR_DENIED     *retry_s: too many codes */
BJ_MUST_USE bj_status_t bj_contact_again(bj_identity_t *identity, const bj_trail_who_t *who,
                                         uint64_t user_id, bj_contact_kind_t kind,
                                         uint32_t *retry_s);
/* A new address gives the session another token (rotation, whose caller it is).
 * BJ_ERR_DENIED     wrong
 * BJ_ERR_NOT_FOUND  none waits, its code is too old, or was tried too often
 * BJ_ERR_SEQUENCE   the session has ended meanwhile */
BJ_MUST_USE bj_status_t bj_contact_confirm(bj_identity_t *identity, bj_rotation_t *rotation,
                                           const char *address, bj_contact_kind_t kind,
                                           const char *code);
/* The one that waits is forgotten.  BJ_ERR_NOT_FOUND: none does. */
BJ_MUST_USE bj_status_t bj_contact_drop(bj_identity_t *identity, const bj_trail_who_t *who,
                                        uint64_t user_id, bj_contact_kind_t kind);
/* By the link: the old one is back, and nobody knows the password.
 * BJ_ERR_NOT_FOUND  no such link, used, or too old
 * BJ_ERR_EXISTS     another account has the old one by now; the link stays good */
BJ_MUST_USE bj_status_t bj_contact_undo(bj_identity_t *identity, const bj_trail_who_t *who,
                                        const char *token, bj_contact_kind_t *kind);

/* A number that set-up vouches for, of the user of that address.  BJ_ERR_NOT_FOUND: nobody has it.
 * BJ_ERR_EXISTS: somebody else has that number. */
BJ_MUST_USE bj_status_t bj_contact_vouch(bj_identity_t *identity, const bj_trail_who_t *who,
                                         const char *email, const char *phone);

#endif /* BJ_CONTACT_H */
