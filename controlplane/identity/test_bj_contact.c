/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): a number at sign-up, the change of both, and the way back.  Codes:
 * wrong, too often, too late, twice; nobody learns whose an address or number is.  What goes out is
 * seen by tests/world/39-contact.test.mjs; here a known code is put in place of the one that was
 * made. */
#include <pthread.h>
#include "controlplane/identity/bj_contact_priv.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_reseal.h"
#include "controlplane/identity/identity_test.h"

#define E BJ_CONTACT_EMAIL
#define P BJ_CONTACT_PHONE

static const bj_trail_who_t who = {.actor = "nobody", .role = "none", .address = HERE};
static uint32_t retry_s;
static size_t ended_cnt;
static char rotated[BJ_TOKEN_BYTES]; /* the session's token after a change of address */

static void on_end(void *ctx, const uint8_t *token_hash) {
    (void)ctx, (void)token_hash;
    ended_cnt++;
}

static void tell_text(const char *sql, uint64_t user_id, const char *text) {
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(bj_db_u64(user_id).text, text), NULL) == BJ_OK);
}

/* As the gate does it: for the person who asks. */
static void act_as(const bj_caller_t *caller) {
    const bj_db_acting_t acting = {
        .reach = BJ_DB_OWN, .user_id = caller->user_id, .account_id = caller->account_id};
    bj_db_act_as(&acting);
}

static bj_status_t ask_from(const char *address, const bj_caller_t *caller, bj_contact_kind_t kind,
                            const char *to) {
    act_as(caller);
    bj_status_t status = bj_contact_ask(identity, caller, address, kind, to, &retry_s);
    bj_db_act_as(NULL);
    return status;
}

static bj_status_t ask(const bj_caller_t *caller, bj_contact_kind_t kind, const char *to) {
    return ask_from(HERE, caller, kind, to);
}

static bj_status_t confirm(const bj_caller_t *caller, bj_contact_kind_t kind, const char *code) {
    act_as(caller);
    bj_rotation_t rotation = {.caller = caller};
    bj_status_t status = bj_contact_confirm(identity, &rotation, HERE, kind, code);
    bj_db_act_as(NULL);
    memcpy(rotated, rotation.token, sizeof rotated);
    return status;
}

static bj_status_t again(const bj_caller_t *caller, bj_contact_kind_t kind) {
    const bj_trail_who_t self = bj_trail_who(caller, HERE);
    act_as(caller);
    bj_status_t status = bj_contact_again(identity, &self, caller->user_id, kind, &retry_s);
    bj_db_act_as(NULL);
    return status;
}

static bj_contact_t contact_of(const bj_caller_t *caller) {
    bj_contact_t contact;
    act_as(caller);
    BJ_CHECK(bj_contact_get(identity, caller->user_id, &contact) == BJ_OK);
    bj_db_act_as(NULL);
    return contact;
}

/* The code is 246810 from now on, whether one was made or not. */
#define CODE "246810"
static void plant(const bj_caller_t *caller, bj_contact_kind_t kind) {
    bj_person_hash_t hash;
    BJ_CHECK(bj_contact_code_hash(keys, caller->user_id, kind, CODE, &hash) == BJ_OK);
    tell_text(kind == E ? ENTERED "UPDATE contact_changes SET code_hash = $2::bytea FROM e WHERE"
                                  " user_id = $1 AND kind = 'email'"
                        : ENTERED "UPDATE contact_changes SET code_hash = $2::bytea FROM e WHERE"
                                  " user_id = $1 AND kind = 'phone'",
              caller->user_id, hash.text);
}

static bool has_code(const bj_caller_t *caller) {
    return number("SELECT count(*) FROM contact_changes WHERE user_id = $1 AND code_hash IS NOT"
                  " NULL",
                  caller->user_id) > 0;
}

