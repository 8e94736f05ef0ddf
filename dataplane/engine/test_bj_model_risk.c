/* Limits at their levels, in the plainest way: everything that is open is counted again for each
 * check, every position is summed from the trades' own tables. */
#include "dataplane/engine/test_bj_model.h"

#include "dataplane/base/bj_test.h"

static const int64_t none = INT64_MAX;

static void holder_begin(holder_t *h, bool account) {
    *h = (holder_t){.known = true, .segments = 255};
    for (int l = 0; l <= BJ_LIMIT_EXECUTIONS; l++) h->limit[l] = none;
    h->limit[BJ_LIMIT_BLOCKED] = 0;
    h->rate = account ? RATE_PER_S : 0, h->burst = account ? BURST : 0;
    h->full = true;
    h->first_fill = true;
}

void model_begin(model_t *m) {
    if (m->holder[BJ_LEVEL_MEMBER][0].known) return;
    holder_begin(&m->holder[BJ_LEVEL_MEMBER][0], false);
    for (int t = 1; t <= TOKENS; t++)
        m->row[t].client_qty = none, m->row[t].price_hi = INT32_MAX;
}

void model_account(model_t *m, uint32_t account_id, const bj_cmd_account_t *a) {
    holder_t *h = &m->holder[BJ_LEVEL_ACCOUNT][account_id];
    if (h->known && a->first) return;
    m->account[account_id] = *a;
    if (!h->known) holder_begin(h, true);
    h->limit[BJ_LIMIT_BLOCKED] = a->blocked;
    h->limit[BJ_LIMIT_ORDER_VALUE] = a->order_value_max_paise;
    h->limit[BJ_LIMIT_OPEN_VALUE] = a->open_value_max_paise;
    h->limit[BJ_LIMIT_OPEN_ORDERS] = a->open_orders_max;
    h->limit[BJ_LIMIT_NET_QTY] = a->position_max_qty;
}

bool model_desk(model_t *m, uint32_t session_id) {
    holder_t *h = &m->holder[BJ_LEVEL_DESK][session_id];
    if (h->known) return true;
    if (m->desk_cnt == DESKS) return false;
    m->desk_cnt++;
    holder_begin(h, false);
    return true;
}

/* --- who */

static holder_t *holder(model_t *m, const plain_t *o, unsigned level) {
    const uint32_t key[] = {0, o->account_id, o->session_id, 0};
    return &m->holder[level][key[level]];
}

static bool is_his(const plain_t *o, const plain_t *of, unsigned level) {
    if (level == BJ_LEVEL_ACCOUNT) return o->account_id == of->account_id;
    return level == BJ_LEVEL_MEMBER || o->session_id == of->session_id;
}

void model_traded(model_t *m, const plain_t *o, int64_t qty) {
    for (unsigned level = 1; level <= 3; level++) {
        holder_t *h = holder(m, o, level);
        *(o->side == BJ_BUY ? &h->bought[o->token] : &h->sold[o->token]) += qty;
        if (h->first_fill || m->cmd->time_ns - h->window_ns >= WINDOW_NS)
            h->window_ns = m->cmd->time_ns, h->fills = 0;
        h->first_fill = false;
        h->fills++;
    }
}

/* --- limit price protection: the trades of a window are all kept, and averaged when asked */

enum { WINDOW_S = 30, OLD_S = 900 };
static const int64_t second_ns = 1000000000;

static int64_t average(const row_t *r) {
    int64_t value = 0, qty = 0;
    for (uint32_t i = 0; i < r->trade_cnt; i++)
        value += r->trade_price[i] * r->trade_qty[i], qty += r->trade_qty[i];
    return value / qty;
}

static bool is_over(const model_t *m, const row_t *r) {
    int64_t since = m->cmd->time_ns - r->window_ns;
    return since < 0 || since >= WINDOW_S * second_ns;
}

void model_protection(model_t *m, row_t *r, int64_t price, int64_t qty) {
    if (!r->protection_bp && !r->protection_min) return;
    if (r->trade_cnt && is_over(m, r)) r->mean = average(r), r->trade_cnt = 0;
    if (!r->trade_cnt) r->window_ns = m->cmd->time_ns;
    BJ_CHECK(r->trade_cnt < TRADES);
    r->trade_ns[r->trade_cnt] = m->cmd->time_ns;
    r->trade_price[r->trade_cnt] = price, r->trade_qty[r->trade_cnt++] = qty;
}

