/* What machine this is, so that other figures can be read: the same program on a busy host, or on
 * one with half the cache, may take twice as long.  Each figure is the least of several: what the
 * machine gives when nobody disturbs it.
 *
 *   cycle       dependent adds: one a clock cycle
 *   add         independent adds: more than a quarter of a cycle says that a sibling is busy
 *   l1 .. memory  one load whose address is what the load before gave, over so many bytes of huge
 *               pages, in an order that no prefetcher guesses */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_pages.h"
#include "dataplane/base/bj_time.h"

enum { ROUNDS = 7, ADDS = 1 << 20, LOADS = 1 << 17 };

#define TIMES_4(x) x x x x
#define TIMES_16(x) TIMES_4(TIMES_4(x))

/* The empty asm stands for "used and changed here": the adds stay, and stay apart. */
#define KEEP(n) __asm__ volatile("" : "+r"(n))

static void adds_in_a_row(void) {
    uint64_t n = 1, step = 3;
    KEEP(step);
    for (int i = 0; i < ADDS / 16; i++) {
        TIMES_16(n += step; KEEP(n);)
    }
}

static void adds_side_by_side(void) {
    uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, step = 3;
    KEEP(step);
    for (int i = 0; i < ADDS / 32; i++) {
        TIMES_4(a += step; KEEP(a); b += step; KEEP(b); c += step; KEEP(c); d += step; KEEP(d);
                e += step; KEEP(e); f += step; KEEP(f); g += step; KEEP(g); h += step; KEEP(h);)
    }
}

typedef struct line {
    alignas(BJ_LINE_BYTES) struct line *next;
} line_t;

static line_t *at;

static void loads_in_a_row(void) {
    line_t *line = at;
    for (int i = 0; i < LOADS / 16; i++) {
        TIMES_16(line = line->next;)
    }
    KEEP(line);
    at = line;
}

/* One ring through all lines, in the order of a dice (Sattolo's shuffle). */
static void link_up(line_t *lines, size_t cnt) {
    uint64_t rng = UINT64_C(88172645463325252);
    for (size_t i = 0; i < cnt; i++) lines[i].next = &lines[i];
    for (size_t i = cnt - 1; i > 0; i--) {
        rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
        size_t k = rng % i;
        line_t *next = lines[i].next;
        lines[i].next = lines[k].next;
        lines[k].next = next;
    }
}

static void say(const char *name, void (*work)(void), int steps) {
    int64_t least_ns = INT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t from_ns = bj_clock_mono_ns();
        work();
        int64_t took_ns = bj_clock_mono_ns() - from_ns;
        if (took_ns < least_ns) least_ns = took_ns;
    }
    printf("machine_%s_ns %.2f ns\n", name, (double)least_ns / steps);
}

int main(void) {
    static const struct {
        const char *name;
        size_t bytes;
    } chases[] = {{"l1", 16u << 10},
                  {"l2", 256u << 10},
                  {"4m", 4u << 20},
                  {"16m", 16u << 20},
                  {"memory", 128u << 20}};
    line_t *lines = bj_pages_new(chases[BJ_COUNT(chases) - 1].bytes);
    if (!lines) return 1;
    say("cycle", adds_in_a_row, ADDS);
    say("add", adds_side_by_side, ADDS);
    for (size_t i = 0; i < BJ_COUNT(chases); i++) {
        link_up(lines, chases[i].bytes / sizeof *lines);
        at = lines;
        say(chases[i].name, loads_in_a_row, LOADS);
    }
    free(lines);
    return 0;
}
