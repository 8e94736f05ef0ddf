#include <stdlib.h>

#include "controlplane/edge/bj_edge_priv.h"
#include "dataplane/base/bj_hash.h"
#include "dataplane/market/bj_market.h"

static const uint8_t mode_bytes[] = {[BJ_MODE_NONE] = 0, [BJ_MODE_LTP] = BJ_PACKET_LTP,
                                     [BJ_MODE_QUOTE] = BJ_PACKET_QUOTE,
                                     [BJ_MODE_FULL] = BJ_PACKET_FULL};

static uint32_t *token_slot(const bj_edge_t *edge, uint32_t token) {
    uint32_t at = (uint32_t)bj_fnv1a(BJ_FNV_OFFSET, &token, sizeof token) & edge->by_token_mask;
    while (edge->by_token[at] && edge->instruments[edge->by_token[at] - 1].token != token) {
        at = (at + 1) & edge->by_token_mask;
    }
    return &edge->by_token[at];
}

uint32_t edge_find(const bj_edge_t *edge, uint32_t token) {
    return *token_slot(edge, token) - 1; /* 0, nothing, becomes UINT32_MAX */
}

static bool index_tokens(bj_edge_t *edge) {
    for (uint32_t i = 0; i < edge->config.token_cnt; i++) {
        uint32_t token = edge->config.tokens[i];
        uint32_t *slot = token_slot(edge, token);
        if (*slot || token == 0 || token > BJ_PACKET_TOKEN_MAX) return false;
        edge->instruments[i].token = token;
        *slot = i + 1;
    }
    return true;
}

bool edge_book_new(bj_edge_t *edge) {
    uint32_t cnt = edge->config.token_cnt, slot_cnt = 4;
    if (cnt > BJ_EDGE_INSTRUMENTS_MAX) return false;
    while (slot_cnt < 2 * cnt) slot_cnt *= 2;
    edge->by_token_mask = slot_cnt - 1;
    edge->by_token = calloc(slot_cnt, sizeof *edge->by_token);
    edge->instruments = calloc(cnt + 1, sizeof *edge->instruments);
    edge->inbox = calloc(cnt + 1, sizeof *edge->inbox);
    edge->inbox_list = calloc(cnt + 1, sizeof *edge->inbox_list);
    /* The largest frame: all a client may have, in full. */
    edge->scratch =
        malloc(BJ_WS_HEAD_MAX + 2 + (size_t)BJ_WISH_TOKENS_MAX * (2 + BJ_PACKET_FULL));
    pthread_mutex_init(&edge->lock, NULL);
    return edge->by_token && edge->instruments && edge->inbox && edge->inbox_list &&
           edge->scratch && index_tokens(edge);
}

void edge_book_free(bj_edge_t *edge) {
    pthread_mutex_destroy(&edge->lock);
    free(edge->by_token);
    free(edge->instruments);
    free(edge->inbox);
    free(edge->inbox_list);
    free(edge->scratch);
}

void bj_edge_quote(bj_edge_t *edge, const bj_quote_t *quote) {
    uint32_t idx = edge_find(edge, quote->token);
    if (idx == UINT32_MAX) return;
    edge_inbox_slot_t *slot = &edge->inbox[idx];
    pthread_mutex_lock(&edge->lock);
    if (quote->update_cnt > slot->quote.update_cnt) {
        bool was_quoted = slot->quote.update_cnt > 0;
        bool was_stale = was_quoted && slot->quote.flags & BJ_MARKET_STALE;
        edge->quoted_cnt += !was_quoted;
        edge->stale_cnt += ((quote->flags & BJ_MARKET_STALE) != 0) - (unsigned)was_stale;
        edge->quote_ns = bj_clock_mono_ns();
        slot->quote = *quote;
        if (!slot->waiting) edge->inbox_list[edge->inbox_cnt++] = idx;
        slot->waiting = true;
    }
    pthread_mutex_unlock(&edge->lock);
}

void bj_edge_quote_state(bj_edge_t *edge, int64_t *last_ns, uint32_t *quoted_cnt,
                         uint32_t *stale_cnt) {
    pthread_mutex_lock(&edge->lock);
    *last_ns = edge->quote_ns;
    *quoted_cnt = edge->quoted_cnt;
    *stale_cnt = edge->stale_cnt;
    pthread_mutex_unlock(&edge->lock);
}

