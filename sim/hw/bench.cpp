#include "sim/hw/bench.hpp"

Bench::Bench(const std::vector<Instrument> &instruments, uint32_t live, const char *wave)
    : instruments(instruments) {
    std::vector<int32_t> ticks;
    for (const auto &in : instruments)
        ticks.push_back(in.tick());
    ref = bj_hw_ref_new(TOKENS, ticks.data(), 4 * live + 4096);
    ctx->traceEverOn(wave != nullptr);
    dut.reset(new Vbj_book(ctx.get()));
#if VM_TRACE_FST
    if (wave) {
        trace.reset(new VerilatedFstC);
        dut->trace(trace.get(), 99);
        trace->open(wave);
    }
#endif
    configure();
}

void Bench::configure() {
    uint64_t ports = 0;
    for (unsigned s = 0; s < 3; s++) {
        dut->cfg_ip[s] = bj_hw_group_ip(s);
        ports |= uint64_t(bj_hw_group_port(s)) << 16 * s;
    }
    dut->cfg_port = ports;
    dut->cfg_far = arb_far;
    dut->cfg_wait = arb_wait;
    arb = ArbModel{arb_far, arb_wait};
}

Bench::~Bench() {
#if VM_TRACE_FST
    if (trace) trace->close();
#endif
#if VM_COVERAGE
    if (const char *file = getenv("BJ_COVERAGE")) ctx->coveragep()->write(file);
#endif
    bj_hw_ref_free(ref);
}

void Bench::differ(const char *what, const Due *due) {
    printf("difference: %s at clock %llu, after %llu messages", what, (unsigned long long)clock,
           (unsigned long long)figures.messages);
    if (due)
        printf(" (token %u, %c, last beat at clock %llu)", due->idx, due->kind,
               (unsigned long long)due->from);
    printf("\n");
#if VM_TRACE_FST
    if (trace) trace->close();
#endif
    exit(1);
}

// --- what goes in

void Bench::judge(Frame &f, bool vlan) const {
    f.is = bj_hw_ref_frame(f.data, f.bytes, &f.source, &f.msg);
    size_t payload = vlan ? 46 : 42;
    uint8_t type = f.data[payload + 8];
    size_t msg_bytes = type == 'Z' ? 13 : type == 'T' || type == 'C' || type == 'K' ? 45 : 38;
    f.ends = (payload + msg_bytes - 1) / 8;
    bool last = f.ends == (f.bytes - 1) / 8;
    if (f.bad_fcs && last) f.is = BJ_HW_NOT_OURS; // seen in time
}

void Bench::beat(bool pause) {
    dut->s_valid = !pause;
    dut->s_last = dut->s_user = 0;
    dut->s_keep = 0;
    dut->s_data = 0;
    if (!pause) {
        size_t n = std::min<size_t>(8, frame.bytes - frame.at);
        uint64_t data = 0;
        memcpy(&data, frame.data + frame.at, n);
        dut->s_data = data;
        dut->s_keep = uint8_t(0xff >> (8 - n));
        frame.at += n;
        dut->s_last = frame.at == frame.bytes;
        dut->s_user = dut->s_last && frame.bad_fcs;
    }
    edge();
    dut->s_valid = dut->s_last = dut->s_user = 0;
    if (!pause && frame.at == frame.bytes) figures.frames++;
}

void Bench::tables() {
    Places places(AB);
    if (!places.take(TOKENS)) differ("tokens find no places");
    for (int w = 0; w < 2; w++)
        for (uint32_t a = 0; a < places.way[w].size(); a++) {
            if (places.way[w][a] < 0) continue;
            dut->tok_w_en = 1;
            dut->tok_w_way = w;
            dut->tok_w_at = a;
            dut->tok_w_live = 1;
            dut->tok_w_tok = bj_hw_ref_token(uint32_t(places.way[w][a]));
            dut->tok_w_idx = places.way[w][a];
            edge();
        }
    dut->tok_w_en = 0;
    for (uint32_t i = 0; i < TOKENS; i++) {
        dut->par_w_en = 1;
        dut->par_w_idx = i;
        dut->par_w_base = instruments[i].base;
        dut->par_w_inv = inverse_of(uint32_t(instruments[i].odd));
        dut->par_w_shift = instruments[i].shift;
        edge();
    }
    dut->par_w_en = 0;
}

void Bench::command(Command what, uint32_t idx) {
    dut->cmd_load = what == LOAD;
    dut->cmd_good = what == GOOD;
    dut->cmd_void = what == VOID;
    dut->cmd_tok = idx;
    dut->eval();
    while (!dut->cmd_ready) {
        beat(!sending());
        dut->eval();
    }
    edge();
    dut->cmd_load = dut->cmd_good = dut->cmd_void = 0;
}

void Bench::reset(uint32_t clocks) {
    dut->rst = 1;
    while (clocks--) {
        bool on_wire = sending();
        beat(!on_wire);
        if (on_wire && frame.at < frame.bytes) frame.ignored = true;
        event = event_many = poison = false;
    }
    dut->rst = 0;
    tops.clear();
    deeps.clear();
    event = event_many = poison = false;
    arb = ArbModel{arb_far, arb_wait};
    voids.clear();
    bj_hw_ref_clear(ref);
    figures.resets++;
}

