/* Goal: whatever two sources lose, double, delay and reorder, through switches to the other site,
 * and however badly the recovery and snapshot services behave while it lasts: in the end the books
 * are those of the clean log, and no row is stale; a row that is not stale is right at any time.
 * Method: a seeded world with a fake clock: an exchange with its log, two lossy ways to the feed,
 * and services that answer from the log late, in pieces, or not at all.  The oracle is a feed that
 * got the clean log.  A failure prints its seed; test_bj_feed_repair SEED replays it. */
#include "dataplane/feed/bj_feed.h"

#include <inttypes.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/feed/test_feed_bed.h"

enum { RUNS_MAX = 3, LOG_MAX = 512, COPIES_MAX = 1 << 14, LIVE_MAX = 64, ID_FIRST = 1000 };
#define US BJ_NS_PER_US

typedef struct entry { /* one message of a stream's log */
    uint8_t bytes[BJ_MTBT_MOST_BYTES], len;
    int64_t exch_ns;
} entry_t;
typedef struct run {
    entry_t  entry[LOG_MAX]; /* sequence 1 is [0] */
    uint32_t cnt;
    int64_t  begin_ns;
} run_t;
typedef struct live { uint64_t id; uint32_t idx; uint8_t side; int32_t price, qty; } live_t;
typedef struct copy { int64_t arrive_ns; uint32_t source, order; uint8_t len, bytes[48]; } copy_t;

enum { REFUSES_MAX = 8 };
typedef struct conn {
    bool open, connected, asked;
    bj_feed_service_t service;
    int64_t due_ns; /* of what it does next */
    uint8_t request[sizeof(bj_mtbt_request_t)];
    size_t got, reply_bytes, sent, cut_at;
    uint8_t reply[LOG_MAX * BJ_MTBT_MOST_BYTES + 64];
} conn_t;

static struct world {
    uint64_t rng, seed;
    run_t    run[BED_STREAMS][RUNS_MAX];
    int      runs;
    copy_t   copy[COPIES_MAX];
    size_t   copy_cnt;
    conn_t   conn[BED_STREAMS];
    unsigned bad_pct; /* how often a service does something else than answer */
    int64_t  period_ns; /* how often snapshots are made; 1: when asked for */
    int64_t  connect_ns;
    int64_t  now_ns;
    bj_feed_recovery_limits_t limits;
    bed_t    bed, clean;
} w;

static uint64_t dice(uint64_t sides) {
    w.rng = w.rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (w.rng >> 33) % sides;
}
static bool chance(unsigned pct) { return dice(100) < pct; }

/* --- the exchange: a log of each stream */
static void log_order(run_t *run, uint8_t type, int64_t ns, const live_t *o) {
    bj_mtbt_order_t wire = bed_order(type, run->cnt + 1, ns, o->idx, o->id, o->side, o->price,
                                     o->qty);
    entry_t *entry = &run->entry[run->cnt++];
    memcpy(entry->bytes, &wire, entry->len = sizeof wire);
    entry->exch_ns = ns;
}

static void log_trade(run_t *run, int64_t ns, live_t *o) {
    int32_t qty = 1 + (int32_t)dice((uint64_t)o->qty);
    bool buy = o->side == 'B';
    bj_mtbt_trade_t wire = bed_trade(run->cnt + 1, ns, o->idx, buy ? o->id : 0, buy ? 0 : o->id,
                                     o->price, qty);
    entry_t *entry = &run->entry[run->cnt++];
    memcpy(entry->bytes, &wire, entry->len = sizeof wire);
    entry->exch_ns = ns;
    o->qty -= qty;
}

static void log_one(run_t *run, uint32_t stream, int64_t ns, live_t *live, uint32_t *cnt) {
    static uint64_t next_id = ID_FIRST;
    if (*cnt < 4 || (*cnt < LIVE_MAX && chance(45))) {
        uint8_t side = chance(50) ? 'B' : 'S';
        int32_t away = 10 * (1 + (int32_t)dice(12));
        live[*cnt] = (live_t){next_id++, stream * 2 + (uint32_t)dice(2), side,
                              100000 + (side == 'B' ? -away : away), 1 + (int32_t)dice(90)};
        log_order(run, 'N', ns, &live[(*cnt)++]);
        return;
    }
    live_t *o = &live[dice(*cnt)];
    if (chance(35)) {
        o->qty = 1 + (int32_t)dice(90);
        o->price += chance(50) ? (o->side == 'B' ? -10 : 10) : 0;
        log_order(run, 'M', ns, o);
    } else if (chance(50)) {
        log_trade(run, ns, o);
    } else {
        log_order(run, 'X', ns, o);
        o->qty = 0;
    }
    if (!o->qty) *o = live[--*cnt];
}

