#ifndef BJ_CANDLE_H
#define BJ_CANDLE_H

/* bj_candle - one-minute candles of every instrument, in a shared-memory file of their own.
 *
 * Shape      a header; a line per instrument with its newest candle, which grows with each trade;
 *            a ring of records, one for each candle that was closed, of all instruments, oldest
 *            overwritten.  A record says how far before it lies its instrument's record before:
 *            that chain is the instrument's day, so memory is paid for minutes that traded, not for
 *            minutes times instruments.
 * Units      prices in the instrument's unit (bj_market_row_t), shares or contracts, value in that
 *            unit times shares, ns since the UNIX epoch.
 * Minutes    by the exchange's time.  Indian time is 5:30 before UTC, a whole number of minutes, so
 *            both have the same minutes.  The first is not 09:15 but that of the first trade: the
 *            auction's trades make the 09:08 candle.
 * No trade   no candle: a flat one would show a price that nobody paid, and cost 375 records an
 *            instrument a day.  Whoever draws a line repeats the close before.
 * Closing    a candle is closed by the first trade of a later minute, or by time: a second after
 *            its end at the earliest (BJ_CANDLE_GRACE_NS), about two at the latest.
 * Late       a trade of its instrument's newest minute always goes into it, also when time has
 *            closed it: a second record of the same minute follows, its revision one higher, and
 *            the higher revision is the truth.  A trade of an older minute does the same for that
 *            minute: high, low, volume, value and count change; open and close stay, for the
 *            exchange's order puts it behind trades of later minutes (a minute that had none gets
 *            its candle so).  That record carries BJ_CANDLE_LATE.
 * Cancelled  a trade cancel takes volume, value and count back from the minute of its own time
 *            (MTBT says "same fields as the trade"; that the time too is the trade's is our
 *            reading).  Prices stay: a candle does not keep its trades, so it cannot know the next
 *            highest; and everybody saw the price.  A cancel that fits no candle (it would take
 *            more than is there) changes nothing and is counted.
 * Threads    one writer; readers without locks that cannot slow it.
 * Errors     NULL and errno; what could not be counted in is counted in the header.
 * Cost       a trade: one line, about 2 ns (bench_bj_market); a minute's first trade some 20 ns;
 *            a late trade walks its instrument's chain, 1024 records at most.  step: 64 candles. */
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/market/bj_share.h"

#define BJ_CANDLE_MAGIC UINT64_C(0x31444e43494a4942) /* "BIJICND1" */
#define BJ_CANDLE_NS UINT64_C(60000000000)
#define BJ_CANDLE_GRACE_NS INT64_C(1000000000)
enum { BJ_CANDLE_VERSION = 1 };

enum {
    BJ_CANDLE_LATE = 1 << 0, /* a record that came behind one of a later minute */
    BJ_CANDLE_OPEN = 1 << 1, /* never in the ring: more trades may come, or are not yet in it */
};

typedef struct bj_candle {
    alignas(64) uint64_t seq; /* of the record, from 1; 0: not from the ring */
    int64_t  start_ns;        /* of the minute */
    uint32_t instrument_idx;
    uint32_t back; /* how many records before this one its instrument's lies; 0: it is the first */
    int32_t  open_paise, high_paise, low_paise, close_paise;
    int64_t  volume_qty, value_paise;
    uint32_t trade_cnt;
    uint16_t revision; /* 1 when first closed; 0: not yet closed */
    uint16_t flags;
} bj_candle_t;
BJ_WIRE_SIZE(bj_candle_t, 64);

/* An instrument's newest candle.  Private but for its size: read it with bj_candles_now. */
typedef struct bj_candle_slot {
    alignas(64) uint64_t version; /* odd while the writer is inside */
    int64_t  start_ns;            /* 0: no trade yet */
    int32_t  open_paise, high_paise, low_paise, close_paise;
    int64_t  volume_qty, value_paise;
    uint32_t trade_cnt;
    uint16_t revision; /* of its record in the ring */
    uint16_t is_open;  /* something of it is not in the ring */
    uint64_t last_seq; /* the instrument's newest record */
} bj_candle_slot_t;
BJ_WIRE_SIZE(bj_candle_slot_t, 64);

/* X(field, text) */
#define BJ_CANDLE_COUNTER_LIST(X)                                       \
    X(late, "trades of a minute before their instrument's newest")      \
    X(late_lost, "of these: their minute was no longer in the ring")    \
    X(cancels, "trade cancels")                                         \
    X(cancels_unmatched, "of these: no candle held such a trade")

typedef struct bj_candle_counters {
#define X(field, text) uint64_t field;
    BJ_CANDLE_COUNTER_LIST(X)
#undef X
} bj_candle_counters_t;

