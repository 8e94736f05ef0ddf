#include "dataplane/audit/bj_audit_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/nnf/bj_nnf_text.h"
#include "dataplane/wire/bj_oe_codec.h"

typedef struct line {
    char  *out;
    size_t room, cnt;
} line_t;

__attribute__((format(printf, 2, 3))) static void add(line_t *line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->out + line->cnt, line->room - line->cnt, format, args);
    va_end(args);
    if (n > 0) line->cnt += (size_t)n;
    if (line->cnt >= line->room) line->cnt = line->room - 1;
}

static const char *kind_word(uint8_t kind) {
    switch (kind) {
#define X(name, value, word, text) case name: return word;
        BJ_AUDIT_KIND_LIST(X)
#undef X
    }
    return "unknown";
}

static const char *const dialects[BJ_AUDIT_DIALECT_CNT] = {
#define X(name, value, word) word,
    BJ_AUDIT_DIALECT_LIST(X)
#undef X
};

static bool is_nnf(const bj_audit_record_t *record) {
    return record->dialect == BJ_AUDIT_NNF_CM || record->dialect == BJ_AUDIT_NNF_FO;
}

static bool is_message(const bj_audit_record_t *record) {
    return record->kind == BJ_AUDIT_IN || record->kind == BJ_AUDIT_OUT;
}

static const char *nnf_text(const bj_audit_record_t *record, const uint8_t *msg) {
    bj_be16_t code;
    if (!is_message(record) || record->msg_bytes < sizeof code) return "";
    memcpy(&code, msg, sizeof code);
    return bj_nnf_code_text(bj_be16_get(code));
}

static const char *type_text(const bj_audit_record_t *record, const uint8_t *msg) {
    if (is_nnf(record)) return nnf_text(record, msg);
    if (record->kind == BJ_AUDIT_UNPROVEN) return "";
    if (record->msg_bytes < sizeof(bj_oe_header_t)) return "";
    switch (msg[offsetof(bj_oe_header_t, type)]) {
#define X(name, letter, type, sequenced, text) case letter: return text;
        BJ_OE_IN_LIST(X) BJ_OE_OUT_LIST(X)
#undef X
#define X(name, value, letter, text) case letter: return text;
        BJ_EVENT_LIST(X)
#undef X
    default: return "";
    }
}

static void add_time(line_t *line, int64_t time_ns) {
    time_t seconds = (time_t)(time_ns / BJ_NS_PER_S);
    struct tm utc;
    char text[32] = "";
    if (gmtime_r(&seconds, &utc)) strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    add(line, "%s.%09" PRId64 "Z", text, time_ns % BJ_NS_PER_S);
}

