/* With a PostgreSQL (see test_bj_identity_repo) and an authenticator of our own (passkey_test.h):
 * passkeys are added, log in alone and as the second step, prove, and are removed; challenges count
 * once, for what and for whom they were given; a counter that goes back is refused. */
#include <pthread.h>
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_people.h"
#include "controlplane/identity/bj_prove.h"
#include "controlplane/identity/passkey_test.h"
#include "controlplane/identity/rotation_test.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/audit/entered_test.h"
#include "dataplane/base/bj_test.h"

static const char word[] = "correct horse battery";

static bj_db_pool_t *db, *owner;
static bj_identity_t *identity;
static uint64_t asha, ravi;
static passkey_t phone, key; /* both asha's */
static uint64_t phone_id, key_id;
static bj_recovery_codes_t codes;
static const bj_trail_who_t who = {.actor = "nobody", .role = "none", .address = "10.0.0.9"};

static void tell(const char *sql) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, NULL) == BJ_OK);
}

static void newest(void *ctx, const bj_trail_entry_t *e) {
    snprintf(ctx, 200, "%s %s %s", e->act, e->outcome, e->reason ? e->reason : "-");
}

/* The newest entry says so. */
static bool entered(const char *words) {
    char got[200] = "";
    const bj_trail_filter_t filter = {.limit = 1};
    BJ_CHECK(bj_trail_select(db, &filter, false, newest, got) == BJ_OK);
    if (strcmp(got, words)) fprintf(stderr, "  newest entry: %s\n", got);
    return strcmp(got, words) == 0;
}

static uint64_t add_user(const char *email) {
    uint32_t account;
    bj_user_t user = {.user_id = 0};
    BJ_CHECK(bj_identity_add(identity, email, "A", BJ_ROLE_CLIENT, word, &account) == BJ_OK);
    BJ_CHECK(bj_user_by_email(db, identity->config.keys, email, &user) == BJ_OK);
    return user.user_id;
}

static bj_login_t request(void) {
    return (bj_login_t){.client = "10.0.0.1", .device = "", .user_agent = "x"};
}

static bj_login_t by_password(const char *email) {
    bj_login_t login = request();
    BJ_CHECK(bj_login_password(identity, email, word, &login) == BJ_OK);
    return login;
}

static bj_factor_state_t state_of(uint64_t user_id) {
    bj_factor_state_t state;
    BJ_CHECK(bj_factor_state(identity, user_id, &state) == BJ_OK);
    return state;
}

static void challenge_of(bj_passkey_purpose_t purpose, const uint8_t *bound,
                         char out[BJ_TOKEN_BYTES]) {
    BJ_CHECK(bj_passkey_challenge(identity, purpose, bound, out) == BJ_OK);
}

static uint8_t handles[2][BJ_USER_HANDLE_BYTES]; /* asha's, ravi's */

static bj_assertion_t assertion_of(const passkey_t *from, const passkey_said_t *said,
                                   const uint8_t *handle) {
    return (bj_assertion_t){.credential = from->id, .credential_bytes = sizeof from->id,
                            .handle = handle, .handle_bytes = handle ? BJ_USER_HANDLE_BYTES : 0,
                            .said = passkey_as_sent(said)};
}

static bj_status_t log_in_as(passkey_t *from, const char *challenge, const uint8_t *handle,
                             bj_login_t *login) {
    passkey_said_t said = passkey_get(from, challenge);
    bj_assertion_t assertion = assertion_of(from, &said, handle);
    return bj_login_passkey(identity, &assertion, login);
}

static bj_status_t log_in(passkey_t *from, bj_login_t *login) {
    char challenge[BJ_TOKEN_BYTES];
    *login = request();
    challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    return log_in_as(from, challenge, handles[0], login);
}

/* --- what gives a session another token */

static bj_status_t remove_key(bj_login_t *login, uint64_t id) {
    bj_rotation_t rotation = rotation_of(login);
    return rotation_keep(&rotation, login, bj_passkey_remove(identity, &who, &rotation, id));
}

static bj_status_t change(bj_login_t *login, const char *old, const char *password) {
    const char *refused;
    uint32_t retry_s;
    bj_rotation_t rotation = rotation_of(login);
    bj_status_t status =
        bj_change_password(identity, &rotation, "::1", old, password, &refused, &retry_s);
    return rotation_keep(&rotation, login, status);
}

