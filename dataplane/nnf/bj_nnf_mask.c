#include "dataplane/nnf/bj_nnf_mask.h"

#include "dataplane/nnf/bj_nnf_kind.h"
#include "dataplane/nnf/bj_nnf_pan.h"

static void pan_blank(uint8_t *at, size_t bytes) {
    static const char exempt[] = BJ_NNF_PAN_EXEMPT;
    if (bytes == sizeof exempt - 1 && memcmp(at, exempt, bytes) == 0) return;
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != ' ' && at[i] != '\0') at[i] = '*';
    }
}

/* X(field): what is a key. */
#define KEY_LIST(X)                                                             \
    X(session_key) X(crypto_key) X(crypto_iv) X(static_iv) X(dynamic_iv) X(additional_key)

static void row_blank(const bj_nnf_row_t *row, uint8_t *at) {
    if (row->kind == KIND_RES) return; /* of our answers it is blank, of a request it is refused */
    if (row->kind == KIND_ANY) { /* nobody reads it: only one has a name that says what it is */
        if (strcmp(row->name, "old_pan") == 0) pan_blank(at, row->bytes);
        return;
    }
    switch (row->member_at) {
    case offsetof(bj_nnf_msg_t, pan): pan_blank(at, row->bytes); break;
    case offsetof(bj_nnf_msg_t, password):
    case offsetof(bj_nnf_msg_t, new_password): memset(at, '*', row->bytes); break;
#define X(field) case offsetof(bj_nnf_msg_t, field):
    KEY_LIST(X)
#undef X
        memset(at, 0, row->bytes);
        break;
    default: break;
    }
}

static bool rows_blank(const bj_nnf_layout_t *layout, uint8_t *msg) {
    for (size_t i = 0; layout && i < layout->row_cnt; i++)
        row_blank(&layout->rows[i], msg + layout->rows[i].at);
    return layout != NULL;
}

static int64_t code_at(const uint8_t *msg) {
    bj_be16_t code;
    memcpy(&code, msg, sizeof code);
    return bj_be16_get(code);
}

size_t bj_nnf_mask(bj_nnf_segment_t segment, uint8_t *msg, size_t msg_bytes) {
    size_t header = msg_bytes < BJ_NNF_HEADER_BYTES ? msg_bytes : BJ_NNF_HEADER_BYTES;
    if (msg_bytes < sizeof(bj_be16_t)) return header;
    int64_t code = code_at(msg);
    bool wraps = code == BJ_NNF_DOWNLOAD_RECORD || code == BJ_NNF_LOCAL_RECORD;
    if (!wraps)
        return rows_blank(bj_nnf_layout(segment, code, msg_bytes), msg) ? msg_bytes : header;
    if (msg_bytes < 2 * BJ_NNF_HEADER_BYTES) return header;
    uint8_t *inner = msg + BJ_NNF_HEADER_BYTES; /* no row of a header is blanked: alike enough */
    code = code_at(inner + offsetof(bj_nnf_inner_t, code));
    return rows_blank(bj_nnf_layout(segment, code, msg_bytes - BJ_NNF_HEADER_BYTES), inner)
               ? msg_bytes
               : header;
}
