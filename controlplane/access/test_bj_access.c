/* Goal: every role before every kind of policy, with and without the token; and buckets that empty
 * and fill by the clock they are given. */
#include <stdlib.h>
#include <unistd.h>
#include "controlplane/access/bj_policy.h"
#include "controlplane/access/bj_scope.h"
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
    {"dealer at staff's", BJ_POLICY_ORDER_READ_ALL, BJ_ROLE_DEALER, false, false, NULL, BJ_MAY},
    {"dealer at admin's", BJ_POLICY_SESSION_REVOKE, BJ_ROLE_DEALER, false, true, TOKEN,
     BJ_MUST_NOT},
    {"dealer trades", BJ_POLICY_ORDER_PLACE, BJ_ROLE_DEALER, false, true, TOKEN, BJ_MAY},
    {"admin does not trade", BJ_POLICY_ORDER_PLACE, BJ_ROLE_ADMIN, false, true, TOKEN, BJ_MUST_NOT},
    {"admin halts", BJ_POLICY_SESSION_REVOKE, BJ_ROLE_ADMIN, false, true, TOKEN, BJ_MAY},
    {"client reads the trail", BJ_POLICY_AUDIT_READ, BJ_ROLE_CLIENT, false, false, NULL,
     BJ_MUST_NOT},
    {"dealer reads the trail", BJ_POLICY_AUDIT_READ, BJ_ROLE_DEALER, false, false, NULL,
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
        bj_caller_t caller = {.role = cases[i].role, .is_operator = cases[i].is_operator,
                              .rights = {.to_minute = BJ_DAY_MINUTES}};
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
        bj_caller_t caller = {.role = rows[i].role, .proved_ns = NOW_NS - rows[i].age_ns,
                              .rights = {.to_minute = BJ_DAY_MINUTES}};
        memcpy(caller.csrf, TOKEN, sizeof TOKEN);
        BJ_CHECK(bj_access_check(BJ_POLICY_MARKET_SET, &caller, true, rows[i].csrf,
                                 NOW_NS) == rows[i].want);
        if (rows[i].want != BJ_MUST_PROVE) continue;
        BJ_CHECK(bj_access_check(BJ_POLICY_SESSION_REVOKE, &caller, true, rows[i].csrf, NOW_NS) ==
                 BJ_MAY);
        caller.is_operator = true;
        BJ_CHECK(bj_access_check(BJ_POLICY_MARKET_SET, &caller, true, NULL, NOW_NS) ==
                 BJ_MAY);
    }
}

/* Who owes a phone number, an app of such a person too, places no order, has no money paid out and
 * may do all else. */
static void test_phone_due(void) {
    bj_caller_t caller = {.role = BJ_ROLE_CLIENT,
                          .proved_ns = NOW_NS,
                          .rights = {.to_minute = BJ_DAY_MINUTES, .phone_due = true}};
    memcpy(caller.csrf, TOKEN, sizeof TOKEN);
    for (int p = BJ_POLICY_NONE + 1; p < BJ_POLICY_CNT; p++) {
        bj_verdict_t got = bj_access_check((bj_policy_t)p, &caller, true, TOKEN, NOW_NS);
        bool wants = p == BJ_POLICY_ORDER_PLACE || p == BJ_POLICY_BANK_SET ||
                     p == BJ_POLICY_PAYOUT_ASK;
        BJ_CHECK((got == BJ_MUST_VERIFY) == wants);
    }
    bj_caller_t app = caller;
    app.is_app = true;
    app.scopes = BJ_SCOPE_ORDERS_WRITE;
    BJ_CHECK(bj_access_check(BJ_POLICY_ORDER_PLACE, &app, true, NULL, NOW_NS) == BJ_MUST_VERIFY);
    app.rights.phone_due = false;
    BJ_CHECK(bj_access_check(BJ_POLICY_ORDER_PLACE, &app, true, NULL, NOW_NS) == BJ_MAY);
    caller.role = BJ_ROLE_AUDITOR; /* the role's no comes first */
    BJ_CHECK(bj_access_check(BJ_POLICY_ORDER_PLACE, &caller, true, TOKEN, NOW_NS) == BJ_MUST_NOT);
}

