#include "dataplane/main/bj_gateway_tile.h"

#include "dataplane/base/bj_log.h"

static bool frame_send(void *ctx, const void *frame, size_t frame_bytes) {
    return bj_nic_send((bj_nic_t *)ctx, frame, frame_bytes);
}

static void frame_take(void *ctx, const uint8_t *frame, size_t frame_bytes) {
    bj_gateway_tile_t *tile = (bj_gateway_tile_t *)ctx;
    bj_lwip_frame(tile->lwip, frame, frame_bytes, tile->now);
}

/* For measurements: docs/latency.md. */
static bool echo_open(bj_gateway_tile_t *tile, uint16_t port) {
    tile->echo = bj_lwip_echo_new(port);
    if (tile->echo)
        BJ_WARN("gateway.echo_port: anyone may have port %u answer, without a login", port);
    else
        BJ_ERROR("gateway.echo_port %u cannot be listened on: gateway.port has it", port);
    return tile->echo != NULL;
}

bool bj_gateway_tile_ports(bj_gateway_tile_t *tile, const bj_config_t *config) {
    tile->driver = bj_config_str(config, "gateway.driver");
    if (strcmp(tile->driver, "socket") == 0) return true;
    tile->nic =
        bj_nic_open("orders", &(bj_nic_config_t){.driver = tile->driver,
                                                 .iface = bj_config_str(config, "gateway.iface")});
    if (tile->nic) tile->driver = bj_nic_driver(tile->nic);
    return tile->nic != NULL;
}

static bool open_lwip(bj_gateway_tile_t *tile, const bj_config_t *config, uint16_t port,
                      uint16_t echo_port) {
    bj_nic_drain(tile->nic);
    bj_lwip_config_t lwip = {.ip = bj_config_str(config, "gateway.ip"),
                             .netmask = bj_config_str(config, "gateway.netmask"),
                             .mac = bj_config_str(config, "gateway.mac"),
                             .port = port,
                             .send = frame_send,
                             .ctx = tile->nic};
    tile->lwip = bj_lwip_new(&lwip, tile->gateway);
    if (tile->lwip) BJ_INFO("orders: %s:%u by lwIP over %s", lwip.ip, port, tile->driver);
    return tile->lwip && (!echo_port || echo_open(tile, echo_port));
}

bool bj_gateway_tile_open(bj_gateway_tile_t *tile, const bj_config_t *config) {
    uint16_t port = (uint16_t)bj_config_int(config, "gateway.port", 1, UINT16_MAX);
    uint16_t echo_port =
        (uint16_t)bj_config_int_or(config, "gateway.echo_port", 1, UINT16_MAX, 0);
    for (int i = 0; i < BJ_NNF_DOORS; i++) {
        if (!bj_nnf_door_open(&tile->nnf[i])) return false;
    }
    if (tile->nic) return open_lwip(tile, config, port, echo_port);
    if (echo_port) {
        BJ_ERROR("gateway.echo_port is lwIP's: gateway.driver must be af_xdp or af_packet");
        return false;
    }
    const char *host = bj_config_str(config, "gateway.host");
    tile->ksock = bj_ksock_new(host, port, tile->gateway);
    if (tile->ksock) BJ_INFO("orders: %s:%u by the kernel's TCP", host, port);
    return tile->ksock != NULL;
}

void bj_gateway_tile_close(bj_gateway_tile_t *tile) {
    bj_lwip_echo_free(tile->echo);
    bj_lwip_free(tile->lwip);
    bj_ksock_free(tile->ksock);
    if (tile->nic) bj_nic_flush(tile->nic); /* lwIP's last words */
    bj_nic_close(tile->nic);
    tile->echo = NULL, tile->lwip = NULL, tile->ksock = NULL, tile->nic = NULL;
    for (int i = 0; i < BJ_NNF_DOORS; i++)
        bj_nnf_door_close(&tile->nnf[i]);
    bj_session_clock_close(&tile->clock);
    bj_band_watch_close(&tile->bands);
}

/* What is due goes out first and the port is looked at last: the engine's turn comes next, and an
 * order that has just come does not wait for the rest. */
uint32_t bj_gateway_tile_step(void *ctx, bj_now_t now) {
    bj_gateway_tile_t *tile = (bj_gateway_tile_t *)ctx;
    uint64_t commands_before = bj_gateway_counters(tile->gateway)->commands;
    uint32_t done = 0;
    tile->now = now;
    uint32_t issued = bj_band_watch_step(&tile->bands, now.wall_ns);
    uint32_t steps = bj_session_clock_step(&tile->clock, now.wall_ns);
    if (steps) bj_band_watch_hold(&tile->bands);
    issued += steps;
    done += issued;
    for (int i = 0; i < BJ_NNF_DOORS; i++) {
        bool by_nnf;
        done += bj_nnf_door_step(&tile->nnf[i], now, &by_nnf);
        issued += by_nnf;
    }
    done += bj_gateway_step(tile->gateway, now);
    if (tile->ksock) done += bj_ksock_step(tile->ksock, now);
    if (tile->lwip) done += bj_lwip_step(tile->lwip, now);
    if (tile->nic) {
        bj_nic_flush(tile->nic);
        done += bj_nic_poll(tile->nic, frame_take, tile);
        bj_nic_flush(tile->nic); /* lwIP's own answers, and the echo's */
    }
    if (issued || bj_gateway_counters(tile->gateway)->commands != commands_before) {
        bj_bell_ring(tile->engine_bell);
    }
    return done;
}

uint32_t bj_gateway_tile_answer(void *ctx, bj_now_t now) {
    bj_gateway_tile_t *tile = (bj_gateway_tile_t *)ctx;
    uint32_t done = bj_gateway_answer(tile->gateway, now);
    if (!done) return 0;
    if (tile->ksock) done += bj_ksock_step(tile->ksock, now);
    if (tile->lwip) done += bj_lwip_step(tile->lwip, now);
    if (tile->nic) bj_nic_flush(tile->nic);
    return done;
}

void bj_gateway_tile_housekeep(void *ctx, bj_now_t now) {
    bj_gateway_tile_t *tile = (bj_gateway_tile_t *)ctx;
    bj_gateway_tile_counters_t counters = {.gateway = *bj_gateway_counters(tile->gateway),
                                           .bands_asked = tile->bands.asked_cnt,
                                           .bands_refused = tile->bands.refused_cnt};
    if (tile->nic) counters.nic = bj_nic_stats(tile->nic);
    uint32_t hop = tile->hop_turn++ % BJ_GATEWAY_HOP_CNT; /* a walk over the buckets each */
    tile->hops[hop] = bj_hist_figures(bj_gateway_hop(tile->gateway, (bj_gateway_hop_t)hop));
    memcpy(counters.hops, tile->hops, sizeof counters.hops);
    for (int i = 0; i < BJ_NNF_DOORS; i++) {
        const bj_nnf_server_t *server = tile->nnf[i].server;
        if (server) counters.nnf[i] = *bj_nnf_server_counters(server);
    }
    bj_metrics_publish(&tile->metrics, &counters, sizeof counters, now);
}
