#ifndef BJ_CLI_KEYS_H
#define BJ_CLI_KEYS_H

/* bj_cli_keys - `bijlictl keys list | rotate CATEGORY | reseal | rewrap`: the keys that people's
 * data is sealed under (docs/keys.md); and `bijlictl privacy run` (docs/privacy.md).
 *
 * reseal goes on until nothing is left and says how far it is; Ctrl-C ends it between two steps,
 * and the next one goes on from there.
 * Errors  bj_cli_keys returns the process's exit code: 0 good, 1 refused, 2 wrong words, 3 nobody
 *         answers. */
#include <stdio.h>
#include "dataplane/base/bj_base.h"

typedef struct bj_cli_keys_args {
    const char *config_file, *reason;
    const char *word[3]; /* keys, what to do, a category */
    size_t word_cnt;
    bool json;
} bj_cli_keys_args_t;

/* True if the first word is `keys` or `privacy`. */
bool bj_cli_is_keys(int argc, char **argv);
void bj_cli_keys_usage(FILE *out);
/* NULL, or what is wrong with the words.  The words are argv's. */
const char *bj_cli_keys_read(int argc, char **argv, bj_cli_keys_args_t *args);
int bj_cli_keys(int argc, char **argv);

#endif /* BJ_CLI_KEYS_H */
