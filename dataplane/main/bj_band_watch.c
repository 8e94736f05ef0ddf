#include "dataplane/main/bj_band_watch.h"

#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/base/bj_universe.h"

enum { UNIVERSE_MAX = 4096, READ_MAX = 64 };
#define LOOK_EVERY_NS (10 * BJ_NS_PER_MS) /* what falls due without news may wait so long */

/* --- which instruments */

/* Is the symbol among those of a list like "INFY,TCS", or is the list "*"? */
static bool is_listed(const char *list, const char *symbol) {
    size_t symbol_bytes = strlen(symbol);
    if (strcmp(list, "*") == 0) return true;
    for (const char *at = list; *at; at += strspn(at, ",")) {
        size_t bytes = strcspn(at, ",");
        if (bytes == symbol_bytes && memcmp(at, symbol, bytes) == 0) return true;
        at += bytes;
    }
    return false;
}

static size_t names_in(const char *list) {
    size_t cnt = *list != 0;
    for (; *list; list++) cnt += *list == ',';
    return cnt;
}

static int by_token(const void *a, const void *b) {
    const bj_band_watched_t *x = (const bj_band_watched_t *)a, *y = (const bj_band_watched_t *)b;
    return (x->token > y->token) - (x->token < y->token);
}

static void watch_row(bj_band_watch_t *watch, const bj_universe_row_t *row) {
    watch->watched[watch->watched_cnt++] =
        (bj_band_watched_t){.token = row->token, .tick_paise = row->tick_paise};
}

static bool choose(bj_band_watch_t *watch, const char *list, const char *file) {
    char error[1024] = "";
    size_t cnt = 0;
    bj_universe_row_t *rows = calloc(UNIVERSE_MAX, sizeof *rows);
    watch->watched = calloc(UNIVERSE_MAX, sizeof *watch->watched);
    bool ok = rows && watch->watched &&
              bj_universe_load(file, rows, UNIVERSE_MAX, &cnt, error, sizeof error) == BJ_OK;
    if (!ok) BJ_ERROR("universe_csv %s: %s", file, error);
    for (size_t i = 0; i < cnt; i++) {
        if (is_listed(list, rows[i].symbol)) watch_row(watch, &rows[i]);
    }
    free(rows);
    if (ok && strcmp(list, "*") != 0 && watch->watched_cnt != names_in(list)) {
        BJ_ERROR("bands.sliding: %s: symbols of universe_csv with commas between, each once, or *",
                 list);
        ok = false;
    }
    if (ok) qsort(watch->watched, watch->watched_cnt, sizeof *watch->watched, by_token);
    return ok;
}

void bj_band_watch_hold(bj_band_watch_t *watch) {
    if (!watch->calendar) return;
    watch->hold_seq =
        watch->base_seq + atomic_load_explicit(&watch->cmds->head, memory_order_relaxed);
}

bool bj_band_watch_open(bj_band_watch_t *watch, const bj_config_t *config, const char *evlog_dir,
                        bj_ring_t *cmds, uint64_t base_seq) {
    char error[BJ_CALENDAR_ERROR_BYTES];
    const char *list = bj_config_str_or(config, "bands.sliding", "");
    *watch = (bj_band_watch_t){.cmds = cmds, .base_seq = base_seq, .next_seq = 1};
    if (!*list) return true;
    const char *file = bj_config_str(config, "calendar_json");
    if (bj_calendar_load_file(file, 0, &watch->calendar, error) != BJ_OK) {
        BJ_ERROR("calendar_json %s: %s", file, error);
        return false;
    }
    watch->reader = bj_evlog_open(evlog_dir);
    if (!watch->reader) BJ_ERROR("bands: no event log in %s", evlog_dir);
    if (!watch->reader || !choose(watch, list, bj_config_str(config, "universe_csv"))) {
        bj_band_watch_close(watch);
        return false;
    }
    bj_band_watch_hold(watch);
    BJ_INFO("bands: %u instruments slide", watch->watched_cnt);
    return true;
}

void bj_band_watch_close(bj_band_watch_t *watch) {
    if (watch->reader) bj_evlog_reader_close(watch->reader);
    bj_calendar_free(watch->calendar);
    free(watch->watched);
    *watch = (bj_band_watch_t){0};
}

