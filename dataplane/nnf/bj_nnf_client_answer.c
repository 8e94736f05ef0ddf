/* What a message does to its order.  An order is changed on a copy, the back side is told, and only
 * then is the copy the order: what the back side cannot take has changed nothing. */
#include "dataplane/base/bj_log.h"
#include "dataplane/nnf/bj_nnf_client_priv.h"

/* What the codes say: X(code, kind). */
typedef struct meaning { int32_t code; bj_nnf_answer_kind_t kind; } meaning_t;
static const meaning_t meanings[] = {
    {BJ_NNF_CONFIRM, BJ_NNF_ACCEPTED},
    {BJ_NNF_CONFIRM_TR, BJ_NNF_ACCEPTED},
    {BJ_NNF_FROZEN, BJ_NNF_ACCEPTED}, /* see on_accepted */
    {BJ_NNF_REJECT, BJ_NNF_REJECTED},
    {BJ_NNF_REJECT_TR, BJ_NNF_REJECTED},
    {BJ_NNF_MODIFIED, BJ_NNF_CHANGED_TERMS},
    {BJ_NNF_MODIFIED_TR, BJ_NNF_CHANGED_TERMS},
    {BJ_NNF_PRICED, BJ_NNF_CHANGED_TERMS},
    {BJ_NNF_PRICED_TR, BJ_NNF_CHANGED_TERMS},
    {BJ_NNF_MODIFY_REJECT, BJ_NNF_MODIFY_REFUSED},
    {BJ_NNF_MODIFY_REJECT_TR, BJ_NNF_MODIFY_REFUSED},
    {BJ_NNF_CANCELLED, BJ_NNF_ENDED},
    {BJ_NNF_CANCELLED_TR, BJ_NNF_ENDED},
    {BJ_NNF_BATCH_CANCEL, BJ_NNF_ENDED},
    {BJ_NNF_CANCEL_REJECT, BJ_NNF_CANCEL_REFUSED},
    {BJ_NNF_CANCEL_REJECT_TR, BJ_NNF_CANCEL_REFUSED},
    {BJ_NNF_TRADE, BJ_NNF_FILLED},
    {BJ_NNF_TRADE_TR, BJ_NNF_FILLED},
    {BJ_NNF_TRIGGERED, BJ_NNF_WOKE},
};

static bool kind_of(int64_t code, bj_nnf_answer_kind_t *kind) {
    for (size_t i = 0; i < BJ_COUNT(meanings); i++) {
        if (meanings[i].code != code) continue;
        *kind = meanings[i].kind;
        return true;
    }
    return false;
}

bool about_orders(int64_t code) {
    bj_nnf_answer_kind_t kind;
    return kind_of(code, &kind);
}

/* --- the back side --- */
bool answer_say(bj_nnf_client_t *client, const bj_nnf_answer_t *answer) {
    if (client->config.ops->answer(client->config.ctx, answer) != BJ_OK) return false;
    client->counters.answers++;
    return true;
}

bj_nnf_answer_t answer_of(const order_t *order, bj_nnf_answer_kind_t kind) {
    return (bj_nnf_answer_t){
        .order_id = order->order_id, .number = order->number, .kind = (uint8_t)kind,
        .activity_ref = order->activity_ref, .jiffies = order->jiffies, .token = order->token,
        .account_id = order->account_id, .price_paise = order->now.price_paise,
        .qty = order->now.qty, .leaves_qty = order->leaves_qty, .cum_qty = order->cum_qty,
        .trigger_paise = order->now.trigger_paise, .disclosed_qty = order->now.disclosed_qty,
        .side = order->side, .order_type = order->now.order_type, .tif = order->now.tif,
        .woke = order->woke, .stray = order->stray, .unexplained = order->unexplained,
        .untold_qty = order->untold_qty};
}

/* 0: the exchange said none that can be one. */
static int64_t time_of(const bj_nnf_msg_t *msg) {
    bool said = msg->time_exch_ns > 0 && msg->time_exch_ns < INT64_MAX / 2;
    return said ? bj_time_from_exch_ns(msg->time_exch_ns) : 0;
}

/* --- from a message to an order --- */
typedef struct taking {
    const bj_nnf_msg_t *msg;
    uint32_t seq;
    bool     live;
    bool     anew; /* out of a download of everything: there is nothing before it */
    order_t  after;
    bj_nnf_answer_t answer;
} taking_t;

typedef enum outcome {
    TAKEN,  /* after is the order; the back side is told */
    QUIET,  /* after is the order; nothing is told */
    REPEAT, /* known already */
    GAP     /* something before it is missing */
} outcome_t;

