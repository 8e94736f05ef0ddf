#ifndef BJ_CLI_PRINT_H
#define BJ_CLI_PRINT_H

/* bj_cli_print - answers of the API as an operator reads them: aligned columns, rupees.
 *
 * Every function takes the API's object (docs/protocols/api.md) and writes to out; a field that is
 * absent prints as "-".  Nothing is changed or kept. */
#include <jansson.h>
#include <stdio.h>
#include "dataplane/base/bj_base.h"

/* 123456789 paise -> "12,34,567.89": Indian grouping.  out holds at least 40 bytes. */
void bj_cli_rupees(int64_t paise, char *out, size_t out_bytes);
/* 1234567 -> "12,34,567". */
void bj_cli_number(int64_t value, char *out, size_t out_bytes);

void bj_cli_print_status(FILE *out, json_t *answer);
void bj_cli_print_quote(FILE *out, json_t *answer);
void bj_cli_print_book(FILE *out, json_t *answer);
void bj_cli_print_orders(FILE *out, json_t *answer);
void bj_cli_print_state(FILE *out, json_t *answer); /* after halt and resume */

#endif /* BJ_CLI_PRINT_H */
