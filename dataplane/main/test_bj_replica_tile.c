/* Goal: the primary's end over real sockets and threads: a standby gets what the journal thread
 * writes, what it has comes back, a lost one makes the policy what the configuration says, a fence
 * ends it and is on the disk.  Configurations that are none are refused.
 * In clear and under TLS, where it is nobody's but the standby's, whoever finds no room costs
 * nothing, hands are shaken a piece a millisecond, and certificates may change.
 * Method: a real journal in a folder, the tile on its thread, bj_follow on a socket in this one. */
#include "dataplane/main/bj_replica_tile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/replica/bj_epoch.h"
#include "dataplane/replica/bj_follow.h"
#include "dataplane/wire/tls_test.h"

enum { PATIENCE_MS = 20000, LOST_MS = 300, EVERY = 10 };
static const bj_engine_config_t shape = {.instrument_max = 1, .account_max = 1, .order_max = 1};
static char root[] = "/tmp/bj_rtile_XXXXXX";

static bool under_tls;
static const char *shown = "standby"; /* its certificate */
static const char *its_ca = "ca", *its_cert = "primary"; /* the primary's files */
static _Atomic int ssl_made;
static const char *may_come = "127.0.0.0/8"; /* whence a standby may come */

static struct bench {
    char data_dir[64], journal_dir[96];
    bj_config_t     *config;
    bj_journal_t    *journal;
    bj_pipe_t        pipe;
    bj_replica_tile_t tile;
    bj_bell_t        bell;
    bj_digest_t      digest;
    uint64_t         seq, journal_id;
    bj_follow_t     *follow;
    bj_oe_sock_t     sock;
    uint64_t         taken; /* commands the standby has applied */
    uint64_t         standby_epoch;
} b;

/* --- configuration --- */
static bj_config_t *config_of(const char *replica, const char *durability) {
    char file[96], text[1200];
    snprintf(file, sizeof file, "%s/config.json", root);
    snprintf(text, sizeof text, "{\"dataplane\": {\"durability\": \"%s\", \"replica\": {%s}}}",
             durability, replica);
    FILE *f = fopen(file, "w");
    BJ_CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return bj_config_load(file);
}

static const struct {
    const char *durability, *replica, *turn;
    bool ok;
} config_cases[] = {
    {"disk", "", NULL, true},
    {"memory", "", NULL, true},
    {"replica", "\"port\": 1", NULL, true},
    {"replica+disk", "\"port\": 1, \"lost\": \"disk\"", NULL, true},
    {"replica", "", NULL, false}, /* nowhere for a standby to connect */
    {"replica+disk", "\"port\": 0", NULL, false},
    {"paper", "\"port\": 1", NULL, false},
    {"disk", "\"port\": 1, \"from\": [\"10.1.2.3\", \"10.2.0.0/16\"]", NULL, true},
    {"disk", "\"port\": 1, \"from\": [\"10.1.2.3/16\"]", NULL, false},
    {"disk", "\"port\": 1, \"lost\": \"go on\"", NULL, false},
    {"disk", "", "{\"epoch\": 2, \"role\": \"primary\"}", true},
    {"disk", "", "{\"epoch\": 2, \"role\": \"standby\"}", false}, /* also without a replica */
    {"disk", "", "{\"epoch\": 2, \"role\": \"behind\"}", false},
    {"disk", "", "{}", false},
};

static void test_config(void) {
    char file[96];
    snprintf(file, sizeof file, "%s/replica.json", root);
    for (size_t i = 0; i < BJ_COUNT(config_cases); i++) {
        static bj_replica_tile_t tile;
        unsigned fails = bj_fail_cnt;
        bj_config_t *config = config_of(config_cases[i].replica, config_cases[i].durability);
        FILE *f = config_cases[i].turn ? fopen(file, "w") : NULL;
        if (f) BJ_CHECK(fputs(config_cases[i].turn, f) >= 0 && fclose(f) == 0);
        memset(&tile, 0, sizeof tile);
        BJ_CHECK(bj_replica_tile_read(&tile, config, root) == config_cases[i].ok);
        (void)unlink(file);
        bj_config_free(config);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in row %zu\n", i);
    }
}

