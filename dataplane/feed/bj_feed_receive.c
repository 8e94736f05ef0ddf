/* What comes in by frames and datagrams: decoded where it will wait, then into the arbiter or, if
 * that has nothing to say, straight on into the batch. */
#include "dataplane/feed/bj_feed_priv.h"

#include "dataplane/base/bj_time.h"

#define AHEAD_NS (60 * BJ_NS_PER_S) /* how far the exchange's clock may run before ours */

static void ask(bj_feed_t *feed, uint32_t source, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    if (msg->kind == BJ_FEED_HEARTBEAT) feed->counters.heartbeats++;
    bool taken = bj_feed_arbiter_offer(feed->arbiter, source, stream_idx, msg, feed->now_ns);
    if (!taken) feed->counters.duplicates++;
}

/* The message lies in next_msg, so nothing is settled before it is taken or copied. */
static void offer(bj_feed_t *feed, uint32_t source, uint32_t stream_idx) {
    const stream_t *stream = &feed->stream[stream_idx];
    bj_feed_head_t *head = &feed->heads[stream_idx];
    bj_feed_msg_t *msg = bj_feed_next_msg(feed);
    if (BJ_UNLIKELY(msg->exch_ns > feed->now_ns + AHEAD_NS)) {
        feed->counters.bad_messages++;
        return;
    }
    head->heard_ns = feed->now_ns;
    if (BJ_UNLIKELY(head->silent)) {
        bj_feed_msg_t own = *msg;
        bj_feed_set_stale(feed, stream_idx, stream->part, stream->no_room, false);
        msg = bj_feed_next_msg(feed);
        *msg = own;
    }
    bj_feed_glance_t glance = bj_feed_arbiter_glance(head, source, msg);
    if (BJ_LIKELY(glance == BJ_FEED_IN_ORDER)) {
        feed->counters.messages++;
        bj_feed_take_next(feed, stream_idx);
    } else if (glance == BJ_FEED_COPY) {
        feed->counters.duplicates++;
    } else {
        bj_feed_msg_t own = *msg;
        ask(feed, source, stream_idx, &own);
    }
}

/* The stream of a message, what its group says agreeing; STREAM_MAX: none. */
static inline uint32_t stream_of(const bj_feed_t *feed, bj_segment_t segment,
                                 const uint16_t *group_idx, const bj_feed_msg_t *msg) {
    if (group_idx) {
        bool agree = feed->stream[*group_idx].is.stream_id == msg->stream_id;
        return BJ_LIKELY(agree) ? *group_idx : BJ_FEED_STREAM_MAX;
    }
    if (BJ_UNLIKELY(msg->stream_id > BJ_FEED_STREAM_MAX)) return BJ_FEED_STREAM_MAX;
    return feed->by_id[segment][msg->stream_id];
}

/* Decodes and arbitrates datagrams from the first on, for as long as each is one message that needs
 * nobody's advice; what is in order goes on in the batch.  How many are done with.  group_idx: for
 * each the stream that its group says, segment is then nothing; NULL: any of the segment. */
