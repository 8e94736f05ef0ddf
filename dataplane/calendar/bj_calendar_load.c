#include "dataplane/calendar/bj_calendar_priv.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Reading goes on after a fault with values that do no harm; the first fault is the one that is
 * told.  That keeps every reader below free of checks, and one check at the end decides. */
typedef struct reader {
    bj_calendar_t *calendar;
    char *error; /* BJ_CALENDAR_ERROR_BYTES */
    bool  bad;
} reader_t;

/* A value and the way to it, for the sentences: sessions[0].steps[2].at */
typedef struct node {
    const struct node *up; /* NULL: the root */
    const char *key;       /* NULL: an item of a list */
    size_t  idx;
    json_t *json; /* borrowed; NULL: not there */
} node_t;

static void add_path(const node_t *node, char *out) {
    if (!node->up) return;
    add_path(node->up, out);
    size_t used = strlen(out), left = BJ_CALENDAR_ERROR_BYTES - used;
    if (node->key) snprintf(out + used, left, "%s%.40s", used ? "." : "", node->key);
    else snprintf(out + used, left, "[%zu]", node->idx);
}

__attribute__((format(printf, 3, 4))) static void complain(reader_t *reader, const node_t *node,
                                                           const char *format, ...) {
    if (reader->bad) return;
    reader->bad = true;
    reader->error[0] = '\0';
    add_path(node, reader->error);
    if (!node->up) snprintf(reader->error, BJ_CALENDAR_ERROR_BYTES, "the calendar");
    size_t used = strlen(reader->error);
    snprintf(reader->error + used, BJ_CALENDAR_ERROR_BYTES - used, ": ");
    used = strlen(reader->error);
    va_list args;
    va_start(args, format);
    vsnprintf(reader->error + used, BJ_CALENDAR_ERROR_BYTES - used, format, args);
    va_end(args);
}

/* --- values */

static node_t member(const node_t *of, const char *key) {
    return (node_t){.up = of, .key = key, .json = json_object_get(of->json, key)};
}

static node_t item(const node_t *list, size_t idx) {
    return (node_t){.up = list, .idx = idx, .json = json_array_get(list->json, idx)};
}

static bool listed(const char *key, const char *words) {
    size_t n = strlen(key);
    if (n == 0 || strchr(key, ' ')) return false;
    for (const char *at = words; (at = strstr(at, key)); at += n) {
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) return true;
    }
    return false;
}

/* An object with no keys but these and the three that may stand anywhere: note and source, for
 * people, and sure: A two sources or an official one, B one source, C a default to be checked. */
static void only(reader_t *reader, const node_t *node, const char *keys) {
    const char *key;
    json_t *value;
    if (!json_is_object(node->json)) {
        complain(reader, node, "must be an object with the keys %s", keys);
        return;
    }
    json_object_foreach(node->json, key, value) {
        node_t child = {.up = node, .key = key, .json = value};
        if (!strcmp(key, "sure")) {
            const char *sure = json_string_value(value);
            if (!sure || !listed(sure, "A B C")) complain(reader, &child, "must be A, B or C");
        } else if (!listed(key, "note source") && !listed(key, keys)) {
            complain(reader, &child, "is no key here; there are: %s note source sure", keys);
        }
    }
}

static int32_t get_int_or(reader_t *reader, const node_t *of, const char *key, int32_t min,
                          int32_t max, int32_t or_else) {
    node_t node = member(of, key);
    if (!node.json) return or_else;
    json_int_t value = json_integer_value(node.json);
    if (json_is_integer(node.json) && value >= min && value <= max) return (int32_t)value;
    complain(reader, &node, "must be a whole number in [%" PRId32 ", %" PRId32 "]", min, max);
    return min;
}

static int32_t get_int(reader_t *reader, const node_t *of, const char *key, int32_t min,
                       int32_t max) {
    node_t node = member(of, key);
    if (!node.json) {
        complain(reader, &node,
                 "is missing; it must be a whole number in [%" PRId32 ", %" PRId32 "]", min, max);
    }
    return get_int_or(reader, of, key, min, max, min);
}

