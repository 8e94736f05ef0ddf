// risk - the risk gate in bj_hw beside dataplane/risk: limits by its registers, orders and what is
// no longer open by its streams, most clocks one of each, while limits change; every verdict in its
// clock, open values and counters in the end of each round.
//
//   risk [--orders N] [--seed N] [--fault N]
//
// A clock is a ns to dataplane/risk.
#include <algorithm>
#include <deque>
#include <string>

#include "sim/hw/bj_hw_risk.h"
#include "sim/hw/card.hpp"
#include "sim/hw/flow.hpp"

enum { CLOCKS = 4 }; // from order to verdict; stated here again, not read from the design
static int fault_number;
extern "C" unsigned char bj_fault(int number) {
    return number == fault_number;
}

struct Order {
    uint64_t clock; // of the edge that takes it
    unsigned desk, token;
    bool sell;
    int32_t price, qty;
};

class Gate {
  public:
    Dice dice;
    Card card;
    uint64_t over = 0; // more was freed than was open
    uint64_t done = 0, passed = 0, by[6] = {}, least = UINT64_MAX, most = 0, changes = 0;

    explicit Gate(uint64_t seed);
    ~Gate() { bj_hw_risk_free(ref); }
    void run(uint64_t orders);

  private:
    bj_hw_token_t tokens[BJ_HW_TOKENS];
    bj_hw_risk_t *ref = nullptr;
    bool flows = false;                    // orders come
    int token_waits = -1, desk_waits = -1; // nothing for it: its limits change
    bool kill = false, kill_was = false;   // as the edge before this one saw it
    int verdict = -1;                      // due behind this edge
    std::deque<Order> under_way;
    struct Open {
        unsigned name, desk;
    };
    std::vector<Open> open;

    [[noreturn]] void fail(const char *what);
    void before();
    void after();
    void order();
    void close();
    bool close_all(unsigned desk);
    bj_hw_token_t some_token();
    bj_hw_desk_t some_desk(unsigned desk);
    void write_token(unsigned token);
    void write_desk(unsigned desk);
    void write_kill(bool on);
    void put_wide(uint32_t at, uint64_t value) {
        card.put(at, uint32_t(value));
        card.put(at + 4, uint32_t(value >> 32));
    }
    void change();
    void compare();
};

void Gate::fail(const char *what) {
    printf("difference: %s at clock %llu, after %llu orders\n", what,
           (unsigned long long)card.clock, (unsigned long long)done);
    exit(1);
}

// --- one edge

void Gate::before() {
    verdict = -1;
    if (!under_way.empty() && under_way.front().clock + CLOCKS - 1 == card.clock) {
        const Order &o = under_way.front();
        unsigned name;
        bj_hw_risk_kill(ref, kill_was);
        verdict = bj_hw_risk_order(ref, o.desk, o.token, o.sell, o.price, o.qty,
                                   int64_t(card.clock), &name);
        if (verdict < 0) fail("a verdict of dataplane/risk that the gate does not know");
        if (verdict == BJ_HW_PASS) open.push_back({name, o.desk});
    }
    kill_was = kill;
    close();
    order();
    card.dut.eval();
}

void Gate::order() {
    Order o = {card.clock, dice.below(BJ_HW_DESKS), dice.below(BJ_HW_TOKENS), dice.below(2) != 0};
    card.dut.order_valid =
        flows && dice.below(4) && int(o.desk) != desk_waits && int(o.token) != token_waits;
    const bj_hw_token_t &t = tokens[o.token];
    int64_t room = int64_t(t.hi_paise) - t.lo_paise + 40, price = t.lo_paise - 20;
    price += int64_t(dice.next() % uint64_t(room));
    o.price = int32_t(std::clamp<int64_t>(price, 0, INT32_MAX));
    o.qty = int32_t(std::min<int64_t>(dice.below(uint32_t(t.freeze_qty) + 30), INT32_MAX));
    card.dut.order_desk = o.desk; // on the wires whether it counts or not
    card.dut.order_tok = o.token;
    card.dut.order_price = o.price;
    card.dut.order_qty = o.qty;
    if (card.dut.order_valid) under_way.push_back(o);
}

