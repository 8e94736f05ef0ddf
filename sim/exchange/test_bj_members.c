/* Goal: a member's order lives in the model's market as any order: it takes what is there, rests,
 * is hit by the model's traders, is told in the feed, ends once; what is refused changes nothing;
 * another that is told the same events has the same orders. */
#include "sim/exchange/bj_members.h"

#include "dataplane/base/bj_test.h"
#include "sim/exchange/test_members_bed.h"

static bed_t bed;

/* --- one order's way --- */
static void test_takes_and_rests(void) {
    bed_begin(&bed, 1);
    int32_t ask = best(&bed, BJ_SELL), bid = best(&bed, BJ_BUY);
    int64_t there = bj_books_side_qty(bed.books, bed.row, BJ_SELL);
    bj_level_t level;
    bj_books_best(bed.books, bed.row, BJ_SELL, &level);
    int32_t qty = (int32_t)level.qty + bed.lot;
    bj_event_t last = order(&bed, BJ_BUY, ask, qty);
    BJ_CHECK(bed.got[0].type == BJ_EV_ACCEPTED && bed.got[0].session_seq == bed.seq);
    BJ_CHECK(last.type == BJ_EV_TRADE && last.leaves_qty == bed.lot);
    BJ_CHECK(last.last_price_paise == ask);
    BJ_CHECK(last.session_seq == bed.seq && !(last.flags & BJ_FLAG_MAKER) && last.match_id > 0);
    BJ_CHECK(bj_books_side_qty(bed.books, bed.row, BJ_SELL) == there - level.qty);
    BJ_CHECK(best(&bed, BJ_BUY) == ask && bid < ask);
    bj_order_t *rest = bj_books_find(bed.follower.books, last.order_id); /* in the feed, too */
    BJ_CHECK(rest && rest->qty == bed.lot && bed.last_feed_id == last.order_id);
    check_same(&bed);
    last = cancel(&bed, last.order_id);
    BJ_CHECK(last.type == BJ_EV_CANCELLED && last.reason == BJ_END_USER && last.leaves_qty == 0);
    BJ_CHECK(!bj_books_find(bed.follower.books, last.order_id) && best(&bed, BJ_BUY) == bid);
    last = cancel(&bed, last.order_id);
    BJ_CHECK(last.type == BJ_EV_REQUEST_REJECTED && last.reason == BJ_REJ_ORDER_UNKNOWN);
    check_same(&bed);
    bed_end(&bed);
}

/* The model's traders hit what rests at a price that is too good. */
static void test_is_hit(void) {
    bed_begin(&bed, 2);
    int32_t bid = best(&bed, BJ_BUY);
    bj_event_t first = order(&bed, BJ_SELL, bid + 4 * bed.tick, 3 * bed.lot);
    BJ_CHECK(first.type == BJ_EV_ACCEPTED && first.leaves_qty == 3 * bed.lot);
    bed.got_cnt = 0;
    bj_event_t cheap = order(&bed, BJ_SELL, bed.of->band_lo_paise, bed.of->freeze_qty);
    BJ_CHECK(cheap.leaves_qty > 0); /* took all the bids, and now offers at the band's end */
    int32_t filled = 0, leaves = cheap.leaves_qty;
    bed.got_cnt = 0;
    for (int i = 0; i < 6000 && leaves; i++) {
        bed_steps(&bed, 1);
        for (size_t e = 0; e < bed.got_cnt; e++) {
            const bj_event_t *event = &bed.got[e];
            if (event->order_id != cheap.order_id) continue;
            BJ_CHECK(event->type == BJ_EV_TRADE && (event->flags & BJ_FLAG_MAKER));
            BJ_CHECK(event->session_seq == 0 && event->contra_order_id != cheap.order_id);
            filled += event->last_qty, leaves = event->leaves_qty;
        }
        bed.got_cnt = 0;
    }
    BJ_CHECK(filled > 0);
    check_same(&bed);
    bed_end(&bed);
}

