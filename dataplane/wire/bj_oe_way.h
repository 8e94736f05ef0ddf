#ifndef BJ_OE_WAY_H
#define BJ_OE_WAY_H

/* bj_oe_way - where a session of the configuration reaches the gateway, and how: under TLS where it
 * has a certificate (cert_file, cert_key_file), at gateway.tls_port and trusting gateway.ca_file;
 * else in clear, at gateway.port.
 *
 * Ownership  the strings are the configuration's, which must outlive it.
 * Errors     what is missing or of the wrong kind ends the process (bj_config.h). */
#include "dataplane/base/bj_config.h"
#include "dataplane/wire/bj_oe_tls.h"

typedef struct bj_oe_way {
    const char *host; /* an IPv4 address */
    uint16_t    port;
    bj_oe_tls_files_t tls; /* ca NULL: in clear */
} bj_oe_way_t;

/* at.ca_file, at.cert_file and at.cert_key_file of a connection that must be under TLS, unless
 * at.clear is true: then .ca is NULL. */
bj_oe_tls_files_t bj_oe_way_files(const bj_config_t *config, const char *at);

/* session: one of gateway.sessions. */
bj_oe_way_t bj_oe_way_read(const bj_config_t *config, const bj_config_t *session);

#endif /* BJ_OE_WAY_H */
