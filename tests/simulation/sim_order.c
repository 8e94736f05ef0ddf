/* Goal: under any interleaving of clients, net, gateway, engine, journal and readers, whatever the
 * net loses and the disk loses or refuses, and wherever a process is killed or the power fails:
 * nothing that anybody was told is lost or changed, nothing is done twice, and the state is what
 * the journal alone gives.  With two machines: also when the one takes over from the other.
 * See docs/simulation.md.
 *
 *   sim_order                  seeds 1 to 300, every tenth twice: its trace must be the same
 *   sim_order -n N [-t S]      N seeds from -s on (1), for S seconds at most
 *   sim_order -s SEED -n 1 -v  one seed, told line by line
 *   sim_order -m 1, -m 2       one machine only, or two; without it every third seed is run with
 *                              two as well
 *
 * Ends with 1 if any check failed, and says how to replay each seed that did; also if something
 * that it is about (crashes, take-overs, ...) did not happen in enough runs to be sure of it. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "tests/simulation/sim_pair.h"
#include "tests/simulation/sim_world.h"

typedef struct options {
    uint64_t first, cnt;
    int64_t  limit_s;
    int      machines; /* 0: both kinds */
    bool     verbose;
} options_t;

enum { PAIR_EVERY = 3, AGAIN_EVERY = 10 };
enum { JUDGED_FROM = 100, SELDOM_FROM = 400 }; /* runs of a kind; SELDOM_FROM: of pairs */

/* The two kinds of run, and what each counts. */
typedef struct kind {
    int machines;
    union {
        sim_totals_t      one;
        sim_pair_totals_t two;
    } totals;
    uint64_t done, failed;
} kind_t;

static uint64_t seed_now;
static int      machines_now;
static const char *program;

/* A failed assertion of the code under test. */
static void on_signal(int signo) {
    char text[160];
    int n = snprintf(text, sizeof text, "seed %" PRIu64 ", step %" PRIu64 ": signal %d\n"
                     "  replay: %s -m %d -s %" PRIu64 " -n 1 -v\n", seed_now, sim.step, signo,
                     program, machines_now, seed_now);
    if (n > 0 && write(STDOUT_FILENO, text, (size_t)n) < 0) _exit(2);
    _exit(1);
}

static uint64_t run(kind_t *kind, uint64_t seed, bool verbose) {
    return kind->machines == 1 ? sim_world_run(seed, verbose, &kind->totals.one)
                               : sim_pair_run(seed, verbose, &kind->totals.two);
}

static bool seed_again(const kind_t *kind, uint64_t seed, uint64_t trace) {
    kind_t ignored = {.machines = kind->machines};
    (void)run(&ignored, seed, false);
    if (sim.trace == trace) return true;
    printf("seed %" PRIu64 ", %d machines: two runs, two traces\n", seed, kind->machines);
    return false;
}

static void seed_run(kind_t *kind, uint64_t seed, bool verbose) {
    seed_now = seed, machines_now = kind->machines;
    uint64_t fails = run(kind, seed, verbose), trace = sim.trace;
    if (fails)
        printf("seed %" PRIu64 ": %" PRIu64 " checks failed\n"
               "  replay: %s -m %d -s %" PRIu64 " -n 1 -v\n",
               seed, fails, program, kind->machines, seed);
    bool ok = fails == 0;
    if (kind->done++ % AGAIN_EVERY == 0) ok = seed_again(kind, seed, trace) && ok;
    kind->failed += !ok;
}

static options_t options_read(int argc, char **argv) {
    options_t o = {.first = 1, .cnt = 300, .limit_s = INT64_MAX};
    for (int c; (c = getopt(argc, argv, "m:s:n:t:v")) != -1;) {
        if (c == 'm') o.machines = (int)strtol(optarg, NULL, 10);
        if (c == 's') o.first = strtoull(optarg, NULL, 10);
        if (c == 'n') o.cnt = strtoull(optarg, NULL, 10);
        if (c == 't') o.limit_s = strtoll(optarg, NULL, 10);
        if (c == 'v') o.verbose = true;
        if (c == '?' || o.machines < 0 || o.machines > 2) {
            fprintf(stderr, "usage: %s [-m MACHINES] [-s SEED] [-n COUNT] [-t SECONDS] [-v]\n",
                    argv[0]);
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

static bool happened(const kind_t *kind) {
    if (kind->machines == 1) return totals_ok(&kind->totals.one);
    const sim_pair_totals_t *two = &kind->totals.two;
    return sim_pair_often_ok(two) && (kind->done < SELDOM_FROM || sim_pair_seldom_ok(two));
}

static bool kind_end(const kind_t *kind) {
    bool one = kind->machines == 1;
    if (!kind->done) return true;
    if (one) sim_totals_print(&kind->totals.one, kind->done, kind->failed);
    else sim_pair_print(&kind->totals.two, kind->done, kind->failed);
    bool judged = kind->done >= JUDGED_FROM, ok = !judged || happened(kind);
    if (!judged)
        printf("%" PRIu64 " %s: too few to judge\n", kind->done, one ? "seeds" : "pairs");
    if (!ok) printf("something that it is about did not happen\n");
    return ok && !kind->failed;
}

int main(int argc, char **argv) {
    static kind_t one = {.machines = 1}, two = {.machines = 2};
    options_t o = options_read(argc, argv);
    int64_t from_s = time(NULL);
    program = argv[0];
    signal(SIGABRT, on_signal), signal(SIGSEGV, on_signal);
    for (uint64_t i = 0; i < o.cnt && time(NULL) - from_s < o.limit_s; i++) {
        uint64_t seed = o.first + i;
        if (o.machines != 2) seed_run(&one, seed, o.verbose);
        if (o.machines == 2 || (!o.machines && i % PAIR_EVERY == 0))
            seed_run(&two, seed, o.verbose);
    }
    sim_world_free();
    sim_pair_free();
    bool one_ok = kind_end(&one), two_ok = kind_end(&two);
    return !one_ok || !two_ok || !(one.done + two.done);
}
