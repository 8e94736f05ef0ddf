/* Modify, cancel, and the ends of many. */
#include "dataplane/match/bj_match_priv.h"

/* An order as it stands and as the command wants it. */
typedef struct change {
    bj_order_t *order;
    const cold_t *cold;
    place_t place;
    int32_t price_paise, leaves_qty, trigger_paise; /* as it stands */
    terms_t terms;                                  /* as it shall be */
    uint32_t account, owner;
    bool same_disclosed; /* stated as it was; it may be lowered to the open quantity */
} change_t;

static void read_change(const bj_match_t *m, const bj_match_cmd_t *cmd, bj_order_t *order,
                        change_t *change) {
    const cold_t *cold = cold_of(m, order);
    place_t place = place_of(m, order);
    bool waits = place.waits && cmd->trigger_paise != 0;
    *change = (change_t){.order = order,
                         .cold = cold,
                         .place = place,
                         .price_paise = bj_match_price_of(m, order),
                         .leaves_qty = leaves_of(m, order),
                         .trigger_paise = trigger_of(m, order),
                         .terms = {.price_paise = cmd->price_paise,
                                   .qty = cmd->qty,
                                   .trigger_paise = cmd->trigger_paise,
                                   .disclosed_qty = cmd->disclosed_qty,
                                   .day = cmd->tif == BJ_GTD ? cmd->day
                                          : cmd->tif         ? 0
                                                             : cold->day,
                                   .side = side_of(place.sell),
                                   .type = cmd->type ? cmd->type : cold->type,
                                   .tif = cmd->tif ? cmd->tif : cold->tif,
                                   .flags = cmd->flags,
                                   .is_stop = waits},
                         .account = cmd->account ? cmd->account : cold->account,
                         .owner = cmd->account ? cmd->owner : order->user};
    change->same_disclosed = cmd->disclosed_qty == cold->disclosed_qty;
    if (change->same_disclosed && change->terms.disclosed_qty > cmd->qty)
        change->terms.disclosed_qty = cmd->qty;
    change->terms.check_disclosed = !change->same_disclosed || cmd->qty > change->leaves_qty;
}

static bj_status_t check_names(const bj_match_t *m, const bj_match_cmd_t *cmd,
                               const change_t *change) {
    uint32_t instrument_idx = change->place.instrument_idx;
    bool account_free = m->definition[instrument_idx].flags & BJ_MATCH_ACCOUNT_MAY_CHANGE;
    bool ok = (!cmd->side || cmd->side == side_of(change->place.sell)) &&
              (cmd->instrument_idx == BJ_MATCH_ALL || cmd->instrument_idx == instrument_idx) &&
              (cmd->flags & BJ_MATCH_ORDER_FLAGS) == change->cold->flags &&
              (account_free || change->account == change->cold->account);
    return ok ? BJ_OK : BJ_REJ_MODIFY;
}

static bj_status_t check_kind(const instrument_t *instrument, const change_t *change) {
    bool calm =
        change->terms.tif != BJ_IOC && (!change->terms.disclosed_qty || change->same_disclosed);
    switch ((bj_phase_t)instrument->phase) {
    case BJ_PHASE_POST_CLOSE:
        return change->place.queued && calm ? BJ_OK : BJ_REJ_PHASE;
    case BJ_PHASE_AUCTION:
        return !change->place.waits && calm ? BJ_OK : BJ_REJ_PHASE;
    case BJ_PHASE_AUCTION_LIMIT:
        if (change->cold->type == BJ_MARKET || change->terms.type == BJ_MARKET) return BJ_REJ_PHASE;
        return !change->place.waits && calm ? BJ_OK : BJ_REJ_PHASE;
    case BJ_PHASE_CONTINUOUS:
    case BJ_PHASE_CLOSED:
    case BJ_PHASE_HALTED:
    case BJ_PHASE_BUFFER:
    case BJ_PHASE_CNT:
        break;
    }
    return BJ_OK;
}

static bj_status_t check_trigger(const change_t *change) {
    int32_t trigger_paise = change->terms.trigger_paise;
    if (change->place.waits || !trigger_paise) return BJ_OK;
    return trigger_paise == change->trigger_paise ? BJ_OK : BJ_REJ_MODIFY;
}

