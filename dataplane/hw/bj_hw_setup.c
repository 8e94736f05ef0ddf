#include "dataplane/hw/bj_hw_setup.h"

static uint32_t place_at(uint32_t token, uint32_t bits, bool way) {
    uint32_t mask = (UINT32_C(1) << bits) - 1;
    return (way ? token ^ token >> bits : token) & mask;
}

/* Whoever sits there, or UINT32_MAX. */
static uint32_t sits(const bj_hw_place_t *places, uint32_t cnt, bj_hw_place_t place) {
    for (uint32_t i = 0; i < cnt; i++) {
        if (places[i].at == place.at && places[i].way == place.way) return i;
    }
    return UINT32_MAX;
}

/* A cuckoo's: who is pushed out goes to its other place. */
bool bj_hw_places(const bj_hw_token_t *tokens, uint32_t token_cnt, uint32_t place_bits,
                  bj_hw_place_t *places) {
    enum { TRIES = 200 };
    const bj_hw_place_t nowhere = {.at = UINT32_MAX};
    for (uint32_t i = 0; i < token_cnt; i++)
        places[i] = nowhere;
    for (uint32_t i = 0; i < token_cnt; i++) {
        bool way = false;
        uint32_t tries = 0;
        for (uint32_t at = i; at != UINT32_MAX; tries++) {
            if (tries == TRIES) return false;
            bj_hw_place_t place = {place_at(tokens[at].token, place_bits, way), way};
            uint32_t other = sits(places, token_cnt, place);
            if (other != UINT32_MAX) places[other] = nowhere;
            places[at] = place;
            at = other;
            way = !way;
        }
    }
    return true;
}

bj_hw_window_t bj_hw_window(int32_t mid_paise, int32_t tick_paise) {
    bj_hw_window_t window = {.tick_paise = tick_paise > 0 ? tick_paise : 1};
    uint32_t odd = (uint32_t)window.tick_paise;
    for (; !(odd & 1); odd >>= 1)
        window.shift++;
    window.inverse = odd;
    for (int i = 0; i < 5; i++)
        window.inverse *= 2 - odd * window.inverse; /* Newton, mod 2^32 */
    int64_t half = INT64_C(1) << (BJ_HW_TICK_BITS - 1);
    int64_t base = (mid_paise / window.tick_paise - half) * window.tick_paise;
    window.base_paise = base > 0 ? (int32_t)base : 0;
    return window;
}

bool bj_hw_window_has(const bj_hw_window_t *window, int32_t price_paise) {
    int64_t off = (int64_t)price_paise - window->base_paise;
    return off >= 0 && off % window->tick_paise == 0 &&
           off / window->tick_paise < INT64_C(1) << BJ_HW_TICK_BITS;
}

static void put_be16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}
static uint32_t be16(const uint8_t *at) {
    return (uint32_t)at[0] << 8 | at[1];
}

static void put_headers(uint8_t *frame, uint32_t payload_bytes) {
    static const uint8_t ethernet[14] = {1, 0, 0x5e, 0x7f, 0, 1, 2, 0, 0, 0, 0, 1, 8, 0};
    uint8_t *ip = frame + 14, *udp = ip + 20;
    memcpy(frame, ethernet, sizeof ethernet);
    memset(ip, 0, 28);
    ip[0] = 0x45;
    put_be16(ip + 2, 28 + payload_bytes);
    ip[8] = 1;
    ip[9] = 17;
    put_be16(ip + 12, 0x0a00), put_be16(ip + 14, 1);
    put_be16(ip + 16, BJ_HW_HOST_IP >> 16), put_be16(ip + 18, BJ_HW_HOST_IP & 0xffff);
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2)
        sum += be16(ip + i);
    sum = (sum & 0xffff) + (sum >> 16);
    put_be16(ip + 10, ~(sum + (sum >> 16)) & 0xffff);
    put_be16(udp, BJ_HW_HOST_PORT), put_be16(udp + 2, BJ_HW_HOST_PORT);
    put_be16(udp + 4, 8 + payload_bytes);
}

void bj_hw_order_frame(const bj_hw_order_t *order, uint32_t token,
                       uint8_t frame[BJ_HW_ORDER_FRAME_BYTES]) {
    const bj_mtbt_order_t wire = {.header = {sizeof wire, 1, 1},
                                  .type = 'N',
                                  .exch_ts_ns = INT64_C(1450000000) * 1000000000,
                                  .order_id = (double)order->order_id,
                                  .token = (int32_t)token,
                                  .side = order->ask ? 'S' : 'B',
                                  .price_paise = order->price_paise,
                                  .qty = order->qty};
    static_assert(42 + sizeof wire == BJ_HW_ORDER_FRAME_BYTES, "headers and the message");
    put_headers(frame, sizeof wire);
    memcpy(frame + 42, &wire, sizeof wire);
}
