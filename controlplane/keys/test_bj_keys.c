/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): data keys by the key file and by a stand-in for Vault, new keys while
 * others read and write, and Vault sealed, killed and back. */
#include "controlplane/keys/bj_cell.h"
#include "controlplane/keys/bj_keys_priv.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/keys/vault_test.h"
#include "controlplane/store/child_test.h"
#include "controlplane/audit/entered_test.h"
#include "dataplane/base/bj_test.h"

static bj_db_pool_t *db, *owner;
static const bj_trail_who_t who = {.actor = "operator", .role = "admin", .address = "10.0.0.9"};

static void tell(const char *sql) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}

static int64_t number(const char *sql) {
    BJ_DB_RESULT rows = NULL;
    int64_t n = -1;
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_i64(rows, 0, 0, &n));
    return n;
}

static bool opens(bj_keys_t *keys, bj_keys_category_t category, const char *what,
                  const bj_sealed_t *sealed) {
    char back[5];
    return bj_keys_open(keys, category, what, sealed, back, 5) == BJ_OK &&
           memcmp(back, "Asha!", 5) == 0;
}

static void test_file(bj_keys_t *keys, bj_keys_t *other) {
    bj_sealed_t one, two;
    uint16_t key_id;
    uint8_t mac[2][BJ_KEYS_MAC_BYTES];
    char back[5];
    BJ_CHECK(bj_keys_close(keys, BJ_KEYS_CONTACT, "users.name 1", "Asha!", 5, &one) == BJ_OK);
    BJ_CHECK(one.key_id >= 1000 && opens(keys, BJ_KEYS_CONTACT, "users.name 1", &one));
    BJ_CHECK(opens(other, BJ_KEYS_CONTACT, "users.name 1", &one)); /* as another process */
    BJ_CHECK(bj_keys_open(keys, BJ_KEYS_CONTACT, "users.name 2", &one, back, 5) == BJ_ERR_CORRUPT);
    BJ_CHECK(bj_keys_open(keys, BJ_KEYS_CONTACT, "users.email 1", &one, back, 5) == BJ_ERR_CORRUPT);
    BJ_CHECK(bj_keys_open(keys, BJ_KEYS_KYC, "users.name 1", &one, back, 5) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_CONTACT, "test", &key_id) == BJ_OK);
    BJ_CHECK(bj_keys_close(keys, BJ_KEYS_CONTACT, "users.name 1", "Asha!", 5, &two) == BJ_OK);
    BJ_CHECK(key_id > one.key_id && two.key_id == key_id);
    BJ_CHECK(opens(keys, BJ_KEYS_CONTACT, "users.name 1", &one));
    BJ_CHECK(opens(other, BJ_KEYS_CONTACT, "users.name 1", &two)); /* which looks for it */
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_LOOKUP, "test", &key_id) == BJ_ERR_DENIED);
    BJ_CHECK(bj_keys_mac(keys, "users.email", "a@b.in", mac[0]) == BJ_OK);
    BJ_CHECK(bj_keys_mac(other, "users.email", "a@b.in", mac[1]) == BJ_OK);
    BJ_CHECK(!memcmp(mac[0], mac[1], sizeof mac[0]));
    BJ_CHECK(bj_keys_mac(keys, "users.phone", "a@b.in", mac[1]) == BJ_OK);
    BJ_CHECK(memcmp(mac[0], mac[1], sizeof mac[0]) != 0);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act IN ('keys.make', 'keys.rotate')"
                    " AND subject LIKE 'key:contact/%'") == 2);
    BJ_CHECK(number("SELECT count(*) FROM data_keys WHERE category = 'lookup'") == 1);
}

