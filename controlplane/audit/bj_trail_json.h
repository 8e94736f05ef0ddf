#ifndef BJ_TRAIL_JSON_H
#define BJ_TRAIL_JSON_H

/* bj_trail_json - entries and heads as the API, exports and bijlictl write and read them
 * (docs/protocols/api.md).
 *
 * Shape  of an entry every field that is hashed is there to the letter: the time in microseconds,
 *        what was before and after as texts, not as objects.
 * Owner  *json the caller's; an entry read is borrowed from the JSON it came from. */
#include <jansson.h>
#include "controlplane/audit/bj_trail.h"
#include "controlplane/audit/bj_trail_head.h"

json_t *bj_trail_entry_json(const bj_trail_entry_t *entry); /* NULL: no memory, or no UTF-8 */
/* False: it is not one, or not whole. */
BJ_MUST_USE bool bj_trail_entry_read(const json_t *json, bj_trail_entry_t *entry);

json_t *bj_trail_head_json(const bj_trail_head_t *head, const char *note);
json_t *bj_trail_proof_json(const bj_merkle_proof_t *proof);
BJ_MUST_USE bool bj_trail_proof_read(const json_t *json, bj_merkle_proof_t *proof);

#endif /* BJ_TRAIL_JSON_H */