static bj_caller_t log_in(const char *email, char token[BJ_TOKEN_BYTES]) {
    bj_login_t login = {.client = HERE, .device = "", .user_agent = "a browser"};
    BJ_CHECK(bj_login_password(identity, email, WORD, &login) == BJ_OK);
    if (token) memcpy(token, login.token, BJ_TOKEN_BYTES);
    return login.caller;
}

static bj_caller_t add(const char *email, char token[BJ_TOKEN_BYTES]) {
    (void)add_user(email, BJ_ROLE_CLIENT);
    return log_in(email, token);
}

static void forget_limits(void) {
    tell("DELETE FROM auth_tries WHERE $1::bigint = 0", 0);
}

/* A link of a sign-up that is known. */
static void sign_up(const char *email, const char *phone) {
    char token[BJ_TOKEN_BYTES], hash[BJ_PASSWORD_HASH_BYTES];
    uint8_t token_hash[BJ_HASH_BYTES];
    BJ_CHECK(bj_password_hash(WORD, hash));
    bj_token_make(token);
    bj_token_hash(token, token_hash);
    const bj_user_new_t user = {
        .email = email, .name = "A", .password_hash = hash, .watchlist = "{}", .phone = phone};
    BJ_CHECK(bj_user_register(db, keys, &who, &user, token_hash) == BJ_OK);
    BJ_CHECK(bj_identity_confirm(identity, &who, token) == BJ_OK);
}

static void test_sign_up(void) {
    char token[BJ_TOKEN_BYTES];
    sign_up("asha@b.in", "+919876500001");
    bj_caller_t asha = log_in("asha@b.in", token), got;
    bj_contact_t contact = contact_of(&asha);
    BJ_CHECK(asha.rights.phone_due);
    BJ_CHECK(contact.phone_due && !contact.phone_hint[0] && !contact.verified_us);
    BJ_CHECK(contact.wait[P].waits && !strcmp(contact.wait[P].to, "+91********01"));
    BJ_CHECK(contact.wait[P].sent_us > 0 && !contact.wait[E].waits && has_code(&asha));
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_OK && got.rights.phone_due);
    plant(&asha, P);
    BJ_CHECK(confirm(&asha, P, "246811") == BJ_ERR_DENIED &&
             confirm(&asha, P, "") == BJ_ERR_DENIED);
    BJ_CHECK(confirm(&asha, E, CODE) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(confirm(&asha, P, CODE) == BJ_OK);
    BJ_CHECK(confirm(&asha, P, CODE) == BJ_ERR_NOT_FOUND); /* good once */
    contact = contact_of(&asha);
    BJ_CHECK(!contact.phone_due && !strcmp(contact.phone_hint, "+91********01"));
    BJ_CHECK(contact.verified_us > 0 && !contact.wait[P].waits);
    BJ_CHECK(bj_identity_session(identity, token, &got) == BJ_OK && !got.rights.phone_due);
    /* The first one has nothing to go back to. */
    BJ_CHECK(number("SELECT count(*) FROM contact_undos WHERE user_id = $1", asha.user_id) == 0);
}

