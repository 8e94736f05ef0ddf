#ifndef BJ_NNF_DOOR_H
#define BJ_NNF_DOOR_H

/* bj_nnf_door - the gateway's second dialect: NNF for desks that run NNF software, beside the
 * order-entry protocol, on the same rings.
 *
 * Purpose    gateway.nnf of the configuration, the cash market, and gateway.nnf_fo, futures and
 *            options (docs/protocols/nnf.md), each made into a bj_nnf_server and its two ports;
 *            absent: that door is closed and costs nothing.
 * Threads    the gateway tile's, after bj_nnf_door_new and the recovery.
 * Errors     a sentence in the log that names the key. */
#include "dataplane/audit/bj_audit.h"
#include "dataplane/base/bj_config.h"
#include "dataplane/gateway/bj_gateway.h"
#include "dataplane/nnf/bj_nnf_sock.h"
#include "dataplane/tile/bj_pipe.h"

enum { BJ_NNF_DOORS = BJ_NNF_SEGMENT_CNT }; /* one for each */

typedef struct bj_nnf_door {
    bj_nnf_segment_t segment;
    bj_nnf_server_t *server; /* NULL: closed */
    bj_nnf_sock_t   *sock;
    bj_nnf_sock_config_t where;
    bj_pipe_t       *pipe;
    bj_audit_t       audit; /* on the gateway's ring: both are one thread's */
    bool (*event_at)(void *ctx, uint64_t event_seq, bj_event_t *event);
    void (*random)(void *ctx, uint8_t *out, size_t out_bytes);
    void *ctx;
    uint64_t commands_seen;
    uint32_t user_cnt;
    bj_nnf_user_t users[BJ_NNF_USERS_MAX];
} bj_nnf_door_t;

/* segment, event_at, random, ctx, pipe and audit.ring (NULL: no audit) are set by the caller.
 * sessions are the order-entry protocol's: a user may have none of their ids, nor one of the users
 * of the other door (NULL: there is none yet). */
bool bj_nnf_door_new(bj_nnf_door_t *door, const bj_config_t *config,
                     const bj_gateway_session_config_t *sessions, uint32_t session_cnt,
                     const bj_nnf_door_t *other);
bool bj_nnf_door_open(bj_nnf_door_t *door); /* the configuration must still be there */
void bj_nnf_door_close(bj_nnf_door_t *door);

/* The back end's side; nothing happens at a closed door. */
void bj_nnf_door_event(bj_nnf_door_t *door, const bj_event_t *event, bj_now_t now);
/* Returns work done; *issued says whether commands went into the ring. */
uint32_t bj_nnf_door_step(bj_nnf_door_t *door, bj_now_t now, bool *issued);

#endif /* BJ_NNF_DOOR_H */
