/* bijli-watch - the top of the book and the trades of named symbols, and values of named indices,
 * live, one line each: what a strategy does with libbijli, with printing in the place of trading.
 *
 *   bijli-watch [--seconds N] [--from-oldest] RUN_DIR SYMBOL-OR-INDEX...
 *
 * Lines      TIME top SYMBOL BID_QTY BID | ASK ASK_QTY
 *            TIME trade SYMBOL PRICE QTY
 *            TIME candle SYMBOL OPEN HIGH LOW CLOSE VOLUME TRADES     of each closed minute
 *            TIME index NAME VALUE CHANGE
 *            ... broadcast                                            not from tick-by-tick
 *            missed N ticks                                           these were lost to us
 *            stale: WHY / live                                        when that changes
 * Build      cc example_bijli_watch.c $(pkg-config --cflags --libs bijli)
 * Exit       0 after N seconds or a signal; 1 no market data; 2 wrong arguments. */
#include <bijli.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SYMBOLS_MAX = 64, IST_S = 19800, BURST = 256 };

typedef struct watch {
    bijli_t  *market;
    char    **symbol;
    int       symbol_cnt;
    uint32_t  instrument[SYMBOLS_MAX]; /* UINT32_MAX: not among today's */
    int32_t   units[SYMBOLS_MAX];
    uint32_t  index[SYMBOLS_MAX]; /* UINT32_MAX: it is no index */
    uint64_t  updates[SYMBOLS_MAX];
    uint32_t  stale;
} watch_t;

static volatile sig_atomic_t stop;
static void on_signal(int signal_no) {
    (void)signal_no;
    stop = 1;
}

/* Numbers are the writer's own: they are looked up again whenever it begins again. */
static void find_symbols(watch_t *w) {
    for (int i = 0; i < w->symbol_cnt; i++) {
        bijli_instrument_t is = {.struct_bytes = sizeof is};
        w->instrument[i] = UINT32_MAX;
        w->index[i] = UINT32_MAX;
        if (bijli_find_index(w->market, w->symbol[i], &w->index[i]) == BIJLI_OK) {
            printf("%s: an index\n", w->symbol[i]);
            continue;
        }
        if (bijli_find_symbol(w->market, w->symbol[i], &w->instrument[i]) != BIJLI_OK ||
            bijli_instrument(w->market, w->instrument[i], &is) != BIJLI_OK) {
            printf("%s: no such symbol today\n", w->symbol[i]);
            continue;
        }
        w->units[i] = is.units_per_rupee;
        printf("%s: token %u%s, previous close %d\n", is.symbol, is.token,
               is.spread ? " (spread)" : "", is.prev_close);
    }
}

static int which(const watch_t *w, uint32_t instrument) {
    int i = 0;
    while (i < w->symbol_cnt && w->instrument[i] != instrument) i++;
    return i < w->symbol_cnt ? i : -1;
}

static const char *time_text(int64_t exch_ns, char text[32]) {
    time_t s = (time_t)(exch_ns / 1000000000) + IST_S;
    struct tm tm;
    gmtime_r(&s, &tm);
    size_t n = strftime(text, 32, "%H:%M:%S", &tm);
    snprintf(text + n, 32 - n, ".%06d", (int)(exch_ns % 1000000000 / 1000));
    return text;
}

/* In rupees, digit by digit: a price is never a float. */
static const char *price_text(int32_t price, int32_t units, char text[24]) {
    int digits = units == 100 ? 2 : 7;
    int64_t size = price < 0 ? -(int64_t)price : price;
    snprintf(text, 24, "%s%" PRId64 ".%0*" PRId64, price < 0 ? "-" : "", size / units, digits,
             size % units);
    return text;
}

static void print_tick(const watch_t *w, const bijli_tick_t *tick) {
    char t[32], a[24], b[24];
    int i = which(w, tick->instrument);
    if (i < 0) return;
    const char *how = tick->flags & BIJLI_BROADCAST ? " broadcast" : "";
    if (tick->kind == BIJLI_TRADE) {
        printf("%s trade %s %s %d%s\n", time_text(tick->exch_ns, t), w->symbol[i],
               price_text(tick->price, w->units[i], a), tick->qty, how);
    } else if (tick->kind == BIJLI_TOP) {
        printf("%s top %s %" PRId64 " %s | %s %" PRId64 "%s\n", time_text(tick->exch_ns, t),
               w->symbol[i], tick->bid_qty, price_text(tick->bid, w->units[i], a),
               price_text(tick->ask, w->units[i], b), tick->ask_qty, how);
    } else {
        printf("%s: its book is %s\n", w->symbol[i], tick->stale ? "stale" : "whole again");
    }
}

