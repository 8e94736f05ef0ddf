#ifndef BJ_FEED_H
#define BJ_FEED_H

/* bj_feed - the exchange's tick-by-tick feed, two sources in, market table and ticks out.
 *
 * Purpose    Frame -> datagram -> messages -> one ordered stream -> books -> bj_market.
 * Shape      instrument_cnt instruments, in the order of the market's rows; stream_cnt streams of
 *            any segments; room for order_max orders of the exchange in all.
 * Units      paise, shares, ns since the UNIX epoch (now_ns too: it is compared with the
 *            exchange's times, which may run at most 60 s ahead of ours).
 * Ownership  the caller owns the memory (aligned to 64) and the market; nothing is allocated later.
 * Threads    one: the feed tile.
 * Input      bj_feed_frame or bj_feed_datagram as often as something arrives, then bj_feed_step
 *            once per turn of the loop: it gives up holes, writes the rows that were held
 *            back, then publishes the ticks of the turn, and beats the market's heart every
 *            100 ms.  A row follows each message as it is applied; a tick comes after the row that
 *            it is about.
 * Bad input  is counted and changes nothing.  A message with a field out of range is dropped before
 *            arbitration, so the other source's copy still counts.
 * Holes      what neither source brought in gap_wait_ns is asked for from the exchange's recovery
 *            service, a long hole and a late start from its snapshot service (bj_feed_arbiter.h has
 *            the rules); live messages are held meanwhile, and every row of the stream is flagged
 *            BJ_MARKET_STALE until the books are right again.  Where neither service is configured
 *            or all tries failed, the messages are given up and the rows stay flagged until the
 *            stream begins again at 1, when its books are cleared, or until a snapshot comes.  So
 *            they do after an order for which there was no room.  A stream silent for 3 s is stale
 *            too, until it speaks.  What a snapshot stood in for is missing from the day's figures.
 * Crossed    between an aggressive order and its trade the exchange's book is crossed for a moment;
 *            a crossed row is held back for up to 1 ms, and no TOP tick shows it.  So are the rows
 *            of a stream that begins again, for 50 ms: a full book follows, and nobody trades on
 *            half of one.
 * Cost       bench_bj_feed. */
#include "dataplane/base/bj_base.h"
#include "dataplane/feed/bj_feed_decode.h"
#include "dataplane/feed/bj_feed_recovery.h"
#include "dataplane/feed/bj_feed_unwrap.h"
#include "dataplane/market/bj_market.h"

typedef struct bj_feed bj_feed_t;

enum { BJ_FEED_NO_STREAM = UINT16_MAX }; /* a row of the market that is somebody else's to write */

typedef struct bj_feed_instrument {
    uint32_t token;      /* once in its segment, spreads apart */
    uint16_t stream_idx; /* in [0, stream_cnt): its only stream of the day; or NO_STREAM */
    bool     spread;     /* the token is a spread's: messages G, H, J, K */
} bj_feed_instrument_t;

typedef struct bj_feed_group { /* where a source sends a stream */
    uint32_t ip; /* host order; 0: frames of this stream cannot come, only datagrams */
    uint16_t port;
} bj_feed_group_t;

typedef struct bj_feed_stream {
    bj_segment_t    segment;
    uint16_t        stream_id; /* in its segment, in [1, BJ_FEED_STREAM_MAX] */
    bj_feed_group_t source[2]; /* A, B */
} bj_feed_stream_t;

/* Something else that comes in by the same ports. */
typedef struct bj_feed_aside {
    bj_feed_group_t source[2]; /* A, B */
} bj_feed_aside_t;
enum { BJ_FEED_ASIDE_MAX = 8 };
/* A UDP payload of it, of any bytes. */
typedef void bj_feed_on_aside_t(void *ctx, uint32_t source, uint32_t aside_idx, const uint8_t *data,
                                size_t data_bytes, int64_t now_ns);

/* Called for each trade, or each trade cancel, in the exchange's order.  A cancel of what the day
 * has not traded is not told. */
typedef void bj_feed_on_trade_t(void *ctx, uint32_t instrument_idx, int64_t exch_ns,
                                int32_t price_paise, int32_t qty);

/* Sees each message as it is applied, once and in order: for who keeps what no row holds.  seq 0:
 * an order of a snapshot, which has no place in the stream.  msg NULL: the stream's books have been
 * emptied. */
typedef void bj_feed_observe_fn(void *ctx, const bj_feed_stream_t *stream,
                                const bj_feed_msg_t *msg);

