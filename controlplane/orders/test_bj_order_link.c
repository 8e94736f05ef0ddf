/* Goal: an asker gets the report or the refusal of its own request; when nothing comes it learns
 * that nobody knows, and when the connection breaks it learns that at once; the session comes back
 * by itself.  Against a gateway of one page over real sockets. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include "controlplane/orders/bj_order_link.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_oe_codec.h"

/* What the gateway does with a cancel: the order's id says it. */
enum { ORDER_ANSWER = 1, ORDER_REFUSE = 2, ORDER_BREAK = 3, ORDER_SILENCE = 4, ORDER_TWO = 5 };

typedef struct gateway {
    int      listen_fd;
    _Atomic int fd;
    uint16_t port;
    uint64_t had, reports;
    pthread_t thread;
} gateway_t;

static _Atomic unsigned up_cnt, report_cnt;
static _Atomic unsigned wrong_cnt; /* what the gateway's thread did not like */

static bool read_whole(int fd, void *out, size_t out_bytes) {
    return recv(fd, out, out_bytes, MSG_WAITALL) == (ssize_t)out_bytes;
}

static void say(const gateway_t *g, const void *msg, size_t msg_bytes) {
    wrong_cnt += send(g->fd, msg, msg_bytes, MSG_NOSIGNAL) != (ssize_t)msg_bytes;
}

static bool log_in(gateway_t *g) {
    bj_oe_challenge_t challenge = {.header = {.len_bytes = sizeof challenge,
                                              .type = BJ_OE_CHALLENGE, .version = BJ_OE_VERSION}};
    bj_oe_login_t login;
    uint8_t mac[BJ_OE_MAC_BYTES];
    say(g, &challenge, sizeof challenge);
    if (!read_whole(g->fd, &login, sizeof login)) return false;
    wrong_cnt += !bj_oe_login_mac("secret", 6, challenge.nonce, login.session, mac);
    wrong_cnt += memcmp(mac, login.mac, sizeof mac) != 0 || login.next_out_seq != 0;
    wrong_cnt += strcmp(login.session, "control") != 0;
    bj_oe_login_reply_t reply = {
        .header = {.len_bytes = sizeof reply, .type = BJ_OE_LOGIN_REPLY, .version = BJ_OE_VERSION},
        .heartbeat_ms = 60000, .next_in_seq = g->had + 1, .next_out_seq = g->reports + 1};
    say(g, &reply, sizeof reply);
    return true;
}

static void report(gateway_t *g, uint16_t type, uint64_t request_seq, uint64_t order_id) {
    const bj_event_t event = {.seq = g->reports + 1, .type = type, .session_seq = request_seq,
                              .order_id = order_id, .reason = BJ_END_USER};
    bj_oe_report_t out;
    size_t out_bytes = bj_oe_from_event(&event, ++g->reports, &out);
    say(g, &out, out_bytes);
}

static void refuse(gateway_t *g, uint64_t request_seq) {
    bj_oe_session_reject_t reject = {.header = {.len_bytes = sizeof reject,
                                                .type = BJ_OE_SESSION_REJECT,
                                                .version = BJ_OE_VERSION},
                                     .ref_seq = request_seq, .reason = BJ_REJ_FIELD,
                                     .ref_type = BJ_OE_CANCEL, .text = "token"};
    say(g, &reject, sizeof reject);
}

/* False: break the connection. */
static bool answer(gateway_t *g, const bj_oe_cancel_t *cancel) {
    g->had = cancel->header.seq;
    switch (cancel->order_id) {
    case ORDER_TWO:
        report(g, BJ_EV_TRADE, 0, 99); /* an unasked one comes before */
        /* fall through */
    case ORDER_ANSWER: report(g, BJ_EV_CANCELLED, g->had, cancel->order_id); return true;
    case ORDER_REFUSE: refuse(g, g->had); return true;
    case ORDER_BREAK: return false;
    default: return true; /* silence, and what a lost session leaves behind */
    }
}