static bj_status_t check_change(const bj_match_t *m, const bj_match_cmd_t *cmd, change_t *change) {
    const instrument_t *instrument = &m->instrument[change->place.instrument_idx];
    bj_status_t status;
    if ((status = check_names(m, cmd, change)) != BJ_OK) return status;
    if ((status = bj_match_check_phase(instrument)) != BJ_OK) return status;
    if ((status = bj_match_check_form(&change->terms)) != BJ_OK) return status;
    if (change->terms.qty > INT32_MAX - change->cold->cum_qty) return BJ_REJ_QTY;
    if ((status = check_kind(instrument, change)) != BJ_OK) return status;
    if ((status = check_trigger(change)) != BJ_OK) return status;
    status = bj_match_check_terms(m, change->place.instrument_idx, &change->terms);
    if (status != BJ_OK) return status;
    if (instrument->phase == BJ_PHASE_POST_CLOSE) {
        change->terms.price_paise = instrument->closing_paise;
        change->terms.type = BJ_LIMIT;
    }
    return BJ_OK;
}

/* NNF's table of price-time priority. */
static bool keeps_place(const change_t *change) {
    const terms_t *terms = &change->terms;
    bool ioc = terms->tif == BJ_IOC && change->cold->tif != BJ_IOC;
    if (terms->price_paise != change->price_paise || terms->type != change->cold->type || ioc ||
        terms->qty > change->leaves_qty)
        return false;
    if (change->place.waits) return terms->trigger_paise == change->trigger_paise;
    if (change->place.queued) return terms->type != BJ_MARKET || terms->qty == change->leaves_qty;
    return change->same_disclosed ||
           slice_of(terms->disclosed_qty, terms->qty) <= change->order->qty;
}

static void change_in_place(bj_match_t *m, const change_t *change) {
    const terms_t *terms = &change->terms;
    bj_order_t *order = change->order;
    bool whole = change->place.waits || change->place.queued;
    int32_t shown_qty = slice_of(terms->disclosed_qty, terms->qty);
    if (whole)
        shown_qty = terms->qty;
    else if (change->same_disclosed)
        shown_qty = order->qty < terms->qty ? order->qty : terms->qty;
    cold_t *cold = cold_make(m, order);
    order->qty = shown_qty;
    order->user = change->owner;
    cold->hidden_qty = terms->qty - shown_qty;
    cold->disclosed_qty = terms->disclosed_qty;
    cold->account = change->account;
    cold->day = terms->tif == BJ_GTD ? terms->day : 0;
    cold->tif = terms->tif;
    uint8_t flags = BJ_MEF_KEPT | (change->place.waits ? BJ_MEF_WAITS : 0) |
                    (change->place.queued ? BJ_MEF_QUEUED : 0);
    bj_match_say_order(m, order, BJ_MEV_MODIFIED, flags, change->place.waits ? 0 : shown_qty);
}

/* Where it will rest there must be a page before it leaves where it is. */
static bool has_room(bj_match_t *m, const change_t *change) {
    uint32_t instrument_idx = change->place.instrument_idx;
    bool sell = change->place.sell;
    if (change->terms.is_stop &&
        !bj_match_room(m, stops_of(m, instrument_idx, sell), change->terms.trigger_paise))
        return false;
    bool queues = change->terms.type == BJ_MARKET ||
                  m->instrument[instrument_idx].phase == BJ_PHASE_POST_CLOSE;
    return queues ||
           bj_match_room(m, ladder_of(m, instrument_idx, sell), change->terms.price_paise);
}

static void come_again(bj_match_t *m, const change_t *change) {
    const terms_t *terms = &change->terms;
    incoming_t in;
    bj_match_lift(m, change->order, &in);
    bool was_stop = in.waits;
    in.owner = change->owner;
    in.account = change->account;
    in.price_paise = terms->price_paise;
    in.leaves_qty = terms->qty;
    in.disclosed_qty = terms->disclosed_qty;
    in.type = terms->type;
    in.tif = terms->tif;
    in.day = terms->tif == BJ_GTD ? terms->day : 0;
    in.waits = terms->is_stop;
    if (was_stop) in.trigger_paise = terms->trigger_paise;
    in.event = BJ_MEV_MODIFIED;
    bj_match_enter(m, &in);
}

void bj_match_on_modify(bj_match_t *match, const bj_match_cmd_t *cmd) {
    bj_order_t *order = bj_idmap_find(&match->ids, &match->ladders, cmd->order_id);
    if (!order) {
        bj_match_say_refused(match, cmd, BJ_REJ_ORDER_UNKNOWN);
        return;
    }
    change_t change;
    read_change(match, cmd, order, &change);
    bj_status_t status = check_change(match, cmd, &change);
    bool kept = status == BJ_OK && keeps_place(&change);
    if (status == BJ_OK && !kept && !has_room(match, &change)) status = BJ_REJ_ENGINE_FULL;
    if (status != BJ_OK)
        bj_match_say_refused(match, cmd, status);
    else if (kept)
        change_in_place(match, &change);
    else
        come_again(match, &change);
}

