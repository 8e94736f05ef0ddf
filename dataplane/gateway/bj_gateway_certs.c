#include "dataplane/gateway/bj_gateway_certs.h"

#include "dataplane/base/bj_log.h"

static const char *load(bj_gateway_certs_t *certs, bj_gateway_tls_t *tls) {
    const char *error;
    uint64_t stamp = bj_oe_tls_stamp(&certs->files); /* before: later changes are seen */
    SSL_CTX *context = bj_oe_tls_context(&certs->files, BJ_OE_TLS_GATEWAY, &error);
    if (!context) return error;
    certs->stamp = stamp;
    bj_gateway_tls_renew(tls, context);
    return NULL;
}

bool bj_gateway_certs_open(bj_gateway_certs_t *certs, const bj_oe_tls_files_t *files,
                           bj_gateway_tls_t *tls) {
    *certs = (bj_gateway_certs_t){.files = *files};
    const char *error = load(certs, tls);
    if (error) BJ_ERROR("gateway.tls_port: %s", error);
    return !error;
}

void bj_gateway_certs_look(bj_gateway_certs_t *certs, bj_gateway_tls_t *tls) {
    if (!certs->files.ca || bj_oe_tls_stamp(&certs->files) == certs->stamp) return;
    const char *error = load(certs, tls);
    if (!error) BJ_INFO("gateway: new certificates, for connections from now on");
    else if (!certs->said) BJ_WARN("gateway: certificates that changed are not used: %s", error);
    certs->said = error != NULL;
}
