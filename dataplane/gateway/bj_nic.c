#include "dataplane/gateway/bj_nic.h"

#include <net/if.h>
#include <rte_alarm.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "dataplane/base/bj_caps.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum {
    RX_DESC_CNT = 2048,
    TX_DESC_CNT = 1024,
    /* An AF_XDP queue keeps up to two rings' worth of buffers from its pool. */
    POOL_MBUF_CNT = 8191,
    POOL_CACHE_CNT = 256,
    ARG_BYTES = 256,
    NAME_BYTES = 48,
    EAL_ARGS_MAX = 20,
    CAPS_WAIT_MS = 2000,
};

static const int64_t tend_every_ns = 1000000000; /* a handshake takes milliseconds */

struct bj_nic {
    uint16_t port_id;
    uint16_t staged_cnt;
    bool used, memif;
    bool running;    /* false: a memif port whose server is not there */
    int64_t tend_ns; /* when to look at a memif port's server next */
    char vdev[NAME_BYTES];
    const char *driver;
    struct rte_mempool *pool;
    bj_nic_stats_t stats;
    struct rte_mbuf *staged[BJ_NIC_BURST];
};

static bj_nic_t nics[BJ_NIC_PORTS_MAX];
static bool is_bare; /* of capabilities */

/* DPDK's main lcore may float over every CPU this process is allowed, and no worker is wanted: our
 * loops are threads of our own. */
static void lcores_text(char *out, size_t out_bytes) {
    cpu_set_t cpus;
    size_t at = (size_t)snprintf(out, out_bytes, "--lcores=0@(");
    if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) CPU_ZERO(&cpus);
    for (size_t cpu = 0, cnt = 0; cpu < CPU_SETSIZE && at + 16 < out_bytes; cpu++) {
        if (!CPU_ISSET(cpu, &cpus)) continue;
        at += (size_t)snprintf(out + at, out_bytes - at, "%s%zu", cnt++ ? "," : "", cpu);
    }
    snprintf(out + at, out_bytes - at, ")");
}

bj_status_t bj_nic_start(const bj_nic_host_t *host) {
    char lcores[1024], prefix[ARG_BYTES], memory[16];
    char *args[EAL_ARGS_MAX];
    int cnt = 0;
    lcores_text(lcores, sizeof lcores);
    snprintf(prefix, sizeof prefix, "--file-prefix=%s", host->file_prefix);
    snprintf(memory, sizeof memory, "%d", host->memory_mb);
    const char *fixed[] = {"bijli",
                           lcores,
                           prefix,
                           "-m",
                           memory,
                           "--no-telemetry",
                           "--no-pci",
                           "--no-shconf",
                           "--iova-mode=va",
                           "--log-level=error",
                           "--log-level=pmd.net.memif:critical"};
    for (size_t i = 0; i < BJ_COUNT(fixed); i++)
        args[cnt++] = strdup(fixed[i]);
    /* Both leave no file behind; EAL refuses them together. */
    args[cnt++] = strdup(host->huge ? "--in-memory" : "--no-huge");
    args[cnt] = NULL;
    if (rte_eal_init(cnt, args) < 0) {
        BJ_ERROR("DPDK does not start: %s; memory %d MB, hugepages %s", rte_strerror(rte_errno),
                 host->memory_mb, host->huge ? "asked for" : "not used");
        return BJ_ERR_UNAVAILABLE;
    }
    return BJ_OK;
}

void bj_nic_stop(void) {
    rte_eal_cleanup();
}

enum { CAPS_ASKED, CAPS_DROPPED, CAPS_KEPT };

static void on_caps_alarm(void *said) {
    atomic_store((_Atomic int *)said, bj_caps_drop() ? CAPS_DROPPED : CAPS_KEPT);
}

/* Its alarms are called in that thread: there is no other way to have something done there. */
bool bj_nic_caps_drop(void) {
    static _Atomic int said; /* outlives a wait that was given up */
    const struct timespec moment = {.tv_nsec = BJ_NS_PER_MS};
    atomic_store(&said, CAPS_ASKED);
    if (rte_eal_alarm_set(1, on_caps_alarm, (void *)&said) != 0) return false;
    for (int i = 0; i < CAPS_WAIT_MS && atomic_load(&said) == CAPS_ASKED; i++)
        nanosleep(&moment, NULL);
    is_bare = atomic_load(&said) == CAPS_DROPPED;
    return is_bare;
}

bool bj_nic_thread_enter(void) {
    return rte_thread_register() == 0;
}
void bj_nic_thread_leave(void) {
    rte_thread_unregister();
}

/* libxdp's own.  libxdp would look for its map in the kernel by number, which takes CAP_SYS_ADMIN;
 * DPDK loads the file and has its map, which takes CAP_BPF. */
static const char xdp_program[] = "/usr/lib/x86_64-linux-gnu/bpf/xsk_def_xdp_prog.o";