/* What is demanded, what somebody holds and was proved by, and what is still due. */
#define NO BJ_DEMAND_NONE
#define FACTOR BJ_DEMAND_FACTOR
#define KEY BJ_DEMAND_PASSKEY
static void test_due(void) {
    static const struct {
        bj_demand_t   demanded, held;
        bj_proof_by_t by;
        bj_due_t      want;
    } rows[] = {
        {NO, NO, BJ_PROOF_PASSWORD, BJ_DUE_NOTHING},
        {NO, KEY, BJ_PROOF_PASSWORD, BJ_DUE_NOTHING},
        {FACTOR, NO, BJ_PROOF_PASSWORD, BJ_DUE_ENROL},
        {FACTOR, FACTOR, BJ_PROOF_PASSWORD, BJ_DUE_PROVE}, /* a session from before it came */
        {FACTOR, KEY, BJ_PROOF_PASSWORD, BJ_DUE_PROVE},
        {FACTOR, FACTOR, BJ_PROOF_CODE, BJ_DUE_NOTHING},
        {FACTOR, FACTOR, BJ_PROOF_RECOVERY, BJ_DUE_NOTHING},
        {FACTOR, KEY, BJ_PROOF_PASSKEY, BJ_DUE_NOTHING},
        {KEY, NO, BJ_PROOF_PASSWORD, BJ_DUE_ENROL},
        {KEY, FACTOR, BJ_PROOF_CODE, BJ_DUE_ENROL},
        {KEY, KEY, BJ_PROOF_CODE, BJ_DUE_PROVE},
        {KEY, KEY, BJ_PROOF_PASSWORD, BJ_DUE_PROVE},
        {KEY, KEY, BJ_PROOF_RECOVERY, BJ_DUE_ENROL}, /* it may be lost */
        {KEY, KEY, BJ_PROOF_PASSKEY, BJ_DUE_NOTHING},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = BJ_ROLE_ADMIN, .demanded = rows[i].demanded,
                              .rights = {.held = rows[i].held}, .proved_by = rows[i].by};
        BJ_CHECK(bj_access_due(&caller) == rows[i].want);
        bj_caller_t app = caller;
        app.is_app = true; /* asked for what its person holds */
        BJ_CHECK((bj_access_due(&app) == BJ_DUE_NOTHING) == (rows[i].held >= rows[i].demanded));
        caller.is_operator = true;
        BJ_CHECK(bj_access_due(&caller) == BJ_DUE_NOTHING);
    }
    BJ_CHECK(!strcmp(bj_due_name(BJ_DUE_PROVE), "prove") && !*bj_due_name(BJ_DUE_NOTHING));
}

/* Every policy, for somebody of whom a factor is due: what is early goes on, nothing else. */
static void test_early(void) {
    static const bj_policy_t always[] = {BJ_POLICY_PUBLIC, BJ_POLICY_PROFILE_READ,
                                         BJ_POLICY_SELF_ENTER, BJ_POLICY_SELF_END};
    bj_caller_t caller = {.role = BJ_ROLE_COMPLIANCE, .proved_ns = NOW_NS,
                          .demanded = BJ_DEMAND_PASSKEY, .rights = {.to_minute = BJ_DAY_MINUTES}};
    memcpy(caller.csrf, TOKEN, sizeof TOKEN);
    for (int p = BJ_POLICY_NONE; p < BJ_POLICY_CNT; p++) {
        bool early = p == BJ_POLICY_SELF_ENROL;
        for (size_t i = 0; i < BJ_COUNT(always); i++) early = early || always[i] == (bj_policy_t)p;
        caller.rights.held = BJ_DEMAND_FACTOR;
        bj_verdict_t got = bj_access_check((bj_policy_t)p, &caller, true, TOKEN, NOW_NS);
        bool mine = got != BJ_MUST_NOT && got != BJ_MUST_ASK; /* the role's no comes first */
        BJ_CHECK(!mine || got == (early ? BJ_MAY : BJ_MUST_FACTOR));
        /* Who can prove adds nothing before. */
        caller.rights.held = BJ_DEMAND_PASSKEY;
        if (p == BJ_POLICY_SELF_ENROL) early = false;
        got = bj_access_check((bj_policy_t)p, &caller, true, TOKEN, NOW_NS);
        BJ_CHECK(!mine || got == (early ? BJ_MAY : BJ_MUST_FACTOR));
    }
    bj_caller_t app = caller;
    app.is_app = true;
    app.scopes = BJ_SCOPE_PROFILE;
    BJ_CHECK(bj_access_check(BJ_POLICY_PROFILE_READ, &app, false, NULL, NOW_NS) == BJ_MAY);
    app.rights.held = BJ_DEMAND_FACTOR;
    BJ_CHECK(bj_access_check(BJ_POLICY_PROFILE_READ, &app, false, NULL, NOW_NS) ==
             BJ_MUST_FACTOR);
}

