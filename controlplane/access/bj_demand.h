#ifndef BJ_DEMAND_H
#define BJ_DEMAND_H

/* bj_demand - which second factor the configuration demands, and what a session was proved by.
 *
 * Source   OWASP ASVS 5.0, 6.3.3: level 2 wants more than a password, level 3 of it something that
 *          is in hardware and bound to our name; SEBI wants two factors of a broker's clients.
 * Shape    a higher demand is met by what meets it and nothing lower; identity.demand is
 *          {"client", "staff"}, each "none", "factor" or "passkey".
 * Threads  any; nothing is kept here. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_config.h"

typedef enum bj_demand {
    BJ_DEMAND_NONE,
    BJ_DEMAND_FACTOR, /* an app, a passkey, or a recovery code in their place */
    BJ_DEMAND_PASSKEY,
} bj_demand_t;

/* By what, weakest first; kept as this number (sessions.proved_by, sql/0022_demand.sql). */
typedef enum bj_proof_by {
    BJ_PROOF_PASSWORD,
    BJ_PROOF_RECOVERY,
    BJ_PROOF_CODE,
    BJ_PROOF_PASSKEY,
    BJ_PROOF_BY_CNT
} bj_proof_by_t;

typedef struct bj_demands {
    bj_demand_t client, staff;
} bj_demands_t;

/* "none", "factor", "passkey". */
const char *bj_demand_name(bj_demand_t demand);
/* False: it is none of these. */
BJ_MUST_USE bool bj_demand_of(const char *name, bj_demand_t *demand);
/* What a session that was proved by this meets. */
bj_demand_t bj_demand_met(bj_proof_by_t by);

enum { BJ_DEMAND_ERROR_BYTES = 160 };
/* identity.demand; what is absent is "factor" of clients and "passkey" of staff.
 * False: error names the field and what it may be. */
BJ_MUST_USE bool bj_demands_read(const bj_config_t *config, bj_demands_t *demands,
                                 char error[BJ_DEMAND_ERROR_BYTES]);

#endif /* BJ_DEMAND_H */
