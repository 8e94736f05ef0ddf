#include "sim/hw/bj_hw_ref.h"

#include <stdlib.h>

#include "dataplane/feed/bj_feed_books_priv.h"
#include "dataplane/feed/bj_feed_unwrap.h"

struct bj_hw_ref {
    bj_feed_books_t *books;
    bj_feed_counters_t counters;
    uint32_t token_cnt;
    void *mem;
};

/* --- tokens and groups */
static uint32_t tokens[BJ_HW_TOKEN_MAX], tokens_cnt; /* 0: the formula's */
static bj_hw_group_t groups[3] = {
    {0xef464601, 17741}, {0xef464602, 17751}, {0xef464603, 17761}}; /* 239.70.70.1 and on */

void bj_hw_groups_set(const bj_hw_group_t group[3]) {
    memcpy(groups, group, sizeof groups);
}

uint32_t bj_hw_group_ip(unsigned source) {
    return groups[source].ip;
}

uint16_t bj_hw_group_port(unsigned source) {
    return groups[source].port;
}

void bj_hw_tokens_set(const uint32_t *list, uint32_t cnt) {
    if (cnt > BJ_HW_TOKEN_MAX) abort();
    if (cnt) memcpy(tokens, list, cnt * sizeof *tokens);
    tokens_cnt = cnt;
}

uint32_t bj_hw_ref_token(uint32_t idx) {
    return idx < tokens_cnt ? tokens[idx] : 1000 + 7 * idx;
}

bj_hw_ref_t *bj_hw_ref_new(uint32_t token_cnt, const int32_t *ticks_paise, uint32_t order_max) {
    bj_hw_ref_t *ref = calloc(1, sizeof *ref);
    bj_feed_instrument_t *instruments = calloc(token_cnt, sizeof *instruments);
    for (uint32_t i = 0; instruments && i < token_cnt; i++)
        instruments[i] = (bj_feed_instrument_t){.token = bj_hw_ref_token(i), .stream_idx = 0};
    const bj_feed_stream_t stream = {.segment = BJ_SEGMENT_FO, .stream_id = 1};
    const bj_feed_config_t config = {.instruments = instruments,
                                     .streams = &stream,
                                     .instrument_cnt = token_cnt,
                                     .stream_cnt = 1,
                                     .order_max = order_max,
                                     .ticks_paise = ticks_paise};
    size_t bytes = bj_feed_line_up(bj_feed_books_footprint(&config));
    if (ref) ref->mem = aligned_alloc(BJ_LINE_BYTES, bytes);
    if (ref && ref->mem) ref->books = bj_feed_books_new(ref->mem, &config, &ref->counters);
    free(instruments);
    if (!ref || !ref->books) abort();
    ref->token_cnt = token_cnt;
    return ref;
}

void bj_hw_ref_free(bj_hw_ref_t *ref) {
    free(ref->mem);
    free(ref);
}

static const char letters[] = {
    [BJ_FEED_NEW] = 'N',   [BJ_FEED_MODIFY] = 'M',       [BJ_FEED_CANCEL] = 'X',
    [BJ_FEED_TRADE] = 'T', [BJ_FEED_TRADE_CANCEL] = 'C', [BJ_FEED_HEARTBEAT] = 'Z'};

bj_hw_frame_t bj_hw_ref_frame(const uint8_t *frame, size_t frame_bytes, unsigned *source,
                              bj_hw_msg_t *msg) {
    bj_feed_udp_t udp;
    bj_feed_msg_t seen;
    size_t used;
    if (bj_feed_unwrap(frame, frame_bytes, &udp) != BJ_OK) return BJ_HW_NOT_OURS;
    for (*source = 0; *source < 3; ++*source)
        if (udp.group_ip == groups[*source].ip && udp.port == groups[*source].port) break;
    if (*source > 2) return BJ_HW_NOT_OURS;
    bj_status_t status = bj_feed_decode(udp.data, udp.data_bytes, &seen, &used);
    const uint8_t *ip = udp.data - 28; /* what lies behind the UDP datagram, C passes over */
    bool behind = udp.data_bytes + 28 != (size_t)(ip[2] << 8 | ip[3]);
    if (used && (used < udp.data_bytes || behind)) return BJ_HW_MANY;
    if (status != BJ_OK) return BJ_HW_NOT_OURS;
    *msg = (bj_hw_msg_t){.order_id = seen.order_id,
                         .sell_order_id = seen.sell_order_id,
                         .seq = seen.seq,
                         .token = seen.token,
                         .price_paise = seen.price_paise,
                         .qty = seen.qty,
                         .kind = seen.spread ? 'C' : letters[seen.kind],
                         .ask = seen.side == BJ_SELL};
    return BJ_HW_MESSAGE;
}

