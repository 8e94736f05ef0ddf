#include "dataplane/feedreplay/bj_capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/feedreplay/bj_u64map.h"

enum { ETH_BYTES = 14, TAG_BYTES = 4, IP_BYTES = 20, PROTOCOL_UDP = 17 };
enum { ETHER_IP = 0x0800, ETHER_TAG = 0x8100, ETHER_TAG_OUTER = 0x88a8, ETHER_TAG_OLD = 0x9100 };
#define TIME_MAX_S INT64_C(8000000000) /* the year 2223; in ns it fits an int64_t */

static uint16_t be16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* --- link layers */
typedef struct link { /* where the protocol's number is and where its bytes begin */
    int dlt;
    size_t type_at, head_bytes;
} link_t;

/* Raw IP has no number: its version is looked at, as in every other packet. */
static const link_t links[] = {{DLT_EN10MB, 12, ETH_BYTES},
                               {DLT_LINUX_SLL, 14, 16},
                               {DLT_LINUX_SLL2, 0, 20},
                               {DLT_RAW, 0, 0},
                               {DLT_IPV4, 0, 0}};

static const link_t *link_of(int dlt) {
    for (size_t i = 0; i < BJ_COUNT(links); i++) {
        if (links[i].dlt == dlt) return &links[i];
    }
    return NULL;
}

/* Where the IPv4 header begins; 0 with *tags 0 may be right too.  False: it is something else. */
static bool find_ip(const link_t *link, const uint8_t *p, size_t bytes, size_t *ip_at,
                    unsigned *tag_cnt) {
    size_t at = link->head_bytes;
    *tag_cnt = 0;
    if (bytes < at) return false;
    if (at) {
        uint16_t type = be16(p + link->type_at);
        while (type == ETHER_TAG || type == ETHER_TAG_OUTER || type == ETHER_TAG_OLD) {
            if (bytes < at + TAG_BYTES) return false;
            type = be16(p + at + 2);
            at += TAG_BYTES;
            *tag_cnt += be16(p + link->type_at) == ETHER_TAG ? 1 : 2; /* only 8100 is the feed's */
        }
        if (type != ETHER_IP) return false;
    }
    *ip_at = at;
    return bytes >= at + IP_BYTES && p[at] >> 4 == 4 && p[at + 9] == PROTOCOL_UDP;
}

static void fill_sum(uint8_t *ip, size_t left_bytes) {
    size_t ip_bytes = (ip[0] & 15u) * 4u;
    if (be16(ip + 10) != 0 || ip_bytes < IP_BYTES || ip_bytes > left_bytes) return;
    uint32_t sum = 0;
    for (size_t i = 0; i < ip_bytes; i += 2)
        sum += be16(ip + i);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
}

static void add_frame(bj_capture_t *capture, const link_t *link, uint32_t source, int64_t recv_ns,
                      const uint8_t *p, size_t bytes) {
    size_t ip_at;
    unsigned tag_cnt;
    if (!find_ip(link, p, bytes, &ip_at, &tag_cnt)) return;
    bool as_is = link->dlt == DLT_EN10MB && tag_cnt <= 1;
    size_t len_bytes = as_is ? bytes : ETH_BYTES + bytes - ip_at;
    size_t new_ip_at = as_is ? ip_at : ETH_BYTES;
    capture->bytes =
        bj_grow(capture->bytes, &capture->room_bytes, capture->used_bytes + len_bytes, 1);
    capture->frames = bj_grow(capture->frames, &capture->frame_room, capture->frame_cnt + 1,
                              sizeof *capture->frames);
    uint8_t *frame = capture->bytes + capture->used_bytes;
    if (as_is) {
        memcpy(frame, p, bytes);
    } else {
        memset(frame, 0, ETH_BYTES);
        frame[12] = ETHER_IP >> 8;
        memcpy(frame + ETH_BYTES, p + ip_at, bytes - ip_at);
    }
    fill_sum(frame + new_ip_at, len_bytes - new_ip_at);
    capture->frames[capture->frame_cnt++] =
        (bj_capture_frame_t){recv_ns, capture->used_bytes, (uint32_t)len_bytes, source};
    capture->used_bytes += len_bytes;
}

