#ifndef BJ_STAFF_DEVICE_H
#define BJ_STAFF_DEVICE_H

/* bj_staff_device - the computers that staff may work with: asked for by one, with a request of
 * the device's key (bj_device_ca.h), given by another, revoked at once (sql/0034_context.sql).
 *
 * Rule     who asked, and whose it is, does not say yes; the operator's token does until there are
 *          two people who can, with a device each.  The database holds to it.
 * Trail    staff.device.ask, .approve, .refuse, .revoke, each with its change; its owner is told by
 *          mail of a yes, an end, and BJ_DEVICE_TELL_DAYS before it runs out.
 * Threads  any worker.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_device_ca.h"
#include "controlplane/identity/bj_identity.h"

enum { BJ_DEVICE_TELL_DAYS = 30, BJ_DEVICE_NAME_MAX = 40 };

/* A JSON array, newest first, in *json, from malloc; zeros: of everybody, each.  With its
 * certificate, base64url of DER, if it is one device that is asked for. */
BJ_MUST_USE bj_status_t bj_staff_devices_json(bj_db_pool_t *db, uint64_t user_id,
                                              uint64_t device_id, char **json);

/* BJ_ERR_BAD_FIELD  the request is not good
 * BJ_ERR_EXISTS     that key was asked for before
 * BJ_ERR_NOT_FOUND  there is nobody of staff of that number */
BJ_MUST_USE bj_status_t bj_staff_device_ask(bj_identity_t *identity, const bj_trail_who_t *who,
                                            uint64_t user_id, const char *name,
                                            const char *request_base64url, const char *reason,
                                            uint64_t *device_id);
/* reason: of a no; may be NULL.
 * BJ_ERR_DENIED     it is for somebody else to say
 * BJ_ERR_NOT_FOUND  none of that number waits */
BJ_MUST_USE bj_status_t bj_staff_device_decide(bj_identity_t *identity, const bj_trail_who_t *who,
                                               uint64_t device_id, bool yes, const char *reason);
/* Sessions that it began end in the same transaction.  BJ_ERR_NOT_FOUND: none of that number
 * holds. */
BJ_MUST_USE bj_status_t bj_staff_device_revoke(bj_identity_t *identity, const bj_trail_who_t *who,
                                               uint64_t device_id, const char *reason);

/* The device of that serial, if it is this person's and holds: into caller, and its number; 0: it
 * is not. */
BJ_MUST_USE bj_status_t bj_staff_device_of(bj_db_pool_t *db, const char *serial,
                                           bj_caller_t *caller, uint64_t *device_id);

/* Tells one owner whose device soon runs out.  BJ_ERR_NOT_FOUND: nobody is to be told;
 * BJ_ERR_UNAVAILABLE: no mail could be queued, so the next time. */
BJ_MUST_USE bj_status_t bj_staff_device_tell(bj_identity_t *identity);

#endif /* BJ_STAFF_DEVICE_H */
