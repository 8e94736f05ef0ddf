#include "controlplane/audit/bj_trail_tree.h"

#include <fcntl.h>
#include <unistd.h>

int bj_trail_tree_open(const char *file, bool may_write) {
    return open(file, (may_write ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0640);
}

static off_t place(unsigned level, uint64_t idx) {
    return (off_t)(bj_merkle_slot(level, idx) * BJ_MERKLE_HASH_BYTES);
}

bool bj_trail_tree_read(void *fd, unsigned level, uint64_t idx, bj_merkle_hash_t *out) {
    return pread(*(const int *)fd, out->bytes, sizeof out->bytes, place(level, idx)) ==
           (ssize_t)sizeof out->bytes;
}

bool bj_trail_tree_write(int fd, uint64_t leaf_idx, const bj_merkle_hash_t *done,
                         size_t done_cnt) {
    size_t cnt = done_cnt * sizeof *done;
    return pwrite(fd, done, cnt, place(0, leaf_idx)) == (ssize_t)cnt;
}
