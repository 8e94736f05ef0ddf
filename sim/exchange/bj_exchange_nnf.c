#include "sim/exchange/bj_exchange_nnf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "dataplane/base/bj_log.h"
#include "sim/exchange/bj_daylog.h"

enum { STEPS_MAX = 16, SYMBOL_CHARS = 10 };
static const uint64_t numbers_per_day = UINT64_C(1000000000);
static const int64_t day_ns = 86400 * BJ_NS_PER_S;

struct bj_exchange_nnf {
    const bj_config_t *config;
    const bj_day_t *day;
    bj_model_t   *model;
    bj_nnf_setup_t setup;
    bj_nnf_instrument_t *instruments;
    uint64_t      streams; /* of the segment */
    char          dir[512];
    uint32_t      today;   /* since 1970-01-01, IST */
    bj_members_t *members;
    bj_daylog_t  *daylog;
    bj_nnf_server_t *server;
    bj_nnf_sock_t *sock; /* NULL: the day's file is lost */
    uint64_t      last_seq[256]; /* session_seq by session, of the events there are */
    int64_t       refuse_until_ns;
    uint64_t      commits, drops;
    bool          lost;
};

static uint32_t day_of(int64_t wall_ns) {
    return (uint32_t)((wall_ns + BJ_IST_OFFSET_S * BJ_NS_PER_S) / day_ns);
}

/* --- what the server asks for */
static bj_status_t on_order(void *ctx, const bj_cmd_t *cmd) {
    bj_exchange_nnf_t *nnf = ctx;
    if (nnf->lost) return BJ_ERR_UNAVAILABLE;
    bj_members_command(nnf->members, cmd);
    return BJ_OK;
}

static bool on_event_at(void *ctx, uint64_t event_seq, bj_event_t *event) {
    const bj_exchange_nnf_t *nnf = ctx;
    return bj_daylog_read(nnf->daylog, event_seq, event);
}

static void on_random(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    while (out_bytes) {
        ssize_t n = getrandom(out, out_bytes, 0);
        if (n < 0 && errno != EINTR) abort(); /* keys that can be guessed would be worse */
        if (n > 0) out += n, out_bytes -= (size_t)n;
    }
}

static const bj_nnf_ops_t server_ops = {on_order, on_event_at, on_random};

/* --- instruments */
static bool streams_find(bj_exchange_nnf_t *nnf) {
    const bj_streams_t *streams = &nnf->day->streams;
    if (nnf->setup.server.segment != BJ_NNF_CM) {
        BJ_ERROR(BJ_EXCHANGE_NNF_AT ".segment is cm: no table here says what a contract is");
        return false;
    }
    for (uint32_t i = 0; i < streams->cnt; i++) {
        if (streams->stream[i].segment == BJ_SEGMENT_CM) nnf->streams |= UINT64_C(1) << i;
    }
    if (nnf->streams) return true;
    BJ_ERROR(BJ_EXCHANGE_NNF_AT ": the cash segment is not traded here");
    return false;
}

static void instrument_name(bj_exchange_nnf_t *nnf, const bj_universe_row_t *row) {
    bj_nnf_instrument_t *out = &nnf->instruments[nnf->setup.server.instrument_cnt];
    if (strlen(row->symbol) > SYMBOL_CHARS) {
        BJ_WARN("%s is longer than a symbol of NNF: it cannot be traded there", row->symbol);
        return;
    }
    *out = (bj_nnf_instrument_t){.token = row->token, .series = "EQ"};
    memcpy(out->symbol, row->symbol, strlen(row->symbol));
    nnf->setup.server.instrument_cnt++;
}

static bool instruments_name(bj_exchange_nnf_t *nnf) {
    nnf->instruments = calloc(BJ_DAY_ROWS_MAX, sizeof *nnf->instruments);
    if (!nnf->instruments) return false;
    for (uint32_t i = 0; i < nnf->day->row_cnt; i++) {
        const bj_model_row_t *row = &nnf->day->row[i];
        if (!row->spread && nnf->streams >> row->stream_idx & 1) instrument_name(nnf, &row->row);
    }
    nnf->setup.server.instruments = nnf->instruments;
    return true;
}

