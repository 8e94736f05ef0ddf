#include "dataplane/calendar/bj_calendar_priv.h"

#include <stdlib.h>

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"

enum { DAY_S = BJ_CALENDAR_DAY_S, LOOK_AHEAD_DAYS = 366 };

void bj_calendar_free(bj_calendar_t *calendar) { free(calendar); }

/* --- days and times */

static bool digits(const char *text, size_t cnt, int32_t *value) {
    *value = 0;
    for (size_t i = 0; i < cnt; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
}

static int32_t month_days(int32_t year, int32_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 in the Gregorian calendar.  The year counts from March: the leap day is its
 * last. */
static int32_t civil_day(int32_t year, int32_t month, int32_t day) {
    int32_t y = year - (month <= 2), m = (month + 9) % 12;
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

bool bj_calendar_date(const char *text, int32_t *day) {
    int32_t y, m, d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') return false;
    if (!digits(text, 4, &y) || !digits(text + 5, 2, &m) || !digits(text + 8, 2, &d)) return false;
    if (y < 2000 || y > 2099 || m < 1 || m > 12 || d < 1 || d > month_days(y, m)) return false;
    *day = civil_day(y, m, d);
    return true;
}

/* Seconds since 1970-01-01T00:00:00 on a clock in India, rounded down before 1970 too. */
static int64_t india_s(int64_t now_ns) {
    int64_t s = now_ns / BJ_NS_PER_S - (now_ns % BJ_NS_PER_S < 0);
    return s + BJ_IST_OFFSET_S;
}

int32_t bj_calendar_day(int64_t now_ns) {
    int64_t s = india_s(now_ns);
    return (int32_t)(s / DAY_S - (s % DAY_S < 0));
}

int32_t bj_calendar_second(int64_t now_ns) {
    return (int32_t)(india_s(now_ns) - (int64_t)bj_calendar_day(now_ns) * DAY_S);
}

int64_t bj_calendar_ns(int32_t day, int32_t at_s) {
    return ((int64_t)day * DAY_S + at_s - BJ_IST_OFFSET_S) * BJ_NS_PER_S;
}

static bool among(const bj_calendar_dates_t *dates, int32_t day) {
    for (uint32_t i = 0; i < dates->cnt; i++) {
        if (dates->day[i] == day) return true;
    }
    return false;
}

bool bj_calendar_is_open(const bj_calendar_t *calendar, int32_t day) {
    if (day < BJ_CALENDAR_DAY_MIN || day > BJ_CALENDAR_DAY_MAX) return false;
    if (among(&calendar->open_days, day)) return true;
    int32_t weekday = (day + 4) % 7; /* 1970-01-01 was a Thursday; 0 is Sunday */
    return weekday != 0 && weekday != 6 && !among(&calendar->holidays, day);
}

/* --- dated rows */

static bool name_find(const bj_calendar_names_t *names, const char *name, uint32_t *idx) {
    for (uint32_t i = 0; i < names->cnt; i++) {
        if (strcmp(names->name[i], name)) continue;
        *idx = i;
        return true;
    }
    return false;
}

/* The row of a table that holds on the day, or NULL. */
static const void *row_find(const void *table, size_t row_cnt, size_t row_bytes, uint32_t key,
                            int32_t day) {
    const bj_calendar_row_t *best = NULL;
    for (size_t i = 0; i < row_cnt; i++) {
        const bj_calendar_row_t *row =
            (const bj_calendar_row_t *)(const void *)((const char *)table + i * row_bytes);
        if (row->key != key || day < row->from_day || day > row->until_day) continue;
        bool better = !best || row->from_day > best->from_day ||
                      (row->from_day == best->from_day && row->until_day < best->until_day);
        if (better) best = row;
    }
    return best;
}
#define ROW_FIND(table, cnt, key, day) row_find(table, cnt, sizeof *(table), key, day)

/* --- the timetable */

uint32_t bj_calendar_class_cnt(const bj_calendar_t *calendar) { return calendar->classes.cnt; }

const char *bj_calendar_class_name(const bj_calendar_t *calendar, uint32_t class_idx) {
    return calendar->classes.name[class_idx];
}

bool bj_calendar_class(const bj_calendar_t *calendar, const char *name, uint32_t *class_idx) {
    return name_find(&calendar->classes, name, class_idx);
}

const bj_calendar_step_t *bj_calendar_steps(const bj_calendar_t *calendar, uint32_t class_idx,
                                            int32_t day, size_t *step_cnt) {
    *step_cnt = 0;
    if (!bj_calendar_is_open(calendar, day)) return NULL;
    const bj_calendar_session_t *session =
        ROW_FIND(calendar->session, calendar->session_cnt, class_idx, day);
    if (!session) return NULL;
    *step_cnt = session->step_cnt;
    return session->step;
}

/* Where in its window a random step falls.  The class by name: a class more in the file leaves the
 * others' moments where they are. */
static int64_t draw_ns(const bj_calendar_t *calendar, uint32_t class_idx, int32_t day,
                       uint32_t step_idx, int32_t random_s) {
    if (random_s == 0) return 0;
    const char *name = calendar->classes.name[class_idx];
    uint64_t hash = bj_fnv1a(BJ_FNV_OFFSET, &calendar->seed, sizeof calendar->seed);
    hash = bj_fnv1a(hash, &day, sizeof day);
    hash = bj_fnv1a(hash, name, strlen(name));
    hash = bj_fnv1a(hash, &step_idx, sizeof step_idx);
    for (int i = 0; i < 2; i++) { /* FNV leaves neighbours near each other: stir */
        hash ^= hash >> 33;
        hash *= UINT64_C(0xff51afd7ed558ccd);
    }
    hash ^= hash >> 33;
    return (int64_t)(hash % ((uint64_t)random_s * (uint64_t)BJ_NS_PER_S));
}

bool bj_calendar_next(const bj_calendar_t *calendar, uint32_t class_idx, int64_t now_ns,
                      bj_calendar_due_t *due) {
    int32_t today = bj_calendar_day(now_ns);
    if (today < BJ_CALENDAR_DAY_MIN - LOOK_AHEAD_DAYS || today > BJ_CALENDAR_DAY_MAX) return false;
    for (int32_t day = today; day <= today + LOOK_AHEAD_DAYS; day++) {
        size_t cnt;
        const bj_calendar_step_t *step = bj_calendar_steps(calendar, class_idx, day, &cnt);
        for (uint32_t i = 0; i < cnt; i++) {
            int64_t at_ns = bj_calendar_ns(day, step[i].at_s) +
                            draw_ns(calendar, class_idx, day, i, step[i].random_s);
            if (at_ns <= now_ns) continue;
            *due = (bj_calendar_due_t){.at_ns = at_ns, .day = day, .step_idx = i, .step = step[i]};
            return true;
        }
    }
    return false;
}

bj_match_cmd_t bj_calendar_cmd(const bj_calendar_step_t *step, int32_t day,
                               uint32_t instrument_idx) {
    bool day_end = step->op == BJ_OP_DAY_END;
    return (bj_match_cmd_t){.op = step->op,
                            .instrument_idx = day_end ? BJ_MATCH_ALL : instrument_idx,
                            .day = day_end ? (uint16_t)day : 0,
                            .phase = step->phase,
                            .auction = step->auction,
                            .market_first = step->market_first,
                            .band_bp = step->band_bp};
}

bool bj_calendar_in_halt(const bj_calendar_step_t *step) {
    if (step->op == BJ_OP_PHASE) return step->phase == BJ_PHASE_CLOSED;
    return step->op != BJ_OP_UNCROSS;
}

/* --- index circuit breaker */

static void window_apply(const bj_calendar_level_t *level, int32_t at_s,
                         bj_calendar_breaker_t *breaker) {
    const bj_calendar_window_t *window = &level->window[0];
    for (uint32_t i = 1; i < level->window_cnt && level->window[i].at_s <= at_s; i++) {
        window = &level->window[i];
    }
    breaker->level_bp = level->level_bp;
    breaker->halt_s = window->halt_s;
    breaker->auction_s = window->auction_s;
    breaker->rest_of_day = window->rest_of_day;
    breaker->none = !window->rest_of_day && window->halt_s == 0;
}

bj_status_t bj_calendar_breaker(const bj_calendar_t *calendar, int32_t day, int32_t at_s,
                                uint32_t move_bp, bj_calendar_breaker_t *breaker) {
    const bj_calendar_halts_t *halts = ROW_FIND(calendar->halts, calendar->halts_cnt, 0, day);
    if (!halts) return BJ_ERR_NOT_FOUND;
    *breaker = (bj_calendar_breaker_t){.none = true,
                                       .cancel_orders = halts->cancel_orders,
                                       .market_first = halts->market_first};
    for (uint32_t i = 0; i < halts->level_cnt && halts->level[i].level_bp <= move_bp; i++) {
        window_apply(&halts->level[i], at_s, breaker);
    }
    return BJ_OK;
}

size_t bj_calendar_breaker_cmds(const bj_calendar_breaker_t *breaker, int64_t now_ns,
                                bj_calendar_timed_t timed[BJ_CALENDAR_TIMED_MAX]) {
    size_t cnt = 0;
    if (breaker->none) return 0;
    bj_match_cmd_t cmd = {
        .instrument_idx = BJ_MATCH_ALL, .op = BJ_OP_PHASE, .phase = BJ_PHASE_HALTED};
    timed[cnt++] = (bj_calendar_timed_t){now_ns, cmd};
    if (breaker->cancel_orders) {
        cmd = (bj_match_cmd_t){
            .instrument_idx = BJ_MATCH_ALL, .op = BJ_OP_MASS_CANCEL, .reason = BJ_END_HALT};
        timed[cnt++] = (bj_calendar_timed_t){now_ns, cmd};
    }
    if (breaker->rest_of_day) return cnt;
    int64_t resume_ns = now_ns + breaker->halt_s * BJ_NS_PER_S;
    cmd = (bj_match_cmd_t){.instrument_idx = BJ_MATCH_ALL,
                           .op = BJ_OP_PHASE,
                           .phase = BJ_PHASE_AUCTION,
                           .auction = BJ_AUCTION_RESUME};
    timed[cnt++] = (bj_calendar_timed_t){resume_ns, cmd};
    cmd = (bj_match_cmd_t){.instrument_idx = BJ_MATCH_ALL,
                           .op = BJ_OP_UNCROSS,
                           .phase = BJ_PHASE_CONTINUOUS,
                           .market_first = breaker->market_first};
    timed[cnt++] = (bj_calendar_timed_t){resume_ns + breaker->auction_s * BJ_NS_PER_S, cmd};
    return cnt;
}

/* --- bands and ticks */

static const bj_calendar_bands_t *bands_find(const bj_calendar_t *calendar, int32_t day) {
    return ROW_FIND(calendar->bands, calendar->bands_cnt, 0, day);
}

bj_status_t bj_calendar_static_band(const bj_calendar_t *calendar, int32_t day,
                                    int32_t prev_close_paise, int32_t pct, int32_t tick_paise,
                                    int32_t *lo_paise, int32_t *hi_paise) {
    const bj_calendar_bands_t *bands = bands_find(calendar, day);
    for (uint32_t i = 0; bands && i < bands->pct_cnt; i++) {
        if (bands->pct[i] != pct) continue;
        return bj_band_edges(prev_close_paise, -100 * pct, 100 * pct, tick_paise, lo_paise,
                             hi_paise);
    }
    return BJ_ERR_NOT_FOUND;
}

const bj_band_rule_t *bj_calendar_band_rule(const bj_calendar_t *calendar, int32_t day) {
    const bj_calendar_bands_t *bands = bands_find(calendar, day);
    return bands ? &bands->rule : NULL;
}

int32_t bj_calendar_tick(const bj_calendar_t *calendar, const char *kind, int32_t day,
                         int32_t price_paise) {
    uint32_t key;
    if (price_paise < 1 || !name_find(&calendar->kinds, kind, &key)) return 0;
    const bj_calendar_ticks_t *ticks = ROW_FIND(calendar->ticks, calendar->ticks_cnt, key, day);
    for (uint32_t i = 0; ticks && i < ticks->price_cnt; i++) {
        if (price_paise <= ticks->price[i].upto_paise) return ticks->price[i].tick_paise;
    }
    return 0;
}