/* --- adding */

static bj_status_t add_as(passkey_t *to, bj_login_t *login, const char *challenge,
                          bj_passkey_add_t *add) {
    passkey_said_t said = passkey_create(to, challenge);
    *add = (bj_passkey_add_t){.name = "Phone", .said = passkey_as_sent(&said)};
    bj_rotation_t rotation = rotation_of(login);
    return rotation_keep(&rotation, login, bj_passkey_add(identity, &who, &rotation, add));
}

static bj_status_t add(passkey_t *to, bj_login_t *login, bj_passkey_add_t *out) {
    char challenge[BJ_TOKEN_BYTES];
    challenge_of(BJ_PASSKEY_ADD, login->caller.session_hash, challenge);
    return add_as(to, login, challenge, out);
}

static void test_add_refused(bj_login_t *mine, const bj_login_t *other) {
    char challenge[BJ_TOKEN_BYTES], second[BJ_TOKEN_BYTES];
    bj_passkey_add_t out;
    passkey_t made = passkey_make(ES256);
    bj_token_make(challenge);
    BJ_CHECK(add_as(&made, mine, challenge, &out) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.passkey.add refused no such challenge, used, or too late"));
    /* Another session's, for something else, an older one, one that took too long. */
    challenge_of(BJ_PASSKEY_ADD, other->caller.session_hash, challenge);
    BJ_CHECK(add_as(&made, mine, challenge, &out) == BJ_ERR_DENIED);
    challenge_of(BJ_PASSKEY_PROVE, mine->caller.session_hash, challenge);
    BJ_CHECK(add_as(&made, mine, challenge, &out) == BJ_ERR_DENIED);
    challenge_of(BJ_PASSKEY_ADD, mine->caller.session_hash, challenge);
    challenge_of(BJ_PASSKEY_ADD, mine->caller.session_hash, second);
    BJ_CHECK(add_as(&made, mine, challenge, &out) == BJ_ERR_DENIED);
    tell("UPDATE passkey_challenges SET expires_at = now()");
    BJ_CHECK(add_as(&made, mine, second, &out) == BJ_ERR_DENIED);
    made.origin = "https://localhost.b.in";
    BJ_CHECK(add(&made, mine, &out) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.passkey.add refused client data of another origin"));
    made.origin = "https://localhost", made.flags = FLAG_UP;
    BJ_CHECK(add(&made, mine, &out) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.passkey.add refused the user was not verified"));
    made.flags = FLAG_UP | FLAG_UV, made.type = "webauthn.get";
    BJ_CHECK(add(&made, mine, &out) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.passkey.add refused client data of another type"));
    BJ_CHECK(state_of(asha).passkey_cnt == 0);
    EVP_PKEY_free(made.pkey);
}

static void test_add(void) {
    bj_login_t mine = by_password("asha@b.in"), other = by_password("asha@b.in");
    bj_login_t stranger = by_password("ravi@b.in");
    bj_passkey_add_t out;
    bj_user_t before;
    BJ_CHECK(bj_user_by_id(db, identity->config.keys, asha, &before) == BJ_OK);
    test_add_refused(&mine, &other);
    BJ_CHECK(proof_age_s(identity, other.token) < 60);
    const bj_login_t first = mine;
    BJ_CHECK(add(&phone, &mine, &out) == BJ_OK && out.first);
    BJ_CHECK(strcmp(first.token, mine.token) != 0);
    bj_caller_t got;
    BJ_CHECK(bj_identity_session(identity, first.token, &got) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(entered("auth.passkey.add done -"));
    phone_id = out.id;
    memcpy(codes, out.codes, sizeof codes);
    bj_factor_state_t state = state_of(asha);
    BJ_CHECK(!state.totp && state.passkey_cnt == 1 && state.recovery_cnt == BJ_RECOVERY_CNT);
    /* As with an app: what others had proved without it counts no more, now or late. */
    BJ_CHECK(proof_age_s(identity, mine.token) < 60);
    BJ_CHECK(proof_age_s(identity, other.token) > 24 * 3600);
    BJ_CHECK(proved(identity, &other, &before) == BJ_ERR_DENIED);
    BJ_CHECK(add(&phone, &mine, &out) == BJ_ERR_EXISTS && !out.full);
    BJ_CHECK(add(&phone, &stranger, &out) == BJ_ERR_EXISTS);
    BJ_CHECK(entered("auth.passkey.add refused it is known already"));
    BJ_CHECK(add(&key, &mine, &out) == BJ_OK && !out.first);
    key_id = out.id;
    BJ_CHECK(state_of(asha).passkey_cnt == 2 && state_of(asha).recovery_cnt == BJ_RECOVERY_CNT);
}

static void test_name(void) {
    static bj_passkey_row_t rows[BJ_PASSKEYS_MAX];
    size_t cnt;
    BJ_CHECK(bj_passkey_name(identity, &who, asha, key_id, "Key in the drawer") == BJ_OK);
    BJ_CHECK(entered("auth.passkey.name done -"));
    BJ_CHECK(bj_passkey_name(identity, &who, ravi, key_id, "Mine") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(entered("auth.passkey.name refused there is no such passkey"));
    BJ_CHECK(bj_passkeys_list(db, asha, rows, &cnt) == BJ_OK && cnt == 2);
    BJ_CHECK(rows[0].id == phone_id && !strcmp(rows[0].name, "Phone") && !rows[0].used_us);
    BJ_CHECK(rows[1].id == key_id && !strcmp(rows[1].name, "Key in the drawer"));
    BJ_CHECK(rows[1].credential_bytes == 32 && !memcmp(rows[1].credential, key.id, 32));
    BJ_CHECK(bj_passkeys_list(db, ravi, rows, &cnt) == BJ_OK && cnt == 0);
}

/* --- logging in without a password */

static void test_login(void) {
    char challenge[BJ_TOKEN_BYTES];
    bj_login_t login;
    bj_caller_t got;
    BJ_CHECK(log_in(&phone, &login) == BJ_OK && login.token[0] && !login.pending[0]);
    BJ_CHECK(entered("auth.login done -"));
    BJ_CHECK(bj_identity_session(identity, login.token, &got) == BJ_OK && got.user_id == asha);
    BJ_CHECK(proof_age_s(identity, login.token) < 60 && login.new_device[0]);
    BJ_CHECK(log_in(&key, &login) == BJ_OK);
    /* The same message again, and the same message for another challenge. */
    challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    passkey_said_t said = passkey_get(&phone, challenge);
    bj_assertion_t assertion = assertion_of(&phone, &said, handles[0]);
    BJ_CHECK(bj_login_passkey(identity, &assertion, &login) == BJ_OK);
    login = request();
    BJ_CHECK(bj_login_passkey(identity, &assertion, &login) == BJ_ERR_DENIED && !login.token[0]);
    BJ_CHECK(entered("auth.login refused no such challenge, used, or too late"));
    char other[BJ_TOKEN_BYTES];
    challenge_of(BJ_PASSKEY_LOGIN, NULL, other);
    memcpy(strstr(said.client, challenge), other, BJ_TOKEN_BYTES - 1);
    BJ_CHECK(bj_login_passkey(identity, &assertion, &login) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused wrong signature"));
}

static void test_login_refused(void) {
    char challenge[BJ_TOKEN_BYTES];
    bj_login_t login = request();
    passkey_t nobody = passkey_make(ES256), thief = key;
    BJ_CHECK(log_in(&nobody, &login) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused no such passkey"));
    challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    BJ_CHECK(log_in_as(&key, challenge, NULL, &login) == BJ_ERR_DENIED);
    challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    BJ_CHECK(log_in_as(&key, challenge, handles[1], &login) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused another user's handle"));
    challenge_of(BJ_PASSKEY_FACTOR, handles[0], challenge); /* any hash will do */
    BJ_CHECK(log_in_as(&key, challenge, handles[0], &login) == BJ_ERR_DENIED);
    /* The name of one credential and the key of another. */
    memcpy(nobody.id, key.id, sizeof key.id);
    nobody.count = 1000;
    BJ_CHECK(log_in(&nobody, &login) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused wrong signature"));
    thief.flags = FLAG_UP;
    BJ_CHECK(log_in(&thief, &login) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused the user was not verified"));
    thief.flags = FLAG_UP | FLAG_UV, thief.origin = "https://bijli.localhost";
    BJ_CHECK(log_in(&thief, &login) == BJ_ERR_DENIED);
    thief.origin = "https://localhost", thief.rp_id = "bijli.localhost";
    BJ_CHECK(log_in(&thief, &login) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused made for another site"));
    BJ_CHECK(log_in(&key, &login) == BJ_OK);
    EVP_PKEY_free(nobody.pkey);
}

/* A counter that stands still or goes back; one that never counts is another matter. */
static void test_counter(void) {
    bj_login_t login;
    passkey_t copy = phone;
    BJ_CHECK(log_in(&phone, &login) == BJ_OK);
    BJ_CHECK(log_in(&copy, &login) == BJ_ERR_DENIED && !login.token[0]);
    BJ_CHECK(entered("auth.login refused the passkey's counter went back"));
    copy.count = 0, copy.still = true;
    BJ_CHECK(log_in(&copy, &login) == BJ_ERR_DENIED);
    BJ_CHECK(log_in(&phone, &login) == BJ_OK);
    char sql[128];
    snprintf(sql, sizeof sql, "UPDATE passkeys SET sign_count = 0 WHERE passkey_id = %llu",
             (unsigned long long)phone_id);
    tell(sql);
    BJ_CHECK(log_in(&copy, &login) == BJ_OK && log_in(&copy, &login) == BJ_OK);
    BJ_CHECK(log_in(&phone, &login) == BJ_OK && log_in(&copy, &login) == BJ_ERR_DENIED);
}

static bj_assertion_t raced;
static void *race(void *ctx) {
    bj_login_t login = request();
    *(bj_status_t *)ctx = bj_login_passkey(identity, &raced, &login);
    return NULL;
}

static void test_race(void) {
    enum { THREADS = 4, ROUNDS = 5 };
    for (int round = 0; round < ROUNDS; round++) {
        char challenge[BJ_TOKEN_BYTES];
        pthread_t threads[THREADS];
        bj_status_t got[THREADS];
        int ok_cnt = 0;
        challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
        passkey_said_t said = passkey_get(&phone, challenge);
        raced = assertion_of(&phone, &said, handles[0]);
        for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, race, &got[i]);
        for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL), ok_cnt += got[i] == BJ_OK;
        BJ_CHECK(ok_cnt == 1);
    }
    tell("DELETE FROM auth_tries");
}

/* --- the second step */

static bj_status_t second_step(bj_login_t *login, passkey_t *from, const uint8_t *handle) {
    char challenge[BJ_TOKEN_BYTES];
    uint64_t user_id = 0;
    bj_status_t status = bj_login_factor_challenge(identity, login->pending, challenge, &user_id);
    if (status != BJ_OK) return status;
    BJ_CHECK(user_id == asha);
    passkey_said_t said = passkey_get(from, challenge);
    bj_assertion_t assertion = assertion_of(from, &said, handle);
    return bj_login_factor_passkey(identity, login->pending, &assertion, login);
}

static void test_second_step(void) {
    bj_login_t login = by_password("asha@b.in"), other = by_password("asha@b.in");
    char challenge[BJ_TOKEN_BYTES];
    uint64_t user_id;
    BJ_CHECK(login.pending[0] && !login.token[0] && login.by_passkey && !login.by_code);
    BJ_CHECK(bj_login_factor(identity, login.pending, "123456", &login) == BJ_ERR_DENIED);
    BJ_CHECK(second_step(&login, &phone, handles[1]) == BJ_ERR_DENIED);
    /* A challenge of another log-in under way. */
    BJ_CHECK(bj_login_factor_challenge(identity, other.pending, challenge, &user_id) == BJ_OK);
    passkey_said_t said = passkey_get(&phone, challenge);
    bj_assertion_t assertion = assertion_of(&phone, &said, NULL);
    BJ_CHECK(bj_login_factor_passkey(identity, login.pending, &assertion, &login) ==
             BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused no such challenge, used, or too late"));
    BJ_CHECK(second_step(&login, &phone, NULL) == BJ_OK && login.token[0]);
    BJ_CHECK(entered("auth.login done -"));
    BJ_CHECK(second_step(&login, &phone, NULL) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_login_factor_passkey(identity, "nonsense", &assertion, &login) ==
             BJ_ERR_NOT_FOUND);
    /* For who has lost it. */
    BJ_CHECK(bj_login_factor(identity, other.pending, codes[0], &other) == BJ_OK);
    BJ_CHECK(state_of(asha).recovery_cnt == BJ_RECOVERY_CNT - 1);
    bj_recovery_codes_t fresh;
    BJ_CHECK(renew(identity, &other, fresh) == BJ_OK);
    memcpy(codes, fresh, sizeof codes);
    /* Five tries. */
    login = by_password("asha@b.in");
    for (int i = 0; i < BJ_PENDING_TRIES; i++) {
        BJ_CHECK(second_step(&login, &phone, handles[1]) == BJ_ERR_DENIED);
    }
    BJ_CHECK(second_step(&login, &phone, NULL) == BJ_ERR_NOT_FOUND);
}

/* Somebody else's passkey is no second step for asha, nor a proof. */
static void test_somebody_elses(void) {
    bj_login_t theirs = by_password("ravi@b.in"), login = by_password("asha@b.in");
    bj_passkey_add_t out;
    passkey_t foreign = passkey_make(EDDSA);
    BJ_CHECK(add(&foreign, &theirs, &out) == BJ_OK && out.first);
    BJ_CHECK(second_step(&login, &foreign, NULL) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused another user's passkey"));
    BJ_CHECK(remove_key(&login, out.id) == BJ_ERR_NOT_FOUND);
    theirs.caller.user_id = asha;
    BJ_CHECK(remove_key(&theirs, out.id) == BJ_ERR_NOT_FOUND);
    theirs.caller.user_id = ravi;
    BJ_CHECK(remove_key(&theirs, out.id) == BJ_OK);
    BJ_CHECK(by_password("ravi@b.in").token[0] && state_of(ravi).recovery_cnt == 0);
    EVP_PKEY_free(foreign.pkey);
}

/* --- a fresh proof */

static bj_status_t prove(bj_login_t *login, const bj_assertion_t *assertion,
                         const char *code, const char *wants) {
    bj_proof_t proof = {.code = code, .password = "", .passkey = assertion, .device = "",
                        .address = "::1"};
    uint32_t retry_s;
    bj_rotation_t rotation = rotation_of(login);
    bj_status_t status = rotation_keep(&rotation, login,
                                       bj_identity_prove(identity, &rotation, &proof, &retry_s));
    BJ_CHECK(!strcmp(proof.wants, wants));
    return retry_s ? BJ_ERR_FULL : status;
}

static bj_status_t prove_by(bj_login_t *login, passkey_t *from, const uint8_t *bound) {
    char challenge[BJ_TOKEN_BYTES];
    challenge_of(BJ_PASSKEY_PROVE, bound, challenge);
    passkey_said_t said = passkey_get(from, challenge);
    bj_assertion_t assertion = assertion_of(from, &said, handles[0]);
    return prove(login, &assertion, "", "passkey");
}

static void test_prove(void) {
    bj_login_t mine, other;
    BJ_CHECK(log_in(&phone, &mine) == BJ_OK && log_in(&key, &other) == BJ_OK);
    tell(ENTERED "UPDATE sessions SET proved_at = now() - interval '1 hour' FROM e");
    BJ_CHECK(prove(&mine, NULL, "", "passkey") == BJ_ERR_BAD_FIELD);
    BJ_CHECK(prove_by(&mine, &phone, other.caller.session_hash) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.prove refused no such challenge, used, or too late"));
    BJ_CHECK(proof_age_s(identity, mine.token) >= 3600);
    BJ_CHECK(prove_by(&mine, &phone, mine.caller.session_hash) == BJ_OK);
    BJ_CHECK(entered("auth.prove done -"));
    BJ_CHECK(proof_age_s(identity, mine.token) < 60 && proof_age_s(identity, other.token) >= 3600);
    BJ_CHECK(prove(&other, NULL, "123456", "code") == BJ_ERR_DENIED);
    BJ_CHECK(prove(&other, NULL, codes[1], "code") == BJ_OK);
    for (int i = 0; i < 9; i++) {
        BJ_CHECK(prove_by(&mine, &phone, other.caller.session_hash) == BJ_ERR_DENIED);
    }
    BJ_CHECK(prove_by(&mine, &phone, mine.caller.session_hash) == BJ_ERR_FULL);
    BJ_CHECK(prove_by(&other, &phone, other.caller.session_hash) == BJ_OK);
    tell("DELETE FROM auth_tries");
}

/* --- guessing */

static void test_tries(void) {
    bj_login_t login, known;
    char device[BJ_TOKEN_BYTES], challenge[BJ_TOKEN_BYTES];
    passkey_t nobody = passkey_make(ES256);
    BJ_CHECK(log_in(&phone, &known) == BJ_OK);
    memcpy(device, known.new_device, sizeof device);
    int stopped_at = 0;
    for (int i = 0; i < 70 && !stopped_at; i++) {
        BJ_CHECK(log_in(&nobody, &login) == BJ_ERR_DENIED);
        if (login.retry_s) stopped_at = i;
    }
    BJ_CHECK(stopped_at >= 60);
    BJ_CHECK(log_in(&phone, &login) == BJ_ERR_DENIED && login.retry_s > 0);
    /* A device that she has logged in with goes on from there. */
    challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    login = request();
    login.device = device;
    BJ_CHECK(log_in_as(&phone, challenge, handles[0], &login) == BJ_OK && !login.new_device[0]);
    tell("DELETE FROM auth_tries");
    EVP_PKEY_free(nobody.pkey);
}

/* --- what changes meanwhile */

static void test_meanwhile(void) {
    static const char fresh[] = "battery staple horse";
    char challenge[BJ_TOKEN_BYTES];
    uint64_t user_id;
    bj_login_t mine, pending = by_password("asha@b.in");
    BJ_CHECK(log_in(&phone, &mine) == BJ_OK);
    BJ_CHECK(bj_login_factor_challenge(identity, pending.pending, challenge, &user_id) == BJ_OK);
    BJ_CHECK(change(&mine, word, fresh) == BJ_OK);
    BJ_CHECK(second_step(&pending, &phone, NULL) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(log_in(&phone, &mine) == BJ_OK); /* the passkey stays */
    BJ_CHECK(change(&mine, fresh, word) == BJ_OK);
    /* A session that would begin by what was judged before a passkey went. */
    bj_user_t before, after;
    BJ_CHECK(bj_user_by_id(db, identity->config.keys, asha, &before) == BJ_OK &&
             before.has_passkey);
    BJ_CHECK(remove_key(&mine, key_id) == BJ_OK);
    BJ_CHECK(entered("auth.passkey.remove done -"));
    BJ_CHECK(proved(identity, &mine, &before) == BJ_ERR_DENIED);
    BJ_CHECK(bj_user_by_id(db, identity->config.keys, asha, &after) == BJ_OK && after.has_passkey);
    BJ_CHECK(proved(identity, &mine, &after) == BJ_OK);
    BJ_CHECK(log_in(&key, &mine) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused no such passkey"));
}

/* --- the end */

static void test_full(void) {
    bj_login_t mine;
    bj_passkey_add_t out;
    BJ_CHECK(log_in(&phone, &mine) == BJ_OK);
    for (int i = 1; i < BJ_PASSKEYS_MAX; i++) {
        passkey_t more = passkey_make(EDDSA);
        BJ_CHECK(add(&more, &mine, &out) == BJ_OK);
        EVP_PKEY_free(more.pkey);
    }
    passkey_t last = passkey_make(EDDSA);
    BJ_CHECK(add(&last, &mine, &out) == BJ_ERR_EXISTS && out.full);
    BJ_CHECK(entered("auth.passkey.add refused there are too many"));
    static bj_passkey_row_t rows[BJ_PASSKEYS_MAX];
    size_t cnt;
    BJ_CHECK(bj_passkeys_list(db, asha, rows, &cnt) == BJ_OK && cnt == BJ_PASSKEYS_MAX);
    for (size_t i = 1; i < cnt; i++) {
        BJ_CHECK(remove_key(&mine, rows[i].id) == BJ_OK);
    }
    BJ_CHECK(state_of(asha).passkey_cnt == 1 && state_of(asha).recovery_cnt > 0);
    EVP_PKEY_free(last.pkey);
}

/* Recovery codes go with the last factor, whichever it is. */
static void test_remove(void) {
    bj_login_t mine;
    bj_passkey_add_t out;
    char sql[400];
    BJ_CHECK(log_in(&phone, &mine) == BJ_OK);
    snprintf(sql, sizeof sql,
             ENTERED "INSERT INTO totp_factors (user_id, key_id, secret, confirmed_at, last_step)"
                     " SELECT %llu, 1, decode(repeat('00', 48), 'hex'), now(), 1 FROM e",
             (unsigned long long)asha);
    tell(sql);
    bj_login_t both = by_password("asha@b.in");
    BJ_CHECK(both.by_code && both.by_passkey);
    BJ_CHECK(second_step(&both, &phone, NULL) == BJ_OK);
    BJ_CHECK(remove_key(&mine, phone_id) == BJ_OK);
    BJ_CHECK(state_of(asha).recovery_cnt > 0 && by_password("asha@b.in").by_code);
    BJ_CHECK(add(&phone, &mine, &out) == BJ_OK && !out.first);
    BJ_CHECK(remove_app(identity, &mine) == BJ_OK);
    BJ_CHECK(state_of(asha).recovery_cnt > 0 && by_password("asha@b.in").by_passkey);
    BJ_CHECK(remove_key(&mine, out.id) == BJ_OK);
    bj_factor_state_t state = state_of(asha);
    BJ_CHECK(!state.totp && state.passkey_cnt == 0 && state.recovery_cnt == 0);
    BJ_CHECK(by_password("asha@b.in").token[0]);
    BJ_CHECK(renew(identity, &mine, codes) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(remove_key(&mine, out.id) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(entered("auth.passkey.remove refused there is no such passkey"));
}

/* --- where a passkey is demanded */

static bj_caller_t got_of(const bj_login_t *login) {
    bj_caller_t got;
    BJ_CHECK(bj_identity_session_again(identity, login->token, &got) == BJ_OK);
    return got;
}

/* By what a session was proved: only ever better; and who has a passkey comes in by no code. */
static void test_demand(void) {
    bj_passkey_add_t out, second;
    char sql[400];
    bj_login_t mine = by_password("asha@b.in"), other = by_password("asha@b.in");
    BJ_CHECK(got_of(&mine).proved_by == BJ_PROOF_PASSWORD && !got_of(&mine).rights.held);
    identity->config.demands.client = BJ_DEMAND_PASSKEY;
    mine.caller.demanded = BJ_DEMAND_PASSKEY;
    BJ_CHECK(add(&phone, &mine, &out) == BJ_OK && out.first);
    bj_caller_t got = got_of(&mine);
    BJ_CHECK(got.proved_by == BJ_PROOF_PASSKEY && got.rights.held == BJ_DEMAND_PASSKEY);
    /* The session that the password alone had opened does not come along. */
    got = got_of(&other);
    BJ_CHECK(got.proved_by == BJ_PROOF_PASSWORD && got.rights.held == BJ_DEMAND_PASSKEY);
    other.caller.demanded = BJ_DEMAND_PASSKEY; /* let in by the gate a moment before */
    BJ_CHECK(add(&key, &other, &second) == BJ_ERR_SEQUENCE && state_of(asha).passkey_cnt == 1);
    BJ_CHECK(prove_by(&other, &phone, other.caller.session_hash) == BJ_OK);
    BJ_CHECK(got_of(&other).proved_by == BJ_PROOF_PASSKEY);
    /* The last one stays, and so do the recovery codes; an app does not take its place. */
    snprintf(sql, sizeof sql,
             ENTERED "INSERT INTO totp_factors (user_id, key_id, secret, confirmed_at, last_step)"
                     " SELECT %llu, 1, decode(repeat('00', 48), 'hex'), now(), 1 FROM e",
             (unsigned long long)asha);
    tell(sql);
    BJ_CHECK(remove_key(&mine, out.id) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.passkey.remove refused it is the last one that is demanded"));
    BJ_CHECK(state_of(asha).passkey_cnt == 1 && opens(identity, &mine));
    bj_login_t half = by_password("asha@b.in");
    BJ_CHECK(half.by_passkey && !half.by_code);
    BJ_CHECK(bj_login_factor(identity, half.pending, "123456", &half) == BJ_ERR_DENIED);
    BJ_CHECK(entered("auth.login refused a passkey is demanded"));
    BJ_CHECK(bj_login_factor(identity, half.pending, out.codes[0], &half) == BJ_OK);
    BJ_CHECK(got_of(&half).proved_by == BJ_PROOF_RECOVERY);
    BJ_CHECK(log_in(&phone, &half) == BJ_OK && got_of(&half).proved_by == BJ_PROOF_PASSKEY);
    /* Of two one goes; with "factor" the app stands for the other; with "none" all go. */
    BJ_CHECK(add(&key, &mine, &second) == BJ_OK);
    BJ_CHECK(remove_key(&mine, second.id) == BJ_OK);
    identity->config.demands.client = mine.caller.demanded = BJ_DEMAND_FACTOR;
    BJ_CHECK(by_password("asha@b.in").by_code);
    BJ_CHECK(remove_key(&mine, out.id) == BJ_OK);
    BJ_CHECK(remove_app(identity, &mine) == BJ_ERR_DENIED && state_of(asha).totp);
    BJ_CHECK(entered("auth.factor.remove refused it is the last one that is demanded"));
    identity->config.demands.client = mine.caller.demanded = BJ_DEMAND_NONE;
    BJ_CHECK(remove_app(identity, &mine) == BJ_OK);
    /* A link in a mail opens nothing, and the next log-in by its password is one by password. */
    BJ_CHECK(got_of(&mine).proved_by == BJ_PROOF_PASSKEY);
}

/* What nobody used goes by the way. */
/* By a passkey alone, and where the second step is still to come. */
static void test_suspended(void) {
    const bj_trail_who_t staff = {.actor = "operator", .role = "operator", .address = "10.0.0.9"};
    bj_login_t login, waits = by_password("asha@b.in");
    BJ_CHECK(log_in(&key, &login) == BJ_OK && waits.pending[0]);
    BJ_CHECK(bj_people_suspend(identity, &staff, asha, true, "r") == BJ_OK);
    BJ_CHECK(log_in(&key, &login) == BJ_ERR_DENIED && !login.token[0]);
    BJ_CHECK(entered("auth.login refused no such user"));
    BJ_CHECK(second_step(&waits, &key, handles[0]) == BJ_ERR_NOT_FOUND && !waits.token[0]);
    BJ_CHECK(bj_people_suspend(identity, &staff, asha, false, "r") == BJ_OK);
    BJ_CHECK(log_in(&key, &login) == BJ_OK);
}

static void test_sweep(void) {
    BJ_DB_RESULT rows = NULL;
    char challenge[BJ_TOKEN_BYTES];
    uint32_t cnt = 0;
    for (int i = 0; i < 5; i++) challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    tell("UPDATE passkey_challenges SET expires_at = now() - interval '1 s'");
    challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    challenge_of(BJ_PASSKEY_LOGIN, NULL, challenge);
    BJ_CHECK(bj_db_query(owner, "SELECT count(*) FROM passkey_challenges", BJ_DB_NO_PARAMS,
                         &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u32(rows, 0, 0, &cnt) && cnt == 2);
}

static void run(void) {
    asha = add_user("asha@b.in");
    ravi = add_user("ravi@b.in");
    BJ_CHECK(bj_user_handle(db, asha, handles[0]) == BJ_OK);
    BJ_CHECK(bj_user_handle(db, ravi, handles[1]) == BJ_OK);
    phone = passkey_make(ES256);
    key = passkey_make(RS256);
    test_add();
    test_name();
    test_login();
    test_login_refused();
    test_counter();
    test_race();
    test_second_step();
    test_suspended();
    test_somebody_elses();
    test_prove();
    test_tries();
    test_meanwhile();
    test_full();
    test_remove();
    test_demand();
    test_sweep();
    EVP_PKEY_free(phone.pkey);
    EVP_PKEY_free(key.pkey);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL"), *boss = getenv("BJ_TEST_PG");
    if (!control || !boss) {
        fprintf(stderr, "test_bj_passkey: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(bj_webauthn_algs(true)[0] == ES256);
        return bj_test_end("test_bj_passkey (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 4, 3000);
    owner = bj_db_pool_new(boss, 1, 3000);
    bj_identity_config_t config = {.db = db, .cache = bj_cache_new("/nonexistent/redis.sock"),
                                   .origin = "https://localhost", .passkey_rsa = true};
    bj_seal_t *seal;
    config.keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    identity = bj_identity_new(&config);
    if (!identity) abort();
    run();
    bj_keys_free(config.keys);
    bj_seal_free(seal);
    bj_cache_free(config.cache);
    bj_identity_free(identity);
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_passkey");
}
