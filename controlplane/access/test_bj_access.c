/* Goal: every role before every kind of policy, with and without the token; and buckets that empty
 * and fill by the clock they are given. */
#include "controlplane/access/bj_policy.h"
#include "controlplane/access/bj_bucket.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

#define NOW_NS (1000000 * BJ_NS_PER_S)
#define TOKEN "0123456789012345678901234567890123456789012"

static const struct {
    const char  *name;
    bj_policy_t  policy;
    bj_role_t    role;
    bool         is_operator, changes;
    const char  *csrf;
    bj_verdict_t want;
} cases[] = {
    {"anyone reads", BJ_POLICY_PUBLIC, BJ_ROLE_NONE, false, false, NULL, BJ_MAY},
    {"anyone logs in", BJ_POLICY_PUBLIC, BJ_ROLE_NONE, false, true, NULL, BJ_MAY},
    {"nobody reads a user's", BJ_POLICY_SELF, BJ_ROLE_NONE, false, false, NULL, BJ_MUST_LOG_IN},
    {"nobody with a token", BJ_POLICY_SELF, BJ_ROLE_NONE, false, true, TOKEN, BJ_MUST_LOG_IN},
    {"client reads", BJ_POLICY_SELF, BJ_ROLE_CLIENT, false, false, NULL, BJ_MAY},
    {"client changes, no token", BJ_POLICY_SELF, BJ_ROLE_CLIENT, false, true, NULL,
     BJ_CSRF_MISSING},
    {"client changes, empty", BJ_POLICY_SELF, BJ_ROLE_CLIENT, false, true, "", BJ_CSRF_MISSING},
    {"client changes, one off", BJ_POLICY_SELF, BJ_ROLE_CLIENT, false, true,
     "1123456789012345678901234567890123456789012", BJ_CSRF_MISSING},
    {"client changes, its start", BJ_POLICY_SELF, BJ_ROLE_CLIENT, false, true, "0123",
     BJ_CSRF_MISSING},
    {"client changes", BJ_POLICY_SELF, BJ_ROLE_CLIENT, false, true, TOKEN, BJ_MAY},
    {"client at staff's", BJ_POLICY_ORDER_READ_ALL, BJ_ROLE_CLIENT, false, false, NULL,
     BJ_MUST_NOT},
    {"client at admin's", BJ_POLICY_SESSION_REVOKE, BJ_ROLE_CLIENT, false, true, TOKEN,
     BJ_MUST_NOT},
    {"broker at staff's", BJ_POLICY_ORDER_READ_ALL, BJ_ROLE_BROKER, false, false, NULL, BJ_MAY},
    {"broker at admin's", BJ_POLICY_SESSION_REVOKE, BJ_ROLE_BROKER, false, true, TOKEN,
     BJ_MUST_NOT},
    {"broker trades", BJ_POLICY_ORDER_PLACE, BJ_ROLE_BROKER, false, true, TOKEN, BJ_MAY},
    {"admin does not trade", BJ_POLICY_ORDER_PLACE, BJ_ROLE_ADMIN, false, true, TOKEN, BJ_MUST_NOT},
    {"admin halts", BJ_POLICY_SESSION_REVOKE, BJ_ROLE_ADMIN, false, true, TOKEN, BJ_MAY},
    {"client reads the trail", BJ_POLICY_AUDIT_READ, BJ_ROLE_CLIENT, false, false, NULL,
     BJ_MUST_NOT},
    {"broker reads the trail", BJ_POLICY_AUDIT_READ, BJ_ROLE_BROKER, false, false, NULL,
     BJ_MUST_NOT},
    {"auditor reads the trail", BJ_POLICY_AUDIT_READ, BJ_ROLE_AUDITOR, false, false, NULL, BJ_MAY},
    {"compliance reads the trail", BJ_POLICY_AUDIT_READ, BJ_ROLE_COMPLIANCE, false, false, NULL,
     BJ_MAY},
    {"auditor at staff's", BJ_POLICY_ORDER_READ_ALL, BJ_ROLE_AUDITOR, false, false, NULL,
     BJ_MUST_NOT},
    {"auditor at admin's", BJ_POLICY_SESSION_REVOKE, BJ_ROLE_AUDITOR, false, true, TOKEN,
     BJ_MUST_NOT},
    {"compliance does not trade", BJ_POLICY_ORDER_PLACE, BJ_ROLE_COMPLIANCE, false, true, TOKEN,
     BJ_MUST_NOT},
    {"operator needs no token", BJ_POLICY_SESSION_REVOKE, BJ_ROLE_ADMIN, true, true, NULL, BJ_MAY},
};

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_caller_t caller = {.role = cases[i].role, .is_operator = cases[i].is_operator};
        if (cases[i].role) memcpy(caller.csrf, TOKEN, sizeof TOKEN);
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(bj_access_check(cases[i].policy, &caller, cases[i].changes, cases[i].csrf,
                                 NOW_NS) == cases[i].want);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cases[i].name);
    }
}

