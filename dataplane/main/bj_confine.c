#include "dataplane/main/bj_confine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include "dataplane/base/bj_caps.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/gateway/bj_nic.h"

enum { PATH_BYTES = 512, OWN_DIRS = 3 };

static const bj_sandbox_rule_t touches[] = {
    {"universe_csv", BJ_MAY_READ}, {"indices_json", BJ_MAY_READ}, {"calendar_json", BJ_MAY_READ},
    {"contracts_file", BJ_MAY_READ}, {"session", BJ_MAY_READ}, {"feed", BJ_MAY_READ},
    {"book", BJ_MAY_READ}, {"gateway", BJ_MAY_READ}, {"nse", BJ_MAY_READ},
    {"gateway.ca_file", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"gateway.cert_file", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"gateway.key_file", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"dataplane.replica.ca_file", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"dataplane.replica.cert_file", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"dataplane.replica.cert_key_file", BJ_MAY_READ | BJ_MAY_FOLDER},
    {"dataplane", BJ_MAY_READ}, {"run_dir", BJ_MAY_WRITE}, {"audit.dir", BJ_MAY_WRITE},
    /* DPDK and libbpf at their start: processors, huge pages, where memory is; of itself. */
    {"/proc/self", BJ_MAY_READ}, {"/proc/meminfo", BJ_MAY_READ}, {"/proc/cpuinfo", BJ_MAY_READ},
    {"/proc/sys/kernel", BJ_MAY_READ}, {"/sys/devices/system", BJ_MAY_READ},
    {"/sys/kernel/mm", BJ_MAY_READ}, {"/sys/kernel/btf", BJ_MAY_READ},
    {"/sys/class/net", BJ_MAY_READ}};

/* Of a memif that connects again, and of DPDK's memory where it grows. */
static const char *const calls[] = {"get_mempolicy", "mbind", "memfd_create", "set_mempolicy"};

/* Made now: there is no rule for what is not there.  False: a path too long, or it cannot be made.
 */
static bool own_dir(bj_sandbox_rule_t *rule, char *path, const char *data_dir, const char *name) {
    if (snprintf(path, PATH_BYTES, "%s/%s", data_dir, name) >= PATH_BYTES) return false;
    if (mkdir(path, 0750) != 0 && errno != EEXIST) {
        BJ_ERROR("%s cannot be made: %s", path, strerror(errno));
        return false;
    }
    *rule = (bj_sandbox_rule_t){path, BJ_MAY_WRITE};
    return true;
}

/* All of data_dir only if it must: others have folders there. */
bool bj_confine_files(const bj_config_t *config, bool replicates) {
    static const char *const own[OWN_DIRS] = {"journal", "events", "audit"};
    const char *data_dir = bj_config_str(config, "data_dir");
    bj_sandbox_rule_t rules[BJ_COUNT(touches) + OWN_DIRS + 1];
    char paths[OWN_DIRS][PATH_BYTES];
    size_t cnt = BJ_COUNT(touches);
    memcpy(rules, touches, sizeof touches);
    for (size_t i = 0; i < OWN_DIRS; i++) {
        if (!own_dir(&rules[cnt++], paths[i], data_dir, own[i])) return false;
    }
    if (replicates) rules[cnt++] = (bj_sandbox_rule_t){data_dir, BJ_MAY_WRITE};
    return bj_sandbox_files(config, "dataplane", rules, cnt);
}

bool bj_confine_calls(void) {
    /* Others are made later, and have what this one has. */
    if (!bj_nic_caps_drop() || !bj_caps_drop() || !bj_caps_none()) {
        BJ_ERROR("sandbox: a thread keeps its capabilities");
        return false;
    }
    if (!bj_sandbox_only(calls, BJ_COUNT(calls))) return false;
    BJ_INFO("sandbox: no capabilities, and no system calls but those of its work");
    return true;
}
