#include "controlplane/orders/bj_orders.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>
#include "controlplane/orders/bj_order_app.h"
#include "controlplane/orders/bj_order_json.h"
#include "controlplane/orders/bj_order_link.h"
#include "controlplane/orders/bj_order_table.h"
#include "controlplane/orders/bj_orders_repo.h"
#include "dataplane/base/bj_log.h"

/* What an account may do unless somebody decides otherwise. */
static const struct {
    int64_t  order_value_max_paise, open_value_max_paise, position_max_qty;
    uint32_t open_orders_max;
} first_limits = {500000000, 5000000000, 100000, 200}; /* 50 lakh, 5 crore rupees */

enum { CATCH_UP_MS = 1000, CATCH_UP_STEP_MS = 20 };
enum { ACCOUNTS_MAX = 65536 }; /* a power of two; remembered as known to the engine */

struct bj_orders {
    bj_orders_config_t config;
    bj_order_table_t  *table;
    bj_order_link_t   *link;
    bj_order_apps_t   *apps;
    pthread_mutex_t    lock; /* of known */
    uint32_t           known[ACCOUNTS_MAX];
    _Atomic uint64_t   first_seq; /* of the session's reports; 0: none yet */
    uint64_t           shown_seq; /* tidy only: what the database showed a second ago */
};

static const char *symbol_of(const bj_orders_t *orders, uint32_t token) {
    const bj_universe_row_t *row = bj_instrument_by_token(orders->config.instruments, token);
    return row ? row->symbol : "";
}

json_t *bj_orders_app(bj_orders_t *orders, const bj_order_view_t *view) {
    return bj_order_apps_json(orders->apps, view->app_id);
}

/* {"type": type, type: body}; takes body. */
static void tell(const bj_orders_t *orders, uint32_t account_id, const char *type, json_t *body) {
    json_t *note = json_pack("{s:s, s:o}", "type", type, type, body);
    char *text = note ? json_dumps(note, JSON_COMPACT) : NULL;
    if (text) bj_notify_send(&orders->config.notify, account_id, text);
    free(text);
    json_decref(note);
}

/* The order as it was before this report: from the table, else from the database, if a part of it
 * was filled before this process could see it. */
static bool before(bj_orders_t *orders, const bj_oe_report_t *report, bj_order_view_t *view) {
    if (bj_order_table_get(orders->table, report->account_id, report->order_id, view)) return true;
    if (report->header.type == 'a' || report->header.type == 'r') return false;
    return bj_orders_select_one(orders->config.db, report->account_id, report->order_id, view) ==
           BJ_OK;
}

static void on_order(bj_orders_t *orders, const bj_oe_report_t *report) {
    bj_order_view_t view;
    const char *symbol = symbol_of(orders, report->token);
    if (before(orders, report, &view)) bj_order_apply(report, &view);
    else bj_order_begin(report, &view);
    bj_order_table_put(orders->table, &view);
    tell(orders, report->account_id, "order",
         bj_order_json(&view, symbol, bj_orders_app(orders, &view)));
    if (report->header.type != 't') return;
    bj_trade_view_t trade;
    bj_trade_of(report, &trade);
    tell(orders, report->account_id, "trade", bj_trade_json(&trade, symbol));
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    bj_orders_t *orders = ctx;
    if (atomic_load(&orders->first_seq) == 0) atomic_store(&orders->first_seq, report->event_seq);
    if (bj_report_touches(report)) on_order(orders, report);
    if (report->header.type == 'i' && report->value < BJ_STATE_CNT) {
        bj_instrument_set_state(orders->config.instruments, report->token,
                                (bj_instrument_state_t)report->value, report->event_seq);
    }
    if (report->header.type == 'b') {
        bj_band_now_t band = {report->price_paise, report->last_price_paise};
        bj_instrument_set_band(orders->config.instruments, report->token, band, report->event_seq);
    }
}

/* Reports may have been missed: the database knows, so the pages fetch their lists again. */
static void on_up(void *ctx) {
    bj_orders_t *orders = ctx;
    bj_order_table_clear(orders->table);
    atomic_store(&orders->first_seq, 0);
    pthread_mutex_lock(&orders->lock);
    memset(orders->known, 0, sizeof orders->known);
    pthread_mutex_unlock(&orders->lock);
    bj_notify_send(&orders->config.notify, 0, "{\"type\":\"portfolio\"}");
}

bj_orders_t *bj_orders_new(const bj_orders_config_t *config) {
    bj_orders_t *orders = calloc(1, sizeof *orders);
    if (!orders) return NULL;
    orders->config = *config;
    pthread_mutex_init(&orders->lock, NULL);
    orders->table = bj_order_table_new();
    orders->apps = bj_order_apps_new(config->db);
    bj_order_link_config_t link = {.way = config->way, .session = config->session,
                                   .key = config->key,
                                   .on_report = on_report, .on_up = on_up, .ctx = orders};
    if (orders->table && orders->apps) orders->link = bj_order_link_new(&link);
    if (orders->link) return orders;
    BJ_ERROR("gateway.host must be an IPv4 address");
    bj_order_table_free(orders->table);
    bj_order_apps_free(orders->apps);
    free(orders);
    return NULL;
}

