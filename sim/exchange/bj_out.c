#include "sim/exchange/bj_out.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include "sim/exchange/bj_frame.h"
#include "sim/exchange/bj_out_priv.h"
#include "sim/exchange/bj_pcap_out.h"

struct bj_out {
    const bj_out_way_t *way; /* NULL: no network */
    void *state;
    const bj_streams_t *streams;
    bj_out_source_t source[BJ_OUT_SOURCES];
    bj_pcap_out_t *capture[BJ_OUT_SOURCES]; /* or NULL */
    struct {
        bj_out_datagram_t datagram[BJ_OUT_BATCH];
        size_t   cnt;
        uint64_t sent_cnt, lost_cnt;
    } queue[BJ_OUT_SOURCES];
};

static uint32_t ip_of(const bj_config_t *config, const char *path) {
    struct in_addr ip;
    const char *text = bj_config_str(config, path);
    if (inet_pton(AF_INET, text, &ip) != 1) {
        bj_config_die("configuration: %s must be an IPv4 address, not '%s'", path, text);
    }
    return ntohl(ip.s_addr);
}

bj_out_t *bj_out_open(const bj_config_t *config, const bj_streams_t *streams, bool network) {
    bj_out_t *out = calloc(1, sizeof *out);
    if (!out) bj_config_die("bijli-exchange: no memory");
    out->streams = streams;
    out->source[0].source_ip = ip_of(config, "exchange.source_a");
    out->source[1].source_ip = ip_of(config, "exchange.source_b");
    if (!network) return out;
    out->source[0].iface = bj_config_str(config, "exchange.iface_a");
    out->source[1].iface = bj_config_str(config, "exchange.iface_b");
    bool memif = !strcmp(bj_config_str(config, "feed.driver"), "memif");
    out->way = memif ? &bj_out_memif : &bj_out_udp;
    out->state = out->way->open(config, out->source, streams);
    return out;
}

void bj_out_capture(bj_out_t *out, uint32_t source, const char *file) {
    char error[512] = "no memory";
    out->capture[source] = bj_pcap_out_open(file, error, sizeof error);
    if (!out->capture[source]) bj_config_die("bijli-exchange: capture %s: %s", file, error);
}

bool bj_out_close(bj_out_t *out) {
    bool written = true;
    if (out->way) out->way->close(out->state);
    for (uint32_t s = 0; s < BJ_OUT_SOURCES; s++) written &= bj_pcap_out_close(out->capture[s]);
    free(out);
    return written;
}

static void capture(bj_out_t *out, uint32_t source, const bj_out_datagram_t *datagram,
                    int64_t time_ns) {
    uint8_t frame[BJ_FRAME_HEAD_BYTES + BJ_OUT_BYTES_MAX];
    const bj_stream_place_t *to = &out->streams->stream[datagram->stream_idx].source[source];
    size_t frame_bytes = bj_frame_write(frame, out->source[source].source_ip, to->group_ip,
                                        to->port, datagram->data, datagram->data_bytes);
    bj_pcap_out_put(out->capture[source], frame, frame_bytes, time_ns);
}

void bj_out_put(bj_out_t *out, uint32_t source, uint32_t stream_idx, const void *data,
                size_t data_bytes, int64_t time_ns) {
    assert(source < BJ_OUT_SOURCES && data_bytes <= BJ_OUT_BYTES_MAX);
    if (out->queue[source].cnt == BJ_OUT_BATCH) bj_out_flush(out, source);
    bj_out_datagram_t *datagram = &out->queue[source].datagram[out->queue[source].cnt++];
    datagram->stream_idx = stream_idx;
    datagram->data_bytes = (uint32_t)data_bytes;
    memcpy(datagram->data, data, data_bytes);
    if (out->capture[source]) capture(out, source, datagram, time_ns);
}

void bj_out_flush(bj_out_t *out, uint32_t source) {
    size_t cnt = out->queue[source].cnt;
    if (!cnt) return;
    size_t sent = cnt;
    if (out->way) sent = out->way->send(out->state, source, out->queue[source].datagram, cnt);
    out->queue[source].sent_cnt += sent;
    out->queue[source].lost_cnt += cnt - sent;
    out->queue[source].cnt = 0;
}

bool bj_out_listener_came(bj_out_t *out) {
    return out->way && out->way->listener_came && out->way->listener_came(out->state);
}

uint64_t bj_out_sent(const bj_out_t *out, uint32_t source) { return out->queue[source].sent_cnt; }
uint64_t bj_out_lost(const bj_out_t *out, uint32_t source) { return out->queue[source].lost_cnt; }
