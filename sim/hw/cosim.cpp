// cosim - hw/rtl/bj_book.sv beside the dataplane's own feed code: the same frames into both, every
// output on every clock compared.
//
//   cosim [--messages N] [--seed N] [--live N] [--odd N] [--resets N] [--restarts N] [--spoil N]
//         [--wide] [--heavy N] [--calm] [--fault N] [--tell TOKEN] [--wave FILE]
//   cosim --scene NAME --wave FILE
//
// --live: how many orders live at most; --odd, --resets, --restarts: one message in so many is out
// of the ordinary, is followed by a reset, or begins the stream again; --spoil: one frame of source
// B in so many; --wide: tokens, groups, limits, numbers, prices, times and headers of all their
// bits, other ones after each reset; --heavy: one message in so many begins 270 orders of the
// largest quantity at one price; --calm: nothing unusual happens; --fault: a seeded fault
// (hw/rtl/bj_fault.svh), which must be found; --tell: prints the messages of a token, by its index.
// Prints figures, `name value unit`, one a line; ends with 1 at the first difference.
#include <chrono>

#include "sim/hw/bench.hpp"
#include "sim/hw/scenes.hpp"

static int fault_number;
extern "C" unsigned char bj_fault(int number) {
    return number == fault_number;
}

struct Options {
    uint64_t messages = 100000, seed = 1;
    uint32_t live = (16u << BJ_OB) * 5 / 8;
    bool calm = false, wide = false;
    int tell = -1;
    uint32_t odd = 4000; // one message in so many is out of the ordinary
    uint32_t resets = 150000, restarts = 60000, spoil = 1000, heavy = 0;
    const char *wave = nullptr, *scene = nullptr;
};

static std::vector<Instrument> make_instruments(Dice &dice, bool wide) {
    static const int32_t odds[] = {5, 1, 5, 25, 5, 125, 1, 5};
    static const unsigned shifts[] = {0, 0, 1, 2, 0, 2, 3, 0};
    std::vector<Instrument> all;
    std::vector<uint32_t> tokens;
    for (uint32_t i = 0; i < TOKENS; i++) {
        Instrument in = {0, odds[i % 8], shifts[i % 8]};
        if (wide) {
            in.shift = dice.below(16);
            in.odd = int32_t(dice.below(1u << (18 - in.shift)) | 1);
        }
        int32_t bases = wide ? INT32_MAX / in.tick() - TICKS - 8 : 200000;
        in.base = in.tick() * int32_t(1 + dice.below(uint32_t(bases)));
        all.push_back(in);
        // Every second one wants the place of the one before it: one of them goes to the other way.
        uint32_t token = dice.below(INT32_MAX >> AB) << AB, low = 1 + dice.below((1 << AB) - 1);
        tokens.push_back(i % 2 ? token | (tokens.back() & ((1 << AB) - 1)) : token | low);
    }
    bj_hw_tokens_set(tokens.data(), wide ? TOKENS : 0);
    return all;
}

class Session {
  public:
    Options options;
    Dice dice{options.seed};
    std::vector<Instrument> instruments = make_instruments(dice, options.wide);
    Bench bench{instruments, options.live, options.wave};
    Flow flow{dice, instruments, TICKS, options.live};

    explicit Session(const Options &o) : options(o) {
        bench.told_idx = options.tell;
        flow.rates.odd_price = flow.rates.foreign = options.calm ? 0 : options.odd;
        flow.rates.heavy = options.heavy;
        flow.wide = options.wide;
        flow.rates.far_id = options.wide ? 40 : 0;
    }
    void run();
    bool play(const char *scene); // false: there is none of this name

  private:
    struct Sent {
        uint32_t seq;
        bj_hw_msg_t msg;
    };
    std::deque<Sent> sent; // what the exchange has sent; each source is somewhere in it
    size_t at[2] = {0, 0};
    uint32_t next_seq = 1;
    bool paused = false;       // a slow wire: pauses between beats and frames
    uint32_t cut = UINT32_MAX; // beats of a frame before reset cuts it
    bool hush = false;         // the exchange is silent while a token is loaded
    bool twin = true;          // source B sends too
    enum { NONE, SWEEPS, SENDS } load = NONE;
    uint32_t load_idx = 0;
    std::vector<bj_hw_order_t> orders;

    void start();
    void widen();
    void begin_again();
    void send(unsigned source, const bj_hw_msg_t &msg);
    void spoil(Frame &f, bool vlan);
    void spoil_more(Frame &f, size_t ip);
    void from_exchange();
    void from_host();
    bool can_come_back(uint32_t idx);
};

