/* A nats-server of the test's own: away at start, up, killed, up again. */
#include "controlplane/bus/bj_bus.h"

#include <pthread.h>
#include <sys/stat.h>

#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

static char dir[64], url[64], port_text[16];

static pid_t server_start_of(char *user) {
    return child_start((char *[]){"nats-server", "-a", "127.0.0.1", "-p", port_text, "-js", "-sd",
                                  dir, "--user", user, "--pass", "open sesame", NULL});
}
static pid_t server_start(void) { return server_start_of((char[]){"bijli-test"}); }

/* Certificates as set-up makes them, under dir/NAME/tls/nats; and a server that has those. */
static void make_certificates(const char *name) {
    char script[400];
    snprintf(script, sizeof script,
             "set -e; export BIJLI_VAR=%s/%s; mkdir -p $BIJLI_VAR/tls; "
             "source deploy/dev/lib/world.sh; "
             "source deploy/dev/lib/secrets.sh; nats_certificates_make", dir, name);
    int status;
    pid_t pid = child_start((char *[]){"bash", "-c", script, NULL});
    BJ_CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static pid_t tls_server_start(const char *certificates) {
    char conf[96];
    snprintf(conf, sizeof conf, "%s/%s.conf", dir, certificates);
    FILE *out = fopen(conf, "w");
    BJ_CHECK(out != NULL);
    if (!out) abort();
    fprintf(out,
            "listen: \"127.0.0.1:%s\"\n"
            "tls { cert_file: \"%s/%s/tls/nats/server.pem\","
            " key_file: \"%s/%s/tls/nats/server.key\","
            " ca_file: \"%s/%s/tls/nats/ca.pem\", verify_and_map: true, timeout: 5 }\n"
            "authorization { users: ["
            "{ user: \"bijli-control\", password: \"open sesame\" } ] }\n",
            port_text, dir, certificates, dir, certificates, dir, certificates);
    fclose(out);
    return child_start((char *[]){"nats-server", "-c", conf, NULL});
}

/* The CA of one folder, the certificate of WHO in another (NULL: none). */
static bj_bus_t *open_tls(const char *ca, const char *certificates, const char *who,
                          const char *password) {
    char files[3][96];
    snprintf(files[0], sizeof files[0], "%s/%s/tls/nats/ca.pem", dir, ca ? ca : "");
    snprintf(files[1], sizeof files[1], "%s/%s/tls/nats/%s.pem", dir, certificates, who ? who : "");
    snprintf(files[2], sizeof files[2], "%s/%s/tls/nats/%s.key", dir, certificates, who ? who : "");
    return bj_bus_open(&(bj_bus_login_t){.url = url, .name = "bijli-control", .password = password,
                                         .ca_file = ca ? files[0] : NULL,
                                         .cert_file = who ? files[1] : NULL, .key_file = files[2]});
}

/* None of these comes up while `right` does. */
static void test_tls(void) {
    make_certificates("ours");
    make_certificates("other");
    pid_t pid = tls_server_start("ours");
    bj_bus_t *right = open_tls("ours", "ours", "control", "open sesame");
    CHILD_CHECK_SOON(10000, right && bj_bus_up(right));
    bj_bus_t *wrong[] = {
        open_tls(NULL, "ours", NULL, "open sesame"),        /* no TLS */
        open_tls("ours", "ours", NULL, "open sesame"),      /* no certificate */
        open_tls("ours", "ours", "edge", "open sesame"),    /* somebody else's */
        open_tls("ours", "other", "control", "open sesame"), /* of another CA */
        open_tls("other", "ours", "control", "open sesame"), /* to whom the server is a stranger */
        open_tls("ours", "ours", "control", "open barley"),
    };
    child_sleep_ms(1500);
    for (size_t i = 0; i < BJ_COUNT(wrong); i++) {
        BJ_CHECK(!wrong[i] || !bj_bus_up(wrong[i]));
        bj_bus_close(wrong[i]);
    }
    /* A file that is not there is said at once. */
    BJ_CHECK(!open_tls("nowhere", "ours", "control", "open sesame"));
    child_stop(pid, SIGKILL);
    CHILD_CHECK_SOON(5000, !bj_bus_up(right));
    /* In its place: another's server, one that poses with a client's certificate, one without. */
    pid = tls_server_start("other");
    child_sleep_ms(1000);
    BJ_CHECK(!bj_bus_up(right));
    child_stop(pid, SIGKILL);
    char from[128], to[128];
    for (size_t i = 0; i < 2; i++) {
        static const char *const kinds[] = {"pem", "key"};
        snprintf(from, sizeof from, "%s/ours/tls/nats/control.%s", dir, kinds[i]);
        snprintf(to, sizeof to, "%s/ours/tls/nats/server.%s", dir, kinds[i]);
        BJ_CHECK(rename(from, to) == 0);
    }
    pid = tls_server_start("ours");
    child_sleep_ms(1000);
    BJ_CHECK(!bj_bus_up(right));
    child_stop(pid, SIGKILL);
    pid = server_start_of((char[]){"bijli-control"});
    bj_bus_t *plain = bj_bus_open(&(bj_bus_login_t){
        .url = url, .name = "bijli-control", .password = "open sesame"});
    CHILD_CHECK_SOON(10000, plain && bj_bus_up(plain));
    /* A client that has been secure once stays so by itself, a new one does not. */
    bj_bus_t *fresh = open_tls("other", "other", "control", "open sesame");
    child_sleep_ms(1000);
    BJ_CHECK(!bj_bus_up(right) && (!fresh || !bj_bus_up(fresh)));
    child_stop(pid, SIGKILL);
    bj_bus_close(right);
    bj_bus_close(fresh);
    bj_bus_close(plain);
}

/* --- both directions of one connection loaded: cnats' threads and ours meet in its TLS --- */
static _Atomic int  busy_cnt, torn_cnt;
static _Atomic bool busy_over;

/* A message is of one letter. */
static void on_busy(void *ctx, const char *subject, const void *data, size_t data_bytes) {
    (void)ctx;
    (void)subject;
    const char *text = data;
    for (size_t i = 1; i < data_bytes; i++) {
        if (text[i] != text[0]) torn_cnt++;
    }
    busy_cnt++;
}

static void *keep_busy(void *ctx) {
    char text[3000];
    for (unsigned i = 0; !busy_over; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text);
        (void)!bj_bus_publish(ctx, "md.busy", text, 1 + i * 7 % sizeof text);
        if (i % 64 == 0) child_sleep_ms(1);
    }
    return NULL;
}

