/* The shipped calendar: what it says of days before and after each change, its random moments, its
 * halts, bands and ticks.  Run from the repository's root. */
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/calendar/bj_calendar.h"

#define SHIPPED "dataplane/calendar/nse.json"

static bj_calendar_t *open_shipped(uint64_t seed) {
    bj_calendar_t *calendar;
    char error[BJ_CALENDAR_ERROR_BYTES];
    bj_status_t status = bj_calendar_load_file(SHIPPED, seed, &calendar, error);
    if (status != BJ_OK) fprintf(stderr, "%s: %s\n", SHIPPED, error);
    BJ_CHECK(status == BJ_OK);
    if (!calendar) exit(1);
    return calendar;
}

static int32_t day_of(const char *date) {
    int32_t day = 0;
    BJ_CHECK(bj_calendar_date(date, &day));
    return day;
}

static int32_t hms(int32_t h, int32_t m, int32_t s) { return h * 3600 + m * 60 + s; }

/* --- days and times */

static void test_dates(void) {
    static const struct {
        const char *text;
        int32_t     day; /* -1: not a date */
    } cases[] = {
        {"2000-01-01", BJ_CALENDAR_DAY_MIN}, {"2000-02-29", 11016}, {"2024-02-29", 19782},
        {"2099-12-31", BJ_CALENDAR_DAY_MAX}, {"2026-08-03", 20668}, {"2026-12-31", 20818},
        {"1999-12-31", -1},                  {"2100-01-01", -1},    {"2025-02-29", -1},
        {"2026-13-01", -1},                  {"2026-00-01", -1},    {"2026-04-31", -1},
        {"2026-04-00", -1},                  {"2026-4-30", -1},     {"2026/04/30", -1},
        {"2026-04-3x", -1},                  {"2026-04-301", -1},   {"", -1},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int32_t day = -1;
        bool ok = bj_calendar_date(cases[i].text, &day);
        BJ_CHECK(ok == (cases[i].day >= 0));
        BJ_CHECK(day == cases[i].day);
    }
}

/* India has no daylight saving: 09:15 there is 03:45 UTC in every month. */
static void test_zone(void) {
    BJ_CHECK(bj_calendar_ns(day_of("2026-01-05"), hms(9, 15, 0)) == INT64_C(1767584700000000000));
    BJ_CHECK(bj_calendar_ns(day_of("2026-07-06"), hms(9, 15, 0)) == INT64_C(1783309500000000000));
    for (int32_t day = BJ_CALENDAR_DAY_MIN; day <= BJ_CALENDAR_DAY_MAX; day += 13) {
        int64_t midnight_ns = bj_calendar_ns(day, 0);
        BJ_CHECK(midnight_ns == ((int64_t)day * 86400 - 19800) * BJ_NS_PER_S);
        BJ_CHECK(bj_calendar_day(midnight_ns) == day && bj_calendar_second(midnight_ns) == 0);
        BJ_CHECK(bj_calendar_day(midnight_ns - 1) == day - 1);
        BJ_CHECK(bj_calendar_second(midnight_ns - 1) == 86399);
    }
    BJ_CHECK(bj_calendar_day(0) == 0 && bj_calendar_second(0) == 19800);
    BJ_CHECK(bj_calendar_day(-19800 * BJ_NS_PER_S - 1) == -1);
}

static void test_open_days(const bj_calendar_t *calendar) {
    static const struct {
        const char *date;
        bool        open;
    } cases[] = {
        {"2026-07-31", true},  {"2026-08-01", false}, {"2026-08-02", false}, {"2026-08-03", true},
        {"2026-08-07", true},  {"2026-08-08", false}, {"2000-01-01", false}, {"2000-01-03", true},
        {"2099-12-31", true},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_calendar_is_open(calendar, day_of(cases[i].date)) == cases[i].open);
    }
    BJ_CHECK(!bj_calendar_is_open(calendar, BJ_CALENDAR_DAY_MAX + 1));
    BJ_CHECK(!bj_calendar_is_open(calendar, -4));
}

/* --- the timetable, as it is printed: "9:07:00+60 phase buffer" */

static const char *phase_name(uint8_t phase) {
    static const char *const names[BJ_PHASE_CNT] = {"closed",  "continuous", "halted",    "auction",
                                                    "limit",   "buffer",     "post_close"};
    return phase < BJ_PHASE_CNT ? names[phase] : "?";
}