/* Tries, time, how many codes. */
static void test_codes(void) {
    bj_caller_t ravi = add("ravi@b.in", NULL);
    BJ_CHECK(!ravi.rights.phone_due && again(&ravi, P) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(ask(&ravi, P, "+919876500002") == BJ_OK);
    plant(&ravi, P);
    for (int i = 0; i < BJ_CONTACT_TRIES; i++)
        BJ_CHECK(confirm(&ravi, P, "0") == BJ_ERR_DENIED);
    BJ_CHECK(confirm(&ravi, P, CODE) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(again(&ravi, P) == BJ_OK); /* and five new tries */
    plant(&ravi, P);
    tell(ENTERED
         "UPDATE contact_changes SET sent_at = now() - interval '10 minutes 1 second' FROM e"
         " WHERE user_id = $1",
         ravi.user_id);
    BJ_CHECK(confirm(&ravi, P, CODE) == BJ_ERR_NOT_FOUND);
    for (int i = 0; i < 3; i++)
        BJ_CHECK(again(&ravi, P) == BJ_OK);
    BJ_CHECK(again(&ravi, P) == BJ_ERR_DENIED && retry_s > 3600 && retry_s <= 4320);
    BJ_CHECK(ask(&ravi, P, "+919876500003") == BJ_ERR_DENIED && retry_s); /* by person */
    plant(&ravi, P);
    BJ_CHECK(confirm(&ravi, P, CODE) == BJ_OK);
    BJ_CHECK(ask(&ravi, P, "+919876500002") == BJ_ERR_EXISTS); /* it is so already */
    forget_limits();
}

/* Others may not be rung up through us, nor keep a number's owner out by asking for it. */
static void test_sends(void) {
    static const char *const emails[] = {"u0@b.in", "u1@b.in", "u2@b.in", "u3@b.in", "u4@b.in"};
    bj_caller_t callers[BJ_COUNT(emails)], owner_of = add("u5@b.in", NULL);
    for (size_t i = 0; i < BJ_COUNT(emails); i++)
        callers[i] = add(emails[i], NULL);
    /* Whoever has two accounts has no more than with one of them. */
    for (size_t n = 0; n < 10; n++) {
        BJ_CHECK(ask(&callers[n % 2], P, "+919876500004") == (n < 5 ? BJ_OK : BJ_ERR_DENIED));
    }
    BJ_CHECK(ask_from("10.0.9.9", &owner_of, P, "+919876500004") == BJ_OK && has_code(&owner_of));
    forget_limits();
    /* And all of them together twenty. */
    for (size_t n = 0; n < 25; n++) {
        char from[24];
        snprintf(from, sizeof from, "10.0.1.%zu", n / 5);
        BJ_CHECK(ask_from(from, &callers[n / 5], P, "+919876500004") ==
                 (n < 20 ? BJ_OK : BJ_ERR_DENIED));
    }
    forget_limits();
}

/* What somebody else has is asked for like anything else, and not got. */
static void test_taken(void) {
    bj_caller_t mina = add("mina@b.in", NULL);
    BJ_CHECK(ask(&mina, P, "+919876500001") == BJ_OK && !has_code(&mina));
    BJ_CHECK(ask(&mina, E, "asha@b.in") == BJ_OK && !has_code(&mina));
    BJ_CHECK(contact_of(&mina).wait[P].waits && again(&mina, P) == BJ_OK && !has_code(&mina));
    /* And if it was free when it was asked for, and is not any more: the unique hash. */
    plant(&mina, P);
    plant(&mina, E);
    BJ_CHECK(confirm(&mina, P, CODE) == BJ_ERR_DENIED && confirm(&mina, E, CODE) == BJ_ERR_DENIED);
    BJ_CHECK(!contact_of(&mina).phone_hint[0]);
    BJ_CHECK(number("SELECT count(*) FROM users u JOIN audit_entries a ON a.subject = 'user:' ||"
                    " u.user_id WHERE u.user_id = $1 AND a.reason = 'somebody else has it by now'",
                    mina.user_id) == 2);
    const bj_trail_who_t self = bj_trail_who(&mina, HERE);
    act_as(&mina);
    BJ_CHECK(bj_contact_drop(identity, &self, mina.user_id, P) == BJ_OK);
    BJ_CHECK(bj_contact_drop(identity, &self, mina.user_id, P) == BJ_ERR_NOT_FOUND);
    bj_db_act_as(NULL);
    BJ_CHECK(bj_contact_vouch(identity, &who, "mina@b.in", "+919876500001") == BJ_ERR_EXISTS);
    BJ_CHECK(bj_contact_vouch(identity, &who, "nobody@b.in", "+919876500009") == BJ_ERR_NOT_FOUND);
    /* An account that nobody has ever confirmed keeps nobody out. */
    uint8_t link[BJ_HASH_BYTES] = {7};
    const bj_user_new_t squatter = {
        .email = "mina2@b.in", .name = "S", .watchlist = "{}", .password_hash = "$argon2id$x"};
    BJ_CHECK(bj_user_register(db, keys, &who, &squatter, link) == BJ_OK);
    BJ_CHECK(ask(&mina, E, "mina2@b.in") == BJ_OK && has_code(&mina));
    plant(&mina, E);
    BJ_CHECK(confirm(&mina, E, CODE) == BJ_OK &&
             log_in("mina2@b.in", NULL).user_id == mina.user_id);
    forget_limits();
}

/* A link that is known, in place of the last one that was made. */
static char link_text[BJ_TOKEN_BYTES];
static void plant_link(const bj_caller_t *caller) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(link_text);
    bj_token_hash(link_text, hash);
    tell_text(ENTERED "UPDATE contact_undos SET token_hash = $2::bytea FROM e WHERE user_id = $1"
                      " AND made_at = (SELECT max(made_at) FROM contact_undos WHERE user_id = $1)",
              caller->user_id, bj_bytea(hash, sizeof hash).text);
}

static bj_status_t undo(void) {
    bj_contact_kind_t kind;
    return bj_contact_undo(identity, &who, link_text, &kind);
}

static bool opens(const char *email) {
    bj_login_t login = {.client = HERE, .device = "", .user_agent = ""};
    bj_status_t status = bj_login_password(identity, email, WORD, &login);
    bj_login_wipe(&login);
    return status == BJ_OK;
}

static bj_status_t change(const bj_caller_t *caller, bj_contact_kind_t kind, const char *to) {
    bj_status_t status = ask(caller, kind, to);
    if (status != BJ_OK) return status;
    plant(caller, kind);
    return confirm(caller, kind, CODE);
}

static void script(const char *sql) {
    BJ_DB_CONN conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK && bj_db_script(conn, sql) == BJ_OK);
}

