/* With a PostgreSQL (see test_bj_identity_repo): a log-in that is unlike the ones before is in the
 * trail and leaves no fresh proof; what is kept of log-ins is bounded; devices are listed and
 * forgotten by their owner only; activity is what one did and what was done to one. */
#include <stdlib.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_history.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/keys/keys_test.h"
#include "dataplane/base/bj_test.h"

#define MUMBAI "203.0.113.9"
#define LONDON "198.51.100.7"
static const char word[] = "correct horse battery";
static const char table[] = "203.0.113.0/24,19.07,72.88,IN\n198.51.100.0/24,51.5,-0.12,GB\n";

static bj_db_pool_t *db, *owner;
static bj_keys_t *keys;
static bj_identity_t *identity;
static const char *const emails[] = {"asha@b.in", "ravi@b.in"};

static uint64_t user_of(size_t i) {
    bj_user_t user = {.user_id = 0};
    BJ_CHECK(bj_user_by_email(db, keys, emails[i], &user) == BJ_OK);
    return user.user_id;
}

static bj_login_t log_in(size_t i, const char *address, const char *device) {
    bj_login_t login = {.client = address, .device = device, .user_agent = "a browser"};
    BJ_CHECK(bj_login_password(identity, emails[i], word, &login) == BJ_OK);
    return login;
}

static bool is_fresh(const bj_login_t *login) {
    bj_caller_t caller = {.proved_ns = 0};
    BJ_CHECK(bj_identity_session(identity, login->token, &caller) == BJ_OK);
    return bj_clock_wall_ns() - caller.proved_ns < BJ_PROOF_NS;
}

/* Of the last one, as text. */
static const char *kept(const char *column, size_t i) {
    static char out[200];
    BJ_DB_RESULT rows = NULL;
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT coalesce(%s::text, '-') FROM logins WHERE user_id = $1 ORDER BY at DESC"
             " LIMIT 1",
             column);
    out[0] = '\0';
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(bj_db_u64(user_of(i)).text), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_str(rows, 0, 0, out, sizeof out));
    return out;
}

static void test_suspect(void) {
    bj_login_t first = log_in(0, MUMBAI, "");
    BJ_CHECK(is_fresh(&first) && !strcmp(kept("suspect", 0), ""));
    BJ_CHECK(!strcmp(kept("country", 0), "IN") && !strcmp(kept("told", 0), "false"));
    bj_login_t again = log_in(0, MUMBAI, first.new_device);
    BJ_CHECK(is_fresh(&again) && !strcmp(kept("suspect", 0), ""));
    bj_login_t other = log_in(0, MUMBAI, ""); /* told, and no more than that */
    BJ_CHECK(is_fresh(&other) && !strcmp(kept("suspect", 0), "new_device"));
    BJ_CHECK(!strcmp(kept("told", 0), "true"));
    bj_login_t far = log_in(0, LONDON, first.new_device);
    BJ_CHECK(!is_fresh(&far) && !strcmp(kept("suspect", 0), "new_country,travel"));
    BJ_CHECK(!strcmp(kept("told", 0), "false")); /* was told just now */
    bj_login_t unplaced = log_in(0, "192.0.2.1", first.new_device);
    BJ_CHECK(is_fresh(&unplaced) && !strcmp(kept("country", 0), "-"));
}

static void test_bounded(void) {
    BJ_DB_RESULT rows = NULL;
    uint64_t cnt;
    bj_history_t history = {.fact = {.at_ns = INT64_C(1795518289) * BJ_NS_PER_S}};
    for (int i = 0; i < BJ_SUSPECT_HISTORY + 10; i++) {
        BJ_DB_CONN conn = NULL;
        history.fact.at_ns += BJ_NS_PER_S;
        BJ_CHECK(bj_db_take(db, &conn) == BJ_OK);
        BJ_CHECK(bj_history_add(conn, user_of(1), MUMBAI, &history) == BJ_OK);
    }
    BJ_CHECK(bj_db_query(owner, "SELECT count(*) FROM logins WHERE user_id = $1",
                         BJ_DB_PARAMS(bj_db_u64(user_of(1)).text), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &cnt) && cnt == BJ_SUSPECT_HISTORY);
}

