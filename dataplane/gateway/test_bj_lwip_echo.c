/* Goal: the echo answers each order's worth of bytes once, however the bytes are cut; a further
 * connection, a half-close and an end are what they should be.  Method: a TCP peer by hand, frame
 * by frame, with no stack of its own. */
#include "dataplane/gateway/bj_lwip_echo.h"

#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/bj_lwip.h"
#include "dataplane/gateway/gateway_test.h"

enum {
    ETH = 14, IP = 20, TCP = 20, HEADERS = ETH + IP + TCP, PORT = 9009, FRAME_MAX = 1514,
    FIN = 1, SYN = 2, RST = 4, ACK = 16,
    ORDER = sizeof(bj_oe_new_t), REPORT = sizeof(bj_oe_report_t),
};

typedef struct peer {
    uint16_t port;
    uint32_t seq, heard; /* our next sequence; the other's */
    size_t   got_bytes;  /* of answers */
    uint8_t  flags;      /* of the last frame */
} peer_t;

static bj_lwip_t *lwip;
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

static void say(peer_t *of, uint8_t flags, size_t data_bytes) {
    uint8_t frame[FRAME_MAX] = {0}, *ip = frame + ETH, *tcp = ip + IP;
    memcpy(frame, lwip_mac, 6), memcpy(frame + 6, own_mac, 6), put16(frame + 12, 0x0800);
    ip[0] = 0x45, ip[8] = 64, ip[9] = 6;
    put16(ip + 2, (uint32_t)(IP + TCP + data_bytes));
    memcpy(ip + 12, own_ip, 4), memcpy(ip + 16, lwip_ip, 4);
    put16(ip + 10, folded(sum_of(ip, IP, 0)));
    put16(tcp, of->port), put16(tcp + 2, PORT), put32(tcp + 4, of->seq), put32(tcp + 8, of->heard);
    tcp[12] = TCP / 4 << 4, tcp[13] = flags, put16(tcp + 14, 60000);
    memset(tcp + TCP, 0x5a, data_bytes);
    put16(tcp + 16, folded(sum_of(tcp, TCP + data_bytes,
                                  sum_of(ip + 12, 8, 6 + TCP + (uint32_t)data_bytes))));
    of->seq += (uint32_t)data_bytes + !!(flags & (SYN | FIN));
    peer = of;
    frame_in(frame, HEADERS + data_bytes);
}

static bool frame_out(void *ctx, const void *data, size_t frame_bytes) {
    const uint8_t *frame = data, *tcp = frame + ETH + IP;
    (void)ctx;
    if (get16(frame + 12) != 0x0800 || frame[ETH + 9] != 6 || frame_bytes < HEADERS) return true;
    if (get16(tcp + 2) != peer->port) return true; /* the end: resets to all of them */
    BJ_CHECK(get16(tcp) == PORT);
    size_t at = ETH + IP + (size_t)(tcp[12] >> 4) * 4, bytes = ETH + get16(frame + ETH + 2) - at;
    peer->flags = tcp[13];
    peer->heard = get32(tcp + 4) + (uint32_t)bytes + !!(tcp[13] & (SYN | FIN));
    for (size_t i = 0; i < bytes; i++) BJ_CHECK(frame[at + i] == 0);
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

static bool dial(peer_t *of, uint16_t port) {
    *of = (peer_t){.port = port, .seq = 1000u * port};
    say(of, SYN, 0);
    if (of->flags != (SYN | ACK)) return false;
    of->flags = 0;
    say(of, ACK, 0);
    return !(of->flags & RST);
}

/* Bytes that come together -> answers there have been by then. */
static const struct {
    size_t bytes, answers;
} cuts[] = {
    {ORDER, 1}, {ORDER - 1, 1}, {1, 2}, {1, 2}, {ORDER, 3}, {ORDER - 1, 4}, {3 * ORDER, 7},
    {ORDER / 2, 7}, {ORDER / 2, 8},
};

static void test_answers(peer_t *of) {
    for (size_t i = 0; i < BJ_COUNT(cuts); i++) {
        say(of, ACK, cuts[i].bytes);
        BJ_CHECK(of->got_bytes == cuts[i].answers * REPORT);
        say(of, ACK, 0);
        BJ_CHECK(of->got_bytes == cuts[i].answers * REPORT);
    }
}

/* Who does not read is owed what TCP has no room for, and gets it when he does. */
static void test_slow(peer_t *of) {
    uint32_t heard = of->heard;
    size_t before = of->got_bytes, given = 0;
    for (int i = 0; i < 80; i++, given += 10 * ORDER) {
        of->heard = heard; /* nothing is acknowledged */
        say(of, ACK, 10 * ORDER);
    }
    size_t want = before + given / ORDER * REPORT;
    BJ_CHECK(of->got_bytes < want);
    for (int i = 0; i < 200 && of->got_bytes < want; i++) say(of, ACK, 0);
    BJ_CHECK(of->got_bytes == want);
}

int main(void) {
    peer_t peers[BJ_LWIP_ECHO_CONNS_MAX + 1];
    bj_lwip_config_t config = {.ip = "169.254.9.2", .netmask = "255.255.255.252",
                               .mac = "02:bb:00:00:00:02", .port = 9001, .send = frame_out};
    world_open(&world, 64, 1024);
    lwip = bj_lwip_new(&config, world.gateway);
    bj_lwip_echo_t *echo = bj_lwip_echo_new(PORT);
    BJ_CHECK(lwip && echo && !bj_lwip_echo_new(9001)); /* the gateway has that one */
    arp_ask();
    for (uint16_t i = 0; i < BJ_LWIP_ECHO_CONNS_MAX; i++) BJ_CHECK(dial(&peers[i], 5000 + i));
    BJ_CHECK(!dial(&peers[BJ_LWIP_ECHO_CONNS_MAX], 5100));
    test_answers(&peers[1]);
    test_answers(&peers[3]);
    test_slow(&peers[0]);
    say(&peers[2], FIN | ACK, 0);
    BJ_CHECK(peers[2].flags & FIN);
    say(&peers[2], ACK, 0);
    BJ_CHECK(dial(&peers[2], 5200)); /* its place is free again */
    test_answers(&peers[2]);
    say(&peers[3], RST, 0);
    BJ_CHECK(dial(&peers[3], 5201));
    BJ_CHECK(bj_gateway_counters(world.gateway)->connections == 0); /* it heard of none of it */
    bj_lwip_echo_free(echo);
    bj_lwip_echo_free(NULL);
    bj_lwip_free(lwip);
    world_close(&world);
    return bj_test_end("test_bj_lwip_echo");
}