/* From elsewhere: reading goes on or does not, what changes or weighs wants another proof; getting
 * in and out goes. */
static void test_elsewhere(void) {
    static const struct {
        bj_policy_t policy;
        bj_role_t   role;
        bool        changes, reads;
        bj_verdict_t want;
    } rows[] = {
        {BJ_POLICY_PUBLIC, BJ_ROLE_CLIENT, true, false, BJ_MAY},
        {BJ_POLICY_BOOK_READ, BJ_ROLE_CLIENT, false, true, BJ_MAY},
        {BJ_POLICY_BOOK_READ, BJ_ROLE_CLIENT, false, false, BJ_MUST_PROVE_HERE},
        {BJ_POLICY_PROFILE_READ, BJ_ROLE_CLIENT, false, false, BJ_MAY},
        {BJ_POLICY_ORDER_PLACE, BJ_ROLE_CLIENT, true, true, BJ_MUST_PROVE_HERE},
        {BJ_POLICY_SELF, BJ_ROLE_CLIENT, true, true, BJ_MUST_PROVE_HERE},
        {BJ_POLICY_SELF_ENTER, BJ_ROLE_CLIENT, true, false, BJ_MAY},
        {BJ_POLICY_SELF_END, BJ_ROLE_CLIENT, true, true, BJ_MUST_PROVE_HERE},
        {BJ_POLICY_SELF_ENROL, BJ_ROLE_CLIENT, true, true, BJ_MUST_PROVE_HERE},
        {BJ_POLICY_MARKET_SET, BJ_ROLE_ADMIN, true, true, BJ_MUST_PROVE_HERE},
        {BJ_POLICY_MARKET_SET, BJ_ROLE_CLIENT, true, true, BJ_MUST_NOT},
        {BJ_POLICY_SESSION_REVOKE, BJ_ROLE_ADMIN, true, true, BJ_MUST_PROVE_HERE},
        {BJ_POLICY_AUDIT_READ, BJ_ROLE_AUDITOR, false, true, BJ_MAY},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = rows[i].role, .is_elsewhere = true, .proved_ns = NOW_NS,
                              .reads_elsewhere = rows[i].reads, .csrf = TOKEN,
                              .rights = {.to_minute = BJ_DAY_MINUTES}};
        bj_verdict_t got = bj_access_check(rows[i].policy, &caller, rows[i].changes, TOKEN, NOW_NS);
        BJ_CHECK(got == rows[i].want);
        if (got != rows[i].want) fprintf(stderr, "  row %zu\n", i);
        caller.is_elsewhere = false;
        got = bj_access_check(rows[i].policy, &caller, rows[i].changes, TOKEN, NOW_NS);
        BJ_CHECK(got == (rows[i].want == BJ_MUST_NOT ? BJ_MUST_NOT : BJ_MAY));
    }
}