static void print_step(const bj_calendar_step_t *step, char *out, size_t out_bytes) {
    static const char *const auctions[] = {"", " open", " resume", " close"};
    char what[64] = "?";
    if (step->op == BJ_OP_WINDOW) snprintf(what, sizeof what, "window");
    if (step->op == BJ_OP_DAY_END) snprintf(what, sizeof what, "day_end");
    if (step->op == BJ_OP_UNCROSS) {
        snprintf(what, sizeof what, "uncross %s%s", phase_name(step->phase),
                 step->market_first ? " market_first" : "");
    }
    if (step->op == BJ_OP_PHASE) {
        snprintf(what, sizeof what, "%s%s", phase_name(step->phase), auctions[step->auction & 3]);
    }
    char random[16] = "", band[16] = "";
    if (step->random_s) snprintf(random, sizeof random, "+%d", step->random_s);
    if (step->band_bp) snprintf(band, sizeof band, " %u", step->band_bp);
    snprintf(out, out_bytes, "%d:%02d%s %s%s", step->at_s / 3600, step->at_s / 60 % 60, random,
             what, band);
    BJ_CHECK(step->at_s % 60 == 0);
}

static void print_day(const bj_calendar_t *calendar, const char *class_name, const char *date,
                      char *out, size_t out_bytes) {
    uint32_t class_idx = 0;
    size_t cnt, used = 0;
    BJ_CHECK(bj_calendar_class(calendar, class_name, &class_idx));
    const bj_calendar_step_t *step =
        bj_calendar_steps(calendar, class_idx, day_of(date), &cnt);
    out[0] = '\0';
    for (size_t i = 0; i < cnt; i++) {
        char one[96];
        print_step(&step[i], one, sizeof one);
        used += (size_t)snprintf(out + used, out_bytes - used, "%s%s", i ? "; " : "", one);
        BJ_CHECK(used < out_bytes);
    }
}

#define OLD_OPEN "9:00 auction open; 9:07+60 buffer; 9:08 uncross buffer; 9:15 continuous; "
#define NEW_OPEN                                                                              \
    "9:00 auction open; 9:05 limit open; 9:08+120 buffer; 9:10 uncross buffer market_first; " \
    "9:15 continuous; "
#define OLD_END "15:00 window; 15:30 closed; 15:40 post_close; 16:00 closed"
#define NEW_END "15:00 window; 15:30 closed; 15:50 post_close; 16:00 closed"
#define CAS_END                                                                            \
    "15:00 window; 15:15 buffer; 15:20 auction close 300; 15:25 limit close 300; "         \
    "15:28+120 buffer; 15:30 uncross closed market_first; 15:50 post_close; 16:00 closed"

static void test_timetable(const bj_calendar_t *calendar) {
    static const struct {
        const char *class_name, *date, *steps;
    } cases[] = {
        {"CM", "2025-01-01", OLD_OPEN OLD_END},
        {"CM", "2026-07-31", OLD_OPEN OLD_END},
        {"CM", "2026-08-03", OLD_OPEN NEW_END},
        {"CM", "2026-09-04", OLD_OPEN NEW_END},
        {"CM", "2026-09-07", NEW_OPEN NEW_END},
        {"CM_CAS", "2026-07-31", OLD_OPEN OLD_END},
        {"CM_CAS", "2026-08-03", OLD_OPEN CAS_END},
        {"CM_CAS", "2026-09-04", OLD_OPEN CAS_END},
        {"CM_CAS", "2026-09-07", NEW_OPEN CAS_END},
        {"CM_CAS", "2030-01-01", NEW_OPEN CAS_END},
        {"FO", "2026-07-31", "9:15 continuous; 15:00 window; 15:30 closed"},
        {"FO", "2026-08-03", "9:15 continuous; 15:10 window; 15:40 closed"},
        {"FO_PREOPEN", "2025-12-05", ""},
        {"FO_PREOPEN", "2025-12-08", OLD_OPEN "15:00 window; 15:30 closed"},
        {"FO_PREOPEN", "2026-08-03", OLD_OPEN "15:10 window; 15:40 closed"},
        {"DAY", "2026-09-07", "16:15 day_end"},
        {"CM", "2024-12-31", ""}, /* before the first row */
        {"CM", "2026-08-01", ""}, /* a Saturday */
        {"DAY", "2026-08-02", ""},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char got[512];
        print_day(calendar, cases[i].class_name, cases[i].date, got, sizeof got);
        BJ_CHECK(!strcmp(got, cases[i].steps));
        if (strcmp(got, cases[i].steps)) {
            fprintf(stderr, "%s %s: %s\n", cases[i].class_name, cases[i].date, got);
        }
    }
    uint32_t idx;
    BJ_CHECK(!bj_calendar_class(calendar, "BONDS", &idx));
    BJ_CHECK(bj_calendar_class_cnt(calendar) == 5);
    BJ_CHECK(!strcmp(bj_calendar_class_name(calendar, 0), "CM"));
}