static void test_session_without_csrf(void) {
    bj_caller_t caller = {.role = BJ_ROLE_CLIENT};
    BJ_CHECK(bj_access_check(BJ_POLICY_SELF, &caller, true, "", NOW_NS) == BJ_CSRF_MISSING);
}

/* The proof's age is the last thing that is looked at: before it come the token and the role. */
static void test_fresh(void) {
    static const struct {
        bj_role_t    role;
        const char  *csrf;
        int64_t      age_ns;
        bj_verdict_t want;
    } rows[] = {
        {BJ_ROLE_ADMIN, TOKEN, 0, BJ_MAY},
        {BJ_ROLE_ADMIN, TOKEN, BJ_PROOF_NS - 1, BJ_MAY},
        {BJ_ROLE_ADMIN, TOKEN, BJ_PROOF_NS, BJ_MUST_PROVE},
        {BJ_ROLE_ADMIN, TOKEN, NOW_NS, BJ_MUST_PROVE}, /* never */
        {BJ_ROLE_ADMIN, TOKEN, -1, BJ_MUST_PROVE},     /* in the future */
        {BJ_ROLE_ADMIN, NULL, BJ_PROOF_NS, BJ_CSRF_MISSING},
        {BJ_ROLE_CLIENT, TOKEN, BJ_PROOF_NS, BJ_MUST_NOT},
        {BJ_ROLE_NONE, TOKEN, 0, BJ_MUST_LOG_IN},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = rows[i].role, .proved_ns = NOW_NS - rows[i].age_ns};
        memcpy(caller.csrf, TOKEN, sizeof TOKEN);
        BJ_CHECK(bj_access_check(BJ_POLICY_ENGINE, &caller, true, rows[i].csrf,
                                 NOW_NS) == rows[i].want);
        if (rows[i].want != BJ_MUST_PROVE) continue;
        BJ_CHECK(bj_access_check(BJ_POLICY_SESSION_REVOKE, &caller, true, rows[i].csrf, NOW_NS) ==
                 BJ_MAY);
        caller.is_operator = true;
        BJ_CHECK(bj_access_check(BJ_POLICY_ENGINE, &caller, true, NULL, NOW_NS) ==
                 BJ_MAY);
    }
}

/* What has no row, or a row that says nothing, lets nobody in. */
static void test_default_deny(void) {
    bj_caller_t caller = {.role = BJ_ROLE_ADMIN, .is_operator = true};
    static const int none[] = {BJ_POLICY_NONE, BJ_POLICY_CNT, BJ_POLICY_CNT + 1, -1, INT32_MAX};
    for (size_t i = 0; i < BJ_COUNT(none); i++) {
        BJ_CHECK(bj_access_check((bj_policy_t)none[i], &caller, false, NULL, NOW_NS) ==
                 BJ_MUST_NOT);
    }
    for (int p = BJ_POLICY_NONE + 1; p < BJ_POLICY_CNT; p++) {
        const bj_policy_rule_t *rule = bj_policy_rule((bj_policy_t)p);
        BJ_CHECK(rule->name && rule->name[0] && (rule->anyone || rule->roles));
    }
}

