#include "dataplane/gateway/bj_gateway_certs.h"

#include <sys/stat.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"

/* A file that is put in another's place has another number, one that is written another time. */
static uint64_t stamp_of(const bj_oe_tls_files_t *files) {
    const char *paths[] = {files->ca, files->cert, files->key};
    uint64_t stamp = BJ_FNV_OFFSET;
    for (size_t i = 0; i < BJ_COUNT(paths); i++) {
        struct stat found = {0};
        (void)stat(paths[i], &found);
        const uint64_t parts[] = {(uint64_t)found.st_ino, (uint64_t)found.st_mtim.tv_sec,
                                  (uint64_t)found.st_mtim.tv_nsec};
        stamp = bj_fnv1a(stamp, parts, sizeof parts);
    }
    return stamp;
}

static const char *load(bj_gateway_certs_t *certs, bj_gateway_tls_t *tls) {
    const char *error;
    uint64_t stamp = stamp_of(&certs->files); /* before: what changes meanwhile is read again */
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
    if (!certs->files.ca || stamp_of(&certs->files) == certs->stamp) return;
    const char *error = load(certs, tls);
    if (!error) BJ_INFO("gateway: new certificates, for connections from now on");
    else if (!certs->said) BJ_WARN("gateway: certificates that changed are not used: %s", error);
    certs->said = error != NULL;
}
