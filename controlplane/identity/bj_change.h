#ifndef BJ_CHANGE_H
#define BJ_CHANGE_H

/* bj_change - another password: by who knows the old one; and a link in a mail to it (bj_reset.h).
 *
 * Rule     whoever gets a new password in place ends what the old one had begun: a change ends all
 *          other sessions and log-ins under way, and gives its own another token; a reset ends all
 *          of them and forgets the devices.
 *          The owner is told by mail.  A second factor stays: a mailbox does not take it away.
 * Silence  whether there is such a user is said by no answer, and by no more time: the statements
 *          are the same, and so are the writes that each waits for.
 * Trail    what was changed, asked for and refused; who asked for an address that nobody has too.
 *          None past the tries.
 * Threads  any worker; change and reset hash a password, so only from the password lane.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_rotation.h"
#include "controlplane/identity/bj_session_repo.h"

/* BJ_ERR_DENIED     the old one is wrong; *retry_s > 0: too many tries
 * BJ_ERR_SEQUENCE   the session has ended meanwhile, or has another token
 * BJ_ERR_BAD_FIELD  the new one may not be used; *refused is a sentence's end */
BJ_MUST_USE bj_status_t bj_change_password(bj_identity_t *identity, bj_rotation_t *rotation,
                                           const char *address, const char *old_password,
                                           const char *new_password, const char **refused,
                                           uint32_t *retry_s);
/* Sends the link, to one address at most three at once and one more every 20 minutes.  BJ_OK also
 * for nobody. */
BJ_MUST_USE bj_status_t bj_change_forgot(bj_identity_t *identity, const bj_trail_who_t *who,
                                         const char *email);

/* --- for bj_reset too */
void bj_change_tell(bj_identity_t *identity, const char *email);
/* In a transaction that has set the new password, and so locked the user's row: what the old one
 * had begun can be seen, and ends.  keep: a session that stays, or NULL.  Commits. */
BJ_MUST_USE bj_status_t bj_change_end_old(bj_db_t *db, const bj_trail_who_t *who, const char *name,
                                          uint64_t user_id, const uint8_t *keep,
                                          bj_sessions_ended_t *ended);

#endif /* BJ_CHANGE_H */
