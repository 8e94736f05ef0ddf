/* Goal: the list of limits is what it says, each wrong limit is named by its field, each has a
 * direction in which it is looser, and a reason put into a command of any type with an author comes
 * back out of it, and touches nothing else. */
#include "dataplane/wire/bj_cmd_reason.h"

#include <stdio.h>
#include "dataplane/base/bj_test.h"

static const struct {
    const char    *wrong; /* begins so; NULL: good */
    bj_cmd_limit_t limit;
    uint32_t       account_id, token;
} cases[] = {
#define LIMIT(l, k, v) .limit = {.limit = BJ_LIMIT_##l, .level = BJ_LEVEL_##k, .value = (v)}
    {NULL, LIMIT(ORDER_QTY, ACCOUNT, 5), 7, 0},
    {NULL, LIMIT(ORDER_QTY, MEMBER, 5), 0, 0},
    {NULL, LIMIT(BLOCKED, INSTRUMENT, 1), 0, 9},
    {NULL, LIMIT(BARRED, ACCOUNT, 2), 7, 9},
    {NULL, LIMIT(OPEN_VALUE, MEMBER, INT64_MAX), 0, 0},
    {NULL, LIMIT(OPEN_VALUE, MEMBER, BJ_LIMIT_NONE), 0, 0},
    {"limit ", {.limit = 0, .level = BJ_LEVEL_MEMBER}, 0, 0},
    {"limit ", {.limit = 16, .level = BJ_LEVEL_MEMBER}, 0, 0},
    {"limit ", {.limit = BJ_LIMIT_END, .level = BJ_LEVEL_MEMBER}, 0, 0},
    {"limit ", LIMIT(MARGIN_BUY, MEMBER, 1), 0, 0},
    {"limit ", LIMIT(ORDER_QTY, INSTRUMENT, 1), 0, 9},
    {"level ", {.limit = BJ_LIMIT_RATE, .level = 0}, 0, 0},
    {"level ", {.limit = BJ_LIMIT_RATE, .level = 5}, 0, 0},
    {"account_id ", LIMIT(RATE, ACCOUNT, 1), 0, 0},
    {"account_id ", LIMIT(RATE, MEMBER, 1), 7, 0},
    {"desk ", LIMIT(RATE, DESK, 1), 0, 0},
    {"desk ", {.limit = BJ_LIMIT_RATE, .level = BJ_LEVEL_MEMBER, .value = 1, .desk = 3}, 0, 0},
    {"token ", LIMIT(RATE, ACCOUNT, 1), 7, 9},
    {"token ", LIMIT(BARRED, ACCOUNT, 1), 7, 0},
    {"token ", LIMIT(BANNED, INSTRUMENT, 1), 0, 0},
    {"value ", LIMIT(RATE, ACCOUNT, 0), 7, 0},
    {"value ", LIMIT(RATE, ACCOUNT, -2), 7, 0},
    {"value ", LIMIT(BARRED, ACCOUNT, 3), 7, 9},
    {"value ", LIMIT(SEGMENT, INSTRUMENT, 8), 0, 9},
    {"value ", LIMIT(ORDER_QTY, MEMBER, INT64_C(2147483648)), 0, 0},
    {"reserved ", {.limit = BJ_LIMIT_RATE, .level = BJ_LEVEL_MEMBER, .reserved = 1}, 0, 0},
    {"reason ", {.limit = BJ_LIMIT_RATE, .level = BJ_LEVEL_MEMBER, .value = 1,
                 .reason = "123456789012345678901234"}, 0, 0},
#undef LIMIT
};

static void test_limits(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        const char *want = cases[i].wrong;
        const char *got = bj_limit_wrong(&cases[i].limit, cases[i].account_id, cases[i].token);
        bool ok = want ? got && strncmp(got, want, strlen(want)) == 0 : !got;
        BJ_CHECK(ok);
        if (!ok) fprintf(stderr, "  case %zu: %s\n", i, got ? got : "nothing wrong");
        if (got) BJ_CHECK(strlen(got) < 40); /* the wire's room for it */
    }
    for (unsigned i = 0; i < 2 * BJ_LIMIT_END; i++) {
        const char *word = bj_limit_word(i);
        if (word) BJ_CHECK(bj_limit_by_word(word) == i);
    }
    BJ_CHECK(!bj_limit_by_word("luck") && !bj_limit_by_word("") && !bj_limit_word(0));
}