/* What is sent comes back whole, also on the connections after the first. */
static void test_tls_busy(void) {
    pthread_t threads[3];
    busy_over = false;
    make_certificates("busy");
    pid_t pid = tls_server_start("busy");
    bj_bus_t *bus = open_tls("busy", "busy", "control", "open sesame");
    BJ_CHECK(bus != NULL);
    bj_bus_sub_t *sub = bj_bus_subscribe(bus, "md.busy", on_busy, NULL);
    for (size_t i = 0; i < BJ_COUNT(threads); i++) {
        BJ_CHECK(pthread_create(&threads[i], NULL, keep_busy, bus) == 0);
    }
    for (int round = 0; round < 4; round++) {
        CHILD_CHECK_SOON(10000, bj_bus_up(bus));
        int before = busy_cnt;
        CHILD_CHECK_SOON(20000, busy_cnt > before + 5000);
        child_stop(pid, SIGKILL);
        CHILD_CHECK_SOON(5000, !bj_bus_up(bus));
        pid = tls_server_start("busy");
    }
    CHILD_CHECK_SOON(10000, bj_bus_up(bus));
    busy_over = true;
    for (size_t i = 0; i < BJ_COUNT(threads); i++) pthread_join(threads[i], NULL);
    bj_bus_flush(bus);
    BJ_CHECK(torn_cnt == 0);
    bj_bus_unsubscribe(sub);
    bj_bus_close(bus);
    child_stop(pid, SIGTERM);
}

