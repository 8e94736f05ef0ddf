#include <stdio.h>
#include "controlplane/audit/bj_trail.h"

enum { REASON_MAX = 200 };

/* At most REASON_MAX characters of UTF-8; out holds four bytes for each. */
static const char *cut(const char *text, char out[4 * REASON_MAX + 1]) {
    size_t at = 0, characters = 0;
    if (!text || !*text) return NULL;
    for (; text[at]; at++) {
        bool begins = ((unsigned char)text[at] & 0xc0) != 0x80;
        if (begins && characters++ == REASON_MAX) break;
        if (at == 4 * REASON_MAX) break;
        out[at] = text[at];
    }
    out[at] = '\0';
    return out;
}

static const char append_sql[] = "SELECT audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

bj_status_t bj_trail_append(bj_db_t *db, const bj_trail_who_t *who, const bj_trail_act_t *act) {
    char reason[4 * REASON_MAX + 1];
    return bj_db_ask(db, append_sql,
                     BJ_DB_PARAMS(who->actor, who->role, act->act, act->subject, act->outcome,
                                  cut(act->reason, reason), act->before_json, act->after_json,
                                  who->address, who->elevation),
                     NULL);
}

bj_status_t bj_trail_add(bj_db_pool_t *pool, const bj_trail_who_t *who, const bj_trail_act_t *act) {
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_db_take(pool, &db);
    return status == BJ_OK ? bj_trail_append(db, who, act) : status;
}

#define COLUMNS                                                                                \
    "SELECT seq, (extract(epoch FROM at) * 1000000)::bigint, actor, role, act, subject,"       \
    " outcome, reason, before_json, after_json, address, elevation, encode(leaf_hash, 'hex')," \
    " encode(chain_hash, 'hex') FROM audit_entries WHERE seq > $1 AND seq < $2"                \
    " AND ($3::text IS NULL OR actor = $3)"                                                    \
    " AND ($4::text IS NULL OR act = $4 OR act LIKE $4 || '.%')"                               \
    " AND ($8::text IS NULL OR actor = $8 OR subject = $8)"                                    \
    " AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)"
static const char oldest_sql[] = COLUMNS " ORDER BY seq LIMIT $7";
static const char newest_sql[] = COLUMNS " ORDER BY seq DESC LIMIT $7";
enum { COL_SEQ, COL_AT, COL_ACTOR, COL_ROLE, COL_ACT, COL_SUBJECT, COL_OUTCOME, COL_REASON,
       COL_BEFORE, COL_AFTER, COL_ADDRESS, COL_ELEVATION, COL_LEAF, COL_CHAIN };

static bool read_row(const bj_db_result_t *rows, size_t i, bj_trail_entry_t *e) {
    const char *leaf = bj_db_get_ref(rows, i, COL_LEAF), *chain = bj_db_get_ref(rows, i, COL_CHAIN);
    *e = (bj_trail_entry_t){.actor = bj_db_get_ref(rows, i, COL_ACTOR),
                            .role = bj_db_get_ref(rows, i, COL_ROLE),
                            .act = bj_db_get_ref(rows, i, COL_ACT),
                            .subject = bj_db_get_ref(rows, i, COL_SUBJECT),
                            .outcome = bj_db_get_ref(rows, i, COL_OUTCOME),
                            .reason = bj_db_get_ref(rows, i, COL_REASON),
                            .before_json = bj_db_get_ref(rows, i, COL_BEFORE),
                            .after_json = bj_db_get_ref(rows, i, COL_AFTER),
                            .address = bj_db_get_ref(rows, i, COL_ADDRESS),
                            .elevation = bj_db_get_ref(rows, i, COL_ELEVATION)};
    /* What is no hash is a hash of nothing: whoever checks will see it. */
    if (!leaf || !bj_merkle_unhex(leaf, &e->leaf)) e->leaf = (bj_merkle_hash_t){.bytes = {0}};
    if (!chain || !bj_merkle_unhex(chain, &e->chain)) e->chain = (bj_merkle_hash_t){.bytes = {0}};
    return bj_db_get_u64(rows, i, COL_SEQ, &e->seq) && bj_db_get_i64(rows, i, COL_AT, &e->at_us);
}

bj_status_t bj_trail_select(bj_db_pool_t *pool, const bj_trail_filter_t *filter, bool oldest_first,
                            void (*each)(void *ctx, const bj_trail_entry_t *entry), void *ctx) {
    BJ_DB_RESULT rows = NULL;
    int64_t before = filter->before && filter->before < INT64_MAX ? (int64_t)filter->before
                                                                  : INT64_MAX;
    bj_db_text_t from = bj_db_time(filter->from_us * 1000), to = bj_db_time(filter->to_us * 1000);
    bj_status_t status = bj_db_query(
        pool, oldest_first || filter->after ? oldest_sql : newest_sql,
        BJ_DB_PARAMS(bj_db_u64(filter->after).text, bj_db_i64(before).text, filter->actor,
                     filter->act, filter->from_us ? from.text : NULL,
                     filter->to_us ? to.text : NULL, bj_db_u64(filter->limit).text,
                     filter->about),
        &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        bj_trail_entry_t entry;
        if (!read_row(rows, i, &entry)) return BJ_ERR_BAD_FIELD;
        each(ctx, &entry);
    }
    return status;
}
