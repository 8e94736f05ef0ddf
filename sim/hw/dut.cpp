#include "sim/hw/bj_hw_dut.h"

#include <cstring>

#include "Vbj_hw.h"
#include "bj_hw_regs.h"
#include "verilated.h"

enum { ANSWER_CLOCKS = 16, BIT_CNT = 71, QTY_BITS = 40 };

static int fault;
extern "C" unsigned char bj_fault(int number) {
    return number == fault;
}

struct bj_hw_dut {
    VerilatedContext ctx;
    Vbj_hw hw{&ctx};
    uint64_t clock = 0;

    void edge() {
        hw.clk = 0, hw.eval();
        hw.clk = 1, hw.eval();
        clock++;
    }
    void beats(const uint8_t *frame, size_t frame_bytes) {
        for (size_t at = 0; at < frame_bytes; at += 8) {
            size_t n = frame_bytes - at < 8 ? frame_bytes - at : 8;
            uint64_t beat = 0;
            memcpy(&beat, frame + at, n);
            hw.s_valid = 1;
            hw.s_data = beat;
            hw.s_last = at + 8 >= frame_bytes;
            hw.s_keep = uint8_t(0xff >> (8 - n));
            edge();
        }
        hw.s_valid = hw.s_last = 0;
    }
};

// The level at a place of a packed row of {price 31, quantity 40}.
template <typename Row> static bj_hw_dut_level_t level(const Row &row, unsigned at, unsigned live) {
    if (!(live >> at & 1)) return {0, 0};
    auto bits = [&](unsigned from, unsigned cnt) {
        uint64_t x = 0;
        for (unsigned i = 0; i < cnt; i++)
            x |= uint64_t(row[(from + i) / 32] >> (from + i) % 32 & 1) << i;
        return x;
    };
    return {int32_t(bits(BIT_CNT * at + QTY_BITS, BIT_CNT - QTY_BITS)),
            int64_t(bits(BIT_CNT * at, QTY_BITS))};
}

bj_hw_dut_t *bj_hw_dut_new(void) {
    auto *dut = new bj_hw_dut;
    dut->hw.rst = 1;
    dut->edge(), dut->edge();
    dut->hw.rst = 0;
    while (!(bj_hw_dut_read(dut, BJ_HW_STATUS) & 1))
        dut->edge();
    return dut;
}
void bj_hw_dut_free(bj_hw_dut_t *dut) {
    delete dut;
}

bool bj_hw_dut_frame(bj_hw_dut_t *dut, const uint8_t *frame, size_t frame_bytes,
                     bj_hw_dut_answer_t *answer) {
    const Vbj_hw &hw = dut->hw;
    bool has_top = false, has_deep = false;
    dut->beats(frame, frame_bytes);
    for (uint32_t clock = 0; clock < ANSWER_CLOCKS && !has_deep; clock++) {
        if (hw.top_valid) {
            has_top = true;
            answer->idx = hw.top_tok;
            answer->is_void = hw.top_void;
            answer->top_clocks = clock;
            answer->top[0] = level(hw.top_bid, 0, hw.top_bid_live);
            answer->top[1] = level(hw.top_ask, 0, hw.top_ask_live);
        }
        if (hw.deep_valid) {
            has_deep = true;
            answer->is_void |= hw.deep_void;
            answer->deep_clocks = clock;
            for (unsigned i = 0; i < BJ_HW_DUT_LEVELS; i++) {
                answer->deep[0][i] = level(hw.deep_bid, i, hw.deep_bid_live);
                answer->deep[1][i] = level(hw.deep_ask, i, hw.deep_ask_live);
            }
        }
        dut->edge();
    }
    if (has_top && has_deep) answer->seq = bj_hw_dut_read(dut, BJ_HW_NEXT_SEQ) - 1;
    return has_top && has_deep;
}

void bj_hw_dut_host_frame(bj_hw_dut_t *dut, const uint8_t *frame, size_t frame_bytes) {
    dut->beats(frame, frame_bytes);
    bj_hw_dut_idle(dut, ANSWER_CLOCKS);
}

void bj_hw_dut_idle(bj_hw_dut_t *dut, uint32_t clocks) {
    while (clocks--)
        dut->edge();
}

uint32_t bj_hw_dut_read(bj_hw_dut_t *dut, uint32_t at) {
    Vbj_hw &hw = dut->hw;
    hw.axil_araddr = decltype(hw.axil_araddr)(at);
    hw.axil_arvalid = 1;
    dut->edge();
    hw.axil_arvalid = 0;
    while (!hw.axil_rvalid)
        dut->edge();
    uint32_t value = hw.axil_rdata;
    hw.axil_rready = 1;
    dut->edge();
    hw.axil_rready = 0;
    return value;
}

void bj_hw_dut_write(bj_hw_dut_t *dut, uint32_t at, uint32_t value) {
    Vbj_hw &hw = dut->hw;
    hw.axil_awvalid = hw.axil_wvalid = 1;
    hw.axil_awaddr = decltype(hw.axil_awaddr)(at);
    hw.axil_wdata = value;
    for (hw.eval(); !hw.axil_awready; hw.eval())
        dut->edge();
    dut->edge();
    hw.axil_awvalid = hw.axil_wvalid = 0;
    while (!hw.axil_bvalid)
        dut->edge();
    hw.axil_bready = 1;
    dut->edge();
    hw.axil_bready = 0;
}

uint64_t bj_hw_dut_clocks(const bj_hw_dut_t *dut) {
    return dut->clock;
}
void bj_hw_dut_fault(int number) {
    fault = number;
}
