/* test_feed_bed.h - what the tests, the benchmark and the fuzz target of this room share: a feed
 * over a market file of its own, and the exchange's messages by their fields. */
#ifndef TEST_FEED_BED_H
#define TEST_FEED_BED_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include "dataplane/wire/bj_wire_mtbt.h"

enum { BED_INSTRUMENTS = 4, BED_STREAMS = 2, BED_GAP_WAIT_NS = 2000000 };
#define BED_NOW_NS (INT64_C(1746157500) * BJ_NS_PER_S)
#define BED_GROUP_A 0xef3c3c29u /* 239.60.60.41 */
#define BED_GROUP_B 0xef3c3c1fu /* 239.60.60.31 */

static const bj_market_instrument_t bed_instruments[BED_INSTRUMENTS] = {
    {2885, "RELIANCE", 10, 1, 131600, 105280, 157920, BJ_SEGMENT_CM, false, {0, 0}},
    {1594, "INFY", 10, 1, 112100, 89680, 134520, BJ_SEGMENT_CM, false, {0, 0}},
    {1333, "HDFCBANK", 5, 1, 72695, 58160, 87230, BJ_SEGMENT_CM, false, {0, 0}},
    {3045, "SBIN", 10, 1, 104870, 83900, 125840, BJ_SEGMENT_CM, false, {0, 0}},
};
/* The first two are in stream 1, the others in stream 2. */
static const bj_feed_instrument_t bed_tokens[BED_INSTRUMENTS] = {
    {2885, 0, false}, {1594, 0, false}, {1333, 1, false}, {3045, 1, false}};
static const bj_feed_stream_t bed_streams[BED_STREAMS] = {
    {BJ_SEGMENT_CM, 1, {{BED_GROUP_A, 16641}, {BED_GROUP_B, 10631}}},
    {BJ_SEGMENT_CM, 2, {{BED_GROUP_A + 1, 16642}, {BED_GROUP_B + 1, 10632}}},
};

typedef struct bed {
    char         file[32];
    bj_market_t *market;
    bj_market_reader_t *reader;
    bj_feed_t   *feed;
    int64_t      now_ns;
    uint32_t     seq[BED_STREAMS]; /* last one made */
} bed_t;

static inline bj_feed_config_t bed_config(bj_market_t *market, uint32_t order_max) {
    return (bj_feed_config_t){.instruments = bed_tokens, .instrument_cnt = BED_INSTRUMENTS,
                              .streams = bed_streams, .stream_cnt = BED_STREAMS,
                              .order_max = order_max, .gap_wait_ns = BED_GAP_WAIT_NS,
                              .market = market};
}

static inline void bed_open(bed_t *bed, uint32_t order_max) {
    *bed = (bed_t){.file = "/tmp/bj_feed_XXXXXX", .now_ns = BED_NOW_NS};
    close(mkstemp(bed->file));
    bed->market =
        bj_market_create(bed->file, bed_instruments, BED_INSTRUMENTS, 4096, bed->now_ns);
    bj_feed_config_t config = bed_config(bed->market, order_max);
    void *mem = aligned_alloc(64, (bj_feed_footprint(&config) + 63) / 64 * 64);
    bed->feed = bj_feed_new(mem, &config);
    bed->reader = bj_market_open(bed->file);
    unlink(bed->file); /* both have it mapped; a run that is cut off leaves nothing */
    assert(bed->feed && bed->reader);
}

static inline void bed_close(bed_t *bed) {
    bj_market_close(bed->reader);
    bj_market_destroy(bed->market);
    free(bed->feed);
}

static inline uint16_t bed_stream_id(uint32_t idx) {
    return bed_streams[bed_tokens[idx].stream_idx].stream_id;
}

static inline bj_mtbt_order_t bed_order(uint8_t type, uint32_t seq, int64_t unix_ns, uint32_t idx,
                                        uint64_t order_id, uint8_t side, int32_t price_paise,
                                        int32_t qty) {
    return (bj_mtbt_order_t){.header = {sizeof(bj_mtbt_order_t), bed_stream_id(idx), seq},
                             .type = type, .exch_ts_ns = bj_time_to_exch_ns(unix_ns),
                             .order_id = (double)order_id, .token = (int32_t)bed_tokens[idx].token,
                             .side = side, .price_paise = price_paise, .qty = qty};
}

