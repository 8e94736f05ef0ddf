#include "controlplane/access/bj_demand.h"

#include <stdio.h>

static const char *const names[] = {"none", "factor", "passkey"};

const char *bj_demand_name(bj_demand_t demand) {
    return names[(unsigned)demand < BJ_COUNT(names) ? demand : BJ_DEMAND_NONE];
}

bool bj_demand_of(const char *name, bj_demand_t *demand) {
    for (size_t i = 0; i < BJ_COUNT(names); i++) {
        if (strcmp(names[i], name) != 0) continue;
        *demand = (bj_demand_t)i;
        return true;
    }
    return false;
}

bj_demand_t bj_demand_met(bj_proof_by_t by) {
    if (by == BJ_PROOF_PASSKEY) return BJ_DEMAND_PASSKEY;
    return by == BJ_PROOF_PASSWORD ? BJ_DEMAND_NONE : BJ_DEMAND_FACTOR;
}

bool bj_demands_read(const bj_config_t *config, bj_demands_t *demands,
                     char error[BJ_DEMAND_ERROR_BYTES]) {
    static const char *const keys[] = {"client", "staff"};
    bj_demand_t *const values[] = {&demands->client, &demands->staff};
    *demands = (bj_demands_t){.client = BJ_DEMAND_FACTOR, .staff = BJ_DEMAND_PASSKEY};
    error[0] = '\0';
    /* A name written wrong would else demand what nobody has read. */
    if (!bj_config_only(config, "identity.demand", keys, BJ_COUNT(keys))) {
        snprintf(error, BJ_DEMAND_ERROR_BYTES,
                 "identity.demand must be an object with client and staff, and nothing else");
        return false;
    }
    for (size_t i = 0; i < BJ_COUNT(keys); i++) {
        char path[40];
        snprintf(path, sizeof path, "identity.demand.%s", keys[i]);
        if (bj_demand_of(bj_config_str_or(config, path, bj_demand_name(*values[i])), values[i])) {
            continue;
        }
        snprintf(error, BJ_DEMAND_ERROR_BYTES, "%s must be none, factor or passkey", path);
        return false;
    }
    return true;
}
