// regs - hw/rtl/bj_hw.sv as a driver sees it: every register by AXI4-Lite, then a token set up,
// fed, made void, loaded again and declared good, by commands alone.  Prints TAP.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "Vbj_hw.h"
#include "bj_hw_regs.h"
#include "sim/hw/bj_hw_ref.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

static VerilatedContext ctx;
static Vbj_hw dut(&ctx);
static unsigned checks, fails;
static uint64_t tops;
static int64_t top_qty; // of the last bid
static bool top_void;

static void check(bool good, const char *what) {
    checks++;
    if (!good) fails++, printf("not ok hw registers: %s\n", what);
}
static void edge() {
    dut.clk = 0, dut.eval();
    dut.clk = 1, dut.eval();
    if (!dut.top_valid) return;
    tops++;
    top_void = dut.top_void;
    top_qty = dut.top_bid_live ? int64_t(dut.top_bid[0]) : 0;
}
static unsigned put(uint32_t at, uint32_t data) { // the answer
    dut.axil_awvalid = dut.axil_wvalid = 1;
    dut.axil_awaddr = at;
    dut.axil_wdata = data;
    do
        dut.eval();
    while (!dut.axil_awready && (edge(), true));
    edge();
    dut.axil_awvalid = dut.axil_wvalid = 0;
    for (int i = 0; i < 3; i++) { // the host takes its time
        check(dut.axil_bvalid, "the answer to a write stays until it is taken");
        edge();
    }
    dut.axil_bready = 1;
    unsigned answer = dut.axil_bresp;
    edge();
    dut.axil_bready = 0;
    return answer;
}
static uint32_t get(uint32_t at) {
    dut.axil_arvalid = 1;
    dut.axil_araddr = at;
    edge();
    dut.axil_arvalid = 0;
    check(dut.axil_rvalid, "a read answers in the next clock");
    uint32_t data = dut.axil_rdata;
    edge();
    check(dut.axil_rvalid && dut.axil_rdata == data, "and stays until it is taken");
    dut.axil_rready = 1;
    edge();
    dut.axil_rready = 0;
    return data;
}
static void wire(const uint8_t *frame, size_t bytes, bool bad) {
    for (size_t at = 0; at < bytes; at += 8) {
        uint64_t beat;
        memcpy(&beat, frame + at, 8);
        dut.s_valid = 1;
        dut.s_data = beat;
        dut.s_last = at + 8 >= bytes;
        dut.s_user = dut.s_last && bad;
        dut.s_keep = uint8_t(bytes - at >= 8 ? 0xff : (1u << (bytes - at)) - 1);
        edge();
    }
    dut.s_valid = dut.s_last = dut.s_user = 0;
    for (int i = 0; i < 12; i++)
        edge();
}
static void send(unsigned source, const bj_hw_msg_t &msg, unsigned more = 0, bool bad = false) {
    uint8_t payload[128], frame[256] = {};
    size_t bytes = bj_hw_msg_put(payload, &msg);
    if (more) bytes += bj_hw_msg_put(payload + bytes, &msg);
    wire(frame, bj_hw_frame_put(frame, source, false, payload, bytes) + (bad ? 20 : 0), bad);
}
static void send(unsigned source, char kind, uint64_t id, uint32_t seq, int32_t price,
                 int32_t qty) {
    send(source, {id, 0, seq, bj_hw_ref_token(0), price, qty, kind, false, 0, 0});
}

