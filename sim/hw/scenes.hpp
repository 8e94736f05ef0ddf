// scenes.hpp - a few messages in a row, for `make -C hw wave TEST=NAME`.
#pragma once
#include <cstring>

#include "sim/hw/bj_hw_ref.h"

struct Scene {
    const char *name, *what;
    struct Line {
        char kind;
        uint64_t id, other;
        uint32_t idx;
        bool ask;
        int32_t ticks, qty;
    } line[16];
};

// Prices in ticks of the token's window; kind 0 ends the scene.
static const Scene scenes[] = {
    {"each",
     "one of each, frames without a gap: two orders, a modify, a trade of both, a cancel",
     {{'N', 11, 0, 0, false, 100, 50},
      {'N', 12, 0, 0, true, 103, 30},
      {'M', 11, 0, 0, false, 103, 50},
      {'T', 11, 12, 0, false, 103, 30},
      {'X', 11, 0, 0, false, 103, 20}}},
    {"refill",
     "six bids, then the best goes: the row is filled up from the ladder",
     {{'N', 11, 0, 0, false, 100, 1},
      {'N', 12, 0, 0, false, 90, 2},
      {'N', 13, 0, 0, false, 80, 3},
      {'N', 14, 0, 0, false, 70, 4},
      {'N', 15, 0, 0, false, 60, 5},
      {'N', 16, 0, 0, false, 2, 6},
      {'X', 11, 0, 0, false, 100, 1}}},
    {"void",
     "a price between two ticks: the token is void",
     {{'N', 11, 0, 0, false, 100, 1},
      {'N', 12, 0, 0, false, -1, 2},
      {'N', 13, 0, 0, false, 80, 3}}},
};
