#ifndef BJ_AUDIT_TEXT_H
#define BJ_AUDIT_TEXT_H

/* bj_audit_text - one record as a line of text, or as a JSON object on a line.
 *
 * NNF's messages are told in words, and in JSON as "nnf" too (bj_nnf_text.h).
 * Numbers of 64 bits are strings in JSON; bytes are hex.  out is always ended; false: it did not
 * fit. */
#include "dataplane/audit/bj_audit.h"

enum { BJ_AUDIT_LINE_BYTES = 8192 };

bool bj_audit_line(const bj_audit_record_t *record, const uint8_t *msg, bool json, char *out,
                   size_t out_bytes);
/* "2026-11-26T09:15:00.000000123Z" or whole seconds, or ns since 1970; false: neither. */
bool bj_audit_time_parse(const char *text, int64_t *time_ns);

#endif /* BJ_AUDIT_TEXT_H */