static bj_band_watched_t *find(const bj_band_watch_t *watch, uint32_t token) {
    bj_band_watched_t key = {.token = token};
    return bsearch(&key, watch->watched, watch->watched_cnt, sizeof key, by_token);
}

/* --- what the events mean */

static void begin(bj_band_watch_t *watch, bj_band_watched_t *one, int32_t prev_close_paise,
                  int64_t at_ns) {
    const bj_band_rule_t *rule =
        bj_calendar_band_rule(watch->calendar, bj_calendar_day(at_ns));
    watch->changed = true;
    one->asked = false;
    one->close_paise = 0;
    one->begun =
        rule && bj_band_begin(&one->band, rule, prev_close_paise, one->tick_paise) == BJ_OK;
    if (!one->begun) BJ_WARN("bands: token %u has no band to begin the day with", one->token);
}

static void on_instrument(bj_band_watch_t *watch, const bj_event_t *event) {
    bj_band_watched_t *one = find(watch, event->token);
    if (!one) return;
    if (event->last_price_paise) { /* a definition, which has set the band it brought */
        one->lo_paise = one->hi_paise = 0;
        begin(watch, one, event->last_price_paise, event->time_ns);
    } else if (event->value == BJ_STATE_CLOSED && event->price_paise) {
        one->close_paise = event->price_paise;
    }
}

static void on_uncrossed(bj_band_watch_t *watch, const bj_event_t *event) {
    bj_band_watched_t *one = find(watch, event->token);
    if (one && event->price_paise) one->close_paise = event->price_paise;
}

static void on_done(bj_band_watch_t *watch, const bj_event_t *event) {
    if (event->reason != BJ_END_DAY) return;
    for (uint32_t i = 0; i < watch->watched_cnt; i++) {
        bj_band_watched_t *one = &watch->watched[i];
        if (!one->begun) continue;
        begin(watch, one, one->close_paise ? one->close_paise : one->band.prev_close_paise,
              event->time_ns);
    }
}

static bool is_due(const bj_band_watched_t *one, int64_t now_ns) {
    return one->begun && one->band.direction && now_ns >= one->band.due_ns;
}

/* *next: the band after the flex that is due at now_ns.  False: none is, or it can go no
 * further. */
static bool flexed(const bj_band_watched_t *one, int64_t now_ns, bj_band_t *next) {
    bj_match_cmd_t cmd;
    if (!is_due(one, now_ns)) return false;
    *next = one->band;
    return bj_band_flex(next, now_ns, 0, &cmd);
}

static void on_band(bj_band_watch_t *watch, const bj_event_t *event) {
    bj_band_watched_t *one = find(watch, event->token);
    if (!one) return;
    int32_t lo_paise = event->price_paise, hi_paise = event->last_price_paise;
    bj_band_t next;
    watch->changed = true;
    one->asked = false;
    one->lo_paise = lo_paise;
    one->hi_paise = hi_paise;
    if (!one->begun || (one->band.lo_paise == lo_paise && one->band.hi_paise == hi_paise)) return;
    if (flexed(one, event->time_ns, &next) && next.lo_paise == lo_paise &&
        next.hi_paise == hi_paise) {
        one->band = next;
    } else {
        bj_band_moved(&one->band, lo_paise, hi_paise);
    }
}

/* The two halves of a fill stand side by side. */
static void on_trade(bj_band_watch_t *watch, const bj_event_t *event) {
    bj_event_t maker = watch->maker;
    bool whole = maker.match_id == event->match_id;
    watch->maker = whole ? (bj_event_t){0} : *event;
    bj_band_watched_t *one = find(watch, event->token);
    if (!whole || !one || !one->begun || event->flags & BJ_FLAG_AUCTION) return;
    bj_band_t next;
    if (BJ_UNLIKELY(is_due(one, event->time_ns)) && !flexed(one, event->time_ns, &next))
        one->band = next; /* at the end of what is possible: it counts anew */
    const bj_event_t *buy = event->side == BJ_BUY ? event : &maker;
    const bj_event_t *sell = event->side == BJ_BUY ? &maker : event;
    bj_band_trade(&one->band, &(bj_band_trade_t){.at_ns = event->time_ns,
                                                 .buy_client = buy->account_id,
                                                 .sell_client = sell->account_id,
                                                 .buy_member = buy->session_id,
                                                 .sell_member = sell->session_id,
                                                 .price_paise = event->last_price_paise});
    watch->changed |= is_due(one, event->time_ns);
}

