#include "dataplane/nnf/bj_nnf_codec.h"

#include "dataplane/nnf/bj_nnf_kind.h"

enum { WHOLE_BITS = 53, DOUBLE_FRACTION_BITS = 52, DOUBLE_BIAS = 1023 };

/* --- doubles by their bits: order numbers must not pass through arithmetic that rounds --- */
bool bj_nnf_whole_get(bj_be64_t wire, int64_t *value) {
    uint64_t bits = (uint64_t)bj_be64_get(wire);
    int exponent = (int)(bits >> DOUBLE_FRACTION_BITS) - DOUBLE_BIAS; /* a sign makes it large */
    *value = -1;
    if (bits == 0) return *value = 0, true;
    if (exponent < 0 || exponent > WHOLE_BITS) return false;
    uint64_t fraction = bits & ((UINT64_C(1) << DOUBLE_FRACTION_BITS) - 1);
    if (exponent == WHOLE_BITS) {
        if (fraction) return false;
        return *value = INT64_C(1) << WHOLE_BITS, true;
    }
    uint64_t whole = fraction | UINT64_C(1) << DOUBLE_FRACTION_BITS;
    int below_point = DOUBLE_FRACTION_BITS - exponent;
    if (whole & ((UINT64_C(1) << below_point) - 1)) return false;
    return *value = (int64_t)(whole >> below_point), true;
}

bj_be64_t bj_nnf_whole(int64_t value) {
    assert(value >= 0 && value <= INT64_C(1) << WHOLE_BITS);
    if (!value) return bj_be64(0);
    int exponent = 63 - __builtin_clzll((uint64_t)value);
    uint64_t fraction = (uint64_t)value << (63 - exponent) << 1 >> (64 - DOUBLE_FRACTION_BITS);
    uint64_t biased = (uint64_t)(exponent + DOUBLE_BIAS);
    return bj_be64((int64_t)(biased << DOUBLE_FRACTION_BITS | fraction));
}

/* --- from the wire --- */
static bool number_get(const bj_nnf_row_t *row, const uint8_t *at, int64_t *value) {
    bj_be16_t be16;
    bj_be32_t be32;
    bj_be64_t be64;
    switch (row->kind) {
    case KIND_I8: return *value = *at, true;
    case KIND_I16: return memcpy(&be16, at, 2), *value = bj_be16_get(be16), true;
    case KIND_I32: return memcpy(&be32, at, 4), *value = bj_be32_get(be32), true;
    case KIND_I64: return memcpy(&be64, at, 8), *value = bj_be64_get(be64), true;
    default: return memcpy(&be64, at, 8), bj_nnf_whole_get(be64, value);
    }
}

/* Ends at the first NUL; what cannot be printed becomes a question mark. */
static bool text_get(const bj_nnf_row_t *row, const uint8_t *at, char *text) {
    size_t n = strnlen((const char *)at, row->bytes);
    bool clean = true;
    for (size_t i = 0; i < n; i++) {
        bool printable = at[i] >= ' ' && at[i] <= '~';
        text[i] = printable ? (char)at[i] : '?';
        clean = clean && printable;
    }
    for (size_t i = n; i < row->bytes; i++)
        clean = clean && (at[i] == '\0' || at[i] == ' ');
    while (n && text[n - 1] == ' ')
        n--;
    memset(text + n, 0, row->member_bytes - n);
    return clean;
}

static bool all_blank(const uint8_t *at, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] != '\0' && at[i] != ' ') return false;
    }
    return true;
}

static bool row_get(const bj_nnf_row_t *row, const uint8_t *data, bj_nnf_msg_t *msg) {
    uint8_t *member = (uint8_t *)msg + row->member_at;
    const uint8_t *at = data + row->at;
    int64_t value;
    switch (row->kind) {
    case KIND_ANY: return true;
    case KIND_RES: return all_blank(at, row->bytes);
    case KIND_TXT: return text_get(row, at, (char *)member);
    case KIND_RAW: return memcpy(member, at, row->bytes), true;
    default: {
        bool ok = number_get(row, at, &value);
        memcpy(member, &value, sizeof value);
        return ok;
    }
    }
}

bj_status_t bj_nnf_decode(bj_nnf_segment_t segment, const uint8_t *data, size_t data_bytes,
                          bj_nnf_msg_t *msg) {
    bj_be16_t code;
    memset(msg, 0, sizeof *msg);
    if (data_bytes < sizeof code) return BJ_ERR_TRUNCATED;
    memcpy(&code, data, sizeof code);
    msg->code = bj_be16_get(code);
    const bj_nnf_layout_t *layout = bj_nnf_layout(segment, msg->code, data_bytes);
    if (!layout) return bj_nnf_layout(segment, msg->code, 0) ? BJ_ERR_CORRUPT : BJ_ERR_UNKNOWN_TYPE;
    msg->form_bytes = layout->bytes;
    for (size_t i = 0; i < layout->row_cnt; i++) {
        const bj_nnf_row_t *row = &layout->rows[i];
        if (row_get(row, data, msg) || msg->bad_field) continue;
        msg->bad_field = row->name;
        msg->bad_reserved = row->kind == KIND_RES;
    }
    return BJ_OK;
}