/* Friday's steps, then Monday's: each once, in order, whether asked one after the other or anew. */
static void test_next(const bj_calendar_t *calendar) {
    uint32_t cm = 0;
    BJ_CHECK(bj_calendar_class(calendar, "CM", &cm));
    int32_t friday = day_of("2026-07-31"), monday = day_of("2026-08-03");
    int64_t now_ns = bj_calendar_ns(friday, 0);
    for (uint32_t i = 0; i < 16; i++) {
        bj_calendar_due_t due, again;
        BJ_CHECK(bj_calendar_next(calendar, cm, now_ns, &due));
        BJ_CHECK(due.day == (i < 8 ? friday : monday) && due.step_idx == i % 8);
        BJ_CHECK(due.at_ns > now_ns);
        BJ_CHECK(bj_calendar_next(calendar, cm, due.at_ns - 1, &again));
        BJ_CHECK(!memcmp(&due, &again, sizeof due));
        if (!due.step.random_s) BJ_CHECK(due.at_ns == bj_calendar_ns(due.day, due.step.at_s));
        now_ns = due.at_ns;
    }
    bj_calendar_due_t due;
    BJ_CHECK(bj_calendar_next(calendar, cm, bj_calendar_ns(day_of("2024-06-03"), 0), &due));
    BJ_CHECK(due.day == day_of("2025-01-01"));
    BJ_CHECK(!bj_calendar_next(calendar, cm, bj_calendar_ns(day_of("2020-01-01"), 0), &due));
    BJ_CHECK(!bj_calendar_next(calendar, cm, bj_calendar_ns(BJ_CALENDAR_DAY_MAX, 86399), &due));
    BJ_CHECK(!bj_calendar_next(calendar, cm, INT64_MAX, &due));
    BJ_CHECK(!bj_calendar_next(calendar, cm, INT64_MIN, &due));
}

/* Random closes of 400 trading days: in their window, the same when asked again and after a reload,
 * others with another seed or class, and spread over the window. */
static void test_random(const bj_calendar_t *calendar) {
    bj_calendar_t *same = open_shipped(1), *other = open_shipped(2);
    uint32_t cas = 0, cm = 0, differs_seed = 0, differs_class = 0, early = 0, cnt = 0;
    BJ_CHECK(bj_calendar_class(calendar, "CM", &cm) && bj_calendar_class(calendar, "CM_CAS", &cas));
    for (int32_t day = day_of("2026-09-07"); cnt < 400; day++) {
        if (!bj_calendar_is_open(calendar, day)) continue;
        int64_t from_ns = bj_calendar_ns(day, hms(15, 28, 0));
        int64_t open_ns = bj_calendar_ns(day, hms(9, 8, 0));
        bj_calendar_due_t due, again, morning, others;
        BJ_CHECK(bj_calendar_next(calendar, cas, from_ns - 1, &due) && due.step.random_s == 120);
        BJ_CHECK(due.at_ns >= from_ns && due.at_ns < from_ns + 120 * BJ_NS_PER_S);
        BJ_CHECK(bj_calendar_next(same, cas, from_ns - 1, &again) && again.at_ns == due.at_ns);
        BJ_CHECK(bj_calendar_next(other, cas, from_ns - 1, &again));
        BJ_CHECK(bj_calendar_next(calendar, cas, open_ns - 1, &morning));
        BJ_CHECK(bj_calendar_next(calendar, cm, open_ns - 1, &others));
        differs_seed += again.at_ns != due.at_ns;
        differs_class += others.at_ns != morning.at_ns;
        early += due.at_ns < from_ns + 60 * BJ_NS_PER_S;
        cnt++;
    }
    BJ_CHECK(differs_seed == 400 && differs_class == 400);
    BJ_CHECK(early > 150 && early < 250);
    bj_calendar_free(same);
    bj_calendar_free(other);
}

/* --- commands */

static bool cmd_is(const bj_match_cmd_t *got, bj_match_cmd_t want) {
    return !memcmp(got, &want, sizeof want);
}

