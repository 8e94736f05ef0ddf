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

/* "1,234.5" rupees -> 123450 paise; false: no price above 0 of at most two decimals. */
BJ_MUST_USE bool bj_cli_paise(const char *text, int64_t *paise);

/* "auction" -> "in call auction"; a word that is not known stays as it is. */
const char *bj_cli_phase_words(const char *state);

void bj_cli_print_status(FILE *out, json_t *answer);
void bj_cli_print_latency(FILE *out, json_t *answer); /* docs/latency.md */
void bj_cli_print_quote(FILE *out, json_t *answer);
void bj_cli_print_book(FILE *out, json_t *answer);
void bj_cli_print_orders(FILE *out, json_t *answer);
void bj_cli_print_state(FILE *out, json_t *answer); /* after what sets a phase */
void bj_cli_print_uncross(FILE *out, json_t *answer);
void bj_cli_print_band(FILE *out, json_t *answer);
void bj_cli_print_window(FILE *out, json_t *answer);
void bj_cli_print_ended(FILE *out, json_t *answer);   /* after what ends orders */
void bj_cli_print_asked(FILE *out, json_t *answer);   /* after what asks for the end of one */
void bj_cli_print_limit(FILE *out, json_t *answer);
void bj_cli_print_breaker(FILE *out, json_t *answer); /* with what bijlictl added to it */

#endif /* BJ_CLI_PRINT_H */
