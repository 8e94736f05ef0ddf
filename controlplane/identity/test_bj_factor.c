/* With a PostgreSQL (see test_bj_identity_repo): enrolling, logging in by two steps, codes that
 * count once even when two come at once, recovery codes, tries that one person cannot use up for
 * another, keys that change. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/identity/bj_argon.h"
#include "controlplane/store/bj_bytea.h"
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_prove.h"
#include "controlplane/identity/reset_test.h"
#include "controlplane/identity/rotation_test.h"
#include "controlplane/identity/totp_test.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/store/bj_bytea.h"
#include "controlplane/audit/entered_test.h"
#include "dataplane/base/bj_test.h"

static const char word[] = "correct horse battery";

static bj_db_pool_t *db, *owner;
static const bj_trail_who_t who = {.actor = "nobody", .role = "none", .address = "10.0.0.9"};
static bj_identity_t *identity;
static bj_seal_t *seal;
static uint64_t asha, ravi;
static bj_recovery_codes_t codes;
static int ended_cnt; /* sessions whose streams were ended */

static void on_end(void *ctx, const uint8_t *session_hash) {
    ended_cnt += !ctx && session_hash;
}

static void tell(const char *sql) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}

static uint64_t user_of(const char *email) {
    bj_user_t user = {.user_id = 0};
    BJ_CHECK(bj_user_by_email(db, identity->config.keys, email, &user) == BJ_OK);
    return user.user_id;
}

static uint64_t add(const char *email) {
    uint32_t account;
    BJ_CHECK(bj_identity_add(identity, email, "A", BJ_ROLE_CLIENT, word, &account) == BJ_OK);
    return user_of(email);
}

static bj_status_t check(uint64_t user_id, const char *token, const char *code,
                         uint32_t *retry_s) {
    bj_device_t device = bj_factor_device(identity, user_id, token);
    return bj_factor_check(identity, &who, user_id, &device, code, retry_s);
}

/* So that a test need not wait for the next half minute. */
static void forget_steps(void) {
    tell("UPDATE totp_factors SET last_step = 1 WHERE confirmed_at IS NOT NULL");
}

static bj_login_t first_step(const char *email, const char *device) {
    bj_login_t login = {.client = "10.0.0.1", .device = device, .user_agent = "x"};
    BJ_CHECK(bj_login_password(identity, email, word, &login) == BJ_OK);
    return login;
}

/* The newest entry: by whom, act, outcome, reason. */
static void newest(void *ctx, const bj_trail_entry_t *e) {
    snprintf(ctx, 200, "%s %s %s %s", e->actor, e->act, e->outcome, e->reason ? e->reason : "-");
}

static bool entered(uint64_t actor, const char *words) {
    char got[200] = "", want[200];
    const bj_trail_filter_t filter = {.limit = 1};
    BJ_CHECK(bj_trail_select(db, &filter, false, newest, got) == BJ_OK);
    if (actor) snprintf(want, sizeof want, "user:%llu %s", (unsigned long long)actor, words);
    else snprintf(want, sizeof want, "%s", words);
    if (strcmp(got, want)) fprintf(stderr, "  newest entry: %s\n", got);
    return strcmp(got, want) == 0;
}

static void seq_of(void *ctx, const bj_trail_entry_t *e) { *(uint64_t *)ctx = e->seq; }

static uint64_t entry_cnt(void) {
    uint64_t seq = 0;
    const bj_trail_filter_t filter = {.limit = 1};
    BJ_CHECK(bj_trail_select(db, &filter, false, seq_of, &seq) == BJ_OK);
    return seq;
}

/* A session of asha's, from before she had an app. */
static bj_login_t hers;

