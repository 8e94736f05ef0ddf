/* Goal: a list is what the database and the live session know together, in order, each order once,
 * the newer view of it; against a simple model with random orders. */
#include <stdlib.h>
#include "controlplane/orders/bj_order_table.h"
#include "dataplane/base/bj_test.h"

static bj_order_view_t order(uint32_t account_id, uint64_t id, uint64_t event_seq,
                             bj_order_state_t state) {
    return (bj_order_view_t){.account_id = account_id, .order_id = id, .event_seq = event_seq,
                             .state = state};
}

static void test_merge(void) {
    bj_order_table_t *table = bj_order_table_new();
    bj_order_view_t live[] = {order(1, 5, 50, BJ_ORDER_OPEN), order(1, 9, 90, BJ_ORDER_FILLED),
                              order(1, 3, 60, BJ_ORDER_CANCELLED),
                              order(4097, 8, 80, BJ_ORDER_OPEN)};
    for (size_t i = 0; i < BJ_COUNT(live); i++) bj_order_table_put(table, &live[i]);
    bj_order_view_t rows[6] = {order(1, 7, 40, BJ_ORDER_OPEN), order(1, 5, 55, BJ_ORDER_FILLED),
                               order(1, 3, 30, BJ_ORDER_OPEN), order(1, 2, 20, BJ_ORDER_OPEN)};
    size_t cnt = bj_order_table_merge(table, 1, false, rows, 4, 6);
    static const uint64_t ids[] = {9, 7, 5, 3, 2}, seqs[] = {90, 40, 55, 60, 20};
    BJ_CHECK(cnt == 5);
    for (size_t i = 0; i < cnt; i++)
        BJ_CHECK(rows[i].order_id == ids[i] && rows[i].event_seq == seqs[i]);
    cnt = bj_order_table_merge(table, 1, true, rows, 5, 6);
    BJ_CHECK(cnt == 2 && rows[0].order_id == 7 && rows[1].order_id == 2);
    /* What has ended takes no room of what is open. */
    rows[0] = order(1, 2, 20, BJ_ORDER_OPEN);
    BJ_CHECK(bj_order_table_merge(table, 1, true, rows, 1, 2) == 2);
    BJ_CHECK(rows[0].order_id == 5 && rows[1].order_id == 2);
    /* Nobody else's, though both accounts share a bucket. */
    bj_order_view_t none[2];
    BJ_CHECK(bj_order_table_merge(table, 4097, false, none, 0, 2) == 1 && none[0].order_id == 8);
    BJ_CHECK(bj_order_table_merge(table, 2, false, none, 0, 2) == 0);
    BJ_CHECK(!bj_order_table_get(table, 2, 5, none) && bj_order_table_get(table, 1, 5, none));
    bj_order_table_free(table);
}

static void test_room(void) {
    bj_order_table_t *table = bj_order_table_new();
    for (uint64_t id = 1; id <= 10; id++) {
        bj_order_view_t v = order(1, id, id, BJ_ORDER_OPEN);
        bj_order_table_put(table, &v);
    }
    for (size_t room = 0; room <= 12; room++) {
        bj_order_view_t *exact = calloc(room ? room : 1, sizeof *exact);
        size_t cnt = bj_order_table_merge(table, 1, false, exact, 0, room);
        BJ_CHECK(cnt == (room < 10 ? room : 10));
        for (size_t i = 0; i < cnt; i++) BJ_CHECK(exact[i].order_id == 10 - i);
        free(exact);
    }
    bj_order_table_free(table);
}

static void test_prune(void) {
    bj_order_table_t *table = bj_order_table_new();
    bj_order_view_t v[] = {order(1, 1, 10, BJ_ORDER_OPEN), order(1, 2, 11, BJ_ORDER_FILLED),
                           order(1, 3, 12, BJ_ORDER_REJECTED), order(1, 4, 13, BJ_ORDER_CANCELLED)};
    for (size_t i = 0; i < BJ_COUNT(v); i++) bj_order_table_put(table, &v[i]);
    bj_order_table_prune(table, 12);
    BJ_CHECK(bj_order_table_cnt(table) == 2); /* the open one stays, so does the later one */
    BJ_CHECK(bj_order_table_get(table, 1, 1, v) && bj_order_table_get(table, 1, 4, v));
    bj_order_view_t old = order(1, 4, 12, BJ_ORDER_OPEN);
    bj_order_table_put(table, &old); /* an older view replaces nothing */
    BJ_CHECK(bj_order_table_get(table, 1, 4, v) && v[0].event_seq == 13);
    bj_order_table_clear(table);
    BJ_CHECK(bj_order_table_cnt(table) == 0);
    bj_order_table_free(table);
}

/* Random events; rows are what a database that is `behind` events late would show. */
static void test_model(void) {
    enum { ORDERS = 40, EVENTS = 4000 };
    bj_order_view_t now[ORDERS + 1] = {{0}}, late[ORDERS + 1] = {{0}}, got[ORDERS + 1];
    bj_order_table_t *table = bj_order_table_new();
    srandom(20261124);
    for (uint64_t seq = 1; seq <= EVENTS; seq++) {
        uint64_t id = 1 + (uint64_t)random() % ORDERS;
        if (now[id].state != BJ_ORDER_OPEN) continue; /* an order ends once */
        now[id] = order(7, id, seq, random() % 20 ? BJ_ORDER_OPEN : BJ_ORDER_FILLED);
        bj_order_table_put(table, &now[id]);
        if (random() % 10 == 0) {
            memcpy(late, now, sizeof late);
            bj_order_table_prune(table, seq);
        }
        size_t cnt = 0, want = 0;
        for (uint64_t i = ORDERS; i >= 1; i--) {
            if (late[i].order_id) got[cnt++] = late[i];
            want += now[i].order_id != 0;
        }
        cnt = bj_order_table_merge(table, 7, false, got, cnt, ORDERS + 1);
        BJ_CHECK(cnt == want);
        for (size_t i = 0; i < cnt; i++) {
            BJ_CHECK(got[i].event_seq == now[got[i].order_id].event_seq);
            BJ_CHECK(i == 0 || got[i].order_id < got[i - 1].order_id);
        }
    }
    bj_order_table_free(table);
}

int main(void) {
    test_merge();
    test_room();
    test_prune();
    test_model();
    return bj_test_end("test_bj_order_table");
}
