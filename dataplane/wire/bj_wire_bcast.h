#ifndef BJ_WIRE_BCAST_H
#define BJ_WIRE_BCAST_H

/* The exchange's broadcast: compressed multicast, big-endian, structs packed to 2 bytes.
 * Source: NSE's trimmed NNF protocols, FO v9.46 and CM v6.3, chapters on broadcast.  Those
 * documents win over this file.
 *
 * A datagram is bj_bcast_packet and item_cnt items: a length as bj_be16, then so many bytes of
 * LZO1Z, or with length 0 an item as it is.  An item is 8 bytes that we skip, then one message that
 * begins with bj_bcast_header, whose len_bytes says how long it is.
 *
 * Not certain: an item that is not compressed ends where its len_bytes says (8 + len_bytes).  The
 * records of the CM message 7207 are taken to be padded to 72 bytes by the rule of packing, as only
 * that gives the 474 bytes the document states; FO's 468 bytes are six records of 71 without. */
#include "dataplane/wire/bj_wire_be.h"

enum {
    BJ_BCAST_NET_CM = 4, BJ_BCAST_NET_FO = 2, BJ_BCAST_NET_CD = 6, /* bj_bcast_packet.net_id[0] */
    BJ_BCAST_SKIP_BYTES = 8,
    BJ_BCAST_DATAGRAM_MAX = 1472, /* one frame */
    BJ_BCAST_ITEM_MAX = 2048,     /* decompressed; the longest message we know has 566 */
    BJ_BCAST_CODE_MBP = 7208,     /* market by price */
    BJ_BCAST_CODE_INDICES = 7207,
    BJ_BCAST_MBP_MAX = 2, BJ_BCAST_INDEX_MAX = 6, /* records of a message */
    BJ_BCAST_LEVELS = 5,
    BJ_BCAST_BOOK_REGULAR = 1,    /* book_type of the normal market */
};

typedef struct bj_bcast_packet {
    uint8_t   net_id[2];
    bj_be16_t item_cnt;
} bj_bcast_packet_t;
BJ_WIRE_SIZE(bj_bcast_packet_t, 4);


/* In front of every message; len_bytes counts it. */
typedef struct bj_bcast_header {
    uint8_t reserved_1[4];
    bj_be32_t log_exch_s;
    uint8_t alpha_char[2];
    bj_be16_t transaction_code;
    bj_be16_t error_code;
    bj_be32_t seq;
    uint8_t reserved_2[4];
    uint8_t timestamp2[8];
    uint8_t reserved_3[8];
    bj_be16_t len_bytes;
} bj_bcast_header_t;
BJ_WIRE_SIZE(bj_bcast_header_t, 40);
BJ_WIRE_AT(bj_bcast_header_t, reserved_1, 0);
BJ_WIRE_AT(bj_bcast_header_t, log_exch_s, 4);
BJ_WIRE_AT(bj_bcast_header_t, alpha_char, 8);
BJ_WIRE_AT(bj_bcast_header_t, transaction_code, 10);
BJ_WIRE_AT(bj_bcast_header_t, error_code, 12);
BJ_WIRE_AT(bj_bcast_header_t, seq, 14);
BJ_WIRE_AT(bj_bcast_header_t, reserved_2, 18);
BJ_WIRE_AT(bj_bcast_header_t, timestamp2, 22);
BJ_WIRE_AT(bj_bcast_header_t, reserved_3, 30);
BJ_WIRE_AT(bj_bcast_header_t, len_bytes, 38);

typedef struct bj_bcast_level_cm {
    bj_be64_t qty;
    bj_be32_t price_paise;
    bj_be16_t order_cnt;
    bj_be16_t flag;
} bj_bcast_level_cm_t;
BJ_WIRE_SIZE(bj_bcast_level_cm_t, 16);

typedef struct bj_bcast_level_fo {
    bj_be32_t qty;
    bj_be32_t price_paise;
    bj_be16_t order_cnt;
    bj_be16_t flag;
} bj_bcast_level_fo_t;
BJ_WIRE_SIZE(bj_bcast_level_fo_t, 12);

