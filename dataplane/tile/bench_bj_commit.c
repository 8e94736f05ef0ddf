/* Policy `disk`: durable orders a second of 32 sessions through the real engine and journal tiles,
 * how long an order waits until it is durable, and beside it a bare pwrite and fdatasync of as many
 * bytes, in the same minute on the same disk (TMPDIR or /tmp).  One thread is the sessions, the
 * gateway's part and the engine tile, one is the journal tile. */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/market/bj_evlog.h"
#include "dataplane/tile/bj_engine_tile.h"
#include "dataplane/tile/bj_journal_tile.h"

enum { SESSIONS = 32, TOKENS = 64, SEQS = 1 << 16, SAMPLES = 1 << 21, RECORDS = 1 << 14 };

typedef struct samples {
    uint32_t *us_10; /* tenths of a microsecond */
    size_t    cnt;
} samples_t;

typedef struct bench {
    bj_pipe_t pipe;
    bj_journal_t *journal;
    bj_evlog_t   *evlog;
    bj_engine_tile_t  engine_tile;
    bj_journal_tile_t journal_tile;
    samples_t commits, orders;
    _Atomic bool stop;
    uint32_t  window; /* orders of a session that may wait */
    uint32_t  waiting[SESSIONS];
    uint64_t  asked_seq, told_seq;
    int64_t   asked_ns[SEQS];
    uint8_t   who[SEQS];
    uint64_t  sent[SESSIONS][256], session_seq[SESSIONS], order_id, rng;
} bench_t;

static uint32_t any(bench_t *b, uint32_t below) {
    b->rng ^= b->rng << 13, b->rng ^= b->rng >> 7, b->rng ^= b->rng << 17;
    return (uint32_t)((b->rng >> 32) * below >> 32);
}

/* --- samples */

