#ifndef BJ_WS_H
#define BJ_WS_H

/* bj_ws - WebSocket frames (RFC 6455), the server's side.
 *
 * Purpose    What comes from a browser is taken apart and checked; what goes out gets its head.
 * Ownership  nothing is kept or allocated; a decoded payload lies in the caller's bytes, unmasked.
 * Limits     BJ_WS_PAYLOAD_MAX a frame; no extension is ever agreed on, so reserved bits are
 *            errors.
 * Cost       decode: one pass over the payload. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

enum { BJ_WS_PAYLOAD_MAX = 65536, BJ_WS_HEAD_MAX = 14, BJ_WS_CONTROL_MAX = 125 };

typedef enum bj_ws_opcode { /* section 5.2 */
    BJ_WS_MORE = 0,
    BJ_WS_TEXT = 1,
    BJ_WS_BINARY = 2,
    BJ_WS_CLOSE = 8,
    BJ_WS_PING = 9,
    BJ_WS_PONG = 10
} bj_ws_opcode_t;

enum { /* section 7.4.1 */
    BJ_WS_NORMAL = 1000,
    BJ_WS_GOING_AWAY = 1001,
    BJ_WS_PROTOCOL = 1002,
    BJ_WS_NOT_ACCEPTED = 1003,
    BJ_WS_NOT_UTF8 = 1007,
    BJ_WS_POLICY = 1008,
    BJ_WS_TOO_BIG = 1009,
};

typedef struct bj_ws_frame {
    bj_ws_opcode_t opcode;
    bool           fin;
    uint8_t       *payload;
    size_t         payload_bytes;
    size_t         frame_bytes; /* head and payload: what was used up */
} bj_ws_frame_t;

/* bj_ws_decode takes the first frame of data apart; its payload is unmasked in place.
 *   BJ_ERR_TRUNCATED  not all there yet; data has not changed
 *   BJ_ERR_BAD_FIELD  against the rules: answer with *close_code and end the connection */
BJ_MUST_USE bj_status_t bj_ws_decode(uint8_t *data, size_t data_bytes, bj_ws_frame_t *frame,
                                     uint16_t *close_code);

/* Writes a whole unfragmented frame's head in front of payload_bytes; returns its length. */
size_t bj_ws_head(uint8_t out[BJ_WS_HEAD_MAX], bj_ws_opcode_t opcode, size_t payload_bytes);

/* The code of a close frame's payload (section 7.4): BJ_WS_NORMAL if it has none, BJ_WS_PROTOCOL or
 * BJ_WS_NOT_UTF8 if it is malformed. */
uint16_t bj_ws_close_code(const uint8_t *payload, size_t payload_bytes);

bool bj_utf8_valid(const uint8_t *text,
                   size_t text_bytes); /* RFC 3629: no surrogates, shortest form */

#endif /* BJ_WS_H */