static bool has_trigger(const bj_nnf_msg_t *msg) {
    return msg->code == BJ_NNF_CONFIRM || msg->code == BJ_NNF_MODIFIED ||
           msg->code == BJ_NNF_PRICED;
}

static void state_take(taking_t *taking) {
    const bj_nnf_msg_t *msg = taking->msg;
    order_t *after = &taking->after;
    after->activity_ref = msg->activity_ref;
    after->now.qty = (int32_t)msg->qty;
    after->now.disclosed_qty = msg->disclosed_qty < msg->qty ? (int32_t)msg->disclosed_qty : 0;
    if (msg->price_paise >= 0) after->now.price_paise = (int32_t)msg->price_paise;
    if (has_trigger(msg)) after->now.trigger_paise = (int32_t)msg->trigger_paise;
    after->leaves_qty = (int32_t)msg->left_qty;
    if (msg->entry_s > 0) after->entry_s = (int32_t)msg->entry_s;
    if (msg->modified_s > 0) after->modified_s = (int32_t)msg->modified_s;
    if (msg->jiffies > after->jiffies) after->jiffies = msg->jiffies;
}

static bool newer(const taking_t *taking) {
    return taking->after.state == ORDER_OPEN &&
           taking->msg->activity_ref > taking->after.activity_ref;
}

/* The order's request was on its way, and it was of this kind. */
static bool was_asked(const order_t *order, ask_t ask) {
    return order->ask == ask && order->ask_state != ASK_INTENDED;
}

static void end(order_t *after) {
    after->state = ORDER_ENDED;
    after->ask = ASK_NONE;
    after->leaves_qty = 0;
    after->cancel_next = after->cancel_stale = false;
}

/* --- by kind --- */
static outcome_t on_accepted(taking_t *taking) {
    order_t *after = &taking->after;
    if (after->state != ORDER_NEW && after->state != ORDER_ABSENT) return REPEAT;
    if (taking->msg->order_number <= 0) return REPEAT;
    if (taking->msg->code == BJ_NNF_FROZEN) { /* accepted or refused later */
        bool first = after->ask_state != ASK_FROZEN;
        after->ask_state = ASK_FROZEN;
        return first && after->state == ORDER_NEW ? QUIET : REPEAT;
    }
    bool absent = after->state == ORDER_ABSENT;
    state_take(taking);
    if (absent) after->cum_qty = (int32_t)taking->msg->filled_qty; /* else its trades are to come */
    after->state = ORDER_OPEN;
    after->ask = ASK_NONE;
    taking->answer.kind = absent ? BJ_NNF_FOREIGN : BJ_NNF_ACCEPTED;
    taking->answer.asked = !absent;
    return TAKEN;
}

static outcome_t on_rejected(taking_t *taking) {
    if (taking->after.state != ORDER_NEW) return REPEAT;
    taking->answer.asked = true;
    end(&taking->after);
    return TAKEN;
}

static outcome_t on_modified(taking_t *taking) {
    order_t *after = &taking->after;
    bool priced = taking->msg->code == BJ_NNF_PRICED || taking->msg->code == BJ_NNF_PRICED_TR;
    if (priced && after->state == ORDER_NEW) return on_accepted(taking);
    if (!newer(taking)) return REPEAT;
    bool asked = was_asked(after, ASK_MODIFY) && !priced && taking->msg->mod_cxl_by != 'C';
    state_take(taking);
    taking->answer.asked = asked;
    if (!asked) return TAKEN;
    after->now.order_type = after->want.order_type;
    after->now.tif = after->want.tif;
    after->now.expiry_day = after->want.expiry_day;
    after->now.trigger_paise = after->want.trigger_paise;
    after->ask = ASK_NONE;
    return TAKEN;
}

/* The exchange's word: it has traded so much.  A foreign order's figures may be anything. */
void order_missing(order_t *order, int32_t filled_qty) {
    order->untold_qty = (int32_t)((int64_t)order->untold_qty + filled_qty - order->cum_qty);
    order->cum_qty = filled_qty;
}

static outcome_t on_ended(taking_t *taking) {
    order_t *after = &taking->after;
    if (after->state == ORDER_ENDED || after->state == ORDER_ABSENT) return REPEAT;
    if (taking->msg->filled_qty > after->cum_qty) {
        if (!taking->anew) return GAP;
        after->unexplained = true;
        order_missing(after, (int32_t)taking->msg->filled_qty);
    }
    taking->answer.asked = was_asked(after, ASK_CANCEL);
    state_take(taking);
    end(after);
    return TAKEN;
}

