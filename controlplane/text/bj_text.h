#ifndef BJ_TEXT_H
#define BJ_TEXT_H

/* bj_text - how the API writes and reads times and identifiers. */
#include "dataplane/base/bj_base.h"

enum { BJ_TIME_TEXT_BYTES = 25, BJ_ID_TEXT_BYTES = 21 };

/* RFC 3339, UTC, milliseconds.  Returns out. */
const char *bj_time_text(int64_t time_ns, char out[BJ_TIME_TEXT_BYTES]);

/* Decimal digits.  Returns out. */
const char *bj_id_text(uint64_t id, char out[BJ_ID_TEXT_BYTES]);

/* Decimal digits only: no sign, no blank, nothing behind, fits. */
BJ_MUST_USE bool bj_parse_u64(const char *text, uint64_t *value);

#endif /* BJ_TEXT_H */
