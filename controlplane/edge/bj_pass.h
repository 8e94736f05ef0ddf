#ifndef BJ_PASS_H
#define BJ_PASS_H

/* bj_pass - checks the ticket "ACCOUNT.EXPIRY.MAC" of docs/protocols/api.md: the edge needs no
 * database.  The comparison takes the same time for every wrong MAC. */
#include "dataplane/base/bj_base.h"

/* ticket need not end in a NUL.  True: *account_id is whose it is, and it is good at now_s. */
BJ_MUST_USE bool bj_pass_check(const char *key, const char *ticket, size_t ticket_bytes,
                               int64_t now_s, uint32_t *account_id);

#endif /* BJ_PASS_H */
