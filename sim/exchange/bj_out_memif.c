/* Frames over net_memif: shared memory through a socket file, for a world without root.  The
 * exchange is the server: a dataplane that starts again finds it still there. */
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "sim/exchange/bj_out_priv.h"

enum {
    RING_LOG2 = 11,
    POOL_MBUF_CNT = 4095,
    MBUF_BYTES = 512, /* a datagram is under 100; headroom takes 128 */
    HEAD_BYTES = sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr) +
                 sizeof(struct rte_udp_hdr),
    UP_LOOKS = 100, /* a second of turns: a client gives its buffers only when it first polls */
    LEAST_BYTES = RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN,
};

typedef struct memif {
    struct rte_mempool *pool;
    uint16_t port[BJ_OUT_SOURCES];
    unsigned up_looks; /* how often in a row both ends were seen there */
    bj_out_source_t source[BJ_OUT_SOURCES];
} memif_t;

static void start_eal(void) {
    static char prefix[48];
    snprintf(prefix, sizeof prefix, "--file-prefix=bijli-exchange-%d", (int)getpid());
    char *args[] = {"bijli-exchange", "--no-huge", "-m", "64", "--no-telemetry", "--no-pci",
                    "--no-shconf", "--iova-mode=va", "--log-level=error", prefix, NULL};
    if (rte_eal_init((int)BJ_COUNT(args) - 1, args) < 0) {
        bj_out_die("bijli-exchange: DPDK does not start: %s", rte_strerror(rte_errno));
    }
}

static uint16_t open_port(memif_t *memif, uint32_t source, const char *socket) {
    char name[32], args[256];
    uint16_t port = 0;
    struct rte_eth_conf conf = {0};
    snprintf(name, sizeof name, "net_memif%u", source);
    int n = snprintf(args, sizeof args, "role=server,id=%u,socket=%s,socket-abstract=no,rsize=%d",
                     source, socket, RING_LOG2);
    if (n >= (int)sizeof args) bj_out_die("configuration: feed.memif_socket is too long");
    unsigned any = (unsigned)SOCKET_ID_ANY;
    int rc = rte_eal_hotplug_add("vdev", name, args);
    if (rc == 0) rc = rte_eth_dev_get_port_by_name(name, &port);
    if (rc == 0) rc = rte_eth_dev_configure(port, 1, 1, &conf);
    if (rc == 0) rc = rte_eth_rx_queue_setup(port, 0, 1u << RING_LOG2, any, NULL, memif->pool);
    if (rc == 0) rc = rte_eth_tx_queue_setup(port, 0, 1u << RING_LOG2, any, NULL);
    if (rc == 0) rc = rte_eth_dev_start(port);
    if (rc != 0) bj_out_die("bijli-exchange: memif %s: %s", socket, rte_strerror(-rc));
    return port;
}

static void *memif_open(const bj_config_t *config, const bj_out_source_t *sources,
                        uint32_t stream_cnt) {
    (void)stream_cnt;
    const char *socket = bj_config_str(config, "feed.memif_socket");
    memif_t *memif = calloc(1, sizeof *memif);
    if (!memif) bj_out_die("bijli-exchange: no memory");
    /* A server killed before left its socket; the driver would refuse to bind to it. */
    (void)unlink(socket);
    start_eal();
    memif->pool = rte_pktmbuf_pool_create("exchange", POOL_MBUF_CNT, 0, 0, MBUF_BYTES,
                                          SOCKET_ID_ANY);
    if (!memif->pool) bj_out_die("bijli-exchange: no packet buffers: %s", rte_strerror(rte_errno));
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

/* The frame a switch would deliver, every checksum filled in. */
static void write_frame(uint8_t *frame, const bj_out_source_t *source,
                        const bj_out_datagram_t *datagram) {
    struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;
    struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
    struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
    uint32_t group_ip = source->group_ip + datagram->stream_idx;
    uint16_t port = (uint16_t)(source->port + datagram->stream_idx);
    uint16_t udp_bytes = (uint16_t)(sizeof *udp + datagram->data_bytes);
    *eth = (struct rte_ether_hdr){
        .dst_addr = {{0x01, 0x00, 0x5e, group_ip >> 16 & 0x7f, group_ip >> 8 & 0xff,
                      group_ip & 0xff}},
        .src_addr = {{0x02, 0xbb, 0, 0, 1, source->source_ip >> 8 & 0xff}},
        .ether_type = htons(RTE_ETHER_TYPE_IPV4)};
    *ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF, .time_to_live = 1,
                                .total_length = htons((uint16_t)(sizeof *ip + udp_bytes)),
                                .next_proto_id = IPPROTO_UDP,
                                .src_addr = htonl(source->source_ip),
                                .dst_addr = htonl(group_ip)};
    *udp = (struct rte_udp_hdr){.src_port = htons(port), .dst_port = htons(port),
                                .dgram_len = htons(udp_bytes)};
    memcpy(udp + 1, datagram->data, datagram->data_bytes);
    ip->hdr_checksum = rte_ipv4_cksum(ip);
    udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
}

static struct rte_mbuf *make_frame(memif_t *memif, const bj_out_source_t *source,
                                   const bj_out_datagram_t *datagram) {
    struct rte_mbuf *mbuf = rte_pktmbuf_alloc(memif->pool);
    uint32_t bytes = HEAD_BYTES + datagram->data_bytes;
    if (bytes < LEAST_BYTES) bytes = LEAST_BYTES;
    uint8_t *frame = mbuf ? (uint8_t *)rte_pktmbuf_append(mbuf, (uint16_t)bytes) : NULL;
    if (!frame) return NULL;
    memset(frame, 0, bytes);
    write_frame(frame, source, datagram);
    return mbuf;
}

/* With nobody at the other end nothing is taken: lost, as on a wire without a listener. */
static size_t memif_send(void *way, uint32_t source, const bj_out_datagram_t *datagrams,
                         size_t cnt) {
    memif_t *memif = way;
    struct rte_mbuf *mbuf[BJ_OUT_BATCH];
    uint16_t made = 0;
    while (made < cnt) {
        mbuf[made] = make_frame(memif, &memif->source[source], &datagrams[made]);
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
