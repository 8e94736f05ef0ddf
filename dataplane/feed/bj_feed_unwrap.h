#ifndef BJ_FEED_UNWRAP_H
#define BJ_FEED_UNWRAP_H

/* bj_feed_unwrap - from an Ethernet frame to the UDP payload in it.
 *
 * Input      any bytes.  Lengths are the headers' own: small frames carry padding.
 * Errors     BJ_ERR_NOT_FOUND  not IPv4 over Ethernet (one 802.1Q tag is allowed), or not UDP: none
 *                              of the feed's
 *            BJ_ERR_BAD_FIELD  a fragment, a lying length or a wrong IP header checksum
 * Cost       some ten compares and ten additions; payload points into the frame. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

typedef struct bj_feed_udp {
    uint32_t group_ip; /* where it was sent, host order */
    uint16_t port;
    const uint8_t *data;
    size_t data_bytes;
} bj_feed_udp_t;

BJ_MUST_USE bj_status_t bj_feed_unwrap(const uint8_t *frame, size_t frame_bytes,
                                       bj_feed_udp_t *udp);

#endif /* BJ_FEED_UNWRAP_H */