/* Our command was not taken: it is not asked for again until something changes. */
static void on_refused(bj_band_watch_t *watch, const bj_event_t *event) {
    const bj_band_watched_t *one = find(watch, event->token);
    if (event->session_id != BJ_SESSION_INTERNAL || !one || !one->asked) return;
    watch->refused_cnt++;
    BJ_WARN("bands: token %u: the engine refused %d to %d: %s", one->token, one->band.lo_paise,
            one->band.hi_paise, bj_status_text((bj_status_t)event->reason));
}

static void (*const handlers[])(bj_band_watch_t *, const bj_event_t *) = {
    [BJ_EV_TRADE] = on_trade,         [BJ_EV_REQUEST_REJECTED] = on_refused,
    [BJ_EV_INSTRUMENT] = on_instrument, [BJ_EV_MASS_DONE] = on_done,
    [BJ_EV_UNCROSSED] = on_uncrossed, [BJ_EV_BAND] = on_band,
};

/* --- what is to be done */

/* False: the log cannot be read any more.  Else it has been read to its end. */
static bool catch_up(bj_band_watch_t *watch) {
    bj_event_t events[READ_MAX];
    size_t cnt;
    do {
        if (bj_evlog_read(watch->reader, watch->next_seq, events, READ_MAX, &cnt) != BJ_OK) {
            BJ_ERROR("bands: the event log cannot be read any more: no band moves from now on");
            bj_band_watch_close(watch);
            return false;
        }
        for (size_t i = 0; i < cnt; i++) {
            uint16_t type = events[i].type;
            watch->cmd_seq = events[i].cmd_seq;
            if (type < BJ_COUNT(handlers) && handlers[type]) handlers[type](watch, &events[i]);
        }
        watch->next_seq += cnt;
    } while (cnt == READ_MAX);
    return true;
}

/* False: the ring is full. */
static bool ask(bj_band_watch_t *watch, bj_band_watched_t *one, const bj_band_t *want,
                int64_t now_ns) {
    bj_cmd_t cmd = {.type = BJ_CMD_BAND,
                    .session_id = BJ_SESSION_INTERNAL,
                    .time_ns = now_ns,
                    .token = one->token,
                    .body.band = {.lo_paise = want->lo_paise, .hi_paise = want->hi_paise}};
    one->asked = bj_ring_push(watch->cmds, &cmd, sizeof cmd);
    watch->asked_cnt += one->asked;
    return one->asked;
}

/* The band that ought to be in force and is not; false: all is as it should be. */
static bool wanted(const bj_band_watched_t *one, int64_t now_ns, bj_band_t *want) {
    if (!one->begun || one->asked) return false;
    if (flexed(one, now_ns, want)) return true;
    *want = one->band;
    return one->lo_paise != want->lo_paise || one->hi_paise != want->hi_paise;
}

uint32_t bj_band_watch_step(bj_band_watch_t *watch, int64_t now_ns) {
    uint32_t done = 0;
    bj_band_t want;
    if (!watch->calendar || !catch_up(watch)) return 0;
    bool lately = now_ns >= watch->looked_ns && now_ns - watch->looked_ns < LOOK_EVERY_NS;
    if ((lately && !watch->changed) || watch->cmd_seq < watch->hold_seq) return 0;
    watch->looked_ns = now_ns;
    watch->changed = false;
    for (uint32_t i = 0; i < watch->watched_cnt; i++) {
        if (!wanted(&watch->watched[i], now_ns, &want)) continue;
        watch->changed = !ask(watch, &watch->watched[i], &want, now_ns);
        if (watch->changed) break; /* the ring is full: it is wanted still */
        done++;
    }
    return done;
}
