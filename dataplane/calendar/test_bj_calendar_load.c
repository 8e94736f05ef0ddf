/* The loader: each fault names its key and what may be there; rows replace each other by date. */
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/base/bj_test.h"
#include "dataplane/calendar/bj_calendar.h"

/* A small calendar in which one section is replaced.  Quotes are ' to keep the cases readable. */
static const struct {
    const char *key, *text;
} sections[] = {
    {"sessions", "[{'class':'CM','from':'2026-01-01','steps':[{'at':'09:15','op':'phase','phase':'"
                 "continuous'}]}]"},
    {"breaker",
     "[{'from':'2026-01-01','levels':[{'level_bp':1000,'windows':[{'at':'00:00','do':'none'}]}]}]"},
    {"bands",
     "[{'from':'2026-01-01','static_pct':[5],'dynamic':{'first_bp':1000,'near_bp':9900,'trades':50,"
     "'clients':10,'members':3,'ladder':[{'step_bp':500,'cooling_min':15}]}}]"},
    {"ticks", "[{'kind':'CM','from':'2026-01-01','prices':[{'tick_paise':5}]}]"},
    {"holidays", "[]"},
};

static size_t compose(const char *key, const char *text, char *out, size_t out_bytes) {
    size_t used = (size_t)snprintf(out, out_bytes, "{");
    for (size_t i = 0; i < BJ_COUNT(sections); i++) {
        const char *body = strcmp(key, sections[i].key) ? sections[i].text : text;
        if (!body) continue;
        used += (size_t)snprintf(out + used, out_bytes - used, "%s\"%s\":%s", used > 1 ? "," : "",
                                 sections[i].key, body);
    }
    used += (size_t)snprintf(out + used, out_bytes - used, "}");
    for (size_t i = 0; i < used; i++)
        out[i] = (char)(out[i] == '\'' ? '"' : out[i]);
    return used;
}

static bj_calendar_t *load(const char *key, const char *text, char *error) {
    static char whole[65536];
    bj_calendar_t *calendar;
    size_t n = compose(key, text, whole, sizeof whole);
    bj_status_t status = bj_calendar_load(whole, n, 1, &calendar, error);
    BJ_CHECK(status == (calendar ? BJ_OK : BJ_ERR_CONFIG));
    return calendar;
}

#define STEPS(s) "[{'class':'CM','from':'2026-01-01','steps':[" s "]}]"
#define AUCTION "{'at':'09:00','op':'phase','phase':'auction','auction':'open'}"
#define WINDOWS(w) "[{'from':'2026-01-01','levels':[{'level_bp':1000,'windows':[" w "]}]}]"
#define DYNAMIC(d) "[{'from':'2026-01-01','static_pct':[5],'dynamic':{" d "}}]"
#define LADDER(l)                                                                                  \
    DYNAMIC("'first_bp':1000,'near_bp':9900,'trades':50,'clients':10,'members':3,'ladder':[" l "]")
#define PRICES(p) "[{'kind':'CM','from':'2026-01-01','prices':[" p "]}]"

