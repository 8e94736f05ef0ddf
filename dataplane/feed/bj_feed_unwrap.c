#include "dataplane/feed/bj_feed_unwrap.h"

enum { ETH_BYTES = 14, TAG_BYTES = 4, IP_BYTES = 20, UDP_BYTES = 8 };
enum { ETHER_IP = 0x0800, ETHER_TAG = 0x8100, PROTOCOL_UDP = 17, FRAGMENT = 0x3fff };

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t be32(const uint8_t *p) { return (uint32_t)be16(p) << 16 | be16(p + 2); }

static bool sum_holds(const uint8_t *ip, size_t ip_bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < ip_bytes; i += 2) sum += be16(ip + i);
    sum = (sum & 0xffff) + (sum >> 16);
    return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

static bool is_whole(const uint8_t *ip, size_t left_bytes) {
    size_t ip_bytes = (ip[0] & 15u) * 4u, total_bytes = be16(ip + 2);
    return ip[0] >> 4 == 4 && ip_bytes >= IP_BYTES && total_bytes <= left_bytes &&
           total_bytes >= ip_bytes + UDP_BYTES && !(be16(ip + 6) & FRAGMENT) &&
           sum_holds(ip, ip_bytes);
}

bj_status_t bj_feed_unwrap(const uint8_t *frame, size_t frame_bytes, bj_feed_udp_t *udp) {
    size_t at = ETH_BYTES;
    if (frame_bytes < ETH_BYTES + TAG_BYTES) return BJ_ERR_NOT_FOUND;
    if (be16(frame + 12) == ETHER_TAG) at += TAG_BYTES;
    if (frame_bytes < at + IP_BYTES || be16(frame + at - 2) != ETHER_IP) return BJ_ERR_NOT_FOUND;
    const uint8_t *ip = frame + at;
    if (ip[9] != PROTOCOL_UDP) return BJ_ERR_NOT_FOUND;
    if (!is_whole(ip, frame_bytes - at)) return BJ_ERR_BAD_FIELD;
    size_t ip_bytes = (ip[0] & 15u) * 4u;
    const uint8_t *header = ip + ip_bytes;
    size_t udp_bytes = be16(header + 4);
    if (udp_bytes < UDP_BYTES || udp_bytes > be16(ip + 2) - ip_bytes) return BJ_ERR_BAD_FIELD;
    *udp = (bj_feed_udp_t){.group_ip = be32(ip + 16),
                           .port = be16(header + 2),
                           .data = header + UDP_BYTES,
                           .data_bytes = udp_bytes - UDP_BYTES};
    return BJ_OK;
}
