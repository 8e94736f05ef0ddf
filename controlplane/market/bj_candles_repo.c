#include "controlplane/market/bj_candles_repo.h"

/* The window ends at the newest candle, not now: after the close there is still something to see.
 * It is aligned, so that the oldest candle is a whole one. */
static const char candles_sql[] =
    "WITH edge AS (SELECT date_bin(make_interval(secs => $2), max(start_at), 'epoch')"
    "   - make_interval(secs => $2 * ($3 - 1)) AS from_at FROM candles WHERE token = $1)"
    " SELECT extract(epoch FROM date_bin(make_interval(secs => $2), start_at, 'epoch'))::bigint AS "
    "at,"
    "  (array_agg(open_paise ORDER BY start_at))[1], max(high_paise), min(low_paise),"
    "  (array_agg(close_paise ORDER BY start_at DESC))[1], sum(volume_qty)::bigint"
    " FROM candles, edge WHERE token = $1 AND start_at >= edge.from_at GROUP BY 1 ORDER BY 1";
enum { COL_AT, COL_OPEN, COL_HIGH, COL_LOW, COL_CLOSE, COL_VOLUME };

bj_status_t bj_candles_of(bj_db_pool_t *db, uint32_t token, int64_t interval_s,
                          int64_t candles_max, bj_candle_t *candles, size_t *candle_cnt) {
    BJ_DB_RESULT rows = NULL;
    *candle_cnt = 0;
    bj_status_t status = bj_db_query(db, candles_sql,
                                     BJ_DB_PARAMS(bj_db_i64(token).text, bj_db_i64(interval_s).text,
                                                  bj_db_i64(candles_max).text),
                                     &rows);
    if (status != BJ_OK) return status;
    size_t row_cnt = bj_db_rows(rows);
    if (row_cnt > (size_t)candles_max) return BJ_ERR_BAD_FIELD;
    for (size_t i = 0; i < row_cnt; i++) {
        bj_candle_t *c = &candles[i];
        if (!bj_db_get_i64(rows, i, COL_AT, &c->start_s) ||
            !bj_db_get_i32(rows, i, COL_OPEN, &c->open_paise) ||
            !bj_db_get_i32(rows, i, COL_HIGH, &c->high_paise) ||
            !bj_db_get_i32(rows, i, COL_LOW, &c->low_paise) ||
            !bj_db_get_i32(rows, i, COL_CLOSE, &c->close_paise) ||
            !bj_db_get_i64(rows, i, COL_VOLUME, &c->volume_qty)) {
            return BJ_ERR_BAD_FIELD;
        }
    }
    *candle_cnt = row_cnt;
    return BJ_OK;
}
