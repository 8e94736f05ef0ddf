#ifndef BJ_NNF_MASK_H
#define BJ_NNF_MASK_H

/* bj_nnf_mask - a plain message made fit to be kept: what is secret or a person's is blanked.
 *
 * Blanked    passwords and PANs: '*' in the place of each character, but for PAN_EXEMPT; keys of
 *            sessions and of encryption: 0.  In a record of a download too.
 * Unknown    where secrets stand in a message that has no layout nobody knows: no more of it may be
 *            kept than its header, which never has any.
 * Cost       one pass over the rows of the layout; nothing is allocated. */
#include "dataplane/nnf/bj_nnf_codec.h"

/* Blanks msg in place and returns how many of its bytes may be kept. */
size_t bj_nnf_mask(bj_nnf_segment_t segment, uint8_t *msg, size_t msg_bytes);

#endif /* BJ_NNF_MASK_H */
