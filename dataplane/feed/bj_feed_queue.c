#include "dataplane/feed/bj_feed_queue.h"

enum { MESSAGE_MAX = 1 << 24, SPAN_MAX = 1 << 24 };

/* Chunk n holds the sequences from n * BJ_FEED_CHUNK on.  lo and hi are the lowest and highest
 * chunks in use, if any; base <= lo, and the stream's table reaches dir_cnt chunks from base on. */
typedef struct lane {
    uint64_t base, lo, hi;
    uint32_t cnt;
} lane_t;

struct bj_feed_queue {
    uint32_t stream_cnt, dir_cnt, chunk_cnt, free_cnt, held_cnt;
    uint32_t *dir;  /* stream * dir_cnt + chunk % dir_cnt: its place in the pool + 1; 0: none */
    uint32_t *free; /* places not in use */
    uint64_t *used; /* place: which of its messages are held */
    bj_feed_held_t *held;
    lane_t lane[BJ_FEED_STREAM_MAX];
};

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

/* One more than the span needs: it may begin in the middle of a chunk. */
static uint32_t dir_cnt_of(uint32_t span_max) {
    uint32_t cnt = 2;
    while (cnt < span_max / BJ_FEED_CHUNK + 2) cnt *= 2;
    return cnt;
}

/* Each stream may hold a few messages of a chunk: one of its own on top. */
static uint32_t chunk_cnt_of(uint32_t stream_cnt, uint32_t message_max) {
    return (message_max + BJ_FEED_CHUNK - 1) / BJ_FEED_CHUNK + stream_cnt;
}

size_t bj_feed_queue_footprint(uint32_t stream_cnt, uint32_t message_max, uint32_t span_max) {
    if (stream_cnt < 1 || stream_cnt > BJ_FEED_STREAM_MAX) return 0;
    if (message_max < 1 || message_max > MESSAGE_MAX || span_max < 1 || span_max > SPAN_MAX)
        return 0;
    size_t chunk_cnt = chunk_cnt_of(stream_cnt, message_max);
    return line_up(sizeof(bj_feed_queue_t)) +
           line_up((size_t)stream_cnt * dir_cnt_of(span_max) * sizeof(uint32_t)) +
           line_up(chunk_cnt * sizeof(uint32_t)) + line_up(chunk_cnt * sizeof(uint64_t)) +
           chunk_cnt * BJ_FEED_CHUNK * sizeof(bj_feed_held_t);
}

bj_feed_queue_t *bj_feed_queue_new(void *mem, uint32_t stream_cnt, uint32_t message_max,
                                   uint32_t span_max) {
    size_t mem_bytes = bj_feed_queue_footprint(stream_cnt, message_max, span_max);
    if (!mem_bytes) return NULL;
    uint32_t chunk_cnt = chunk_cnt_of(stream_cnt, message_max);
    size_t held_bytes = (size_t)chunk_cnt * BJ_FEED_CHUNK * sizeof(bj_feed_held_t);
    memset(mem, 0, mem_bytes - held_bytes); /* the messages are written before they are read */
    bj_feed_queue_t *queue = (bj_feed_queue_t *)mem;
    uint8_t *at = (uint8_t *)mem + line_up(sizeof *queue);
    queue->stream_cnt = stream_cnt;
    queue->dir_cnt = dir_cnt_of(span_max);
    queue->dir = (uint32_t *)(void *)at;
    at += line_up((size_t)stream_cnt * queue->dir_cnt * sizeof(uint32_t));
    queue->free = (uint32_t *)(void *)at;
    at += line_up(chunk_cnt * sizeof(uint32_t));
    queue->used = (uint64_t *)(void *)at;
    at += line_up(chunk_cnt * sizeof(uint64_t));
    queue->held = (bj_feed_held_t *)(void *)at;
    queue->chunk_cnt = queue->free_cnt = chunk_cnt;
    for (uint32_t i = 0; i < chunk_cnt; i++) queue->free[i] = chunk_cnt - 1 - i;
    return queue;
}

static uint32_t *dir_of(const bj_feed_queue_t *queue, uint32_t stream_idx, uint64_t chunk) {
    return &queue->dir[(size_t)stream_idx * queue->dir_cnt + (chunk & (queue->dir_cnt - 1))];
}

static uint64_t bit_of(uint64_t seq) { return UINT64_C(1) << seq % BJ_FEED_CHUNK; }

static bj_feed_held_t *held_of(const bj_feed_queue_t *queue, uint32_t place, uint64_t seq) {
    return &queue->held[(size_t)place * BJ_FEED_CHUNK + seq % BJ_FEED_CHUNK];
}

