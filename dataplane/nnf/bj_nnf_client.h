#ifndef BJ_NNF_CLIENT_H
#define BJ_NNF_CLIENT_H

/* bj_nnf_client - NNF's member side: orders in, bytes out; bytes in, answers out.  It never touches
 * a socket, so the dataplane's uplink and the tests drive this same code.
 *
 * Protocol   docs/protocols/nnf.md, dataplane/wire/bj_wire_nnf.h.
 * Shape      one segment, one box, one user; one connection at a time, of the kind that
 *            bj_nnf_client_want says: to the gateway router (TLS 1.3, the transport's), then to the
 *            box that the router named.
 * Orders     bj_cmd_t of type NEW, MODIFY, CANCEL with our own order_id, which names the order ever
 *            after.  An order has one request on its way; a cancel that comes meanwhile waits for
 *            its answer.  What is asked while the exchange is away is sent when it is back, or
 *            answered then, by setting.
 * Doubt      A request whose answer is missing when the connection ends is in doubt.  After the
 *            next sign-on the day's messages are downloaded from the last one known, the open
 *            orders are compared, and what came live meanwhile is taken in after them.  A request
 *            of which the exchange still says nothing after settle_ns and a second download never
 *            got there: it is answered `absent`, or sent again where a setting says so.  Nothing
 *            else is ever sent twice.
 * Finding    an answer's order: by its number; by the reference (trimmed forms: the low 31 bits of
 *            order_id; full forms: "BJ" and 16 hexadecimal digits as remarks); by the sequence
 *            number of a request; and as the full forms of a download do not show a trimmed
 *            order's reference, by its terms, the first sent first: a connection keeps order.
 * Repeats    what was taken in already changes nothing: by an order's latest activity reference, by
 *            its filled quantity, by its latest place in the download.
 * Missing    an order may have traded more, by the exchange's word, than the trades that it told
 *            of, or be gone from its list without a word.  Then everything is downloaded from the
 *            beginning.  What that leaves is unexplained: counted, and a sentence in the log, once
 *            for each order; its answers say so from then on.  What an outage ended is not.
 * Foreign    orders of this user that the exchange has and we do not know are reported, then kept
 *            (bj_nnf_client_adopt names them) or cancelled, by setting: a cancel that is refused
 *            is asked again each retry_max_ns, and after each sign-on.
 * Memory     all of it at bj_nnf_client_new, as address space; an order's record stays as long
 *            as the client.  The exchange's list of open orders has room for order_max of them.
 * Ownership  the caller's records are copied.  Threads: one.
 * Errors     bj_status_t; an order that is refused here has changed nothing.
 * Cost       a message: OpenSSL's passes, one decode, one or two hash look-ups; no heap.  A sign-on
 *            looks at every order three times. */
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/nnf/bj_nnf_frame.h"
#include "dataplane/nnf/bj_nnf_instrument.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { BJ_NNF_STREAMS_MAX = 128, BJ_NNF_ACCOUNT_DIGIT = '#' };

#define BJ_NNF_CLIENT_COUNTER_LIST(X)                                               \
    X(sign_ons, "signed on")                                                        \
    X(refused, "sign-ons, boxes and queries that were refused")                     \
    X(lost, "connections that ended")                                               \
    X(silent, "connections given up: no answer, or no heartbeat")                   \
    X(garbage, "connections given up: no packet, or its check failed")              \
    X(requests, "requests about orders sent")                                       \
    X(answers, "answers handed on")                                                 \
    X(repeats, "messages that were known already")                                  \
    X(unmatched, "messages about orders that are not ours and have ended")          \
    X(unknown, "messages of a code or form that we do not know")                    \
    X(doubts, "requests in doubt at the end of a connection")                       \
    X(absent, "requests that the exchange turned out not to have")                  \
    X(unsent, "requests that were answered here instead of sent: see drop_unsent")  \
    X(resent, "of them, sent again by setting")                                     \
    X(vanished, "orders that the exchange ended without a word")                    \
    X(foreign, "orders at the exchange that we did not know")                       \
    X(untracked, "messages about such orders that cannot be followed: see the log") \
    X(surfaced, "orders that came up after they had been called absent")            \
    X(gaps, "times trades were missing: everything is downloaded")                  \
    X(unexplained, "orders that they are still missing of after that: see the log") \
    X(mismatches, "open orders whose quantities differ from the exchange's list")   \
    X(held, "times a message waited for the back side")                             \
    X(overflows, "downloads asked again: too much happened meanwhile")              \
    X(outages, "outages of a stream")                                               \
    X(frozen, "orders frozen by the exchange")

