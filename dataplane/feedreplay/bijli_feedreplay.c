/* bijli-feedreplay - runs captures of the exchange's feed through the very code of the feed tile
 * and prints what came of it, one `name value` a line: for anyone who wants to check us or race us.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/feedreplay/bj_feedlist.h"
#include "dataplane/feedreplay/bj_feedreplay.h"
#include "dataplane/feedreplay/bj_feedtrades.h"

static const char usage[] =
    "usage: bijli-feedreplay [options] --a A.pcap --b B.pcap    (either may be missing)\n"
    "  --stream-files DIR  instruments of its *_stream_info.csv, not of the captures\n"
    "  --streams FILE      which multicast networks are which segment (default: NSE's of April "
    "2025)\n"
    "  --segment SEGMENT   of all other addresses: CM, FO, CD or CO (default CM)\n"
    "  --pace              at the recorded pace (default: as fast as it goes)\n"
    "  --gap-wait-us N     how long a hole may wait for the other source (default 2000)\n"
    "  --orders N          room for N live orders (default: as many as the captures need)\n"
    "  --book TOKEN        print 20 levels of each side\n"
    "  --trades FILE       write the trades, as CSV\n"
    "  --candles FILE      write one-minute candles, as CSV\n"
    "Captures are pcap or pcapng, see docs/feed-replay.md.\n";

typedef struct asked {
    const char *capture[2], *stream_files, *streams, *trades, *candles;
    unsigned segment;
    uint32_t gap_wait_us, orders, book;
    bool pace;
} asked_t;

static bool read_number(const char *name, const char *text, uint32_t lo, uint32_t hi,
                        uint32_t *value) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    bool ok = *text >= '0' && *text <= '9' && !*end && !errno && number >= lo && number <= hi;
    if (!ok)
        fprintf(stderr, "bijli-feedreplay: --%s: %s: may be a number from %u to %u\n", name, text,
                lo, hi);
    *value = (uint32_t)number;
    return ok;
}

static bool read_segment(const char *text, unsigned *segment) {
    *segment = bj_segments_named(text);
    if (!*segment)
        fprintf(stderr, "bijli-feedreplay: --segment: %s: may be CM, FO, CD or CO\n", text);
    return *segment != 0;
}

enum {
    A = 1,
    B,
    STREAM_FILES,
    STREAMS,
    SEGMENT,
    PACE,
    GAP_WAIT,
    ORDERS,
    BOOK,
    TRADES,
    CANDLES,
    HELP
};
static const struct option long_options[] = {
    {"a", required_argument, NULL, A},
    {"b", required_argument, NULL, B},
    {"stream-files", required_argument, NULL, STREAM_FILES},
    {"streams", required_argument, NULL, STREAMS},
    {"segment", required_argument, NULL, SEGMENT},
    {"pace", no_argument, NULL, PACE},
    {"gap-wait-us", required_argument, NULL, GAP_WAIT},
    {"orders", required_argument, NULL, ORDERS},
    {"book", required_argument, NULL, BOOK},
    {"trades", required_argument, NULL, TRADES},
    {"candles", required_argument, NULL, CANDLES},
    {"help", no_argument, NULL, HELP},
    {0}};

static bool read_option(int c, asked_t *asked) {
    switch (c) {
    case A:
    case B:
        asked->capture[c - A] = optarg;
        return true;
    case STREAM_FILES:
        asked->stream_files = optarg;
        return true;
    case STREAMS:
        asked->streams = optarg;
        return true;
    case SEGMENT:
        return read_segment(optarg, &asked->segment);
    case PACE:
        asked->pace = true;
        return true;
    case GAP_WAIT:
        return read_number("gap-wait-us", optarg, 0, 60000000, &asked->gap_wait_us);
    case ORDERS:
        return read_number("orders", optarg, 1, 1 << 26, &asked->orders);
    case BOOK:
        return read_number("book", optarg, 1, INT32_MAX, &asked->book);
    case TRADES:
        asked->trades = optarg;
        return true;
    case CANDLES:
        asked->candles = optarg;
        return true;
    default:
        return false; /* getopt has said what is wrong */
    }
}

