#ifndef BJ_INDEX_LOAD_H
#define BJ_INDEX_LOAD_H

/* bj_index_load - a file that says which indices there are, read at start (indices.json).
 *
 * Form       {"as_of": "YYYY-MM-DD", "source": "...", "indices": [{"name": "...",
 *             "base_value_x100": N [, "base_cap_paise": N]  or  "divisor_paise": N,
 *             "constituents": [{"symbol": "...", "token": N, "shares": N, "float_bp": N,
 *             "cap_bp": N}]}]}, or in the place of all behind the name {"broadcast": {"segment":
 *             "CM", "name": "..."}}: its values come from there, under that name (at most 21
 *             bytes).  A constituent is a share (CM) of the instruments given, under the
 *            same symbol and token; its previous close is theirs.  A key not listed is an error.
 * Errors     BJ_ERR_IO: the file cannot be read; BJ_ERR_CONFIG: error says where and what, e.g.
 *            "indices.json: indices[0].constituents[2].shares must be in [1, 90000000000]".  On any
 *            error the set is empty.
 * Ownership  bj_index_set_free.
 * Cost       start-up only. */
#include "dataplane/base/bj_status.h"
#include "dataplane/market/bj_index.h"
#include "dataplane/market/bj_market.h"

typedef struct bj_index_set {
    bj_index_def_t *defs;
    uint32_t def_cnt;
    char     as_of[11]; /* the day from which the file holds */
} bj_index_set_t;

BJ_MUST_USE bj_status_t bj_index_load(const char *file, const bj_market_instrument_t *instruments,
                                      uint32_t instrument_cnt, bj_index_set_t *set, char *error,
                                      size_t error_bytes);
void bj_index_set_free(bj_index_set_t *set);

#endif /* BJ_INDEX_LOAD_H */
