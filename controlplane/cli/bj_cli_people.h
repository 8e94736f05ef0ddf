#ifndef BJ_CLI_PEOPLE_H
#define BJ_CLI_PEOPLE_H

/* bj_cli_people - `bijlictl user`, `bijlictl role` and `bijlictl approve`: who is what, what that
 * may, and who was given more for a while.  docs/access.md.
 *
 * Errors  bj_cli_people returns the process's exit code: 0 good, 1 refused, 2 wrong words, 3
 *         nobody answers. */
#include <jansson.h>
#include <stdio.h>
#include "dataplane/base/bj_base.h"

enum { BJ_CLI_PEOPLE_WORDS = 4, BJ_CLI_PEOPLE_PATH_BYTES = 160 };

typedef struct bj_cli_people_args {
    const char *config_file, *reason, *role, *branch, *segments, *order_max, *hours, *minutes,
        *about, *checks;
    const char *word[BJ_CLI_PEOPLE_WORDS]; /* user, list, ... */
    size_t      word_cnt;
    bool        json;
} bj_cli_people_args_t;

/* True if the first word is `user`, `role` or `approve`. */
bool bj_cli_is_people(int argc, char **argv);
void bj_cli_people_usage(FILE *out);
/* What the words ask the API: method, path, body (the caller's; NULL: none).  NULL, or what is
 * wrong with the words. */
const char *bj_cli_people_read(int argc, char **argv, bj_cli_people_args_t *args,
                               const char **method, char path[BJ_CLI_PEOPLE_PATH_BYTES],
                               json_t **body);
int bj_cli_people(int argc, char **argv);

#endif /* BJ_CLI_PEOPLE_H */
