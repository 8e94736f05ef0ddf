#include "dataplane/gateway/bj_lwip.h"

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/ip4.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_bits.h"
#include "dataplane/base/bj_log.h"

enum { CONN_WORDS = BJ_GATEWAY_CONNS_MAX / 64 };
enum { CLEAR, TLS, DOORS };
enum { FRAME_MAX_BYTES = 1514, ETH_MTU_BYTES = 1500, TIMERS_EVERY_NS = 1000000 };

typedef struct bj_lwip_conn {
    bj_lwip_t *lwip;
    struct tcp_pcb *pcb;  /* NULL: not in use */
    struct pbuf *waiting; /* received, not yet taken by the gateway */
    bool ended; /* the client will send no more */
} bj_lwip_conn_t;

struct bj_lwip {
    bj_gateway_tls_t *gateway;
    bj_lwip_config_t config;
    bj_now_t now; /* of the step we are in: lwIP's callbacks have no clock of ours */
    int64_t timers_ns;
    uint32_t sent_frames;
    struct netif netif;
    struct tcp_pcb *listeners[DOORS]; /* NULL: not listened on */
    uint8_t mac[ETH_HWADDR_LEN];
    uint8_t frame[FRAME_MAX_BYTES];
    uint32_t turn;              /* whom a step begins with */
    uint64_t ready[CONN_WORDS]; /* received, or ended */
    bj_lwip_conn_t conns[BJ_GATEWAY_CONNS_MAX]; /* by the gateway's number */
};

static bool lwip_ready; /* lwip_init may run once in a process */

/* --- frames out --- */
static err_t link_output(struct netif *netif, struct pbuf *p) {
    bj_lwip_t *lwip = (bj_lwip_t *)netif->state;
    const void *frame = p->payload;
    if (p->tot_len > FRAME_MAX_BYTES) return ERR_BUF;
    if (p->next) {
        pbuf_copy_partial(p, lwip->frame, p->tot_len, 0);
        frame = lwip->frame;
    }
    lwip->sent_frames++;
    return lwip->config.send(lwip->config.ctx, frame, p->tot_len) ? ERR_OK : ERR_MEM;
}

static err_t netif_setup(struct netif *netif) {
    bj_lwip_t *lwip = (bj_lwip_t *)netif->state;
    netif->name[0] = 'b', netif->name[1] = 'j';
    netif->output = etharp_output;
    netif->linkoutput = link_output;
    netif->mtu = ETH_MTU_BYTES;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    memcpy(netif->hwaddr, lwip->mac, ETH_HWADDR_LEN);
    netif->flags =
        NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

/* --- a connection's life --- */
static uint32_t conn_index(const bj_lwip_conn_t *conn) {
    return (uint32_t)(conn - conn->lwip->conns);
}

static void conn_forget(bj_lwip_conn_t *conn) {
    if (conn->waiting) pbuf_free(conn->waiting);
    bj_gateway_tls_disconnect(conn->lwip->gateway, conn_index(conn), conn->lwip->now);
    bj_bits_clear(conn->lwip->ready, conn_index(conn));
    *conn = (bj_lwip_conn_t){.lwip = conn->lwip};
}

/* True if the pcb had to be aborted: lwIP must be told so when it is the one calling us. */
static bool conn_close(bj_lwip_conn_t *conn) {
    struct tcp_pcb *pcb = conn->pcb;
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
    conn_forget(conn);
    if (tcp_close(pcb) == ERR_OK) return false;
    tcp_abort(pcb);
    return true;
}

static void conn_feed(bj_lwip_conn_t *conn) {
    while (conn->waiting) {
        struct pbuf *head = conn->waiting;
        size_t taken = bj_gateway_tls_input(conn->lwip->gateway, conn_index(conn),
                                        (const uint8_t *)head->payload, head->len, conn->lwip->now);
        if (!taken) return;
        conn->waiting = pbuf_free_header(head, (u16_t)taken);
        tcp_recved(conn->pcb, (u16_t)taken);
    }
}

static bool conn_flush(bj_lwip_conn_t *conn) {
    bj_lwip_t *lwip = conn->lwip;
    const uint8_t *data;
    uint32_t idx = conn_index(conn);
    size_t due = bj_gateway_tls_output(lwip->gateway, idx, &data, lwip->now);
    u16_t room = tcp_sndbuf(conn->pcb);
    if (due > room) due = room;
    if (!due || tcp_write(conn->pcb, data, (u16_t)due, TCP_WRITE_FLAG_COPY) != ERR_OK) return false;
    bj_gateway_tls_sent(lwip->gateway, idx, due, lwip->now);
    tcp_output(conn->pcb);
    return true;
}

/* --- lwIP's callbacks --- */
static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err) {
    bj_lwip_conn_t *conn = (bj_lwip_conn_t *)arg;
    (void)pcb, (void)err;
    bj_bits_set(conn->lwip->ready, conn_index(conn));
    if (!p) { /* the client closed its side: what it sent before still counts */
        conn->ended = true;
        return ERR_OK;
    }
    if (conn->waiting)
        pbuf_cat(conn->waiting, p);
    else
        conn->waiting = p;
    conn_feed(conn);
    return ERR_OK;
}

