/* Goal: under any interleaving of clients, net, gateway, engine, journal and readers, whatever the
 * net loses and the disk loses or refuses, and wherever a process is killed or the power fails:
 * nothing that anybody was told is lost or changed, nothing is done twice, and the state is what
 * the journal alone gives.  See docs/simulation.md.
 *
 *   sim_order                  seeds 1 to 300, every tenth twice: its trace must be the same
 *   sim_order -n N [-t S]      N seeds from -s on (1), for S seconds at most
 *   sim_order -s SEED -n 1 -v  one seed, told line by line
 *
 * Ends with 1 if any check failed; says how to replay each seed that did. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "tests/simulation/sim_world.h"

typedef struct options {
    uint64_t first, cnt;
    int64_t  limit_s;
    bool     verbose;
} options_t;

static uint64_t seed_now;
static const char *program;

/* A failed assertion of the code under test. */
static void on_signal(int signo) {
    char text[160];
    int n = snprintf(text, sizeof text, "seed %" PRIu64 ", step %" PRIu64 ": signal %d\n"
                     "  replay: %s -s %" PRIu64 " -n 1 -v\n", seed_now, sim.step, signo, program,
                     seed_now);
    if (n > 0 && write(STDOUT_FILENO, text, (size_t)n) < 0) _exit(2);
    _exit(1);
}

static bool seed_run(uint64_t seed, bool verbose, sim_totals_t *totals, uint64_t *trace) {
    seed_now = seed;
    uint64_t fails = sim_world_run(seed, verbose, totals);
    *trace = sim.trace;
    if (fails)
        printf("seed %" PRIu64 ": %" PRIu64 " checks failed\n  replay: %s -s %" PRIu64 " -n 1 -v\n",
               seed, fails, program, seed);
    return fails == 0;
}

static bool seed_again(uint64_t seed, uint64_t trace) {
    sim_totals_t ignored = {0};
    (void)sim_world_run(seed, false, &ignored);
    if (sim.trace == trace) return true;
    printf("seed %" PRIu64 ": two runs, two traces\n", seed);
    return false;
}

static options_t options_read(int argc, char **argv) {
    options_t o = {.first = 1, .cnt = 300, .limit_s = INT64_MAX};
    for (int c; (c = getopt(argc, argv, "s:n:t:v")) != -1;) {
        if (c == 's') o.first = strtoull(optarg, NULL, 10);
        if (c == 'n') o.cnt = strtoull(optarg, NULL, 10);
        if (c == 't') o.limit_s = strtoll(optarg, NULL, 10);
        if (c == 'v') o.verbose = true;
        if (c == '?') {
            fprintf(stderr, "usage: %s [-s SEED] [-n COUNT] [-t SECONDS] [-v]\n", argv[0]);
            exit(2);
        }
    }
    return o;
}

/* What it is about did happen. */
static bool totals_ok(const sim_totals_t *t) {
    return t->crashes && t->power_losses && t->recovery_crashes && t->trades && t->snapshots &&
           t->from_snapshot && t->journal_lost && t->cuts && t->resent && t->rejects;
}

int main(int argc, char **argv) {
    options_t o = options_read(argc, argv);
    sim_totals_t totals = {0};
    uint64_t done = 0, failed = 0, trace;
    int64_t from_s = time(NULL);
    program = argv[0];
    signal(SIGABRT, on_signal), signal(SIGSEGV, on_signal);
    for (; done < o.cnt && time(NULL) - from_s < o.limit_s; done++) {
        uint64_t seed = o.first + done;
        bool ok = seed_run(seed, o.verbose, &totals, &trace);
        if (done % 10 == 0) ok = seed_again(seed, trace) && ok;
        failed += !ok;
    }
    sim_world_free();
    sim_totals_print(&totals, done, failed);
    if (done >= 100 && !totals_ok(&totals)) {
        printf("something that it is about did not happen\n");
        return 1;
    }
    return failed != 0 || !done;
}
