/* Goal: with a server that keeps the protocol and a connection that breaks after every possible
 * number of bytes, each request reaches the server once and each report reaches the caller once, in
 * order; and a server that does not keep the protocol is left. */
#include "dataplane/wire/bj_oe_client.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

enum { REQUEST_CNT = 6, SAY_MAX = 1 << 16 };

/* A server in one page: it counts what it had and answers each request with one report. */
typedef struct server {
    uint64_t had, reports; /* requests taken, reports made: both last for ever */
    uint64_t request[64];  /* which one a report answers */
    unsigned nothings;     /* cancels of order 0: a number used up, nothing done */
    uint8_t  say[SAY_MAX];
    size_t   say_cnt;
    uint8_t  in[4096];
    size_t   in_cnt;
    bool     open, wrong_key;
} server_t;

typedef struct got {
    unsigned ready, reports, rejects;
    uint64_t last_request;
} got_t;

static const uint8_t nonce[BJ_OE_NONCE_BYTES] = {1, 2, 3};

static void server_say(server_t *server, const void *msg, size_t msg_bytes) {
    memcpy(server->say + server->say_cnt, msg, msg_bytes);
    server->say_cnt += msg_bytes;
}

static void server_repeat(server_t *server, uint64_t report_seq) {
    const bj_event_t event = {.type = BJ_EV_ACCEPTED, .session_seq = server->request[report_seq]};
    bj_oe_report_t report;
    server_say(server, &report, bj_oe_from_event(&event, report_seq, &report));
}

static void server_answer(server_t *server, uint64_t request_seq) {
    server->had++;
    server->request[++server->reports] = request_seq;
    server_repeat(server, server->reports);
}

static void server_open(server_t *server) {
    bj_oe_challenge_t challenge = {.header = {.len_bytes = sizeof challenge,
                                              .type = BJ_OE_CHALLENGE,
                                              .version = BJ_OE_VERSION}};
    memcpy(challenge.nonce, nonce, sizeof nonce);
    server->say_cnt = server->in_cnt = 0;
    server->open = false;
    server_say(server, &challenge, sizeof challenge);
}

static void server_login(server_t *server, const uint8_t *msg) {
    bj_oe_login_t login;
    uint8_t mac[BJ_OE_MAC_BYTES];
    memcpy(&login, msg, sizeof login);
    BJ_CHECK(bj_oe_login_mac("secret", 6, nonce, login.session, mac));
    bool ok = memcmp(mac, login.mac, sizeof mac) == 0;
    bool known = login.next_out_seq <= server->reports + 1;
    bj_oe_login_reply_t reply = {
        .header = {.len_bytes = sizeof reply, .type = BJ_OE_LOGIN_REPLY, .version = BJ_OE_VERSION},
        .status = !ok ? BJ_ERR_DENIED : known ? BJ_OK : BJ_ERR_SEQUENCE, .heartbeat_ms = 1000,
        .next_in_seq = server->had + 1, .next_out_seq = server->reports + 1};
    server->wrong_key = !ok;
    server_say(server, &reply, sizeof reply);
    server->open = reply.status == BJ_OK;
    uint64_t from = login.next_out_seq ? login.next_out_seq : server->reports + 1;
    for (uint64_t seq = from; server->open && seq <= server->reports; seq++)
        server_repeat(server, seq);
}

static void server_nothing(server_t *server, uint64_t seq) {
    bj_oe_session_reject_t reject = {
        .header = {.len_bytes = sizeof reject, .type = BJ_OE_SESSION_REJECT,
                   .version = BJ_OE_VERSION},
        .ref_seq = seq, .reason = BJ_ERR_BAD_FIELD};
    BJ_CHECK(seq == server->had + 1);
    server->had++;
    server->nothings++;
    server_say(server, &reject, sizeof reject);
}

