#ifndef BJ_NSE_SETUP_H
#define BJ_NSE_SETUP_H

/* bj_nse_setup - what the configuration says of the way to the exchange, with `venue` nse.
 *
 * Keys         docs/venue.md, under "nse".
 * Not with it  dataplane.durability `memory` (an order at the exchange must be in the journal),
 *              dataplane.journal_prune (all of the journal is read at start), bands.sliding (it is
 *              the exchange that moves bands).
 * Errors       false after a sentence in the log that names the key; a missing key, or a value of
 *              the wrong kind, ends the process (bj_config.h).  Start-up only.
 * Ownership    client points into the setup; instruments are the heap's, freed by _free. */
#include "dataplane/base/bj_config.h"
#include "dataplane/nnf/bj_nnf_client.h"

enum { BJ_NSE_ACCOUNTS_MAX = 1024 };

typedef struct bj_nse_setup {
    bj_nnf_client_config_t client; /* ops and ctx are the uplink's */
    const char *ca_file;           /* the configuration's */
    int         core;
    bj_nnf_instrument_t *instruments;
    bj_nnf_party_t accounts[BJ_NSE_ACCOUNTS_MAX];
} bj_nse_setup_t;

BJ_MUST_USE bool bj_nse_setup_read(const bj_config_t *config, bj_nse_setup_t *setup);
void bj_nse_setup_free(bj_nse_setup_t *setup); /* the password is wiped */

#endif /* BJ_NSE_SETUP_H */