static inline uint32_t receive_run(bj_feed_t *feed, uint32_t source, bj_segment_t segment,
                                   const uint16_t *group_idx, const bj_feed_packet_t *datagrams,
                                   uint32_t cnt) {
    bj_feed_item_t *items = &feed->batch[feed->batch_cnt], *next = items;
    const int64_t now_ns = feed->now_ns, most_ns = now_ns + AHEAD_NS;
    bj_feed_head_t *heads = feed->heads;
    uint32_t room = BJ_FEED_BATCH - feed->batch_cnt, i = 0;
    uint32_t run = bj_feed_decode_run(datagrams, cnt < room ? cnt : room, items);
    for (; i < run; i++) {
        const bj_feed_msg_t *msg = &items[i].msg;
        uint32_t idx = stream_of(feed, segment, group_idx ? group_idx + i : NULL, msg);
        bj_feed_head_t *head = &heads[idx]; /* of no stream: silent */
        if (BJ_UNLIKELY(head->silent | (msg->exch_ns > most_ns))) break;
        bj_feed_glance_t glance = bj_feed_arbiter_glance(head, source, msg);
        if (BJ_UNLIKELY(glance == BJ_FEED_ASK)) break;
        head->heard_ns = now_ns;
        if (glance == BJ_FEED_COPY) continue;
        if (BJ_UNLIKELY(next != &items[i])) next->msg = *msg;
        next++->stream_idx = idx;
    }
    uint32_t taken = (uint32_t)(next - items);
    feed->counters.messages += taken;
    feed->counters.duplicates += i - taken;
    for (uint32_t t = 0; BJ_UNLIKELY(feed->config.observe != NULL) && t < taken; t++)
        bj_feed_observe(feed, &items[t]);
    feed->batch_cnt += taken;
    if (feed->batch_cnt == BJ_FEED_BATCH) bj_feed_settle(feed);
    return i;
}

/* Bytes behind the last message that cannot be another one are padding. */
static bool is_padding(const uint8_t *data, size_t data_bytes) {
    return data_bytes < BJ_MTBT_LEAST_BYTES || (data[0] == 0 && data[1] == 0);
}

/* stream_id 0: any.  All messages of a datagram are of one stream. */
static void read_datagram(bj_feed_t *feed, uint32_t source, bj_segment_t segment,
                          uint32_t stream_id, const uint8_t *data, size_t data_bytes) {
    size_t used_bytes;
    for (size_t at = 0; at == 0 || !is_padding(data + at, data_bytes - at); at += used_bytes) {
        bj_feed_msg_t *msg = bj_feed_next_msg(feed);
        bj_status_t status = bj_feed_decode(data + at, data_bytes - at, msg, &used_bytes);
        if (BJ_UNLIKELY(used_bytes == 0)) {
            if (at && status == BJ_ERR_UNKNOWN_TYPE) return; /* bytes of no message: trailing */
            feed->counters.bad_datagrams++;
            return;
        }
        uint32_t found = status == BJ_OK ? stream_of(feed, segment, NULL, msg) : BJ_FEED_STREAM_MAX;
        if (BJ_UNLIKELY(found == BJ_FEED_STREAM_MAX ||
                        (stream_id && msg->stream_id != stream_id))) {
            feed->counters.bad_messages++;
            continue;
        }
        stream_id = msg->stream_id;
        offer(feed, source, found);
    }
}

static void begin(bj_feed_t *feed, uint32_t source, bj_segment_t segment, uint32_t cnt,
                  int64_t now_ns) {
    assert(source < BJ_FEED_SOURCES && segment >= BJ_SEGMENT_CM && segment <= BJ_SEGMENT_CNT);
    if (cnt) feed->now_ns = feed->feed_ns = now_ns;
    *(source == 0 ? &feed->counters.datagrams_a : &feed->counters.datagrams_b) += cnt;
}

static void receive(bj_feed_t *feed, uint32_t source, bj_segment_t segment, uint32_t stream_id,
                    const uint8_t *data, size_t data_bytes, int64_t now_ns) {
    begin(feed, source, segment, 1, now_ns);
    read_datagram(feed, source, segment, stream_id, data, data_bytes);
}

void bj_feed_datagram(bj_feed_t *feed, uint32_t source, bj_segment_t segment, const uint8_t *data,
                      size_t data_bytes, int64_t now_ns) {
    receive(feed, source, segment, 0, data, data_bytes, now_ns);
    bj_feed_settle(feed);
}

void bj_feed_datagrams(bj_feed_t *feed, uint32_t source, bj_segment_t segment,
                       const bj_feed_packet_t *datagrams, uint32_t cnt, int64_t now_ns) {
    begin(feed, source, segment, cnt, now_ns);
    for (uint32_t i = 0; i < cnt;) {
        i += receive_run(feed, source, segment, NULL, datagrams + i, cnt - i);
        if (i == cnt) break;
        read_datagram(feed, source, segment, 0, datagrams[i].data, datagrams[i].data_bytes);
        i++;
    }
    bj_feed_settle(feed);
}

