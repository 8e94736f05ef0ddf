#include "dataplane/main/bj_hw_tile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_pages.h"

static const int64_t sleep_max_ns = 200 * BJ_NS_PER_US;
enum { MESSAGES = 1 << 15, AT_ONCE = 256, SAYS = 1 << 12, SAY_BYTES = 256 };

typedef enum tapped_kind { TAP_MESSAGE, TAP_CLEARED, TAP_LOST } tapped_kind_t;
typedef struct tapped {
    alignas(BJ_LINE_BYTES) bj_feed_msg_t msg;
    tapped_kind_t kind;
} tapped_t;
static_assert(sizeof(tapped_t) == BJ_LINE_BYTES, "a ring's slot");

typedef struct said {
    bj_hw_say_t what;
    uint32_t idx, seq;
    bj_feed_card_depth_t depth;
} said_t;
static_assert(sizeof(said_t) <= SAY_BYTES, "a ring's slot");

/* --- set up */
static bj_ring_t *ring_make(uint64_t depth, uint64_t slot_bytes) {
    void *mem = bj_pages_new(bj_ring_footprint(depth, slot_bytes));
    return mem ? bj_ring_new(mem, depth, slot_bytes) : NULL;
}

bool bj_hw_tile_open(bj_hw_tile_t *tile, const bj_config_t *config) {
    const char *backend = bj_config_str_or(config, "book.backend", "software");
    const char *run_dir = bj_config_str(config, "run_dir");
    snprintf(tile->file, sizeof tile->file, "%s/hardware.json", run_dir);
    (void)unlink(tile->file);
    snprintf(tile->file, sizeof tile->file, "%s/card.shm", run_dir);
    tile->on = strcmp(backend, "hardware") == 0;
    if (!tile->on && strcmp(backend, "software") != 0) {
        BJ_ERROR("book.backend \"%s\": software or hardware", backend);
        return false;
    }
    if (!tile->on) return true;
    tile->messages = ring_make(MESSAGES, sizeof(tapped_t));
    tile->says = ring_make(SAYS, SAY_BYTES);
    if (!tile->messages || !tile->says) return false;
    if (!bj_hw_link_create(&tile->link, tile->file)) {
        BJ_ERROR("%s cannot be made: %s", tile->file, strerror(errno));
        return false;
    }
    return true;
}

static bool is_ours(const bj_hw_tile_t *tile, const bj_feed_day_t *day, uint32_t row) {
    const bj_feed_instrument_t *instrument = &day->feed[row];
    if (instrument->stream_idx == BJ_FEED_NO_STREAM || instrument->spread) return false;
    const bj_feed_stream_t *stream = &day->streams[instrument->stream_idx];
    return stream->segment == tile->segment && stream->stream_id == tile->stream_id;
}

static void place(bj_hw_tile_t *tile, const bj_feed_day_t *day, uint32_t row, bj_hw_token_t *to) {
    bj_hw_place_of_t *own = &tile->place[tile->place_cnt];
    *own = (bj_hw_place_of_t){.token = day->feed[row].token, .instrument_idx = row};
    memcpy(own->symbol, day->market[row].symbol, sizeof own->symbol);
    to[tile->place_cnt++] = (bj_hw_token_t){own->token, day->market[row].tick_paise};
}

/* Those of book.tokens, in its order; without it the stream's first. */
static bool places_make(bj_hw_tile_t *tile, const bj_config_t *config, const bj_feed_day_t *day,
                        bj_hw_token_t *to) {
    size_t cnt = bj_config_cnt(config, "book.tokens");
    for (uint32_t row = 0; !cnt && row < day->row_cnt; row++) {
        if (is_ours(tile, day, row) && tile->place_cnt < BJ_HW_TOKENS_MAX)
            place(tile, day, row, to);
    }
    for (size_t i = 0; i < cnt; i++) {
        int64_t token = bj_config_item_int(config, "book.tokens", i, 1, INT32_MAX);
        uint32_t row = 0, twice = 0;
        while (row < day->row_cnt && !(is_ours(tile, day, row) && day->feed[row].token == token))
            row++;
        while (twice < tile->place_cnt && tile->place[twice].token != token)
            twice++;
        if (row == day->row_cnt || twice < tile->place_cnt || i == BJ_HW_TOKENS_MAX) {
            BJ_ERROR("book.tokens: %" PRId64 " is not on stream %u of %s, or stands there twice, "
                     "or there are more than %d",
                     token, tile->stream_id, bj_segment_name(tile->segment), BJ_HW_TOKENS_MAX);
            return false;
        }
        place(tile, day, row, to);
    }
    if (!tile->place_cnt)
        BJ_ERROR("book.stream: %s has no instrument on stream %u", bj_segment_name(tile->segment),
                 tile->stream_id);
    return tile->place_cnt != 0;
}

