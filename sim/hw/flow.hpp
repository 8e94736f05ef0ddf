// flow.hpp - messages as an exchange sends them, and as it never would: the bench's dice.
//
// One stream, sent twice: source A, and source B some messages later; each loses a message now and
// then.  Ids, prices and quantities hang together as long as nothing is lost; now and then they are
// on purpose wrong (unknown ids, another token's id, prices off the window or the tick).
#pragma once
#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

#include "sim/hw/bj_hw_ref.h"

struct Dice {
    uint64_t state;
    uint64_t next() { // splitmix64
        uint64_t x = (state += 0x9e3779b97f4a7c15ull);
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ x >> 27) * 0x94d049bb133111ebull;
        return x ^ x >> 31;
    }
    uint32_t below(uint32_t n) { return uint32_t((next() >> 32) * n >> 32); }
    bool one_in(uint32_t n) { return n && below(n) == 0; }
};

struct Instrument { // how the bench sets one up; price = base + tick * odd << shift
    int32_t base, odd;
    unsigned shift;
    int32_t tick() const { return odd << shift; }
};

class Flow {
  public:
    struct Rates { // one in so many; 0: never
        uint32_t odd_price = 4000, foreign = 4000, unknown = 30, side = 60, stranger = 50,
                 burst = 400, heavy = 0, far_id = 0;
    };
    Rates rates;
    bool wide = false; // every field's high bits too
    Flow(Dice &dice, const std::vector<Instrument> &instruments, uint32_t ticks, uint32_t live_max)
        : dice(dice), instruments(instruments), ticks(ticks), live_max(live_max),
          mid(instruments.size()) {
        for (auto &m : mid)
            m = ticks / 2;
    }
    void forget() { live.clear(); } // the stream begins again

    bj_hw_msg_t next(uint32_t seq) {
        bj_hw_msg_t msg = {};
        msg.seq = seq;
        if (dice.one_in(rates.burst)) burst = 20 + dice.below(200), burst_idx = random_idx();
        if (burst) burst--;
        if (wide) dress(msg);
        if (!heavy && dice.one_in(rates.heavy)) {
            heavy = 270; // as many as it takes to fill the sum of a level
            heavy_order = {0, random_idx(), dice.below(2) != 0, 0, 0x7fffffff};
            heavy_order.price = price_of(heavy_order.idx, heavy_order.ask);
        }
        if (heavy && heavy--) {
            heavy_order.id = last_id += 1;
            put(msg, 'N', heavy_order);
            live.push_back(heavy_order);
            return msg;
        }
        uint32_t kind = dice.below(100), news = live.size() < live_max / 2 ? 55
                                                : live.size() < live_max   ? 32
                                                                           : 10;
        if (kind < news)
            add(msg);
        else if (live.empty() || dice.one_in(rates.stranger))
            other(msg);
        else if ((kind = dice.below(100)) < 45)
            change(msg);
        else if (kind < 75)
            cancel(msg);
        else
            trade(msg);
        return msg;
    }
    bj_hw_msg_t bad(uint32_t seq) { // a field is out of range: nobody takes it
        bj_hw_msg_t msg = next_like(seq);
        switch (dice.below(5)) {
        case 0:
            msg.price_paise = -int32_t(dice.below(2)), msg.kind = 'N';
            break;
        case 1:
            msg.qty = -int32_t(dice.below(3)), msg.kind = dice.below(2) ? 'N' : 'T';
            break;
        case 2:
            msg.order_id = msg.sell_order_id = 0;
            break;
        case 3:
            msg.token = 0;
            break;
        default:
            msg.sell_order_id = msg.order_id, msg.kind = 'T';
            break;
        }
        return msg;
    }

  private:
    bj_hw_msg_t next_like(uint32_t seq) {
        bj_hw_msg_t msg = {};
        msg.seq = seq;
        Order order = {last_id + 1, random_idx(), dice.below(2) != 0, 100, 5};
        put(msg, "NMXTGK"[dice.below(6)], order);
        msg.sell_order_id = order.id + 1;
        return msg;
    }
    struct Order {
        uint64_t id;
        uint32_t idx;
        bool ask;
        int32_t price, qty;
    };
    Dice &dice;
    const std::vector<Instrument> &instruments;
    uint32_t ticks, live_max, burst = 0, burst_idx = 0, heavy = 0;
    Order heavy_order = {};
    std::vector<uint32_t> mid; // where each market stands, in ticks
    std::vector<Order> live;
    uint64_t last_id = 1300000000000000ull;

    void dress(bj_hw_msg_t &msg) { // what nobody keeps
        static const uint64_t ts_max = 220ull * 366 * 86400 * 1000000000;
        msg.stream_id = uint16_t(1 + dice.below(65535));
        msg.ts_ns = 1 + dice.next() % (ts_max + ts_max / 200); // now and then too far away
    }
    uint32_t random_idx() { return dice.below(uint32_t(instruments.size())); }
    uint32_t some_idx() { return burst ? burst_idx : random_idx(); }

