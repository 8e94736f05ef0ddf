#ifndef BJ_PEOPLE_H
#define BJ_PEOPLE_H

/* bj_people - what operations see and set of somebody: role, branch, rights.
 *
 * Privacy  a list has no name and no address of mail; bj_people_reveal says them, and is an entry
 *          in the audit trail with its reason.
 * Rule     nobody sets anything of oneself.  A change ends the person's sessions and elevations:
 *          what they do from then on they do as what they are now.
 * Threads  any worker.
 * Errors   bj_db's; BJ_ERR_NOT_FOUND: nobody of that number. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/keys/bj_keys.h"
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_phone.h"

enum {
    BJ_PEOPLE_LIST_MAX = 500,
    BJ_SEGMENTS_TEXT_BYTES = 16,
    BJ_SUSPEND_REASON_BYTES = 4 * 200 + 1 /* 200 characters */
};

typedef struct bj_person {
    uint64_t    user_id;
    uint32_t    account_id;
    bj_role_t   role;
    bj_rights_t rights;
    char        segments[BJ_SEGMENTS_TEXT_BYTES]; /* "CM,FO" */
    char        email_hint[8];                    /* "a***" */
    char phone_hint[BJ_PHONE_BYTES];              /* "+91********10", verified; "": none */
    bool        confirmed;
    char        suspended_by[BJ_TRAIL_SUBJECT_BYTES], suspend_reason[BJ_SUSPEND_REASON_BYTES];
    int64_t     suspended_us; /* 0: is not */
    int64_t     created_us;
} bj_person_t;

typedef struct bj_people_filter { /* zeros ask nothing */
    uint64_t    user_id, after; /* after: only higher numbers */
    const char *role;
    uint32_t    branch_id;
} bj_people_filter_t;

/* By number, upwards. */
BJ_MUST_USE bj_status_t bj_people_list(bj_db_pool_t *pool, bj_keys_t *keys,
                                       const bj_people_filter_t *filter, bj_person_t *rows,
                                       size_t rows_max, size_t *cnt);

BJ_MUST_USE bj_status_t bj_people_reveal(bj_db_pool_t *pool, bj_keys_t *keys,
                                         const bj_trail_who_t *who, uint64_t user_id,
                                         const char *reason, char email[BJ_EMAIL_BYTES],
                                         char name[BJ_NAME_BYTES],
                                         char phone[BJ_PHONE_BYTES]); /* "": none */

typedef struct bj_people_change {
    bj_role_t   role;     /* none: as it is */
    const char *segments; /* as PostgreSQL writes an array; NULL: as they are */
    /* -1: as it is; an order_max_paise of 0: none. */
    int64_t     branch_id, order_max_paise, from_minute, to_minute;
} bj_people_change_t;

/* BJ_ERR_BAD_FIELD: the database's own rules say no (hours that end before they begin). */
BJ_MUST_USE bj_status_t bj_people_set(bj_identity_t *identity, const bj_trail_who_t *who,
                                      uint64_t user_id, const bj_people_change_t *change,
                                      const char *reason);

/* Suspends, or takes that back: nobody comes in by the account, and whoever is in by it is out at
 * every replica: sessions, sockets, tokens of apps, log-ins under way, links for a new password.
 * What it has in the market stays.  The person gets a mail, which has no reason.
 * BJ_ERR_SEQUENCE   it is so already
 * BJ_ERR_BAD_FIELD  it is oneself, or the last admin who is not suspended */
BJ_MUST_USE bj_status_t bj_people_suspend(bj_identity_t *identity, const bj_trail_who_t *who,
                                          uint64_t user_id, bool suspended, const char *reason);

/* In a transaction with an entry, by who: what was lent to user_id ends, and what it asked for is
 * refused. */
BJ_MUST_USE bj_status_t bj_people_unlend(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id);

#endif /* BJ_PEOPLE_H */