/* A record of 7208 in the cash market. */
typedef struct bj_bcast_mbp_cm {
    bj_be32_t token;
    bj_be16_t book_type;
    bj_be16_t trading_status;
    bj_be64_t volume_qty; /* today */
    bj_be32_t last_paise;
    uint8_t net_change_sign;
    uint8_t reserved_1;
    bj_be32_t net_change_paise;
    bj_be32_t last_qty;
    bj_be32_t last_exch_s;
    bj_be32_t average_paise;
    bj_be16_t auction_number;
    bj_be16_t auction_status;
    bj_be16_t initiator_type;
    bj_be32_t initiator_paise;
    bj_be32_t initiator_qty;
    bj_be32_t auction_paise;
    bj_be32_t auction_qty;
    bj_bcast_level_cm_t bid[BJ_BCAST_LEVELS], ask[BJ_BCAST_LEVELS];
    bj_be16_t bb_total_buy_flag;
    bj_be16_t bb_total_sell_flag;
    bj_be64_t total_buy_qty;
    bj_be64_t total_sell_qty;
    uint8_t bits[2]; /* last trade more 0x80, less 0x40; buy 0x20, sell 0x10 */
    bj_be32_t close_paise; /* the previous one */
    bj_be32_t open_paise;
    bj_be32_t high_paise;
    bj_be32_t low_paise;
    bj_be32_t indicative_close_paise;
} bj_bcast_mbp_cm_t;
BJ_WIRE_SIZE(bj_bcast_mbp_cm_t, 262);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, token, 0);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, book_type, 4);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, trading_status, 6);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, volume_qty, 8);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, last_paise, 16);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, net_change_sign, 20);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, reserved_1, 21);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, net_change_paise, 22);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, last_qty, 26);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, last_exch_s, 30);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, average_paise, 34);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, auction_number, 38);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, auction_status, 40);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, initiator_type, 42);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, initiator_paise, 44);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, initiator_qty, 48);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, auction_paise, 52);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, auction_qty, 56);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, bid, 60);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, bb_total_buy_flag, 220);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, bb_total_sell_flag, 222);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, total_buy_qty, 224);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, total_sell_qty, 232);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, bits, 240);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, close_paise, 242);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, open_paise, 246);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, high_paise, 250);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, low_paise, 254);
BJ_WIRE_AT(bj_bcast_mbp_cm_t, indicative_close_paise, 258);

/* A record of 7208 in futures and options. */
typedef struct bj_bcast_mbp_fo {
    bj_be32_t token;
    bj_be16_t book_type;
    bj_be16_t trading_status;
    bj_be32_t volume_qty; /* unsigned */
    bj_be32_t last_paise;
    uint8_t net_change_sign;
    uint8_t vol_exceeded_indicator;
    bj_be32_t net_change_paise;
    bj_be32_t last_qty;
    bj_be32_t last_exch_s;
    bj_be32_t average_paise;
    bj_be16_t auction_number;
    bj_be16_t auction_status;
    bj_be16_t initiator_type;
    bj_be32_t initiator_paise;
    bj_be32_t initiator_qty;
    bj_be32_t auction_paise;
    bj_be32_t auction_qty;
    bj_bcast_level_fo_t bid[BJ_BCAST_LEVELS], ask[BJ_BCAST_LEVELS];
    bj_be16_t bb_total_buy_flag;
    bj_be16_t bb_total_sell_flag;
    bj_be64_t total_buy_qty; /* a double */
    bj_be64_t total_sell_qty; /* a double */
    uint8_t bits[2]; /* last trade more 0x80, less 0x40; buy 0x20, sell 0x10 */
    bj_be32_t close_paise; /* the previous one */
    bj_be32_t open_paise;
    bj_be32_t high_paise;
    bj_be32_t low_paise;
} bj_bcast_mbp_fo_t;
BJ_WIRE_SIZE(bj_bcast_mbp_fo_t, 214);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, token, 0);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, book_type, 4);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, trading_status, 6);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, volume_qty, 8);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, last_paise, 12);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, net_change_sign, 16);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, vol_exceeded_indicator, 17);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, net_change_paise, 18);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, last_qty, 22);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, last_exch_s, 26);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, average_paise, 30);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, auction_number, 34);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, auction_status, 36);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, initiator_type, 38);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, initiator_paise, 40);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, initiator_qty, 44);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, auction_paise, 48);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, auction_qty, 52);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, bid, 56);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, bb_total_buy_flag, 176);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, bb_total_sell_flag, 178);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, total_buy_qty, 180);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, total_sell_qty, 188);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, bits, 196);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, close_paise, 198);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, open_paise, 202);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, high_paise, 206);
BJ_WIRE_AT(bj_bcast_mbp_fo_t, low_paise, 210);

