/* Goal: the backend loads a card, believes it as long as its answers are the C book's at the same
 * place of the stream, and says void, with the reason, for everything that may go wrong: a card
 * that is not there, not ours, too small or silent; a wrong, a missing, a foreign answer; what the
 * card itself calls void; a stream that begins again; messages lost on the way.  And comes back. */
#include "dataplane/hw/bj_hw_book.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed_unwrap.h"
#include "dataplane/hw/bj_hw_setup.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include <bj_hw_regs.h>

enum { TOKENS = 3, REGS = 256, ANSWERS = 64 };
static const bj_hw_token_t tokens[TOKENS] = {{2885, 10}, {1594, 5}, {1333, 1}};

/* A card, as far as its driver can tell: its books are the C book's, its faults are what the test
 * asks for. */
typedef struct fake {
    bj_hw_mirror_t *books;
    uint32_t reg[REGS / 4], boots, next_seq, voids, loading;
    int32_t base_paise[TOKENS];
    bj_hw_answer_t answers[ANSWERS];
    uint32_t head, tail;
    bool deaf, host_full, host_busy, keeps_void;
    int32_t lie_qty;             /* added to each best bid */
    bool spoils;                 /* with the register VOIDS the answer becomes another token's */
    bj_feed_msg_t late[ANSWERS]; /* the host's, while host_busy */
    uint32_t late_cnt, load_cnt;
    uint32_t slow_good; /* how often STATUS is busy after GOOD */
    uint32_t sweeps;    /* how often STATUS says so after LOAD */
} fake_t;

static uint32_t fake_boots(void *ctx) {
    return ((fake_t *)ctx)->boots;
}

static bool fake_read(void *ctx, uint32_t at, uint32_t *value) {
    fake_t *card = ctx;
    *value = card->reg[at / 4];
    if (at == BJ_HW_STATUS) *value = 1 | (card->sweeps ? 2 : 0);
    if (at == BJ_HW_STATUS && card->sweeps) card->sweeps--;
    if (at == BJ_HW_VOIDS) *value = card->voids;
    if (at == BJ_HW_VOIDS && card->spoils) card->answers[card->tail % ANSWERS].idx = UINT16_MAX;
    if (at == BJ_HW_NEXT_SEQ) *value = card->next_seq;
    return !card->deaf;
}

static void apply(fake_t *card, const bj_feed_msg_t *msg) {
    BJ_CHECK(bj_hw_mirror_apply(card->books, msg, 0));
}

static void empty(fake_t *card, uint32_t idx) {
    static bj_hw_order_t orders[1000];
    uint32_t cnt = bj_hw_mirror_orders(card->books, idx, orders, 1000);
    for (uint32_t i = 0; i < cnt; i++)
        apply(card, &(bj_feed_msg_t){.kind = BJ_FEED_CANCEL,
                                     .token = tokens[idx].token,
                                     .order_id = orders[i].order_id});
}

static bool fake_write(void *ctx, uint32_t at, uint32_t value) {
    fake_t *card = ctx;
    uint32_t idx = value & 0xff, bit = 1u << (idx & 31);
    if (card->deaf) return false;
    card->reg[at / 4] = value;
    if (at == BJ_HW_LOAD) {
        card->load_cnt++;
        empty(card, idx);
        card->voids |= bit;
        card->loading |= bit;
        card->sweeps = 2;
    } else if (at == BJ_HW_GOOD) {
        if (!card->keeps_void && (card->loading & bit)) card->voids &= ~bit;
        card->loading &= ~bit;
        card->sweeps = card->slow_good;
    } else if (at == BJ_HW_VOID) {
        card->voids |= bit;
    } else if (at == BJ_HW_WINDOW_PUT) {
        card->base_paise[idx] = (int32_t)card->reg[BJ_HW_WINDOW_BASE / 4];
    }
    return true;
}