    int32_t price_of(uint32_t idx, bool ask) {
        const Instrument &in = instruments[idx];
        if (dice.one_in(rates.odd_price)) { // outside, or between two ticks
            switch (dice.below(3)) {
            case 0:
                return in.base + int32_t(ticks + dice.below(3)) * in.tick();
            case 1:
                return in.base > in.tick() ? in.base - in.tick() : in.base + 1;
            default:
                return in.base + int32_t(dice.below(ticks)) * in.tick() + (in.tick() > 1);
            }
        }
        if (dice.one_in(8)) mid[idx] += dice.below(3) - 1;
        if (dice.one_in(3000)) mid[idx] = dice.below(ticks);
        if (mid[idx] >= ticks) mid[idx] = ticks / 2;
        // Mostly near; sometimes far away, so that words and words of words are crossed.
        uint32_t away = dice.below(4)   ? dice.below(12)
                        : dice.below(6) ? dice.below(150)
                                        : dice.below(ticks);
        int64_t at = ask ? int64_t(mid[idx]) + away - 2 : int64_t(mid[idx]) - away + 2;
        if (at < 0) at = dice.below(3);
        if (at >= ticks) at = ticks - 1 - dice.below(3);
        return in.base + int32_t(at) * in.tick();
    }
    int32_t qty() {
        return dice.one_in(500) ? 0x7fffffff - int32_t(dice.below(2)) : 1 + int32_t(dice.below(40));
    }

    void add(bj_hw_msg_t &msg) {
        if (dice.one_in(rates.far_id)) last_id = (dice.next() >> 12 >> dice.below(30)) + 1;
        Order order = {last_id += 1 + dice.below(3), some_idx(), dice.below(2) != 0, 0, qty()};
        if (!live.empty() && dice.one_in(200))
            order.id = live[dice.below(uint32_t(live.size()))].id;
        if (dice.one_in(1000)) order.id = 1 + dice.below(1000); // any whole number will do
        order.price = price_of(order.idx, order.ask);
        put(msg, dice.one_in(20) ? 'M' : 'N', order); // a modify of an unknown order is a new one
        live.push_back(order);
    }
    void put(bj_hw_msg_t &msg, char kind, const Order &order) {
        msg.kind = kind;
        msg.order_id = order.id;
        msg.token = bj_hw_ref_token(order.idx);
        msg.ask = order.ask;
        msg.price_paise = order.price;
        msg.qty = order.qty;
    }
    size_t pick() { // new orders die young
        size_t n = live.size();
        return dice.below(2) ? n - 1 - dice.below(uint32_t(n < 20 ? n : 20))
                             : dice.below(uint32_t(n));
    }
    void drop(size_t at) {
        live[at] = live.back();
        live.pop_back();
    }
    void change(bj_hw_msg_t &msg) {
        size_t at = pick();
        Order &order = live[at];
        if (dice.one_in(rates.foreign))
            order.idx = random_idx(), order.price = price_of(order.idx, order.ask);
        if (dice.one_in(rates.side)) order.ask = !order.ask;
        if (dice.below(3)) order.price = price_of(order.idx, order.ask);
        order.qty = dice.one_in(30) ? 0 : qty();
        put(msg, order.qty && dice.one_in(50) ? 'N' : 'M', order);
        if (!order.qty) drop(at);
    }
    void cancel(bj_hw_msg_t &msg) {
        size_t at = pick();
        put(msg, 'X', live[at]);
        if (dice.one_in(rates.foreign)) msg.token = bj_hw_ref_token(random_idx());
        if (dice.one_in(10)) msg.price_paise = -5, msg.qty = 0; // they are not looked at
        if (dice.one_in(rates.unknown))
            msg.order_id += 7777;
        else
            drop(at);
    }
    void reduce(size_t at, int32_t by) {
        if (live[at].qty <= by)
            drop(at);
        else
            live[at].qty -= by;
    }
    void trade(bj_hw_msg_t &msg) {
        size_t a = pick(), b = a;
        for (int tries = 0; tries < 30 && b == a; tries++) {
            size_t at = dice.below(uint32_t(live.size()));
            if (live[at].idx == live[a].idx && live[at].ask != live[a].ask) b = at;
        }
        const Order &one = live[a];
        put(msg, 'T', one);
        msg.qty = dice.below(3) ? one.qty : 1 + int32_t(dice.below(50));
        uint64_t another = b != a ? live[b].id : dice.below(2) ? 0 : last_id + 5000;
        msg.sell_order_id = one.ask ? one.id : another;
        msg.order_id = one.ask ? another : one.id;
        if (dice.one_in(rates.unknown)) std::swap(msg.order_id, msg.sell_order_id); // wrong sides
        if (b > a)
            reduce(b, msg.qty), reduce(a, msg.qty);
        else if (b < a)
            reduce(a, msg.qty), reduce(b, msg.qty);
        else
            reduce(a, msg.qty);
    }
    void other(bj_hw_msg_t &msg) { // what books pass over, and unknown tokens
        Order order = {last_id += 1, some_idx(), dice.below(2) != 0, 100, 5};
        put(msg, "CGHJKNMXT"[dice.below(9)], order);
        msg.sell_order_id = order.id + 1;
        if (strchr("NMXT", msg.kind)) msg.token += 1 + dice.below(6);
        if (wide && dice.below(2)) msg.token = 1 + dice.below(INT32_MAX);
    }
};
