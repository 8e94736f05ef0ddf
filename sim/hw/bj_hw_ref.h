#ifndef BJ_HW_REF_H
#define BJ_HW_REF_H

/* bj_hw_ref - what the dataplane says of a frame: the bench's other half.  The frame goes through
 * the feed's own code (bj_feed_unwrap, bj_feed_decode, bj_feed_books), and the levels are read from
 * its ladders.
 *
 * Shape      token_cnt instruments of one stream; token 1000 + 7 * idx, or what bj_hw_tokens_set
 * says. Tokens and groups are the bench's, one set for the whole process. Ownership  bj_hw_ref_new
 * allocates, bj_hw_ref_free frees. Threads    one.  Callable from C++. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bj_hw_ref bj_hw_ref_t;

typedef struct bj_hw_msg {
    uint64_t order_id, sell_order_id;
    uint32_t seq; /* of a heartbeat: the last one sent */
    uint32_t token;
    int32_t price_paise, qty;
    char kind; /* N M X T; C: another one that books pass over; Z */
    bool ask;
    uint16_t stream_id; /* 0: 1 */
    uint64_t ts_ns;     /* the exchange's; 0: some time in 2025 */
} bj_hw_msg_t;

typedef enum bj_hw_frame {
    BJ_HW_NOT_OURS, /* or bad: it changes nothing */
    BJ_HW_MESSAGE,
    BJ_HW_MANY, /* more than one message, or one and something behind it */
} bj_hw_frame_t;

typedef struct bj_hw_level {
    int32_t price_paise;
    int64_t qty; /* 0: there is no such level */
} bj_hw_level_t;

typedef struct bj_hw_order {
    uint64_t id;
    bool ask;
    int32_t price_paise, qty;
} bj_hw_order_t;

/* What tells the three sources apart: A, B, the host. */
typedef struct bj_hw_group {
    uint32_t ip; /* host order */
    uint16_t port;
} bj_hw_group_t;
uint32_t bj_hw_group_ip(unsigned source);
uint16_t bj_hw_group_port(unsigned source);
void bj_hw_groups_set(const bj_hw_group_t group[3]);
/* The tokens by index; they are copied.  Before bj_hw_ref_new. */
enum { BJ_HW_TOKEN_MAX = 256 };
void bj_hw_tokens_set(const uint32_t *tokens, uint32_t cnt);
uint32_t bj_hw_ref_token(uint32_t idx);

bj_hw_ref_t *bj_hw_ref_new(uint32_t token_cnt, const int32_t *ticks_paise, uint32_t order_max);
void bj_hw_ref_free(bj_hw_ref_t *ref);

/* What the feed makes of a frame; *source and *msg if it is a message. */
bj_hw_frame_t bj_hw_ref_frame(const uint8_t *frame, size_t frame_bytes, unsigned *source,
                              bj_hw_msg_t *msg);
/* A message N, M, X or T that bj_hw_ref_frame has let through, into the books. */
void bj_hw_ref_apply(bj_hw_ref_t *ref, const bj_hw_msg_t *msg);
void bj_hw_ref_clear(bj_hw_ref_t *ref);

int bj_hw_ref_idx(const bj_hw_ref_t *ref, uint32_t token); /* -1: unknown */
/* Best first; returns how many there are, at most cnt. */
unsigned bj_hw_ref_levels(const bj_hw_ref_t *ref, uint32_t idx, bool ask, bj_hw_level_t *levels,
                          unsigned cnt);
int bj_hw_ref_owner(bj_hw_ref_t *ref, uint64_t order_id); /* its token's idx; -1: not live */
/* The live orders of a token, at most cnt. */
unsigned bj_hw_ref_orders(bj_hw_ref_t *ref, uint32_t idx, bj_hw_order_t *orders, unsigned cnt);

/* A frame around a payload; tagged: with an 802.1Q tag.  Returns its bytes. */
size_t bj_hw_frame_put(uint8_t *frame, unsigned source, bool tagged, const uint8_t *payload,
                       size_t payload_bytes);
/* What a frame may say otherwise and still be the same: addresses, time to live, source port; its
 * check sum follows. */
void bj_hw_frame_dress(uint8_t *frame, bool tagged, uint64_t dice, uint64_t more_dice);
/* The IP datagram is longer than its UDP datagram by so many bytes. */
void bj_hw_frame_lengthen(uint8_t *frame, bool tagged, unsigned bytes);
/* A message's bytes on the wire, with a sequence number. */
size_t bj_hw_msg_put(uint8_t *payload, const bj_hw_msg_t *msg);

#ifdef __cplusplus
}
#endif

#endif /* BJ_HW_REF_H */