static void test_cmd(const bj_calendar_t *calendar) {
    uint32_t idx = 0;
    size_t cnt;
    int32_t day = day_of("2026-09-07");
    BJ_CHECK(bj_calendar_class(calendar, "CM_CAS", &idx));
    const bj_calendar_step_t *step = bj_calendar_steps(calendar, idx, day, &cnt);
    BJ_CHECK(cnt == 13);
    bj_match_cmd_t cmd = bj_calendar_cmd(&step[3], day, 7);
    BJ_CHECK(cmd_is(&cmd, (bj_match_cmd_t){.op = BJ_OP_UNCROSS, .instrument_idx = 7,
                                           .phase = BJ_PHASE_BUFFER, .market_first = 1}));
    cmd = bj_calendar_cmd(&step[5], day, BJ_MATCH_ALL);
    BJ_CHECK(cmd_is(&cmd, (bj_match_cmd_t){.op = BJ_OP_WINDOW, .instrument_idx = BJ_MATCH_ALL}));
    cmd = bj_calendar_cmd(&step[8], day, 7);
    BJ_CHECK(cmd_is(&cmd, (bj_match_cmd_t){.op = BJ_OP_PHASE, .instrument_idx = 7, .band_bp = 300,
                                           .phase = BJ_PHASE_AUCTION_LIMIT,
                                           .auction = BJ_AUCTION_CLOSE}));
    static const bool in_halt[13] = {[5] = true, [12] = true}; /* window, closed */
    for (size_t i = 0; i < cnt; i++) BJ_CHECK(bj_calendar_in_halt(&step[i]) == in_halt[i]);
    BJ_CHECK(bj_calendar_class(calendar, "DAY", &idx));
    step = bj_calendar_steps(calendar, idx, day, &cnt);
    cmd = bj_calendar_cmd(step, day, 7);
    BJ_CHECK(cmd_is(&cmd, (bj_match_cmd_t){.op = BJ_OP_DAY_END, .instrument_idx = BJ_MATCH_ALL,
                                           .day = (uint16_t)day}));
    BJ_CHECK(bj_calendar_in_halt(step));
}

/* --- index circuit breaker */

enum { NONE = 0, REST = -1 };

static void test_breaker(const bj_calendar_t *calendar) {
    static const struct {
        uint32_t move_bp, level_bp;
        int32_t  h, m, s, halt_min; /* or NONE, REST */
    } cases[] = {
        {0, 0, 10, 0, 0, NONE},         {999, 0, 10, 0, 0, NONE},
        {1000, 1000, 0, 0, 0, 45},      {1000, 1000, 9, 15, 0, 45},
        {1000, 1000, 12, 59, 59, 45},   {1000, 1000, 13, 0, 0, 15},
        {1000, 1000, 13, 59, 59, 15},   {1000, 1000, 14, 0, 0, 15},
        {1000, 1000, 14, 29, 59, 15},   {1000, 1000, 14, 30, 0, NONE},
        {1000, 1000, 15, 29, 59, NONE}, {1499, 1000, 12, 0, 0, 45},
        {1500, 1500, 9, 15, 0, 105},    {1500, 1500, 12, 59, 59, 105},
        {1500, 1500, 13, 0, 0, 45},     {1500, 1500, 13, 59, 59, 45},
        {1500, 1500, 14, 0, 0, REST},   {1500, 1500, 14, 29, 59, REST},
        {1500, 1500, 14, 30, 0, REST},  {1999, 1500, 13, 0, 0, 45},
        {2000, 2000, 9, 15, 0, REST},   {2000, 2000, 12, 59, 59, REST},
        {2000, 2000, 13, 30, 0, REST},  {2000, 2000, 14, 15, 0, REST},
        {2000, 2000, 15, 0, 0, REST},   {9999, 2000, 9, 15, 0, REST},
    };
    int32_t days[] = {day_of("2026-07-31"), day_of("2026-09-07")};
    for (size_t d = 0; d < BJ_COUNT(days); d++) {
        for (size_t i = 0; i < BJ_COUNT(cases); i++) {
            bj_calendar_breaker_t got;
            int32_t at_s = hms(cases[i].h, cases[i].m, cases[i].s), halt_min = cases[i].halt_min;
            BJ_CHECK(bj_calendar_breaker(calendar, days[d], at_s, cases[i].move_bp, &got) == BJ_OK);
            BJ_CHECK(got.level_bp == cases[i].level_bp && got.cancel_orders);
            BJ_CHECK(got.none == (halt_min == NONE) && got.rest_of_day == (halt_min == REST));
            BJ_CHECK(got.halt_s == (halt_min > 0 ? halt_min * 60 : 0));
            BJ_CHECK(got.auction_s == (halt_min > 0 ? 900 : 0) && got.market_first == d);
        }
    }
    bj_calendar_breaker_t got;
    int32_t first = day_of("2013-10-14");
    BJ_CHECK(bj_calendar_breaker(calendar, first - 1, 0, 1000, &got) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_calendar_breaker(calendar, first, 0, 1000, &got) == BJ_OK);
}

