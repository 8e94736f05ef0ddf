#ifndef BJ_NNF_NAMES_H
#define BJ_NNF_NAMES_H

/* bj_nnf_names - what NNF calls the instruments of the configuration, for the doors of the gateway
 * and for the venue.
 *
 * Cash       universe_csv, all in series EQ; a symbol that NNF has no room for cannot be had: a
 *            warning.
 * FO         contracts_file; there must be one.
 * Errors     false after a sentence in the log that names the key.  Start-up only. */
#include "dataplane/base/bj_config.h"
#include "dataplane/nnf/bj_nnf_instrument.h"
#include "dataplane/wire/bj_wire_nnf.h"

enum { BJ_NNF_NAMES_MAX = 4096 };

/* rows: room for BJ_NNF_NAMES_MAX.  at: who asks, for the log. */
BJ_MUST_USE bool bj_nnf_names_read(const bj_config_t *config, bj_nnf_segment_t segment,
                                   const char *at, bj_nnf_instrument_t *rows, uint32_t *row_cnt);

#endif /* BJ_NNF_NAMES_H */