static bool get_bool(reader_t *reader, const node_t *of, const char *key) {
    node_t node = member(of, key);
    if (node.json && !json_is_boolean(node.json)) complain(reader, &node, "must be true or false");
    return json_is_true(node.json);
}

static bool two_digits(const char *text, int32_t max, int32_t *value) {
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return false;
    *value = (text[0] - '0') * 10 + (text[1] - '0');
    return *value <= max;
}

static bool time_of_day(const char *text, int32_t *at_s) {
    int32_t h, m, s = 0;
    size_t n = strlen(text);
    if ((n != 5 && n != 8) || text[2] != ':' || (n == 8 && text[5] != ':')) return false;
    if (!two_digits(text, 23, &h) || !two_digits(text + 3, 59, &m)) return false;
    if (n == 8 && !two_digits(text + 6, 59, &s)) return false;
    *at_s = h * 3600 + m * 60 + s;
    return true;
}

static int32_t get_time(reader_t *reader, const node_t *of, const char *key) {
    node_t node = member(of, key);
    const char *text = json_string_value(node.json);
    int32_t at_s = 0;
    if (!text || !time_of_day(text, &at_s)) {
        complain(reader, &node, "must be a time in India, HH:MM or HH:MM:SS");
    }
    return at_s;
}

static int32_t as_date(reader_t *reader, const node_t *node) {
    const char *text = json_string_value(node->json);
    int32_t day = BJ_CALENDAR_DAY_MIN;
    if (!text || !bj_calendar_date(text, &day)) {
        complain(reader, node, "must be a date YYYY-MM-DD, 2000-01-01 to 2099-12-31");
    }
    return day;
}

/* The number of items; 0 after a fault, so that no table is overrun. */
static size_t get_list(reader_t *reader, const node_t *of, const char *key, size_t min, size_t max,
                       node_t *list) {
    *list = member(of, key);
    size_t cnt = json_array_size(list->json);
    if (!json_is_array(list->json)) {
        complain(reader, list, "%smust be a list", list->json ? "" : "is missing; it ");
    } else if (cnt < min || cnt > max) {
        complain(reader, list, "must have %zu to %zu items", min, max);
    }
    return reader->bad ? 0 : cnt;
}

typedef struct word {
    const char *text;
    uint8_t     value;
} word_t;

/* The value of a word; the first word's after a fault. */
static uint8_t get_word(reader_t *reader, const node_t *of, const char *key, const word_t *words,
                        size_t word_cnt) {
    node_t node = member(of, key);
    const char *text = json_string_value(node.json);
    for (size_t i = 0; text && i < word_cnt; i++) {
        if (!strcmp(text, words[i].text)) return words[i].value;
    }
    char all[128] = "";
    for (size_t i = 0, n = 0; i < word_cnt && n < sizeof all; i++) {
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", words[i].text);
    }
    complain(reader, &node, "%smust be one of %s", node.json ? "" : "is missing; it ", all);
    return words[0].value;
}

/* A name of the table, entered at its first appearance. */
static uint32_t get_name(reader_t *reader, const node_t *of, const char *key,
                         bj_calendar_names_t *names) {
    node_t node = member(of, key);
    const char *text = json_string_value(node.json);
    size_t n = text ? strlen(text) : 0;
    if (n == 0 || n >= BJ_CALENDAR_NAME_BYTES ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != n) {
        complain(reader, &node, "must be a name of 1 to %d of A-Z 0-9 _",
                 BJ_CALENDAR_NAME_BYTES - 1);
        return 0;
    }
    for (uint32_t i = 0; i < names->cnt; i++) {
        if (!strcmp(names->name[i], text)) return i;
    }
    if (names->cnt == BJ_CALENDAR_CLASS_MAX) {
        complain(reader, &node, "is one more than the %d names there may be",
                 BJ_CALENDAR_CLASS_MAX);
        return 0;
    }
    memcpy(names->name[names->cnt], text, n + 1);
    return names->cnt++;
}

/* --- dated rows */

