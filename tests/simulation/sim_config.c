#include "tests/simulation/sim_config.h"

#include <stdlib.h>
#include "tests/simulation/sim_process.h"
#include "tests/simulation/sim_sock.h"
#include "tests/simulation/sim_wrap.h"

struct bj_config {
    uint32_t     machine;
    sim_policy_t policy;
};
static bj_config_t configs[SIM_MACHINES];

const bj_config_t *sim_config_of(uint32_t machine, const sim_policy_t *policy) {
    configs[machine] = (bj_config_t){machine, *policy};
    return &configs[machine];
}

/* NULL: not set. */
static const char *text_of(const bj_config_t *config, const char *path) {
    const struct {
        const char *path, *text;
    } texts[] = {{"data_dir", "/sim"},
                 {"dataplane.durability", config->policy.durability},
                 {"dataplane.replica.lost", config->policy.lost},
                 {"dataplane.replica.host", "127.0.0.1"},
                 {"standby.host", "127.0.0.1"},
                 {"standby.durability", config->policy.standby}};
    for (size_t i = 0; i < BJ_COUNT(texts); i++)
        if (strcmp(texts[i].path, path) == 0) return texts[i].text;
    return NULL;
}

static bool number_of(const bj_config_t *config, const char *path, int64_t *number) {
    const struct {
        const char *path;
        int64_t number;
    } numbers[] = {{"dataplane.replica.port", SIM_PORT + config->machine},
                   {"standby.port", SIM_PORT + 1 - config->machine},
                   {"dataplane.replica.lost_ms", config->policy.lost_ms},
                   {"dataplane.replica.hash_every", config->policy.hash_every},
                   {"dataplane.replica.state_hash_idle_ms", 100},
                   {"standby.silent_ms", 1000},
                   {"dataplane.instrument_max", sim_engine_config.instrument_max},
                   {"dataplane.account_max", sim_engine_config.account_max},
                   {"dataplane.order_max", sim_engine_config.order_max}};
    for (size_t i = 0; i < BJ_COUNT(numbers); i++) {
        if (strcmp(numbers[i].path, path) != 0) continue;
        *number = numbers[i].number;
        return true;
    }
    return false;
}

const char *__wrap_bj_config_str_or(const bj_config_t *config, const char *path,
                                    const char *or_else) {
    const char *text = text_of(config, path);
    return text ? text : or_else;
}

const char *__wrap_bj_config_str(const bj_config_t *config, const char *path) {
    const char *text = text_of(config, path);
    if (!text) abort();
    return text;
}

int64_t __wrap_bj_config_int_or(const bj_config_t *config, const char *path, int64_t min,
                                int64_t max, int64_t or_else) {
    int64_t number = or_else;
    (void)number_of(config, path, &number);
    if (number < min || number > max) abort();
    return number;
}

int64_t __wrap_bj_config_int(const bj_config_t *config, const char *path, int64_t min,
                             int64_t max) {
    return __wrap_bj_config_int_or(config, path, min, max, INT64_MIN);
}

/* In clear everywhere: TLS's numbers are drawn anew in each run. */
bool __wrap_bj_config_bool_or(const bj_config_t *config, const char *path, bool or_else) {
    const char *clear = strstr(path, ".clear");
    (void)config;
    return clear && !clear[sizeof ".clear" - 1] ? true : or_else;
}

/* Of dataplane.replica.from: whoever comes. */
size_t __wrap_bj_config_cnt(const bj_config_t *config, const char *path) {
    (void)config, (void)path;
    return 0;
}

void __wrap_bj_config_secret(const bj_config_t *config, const char *path, char *out,
                             size_t out_bytes) {
    (void)config, (void)path;
    snprintf(out, out_bytes, "between two machines");
}

/* --- the same shape everywhere: small, so that a hash over it is */

size_t __wrap_bj_engine_footprint(const bj_engine_config_t *config) {
    (void)config;
    return __real_bj_engine_footprint(&sim_engine_config);
}

bj_engine_t *__wrap_bj_engine_new(void *mem, const bj_engine_config_t *config) {
    (void)config;
    return __real_bj_engine_new(mem, &sim_engine_config);
}
