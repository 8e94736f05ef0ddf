#include "controlplane/relay/bj_relay_repo.h"

#include <inttypes.h>
#include <stdlib.h>

#include "controlplane/relay/bj_copy_text.h"
#include "controlplane/relay/bj_positions.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_log.h"

/* Made once a connection; emptied by each commit. */
static const char begin_sql[] =
    "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL client_min_messages = error;"
    "CREATE TEMP TABLE IF NOT EXISTS in_orders (LIKE public.orders) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE IF NOT EXISTS in_trades (LIKE public.trades) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE IF NOT EXISTS in_positions (account_id bigint, token bigint, buy_qty bigint,"
    " buy_value_paise bigint, sell_qty bigint, sell_value_paise bigint, cost_paise bigint,"
    " realised_paise bigint, event_seq bigint) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE IF NOT EXISTS in_states (token bigint, state public.instrument_state,"
    " event_seq bigint) ON COMMIT DELETE ROWS;"
    "CREATE TEMP TABLE IF NOT EXISTS in_bands (token bigint, lo_paise integer, hi_paise integer,"
    " event_seq bigint) ON COMMIT DELETE ROWS";

static const char orders_copy_sql[] =
    "COPY in_orders (account_id, order_id, client_order_id, session_id, token, side, order_type,"
    " tif, price_paise, qty, cum_qty, leaves_qty, value_paise, state, reason, created_at,"
    " updated_at, event_seq, trigger_price_paise, disclosed_qty, expires_on, waiting, app_id)"
    " FROM STDIN";

/* created_at and app_id stay: in a later batch nobody knows them any more.  A stop waits as long as
 * every batch says that it may; a last day that this batch did not mention is as it was. */
static const char orders_merge_sql[] =
    "INSERT INTO orders SELECT * FROM in_orders ON CONFLICT (account_id, order_id) DO UPDATE SET"
    " order_type = excluded.order_type, tif = excluded.tif,"
    " price_paise = excluded.price_paise, qty = excluded.qty, cum_qty = excluded.cum_qty,"
    " leaves_qty = excluded.leaves_qty, value_paise = orders.value_paise + excluded.value_paise,"
    " state = excluded.state, reason = excluded.reason, updated_at = excluded.updated_at,"
    " event_seq = excluded.event_seq, trigger_price_paise = excluded.trigger_price_paise,"
    " disclosed_qty = excluded.disclosed_qty, waiting = orders.waiting AND excluded.waiting,"
    " expires_on = CASE excluded.tif WHEN 3 THEN coalesce(excluded.expires_on, orders.expires_on)"
    " END WHERE orders.event_seq < excluded.event_seq";

static const char trades_copy_sql[] =
    "COPY in_trades (account_id, event_seq, match_id, order_id, token, side, price_paise, qty,"
    " maker, traded_at, auction, trade_to_trade) FROM STDIN";
static const char trades_merge_sql[] =
    "INSERT INTO trades SELECT * FROM in_trades ON CONFLICT (account_id, event_seq) DO NOTHING";

static const char states_copy_sql[] = "COPY in_states FROM STDIN";
static const char states_merge_sql[] =
    "UPDATE instruments i SET state = s.state, event_seq = s.event_seq FROM in_states s"
    " WHERE i.token = s.token AND i.event_seq < s.event_seq";

static const char bands_copy_sql[] = "COPY in_bands FROM STDIN";
static const char bands_merge_sql[] =
    "UPDATE instruments i SET now_lo_paise = b.lo_paise, now_hi_paise = b.hi_paise,"
    " band_seq = b.event_seq FROM (SELECT DISTINCT ON (token) * FROM in_bands"
    " ORDER BY token, event_seq DESC) b WHERE i.token = b.token AND i.band_seq < b.event_seq";

static const char offset_lock_sql[] = "SELECT event_seq, journal_id FROM relay_offset FOR UPDATE";
static const char offset_set_sql[] = "UPDATE relay_offset SET event_seq = $1, journal_id = $2";
enum { COL_EVENT_SEQ, COL_JOURNAL_ID };

static bj_status_t merge(bj_db_t *db, const bj_copy_text_t *rows, const char *copy_sql,
                         const char *merge_sql) {
    if (rows->failed) return BJ_ERR_FULL;
    if (rows->len_bytes == 0) return BJ_OK;
    bj_status_t status = bj_db_copy(db, copy_sql, rows->data, rows->len_bytes);
    return status == BJ_OK ? bj_db_ask(db, merge_sql, BJ_DB_NO_PARAMS, NULL) : status;
}