/* Each limit: from, to something looser, to something that is not. */
static const struct {
    const char *word;
    int64_t from, looser, not;
} ways[] = {
    {"blocked", 1, 0, 1},          {"barred", 1, 2, 1},           {"barred", 2, 0, 1},
    {"barred", 1, 0, 1},           {"barred", 2, 0, 2},           {"segments", 5, 7, 4},
    {"segments", 1, 2, 0},         {"order_qty", 5, 6, 4},        {"order_value", 5, 6, 5},
    {"rate", 5, INT64_MAX, 4},     {"burst", 5, 6, 4},            {"open_orders", 5, 6, 0},
    {"open_value", 5, INT64_MAX, 4}, {"net_qty", 5, 6, 4},        {"gross_qty", 5, 6, 4},
    {"underlying_net", 5, 6, 4},   {"underlying_gross", 5, 6, 4}, {"margin", 5, 6, 4},
    {"executions", 5, 6, 4},       {"segment", 1, 0, 1},          {"segment", 0, 1, 0},
    {"underlying", 9, 0, 9},       {"inverse", 0, 1, 0},          {"inverse", 1, 0, 1},
    {"margin_buy", 5, 4, 6},       {"margin_sell", 5, 0, 5},      {"price_lo", 5, 4, 6},
    {"price_hi", 5, 6, 4},         {"banned", 1, 0, 1},           {"client_qty", 5, 6, 4},
    {"protection_bp", 5, 6, 4},    {"protection_min", 5, 6, 4},
};

static void test_looser(void) {
    bool seen[BJ_LIMIT_END] = {false};
    for (size_t i = 0; i < BJ_COUNT(ways); i++) {
        bj_limit_t limit = (bj_limit_t)bj_limit_by_word(ways[i].word);
        bool ok = limit && bj_limit_looser(limit, ways[i].from, ways[i].looser) &&
                  !bj_limit_looser(limit, ways[i].from, ways[i].not) &&
                  !bj_limit_looser(limit, ways[i].from, ways[i].from);
        BJ_CHECK(ok);
        if (!ok) fprintf(stderr, "  way %zu: %s\n", i, ways[i].word);
        seen[limit] = true;
    }
    for (unsigned l = 0; l < BJ_LIMIT_END; l++) BJ_CHECK(seen[l] == (bj_limit_word(l) != NULL));
}

static void test_reasons(void) {
    static const char *const reasons[] = {"", "short", "12345678901234567890123",
                                          "a reason that is far too long to be kept whole"};
    char got[BJ_LIMIT_REASON_BYTES], want[BJ_LIMIT_REASON_BYTES];
    unsigned with = 0;
    for (uint16_t type = 0; type < 32; type++) {
        for (size_t i = 0; i < BJ_COUNT(reasons); i++) {
            bj_cmd_t cmd = {.type = type, .seq = 1, .token = 2, .account_id = 3, .side = 'B'};
            bj_cmd_set_reason(&cmd, reasons[i]);
            bj_cmd_reason(&cmd, got);
            (void)snprintf(want, sizeof want, "%s", bj_cmd_has_reason(&cmd) ? reasons[i] : "");
            BJ_CHECK(strcmp(got, want) == 0);
            BJ_CHECK(cmd.token == 2 && cmd.account_id == 3 && cmd.side == 'B' && cmd.seq == 1);
            BJ_CHECK(bj_cmd_author(&cmd) == 0);
        }
        with += bj_cmd_has_reason(&(bj_cmd_t){.type = type});
    }
    BJ_CHECK(with == 10);
    bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .body.account = {.author = 77, .pan_key = 5}};
    bj_cmd_set_reason(&account, reasons[2]);
    BJ_CHECK(bj_cmd_author(&account) == 77 && account.body.account.pan_key == 5);
    memset(&account, 0xff, sizeof account);
    account.type = BJ_CMD_KILL; /* a journal may hold anything */
    bj_cmd_reason(&account, got);
    BJ_CHECK(strlen(got) == sizeof got - 1);
}

int main(void) {
    test_limits();
    test_looser();
    test_reasons();
    return bj_test_end("test_bj_cmd");
}
