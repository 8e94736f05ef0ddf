#ifndef BJ_RING_H
#define BJ_RING_H

#include "dataplane/base/bj_base.h"

/* bj_ring - one producer, one consumer, each on its own loop.
 *
 * Shape      depth slots of slot_bytes; depth is a power of two in [2, 2^20], slot_bytes a multiple
 *            of BJ_LINE_BYTES in [64, 1024].
 * Ownership  the caller owns the memory, aligned to BJ_PAIR_BYTES; the ring holds no pointers, so
 *            it may sit in shared memory mapped at different addresses in two processes.
 * Ordering   release on publish, acquire on look: a message is seen whole or not at all.
 * Cost       push and pop: no syscall, no lock; one shared line moves per full/empty look. */

typedef struct bj_ring {
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t head; /* next slot to fill; producer writes */
    uint64_t tail_seen;                           /* producer's last look at tail */
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t tail; /* next slot to read; consumer writes */
    uint64_t head_seen;                           /* consumer's last look at head */
    alignas(BJ_PAIR_BYTES) uint64_t mask;         /* depth - 1, fixed by bj_ring_new */
    uint64_t slot_bytes;
    alignas(BJ_PAIR_BYTES) uint8_t slot[];
} bj_ring_t;
static_assert(offsetof(bj_ring_t, tail) == 1 * BJ_PAIR_BYTES, "producer and consumer lines");
static_assert(offsetof(bj_ring_t, slot) == 3 * BJ_PAIR_BYTES, "slots start on their own line");

/* bj_ring_footprint returns the bytes to set aside, or 0 if the shape is not allowed: callers check
 * a configuration by asking for its footprint. */
static inline size_t bj_ring_footprint(uint64_t depth, uint64_t slot_bytes) {
    bool ok = depth >= 2 && depth <= (UINT64_C(1) << 20) && (depth & (depth - 1)) == 0 &&
              slot_bytes >= BJ_LINE_BYTES && slot_bytes <= 1024 && slot_bytes % BJ_LINE_BYTES == 0;
    return ok ? sizeof(bj_ring_t) + depth * slot_bytes : 0;
}

/* bj_ring_new formats mem; NULL if the shape is not allowed. */
static inline bj_ring_t *bj_ring_new(void *mem, uint64_t depth, uint64_t slot_bytes) {
    if (!bj_ring_footprint(depth, slot_bytes)) return NULL;
    bj_ring_t *ring = (bj_ring_t *)mem;
    memset(ring, 0, sizeof *ring);
    ring->mask = depth - 1;
    ring->slot_bytes = slot_bytes;
    return ring;
}

/* Producer only: how many pushes are sure to succeed now. */
static inline uint64_t bj_ring_room(bj_ring_t *ring) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return ring->mask + 1 - (head - ring->tail_seen);
}

/* Producer only.  NULL: full.  Else the slot to fill; it is seen by the consumer at
 * bj_ring_publish. */
static inline void *bj_ring_reserve(bj_ring_t *ring) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (BJ_UNLIKELY(head - ring->tail_seen > ring->mask)) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->tail_seen > ring->mask) return NULL;
    }
    return ring->slot + (head & ring->mask) * ring->slot_bytes;
}

/* A big ring comes round so seldom that its slots are in no cache: the one after the next is asked
 * for while something else is done. */
static inline void bj_ring_ahead(const bj_ring_t *ring, uint64_t head) {
    const uint8_t *slot = ring->slot + ((head + 2) & ring->mask) * ring->slot_bytes;
    for (uint64_t at = 0; at < ring->slot_bytes; at += BJ_LINE_BYTES) {
        __builtin_prefetch(slot + at, 1);
    }
}

/* Producer only, after a reserve that was not NULL. */
static inline void bj_ring_publish(bj_ring_t *ring) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    bj_ring_ahead(ring, head);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

/* Producer only, for what takes several slots: the slot k after the next one, where bj_ring_room
 * said that there are more than k; and all cnt of them seen by the consumer at once. */
static inline void *bj_ring_slot(bj_ring_t *ring, uint64_t k) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    return ring->slot + ((head + k) & ring->mask) * ring->slot_bytes;
}
static inline void bj_ring_publish_many(bj_ring_t *ring, uint64_t cnt) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    atomic_store_explicit(&ring->head, head + cnt, memory_order_release);
}

/* Producer only.  False: full; nothing was written and the caller still owns msg. */
BJ_MUST_USE static inline bool bj_ring_push(bj_ring_t *ring, const void *msg, size_t msg_bytes) {
    void *slot = bj_ring_reserve(ring);
    if (!slot) return false;
    assert(msg_bytes <= ring->slot_bytes);
    memcpy(slot, msg, msg_bytes);
    bj_ring_publish(ring);
    return true;
}

/* Consumer only.  NULL: empty.  The slot stays valid until bj_ring_release. */
static inline const void *bj_ring_peek(bj_ring_t *ring) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == ring->head_seen) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->head_seen) return NULL;
    }
    return ring->slot + (tail & ring->mask) * ring->slot_bytes;
}

/* Consumer only, after a peek that was not NULL. */
static inline void bj_ring_release(bj_ring_t *ring) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    assert(tail != ring->head_seen);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

#endif /* BJ_RING_H */
