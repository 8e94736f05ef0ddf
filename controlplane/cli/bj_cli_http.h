#ifndef BJ_CLI_HTTP_H
#define BJ_CLI_HTTP_H

/* bj_cli_http - one question to bijli-control at its socket, with the operator's token.
 *
 * Errors   BJ_ERR_UNAVAILABLE nobody answers; BJ_ERR_CORRUPT the answer is not JSON; else BJ_OK and
 *          *http_code says how it went.
 * Owner    *answer is the caller's (json_decref); NULL on error. */
#include <jansson.h>
#include "dataplane/base/bj_config.h"

BJ_MUST_USE bj_status_t bj_cli_request(const bj_config_t *config, const char *method,
                                       const char *path, json_t *body, long *http_code,
                                       json_t **answer);

#endif /* BJ_CLI_HTTP_H */
