#ifndef BJ_CLI_HARDWARE_H
#define BJ_CLI_HARDWARE_H

/* bj_cli_hardware - `bijlictl hardware`: how a book in hardware stands beside the C book
 * (docs/hardware.md), from run_dir/hardware.json, which the dataplane writes.
 *
 * Errors  bj_cli_hardware returns the process's exit code: 0 good, 1 the card has differed, 2 wrong
 *         words, 3 nobody writes the file. */
#include <jansson.h>
#include <stdio.h>
#include "dataplane/base/bj_base.h"

/* True if the first word is `hardware`. */
bool bj_cli_is_hardware(int argc, char **argv);
void bj_cli_hardware_usage(FILE *out);
int bj_cli_hardware(int argc, char **argv);

/* The file's object, at most 80 columns wide; absent fields print as 0. */
void bj_cli_print_hardware(FILE *out, json_t *root);

#endif /* BJ_CLI_HARDWARE_H */