// --- one clock

void Bench::edge() {
    dut->clk = 0;
    dut->eval();
#if VM_TRACE_FST
    if (trace) trace->dump(clock * 10);
#endif
    if (!dut->rst) before_edge();
    dut->clk = 1;
    dut->eval();
#if VM_TRACE_FST
    if (trace) trace->dump(clock * 10 + 5);
#endif
    clock++;
    if (!dut->rst) check();
    if (!draws) return;
    drawn[0] += dut->s_valid ? '#' : '.';
    drawn[1] += dut->s_last ? '#' : '.';
    drawn[2] += dut->top_valid ? '#' : '.';
    drawn[3] += dut->deep_valid ? '#' : '.';
}

// What this edge does, by the rules.
void Bench::before_edge() {
    if (dut->ev >> EV_ROOM & 1) { // only the design knows when its table is full
        figures.no_rooms++;
        if (last_idx < 0) differ("no room for nobody");
        voids.one(uint32_t(last_idx));
        voids.table.erase(last_msg.order_id);
    }
    if (!tops.empty() && tops.front().clock == clock + 1)
        tops.front().is_void = voids.voids[tops.front().idx];
    if (!deeps.empty() && deeps.front().from + TOP_CLOCKS == clock)
        deeps.front().is_void |= tops.empty() && voids.voids[deeps.front().idx];
    if (dut->cmd_load && dut->cmd_ready) voids.load(dut->cmd_tok), figures.loads++;
    if (dut->cmd_good && dut->cmd_ready) {
        figures.reloaded += voids.loading[dut->cmd_tok];
        voids.good(dut->cmd_tok);
    }
    if (dut->cmd_void && dut->cmd_ready) voids.one(dut->cmd_tok);
    bool counts = arb.above[0] || arb.above[1];
    uint32_t number = arb.next_seq;
    bool moved = false;
    if (event || event_many) {
        unsigned gaps = unsigned(figures.gaps);
        on_message();
        moved = arb.next_seq != number || gaps != figures.gaps;
    } else if (dut->ev & EV_MESSAGE) {
        printf("  events %x; the frame:", dut->ev);
        for (size_t i = 0; i < frame.bytes; i++)
            printf("%s%02x", i % 8 ? "" : " ", frame.data[i]);
        printf("\n");
        differ("a message that the feed's code does not see");
    }
    if (counts && !moved) arb.waited++;
    if (poison) voids.all(), figures.poisons++;
    event = event_many = poison = false;
    if (dut->s_valid && !frame.ignored) on_frame_beat();
}

void Bench::on_frame_beat() {
    size_t now = (frame.at - 1) / 8;
    if (frame.is != BJ_HW_NOT_OURS && now == frame.ends) {
        event = frame.is == BJ_HW_MESSAGE;
        event_many = frame.is == BJ_HW_MANY;
        event_source = frame.source;
        event_msg = frame.msg;
        event_from = clock + 1;
    }
    if (dut->s_user && frame.is != BJ_HW_NOT_OURS && now > frame.ends) poison = true;
}

bool Bench::has_place(int32_t price_paise, uint32_t idx) const {
    int64_t off = int64_t(price_paise) - instruments[idx].base, tick = instruments[idx].tick();
    return off >= 0 && off % tick == 0 && off / tick < TICKS;
}

void Bench::on_message() {
    last_idx = -1;
    if (event_many) {
        figures.many++;
        if (!(dut->ev >> EV_ODD & 1)) differ("many messages in a frame, not seen");
        voids.all();
        return;
    }
    const bj_hw_msg_t &msg = event_msg;
    bool host = event_source == 2, beat = msg.kind == 'Z', sweeping = dut->sweeping;
    ArbModel::Verdict v = {!beat};
    if (!host) v = arb.message(event_source, beat, msg.seq);
    if ((dut->ev >> EV_GAP & 1) != v.gap || (dut->ev >> EV_RESTART & 1) != v.restart ||
        (dut->ev >> EV_DUP & 1) != v.dup || (dut->ev >> EV_LATE & 1) != v.late) {
        printf("  source %u, %c, number %u, next %u: events %x, should be%s%s%s%s\n", event_source,
               msg.kind, msg.seq, arb.next_seq, dut->ev, v.gap ? " gap" : "",
               v.restart ? " restart" : "", v.dup ? " dup" : "", v.late ? " late" : "");
        differ("arbitration");
    }
    figures.gaps += v.gap, figures.restarts += v.restart, figures.dups += v.dup,
        figures.lates += v.late;
    if (v.restart) {
        bj_hw_ref_clear(ref);
        if (!sweeping) voids.clear();
    }
    if (v.gap || (v.restart && sweeping) || !dut->up) voids.all();
    int idx = bj_hw_ref_idx(ref, msg.token);
    bool in_book = strchr("NMXT", msg.kind) && idx >= 0;
    if (v.take && !host && strchr("NMXT", msg.kind)) bj_hw_ref_apply(ref, &msg);
    if (!v.take || !in_book || !dut->up) return;
    last_idx = idx;
    last_msg = msg;
    if (idx == told_idx)
        printf("  clock %llu: %c id %llu %llu %s %d x %d from %u%s%s\n", (unsigned long long)clock,
               msg.kind, (unsigned long long)msg.order_id, (unsigned long long)msg.sell_order_id,
               msg.ask ? "ask" : "bid", msg.price_paise, msg.qty, event_source,
               voids.voids[uint32_t(idx)] ? ", void" : "", v.restart ? ", restart" : "");
    bool placed = has_place(msg.price_paise, uint32_t(idx));
    if (voids.message(ref, msg, uint32_t(idx), host, !placed, false)) figures.exact++;
    figures.off_ticks += !placed && msg.kind != 'X' && msg.kind != 'T';
    Due due = {event_from + TOP_CLOCKS, event_from, uint32_t(idx), msg.kind, false, {}, {}};
    for (int ask = 0; ask < 2; ask++)
        due.cnt[ask] = bj_hw_ref_levels(ref, uint32_t(idx), ask, due.level[ask], K);
    tops.push_back(due);
    due.clock = event_from + DEEP_CLOCKS;
    deeps.push_back(due);
    figures.messages++;
    figures.kind[int(msg.kind)]++;
}