bool model_far(const model_t *m, const row_t *r, int32_t price) {
    if (price < r->price_lo || price > r->price_hi) return true;
    if ((!r->protection_bp && !r->protection_min) || !r->trade_cnt) return false;
    if (m->cmd->time_ns - r->trade_ns[r->trade_cnt - 1] >= OLD_S * second_ns) return false;
    int64_t from = is_over(m, r) ? average(r) : r->mean;
    int64_t reach = from * r->protection_bp / 10000;
    if (reach < r->protection_min) reach = r->protection_min;
    return from && (price > from + reach || price < from - reach);
}

void model_new_day(model_t *m) {
    for (unsigned level = 1; level <= 3; level++) {
        for (uint32_t i = 0; i < HOLDERS; i++) {
            holder_t *h = &m->holder[level][i];
            for (uint32_t t = 1; t <= TOKENS; t++) {
                int64_t net = h->bought[t] - h->sold[t];
                h->bought[t] = net > 0 ? net : 0, h->sold[t] = net < 0 ? -net : 0;
            }
        }
    }
}

/* --- message rate: a bucket of time, full at first, cut when the limit is */

static bool pay_one(holder_t *h, int64_t now) {
    int64_t step, most;
    if (!h->rate) return true;
    step = 1000000000 / h->rate, most = step * h->burst;
    if (h->full || now > h->paid_at) {
        h->credit = h->full || now - h->paid_at > most - h->credit ? most
                                                                    : h->credit + now - h->paid_at;
        h->paid_at = now, h->full = false;
    }
    if (h->credit < step) return false;
    h->credit -= step;
    return true;
}

unsigned model_pay(model_t *m, const plain_t *o) {
    unsigned unpaid = 0;
    for (unsigned level = 1; level <= 3; level++)
        if (!pay_one(holder(m, o, level), m->cmd->time_ns)) unpaid |= 1u << level;
    return unpaid;
}

/* --- checks */

typedef struct sums { /* a holder's, without the order that is changed */
    int64_t open_orders, open_value, buy, sell;        /* open; buy and sell of the order's token */
    int64_t und_buy, und_sell, und_bought, und_sold;   /* of its underlying, puts the other way */
    int64_t open_qty[TOKENS + 1][2];
} sums_t;

static void sum_up(model_t *m, const plain_t *n, const plain_t *old, unsigned level, sums_t *s) {
    const row_t *r = &m->row[n->token];
    const holder_t *h = holder(m, n, level);
    *s = (sums_t){0};
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        const plain_t *o = &m->order[i];
        if (o == old || o->order_id == n->order_id || !is_his(o, n, level)) continue;
        s->open_orders++;
        s->open_value += (int64_t)o->limit_paise * leaves(o);
        s->open_qty[o->token][o->side == BJ_SELL] += leaves(o);
    }
    s->buy = s->open_qty[n->token][0], s->sell = s->open_qty[n->token][1];
    for (uint32_t t = 1; t <= TOKENS && r->underlying; t++) {
        if (m->row[t].underlying != r->underlying) continue;
        bool put = m->row[t].inverse;
        s->und_buy += s->open_qty[t][put], s->und_sell += s->open_qty[t][!put];
        s->und_bought += put ? h->sold[t] : h->bought[t];
        s->und_sold += put ? h->bought[t] : h->sold[t];
    }
}

static int64_t worse(const row_t *r, int64_t net, int64_t buy, int64_t sell) {
    int64_t up = net + buy > 0 ? (net + buy) * r->margin_buy : 0;
    int64_t down = sell - net > 0 ? (sell - net) * r->margin_sell : 0;
    return up > down ? up : down;
}

/* Margin of all instruments, with so much of this order open. */
static int64_t margin_with(const model_t *m, const holder_t *h, const sums_t *s, const plain_t *n,
                           int64_t open) {
    int64_t sum = 0;
    for (uint32_t t = 1; t <= TOKENS; t++) {
        int64_t mine = t == n->token ? open : 0;
        sum += worse(&m->row[t], h->bought[t] - h->sold[t],
                     s->open_qty[t][0] + (n->side == BJ_BUY ? mine : 0),
                     s->open_qty[t][1] + (n->side == BJ_SELL ? mine : 0));
    }
    return sum;
}