static int by_arrival(const void *a, const void *b) {
    const copy_t *x = a, *y = b;
    if (x->arrive_ns != y->arrive_ns) return x->arrive_ns < y->arrive_ns ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void send_copy(const void *bytes, uint8_t len, int64_t arrive_ns, uint32_t source) {
    if (w.copy_cnt == COPIES_MAX) return;
    copy_t *copy = &w.copy[w.copy_cnt];
    *copy = (copy_t){arrive_ns, source, (uint32_t)w.copy_cnt++, len, {0}};
    memcpy(copy->bytes, bytes, len);
}

/* Bursts of loss too: bad_until is when a source hears again. */
static void send_copies(const void *bytes, uint8_t len, int64_t ns, unsigned loss,
                        int64_t *bad_until, int64_t delay_ns) {
    bool both = chance(loss / 2 + 1);
    if (chance(1) && chance(50)) bad_until[0] = bad_until[1] = ns + (int64_t)dice(4000) * US;
    for (uint32_t source = 0; source < BJ_FEED_SOURCES; source++) {
        if (chance(1)) bad_until[source] = ns + (int64_t)dice(3000) * US;
        if (both || chance(loss) || ns < bad_until[source]) continue;
        for (int times = chance(5) ? 2 : 1; times--;) {
            int64_t late_ns = source * 50 * US + (int64_t)dice((uint64_t)delay_ns);
            send_copy(bytes, len, ns + late_ns, source);
        }
    }
}

static void make_log(void) {
    int64_t ns = BED_NOW_NS, bad_until[BJ_FEED_SOURCES] = {0};
    unsigned loss = (unsigned)dice(30);
    int64_t delay_ns = (1 + (int64_t)dice(4) * 150) * US;
    w.runs = chance(40) ? 1 + (int)dice(RUNS_MAX) : 1;
    w.copy_cnt = 0;
    for (int r = 0; r < w.runs; r++, ns += 10000 * US) {
        live_t live[BED_STREAMS][LIVE_MAX];
        uint32_t live_cnt[BED_STREAMS] = {0}, len = 20 + (uint32_t)dice(250);
        if (w.runs > 1 && r + 1 < w.runs) len += 60;
        for (uint32_t s = 0; s < BED_STREAMS; s++) w.run[s][r].cnt = 0, w.run[s][r].begin_ns = ns;
        for (uint32_t i = 0; i < len; i++) {
            uint32_t s = (uint32_t)dice(BED_STREAMS);
            run_t *run = &w.run[s][r];
            ns += (10 + (int64_t)dice(100)) * US;
            log_one(run, s, ns, live[s], &live_cnt[s]);
            const entry_t *entry = &run->entry[run->cnt - 1];
            send_copies(entry->bytes, entry->len, ns, loss, bad_until, delay_ns);
            /* A run can be told from the one before only if more of that was heard than is missing
             * of its own beginning. */
            bool edge = r ? run->cnt == 1 : run->cnt > 20;
            if (w.runs > 1 && edge && run->cnt <= 30) send_copy(entry->bytes, entry->len, ns, 0);
            if (dice(20)) continue;
            bj_mtbt_heartbeat_t beat = {.header = {13, (uint16_t)(s + 1), 0}, .type = 'Z',
                                        .last_seq = run->cnt};
            send_copies(&beat, sizeof beat, ns + 1, loss, bad_until, delay_ns);
        }
    }
    qsort(w.copy, w.copy_cnt, sizeof w.copy[0], by_arrival);
}

/* What the exchange has sent of a stream by now: its run, and how much of it. */
static const run_t *run_now(uint32_t stream, int64_t ns, uint32_t *cnt) {
    const run_t *run = &w.run[stream][0];
    for (int r = 1; r < w.runs && w.run[stream][r].begin_ns <= ns; r++) run = &w.run[stream][r];
    for (*cnt = 0; *cnt < run->cnt && run->entry[*cnt].exch_ns <= ns;) ++*cnt;
    return run;
}

/* --- the services */
static size_t put_reply(conn_t *conn, uint8_t type, uint8_t status, uint16_t stream_id) {
    bj_mtbt_reply_t wire = {.header = {sizeof wire, stream_id, 0}, .type = type, .status = status};
    memcpy(conn->reply, &wire, sizeof wire);
    return sizeof wire;
}

/* The orders still open after the first cnt messages, by the plainest of means. */
static uint32_t open_orders(const run_t *run, uint32_t cnt, bj_mtbt_order_t *open) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        bj_mtbt_order_t order;
        bj_mtbt_trade_t trade;
        memcpy(&order, run->entry[i].bytes, sizeof order);
        memcpy(&trade, run->entry[i].bytes, sizeof trade);
        double id = order.type == 'T' ? trade.buy_order_id + trade.sell_order_id : order.order_id;
        uint32_t k = 0;
        while (k < n && open[k].order_id != id) k++;
        if (order.type == 'T') {
            assert(k < n);
            open[k].qty -= trade.qty;
            if (open[k].qty == 0) open[k] = open[--n];
        } else if (order.type == 'X') open[k] = open[--n];
        else {
            open[k] = order;
            if (k == n) n++;
        }
    }
    return n;
}

