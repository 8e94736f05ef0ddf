#ifndef BJ_PARTS_H
#define BJ_PARTS_H

/* bj_parts - where a module's state lies, so that all of it can be copied out and in again.
 *
 * Purpose    A module that works in one block of memory lists the fields and tables that are its
 *            state, and only those: no pointers, nothing that its shape alone decides.  Whoever
 *            saves copies the parts out; who loads makes a new one of the same shape, anywhere, and
 *            copies them in.
 * Guard      covered_bytes counts the block as the module carves it.  A table that is not in the
 *            list is missing there: a test holds covered_bytes against the footprint.
 * Ownership  the memory stays the module's. */
#include "dataplane/base/bj_base.h"

enum { BJ_PARTS_MAX = 96 };

typedef struct bj_part {
    void  *mem;
    size_t bytes;
} bj_part_t;

typedef struct bj_parts {
    bj_part_t part[BJ_PARTS_MAX];
    uint32_t  cnt;
    size_t    covered_bytes;
} bj_parts_t;

/* State inside a block that is covered as a whole. */
static inline void bj_parts_field(bj_parts_t *parts, void *mem, size_t bytes) {
    assert(parts->cnt < BJ_PARTS_MAX);
    parts->part[parts->cnt++] = (bj_part_t){mem, bytes};
}

/* A carved block that is no state, or whose state is listed field by field. */
static inline void bj_parts_cover(bj_parts_t *parts, size_t bytes) {
    parts->covered_bytes += (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

/* A carved block that is state. */
static inline void bj_parts_table(bj_parts_t *parts, void *mem, size_t bytes) {
    bj_parts_field(parts, mem, bytes);
    bj_parts_cover(parts, bytes);
}

#endif /* BJ_PARTS_H */
