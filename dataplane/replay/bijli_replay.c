/* bijli-replay - runs a FLOW file through the matching engine and prints what came of it, one
 * `name value` a line: for anyone who wants to check us or race us. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "dataplane/replay/bj_replay.h"

static const char usage[] =
    "usage: bijli-replay [options] FLOW\n"
    "  --latency          time each command alone (timer_ns says what that costs in each figure)\n"
    "  --levels N         print N levels of a book, with --symbol S (default 0)\n"
    "  --symbol S         which book\n"
    "  --trades FILE      write the trades: maker,taker,symbol,price,qty\n"
    "  --orders N         room for N live orders (default: as many as the flow needs)\n"
    "  --pages N          room for N pages of 64 prices (default: enough for usual books)\n"
    "FLOW is a file of 20-byte records, see docs/flow.md.\n";

typedef struct asked {
    bool latency;
    uint32_t levels, symbol, orders, pages;
    const char *trades, *flow;
} asked_t;

static bool read_number(const char *name, const char *text, uint32_t max, uint32_t *value) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    bool ok = *text >= '0' && *text <= '9' && !*end && !errno && number <= max;
    if (!ok) fprintf(stderr, "bijli-replay: --%s: %s: a number from 0 to %u\n", name, text, max);
    *value = (uint32_t)number;
    return ok;
}

static bool read_options(int argc, char **argv, asked_t *asked) {
    enum { LATENCY = 1, LEVELS, SYMBOL, TRADES, ORDERS, PAGES, HELP };
    static const struct option options[] = {
        {"latency", no_argument, NULL, LATENCY},     {"levels", required_argument, NULL, LEVELS},
        {"symbol", required_argument, NULL, SYMBOL}, {"trades", required_argument, NULL, TRADES},
        {"orders", required_argument, NULL, ORDERS}, {"pages", required_argument, NULL, PAGES},
        {"help", no_argument, NULL, HELP},           {0}};
    bool ok = true;
    for (int c; ok && (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case LATENCY:
            asked->latency = true;
            break;
        case LEVELS:
            ok = read_number("levels", optarg, 1000000, &asked->levels);
            break;
        case SYMBOL:
            ok = read_number("symbol", optarg, UINT16_MAX, &asked->symbol);
            break;
        case TRADES:
            asked->trades = optarg;
            break;
        case ORDERS:
            ok = read_number("orders", optarg, 1 << 26, &asked->orders);
            break;
        case PAGES:
            ok = read_number("pages", optarg, 1 << 22, &asked->pages);
            break;
        case HELP:
            fputs(usage, stdout);
            exit(0);
        default:
            ok = false;
            break;
        }
    }
    if (ok && optind == argc - 1) asked->flow = argv[optind];
    if (!asked->flow) fputs(usage, stderr);
    return ok && asked->flow;
}

/* --- the file */

static bool read_whole(int fd, void *mem, size_t bytes) {
    for (size_t at = 0; at < bytes;) {
        ssize_t got = read(fd, (uint8_t *)mem + at, bytes - at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += (size_t)got;
    }
    return true;
}

/* Into memory of our own: pages of a mapped file would be looked up one by one while the clock
 * runs. */
static const bj_flow_record_t *read_flow(const char *path, size_t *cnt) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        fprintf(stderr, "bijli-replay: %s: %s\n", path, strerror(errno));
        if (fd >= 0) close(fd);
        return NULL;
    }
    size_t bytes = (size_t)about.st_size;
    if (!S_ISREG(about.st_mode) || !bytes || bytes % sizeof(bj_flow_record_t)) {
        fprintf(stderr,
                "bijli-replay: %s: not a FLOW file: its size is no multiple of %zu above 0\n", path,
                sizeof(bj_flow_record_t));
        close(fd);
        return NULL;
    }
    void *mem = bj_replay_map(bytes);
    bool whole = mem && read_whole(fd, mem, bytes);
    if (!whole) fprintf(stderr, "bijli-replay: %s: %s\n", path, strerror(errno));
    close(fd);
    if (!whole) return NULL;
    *cnt = bytes / sizeof(bj_flow_record_t);
    return mem;
}

/* --- what is printed */

