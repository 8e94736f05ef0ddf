#ifndef BJ_HW_SETUP_H
#define BJ_HW_SETUP_H

/* bj_hw_setup - the numbers that a design is programmed with, and the frames of a snapshot.  Pure:
 * nothing here talks to a card. */
#include "dataplane/hw/bj_hw_card.h"
#include "dataplane/hw/bj_hw_mirror.h"

/* In the table of tokens: two ways of 2^place_bits places (hw/rtl/bj_token_table.sv). */
typedef struct bj_hw_place {
    uint32_t at;
    bool     way;
} bj_hw_place_t;
/* A place for each token.  False: they have none together. */
BJ_MUST_USE bool bj_hw_places(const bj_hw_token_t *tokens, uint32_t token_cnt, uint32_t place_bits,
                              bj_hw_place_t *places);

/* A token's ladder of 2^BJ_HW_TICK_BITS ticks around a price (hw/rtl/bj_tick.sv). */
enum { BJ_HW_TICK_BITS = 12 };
typedef struct bj_hw_window {
    int32_t  base_paise, tick_paise;
    uint32_t inverse, shift;
} bj_hw_window_t;
bj_hw_window_t bj_hw_window(int32_t mid_paise, int32_t tick_paise);
bool bj_hw_window_has(const bj_hw_window_t *window, int32_t price_paise);

/* An order of ours as a frame to the host's group: an N of the exchange's form. */
enum { BJ_HW_ORDER_FRAME_BYTES = 80 };
#define BJ_HW_HOST_IP UINT32_C(0xefff0001) /* 239.255.0.1: never on a wire */
#define BJ_HW_HOST_PORT 17
void bj_hw_order_frame(const bj_hw_order_t *order, uint32_t token,
                       uint8_t frame[BJ_HW_ORDER_FRAME_BYTES]);

#endif /* BJ_HW_SETUP_H */