static bj_calendar_row_t read_row(reader_t *reader, const node_t *node, uint32_t key) {
    node_t from = member(node, "from"), until = member(node, "until");
    bj_calendar_row_t row = {.key = key, .until_day = BJ_CALENDAR_DAY_MAX};
    row.from_day = as_date(reader, &from);
    if (until.json) row.until_day = as_date(reader, &until);
    if (row.until_day < row.from_day) complain(reader, &until, "must not be before from");
    return row;
}

/* Two rows of one key and the same dates: which is meant nobody can say. */
static void check_twice(reader_t *reader, const node_t *node, const void *table, size_t row_bytes,
                        const bj_calendar_row_t *row) {
    for (size_t i = 0; i < node->idx; i++) {
        bj_calendar_row_t other;
        memcpy(&other, (const char *)table + i * row_bytes, sizeof other);
        if (other.key == row->key && other.from_day == row->from_day &&
            other.until_day == row->until_day) {
            complain(reader, node, "repeats [%zu]: the same class or kind, the same dates", i);
        }
    }
}

/* --- sessions */

static const word_t op_words[] = {{"phase", BJ_OP_PHASE},
                                  {"uncross", BJ_OP_UNCROSS},
                                  {"window", BJ_OP_WINDOW},
                                  {"day_end", BJ_OP_DAY_END}};
static const word_t phase_words[] = {{"closed", BJ_PHASE_CLOSED},
                                     {"continuous", BJ_PHASE_CONTINUOUS},
                                     {"halted", BJ_PHASE_HALTED},
                                     {"auction", BJ_PHASE_AUCTION},
                                     {"auction_limit", BJ_PHASE_AUCTION_LIMIT},
                                     {"buffer", BJ_PHASE_BUFFER},
                                     {"post_close", BJ_PHASE_POST_CLOSE}};
/* What may follow an auction's matching: all but another auction. */
static const word_t next_words[] = {{"closed", BJ_PHASE_CLOSED},
                                    {"continuous", BJ_PHASE_CONTINUOUS},
                                    {"halted", BJ_PHASE_HALTED},
                                    {"buffer", BJ_PHASE_BUFFER},
                                    {"post_close", BJ_PHASE_POST_CLOSE}};
static const word_t auction_words[] = {{"open", BJ_AUCTION_OPEN},
                                       {"resume", BJ_AUCTION_RESUME},
                                       {"close", BJ_AUCTION_CLOSE}};

static void read_phase(reader_t *reader, const node_t *node, bj_calendar_step_t *step) {
    step->phase = get_word(reader, node, "phase", phase_words, BJ_COUNT(phase_words));
    bool auction = step->phase == BJ_PHASE_AUCTION || step->phase == BJ_PHASE_AUCTION_LIMIT;
    only(reader, node, auction ? "at op phase random_s auction band_bp" : "at op phase random_s");
    if (!auction) return;
    step->auction = get_word(reader, node, "auction", auction_words, BJ_COUNT(auction_words));
    step->band_bp = (uint32_t)get_int_or(reader, node, "band_bp", 0, 10000, 0);
}

static bj_calendar_step_t read_step(reader_t *reader, const node_t *node) {
    bj_calendar_step_t step = {.at_s = get_time(reader, node, "at")};
    step.op = get_word(reader, node, "op", op_words, BJ_COUNT(op_words));
    if (step.op == BJ_OP_PHASE) {
        read_phase(reader, node, &step);
    } else if (step.op == BJ_OP_UNCROSS) {
        only(reader, node, "at op next random_s market_first");
        step.phase = get_word(reader, node, "next", next_words, BJ_COUNT(next_words));
        step.market_first = get_bool(reader, node, "market_first");
    } else {
        only(reader, node, "at op");
    }
    step.random_s = get_int_or(reader, node, "random_s", 0, 3600, 0);
    return step;
}

static void check_time(reader_t *reader, const node_t *node, const bj_calendar_step_t *step) {
    node_t at = member(node, "at"), random = member(node, "random_s");
    if (node->idx) {
        const bj_calendar_step_t *last = step - 1;
        if (step->at_s <= last->at_s || step->at_s < last->at_s + last->random_s) {
            complain(reader, &at, "must be after the step before and its random seconds");
        }
    }
    if (step->at_s + step->random_s > BJ_CALENDAR_DAY_S) {
        complain(reader, &random, "must end before midnight");
    }
}

