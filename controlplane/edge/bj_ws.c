#include "controlplane/edge/bj_ws.h"

enum {
    FIN = 0x80,
    RESERVED = 0x70,
    OPCODE = 0x0f,
    MASK = 0x80,
    LEN = 0x7f,
    LEN_16 = 126,
    LEN_64 = 127
};
enum { MASK_BYTES = 4 };

static uint64_t read_be(const uint8_t *at, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | at[i];
    return value;
}

static bool known(unsigned opcode) {
    return opcode <= BJ_WS_BINARY || (opcode >= BJ_WS_CLOSE && opcode <= BJ_WS_PONG);
}

/* The two bytes every frame begins with.  0: fine. */
static uint16_t check_start(const uint8_t *data) {
    unsigned opcode = data[0] & OPCODE, len = data[1] & LEN;
    if (data[0] & RESERVED) return BJ_WS_PROTOCOL;       /* 5.2: no extension was agreed on */
    if (!known(opcode)) return BJ_WS_PROTOCOL;           /* 5.2 */
    if (!(data[1] & MASK)) return BJ_WS_PROTOCOL;        /* 5.1: a client must mask */
    bool control = opcode >= BJ_WS_CLOSE;
    if (control && (len > BJ_WS_CONTROL_MAX || !(data[0] & FIN))) return BJ_WS_PROTOCOL; /* 5.5 */
    return 0;
}

static bj_status_t refuse(uint16_t *close_code, uint16_t code) {
    *close_code = code;
    return BJ_ERR_BAD_FIELD;
}

bj_status_t bj_ws_decode(uint8_t *data, size_t data_bytes, bj_ws_frame_t *frame,
                         uint16_t *close_code) {
    if (data_bytes < 2) return BJ_ERR_TRUNCATED;
    uint16_t wrong = check_start(data);
    if (wrong) return refuse(close_code, wrong);

    uint64_t payload_bytes = data[1] & LEN;
    size_t ext_bytes = payload_bytes == LEN_16 ? 2 : payload_bytes == LEN_64 ? 8 : 0;
    if (data_bytes < 2 + ext_bytes) return BJ_ERR_TRUNCATED;
    if (ext_bytes) {
        payload_bytes = read_be(data + 2, ext_bytes);
        /* 5.2: the fewest bytes that will do */
        if (payload_bytes < (ext_bytes == 2 ? LEN_16 : 65536)) {
            return refuse(close_code, BJ_WS_PROTOCOL);
        }
    }
    if (payload_bytes > BJ_WS_PAYLOAD_MAX) return refuse(close_code, BJ_WS_TOO_BIG);
    size_t head_bytes = 2 + ext_bytes + MASK_BYTES;
    if (data_bytes < head_bytes + payload_bytes) return BJ_ERR_TRUNCATED;

    const uint8_t *mask = data + 2 + ext_bytes;
    uint8_t *payload = data + head_bytes;
    for (size_t i = 0; i < payload_bytes; i++) payload[i] ^= mask[i % MASK_BYTES]; /* 5.3 */
    *frame = (bj_ws_frame_t){.opcode = (bj_ws_opcode_t)(data[0] & OPCODE),
                             .fin = (data[0] & FIN) != 0, .payload = payload,
                             .payload_bytes = payload_bytes,
                             .frame_bytes = head_bytes + payload_bytes};
    return BJ_OK;
}

size_t bj_ws_head(uint8_t out[BJ_WS_HEAD_MAX], bj_ws_opcode_t opcode, size_t payload_bytes) {
    out[0] = (uint8_t)(FIN | opcode);
    size_t ext_bytes = payload_bytes < LEN_16 ? 0 : payload_bytes < 65536 ? 2 : 8;
    out[1] = (uint8_t)(ext_bytes == 0 ? payload_bytes : ext_bytes == 2 ? LEN_16 : LEN_64);
    for (size_t i = 0; i < ext_bytes; i++) {
        out[2 + i] = (uint8_t)(payload_bytes >> 8 * (ext_bytes - 1 - i));
    }
    return 2 + ext_bytes;
}

uint16_t bj_ws_close_code(const uint8_t *payload, size_t payload_bytes) {
    if (payload_bytes == 0) return BJ_WS_NORMAL;
    if (payload_bytes == 1) return BJ_WS_PROTOCOL; /* 5.5.1: a code has two bytes */
    unsigned code = (unsigned)read_be(payload, 2);
    bool ours = code >= 1000 && code <= 1011 && code != 1004 && code != 1005 && code != 1006;
    bool theirs = code >= 3000 && code <= 4999;
    if (!ours && !theirs) return BJ_WS_PROTOCOL;
    return bj_utf8_valid(payload + 2, payload_bytes - 2) ? (uint16_t)code : BJ_WS_NOT_UTF8;
}

/* By first byte: how many follow, and the range of the first that follows. */
static const struct {
    uint8_t from, to, follow_cnt, second_lo, second_hi;
} utf8_table[] = {
    {0x00, 0x7f, 0, 0x00, 0x00}, {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* Bytes of the character that text begins with; 0: none. */
static size_t utf8_one(const uint8_t *text, size_t text_bytes) {
    size_t i = 0;
    while (i < BJ_COUNT(utf8_table) && text[0] > utf8_table[i].to) i++;
    if (i == BJ_COUNT(utf8_table) || text[0] < utf8_table[i].from) return 0;
    size_t follow_cnt = utf8_table[i].follow_cnt;
    if (follow_cnt == 0) return 1;
    if (text_bytes < 1 + follow_cnt) return 0;
    if (text[1] < utf8_table[i].second_lo || text[1] > utf8_table[i].second_hi) return 0;
    for (size_t k = 2; k <= follow_cnt; k++) {
        if ((text[k] & 0xc0) != 0x80) return 0;
    }
    return 1 + follow_cnt;
}

bool bj_utf8_valid(const uint8_t *text, size_t text_bytes) {
    while (text_bytes > 0) {
        size_t n = utf8_one(text, text_bytes);
        if (n == 0) return false;
        text += n;
        text_bytes -= n;
    }
    return true;
}