/* Signed up with the old address while it changed, before sql/0027: nobody saw that there is a way
 * back. */
static void sit_on_old(uint64_t user_id, bool confirmed) {
    char sql[700];
    snprintf(sql, sizeof sql,
             "BEGIN; SET LOCAL session_replication_role = replica;"
             " INSERT INTO users (email_hash, email_sealed, name_sealed, password_hash, name,"
             "  confirmed_at) SELECT hash, sealed, sealed, '$argon2id$sits', NULL, %s"
             "  FROM contact_undos WHERE user_id = %llu ORDER BY made_at LIMIT 1; COMMIT",
             confirmed ? "now()" : "NULL", (unsigned long long)user_id);
    script(sql);
}

/* Whoever sits there confirms, or has. */
static void test_sitting(uint64_t user_id) {
    char token[BJ_TOKEN_BYTES];
    uint8_t hash[BJ_HASH_BYTES];
    sit_on_old(user_id, false);
    bj_token_make(token);
    bj_token_hash(token, hash);
    tell_text(ENTERED
              "INSERT INTO mail_tokens (token_hash, user_id, purpose, name_sealed,"
              " password_hash, expires_at) SELECT $2::bytea, user_id, 'confirm', name_sealed,"
              " '$argon2id$x', now() + interval '1 hour' FROM users, e WHERE password_hash ="
              " '$argon2id$sits' AND $1::bigint > 0",
              user_id, bj_bytea(hash, sizeof hash).text);
    BJ_CHECK(bj_identity_confirm(identity, &who, token) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'auth.confirm' AND reason ="
                    " 'its owner may take it back' AND $1 > 0",
                    1) == 1);
#define GO_AWAY                                                                                    \
    "BEGIN; SET LOCAL session_replication_role = replica;"                                         \
    " DELETE FROM mail_tokens t USING users u WHERE t.user_id = u.user_id"                         \
    "  AND u.password_hash = '$argon2id$sits';"                                                    \
    " DELETE FROM users WHERE password_hash = '$argon2id$sits'; COMMIT"
    script(GO_AWAY);
    sit_on_old(user_id, true);
    BJ_CHECK(undo() == BJ_ERR_EXISTS);
    BJ_CHECK(number("SELECT count(*) FROM contact_undos WHERE user_id = $1 AND ended_at IS NULL",
                    user_id) == 2); /* stays good */
    script(GO_AWAY);
    sit_on_old(user_id, false);
}

