#include "dataplane/feed/bj_feed_books_priv.h"

/* --- the memory, in the order bj_feed_books_new lays it out */

static uint32_t slot_bits_of(uint32_t instrument_cnt) {
    uint32_t bits = 2;
    while (UINT32_C(1) << bits < 2 * instrument_cnt) bits++;
    return bits;
}
static size_t slots_bytes(uint32_t instrument_cnt) {
    return sizeof(uint64_t) << slot_bits_of(instrument_cnt);
}

/* Room for 5 pages of 64 prices an instrument and one for every 16 orders: beyond what a market of
 * this size has in use, and where order_max is small, two pages for each order: its level's and,
 * when the unit has changed, the one from before. */
static bj_ladders_config_t ladders_config(const bj_feed_config_t *config) {
    enum { PAGES_ALWAYS = 1 << 16 };
    uint64_t pages = (uint64_t)config->instrument_cnt * 5 + config->order_max / 16;
    if (pages < PAGES_ALWAYS) pages = PAGES_ALWAYS;
    if (pages > 2 * (uint64_t)config->order_max) pages = 2 * (uint64_t)config->order_max + 1;
    uint64_t nodes = pages <= PAGES_ALWAYS ? 0 : 2 * (uint64_t)config->instrument_cnt + pages / 8;
    return (bj_ladders_config_t){.ladder_cnt = 2 * config->instrument_cnt,
                                 .page_max = (uint32_t)pages,
                                 .node_max = (uint32_t)nodes,
                                 .totals = true};
}

size_t bj_feed_books_footprint(const bj_feed_config_t *config) {
    if (config->instrument_cnt < 1 || config->instrument_cnt > INSTRUMENT_MAX) return 0;
    if (config->order_max < 1 || config->order_max > ORDER_MAX) return 0;
    bj_ladders_config_t ladders = ladders_config(config);
    size_t ladders_bytes = bj_ladders_footprint(&ladders);
    if (!ladders_bytes) return 0;
    return bj_feed_line_up(sizeof(bj_feed_books_t)) +
           bj_feed_line_up(config->instrument_cnt * sizeof(instrument_t)) +
           bj_feed_line_up((config->instrument_cnt + 1) * sizeof(uint32_t)) +
           bj_feed_line_up(slots_bytes(config->instrument_cnt)) +
           bj_feed_line_up(bj_feed_orders_footprint(config->order_max)) + ladders_bytes;
}

static void *take(uint8_t **at, size_t bytes) {
    uint8_t *mem = *at;
    memset(mem, 0, bj_feed_line_up(bytes));
    *at += bj_feed_line_up(bytes);
    return mem;
}

static bool add_instrument(bj_feed_books_t *books, uint32_t idx, const bj_feed_instrument_t *from,
                           int32_t tick_paise) {
    books->instrument[idx].stream_idx = from->stream_idx;
    bj_feed_rows_set_top(&books->instrument[idx], &(top_t){0});
    if (from->stream_idx == BJ_FEED_NO_STREAM) return true; /* found by nobody */
    if (from->token == 0 || from->stream_idx >= books->stream_cnt) return false;
    uint64_t name = name_of(from->token, books->segment[from->stream_idx], from->spread);
    uint32_t i = slot_at(books->slot_shift, from->token);
    for (; books->slot[i]; i = (i + 1) & (books->slot_cnt - 1)) {
        if ((books->slot[i] >> INDEX_BITS & NAME_MASK) == name) return false;
    }
    books->slot[i] = (uint64_t)from->stream_idx << STREAM_AT | name << INDEX_BITS | idx;
    for (uint32_t side = BID; side <= ASK; side++) {
        uint32_t ladder_idx = 2 * idx + side;
        bj_ladder_init(&books->ladders, ladder_idx, side == BID);
        if (tick_paise > 1 &&
            !bj_ladder_fit(&books->ladders, &books->ladders.ladder[ladder_idx],
                           (uint32_t)tick_paise))
            return false;
    }
    return true;
}

static void take_config(bj_feed_books_t *books, const bj_feed_config_t *config) {
    books->market = config->market;
    books->row = config->market ? bj_market_begin(config->market, 0) : NULL;
    books->shared = config->market ? bj_market_shared(config->market) : NULL;
    books->ring = config->market ? bj_market_ring(config->market) : NULL;
    books->on_trade = config->on_trade;
    books->on_trade_cancel = config->on_trade_cancel;
    books->on_trade_ctx = config->on_trade_ctx;
    books->instrument_cnt = config->instrument_cnt;
    books->stream_cnt = config->stream_cnt;
    for (uint32_t i = 0; i < config->stream_cnt; i++) {
        uint8_t segment = (uint8_t)config->streams[i].segment;
        books->segment[i] = segment;
        books->words[i] = (stream_words_t){
            (uint64_t)i << STREAM_AT | name_of(0, segment, 0) << INDEX_BITS,
            bj_feed_order_key(0, i + 1)};
    }
    books->last_run = config->stream_cnt;
}

bj_feed_books_t *bj_feed_books_new(void *mem, const bj_feed_config_t *config,
                                   bj_feed_counters_t *counters) {
    if (!bj_feed_books_footprint(config)) return NULL;
    uint8_t *at = mem;
    uint32_t cnt = config->instrument_cnt;
    bj_ladders_config_t ladders = ladders_config(config);
    bj_feed_books_t *books = take(&at, sizeof *books);
    books->counters = counters;
    take_config(books, config);
    books->instrument = take(&at, cnt * sizeof *books->instrument);
    books->dirty_idx = take(&at, (cnt + 1) * sizeof *books->dirty_idx);
    books->slot = take(&at, slots_bytes(cnt));
    books->slot_cnt = UINT32_C(1) << slot_bits_of(cnt);
    books->slot_shift = 32 - slot_bits_of(cnt);
    void *orders = take(&at, bj_feed_orders_footprint(config->order_max));
    bj_feed_orders_new(&books->orders, orders, config->order_max);
    bj_ladders_new(&books->ladders, at, &ladders);
    for (uint32_t i = 0; i < cnt; i++) {
        int32_t tick_paise = config->ticks_paise ? config->ticks_paise[i]
                             : books->row        ? books->row[i].tick_paise
                                                 : 0;
        if (!add_instrument(books, i, &config->instruments[i], tick_paise)) return NULL;
    }
    return books;
}

