/* A day's journal, and how long it takes to be back: all of it with nothing else there, behind a
 * snapshot at 95 %, and all of it with the event log of the run before.  Ten million
 * commands of 32 sessions (BJ_BENCH_COMMANDS: another number), under TMPDIR or /tmp: some 4 GB for
 * half a minute.  The gateway's report lists and the event log are made as the dataplane makes
 * them; warm: what was just written is still in the machine's memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/gateway/bj_gateway.h"
#include "dataplane/journal/bj_snapshotter.h"
#include "dataplane/main/bj_restore.h"

enum { SESSIONS = 32, TOKENS = 64, SENT = 1024, GROUP = 1024, SETUP = TOKENS + SESSIONS };

static const bj_engine_config_t shape = {.instrument_max = 256, .account_max = 4096,
                                         .order_max = 65536, .message_rate_per_s = 1000000000,
                                         .message_burst = 1000000};
static char dir[256], journal_dir[300], evlog_dir[300];
static uint64_t rng = 88172645463325252;

static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)((rng >> 32) * below >> 32);
}

/* --- the day */

static bj_cmd_t setup_command(uint64_t k) {
    bj_cmd_t cmd = {.time_ns = 1, .type = k < TOKENS ? BJ_CMD_INSTRUMENT : BJ_CMD_ACCOUNT};
    if (k < TOKENS) {
        cmd.token = (uint32_t)k + 1;
        cmd.body.instrument = (bj_cmd_instrument_t){
            .symbol = "BENCH", .tick_paise = 5, .lot_qty = 1, .band_lo_paise = 90000,
            .band_hi_paise = 110000, .prev_close_paise = 100000, .freeze_qty = 1000000};
        return cmd;
    }
    cmd.account_id = (uint32_t)(k - TOKENS) + 1;
    cmd.body.account = (bj_cmd_account_t){.order_value_max_paise = INT64_C(1) << 50,
                                          .open_value_max_paise = INT64_C(1) << 60,
                                          .position_max_qty = INT64_C(1) << 50,
                                          .open_orders_max = 60000};
    return cmd;
}

typedef struct day {
    uint64_t order_id, sent[SESSIONS][SENT]; /* 0: none, or cancelled */
    uint64_t session_seq[SESSIONS];
} day_t;

/* A session looks at one of its orders: it cancels it, now and then changes it, or sends a new one
 * in its place.  Those lie near the middle; a quarter crosses it. */
static bj_cmd_t day_command(day_t *day, uint64_t k) {
    if (k < SETUP) return setup_command(k);
    uint32_t s = any(SESSIONS);
    uint64_t *sent = &day->sent[s][any(SENT)];
    bool sell = any(2);
    bj_cmd_t cmd = {.time_ns = (int64_t)k * 1000,
                    .session_id = (uint16_t)(s + 1),
                    .account_id = s + 1,
                    .session_seq = ++day->session_seq[s],
                    .token = 1 + any(TOKENS),
                    .client_order_id = k,
                    .price_paise = 100000 + (sell ? 1 : -1) * 5 * (int32_t)any(12) +
                                   (any(4) ? 0 : (sell ? -60 : 60)),
                    .qty = 1 + (int32_t)any(100),
                    .side = sell ? BJ_SELL : BJ_BUY};
    if (*sent) {
        cmd.type = any(8) ? BJ_CMD_CANCEL : BJ_CMD_MODIFY;
        cmd.order_id = *sent;
        cmd.token = 0;
        if (cmd.type == BJ_CMD_CANCEL) *sent = 0;
    } else {
        cmd.type = BJ_CMD_NEW, cmd.order_type = BJ_LIMIT, cmd.tif = BJ_DAY;
        *sent = ++day->order_id;
    }
    return cmd;
}

/* Commands from + 1 to to, behind those that are there. */
static bool day_write(day_t *day, uint64_t from, uint64_t to) {
    bj_journal_report_t report;
    bj_journal_t *journal;
    if (bj_journal_open_after(journal_dir, true, from, NULL, NULL, &report, &journal) != BJ_OK)
        return false;
    bool ok = true;
    for (uint64_t k = from; ok && k < to; k++) {
        bj_cmd_t cmd = day_command(day, k);
        cmd.seq = k + 1;
        ok = bj_journal_append(journal, &cmd) == BJ_OK;
        if (ok && (k + 1) % GROUP == 0) ok = bj_journal_commit(journal) == BJ_OK;
    }
    ok = ok && bj_journal_commit(journal) == BJ_OK;
    bj_journal_close(journal);
    return ok;
}

/* --- and back */