/* --- the primary's other tiles --- */
static uint16_t free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    BJ_CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    BJ_CHECK(getsockname(fd, (struct sockaddr *)&address, &address_bytes) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void primary_open(const char *durability, const char *lost) {
    static unsigned no;
    char replica[900], key[96], tls[400] = "\"clear\": true";
    bj_journal_report_t report;
    memset(&b, 0, sizeof b);
    b.sock.fd = -1, b.standby_epoch = 1;
    snprintf(b.data_dir, sizeof b.data_dir, "%s/%u", root, no++);
    snprintf(b.journal_dir, sizeof b.journal_dir, "%s/journal", b.data_dir);
    snprintf(key, sizeof key, "%s/key", root);
    FILE *f = fopen(key, "w");
    BJ_CHECK(f && fputs("secret\n", f) >= 0 && fclose(f) == 0);
    BJ_CHECK(mkdir(b.data_dir, 0750) == 0);
    if (under_tls)
        snprintf(tls, sizeof tls, "\"ca_file\": \"%s/%s.pem\", \"cert_file\": \"%s/%s.pem\", "
                 "\"cert_key_file\": \"%s/%s.key\"", tls_dir, its_ca, tls_dir, its_cert, tls_dir,
                 its_cert);
    snprintf(replica, sizeof replica, "\"port\": %u, \"key_file\": \"%s\", \"lost\": \"%s\", "
             "\"lost_ms\": %d, \"hash_every\": %d, \"state_hash_idle_ms\": 50, \"from\": [\"%s\"], "
             "%s", free_port(), key, lost, LOST_MS, EVERY, may_come, tls);
    b.config = config_of(replica, durability);
    BJ_CHECK(bj_journal_open(b.journal_dir, true, NULL, NULL, &report, &b.journal) == BJ_OK);
    b.pipe.journal_bell = &b.bell;
    b.journal_id = report.journal_id;
    bj_digest_begin(&b.digest, EVERY, 0);
    BJ_CHECK(bj_replica_tile_read(&b.tile, b.config, b.data_dir));
    BJ_CHECK(bj_replica_tile_start(&b.tile, b.config,
                                   &(bj_replica_tile_start_t){&b.pipe, b.journal_dir,
                                                              report.journal_id, shape}));
}

static void primary_write(int cnt) {
    for (; cnt; cnt--) {
        bj_cmd_t cmd = {.seq = ++b.seq, .type = BJ_CMD_WINDOW};
        BJ_CHECK(bj_journal_append(b.journal, &cmd) == BJ_OK);
        if (!bj_digest_cmd(&b.digest, b.seq)) continue;
        bj_replica_tile_digest(&b.tile, &b.digest);
        bj_digest_anew(&b.digest);
    }
    BJ_CHECK(bj_journal_write(b.journal) == BJ_OK);
    bj_replica_tile_written(&b.tile, b.seq);
}

/* --- the standby --- */
static bj_status_t on_begin(void *ctx, uint64_t journal_id) {
    (void)ctx;
    return journal_id ? BJ_OK : BJ_ERR_BAD_FIELD;
}
static bj_status_t on_apply(void *ctx, const bj_cmd_t *cmd, bj_digest_t *digest) {
    (void)ctx, (void)digest; /* no events on either side */
    BJ_CHECK(cmd->seq == ++b.taken);
    return BJ_OK;
}
static bj_status_t on_commit(void *ctx) {
    (void)ctx;
    return BJ_OK;
}
static uint64_t on_state(void *ctx) {
    (void)ctx;
    return 4711;
}
static bj_status_t on_epoch(void *ctx, uint64_t epoch) {
    (void)ctx, (void)epoch;
    return BJ_OK;
}
static void on_nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    memset(out, 7, out_bytes);
}

/* As recv(2); -1 also while hands are shaken. */
static ssize_t hear(void *data, size_t data_bytes) {
    return bj_oe_sock_recv(&b.sock, data, data_bytes);
}

static void say(void) {
    const uint8_t *out;
    size_t due = bj_follow_output(b.follow, &out);
    if (!due || !bj_oe_sock_shaken(&b.sock)) return;
    BJ_CHECK(bj_oe_sock_send(&b.sock, out, due) == (ssize_t)due);
    bj_follow_sent(b.follow, due);
}

static int dial(void) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)bj_config_int(b.config, "dataplane.replica.port", 1, 65535))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    BJ_CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static void standby_dial_with(uint64_t have_seq) {
    if (!b.follow) {
        bj_follow_config_t config = {
            .key = "secret", .key_bytes = 6, .silent_ns = 5 * BJ_NS_PER_S, .shape = shape,
            .epoch = b.standby_epoch, .have_seq = have_seq,
            .journal_id = have_seq ? b.journal_id : 0,
            .ops = {on_begin, on_apply, on_commit, on_state, on_epoch, on_nonce}};
        b.follow = bj_follow_new(&config);
    }
    int fd = dial();
    BJ_CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    SSL_CTX *tls = under_tls ? tls_context("ca", shown, BJ_OE_TLS_CLIENT) : NULL;
    BJ_CHECK(bj_oe_sock_open_as(&b.sock, fd, tls, BJ_OE_TLS_CLIENT, BJ_OE_TLS_PRIMARY));
    SSL_CTX_free(tls);
    if (under_tls) (void)SSL_do_handshake(b.sock.tls); /* the client speaks first */
    bj_follow_connected(b.follow, bj_clock_now());
}

