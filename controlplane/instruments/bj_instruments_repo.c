#include <stdio.h>
#include "controlplane/instruments/bj_instruments.h"

static const char states_sql[] =
    "SELECT token, state, event_seq, coalesce(now_lo_paise, 0), coalesce(now_hi_paise, 0), band_seq"
    " FROM instruments";
enum { COL_TOKEN, COL_STATE, COL_SEQ, COL_LO, COL_HI, COL_BAND_SEQ };

static bool read_now(bj_instruments_t *instruments, const bj_db_result_t *rows, size_t i) {
    uint32_t token;
    uint64_t event_seq, band_seq;
    bj_band_now_t band;
    const char *name = bj_db_get_ref(rows, i, COL_STATE);
    if (!name || !bj_db_get_u32(rows, i, COL_TOKEN, &token) ||
        !bj_db_get_u64(rows, i, COL_SEQ, &event_seq) ||
        !bj_db_get_i32(rows, i, COL_LO, &band.lo_paise) ||
        !bj_db_get_i32(rows, i, COL_HI, &band.hi_paise) ||
        !bj_db_get_u64(rows, i, COL_BAND_SEQ, &band_seq)) {
        return false;
    }
    bj_instrument_set_band(instruments, token, band, band_seq);
    for (bj_instrument_state_t s = BJ_STATE_CLOSED; s < BJ_STATE_CNT; s++) {
        if (strcmp(bj_instrument_state_name(s), name) == 0) {
            bj_instrument_set_state(instruments, token, s, event_seq);
        }
    }
    return true;
}

bj_status_t bj_instruments_refresh(bj_instruments_t *instruments, bj_db_pool_t *db) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(db, states_sql, BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) return status;
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        if (!read_now(instruments, rows, i)) return BJ_ERR_BAD_FIELD;
    }
    return BJ_OK;
}

/* One row a symbol; a user without a list is a row with NULL. */
static const char get_sql[] =
    "SELECT w.symbol FROM users u LEFT JOIN LATERAL unnest(u.watchlist) WITH ORDINALITY"
    " AS w(symbol, at) ON true WHERE u.user_id = $1 ORDER BY w.at";

bj_status_t bj_watchlist_get(bj_db_pool_t *db, uint64_t user_id,
                             char symbols[BJ_WATCHLIST_MAX][16], size_t *symbol_cnt) {
    BJ_DB_RESULT rows = NULL;
    *symbol_cnt = 0;
    bj_status_t status = bj_db_query(db, get_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (bj_db_rows(rows) > BJ_WATCHLIST_MAX) return BJ_ERR_BAD_FIELD;
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        if (bj_db_null(rows, i, 0)) continue;
        if (!bj_db_get_str(rows, i, 0, symbols[*symbol_cnt], 16)) return BJ_ERR_BAD_FIELD;
        ++*symbol_cnt;
    }
    return BJ_OK;
}

static const char put_sql[] =
    "UPDATE users u SET watchlist = $2::text[]"
    "  FROM (SELECT user_id, watchlist FROM users WHERE user_id = $1 FOR UPDATE) old"
    " WHERE u.user_id = old.user_id RETURNING json_build_object('symbols', old.watchlist),"
    "  json_build_object('symbols', u.watchlist)";

static bj_status_t put_in(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id,
                          const char *list) {
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status =
        bj_db_ask(db, put_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text, list), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    snprintf(subject, sizeof subject, "user:%s", bj_db_u64(user_id).text);
    bj_trail_act_t act = {.act = "watchlist.put", .subject = subject, .outcome = "done",
                          .before_json = bj_db_get_ref(rows, 0, 0),
                          .after_json = bj_db_get_ref(rows, 0, 1)};
    return bj_trail_append(db, who, &act);
}

bj_status_t bj_watchlist_put(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t user_id,
                             char symbols[][16], size_t symbol_cnt) {
    BJ_DB_CONN db = NULL;
    char list[BJ_WATCHLIST_MAX * 20 + 4] = "{";
    size_t at = 1;
    if (symbol_cnt > BJ_WATCHLIST_MAX) return BJ_ERR_BAD_FIELD;
    for (size_t i = 0; i < symbol_cnt; i++) {
        at += (size_t)snprintf(list + at, sizeof list - at, "%s\"%s\"", i ? "," : "", symbols[i]);
    }
    snprintf(list + at, sizeof list - at, "}");
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = bj_db_begin(db);
    if (status == BJ_OK) status = put_in(db, who, user_id, list);
    return status == BJ_OK ? bj_db_commit(db) : status;
}
