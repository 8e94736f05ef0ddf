#ifndef BJ_GATEWAY_TILE_H
#define BJ_GATEWAY_TILE_H

/* bj_gateway_tile - the gateway on its transport: lwIP over a DPDK port, or the kernel's
 * sockets; and NNF's doors beside it, which are on the kernel's always. */
#include "dataplane/base/bj_config.h"
#include "dataplane/gateway/bj_gateway_certs.h"
#include "dataplane/gateway/bj_ksock.h"
#include "dataplane/gateway/bj_lwip.h"
#include "dataplane/gateway/bj_lwip_echo.h"
#include "dataplane/gateway/bj_nic.h"
#include "dataplane/main/bj_band_watch.h"
#include "dataplane/main/bj_nnf_door.h"
#include "dataplane/main/bj_session_clock.h"
#include "dataplane/tile/bj_pipe.h"
#include "dataplane/tile/bj_tile.h"

typedef struct bj_gateway_tile_counters {
    bj_gateway_counters_t gateway;
    bj_gateway_tls_counters_t tls;
    bj_nic_stats_t        nic;
    uint64_t              bands_asked, bands_refused;
    bj_hist_figures_t     hops[BJ_GATEWAY_HOP_CNT];
    bj_nnf_counters_t     nnf[BJ_NNF_DOORS];
} bj_gateway_tile_counters_t;
static_assert(sizeof(bj_gateway_tile_counters_t) <= BJ_METRICS_MAX * sizeof(uint64_t),
              "published whole");

typedef struct bj_gateway_tile {
    bj_gateway_t *gateway;
    bj_gateway_tls_t *tls; /* between it and the transport */
    bj_gateway_certs_t certs;
    bj_pipe_t    *pipe;
    bj_bell_t    *engine_bell; /* NULL: the engine's turn comes next on this very loop */
    bj_nic_t     *nic;   /* with lwip; else NULL */
    bj_lwip_t    *lwip;
    bj_lwip_echo_t *echo; /* beside it, if gateway.echo_port asks for one */
    bj_ksock_t   *ksock; /* or this one */
    const char   *driver;
    bj_session_clock_t clock; /* both here because this tile is the command ring's producer */
    bj_band_watch_t bands;
    bj_nnf_door_t nnf[BJ_NNF_DOORS]; /* by segment */
    bj_now_t      now; /* of the step we are in, for the frame callback */
    bj_hist_figures_t hops[BJ_GATEWAY_HOP_CNT];
    uint32_t      hop_turn; /* whose figures are made next */
    bj_metrics_t  metrics;
} bj_gateway_tile_t;

/* From gateway.*.  First the certificates and the NIC's port, which DPDK must have been started
 * for; none if gateway.driver is "socket".  Port 0, or none: nobody is taken in clear; tls_port 0,
 * or none: nobody under TLS. */
BJ_MUST_USE bool bj_gateway_tile_ports(bj_gateway_tile_t *tile, const bj_config_t *config);
bool bj_gateway_tile_open(bj_gateway_tile_t *tile, const bj_config_t *config);
void bj_gateway_tile_close(bj_gateway_tile_t *tile);
uint32_t bj_gateway_tile_step(void *tile, bj_now_t now);
/* Only what may be told by now and its way out: for the end of a turn in which the engine ran. */
uint32_t bj_gateway_tile_answer(void *tile, bj_now_t now);
void bj_gateway_tile_housekeep(void *tile, bj_now_t now);

#endif /* BJ_GATEWAY_TILE_H */