static void standby_dial(void) { standby_dial_with(0); }

static void standby_hang_up(void) {
    bj_follow_disconnected(b.follow);
    bj_oe_sock_close(&b.sock);
}

static void standby_turn(void) {
    uint8_t data[1 << 14];
    struct pollfd poll_one = {b.sock.fd, POLLIN, 0}; /* -1: only the time goes by */
    if (poll(&poll_one, 1, 2) > 0 && b.sock.fd >= 0) {
        ssize_t got = hear(data, sizeof data);
        BJ_CHECK(got > 0 || errno == EAGAIN);
        if (got > 0)
            BJ_CHECK(bj_follow_input(b.follow, data, (size_t)got, bj_clock_now()));
    }
    if (b.sock.fd < 0) return;
    BJ_CHECK(bj_follow_step(b.follow, bj_clock_now()));
    say();
}

static uint32_t durable_by(void) { return atomic_load(&b.pipe.replica.durable_by); }
static bj_follow_status_t standby(void) { return bj_follow_status(b.follow); }

/* Turns until it holds: the other side is a thread with a clock of its own. */
#define BECOMES(c)                                                           \
    do {                                                                     \
        int64_t until_ns = bj_clock_mono_ns() + PATIENCE_MS * BJ_NS_PER_MS;  \
        while (!(c) && bj_clock_mono_ns() < until_ns) standby_turn();        \
        BJ_CHECK(c);                                                         \
    } while (0)

static void primary_close(void) {
    bj_replica_tile_stop(&b.tile);
    bj_journal_close(b.journal);
    bj_oe_sock_close(&b.sock);
    bj_follow_free(b.follow);
    bj_config_free(b.config);
}

static void test_follows(void) {
    primary_open("replica", "stop");
    primary_write(25);
    BJ_CHECK(!atomic_load(&b.tile.ready) && durable_by() == BJ_BY_STANDBY);
    standby_dial();
    BECOMES(atomic_load(&b.pipe.replica.have_seq) == 25 && atomic_load(&b.tile.ready));
    for (int i = 0; i < 50; i++) {
        primary_write(1 + i % 7);
        if (i % 5 == 0) standby_turn();
    }
    BECOMES(atomic_load(&b.pipe.replica.have_seq) == b.seq && standby().digests > 3);
    BECOMES(atomic_load(&b.pipe.replica.state_wanted)); /* the engine tile answers */
    atomic_store(&b.pipe.replica.state_hash, 4711);
    atomic_store_explicit(&b.pipe.replica.state_seq, b.seq, memory_order_release);
    BECOMES(standby().state_hashes == 1);
    standby_hang_up(); /* `stop`: nothing else will do */
    primary_write(3);
    usleep((LOST_MS + 200) * 1000);
    BJ_CHECK(durable_by() == BJ_BY_STANDBY && atomic_load(&b.pipe.replica.have_seq) == b.seq - 3);
    standby_dial();
    BECOMES(atomic_load(&b.pipe.replica.have_seq) == b.seq);
    primary_close();
}

static void test_given_up(void) {
    primary_open("replica+disk", "disk");
    BJ_CHECK(atomic_load(&b.tile.ready) && durable_by() == BJ_BY_DISK); /* none yet */
    standby_dial();
    BECOMES(durable_by() == BJ_BY_BOTH);
    uint32_t rung = bj_bell_seen(&b.bell);
    standby_hang_up();
    BECOMES(durable_by() == BJ_BY_DISK && bj_bell_seen(&b.bell) != rung); /* it is told */
    primary_write(40);
    standby_dial();
    BECOMES(durable_by() == BJ_BY_BOTH && atomic_load(&b.pipe.replica.have_seq) == 40);
    primary_close();
}

