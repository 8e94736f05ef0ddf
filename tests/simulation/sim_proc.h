#ifndef SIM_PROC_H
#define SIM_PROC_H

/* sim_proc - processes that can be killed between any two of their system calls.
 *
 * Purpose    The code under test is the real one, threads included.  Its pthread_*, usleep, malloc
 *            and free are linked to this file (-Wl,--wrap): a thread is a fiber, and runs only when
 *            the scheduler lets it; memory belongs to its process and goes with it.
 * Points     every system call of a fiber is a point (sim_proc_point): there it may be made to wait
 *            while others run, and there it dies when its time has come.
 * Threads    one.  Errors: the machinery itself aborts. */
#include <ucontext.h>
#include "tests/simulation/sim_core.h"

enum { SIM_FIBERS_MAX = 4, SIM_MEM_MAX = 256 };

typedef struct sim_proc sim_proc_t;
typedef struct sim_fiber {
    ucontext_t  context;
    void       *stack;
    bool        used, ended;
    const void *waits; /* a condition that nobody has signalled yet */
    void     *(*main)(void *arg);
    void       *arg;
    sim_proc_t *proc;
} sim_fiber_t;

struct sim_proc {
    const char *name;
    uint32_t    machine; /* whose disk it has */
    bool        alive;
    uint32_t    dies_in; /* points until it dies; 0: it lives on */
    sim_fiber_t fibers[SIM_FIBERS_MAX];
    void       *mem[SIM_MEM_MAX];
    uint32_t    mem_cnt;
};

/* Whose code is running, and on which fiber; NULL: the simulation itself. */
extern sim_proc_t  *sim_proc_now;
extern sim_fiber_t *sim_fiber_now;
enum { SIM_MACHINES = 2 };
extern uint32_t sim_machine; /* where the simulation itself looks and breaks things */
static inline uint32_t sim_machine_now(void) {
    return sim_proc_now ? sim_proc_now->machine : sim_machine;
}

void sim_proc_start(sim_proc_t *proc, const char *name, void *(*main)(void *arg), void *arg);
/* Runs one of its fibers, chosen by the dice, until that waits; false: none can run. */
bool sim_proc_run(sim_proc_t *proc);
bool sim_proc_ended(const sim_proc_t *proc); /* its first fiber is through */
/* It is gone: memory, descriptors and mappings with it. */
void sim_proc_kill(sim_proc_t *proc);
void sim_proc_stacks_free(sim_proc_t *proc);
/* Within its next few system calls; times: within so many times as many. */
void sim_proc_dies_soon(sim_proc_t *proc, uint32_t times);

/* In a fiber. */
void sim_fiber_wait(void); /* lets others run */
void sim_proc_point(void);
bool sim_proc_dies_now(void); /* the next point is its last: a write may be cut short */

#endif /* SIM_PROC_H */