static void on_err(void *arg, err_t err) {
    bj_lwip_conn_t *conn = (bj_lwip_conn_t *)arg;
    (void)err;
    if (!conn) return;
    conn->pcb = NULL; /* lwIP has freed it already */
    conn_forget(conn);
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err) {
    bj_lwip_t *lwip = (bj_lwip_t *)arg;
    if (err != ERR_OK || !pcb) return ERR_VAL;
    bool encrypted = pcb->local_port == lwip->config.tls_port;
    uint32_t idx = bj_gateway_tls_connect(
        lwip->gateway, lwip_ntohl(ip4_addr_get_u32(ip_2_ip4(&pcb->remote_ip))), encrypted,
        lwip->now);
    if (idx == BJ_GATEWAY_NONE) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    bj_lwip_conn_t *conn = &lwip->conns[idx];
    *conn = (bj_lwip_conn_t){.lwip = lwip, .pcb = pcb};
    tcp_nagle_disable(pcb);
    tcp_arg(pcb, conn);
    tcp_recv(pcb, on_recv);
    tcp_err(pcb, on_err);
    conn_flush(conn);
    return ERR_OK;
}

/* --- start, step, stop --- */
static bool mac_parse(const char *text, uint8_t mac[ETH_HWADDR_LEN]) {
    unsigned b[ETH_HWADDR_LEN];
    char end;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) !=
        6)
        return false;
    for (size_t i = 0; i < ETH_HWADDR_LEN; i++)
        mac[i] = (uint8_t)b[i];
    return (mac[0] & 1) == 0; /* a group address is nobody's */
}

/* Port 0: no such door. */
static bool listen_on(bj_lwip_t *lwip, int door, const ip4_addr_t *ip, uint16_t port) {
    ip_addr_t any;
    if (!port) return true;
    ip_addr_copy_from_ip4(any, *ip);
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_V4);
    if (!pcb) return false;
    if (tcp_bind(pcb, &any, port) != ERR_OK) {
        tcp_abort(pcb);
        BJ_ERROR("%s:%u cannot be listened on", lwip->config.ip, port);
        return false;
    }
    lwip->listeners[door] = tcp_listen(pcb);
    if (!lwip->listeners[door]) return false;
    tcp_arg(lwip->listeners[door], lwip);
    tcp_accept(lwip->listeners[door], on_accept);
    return true;
}

bj_lwip_t *bj_lwip_new(const bj_lwip_config_t *config, bj_gateway_tls_t *gateway) {
    ip4_addr_t ip, netmask;
    bj_lwip_t *lwip = calloc(1, sizeof *lwip);
    if (!lwip) return NULL;
    lwip->config = *config;
    lwip->gateway = gateway;
    lwip->now = bj_clock_now();
    for (size_t i = 0; i < BJ_COUNT(lwip->conns); i++)
        lwip->conns[i].lwip = lwip;
    if (!ip4addr_aton(config->ip, &ip) || !ip4addr_aton(config->netmask, &netmask) ||
        !mac_parse(config->mac, lwip->mac)) {
        BJ_ERROR("gateway.ip %s, netmask %s or mac %s cannot be read", config->ip, config->netmask,
                 config->mac);
        free(lwip);
        return NULL;
    }
    if (!lwip_ready) {
        srand((unsigned)lwip->now.wall_ns); /* lwIP draws its first sequence numbers from rand() */
        lwip_init();
        lwip_ready = true;
    }
    netif_add(&lwip->netif, &ip, &netmask, IP4_ADDR_ANY4, lwip, netif_setup, ethernet_input);
    netif_set_default(&lwip->netif);
    netif_set_up(&lwip->netif);
    if (!listen_on(lwip, CLEAR, &ip, config->port) ||
        !listen_on(lwip, TLS, &ip, config->tls_port)) {
        bj_lwip_free(lwip);
        return NULL;
    }
    return lwip;
}

void bj_lwip_free(bj_lwip_t *lwip) {
    if (!lwip) return;
    for (size_t i = 0; i < BJ_COUNT(lwip->conns); i++) {
        if (lwip->conns[i].pcb) conn_close(&lwip->conns[i]);
    }
    for (int i = 0; i < DOORS; i++)
        if (lwip->listeners[i]) tcp_close(lwip->listeners[i]);
    netif_remove(&lwip->netif);
    free(lwip);
}