/* First the orders that it ended, with its number, then itself. */
static void answer_mass(gateway_t *g, uint64_t seq) {
    g->had = seq;
    report(g, BJ_EV_CANCELLED, seq, 7);
    report(g, BJ_EV_CANCELLED, seq, 8);
    report(g, BJ_EV_MASS_DONE, seq, 0);
}

/* A kill that blocks: the limit, an order that ended, the end.  A limit: itself alone. */
static void answer_admin(gateway_t *g, const bj_oe_admin_t *msg) {
    g->had = msg->header.seq;
    report(g, BJ_EV_LIMIT, g->had, 0);
    if (msg->kind != BJ_OE_ADMIN_KILL) return;
    report(g, BJ_EV_CANCELLED, g->had, 7);
    report(g, BJ_EV_MASS_DONE, g->had, 0);
}

static void serve(gateway_t *g) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    bj_oe_header_t header;
    while (read_whole(g->fd, &header, sizeof header)) {
        memcpy(msg, &header, sizeof header);
        if (header.len_bytes < sizeof header || header.len_bytes > sizeof msg) return;
        if (!read_whole(g->fd, msg + sizeof header, header.len_bytes - sizeof header)) return;
        if (header.type == BJ_OE_MASS_CANCEL) answer_mass(g, header.seq);
        bj_oe_admin_t admin;
        memcpy(&admin, msg, sizeof admin);
        if (header.type == BJ_OE_ADMIN) answer_admin(g, &admin);
        if (header.type != BJ_OE_CANCEL) continue;
        bj_oe_cancel_t cancel;
        memcpy(&cancel, msg, sizeof cancel);
        if (!answer(g, &cancel)) return;
    }
}

static void *run(void *arg) {
    gateway_t *g = arg;
    while ((g->fd = accept(g->listen_fd, NULL, NULL)) >= 0) {
        if (log_in(g)) serve(g);
        close(g->fd);
    }
    return NULL;
}

static void start(gateway_t *g) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;
    g->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    BJ_CHECK(bind(g->listen_fd, (struct sockaddr *)&address, sizeof address) == 0);
    BJ_CHECK(listen(g->listen_fd, 4) == 0);
    BJ_CHECK(getsockname(g->listen_fd, (struct sockaddr *)&address, &address_bytes) == 0);
    g->port = ntohs(address.sin_port);
    BJ_CHECK(pthread_create(&g->thread, NULL, run, g) == 0);
}

static void on_report(void *ctx, const bj_oe_report_t *r) {
    (void)ctx, (void)r;
    report_cnt++;
}

static void on_up(void *ctx) {
    (void)ctx;
    up_cnt++;
}

static bool wait_up(bj_order_link_t *link, unsigned ups) {
    for (int i = 0; i < 500 && !(bj_order_link_up(link) && up_cnt >= ups); i++) usleep(10000);
    return bj_order_link_up(link);
}

static bj_status_t ask(bj_order_link_t *link, uint64_t order_id, int64_t wait_ms,
                       bj_order_answer_t *got) {
    bj_oe_cancel_t msg = {.order_id = order_id, .account_id = 1000, .token = 1594};
    memset(got, 0, sizeof *got);
    return bj_order_link_ask(link, BJ_OE_CANCEL, &msg, wait_ms, got);
}

static void test_answers(bj_order_link_t *link) {
    bj_order_answer_t got;
    BJ_CHECK(ask(link, ORDER_ANSWER, 3000, &got) == BJ_OK && got.refused == BJ_OK);
    BJ_CHECK(got.report.header.type == 'c' && got.report.order_id == ORDER_ANSWER);
    BJ_CHECK(ask(link, ORDER_TWO, 3000, &got) == BJ_OK && got.report.order_id == ORDER_TWO);
    BJ_CHECK(report_cnt == 3);
    BJ_CHECK(ask(link, ORDER_REFUSE, 3000, &got) == BJ_OK && got.refused == BJ_REJ_FIELD);
    BJ_CHECK(strcmp(got.text, "token") == 0);
}

