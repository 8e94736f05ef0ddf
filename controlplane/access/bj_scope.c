#include "controlplane/access/bj_scope.h"

#include <stdio.h>

static const char *const names[BJ_SCOPE_CNT] = {"profile", "orders.read", "orders.write",
                                                "portfolio.read", "market.read"};

const char *bj_scope_name(unsigned scope) {
    for (unsigned i = 0; i < BJ_SCOPE_CNT; i++) {
        if (scope == 1u << i) return names[i];
    }
    return "none";
}

const char *bj_scopes_write(unsigned scopes, char out[BJ_SCOPES_TEXT_BYTES]) {
    size_t at = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < BJ_SCOPE_CNT; i++) {
        if (!(scopes >> i & 1)) continue;
        at +=
            (size_t)snprintf(out + at, BJ_SCOPES_TEXT_BYTES - at, "%s%s", at ? " " : "", names[i]);
    }
    return out;
}

static unsigned scope_of(const char *word, size_t word_bytes) {
    for (unsigned i = 0; i < BJ_SCOPE_CNT; i++) {
        if (strlen(names[i]) == word_bytes && memcmp(names[i], word, word_bytes) == 0) {
            return 1u << i;
        }
    }
    return BJ_SCOPE_NONE;
}

bool bj_scopes_read(const char *text, unsigned *scopes) {
    *scopes = BJ_SCOPE_NONE;
    for (const char *word = text;; word++) {
        size_t word_bytes = strcspn(word, " ");
        unsigned scope = scope_of(word, word_bytes);
        if (!scope || *scopes & scope) return false;
        *scopes |= scope;
        word += word_bytes;
        if (!*word) return true;
    }
}
