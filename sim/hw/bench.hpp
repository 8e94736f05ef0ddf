// bench.hpp - the design and the dataplane's code, clock by clock.  cosim.cpp has what is done with
// it.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "Vbj_book.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif
#include "sim/hw/flow.hpp"
#include "sim/hw/model.hpp"
#include "sim/hw/tables.hpp"

#ifndef BJ_TB // the shape, as hw/Makefile hands it to Verilator
#define BJ_TB 6
#define BJ_OB 10
#endif
enum { TOKENS = 1 << BJ_TB, AB = 10, TICKS = 1 << 12, K = 5 };
enum { TOP_CLOCKS = 3, DEEP_CLOCKS = 8 }; // stated here again, not read from the design
enum Ev {                                 // of bj_book's ev
    EV_KNOWN,
    EV_BEAT,
    EV_BAD,
    EV_RESTART,
    EV_GAP,
    EV_DUP,
    EV_LATE,
    EV_TOKEN,
    EV_ORDER,
    EV_OTHER,
    EV_OFF,
    EV_ROOM,
    EV_POISON,
    EV_ODD
};

enum { // set in the clock of a message only
    EV_MESSAGE = 1 << EV_KNOWN | 1 << EV_BEAT | 1 << EV_RESTART | 1 << EV_GAP | 1 << EV_DUP |
                 1 << EV_LATE | 1 << EV_TOKEN | 1 << EV_OTHER | 1 << EV_ODD
};

struct Frame { // on the wire
    uint8_t data[256];
    size_t bytes = 0, at = 0;
    bool bad_fcs = false, ignored = false;
    // what the feed's code says of it
    bj_hw_frame_t is = BJ_HW_NOT_OURS;
    unsigned source = 0;
    bj_hw_msg_t msg = {};
    size_t ends = 0; // the beat that has the message's last byte
};

struct Figures {
    uint64_t frames = 0, messages = 0, exact = 0, gaps = 0, restarts = 0, resets = 0, dups = 0,
             lates = 0, loads = 0, reloaded = 0, many = 0, poisons = 0, no_rooms = 0, off_ticks = 0,
             stash_max = 0;
    uint64_t kind[128] = {}, clocks_min[128], clocks_max[128] = {};
    Figures() {
        for (auto &c : clocks_min)
            c = UINT64_MAX;
    }
};

class Bench {
  public:
    std::unique_ptr<VerilatedContext> ctx{new VerilatedContext};
    std::unique_ptr<Vbj_book> dut;
    const std::vector<Instrument> &instruments;
    bj_hw_ref_t *ref;
    uint32_t arb_far = 64, arb_wait = 3000;
    ArbModel arb{arb_far, arb_wait};
    VoidModel voids{TOKENS};
    Figures figures;
    uint64_t clock = 0;
    bool has_place(int32_t price_paise, uint32_t idx) const; // in the token's ladder
    bool draws = false;   // keeps what the wires do, a character a clock
    std::string drawn[4]; // beat, last beat, top, depth
    int told_idx = -1;    // a token whose messages are printed

    Bench(const std::vector<Instrument> &instruments, uint32_t live, const char *wave);
    ~Bench();
    void edge(); // one clock
    void idle(uint32_t clocks) {
        while (clocks--)
            edge();
    }
    void reset(uint32_t clocks);
    void configure(); // groups and limits, as they are now
    void tables();    // tokens and their windows, as a driver would write them
    void put(const Frame &f) { frame = f; } // on the wire from the next clock on; needs !sending()
    bool sending() const { return frame.at < frame.bytes; }
    bool settled() const {
        return !sending() && tops.empty() && deeps.empty() && !event && !event_many;
    }
    void beat(bool pause); // one clock of the frame, or a pause in it
    enum Command { LOAD, GOOD, VOID };
    void command(Command what, uint32_t idx);
    void judge(Frame &f, bool vlan) const; // what the feed's code says of it

  private:
    struct Due { // an output to come
        uint64_t clock, from;
        uint32_t idx;
        char kind;
        bool is_void;
        unsigned cnt[2];
        bj_hw_level_t level[2][K];
    };
    std::deque<Due> tops, deeps;
    Frame frame;
    bool event = false, event_many = false, poison = false;
    unsigned event_source = 0;
    bj_hw_msg_t event_msg = {};
    uint64_t event_from = 0;
    bj_hw_msg_t last_msg = {};
    int last_idx = -1;
#if VM_TRACE_FST
    std::unique_ptr<VerilatedFstC> trace;
#endif
    void before_edge();
    void on_message();
    void on_frame_beat();
    void check();
    void compare(const Due &due, const char *what, unsigned cnt, bool is_void, const uint32_t *bid,
                 const uint32_t *ask, unsigned bid_live, unsigned ask_live);
    [[noreturn]] void differ(const char *what, const Due *due = nullptr);
};
