#ifndef BJ_INSTRUMENTS_H
#define BJ_INSTRUMENTS_H

/* bj_instruments - what can be traded: the universe file at start, states from PostgreSQL.
 *
 * Purpose    Symbol to token and back for every domain; state and band of each as last known.
 * Shape      rows never move or change after start, so a pointer to one stays good; states and
 *            bands do.
 * Now        states and bands carry the event that set them: an older one never replaces a newer
 *            one, whether it comes from the database or from our own halt a moment ago.
 * Threads    any. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/store/bj_db.h"
#include "dataplane/base/bj_universe.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { BJ_INSTRUMENTS_MAX = 1024 };

typedef struct bj_instruments bj_instruments_t;

bj_instruments_t *bj_instruments_new(const char *universe_csv); /* NULL: the log says why */
void bj_instruments_free(bj_instruments_t *instruments);

size_t bj_instruments_cnt(const bj_instruments_t *instruments);
const bj_universe_row_t *bj_instrument_at(const bj_instruments_t *instruments, size_t idx);
/* NULL: there is none. */
const bj_universe_row_t *bj_instrument_by_symbol(const bj_instruments_t *instruments,
                                                 const char *symbol);
const bj_universe_row_t *bj_instrument_by_token(const bj_instruments_t *instruments,
                                                uint32_t token);

/* The state as last learnt; closed until something was. */
bj_instrument_state_t bj_instrument_state(bj_instruments_t *instruments, uint32_t token);
void bj_instrument_set_state(bj_instruments_t *instruments, uint32_t token,
                             bj_instrument_state_t state, uint64_t event_seq);
/* The band of now: the universe's, until an operator has set another. */
typedef struct bj_band_now {
    int32_t lo_paise, hi_paise;
} bj_band_now_t;
bj_band_now_t bj_instrument_band(bj_instruments_t *instruments, const bj_universe_row_t *row);
void bj_instrument_set_band(bj_instruments_t *instruments, uint32_t token, bj_band_now_t band,
                            uint64_t event_seq);
/* All of them, NULL-ended, in the order of bj_instrument_state_t. */
extern const char *const bj_instrument_state_words[BJ_STATE_CNT + 1];
const char *bj_instrument_state_name(bj_instrument_state_t state); /* "open" and the like */

/* bj_instruments_refresh learns all states and bands from PostgreSQL.  On an error what is known
 * stays. */
BJ_MUST_USE bj_status_t bj_instruments_refresh(bj_instruments_t *instruments, bj_db_pool_t *db);

/* A user's watchlist: symbols, at most BJ_WATCHLIST_MAX.  BJ_ERR_NOT_FOUND: no such user. */
enum { BJ_WATCHLIST_MAX = 50 };
BJ_MUST_USE bj_status_t bj_watchlist_get(bj_db_pool_t *db, uint64_t user_id,
                                         char symbols[BJ_WATCHLIST_MAX][16], size_t *symbol_cnt);
BJ_MUST_USE bj_status_t bj_watchlist_put(bj_db_pool_t *db, const bj_trail_who_t *who,
                                         uint64_t user_id, char symbols[][16], size_t symbol_cnt);

#endif /* BJ_INSTRUMENTS_H */
