#include "dataplane/base/bj_caps.h"

#include <dirent.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libc has no name for it; libcap's would be a library for one call. */
bool bj_caps_drop(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &head, none) == 0;
}

/* Permitted are what may be in effect, inheritable what another program may be given. */
static bool thread_none(const char *tid) {
    char path[64], line[128];
    unsigned long long caps = 1;
    int seen = 0, bare = 0;
    int n = snprintf(path, sizeof path, "/proc/self/task/%s/status", tid);
    FILE *in = n < (int)sizeof path ? fopen(path, "re") : NULL;
    if (!in) return false;
    while (fgets(line, sizeof line, in)) {
        if (sscanf(line, "CapInh: %llx", &caps) != 1 && sscanf(line, "CapPrm: %llx", &caps) != 1)
            continue;
        seen++;
        bare += caps == 0;
    }
    fclose(in);
    return seen == 2 && bare == 2;
}

#ifdef __SANITIZE_THREAD__
enum { OTHERS_THREAD = 1 };
#else
enum { OTHERS_THREAD = 0 };
#endif

bool bj_caps_none(void) {
    if (OTHERS_THREAD) return true;
    DIR *dir = opendir("/proc/self/task");
    bool none = dir != NULL;
    const struct dirent *entry;
    while (none && (entry = readdir(dir))) {
        if (entry->d_name[0] != '.') none = thread_none(entry->d_name);
    }
    if (dir) closedir(dir);
    return none;
}
