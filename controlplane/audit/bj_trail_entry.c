/* An entry's bytes.  Nothing here asks anybody, so that bijlictl can check without a database. */
#include "controlplane/audit/bj_trail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct bytes {
    char  *data;
    size_t cnt, room;
} bytes_t;

static void put(bytes_t *bytes, const char *text, size_t text_bytes) {
    if (bytes->room - bytes->cnt < text_bytes) {
        bytes->room = 2 * bytes->room + text_bytes;
        bytes->data = realloc(bytes->data, bytes->room);
        if (!bytes->data) {
            fprintf(stderr, "no memory for an entry of the audit trail\n");
            abort();
        }
    }
    memcpy(bytes->data + bytes->cnt, text, text_bytes);
    bytes->cnt += text_bytes;
}

/* The length before it: no two entries have the same bytes. */
static void put_field(bytes_t *bytes, const char *text) {
    char length[24];
    size_t at = sizeof length, text_bytes = text ? strlen(text) : 0;
    if (!text) {
        put(bytes, "-,", 2);
        return;
    }
    length[--at] = ':';
    for (size_t left = text_bytes; left || at == sizeof length - 1; left /= 10) {
        length[--at] = (char)('0' + left % 10);
    }
    put(bytes, length + at, sizeof length - at);
    put(bytes, text, text_bytes);
    put(bytes, ",", 1);
}

bj_merkle_hash_t bj_trail_leaf(const bj_trail_entry_t *e) {
    char seq[24], at_us[24];
    bytes_t bytes = {.data = malloc(512), .room = 512};
    snprintf(seq, sizeof seq, "%" PRIu64, e->seq);
    snprintf(at_us, sizeof at_us, "%" PRId64, e->at_us);
    const char *const fields[] = {"bijli-audit-1", seq, at_us, e->actor, e->role, e->act,
                                  e->subject, e->outcome, e->reason, e->before_json, e->after_json,
                                  e->address, e->elevation};
    for (size_t i = 0; i < BJ_COUNT(fields); i++) put_field(&bytes, fields[i]);
    bj_merkle_hash_t leaf = bj_merkle_leaf(bytes.data, bytes.cnt);
    free(bytes.data);
    return leaf;
}