static void print_result(const bj_replay_result_t *r, bool latency) {
    printf("ops %" PRIu64 "\ntrades %" PRIu64 "\ntraded_qty %" PRIu64 "\nrejects %" PRIu64
           "\nlive_orders %" PRIu64 "\n",
           r->ops, r->trades, r->traded_qty, r->rejects, r->live_orders);
    printf("digest %016" PRIx64 "\nbbo_digest %016" PRIx64 "\ndepth_digest %016" PRIx64 "\n",
           r->digest, r->bbo_digest, r->depth_digest);
    printf("ns_per_op %.2f\n", r->ns_per_op);
    if (latency) {
        printf("p50_ns %" PRIu64 "\np99_ns %" PRIu64 "\np999_ns %" PRIu64 "\nmax_ns %" PRIu64
               "\ntimer_ns %" PRIu64 "\n",
               r->p50_ns, r->p99_ns, r->p999_ns, r->max_ns, r->timer_ns);
    }
    printf("mem_bytes %zu\nstate_hash %016" PRIx64 "\n", r->mem_bytes, r->state_hash);
}

typedef struct book { /* of one side: the level being summed */
    uint32_t levels_left;
    int32_t price_paise;
    int64_t qty;
    uint32_t order_cnt;
    uint8_t side;
    uint32_t levels_max;
} book_t;

static void print_level(book_t *book) {
    if (!book->order_cnt || !book->levels_left) return;
    printf("%s %" PRId32 " qty %" PRId64 " orders %" PRIu32 "\n",
           book->side == BJ_BUY ? "bid" : "ask", book->price_paise, book->qty, book->order_cnt);
    book->levels_left--;
}

static void add_order(void *ctx, const bj_match_order_t *order) {
    book_t *book = ctx;
    if (order->side != book->side || order->price_paise != book->price_paise) {
        print_level(book);
        if (order->side != book->side) book->levels_left = book->levels_max;
        book->side = order->side;
        book->price_paise = order->price_paise;
        book->qty = book->order_cnt = 0;
    }
    book->qty += order->shown_qty;
    book->order_cnt++;
}

static void print_book(const bj_match_t *match, const asked_t *asked) {
    book_t book = {.levels_max = asked->levels};
    bj_match_each(match, asked->symbol, add_order, &book);
    print_level(&book);
}

static void write_trade(void *ctx, const bj_match_event_t *trade) {
    fprintf(ctx, "%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRId32 ",%" PRId32 "\n", trade->order_id,
            trade->contra_id, trade->instrument_idx, trade->price_paise, trade->qty);
}

static FILE *open_trades(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file)
        fprintf(stderr, "bijli-replay: --trades: %s: %s\n", path, strerror(errno));
    else
        fputs("maker,taker,symbol,price,qty\n", file);
    return file;
}

static int say_failure(const asked_t *asked, const bj_replay_result_t *result, bj_status_t status) {
    if (status == BJ_ERR_BAD_FIELD)
        fprintf(stderr, "bijli-replay: %s: record %" PRIu64 ": %s\n", asked->flow,
                result->bad_record, result->bad_field);
    else if (status == BJ_ERR_FULL)
        fprintf(stderr, "bijli-replay: %s: not enough room: --orders, --pages, or memory\n",
                asked->flow);
    else
        fprintf(stderr, "bijli-replay: %s: %s\n", asked->flow, bj_status_text(status));
    return 1;
}

int main(int argc, char **argv) {
    asked_t asked = {0};
    size_t cnt = 0;
    FILE *trades = NULL;
    if (!read_options(argc, argv, &asked)) return 2;
    const bj_flow_record_t *records = read_flow(asked.flow, &cnt);
    if (!records) return 1;
    if (asked.trades && !(trades = open_trades(asked.trades))) return 1;
    bj_match_t *match;
    void *mem;
    bj_replay_result_t result;
    bj_replay_options_t options = {.latency = asked.latency,
                                   .order_max = asked.orders,
                                   .page_max = asked.pages,
                                   .on_trade = trades ? write_trade : NULL,
                                   .ctx = trades,
                                   .keep = &match,
                                   .keep_mem = &mem};
    bj_status_t status = bj_replay_run(records, cnt, &options, &result);
    if (status != BJ_OK) return say_failure(&asked, &result, status);
    print_result(&result, asked.latency);
    if (asked.levels) print_book(match, &asked);
    bj_replay_unmap(mem, result.mem_bytes);
    if (trades && fclose(trades) != 0) {
        fprintf(stderr, "bijli-replay: --trades: %s: %s\n", asked.trades, strerror(errno));
        return 1;
    }
    if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
    fprintf(stderr, "bijli-replay: the result cannot be written: %s\n", strerror(errno));
    return 1;
}