static bool read_options(int argc, char **argv, asked_t *asked) {
    for (int c; (c = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (c == HELP) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!read_option(c, asked)) return false;
    }
    if (optind < argc) {
        fprintf(stderr, "bijli-feedreplay: %s: captures are named with --a and --b\n",
                argv[optind]);
        return false;
    }
    if (!asked->capture[0] && !asked->capture[1]) {
        fprintf(stderr, "bijli-feedreplay: --a or --b is missing\n%s", usage);
        return false;
    }
    return true;
}

static bool read_captures(const asked_t *asked, bj_capture_t *capture) {
    char error[BJ_CAPTURE_TEXT_BYTES], note[BJ_CAPTURE_TEXT_BYTES];
    for (uint32_t s = 0; s < 2; s++) {
        if (!asked->capture[s]) continue;
        bool ok = bj_capture_read(capture, asked->capture[s], s, error, note);
        if (*error || *note) fprintf(stderr, "bijli-feedreplay: %s%s\n", error, note);
        if (!ok) return false;
    }
    if (capture->cut_cnt)
        fprintf(stderr,
                "bijli-feedreplay: of %" PRIu64 " packets less was captured than was sent\n",
                capture->cut_cnt);
    bj_capture_merge(capture);
    return true;
}

static bool prepare(const asked_t *asked, bj_capture_t *capture, bj_feedscan_t *scan) {
    char error[BJ_CAPTURE_TEXT_BYTES];
    bj_segments_t segments;
    bj_segments_load_default(&segments);
    if (asked->streams && !bj_segments_load(&segments, asked->streams)) return false;
    if (asked->stream_files && !bj_feedlist_load(scan, asked->stream_files)) return false;
    if (!read_captures(asked, capture)) return false;
    bool ok = bj_feedscan_run(scan, capture, &segments, asked->segment, error);
    if (!ok) fprintf(stderr, "bijli-feedreplay: %s\n", error);
    if (ok && scan->ahead_ns)
        fprintf(stderr,
                "bijli-feedreplay: the exchange's clock is %" PRId64
                " s ahead of the capture's: the capture's times are moved by that\n",
                scan->ahead_ns / BJ_NS_PER_S);
    return ok;
}

/* --- what is printed */
static void print_broadcast(const bj_bcast_t *b) {
    if (!b->datagrams) return;
    printf("broadcast_datagrams %" PRIu64 "\nbroadcast_mbp_records %" PRIu64
           "\nbroadcast_index_records %" PRIu64 "\nbroadcast_bad %" PRIu64 "\n",
           b->datagrams, b->mbp_records, b->index_records,
           b->bad_datagrams + b->bad_items + b->bad_records);
}

static void print_result(const bj_feedreplay_t *replay) {
    const bj_feed_counters_t *c = &replay->counters;
    double per = c->messages ? (double)c->messages : 1;
    printf("messages %" PRIu64 "\nduplicates %" PRIu64 "\ngaps %" PRIu64 "\ngap_messages %" PRIu64
           "\nunknown_orders %" PRIu64 "\nbad_messages %" PRIu64 "\ntrades %" PRIu64
           "\ntraded_qty %" PRIu64 "\n",
           c->messages, c->duplicates, c->gaps, c->gap_messages, c->unknown_orders,
           c->bad_messages + c->bad_datagrams, c->trades, c->traded_qty);
    printf("ns_per_message %.2f\nmessages_per_s %.0f\n", (double)replay->cpu_ns / per,
           replay->elapsed_ns ? (double)c->messages * 1e9 / (double)replay->elapsed_ns : 0);
    printf("bbo_digest %016" PRIx64 "\ndepth_digest %016" PRIx64 "\n", replay->bbo_digest,
           replay->depth_digest);
}

static void print_row(const bj_feedscan_instrument_t *instrument, const bj_market_row_t *row) {
    printf("book %" PRIu32 " %s%s stream %u %s: last %" PRId32 " qty %" PRId32 ", volume %" PRId64
           ", %" PRIu64 " trades, bids %" PRId64 ", asks %" PRId64 "%s\n",
           row->token, bj_segment_name(instrument->segment), instrument->spread ? " spread" : "",
           instrument->stream_id, row->symbol, row->last_price_paise, row->last_qty,
           row->volume_qty, row->trade_cnt, row->total_buy_qty, row->total_sell_qty,
           row->flags & BJ_MARKET_STALE ? ", stale" : "");
    printf("%8s %14s %11s | %-11s %-14s %-8s\n", "orders", "qty", "bid", "ask", "qty", "orders");
    for (int l = 0; l < BJ_MARKET_LEVELS; l++) {
        const bj_market_level_t *bid = &row->bid[l], *ask = &row->ask[l];
        if (!bid->order_cnt && !ask->order_cnt) break;
        if (bid->order_cnt)
            printf("%8" PRIu32 " %14" PRId64 " %11" PRId32, bid->order_cnt, bid->qty,
                   bid->price_paise);
        else
            printf("%35s", "");
        if (ask->order_cnt)
            printf(" | %-11" PRId32 " %-14" PRId64 " %-8" PRIu32, ask->price_paise, ask->qty,
                   ask->order_cnt);
        else
            printf(" |");
        putchar('\n');
    }
}

