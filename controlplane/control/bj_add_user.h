#ifndef BJ_ADD_USER_H
#define BJ_ADD_USER_H

/* bj_add_user - `bijli-control --add-user EMAIL NAME ROLE [PHONE]`: for set-up, which vouches for
 * the number.  An empty line on stdin: nobody knows the password, and the person asks for the first
 * one by mail (/forgot).  A password there is taken only where the configuration says "simulated":
 * true, for the people of a demo and of tests.  Prints the account's number.  Returns the process's
 * exit code: 0, 1 refused, 2 wrong words. */
#include "dataplane/base/bj_config.h"

int bj_add_user(const bj_config_t *config, const char *email, const char *name, const char *role,
                const char *phone); /* NULL: none */

#endif /* BJ_ADD_USER_H */
