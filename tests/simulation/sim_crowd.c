#include "tests/simulation/sim_crowd.h"

enum { LAST_STEPS = 400 };
sim_crowd_t sim_crowd;

void sim_crowd_new(const sim_crowd_world_t *world) {
    sim_crowd.world = world;
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) sim_client_new(&sim_crowd.clients[i], i);
}

void sim_crowd_free(void) {
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) sim_client_free(&sim_crowd.clients[i]);
}

void sim_crowd_turn(bool mishaps) {
    sim_client_t *client = &sim_crowd.clients[sim_roll(SIM_SESSIONS)];
    sim_client_step(client);
    if (!mishaps) return;
    if (!sim_one_in(3)) sim_client_ask(client);
    if (sim_one_in(300)) sim_client_leave(client);
}

void sim_crowd_leave(void) {
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) sim_client_leave(&sim_crowd.clients[i]);
}

/* --- the end */

bool sim_run_until(bool (*done)(void)) {
    for (uint32_t i = 0; i < sim_crowd.world->rest_steps && !sim.fail_cnt; i++) {
        if (i % 16 == 0 && done()) return true;
        sim_crowd.world->step(false);
    }
    return done();
}

static uint64_t event_cnt_of(uint16_t session_id) {
    const sim_relay_t *relay = sim_crowd.world->relay;
    uint64_t cnt = 0;
    for (uint64_t i = 0; i < relay->seen_cnt; i++) cnt += relay->seen[i].session_id == session_id;
    return cnt;
}

static bool rest(void) {
    if (!sim_crowd.world->at_rest()) return false;
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) {
        const sim_client_t *client = &sim_crowd.clients[i];
        if (client->told_cnt != event_cnt_of(sim_sessions[i].id) || !sim_client_rests(client))
            return false;
    }
    return true;
}

static bool asked(void) {
    bool all = true;
    for (uint32_t i = 0; i < SIM_SESSIONS; i++)
        all = sim_client_ask_last(&sim_crowd.clients[i]) && all;
    return all;
}

/* A last request each: its answer says what became of all before it. */
bool sim_crowd_answered(void) {
    return SIM_CHECK(sim_run_until(asked)) && SIM_CHECK(sim_run_until(rest));
}

static bool again_told(void) {
    sim_client_t *again = &sim_crowd.again;
    sim_client_step(again);
    return again->told_cnt >= again->of->told_cnt;
}

/* All reports from the first on, for whoever asks: the same ones. */
static void second_look(const sim_client_t *client) {
    sim_client_again(&sim_crowd.again, client);
    SIM_CHECK(sim_run_until(again_told));
    sim_client_free(&sim_crowd.again);
}

bool sim_crowd_told_again(void) {
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) {
        sim_client_leave(&sim_crowd.clients[i]);
        sim_crowd.clients[i].calls_ns = INT64_MAX;
    }
    for (uint32_t i = 0; i < SIM_SESSIONS && !sim.fail_cnt; i++)
        second_look(&sim_crowd.clients[i]);
    for (uint32_t i = 0; i < LAST_STEPS; i++) sim_crowd.world->step(false);
    return !sim.fail_cnt && SIM_CHECK(sim_run_until(sim_crowd.world->at_rest));
}
