#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

/* sim_config - the configuration file of a machine that has a standby, or is one: bj_config's calls
 * are linked to it. */
#include "dataplane/base/bj_config.h"

typedef struct sim_policy {
    const char *durability, *lost, *standby; /* as docs/replica.md has them */
    int64_t     lost_ms, hash_every;
} sim_policy_t;

/* Machine 0's or 1's; the other one is its standby, or its primary. */
const bj_config_t *sim_config_of(uint32_t machine, const sim_policy_t *policy);

#endif /* SIM_CONFIG_H */