static inline bj_mtbt_trade_t bed_trade(uint32_t seq, int64_t unix_ns, uint32_t idx,
                                        uint64_t buy_id, uint64_t sell_id, int32_t price_paise,
                                        int32_t qty) {
    return (bj_mtbt_trade_t){.header = {sizeof(bj_mtbt_trade_t), bed_stream_id(idx), seq},
                             .type = 'T', .exch_ts_ns = bj_time_to_exch_ns(unix_ns),
                             .buy_order_id = (double)buy_id, .sell_order_id = (double)sell_id,
                             .token = (int32_t)bed_tokens[idx].token, .price_paise = price_paise,
                             .qty = qty};
}

static inline void bed_datagram(bed_t *bed, uint32_t source, const void *data, size_t data_bytes,
                                int64_t now_ns) {
    bj_feed_datagram(bed->feed, source, BJ_SEGMENT_CM, data, data_bytes, now_ns);
}

/* The next message of the instrument's stream, from source A, 1 us later. */
static inline void bed_send_order(bed_t *bed, uint8_t type, uint32_t idx, uint64_t order_id,
                                  uint8_t side, int32_t price_paise, int32_t qty) {
    uint32_t seq = ++bed->seq[bed_tokens[idx].stream_idx];
    bed->now_ns += 1000;
    bj_mtbt_order_t wire =
        bed_order(type, seq, bed->now_ns, idx, order_id, side, price_paise, qty);
    bj_feed_datagram(bed->feed, 0, BJ_SEGMENT_CM, (const uint8_t *)&wire, sizeof wire, bed->now_ns);
}

static inline void bed_send_trade(bed_t *bed, uint32_t idx, uint64_t buy_id, uint64_t sell_id,
                                  int32_t price_paise, int32_t qty) {
    uint32_t seq = ++bed->seq[bed_tokens[idx].stream_idx];
    bed->now_ns += 1000;
    bj_mtbt_trade_t wire = bed_trade(seq, bed->now_ns, idx, buy_id, sell_id, price_paise, qty);
    bj_feed_datagram(bed->feed, 0, BJ_SEGMENT_CM, (const uint8_t *)&wire, sizeof wire, bed->now_ns);
}

static inline bj_market_row_t bed_row(bed_t *bed, uint32_t idx) {
    bj_market_row_t row;
    bj_feed_step(bed->feed, bed->now_ns);
    if (!bj_market_read(bed->reader, idx, &row)) abort();
    return row;
}

/* Sets the checksum of the IP header, as long as it says it is. */
static inline void bed_sum(uint8_t *frame) {
    uint8_t *ip = frame + 14;
    uint32_t sum = 0;
    ip[10] = ip[11] = 0;
    for (int i = 0; i < (ip[0] & 15) * 4; i += 2) sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    sum = ~((sum & 0xffff) + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8), ip[11] = (uint8_t)sum;
}

/* An Ethernet frame around a payload: good in every field.  Returns its bytes. */
static inline size_t bed_frame(uint8_t *frame, uint32_t group_ip, uint16_t port,
                               const void *payload, size_t payload_bytes) {
    uint8_t *ip = frame + 14, *udp = ip + 20;
    uint16_t total = (uint16_t)(28 + payload_bytes), udp_bytes = (uint16_t)(8 + payload_bytes);
    memset(frame, 0, 42);
    frame[12] = 8;
    ip[0] = 0x45, ip[8] = 1, ip[9] = 17;
    ip[2] = (uint8_t)(total >> 8), ip[3] = (uint8_t)total;
    ip[12] = 10, ip[13] = 60, ip[14] = 1, ip[15] = 1;
    for (int i = 0; i < 4; i++) ip[16 + i] = (uint8_t)(group_ip >> (24 - 8 * i));
    bed_sum(frame);
    udp[0] = 0x40, udp[1] = 1;
    udp[2] = (uint8_t)(port >> 8), udp[3] = (uint8_t)port;
    udp[4] = (uint8_t)(udp_bytes >> 8), udp[5] = (uint8_t)udp_bytes;
    memcpy(udp + 8, payload, payload_bytes);
    return 42 + payload_bytes;
}

#endif /* TEST_FEED_BED_H */
