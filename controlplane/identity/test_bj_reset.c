/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): what a link in a mail does for whom, what a code beside it must not
 * do, how often it may be asked for and tried. */
#include "controlplane/identity/bj_reset.h"
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_contact.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_person.h"

#define WORD "correct horse battery"
#include "controlplane/identity/identity_test.h"
#include "controlplane/store/bj_bytea.h"
#include "dataplane/base/bj_test.h"

static const bj_trail_who_t who = {.actor = "nobody", .role = "none", .address = HERE};
#define FRESH "battery staple horse"
#define CODE "246810"

static void make_link(uint64_t user_id, char token[BJ_TOKEN_BYTES]) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(token);
    bj_token_hash(token, hash);
    BJ_CHECK(bj_db_query(owner,
                         ENTERED
                         "INSERT INTO mail_tokens (token_hash, user_id, purpose, expires_at)"
                         " SELECT $1::bytea, $2::bigint, 'reset', now() + interval '1 hour' FROM e",
                         BJ_DB_PARAMS(bj_bytea(hash, sizeof hash).text, bj_db_u64(user_id).text),
                         NULL) == BJ_OK);
}

static bj_reset_t last;
static bj_status_t reset(const char *token, const char *code) {
    last = (bj_reset_t){.token = token, .password = FRESH, .code = code};
    return bj_reset_password(identity, &who, &last);
}

static bool may_log_in(const char *email, const char *password) {
    bj_login_t login = {.client = HERE, .device = "", .user_agent = "a browser"};
    return bj_login_password(identity, email, password, &login) == BJ_OK;
}

static bool entered(uint64_t user_id, const char *outcome) {
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM audit_entries WHERE act = 'auth.reset' AND subject = 'user:' ||"
             " $1 AND outcome = '%s'",
             outcome);
    return number(sql, user_id) > 0;
}

/* The code is CODE from now on. */
static void plant(uint64_t user_id) {
    char what[64];
    bj_person_hash_t hash;
    snprintf(what, sizeof what, "mail_tokens.code %llu", (unsigned long long)user_id);
    BJ_CHECK(bj_person_mac(keys, what, CODE, &hash) == BJ_OK);
    BJ_CHECK(bj_db_query(owner,
                         "UPDATE mail_tokens SET code_hash = $2::bytea WHERE user_id = $1"
                         " AND code_sent_at IS NOT NULL",
                         BJ_DB_PARAMS(bj_db_u64(user_id).text, hash.text), NULL) == BJ_OK);
}

static void test_code(uint64_t asha) {
    char token[BJ_TOKEN_BYTES], other[BJ_TOKEN_BYTES];
    make_link(asha, token);
    make_link(asha, other);
    BJ_CHECK(reset(token, CODE) == BJ_ERR_DENIED && !last.retry_s); /* none was sent */
    last = (bj_reset_t){.token = token, .password = "password123", .code = ""};
    BJ_CHECK(bj_reset_password(identity, &who, &last) == BJ_ERR_BAD_FIELD && last.refused);
    BJ_CHECK(!entered(asha, "asked")); /* a password that is none sends no code */
    BJ_CHECK(reset(token, "") == BJ_OK && last.next == BJ_RESET_CODE);
    BJ_CHECK(strcmp(last.sent_to, "+91********10") == 0 && entered(asha, "asked"));
    BJ_CHECK(may_log_in("asha@b.in", WORD)); /* nothing has changed yet */
    plant(asha);
    BJ_CHECK(reset(token, "000000") == BJ_ERR_DENIED && entered(asha, "refused"));
    BJ_CHECK(reset(other, CODE) == BJ_ERR_DENIED); /* of another link */
    BJ_CHECK(reset(token, CODE) == BJ_OK && last.next == BJ_RESET_DONE && entered(asha, "done"));
    BJ_CHECK(may_log_in("asha@b.in", FRESH) && !may_log_in("asha@b.in", WORD));
    BJ_CHECK(reset(token, CODE) == BJ_ERR_NOT_FOUND && reset(other, "") == BJ_ERR_NOT_FOUND);
}

/* Five tries a code, ten minutes, and five codes: then whoever has the mailbox waits. */
static void test_bounds(uint64_t asha) {
    char token[BJ_TOKEN_BYTES];
    make_link(asha, token);
    BJ_CHECK(reset(token, "") == BJ_OK);
    plant(asha);
    for (int i = 0; i < 5; i++)
        BJ_CHECK(reset(token, "000000") == BJ_ERR_DENIED);
    BJ_CHECK(reset(token, CODE) == BJ_ERR_DENIED);
    BJ_CHECK(reset(token, "") == BJ_OK); /* another one */
    plant(asha);
    tell("UPDATE mail_tokens SET code_sent_at = now() - interval '11 minutes' WHERE user_id = $1"
         " AND code_sent_at IS NOT NULL",
         asha);
    BJ_CHECK(reset(token, CODE) == BJ_ERR_DENIED);
    bj_status_t status = BJ_OK;
    unsigned sent = 0;
    for (; status == BJ_OK && sent < 10; sent++) {
        make_link(asha, token); /* another link is no way round it */
        status = reset(token, "");
    }
    BJ_CHECK(status == BJ_ERR_DENIED && last.retry_s > 0 && sent == 3);
    /* Its owner goes on getting codes for a new number: they are counted apart. */
    bj_caller_t caller = {.user_id = asha, .role = BJ_ROLE_CLIENT, .email = "asha@b.in"};
    uint32_t retry_s;
    BJ_CHECK(bj_contact_ask(identity, &caller, HERE, BJ_CONTACT_PHONE, "+919876543211", &retry_s) ==
             BJ_OK);
}

static void test_ways(uint64_t nothing) {
    char token[BJ_TOKEN_BYTES];
    make_link(nothing, token);
    BJ_CHECK(reset(token, "") == BJ_OK && last.next == BJ_RESET_HELP);
    BJ_CHECK(reset(token, CODE) == BJ_OK && last.next == BJ_RESET_HELP);
    BJ_CHECK(may_log_in("ravi@b.in", WORD) && entered(nothing, "refused"));
    /* Staff has helped, or made somebody: the first password, once. */
    uint32_t account;
    BJ_CHECK(bj_identity_add(identity, "ravi@b.in", "A", BJ_ROLE_CLIENT, NULL, &account) == BJ_OK);
    make_link(nothing, token);
    BJ_CHECK(!may_log_in("ravi@b.in", WORD));
    BJ_CHECK(reset(token, "") == BJ_OK && last.next == BJ_RESET_DONE);
    BJ_CHECK(may_log_in("ravi@b.in", FRESH));
    make_link(nothing, token);
    BJ_CHECK(reset(token, "") == BJ_OK && last.next == BJ_RESET_HELP);
    BJ_CHECK(reset("nonsense", "") == BJ_ERR_NOT_FOUND);
}

int main(void) {
    if (!identity_test_is_on("test_bj_reset")) {
        BJ_CHECK(BJ_CONTACT_TRIES == 5);
        return bj_test_end("test_bj_reset (without BJ_TEST_PG)");
    }
    identity_test_open(IDENTITY_TEST_NO_REDIS, (bj_identity_config_t){.codes_per_network = 0});
    uint64_t asha = add_user("asha@b.in", BJ_ROLE_CLIENT),
             ravi = add_user("ravi@b.in", BJ_ROLE_CLIENT);
    BJ_CHECK(bj_contact_vouch(identity, &who, "asha@b.in", "+919876543210") == BJ_OK);
    test_code(asha);
    test_bounds(asha);
    test_ways(ravi);
    identity_test_close();
    return bj_test_end("test_bj_reset");
}
