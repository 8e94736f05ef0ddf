/* The edge's loop in a thread, without TLS, and clients that behave, misbehave, and are slow. */
#include "controlplane/edge/bj_edge.h"

#include <pthread.h>
#include <time.h>

#include "controlplane/edge/edge_test.h"
#include "controlplane/store/child_test.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/market/bj_market.h"

enum { TOKENS = 3000, FIRST_TOKEN = 1000 };

static bj_edge_t *edge;
static _Atomic bool stop;
static edge_heard_t heard;
static uint64_t update_cnt;
static _Atomic int64_t stuck, skipped, clients, p99, ended, protocol_errors;

static void each_second(void *ctx, bj_edge_t *of) {
    (void)ctx;
    bj_edge_stats_t s = bj_edge_stats(of);
    stuck = s.stuck;
    skipped = s.skipped;
    clients = s.clients;
    p99 = s.delivery_p99_us;
    ended = s.ended;
    protocol_errors = s.protocol_errors;
}
static void *run(void *ctx) {
    (void)ctx;
    bj_edge_run(edge, &stop, each_second, NULL);
    return NULL;
}

static void quote(uint32_t token, int32_t price_paise) {
    bj_quote_t q = {.update_cnt = ++update_cnt, .token = token, .last_price_paise = price_paise,
                    .relay_ns = bj_clock_wall_ns()};
    bj_edge_quote(edge, &q);
}

static int enter(int rcvbuf_bytes) {
    char ticket[EDGE_TICKET_BYTES];
    edge_ticket(time(NULL) + 61, ticket); /* made in this second at the earliest */
    int fd = edge_connect(bj_edge_port(edge), rcvbuf_bytes);
    edge_request(fd, ticket, EDGE_TEST_ORIGIN);
    BJ_CHECK(edge_answer(fd) == 101);
    return fd;
}

static uint32_t be(const uint8_t *at, size_t n) {
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | at[i];
    return value;
}

/* The next frame that is not a heartbeat. */
static bool next_frame(int fd) {
    do {
        if (!edge_hear(fd, &heard)) return false;
    } while (heard.first_byte == 0x82 && heard.n == 1);
    return true;
}

static void test_doors(void) {
    char good[EDGE_TICKET_BYTES], old[EDGE_TICKET_BYTES];
    edge_ticket(time(NULL) + 61, good);
    edge_ticket(time(NULL) - 1, old);
    const struct {
        const char *ticket, *origin;
        int         status;
    } cases[] = {
        {good, EDGE_TEST_ORIGIN, 101},
        {old, EDGE_TEST_ORIGIN, 403},
        {"", EDGE_TEST_ORIGIN, 403},
        {good, "https://evil.example", 403},
        {good, EDGE_TEST_ORIGIN "0", 403},
        {good, "", 403},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int fd = edge_connect(bj_edge_port(edge), 0);
        char byte, text[512];
        edge_request(fd, cases[i].ticket, cases[i].origin);
        BJ_CHECK(edge_answer_text(fd, text) == cases[i].status);
        BJ_CHECK(strstr(text, "\r\nStrict-Transport-Security: max-age=31536000\r\n"));
        if (cases[i].status != 101) BJ_CHECK(recv(fd, &byte, 1, 0) == 0); /* and closed */
        close(fd);
    }
}

