#include "dataplane/feed/bj_feed.h"

#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed_arbiter.h"
#include "dataplane/feed/bj_feed_books.h"

#define SILENT_NS (3 * BJ_NS_PER_S)
#define AHEAD_NS (60 * BJ_NS_PER_S) /* how far the exchange's clock may run before ours */
#define BEAT_NS (100 * BJ_NS_PER_MS)

typedef struct stream {
    int64_t heard_ns; /* last well-framed message; 0: none yet */
    bool    holed, silent;
} stream_t;

struct bj_feed {
    bj_feed_config_t   config;
    bj_feed_counters_t counters;
    bj_feed_arbiter_t *arbiter;
    bj_feed_books_t   *books;
    int64_t  now_ns, feed_ns, beat_ns;
    stream_t stream[BJ_FEED_STREAM_MAX];
};

size_t bj_feed_footprint(const bj_feed_config_t *config) {
    size_t arbiter_bytes = bj_feed_arbiter_footprint(config->stream_cnt);
    size_t books_bytes = bj_feed_books_footprint(config);
    if (!arbiter_bytes || !books_bytes || config->gap_wait_ns < 0) return 0;
    return bj_feed_line_up(sizeof(bj_feed_t)) + bj_feed_line_up(arbiter_bytes) + books_bytes;
}

/* --- out of the arbiter */
static void set_stale(bj_feed_t *feed, uint32_t stream_idx, bool holed, bool silent) {
    stream_t *stream = &feed->stream[stream_idx];
    bool was = stream->holed || stream->silent, is = holed || silent;
    stream->holed = holed;
    stream->silent = silent;
    if (was != is) bj_feed_books_stale(feed->books, stream_idx, is);
}

static void on_apply(void *ctx, const bj_feed_msg_t *msg) {
    bj_feed_t *feed = ctx;
    feed->counters.messages++;
    if (BJ_LIKELY(bj_feed_books_apply(feed->books, msg, feed->now_ns))) return;
    feed->counters.gaps++;
    feed->counters.gap_messages++;
    uint32_t stream_idx = msg->stream_id - 1u;
    set_stale(feed, stream_idx, true, feed->stream[stream_idx].silent);
}

static void on_gap(void *ctx, uint32_t stream_idx, uint32_t lost_cnt) {
    bj_feed_t *feed = ctx;
    feed->counters.gaps++;
    feed->counters.gap_messages += lost_cnt;
    set_stale(feed, stream_idx, true, feed->stream[stream_idx].silent);
}

static void on_reset(void *ctx, uint32_t stream_idx) {
    bj_feed_t *feed = ctx;
    feed->counters.resets++;
    bj_feed_books_clear(feed->books, stream_idx, feed->now_ns);
    set_stale(feed, stream_idx, false, feed->stream[stream_idx].silent);
}

static const bj_feed_arbiter_ops_t arbiter_ops = {on_apply, on_gap, on_reset};

bj_feed_t *bj_feed_new(void *mem, const bj_feed_config_t *config) {
    if (!bj_feed_footprint(config)) return NULL;
    bj_feed_t *feed = (bj_feed_t *)mem;
    memset(feed, 0, sizeof *feed);
    feed->config = *config;
    feed->config.instruments = NULL;
    uint8_t *at = (uint8_t *)mem + bj_feed_line_up(sizeof *feed);
    feed->arbiter =
        bj_feed_arbiter_new(at, config->stream_cnt, config->gap_wait_ns, &arbiter_ops, feed);
    at += bj_feed_line_up(bj_feed_arbiter_footprint(config->stream_cnt));
    feed->books = bj_feed_books_new(at, config, &feed->counters);
    if (!feed->arbiter || !feed->books) return NULL;
    for (uint32_t i = 0; i < config->stream_cnt; i++) set_stale(feed, i, false, true);
    return feed;
}

/* --- into the arbiter */
static void offer(bj_feed_t *feed, uint32_t source, const bj_feed_msg_t *msg) {
    stream_t *stream = &feed->stream[msg->stream_id - 1];
    if (BJ_UNLIKELY(msg->exch_ns > feed->now_ns + AHEAD_NS)) {
        feed->counters.bad_messages++;
        return;
    }
    stream->heard_ns = feed->now_ns;
    if (BJ_UNLIKELY(stream->silent)) set_stale(feed, msg->stream_id - 1u, stream->holed, false);
    if (msg->kind == BJ_FEED_HEARTBEAT) feed->counters.heartbeats++;
    bool taken = bj_feed_arbiter_offer(feed->arbiter, source, msg, feed->now_ns);
    if (!taken) feed->counters.duplicates++;
}

/* Bytes behind the last message that cannot be another one are padding. */
static bool is_padding(const uint8_t *data, size_t data_bytes) {
    return data_bytes < BJ_MTBT_LEAST_BYTES || (data[0] == 0 && data[1] == 0);
}

