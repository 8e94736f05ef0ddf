#ifndef BJ_QUOTES_H
#define BJ_QUOTES_H

/* bj_quotes - the market as the feed tile wrote it, read straight from shared memory.
 *
 * Errors   BJ_ERR_UNAVAILABLE no market file (the dataplane is away); BJ_ERR_NOT_FOUND no such
 *          symbol
 * Threads  any (one lock around the one reader).
 * Cost     a copy of one kilobyte, and twice a second a look whether the file is still the one. */
#include "dataplane/market/bj_market.h"

typedef struct bj_quotes bj_quotes_t;

bj_quotes_t *bj_quotes_new(const char *run_dir);
void bj_quotes_free(bj_quotes_t *quotes);

/* bj_quotes_read copies one row; *stale also when the feed is silent. */
BJ_MUST_USE bj_status_t bj_quotes_read(bj_quotes_t *quotes, const char *symbol,
                                       bj_market_row_t *row, bool *stale);
/* Last price of a token, else its previous close, else 0. */
int32_t bj_quotes_last_paise(bj_quotes_t *quotes, uint32_t token);
/* NULL while prices are good; else what is wrong with all of them, in words for a client. */
const char *bj_quotes_trouble(bj_quotes_t *quotes);

#endif /* BJ_QUOTES_H */
