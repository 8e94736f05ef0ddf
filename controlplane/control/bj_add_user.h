#ifndef BJ_ADD_USER_H
#define BJ_ADD_USER_H

/* bj_add_user - `bijli-control --add-user EMAIL NAME ROLE`: for set-up; the password comes on
 * stdin. Prints the account's number.  Returns the process's exit code: 0, 1 refused, 2 wrong
 * words. */
#include "dataplane/base/bj_config.h"

int bj_add_user(const bj_config_t *config, const char *email, const char *name, const char *role);

#endif /* BJ_ADD_USER_H */