static void sample(samples_t *s, int64_t ns) {
    if (s->cnt < SAMPLES) s->us_10[s->cnt++] = (uint32_t)(ns / 100);
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void samples_say(samples_t *s, const char *what, uint32_t window) {
    qsort(s->us_10, s->cnt, sizeof *s->us_10, ascending);
    if (!s->cnt) return;
    printf("commit_window%u_%s_p50 %.1f us\n", window, what, s->us_10[s->cnt / 2] / 10.0);
    printf("commit_window%u_%s_p99 %.1f us\n", window, what, s->us_10[s->cnt * 99 / 100] / 10.0);
}

/* --- the journal's side */

static bj_status_t store_append(void *ctx, const bj_cmd_t *cmd) {
    return bj_journal_append(((bench_t *)ctx)->journal, cmd);
}
static bj_status_t store_commit(void *ctx) {
    bench_t *b = ctx;
    int64_t from_ns = bj_clock_mono_ns();
    bj_status_t status = bj_journal_commit(b->journal);
    sample(&b->commits, bj_clock_mono_ns() - from_ns);
    return status;
}
static bj_status_t store_keep(void *ctx, const bj_event_t *event) {
    return bj_evlog_append(((bench_t *)ctx)->evlog, event, 1);
}
static void store_publish(void *ctx, uint64_t event_seq) {
    bj_evlog_publish(((bench_t *)ctx)->evlog, event_seq);
}

static void *journal_main(void *arg) {
    bench_t *b = arg;
    while (!atomic_load(&b->stop)) {
        if (!bj_journal_tile_step(&b->journal_tile, (bj_now_t){0})) sched_yield();
    }
    return NULL;
}

/* --- the sessions' side */

static bool ask(bench_t *b, const bj_cmd_t *cmd, uint32_t session) {
    if (!bj_ring_push(b->pipe.cmds, cmd, sizeof *cmd)) return false;
    uint64_t seq = ++b->asked_seq;
    b->asked_ns[seq % SEQS] = cmd->time_ns;
    b->who[seq % SEQS] = (uint8_t)session;
    b->waiting[session]++;
    return true;
}

static bj_cmd_t command(bench_t *b, uint32_t session) {
    uint64_t *sent = &b->sent[session][any(b, 256)];
    bool sell = any(b, 2);
    bj_cmd_t cmd = {.type = BJ_CMD_CANCEL, .session_id = (uint16_t)(session + 1),
                    .account_id = session + 1, .session_seq = ++b->session_seq[session],
                    .time_ns = bj_clock_mono_ns(), .order_id = *sent};
    if (*sent) {
        *sent = 0;
        return cmd;
    }
    *sent = ++b->order_id;
    cmd.type = BJ_CMD_NEW, cmd.order_id = 0, cmd.order_type = BJ_LIMIT, cmd.tif = BJ_DAY;
    cmd.token = 1 + any(b, TOKENS), cmd.client_order_id = b->order_id;
    cmd.side = sell ? BJ_SELL : BJ_BUY, cmd.qty = 1 + (int32_t)any(b, 100);
    cmd.price_paise = 100000 + (sell ? 5 : -5) * (int32_t)any(b, 12);
    if (!any(b, 4)) cmd.price_paise += sell ? -60 : 60;
    return cmd;
}

static void listen(bench_t *b) {
    uint64_t durable_seq = atomic_load_explicit(&b->pipe.durable_seq, memory_order_acquire);
    int64_t now_ns = bj_clock_mono_ns();
    const bj_event_t *event;
    while ((event = bj_ring_peek(b->pipe.events)) && event->cmd_seq <= durable_seq)
        bj_ring_release(b->pipe.events);
    while (b->told_seq < durable_seq) {
        uint64_t at = ++b->told_seq % SEQS;
        sample(&b->orders, now_ns - b->asked_ns[at]);
        b->waiting[b->who[at]]--;
    }
}

static void session_turn(bench_t *b, uint32_t session) {
    while (b->waiting[session] < b->window) {
        bj_cmd_t cmd = command(b, session);
        if (!ask(b, &cmd, session)) return;
    }
}

static void set_up(bench_t *b) {
    for (uint32_t i = 0; i < TOKENS + SESSIONS; i++) {
        bj_cmd_t cmd = {.type = BJ_CMD_INSTRUMENT, .token = i + 1, .body.instrument = {
            .symbol = "BENCH", .tick_paise = 5, .lot_qty = 1, .band_lo_paise = 90000,
            .band_hi_paise = 110000, .prev_close_paise = 100000, .freeze_qty = 1000000}};
        if (i >= TOKENS) {
            cmd = (bj_cmd_t){.type = BJ_CMD_ACCOUNT, .account_id = i - TOKENS + 1};
            cmd.body.account = (bj_cmd_account_t){
                .order_value_max_paise = INT64_MAX, .open_value_max_paise = INT64_MAX,
                .position_max_qty = INT64_MAX, .open_orders_max = 60000};
        }
        cmd.time_ns = bj_clock_mono_ns();
        while (!ask(b, &cmd, 0)) listen(b);
        (void)bj_engine_tile_step(&b->engine_tile, (bj_now_t){0});
    }
    while (b->told_seq < b->asked_seq) {
        (void)bj_engine_tile_step(&b->engine_tile, (bj_now_t){0});
        listen(b);
    }
}

static void trade(bench_t *b, int64_t for_ns) {
    int64_t until_ns = bj_clock_mono_ns() + for_ns;
    while (bj_clock_mono_ns() < until_ns) {
        uint64_t before = b->told_seq, asked = b->asked_seq;
        for (uint32_t i = 0; i < SESSIONS; i++) session_turn(b, i);
        uint32_t done = bj_engine_tile_step(&b->engine_tile, (bj_now_t){0});
        listen(b);
        if (!done && before == b->told_seq && asked == b->asked_seq) sched_yield();
    }
}

/* --- beside it: the same bytes, and nothing else */

static const struct bare {
    const char *name;
    bool zeroed; /* else only allocated */
    int  flags;
} bares[] = {{"bare_fdatasync", true, 0},
             {"bare_fdatasync_only_allocated", false, 0},
             {"bare_fdatasync_direct", true, O_DIRECT}};

enum { BARE_BYTES = 64 << 20, PIECE_BYTES = 1 << 20, BLOCK_BYTES = 4096, BARE_MOST = 2000 };

static int bare_file(const char *path, const uint8_t *zeros, const struct bare *how) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool ok = fd >= 0 && posix_fallocate(fd, 0, BARE_BYTES) == 0;
    for (off_t at = 0; ok && how->zeroed && at < BARE_BYTES; at += PIECE_BYTES)
        ok = pwrite(fd, zeros, PIECE_BYTES, at) == PIECE_BYTES;
    ok = ok && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok ? open(path, O_RDWR | O_CLOEXEC | how->flags) : -1;
}