static bj_status_t put_orders(bj_db_t *db, const bj_fold_t *fold) {
    BJ_COPY_TEXT rows = {0};
    for (size_t i = 0; i < fold->order_cnt; i++) {
        const bj_fold_order_t *order = &fold->orders[i];
        const bj_event_t *ev = &order->last;
        char expires_on[BJ_DAY_TEXT_BYTES];
        bj_copy_text_add(&rows,
                         "%u\t%" PRIu64 "\t%" PRIu64 "\t%u\t%u\t%c\t%u\t%u\t%d\t%d\t%d\t%d\t"
                         "%" PRId64 "\t%s\t%u\t%s\t%s\t%" PRIu64 "\t%d\t%d\t%s\t%c\t%s\n",
                         ev->account_id, ev->order_id, ev->client_order_id, ev->session_id,
                         ev->token, ev->side, ev->order_type, ev->tif, ev->price_paise, ev->qty,
                         ev->cum_qty, ev->leaves_qty, order->value_paise,
                         bj_row_state_name(order->state), ev->reason,
                         bj_db_time(order->created_ns).text, bj_db_time(ev->time_ns).text, ev->seq,
                         ev->trigger_price_paise, ev->disclosed_qty,
                         order->expiry_day ? bj_day_text(order->expiry_day, expires_on) : "\\N",
                         order->waiting ? 't' : 'f',
                         order->app ? bj_db_u64(order->app).text : "\\N");
    }
    return merge(db, &rows, orders_copy_sql, orders_merge_sql);
}

static bj_status_t put_trades(bj_db_t *db, const bj_fold_t *fold) {
    BJ_COPY_TEXT rows = {0};
    for (size_t i = 0; i < fold->trade_cnt; i++) {
        const bj_event_t *ev = fold->trades[i];
        bj_copy_text_add(&rows,
                         "%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%u\t%c\t%d\t%d\t%c\t%s"
                         "\t%c\t%c\n",
                         ev->account_id, ev->seq, ev->match_id, ev->order_id, ev->token, ev->side,
                         ev->last_price_paise, ev->last_qty, ev->flags & BJ_FLAG_MAKER ? 't' : 'f',
                         bj_db_time(ev->time_ns).text, ev->flags & BJ_FLAG_AUCTION ? 't' : 'f',
                         ev->flags & BJ_FLAG_TRADE_TO_TRADE ? 't' : 'f');
    }
    return merge(db, &rows, trades_copy_sql, trades_merge_sql);
}

static bj_status_t put_states(bj_db_t *db, const bj_fold_t *fold) {
    static const char *const names[BJ_STATE_CNT] = {
        [BJ_STATE_CLOSED] = "closed",       [BJ_STATE_OPEN] = "open",
        [BJ_STATE_HALTED] = "halted",       [BJ_STATE_AUCTION] = "auction",
        [BJ_STATE_AUCTION_LIMIT] = "auction_limit", [BJ_STATE_BUFFER] = "buffer",
        [BJ_STATE_POST_CLOSE] = "post_close"};
    BJ_COPY_TEXT rows = {0};
    for (size_t i = 0; i < fold->instrument_cnt; i++) {
        const bj_event_t *ev = fold->instruments[i];
        bj_copy_text_add(&rows, "%u\t%s\t%" PRIu64 "\n", ev->token, names[ev->value], ev->seq);
    }
    return merge(db, &rows, states_copy_sql, states_merge_sql);
}

static bj_status_t put_bands(bj_db_t *db, const bj_fold_t *fold) {
    BJ_COPY_TEXT rows = {0};
    for (size_t i = 0; i < fold->band_cnt; i++) {
        const bj_event_t *ev = fold->bands[i];
        bj_copy_text_add(&rows, "%u\t%d\t%d\t%" PRIu64 "\n", ev->token, ev->price_paise,
                         ev->last_price_paise, ev->seq);
    }
    return merge(db, &rows, bands_copy_sql, bands_merge_sql);
}

