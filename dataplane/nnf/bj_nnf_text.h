#ifndef BJ_NNF_TEXT_H
#define BJ_NNF_TEXT_H

/* bj_nnf_text - a plain message in words, for whoever reads it back.
 *
 *   "order, trimmed", code 20000, symbol "DEMO", side "buy", qty 10, flags "day" ...
 *
 * Fields by the names of bj_nnf_msg_t; those that are 0 or blank are left out; what a download's
 * record wraps is told behind it.  JSON: an object of the same, 64-bit numbers as strings.
 * out is always ended; returns what a whole text takes, as snprintf does. */
#include "dataplane/nnf/bj_nnf_codec.h"

enum { BJ_NNF_TEXT_BYTES = 6144 }; /* the longest fits */

size_t bj_nnf_text(bj_nnf_segment_t segment, const uint8_t *msg, size_t msg_bytes, bool json,
                   char *out, size_t out_bytes);

#endif /* BJ_NNF_TEXT_H */
