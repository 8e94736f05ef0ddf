/* Goal: what members were told is in the day's file, and the same orders stand again after a
 * restart that nobody prepared; a day ends with all its orders and the next begins in a file of its
 * own, under other numbers; a disk that refuses ends the talking and nothing else; what the
 * configuration may not say is refused. */
#include "sim/exchange/bj_exchange_nnf.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/nnf/cert_test.h"

static char dir[] = "/tmp/bj_exchange_nnf_XXXXXX";
static bj_now_t now;
static bj_day_t day;
static bj_model_t *model;
static bj_config_t *config;
static bj_exchange_nnf_t *nnf;
static uint64_t ask_cnt;

static const char *path(const char *name) {
    static char text[2][256];
    static unsigned which;
    char *out = text[which++ % 2];
    snprintf(out, sizeof text[0], "%s/%s", dir, name);
    return out;
}

static void config_write(const char *more) {
    FILE *out = fopen(path("password"), "w");
    unsigned port = 20000 + (unsigned)getpid() % 12000;
    if (out) fputs("Secret12\n", out), fclose(out);
    out = fopen(path("config"), "w");
    if (!out) abort();
    fprintf(out, "{\"data_dir\": \"%s\", \"universe_csv\": \"sim/data/universe.csv\","
            "\"feed\": {\"segment\": \"CM\", \"stream_cnt\": 5, \"port_a\": 16641,"
            " \"port_b\": 10631, \"group_a\": \"239.60.60.41\", \"group_b\": \"239.60.60.31\"},"
            "\"exchange\": {\"nnf\": {\"host\": \"127.0.0.1\", \"port\": %u, \"router_port\": %u,"
            " \"cert_file\": \"%s\",", dir, port, port + 1, path("cert.pem"));
    fprintf(out, " \"key_file\": \"%s\", %s \"boxes\": [{\"id\": 9, \"broker\": \"90001\","
            " \"rate\": 1000}], \"users\": [{\"id\": 901, \"box\": 9, \"broker\": \"90001\","
            " \"session\": 1, \"account\": 1, \"password_file\": \"%s\"}]}}}\n",
            path("key.pem"), more, path("password"));
    fclose(out);
    bj_config_free(config);
    config = bj_config_load(path("config"));
}

static void no_feed(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes) {
    (void)ctx, (void)stream_idx, (void)wire, (void)wire_bytes;
}

static void start(void) {
    model = bj_model_new(&(bj_model_config_t){
        .rows = day.row, .row_cnt = day.row_cnt, .stream_cnt = day.streams.cnt, .seed = 3,
        .messages_per_s = 4000, .sink = no_feed, .member_order_max = BJ_EXCHANGE_NNF_OPEN_MAX});
    nnf = model ? bj_exchange_nnf_open(config, &day, model, now) : NULL;
    for (uint32_t i = 0; i < day.streams.cnt; i++) bj_model_restart(model, i);
}

static void stop(void) {
    bj_exchange_nnf_close(nnf, now);
    bj_model_free(model);
    nnf = NULL;
}

static void turn(int64_t after_ns) {
    now.mono_ns += after_ns, now.wall_ns += after_ns;
    bj_exchange_nnf_before(nnf, now.wall_ns);
    bj_model_step(model, now.wall_ns);
    bj_exchange_nnf_stepped(nnf);
    (void)bj_exchange_nnf_turn(nnf, now);
}

static uint64_t hash_of(void) { return bj_books_hash(bj_model_books(model), 1); }

static void order(bj_side_t side, int32_t ticks_off) {
    const bj_universe_row_t *of = &day.row[0].row;
    bj_cmd_t cmd = {.type = BJ_CMD_NEW, .session_id = 1, .account_id = 1, .token = of->token,
                    .session_seq = ++ask_cnt << 2, .client_order_id = ask_cnt, .qty = of->lot_qty,
                    .side = (uint8_t)side, .order_type = BJ_LIMIT, .tif = BJ_DAY,
                    .price_paise = of->prev_close_paise + ticks_off * of->tick_paise};
    bj_members_command((bj_members_t *)(uintptr_t)bj_exchange_nnf_members(nnf), &cmd);
    (void)bj_exchange_nnf_turn(nnf, now);
}

static unsigned file_cnt(void) {
    DIR *at = opendir(path("exchange"));
    unsigned cnt = 0;
    for (const struct dirent *is; at && (is = readdir(at));) cnt += is->d_name[0] != '.';
    if (at) closedir(at);
    return cnt;
}