/* A passkey from before the change; one, and an app, since. */
static void add_factors(uint64_t user_id) {
    char sql[1200];
    snprintf(sql, sizeof sql,
             "BEGIN; SET LOCAL session_replication_role = replica;"
             " INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count,"
             "  name, created_at) SELECT %llu, n, sha256(n::text::bytea), -8, sha256('k'), 0, name,"
             "  now() - age FROM (VALUES (1, 'old', interval '1 day'), (2, 'new', '0 s'))"
             "  AS v (n, name, age);"
             " INSERT INTO totp_factors (user_id, key_id, secret, created_at, confirmed_at,"
             "  last_step) SELECT %llu, 1, decode(repeat('00', 48), 'hex'), now(), now(), 1;"
             " INSERT INTO recovery_codes (user_id, code_hash) SELECT %llu, sha256('c'); COMMIT",
             (unsigned long long)user_id, (unsigned long long)user_id, (unsigned long long)user_id);
    script(sql);
}

static void test_email(void) {
    char here[BJ_TOKEN_BYTES], there[BJ_TOKEN_BYTES];
    bj_caller_t kiran = add("kiran@b.in", here), got, mina = log_in("mina2@b.in", NULL);
    (void)log_in("kiran@b.in", there);
    ended_cnt = 0;
    BJ_CHECK(change(&kiran, E, "new@b.in") == BJ_OK && ended_cnt == 1);
    BJ_CHECK(bj_identity_session(identity, there, &got) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_identity_session(identity, here, &got) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_identity_session(identity, rotated, &got) == BJ_OK);
    BJ_CHECK(!strcmp(got.email, "new@b.in"));
    BJ_CHECK(opens("new@b.in") && !opens("kiran@b.in"));
    /* While it can be taken back nobody else gets the old one. */
    uint8_t link[BJ_HASH_BYTES] = {9};
    const bj_user_new_t thief = {
        .email = "kiran@b.in", .name = "T", .watchlist = "{}", .password_hash = "$argon2id$x"};
    BJ_CHECK(bj_user_register(db, keys, &who, &thief, link) == BJ_ERR_EXISTS);
    BJ_CHECK(ask(&mina, E, "kiran@b.in") == BJ_OK && !has_code(&mina));
    plant(&mina, E);
    BJ_CHECK(confirm(&mina, E, CODE) == BJ_ERR_DENIED);
    /* A second change; the first one's link takes both back. */
    plant_link(&kiran);
    BJ_CHECK(change(&got, E, "newer@b.in") == BJ_OK && opens("newer@b.in"));
    memcpy(here, rotated, sizeof here);
    BJ_CHECK(bj_identity_session(identity, here, &got) == BJ_OK);
    BJ_CHECK(ask(&got, E, "newest@b.in") == BJ_ERR_DENIED && retry_s > 6 * 86400); /* two a week */
    BJ_CHECK(ask(&got, P, "+919876500005") == BJ_OK); /* waits, and is gone with the rest */
    test_sitting(kiran.user_id);
    add_factors(kiran.user_id);
    BJ_CHECK(undo() == BJ_OK && undo() == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_identity_session(identity, here, &got) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(!opens("kiran@b.in") && !opens("newer@b.in") && !opens("new@b.in"));
    bj_user_t user;
    BJ_CHECK(bj_user_by_email(db, keys, "kiran@b.in", &user) == BJ_OK);
    BJ_CHECK(user.user_id == kiran.user_id);
    BJ_CHECK(number("SELECT count(*) FROM contact_undos WHERE user_id = $1 AND ended_at IS NULL",
                    kiran.user_id) == 0);
    BJ_CHECK(number("SELECT count(*) FROM contact_changes WHERE user_id = $1", kiran.user_id) == 0);
    /* What was there before the change stays, and with it the recovery codes. */
    BJ_CHECK(number("SELECT count(*) * 10 + count(*) FILTER (WHERE name = 'old') FROM passkeys"
                    " WHERE user_id = $1",
                    kiran.user_id) == 11);
    BJ_CHECK(number("SELECT count(*) FROM totp_factors WHERE user_id = $1", kiran.user_id) == 0);
    BJ_CHECK(number("SELECT count(*) FROM recovery_codes WHERE user_id = $1", kiran.user_id) == 1);
    BJ_CHECK(number("SELECT (after_json::json ->> 'factors_removed')::bigint FROM audit_entries"
                    " WHERE act = 'auth.undo' AND outcome = 'done' AND subject = 'user:' || $1"
                    " ORDER BY seq DESC LIMIT 1",
                    kiran.user_id) == 2);
    forget_limits();
}

/* --- an app's token, and its copy in a Redis */

static char app_key[80];

static void let_app_in(uint64_t user_id) {
    uint8_t hash[BJ_HASH_BYTES];
    char hex[BJ_HASH_HEX_BYTES], sql[700];
    bj_token_hash("x", hash);
    snprintf(app_key, sizeof app_key, BJ_APP_COPY_KEY, bj_hash_hex(hash, hex));
    BJ_CHECK(bj_cache_set(identity->config.cache, app_key, "{}", 2, 60) == BJ_OK);
    snprintf(sql, sizeof sql,
             "BEGIN; SET LOCAL session_replication_role = replica;"
             " INSERT INTO apps (api_key, user_id, name, redirect_url, scopes, key_id, secret)"
             "  VALUES ('aaaaaaaaaaaaaaaa', %llu, 'A', 'https://b.in/', 'profile', 1,"
             "   decode(repeat('00', 71), 'hex'));"
             " INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at) SELECT app_id,"
             "  user_id, sha256('x'), now() + interval '1 hour' FROM apps; COMMIT",
             (unsigned long long)user_id);
    script(sql);
}

static bool app_is_in(void) {
    char text[8] = "";
    size_t text_bytes;
    bj_status_t status =
        bj_cache_get(identity->config.cache, app_key, text, sizeof text, &text_bytes);
    return status != BJ_OK || text[0] != '-' ||
           number("SELECT count(*) FROM app_tokens WHERE user_id > $1", 0) > 0;
}

static void test_phone(void) {
    bj_caller_t asha = log_in("asha@b.in", NULL);
    BJ_CHECK(change(&asha, P, "+919876500006") == BJ_OK);
    plant_link(&asha);
    BJ_CHECK(!strcmp(contact_of(&asha).phone_hint, "+91********06"));
    tell(ENTERED "UPDATE contact_undos SET made_at = now() - interval '7 days', expires_at = now()"
                 " - interval '1 second' FROM e WHERE user_id = $1",
         asha.user_id);
    BJ_CHECK(undo() == BJ_ERR_NOT_FOUND); /* too late; and the number is free */
    bj_caller_t ravi = log_in("ravi@b.in", NULL);
    BJ_CHECK(change(&ravi, P, "+919876500001") == BJ_OK);
    plant_link(&ravi);
    let_app_in(ravi.user_id);
    BJ_CHECK(undo() == BJ_OK && !strcmp(contact_of(&ravi).phone_hint, "+91********02"));
    BJ_CHECK(!opens("ravi@b.in") && !app_is_in());
    script(
        "SET session_replication_role = replica; DELETE FROM apps; RESET session_replication_role");
    forget_limits();
}

/* The address, and then the number twice: by somebody else. */
static void take_over(const bj_caller_t *owner_of, const char *email, const char *phones[2]) {
    bj_caller_t thief;
    BJ_CHECK(change(owner_of, E, email) == BJ_OK);
    plant_link(owner_of);
    BJ_CHECK(bj_identity_session(identity, rotated, &thief) == BJ_OK);
    for (int i = 0; i < 2; i++)
        BJ_CHECK(change(&thief, P, phones[i]) == BJ_OK);
    forget_limits();
}

#define LAST_NUMBER                                                                                \
    "SELECT count(*) FROM (SELECT after_json::json ->> 'number' AS n FROM audit_entries"           \
    " WHERE act = 'auth.undo' AND outcome = 'done' AND subject = 'user:' || $1"                    \
    " ORDER BY seq DESC LIMIT 1) l WHERE n = "

/* A new password's code goes to the number: with the address comes the number of before. */
static void test_address_brings_number(void) {
    static const char *phones[2] = {"+919876500032", "+919876500033"};
    bj_caller_t veda = add("veda@b.in", NULL), none = add("none@b.in", NULL);
    BJ_CHECK(change(&veda, P, "+919876500031") == BJ_OK);
    take_over(&veda, "veda2@b.in", phones);
    BJ_CHECK(!strcmp(contact_of(&veda).phone_hint, "+91********33"));
    BJ_CHECK(undo() == BJ_OK && !strcmp(contact_of(&veda).phone_hint, "+91********31"));
    BJ_CHECK(number(LAST_NUMBER "'back'", veda.user_id) == 1);
    BJ_CHECK(number("SELECT count(*) FROM contact_undos WHERE user_id = $1 AND ended_at IS NULL",
                    veda.user_id) == 0);
    /* Who had none has none; one from before the change stays. */
    take_over(&none, "none2@b.in", phones);
    BJ_CHECK(undo() == BJ_OK && !contact_of(&none).phone_hint[0] && contact_of(&none).phone_due);
    BJ_CHECK(number(LAST_NUMBER "'gone'", none.user_id) == 1);
}

/* A number that went back by its own link is still the one of before. */
static void test_number_back_first(void) {
    char of_email[BJ_TOKEN_BYTES];
    bj_caller_t tara = add("tara@b.in", NULL), thief;
    BJ_CHECK(change(&tara, P, "+919876500034") == BJ_OK);
    BJ_CHECK(change(&tara, E, "tara2@b.in") == BJ_OK);
    plant_link(&tara);
    memcpy(of_email, link_text, sizeof of_email);
    BJ_CHECK(bj_identity_session(identity, rotated, &thief) == BJ_OK);
    BJ_CHECK(change(&thief, P, "+919876500035") == BJ_OK);
    plant_link(&tara);
    BJ_CHECK(undo() == BJ_OK && !strcmp(contact_of(&tara).phone_hint, "+91********34"));
    memcpy(link_text, of_email, sizeof link_text);
    BJ_CHECK(undo() == BJ_OK && !strcmp(contact_of(&tara).phone_hint, "+91********34"));
    BJ_CHECK(number(LAST_NUMBER "'stays'", tara.user_id) == 1);
    forget_limits();
}

/* --- in the very moment of the owner's change */

static void *confirm_late(void *caller) {
    static bj_status_t status;
    status = confirm(caller, P, CODE);
    return &status;
}

/* mina waits for the end of ravi's change, of which there is a way back by then. */
static void test_moment(void) {
    BJ_DB_CONN conn = NULL;
    pthread_t thread;
    void *status;
    bj_caller_t mina = log_in("mina2@b.in", NULL);
    BJ_CHECK(ask(&mina, P, "+919876500002") == BJ_OK);
    plant(&mina, P);
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK);
    BJ_CHECK(bj_db_script(conn, "BEGIN; SET LOCAL session_replication_role = replica;"
                                " INSERT INTO contact_undos (token_hash, user_id, kind, sealed,"
                                "  hash) SELECT sha256('m'), u.user_id, 'phone', phone_sealed,"
                                "  phone_hash FROM users u JOIN audit_entries a ON a.subject ="
                                "  'user:' || u.user_id WHERE a.act = 'auth.undo' AND a.outcome ="
                                "  'done' AND phone_hash IS NOT NULL;"
                                " UPDATE users u SET phone_hash = NULL, phone_sealed = NULL,"
                                "  phone_verified_at = NULL FROM contact_undos c WHERE"
                                "  c.token_hash = sha256('m') AND c.user_id = u.user_id") == BJ_OK);
    pthread_create(&thread, NULL, confirm_late, &mina);
    CHILD_CHECK_SOON(5000, number("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype ="
                                  " 'transactionid' AND $1 = 0",
                                  0) == 1);
    BJ_CHECK(bj_db_script(conn, "COMMIT") == BJ_OK);
    pthread_join(thread, &status);
    BJ_CHECK(*(bj_status_t *)status == BJ_ERR_DENIED && !contact_of(&mina).phone_hint[0]);
    forget_limits();
}

