#include "sim/exchange/bj_agree.h"

#include <stdlib.h>

enum { FIRST_CNT = 1024, COUNT_SHIFT = 32, COUNT_MASK = 0x7fffff }; /* bj_nnf_client_order_id */

/* --- tables that grow */
static bool grow(void **rows, uint64_t cnt, uint64_t to_cnt, size_t row_bytes) {
    uint8_t *more = realloc(*rows, to_cnt * row_bytes);
    if (!more) return false;
    memset(more + cnt * row_bytes, 0, (to_cnt - cnt) * row_bytes);
    *rows = more;
    return true;
}

static uint64_t room_for(uint64_t cnt, uint64_t idx) {
    if (!cnt) cnt = FIRST_CNT;
    while (cnt <= idx) cnt *= 2;
    return cnt;
}

static bj_agree_order_t *order_of(bj_agree_ledger_t *ledger, uint32_t ref) {
    uint64_t cnt = room_for(ledger->cnt, ref);
    if (ref >= ledger->cnt) {
        if (!grow((void **)&ledger->order, ledger->cnt, cnt, sizeof *ledger->order)) return NULL;
        ledger->cnt = (uint32_t)cnt;
    }
    return &ledger->order[ref];
}

/* --- what an event does to an order; both sides have the engine's events */
static void order_state(bj_agree_order_t *order, const bj_event_t *event) {
    order->side = event->side;
    order->token = event->token;
    order->price_paise = event->price_paise;
    order->qty = event->qty;
    order->cum_qty = event->cum_qty;
    order->leaves_qty = event->leaves_qty;
}

static void order_fill(bj_agree_order_t *order, const bj_event_t *event) {
    order->fills++;
    order->fill_qty += event->last_qty;
    order->fill_value_paise += (int64_t)event->last_qty * event->last_price_paise;
    order->fill_numbers += (int64_t)event->match_id;
    order->ended = order->ended || !event->leaves_qty;
}

static void order_event(bj_agree_order_t *order, const bj_event_t *event) {
    switch (event->type) {
    case BJ_EV_ACCEPTED: order->taken = true, order->answers++; break;
    case BJ_EV_REJECTED: order->refused = true, order->answers++; break;
    case BJ_EV_CANCELLED: order->ended = order->taken = true; break;
    case BJ_EV_TRADE: order_fill(order, event); break;
    case BJ_EV_MODIFIED:
    case BJ_EV_TRIGGERED: break;
    default: return;
    }
    order_state(order, event);
}

/* --- ours */
static bool answer_count(bj_agree_t *agree, const bj_event_t *event) {
    bool answers = event->type == BJ_EV_ACCEPTED || event->type == BJ_EV_REJECTED ||
                   event->type == BJ_EV_MODIFIED || event->type == BJ_EV_CANCELLED ||
                   event->type == BJ_EV_REQUEST_REJECTED;
    uint16_t session = event->session_id;
    if (!answers || !session || session >= BJ_AGREE_SESSIONS || !event->session_seq) return true;
    uint64_t cnt = agree->answers_cnt[session], to_cnt = room_for(cnt, event->session_seq);
    if (event->session_seq >= cnt) {
        if (!grow((void **)&agree->answers[session], cnt, to_cnt, 1)) return false;
        agree->answers_cnt[session] = to_cnt;
    }
    uint8_t *answered = &agree->answers[session][event->session_seq];
    if (*answered < UINT8_MAX) ++*answered;
    return true;
}

bool bj_agree_our(bj_agree_t *agree, const bj_event_t *event) {
    if (!answer_count(agree, event)) return false;
    bool order_s = event->order_id && event->type != BJ_EV_REQUEST_REJECTED;
    if (!order_s) return true;
    bj_agree_order_t *order = order_of(&agree->ours, (uint32_t)event->order_id & INT32_MAX);
    if (!order) return false;
    order->order_id = event->order_id;
    if (event->type == BJ_EV_TO_VENUE) order->asked = true;
    else order_event(order, event);
    return true;
}

bool bj_agree_their(bj_agree_t *agree, const bj_event_t *event) {
    bool order_s = event->order_id && event->session_id != BJ_SESSION_INTERNAL &&
                   event->type != BJ_EV_REQUEST_REJECTED && event->type != BJ_EV_REJECTED;
    if (!order_s) return true;
    uint32_t ref = (uint32_t)event->client_order_id & INT32_MAX;
    uint32_t count = event->client_order_id >> COUNT_SHIFT & COUNT_MASK;
    bj_agree_order_t *order =
        ref ? order_of(&agree->theirs, ref) : order_of(&agree->nameless, count);
    if (!order) return false;
    order->twice = order->twice || (order->order_id && order->order_id != event->order_id);
    order->order_id = event->order_id;
    order_event(order, event);
    if (event->type != BJ_EV_TRADE) return true;
    agree->between += event->match_id == agree->last_match_id;
    agree->last_match_id = event->match_id;
    return true;
}

