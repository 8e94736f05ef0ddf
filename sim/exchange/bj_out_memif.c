/* Frames over net_memif: shared memory through a socket file, for a world without root.  The
 * exchange is the server: a dataplane that starts again finds it still there. */
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "sim/exchange/bj_frame.h"
#include "sim/exchange/bj_out_priv.h"

enum {
    RING_LOG2 = 11,
    POOL_MBUF_CNT = 4095,
    MBUF_BYTES = 2048, /* a frame of the broadcast has up to 1,514; headroom takes 128 */
    UP_LOOKS = 100, /* a second of turns: a client gives its buffers only when it first polls */
};

typedef struct memif {
    struct rte_mempool *pool;
    uint16_t port[BJ_OUT_SOURCES];
    unsigned up_looks; /* how often in a row both ends were seen there */
    bj_out_source_t source[BJ_OUT_SOURCES];
    const bj_streams_t *streams;
} memif_t;

static void start_eal(void) {
    static char prefix[48];
    snprintf(prefix, sizeof prefix, "--file-prefix=bijli-exchange-%d", (int)getpid());
    char *args[] = {"bijli-exchange", "--no-huge", "-m", "64", "--no-telemetry", "--no-pci",
                    "--no-shconf", "--iova-mode=va", "--log-level=error", prefix, NULL};
    if (rte_eal_init((int)BJ_COUNT(args) - 1, args) < 0) {
        bj_config_die("bijli-exchange: DPDK does not start: %s", rte_strerror(rte_errno));
    }
}

static uint16_t open_port(memif_t *memif, uint32_t source, const char *socket) {
    char name[32], args[256];
    uint16_t port = 0;
    struct rte_eth_conf conf = {0};
    snprintf(name, sizeof name, "net_memif%u", source);
    int n = snprintf(args, sizeof args, "role=server,id=%u,socket=%s,socket-abstract=no,rsize=%d",
                     source, socket, RING_LOG2);
    if (n >= (int)sizeof args) bj_config_die("configuration: feed.memif_socket is too long");
    unsigned any = (unsigned)SOCKET_ID_ANY;
    int rc = rte_eal_hotplug_add("vdev", name, args);
    if (rc == 0) rc = rte_eth_dev_get_port_by_name(name, &port);
    if (rc == 0) rc = rte_eth_dev_configure(port, 1, 1, &conf);
    if (rc == 0) rc = rte_eth_rx_queue_setup(port, 0, 1u << RING_LOG2, any, NULL, memif->pool);
    if (rc == 0) rc = rte_eth_tx_queue_setup(port, 0, 1u << RING_LOG2, any, NULL);
    if (rc == 0) rc = rte_eth_dev_start(port);
    if (rc != 0) bj_config_die("bijli-exchange: memif %s: %s", socket, rte_strerror(-rc));
    return port;
}

static void *memif_open(const bj_config_t *config, const bj_out_source_t *sources,
                        const bj_streams_t *streams) {
    const char *socket = bj_config_str(config, "feed.memif_socket");
    memif_t *memif = calloc(1, sizeof *memif);
    if (!memif) bj_config_die("bijli-exchange: no memory");
    memif->streams = streams;
    /* A server killed before left its socket; the driver would refuse to bind to it. */
    (void)unlink(socket);
    start_eal();
    memif->pool = rte_pktmbuf_pool_create("exchange", POOL_MBUF_CNT, 0, 0, MBUF_BYTES,
                                          SOCKET_ID_ANY);
    if (!memif->pool)
        bj_config_die("bijli-exchange: no packet buffers: %s", rte_strerror(rte_errno));
    for (uint32_t s = 0; s < BJ_OUT_SOURCES; s++) {
        memif->source[s] = sources[s];
        memif->port[s] = open_port(memif, s, socket);
    }
    return memif;
}

static void memif_close(void *way) {
    memif_t *memif = way;
    for (uint32_t s = 0; s < BJ_OUT_SOURCES; s++) {
        (void)rte_eth_dev_stop(memif->port[s]);
        (void)rte_eth_dev_close(memif->port[s]);
    }
    (void)rte_eal_cleanup();
    free(memif);
}

static struct rte_mbuf *make_frame(memif_t *memif, uint32_t source,
                                   const bj_out_datagram_t *datagram) {
    struct rte_mbuf *mbuf = rte_pktmbuf_alloc(memif->pool);
    if (!mbuf) return NULL;
    const bj_stream_place_t *to = &memif->streams->stream[datagram->stream_idx].source[source];
    uint8_t *frame = rte_pktmbuf_mtod(mbuf, uint8_t *); /* an mbuf is larger than any frame here */
    size_t bytes = bj_frame_write(frame, memif->source[source].source_ip, to->group_ip, to->port,
                                  datagram->data, datagram->data_bytes);
    mbuf->data_len = (uint16_t)bytes;
    mbuf->pkt_len = (uint32_t)bytes;
    return mbuf;
}

/* With nobody at the other end nothing is taken: lost, as on a wire without a listener. */
static size_t memif_send(void *way, uint32_t source, const bj_out_datagram_t *datagrams,
                         size_t cnt) {
    memif_t *memif = way;
    struct rte_mbuf *mbuf[BJ_OUT_BATCH];
    uint16_t made = 0;
    while (made < cnt) {
        mbuf[made] = make_frame(memif, source, &datagrams[made]);
        if (!mbuf[made]) break;
        made++;
    }
    uint16_t sent = rte_eth_tx_burst(memif->port[source], 0, mbuf, made);
    for (uint16_t i = sent; i < made; i++) rte_pktmbuf_free(mbuf[i]);
    return sent;
}

static bool memif_listener_came(void *way) {
    memif_t *memif = way;
    bool up = true;
    for (uint32_t s = 0; s < BJ_OUT_SOURCES; s++) {
        struct rte_eth_link link = {0};
        (void)rte_eth_link_get_nowait(memif->port[s], &link);
        up &= link.link_status == RTE_ETH_LINK_UP;
    }
    if (!up) memif->up_looks = 0;
    else if (memif->up_looks <= UP_LOOKS) memif->up_looks++;
    return memif->up_looks == UP_LOOKS;
}

const bj_out_way_t bj_out_memif = {memif_open, memif_close, memif_send, memif_listener_came};
