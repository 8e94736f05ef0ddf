/* What is told about orders.  Every event gets its own jiffies, whoever it is for, so that the same
 * events have the same ones after a restart. */
#include "dataplane/nnf/bj_nnf_server_priv.h"

enum { CATCH_UP_MAX = 64 };

/* --- what an event does to our records --- */
static bj_nnf_record_t *record_of(bj_nnf_server_t *server, const user_t *user,
                                  const bj_event_t *event) {
    bj_nnf_record_t *record = bj_nnf_book_client(&server->book, event->client_order_id);
    if (!record && event->type != BJ_EV_MASS_DONE) { /* of an earlier run: not much is known */
        record = bj_nnf_book_add(&server->book, event->client_order_id);
        if (!record) return NULL;
        record->user_idx = user_idx_of(server, user);
        record->full = event->client_order_id >> 55 & 1;
        record->pro_client = BJ_NNF_CLIENT;
        record->branch_id = user->config.branch_id;
        memcpy(record->account, user->config.account, sizeof record->account);
    }
    if (record && !record->order_id && event->order_id)
        bj_nnf_book_number(&server->book, record, event->order_id);
    return record;
}

static bool ends(const bj_event_t *event) {
    return event->type == BJ_EV_CANCELLED || event->type == BJ_EV_REJECTED ||
           (event->type == BJ_EV_TRADE && event->leaves_qty == 0);
}

/* The order as the event has it; one that the engine did not know has no side. */
static void numbers_put(bj_nnf_record_t *record, const bj_event_t *event) {
    if (!event->side) return;
    record->token = event->token;
    record->price_paise = event->price_paise;
    record->qty = event->qty;
    record->leaves_qty = event->leaves_qty;
    record->cum_qty = event->cum_qty;
    record->trigger_paise = event->trigger_price_paise;
    record->disclosed_qty = event->disclosed_qty;
    record->side = event->side;
    record->order_type = event->order_type;
    record->tif = event->tif;
    record->flags = event->flags;
    record->expiry_day = event->tif == BJ_GTD ? (int32_t)event->value : 0;
}

static void record_update(bj_nnf_record_t *record, const bj_event_t *event, int64_t jiffies) {
    if (event->type == BJ_EV_REQUEST_REJECTED) return; /* the order is as it was */
    numbers_put(record, event);
    record->modified_s = (int32_t)bj_nnf_seconds(event->time_ns);
    if (event->type == BJ_EV_ACCEPTED || event->type == BJ_EV_REJECTED)
        record->entry_s = record->modified_s;
    record->activity_ref = jiffies;
    record->changed = record->changed || event->type == BJ_EV_MODIFIED;
    record->woke = record->woke || event->type == BJ_EV_TRIGGERED;
    record->ended = record->ended || ends(event);
}

static user_t *user_of_event(bj_nnf_server_t *server, const bj_event_t *event) {
    uint8_t idx = event->session_id <= 255 ? server->user_of[event->session_id] : NO_USER;
    return idx == NO_USER ? NULL : &server->users[idx];
}

static bool about_orders(const bj_event_t *event) {
    switch ((bj_event_type_t)event->type) {
    case BJ_EV_ACCEPTED:
    case BJ_EV_REJECTED:
    case BJ_EV_MODIFIED:
    case BJ_EV_CANCELLED:
    case BJ_EV_TRADE:
    case BJ_EV_REQUEST_REJECTED:
    case BJ_EV_TRIGGERED: return true;
    case BJ_EV_MASS_DONE: return event->session_seq != 0; /* else a lost connection's */
    case BJ_EV_INSTRUMENT:
    case BJ_EV_ACCOUNT:
    case BJ_EV_UNCROSSED:
    case BJ_EV_BAND:
    case BJ_EV_LIMIT:
    case BJ_EV_TO_VENUE: return false;
    }
    return false;
}

void nnf_event_note(bj_nnf_server_t *server, const bj_event_t *event) {
    int64_t jiffies = bj_nnf_jiffies(event->time_ns);
    server->jiffies = jiffies > server->jiffies ? jiffies : server->jiffies + 1;
    if (event->type == BJ_EV_INSTRUMENT && event->value != BJ_STATE_HALTED)
        server->market_state = event->value;
    user_t *user = user_of_event(server, event);
    if (!user || !about_orders(event)) return;
    bj_nnf_record_t *record = record_of(server, user, event);
    if (record) record_update(record, event, server->jiffies);
    if (user->told_cnt == server->config.report_max) {
        user->full = true; /* a hole in the download would be worse than no sign-on */
        return;
    }
    bj_nnf_told_t *told = &user->told[user->told_cnt++];
    *told = (bj_nnf_told_t){.event_seq = event->seq, .jiffies = server->jiffies};
    if (!record) return;
    told->activity_ref = record->activity_ref;
    told->woke = record->woke, told->changed = record->changed;
}

