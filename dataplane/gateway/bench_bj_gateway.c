/* What a gateway's step costs with every session logged in: when nobody says anything, when one of
 * them does, and when all do.  No socket, no engine: each command is answered by one event. */
#include <stdio.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/gateway/gateway_test.h"

enum { MANY = BJ_GATEWAY_SESSIONS_MAX, STEPS = 200000, ROUNDS = 30 };

static bj_gateway_session_config_t sessions[MANY];
static client_t clients[MANY];
static uint64_t seqs[MANY], cmd_seq, event_seq;
static world_t world;

static void many_open(uint32_t cnt) {
    bj_oe_login_reply_t reply;
    for (uint32_t i = 0; i < cnt; i++) {
        sessions[i] = (bj_gateway_session_config_t){
            .id = (uint16_t)(i + 1), .clear = true, .accounts = {2000 + i}, .account_cnt = 1,
            .may = BJ_GATEWAY_MAY_TRADE, .key = "bench", .key_bytes = 5};
        snprintf(sessions[i].name, sizeof sessions[i].name, "many-%u", i);
        seqs[i] = 0;
    }
    cmd_seq = event_seq = 0;
    world_open_with(&world, sessions, cnt, 1 << 14, 1 << 20);
    for (uint32_t i = 0; i < cnt; i++) {
        if (client_login(&clients[i], &world, (uint16_t)(i + 1), 1, &reply) != BJ_OK) abort();
    }
}

static void many_close(uint32_t cnt) {
    for (uint32_t i = 0; i < cnt; i++)
        client_close(&clients[i]);
    world_close(&world);
}

static void engine_step(void) {
    bj_cmd_t cmd;
    while (world_cmd(&world, &cmd)) {
        bj_event_t event = {.seq = ++event_seq, .cmd_seq = ++cmd_seq, .type = BJ_EV_ACCEPTED,
                            .session_id = cmd.session_id, .order_id = cmd_seq, .side = BJ_BUY};
        if (!bj_ring_push(world.events, &event, sizeof event)) abort();
    }
    atomic_store(&world.durable_seq, cmd_seq);
}

/* What the writer's thread does on its own core, as far as the ring is concerned. */
static void audit_drain(void) {
    while (world_audit && bj_ring_peek(world_audit))
        bj_ring_release(world_audit);
}

static void drain(client_t *client) {
    const uint8_t *data;
    size_t bytes = bj_gateway_output(world.gateway, client->conn_idx, &data);
    bj_gateway_sent(world.gateway, client->conn_idx, bytes, world.now);
}

static double idle_ns(void) {
    int64_t from_ns = bj_clock_mono_ns();
    for (int i = 0; i < STEPS; i++) /* a step each microsecond, as a spinning loop makes them */
        world_wait(&world, BJ_NS_PER_US);
    double took_ns = (double)(bj_clock_mono_ns() - from_ns) / STEPS;
    audit_drain();
    return took_ns;
}

/* One order of each active session and its report, a step for all of them. */
static double order_ns(uint32_t active_cnt) {
    uint32_t rounds = active_cnt == 1 ? STEPS : ROUNDS * 100;
    int64_t from_ns = bj_clock_mono_ns();
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < active_cnt; i++) {
            bj_oe_new_t order = good_new(++seqs[i]);
            order.account_id = 2000 + i;
            client_send(&clients[i], &order, sizeof order);
        }
        engine_step();
        world_wait(&world, BJ_NS_PER_US);
        for (uint32_t i = 0; i < active_cnt; i++)
            drain(&clients[i]);
        audit_drain();
    }
    return (double)(bj_clock_mono_ns() - from_ns) / rounds / active_cnt;
}

int main(void) {
    many_open(1);
    printf("1 logged in:   idle step %.1f ns, an order and its report %.0f ns\n", idle_ns(),
           order_ns(1));
    many_close(1);
    many_open(MANY);
    printf("%d logged in: idle step %.1f ns, an order and its report %.0f ns with 1 active, "
           "%.0f ns with all active\n",
           MANY, idle_ns(), order_ns(1), order_ns(MANY));
    many_close(MANY);
    size_t bytes = bj_ring_footprint(1 << 16, sizeof(bj_audit_slot_t));
    void *ring_mem = aligned_alloc(BJ_PAIR_BYTES, bytes);
    world_audit = bj_ring_new(ring_mem, 1 << 16, sizeof(bj_audit_slot_t));
    many_open(MANY);
    printf("%d with audit: idle step %.1f ns, an order and its report %.0f ns with 1 active, "
           "%.0f ns with all active, %lu records missed\n",
           MANY, idle_ns(), order_ns(1), order_ns(MANY),
           bj_gateway_counters(world.gateway)->audit_missed);
    many_close(MANY);
    free(world_audit);
    return 0;
}