static void test_command(bj_order_link_t *link) {
    bj_order_answer_t got;
    bj_oe_mass_cancel_t msg = {.account_id = 1000};
    unsigned before = report_cnt;
    BJ_CHECK(bj_order_link_ask(link, BJ_OE_MASS_CANCEL, &msg, 3000, &got) == BJ_OK);
    BJ_CHECK(got.refused == BJ_OK && got.report.header.type == 'k');
    BJ_CHECK(report_cnt == before + 3);
    bj_oe_admin_t admin = {.kind = BJ_OE_ADMIN_KILL, .account_id = 1000, .how = 1};
    BJ_CHECK(bj_order_link_ask(link, BJ_OE_ADMIN, &admin, 3000, &got) == BJ_OK);
    BJ_CHECK(got.refused == BJ_OK && got.report.header.type == 'k');
    admin.kind = BJ_OE_ADMIN_LIMIT;
    BJ_CHECK(bj_order_link_ask(link, BJ_OE_ADMIN, &admin, 3000, &got) == BJ_OK);
    BJ_CHECK(got.refused == BJ_OK && got.report.header.type == 'g');
}

static void test_nobody_knows(bj_order_link_t *link) {
    bj_order_answer_t got;
    int64_t began_ns = bj_clock_mono_ns();
    BJ_CHECK(ask(link, ORDER_SILENCE, 200, &got) == BJ_ERR_TIMEOUT);
    BJ_CHECK(bj_clock_mono_ns() - began_ns >= 190 * BJ_NS_PER_MS);
    BJ_CHECK(ask(link, ORDER_ANSWER, 3000, &got) == BJ_OK); /* the next one is not mixed up */
    BJ_CHECK(got.report.order_id == ORDER_ANSWER);
    began_ns = bj_clock_mono_ns();
    BJ_CHECK(ask(link, ORDER_BREAK, 10000, &got) == BJ_ERR_TIMEOUT);
    BJ_CHECK(bj_clock_mono_ns() - began_ns < 5000 * BJ_NS_PER_MS); /* at once, not after the wait */
    BJ_CHECK(wait_up(link, 2));
    BJ_CHECK(ask(link, ORDER_ANSWER, 3000, &got) == BJ_OK);
}

static void *ask_many(void *link) {
    bj_order_answer_t got;
    for (int i = 0; i < 200; i++) {
        uint64_t order_id = i % 3 ? ORDER_ANSWER : ORDER_TWO;
        bj_status_t status = ask(link, order_id, 5000, &got);
        if (status != BJ_OK || got.report.order_id != order_id) return link;
    }
    return NULL;
}

static void test_many_askers(bj_order_link_t *link) {
    pthread_t asker[8];
    void *wrong;
    for (size_t i = 0; i < BJ_COUNT(asker); i++) {
        BJ_CHECK(pthread_create(&asker[i], NULL, ask_many, link) == 0);
    }
    for (size_t i = 0; i < BJ_COUNT(asker); i++) {
        BJ_CHECK(pthread_join(asker[i], &wrong) == 0 && !wrong);
    }
}

static void test_gone(bj_order_link_t *link, gateway_t *g) {
    bj_order_answer_t got;
    shutdown(g->listen_fd, SHUT_RDWR);
    shutdown(g->fd, SHUT_RDWR);
    pthread_join(g->thread, NULL);
    close(g->listen_fd);
    for (int i = 0; i < 300 && bj_order_link_up(link); i++) usleep(10000);
    BJ_CHECK(ask(link, ORDER_ANSWER, 3000, &got) == BJ_ERR_UNAVAILABLE);
}

int main(void) {
    static gateway_t g;
    start(&g);
    bj_order_link_config_t config = {.way = {.host = "127.0.0.1", .port = g.port},
                                     .session = "control",
                                     .key = "secret", .on_report = on_report, .on_up = on_up};
    bj_order_link_t *link = bj_order_link_new(&config);
    BJ_CHECK(link && wait_up(link, 1));
    if (link) {
        test_answers(link);
        test_command(link);
        test_nobody_knows(link);
        test_many_askers(link);
        test_gone(link, &g);
    }
    bj_order_link_free(link);
    config.way.host = "gateway.example";
    BJ_CHECK(!bj_order_link_new(&config));
    BJ_CHECK(wrong_cnt == 0);
    return bj_test_end("test_bj_order_link");
}
