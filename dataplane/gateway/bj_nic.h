#ifndef BJ_NIC_H
#define BJ_NIC_H

/* bj_nic - frames in and frames out of one Ethernet port, by DPDK.  No DPDK type leaves this file,
 * so that lwIP's headers, which clash with DPDK's, may stand beside it.
 *
 * Drivers    "af_xdp" (falls back to af_packet and says so), "af_packet", "memif" (client end; its
 *            server may come later, and go and come again).
 * Threads    bj_nic_start, open and close from one thread while nothing polls; then one thread
 *            polls and sends on a port.  A thread that does either calls bj_nic_thread_enter first.
 * Errors     bj_status_t at start, with a sentence in the log; later a lost frame is a count.
 * Cost       poll: a burst of at most BJ_NIC_BURST frames, no copy, no syscall on an empty AF_XDP
 *            ring. send: one copy; the frame leaves at bj_nic_flush. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

enum { BJ_NIC_BURST = 64, BJ_NIC_FRAME_MAX_BYTES = 1514, BJ_NIC_PORTS_MAX = 8 };

typedef struct bj_nic bj_nic_t;

typedef struct bj_nic_host { /* of the whole process */
    const char *file_prefix;
    int         memory_mb;
    bool        huge;
} bj_nic_host_t;

typedef struct bj_nic_config {
    const char *driver;
    const char *iface;        /* af_xdp, af_packet */
    const char *memif_socket; /* memif: path of the server's socket */
    unsigned    memif_id;
    unsigned    memif_ring_log2;    /* frames a ring holds; 0: 11, at most 14 */
    unsigned    memif_buffer_bytes; /* of each; 0: 2048.  Small ones stay in the cache */
} bj_nic_config_t;

typedef struct bj_nic_stats {
    uint64_t rx_frames, tx_frames;
    uint64_t tx_dropped; /* no buffer, or the port's queue was full */
} bj_nic_stats_t;

typedef void bj_nic_frame_fn(void *ctx, const uint8_t *frame, size_t frame_bytes);

/* Starts DPDK; once in a process, before any other call here. */
BJ_MUST_USE bj_status_t bj_nic_start(const bj_nic_host_t *host);
void bj_nic_stop(void);
/* DPDK's own thread gives up its capabilities, as the caller must for itself (bj_caps.h).  Nothing
 * can be opened after that; a port of AF_XDP that is closed leaves its program on the interface,
 * where it lets all frames pass, until somebody else takes it off. */
BJ_MUST_USE bool bj_nic_caps_drop(void);
BJ_MUST_USE bool bj_nic_thread_enter(void);
void bj_nic_thread_leave(void);

/* NULL: no such interface, or no driver could take it; the log says why.  nic_name becomes part of
 * the vdev's name and must be unique. */
bj_nic_t *bj_nic_open(const char *nic_name, const bj_nic_config_t *config);
void bj_nic_close(bj_nic_t *nic);
const char *bj_nic_driver(const bj_nic_t *nic); /* the one in use, after any fallback */

/* Hands each frame waiting to take; the frame is only valid inside the call. */
uint32_t bj_nic_poll(bj_nic_t *nic, bj_nic_frame_fn *take, void *ctx);
/* The same, all frames of a burst in one call. */
typedef struct bj_nic_frame {
    const uint8_t *data;
    size_t         data_bytes;
} bj_nic_frame_t;
typedef void bj_nic_frames_fn(void *ctx, const bj_nic_frame_t *frames, uint32_t cnt);
uint32_t bj_nic_poll_burst(bj_nic_t *nic, bj_nic_frames_fn *take, void *ctx);
/* False: dropped and counted, as Ethernet may. */
bool bj_nic_send(bj_nic_t *nic, const void *frame, size_t frame_bytes);
void bj_nic_flush(bj_nic_t *nic);
bj_nic_stats_t bj_nic_stats(const bj_nic_t *nic); /* from the polling thread */

/* Throws away what waits: frames that came before anybody looked. */
void bj_nic_drain(bj_nic_t *nic);
/* From the polling thread, some times a second: a memif port looks for its server again when it is
 * not there yet or has gone.  Nothing to do for the others. */
void bj_nic_tend(bj_nic_t *nic, int64_t mono_ns);

/* Takes off an XDP program that a killed process left on iface. */
void bj_nic_xdp_off(const char *iface);

#endif /* BJ_NIC_H */
