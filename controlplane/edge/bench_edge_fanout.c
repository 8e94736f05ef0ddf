/* bench_edge_fanout [CLIENTS [SECONDS]] - how many packets one edge hands on, and how old they are
 * when they are read.
 *
 * The edge runs in this process, its CPU time is that of its thread; all clients are one other
 * process. 60 instruments change 25 times a second each; every client wants 20 of them in full.  A
 * price is the time at which it was made, so a client reads a packet's whole age, the wait for its
 * turn included. */
#include "controlplane/edge/bj_edge.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "controlplane/edge/edge_test.h"
#include "dataplane/base/bj_time.h"

enum { TOKENS = 60, WANTS = 20, FIRST_TOKEN = 1000, FEED_HZ = 25, BUFFER_BYTES = 1 << 14 };
enum { AGE_UNIT_US = 10, AGES = 200000 }; /* up to 2 s */

static int client_cnt = 2000, seconds = 5;
static const int interval_ms = 250;

typedef struct conn {
    int    fd;
    SSL   *tls;
    size_t n;
    uint8_t data[BUFFER_BYTES];
} conn_t;

typedef struct result {
    uint64_t packets, frames;
    int64_t  p50_us, p99_us;
} result_t;

static uint32_t age_clock(void) {
    return (uint32_t)(bj_clock_mono_ns() / BJ_NS_PER_US / AGE_UNIT_US) & INT32_MAX;
}

static uint32_t be(const uint8_t *at, size_t n) {
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | at[i];
    return value;
}

/* --- the clients' process --- */

static uint64_t ages[AGES];
static bool counting;
static result_t result;

static void take_payload(const uint8_t *payload, size_t n) {
    uint32_t now = age_clock();
    if (!counting || n < 2) return;
    result.frames++;
    for (size_t at = 2; at < n; at += 2 + be(payload + at, 2)) {
        uint32_t age = (now - be(payload + at + 6, 4)) & INT32_MAX;
        ages[age < AGES ? age : AGES - 1]++;
        result.packets++;
    }
}

static void take_frames(conn_t *conn) {
    size_t at = 0;
    while (conn->n - at >= 4) {
        size_t head = 2, n = conn->data[at + 1];
        if (n == 126) {
            n = be(conn->data + at + 2, 2);
            head = 4;
        }
        if (conn->n - at < head + n) break;
        if (conn->data[at] == 0x82) take_payload(conn->data + at + head, n);
        at += head + n;
    }
    conn->n -= at;
    memmove(conn->data, conn->data + at, conn->n);
}

static ssize_t conn_read(conn_t *conn) {
    size_t room = sizeof conn->data - conn->n;
    if (!conn->tls) return recv(conn->fd, conn->data + conn->n, room, MSG_DONTWAIT);
    size_t got = 0;
    if (SSL_read_ex(conn->tls, conn->data + conn->n, room, &got) == 1) return (ssize_t)got;
    ERR_clear_error();
    return 0;
}

static void conn_write(conn_t *conn, const void *data, size_t n) {
    size_t put;
    bool ok = conn->tls ? SSL_write_ex(conn->tls, data, n, &put) == 1
                        : edge_write(conn->fd, data, n);
    if (!ok) abort();
}

static void conn_open(conn_t *conn, uint16_t port, SSL_CTX *tls, uint32_t first_want) {
    char ticket[EDGE_TICKET_BYTES], text[1024];
    uint8_t frame[1024] = {0x81, 0x80 | 126};
    edge_ticket(time(NULL) + 60, ticket);
    conn->fd = edge_connect(port, 0);
    if (conn->fd < 0) abort();
    if (tls) {
        conn->tls = SSL_new(tls);
        SSL_set_fd(conn->tls, conn->fd);
        if (SSL_connect(conn->tls) != 1) abort();
    }
    int n = snprintf(text, sizeof text,
                     "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Protocol: bijli.ticks, bijli.ticket.%s\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: %s\r\n\r\n",
                     ticket, EDGE_TEST_ORIGIN);
    conn_write(conn, text, (size_t)n);
    while (!memmem(conn->data, conn->n, "\r\n\r\n", 4)) {
        struct pollfd p = {.fd = conn->fd, .events = POLLIN};
        poll(&p, 1, 100);
        ssize_t got = conn_read(conn);
        if (got > 0) conn->n += (size_t)got;
    }
    conn->n = 0;
    n = snprintf(text, sizeof text, "{\"a\":\"mode\",\"v\":[\"full\",[");
    for (uint32_t i = 0; i < WANTS; i++) {
        uint32_t token = FIRST_TOKEN + (first_want + i) % TOKENS;
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%u", i ? "," : "", token * 256 + 1);
    }
    n += snprintf(text + n, sizeof text - (size_t)n, "]]}");
    frame[2] = (uint8_t)(n >> 8);
    frame[3] = (uint8_t)n;
    memcpy(frame + 8, text, (size_t)n);
    conn_write(conn, frame, 8 + (size_t)n);
    fcntl(conn->fd, F_SETFL, O_NONBLOCK);
}

static int64_t age_at(unsigned percent) {
    uint64_t want = (result.packets * percent + 99) / 100, seen = 0;
    size_t i = 0;
    while (i < AGES && (seen += ages[i]) < want) i++;
    return (int64_t)i * AGE_UNIT_US;
}