/* --- the day */
static void recover(void *ctx, const bj_event_t *event) {
    bj_exchange_nnf_t *nnf = ctx;
    bj_members_recover(nnf->members, event);
    bj_nnf_server_recover_event(nnf->server, event);
    if (event->session_id < BJ_COUNT(nnf->last_seq) &&
        event->session_seq > nnf->last_seq[event->session_id])
        nnf->last_seq[event->session_id] = event->session_seq;
}

static bool server_begin(bj_exchange_nnf_t *nnf) {
    const char *error = NULL;
    nnf->setup.server.ops = &server_ops;
    nnf->setup.server.ctx = nnf;
    nnf->server = bj_nnf_server_new(&nnf->setup.server, &error);
    if (!nnf->server) BJ_ERROR(BJ_EXCHANGE_NNF_AT ": %s", error);
    return nnf->server != NULL;
}

static bool members_begin_day(bj_exchange_nnf_t *nnf) {
    nnf->members = bj_members_new(&(bj_members_config_t){
        .model = nnf->model, .rows = nnf->day->row, .row_cnt = nnf->day->row_cnt,
        .streams = nnf->streams, .order_max = nnf->setup.server.order_max,
        .open_max = BJ_EXCHANGE_NNF_OPEN_MAX, .id_base = nnf->today * numbers_per_day,
        .disclosed_min_pct = (uint8_t)nnf->setup.server.settings.disclosed_min_pct});
    return nnf->members != NULL;
}

static void give_up(bj_exchange_nnf_t *nnf, bj_now_t now) {
    BJ_ERROR("the day's file is lost: members are told nothing more until a restart");
    nnf->lost = true;
    bj_nnf_server_hang_up(nnf->server, now);
    bj_nnf_sock_free(nnf->sock, now);
    nnf->sock = NULL;
}

/* On the disk first, then told. */
static uint32_t commit(bj_exchange_nnf_t *nnf, bj_now_t now) {
    size_t event_cnt;
    const bj_event_t *events = bj_members_events(nnf->members, &event_cnt);
    if (!event_cnt || nnf->lost) {
        bj_members_told(nnf->members);
        return 0;
    }
    if (bj_daylog_append(nnf->daylog, events, event_cnt) != BJ_OK) {
        give_up(nnf, now);
        return 0;
    }
    nnf->commits++;
    for (size_t i = 0; i < event_cnt; i++) bj_nnf_server_event(nnf->server, &events[i], now);
    bj_members_told(nnf->members);
    return (uint32_t)event_cnt;
}

static bool day_begin(bj_exchange_nnf_t *nnf, bj_now_t now) {
    nnf->today = day_of(now.wall_ns);
    memset(nnf->last_seq, 0, sizeof nnf->last_seq);
    if (!server_begin(nnf) || !members_begin_day(nnf)) return false;
    nnf->daylog = bj_daylog_open(nnf->dir, nnf->today, recover, nnf);
    if (!nnf->daylog) return false;
    for (uint16_t session = 0; session < BJ_COUNT(nnf->last_seq); session++)
        bj_nnf_server_recover_seq(nnf->server, session, nnf->last_seq[session]);
    bj_members_time(nnf->members, now.wall_ns);
    if (!bj_daylog_last(nnf->daylog)) bj_members_open_day(nnf->members);
    bj_members_restore(nnf->members, now.wall_ns);
    (void)commit(nnf, now);
    if (nnf->lost) return false;
    nnf->sock = bj_nnf_sock_new(&nnf->setup.sock, nnf->server);
    return nnf->sock != NULL;
}

static void day_close(bj_exchange_nnf_t *nnf, bj_now_t now) {
    bj_nnf_sock_free(nnf->sock, now);
    bj_members_free(nnf->members);
    bj_nnf_server_free(nnf->server);
    bj_daylog_close(nnf->daylog);
    nnf->sock = NULL, nnf->members = NULL, nnf->server = NULL, nnf->daylog = NULL;
}

/* Who is signed on hears that his orders have ended, and then that the day has. */
static bool next_day(bj_exchange_nnf_t *nnf, bj_now_t now) {
    BJ_INFO("the day ends: %u orders of members are open", bj_members_stats(nnf->members).open);
    bj_members_time(nnf->members, now.wall_ns);
    bj_members_end_day(nnf->members);
    (void)commit(nnf, now);
    if (nnf->sock) (void)bj_nnf_sock_step(nnf->sock, now);
    day_close(nnf, now);
    nnf->lost = false;
    return day_begin(nnf, now);
}

