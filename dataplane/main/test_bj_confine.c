/* Goal: with DPDK started, as the dataplane does, its files are those of its table and no thread,
 * DPDK's neither, has a capability or a call more than its work takes. */
#include "dataplane/main/bj_confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane/base/bj_sandbox_priv.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/bj_nic.h"

static char dir[] = "/tmp/bj_confine_XXXXXX";

static const char *at(const char *name) {
    static char path[2][128];
    static unsigned turn;
    char *out = path[turn++ % 2];
    snprintf(out, sizeof path[0], "%s/%s", dir, name);
    return out;
}

/* errno of an open; 0: it opens. */
static int opens(const char *path, int how) {
    int fd = open(path, how | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

static void check_files(bool replicates) {
    enum { MAKES = O_WRONLY | O_CREAT };
    int data = replicates ? 0 : EACCES;
    BJ_CHECK(opens(at("run/market.shm"), MAKES) == 0);
    BJ_CHECK(opens(at("data/journal/one"), MAKES) == 0);
    BJ_CHECK(opens(at("data/events/one"), MAKES) == 0);
    BJ_CHECK(opens(at("data/audit/one"), MAKES) == 0);
    BJ_CHECK(opens(at("data/replica.json"), MAKES) == data);
    BJ_CHECK(opens(at("data/exchange/one"), MAKES) == data);
    BJ_CHECK(opens(at("secrets/mine"), O_RDONLY) == 0);
    BJ_CHECK(opens(at("secrets/mine"), O_WRONLY) == EACCES);
    BJ_CHECK(opens(at("secrets/other"), O_RDONLY) == EACCES);
    BJ_CHECK(opens("/etc/shadow", O_RDONLY) == EACCES);
    BJ_CHECK(opens("/proc/self/mem", O_RDWR) == EACCES);
    BJ_CHECK(opens("/proc/1/status", O_RDONLY) == EACCES);
}

/* What stands behind word in a thread's status. */
static unsigned long long said(const char *tid, const char *word) {
    char path[64], line[128];
    unsigned long long value = 99;
    snprintf(path, sizeof path, "/proc/self/task/%.20s/status", tid);
    FILE *in = fopen(path, "re");
    while (in && fgets(line, sizeof line, in)) {
        if (strncmp(line, word, strlen(word)) == 0) value = strtoull(line + strlen(word), NULL, 16);
    }
    if (in) fclose(in);
    return value;
}

static void check_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    unsigned cnt = 0;
    const struct dirent *entry;
    BJ_CHECK(tasks != NULL);
    while (tasks && (entry = readdir(tasks))) {
        if (entry->d_name[0] == '.') continue;
        cnt++;
        BJ_CHECK(said(entry->d_name, "CapPrm:") == 0 && said(entry->d_name, "CapEff:") == 0);
        BJ_CHECK(said(entry->d_name, "CapInh:") == 0 && said(entry->d_name, "CapAmb:") == 0);
        BJ_CHECK(said(entry->d_name, "Seccomp:") == 2 && said(entry->d_name, "NoNewPrivs:") == 1);
    }
    if (tasks) closedir(tasks);
    BJ_CHECK(cnt >= 2); /* DPDK's */
}

static void child(const bj_config_t *config, bool replicates) {
    const bj_nic_host_t host = {.file_prefix = "test_bj_confine", .memory_mb = 64};
    BJ_CHECK(bj_confine_files(config, replicates));
    BJ_CHECK(bj_nic_start(&host) == BJ_OK);
    BJ_CHECK(bj_confine_calls());
    check_files(replicates);
    check_threads();
    BJ_CHECK(socket(AF_XDP, SOCK_RAW, 0) < 0 && errno == EAFNOSUPPORT);
    BJ_CHECK(memfd_create("memif", 0) >= 0); /* one that connects again */
    bj_nic_stop();
}

static void run(const bj_config_t *config, bool replicates) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        child(config, replicates);
        int rc = bj_test_end("test_bj_confine, inside");
        fflush(stdout);
        _exit(rc);
    }
    BJ_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static bj_config_t *place_make(void) {
    static const char *const dirs[] = {"run", "data", "data/exchange", "secrets"};
    static const char *const files[] = {"secrets/mine", "secrets/other"};
    char text[512];
    BJ_CHECK(mkdtemp(dir) != NULL);
    for (size_t i = 0; i < BJ_COUNT(dirs); i++) BJ_CHECK(mkdir(at(dirs[i]), 0700) == 0);
    for (size_t i = 0; i < BJ_COUNT(files); i++)
        BJ_CHECK(opens(at(files[i]), O_WRONLY | O_CREAT) == 0);
    int n = snprintf(text, sizeof text,
                     "{\"run_dir\": \"%s/run\", \"data_dir\": \"%s/data\", \"identity\":"
                     " {\"key_file\": \"%s/secrets/other\"}, \"gateway\":"
                     " {\"sessions\": [{\"key_file\": \"%s/secrets/mine\"}]}}",
                     dir, dir, dir, dir);
    FILE *out = fopen(at("config.json"), "we");
    BJ_CHECK(out && fwrite(text, 1, (size_t)n, out) == (size_t)n && fclose(out) == 0);
    return bj_config_load(at("config.json"));
}

int main(void) {
    char command[160];
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    /* A sanitizer reads /proc and has threads of its own; test_bj_sandbox has what holds there. */
    if (abi < 0 || BJ_SANDBOX_SANITIZED) {
        fprintf(stderr, "not tested under a sanitizer, nor without Landlock\n");
        return 0;
    }
    bj_config_t *config = place_make();
    run(config, false);
    run(config, true);
    bj_config_free(config);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    BJ_CHECK(system(command) == 0);
    return bj_test_end("test_bj_confine");
}