typedef struct bj_nnf_client_counters {
#define X(field, text) uint64_t field;
    BJ_NNF_CLIENT_COUNTER_LIST(X)
#undef X
} bj_nnf_client_counters_t;

/* X(name, text): where the session is.  Orders go out in READY only. */
#define BJ_NNF_CLIENT_STATE_LIST(X)                                          \
    X(BJ_NNF_AWAY, "not connected: waits to try again")                      \
    X(BJ_NNF_STOPPED, "sign-on was refused: waits for bj_nnf_client_start")  \
    X(BJ_NNF_TO_ROUTER, "wants a connection to the gateway router")          \
    X(BJ_NNF_ASKS_ROUTER, "asked the gateway router")                        \
    X(BJ_NNF_TO_BOX, "wants a connection to its box")                        \
    X(BJ_NNF_REGISTERS, "registers its box")                                 \
    X(BJ_NNF_SIGNS_BOX, "signs its box on")                                  \
    X(BJ_NNF_SIGNS_USER, "signs its user on")                                \
    X(BJ_NNF_ASKS_INFO, "asked for system information")                      \
    X(BJ_NNF_ASKS_LOCAL, "reads its open orders")                            \
    X(BJ_NNF_DOWNLOADS, "downloads messages")                                \
    X(BJ_NNF_TAKES_IN, "takes in what came meanwhile")                       \
    X(BJ_NNF_COMPARES, "compares its orders with the exchange's")            \
    X(BJ_NNF_SETTLES, "waits before it calls anything absent")               \
    X(BJ_NNF_OUTAGE, "a stream of the exchange is out")                      \
    X(BJ_NNF_READY, "reconciled; orders go out")

typedef enum bj_nnf_client_state {
#define X(name, text) name,
    BJ_NNF_CLIENT_STATE_LIST(X)
#undef X
    BJ_NNF_CLIENT_STATE_CNT
} bj_nnf_client_state_t;

/* What an account's orders carry. */
typedef struct bj_nnf_party {
    uint32_t account_id; /* > 0 */
    char     account[11], pan[11], settlor[13];
    int16_t  pro_client; /* BJ_NNF_CLIENT, BJ_NNF_PRO */
    int64_t  nnf_id;     /* 15 digits */
    int32_t  algo_id;
    uint8_t  open_close; /* FO: 'O' or 'C' */
} bj_nnf_party_t;

typedef struct bj_nnf_client_settings {
    bool     full_orders;     /* every order in the full form: remarks carry its whole order_id */
    bool     volume_is_total; /* a modification's quantity: the whole order's, not what is open */
    bool     drop_unsent;     /* NEW and MODIFY that still wait here (for the rate) when the
                               * connection ends, or when a cancel comes: answered, not sent */
    bool     foreign_cancel;  /* orders we do not know are cancelled, not kept */
    bool     resend_new, resend_modify, resend_cancel; /* absent: sent again, not answered */
    uint32_t rate_per_s;      /* messages in any second, below the box's; [1, 100000] */
    uint32_t burst_per_100ms; /* and in any 100 ms; [1, rate_per_s] */
    int64_t  heartbeat_ns, answer_wait_ns, settle_ns, retry_ns, retry_max_ns;
    int32_t  version;
} bj_nnf_client_settings_t;
extern const bj_nnf_client_settings_t bj_nnf_client_settings_usual;