static void test_ioc_and_market(void) {
    bed_begin(&bed, 3);
    int32_t ask = best(&bed, BJ_SELL);
    bj_event_t last = order_of(&bed, (bj_cmd_t){.side = BJ_BUY, .price_paise = ask - bed.tick,
                                                .qty = bed.lot, .tif = BJ_IOC,
                                                .order_type = BJ_LIMIT});
    BJ_CHECK(last.type == BJ_EV_CANCELLED && last.reason == BJ_END_IOC && last.cum_qty == 0);
    BJ_CHECK(last.session_seq == bed.seq);
    last = order_of(&bed, (bj_cmd_t){.side = BJ_BUY, .qty = bed.lot, .tif = BJ_DAY,
                                     .order_type = BJ_MARKET});
    BJ_CHECK(last.type == BJ_EV_TRADE && last.leaves_qty == 0 && last.price_paise == 0);
    BJ_CHECK(last.last_price_paise == ask);
    last = order_of(&bed, (bj_cmd_t){.side = BJ_SELL, .qty = bed.of->freeze_qty, .tif = BJ_DAY,
                                     .order_type = BJ_MARKET});
    BJ_CHECK(last.type == BJ_EV_CANCELLED && last.reason == BJ_END_NO_LIQUIDITY);
    BJ_CHECK(!best(&bed, BJ_BUY) && last.cum_qty > 0);
    check_same(&bed);
    bed_end(&bed);
}

static void test_modify(void) {
    bed_begin(&bed, 4);
    int32_t price = best(&bed, BJ_BUY) - 20 * bed.tick;
    bj_event_t first = order(&bed, BJ_BUY, price, 4 * bed.lot);
    bj_event_t second = order(&bed, BJ_BUY, price, 2 * bed.lot);
    BJ_CHECK(is_before(&bed, first.order_id, second.order_id));
    bj_event_t got = modify(&bed, &first, price, 3 * bed.lot, 0); /* less: its place is kept */
    BJ_CHECK(got.type == BJ_EV_MODIFIED && got.leaves_qty == 3 * bed.lot);
    BJ_CHECK(is_before(&bed, first.order_id, second.order_id));
    got = modify(&bed, &first, price, 5 * bed.lot, 0); /* more: lost */
    BJ_CHECK(got.type == BJ_EV_MODIFIED && is_before(&bed, second.order_id, first.order_id));
    got = modify(&bed, &first, price, 5 * bed.lot, 0);
    BJ_CHECK(got.type == BJ_EV_REQUEST_REJECTED && got.reason == BJ_REJ_UNCHANGED);
    got = modify(&bed, &first, price + 1, 5 * bed.lot, 0);
    BJ_CHECK(bed.tick > 1 && got.reason == BJ_REJ_TICK && got.leaves_qty == 5 * bed.lot);
    check_same(&bed);
    int32_t ask = best(&bed, BJ_SELL);
    got = modify(&bed, &first, ask, 5 * bed.lot, 0); /* across the spread */
    BJ_CHECK(got.type == BJ_EV_TRADE && got.last_price_paise == ask && got.session_seq == bed.seq);
    got = modify(&bed, &second, best(&bed, BJ_BUY) - bed.tick, 2 * bed.lot, 0);
    BJ_CHECK(got.type == BJ_EV_MODIFIED);
    check_same(&bed);
    bed_end(&bed);
}

static void test_stop(void) {
    bed_begin(&bed, 5);
    int32_t ask = best(&bed, BJ_SELL), trigger = ask + 3 * bed.tick;
    bj_event_t stop = order_of(&bed, (bj_cmd_t){
        .side = BJ_BUY, .price_paise = trigger + 2 * bed.tick, .trigger_price_paise = trigger,
        .qty = bed.lot, .order_type = BJ_SL, .tif = BJ_DAY});
    BJ_CHECK(stop.type == BJ_EV_ACCEPTED && !bj_books_find(bed.books, stop.order_id));
    bj_event_t market = order_of(&bed, (bj_cmd_t){
        .side = BJ_BUY, .trigger_price_paise = trigger + bed.tick, .qty = bed.lot,
        .order_type = BJ_SL_M, .tif = BJ_DAY});
    BJ_CHECK(market.type == BJ_EV_ACCEPTED && bj_members_stats(bed.members).stops == 2);
    bj_event_t moved = modify(&bed, &market, 0, bed.lot, trigger + 2 * bed.tick);
    BJ_CHECK(moved.type == BJ_EV_MODIFIED && moved.trigger_price_paise == trigger + 2 * bed.tick);
    bed.got_cnt = 0; /* somebody trades through both triggers */
    (void)order_of(&bed, (bj_cmd_t){.side = BJ_BUY, .price_paise = trigger + 2 * bed.tick,
                                    .qty = bed.of->freeze_qty / bed.lot * bed.lot,
                                    .order_type = BJ_LIMIT, .tif = BJ_IOC});
    BJ_CHECK(count(&bed, BJ_EV_TRIGGERED) == 2 && bj_members_stats(bed.members).stops == 0);
    BJ_CHECK(event_of(&bed, BJ_EV_TRIGGERED, stop.order_id) <
             event_of(&bed, BJ_EV_TRIGGERED, market.order_id));
    bj_event_t at_once = order_of(&bed, (bj_cmd_t){ /* the last price has passed it already */
        .side = BJ_BUY, .price_paise = trigger, .trigger_price_paise = trigger, .qty = bed.lot,
        .order_type = BJ_SL, .tif = BJ_DAY});
    BJ_CHECK(at_once.type == BJ_EV_TRIGGERED);
    check_same(&bed);
    bed_end(&bed);
}

