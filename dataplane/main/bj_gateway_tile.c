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

typedef struct ports { /* 0: none */
    uint16_t clear, tls, echo;
} ports_t;

static void opened_say(const char *host, ports_t ports, const char *by, const char *driver) {
    if (ports.clear) BJ_INFO("orders: %s:%u by %s%s, in clear", host, ports.clear, by, driver);
    if (ports.tls) BJ_INFO("orders: %s:%u by %s%s, under TLS", host, ports.tls, by, driver);
}

static uint16_t port_read(const bj_config_t *config, const char *path) {
    return (uint16_t)bj_config_int_or(config, path, 0, UINT16_MAX, 0);
}

static ports_t ports_read(const bj_config_t *config) {
    return (ports_t){.clear = port_read(config, "gateway.port"),
                     .tls = port_read(config, "gateway.tls_port"),
                     .echo = port_read(config, "gateway.echo_port")};
}

/* Before rights are given up: its key may be another user's. */
static bool tls_open(bj_gateway_tile_t *tile, const bj_config_t *config, ports_t ports) {
    if (ports.clear == ports.tls) {
        BJ_ERROR("gateway.port and gateway.tls_port: one of them, or two that differ");
        return false;
    }
    tile->tls = bj_gateway_tls_new(tile->gateway);
    if (!tile->tls || !ports.tls) return tile->tls != NULL;
    const bj_oe_tls_files_t files = {.ca = bj_config_str(config, "gateway.ca_file"),
                                     .cert = bj_config_str(config, "gateway.cert_file"),
                                     .key = bj_config_str(config, "gateway.key_file")};
    return bj_gateway_certs_open(&tile->certs, &files, tile->tls);
}

bool bj_gateway_tile_ports(bj_gateway_tile_t *tile, const bj_config_t *config) {
    if (!tls_open(tile, config, ports_read(config))) return false;
    tile->driver = bj_config_str(config, "gateway.driver");
    if (strcmp(tile->driver, "socket") == 0) return true;
    tile->nic =
        bj_nic_open("orders", &(bj_nic_config_t){.driver = tile->driver,
                                                 .iface = bj_config_str(config, "gateway.iface")});
    if (tile->nic) tile->driver = bj_nic_driver(tile->nic);
    return tile->nic != NULL;
}

static bool open_lwip(bj_gateway_tile_t *tile, const bj_config_t *config, ports_t ports) {
    bj_nic_drain(tile->nic);
    bj_lwip_config_t lwip = {.ip = bj_config_str(config, "gateway.ip"),
                             .netmask = bj_config_str(config, "gateway.netmask"),
                             .mac = bj_config_str(config, "gateway.mac"),
                             .port = ports.clear,
                             .tls_port = ports.tls,
                             .send = frame_send,
                             .ctx = tile->nic};
    tile->lwip = bj_lwip_new(&lwip, tile->tls);
    if (tile->lwip) opened_say(lwip.ip, ports, "lwIP over ", tile->driver);
    return tile->lwip && (!ports.echo || echo_open(tile, ports.echo));
}

bool bj_gateway_tile_open(bj_gateway_tile_t *tile, const bj_config_t *config) {
    ports_t ports = ports_read(config);
    for (int i = 0; i < BJ_NNF_DOORS; i++) {
        if (!bj_nnf_door_open(&tile->nnf[i])) return false;
    }
    if (tile->nic) return open_lwip(tile, config, ports);
    if (ports.echo) {
        BJ_ERROR("gateway.echo_port is lwIP's: gateway.driver must be af_xdp or af_packet");
        return false;
    }
    const char *host = bj_config_str(config, "gateway.host");
    tile->ksock = bj_ksock_new(host, ports.clear, ports.tls, tile->tls);
    if (tile->ksock) opened_say(host, ports, "the kernel's TCP", "");
    return tile->ksock != NULL;
}

void bj_gateway_tile_close(bj_gateway_tile_t *tile) {
    bj_lwip_echo_free(tile->echo);
    bj_lwip_free(tile->lwip);
    bj_ksock_free(tile->ksock);
    bj_gateway_tls_free(tile->tls);
    tile->tls = NULL;
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
                                           .tls = *bj_gateway_tls_counters(tile->tls),
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