/* An app has no cookie, so no page can make it ask; and what it may is its scopes, no more. */
static void test_app(void) {
    static const struct {
        bj_policy_t  policy;
        unsigned     scopes;
        bj_verdict_t want;
    } rows[] = {
        {BJ_POLICY_PUBLIC, 0, BJ_MAY},
        {BJ_POLICY_MARKET_READ, BJ_SCOPE_READ, BJ_MAY},
        {BJ_POLICY_MARKET_READ, 0, BJ_MUST_NOT},
        {BJ_POLICY_BOOK_READ, BJ_SCOPE_TRADE, BJ_MUST_NOT},
        {BJ_POLICY_ORDER_PLACE, BJ_SCOPE_READ, BJ_MUST_NOT},
        {BJ_POLICY_ORDER_PLACE, BJ_SCOPE_READ | BJ_SCOPE_TRADE, BJ_MAY},
        {BJ_POLICY_SELF, ~0u, BJ_MUST_NOT},
        {BJ_POLICY_SELF_SECURE, ~0u, BJ_MUST_NOT},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = BJ_ROLE_CLIENT, .is_app = true, .scopes = rows[i].scopes,
                              .proved_ns = NOW_NS};
        BJ_CHECK(bj_access_check(rows[i].policy, &caller, true, NULL, NOW_NS) == rows[i].want);
    }
}

static void test_roles(void) {
    BJ_CHECK(bj_role_of("client") == BJ_ROLE_CLIENT && bj_role_of("admin") == BJ_ROLE_ADMIN);
    BJ_CHECK(bj_role_of("auditor") == BJ_ROLE_AUDITOR);
    BJ_CHECK(bj_role_of("compliance") == BJ_ROLE_COMPLIANCE);
    BJ_CHECK(bj_role_of("") == BJ_ROLE_NONE && bj_role_of("Client") == BJ_ROLE_NONE);
    BJ_CHECK(strcmp(bj_role_name(BJ_ROLE_BROKER), "broker") == 0);
    BJ_CHECK(strcmp(bj_role_name((bj_role_t)6), "none") == 0);
}

static void test_bucket(void) {
    bj_bucket_t *buckets = bj_bucket_new();
    int64_t now_ns = 1000 * BJ_NS_PER_S;
    uint32_t retry_s;
    for (int i = 0; i < 10; i++) BJ_CHECK(bj_bucket_take(buckets, "a", 10, now_ns, &retry_s));
    BJ_CHECK(!bj_bucket_take(buckets, "a", 10, now_ns, &retry_s) && retry_s == 6);
    BJ_CHECK(bj_bucket_take(buckets, "b", 10, now_ns, &retry_s));
    BJ_CHECK(!bj_bucket_take(buckets, "a", 10, now_ns + 5 * BJ_NS_PER_S, &retry_s) && retry_s == 1);
    BJ_CHECK(bj_bucket_take(buckets, "a", 10, now_ns + 6 * BJ_NS_PER_S, &retry_s));
    BJ_CHECK(!bj_bucket_take(buckets, "a", 10, now_ns + 6 * BJ_NS_PER_S, &retry_s));
    /* After a minute of rest it is full, and not more than full. */
    int taken = 0;
    while (bj_bucket_take(buckets, "a", 10, now_ns + 900 * BJ_NS_PER_S, &retry_s)) taken++;
    BJ_CHECK(taken == 10);
    bj_bucket_free(buckets);
}

/* More keys than slots: whoever came lately is remembered, and nothing grows. */
static void test_bucket_flood(void) {
    bj_bucket_t *buckets = bj_bucket_new();
    uint32_t retry_s, refused = 0;
    for (int i = 0; i < 100000; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        if (!bj_bucket_take(buckets, key, 1, i, &retry_s)) refused++;
        if (bj_bucket_take(buckets, key, 1, i, &retry_s)) refused++;
    }
    BJ_CHECK(refused == 0);
    bj_bucket_free(buckets);
}

int main(void) {
    test_cases();
    test_session_without_csrf();
    test_fresh();
    test_default_deny();
    test_app();
    test_roles();
    test_bucket();
    test_bucket_flood();
    return bj_test_end("test_bj_access");
}
