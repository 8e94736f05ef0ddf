#ifndef BJ_NNF_CLIENT_PRIV_H
#define BJ_NNF_CLIENT_PRIV_H

/* What the files of bj_nnf_client share: bj_nnf_client.c (configuration, bytes, clocks), _session.c
 * (the way in, and which message is whose), _order.c (requests), _find.c (whose order a message
 * means), _answer.c (what a message does to its order), _reconcile.c (after a loss). */
#include "dataplane/nnf/bj_nnf_client.h"
#include "dataplane/nnf/bj_nnf_codec.h"
#include "dataplane/nnf/bj_nnf_reason.h"
#include "dataplane/nnf/bj_nnf_time.h"

enum {
    CLIENT_IN_BYTES = 4096,
    CLIENT_OUT_BYTES = 65536,
    CLIENT_HOLD_BYTES = 1 << 20,  /* for what comes live while we download */
    CLIENT_LISTED_BYTES = 384,    /* an open order in the exchange's list: 362 in FO */
    SEQ_SLOTS = 1 << 16,
    CHAIN_END = 0,
};

typedef enum order_state {
    ORDER_NEW,    /* the exchange has not answered */
    ORDER_OPEN,
    ORDER_ENDED,
    ORDER_ABSENT  /* the exchange does not have it */
} order_state_t;

typedef enum ask { ASK_NONE, ASK_NEW, ASK_MODIFY, ASK_CANCEL } ask_t;
typedef enum ask_state {
    ASK_INTENDED, /* in the queue */
    ASK_SENT,
    ASK_DOUBT,    /* sent, and the connection ended */
    ASK_FROZEN    /* the exchange has it and will say later */
} ask_state_t;

typedef struct terms {
    int32_t  price_paise, qty, trigger_paise, disclosed_qty;
    uint32_t expiry_day;
    uint8_t  order_type, tif;
} terms_t;

typedef struct order {
    uint64_t order_id;
    int64_t  number, activity_ref, jiffies;
    int64_t  ask_ref; /* activity_ref that its request echoes */
    uint32_t id_next, number_next; /* in their chains: index + 1 */
    uint32_t token, account_id, party_idx, ask_seq;
    terms_t  now, want;            /* want: of a MODIFY */
    int32_t  leaves_qty, cum_qty, entry_s, modified_s;
    uint8_t  side, flags, open_close;
    order_state_t state;
    ask_t    ask;
    ask_state_t ask_state;
    bool     woke, foreign;
    bool     cancel_next;  /* when its request is answered */
    bool     cancel_stale; /* ... when something newer was heard of it */
    bool     asked_open, listed;
    bool     queued; /* it has its place in the queue, which is its next request's */
    bool     stray; /* foreign, or it came up after it had been called absent */
    bool     unexplained;
    int32_t  untold_qty; /* see bj_nnf_answer_t */
    int32_t  listed_qty; /* traded, as the list of open orders has it */
} order_t;

/* A live message that waits for the end of a download. */
typedef struct hold {
    uint8_t *bytes; /* {length, sequence, message} one after the other */
    size_t   at, cnt, max;
    bool     overflow;
} hold_t;

struct bj_nnf_client {
    bj_nnf_client_config_t config;
    bj_nnf_client_state_t  state;
    bool     connected, closing, stop; /* stop: no further try */
    int32_t  error;
    bj_nnf_keys_t keys;
    uint8_t  session_key[8];
    char     box_ip[17];
    uint16_t box_port;
    bj_nnf_seal_t in_seal, out_seal;
    bj_nnf_packet_t packet;
    bool     packet_held;
    uint32_t in_cnt, out_at, out_cnt, seq;
    uint8_t *in, *out;
    int64_t  since_ns, heard_ns, said_ns, retry_at_ns, retry_ns;
    uint8_t  stream, stream_cnt; /* of the download: which, of how many */
    bool     settled, all_anew, listing;
    bool     knows_all; /* this time everything was downloaded from the beginning */
    bool     was_out;   /* an outage that we have not come out of yet: it ends orders silently */
    uint32_t compare_at, overflow_cnt; /* in a row */
    bool     strays_ask;  /* a stray's cancel was refused */
    int64_t  strays_ask_ns; /* ... and is asked again then; 0: not known yet */
    int64_t  place[BJ_NNF_STREAMS_MAX];
    hold_t   hold;
    bj_nnf_instrument_t *instruments; /* by token */
    bj_nnf_party_t *parties;          /* by account_id */
    order_t *orders;
    uint32_t order_cnt, mask, *by_ref, *by_number, *seq_of;
    uint32_t *queue, queue_at, queue_cnt; /* orders, each once: whose request is intended */
    int64_t *sent_ns;                     /* ring of the latest requests' times */
    uint64_t sent_cnt;
    uint32_t pending_cnt, doubt_cnt; /* requests without an answer; of them, in doubt */
    bj_nnf_client_counters_t counters;
};