static void test_day(void) {
    start();
    BJ_CHECK(nnf != NULL);
    if (!nnf) return;
    BJ_CHECK(bj_exchange_nnf_stats(nnf).events == 1); /* the market is open */
    for (int i = 0; i < 20; i++) order(BJ_BUY, -400 - i % 3), order(BJ_SELL, 300 + i % 2);
    order(BJ_BUY, 100); /* takes */
    for (int i = 0; i < 100; i++) turn(10 * BJ_NS_PER_MS);
    bj_exchange_nnf_stats_t before = bj_exchange_nnf_stats(nnf), after;
    BJ_CHECK(before.members.open == 40 && before.members.fills > 0 && before.commits >= 41);
    stop(); /* nothing is written at the end: it might have been killed */
    start();
    uint64_t hash = hash_of();
    after = bj_exchange_nnf_stats(nnf);
    BJ_CHECK(after.events == before.events && after.members.orders == before.members.orders);
    BJ_CHECK(after.members.open == 40 && !bj_members_broken(bj_exchange_nnf_members(nnf)));
    stop();
    start();
    BJ_CHECK(hash_of() == hash);

    for (int i = 0; i < 1000; i++) turn(10 * BJ_NS_PER_MS);
    turn(86400 * BJ_NS_PER_S);
    after = bj_exchange_nnf_stats(nnf);
    BJ_CHECK(after.members.orders == 0 && after.members.open == 0 && after.events == 1);
    BJ_CHECK(file_cnt() == 2);
    order(BJ_BUY, -400);
    BJ_CHECK(bj_exchange_nnf_stats(nnf).members.open == 1);
    BJ_CHECK(!bj_members_broken(bj_exchange_nnf_members(nnf)));
    stop();
}

/* The file may not grow: what cannot be kept is not told, and nothing is taken any more. */
static void test_disk(void) {
    struct rlimit was, none = {0, 0};
    start();
    bj_exchange_nnf_stats_t before = bj_exchange_nnf_stats(nnf);
    BJ_CHECK(before.members.open == 1 && bj_exchange_nnf_fd(nnf) >= 0);
    getrlimit(RLIMIT_FSIZE, &was);
    none.rlim_max = was.rlim_max;
    setrlimit(RLIMIT_FSIZE, &none);
    order(BJ_BUY, -401);
    setrlimit(RLIMIT_FSIZE, &was);
    bj_exchange_nnf_stats_t after = bj_exchange_nnf_stats(nnf);
    BJ_CHECK(after.lost && after.events == before.events && bj_exchange_nnf_fd(nnf) == -1);
    for (int i = 0; i < 100; i++) turn(10 * BJ_NS_PER_MS); /* the market goes on */
    bj_exchange_nnf_drop(nnf, now);
    bj_exchange_nnf_refuse(nnf, BJ_NS_PER_S, now);
    turn(2 * BJ_NS_PER_S);
    stop();
    start();
    after = bj_exchange_nnf_stats(nnf);
    BJ_CHECK(!after.lost && after.members.open == 1 && after.events == before.events);
    stop();
}

static void test_refused(void) {
    static const char *const bad[] = {"\"segment\": \"fo\",", "\"segment\": \"xx\",",
                                      "\"cipher\": \"none\",",
                                      "\"iv_bytes\": 13, \"cipher\": \"stream\","};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        config_write(bad[i]);
        start();
        BJ_CHECK(nnf == NULL);
        stop();
    }
    config_write("");
    start();
    bj_exchange_nnf_t *first = nnf;
    bj_model_t *first_model = model;
    BJ_CHECK(first != NULL);
    start(); /* its ports are taken */
    BJ_CHECK(nnf == NULL);
    bj_model_free(model);
    nnf = first, model = first_model;
    stop();
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR + 1);
    signal(SIGXFSZ, SIG_IGN);
    if (!mkdtemp(dir)) abort();
    BJ_CHECK(cert_test_make(path("cert.pem"), path("key.pem")));
    config_write("");
    bj_day_read(config, &day);
    now = (bj_now_t){BJ_NS_PER_S, INT64_C(1795752000) * BJ_NS_PER_S};
    test_day();
    test_disk();
    test_refused();
    bj_config_free(config);
    char line[256];
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line) ? 1 : bj_test_end("test_bj_exchange_nnf");
}
