#include "controlplane/payments/bj_funds.h"

#include <stdlib.h>
#include "controlplane/orders/bj_orders_repo.h"
#include "controlplane/payments/bj_blocked.h"

typedef struct work {
    bj_position_row_t rows[BJ_POSITIONS_MAX];
    bj_order_view_t open[BJ_ORDERS_LIST_MAX], recent[BJ_ORDERS_LIST_MAX];
} work_t;

static int32_t highest(void *ctx, uint32_t token) {
    bj_instruments_t *instruments = ctx;
    const bj_universe_row_t *row = bj_instrument_by_token(instruments, token);
    return row ? bj_instrument_band(instruments, row).hi_paise : 0;
}

static bj_status_t blocked(const bj_payments_t *payments, uint32_t account_id, work_t *work,
                           bj_funds_t *funds) {
    bj_blocked_asks_t asks = {.rows = work->rows,
                              .open = work->open,
                              .recent = work->recent,
                              .highest = highest,
                              .ctx = payments->instruments};
    /* How far first: what comes meanwhile is counted twice and not missed. */
    bj_status_t status = bj_relay_offset(payments->db, &asks.event_seq);
    if (status == BJ_OK) {
        status =
            bj_positions_of(payments->db, account_id, work->rows, BJ_POSITIONS_MAX, &asks.row_cnt);
    }
    if (status == BJ_OK) {
        status = bj_orders_open(payments->orders, account_id, work->open, BJ_ORDERS_LIST_MAX,
                                &asks.open_cnt);
    }
    if (status == BJ_OK) {
        status = bj_orders_seen(payments->orders, account_id, work->recent, BJ_ORDERS_LIST_MAX,
                                &asks.recent_cnt);
    }
    if (status != BJ_OK) return status;
    bool sure = bj_blocked_trades(work->rows, asks.row_cnt, &funds->trades_paise) &&
                bj_blocked_orders(&asks, &funds->orders_paise);
    return sure ? BJ_OK : BJ_ERR_FULL;
}

bj_status_t bj_funds_blocked(const bj_payments_t *payments, uint32_t account_id,
                             bj_funds_t *funds) {
    work_t *work = malloc(sizeof *work);
    *funds = (bj_funds_t){0};
    if (!work) return BJ_ERR_FULL;
    bj_status_t status = blocked(payments, account_id, work, funds);
    free(work);
    return status;
}

int64_t bj_funds_over_paise(const bj_funds_t *funds) {
    int64_t left = funds->balance_paise - funds->held_paise;
    if (__builtin_sub_overflow(left, funds->trades_paise, &left)) return INT64_MIN;
    return __builtin_sub_overflow(left, funds->orders_paise, &left) ? INT64_MIN : left;
}

bj_status_t bj_funds_left(bj_db_t *db, uint32_t account_id, bj_funds_t *funds) {
    bj_ledger_balance_t balance;
    bj_status_t status = bj_ledger_balance(
        db, (bj_ledger_side_t){.kind = BJ_LEDGER_CLIENT, .account_id = account_id}, &balance);
    if (status != BJ_OK) return status;
    funds->balance_paise = balance.credits_paise - balance.debits_paise;
    funds->held_paise = balance.held_debits_paise;
    int64_t over = bj_funds_over_paise(funds);
    funds->free_paise = over > 0 ? over : 0;
    return BJ_OK;
}

bj_status_t bj_funds_of(const bj_payments_t *payments, uint32_t account_id, bj_funds_t *funds) {
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_funds_blocked(payments, account_id, funds);
    if (status == BJ_OK) status = bj_db_take(payments->db, &db);
    return status == BJ_OK ? bj_funds_left(db, account_id, funds) : status;
}