/* Whose frame it is, if it asks for a connection. */
static const struct tcp_hdr *syn_of(const uint8_t *frame, size_t frame_bytes) {
    const struct eth_hdr *eth = (const struct eth_hdr *)frame;
    const struct ip_hdr *ip = (const struct ip_hdr *)(frame + SIZEOF_ETH_HDR);
    if (frame_bytes < SIZEOF_ETH_HDR + IP_HLEN || eth->type != PP_HTONS(ETHTYPE_IP) ||
        IPH_PROTO(ip) != IP_PROTO_TCP ||
        frame_bytes < SIZEOF_ETH_HDR + (size_t)IPH_HL_BYTES(ip) + TCP_HLEN)
        return NULL;
    const struct tcp_hdr *tcp = (const struct tcp_hdr *)((const uint8_t *)ip + IPH_HL_BYTES(ip));
    return (TCPH_FLAGS(tcp) & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN ? tcp : NULL;
}

/* A port that a peer uses again is in lwIP's TIME-WAIT for two minutes after we closed, and for so
 * long lwIP answers its SYN with the old connection's ACK: the peer waits and hears nothing.
 * RFC 9293 3.6.1 lets a SYN beyond all that the old one sent open a new one. */
static void leave_time_wait(const uint8_t *frame, size_t frame_bytes) {
    const struct tcp_hdr *syn = tcp_tw_pcbs ? syn_of(frame, frame_bytes) : NULL;
    if (!syn) return;
    const struct ip_hdr *ip = (const struct ip_hdr *)(frame + SIZEOF_ETH_HDR);
    u16_t to = lwip_ntohs(syn->dest), from = lwip_ntohs(syn->src);
    struct tcp_pcb *pcb = tcp_tw_pcbs;
    while (pcb && (pcb->remote_port != from || pcb->local_port != to ||
                   ip4_addr_get_u32(ip_2_ip4(&pcb->remote_ip)) != ip->src.addr))
        pcb = pcb->next;
    if (pcb && TCP_SEQ_GEQ(lwip_ntohl(syn->seqno), pcb->rcv_nxt))
        tcp_abort(pcb); /* of one in TIME-WAIT: frees it and says nothing */
}

void bj_lwip_frame(bj_lwip_t *lwip, const uint8_t *frame, size_t frame_bytes, bj_now_t now) {
    bj_gateway_tls_arrived(lwip->gateway);
    lwip->now = now;
    if (frame_bytes > FRAME_MAX_BYTES) return;
    leave_time_wait(frame, frame_bytes);
    /* Not PBUF_POOL: Debian's lwIP 2.1.3 takes 616 bytes from the heap for one and believes it has
     * 1514. */
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)frame_bytes, PBUF_RAM);
    if (!p) return;
    pbuf_take(p, frame, (u16_t)frame_bytes);
    if (lwip->netif.input(p, &lwip->netif) != ERR_OK) pbuf_free(p);
}

static uint32_t conn_step(bj_lwip_conn_t *conn) {
    uint32_t done = 0;
    if (conn->waiting) conn_feed(conn);
    while (conn_flush(conn))
        done++;
    if (bj_gateway_tls_finished(conn->lwip->gateway, conn_index(conn), conn->lwip->now) ||
        (conn->ended && !conn->waiting &&
         !bj_gateway_tls_holds(conn->lwip->gateway, conn_index(conn)))) {
        conn_close(conn);
        done++;
    } else if (!conn->waiting && !conn->ended) {
        bj_bits_clear(conn->lwip->ready, conn_index(conn));
    }
    return done;
}

static uint32_t conns_step(bj_lwip_t *lwip, const uint64_t *todo, uint32_t from, uint32_t to) {
    uint32_t done = 0;
    for (uint32_t i = from; (i = bj_bits_next(todo, BJ_GATEWAY_CONNS_MAX, i)) < to; i++) {
        if (lwip->conns[i].pcb) done += conn_step(&lwip->conns[i]);
    }
    return done;
}

uint32_t bj_lwip_step(bj_lwip_t *lwip, bj_now_t now) {
    uint32_t done = 0;
    lwip->now = now;
    lwip->sent_frames = 0;
    bj_gateway_tls_step(lwip->gateway, now);
    if (now.mono_ns >= lwip->timers_ns) {
        sys_check_timeouts();
        lwip->timers_ns = now.mono_ns + TIMERS_EVERY_NS;
    }
    uint64_t todo[CONN_WORDS];
    memcpy(todo, lwip->ready, sizeof todo);
    bj_gateway_tls_due(lwip->gateway, todo);
    uint32_t turn = lwip->turn++ % BJ_GATEWAY_CONNS_MAX;
    done += conns_step(lwip, todo, turn, BJ_GATEWAY_CONNS_MAX);
    done += conns_step(lwip, todo, 0, turn);
    return done + lwip->sent_frames;
}