// Other groups, other limits; the stream stands somewhere.
void Session::widen() {
    bj_hw_group_t groups[3];
    for (auto &g : groups)
        g = {uint32_t(dice.next() >> 32), uint16_t(dice.next() >> 48)};
    bj_hw_groups_set(groups);
    bench.arb_far = dice.below(3) ? 64 : uint32_t(dice.next() >> 32);
    bench.arb_wait = dice.below(3) ? 3000 : uint32_t(dice.next() >> 32);
    bench.configure();
    if (dice.below(4)) next_seq = 1 + (uint32_t(dice.next() >> 32) >> dice.below(20));
}

void Session::start() {
    bench.reset(3);
    while (bench.sending())
        bench.beat(false); // what was on the wire goes on
    bench.idle(2);
    if (options.wide) widen();
    if (!options.calm && dice.one_in(4)) // frames that come too early
        for (uint32_t n = 1 + dice.below(3); n; n--)
            from_exchange();
    while (!bench.dut->up)
        bench.edge();
    bench.idle(12);
    bench.tables();
    load = NONE;
}

void Session::begin_again() {
    next_seq = 1;
    flow.forget();
}

void Session::send(unsigned source, const bj_hw_msg_t &msg) {
    uint8_t payload[128];
    Frame f;
    size_t bytes = bj_hw_msg_put(payload, &msg);
    bool vlan = dice.one_in(10),
         many = !options.calm && source < 2 && dice.one_in(options.wide ? 3000 : 100000);
    if (many) bytes += bj_hw_msg_put(payload + bytes, &msg);
    f.bytes = bj_hw_frame_put(f.data, source, vlan, payload, bytes);
    if (options.wide) bj_hw_frame_dress(f.data, vlan, dice.next(), dice.next());
    if (!options.calm && !many && source < 2 &&
        dice.one_in(twin ? source ? options.spoil : 20000 : 300000))
        spoil(f, vlan);
    bench.judge(f, vlan);
    bench.put(f);
    for (uint32_t n = cut; n && bench.sending(); n--)
        bench.beat(paused && dice.one_in(4));
    if (bench.sending()) return;
    for (uint32_t n = paused ? dice.below(20) : dice.one_in(3) ? dice.below(6) : 0; n; n--)
        bench.edge();
}

// The same, on a wide scale: the header lies, without a sum that says so; fields of any bits; bytes
// behind the datagram, or a frame found bad behind them.
void Session::spoil_more(Frame &f, size_t ip) {
    size_t at = ip + 28 + dice.below(30);
    uint32_t more = 1 + dice.below(150);
    switch (dice.below(4)) {
    case 0:
        at = ip + 2 + 2 * dice.below(9); // of what the sum is made
        f.data[at] = uint8_t(dice.below(256)), f.data[at + 1] = uint8_t(dice.below(256));
        break;
    case 1:
        for (int i = 0; i < 8; i++)
            f.data[at + size_t(i)] = uint8_t(dice.below(256));
        break;
    default:
        f.bad_fcs = dice.one_in(4);
        if (!f.bad_fcs && dice.below(2)) // the IP datagram has them, the UDP datagram has not
            bj_hw_frame_lengthen(f.data, ip == 18, more = 1 + dice.below(12));
        for (uint32_t n = f.bytes > 70 ? more : 20 + more; n; n--)
            f.data[f.bytes++] = uint8_t(dice.below(256));
    }
}

// Something is wrong with the frame, or looks so.
void Session::spoil(Frame &f, bool vlan) {
    size_t ip = vlan ? 18 : 14, payload = ip + 28;
    if (options.wide && dice.below(2)) return spoil_more(f, ip);
    switch (dice.below(9)) {
    case 0:
        f.data[ip + 10] ^= 1;
        break; // checksum
    case 1:
        f.data[12] ^= 1;
        break; // not IPv4
    case 2:
        f.data[ip + 22] ^= 1;
        break; // another port
    case 3:
        f.data[ip + 9] = 6;
        break; // TCP: the checksum is wrong too
    case 4:
        f.bytes -= 1 + dice.below(12);
        break; // cut short
    case 5:
        f.bad_fcs = true;
        break;
    case 6: // bytes behind it, and a bad end
        for (uint32_t n = 1 + dice.below(20); n; n--)
            f.data[f.bytes++] = uint8_t(dice.below(256));
        f.bad_fcs = dice.one_in(20);
        break;
    default:
        f.data[payload + dice.below(38)] ^= uint8_t(1 << dice.below(8));
        break;
    }
}

