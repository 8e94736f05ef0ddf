#include "dataplane/base/bj_run.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

bool bj_run_file(char *out, size_t out_bytes, const char *run_dir, const char *name) {
    char target[256];
    int n = snprintf(out, out_bytes, "%s/%s", run_dir, name);
    if (n < 0 || (size_t)n >= out_bytes) {
        errno = ENAMETOOLONG;
        return false;
    }
    ssize_t got = readlink(out, target, sizeof target - 1);
    if (got <= 0) return true; /* no link */
    target[got] = '\0';
    if ((size_t)got == sizeof target - 1 || target[0] == '/' || strstr(target, "..")) {
        errno = ELOOP;
        return false;
    }
    n = snprintf(out, out_bytes, "%s/%s", run_dir, target);
    if (n > 0 && (size_t)n < out_bytes) return true;
    errno = ENAMETOOLONG;
    return false;
}
