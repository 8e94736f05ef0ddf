#include "controlplane/relay/bj_copy_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROW_BYTES_MAX = 1024 };

void bj_copy_text_clear(bj_copy_text_t *text) { text->len_bytes = 0; }

void bj_copy_text_free(bj_copy_text_t *text) {
    free(text->data);
    *text = (bj_copy_text_t){0};
}

static bool make_room(bj_copy_text_t *text) {
    if (text->room_bytes - text->len_bytes >= ROW_BYTES_MAX) return true;
    size_t room_bytes = text->room_bytes ? text->room_bytes * 2 : 16 * ROW_BYTES_MAX;
    char *data = realloc(text->data, room_bytes);
    if (!data) return false;
    text->data = data;
    text->room_bytes = room_bytes;
    return true;
}

void bj_copy_text_add(bj_copy_text_t *text, const char *format, ...) {
    if (text->failed || !make_room(text)) {
        text->failed = true;
        return;
    }
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->data + text->len_bytes, ROW_BYTES_MAX, format, args);
    va_end(args);
    if (n < 0 || n >= ROW_BYTES_MAX) {
        text->failed = true;
    } else {
        text->len_bytes += (size_t)n;
    }
}