static size_t put_snapshot(conn_t *conn, uint32_t stream, const run_t *run, uint32_t cnt) {
    static bj_mtbt_order_t open[LOG_MAX];
    uint32_t n = open_orders(run, cnt, open);
    size_t at = put_reply(conn, 'B', 'S', (uint16_t)(stream + 1));
    bj_mtbt_snapshot_t head = {.transcode = BJ_MTBT_SNAPSHOT_CODE,
                               .size_bytes = (uint32_t)(sizeof head + n * 30),
                               .record_cnt = n, .last_seq = cnt,
                               .stream_id = (uint16_t)(stream + 1)};
    memcpy(conn->reply + at, &head, sizeof head);
    at += sizeof head;
    for (uint32_t i = 0; i < n; i++, at += 30) {
        bj_mtbt_snapshot_order_t wire = {'N', open[i].exch_ts_ns, open[i].order_id, open[i].token,
                                         open[i].side, open[i].price_paise, open[i].qty};
        memcpy(conn->reply + at, &wire, sizeof wire);
    }
    return at;
}

static size_t put_messages(conn_t *conn, uint32_t stream, const run_t *run, uint32_t cnt,
                           const bj_mtbt_request_t *request) {
    if (request->end_seq > cnt) return put_reply(conn, 'Y', 'E', (uint16_t)(stream + 1));
    size_t at = put_reply(conn, 'Y', 'S', (uint16_t)(stream + 1));
    for (uint32_t seq = request->start_seq; seq <= request->end_seq; seq++) {
        memcpy(conn->reply + at, run->entry[seq - 1].bytes, run->entry[seq - 1].len);
        at += run->entry[seq - 1].len;
    }
    return at;
}

static void answer(uint32_t stream) {
    conn_t *conn = &w.conn[stream];
    bj_mtbt_request_t request;
    uint32_t cnt;
    memcpy(&request, conn->request, sizeof request);
    BJ_CHECK(request.stream_id == stream + 1);
    bool snapshot = conn->service == BJ_FEED_SERVICE_SNAPSHOT;
    int64_t ns = snapshot ? w.now_ns / w.period_ns * w.period_ns : w.now_ns;
    const run_t *run = run_now(stream, ns, &cnt);
    BJ_CHECK(request.type == (snapshot ? 'O' : 'R'));
    if (snapshot) {
        BJ_CHECK(request.start_seq == 0 && request.end_seq == 0);
        conn->reply_bytes = put_snapshot(conn, stream, run, cnt);
    } else {
        BJ_CHECK(request.start_seq >= 1 && request.start_seq <= request.end_seq);
        BJ_CHECK(request.end_seq - request.start_seq < w.limits.request_max);
        conn->reply_bytes = put_messages(conn, stream, run, cnt, &request);
    }
    conn->cut_at = SIZE_MAX;
    if (!chance(w.bad_pct)) return;
    switch (dice(4)) {
    case 0: conn->reply_bytes = put_reply(conn, snapshot ? 'B' : 'Y', 'E', (uint16_t)(stream + 1));
        break;
    case 1: conn->cut_at = dice(conn->reply_bytes + 1); break;
    case 2: conn->reply_bytes = dice(conn->reply_bytes); break; /* ... and silence */
    case 3: conn->reply[dice(conn->reply_bytes < 18 ? 10 : 18)] ^= 0x15; break; /* lengths, names */
    }
}