// All that a desk has open at once, and more, which it has not.  False: it does not fit the wires.
bool Gate::close_all(unsigned desk) {
    uint64_t sum = uint64_t(bj_hw_risk_open_value(ref, desk)), more = dice.next() >> dice.below(64);
    if (sum >> 62 || more >> 62 || (sum + more) >> 62) return false;
    for (size_t i = 0; i < open.size(); i++) {
        if (open[i].desk != desk) continue;
        bj_hw_risk_close(ref, open[i].name, &desk);
        open[i--] = open.back();
        open.pop_back();
    }
    card.dut.free_valid = 1;
    card.dut.free_desk = desk;
    card.dut.free_value = sum + more;
    over += more > 0;
    return true;
}

// Judged at this edge is judged without what is freed with it: dataplane/risk closes behind it.
void Gate::close() {
    if (flows && dice.one_in(400) && close_all(dice.below(BJ_HW_DESKS))) return;
    card.dut.free_valid = !open.empty() && dice.below(3) == 0;
    if (!card.dut.free_valid) return;
    unsigned which = dice.below(uint32_t(open.size())), name = open[which].name, desk;
    open[which] = open.back();
    open.pop_back();
    card.dut.free_value = uint64_t(bj_hw_risk_close(ref, name, &desk));
    card.dut.free_desk = desk;
}

void Gate::after() {
    bool due = verdict >= 0;
    if (bool(card.dut.verdict_valid) != due) fail("a verdict not in its clock");
    if (!due) return;
    const Order &o = under_way.front();
    unsigned why = card.dut.verdict_why;
    bool same = verdict == BJ_HW_PASS ? card.dut.verdict_pass && !why
                                      : !card.dut.verdict_pass && (why >> verdict & 1);
    if (!same) {
        printf("  desk %u token %u price %d qty %d: why %x, should have %d\n", o.desk, o.token,
               o.price, o.qty, why, verdict);
        fail("verdict");
    }
    uint64_t took = card.clock - o.clock;
    least = std::min(least, took), most = std::max(most, took);
    done++;
    passed += card.dut.verdict_pass;
    for (int i = 0; i < 6; i++)
        by[i] += why >> i & 1;
    under_way.pop_front();
}

// --- limits

bj_hw_token_t Gate::some_token() {
    bool wide = dice.below(4) == 0;
    int32_t lo = int32_t(1 + dice.below(wide ? INT32_MAX - 5000 : 200000));
    int32_t hi = lo + int32_t(1 + dice.below(wide ? uint32_t(INT32_MAX - lo - 1) : 3000));
    return {lo, hi, int32_t(1 + dice.below(wide ? INT32_MAX - 100 : 5000))};
}

// The member's sum of what is open fits in 63 bits, as each desk's does.
bj_hw_desk_t Gate::some_desk(unsigned desk) {
    uint32_t rate = 1 + dice.below(dice.below(2) ? 1u << dice.below(30) : 900000000);
    uint32_t cost = 1000000000 / rate, burst = 1 + dice.below(30);
    if (dice.below(4) == 0)
        burst = 1 + dice.below(
                        uint32_t(std::min<uint64_t>(999999999, ((uint64_t(1) << 48) - 1) / cost)));
    bool wide = dice.below(2);
    return {int32_t(dice.below(wide ? INT32_MAX : 6000)),
            int64_t(dice.next() >> (wide ? 2 : 34)),
            int64_t(dice.next() >> (wide ? 2 + desk : 29 + desk % 2)),
            rate,
            burst,
            !dice.one_in(10)};
}

void Gate::write_token(unsigned token) {
    bj_hw_token_t t = some_token();
    token_waits = int(token);
    card.put(BJ_HW_BAND_LO, uint32_t(t.lo_paise));
    card.put(BJ_HW_BAND_HI, uint32_t(t.hi_paise));
    card.put(BJ_HW_FREEZE, uint32_t(t.freeze_qty));
    card.put(BJ_HW_BAND_PUT, token);
    bj_hw_risk_token(ref, token, &t);
    tokens[token] = t;
    token_waits = -1;
}

