#include "controlplane/relay/bj_positions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "controlplane/relay/bj_copy_text.h"
#include "controlplane/relay/bj_position.h"

typedef struct row {
    uint32_t      account_id, token;
    bj_position_t position;
    uint64_t      event_seq;
} row_t;

static int compare(const void *a, const void *b) {
    const row_t *x = a, *y = b;
    if (x->account_id != y->account_id) return x->account_id < y->account_id ? -1 : 1;
    return x->token == y->token ? 0 : x->token < y->token ? -1 : 1;
}

static void rows_free(row_t **rows) { free(*rows); }

/* One row an account and instrument, sorted; the positions still empty. */
static size_t gather(const bj_fold_t *fold, row_t *rows) {
    size_t cnt = 0;
    for (size_t i = 0; i < fold->trade_cnt; i++) {
        const bj_event_t *ev = fold->trades[i];
        rows[i] = (row_t){.account_id = ev->account_id, .token = ev->token};
    }
    qsort(rows, fold->trade_cnt, sizeof *rows, compare);
    for (size_t i = 0; i < fold->trade_cnt; i++) {
        if (cnt == 0 || compare(&rows[cnt - 1], &rows[i]) != 0) rows[cnt++] = rows[i];
    }
    return cnt;
}

static row_t *find(row_t *rows, size_t row_cnt, uint32_t account_id, uint32_t token) {
    row_t key = {.account_id = account_id, .token = token};
    return bsearch(&key, rows, row_cnt, sizeof *rows, compare);
}

static const char load_sql[] =
    "SELECT p.account_id, p.token, buy_qty, buy_value_paise, sell_qty, sell_value_paise,"
    " cost_paise, realised_paise FROM positions p"
    " JOIN unnest($1::bigint[], $2::bigint[]) k (account_id, token)"
    " ON p.account_id = k.account_id AND p.token = k.token";
enum { COL_ACCOUNT, COL_TOKEN, COL_BUY_QTY, COL_BUY_VALUE, COL_SELL_QTY, COL_SELL_VALUE, COL_COST,
       COL_REALISED };

static bool read_row(const bj_db_result_t *result, size_t at, row_t *rows, size_t row_cnt) {
    uint32_t account_id, token;
    if (!bj_db_get_u32(result, at, COL_ACCOUNT, &account_id)) return false;
    if (!bj_db_get_u32(result, at, COL_TOKEN, &token)) return false;
    row_t *row = find(rows, row_cnt, account_id, token);
    if (!row) return false;
    bj_position_t *p = &row->position;
    return bj_db_get_i64(result, at, COL_BUY_QTY, &p->buy_qty) &&
           bj_db_get_i64(result, at, COL_BUY_VALUE, &p->buy_value_paise) &&
           bj_db_get_i64(result, at, COL_SELL_QTY, &p->sell_qty) &&
           bj_db_get_i64(result, at, COL_SELL_VALUE, &p->sell_value_paise) &&
           bj_db_get_i64(result, at, COL_COST, &p->cost_paise) &&
           bj_db_get_i64(result, at, COL_REALISED, &p->realised_paise);
}

static bj_status_t load(bj_db_t *db, row_t *rows, size_t row_cnt) {
    BJ_COPY_TEXT accounts = {0}, tokens = {0};
    for (size_t i = 0; i < row_cnt; i++) {
        bj_copy_text_add(&accounts, "%c%u", i ? ',' : '{', rows[i].account_id);
        bj_copy_text_add(&tokens, "%c%u", i ? ',' : '{', rows[i].token);
    }
    bj_copy_text_add(&accounts, "}");
    bj_copy_text_add(&tokens, "}");
    if (accounts.failed || tokens.failed) return BJ_ERR_FULL;
    BJ_DB_RESULT result = NULL;
    bj_status_t status = bj_db_ask(db, load_sql, BJ_DB_PARAMS(accounts.data, tokens.data), &result);
    if (status != BJ_OK) return status;
    for (size_t at = 0; at < bj_db_rows(result); at++) {
        if (!read_row(result, at, rows, row_cnt)) return BJ_ERR_BAD_FIELD;
    }
    return BJ_OK;
}

static bj_status_t apply(const bj_fold_t *fold, row_t *rows, size_t row_cnt) {
    for (size_t i = 0; i < fold->trade_cnt; i++) {
        const bj_event_t *ev = fold->trades[i];
        row_t *row = find(rows, row_cnt, ev->account_id, ev->token);
        bj_status_t status =
            bj_position_trade(&row->position, ev->side, ev->last_qty, ev->last_price_paise);
        if (status != BJ_OK) return status;
        row->event_seq = ev->seq;
    }
    return BJ_OK;
}

static const char merge_sql[] =
    "INSERT INTO positions (account_id, token, buy_qty, buy_value_paise, sell_qty,"
    " sell_value_paise, cost_paise, realised_paise, event_seq) SELECT * FROM in_positions"
    " ON CONFLICT (account_id, token) DO UPDATE SET buy_qty = excluded.buy_qty,"
    " buy_value_paise = excluded.buy_value_paise, sell_qty = excluded.sell_qty,"
    " sell_value_paise = excluded.sell_value_paise, cost_paise = excluded.cost_paise,"
    " realised_paise = excluded.realised_paise, event_seq = excluded.event_seq"
    " WHERE positions.event_seq < excluded.event_seq";

static bj_status_t save(bj_db_t *db, const row_t *rows, size_t row_cnt) {
    BJ_COPY_TEXT text = {0};
    for (size_t i = 0; i < row_cnt; i++) {
        const bj_position_t *p = &rows[i].position;
        bj_copy_text_add(&text,
                         "%u\t%u\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64
                         "\t%" PRId64 "\t%" PRIu64 "\n",
                         rows[i].account_id, rows[i].token, p->buy_qty, p->buy_value_paise,
                         p->sell_qty, p->sell_value_paise, p->cost_paise, p->realised_paise,
                         rows[i].event_seq);
    }
    if (text.failed) return BJ_ERR_FULL;
    bj_status_t status =
        bj_db_copy(db, "COPY in_positions FROM STDIN", text.data, text.len_bytes);
    return status == BJ_OK ? bj_db_ask(db, merge_sql, BJ_DB_NO_PARAMS, NULL) : status;
}

bj_status_t bj_positions_put(bj_db_t *db, const bj_fold_t *fold) {
    if (fold->trade_cnt == 0) return BJ_OK;
    __attribute__((cleanup(rows_free))) row_t *rows = calloc(fold->trade_cnt, sizeof *rows);
    if (!rows) return BJ_ERR_FULL;
    size_t row_cnt = gather(fold, rows);
    bj_status_t status = load(db, rows, row_cnt);
    if (status == BJ_OK) status = apply(fold, rows, row_cnt);
    return status == BJ_OK ? save(db, rows, row_cnt) : status;
}