/* --- to the wire --- */
static bool number_put(const bj_nnf_row_t *row, int64_t value, uint8_t *at) {
    bj_be16_t be16 = bj_be16((int16_t)value);
    bj_be32_t be32 = bj_be32((int32_t)value);
    bj_be64_t be64 = bj_be64(value);
    switch (row->kind) {
    case KIND_I8: return *at = (uint8_t)value, value == (uint8_t)value;
    case KIND_I16: return memcpy(at, &be16, 2), value == (int16_t)value;
    case KIND_I32: return memcpy(at, &be32, 4), value == (int32_t)value;
    case KIND_I64: return memcpy(at, &be64, 8), true;
    default:
        if (value < 0 || value > INT64_C(1) << WHOLE_BITS) return false;
        be64 = bj_nnf_whole(value);
        return memcpy(at, &be64, 8), true;
    }
}

static bool row_put(const bj_nnf_row_t *row, const bj_nnf_msg_t *msg, uint8_t *out) {
    const uint8_t *member = (const uint8_t *)msg + row->member_at;
    uint8_t *at = out + row->at;
    int64_t value;
    size_t n;
    switch (row->kind) {
    case KIND_ANY:
    case KIND_RES: return memset(at, 0, row->bytes), true;
    case KIND_RAW: return memcpy(at, member, row->bytes), true;
    case KIND_TXT:
        n = strnlen((const char *)member, row->member_bytes);
        if (n > row->bytes) n = row->bytes; /* remarks and names are a byte shorter in FO */
        memset(at, ' ', row->bytes);
        return memcpy(at, member, n), true;
    default: return memcpy(&value, member, sizeof value), number_put(row, value, at);
    }
}

size_t bj_nnf_encode(bj_nnf_segment_t segment, const bj_nnf_msg_t *msg, uint8_t *out,
                     size_t out_bytes) {
    const bj_nnf_layout_t *layout = bj_nnf_layout(segment, msg->code, msg->form_bytes);
    if (!layout || layout->bytes > out_bytes) return 0;
    for (size_t i = 0; i < layout->row_cnt; i++) {
        if (!row_put(&layout->rows[i], msg, out)) return 0;
    }
    if (layout->header) {
        bj_be16_t bytes = bj_be16((int16_t)layout->bytes);
        memcpy(out + offsetof(bj_nnf_header_t, message_bytes), &bytes, sizeof bytes);
    }
    return layout->bytes;
}

/* --- records: the same header in another order in front --- */
enum { HEADER_SAME_AT = 14 }; /* from here on both are alike */
static_assert(offsetof(bj_nnf_header_t, time_exch_ns) == HEADER_SAME_AT, "");
static_assert(offsetof(bj_nnf_inner_t, time_exch_ns) == HEADER_SAME_AT, "");

static void header_to_inner(const uint8_t *data, uint8_t *out) {
    bj_nnf_header_t header;
    memcpy(&header, data, sizeof header);
    bj_nnf_inner_t inner = {.user_id = header.user_id,
                            .log_s = header.log_s,
                            .alpha0 = header.alpha0,
                            .alpha1 = header.alpha1,
                            .code = header.code,
                            .error = header.error};
    memcpy((uint8_t *)&inner + HEADER_SAME_AT, data + HEADER_SAME_AT,
           sizeof inner - HEADER_SAME_AT);
    memcpy(out, &inner, sizeof inner);
}

static void inner_to_header(const uint8_t *data, uint8_t *out) {
    bj_nnf_inner_t inner;
    memcpy(&inner, data, sizeof inner);
    bj_nnf_header_t header = {.user_id = inner.user_id,
                              .log_s = inner.log_s,
                              .alpha0 = inner.alpha0,
                              .alpha1 = inner.alpha1,
                              .code = inner.code,
                              .error = inner.error};
    memcpy((uint8_t *)&header + HEADER_SAME_AT, data + HEADER_SAME_AT,
           sizeof header - HEADER_SAME_AT);
    memcpy(out, &header, sizeof header);
}