static outcome_t on_filled(taking_t *taking) {
    const bj_nnf_msg_t *msg = taking->msg;
    order_t *after = &taking->after;
    bool ended = after->state == ORDER_ENDED;
    bool unknown = after->state == ORDER_NEW || after->state == ORDER_ABSENT;
    if (msg->filled_qty <= after->cum_qty) return REPEAT;
    /* The back side has it no more: taken from what it was, which a download of all overwrites. */
    after->stray = after->stray || ended || after->state == ORDER_ABSENT;
    taking->answer.late = ended;
    if (unknown || msg->filled_qty != (int64_t)after->cum_qty + msg->fill_qty) {
        if (!taking->anew) return GAP;
        after->state = ended ? ORDER_ENDED : ORDER_OPEN; /* the exchange's word */
        if (unknown) after->ask = ASK_NONE;
        after->unexplained = true;
    }
    state_take(taking);
    if (after->unexplained) order_missing(after, (int32_t)msg->filled_qty);
    after->cum_qty = (int32_t)msg->filled_qty;
    if (ended || !after->leaves_qty) end(after);
    taking->answer.fill_number = (int32_t)msg->fill_number;
    taking->answer.fill_qty = (int32_t)msg->fill_qty;
    taking->answer.fill_price_paise = (int32_t)msg->fill_price_paise;
    return TAKEN;
}

static outcome_t on_woke(taking_t *taking) {
    if (taking->after.woke || !newer(taking)) return REPEAT;
    state_take(taking);
    taking->after.woke = true;
    return TAKEN;
}

/* One request is on its way, so a refusal that is none of an earlier one's answers it. */
static bool refusal_fits(const taking_t *taking, ask_t ask) {
    const order_t *after = &taking->after;
    if (!was_asked(after, ask)) return false;
    if (!taking->live) return taking->msg->jiffies > after->jiffies;
    return after->ask_state == ASK_DOUBT || !taking->seq || taking->seq == after->ask_seq;
}

static outcome_t on_modify_refused(taking_t *taking) {
    if (!refusal_fits(taking, ASK_MODIFY)) return REPEAT;
    taking->after.ask = ASK_NONE;
    taking->answer.asked = true;
    if (taking->msg->jiffies > taking->after.jiffies)
        taking->after.jiffies = taking->msg->jiffies;
    return TAKEN;
}

/* A cancel that crossed a fill is asked again when the fill has been heard of. */
static outcome_t on_cancel_refused(taking_t *taking) {
    order_t *after = &taking->after;
    if (!refusal_fits(taking, ASK_CANCEL)) return REPEAT;
    after->ask = ASK_NONE;
    taking->answer.asked = true;
    if (taking->msg->jiffies > after->jiffies) after->jiffies = taking->msg->jiffies;
    if (taking->msg->error != BJ_NNF_E_STALE) return TAKEN;
    after->cancel_stale = true;
    return QUIET;
}

static outcome_t take(taking_t *taking, bj_nnf_answer_kind_t kind) {
    switch (kind) {
    case BJ_NNF_ACCEPTED: return on_accepted(taking);
    case BJ_NNF_REJECTED: return on_rejected(taking);
    case BJ_NNF_CHANGED_TERMS: return on_modified(taking);
    case BJ_NNF_MODIFY_REFUSED: return on_modify_refused(taking);
    case BJ_NNF_ENDED: return on_ended(taking);
    case BJ_NNF_CANCEL_REFUSED: return on_cancel_refused(taking);
    case BJ_NNF_FILLED: return on_filled(taking);
    case BJ_NNF_WOKE: return on_woke(taking);
    case BJ_NNF_FOREIGN:
    case BJ_NNF_ANSWER_CNT: break;
    }
    return REPEAT;
}

/* --- the order afterwards --- */
static uint8_t stream_of(const bj_nnf_client_t *client, const taking_t *taking) {
    if (!taking->live) return client->stream;
    bool known = taking->msg->stream > 0 && taking->msg->stream < BJ_NNF_STREAMS_MAX;
    return known ? (uint8_t)taking->msg->stream : 0;
}

/* The exchange's own refusals overtake what it still has to tell: they are no place to go on
 * from. */
static bool is_place(bj_nnf_answer_kind_t kind) {
    return kind != BJ_NNF_REJECTED && kind != BJ_NNF_MODIFY_REFUSED &&
           kind != BJ_NNF_CANCEL_REFUSED;
}

