#include "sim/hw/bj_hw_host.h"

#include <stdio.h>
#include <stdlib.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/feedreplay/bj_feedscan.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { SETTLE_STEPS = 100 };
#define GAP_WAIT_NS (2 * BJ_NS_PER_MS)
#define SETTLE_NS (100 * BJ_NS_PER_MS)

typedef struct taken { /* a message that the feed has applied */
    uint32_t run;
    bj_hw_msg_t msg;
} taken_t;

struct bj_hw_host {
    bj_capture_t capture;
    bj_feedscan_t scan;
    bj_hw_group_t group[2];
    bj_hw_ref_t *books;
    bj_feed_t *feed;
    void *mem;
    size_t frame_at;
    int64_t last_ns, stepped_ns;
    taken_t *taken; /* all of them, in order; applied_cnt are in the books */
    size_t taken_cnt, taken_room, applied_cnt;
    uint32_t run, run_last;         /* of what is taken: the run, and its last number */
    uint32_t books_run, books_next; /* where the books are */
    uint32_t left_out;
};

static const char letters[] = {
    [BJ_FEED_NEW] = 'N', [BJ_FEED_MODIFY] = 'M', [BJ_FEED_CANCEL] = 'X', [BJ_FEED_TRADE] = 'T'};

static void observe(void *ctx, const bj_feed_stream_t *stream, const bj_feed_msg_t *m) {
    bj_hw_host_t *host = ctx;
    (void)stream;
    if (!m) { /* the books are emptied: the stream begins again */
        if (host->run_last) host->run++;
        host->run_last = 0;
        return;
    }
    host->run_last = m->seq;
    if (host->taken_cnt == host->taken_room) {
        host->taken_room = 2 * host->taken_room + 1024;
        host->taken = realloc(host->taken, host->taken_room * sizeof *host->taken);
        if (!host->taken) abort();
    }
    char kind = m->kind < sizeof letters && !m->spread && letters[m->kind] ? letters[m->kind] : 'C';
    host->taken[host->taken_cnt++] = (taken_t){host->run,
                                               {.order_id = m->order_id,
                                                .sell_order_id = m->sell_order_id,
                                                .seq = m->seq,
                                                .token = m->token,
                                                .price_paise = m->price_paise,
                                                .qty = m->qty,
                                                .kind = kind,
                                                .ask = m->side == BJ_SELL}};
}

/* --- set-up */
static bool read_captures(bj_hw_host_t *host, const char *const paths[2]) {
    char error[BJ_CAPTURE_TEXT_BYTES] = "", note[BJ_CAPTURE_TEXT_BYTES];
    bj_segments_t segments;
    bj_segments_load_default(&segments);
    for (uint32_t s = 0; s < 2; s++)
        if (paths[s] && !bj_capture_read(&host->capture, paths[s], s, error, note))
            return fprintf(stderr, "replay: %s\n", error), false;
    bj_capture_merge(&host->capture);
    if (!bj_feedscan_run(&host->scan, &host->capture, &segments, BJ_SEGMENT_CM, error))
        return fprintf(stderr, "replay: %s\n", error), false;
    if (host->scan.stream_cnt == 1) return true;
    fprintf(stderr, "replay: the captures are of %u streams; the design takes one\n",
            host->scan.stream_cnt);
    return false;
}

/* The first datagram of a source says where that source's go. */
static void find_groups(bj_hw_host_t *host) {
    for (size_t i = 0; i < host->capture.frame_cnt; i++) {
        const bj_capture_frame_t *f = &host->capture.frames[i];
        bj_feed_udp_t udp;
        if (host->group[f->source].ip) continue;
        if (bj_feed_unwrap(host->capture.bytes + f->at, f->len_bytes, &udp) == BJ_OK)
            host->group[f->source] = (bj_hw_group_t){udp.group_ip, udp.port};
    }
}

static bool make_feed(bj_hw_host_t *host) {
    uint32_t cnt = (uint32_t)host->scan.instrument_cnt;
    bj_feed_instrument_t *instruments = calloc(cnt + 1, sizeof *instruments);
    if (!instruments) abort();
    for (uint32_t i = 0; i < cnt; i++)
        instruments[i] = (bj_feed_instrument_t){.token = host->scan.instruments[i].token,
                                                .spread = host->scan.instruments[i].spread};
    bj_feed_stream_t stream = host->scan.streams[0];
    for (int s = 0; s < 2; s++)
        stream.source[s] = (bj_feed_group_t){host->group[s].ip, host->group[s].port};
    const bj_feed_config_t config = {.instruments = instruments,
                                     .instrument_cnt = cnt,
                                     .streams = &stream,
                                     .stream_cnt = 1,
                                     .order_max = host->scan.order_max,
                                     .gap_wait_ns = GAP_WAIT_NS,
                                     .observe = observe,
                                     .observe_ctx = host};
    size_t bytes = bj_feed_footprint(&config);
    host->mem =
        aligned_alloc(BJ_LINE_BYTES, (bytes + BJ_LINE_BYTES - 1) / BJ_LINE_BYTES * BJ_LINE_BYTES);
    if (bytes && host->mem) host->feed = bj_feed_new(host->mem, &config);
    free(instruments);
    if (!host->feed) fprintf(stderr, "replay: the feed cannot be made for these captures\n");
    return host->feed != NULL;
}

