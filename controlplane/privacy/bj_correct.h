#ifndef BJ_CORRECT_H
#define BJ_CORRECT_H

/* bj_correct - a person corrects the name we have of them.  The old one is told by mail and is not
 * in the audit trail, which has no names; that it was changed is.
 * Errors  bj_db's and bj_keys's; BJ_ERR_NOT_FOUND: no such user any more. */
#include "controlplane/identity/bj_identity.h"

BJ_MUST_USE bj_status_t bj_correct_name(bj_identity_t *identity, const bj_caller_t *caller,
                                        const char *address, const char *name);

#endif /* BJ_CORRECT_H */