/* What the matching engine would refuse.  collecting: the kind of auction that is on, 0 none. */
static void check_auction(reader_t *reader, const node_t *node, const bj_calendar_step_t *step,
                          uint8_t *collecting) {
    node_t op = member(node, "op"), phase = member(node, "phase");
    node_t auction = member(node, "auction");
    if (step->op == BJ_OP_UNCROSS) {
        if (!*collecting) complain(reader, &op, "there is no auction to uncross here");
        *collecting = 0;
    } else if (step->auction) {
        if (*collecting && *collecting != step->auction) {
            complain(reader, &auction, "an auction of another kind is on");
        }
        *collecting = step->auction;
    } else if (step->op == BJ_OP_PHASE && *collecting) {
        bool waits = step->phase == BJ_PHASE_BUFFER || step->phase == BJ_PHASE_HALTED;
        if (!waits) complain(reader, &phase, "the auction must be uncrossed first");
    }
}

static void read_session(reader_t *reader, const node_t *node, bj_calendar_session_t *session) {
    only(reader, node, "from until class steps");
    uint32_t class_idx = get_name(reader, node, "class", &reader->calendar->classes);
    session->row = read_row(reader, node, class_idx);
    uint8_t collecting = 0;
    node_t steps;
    size_t cnt = get_list(reader, node, "steps", 0, BJ_CALENDAR_STEP_MAX, &steps);
    for (size_t i = 0; i < cnt; i++) {
        node_t at = item(&steps, i);
        session->step[i] = read_step(reader, &at);
        check_time(reader, &at, &session->step[i]);
        check_auction(reader, &at, &session->step[i], &collecting);
    }
    if (collecting) complain(reader, &steps, "end with an auction that is not uncrossed");
    session->step_cnt = (uint32_t)cnt;
}

/* --- index circuit breaker */

enum { DO_NONE, DO_HALT, DO_REST };
static const word_t do_words[] = {
    {"none", DO_NONE}, {"halt", DO_HALT}, {"rest_of_day", DO_REST}};

static void read_window(reader_t *reader, const node_t *node, bj_calendar_window_t *window) {
    uint8_t what = get_word(reader, node, "do", do_words, BJ_COUNT(do_words));
    only(reader, node, what == DO_HALT ? "at do halt_min auction_min" : "at do");
    window->at_s = get_time(reader, node, "at");
    window->rest_of_day = what == DO_REST;
    if (what == DO_HALT) {
        window->halt_s = 60 * get_int(reader, node, "halt_min", 1, 600);
        window->auction_s = 60 * get_int(reader, node, "auction_min", 1, 600);
    }
    node_t at = member(node, "at");
    if (node->idx == 0 && window->at_s != 0) complain(reader, &at, "the first must be 00:00");
    if (node->idx && window->at_s <= window[-1].at_s) complain(reader, &at, "must ascend");
}

static void read_level(reader_t *reader, const node_t *node, bj_calendar_level_t *level) {
    only(reader, node, "level_bp windows");
    level->level_bp = (uint32_t)get_int(reader, node, "level_bp", 1, 10000);
    node_t level_bp = member(node, "level_bp"), windows;
    if (node->idx && level->level_bp <= level[-1].level_bp) {
        complain(reader, &level_bp, "must ascend");
    }
    size_t cnt = get_list(reader, node, "windows", 1, BJ_CALENDAR_WINDOW_MAX, &windows);
    for (size_t i = 0; i < cnt; i++) {
        node_t at = item(&windows, i);
        read_window(reader, &at, &level->window[i]);
    }
    level->window_cnt = (uint32_t)cnt;
}

