#include "controlplane/access/bj_policy.h"

#include "controlplane/access/bj_scope.h"
#include "dataplane/base/bj_time.h"

enum {
    CLIENT = BJ_ROLE_CLIENT,
    DEALER = BJ_ROLE_DEALER,
    RISK = BJ_ROLE_RISK,
    COMPLIANCE = BJ_ROLE_COMPLIANCE,
    SUPPORT = BJ_ROLE_SUPPORT,
    ADMIN = BJ_ROLE_ADMIN,
    AUDITOR = BJ_ROLE_AUDITOR,
    OPERATOR = BJ_ROLE_OPERATOR,
    STAFF = DEALER | RISK | COMPLIANCE | SUPPORT | ADMIN | AUDITOR | OPERATOR,
    EVERYBODY = CLIENT | STAFF,
    FRESH = 15 * 60,
};

#define ROW(upper, lower) [BJ_POLICY_##upper] = {.name = lower

static const bj_policy_rule_t rules[BJ_POLICY_CNT] = {
    ROW(NONE, "none")},
    ROW(PUBLIC, "public"), .anyone = true},
    ROW(SELF, "self"), .own = EVERYBODY},
    ROW(PROFILE_READ, "profile_read"), .own = EVERYBODY, .scopes = BJ_SCOPE_PROFILE,
        .early = BJ_EARLY},
    ROW(SELF_ENTER, "self_enter"), .own = EVERYBODY, .early = BJ_EARLY},
    ROW(SELF_END, "self_end"), .own = EVERYBODY, .fresh_s = FRESH, .early = BJ_EARLY},
    ROW(SELF_ENROL, "self_enrol"), .own = EVERYBODY, .fresh_s = FRESH, .early = BJ_EARLY_ENROL},
    ROW(SELF_SECURE, "self_secure"), .own = EVERYBODY, .fresh_s = FRESH},
    ROW(MARKET_READ, "market_read"), .all = EVERYBODY, .scopes = BJ_SCOPE_MARKET_READ},
    ROW(STATUS_DETAIL, "status_detail"), .all = STAFF},
    ROW(BOOK_READ, "book_read"), .own = EVERYBODY, .branch = DEALER,
        .all = RISK | COMPLIANCE | ADMIN | OPERATOR,
        .scopes = BJ_SCOPE_ORDERS_READ | BJ_SCOPE_PORTFOLIO_READ},
    ROW(ORDER_PLACE, "order_place"), .own = CLIENT | DEALER, .branch = DEALER,
        .scopes = BJ_SCOPE_ORDERS_WRITE, .limits = true, .phone = true, .hours = true},
    ROW(ORDER_READ_ALL, "order_read_all"), .branch = DEALER,
        .all = RISK | COMPLIANCE | ADMIN | OPERATOR},
    ROW(SESSION_READ, "session_read"), .all = SUPPORT | COMPLIANCE | ADMIN | OPERATOR},
    ROW(SESSION_REVOKE, "session_revoke"), .all = SUPPORT | ADMIN | OPERATOR, .hours = true},
    ROW(SESSION_END_ALL, "session_end_all"), .all = ADMIN | OPERATOR, .fresh_s = FRESH,
        .hours = true},
    ROW(MARKET_SET, "market_set"), .all = ADMIN | OPERATOR, .fresh_s = FRESH, .hours = true},
    ROW(LIMIT_SET, "limit_set"), .all = RISK | ADMIN | OPERATOR, .fresh_s = FRESH, .hours = true},
    ROW(LIMIT_LIFT, "limit_lift"), .elevated = RISK | ADMIN | OPERATOR, .fresh_s = FRESH,
        .hours = true},
    ROW(KILL, "kill"), .all = RISK | ADMIN | OPERATOR, .fresh_s = FRESH, .hours = true},
    ROW(KILL_MEMBER, "kill_member"), .all = RISK | OPERATOR, .elevated = ADMIN, .fresh_s = FRESH,
        .hours = true},
    ROW(DAY_END, "day_end"), .all = OPERATOR, .elevated = ADMIN, .fresh_s = FRESH, .hours = true},
    ROW(USER_READ, "user_read"), .all = SUPPORT | COMPLIANCE | ADMIN | OPERATOR},
    ROW(USER_REVEAL, "user_reveal"), .elevated = SUPPORT | COMPLIANCE | ADMIN | OPERATOR,
        .fresh_s = FRESH, .hours = true},
    ROW(USER_SET, "user_set"), .elevated = ADMIN | OPERATOR, .fresh_s = FRESH, .hours = true},
    ROW(USER_SUSPEND, "user_suspend"), .all = COMPLIANCE | ADMIN | OPERATOR, .standing = true,
        .fresh_s = FRESH, .hours = true},
    ROW(FACTOR_DROP, "factor_drop"), .elevated = SUPPORT | COMPLIANCE | ADMIN | OPERATOR,
        .fresh_s = FRESH, .hours = true},
    ROW(ELEVATION_READ, "elevation_read"), .all = STAFF},
    ROW(ELEVATION_ASK, "elevation_ask"), .all = STAFF & ~AUDITOR, .hours = true},
    ROW(ELEVATION_DECIDE, "elevation_decide"), .all = COMPLIANCE | ADMIN | OPERATOR,
        .standing = true, .fresh_s = FRESH, .hours = true},
    ROW(AUDIT_READ, "audit_read"), .all = AUDITOR | COMPLIANCE | ADMIN | OPERATOR},
    ROW(KEY_READ, "key_read"), .all = AUDITOR | COMPLIANCE | ADMIN | OPERATOR},
    ROW(KEY_SET, "key_set"), .all = ADMIN | OPERATOR, .fresh_s = FRESH, .hours = true},
    ROW(DEVICE_READ, "device_read"), .all = SUPPORT | AUDITOR | COMPLIANCE | ADMIN | OPERATOR},
    ROW(DEVICE_ASK, "device_ask"), .all = SUPPORT | ADMIN | OPERATOR, .fresh_s = FRESH,
        .hours = true},
    ROW(DEVICE_DECIDE, "device_decide"), .all = COMPLIANCE | ADMIN | OPERATOR, .standing = true,
        .fresh_s = FRESH, .hours = true},
    ROW(DEVICE_REVOKE, "device_revoke"), .all = COMPLIANCE | ADMIN | OPERATOR,
        .standing = true, .fresh_s = FRESH},
    ROW(RETENTION_RUN, "retention_run"), .all = COMPLIANCE | ADMIN | OPERATOR, .fresh_s = FRESH,
        .hours = true},
    ROW(BANK_SET, "bank_set"), .own = CLIENT | DEALER, .fresh_s = FRESH, .phone = true},
    ROW(PAYOUT_ASK, "payout_ask"), .own = CLIENT | DEALER, .fresh_s = FRESH, .phone = true},
    ROW(FUNDS_READ, "funds_read"),
        .all = RISK | COMPLIANCE | SUPPORT | ADMIN | AUDITOR | OPERATOR},
    ROW(FUNDS_HANDLE, "funds_handle"), .all = COMPLIANCE | ADMIN | OPERATOR, .standing = true,
        .fresh_s = FRESH, .hours = true},
};

