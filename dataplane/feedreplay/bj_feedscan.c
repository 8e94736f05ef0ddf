#include "dataplane/feedreplay/bj_feedscan.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed_unwrap.h"
#include "dataplane/feedreplay/bj_feedlive.h"

enum { CLOCKS_MAX = 1001, IP_DST_AT = 16 };
#define AHEAD_NS (30 * BJ_NS_PER_S)

typedef struct pass {
    bj_feedscan_t *scan;
    const bj_segments_t *segments;
    unsigned other_segment;
    bj_u64map_t instruments, ips; /* ips: of known groups, for frames that cannot be read further */
    bj_u64map_t broadcasts;       /* groups and ports of the broadcast */
    bj_feedlive_t *live;
    int64_t clock_ns[CLOCKS_MAX]; /* exchange's less capture's */
    size_t clock_cnt;
    int64_t latest_ns; /* of the frames */
} pass_t;

static uint64_t token_key(uint32_t token, unsigned segment, unsigned spread) {
    return (uint64_t)segment << 40 | (uint64_t)spread << 32 | token;
}

static void add_instrument(bj_feedscan_t *scan, const bj_feedscan_instrument_t *instrument) {
    scan->instruments = bj_grow(scan->instruments, &scan->instrument_room, scan->instrument_cnt + 1,
                                sizeof *scan->instruments);
    scan->instruments[scan->instrument_cnt++] = *instrument;
}

void bj_feedscan_list(bj_feedscan_t *scan, const bj_feedscan_instrument_t *instrument) {
    scan->listed = true;
    add_instrument(scan, instrument);
}

static void see_stream(bj_feedscan_t *scan, unsigned segment, uint16_t stream_id) {
    for (uint32_t i = 0; i < scan->stream_cnt && i < BJ_FEED_STREAM_MAX; i++) {
        if (scan->streams[i].segment == segment && scan->streams[i].stream_id == stream_id) return;
    }
    if (scan->stream_cnt < BJ_FEED_STREAM_MAX)
        scan->streams[scan->stream_cnt] =
            (bj_feed_stream_t){.segment = (bj_segment_t)segment, .stream_id = stream_id};
    if (scan->stream_cnt <= BJ_FEED_STREAM_MAX)
        scan->stream_cnt++; /* one more than there is room for is found out at the end */
}