static void print_candle(const watch_t *w, const bijli_candle_t *c) {
    char t[32], o[24], h[24], l[24], e[24];
    int i = which(w, c->instrument);
    if (i < 0) return;
    int32_t units = w->units[i];
    printf("%.5s candle %s %s %s %s %s %" PRId64 " %u%s\n", time_text(c->start_ns, t),
           w->symbol[i], price_text(c->open, units, o), price_text(c->high, units, h),
           price_text(c->low, units, l), price_text(c->close, units, e), c->volume, c->trades,
           c->revision > 1 ? " corrected" : "");
}

static void take_indices(watch_t *w) {
    for (int i = 0; i < w->symbol_cnt; i++) {
        bijli_index_t is = {.struct_bytes = sizeof is};
        char t[32], v[24], c[24];
        if (w->index[i] == UINT32_MAX) continue;
        int result = bijli_index(w->market, w->index[i], &is);
        if (result != BIJLI_OK && result != BIJLI_STALE) continue;
        if (is.updates == w->updates[i]) continue;
        w->updates[i] = is.updates;
        printf("%s index %s %s %s%s%s\n", time_text(is.exch_ns, t), w->symbol[i],
               price_text((int32_t)is.value, 100, v), price_text((int32_t)is.change, 100, c),
               is.flags & BIJLI_BROADCAST ? " broadcast" : "",
               is.stale & BIJLI_STALE_BOOK ? " stale" : "");
    }
}

static void look_at_state(watch_t *w) {
    bijli_status_t status = {.struct_bytes = sizeof status};
    if (bijli_status(w->market, &status) == BIJLI_REOPENED) {
        find_symbols(w);
        return;
    }
    if (status.stale == w->stale) return;
    w->stale = status.stale;
    if (!status.stale) printf("live\n");
    else if (status.stale & BIJLI_STALE_WRITER) printf("stale: the dataplane is silent\n");
    else printf("stale: the exchange is silent\n");
}

/* At most a burst of ticks; how many there were. */
static int take_ticks(watch_t *w) {
    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    uint64_t missed;
    for (int n = 0; n < BURST; n++) {
        int result = bijli_next(w->market, &tick, &missed);
        if (result == BIJLI_REOPENED) {
            printf("the dataplane began again\n");
            find_symbols(w);
        }
        if (result != BIJLI_OK) return n;
        if (missed) printf("missed %" PRIu64 " ticks\n", missed);
        print_tick(w, &tick);
    }
    return BURST;
}

static void take_candles(watch_t *w) {
    bijli_candle_t candle = {.struct_bytes = sizeof candle};
    uint64_t missed;
    int result;
    while ((result = bijli_next_candle(w->market, &candle, &missed)) == BIJLI_OK)
        print_candle(w, &candle);
    if (result == BIJLI_REOPENED) {
        printf("the dataplane began again\n");
        find_symbols(w);
    }
}

static int watch(watch_t *w, long seconds) {
    time_t end = seconds ? time(NULL) + seconds : 0;
    find_symbols(w);
    while (!stop && (!end || time(NULL) < end)) {
        int ticks = take_ticks(w);
        take_candles(w);
        take_indices(w);
        look_at_state(w);
        fflush(stdout);
        /* A strategy on a core of its own would spin here. */
        if (!ticks) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return 0;
}

int main(int argc, char **argv) {
    watch_t w = {0};
    long seconds = 0;
    int at = 1, oldest = 0;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!strcmp(argv[at], "--seconds") && at + 1 < argc) seconds = strtol(argv[++at], NULL, 10);
        else if (!strcmp(argv[at], "--from-oldest")) oldest = 1;
        else break;
    }
    if (at + 2 > argc || argv[at][0] == '-' || argc - at - 1 > SYMBOLS_MAX || seconds < 0) {
        fprintf(stderr,
                "usage: bijli-watch [--seconds N] [--from-oldest] RUN_DIR SYMBOL-OR-INDEX...\n");
        return 2;
    }
    int result = bijli_open(argv[at], &w.market);
    if (result != BIJLI_OK) {
        fprintf(stderr, "bijli-watch: %s: %s\n", argv[at], bijli_result_text(result));
        return 1;
    }
    w.symbol = &argv[at + 1];
    w.symbol_cnt = argc - at - 1;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (oldest) bijli_rewind(w.market);
    int rc = watch(&w, seconds);
    bijli_close(w.market);
    return rc;
}
