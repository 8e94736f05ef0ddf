#include "controlplane/identity/bj_suspect.h"

#include <stdio.h>
#include "dataplane/base/bj_time.h"

/* An airliner's speed; below the distance the table's own places are too rough. */
enum { SPEED_MAX_KMH = 900, DISTANCE_MIN_KM = 300 };
/* Hours are a habit only once there are some. */
enum { HABIT_CNT = 10, HABIT_S = 2 * 3600, DAY_S = 24 * 3600 };
enum { RATE_CNT = 5, RATE_S = 600 };

typedef struct facts {
    const bj_login_fact_t *now, *history;
    size_t cnt;
    bool   device_known;
} facts_t;

static bool new_device(const facts_t *f) { return !f->device_known; }

static bool new_country(const facts_t *f) {
    size_t known_cnt = 0;
    if (!f->now->has_place) return false;
    for (size_t i = 0; i < f->cnt; i++) {
        if (!f->history[i].has_place) continue;
        known_cnt++;
        if (strcmp(f->history[i].place.country, f->now->place.country) == 0) return false;
    }
    return known_cnt > 0;
}

bool bj_suspect_travel(const bj_place_t *from, int64_t from_ns, const bj_place_t *to,
                       int64_t to_ns) {
    double km = bj_place_distance_km(from, to);
    double hours = (double)(to_ns - from_ns) / (3600.0 * (double)BJ_NS_PER_S);
    return km > DISTANCE_MIN_KM && km > SPEED_MAX_KMH * (hours > 0 ? hours : 0);
}

static bool travel(const facts_t *f) {
    const bj_login_fact_t *last = &f->history[0];
    if (!f->now->has_place || !last->has_place) return false;
    return bj_suspect_travel(&last->place, last->at_ns, &f->now->place, f->now->at_ns);
}

static bool unusual_time(const facts_t *f) {
    if (f->cnt < HABIT_CNT) return false;
    for (size_t i = 0; i < f->cnt; i++) {
        int64_t apart_s = (f->now->at_ns - f->history[i].at_ns) / BJ_NS_PER_S % DAY_S;
        if (apart_s < HABIT_S || apart_s > DAY_S - HABIT_S) return false;
    }
    return true;
}

static bool rate(const facts_t *f) {
    size_t cnt = 1;
    for (size_t i = 0; i < f->cnt; i++) {
        cnt += f->now->at_ns - f->history[i].at_ns < RATE_S * BJ_NS_PER_S;
    }
    return cnt >= RATE_CNT;
}

static const struct {
    const char *name;
    int         points;
    bool (*is)(const facts_t *f);
} rules[BJ_SUSPECT_CNT] = {
#define X(name, points) [BJ_SUSPECT_##name] = {#name, points, name},
    BJ_SUSPECT_LIST(X)
#undef X
};

bj_suspicion_t bj_suspect_judge(const bj_login_fact_t *now, bool device_known,
                                const bj_login_fact_t *history, size_t history_cnt) {
    const facts_t facts = {now, history, history_cnt, device_known};
    bj_suspicion_t got = {.rules = 0};
    for (unsigned i = 0; history_cnt > 0 && i < BJ_SUSPECT_CNT; i++) {
        if (!rules[i].is(&facts)) continue;
        got.rules |= 1U << i;
        got.points += rules[i].points;
    }
    return got;
}

const char *bj_suspect_text(unsigned bits, char out[BJ_SUSPECT_TEXT_BYTES]) {
    size_t at = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < BJ_SUSPECT_CNT; i++) {
        if (!(bits >> i & 1) || at >= BJ_SUSPECT_TEXT_BYTES) continue;
        at += (size_t)snprintf(out + at, BJ_SUSPECT_TEXT_BYTES - at, "%s%s", at ? "," : "",
                               rules[i].name);
    }
    return out;
}