/* A state that finds no room is said later; an answer is not: its row is written without it. */
static void say_states(bj_hw_tile_t *tile) {
    for (uint64_t left = tile->unsaid; left; left &= left - 1) {
        uint32_t idx = (uint32_t)__builtin_ctzll(left);
        said_t said = {.idx = idx,
                       .what = bj_hw_book_token(tile->book, idx)->exact ? BJ_HW_SAY_EXACT
                                                                        : BJ_HW_SAY_VOID};
        if (!bj_ring_push(tile->says, &said, sizeof said)) return;
        tile->unsaid &= ~(UINT64_C(1) << idx);
    }
}

static void on_say(void *ctx, uint32_t idx, bj_hw_say_t what, uint32_t seq,
                   const bj_feed_card_depth_t *depth) {
    bj_hw_tile_t *tile = ctx;
    if (what != BJ_HW_SAY_ANSWER) {
        tile->unsaid |= UINT64_C(1) << idx;
        say_states(tile);
        return;
    }
    said_t said = {.what = what, .idx = idx, .seq = seq, .depth = *depth};
    if (!bj_ring_push(tile->says, &said, sizeof said)) return;
}

bool bj_hw_tile_day(void *ctx, const bj_config_t *config, const bj_feed_day_t *day) {
    bj_hw_tile_t *tile = ctx;
    bj_hw_token_t tokens[BJ_HW_TOKENS_MAX];
    tile->segment = day->streams[0].segment;
    tile->stream_id = (uint16_t)bj_config_int_or(config, "book.stream", 1, BJ_FEED_STREAM_MAX, 1);
    if (!places_make(tile, config, day, tokens)) return false;
    bj_hw_book_config_t book = {
        .tokens = tokens,
        .token_cnt = tile->place_cnt,
        .order_max = (uint32_t)bj_config_int_or(config, "book.order_max", 1, 1 << 20, 1 << 16),
        .far = (uint32_t)bj_config_int_or(config, "book.far_messages", 1, INT32_MAX, 4096),
        .wait = (uint32_t)bj_config_int_or(config, "book.wait_clocks", 1, INT32_MAX, 312500),
        .card = &bj_hw_link_ops,
        .card_ctx = &tile->link,
        .say = on_say,
        .say_ctx = tile};
    const bj_feed_stream_t *stream =
        &day->streams[day->feed[tile->place[0].instrument_idx].stream_idx];
    for (int s = 0; s < 2; s++) {
        tile->group[s] = stream->source[s];
        book.source[s].ip = stream->source[s].ip;
        book.source[s].port = stream->source[s].port;
    }
    tile->loop = (bj_loop_t){.name = "card",
                             .idle = BJ_IDLE_SLEEP,
                             .sleep_max_ns = sleep_max_ns,
                             .core = (int)bj_config_int_or(config, "book.core", -1, 1023, -1),
                             .tile_cnt = 1};
    tile->loop.tiles[0] = (bj_tile_t){
        .name = "card", .ctx = tile, .step = bj_hw_tile_step, .housekeep = bj_hw_tile_housekeep};
    tile->book = bj_hw_book_new(&book);
    if (!tile->book)
        BJ_ERROR("book.order_max: not possible, or no memory");
    else
        BJ_INFO("book: hardware, %u instruments of stream %u", tile->place_cnt, tile->stream_id);
    return tile->book != NULL;
}

static void *thread_main(void *arg) {
    bj_hw_tile_t *tile = arg;
    (void)bj_loop_run(&tile->loop, &tile->stop);
    return NULL;
}

bool bj_hw_tile_start(bj_hw_tile_t *tile) {
    if (!tile->on) return true;
    tile->running = pthread_create(&tile->thread, NULL, thread_main, tile) == 0;
    if (!tile->running) BJ_ERROR("no thread for loop %s", tile->loop.name);
    return tile->running;
}

void bj_hw_tile_stop(bj_hw_tile_t *tile) {
    if (!tile->on) return;
    atomic_store(&tile->stop, true);
    if (tile->running) {
        bj_bell_ring(&tile->loop.bell);
        pthread_join(tile->thread, NULL);
    }
    if (tile->link.head) {
        bj_hw_link_close(&tile->link);
        (void)unlink(tile->file);
    }
    bj_hw_book_free(tile->book);
    free(tile->messages);
    free(tile->says);
    tile->on = tile->running = false;
}

/* --- the feed's thread */
static void add(_Atomic uint64_t *counter, uint64_t more) {
    uint64_t was = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, was + more, memory_order_relaxed);
}

/* By the places of address and port in a plain IPv4 frame: what is none the card would not take. */
static bool is_of_stream(const bj_hw_tile_t *tile, const uint8_t *frame, size_t frame_bytes) {
    enum { IP_AT = 30, PORT_AT = 36, LEAST = 42 };
    if (frame_bytes < LEAST) return false;
    uint32_t ip = (uint32_t)frame[IP_AT] << 24 | (uint32_t)frame[IP_AT + 1] << 16 |
                  (uint32_t)frame[IP_AT + 2] << 8 | frame[IP_AT + 3];
    uint32_t port = (uint32_t)frame[PORT_AT] << 8 | frame[PORT_AT + 1];
    return (ip == tile->group[0].ip && port == tile->group[0].port) ||
           (ip == tile->group[1].ip && port == tile->group[1].port);
}

