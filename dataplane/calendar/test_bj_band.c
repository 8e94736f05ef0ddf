/* The watcher of sliding bands, with a small rule: 3 trades, 2 clients, 2 members on each side. */
#include "dataplane/calendar/bj_band.h"

#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

enum { PREV = 100000, TICK = 5, COOL_S = 900, LATE_COOL_S = 300, MUCH_COOL_S = 1800 };

static const bj_band_rule_t rule = {
    .first_bp = 1000,
    .near_bp = 9900,
    .trade_cnt = 3,
    .client_cnt = 2,
    .member_cnt = 2,
    .late_from_s = 15 * 3600,
    .rung_cnt = 3,
    .rung = {{2, 500, COOL_S, LATE_COOL_S},
             {3, 300, MUCH_COOL_S, MUCH_COOL_S},
             {0, 200, MUCH_COOL_S, MUCH_COOL_S}},
};

/* 10:00 in India on 2026-08-03. */
static const int64_t morning_ns = (INT64_C(20668) * 86400 + 10 * 3600 - 19800) * BJ_NS_PER_S;

static bj_band_t begin(const bj_band_rule_t *with) {
    bj_band_t band;
    BJ_CHECK(bj_band_begin(&band, with, PREV, TICK) == BJ_OK);
    return band;
}

static bj_band_trade_t trade(int64_t at_ns, int32_t price_paise, uint64_t who) {
    return (bj_band_trade_t){.at_ns = at_ns,
                             .price_paise = price_paise,
                             .buy_client = who,
                             .sell_client = who + 100,
                             .buy_member = who + 200,
                             .sell_member = who + 300};
}

/* Three trades that meet the condition, the last at at_ns. */
static void meet(bj_band_t *band, int32_t price_paise, int64_t at_ns) {
    for (uint64_t i = 0; i < 3; i++) {
        bj_band_trade_t one = trade(at_ns, price_paise, i);
        BJ_CHECK(band->direction == 0);
        bj_band_trade(band, &one);
    }
}

static bool flexes(bj_band_t *band, int64_t now_ns, int32_t lo_paise, int32_t hi_paise) {
    bj_match_cmd_t cmd, want = {
        .op = BJ_OP_BAND, .instrument_idx = 7, .lo_paise = lo_paise, .hi_paise = hi_paise};
    return bj_band_flex(band, now_ns, 7, &cmd) && !memcmp(&cmd, &want, sizeof cmd) &&
           band->lo_paise == lo_paise && band->hi_paise == hi_paise && band->direction == 0 &&
           band->due_ns == BJ_BAND_NEVER_NS;
}

static void test_begin(void) {
    bj_band_t band = begin(&rule);
    bj_match_cmd_t cmd = bj_band_cmd(&band, 7);
    BJ_CHECK(cmd.op == BJ_OP_BAND && cmd.instrument_idx == 7);
    BJ_CHECK(cmd.lo_paise == 90000 && cmd.hi_paise == 110000);
    BJ_CHECK(band.due_ns == BJ_BAND_NEVER_NS && band.direction == 0 && band.flex_cnt == 0);
    BJ_CHECK(bj_band_begin(&band, &rule, 0, TICK) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_band_begin(&band, &rule, PREV, 0) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_band_begin(&band, &rule, INT32_MAX, 5) == BJ_ERR_OVERFLOW);
}