// --- what comes out

// A level of a packed row of {price 31, quantity 40}.
static bj_hw_level_t level_at(const uint32_t *words, unsigned at) {
    auto bits = [&](unsigned from, unsigned cnt) {
        uint64_t low = words[from / 32] >> from % 32, x = low;
        for (unsigned have = 32 - from % 32, w = from / 32 + 1; have < cnt; have += 32, w++)
            x |= uint64_t(words[w]) << have;
        return x & ((uint64_t(1) << cnt) - 1);
    };
    return {int32_t(bits(71 * at + 40, 31)), int64_t(bits(71 * at, 40))};
}

void Bench::compare(const Due &due, const char *what, unsigned cnt, bool is_void,
                    const uint32_t *bid, const uint32_t *ask, unsigned bid_live,
                    unsigned ask_live) {
    if (is_void != due.is_void)
        differ(is_void ? "void, and should not be" : "not void, and should be", &due);
    if (is_void) return;
    for (int side = 0; side < 2; side++) {
        unsigned n = std::min(due.cnt[side], cnt), live = side ? ask_live : bid_live;
        bool same = live == (1u << n) - 1;
        for (unsigned i = 0; i < n; i++) {
            bj_hw_level_t is = level_at(side ? ask : bid, i), want = due.level[side][i];
            same = same && is.price_paise == want.price_paise && is.qty == want.qty;
        }
        if (same) continue;
        for (unsigned i = 0; i < cnt; i++) {
            bj_hw_level_t is = level_at(side ? ask : bid, i),
                          want = i < n ? due.level[side][i] : bj_hw_level_t{};
            printf("  %s %u: is %d x %lld %s, should be %d x %lld\n", side ? "ask" : "bid", i,
                   is.price_paise, (long long)is.qty, live >> i & 1 ? "" : "(not there)",
                   want.price_paise, (long long)want.qty);
        }
        differ(what, &due);
    }
}

void Bench::check() {
    bool top_due = !tops.empty() && tops.front().clock == clock;
    if (bool(dut->top_valid) != top_due)
        differ(top_due ? "no top of book in time" : "a top of book nobody asked for",
               tops.empty() ? nullptr : &tops.front());
    if (top_due) {
        const Due &due = tops.front();
        if (dut->top_tok != due.idx) differ("top of book: token", &due);
        compare(due, "top of book", 1, dut->top_void, dut->top_bid.data(), dut->top_ask.data(),
                dut->top_bid_live, dut->top_ask_live);
        uint64_t took = clock - due.from;
        int kind = due.kind;
        figures.clocks_min[kind] = std::min(figures.clocks_min[kind], took);
        figures.clocks_max[kind] = std::max(figures.clocks_max[kind], took);
        deeps.front().is_void = due.is_void;
        tops.pop_front();
    }
    bool deep_due = !deeps.empty() && deeps.front().clock == clock;
    if (bool(dut->deep_valid) != deep_due)
        differ("depth not in time", deeps.empty() ? nullptr : &deeps.front());
    if (!deep_due) return;
    const Due &due = deeps.front();
    if (dut->deep_tok != due.idx) differ("depth: token", &due);
    compare(due, "depth", K, dut->deep_void, dut->deep_bid.data(), dut->deep_ask.data(),
            dut->deep_bid_live, dut->deep_ask_live);
    for (uint32_t i = 0; i < TOKENS; i++) {
        if (bool(uint64_t(dut->voids) >> i & 1) != voids.voids[i]) {
            printf("  token %u\n", i);
            differ("which tokens are void", &due);
        }
        if (bool(uint64_t(dut->loading) >> i & 1) != voids.loading[i]) {
            printf("  token %u\n", i);
            differ("which tokens are loading", &due);
        }
    }
    if (dut->stash_cnt > figures.stash_max) figures.stash_max = dut->stash_cnt;
    deeps.pop_front();
}