void Session::from_exchange() {
    if (!options.calm && dice.one_in(options.restarts) && bench.arb_far < 1000) begin_again();
    size_t lag = at[0] - at[1];
    unsigned source = lag > 30 ? 1 : lag == 0 ? 0 : dice.below(2);
    if (source == 0 && at[0] == sent.size()) {
        if (options.wide && dice.one_in(2500)) next_seq += dice.below(~next_seq / 2 + 1); // a hole
        uint32_t seq = next_seq++;
        sent.push_back({seq, flow.next(seq)});
    }
    const Sent &s = sent[at[source]++];
    if (dice.one_in(3000)) twin = dice.one_in(3);
    bool lost = (source == 1 && !twin) || (!options.calm && dice.one_in(twin ? 20000 : 300000));
    if (!lost) send(source, s.msg);
    if ((source == 0 || twin) && dice.one_in(500)) { // a heartbeat names the last one sent
        bj_hw_msg_t z = {};
        z.kind = 'Z';
        z.seq = s.seq;
        send(source, z);
    }
    if (dice.one_in(200)) send(dice.below(2), flow.bad(next_seq));
    while (at[1] > 200) {
        sent.pop_front();
        at[0]--, at[1]--;
    }
}

// All its orders have places in the ladder.
bool Session::can_come_back(uint32_t idx) {
    orders.resize(1 << 16);
    orders.resize(bj_hw_ref_orders(bench.ref, idx, orders.data(), 1 << 16));
    for (const auto &o : orders)
        if (!bench.has_place(o.price_paise, idx)) return false;
    return true;
}

// Void tokens come back, one after the other.
void Session::from_host() {
    switch (load) {
    case NONE: {
        uint32_t idx = dice.below(TOKENS), n = 0;
        if (dice.one_in(100)) bench.command(Bench::VOID, dice.below(TOKENS));
        for (; n < TOKENS && !bench.voids.voids[idx]; n++)
            idx = (idx + 1) % TOKENS;
        if (n == TOKENS) return;
        if (!can_come_back(idx) && !dice.one_in(16)) return;
        load_idx = idx;
        bench.command(Bench::LOAD, idx);
        load = SWEEPS;
        return;
    }
    case SWEEPS:
        if (bench.dut->sweeping && !hush) return;
        while (bench.dut->sweeping)
            bench.edge();
        bench.idle(DEEP_CLOCKS + 2);
        orders.resize(1 << 16);
        orders.resize(bj_hw_ref_orders(bench.ref, load_idx, orders.data(), 1 << 16));
        load = SENDS;
        return;
    case SENDS:
        for (uint32_t n = 4; n && !orders.empty(); n--) {
            const bj_hw_order_t &o = orders.back();
            bj_hw_msg_t msg = {o.id,          0,     1,   bj_hw_ref_token(load_idx),
                               o.price_paise, o.qty, 'N', o.ask};
            send(2, msg);
            orders.pop_back();
        }
        if (!orders.empty() && bench.voids.loading[load_idx]) return;
        bench.idle(DEEP_CLOCKS + 2);
        bench.command(Bench::GOOD, load_idx);
        load = NONE;
        return;
    }
}

void Session::run() {
    start();
    while (bench.figures.messages < options.messages) {
        if (dice.one_in(2000)) paused = dice.one_in(3);
        if (load == NONE) hush = dice.below(8);
        if (load == NONE || !hush) from_exchange();
        if (!options.calm && (load != NONE ? hush || dice.below(2) : !dice.below(20))) from_host();
        if (!options.calm && dice.one_in(options.resets)) {
            cut = dice.below(10); // so many beats of the next frame, then reset
            from_exchange();
            cut = UINT32_MAX;
            sent.clear();
            at[0] = at[1] = 0;
            begin_again();
            start();
        }
    }
    bench.idle(DEEP_CLOCKS + 4);
}

