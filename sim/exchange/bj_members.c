#include <stdlib.h>
#include "sim/exchange/bj_members_priv.h"

/* --- what an event does to the order it is about: the same live and at a restart --- */
static bool keeps_place(const order_t *order, const bj_event_t *event) {
    if (event->price_paise != order->price_paise || event->leaves_qty > order->leaves_qty ||
        (event->tif == BJ_IOC && order->tif != BJ_IOC)) {
        return false;
    }
    if (order->state == ORDER_WAITS) {
        return event->order_type == order->type &&
               event->trigger_price_paise == order->trigger_paise;
    }
    return event->disclosed_qty == order->disclosed_qty ||
           slice_of(event->disclosed_qty, event->leaves_qty) <= order->shown_qty;
}

static void on_modified(order_t *order, const bj_event_t *event) {
    bool waits = order->state == ORDER_WAITS && is_stop(event->order_type);
    order->kept = keeps_place(order, event);
    bool same_slice = order->kept && event->disclosed_qty == order->disclosed_qty;
    int32_t shown_qty = slice_of(event->disclosed_qty, event->leaves_qty);
    if (same_slice && order->shown_qty < event->leaves_qty) shown_qty = order->shown_qty;
    order->shown_qty = shown_qty;
    order->state = waits ? ORDER_WAITS : ORDER_BOOK;
    if (!order->kept) order->place_seq = event->seq;
}

/* A maker's fill comes out of what is shown; a taker shows a fresh slice of what it has left. */
static void on_fill(order_t *order, const bj_event_t *event) {
    if (event->flags & BJ_FLAG_MAKER) order->shown_qty -= event->last_qty;
    else order->shown_qty = 0;
    if (!order->shown_qty) {
        order->shown_qty = slice_of(event->disclosed_qty, event->leaves_qty);
        order->place_seq = event->seq;
    }
    if (!event->leaves_qty) order->state = ORDER_ENDED;
}

static void on_accepted(bj_members_t *members, order_t *order, const bj_event_t *event) {
    *order = (order_t){.client_order_id = event->client_order_id, .place_seq = event->seq,
                       .row_idx = members_row_of(members, event->token),
                       .account_id = event->account_id, .session_id = event->session_id,
                       .side = event->side, .flags = event->flags,
                       .shown_qty = slice_of(event->disclosed_qty, event->leaves_qty),
                       .state = is_stop(event->order_type) ? ORDER_WAITS : ORDER_BOOK};
}

static void take(bj_members_t *members, order_t *order, const bj_event_t *event) {
    switch ((bj_event_type_t)event->type) {
    case BJ_EV_ACCEPTED: on_accepted(members, order, event); break;
    case BJ_EV_MODIFIED: on_modified(order, event); break;
    case BJ_EV_TRADE: on_fill(order, event); break;
    case BJ_EV_TRIGGERED:
        order->state = ORDER_BOOK;
        order->place_seq = event->seq;
        order->shown_qty = slice_of(event->disclosed_qty, event->leaves_qty);
        break;
    default: order->state = ORDER_ENDED; break;
    }
    order->price_paise = event->price_paise;
    order->leaves_qty = event->leaves_qty;
    order->cum_qty = event->cum_qty;
    order->trigger_paise = event->trigger_price_paise;
    order->disclosed_qty = event->disclosed_qty;
    order->type = event->order_type;
    order->tif = event->tif;
}

static bool about_order(const bj_event_t *event) {
    return event->type == BJ_EV_ACCEPTED || event->type == BJ_EV_REJECTED ||
           event->type == BJ_EV_MODIFIED || event->type == BJ_EV_CANCELLED ||
           event->type == BJ_EV_TRADE || event->type == BJ_EV_TRIGGERED;
}

