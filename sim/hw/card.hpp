// card.hpp - bj_hw as a driver has it: registers by AXI4-Lite, frames on the wire, tops that come
// out.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "Vbj_hw.h"
#include "bj_hw_regs.h"
#include "sim/hw/bj_hw_ref.h"
#include "sim/hw/tables.hpp"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

class Card {
  public:
    VerilatedContext ctx;
    Vbj_hw dut{&ctx};
    uint64_t clock = 0;
    std::function<void()> before, after; // each edge

    ~Card() {
#if VM_COVERAGE
        if (const char *file = getenv("BJ_COVERAGE")) ctx.coveragep()->write(file);
#endif
    }
    void edge() {
        dut.clk = 0, dut.eval();
        if (before) before();
        dut.clk = 1, dut.eval();
        clock++;
        if (after) after();
    }
    void idle(uint64_t clocks) {
        while (clocks--)
            edge();
    }
    void reset() {
        dut.rst = 1;
        idle(2);
        dut.rst = 0;
    }
    void put(uint32_t at, uint32_t data) {
        dut.axil_awvalid = dut.axil_wvalid = 1;
        dut.axil_awaddr = at;
        dut.axil_wdata = data;
        dut.axil_bready = 1;
        while (dut.eval(), !dut.axil_awready)
            edge();
        edge();
        dut.axil_awvalid = dut.axil_wvalid = 0;
        if (dut.axil_bresp) refused++;
        edge();
        dut.axil_bready = 0;
    }
    uint32_t get(uint32_t at) {
        dut.axil_arvalid = 1;
        dut.axil_araddr = at;
        edge();
        dut.axil_arvalid = 0;
        uint32_t data = dut.axil_rdata;
        dut.axil_rready = 1;
        edge();
        dut.axil_rready = 0;
        return data;
    }
    void wait_status(uint32_t want) { // STATUS: 1 is up, and nothing waits or is swept
        for (unsigned n = 0; n < 1000000; n++)
            if (get(BJ_HW_STATUS) == want) return;
        fprintf(stderr, "the card's STATUS does not come to be %u\n", want);
        exit(1);
    }
    void command(uint32_t at, uint32_t idx) { // LOAD, GOOD, VOID: until it is over
        put(at, idx);
        wait_status(1);
    }
    void frame(const uint8_t *data, size_t bytes) {
        for (size_t at = 0; at < bytes; at += 8) {
            size_t n = bytes - at < 8 ? bytes - at : 8;
            uint64_t beat = 0;
            memcpy(&beat, data + at, n);
            dut.s_valid = 1;
            dut.s_data = beat;
            dut.s_keep = uint8_t(0xff >> (8 - n));
            dut.s_last = at + 8 >= bytes;
            edge();
        }
        dut.s_valid = dut.s_last = 0;
    }
    void message(unsigned source, const bj_hw_msg_t &msg) {
        uint8_t payload[64], data[128] = {};
        frame(data, bj_hw_frame_put(data, source, false, payload, bj_hw_msg_put(payload, &msg)));
    }
    void groups() { // as bj_hw_groups_set has them
        for (unsigned s = 0; s < 3; s++) {
            put(BJ_HW_IP_A + 4 * s, bj_hw_group_ip(s));
            put(BJ_HW_PORT_A + 4 * s, bj_hw_group_port(s));
        }
    }
    // Tokens by index, as bj_hw_tokens_set has them; false: one finds no place.
    bool tokens(uint32_t cnt) {
        unsigned bits = get(BJ_HW_SHAPE) >> 8 & 0xff;
        Places places(bits);
        if (!places.take(cnt)) return false;
        for (uint32_t w = 0; w < 2; w++)
            for (uint32_t a = 0; a < places.way[w].size(); a++) {
                int idx = places.way[w][a];
                if (idx < 0) continue;
                put(BJ_HW_TOKEN, bj_hw_ref_token(uint32_t(idx)));
                put(BJ_HW_TOKEN_PUT, uint32_t(idx) | a << 16 | 1u << 30 | w << 31);
            }
        return true;
    }
    // price = base + tick * how many.  False: no window of this tick.
    bool window(uint32_t idx, int32_t base, int32_t tick) {
        uint32_t shift = 0, odd = uint32_t(tick);
        if (tick <= 0 || tick > 1 << 19) return false;
        for (; !(odd & 1); odd >>= 1)
            shift++;
        if (shift > 15) return false;
        put(BJ_HW_WINDOW_BASE, uint32_t(base));
        put(BJ_HW_WINDOW_INV, inverse_of(odd));
        put(BJ_HW_WINDOW_PUT, idx | shift << 16);
        return true;
    }
    uint64_t voids(uint32_t at = BJ_HW_VOIDS) { // of the first 64 tokens
        put(BJ_HW_SEE, 0);
        uint64_t low = get(at);
        put(BJ_HW_SEE, 1);
        return low | uint64_t(get(at)) << 32;
    }
    unsigned refused = 0; // writes
};
