#ifndef BJ_SOURCES_H
#define BJ_SOURCES_H

/* bj_sources - whom a port is for: a configuration's list of up to BJ_GATEWAY_SOURCES_MAX IPv4
 * addresses or networks, "10.1.2.3" or "10.1.0.0/16".
 *
 * Errors  _read: false after a sentence that names the list (`whose` before it) and what it has; a
 *         value of the wrong kind ends the process (bj_config.h).
 * Threads any. */
#include "dataplane/base/bj_config.h"
#include "dataplane/gateway/bj_gateway.h"

BJ_MUST_USE bool bj_sources_read(const bj_config_t *config, const char *path, const char *whose,
                                 bj_gateway_source_t sources[BJ_GATEWAY_SOURCES_MAX],
                                 uint32_t *source_cnt);
/* Also true without any: anybody.  ip: host byte order. */
bool bj_sources_have(const bj_gateway_source_t *sources, uint32_t source_cnt, uint32_t ip);

#endif /* BJ_SOURCES_H */
