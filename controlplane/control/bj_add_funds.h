#ifndef BJ_ADD_FUNDS_H
#define BJ_ADD_FUNDS_H

/* bj_add_funds - bijli-control --add-funds: a client of the development world has a bank account
 * that is confirmed, and money that was received from it, as if people of staff had done both.
 * Again for who has that account already: nothing.
 *
 * Rule     in a simulated world only.
 * Returns  the program's exit code. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_config.h"

BJ_MUST_USE int bj_add_funds(const bj_config_t *config, const char *email, const char *number,
                             const char *ifsc, const char *paise);

#endif /* BJ_ADD_FUNDS_H */