static bj_status_t lock_offset(bj_db_t *db, uint64_t *event_seq, uint64_t *journal_id) {
    BJ_DB_RESULT result = NULL;
    bj_status_t status = bj_db_ask(db, offset_lock_sql, BJ_DB_NO_PARAMS, &result);
    if (status != BJ_OK) return status;
    return bj_db_get_u64(result, 0, COL_EVENT_SEQ, event_seq) &&
                   bj_db_get_u64(result, 0, COL_JOURNAL_ID, journal_id)
               ? BJ_OK
               : BJ_ERR_BAD_FIELD;
}

static bj_status_t set_offset(bj_db_t *db, uint64_t event_seq, uint64_t journal_id) {
    return bj_db_ask(db, offset_set_sql,
                     BJ_DB_PARAMS(bj_db_u64(event_seq).text, bj_db_u64(journal_id).text), NULL);
}

static bj_status_t begin_again(bj_db_t *db, uint64_t journal_id) {
    BJ_WARN("the tables are of another journal: built again from the event log");
    bj_status_t status = bj_db_script(db, "TRUNCATE orders, trades, positions;"
                                          "UPDATE instruments SET state = 'closed', event_seq = 0,"
                                          " now_lo_paise = NULL, now_hi_paise = NULL,"
                                          " band_seq = 0");
    return status == BJ_OK ? set_offset(db, 0, journal_id) : status;
}

/* An open transaction is rolled back when the connection is given back. */
bj_status_t bj_relay_repo_offset(bj_db_pool_t *pool, uint64_t journal_id, uint64_t *event_seq) {
    BJ_DB_CONN db = NULL;
    uint64_t stored_id;
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = bj_db_begin(db);
    if (status == BJ_OK) status = lock_offset(db, event_seq, &stored_id);
    if (status != BJ_OK || stored_id == journal_id) return status;
    *event_seq = 0;
    status = begin_again(db, journal_id);
    return status == BJ_OK ? bj_db_commit(db) : status;
}

bj_status_t bj_relay_repo_apply(bj_db_pool_t *pool, uint64_t journal_id, const bj_fold_t *fold,
                                uint64_t first_seq, uint64_t last_seq) {
    BJ_DB_CONN db = NULL;
    uint64_t stored_seq, stored_id;
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = bj_db_script(db, begin_sql);
    if (status == BJ_OK) status = lock_offset(db, &stored_seq, &stored_id);
    if (status != BJ_OK) return status;
    if (stored_id != journal_id || stored_seq + 1 != first_seq) return BJ_ERR_SEQUENCE;
    status = put_orders(db, fold);
    if (status == BJ_OK) status = put_trades(db, fold);
    if (status == BJ_OK) status = bj_positions_put(db, fold);
    if (status == BJ_OK) status = put_states(db, fold);
    if (status == BJ_OK) status = put_bands(db, fold);
    if (status == BJ_OK) status = set_offset(db, last_seq, journal_id);
    return status == BJ_OK ? bj_db_commit(db) : status;
}

static const char universe_sql[] =
    "INSERT INTO instruments (token, symbol, tick_paise, lot_qty, prev_close_paise, band_lo_paise,"
    " band_hi_paise, freeze_qty) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (token) DO UPDATE SET symbol = excluded.symbol, tick_paise = excluded.tick_paise,"
    " lot_qty = excluded.lot_qty, prev_close_paise = excluded.prev_close_paise,"
    " band_lo_paise = excluded.band_lo_paise, band_hi_paise = excluded.band_hi_paise,"
    " freeze_qty = excluded.freeze_qty";

bj_status_t bj_relay_repo_universe(bj_db_pool_t *pool, const bj_universe_row_t *rows,
                                   size_t row_cnt) {
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = bj_db_begin(db);
    for (size_t i = 0; i < row_cnt && status == BJ_OK; i++) {
        const bj_universe_row_t *row = &rows[i];
        status = bj_db_ask(
            db, universe_sql,
            BJ_DB_PARAMS(bj_db_i64(row->token).text, row->symbol, bj_db_i64(row->tick_paise).text,
                         bj_db_i64(row->lot_qty).text, bj_db_i64(row->prev_close_paise).text,
                         bj_db_i64(row->band_lo_paise).text, bj_db_i64(row->band_hi_paise).text,
                         bj_db_i64(row->freeze_qty).text),
            NULL);
    }
    return status == BJ_OK ? bj_db_commit(db) : status;
}

