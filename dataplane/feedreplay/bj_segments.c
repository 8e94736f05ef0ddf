#include "dataplane/feedreplay/bj_segments.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

enum { LINE_BYTES = 256 };

__asm__(".section .rodata\n"
        "bj_nse_groups: .incbin \"dataplane/feedreplay/nse-groups.csv\"\n"
        "bj_nse_groups_end: .byte 0\n"
        ".previous\n");
extern const char bj_nse_groups[], bj_nse_groups_end[];

unsigned bj_segments_named(const char *name) {
    for (unsigned i = 1; i <= BJ_SEGMENT_CNT; i++) {
        if (!strcasecmp(name, bj_segment_name(i))) return i;
    }
    return 0;
}

/* NULL: good. */
static const char *add_line(bj_segments_t *segments, char *line) {
    char *comma = strchr(line, ','), *slash = strchr(line, '/');
    struct in_addr ip;
    if (segments->cnt == BJ_SEGMENTS_MAX) return "more networks than 256";
    if (!comma || !slash || slash > comma) return "not of the form 239.60.0.0/16,CM";
    *comma = *slash = '\0';
    char *end;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    if (inet_pton(AF_INET, line, &ip) != 1) return "network: not an IPv4 address";
    if (end == slash + 1 || *end || bits < 1 || bits > 32) return "network: bits may be 1 to 32";
    unsigned segment = bj_segments_named(comma + 1);
    if (!segment) return "segment: may be CM, FO, CD or CO";
    uint32_t mask = UINT32_MAX << (32 - bits);
    segments->network[segments->cnt].ip = ntohl(ip.s_addr) & mask;
    segments->network[segments->cnt].mask = mask;
    segments->network[segments->cnt++].segment = (bj_segment_t)segment;
    return NULL;
}

static bool load(bj_segments_t *segments, FILE *file, const char *path) {
    char line[LINE_BYTES];
    segments->cnt = 0;
    for (unsigned line_no = 1; fgets(line, sizeof line, file); line_no++) {
        line[strcspn(line, "\r\n")] = '\0';
        if (!*line || *line == '#') continue;
        const char *wrong = add_line(segments, line);
        if (!wrong) continue;
        fprintf(stderr, "bijli-feedreplay: %s: line %u: %s\n", path, line_no, wrong);
        return false;
    }
    if (!ferror(file)) return true;
    fprintf(stderr, "bijli-feedreplay: --streams: %s: %s\n", path, strerror(errno));
    return false;
}

bool bj_segments_load(bj_segments_t *segments, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "bijli-feedreplay: --streams: %s: %s\n", path, strerror(errno));
        return false;
    }
    bool ok = load(segments, file, path);
    fclose(file);
    return ok;
}

void bj_segments_load_default(bj_segments_t *segments) {
    size_t bytes = (size_t)(bj_nse_groups_end - bj_nse_groups);
    FILE *file = fmemopen((void *)(uintptr_t)bj_nse_groups, bytes, "r");
    if (!file || !load(segments, file, "nse-groups.csv")) abort(); /* ours, and tested */
    fclose(file);
}

unsigned bj_segments_of(const bj_segments_t *segments, uint32_t ip) {
    for (size_t i = 0; i < segments->cnt; i++) {
        if ((ip & segments->network[i].mask) == segments->network[i].ip)
            return segments->network[i].segment;
    }
    return 0;
}