static void test_edges(void) {
    static const struct {
        int32_t prev_close_paise, lo_bp, hi_bp, tick_paise, lo_paise, hi_paise;
        bj_status_t status;
    } cases[] = {
        {PREV, -1000, 1000, 5, 90000, 110000, BJ_OK},
        {PREV, 500, 2500, 5, 105000, 125000, BJ_OK},
        {PREV, -10000, 1000, 5, 5, 110000, BJ_OK}, /* a price is above 0 */
        {PREV, 0, 0, 5, PREV, PREV, BJ_OK},
        {PREV, -1000, BJ_BAND_BP_MAX, 5, 90000, 600000, BJ_OK},
        {10001, -1000, 1000, 1, 9001, 11001, BJ_OK}, /* 9000.9 up, 11001.1 down */
        {PREV, -10001, 1000, 5, 0, 0, BJ_ERR_BAD_FIELD},
        {PREV, 1, 0, 5, 0, 0, BJ_ERR_BAD_FIELD},
        {PREV, 0, BJ_BAND_BP_MAX + 1, 5, 0, 0, BJ_ERR_BAD_FIELD},
        {INT32_MAX, -10000, BJ_BAND_BP_MAX, 1, 0, 0, BJ_ERR_OVERFLOW},
        {INT32_MAX, 0, 0, 1, INT32_MAX, INT32_MAX, BJ_OK},
        {1, -1000, 1000, INT32_MAX, 0, 0, BJ_ERR_BAD_FIELD},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int32_t lo_paise = 0, hi_paise = 0;
        BJ_CHECK(bj_band_edges(cases[i].prev_close_paise, cases[i].lo_bp, cases[i].hi_bp,
                               cases[i].tick_paise, &lo_paise, &hi_paise) == cases[i].status);
        BJ_CHECK(lo_paise == cases[i].lo_paise && hi_paise == cases[i].hi_paise);
    }
}

static void test_bad_rules(void) {
    bj_band_rule_t bad[12];
    for (size_t i = 0; i < BJ_COUNT(bad); i++) bad[i] = rule;
    bad[0].first_bp = 0;
    bad[1].first_bp = 10000;
    bad[2].near_bp = 0;
    bad[3].near_bp = 10001;
    bad[4].trade_cnt = 0;
    bad[5].client_cnt = BJ_BAND_KEY_MAX + 1;
    bad[6].member_cnt = BJ_BAND_KEY_MAX + 1;
    bad[7].late_from_s = 86401;
    bad[8].rung_cnt = 0;
    bad[9].rung_cnt = BJ_BAND_RUNG_MAX + 1;
    bad[10].rung[1].step_bp = 0;
    bad[11].rung[0].cooling_s = -1;
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        bj_band_t band;
        BJ_CHECK(bj_band_begin(&band, &bad[i], PREV, TICK) == BJ_ERR_BAD_FIELD);
    }
}

/* Each condition, one short of it and then met. */
static void test_conditions(void) {
    static const struct {
        const char *name;
        bj_band_trade_t short_of[3], last;
    } cases[] = {
        {"trades", {{0, 1, 1, 1, 1, 110000}, {0, 2, 2, 2, 2, 110000}}, {0, 1, 1, 1, 1, 110000}},
        {"buying clients",
         {{0, 1, 1, 1, 1, 110000}, {0, 1, 2, 2, 2, 110000}, {0, 1, 3, 3, 3, 110000}},
         {0, 2, 1, 1, 1, 110000}},
        {"selling clients",
         {{0, 1, 1, 1, 1, 110000}, {0, 2, 1, 2, 2, 110000}, {0, 3, 1, 3, 3, 110000}},
         {0, 1, 2, 1, 1, 110000}},
        {"buying members",
         {{0, 1, 1, 1, 1, 110000}, {0, 2, 2, 1, 2, 110000}, {0, 3, 3, 1, 3, 110000}},
         {0, 1, 1, 2, 1, 110000}},
        {"selling members",
         {{0, 1, 1, 1, 1, 110000}, {0, 2, 2, 2, 1, 110000}, {0, 3, 3, 3, 1, 110000}},
         {0, 1, 1, 1, 2, 110000}},
        {"price", {{0, 1, 1, 1, 1, 109900}, {0, 2, 2, 2, 2, 109900}, {0, 3, 3, 3, 3, 109895}},
         {0, 1, 1, 1, 1, 109900}},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_band_t band = begin(&rule);
        for (size_t t = 0; t < 3; t++) {
            bj_band_trade_t one = cases[i].short_of[t];
            one.at_ns = morning_ns;
            if (one.price_paise) bj_band_trade(&band, &one);
        }
        BJ_CHECK(band.direction == 0 && band.due_ns == BJ_BAND_NEVER_NS);
        if (band.direction) fprintf(stderr, "too early: %s\n", cases[i].name);
        bj_band_trade_t last = cases[i].last;
        last.at_ns = morning_ns + 1;
        bj_band_trade(&band, &last);
        BJ_CHECK(band.direction == 1 && band.due_ns == morning_ns + 1 + COOL_S * BJ_NS_PER_S);
        if (!band.direction) fprintf(stderr, "not met: %s\n", cases[i].name);
    }
}