void bj_orders_free(bj_orders_t *orders) {
    if (!orders) return;
    bj_order_link_free(orders->link);
    bj_order_table_free(orders->table);
    bj_order_apps_free(orders->apps);
    pthread_mutex_destroy(&orders->lock);
    free(orders);
}

bool bj_orders_up(bj_orders_t *orders) { return bj_order_link_up(orders->link); }

/* Finds the account among the known; adds it if add.  When the set is full it is asked again each
 * time. */
static bool known(bj_orders_t *orders, uint32_t account_id, bool add) {
    bool found = false;
    pthread_mutex_lock(&orders->lock);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t *slot = &orders->known[(account_id * 2654435761U + i) % ACCOUNTS_MAX];
        if (*slot == account_id) found = true;
        if (*slot == 0 && add) *slot = account_id;
        if (found || *slot == account_id || *slot == 0) break;
    }
    pthread_mutex_unlock(&orders->lock);
    return found;
}

static bj_status_t reason_of(const bj_order_answer_t *answer) {
    if (answer->refused != BJ_OK) return answer->refused;
    bool is_refusal = answer->report.header.type == 'r' || answer->report.header.type == 'q';
    if (!is_refusal) return BJ_OK;
    return answer->report.reason ? (bj_status_t)answer->report.reason : BJ_ERR_DENIED;
}

static bj_status_t ask(bj_orders_t *orders, uint8_t type, void *msg, bj_order_answer_t *answer) {
    bj_status_t status = bj_order_link_ask(orders->link, type, msg, BJ_ORDERS_WAIT_MS, answer);
    return status == BJ_OK ? reason_of(answer) : status;
}

/* The engine knows an account once it was told of it; telling it again changes nothing, also of
 * what an operator has set since. */
static bj_status_t make_known(bj_orders_t *orders, uint32_t account_id) {
    if (known(orders, account_id, false)) return BJ_OK;
    bj_order_answer_t answer;
    bj_oe_admin_t admin = {
        .kind = BJ_OE_ADMIN_ACCOUNT,
        .account_id = account_id,
        .order_value_max_paise = first_limits.order_value_max_paise,
        .open_value_max_paise = first_limits.open_value_max_paise,
        .position_max_qty = first_limits.position_max_qty,
        .open_orders_max = first_limits.open_orders_max,
        .how = 1,
        .reason = "first limits",
    };
    bj_status_t status = ask(orders, BJ_OE_ADMIN, &admin, &answer);
    if (status == BJ_OK) known(orders, account_id, true);
    return status;
}

uint64_t bj_client_order_id(void) {
    uint64_t id = 0;
    while ((id &= INT64_MAX) == 0) {
        if (getrandom(&id, sizeof id, 0) != sizeof id) abort();
    }
    return id;
}

/* The order of an answer, as the table has it by now, or as the report alone says. */
static void view_of(bj_orders_t *orders, const bj_oe_report_t *report, bj_order_view_t *view) {
    if (!bj_order_table_get(orders->table, report->account_id, report->order_id, view)) {
        bj_order_begin(report, view);
    }
}

bj_status_t bj_orders_place(bj_orders_t *orders, const bj_new_order_t *order,
                            bj_order_view_t *view) {
    bj_order_answer_t answer;
    bj_status_t status = make_known(orders, order->account_id);
    /* Not sent yet, whatever became of the account: nothing about the order is unknown. */
    if (status != BJ_OK) return status == BJ_ERR_TIMEOUT ? BJ_ERR_UNAVAILABLE : status;
    bj_order_apps_meet(orders->apps, order->app_id);
    uint64_t id = order->client_order_id ? order->client_order_id : bj_client_order_id();
    bj_oe_new_t msg = {
        .header = {.app = order->app_id},
        .client_order_id = id,
        .account_id = order->account_id,
        .token = order->token,
        .price_paise = order->price_paise,
        .qty = order->qty,
        .trigger_price_paise = order->trigger_price_paise,
        .disclosed_qty = order->disclosed_qty,
        .side = order->side,
        .order_type = order->order_type,
        .tif = order->tif,
        .flags = order->flags,
        .expiry_day = order->expiry_day,
    };
    status = ask(orders, BJ_OE_NEW, &msg, &answer);
    if (status == BJ_OK) view_of(orders, &answer.report, view);
    return status;
}

/* Live or from the database. */
bj_status_t bj_orders_find(bj_orders_t *orders, uint32_t account_id, uint64_t order_id,
                           bj_order_view_t *view) {
    if (bj_order_table_get(orders->table, account_id, order_id, view)) return BJ_OK;
    return bj_orders_select_one(orders->config.db, account_id, order_id, view);
}

