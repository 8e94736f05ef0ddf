#include "sim/exchange/bj_late.h"

#include <stdlib.h>

typedef struct node {
    int64_t  due_ns;
    uint64_t turn; /* of two due at one moment the one put first goes first */
    uint32_t slot;
} node_t;

typedef struct slot {
    bj_late_datagram_t datagram; /* its data: small, or a big one of the queue */
    uint16_t big;
    uint8_t  small[BJ_LATE_SMALL_BYTES];
} slot_t;

struct bj_late {
    uint32_t cap, cnt;
    uint64_t turn;
    node_t  *node;      /* a heap of cnt */
    uint32_t *free_slot; /* cap - cnt of them */
    slot_t  *slot;
    uint32_t big_cnt; /* in use */
    uint16_t big_free[BJ_LATE_BIG_MAX]; /* the first of them are in use */
    uint8_t  big[BJ_LATE_BIG_MAX][BJ_LATE_BYTES_MAX];
};

bj_late_t *bj_late_new(uint32_t cap) {
    bj_late_t *late = calloc(1, sizeof *late);
    if (!late) return NULL;
    late->cap = cap;
    late->node = calloc(cap, sizeof *late->node);
    late->free_slot = calloc(cap, sizeof *late->free_slot);
    late->slot = calloc(cap, sizeof *late->slot);
    if (!late->node || !late->free_slot || !late->slot) {
        bj_late_free(late);
        return NULL;
    }
    for (uint32_t i = 0; i < cap; i++) late->free_slot[i] = cap - 1 - i;
    for (uint16_t i = 0; i < BJ_LATE_BIG_MAX; i++) late->big_free[i] = i;
    return late;
}

void bj_late_free(bj_late_t *late) {
    if (!late) return;
    free(late->node), free(late->free_slot), free(late->slot);
    free(late);
}

static bool before(const node_t *a, const node_t *b) {
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->turn < b->turn;
}

bool bj_late_full(const bj_late_t *late) {
    return late->cnt == late->cap || late->big_cnt == BJ_LATE_BIG_MAX;
}

static void keep(bj_late_t *late, slot_t *slot, const bj_late_datagram_t *datagram) {
    uint8_t *room = slot->small;
    assert(datagram->data_bytes <= BJ_LATE_BYTES_MAX);
    if (datagram->data_bytes > BJ_LATE_SMALL_BYTES) {
        slot->big = late->big_free[late->big_cnt++];
        room = late->big[slot->big];
    }
    memcpy(room, datagram->data, datagram->data_bytes);
    slot->datagram = *datagram;
    slot->datagram.data = room;
}

void bj_late_put(bj_late_t *late, const bj_late_datagram_t *datagram) {
    assert(!bj_late_full(late));
    uint32_t at = late->cnt++;
    node_t node = {datagram->due_ns, late->turn++, late->free_slot[late->cap - late->cnt]};
    keep(late, &late->slot[node.slot], datagram);
    for (uint32_t up; at > 0 && before(&node, &late->node[up = (at - 1) / 2]); at = up) {
        late->node[at] = late->node[up];
    }
    late->node[at] = node;
}

const bj_late_datagram_t *bj_late_first(const bj_late_t *late) {
    return late->cnt ? &late->slot[late->node[0].slot].datagram : NULL;
}

void bj_late_drop(bj_late_t *late) {
    assert(late->cnt);
    const slot_t *slot = &late->slot[late->node[0].slot];
    if (slot->datagram.data != slot->small) late->big_free[--late->big_cnt] = slot->big;
    late->free_slot[late->cap - late->cnt] = late->node[0].slot;
    node_t last = late->node[--late->cnt];
    uint32_t at = 0;
    for (uint32_t down; (down = 2 * at + 1) < late->cnt; at = down) {
        if (down + 1 < late->cnt && before(&late->node[down + 1], &late->node[down])) down++;
        if (!before(&late->node[down], &last)) break;
        late->node[at] = late->node[down];
    }
    late->node[at] = last;
}