static void events_seen(void *ctx, const bj_event_t *events, size_t event_cnt) {
    for (size_t i = 0; i < event_cnt; i++) bj_gateway_recover_event(ctx, &events[i]);
}

static void no_nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    memset(out, 0, out_bytes);
}

static bj_gateway_t *gateway_new(void) {
    static bj_gateway_session_config_t sessions[SESSIONS];
    for (uint16_t i = 0; i < SESSIONS; i++) {
        sessions[i] = (bj_gateway_session_config_t){
            .id = (uint16_t)(i + 1), .clear = true, .accounts = {i + 1u}, .account_cnt = 1,
            .key = "k", .key_bytes = 1};
        (void)snprintf(sessions[i].name, sizeof sessions[i].name, "s%u", i);
    }
    bj_gateway_config_t config = {.sessions = sessions, .session_cnt = SESSIONS,
                                  .report_max = UINT64_C(1) << 25, .nonce = no_nonce};
    return bj_gateway_new(&config);
}

/* On a machine that others use too, what a figure is worth is seen in this one. */
static double cpu_s(void) { return (double)clock() / CLOCKS_PER_SEC; }

static uint64_t restore(const char *name) {
    size_t bytes = (bj_engine_footprint(&shape) + (1 << 21) - 1) >> 21 << 21;
    void *mem = aligned_alloc(1 << 21, bytes);
    bj_gateway_t *gateway = gateway_new();
    double cpu_from_s = cpu_s();
    int64_t from_ns = bj_clock_mono_ns();
    bj_restore_t r = {.journal_dir = journal_dir, .evlog_dir = evlog_dir, .durable = true,
                      .engine_mem = mem, .config = shape, .engine = bj_engine_new(mem, &shape),
                      .events = events_seen, .ctx = gateway};
    bool ok = bj_restore_run(&r);
    double s = (double)(bj_clock_mono_ns() - from_ns) / 1e9;
    bj_engine_stats_t stats = bj_engine_stats(r.engine);
    uint64_t hash = ok ? bj_engine_hash(r.engine) : 0;
    printf("restore_%s %.3f s\n", name, s);
    printf("restore_%s_cpu %.3f s\n", name, cpu_s() - cpu_from_s);
    printf("restore_%s_replayed %" PRIu64 " commands\n", name, r.cmd_cnt);
    printf("restore_%s_trades %" PRIu64 " trades\n", name, stats.match_cnt);
    bj_journal_close(r.journal);
    bj_evlog_close(r.evlog);
    bj_gateway_free(gateway);
    free(mem);
    return hash;
}

static bool snapshot(void) {
    bj_snap_info_t info;
    bool saved;
    bj_snapshotter_t *s = bj_snapshotter_new(journal_dir, &shape);
    int64_t from_ns = bj_clock_mono_ns();
    bool ok = s && bj_snapshotter_step(s, 1, &info, &saved) == BJ_OK && saved;
    printf("restore_snapshot_made %.3f s\n", (double)(bj_clock_mono_ns() - from_ns) / 1e9);
    bj_snapshotter_free(s);
    return ok;
}

static bool shell(const char *format) {
    char line[320];
    (void)snprintf(line, sizeof line, format, dir);
    return system(line) == 0;
}

/* The first time there is no event log, so the snapshot does not count; then it does; then it is
 * gone, and the events are there. */
static bool there_and_back(uint64_t cmd_cnt) {
    day_t *day = calloc(1, sizeof *day);
    uint64_t most = cmd_cnt - cmd_cnt / 20;
    bool ok = day && day_write(day, 0, most) && snapshot() && day_write(day, most, cmd_cnt);
    free(day);
    uint64_t full = ok ? restore("full") : 0;
    return full && restore("snapshot") == full && shell("rm '%s'/journal/snapshot-*") &&
           restore("again") == full;
}

int main(void) {
    const char *base = getenv("TMPDIR"), *number = getenv("BJ_BENCH_COMMANDS");
    uint64_t cmd_cnt = number ? strtoull(number, NULL, 10) : UINT64_C(10000000);
    int n = snprintf(dir, sizeof dir, "%s/bj_restore_bench_XXXXXX", base ? base : "/tmp");
    if (n >= (int)sizeof dir || cmd_cnt < 20 * SETUP || !mkdtemp(dir)) return 1;
    (void)snprintf(journal_dir, sizeof journal_dir, "%s/journal", dir);
    (void)snprintf(evlog_dir, sizeof evlog_dir, "%s/events", dir);
    bj_log_init("bench", BJ_LOG_ERROR);
    bool ok = there_and_back(cmd_cnt);
    return !shell("rm -rf '%s'") || !ok;
}
