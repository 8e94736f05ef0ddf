#ifndef BJ_CLI_WAITS_H
#define BJ_CLI_WAITS_H

/* bj_cli_waits - what one person asked for and a second one has to say yes to, in words: an
 * ELEVATION of docs/protocols/api.md that has an `act`. */
#include <jansson.h>
#include <stdio.h>

enum { BJ_CLI_ACT_BYTES = 512 };

/* "order_qty of account 1001: 500, now 100"; "" of what has no act. */
const char *bj_cli_act_words(const json_t *elevation, char out[BJ_CLI_ACT_BYTES]);
/* What waits, for whom, and how it is said yes to. */
void bj_cli_print_waits(FILE *out, const json_t *elevation);

#endif /* BJ_CLI_WAITS_H */
