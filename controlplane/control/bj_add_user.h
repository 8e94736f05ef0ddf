#ifndef BJ_ADD_USER_H
#define BJ_ADD_USER_H

/* bj_add_user - `bijli-control --add-user EMAIL NAME ROLE [PHONE]`: for set-up, which vouches for
 * the number.  The password comes on stdin; with an empty line nobody knows it, and the person asks
 * for the first one by mail (/forgot).  Prints the account's number.  Returns the process's exit
 * code: 0, 1 refused, 2 wrong words. */
#include "dataplane/base/bj_config.h"

int bj_add_user(const bj_config_t *config, const char *email, const char *name, const char *role,
                const char *phone); /* NULL: none */

#endif /* BJ_ADD_USER_H */
