#include "dataplane/base/bj_pages.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { HUGE_BYTES = 1 << 21 };

void *bj_pages_new(size_t bytes) {
    bytes = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
    void *mem = aligned_alloc(HUGE_BYTES, bytes);
    if (!mem) return NULL;
    madvise(mem, bytes, MADV_HUGEPAGE); /* refused: ordinary pages, slower */
    memset(mem, 0, bytes);
    return mem;
}
