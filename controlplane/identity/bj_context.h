#ifndef BJ_CONTEXT_H
#define BJ_CONTEXT_H

/* bj_context - what is asked of a request besides whose session it is: where it comes from; of
 * staff, by which device and browser.
 *
 * Purpose  A cookie that was stolen is used somewhere else.  A session knows where it was begun or
 *          last proved itself (its home); from elsewhere nothing is changed without another proof
 *          (OWASP ASVS 8.2.4: context during a session).
 * Rule     each demands what those before it do, and more:
 *            off      nothing
 *            country  another country by the table of places; not another network of the same one,
 *                     since a phone changes those all day
 *            travel   and too far for the time since the session's last proof (bj_suspect_travel)
 *            network  and any other network: the first v4_bits or v6_bits of the address
 *          What is in no country is in none: whoever has no table is asked by network only.
 * Config   identity.session_moves: {"client": "country", "staff": "network", "reads": true,
 *          "v4_bits": 24, "v6_bits": 48}, which is what it is if it is absent.  reads: reading goes
 *          on from elsewhere.
 *          identity.staff_device: certificate or off; absent: certificate where identity.demand
 *          demands passkeys of staff.  identity.staff_browser_min: bj_browser.h.
 * Threads  any; rules do not change after start.
 * Cost     from home: one comparison of two addresses. */
#include "controlplane/access/bj_access.h"
#include "controlplane/access/bj_demand.h"
#include "controlplane/identity/bj_browser.h"
#include "controlplane/identity/bj_places.h"
#include "dataplane/base/bj_config.h"

typedef enum bj_moves {
    BJ_MOVES_OFF,
    BJ_MOVES_COUNTRY,
    BJ_MOVES_TRAVEL,
    BJ_MOVES_NETWORK,
} bj_moves_t;

typedef struct bj_context_rules {
    bj_moves_t client, staff;
    bool reads;
    unsigned v4_bits, v6_bits;
    bool staff_device;            /* staff works by enrolled devices only (bj_staff_device.h) */
    bj_browser_min_t browser_min; /* of staff */
} bj_context_rules_t;

enum { BJ_CONTEXT_ERROR_BYTES = 160 };

/* False: error names the field and what it may be. */
BJ_MUST_USE bool bj_context_rules_read(const bj_config_t *config, const bj_demands_t *demands,
                                       bj_context_rules_t *rules,
                                       char error[BJ_CONTEXT_ERROR_BYTES]);

/* Whether staff's request shows the device of its session, by a browser that is new enough. */
void bj_context_fit(const bj_context_rules_t *rules, const bj_context_t *context, int64_t now_ns,
                    bj_caller_t *caller);

/* True: address is elsewhere than the caller's home. */
bool bj_context_elsewhere(const bj_context_rules_t *rules, const bj_places_t *places,
                          const bj_caller_t *caller, const char *address, int64_t now_ns);

#endif /* BJ_CONTEXT_H */
