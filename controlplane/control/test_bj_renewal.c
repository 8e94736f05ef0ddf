/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): keys that are too old get another one beside them, once however many
 * servers see it, and a newer root key wraps them all. */
#include "controlplane/control/bj_renewal.h"
#include <pthread.h>
#include <stdlib.h>
#include "controlplane/audit/entered_test.h"
#include "controlplane/keys/keys_test.h"
#include "dataplane/base/bj_test.h"

enum { DAYS = 365, SERVERS = 4 };
static bj_db_pool_t *db, *owner;
static bj_seal_t *seal;
static const bj_trail_who_t who = {.actor = "server", .role = "none", .address = "local"};

static int64_t number(const char *sql) {
    BJ_DB_RESULT rows = NULL;
    int64_t n = -1;
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_i64(rows, 0, 0, &n));
    return n;
}
static void tell(const char *sql) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}
static bool opens(bj_keys_t *keys, const bj_sealed_t *sealed) {
    char back[5];
    return bj_keys_open(keys, BJ_KEYS_CONTACT, "x", sealed, back, 5) == BJ_OK &&
           memcmp(back, "Asha!", 5) == 0;
}

static bj_keys_t *server[SERVERS];
static _Atomic size_t renewed;
static void *look(void *arg) {
    renewed += bj_renewal_step(arg, &who, DAYS);
    return NULL;
}
static void all_look(void) {
    pthread_t threads[SERVERS];
    for (int i = 0; i < SERVERS; i++)
        pthread_create(&threads[i], NULL, look, server[i]);
    for (int i = 0; i < SERVERS; i++)
        pthread_join(threads[i], NULL);
}

static void test_age(void) {
    bj_sealed_t before, after;
    uint8_t mac[BJ_KEYS_MAC_BYTES];
    BJ_CHECK(bj_keys_close(server[0], BJ_KEYS_CONTACT, "x", "Asha!", 5, &before) == BJ_OK);
    BJ_CHECK(bj_keys_mac(server[0], "x", "y", mac) == BJ_OK);
    all_look();
    BJ_CHECK(renewed == 0);
    /* A day short of it, and past it; a category that nobody has used yet gets none. */
    tell(ENTERED "UPDATE data_keys SET created_at = now() - interval '364 days' FROM e");
    all_look();
    BJ_CHECK(renewed == 0 && number("SELECT count(*) FROM data_keys") == 2);
    tell(ENTERED "UPDATE data_keys SET created_at = now() - interval '366 days' FROM e");
    /* Of a server that finds the tables busy nothing is seen: the next turn does it. */
    for (int turn = 0; turn < 20 && renewed < 2; turn++)
        all_look();
    BJ_CHECK(renewed == 2 && number("SELECT count(*) FROM data_keys") == 4);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'keys.rotate' AND actor ="
                    " 'server' AND reason = 'by itself: 366 days old'") == 2);
    all_look(); /* the old ones stay, and are not looked at any more */
    BJ_CHECK(renewed == 2 && number("SELECT count(*) FROM data_keys") == 4);
    /* Who has made it seals under it at once, the others within the minute; all open it. */
    bj_keys_t *fresh = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal});
    BJ_CHECK(bj_keys_close(fresh, BJ_KEYS_CONTACT, "x", "Asha!", 5, &after) == BJ_OK);
    BJ_CHECK(after.key_id > before.key_id);
    bj_keys_free(fresh);
    for (int i = 0; i < SERVERS; i++)
        BJ_CHECK(opens(server[i], &before) && opens(server[i], &after));
}

/* A line in front of the key file, as set-up adds it; then the old one may go. */
static void test_root(void) {
    bj_seal_t *both = keys_test_seal("2 " KEYS_TEST_B "\n1 " KEYS_TEST_A "\n");
    bj_seal_t *late = keys_test_seal("2 " KEYS_TEST_B "\n");
    bj_sealed_t sealed;
    BJ_CHECK(!bj_keys_rewrap_due(server[0]));
    BJ_CHECK(bj_keys_close(server[0], BJ_KEYS_CONTACT, "x", "Asha!", 5, &sealed) == BJ_OK);
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = both});
    BJ_CHECK(bj_keys_rewrap_due(keys));
    BJ_CHECK(bj_renewal_rewrap(keys, &who) == BJ_OK && !bj_keys_rewrap_due(keys));
    BJ_CHECK(bj_renewal_rewrap(keys, &who) == BJ_OK);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'keys.rewrap' AND subject ="
                    " 'keys'") == 1);
    bj_keys_free(keys);
    keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = late});
    BJ_CHECK(opens(keys, &sealed));
    bj_keys_free(keys);
    bj_seal_free(both), bj_seal_free(late);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    if (!control || !boss) {
        fprintf(stderr, "test_bj_renewal: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(BJ_RENEWAL_DAYS_MIN < BJ_RENEWAL_DAYS);
        return bj_test_end("test_bj_renewal (without BJ_TEST_PG)");
    }
    seal = keys_test_seal("1 " KEYS_TEST_A "\n");
    db = bj_db_pool_new(control, 8, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    for (int i = 0; i < SERVERS; i++)
        server[i] = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal});
    test_age();
    test_root();
    for (int i = 0; i < SERVERS; i++)
        bj_keys_free(server[i]);
    bj_seal_free(seal);
    bj_db_pool_free(db), bj_db_pool_free(owner);
    return bj_test_end("test_bj_renewal");
}