/* By the model's own trades alone. */
static void test_stop_by_market(void) {
    bed_begin(&bed, 6);
    bed_steps(&bed, 200);
    bed.got_cnt = 0;
    bj_event_t stop = order_of(&bed, (bj_cmd_t){
        .side = BJ_SELL, .price_paise = bed.of->band_lo_paise, .qty = bed.lot, .tif = BJ_DAY,
        .trigger_price_paise = best(&bed, BJ_BUY) - bed.tick, .order_type = BJ_SL});
    for (int i = 0; i < 20000 && bj_members_stats(bed.members).stops; i++) bed_steps(&bed, 1);
    BJ_CHECK(count(&bed, BJ_EV_TRIGGERED) == 1);
    BJ_CHECK(event_of(&bed, BJ_EV_TRADE, stop.order_id) < bed.got_cnt);
    check_same(&bed);
    bed_end(&bed);
}

static void test_disclosed(void) {
    bed_begin(&bed, 7);
    int32_t price = best(&bed, BJ_SELL) - bed.tick;
    if (price <= best(&bed, BJ_BUY)) price = best(&bed, BJ_SELL);
    bj_event_t iceberg = order_of(&bed, (bj_cmd_t){
        .side = BJ_SELL, .price_paise = price, .qty = 10 * bed.lot, .disclosed_qty = 2 * bed.lot,
        .order_type = BJ_LIMIT, .tif = BJ_DAY});
    bj_order_t *there = bj_books_find(bed.follower.books, iceberg.order_id);
    BJ_CHECK(there && there->qty == 2 * bed.lot);
    bj_event_t behind = order(&bed, BJ_SELL, price, bed.lot);
    BJ_CHECK(is_before(&bed, iceberg.order_id, behind.order_id));
    while (bed.got_cnt = 0, bj_books_find(bed.books, behind.order_id))
        (void)order(&bed, BJ_BUY, price, bed.lot);
    there = bj_books_find(bed.follower.books, iceberg.order_id);
    BJ_CHECK(there && there->qty == 2 * bed.lot); /* its next slice went behind the other */
    bj_event_t got = order_of(&bed, (bj_cmd_t){
        .side = BJ_SELL, .price_paise = price, .qty = 100 * bed.lot, .disclosed_qty = bed.lot,
        .order_type = BJ_LIMIT, .tif = BJ_DAY});
    BJ_CHECK(got.type == BJ_EV_REJECTED && got.reason == BJ_REJ_DISCLOSED);
    check_same(&bed);
    bed_end(&bed);
}

