#include "dataplane/nnf/bj_nnf_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "dataplane/nnf/bj_nnf_kind.h"
#include "dataplane/nnf/bj_nnf_reason.h"

typedef struct out {
    char  *text;
    size_t room, cnt;
    bool   json;
} out_t;

__attribute__((format(printf, 2, 3))) static void add(out_t *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t left = out->cnt < out->room ? out->room - out->cnt : 0;
    int n = vsnprintf(left ? out->text + out->cnt : NULL, left, format, args);
    va_end(args);
    if (n > 0) out->cnt += (size_t)n;
}

/* Text has no control characters by now. */
static void add_quoted(out_t *out, const char *text) {
    add(out, "\"");
    for (; *text; text++)
        add(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    add(out, "\"");
}

static void add_name(out_t *out, const char *name) {
    add(out, out->json ? ",\"%s\":" : ", %s ", name);
}

static void add_number(out_t *out, const char *name, int64_t value, bool wide) {
    add_name(out, name);
    add(out, out->json && wide ? "\"%" PRId64 "\"" : "%" PRId64, value);
}

static void add_word(out_t *out, const char *name, const char *word) {
    add_name(out, name);
    add_quoted(out, word);
}

static void add_flags(out_t *out, bj_nnf_segment_t segment, const bj_nnf_msg_t *msg) {
    static const char *const words[BJ_NNF_FLAG_CNT] = {
#define X(name, cm0, cm1, fo0, fo1, text) text,
        BJ_NNF_FLAG_LIST(X)
#undef X
    };
    char text[512] = "";
    size_t cnt = 0;
    uint32_t flags;
    if (!bj_nnf_flags_get(segment, msg, &flags)) /* the two bytes say it all the same */
        cnt = (size_t)snprintf(text, sizeof text, "unknown");
    for (uint32_t i = 0; i < BJ_NNF_FLAG_CNT; i++) {
        if (flags >> i & 1)
            cnt += (size_t)snprintf(text + cnt, sizeof text - cnt, "%s%s", cnt ? ", " : "",
                                    words[i]);
    }
    if (cnt) add_word(out, "flags", text);
}

/* Numbers that have a word. */
static bool add_meaning(out_t *out, bj_nnf_segment_t segment, const bj_nnf_row_t *row,
                        int64_t value) {
    switch (row->member_at) {
    case offsetof(bj_nnf_msg_t, side):
        if (value != BJ_NNF_BUY && value != BJ_NNF_SELL) return false;
        return add_word(out, row->name, value == BJ_NNF_BUY ? "buy" : "sell"), true;
    case offsetof(bj_nnf_msg_t, error):
        add_number(out, row->name, value, false);
        return add_word(out, "error_text", bj_nnf_error_text(segment, (int32_t)value)), true;
    case offsetof(bj_nnf_msg_t, code):
    case offsetof(bj_nnf_msg_t, flags0):
    case offsetof(bj_nnf_msg_t, flags1): return true; /* told elsewhere */
    default: return false;
    }
}

static void add_row(out_t *out, bj_nnf_segment_t segment, const bj_nnf_row_t *row,
                    const bj_nnf_msg_t *msg) {
    const uint8_t *member = (const uint8_t *)msg + row->member_at;
    int64_t value;
    switch (row->kind) {
    case KIND_ANY:
    case KIND_RES:
    case KIND_RAW: return; /* in the bytes, for whoever wants it */
    case KIND_TXT:
        if (*member) add_word(out, row->name, (const char *)member);
        return;
    default:
        memcpy(&value, member, sizeof value);
        if (value && !add_meaning(out, segment, row, value))
            add_number(out, row->name, value, row->bytes == 8);
    }
}

static void add_message(out_t *out, bj_nnf_segment_t segment, const bj_nnf_msg_t *msg,
                        bj_status_t status) {
    const bj_nnf_layout_t *layout = bj_nnf_layout(segment, msg->code, msg->form_bytes);
    if (out->json) add(out, "{\"message\":");
    add_quoted(out, bj_nnf_code_text(msg->code));
    add_number(out, "code", msg->code, false);
    if (status != BJ_OK) add_word(out, "unread", bj_status_text(status));
    if (msg->bad_field) add_word(out, "bad_field", msg->bad_field);
    for (size_t i = 0; status == BJ_OK && layout && i < layout->row_cnt; i++)
        add_row(out, segment, &layout->rows[i], msg);
    if (status == BJ_OK) add_flags(out, segment, msg);
    if (out->json) add(out, "}");
}

size_t bj_nnf_text(bj_nnf_segment_t segment, const uint8_t *msg, size_t msg_bytes, bool json,
                   char *out, size_t out_bytes) {
    out_t to = {.text = out, .room = out_bytes, .json = json};
    bj_nnf_msg_t read;
    bj_status_t status = bj_nnf_decode(segment, msg, msg_bytes, &read);
    bool wraps = read.code == BJ_NNF_DOWNLOAD_RECORD || read.code == BJ_NNF_LOCAL_RECORD;
    if (out_bytes) out[0] = '\0';
    if (!wraps) {
        add_message(&to, segment, &read, status);
        return to.cnt;
    }
    if (json) add(&to, "{\"message\":");
    add_quoted(&to, bj_nnf_code_text(read.code));
    add_number(&to, "code", read.code, false);
    status = bj_nnf_unwrap(segment, msg, msg_bytes, &read);
    if (json) add(&to, ",\"record\":");
    else add(&to, " record ");
    add_message(&to, segment, &read, status);
    if (json) add(&to, "}");
    return to.cnt;
}
