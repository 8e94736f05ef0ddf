// model.hpp - what the design must say, beside the C book: arbitration by the rules that
// hw/rtl/bj_arb.sv states, and which tokens are void by those of hw/rtl/bj_book.sv.  Written from
// the headers, not from the code below them.
#pragma once
#include <unordered_map>
#include <vector>

#include "sim/hw/bj_hw_ref.h"

struct ArbModel {
    uint32_t far, wait;
    bool begun = false, now = false, run[2] = {}, above[2] = {};
    uint32_t last[2] = {}, next_seq = 1, waited = 0;
    struct Verdict {
        bool take = false, restart = false, gap = false, dup = false, late = false;
    };

    Verdict message(unsigned source, bool beat, uint32_t seq) {
        Verdict v;
        bool first = !beat && seq == 1 && (last[source] > far || run[source] != now),
             leads = first && run[source] == now;
        if (!beat) {
            if (first) run[source] = !run[source];
            if (first || seq > last[source]) last[source] = seq;
        }
        if (leads)
            now = run[source];
        else if (run[source] != now) {
            v.late = true;
            return v;
        }
        v.restart = leads;
        uint32_t want = beat ? seq + 1 : seq;
        if (leads || !begun) {
            v.gap = !begun && !beat && seq != 1;
            v.take = !beat;
        } else if (want < next_seq) {
            v.dup = !beat;
        } else if (want > next_seq) {
            if (!above[!source] && waited < wait) {
                above[source] = true;
                return v;
            }
            v.gap = true;
            v.take = !beat;
        } else {
            v.take = !beat;
        }
        if (v.take || v.gap) {
            next_seq = beat ? want : seq + 1;
            begun = true;
            above[0] = above[1] = false;
            waited = 0;
        }
        return v;
    }
};

struct VoidModel {
    std::vector<bool> voids, loading;
    // Which token each order in the design's table is kept for.
    std::unordered_map<uint64_t, uint32_t> table;
    explicit VoidModel(uint32_t tokens) : voids(tokens), loading(tokens) {}

    void all() {
        std::fill(voids.begin(), voids.end(), true);
        std::fill(loading.begin(), loading.end(), false);
    }
    void clear() {
        std::fill(voids.begin(), voids.end(), false);
        std::fill(loading.begin(), loading.end(), false);
        table.clear();
    }
    void one(uint32_t idx) {
        voids[idx] = true;
        loading[idx] = false;
    }
    void load(uint32_t idx) {
        voids[idx] = loading[idx] = true;
        for (auto it = table.begin(); it != table.end();)
            it = it->second == idx ? table.erase(it) : std::next(it);
    }
    void good(uint32_t idx) {
        if (loading[idx]) voids[idx] = loading[idx] = false;
    }
    // The message has been taken, and its token is known.  bad_price: its price has no place in the
    // ladder; no_room: the design says its table is full.  True: the design's book follows it.
    bool message(bj_hw_ref_t *ref, const bj_hw_msg_t &msg, uint32_t idx, bool host, bool bad_price,
                 bool no_room) {
        bool trade = msg.kind == 'T', adds = msg.kind == 'N' || (msg.kind == 'M' && msg.qty);
        auto it = table.find(msg.order_id);
        bool foreign = !trade && it != table.end() && it->second != idx;
        bool open = host ? loading[idx] : !voids[idx];
        if (foreign) one(it->second);
        if (!host && loading[idx]) one(idx);
        if (!open) return false;
        if (adds && (bad_price || no_room)) {
            one(idx);
            return false;
        }
        if (adds)
            table[msg.order_id] = idx;
        else if (!trade)
            table.erase(msg.order_id);
        else
            for (uint64_t id : {msg.order_id, msg.sell_order_id}) {
                auto at = table.find(id);
                if (at != table.end() && at->second == idx && bj_hw_ref_owner(ref, id) < 0)
                    table.erase(at);
            }
        return true;
    }
};