static int32_t common_step(int32_t a, int32_t b) {
    while (b) {
        int32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static void see_token(pass_t *pass, unsigned segment, const bj_feed_msg_t *msg) {
    bj_feedscan_t *scan = pass->scan;
    int64_t *at = bj_u64map_at(&pass->instruments, token_key(msg->token, segment, msg->spread));
    if (!*at) {
        if (scan->listed && !msg->spread) return;
        bj_feedscan_instrument_t instrument = {.token = msg->token,
                                               .stream_id = msg->stream_id,
                                               .segment = (uint8_t)segment,
                                               .spread = msg->spread};
        add_instrument(scan, &instrument);
        *at = (int64_t)scan->instrument_cnt;
    }
    if (msg->kind != BJ_FEED_NEW && msg->kind != BJ_FEED_MODIFY) return;
    int32_t *tick_paise = &scan->instruments[*at - 1].tick_paise;
    *tick_paise = common_step(msg->price_paise, *tick_paise);
}

static void see_message(pass_t *pass, unsigned segment, const bj_feed_msg_t *msg, int64_t recv_ns) {
    if (msg->stream_id > BJ_FEED_STREAM_MAX) return;
    see_stream(pass->scan, segment, msg->stream_id);
    if (msg->kind == BJ_FEED_HEARTBEAT) return;
    see_token(pass, segment, msg);
    if (pass->clock_cnt < CLOCKS_MAX) pass->clock_ns[pass->clock_cnt++] = msg->exch_ns - recv_ns;
    pass->scan->trade_max += msg->kind == BJ_FEED_TRADE || msg->kind == BJ_FEED_TRADE_CANCEL;
    bj_feedlive_see(pass->live, segment, msg);
}

/* Cut as the feed cuts it.  False: not one message in it. */
static bool read_datagram(pass_t *pass, unsigned segment, const bj_feed_udp_t *udp,
                          int64_t recv_ns) {
    bj_feed_msg_t msg;
    size_t used_bytes;
    bool any = false;
    for (size_t at = 0; at < udp->data_bytes; at += used_bytes) {
        bj_status_t status =
            bj_feed_decode(udp->data + at, udp->data_bytes - at, &msg, &used_bytes);
        if (used_bytes == 0) break;
        if (status != BJ_OK) continue;
        any = true;
        see_message(pass, segment, &msg, recv_ns);
    }
    return any;
}

static uint64_t group_key(const bj_feed_udp_t *udp) {
    return UINT64_C(1) << 48 | (uint64_t)udp->group_ip << 16 | udp->port;
}

/* A whole datagram tells its group; from then on others of the group, of any bytes, are its too. */
static bool is_broadcast(pass_t *pass, const bj_feed_udp_t *udp) {
    static const bj_bcast_ops_t nobody = {NULL, NULL};
    bj_bcast_t after = pass->scan->broadcast;
    uint64_t bad = after.bad_items;
    bool whole = bj_bcast_datagram(&after, udp->data, udp->data_bytes, &nobody, NULL) == BJ_OK &&
                 after.bad_items == bad;
    if (!whole && !bj_u64map_find(&pass->broadcasts, group_key(udp))) return false;
    *bj_u64map_at(&pass->broadcasts, group_key(udp)) = 1;
    pass->scan->broadcast = after;
    return true;
}

static void read_frame(pass_t *pass, const bj_capture_t *capture, const bj_capture_frame_t *frame) {
    bj_feed_udp_t udp;
    if (frame->recv_ns > pass->latest_ns) pass->latest_ns = frame->recv_ns;
    if (bj_feed_unwrap(capture->bytes + frame->at, frame->len_bytes, &udp) != BJ_OK) return;
    unsigned known = bj_segments_of(pass->segments, udp.group_ip);
    bool any = read_datagram(pass, known ? known : pass->other_segment, &udp, frame->recv_ns);
    if (!any && (is_broadcast(pass, &udp) || !known)) return;
    *bj_u64map_at(&pass->scan->groups, group_key(&udp)) = known ? known : pass->other_segment;
    *bj_u64map_at(&pass->ips, UINT64_C(1) << 48 | udp.group_ip) = 1;
}

/* A frame that cannot be unwrapped is the feed's if it went to a group of the feed. */
static bool is_ours(const pass_t *pass, const uint8_t *data, size_t data_bytes) {
    bj_feed_udp_t udp;
    bj_status_t status = bj_feed_unwrap(data, data_bytes, &udp);
    if (status == BJ_OK)
        return bj_feedscan_segment(pass->scan, udp.group_ip, udp.port) != 0 &&
               !bj_u64map_find(&pass->broadcasts, group_key(&udp));
    size_t at = (data[12] == 0x81 ? 18 : 14) + IP_DST_AT;
    if (status == BJ_ERR_NOT_FOUND || data_bytes < at + 4) return false;
    uint32_t ip = (uint32_t)data[at] << 24 | (uint32_t)data[at + 1] << 16 |
                  (uint32_t)data[at + 2] << 8 | data[at + 3];
    return bj_u64map_find(&pass->ips, UINT64_C(1) << 48 | ip) != NULL;
}

static int by_value(const void *a_, const void *b_) {
    int64_t a = *(const int64_t *)a_, b = *(const int64_t *)b_;
    return a < b ? -1 : a > b;
}

/* The median: a few messages with a time out of their mind do not move it, and it moves no frame
 * out of what a time can say. */
static int64_t ahead_ns(pass_t *pass) {
    if (!pass->clock_cnt) return 0;
    int64_t room_ns = INT64_MAX - 1000 * BJ_NS_PER_S - pass->latest_ns;
    qsort(pass->clock_ns, pass->clock_cnt, sizeof *pass->clock_ns, by_value);
    int64_t median_ns = pass->clock_ns[pass->clock_cnt / 2];
    return median_ns > AHEAD_NS && median_ns < room_ns ? median_ns : 0;
}

static void keep_ours(pass_t *pass, bj_capture_t *capture) {
    size_t kept = 0;
    for (size_t i = 0; i < capture->frame_cnt; i++) {
        const bj_capture_frame_t *frame = &capture->frames[i];
        if (!is_ours(pass, capture->bytes + frame->at, frame->len_bytes)) continue;
        capture->frames[kept] = *frame;
        capture->frames[kept++].recv_ns += pass->scan->ahead_ns;
    }
    capture->frame_cnt = kept;
}

static int by_token(const void *a_, const void *b_) {
    const bj_feedscan_instrument_t *a = a_, *b = b_;
    if (a->token != b->token) return a->token < b->token ? -1 : 1;
    if (a->segment != b->segment) return a->segment < b->segment ? -1 : 1;
    return a->spread - b->spread;
}

static const char *limit_passed(const bj_feedscan_t *scan) {
    if (!scan->stream_cnt) return "no message of the feed in any of the captures";
    if (scan->stream_cnt > BJ_FEED_STREAM_MAX) return "messages of more than 64 streams";
    if (!scan->instrument_cnt) return "no instrument: no message names a token";
    if (scan->instrument_cnt > BJ_FEEDSCAN_INSTRUMENT_MAX) return "more than 1048576 tokens";
    for (size_t i = 1; i < scan->instrument_cnt; i++) {
        if (!by_token(&scan->instruments[i - 1], &scan->instruments[i]))
            return "a token is listed twice in a segment";
    }
    return NULL;
}

static void see_listed(pass_t *pass, size_t i) {
    const bj_feedscan_instrument_t *instrument = &pass->scan->instruments[i];
    see_stream(pass->scan, instrument->segment, instrument->stream_id);
    *bj_u64map_at(&pass->instruments, token_key(instrument->token, instrument->segment,
                                                instrument->spread)) = (int64_t)i + 1;
}

bool bj_feedscan_run(bj_feedscan_t *scan, bj_capture_t *capture, const bj_segments_t *segments,
                     unsigned other_segment, char error[BJ_CAPTURE_TEXT_BYTES]) {
    pass_t *pass = bj_need(calloc(1, sizeof *pass));
    *pass = (pass_t){.scan = scan,
                     .segments = segments,
                     .other_segment = other_segment,
                     .live = bj_feedlive_new()};
    for (size_t i = 0; i < scan->instrument_cnt; i++)
        see_listed(pass, i);
    for (size_t i = 0; i < capture->frame_cnt; i++)
        read_frame(pass, capture, &capture->frames[i]);
    scan->ahead_ns = ahead_ns(pass);
    keep_ours(pass, capture);
    size_t most = bj_feedlive_most(pass->live);
    scan->order_max = (uint32_t)(most + most / 8 + 1024);
    if (scan->instrument_cnt)
        qsort(scan->instruments, scan->instrument_cnt, sizeof *scan->instruments, by_token);
    bj_feedlive_free(pass->live);
    bj_u64map_free(&pass->instruments);
    bj_u64map_free(&pass->ips);
    bj_u64map_free(&pass->broadcasts);
    free(pass);
    const char *passed = limit_passed(scan);
    snprintf(error, BJ_CAPTURE_TEXT_BYTES, "%s", passed ? passed : "");
    return !passed;
}

const bj_feedscan_instrument_t *bj_feedscan_find(const bj_feedscan_t *scan, uint32_t token,
                                                 unsigned segment, unsigned spread) {
    bj_feedscan_instrument_t key = {
        .token = token, .segment = (uint8_t)segment, .spread = (uint8_t)spread};
    return bsearch(&key, scan->instruments, scan->instrument_cnt, sizeof key, by_token);
}

void bj_feedscan_free(bj_feedscan_t *scan) {
    free(scan->instruments);
    bj_u64map_free(&scan->groups);
}