/* Who it is and the file of its password are in the configuration. */
static bj_bus_t *open_as(const char *who, const char *password) {
    char file[96], secret[96];
    snprintf(file, sizeof file, "%s/%s.json", dir, who);
    snprintf(secret, sizeof secret, "%s/%s.password", dir, who);
    FILE *out = fopen(secret, "w");
    BJ_CHECK(out && fprintf(out, "%s\n", password) > 0 && fclose(out) == 0);
    out = fopen(file, "w");
    const char form[] = "{\"nats\": {\"url\": \"%s\", \"%s\": {\"password_file\": \"%s\"}}}";
    BJ_CHECK(out && fprintf(out, form, url, who, secret) > 0 && fclose(out) == 0);
    bj_config_t *config = bj_config_load(file);
    bj_bus_t *bus = bj_bus_open_as(config, who);
    bj_config_free(config);
    return bus;
}

/* Another password, another name, none: never up. */
static void test_strangers(void) {
    bj_bus_t *bus[] = {open_as("test", "open barley"), open_as("other", "open sesame"),
                       bj_bus_open(&(bj_bus_login_t){.url = url, .name = "bijli-test"})};
    child_sleep_ms(1000);
    for (size_t i = 0; i < BJ_COUNT(bus); i++) {
        BJ_CHECK(!bus[i] || !bj_bus_up(bus[i]));
        bj_bus_close(bus[i]);
    }
}

static const bj_bus_stream_t stream = {
    .name = "ORDERS", .subject = "ev.order", .about = "journal 7", .max_bytes = 1 << 20};
static const bj_bus_stream_t other = {
    .name = "ORDERS", .subject = "ev.order", .about = "journal 8", .max_bytes = 1 << 20};

static _Atomic int got_cnt;
static char got[64];

static void on_msg(void *ctx, const char *subject, const void *data, size_t data_bytes) {
    (void)ctx;
    if (data_bytes < sizeof got) memcpy(got, data, data_bytes);
    if (strcmp(subject, "md.cm.INFY") == 0) got_cnt++;
}

static bool arrives(bj_bus_t *bus, int before) {
    if (bj_bus_publish(bus, "md.cm.INFY", "one", 3) != BJ_OK) return false;
    for (int i = 0; i < 10 && got_cnt == before; i++) child_sleep_ms(10);
    return got_cnt > before;
}

static void test_stream(bj_bus_t *bus) {
    char out[16];
    size_t n;
    BJ_CHECK(bj_bus_stream_ensure(bus, &stream) == BJ_OK);
    BJ_CHECK(bj_bus_stream_ensure(bus, &stream) == BJ_OK);
    BJ_CHECK(bj_bus_stream_last(bus, &stream, out, sizeof out, &n) ==
             BJ_ERR_NOT_FOUND);
    for (int i = 1; i <= 1000; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        BJ_CHECK(bj_bus_stream_put(bus, "ev.order", id, id, strlen(id)) == BJ_OK);
    }
    BJ_CHECK(bj_bus_stream_put(bus, "ev.order", "7", "again", 5) == BJ_OK); /* seen: dropped */
    BJ_CHECK(bj_bus_stream_settle(bus, 5000) == BJ_OK);
    BJ_CHECK(bj_bus_stream_last(bus, &stream, out, sizeof out, &n) == BJ_OK);
    BJ_CHECK(n == 4 && memcmp(out, "1000", 4) == 0);
    BJ_CHECK(bj_bus_stream_last(bus, &stream, out, 3, &n) == BJ_ERR_FULL);
    BJ_CHECK(bj_bus_stream_renew(bus, &stream) == BJ_OK);
    BJ_CHECK(bj_bus_stream_last(bus, &stream, out, sizeof out, &n) ==
             BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_bus_stream_ensure(bus, &other) == BJ_ERR_EXISTS);
    /* The same id is new to the new stream. */
    BJ_CHECK(bj_bus_stream_put(bus, "ev.order", "7", "seven", 5) == BJ_OK);
    BJ_CHECK(bj_bus_stream_settle(bus, 5000) == BJ_OK);
    BJ_CHECK(bj_bus_stream_last(bus, &stream, out, sizeof out, &n) == BJ_OK && n == 5);
    /* No stream takes this subject: the answer must not be taken for a yes. */
    BJ_CHECK(bj_bus_stream_put(bus, "nobody.listens", "1", "x", 1) == BJ_OK);
    BJ_CHECK(bj_bus_stream_settle(bus, 5000) != BJ_OK);
}