static bool on_connect(void *ctx, uint32_t idx, bj_segment_t segment, bj_feed_service_t service) {
    (void)ctx;
    conn_t *conn = &w.conn[idx];
    BJ_CHECK(!conn->open && segment == BJ_SEGMENT_CM);
    BJ_CHECK(w.now_ns - w.connect_ns >= w.limits.connect_every_ns);
    for (uint32_t i = 0, open = 1; i < BED_STREAMS; i++) {
        open += w.conn[i].open;
        BJ_CHECK(open <= w.limits.connections_max);
    }
    w.connect_ns = w.now_ns;
    if (chance(w.bad_pct / 4)) return false;
    conn->open = true;
    conn->connected = conn->asked = false;
    conn->service = service;
    conn->got = conn->sent = 0;
    conn->due_ns = w.now_ns + (int64_t)dice(800) * US;
    return true;
}
static void on_close(void *ctx, uint32_t idx) {
    (void)ctx;
    BJ_CHECK(w.conn[idx].open);
    w.conn[idx].open = false;
}
static const bj_feed_recovery_ops_t ops = {on_connect, on_close};

static void serve_one(uint32_t idx) {
    conn_t *conn = &w.conn[idx];
    bj_feed_recovery_t *recovery = bj_feed_recovery(w.bed.feed);
    if (!conn->open || w.now_ns < conn->due_ns) return;
    if (!conn->connected) {
        conn->connected = !chance(w.bad_pct / 4);
        if (conn->connected) bj_feed_recovery_connected(recovery, idx, w.now_ns);
        else conn->open = false, bj_feed_recovery_closed(recovery, idx, w.now_ns);
        return;
    }
    const uint8_t *data;
    size_t n = bj_feed_recovery_output(recovery, idx, &data);
    if (n) {
        n = 1 + dice(n);
        memcpy(conn->request + conn->got, data, n);
        conn->got += n;
        bj_feed_recovery_sent(recovery, idx, n);
        conn->due_ns = w.now_ns + (int64_t)dice(1500) * US;
    }
    if (conn->got < sizeof conn->request) return;
    if (!conn->asked) answer(idx), conn->asked = true;
    size_t left = conn->reply_bytes - conn->sent;
    n = 1 + dice(200);
    if (n > left) n = left;
    if (conn->sent + n > conn->cut_at) n = conn->cut_at - conn->sent;
    uint8_t *exact = malloc(n ? n : 1); /* nothing may be read past what came */
    memcpy(exact, conn->reply + conn->sent, n);
    conn->sent += n;
    if (n) bj_feed_recovery_input(recovery, idx, exact, n, w.now_ns);
    free(exact);
    if (conn->open && conn->sent == conn->cut_at) {
        conn->open = false;
        bj_feed_recovery_closed(recovery, idx, w.now_ns);
    }
}

static void turn(int64_t now_ns) {
    w.now_ns = w.bed.now_ns = now_ns;
    bj_feed_step(w.bed.feed, now_ns);
    if (bj_feed_recovery(w.bed.feed)) {
        for (uint32_t i = 0; i < BED_STREAMS; i++) serve_one(i);
    }
}

/* --- what must be true */
static bool same_book(const bj_market_row_t *a, const bj_market_row_t *b) {
    return memcmp(a->bid, b->bid, sizeof a->bid) == 0 &&
           memcmp(a->ask, b->ask, sizeof a->ask) == 0 && a->total_buy_qty == b->total_buy_qty &&
           a->total_sell_qty == b->total_sell_qty;
}

/* A row that is not stale, built from messages only: it is what the run's messages up to its time
 * make of it. */
