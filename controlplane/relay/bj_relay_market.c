#include <stdio.h>
#include <stdlib.h>

#include "controlplane/relay/bj_quote_text.h"
#include "controlplane/relay/bj_relay.h"
#include "controlplane/relay/bj_relay_repo.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

/* Who comes late, or missed a message, has every price after REPEAT_NS at the latest. */
#define REPEAT_NS (2 * BJ_NS_PER_S)
#define CACHE_NS (250 * BJ_NS_PER_MS)
#define CACHE_REPEAT_NS (20 * BJ_NS_PER_S)
#define DEAD_NS (1 * BJ_NS_PER_S)
enum { CACHE_TTL_S = 60, AGAIN_MS = 500, STORE_MS = 1000 };

typedef struct row_state {
    uint64_t   seen_cnt; /* the table's update_cnt that was sent */
    bool       sent_once, to_cache;
    int64_t    sent_ns, cached_ns; /* monotonic */
    bj_quote_t quote;              /* as sent */
    char       key[32], json[BJ_QUOTE_JSON_BYTES];
} row_state_t;

typedef struct market {
    bj_relay_t         *relay;
    bj_market_reader_t *reader;
    uint32_t            row_cnt;
    row_state_t        *rows;
    bj_cache_item_t    *items;
    uint64_t            next_tick;
    uint64_t            update_cnt; /* of what is sent: begins at the wall clock, so that it grows
                                     * from one relay, and one market file, to the next */
    int64_t             cache_ns;
} market_t;

static void take_trades(market_t *m);

static void close_market(market_t *m) {
    if (m->reader) {
        take_trades(m); /* the last of a file that was replaced */
        bj_market_close(m->reader);
    }
    free(m->rows);
    free(m->items);
    m->reader = NULL;
    m->rows = NULL;
    m->items = NULL;
}

static bool open_market(market_t *m) {
    if (m->reader && !bj_market_replaced(m->reader)) return true;
    close_market(m);
    m->reader = bj_market_open(m->relay->market_file);
    if (!m->reader) return false;
    m->row_cnt = bj_market_head(m->reader)->instrument_cnt;
    m->rows = calloc(m->row_cnt, sizeof *m->rows);
    m->items = calloc(m->row_cnt, sizeof *m->items);
    if (!m->rows || !m->items) abort();
    m->next_tick = 0;
    BJ_INFO("market table with %u instruments", m->row_cnt);
    return true;
}

/* Where the stored candles end in this file, or its beginning. */
static uint64_t first_tick(const market_t *m, int64_t market_ns) {
    const bj_candles_place_t *place = &m->relay->place;
    return place->market_ns == market_ns ? place->tick_seq + 1 : 1;
}

static void take_trades(market_t *m) {
    int64_t market_ns = bj_market_head(m->reader)->start_ns;
    bj_market_tick_t tick;
    uint64_t missed_cnt;
    pthread_mutex_lock(&m->relay->candles_lock);
    bool ready = m->relay->place_known;
    if (ready && m->next_tick == 0) m->next_tick = first_tick(m, market_ns);
    while (ready && bj_market_next(m->reader, &m->next_tick, &tick, &missed_cnt)) {
        m->relay->figures.ticks_missed += (int64_t)missed_cnt;
        m->relay->candles_fill->place =
            (bj_candles_place_t){.market_ns = market_ns, .tick_seq = tick.seq};
        if (tick.kind != BJ_TICK_TRADE || tick.instrument_idx >= m->row_cnt) continue;
        uint32_t token = m->rows[tick.instrument_idx].quote.token;
        if (!token) continue; /* of another segment: only what is sent has candles */
        bj_candles_trade(m->relay->candles_fill, tick.instrument_idx, token, tick.exch_ns,
                         tick.price_paise, tick.qty);
    }
    m->relay->figures.candles_waiting = (int64_t)m->relay->candles_fill->bar_cnt;
    pthread_mutex_unlock(&m->relay->candles_lock);
}

static void send(market_t *m, row_state_t *state, const bj_market_row_t *row, uint32_t flags,
                 bj_now_t now) {
    char subject[32];
    bj_quote_of_row(row, ++m->update_cnt, flags, now.wall_ns, &state->quote);
    snprintf(subject, sizeof subject, "md.cm.%.15s", row->symbol);
    if (bj_bus_publish(m->relay->bus, subject, &state->quote, sizeof state->quote) == BJ_OK) {
        m->relay->figures.quotes_published++;
    }
    state->to_cache = state->to_cache || !state->sent_once || state->seen_cnt != row->update_cnt;
    state->seen_cnt = row->update_cnt;
    state->sent_once = true;
    state->sent_ns = now.mono_ns;
}

