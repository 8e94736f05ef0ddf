#ifndef BJ_NNF_CODEC_H
#define BJ_NNF_CODEC_H

/* bj_nnf_codec - NNF messages to one plain struct and back, by the rows of the wire headers.
 *
 * Purpose    Nobody above this works with 30 layouts of two segments: a message is a code and the
 *            fields it has.
 * Units      prices paise; times as the wire has them (see bj_nnf_time.h); text without padding.
 * Ownership  nothing is kept; no heap, no floating point.
 * Errors     decoding says what the shape is worth; a field that is not what it may be is named in
 *            bad_field and the rest is still read: a server refuses, a client goes on.
 * Cost       one pass over the rows of the message's layout; the struct is cleared first.
 * Source     dataplane/wire/bj_wire_nnf.h. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_nnf.h"

/* X(name): the numbers.  Those of other messages are 0 when one is decoded and not looked at when
 * one is encoded.
 *   alpha0, alpha1      first letters of the symbol, or alpha0 a stream number
 *   client_ref          the client's own number of an order; echoed.  In the full forms there is
 *                       none, remarks take its place
 *   order_number        the exchange's, a whole number below 2^53; -1 if the wire's was not
 *   nnf_id              15 digits that say what kind of terminal the order comes from
 *   activity_ref        changes with each thing that happens to an order; modify and cancel echo
 *                       the latest one
 *   jiffies             1/65536 s since 1980; of a message from the exchange: its place in the
 *                       download
 *   flags0, flags1, more_flags   see bj_nnf_flags
 *   book, side, pro_client, user_type, market0 to 5   see bj_wire_nnf.h
 *   mod_cxl_by          'T' trader, 'B' branch manager, 'M' corporate manager, 'C' exchange
 *   qty, disclosed_qty, left_qty, disclosed_left_qty, filled_qty   shares or contracts
 *   settlement          CM 0: T+0, 1: T+1 */
#define BJ_NNF_NUMBER_LIST(X)                                                                  \
    X(code) X(log_s) X(alpha0) X(alpha1) X(user_id) X(error) X(time_exch_ns) X(jiffies)        \
    X(stream) X(message_bytes)                                                                 \
    /* orders */                                                                               \
    X(token) X(expiry_s) X(strike_paise) X(ca_level) X(order_number) X(book) X(side) X(qty)    \
    X(disclosed_qty) X(left_qty) X(disclosed_left_qty) X(filled_qty) X(price_paise)            \
    X(trigger_paise) X(good_till_s) X(entry_s) X(modified_s) X(min_fill_qty) X(flags0)         \
    X(flags1) X(more_flags) X(branch_id) X(trader_id) X(open_close) X(pro_client) X(nnf_id)    \
    X(client_ref) X(algo_id) X(activity_ref) X(mod_cxl_by) X(reason_code) X(suspended)         \
    X(settlement) X(closeout_flag) X(order_type) X(participant_type) X(competitor_period)      \
    X(solicitor_period) X(auction_number) X(fill_number) X(fill_qty) X(fill_price_paise)       \
    X(activity_s)                                                                              \
    /* sessions */                                                                             \
    X(box_id) X(port) X(dynamic_iv) X(sign_user_id) X(password_change_s) X(version)            \
    X(end_time_s) X(host_switch) X(user_type) X(sequence) X(broker_status) X(show_index)       \
    X(eligibility0) X(eligibility1) X(member_type) X(clearing_status) X(portfolio_s)           \
    X(security_s) X(participant_s) X(instrument_s) X(index_s) X(open_orders)                   \
    X(market0) X(market1) X(market2) X(market3) X(market4) X(market5) X(exercise0)             \
    X(exercise1) X(exercise2) X(exercise3) X(position0) X(position1) X(position2) X(position3) \
    X(market_index) X(settle_normal) X(settle_spot) X(settle_auction) X(warning_pct)           \
    X(freeze_pct) X(idle_min) X(lot_qty) X(tick_paise) X(gtc_days) X(disclosed_min_pct)        \
    X(update_portfolio) X(snap_quote_s) X(risk_free_rate) X(outage_stream) X(outage_status)

/* X(name, wire bytes): the texts, with NUL. */
#define BJ_NNF_TEXT_LIST(X)                                                                    \
    X(symbol, 10) X(series, 2) X(instrument, 6) X(option_type, 2) X(account, 10)               \
    X(broker_id, 5) X(cp_broker_id, 5) X(settlor, 12) X(participant, 12) X(pan, 10)            \
    X(remarks, 25) X(activity_type, 2) X(ip, 16) X(password, 8) X(new_password, 8)             \
    X(trader_name, 26) X(broker_name, 26) X(workstation, 14) X(text, 128)

