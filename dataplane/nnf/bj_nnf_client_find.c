/* Whose order a message means. */
#include <stdlib.h>
#include "dataplane/nnf/bj_nnf_client_priv.h"

static order_t *chain(const bj_nnf_client_t *client, const uint32_t *heads, uint64_t key) {
    uint32_t at = heads[(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & client->mask];
    return at == CHAIN_END ? NULL : &client->orders[at - 1];
}

static order_t *next_in(const bj_nnf_client_t *client, uint32_t at) {
    return at == CHAIN_END ? NULL : &client->orders[at - 1];
}

order_t *order_with_id(const bj_nnf_client_t *client, uint64_t order_id) {
    order_t *order = chain(client, client->by_ref, (uint32_t)order_ref(order_id));
    while (order && order->order_id != order_id)
        order = next_in(client, order->id_next);
    return order;
}

order_t *order_with_number(const bj_nnf_client_t *client, int64_t number) {
    order_t *order = number > 0 ? chain(client, client->by_number, (uint64_t)number) : NULL;
    while (order && order->number != number)
        order = next_in(client, order->number_next);
    return order;
}

/* --- instruments --- */
static bool same_name(const bj_nnf_instrument_t *row, const bj_nnf_msg_t *msg) {
    return !strcmp(row->symbol, msg->symbol) && !strcmp(row->series, msg->series);
}

uint32_t token_meant(const bj_nnf_client_t *client, const bj_nnf_msg_t *msg) {
    if (is_fo(client)) return msg->token > 0 ? (uint32_t)msg->token : 0;
    for (uint32_t i = 0; i < client->config.instrument_cnt; i++) {
        if (same_name(&client->instruments[i], msg)) return client->instruments[i].token;
    }
    return 0;
}

/* --- could it be this order's? --- */
static bool fits(const bj_nnf_client_t *client, const order_t *order, const bj_nnf_msg_t *msg) {
    const bj_nnf_instrument_t *row = client_instrument(client, order->token);
    int64_t side = order->side == BJ_BUY ? BJ_NNF_BUY : BJ_NNF_SELL;
    if (order->number && msg->order_number > 0 && order->number != msg->order_number) return false;
    if (msg->side != side) return false;
    return is_fo(client) ? msg->token == (int64_t)order->token : row && same_name(row, msg);
}

static bool trimmed(int64_t code) {
    return code >= BJ_NNF_ORDER_TR && code <= BJ_NNF_REJECT_TR;
}

/* An order_id in remarks of ours; 0: they are not. */
static uint64_t remarks_id(const char *remarks) {
    char *end;
    if (strncmp(remarks, "BJ", 2) != 0 || strlen(remarks) != 18) return 0;
    if (strspn(remarks + 2, "0123456789ABCDEF") != 16) return 0;
    return strtoull(remarks + 2, &end, 16);
}

static order_t *with_reference(const bj_nnf_client_t *client, const bj_nnf_msg_t *msg) {
    uint64_t id = remarks_id(msg->remarks);
    order_t *order = NULL;
    if (id) {
        order = order_with_id(client, id);
        return order && fits(client, order, msg) ? order : NULL;
    }
    if (!trimmed(msg->code) || msg->client_ref <= 0) return NULL;
    order = chain(client, client->by_ref, (uint32_t)msg->client_ref);
    while (order && !(order_ref(order->order_id) == msg->client_ref && fits(client, order, msg)))
        order = next_in(client, order->id_next);
    return order;
}

static order_t *with_seq(const bj_nnf_client_t *client, const bj_nnf_msg_t *msg, uint32_t seq) {
    uint32_t at = seq ? client->seq_of[seq % SEQ_SLOTS] : CHAIN_END;
    order_t *order = next_in(client, at);
    bool error = msg->code == BJ_NNF_ERROR || msg->code == BJ_NNF_BAD_LENGTH;
    if (!order || order->ask_seq != seq || order->ask == ASK_NONE) return NULL;
    return error || fits(client, order, msg) ? order : NULL;
}

/* --- by its terms --- */
static bool same_terms(const bj_nnf_client_t *client, const order_t *order,
                       const bj_nnf_msg_t *msg) {
    const terms_t *terms = &order->now;
    if (!fits(client, order, msg)) return false;
    /* An exchange that came back may have lost whose it was. */
    if (msg->account[0] && strcmp(client_party(client, order).account, msg->account) != 0)
        return false;
    if (terms->qty != msg->qty || terms->trigger_paise != msg->trigger_paise) return false;
    return !terms->price_paise || terms->price_paise == msg->price_paise; /* a market order's */
}

/* Of orders that look the same the exchange got the one that was sent first. */
static order_t *with_terms(bj_nnf_client_t *client, const bj_nnf_msg_t *msg) {
    order_t *found = NULL;
    for (uint32_t i = 0; i < client->order_cnt; i++) {
        order_t *order = &client->orders[i];
        bool doubt = order->ask == ASK_NEW && order->ask_state == ASK_DOUBT;
        if (!doubt || order->number || !same_terms(client, order, msg)) continue;
        if (!found || order->ask_seq < found->ask_seq) found = order;
    }
    return found;
}

order_t *order_meant(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, uint32_t seq) {
    order_t *order = order_with_number(client, msg->order_number);
    if (!order) order = with_reference(client, msg);
    if (!order) order = with_seq(client, msg, seq);
    bool first = msg->code == BJ_NNF_CONFIRM || msg->code == BJ_NNF_REJECT ||
                 msg->code == BJ_NNF_FROZEN || msg->code == BJ_NNF_PRICED;
    if (!order && first && !remarks_id(msg->remarks)) order = with_terms(client, msg);
    return order;
}
