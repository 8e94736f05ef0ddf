#include "dataplane/base/bj_shm.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new inode each time: a reader that still maps the old one sees a world that stopped, never one
 * that changes shape under it. */
void *bj_shm_create(const char *file, size_t mem_bytes) {
    (void)unlink(file);
    int fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0) return NULL;
    void *mem = MAP_FAILED;
    if (ftruncate(fd, (off_t)mem_bytes) == 0) {
        mem = mmap(NULL, mem_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    close(fd);
    return mem == MAP_FAILED ? NULL : mem;
}

static void *map(const char *file, int mode, int protection, size_t *mem_bytes) {
    int fd = open(file, mode | O_CLOEXEC);
    if (fd < 0) return NULL;
    struct stat st;
    void *mem = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        *mem_bytes = (size_t)st.st_size;
        mem = mmap(NULL, *mem_bytes, protection, MAP_SHARED, fd, 0);
    }
    close(fd);
    return mem == MAP_FAILED ? NULL : mem;
}

const void *bj_shm_open(const char *file, size_t *mem_bytes) {
    return map(file, O_RDONLY, PROT_READ, mem_bytes);
}
void *bj_shm_attach(const char *file, size_t *mem_bytes) {
    return map(file, O_RDWR, PROT_READ | PROT_WRITE, mem_bytes);
}

void bj_shm_close(const void *mem, size_t mem_bytes) {
    if (mem) (void)munmap((void *)(uintptr_t)mem, mem_bytes);
}