static void note(bj_members_t *members, const bj_event_t *event) {
    members->event_seq = event->seq;
    members->cmd_seq = event->cmd_seq;
    if (event->match_id > members->match_id) members->match_id = event->match_id;
    bool refused = event->type == BJ_EV_REJECTED || event->type == BJ_EV_REQUEST_REJECTED;
    members->stats.rejected += refused;
    members->stats.fills += event->type == BJ_EV_TRADE;
    if (!about_order(event)) return;
    uint64_t at = event->order_id - members->config.id_base;
    if (!at || at > members->config.order_max) return; /* order_max was larger then */
    uint32_t n = (uint32_t)at;
    order_t *order = &members->orders[n];
    bool was_open = is_open(order), waited = order->state == ORDER_WAITS;
    if (n > members->order_cnt) members->order_cnt = n;
    take(members, order, event);
    bool waits = order->state == ORDER_WAITS;
    if (waited && !waits) members_stop_drop(members, n);
    if (waits && !waited) members_stop_add(members, n);
    if (is_open(order)) members->stats.open += !was_open;
    else members->stats.open -= was_open;
}

/* --- events out --- */
bj_event_t members_begin(const bj_members_t *members, bj_event_type_t type, uint32_t n) {
    const order_t *order = &members->orders[n];
    return (bj_event_t){
        .type = (uint16_t)type, .order_id = id_of(members, n),
        .client_order_id = order->client_order_id, .session_id = order->session_id,
        .session_seq = n == members->active ? members->active_seq : 0,
        .account_id = order->account_id,
        .token = order->row_idx == NO_ROW ? 0 : members->rows[order->row_idx].of.token,
        .price_paise = order->price_paise, .qty = order->leaves_qty + order->cum_qty,
        .leaves_qty = order->leaves_qty, .cum_qty = order->cum_qty,
        .trigger_price_paise = order->trigger_paise, .disclosed_qty = order->disclosed_qty,
        .side = order->side, .order_type = order->type, .tif = order->tif,
        .flags = order->flags};
}

bj_event_t members_answer(const bj_members_t *members, bj_event_type_t type, const bj_cmd_t *cmd) {
    (void)members;
    return (bj_event_t){.type = (uint16_t)type, .session_id = cmd->session_id,
                        .session_seq = cmd->session_seq, .account_id = cmd->account_id,
                        .order_id = cmd->order_id, .client_order_id = cmd->client_order_id,
                        .token = cmd->token};
}

void members_put(bj_members_t *members, bj_event_t *event) {
    if (members->event_cnt == members->event_max) {
        size_t more = members->event_max ? 2 * members->event_max : 256;
        bj_event_t *events = realloc(members->events, more * sizeof *events);
        if (!events) abort(); /* what has happened cannot be kept */
        members->events = events;
        members->event_max = more;
    }
    event->seq = members->event_seq + 1;
    event->cmd_seq = members->cmd_seq;
    event->time_ns = members->now_ns;
    members->events[members->event_cnt++] = *event;
    note(members, event);
}

void members_end(bj_members_t *members, uint32_t n, bj_status_t reason) {
    bj_event_t event = members_begin(members, BJ_EV_CANCELLED, n);
    event.leaves_qty = 0;
    event.reason = (uint16_t)reason;
    members_put(members, &event);
}

const bj_event_t *bj_members_events(const bj_members_t *members, size_t *event_cnt) {
    *event_cnt = members->event_cnt;
    return members->events;
}
void bj_members_told(bj_members_t *members) { members->event_cnt = 0; }
void bj_members_time(bj_members_t *members, int64_t now_ns) { members->now_ns = now_ns; }

void bj_members_open_day(bj_members_t *members) {
    bj_event_t event = {.type = BJ_EV_INSTRUMENT, .value = BJ_STATE_OPEN};
    members_put(members, &event);
}

void bj_members_end_day(bj_members_t *members) {
    for (uint32_t n = 1; n <= members->order_cnt; n++) {
        if (is_open(&members->orders[n])) members_cancel(members, n, BJ_END_DAY);
    }
}

