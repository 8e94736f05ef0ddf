#ifndef BJ_SESSION_CONFIG_H
#define BJ_SESSION_CONFIG_H

/* bj_session_config - one of gateway.sessions as the gateway wants it.
 *
 *   id                    [1, 1023]
 *   name, key_file        required
 *   account, accounts     one, or a list: it may act for these; all_accounts: for any
 *   may                   list of "trade", "cancel", "admin", "second"; absent: trade; admin true:
 *                         the first three
 *   from                  list of IPv4 addresses or networks ("10.1.0.0/16"); absent: anywhere
 *   clear                 true: it may log in without TLS; absent: it may not
 *   cert_file, cert_key_file   not the gateway's: what its client shows
 *   cancel_on_disconnect  "flagged" (absent: this), "all", "never"
 *   rate_per_s, burst     messages; absent: as many as it likes.  burst absent: the rate
 *   cancel_rate_per_s, cancel_burst   for cancels, beyond these; absent: the same again
 *   warn_pct, cut_refusals            absent: 80; 1000 refused in a second; 0: never
 *
 * Errors  false after a sentence that names the session and the field; a value of the wrong kind
 *         ends the process (bj_config.h). */
#include "dataplane/base/bj_config.h"
#include "dataplane/gateway/bj_gateway.h"

BJ_MUST_USE bool bj_session_config_read(const bj_config_t *item,
                                        bj_gateway_session_config_t *session);

#endif /* BJ_SESSION_CONFIG_H */
