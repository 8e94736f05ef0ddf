/* badwrite - loaded in front of libc by 65-journal: while the file named by BADWRITE_FLAG is there,
 * the journal's disk is one that refuses.  The file says what: "sync" (EIO) or "write" (ENOSPC). */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int journal_refuses(int fd, const char *what) {
    char link[64], path[512] = "", said[16] = "";
    const char *flag = getenv("BADWRITE_FLAG");
    int at = flag ? open(flag, O_RDONLY | O_CLOEXEC) : -1;
    if (at < 0) return 0;
    ssize_t n = read(at, said, sizeof said - 1);
    close(at);
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (n <= 0 || readlink(link, path, sizeof path - 1) <= 0) return 0;
    return strstr(path, ".bjj") && strncmp(said, what, strlen(what)) == 0;
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (!journal_refuses(fd, "sync")) return real(fd);
    errno = EIO;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t data_bytes, off_t at_bytes) {
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    if (!journal_refuses(fd, "write")) return real(fd, data, data_bytes, at_bytes);
    errno = ENOSPC;
    return -1;
}