/* X(name, text) */
#define BJ_NNF_ANSWER_LIST(X)                                         \
    X(BJ_NNF_ACCEPTED, "order accepted")                              \
    X(BJ_NNF_REJECTED, "order refused")                               \
    X(BJ_NNF_CHANGED_TERMS, "order modified")                         \
    X(BJ_NNF_MODIFY_REFUSED, "modification refused")                  \
    X(BJ_NNF_ENDED, "order cancelled")                                \
    X(BJ_NNF_CANCEL_REFUSED, "cancellation refused")                  \
    X(BJ_NNF_FILLED, "trade")                                         \
    X(BJ_NNF_WOKE, "stop order woke")                                 \
    X(BJ_NNF_FOREIGN, "an order that we did not know, or not any more")

typedef enum bj_nnf_answer_kind {
#define X(name, text) name,
    BJ_NNF_ANSWER_LIST(X)
#undef X
    BJ_NNF_ANSWER_CNT
} bj_nnf_answer_kind_t;

/* The order as it is after this: what the back side keeps so that bj_nnf_client_recover can be told
 * after a restart. */
typedef struct bj_nnf_answer {
    uint64_t order_id;     /* ours; 0: foreign, not adopted */
    int64_t  number;       /* the exchange's; 0: it gave none */
    int64_t  activity_ref; /* of the order's latest event */
    int64_t  jiffies;      /* this message's place in the download of its stream */
    int64_t  place;        /* the same where all before it is known too; 0: refusals overtake */
    int64_t  time_ns;      /* the exchange's, UNIX; 0: inferred, no message said it */
    uint32_t token, account_id;
    int32_t  price_paise, qty, leaves_qty, cum_qty, trigger_paise, disclosed_qty;
    int32_t  fill_number, fill_qty, fill_price_paise; /* FILLED */
    int32_t  error;        /* the exchange's; reason is ours, by bj_nnf_reason */
    uint16_t reason;       /* bj_status_t */
    uint8_t  kind, stream, side, order_type, tif;
    bool     woke;         /* a stop that has become a plain order */
    bool     asked;        /* answers the order's request */
    bool     stray;        /* the back side does not have it (any more); see foreign_cancel */
    bool     unexplained;  /* trades of it are missing, or it is gone without a word */
    int32_t  untold_qty;   /* of cum_qty: what is missing, and what was FILLED after that */
    bool     late;         /* FILLED, stray: a trade of an order of ours that had ended */
    bool     absent;       /* REJECTED, MODIFY_REFUSED, CANCEL_REFUSED: it never got there */
} bj_nnf_answer_t;

typedef struct bj_nnf_client_ops {
    /* BJ_OK: taken.  Anything else: not now; it is offered again and nothing has changed. */
    bj_status_t (*answer)(void *ctx, const bj_nnf_answer_t *answer);
} bj_nnf_client_ops_t;

typedef struct bj_nnf_client_config {
    bj_nnf_segment_t segment;
    uint8_t  iv_bytes; /* the existing encryption: 12 or 16 */
    int16_t  box_id, branch_id;
    int32_t  user_id;
    char     broker_id[6], password[9];
    char     router_ip[17];
    uint16_t router_port;
    const bj_nnf_party_t *parties; /* this and the next: copied */
    const bj_nnf_instrument_t *instruments;
    uint32_t party_cnt, instrument_cnt;
    /* Accounts that are no party's: account is a pattern, each BJ_NNF_ACCOUNT_DIGIT of it a digit
     * of account_id; empty: there are none. */
    bj_nnf_party_t others;
    uint32_t order_max; /* orders of the day, [1, 2^24] */
    bj_nnf_client_settings_t settings;
    const bj_nnf_client_ops_t *ops;
    void    *ctx;
} bj_nnf_client_config_t;

typedef struct bj_nnf_client bj_nnf_client_t;

/* NULL: *error says which value may not be so.  It is STOPPED until bj_nnf_client_start. */
bj_nnf_client_t *bj_nnf_client_new(const bj_nnf_client_config_t *config, const char **error);
void bj_nnf_client_free(bj_nnf_client_t *client); /* the password is wiped */