/* --- both */
static const char *taken_differ(const bj_agree_order_t *own, const bj_agree_order_t *there) {
    if (!there->taken) return "the exchange does not have it";
    if (there->twice) return "the exchange has it twice";
    if (own->answers > 1) return "it was answered twice";
    if (own->side != there->side || own->token != there->token) return "it is another order there";
    if (there->cum_qty > there->fill_qty)
        return "the exchange says that it traded more than its trades there come to";
    if (own->ended != there->ended)
        return own->ended ? "it is open at the exchange, and not here"
                          : "it has ended at the exchange, and not here";
    if (own->fills != there->fills || own->fill_qty != there->fill_qty ||
        own->fill_value_paise != there->fill_value_paise ||
        own->fill_numbers != there->fill_numbers)
        return "its trades differ";
    if (own->cum_qty != there->cum_qty) return "its traded quantity differs";
    if (own->ended) return NULL;
    if (own->qty != there->qty || own->leaves_qty != there->leaves_qty)
        return "its quantity differs";
    return own->price_paise == there->price_paise ? NULL : "its price differs";
}

static bool is_stray(const bj_agree_order_t *own, const bj_agree_order_t *there) {
    return !own->taken && there->taken && there->ended && !there->fills && !there->twice &&
           (own->refused || !own->asked);
}

static const char *differ(const bj_agree_order_t *own, const bj_agree_order_t *there) {
    if (!own->order_id || (!own->asked && !own->taken))
        return there->taken ? "the exchange has it, and it is not ours" : NULL;
    if (own->taken) return taken_differ(own, there);
    if (there->taken) return own->refused ? "the exchange has it, and it was refused here"
                                          : "the exchange has it, and it has no answer here";
    return own->refused ? NULL : "it has no answer";
}

/* NULL: there is none. */
static const bj_agree_order_t *nameless_join(bj_agree_t *agree, const bj_agree_order_t *own) {
    for (uint32_t i = 0; i < agree->nameless.cnt; i++) {
        bj_agree_order_t *there = &agree->nameless.order[i];
        if (!there->taken || there->joined || taken_differ(own, there)) continue;
        there->joined = true;
        return there;
    }
    return NULL;
}

static void nameless_begin(bj_agree_t *agree) {
    for (uint32_t i = 0; i < agree->nameless.cnt; i++) agree->nameless.order[i].joined = false;
}

/* Those that nobody is joined to. */
static void nameless_end(const bj_agree_t *agree, bj_agree_sums_t *sums,
                         void (*say)(uint64_t order_id, const char *what)) {
    for (uint32_t i = 0; i < agree->nameless.cnt; i++) {
        const bj_agree_order_t *there = &agree->nameless.order[i];
        if (!there->taken || there->joined) continue;
        bool stray = there->ended && !there->fills;
        sums->strays += stray;
        sums->differences += !stray;
        if (!stray && say) say(0, "the exchange has one without a reference that none of ours is");
    }
}

static uint64_t answered_twice(const bj_agree_t *agree) {
    uint64_t cnt = 0;
    for (int s = 0; s < BJ_AGREE_SESSIONS; s++) {
        for (uint64_t i = 0; i < agree->answers_cnt[s]; i++) cnt += agree->answers[s][i] > 1;
    }
    return cnt;
}

bj_agree_sums_t bj_agree_compare(bj_agree_t *agree,
                                 void (*say)(uint64_t order_id, const char *what)) {
    static const bj_agree_order_t none;
    const bj_agree_ledger_t *a = &agree->ours, *b = &agree->theirs;
    bj_agree_sums_t sums = {.between = agree->between};
    nameless_begin(agree);
    for (uint32_t i = 0; i < (a->cnt > b->cnt ? a->cnt : b->cnt); i++) {
        const bj_agree_order_t *own = i < a->cnt ? &a->order[i] : &none;
        const bj_agree_order_t *there = i < b->cnt ? &b->order[i] : &none;
        const bj_agree_order_t *joined =
            own->taken && !there->taken ? nameless_join(agree, own) : NULL;
        if (joined) there = joined;
        bool stray = is_stray(own, there);
        const char *what = stray ? NULL : differ(own, there);
        sums.strays += stray;
        sums.orders += own->taken;
        sums.open += own->taken && !own->ended;
        sums.refused += own->refused;
        sums.fills += (uint64_t)own->fills;
        sums.differences += what != NULL;
        if (what && say) say(own->order_id ? own->order_id : i, what);
    }
    nameless_end(agree, &sums, say);
    uint64_t twice = answered_twice(agree);
    if (twice && say) say(0, "requests were answered twice");
    sums.differences += twice;
    return sums;
}

void bj_agree_free(bj_agree_t *agree) {
    free(agree->ours.order);
    free(agree->theirs.order);
    free(agree->nameless.order);
    for (int s = 0; s < BJ_AGREE_SESSIONS; s++) free(agree->answers[s]);
    *agree = (bj_agree_t){0};
}