static void server_hear(server_t *server, const uint8_t *data, size_t data_bytes) {
    size_t msg_bytes;
    memcpy(server->in + server->in_cnt, data, data_bytes);
    server->in_cnt += data_bytes;
    while (bj_oe_frame(server->in, server->in_cnt, &msg_bytes) == BJ_OK) {
        bj_oe_header_t header;
        memcpy(&header, server->in, sizeof header);
        if (header.type == BJ_OE_LOGIN) server_login(server, server->in);
        if (server->open && header.type == BJ_OE_NEW) {
            BJ_CHECK(header.seq == server->had + 1); /* each once, in order */
            server_answer(server, header.seq);
        }
        if (server->open && header.type == BJ_OE_CANCEL) server_nothing(server, header.seq);
        server->in_cnt -= msg_bytes;
        memmove(server->in, server->in + msg_bytes, server->in_cnt);
    }
}

static void on_ready(void *ctx, const bj_oe_login_reply_t *reply) {
    BJ_CHECK(reply->status == BJ_OK);
    ((got_t *)ctx)->ready++;
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    got_t *got = ctx;
    got->reports++;
    BJ_CHECK(report->request_seq == got->last_request + 1);
    got->last_request = report->request_seq;
}

static void on_reject(void *ctx, const bj_oe_session_reject_t *reject) {
    ((got_t *)ctx)->rejects++;
    BJ_CHECK(strlen(reject->text) < sizeof reject->text);
}

static bj_oe_client_t *client_of(got_t *got, bool resume, const char *key) {
    bj_oe_client_config_t config = {.session = "desk",
                                    .key_bytes = strlen(key),
                                    .heartbeat_ms = 1000,
                                    .keep_max = 8,
                                    .resume = resume, .first_report = 1,
                                    .on_ready = on_ready,
                                    .on_report = on_report,
                                    .on_reject = on_reject,
                                    .ctx = got};
    memcpy(config.key, key, config.key_bytes);
    return bj_oe_client_new(&config);
}

static bool ask(bj_oe_client_t *client) {
    bj_oe_new_t order = {.client_order_id = 1, .account_id = 1, .token = 1, .price_paise = 1,
                         .qty = 1, .side = 'B', .order_type = BJ_LIMIT, .tif = BJ_DAY};
    uint64_t seq;
    return bj_oe_client_request(client, BJ_OE_NEW, &order, &seq) == BJ_OK;
}

/* Carries bytes both ways, one at a time, until nothing moves or *budget is spent. */
static bool carry(bj_oe_client_t *client, server_t *server, size_t *budget) {
    const uint8_t *data;
    for (bool moved = true; moved && *budget;) {
        moved = false;
        if (server->say_cnt) {
            uint8_t byte = server->say[0];
            memmove(server->say, server->say + 1, --server->say_cnt);
            if (!bj_oe_client_input(client, &byte, 1, 5)) return false;
            moved = true;
            --*budget;
        }
        if (*budget && bj_oe_client_output(client, &data)) {
            server_hear(server, data, 1);
            bj_oe_client_sent(client, 1);
            moved = true;
            --*budget;
        }
    }
    return true;
}

/* Breaks the first connection after `cut` bytes and the second after `cut2`; the third holds. */
static void run_cut(size_t cut, size_t cut2) {
    static server_t server;
    memset(&server, 0, sizeof server);
    got_t got = {0};
    bj_oe_client_t *client = client_of(&got, true, "secret");
    int asked = 0;
    for (int turn = 0; turn < 3; turn++) {
        size_t budget = turn == 0 ? cut : turn == 1 ? cut2 : SIZE_MAX;
        bj_oe_client_connected(client, 1);
        server_open(&server);
        BJ_CHECK(carry(client, &server, &budget));
        while (budget && asked < REQUEST_CNT && ask(client)) {
            asked++;
            BJ_CHECK(carry(client, &server, &budget));
        }
        bj_oe_client_disconnected(client);
    }
    BJ_CHECK(asked == REQUEST_CNT && server.had == REQUEST_CNT);
    BJ_CHECK(got.reports == REQUEST_CNT && bj_oe_client_open_cnt(client) == 0);
    BJ_CHECK(bj_oe_client_stats(client).holes == 0 && bj_oe_client_stats(client).doubles == 0);
    bj_oe_client_free(client);
}

