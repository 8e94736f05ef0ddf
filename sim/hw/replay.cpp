// replay - captures through the design, by its registers and frames alone, as a driver would: what
// comes of it in the words of bijli-feedreplay (docs/feed-replay.md), to be compared with its.
//
//   replay --a A.pcap --b B.pcap --tokens FILE [--far N] [--fault N]
//
// --tokens: `token base_paise tick_paise` a line: tick 0 of its ladder, and how far ticks are
// apart;
// --far: the register FAR; --fault: a seeded fault (hw/rtl/bj_fault.svh).  The host keeps the books
// in C beside it (bj_hw_host): a void token is loaded again in the next pause of 100 us or more,
// and what is void in the end, then.  The best levels that the digest is made of are asked of the
// design: a cancel of an order that never was, from the host's group, changes nothing and brings
// the token's top.
//
// Time: a clock on the wire is one clock; a pause of the capture is shortened, 2 us to a clock, and
// WAIT with it.
// Ends with 1 if a token is void in the end: then there is no digest.
#include <algorithm>
#include <string>

#include "sim/hw/bj_hw_host.h"
#include "sim/hw/card.hpp"

enum { TOKENS = 1 << BJ_TB, TICKS = 1 << 12, NS_PER_CLOCK = 2000, WAIT = 1000, SETTLE = 12 };
static const int64_t QUIET_NS = 100000;
static const uint64_t NEVER = (uint64_t(1) << 53) - 1; // an order's id

static int fault_number;
extern "C" unsigned char bj_fault(int number) {
    return number == fault_number;
}

struct Top {
    bool is_void = true;
    bj_hw_level_t level[2] = {};
};

class Replay {
  public:
    Replay(bj_hw_host_t *host, const std::vector<bj_hw_listed_t> &list, uint32_t far);
    void run();
    int report(); // the exit status

  private:
    bj_hw_host_t *host;
    const std::vector<bj_hw_listed_t> &list;
    Card card;
    Top top[TOKENS];
    uint64_t frames = 0, tops = 0, exact = 0, loads = 0, no_place = 0;
    bool behind = false;

    void see_top();
    bool load(uint32_t idx);
    void restore();
    void finish();
};

Replay::Replay(bj_hw_host_t *h, const std::vector<bj_hw_listed_t> &l, uint32_t far)
    : host(h), list(l) {
    bj_hw_group_t groups[3] = {
        bj_hw_host_group(host, 0), bj_hw_host_group(host, 1), {0xe0000001, 1}};
    bj_hw_groups_set(groups);
    card.after = [this] { see_top(); };
    card.reset();
    card.wait_status(1);
    card.groups();
    card.put(BJ_HW_FAR, far);
    card.put(BJ_HW_WAIT, WAIT);
    if (!card.tokens(uint32_t(list.size())))
        fprintf(stderr, "replay: the tokens find no places in the table\n"), exit(2);
    for (uint32_t i = 0; i < list.size(); i++)
        if (!card.window(i, list[i].base_paise, list[i].tick_paise))
            fprintf(stderr, "replay: token %u: no window of this tick\n", list[i].token), exit(2);
}

void Replay::see_top() {
    if (!card.dut.top_valid) return;
    Top &t = top[card.dut.top_tok];
    tops++;
    exact += !card.dut.top_void;
    t.is_void = card.dut.top_void;
    const uint32_t *words[2] = {card.dut.top_bid.data(), card.dut.top_ask.data()};
    const bool live[2] = {bool(card.dut.top_bid_live), bool(card.dut.top_ask_live)};
    for (int s = 0; s < 2; s++) { // {price 31, quantity 40}
        const uint32_t *w = words[s];
        bj_hw_level_t is = {int32_t(w[1] >> 8 | (w[2] & 0x7f) << 24),
                            int64_t(w[0] | uint64_t(w[1] & 0xff) << 32)};
        t.level[s] = live[s] ? is : bj_hw_level_t{};
    }
}

// The token's orders of the host's books, as a snapshot.  False: one has no place in the ladder.
bool Replay::load(uint32_t idx) {
    std::vector<bj_hw_order_t> orders(1 << 16);
    orders.resize(bj_hw_ref_orders(bj_hw_host_books(host), idx, orders.data(), 1 << 16));
    for (const auto &o : orders) {
        int64_t off = int64_t(o.price_paise) - list[idx].base_paise, tick = list[idx].tick_paise;
        if (off < 0 || off % tick || off / tick >= TICKS) return no_place++, false;
    }
    card.command(BJ_HW_LOAD, idx);
    for (const auto &o : orders) {
        bj_hw_msg_t msg = {};
        msg.order_id = o.id, msg.seq = 1, msg.token = list[idx].token;
        msg.price_paise = o.price_paise, msg.qty = o.qty, msg.kind = 'N', msg.ask = o.ask;
        card.message(2, msg);
    }
    card.idle(SETTLE);
    card.command(BJ_HW_GOOD, idx);
    loads++;
    return true;
}

