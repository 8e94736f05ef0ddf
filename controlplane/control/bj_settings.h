#ifndef BJ_SETTINGS_H
#define BJ_SETTINGS_H

/* bj_settings - what the configuration may say of whom the server talks to, and that a production
 * configuration holds nothing of the development world.  Judged before anything is opened.
 *
 * Shape    whom it talks to is what these fields name, and nobody else (ASVS 13.2.4): each has its
 *          schemes and what its host may be.  "simulated": true is the development world; without
 *          it nothing of that world may be there (ASVS 15.2.3): no stand-in, no demo account, no
 *          name of this machine only, no switched-off demand.  docs/communication.md lists both.
 * Errors   a sentence that names the field and what it may be, never what it says: an address may
 *          hold a password.
 * Threads  any; nothing is kept. */
#include "controlplane/keys/bj_keys.h"
#include "controlplane/store/bj_db.h"
#include "dataplane/base/bj_config.h"

enum { BJ_SETTINGS_ERROR_BYTES = 200 };

/* False: error says why the server does not start. */
BJ_MUST_USE bool bj_settings_good(const bj_config_t *config, char error[BJ_SETTINGS_ERROR_BYTES]);

/* True: this is the development world. */
bool bj_settings_simulated(const bj_config_t *config);

/* The first of the development world's accounts that can log in, or NULL (in *email).
 * BJ_ERR_UNAVAILABLE: the database or a key cannot be had now, so nobody knows. */
BJ_MUST_USE bj_status_t bj_settings_demo(bj_db_pool_t *db, bj_keys_t *keys, const char **email);

#endif /* BJ_SETTINGS_H */