static void place_move(bj_nnf_client_t *client, const taking_t *taking,
                       bj_nnf_answer_kind_t kind) {
    uint8_t stream = stream_of(client, taking);
    if (is_place(kind)) bj_nnf_client_recover_place(client, stream, taking->msg->jiffies);
}

static bool answer_fill(bj_nnf_client_t *client, taking_t *taking, bj_nnf_answer_kind_t kind) {
    bool asked = taking->answer.asked;
    bj_nnf_answer_t part = taking->answer; /* what the kinds set */
    const bj_nnf_msg_t *msg = taking->msg;
    bj_nnf_answer_t *answer = &taking->answer;
    *answer = answer_of(&taking->after, (bj_nnf_answer_kind_t)part.kind);
    if (taking->after.number == 0 && msg->order_number > 0) answer->number = msg->order_number;
    answer->asked = asked;
    answer->late = part.late;
    answer->fill_number = part.fill_number;
    answer->fill_qty = part.fill_qty;
    answer->fill_price_paise = part.fill_price_paise;
    answer->jiffies = taking->after.jiffies;
    answer->stream = stream_of(client, taking);
    answer->place = is_place(kind) ? msg->jiffies : 0;
    answer->time_ns = time_of(msg);
    answer->error = (int32_t)msg->error;
    answer->reason = (uint16_t)bj_nnf_status(client->config.segment, answer->error);
    if (kind == BJ_NNF_ENDED && answer->reason == BJ_OK) answer->reason = BJ_END_USER;
    return answer_say(client, answer);
}

void order_cancel_next(bj_nnf_client_t *client, order_t *order) {
    if (order->state != ORDER_OPEN || order->ask != ASK_NONE) return;
    bool moved = order->activity_ref != order->ask_ref;
    if (!order->cancel_next && !(order->cancel_stale && moved)) return;
    order->cancel_next = order->cancel_stale = false;
    order_ask(client, order, ASK_CANCEL);
}

void order_unexplained(bj_nnf_client_t *client, order_t *order) {
    order->unexplained = true;
    client->counters.unexplained++;
    BJ_ERROR("nnf: order %llu, the exchange's %lld (account %u, token %u, %c %d) %s: traded %d, "
             "in trades that it told %d; what is missing must come from its files",
             (unsigned long long)order->order_id, (long long)order->number, order->account_id,
             order->token, order->side, order->now.qty,
             order->untold_qty ? "traded more than the exchange tells, also from the beginning"
                               : "is open there no more, and neither cancelled nor traded",
             order->cum_qty, (int32_t)((int64_t)order->cum_qty - order->untold_qty));
}

static void order_commit(bj_nnf_client_t *client, order_t *order, const taking_t *taking) {
    bool unexplained = taking->after.unexplained && !order->unexplained;
    bool surfaced = order->state == ORDER_ABSENT && taking->after.state == ORDER_OPEN;
    int64_t number = taking->msg->order_number;
    order_count(client, order, -1);
    *order = taking->after;
    order_count(client, order, 1);
    if (!order->number && number > 0) order_number(client, order, number);
    if (order->ask == ASK_NEW && order->ask_state == ASK_FROZEN) client->counters.frozen++;
    if (unexplained) order_unexplained(client, order);
    if (surfaced) {
        order->stray = true;
        client->counters.surfaced++;
        order->cancel_next = client->config.settings.foreign_cancel;
    }
    order_cancel_next(client, order);
}

/* Everything is downloaded from the beginning: what is missing comes before what was seen. */
static verdict_t gap(bj_nnf_client_t *client) {
    client->counters.gaps++;
    client->all_anew = true;
    client_close(client);
    return USED;
}

/* --- orders that we do not know --- */
static bool foreign_take(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, order_t *order) {
    bool happens = msg->fill_qty || msg->code == BJ_NNF_TRIGGERED; /* and is taken in after this */
    bool stop = msg->book == BJ_NNF_BOOK_STOP;
    uint32_t flags;
    if (!bj_nnf_flags_get(client->config.segment, msg, &flags)) flags = 0;
    order->foreign = order->stray = true;
    order->state = ORDER_OPEN;
    order->token = token_meant(client, msg);
    order->side = msg->side == BJ_NNF_BUY ? BJ_BUY : BJ_SELL;
    order->open_close = (uint8_t)msg->open_close;
    order->party_idx = client_party_named(client, msg->account, &order->account_id);
    order->now = (terms_t){.price_paise = (int32_t)msg->price_paise, .qty = (int32_t)msg->qty,
                           .trigger_paise = (int32_t)msg->trigger_paise};
    order->now.order_type = stop ? (msg->price_paise ? BJ_SL : BJ_SL_M)
                                 : (msg->price_paise ? BJ_LIMIT : BJ_MARKET);
    order->now.tif = flags >> BJ_NNF_IOC & 1 ? BJ_IOC : flags >> BJ_NNF_GTC & 1 ? BJ_GTC : BJ_DAY;
    order->leaves_qty = (int32_t)msg->left_qty;
    order->cum_qty = (int32_t)(msg->filled_qty - msg->fill_qty);
    order->activity_ref = happens ? 0 : msg->activity_ref;
    order->entry_s = (int32_t)msg->entry_s;
    order->modified_s = (int32_t)msg->modified_s;
    return client_instrument(client, order->token) != NULL;
}