static void test_modes(void) {
    int fd = enter(0);
    BJ_CHECK(edge_say_text(fd, "{\"a\":\"subscribe\",\"v\":[256001,256257]}")); /* 1000, 1001 */
    quote(1000, 500);
    BJ_CHECK(next_frame(fd) && heard.first_byte == 0x82 && heard.n == 2 + 2 + 44);
    BJ_CHECK(be(heard.payload, 2) == 1 && be(heard.payload + 2, 2) == 44);
    BJ_CHECK(be(heard.payload + 4, 4) == 256001 && be(heard.payload + 8, 4) == 500);
    /* Another mode: the whole picture at once, though the price has not changed. */
    BJ_CHECK(edge_say_text(fd, "{\"a\":\"mode\",\"v\":[\"full\",[256001]]}"));
    BJ_CHECK(next_frame(fd) && heard.n == 2 + 2 + 184);
    BJ_CHECK(edge_say_text(fd, "{\"a\":\"mode\",\"v\":[\"ltp\",[256001]]}"));
    BJ_CHECK(next_frame(fd) && heard.n == 2 + 2 + 8);
    /* Both in one frame, and of many prices only the last. */
    for (int i = 0; i < 100; i++) quote(1000, 600 + i);
    quote(1001, 7);
    uint32_t last = 0;
    while (last != 699 && next_frame(fd)) {
        for (size_t at = 2; at < heard.n; at += 2 + be(heard.payload + at, 2)) {
            if (be(heard.payload + at + 2, 4) == 256001) last = be(heard.payload + at + 6, 4);
        }
    }
    BJ_CHECK(last == 699);
    /* The same again is no news, nor is an older one; then a heartbeat comes instead. */
    quote(1000, 699);
    bj_edge_quote(edge, &(bj_quote_t){.update_cnt = 1, .token = 1000, .last_price_paise = 1});
    do {
        BJ_CHECK(edge_hear(fd, &heard));
    } while (heard.n != 1 && be(heard.payload + 4, 4) == 256257);
    BJ_CHECK(heard.first_byte == 0x82 && heard.n == 1);
    /* Unsubscribed: silence but for heartbeats. */
    BJ_CHECK(edge_say_text(fd, "{\"a\":\"unsubscribe\",\"v\":[256001]}"));
    child_sleep_ms(100);
    quote(1000, 1);
    quote(1001, 8);
    BJ_CHECK(next_frame(fd) && be(heard.payload, 2) == 1 && be(heard.payload + 4, 4) == 256257);
    close(fd);
}

static void expect_end(int fd, unsigned code, const char *reason) {
    /* A frame is a heartbeat, one a second, or a price: it has had its time then. */
    for (int i = 0; i < 20 && edge_hear(fd, &heard) && heard.first_byte != 0x88; i++) continue;
    BJ_CHECK(heard.first_byte == 0x88 && be(heard.payload, 2) == code);
    BJ_CHECK(!*reason || memmem(heard.payload, heard.n, reason, strlen(reason)) != NULL);
    char byte;
    if (heard.first_byte == 0x88) BJ_CHECK(recv(fd, &byte, 1, 0) == 0);
    close(fd);
}
static void expect_close(int fd, unsigned code) { expect_end(fd, code, ""); }

static void test_rules(void) {
    static char big[65536];
    int fd = enter(0);
    edge_say(fd, 0x82, "x", 1);
    expect_close(fd, 1003);
    fd = enter(0);
    edge_say(fd, 0x81, "\xff", 1);
    expect_close(fd, 1007);
    fd = enter(0);
    edge_say(fd, 0x83, "", 0);
    expect_close(fd, 1002);
    fd = enter(0);
    edge_say(fd, 0x80, "", 0); /* the rest of nothing */
    expect_close(fd, 1002);
    fd = enter(0);
    edge_say(fd, 0x01, big, 60000);
    edge_say(fd, 0x80, big, 60000);
    expect_close(fd, 1009);
    fd = enter(0);
    edge_say(fd, 0x88, "\x03\xe8", 2);
    expect_close(fd, 1000);
    fd = enter(0);
    /* A text in pieces, a ping between them. */
    edge_say(fd, 0x01, "{\"a\":\"sub", 9);
    edge_say(fd, 0x89, "ping", 4);
    edge_say(fd, 0x00, "scribe\",\"v\":[256", 16);
    edge_say(fd, 0x80, "513]}", 5);
    BJ_CHECK(next_frame(fd) && heard.first_byte == 0x8a && memcmp(heard.payload, "ping", 4) == 0);
    quote(1002, 9);
    BJ_CHECK(next_frame(fd) && heard.first_byte == 0x82 && be(heard.payload + 4, 4) == 256513);
    edge_say_text(fd, "nonsense");
    BJ_CHECK(next_frame(fd) && heard.first_byte == 0x81);
    BJ_CHECK(memmem(heard.payload, heard.n, "\"error\"", 7) != NULL);
    edge_say_text(fd, "{\"a\":\"subscribe\",\"v\":[257]}");
    BJ_CHECK(next_frame(fd) && memmem(heard.payload, heard.n, "not known", 9) != NULL);
    close(fd);
}

