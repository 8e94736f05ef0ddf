#ifndef APPS_TEST_H
#define APPS_TEST_H
/* apps_test.h - apps on a PostgreSQL (tests/with-pg) and a Redis of the test's own. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

static bj_apps_config_t config;
static bj_apps_t *apps;
static bj_db_pool_t *owner; /* may do what the server may not */
static bj_trail_who_t who = {.actor = "setup", .role = "none", .address = "10.0.0.1"};
static char credential_of[BJ_JWT_BYTES + BJ_API_KEY_BYTES];

static inline uint64_t user_make(const char *email) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id = 0;
    const bj_trail_act_t act = {.act = "user.put", .subject = "user:1", .outcome = "done"};
    bool ok = bj_db_take(owner, &db) == BJ_OK && bj_db_begin(db) == BJ_OK &&
              bj_db_ask(db,
                        "INSERT INTO users (email, name, password_hash, confirmed_at)"
                        " VALUES ($1, 'Asha Rao', '$argon2id$x', now()) RETURNING user_id",
                        BJ_DB_PARAMS(email), &rows) == BJ_OK &&
              bj_trail_append(db, &who, &act) == BJ_OK && bj_db_commit(db) == BJ_OK &&
              bj_db_get_u64(rows, 0, 0, &user_id);
    BJ_CHECK(ok);
    return user_id;
}

/* Past what holds for everybody: triggers are off. */
static inline void force(const char *sql) {
    BJ_DB_CONN db = NULL;
    bool ok = bj_db_take(owner, &db) == BJ_OK && bj_db_begin(db) == BJ_OK &&
              bj_db_script(db, "SET LOCAL session_replication_role = replica") == BJ_OK &&
              bj_db_ask(db, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK && bj_db_commit(db) == BJ_OK;
    BJ_CHECK(ok);
}

static inline bj_status_t consent(uint64_t user_id, const bj_api_app_t *app,
                           char request[BJ_TOKEN_BYTES]) {
    return bj_apps_consent(apps, &who, user_id, app, app->scopes, NULL, request);
}

static inline bj_status_t exchange(const char *api_key, const char *request, const char *checksum,
                            bj_caller_t *caller, char token[BJ_JWT_BYTES]) {
    const bj_api_exchange_t ex = {
        .api_key = api_key, .request_token = request, .checksum = checksum, .key = ""};
    return bj_apps_session(apps, "10.0.0.2", &ex, caller, token);
}

static inline bj_api_app_t app_make(uint64_t user_id, char secret[BJ_TOKEN_BYTES]) {
    bj_api_app_t app = {.user_id = user_id,
                        .name = "Robot",
                        .redirect_url = "https://b.in/back",
                        .kite_library = true,
                        .scopes = BJ_SCOPE_PROFILE | BJ_SCOPE_ORDERS_READ};
    BJ_CHECK(bj_apps_create(apps, &who, &app, secret) == BJ_OK);
    BJ_CHECK(app.app_id && bj_api_key_formed(app.api_key) && bj_token_formed(secret));
    return app;
}

/* A token for user_id, as "KEY:TOKEN" in credential_of. */
static inline bj_status_t log_in(const bj_api_app_t *app, const char *secret, uint64_t user_id) {
    char request[BJ_TOKEN_BYTES], checksum[BJ_API_CHECKSUM_BYTES], token[BJ_JWT_BYTES];
    bj_caller_t caller;
    BJ_CHECK(consent(user_id, app, request) == BJ_OK);
    bj_api_checksum(app->api_key, request, secret, checksum);
    bj_status_t status =
        exchange(app->api_key, request, checksum, &caller, token);
    snprintf(credential_of, sizeof credential_of, "%s:%s", app->api_key, token);
    return status;
}

static inline bj_status_t is_in(const char *credential) {
    bj_caller_t caller;
    bj_status_t status = bj_apps_caller(apps, credential, &caller);
    BJ_CHECK(status == BJ_OK ? caller.app_id > 0 : caller.role == BJ_ROLE_NONE);
    return status;
}

static inline void make_key(const char *dir, char key_file[96]) {
    snprintf(key_file, 96, "%s/key", dir);
    FILE *key = fopen(key_file, "w");
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!key || !PEM_write_PrivateKey(key, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(key);
    EVP_PKEY_free(pkey);
}

/* PostgreSQL, Redis and the apps on them; dir is where their files lie. */
typedef struct apps_world {
    char key_file[96], socket[96];
    bj_seal_t *seal;
    pid_t redis;
} apps_world_t;

static inline void apps_begin(apps_world_t *world, const char *dir) {
    make_key(dir, world->key_file);
    snprintf(world->socket, sizeof world->socket, "%s/redis.sock", dir);
    world->redis = child_start((char *[]){"redis-server", "--port", "0", "--unixsocket",
                                          world->socket, "--save", "", NULL});
    config = (bj_apps_config_t){.db = bj_db_pool_new(getenv("BJ_TEST_PG_CONTROL"), 4, 3000),
                                .cache = bj_cache_new(world->socket),
                                .own_url = "https://own",
                                .kite_url = "https://kite",
                                .token_key_file = world->key_file};
    owner = bj_db_pool_new(getenv("BJ_TEST_PG"), 2, 3000);
    config.keys = keys_test_new(config.db, "1 " KEYS_TEST_A "\n", &world->seal);
    apps = bj_apps_new(&config);
    if (!apps) abort();
    CHILD_CHECK_SOON(5000, bj_cache_set(config.cache, "x", "y", 1, 9) == BJ_OK);
}

static inline void apps_end(apps_world_t *world) {
    bj_apps_free(apps);
    bj_keys_free(config.keys);
    bj_seal_free(world->seal);
    bj_cache_free(config.cache);
    bj_db_pool_free(config.db);
    bj_db_pool_free(owner);
}

#endif
