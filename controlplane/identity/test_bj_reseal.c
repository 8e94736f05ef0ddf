/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): people from before there were sealed fields are sealed, and found all
 * the while; after a new key everything is sealed anew, however often that is broken off. */
#include <stdlib.h>
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_reseal.h"
#include "controlplane/identity/bj_token.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/audit/entered_test.h"
#include "dataplane/base/bj_test.h"

enum { PEOPLE = 250 };
static bj_db_pool_t *db, *owner;
static bj_keys_t *keys;
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

static bool known(const char *email, const char *name) {
    bj_user_t user;
    return bj_user_by_email(db, keys, email, &user) == BJ_OK && !strcmp(user.email, email) &&
           !strcmp(user.name, name);
}

static void test_clear(void) {
    uint32_t account_id;
    uint8_t token[BJ_HASH_BYTES] = {1}, old_token[BJ_HASH_BYTES] = {2};
    bj_user_t user;
    BJ_SESSIONS_ENDED ended = {0};
    tell(ENTERED
         "INSERT INTO users (email, name, password_hash, confirmed_at) SELECT 'p' || n ||"
         " '@b.in', 'Person ' || n, '$argon2id$x', now() FROM e, generate_series(1, 250) n");
    tell(ENTERED "INSERT INTO users (email, name, password_hash) SELECT 'late@b.in', 'Late',"
                 " '$argon2id$x' FROM e");
    tell(ENTERED "INSERT INTO mail_tokens (token_hash, user_id, purpose, name, password_hash,"
                 " expires_at) SELECT decode('02' || repeat('00', 31), 'hex'), user_id, 'confirm',"
                 " 'Late Too', '$argon2id$y', now() + interval '1 day' FROM users, e"
                 " WHERE email = 'late@b.in'");
    BJ_CHECK(known("p7@b.in", "Person 7") && !known("p999@b.in", "x"));
    /* An address in clear is not given to another, nor twice to the same. */
    const bj_user_new_t taken = {.email = "p7@b.in",
                                 .name = "Thief",
                                 .password_hash = hash,
                                 .watchlist = "{}",
                                 .role = BJ_ROLE_CLIENT};
    BJ_CHECK(bj_user_register(db, keys, &who, &taken, token) == BJ_ERR_EXISTS);
    BJ_CHECK(known("p7@b.in", "Person 7"));
    const bj_user_new_t again = {.email = "p8@b.in",
                                 .name = "Person Eight",
                                 .watchlist = "{}",
                                 .password_hash = hash,
                                 .role = BJ_ROLE_ADMIN};
    BJ_CHECK(bj_user_put(db, keys, &who, &again, &account_id, &ended) == BJ_OK);
    BJ_CHECK(known("p8@b.in", "Person Eight"));
    BJ_CHECK(number("SELECT count(*) FROM users") == PEOPLE + 1);
    /* A link from before confirms a user from before, and one that is sealed by then. */
    bj_reseal_t reseal = {.after = 0};
    do {
        BJ_CHECK(bj_reseal_step(db, keys, &who, NULL, 40, &reseal) == BJ_OK && !reseal.failed);
    } while (!reseal.round);
    BJ_CHECK(number("SELECT count(*) FROM users WHERE email IS NOT NULL") == 0);
    uint64_t confirmed;
    BJ_CHECK(bj_user_confirm(db, &who, old_token, &confirmed) == BJ_OK);
    BJ_CHECK(known("late@b.in", "Late Too"));
    BJ_CHECK(bj_user_by_email(db, keys, "late@b.in", &user) == BJ_OK && user.confirmed);
    BJ_CHECK(number("SELECT count(*) FROM users u WHERE u::text ~* '@b.in|person|late'") == 0);
    BJ_CHECK(number("SELECT count(*) FROM mail_tokens t WHERE t::text ~* 'late'") == 0);
    for (int i = 1; i <= 6; i++) {
        char email[24], name[24];
        snprintf(email, sizeof email, "p%d@b.in", i * 40);
        snprintf(name, sizeof name, "Person %d", i * 40);
        BJ_CHECK(known(email, name));
    }
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'keys.reseal'") == 7);
}