void bj_hw_ref_apply(bj_hw_ref_t *ref, const bj_hw_msg_t *msg) {
    uint8_t kind = BJ_FEED_NEW;
    while (letters[kind] != msg->kind)
        kind++;
    const bj_feed_item_t item = {.msg = {.order_id = msg->order_id,
                                         .sell_order_id = msg->sell_order_id,
                                         .seq = msg->seq,
                                         .token = msg->token,
                                         .price_paise = msg->price_paise,
                                         .qty = msg->qty,
                                         .stream_id = 1, /* whatever it was: there is one */
                                         .kind = kind,
                                         .side = msg->ask ? BJ_SELL : BJ_BUY}};
    if (bj_feed_books_apply(ref->books, &item, 1, 0)) abort(); /* made too small */
}

void bj_hw_ref_clear(bj_hw_ref_t *ref) {
    bj_feed_books_clear(ref->books, 0, 0);
}

int bj_hw_ref_idx(const bj_hw_ref_t *ref, uint32_t token) {
    for (uint32_t i = 0; i < tokens_cnt && i < ref->token_cnt; i++)
        if (tokens[i] == token) return (int)i;
    uint32_t idx = (token - 1000) / 7;
    return !tokens_cnt && token >= 1000 && idx < ref->token_cnt && bj_hw_ref_token(idx) == token
               ? (int)idx
               : -1;
}

unsigned bj_hw_ref_levels(const bj_hw_ref_t *ref, uint32_t idx, bool ask, bj_hw_level_t *levels,
                          unsigned cnt) {
    const bj_ladders_t *l = &ref->books->ladders;
    const bj_ladder_t *ladder = &l->ladder[2 * idx + ask];
    uint32_t level_ref = ladder->best_ref;
    unsigned n = 0;
    for (; n < cnt && level_ref != BJ_NIL; n++) {
        levels[n] = (bj_hw_level_t){l->total[level_ref].user, l->total[level_ref].qty};
        if (n + 1 < cnt) level_ref = bj_ladder_worse(l, ladder, bj_level_key(l, level_ref));
    }
    return n;
}

/* The order's level may have gone elsewhere since somebody last asked. */
static uint32_t ladder_of(bj_feed_books_t *books, bj_feed_order_t *order) {
    uint32_t level_ref = bj_feed_order_where(order);
    if (bj_level_has_moved(&books->ladders, level_ref)) {
        level_ref = bj_level_follow(&books->ladders, level_ref);
        bj_feed_order_move(order, level_ref);
    }
    return books->ladders.page[level_ref >> 6].ladder_idx;
}

int bj_hw_ref_owner(bj_hw_ref_t *ref, uint64_t order_id) {
    bj_feed_books_t *books = ref->books;
    uint64_t key = order_id | books->words[0].key;
    bj_feed_order_t *order =
        bj_feed_order_find(&books->orders, bj_feed_order_home(&books->orders, key), key);
    return order && order_id ? (int)(ladder_of(books, order) >> 1) : -1;
}

unsigned bj_hw_ref_orders(bj_hw_ref_t *ref, uint32_t idx, bj_hw_order_t *orders, unsigned cnt) {
    bj_feed_books_t *books = ref->books;
    const bj_ladders_t *l = &books->ladders;
    unsigned n = 0;
    for (uint32_t i = 0; i < books->orders.bucket_cnt * BJ_FEED_LANES && n < cnt; i++) {
        bj_feed_order_t *order = &books->orders.bucket[i / BJ_FEED_LANES].order[i % BJ_FEED_LANES];
        uint64_t run = books->words[0].key;
        if (!order->key || (order->key ^ run) >> BJ_FEED_RUN_AT) continue;
        uint32_t ladder_idx = ladder_of(books, order);
        if (ladder_idx >> 1 != idx) continue;
        orders[n++] = (bj_hw_order_t){order->key ^ run, ladder_idx & 1,
                                      bj_level_price(l, bj_feed_order_where(order)), order->qty};
    }
    return n;
}

/* --- frames */

