#include "sim/exchange/bj_out.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "sim/exchange/bj_out_priv.h"

struct bj_out {
    const bj_out_way_t *way;
    void *state;
    struct {
        bj_out_datagram_t datagram[BJ_OUT_BATCH];
        size_t   cnt;
        uint64_t sent_cnt, lost_cnt;
    } queue[BJ_OUT_SOURCES];
};

void bj_out_die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(2);
}

static uint32_t ip_of(const bj_config_t *config, const char *path) {
    struct in_addr ip;
    const char *text = bj_config_str(config, path);
    if (inet_pton(AF_INET, text, &ip) != 1) {
        bj_out_die("configuration: %s must be an IPv4 address, not '%s'", path, text);
    }
    return ntohl(ip.s_addr);
}

bj_out_t *bj_out_open(const bj_config_t *config, uint32_t stream_cnt) {
    const bj_out_source_t sources[BJ_OUT_SOURCES] = {
        {bj_config_str(config, "exchange.iface_a"), ip_of(config, "exchange.source_a"),
         ip_of(config, "feed.group_a"), (uint16_t)bj_config_int(config, "feed.port_a", 1, 65000)},
        {bj_config_str(config, "exchange.iface_b"), ip_of(config, "exchange.source_b"),
         ip_of(config, "feed.group_b"), (uint16_t)bj_config_int(config, "feed.port_b", 1, 65000)}};
    bj_out_t *out = calloc(1, sizeof *out);
    if (!out) bj_out_die("bijli-exchange: no memory");
    bool memif = !strcmp(bj_config_str(config, "feed.driver"), "memif");
    out->way = memif ? &bj_out_memif : &bj_out_udp;
    out->state = out->way->open(config, sources, stream_cnt);
    return out;
}

void bj_out_close(bj_out_t *out) {
    out->way->close(out->state);
    free(out);
}

bool bj_out_put(bj_out_t *out, uint32_t source, uint32_t stream_idx, const void *data,
                size_t data_bytes) {
    assert(source < BJ_OUT_SOURCES && data_bytes <= BJ_OUT_BYTES_MAX);
    if (out->queue[source].cnt == BJ_OUT_BATCH) return false;
    bj_out_datagram_t *datagram = &out->queue[source].datagram[out->queue[source].cnt++];
    datagram->stream_idx = stream_idx;
    datagram->data_bytes = (uint32_t)data_bytes;
    memcpy(datagram->data, data, data_bytes);
    return true;
}

void bj_out_flush(bj_out_t *out, uint32_t source) {
    size_t cnt = out->queue[source].cnt;
    if (!cnt) return;
    size_t sent = out->way->send(out->state, source, out->queue[source].datagram, cnt);
    out->queue[source].sent_cnt += sent;
    out->queue[source].lost_cnt += cnt - sent;
    out->queue[source].cnt = 0;
}

bool bj_out_listener_came(bj_out_t *out) {
    return out->way->listener_came && out->way->listener_came(out->state);
}

uint64_t bj_out_sent(const bj_out_t *out, uint32_t source) { return out->queue[source].sent_cnt; }
uint64_t bj_out_lost(const bj_out_t *out, uint32_t source) { return out->queue[source].lost_cnt; }
