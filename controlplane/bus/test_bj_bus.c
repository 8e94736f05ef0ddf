/* A nats-server of the test's own: away at start, up, killed, up again. */
#include "controlplane/bus/bj_bus.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"

static char dir[64], url[64], port_text[16];

static pid_t server_start(void) {
    return child_start((char *[]){"nats-server", "-a", "127.0.0.1", "-p", port_text, "-js", "-sd",
                                  dir, "--user", "bijli-test", "--pass", "open sesame", NULL});
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
                       bj_bus_open(url, "bijli-test", NULL)};
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

int main(void) {
    if (!child_mkdir(dir, sizeof dir)) return 1;
    snprintf(port_text, sizeof port_text, "%d", child_free_port());
    snprintf(url, sizeof url, "nats://127.0.0.1:%s", port_text);

    BJ_CHECK(!bj_bus_open("no url at all", "test", NULL));
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
    child_rmdir(dir);
    return bj_test_end("test_bj_bus");
}