static void test_enrol(void) {
    char text[BJ_TOTP_TEXT_BYTES], old[BJ_TOTP_TEXT_BYTES];
    bj_factor_state_t state;
    uint32_t retry_s;
    bj_user_t before;
    bj_login_t mine = first_step("asha@b.in", ""), other = first_step("asha@b.in", "");
    const bj_login_t first = mine;
    BJ_CHECK(bj_user_by_id(db, identity->config.keys, asha, &before) == BJ_OK);
    BJ_CHECK(confirm(identity, &mine, "123456", codes, &retry_s) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_factor_enrol(identity, &who, asha, old) == BJ_OK);
    BJ_CHECK(bj_factor_enrol(identity, &who, asha, text) == BJ_OK && strcmp(old, text) != 0);
    BJ_CHECK(bj_factor_state(identity, asha, &state) == BJ_OK && !state.totp);
    bj_login_t login = first_step("asha@b.in", "");
    BJ_CHECK(login.token[0] && !login.pending[0]); /* not asked for before it is confirmed */
    unbase32(old, secret);
    BJ_CHECK(confirm(identity, &mine, code_at(0), codes, &retry_s) == BJ_ERR_DENIED);
    unbase32(text, secret);
    BJ_CHECK(check(asha, "", code_at(0), &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(confirm(identity, &mine, wrong_code(), codes, &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(confirm(identity, &mine, code_at(0), codes, &retry_s) == BJ_OK);
    BJ_CHECK(bj_factor_state(identity, asha, &state) == BJ_OK);
    BJ_CHECK(state.totp && state.recovery_cnt == BJ_RECOVERY_CNT);
    /* Whoever had the token from before the app has nothing; the session is the one it was. */
    BJ_CHECK(!opens(identity, &first) && opens(identity, &mine));
    BJ_CHECK(memcmp(first.caller.token_hash, mine.caller.session_hash, BJ_HASH_BYTES) == 0);
    hers = mine;
    /* What another session had proved by the password alone counts no more; nor does a password
     * that was judged before and comes late. */
    BJ_CHECK(proof_age_s(identity, mine.token) < 60);
    BJ_CHECK(proof_age_s(identity, other.token) > 24 * 3600);
    BJ_CHECK(proved(identity, &other, &before) == BJ_ERR_DENIED);
    BJ_CHECK(proof_age_s(identity, other.token) > 24 * 3600);
    BJ_CHECK(bj_factor_enrol(identity, &who, asha, text) == BJ_ERR_EXISTS);
    BJ_CHECK(entered(0, "nobody auth.factor.enrol refused there is a factor already"));
    BJ_CHECK(confirm(identity, &mine, code_at(0), codes, &retry_s) == BJ_ERR_NOT_FOUND);
    /* The secret is not in the table as it is. */
    bj_totp_row_t row;
    BJ_CHECK(bj_totp_select(db, asha, &row) == BJ_OK && row.secret.key_id >= 1000);
    BJ_CHECK(!memmem(row.secret.data, row.secret.data_bytes, secret, 8));
}

static void test_two_steps(void) {
    bj_caller_t got;
    bj_login_t login = first_step("asha@b.in", "");
    BJ_CHECK(login.pending[0] && !login.token[0] && !login.new_device[0]);
    BJ_CHECK(entered(0, "nobody auth.login asked -"));
    /* What comes between the two steps is no session. */
    BJ_CHECK(bj_identity_session(identity, login.pending, &got) == BJ_ERR_NOT_FOUND);
    /* The code that confirmed the factor does not log in as well. */
    forget_steps();
    uint32_t retry_s;
    char used[16];
    snprintf(used, sizeof used, "%s", code_at(0));
    BJ_CHECK(check(asha, "", used, &retry_s) == BJ_OK);
    BJ_CHECK(bj_login_factor(identity, login.pending, used, &login) == BJ_ERR_DENIED);
    BJ_CHECK(bj_login_factor(identity, login.pending, code_at(-1), &login) == BJ_ERR_DENIED);
    BJ_CHECK(entered(0, "nobody auth.login refused wrong code"));
    BJ_CHECK(!login.token[0]);
    forget_steps();
    BJ_CHECK(bj_login_factor(identity, login.pending, code_at(0), &login) == BJ_OK);
    BJ_CHECK(login.token[0] && strcmp(login.token, login.pending) != 0 && login.new_device[0]);
    BJ_CHECK(entered(asha, "auth.login done -"));
    BJ_CHECK(bj_identity_session(identity, login.token, &got) == BJ_OK && got.user_id == asha);
    BJ_CHECK(got.proved_ns > bj_clock_wall_ns() - 60 * BJ_NS_PER_S);
    /* Good for one session. */
    forget_steps();
    bj_login_t again = {.client = "", .device = "", .user_agent = ""};
    BJ_CHECK(bj_login_factor(identity, login.pending, code_at(0), &again) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_login_factor(identity, "nonsense", code_at(0), &again) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(entered(0, "nobody auth.login refused no such log-in, or too late"));
    /* Too late. */
    again = first_step("asha@b.in", "");
    tell("UPDATE login_pending SET expires_at = now()");
    BJ_CHECK(bj_login_factor(identity, again.pending, code_at(0), &again) == BJ_ERR_NOT_FOUND);
    /* Five tries, and then not the right one either. */
    again = first_step("asha@b.in", "");
    for (int i = 0; i < BJ_PENDING_TRIES; i++) {
        BJ_CHECK(bj_login_factor(identity, again.pending, "abc", &again) == BJ_ERR_DENIED);
    }
    BJ_CHECK(bj_login_factor(identity, again.pending, code_at(0), &again) == BJ_ERR_NOT_FOUND);
}

static char raced_code[16];
static void *race(void *ctx) {
    uint32_t retry_s;
    *(bj_status_t *)ctx = check(asha, "", raced_code, &retry_s);
    return NULL;
}

static void test_race(void) {
    enum { THREADS = 4, ROUNDS = 10 };
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        bj_status_t got[THREADS];
        int ok_cnt = 0;
        tell("DELETE FROM auth_tries");
        forget_steps();
        snprintf(raced_code, sizeof raced_code, "%s", code_at(0));
        for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, race, &got[i]);
        for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL), ok_cnt += got[i] == BJ_OK;
        BJ_CHECK(ok_cnt == 1);
    }
    tell("DELETE FROM auth_tries");
}

static void test_recovery(void) {
    uint32_t retry_s;
    bj_login_t theirs = first_step("ravi@b.in", "");
    uint8_t hash[BJ_HASH_BYTES];
    char lower[BJ_RECOVERY_BYTES];
    bj_recovery_codes_t fresh;
    bj_factor_state_t state;
    for (size_t i = 0; i < sizeof lower; i++) {
        lower[i] = (char)(codes[1][i] | (codes[1][i] > '9' ? 32 : 0));
    }
    BJ_CHECK(check(asha, "", codes[0], &retry_s) == BJ_OK);
    BJ_CHECK(check(asha, "", codes[0], &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(check(ravi, "", codes[1], &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(check(asha, "", lower, &retry_s) == BJ_OK);
    BJ_CHECK(entered(0, "nobody auth.factor.recover done -"));
    BJ_CHECK(bj_factor_state(identity, asha, &state) == BJ_OK && state.recovery_cnt == 8);
    BJ_CHECK(renew(identity, &theirs, fresh) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(renew(identity, &hers, fresh) == BJ_OK);
    BJ_CHECK(entered(0, "nobody auth.factor.codes done -"));
    BJ_CHECK(check(asha, "", codes[2], &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(bj_factor_state(identity, asha, &state) == BJ_OK && state.recovery_cnt == 10);
    memcpy(codes, fresh, sizeof codes);
    BJ_CHECK(!bj_recovery_hash("", hash));
    BJ_CHECK(!bj_recovery_hash("ABCDE-FGHIJ-KLMNO-PQRST-UVWXY", hash));
    BJ_CHECK(!bj_recovery_hash("ABCDE-FGHIJ-KLMNO-PQRST-UVWXYZA", hash));
    BJ_CHECK(!bj_recovery_hash("ABCDE-FGHIJ-KLMNO-PQRST-UVWXY1", hash));
}

/* Somebody with the password uses up the tries: the owner's device and recovery codes go on. */
static void test_tries(void) {
    uint32_t retry_s = 0;
    bj_login_t login = first_step("asha@b.in", "");
    forget_steps();
    BJ_CHECK(bj_login_factor(identity, login.pending, code_at(0), &login) == BJ_OK);
    for (int i = 0; i < 10; i++) {
        BJ_CHECK(check(asha, "", wrong_code(), &retry_s) ==
                 BJ_ERR_DENIED);
        BJ_CHECK(retry_s == 0);
    }
    forget_steps();
    BJ_CHECK(check(asha, "", code_at(0), &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(retry_s > 300 && retry_s <= 360);
    /* A token of the right form that is not one of ours is no device. */
    char other[BJ_TOKEN_BYTES];
    bj_token_make(other);
    BJ_CHECK(check(asha, other, code_at(0), &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(retry_s > 300);
    BJ_CHECK(check(asha, login.new_device, code_at(0), &retry_s) ==
             BJ_OK);
    BJ_CHECK(check(asha, "", codes[0], &retry_s) == BJ_OK);
    /* A try is given back for a right code: many right ones are not too many. */
    for (int i = 0; i < 15; i++) {
        forget_steps();
        BJ_CHECK(check(asha, login.new_device, code_at(0), &retry_s) ==
                 BJ_OK);
    }
    tell("UPDATE auth_tries SET full_at = full_at - interval '6 minutes'");
    forget_steps();
    BJ_CHECK(check(asha, "", code_at(0), &retry_s) == BJ_OK);
    tell("DELETE FROM auth_tries");
}

static void test_devices(void) {
    bj_login_t login = first_step("ravi@b.in", "");
    BJ_CHECK(login.token[0] && login.new_device[0]);
    char device[BJ_TOKEN_BYTES], planted[BJ_TOKEN_BYTES];
    memcpy(device, login.new_device, sizeof device);
    login = first_step("ravi@b.in", device);
    BJ_CHECK(login.token[0] && !login.new_device[0]); /* known: it stays */
    bj_token_make(planted);
    login = first_step("ravi@b.in", planted);
    BJ_CHECK(login.new_device[0] && strcmp(login.new_device, planted) != 0);
    login = first_step("ravi@b.in", "nonsense; x");
    BJ_CHECK(login.new_device[0]);
    tell("UPDATE login_devices SET seen_at = now() - interval '181 days'");
    login = first_step("ravi@b.in", device);
    BJ_CHECK(login.new_device[0]);
    for (int i = 0; i < 25; i++) login = first_step("ravi@b.in", "");
    BJ_DB_RESULT rows = NULL;
    uint32_t cnt = 0;
    BJ_CHECK(bj_db_query(owner, "SELECT max(n) FROM (SELECT count(*) n FROM login_devices GROUP BY"
                                " user_id) t", BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u32(rows, 0, 0, &cnt) && cnt == 20);
}

static bj_status_t wrong_login(const char *email, const char *client, const char *device,
                               uint32_t *retry_s) {
    bj_login_t login = {.client = client, .device = device, .user_agent = "x"};
    bj_status_t status = bj_login_password(identity, email, "wrong horse battery", &login);
    *retry_s = login.retry_s;
    return status;
}

static size_t rehash_cnt(void) {
    BJ_DB_RESULT rows = NULL;
    uint64_t cnt = 0;
    BJ_CHECK(bj_db_query(owner,
                         "SELECT count(*) FROM audit_entries WHERE actor = 'server'"
                         " AND act = 'auth.password.rehash'",
                         BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &cnt));
    return cnt;
}

static void *log_in(void *arg) {
    bj_login_t login = {.client = "10.0.0.1", .device = "", .user_agent = "x"};
    *(bj_status_t *)arg = bj_login_password(identity, "ravi@b.in", word, &login);
    return NULL;
}

/* An app that ravi has said yes to. */
static void let_app_in(void) {
    BJ_DB_CONN conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK);
    BJ_CHECK(bj_db_script(
                 conn, "BEGIN; SET LOCAL session_replication_role = replica;"
                       " INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id,"
                       "  secret) SELECT 'aaaaaaaaaaaaaaaa', user_id, 'A', 'https://b.in/',"
                       "  'profile', 1, decode(repeat('00', 71), 'hex') FROM users"
                       "  WHERE user_id = (SELECT user_id FROM users ORDER BY user_id"
                       "   OFFSET 1 LIMIT 1);"
                       " INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at)"
                       "  SELECT app_id, user_id, sha256('x'), now() + interval '1 hour' FROM apps"
                       "  WHERE api_key = 'aaaaaaaaaaaaaaaa';"
                       " COMMIT") == BJ_OK);
}

static uint64_t app_token_cnt(void) {
    BJ_DB_RESULT rows = NULL;
    uint64_t cnt = 99;
    BJ_CHECK(bj_db_query(owner, "SELECT count(*) FROM app_tokens WHERE token_hash = sha256('x')",
                         BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &cnt));
    return cnt;
}

/* When hashes have become dearer the next log-in has a new one, also when two come at once. */
static void test_rehash(void) {
    pthread_t threads[4];
    bj_status_t status[4];
    bj_user_t user = {.user_id = 0};
    size_t before = rehash_cnt();
    let_app_in();
    bj_argon_use((bj_argon_cost_t){24576, 2});
    for (size_t i = 0; i < BJ_COUNT(threads); i++) {
        pthread_create(&threads[i], NULL, log_in, &status[i]);
    }
    for (size_t i = 0; i < BJ_COUNT(threads); i++) {
        pthread_join(threads[i], NULL);
        BJ_CHECK(status[i] == BJ_OK);
    }
    BJ_CHECK(rehash_cnt() == before + 1);
    BJ_CHECK(app_token_cnt() == 1); /* the same password still */
    BJ_CHECK(bj_user_by_email(db, identity->config.keys, "ravi@b.in", &user) == BJ_OK);
    BJ_CHECK(!strncmp(user.password_hash, "$argon2id$v=19$m=24576,t=2,p=1$", 31));
    bj_argon_use(BJ_ARGON_LEAST);
    first_step("ravi@b.in", "");
    BJ_CHECK(rehash_cnt() == before + 1); /* never cheaper */
}

/* Wrong passwords from one place end that place's tries for that user, and nobody else's; a known
 * device goes on even there. */
static void test_password_tries(void) {
    uint32_t retry_s;
    bj_login_t login = first_step("ravi@b.in", "");
    char device[BJ_TOKEN_BYTES];
    memcpy(device, login.new_device, sizeof device);
    uint64_t before = entry_cnt();
    for (int i = 0; i < 10; i++) {
        BJ_CHECK(wrong_login("ravi@b.in", "10.0.0.1", "", &retry_s) == BJ_ERR_DENIED && !retry_s);
    }
    BJ_CHECK(wrong_login("ravi@b.in", "10.0.0.1", "", &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(retry_s > 60 && retry_s <= 90);
    BJ_CHECK(entry_cnt() == before + 10); /* past the tries there is none */
    login = (bj_login_t){.client = "10.0.0.1", .device = "", .user_agent = "x"};
    BJ_CHECK(bj_login_password(identity, "ravi@b.in", word, &login) == BJ_ERR_DENIED);
    login = first_step("ravi@b.in", device);
    BJ_CHECK(login.token[0]);
    login = (bj_login_t){.client = "10.0.0.2", .device = "", .user_agent = "x"};
    BJ_CHECK(bj_login_password(identity, "ravi@b.in", word, &login) == BJ_OK);
    /* The same for an address that nobody has: it tells nothing. */
    for (int i = 0; i < 11; i++) {
        BJ_CHECK(wrong_login("no@b.in", "10.0.0.1", "", &retry_s) == BJ_ERR_DENIED);
        BJ_CHECK((retry_s > 0) == (i == 10));
    }
    /* One place that goes through many users; with IPv6 a place is a network. */
    char email[32], client[48];
    int stopped_at = 0;
    for (int i = 0; i < 70 && !stopped_at; i++) {
        snprintf(email, sizeof email, "u%d@b.in", i);
        snprintf(client, sizeof client, "2001:db8:0:1::%x", i);
        BJ_CHECK(wrong_login(email, client, "", &retry_s) == BJ_ERR_DENIED);
        if (retry_s) stopped_at = i;
    }
    BJ_CHECK(stopped_at >= 60); /* some may have been earned back meanwhile */
    BJ_CHECK(wrong_login("u70@b.in", "2001:db8:0:2::1", "", &retry_s) == BJ_ERR_DENIED);
    BJ_CHECK(retry_s == 0);
    tell("DELETE FROM auth_tries");
}

static bj_status_t prove(bj_login_t *login, const char *code, const char *password,
                         const char *wants) {
    bj_proof_t proof = {.code = code, .password = password, .device = "", .address = "::1"};
    uint32_t retry_s;
    bj_rotation_t rotation = rotation_of(login);
    bj_status_t status = rotation_keep(&rotation, login,
                                       bj_identity_prove(identity, &rotation, &proof, &retry_s));
    BJ_CHECK(!strcmp(proof.wants, wants));
    return retry_s ? BJ_ERR_FULL : status;
}

/* What could not be entered was not done: the session has the token that it had, and no other. */
static void test_not_committed(void) {
    const bj_login_t login = first_step("ravi@b.in", "");
    bj_proof_t proof = {.code = "", .password = word, .device = "", .address = "\xff"};
    const char *refused;
    uint32_t retry_s;
    bj_rotation_t rotation = rotation_of(&login);
    BJ_CHECK(bj_identity_prove(identity, &rotation, &proof, &retry_s) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(!rotation.token[0] && opens(identity, &login));
    BJ_CHECK(bj_change_password(identity, &rotation, "\xff", word, "staple battery horse", &refused,
                                &retry_s) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(!refused && !rotation.token[0] && opens(identity, &login));
    proof.address = "::1";
    BJ_CHECK(bj_identity_prove(identity, &rotation, &proof, &retry_s) == BJ_OK);
    BJ_CHECK(rotation.token[0] && !opens(identity, &login));
}

static void test_step_up(void) {
    bj_login_t login = first_step("ravi@b.in", ""), other = first_step("ravi@b.in", "");
    BJ_CHECK(proof_age_s(identity, login.token) < 60);
    tell(ENTERED "UPDATE sessions SET proved_at = now() - interval '1 hour' FROM e");
    /* What is told behind the server's back it hears of in a second. */
    bj_session_forget(identity->memory, login.caller.token_hash);
    bj_session_forget(identity->memory, other.caller.token_hash);
    BJ_CHECK(proof_age_s(identity, login.token) >= 3600);
    BJ_CHECK(prove(&login, "", "", "password") == BJ_ERR_BAD_FIELD);
    BJ_CHECK(prove(&login, "123456", "", "password") == BJ_ERR_BAD_FIELD);
    BJ_CHECK(prove(&login, "", "wrong horse battery", "password") == BJ_ERR_DENIED);
    BJ_CHECK(entered(ravi, "auth.prove refused wrong password"));
    BJ_CHECK(proof_age_s(identity, login.token) >= 3600);
    const bj_login_t before = login;
    BJ_CHECK(prove(&login, "", word, "password") == BJ_OK);
    BJ_CHECK(entered(ravi, "auth.prove done -"));
    /* The token from before it opens nothing, proves nothing and changes nothing. */
    BJ_CHECK(!opens(identity, &before) && opens(identity, &login));
    bj_login_t late = before;
    BJ_CHECK(prove(&late, "", word, "password") == BJ_ERR_SEQUENCE && opens(identity, &login));
    BJ_CHECK(proof_age_s(identity, login.token) < 60);
    BJ_CHECK(proof_age_s(identity, other.token) >= 3600); /* that session's only */
    for (int i = 0; i < 9; i++) BJ_CHECK(prove(&login, "", "x", "password") == BJ_ERR_DENIED);
    BJ_CHECK(prove(&login, "", word, "password") == BJ_ERR_FULL);
    BJ_CHECK(prove(&other, "", word, "password") == BJ_OK);
    BJ_CHECK(bj_identity_logout(identity, &other.caller, "::1") == BJ_OK);
    BJ_CHECK(prove(&other, "", word, "password") == BJ_ERR_SEQUENCE);
    /* Who has a factor proves by it, not by the password. */
    login = first_step("asha@b.in", "");
    forget_steps();
    BJ_CHECK(bj_login_factor(identity, login.pending, code_at(0), &login) == BJ_OK);
    tell(ENTERED "UPDATE sessions SET proved_at = now() - interval '1 hour' FROM e");
    BJ_CHECK(prove(&login, "", word, "code") == BJ_ERR_BAD_FIELD);
    BJ_CHECK(prove(&login, wrong_code(), word, "code") == BJ_ERR_DENIED);
    BJ_CHECK(proof_age_s(identity, login.token) >= 3600);
    forget_steps();
    BJ_CHECK(prove(&login, code_at(0), "", "code") == BJ_OK);
    BJ_CHECK(proof_age_s(identity, login.token) < 60);
    tell("DELETE FROM auth_tries");
}

/* As it was before there were data keys: sealed by the key file itself. */
static void put_old(uint16_t key_id, const bj_seal_t *by) {
    char what[40], number[16];
    bj_sealed_t sealed;
    snprintf(what, sizeof what, "totp %llu", (unsigned long long)asha);
    snprintf(number, sizeof number, "%u", key_id);
    BJ_CHECK(bj_seal_close(by, what, secret, sizeof secret, &sealed));
    BJ_CHECK(bj_db_query(owner,
                         ENTERED "UPDATE totp_factors SET key_id = $1, secret = $2::bytea"
                                 " FROM e WHERE user_id = $3",
                         BJ_DB_PARAMS(number, bj_bytea(sealed.data, sealed.data_bytes).text,
                                      bj_db_u64(asha).text),
                         NULL) == BJ_OK);
}

static void test_key_change(void) {
    bj_totp_row_t row;
    uint32_t retry_s;
    uint16_t first, second;
    BJ_CHECK(bj_totp_select(db, asha, &row) == BJ_OK && row.secret.key_id >= 1000);
    first = row.secret.key_id;
    BJ_CHECK(bj_keys_rotate(identity->config.keys, &who, BJ_KEYS_FACTORS, "test", &second) ==
             BJ_OK);
    forget_steps();
    BJ_CHECK(check(asha, "", code_at(0), &retry_s) == BJ_OK);
    BJ_CHECK(bj_totp_select(db, asha, &row) == BJ_OK && row.secret.key_id == second);
    BJ_CHECK(second > first && entered(0, "server auth.factor.reseal done -"));
    put_old(1, seal);
    forget_steps();
    BJ_CHECK(check(asha, "", code_at(0), &retry_s) == BJ_OK);
    BJ_CHECK(bj_totp_select(db, asha, &row) == BJ_OK && row.secret.key_id == second);
    /* Its key is gone, or the row is another user's: nobody gets in by accident. */
    put_old(2, seal);
    forget_steps();
    BJ_CHECK(check(asha, "", code_at(0), &retry_s) == BJ_ERR_UNAVAILABLE);
    put_old(1, seal);
    char sql[320];
    snprintf(sql, sizeof sql, ENTERED "UPDATE totp_factors SET user_id = %llu FROM e",
             (unsigned long long)ravi);
    tell(sql);
    BJ_CHECK(check(ravi, "", code_at(0), &retry_s) == BJ_ERR_UNAVAILABLE);
    snprintf(sql, sizeof sql, ENTERED "UPDATE totp_factors SET user_id = %llu FROM e",
             (unsigned long long)asha);
    tell(sql);
}

static void test_remove(void) {
    bj_factor_state_t state;
    bj_login_t theirs = first_step("ravi@b.in", "");
    uint32_t retry_s;
    hers = first_step("asha@b.in", "");
    BJ_CHECK(bj_login_factor(identity, hers.pending, codes[4], &hers) == BJ_OK);
    BJ_CHECK(remove_app(identity, &theirs) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(remove_app(identity, &hers) == BJ_OK);
    BJ_CHECK(bj_factor_state(identity, asha, &state) == BJ_OK);
    BJ_CHECK(!state.totp && state.recovery_cnt == 0);
    BJ_CHECK(check(asha, "", codes[5], &retry_s) == BJ_ERR_DENIED);
    bj_login_t login = first_step("asha@b.in", "");
    BJ_CHECK(login.token[0] && !login.pending[0]);
}

/* --- passwords */

static bool may_log_in(const char *email, const char *password) {
    bj_login_t login = {.client = "10.0.0.9", .device = "", .user_agent = "x"};
    return bj_login_password(identity, email, password, &login) == BJ_OK;
}

static bj_status_t change(bj_login_t *login, const char *old, const char *password,
                          const char **refused) {
    uint32_t retry_s;
    bj_rotation_t rotation = rotation_of(login);
    bj_status_t status =
        bj_change_password(identity, &rotation, "::1", old, password, refused, &retry_s);
    return rotation_keep(&rotation, login, status);
}

/* The mail's way is the world test's; here a link's row is made by hand. */
static void make_link(uint64_t user_id, char token[BJ_TOKEN_BYTES]) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(token);
    bj_token_hash(token, hash);
    BJ_CHECK(bj_db_query(db, ENTERED
                         "INSERT INTO mail_tokens (token_hash, user_id, purpose, expires_at)"
                         " SELECT $1::bytea, $2::bigint, 'reset', now() + interval '1 hour' FROM e",
                         BJ_DB_PARAMS(bj_bytea(hash, sizeof hash).text, bj_db_u64(user_id).text),
                         NULL) == BJ_OK);
}

static void test_change(void) {
    static const char fresh[] = "battery staple horse";
    const char *refused = NULL;
    char link[BJ_TOKEN_BYTES];
    bj_login_t mine = first_step("ravi@b.in", ""), other = first_step("ravi@b.in", "");
    const bj_login_t old = mine;
    ended_cnt = 0;
    BJ_CHECK(change(&mine, "wrong", fresh, &refused) == BJ_ERR_DENIED);
    BJ_CHECK(change(&mine, word, "password123", &refused) == BJ_ERR_BAD_FIELD && refused);
    BJ_CHECK(change(&mine, word, word, &refused) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(opens(identity, &other) && ended_cnt == 0);
    BJ_CHECK(entered(ravi, "auth.password refused wrong password"));
    make_link(ravi, link);
    BJ_CHECK(change(&mine, word, fresh, &refused) == BJ_OK);
    BJ_CHECK(opens(identity, &mine) && !opens(identity, &other) && ended_cnt > 0);
    BJ_CHECK(!opens(identity, &old));
    BJ_CHECK(entered(ravi, "auth.password done -"));
    BJ_CHECK(reset_by(identity, &who, link, word, &refused) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(!may_log_in("ravi@b.in", word) && may_log_in("ravi@b.in", fresh));
    BJ_CHECK(change(&mine, word, fresh, &refused) == BJ_ERR_DENIED);
    BJ_CHECK(change(&mine, fresh, word, &refused) == BJ_OK);
}

static void test_reset(void) {
    static const char fresh[] = "staple horse battery";
    const char *refused = NULL;
    char token[BJ_TOKEN_BYTES], second[BJ_TOKEN_BYTES], late[BJ_TOKEN_BYTES];
    bj_login_t login = first_step("ravi@b.in", "");
    BJ_CHECK(bj_db_query(db, RESET_TEST_FIRST, BJ_DB_PARAMS(bj_db_u64(ravi).text), NULL) == BJ_OK);
    make_link(ravi, late);
    tell("UPDATE mail_tokens SET expires_at = now()");
    make_link(ravi, token);
    make_link(ravi, second);
    BJ_CHECK(reset_by(identity, &who, "nonsense", fresh, &refused) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(reset_by(identity, &who, late, fresh, &refused) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(entered(0, "nobody auth.reset refused no such link"));
    BJ_CHECK(reset_by(identity, &who, token, "password123", &refused) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_identity_confirm(identity, &who, token) == BJ_ERR_NOT_FOUND); /* of another kind */
    BJ_CHECK(opens(identity, &login));
    BJ_CHECK(reset_by(identity, &who, token, fresh, &refused) == BJ_OK);
    BJ_CHECK(entered(0, "nobody auth.reset done -"));
    BJ_CHECK(!opens(identity, &login) && may_log_in("ravi@b.in", fresh));
    BJ_CHECK(!bj_factor_device(identity, ravi, login.new_device).known);
    BJ_CHECK(reset_by(identity, &who, token, word, &refused) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(reset_by(identity, &who, second, word, &refused) == BJ_ERR_NOT_FOUND);
    /* A mailbox does not take the second factor away. */
    make_link(asha, token);
    BJ_CHECK(reset_by(identity, &who, token, word, &refused) == BJ_OK);
    BJ_CHECK(first_step("asha@b.in", "").pending[0]);
}

/* Set-up gives another password: all that the old one had begun ends, as by a reset. */
static void test_add_again(void) {
    const char *refused = NULL;
    char link[BJ_TOKEN_BYTES];
    bj_login_t login = first_step("asha@b.in", ""), known;
    BJ_CHECK(add("ravi@b.in") == ravi); /* whose password is another one since the reset */
    known = first_step("ravi@b.in", "");
    make_link(asha, link);
    forget_steps();
    BJ_CHECK(login.pending[0]);
    ended_cnt = 0;
    BJ_CHECK(add("ravi@b.in") == ravi && add("asha@b.in") == asha);
    BJ_CHECK(ended_cnt > 0 && !opens(identity, &known));
    BJ_CHECK(!bj_factor_device(identity, ravi, known.new_device).known);
    BJ_CHECK(bj_login_factor(identity, login.pending, code_at(0), &login) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(reset_by(identity, &who, link, word, &refused) == BJ_ERR_NOT_FOUND);
}

static uint32_t link_cnt(void) {
    BJ_DB_RESULT rows = NULL;
    uint32_t cnt = 0;
    BJ_CHECK(bj_db_query(owner, "SELECT count(*) FROM mail_tokens", BJ_DB_NO_PARAMS, &rows) ==
             BJ_OK);
    BJ_CHECK(bj_db_get_u32(rows, 0, 0, &cnt));
    return cnt;
}

/* The same for who is there and who is not, but for the link; three at once. */
static void test_forgot(void) {
    uint32_t before = link_cnt();
    BJ_CHECK(bj_change_forgot(identity, &who, "nobody@b.in") == BJ_OK && link_cnt() == before);
    BJ_CHECK(entered(0, "nobody auth.forgot refused no such user, or suspended"));
    for (int i = 0; i < 5; i++) BJ_CHECK(bj_change_forgot(identity, &who, "ravi@b.in") == BJ_OK);
    BJ_CHECK(link_cnt() == before + 3);
    char sql[320];
    snprintf(sql, sizeof sql,
             ENTERED "UPDATE users SET confirmed_at = NULL FROM e WHERE user_id = %llu",
             (unsigned long long)ravi);
    tell(sql);
    tell("DELETE FROM auth_tries");
    BJ_CHECK(bj_change_forgot(identity, &who, "ravi@b.in") == BJ_OK && link_cnt() == before + 3);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    if (!control || !boss) {
        fprintf(stderr, "test_bj_factor: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(bj_totp_formed("123456"));
        return bj_test_end("test_bj_factor (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 4, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    bj_identity_config_t config = {.db = db,
                                   .cache = bj_cache_new("/nonexistent/redis.sock"),
                                   .origin = "https://localhost",
                                   .notify = {.end = on_end},
                                   .totp_late_steps = 1, /* a step may end meanwhile */
                                   .keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal)};
    identity = bj_identity_new(&config);
    asha = add("asha@b.in");
    ravi = add("ravi@b.in");
    test_enrol();
    test_two_steps();
    test_race();
    test_recovery();
    test_tries();
    test_devices();
    test_rehash();
    test_password_tries();
    test_not_committed();
    test_step_up();
    test_change();
    test_key_change();
    test_reset();
    test_add_again();
    test_remove();
    test_forgot();
    bj_keys_free(identity->config.keys);
    bj_seal_free(seal);
    bj_cache_free(config.cache);
    bj_identity_free(identity);
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_factor");
}
