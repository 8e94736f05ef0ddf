/* Goal: two ledgers that are the same agree, and each kind of difference is found, by its name. */
#include "sim/exchange/bj_agree.h"

#include "dataplane/base/bj_test.h"

enum { DESK = 3, USER = 1 };
static bj_agree_t agree;
static const char *said;
static uint64_t said_id;

static void say(uint64_t order_id, const char *what) { said = what, said_id = order_id; }

static bj_event_t event_of(uint16_t type, uint64_t order_id, int32_t cum_qty) {
    return (bj_event_t){.type = type, .order_id = order_id, .token = 101, .side = BJ_BUY,
                        .price_paise = 10000, .qty = 100, .cum_qty = cum_qty,
                        .leaves_qty = type == BJ_EV_CANCELLED ? 0 : 100 - cum_qty};
}

static void our(bj_event_t event, uint64_t session_seq) {
    bool to_venue = event.type == BJ_EV_TO_VENUE;
    event.session_id = to_venue ? BJ_SESSION_INTERNAL : DESK;
    event.session_seq = session_seq;
    BJ_CHECK(bj_agree_our(&agree, &event));
}

/* The exchange's number of it is another; its reference is ours. */
static void their(bj_event_t event) {
    event.session_id = USER;
    event.client_order_id = (uint64_t)USER << 56 | 5ull << 32 | event.order_id;
    event.order_id += 900000;
    BJ_CHECK(bj_agree_their(&agree, &event));
}

static void both(uint16_t type, uint64_t order_id, int32_t cum_qty, int32_t last_qty,
                 uint64_t session_seq) {
    bj_event_t event = event_of(type, order_id, cum_qty);
    event.last_qty = last_qty, event.last_price_paise = 9995;
    event.match_id = type == BJ_EV_TRADE ? order_id * 10 : 0;
    our(event, session_seq);
    their(event);
}

/* An open one, one that is filled, one cancelled, one that never got there. */
static void good(void) {
    bj_agree_free(&agree);
    said = NULL, said_id = 0;
    for (uint64_t id = 1; id <= 4; id++) our(event_of(BJ_EV_TO_VENUE, id, 0), 0);
    for (uint64_t id = 1; id <= 3; id++) both(BJ_EV_ACCEPTED, id, 0, 0, id);
    both(BJ_EV_TRADE, 1, 40, 40, 0);
    both(BJ_EV_TRADE, 2, 100, 100, 0);
    both(BJ_EV_CANCELLED, 3, 0, 0, 5);
    our(event_of(BJ_EV_REJECTED, 4, 0), 4);
}

static void differs(const char *what, uint64_t order_id) {
    bj_agree_sums_t sums = bj_agree_compare(&agree, say);
    BJ_CHECK(sums.differences == 1 && said && strcmp(said, what) == 0 && said_id == order_id);
    if (!said || strcmp(said, what) != 0) fprintf(stderr, "  %s: %s\n", what, said ? said : "-");
}

static void test_same(void) {
    good();
    bj_agree_sums_t sums = bj_agree_compare(&agree, say);
    BJ_CHECK(sums.differences == 0 && !said);
    BJ_CHECK(sums.orders == 3 && sums.open == 1 && sums.refused == 1 && sums.fills == 2);
    BJ_CHECK(sums.between == 0);
    bj_event_t sell = event_of(BJ_EV_TRADE, 2, 100);
    sell.order_id = 6, sell.match_id = 20; /* the other side of that trade is ours too */
    their(sell);
    BJ_CHECK(bj_agree_compare(&agree, say).between == 1);
    good();
    our(event_of(BJ_EV_ACCEPTED, 5000, 0), 6), our(event_of(BJ_EV_CANCELLED, 5000, 0), 0);
    their(event_of(BJ_EV_ACCEPTED, 5000, 0)), their(event_of(BJ_EV_CANCELLED, 5000, 0));
    BJ_CHECK(bj_agree_compare(&agree, say).differences == 0);
}

