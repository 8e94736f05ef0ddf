#include "controlplane/identity/bj_argon.h"

#include <argon2.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include "dataplane/base/bj_time.h"

enum { LANES = 1, SALT_BYTES = 16, KEY_BYTES = 32, NICE = 10, TIMES = 3 };

/* Dearer step by step; memory first, which is what a guesser's machine has least of. */
static const bj_argon_cost_t steps[] = {
    {19456, 2}, {24576, 2}, {32768, 2}, {47104, 2}, {65536, 2},  {65536, 3},
    {98304, 3}, {131072, 3}, {131072, 4}, {196608, 4}, {262144, 4},
};

static bj_argon_cost_t used = {19456, 2};
/* Nobody's, of the cost that is used. */
static char nobody[BJ_ARGON_TEXT_BYTES] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* One hash to make, or, with a text, to compare. */
typedef struct job {
    struct job *next;
    const char *password, *text;
    char       *out;
    bool        right, done;
    pthread_cond_t ready;
} job_t;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t  work;
    job_t          *first, **end;
    bool            started;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static bool make(bj_argon_cost_t cost, const char *password, char out[BJ_ARGON_TEXT_BYTES]) {
    uint8_t salt[SALT_BYTES];
    if (getrandom(salt, sizeof salt, 0) != sizeof salt) return false;
    return argon2id_hash_encoded(cost.passes, cost.memory_kib, LANES, password, strlen(password),
                                 salt, sizeof salt, KEY_BYTES, out,
                                 BJ_ARGON_TEXT_BYTES) == ARGON2_OK;
}

int64_t bj_argon_time(void *unused, bj_argon_cost_t cost) {
    char out[BJ_ARGON_TEXT_BYTES];
    int64_t best_ns = INT64_MAX;
    (void)unused;
    for (int i = 0; i < TIMES; i++) {
        int64_t from_ns = bj_clock_mono_ns();
        if (!make(cost, "how long does this take", out)) return INT64_MAX; /* no memory for it */
        int64_t took_ns = bj_clock_mono_ns() - from_ns;
        if (took_ns < best_ns) best_ns = took_ns;
    }
    return best_ns;
}

bj_argon_cost_t bj_argon_choose(int64_t target_ns, uint32_t memory_max_kib,
                                bj_argon_timer_t *timer, void *ctx, int64_t *took_ns) {
    bj_argon_cost_t best = BJ_ARGON_LEAST;
    *took_ns = timer(ctx, best);
    for (size_t i = 1; i < BJ_COUNT(steps) && steps[i].memory_kib <= memory_max_kib; i++) {
        int64_t step_ns = timer(ctx, steps[i]);
        if (step_ns > target_ns) break;
        best = steps[i];
        *took_ns = step_ns;
    }
    return best;
}

void bj_argon_use(bj_argon_cost_t cost) {
    used = cost;
    snprintf(nobody, sizeof nobody, "$argon2id$v=19$m=%u,t=%u,p=%d$%.22s$%.43s", cost.memory_kib,
             cost.passes, LANES, "AAAAAAAAAAAAAAAAAAAAAA",
             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

static uint64_t work_of(bj_argon_cost_t cost) {
    return (uint64_t)cost.memory_kib * cost.passes;
}

static bj_argon_cost_t cost_of(const char *text) {
    bj_argon_cost_t cost;
    bool told =
        sscanf(text, "$argon2id$v=19$m=%u,t=%u,", &cost.memory_kib, &cost.passes) == 2;
    return told ? cost : (bj_argon_cost_t){0, 0};
}

bj_argon_cost_t bj_argon_rest(const char *text) {
    enum { PASSES = 2, LEAST_KIB = 8 * LANES };
    uint64_t work = work_of(cost_of(text)), rest = work_of(used) - work;
    if (work >= work_of(used) || rest < LEAST_KIB * PASSES) return (bj_argon_cost_t){0, 0};
    return (bj_argon_cost_t){(uint32_t)(rest / PASSES), PASSES};
}

static bool compare(const job_t *job) {
    char unused[BJ_ARGON_TEXT_BYTES];
    if (argon2id_verify(job->text, job->password, strlen(job->password)) == ARGON2_OK) return true;
    bj_argon_cost_t rest = bj_argon_rest(job->text);
    bool made = rest.memory_kib && make(rest, job->password, unused);
    (void)made; /* only the time counts */
    return false;
}

static void run(job_t *job) {
    job->right = job->text ? compare(job) : make(used, job->password, job->out);
}

static void *work(void *arg) {
    setpriority(PRIO_PROCESS, 0, NICE); /* on Linux: of this thread */
    pthread_mutex_lock(&queue.lock);
    for (;;) {
        while (!queue.first) pthread_cond_wait(&queue.work, &queue.lock);
        job_t *job = queue.first;
        queue.first = job->next;
        if (!queue.first) queue.end = &queue.first;
        pthread_mutex_unlock(&queue.lock);
        run(job);
        pthread_mutex_lock(&queue.lock);
        job->done = true;
        pthread_cond_signal(&job->ready);
    }
    return arg;
}

bool bj_argon_start(void) {
    pthread_attr_t attr;
    pthread_t thread;
    queue.end = &queue.first;
    if (pthread_attr_init(&attr) != 0) return false;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    queue.started = true;
    for (int i = 0; i < BJ_ARGON_AT_ONCE; i++) {
        queue.started &= pthread_create(&thread, &attr, work, NULL) == 0;
        if (queue.started) pthread_setname_np(thread, "argon2");
    }
    pthread_attr_destroy(&attr);
    return queue.started;
}

static bool ask(job_t *job) {
    if (!queue.started) {
        run(job);
        return job->right;
    }
    pthread_cond_init(&job->ready, NULL);
    pthread_mutex_lock(&queue.lock);
    *queue.end = job;
    queue.end = &job->next;
    pthread_cond_signal(&queue.work);
    while (!job->done) pthread_cond_wait(&job->ready, &queue.lock);
    pthread_mutex_unlock(&queue.lock);
    pthread_cond_destroy(&job->ready);
    return job->right;
}

bool bj_argon_hash(const char *password, char out[BJ_ARGON_TEXT_BYTES]) {
    return ask(&(job_t){.password = password, .out = out});
}

bool bj_argon_verify(const char *text, const char *password) {
    bool same = ask(&(job_t){.password = password, .text = text ? text : nobody});
    return same && text;
}

bool bj_argon_weaker(const char *text) {
    bj_argon_cost_t cost = cost_of(text);
    if (cost.passes < BJ_ARGON_LEAST.passes) return true;
    return cost.memory_kib != used.memory_kib ? cost.memory_kib < used.memory_kib
                                              : cost.passes < used.passes;
}