static bool fake_frame(void *ctx, const uint8_t *frame, size_t frame_bytes) {
    fake_t *card = ctx;
    bj_feed_udp_t udp;
    bj_feed_msg_t msg;
    size_t used;
    if (card->host_full) return false;
    BJ_CHECK(bj_feed_unwrap(frame, frame_bytes, &udp) == BJ_OK &&
             bj_feed_decode(udp.data, udp.data_bytes, &msg, &used) == BJ_OK);
    msg.seq = 0;
    if (!card->host_busy)
        apply(card, &msg);
    else if (card->late_cnt < ANSWERS)
        card->late[card->late_cnt++] = msg;
    return true;
}
/* What has waited comes into a token that is being loaded. */
static void host_goes_on(fake_t *card) {
    for (uint32_t i = 0; i < card->late_cnt; i++) {
        if (card->loading >> bj_hw_mirror_find(card->books, card->late[i].token) & 1)
            apply(card, &card->late[i]);
    }
    card->late_cnt = 0;
    card->host_busy = false;
}
static bool fake_done(void *ctx) {
    return !((fake_t *)ctx)->host_busy;
}
static const bj_hw_answer_t *fake_answer(void *ctx) {
    fake_t *card = ctx;
    return card->head == card->tail ? NULL : &card->answers[card->tail % ANSWERS];
}
static void fake_answer_done(void *ctx) {
    ((fake_t *)ctx)->tail++;
}

static const bj_hw_card_ops_t fake_ops = {fake_boots, fake_read,   fake_write,      fake_frame,
                                          fake_done,  fake_answer, fake_answer_done};

/* The card hears a message of the wire. */
static void card_hears(fake_t *card, const bj_feed_msg_t *msg) {
    uint32_t idx = bj_hw_mirror_find(card->books, msg->token), bit = 1u << (idx & 31);
    card->next_seq = msg->seq + 1;
    if (idx == UINT32_MAX) return;
    card->voids |= card->loading & bit;
    card->loading &= ~bit;
    apply(card, msg);
    const bj_hw_due_t *due = bj_hw_mirror_due(card->books);
    bj_hw_answer_t *answer = &card->answers[card->head++ % ANSWERS];
    *answer = (bj_hw_answer_t){.seq = msg->seq,
                               .idx = (uint16_t)idx,
                               .top_clocks = 3,
                               .deep_clocks = 8,
                               .is_void = card->voids & bit};
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < BJ_HW_LEVELS; i++)
            answer->deep[side][i] =
                (bj_hw_level_t){.qty = due->depth.side[side][i].qty,
                                .price_paise = due->depth.side[side][i].price_paise};
        answer->top[side] = answer->deep[side][0];
    }
    answer->deep[0][0].qty += card->lie_qty;
    bj_hw_mirror_due_done(card->books);
}

typedef struct bed {
    fake_t card;
    bj_hw_book_t *book;
    int64_t now_ns;
    uint32_t seq;
    bool exact[TOKENS]; /* as it is said */
    uint32_t answers, last_answer;
} bed_t;

static void on_say(void *ctx, uint32_t idx, bj_hw_say_t what, uint32_t seq,
                   const bj_feed_card_depth_t *depth) {
    bed_t *bed = ctx;
    if (what == BJ_HW_SAY_ANSWER) {
        BJ_CHECK(bed->exact[idx] && depth);
        bed->answers++;
        bed->last_answer = seq;
    } else {
        BJ_CHECK(bed->exact[idx] == (what == BJ_HW_SAY_VOID));
        bed->exact[idx] = what == BJ_HW_SAY_EXACT;
    }
}

static const bj_hw_figures_t *figures(const bed_t *bed) {
    return bj_hw_book_figures(bed->book);
}
static const bj_hw_token_figures_t *token(const bed_t *bed, uint32_t idx) {
    return bj_hw_book_token(bed->book, idx);
}
static void steps(bed_t *bed, uint32_t cnt) {
    while (cnt--) {
        bed->now_ns += BJ_NS_PER_MS;
        (void)bj_hw_book_step(bed->book, bed->now_ns);
    }
}
static bj_feed_msg_t order(uint32_t seq, uint32_t idx, uint64_t id, bool ask, int32_t price_paise,
                           int32_t qty) {
    return (bj_feed_msg_t){.seq = seq,
                           .kind = BJ_FEED_NEW,
                           .token = tokens[idx].token,
                           .order_id = id,
                           .side = ask ? BJ_SELL : BJ_BUY,
                           .price_paise = price_paise,
                           .qty = qty};
}
static void both(bed_t *bed, const bj_feed_msg_t *msg) {
    bj_hw_book_message(bed->book, msg, bed->now_ns);
    card_hears(&bed->card, msg);
}
/* An order of a token, to both, and an answer. */
static void send(bed_t *bed, uint32_t idx) {
    uint32_t seq = ++bed->seq;
    bj_feed_msg_t msg = order(seq, idx, 100 + seq, seq & 1, seq & 1 ? 10100 : 10000, (int32_t)seq);
    both(bed, &msg);
    steps(bed, 3);
}