void bj_feed_arrivals(bj_feed_t *feed, const bj_feed_arrival_t *arrivals, uint32_t cnt) {
    for (const bj_feed_arrival_t *a = arrivals; a < arrivals + cnt; a++)
        receive(feed, a->source, (bj_segment_t)a->segment, 0, a->data, a->data_bytes, a->recv_ns);
    bj_feed_settle(feed);
}

/* Group and port agree on a stream of this source, or it is none of ours. */
static const group_t *group_of(const bj_feed_t *feed, uint32_t source, uint32_t ip, uint16_t port) {
    const group_t *group = feed->group[source];
    uint32_t i = bj_feed_group_slot(ip, port);
    while (group[i].ip && (group[i].ip != ip || group[i].port != port)) i = (i + 1) % GROUP_SLOTS;
    return group[i].ip ? &group[i] : NULL;
}

typedef struct unwrapped { /* of some frames what is ours */
    bj_feed_packet_t datagram[BJ_FEED_BATCH];
    uint16_t group_idx[BJ_FEED_BATCH]; /* the stream that the group says */
    uint32_t cnt;
} unwrapped_t;

static void unwrap(bj_feed_t *feed, uint32_t source, const bj_feed_packet_t *frame,
                   int64_t now_ns, unwrapped_t *to) {
    bj_feed_udp_t udp;
    bj_status_t status = bj_feed_unwrap(frame->data, frame->data_bytes, &udp);
    if (status == BJ_ERR_NOT_FOUND) return;
    const group_t *group =
        status == BJ_OK ? group_of(feed, source, udp.group_ip, udp.port) : NULL;
    if (!group) {
        feed->counters.bad_datagrams++;
        return;
    }
    if (BJ_UNLIKELY(group->stream_idx >= ASIDE_AT)) {
        feed->feed_ns = now_ns;
        feed->config.on_aside(feed->config.on_aside_ctx, source, group->stream_idx - ASIDE_AT,
                              udp.data, udp.data_bytes, now_ns);
        return;
    }
    to->datagram[to->cnt] = (bj_feed_packet_t){udp.data, udp.data_bytes};
    to->group_idx[to->cnt++] = group->stream_idx;
}

static void receive_frames(bj_feed_t *feed, uint32_t source, const bj_feed_packet_t *frames,
                           uint32_t cnt, int64_t now_ns) {
    unwrapped_t in;
    in.cnt = 0;
    for (uint32_t i = 0; i < cnt; i++) unwrap(feed, source, &frames[i], now_ns, &in);
    begin(feed, source, BJ_SEGMENT_CM, in.cnt, now_ns);
    for (uint32_t i = 0; i < in.cnt;) {
        i += receive_run(feed, source, BJ_SEGMENT_CM, in.group_idx + i, in.datagram + i,
                         in.cnt - i);
        if (i == in.cnt) break;
        const bj_feed_stream_t *stream = &feed->stream[in.group_idx[i]].is;
        read_datagram(feed, source, stream->segment, stream->stream_id, in.datagram[i].data,
                      in.datagram[i].data_bytes);
        i++;
    }
}

void bj_feed_frames(bj_feed_t *feed, uint32_t source, const bj_feed_packet_t *frames, uint32_t cnt,
                    int64_t now_ns) {
    for (uint32_t i = 0; i < cnt; i += BJ_FEED_BATCH)
        receive_frames(feed, source, frames + i, cnt - i < BJ_FEED_BATCH ? cnt - i : BJ_FEED_BATCH,
                       now_ns);
    bj_feed_settle(feed);
}

void bj_feed_frame(bj_feed_t *feed, uint32_t source, const uint8_t *frame, size_t frame_bytes,
                   int64_t now_ns) {
    bj_feed_frames(feed, source, &(bj_feed_packet_t){frame, frame_bytes}, 1, now_ns);
}