void bj_edge_source(bj_edge_t *edge, bj_edge_source_t source) {
    pthread_mutex_lock(&edge->lock);
    edge->source_now = source;
    pthread_mutex_unlock(&edge->lock);
}

/* The relay repeats what has not changed, for those who missed it: only another packet is news. */
static void take(bj_edge_t *edge, uint32_t idx, const bj_quote_t *quote) {
    edge_instrument_t *instrument = &edge->instruments[idx];
    uint8_t packet[BJ_PACKET_FULL];
    bj_packet_full(quote, packet);
    edge->stats.quotes_in++;
    if (instrument->quoted && memcmp(packet, instrument->packet, sizeof packet) == 0) return;
    memcpy(instrument->packet, packet, sizeof packet);
    instrument->quoted = true;
    instrument->relay_ns = quote->relay_ns;
    instrument->version = ++edge->version;
}

void edge_book_drain(bj_edge_t *edge) {
    pthread_mutex_lock(&edge->lock);
    for (uint32_t i = 0; i < edge->inbox_cnt; i++) {
        edge_inbox_slot_t *slot = &edge->inbox[edge->inbox_list[i]];
        take(edge, edge->inbox_list[i], &slot->quote);
        slot->waiting = false;
    }
    edge->inbox_cnt = 0;
    edge->source = edge->source_now;
    pthread_mutex_unlock(&edge->lock);
}

size_t edge_book_pack(bj_edge_t *edge, edge_client_t *client, int64_t wall_ns) {
    uint8_t *frame = edge->scratch + BJ_WS_HEAD_MAX, *at = frame + 2;
    uint32_t packet_cnt = 0;
    for (uint32_t i = 0; i < client->want_cnt; i++) {
        edge_want_t *want = &client->wants[i];
        const edge_instrument_t *instrument = &edge->instruments[want->instrument_idx];
        if (!instrument->quoted) continue;
        bool changed = instrument->version > client->seen_version;
        if (!changed && !want->fresh) continue;
        size_t n = mode_bytes[want->mode];
        at[0] = 0;
        at[1] = (uint8_t)n;
        memcpy(at + 2, instrument->packet, n);
        at += 2 + n;
        packet_cnt++;
        want->fresh = false;
        /* A first picture is as old as it is; what is measured is how fast news travels. */
        if (changed && client->seen_version) {
            edge_hist_add(&edge->hist, (wall_ns - instrument->relay_ns) / BJ_NS_PER_US);
        }
    }
    client->seen_version = edge->version;
    frame[0] = (uint8_t)(packet_cnt >> 8);
    frame[1] = (uint8_t)packet_cnt;
    edge->stats.packets += packet_cnt;
    return packet_cnt ? (size_t)(at - frame) : 0;
}

/* Sixteen buckets an octave: read back within 6 %. */
static unsigned bucket_of(uint64_t value) {
    if (value < 16) return (unsigned)value;
    unsigned octave = 63 - (unsigned)__builtin_clzll(value);
    unsigned bucket = (octave - 3) * 16 + (unsigned)(value >> (octave - 4) & 15);
    return bucket < EDGE_HIST_BUCKETS ? bucket : EDGE_HIST_BUCKETS - 1;
}

static int64_t bucket_top(unsigned bucket) {
    if (bucket < 16) return bucket;
    unsigned octave = bucket / 16 + 3;
    return (int64_t)((UINT64_C(16) + bucket % 16 + 1) << (octave - 4)) - 1;
}

void edge_hist_add(edge_hist_t *hist, int64_t value_us) {
    hist->cnt[bucket_of(value_us > 0 ? (uint64_t)value_us : 0)]++;
    hist->total++;
}

int64_t edge_hist_at(const edge_hist_t *hist, unsigned percent) {
    uint64_t want = (hist->total * percent + 99) / 100, seen = 0;
    for (unsigned i = 0; want && i < EDGE_HIST_BUCKETS; i++) {
        seen += hist->cnt[i];
        if (seen >= want) return bucket_top(i);
    }
    return 0;
}