static void read_halts(reader_t *reader, const node_t *node, bj_calendar_halts_t *halts) {
    only(reader, node, "from until cancel_orders market_first levels");
    halts->row = read_row(reader, node, 0);
    halts->cancel_orders = get_bool(reader, node, "cancel_orders");
    halts->market_first = get_bool(reader, node, "market_first");
    node_t levels;
    size_t cnt = get_list(reader, node, "levels", 1, BJ_CALENDAR_LEVEL_MAX, &levels);
    for (size_t i = 0; i < cnt; i++) {
        node_t at = item(&levels, i);
        read_level(reader, &at, &halts->level[i]);
    }
    halts->level_cnt = (uint32_t)cnt;
}

/* --- bands */

static void read_rung(reader_t *reader, const node_t *node, bool last, bj_band_rung_t *rung) {
    only(reader, node, "times step_bp cooling_min late_cooling_min");
    rung->times = last ? (uint32_t)get_int_or(reader, node, "times", 1, 1000, 0)
                       : (uint32_t)get_int(reader, node, "times", 1, 1000);
    rung->step_bp = get_int(reader, node, "step_bp", 1, 10000);
    int32_t cooling_min = get_int(reader, node, "cooling_min", 0, 1440);
    rung->cooling_s = 60 * cooling_min;
    rung->late_cooling_s =
        60 * get_int_or(reader, node, "late_cooling_min", 0, 1440, cooling_min);
}

static void read_rule(reader_t *reader, const node_t *node, bj_band_rule_t *rule) {
    only(reader, node, "first_bp near_bp trades clients members late_from ladder");
    rule->first_bp = get_int(reader, node, "first_bp", 1, 9999);
    rule->near_bp = get_int(reader, node, "near_bp", 1, 10000);
    rule->trade_cnt = (uint32_t)get_int(reader, node, "trades", 1, 1000000);
    rule->client_cnt = (uint32_t)get_int(reader, node, "clients", 0, BJ_BAND_KEY_MAX);
    rule->member_cnt = (uint32_t)get_int(reader, node, "members", 0, BJ_BAND_KEY_MAX);
    bool late = json_object_get(node->json, "late_from") != NULL;
    rule->late_from_s = late ? get_time(reader, node, "late_from") : BJ_CALENDAR_DAY_S;
    node_t ladder;
    size_t cnt = get_list(reader, node, "ladder", 1, BJ_BAND_RUNG_MAX, &ladder);
    for (size_t i = 0; i < cnt; i++) {
        node_t at = item(&ladder, i);
        read_rung(reader, &at, i + 1 == cnt, &rule->rung[i]);
    }
    rule->rung_cnt = (uint32_t)cnt;
}

static void read_bands(reader_t *reader, const node_t *node, bj_calendar_bands_t *bands) {
    only(reader, node, "from until static_pct dynamic");
    bands->row = read_row(reader, node, 0);
    node_t list, dynamic = member(node, "dynamic");
    size_t cnt = get_list(reader, node, "static_pct", 1, BJ_CALENDAR_PCT_MAX, &list);
    for (size_t i = 0; i < cnt; i++) {
        node_t at = item(&list, i);
        json_int_t pct = json_integer_value(at.json);
        if (pct < 1 || pct > 99) complain(reader, &at, "must be a whole number in [1, 99]");
        bands->pct[i] = (int32_t)pct;
    }
    bands->pct_cnt = (uint32_t)cnt;
    read_rule(reader, &dynamic, &bands->rule);
}

/* --- ticks */

static void read_ticks(reader_t *reader, const node_t *node, bj_calendar_ticks_t *ticks) {
    only(reader, node, "from until kind prices");
    uint32_t kind = get_name(reader, node, "kind", &reader->calendar->kinds);
    ticks->row = read_row(reader, node, kind);
    node_t list;
    size_t cnt = get_list(reader, node, "prices", 1, BJ_CALENDAR_PRICE_MAX, &list);
    for (size_t i = 0; i < cnt; i++) {
        bool last = i + 1 == cnt;
        node_t at = item(&list, i), upto = member(&at, "upto_paise");
        only(reader, &at, last ? "tick_paise" : "upto_paise tick_paise");
        ticks->price[i].upto_paise =
            last ? INT32_MAX : get_int(reader, &at, "upto_paise", 1, INT32_MAX);
        ticks->price[i].tick_paise = get_int(reader, &at, "tick_paise", 1, 1000000);
        if (i && !last && ticks->price[i].upto_paise <= ticks->price[i - 1].upto_paise) {
            complain(reader, &upto, "must ascend");
        }
    }
    ticks->price_cnt = (uint32_t)cnt;
}