static void test_rotation(void) {
    uint16_t key_id;
    bj_reseal_left_t left, before;
    bj_reseal_t reseal = {.after = 0};
    BJ_CHECK(bj_reseal_left(db, keys, &left) == BJ_OK && left.rows == 0 && left.passing == 0);
    /* What lies for days only is counted and let be: a link from before, and a way back. */
    tell(ENTERED "INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash) SELECT"
                 " sha256('t'), user_id, 'email', email_sealed, '\\xffff'::bytea || sha256('h')"
                 " FROM users, e ORDER BY user_id LIMIT 1");
    tell(ENTERED "INSERT INTO contact_changes (user_id, kind, sealed, hash) SELECT user_id,"
                 " 'email', email_sealed, '\\xffff'::bytea || sha256('h') FROM users, e"
                 " ORDER BY user_id LIMIT 1");
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_CONTACT, "test", &key_id) == BJ_OK);
    BJ_CHECK(bj_reseal_left(db, keys, &left) == BJ_OK && left.rows == PEOPLE + 1);
    BJ_CHECK(bj_reseal_step(db, keys, &who, NULL, 30, &reseal) == BJ_OK && reseal.done == 30);
    BJ_CHECK(known("p1@b.in", "Person 1") && known("p250@b.in", "Person 250"));
    BJ_CHECK(bj_reseal_left(db, keys, &before) == BJ_OK && before.rows == left.rows - 30);
    /* Broken off: another begins from nothing, meets a row that does not open, and passes it. */
    tell("CREATE TABLE kept AS SELECT user_id, name_sealed FROM users ORDER BY user_id DESC LIMIT "
         "5");
    tell(ENTERED "UPDATE users u SET name_sealed = set_byte(u.name_sealed, 19,"
                 " get_byte(u.name_sealed, 19) # 1)"
                 " FROM kept k, e WHERE u.user_id = k.user_id");
    bj_reseal_t anew = {.after = 0};
    size_t failed = 0, done = 0;
    do {
        BJ_CHECK(bj_reseal_step(db, keys, &who, NULL, 0, &anew) == BJ_OK);
        failed += anew.failed, done += anew.done;
    } while (!anew.round);
    BJ_CHECK(failed == 5 && done == before.rows - 5);
    tell(ENTERED "UPDATE users u SET name_sealed = k.name_sealed FROM kept k, e"
                 " WHERE u.user_id = k.user_id");
    BJ_CHECK(bj_reseal_step(db, keys, &who, NULL, 0, &anew) == BJ_OK && anew.done == 5);
    BJ_CHECK(bj_reseal_left(db, keys, &left) == BJ_OK && left.rows == 0 && left.passing == 3);
    char sql[160];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM users WHERE sealed_by(email_sealed) <> %u OR"
             " sealed_by(name_sealed) <> %u",
             key_id, key_id);
    BJ_CHECK(number(sql) == 0 && known("p1@b.in", "Person 1"));
}

/* Rows that cannot be sealed stay, and stop no other: one too long for a cell, and an address that
 * a server from before has given away again. */
static void test_left_over(void) {
    bj_reseal_t reseal = {.after = 0};
    tell(ENTERED "INSERT INTO users (email, name, password_hash, confirmed_at) SELECT mail, 'Twin',"
                 " '$argon2id$x', now() FROM e, unnest(ARRAY[repeat(U&'\\00fc', 200) || '@b.in',"
                 " 'p1@b.in', 'after@b.in']) mail");
    BJ_CHECK(known("p1@b.in", "Person 1"));
    BJ_CHECK(bj_reseal_step(db, keys, &who, NULL, 0, &reseal) == BJ_OK && reseal.round);
    BJ_CHECK(reseal.done == 1 && reseal.failed == 2);
    BJ_CHECK(number("SELECT count(*) FROM users WHERE email IS NOT NULL") == 2);
    BJ_CHECK(known("after@b.in", "Twin") && known("p1@b.in", "Person 1"));
    tell(ENTERED "DELETE FROM users u USING e WHERE u.email IS NOT NULL");
}

/* A cell of one person in another's row is nobody's name. */
static void test_moved(void) {
    bj_user_t user;
    tell(ENTERED "UPDATE users u SET name_sealed = o.name_sealed FROM e, (SELECT name_sealed FROM"
                 " users ORDER BY user_id LIMIT 1) o"
                 " WHERE u.user_id = (SELECT max(user_id) FROM users)");
    BJ_CHECK(bj_user_by_email(db, keys, "late@b.in", &user) == BJ_ERR_CORRUPT);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    bj_seal_t *seal;
    if (!control || !boss) {
        fprintf(stderr, "test_bj_reseal: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(BJ_RESEAL_STEP_MAX > 0);
        return bj_test_end("test_bj_reseal (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 4, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    test_clear();
    test_rotation();
    test_moved();
    test_left_over();
    bj_keys_free(keys);
    bj_seal_free(seal);
    bj_db_pool_free(db), bj_db_pool_free(owner);
    return bj_test_end("test_bj_reseal");
}