static void test_source(void) {
    int fd = enter(0);
    child_sleep_ms(100);
    bj_edge_source(edge, BJ_SOURCE_DELAYED);
    BJ_CHECK(next_frame(fd) && heard.first_byte == 0x81);
    BJ_CHECK(memmem(heard.payload, heard.n, "delayed", 7) != NULL);
    int late = enter(0); /* told too, though nothing changes any more */
    BJ_CHECK(next_frame(late) && memmem(heard.payload, heard.n, "delayed", 7) != NULL);
    bj_edge_source(edge, BJ_SOURCE_LIVE);
    BJ_CHECK(next_frame(fd) && memmem(heard.payload, heard.n, "live", 4) != NULL);
    close(fd);
    close(late);
}

/* A client that does not read while three thousand prices change again and again: the other one is
 * served, and when it reads again, the newest price is there before long. */
static void test_slow(void) {
    static char wish[40000] = "{\"a\":\"mode\",\"v\":[\"full\",[256001";
    size_t n = strlen(wish);
    for (unsigned i = 1; i < TOKENS; i++) {
        n += (size_t)snprintf(wish + n, 12, ",%u", (FIRST_TOKEN + i) * 256 + 1);
    }
    memcpy(wish + n, "]]}", 4);
    int slow = enter(4096), fast = enter(0);
    BJ_CHECK(edge_say_text(slow, wish) && edge_say_text(fast, wish));
    for (int32_t round = 1; round <= 20; round++) {
        for (uint32_t t = 0; t < TOKENS; t++) quote(FIRST_TOKEN + t, round * 10);
        BJ_CHECK(next_frame(fast));
    }
    CHILD_CHECK_SOON(3000, skipped > 0);
    size_t old_bytes = 0;
    uint32_t price = 0;
    while (price != 200 && next_frame(slow)) {
        price = be(heard.payload + heard.n - 184 + 4, 4);
        old_bytes += heard.n;
    }
    BJ_CHECK(price == 200);
    BJ_CHECK(old_bytes < 6 * TOKENS * 186); /* of twenty pictures, most were never sent to it */
    close(slow);
    close(fast);
}

static int enter_as(uint8_t who, int64_t made_s, int64_t until_s, int status) {
    char ticket[EDGE_TICKET_BYTES];
    edge_ticket_of(who, made_s, time(NULL) + 60, until_s, ticket);
    int fd = edge_connect(bj_edge_port(edge), 0);
    edge_request(fd, ticket, EDGE_TEST_ORIGIN);
    BJ_CHECK(edge_answer(fd) == status);
    return fd;
}

static void name_of(uint8_t who, uint8_t name[BJ_PASS_WHO_BYTES]) {
    memset(name, who, BJ_PASS_WHO_BYTES);
}

/* Whose session ends has no prices any more, by no socket and no ticket from before; nobody else
 * hears of it. */