typedef struct bj_candle_header {
    uint64_t magic;
    uint32_t layout_version;
    uint32_t instrument_cnt;
    uint64_t ring_depth; /* records, a power of two */
    int64_t  start_ns;   /* the market file's: both were made together */
    alignas(64) uint64_t last_seq; /* last record published */
    alignas(64) bj_candle_counters_t counters;
} bj_candle_header_t;

/* --- the writer: one thread --- */
typedef struct bj_candles {
    bj_candle_slot_t   *slot; /* the rest is private */
    bj_share_record_t        *ring;
    bj_candle_header_t *header;
    uint32_t *queue; /* instruments whose candle is open, once each */
    uint8_t  *queued;
    uint32_t  queue_at, queue_cnt, queue_mask, pass_left;
    int64_t   next_pass_ns, close_before_ns;
} bj_candles_t;

/* instrument_cnt of the market, in its order, at most 2^17; ring_depth a power of two in [2, 2^26]:
 * instruments that trade times minutes of the day, 64 bytes each, paid when written. */
bj_candles_t *bj_candles_create(const char *file, uint32_t instrument_cnt, uint64_t ring_depth,
                                int64_t market_start_ns);
void bj_candles_destroy(bj_candles_t *candles);
/* Private: a trade that is not of the open minute. */
void bj_candles_turn(bj_candles_t *candles, uint32_t instrument_idx, int64_t exch_ns, int32_t price,
                     int32_t qty);
void bj_candles_cancel(bj_candles_t *candles, uint32_t instrument_idx, int64_t exch_ns,
                       int32_t price, int32_t qty);
/* Closes what is due; once a turn of the loop.  How many it closed. */
uint32_t bj_candles_step(bj_candles_t *candles, int64_t now_ns);
/* The day is over, or the capture: closes all. */
void bj_candles_end(bj_candles_t *candles);

/* Sums of a minute cannot come near 2^63 from an honest exchange; from another they stay there. */
static inline int64_t bj_candle_add(int64_t sum, int64_t more) {
    int64_t both;
    if (!__builtin_add_overflow(sum, more, &both)) return both;
    return sum < 0 ? INT64_MIN : INT64_MAX;
}

/* instrument_idx in range, exch_ns and qty > 0, any price: the decoder saw to it. */
static inline void bj_candles_trade(bj_candles_t *candles, uint32_t instrument_idx, int64_t exch_ns,
                                    int32_t price, int32_t qty) {
    bj_candle_slot_t *slot = &candles->slot[instrument_idx];
    if (BJ_UNLIKELY((uint64_t)exch_ns - (uint64_t)slot->start_ns >= BJ_CANDLE_NS ||
                    !slot->is_open)) {
        bj_candles_turn(candles, instrument_idx, exch_ns, price, qty);
        return;
    }
    int32_t high = price > slot->high_paise ? price : slot->high_paise;
    int32_t low = price < slot->low_paise ? price : slot->low_paise;
    uint64_t version = slot->version;
    int64_t value = bj_candle_add(slot->value_paise, (int64_t)price * qty);
    __atomic_store_n(&slot->version, version + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->high_paise, high, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->low_paise, low, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->close_paise, price, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->volume_qty, bj_candle_add(slot->volume_qty, qty), __ATOMIC_RELEASE);
    __atomic_store_n(&slot->value_paise, value, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->trade_cnt, slot->trade_cnt + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&slot->version, version + 2, __ATOMIC_RELEASE);
}

/* --- a reader: one thread each --- */
typedef struct bj_candles_reader bj_candles_reader_t;

/* NULL: absent, another layout version, or not yet whole. */
bj_candles_reader_t *bj_candles_open(const char *file);
void bj_candles_close(bj_candles_reader_t *reader);
const bj_candle_header_t *bj_candles_head(const bj_candles_reader_t *reader);
/* The instrument's newest candle, open or not.  False: no trade yet, index out of range, or the
 * writer died inside. */
BJ_MUST_USE bool bj_candles_now(const bj_candles_reader_t *reader, uint32_t instrument_idx,
                                bj_candle_t *candle);
/* The instrument's newest candles, at most candle_max, oldest first, one a minute, newest revision;
 * the last may be open.  *cut: there were older ones, but the ring has overwritten them. */
size_t bj_candles_history(const bj_candles_reader_t *reader, uint32_t instrument_idx,
                          bj_candle_t *candle, size_t candle_max, bool *cut);
/* The records of all instruments, in order: as bj_market_next. */
BJ_MUST_USE bool bj_candles_next(const bj_candles_reader_t *reader, uint64_t *next_seq,
                                 bj_candle_t *candle, uint64_t *missed_cnt);

#endif /* BJ_CANDLE_H */