size_t bj_nnf_wrap(bj_nnf_segment_t segment, const bj_nnf_msg_t *outer, const bj_nnf_msg_t *inner,
                   uint8_t *out, size_t out_bytes) {
    const bj_nnf_layout_t *layout = bj_nnf_layout(segment, inner->code, inner->form_bytes);
    uint8_t plain[BJ_NNF_PACKET_MAX_BYTES];
    bj_nnf_msg_t bare = *outer;
    bare.code = BJ_NNF_HEARTBEAT, bare.form_bytes = 0; /* any code of a bare header */
    if (!layout || !layout->header || out_bytes < BJ_NNF_HEADER_BYTES) return 0;
    size_t inner_bytes = bj_nnf_encode(segment, inner, plain, sizeof plain);
    if (!inner_bytes || inner_bytes > out_bytes - BJ_NNF_HEADER_BYTES) return 0;
    if (!bj_nnf_encode(segment, &bare, out, out_bytes)) return 0;
    bj_be16_t code = bj_be16((int16_t)outer->code);
    bj_be16_t bytes = bj_be16((int16_t)(BJ_NNF_HEADER_BYTES + inner_bytes));
    memcpy(out + offsetof(bj_nnf_header_t, code), &code, sizeof code);
    memcpy(out + offsetof(bj_nnf_header_t, message_bytes), &bytes, sizeof bytes);
    header_to_inner(plain, out + BJ_NNF_HEADER_BYTES);
    memcpy(out + 2 * BJ_NNF_HEADER_BYTES, plain + BJ_NNF_HEADER_BYTES,
           inner_bytes - BJ_NNF_HEADER_BYTES);
    return BJ_NNF_HEADER_BYTES + inner_bytes;
}

bj_status_t bj_nnf_unwrap(bj_nnf_segment_t segment, const uint8_t *data, size_t data_bytes,
                          bj_nnf_msg_t *inner) {
    uint8_t plain[BJ_NNF_PACKET_MAX_BYTES];
    memset(inner, 0, sizeof *inner);
    if (data_bytes < 2 * BJ_NNF_HEADER_BYTES) return BJ_ERR_TRUNCATED;
    size_t inner_bytes = data_bytes - BJ_NNF_HEADER_BYTES;
    if (inner_bytes > sizeof plain) return BJ_ERR_CORRUPT;
    inner_to_header(data + BJ_NNF_HEADER_BYTES, plain);
    memcpy(plain + BJ_NNF_HEADER_BYTES, data + 2 * BJ_NNF_HEADER_BYTES,
           inner_bytes - BJ_NNF_HEADER_BYTES);
    return bj_nnf_decode(segment, plain, inner_bytes, inner);
}

/* --- flags --- */
typedef struct flag_mask { uint8_t byte[BJ_NNF_SEGMENT_CNT][2]; } flag_mask_t;
static const flag_mask_t masks[BJ_NNF_FLAG_CNT] = {
#define X(name, cm0, cm1, fo0, fo1, text) {{{cm0, cm1}, {fo0, fo1}}},
    BJ_NNF_FLAG_LIST(X)
#undef X
};

bool bj_nnf_flags_get(bj_nnf_segment_t segment, const bj_nnf_msg_t *msg, uint32_t *flags) {
    uint8_t known[2] = {0, 0};
    *flags = 0;
    for (uint32_t i = 0; i < BJ_NNF_FLAG_CNT; i++) {
        const uint8_t *mask = masks[i].byte[segment];
        known[0] |= mask[0], known[1] |= mask[1];
        if ((msg->flags0 & mask[0]) || (msg->flags1 & mask[1])) *flags |= UINT32_C(1) << i;
    }
    if (segment == BJ_NNF_FO && (msg->more_flags & BJ_NNF_MORE_STPC))
        *flags |= UINT32_C(1) << BJ_NNF_STPC;
    int64_t more = segment == BJ_NNF_FO ? BJ_NNF_MORE_STPC | BJ_NNF_MORE_COL | BJ_NNF_MORE_BOC : 0;
    return !(msg->flags0 & ~known[0]) && !(msg->flags1 & ~known[1]) && !(msg->more_flags & ~more);
}

void bj_nnf_flags_set(bj_nnf_segment_t segment, bj_nnf_msg_t *msg, uint32_t flags) {
    msg->flags0 = msg->flags1 = 0;
    for (uint32_t i = 0; i < BJ_NNF_FLAG_CNT; i++) {
        if (!(flags & UINT32_C(1) << i)) continue;
        msg->flags0 |= masks[i].byte[segment][0];
        msg->flags1 |= masks[i].byte[segment][1];
    }
    if (segment != BJ_NNF_FO) return;
    msg->more_flags &= ~(int64_t)BJ_NNF_MORE_STPC;
    if (flags & UINT32_C(1) << BJ_NNF_STPC) msg->more_flags |= BJ_NNF_MORE_STPC;
}