static void bed_open(bed_t *bed) {
    *bed = (bed_t){.card = {.boots = 1}, .now_ns = BJ_NS_PER_S};
    bed->card.books = bj_hw_mirror_new(tokens, TOKENS, 1000);
    bed->card.reg[BJ_HW_ID / 4] = 0x424a4857;
    bed->card.reg[BJ_HW_SHAPE / 4] = 4 << 28 | 5 << 24 | 10 << 16 | 10 << 8 | 6;
    bj_hw_book_config_t config = {.tokens = tokens,
                                  .token_cnt = TOKENS,
                                  .order_max = 1000,
                                  .source = {{1, 2}, {3, 4}},
                                  .far = 64,
                                  .wait = 8192,
                                  .card = &fake_ops,
                                  .card_ctx = &bed->card,
                                  .say = on_say,
                                  .say_ctx = bed};
    bed->book = bj_hw_book_new(&config);
}
/* With messages behind it, and everything loaded. */
static void bed_exact(bed_t *bed) {
    bed_open(bed);
    for (uint32_t i = 0; i < 6; i++) {
        bj_feed_msg_t msg = order(i + 1, i % TOKENS, i + 1, i & 1, i & 1 ? 10100 : 10000, 5);
        bed->seq = i + 1;
        both(bed, &msg);
    }
    steps(bed, 100);
    BJ_CHECK(figures(bed)->exact == TOKENS);
}
static void bed_close(bed_t *bed) {
    bj_hw_book_free(bed->book);
    bj_hw_mirror_free(bed->card.books);
}

static void test_loads_and_agrees(void) {
    bed_t bed;
    bed_exact(&bed);
    BJ_CHECK(figures(&bed)->wrong == BJ_HW_RIGHT && figures(&bed)->loads == TOKENS);
    BJ_CHECK(bed.card.reg[BJ_HW_IP_B / 4] == 3 && bed.card.reg[BJ_HW_PORT_A / 4] == 2 &&
             bed.card.reg[BJ_HW_IP_HOST / 4] == BJ_HW_HOST_IP && bed.card.reg[BJ_HW_FAR / 4] == 64);
    BJ_CHECK(bed.card.base_paise[0] == 0 && bed.card.base_paise[2] > 7000);
    for (int i = 0; i < 30; i++)
        send(&bed, (uint32_t)i % TOKENS);
    BJ_CHECK(figures(&bed)->compared == 30 && figures(&bed)->equal == 30 && bed.answers == 30 &&
             bed.last_answer == bed.seq && figures(&bed)->voids == 0);
    BJ_CHECK(figures(&bed)->top_clocks_min == 3 && figures(&bed)->deep_clocks_max == 8);
    /* Another stream's token and what books pass over are no matter. */
    bj_feed_msg_t other = order(++bed.seq, 0, 9, false, 1, 1);
    other.token = 4711;
    both(&bed, &other);
    steps(&bed, 2000);
    BJ_CHECK(figures(&bed)->exact == TOKENS && figures(&bed)->compared == 30);
    bed_close(&bed);
}

static void test_differs(void) {
    bed_t bed;
    bed_exact(&bed);
    bed.card.lie_qty = 1;
    send(&bed, 1);
    BJ_CHECK(figures(&bed)->different == 1 && figures(&bed)->differs_ns != 0 && bed.answers == 0);
    BJ_CHECK(token(&bed, 1)->voids[BJ_HW_REASON_DIFFERS] == 1 && bed.card.voids == 2);
    bed.card.lie_qty = 0;
    steps(&bed, 100);
    BJ_CHECK(!bed.exact[1]);
    steps(&bed, 1100);
    BJ_CHECK(bed.exact[1] && figures(&bed)->exact == TOKENS);
    send(&bed, 1);
    BJ_CHECK(bed.answers == 1 && token(&bed, 0)->different == 0);
    bed_close(&bed);
}