/* A power failure took what was acknowledged when only the standby had it on a disk. */
static void test_lost_tail(void) {
    primary_open("replica", "disk");
    primary_write(5);
    standby_dial_with(9);
    for (int i = 0; i < PATIENCE_MS && standby().why == BJ_OK; i++) {
        uint8_t data[48]; /* a refusal ends the turn's checks: by hand */
        ssize_t got = hear(data, sizeof data);
        if (got < 0 && errno == EAGAIN && !usleep(1000)) continue;
        if (got <= 0 || !bj_follow_input(b.follow, data, (size_t)got, bj_clock_now())) break;
        say();
    }
    BJ_CHECK(standby().why == BJ_ERR_SEQUENCE);
    standby_hang_up();
    usleep((LOST_MS + 200) * 1000);
    BJ_CHECK(!atomic_load(&b.tile.ready)); /* nobody is let in: it must be taken over */
    primary_close();

    primary_open("replica", "disk"); /* nobody came who has more */
    BJ_CHECK(!atomic_load(&b.tile.ready));
    BECOMES(atomic_load(&b.tile.ready));
    primary_close();
}

static void test_fenced(void) {
    bj_epoch_t epoch;
    primary_open("replica", "stop");
    primary_write(5);
    standby_dial();
    BECOMES(standby().state == BJ_FOLLOW_FOLLOWING);
    BJ_CHECK(bj_follow_fence(b.follow, 2) == BJ_OK);
    BECOMES(atomic_load(&b.pipe.replica.fenced));
    BJ_CHECK(bj_epoch_read(b.data_dir, &epoch) == BJ_OK && epoch.epoch == 2 && epoch.behind);
    for (int i = 0; i < 20; i++) standby_turn();
    BJ_CHECK(standby().state == BJ_FOLLOW_FOLLOWING); /* the journal tile has not stopped yet */
    primary_write(2);
    atomic_store_explicit(&b.pipe.replica.stopped, true, memory_order_release);
    BECOMES(standby().state == BJ_FOLLOW_FENCED);
    BJ_CHECK(b.taken == 7 && standby().have_seq == 7);
    primary_close();
}

/* It waits for a standby when it hears that it was taken over from; whoever says so has all that
 * there is here.  It does not open. */
static void test_fenced_before_ready(void) {
    primary_open("replica", "stop");
    b.standby_epoch = 2;
    standby_dial();
    BECOMES(atomic_load(&b.pipe.replica.fenced) && standby().state == BJ_FOLLOW_FOLLOWING);
    for (int i = 0; i < 50; i++) standby_turn();
    BJ_CHECK(!atomic_load(&b.tile.ready));
    primary_close();
}

/* A good key is not enough: who shows another's certificate, or none, hears nothing. */
static void test_strangers(void) {
    static const char *const others[] = {"desk", "desk2", "primary", NULL};
    uint8_t data[64];
    for (size_t i = 0; i < BJ_COUNT(others); i++) {
        ssize_t got = -1;
        primary_open("replica", "stop");
        under_tls = others[i] != NULL;
        shown = others[i];
        standby_dial();
        if (!under_tls)
            BJ_CHECK(send(b.sock.fd, "standby standby standby", 24, MSG_NOSIGNAL) == 24);
        errno = EAGAIN;
        for (int ms = 0; ms < PATIENCE_MS && got < 0 && errno == EAGAIN; ms++) {
            usleep(1000);
            got = hear(data, sizeof data);
        }
        /* Without TLS an alert, which is no challenge, and the end. */
        BJ_CHECK(under_tls ? got == 0 || (got < 0 && errno != EAGAIN) : got <= 0 || data[0] == 21);
        BJ_CHECK(standby().state < BJ_FOLLOW_FOLLOWING && !atomic_load(&b.tile.ready));
        under_tls = true, shown = "standby";
        primary_close();
    }
}

/* --- who is not proven --- */
static void on_ssl_new(void *parent, void *at, CRYPTO_EX_DATA *data, int idx, long number,
                       void *pointer) {
    (void)parent, (void)at, (void)data, (void)idx, (void)number, (void)pointer;
    ssl_made++;
}

static bool hears(int fd) {
    struct pollfd one = {fd, POLLIN, 0};
    return poll(&one, 1, PATIENCE_MS) == 1;
}

/* The table is full: for the others nothing is made, neither a context nor a connection's. */
static void test_full(void) {
    int fds[BJ_REPLICA_CONNS_MAX];
    char byte;
    primary_open("replica", "stop");
    ssl_made = 0;
    for (size_t i = 0; i < BJ_COUNT(fds); i++) fds[i] = dial();
    for (int i = 0; i < 20; i++) {
        int fd = dial();
        BJ_CHECK(hears(fd) && recv(fd, &byte, 1, 0) <= 0);
        close(fd);
    }
    BJ_CHECK(ssl_made == BJ_REPLICA_CONNS_MAX);
    for (size_t i = 0; i < BJ_COUNT(fds); i++) close(fds[i]);
    primary_close();
}