/* Permission and kill switch; what was open of it counts too. */
bj_status_t model_check_permission(model_t *m, const plain_t *n, const plain_t *old) {
    static const bj_status_t segment[] = {0, BJ_REJ_ACCOUNT_SEGMENT, BJ_REJ_DESK_SEGMENT,
                                          BJ_REJ_MEMBER_SEGMENT};
    static const bj_status_t barred[] = {0, BJ_REJ_ACCOUNT_BARRED, BJ_REJ_DESK_BARRED,
                                         BJ_REJ_MEMBER_BARRED};
    static const bj_status_t blocked[] = {0, BJ_REJ_ACCOUNT_BLOCKED, BJ_REJ_DESK_BLOCKED,
                                          BJ_REJ_MEMBER_BLOCKED};
    sums_t s;
    for (unsigned level = 1; level <= 3; level++)
        if (!(holder(m, n, level)->segments >> m->row[n->token].segment & 1)) return segment[level];
    for (unsigned level = 1; level <= 3; level++) {
        const holder_t *h = holder(m, n, level);
        int64_t net = (h->bought[n->token] - h->sold[n->token]) * (n->side == BJ_BUY ? 1 : -1);
        if (h->barred[n->token] == 1) return barred[level];
        if (h->barred[n->token] == 0) continue;
        sum_up(m, n, old, level, &s);
        int64_t open = (n->side == BJ_BUY ? s.buy : s.sell) + leaves(n);
        bool more = leaves(n) > (old ? leaves(old) : 0);
        if (more && net + open > 0) return barred[level];
    }
    for (unsigned level = 1; level <= 3; level++)
        if (holder(m, n, level)->limit[BJ_LIMIT_BLOCKED]) return blocked[level];
    return BJ_OK;
}

/* A check of one holder: true if the order may not be. */
typedef bool check_t(model_t *m, const plain_t *n, const plain_t *old, unsigned level);

static int64_t lim(model_t *m, const plain_t *n, unsigned level, bj_limit_t limit) {
    return holder(m, n, level)->limit[limit];
}
static bool grows(const plain_t *n, const plain_t *old) {
    return leaves(n) > (old ? leaves(old) : 0);
}

static bool over_qty(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    return n->qty > (old ? old->qty : 0) && n->qty > lim(m, n, level, BJ_LIMIT_ORDER_QTY);
}
static bool over_value(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    int64_t value = (int64_t)n->limit_paise * n->qty;
    return value > (old ? (int64_t)old->limit_paise * old->qty : 0) &&
           value > lim(m, n, level, BJ_LIMIT_ORDER_VALUE);
}
static bool over_rate(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    (void)n, (void)old;
    return m->unpaid >> level & 1;
}
static bool over_orders(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    sums_t s;
    sum_up(m, n, old, level, &s);
    return !old && s.open_orders + 1 > lim(m, n, level, BJ_LIMIT_OPEN_ORDERS);
}
static bool over_open_value(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    sums_t s;
    sum_up(m, n, old, level, &s);
    int64_t value = (int64_t)n->limit_paise * leaves(n);
    return value > (old ? (int64_t)old->limit_paise * leaves(old) : 0) &&
           s.open_value + value > lim(m, n, level, BJ_LIMIT_OPEN_VALUE);
}

