/* Steps and events as a person reads them. */
#include "dataplane/match/test_match_random.h"

#include <stdio.h>

#define X(name, value, text) [value] = &#name[6],
static const char *const op_names[16] = {[0] = "OP0", BJ_MATCH_OP_LIST(X)};
#undef X
#define X(name, value, text) [value] = &#name[7],
static const char *const event_names[16] = {BJ_MATCH_EVENT_LIST(X)};
#undef X
#define X(name, value, text) &#name[9],
static const char *const phase_names[BJ_PHASE_CNT] = {BJ_PHASE_LIST(X)};
#undef X
static const char *const flag_names[] = {"RESTS", "KEPT", "WAITS", "AUCTION", "T2T", "QUEUED",
                                         "MORE"};

const char *event_name(unsigned type) {
    return event_names[type & 15] ? event_names[type & 15] : "?";
}

static void print_number(const char *name, int64_t value) {
    if (value) fprintf(stderr, " %s=%lld", name, (long long)value);
}

static void print_instrument_idx(uint32_t instrument_idx) {
    if (instrument_idx == BJ_MATCH_ALL) fprintf(stderr, " on ALL");
    else fprintf(stderr, " on %u", instrument_idx);
}

static void print_event(const bj_match_event_t *e) {
    fprintf(stderr, "      %-16s", event_name(e->type));
    print_instrument_idx(e->instrument_idx);
    if (e->side) fprintf(stderr, " %c", e->side);
    if (e->order_id) fprintf(stderr, " id=%llu", (unsigned long long)e->order_id);
    if (e->contra_id) fprintf(stderr, " contra=%llu", (unsigned long long)e->contra_id);
    print_number("qty", e->qty);
    print_number("price", e->price_paise);
    print_number("leaves", e->leaves_qty);
    print_number("cum", e->cum_qty);
    bool is_trade = e->type == BJ_MEV_TRADE;
    print_number(is_trade ? "contra_leaves" : "shown", e->contra_leaves_qty);
    print_number(is_trade ? "contra_cum" : "trigger", e->contra_cum_qty);
    for (unsigned i = 0; i < 8; i++) {
        if (e->flags >> i & 1) fprintf(stderr, " %s", i < 7 ? flag_names[i] : "flag7");
    }
    if (e->reason) fprintf(stderr, " %s", bj_status_name(e->reason));
    fprintf(stderr, " [%llu]\n", (unsigned long long)e->cmd_no);
}

void print_events(const char *title, const events_t *list, uint64_t cmd_no) {
    fprintf(stderr, "    %s:\n", title);
    for (size_t i = 0; i < list->cnt; i++) {
        if (list->event[i].cmd_no == cmd_no) print_event(&list->event[i]);
    }
}

static void print_definition(const step_t *s) {
    const bj_match_instrument_t *d = &s->definition;
    fprintf(stderr, "DEFINE on %u tick=%d band=%d..%d close=%d", s->instrument_idx, d->tick_paise,
            d->band_lo_paise, d->band_hi_paise, d->prev_close_paise);
    print_number("protection_bp", d->protection_bp);
    print_number("protection_min", d->protection_min_paise);
    print_number("disclosed_pct", d->disclosed_min_pct);
    print_number("stop_gap", d->stop_gap_max_paise);
    static const char *const names[] = {"T2T", "NO_STOP_MARKET", "NEEDS_LAST", "ACCOUNT_MAY_CHANGE",
                                        "LONG_ORDERS"};
    for (unsigned i = 0; i < BJ_COUNT(names); i++) {
        if (d->flags >> i & 1) fprintf(stderr, " %s", names[i]);
    }
    fprintf(stderr, "\n");
}

static void print_order_terms(const bj_match_cmd_t *c) {
    static const char *const types[] = {"-", "LIMIT", "MARKET"};
    static const char *const tifs[] = {"-", "DAY", "IOC", "GTD", "GTC"};
    if (c->type < BJ_COUNT(types)) fprintf(stderr, " %s", types[c->type]);
    else print_number("type", c->type);
    if (c->tif < BJ_COUNT(tifs)) fprintf(stderr, " %s", tifs[c->tif]);
    else print_number("tif", c->tif);
    fprintf(stderr, " %d@%d", c->qty, c->price_paise);
    print_number("trigger", c->trigger_paise);
    print_number("disclosed", c->disclosed_qty);
    if (c->flags & BJ_MATCH_STP_ACTIVE) fprintf(stderr, " STP_ACTIVE");
    if (c->flags & BJ_MATCH_INTRADAY) fprintf(stderr, " INTRADAY");
    print_number("flags", c->flags & ~BJ_MATCH_ORDER_FLAGS);
    print_number("owner", c->owner);
}

void print_step(size_t no, const step_t *s) {
    fprintf(stderr, "  %3zu ", no);
    if (s->defines) {
        print_definition(s);
        return;
    }
    const bj_match_cmd_t *c = &s->cmd;
    fprintf(stderr, "%s", op_names[c->op & 15] ? op_names[c->op & 15] : "OP?");
    print_instrument_idx(c->instrument_idx);
    if (c->op <= BJ_OP_CANCEL) fprintf(stderr, " id=%llu", (unsigned long long)c->order_id);
    if (c->side) fprintf(stderr, c->side > ' ' ? " %c" : " side=%d", c->side);
    if (c->op == BJ_OP_NEW || c->op == BJ_OP_MODIFY) print_order_terms(c);
    else print_number("price", c->price_paise);
    print_number("account", c->account);
    print_number("desk", c->desk);
    print_number("day", c->day);
    if (c->op == BJ_OP_PHASE || c->op == BJ_OP_UNCROSS) {
        fprintf(stderr, " %s", c->phase < BJ_PHASE_CNT ? phase_names[c->phase] : "PHASE?");
    }
    print_number("auction", c->auction);
    print_number("market_first", c->market_first);
    print_number("lo", c->lo_paise);
    print_number("hi", c->hi_paise);
    print_number("band_bp", c->band_bp);
    print_number("reason", c->reason);
    if (s->joined) fprintf(stderr, " +");
    if (s->look) fprintf(stderr, " look=%d", s->look);
    fprintf(stderr, "\n");
}

void print_order(const char *who, const bj_match_order_t *o) {
    fprintf(stderr, "    %s: id=%llu on %u %c type=%d tif=%d leaves=%d shown=%d cum=%d price=%d "
            "trigger=%d disclosed=%d owner=%u account=%u desk=%d day=%d flags=%d dormant=%d\n",
            who, (unsigned long long)o->order_id, o->instrument_idx, o->side, o->type, o->tif,
            o->leaves_qty, o->shown_qty, o->cum_qty, o->price_paise, o->trigger_paise,
            o->disclosed_qty, o->owner, o->account, o->desk, o->day, o->flags, o->dormant);
}