/* identity.demand: what is absent is demanded, what is written wrong is said. */
static void test_demands(void) {
    static const struct {
        const char *json, *error;
        bj_demand_t client, staff;
    } rows[] = {
        {"{}", "", BJ_DEMAND_FACTOR, BJ_DEMAND_PASSKEY},
        {"{\"identity\":{\"demand\":{}}}", "", BJ_DEMAND_FACTOR, BJ_DEMAND_PASSKEY},
        {"{\"identity\":{\"demand\":{\"client\":\"none\",\"staff\":\"factor\"}}}", "",
         BJ_DEMAND_NONE, BJ_DEMAND_FACTOR},
        {"{\"identity\":{\"demand\":{\"client\":\"passkey\",\"staff\":\"none\"}}}", "",
         BJ_DEMAND_PASSKEY, BJ_DEMAND_NONE},
        {"{\"identity\":{\"demand\":{\"client\":\"totp\"}}}",
         "identity.demand.client must be none, factor or passkey", 0, 0},
        {"{\"identity\":{\"demand\":{\"staff\":\"\"}}}",
         "identity.demand.staff must be none, factor or passkey", 0, 0},
        {"{\"identity\":{\"demand\":\"none\"}}",
         "identity.demand must be an object with client and staff, and nothing else", 0, 0},
        {"{\"identity\":{\"demand\":{\"clients\":\"none\"}}}",
         "identity.demand must be an object with client and staff, and nothing else", 0, 0},
    };
    char path[] = "/tmp/test_bj_access.XXXXXX", error[BJ_DEMAND_ERROR_BYTES];
    int fd = mkstemp(path);
    BJ_CHECK(fd >= 0);
    for (size_t i = 0; fd >= 0 && i < BJ_COUNT(rows); i++) {
        bj_demands_t got;
        FILE *file = fopen(path, "w");
        BJ_CHECK(file && fputs(rows[i].json, file) >= 0 && fclose(file) == 0);
        bj_config_t *config = bj_config_load(path);
        bool ok = bj_demands_read(config, &got, error);
        BJ_CHECK(ok == !*rows[i].error && !strcmp(error, rows[i].error));
        BJ_CHECK(!ok || (got.client == rows[i].client && got.staff == rows[i].staff));
        bj_config_free(config);
    }
    if (fd >= 0) close(fd);
    unlink(path);
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
        BJ_CHECK(rule->name && (rule->anyone || rule->own | rule->branch | rule->all |
                                                   rule->elevated));
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
        {BJ_POLICY_MARKET_READ, BJ_SCOPE_MARKET_READ, BJ_MAY},
        {BJ_POLICY_MARKET_READ, 0, BJ_MUST_NOT},
        {BJ_POLICY_BOOK_READ, BJ_SCOPE_ORDERS_WRITE, BJ_MUST_NOT},
        {BJ_POLICY_ORDER_PLACE, BJ_SCOPE_ORDERS_READ, BJ_MUST_NOT},
        {BJ_POLICY_ORDER_PLACE, BJ_SCOPE_ORDERS_READ | BJ_SCOPE_ORDERS_WRITE, BJ_MAY},
        {BJ_POLICY_PROFILE_READ, BJ_SCOPE_PROFILE, BJ_MAY},
        {BJ_POLICY_SELF, ~0u, BJ_MUST_NOT},
        {BJ_POLICY_SELF_SECURE, ~0u, BJ_MUST_NOT},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = BJ_ROLE_CLIENT, .is_app = true, .scopes = rows[i].scopes,
                              .proved_ns = NOW_NS};
        BJ_CHECK(bj_access_check(rows[i].policy, &caller, true, NULL, NOW_NS) == rows[i].want);
    }
    /* For its person only, also where that person may act for others. */
    bj_caller_t dealer = {.role = BJ_ROLE_DEALER, .account_id = 1000, .rights = {.branch_id = 7}};
    const bj_object_t own = {.account_id = 1000, .branch_id = 7}, nobody = {.account_id = 0};
    const bj_object_t other = {.account_id = 1001, .branch_id = 7};
    BJ_CHECK(bj_access_object(BJ_POLICY_BOOK_READ, &dealer, &other) == BJ_MAY);
    dealer.is_app = true;
    BJ_CHECK(bj_access_object(BJ_POLICY_BOOK_READ, &dealer, &other) == BJ_NOT_YOURS);
    BJ_CHECK(bj_access_object(BJ_POLICY_BOOK_READ, &dealer, &own) == BJ_MAY);
    BJ_CHECK(bj_access_object(BJ_POLICY_BOOK_READ, &dealer, &nobody) == BJ_MAY);
}

/* Staff's hours are India's: NOW_NS is 1970-01-12 13:46:40 UTC, 19:16 there. */
static void test_hours(void) {
    static const struct {
        bj_role_t    role;
        int32_t      from_minute, to_minute;
        bj_verdict_t want;
    } rows[] = {
        {BJ_ROLE_DEALER, 0, 1440, BJ_MAY},
        {BJ_ROLE_DEALER, 19 * 60 + 16, 19 * 60 + 17, BJ_MAY},
        {BJ_ROLE_DEALER, 19 * 60 + 17, 1440, BJ_NOT_NOW},
        {BJ_ROLE_DEALER, 0, 19 * 60 + 16, BJ_NOT_NOW},
        {BJ_ROLE_DEALER, 0, 0, BJ_NOT_NOW}, /* nobody said when */
        {BJ_ROLE_CLIENT, 0, 1, BJ_MAY},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = rows[i].role, .csrf = TOKEN,
                              .rights = {.from_minute = rows[i].from_minute,
                                         .to_minute = rows[i].to_minute}};
        BJ_CHECK(bj_access_check(BJ_POLICY_ORDER_PLACE, &caller, true, TOKEN, NOW_NS) ==
                 rows[i].want);
        BJ_CHECK(bj_access_check(BJ_POLICY_SELF, &caller, true, TOKEN, NOW_NS) == BJ_MAY);
    }
}

