// risk - hw/rtl/bj_risk_gate.sv beside dataplane/risk: the same orders, the same closes, the same
// clock; every verdict and, in the end of each round, every desk's open value compared.
//
//   risk [--orders N] [--seed N] [--fault N]
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "Vbj_risk_gate.h"
#include "sim/hw/bj_hw_risk.h"
#include "sim/hw/flow.hpp"
#include "verilated.h"

enum { CLOCKS = 4 }; // from order to verdict; stated here again, not read from the design
static int fault_number;
extern "C" unsigned char bj_fault(int number) {
    return number == fault_number;
}

struct Order {
    uint64_t clock;
    unsigned desk, token;
    bool sell;
    int32_t price, qty;
};

int main(int argc, char **argv) {
    uint64_t orders = 200000, seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        std::string name = argv[i];
        if (name == "--orders")
            orders = strtoull(argv[i + 1], nullptr, 10);
        else if (name == "--seed")
            seed = strtoull(argv[i + 1], nullptr, 10);
        else if (name == "--fault")
            fault_number = int(strtol(argv[i + 1], nullptr, 10));
        else
            return fprintf(stderr, "risk: no option %s\n", argv[i]), 2;
    }
    Dice dice{seed};
    VerilatedContext ctx;
    Vbj_risk_gate dut(&ctx);
    bj_hw_token_t tokens[BJ_HW_TOKENS];
    for (auto &t : tokens) {
        int32_t lo = int32_t(1 + dice.below(200000));
        t = {lo, lo + int32_t(1 + dice.below(3000)), int32_t(1 + dice.below(5000))};
    }
    bj_hw_risk_t *ref = bj_hw_risk_new(tokens);
    uint64_t clock = 0, now = 1000, done = 0, passed = 0, failed_by[6] = {};
    std::deque<Order> under_way;
    std::deque<uint64_t> nows; // of the last edges
    std::vector<unsigned> open;

    auto fail = [&](const char *what) {
        printf("difference: %s at clock %llu, after %llu orders\n", what, (unsigned long long)clock,
               (unsigned long long)done);
        exit(1);
    };
    auto edge = [&] {
        now += dice.below(8) ? dice.below(40) : dice.below(3000);
        dut.now_ns = now;
        nows.push_back(now);
        if (nows.size() > 2) nows.pop_front();
        dut.clk = 0;
        dut.eval();
        int verdict = -1;
        bool due = !under_way.empty() && under_way.front().clock + CLOCKS - 1 == clock;
        if (due) { // decided at this edge, by the time that the edge before it saw
            const Order &o = under_way.front();
            unsigned name;
            verdict = bj_hw_risk_order(ref, o.desk, o.token, o.sell, o.price, o.qty,
                                       int64_t(nows.front()), &name);
            if (verdict == BJ_HW_PASS) open.push_back(name);
        }
        dut.clk = 1;
        dut.eval();
        clock++;
        if (bool(dut.out_valid) != due) fail("a verdict not in its clock");
        if (!due) return;
        bool same = verdict == BJ_HW_PASS
                        ? dut.out_pass && !dut.out_why
                        : verdict >= 0 && !dut.out_pass && (dut.out_why >> verdict & 1);
        if (!same) {
            const Order &o = under_way.front();
            printf("  desk %u token %u price %d qty %d: why %x, should have %d\n", o.desk, o.token,
                   o.price, o.qty, dut.out_why, verdict);
            fail("verdict");
        }
        done++;
        passed += dut.out_pass;
        for (int i = 0; i < 6; i++)
            failed_by[i] += dut.out_why >> i & 1;
        under_way.pop_front();
    };
    auto desk_limits = [&](unsigned desk) {
        bj_hw_desk_t d = {int32_t(dice.below(6000)),  int64_t(dice.below(900000000)),
                          int64_t(dice.next() >> 29), 100000 + dice.below(20000000),
                          1 + dice.below(30),         !dice.one_in(10)};
        bj_hw_risk_desk(ref, desk, &d);
        dut.w_desk_en = 1;
        dut.w_desk = desk;
        dut.w_live = d.live;
        dut.w_qty = d.qty_max;
        dut.w_value = d.value_max_paise;
        dut.w_open = d.open_max_paise;
        dut.w_cost = 1000000000 / d.rate_per_s;
        dut.w_credit = uint64_t(1000000000 / d.rate_per_s) * d.burst;
        edge();
        dut.w_desk_en = 0;
    };
    dut.rst = 1;
    dut.clk = 0, dut.eval(), dut.clk = 1, dut.eval();
    dut.rst = 0;
    for (unsigned t = 0; t < BJ_HW_TOKENS; t++) {
        dut.w_tok_en = 1;
        dut.w_tok = t;
        dut.w_lo = tokens[t].lo_paise;
        dut.w_hi = tokens[t].hi_paise;
        dut.w_freeze = tokens[t].freeze_qty;
        edge();
    }
    dut.w_tok_en = 0;
    for (unsigned d = 0; d < BJ_HW_DESKS; d++)
        desk_limits(d);

    while (done < orders) {
        if (dice.one_in(5000)) { // new limits, nothing under way
            dut.in_valid = dut.free_valid = 0;
            for (int i = 0; i < CLOCKS + 1; i++)
                edge();
            desk_limits(dice.below(BJ_HW_DESKS));
            for (unsigned d = 0; d < BJ_HW_DESKS; d++) {
                dut.see_desk = d;
                dut.eval();
                if (int64_t(dut.see_open) != bj_hw_risk_open_value(ref, d)) fail("open value");
            }
        }
        dut.in_valid = dice.below(4) != 0; // mostly one after the other
        if (dut.in_valid) {
            unsigned token = dice.below(BJ_HW_TOKENS);
            const bj_hw_token_t &t = tokens[token];
            Order o = {clock,
                       dice.below(BJ_HW_DESKS),
                       token,
                       dice.below(2) != 0,
                       t.lo_paise - 20 +
                           int32_t(dice.below(uint32_t(t.hi_paise - t.lo_paise) + 40)),
                       int32_t(dice.below(uint32_t(t.freeze_qty) + 30))};
            if (o.price < 0) o.price = 0;
            dut.in_desk = o.desk;
            dut.in_tok = o.token;
            dut.in_price = o.price;
            dut.in_qty = o.qty;
            under_way.push_back(o);
        }
        dut.free_valid = 0;
        bool closes = !open.empty() && dice.below(3) == 0;
        unsigned which = closes ? dice.below(uint32_t(open.size())) : 0,
                 name = closes ? open[which] : 0;
        if (closes) { // its value, now; the dataplane's book closes it behind this edge's order
            open[which] = open.back();
            open.pop_back();
            unsigned desk;
            // An order decided at this edge is judged without what is freed with it.
            bool due = !under_way.empty() && under_way.front().clock + CLOCKS - 1 == clock;
            if (due) {
                open.push_back(name);
            } else {
                dut.free_value = uint64_t(bj_hw_risk_close(ref, name, &desk));
                dut.free_desk = desk;
                dut.free_valid = 1;
            }
        }
        edge();
    }
    bj_hw_risk_free(ref);
    static const char *const names[] = {"killed", "band",       "quantity",
                                        "value",  "open_value", "rate"};
    printf("hw_risk_orders %llu orders\nhw_risk_passed %llu orders\nhw_risk_clocks %d clocks\n",
           (unsigned long long)done, (unsigned long long)passed, CLOCKS);
    for (int i = 0; i < 6; i++)
        printf("hw_risk_%s %llu orders\n", names[i], (unsigned long long)failed_by[i]);
    return 0;
}
