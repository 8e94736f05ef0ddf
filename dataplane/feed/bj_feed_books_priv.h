#ifndef BJ_FEED_BOOKS_PRIV_H
#define BJ_FEED_BOOKS_PRIV_H

/* What the files of bj_feed_books share.
 *
 * A row of the market follows its two ladders message by message, in place, unless it must not be
 * seen as it is (crossed, or just cleared), or was touched by a message of another instrument.
 * Then it is apart (DIRTY_BOOK) and catches up when it is written.
 * A ladder's words for its user: how many levels the row shows, and above it whether a message must
 * look at its instrument first (user_cnt, DEPTH_HELD); the key of the last one if there are
 * BJ_MARKET_LEVELS (user_key); and while the row is apart, the worst key that has changed
 * (user_worst).
 * A row that follows has its own time and count of messages; what comes while it is apart, and has
 * yet to be counted, stands in the instrument. */
#include "dataplane/book/bj_ladder.h"
#include "dataplane/feed/bj_feed_books.h"
#include "dataplane/feed/bj_feed_orders.h"
#include "dataplane/market/bj_market_part.h"
#include "dataplane/wire/bj_wire_cmd.h"

/* Inlined by force: what every message goes through; and what only fetches has no effect that gcc
 * knows of, so a call of it would be dropped. */
#ifdef __OPTIMIZE__
#define FORCED static inline __attribute__((always_inline))
#else
#define FORCED static inline
#endif

enum { BID, ASK }; /* a side as an index */
enum {
    TICK_MAX = 1024, /* ticks of one turn; more are published early, after their rows */
    CROSSED_NS = 1000000,
    REBUILD_NS = 50000000, /* how long a cleared book may take to come back before it is shown */
};
/* In a ladder's user_cnt: its row is held back or apart.  The instrument says why. */
#define DEPTH_HELD (UINT32_C(1) << 31)
enum { SWEEP = 1024 }; /* buckets a turn: 64 KB */
enum { /* of instrument_t.dirty; DIRTY_TOP is shifted by the side */
    DIRTY_LISTED = 1 << 0,
    DIRTY_FIGURES = 1 << 1,
    DIRTY_BOOK = 1 << 2, /* the row is apart from its ladders */
    DIRTY_TOP = 1 << 3,
    DIRTY_TOPS = DIRTY_TOP << BID | DIRTY_TOP << ASK,
};

typedef bj_market_top_t top_t;

/* The first line is what changes with the top. */
typedef struct instrument {
    alignas(BJ_LINE_BYTES) int64_t exch_ns; /* of the last message, while the row is apart */
    uint64_t unseen_cnt; /* messages that the row has yet to count */
    top_t    top; /* after the last message */
    int32_t  limit[2]; /* of a side: an order whose price ^ -side reaches it may cross the book */
    uint32_t flags; /* the row's */
    uint16_t stream_idx;
    uint8_t  dirty;
    bool     watched; /* the lines below matter: crossed, hidden, a card's, or was */
    alignas(BJ_LINE_BYTES) top_t told; /* in a tick; while watched */
    int64_t  crossed_ns; /* since when the book is crossed; 0: it is not */
    int64_t  hidden_ns;  /* until when the row is held back after a clear */
    int64_t  card_ns;    /* until when the row waits for the card; 0: it does not */
    bool     cleared;    /* and had a top that readers were told of */
    bool     card;       /* each message's row waits */
} instrument_t;
static_assert(sizeof(instrument_t) == 2 * BJ_LINE_BYTES, "hot and cold");

FORCED bool is_held(const instrument_t *instrument) {
    return instrument->watched | (instrument->dirty & DIRTY_BOOK);
}

/* What is found out about a message before it is applied. */
typedef struct plan {
    alignas(BJ_LINE_BYTES) uint64_t key[2]; /* of the order; of a trade's seller */
    bj_feed_order_t *order[2]; /* where they most likely are */
    uint32_t home[2];
    union {
        uint64_t slot; /* first: the instrument's, but for its index */
        const uint32_t *page_idx; /* then: where its node has the price's page */
    };
    uint32_t idx;  /* instrument; NO_INSTRUMENT: passed over */
    uint32_t ladder_idx;
    uint32_t price_key; /* in that ladder; BJ_NIL: its unit must change first */
} plan_t;
static_assert(sizeof(plan_t) == BJ_LINE_BYTES, "one line");