static void send_changed(market_t *m, bj_now_t now) {
    const bj_market_header_t *head = bj_market_head(m->reader);
    /* A table whose writer is dead has no flag for it: nobody is left to set one. */
    bool dead = now.wall_ns - head->heartbeat_ns > DEAD_NS;
    int64_t stale_cnt = 0;
    for (uint32_t i = 0; i < m->row_cnt; i++) {
        row_state_t *state = &m->rows[i];
        bj_market_row_t row;
        if (!bj_market_read(m->reader, i, &row)) continue;
        /* md.cm: a contract's symbol does not fit into a quote, a spread's prices would mislead. */
        if (row.segment != BJ_SEGMENT_CM || row.spread) continue;
        uint32_t flags = row.flags | (dead ? BJ_MARKET_STALE : 0);
        stale_cnt += (flags & BJ_MARKET_STALE) != 0;
        bool other = !state->sent_once || state->seen_cnt != row.update_cnt ||
                     state->quote.flags != flags;
        if (other && state->quote.flags != flags) state->to_cache = true;
        if (other || now.mono_ns - state->sent_ns >= REPEAT_NS) send(m, state, &row, flags, now);
    }
    m->relay->figures.quotes_stale = stale_cnt;
}

static void cache_changed(market_t *m, int64_t now_ns) {
    if (now_ns - m->cache_ns < CACHE_NS) return;
    m->cache_ns = now_ns;
    size_t item_cnt = 0;
    for (uint32_t i = 0; i < m->row_cnt; i++) {
        row_state_t *state = &m->rows[i];
        if (!state->sent_once) continue;
        if (!state->to_cache && now_ns - state->cached_ns < CACHE_REPEAT_NS) continue;
        snprintf(state->key, sizeof state->key, "market:%.15s", state->quote.symbol);
        m->items[item_cnt++] = (bj_cache_item_t){.key = state->key, .value = state->json,
                                                 .value_bytes = bj_quote_json(&state->quote,
                                                                              state->json)};
        state->cached_ns = now_ns;
        state->to_cache = false;
    }
    if (bj_cache_set_many(m->relay->cache, m->items, item_cnt, CACHE_TTL_S) == BJ_OK) {
        m->relay->figures.quotes_cached += (int64_t)item_cnt;
    }
}

void *bj_relay_market_run(void *ctx) {
    market_t m = {.relay = ctx, .update_cnt = (uint64_t)bj_clock_wall_ns()};
    while (!m.relay->stop) {
        m.relay->market_open = open_market(&m);
        if (!m.reader) {
            bj_relay_nap(m.relay, AGAIN_MS);
            continue;
        }
        bj_now_t now = bj_clock_now();
        send_changed(&m, now); /* first: it also says which token an index is */
        take_trades(&m);
        cache_changed(&m, now.mono_ns);
        bj_relay_nap(m.relay, m.relay->interval_ms);
    }
    close_market(&m);
    return NULL;
}

/* What is filled goes on being filled while the other one is stored, or waits to be. */
static bj_candles_t *take_filled(bj_relay_t *relay) {
    pthread_mutex_lock(&relay->candles_lock);
    if (relay->candles_store->bar_cnt == 0) {
        bj_candles_t *filled = relay->candles_fill;
        relay->candles_fill = relay->candles_store;
        relay->candles_store = filled;
    }
    relay->figures.candles_dropped =
        (int64_t)(relay->candles_fill->dropped_cnt + relay->candles_store->dropped_cnt);
    pthread_mutex_unlock(&relay->candles_lock);
    return relay->candles_store;
}

static void find_place(bj_relay_t *relay) {
    bj_candles_place_t place;
    if (bj_relay_repo_candles_place(relay->pool, &place) != BJ_OK) {
        bj_relay_nap(relay, AGAIN_MS);
        return;
    }
    pthread_mutex_lock(&relay->candles_lock);
    relay->place = place;
    relay->place_known = true;
    pthread_mutex_unlock(&relay->candles_lock);
}

void *bj_relay_candles_run(void *ctx) {
    bj_relay_t *relay = ctx;
    bool last_round = false;
    while (!relay->place_known && !relay->stop) find_place(relay);
    while (!last_round) {
        last_round = relay->stop; /* once more after stop: the last trades */
        bj_candles_t *candles = take_filled(relay);
        if (bj_relay_repo_candles(relay->pool, candles) == BJ_OK) {
            relay->figures.candles_written += (int64_t)candles->bar_cnt;
            bj_candles_clear(candles);
        }
        bj_relay_nap(relay, STORE_MS);
    }
    return NULL;
}