/* --- cancel */

static bj_status_t check_cancel(const bj_match_t *m, const bj_match_cmd_t *cmd,
                                const bj_order_t *order) {
    if (!order) return BJ_REJ_ORDER_UNKNOWN;
    place_t place = place_of(m, order);
    if (cmd->instrument_idx != BJ_MATCH_ALL && cmd->instrument_idx != place.instrument_idx)
        return BJ_REJ_MODIFY;
    uint8_t phase = m->instrument[place.instrument_idx].phase;
    bool frozen = phase == BJ_PHASE_BUFFER || (phase == BJ_PHASE_AUCTION_LIMIT && place.queued);
    return frozen ? BJ_REJ_PHASE : BJ_OK;
}

void bj_match_on_cancel(bj_match_t *match, const bj_match_cmd_t *cmd) {
    bj_order_t *order = bj_idmap_find(&match->ids, &match->ladders, cmd->order_id);
    bj_status_t status = check_cancel(match, cmd, order);
    if (status != BJ_OK)
        bj_match_say_refused(match, cmd, status);
    else
        bj_match_end(match, order, BJ_END_USER);
}

/* --- the ends of many, in the order of bj_match_each */

typedef bj_status_t wanted_fn(const bj_match_t *match, const bj_order_t *order, const void *ctx);

static uint32_t end_list(bj_match_t *m, uint32_t list_ref, wanted_fn *wanted, const void *ctx) {
    uint32_t cnt = 0;
    for (uint32_t ref = bj_ladder_at(&m->ladders, list_ref)->next; ref != list_ref;) {
        bj_order_t *order = bj_ladder_order(&m->ladders, ref);
        ref = order->link.next;
        bj_status_t reason = wanted(m, order, ctx);
        if (reason == BJ_OK) continue;
        bj_match_end(m, order, reason);
        cnt++;
    }
    return cnt;
}

static uint32_t end_ladder(bj_match_t *m, const bj_ladder_t *ladder, wanted_fn *wanted,
                           const void *ctx) {
    uint32_t cnt = 0;
    for (uint32_t ref = ladder->best_ref; ref != BJ_NIL;) {
        uint32_t next_ref = bj_ladder_worse(&m->ladders, ladder, bj_level_key(&m->ladders, ref));
        cnt += end_list(m, ref, wanted, ctx);
        ref = next_ref;
    }
    return cnt;
}

uint32_t bj_match_end_each(bj_match_t *match, uint32_t instrument_idx, wanted_fn *wanted,
                           const void *ctx) {
    uint32_t cnt = 0;
    for (int sell = 0; sell < 2; sell++)
        cnt += end_ladder(match, ladder_of(match, instrument_idx, sell), wanted, ctx);
    for (int sell = 0; sell < 2; sell++)
        cnt += end_list(match, queue_of(match, instrument_idx, sell), wanted, ctx);
    for (int sell = 0; sell < 2; sell++)
        cnt += end_ladder(match, stops_of(match, instrument_idx, sell), wanted, ctx);
    return cnt;
}

static bj_status_t in_mass(const bj_match_t *m, const bj_order_t *order, const void *ctx) {
    const bj_match_cmd_t *cmd = ctx;
    const cold_t *cold = cold_of(m, order);
    bool wanted = (!cmd->account || cmd->account == cold->account) &&
                  (!cmd->desk || cmd->desk == cold->desk) &&
                  (!cmd->side || cmd->side == side_of(place_of(m, order).sell));
    return !wanted ? BJ_OK : cmd->reason ? (bj_status_t)cmd->reason : BJ_END_MASS;
}

void bj_match_on_mass_cancel(bj_match_t *match, const bj_match_cmd_t *cmd) {
    uint32_t cnt = 0, idx = cmd->instrument_idx;
    if (idx != BJ_MATCH_ALL && !instrument_known(match, idx)) {
        bj_match_say_refused(match, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    if (cmd->side && cmd->side != BJ_BUY && cmd->side != BJ_SELL) {
        bj_match_say_refused(match, cmd, BJ_REJ_FIELD);
        return;
    }
    uint32_t from = idx == BJ_MATCH_ALL ? 0 : idx;
    uint32_t end = idx == BJ_MATCH_ALL ? match->config.instrument_max : idx + 1;
    for (uint32_t i = from; i < end; i++)
        cnt += bj_match_end_each(match, i, in_mass, cmd);
    bj_match_say_control(match, BJ_MEV_DONE, idx, 0, (int32_t)cnt, 0, 0,
                         cmd->reason ? cmd->reason : BJ_END_MASS);
    emitted(match)->side = cmd->side;
}