static const struct {
    const char *key, *text, *error;
} faults[] = {
    /* the whole and dated rows */
    {"sessions", NULL, "sessions: is missing; it must be a list"},
    {"ticks", NULL, "ticks: is missing; it must be a list"},
    {"holidays", NULL, "holidays: is missing; it must be a list"},
    {"breaker", "{}", "breaker: must be a list"},
    {"bands", "[]", "bands: must have 1 to 16 items"},
    {"holidays", "[],'holliday':1",
     "holliday: is no key here; there are: sessions breaker bands ticks holidays open_days note "
     "source sure"},
    {"holidays", "[],'holidays':[]", "line 1: duplicate object key"},
    {"holidays", "[", "line 1: "},
    {"holidays", "['2026-01-26','2026-02-30']",
     "holidays[1]: must be a date YYYY-MM-DD, 2000-01-01 to 2099-12-31"},
    {"holidays", "[20260126]", "holidays[0]: must be a date"},
    {"holidays", "[],'open_days':['tomorrow']", "open_days[0]: must be a date"},
    {"holidays", "[],'sure':'D'", "sure: must be A, B or C"},
    {"holidays", "[],'sure':1", "sure: must be A, B or C"},
    {"sessions", "[7]", "sessions[0]: must be an object with the keys from until class steps"},
    {"sessions", "[{'class':'CM','steps':[]}]", "sessions[0].from: must be a date"},
    {"sessions", "[{'class':'CM','from':'2026-01-02','until':'2026-01-01','steps':[]}]",
     "sessions[0].until: must not be before from"},
    {"sessions", "[{'class':'cm','from':'2026-01-01','steps':[]}]",
     "sessions[0].class: must be a name of 1 to 15 of A-Z 0-9 _"},
    {"sessions", "[{'class':'ABCDEFGHIJKLMNOP','from':'2026-01-01','steps':[]}]",
     "sessions[0].class: must be a name"},
    {"sessions", "[{'from':'2026-01-01','steps':[]}]", "sessions[0].class: must be a name"},
    {"sessions",
     "[{'class':'CM','from':'2026-01-01','steps':[]},{'class':'FO','from':'2026-01-01','steps':[]},"
     "{'class':'CM','from':'2026-01-01','steps':[]}]",
     "sessions[2]: repeats [0]: the same class or kind, the same dates"},
    {"ticks",
     "[{'kind':'CM','from':'2026-01-01','prices':[{'tick_paise':5}]},"
     "{'kind':'CM','from':'2026-01-01','prices':[{'tick_paise':1}]}]",
     "ticks[1]: repeats [0]: the same class or kind, the same dates"},
    /* steps */
    {"sessions", "[{'class':'CM','from':'2026-01-01'}]",
     "sessions[0].steps: is missing; it must be a list"},
    {"sessions", STEPS("{'op':'window'}"),
     "sessions[0].steps[0].at: must be a time in India, HH:MM or HH:MM:SS"},
    {"sessions", STEPS("{'at':'24:00','op':'window'}"), "sessions[0].steps[0].at: must be a time"},
    {"sessions", STEPS("{'at':'9:15','op':'window'}"), "sessions[0].steps[0].at: must be a time"},
    {"sessions", STEPS("{'at':'09:60','op':'window'}"), "sessions[0].steps[0].at: must be a time"},
    {"sessions", STEPS("{'at':'09:15:60','op':'window'}"),
     "sessions[0].steps[0].at: must be a time"},
    {"sessions", STEPS("{'at':'09-15','op':'window'}"), "sessions[0].steps[0].at: must be a time"},
    {"sessions", STEPS("{'at':'09:15-30','op':'window'}"),
     "sessions[0].steps[0].at: must be a time"},
    {"sessions", STEPS("{'at':'09:15','op':'window','t':1}"),
     "sessions[0].steps[0].t: is no key here"},
    {"sessions", STEPS("{'at':'09:15','op':'window','o':1}"),
     "sessions[0].steps[0].o: is no key here"},
    {"sessions", STEPS("{'at':'09:15','op':'window','at op':1}"),
     "sessions[0].steps[0].at op: is no key here"},
    {"sessions", STEPS("{'at':'09:15','op':'window','':1}"),
     "sessions[0].steps[0].: is no key here"},
    {"sessions", STEPS("{'at':'09:15'}"),
     "sessions[0].steps[0].op: is missing; it must be one of phase, uncross, window, day_end"},
    {"sessions", STEPS("{'at':'09:15','op':'start'}"),
     "sessions[0].steps[0].op: must be one of phase, uncross, window, day_end"},
    {"sessions", STEPS("{'at':'09:15','op':'phase'}"),
     "sessions[0].steps[0].phase: is missing; it must be one of closed, "},
    {"sessions", STEPS("{'at':'09:15','op':'phase','phase':'open'}"),
     "sessions[0].steps[0].phase: must be one of closed, continuous, halted, auction, "
     "auction_limit, buffer, post_close"},
    {"sessions", STEPS("{'at':'09:15','op':'phase','phase':'closed','randon_s':60}"),
     "sessions[0].steps[0].randon_s: is no key here; there are: at op phase random_s note"},
    {"sessions", STEPS("{'at':'09:15','op':'phase','phase':'closed','band_bp':300}"),
     "sessions[0].steps[0].band_bp: is no key here"},
    {"sessions", STEPS("{'at':'09:15','op':'window','random_s':60}"),
     "sessions[0].steps[0].random_s: is no key here; there are: at op note"},
    {"sessions", STEPS("{'at':'09:00','op':'phase','phase':'auction'}"),
     "sessions[0].steps[0].auction: is missing; it must be one of open, resume, close"},
    {"sessions",
     STEPS("{'at':'09:00','op':'phase','phase':'auction','auction':'open','band_bp':10001}"),
     "sessions[0].steps[0].band_bp: must be a whole number in [0, 10000]"},
    {"sessions",
     STEPS("{'at':'09:00','op':'phase','phase':'auction','auction':'open','band_bp':3.5}"),
     "sessions[0].steps[0].band_bp: must be a whole number in [0, 10000]"},
    {"sessions", STEPS("{'at':'09:15','op':'phase','phase':'closed','random_s':3601}"),
     "sessions[0].steps[0].random_s: must be a whole number in [0, 3600]"},
    {"sessions", STEPS("{'at':'23:59:30','op':'phase','phase':'closed','random_s':31}"),
     "sessions[0].steps[0].random_s: must end before midnight"},
    {"sessions", STEPS("{'at':'09:15','op':'window'},{'at':'09:15','op':'window'}"),
     "sessions[0].steps[1].at: must be after the step before and its random seconds"},
    {"sessions",
     STEPS("{'at':'09:15','op':'phase','phase':'closed','random_s':60},{'at':'09:15:59','op':'"
           "window'}"),
     "sessions[0].steps[1].at: must be after the step before and its random seconds"},
    {"sessions", STEPS(AUCTION), "sessions[0].steps: end with an auction that is not uncrossed"},
    {"sessions", STEPS(AUCTION ",{'at':'09:08','op':'uncross'}"),
     "sessions[0].steps[1].next: is missing; it must be one of closed, continuous, halted, buffer, "
     "post_close"},
    {"sessions", STEPS(AUCTION ",{'at':'09:08','op':'uncross','next':'auction'}"),
     "sessions[0].steps[1].next: must be one of"},
    {"sessions", STEPS(AUCTION ",{'at':'09:08','op':'uncross','next':'buffer','market_first':1}"),
     "sessions[0].steps[1].market_first: must be true or false"},
    {"sessions", STEPS("{'at':'09:08','op':'uncross','next':'buffer'}"),
     "sessions[0].steps[0].op: there is no auction to uncross here"},
    {"sessions",
     STEPS(AUCTION ",{'at':'09:05','op':'phase','phase':'auction_limit','auction':'close'}"),
     "sessions[0].steps[1].auction: an auction of another kind is on"},
    {"sessions", STEPS(AUCTION ",{'at':'09:05','op':'phase','phase':'post_close'}"),
     "sessions[0].steps[1].phase: the auction must be uncrossed first"},
    /* breaker */
    {"breaker", "[{'from':'2026-01-01','levels':[]}]", "breaker[0].levels: must have 1 to 8 items"},
    {"breaker", "[{'from':'2026-01-01','levels':[{'windows':[]}]}]",
     "breaker[0].levels[0].level_bp: is missing; it must be a whole number in [1, 10000]"},
    {"breaker",
     "[{'from':'2026-01-01','levels':[{'level_bp':9,'windows':[{'at':'00:00','do':'none'}]},"
     "{'level_bp':9,'windows':[]}]}]",
     "breaker[0].levels[1].level_bp: must ascend"},
    {"breaker", WINDOWS(""), "breaker[0].levels[0].windows: must have 1 to 8 items"},
    {"breaker", WINDOWS("{'at':'00:01','do':'none'}"),
     "breaker[0].levels[0].windows[0].at: the first must be 00:00"},
    {"breaker", WINDOWS("{'at':'00:00','do':'none'},{'at':'00:00','do':'none'}"),
     "breaker[0].levels[0].windows[1].at: must ascend"},
    {"breaker", WINDOWS("{'at':'00:00','do':'stop'}"),
     "breaker[0].levels[0].windows[0].do: must be one of none, halt, rest_of_day"},
    {"breaker", WINDOWS("{'at':'00:00','do':'halt','halt_min':0,'auction_min':15}"),
     "breaker[0].levels[0].windows[0].halt_min: must be a whole number in [1, 600]"},
    {"breaker", WINDOWS("{'at':'00:00','do':'halt','halt_min':45}"),
     "breaker[0].levels[0].windows[0].auction_min: is missing; it must be a whole number in [1, "
     "600]"},
    {"breaker", WINDOWS("{'at':'00:00','do':'none','halt_min':45}"),
     "breaker[0].levels[0].windows[0].halt_min: is no key here; there are: at do note"},
    {"breaker", "[{'from':'2026-01-01','cancel_orders':'yes','levels':[]}]",
     "breaker[0].cancel_orders: must be true or false"},
    /* bands */
    {"bands", "[{'from':'2026-01-01','static_pct':[5,0]}]",
     "bands[0].static_pct[1]: must be a whole number in [1, 99]"},
    {"bands", "[{'from':'2026-01-01','static_pct':[5.0]}]",
     "bands[0].static_pct[0]: must be a whole number"},
    {"bands", "[{'from':'2026-01-01','static_pct':[5]}]",
     "bands[0].dynamic: must be an object with the keys first_bp"},
    {"bands", DYNAMIC(""),
     "bands[0].dynamic.first_bp: is missing; it must be a whole number in [1, 9999]"},
    {"bands", DYNAMIC("'first_bp':1000,'near_bp':9900,'trades':0"),
     "bands[0].dynamic.trades: must be a whole number in [1, 1000000]"},
    {"bands", DYNAMIC("'first_bp':1000,'near_bp':9900,'trades':50,'clients':33"),
     "bands[0].dynamic.clients: must be a whole number in [0, 32]"},
    {"bands", DYNAMIC("'first_bp':1000,'near_bp':10001"), "bands[0].dynamic.near_bp: must be"},
    {"bands",
     DYNAMIC(
         "'first_bp':1000,'near_bp':9900,'trades':50,'clients':10,'members':3,'late_from':'3 pm'"),
     "bands[0].dynamic.late_from: must be a time in India"},
    {"bands", LADDER(""), "bands[0].dynamic.ladder: must have 1 to 8 items"},
    {"bands", LADDER("{'step_bp':500,'cooling_min':15},{'step_bp':500,'cooling_min':15}"),
     "bands[0].dynamic.ladder[0].times: is missing; it must be a whole number in [1, 1000]"},
    {"bands", LADDER("{'step_bp':0,'cooling_min':15}"),
     "bands[0].dynamic.ladder[0].step_bp: must be"},
    {"bands", LADDER("{'step_bp':500}"), "bands[0].dynamic.ladder[0].cooling_min: is missing"},
    /* ticks */
    {"ticks", PRICES(""), "ticks[0].prices: must have 1 to 16 items"},
    {"ticks", PRICES("{'upto_paise':100,'tick_paise':5}"),
     "ticks[0].prices[0].upto_paise: is no key here; there are: tick_paise note source sure"},
    {"ticks",
     PRICES("{'upto_paise':9,'tick_paise':5},{'upto_paise':9,'tick_paise':5},{'tick_paise':5}"),
     "ticks[0].prices[1].upto_paise: must ascend"},
    {"ticks", PRICES("{'tick_paise':5},{'tick_paise':5}"),
     "ticks[0].prices[0].upto_paise: is missing"},
    {"ticks", PRICES("{'tick_paise':0}"),
     "ticks[0].prices[0].tick_paise: must be a whole number in [1, 1000000]"},
};

