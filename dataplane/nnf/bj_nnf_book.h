#ifndef BJ_NNF_BOOK_H
#define BJ_NNF_BOOK_H

/* bj_nnf_book - what the server remembers: a record of each order, and for each user
 * which events were told to him and under which jiffies.
 *
 * Shape      order_max records, found by client_order_id and by order_id.
 * Ownership  the book's; address space is set aside, pages cost memory when first used.
 * Threads    one.  Errors: NULL when full. */
#include "dataplane/base/bj_base.h"
#include "dataplane/wire/bj_wire_cmd.h"

/* A client_order_id of ours: session 8 bits, full form 1, count 23, the client's reference 32. */
static inline uint64_t bj_nnf_client_order_id(uint16_t session_id, bool full, uint32_t count,
                                              int32_t client_ref) {
    return (uint64_t)session_id << 56 | (uint64_t)full << 55 |
           (uint64_t)(count & 0x7fffff) << 32 | (uint32_t)client_ref;
}

/* A session_seq of ours: what was asked in the low two bits, so that a refusal says it even after
 * a restart. */
typedef enum bj_nnf_ask {
    BJ_NNF_ASK_NEW,
    BJ_NNF_ASK_MODIFY,
    BJ_NNF_ASK_CANCEL,
    BJ_NNF_ASK_KILL
} bj_nnf_ask_t;

typedef struct bj_nnf_record {
    uint64_t client_order_id, order_id; /* order_id 0: the engine has not answered yet */
    int64_t  activity_ref, nnf_id;
    uint32_t client_next, order_next; /* in their chains */
    uint32_t token;
    int32_t  entry_s, modified_s, algo_id, min_fill_qty;
    int32_t  price_paise, qty, leaves_qty, cum_qty, trigger_paise, disclosed_qty, expiry_day;
    uint16_t user_idx;
    int16_t  pro_client, settlement, branch_id;
    uint8_t  side, order_type, tif, flags; /* as in bj_event_t */
    uint8_t  open_close, more_flags, suspended, participant_type;
    bool     full, ended, woke, changed;
    char     account[11], settlor[13], pan[11], remarks[26];
} bj_nnf_record_t;

typedef struct bj_nnf_told { /* one message to a user, and what its event does not say */
    uint64_t event_seq;
    int64_t  jiffies, activity_ref;
    bool     woke, changed; /* of the order, with this event */
} bj_nnf_told_t;

typedef struct bj_nnf_book {
    bj_nnf_record_t *records;
    uint32_t *by_client, *by_order; /* heads of chains, record index + 1 */
    uint32_t  record_cnt, record_max, mask;
} bj_nnf_book_t;

BJ_MUST_USE bool bj_nnf_book_new(bj_nnf_book_t *book, uint32_t record_max);
void bj_nnf_book_free(bj_nnf_book_t *book);
/* A record with its client_order_id and nothing else; NULL: full. */
bj_nnf_record_t *bj_nnf_book_add(bj_nnf_book_t *book, uint64_t client_order_id);
/* Takes back the record that was added last. */
void bj_nnf_book_undo(bj_nnf_book_t *book);
bj_nnf_record_t *bj_nnf_book_client(bj_nnf_book_t *book, uint64_t client_order_id);
bj_nnf_record_t *bj_nnf_book_order(bj_nnf_book_t *book, uint64_t order_id);
/* Once, when the engine has given the order its number. */
void bj_nnf_book_number(bj_nnf_book_t *book, bj_nnf_record_t *record, uint64_t order_id);

/* Address space for cnt of them; NULL: none. */
void *bj_nnf_reserve(size_t cnt, size_t bytes);
void bj_nnf_release(void *mem, size_t cnt, size_t bytes);

#endif /* BJ_NNF_BOOK_H */