static void test_ended(void) {
    uint8_t name[BJ_PASS_WHO_BYTES];
    int64_t now_s = time(NULL), errors = protocol_errors;
    int one = enter_as(7, now_s, now_s + 3600, 101), two = enter_as(7, now_s, now_s + 3600, 101);
    int other = enter_as(8, now_s, now_s + 3600, 101);
    int64_t said_ns = bj_clock_mono_ns();
    name_of(7, name);
    bj_edge_end(edge, name);
    expect_end(one, BJ_EDGE_ENDED, "ended or was changed");
    expect_end(two, BJ_EDGE_ENDED, "ended or was changed");
    BJ_CHECK(bj_clock_mono_ns() - said_ns < BJ_NS_PER_S);
    close(enter_as(7, now_s, now_s + 3600, 403));
    close(enter_as(7, now_s + 3, now_s + 3600, 101)); /* made for what is left */
    BJ_CHECK(edge_say_text(other, "{\"a\":\"subscribe\",\"v\":[256001]}"));
    quote(1000, 77);
    BJ_CHECK(next_frame(other) && heard.first_byte == 0x82);
    close(other);
    CHILD_CHECK_SOON(3000, ended == 2 && protocol_errors == errors);
}

/* At six in the morning, or when a session has lasted long enough. */
static void test_until(void) {
    int64_t now_s = time(NULL);
    int fd = enter_as(9, now_s, now_s + 2, 101);
    expect_end(fd, BJ_EDGE_ENDED, "ended");
    BJ_CHECK(time(NULL) - now_s >= 1 && time(NULL) - now_s < 5);
    close(enter_as(9, now_s, now_s, 403));
}

/* Who brings no new ticket is closed: with a life of 2 s asked within 2.2, closed 1 s later. */
static void test_life(void) {
    int fd = enter(0);
    int64_t since_ns = bj_clock_mono_ns();
    BJ_CHECK(next_frame(fd) && heard.first_byte == 0x81);
    BJ_CHECK(memmem(heard.payload, heard.n, "\"type\":\"renew\"", 14) != NULL);
    BJ_CHECK(bj_clock_mono_ns() - since_ns < 4 * BJ_NS_PER_S);
    expect_end(fd, BJ_EDGE_OUTLIVED, "no new ticket");
}

/* Some ends were not heard of: no ticket from before opens anything, others do. */
static void test_doubt(void) {
    int64_t now_s = time(NULL);
    close(enter_as(5, now_s - 1, now_s + 3600, 101));
    bj_edge_doubt(edge);
    close(enter_as(5, now_s - 1, now_s + 3600, 403));
    close(enter_as(5, now_s + 5, now_s + 3600, 101));
}

static void begin(const bj_edge_config_t *config, pthread_t *thread) {
    stop = false;
    clients = stuck = 0;
    edge = bj_edge_new(config);
    BJ_CHECK(edge != NULL && bj_edge_listen(edge, 0));
    bj_edge_source(edge, BJ_SOURCE_LIVE);
    BJ_CHECK(pthread_create(thread, NULL, run, NULL) == 0);
}

static void finish(pthread_t thread) {
    CHILD_CHECK_SOON(5000, clients == 0);
    BJ_CHECK(stuck == 0);
    stop = true;
    pthread_join(thread, NULL);
    bj_edge_free(edge);
}

int main(void) {
    static uint32_t tokens[TOKENS];
    for (uint32_t i = 0; i < TOKENS; i++) tokens[i] = FIRST_TOKEN + i;
    bj_edge_config_t config = {.ticket_key = EDGE_TEST_KEY, .origin = EDGE_TEST_ORIGIN,
                               .strict_transport = "max-age=31536000",
                               .tokens = tokens, .token_cnt = TOKENS, .interval_ms = 50,
                               .clients_max = 100};
    pthread_t thread;
    begin(&config, &thread);
    test_doors();
    test_modes();
    test_rules();
    test_source();
    test_slow();
    test_ended();
    test_until();
    finish(thread);
    config.life_s = 2;
    begin(&config, &thread);
    test_life();
    test_doubt();
    finish(thread);
    return bj_test_end("test_bj_edge");
}
