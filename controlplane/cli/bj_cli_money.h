#ifndef BJ_CLI_MONEY_H
#define BJ_CLI_MONEY_H

/* bj_cli_money - `bijlictl payout`, `bijlictl bank`, `bijlictl receipt` and `bijlictl ledger`:
 * clients' money as staff handles it.  docs/funds.md.
 *
 * Errors  bj_cli_money returns the process's exit code: 0 good, 1 refused, 2 wrong words, 3 nobody
 *         answers. */
#include <jansson.h>
#include <stdio.h>
#include "dataplane/base/bj_base.h"

enum { BJ_CLI_MONEY_WORDS = 4, BJ_CLI_MONEY_PATH_BYTES = 160 };

typedef struct bj_cli_money_args {
    const char *config_file, *reason, *utr, *reference, *amount, *paid_on;
    const char *word[BJ_CLI_MONEY_WORDS]; /* payout, list, ... */
    size_t word_cnt;
    bool json, all;
} bj_cli_money_args_t;

/* True if the first word is one of the four. */
bool bj_cli_is_money(int argc, char **argv);
void bj_cli_money_usage(FILE *out);
/* What the words ask the API: method, path, body (the caller's; NULL: none).  NULL, or what is
 * wrong with the words. */
const char *bj_cli_money_read(int argc, char **argv, bj_cli_money_args_t *args, const char **method,
                              char path[BJ_CLI_MONEY_PATH_BYTES], json_t **body);
int bj_cli_money(int argc, char **argv);

#endif /* BJ_CLI_MONEY_H */