static void test_every_break(void) {
    size_t all = 48 + 80 + 48 + REQUEST_CNT * (sizeof(bj_oe_new_t) + sizeof(bj_oe_report_t));
    for (size_t cut = 0; cut <= all; cut++) {
        unsigned fails = bj_fail_cnt;
        run_cut(cut, cut * 7 % (all + 1));
        if (bj_fail_cnt != fails) fprintf(stderr, "  cut at %zu\n", cut);
    }
}

/* A fresh view: what was under way is given up, numbers are the server's, reports only what is
 * new. */
static void test_fresh_view(void) {
    static server_t server;
    got_t got = {.last_request = 4};
    memset(&server, 0, sizeof server);
    server.had = server.reports = 4; /* an earlier life */
    bj_oe_client_t *client = client_of(&got, false, "secret");
    size_t budget = SIZE_MAX;
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && bj_oe_client_ready(client));
    BJ_CHECK(ask(client) && bj_oe_client_open_cnt(client) == 1);
    bj_oe_client_disconnected(client); /* not a byte of it left */
    BJ_CHECK(!ask(client));
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && bj_oe_client_open_cnt(client) == 0);
    BJ_CHECK(server.had == 4 && ask(client) && carry(client, &server, &budget));
    BJ_CHECK(server.had == 5 && got.reports == 1 && got.ready == 2);
    bj_oe_client_free(client);
}

/* The server forgets from request 2 on, as after a crash before it was durable.  Request 2 had been
 * refused: the caller knows, so it must not be done now; 3 is done. */
static void test_refused_stays_refused(void) {
    static server_t server;
    got_t got = {0};
    size_t budget = SIZE_MAX;
    bj_oe_session_reject_t reject = {
        .header = {.len_bytes = sizeof reject, .version = BJ_OE_VERSION,
                   .type = BJ_OE_SESSION_REJECT},
        .ref_seq = 2};
    memset(&server, 0, sizeof server);
    bj_oe_client_t *client = client_of(&got, true, "secret");
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && ask(client) && carry(client, &server, &budget));
    BJ_CHECK(ask(client) && ask(client) && got.reports == 1);
    BJ_CHECK(bj_oe_client_input(client, (const uint8_t *)&reject, sizeof reject, 5));
    bj_oe_client_disconnected(client);
    bj_oe_client_connected(client, 1);
    server_open(&server);
    got.last_request = 2; /* the next report answers 3 */
    BJ_CHECK(carry(client, &server, &budget));
    BJ_CHECK(server.had == 3 && server.nothings == 1 && got.reports == 2 && got.rejects == 1);
    BJ_CHECK(bj_oe_client_open_cnt(client) == 0 && bj_oe_client_stats(client).given_up == 0);
    bj_oe_client_free(client);
}

/* A new process on an old session: nothing of the past, and from then on nothing missed. */
static void test_only_new(void) {
    static server_t server;
    got_t got = {.last_request = 4};
    size_t budget = SIZE_MAX;
    memset(&server, 0, sizeof server);
    server.had = server.reports = 4;
    bj_oe_client_config_t config = {.session = "desk", .key = "secret", .key_bytes = 6,
                                    .heartbeat_ms = 1000, .keep_max = 8, .resume = true,
                                    .on_report = on_report, .ctx = &got};
    bj_oe_client_t *client = bj_oe_client_new(&config);
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && ask(client));
    const uint8_t *data;
    size_t bytes = bj_oe_client_output(client, &data);
    server_hear(&server, data, bytes); /* heard, and the answer is lost */
    bj_oe_client_disconnected(client);
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && got.reports == 1 && server.had == 5);
    BJ_CHECK(bj_oe_client_open_cnt(client) == 0);
    bj_oe_client_free(client);
}

static void test_heartbeat_shows_a_hole(void) {
    static server_t server;
    got_t got = {0};
    size_t budget = SIZE_MAX;
    bj_oe_header_t beat = {.len_bytes = sizeof beat, .type = BJ_OE_SERVER_HEARTBEAT,
                           .version = BJ_OE_VERSION};
    memset(&server, 0, sizeof server);
    bj_oe_client_t *client = client_of(&got, true, "secret");
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget));
    BJ_CHECK(bj_oe_client_input(client, (const uint8_t *)&beat, sizeof beat, 5));
    beat.seq = 1; /* it says that it sent a report */
    BJ_CHECK(!bj_oe_client_input(client, (const uint8_t *)&beat, sizeof beat, 5));
    BJ_CHECK(bj_oe_client_stats(client).holes == 1 && bj_oe_client_why(client) == BJ_ERR_SEQUENCE);
    bj_oe_client_free(client);
}

