#include "dataplane/tile/bj_bell.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t), "the kernel reads it as a plain word");

void bj_bell_ring(bj_bell_t *bell) {
    if (!bell) return;
    atomic_fetch_add(&bell->rung_cnt, 1);
    /* Either the sleeper is seen here, or its futex call sees the new count and does not sleep. */
    if (atomic_load(&bell->asleep)) {
        syscall(SYS_futex, &bell->rung_cnt, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

void bj_bell_sleep(bj_bell_t *bell, uint32_t seen_cnt, int64_t wait_ns) {
    struct timespec wait = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    atomic_store(&bell->asleep, 1);
    syscall(SYS_futex, &bell->rung_cnt, FUTEX_WAIT_PRIVATE, seen_cnt, &wait, NULL, 0);
    atomic_store(&bell->asleep, 0);
}