/* --- messages --- */
static void instrument_put(const bj_nnf_server_t *server, uint32_t token, bj_nnf_msg_t *msg) {
    const bj_nnf_instrument_t *row = nnf_instrument_of(server, token);
    msg->token = token;
    if (!row) return;
    memcpy(msg->symbol, row->symbol, sizeof msg->symbol);
    memcpy(msg->series, row->series, sizeof msg->series);
    memcpy(msg->instrument, row->instrument, sizeof msg->instrument);
    memcpy(msg->option_type, row->option_type, sizeof msg->option_type);
    msg->expiry_s = row->expiry_s;
    msg->strike_paise = row->strike_paise;
    msg->alpha0 = (uint8_t)row->symbol[0];
    msg->alpha1 = (uint8_t)row->symbol[1];
}

static uint32_t flags_of(const bj_nnf_server_t *server, const bj_nnf_record_t *record) {
    static const uint32_t validity[] = {[BJ_DAY] = 1u << BJ_NNF_DAY, [BJ_IOC] = 1u << BJ_NNF_IOC,
                                        [BJ_GTD] = 0, [BJ_GTC] = 1u << BJ_NNF_GTC};
    bool stop = record->order_type == BJ_SL || record->order_type == BJ_SL_M;
    bool preopen = server->market_state == BJ_STATE_AUCTION ||
                   server->market_state == BJ_STATE_AUCTION_LIMIT;
    uint32_t flags = record->tif < BJ_COUNT(validity) ? validity[record->tif] : 0;
    if (stop && !record->woke) flags |= 1u << BJ_NNF_STOP;
    if (!record->price_paise) flags |= 1u << (preopen ? BJ_NNF_ATO : BJ_NNF_MARKET);
    if (record->changed) flags |= 1u << BJ_NNF_CHANGED;
    if (record->cum_qty) flags |= 1u << BJ_NNF_TRADED;
    if (record->flags & BJ_FLAG_STP_ACTIVE) flags |= 1u << BJ_NNF_STPC;
    return flags;
}

/* What an order's message says whatever has happened. */
void nnf_record_message(const bj_nnf_server_t *server, const bj_nnf_record_t *record,
                        bj_nnf_msg_t *msg) {
    const user_t *user = &server->users[record->user_idx];
    bool stop = record->order_type == BJ_SL || record->order_type == BJ_SL_M;
    instrument_put(server, record->token, msg);
    msg->user_id = msg->trader_id = user->config.id;
    msg->order_number =
        record->order_id ? (int64_t)(nnf_order_number_base(server) + record->order_id) : 0;
    msg->book = stop && !record->woke ? BJ_NNF_BOOK_STOP : BJ_NNF_BOOK_REGULAR;
    msg->side = record->side == BJ_BUY ? BJ_NNF_BUY : record->side == BJ_SELL ? BJ_NNF_SELL : 0;
    msg->qty = record->qty;
    msg->left_qty = record->leaves_qty;
    msg->filled_qty = record->cum_qty;
    msg->disclosed_qty = record->disclosed_qty;
    msg->disclosed_left_qty = record->disclosed_qty < record->leaves_qty ? record->disclosed_qty
                                                                         : record->leaves_qty;
    msg->price_paise = record->price_paise;
    msg->trigger_paise = record->trigger_paise;
    msg->good_till_s = record->expiry_day ? bj_nnf_from_day(record->expiry_day) : 0;
    msg->entry_s = record->entry_s;
    msg->modified_s = record->modified_s;
    msg->activity_ref = record->activity_ref;
    msg->nnf_id = record->nnf_id;
    msg->algo_id = record->algo_id;
    msg->pro_client = record->pro_client;
    msg->settlement = record->settlement;
    msg->branch_id = record->branch_id;
    msg->open_close = record->open_close;
    msg->more_flags = record->more_flags;
    msg->suspended = record->suspended;
    msg->participant_type = record->participant_type;
    msg->client_ref = (int32_t)(uint32_t)record->client_order_id;
    msg->mod_cxl_by = 'T';
    memcpy(msg->broker_id, user->config.broker_id, sizeof user->config.broker_id);
    memcpy(msg->account, record->account, sizeof record->account);
    memcpy(msg->settlor, record->settlor, sizeof record->settlor);
    memcpy(msg->participant, record->settlor, sizeof record->settlor);
    memcpy(msg->pan, record->pan, sizeof record->pan);
    memcpy(msg->remarks, record->remarks, sizeof record->remarks);
    bj_nnf_flags_set(server->config.segment, msg, flags_of(server, record));
}

