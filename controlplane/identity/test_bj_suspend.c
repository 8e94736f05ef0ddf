/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): whom a suspended account lets in (nobody, by nothing, and it says no
 * more than of a wrong password), what ends with it, and what comes back.  Over HTTPS, with a
 * second server, apps and mails: tests/world/46-suspension.test.mjs. */
#include "controlplane/access/bj_account.h"
#include "controlplane/access/bj_policy.h"
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_people.h"
#include "controlplane/identity/identity_test.h"
#include "controlplane/identity/reset_test.h"

static const bj_trail_who_t staff = {.actor = "operator", .role = "operator", .address = HERE};

static size_t ended_cnt;

static void on_end(void *ctx, const uint8_t *token_hash) {
    (void)ctx, (void)token_hash;
    ended_cnt++;
}

static bj_status_t log_in(const char *email, const char *password, bj_login_t *login) {
    *login = (bj_login_t){.client = HERE, .device = "", .user_agent = "a browser"};
    return bj_login_password(identity, email, password, login);
}

static bj_status_t suspend(uint64_t user_id, bool suspended) {
    return bj_people_suspend(identity, &staff, user_id, suspended, "asked by the police");
}

/* As a wrong password is answered: the same status, and tries that run out in the same way. */
static void test_no_oracle(uint64_t user_id) {
    bj_login_t login;
    bj_status_t last[2] = {0};
    const char *words[2] = {"not the password", WORD};
    for (int w = 0; w < 2; w++) {
        BJ_CHECK(bj_db_query(owner, "DELETE FROM auth_tries", BJ_DB_NO_PARAMS, NULL) == BJ_OK);
        for (int i = 0; i < 11; i++) {
            last[w] = log_in("asha@b.in", words[w], &login);
            BJ_CHECK(last[w] == BJ_ERR_DENIED && !login.token[0] && !login.pending[0]);
            BJ_CHECK((login.retry_s > 0) == (i == 10));
        }
    }
    BJ_CHECK(bj_db_query(owner, "DELETE FROM auth_tries", BJ_DB_NO_PARAMS, NULL) == BJ_OK);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act = 'auth.login' AND outcome ="
                    " 'refused' AND reason = 'suspended' AND subject = 'user:' || $1",
                    user_id) == 20);
}

/* A log-in that was judged a moment before: the session does not begin. */
static void test_under_way(uint64_t user_id, const bj_user_t *before) {
    uint8_t hash[BJ_HASH_BYTES] = {1};
    BJ_CHECK(bj_pending_insert(db, &staff, before, hash) == BJ_ERR_DENIED);
    BJ_CHECK(number("SELECT count(*) FROM login_pending WHERE user_id = $1", user_id) == 0);
}

static void test_suspend(void) {
    uint64_t asha = add_user("asha@b.in", BJ_ROLE_CLIENT);
    const char *refused;
    bj_login_t login, denied;
    bj_caller_t caller;
    bj_user_t before;
    BJ_CHECK(log_in("asha@b.in", WORD, &login) == BJ_OK);
    BJ_CHECK(bj_identity_session(identity, login.token, &caller) == BJ_OK);
    BJ_CHECK(bj_user_by_email(db, keys, "asha@b.in", &before) == BJ_OK && !before.suspended);
    BJ_CHECK(bj_change_forgot(identity, &staff, "asha@b.in") == BJ_OK);
    BJ_CHECK(number("SELECT count(*) FROM mail_tokens WHERE user_id = $1 AND used_at IS NULL",
                    asha) == 1);
    BJ_CHECK(suspend(asha, false) == BJ_ERR_SEQUENCE);
    ended_cnt = 0;
    BJ_CHECK(suspend(asha, true) == BJ_OK && ended_cnt == 1);
    BJ_CHECK(suspend(asha, true) == BJ_ERR_SEQUENCE);
    BJ_CHECK(bj_identity_session(identity, login.token, &caller) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(number("SELECT count(*) FROM mail_tokens WHERE user_id = $1 AND used_at IS NULL",
                    asha) == 0);
    test_no_oracle(asha);
    test_under_way(asha, &before);
    BJ_CHECK(bj_change_forgot(identity, &staff, "asha@b.in") == BJ_OK); /* and nothing is sent */
    BJ_CHECK(number("SELECT count(*) FROM mail_tokens WHERE user_id = $1 AND used_at IS NULL",
                    asha) == 0);
    BJ_CHECK(reset_by(identity, &staff, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                      "another horse battery", &refused) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(log_in("asha@b.in", WORD, &denied) == BJ_ERR_DENIED);
    BJ_CHECK(suspend(asha, false) == BJ_OK);
    BJ_CHECK(log_in("asha@b.in", WORD, &login) == BJ_OK && login.token[0]);
    BJ_CHECK(number("SELECT count(*) FROM audit_entries WHERE act IN ('user.suspend',"
                    " 'user.resume') AND subject = 'user:' || $1 AND reason = 'asked by the"
                    " police' AND actor = 'operator'",
                    asha) == 2);
}

/* By whom, whom, and what is seen of it. */
static void test_whom(void) {
    uint64_t one = add_user("one@b.in", BJ_ROLE_ADMIN), two = add_user("two@b.in", BJ_ROLE_ADMIN);
    const bj_trail_who_t self = bj_trail_user(one, BJ_ROLE_ADMIN, HERE);
    const bj_people_filter_t filter = {.user_id = two};
    bj_person_t person;
    size_t cnt;
    BJ_CHECK(bj_people_suspend(identity, &self, one, true, "r") == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_people_suspend(identity, &self, two, true, "r") == BJ_OK);
    BJ_CHECK(suspend(one, true) == BJ_ERR_BAD_FIELD); /* the last one */
    BJ_CHECK(suspend(999999, true) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_people_list(db, keys, &filter, &person, 1, &cnt) == BJ_OK && cnt == 1);
    BJ_CHECK(person.suspended_us > 0 && !strcmp(person.suspended_by, self.actor));
    BJ_CHECK(!strcmp(person.suspend_reason, "r"));
    BJ_CHECK(suspend(two, false) == BJ_OK);
    BJ_CHECK(bj_people_list(db, keys, &filter, &person, 1, &cnt) == BJ_OK && cnt == 1);
    BJ_CHECK(!person.suspended_us && !person.suspended_by[0] && !person.suspend_reason[0]);
}

/* A dealer enters nothing for it, and may still cancel: no segment is asked there. */
static void test_account(void) {
    uint64_t ravi = add_user("ravi@b.in", BJ_ROLE_CLIENT);
    bj_object_t object = {0};
    object.account_id = (uint32_t)number("SELECT account_id FROM users WHERE user_id = $1", ravi);
    BJ_CHECK(bj_account_select(db, &object) == BJ_OK && object.segments && object.branch_id);
    BJ_CHECK(suspend(ravi, true) == BJ_OK);
    BJ_CHECK(bj_account_select(db, &object) == BJ_OK && !object.segments && object.branch_id);
}

int main(void) {
    if (!identity_test_is_on("test_bj_suspend")) {
        BJ_CHECK(bj_policy_rule(BJ_POLICY_USER_SUSPEND)->elevated == 0);
        return bj_test_end("test_bj_suspend (without BJ_TEST_PG)");
    }
    identity_test_open(IDENTITY_TEST_NO_REDIS, (bj_identity_config_t){.notify = {.end = on_end}});
    test_suspend();
    test_whom();
    test_account();
    identity_test_close();
    return bj_test_end("test_bj_suspend");
}