/* --- fills --- */
static void fill(bj_members_t *members, uint32_t n, uint64_t contra_id,
                 const bj_model_trade_t *trade, uint8_t flags) {
    bj_event_t event = members_begin(members, BJ_EV_TRADE, n);
    event.leaves_qty -= trade->qty;
    event.cum_qty += trade->qty;
    event.match_id = members->match_id;
    event.contra_order_id = contra_id;
    event.last_price_paise = trade->price_paise;
    event.last_qty = trade->qty;
    event.flags |= flags;
    members_put(members, &event);
}

static void on_trade(void *ctx, const bj_model_trade_t *trade) {
    bj_members_t *members = ctx;
    members_traded_at(members, trade->row_idx, trade->price_paise);
    bool maker = trade->maker_ref != BJ_MODEL_NOBODY, taker = trade->taker_ref != BJ_MODEL_NOBODY;
    if (maker || taker) members->match_id++;
    if (maker) fill(members, trade->maker_ref, trade->taker_id, trade, BJ_FLAG_MAKER);
    if (taker) fill(members, trade->taker_ref, trade->maker_id, trade, 0);
}

/* --- start --- */
uint32_t members_row_of(const bj_members_t *members, uint32_t token) {
    for (uint32_t i = 0; i < members->config.row_cnt; i++) {
        const row_t *row = &members->rows[i];
        if (row->traded_here && row->of.token == token) return i;
    }
    return NO_ROW;
}

bj_members_t *bj_members_new(const bj_members_config_t *config) {
    bj_members_t *members = calloc(1, sizeof *members);
    if (!members) return NULL;
    members->config = *config;
    members->orders = calloc(config->order_max + 1u, sizeof *members->orders);
    members->stops = calloc(config->order_max + 1u, sizeof *members->stops);
    members->rows = calloc(config->row_cnt + 1u, sizeof *members->rows);
    if (!members->orders || !members->stops || !members->rows) {
        bj_members_free(members);
        return NULL;
    }
    for (uint32_t i = 0; i < config->row_cnt; i++) {
        const bj_model_row_t *row = &config->rows[i];
        bool here = !row->spread && config->streams >> row->stream_idx & 1;
        members->rows[i] = (row_t){.of = row->row, .traded_here = here};
    }
    bj_model_on_trade(config->model, on_trade, members);
    return members;
}

void bj_members_free(bj_members_t *members) {
    if (!members) return;
    bj_model_on_trade(members->config.model, NULL, NULL);
    free(members->orders);
    free(members->stops);
    free(members->rows);
    free(members->events);
    free(members);
}

void bj_members_recover(bj_members_t *members, const bj_event_t *event) { note(members, event); }

static int by_place(const void *a, const void *b, void *orders) {
    const order_t *of = orders;
    uint64_t first = of[*(const uint32_t *)a].place_seq;
    uint64_t second = of[*(const uint32_t *)b].place_seq;
    return (first > second) - (first < second);
}

/* A market that has begun anew stands elsewhere: an order may meet somebody on its way back. */
void bj_members_restore(bj_members_t *members, int64_t now_ns) {
    uint32_t *open = calloc(members->stats.open + 1u, sizeof *open), open_cnt = 0;
    if (!open) abort();
    members->now_ns = now_ns;
    for (uint32_t n = 1; n <= members->order_cnt; n++) {
        if (is_open(&members->orders[n])) open[open_cnt++] = n;
    }
    qsort_r(open, open_cnt, sizeof *open, by_place, members->orders);
    for (uint32_t i = 0; i < open_cnt; i++) {
        order_t *order = &members->orders[open[i]];
        order->shown_qty = slice_of(order->disclosed_qty, order->leaves_qty);
        if (order->row_idx == NO_ROW) members_end(members, open[i], BJ_END_HALT);
        else if (order->state == ORDER_BOOK) members_enter(members, open[i], false);
    }
    free(open);
}

bj_members_stats_t bj_members_stats(const bj_members_t *members) {
    bj_members_stats_t stats = members->stats;
    stats.orders = members->order_cnt;
    stats.stops = members->stop_cnt;
    return stats;
}
