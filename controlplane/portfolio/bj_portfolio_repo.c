#include "controlplane/portfolio/bj_portfolio.h"

static const char positions_sql[] =
    "SELECT token, buy_qty, buy_value_paise, sell_qty, sell_value_paise, open_qty, cost_paise,"
    " realised_paise FROM positions WHERE account_id = $1 ORDER BY token LIMIT $2";

bj_status_t bj_positions_of(bj_db_pool_t *db, uint32_t account_id, bj_position_row_t *rows,
                            size_t rows_max, size_t *row_cnt) {
    BJ_DB_RESULT got = NULL;
    *row_cnt = 0;
    bj_status_t status =
        bj_db_query(db, positions_sql,
                    BJ_DB_PARAMS(bj_db_u64(account_id).text, bj_db_u64(rows_max + 1).text), &got);
    if (status != BJ_OK) return status;
    if (bj_db_rows(got) > rows_max) return BJ_ERR_FULL;
    for (size_t i = 0; i < bj_db_rows(got); i++) {
        bj_position_row_t *row = &rows[i];
        if (!bj_db_get_u32(got, i, 0, &row->token) || !bj_db_get_i64(got, i, 1, &row->buy_qty) ||
            !bj_db_get_i64(got, i, 2, &row->buy_value_paise) ||
            !bj_db_get_i64(got, i, 3, &row->sell_qty) ||
            !bj_db_get_i64(got, i, 4, &row->sell_value_paise) ||
            !bj_db_get_i64(got, i, 5, &row->open_qty) ||
            !bj_db_get_i64(got, i, 6, &row->cost_paise) ||
            !bj_db_get_i64(got, i, 7, &row->realised_paise)) {
            return BJ_ERR_BAD_FIELD;
        }
    }
    *row_cnt = bj_db_rows(got);
    return BJ_OK;
}