static void test_from(void) {
    char byte;
    may_come = "127.0.0.2"; /* this is 127.0.0.1 */
    primary_open("replica", "stop");
    ssl_made = 0;
    int fd = dial();
    BJ_CHECK(hears(fd) && recv(fd, &byte, 1, 0) <= 0 && ssl_made == 0);
    close(fd);
    may_come = "127.0.0.0/8";
    primary_close();
}

static size_t hello_make(uint8_t *out, size_t out_bytes) {
    SSL_CTX *context = tls_context("ca", "standby", BJ_OE_TLS_CLIENT);
    SSL *ssl = SSL_new(context);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl);
    (void)SSL_do_handshake(ssl);
    int bytes = BIO_read(SSL_get_wbio(ssl), out, (int)out_bytes);
    SSL_free(ssl), SSL_CTX_free(context);
    return bytes > 0 ? (size_t)bytes : 0;
}

/* Whatever all of them say at once, the thread has the time between two pieces for its work. */
static void test_pieces(void) {
    int fds[BJ_REPLICA_CONNS_MAX];
    uint8_t hello[1024];
    size_t hello_bytes = hello_make(hello, sizeof hello);
    BJ_CHECK(hello_bytes > 100);
    primary_open("replica", "stop");
    for (size_t i = 0; i < BJ_COUNT(fds); i++) fds[i] = dial();
    usleep(100 * 1000); /* they are taken */
    int64_t from_ns = bj_clock_mono_ns();
    for (size_t i = 0; i < BJ_COUNT(fds); i++)
        BJ_CHECK(send(fds[i], hello, hello_bytes, MSG_NOSIGNAL) == (ssize_t)hello_bytes);
    for (size_t i = 0; i < BJ_COUNT(fds); i++) BJ_CHECK(hears(fds[i]));
    BJ_CHECK(bj_clock_mono_ns() - from_ns >= (BJ_REPLICA_CONNS_MAX - 1) * BJ_NS_PER_MS);
    for (size_t i = 0; i < BJ_COUNT(fds); i++) close(fds[i]);
    primary_close();
}

static void copy(const char *from, const char *to, const char *ending) {
    char path[96], other[96], command[512];
    tls_path(path, from, ending), tls_path(other, to, ending);
    snprintf(command, sizeof command, "cp %s %s.new && mv %s.new %s", path, other, other, other);
    BJ_CHECK(system(command) == 0);
}

static void test_certs(void) {
    its_ca = "own-ca", its_cert = "own";
    copy("ca", "own-ca", "pem"), copy("primary", "own", "pem"), copy("primary", "own", "key");
    primary_open("replica", "stop");
    copy("gateway2", "own", "key"); /* half of new ones: those that it has are good */
    standby_dial();
    BECOMES(atomic_load(&b.tile.ready));
    standby_hang_up();
    copy("ca2", "own-ca", "pem"), copy("gateway2", "own", "pem");
    usleep(1100 * 1000); /* they are looked at once a second */
    standby_dial();
    for (int ms = 0; ms < PATIENCE_MS && !bj_oe_sock_shaken(&b.sock); ms++) {
        uint8_t data[64];
        errno = 0;
        if (hear(data, sizeof data) <= 0 && errno != EAGAIN) break;
        usleep(1000);
    }
    BJ_CHECK(!bj_oe_sock_shaken(&b.sock)); /* another authority's now */
    BJ_CHECK(SSL_get_verify_result(b.sock.tls) != X509_V_OK);
    its_ca = "ca", its_cert = "primary";
    primary_close();
}

int main(void) {
    if (CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, NULL, on_ssl_new, NULL, NULL) < 0) return 1;
    bj_log_init("test", BJ_LOG_ERROR + 1);
    if (!mkdtemp(root)) return 1;
    tls_make();
    test_config();
    for (int i = 0; i < 2; i++) {
        under_tls = i == 1;
        test_follows();
        test_given_up();
        test_lost_tail();
        test_fenced();
        test_fenced_before_ready();
    }
    test_strangers();
    test_full();
    test_from();
    for (int i = 0; i < 5; i++) test_pieces();
    test_certs();
    tls_unmake();
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    BJ_CHECK(system(command) == 0);
    return bj_test_end("test_bj_replica_tile");
}
