/* Requests: what is asked of the exchange, and the messages that ask it. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/nnf/bj_nnf_client_priv.h"

/* --- tables --- */
const bj_nnf_instrument_t *client_instrument(const bj_nnf_client_t *client, uint32_t token) {
    uint32_t lo = 0, hi = client->config.instrument_cnt;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (client->instruments[mid].token < token)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool found = lo < client->config.instrument_cnt && client->instruments[lo].token == token;
    return found ? &client->instruments[lo] : NULL;
}

/* The pattern filled in; false: its places are too few. */
static bool account_made(const char *pattern, uint32_t account_id, char account[11]) {
    size_t n = strlen(pattern);
    memcpy(account, pattern, n + 1);
    for (size_t i = n; i-- > 0;) {
        if (pattern[i] != BJ_NNF_ACCOUNT_DIGIT) continue;
        account[i] = (char)('0' + account_id % 10);
        account_id /= 10;
    }
    return account_id == 0;
}

/* UINT32_MAX: nobody.  party_cnt: one of the others. */
static uint32_t party_of(const bj_nnf_client_t *client, uint32_t account_id) {
    uint32_t lo = 0, hi = client->config.party_cnt;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (client->parties[mid].account_id < account_id)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool found = lo < client->config.party_cnt && client->parties[lo].account_id == account_id;
    char account[11];
    if (found) return lo;
    const char *pattern = client->config.others.account;
    return *pattern && account_made(pattern, account_id, account) ? client->config.party_cnt
                                                                  : UINT32_MAX;
}

bj_nnf_party_t client_party(const bj_nnf_client_t *client, const order_t *order) {
    bj_nnf_party_t party = client->parties[order->party_idx];
    bool other = order->party_idx == client->config.party_cnt;
    if (other) (void)account_made(client->config.others.account, order->account_id, party.account);
    return party;
}

/* What the pattern makes of some account_id. */
static bool pattern_fits(const char *pattern, const char *account, uint32_t *account_id) {
    uint64_t id = 0;
    if (!*pattern || strlen(pattern) != strlen(account)) return false;
    for (size_t i = 0; pattern[i]; i++) {
        bool digit = pattern[i] == BJ_NNF_ACCOUNT_DIGIT;
        if (digit ? account[i] < '0' || account[i] > '9' : account[i] != pattern[i]) return false;
        if (digit) id = id * 10 + (uint64_t)(account[i] - '0');
    }
    *account_id = (uint32_t)id;
    return id && id <= UINT32_MAX;
}

uint32_t client_party_named(const bj_nnf_client_t *client, const char *account,
                            uint32_t *account_id) {
    uint32_t i = 0, cnt = client->config.party_cnt;
    while (i < cnt && strcmp(client->parties[i].account, account) != 0) i++;
    if (i == cnt && pattern_fits(client->config.others.account, account, account_id)) return cnt;
    if (i == cnt) i = 0;
    *account_id = client->parties[i].account_id;
    return i;
}

