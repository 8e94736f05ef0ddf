#include "dataplane/feedreplay/bj_feedlive.h"

#include <stdlib.h>
#include "dataplane/feedreplay/bj_u64map.h"

enum { WINDOW = 1 << 16 }; /* sequences behind the newest in which a first copy is looked for */

typedef struct run {
    uint64_t seen[WINDOW / 64];
    uint32_t newest_seq;
    int64_t newest_ns;
} run_t;

struct bj_feedlive {
    bj_u64map_t qty; /* segment and order id: open quantity, 0 when gone */
    size_t live_cnt, most_cnt;
    run_t run[BJ_SEGMENT_CNT + 1][BJ_FEED_STREAM_MAX + 1];
};

bj_feedlive_t *bj_feedlive_new(void) {
    return bj_need(calloc(1, sizeof(bj_feedlive_t)));
}

static uint64_t *word_of(run_t *run, uint32_t seq) {
    return &run->seen[seq % WINDOW / 64];
}

/* A stream that begins again at a later time than any before starts a window of its own. */
static bool is_first(run_t *run, uint32_t seq, int64_t exch_ns) {
    if (seq <= run->newest_seq && exch_ns > run->newest_ns) {
        memset(run->seen, 0, sizeof run->seen);
        run->newest_seq = 0;
    }
    if (exch_ns > run->newest_ns) run->newest_ns = exch_ns;
    if (seq > run->newest_seq) {
        if (seq - run->newest_seq >= WINDOW)
            memset(run->seen, 0, sizeof run->seen);
        else
            for (uint32_t s = run->newest_seq + 1; s != seq; s++)
                *word_of(run, s) &= ~(UINT64_C(1) << s % 64);
        *word_of(run, seq) |= UINT64_C(1) << seq % 64;
        run->newest_seq = seq;
        return true;
    }
    if (run->newest_seq - seq >= WINDOW || *word_of(run, seq) >> seq % 64 & 1) return false;
    *word_of(run, seq) |= UINT64_C(1) << seq % 64;
    return true;
}

static void set_qty(bj_feedlive_t *live, int64_t *open, int64_t qty) {
    live->live_cnt += qty > 0;
    live->live_cnt -= *open > 0;
    *open = qty;
    if (live->live_cnt > live->most_cnt) live->most_cnt = live->live_cnt;
}

static void reduce(bj_feedlive_t *live, uint64_t key, int32_t qty) {
    int64_t *open = bj_u64map_at(&live->qty, key);
    set_qty(live, open, *open > qty ? *open - qty : 0);
}

void bj_feedlive_see(bj_feedlive_t *live, unsigned segment, const bj_feed_msg_t *msg) {
    if (!is_first(&live->run[segment][msg->stream_id], msg->seq, msg->exch_ns)) return;
    const uint64_t of = (uint64_t)segment << 56;
    switch (msg->kind) {
    case BJ_FEED_NEW:
    case BJ_FEED_MODIFY:
        set_qty(live, bj_u64map_at(&live->qty, of | msg->order_id), msg->qty);
        return;
    case BJ_FEED_CANCEL:
        set_qty(live, bj_u64map_at(&live->qty, of | msg->order_id), 0);
        return;
    case BJ_FEED_TRADE:
        if (msg->order_id) reduce(live, of | msg->order_id, msg->qty);
        if (msg->sell_order_id) reduce(live, of | msg->sell_order_id, msg->qty);
        return;
    default:
        return;
    }
}

size_t bj_feedlive_most(const bj_feedlive_t *live) {
    return live->most_cnt;
}

void bj_feedlive_free(bj_feedlive_t *live) {
    bj_u64map_free(&live->qty);
    free(live);
}
