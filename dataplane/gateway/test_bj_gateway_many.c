/* Goal: as many sessions as a gateway holds, and what the worst of them cost the others. */
#include <stdio.h>
#include "dataplane/base/bj_test.h"
#define WORLD_EVENTS_MAX (1 << 16)
#include "dataplane/gateway/gateway_test.h"

enum { MANY = BJ_GATEWAY_SESSIONS_MAX };

static bj_gateway_session_config_t sessions[MANY];
static world_t world;
static client_t clients[MANY];
static uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];

/* Ids from both ends of what is allowed. */
static uint16_t id_of(uint32_t i) {
    return (uint16_t)(i % 2 ? i : BJ_GATEWAY_SESSION_ID_MAX - i);
}

static void sessions_make(void) {
    for (uint32_t i = 0; i < MANY; i++) {
        sessions[i] = (bj_gateway_session_config_t){
            .id = id_of(i), .clear = true, .accounts = {2000 + i}, .account_cnt = 1,
            .may = BJ_GATEWAY_MAY_TRADE, .key = "key of many", .key_bytes = 11};
        snprintf(sessions[i].name, sizeof sessions[i].name, "many-%u", i);
    }
}

static void many_login(uint64_t cmd_depth) {
    bj_oe_login_reply_t reply;
    world_open_with(&world, sessions, MANY, cmd_depth, 4096);
    for (uint32_t i = 0; i < MANY; i++) {
        BJ_CHECK(client_login(&clients[i], &world, id_of(i), 1, &reply) == BJ_OK);
        BJ_CHECK(reply.session_id == id_of(i));
    }
}

static void many_open(uint64_t cmd_depth) {
    sessions_make();
    many_login(cmd_depth);
}

static void many_close(void) {
    for (uint32_t i = 0; i < MANY; i++)
        client_close(&clients[i]);
    world_close(&world);
}

static bool order_send(uint32_t i, uint64_t seq) {
    bj_oe_new_t order = good_new(seq);
    order.account_id = 2000 + i;
    return client_send(&clients[i], &order, sizeof order) == sizeof order;
}

/* What an engine would do: each command makes one event of its session. */
static uint32_t engine_step(uint32_t cnt_max) {
    static uint64_t cmd_seq;
    bj_cmd_t cmd;
    uint32_t cnt = 0;
    if (!world.log_cnt) cmd_seq = 0;
    while (cnt < cnt_max && bj_ring_room(world.events) && world_cmd(&world, &cmd)) {
        BJ_CHECK(world_emit(&world, cmd.session_id, ++cmd_seq));
        cnt++;
    }
    atomic_store(&world.durable_seq, cmd_seq);
    return cnt;
}

static void test_all_at_once(void) {
    many_open(1024);
    BJ_CHECK(bj_gateway_counters(world.gateway)->sessions == MANY);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        for (uint32_t i = 0; i < MANY; i++)
            BJ_CHECK(order_send(i, seq));
        BJ_CHECK(engine_step(MANY) == MANY);
        world_wait(&world, 1000);
        for (uint32_t i = 0; i < MANY; i++) {
            bj_oe_report_t report;
            BJ_CHECK(client_next(&clients[i], msg) == 'a');
            memcpy(&report, msg, sizeof report);
            BJ_CHECK(report.header.seq == seq && report.event_seq == (seq - 1) * MANY + i + 1);
            BJ_CHECK(client_next(&clients[i], msg) == 0);
        }
    }
    client_t other; /* more connections than sessions: there is room for who logs in again */
    bj_oe_login_reply_t reply;
    BJ_CHECK(client_login(&other, &world, id_of(7), 2, &reply) == BJ_OK);
    BJ_CHECK(reply.next_in_seq == 4 && client_finished(&clients[7]));
    world_wait(&world, 1000);
    BJ_CHECK(client_next(&other, msg) == 'a' && client_next(&other, msg) == 'a');
    client_close(&other);
    many_close();
}

/* The command ring is smaller than what they all want: each gets its turn. */
static void test_small_ring_is_shared(void) {
    enum { WANTED = 6 };
    uint32_t got[MANY] = {0};
    many_open(8);
    for (uint64_t seq = 1; seq <= WANTED; seq++) {
        for (uint32_t i = 0; i < MANY; i++)
            BJ_CHECK(order_send(i, seq));
    }
    for (uint32_t steps = 0; steps < 1000 && engine_step(8); steps++) {
        world_wait(&world, 1000);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        while (client_next(&clients[i], msg) == 'a')
            got[i]++;
        BJ_CHECK(got[i] == WANTED);
    }
    many_close();
}

