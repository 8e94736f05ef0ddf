#include "tests/simulation/sim_core.h"

#include <inttypes.h>
#include "dataplane/base/bj_hash.h"

enum { START_S = 1700000000, PRINTED_MAX = 3 };

sim_core_t sim;

void sim_core_new(uint64_t seed, bool verbose) {
    sim = (sim_core_t){.dice = seed, .trace = BJ_FNV_OFFSET, .verbose = verbose};
    sim.now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = START_S * BJ_NS_PER_S};
}

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
uint64_t sim_roll(uint64_t sides) {
    uint64_t z = sim.dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % sides;
}

void sim_time_goes(void) {
    int64_t ns = (int64_t)sim_roll(300) * BJ_NS_PER_US;
    if (sim_one_in(100)) ns += (int64_t)sim_roll(150) * BJ_NS_PER_MS;
    sim.now.mono_ns += ns;
    sim.now.wall_ns += ns + (sim_one_in(50) ? (int64_t)sim_roll(4000000) - 2000000 : 0);
}

void sim_note(const char *what, uint64_t a, uint64_t b) {
    const uint64_t words[] = {a, b, (uint64_t)sim.now.mono_ns};
    sim.trace = bj_fnv1a(sim.trace, what, strlen(what));
    sim.trace = bj_fnv1a(sim.trace, words, sizeof words);
    if (sim.verbose)
        printf("%6" PRIu64 " %9.3f ms  %-24s %" PRIu64 " %" PRIu64 "\n", sim.step,
               (double)sim.now.mono_ns / 1e6, what, a, b);
}

void sim_note_bytes(const char *what, const void *data, size_t data_bytes) {
    sim_note(what, bj_fnv1a(BJ_FNV_OFFSET, data, data_bytes), data_bytes);
}

bool sim_check(bool ok, const char *file, int line, const char *what) {
    sim.check_cnt++;
    if (ok) return true;
    if (sim.fail_cnt++ < PRINTED_MAX)
        printf("%s:%d: step %" PRIu64 ": check failed: %s\n", file, line, sim.step, what);
    return false;
}