/* What a driver is called in DPDK, and how its vdev's arguments are written. */
static bool vdev_args(const char *driver, const bj_nic_config_t *config, char *out) {
    int bytes = 0;
    if (strcmp(driver, "af_xdp") == 0) {
        /* Busy polling would make the kernel spin for us on a machine that should sleep. */
        bytes = snprintf(out, ARG_BYTES,
                         "iface=%s,start_queue=0,queue_count=1,busy_budget=0,xdp_prog=%s",
                         config->iface, xdp_program);
    } else if (strcmp(driver, "af_packet") == 0) {
        bytes = snprintf(out, ARG_BYTES, "iface=%s,blocksz=65536,framesz=2048,framecnt=2048",
                         config->iface);
    } else if (strcmp(driver, "memif") == 0) {
        bytes = snprintf(out, ARG_BYTES,
                         "role=client,id=%u,socket=%s,socket-abstract=no,rsize=%u,bsize=%u",
                         config->memif_id, config->memif_socket,
                         config->memif_ring_log2 ? config->memif_ring_log2 : 11,
                         config->memif_buffer_bytes ? config->memif_buffer_bytes : 2048);
    }
    return bytes > 0 && bytes < ARG_BYTES;
}

static bool port_start(bj_nic_t *nic) {
    struct rte_eth_conf conf = {0};
    uint16_t port = nic->port_id;
    unsigned any_socket = (unsigned)SOCKET_ID_ANY;
    int rc = rte_eth_dev_configure(port, 1, 1, &conf);
    if (rc == 0) rc = rte_eth_rx_queue_setup(port, 0, RX_DESC_CNT, any_socket, NULL, nic->pool);
    if (rc == 0) rc = rte_eth_tx_queue_setup(port, 0, TX_DESC_CNT, any_socket, NULL);
    if (rc == 0) {
        rc = rte_eth_dev_start(port);
        nic->running = rc == 0;
        if (nic->memif) return true; /* the server may come later */
    }
    if (rc != 0) {
        BJ_WARN("%s: the port does not start: %s", nic->vdev, rte_strerror(-rc));
        return false;
    }
    /* The gateway's own MAC and the feed's groups are not the kernel interface's.  A driver without
     * these switches passes everything anyway. */
    (void)rte_eth_promiscuous_enable(port);
    (void)rte_eth_allmulticast_enable(port);
    return true;
}

static bool driver_start(bj_nic_t *nic, const char *driver, const char *nic_name,
                         const bj_nic_config_t *config) {
    char args[ARG_BYTES];
    if (!vdev_args(driver, config, args)) {
        BJ_ERROR("%s: driver %s is not known here, or its arguments are too long", nic_name,
                 driver);
        return false;
    }
    snprintf(nic->vdev, sizeof nic->vdev, "net_%s_%s", driver, nic_name);
    int rc = rte_eal_hotplug_add("vdev", nic->vdev, args);
    if (rc != 0) {
        BJ_WARN("%s (%s) is refused: %s", nic->vdev, args, rte_strerror(-rc));
        return false;
    }
    nic->driver = driver;
    nic->memif = strcmp(driver, "memif") == 0;
    if (rte_eth_dev_get_port_by_name(nic->vdev, &nic->port_id) == 0 && port_start(nic)) return true;
    rte_eal_hotplug_remove("vdev", nic->vdev);
    return false;
}

static bool drivers_try(bj_nic_t *nic, const char *nic_name, const bj_nic_config_t *config) {
    bool xdp = strcmp(config->driver, "af_xdp") == 0;
    if (xdp) bj_nic_xdp_off(config->iface);
    if (driver_start(nic, config->driver, nic_name, config)) return true;
    if (!xdp) return false;
    BJ_WARN("%s: AF_XDP cannot be had here, going on with af_packet: about half the speed",
            nic_name);
    bj_nic_xdp_off(config->iface);
    return driver_start(nic, "af_packet", nic_name, config);
}

static bj_nic_t *nic_free_slot(void) {
    for (size_t i = 0; i < BJ_COUNT(nics); i++) {
        if (!nics[i].used) return &nics[i];
    }
    return NULL;
}