void bj_hw_tile_frame(bj_hw_tile_t *tile, const uint8_t *frame, size_t frame_bytes) {
    if (!atomic_load_explicit(&tile->ready, memory_order_relaxed) ||
        !is_of_stream(tile, frame, frame_bytes))
        return;
    bool room = bj_hw_link_wire(&tile->link, frame, frame_bytes);
    add(room ? &tile->wire_frames : &tile->wire_dropped, 1);
}

static bool tap(bj_hw_tile_t *tile, tapped_kind_t kind, const bj_feed_msg_t *msg) {
    tapped_t tapped = {.kind = kind};
    if (msg) tapped.msg = *msg;
    return bj_ring_push(tile->messages, &tapped, sizeof tapped);
}

void bj_hw_tile_observe(void *ctx, const bj_feed_stream_t *stream, const bj_feed_msg_t *msg) {
    bj_hw_tile_t *tile = ctx;
    if (stream->stream_id != tile->stream_id || stream->segment != tile->segment) return;
    if (tile->losing) tile->losing = !tap(tile, TAP_LOST, NULL);
    if (!tile->losing) tile->losing = !tap(tile, msg ? TAP_MESSAGE : TAP_CLEARED, msg);
    bj_bell_ring(&tile->loop.bell);
    uint32_t idx = msg ? bj_hw_book_find(tile->book, msg->token) : UINT32_MAX;
    if (idx != UINT32_MAX && msg->kind <= BJ_FEED_TRADE && !msg->spread)
        tile->place[idx].last_seq = msg->seq;
}

/* The book may have gone on since: its newest answer will come. */
static void row(bj_hw_tile_t *tile, bj_feed_t *feed, const said_t *said) {
    const bj_hw_place_of_t *own = &tile->place[said->idx];
    if (!own->card) return;
    bool now =
        own->last_seq == said->seq && bj_feed_card_row(feed, own->instrument_idx, &said->depth);
    add(now ? &tile->rows_served : &tile->rows_passed, 1);
}

void bj_hw_tile_rows(bj_hw_tile_t *tile, bj_feed_t *feed) {
    const said_t *said;
    for (int i = 0; i < AT_ONCE && (said = bj_ring_peek(tile->says)) != NULL; i++) {
        bj_hw_place_of_t *own = &tile->place[said->idx];
        if (said->what == BJ_HW_SAY_ANSWER) {
            row(tile, feed, said);
        } else {
            own->card = said->what == BJ_HW_SAY_EXACT;
            bj_feed_card(feed, own->instrument_idx, own->card);
        }
        bj_ring_release(tile->says);
    }
    atomic_store_explicit(&tile->rows_late, bj_feed_card_late(feed), memory_order_relaxed);
}

/* --- the card's loop */
/* A step without a card may wait for one half a second: the ring must last that long. */
uint32_t bj_hw_tile_step(void *ctx, bj_now_t now) {
    bj_hw_tile_t *tile = ctx;
    const tapped_t *tapped;
    uint32_t cnt = 0, max = bj_hw_book_figures(tile->book)->ready ? AT_ONCE : MESSAGES;
    for (; cnt < max && (tapped = bj_ring_peek(tile->messages)) != NULL; cnt++) {
        if (tapped->kind == TAP_LOST)
            bj_hw_book_lost(tile->book);
        else if (tapped->kind == TAP_CLEARED)
            bj_hw_book_message(tile->book, NULL, now.mono_ns);
        else
            bj_hw_book_message(tile->book, &tapped->msg, now.mono_ns);
        bj_ring_release(tile->messages);
    }
    if (tile->unsaid) say_states(tile);
    cnt += bj_hw_book_step(tile->book, now.mono_ns);
    atomic_store_explicit(&tile->ready, bj_hw_book_figures(tile->book)->ready != 0,
                          memory_order_relaxed);
    return cnt;
}

/* The first difference at once, others a minute later at the soonest. */
static void tell(bj_hw_tile_t *tile, const bj_hw_figures_t *figures, int64_t mono_ns) {
    if (figures->different != tile->told_different && mono_ns >= tile->tell_ns) {
        BJ_ERROR("book: %" PRIu64 " answers of the card were not the C book's: those instruments "
                 "are void, and served by the C book",
                 figures->different - tile->told_different);
        tile->told_different = figures->different;
        tile->tell_ns = mono_ns + 60 * BJ_NS_PER_S;
    }
    if (figures->ready == !tile->told_gone) return;
    tile->told_gone = !figures->ready;
    if (figures->ready)
        BJ_INFO("book: the card is there");
    else
        BJ_WARN("book: no card: the C book serves all");
}

void bj_hw_tile_housekeep(void *ctx, bj_now_t now) {
    bj_hw_tile_t *tile = ctx;
    const bj_hw_figures_t *figures = bj_hw_book_figures(tile->book);
    bj_metrics_publish(&tile->metrics, figures, sizeof *figures, now);
    for (uint32_t i = 0; i < tile->place_cnt; i++)
        bj_metrics_publish(&tile->token_metrics[i], bj_hw_book_token(tile->book, i),
                           sizeof(bj_hw_token_figures_t), now);
    tell(tile, figures, now.mono_ns);
}