bool Session::play(const char *name) {
    for (const Scene &scene : scenes) {
        if (strcmp(scene.name, name) != 0) continue;
        printf("%s: %s\n", scene.name, scene.what);
        bench.told_idx = 0;
        options.calm = true;
        start();
        uint32_t seq = 0;
        bench.draws = true;
        for (const Scene::Line &l : scene.line) {
            if (!l.kind) break;
            const Instrument &in = instruments[l.idx];
            int32_t price = l.ticks < 0 ? in.base + in.tick() / 2 : in.base + l.ticks * in.tick();
            bj_hw_msg_t msg = {l.id,  l.other, ++seq,  bj_hw_ref_token(l.idx),
                               price, l.qty,   l.kind, l.ask};
            uint8_t payload[64];
            Frame f;
            f.bytes = bj_hw_frame_put(f.data, 0, false, payload, bj_hw_msg_put(payload, &msg));
            bench.judge(f, false);
            bench.put(f);
            while (bench.sending())
                bench.beat(false);
        }
        bench.idle(12);
        static const char *const names[] = {"beat", "last beat", "top of book", "depth"};
        for (int i = 0; i < 4; i++)
            printf("%-11s %s\n", names[i], bench.drawn[i].c_str());
        return true;
    }
    fprintf(stderr, "cosim: no scene %s\n", name);
    return false;
}

static void report(const Figures &f, double seconds, uint64_t clocks) {
    auto say = [](const char *name, uint64_t value, const char *unit) {
        printf("hw_%s %llu %s\n", name, (unsigned long long)value, unit);
    };
    say("messages", f.messages, "messages");
    say("messages_exact", f.exact, "messages");
    say("frames", f.frames, "frames");
    for (char kind : {'N', 'M', 'X', 'T'}) {
        printf("hw_%c_messages %llu messages\n", kind, (unsigned long long)f.kind[int(kind)]);
        printf("hw_%c_clocks_min %llu clocks\n", kind, (unsigned long long)f.clocks_min[int(kind)]);
        printf("hw_%c_clocks_max %llu clocks\n", kind, (unsigned long long)f.clocks_max[int(kind)]);
    }
    say("gaps", f.gaps, "times");
    say("copies", f.dups, "messages");
    say("late", f.lates, "messages");
    say("restarts", f.restarts, "times");
    say("resets", f.resets, "times");
    say("off_ladder", f.off_ticks, "messages");
    say("no_room", f.no_rooms, "times");
    say("stash_max", f.stash_max, "orders");
    say("frames_of_many", f.many, "frames");
    say("poisoned", f.poisons, "frames");
    say("loads", f.loads, "times");
    say("loads_good", f.reloaded, "times");
    say("clocks", clocks, "clocks");
    printf("hw_speed %.0f messages_per_s\n", double(f.messages) / seconds);
}

int main(int argc, char **argv) {
    Options o;
    for (int i = 1; i < argc; i++) {
        std::string name = argv[i];
        auto value = [&] {
            return i + 1 < argc
                       ? argv[++i]
                       : (fprintf(stderr, "%s needs a value\n", argv[i]), exit(2), nullptr);
        };
        if (name == "--messages")
            o.messages = strtoull(value(), nullptr, 10);
        else if (name == "--seed")
            o.seed = strtoull(value(), nullptr, 10);
        else if (name == "--live")
            o.live = uint32_t(strtoul(value(), nullptr, 10));
        else if (name == "--fault")
            fault_number = atoi(value());
        else if (name == "--wave")
            o.wave = value();
        else if (name == "--tell")
            o.tell = atoi(value());
        else if (name == "--scene")
            o.scene = value();
        else if (name == "--odd")
            o.odd = uint32_t(strtoul(value(), nullptr, 10));
        else if (name == "--resets")
            o.resets = uint32_t(strtoul(value(), nullptr, 10));
        else if (name == "--restarts")
            o.restarts = uint32_t(strtoul(value(), nullptr, 10));
        else if (name == "--spoil")
            o.spoil = uint32_t(strtoul(value(), nullptr, 10));
        else if (name == "--heavy")
            o.heavy = uint32_t(strtoul(value(), nullptr, 10));
        else if (name == "--wide")
            o.wide = true;
        else if (name == "--calm")
            o.calm = true;
        else
            return fprintf(stderr, "cosim: no option %s\n", argv[i]), 2;
    }
    auto from = std::chrono::steady_clock::now();
    Session session(o);
    if (o.scene) return session.play(o.scene) ? 0 : 2;
    session.run();
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    const Figures &f = session.bench.figures;
    report(f, seconds, session.bench.clock);
    for (char kind : {'N', 'M', 'X', 'T'})
        if (f.clocks_min[int(kind)] != f.clocks_max[int(kind)] ||
            f.clocks_max[int(kind)] > TOP_CLOCKS) {
            printf("difference: %c takes %llu to %llu clocks\n", kind,
                   (unsigned long long)f.clocks_min[int(kind)],
                   (unsigned long long)f.clocks_max[int(kind)]);
            return 1;
        }
    return 0;
}