/* Another cipher is a new key beside the old ones; who is not told of it reads all the same. */
static void test_other_cipher(bj_seal_t *seal, bj_keys_t *plain) {
    bj_keys_t *keys = bj_keys_new(
        &(bj_keys_config_t){.db = db, .seal = seal, .cipher = BJ_CIPHER_CHACHA20_POLY1305});
    bj_keys_key_t key = {.id = 0};
    bj_sealed_t aes, chacha;
    uint16_t key_id;
    uint8_t back[5];
    BJ_CHECK(bj_keys_close(plain, BJ_KEYS_APPS, "app A", "Asha!", 5, &aes) == BJ_OK);
    BJ_CHECK(opens(keys, BJ_KEYS_APPS, "app A", &aes));
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_APPS, "another cipher", &key_id) == BJ_OK);
    BJ_CHECK(bj_keys_close(keys, BJ_KEYS_APPS, "app A", "Asha!", 5, &chacha) == BJ_OK);
    BJ_CHECK(chacha.key_id == key_id && key_id > aes.key_id);
    BJ_CHECK(opens(keys, BJ_KEYS_APPS, "app A", &chacha));
    BJ_CHECK(opens(plain, BJ_KEYS_APPS, "app A", &chacha));
    BJ_CHECK(opens(plain, BJ_KEYS_APPS, "app A", &aes));
    for (size_t i = 0; i < keys->key_cnt; i++) {
        if (keys->key[i].id == key_id) key = keys->key[i];
    }
    BJ_CHECK(key.alg == BJ_CIPHER_CHACHA20_POLY1305);
    BJ_CHECK(bj_seal_open_by(BJ_CIPHER_CHACHA20_POLY1305, key.key, "app A", &chacha, back, 5) ==
             BJ_OK);
    BJ_CHECK(bj_seal_open_by(BJ_CIPHER_AES_256_GCM, key.key, "app A", &chacha, back, 5) ==
             BJ_ERR_CORRUPT);
    bj_keys_free(keys);
}

/* A row of data_keys put in another's place is no key. */
static void test_swapped(bj_seal_t *seal) {
    bj_sealed_t sealed;
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal});
    uint16_t key_id;
    BJ_CHECK(bj_keys_close(keys, BJ_KEYS_KYC, "kyc.pan 1", "Asha!", 5, &sealed) == BJ_OK);
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_KYC, "test", &key_id) == BJ_OK);
    bj_keys_free(keys);
    tell("CREATE TABLE kept AS SELECT * FROM data_keys");
    tell(ENTERED
         "UPDATE data_keys d SET wrapped = k.wrapped FROM kept k, e WHERE d.category = 'kyc'"
         " AND k.category = 'kyc' AND d.key_id <> k.key_id");
    keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal});
    char back[5];
    BJ_CHECK(bj_keys_open(keys, BJ_KEYS_KYC, "kyc.pan 1", &sealed, back, 5) == BJ_ERR_NOT_FOUND);
    bj_keys_free(keys);
    tell(ENTERED "UPDATE data_keys d SET wrapped = k.wrapped FROM kept k, e"
                 " WHERE d.key_id = k.key_id");
    keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal});
    BJ_CHECK(opens(keys, BJ_KEYS_KYC, "kyc.pan 1", &sealed));
    bj_keys_free(keys);
}

/* Keys that cannot be had (another key file): nothing is made in their place, no number is used up
 * by asking, and the usable ones get their new root key all the same. */
static void test_lost_file(void) {
    bj_seal_t *wrong = keys_test_seal("7 " KEYS_TEST_B "\n");
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = wrong});
    bj_sealed_t sealed;
    uint8_t mac[BJ_KEYS_MAC_BYTES];
    int64_t next = number("SELECT last_value FROM data_keys_key_id_seq");
    for (int i = 0; i < 20; i++) {
        BJ_CHECK(bj_keys_close(keys, BJ_KEYS_CONTACT, "x", "Asha!", 5, &sealed) ==
                 BJ_ERR_UNAVAILABLE);
        BJ_CHECK(bj_keys_mac(keys, "users.email", "a@b.in", mac) == BJ_ERR_UNAVAILABLE);
    }
    BJ_CHECK(number("SELECT last_value FROM data_keys_key_id_seq") == next);
    bj_keys_free(keys), bj_seal_free(wrong);
}

