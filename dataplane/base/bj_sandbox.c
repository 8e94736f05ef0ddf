#include "dataplane/base/bj_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_run.h"
#include "dataplane/base/bj_sandbox_priv.h"

enum { PATH_BYTES = 512 };

/* Of later kernels than the headers may be. */
#define RIGHT_REFER (UINT64_C(1) << 13)
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)
#define RIGHT_IOCTL (UINT64_C(1) << 15)
#define RIGHTS_FIRST ((UINT64_C(1) << 13) - 1)

static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t write_rights =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | RIGHT_TRUNCATE;
static const uint64_t file_rights =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE;

/* What any program opens by its libraries; nothing here is a secret. */
static const bj_sandbox_rule_t of_all[] = {
    {"/usr/lib", BJ_MAY_READ}, {"/usr/share/zoneinfo", BJ_MAY_READ},
    {"/lib", BJ_MAY_READ}, {"/lib64", BJ_MAY_READ}, {"/usr/local/lib", BJ_MAY_READ},
    {"/etc/ld.so.cache", BJ_MAY_READ}, {"/etc/ssl/certs", BJ_MAY_READ},
    {"/usr/share/ca-certificates", BJ_MAY_READ}, {"/etc/ssl/openssl.cnf", BJ_MAY_READ},
    {"/etc/hosts", BJ_MAY_READ}, {"/etc/host.conf", BJ_MAY_READ}, {"/etc/gai.conf", BJ_MAY_READ},
    {"/etc/resolv.conf", BJ_MAY_READ}, {"/etc/nsswitch.conf", BJ_MAY_READ},
    {"/etc/services", BJ_MAY_READ}, {"/etc/protocols", BJ_MAY_READ},
    {"/run/systemd/resolve", BJ_MAY_READ}, {"/usr/local/share/ca-certificates", BJ_MAY_READ},
    {"/etc/localtime", BJ_MAY_READ}, {"/etc/passwd", BJ_MAY_READ}, {"/etc/group", BJ_MAY_READ},
    {"/dev/null", BJ_MAY_WRITE}, {"/dev/urandom", BJ_MAY_READ}, {"/dev/random", BJ_MAY_READ},
    {"/sys/devices/system/cpu", BJ_MAY_READ}, {"/sys/kernel/mm/transparent_hugepage", BJ_MAY_READ},
};

typedef struct ruleset {
    int      fd;
    unsigned may; /* of the rule that is being read */
    uint64_t handled;
    bool     ok;
} ruleset_t;

/* The libc of Debian 12 has no names for these. */
static int landlock_create(const struct landlock_ruleset_attr *attr, size_t attr_bytes,
                           uint32_t flags) {
    return (int)syscall(__NR_landlock_create_ruleset, attr, attr_bytes, flags);
}
static int landlock_add(int ruleset, const struct landlock_path_beneath_attr *attr) {
    return (int)syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, attr, 0);
}
static int landlock_restrict(int ruleset) {
    return (int)syscall(__NR_landlock_restrict_self, ruleset, 0);
}

static void let(ruleset_t *set, const char *path, unsigned may) {
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return; /* nothing there */
    uint64_t rights = may & BJ_MAY_WRITE ? write_rights : read_rights;
    if (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode)) rights &= file_rights;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights & set->handled,
                                              .parent_fd = fd};
    if (landlock_add(set->fd, &rule) != 0) {
        BJ_ERROR("sandbox: %s: %s", path, strerror(errno));
        set->ok = false;
    }
    close(fd);
}

static void let_path(ruleset_t *set, const char *path, unsigned may) {
    char folder[PATH_BYTES];
    if (!(may & BJ_MAY_FOLDER)) {
        let(set, path, may);
        return;
    }
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash > folder) *slash = '\0';
    let(set, folder, may);
}

/* What a conninfo names that libpq reads at each connect. */
static const char *const conninfo_files[] = {"passfile=", "sslrootcert=", "sslcert=", "sslkey=",
                                             "sslcrl="};

static void let_named(void *ctx, const char *text) {
    ruleset_t *set = ctx;
    char path[PATH_BYTES];
    if (text[0] == '/') let_path(set, text, set->may);
    for (size_t i = 0; i < BJ_COUNT(conninfo_files); i++) {
        const char *named = strstr(text, conninfo_files[i]);
        if (!named || (named > text && named[-1] != ' ')) continue;
        named += strlen(conninfo_files[i]);
        if (named[0] != '/') continue;
        snprintf(path, sizeof path, "%.*s", (int)strcspn(named, " "), named);
        let_path(set, path, set->may);
    }
}

static void let_rules(ruleset_t *set, const bj_config_t *config, const bj_sandbox_rule_t *rules,
                      size_t rule_cnt) {
    for (size_t i = 0; i < rule_cnt; i++) {
        set->may = rules[i].may;
        if (rules[i].at[0] == '/') let_path(set, rules[i].at, set->may);
        else bj_config_each_str(config, rules[i].at, let_named, set);
    }
}

static void let_status(ruleset_t *set, const bj_config_t *config, const char *process) {
    char name[64], file[PATH_BYTES];
    snprintf(name, sizeof name, "%s.status.json", process);
    if (bj_run_file(file, sizeof file, bj_config_str(config, "run_dir"), name)) {
        let_path(set, file, BJ_MAY_WRITE | BJ_MAY_FOLDER);
    }
}

/* All that this kernel's Landlock knows of files is refused, but for the rules. */
static uint64_t handled_by(int abi) {
    uint64_t rights = RIGHTS_FIRST;
    if (abi >= 2) rights |= RIGHT_REFER;
    if (abi >= 3) rights |= RIGHT_TRUNCATE;
    if (abi >= 5) rights |= RIGHT_IOCTL;
    return rights;
}

static bool files_close(const bj_config_t *config, const char *process,
                        const bj_sandbox_rule_t *rules, size_t rule_cnt) {
    int abi = landlock_create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 0) {
        BJ_WARN("sandbox: this kernel has no Landlock (%s): which files are opened is held by "
                "their owners and modes alone", strerror(errno));
        return true;
    }
    struct landlock_ruleset_attr attr = {.handled_access_fs = handled_by(abi)};
    ruleset_t set = {.handled = attr.handled_access_fs, .ok = true};
    set.fd = landlock_create(&attr, sizeof attr.handled_access_fs, 0);
    if (set.fd < 0) {
        BJ_ERROR("sandbox: Landlock: %s", strerror(errno));
        return false;
    }
    let_rules(&set, config, of_all, BJ_COUNT(of_all));
    let_rules(&set, config, rules, rule_cnt);
    let_status(&set, config, process);
    if (BJ_SANDBOX_SANITIZED) let(&set, "/proc", BJ_MAY_READ);
    if (set.ok && landlock_restrict(set.fd) != 0) {
        BJ_ERROR("sandbox: Landlock: %s", strerror(errno));
        set.ok = false;
    }
    close(set.fd);
    if (set.ok) BJ_INFO("sandbox: files by Landlock, version %d", abi);
    return set.ok;
}

bool bj_sandbox_files(const bj_config_t *config, const char *process,
                      const bj_sandbox_rule_t *rules, size_t rule_cnt) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        BJ_ERROR("sandbox: no_new_privs: %s", strerror(errno));
        return false;
    }
    return files_close(config, process, rules, rule_cnt);
}

bool bj_sandbox_enter(const bj_config_t *config, const char *process,
                      const bj_sandbox_rule_t *rules, size_t rule_cnt) {
    return bj_sandbox_files(config, process, rules, rule_cnt) && bj_sandbox_calls();
}
