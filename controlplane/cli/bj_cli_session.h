#ifndef BJ_CLI_SESSION_H
#define BJ_CLI_SESSION_H

/* bj_cli_session - `bijlictl session list [USER_ID]`, `session revoke ID --reason TEXT`, `session
 * end-all [ROLE] --reason TEXT`: who is logged in, and the end of it; `app list`, `app revoke KEY`
 * the same of API apps.
 *
 * Errors  bj_cli_session returns the process's exit code: 0 good, 1 refused, 2 wrong words, 3
 *         nobody answers. */
#include <stdio.h>
#include "dataplane/base/bj_base.h"

typedef struct bj_cli_session_args {
    const char *config_file, *reason;
    const char *word[3]; /* session or app, what to do, what it is about */
    size_t      word_cnt;
    bool        json;
} bj_cli_session_args_t;

/* True if the first word is `session` or `app`. */
bool bj_cli_is_session(int argc, char **argv);
void bj_cli_session_usage(FILE *out);
/* NULL, or what is wrong with the words.  The words are argv's. */
const char *bj_cli_session_read(int argc, char **argv, bj_cli_session_args_t *args);
int bj_cli_session(int argc, char **argv);

#endif /* BJ_CLI_SESSION_H */