static void every_register() {
    static const uint32_t written[] = {
        BJ_HW_FAR,         BJ_HW_WAIT,          BJ_HW_IP_A,         BJ_HW_IP_B,
        BJ_HW_IP_HOST,     BJ_HW_PORT_A,        BJ_HW_PORT_B,       BJ_HW_PORT_HOST,
        BJ_HW_TOKEN,       BJ_HW_SEE,           BJ_HW_WINDOW_INV,   BJ_HW_WINDOW_BASE,
        BJ_HW_KILL,        BJ_HW_BAND_LO,       BJ_HW_BAND_HI,      BJ_HW_FREEZE,
        BJ_HW_DESK_QTY,    BJ_HW_DESK_VALUE,    BJ_HW_DESK_OPEN,    BJ_HW_DESK_COST,
        BJ_HW_DESK_CREDIT, BJ_HW_DESK_VALUE_HI, BJ_HW_DESK_OPEN_HI, BJ_HW_DESK_CREDIT_HI,
        BJ_HW_SEE_DESK,    BJ_HW_CNT_KNOWN,     BJ_HW_CNT_BEAT,     BJ_HW_CNT_BAD,
        BJ_HW_CNT_RESTART, BJ_HW_CNT_GAP,       BJ_HW_CNT_DUP,      BJ_HW_CNT_LATE,
        BJ_HW_CNT_TOKEN,   BJ_HW_CNT_ORDER,     BJ_HW_CNT_OTHER,    BJ_HW_CNT_OFF,
        BJ_HW_CNT_ROOM,    BJ_HW_CNT_POISON,    BJ_HW_CNT_MANY,     BJ_HW_CNT_TAKE,
        BJ_HW_CNT_ASKED,   BJ_HW_CNT_PASSED,    BJ_HW_CNT_KILLED,   BJ_HW_CNT_BAND,
        BJ_HW_CNT_QTY,     BJ_HW_CNT_VALUE,     BJ_HW_CNT_OPEN,     BJ_HW_CNT_RATE,
        BJ_HW_CNT_FREED};
    check(get(BJ_HW_ID) == 0x424a4857 && (get(BJ_HW_SHAPE) & 0xff) >= 4, "who it is");
    check((get(BJ_HW_SHAPE) >> 24 & 15) == 5 && get(BJ_HW_SHAPE) >> 28 == 4, "levels and desks");
    check(get(BJ_HW_FAR) == 4096 && get(BJ_HW_WAIT) == 312500 && get(BJ_HW_IP_A) == 0,
          "after reset");
    for (uint32_t value : {0xa5000000u, 0xffffffffu, 0u}) { // counters end at 0
        for (uint32_t at : written)
            put(at, value ? value ^ at : 0);
        for (uint32_t at : written)
            check(get(at) == (value ? value ^ at : 0), "what was written is read");
    }
    put(BJ_HW_ID, 7), put(0xff0, 7);
    check(get(BJ_HW_ID) == 0x424a4857 && get(0xff0) == 0, "what cannot be written");
    put(BJ_HW_IP_A + 3, 7), put(BJ_HW_IP_A + 1, 7);
    check(get(BJ_HW_IP_A) == 0 && get(BJ_HW_IP_A + 2) == 0, "an address between two registers");
    check(get(BJ_HW_LOAD) == 0, "a command reads 0");
}

static void set_up() {
    for (unsigned s = 0; s < 3; s++) {
        put(BJ_HW_IP_A + 4 * s, bj_hw_group_ip(s));
        put(BJ_HW_PORT_A + 4 * s, bj_hw_group_port(s));
    }
    put(BJ_HW_FAR, 64), put(BJ_HW_WAIT, 1000), put(BJ_HW_SEE, 0);
    uint32_t token = bj_hw_ref_token(0), index = 3;
    put(BJ_HW_TOKEN, token);
    put(BJ_HW_TOKEN_PUT, index | (token & 1023) << 16 | 1u << 30);
    put(BJ_HW_WINDOW_BASE, 10000);
    put(BJ_HW_WINDOW_INV, 0xcccccccd); // of 5
    put(BJ_HW_WINDOW_PUT, index);
}

// One order; the bits of its verdict, 63: none in its clock.
static unsigned order(unsigned desk, uint32_t price, uint32_t qty) {
    dut.order_valid = 1;
    dut.order_desk = desk, dut.order_tok = 3, dut.order_price = price, dut.order_qty = qty;
    for (int i = 0; i < 4; i++) {
        edge();
        dut.order_valid = 0;
        if (i < 3 && dut.verdict_valid) return 63;
    }
    return dut.verdict_valid && dut.verdict_pass == !dut.verdict_why ? dut.verdict_why : 63;
}

static void gate() {
    enum { KILLED = 1, BAND = 2, QTY = 4, VALUE = 8, OPEN = 16, RATE = 32 };
    check(order(2, 100, 1) & KILLED, "no desk is live after reset");
    put(BJ_HW_BAND_LO, 100), put(BJ_HW_BAND_HI, 200), put(BJ_HW_FREEZE, 50), put(BJ_HW_BAND_PUT, 3);
    put(BJ_HW_DESK_QTY, 40), put(BJ_HW_DESK_VALUE, 7000), put(BJ_HW_DESK_OPEN, 9000);
    put(BJ_HW_DESK_COST, 1000), put(BJ_HW_DESK_CREDIT, 6000), put(BJ_HW_DESK_PUT, 2 | 1u << 31);
    check(put(BJ_HW_DESK_PUT, 16 + 2) == 2 && put(BJ_HW_BAND_PUT, 0x8000 | 3) == 2,
          "a desk or a token that is not there");
    check(order(2, 100, 40) == 0, "an order inside all limits");
    check(order(2, 99, 1) == BAND && order(2, 200, 41) == (QTY | VALUE | OPEN), "its limits");
    check(order(2, 200, 30) == OPEN, "what is open counts");
    put(BJ_HW_SEE_DESK, 2);
    check(get(BJ_HW_OPEN_VALUE) == 4000 && get(BJ_HW_OPEN_VALUE_HI) == 0, "and can be read");
    dut.free_valid = 1, dut.free_desk = 2, dut.free_value = 4000, edge(), dut.free_valid = 0;
    put(BJ_HW_KILL, 1);
    check(order(2, 200, 1) == KILLED, "the kill switch");
    put(BJ_HW_KILL, 0);
    check(order(2, 200, 30) == 0 && get(BJ_HW_OPEN_VALUE) == 6000,
          "and off; what was freed is free");
    check(order(2, 100, 1) == RATE, "the seventh message costs too much");
    edge(); // it counts behind its verdict
    check(get(BJ_HW_CNT_ASKED) == 8 && get(BJ_HW_CNT_PASSED) == 2 && get(BJ_HW_CNT_KILLED) == 2 &&
              get(BJ_HW_CNT_RATE) == 1,
          "orders counted");
    for (int i = 0; i < 1000; i++)
        edge();
    check(order(2, 100, 1) == 0, "and time gives credit");
}

