#ifndef BJ_TICKET_H
#define BJ_TICKET_H

/* bj_ticket - what lets a page open the tick socket: "ACCOUNT.MADE.EXPIRY.UNTIL.WHO.MAC"
 * (docs/protocols/api.md). */
#include "controlplane/access/bj_access.h"

enum { BJ_TICKET_BYTES = 192, BJ_TICKET_LIFE_S = 60, BJ_TICKET_WHO_BYTES = 16 };

/* For caller, whose session or access token it names and does not outlive. */
void bj_ticket_make(const char *key, const bj_caller_t *caller, int64_t now_s,
                    char out[BJ_TICKET_BYTES]);

#endif /* BJ_TICKET_H */
