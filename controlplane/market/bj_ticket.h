#ifndef BJ_TICKET_H
#define BJ_TICKET_H

/* bj_ticket - what lets a page open the tick socket: "ACCOUNT.EXPIRY.MAC"
 * (docs/protocols/api.md). */
#include "dataplane/base/bj_base.h"

enum { BJ_TICKET_BYTES = 128, BJ_TICKET_LIFE_S = 60 };

void bj_ticket_make(const char *key, uint32_t account_id, int64_t expiry_s,
                    char out[BJ_TICKET_BYTES]);

#endif /* BJ_TICKET_H */
