#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_trail.h"

bj_trail_who_t bj_trail_user(uint64_t user_id, bj_role_t role, const char *address) {
    bj_trail_who_t who = {.role = bj_role_name(role)};
    snprintf(who.actor, sizeof who.actor, "user:%" PRIu64, user_id);
    snprintf(who.address, sizeof who.address, "%.64s", *address ? address : "-");
    return who;
}

bj_trail_who_t bj_trail_who(const bj_caller_t *caller, const char *address) {
    bj_trail_who_t who = bj_trail_user(caller->user_id, caller->role, address);
    if (caller->is_operator) snprintf(who.actor, sizeof who.actor, "operator");
    else if (caller->role == BJ_ROLE_NONE) snprintf(who.actor, sizeof who.actor, "nobody");
    if (caller->elevation[0]) who.elevation = caller->elevation;
    return who;
}