/* O_DIRECT writes whole blocks: the one before's last again, and this one's last. */
static void bare(const char *dir, size_t bytes, const struct bare *how, samples_t *s,
                 uint32_t window) {
    char path[300];
    uint8_t *data = aligned_alloc(BLOCK_BYTES, PIECE_BYTES);
    if (!data) return;
    memset(data, 0, PIECE_BYTES);
    (void)snprintf(path, sizeof path, "%s/bare", dir);
    int fd = bare_file(path, data, how);
    bool ok = fd >= 0;
    s->cnt = 0;
    if (bytes > PIECE_BYTES - 2 * BLOCK_BYTES) bytes = PIECE_BYTES - 2 * BLOCK_BYTES;
    for (size_t at = BLOCK_BYTES; ok && s->cnt < BARE_MOST && at + bytes + BLOCK_BYTES < BARE_BYTES;
         at += bytes) {
        size_t from = how->flags ? at / BLOCK_BYTES * BLOCK_BYTES : at;
        size_t to = how->flags ? (at + bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES
                               : at + bytes;
        int64_t from_ns = bj_clock_mono_ns();
        ok = pwrite(fd, data, to - from, (off_t)from) == (ssize_t)(to - from) &&
             fdatasync(fd) == 0;
        sample(s, bj_clock_mono_ns() - from_ns);
    }
    if (fd >= 0) close(fd);
    free(data);
    if (ok) samples_say(s, how->name, window);
    else printf("commit_window%u_%s is not possible here\n", window, how->name);
}

static bool shape_make(bench_t *b) {
    static const bj_engine_config_t config = {.instrument_max = 256, .account_max = 4096,
                                              .order_max = 65536,
                                              .message_rate_per_s = 1000000000,
                                              .message_burst = 4000000};
    uint64_t slots[] = {sizeof(bj_cmd_t), sizeof(bj_record_t), sizeof(bj_event_t)};
    bj_ring_t **rings[] = {&b->pipe.cmds, &b->pipe.records, &b->pipe.events};
    size_t bytes = bj_engine_footprint(&config);
    void *mem = aligned_alloc(64, bytes);
    for (size_t i = 0; mem && i < BJ_COUNT(rings); i++) {
        size_t ring_bytes = (bj_ring_footprint(RECORDS, slots[i]) + 127) / 128 * 128;
        void *ring = aligned_alloc(128, ring_bytes);
        if (!ring) return false;
        *rings[i] = bj_ring_new(ring, RECORDS, slots[i]);
    }
    b->commits.us_10 = malloc(SAMPLES * sizeof(uint32_t));
    b->orders.us_10 = malloc(SAMPLES * sizeof(uint32_t));
    if (!mem || !b->commits.us_10 || !b->orders.us_10) return false;
    b->engine_tile.engine = bj_engine_new(mem, &config);
    b->engine_tile.pipe = b->journal_tile.pipe = &b->pipe;
    b->journal_tile.store =
        (bj_journal_store_t){.append = store_append, .commit = store_commit, .keep = store_keep,
                             .publish = store_publish, .ctx = b};
    b->rng = 88172645463325252;
    return true;
}

static bool run(const char *dir, uint32_t window) {
    char journal_dir[300], evlog_dir[300];
    bj_journal_report_t report;
    pthread_t thread;
    bench_t *b = calloc(1, sizeof *b);
    if (!b || !shape_make(b)) return false;
    b->window = window;
    (void)snprintf(journal_dir, sizeof journal_dir, "%s/journal%u", dir, window);
    (void)snprintf(evlog_dir, sizeof evlog_dir, "%s/events%u", dir, window);
    if (bj_journal_open(journal_dir, true, NULL, NULL, &report, &b->journal) != BJ_OK) return false;
    b->evlog = bj_evlog_create(evlog_dir, report.journal_id);
    if (!b->evlog || pthread_create(&thread, NULL, journal_main, b) != 0) return false;
    set_up(b);
    b->commits.cnt = b->orders.cnt = 0;
    uint64_t from = b->told_seq;
    int64_t from_ns = bj_clock_mono_ns();
    trade(b, 3 * BJ_NS_PER_S);
    double s = (double)(bj_clock_mono_ns() - from_ns) / 1e9;
    uint64_t orders = b->told_seq - from;
    atomic_store(&b->stop, true);
    pthread_join(thread, NULL);
    size_t group = b->commits.cnt ? (size_t)(orders / b->commits.cnt) : 0;
    printf("commit_window%u_durable %.0f orders/s\n", window, (double)orders / s);
    printf("commit_window%u_group %zu orders\n", window, group);
    samples_say(&b->orders, "order", window);
    samples_say(&b->commits, "commit", window);
    for (size_t i = 0; i < BJ_COUNT(bares); i++)
        bare(dir, (group ? group : 1) * sizeof(bj_cmd_t), &bares[i], &b->commits, window);
    bj_journal_close(b->journal);
    bj_evlog_close(b->evlog);
    return !b->journal_tile.counters.lost;
}

int main(void) {
    const char *base = getenv("TMPDIR");
    char dir[256], line[300];
    int n = snprintf(dir, sizeof dir, "%s/bj_commit_bench_XXXXXX", base ? base : "/tmp");
    if (n >= (int)sizeof dir || !mkdtemp(dir)) return 1;
    bj_log_init("bench", BJ_LOG_ERROR);
    bool ok = run(dir, 1) && run(dir, 16) && run(dir, 64);
    (void)snprintf(line, sizeof line, "rm -rf '%s'", dir);
    return system(line) != 0 || !ok;
}