/* Whose it is, of which branch, in which segment, for how much. */
static void test_object(void) {
    enum { MINE = 1000, OTHER = 1001, CM = BJ_TRADES_CM, FO = 2 };
    static const struct {
        const char  *name;
        bj_policy_t  policy;
        bj_role_t    role;
        bj_object_t  object;
        bj_verdict_t want;
    } rows[] = {
        {"own", BJ_POLICY_ORDER_PLACE, BJ_ROLE_CLIENT, {MINE, 0, CM, 0, 500}, BJ_MAY},
        {"own, too much", BJ_POLICY_ORDER_PLACE, BJ_ROLE_CLIENT, {MINE, 0, CM, 0, 501},
         BJ_OVER_AMOUNT},
        {"own, elsewhere", BJ_POLICY_ORDER_PLACE, BJ_ROLE_CLIENT, {MINE, 0, FO, 0, 1},
         BJ_NOT_IN_SEGMENT},
        {"another's", BJ_POLICY_ORDER_PLACE, BJ_ROLE_CLIENT, {OTHER, 7, CM, CM, 1}, BJ_NOT_YOURS},
        {"of the branch", BJ_POLICY_ORDER_PLACE, BJ_ROLE_DEALER, {OTHER, 7, CM, CM, 500}, BJ_MAY},
        {"of another", BJ_POLICY_ORDER_PLACE, BJ_ROLE_DEALER, {OTHER, 8, CM, CM, 1}, BJ_NOT_YOURS},
        {"of none", BJ_POLICY_ORDER_PLACE, BJ_ROLE_DEALER, {OTHER, 0, CM, CM, 1}, BJ_NOT_YOURS},
        {"it may not", BJ_POLICY_ORDER_PLACE, BJ_ROLE_DEALER, {OTHER, 7, CM, FO, 1},
         BJ_NOT_IN_SEGMENT},
        {"too much", BJ_POLICY_ORDER_PLACE, BJ_ROLE_DEALER, {OTHER, 7, CM, CM, 501},
         BJ_OVER_AMOUNT},
        {"risk reads", BJ_POLICY_BOOK_READ, BJ_ROLE_RISK, {OTHER, 8, 0, 0, 0}, BJ_MAY},
        {"risk places none", BJ_POLICY_ORDER_PLACE, BJ_ROLE_RISK, {OTHER, 7, CM, CM, 1},
         BJ_NOT_YOURS},
        {"support reads none", BJ_POLICY_BOOK_READ, BJ_ROLE_SUPPORT, {OTHER, 7, 0, 0, 0},
         BJ_NOT_YOURS},
        {"no such policy", BJ_POLICY_NONE, BJ_ROLE_ADMIN, {OTHER, 7, 0, 0, 0}, BJ_NOT_YOURS},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = rows[i].role, .account_id = MINE,
                              .rights = {.branch_id = 7, .segments = CM, .order_max_paise = 500}};
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(bj_access_object(rows[i].policy, &caller, &rows[i].object) == rows[i].want);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", rows[i].name);
    }
    bj_caller_t dealer = {.role = BJ_ROLE_DEALER, .rights = {.branch_id = 7}};
    bj_caller_t risk = {.role = BJ_ROLE_RISK}, client = {.role = BJ_ROLE_CLIENT};
    BJ_CHECK(bj_access_branch(BJ_POLICY_ORDER_READ_ALL, &dealer) == 7);
    BJ_CHECK(bj_access_branch(BJ_POLICY_ORDER_READ_ALL, &risk) == 0);
    BJ_CHECK(bj_access_branch(BJ_POLICY_ORDER_READ_ALL, &client) == UINT32_MAX);
    bj_caller_t app = {.role = BJ_ROLE_RISK, .is_app = true};
    BJ_CHECK(bj_access_reach(BJ_POLICY_BOOK_READ, &risk) == BJ_REACH_ALL);
    BJ_CHECK(bj_access_reach(BJ_POLICY_BOOK_READ, &dealer) == BJ_REACH_BRANCH);
    BJ_CHECK(bj_access_reach(BJ_POLICY_BOOK_READ, &client) == BJ_REACH_OWN);
    BJ_CHECK(bj_access_reach(BJ_POLICY_BOOK_READ, &app) == BJ_REACH_OWN);
}