static int64_t net_with(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    const holder_t *h = holder(m, n, level);
    sums_t s;
    sum_up(m, n, old, level, &s);
    int64_t net = h->bought[n->token] - h->sold[n->token];
    return n->side == BJ_BUY ? net + s.buy + leaves(n) : s.sell + leaves(n) - net;
}
static bool over_net(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    return grows(n, old) && net_with(m, n, old, level) > lim(m, n, level, BJ_LIMIT_NET_QTY);
}
static bool over_ban(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    return level == BJ_LEVEL_ACCOUNT && grows(n, old) && m->row[n->token].banned &&
           net_with(m, n, old, level) > 0;
}
static bool over_client(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    return level == BJ_LEVEL_ACCOUNT && grows(n, old) &&
           net_with(m, n, old, level) > m->row[n->token].client_qty;
}
static bool over_gross(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    const holder_t *h = holder(m, n, level);
    sums_t s;
    sum_up(m, n, old, level, &s);
    return grows(n, old) && h->bought[n->token] + h->sold[n->token] + s.buy + s.sell + leaves(n) >
                                lim(m, n, level, BJ_LIMIT_GROSS_QTY);
}
static bool over_und_net(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    sums_t s;
    sum_up(m, n, old, level, &s);
    bool up = (n->side == BJ_BUY) != m->row[n->token].inverse;
    int64_t net = s.und_bought - s.und_sold;
    return m->row[n->token].underlying && grows(n, old) &&
           (up ? net + s.und_buy : s.und_sell - net) + leaves(n) >
               lim(m, n, level, BJ_LIMIT_UNDERLYING_NET);
}
static bool over_und_gross(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    sums_t s;
    sum_up(m, n, old, level, &s);
    return m->row[n->token].underlying && grows(n, old) &&
           s.und_bought + s.und_sold + s.und_buy + s.und_sell + leaves(n) >
               lim(m, n, level, BJ_LIMIT_UNDERLYING_GROSS);
}
static bool over_margin(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    const holder_t *h = holder(m, n, level);
    sums_t s;
    sum_up(m, n, old, level, &s);
    int64_t before = margin_with(m, h, &s, n, old ? leaves(old) : 0);
    int64_t after = margin_with(m, h, &s, n, leaves(n));
    return after > before && after > lim(m, n, level, BJ_LIMIT_MARGIN);
}
static bool over_executions(model_t *m, const plain_t *n, const plain_t *old, unsigned level) {
    const holder_t *h = holder(m, n, level);
    (void)old;
    bool past = h->first_fill || m->cmd->time_ns - h->window_ns >= WINDOW_NS;
    return (past ? 0 : h->fills) >= lim(m, n, level, BJ_LIMIT_EXECUTIONS);
}

bj_status_t model_check_limits(model_t *m, const plain_t *n, const plain_t *old) {
#define LEVELS(check) BJ_REJ_ACCOUNT_##check, BJ_REJ_DESK_##check, BJ_REJ_MEMBER_##check
    static const struct {
        check_t *over;
        bj_status_t reason[4];
    } checks[] = {
        {over_qty, {0, LEVELS(ORDER_QTY)}},
        {over_value, {0, BJ_REJ_ORDER_VALUE, BJ_REJ_DESK_ORDER_VALUE, BJ_REJ_MEMBER_ORDER_VALUE}},
        {over_rate, {0, BJ_REJ_RATE, BJ_REJ_DESK_RATE, BJ_REJ_MEMBER_RATE}},
        {over_orders, {0, BJ_REJ_OPEN_ORDERS, BJ_REJ_DESK_OPEN_ORDERS, BJ_REJ_MEMBER_OPEN_ORDERS}},
        {over_open_value,
         {0, BJ_REJ_OPEN_VALUE, BJ_REJ_DESK_OPEN_VALUE, BJ_REJ_MEMBER_OPEN_VALUE}},
        {over_net, {0, BJ_REJ_POSITION, BJ_REJ_DESK_NET, BJ_REJ_MEMBER_NET}},
        {over_ban, {0, BJ_REJ_BANNED, 0, 0}},
        {over_client, {0, BJ_REJ_CLIENT_QTY, 0, 0}},
        {over_gross, {0, LEVELS(GROSS)}},
        {over_und_net, {0, LEVELS(UNDERLYING_NET)}},
        {over_und_gross, {0, LEVELS(UNDERLYING_GROSS)}},
        {over_margin, {0, LEVELS(MARGIN)}},
        {over_executions, {0, LEVELS(EXECUTIONS)}},
    };
#undef LEVELS
    for (size_t i = 0; i < BJ_COUNT(checks); i++) {
        for (unsigned level = 1; level <= 3; level++)
            if (checks[i].over(m, n, old, level)) return checks[i].reason[level];
    }
    return BJ_OK;
}

/* --- limits, set */

static bj_status_t set_terms(model_t *m, const bj_cmd_limit_t *l, uint32_t token) {
    int32_t value = l->value < 0 ? 0 : (int32_t)l->value;
    bool seen = false;
    if (token > TOKENS || !m->row[token].known) return BJ_REJ_INSTRUMENT_UNKNOWN;
    row_t *r = &m->row[token];
    switch (l->limit) {
    case BJ_LIMIT_BLOCKED: r->blocked = value; break;
    case BJ_LIMIT_BANNED: r->banned = value; break;
    case BJ_LIMIT_SEGMENT: r->segment = value; break;
    case BJ_LIMIT_INVERSE: r->inverse = value; break;
    case BJ_LIMIT_MARGIN_BUY: r->margin_buy = value; break;
    case BJ_LIMIT_MARGIN_SELL: r->margin_sell = value; break;
    case BJ_LIMIT_PRICE_LO: r->price_lo = value; break;
    case BJ_LIMIT_PRICE_HI: r->price_hi = l->value < 0 ? INT32_MAX : value; break;
    case BJ_LIMIT_PROTECTION_BP: r->protection_bp = value; break;
    case BJ_LIMIT_PROTECTION_MIN: r->protection_min = value; break;
    case BJ_LIMIT_CLIENT_QTY: r->client_qty = l->value < 0 ? none : l->value; break;
    case BJ_LIMIT_UNDERLYING:
        for (uint32_t i = 0; i < m->underlying_cnt; i++) seen |= m->underlying[i] == value;
        if (value && !seen && m->underlying_cnt == UNDERLYINGS) return BJ_ERR_FULL;
        if (value && !seen) m->underlying[m->underlying_cnt++] = value;
        r->underlying = value;
        break;
    }
    return BJ_OK;
}

