#ifndef BJ_CMD_REASON_H
#define BJ_CMD_REASON_H

/* bj_cmd_reason - why an operator's command was sent, in the command itself, so in the journal.
 *
 * Which      commands that have an author (bj_cmd_has_reason); others have none: "".
 * Where      behind the author in the body; an account's body is full, its reason lies in fields of
 *            the command that mean nothing to it (order_id, client_order_id, price_paise, qty). */
#include "dataplane/wire/bj_wire_cmd.h"

bool bj_cmd_has_reason(const bj_cmd_t *cmd);
/* At most BJ_LIMIT_REASON_BYTES - 1 bytes of it are kept.  cmd->type must be set. */
void bj_cmd_set_reason(bj_cmd_t *cmd, const char *reason);
void bj_cmd_reason(const bj_cmd_t *cmd, char reason[BJ_LIMIT_REASON_BYTES]);
uint64_t bj_cmd_author(const bj_cmd_t *cmd); /* 0: the system, or it has none */

#endif /* BJ_CMD_REASON_H */
