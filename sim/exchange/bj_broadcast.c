#include "sim/exchange/bj_broadcast.h"

#include <stdlib.h>

enum { STATUS_OPEN = 2 }; /* trading_status of a security that trades (nse.md 4.2) */

typedef struct row { /* the day of a row of a broadcast */
    uint32_t row_idx;
    int32_t  last_paise, last_qty, open_paise, high_paise, low_paise;
    int64_t  last_ns, volume_qty, value_paise;
} row_t;

struct bj_broadcast {
    const bj_day_t   *day;
    const bj_model_t *model;
    bj_broadcast_sink_fn *sink;
    void    *ctx;
    uint64_t datagram_cnt;
    uint32_t row_cnt, index_cnt;
    row_t    row[BJ_DAY_ROWS_MAX];
    bj_broadcast_index_t index[BJ_BROADCAST_INDEX_MAX];
    bj_bcast_out_t out[BJ_SEGMENT_CNT]; /* by the broadcast's place among them */
};

static uint32_t first_broadcast(const bj_broadcast_t *b) {
    return bj_streams_ticks(&b->day->streams);
}

bj_broadcast_t *bj_broadcast_new(const bj_day_t *day, const bj_model_t *model,
                                 bj_broadcast_sink_fn *sink, void *ctx) {
    bj_broadcast_t *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    b->day = day, b->model = model, b->sink = sink, b->ctx = ctx;
    for (uint32_t i = 0; i < day->row_cnt; i++) {
        if (day->row[i].stream_idx >= first_broadcast(b)) b->row[b->row_cnt++].row_idx = i;
    }
    return b;
}

void bj_broadcast_free(bj_broadcast_t *broadcast) { free(broadcast); }

bool bj_broadcast_index(bj_broadcast_t *b, bj_segment_t segment, const char *name,
                        int32_t base_x100) {
    uint32_t stream_idx = bj_streams_broadcast(&b->day->streams, segment);
    if (stream_idx == UINT32_MAX || b->index_cnt == BJ_BROADCAST_INDEX_MAX) return false;
    bj_broadcast_index_t *index = &b->index[b->index_cnt++];
    assert(name[0] && strlen(name) < sizeof index->name);
    memcpy(index->name, name, strlen(name));
    index->stream_idx = stream_idx;
    index->base_x100 = base_x100;
    return true;
}

/* --- the day's figures */
void bj_broadcast_see(bj_broadcast_t *b, uint32_t stream_idx, const void *wire, size_t wire_bytes,
                      int64_t wall_ns) {
    bj_mtbt_trade_t trade;
    if (wire_bytes != sizeof trade) return; /* an order: the books have it */
    memcpy(&trade, wire, sizeof trade);
    for (uint32_t i = 0; i < b->row_cnt; i++) {
        row_t *row = &b->row[i];
        const bj_model_row_t *of = &b->day->row[row->row_idx];
        if (of->stream_idx != stream_idx || of->row.token != (uint32_t)trade.token) continue;
        int32_t price_paise = trade.price_paise;
        if (!row->volume_qty) row->open_paise = row->high_paise = row->low_paise = price_paise;
        if (price_paise > row->high_paise) row->high_paise = price_paise;
        if (price_paise < row->low_paise) row->low_paise = price_paise;
        row->last_paise = price_paise;
        row->last_qty = trade.qty;
        row->last_ns = wall_ns;
        row->volume_qty += trade.qty;
        row->value_paise += (int64_t)price_paise * trade.qty;
    }
}

/* --- records */
static int64_t side_of(const bj_broadcast_t *b, uint32_t row_idx, bj_side_t side,
                       bj_market_level_t *out) {
    const bj_books_t *books = bj_model_books(b->model);
    bj_level_t level;
    int64_t total_qty = 0;
    uint32_t at = 0;
    bool more = bj_books_best(books, row_idx, side, &level);
    for (; more; more = bj_books_worse(books, row_idx, side, &level), at++) {
        total_qty += level.qty;
        if (at < BJ_BCAST_LEVELS)
            out[at] = (bj_market_level_t){level.price_paise, level.order_cnt, level.qty};
    }
    return total_qty;
}

static bj_bcast_mbp_t record_of(const bj_broadcast_t *b, const row_t *row, int64_t wall_ns) {
    const bj_universe_row_t *is = &b->day->row[row->row_idx].row;
    bj_bcast_mbp_t mbp = {
        .exch_ns = wall_ns, .last_trade_ns = row->last_ns, .volume_qty = row->volume_qty,
        .token = is->token, .last_paise = row->last_paise, .last_qty = row->last_qty,
        .average_paise = row->volume_qty ? (int32_t)(row->value_paise / row->volume_qty) : 0,
        .open_paise = row->open_paise, .high_paise = row->high_paise, .low_paise = row->low_paise,
        .prev_close_paise = is->prev_close_paise, .book_type = BJ_BCAST_BOOK_REGULAR,
        .trading_status = STATUS_OPEN};
    mbp.total_buy_qty = side_of(b, row->row_idx, BJ_BUY, mbp.bid);
    mbp.total_sell_qty = side_of(b, row->row_idx, BJ_SELL, mbp.ask);
    return mbp;
}

/* In millionths of the previous close; 0: one side is empty. */
static int64_t middle_of(const bj_broadcast_t *b, uint32_t row_idx) {
    const bj_books_t *books = bj_model_books(b->model);
    bj_level_t bid, ask;
    if (!bj_books_best(books, row_idx, BJ_BUY, &bid) ||
        !bj_books_best(books, row_idx, BJ_SELL, &ask)) {
        return 0;
    }
    int64_t sum_paise = (int64_t)bid.price_paise + ask.price_paise;
    return sum_paise * 500000 / b->day->row[row_idx].row.prev_close_paise;
}