/* --- open and close */
static bool places_find(bj_exchange_nnf_t *nnf) {
    const char *data_dir = bj_config_str(nnf->config, "data_dir");
    int n = snprintf(nnf->dir, sizeof nnf->dir, "%s/exchange", data_dir);
    return n > 0 && n < (int)sizeof nnf->dir;
}

bj_exchange_nnf_t *bj_exchange_nnf_open(const bj_config_t *config, const bj_day_t *day,
                                        bj_model_t *model, bj_now_t now) {
    bj_exchange_nnf_t *nnf = calloc(1, sizeof *nnf);
    if (!nnf) return NULL;
    nnf->config = config, nnf->day = day, nnf->model = model;
    bool ok = bj_nnf_setup_read(config, BJ_EXCHANGE_NNF_AT, &nnf->setup) && places_find(nnf) &&
              streams_find(nnf) && instruments_name(nnf) && day_begin(nnf, now);
    if (!ok) {
        bj_exchange_nnf_close(nnf, now);
        return NULL;
    }
    bj_members_stats_t stats = bj_members_stats(nnf->members);
    BJ_INFO("members by NNF: %s:%u, gateway router %u; of today %llu orders, %u open",
            nnf->setup.sock.host, nnf->setup.sock.port, nnf->setup.sock.router_port,
            (unsigned long long)stats.orders, stats.open);
    return nnf;
}

void bj_exchange_nnf_close(bj_exchange_nnf_t *nnf, bj_now_t now) {
    if (!nnf) return;
    day_close(nnf, now);
    free(nnf->instruments);
    free(nnf);
}

/* --- running */
void bj_exchange_nnf_before(bj_exchange_nnf_t *nnf, int64_t wall_ns) {
    bj_members_time(nnf->members, wall_ns);
}

void bj_exchange_nnf_stepped(bj_exchange_nnf_t *nnf) { bj_members_stops(nnf->members); }

static void refuse_no_more(bj_exchange_nnf_t *nnf, bj_now_t now) {
    if (!nnf->refuse_until_ns || now.mono_ns < nnf->refuse_until_ns) return;
    nnf->refuse_until_ns = 0;
    bj_nnf_sock_refuse(nnf->sock, false);
}

uint32_t bj_exchange_nnf_turn(bj_exchange_nnf_t *nnf, bj_now_t now) {
    uint32_t done = 0, more = 1;
    if (day_of(now.wall_ns) > nnf->today && !next_day(nnf, now)) {
        BJ_ERROR("the next day cannot begin");
        exit(1);
    }
    bj_members_time(nnf->members, now.wall_ns);
    if (nnf->sock) refuse_no_more(nnf, now);
    for (uint32_t i = 0; nnf->sock && i < STEPS_MAX && more; i++, done = more) {
        more = bj_nnf_server_step(nnf->server, now) + bj_nnf_sock_step(nnf->sock, now);
        more += commit(nnf, now);
    }
    if (!nnf->sock) (void)commit(nnf, now);
    return done;
}

int bj_exchange_nnf_fd(const bj_exchange_nnf_t *nnf) {
    return nnf->sock ? bj_nnf_sock_fd(nnf->sock) : -1;
}

void bj_exchange_nnf_drop(bj_exchange_nnf_t *nnf, bj_now_t now) {
    nnf->drops++;
    if (nnf->sock) bj_nnf_sock_drop(nnf->sock, now);
}

void bj_exchange_nnf_refuse(bj_exchange_nnf_t *nnf, int64_t refuse_ns, bj_now_t now) {
    nnf->refuse_until_ns = refuse_ns ? now.mono_ns + refuse_ns : 0;
    if (nnf->sock) bj_nnf_sock_refuse(nnf->sock, refuse_ns != 0);
}

bj_exchange_nnf_stats_t bj_exchange_nnf_stats(const bj_exchange_nnf_t *nnf) {
    return (bj_exchange_nnf_stats_t){
        .server = *bj_nnf_server_counters(nnf->server), .members = bj_members_stats(nnf->members),
        .commits = nnf->commits, .drops = nnf->drops, .events = bj_daylog_last(nnf->daylog),
        .refusing = nnf->refuse_until_ns != 0, .lost = nnf->lost};
}

const bj_members_t *bj_exchange_nnf_members(const bj_exchange_nnf_t *nnf) { return nnf->members; }
