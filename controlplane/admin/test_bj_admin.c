/* Goal: what a client is told for each part that fails, and nothing when all is well. */
#include "controlplane/admin/bj_admin_status.h"
#include "dataplane/base/bj_test.h"

static const struct {
    bj_part_t         part;
    bj_health_state_t state;
    size_t            want_cnt;
    const char       *want; /* one of the sentences */
} cases[] = {
    {BJ_PART_EXCHANGE, BJ_HEALTH_DOWN, 1, "market data is stale"},
    {BJ_PART_EXCHANGE, BJ_HEALTH_DEGRADED, 1, "market data is stale"},
    {BJ_PART_DATAPLANE, BJ_HEALTH_DOWN, 1, "market data is stale"},
    {BJ_PART_BOOK, BJ_HEALTH_DEGRADED, 0, NULL},
    {BJ_PART_GATEWAY, BJ_HEALTH_DOWN, 1, "orders cannot be sent"},
    {BJ_PART_POSTGRES, BJ_HEALTH_DOWN, 2, "order history is behind"},
    {BJ_PART_POSTGRES, BJ_HEALTH_DOWN, 2, "log-in is away"},
    {BJ_PART_RELAY, BJ_HEALTH_DEGRADED, 0, NULL},
    {BJ_PART_RELAY, BJ_HEALTH_DOWN, 2, "order history is behind"},
    {BJ_PART_RELAY, BJ_HEALTH_DOWN, 2, "live prices are delayed"},
    {BJ_PART_NATS, BJ_HEALTH_DOWN, 1, "live prices are delayed"},
    {BJ_PART_EDGE, BJ_HEALTH_DOWN, 1, "live prices are delayed"},
    {BJ_PART_REDIS, BJ_HEALTH_DOWN, 1, "cache is away: answers may be slower"},
    {BJ_PART_MAKER, BJ_HEALTH_DOWN, 1, "fewer offers than usual"},
    {BJ_PART_MAILSINK, BJ_HEALTH_DOWN, 1, "confirmation mails are late"},
    {BJ_PART_CONTROL, BJ_HEALTH_UP, 0, NULL},
};

static bool says(const char *const *words, size_t cnt, const char *want) {
    for (size_t i = 0; i < cnt; i++) {
        if (strcmp(words[i], want) == 0) return true;
    }
    return false;
}

static void test_one_part(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        const char *words[BJ_DEGRADED_MAX];
        bj_status_board_t board = {.market_trouble = NULL};
        board.part[cases[i].part].state = cases[i].state;
        size_t cnt = bj_degraded(&board, words);
        BJ_CHECK(cnt == cases[i].want_cnt);
        BJ_CHECK(!cases[i].want || says(words, cnt, cases[i].want));
    }
}

static void test_everything_down(void) {
    const char *words[BJ_DEGRADED_MAX];
    bj_status_board_t board = {.market_trouble = "market data is away"};
    for (size_t i = 0; i < BJ_PART_CNT; i++) board.part[i].state = BJ_HEALTH_DOWN;
    size_t cnt = bj_degraded(&board, words);
    BJ_CHECK(cnt == 8); /* all there is to say fits */
    for (size_t i = 0; i < cnt; i++) BJ_CHECK(!says(words + i + 1, cnt - i - 1, words[i]));
}

static void test_names(void) {
    BJ_CHECK(strcmp(bj_part_name(BJ_PART_EXCHANGE), "exchange") == 0);
    BJ_CHECK(strcmp(bj_part_name(BJ_PART_CNT), "?") == 0);
    BJ_CHECK(bj_part_has_file(BJ_PART_MAKER) && !bj_part_has_file(BJ_PART_POSTGRES));
}

int main(void) {
    test_one_part();
    test_everything_down();
    test_names();
    return bj_test_end("test_bj_admin");
}