const bj_policy_rule_t *bj_policy_rule(bj_policy_t policy) {
    return &rules[(unsigned)policy < BJ_POLICY_CNT ? policy : BJ_POLICY_NONE];
}

static unsigned stands_as(const bj_caller_t *caller) {
    return caller->is_operator ? BJ_ROLE_OPERATOR : caller->role;
}

static unsigned acts_as(const bj_policy_rule_t *rule, const bj_caller_t *caller) {
    bool more = caller->elevation[0] && !rule->standing;
    return stands_as(caller) | (more ? caller->elevated_role : 0U);
}

/* The one policy was given, to somebody who may have it given. */
static bool is_elevated(bj_policy_t policy, const bj_caller_t *caller) {
    return caller->elevation[0] && caller->elevated_policy == (int)policy &&
           bj_policy_rule(policy)->elevated & stands_as(caller);
}

unsigned bj_access_roles(bj_policy_t policy) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    return rule->standing ? 0 : rule->own | rule->branch | rule->all;
}

bj_policy_t bj_policy_of(const char *name) {
    for (int p = BJ_POLICY_NONE + 1; p < BJ_POLICY_CNT; p++) {
        if (strcmp(rules[p].name, name) == 0) return (bj_policy_t)p;
    }
    return BJ_POLICY_NONE;
}

/* A proof of the future is none: the clock was set back. */
static bool is_fresh(const bj_policy_rule_t *rule, const bj_caller_t *caller, int64_t now_ns) {
    int64_t age_ns = now_ns - caller->proved_ns;
    return rule->fresh_s == 0 || caller->is_operator ||
           (age_ns >= 0 && age_ns < rule->fresh_s * BJ_NS_PER_S);
}

/* Clients have no hours, and the operator is whoever is there. */
static bool in_hours(const bj_policy_rule_t *rule, const bj_caller_t *caller, int64_t now_ns) {
    if (!rule->hours || caller->is_operator || caller->role == BJ_ROLE_CLIENT) return true;
    int64_t minute = (now_ns / BJ_NS_PER_S / 60 + BJ_INDIA_MINUTES) % BJ_DAY_MINUTES;
    return minute >= caller->rights.from_minute && minute < caller->rights.to_minute;
}

bj_due_t bj_access_due(const bj_caller_t *caller) {
    if (caller->is_operator) return BJ_DUE_NOTHING;
    /* An app has no session: its person is asked for what there is. */
    bj_demand_t met = caller->is_app ? caller->rights.held : bj_demand_met(caller->proved_by);
    if (met >= caller->demanded) return BJ_DUE_NOTHING;
    bool can_prove = caller->rights.held >= caller->demanded;
    return can_prove && caller->proved_by != BJ_PROOF_RECOVERY ? BJ_DUE_PROVE : BJ_DUE_ENROL;
}