static void test_devices(void) {
    bj_device_row_t rows[BJ_DEVICE_LIST_MAX];
    size_t cnt, after;
    const bj_trail_who_t who = bj_trail_user(user_of(0), BJ_ROLE_CLIENT, MUMBAI);
    BJ_CHECK(bj_devices_list(db, user_of(0), rows, &cnt) == BJ_OK && cnt == 2);
    BJ_CHECK(!strcmp(rows[0].user_agent, "a browser") && !strcmp(rows[0].address, MUMBAI));
    BJ_CHECK(bj_device_forget(db, &who, user_of(1), rows[0].id) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_device_forget(db, &who, user_of(0), "0123456789abcdef") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_device_forget(db, &who, user_of(0), rows[0].id) == BJ_OK);
    BJ_CHECK(bj_devices_list(db, user_of(0), rows, &after) == BJ_OK && after == 1);
}

typedef struct seen {
    size_t cnt, alien_cnt;
    const char *self;
    char acts[2000];
} seen_t;

static void look(void *ctx, const bj_trail_entry_t *e) {
    seen_t *seen = ctx;
    size_t at = strlen(seen->acts);
    seen->cnt++;
    seen->alien_cnt += strcmp(e->actor, seen->self) != 0 && strcmp(e->subject, seen->self) != 0;
    snprintf(seen->acts + at, sizeof seen->acts - at, "%s %s\n", e->act, e->outcome);
}

static void test_activity(void) {
    static const char newest[] = "auth.login refused\ndevice.forget done\nauth.login done\n";
    char self[BJ_TRAIL_SUBJECT_BYTES];
    bj_login_t login = {.client = LONDON, .device = "", .user_agent = "x"};
    BJ_CHECK(bj_login_password(identity, emails[0], "wrong horse", &login) == BJ_ERR_DENIED);
    seen_t seen = {.self = bj_user_subject(user_of(0), self)};
    const bj_trail_filter_t filter = {.about = seen.self, .limit = 50};
    BJ_CHECK(bj_trail_select(db, &filter, false, look, &seen) == BJ_OK);
    /* A wrong password, a device forgotten, five log-ins, made by set-up. */
    BJ_CHECK(seen.cnt == 8 && seen.alien_cnt == 0);
    BJ_CHECK(!strncmp(seen.acts, newest, sizeof newest - 1));
    BJ_CHECK(strstr(seen.acts, "user.put done"));
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    char error[BJ_PLACES_ERROR_BYTES];
    uint32_t account;
    if (!control || !boss) {
        fprintf(stderr, "test_bj_history: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(BJ_SUSPECT_TELL < BJ_SUSPECT_PROVE);
        return bj_test_end("test_bj_history (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 4, 10000);
    owner = bj_db_pool_new(boss, 2, 3000);
    bj_seal_t *seal;
    keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    bj_places_t *places = bj_places_read(table, sizeof table - 1, error);
    bj_identity_config_t config = {.db = db,
                                   .cache = bj_cache_new("/nonexistent/redis.sock"),
                                   .origin = "https://localhost",
                                   .places = places,
                                   .keys = keys};
    identity = bj_identity_new(&config);
    for (size_t i = 0; i < BJ_COUNT(emails); i++) {
        BJ_CHECK(bj_identity_add(identity, emails[i], "A", BJ_ROLE_CLIENT, word, &account) ==
                 BJ_OK);
    }
    test_suspect();
    test_bounded();
    test_devices();
    test_activity();
    bj_identity_free(identity);
    bj_places_free(places);
    bj_keys_free(keys);
    bj_seal_free(seal);
    bj_cache_free(config.cache);
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_history");
}
