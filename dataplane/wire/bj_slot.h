#ifndef BJ_SLOT_H
#define BJ_SLOT_H

/* bj_slot - what the rings between gateway and engine carry: a command or an event, and beside it
 * when it passed (bj_stamp.h; 0: no stamp).  The stamps are not part of it: no journal, no hash and
 * no event log has them.
 *
 * Older rings  a ring whose slots are a bare bj_cmd_t or bj_event_t carries no stamps.
 * Stale ones   a command that is pushed bare leaves the stamps of an earlier one in its slot: they
 *              count only for the session and sequence that they name. */
#include "dataplane/base/bj_ring.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_cmd_slot {
    bj_cmd_t cmd;
    uint64_t in, parsed; /* its bytes came; it was put here */
    uint64_t session_seq;
    uint32_t session_id;
    uint8_t  reserved[36];
} bj_cmd_slot_t;
BJ_WIRE_SIZE(bj_cmd_slot_t, 192);

typedef struct bj_event_slot {
    bj_event_t event;
    uint64_t in; /* of the command that it answers; 0: it is not the answer */
    uint8_t  reserved[56];
} bj_event_slot_t;
BJ_WIRE_SIZE(bj_event_slot_t, 192);

static inline bool bj_cmd_slot_push(bj_ring_t *ring, const bj_cmd_t *cmd, uint64_t in,
                                    uint64_t parsed) {
    if (ring->slot_bytes < sizeof(bj_cmd_slot_t)) return bj_ring_push(ring, cmd, sizeof *cmd);
    bj_cmd_slot_t *slot = (bj_cmd_slot_t *)bj_ring_reserve(ring);
    if (!slot) return false;
    slot->cmd = *cmd;
    slot->in = in, slot->parsed = parsed;
    slot->session_seq = cmd->session_seq, slot->session_id = cmd->session_id;
    bj_ring_publish(ring);
    return true;
}

/* The stamps of a command at the ring's end; NULL: it has none. */
static inline const bj_cmd_slot_t *bj_cmd_slot_stamps(const bj_ring_t *ring, const bj_cmd_t *cmd) {
    const bj_cmd_slot_t *slot = (const bj_cmd_slot_t *)cmd;
    bool has = ring->slot_bytes >= sizeof *slot && cmd->session_seq &&
               slot->session_seq == cmd->session_seq && slot->session_id == cmd->session_id;
    return has ? slot : NULL;
}

static inline bool bj_event_slot_push(bj_ring_t *ring, const bj_event_t *event, uint64_t in) {
    if (ring->slot_bytes < sizeof(bj_event_slot_t)) return bj_ring_push(ring, event, sizeof *event);
    bj_event_slot_t *slot = (bj_event_slot_t *)bj_ring_reserve(ring);
    if (!slot) return false;
    slot->event = *event;
    slot->in = in;
    bj_ring_publish(ring);
    return true;
}

static inline uint64_t bj_event_slot_in(const bj_ring_t *ring, const bj_event_t *event) {
    return ring->slot_bytes >= sizeof(bj_event_slot_t) ? ((const bj_event_slot_t *)event)->in : 0;
}

#endif /* BJ_SLOT_H */