static void test_breaker_cmds(void) {
    bj_calendar_timed_t timed[BJ_CALENDAR_TIMED_MAX];
    bj_match_cmd_t halted = {
        .op = BJ_OP_PHASE, .instrument_idx = BJ_MATCH_ALL, .phase = BJ_PHASE_HALTED};
    int64_t now_ns = bj_calendar_ns(day_of("2026-09-07"), hms(12, 59, 59)) + 5;
    bj_calendar_breaker_t breaker = {.level_bp = 1500, .halt_s = 6300, .auction_s = 900,
                                     .cancel_orders = true, .market_first = 1};
    BJ_CHECK(bj_calendar_breaker_cmds(&breaker, now_ns, timed) == 4);
    BJ_CHECK(timed[0].at_ns == now_ns && cmd_is(&timed[0].cmd, halted));
    BJ_CHECK(timed[1].at_ns == now_ns);
    BJ_CHECK(cmd_is(&timed[1].cmd, (bj_match_cmd_t){.op = BJ_OP_MASS_CANCEL, .reason = BJ_END_HALT,
                                                    .instrument_idx = BJ_MATCH_ALL}));
    BJ_CHECK(timed[2].at_ns == now_ns + 6300 * BJ_NS_PER_S);
    BJ_CHECK(cmd_is(&timed[2].cmd, (bj_match_cmd_t){.op = BJ_OP_PHASE, .phase = BJ_PHASE_AUCTION,
                                                    .auction = BJ_AUCTION_RESUME,
                                                    .instrument_idx = BJ_MATCH_ALL}));
    BJ_CHECK(timed[3].at_ns == now_ns + 7200 * BJ_NS_PER_S);
    BJ_CHECK(cmd_is(&timed[3].cmd, (bj_match_cmd_t){.op = BJ_OP_UNCROSS, .market_first = 1,
                                                    .phase = BJ_PHASE_CONTINUOUS,
                                                    .instrument_idx = BJ_MATCH_ALL}));
    breaker.cancel_orders = false;
    BJ_CHECK(bj_calendar_breaker_cmds(&breaker, now_ns, timed) == 3);
    breaker = (bj_calendar_breaker_t){.level_bp = 2000, .rest_of_day = true};
    BJ_CHECK(bj_calendar_breaker_cmds(&breaker, now_ns, timed) == 1);
    BJ_CHECK(cmd_is(&timed[0].cmd, halted));
    breaker = (bj_calendar_breaker_t){.level_bp = 1000, .none = true, .cancel_orders = true};
    BJ_CHECK(bj_calendar_breaker_cmds(&breaker, now_ns, timed) == 0);
}

/* --- bands and ticks */

static void test_static_band(const bj_calendar_t *calendar) {
    static const struct {
        int32_t prev_close_paise, pct, tick_paise, lo_paise, hi_paise;
        bj_status_t status;
    } cases[] = {
        {100000, 2, 5, 98000, 102000, BJ_OK},
        {100000, 5, 5, 95000, 105000, BJ_OK},
        {100000, 10, 5, 90000, 110000, BJ_OK},
        {100000, 20, 5, 80000, 120000, BJ_OK},
        {123455, 20, 10, 98770, 148140, BJ_OK},    /* 98764 up, 148146 down */
        {10003, 5, 1, 9503, 10503, BJ_OK},         /* 9502.85 up, 10503.15 down */
        {10003, 5, 5, 9505, 10500, BJ_OK},
        {2000500, 10, 100, 1800500, 2200500, BJ_OK}, /* 1800450 up, 2200550 down */
        {1, 20, 1, 1, 1, BJ_OK},
        {3, 2, 1, 3, 3, BJ_OK},
        {12, 2, 5, 0, 0, BJ_ERR_BAD_FIELD},        /* nothing between 11.76 and 12.24 */
        {100000, 3, 5, 0, 0, BJ_ERR_NOT_FOUND},
        {0, 5, 5, 0, 0, BJ_ERR_BAD_FIELD},
        {100000, 5, 0, 0, 0, BJ_ERR_BAD_FIELD},
        {INT32_MAX, 2, 1, 0, 0, BJ_ERR_OVERFLOW},
        {1789569705, 20, 1, 1431655764, 2147483646, BJ_OK}, /* the last that fits */
        {1789569707, 20, 1, 0, 0, BJ_ERR_OVERFLOW},
    };
    int32_t day = day_of("2026-08-03");
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int32_t lo_paise = 0, hi_paise = 0;
        BJ_CHECK(bj_calendar_static_band(calendar, day, cases[i].prev_close_paise, cases[i].pct,
                                         cases[i].tick_paise, &lo_paise, &hi_paise) ==
                 cases[i].status);
        BJ_CHECK(lo_paise == cases[i].lo_paise && hi_paise == cases[i].hi_paise);
    }
    int32_t lo_paise, hi_paise;
    BJ_CHECK(bj_calendar_static_band(calendar, day_of("2024-11-17"), 100000, 5, 5, &lo_paise,
                                     &hi_paise) == BJ_ERR_NOT_FOUND);
}