static void test_silent_and_stray(void) {
    bed_t bed;
    bed_exact(&bed);
    bj_feed_msg_t msg = order(++bed.seq, 0, 50, false, 10000, 5);
    bj_hw_book_message(bed.book, &msg, bed.now_ns); /* the card does not hear it */
    steps(&bed, 900);
    BJ_CHECK(bed.exact[0]);
    steps(&bed, 200);
    BJ_CHECK(token(&bed, 0)->voids[BJ_HW_REASON_SILENT] == 1);
    bed.card.next_seq = bed.seq + 1;
    steps(&bed, 200);
    BJ_CHECK(bed.exact[0]);
    msg = order(++bed.seq, 0, 51, false, 10000, 5);
    bj_hw_book_message(bed.book, &msg, bed.now_ns);
    send(&bed, 1); /* the later answer says that the one before will not come */
    BJ_CHECK(token(&bed, 0)->voids[BJ_HW_REASON_SILENT] == 2 && bed.exact[1]);
    steps(&bed, 200);
    bed.card.answers[bed.card.head++ % ANSWERS] = (bj_hw_answer_t){.seq = bed.seq, .idx = 2};
    bed.card.answers[bed.card.head++ % ANSWERS] = (bj_hw_answer_t){.seq = bed.seq, .idx = 999};
    steps(&bed, 2);
    BJ_CHECK(token(&bed, 2)->voids[BJ_HW_REASON_STRAY] == 1);
    bed_close(&bed);
}

/* The card is ahead: its answer waits for the C book. */
static void test_ahead(void) {
    bed_t bed;
    bed_exact(&bed);
    bj_feed_msg_t msg = order(++bed.seq, 0, 50, false, 10000, 5);
    card_hears(&bed.card, &msg);
    steps(&bed, 100);
    BJ_CHECK(bed.answers == 0 && bed.exact[0]);
    bj_hw_book_message(bed.book, &msg, bed.now_ns);
    steps(&bed, 1);
    BJ_CHECK(bed.answers == 1);
    bed_close(&bed);
}

/* An answer that is nowhere near the stream does not keep those behind it. */
static void test_far_ahead(void) {
    bed_t bed;
    bed_exact(&bed);
    bed.card.answers[bed.card.head++ % ANSWERS] =
        (bj_hw_answer_t){.seq = bed.seq + 100000, .idx = 2};
    send(&bed, 0);
    steps(&bed, 900);
    BJ_CHECK(bed.answers == 0);
    steps(&bed, 200);
    BJ_CHECK(token(&bed, 2)->voids[BJ_HW_REASON_STRAY] == 1);
    steps(&bed, 1000);
    send(&bed, 0), send(&bed, 2);
    BJ_CHECK(bed.answers >= 2 && figures(&bed)->exact == TOKENS);
    bed_close(&bed);
}

/* The card writes into the answer that we look at. */
static void test_answer_spoilt(void) {
    bed_t bed;
    bed_exact(&bed);
    bed.card.spoils = true;
    bed.card.voids = 1;
    send(&bed, 0);
    BJ_CHECK(token(&bed, 0)->voids[BJ_HW_REASON_UNSAID] == 1 && figures(&bed)->voids == 1);
    bed_close(&bed);
}

static void test_reasons(void) {
    static const struct {
        uint32_t at;
        bj_hw_reason_t reason;
    } cases[] = {{BJ_HW_CNT_GAP, BJ_HW_REASON_GAP},       {BJ_HW_CNT_MANY, BJ_HW_REASON_FRAMES},
                 {BJ_HW_CNT_POISON, BJ_HW_REASON_FRAMES}, {BJ_HW_CNT_ROOM, BJ_HW_REASON_ROOM},
                 {BJ_HW_CNT_OTHER, BJ_HW_REASON_OTHER},   {BJ_HW_CNT_OFF, BJ_HW_REASON_PRICE},
                 {BJ_HW_FAR, BJ_HW_REASON_UNSAID}};
    bed_t bed;
    bed_exact(&bed);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        uint64_t before = token(&bed, 0)->voids[cases[i].reason];
        bed.card.voids = cases[i].at == BJ_HW_CNT_GAP ? 7 : 1;
        bed.card.reg[cases[i].at / 4]++;
        if (i % 2)
            send(&bed, 0); /* by an answer, else by the register alone */
        else
            steps(&bed, 60);
        BJ_CHECK(token(&bed, 0)->voids[cases[i].reason] == before + 1);
        steps(&bed, 300);
        BJ_CHECK(figures(&bed)->exact == TOKENS);
    }
    BJ_CHECK(token(&bed, 2)->voids[BJ_HW_REASON_GAP] == 1 && figures(&bed)->voids == 9);
    bed_close(&bed);
}

