/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): addresses get another key and another algorithm to be found by while
 * people are found, sign up and are refused as before; nobody comes in twice. */
#include "controlplane/identity/bj_rehash.h"
#include <pthread.h>
#include <stdlib.h>
#include "controlplane/audit/entered_test.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/identity/bj_reseal.h"
#include "controlplane/identity/bj_token.h"
#include "controlplane/keys/bj_keys_priv.h"
#include "controlplane/keys/keys_test.h"
#include "dataplane/base/bj_test.h"

enum { PEOPLE = 40, WORKERS = 4, SIGN_UPS = 25 };
static bj_db_pool_t *db, *owner;
static bj_keys_t *first,
    *second; /* two processes: the second is configured for another algorithm */
static const bj_trail_who_t who = {.actor = "server", .role = "none", .address = "local"};
static const char hash[] = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$c29tZWhhc2g";

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

static const char *email_of(int i, char out[32]) {
    snprintf(out, 32, "p%d@b.in", i);
    return out;
}

static bj_status_t sign_up(bj_keys_t *keys, const char *email, const char *phone) {
    uint8_t token[BJ_HASH_BYTES];
    char text[BJ_TOKEN_BYTES];
    bj_token_make(text);
    bj_token_hash(text, token);
    const bj_user_new_t user = {.email = email,
                                .name = "Asha Rao",
                                .phone = phone,
                                .password_hash = hash,
                                .watchlist = "{}",
                                .role = BJ_ROLE_CLIENT};
    return bj_user_register(db, keys, &who, &user, token);
}

static bool all_known(bj_keys_t *keys) {
    char email[32];
    bj_user_t user;
    bool ok = true;
    for (int i = 0; i < PEOPLE; i++) {
        ok = ok && bj_user_by_email(db, keys, email_of(i, email), &user) == BJ_OK &&
             strcmp(user.email, email) == 0;
    }
    return ok && bj_user_by_email(db, keys, "nobody@b.in", &user) == BJ_ERR_NOT_FOUND;
}

static void make_people(void) {
    char email[32];
    for (int i = 0; i < PEOPLE; i++)
        BJ_CHECK(sign_up(first, email_of(i, email), i == 0 ? "+919876543210" : NULL) == BJ_OK);
    tell(ENTERED "UPDATE users SET confirmed_at = now() FROM e");
}

/* The number of the first of them. */
static void verify_phone(void) {
    uint64_t user_id = (uint64_t)number("SELECT min(user_id) FROM users");
    bj_person_hash_t phone;
    bj_cell_t cell;
    char sql[1600];
    BJ_CHECK(bj_person_mac(first, "users.phone", "+919876543210", &phone) == BJ_OK);
    BJ_CHECK(bj_cell_close(first, BJ_KEYS_CONTACT, "users.phone", user_id, "+919876543210",
                           &cell) == BJ_OK);
    snprintf(sql, sizeof sql,
             ENTERED "UPDATE users SET phone_sealed = '%s'::bytea, phone_hash = '%s'::bytea,"
                     " phone_verified_at = now() FROM e WHERE user_id = %llu",
             cell.text, phone.text, (unsigned long long)user_id);
    tell(sql);
}

/* What lies for days only, and a code on its way. */
static void leave_passing(bj_person_hash_t *code) {
    char sql[1600];
    uint64_t user_id = (uint64_t)number("SELECT min(user_id) FROM users");
    bj_cell_t cell;
    bj_person_hash_t mac;
    BJ_CHECK(bj_person_mac(first, "code", "246810", code) == BJ_OK);
    BJ_CHECK(bj_person_mac(first, "users.email", "new@b.in", &mac) == BJ_OK);
    BJ_CHECK(bj_cell_close(first, BJ_KEYS_CONTACT, "users.email", user_id, "new@b.in", &cell) ==
             BJ_OK);
    snprintf(sql, sizeof sql,
             ENTERED "INSERT INTO contact_changes (user_id, kind, sealed, hash, code_hash, sent_at)"
                     " SELECT %llu, 'email', '%s'::bytea, '%s'::bytea, '%s'::bytea, now() FROM e",
             (unsigned long long)user_id, cell.text, mac.text, code->text);
    tell(sql);
    tell(ENTERED "INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash)"
                 " SELECT sha256('t'), user_id, 'email', sealed, hash FROM contact_changes, e");
}