static void put_be16(uint8_t *p, size_t value) {
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put_ip_sum(uint8_t *ip) {
    uint32_t sum = 0;
    put_be16(ip + 10, 0);
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    put_be16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
}

size_t bj_hw_frame_put(uint8_t *frame, unsigned source, bool tagged, const uint8_t *payload,
                       size_t payload_bytes) {
    static const uint8_t ethernet[12] = {1, 0, 0x5e, 0x46, 0x46, 1, 2, 0, 0, 0, 0, 1};
    memcpy(frame, ethernet, sizeof ethernet);
    size_t at = sizeof ethernet;
    if (tagged) {
        put_be16(frame + at, 0x8100);
        put_be16(frame + at + 2, 0x0064);
        at += 4;
    }
    put_be16(frame + at, 0x0800);
    uint8_t *ip = frame + at + 2, *udp = ip + 20;
    memset(ip, 0, 28);
    ip[0] = 0x45;
    put_be16(ip + 2, 28 + payload_bytes);
    ip[8] = 16;
    ip[9] = 17;
    put_be16(ip + 12, 0x0a00);
    put_be16(ip + 14, 1);
    put_be16(ip + 16, bj_hw_group_ip(source) >> 16);
    put_be16(ip + 18, bj_hw_group_ip(source) & 0xffff);
    put_ip_sum(ip);
    put_be16(udp, 10000);
    put_be16(udp + 2, bj_hw_group_port(source));
    put_be16(udp + 4, 8 + payload_bytes);
    memcpy(udp + 8, payload, payload_bytes);
    size_t bytes = (size_t)(udp + 8 - frame) + payload_bytes;
    for (; bytes < 60; bytes++)
        frame[bytes] = 0;
    return bytes;
}

void bj_hw_frame_dress(uint8_t *frame, bool tagged, uint64_t dice, uint64_t more_dice) {
    uint8_t *ip = frame + (tagged ? 18 : 14);
    memcpy(frame, &more_dice, 6); /* Ethernet's destination */
    memcpy(frame + 6, &dice, 6);  /* and source */
    if (tagged) memcpy(frame + 14, &more_dice, 2);
    ip[1] = (uint8_t)dice;                         /* service */
    memcpy(ip + 4, &more_dice, 2);                 /* identification */
    ip[6] = dice >> 8 & 1 ? 0x40 : 0;              /* do not fragment */
    ip[8] = (uint8_t)(dice >> 16);                 /* time to live */
    memcpy(ip + 12, (uint8_t *)&more_dice + 4, 4); /* from */
    memcpy(ip + 20, (uint8_t *)&dice + 3, 2);      /* from port */
    put_ip_sum(ip);
}

void bj_hw_frame_lengthen(uint8_t *frame, bool tagged, unsigned bytes) {
    uint8_t *ip = frame + (tagged ? 18 : 14);
    put_be16(ip + 2, (size_t)(ip[2] << 8 | ip[3]) + bytes);
    put_ip_sum(ip);
}

size_t bj_hw_msg_put(uint8_t *payload, const bj_hw_msg_t *msg) {
    const int64_t ts_ns =
        msg->ts_ns ? (int64_t)msg->ts_ns : INT64_C(1450000000) * 1000000000 + msg->seq;
    bj_mtbt_header_t header = {.stream_id = msg->stream_id ? msg->stream_id : 1, .seq = msg->seq};
    if (msg->kind == 'Z') {
        header.len_bytes = sizeof(bj_mtbt_heartbeat_t);
        header.seq = 0;
        bj_mtbt_heartbeat_t z = {.header = header, .type = 'Z', .last_seq = msg->seq};
        memcpy(payload, &z, sizeof z);
        return sizeof z;
    }
    if (msg->kind == 'T' || msg->kind == 'C' || msg->kind == 'K') {
        header.len_bytes = sizeof(bj_mtbt_trade_t);
        bj_mtbt_trade_t t = {.header = header,
                             .type = (uint8_t)msg->kind,
                             .exch_ts_ns = ts_ns,
                             .buy_order_id = (double)msg->order_id,
                             .sell_order_id = (double)msg->sell_order_id,
                             .token = (int32_t)msg->token,
                             .price_paise = msg->price_paise,
                             .qty = msg->qty};
        memcpy(payload, &t, sizeof t);
        return sizeof t;
    }
    header.len_bytes = sizeof(bj_mtbt_order_t);
    bj_mtbt_order_t o = {.header = header,
                         .type = (uint8_t)msg->kind,
                         .exch_ts_ns = ts_ns,
                         .order_id = (double)msg->order_id,
                         .token = (int32_t)msg->token,
                         .side = msg->ask ? 'S' : 'B',
                         .price_paise = msg->price_paise,
                         .qty = msg->qty};
    memcpy(payload, &o, sizeof o);
    return sizeof o;
}
