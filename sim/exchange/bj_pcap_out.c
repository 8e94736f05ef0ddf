#include "sim/exchange/bj_pcap_out.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"

enum { SNAP_BYTES = 65535 };

struct bj_pcap_out {
    pcap_t        *pcap;
    pcap_dumper_t *dumper;
    uint64_t       cnt;
};

bj_pcap_out_t *bj_pcap_out_open(const char *file, char *error, size_t error_bytes) {
    bj_pcap_out_t *out = calloc(1, sizeof *out);
    if (!out) return NULL;
    out->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, SNAP_BYTES,
                                                     PCAP_TSTAMP_PRECISION_NANO);
    if (out->pcap) out->dumper = pcap_dump_open(out->pcap, file);
    if (out->dumper) return out;
    snprintf(error, error_bytes, "%s", out->pcap ? pcap_geterr(out->pcap) : "no memory");
    if (out->pcap) pcap_close(out->pcap);
    free(out);
    return NULL;
}

void bj_pcap_out_put(bj_pcap_out_t *out, const uint8_t *frame, size_t frame_bytes,
                     int64_t time_ns) {
    struct pcap_pkthdr head = {
        .ts = {.tv_sec = time_ns / BJ_NS_PER_S, .tv_usec = time_ns % BJ_NS_PER_S}, /* ns here */
        .caplen = (uint32_t)frame_bytes, .len = (uint32_t)frame_bytes};
    pcap_dump((u_char *)out->dumper, &head, frame);
    out->cnt++;
}

uint64_t bj_pcap_out_cnt(const bj_pcap_out_t *out) { return out->cnt; }

bool bj_pcap_out_close(bj_pcap_out_t *out) {
    if (!out) return true;
    bool written = pcap_dump_flush(out->dumper) == 0 && !ferror(pcap_dump_file(out->dumper));
    pcap_dump_close(out->dumper);
    pcap_close(out->pcap);
    free(out);
    return written;
}
