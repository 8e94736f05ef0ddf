#ifndef BJ_PACKET_H
#define BJ_PACKET_H

/* bj_packet - a quote as the Kite ticker sends it: big-endian, prices in paise, every field 32 bits
 * but the counts of orders (16).
 *
 * Layout     ltp is the first 8 bytes of quote, quote the first 44 of full: one encoding serves all
 *            three.
 * Limits     What does not fit is sent as the largest that does; and since a public client reads
 *            numbers as signed, that is 2^31 - 1. */
#include "dataplane/wire/bj_wire_quote.h"

enum { BJ_PACKET_LTP = 8, BJ_PACKET_QUOTE = 44, BJ_PACKET_FULL = 184 };

/* NSE's tokens on this socket: token * 256 + 1, below 2^31. */
enum { BJ_PACKET_TOKEN_MAX = (INT32_MAX - 1) / 256 };
static inline uint32_t bj_packet_token(uint32_t token) { return token * 256 + 1; }

void bj_packet_full(const bj_quote_t *quote, uint8_t out[BJ_PACKET_FULL]);

#endif /* BJ_PACKET_H */