static void set_rate(holder_t *h, unsigned level) {
    bool account = level == BJ_LEVEL_ACCOUNT;
    int64_t rate = h->limit[BJ_LIMIT_RATE], burst = h->limit[BJ_LIMIT_BURST];
    h->rate = rate != none ? rate : account ? RATE_PER_S : 0;
    h->burst = burst != none ? burst : account ? BURST : h->rate;
    int64_t most = h->rate ? 1000000000 / h->rate * h->burst : 0;
    if (!h->full && h->credit > most) h->credit = most;
}

static bj_status_t set_limit(model_t *m, const bj_cmd_limit_t *l, uint32_t account_id,
                             uint32_t token) {
    if (bj_limit_wrong(l, account_id, token) || l->desk >= HOLDERS) return BJ_REJ_FIELD;
    if (l->level == BJ_LEVEL_INSTRUMENT) return set_terms(m, l, token);
    bool barred = l->limit == BJ_LIMIT_BARRED;
    if (barred && (token > TOKENS || !m->row[token].known)) return BJ_REJ_INSTRUMENT_UNKNOWN;
    bool account = l->level == BJ_LEVEL_ACCOUNT;
    if (account && (account_id > ACCOUNTS || !m->holder[l->level][account_id].known))
        return BJ_REJ_ACCOUNT_UNKNOWN;
    if (l->level == BJ_LEVEL_DESK && !model_desk(m, l->desk)) return BJ_ERR_FULL;
    holder_t *h = &m->holder[l->level][account ? account_id : l->desk];
    if (barred) h->barred[token] = l->value < 0 ? 0 : (uint32_t)l->value;
    else if (l->limit == BJ_LIMIT_SEGMENTS) h->segments = l->value < 0 ? 255 : (uint32_t)l->value;
    else if (l->limit == BJ_LIMIT_BLOCKED) h->limit[l->limit] = l->value > 0;
    else h->limit[l->limit] = l->value < 0 ? none : l->value;
    if (l->limit == BJ_LIMIT_RATE || l->limit == BJ_LIMIT_BURST) set_rate(h, l->level);
    return BJ_OK;
}

bool model_limit(model_t *m, const bj_cmd_limit_t *l, uint32_t account_id, uint32_t token) {
    bj_status_t status = set_limit(m, l, account_id, token);
    if (status != BJ_OK) {
        refuse(m, status, NULL);
        return false;
    }
    bj_event_t *e = say(m, BJ_EV_LIMIT);
    e->value = l->limit + 65536u * l->level;
    e->qty = (int32_t)l->desk, e->client_order_id = (uint64_t)l->value;
    return true;
}

bool model_block(model_t *m, const bj_cmd_t *c) {
    const bj_cmd_kill_t *k = &c->body.kill;
    bj_cmd_limit_t l = {.limit = BJ_LIMIT_BLOCKED, .level = BJ_LEVEL_MEMBER, .value = 1};
    bool odd = k->block > 1 || c->side || (k->desk && (c->account_id || c->token));
    if (!k->block) return true;
    if (odd) {
        refuse(m, BJ_REJ_FIELD, NULL);
        return false;
    }
    if (c->token) l.level = BJ_LEVEL_INSTRUMENT;
    if (k->desk) l.level = BJ_LEVEL_DESK, l.desk = k->desk;
    if (c->account_id) l.level = BJ_LEVEL_ACCOUNT;
    if (c->account_id && c->token) l.limit = BJ_LIMIT_BARRED;
    return model_limit(m, &l, c->account_id, c->token);
}