/* One key a network, however the address is written; what is no address stays itself. */
static void test_network(void) {
    static const struct {
        const char *client, *network;
    } rows[] = {
        {"10.0.0.1", "10.0.0.1"},
        {"2001:db8:1:2:3::1", "2001:db8:1:2::"},
        {"2001:db8:1:2::9", "2001:db8:1:2::"},
        {"2001:db8::a:b:c:d", "2001:db8::"}, /* as if its fourth part were a */
        {"2001:db8::1", "2001:db8::"},
        {"2001:db8:5:0:a:b:c:d", "2001:db8:5::"},
        {"2001:db8:5::1", "2001:db8:5::"},
        {"unix:", "unix:"},
        {"", ""},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        char out[BJ_ADDRESS_BYTES];
        BJ_CHECK(!strcmp(bj_access_network(rows[i].client, out), rows[i].network));
    }
}

static void test_segments(void) {
    unsigned got;
    BJ_CHECK(bj_segments_read("{}", &got) && got == 0);
    BJ_CHECK(bj_segments_read("{CM}", &got) && got == BJ_TRADES_CM);
    BJ_CHECK(bj_segments_read("{CO,CM,FO,CD}", &got) && got == BJ_TRADES_ALL);
    static const char *const wrong[] = {"", "{", "CM", "{CM", "{CM,}", "{XX}", "{CM}x", "{CM FO}",
                                        "{C", "{cm}", "{CM,FO,}", "{,CM}"};
    for (size_t i = 0; i < BJ_COUNT(wrong); i++) BJ_CHECK(!bj_segments_read(wrong[i], &got));
}

/* --- docs/access.md is the table, word for word. */

static void add(char *out, size_t out_bytes, const char *word) {
    size_t at = strlen(out);
    snprintf(out + at, out_bytes - at, "%s%s", at ? ", " : "", word);
}

static const char *roles_text(unsigned roles, char out[128]) {
    static const bj_role_t order[] = {BJ_ROLE_CLIENT,  BJ_ROLE_DEALER, BJ_ROLE_RISK,
                                      BJ_ROLE_COMPLIANCE, BJ_ROLE_SUPPORT, BJ_ROLE_ADMIN,
                                      BJ_ROLE_AUDITOR};
    size_t cnt = 0;
    out[0] = '\0';
    for (size_t i = 0; i < BJ_COUNT(order); i++) {
        if (!(roles & order[i])) continue;
        add(out, 128, bj_role_name(order[i]));
        cnt++;
    }
    if (roles & BJ_ROLE_OPERATOR) add(out, 128, "operator");
    if (cnt == BJ_COUNT(order)) snprintf(out, 128, "everybody");
    if (cnt == BJ_COUNT(order) - 1 && !(roles & BJ_ROLE_CLIENT)) snprintf(out, 128, "all staff");
    if (!roles) snprintf(out, 128, "-");
    return out;
}

/* What the row must end with, after its name and what it is about. */
static void row_text(const bj_policy_rule_t *rule, char *out, size_t out_bytes) {
    char own[128], branch[128], all[128], elevated[128], app[96] = "", more[64] = "";
    for (unsigned scope = 1; scope < 1u << BJ_SCOPE_CNT; scope <<= 1) {
        if (rule->scopes & scope) add(app, sizeof app, bj_scope_name(scope));
    }
    if (rule->fresh_s) add(more, sizeof more, "fresh");
    if (rule->limits) add(more, sizeof more, "limits");
    if (rule->phone) add(more, sizeof more, "phone");
    if (rule->hours) add(more, sizeof more, "hours");
    if (rule->standing) add(more, sizeof more, "standing");
    if (rule->early == BJ_EARLY) add(more, sizeof more, "early");
    if (rule->early == BJ_EARLY_ENROL) add(more, sizeof more, "early to enrol");
    snprintf(out, out_bytes, "| %s | %s | %s | %s | %s | %s |\n", roles_text(rule->own, own),
             roles_text(rule->branch, branch),
             rule->anyone ? "anyone" : roles_text(rule->all, all),
             roles_text(rule->elevated, elevated), *app ? app : "-", *more ? more : "-");
}