typedef struct stream_words { /* a stream's part of the words that its messages are found by */
    uint64_t slot, key;
} stream_words_t;

struct bj_feed_books {
    bj_ladders_t        ladders; /* bids of instrument 0, its asks, bids of instrument 1 ... */
    bj_feed_orders_t    orders;
    instrument_t       *instrument;
    bj_market_row_t    *row;       /* drafts, of flags and figures alone; NULL: books alone */
    bj_market_row_t    *shared;    /* what readers see */
    uint64_t           *slot;      /* (stream << NAME_BITS | name) << INDEX_BITS | idx; 0: empty */
    uint32_t           *dirty_idx; /* instruments whose row waits to be written */
    bj_market_t        *market;
    bj_market_ring_t   *ring;
    bj_feed_counters_t *counters;
    bj_feed_on_trade_t *on_trade, *on_trade_cancel;
    void               *on_trade_ctx;
    const bj_feed_item_t *items;     /* the batch that is applied */
    uint64_t            lost;
    uint32_t            slot_cnt, slot_shift, item_cnt;
    uint32_t            instrument_cnt, stream_cnt, dirty_cnt, tick_cnt;
    uint8_t             segment[BJ_FEED_STREAM_MAX]; /* of each stream */
    stream_words_t      words[BJ_FEED_STREAM_MAX];
    uint64_t            dead[BJ_FEED_RUNS / 64]; /* runs whose orders may still lie in the table */
    uint32_t            dead_cnt; /* those orders */
    uint32_t            sweep_at, sweep_left, last_run; /* buckets that have yet to be looked at */
    uint64_t            card_late;
    plan_t              plan[BJ_FEED_BATCH];
};

enum { INDEX_BITS = 17, INSTRUMENT_MAX = 1 << INDEX_BITS, ORDER_MAX = 1 << 26 };
enum { NAME_BITS = 36, STREAM_AT = INDEX_BITS + NAME_BITS }; /* of a slot */
#define NAME_MASK ((UINT64_C(1) << NAME_BITS) - 1)
static_assert(BJ_SEGMENT_CNT < 8 && BJ_FEED_STREAM_MAX <= 1 << (64 - STREAM_AT), "in one word");
#define NO_INSTRUMENT UINT32_MAX

/* An instrument's name: token, segment, spread or not.  Never 0. */
FORCED uint64_t name_of(uint32_t token, uint8_t segment, uint8_t spread) {
    return (uint64_t)token | (uint64_t)(segment << 1 | spread) << 32;
}
/* Where the search for a token's slot begins. */
FORCED uint32_t slot_at(uint32_t slot_shift, uint32_t token) {
    return token * UINT32_C(0x9e3779b1) >> slot_shift;
}

/* The row waits to be written: no branch, whether it does already is a toss. */
FORCED void mark(bj_feed_books_t *books, uint32_t idx, uint32_t what) {
    uint8_t *dirty = &books->instrument[idx].dirty;
    books->dirty_idx[books->dirty_cnt] = idx; /* there is room for one too many */
    books->dirty_cnt += !(*dirty & DIRTY_LISTED);
    *dirty |= (uint8_t)(what | DIRTY_LISTED);
}

/* Frees the places of dead orders in cnt buckets more. */
void bj_feed_books_sweep(bj_feed_books_t *books, uint32_t cnt);

/* --- bj_feed_depth.c: the 20 levels of a row follow their ladder.  The row has been entered and is
 * not apart. */

/* Both after the ladder has changed: a level that is new; one whose last order has gone. */
void bj_feed_depth_insert(bj_feed_books_t *books, uint32_t ladder_idx, uint32_t level_ref,
                          uint32_t key);
void bj_feed_depth_remove(bj_feed_books_t *books, uint32_t ladder_idx, uint32_t key);
/* A level of any rank has another quantity or count. */
void bj_feed_depth_change(const bj_feed_books_t *books, uint32_t ladder_idx, uint32_t level_ref,
                          uint32_t key);
