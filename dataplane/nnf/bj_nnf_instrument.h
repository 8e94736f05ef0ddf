#ifndef BJ_NNF_INSTRUMENT_H
#define BJ_NNF_INSTRUMENT_H

/* bj_nnf_instrument - what NNF calls an instrument, for both sides. */
#include "dataplane/base/bj_base.h"

typedef struct bj_nnf_instrument {
    uint32_t token; /* > 0 */
    char     symbol[11], series[3];                /* CM */
    char     instrument[7], option_type[3];        /* FO */
    int32_t  expiry_s, strike_paise;               /* FO; a future's strike is -1 */
} bj_nnf_instrument_t;

#endif /* BJ_NNF_INSTRUMENT_H */
