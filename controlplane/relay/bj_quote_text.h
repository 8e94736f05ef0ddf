#ifndef BJ_QUOTE_TEXT_H
#define BJ_QUOTE_TEXT_H

/* bj_quote_text - a row of the market table as what goes out: the fixed record of NATS, and the
 * JSON object QUOTE of docs/protocols/api.md that Redis keeps. */
#include "dataplane/market/bj_market.h"
#include "dataplane/wire/bj_wire_quote.h"

enum { BJ_QUOTE_JSON_BYTES = 512 };

/* update_cnt, flags and relay_ns are the relay's own. */
void bj_quote_of_row(const bj_market_row_t *row, uint64_t update_cnt, uint32_t flags,
                     int64_t relay_ns, bj_quote_t *quote);

/* Its length; always below BJ_QUOTE_JSON_BYTES.  A symbol is A-Z 0-9 & - and needs no escape. */
size_t bj_quote_json(const bj_quote_t *quote, char out[BJ_QUOTE_JSON_BYTES]);

#endif /* BJ_QUOTE_TEXT_H */