/* A record of 7207 in the cash market. */
typedef struct bj_bcast_index_cm {
    uint8_t name[21]; /* blank padded */
    uint8_t pad_1;
    bj_be32_t value_x100;
    bj_be32_t high_x100;
    bj_be32_t low_x100;
    bj_be32_t open_x100;
    bj_be32_t close_x100;
    bj_be32_t change_x100; /* percent, two decimals */
    bj_be32_t year_high_x100;
    bj_be32_t year_low_x100;
    bj_be32_t up_cnt;
    bj_be32_t down_cnt;
    bj_be64_t market_cap; /* a double */
    uint8_t sign; /* of the change: '+', '-' or blank */
    uint8_t pad_2;
} bj_bcast_index_cm_t;
BJ_WIRE_SIZE(bj_bcast_index_cm_t, 72);
BJ_WIRE_AT(bj_bcast_index_cm_t, name, 0);
BJ_WIRE_AT(bj_bcast_index_cm_t, pad_1, 21);
BJ_WIRE_AT(bj_bcast_index_cm_t, value_x100, 22);
BJ_WIRE_AT(bj_bcast_index_cm_t, high_x100, 26);
BJ_WIRE_AT(bj_bcast_index_cm_t, low_x100, 30);
BJ_WIRE_AT(bj_bcast_index_cm_t, open_x100, 34);
BJ_WIRE_AT(bj_bcast_index_cm_t, close_x100, 38);
BJ_WIRE_AT(bj_bcast_index_cm_t, change_x100, 42);
BJ_WIRE_AT(bj_bcast_index_cm_t, year_high_x100, 46);
BJ_WIRE_AT(bj_bcast_index_cm_t, year_low_x100, 50);
BJ_WIRE_AT(bj_bcast_index_cm_t, up_cnt, 54);
BJ_WIRE_AT(bj_bcast_index_cm_t, down_cnt, 58);
BJ_WIRE_AT(bj_bcast_index_cm_t, market_cap, 62);
BJ_WIRE_AT(bj_bcast_index_cm_t, sign, 70);
BJ_WIRE_AT(bj_bcast_index_cm_t, pad_2, 71);

/* A record of 7207 in futures and options. */
typedef struct bj_bcast_index_fo {
    uint8_t name[21]; /* blank padded */
    bj_be32_t value_x100;
    bj_be32_t high_x100;
    bj_be32_t low_x100;
    bj_be32_t open_x100;
    bj_be32_t close_x100;
    bj_be32_t change_x100; /* percent, two decimals */
    bj_be32_t year_high_x100;
    bj_be32_t year_low_x100;
    bj_be32_t up_cnt;
    bj_be32_t down_cnt;
    bj_be64_t market_cap; /* a double */
    uint8_t sign; /* of the change: '+', '-' or blank */
    uint8_t reserved_1;
} bj_bcast_index_fo_t;
BJ_WIRE_SIZE(bj_bcast_index_fo_t, 71);
BJ_WIRE_AT(bj_bcast_index_fo_t, name, 0);
BJ_WIRE_AT(bj_bcast_index_fo_t, value_x100, 21);
BJ_WIRE_AT(bj_bcast_index_fo_t, high_x100, 25);
BJ_WIRE_AT(bj_bcast_index_fo_t, low_x100, 29);
BJ_WIRE_AT(bj_bcast_index_fo_t, open_x100, 33);
BJ_WIRE_AT(bj_bcast_index_fo_t, close_x100, 37);
BJ_WIRE_AT(bj_bcast_index_fo_t, change_x100, 41);
BJ_WIRE_AT(bj_bcast_index_fo_t, year_high_x100, 45);
BJ_WIRE_AT(bj_bcast_index_fo_t, year_low_x100, 49);
BJ_WIRE_AT(bj_bcast_index_fo_t, up_cnt, 53);
BJ_WIRE_AT(bj_bcast_index_fo_t, down_cnt, 57);
BJ_WIRE_AT(bj_bcast_index_fo_t, market_cap, 61);
BJ_WIRE_AT(bj_bcast_index_fo_t, sign, 69);
BJ_WIRE_AT(bj_bcast_index_fo_t, reserved_1, 70);

enum { /* len_bytes of the messages */
    BJ_BCAST_MBP_AT = 42, /* behind the header and the number of records, a bj_be16 */
    BJ_BCAST_MBP_CM_BYTES = 566, BJ_BCAST_MBP_FO_BYTES = 470,
    BJ_BCAST_INDICES_CM_BYTES = 474, BJ_BCAST_INDICES_FO_BYTES = 468,
};
static_assert(BJ_BCAST_MBP_AT + 2 * sizeof(bj_bcast_mbp_cm_t) == BJ_BCAST_MBP_CM_BYTES, "7208 CM");
static_assert(BJ_BCAST_MBP_AT + 2 * sizeof(bj_bcast_mbp_fo_t) == BJ_BCAST_MBP_FO_BYTES, "7208 FO");
static_assert(BJ_BCAST_MBP_AT + 6 * sizeof(bj_bcast_index_cm_t) == BJ_BCAST_INDICES_CM_BYTES,
              "7207 CM");
static_assert(BJ_BCAST_MBP_AT + 6 * sizeof(bj_bcast_index_fo_t) == BJ_BCAST_INDICES_FO_BYTES,
              "7207 FO");

#endif /* BJ_WIRE_BCAST_H */
