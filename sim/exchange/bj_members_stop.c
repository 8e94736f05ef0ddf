#include "sim/exchange/bj_members_priv.h"

void members_stop_add(bj_members_t *members, uint32_t n) {
    order_t *order = &members->orders[n];
    if (order->row_idx != NO_ROW) members->rows[order->row_idx].stop_cnt++;
    order->stop_at = members->stop_cnt;
    members->stops[members->stop_cnt++] = n;
}

void members_stop_drop(bj_members_t *members, uint32_t n) {
    const order_t *order = &members->orders[n];
    uint32_t last = members->stops[--members->stop_cnt];
    if (order->row_idx != NO_ROW) members->rows[order->row_idx].stop_cnt--;
    members->stops[order->stop_at] = last;
    members->orders[last].stop_at = order->stop_at;
}

static void widen(bj_members_t *members, row_t *row, int32_t price_paise) {
    if (!row->lo_paise || price_paise < row->lo_paise) row->lo_paise = price_paise;
    if (price_paise > row->hi_paise) row->hi_paise = price_paise;
    members->due = true;
}

void members_traded_at(bj_members_t *members, uint32_t row_idx, int32_t price_paise) {
    row_t *row = &members->rows[row_idx];
    row->last_paise = price_paise;
    if (row->stop_cnt) widen(members, row, price_paise);
}

static bool is_due(const bj_members_t *members, uint32_t n) {
    const order_t *order = &members->orders[n];
    if (order->row_idx == NO_ROW) return false;
    const row_t *row = &members->rows[order->row_idx];
    if (!row->lo_paise) return false;
    return order->side == BJ_BUY ? order->trigger_paise <= row->hi_paise
                                 : order->trigger_paise >= row->lo_paise;
}

/* Buys before sells, the trigger that was passed first, then time. */
static bool sooner(const order_t *a, const order_t *b) {
    if (a->side != b->side) return a->side == BJ_BUY;
    if (a->trigger_paise != b->trigger_paise)
        return (a->side == BJ_BUY) == (a->trigger_paise < b->trigger_paise);
    return a->place_seq < b->place_seq;
}

static uint32_t next_due(const bj_members_t *members) {
    uint32_t best = 0;
    for (uint32_t i = 0; i < members->stop_cnt; i++) {
        uint32_t n = members->stops[i];
        if (!is_due(members, n)) continue;
        if (!best || sooner(&members->orders[n], &members->orders[best])) best = n;
    }
    return best;
}

/* What one does may wake the next. */
void bj_members_stops(bj_members_t *members) {
    if (!members->due) return;
    for (uint32_t n; (n = next_due(members));) {
        bj_event_t event = members_begin(members, BJ_EV_TRIGGERED, n);
        members_put(members, &event);
        members_enter(members, n, false);
    }
    for (uint32_t i = 0; i < members->config.row_cnt; i++)
        members->rows[i].lo_paise = members->rows[i].hi_paise = 0;
    members->due = false;
}