static void test_band_rule(const bj_calendar_t *calendar) {
    BJ_CHECK(!bj_calendar_band_rule(calendar, day_of("2024-11-17")));
    const bj_band_rule_t *rule = bj_calendar_band_rule(calendar, day_of("2024-11-18"));
    BJ_CHECK(rule != NULL);
    if (!rule) return;
    BJ_CHECK(rule->first_bp == 1000 && rule->near_bp == 9900 && rule->trade_cnt == 50);
    BJ_CHECK(rule->client_cnt == 10 && rule->member_cnt == 3 && rule->late_from_s == 54000);
    BJ_CHECK(rule->rung_cnt == 3);
    static const bj_band_rung_t want[] = {
        {2, 500, 900, 300}, {2, 300, 1800, 1800}, {0, 200, 3600, 3600}};
    BJ_CHECK(!memcmp(rule->rung, want, sizeof want));
    bj_band_t band;
    BJ_CHECK(bj_band_begin(&band, rule, 100000, 5) == BJ_OK);
    BJ_CHECK(band.lo_paise == 90000 && band.hi_paise == 110000);
}

static void test_ticks(const bj_calendar_t *calendar) {
    static const struct {
        const char *kind, *date;
        int32_t     price_paise, tick_paise;
    } cases[] = {
        {"CM", "2026-08-03", 1, 1},            {"CM", "2026-08-03", 24999, 1},
        {"CM", "2026-08-03", 25000, 5},        {"CM", "2026-08-03", 100000, 5},
        {"CM", "2026-08-03", 100001, 10},      {"CM", "2026-08-03", 500000, 10},
        {"CM", "2026-08-03", 500001, 50},      {"CM", "2026-08-03", 1000000, 50},
        {"CM", "2026-08-03", 1000001, 100},    {"CM", "2026-08-03", 2000000, 100},
        {"CM", "2026-08-03", 2000001, 500},    {"CM", "2026-08-03", INT32_MAX, 500},
        {"CM", "2026-08-03", 0, 0},            {"CM", "2026-08-03", -5, 0},
        {"CM", "2025-04-14", 25000, 0},        {"CM", "2025-04-15", 25000, 5},
        {"INDEX_FUTURES", "2026-08-03", 1500000, 5},
        {"INDEX_FUTURES", "2026-08-03", 1500001, 10},
        {"INDEX_FUTURES", "2026-08-03", 3000000, 10},
        {"INDEX_FUTURES", "2026-08-03", 3000001, 20},
        {"OPTIONS", "2025-11-02", 24999, 5},   {"OPTIONS", "2025-11-03", 24999, 1},
        {"OPTIONS", "2025-11-03", 25000, 5},   {"BONDS", "2026-08-03", 25000, 0},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_calendar_tick(calendar, cases[i].kind, day_of(cases[i].date),
                                  cases[i].price_paise) == cases[i].tick_paise);
    }
}

int main(void) {
    bj_calendar_t *calendar = open_shipped(1);
    test_dates();
    test_zone();
    test_open_days(calendar);
    test_timetable(calendar);
    test_next(calendar);
    test_random(calendar);
    test_cmd(calendar);
    test_breaker(calendar);
    test_breaker_cmds();
    test_static_band(calendar);
    test_band_rule(calendar);
    test_ticks(calendar);
    bj_calendar_free(calendar);
    bj_calendar_free(NULL);
    return bj_test_end("test_bj_calendar");
}
