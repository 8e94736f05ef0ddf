#ifndef BJ_OE_CODEC_H
#define BJ_OE_CODEC_H

/* bj_oe_codec - order-entry messages to commands, events to reports, and where a message ends.
 *
 * Purpose  The one place that knows which bytes are a good message; gateway and client share it.
 * Threads  any: no state.
 * Errors   bj_status_t; on any error nothing was written but *text.
 * Cost     a table look-up and a handful of compares; the login proof is one HMAC. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include "dataplane/wire/bj_wire_oe.h"

enum { BJ_OE_TEXT_MAX = 39 }; /* what fits bj_oe_session_reject_t.text */

/* Where the first message in data ends.
 *   BJ_OK                *msg_bytes is its length, all of it is there
 *   BJ_ERR_TRUNCATED     good so far, more bytes are needed
 *   BJ_ERR_UNKNOWN_TYPE  no message of this direction has that letter
 *   BJ_ERR_BAD_FIELD     length, version or reserved word is not what the type demands
 * After the last two there is no way to find the next message: end the connection. */
BJ_MUST_USE bj_status_t bj_oe_frame(const uint8_t *data, size_t data_bytes, size_t *msg_bytes);
/* The same for what a server says. */
BJ_MUST_USE bj_status_t bj_oe_frame_out(const uint8_t *data, size_t data_bytes, size_t *msg_bytes);

/* A framed, sequenced client message as a command.  session_id and time_ns stay 0: the gateway
 * knows them.  BJ_ERR_BAD_FIELD or BJ_ERR_UNKNOWN_TYPE: *text names the field and what it may be;
 * it lives for ever and is at most BJ_OE_TEXT_MAX long. */
BJ_MUST_USE bj_status_t bj_oe_to_cmd(const uint8_t *msg, size_t msg_bytes, bj_cmd_t *cmd,
                                     const char **text);

/* An event as report number out_seq; returns its bytes, 0 if the event's type is not in the
 * list. */
size_t bj_oe_from_event(const bj_event_t *event, uint64_t out_seq, bj_oe_report_t *report);

/* HMAC-SHA256(key, nonce || session).  False: the library refused. */
BJ_MUST_USE bool bj_oe_login_mac(const void *key, size_t key_bytes,
                                 const uint8_t nonce[BJ_OE_NONCE_BYTES],
                                 const char session[BJ_OE_NAME_BYTES],
                                 uint8_t mac[BJ_OE_MAC_BYTES]);

#endif /* BJ_OE_CODEC_H */