static int32_t value_of(const bj_broadcast_t *b, const bj_broadcast_index_t *index) {
    const bj_stream_t *streams = b->day->streams.stream;
    int64_t sum = 0, cnt = 0;
    for (uint32_t i = 0; i < b->day->row_cnt; i++) {
        const bj_model_row_t *row = &b->day->row[i];
        if (row->spread || streams[row->stream_idx].segment != streams[index->stream_idx].segment) {
            continue;
        }
        int64_t middle = middle_of(b, i);
        sum += middle, cnt += middle != 0;
    }
    return cnt ? (int32_t)(index->base_x100 * (sum / cnt) / 1000000) : 0;
}

/* False: there is no price yet. */
static bool tell_index(const bj_broadcast_t *b, bj_broadcast_index_t *index, int64_t wall_ns,
                       bj_bcast_index_t *record) {
    int32_t value = value_of(b, index);
    if (value <= 0) return false;
    if (!index->last_x100) index->open_x100 = index->high_x100 = index->low_x100 = value;
    else index->up_cnt += value > index->last_x100, index->down_cnt += value < index->last_x100;
    if (value > index->high_x100) index->high_x100 = value;
    if (value < index->low_x100) index->low_x100 = value;
    index->last_x100 = value;
    *record = (bj_bcast_index_t){
        .exch_ns = wall_ns, .value_x100 = value, .open_x100 = index->open_x100,
        .high_x100 = index->high_x100, .low_x100 = index->low_x100,
        .prev_close_x100 = index->base_x100,
        .change_x100 = (int32_t)((int64_t)(value - index->base_x100) * 10000 / index->base_x100),
        .year_high_x100 = index->high_x100, .year_low_x100 = index->low_x100,
        .up_cnt = index->up_cnt, .down_cnt = index->down_cnt};
    memcpy(record->name, index->name, sizeof record->name);
    return true;
}

/* --- datagrams */
static bj_bcast_out_t *out_of(bj_broadcast_t *b, uint32_t stream_idx) {
    return &b->out[stream_idx - first_broadcast(b)];
}

static void begin(bj_broadcast_t *b, uint32_t stream_idx) {
    bj_bcast_begin(out_of(b, stream_idx), b->day->streams.stream[stream_idx].segment, true);
}

static void send(bj_broadcast_t *b, uint32_t stream_idx) {
    size_t bytes = bj_bcast_end(out_of(b, stream_idx));
    if (!bytes) return;
    b->datagram_cnt++;
    b->sink(b->ctx, stream_idx, out_of(b, stream_idx)->data, bytes);
    begin(b, stream_idx);
}

typedef bj_status_t encode_fn(bj_bcast_out_t *out, const void *records, size_t cnt,
                              int64_t exch_ns);
static bj_status_t encode_mbp(bj_bcast_out_t *out, const void *records, size_t cnt,
                              int64_t exch_ns) {
    return bj_bcast_encode_mbp(out, records, cnt, exch_ns);
}
static bj_status_t encode_indices(bj_bcast_out_t *out, const void *records, size_t cnt,
                                  int64_t exch_ns) {
    return bj_bcast_encode_indices(out, records, cnt, exch_ns);
}

/* What no longer fits goes into the next datagram.  An empty one has room for any message. */
static void add(bj_broadcast_t *b, uint32_t stream_idx, encode_fn *encode, const void *records,
                size_t cnt, int64_t wall_ns) {
    if (!cnt) return;
    bj_status_t status = encode(out_of(b, stream_idx), records, cnt, wall_ns);
    if (status == BJ_ERR_FULL) {
        send(b, stream_idx);
        status = encode(out_of(b, stream_idx), records, cnt, wall_ns);
    }
    assert(status == BJ_OK); /* the model makes nothing that the wire cannot carry */
    (void)status;
}

static void say_rows(bj_broadcast_t *b, uint32_t stream_idx, int64_t wall_ns) {
    bj_bcast_mbp_t mbp[BJ_BCAST_MBP_MAX];
    size_t cnt = 0;
    for (uint32_t i = 0; i < b->row_cnt; i++) {
        if (b->day->row[b->row[i].row_idx].stream_idx != stream_idx) continue;
        mbp[cnt++] = record_of(b, &b->row[i], wall_ns);
        if (cnt < BJ_BCAST_MBP_MAX) continue;
        add(b, stream_idx, encode_mbp, mbp, cnt, wall_ns);
        cnt = 0;
    }
    add(b, stream_idx, encode_mbp, mbp, cnt, wall_ns);
}

static void say_indices(bj_broadcast_t *b, uint32_t stream_idx, int64_t wall_ns) {
    bj_bcast_index_t index[BJ_BCAST_INDEX_MAX];
    size_t cnt = 0;
    for (uint32_t i = 0; i < b->index_cnt; i++) {
        if (b->index[i].stream_idx != stream_idx) continue;
        cnt += tell_index(b, &b->index[i], wall_ns, &index[cnt]);
        if (cnt < BJ_BCAST_INDEX_MAX) continue;
        add(b, stream_idx, encode_indices, index, cnt, wall_ns);
        cnt = 0;
    }
    add(b, stream_idx, encode_indices, index, cnt, wall_ns);
}

void bj_broadcast_say(bj_broadcast_t *b, int64_t wall_ns) {
    for (uint32_t i = first_broadcast(b); i < b->day->streams.cnt; i++) {
        begin(b, i);
        say_rows(b, i, wall_ns);
        say_indices(b, i, wall_ns);
        send(b, i);
    }
}

uint64_t bj_broadcast_cnt(const bj_broadcast_t *broadcast) { return broadcast->datagram_cnt; }