/* After a modify or cancel that was carried out. */
static void settle(bj_orders_t *orders, const bj_oe_report_t *report, bj_order_view_t *view) {
    if (bj_order_table_get(orders->table, report->account_id, report->order_id, view)) return;
    bj_order_apply(report, view);
}

bj_status_t bj_orders_modify(bj_orders_t *orders, const bj_order_terms_t *terms,
                             bj_order_view_t *view) {
    bj_order_answer_t answer;
    bj_oe_modify_t msg = {
        .order_id = view->order_id,
        .client_order_id = view->client_order_id,
        .account_id = view->account_id,
        .token = view->token,
        .price_paise = terms->price_paise,
        .qty = terms->qty,
        .trigger_price_paise = terms->trigger_price_paise,
        .disclosed_qty = terms->disclosed_qty,
    };
    bj_status_t status = ask(orders, BJ_OE_MODIFY, &msg, &answer);
    if (status == BJ_OK) settle(orders, &answer.report, view);
    return status;
}

bj_status_t bj_orders_cancel(bj_orders_t *orders, uint32_t account_id, uint64_t order_id,
                             bj_order_view_t *view) {
    bj_order_answer_t answer;
    bj_status_t status = bj_orders_find(orders, account_id, order_id, view);
    if (status != BJ_OK) return status;
    bj_oe_cancel_t msg = {.order_id = order_id, .account_id = account_id, .token = view->token};
    status = ask(orders, BJ_OE_CANCEL, &msg, &answer);
    if (status == BJ_OK) settle(orders, &answer.report, view);
    return status;
}

bj_status_t bj_orders_list(bj_orders_t *orders, uint32_t account_id, bool open_only,
                           bj_order_view_t *views, size_t views_max, size_t *view_cnt) {
    bj_status_t status =
        bj_orders_select(orders->config.db, account_id, open_only, views, views_max, view_cnt);
    if (status != BJ_OK) return status;
    *view_cnt = bj_order_table_merge(orders->table, account_id, open_only, views, *view_cnt,
                                     views_max);
    return BJ_OK;
}

/* Counted before what has ended is taken out: as many as there is room for may be more. */
bj_status_t bj_orders_open(bj_orders_t *orders, uint32_t account_id, bj_order_view_t *views,
                           size_t views_max, size_t *view_cnt) {
    bj_status_t status =
        bj_orders_select(orders->config.db, account_id, true, views, views_max, view_cnt);
    if (status != BJ_OK) return status;
    if (*view_cnt >= views_max) return BJ_ERR_FULL;
    *view_cnt =
        bj_order_table_merge(orders->table, account_id, true, views, *view_cnt, views_max);
    return *view_cnt < views_max ? BJ_OK : BJ_ERR_FULL;
}

bj_status_t bj_orders_seen(bj_orders_t *orders, uint32_t account_id, bj_order_view_t *views,
                           size_t views_max, size_t *view_cnt) {
    *view_cnt = bj_order_table_merge(orders->table, account_id, false, views, 0, views_max);
    return *view_cnt < views_max ? BJ_OK : BJ_ERR_FULL;
}

/* What came before the session's first report is in the database, or was missed.  Right after that
 * report the database is some milliseconds behind: that long it is waited for. */
static bool caught_up(bj_orders_t *orders) {
    uint64_t shown, first = atomic_load(&orders->first_seq);
    for (int i = 0; i < CATCH_UP_MS / CATCH_UP_STEP_MS; i++) {
        if (bj_relay_offset(orders->config.db, &shown) != BJ_OK) return false;
        if (first == 0 || shown + 1 >= first) return true;
        usleep(CATCH_UP_STEP_MS * 1000);
    }
    return false;
}

bool bj_orders_whole(bj_orders_t *orders) {
    return bj_orders_up(orders) && bj_order_table_cnt(orders->table) < BJ_ORDER_TABLE_MAX &&
           caught_up(orders);
}

bj_status_t bj_orders_command(bj_orders_t *orders, const bj_oe_admin_t *command, uint64_t author,
                              const char *reason, bj_oe_report_t *report) {
    bj_order_answer_t answer;
    bj_oe_admin_t msg = *command;
    msg.author = author;
    snprintf(msg.reason, sizeof msg.reason, "%s", reason);
    /* A limit, or a block, may come before an account's first order. */
    bj_status_t status = msg.account_id ? make_known(orders, msg.account_id) : BJ_OK;
    if (status == BJ_OK) status = ask(orders, BJ_OE_ADMIN, &msg, &answer);
    if (status == BJ_OK || status == BJ_REJ_SECOND_PERSON) *report = answer.report;
    return status;
}

void bj_orders_tidy(bj_orders_t *orders) {
    /* By what it showed a second ago: a list that was being read just then has its orders from one
     * place or the other. */
    bj_order_table_prune(orders->table, orders->shown_seq);
    uint64_t event_seq;
    if (bj_relay_offset(orders->config.db, &event_seq) == BJ_OK) orders->shown_seq = event_seq;
}