static void test_faults(void) {
    for (size_t i = 0; i < BJ_COUNT(faults); i++) {
        char error[BJ_CALENDAR_ERROR_BYTES];
        bj_calendar_t *calendar = load(faults[i].key, faults[i].text, error);
        bool as_said = !calendar && !strncmp(error, faults[i].error, strlen(faults[i].error));
        BJ_CHECK(as_said);
        if (!as_said) fprintf(stderr, "case %zu: %s\n  wanted: %s\n", i, error, faults[i].error);
        bj_calendar_free(calendar);
    }
}

/* Keys as long as anyone likes: the sentence is cut, never the memory behind it. */
static void test_long_key(void) {
    char text[4096] = "[],'", error[BJ_CALENDAR_ERROR_BYTES];
    memset(text + 4, 'k', sizeof text - 16);
    memcpy(text + sizeof text - 12, "':1", 4);
    BJ_CHECK(!load("holidays", text, error));
    BJ_CHECK(strlen(error) < sizeof error && !strncmp(error, "kkkk", 4));
}

static void test_too_many(void) {
    static char text[65536];
    char error[BJ_CALENDAR_ERROR_BYTES];
    size_t used = 0;
    for (int i = 0; i < 17; i++) { /* one class more than there may be */
        used +=
            (size_t)snprintf(text + used, sizeof text - used,
                             "%c{'class':'C%d','from':'2026-01-01','steps':[]}", i ? ',' : '[', i);
    }
    snprintf(text + used, sizeof text - used, "]");
    BJ_CHECK(!load("sessions", text, error));
    BJ_CHECK(!strcmp(error, "sessions[16].class: is one more than the 16 names there may be"));
    used = (size_t)snprintf(text, sizeof text, "[{'class':'CM','from':'2026-01-01','steps':[");
    for (int i = 0; i < 33; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%s{'at':'09:%02d','op':'window'}", i ? "," : "", i);
    }
    snprintf(text + used, sizeof text - used, "]}]");
    BJ_CHECK(!load("sessions", text, error));
    BJ_CHECK(!strcmp(error, "sessions[0].steps: must have 0 to 32 items"));
}

