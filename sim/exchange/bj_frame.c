/* RFC 894 (IPv4 over Ethernet), 791 (IPv4), 768 (UDP), 1071 (their checksum), 1112 (the Ethernet
 * address of a group). */
#include "sim/exchange/bj_frame.h"

static void put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static uint32_t sum_of(const uint8_t *data, size_t data_bytes, uint32_t sum) {
    for (size_t i = 0; i + 1 < data_bytes; i += 2) sum += (uint32_t)(data[i] << 8 | data[i + 1]);
    if (data_bytes % 2) sum += (uint32_t)(data[data_bytes - 1] << 8);
    return sum;
}

static uint32_t folded(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

size_t bj_frame_write(uint8_t *frame, uint32_t source_ip, uint32_t group_ip, uint16_t port,
                      const void *data, size_t data_bytes) {
    uint8_t *ip = frame + 14, *udp = ip + 20;
    uint32_t udp_bytes = (uint32_t)(8 + data_bytes);
    size_t frame_bytes = BJ_FRAME_HEAD_BYTES + data_bytes;
    memset(frame, 0, frame_bytes < BJ_FRAME_LEAST_BYTES ? BJ_FRAME_LEAST_BYTES : frame_bytes);
    put32(frame, 0x01005e00 | (group_ip >> 16 & 0x7f));
    put16(frame + 4, group_ip & 0xffff);
    put32(frame + 6, 0x02bb0000);
    put16(frame + 10, 0x0100 | (source_ip >> 8 & 0xff));
    put16(frame + 12, 0x0800);
    ip[0] = 0x45, ip[8] = 1, ip[9] = 17; /* 20 bytes of head, one hop, UDP */
    put16(ip + 2, 20 + udp_bytes);
    put32(ip + 12, source_ip);
    put32(ip + 16, group_ip);
    put16(ip + 10, folded(sum_of(ip, 20, 0)));
    put16(udp, port);
    put16(udp + 2, port);
    put16(udp + 4, udp_bytes);
    memcpy(udp + 8, data, data_bytes);
    uint32_t sum = folded(sum_of(udp, udp_bytes, sum_of(ip + 12, 8, 17 + udp_bytes)));
    put16(udp + 6, sum ? sum : 0xffff); /* 0 would say that there is none */
    return frame_bytes < BJ_FRAME_LEAST_BYTES ? BJ_FRAME_LEAST_BYTES : frame_bytes;
}
