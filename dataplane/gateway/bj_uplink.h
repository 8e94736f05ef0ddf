#ifndef BJ_UPLINK_H
#define BJ_UPLINK_H

/* bj_uplink - between the engine and the exchange: TO_VENUE events become requests of the NNF
 * client, its answers become BJ_CMD_VENUE commands.  Without sockets and clocks, as the client.
 *
 * Shape      one client; order_max of its configuration is for the orders since the start, those of
 *            its day before that, and older ones that are still open; of those that were refused
 *            here as many as leave half of the room that is left.
 * Durable    an event is given only when its command is durable: so the journal knows every order
 *            that the exchange may have.  An answer need not be durable before it is acted on: what
 *            the journal did not keep is downloaded again.
 * Start      bj_uplink_recover for each command of the journal with its events, in sequence; then
 *            bj_uplink_start.  What has no answer in the journal is in doubt until the exchange was
 *            asked.
 * Strays     orders that the exchange has and the engine has not, unknown ones and those that came
 *            up after they had been called absent, are cancelled; they and what they fill are
 *            counted, and each is a sentence in the log (docs/venue.md).
 * Missing    of an order that the client calls unexplained neither trades nor its end are handed
 *            in: its quantity stays open in the engine, until the exchange has nothing more to say
 *            of its day (docs/venue.md).
 * Ownership  the client's memory; until the start, records of the requests: more as there are more.
 * Threads    one.
 * Errors     a request that the client refuses comes back as a command that says so. */
#include "dataplane/nnf/bj_nnf_client.h"

typedef struct bj_uplink bj_uplink_t;

typedef struct bj_uplink_ops {
    /* Sequenced like any command.  Anything but BJ_OK: not now, it is offered again. */
    bj_status_t (*command)(void *ctx, const bj_cmd_t *cmd);
} bj_uplink_ops_t;

/* config: ops and ctx of the client are the uplink's own.  NULL: *error says why. */
bj_uplink_t *bj_uplink_new(const bj_nnf_client_config_t *config, const bj_uplink_ops_t *ops,
                           void *ctx, const char **error);
void bj_uplink_free(bj_uplink_t *uplink);

BJ_MUST_USE bj_status_t bj_uplink_recover(bj_uplink_t *uplink, const bj_cmd_t *cmd,
                                          const bj_event_t *events, size_t event_cnt);
BJ_MUST_USE bj_status_t bj_uplink_start(bj_uplink_t *uplink, bj_now_t now);

/* Once started, again and again: of the refusals that the start left, those there is room for are
 * handed in.  Returns how many; while there are any left no event is taken. */
uint32_t bj_uplink_step(bj_uplink_t *uplink, bj_now_t now);

/* Every event, in sequence, once durable.  False: not now, offer it again. */
BJ_MUST_USE bool bj_uplink_event(bj_uplink_t *uplink, const bj_event_t *event, bj_now_t now);

/* A NEW, MODIFY or CANCEL shall not go out: its answer is this reason.  Others are nothing to it.
 * False: not now. */
BJ_MUST_USE bool bj_uplink_refuse(bj_uplink_t *uplink, const bj_event_t *event, bj_status_t reason,
                                  bj_now_t now);

/* For the transport and the clock: asked for before each use, as it takes the time along. */
bj_nnf_client_t *bj_uplink_client(bj_uplink_t *uplink, bj_now_t now);
typedef struct bj_uplink_strays {
    uint64_t orders, ended; /* since start; what has not ended is open there, its cancel asked */
    uint64_t refused; /* cancels of theirs; each is asked again */
    uint64_t fills, fill_qty; /* theirs, and those of orders of ours that had ended here */
} bj_uplink_strays_t;
bj_uplink_strays_t bj_uplink_strays(const bj_uplink_t *uplink);

#endif /* BJ_UPLINK_H */