/* --- whole streams */

void bj_feed_books_sweep(bj_feed_books_t *books, uint32_t cnt) {
    if (cnt > books->sweep_left) cnt = books->sweep_left;
    books->dead_cnt -= bj_feed_orders_sweep(&books->orders, books->sweep_at, cnt, books->dead);
    books->sweep_at = (uint32_t)(((uint64_t)books->sweep_at + cnt) % books->orders.bucket_cnt);
    books->sweep_left -= cnt;
    if (books->sweep_left) return;
    assert(books->dead_cnt == 0);
    memset(books->dead, 0, sizeof books->dead);
}

void bj_feed_books_tidy(bj_feed_books_t *books) {
    if (BJ_UNLIKELY(books->sweep_left)) bj_feed_books_sweep(books, SWEEP);
}

static bool is_taken(const bj_feed_books_t *books, uint32_t run) {
    bool taken = bj_feed_run_in(books->dead, bj_feed_order_key(0, run));
    for (uint32_t i = 0; i < books->stream_cnt; i++)
        taken |= books->words[i].key == bj_feed_order_key(0, run);
    return taken;
}

/* Never 0: with id 0 that would be an empty place. */
static uint32_t new_run(bj_feed_books_t *books) {
    for (uint32_t tries = 1; tries < BJ_FEED_RUNS; tries++) {
        books->last_run = books->last_run % (BJ_FEED_RUNS - 1) + 1;
        if (!is_taken(books, books->last_run)) return books->last_run;
    }
    bj_feed_books_sweep(books, books->sweep_left);
    return new_run(books);
}

/* The orders stay where they are, and nobody will name them. */
static void forget_orders(bj_feed_books_t *books, uint32_t stream_idx) {
    uint64_t *key = &books->words[stream_idx].key;
    books->dead[*key >> (BJ_FEED_RUN_AT + 6)] |= UINT64_C(1) << (*key >> BJ_FEED_RUN_AT & 63);
    books->sweep_left = books->orders.bucket_cnt;
    *key = bj_feed_order_key(0, new_run(books));
}

typedef struct of_stream {
    const bj_feed_books_t *books;
    uint32_t stream_idx;
} of_stream_t;

static bool is_of_stream(void *ctx, uint32_t ladder_idx) {
    const of_stream_t *of = ctx;
    return of->books->instrument[ladder_idx >> 1].stream_idx == of->stream_idx;
}

static void forget_levels(bj_feed_books_t *books, uint32_t idx) {
    for (uint32_t ladder_idx = 2 * idx; ladder_idx <= 2 * idx + ASK; ladder_idx++)
        books->dead_cnt += (uint32_t)bj_ladder_clear(&books->ladders,
                                                     &books->ladders.ladder[ladder_idx]);
}

/* The top is forgotten too, so that a tick tells readers when the book is back. */
void bj_feed_books_clear(bj_feed_books_t *books, uint32_t stream_idx, int64_t now_ns) {
    bj_ladders_forget_moved(&books->ladders, is_of_stream, &(of_stream_t){books, stream_idx});
    for (uint32_t i = 0; i < books->instrument_cnt; i++) {
        instrument_t *instrument = &books->instrument[i];
        if (instrument->stream_idx != stream_idx) continue;
        forget_levels(books, i);
        if (!books->row) continue;
        bj_feed_rows_part(books, i);
        books->ladders.ladder[2 * (size_t)i + BID].user_worst = BJ_NIL;
        books->ladders.ladder[2 * (size_t)i + ASK].user_worst = BJ_NIL;
        instrument->dirty &= (uint8_t)~DIRTY_TOPS;
        instrument->crossed_ns = 0;
        instrument->hidden_ns = now_ns + REBUILD_NS;
        const top_t *told = instrument->watched ? &instrument->told : &instrument->top;
        instrument->cleared |= told->qty[BID] || told->qty[ASK];
        instrument->watched = true;
        instrument->told = (top_t){0};
        bj_feed_rows_set_top(instrument, &instrument->told);
    }
    forget_orders(books, stream_idx);
}

void bj_feed_books_stale(bj_feed_books_t *books, uint32_t stream_idx, bool stale) {
    if (!books->row) return;
    for (uint32_t i = 0; i < books->instrument_cnt; i++) {
        instrument_t *instrument = &books->instrument[i];
        if (instrument->stream_idx != stream_idx) continue;
        instrument->flags = stale ? instrument->flags | BJ_MARKET_STALE
                                  : instrument->flags & ~(uint32_t)BJ_MARKET_STALE;
        instrument->unseen_cnt++;
        mark(books, i, DIRTY_FIGURES);
        if (stale) bj_feed_rows_flag(books, i);
        if (books->tick_cnt == TICK_MAX) bj_feed_books_flush(books, 0);
        bj_feed_rows_tick(books, i, BJ_TICK_STALE,
                          instrument->watched ? &instrument->told : &instrument->top, 0, 0);
    }
}

uint32_t bj_feed_books_order_cnt(const bj_feed_books_t *books) {
    return books->orders.order_cnt - books->dead_cnt;
}
