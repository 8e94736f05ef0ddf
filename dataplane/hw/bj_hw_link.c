#include "dataplane/hw/bj_hw_link.h"

#include <errno.h>
#include "dataplane/base/bj_shm.h"
#include "dataplane/base/bj_time.h"

#define MAGIC UINT64_C(0x314b4e494c57484a) /* "JHWLINK1" */

static const struct {
    uint64_t depth, slot_bytes;
} shape[BJ_HW_RING_CNT] = {
    [BJ_HW_WIRE] = {1 << 13, sizeof(bj_hw_frame_t)},
    [BJ_HW_HOST] = {1 << 10, sizeof(bj_hw_frame_t)},
    [BJ_HW_ACCESS] = {1 << 8, BJ_LINE_BYTES},
    [BJ_HW_VALUE] = {1 << 8, BJ_LINE_BYTES},
    [BJ_HW_ANSWER] = {1 << 12, 256},
};
static_assert(sizeof(bj_hw_answer_t) <= 256 && sizeof(bj_hw_access_t) <= BJ_LINE_BYTES, "slots");

static size_t room_of(int ring) {
    size_t bytes = bj_ring_footprint(shape[ring].depth, shape[ring].slot_bytes);
    return (bytes + BJ_PAIR_BYTES - 1) / BJ_PAIR_BYTES * BJ_PAIR_BYTES;
}

static void lay_out(bj_hw_link_t *link, void *mem, bool fresh) {
    uint8_t *at = (uint8_t *)mem + 2 * BJ_PAIR_BYTES;
    link->head = mem;
    for (int i = 0; i < BJ_HW_RING_CNT; at += room_of(i++))
        link->ring[i] =
            fresh ? bj_ring_new(at, shape[i].depth, shape[i].slot_bytes) : (bj_ring_t *)(void *)at;
    link->bytes = (size_t)(at - (uint8_t *)mem);
}
static_assert(sizeof(bj_hw_link_head_t) <= 2 * BJ_PAIR_BYTES, "before the rings");

static size_t bytes_of_all(void) {
    size_t bytes = 2 * BJ_PAIR_BYTES;
    for (int i = 0; i < BJ_HW_RING_CNT; i++)
        bytes += room_of(i);
    return bytes;
}

bool bj_hw_link_create(bj_hw_link_t *link, const char *file) {
    *link = (bj_hw_link_t){0};
    void *mem = bj_shm_create(file, bytes_of_all());
    if (!mem) return false;
    lay_out(link, mem, true);
    atomic_thread_fence(memory_order_release);
    link->head->magic = MAGIC;
    return true;
}

bool bj_hw_link_attach(bj_hw_link_t *link, const char *file) {
    *link = (bj_hw_link_t){0};
    size_t bytes;
    void *mem = bj_shm_attach(file, &bytes);
    if (!mem) return false;
    if (bytes == bytes_of_all() && ((bj_hw_link_head_t *)mem)->magic == MAGIC) {
        lay_out(link, mem, false);
        return true;
    }
    bj_shm_close(mem, bytes);
    errno = EINVAL;
    return false;
}

void bj_hw_link_close(bj_hw_link_t *link) {
    bj_shm_close(link->head, link->bytes);
    *link = (bj_hw_link_t){0};
}

/* --- the driver's end */
static bool put_frame(bj_ring_t *ring, const uint8_t *frame, size_t frame_bytes) {
    bj_hw_frame_t *slot = frame_bytes <= BJ_HW_FRAME_MAX ? bj_ring_reserve(ring) : NULL;
    if (!slot) return false;
    slot->data_bytes = (uint16_t)frame_bytes;
    memcpy(slot->data, frame, frame_bytes);
    bj_ring_publish(ring);
    return true;
}

bool bj_hw_link_wire(const bj_hw_link_t *link, const uint8_t *frame, size_t frame_bytes) {
    return put_frame(link->ring[BJ_HW_WIRE], frame, frame_bytes);
}

static uint32_t boots(void *ctx) {
    const bj_hw_link_head_t *head = ((bj_hw_link_t *)ctx)->head;
    int64_t beat_ns = atomic_load_explicit(&head->beat_ns, memory_order_acquire);
    if (!beat_ns || bj_clock_mono_ns() - beat_ns > BJ_HW_LINK_SILENT_NS) return 0;
    return atomic_load_explicit(&head->boots, memory_order_acquire);
}

static void pause_briefly(void) {
    nanosleep(&(struct timespec){.tv_nsec = 20 * BJ_NS_PER_US}, NULL);
}

static bool put_access(bj_hw_link_t *link, const bj_hw_access_t *access) {
    int64_t end_ns = bj_clock_mono_ns() + BJ_HW_LINK_WAIT_NS;
    while (!bj_ring_push(link->ring[BJ_HW_ACCESS], access, sizeof *access)) {
        if (bj_clock_mono_ns() > end_ns) return false;
        pause_briefly();
    }
    return true;
}

static bool write_register(void *ctx, uint32_t at, uint32_t value) {
    return put_access(ctx, &(bj_hw_access_t){.at = at, .value = value, .is_write = true});
}

/* Values of reads that nobody waits for any more are passed over. */
static bool read_register(void *ctx, uint32_t at, uint32_t *value) {
    bj_hw_link_t *link = ctx;
    bj_ring_t *values = link->ring[BJ_HW_VALUE];
    const bj_hw_access_t access = {.at = at, .id = ++link->last_id};
    if (!put_access(link, &access)) return false;
    for (int64_t end_ns = bj_clock_mono_ns() + BJ_HW_LINK_WAIT_NS; bj_clock_mono_ns() <= end_ns;) {
        const bj_hw_access_t *got = bj_ring_peek(values);
        if (!got) {
            pause_briefly();
            continue;
        }
        bool mine = got->id == access.id;
        *value = got->value;
        bj_ring_release(values);
        if (mine) return true;
    }
    return false;
}

static bool host_frame(void *ctx, const uint8_t *frame, size_t frame_bytes) {
    return put_frame(((bj_hw_link_t *)ctx)->ring[BJ_HW_HOST], frame, frame_bytes);
}
static bool host_done(void *ctx) {
    bj_ring_t *ring = ((bj_hw_link_t *)ctx)->ring[BJ_HW_HOST];
    return bj_ring_room(ring) == ring->mask + 1;
}
static const bj_hw_answer_t *answer(void *ctx) {
    return bj_ring_peek(((bj_hw_link_t *)ctx)->ring[BJ_HW_ANSWER]);
}
static void answer_done(void *ctx) {
    bj_ring_release(((bj_hw_link_t *)ctx)->ring[BJ_HW_ANSWER]);
}

const bj_hw_card_ops_t bj_hw_link_ops = {.boots = boots,
                                         .read = read_register,
                                         .write = write_register,
                                         .host_frame = host_frame,
                                         .host_done = host_done,
                                         .answer = answer,
                                         .answer_done = answer_done};

/* --- the card's end */
void bj_hw_link_boot(bj_hw_link_t *link) {
    static const bj_hw_ring_t in[] = {BJ_HW_WIRE, BJ_HW_HOST, BJ_HW_ACCESS};
    for (size_t i = 0; i < BJ_COUNT(in); i++) {
        while (bj_ring_peek(link->ring[in[i]]))
            bj_ring_release(link->ring[in[i]]);
    }
    atomic_store_explicit(&link->head->beat_ns, bj_clock_mono_ns(), memory_order_release);
    atomic_fetch_add_explicit(&link->head->boots, 1, memory_order_acq_rel);
}