/* stream_id 0: any.  All messages of a datagram are of one stream. */
static void read_datagram(bj_feed_t *feed, uint32_t source, uint32_t stream_id, const uint8_t *data,
                          size_t data_bytes) {
    bj_feed_msg_t msg;
    size_t used_bytes;
    for (size_t at = 0; at == 0 || !is_padding(data + at, data_bytes - at); at += used_bytes) {
        bj_status_t status = bj_feed_decode(data + at, data_bytes - at, &msg, &used_bytes);
        if (BJ_UNLIKELY(used_bytes == 0)) {
            feed->counters.bad_datagrams++;
            return;
        }
        bool bad = status != BJ_OK || msg.stream_id > feed->config.stream_cnt ||
                   (stream_id && msg.stream_id != stream_id);
        if (BJ_UNLIKELY(bad)) {
            feed->counters.bad_messages++;
            continue;
        }
        stream_id = msg.stream_id;
        offer(feed, source, &msg);
    }
}

static void receive(bj_feed_t *feed, uint32_t source, uint32_t stream_id, const uint8_t *data,
                    size_t data_bytes, int64_t now_ns) {
    assert(source < BJ_FEED_SOURCES);
    feed->now_ns = feed->feed_ns = now_ns;
    if (source == 0) feed->counters.datagrams_a++;
    else feed->counters.datagrams_b++;
    read_datagram(feed, source, stream_id, data, data_bytes);
}

void bj_feed_datagram(bj_feed_t *feed, uint32_t source, const uint8_t *data, size_t data_bytes,
                      int64_t now_ns) {
    receive(feed, source, 0, data, data_bytes, now_ns);
}

/* --- frames */
enum { ETH_BYTES = 14, IP_BYTES = 20, UDP_BYTES = 8 };

static uint16_t be16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t be32(const uint8_t *p) { return (uint32_t)be16(p) << 16 | be16(p + 2); }

static bool sum_holds(const uint8_t *ip, size_t ip_bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < ip_bytes; i += 2) sum += be16(ip + i);
    sum = (sum & 0xffff) + (sum >> 16);
    return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

/* The stream that group and port agree on; 0: they name none of this source's. */
static uint32_t stream_of(const bj_feed_t *feed, uint32_t source, uint32_t group_ip,
                          uint16_t port) {
    const bj_feed_source_t *from = &feed->config.source[source];
    uint32_t stream_idx = group_ip - from->group_ip;
    bool ok = stream_idx < feed->config.stream_cnt && port == from->port + stream_idx;
    return ok ? stream_idx + 1 : 0;
}

/* Lengths are the headers' own: small frames carry padding. */
void bj_feed_frame(bj_feed_t *feed, uint32_t source, const uint8_t *frame, size_t frame_bytes,
                   int64_t now_ns) {
    const uint8_t *ip = frame + ETH_BYTES;
    if (frame_bytes < ETH_BYTES + IP_BYTES || be16(frame + 12) != 0x0800) return;
    if (ip[9] != 17) return;
    size_t left_bytes = frame_bytes - ETH_BYTES, ip_bytes = (ip[0] & 15u) * 4u;
    size_t total_bytes = be16(ip + 2);
    bool ok = ip[0] >> 4 == 4 && ip_bytes >= IP_BYTES && total_bytes <= left_bytes &&
              total_bytes >= ip_bytes + UDP_BYTES && !(be16(ip + 6) & 0x3fff) &&
              sum_holds(ip, ip_bytes);
    const uint8_t *udp = ip + (ok ? ip_bytes : 0);
    size_t udp_bytes = ok ? be16(udp + 4) : 0;
    uint32_t stream_id = ok ? stream_of(feed, source, be32(ip + 16), be16(udp + 2)) : 0;
    if (!stream_id || udp_bytes < UDP_BYTES || udp_bytes > total_bytes - ip_bytes) {
        feed->counters.bad_datagrams++;
        return;
    }
    receive(feed, source, stream_id, udp + UDP_BYTES, udp_bytes - UDP_BYTES, now_ns);
}

/* --- time */
static void look_for_silence(bj_feed_t *feed) {
    for (uint32_t i = 0; i < feed->config.stream_cnt; i++) {
        stream_t *stream = &feed->stream[i];
        if (!stream->silent && feed->now_ns - stream->heard_ns > SILENT_NS) {
            set_stale(feed, i, stream->holed, true);
        }
    }
}

void bj_feed_step(bj_feed_t *feed, int64_t now_ns) {
    feed->now_ns = now_ns;
    bj_feed_arbiter_step(feed->arbiter, now_ns);
    bool beat = now_ns - feed->beat_ns >= BEAT_NS || now_ns < feed->beat_ns;
    if (beat) look_for_silence(feed);
    bj_feed_books_flush(feed->books, now_ns);
    if (!beat) return;
    feed->beat_ns = now_ns;
    feed->counters.orders = bj_feed_books_order_cnt(feed->books);
    bj_market_beat(feed->config.market, now_ns, feed->feed_ns, &feed->counters);
}

const bj_feed_counters_t *bj_feed_counters(const bj_feed_t *feed) { return &feed->counters; }