/* One that nothing unwraps is told, and stops none of the others. */
static void test_rewrap_past_lost(void) {
    size_t done_cnt;
    bj_seal_t *there = keys_test_seal("3 " KEYS_TEST_A "\n2 " KEYS_TEST_B "\n");
    bj_seal_t *back = keys_test_seal("2 " KEYS_TEST_B "\n3 " KEYS_TEST_A "\n");
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = there});
    int64_t all = number("SELECT count(*) FROM data_keys");
    tell("CREATE TABLE lost AS SELECT * FROM data_keys ORDER BY key_id LIMIT 1");
    tell(ENTERED "UPDATE data_keys d SET wrapped = 'file:99:AAAA' FROM lost l, e"
                 " WHERE d.key_id = l.key_id");
    BJ_CHECK(bj_keys_rewrap(keys, &who, "test", &done_cnt) == BJ_ERR_NOT_FOUND);
    BJ_CHECK((int64_t)done_cnt == all - 1);
    bj_keys_free(keys);
    tell(ENTERED "UPDATE data_keys d SET wrapped = l.wrapped FROM lost l, e"
                 " WHERE d.key_id = l.key_id");
    keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = back});
    BJ_CHECK(bj_keys_rewrap(keys, &who, "test", &done_cnt) == BJ_OK);
    bj_keys_free(keys), bj_seal_free(there), bj_seal_free(back);
}

static void test_new_file(const bj_sealed_t *sealed) {
    size_t done_cnt;
    bj_seal_t *both = keys_test_seal("2 " KEYS_TEST_B "\n1 " KEYS_TEST_A "\n");
    bj_seal_t *second = keys_test_seal("2 " KEYS_TEST_B "\n");
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = both});
    BJ_CHECK(bj_keys_rewrap(keys, &who, "test", &done_cnt) == BJ_OK && done_cnt >= 4);
    BJ_CHECK(bj_keys_rewrap(keys, &who, "test", &done_cnt) == BJ_OK && done_cnt == 0);
    bj_keys_free(keys);
    keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = second}); /* the old line has gone */
    BJ_CHECK(opens(keys, BJ_KEYS_CONTACT, "users.name 9", sealed));
    bj_keys_free(keys);
    bj_seal_free(both), bj_seal_free(second);
}

/* --- new keys while others read and write */

enum { WORKERS = 4, ROTATIONS = 6 };
static bj_keys_t *shared;
static atomic_bool stop;
static _Atomic unsigned rounds, wrong;

static void *work(void *arg) {
    (void)arg;
    bj_sealed_t sealed, first;
    BJ_CHECK(bj_keys_close(shared, BJ_KEYS_CONTACT, "w", "Asha!", 5, &first) == BJ_OK);
    uint16_t last = first.key_id;
    while (!stop) {
        if (bj_keys_close(shared, BJ_KEYS_CONTACT, "w", "Asha!", 5, &sealed) != BJ_OK)
            wrong++;
        else if (!opens(shared, BJ_KEYS_CONTACT, "w", &sealed))
            wrong++;
        else if (!opens(shared, BJ_KEYS_CONTACT, "w", &first))
            wrong++;
        if (sealed.key_id < last) wrong++; /* never back to an older one */
        last = sealed.key_id;
        rounds++;
    }
    return NULL;
}

static void test_rotation_under_load(bj_keys_t *keys, bj_keys_t *other) {
    pthread_t threads[WORKERS];
    uint16_t key_id;
    shared = keys;
    stop = false;
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < ROTATIONS; i++) {
        BJ_CHECK(bj_keys_rotate(i % 2 ? keys : other, &who, BJ_KEYS_CONTACT, "t", &key_id) ==
                 BJ_OK);
        child_sleep_ms(5);
    }
    stop = true;
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    BJ_CHECK(wrong == 0 && rounds > 0);
}

/* --- Vault */