static void test_load_troubles(void) {
    bed_t bed;
    bed_exact(&bed);
    bj_feed_msg_t far_off = order(++bed.seq, 0, 60, false, 1000000, 5);
    bj_hw_book_message(bed.book, &far_off, bed.now_ns); /* beyond any window with the others */
    bed.card.next_seq = bed.seq + 1;
    bed.card.voids = 1;
    steps(&bed, 3000);
    BJ_CHECK(!bed.exact[0] && token(&bed, 0)->refused > 2);
    bj_feed_msg_t gone = far_off;
    gone.kind = BJ_FEED_CANCEL, gone.seq = ++bed.seq;
    bj_hw_book_message(bed.book, &gone, bed.now_ns);
    bed.card.next_seq = bed.seq + 1;
    steps(&bed, 3000);
    BJ_CHECK(bed.exact[0]);
    /* Frames that are not taken, a GOOD that is refused, a C book that is behind. */
    bed.card.host_full = true, bed.card.voids = 2;
    steps(&bed, 2500);
    BJ_CHECK(!bed.exact[1] && token(&bed, 1)->retries >= 1);
    bed.card.host_full = false, bed.card.host_busy = true;
    steps(&bed, 5000);
    BJ_CHECK(!bed.exact[1]);
    host_goes_on(&bed.card), bed.card.keeps_void = true;
    steps(&bed, 5000);
    BJ_CHECK(!bed.exact[1]);
    bed.card.keeps_void = false, bed.card.next_seq = bed.seq + 2;
    steps(&bed, 5000);
    BJ_CHECK(!bed.exact[1]);
    bed.card.next_seq = bed.seq + 1;
    steps(&bed, 5000);
    BJ_CHECK(bed.exact[1] && figures(&bed)->exact == TOKENS);
    bed_close(&bed);
}

/* A message between the card's place and the C book's: not in the orders and on the wire too. */
static void test_no_message_twice(void) {
    bed_t bed;
    bed_exact(&bed);
    bed.card.voids = 1;
    bj_feed_msg_t msg = order(++bed.seq, 0, 70, false, 10000, 5);
    bj_hw_book_message(bed.book, &msg, bed.now_ns);
    steps(&bed, 300);
    BJ_CHECK(!bed.exact[0] && token(&bed, 0)->retries > 0);
    card_hears(&bed.card, &msg);
    steps(&bed, 3000);
    BJ_CHECK(bed.exact[0]);
    send(&bed, 0);
    BJ_CHECK(bed.answers == 1);
    bed_close(&bed);
}

/* The same where the C book has it by a snapshot, of which no message has a number. */
static void test_no_snapshot_twice(void) {
    bed_t bed;
    bed_exact(&bed);
    bj_hw_book_message(bed.book, NULL, bed.now_ns);
    bj_feed_msg_t msg = order(0, 0, 70, false, 10000, 5);
    bj_hw_book_message(bed.book, &msg, bed.now_ns);
    bed.seq = 50;
    msg = order(bed.seq, 1, 71, false, 10000, 5);
    bj_hw_book_message(bed.book, &msg, bed.now_ns);
    steps(&bed, 300); /* the card is at 7 */
    BJ_CHECK(figures(&bed)->exact == 0 && figures(&bed)->retries > 0);
    bed.card.next_seq = bed.seq;
    steps(&bed, 3000);
    BJ_CHECK(bed.exact[0] && !bed.exact[1] && bed.exact[2]);
    bed.card.next_seq = bed.seq + 1;
    steps(&bed, 3000);
    BJ_CHECK(figures(&bed)->exact == TOKENS);
    bed_close(&bed);
}

