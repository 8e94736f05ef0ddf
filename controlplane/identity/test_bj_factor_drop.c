/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): somebody's factors that staff asks to take away: by two, after the
 * wait, not if the owner says no.  What the owner is told: tests/world/46-suspension.test.mjs. */
#include "controlplane/access/bj_policy.h"
#include "controlplane/identity/bj_factor_drop.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/identity_test.h"

static const bj_trail_who_t staff = {.actor = "operator", .role = "operator", .address = HERE};
static const bj_trail_who_t server = {.actor = "server", .role = "none", .address = "local"};
static const bj_trail_who_t nobody = {.actor = "nobody", .role = "none", .address = HERE};
static uint64_t asha, admin;
static int64_t due_us;

static void give_factors(uint64_t user_id) {
    tell(ENTERED "INSERT INTO totp_factors (user_id, key_id, secret, confirmed_at, last_step)"
                 " SELECT $1, 1, decode(repeat('5e', 48), 'hex'), now(), 1 FROM e",
         user_id);
    tell(ENTERED "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1::bigint, sha256('r')"
                 " FROM e",
         user_id);
    tell(ENTERED "INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count,"
                 " name) SELECT $1, 1, decode(repeat('c1', 16), 'hex'), -8,"
                 " decode(repeat('7b', 32), 'hex'), 0, 'Phone' FROM e",
         user_id);
}

static int64_t factors(void) {
    return number("SELECT (SELECT count(*) FROM totp_factors WHERE user_id = $1) +"
                  " (SELECT count(*) FROM passkeys WHERE user_id = $1) +"
                  " (SELECT count(*) FROM recovery_codes WHERE user_id = $1)",
                  asha);
}

static bj_status_t log_in(bj_login_t *login) {
    *login = (bj_login_t){.client = HERE, .device = "", .user_agent = "a browser"};
    return bj_login_password(identity, "asha@b.in", WORD, login);
}

static bj_status_t ask(uint64_t user_id) {
    return bj_factor_drop_ask(identity, &staff, user_id, "lost the phone", &due_us);
}

static void test_by_two(void) {
    BJ_CHECK(ask(asha) == BJ_ERR_BAD_FIELD);
    tell(ENTERED "INSERT INTO elevations (asker, what, minutes, reason, about, checks) SELECT"
                 " 'operator', 'right:factor_drop', 5, 'r', $1, '{call_back,mail_word}' FROM e",
         asha);
    BJ_CHECK(ask(asha) == BJ_ERR_BAD_FIELD); /* nobody has said yes */
    tell(ENTERED "UPDATE elevations SET decider = 'user:' || $1::bigint, approved = true,"
                 " ends_at = now() + interval '5 min' FROM e",
         admin);
    BJ_CHECK(ask(999999) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(ask(admin) == BJ_ERR_BAD_FIELD); /* it is for somebody else */
}

/* Asked for: out at once, and nothing is taken before the time. */
static void test_wait(void) {
    bj_login_t login;
    bj_caller_t caller;
    BJ_CHECK(log_in(&login) == BJ_OK && login.token[0]);
    give_factors(asha);
    BJ_CHECK(ask(asha) == BJ_OK && ask(asha) == BJ_ERR_EXISTS);
    BJ_CHECK(number("SELECT (extract(epoch FROM due_at - asked_at) / 3600)::bigint FROM"
                    " factor_drops WHERE user_id = $1",
                    asha) == 24);
    BJ_CHECK(bj_identity_session(identity, login.token, &caller) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_factor_drop_due(identity, &server) == BJ_ERR_NOT_FOUND && factors() == 3);
    BJ_CHECK(log_in(&login) == BJ_OK && !login.token[0] && login.pending[0]);
}

static void plant(const char *token) {
    uint8_t hash[BJ_HASH_BYTES];
    char hex[BJ_HASH_HEX_BYTES];
    bj_token_hash(token, hash);
    BJ_CHECK(bj_db_query(owner,
                         ENTERED "UPDATE factor_drops SET token_hash = decode($1, 'hex') FROM e",
                         BJ_DB_PARAMS(bj_hash_hex(hash, hex)), NULL) == BJ_OK);
}

static void be_due(void) {
    tell(ENTERED "UPDATE factor_drops SET asked_at = now() - interval '25 hours',"
                 " due_at = now() - interval '1 second' FROM e WHERE user_id = $1",
         asha);
}

static void test_no(void) {
    char token[BJ_TOKEN_BYTES], other[BJ_TOKEN_BYTES];
    bj_token_make(token);
    bj_token_make(other);
    plant(token);
    BJ_CHECK(bj_factor_drop_keep(identity, &nobody, "x") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_factor_drop_keep(identity, &nobody, other) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_factor_drop_keep(identity, &nobody, token) == BJ_OK);
    BJ_CHECK(bj_factor_drop_keep(identity, &nobody, token) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_factor_drop_due(identity, &server) == BJ_ERR_NOT_FOUND && factors() == 3);
    /* And once it is due it is too late to say no. */
    BJ_CHECK(ask(asha) == BJ_OK);
    plant(token);
    be_due();
    BJ_CHECK(bj_factor_drop_keep(identity, &nobody, token) == BJ_ERR_NOT_FOUND);
}

static void test_due(void) {
    bj_login_t login;
    BJ_CHECK(bj_factor_drop_due(identity, &server) == BJ_OK && factors() == 0);
    BJ_CHECK(bj_factor_drop_due(identity, &server) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(log_in(&login) == BJ_ERR_DENIED); /* nobody knows the password */
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE subject = 'user:' || $1 AND act LIKE"
                    " 'auth.factor.%'",
                    asha) == 4); /* asked, kept, asked, done */
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE subject = 'user:' || $1 AND act ="
                    " 'auth.factor.drop' AND outcome = 'asked' AND reason = 'lost the phone'"
                    " AND after_json::json->'checks'->>1 = 'mail_word' AND elevation = '1'",
                    asha) == 2);
}

int main(void) {
    if (!identity_test_is_on("test_bj_factor_drop")) {
        BJ_CHECK(bj_policy_rule(BJ_POLICY_FACTOR_DROP)->elevated != 0);
        return bj_test_end("test_bj_factor_drop (without BJ_TEST_PG)");
    }
    identity_test_open(IDENTITY_TEST_NO_REDIS, (bj_identity_config_t){0});
    asha = add_user("asha@b.in", BJ_ROLE_CLIENT);
    admin = add_user("admin@b.in", BJ_ROLE_ADMIN);
    test_by_two();
    test_wait();
    test_no();
    test_due();
    identity_test_close();
    return bj_test_end("test_bj_factor_drop");
}
