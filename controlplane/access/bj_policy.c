#include "controlplane/access/bj_policy.h"

#include "dataplane/base/bj_time.h"

enum {
    CLIENT = BJ_ROLE_CLIENT,
    BROKER = BJ_ROLE_BROKER,
    ADMIN = BJ_ROLE_ADMIN,
    AUDITOR = BJ_ROLE_AUDITOR,
    COMPLIANCE = BJ_ROLE_COMPLIANCE,
    OPERATOR = BJ_ROLE_OPERATOR,
    EVERYBODY = CLIENT | BROKER | ADMIN | AUDITOR | COMPLIANCE | OPERATOR,
    FRESH = 15 * 60,
};

#define NAME(upper, lower) [BJ_POLICY_##upper] = {.name = lower

static const bj_policy_rule_t rules[BJ_POLICY_CNT] = {
    NAME(NONE, "none")},
    NAME(PUBLIC, "public"), .anyone = true},
    NAME(SELF, "self"), .roles = EVERYBODY},
    NAME(SELF_SECURE, "self_secure"), .roles = EVERYBODY, .fresh_s = FRESH},
    NAME(MARKET_READ, "market_read"), .roles = EVERYBODY, .scopes = BJ_SCOPE_READ},
    NAME(BOOK_READ, "book_read"), .roles = EVERYBODY, .scopes = BJ_SCOPE_READ},
    NAME(ORDER_PLACE, "order_place"), .roles = CLIENT | BROKER, .scopes = BJ_SCOPE_TRADE},
    NAME(ORDER_READ_ALL, "order_read_all"), .roles = BROKER | ADMIN | OPERATOR},
    NAME(SESSION_READ, "session_read"), .roles = ADMIN | OPERATOR},
    NAME(SESSION_REVOKE, "session_revoke"), .roles = ADMIN | OPERATOR},
    NAME(ENGINE, "engine"), .roles = ADMIN | OPERATOR, .fresh_s = FRESH},
    NAME(AUDIT_READ, "audit_read"), .roles = ADMIN | AUDITOR | COMPLIANCE | OPERATOR},
};

const bj_policy_rule_t *bj_policy_rule(bj_policy_t policy) {
    return &rules[(unsigned)policy < BJ_POLICY_CNT ? policy : BJ_POLICY_NONE];
}

/* A proof of the future is none: the clock was set back. */
static bool is_fresh(const bj_policy_rule_t *rule, const bj_caller_t *caller, int64_t now_ns) {
    int64_t age_ns = now_ns - caller->proved_ns;
    return rule->fresh_s == 0 || caller->is_operator ||
           (age_ns >= 0 && age_ns < rule->fresh_s * BJ_NS_PER_S);
}

bj_verdict_t bj_access_check(bj_policy_t policy, const bj_caller_t *caller, bool changes,
                             const char *csrf, int64_t now_ns) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    unsigned role = caller->is_operator ? BJ_ROLE_OPERATOR : caller->role;
    bool     has_cookie = !caller->is_operator && !caller->is_app;
    if (rule->anyone) return BJ_MAY;
    if (caller->role == BJ_ROLE_NONE) return BJ_MUST_LOG_IN;
    /* The token before the right: a foreign page learns nothing about what its victim may do. */
    if (changes && has_cookie &&
        (!csrf || caller->csrf[0] == '\0' || !bj_same_secret(csrf, caller->csrf))) {
        return BJ_CSRF_MISSING;
    }
    if (!(rule->roles & role)) return BJ_MUST_NOT;
    if (caller->is_app && !(rule->scopes & caller->scopes)) return BJ_MUST_NOT;
    return is_fresh(rule, caller, now_ns) ? BJ_MAY : BJ_MUST_PROVE;
}