static void test_away(bj_bus_t *bus) {
    char out[16];
    size_t n;
    int64_t start_ns = bj_clock_mono_ns();
    BJ_CHECK(!bj_bus_up(bus));
    BJ_CHECK(bj_bus_publish(bus, "md.cm.INFY", "one", 3) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(bj_bus_stream_ensure(bus, &stream) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(bj_bus_stream_put(bus, "ev.order", "8", "x", 1) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(bj_bus_stream_last(bus, &stream, out, 1, &n) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(bj_clock_mono_ns() - start_ns < 100 * BJ_NS_PER_MS);
}

/* A password in clear goes to no other machine, whatever is before or behind its name. */
static void test_clear_elsewhere(void) {
    static const char *const urls[] = {"nats://192.0.2.1:4222", "nats://bus.example",
                                       "nats://127.0.0.1@bus.example:4222",
                                       "nats://127.0.0.1.example:4222",
                                       "nats://127.0.0.1:4222,nats://bus.example:4222"};
    for (size_t i = 0; i < BJ_COUNT(urls); i++) {
        bj_bus_t *bus = bj_bus_open(&(bj_bus_login_t){.url = urls[i], .name = "test"});
        BJ_CHECK(!bus);
        bj_bus_close(bus);
    }
    bj_bus_t *bus = bj_bus_open(&(bj_bus_login_t){.url = "nats://u@localhost:1", .name = "test"});
    BJ_CHECK(bus != NULL);
    bj_bus_close(bus);
}

int main(void) {
    if (!child_mkdir(dir, sizeof dir) || chmod(dir, 0755) != 0) return 1;
    snprintf(port_text, sizeof port_text, "%d", child_free_port());
    snprintf(url, sizeof url, "nats://127.0.0.1:%s", port_text);

    BJ_CHECK(!bj_bus_open(&(bj_bus_login_t){.url = "no url at all", .name = "test"}));
    test_clear_elsewhere();
    bj_bus_t *bus = open_as("test", "open sesame");
    BJ_CHECK(bus != NULL);
    bj_bus_sub_t *sub = bj_bus_subscribe(bus, "md.cm.*", on_msg, NULL);
    BJ_CHECK(sub != NULL);
    BJ_CHECK(!bj_bus_subscribe(bus, "bad subject", on_msg, NULL));
    test_away(bus);

    pid_t pid = server_start();
    CHILD_CHECK_SOON(10000, bj_bus_up(bus));
    CHILD_CHECK_SOON(5000, arrives(bus, got_cnt));
    BJ_CHECK(memcmp(got, "one", 3) == 0);
    test_stream(bus);
    test_strangers();

    child_stop(pid, SIGKILL);
    CHILD_CHECK_SOON(5000, !bj_bus_up(bus));
    test_away(bus);
    pid = server_start();
    CHILD_CHECK_SOON(10000, bj_bus_up(bus));
    BJ_CHECK(bj_bus_up_cnt(bus) == 2);
    CHILD_CHECK_SOON(5000, arrives(bus, got_cnt)); /* the old subscription still hears */

    bj_bus_unsubscribe(sub);
    bj_bus_close(bus);
    child_stop(pid, SIGTERM);
    test_tls();
    test_tls_busy();
    child_rmdir(dir);
    return bj_test_end("test_bj_bus");
}
