#include "controlplane/market/bj_quotes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"

#define LOOK_NS  (BJ_NS_PER_S / 2) /* how often a lost or replaced file is looked for */
#define DEAD_NS  (2 * BJ_NS_PER_S) /* the writer beats five times a second */
#define SILENT_NS (5 * BJ_NS_PER_S) /* the exchange's heartbeats come each second */

struct bj_quotes {
    char file[4096];
    pthread_mutex_t lock;
    bj_market_reader_t *reader; /* NULL: away */
    int64_t looked_ns;
};

bj_quotes_t *bj_quotes_new(const char *run_dir) {
    bj_quotes_t *quotes = calloc(1, sizeof *quotes);
    if (!quotes) return NULL;
    snprintf(quotes->file, sizeof quotes->file, "%s/market.shm", run_dir);
    pthread_mutex_init(&quotes->lock, NULL);
    return quotes;
}

void bj_quotes_free(bj_quotes_t *quotes) {
    if (!quotes) return;
    if (quotes->reader) bj_market_close(quotes->reader);
    pthread_mutex_destroy(&quotes->lock);
    free(quotes);
}

/* Under the lock: the reader, opened again if the writer made a new file; NULL: none. */
static bj_market_reader_t *reader(bj_quotes_t *quotes) {
    int64_t now_ns = bj_clock_mono_ns();
    if (now_ns - quotes->looked_ns < LOOK_NS) return quotes->reader;
    quotes->looked_ns = now_ns;
    if (quotes->reader && bj_market_replaced(quotes->reader)) {
        bj_market_close(quotes->reader);
        quotes->reader = NULL;
    }
    if (!quotes->reader) quotes->reader = bj_market_open(quotes->file);
    return quotes->reader;
}

static const char *trouble(const bj_market_reader_t *open) {
    if (!open) return "market data is away";
    const bj_market_header_t *head = bj_market_head(open);
    int64_t now_ns = bj_clock_wall_ns();
    int64_t beat_ns = atomic_load_explicit(&head->heartbeat_ns, memory_order_acquire);
    int64_t feed_ns = atomic_load_explicit(&head->feed_ns, memory_order_relaxed);
    if (now_ns - beat_ns > DEAD_NS) return "market data is away";
    return now_ns - feed_ns > SILENT_NS ? "market data is stale" : NULL;
}

bj_status_t bj_quotes_read(bj_quotes_t *quotes, const char *symbol, bj_market_row_t *row,
                           bool *stale) {
    bj_status_t status = BJ_ERR_UNAVAILABLE;
    pthread_mutex_lock(&quotes->lock);
    const bj_market_reader_t *open = reader(quotes);
    if (open) {
        uint32_t idx = bj_market_find_symbol(open, symbol); /* the cash segment's come first */
        status = idx == UINT32_MAX                 ? BJ_ERR_NOT_FOUND
                 : !bj_market_read(open, idx, row) ? BJ_ERR_UNAVAILABLE
                 : row->segment != BJ_SEGMENT_CM   ? BJ_ERR_NOT_FOUND
                                                   : BJ_OK;
        *stale = trouble(open) || (status == BJ_OK && (row->flags & BJ_MARKET_STALE));
    }
    pthread_mutex_unlock(&quotes->lock);
    return status;
}

int32_t bj_quotes_last_paise(bj_quotes_t *quotes, uint32_t token) {
    bj_market_row_t row;
    int32_t last_paise = 0;
    pthread_mutex_lock(&quotes->lock);
    const bj_market_reader_t *open = reader(quotes);
    uint32_t idx = open ? bj_market_find_token(open, token) : UINT32_MAX;
    if (idx != UINT32_MAX && bj_market_read(open, idx, &row)) {
        last_paise = row.last_price_paise ? row.last_price_paise : row.prev_close_paise;
    }
    pthread_mutex_unlock(&quotes->lock);
    return last_paise;
}

const char *bj_quotes_trouble(bj_quotes_t *quotes) {
    pthread_mutex_lock(&quotes->lock);
    const char *what = trouble(reader(quotes));
    pthread_mutex_unlock(&quotes->lock);
    return what;
}