static void make_books(bj_hw_host_t *host, const bj_hw_listed_t *list, uint32_t cnt) {
    uint32_t tokens[BJ_HW_TOKEN_MAX] = {0};
    int32_t ticks[BJ_HW_TOKEN_MAX] = {0};
    for (uint32_t i = 0; i < cnt; i++) {
        tokens[i] = list[i].token;
        ticks[i] = list[i].tick_paise;
    }
    bj_hw_tokens_set(tokens, cnt);
    host->books = bj_hw_ref_new(cnt, ticks, host->scan.order_max + 1024);
    host->books_next = 1;
    for (size_t i = 0; i < host->scan.instrument_cnt; i++)
        host->left_out += bj_hw_ref_idx(host->books, host->scan.instruments[i].token) < 0;
}

bj_hw_host_t *bj_hw_host_open(const char *const paths[2], const bj_hw_listed_t *list,
                              uint32_t list_cnt) {
    bj_hw_host_t *host = calloc(1, sizeof *host);
    if (!host) abort();
    bool ok = read_captures(host, paths);
    if (ok) {
        find_groups(host);
        make_books(host, list, list_cnt);
        ok = make_feed(host);
    }
    if (ok && host->capture.frame_cnt)
        host->last_ns = host->stepped_ns = host->capture.frames[0].recv_ns;
    if (ok) return host;
    bj_hw_host_close(host);
    return NULL;
}

void bj_hw_host_close(bj_hw_host_t *host) {
    if (host->books) bj_hw_ref_free(host->books);
    bj_feedscan_free(&host->scan);
    bj_capture_free(&host->capture);
    free(host->taken);
    free(host->mem);
    free(host);
}

bj_hw_group_t bj_hw_host_group(const bj_hw_host_t *host, unsigned source) {
    return host->group[source];
}

uint32_t bj_hw_host_left_out(const bj_hw_host_t *host) {
    return host->left_out;
}

/* --- the run, as bj_feedreplay has it */
bool bj_hw_host_next(bj_hw_host_t *host, bj_hw_captured_t *frame) {
    if (host->frame_at == host->capture.frame_cnt) {
        int64_t now_ns = host->last_ns + GAP_WAIT_NS;
        for (int i = 0; i < SETTLE_STEPS; i++)
            bj_feed_step(host->feed, now_ns += SETTLE_NS);
        return false;
    }
    const bj_capture_frame_t *f = &host->capture.frames[host->frame_at++];
    *frame = (bj_hw_captured_t){host->capture.bytes + f->at, f->len_bytes, f->source,
                                f->recv_ns - host->last_ns};
    host->last_ns = f->recv_ns;
    if (f->recv_ns - host->stepped_ns >= GAP_WAIT_NS)
        bj_feed_step(host->feed, host->stepped_ns = f->recv_ns);
    bj_feed_frame(host->feed, f->source, frame->data, frame->bytes, f->recv_ns);
    return true;
}

static void apply_one(bj_hw_host_t *host) {
    const taken_t *t = &host->taken[host->applied_cnt++];
    if (t->run != host->books_run) bj_hw_ref_clear(host->books);
    host->books_run = t->run;
    host->books_next = t->msg.seq + 1;
    if (t->msg.kind != 'C') bj_hw_ref_apply(host->books, &t->msg);
}

bool bj_hw_host_go(bj_hw_host_t *host, uint32_t run, uint32_t next) {
    if (run > host->run || (run == host->run && next > host->run_last + 1)) return false;
    while (host->applied_cnt < host->taken_cnt) {
        const taken_t *t = &host->taken[host->applied_cnt];
        if (t->run > run || (t->run == run && t->msg.seq >= next)) break;
        apply_one(host);
    }
    return host->books_run == run;
}

bool bj_hw_host_go_on(bj_hw_host_t *host) {
    bool there = host->applied_cnt == host->taken_cnt;
    while (host->applied_cnt < host->taken_cnt)
        apply_one(host);
    return there;
}

bj_hw_ref_t *bj_hw_host_books(bj_hw_host_t *host) {
    return host->books;
}

static uint64_t digest_level(uint64_t digest, bj_hw_level_t level) {
    digest = bj_fnv1a(digest, &level.price_paise, sizeof level.price_paise);
    return bj_fnv1a(digest, &level.qty, sizeof level.qty);
}

uint64_t bj_hw_digest(uint64_t digest, uint32_t token, bj_hw_level_t bid, bj_hw_level_t ask) {
    digest = bj_fnv1a(digest, &token, sizeof token);
    return digest_level(digest_level(digest, bid), ask);
}