/* A new key of the category takes numbers along. */
static void test_reseal(void) {
    uint16_t newest;
    bj_reseal_t reseal = {.after = 0};
    BJ_CHECK(bj_keys_rotate(keys, &who, BJ_KEYS_CONTACT, "test", &newest) == BJ_OK);
    do {
        BJ_CHECK(bj_reseal_step(db, keys, &who, NULL, 40, &reseal) == BJ_OK && !reseal.failed);
    } while (!reseal.round);
    BJ_CHECK(number("SELECT count(*) FROM users WHERE sealed_by(phone_sealed) = $1", newest) == 2);
    bj_caller_t asha = log_in("asha@b.in", NULL);
    BJ_CHECK(!strcmp(contact_of(&asha).phone_hint, "+91********06"));
}

/* Neither table nor trail has a number, an address or a code. */
static void test_nothing_in_clear(void) {
    static const char *const from[] = {"users", "contact_changes", "contact_undos", "mail_tokens",
                                       "audit_entries"};
    for (size_t i = 0; i < BJ_COUNT(from); i++) {
        char sql[160];
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM %s t WHERE t::text ~ '9198765|b[.]in|\\m246810\\M'"
                 " AND $1 = 0",
                 from[i]);
        BJ_CHECK(number(sql, 0) == 0);
    }
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'contact.confirm' AND outcome ="
                    " 'done' AND before_json::text LIKE '%k***%' AND after_json::text LIKE"
                    " '%n***%' AND $1 = 0",
                    0) == 1);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'auth.undo' AND $1 = 0", 0) ==
             5); /* two done, three refused */
}