/* The rule as it stands in the market: 50 trades, 10 clients, 3 members. */
static void test_market_rule(void) {
    bj_band_rule_t market = rule;
    market.trade_cnt = 50;
    market.client_cnt = 10;
    market.member_cnt = 3;
    for (uint64_t clients = 9; clients <= 10; clients++) {
        for (uint64_t members = 2; members <= 3; members++) {
            bj_band_t band = begin(&market);
            for (uint64_t i = 0; i < 50; i++) {
                BJ_CHECK(band.direction == 0);
                bj_band_trade_t one = {.at_ns = morning_ns, .price_paise = 90000,
                                       .buy_client = i % clients, .sell_client = i % clients,
                                       .buy_member = i % members, .sell_member = i % members};
                bj_band_trade(&band, &one);
            }
            BJ_CHECK(band.direction == (clients == 10 && members == 3 ? -1 : 0));
        }
    }
}

static void test_cooling(void) {
    bj_band_t band = begin(&rule);
    int64_t due_ns = morning_ns + COOL_S * BJ_NS_PER_S;
    bj_match_cmd_t cmd;
    BJ_CHECK(!bj_band_flex(&band, INT64_MAX, 7, &cmd)); /* nothing is due */
    meet(&band, 110000, morning_ns);
    BJ_CHECK(band.due_ns == due_ns && band.lo_paise == 90000 && band.hi_paise == 110000);
    bj_band_trade_t late = trade(due_ns - 1, 110000, 9); /* does not put it off */
    bj_band_trade(&band, &late);
    BJ_CHECK(!bj_band_flex(&band, due_ns - 1, 7, &cmd));
    BJ_CHECK(flexes(&band, due_ns, 95000, 115000));
    BJ_CHECK(!bj_band_flex(&band, due_ns, 7, &cmd));
    BJ_CHECK(band.flex_cnt == 1);
}

/* From 15:00 on the wait is shorter, by the time of the trade that met the condition. */
static void test_late(void) {
    int64_t three_ns = morning_ns + 5 * 3600 * BJ_NS_PER_S;
    bj_band_t band = begin(&rule);
    meet(&band, 110000, three_ns - 1);
    BJ_CHECK(band.due_ns == three_ns - 1 + COOL_S * BJ_NS_PER_S);
    band = begin(&rule);
    meet(&band, 110000, three_ns);
    BJ_CHECK(band.due_ns == three_ns + LATE_COOL_S * BJ_NS_PER_S);
    bj_band_rule_t never = rule;
    never.late_from_s = 86400;
    band = begin(&never);
    meet(&band, 110000, three_ns);
    BJ_CHECK(band.due_ns == three_ns + COOL_S * BJ_NS_PER_S);
}

/* Up twice by 5 %, then by 3 %, and down again: both edges move, and near moves with them. */
static void test_ladder(void) {
    static const struct {
        int32_t far_paise, near_paise; /* one tick short; just near */
        int32_t lo_paise, hi_paise, cooling_s;
    } cases[] = {
        {109895, 109900, 95000, 115000, COOL_S},       /* 9.90 % */
        {114895, 114900, 100000, 120000, COOL_S},      /* 14.90 %, as the exchange says */
        {119895, 119900, 103000, 123000, MUCH_COOL_S}, /* the second rung */
        {122895, 122900, 106000, 126000, MUCH_COOL_S},
        {106105, 106100, 103000, 123000, MUCH_COOL_S}, /* down: 6 % above the close */
        {103105, 103100, 101000, 121000, MUCH_COOL_S}, /* the third rung */
        {101105, 101100, 99000, 119000, MUCH_COOL_S},
    };
    bj_band_t band = begin(&rule);
    int64_t now_ns = morning_ns;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        for (uint64_t who = 0; who < 9; who++) {
            bj_band_trade_t one = trade(now_ns, cases[i].far_paise, who);
            bj_band_trade(&band, &one);
        }
        BJ_CHECK(band.direction == 0);
        meet(&band, cases[i].near_paise, now_ns);
        now_ns += cases[i].cooling_s * BJ_NS_PER_S;
        bj_match_cmd_t cmd;
        BJ_CHECK(!bj_band_flex(&band, now_ns - 1, 7, &cmd));
        BJ_CHECK(flexes(&band, now_ns, cases[i].lo_paise, cases[i].hi_paise));
        BJ_CHECK(band.flex_cnt == i + 1);
    }
}

