#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_universe.h"
#include "sim/exchange/bj_out_priv.h"

typedef struct udp {
    int fd[BJ_OUT_SOURCES];
    struct sockaddr_in to[BJ_OUT_SOURCES][BJ_UNIVERSE_STREAM_MAX];
} udp_t;

/* The interface is named by its index: an address could be on two, and needs a route. */
static int open_socket(const bj_out_source_t *source) {
    struct ip_mreqn via = {.imr_ifindex = (int)if_nametoindex(source->iface)};
    if (!via.imr_ifindex) bj_config_die("bijli-exchange: no interface %s", source->iface);
    const struct sockaddr_in from = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(source->source_ip)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ttl = 1, off = 0, room = 4 << 20;
    if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &via, sizeof via) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off) != 0 ||
        bind(fd, (const struct sockaddr *)&from, sizeof from) != 0) {
        bj_config_die("bijli-exchange: multicast on %s: %s", source->iface, strerror(errno));
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room); /* the default also works */
    return fd;
}

static void *udp_open(const bj_config_t *config, const bj_out_source_t *sources,
                      const bj_streams_t *streams) {
    (void)config;
    udp_t *udp = calloc(1, sizeof *udp);
    if (!udp) bj_config_die("bijli-exchange: no memory");
    for (uint32_t s = 0; s < BJ_OUT_SOURCES; s++) {
        udp->fd[s] = open_socket(&sources[s]);
        for (uint32_t i = 0; i < streams->cnt; i++) {
            const bj_stream_place_t *to = &streams->stream[i].source[s];
            udp->to[s][i] = (struct sockaddr_in){.sin_family = AF_INET,
                                                 .sin_addr.s_addr = htonl(to->group_ip),
                                                 .sin_port = htons(to->port)};
        }
    }
    return udp;
}

static void udp_close(void *way) {
    udp_t *udp = way;
    for (uint32_t s = 0; s < BJ_OUT_SOURCES; s++) close(udp->fd[s]);
    free(udp);
}

static size_t udp_send(void *way, uint32_t source, const bj_out_datagram_t *datagrams, size_t cnt) {
    udp_t *udp = way;
    struct mmsghdr msg[BJ_OUT_BATCH] = {0};
    struct iovec iov[BJ_OUT_BATCH];
    for (size_t i = 0; i < cnt; i++) {
        iov[i] = (struct iovec){(void *)(uintptr_t)datagrams[i].data, datagrams[i].data_bytes};
        msg[i].msg_hdr.msg_iov = &iov[i];
        msg[i].msg_hdr.msg_iovlen = 1;
        msg[i].msg_hdr.msg_name = &udp->to[source][datagrams[i].stream_idx];
        msg[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
    }
    size_t sent = 0;
    while (sent < cnt) {
        int n = sendmmsg(udp->fd[source], msg + sent, (unsigned)(cnt - sent), 0);
        if (n > 0) sent += (size_t)n;
        else if (errno != EINTR) break;
    }
    return sent;
}

const bj_out_way_t bj_out_udp = {udp_open, udp_close, udp_send, NULL};
