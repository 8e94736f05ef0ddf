#include "controlplane/access/bj_access.h"

#include <arpa/inet.h>
#include <stdio.h>

static const struct {
    bj_role_t   role;
    const char *name;
} role_names[] = {
    {BJ_ROLE_CLIENT, "client"},         {BJ_ROLE_DEALER, "dealer"}, {BJ_ROLE_ADMIN, "admin"},
    {BJ_ROLE_AUDITOR, "auditor"},       {BJ_ROLE_RISK, "risk"},     {BJ_ROLE_SUPPORT, "support"},
    {BJ_ROLE_COMPLIANCE, "compliance"}};

const char *const bj_role_words[] = {"client",  "dealer", "risk",    "compliance",
                                     "support", "admin",  "auditor", NULL};

const char *bj_role_name(bj_role_t role) {
    for (size_t i = 0; i < BJ_COUNT(role_names); i++) {
        if (role_names[i].role == role) return role_names[i].name;
    }
    return "none";
}

bj_role_t bj_role_of(const char *name) {
    for (size_t i = 0; i < BJ_COUNT(role_names); i++) {
        if (strcmp(role_names[i].name, name) == 0) return role_names[i].role;
    }
    return BJ_ROLE_NONE;
}

unsigned bj_segment_of(const char *name) {
    static const char *const names[] = {"CM", "FO", "CD", "CO"};
    for (unsigned i = 0; i < BJ_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) return 1U << i;
    }
    return 0;
}

bool bj_segments_read(const char *text, unsigned *segments) {
    char name[3] = "";
    *segments = 0;
    if (strcmp(text, "{}") == 0) return true;
    for (const char *p = text; *p == (p == text ? '{' : ','); p += 3) {
        if (!p[1] || !p[2]) return false;
        memcpy(name, p + 1, 2);
        if (!bj_segment_of(name)) return false;
        *segments |= bj_segment_of(name);
        if (strcmp(p + 3, "}") == 0) return true;
    }
    return false;
}

/* Read and written anew: of its texts with :: some would be cut at another place. */
const char *bj_access_network(const char *client, char out[BJ_ADDRESS_BYTES]) {
    struct in6_addr address;
    snprintf(out, BJ_ADDRESS_BYTES, "%s", client);
    if (inet_pton(AF_INET6, client, &address) != 1) return out;
    memset(address.s6_addr + 8, 0, 8);
    inet_ntop(AF_INET6, &address, out, BJ_ADDRESS_BYTES);
    return out;
}

bool bj_same_secret(const char *a, const char *b) {
    size_t a_bytes = strlen(a), b_bytes = strlen(b);
    if (a_bytes != b_bytes) return false;
    volatile unsigned char differ = 0;
    for (size_t i = 0; i < a_bytes; i++) differ = (unsigned char)(differ | (a[i] ^ b[i]));
    return differ == 0;
}