/* The two edges are counted apart, and both anew after a flex. */
static void test_two_edges(void) {
    bj_band_t band = begin(&rule);
    bj_band_trade_t one;
    for (uint64_t i = 0; i < 2; i++) {
        one = trade(morning_ns, 110000, i);
        bj_band_trade(&band, &one);
        one = trade(morning_ns, 90000, i);
        bj_band_trade(&band, &one);
        one = trade(morning_ns, 100000, i);
        bj_band_trade(&band, &one);
    }
    BJ_CHECK(band.direction == 0 && band.up.trade_cnt == 2 && band.down.trade_cnt == 2);
    one = trade(morning_ns, 90100, 2);
    bj_band_trade(&band, &one);
    BJ_CHECK(band.direction == -1);
    BJ_CHECK(flexes(&band, morning_ns + COOL_S * BJ_NS_PER_S, 85000, 105000));
    BJ_CHECK(band.up.trade_cnt == 0 && band.down.trade_cnt == 0);
    meet(&band, 85000, morning_ns + COOL_S * BJ_NS_PER_S);
    BJ_CHECK(flexes(&band, morning_ns + 2 * COOL_S * BJ_NS_PER_S, 80000, 100000));
}

/* 5.03 rupees at a tick of 0.05: the edge is 5.50, the point "near" 5.528 is beyond it. */
static void test_coarse_tick(void) {
    bj_band_t band;
    BJ_CHECK(bj_band_begin(&band, &rule, 503, 5) == BJ_OK);
    BJ_CHECK(band.lo_paise == 455 && band.hi_paise == 550);
    meet(&band, 550, morning_ns);
    BJ_CHECK(band.direction == 1);
    BJ_CHECK(bj_band_begin(&band, &rule, 503, 5) == BJ_OK);
    meet(&band, 455, morning_ns);
    BJ_CHECK(band.direction == -1);
    BJ_CHECK(flexes(&band, morning_ns + COOL_S * BJ_NS_PER_S, 430, 525)); /* 427.55, 528.15 */
}

/* How far it goes at all: to the last price above 0, to the last int32, to the ladder's end. */
static void test_ends(void) {
    bj_band_rule_t steep = rule;
    bj_match_cmd_t cmd;
    steep.rung_cnt = 1;
    steep.rung[0] = (bj_band_rung_t){0, 4500, 0, 0};
    bj_band_t band = begin(&steep);
    meet(&band, 90000, morning_ns);
    BJ_CHECK(flexes(&band, morning_ns, 45000, 65000));
    meet(&band, 45000, morning_ns);
    BJ_CHECK(!bj_band_flex(&band, morning_ns, 7, &cmd)); /* -100 % */
    BJ_CHECK(band.lo_paise == 45000 && band.hi_paise == 65000 && band.flex_cnt == 1);
    BJ_CHECK(band.direction == 0);
    BJ_CHECK(bj_band_begin(&band, &steep, 1500000000, 500) == BJ_OK);
    meet(&band, 1650000000, morning_ns);
    BJ_CHECK(!bj_band_flex(&band, morning_ns, 7, &cmd)); /* 155 % of it is no int32 */
    BJ_CHECK(band.hi_paise == 1650000000 && band.flex_cnt == 0);
    steep.rung[0].times = 1;
    band = begin(&steep);
    meet(&band, 110000, morning_ns);
    BJ_CHECK(flexes(&band, morning_ns, 135000, 155000));
    meet(&band, 155000, morning_ns);
    BJ_CHECK(band.direction == 0); /* the ladder has one rung, once */
}

int main(void) {
    test_edges();
    test_begin();
    test_bad_rules();
    test_conditions();
    test_market_rule();
    test_cooling();
    test_late();
    test_ladder();
    test_two_edges();
    test_coarse_tick();
    test_ends();
    return bj_test_end("test_bj_band");
}
