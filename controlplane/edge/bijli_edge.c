/* bijli-edge --config FILE: NATS md.cm.* -> browsers. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "controlplane/bus/bj_bus.h"
#include "controlplane/edge/bj_edge.h"
#include "controlplane/edge/bj_staple.h"
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/base/bj_universe.h"

#define QUIET_NS (5 * BJ_NS_PER_S) /* the relay repeats each quote every 2 s */

typedef struct process {
    const char *run_dir;
    bj_edge_t  *edge;
    bj_bus_t   *bus;
    uint64_t    up_cnt; /* of the bus */
    bj_staple_t *staple; /* NULL: nobody is to be asked about our certificate */
} process_t;

static _Atomic bool stop;
static void on_signal(int sig) {
    (void)sig;
    stop = true;
}

static void on_quote(void *ctx, const char *subject, const void *data, size_t data_bytes) {
    process_t *process = ctx;
    bj_quote_t quote;
    (void)subject;
    if (data_bytes != sizeof quote) return; /* another version: the length says it */
    memcpy(&quote, data, sizeof quote);
    bj_edge_quote(process->edge, &quote);
}

/* What bijli-control tells its other replicas (docs/protocols/internal.md): a letter and a hash,
 * whose first half tickets have. */
static void on_ended(void *ctx, const char *subject, const void *data, size_t data_bytes) {
    enum { ENDED_BYTES = 1 + 32 };
    process_t *process = ctx;
    const uint8_t *text = data;
    (void)subject;
    bool ours = data_bytes == ENDED_BYTES && (text[0] == 's' || text[0] == 'a');
    if (ours) bj_edge_end(process->edge, text + 1);
}

/* While the bus was away, or we were, nobody told us what ended. */
static void heed_bus(process_t *process) {
    uint64_t up_cnt = bj_bus_up_cnt(process->bus);
    if (process->up_cnt != up_cnt) bj_edge_doubt(process->edge);
    process->up_cnt = up_cnt;
}

static bj_edge_source_t source_of(process_t *process) {
    int64_t last_ns;
    uint32_t quoted_cnt, stale_cnt;
    bj_edge_quote_state(process->edge, &last_ns, &quoted_cnt, &stale_cnt);
    bool quiet = last_ns == 0 || bj_clock_mono_ns() - last_ns > QUIET_NS;
    if (!bj_bus_up(process->bus) || quiet) return BJ_SOURCE_DELAYED;
    return stale_cnt == quoted_cnt ? BJ_SOURCE_STALE : BJ_SOURCE_LIVE;
}

static void each_second(void *ctx, bj_edge_t *edge) {
    static const char *const texts[] = {[BJ_SOURCE_LIVE] = "prices are passed on",
                                        [BJ_SOURCE_STALE] = "market data is stale",
                                        [BJ_SOURCE_DELAYED] = "market data is delayed"};
    process_t *process = ctx;
    int64_t now_s = time(NULL);
    heed_bus(process);
    if (process->staple) bj_staple_look(process->staple, now_s);
    bj_edge_source_t source = source_of(process);
    bj_edge_source(edge, source);
    bj_edge_stats_t s = bj_edge_stats(edge);
    bj_health_t health = {.state = source == BJ_SOURCE_LIVE ? BJ_HEALTH_UP : BJ_HEALTH_DEGRADED};
    const struct {
        const char *name;
        int64_t     value;
    } figures[] = {
        {"clients", s.clients}, {"accepted", s.accepted}, {"refused", s.refused},
        {"protocol_errors", s.protocol_errors}, {"stuck", s.stuck}, {"ended", s.ended},
        {"renews", s.renews}, {"outlived", s.outlived}, {"quotes_in", s.quotes_in},
        {"frames", s.frames}, {"packets", s.packets}, {"bytes", s.bytes}, {"skipped", s.skipped},
        {"delivery_p50_us", s.delivery_p50_us}, {"delivery_p99_us", s.delivery_p99_us},
        {"nats_up", bj_bus_up(process->bus)},
        {"staple_left_s", process->staple ? bj_staple_left_s(process->staple, now_s) : 0},
    };
    for (size_t i = 0; i < BJ_COUNT(figures); i++) {
        bj_health_figure(&health, figures[i].name, figures[i].value);
    }
    snprintf(health.text, sizeof health.text, "%s", texts[source]);
    if (!bj_health_write(process->run_dir, "edge", &health)) BJ_WARN("health file not written");
}

static SSL_CTX *tls_new(const char *cert_file, const char *key_file) {
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    bool ok = tls && SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) == 1 &&
              SSL_CTX_use_certificate_chain_file(tls, cert_file) == 1 &&
              SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) == 1 &&
              SSL_CTX_check_private_key(tls) == 1;
    if (!ok) {
        fprintf(stderr, "configuration: edge.cert_file or edge.key_file: %s\n",
                ERR_reason_error_string(ERR_peek_last_error()));
        exit(2);
    }
    /* Buffers only while in use; a partial write may go on from another place. */
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(tls, 1);
    return tls;
}