/* X: CM trimmed, FO trimmed, full. */
typedef struct codes { int32_t cm, fo, full; } codes_t;
static const codes_t codes[] = {
    [BJ_EV_ACCEPTED] = {BJ_NNF_CONFIRM_TR, BJ_NNF_CONFIRM_TR, BJ_NNF_CONFIRM},
    [BJ_EV_REJECTED] = {BJ_NNF_REJECT_TR, BJ_NNF_REJECT, BJ_NNF_REJECT},
    [BJ_EV_MODIFIED] = {BJ_NNF_MODIFIED_TR, BJ_NNF_MODIFIED_TR, BJ_NNF_MODIFIED},
    [BJ_EV_CANCELLED] = {BJ_NNF_CANCELLED_TR, BJ_NNF_CANCELLED_TR, BJ_NNF_CANCELLED},
    [BJ_EV_TRADE] = {BJ_NNF_TRADE_TR, BJ_NNF_TRADE_TR, BJ_NNF_TRADE},
    [BJ_EV_TRIGGERED] = {BJ_NNF_TRIGGERED, BJ_NNF_TRIGGERED, BJ_NNF_TRIGGERED},
    [BJ_EV_MASS_DONE] = {BJ_NNF_KILL_DONE, 0, BJ_NNF_KILL_DONE},
};
static const codes_t modify_refused = {BJ_NNF_MODIFY_REJECT_TR, BJ_NNF_MODIFY_REJECT,
                                       BJ_NNF_MODIFY_REJECT};
static const codes_t cancel_refused = {BJ_NNF_CANCEL_REJECT_TR, BJ_NNF_CANCEL_REJECT,
                                       BJ_NNF_CANCEL_REJECT};
static const codes_t by_day = {BJ_NNF_BATCH_CANCEL, BJ_NNF_BATCH_CANCEL, BJ_NNF_BATCH_CANCEL};
static const codes_t priced = {BJ_NNF_PRICED_TR, BJ_NNF_PRICED, BJ_NNF_PRICED};

static const codes_t *codes_of(const bj_event_t *event) {
    bool asked = event->session_seq != 0;
    bool day = event->reason == BJ_END_DAY || event->reason == BJ_END_EXPIRED;
    if (event->type == BJ_EV_CANCELLED && day) return &by_day;
    if (event->type == BJ_EV_MODIFIED && !asked) return &priced; /* an auction gave it a price */
    if (event->type != BJ_EV_REQUEST_REJECTED) return &codes[event->type];
    switch ((bj_nnf_ask_t)(event->session_seq & 3)) {
    case BJ_NNF_ASK_NEW: return &codes[BJ_EV_REJECTED];
    case BJ_NNF_ASK_MODIFY: return &modify_refused;
    case BJ_NNF_ASK_CANCEL:
    case BJ_NNF_ASK_KILL: return &cancel_refused;
    }
    return &cancel_refused;
}

/* The order as it was with this event, from the event itself. */
static void event_put(const bj_nnf_server_t *server, const bj_event_t *event, int64_t jiffies,
                      bj_nnf_msg_t *msg) {
    bj_nnf_segment_t segment = server->config.segment;
    msg->log_s = msg->activity_s = bj_nnf_seconds(event->time_ns);
    msg->time_exch_ns = bj_time_to_exch_ns(event->time_ns);
    msg->jiffies = jiffies;
    msg->stream = server->config.settings.stream;
    msg->error = bj_nnf_error(segment, (bj_status_t)event->reason);
    msg->reason_code = bj_nnf_reason_code((bj_status_t)event->reason);
    if (event->type == BJ_EV_CANCELLED && event->reason != BJ_END_USER &&
        event->reason != BJ_END_MASS)
        msg->mod_cxl_by = 'C';
    if (event->type != BJ_EV_TRADE) return;
    msg->fill_number = (int32_t)(event->match_id & INT32_MAX);
    msg->fill_qty = event->last_qty;
    msg->fill_price_paise = event->last_price_paise;
    memcpy(msg->activity_type, "2", 2);
}