static void test_refusals(void) {
    static server_t server;
    got_t got = {0};
    size_t budget = SIZE_MAX;
    memset(&server, 0, sizeof server);
    bj_oe_client_t *client = client_of(&got, true, "wrong");
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(!carry(client, &server, &budget) && bj_oe_client_why(client) == BJ_ERR_DENIED);
    BJ_CHECK(!bj_oe_client_step(client, 2) && server.wrong_key);
    bj_oe_client_free(client);

    /* Eight under way and not one more; then the server's world begins again. */
    client = client_of(&got, true, "secret");
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget));
    for (int i = 0; i < 8; i++) BJ_CHECK(ask(client));
    BJ_CHECK(!ask(client));
    BJ_CHECK(carry(client, &server, &budget) && got.reports == 8);
    memset(&server, 0, sizeof server);
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(!carry(client, &server, &budget) && bj_oe_client_why(client) == BJ_ERR_SEQUENCE);
    got.last_request = 0;
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && ask(client) && carry(client, &server, &budget));
    BJ_CHECK(server.had == 1 && bj_oe_client_stats(client).worlds == 1 && got.reports == 9);

    /* Silence, garbage, a hole, a double, a refusal of the gateway. */
    BJ_CHECK(bj_oe_client_step(client, 5 + 3 * BJ_NS_PER_S));
    BJ_CHECK(!bj_oe_client_step(client, 6 + 3 * BJ_NS_PER_S));
    BJ_CHECK(bj_oe_client_why(client) == BJ_ERR_TIMEOUT);
    bj_oe_client_free(client);
}

static void say_to(bj_oe_client_t *client, const void *msg, size_t msg_bytes, bool want) {
    uint8_t *exact = malloc(msg_bytes);
    memcpy(exact, msg, msg_bytes);
    BJ_CHECK(bj_oe_client_input(client, exact, msg_bytes, 5) == want);
    free(exact);
}

static void test_bad_server(void) {
    static server_t server;
    got_t got = {0};
    size_t budget = SIZE_MAX;
    bj_oe_report_t report;
    const bj_event_t event = {.type = BJ_EV_TRADE};
    bj_oe_session_reject_t reject = {.header = {.len_bytes = sizeof reject,
                                                .version = BJ_OE_VERSION,
                                                .type = BJ_OE_SESSION_REJECT}};
    memset(&server, 0, sizeof server);
    bj_oe_client_t *client = client_of(&got, true, "secret");
    (void)bj_oe_from_event(&event, 1, &report);
    bj_oe_client_connected(client, 1);
    say_to(client, &report, sizeof report, false); /* a report before the login */
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && ask(client));
    memset(reject.text, 'x', sizeof reject.text); /* no NUL: cut, not run past */
    reject.ref_seq = 1;
    say_to(client, &reject, sizeof reject, true);
    BJ_CHECK(got.rejects == 1 && bj_oe_client_open_cnt(client) == 0);
    got.last_request = UINT64_MAX; /* an unasked-for report answers 0 */
    say_to(client, &report, sizeof report, true);
    say_to(client, &report, sizeof report, true);
    BJ_CHECK(bj_oe_client_stats(client).doubles == 1 && got.reports == 1);
    report.header.seq = 3;
    say_to(client, &report, sizeof report, false);
    BJ_CHECK(bj_oe_client_stats(client).holes == 1 && bj_oe_client_why(client) == BJ_ERR_SEQUENCE);
    bj_oe_client_connected(client, 1);
    say_to(client, "GET / HTTP/1.1\r\n\r\n", 18, false);
    bj_oe_client_disconnected(client);
    say_to(client, "x", 1, false);
    bj_oe_client_free(client);
}

static void on_warning(void *ctx, const bj_oe_warning_t *warning) {
    ((got_t *)ctx)->rejects += warning->used_pct == 80 && strlen(warning->text) == 39;
}