static void test_docs(void) {
    static char text[65536];
    char name[64], want[512];
    FILE *file = fopen("docs/access.md", "r");
    BJ_CHECK(file);
    if (!file) return;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (int p = BJ_POLICY_NONE + 1; p < BJ_POLICY_CNT; p++) {
        const bj_policy_rule_t *rule = bj_policy_rule((bj_policy_t)p);
        snprintf(name, sizeof name, "\n| `%s` | ", rule->name);
        row_text(rule, want, sizeof want);
        const char *row = strstr(text, name);
        const char *what = row ? strstr(row + strlen(name), " | ") : NULL;
        bool same = what && strncmp(what + 1, want, strlen(want)) == 0;
        BJ_CHECK(same);
        if (!same) fprintf(stderr, "  docs/access.md: `%s` %s", rule->name, want);
    }
}

/* More for a while: a role's rights, or one policy's to who may have it given. */
static void test_elevated(void) {
    static const struct {
        const char  *name;
        bj_policy_t  policy;
        bj_role_t    role, elevated_role;
        int          elevated_policy;
        bj_verdict_t want;
    } rows[] = {
        {"nothing", BJ_POLICY_DAY_END, BJ_ROLE_ADMIN, 0, 0, BJ_MUST_ASK},
        {"cannot be asked for", BJ_POLICY_DAY_END, BJ_ROLE_RISK, 0, BJ_POLICY_DAY_END,
         BJ_MUST_NOT},
        {"this policy", BJ_POLICY_DAY_END, BJ_ROLE_ADMIN, 0, BJ_POLICY_DAY_END, BJ_MAY},
        {"another policy", BJ_POLICY_DAY_END, BJ_ROLE_ADMIN, 0, BJ_POLICY_USER_SET, BJ_MUST_ASK},
        {"a role", BJ_POLICY_LIMIT_SET, BJ_ROLE_SUPPORT, BJ_ROLE_RISK, 0, BJ_MAY},
        {"a role's elevations are not in it", BJ_POLICY_DAY_END, BJ_ROLE_SUPPORT, BJ_ROLE_ADMIN, 0,
         BJ_MUST_NOT},
        {"nor what stands only", BJ_POLICY_ELEVATION_DECIDE, BJ_ROLE_SUPPORT, BJ_ROLE_ADMIN, 0,
         BJ_MUST_NOT},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = rows[i].role, .csrf = TOKEN, .proved_ns = NOW_NS,
                              .rights = {.to_minute = BJ_DAY_MINUTES},
                              .elevated_role = rows[i].elevated_role,
                              .elevated_policy = rows[i].elevated_policy};
        unsigned fails = bj_fail_cnt;
        if (rows[i].elevated_role || rows[i].elevated_policy) caller.elevation[0] = '1';
        BJ_CHECK(bj_access_check(rows[i].policy, &caller, true, TOKEN, NOW_NS) == rows[i].want);
        caller.elevation[0] = '\0'; /* without an id it is none */
        BJ_CHECK(bj_access_check(rows[i].policy, &caller, true, TOKEN, NOW_NS) != BJ_MAY);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", rows[i].name);
    }
    BJ_CHECK(bj_policy_of("day_end") == BJ_POLICY_DAY_END && bj_policy_of("none") == 0);
    BJ_CHECK(bj_access_roles(BJ_POLICY_ELEVATION_DECIDE) == 0);
}

static void test_roles(void) {
    BJ_CHECK(bj_role_of("client") == BJ_ROLE_CLIENT && bj_role_of("admin") == BJ_ROLE_ADMIN);
    BJ_CHECK(bj_role_of("auditor") == BJ_ROLE_AUDITOR);
    BJ_CHECK(bj_role_of("compliance") == BJ_ROLE_COMPLIANCE);
    BJ_CHECK(bj_role_of("") == BJ_ROLE_NONE && bj_role_of("Client") == BJ_ROLE_NONE);
    BJ_CHECK(strcmp(bj_role_name(BJ_ROLE_DEALER), "dealer") == 0);
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
    test_phone_due();
    test_due();
    test_early();
    test_demands();
    test_elsewhere();
    test_default_deny();
    test_app();
    test_hours();
    test_object();
    test_network();
    test_segments();
    test_elevated();
    test_docs();
    test_roles();
    test_bucket();
    test_bucket_flood();
    return bj_test_end("test_bj_access");
}