void Gate::write_desk(unsigned desk) {
    bj_hw_desk_t d = some_desk(desk);
    uint64_t cost = 1000000000 / d.rate_per_s;
    desk_waits = int(desk);
    put_wide(BJ_HW_DESK_VALUE, uint64_t(d.value_max_paise));
    put_wide(BJ_HW_DESK_OPEN, uint64_t(d.open_max_paise));
    put_wide(BJ_HW_DESK_CREDIT, cost * d.burst);
    card.put(BJ_HW_DESK_QTY, uint32_t(d.qty_max));
    card.put(BJ_HW_DESK_COST, uint32_t(cost));
    card.put(BJ_HW_DESK_PUT, desk | uint32_t(d.live) << 31);
    bj_hw_risk_desk(ref, desk, &d);
    desk_waits = -1;
}

// The write's own edge still has the kill switch as it was.
void Gate::write_kill(bool on) {
    card.dut.axil_awvalid = card.dut.axil_wvalid = 1;
    card.dut.axil_awaddr = BJ_HW_KILL;
    card.dut.axil_wdata = on;
    card.edge();
    kill = on;
    card.dut.axil_awvalid = card.dut.axil_wvalid = 0;
    card.dut.axil_bready = 1;
    card.edge();
    card.dut.axil_bready = 0;
}

// In the midst of orders.
void Gate::change() {
    changes++;
    switch (dice.below(4)) {
    case 0:
        write_token(dice.below(BJ_HW_TOKENS));
        return;
    case 1:
        write_kill(true);
        card.idle(dice.below(60));
        write_kill(false);
        return;
    default:
        write_desk(dice.below(BJ_HW_DESKS));
    }
}

// Nothing is under way: what is open, desk by desk, and what was counted.
void Gate::compare() {
    flows = false;
    card.idle(CLOCKS + 1);
    for (unsigned d = 0; d < BJ_HW_DESKS; d++) {
        card.put(BJ_HW_SEE_DESK, d);
        auto close_none = open; // nothing is freed between the two halves
        open.clear();
        uint64_t low = card.get(BJ_HW_OPEN_VALUE), high = card.get(BJ_HW_OPEN_VALUE_HI);
        open = close_none;
        if (int64_t(high << 32 | low) != bj_hw_risk_open_value(ref, d)) fail("open value");
    }
    static const uint32_t counter[6] = {BJ_HW_CNT_KILLED, BJ_HW_CNT_BAND, BJ_HW_CNT_QTY,
                                        BJ_HW_CNT_VALUE,  BJ_HW_CNT_OPEN, BJ_HW_CNT_RATE};
    if (card.get(BJ_HW_CNT_ASKED) != done || card.get(BJ_HW_CNT_PASSED) != passed)
        fail("orders counted");
    for (int i = 0; i < 6; i++)
        if (card.get(counter[i]) != by[i]) fail("refusals counted");
    if (card.get(BJ_HW_CNT_FREED) != over) fail("values freed too often counted");
    flows = true;
}

Gate::Gate(uint64_t seed) : dice{seed} {
    for (auto &t : tokens)
        t = some_token();
    ref = bj_hw_risk_new(tokens);
    card.reset();
    card.before = [this] { before(); };
    card.after = [this] { after(); };
    for (unsigned t = 0; t < BJ_HW_TOKENS; t++)
        write_token(t);
    for (unsigned d = 0; d < BJ_HW_DESKS; d++)
        write_desk(d);
}

void Gate::run(uint64_t orders) {
    flows = true;
    while (done < orders) {
        card.edge();
        if (dice.one_in(300)) change();
        if (dice.one_in(5000)) compare();
    }
    compare();
}

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
    Gate gate(seed);
    gate.run(orders);
    auto say = [](const char *name, uint64_t value, const char *unit) {
        printf("hw_risk_%s %llu %s\n", name, (unsigned long long)value, unit);
    };
    static const char *const names[] = {"killed", "band",       "quantity",
                                        "value",  "open_value", "rate"};
    say("orders", gate.done, "orders");
    say("passed", gate.passed, "orders");
    say("clocks_min", gate.least, "clocks");
    say("clocks_max", gate.most, "clocks");
    say("changes", gate.changes, "times");
    say("freed_over", gate.over, "times");
    for (int i = 0; i < 6; i++)
        say(names[i], gate.by[i], "orders");
    return gate.least != CLOCKS || gate.most != CLOCKS;
}