#define UNDER "sealed_by(%s) = (SELECT max(key_id) FROM data_keys WHERE category = 'lookup')"
static int64_t under_newest(const char *table, const char *column) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE " UNDER, table, column);
    return number(sql);
}

/* Ways back beside the one, of the same. */
static void leave_many(int cnt) {
    char sql[400];
    snprintf(sql, sizeof sql,
             ENTERED "INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash)"
                     " SELECT sha256(n::text::bytea), user_id, kind, sealed, hash"
                     " FROM contact_undos, e, generate_series(1, %d) n",
             cnt);
    tell(sql);
}

/* However long somebody else (PostgreSQL's own vacuum) has the tables. */
static bj_status_t change_to(bj_keys_t *keys, const bj_trail_who_t *by, const char *reason,
                             uint16_t *key_id) {
    bj_status_t status = BJ_ERR_UNAVAILABLE;
    for (int i = 0; i < 20 && status == BJ_ERR_UNAVAILABLE; i++)
        status = bj_rehash_begin(keys, by, reason, key_id);
    return status;
}

static void finish(bj_keys_t *keys) {
    bj_reseal_t reseal = {.after = 0};
    do {
        BJ_CHECK(bj_reseal_step(db, keys, &who, NULL, 7, &reseal) == BJ_OK && !reseal.failed);
    } while (!reseal.round);
}

/* As if nobody had an older key any more. */
static void age(void) {
    tell(ENTERED "UPDATE data_keys SET created_at = created_at - interval '1 min' FROM e");
}

static void test_change(void) {
    uint16_t key_id, again;
    bj_person_hash_t code, now;
    bj_reseal_left_t left;
    bj_keys_key_t key;
    BJ_CHECK(all_known(first) && all_known(second));
    leave_passing(&code);
    /* The link of a sign-up, an address that waits, and one way back too many: nothing is done. */
    leave_many(BJ_REHASH_MAX - 2);
    BJ_CHECK(change_to(second, &who, "too many", &key_id) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(number("SELECT count(*) FROM data_keys WHERE category = 'lookup'") == 1);
    tell(ENTERED "DELETE FROM contact_undos USING e WHERE token_hash = sha256('1')");
    BJ_CHECK(change_to(second, &who, "another algorithm", &key_id) == BJ_OK);
    BJ_CHECK(under_newest("contact_undos", "hash") == BJ_REHASH_MAX - 2);
    tell(ENTERED "DELETE FROM contact_undos USING e WHERE token_hash <> sha256('t')");
    BJ_CHECK(bj_keys_find(second, BJ_KEYS_LOOKUP, key_id, 0, &key) && key.alg == BJ_MAC_SHA3_256);
    /* At once. */
    BJ_CHECK(under_newest("contact_changes", "hash") == 1);
    BJ_CHECK(under_newest("contact_undos", "hash") == 1);
    BJ_CHECK(under_newest("mail_tokens", "phone_hash") == 1);
    BJ_CHECK(under_newest("users", "email_hash") == 0);
    BJ_CHECK(bj_person_mac(second, "code", "246810", &now) == BJ_OK);
    BJ_CHECK(strcmp(now.old, code.text) == 0 && strcmp(now.text, code.text) != 0);
    BJ_CHECK(bj_person_mac(second, "users.email", "new@b.in", &now) == BJ_OK);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'keys.rotate' AND subject LIKE"
                    " 'key:lookup/%'") == 1);
    /* Under the old one still: found by who knows both, and by who knows the old one only. */
    BJ_CHECK(all_known(first) && all_known(second));
    BJ_CHECK(bj_reseal_left(db, second, &left) == BJ_OK && left.rows == PEOPLE);
    BJ_CHECK(change_to(second, &who, "too early", &again) == BJ_ERR_EXISTS);
    finish(second); /* nobody is moved while somebody may not know the key yet */
    BJ_CHECK(under_newest("users", "email_hash") == 0);
    /* Nobody signs up twice, by either; who does not know the new key writes nothing under the old
     * one, and knows it the next time. */
    BJ_CHECK(sign_up(second, "p3@b.in", NULL) == BJ_ERR_EXISTS);
    BJ_CHECK(under_newest("users", "email_hash") == 1);
    /* Nor does who has a number too, which waits for its own turn. */
    BJ_CHECK(sign_up(second, "p0@b.in", NULL) == BJ_ERR_EXISTS);
    BJ_CHECK(under_newest("users", "email_hash") == 2 && under_newest("users", "phone_hash") == 0);
    BJ_CHECK(sign_up(first, "fresh@b.in", NULL) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(bj_keys_reload(first) == BJ_OK);
    BJ_CHECK(sign_up(first, "p4@b.in", NULL) == BJ_ERR_EXISTS);
    BJ_CHECK(number("SELECT count(*) FROM users") == PEOPLE);
    age();
    finish(second);
    BJ_CHECK(under_newest("users", "email_hash") == PEOPLE && all_known(first));
    BJ_CHECK(under_newest("users", "phone_hash") == 1);
    BJ_CHECK(bj_reseal_left(db, second, &left) == BJ_OK && left.rows == 0);
    BJ_CHECK(change_to(first, &who, "and back", &again) == BJ_OK && again > key_id);
    BJ_CHECK(bj_keys_find(first, BJ_KEYS_LOOKUP, again, 0, &key) && key.alg == BJ_MAC_SHA256);
    age();
    finish(first);
    BJ_CHECK(bj_keys_reload(second) == BJ_OK && all_known(second) && all_known(first));
}

