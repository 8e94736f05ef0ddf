#include "controlplane/identity/bj_history.h"

#include <ctype.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/text/bj_text.h"

enum { TELL_EVERY_S = 600, NUMBER_BYTES = 32 };
#define ID(user_id) bj_db_u64(user_id).text

static const char facts_sql[] =
    "SELECT (extract(epoch FROM at) * 1000000)::bigint, country, latitude::float8::text,"
    "  longitude::float8::text, told AND at > now() - make_interval(secs => $3::float8)"
    " FROM logins WHERE user_id = $1 ORDER BY at DESC LIMIT $2";
enum { FACT_AT, FACT_COUNTRY, FACT_LATITUDE, FACT_LONGITUDE, FACT_TOLD };

static bool read_fact(const bj_db_result_t *rows, size_t i, bj_login_fact_t *fact, bool *told) {
    int64_t at_us;
    *fact = (bj_login_fact_t){.has_place = !bj_db_null(rows, i, FACT_COUNTRY)};
    if (!bj_db_get_i64(rows, i, FACT_AT, &at_us) ||
        !bj_db_get_bool(rows, i, FACT_TOLD, told)) {
        return false;
    }
    fact->at_ns = at_us * BJ_NS_PER_US;
    if (!fact->has_place) return true;
    return sscanf(bj_db_get_ref(rows, i, FACT_LATITUDE), "%lf", &fact->place.latitude) == 1 &&
           sscanf(bj_db_get_ref(rows, i, FACT_LONGITUDE), "%lf", &fact->place.longitude) == 1 &&
           bj_db_get_str(rows, i, FACT_COUNTRY, fact->place.country, BJ_COUNTRY_BYTES);
}

bj_status_t bj_history_judge(bj_db_pool_t *db, const bj_places_t *places, uint64_t user_id,
                             const char *address, bool device_known, int64_t now_ns,
                             bj_history_t *history) {
    BJ_DB_RESULT rows = NULL;
    bj_login_fact_t facts[BJ_SUSPECT_HISTORY];
    bool told_lately = false;
    *history = (bj_history_t){.fact = {.at_ns = now_ns}};
    history->fact.has_place = bj_places_find(places, address, &history->fact.place);
    bj_status_t status = bj_db_query(db, facts_sql,
                                     BJ_DB_PARAMS(ID(user_id), bj_db_i64(BJ_SUSPECT_HISTORY).text,
                                                  bj_db_i64(TELL_EVERY_S).text),
                                     &rows);
    if (status != BJ_OK) return status;
    size_t cnt = bj_db_rows(rows);
    for (size_t i = 0; i < cnt; i++) {
        bool told;
        if (!read_fact(rows, i, &facts[i], &told)) return BJ_ERR_BAD_FIELD;
        told_lately |= told;
    }
    history->suspicion = bj_suspect_judge(&history->fact, device_known, facts, cnt);
    history->tell = history->suspicion.points >= BJ_SUSPECT_TELL && !told_lately;
    return BJ_OK;
}

static const char add_sql[] =
    "WITH old AS (DELETE FROM logins WHERE user_id = $1 AND at <"
    "  (SELECT at FROM logins WHERE user_id = $1 ORDER BY at DESC OFFSET $9 LIMIT 1))"
    " INSERT INTO logins (user_id, at, address, country, latitude, longitude, suspect, told)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

bj_status_t bj_history_add(bj_db_t *db, uint64_t user_id, const char *address,
                           const bj_history_t *history) {
    char latitude[NUMBER_BYTES], longitude[NUMBER_BYTES], suspect[BJ_SUSPECT_TEXT_BYTES];
    const bj_login_fact_t *fact = &history->fact;
    bool placed = fact->has_place;
    snprintf(latitude, sizeof latitude, "%.4f", fact->place.latitude);
    snprintf(longitude, sizeof longitude, "%.4f", fact->place.longitude);
    return bj_db_ask(db, add_sql,
                     BJ_DB_PARAMS(ID(user_id), bj_db_time(fact->at_ns).text, address,
                                  placed ? fact->place.country : NULL, placed ? latitude : NULL,
                                  placed ? longitude : NULL,
                                  bj_suspect_text(history->suspicion.rules, suspect),
                                  history->tell ? "t" : "f",
                                  bj_db_i64(BJ_SUSPECT_HISTORY - 2).text),
                     NULL);
}

/* What a browser says of itself is somebody else's text. */
static void plain(char *text) {
    for (; *text; text++) {
        if (!isprint((unsigned char)*text)) *text = '?';
    }
}

void bj_history_tell(bj_mail_t *mail, const char *origin, const char *email, const char *address,
                     const char *user_agent, const bj_history_t *history) {
    char text[1200], agent[121], when[BJ_TIME_TEXT_BYTES];
    const bj_login_fact_t *fact = &history->fact;
    snprintf(agent, sizeof agent, "%s", user_agent);
    plain(agent);
    snprintf(text, sizeof text,
             "Somebody logged in to your Bijli account in a way that is not like before. Was it "
             "you?\n\n  when   %s\n  from   %s%s%s\n  with   %s\n\nIf it was you, do nothing."
             "\n\nIf not: set a new password at %s/forgot, which logs everybody out, then look at "
             "your orders. Where you are logged in, and how to end it: %s/account/security\n",
             bj_time_text(fact->at_ns, when), address, fact->has_place ? ", " : "",
             fact->has_place ? fact->place.country : "", agent[0] ? agent : "unknown", origin,
             origin);
    bool sent = mail && bj_mail_send(mail, email, "A new log-in to your account", text);
    (void)sent; /* the log-in stands, and is in the list of activity */
}

static const char devices_sql[] =
    "SELECT left(encode(device_hash, 'hex'), 16), user_agent, address,"
    "  (extract(epoch FROM created_at) * 1000000)::bigint,"
    "  (extract(epoch FROM seen_at) * 1000000)::bigint"
    " FROM login_devices WHERE user_id = $1 ORDER BY seen_at DESC LIMIT $2";

bj_status_t bj_devices_list(bj_db_pool_t *db, uint64_t user_id,
                            bj_device_row_t out[BJ_DEVICE_LIST_MAX], size_t *cnt) {
    BJ_DB_RESULT rows = NULL;
    *cnt = 0;
    bj_status_t status = bj_db_query(
        db, devices_sql, BJ_DB_PARAMS(ID(user_id), bj_db_i64(BJ_DEVICE_LIST_MAX).text), &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++, ++*cnt) {
        if (!bj_db_get_str(rows, i, 0, out[i].id, sizeof out[i].id) ||
            !bj_db_get_str(rows, i, 1, out[i].user_agent, sizeof out[i].user_agent) ||
            !bj_db_get_str(rows, i, 2, out[i].address, sizeof out[i].address) ||
            !bj_db_get_i64(rows, i, 3, &out[i].created_us) ||
            !bj_db_get_i64(rows, i, 4, &out[i].seen_us)) {
            return BJ_ERR_BAD_FIELD;
        }
    }
    return status;
}

static const char forget_sql[] =
    "DELETE FROM login_devices WHERE user_id = $1 AND left(encode(device_hash, 'hex'), 16) = $2";

bj_status_t bj_device_forget(bj_db_pool_t *db, const bj_trail_who_t *who, uint64_t user_id,
                             const char *id) {
    char before[64];
    snprintf(before, sizeof before, "{\"device\":\"%.16s\"}", id);
    const bj_trail_act_t act = {.act = "device.forget", .outcome = "done", .before_json = before};
    return bj_entry_one(db, who, user_id, &act, forget_sql, BJ_DB_PARAMS(ID(user_id), id));
}
