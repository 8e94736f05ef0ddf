#ifndef BJ_HW_LINK_H
#define BJ_HW_LINK_H

/* bj_hw_link - a card's window in shared memory, and both its ends: the driver's (bj_hw_card.h)
 * and that of what plays the card.
 *
 * Shape      a file: a head, then five rings (bj_ring.h): the wire's frames, the host's frames,
 *            accesses to registers, their answers, answers to messages.
 * Ownership  the driver makes the file and takes it away; a card attaches, and looks from time to
 *            time whether there is a new one.
 * Life       a card beats; one that has not for BJ_HW_LINK_SILENT_NS is not there.  It counts boots
 *            up when it has attached, having thrown away what lay in the rings for the one before.
 * Threads    wire frames: the feed's thread.  Everything else of the driver's: another one.  The
 *            card: one.
 * Errors     NULL and errno; else as in bj_hw_card.h.
 * Cost       a wire frame: a copy of its bytes.  A read waits up to BJ_HW_LINK_WAIT_NS. */
#include "dataplane/base/bj_ring.h"
#include "dataplane/hw/bj_hw_card.h"

#define BJ_HW_LINK_SILENT_NS INT64_C(2000000000)
#define BJ_HW_LINK_WAIT_NS INT64_C(500000000)

enum { BJ_HW_FRAME_MAX = 250 };
typedef struct bj_hw_frame {
    uint16_t data_bytes;
    uint8_t  data[BJ_HW_FRAME_MAX + 4];
} bj_hw_frame_t;
static_assert(sizeof(bj_hw_frame_t) == 256, "a ring's slot");

typedef struct bj_hw_access {
    uint32_t at, value; /* value: what is written, or what was read */
    uint32_t id;        /* of a read: its answer has the same */
    bool     is_write;
} bj_hw_access_t;

typedef enum bj_hw_ring { /* the slots: frame, frame, access, access, answer */
    BJ_HW_WIRE,
    BJ_HW_HOST,
    BJ_HW_ACCESS,
    BJ_HW_VALUE,
    BJ_HW_ANSWER,
    BJ_HW_RING_CNT
} bj_hw_ring_t;

typedef struct bj_hw_link_head {
    uint64_t magic;
    alignas(BJ_LINE_BYTES) _Atomic int64_t beat_ns; /* the card's, monotonic */
    _Atomic uint32_t boots;                         /* the card's */
    _Atomic uint64_t lost; /* the card's: answers there was no room for */
} bj_hw_link_head_t;

typedef struct bj_hw_link {
    bj_hw_link_head_t *head;
    bj_ring_t *ring[BJ_HW_RING_CNT];
    size_t     bytes;
    uint32_t   last_id;
} bj_hw_link_t;

bool bj_hw_link_create(bj_hw_link_t *link, const char *file); /* the driver */
bool bj_hw_link_attach(bj_hw_link_t *link, const char *file); /* the card */
void bj_hw_link_close(bj_hw_link_t *link);

/* The driver's feed thread.  False: no room, or too long: the card does not hear this frame. */
BJ_MUST_USE bool bj_hw_link_wire(const bj_hw_link_t *link, const uint8_t *frame,
                                 size_t frame_bytes);
/* ctx: a bj_hw_link_t. */
extern const bj_hw_card_ops_t bj_hw_link_ops;

/* The card: throws away what is in its rings, and is there. */
void bj_hw_link_boot(bj_hw_link_t *link);

#endif /* BJ_HW_LINK_H */