/* Has always 60 orders under way, which is nearly what the gateway takes in for a connection. */
static void greedy_send(uint32_t i, uint64_t *sent, uint64_t *answered) {
    while (client_next(&clients[i], msg) == 'a')
        ++*answered;
    while (*sent - *answered < 60 && order_send(i, *sent + 1))
        ++*sent;
}

/* Some always have more to say than the ring holds; the last one is asked in its turn all the
 * same. */
static void test_nobody_starves(void) {
    enum { GREEDY = 8 };
    uint64_t sent[GREEDY] = {0}, answered[GREEDY] = {0};
    uint32_t steps = 0;
    many_open(8);
    for (uint32_t i = 0; i < GREEDY; i++)
        greedy_send(i, &sent[i], &answered[i]);
    BJ_CHECK(order_send(MANY - 1, 1));
    while (client_next(&clients[MANY - 1], msg) != 'a' && steps < 1000) {
        engine_step(8);
        for (uint32_t i = 0; i < GREEDY; i++) /* as soon as there is room */
            greedy_send(i, &sent[i], &answered[i]);
        world_wait(&world, 1000);
        steps++;
    }
    BJ_CHECK(steps <= BJ_GATEWAY_CONNS_MAX + 1);
    many_close();
}

/* --- the worst clients beside the good ones --- */
enum { DEAF = 64, HALF = 64, FLOOD = 64, GOOD_FROM = DEAF + HALF + FLOOD, TURNS = 300 };

static void flood(uint32_t i, uint64_t *seq) {
    for (int n = 0; n < 40 && order_send(i, *seq); n++)
        ++*seq;
}

static void misbehave(uint32_t turn, uint64_t *seqs) {
    if (turn == 0) {
        for (uint32_t i = DEAF; i < DEAF + HALF; i++) { /* half a message, and silence */
            bj_oe_new_t order = good_new(1);
            client_send(&clients[i], &order, sizeof order / 2);
        }
    }
    for (uint32_t i = 0; i < DEAF; i++) /* asks, and reads nothing of what it gets */
        if (order_send(i, seqs[i])) seqs[i]++;
    for (uint32_t i = DEAF + HALF; i < GOOD_FROM; i++) /* as much as is taken, without an end */
        flood(i, &seqs[i]);
}

/* Orders of the good ones, one a turn each, until each has its report; returns the steps taken. */
static uint32_t good_turn(uint64_t seq, bool with_bad, uint64_t *seqs) {
    bool got[MANY] = {false};
    uint32_t missing = MANY - GOOD_FROM, steps = 0;
    if (with_bad) misbehave((uint32_t)seq - 1, seqs);
    for (uint32_t i = GOOD_FROM; i < MANY; i++)
        BJ_CHECK(order_send(i, seq));
    while (missing && steps < 100) {
        engine_step(1024);
        world_wait(&world, BJ_NS_PER_MS);
        steps++;
        for (uint32_t i = GOOD_FROM; i < MANY; i++) {
            uint8_t type = got[i] ? 0 : client_next(&clients[i], msg);
            if (type != 'a') continue;
            got[i] = true, missing--;
        }
    }
    return steps;
}

static uint32_t good_steps(bool with_bad) {
    uint64_t seqs[MANY];
    uint32_t steps = 0;
    sessions_make();
    for (uint32_t i = 0; i < MANY; i++) {
        seqs[i] = 1;
        sessions[i].throttle = (bj_gateway_throttle_t){
            .rate_per_s = 1000, .burst = 2, .cancel_rate_per_s = 1, .cancel_burst = 1,
            .warn_pct = 100};
    }
    many_login(4096);
    for (uint64_t seq = 1; seq <= TURNS; seq++) {
        uint32_t took = good_turn(seq, with_bad, seqs);
        BJ_CHECK(took == 1);
        steps += took;
    }
    const bj_gateway_counters_t *counters = bj_gateway_counters(world.gateway);
    BJ_CHECK((counters->throttled > 0) == with_bad && (counters->slow > 0) == with_bad);
    many_close();
    return steps;
}

static void test_bad_ones_cost_the_others_nothing(void) {
    BJ_CHECK(good_steps(false) == good_steps(true));
}

int main(void) {
    test_bad_ones_cost_the_others_nothing();
    test_all_at_once();
    test_small_ring_is_shared();
    test_nobody_starves();
    return bj_test_end("test_bj_gateway_many");
}