/* X(name, bytes): what is only copied. */
#define BJ_NNF_RAW_LIST(X)                                                     \
    X(session_key, 8) X(crypto_key, 32) X(crypto_iv, 16) X(static_iv, 8)       \
    X(additional_key, 12) X(download_seq, 8)

typedef struct bj_nnf_msg {
#define X(name) int64_t name;
    BJ_NNF_NUMBER_LIST(X)
#undef X
#define X(name, n) char name[(n) + 1];
    BJ_NNF_TEXT_LIST(X)
#undef X
#define X(name, n) uint8_t name[n];
    BJ_NNF_RAW_LIST(X)
#undef X
    /* Of the decoding: NULL, or the first field that holds what it may not. */
    const char *bad_field;
    bool        bad_reserved; /* bad_field is a reserved one */
    uint16_t    form_bytes;   /* length of the form it came in; encode: 0 for the usual one */
} bj_nnf_msg_t;

typedef struct bj_nnf_row {
    const char *name;
    uint16_t at, bytes;
    uint16_t member_at, member_bytes; /* in bj_nnf_msg_t */
    uint8_t  kind;
} bj_nnf_row_t;

typedef struct bj_nnf_layout {
    const char *name; /* of the struct */
    const bj_nnf_row_t *rows;
    int32_t  code;
    uint16_t row_cnt, bytes;
    uint8_t  segment; /* bj_nnf_segment_t */
    bool     header;  /* begins with bj_nnf_header_t */
} bj_nnf_layout_t;

/* The layout of a code, and of a length where a code has several (0: the usual one).  NULL: the
 * segment has no such message. */
const bj_nnf_layout_t *bj_nnf_layout(bj_nnf_segment_t segment, int64_t code, size_t bytes);
/* All of them, for tests and tools. */
const bj_nnf_layout_t *bj_nnf_layouts(size_t *layout_cnt);
/* "order, trimmed", or "unknown message". */
const char *bj_nnf_code_text(int64_t code);

/* bj_nnf_decode reads one message.
 *   BJ_OK               see bad_field
 *   BJ_ERR_TRUNCATED    not even a code
 *   BJ_ERR_UNKNOWN_TYPE the segment has no such code; msg->code says which
 *   BJ_ERR_CORRUPT      the code has no form of this length */
BJ_MUST_USE bj_status_t bj_nnf_decode(bj_nnf_segment_t segment, const uint8_t *data,
                                      size_t data_bytes, bj_nnf_msg_t *msg);

/* bj_nnf_encode writes one message and returns its length; 0: no such code or form, a number does
 * not fit its field, or out_bytes is too small.  message_bytes is filled in. */
BJ_MUST_USE size_t bj_nnf_encode(bj_nnf_segment_t segment, const bj_nnf_msg_t *msg, uint8_t *out,
                                 size_t out_bytes);

/* A record of a download: outer (7021 or 7304, with alpha0 and user_id) around inner, which must
 * have a header.  Same result as bj_nnf_encode. */
BJ_MUST_USE size_t bj_nnf_wrap(bj_nnf_segment_t segment, const bj_nnf_msg_t *outer,
                               const bj_nnf_msg_t *inner, uint8_t *out, size_t out_bytes);
/* What a record wraps, as if it had come by itself.  BJ_ERR_TRUNCATED: no room for an inner
 * header; else as bj_nnf_decode. */
BJ_MUST_USE bj_status_t bj_nnf_unwrap(bj_nnf_segment_t segment, const uint8_t *data,
                                      size_t data_bytes, bj_nnf_msg_t *inner);

/* Flags as a set of 1 << bj_nnf_flag_t.  get: false if a bit is set that the segment does not
 * know.  FO's STPC is in more_flags and is BJ_NNF_STPC here too. */
BJ_MUST_USE bool bj_nnf_flags_get(bj_nnf_segment_t segment, const bj_nnf_msg_t *msg,
                                  uint32_t *flags);
void bj_nnf_flags_set(bj_nnf_segment_t segment, bj_nnf_msg_t *msg, uint32_t flags);

/* A double's bits that hold a whole number in [0, 2^53], exactly, and back. */
BJ_MUST_USE bool bj_nnf_whole_get(bj_be64_t wire, int64_t *value);
bj_be64_t bj_nnf_whole(int64_t value); /* value in that range */

#endif /* BJ_NNF_CODEC_H */