/* The stream begins again while a load's frames are on their way: they are not the next load's. */
static void test_frames_left_over(void) {
    bed_t bed;
    bed_exact(&bed);
    bed.card.voids = 1;
    for (int i = 0; i < 200 && !bed.card.loading; i++)
        steps(&bed, 1);
    bed.card.host_busy = true;
    steps(&bed, 20);
    BJ_CHECK(bed.card.late_cnt == 2);
    uint32_t load_cnt = bed.card.load_cnt;
    bj_hw_book_message(bed.book, NULL, bed.now_ns);
    bed.card.voids = bed.card.loading = 0;
    for (uint32_t i = 0; i < TOKENS; i++)
        empty(&bed.card, i);
    bed.seq = 0;
    send(&bed, 1);
    steps(&bed, 1000);
    BJ_CHECK(bed.card.load_cnt == load_cnt);
    host_goes_on(&bed.card);
    steps(&bed, 1000);
    BJ_CHECK(figures(&bed)->exact == TOKENS);
    send(&bed, 0);
    BJ_CHECK(bed.answers == 1 && figures(&bed)->different == 0);
    bed_close(&bed);
}

/* A message between GOOD and our knowing of it: the card answers it, and that counts. */
static void test_good_on_its_way(void) {
    bed_t bed;
    bed_exact(&bed);
    bed.card.slow_good = 20;
    bed.card.voids = 1;
    for (int i = 0; i < 100 && bed.exact[0]; i++)
        steps(&bed, 1);
    for (int i = 0; i < 200 && (bed.card.voids || bed.card.loading); i++)
        steps(&bed, 1);
    BJ_CHECK(!bed.card.voids && !bed.exact[0]);
    bj_feed_msg_t msg = order(++bed.seq, 0, 70, false, 10000, 5);
    both(&bed, &msg);
    steps(&bed, 3);
    BJ_CHECK(!bed.exact[0] && bed.answers == 0);
    steps(&bed, 1500);
    BJ_CHECK(bed.exact[0] && bed.answers == 1 && figures(&bed)->voids == 1);
    /* And before it: void, and once more. */
    bed.card.voids = 1;
    for (int i = 0; i < 200 && !bed.card.loading; i++)
        steps(&bed, 1);
    bed.card.host_busy = true;
    steps(&bed, 100);
    BJ_CHECK(bed.card.loading == 1);
    host_goes_on(&bed.card);
    msg = order(++bed.seq, 0, 71, false, 10000, 5);
    both(&bed, &msg);
    steps(&bed, 1500);
    BJ_CHECK(bed.exact[0] && bed.answers == 1 && token(&bed, 0)->retries == 1);
    bed_close(&bed);
}

static void test_card_goes(void) {
    bed_t bed;
    bed_exact(&bed);
    bed.card.boots = 0;
    steps(&bed, 1);
    BJ_CHECK(figures(&bed)->wrong == BJ_HW_NO_CARD && figures(&bed)->exact == 0 &&
             token(&bed, 2)->voids[BJ_HW_REASON_CARD] == 1);
    for (int i = 0; i < 10; i++) { /* the C book goes on */
        bed.seq++;
        bj_feed_msg_t msg = order(bed.seq, 0, 200 + bed.seq, false, 9990, 5);
        bj_hw_book_message(bed.book, &msg, bed.now_ns);
    }
    bed.card.boots = 2; /* and forgot everything */
    for (uint32_t i = 0; i < TOKENS; i++)
        empty(&bed.card, i);
    bed.card.next_seq = bed.seq + 1;
    steps(&bed, 400);
    BJ_CHECK(figures(&bed)->exact == TOKENS && figures(&bed)->boots == 2);
    send(&bed, 0);
    BJ_CHECK(bed.answers == 1);
    uint64_t retries = figures(&bed)->retries;
    bed.card.answers[bed.card.head++ % ANSWERS] =
        (bj_hw_answer_t){.seq = bed.seq, .idx = 0, .is_void = true};
    bed.card.deaf = true;
    steps(&bed, 200);
    BJ_CHECK(figures(&bed)->retries == retries); /* no load into it */
    BJ_CHECK(figures(&bed)->wrong == BJ_HW_NO_CARD && figures(&bed)->timeouts > 0 &&
             figures(&bed)->exact == 0);
    bed.card.deaf = false;
    steps(&bed, 400);
    BJ_CHECK(figures(&bed)->exact == TOKENS && figures(&bed)->boots == 3);
    bed_close(&bed);
}

