#ifndef BJ_COPY_TEXT_H
#define BJ_COPY_TEXT_H

/* bj_copy_text - rows for COPY, as text in memory that grows.  Only numbers, times and our own
 * words are written, so nothing needs escaping.  After an allocation failed, failed stays true and
 * nothing is added: check it once, at the end. */
#include "dataplane/base/bj_base.h"

typedef struct bj_copy_text {
    char  *data;
    size_t len_bytes, room_bytes;
    bool   failed;
} bj_copy_text_t;

void bj_copy_text_clear(bj_copy_text_t *text);
void bj_copy_text_free(bj_copy_text_t *text);
__attribute__((format(printf, 2, 3))) void bj_copy_text_add(bj_copy_text_t *text,
                                                            const char *format, ...);
#define BJ_COPY_TEXT __attribute__((cleanup(bj_copy_text_free))) bj_copy_text_t

#endif /* BJ_COPY_TEXT_H */