bj_feed_put_t bj_feed_queue_put(bj_feed_queue_t *queue, uint32_t stream_idx,
                                const bj_feed_msg_t *msg, uint64_t low_seq, int64_t now_ns) {
    lane_t *lane = &queue->lane[stream_idx];
    uint64_t chunk = msg->seq / BJ_FEED_CHUNK, low = low_seq / BJ_FEED_CHUNK;
    assert(low <= chunk);
    if (!lane->cnt) lane->lo = lane->hi = chunk, lane->base = low;
    else if (low > lane->base) lane->base = low < lane->lo ? low : lane->lo;
    if (chunk < lane->base) return BJ_FEED_PUT_LOW;
    if (chunk - lane->base >= queue->dir_cnt) return BJ_FEED_PUT_FAR;
    uint32_t *dir = dir_of(queue, stream_idx, chunk);
    if (!*dir) {
        if (!queue->free_cnt) return BJ_FEED_PUT_FULL;
        *dir = queue->free[--queue->free_cnt] + 1;
    }
    uint32_t place = *dir - 1;
    if (queue->used[place] & bit_of(msg->seq)) return BJ_FEED_PUT_COPY;
    queue->used[place] |= bit_of(msg->seq);
    *held_of(queue, place, msg->seq) = (bj_feed_held_t){.msg = *msg, .recv_ns = now_ns};
    if (chunk < lane->lo) lane->lo = chunk;
    if (chunk > lane->hi) lane->hi = chunk;
    lane->cnt++;
    queue->held_cnt++;
    return BJ_FEED_PUT_HELD;
}

const bj_feed_held_t *bj_feed_queue_find(const bj_feed_queue_t *queue, uint32_t stream_idx,
                                         uint64_t seq) {
    const lane_t *lane = &queue->lane[stream_idx];
    uint64_t chunk = seq / BJ_FEED_CHUNK;
    if (!lane->cnt || chunk < lane->lo || chunk > lane->hi) return NULL;
    uint32_t place = *dir_of(queue, stream_idx, chunk);
    if (!place || !(queue->used[place - 1] & bit_of(seq))) return NULL;
    return held_of(queue, place - 1, seq);
}

const bj_feed_held_t *bj_feed_queue_next(const bj_feed_queue_t *queue, uint32_t stream_idx,
                                         uint64_t from_seq) {
    const lane_t *lane = &queue->lane[stream_idx];
    if (!lane->cnt) return NULL;
    uint64_t chunk = from_seq / BJ_FEED_CHUNK, mask = ~UINT64_C(0) << from_seq % BJ_FEED_CHUNK;
    if (chunk < lane->lo) chunk = lane->lo, mask = ~UINT64_C(0);
    for (; chunk <= lane->hi; chunk++, mask = ~UINT64_C(0)) {
        uint32_t place = *dir_of(queue, stream_idx, chunk);
        uint64_t used = place ? queue->used[place - 1] & mask : 0;
        if (used) return held_of(queue, place - 1, (uint64_t)__builtin_ctzll(used));
    }
    return NULL;
}

const bj_feed_held_t *bj_feed_queue_first(const bj_feed_queue_t *queue, uint32_t stream_idx) {
    return bj_feed_queue_next(queue, stream_idx, 0);
}

/* What is below the lowest chunk in use will not be looked through again. */
static void give_back(bj_feed_queue_t *queue, uint32_t stream_idx, uint64_t chunk) {
    lane_t *lane = &queue->lane[stream_idx];
    uint32_t *dir = dir_of(queue, stream_idx, chunk);
    queue->free[queue->free_cnt++] = *dir - 1;
    *dir = 0;
    while (lane->cnt && !*dir_of(queue, stream_idx, lane->lo)) lane->lo++;
}

void bj_feed_queue_drop(bj_feed_queue_t *queue, uint32_t stream_idx, uint64_t seq) {
    uint64_t chunk = seq / BJ_FEED_CHUNK;
    uint32_t place = *dir_of(queue, stream_idx, chunk) - 1;
    assert(queue->used[place] & bit_of(seq));
    queue->used[place] &= ~bit_of(seq);
    queue->lane[stream_idx].cnt--;
    queue->held_cnt--;
    if (!queue->used[place]) give_back(queue, stream_idx, chunk);
}

void bj_feed_queue_cut(bj_feed_queue_t *queue, uint32_t stream_idx, uint64_t seq) {
    lane_t *lane = &queue->lane[stream_idx];
    while (lane->cnt && lane->lo <= seq / BJ_FEED_CHUNK) {
        uint64_t chunk = lane->lo;
        uint64_t keep = chunk < seq / BJ_FEED_CHUNK ? 0 : ~UINT64_C(0) << seq % BJ_FEED_CHUNK;
        uint32_t place = *dir_of(queue, stream_idx, chunk) - 1;
        uint32_t gone = (uint32_t)__builtin_popcountll(queue->used[place] & ~keep);
        queue->used[place] &= keep;
        lane->cnt -= gone;
        queue->held_cnt -= gone;
        if (queue->used[place]) return;
        give_back(queue, stream_idx, chunk);
    }
}

uint32_t bj_feed_queue_cnt(const bj_feed_queue_t *queue, uint32_t stream_idx) {
    return queue->lane[stream_idx].cnt;
}

uint32_t bj_feed_queue_all(const bj_feed_queue_t *queue) { return queue->held_cnt; }