/* A token may be there in several segments, and as a spread's. */
static bool print_books(const bj_feedreplay_t *replay, const bj_feedscan_t *scan, uint32_t token) {
    unsigned found = 0;
    for (uint32_t i = 0; i < scan->instrument_cnt; i++) {
        bj_market_row_t row;
        if (scan->instruments[i].token != token) continue;
        if (!bj_market_read(replay->reader, i, &row)) return false;
        print_row(&scan->instruments[i], &row);
        found++;
    }
    if (!found)
        fprintf(stderr, "bijli-feedreplay: --book: %" PRIu32 ": there is no such instrument\n",
                token);
    return found != 0;
}

static FILE *open_out(const char *option, const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) fprintf(stderr, "bijli-feedreplay: %s: %s: %s\n", option, path, strerror(errno));
    return file;
}

static bool close_out(const char *option, const char *path, FILE *file) {
    bool bad = ferror(file);
    if (fclose(file) == 0 && !bad) return true;
    fprintf(stderr, "bijli-feedreplay: %s: %s: cannot be written\n", option, path);
    return false;
}

/* The trades first: the candles put the list in another order. */
static bool write_files(const asked_t *asked, bj_feedtrades_t *trades, FILE *trades_file,
                        FILE *candles_file) {
    bool ok = true;
    if (trades->trade) bj_feedtrades_settle(trades);
    if (trades_file) {
        bj_feedtrades_write(trades, trades_file);
        ok &= close_out("--trades", asked->trades, trades_file);
    }
    if (candles_file) {
        bj_feedtrades_write_candles(trades, candles_file);
        ok &= close_out("--candles", asked->candles, candles_file);
    }
    return ok;
}

static bool run(const asked_t *asked, const bj_feedscan_t *scan, const bj_capture_t *capture) {
    char error[BJ_CAPTURE_TEXT_BYTES] = "";
    FILE *trades_file = NULL, *candles_file = NULL;
    bj_feedtrades_t trades = {0};
    bj_feedreplay_t replay;
    if (asked->trades && !(trades_file = open_out("--trades", asked->trades))) return false;
    if (asked->candles && !(candles_file = open_out("--candles", asked->candles))) return false;
    if (trades_file || candles_file) bj_feedtrades_new(&trades, scan);
    bj_feedreplay_options_t options = {.gap_wait_ns = asked->gap_wait_us * BJ_NS_PER_US,
                                       .order_max = asked->orders,
                                       .pace = asked->pace,
                                       .observe = trades.trade ? bj_feedtrades_observe : NULL,
                                       .observe_ctx = &trades};
    if (!bj_feedreplay_run(&replay, scan, capture, &options, error)) {
        fprintf(stderr, "bijli-feedreplay: %s\n", error);
        return false;
    }
    print_result(&replay);
    print_broadcast(&scan->broadcast);
    bool ok = !asked->book || print_books(&replay, scan, asked->book);
    ok &= write_files(asked, &trades, trades_file, candles_file);
    bj_feedtrades_free(&trades);
    bj_feedreplay_close(&replay);
    return ok;
}

int main(int argc, char **argv) {
    asked_t asked = {.segment = BJ_SEGMENT_CM, .gap_wait_us = 2000};
    bj_capture_t capture = {0};
    bj_feedscan_t scan = {0};
    if (!read_options(argc, argv, &asked)) return 2;
    bool ok = prepare(&asked, &capture, &scan) && run(&asked, &scan, &capture);
    bj_feedscan_free(&scan);
    bj_capture_free(&capture);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "bijli-feedreplay: what it found cannot be written: %s\n", strerror(errno));
        ok = false;
    }
    return ok ? 0 : 2;
}