static void test_not_an_object(void) {
    static const char *const texts[] = {"", "[]", "7", "\"calendar\"", "null", "{}"};
    for (size_t i = 0; i < BJ_COUNT(texts); i++) {
        bj_calendar_t *calendar;
        char error[BJ_CALENDAR_ERROR_BYTES];
        BJ_CHECK(bj_calendar_load(texts[i], strlen(texts[i]), 1, &calendar, error) ==
                 BJ_ERR_CONFIG);
        BJ_CHECK(!calendar && error[0]);
    }
    bj_calendar_t *calendar;
    char error[BJ_CALENDAR_ERROR_BYTES];
    BJ_CHECK(bj_calendar_load("[]", 2, 1, &calendar, error) == BJ_ERR_CONFIG);
    BJ_CHECK(!strncmp(error, "the calendar: must be an object", 31));
    BJ_CHECK(bj_calendar_load_file("no/such/file", 1, &calendar, error) == BJ_ERR_CONFIG);
    BJ_CHECK(!calendar && strstr(error, "no/such/file"));
}

static int32_t day_of(const char *date) {
    int32_t day = 0;
    BJ_CHECK(bj_calendar_date(date, &day));
    return day;
}

/* The first step's time on a date, -1: closed. */
static int32_t first_at(const bj_calendar_t *calendar, const char *date) {
    size_t cnt;
    const bj_calendar_step_t *step = bj_calendar_steps(calendar, 0, day_of(date), &cnt);
    return cnt ? step->at_s : -1;
}

