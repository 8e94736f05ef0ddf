#include "dataplane/wire/bj_oe_way.h"

#include <stdio.h>

static uint16_t port_read(const bj_config_t *config, const char *path) {
    return (uint16_t)bj_config_int(config, path, 1, UINT16_MAX);
}

bj_oe_way_t bj_oe_way_read(const bj_config_t *config, const bj_config_t *session) {
    bj_oe_way_t way = {.host = bj_config_str(config, "gateway.host")};
    const char *cert = bj_config_str_or(session, "cert_file", "");
    if (!*cert) {
        way.port = port_read(config, "gateway.port");
        return way;
    }
    way.port = port_read(config, "gateway.tls_port");
    way.tls = (bj_oe_tls_files_t){.ca = bj_config_str(config, "gateway.ca_file"), .cert = cert,
                                  .key = bj_config_str(session, "cert_key_file")};
    return way;
}

enum { PATH_BYTES = 64 };
static const char *path_of(char path[PATH_BYTES], const char *at, const char *name) {
    (void)snprintf(path, PATH_BYTES, "%s.%s", at, name);
    return path;
}

bj_oe_tls_files_t bj_oe_way_files(const bj_config_t *config, const char *at) {
    char path[PATH_BYTES];
    if (bj_config_bool_or(config, path_of(path, at, "clear"), false)) return (bj_oe_tls_files_t){0};
    bj_oe_tls_files_t files = {.ca = bj_config_str(config, path_of(path, at, "ca_file"))};
    files.cert = bj_config_str(config, path_of(path, at, "cert_file"));
    files.key = bj_config_str(config, path_of(path, at, "cert_key_file"));
    return files;
}