static const char candles_begin_sql[] =
    "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL client_min_messages = error;"
    "CREATE TEMP TABLE IF NOT EXISTS in_candles (LIKE public.candles) ON COMMIT DELETE ROWS";
static const char place_lock_sql[] = "SELECT market_ns, tick_seq FROM candles_offset FOR UPDATE";
static const char place_set_sql[] = "UPDATE candles_offset SET market_ns = $1, tick_seq = $2";
enum { COL_MARKET_NS, COL_TICK_SEQ };
static const char candles_copy_sql[] = "COPY in_candles FROM STDIN";
static const char candles_merge_sql[] =
    "INSERT INTO candles SELECT * FROM in_candles ON CONFLICT (token, start_at) DO UPDATE SET"
    " high_paise = greatest(candles.high_paise, excluded.high_paise),"
    " low_paise = least(candles.low_paise, excluded.low_paise),"
    " close_paise = excluded.close_paise,"
    " volume_qty = candles.volume_qty + excluded.volume_qty";

/* Both ends of the bars' days; what lies between two days was made when it was today. */
static bj_status_t ensure_days(bj_db_t *db, const bj_candles_t *candles) {
    int64_t lo_ns = INT64_MAX, hi_ns = 0;
    for (size_t i = 0; i < candles->bar_cnt; i++) {
        int64_t start_ns = candles->bars[i].start_ns;
        if (start_ns < lo_ns) lo_ns = start_ns;
        if (start_ns > hi_ns) hi_ns = start_ns;
    }
    return bj_db_ask(db,
                     "SELECT candles_day(day::date) FROM generate_series($1::timestamptz::date,"
                     " $2::timestamptz::date + 1, '1 day') day WHERE to_regclass("
                     "'public.candles_' || to_char(day, 'YYYYMMDD')) IS NULL",
                     BJ_DB_PARAMS(bj_db_time(lo_ns).text, bj_db_time(hi_ns).text), NULL);
}

static bj_status_t read_place(bj_db_t *db, bj_candles_place_t *place) {
    BJ_DB_RESULT result = NULL;
    bj_status_t status = bj_db_ask(db, place_lock_sql, BJ_DB_NO_PARAMS, &result);
    if (status != BJ_OK) return status;
    return bj_db_get_i64(result, 0, COL_MARKET_NS, &place->market_ns) &&
                   bj_db_get_u64(result, 0, COL_TICK_SEQ, &place->tick_seq)
               ? BJ_OK
               : BJ_ERR_BAD_FIELD;
}

bj_status_t bj_relay_repo_candles_place(bj_db_pool_t *pool, bj_candles_place_t *place) {
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_db_take(pool, &db);
    return status == BJ_OK ? read_place(db, place) : status;
}

static bj_status_t put_candles(bj_db_t *db, const bj_candles_t *candles) {
    BJ_COPY_TEXT rows = {0};
    for (size_t i = 0; i < candles->bar_cnt; i++) {
        const bj_candle_t *bar = &candles->bars[i];
        bj_copy_text_add(&rows, "%u\t%s\t%d\t%d\t%d\t%d\t%" PRId64 "\n", bar->token,
                         bj_db_time(bar->start_ns).text, bar->open_paise, bar->high_paise,
                         bar->low_paise, bar->close_paise, bar->volume_qty);
    }
    bj_status_t status = merge(db, &rows, candles_copy_sql, candles_merge_sql);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, place_set_sql,
                     BJ_DB_PARAMS(bj_db_i64(candles->place.market_ns).text,
                                  bj_db_u64(candles->place.tick_seq).text),
                     NULL);
}

bj_status_t bj_relay_repo_candles(bj_db_pool_t *pool, const bj_candles_t *candles) {
    if (candles->bar_cnt == 0) return BJ_OK;
    BJ_DB_CONN db = NULL;
    bj_candles_place_t place;
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = ensure_days(db, candles);
    if (status == BJ_OK) status = bj_db_script(db, candles_begin_sql);
    if (status == BJ_OK) status = read_place(db, &place);
    if (status != BJ_OK) return status;
    if (place.market_ns == candles->place.market_ns &&
        place.tick_seq >= candles->place.tick_seq) {
        return BJ_OK;
    }
    status = put_candles(db, candles);
    return status == BJ_OK ? bj_db_commit(db) : status;
}