const char *bj_due_name(bj_due_t due) {
    static const char *const names[] = {"", "enrol", "prove"};
    return names[(unsigned)due < BJ_COUNT(names) ? due : BJ_DUE_NOTHING];
}

static bool is_early(const bj_policy_rule_t *rule, const bj_caller_t *caller) {
    bj_due_t due = bj_access_due(caller);
    if (due == BJ_DUE_NOTHING) return false;
    if (caller->is_app || rule->early == BJ_EARLY_NOT) return true;
    return rule->early == BJ_EARLY_ENROL && due != BJ_DUE_ENROL;
}

/* Staff gets in and out, and enrols, by any computer and browser. */
static bj_verdict_t fits(const bj_policy_rule_t *rule, const bj_caller_t *caller) {
    bool asked = rule->early == BJ_EARLY_NOT && !caller->is_operator && !caller->is_app;
    if (asked && caller->device_due) return BJ_MUST_DEVICE;
    return asked && caller->browser_old ? BJ_MUST_UPDATE : BJ_MAY;
}

/* From elsewhere: getting in and out, and reading if that goes on. */
static bool is_out_of_place(const bj_policy_rule_t *rule, const bj_caller_t *caller, bool changes) {
    if (!caller->is_elsewhere || caller->is_operator || caller->is_app) return false;
    if (rule->fresh_s) return true;
    return rule->early != BJ_EARLY && (changes || !caller->reads_elsewhere);
}

bj_verdict_t bj_access_check(bj_policy_t policy, const bj_caller_t *caller, bool changes,
                             const char *csrf, int64_t now_ns) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    bool has_cookie = !caller->is_operator && !caller->is_app;
    if (rule->anyone) return BJ_MAY;
    if (caller->role == BJ_ROLE_NONE) return BJ_MUST_LOG_IN;
    /* The token before the right: a foreign page learns nothing about what its victim may do. */
    if (changes && has_cookie &&
        (!csrf || caller->csrf[0] == '\0' || !bj_same_secret(csrf, caller->csrf))) {
        return BJ_CSRF_MISSING;
    }
    bool may = (rule->own | rule->branch | rule->all) & acts_as(rule, caller);
    if (!may && !is_elevated(policy, caller)) {
        return rule->elevated & stands_as(caller) ? BJ_MUST_ASK : BJ_MUST_NOT;
    }
    if (caller->is_app && !(rule->scopes & caller->scopes)) return BJ_MUST_NOT;
    if (is_early(rule, caller)) return BJ_MUST_FACTOR;
    if (fits(rule, caller) != BJ_MAY) return fits(rule, caller);
    if (rule->phone && caller->rights.phone_due) return BJ_MUST_VERIFY;
    if (!in_hours(rule, caller, now_ns)) return BJ_NOT_NOW;
    if (is_out_of_place(rule, caller, changes)) return BJ_MUST_PROVE_HERE;
    return is_fresh(rule, caller, now_ns) ? BJ_MAY : BJ_MUST_PROVE;
}

static bool reaches(bj_policy_t policy, const bj_caller_t *caller, const bj_object_t *object) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    unsigned role = acts_as(rule, caller);
    /* An app acts for one person, whatever that person may do for others. */
    if (object->account_id && caller->is_app) {
        return object->account_id == caller->account_id && rule->own & role;
    }
    if (!object->account_id || rule->all & role || is_elevated(policy, caller)) return true;
    if (object->account_id == caller->account_id) return (rule->own & role) != 0;
    return rule->branch & role && object->branch_id &&
           object->branch_id == caller->rights.branch_id;
}

bj_verdict_t bj_access_object(bj_policy_t policy, const bj_caller_t *caller,
                              const bj_object_t *object) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    bool anothers = object->account_id != caller->account_id;
    if (!reaches(policy, caller, object)) return BJ_NOT_YOURS;
    if (!rule->limits) return BJ_MAY;
    unsigned segments = caller->rights.segments & (anothers ? object->segments : ~0U);
    if (object->segment & ~segments) return BJ_NOT_IN_SEGMENT;
    int64_t max_paise = caller->rights.order_max_paise;
    return max_paise && object->value_paise > max_paise ? BJ_OVER_AMOUNT : BJ_MAY;
}

bj_reach_t bj_access_reach(bj_policy_t policy, const bj_caller_t *caller) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    unsigned roles = acts_as(rule, caller);
    if (rule->anyone) return BJ_REACH_SERVER;
    if (caller->role == BJ_ROLE_CLIENT || caller->is_app) return BJ_REACH_OWN;
    if (rule->all & roles || is_elevated(policy, caller)) return BJ_REACH_ALL;
    return rule->branch & roles ? BJ_REACH_BRANCH : BJ_REACH_OWN;
}

uint32_t bj_access_branch(bj_policy_t policy, const bj_caller_t *caller) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    /* Nobody's branch is 0 in the database: who may see nothing gets one that is not there. */
    if (rule->all & acts_as(rule, caller) || is_elevated(policy, caller)) return 0;
    return rule->branch & acts_as(rule, caller) ? caller->rights.branch_id : UINT32_MAX;
}