// Up, and no command waits.
static void settle() {
    for (int i = 0; i < 5000 && get(BJ_HW_STATUS) != 1; i++)
        edge();
    check(get(BJ_HW_STATUS) == 1, "at rest");
}
static uint32_t word(uint32_t at, uint32_t idx) { // the 32 tokens that idx is among
    put(BJ_HW_SEE, idx / 32);
    return get(at);
}

// Each counter by what it counts, once; the stream ends at number 1.
static void every_counter() {
    enum { FIRST = BJ_HW_CNT_KNOWN, CNT = (BJ_HW_CNT_TAKE - BJ_HW_CNT_KNOWN) / 4 + 1 };
    uint32_t was[CNT], far = 0x7fffff00, token = bj_hw_ref_token(0);
    auto counted = [&](uint32_t at) { // and nothing else, but what comes with it
        bool good = get(at) == was[(at - FIRST) / 4] + 1;
        for (uint32_t i = 0; i < CNT; i++)
            was[i] = get(FIRST + 4 * i);
        return good;
    };
    auto msg = [&](char kind, uint64_t id, uint32_t seq) {
        return bj_hw_msg_t{id, 0, seq, token, 10050, 30, kind, false, 0, 0};
    };
    put(BJ_HW_GOOD, 3), settle();
    put(BJ_HW_TOKEN, bj_hw_ref_token(1)); // another known one
    put(BJ_HW_TOKEN_PUT, 4 | (bj_hw_ref_token(1) & 1023) << 16 | 1u << 30);
    uint32_t tokens = 1u << (get(BJ_HW_SHAPE) & 0xff);
    check(put(BJ_HW_VOID, tokens | 3) == 2 && put(BJ_HW_LOAD, tokens | 3) == 2 &&
              put(BJ_HW_WINDOW_PUT, tokens | 3) == 2 && put(BJ_HW_TOKEN_PUT, tokens | 3) == 2 &&
              put(BJ_HW_TOKEN_PUT, 3 | 1u << 29) == 2 && get(BJ_HW_STATUS) == 1 &&
              !(word(BJ_HW_VOIDS, 3) & 8),
          "a command for what is not there is refused, and does nothing");
    counted(FIRST);
    uint32_t next = get(BJ_HW_NEXT_SEQ);
    bj_hw_msg_t m = msg('N', 900, next);
    send(0, m);
    check(counted(BJ_HW_CNT_TAKE), "taken");
    send(1, m);
    check(counted(BJ_HW_CNT_DUP), "a copy");
    send(0, msg('Z', 0, next));
    check(counted(BJ_HW_CNT_BEAT), "a heartbeat");
    m = msg('N', 901, next + 1), m.qty = -1;
    send(0, m);
    check(counted(BJ_HW_CNT_BAD), "a bad message");
    m = msg('X', 77, next + 1);
    send(0, m);
    check(counted(BJ_HW_CNT_ORDER), "an order that never was");
    m = msg('N', 902, next + 2), m.token = 0x7ffffffe;
    send(0, m);
    check(counted(BJ_HW_CNT_TOKEN), "a token that nobody knows");
    m = msg('X', 900, next + 3), m.token = bj_hw_ref_token(1);
    send(0, m);
    check(counted(BJ_HW_CNT_OTHER) && (word(BJ_HW_VOIDS, 3) & 8), "another token's order");
    send(0, msg('N', 903, next + 4), 1);
    check(counted(BJ_HW_CNT_MANY), "two messages in a frame");
    send(0, msg('N', 904, next + 4), 0, true);
    check(counted(BJ_HW_CNT_POISON), "bad behind its message");
    send(0, msg('N', 905, far)), send(1, msg('N', 905, far));
    check(counted(BJ_HW_CNT_GAP) && get(BJ_HW_NEXT_SEQ) == far + 1, "a hole on both sources");
    send(0, msg('N', 906, 1));
    check(counted(BJ_HW_CNT_RESTART) && get(BJ_HW_NEXT_SEQ) == 2, "the stream begins again");
    send(1, msg('N', 907, far + 1));
    check(counted(BJ_HW_CNT_LATE), "from before that");
    settle();
}