bool nnf_event_message(bj_nnf_server_t *server, const user_t *user, const bj_event_t *event,
                       const bj_nnf_told_t *told, bool full, bj_nnf_msg_t *msg) {
    bj_nnf_record_t then = {.user_idx = user_idx_of(server, user)};
    const bj_nnf_record_t *record = bj_nnf_book_client(&server->book, event->client_order_id);
    memset(msg, 0, sizeof *msg);
    if (record) then = *record;
    numbers_put(&then, event);
    if (event->type != BJ_EV_REQUEST_REJECTED)
        then.modified_s = (int32_t)bj_nnf_seconds(event->time_ns);
    then.activity_ref = told->activity_ref;
    then.woke = told->woke, then.changed = told->changed;
    const codes_t *code = codes_of(event);
    nnf_record_message(server, &then, msg);
    msg->code = is_fo(server) ? code->fo : code->cm;
    if (full || then.full || !user->trimmed) msg->code = msg->code ? code->full : 0;
    event_put(server, event, told->jiffies, msg);
    return msg->code != 0;
}

/* A reply carries the number of its request; what nobody asked for carries none. */
static bool tell(bj_nnf_server_t *server, user_t *user, const bj_event_t *event,
                 const bj_nnf_told_t *told, bj_now_t now) {
    conn_t *conn = &server->conns[user->conn_idx];
    uint64_t ask = event->session_seq >> 2; /* from 1; 0: nobody asked */
    bool fresh = ask && ask <= user->ask_cnt && user->ask_cnt - ask < ASKED_MAX;
    uint32_t seq = fresh ? user->asked[ask % ASKED_MAX] : 0;
    bj_nnf_msg_t msg;
    if (!nnf_event_message(server, user, event, told, false, &msg)) return true;
    server->counters.reports++;
    return nnf_conn_say_of(server, conn, seq, &msg, event->client_order_id, now);
}

/* The manager hears once, when the last of those he asked for is done (CM: FO has no such word). */
static void kill_done(bj_nnf_server_t *server, user_t *target, const bj_event_t *event,
                      bj_now_t now) {
    bool his = event->type == BJ_EV_MASS_DONE && target->killed_by &&
               event->session_seq >> 2 == target->killed_ask;
    if (!his) return;
    user_t *user = &server->users[target->killed_by - 1];
    target->killed_by = 0;
    if (!user->kill_waits || --user->kill_waits) return;
    if (is_fo(server) || user->conn_idx == BJ_NNF_NONE) return;
    conn_t *conn = &server->conns[user->conn_idx];
    bj_nnf_msg_t msg = {.code = BJ_NNF_KILL_DONE, .user_id = user->config.id,
                        .trader_id = user->kill_trader, .mod_cxl_by = 'M'};
    event_put(server, event, server->jiffies, &msg);
    if (report_fits(conn)) (void)nnf_conn_say(server, conn, user->kill_seq, &msg, now);
}

void bj_nnf_server_event(bj_nnf_server_t *server, const bj_event_t *event, bj_now_t now) {
    user_t *user = user_of_event(server, event);
    uint64_t before = user ? user->told_cnt : 0;
    nnf_event_note(server, event);
    if (user) kill_done(server, user, event, now);
    if (!user || user->told_cnt == before) return;
    if (user->conn_idx == BJ_NNF_NONE) return;
    if (user->next != before) return; /* it is behind and gets this one in its turn */
    if (!report_fits(&server->conns[user->conn_idx])) {
        server->counters.slow++;
        return;
    }
    (void)tell(server, user, event, &user->told[before], now);
    user->next++;
}

uint32_t nnf_user_catch_up(bj_nnf_server_t *server, user_t *user, bj_now_t now) {
    uint32_t done = 0;
    while (done < CATCH_UP_MAX && user->next < user->told_cnt &&
           report_fits(&server->conns[user->conn_idx])) {
        const bj_nnf_told_t *told = &user->told[user->next];
        bj_event_t event;
        if (!server->config.ops->event_at(server->config.ctx, told->event_seq, &event)) break;
        (void)tell(server, user, &event, told, now);
        user->next++;
        done++;
    }
    return done;
}
