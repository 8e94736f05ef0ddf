#ifndef TEST_LWIP_PEER_H
#define TEST_LWIP_PEER_H

/* test_lwip_peer - a TCP peer of bj_lwip by hand, frame by frame, with no stack of its own: what it
 * says is what the test wants said.  One bj_lwip_t, one thread. */
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/bj_lwip.h"
#include "dataplane/gateway/gateway_test.h"

enum {
    ETH = 14, IP = 20, TCP = 20, HEADERS = ETH + IP + TCP, FRAME_MAX = 1514,
    FIN = 1, SYN = 2, RST = 4, ACK = 16, GATEWAY_PORT = 9001,
};

typedef struct peer {
    uint16_t port, to;   /* ours; lwIP's */
    uint32_t seq, heard; /* our next sequence; the other's */
    size_t   got_bytes;  /* of answers */
    size_t   got_sum;    /* of those bytes' values */
    uint8_t  flags;      /* of the last frame */
} peer_t;

static bj_lwip_t *lwip;
static bj_gateway_tls_t *tls;
static world_t world;
static peer_t *peer; /* whom frames are for */

static const uint8_t own_mac[6] = {2, 0xbb, 0, 0, 0, 1}, lwip_mac[6] = {2, 0xbb, 0, 0, 0, 2};
static const uint8_t own_ip[4] = {169, 254, 9, 1}, lwip_ip[4] = {169, 254, 9, 2};

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8), at[1] = (uint8_t)value;
}
static void put32(uint8_t *at, uint32_t value) { put16(at, value >> 16), put16(at + 2, value); }
static uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
static uint32_t get32(const uint8_t *at) { return get16(at) << 16 | get16(at + 2); }

static uint32_t sum_of(const uint8_t *data, size_t data_bytes, uint32_t sum) {
    for (size_t i = 0; i < data_bytes; i += 2)
        sum += i + 1 < data_bytes ? get16(data + i) : (uint32_t)data[i] << 8;
    return sum;
}
static uint32_t folded(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void frame_in(const uint8_t *frame, size_t frame_bytes) {
    bj_lwip_frame(lwip, frame, frame_bytes, world.now);
}

/* A frame of data_bytes; of it only the first frame_bytes come. */
static void say_part(peer_t *of, uint8_t flags, size_t data_bytes, size_t frame_bytes) {
    uint8_t frame[FRAME_MAX] = {0}, *ip = frame + ETH, *tcp = ip + IP;
    memcpy(frame, lwip_mac, 6), memcpy(frame + 6, own_mac, 6), put16(frame + 12, 0x0800);
    ip[0] = 0x45, ip[8] = 64, ip[9] = 6;
    put16(ip + 2, (uint32_t)(IP + TCP + data_bytes));
    memcpy(ip + 12, own_ip, 4), memcpy(ip + 16, lwip_ip, 4);
    put16(ip + 10, folded(sum_of(ip, IP, 0)));
    put16(tcp, of->port), put16(tcp + 2, of->to);
    put32(tcp + 4, of->seq), put32(tcp + 8, of->heard);
    tcp[12] = TCP / 4 << 4, tcp[13] = flags, put16(tcp + 14, 60000);
    memset(tcp + TCP, 0x5a, data_bytes);
    put16(tcp + 16, folded(sum_of(tcp, TCP + data_bytes,
                                  sum_of(ip + 12, 8, 6 + TCP + (uint32_t)data_bytes))));
    of->seq += (uint32_t)data_bytes + !!(flags & (SYN | FIN));
    peer = of;
    frame_in(frame, frame_bytes);
}

static void say(peer_t *of, uint8_t flags, size_t data_bytes) {
    say_part(of, flags, data_bytes, HEADERS + data_bytes);
}

static bool frame_out(void *ctx, const void *data, size_t frame_bytes) {
    const uint8_t *frame = data, *tcp = frame + ETH + IP;
    (void)ctx;
    if (get16(frame + 12) != 0x0800 || frame[ETH + 9] != 6 || frame_bytes < HEADERS) return true;
    if (!peer || get16(tcp + 2) != peer->port) return true; /* the end: to all of them */
    BJ_CHECK(get16(tcp) == peer->to);
    size_t at = ETH + IP + (size_t)(tcp[12] >> 4) * 4, bytes = ETH + get16(frame + ETH + 2) - at;
    peer->flags = tcp[13];
    peer->heard = get32(tcp + 4) + (uint32_t)bytes + !!(tcp[13] & (SYN | FIN));
    for (size_t i = 0; i < bytes; i++) peer->got_sum += frame[at + i];
    peer->got_bytes += bytes;
    return true;
}

/* lwIP learns our address from it. */
static void arp_ask(void) {
    uint8_t frame[42] = {0}, *arp = frame + ETH;
    memset(frame, 0xff, 6), memcpy(frame + 6, own_mac, 6), put16(frame + 12, 0x0806);
    put16(arp, 1), put16(arp + 2, 0x0800), arp[4] = 6, arp[5] = 4, put16(arp + 6, 1);
    memcpy(arp + 8, own_mac, 6), memcpy(arp + 14, own_ip, 4), memcpy(arp + 24, lwip_ip, 4);
    frame_in(frame, sizeof frame);
}

/* False: nobody there took it, or it was reset. */
static bool dial_from(peer_t *of, uint16_t port, uint16_t to, uint32_t seq) {
    *of = (peer_t){.port = port, .to = to, .seq = seq};
    say(of, SYN, 0);
    if (of->flags != (SYN | ACK)) return false;
    of->flags = 0;
    say(of, ACK, 0);
    return !(of->flags & RST);
}

static void lwip_open(void) {
    bj_lwip_config_t config = {.ip = "169.254.9.2", .netmask = "255.255.255.252",
                               .mac = "02:bb:00:00:00:02", .port = GATEWAY_PORT,
                               .send = frame_out};
    world_open(&world, 64, 1024);
    tls = bj_gateway_tls_new(world.gateway);
    lwip = bj_lwip_new(&config, tls);
    BJ_CHECK(lwip != NULL);
    arp_ask();
}

static void lwip_close(void) {
    peer = NULL;
    bj_lwip_free(lwip);
    bj_gateway_tls_free(tls);
    world_close(&world);
}

#endif /* TEST_LWIP_PEER_H */