static void check_row(uint32_t idx) {
    bj_market_row_t row;
    BJ_CHECK(bj_market_read(w.bed.reader, idx, &row));
    const bj_feed_counters_t *counters = bj_feed_counters(w.bed.feed);
    if ((row.flags & BJ_MARKET_STALE) || counters->snapshots || counters->resets) return;
    const run_t *run = &w.run[idx / 2][0];
    static bj_mtbt_order_t open[LOG_MAX];
    uint32_t cnt = 0;
    while (cnt < run->cnt && run->entry[cnt].exch_ns <= row.exch_ns) cnt++;
    uint32_t n = open_orders(run, cnt, open);
    int64_t buy_qty = 0, sell_qty = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (open[i].token != (int32_t)bed_tokens[idx].token) continue;
        if (open[i].side == 'B') buy_qty += open[i].qty;
        else sell_qty += open[i].qty;
    }
    BJ_CHECK(row.total_buy_qty == buy_qty && row.total_sell_qty == sell_qty);
}

static bool all_right(void) {
    const bj_feed_counters_t *counters = bj_feed_counters(w.bed.feed);
    if (counters->held_messages) return false;
    for (uint32_t idx = 0; idx < BED_INSTRUMENTS; idx++) {
        bj_market_row_t row, want;
        if (!bj_market_read(w.bed.reader, idx, &row) || (row.flags & BJ_MARKET_STALE)) return false;
        if (!bj_market_read(w.clean.reader, idx, &want) || !same_book(&row, &want)) return false;
    }
    return true;
}

static void feed_clean(void) {
    for (int r = 0; r < w.runs; r++) {
        for (uint32_t s = 0; s < BED_STREAMS; s++) {
            for (uint32_t i = 0; i < w.run[s][r].cnt; i++) {
                const entry_t *entry = &w.run[s][r].entry[i];
                bed_datagram(&w.clean, 0, entry->bytes, entry->len, entry->exch_ns);
            }
        }
    }
    w.clean.now_ns = BED_NOW_NS + 100 * BJ_NS_PER_S;
    bj_feed_step(w.clean.feed, w.clean.now_ns);
}

/* The line is quiet and good now; the exchange beats its heart. */
static void settle(int64_t now_ns) {
    w.bad_pct /= 2;
    for (int i = 0; i < 20000; i++) {
        now_ns += 500 * US;
        for (uint32_t k = 0; k < 2 * BED_STREAMS && i % 200 == 0; k++) {
            uint32_t cnt;
            run_now(k / 2, now_ns, &cnt);
            bj_mtbt_heartbeat_t beat = {.header = {13, (uint16_t)(k / 2 + 1), 0}, .type = 'Z',
                                        .last_seq = cnt};
            bed_datagram(&w.bed, k % 2, &beat, sizeof beat, now_ns);
        }
        turn(now_ns);
        if (i % 50 == 0 && i > 300 && all_right()) return;
    }
}

static void check_end(void) {
    const bj_feed_counters_t *counters = bj_feed_counters(w.bed.feed);
    BJ_CHECK(all_right());
    uint64_t next = 1, missed;
    bj_market_tick_t tick;
    uint32_t stale = 0;
    while (bj_market_next(w.bed.reader, &next, &tick, &missed)) {
        if (tick.kind != BJ_TICK_STALE) continue;
        uint32_t bit = 1u << tick.instrument_idx;
        stale = tick.flags & BJ_MARKET_STALE ? stale | bit : stale & ~bit;
    }
    BJ_CHECK(stale == 0); /* as those see it who read ticks only */
    for (uint32_t i = 0; i < BED_INSTRUMENTS; i++) {
        if (counters->snapshots || counters->gaps || counters->resets) continue;
        bj_market_row_t row, want;
        BJ_CHECK(bj_market_read(w.bed.reader, i, &row) && bj_market_read(w.clean.reader, i, &want));
        BJ_CHECK(row.volume_qty == want.volume_qty && row.trade_cnt == want.trade_cnt);
    }
}