static void test_wrong_cards(void) {
    bed_t bed;
    bed_open(&bed);
    bj_feed_msg_t msg = order(++bed.seq, 0, 1, false, 10000, 5);
    both(&bed, &msg);
    bed.card.reg[BJ_HW_ID / 4] = 7;
    steps(&bed, 300);
    BJ_CHECK(figures(&bed)->wrong == BJ_HW_NOT_OURS && figures(&bed)->ready == 0);
    bed.card.reg[BJ_HW_ID / 4] = 0x424a4857;
    static const uint32_t shapes[] = {5 << 24 | 10 << 8 | 1, 4 << 24 | 10 << 8 | 6, 5 << 24 | 6,
                                      5 << 24 | 10 << 8 | 77};
    for (size_t i = 0; i < BJ_COUNT(shapes); i++) {
        bed.card.reg[BJ_HW_SHAPE / 4] = shapes[i];
        steps(&bed, 300);
        BJ_CHECK(figures(&bed)->wrong == BJ_HW_TOO_SMALL);
    }
    bed.card.reg[BJ_HW_SHAPE / 4] = 4 << 28 | 5 << 24 | 10 << 8 | 2; /* desks of 4 bits */
    steps(&bed, 300);
    BJ_CHECK(figures(&bed)->wrong == BJ_HW_RIGHT && figures(&bed)->exact == TOKENS);
    bed_close(&bed);
}

static void test_begins_again(void) {
    bed_t bed;
    bed_exact(&bed);
    bj_hw_book_message(bed.book, NULL, bed.now_ns);
    BJ_CHECK(figures(&bed)->exact == 0 && token(&bed, 0)->voids[BJ_HW_REASON_CLEARED] == 1);
    steps(&bed, 500);
    BJ_CHECK(figures(&bed)->exact == 0); /* nobody knows where the stream is */
    for (uint32_t i = 0; i < TOKENS; i++)
        empty(&bed.card, i);
    bj_feed_msg_t snapshot = order(0, 0, 5, false, 9000, 5);
    bj_hw_book_message(bed.book, &snapshot, bed.now_ns);
    steps(&bed, 500);
    BJ_CHECK(figures(&bed)->exact == 0);
    bed.seq = 0;
    send(&bed, 1);
    steps(&bed, 500);
    BJ_CHECK(figures(&bed)->exact == TOKENS);
    send(&bed, 0);
    BJ_CHECK(bed.answers == 1);
    bj_hw_book_lost(bed.book);
    steps(&bed, 500);
    BJ_CHECK(figures(&bed)->exact == 0 && token(&bed, 0)->voids[BJ_HW_REASON_FULL] == 1);
    bed_close(&bed);
}

static void test_full(void) {
    bed_t bed;
    bed_exact(&bed);
    for (int i = 0; i < 1100; i++) {
        bed.seq++;
        bj_feed_msg_t msg = order(bed.seq, 0, 1000 + bed.seq, false, 10000, 5);
        bj_hw_book_message(bed.book, &msg, bed.now_ns);
    }
    BJ_CHECK(figures(&bed)->exact == 0 && token(&bed, 1)->voids[BJ_HW_REASON_FULL] == 1);
    bed_close(&bed);
    bj_hw_book_config_t none = {.tokens = tokens, .token_cnt = 0, .order_max = 10};
    BJ_CHECK(!bj_hw_book_new(&none));
}

int main(void) {
    test_loads_and_agrees();
    test_differs();
    test_silent_and_stray();
    test_ahead();
    test_far_ahead();
    test_answer_spoilt();
    test_reasons();
    test_load_troubles();
    test_no_message_twice();
    test_no_snapshot_twice();
    test_frames_left_over();
    test_good_on_its_way();
    test_card_goes();
    test_wrong_cards();
    test_begins_again();
    test_full();
    return bj_test_end("test_bj_hw_book");
}