/* The ladder has another unit, so its keys mean other prices.  The row may be apart. */
void bj_feed_depth_rekey(bj_feed_books_t *books, uint32_t ladder_idx);
/* A row that is apart is as its ladder again; it has been entered. */
void bj_feed_depth_catch_up(bj_feed_books_t *books, uint32_t ladder_idx);

FORCED bj_market_level_t *depth_of(const bj_feed_books_t *books, uint32_t ladder_idx) {
    return bj_market_side(&books->shared[ladder_idx >> 1], ladder_idx & 1);
}
FORCED bool depth_is_beyond(const bj_ladder_t *ladder, uint32_t key) {
    return (ladder->user_cnt == BJ_MARKET_LEVELS) & (key > ladder->user_key);
}
/* A level that is there has another quantity, and so many orders more.  In the ladder it is as in
 * the row.  Near the top most prices are in use, so it mostly stands as far from the best as its
 * price does: the row says whether, for what it has there must be the level as it was. */
FORCED void depth_change(const bj_feed_books_t *books, uint32_t ladder_idx, uint32_t level_ref,
                         uint32_t key, int32_t order_cnt) {
    uint32_t rank = key - books->ladders.ladder[ladder_idx].best_key;
    bj_market_level_t *levels = depth_of(books, ladder_idx);
    const bj_level_total_t *total = &books->ladders.total[level_ref];
    uint64_t was = total->head - ((uint64_t)(uint32_t)order_cnt << 32);
    if (BJ_LIKELY(rank < BJ_MARKET_LEVELS && bj_market_level_head(&levels[rank]) == was))
        bj_market_put_level_words(&levels[rank], total->head, (uint64_t)total->qty);
    else
        bj_feed_depth_change(books, ladder_idx, level_ref, key);
}
static_assert(offsetof(bj_market_level_t, price_paise) == offsetof(bj_level_total_t, user) &&
                  offsetof(bj_market_level_t, order_cnt) ==
                      offsetof(bj_level_total_t, order_cnt) &&
                  offsetof(bj_market_level_t, qty) == offsetof(bj_level_total_t, qty) &&
                  sizeof(bj_market_level_t) == sizeof(bj_level_total_t),
              "a level's price is what its user keeps in it");

/* --- bj_feed_rows.c: ticks, and rows out */
void bj_feed_rows_tick(bj_feed_books_t *books, uint32_t idx, bj_tick_kind_t kind, const top_t *top,
                       int32_t price_paise, int32_t qty);
/* The draft's figures into a row that has been entered. */
FORCED void bj_feed_rows_figures(bj_feed_books_t *books, uint32_t idx) {
    bj_market_row_t *row = &books->row[idx];
    row->average_paise = row->volume_qty ? (int32_t)(row->value_paise / row->volume_qty) : 0;
    bj_market_put_figures(&books->shared[idx], row);
}
/* The row's flags to readers at once: before what else comes into it this turn. */
void bj_feed_rows_flag(bj_feed_books_t *books, uint32_t idx);
/* The ladders say whether the row is held.  Where DIRTY_BOOK changes, which it does before and
 * after all that changes `watched`, but for a card. */
void bj_feed_rows_hold(bj_feed_books_t *books, uint32_t idx);
/* The row no longer follows its ladders: it waits to be written, and catches up then. */
void bj_feed_rows_part(bj_feed_books_t *books, uint32_t idx);
/* tops: a bit for each side whose best level has changed, 1 << BID, 1 << ASK. */
/* The top as the ladders have it now. */
top_t bj_feed_rows_look(const bj_feed_books_t *books, uint32_t idx, uint32_t tops);
/* Tells of the change, unless the row is held back. */
void bj_feed_rows_top(bj_feed_books_t *books, uint32_t idx, uint32_t tops, int64_t now_ns);
/* The same, of one side of a row that is not watched and did not come to cross. */
void bj_feed_rows_top_plain(bj_feed_books_t *books, uint32_t ladder_idx);
void bj_feed_rows_set_top(instrument_t *instrument, const top_t *top);

#endif /* BJ_FEED_BOOKS_PRIV_H */
