#ifndef BJ_CAPTURE_H
#define BJ_CAPTURE_H

/* bj_capture - what a packet capture holds of UDP over IPv4, in memory, in order of time.
 *
 * Input      pcap and pcapng as libpcap reads them, micro- and nanosecond stamps; link types
 *            Ethernet, Linux cooked (SLL, SLL2), raw IP; any number of VLAN tags.
 * Output     Ethernet frames, whatever the link type was, so that the feed sees one kind.  An IP
 *            header checksum of 0 is one that the sender's network card would have filled in: it
 *            is.
 * Errors     false and a sentence that names the file and the packet.  A file that ends inside
 *            its last packet is not an error: what came before is kept, and a note says so.
 * Ownership  the capture owns its memory; bj_capture_free.  The heap, start-up only. */
#include "dataplane/base/bj_base.h"

enum {
    BJ_CAPTURE_TEXT_BYTES = 512,
    BJ_CAPTURE_AHEAD_BYTES = 2048, /* zeros behind the last frame: for who fetches ahead */
};

typedef struct bj_capture_frame {
    int64_t recv_ns; /* since the UNIX epoch */
    uint64_t at;     /* where it begins in bytes */
    uint32_t len_bytes;
    uint32_t source; /* 0: A, 1: B */
} bj_capture_frame_t;

typedef struct bj_capture { /* zeros: nothing captured */
    bj_capture_frame_t *frames;
    uint8_t *bytes;
    size_t frame_cnt, frame_room, used_bytes, room_bytes;
    uint64_t packet_cnt, cut_cnt; /* all packets; those of which less was captured than was sent */
} bj_capture_t;

/* Adds a file behind what is there.  note is empty or a sentence. */
BJ_MUST_USE bool bj_capture_read(bj_capture_t *capture, const char *path, uint32_t source,
                                 char error[BJ_CAPTURE_TEXT_BYTES],
                                 char note[BJ_CAPTURE_TEXT_BYTES]);
/* The same from an open file, which is closed in any case. */
BJ_MUST_USE bool bj_capture_read_file(bj_capture_t *capture, void *file, const char *path,
                                      uint32_t source, char error[BJ_CAPTURE_TEXT_BYTES],
                                      char note[BJ_CAPTURE_TEXT_BYTES]);
/* Puts the frames of all files in order of time.  Within a file the order is kept: a time that runs
 * backwards counts as the latest before it.  Equal times: A first.  The frames then
 * lie one behind the other, on large pages. */
void bj_capture_merge(bj_capture_t *capture);
void bj_capture_free(bj_capture_t *capture);

#endif /* BJ_CAPTURE_H */