typedef struct bj_feed_config {
    const bj_feed_instrument_t *instruments; /* read by bj_feed_new only, streams too */
    const bj_feed_stream_t     *streams;
    uint32_t     instrument_cnt;
    uint32_t     stream_cnt; /* in [1, BJ_FEED_STREAM_MAX] */
    uint32_t     order_max;
    int64_t      gap_wait_ns;
    const int32_t *ticks_paise; /* by instrument: what its prices are multiples of, if known (not a
                                   rule: levels lie closer); NULL: as the market's rows say */
    bj_market_t *market; /* NULL: books alone, no rows and no ticks */
    bj_feed_on_trade_t *on_trade; /* NULL: nobody asks; only with a market */
    bj_feed_on_trade_t *on_trade_cancel; /* NULL: nobody asks; only with a market */
    void        *on_trade_ctx;           /* of both */
    bj_feed_observe_fn *observe; /* NULL: nobody looks */
    void        *observe_ctx;
    /* --- what frames bring besides */
    const bj_feed_aside_t *asides; /* read by bj_feed_new only */
    uint32_t     aside_cnt;        /* at most BJ_FEED_ASIDE_MAX */
    bj_feed_on_aside_t *on_aside;  /* needed where there are some */
    void        *on_aside_ctx;
    /* --- holes; 0 and NULL: the default */
    uint32_t queue_max; /* messages held, of all streams, 64 bytes each (BJ_FEED_QUEUE) */
    uint32_t hole_max;  /* messages; longer ones need a snapshot (BJ_FEED_HOLE_MAX) */
    int64_t  retry_ns;  /* from a failure of both services to the next try (30 s) */
    int64_t  late_ns;   /* how far the feed may run behind the services (5 s) */
    bool     snapshot_restart; /* a stream that begins again does not send its live orders again */
    bool     services[BJ_SEGMENT_CNT + 1][BJ_FEED_SERVICES]; /* which the segment has */
    const bj_feed_recovery_limits_t *limits;                 /* (bj_feed_recovery_limits) */
    const bj_feed_recovery_ops_t    *connections; /* needed where there is a service */
    void                            *connections_ctx;
} bj_feed_config_t;
enum { BJ_FEED_QUEUE = 1 << 14 };

size_t bj_feed_footprint(const bj_feed_config_t *config); /* 0: a shape is not allowed */
/* NULL: a shape is not allowed, a token, a stream or a group is there twice, or a token has no such
 * stream. */
bj_feed_t *bj_feed_new(void *mem, const bj_feed_config_t *config);

/* An Ethernet frame.  What is not IPv4 and UDP is none of ours and is passed over; UDP to another
 * group or port, fragments and lying lengths are bad datagrams.  A group of asides: to on_aside. */
void bj_feed_frame(bj_feed_t *feed, uint32_t source, const uint8_t *frame, size_t frame_bytes,
                   int64_t now_ns);
/* A UDP payload of one segment; its stream is the one that the messages name. */
void bj_feed_datagram(bj_feed_t *feed, uint32_t source, bj_segment_t segment, const uint8_t *data,
                      size_t data_bytes, int64_t now_ns);
/* Many at once, in order: much cheaper each. */
void bj_feed_frames(bj_feed_t *feed, uint32_t source, const bj_feed_packet_t *frames, uint32_t cnt,
                    int64_t now_ns);
void bj_feed_datagrams(bj_feed_t *feed, uint32_t source, bj_segment_t segment,
                       const bj_feed_packet_t *datagrams, uint32_t cnt, int64_t now_ns);
/* Payloads of both sources as they came, each at its own time: for who has them all beforehand. */
typedef struct bj_feed_arrival {
    const uint8_t *data;
    int64_t        recv_ns;
    uint32_t       data_bytes;
    uint16_t       source;
    uint16_t       segment; /* bj_segment_t */
} bj_feed_arrival_t;
void bj_feed_arrivals(bj_feed_t *feed, const bj_feed_arrival_t *arrivals, uint32_t cnt);
void bj_feed_step(bj_feed_t *feed, int64_t now_ns);

/* --- rows that wait for a card (dataplane/hw): after each message the row of such an instrument
 * stays as readers know it until the card's answer to its last message is given here, or for
 * BJ_FEED_CARD_NS, whichever is first; no TOP tick comes before it either.  The books are as
 * always, and so is what else readers are told. */
#define BJ_FEED_CARD_NS INT64_C(5000000)
enum { BJ_FEED_CARD_LEVELS = 5 };
typedef struct bj_feed_card_level {
    int64_t qty; /* 0: there is no such level */
    int32_t price_paise;
} bj_feed_card_level_t;
typedef struct bj_feed_card_depth {
    bj_feed_card_level_t side[2][BJ_FEED_CARD_LEVELS]; /* bids, asks, each best first */
} bj_feed_card_depth_t;
/* On or off; with a market. */
void bj_feed_card(bj_feed_t *feed, uint32_t instrument_idx, bool on);
/* As after the instrument's last message.  False: they are not those of
 * the book, and the row is written from the book when its time has come. */
BJ_MUST_USE bool bj_feed_card_row(bj_feed_t *feed, uint32_t instrument_idx,
                                  const bj_feed_card_depth_t *depth);
/* Rows that were written without the card, its answer being late. */
uint64_t bj_feed_card_late(const bj_feed_t *feed);

/* What the connections' owner talks to; NULL: no segment has a service. */
bj_feed_recovery_t *bj_feed_recovery(bj_feed_t *feed);

const bj_feed_counters_t *bj_feed_counters(const bj_feed_t *feed);

#endif /* BJ_FEED_H */