static void read_for(int epoll_fd, int64_t until_ns) {
    struct epoll_event events[256];
    while (bj_clock_mono_ns() < until_ns) {
        int n = epoll_wait(epoll_fd, events, 256, 10);
        for (int i = 0; i < n; i++) {
            conn_t *conn = events[i].data.ptr;
            ssize_t got;
            while ((got = conn_read(conn)) > 0) {
                conn->n += (size_t)got;
                take_frames(conn);
            }
        }
    }
}

static void clients_run(uint16_t port, bool with_tls, int to_parent) {
    SSL_CTX *tls = with_tls ? SSL_CTX_new(TLS_client_method()) : NULL;
    conn_t *conns = calloc((size_t)client_cnt, sizeof *conns);
    int epoll_fd = epoll_create1(0);
    for (int i = 0; i < client_cnt; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &conns[i]};
        conn_open(&conns[i], port, tls, (uint32_t)i);
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, conns[i].fd, &event);
        if (i % 16 == 0) read_for(epoll_fd, 0);
    }
    read_for(epoll_fd, bj_clock_mono_ns() + BJ_NS_PER_S);
    if (write(to_parent, "go", 2) != 2) _exit(1);
    counting = true;
    read_for(epoll_fd, bj_clock_mono_ns() + seconds * BJ_NS_PER_S);
    result.p50_us = age_at(50);
    result.p99_us = age_at(99);
    _exit(write(to_parent, &result, sizeof result) == sizeof result ? 0 : 1);
}

/* --- the edge's process --- */

static bj_edge_t *edge;
static _Atomic bool stop;

static void *edge_run(void *ctx) {
    (void)ctx;
    bj_edge_run(edge, &stop, NULL, NULL);
    return NULL;
}

static void *feed_run(void *ctx) {
    (void)ctx;
    uint64_t update_cnt = 0;
    for (uint32_t i = 0; !stop; i++) {
        bj_quote_t q = {.update_cnt = ++update_cnt, .token = FIRST_TOKEN + i % TOKENS,
                        .last_price_paise = (int32_t)age_clock(), .relay_ns = bj_clock_wall_ns()};
        bj_edge_quote(edge, &q);
        if (i % 15 == 14) usleep(15 * 1000000 / (TOKENS * FEED_HZ));
    }
    return NULL;
}

static SSL_CTX *server_tls(void) {
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    if (SSL_CTX_use_certificate(tls, cert) != 1 || SSL_CTX_use_PrivateKey(tls, key) != 1) abort();
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    X509_free(cert);
    EVP_PKEY_free(key);
    return tls;
}

static int64_t thread_cpu_ns(pthread_t thread) {
    struct timespec ts;
    clockid_t clock;
    pthread_getcpuclockid(thread, &clock);
    clock_gettime(clock, &ts);
    return ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec;
}

static void measure(bool with_tls) {
    uint32_t tokens[TOKENS];
    int pipe_fd[2];
    pthread_t edge_thread, feed_thread;
    SSL_CTX *tls = with_tls ? server_tls() : NULL;
    for (uint32_t i = 0; i < TOKENS; i++) tokens[i] = FIRST_TOKEN + i;
    bj_edge_config_t config = {.tls = tls, .ticket_key = EDGE_TEST_KEY, .origin = EDGE_TEST_ORIGIN,
                               .tokens = tokens, .token_cnt = TOKENS, .interval_ms = interval_ms,
                               .clients_max = 100000, .life_s = 900};
    edge = bj_edge_new(&config);
    if (!edge || !bj_edge_listen(edge, 0) || pipe(pipe_fd) != 0) abort();
    bj_edge_source(edge, BJ_SOURCE_LIVE);
    result = (result_t){0};
    pid_t pid = fork();
    if (pid == 0) clients_run(bj_edge_port(edge), with_tls, pipe_fd[1]);
    stop = false;
    pthread_create(&edge_thread, NULL, edge_run, NULL);
    pthread_create(&feed_thread, NULL, feed_run, NULL);
    char go[2];
    if (read(pipe_fd[0], go, 2) != 2) abort();
    int64_t before_ns = thread_cpu_ns(edge_thread);
    if (read(pipe_fd[0], &result, sizeof result) != sizeof result) abort();
    double cpu_s = (double)(thread_cpu_ns(edge_thread) - before_ns) / 1e9;
    stop = true;
    pthread_join(edge_thread, NULL);
    pthread_join(feed_thread, NULL);
    waitpid(pid, NULL, 0);
    bj_edge_stats_t s = bj_edge_stats(edge);
    const char *how = with_tls ? "tls" : "plain";
    printf("edge_%s_clients %d clients\n", how, client_cnt);
    printf("edge_%s_deliveries %.0f packets/s\n", how, (double)result.packets / seconds);
    printf("edge_%s_deliveries_per_cpu_s %.0f packets/cpu-s\n", how,
           (double)result.packets / cpu_s);
    printf("edge_%s_cpu %.1f %%_of_a_core\n", how, 100 * cpu_s / seconds);
    printf("edge_%s_age_p50 %lld us\n", how, (long long)result.p50_us);
    printf("edge_%s_age_p99 %lld us\n", how, (long long)result.p99_us);
    printf("edge_%s_skipped %lld turns\n", how, (long long)s.skipped);
    bj_edge_free(edge);
    SSL_CTX_free(tls);
}

int main(int argc, char **argv) {
    struct rlimit limit;
    if (argc > 1) client_cnt = (int)strtol(argv[1], NULL, 10);
    if (argc > 2) seconds = (int)strtol(argv[2], NULL, 10);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    printf("edge_interval %d ms\n", interval_ms);
    measure(false);
    measure(true);
    return 0;
}