/* --- the whole */

static void read_dates(reader_t *reader, const node_t *root, const char *key,
                       bj_calendar_dates_t *dates) {
    node_t list;
    size_t cnt = get_list(reader, root, key, 0, BJ_CALENDAR_DATE_MAX, &list);
    for (size_t i = 0; i < cnt; i++) {
        node_t at = item(&list, i);
        dates->day[i] = as_date(reader, &at);
    }
    dates->cnt = (uint32_t)cnt;
}

/* Reads each item of a list of rows into its place in a table. */
#define READ_TABLE(reader, root, key, table, cnt, max, read)                             \
    do {                                                                                 \
        node_t list_;                                                                    \
        (cnt) = (uint32_t)get_list(reader, root, key, 1, max, &list_);                   \
        for (uint32_t i_ = 0; i_ < (cnt); i_++) {                                        \
            node_t at_ = item(&list_, i_);                                               \
            read(reader, &at_, &(table)[i_]);                                            \
            check_twice(reader, &at_, table, sizeof *(table), &(table)[i_].row);         \
        }                                                                                \
    } while (0)

static void read_root(reader_t *reader, json_t *json) {
    bj_calendar_t *to = reader->calendar;
    node_t root = {.json = json};
    only(reader, &root, "sessions breaker bands ticks holidays open_days");
    READ_TABLE(reader, &root, "sessions", to->session, to->session_cnt, BJ_CALENDAR_SESSION_MAX,
               read_session);
    READ_TABLE(reader, &root, "breaker", to->halts, to->halts_cnt, BJ_CALENDAR_BREAKER_MAX,
               read_halts);
    READ_TABLE(reader, &root, "bands", to->bands, to->bands_cnt, BJ_CALENDAR_BAND_MAX, read_bands);
    READ_TABLE(reader, &root, "ticks", to->ticks, to->ticks_cnt, BJ_CALENDAR_TICKS_MAX, read_ticks);
    read_dates(reader, &root, "holidays", &to->holidays);
    if (json_object_get(json, "open_days")) read_dates(reader, &root, "open_days", &to->open_days);
}

/* Takes json, which is NULL if it could not be parsed: fault then says why. */
static bj_status_t from_json(json_t *json, const json_error_t *fault, uint64_t seed,
                             bj_calendar_t **out, char *error) {
    *out = NULL;
    error[0] = '\0';
    if (!json) {
        snprintf(error, BJ_CALENDAR_ERROR_BYTES, "line %d: %s", fault->line, fault->text);
        return BJ_ERR_CONFIG;
    }
    reader_t reader = {.error = error, .calendar = calloc(1, sizeof *reader.calendar)};
    if (reader.calendar) {
        reader.calendar->seed = seed;
        read_root(&reader, json);
    } else {
        snprintf(error, BJ_CALENDAR_ERROR_BYTES, "no memory for a calendar");
    }
    json_decref(json);
    if (reader.calendar && !reader.bad) {
        *out = reader.calendar;
        return BJ_OK;
    }
    free(reader.calendar);
    return reader.bad ? BJ_ERR_CONFIG : BJ_ERR_FULL;
}

bj_status_t bj_calendar_load(const char *text, size_t text_bytes, uint64_t seed,
                             bj_calendar_t **out, char error[BJ_CALENDAR_ERROR_BYTES]) {
    json_error_t fault;
    json_t *json = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, &fault);
    return from_json(json, &fault, seed, out, error);
}

bj_status_t bj_calendar_load_file(const char *file, uint64_t seed, bj_calendar_t **out,
                                  char error[BJ_CALENDAR_ERROR_BYTES]) {
    json_error_t fault;
    json_t *json = json_load_file(file, JSON_REJECT_DUPLICATES, &fault);
    return from_json(json, &fault, seed, out, error);
}
