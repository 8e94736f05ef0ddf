#include "tests/simulation/sim_net.h"

static sim_link_t links[SIM_LINKS_MAX];
uint32_t sim_net_address;

void sim_net_new(void) {
    memset(links, 0, sizeof links);
    sim_net_address = 0;
}

/* --- the client's end */

sim_link_t *sim_net_call(void) {
    for (uint32_t i = 0; i < SIM_LINKS_MAX; i++) {
        sim_link_t *link = &links[i];
        if (link->client_has || link->server_has || link->calling) continue;
        *link = (sim_link_t){.client_has = true, .calling = true, .conn_idx = BJ_GATEWAY_NONE,
                             .machine = sim_net_address};
        return link;
    }
    return NULL;
}

void sim_net_hang_up(sim_link_t *link) {
    link->client_has = link->calling = false;
    link->up.ended = true;
}

size_t sim_net_say(sim_link_t *link, const uint8_t *data, size_t data_bytes) {
    return sim_pipe_put(&link->up, data, sim_piece(data_bytes));
}

size_t sim_net_hear(sim_link_t *link, uint8_t *data, size_t data_bytes, bool *ended) {
    *ended = link->down.ended && !link->down.byte_cnt;
    if (!sim_pipe_moves(&link->down) || !link->down.byte_cnt) return 0;
    size_t bytes = sim_piece(link->down.byte_cnt);
    if (bytes > data_bytes) bytes = data_bytes;
    memcpy(data, link->down.bytes, bytes);
    sim_pipe_taken(&link->down, bytes);
    return bytes;
}

/* --- the server's end */

static void serve_close(sim_process_t *process, sim_link_t *link) {
    bj_gateway_disconnect(process->gateway, link->conn_idx, sim.now);
    link->server_has = false;
    link->down.ended = true;
}

static void serve_in(sim_process_t *process, sim_link_t *link) {
    size_t bytes = sim_pipe_moves(&link->up) ? sim_piece(link->up.byte_cnt) : 0;
    if (!bytes) return;
    sim_pipe_taken(&link->up, bj_gateway_input(process->gateway, link->conn_idx, link->up.bytes,
                                               bytes, sim.now));
}

static void serve_out(sim_process_t *process, sim_link_t *link) {
    const uint8_t *data;
    size_t due = sim_piece(bj_gateway_output(process->gateway, link->conn_idx, &data));
    size_t sent = sim_pipe_put(&link->down, data, due);
    if (sent) bj_gateway_sent(process->gateway, link->conn_idx, sent, sim.now);
}

static void serve_one(sim_process_t *process, sim_link_t *link) {
    if (link->calling && !link->server_has) {
        link->calling = false;
        link->conn_idx = bj_gateway_connect(process->gateway, 0x7f000001, sim.now);
        link->server_has = link->conn_idx != BJ_GATEWAY_NONE;
        link->down.ended = !link->server_has;
    }
    if (!link->server_has) return;
    serve_in(process, link);
    serve_out(process, link);
    bool said_all = link->up.ended && !link->up.byte_cnt && sim_pipe_moves(&link->up);
    if (said_all || bj_gateway_finished(process->gateway, link->conn_idx, sim.now))
        serve_close(process, link);
}

void sim_net_serve(sim_process_t *process) {
    uint32_t from = (uint32_t)sim_roll(SIM_LINKS_MAX);
    sim_proc_now = &process->proc;
    for (uint32_t i = 0; i < SIM_LINKS_MAX; i++) {
        sim_link_t *link = &links[(from + i) % SIM_LINKS_MAX];
        if (link->machine == process->proc.machine) serve_one(process, link);
    }
    sim_proc_now = NULL;
}

/* --- what happens to a net */

static sim_link_t *any_link(void) {
    uint32_t from = (uint32_t)sim_roll(SIM_LINKS_MAX);
    for (uint32_t i = 0; i < SIM_LINKS_MAX; i++) {
        sim_link_t *link = &links[(from + i) % SIM_LINKS_MAX];
        if (link->client_has && link->server_has) return link;
    }
    return NULL;
}

void sim_net_cut_one(void) {
    sim_link_t *link = any_link();
    if (!link) return;
    uint64_t hears = sim_roll(4); /* bit 0: the server, bit 1: the client */
    sim_pipe_cut(&link->up, hears & 1);
    sim_pipe_cut(&link->down, hears & 2);
    sim_note("cut", (uint64_t)(link - links), hears);
}

void sim_net_still_one(void) {
    sim_link_t *link = any_link();
    if (!link) return;
    sim_pipe_t *pipe = sim_one_in(2) ? &link->up : &link->down;
    pipe->still_ns = sim.now.mono_ns + (int64_t)sim_roll(400) * BJ_NS_PER_MS;
}

void sim_net_server_gone(const sim_process_t *process, bool loudly) {
    for (uint32_t i = 0; i < SIM_LINKS_MAX; i++) {
        sim_link_t *link = &links[i];
        if (!link->server_has || link->machine != process->proc.machine) continue;
        link->server_has = false;
        sim_pipe_cut(&link->up, loudly);
        sim_pipe_cut(&link->down, loudly);
    }
}

void sim_net_move(const sim_process_t *from, uint32_t to) {
    sim_net_server_gone(from, sim_one_in(2));
    for (uint32_t i = 0; i < SIM_LINKS_MAX; i++) {
        if (!links[i].calling || links[i].machine == to) continue;
        links[i].calling = false;
        links[i].down.ended = true;
    }
    sim_net_address = to;
}

void sim_net_smooth(void) {
    for (uint32_t i = 0; i < SIM_LINKS_MAX; i++) links[i].up.still_ns = links[i].down.still_ns = 0;
}