static void test_differences(void) {
    good(), our(event_of(BJ_EV_TO_VENUE, 5, 0), 0);
    differs("it has no answer", 5);
    good(), our(event_of(BJ_EV_TO_VENUE, 5, 0), 0), their(event_of(BJ_EV_ACCEPTED, 5, 0));
    differs("the exchange has it, and it has no answer here", 5);
    good(), our(event_of(BJ_EV_TO_VENUE, 5, 0), 0), our(event_of(BJ_EV_ACCEPTED, 5, 0), 6);
    differs("the exchange does not have it", 5);
    good(), their(event_of(BJ_EV_ACCEPTED, 7, 0));
    differs("the exchange has it, and it is not ours", 7);
    good(), their(event_of(BJ_EV_ACCEPTED, 4, 0));
    differs("the exchange has it, and it was refused here", 4);
    their(event_of(BJ_EV_CANCELLED, 4, 0)); /* and has cancelled it since */
    bj_agree_sums_t sums = bj_agree_compare(&agree, say);
    BJ_CHECK(sums.differences == 0 && sums.strays == 1);
    good(), their(event_of(BJ_EV_CANCELLED, 1, 40));
    differs("it has ended at the exchange, and not here", 1);
    good(), our(event_of(BJ_EV_CANCELLED, 1, 40), 6);
    differs("it is open at the exchange, and not here", 1);
    good(), our(event_of(BJ_EV_TRADE, 1, 50), 0);
    differs("its trades differ", 1);
    bj_event_t more = event_of(BJ_EV_MODIFIED, 1, 60); /* a trade of 20 is in neither's */
    good(), their(more);
    differs("the exchange says that it traded more than its trades there come to", 1);
    more = event_of(BJ_EV_TRADE, 1, 100);
    more.last_qty = 40;
    good(), their(more); /* 20 of 100 are missing; it stays open here */
    differs("the exchange says that it traded more than its trades there come to", 1);
    bj_event_t changed = event_of(BJ_EV_MODIFIED, 1, 40);
    changed.price_paise = 9900;
    good(), their(changed);
    differs("its price differs", 1);
    changed.price_paise = 10000, changed.qty = 120, changed.leaves_qty = 80;
    good(), our(changed, 6);
    differs("its quantity differs", 1);
    good(), our(event_of(BJ_EV_MODIFIED, 1, 40), 1); /* request 1 had its answer */
    differs("requests were answered twice", 0);
    good(), our(event_of(BJ_EV_ACCEPTED, 1, 40), 9);
    differs("it was answered twice", 1);
    bj_event_t again = event_of(BJ_EV_ACCEPTED, 1, 40);
    again.session_id = USER, again.order_id = 77, again.client_order_id = 1;
    good();
    BJ_CHECK(bj_agree_their(&agree, &again));
    differs("the exchange has it twice", 1);
}

static void their_full(bj_event_t event, uint64_t count) {
    event.session_id = USER;
    event.client_order_id = (uint64_t)USER << 56 | 1ull << 55 | count << 32;
    event.order_id += 900000;
    BJ_CHECK(bj_agree_their(&agree, &event));
}

/* Two stops in the full form that look alike, one of them cancelled. */
static void test_nameless(void) {
    good();
    for (uint64_t id = 5; id <= 6; id++) {
        our(event_of(BJ_EV_TO_VENUE, id, 0), 0), our(event_of(BJ_EV_ACCEPTED, id, 0), id + 5);
        their_full(event_of(BJ_EV_ACCEPTED, id, 0), id);
    }
    our(event_of(BJ_EV_CANCELLED, 6, 0), 0), their_full(event_of(BJ_EV_CANCELLED, 5, 0), 5);
    BJ_CHECK(bj_agree_compare(&agree, say).differences == 0);
    BJ_CHECK(bj_agree_compare(&agree, say).differences == 0 && !said);
    our(event_of(BJ_EV_TO_VENUE, 7, 0), 0), our(event_of(BJ_EV_ACCEPTED, 7, 0), 20);
    differs("the exchange does not have it", 7);
    their_full(event_of(BJ_EV_ACCEPTED, 7, 0), 7), their_full(event_of(BJ_EV_ACCEPTED, 8, 0), 8);
    differs("the exchange has one without a reference that none of ours is", 0);
    their_full(event_of(BJ_EV_CANCELLED, 8, 0), 8);
    bj_agree_sums_t sums = bj_agree_compare(&agree, NULL);
    BJ_CHECK(sums.differences == 0 && sums.strays == 1);
}

int main(void) {
    test_same();
    test_differences();
    test_nameless();
    bj_agree_free(&agree);
    return bj_test_end("test_bj_agree");
}