static uint32_t *head_of(const bj_nnf_client_t *client, uint32_t *heads, uint64_t key) {
    return &heads[(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & client->mask];
}

order_t *order_add(bj_nnf_client_t *client, uint64_t order_id) {
    if (client->order_cnt == client->config.order_max) return NULL;
    order_t *order = &client->orders[client->order_cnt++];
    *order = (order_t){.order_id = order_id};
    if (!order_id) return order;
    uint32_t *head = head_of(client, client->by_ref, (uint32_t)order_ref(order_id));
    order->id_next = *head;
    *head = client->order_cnt; /* its index + 1 */
    return order;
}

void order_number(bj_nnf_client_t *client, order_t *order, int64_t number) {
    uint32_t *head = head_of(client, client->by_number, (uint64_t)number);
    order->number = number;
    order->number_next = *head;
    *head = (uint32_t)(order - client->orders) + 1;
}

/* --- what the back side asks --- */
void order_ask(bj_nnf_client_t *client, order_t *order, ask_t ask) {
    uint32_t order_max = client->config.order_max;
    order_count(client, order, -1);
    order->ask = ask;
    order->ask_state = ASK_INTENDED;
    order_count(client, order, 1);
    if (order->queued) return;
    order->queued = true;
    assert(client->queue_cnt < order_max);
    client->queue[(client->queue_at + client->queue_cnt++) % order_max] =
        (uint32_t)(order - client->orders);
}

/* --- what never goes out --- */
bool order_say_absent(bj_nnf_client_t *client, order_t *order, bj_status_t reason) {
    static const bj_nnf_answer_kind_t kinds[] = {[ASK_NEW] = BJ_NNF_REJECTED,
                                                 [ASK_MODIFY] = BJ_NNF_MODIFY_REFUSED,
                                                 [ASK_CANCEL] = BJ_NNF_CANCEL_REFUSED};
    bj_nnf_answer_t answer = answer_of(order, kinds[order->ask]);
    bool gone = order->ask == ASK_NEW;
    answer.reason = (uint16_t)reason;
    answer.absent = answer.asked = true;
    if (gone) answer.leaves_qty = 0;
    if (!answer_say(client, &answer)) return false;
    order_count(client, order, -1);
    order->ask = ASK_NONE;
    if (gone) {
        order->state = ORDER_ABSENT;
        order->leaves_qty = 0;
        order->cancel_next = false;
    }
    return true;
}

bool order_unsent(const bj_nnf_client_t *client, const order_t *order) {
    bool waits = order->ask_state == ASK_INTENDED;
    return client->config.settings.drop_unsent && waits &&
           (order->ask == ASK_NEW || order->ask == ASK_MODIFY);
}

bool order_say_unsent(bj_nnf_client_t *client, order_t *order, bj_status_t reason) {
    if (!order_say_absent(client, order, reason)) return false;
    client->counters.unsent++;
    return true;
}

/* A cancel came before it went out.  False: the back side is full. */
static bool order_drop(bj_nnf_client_t *client, order_t *order) {
    if (!order->cancel_next || !order_unsent(client, order)) return true;
    if (!order_say_unsent(client, order, BJ_REJ_RATE)) return false;
    order_cancel_next(client, order);
    return true;
}

/* --- what is asked --- */
static bool is_stop(uint8_t order_type) { return order_type == BJ_SL || order_type == BJ_SL_M; }

static bool terms_wrong(const terms_t *terms) {
    bool market = terms->order_type == BJ_MARKET || terms->order_type == BJ_SL_M;
    if (terms->order_type < BJ_LIMIT || terms->order_type > BJ_SL_M) return true;
    if (terms->tif < BJ_DAY || terms->tif > BJ_GTC) return true;
    if (terms->qty <= 0 || terms->disclosed_qty < 0 || terms->disclosed_qty > terms->qty)
        return true;
    if (market ? terms->price_paise != 0 : terms->price_paise <= 0) return true;
    if (is_stop(terms->order_type) ? terms->trigger_paise <= 0 : terms->trigger_paise != 0)
        return true;
    return terms->tif == BJ_GTD && bj_nnf_from_day(terms->expiry_day) > INT32_MAX;
}

static terms_t terms_of(const bj_cmd_t *cmd) {
    return (terms_t){.price_paise = cmd->price_paise, .qty = cmd->qty,
                     .trigger_paise = cmd->trigger_price_paise,
                     .disclosed_qty = cmd->disclosed_qty, .order_type = cmd->order_type,
                     .tif = cmd->tif,
                     .expiry_day = cmd->tif == BJ_GTD ? cmd->body.expiry_day : 0};
}

static bj_status_t order_new(bj_nnf_client_t *client, const bj_cmd_t *cmd, order_t **made) {
    terms_t terms = terms_of(cmd);
    uint32_t party = party_of(client, cmd->account_id);
    if (!cmd->order_id || terms_wrong(&terms)) return BJ_REJ_FIELD;
    if (cmd->side != BJ_BUY && cmd->side != BJ_SELL) return BJ_REJ_FIELD;
    if (!client_instrument(client, cmd->token)) return BJ_REJ_INSTRUMENT_UNKNOWN;
    if (party == UINT32_MAX) return BJ_REJ_ACCOUNT_UNKNOWN;
    if (order_with_id(client, cmd->order_id)) return BJ_ERR_EXISTS;
    order_t *order = *made = order_add(client, cmd->order_id);
    if (!order) return BJ_REJ_ENGINE_FULL;
    order->token = cmd->token;
    order->account_id = cmd->account_id;
    order->party_idx = party;
    order->side = cmd->side;
    order->flags = cmd->flags;
    order->now = terms;
    order->leaves_qty = terms.qty;
    order->open_close = client->parties[party].open_close;
    return BJ_OK;
}

/* Order type and validity 0: as before, as the engine takes them. */
static terms_t terms_wanted(const order_t *order, const bj_cmd_t *cmd) {
    terms_t want = terms_of(cmd);
    if (!want.order_type) want.order_type = order->now.order_type;
    if (!want.tif) want.tif = order->now.tif, want.expiry_day = order->now.expiry_day;
    return want;
}

static bj_status_t order_modify(bj_nnf_client_t *client, order_t *order, const bj_cmd_t *cmd) {
    terms_t want = terms_wanted(order, cmd);
    if (order->state != ORDER_OPEN) return BJ_REJ_ORDER_UNKNOWN;
    if (order->ask != ASK_NONE || order->cancel_next || order->cancel_stale) return BJ_ERR_EXISTS;
    terms_t form = want; /* a stop that woke keeps its type, without its trigger */
    if (order->woke) form.order_type = want.price_paise ? BJ_LIMIT : BJ_MARKET;
    if (order->woke) form.trigger_paise = 0;
    if (terms_wrong(&form) || want.qty <= order->cum_qty) return BJ_REJ_FIELD;
    order->want = want;
    order_ask(client, order, ASK_MODIFY);
    return BJ_OK;
}

static bj_status_t order_cancel(bj_nnf_client_t *client, order_t *order) {
    bool live = order->state == ORDER_NEW || order->state == ORDER_OPEN;
    if (!live) return BJ_REJ_ORDER_UNKNOWN;
    if (order->ask == ASK_CANCEL) return BJ_OK;
    if (order->ask == ASK_NONE)
        order_ask(client, order, ASK_CANCEL);
    else
        order->cancel_next = true;
    (void)order_drop(client, order); /* later, if the back side is full */
    return BJ_OK;
}

bj_status_t bj_nnf_client_order(bj_nnf_client_t *client, const bj_cmd_t *cmd) {
    order_t *order = cmd->order_id ? order_with_id(client, cmd->order_id) : NULL;
    if (cmd->type == BJ_CMD_NEW) {
        bj_status_t status = order_new(client, cmd, &order);
        if (status == BJ_OK) order_ask(client, order, ASK_NEW);
        return status;
    }
    if (!order) return BJ_REJ_ORDER_UNKNOWN;
    if (cmd->type == BJ_CMD_MODIFY) return order_modify(client, order, cmd);
    return cmd->type == BJ_CMD_CANCEL ? order_cancel(client, order) : BJ_REJ_FIELD;
}

/* --- at start --- */
static void recover_last(bj_nnf_client_t *client, order_t *order, const bj_nnf_answer_t *last) {
    bool ended = last->kind == BJ_NNF_ENDED || last->kind == BJ_NNF_REJECTED || !last->leaves_qty;
    order->state = ended ? (last->absent ? ORDER_ABSENT : ORDER_ENDED) : ORDER_OPEN;
    order->ask = ASK_NONE;
    order->activity_ref = last->activity_ref;
    order->jiffies = last->jiffies;
    order->leaves_qty = last->leaves_qty;
    order->cum_qty = last->cum_qty;
    order->now.price_paise = last->price_paise;
    order->now.qty = last->qty;
    order->now.trigger_paise = last->trigger_paise;
    order->now.disclosed_qty = last->disclosed_qty;
    order->now.order_type = last->order_type;
    order->now.tif = last->tif;
    order->woke = last->woke;
    order->unexplained = last->unexplained;
    order->untold_qty = last->untold_qty;
    if (last->number > 0) order_number(client, order, last->number);
}

bj_status_t bj_nnf_client_recover(bj_nnf_client_t *client, const bj_cmd_t *cmd,
                                  const bj_nnf_answer_t *last, const bj_cmd_t *modify,
                                  bool cancel) {
    order_t *order;
    bj_status_t status = order_new(client, cmd, &order);
    if (status != BJ_OK) return status;
    order->ask = ASK_NEW;
    order->ask_state = ASK_DOUBT;
    order->ask_seq = client->order_cnt; /* the first sent first */
    if (last) recover_last(client, order, last);
    bool open = order->state == ORDER_OPEN;
    if (open && modify) {
        order->ask = ASK_MODIFY;
        order->want = terms_wanted(order, modify);
    } else if (open && cancel) {
        order->ask = ASK_CANCEL;
    }
    order->ask_ref = order->activity_ref;
    order_count(client, order, 1);
    bool live = open || order->state == ORDER_NEW; /* a cancel waits for what was before it */
    order->cancel_next = cancel && live && order->ask != ASK_CANCEL;
    return BJ_OK;
}

void bj_nnf_client_recover_place(bj_nnf_client_t *client, uint8_t stream, int64_t jiffies) {
    if (stream < BJ_NNF_STREAMS_MAX && jiffies > client->place[stream])
        client->place[stream] = jiffies;
}

bool bj_nnf_client_unexplained(const bj_nnf_client_t *client, uint64_t order_id,
                               bj_nnf_answer_t *last, bool *open) {
    const order_t *order = order_with_id(client, order_id);
    if (!order || !order->unexplained) return false;
    *last = answer_of(order, BJ_NNF_ENDED);
    *open = order->state == ORDER_OPEN;
    return true;
}

bj_status_t bj_nnf_client_adopt(bj_nnf_client_t *client, int64_t number, uint64_t order_id,
                                uint32_t account_id) {
    order_t *order = order_with_number(client, number);
    uint32_t party = party_of(client, account_id);
    if (!order || !order->foreign || order->order_id) return BJ_ERR_NOT_FOUND;
    if (!order_id || order_with_id(client, order_id)) return BJ_ERR_EXISTS;
    if (party == UINT32_MAX) return BJ_REJ_ACCOUNT_UNKNOWN;
    uint32_t *head = head_of(client, client->by_ref, (uint32_t)order_ref(order_id));
    order->order_id = order_id;
    order->account_id = account_id;
    order->party_idx = party;
    order->stray = false;
    order->id_next = *head;
    *head = (uint32_t)(order - client->orders) + 1;
    return BJ_OK;
}

/* --- messages --- */
static void names_put(const bj_nnf_client_t *client, const order_t *order, bj_nnf_msg_t *msg) {
    const bj_nnf_instrument_t *row = client_instrument(client, order->token);
    const bj_nnf_party_t of = client_party(client, order), *party = &of;
    const bj_nnf_client_config_t *config = &client->config;
    msg->token = row->token;
    memcpy(msg->symbol, row->symbol, sizeof msg->symbol);
    memcpy(msg->series, row->series, sizeof msg->series);
    memcpy(msg->instrument, row->instrument, sizeof msg->instrument);
    memcpy(msg->option_type, row->option_type, sizeof msg->option_type);
    msg->alpha0 = (uint8_t)row->symbol[0];
    msg->alpha1 = (uint8_t)row->symbol[1];
    msg->expiry_s = row->expiry_s;
    msg->strike_paise = row->strike_paise;
    msg->user_id = msg->trader_id = config->user_id;
    msg->branch_id = config->branch_id;
    msg->pro_client = party->pro_client;
    msg->nnf_id = party->nnf_id;
    msg->algo_id = party->algo_id;
    msg->open_close = order->open_close;
    memcpy(msg->broker_id, config->broker_id, sizeof config->broker_id);
    memcpy(msg->account, party->account, sizeof party->account);
    memcpy(msg->pan, party->pan, sizeof party->pan);
    memcpy(msg->settlor, party->settlor, sizeof party->settlor);
    if (order->foreign) return; /* it keeps what it came with */
    msg->client_ref = order_ref(order->order_id);
    snprintf(msg->remarks, sizeof msg->remarks, "BJ%016llX", (unsigned long long)order->order_id);
}

static void terms_put(const bj_nnf_client_t *client, const order_t *order, const terms_t *terms,
                      bj_nnf_msg_t *msg) {
    bool stop = is_stop(terms->order_type) && !order->woke && terms->trigger_paise;
    uint32_t flags = stop ? 1u << BJ_NNF_STOP : 0;
    if (terms->tif == BJ_DAY) flags |= 1u << BJ_NNF_DAY;
    if (terms->tif == BJ_IOC) flags |= 1u << BJ_NNF_IOC;
    if (terms->tif == BJ_GTC) flags |= 1u << BJ_NNF_GTC;
    if (order->flags & BJ_FLAG_STP_ACTIVE) flags |= 1u << BJ_NNF_STPC;
    if (is_fo(client) && order->flags & BJ_FLAG_CANCEL_ON_DISCONNECT)
        msg->more_flags = BJ_NNF_MORE_COL;
    bj_nnf_flags_set(client->config.segment, msg, flags);
    msg->book = stop ? BJ_NNF_BOOK_STOP : BJ_NNF_BOOK_REGULAR;
    msg->side = order->side == BJ_BUY ? BJ_NNF_BUY : BJ_NNF_SELL;
    msg->price_paise = terms->price_paise;
    msg->trigger_paise = stop ? terms->trigger_paise : 0;
    msg->good_till_s = terms->tif == BJ_GTD ? bj_nnf_from_day(terms->expiry_day) : 0;
    msg->qty = terms->qty;
    msg->disclosed_qty = terms->disclosed_qty ? terms->disclosed_qty : terms->qty;
}

/* The trimmed forms have no trigger; CM's trimmed change has no last day. */
static bool needs_full(const bj_nnf_client_t *client, const order_t *order, const terms_t *terms) {
    bool stop = order_stops(order) || (is_stop(terms->order_type) && !order->woke);
    return client->config.settings.full_orders || stop || terms->tif == BJ_GTD;
}

static bj_nnf_msg_t request_of(const bj_nnf_client_t *client, const order_t *order) {
    static const int32_t codes[][2] = {[ASK_NEW] = {BJ_NNF_ORDER_TR, BJ_NNF_ORDER},
                                       [ASK_MODIFY] = {BJ_NNF_MODIFY_TR, BJ_NNF_MODIFY},
                                       [ASK_CANCEL] = {BJ_NNF_CANCEL_TR, BJ_NNF_CANCEL}};
    const terms_t *terms = order->ask == ASK_MODIFY ? &order->want : &order->now;
    bj_nnf_msg_t msg = {.code = codes[order->ask][needs_full(client, order, terms)]};
    names_put(client, order, &msg);
    terms_put(client, order, terms, &msg);
    msg.mod_cxl_by = 'T';
    msg.left_qty = order->leaves_qty;
    msg.disclosed_left_qty = msg.disclosed_qty < msg.left_qty ? msg.disclosed_qty : msg.left_qty;
    if (order->ask == ASK_NEW) return msg;
    msg.order_number = order->number;
    msg.activity_ref = order->activity_ref;
    msg.filled_qty = order->cum_qty;
    msg.entry_s = order->entry_s;
    msg.modified_s = order->modified_s;
    if (order->ask == ASK_MODIFY && !client->config.settings.volume_is_total)
        msg.qty -= order->cum_qty;
    return msg;
}

/* --- sending --- */
static bool too_fast(const bj_nnf_client_t *client, uint32_t cnt, int64_t within_ns,
                     int64_t now_ns) {
    uint32_t slots = client->config.settings.rate_per_s;
    if (client->sent_cnt < cnt) return false;
    return now_ns - client->sent_ns[(client->sent_cnt - cnt) % slots] < within_ns;
}

static bool may_send(const bj_nnf_client_t *client, bj_now_t now) {
    const bj_nnf_client_settings_t *settings = &client->config.settings;
    return client_fits(client) &&
           !too_fast(client, settings->rate_per_s, BJ_NS_PER_S, now.mono_ns) &&
           !too_fast(client, settings->burst_per_100ms, 100 * BJ_NS_PER_MS, now.mono_ns);
}

static void request_send(bj_nnf_client_t *client, order_t *order, bj_now_t now) {
    bj_nnf_msg_t msg = request_of(client, order);
    bool said = client_say(client, &msg, now);
    assert(said), (void)said; /* room and every field were checked */
    order->ask_state = ASK_SENT;
    order->ask_seq = client->seq;
    order->ask_ref = order->activity_ref;
    client->seq_of[client->seq % SEQ_SLOTS] = (uint32_t)(order - client->orders) + 1;
    client->sent_ns[client->sent_cnt++ % client->config.settings.rate_per_s] = now.mono_ns;
    client->counters.requests++;
}

uint32_t orders_send(bj_nnf_client_t *client, bj_now_t now) {
    uint32_t done = 0;
    while (client->queue_cnt && may_send(client, now)) {
        order_t *order = &client->orders[client->queue[client->queue_at]];
        if (!order_drop(client, order)) break;
        client->queue_at = (client->queue_at + 1) % client->config.order_max;
        client->queue_cnt--;
        order->queued = false;
        /* It ended meanwhile, or was answered. */
        if (order->ask == ASK_NONE || order->ask_state != ASK_INTENDED) continue;
        request_send(client, order, now);
        done++;
    }
    return done;
}
