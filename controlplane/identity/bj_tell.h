#ifndef BJ_TELL_H
#define BJ_TELL_H

/* bj_tell - mails to somebody about their own account, with what to do if it was somebody else.
 *
 * What was done stands, mail or no mail: few need to know that none was queued (false).
 * Threads  any */
#include "controlplane/identity/bj_identity.h"

bool bj_tell(bj_identity_t *identity, const char *email, const char *subject, const char *what);

/* Somebody had the password and not the second factor.  At most once an hour. */
void bj_tell_half(bj_identity_t *identity, uint64_t user_id, const char *email,
                  const char *address);

#endif /* BJ_TELL_H */