/* --- many at once: everybody signs up with the same addresses, while the key changes under them */

static _Atomic unsigned made, odd;

static void *work(void *arg) {
    bj_keys_t *keys = arg;
    char email[32];
    for (int i = 0; i < SIGN_UPS; i++) {
        bj_status_t status;
        snprintf(email, sizeof email, "s%d@b.in", i);
        while ((status = sign_up(keys, email, NULL)) == BJ_ERR_UNAVAILABLE) {
            bj_status_t again = bj_keys_reload(keys);
            (void)again; /* it is asked once more */
        }
        made += status == BJ_OK;
        odd += status != BJ_OK && status != BJ_ERR_EXISTS;
    }
    return NULL;
}

static void test_many(void) {
    pthread_t threads[WORKERS];
    uint16_t key_id;
    unsigned changes = 0;
    for (size_t i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, work, i % 2 ? first : second);
    for (int i = 0; i < 3; i++) {
        bj_status_t status = change_to(i % 2 ? first : second, &who, "under load", &key_id);
        changes += status == BJ_OK;
        age();
        finish(i % 2 ? first : second);
    }
    for (size_t i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    BJ_CHECK(changes > 0 && odd == 0 && made >= SIGN_UPS);
    BJ_CHECK(number("SELECT count(*) FROM users") == PEOPLE + SIGN_UPS);
    finish(first);
    BJ_CHECK(under_newest("users", "email_hash") == PEOPLE + SIGN_UPS);
}

/* A newer key that cannot be had: nobody is told that there is no such account. */
static void test_behind(void) {
    bj_person_hash_t out;
    uint16_t key_id;
    BJ_CHECK(change_to(second, &who, "test", &key_id) == BJ_OK);
    BJ_CHECK(bj_person_mac(first, "x", "y", &out) == BJ_OK);
    first->behind = true;
    BJ_CHECK(bj_person_mac(first, "x", "y", &out) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(bj_keys_reload(first) == BJ_OK);
    BJ_CHECK(bj_person_mac(first, "x", "y", &out) == BJ_OK);
    /* Nor if it never can: another server's key file has what wrapped it, ours has not. */
    tell(ENTERED "INSERT INTO data_keys (key_id, category, wrapped)"
                 " SELECT nextval('data_keys_key_id_seq'), 'lookup', 'file:99:AAAA' FROM e");
    BJ_CHECK(bj_keys_reload(first) == BJ_OK);
    BJ_CHECK(bj_person_mac(first, "x", "y", &out) == BJ_ERR_UNAVAILABLE);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    if (!control || !boss) {
        fprintf(stderr, "test_bj_rehash: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(BJ_KEYS_LOOKUPS == 2);
        return bj_test_end("test_bj_rehash (without BJ_TEST_PG)");
    }
    bj_seal_t *seal;
    db = bj_db_pool_new(control, 8, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    first = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    second = bj_keys_new(&(bj_keys_config_t){.db = db, .seal = seal, .mac = BJ_MAC_SHA3_256});
    make_people();
    verify_phone();
    test_change();
    test_many();
    test_behind();
    bj_keys_free(first), bj_keys_free(second);
    bj_seal_free(seal);
    bj_db_pool_free(db), bj_db_pool_free(owner);
    return bj_test_end("test_bj_rehash");
}