/* Around each change of what an order asks: taken out before it (-1), put in after it (1). */
static inline void order_count(bj_nnf_client_t *client, const order_t *order, int sign) {
    if (order->ask == ASK_NONE) return;
    client->pending_cnt += (uint32_t)sign;
    client->doubt_cnt += order->ask_state == ASK_DOUBT ? (uint32_t)sign : 0;
}

typedef enum verdict { USED, HELD } verdict_t;

static inline bool is_fo(const bj_nnf_client_t *client) {
    return client->config.segment == BJ_NNF_FO;
}
static inline bool order_stops(const order_t *order) {
    return (order->now.order_type == BJ_SL || order->now.order_type == BJ_SL_M) && !order->woke;
}
static inline int32_t order_ref(uint64_t order_id) { return (int32_t)(order_id & INT32_MAX); }

/* bj_nnf_client.c */
bool client_fits(const bj_nnf_client_t *client);
bool client_say(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, bj_now_t now);
void client_close(bj_nnf_client_t *client);
void client_goto(bj_nnf_client_t *client, bj_nnf_client_state_t state, bj_now_t now);

/* bj_nnf_client_session.c */
void session_say(bj_nnf_client_t *client, bj_now_t now); /* what the state asks for */
verdict_t session_message(bj_nnf_client_t *client, bj_now_t now);

/* bj_nnf_client_order.c */
const bj_nnf_instrument_t *client_instrument(const bj_nnf_client_t *client, uint32_t token);
bj_nnf_party_t client_party(const bj_nnf_client_t *client, const order_t *order);
/* Whose account has this name: its party; the first one: nobody's. */
uint32_t client_party_named(const bj_nnf_client_t *client, const char *account,
                            uint32_t *account_id);
order_t *order_add(bj_nnf_client_t *client, uint64_t order_id); /* NULL: full */
void order_number(bj_nnf_client_t *client, order_t *order, int64_t number);
void order_ask(bj_nnf_client_t *client, order_t *order, ask_t ask);
uint32_t orders_send(bj_nnf_client_t *client, bj_now_t now);

/* bj_nnf_client_find.c */
order_t *order_with_id(const bj_nnf_client_t *client, uint64_t order_id);
order_t *order_with_number(const bj_nnf_client_t *client, int64_t number);
order_t *order_meant(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, uint32_t seq);
uint32_t token_meant(const bj_nnf_client_t *client, const bj_nnf_msg_t *msg);

/* bj_nnf_client_answer.c */
/* A message about an order.  seq 0: it answers no packet of ours. */
verdict_t order_message(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, uint32_t seq, bool live);
bool about_orders(int64_t code);
bool answer_say(bj_nnf_client_t *client, const bj_nnf_answer_t *answer); /* false: not now */
bj_nnf_answer_t answer_of(const order_t *order, bj_nnf_answer_kind_t kind);

void order_cancel_next(bj_nnf_client_t *client, order_t *order);
/* Its request is not at the exchange and will not go there.  False: not now. */
bool order_say_absent(bj_nnf_client_t *client, order_t *order, bj_status_t reason);
bool order_say_unsent(bj_nnf_client_t *client, order_t *order, bj_status_t reason);
/* Once for each order: a person must look at it. */
void order_unexplained(bj_nnf_client_t *client, order_t *order);
void order_missing(order_t *order, int32_t filled_qty);
bool order_unsent(const bj_nnf_client_t *client, const order_t *order); /* see drop_unsent */

/* bj_nnf_client_reconcile.c */
void hold_clear(bj_nnf_client_t *client);
void hold_message(bj_nnf_client_t *client, uint32_t seq, const uint8_t *msg, size_t msg_bytes);
void reconcile_start(bj_nnf_client_t *client, bj_now_t now);
void reconcile_downloaded(bj_nnf_client_t *client, bj_now_t now);
uint32_t reconcile_step(bj_nnf_client_t *client, bj_now_t now);
void strays_step(bj_nnf_client_t *client, bj_now_t now);
void orders_doubt(bj_nnf_client_t *client); /* what was sent and not answered */

#endif /* BJ_NNF_CLIENT_PRIV_H */
