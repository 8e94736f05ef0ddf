/* After a loss: what was in doubt, what the exchange says, and what follows. */
#include "dataplane/base/bj_log.h"
#include "dataplane/nnf/bj_nnf_client_priv.h"

enum { OVERFLOWS_MAX = 3 }; /* in a row */

typedef struct __attribute__((packed)) held {
    uint32_t seq;
    uint16_t msg_bytes;
} held_t;

void orders_doubt(bj_nnf_client_t *client) {
    for (uint32_t i = 0; i < client->order_cnt; i++) {
        order_t *order = &client->orders[i];
        if (order->ask == ASK_NONE || order->ask_state != ASK_SENT) continue;
        order_count(client, order, -1);
        order->ask_state = ASK_DOUBT;
        order_count(client, order, 1);
        client->counters.doubts++;
    }
}

/* --- live messages wait --- */
void hold_clear(bj_nnf_client_t *client) {
    client->hold = (hold_t){.bytes = client->hold.bytes, .max = client->hold.max};
}

void hold_message(bj_nnf_client_t *client, uint32_t seq, const uint8_t *msg, size_t msg_bytes) {
    hold_t *hold = &client->hold;
    held_t head = {.seq = seq, .msg_bytes = (uint16_t)msg_bytes};
    if (hold->at == hold->cnt) hold->at = hold->cnt = 0;
    if (hold->overflow || hold->cnt + sizeof head + msg_bytes > hold->max) {
        hold->overflow = true; /* they will be downloaded */
        return;
    }
    memcpy(hold->bytes + hold->cnt, &head, sizeof head);
    memcpy(hold->bytes + hold->cnt + sizeof head, msg, msg_bytes);
    hold->cnt += sizeof head + msg_bytes;
}

static void list_compare(bj_nnf_client_t *client, order_t *order, const bj_nnf_msg_t *msg) {
    bool same = order->leaves_qty == msg->left_qty && order->cum_qty == msg->filled_qty;
    order->listed = true;
    order->listed_qty = (int32_t)msg->filled_qty;
    if (order->activity_ref == msg->activity_ref && !same) client->counters.mismatches++;
}

/* An order that is open at the exchange, whatever we think. */
static verdict_t list_record(bj_nnf_client_t *client, const bj_nnf_msg_t *msg) {
    verdict_t verdict = USED;
    order_t *order = order_with_number(client, msg->order_number);
    if (!order) {
        verdict = order_message(client, msg, 0, false);
        order = order_with_number(client, msg->order_number);
    }
    if (order) list_compare(client, order, msg);
    return verdict;
}

static verdict_t held_take(bj_nnf_client_t *client, uint32_t seq, const uint8_t *data,
                           size_t data_bytes) {
    bj_nnf_segment_t segment = client->config.segment;
    bj_nnf_msg_t msg;
    bj_status_t status = bj_nnf_decode(segment, data, data_bytes, &msg);
    if (status == BJ_OK) return order_message(client, &msg, seq, true);
    status = bj_nnf_unwrap(segment, data, data_bytes, &msg);
    if (status == BJ_OK && msg.code == BJ_NNF_CONFIRM) return list_record(client, &msg);
    client->counters.unknown++;
    return USED;
}

/* False: the back side is full. */
static bool held_step(bj_nnf_client_t *client) {
    hold_t *hold = &client->hold;
    while (hold->at < hold->cnt && !client->closing) {
        held_t head;
        memcpy(&head, hold->bytes + hold->at, sizeof head);
        const uint8_t *msg = hold->bytes + hold->at + sizeof head;
        if (held_take(client, head.seq, msg, head.msg_bytes) == HELD) {
            client->counters.held++;
            return false;
        }
        hold->at += sizeof head + head.msg_bytes;
    }
    return !client->closing;
}

/* --- order by order --- */
static bool vanished(const bj_nnf_client_t *client, const order_t *order) {
    return client->listing && order->asked_open && !order->listed && order->state == ORDER_OPEN;
}

/* The list of open orders and the trades do not fit together. */
static bool is_unclear(const bj_nnf_client_t *client, const order_t *order) {
    bool gone = vanished(client, order) && !client->was_out;
    return gone || (order->state == ORDER_OPEN && order->listed_qty > order->cum_qty);
}

static void list_believe(bj_nnf_client_t *client, order_t *order) {
    bool first = !order->unexplained;
    if (order->state != ORDER_OPEN || order->listed_qty <= order->cum_qty) return;
    order_missing(order, order->listed_qty);
    order->leaves_qty = (int32_t)((int64_t)order->now.qty - order->cum_qty);
    if (first) order_unexplained(client, order);
}

static bool say_vanished(bj_nnf_client_t *client, order_t *order) {
    bool first = !order->unexplained && !client->was_out;
    bj_nnf_answer_t answer = answer_of(order, BJ_NNF_ENDED);
    answer.unexplained = answer.unexplained || first;
    answer.leaves_qty = 0;
    answer.reason = BJ_END_HALT;
    if (!answer_say(client, &answer)) return false;
    order_count(client, order, -1);
    order->state = ORDER_ENDED;
    order->ask = ASK_NONE;
    order->leaves_qty = 0;
    order->cancel_next = order->cancel_stale = false;
    client->counters.vanished++;
    if (first) order_unexplained(client, order);
    return true;
}

static bool may_resend(const bj_nnf_client_t *client, const order_t *order) {
    const bj_nnf_client_settings_t *settings = &client->config.settings;
    return order->ask == ASK_NEW      ? settings->resend_new
           : order->ask == ASK_MODIFY ? settings->resend_modify
                                      : settings->resend_cancel;
}