/* Who listens asks for them; who does not is not troubled by one. */
typedef struct refusal {
    uint64_t seq;
    uint16_t reason;
    unsigned cnt;
} refusal_t;

static void on_refusal(void *ctx, const bj_oe_session_reject_t *reject) {
    refusal_t *refusal = ctx;
    *refusal = (refusal_t){reject->ref_seq, reject->reason, refusal->cnt + 1};
    BJ_CHECK(reject->ref_type == BJ_OE_NEW && reject->client_order_id == 1);
}

/* The gateway refused request 1 and answered request 2, and the connection took the refusal along:
 * the answer to 2 says that 1 is not done. */
static void test_lost_reject(void) {
    refusal_t refusal = {0};
    bj_oe_client_config_t config = {.session = "desk", .key = "secret", .key_bytes = 6,
                                    .heartbeat_ms = 1000, .keep_max = 8, .resume = true,
                                    .first_report = 1, .on_reject = on_refusal, .ctx = &refusal};
    bj_oe_client_t *client = bj_oe_client_new(&config);
    static server_t server;
    size_t budget = SIZE_MAX;
    bj_oe_client_connected(client, 1);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget) && ask(client) && ask(client) && ask(client));
    bj_oe_client_disconnected(client);
    server.had = 1; /* and told nobody */
    server_answer(&server, 2);
    server.say_cnt = server.in_cnt = 0;
    bj_oe_client_connected(client, 2);
    server_open(&server);
    BJ_CHECK(carry(client, &server, &budget));
    BJ_CHECK(refusal.cnt == 1 && refusal.seq == 1 && refusal.reason == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(bj_oe_client_open_cnt(client) == 0 && bj_oe_client_stats(client).reports == 2);
    BJ_CHECK(bj_oe_client_stats(client).lost_rejects == 1 && server.had == 3);
    bj_oe_client_free(client);
}

static void test_warnings(void) {
    bj_oe_warning_t warning = {.header = {.len_bytes = sizeof warning, .version = BJ_OE_VERSION,
                                          .type = BJ_OE_WARNING},
                               .used_pct = 80};
    memset(warning.text, 'x', sizeof warning.text); /* no NUL: cut, not run past */
    for (int listens = 0; listens < 2; listens++) {
        static server_t server;
        got_t got = {0};
        const uint8_t *said;
        uint32_t flags = 7;
        bj_oe_client_config_t config = {.session = "desk", .key = "k", .key_bytes = 1,
                                        .heartbeat_ms = 1000, .keep_max = 8, .ctx = &got,
                                        .on_warning = listens ? on_warning : NULL};
        bj_oe_login_reply_t reply = {.header = {.len_bytes = sizeof reply,
                                                .type = BJ_OE_LOGIN_REPLY,
                                                .version = BJ_OE_VERSION},
                                     .heartbeat_ms = 1000, .next_in_seq = 1, .next_out_seq = 1};
        bj_oe_client_t *client = bj_oe_client_new(&config);
        bj_oe_client_connected(client, 1);
        server_open(&server);
        say_to(client, server.say, server.say_cnt, true);
        BJ_CHECK(bj_oe_client_output(client, &said) == sizeof(bj_oe_login_t));
        memcpy(&flags, said + offsetof(bj_oe_login_t, flags), sizeof flags);
        BJ_CHECK(flags == (listens ? BJ_OE_LOGIN_WARN : 0));
        say_to(client, &reply, sizeof reply, true);
        say_to(client, &warning, sizeof warning, true);
        BJ_CHECK(got.rejects == (unsigned)listens && bj_oe_client_ready(client));
        BJ_CHECK(bj_oe_client_stats(client).warnings == (uint64_t)listens);
        bj_oe_client_free(client);
    }
}

int main(void) {
    bj_oe_client_config_t bad = {.keep_max = 3};
    BJ_CHECK(bj_oe_client_new(&bad) == NULL);
    test_every_break();
    test_fresh_view();
    test_refused_stays_refused();
    test_only_new();
    test_heartbeat_shows_a_hole();
    test_refusals();
    test_bad_server();
    test_warnings();
    test_lost_reject();
    return bj_test_end("test_bj_oe_client");
}