// Every token void, loaded, good; then a bid and an ask in a window of its own each.
static void every_token(uint32_t tokens) {
    for (uint32_t i = 0; i < tokens; i++)
        put(BJ_HW_VOID, i), settle();
    for (uint32_t i = 0; i < tokens; i++) {
        check(word(BJ_HW_VOIDS, i) >> i % 32 & 1, "void by command");
        put(BJ_HW_LOAD, i), settle();
        check(word(BJ_HW_LOADING, i) >> i % 32 & 1, "loading");
    }
    for (uint32_t i = 0; i < tokens; i++) {
        put(BJ_HW_GOOD, i), settle();
        check(!(word(BJ_HW_VOIDS, i) >> i % 32 & 1) && !(word(BJ_HW_LOADING, i) >> i % 32 & 1),
              "good");
    }
    put(BJ_HW_WINDOW_INV, 0xcccccccd);
    for (uint32_t i = 0; i < tokens; i++) {
        uint32_t token = bj_hw_ref_token(i), base = 5 + i * 0x01f7a3c5u % 0x7ffe0000u,
                 seq = 2 + 2 * i;
        put(BJ_HW_TOKEN, token);
        put(BJ_HW_TOKEN_PUT, i | (token & 1023) << 16 | 1u << 30);
        put(BJ_HW_WINDOW_BASE, base);
        put(BJ_HW_WINDOW_PUT, i);
        int32_t price = int32_t(base) + 1000,
                qty = 0x7fffffff - int32_t(i * 0x02345679u % 0x70000000u);
        send(0, {5000 + i, 0, seq, token, price, qty, 'N', false, 0, 0});
        send(0, {6000 + i, 0, seq + 1, token, price + 5, qty, 'N', true, 0, 0});
        check(!top_void && top_qty == qty && dut.top_tok == i, "a bid and an ask of each token");
    }
}

int main() {
    dut.rst = 1, edge(), edge(), dut.rst = 0;
    for (int i = 0; i < 5000 && !(get(BJ_HW_STATUS) & 1); i++)
        edge();
    check(get(BJ_HW_STATUS) == 1, "up");
    every_register();
    gate();
    set_up();
    send(0, 'N', 11, 1, 10050, 30);
    send(1, 'N', 11, 1, 10050, 30);
    check(tops == 1 && top_qty == 30 && !top_void, "an order is the best bid, once");
    check(get(BJ_HW_CNT_KNOWN) == 1 && get(BJ_HW_CNT_DUP) == 1 && get(BJ_HW_NEXT_SEQ) == 2,
          "counted");
    send(0, 'N', 12, 2, 10051, 10); // between two ticks
    check(tops == 2 && top_void && get(BJ_HW_VOIDS) == 8 && get(BJ_HW_CNT_OFF) == 1,
          "void, and said");
    dut.s_valid = 0;
    check(put(BJ_HW_LOAD, 3) == 0, "a snapshot begins");
    for (int i = 0; i < 5000 && get(BJ_HW_STATUS) != 1; i++)
        edge();
    check(get(BJ_HW_LOADING) == 8 && get(BJ_HW_VOIDS) == 8, "loading");
    send(2, 'N', 11, 1, 10050, 30);
    check(put(BJ_HW_GOOD, 3) == 0 && get(BJ_HW_VOIDS) == 0, "good again");
    send(0, 'M', 11, 3, 10060, 31);
    check(tops == 4 && !top_void && top_qty == 31, "and exact");
    check(put(BJ_HW_LOAD, 3) == 0 && put(BJ_HW_LOAD, 3) == 0 && (get(BJ_HW_STATUS) & 4),
          "a second snapshot waits for the first one's sweep");
    check(put(BJ_HW_VOID, 5) == 2, "a command while one waits is refused");
    for (int i = 0; i < 5000 && get(BJ_HW_STATUS) != 1; i++)
        edge();
    check(get(BJ_HW_VOIDS) == 8, "and does nothing");
    every_counter();
    every_token(1u << (get(BJ_HW_SHAPE) & 0xff));
#if VM_COVERAGE
    if (const char *file = getenv("BJ_COVERAGE")) ctx.coveragep()->write(file);
#endif
    printf("%s hw registers: %u checks, %u failed\n", fails ? "not ok" : "ok", checks, fails);
    return fails != 0;
}
