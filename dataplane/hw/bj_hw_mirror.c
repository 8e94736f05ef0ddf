#include "dataplane/hw/bj_hw_mirror.h"

#include <stdlib.h>

enum { SLOTS = 4 * BJ_HW_TOKENS_MAX };

struct bj_hw_mirror {
    bj_feed_books_t *books;
    bj_feed_counters_t counters;
    uint32_t first_seq, next_seq, token_cnt;
    uint64_t due_head, due_tail;
    uint32_t token[SLOTS]; /* 0: an empty slot */
    uint16_t idx[SLOTS];
    uint32_t last_seq[BJ_HW_TOKENS_MAX];
    bj_hw_due_t due[BJ_HW_DUE_MAX];
};

static uint32_t slot_of(uint32_t token) {
    return (token * UINT32_C(0x9e3779b1) >> 16) % SLOTS;
}

static bool books_make(bj_hw_mirror_t *mirror, const bj_hw_token_t *tokens, uint32_t order_max) {
    bj_feed_instrument_t instruments[BJ_HW_TOKENS_MAX];
    int32_t ticks_paise[BJ_HW_TOKENS_MAX];
    for (uint32_t i = 0; i < mirror->token_cnt; i++) {
        instruments[i] = (bj_feed_instrument_t){.token = tokens[i].token};
        ticks_paise[i] = tokens[i].tick_paise;
        uint32_t at = slot_of(tokens[i].token);
        while (mirror->token[at])
            at = (at + 1) % SLOTS;
        mirror->token[at] = tokens[i].token;
        mirror->idx[at] = (uint16_t)i;
    }
    const bj_feed_stream_t stream = {.segment = BJ_SEGMENT_CM, .stream_id = 1};
    const bj_feed_config_t config = {.instruments = instruments,
                                     .instrument_cnt = mirror->token_cnt,
                                     .streams = &stream,
                                     .stream_cnt = 1,
                                     .order_max = order_max,
                                     .ticks_paise = ticks_paise};
    size_t bytes = bj_feed_line_up(bj_feed_books_footprint(&config));
    void *mem = bytes ? aligned_alloc(BJ_LINE_BYTES, bytes) : NULL;
    if (mem) mirror->books = bj_feed_books_new(mem, &config, &mirror->counters);
    if (!mirror->books) free(mem);
    return mirror->books != NULL;
}

/* The books are the first thing in their memory. */
bj_hw_mirror_t *bj_hw_mirror_new(const bj_hw_token_t *tokens, uint32_t token_cnt,
                                 uint32_t order_max) {
    if (token_cnt < 1 || token_cnt > BJ_HW_TOKENS_MAX) return NULL;
    bj_hw_mirror_t *mirror = calloc(1, sizeof *mirror);
    if (!mirror) return NULL;
    mirror->token_cnt = token_cnt;
    if (books_make(mirror, tokens, order_max)) return mirror;
    free(mirror);
    return NULL;
}

void bj_hw_mirror_free(bj_hw_mirror_t *mirror) {
    if (mirror) free(mirror->books);
    free(mirror);
}

uint32_t bj_hw_mirror_find(const bj_hw_mirror_t *mirror, uint32_t token) {
    uint32_t at = slot_of(token);
    while (mirror->token[at] && mirror->token[at] != token)
        at = (at + 1) % SLOTS;
    return token && mirror->token[at] ? mirror->idx[at] : UINT32_MAX;
}

/* N, M, X and T of an outright: what the design answers to. */
static bool is_for_books(const bj_feed_msg_t *msg) {
    return msg->kind <= BJ_FEED_TRADE && !msg->spread;
}

static void expect(bj_hw_mirror_t *mirror, uint32_t seq, uint32_t idx, int64_t now_ns) {
    if (mirror->due_head - mirror->due_tail == BJ_HW_DUE_MAX) mirror->due_tail++;
    bj_hw_due_t *due = &mirror->due[mirror->due_head++ % BJ_HW_DUE_MAX];
    *due = (bj_hw_due_t){.since_ns = now_ns, .seq = seq, .idx = (uint16_t)idx};
    for (uint32_t side = 0; side < 2; side++)
        bj_feed_books_levels(mirror->books, idx, side, due->depth.side[side], BJ_FEED_CARD_LEVELS);
}

bool bj_hw_mirror_apply(bj_hw_mirror_t *mirror, const bj_feed_msg_t *msg, int64_t now_ns) {
    uint32_t idx = bj_hw_mirror_find(mirror, msg->token);
    if (msg->seq && !mirror->next_seq) mirror->first_seq = msg->seq;
    if (msg->seq) mirror->next_seq = msg->seq + 1;
    if (idx == UINT32_MAX || !is_for_books(msg)) return true;
    bj_feed_item_t item = {.msg = *msg, .stream_idx = 0};
    bool room = bj_feed_books_apply(mirror->books, &item, 1, now_ns) == 0;
    if (msg->seq) mirror->last_seq[idx] = msg->seq;
    if (msg->seq) expect(mirror, msg->seq, idx, now_ns);
    return room;
}

void bj_hw_mirror_clear(bj_hw_mirror_t *mirror) {
    bj_feed_books_clear(mirror->books, 0, 0);
    mirror->next_seq = 0;
    memset(mirror->last_seq, 0, sizeof mirror->last_seq);
    mirror->due_tail = mirror->due_head;
}

uint32_t bj_hw_mirror_next(const bj_hw_mirror_t *mirror) {
    return mirror->next_seq;
}

uint32_t bj_hw_mirror_first(const bj_hw_mirror_t *mirror) {
    return mirror->first_seq;
}

uint32_t bj_hw_mirror_last(const bj_hw_mirror_t *mirror, uint32_t idx) {
    return mirror->last_seq[idx];
}

const bj_hw_due_t *bj_hw_mirror_due(const bj_hw_mirror_t *mirror) {
    if (mirror->due_tail == mirror->due_head) return NULL;
    return &mirror->due[mirror->due_tail % BJ_HW_DUE_MAX];
}
void bj_hw_mirror_due_done(bj_hw_mirror_t *mirror) {
    mirror->due_tail += mirror->due_tail != mirror->due_head;
}

typedef struct listing {
    bj_hw_order_t *orders;
    uint32_t cnt, max;
} listing_t;

static bool list(void *ctx, uint64_t order_id, bool ask, int32_t price_paise, int32_t qty) {
    listing_t *listing = ctx;
    if (listing->cnt++ == listing->max) return false;
    listing->orders[listing->cnt - 1] = (bj_hw_order_t){order_id, price_paise, qty, ask};
    return true;
}

uint32_t bj_hw_mirror_orders(bj_hw_mirror_t *mirror, uint32_t idx, bj_hw_order_t *orders,
                             uint32_t order_max) {
    listing_t listing = {.orders = orders, .max = order_max};
    (void)bj_feed_books_orders(mirror->books, idx, list, &listing);
    return listing.cnt;
}

int32_t bj_hw_mirror_mid(const bj_hw_mirror_t *mirror, uint32_t idx) {
    bj_feed_card_level_t bid, ask;
    bj_feed_books_levels(mirror->books, idx, 0, &bid, 1);
    bj_feed_books_levels(mirror->books, idx, 1, &ask, 1);
    if (bid.qty && ask.qty) return bid.price_paise + (ask.price_paise - bid.price_paise) / 2;
    return bid.qty ? bid.price_paise : ask.price_paise;
}