/* --- refused --- */
static void test_refused(void) {
    bed_begin(&bed, 8);
    const bj_universe_row_t *of = bed.of;
    int32_t lot = bed.lot, bid = best(&bed, BJ_BUY), tick = bed.tick;
    const struct { bj_cmd_t cmd; bj_status_t want; } cases[] = {
        {{.side = BJ_BUY, .price_paise = bid, .qty = 0}, BJ_REJ_QTY},
        {{.side = BJ_BUY, .price_paise = bid, .qty = -5}, BJ_REJ_QTY},
        {{.side = 'X', .price_paise = bid, .qty = lot}, BJ_REJ_ORDER_TYPE},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .order_type = 9}, BJ_REJ_ORDER_TYPE},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .tif = 9}, BJ_REJ_ORDER_TYPE},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .tif = BJ_GTD}, BJ_REJ_TIF},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .tif = BJ_GTC}, BJ_REJ_TIF},
        {{.side = BJ_BUY, .price_paise = 0, .qty = lot}, BJ_REJ_PRICE},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .order_type = BJ_MARKET}, BJ_REJ_PRICE},
        {{.side = BJ_BUY, .price_paise = bid + 1, .qty = lot}, BJ_REJ_TICK},
        {{.side = BJ_BUY, .price_paise = of->band_lo_paise - tick, .qty = lot},
         BJ_REJ_PRICE_BAND},
        {{.side = BJ_SELL, .price_paise = of->band_hi_paise + tick, .qty = lot},
         BJ_REJ_PRICE_BAND},
        {{.side = BJ_BUY, .price_paise = bid, .qty = of->freeze_qty + lot}, BJ_REJ_FREEZE_QTY},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .order_type = BJ_SL}, BJ_REJ_TRIGGER},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .order_type = BJ_SL,
          .trigger_price_paise = bid + tick}, BJ_REJ_TRIGGER},
        {{.side = BJ_SELL, .price_paise = bid, .qty = lot, .order_type = BJ_SL,
          .trigger_price_paise = bid - tick}, BJ_REJ_TRIGGER},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .trigger_price_paise = bid},
         BJ_REJ_FIELD},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .disclosed_qty = 2 * lot},
         BJ_REJ_DISCLOSED},
        {{.side = BJ_BUY, .price_paise = bid, .qty = lot, .token = 99}, BJ_REJ_INSTRUMENT_UNKNOWN},
        {{.side = BJ_BUY, .price_paise = 40000, .qty = 100, .token = 35001}, /* another segment's */
         BJ_REJ_INSTRUMENT_UNKNOWN},
    };
    uint64_t before = follow_hash(bed.books);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        unsigned fails = bj_fail_cnt;
        bj_event_t got = order_of(&bed, cases[i].cmd);
        BJ_CHECK(got.type == BJ_EV_REJECTED && got.reason == cases[i].want);
        BJ_CHECK(got.session_seq == bed.seq && got.qty == cases[i].cmd.qty && got.order_id);
        if (bj_fail_cnt != fails)
            fprintf(stderr, "  in case %zu: %s\n", i, bj_status_text((bj_status_t)got.reason));
    }
    BJ_CHECK(follow_hash(bed.books) == before);
    check_same(&bed);
    bed_end(&bed);
}

static void test_many(void) {
    bed_begin(&bed, 9);
    int32_t bid = best(&bed, BJ_BUY), ask = best(&bed, BJ_SELL);
    uint64_t before = follow_hash(bed.books);
    for (int i = 1; i <= 5; i++) {
        (void)order(&bed, BJ_BUY, bid - i * bed.tick, bed.lot);
        (void)order_of(&bed, (bj_cmd_t){.side = BJ_SELL, .price_paise = ask + i * bed.tick,
                                        .qty = bed.lot, .order_type = BJ_LIMIT, .tif = BJ_DAY,
                                        .flags = BJ_FLAG_CANCEL_ON_DISCONNECT});
    }
    bed.got_cnt = 0;
    bj_event_t last = tell(&bed, (bj_cmd_t){.type = BJ_CMD_DISCONNECT, .session_id = SESSION});
    BJ_CHECK(last.type == BJ_EV_MASS_DONE && last.value == 5 && count(&bed, BJ_EV_CANCELLED) == 5);
    BJ_CHECK(bed.got[0].reason == BJ_END_DISCONNECT && bed.got[0].session_seq == 0);
    bed.got_cnt = 0;
    last = tell(&bed, (bj_cmd_t){.type = BJ_CMD_MASS_CANCEL, .session_id = SESSION + 1});
    BJ_CHECK(last.type == BJ_EV_MASS_DONE && last.value == 0); /* somebody else's */
    last = tell(&bed, (bj_cmd_t){.type = BJ_CMD_MASS_CANCEL, .session_id = SESSION,
                                 .session_seq = 77, .token = bed.of->token});
    BJ_CHECK(last.value == 5 && last.session_seq == 77 && last.reason == BJ_END_MASS);
    BJ_CHECK(follow_hash(bed.books) == before && bj_members_stats(bed.members).open == 0);
    (void)order(&bed, BJ_BUY, bid - bed.tick, bed.lot);
    bed.got_cnt = 0;
    bj_members_end_day(bed.members);
    bed_take(&bed);
    BJ_CHECK(bed.got_cnt == 1 && bed.got[0].reason == BJ_END_DAY);
    last = tell(&bed, (bj_cmd_t){.type = BJ_CMD_LIMIT, .session_id = SESSION, .session_seq = 80});
    BJ_CHECK(last.type == BJ_EV_REQUEST_REJECTED && last.reason == BJ_REJ_NOT_PERMITTED);
    check_same(&bed);
    bed_end(&bed);
}

int main(void) {
    test_takes_and_rests();
    test_is_hit();
    test_ioc_and_market();
    test_modify();
    test_stop();
    test_stop_by_market();
    test_disclosed();
    test_refused();
    test_many();
    return bj_test_end("test_bj_members");
}
