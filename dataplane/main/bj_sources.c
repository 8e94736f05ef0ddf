#include "dataplane/main/bj_sources.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"

enum { SOURCE_BYTES = 32, PREFIX_MAX = 32 };

/* "10.1.2.3" or "10.1.0.0/16"; no bit may be set beyond the network. */
static bool source_parse(const char *text, bj_gateway_source_t *source) {
    char copy[SOURCE_BYTES], *end = NULL;
    struct in_addr ip;
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy) return false;
    char *slash = strchr(copy, '/');
    long prefix = PREFIX_MAX;
    if (slash) {
        *slash = '\0';
        prefix = strtol(slash + 1, &end, 10);
        if (end == slash + 1 || *end || prefix < 0 || prefix > PREFIX_MAX) return false;
    }
    if (inet_pton(AF_INET, copy, &ip) != 1) return false;
    source->of = ntohl(ip.s_addr);
    source->mask = prefix ? UINT32_MAX << (PREFIX_MAX - prefix) : 0;
    return (source->of & ~source->mask) == 0;
}

bool bj_sources_read(const bj_config_t *config, const char *path, const char *whose,
                     bj_gateway_source_t sources[BJ_GATEWAY_SOURCES_MAX], uint32_t *source_cnt) {
    size_t cnt = bj_config_cnt(config, path);
    *source_cnt = 0;
    if (cnt > BJ_GATEWAY_SOURCES_MAX) {
        BJ_ERROR("%s%s may have %d addresses or networks", whose, path, BJ_GATEWAY_SOURCES_MAX);
        return false;
    }
    for (size_t i = 0; i < cnt; i++) {
        const char *text = bj_config_item_str(config, path, i);
        if (source_parse(text, &sources[(*source_cnt)++])) continue;
        BJ_ERROR("%s%s has %s; it may be 10.1.2.3 or 10.1.0.0/16", whose, path, text);
        return false;
    }
    return true;
}

bool bj_sources_have(const bj_gateway_source_t *sources, uint32_t source_cnt, uint32_t ip) {
    for (uint32_t i = 0; i < source_cnt; i++)
        if ((ip & sources[i].mask) == sources[i].of) return true;
    return !source_cnt;
}
