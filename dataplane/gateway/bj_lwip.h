#ifndef BJ_LWIP_H
#define BJ_LWIP_H

/* bj_lwip - TCP for the gateway by lwIP, over whatever carries Ethernet frames.
 *
 * Use        one in a process (lwIP's state is global); everything from one thread.
 * Frames     in by bj_lwip_frame; out by the send function given at start.
 * Checksums  all made and all checked here: the peer must not leave its own to hardware
 *            (`ethtool -K PEER tx off` on a veth).
 * Limits     Debian's lwIP takes control blocks from the heap, so BJ_GATEWAY_CONNS_MAX binds,
 *            not lwIP. */
#include "dataplane/gateway/bj_gateway_tls.h"

typedef struct bj_lwip bj_lwip_t;

typedef struct bj_lwip_config {
    const char *ip, *netmask, *mac; /* dotted; aa:bb:cc:dd:ee:ff */
    uint16_t    port, tls_port; /* in clear; under TLS; 0: that one is not listened on */
    bool (*send)(void *ctx, const void *frame, size_t frame_bytes);
    void *ctx;
} bj_lwip_config_t;

/* NULL: an address cannot be read, or the port cannot be listened on; the log says which. */
bj_lwip_t *bj_lwip_new(const bj_lwip_config_t *config, bj_gateway_tls_t *gateway);
void bj_lwip_free(bj_lwip_t *lwip);
void bj_lwip_frame(bj_lwip_t *lwip, const uint8_t *frame, size_t frame_bytes, bj_now_t now);
/* Timers, input that waited, output that is due.  Returns work done. */
uint32_t bj_lwip_step(bj_lwip_t *lwip, bj_now_t now);

#endif /* BJ_LWIP_H */
