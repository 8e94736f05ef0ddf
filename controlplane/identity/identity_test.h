#ifndef BJ_IDENTITY_TEST_H
#define BJ_IDENTITY_TEST_H

/* identity_test - people in a PostgreSQL of the test's own (BJ_TEST_PG as its owner, the server's
 * role in BJ_TEST_PG_CONTROL; tests/with-pg starts one), for tests only. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/store/child_test.h"
#include "controlplane/audit/entered_test.h"
#include "dataplane/base/bj_test.h"

#define WORD "correct horse battery"
#define HERE "10.0.0.9"

static bj_db_pool_t *db, *owner;
static bj_keys_t *keys;
static bj_seal_t *seal;
static bj_cache_t *cache;
static bj_identity_t *identity;

/* false: there is none, and it has been said. */
static inline bool identity_test_is_on(const char *name) {
    if (getenv("BJ_TEST_PG") && getenv("BJ_TEST_PG_CONTROL")) return true;
    fprintf(stderr, "%s: SKIPPED: BJ_TEST_PG is not set; run it by tests/with-pg\n", name);
    return false;
}

/* redis: its socket.  What the config has no word of here is the same for all. */
static inline void identity_test_open(const char *redis, bj_identity_config_t config) {
    db = bj_db_pool_new(getenv("BJ_TEST_PG_CONTROL"), 4, 3000);
    owner = bj_db_pool_new(getenv("BJ_TEST_PG"), 2, 3000);
    keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    cache = bj_cache_new(redis);
    config.db = db, config.keys = keys, config.cache = cache;
    config.origin = "https://localhost";
    config.codes_per_network = 1000;
    identity = bj_identity_new(&config);
}
#define IDENTITY_TEST_NO_REDIS "/nowhere/redis.sock" /* away: PostgreSQL's record counts */

static inline void identity_test_close(void) {
    bj_identity_free(identity);
    bj_cache_free(cache);
    bj_keys_free(keys);
    bj_seal_free(seal);
    bj_db_pool_free(owner);
    bj_db_pool_free(db);
}

/* By the owner; $1: user_id. */
static inline void tell(const char *sql, uint64_t user_id) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), NULL) == BJ_OK);
}

static inline int64_t number(const char *sql, uint64_t user_id) {
    BJ_DB_RESULT rows = NULL;
    int64_t n = -1;
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_i64(rows, 0, 0, &n));
    return n;
}

/* Somebody whom set-up made, with the password WORD. */
static inline uint64_t add_user(const char *email, bj_role_t role) {
    uint32_t account;
    bj_user_t user;
    BJ_CHECK(bj_identity_add(identity, email, "A", role, WORD, &account) == BJ_OK);
    BJ_CHECK(bj_user_by_email(db, keys, email, &user) == BJ_OK);
    return user.user_id;
}

#endif /* BJ_IDENTITY_TEST_H */