/* A certificate that set-up made for this machine's browser is none that others could check. */
static void no_stand_in(const bj_config_t *config, SSL_CTX *tls) {
    X509 *own = SSL_CTX_get0_certificate(tls);
    bool simulated = bj_config_bool_or(config, "simulated", false);
    if (simulated || X509_check_issued(own, own) != X509_V_OK) return;
    fprintf(stderr, "configuration: edge.cert_file is of the development world (it vouches for "
                    "itself): take one that browsers trust, or say \"simulated\": true\n");
    exit(2);
}

static uint32_t *load_tokens(const char *file, uint32_t *token_cnt) {
    char error[512];
    size_t row_cnt = 0;
    bj_universe_row_t *rows = calloc(BJ_EDGE_INSTRUMENTS_MAX, sizeof *rows);
    uint32_t *tokens = calloc(BJ_EDGE_INSTRUMENTS_MAX, sizeof *tokens);
    if (!rows || !tokens) abort();
    if (bj_universe_load(file, rows, BJ_EDGE_INSTRUMENTS_MAX, &row_cnt, error, sizeof error) !=
        BJ_OK) {
        fprintf(stderr, "universe_csv: %s\n", error);
        exit(2);
    }
    for (size_t i = 0; i < row_cnt; i++) tokens[i] = rows[i].token;
    free(rows);
    *token_cnt = (uint32_t)row_cnt;
    return tokens;
}

/* One descriptor a client. */
static void raise_limits(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) BJ_WARN("file limit not raised");
}

static void open_all(process_t *process, const bj_config_t *config, bj_edge_config_t *edge) {
    process->run_dir = bj_config_str(config, "run_dir");
    process->edge = bj_edge_new(edge);
    if (!process->edge) {
        fprintf(stderr, "cannot start: out of memory, or a token of universe_csv is too large\n");
        exit(2);
    }
    int64_t port = bj_config_int(config, "edge.port", 1, 65535);
    if (!bj_edge_listen(process->edge, (uint16_t)port)) {
        fprintf(stderr, "cannot listen on 127.0.0.1:%d\n", (int)port);
        exit(2);
    }
    process->bus = bj_bus_open_as(config, "edge");
    if (!process->bus) exit(2);
}

static const bj_sandbox_rule_t touches[] = {{"universe_csv", BJ_MAY_READ}, {"edge", BJ_MAY_READ},
                                            {"edge.staple_file", BJ_MAY_READ | BJ_MAY_FOLDER},
                                            {"nats.edge", BJ_MAY_READ},
                                            {"nats.ca_file", BJ_MAY_READ}};

int main(int argc, char **argv) {
    static char ticket_key[256];
    if (argc != 3 || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr, "usage: bijli-edge --config FILE\n");
        return 2;
    }
    bj_log_init("edge", BJ_LOG_INFO);
    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    raise_limits();

    bj_config_t *config = bj_config_load(argv[2]);
    if (!bj_sandbox_enter(config, "edge", touches, BJ_COUNT(touches))) return 1;
    process_t process = {0};
    bj_edge_config_t edge = {
        .ticket_key = ticket_key, .origin = bj_config_str(config, "web.origin"),
        .strict_transport = bj_config_str_or(config, "web.strict_transport", ""),
        .interval_ms = (int32_t)bj_config_int_or(config, "edge.interval_ms", 50, 5000, 250),
        .clients_max = (uint32_t)bj_config_int_or(config, "edge.clients_max", 1, 1000000, 20000),
        .life_s = (int32_t)bj_config_int_or(config, "edge.life_s", 2, 86400, 900)};
    bj_config_secret(config, "edge.ticket_key_file", ticket_key, sizeof ticket_key);
    edge.tls = tls_new(bj_config_str(config, "edge.cert_file"),
                       bj_config_str(config, "edge.key_file"));
    no_stand_in(config, edge.tls);
    const char *staple_file = bj_config_str_or(config, "edge.staple_file", "");
    if (staple_file[0]) process.staple = bj_staple_new(edge.tls, staple_file);
    if (process.staple) bj_staple_look(process.staple, time(NULL));
    uint32_t *tokens = load_tokens(bj_config_str(config, "universe_csv"), &edge.token_cnt);
    edge.tokens = tokens;
    open_all(&process, config, &edge);
    bj_bus_sub_t *sub = bj_bus_subscribe(process.bus, "md.cm.*", on_quote, &process);
    bj_bus_sub_t *ended = bj_bus_subscribe(process.bus, "auth.ended", on_ended, &process);
    if (!sub || !ended) return 2;

    bj_edge_run(process.edge, &stop, each_second, &process);

    bj_bus_unsubscribe(sub);
    bj_bus_unsubscribe(ended);
    bj_bus_close(process.bus);
    bj_edge_free(process.edge);
    SSL_CTX_free(edge.tls);
    bj_staple_free(process.staple);
    free(tokens);
    bj_config_free(config);
    BJ_INFO("stopped");
    return 0;
}