// Only where the books can be brought to where the design is.
void Replay::restore() {
    uint64_t voids = card.voids() & (list.size() < 64 ? (uint64_t(1) << list.size()) - 1 : ~0ull);
    if (!voids || !bj_hw_host_go(host, card.get(BJ_HW_CNT_RESTART), card.get(BJ_HW_NEXT_SEQ)))
        return;
    for (uint32_t i = 0; i < list.size(); i++)
        if (voids >> i & 1) load(i);
}

void Replay::run() {
    bj_hw_captured_t f;
    while (bj_hw_host_next(host, &f)) {
        card.idle(std::min<uint64_t>(uint64_t(f.since_ns) / NS_PER_CLOCK, WAIT + SETTLE));
        if (f.since_ns >= QUIET_NS) restore();
        card.frame(f.data, f.bytes);
        frames++;
    }
    finish();
}

void Replay::finish() {
    card.idle(WAIT + SETTLE);
    restore();
    // What was passed over and never came is missing, and no later message says so.
    bj_hw_host_go(host, card.get(BJ_HW_CNT_RESTART), card.get(BJ_HW_NEXT_SEQ));
    behind = !bj_hw_host_go_on(host);
    for (uint32_t i = 0; behind && i < list.size(); i++) {
        card.command(BJ_HW_VOID, i);
        load(i);
    }
}

int Replay::report() {
    auto say = [](const char *name, uint64_t value) {
        printf("%s %llu\n", name, (unsigned long long)value);
    };
    say("messages", card.get(BJ_HW_CNT_TAKE));
    say("hw_frames", frames);
    say("hw_gaps", card.get(BJ_HW_CNT_GAP));
    say("hw_restarts", card.get(BJ_HW_CNT_RESTART));
    say("hw_tops", tops);
    say("hw_tops_exact", exact);
    say("hw_loads", loads);
    say("hw_behind", behind);
    std::vector<uint32_t> by_token;
    for (uint32_t i = 0; i < list.size(); i++) {
        by_token.push_back(i);
        bj_hw_msg_t ask = {};
        ask.order_id = NEVER, ask.seq = 1, ask.token = list[i].token, ask.kind = 'X';
        ask.price_paise = ask.qty = 1;
        card.message(2, ask);
        card.idle(SETTLE);
    }
    std::sort(by_token.begin(), by_token.end(),
              [&](uint32_t a, uint32_t b) { return list[a].token < list[b].token; });
    uint64_t digest = BJ_HW_DIGEST, voids = 0;
    for (uint32_t i : by_token) {
        voids += top[i].is_void;
        digest = bj_hw_digest(digest, list[i].token, top[i].level[0], top[i].level[1]);
    }
    say("hw_void_tokens", voids);
    say("hw_tokens_left_out", bj_hw_host_left_out(host));
    if (!voids) printf("bbo_digest %016llx\n", (unsigned long long)digest);
    if (voids) fprintf(stderr, "replay: void in the end, so there is no digest\n");
    return voids || card.refused ? 1 : 0;
}

static std::vector<bj_hw_listed_t> read_list(const char *path) {
    std::vector<bj_hw_listed_t> list;
    FILE *file = fopen(path, "r");
    if (!file) fprintf(stderr, "replay: %s cannot be read\n", path), exit(2);
    for (bj_hw_listed_t l; fscanf(file, "%u %d %d", &l.token, &l.base_paise, &l.tick_paise) == 3;)
        list.push_back(l);
    if (!feof(file) || list.empty() || list.size() > TOKENS) {
        fprintf(stderr, "replay: %s: 1 to %d lines of: token base_paise tick_paise\n", path,
                TOKENS);
        exit(2);
    }
    fclose(file);
    return list;
}

int main(int argc, char **argv) {
    const char *paths[2] = {}, *tokens = nullptr;
    uint32_t far = 4096;
    for (int i = 1; i + 1 < argc; i += 2) {
        std::string name = argv[i];
        if (name == "--a")
            paths[0] = argv[i + 1];
        else if (name == "--b")
            paths[1] = argv[i + 1];
        else if (name == "--tokens")
            tokens = argv[i + 1];
        else if (name == "--far")
            far = uint32_t(strtoul(argv[i + 1], nullptr, 10));
        else if (name == "--fault")
            fault_number = atoi(argv[i + 1]);
        else
            return fprintf(stderr, "replay: no option %s\n", argv[i]), 2;
    }
    if ((!paths[0] && !paths[1]) || !tokens || argc % 2 == 0)
        return fprintf(stderr, "replay --a A.pcap --b B.pcap --tokens FILE [--far N]\n"), 2;
    std::vector<bj_hw_listed_t> list = read_list(tokens);
    bj_hw_host_t *host = bj_hw_host_open(paths, list.data(), uint32_t(list.size()));
    if (!host) return 2;
    Replay replay(host, list, far);
    replay.run();
    int status = replay.report();
    bj_hw_host_close(host);
    return status;
}