static bool in_doubt(const order_t *order) {
    return order->ask != ASK_NONE && order->ask_state == ASK_DOUBT;
}

/* Its cancel was refused. */
static bool stray_waits(const bj_nnf_client_t *client, const order_t *order) {
    return order->stray && client->config.settings.foreign_cancel &&
           order->state == ORDER_OPEN && order->ask == ASK_NONE;
}

/* When the market is closed no cancel is taken: it may be later. */
void strays_step(bj_nnf_client_t *client, bj_now_t now) {
    if (!client->strays_ask) return;
    if (!client->strays_ask_ns)
        client->strays_ask_ns = now.mono_ns + client->config.settings.retry_max_ns;
    if (now.mono_ns < client->strays_ask_ns) return;
    client->strays_ask = false;
    client->strays_ask_ns = 0;
    for (uint32_t i = 0; i < client->order_cnt; i++) {
        order_t *order = &client->orders[i];
        if (stray_waits(client, order)) order_ask(client, order, ASK_CANCEL);
    }
}

/* False: the back side is full. */
static bool order_compare(bj_nnf_client_t *client, order_t *order) {
    list_believe(client, order);
    if (vanished(client, order) && !say_vanished(client, order)) return false;
    bool absent = in_doubt(order) && client->settled;
    bool unsent = order_unsent(client, order) && !may_resend(client, order);
    if (unsent && !order_say_unsent(client, order, BJ_REJ_VENUE_AWAY)) return false;
    if (absent && may_resend(client, order)) {
        client->counters.absent++;
        client->counters.resent++;
        order_ask(client, order, order->ask);
    } else if (absent) {
        if (!order_say_absent(client, order, BJ_REJ_VENUE_AWAY)) return false;
        client->counters.absent++;
    }
    order->cancel_next = order->cancel_next || order->cancel_stale || /* nothing newer will come */
                         stray_waits(client, order);
    order_cancel_next(client, order);
    return true;
}

/* --- the way through --- */
void reconcile_start(bj_nnf_client_t *client, bj_now_t now) {
    hold_clear(client);
    client->settled = client->knows_all = false;
    client->listing = true;
    client->compare_at = 0;
    for (uint32_t i = 0; i < client->order_cnt; i++) {
        client->orders[i].asked_open = client->orders[i].state == ORDER_OPEN;
        client->orders[i].listed = false;
        client->orders[i].listed_qty = 0;
    }
    client_goto(client, BJ_NNF_ASKS_LOCAL, now);
    session_say(client, now);
}

/* The next try comes later each time. */
static void overflows_end(bj_nnf_client_t *client) {
    BJ_ERROR("nnf: %u downloads in a row, and each time more than %zu bytes came meanwhile: the "
             "connection is given up and tried again later", client->overflow_cnt,
             client->hold.max);
    client->overflow_cnt = 0;
    client_close(client);
}

void reconcile_downloaded(bj_nnf_client_t *client, bj_now_t now) {
    if (client->hold.overflow) {
        client->counters.overflows++;
        if (++client->overflow_cnt < OVERFLOWS_MAX)
            reconcile_start(client, now);
        else
            overflows_end(client);
        return;
    }
    client->overflow_cnt = 0;
    client->knows_all = client->knows_all || client->all_anew;
    client->all_anew = false;
    client_goto(client, BJ_NNF_TAKES_IN, now);
}

static void ready(bj_nnf_client_t *client, bj_now_t now) {
    client->retry_ns = client->config.settings.retry_ns;
    client->was_out = false;
    client_goto(client, BJ_NNF_READY, now);
}

static bool any_doubt(const bj_nnf_client_t *client) {
    uint32_t i = 0;
    while (i < client->order_cnt && !in_doubt(&client->orders[i]))
        i++;
    return i < client->order_cnt;
}

static void all_anew(bj_nnf_client_t *client, bj_now_t now) {
    client->counters.gaps++;
    client->all_anew = true;
    reconcile_start(client, now);
}

static uint32_t compare_step(bj_nnf_client_t *client, bj_now_t now) {
    for (; client->compare_at < client->order_cnt; client->compare_at++) {
        order_t *order = &client->orders[client->compare_at];
        if (!client->knows_all && is_unclear(client, order)) return all_anew(client, now), 1;
        if (order_compare(client, order)) continue;
        client->counters.held++;
        return 0;
    }
    client->listing = false;
    client->compare_at = 0;
    if (client->hold.at < client->hold.cnt || client->hold.overflow)
        reconcile_downloaded(client, now); /* it came while the back side was full */
    else if (any_doubt(client))
        client_goto(client, BJ_NNF_SETTLES, now);
    else
        ready(client, now);
    return 1;
}

static void settle(bj_nnf_client_t *client, bj_now_t now) {
    client->settled = true;
    client->stream = 1;
    client_goto(client, BJ_NNF_DOWNLOADS, now);
    session_say(client, now);
}

uint32_t reconcile_step(bj_nnf_client_t *client, bj_now_t now) {
    switch (client->state) {
    case BJ_NNF_TAKES_IN:
        if (!held_step(client)) return 0;
        client_goto(client, BJ_NNF_COMPARES, now);
        return 1;
    case BJ_NNF_COMPARES: return compare_step(client, now);
    case BJ_NNF_SETTLES:
        if (now.mono_ns - client->since_ns < client->config.settings.settle_ns) return 0;
        settle(client, now);
        return 1;
    default: return 0;
    }
}
