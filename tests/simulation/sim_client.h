#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

/* sim_client - a client of the gateway: the real bj_oe_client, and its own record of all that it
 * asked for and was told.
 *
 * Record     what it asked, by its number, and how often that was answered (never twice); report n
 *            at told[n - 1], to the byte.
 * Asks       orders that meet those of the others, modifies and cancels of what it has open, mass
 *            cancels; the admin's: limits, kills, halts.
 * Threads    one. */
#include "dataplane/wire/bj_oe_client.h"
#include "tests/simulation/sim_net.h"

enum { SIM_ASKED_MAX = 2048, SIM_TOLD_MAX = 8192, SIM_OPEN_MAX = 64, SIM_KEEP_MAX = 16 };

typedef struct sim_asked {
    uint8_t  type;       /* BJ_OE_*; 0: not used */
    uint8_t  admin_kind; /* BJ_OE_ADMIN_* */
    uint8_t  answers, rejects;
    uint64_t client_order_id;
} sim_asked_t;

typedef struct sim_client {
    uint32_t        session;
    bj_oe_client_t *oe;
    sim_link_t     *link;
    int64_t         calls_ns; /* not before then */
    sim_asked_t     asked[SIM_ASKED_MAX + 1]; /* by number */
    uint64_t        asked_cnt, order_cnt;
    bj_oe_report_t  told[SIM_TOLD_MAX];
    uint64_t        told_cnt, reject_cnt;
    uint64_t        open[SIM_OPEN_MAX]; /* order ids */
    uint32_t        open_cnt;
    bool            asked_last;
    const struct sim_client *of; /* a second look: what it is told is compared with this one's */
} sim_client_t;

void sim_client_new(sim_client_t *client, uint32_t session);
/* One that asks for all reports from the first on, and compares them with what of was told. */
void sim_client_again(sim_client_t *client, const sim_client_t *of);
void sim_client_free(sim_client_t *client);
void sim_client_step(sim_client_t *client); /* net, heartbeats, reconnects */
void sim_client_ask(sim_client_t *client);
bool sim_client_ask_last(sim_client_t *client); /* true: asked, now or before */
void sim_client_leave(sim_client_t *client); /* closes its connection, loudly */
bool sim_client_rests(const sim_client_t *client); /* logged in, all answered */

#endif /* SIM_CLIENT_H */