/* --- files */
static bool read_packets(bj_capture_t *capture, pcap_t *pcap, const char *path, uint32_t source,
                         char *error, char *note) {
    const link_t *link = link_of(pcap_datalink(pcap));
    const uint8_t *data;
    struct pcap_pkthdr *header;
    uint64_t packet_no = 0;
    int got;
    for (; (got = pcap_next_ex(pcap, &header, &data)) == 1;) {
        packet_no++;
        if (header->ts.tv_sec < 0 || header->ts.tv_sec > TIME_MAX_S) {
            snprintf(error, BJ_CAPTURE_TEXT_BYTES,
                     "%s: packet %llu: its time, %lld s, is not between 1970 and 2223", path,
                     (unsigned long long)packet_no, (long long)header->ts.tv_sec);
            return false;
        }
        if (header->caplen < header->len) capture->cut_cnt++;
        add_frame(capture, link, source, header->ts.tv_sec * BJ_NS_PER_S + header->ts.tv_usec, data,
                  header->caplen);
    }
    capture->packet_cnt += packet_no;
    if (got == PCAP_ERROR_BREAK) return true;
    bool cut = strstr(pcap_geterr(pcap), "truncated") != NULL;
    snprintf(cut ? note : error, BJ_CAPTURE_TEXT_BYTES, "%s: packet %llu: %s%s", path,
             (unsigned long long)packet_no + 1, pcap_geterr(pcap),
             cut ? "; what came before it is used" : "");
    return cut;
}

bool bj_capture_read_file(bj_capture_t *capture, void *file, const char *path, uint32_t source,
                          char error[BJ_CAPTURE_TEXT_BYTES], char note[BJ_CAPTURE_TEXT_BYTES]) {
    char why[PCAP_ERRBUF_SIZE] = "";
    *error = *note = '\0';
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
    if (!pcap) {
        fclose(file);
        snprintf(error, BJ_CAPTURE_TEXT_BYTES, "%s: not a capture: %s", path, why);
        return false;
    }
    bool ok = link_of(pcap_datalink(pcap)) != NULL;
    if (ok) {
        ok = read_packets(capture, pcap, path, source, error, note);
    } else {
        const char *name = pcap_datalink_val_to_name(pcap_datalink(pcap));
        snprintf(error, BJ_CAPTURE_TEXT_BYTES,
                 "%s: link type %d (%s) cannot be read: it may be Ethernet, Linux cooked (SLL, "
                 "SLL2) or raw IP",
                 path, pcap_datalink(pcap), name ? name : "no name");
    }
    pcap_close(pcap);
    return ok;
}

bool bj_capture_read(bj_capture_t *capture, const char *path, uint32_t source,
                     char error[BJ_CAPTURE_TEXT_BYTES], char note[BJ_CAPTURE_TEXT_BYTES]) {
    *error = *note = '\0';
    FILE *file = fopen(path, "rb");
    if (file) return bj_capture_read_file(capture, file, path, source, error, note);
    snprintf(error, BJ_CAPTURE_TEXT_BYTES, "%s: %s", path, strerror(errno));
    return false;
}

/* --- order */
static int by_time(const void *a_, const void *b_) {
    const bj_capture_frame_t *a = a_, *b = b_;
    if (a->recv_ns != b->recv_ns) return a->recv_ns < b->recv_ns ? -1 : 1;
    if (a->source != b->source) return a->source < b->source ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at; /* as read */
}

void bj_capture_merge(bj_capture_t *capture) {
    int64_t latest_ns[2] = {0};
    bool in_order = true;
    for (size_t i = 0; i < capture->frame_cnt; i++) {
        bj_capture_frame_t *frame = &capture->frames[i];
        if (frame->recv_ns < latest_ns[frame->source]) frame->recv_ns = latest_ns[frame->source];
        latest_ns[frame->source] = frame->recv_ns;
        in_order &= !i || by_time(frame - 1, frame) < 0;
    }
    if (!in_order) qsort(capture->frames, capture->frame_cnt, sizeof *capture->frames, by_time);
    /* The bytes in the order they will be read, as a network card's ring would have them. */
    uint8_t *bytes = bj_need_large(capture->used_bytes + BJ_CAPTURE_AHEAD_BYTES);
    size_t at = 0;
    for (size_t i = 0; i < capture->frame_cnt; i++) {
        bj_capture_frame_t *frame = &capture->frames[i];
        memcpy(bytes + at, capture->bytes + frame->at, frame->len_bytes);
        frame->at = at;
        at += frame->len_bytes;
    }
    free(capture->bytes);
    capture->bytes = bytes;
    capture->room_bytes = capture->used_bytes;
    bj_capture_frame_t *frames = bj_need_large(capture->frame_cnt * sizeof *frames);
    if (capture->frame_cnt) memcpy(frames, capture->frames, capture->frame_cnt * sizeof *frames);
    free(capture->frames);
    capture->frames = frames;
    capture->frame_room = capture->frame_cnt;
}

void bj_capture_free(bj_capture_t *capture) {
    free(capture->frames);
    free(capture->bytes);
}