/* Said once: each download says it again. */
static void untracked(bj_nnf_client_t *client, const bj_nnf_msg_t *msg) {
    if (client->counters.untracked++) return;
    BJ_ERROR("nnf: the exchange has order %lld that is not ours and cannot be followed nor "
             "cancelled from here: its instrument is not configured, or %u orders are all that "
             "there is room for (order_max); there may be more", (long long)msg->order_number,
             client->config.order_max);
}

/* USED: nothing was made of it. */
static verdict_t foreign(bj_nnf_client_t *client, const taking_t *taking,
                         bj_nnf_answer_kind_t kind, order_t **made) {
    order_t order = {0};
    bool lives = kind == BJ_NNF_ACCEPTED || kind == BJ_NNF_CHANGED_TERMS ||
                 kind == BJ_NNF_FILLED || kind == BJ_NNF_WOKE;
    lives = lives && taking->msg->order_number > 0;
    *made = NULL;
    if (!lives || client->order_cnt == client->config.order_max ||
        !foreign_take(client, taking->msg, &order)) {
        client->counters.unmatched++;
        if (lives) untracked(client, taking->msg);
        return USED;
    }
    bj_nnf_answer_t answer = answer_of(&order, BJ_NNF_FOREIGN);
    answer.number = taking->msg->order_number;
    answer.stream = stream_of(client, taking);
    answer.time_ns = time_of(taking->msg);
    if (!answer_say(client, &answer)) return HELD;
    client->counters.foreign++;
    *made = order_add(client, 0);
    **made = order;
    order_number(client, *made, taking->msg->order_number);
    (*made)->cancel_next = client->config.settings.foreign_cancel;
    order_cancel_next(client, *made);
    return USED;
}

/* A bare error says only that whatever was asked is refused. */
static bj_nnf_answer_kind_t refusal_of(const order_t *order) {
    return order->ask == ASK_NEW      ? BJ_NNF_REJECTED
           : order->ask == ASK_MODIFY ? BJ_NNF_MODIFY_REFUSED
                                      : BJ_NNF_CANCEL_REFUSED;
}

/* Its order is known, and what it says of it. */
static verdict_t message_take(bj_nnf_client_t *client, taking_t taking, order_t *order,
                              bj_nnf_answer_kind_t kind) {
    taking.after = *order;
    taking.answer.kind = (uint8_t)kind;
    outcome_t outcome = take(&taking, kind);
    if (outcome == GAP) return gap(client);
    if (outcome == TAKEN && !answer_fill(client, &taking, kind)) return HELD;
    if (outcome == TAKEN && kind == BJ_NNF_CANCEL_REFUSED && order->stray)
        client->strays_ask = true;
    if (outcome == REPEAT)
        client->counters.repeats++;
    else
        order_commit(client, order, &taking);
    place_move(client, &taking, kind);
    return USED;
}

verdict_t order_message(bj_nnf_client_t *client, const bj_nnf_msg_t *msg, uint32_t seq, bool live) {
    taking_t taking = {.msg = msg, .seq = seq, .live = live, .anew = client->all_anew};
    bj_nnf_answer_kind_t kind;
    order_t *order = order_meant(client, msg, seq);
    bool known = kind_of(msg->code, &kind);
    if (!order && !known) return client->counters.unmatched++, USED;
    if (!order && foreign(client, &taking, kind, &order) == HELD) return HELD;
    if (!order) return place_move(client, &taking, kind), USED;
    if (!known) kind = refusal_of(order);
    /* What trades was accepted, though nothing says so. */
    bool accepted = kind == BJ_NNF_FILLED && taking.anew && order->state == ORDER_NEW;
    if (accepted && message_take(client, taking, order, BJ_NNF_ACCEPTED) == HELD) return HELD;
    return message_take(client, taking, order, kind);
}