static void open_world(uint64_t seed) {
    memset(&w.conn, 0, sizeof w.conn);
    w.rng = seed * 2 + 1, w.seed = seed, w.connect_ns = INT64_MIN / 2, w.now_ns = BED_NOW_NS;
    unsigned kind = (unsigned)dice(4); /* 0: recovery only */
    w.bad_pct = (unsigned)dice(70);
    w.period_ns = chance(50) ? 1 : (1 + (int64_t)dice(20)) * 1000 * US;
    w.limits = bj_feed_recovery_limits;
    w.limits.request_max = 1 + (uint32_t)dice(40);
    w.limits.connections_max = 1 + (uint32_t)dice(2);
    w.limits.connect_every_ns = 100 * US;
    w.limits.timeout_ns = 3000 * US, w.limits.total_ns = 40000 * US;
    w.limits.backoff_ns = 200 * US, w.limits.backoff_max_ns = 2000 * US;
    w.limits.old_wait_ns = 1000 * US;
    w.limits.try_max = kind ? 1 + (uint32_t)dice(6) : 1000;
    bed_open(&w.clean, 1000);
    w.bed = (bed_t){.file = "/tmp/bj_feed_XXXXXX", .now_ns = BED_NOW_NS};
    close(mkstemp(w.bed.file));
    w.bed.market = bj_market_create(w.bed.file, bed_instruments, BED_INSTRUMENTS, 1 << 14,
                                    BED_NOW_NS);
    bj_feed_config_t config = bed_config(w.bed.market, 1000);
    config.gap_wait_ns = (200 + (int64_t)dice(1500)) * US;
    config.services[BJ_SEGMENT_CM][BJ_FEED_SERVICE_RECOVERY] = kind != 1;
    config.services[BJ_SEGMENT_CM][BJ_FEED_SERVICE_SNAPSHOT] = kind != 0;
    config.queue_max = kind ? 1 + (uint32_t)dice(300) : 4096;
    config.hole_max = kind ? 1 + (uint32_t)dice(100) : LOG_MAX;
    config.retry_ns = 3000 * US;
    config.late_ns = 5000 * US;
    config.snapshot_restart = chance(20);
    config.limits = &w.limits;
    config.connections = &ops;
    void *mem = aligned_alloc(64, (bj_feed_footprint(&config) + 63) / 64 * 64);
    w.bed.feed = bj_feed_new(mem, &config);
    w.bed.reader = bj_market_open(w.bed.file);
    unlink(w.bed.file);
    assert(w.bed.feed && w.bed.reader);
}

static bj_feed_counters_t sum; /* of all seeds: what the campaign has met */

static void run_seed(uint64_t seed) {
    unsigned fails = bj_fail_cnt;
    open_world(seed);
    make_log();
    for (size_t i = 0; i < w.copy_cnt; i++) {
        const copy_t *copy = &w.copy[i];
        while (w.now_ns + 300 * US < copy->arrive_ns) turn(w.now_ns + 300 * US);
        if (copy->arrive_ns > w.now_ns) turn(copy->arrive_ns);
        bed_datagram(&w.bed, copy->source, copy->bytes, copy->len, w.now_ns);
        if (dice(20) == 0) turn(w.now_ns), check_row((uint32_t)dice(BED_INSTRUMENTS));
    }
    feed_clean();
    settle(w.now_ns);
    check_end();
    const bj_feed_counters_t *counters = bj_feed_counters(w.bed.feed);
#define X(field, text) sum.field += counters->field;
    BJ_FEED_COUNTER_LIST(X)
#undef X
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    bed_close(&w.bed);
    bed_close(&w.clean);
}

int main(int argc, char **argv) {
    uint64_t seed_cnt = 2000;
    if (argc > 2) seed_cnt = strtoull(argv[2], NULL, 10);
    if (argc > 1) {
        uint64_t from = strtoull(argv[1], NULL, 10);
        if (argc == 2) seed_cnt = 1;
        for (uint64_t i = 0; i < seed_cnt; i++) run_seed(from + i);
    } else {
        for (uint64_t seed = 0; seed < seed_cnt; seed++) run_seed(seed);
        /* A campaign that never met these proves nothing. */
        BJ_CHECK(sum.recoveries > 1000 && sum.snapshots > 1000 && sum.recovery_failures > 100);
        BJ_CHECK(sum.resets > 100 && sum.gaps > 100 && sum.recovered_messages > 1000);
    }
#define X(field, text) printf(#field " %" PRIu64 "\n", sum.field);
    BJ_FEED_COUNTER_LIST(X)
#undef X
    return bj_test_end("test_bj_feed_repair");
}
