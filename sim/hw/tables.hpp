// tables.hpp - what the design's tables are to be given for the tokens of bj_hw_ref: worked out here once more, not
// taken from the driver (dataplane/hw/bj_hw_setup).
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/hw/bj_hw_ref.h"

// Two ways of 2^bits places each (hw/rtl/bj_token_table.sv): an index, or -1.
struct Places {
    uint32_t bits;
    std::vector<int> way[2];

    explicit Places(uint32_t b) : bits(b), way{std::vector<int>(1u << b, -1), std::vector<int>(1u << b, -1)} {}
    // The first cnt tokens.  False: they have no places together.  A cuckoo's: who is pushed out goes to its other place.
    bool take(uint32_t cnt) {
        for (uint32_t i = 0; i < cnt; i++) {
            int idx = int(i);
            for (int w = 0, tries = 0; idx >= 0; w = !w) {
                if (++tries > 100) return false;
                uint32_t token = bj_hw_ref_token(uint32_t(idx));
                uint32_t at = (w ? token ^ token >> bits : token) & ((1u << bits) - 1);
                std::swap(idx, way[w][at]);
            }
        }
        return true;
    }
};

// Of an odd number, mod 2^32 (hw/rtl/bj_tick.sv): Newton.
inline uint32_t inverse_of(uint32_t odd) {
    uint32_t inverse = odd;
    for (int n = 0; n < 5; n++)
        inverse *= 2 - odd * inverse;
    return inverse;
}