bj_nic_t *bj_nic_open(const char *nic_name, const bj_nic_config_t *config) {
    bj_nic_t *nic = nic_free_slot();
    if (!nic) return NULL;
    if (strcmp(config->driver, "memif") != 0 && !if_nametoindex(config->iface)) {
        BJ_ERROR("%s: there is no interface %s here", nic_name, config->iface);
        return NULL;
    }
    memset(nic, 0, sizeof *nic);
    nic->pool = rte_pktmbuf_pool_create(nic_name, POOL_MBUF_CNT, POOL_CACHE_CNT, 0,
                                        RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    if (!nic->pool) {
        BJ_ERROR("%s: no memory for packet buffers: dataplane.memory_mb is too small", nic_name);
        return NULL;
    }
    if (!drivers_try(nic, nic_name, config)) {
        rte_mempool_free(nic->pool);
        return NULL;
    }
    nic->used = true;
    return nic;
}

void bj_nic_close(bj_nic_t *nic) {
    if (!nic) return;
    /* Its program stays, which is known: no need to be told as of an error. */
    if (is_bare) rte_log_set_level_pattern("pmd.net.af_xdp", RTE_LOG_CRIT);
    rte_pktmbuf_free_bulk(nic->staged, nic->staged_cnt);
    (void)rte_eth_dev_stop(nic->port_id);
    (void)rte_eth_dev_close(nic->port_id);
    nic->used = false;
}

const char *bj_nic_driver(const bj_nic_t *nic) {
    return nic->driver;
}
bj_nic_stats_t bj_nic_stats(const bj_nic_t *nic) {
    return nic->stats;
}

uint32_t bj_nic_poll(bj_nic_t *nic, bj_nic_frame_fn *take, void *ctx) {
    struct rte_mbuf *mbufs[BJ_NIC_BURST];
    if (!nic->running) return 0;
    uint16_t cnt = rte_eth_rx_burst(nic->port_id, 0, mbufs, BJ_NIC_BURST);
    for (uint16_t i = 0; i < cnt; i++) {
        take(ctx, rte_pktmbuf_mtod(mbufs[i], const uint8_t *), rte_pktmbuf_data_len(mbufs[i]));
    }
    rte_pktmbuf_free_bulk(mbufs, cnt);
    nic->stats.rx_frames += cnt;
    return cnt;
}

uint32_t bj_nic_poll_burst(bj_nic_t *nic, bj_nic_frames_fn *take, void *ctx) {
    struct rte_mbuf *mbufs[BJ_NIC_BURST];
    bj_nic_frame_t frames[BJ_NIC_BURST];
    if (!nic->running) return 0;
    uint16_t cnt = rte_eth_rx_burst(nic->port_id, 0, mbufs, BJ_NIC_BURST);
    for (uint16_t i = 0; i < cnt; i++) {
        frames[i] = (bj_nic_frame_t){rte_pktmbuf_mtod(mbufs[i], const uint8_t *),
                                     rte_pktmbuf_data_len(mbufs[i])};
    }
    if (cnt) take(ctx, frames, cnt);
    rte_pktmbuf_free_bulk(mbufs, cnt);
    nic->stats.rx_frames += cnt;
    return cnt;
}

static void ignore(void *ctx, const uint8_t *frame, size_t frame_bytes) {
    (void)ctx, (void)frame, (void)frame_bytes;
}

/* So many at most: where more comes meanwhile, that is no older than a moment. */
void bj_nic_drain(bj_nic_t *nic) {
    for (unsigned i = 0; i < 2 * RX_DESC_CNT; i += BJ_NIC_BURST) {
        if (!bj_nic_poll(nic, ignore, NULL)) break;
    }
    nic->stats.rx_frames = 0;
}

bool bj_nic_send(bj_nic_t *nic, const void *frame, size_t frame_bytes) {
    if (nic->staged_cnt == BJ_NIC_BURST) bj_nic_flush(nic);
    struct rte_mbuf *mbuf = rte_pktmbuf_alloc(nic->pool);
    char *data = mbuf ? rte_pktmbuf_append(mbuf, (uint16_t)frame_bytes) : NULL;
    if (!data || frame_bytes > BJ_NIC_FRAME_MAX_BYTES) {
        rte_pktmbuf_free(mbuf);
        nic->stats.tx_dropped++;
        return false;
    }
    memcpy(data, frame, frame_bytes);
    nic->staged[nic->staged_cnt++] = mbuf;
    return true;
}

void bj_nic_flush(bj_nic_t *nic) {
    if (!nic->staged_cnt) return;
    uint16_t sent =
        !nic->running ? 0 : rte_eth_tx_burst(nic->port_id, 0, nic->staged, nic->staged_cnt);
    rte_pktmbuf_free_bulk(nic->staged + sent, nic->staged_cnt - sent);
    nic->stats.tx_frames += sent;
    nic->stats.tx_dropped += (uint64_t)(nic->staged_cnt - sent);
    nic->staged_cnt = 0;
}

void bj_nic_tend(bj_nic_t *nic, int64_t mono_ns) {
    struct rte_eth_link link = {0};
    if (!nic->memif || mono_ns < nic->tend_ns) return;
    nic->tend_ns = mono_ns + tend_every_ns;
    if (nic->running) {
        (void)rte_eth_link_get_nowait(nic->port_id, &link);
        if (link.link_status == RTE_ETH_LINK_UP) return;
        (void)rte_eth_dev_stop(nic->port_id);
    }
    nic->running = rte_eth_dev_start(nic->port_id) == 0;
}