static void test_holidays(void) {
    char error[BJ_CALENDAR_ERROR_BYTES];
    bj_calendar_t *calendar =
        load("holidays", "['2026-01-26','2026-08-15','2026-11-09'],'note':'x','source':'y'", error);
    BJ_CHECK(calendar != NULL);
    if (!calendar) return;
    BJ_CHECK(first_at(calendar, "2026-01-23") == 33300 && first_at(calendar, "2026-01-26") == -1);
    BJ_CHECK(first_at(calendar, "2026-01-27") == 33300 && first_at(calendar, "2026-08-15") == -1);
    bj_calendar_due_t due; /* over a weekend and the holiday behind it */
    BJ_CHECK(bj_calendar_next(calendar, 0, bj_calendar_ns(day_of("2026-01-23"), 33300), &due));
    BJ_CHECK(due.at_ns == bj_calendar_ns(day_of("2026-01-27"), 33300));
    bj_calendar_free(calendar);
}

/* A later row replaces an earlier one wherever it stands; one with an end gives way again; a Sunday
 * opens for one evening with hours of its own. */
static void test_rows(void) {
    char error[BJ_CALENDAR_ERROR_BYTES];
#define ROW(from, until, at)                                                                       \
    "{'class':'CM','from':'" from "'" until ",'steps':[{'at':'" at "','op':'window'}]}"
    bj_calendar_t *calendar =
        load("sessions",
             "[" ROW("2026-03-02", "", "10:00") "," ROW("2026-01-01", "", "09:00") "," ROW(
                 "2026-11-08", ",'until':'2026-11-08'",
                 "18:00:30") "," ROW("2026-03-02", ",'until':'2026-03-03'",
                                     "11:00") "],'open_days':['2026-11-08']",
             error);
    BJ_CHECK(calendar != NULL);
    if (!calendar) return;
    static const struct {
        const char *date;
        int32_t at_s;
    } cases[] = {{"2025-12-31", -1},    {"2026-01-01", 32400}, {"2026-02-27", 32400},
                 {"2026-03-02", 39600}, {"2026-03-03", 39600}, {"2026-03-04", 36000},
                 {"2026-11-06", 36000}, {"2026-11-07", -1},    {"2026-11-08", 64830},
                 {"2026-11-09", 36000}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(first_at(calendar, cases[i].date) == cases[i].at_s);
    }
    bj_calendar_free(calendar);
}

int main(void) {
    char error[BJ_CALENDAR_ERROR_BYTES];
    bj_calendar_t *calendar = load("none", "", error); /* the small one itself is good */
    BJ_CHECK(calendar != NULL);
    bj_calendar_free(calendar);
    test_faults();
    test_long_key();
    test_too_many();
    test_not_an_object();
    test_holidays();
    test_rows();
    return bj_test_end("test_bj_calendar_load");
}
