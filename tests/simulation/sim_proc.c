#include "tests/simulation/sim_proc.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "tests/simulation/sim_disk.h"
#include "tests/simulation/sim_wrap.h"

enum { STACK_BYTES = 256 << 10, POINTS_MAX = 24 };

sim_proc_t  *sim_proc_now;
sim_fiber_t *sim_fiber_now;
uint32_t     sim_machine;
static ucontext_t scheduler;

/* --- fibers */

static void fiber_leave(void) {
    sim_fiber_t *fiber = sim_fiber_now;
    if (swapcontext(&fiber->context, &scheduler) != 0) abort();
}

static void fiber_main(void) {
    sim_fiber_t *fiber = sim_fiber_now;
    (void)fiber->main(fiber->arg);
    fiber->ended = true;
    fiber_leave();
}

/* The first one stays: it says that the process has ended. */
static sim_fiber_t *fiber_free(sim_proc_t *proc) {
    for (uint32_t i = 0; i < SIM_FIBERS_MAX; i++)
        if (!proc->fibers[i].used || (i && proc->fibers[i].ended)) return &proc->fibers[i];
    abort();
}

static sim_fiber_t *fiber_new(sim_proc_t *proc, void *(*main)(void *arg), void *arg) {
    sim_fiber_t *fiber = fiber_free(proc);
    void *stack = fiber->stack ? fiber->stack : __real_malloc(STACK_BYTES);
    *fiber = (sim_fiber_t){.stack = stack, .used = true, .main = main, .arg = arg, .proc = proc};
    if (getcontext(&fiber->context) != 0) abort();
    fiber->context.uc_stack.ss_sp = stack;
    fiber->context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&fiber->context, fiber_main, 0);
    return fiber;
}

static void fiber_run(sim_fiber_t *fiber) {
    sim_fiber_now = fiber, sim_proc_now = fiber->proc;
    if (swapcontext(&scheduler, &fiber->context) != 0) abort();
    sim_fiber_now = NULL, sim_proc_now = NULL;
}

void sim_fiber_wait(void) { fiber_leave(); }

/* --- processes */

void sim_proc_start(sim_proc_t *proc, const char *name, void *(*main)(void *arg), void *arg) {
    if (proc->mem_cnt) abort();
    for (uint32_t i = 0; i < SIM_FIBERS_MAX; i++) proc->fibers[i].used = false;
    proc->name = name;
    proc->alive = true;
    proc->dies_in = 0;
    if (main) (void)fiber_new(proc, main, arg);
}

bool sim_proc_run(sim_proc_t *proc) {
    uint32_t from = (uint32_t)sim_roll(SIM_FIBERS_MAX);
    for (uint32_t i = 0; proc->alive && i < SIM_FIBERS_MAX; i++) {
        sim_fiber_t *fiber = &proc->fibers[(from + i) % SIM_FIBERS_MAX];
        if (!fiber->used || fiber->ended || fiber->waits) continue;
        fiber_run(fiber);
        return true;
    }
    return false;
}

bool sim_proc_ended(const sim_proc_t *proc) { return proc->fibers[0].ended; }

void sim_proc_kill(sim_proc_t *proc) {
    proc->alive = false;
    sim_disk_let_go(proc);
    for (uint32_t i = 0; i < proc->mem_cnt; i++) __real_free(proc->mem[i]);
    proc->mem_cnt = 0;
}

void sim_proc_stacks_free(sim_proc_t *proc) {
    for (uint32_t i = 0; i < SIM_FIBERS_MAX; i++) __real_free(proc->fibers[i].stack);
    *proc = (sim_proc_t){0};
}

void sim_proc_dies_soon(sim_proc_t *proc, uint32_t times) {
    proc->dies_in = 1 + (uint32_t)sim_roll(times * POINTS_MAX);
}

bool sim_proc_dies_now(void) { return sim_fiber_now && sim_proc_now->dies_in == 1; }

void sim_proc_point(void) {
    if (!sim_fiber_now) return;
    sim_proc_t *proc = sim_proc_now;
    if (proc->dies_in && --proc->dies_in == 0) {
        proc->alive = false;
        fiber_leave(); /* for ever */
    }
    if (sim_one_in(4)) fiber_leave();
}

/* --- threads of the code under test: a mutex is its first word, and held by one fiber at most */

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*main)(void *),
                          void *arg) {
    (void)attr;
    *thread = (pthread_t)(uintptr_t)fiber_new(sim_proc_now, main, arg);
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result) {
    const sim_fiber_t *fiber = (const sim_fiber_t *)(uintptr_t)thread;
    (void)result;
    while (!fiber->ended) fiber_leave();
    return 0;
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr) {
    (void)attr;
    *(int *)(void *)mutex = 0;
    return 0;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex) {
    while (*(int *)(void *)mutex) fiber_leave();
    *(int *)(void *)mutex = 1;
    return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
    *(int *)(void *)mutex = 0;
    return 0;
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex) {
    (void)mutex;
    return 0;
}

int __wrap_pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr) {
    (void)cond, (void)attr;
    return 0;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    (void)__wrap_pthread_mutex_unlock(mutex);
    sim_fiber_now->waits = sim_one_in(8) ? NULL : cond; /* it may also wake for no reason */
    fiber_leave();
    return __wrap_pthread_mutex_lock(mutex);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond) {
    for (uint32_t i = 0; i < SIM_FIBERS_MAX; i++) {
        sim_fiber_t *fiber = &sim_proc_now->fibers[i];
        if (fiber->used && fiber->waits == cond) {
            fiber->waits = NULL;
            break;
        }
    }
    return 0;
}

int __wrap_pthread_cond_destroy(pthread_cond_t *cond) {
    (void)cond;
    return 0;
}

int __wrap_usleep(useconds_t us) {
    (void)us;
    fiber_leave();
    return 0;
}

/* --- memory */

static void *mem_keep(void *mem) {
    if (!sim_proc_now || !mem) return mem;
    if (sim_proc_now->mem_cnt == SIM_MEM_MAX) abort();
    sim_proc_now->mem[sim_proc_now->mem_cnt++] = mem;
    return mem;
}

void *__wrap_malloc(size_t bytes) { return mem_keep(__real_malloc(bytes)); }
void *__wrap_calloc(size_t cnt, size_t bytes) { return mem_keep(__real_calloc(cnt, bytes)); }
void *__wrap_aligned_alloc(size_t align, size_t bytes) {
    return mem_keep(__real_aligned_alloc(align, bytes));
}

void __wrap_free(void *mem) {
    for (uint32_t i = sim_proc_now && mem ? sim_proc_now->mem_cnt : 0; i--;) {
        if (sim_proc_now->mem[i] != mem) continue;
        sim_proc_now->mem[i] = sim_proc_now->mem[--sim_proc_now->mem_cnt];
        break;
    }
    __real_free(mem);
}