static void test_code(void) {
    char code[BJ_CONTACT_CODE_BYTES];
    unsigned seen[10] = {0};
    for (int i = 0; i < 20000; i++) {
        bj_contact_code_make(code);
        if (strlen(code) != 6 || strspn(code, "0123456789") != 6) BJ_CHECK(false);
        seen[code[0] - '0']++;
    }
    for (int i = 0; i < 10; i++)
        BJ_CHECK(seen[i] > 1700 && seen[i] < 2300); /* 7 sigma */
}

int main(void) {
    test_code();
    if (!identity_test_is_on("test_bj_contact")) {
        return bj_test_end("test_bj_contact (without BJ_TEST_PG)");
    }
    char dir[64], socket[96];
    child_mkdir(dir, sizeof dir);
    snprintf(socket, sizeof socket, "%s/redis.sock", dir);
    pid_t redis = child_start((char *[]){"redis-server", "--port", "0", "--unixsocket", socket,
                                         "--save", "", "--dir", dir, NULL});
    identity_test_open(socket, (bj_identity_config_t){.notify = {.end = on_end}});
    CHILD_CHECK_SOON(5000, bj_cache_set(cache, "up", "1", 1, 60) == BJ_OK);
    test_sign_up();
    test_codes();
    test_sends();
    test_taken();
    test_email();
    test_phone();
    test_reseal();
    test_moment();
    test_nothing_in_clear();
    test_address_brings_number();
    test_number_back_first();
    identity_test_close();
    child_stop(redis, SIGKILL);
    child_rmdir(dir);
    return bj_test_end("test_bj_contact");
}