static void add_peer(line_t *line, uint32_t ip) {
    add(line, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

static void add_hex(line_t *line, const uint8_t *msg, size_t msg_bytes) {
    for (size_t i = 0; i < msg_bytes; i++)
        add(line, "%02x", msg[i]);
}

/* The gateway's own words, why there was no TLS: what could end a string is left out. */
static void add_words(line_t *line, const bj_audit_record_t *r, const uint8_t *msg) {
    if (r->kind != BJ_AUDIT_UNPROVEN) return;
    for (size_t i = 0; i < r->msg_bytes; i++)
        if (msg[i] >= ' ' && msg[i] < 127 && msg[i] != '"' && msg[i] != '\\')
            add(line, "%c", msg[i]);
}

/* In words; the bytes of what is no message. */
static void add_nnf(line_t *line, const bj_audit_record_t *r, const uint8_t *msg, bool json) {
    bj_nnf_segment_t segment = r->dialect == BJ_AUDIT_NNF_CM ? BJ_NNF_CM : BJ_NNF_FO;
    char text[BJ_NNF_TEXT_BYTES];
    if (is_message(r)) (void)bj_nnf_text(segment, msg, r->msg_bytes, json, text, sizeof text);
    if (is_message(r)) add(line, "%s", text);
    else if (json) add(line, "{}");
    else add_hex(line, msg, r->msg_bytes);
}

/* All 0 of what has none. */
static bj_oe_header_t header_of(const bj_audit_record_t *record, const uint8_t *msg) {
    bj_oe_header_t header = {0};
    bool has = is_message(record) && !is_nnf(record) && record->msg_bytes >= sizeof header;
    if (has) memcpy(&header, msg, sizeof header);
    return header;
}

static void text_line(line_t *line, const bj_audit_record_t *r, const uint8_t *msg) {
    add_time(line, r->time_ns);
    add(line, " %" PRIu64 " session %u conn %u ", r->seq, r->session_id, r->conn);
    add_peer(line, r->peer_ip);
    add(line, " %s", kind_word(r->kind));
    if (r->value) add(line, " %u", r->value);
    if (!is_nnf(r) && *type_text(r, msg))
        add(line, " \"%s\" #%" PRIu64, type_text(r, msg), header_of(r, msg).seq);
    if (r->client_order_id) add(line, " client_order_id %" PRIu64, r->client_order_id);
    if (r->order_id) add(line, " order_id %" PRIu64, r->order_id);
    if (r->account_id) add(line, " account %u", r->account_id);
    if (header_of(r, msg).app) add(line, " app %u", header_of(r, msg).app);
    if (is_nnf(r)) add(line, " %s", dialects[r->dialect]);
    if (r->box_id) add(line, " box %d", r->box_id);
    if (r->user_id) add(line, " user %d", r->user_id);
    if (r->msg_bytes) add(line, " ");
    add_words(line, r, msg);
    if (r->kind == BJ_AUDIT_UNPROVEN) return;
    if (is_nnf(r)) add_nnf(line, r, msg, false);
    else add_hex(line, msg, r->msg_bytes);
}

static void json_line(line_t *line, const bj_audit_record_t *r, const uint8_t *msg) {
    add(line, "{\"seq\":\"%" PRIu64 "\",\"time_ns\":\"%" PRId64 "\",\"time\":\"", r->seq,
        r->time_ns);
    add_time(line, r->time_ns);
    add(line, "\",\"session\":%u,\"conn\":%u,\"peer\":\"", r->session_id, r->conn);
    add_peer(line, r->peer_ip);
    add(line,
        "\",\"kind\":\"%s\",\"value\":%u,\"message\":\"%s", kind_word(r->kind), r->value,
        type_text(r, msg));
    add_words(line, r, msg);
    add(line,
        "\",\"message_seq\":\"%" PRIu64
        "\",\"client_order_id\":\"%" PRIu64 "\",\"order_id\":\"%" PRIu64
        "\",\"account\":%u,\"app\":%u,",
        header_of(r, msg).seq,
        r->client_order_id, r->order_id, r->account_id, header_of(r, msg).app);
    if (is_nnf(r)) {
        add(line, "\"dialect\":\"%s\",\"box\":%d,\"user\":%d,\"nnf\":", dialects[r->dialect],
            r->box_id, r->user_id);
        add_nnf(line, r, msg, true);
        add(line, ",");
    }
    add(line, "\"bytes\":\"");
    add_hex(line, msg, r->msg_bytes);
    add(line, "\"}");
}

bool bj_audit_line(const bj_audit_record_t *record, const uint8_t *msg, bool json, char *out,
                   size_t out_bytes) {
    line_t line = {out, out_bytes, 0};
    (json ? json_line : text_line)(&line, record, msg);
    return line.cnt + 1 < out_bytes;
}

bool bj_audit_time_parse(const char *text, int64_t *time_ns) {
    struct tm utc = {0};
    char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    if (!end) {
        *time_ns = strtoll(text, &end, 10);
        return end != text && !*end && *time_ns >= 0;
    }
    int64_t part_ns = 0, unit_ns = BJ_NS_PER_S / 10;
    if (*end == '.') {
        for (end++; *end >= '0' && *end <= '9'; end++, unit_ns /= 10)
            part_ns += (*end - '0') * unit_ns;
    }
    *time_ns = (int64_t)timegm(&utc) * BJ_NS_PER_S + part_ns;
    return strcmp(end, "Z") == 0 && *time_ns >= 0;
}
