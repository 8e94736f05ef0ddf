#ifndef BJ_FRAME_H
#define BJ_FRAME_H

/* bj_frame - the Ethernet frame around a datagram, as a switch would deliver it: IPv4, UDP, both
 * checksums filled in, padded to the least length of Ethernet.  Addresses in host order. */
#include "dataplane/base/bj_base.h"

enum { BJ_FRAME_HEAD_BYTES = 42, BJ_FRAME_LEAST_BYTES = 60 };

/* Returns the frame's bytes; there must be room for the head, the data and the padding. */
size_t bj_frame_write(uint8_t *frame, uint32_t source_ip, uint32_t group_ip, uint16_t port,
                      const void *data, size_t data_bytes);

#endif /* BJ_FRAME_H */
