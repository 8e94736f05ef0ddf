#ifndef BJ_PCAP_OUT_H
#define BJ_PCAP_OUT_H

/* bj_pcap_out - a capture file being written: Ethernet frames with nanosecond times (libpcap's own
 * format, magic 0xa1b23c4d).  Times are ns since the UNIX epoch. */
#include "dataplane/base/bj_base.h"

typedef struct bj_pcap_out bj_pcap_out_t;

/* NULL: error has the sentence. */
bj_pcap_out_t *bj_pcap_out_open(const char *file, char *error, size_t error_bytes);
void bj_pcap_out_put(bj_pcap_out_t *out, const uint8_t *frame, size_t frame_bytes, int64_t time_ns);
uint64_t bj_pcap_out_cnt(const bj_pcap_out_t *out); /* frames written */
/* False: the disk did not take everything. */
BJ_MUST_USE bool bj_pcap_out_close(bj_pcap_out_t *out);

#endif /* BJ_PCAP_OUT_H */