static void test_vault(vault_test_t *there, bj_seal_t *seal, const bj_sealed_t *old) {
    bj_vault_t *vault = vault_test_client(there);
    bj_sealed_t sealed;
    size_t done_cnt;
    uint16_t key_id;
    char back[5];
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal, .vault = vault});
    /* Moving in: what the file has wrapped opens still, and then Vault wraps all of it. */
    BJ_CHECK(opens(keys, BJ_KEYS_CONTACT, "users.name 9", old));
    BJ_CHECK(bj_keys_rewrap(keys, &who, "to Vault", &done_cnt) == BJ_OK && done_cnt >= 4);
    BJ_CHECK(number("SELECT count(*) FROM data_keys WHERE wrapped NOT LIKE 'vault:v1:%'") == 0);
    bj_keys_free(keys);
    /* Sealed at start: no keys, and no storm of questions. */
    there->mood = VAULT_SEALED;
    keys = bj_keys_new(&(bj_keys_config_t){.db = db, .vault = vault});
    int asked = there->asked_cnt;
    for (int i = 0; i < 50; i++) {
        BJ_CHECK(bj_keys_open(keys, BJ_KEYS_CONTACT, "users.name 9", old, back, 5) ==
                 BJ_ERR_UNAVAILABLE);
    }
    BJ_CHECK(there->asked_cnt - asked <= 4); /* one a second */
    there->mood = VAULT_WELL;
    CHILD_CHECK_SOON(3000, opens(keys, BJ_KEYS_CONTACT, "users.name 9", old));
    /* Killed later: reading and writing go on, a new key is not to be had. */
    vault_test_kill(there);
    BJ_CHECK(bj_keys_close(keys, BJ_KEYS_CONTACT, "x", "Asha!", 5, &sealed) == BJ_OK);
    BJ_CHECK(opens(keys, BJ_KEYS_CONTACT, "x", &sealed));
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_CONTACT, "t", &key_id) == BJ_ERR_UNAVAILABLE);
    vault_test_listen(there);
    there->version = 2;
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_CONTACT, "t", &key_id) == BJ_OK);
    BJ_CHECK(bj_keys_rewrap(keys, &who, "v2", &done_cnt) == BJ_OK);
    BJ_CHECK(number("SELECT count(*) FROM data_keys WHERE wrapped NOT LIKE 'vault:v2:%'") == 0);
    BJ_CHECK(opens(keys, BJ_KEYS_CONTACT, "x", &sealed));
    bj_keys_free(keys);
    bj_vault_free(vault);
}

int main(void) {
    static vault_test_t there;
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    char dir[64];
    BJ_CHECK(!bj_keys_new(&(bj_keys_config_t){.db = NULL})); /* nothing that could wrap */
    if (!control || !boss) {
        fprintf(stderr, "test_bj_keys: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        return bj_test_end("test_bj_keys (without BJ_TEST_PG)");
    }
    signal(SIGPIPE, SIG_IGN);
    db = bj_db_pool_new(control, 8, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    bj_seal_t *seal = keys_test_seal("1 " KEYS_TEST_A "\n");
    bj_keys_t *keys = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal});
    bj_keys_t *other = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal});
    bj_sealed_t kept;
    test_file(keys, other);
    test_other_cipher(seal, keys);
    test_swapped(seal);
    test_rotation_under_load(keys, other);
    BJ_CHECK(bj_keys_close(keys, BJ_KEYS_CONTACT, "users.name 9", "Asha!", 5, &kept) == BJ_OK);
    test_lost_file();
    test_new_file(&kept);
    test_rewrap_past_lost();
    bj_seal_t *second = keys_test_seal("2 " KEYS_TEST_B "\n");
    if (!child_mkdir(dir, sizeof dir)) abort();
    vault_test_start(&there, dir);
    test_vault(&there, second, &kept);
    vault_test_end(&there);
    rmdir(dir);
    bj_keys_free(keys), bj_keys_free(other);
    bj_seal_free(seal), bj_seal_free(second);
    bj_db_pool_free(db), bj_db_pool_free(owner);
    return bj_test_end("test_bj_keys");
}
