#ifndef BJ_STREAMFILES_H
#define BJ_STREAMFILES_H

/* bj_streamfiles - the exchange's stream files of a day, as far as a replay needs them:
 * *_contract_stream_info.csv, rows C,StreamID,Token,Instrument,Symbol,...  (nse.md 1.7).
 * The files of spreads name their legs, not the token that messages carry, so they are not read.
 * Errors: a sentence on stderr that names file, line and field. */
#include "dataplane/feedreplay/bj_feedscan.h"

BJ_MUST_USE bool bj_streamfiles_load(bj_feedscan_t *scan, const char *dir);

#endif /* BJ_STREAMFILES_H */
