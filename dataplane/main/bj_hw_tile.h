#ifndef BJ_HW_TILE_H
#define BJ_HW_TILE_H

/* bj_hw_tile - the book backend: `software`, the feed's own books alone, or `hardware`, a card
 * beside them (dataplane/hw) on a loop of its own, whose answers the rows of its tokens wait for.
 *
 * Keys     book.backend: software (default) or hardware.  book.stream of the first segment (1);
 *          book.tokens, a list, if not all of the stream's (at most BJ_HW_TOKENS_MAX are taken);
 *          book.order_max of the C book beside the card (65536); book.far_messages (4096) and
 *          book.wait_clocks (312500): the card's registers FAR and WAIT; book.core of its loop
 *          (none).
 * Card     behind run_dir/card.shm (bj_hw_link.h).
 * Threads  the feed's: frames, observe, rows.  The card's own loop: everything that may wait.  What
 *          the feed's thread hands over and finds no room for is lost to the card, and said: the
 *          feed never waits.
 * Errors   a sentence in the log that names the key; false.  Close in any case.
 * Cost     software: nothing.  hardware: the feed copies the stream's frames and messages. */
#include <pthread.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/hw/bj_hw_book.h"
#include "dataplane/hw/bj_hw_link.h"
#include "dataplane/main/bj_feed_day.h"
#include "dataplane/tile/bj_tile.h"

typedef struct bj_hw_place_of { /* one of the card's tokens */
    char     symbol[BJ_MARKET_SYMBOL_BYTES];
    uint32_t token, instrument_idx;
    uint32_t last_seq; /* of the feed's books */
    bool     card;     /* the feed has been told so */
} bj_hw_place_of_t;

/* Relaxed, written by the feed's thread.  X(field) */
#define BJ_HW_TAP_LIST(X) X(wire_frames) X(wire_dropped) X(rows_served) X(rows_passed) X(rows_late)

typedef struct bj_hw_tile {
    bool         on; /* hardware */
    bj_segment_t segment;
    uint16_t     stream_id;
    bj_feed_group_t group[2];
    uint32_t     place_cnt;
    bj_hw_place_of_t place[BJ_HW_TOKENS_MAX];
    char         file[512];
    bj_hw_link_t link;
    bj_hw_book_t *book;
    bj_ring_t   *messages, *says; /* from the feed; to the feed */
    bool         losing;          /* the feed's: messages found no room */
    bool         told_gone;
    uint64_t     told_different;
    int64_t      tell_ns; /* when the log may hear of differences again */
    _Atomic bool ready; /* there is a card: frames are worth copying */
    uint64_t     unsaid; /* the card's: tokens whose state the feed has yet to be told */
#define X(field) _Atomic uint64_t field;
    BJ_HW_TAP_LIST(X)
#undef X
    bj_loop_t    loop;
    pthread_t    thread;
    bool         running;
    _Atomic bool stop;
    bj_metrics_t metrics, token_metrics[BJ_HW_TOKENS_MAX];
} bj_hw_tile_t;

/* The backend's name; with hardware the window.  Zeroed at first. */
bool bj_hw_tile_open(bj_hw_tile_t *tile, const bj_config_t *config);
/* What the card carries, once the feed knows its day; with observe the two of a bj_feed_tap_t. */
bool bj_hw_tile_day(void *tile, const bj_config_t *config, const bj_feed_day_t *day);
void bj_hw_tile_observe(void *tile, const bj_feed_stream_t *stream, const bj_feed_msg_t *msg);
bool bj_hw_tile_start(bj_hw_tile_t *tile);
void bj_hw_tile_stop(bj_hw_tile_t *tile); /* and closes: the feed's thread has ended */

/* --- the feed's thread */
void bj_hw_tile_frame(bj_hw_tile_t *tile, const uint8_t *frame, size_t frame_bytes);
/* Behind a turn's frames: rows whose answer has come, tokens that the card has or has no more. */
void bj_hw_tile_rows(bj_hw_tile_t *tile, bj_feed_t *feed);

/* --- the loop's, for tests */
uint32_t bj_hw_tile_step(void *tile, bj_now_t now);
void bj_hw_tile_housekeep(void *tile, bj_now_t now);

/* --- any thread (bj_hw_report.c) */
/* What there is to say of the backend; true: a person should look. */
bool bj_hw_tile_say(const bj_hw_tile_t *tile, char *text, size_t text_bytes);
/* run_dir/book.status.json (bj_health.h), degraded where a person should look; with hardware also
 * run_dir/hardware.json: what `bijlictl hardware` shows. */
bool bj_hw_tile_write(const bj_hw_tile_t *tile, const char *run_dir);

#endif /* BJ_HW_TILE_H */