/* --- the back side --- */
/* At start, in order of sending: every order of the day, ended ones too.  last: its latest answer,
 * NULL: none, so NEW is in doubt.  modify: one of it that has no answer, or NULL.  cancel: it was
 * asked for and has no answer. */
BJ_MUST_USE bj_status_t bj_nnf_client_recover(bj_nnf_client_t *client, const bj_cmd_t *cmd,
                                              const bj_nnf_answer_t *last, const bj_cmd_t *modify,
                                              bool cancel);
/* And the highest place of each stream that an answer told of. */
void bj_nnf_client_recover_place(bj_nnf_client_t *client, uint8_t stream, int64_t jiffies);
void bj_nnf_client_start(bj_nnf_client_t *client, bj_now_t now);

/* bj_nnf_client_order takes a NEW, MODIFY or CANCEL, with order_id.
 *   BJ_OK                taken: an answer will come
 *   BJ_ERR_EXISTS        NEW: the order_id is in use; MODIFY: a request of the order is on its way
 *   BJ_REJ_ORDER_UNKNOWN not ours, not confirmed, or ended
 *   BJ_REJ_INSTRUMENT_UNKNOWN, BJ_REJ_ACCOUNT_UNKNOWN, BJ_REJ_FIELD
 *   BJ_REJ_ENGINE_FULL   order_max orders have been sent */
BJ_MUST_USE bj_status_t bj_nnf_client_order(bj_nnf_client_t *client, const bj_cmd_t *cmd);
/* Trades of it are missing.  *last: what is known of it, as an answer that it has ended; *open: it
 * is open at the exchange, as far as we know. */
bool bj_nnf_client_unexplained(const bj_nnf_client_t *client, uint64_t order_id,
                               bj_nnf_answer_t *last, bool *open);
/* A foreign order gets a name.  BJ_ERR_NOT_FOUND: no foreign order has this number. */
BJ_MUST_USE bj_status_t bj_nnf_client_adopt(bj_nnf_client_t *client, int64_t number,
                                            uint64_t order_id, uint32_t account_id);

/* --- the transport's side --- */
typedef enum bj_nnf_want { BJ_NNF_WANT_NONE, BJ_NNF_WANT_ROUTER, BJ_NNF_WANT_BOX } bj_nnf_want_t;

/* Which connection there should be now, and where to: the client's text, until the next call. */
bj_nnf_want_t bj_nnf_client_want(const bj_nnf_client_t *client, const char **ip, uint16_t *port);
void bj_nnf_client_connected(bj_nnf_client_t *client, bj_now_t now);
/* Bytes taken; fewer than given: the back side is full, offer the rest again later. */
size_t bj_nnf_client_input(bj_nnf_client_t *client, const uint8_t *data, size_t data_bytes,
                           bj_now_t now);
size_t bj_nnf_client_output(const bj_nnf_client_t *client, const uint8_t **data);
void bj_nnf_client_sent(bj_nnf_client_t *client, size_t sent_bytes, bj_now_t now);
/* True: close this connection and call bj_nnf_client_disconnected. */
bool bj_nnf_client_finished(const bj_nnf_client_t *client);
/* The connection ended, or could not be made. */
void bj_nnf_client_disconnected(bj_nnf_client_t *client, bj_now_t now);
/* Orders go out, waiting messages are taken in, clocks run.  Returns work done. */
uint32_t bj_nnf_client_step(bj_nnf_client_t *client, bj_now_t now);

bj_nnf_client_state_t bj_nnf_client_state(const bj_nnf_client_t *client);
const char *bj_nnf_client_state_text(bj_nnf_client_state_t state);
/* The exchange's latest refusal of a session, or 0. */
int32_t bj_nnf_client_error(const bj_nnf_client_t *client);
/* Requests without an answer: not sent yet, sent, in doubt. */
uint32_t bj_nnf_client_pending(const bj_nnf_client_t *client);
/* Of them, those in doubt. */
uint32_t bj_nnf_client_doubts(const bj_nnf_client_t *client);
const bj_nnf_client_counters_t *bj_nnf_client_counters(const bj_nnf_client_t *client);

#endif /* BJ_NNF_CLIENT_H */
