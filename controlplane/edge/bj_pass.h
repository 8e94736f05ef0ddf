#ifndef BJ_PASS_H
#define BJ_PASS_H

/* bj_pass - checks the ticket "ACCOUNT.MADE.EXPIRY.UNTIL.WHO.MAC" of docs/protocols/api.md: the
 * edge needs no database.  The comparison takes the same time for every wrong MAC. */
#include "dataplane/base/bj_base.h"

enum { BJ_PASS_WHO_BYTES = 16 };

typedef struct bj_pass {
    uint32_t account_id;
    int64_t  made_s, until_s;         /* since 1970; until when what it was made for lasts */
    uint8_t  who[BJ_PASS_WHO_BYTES]; /* by which session or access token */
} bj_pass_t;

/* ticket need not end in a NUL.  True: *pass is what it says, and it is good at now_s. */
BJ_MUST_USE bool bj_pass_check(const char *key, const char *ticket, size_t ticket_bytes,
                               int64_t now_s, bj_pass_t *pass);

#endif /* BJ_PASS_H */
